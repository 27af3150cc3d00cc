"""What the lanes of a map say: all that was drawn, what was measured, and never a zero where nothing was seen."""

from __future__ import annotations

from dataclasses import replace

import fake
import pytest
from journeys import journey

from cxkit._blocks import Tag, line_text
from cxkit.evidence.estimate import Estimate
from cxkit.evidence.findings import Finding
from cxkit.evidence.manifest import StudyRecord
from cxkit.journey.lanes import draw_map
from cxkit.journey.model import Journey, journey_hash
from cxkit.journey.sentences import JourneyState, Told

PEOPLE = [{"id": "ann", "label": "Ann"}, {"id": "bob", "label": "Bob"}]


def drawn_journey(*, version: str = "as-is", given: dict | None = None, **steps) -> Journey:
    """The journey of the tests, with more said of some of its steps."""
    found = {s.id: s.model_dump(exclude_defaults=True) for s in journey().steps}
    for step, more in steps.items():
        found[step] |= more
    one, two = [found["ask"], found["prove"]], [found["sign"], found["settle"]]
    phases = [{"id": "first", "label": "First", "steps": one}, {"id": "then", "label": "Then", "steps": two}]
    return journey(version=version, phases=phases, personas=PEOPLE, **(given or {}))


def view(drawn: Journey, numbers: dict[tuple[str, str], Estimate] | None = None):
    seen = fake.view()
    if numbers is None:
        return seen
    found = tuple(
        Finding("journey/join", item, measure, "percent", "higher", e, journey_hash(drawn))
        for (item, measure), e in numbers.items()
    )
    study = StudyRecord(
        id="journey/join", kind="journey", label="Joining", definition=journey_hash(drawn), counts="cases",
        first="2026-01-01", last="2026-06-30", items={s.id: s.label for s in drawn.steps},
    )  # fmt: skip
    manifest = seen.manifest.model_copy(update={"studies": (study,)})
    return replace(seen, evidence=replace(seen.evidence, manifest=manifest, findings=found))


def the_map(drawn: Journey, numbers=None, *, to_be: Journey | None = None):
    return draw_map(Told(view(drawn, numbers), JourneyState(drawn, to_be), drawn))


def lane(block, label: str):
    return next(found for found in block.lanes if found.label == label)


def cell(block, label: str, step: int = 0) -> str:
    return " / ".join(line_text(line) for line in lane(block, label).cells[step].lines)


def share(value: float, half: float = 0.02) -> Estimate:
    return Estimate(value, value - half, value + half, 400, "Wilson score")


FULL = {
    "touchpoint": "A letter", "actions": ["Reads it"], "thoughts": ["Again?"], "questions": ["How might we ask once?"],
    "front_stage": [{"does": "Answers", "role": "Agent", "system": "CRM"}], "back_stage": ["Checks"],
    "support": [{"does": "Prints", "system": "Press"}], "pains": [{"id": "twice", "text": "Papers twice"}],
    "opportunities": [{"text": "One upload", "answers": ["twice"]}],
}  # fmt: skip


def test_all_that_is_drawn_of_a_step_is_on_the_map():
    block = the_map(drawn_journey(ask=FULL))
    said = {label: cell(block, label) for label in ("Touchpoint", "Does", "Thinks", "In sight", "Support", "Question")}
    assert said == {
        "Touchpoint": "A letter",
        "Does": "Reads it",
        "Thinks": "“Again?”",
        "In sight": "Answers\nAgent · CRM",
        "Support": "Prints\nPress",
        "Question": "How might we ask once?",
    }
    assert cell(block, "Opportunity") == "One upload\nanswers: Papers twice"


def test_what_a_board_looks_at_is_always_there_and_the_rest_is_folded_away():
    block = the_map(drawn_journey(ask=FULL))
    assert [x.label for x in block.lanes if not x.group] == ["Pain", "Owner"]
    assert block.folded == ("Customer", "Front stage", "Back stage", "Ideas")
    lines = {x.label: x.line for x in block.lanes if x.line}
    assert lines == {
        "In sight": "line of interaction",
        "Out of sight": "line of visibility",
        "Support": "line of internal interaction",
    }


def test_a_lane_that_holds_nothing_is_not_drawn():
    assert [x.label for x in the_map(drawn_journey()).lanes] == ["Owner"]


def test_branches_and_loops_say_where_they_lead():
    block = the_map(drawn_journey(ask={"next": ["prove", "sign"]}, sign={"back_to": ["prove"]}))
    assert cell(block, "Leads on", 0) == "→ Prove, Sign"
    assert cell(block, "Leads on", 1) == ""
    assert cell(block, "Leads on", 2) == "↩ or back to Prove"


def test_measured_branches_and_loops_have_their_shares():
    drawn = drawn_journey(ask={"next": ["prove", "sign"]}, sign={"back_to": ["prove"]})
    block = the_map(drawn, {("ask", "flow=prove"): share(0.6), ("sign", "back_to=prove"): share(0.04, 0.01)})
    assert cell(block, "Leads on", 0) == "→ Prove 60\u00a0%, Sign"
    assert cell(block, "Leads on", 2) == "↩ 4.0\u00a0% back to Prove"


def test_who_begins_a_contact_is_told_where_it_is_not_the_customer():
    letter = {"channel": "letter", "initiator": "company", "receiver": "customer"}
    found = lane(the_map(drawn_journey(ask={"channels": ["web", "app", letter]})), "Channels").cells[0]
    assert found.lines[0] == (Tag("web"), " ", Tag("app"))
    assert line_text(found.lines[1]) == "letter\ncompany → customer"


