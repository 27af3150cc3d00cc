"""What was planted in the sample is found, and what was not is not."""

from __future__ import annotations

import pytest
from conftest import SAMPLE
from ruamel.yaml import YAML

PLANTED = YAML(typ="safe").load((SAMPLE / "planted_truths.yaml").read_text(encoding="utf-8"))
TRUTHS = {t["id"]: t for t in PLANTED["truths"]}
LAST = "2026-Q3"


@pytest.fixture(scope="module")
def view(aldermoor):
    return aldermoor.view(LAST)


def test_every_planted_truth_has_a_test():
    assert set(TRUTHS) == {
        "south_nps_drop", "identity_check_fall_out", "chat_to_phone_handoff", "coast_csat_noise",
        "variable_churn", "recontact_steady",
    }  # fmt: skip


def test_the_drop_in_the_south_is_found(view):
    truth = TRUTHS["south_nps_drop"]
    south = (("region", "South"),)
    change = view.comparison("nps", "previous", south)
    assert change.verdict == "worse"
    assert change.difference.low <= truth["after"] - truth["before"] <= change.difference.high
    assert view.comparison("nps", "rest", south).verdict == "worse"


@pytest.mark.parametrize("region", ["North", "Coast"])
def test_no_drop_is_found_elsewhere(view, region):
    assert not view.comparison("nps", "previous", (("region", region),)).real


def test_the_step_where_customers_fall_out_is_found(view):
    truth = TRUTHS["identity_check_fall_out"]
    step = (("step", "Identity check"),)
    estimate = view.cell("step_completion", step).estimate
    assert estimate.low <= 1 - truth["after"] <= estimate.high
    assert view.comparison("step_completion", "rest", step).verdict == "worse"
    worse = [s for s in ("Request", "New contract", "Meter reading") if lags(view, "step_completion", "step", s)]
    assert worse == []


def test_the_handoff_that_loses_context_is_found(view):
    truth = TRUTHS["chat_to_phone_handoff"]
    handoff = (("handoff", "chat → phone"),)
    estimate = view.cell("context_kept", handoff).estimate
    assert estimate.low <= truth["after"] <= estimate.high
    assert view.comparison("context_kept", "rest", handoff).verdict == "worse"
    others = [v for v in view.dimension("handoff").values if v != "chat → phone"]
    assert [v for v in others if lags(view, "context_kept", "handoff", v)] == []


def test_noise_is_not_called_a_change(view):
    change = view.comparison("csat", "previous", (("region", "Coast"),))
    assert abs(change.difference.value) > 0.02
    assert change.verdict == "no change shown"


def test_customers_on_variable_leave_more_often(view):
    assert view.comparison("churn", "rest", (("product", "Variable"),)).verdict == "worse"


@pytest.mark.parametrize(("product", "level"), [("Variable", "after"), ("Fixed 12", "before"), ("Fixed 24", "before")])
def test_survival_at_each_quarters_losses_is_that_of_the_planted_monthly_share(view, product, level):
    a_year = (1 - TRUTHS["variable_churn"][level]) ** 12
    for period in view.manifest.periods["quarter"]:
        estimate = view.cell("lifetime_period", (("product", product),), period=period).estimate
        assert estimate.low <= a_year <= estimate.high


def test_steady_resolution_shows_no_change(view):
    for period in view.manifest.periods["quarter"][1:]:
        comparison = view.evidence.at(period).comparison("fcr", "previous")
        assert comparison.verdict == "no change shown"


def test_nothing_else_about_the_whole_is_called_a_change(view):
    real = {(c.kpi, c.against) for c in view.evidence.comparisons if c.period == LAST and not c.slice and c.real}
    assert real == {("nps", "previous")}


def test_the_headline_says_what_was_planted(view):
    from cxkit.kpi.sentences import headline

    assert "less" in headline(view)
    assert "South" in headline(view)


def lags(view, kpi: str, dimension: str, value: str) -> bool:
    found = view.comparison(kpi, "rest", ((dimension, value),))
    return found is not None and found.verdict == "worse"


def test_the_commentary_of_the_sample_is_bound_and_one_note_is_out_of_date(view):
    assert [n.state for n in view.notes] == ["current", "current", "stale"]
