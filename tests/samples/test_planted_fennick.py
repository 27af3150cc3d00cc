"""What was planted at Fennick & Rowe is found, and what was not is not."""

from __future__ import annotations

import pytest
from exports import found_worse, real_of_the_whole, truths_of

TRUTHS = truths_of("fennick")
LAST = "2026-Q3"
COLLECT, UNPACK = (("step", "Collect"),), (("step", "Unpack"),)
WEB_TO_SHOP, MARKETPLACE = (("handoff", "web → shop"),), (("acquired_via", "Marketplace"),)


@pytest.fixture(scope="module")
def view(fennick):
    return fennick.view(LAST)


def test_every_planted_truth_has_a_test():
    assert set(TRUTHS) == {
        "collect_fall_out", "web_to_shop_handoff", "marketplace_repeat", "unpack_satisfaction",
        "lakes_order_value_noise", "closed_in_time_steady", "november_peak",
    }  # fmt: skip


def test_the_step_at_which_orders_are_lost_is_found(view):
    truth = TRUTHS["collect_fall_out"]
    estimate = view.cell("step_completion", COLLECT).estimate
    change = view.comparison("step_completion", "previous", COLLECT)
    assert estimate.low <= 1 - truth["after"] <= estimate.high
    assert change.difference.low <= truth["before"] - truth["after"] <= change.difference.high
    assert change.verdict == view.comparison("step_completion", "rest", COLLECT).verdict == "worse"


@pytest.mark.parametrize("step", ["Find", "Order", "Delivery"])
def test_no_other_step_is_said_to_have_changed(view, step):
    assert not view.comparison("step_completion", "previous", (("step", step),)).real


def test_the_handoff_that_loses_context_is_found(view):
    estimate = view.cell("context_kept", WEB_TO_SHOP).estimate
    assert estimate.low <= TRUTHS["web_to_shop_handoff"]["after"] <= estimate.high
    assert view.comparison("context_kept", "rest", WEB_TO_SHOP).verdict == "worse"


def test_customers_of_the_marketplace_buy_again_less_often(view):
    estimate = view.cell("repeat_purchase", MARKETPLACE).estimate
    assert estimate.low <= TRUTHS["marketplace_repeat"]["after"] <= estimate.high
    assert view.comparison("repeat_purchase", "rest", MARKETPLACE).verdict == "worse"


def test_the_step_after_which_customers_are_less_satisfied_is_found(view):
    estimate = view.cell("csat", UNPACK).estimate
    assert estimate.low <= TRUTHS["unpack_satisfaction"]["after"] <= estimate.high
    assert view.comparison("csat", "rest", UNPACK).verdict == "worse"
    assert view.comparison("nps", "rest", UNPACK).verdict == "worse"


def test_no_other_group_is_said_to_be_behind(view):
    # What is lost on the way from the web is lost in shops, with more or less certainty.
    assert found_worse(view) - {("context_kept", (("channel", "shop"),))} == {
        ("step_completion", COLLECT),
        ("context_kept", WEB_TO_SHOP),
        ("repeat_purchase", MARKETPLACE),
        ("csat", UNPACK),
        ("nps", UNPACK),
    }


def test_noise_is_not_called_a_change(view):
    change = view.comparison("order_value", "previous", (("region", "Lakes"),))
    assert abs(change.difference.value) > 5
    assert change.verdict == "no change shown"


def test_steady_closing_shows_no_change(view):
    for period in view.manifest.periods["quarter"][1:]:
        assert view.evidence.at(period).comparison("closed_in_time", "previous").verdict == "no change shown"


def test_the_peak_changes_how_many_and_nothing_else(view):
    peak, before = (view.evidence.at(quarter) for quarter in ("2025-Q4", "2025-Q3"))
    assert peak.cell("order_value").estimate.n > 1.3 * before.cell("order_value").estimate.n
    assert real_of_the_whole(peak) == set()


def test_nothing_else_about_the_whole_is_called_a_change(view):
    assert real_of_the_whole(view) == {("step_completion", "previous"), ("step_completion", "baseline")}


def test_the_headline_says_what_was_planted(view):
    from cxkit.kpi.sentences import headline

    assert "Step completion has fallen" in headline(view)
    assert "Collect is behind the rest" in headline(view)


def test_the_commentary_is_bound(view):
    assert [n.state for n in view.notes] == ["current", "current", "current"]


def test_the_map_shows_where_the_journey_breaks(view):
    drop = {
        step: view.finding("journey/order", step, "drop_off").estimate.value
        for step in ("find", "order", "delivery", "collect")
    }
    assert max(drop, key=drop.get) == "collect"
    score = {s: view.finding("journey/order", s, "score").estimate.value for s in ("order", "delivery", "unpack")}
    assert min(score, key=score.get) == "unpack"
