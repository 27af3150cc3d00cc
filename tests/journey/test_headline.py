"""The headline is the most important thing that surely holds, and says no more than its interval does."""

from __future__ import annotations

import pytest
from telling import drawn, share, telling

from cxkit._blocks import line_text
from cxkit._format import words
from cxkit.evidence.estimate import Estimate
from cxkit.journey.sentences import headline, lead, notes, share_words

SHOP = drawn(find={}, order={}, keep={"last": True})
WORST = {("order", "drop_off"): share(0.3), ("order", "drop_off_vs_rest"): share(0.2), ("find", "drop_off"): share(0.1)}


def said(numbers: dict, given=SHOP) -> str:
    return headline(telling(given, numbers))


def strays(**shares: float) -> dict:
    return {("", "stray=" + path.replace("_", ">")): share(v, 0.005) for path, v in shares.items()}


def test_a_map_that_a_third_do_not_follow_comes_before_the_step_that_loses_most():
    assert (
        said(WORST | {("", "fit"): share(0.64, 0.01)})
        == "Joining: more than one in three real journeys is not on this map"
    )
    assert said(WORST | {("", "fit"): share(0.64, 0.03)}).startswith("Joining loses most at “Order”")


def test_a_map_that_a_tenth_do_not_follow_is_told_where_no_step_stands_out():
    drops = {("find", "drop_off"): share(0.1), ("order", "drop_off"): share(0.1)}
    assert said(drops | {("", "fit"): share(0.8)}) == "Joining: about one in five real journeys is not on this map"
    assert said(drops | {("", "fit"): share(0.91)}) == "Joining: no step loses more than the others"


def test_where_most_leave_the_map_is_said_only_where_it_is_surely_most():
    fit = {("", "fit"): share(0.6, 0.01)}
    sure = said(fit | strays(find_order_find_order_keep=0.15, find_order_find_order=0.1))
    assert sure == "Joining: about two in five real journeys are not on this map, and most of them leave it at “Order”"
    # Two in ten of four in ten may just not be most of them: the interval of the whole reaches 41 %.
    assert said(fit | strays(find_order_find=0.205)).endswith("not on this map")


def test_paths_that_begin_where_none_may_say_where():
    assert said({("", "fit"): share(0.6, 0.01)} | strays(order_keep=0.3)).endswith("most of them begin at “Order”")


def test_money_is_told_where_it_surely_is_most():
    money = {
        ("find", "money"): Estimate(900.0, 800.0, 1000.0, 50),
        ("order", "money"): Estimate(300.0, 200.0, 500.0, 50),
    }
    assert said(money) == "Joining: most money is at stake at “Find”, €900 (800\u00a0to\u00a01,000) a year"
    close = money | {("order", "money"): Estimate(700.0, 500.0, 850.0, 50)}
    assert "money" not in said(close)


def test_a_deadline_that_is_missed_is_told_where_nothing_else_stands_out():
    late = drawn(
        find={"offer": {"web": {"rule": "identical", "hours": 24}, "app": {"rule": "identical", "hours": 24}}},
        keep={"last": True},
    )
    numbers = {("find", "in_time=web"): share(0.8), ("find", "in_time=app"): share(0.7)}
    assert said(numbers, late) == (
        "Joining: by app, “Find” keeps its deadline in 70\u00a0% (68\u00a0to\u00a072); 90\u00a0% is promised"
    )


def test_a_broken_promise_that_is_no_deadline_is_counted():
    closed = drawn(find={"offer": {"app": "not offered"}}, keep={"last": True})
    assert said({("find", "channel=app"): share(0.2)}, closed) == "Joining: one promise of the channels is broken"


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (0.31, 0.36, "about one in three real journeys is"), (0.35, 0.37, "more than one in three real journeys is"),
        (0.47, 0.55, "about one in two real journeys is"), (0.61, 0.64, "more than three in five real journeys are"),
        (0.02, 0.05, "fewer than one in ten real journeys is"), (0.93, 0.99, "more than nine in ten real journeys are"),
    ],
)  # fmt: skip
def test_a_share_in_words_holds_for_its_whole_interval(low, high, text):
    assert share_words(low, high, words()) == text


def test_the_lead_tells_money_and_fit_with_their_intervals():
    numbers = {("", "fit"): share(0.9), ("", "money"): Estimate(1200.0, 1000.0, 1500.0, 80)}
    told = line_text(lead(telling(SHOP, numbers)))
    assert "€1,200 (1,000\u00a0to\u00a01,500) a year is at stake" in told
    assert "90\u00a0% (88\u00a0to\u00a092) follow the map" in told


def test_the_notes_tell_the_most_frequent_moves_back():
    back = {
        ("keep", "back_to=find"): share(0.05),
        ("keep", "back_to=order"): share(0.2),
        ("order", "back_to=find"): share(0.1),
    }
    told = line_text(notes(telling(SHOP, back))[0])
    first, second = told.index("from “Keep” 20"), told.index("from “Order” 10")
    assert first < second
    assert "(18\u00a0to\u00a022) go back to “Order”" in told
