"""What was planted at Torvald Maskin is found, and what was not is not."""

from __future__ import annotations

import pytest
from exports import found_worse, real_of_the_whole, truths_of

TRUTHS = truths_of("torvald")
LAST = "2026-Q3"
OVERSEAS, DISTRIBUTOR = (("region", "Overseas"),), (("acquired_via", "Distributor"),)


@pytest.fixture(scope="module")
def view(torvald):
    return torvald.view(LAST)


def test_every_planted_truth_has_a_test():
    assert set(TRUTHS) == {
        "overseas_parts", "distributor_shrinkage", "distributor_churn", "central_closing_noise", "recontact_steady",
    }  # fmt: skip


def test_the_region_that_waits_for_parts_is_found(view):
    truth = TRUTHS["overseas_parts"]
    estimate = view.cell("part_days", OVERSEAS).estimate
    assert estimate.low <= truth["after"] <= estimate.high
    assert view.comparison("part_days", "rest", OVERSEAS).verdict == "worse"


@pytest.mark.parametrize("kpi", ["grr", "nrr", "churn"])
def test_accounts_of_distributors_are_found_to_shrink(view, kpi):
    assert view.comparison(kpi, "rest", DISTRIBUTOR).verdict == "worse"


def test_distributors_leave_as_often_as_was_planted(view):
    estimate = view.cell("churn", DISTRIBUTOR).estimate
    assert estimate.low <= 1 - (1 - TRUTHS["distributor_churn"]["after"]) ** 3 <= estimate.high


def test_no_other_group_is_said_to_be_behind(view):
    assert found_worse(view) == {("part_days", OVERSEAS), *((k, DISTRIBUTOR) for k in ("grr", "nrr", "churn"))}


def test_noise_is_not_called_a_change(view):
    change = view.comparison(
        "closed_in_time", "previous", (("region", TRUTHS["central_closing_noise"]["where"]["value"]),)
    )
    assert abs(change.difference.value) > 0.04
    assert change.verdict == "no change shown"


def test_steady_resolution_shows_no_change(view):
    for period in view.manifest.periods["quarter"][1:]:
        assert view.evidence.at(period).comparison("fcr", "previous").verdict == "no change shown"


def test_nothing_about_the_whole_is_called_a_change(view):
    assert real_of_the_whole(view) == set()


def test_the_headline_says_what_was_planted(view):
    from cxkit.kpi.sentences import headline

    assert "Distributor" in headline(view)


def test_one_large_account_makes_the_interval_of_money_doubtful(view):
    assert view.cell("grr").estimate.note


def test_most_groups_answer_too_seldom_to_be_shown(view):
    shown = [view.cell("csat", (("region", r),)).estimate.status for r in view.dimension("region").values]
    assert "too_few" in shown


def test_the_commentary_is_bound(view):
    assert [n.state for n in view.notes] == ["current", "current", "current"]


def test_the_map_shows_where_the_repair_waits(view):
    hours = {
        s: view.finding("journey/repair", s, "hours_to_next").estimate.value for s in ("report", "triage", "visit")
    }
    assert max(hours, key=hours.get) == "visit"
    assert not view.finding("journey/repair", "triage", "score").estimate.shown
