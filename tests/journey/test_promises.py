"""A promise of a channel is called broken or kept only where the whole interval says so."""

from __future__ import annotations

from dataclasses import replace

import fake
import pytest
from telling import drawn, share, telling

from cxkit._blocks import Heading, Table, Text, line_text
from cxkit._html import Canvas, render
from cxkit._plain import plain
from cxkit.evidence.estimate import Estimate
from cxkit.journey.draw import draw_promises
from cxkit.journey.model import Journey
from cxkit.journey.promises import judge_promises, losing_handoffs
from cxkit.journey.promises_draw import promise_blocks
from cxkit.journey.told import JourneyState, Told


def offered(**offers) -> Journey:
    """A journey whose first step makes offers."""
    names = {c.replace("_", "-"): o for c, o in offers.items()}
    return drawn(ask={"offer": names}, prove={"last": True})


def verdicts(offers: dict, numbers: dict) -> list[tuple]:
    told = telling(offered(**offers), {("ask", m): e for m, e in numbers.items()})
    return [(p.kind, p.channel, p.verdict) for p in judge_promises(told)]


DEADLINE = {"phone": {"rule": "identical", "hours": 24, "share": "85 %"}}


@pytest.mark.parametrize(
    ("value", "half", "verdict"),
    [(0.80, 0.04, "broken"), (0.84, 0.04, "open"), (0.90, 0.04, "kept"), (0.81, 0.04, "open")],
)
def test_a_deadline_is_held_against_the_whole_interval(value, half, verdict):
    # At 81 % the upper end is 85 %, which is what is promised.
    assert verdicts(DEADLINE, {"in_time=phone": share(value, half)}) == [("deadline", "phone", verdict)]


@pytest.mark.parametrize(
    ("estimate", "verdict"),
    [
        (None, "not measured"), (Estimate.without("too_few", n=8), "open"),
        (Estimate.without("suppressed", n=None), "open"), (Estimate.without("unobserved", n=None), "not measured"),
    ],
)  # fmt: skip
def test_without_a_number_a_deadline_is_neither_kept_nor_broken(estimate, verdict):
    numbers = {"in_time=phone": estimate} if estimate else {}
    assert verdicts(DEADLINE, numbers) == [("deadline", "phone", verdict)]


@pytest.mark.parametrize(
    ("numbers", "verdict"),
    [
        ({"channel=App": share(0.04), "channel=phone": share(0.96)}, "broken"),
        ({"channel=app": share(0.012, 0.006), "channel=phone": share(0.98)}, "open"),
        ({"channel=app": share(0.002, 0.002), "channel=phone": share(0.99)}, "kept"),
        ({"channel=phone": share(1.0)}, "kept"),
        # A channel that few came by has no name in the numbers.
        ({"channel=phone": share(0.96)}, "open"),
        ({"channel=phone": replace(share(1.0), n=40)}, "open"),
        ({"channel=phone": share(0.9), "channel=.other": share(0.1)}, "open"),
        ({}, "not measured"),
    ],
)
def test_a_channel_that_is_not_offered_must_not_be_used(numbers, verdict):
    assert verdicts({"app": "not offered"}, numbers) == [("not offered", "app", verdict)]


ALIKE = {"web": "identical", "phone": "identical"}


def score(value: float, half: float = 0.1) -> Estimate:
    return Estimate(value, value - half, value + half, 400)


def test_channels_that_are_to_be_alike_are_open_until_they_surely_differ():
    close = {"score=web": score(4.1), "score=phone": score(4.0)}
    assert verdicts(ALIKE, close) == [("alike", "web", "open")]
    assert verdicts(ALIKE, close | {"score=phone": score(3.6)}) == [("alike", "web", "broken")]


def test_the_difference_has_the_interval_of_two_independent_scores():
    told = telling(offered(**ALIKE), {("ask", "score=web"): score(4.1, 0.3), ("ask", "score=phone"): score(3.6, 0.4)})
    (found,) = judge_promises(told)
    assert found.estimate is not None
    # Half the interval of a difference of independent means: the root of 0.3² + 0.4².
    assert found.estimate.value == pytest.approx(0.5)
    assert found.estimate.high == pytest.approx(1.0)
    assert found.estimate.low == pytest.approx(0.0, abs=1e-9)


def test_more_comparisons_on_a_journey_ask_for_a_larger_difference():
    one = {"score=web": score(4.1), "score=phone": score(3.94)}
    assert verdicts(ALIKE, one) == [("alike", "web", "broken")]
    more = {f"c{i}": "identical" for i in range(6)}
    scores = one | {f"score=c{i}": score(4.0) for i in range(6)}
    assert ("alike", "web", "broken") not in verdicts(ALIKE | more, scores)