def test_a_step_that_nothing_in_the_data_shows_is_unobserved_and_never_zero():
    drawn = drawn_journey(prove={"events": []})
    block = the_map(drawn, {("ask", "reach"): share(0.9), ("prove", "reach"): Estimate.without("no_data", n=0)})
    assert cell(block, "Reach", 1) == "unobserved"
    assert lane(block, "Reach").cells[1].bar is None
    assert lane(block, "Reach").cells[0].bar == 0.9


@pytest.mark.parametrize(
    ("measure", "label", "said"),
    [
        ("through", "Step by step", "40\u00a0% (38\u00a0to\u00a042)"),
        ("skip", "Passed over, again", "passed over 40\u00a0% (38\u00a0to\u00a042)"),
        ("recontact_same", "Contact again", "about the same 40\u00a0% (38\u00a0to\u00a042)"),
        ("context_kept", "Context kept", "40\u00a0% (38\u00a0to\u00a042)"),
    ],
)
def test_a_number_has_its_interval_where_it_was_measured_and_a_dash_elsewhere(measure, label, said):
    block = the_map(drawn_journey(), {("ask", measure): share(0.4)})
    assert (cell(block, label, 0), cell(block, label, 1)) == (said, "–")


def test_a_time_that_most_do_not_reach_says_so():
    hours = {"hours_to_next": Estimate(5.0, 4.0, 6.0, 90), "hours_to_next_p90": Estimate.without("not_reached", n=90)}
    block = the_map(drawn_journey(), {("ask", measure): e for measure, e in hours.items()})
    assert cell(block, "Time to next") == "5.0\u00a0h (4.0\u00a0to\u00a06.0) / 9 in 10: not reached"


def test_a_step_found_unobserved_has_a_dash_for_every_other_number():
    none = dict.fromkeys([("prove", m) for m in ("reach", "drop_off", "through")], Estimate.without("unobserved", n=0))
    block = the_map(drawn_journey(), {**none, ("ask", "through"): share(0.4)})
    assert [cell(block, x, 1) for x in ("Reach", "Go no further", "Step by step")] == ["unobserved", "–", "–"]


def test_a_number_of_a_slice_is_not_taken_for_that_of_all():
    drawn = drawn_journey()
    seen = view(drawn, {("ask", "reach"): share(0.9)})
    part = Finding("journey/join", "ask", "channel=web", "percent", "higher", share(0.5), "d", (("region", "North"),))
    seen = replace(seen, evidence=replace(seen.evidence, findings=(*seen.evidence.findings, part)))
    assert "Channels" not in [x.label for x in draw_map(Told(seen, JourneyState(drawn), drawn)).lanes]


def test_handoffs_that_lose_the_case_most_come_first():
    handoffs = {("ask", f"handoff={k}"): share(v) for k, v in (("a → b", 0.8), ("b → c", 0.1), ("c → d", 0.3))}
    block = the_map(drawn_journey(), {("ask", "context_kept"): share(0.5), **handoffs})
    assert [n for n in ("a → b", "b → c", "c → d") if n in cell(block, "Context kept")] == ["b → c", "c → d"]


def test_money_has_its_currency_and_interval():
    block = the_map(drawn_journey(), {("ask", "money"): Estimate(120000.0, 100000.0, 140000.0, 90)})
    assert cell(block, "At stake").startswith("€120,000")
    assert "100,000 to 140,000" in cell(block, "At stake")


def test_a_stated_feeling_of_one_is_no_feeling_of_the_other():
    curve = lane(
        the_map(drawn_journey(ask={"emotion": {"ann": -2}}, sign={"emotion": {"ann": 2, "bob": 0}})), "Feeling"
    ).curve
    assert {t.label: t.heights for t in curve.traces} == {
        "Ann": (0.0, None, 1.0, None),
        "Bob": (None, None, 0.5, None),
    }
    assert curve.traces[0].texts[0] == "Ann \u22122, as stated"
    assert (curve.top, curve.bottom) == ("+2 delighted", "\u22122 let down")


def test_one_feeling_for_all_is_one_line():
    block = the_map(drawn_journey(ask={"emotion": 1}, prove={"emotion": 0}))
    (trace,) = lane(block, "Feeling").curve.traces
    assert (trace.label, trace.heights[:2]) == ("as stated", (0.75, 0.5))
    assert lane(block, "Feeling").note == "as stated, not measured"


def test_a_stated_feeling_lies_on_the_scale_of_the_answers():
    drawn = drawn_journey(given={"score": {"column": "satisfaction"}}, ask={"emotion": 2}, prove={"emotion": -2})
    curve = lane(the_map(drawn, {("ask", "score"): Estimate(3.0, 2.8, 3.2, 90)}), "Feeling").curve
    assert curve.points[0].at == pytest.approx(0.5)
    assert curve.traces[0].heights[:2] == (1.0, 0.0)
    assert (curve.top, curve.bottom) == ("5 delighted", "1 let down")
    assert curve.points[2].at is None


def test_what_is_to_be_is_dashed_over_what_is():
    to_be = drawn_journey(version="to-be", ask={"emotion": 2})
    curve = lane(the_map(drawn_journey(ask={"emotion": -1}), to_be=to_be), "Feeling").curve
    assert [(t.aim, t.heights[0]) for t in curve.traces] == [(False, 0.25), (True, 1.0)]


def test_a_grade_has_its_meaning():
    given = {"proofs": [{"id": "talks", "kind": "interviews", "label": "Talks", "on": "2026-09-01", "n": 12}]}
    block = the_map(drawn_journey(given=given, ask={"proofs": ["talks"]}))
    assert cell(block, "Grade", 0).startswith("B Talks: interviews with 12 people")
    assert cell(block, "Grade", 1).startswith("D ")