def test_what_may_vary_within_points_is_broken_only_beyond_them():
    vary = {"web": "identical", "shop": {"rule": "may vary", "within_points": 0.5}}
    assert verdicts(vary, {"score=web": score(4.4), "score=shop": score(4.1)}) == [("alike", "web", "kept")]
    assert verdicts(vary, {"score=web": score(4.6), "score=shop": score(4.0)}) == [("alike", "web", "open")]
    assert verdicts(vary, {"score=web": score(4.8), "score=shop": score(4.0)}) == [("alike", "web", "broken")]
    # What it may vary within is said in words here, so that no number can break it.
    words = {"web": "identical", "shop": {"rule": "may vary", "within": "club days"}}
    assert verdicts(words, {"score=web": score(4.8), "score=shop": score(3.0)}) == []


def test_what_a_channel_knows_has_to_come_along():
    knows = {"phone": {"rule": "identical", "data": ["Case note"]}}
    numbers = {
        "handoff=chat → Phone": share(0.42),
        "handoff=web → phone": share(0.95),
        "handoff=phone → chat": share(0.1),
    }
    told = telling(offered(**knows), {("ask", m): e for m, e in numbers.items()})
    assert [(p.other, p.verdict) for p in judge_promises(told)] == [("chat", "broken"), ("web", "kept")]


def test_handoffs_that_surely_lose_what_was_said_are_listed_the_most_first():
    numbers = {
        ("ask", "handoff=chat → phone"): share(0.42, n=70),
        ("ask", "handoff=web → phone"): share(0.7, n=900),
        ("ask", "handoff=app → web"): share(0.89),
        ("ask", "handoff=web → app"): Estimate.without("too_few", n=3),
    }
    found = losing_handoffs(telling(drawn(ask={}, prove={"last": True}), numbers))
    assert [h.channels for h in found] == ["web → phone", "chat → phone"]
    assert (found[1].lost.low, found[1].lost.high) == (pytest.approx(0.56), pytest.approx(0.6))


def test_broken_promises_come_first_as_sentences():
    offers = DEADLINE | {"app": "not offered", "chat": {"rule": "identical", "hours": 24, "data": ["Case note"]}}
    numbers = {
        ("ask", "in_time=phone"): share(0.7),
        ("ask", "in_time=chat"): share(0.95),
        ("ask", "channel=app"): share(0.05),
        ("ask", "handoff=phone → chat"): share(0.5),
    }
    head, text, table, handoffs = promise_blocks(telling(offered(**offers), numbers))
    assert isinstance(head, Heading)
    assert head.text == "Three promises of the channels are broken"
    assert isinstance(text, Text)
    assert [line_text(p).replace("\u00a0", " ") for p in text.paragraphs] == [
        "“Ask”, phone: 70 % (68 to 72) go on within 24 h; 85 % is promised.",
        "“Ask” is not offered by app, and 5.0 % (3.0 to 7.0) come by it.",
        "“Ask”: from phone to chat what was said comes along in 50 % (48 to 52); what chat is to know needs 90 %.",
    ]
    assert isinstance(table, Table)
    assert table.columns == ("Step", "phone", "app", "chat")
    cells = [line_text(c) for c in table.rows[0]]
    assert "broken 70\u00a0% (68\u00a0to\u00a072) in time" in cells[1]
    assert "kept 95\u00a0% (93\u00a0to\u00a097) in time" in cells[3]
    assert isinstance(handoffs, Table)


def test_a_step_that_leaves_one_channel_is_warned_of():
    one = drawn(
        ask={"channels": ["web", "phone"]}, prove={"channels": ["app"], "offer": {"web": "not offered"}, "last": True}
    )
    text = next(b for b in promise_blocks(telling(one, {("ask", "reach"): share(1.0)})) if isinstance(b, Text))
    assert "“Prove” leaves app only" in plain(text)


def test_many_channels_are_told_one_a_row():
    offers = {f"c{i}": "identical" for i in range(9)}
    table = next(b for b in promise_blocks(telling(offered(**offers), {})) if isinstance(b, Table))
    assert len(table.rows) == 9
    assert len(table.columns) == 3


def test_promises_of_a_journey_that_is_not_measured_say_so():
    given = offered(**DEADLINE)
    bare = Told(fake.view(), JourneyState(to_be=given), given)
    head, table = promise_blocks(bare)
    assert isinstance(head, Heading)
    assert head.text == "What the channels promise; it is not measured"
    assert "not measured" in plain(table)


def test_a_journey_without_promises_has_no_table():
    told = telling(drawn(ask={}, prove={"last": True}), {("ask", "reach"): share(1.0)})
    assert promise_blocks(told) == ()
    assert draw_promises(told.view, [told.state]).blocks == ()


def test_promises_are_words_and_no_markup():
    offers = {
        "phone": {
            "rule": "may vary",
            "within": fake.ATTACK,
            "price": fake.ATTACK,
            "tone": fake.ATTACK,
            "data": [fake.ATTACK],
        }
    }
    told = telling(offered(**offers), {("ask", f"handoff={fake.ATTACK} → phone"): share(0.2)})
    assert all("<script>alert" not in render(b, Canvas()) for b in promise_blocks(replace(told)))
