"""What is drawn of a journey says no more than its findings do, and says why where it says nothing."""

from __future__ import annotations

from dataclasses import replace

import fake
import pytest
from journeys import journey

from cxkit._blocks import Heading, Text, line_text
from cxkit._boards import Lanes
from cxkit._format import words
from cxkit._html import Canvas, render
from cxkit._plain import plain
from cxkit.evidence.estimate import Estimate
from cxkit.evidence.findings import Finding
from cxkit.evidence.manifest import StudyRecord
from cxkit.evidence.view import View
from cxkit.journey.draw import JourneyState, draw_journeys
from cxkit.journey.model import Journey, journey_hash
from cxkit.journey.sentences import time_text

A = fake.ATTACK
SCORED = {"score": {"column": "satisfaction"}}


def as_is(**changes) -> Journey:
    plain_ = journey(**SCORED)
    steps = {s.id: s.model_dump() for s in plain_.steps}
    steps["ask"] |= {"channels": ["web"], "owner": "Anna", "kpis": [{"kpi": "nps", "where": {"region": "South"}}]}
    steps["prove"] |= {"pains": ["Papers twice"], "moment_of_truth": True, **changes}
    phases = [{"id": "first", "label": "First", "steps": [steps["ask"], steps["prove"]]}]
    phases += [{"id": "then", "label": "Then", "steps": [steps["sign"], steps["settle"]]}]
    return journey(phases=phases, **SCORED)


def to_be(**targets) -> Journey:
    steps = [s.model_dump() for s in as_is().steps]
    steps[1] |= {"label": "Prove in the app", "owner": "Berta", "targets": targets}
    new = {"id": "welcome", "label": "Welcome", "channels": ["phone"]}
    phases = [{"id": "first", "label": "First", "steps": [steps[0], steps[2], steps[1], new]}]
    return journey(version="to-be", phases=phases, **SCORED)


def share(value: float, half: float = 0.03, n: int = 400) -> Estimate:
    return Estimate(value, value - half, value + half, n, "Wilson score")


NUMBERS: dict[tuple[str, str], Estimate] = {
    ("", "journeys"): Estimate(1000.0, 1000.0, 1000.0, 1000, "count"),
    ("", "fit"): share(0.64),
    ("ask", "reach"): share(0.97, 0.01),
    ("ask", "drop_off"): share(0.08),
    ("ask", "drop_off_vs_rest"): share(-0.1, 0.05),
    ("ask", "hours_to_next"): Estimate(4.2, 3.9, 4.6, 380),
    ("ask", "hours_to_next_p90"): Estimate(51.0, 47.0, None, 380),
    ("ask", "channel_switch"): share(0.5),
    ("ask", "channel=phone"): share(0.98),
    ("ask", "score"): Estimate(4.3, 4.1, 4.5, 120),
    ("prove", "reach"): share(0.71),
    ("prove", "drop_off"): share(0.34),
    ("prove", "drop_off_vs_rest"): share(0.25, 0.06),
    ("prove", "score"): Estimate(2.6, 2.3, 2.9, 90),
    ("prove", "score_vs_rest"): Estimate(-1.4, -1.8, -1.0, 90),
    ("sign", "reach"): share(0.5),
    ("sign", "drop_off"): Estimate.without("too_few", n=12),
    ("sign", "score"): Estimate.without("suppressed", n=None),
    ("settle", "reach"): share(0.45),
    ("settle", "score"): Estimate(4.0, 3.8, 4.2, 80),
}


def view(
    numbers=NUMBERS, *, audience: str = "client", drawn: Journey | None = None, notes=("Twelve are left out.",)
) -> View:
    drawn = drawn or as_is()
    units = {"hours_to_next": "hours", "hours_to_next_p90": "hours", "score": "score"}
    better = {"reach": "higher", "score": "higher"}
    findings = tuple(
        Finding("journey/join", i, m, units.get(m, "percent"), better.get(m, "lower"), e, journey_hash(drawn))
        for (i, m), e in numbers.items()
    )
    study = StudyRecord(
        id="journey/join", kind="journey", label="Joining", definition=journey_hash(drawn), counts="cases",
        first="2026-01-01", last="2026-06-30", items={s.id: s.label for s in drawn.steps}, notes=notes, method="Sums.",
    )  # fmt: skip
    seen = fake.view(audience=audience)
    manifest = seen.manifest.model_copy(update={"studies": (study,)})
    return replace(seen, evidence=replace(seen.evidence, manifest=manifest, findings=findings))


def drawn(seen: View | None = None, state: JourneyState | None = None):
    return draw_journeys(seen or view(), [state or JourneyState(as_is())]).blocks


def the(kind: type, blocks) -> list:
    return [b for b in blocks if isinstance(b, kind)]


def lane(blocks, label: str):
    (found,) = the(Lanes, blocks)
    return next(lane for lane in found.lanes if lane.label == label)


def cell(blocks, label: str, step: int) -> str:
    return " / ".join(line_text(line) for line in lane(blocks, label).cells[step].lines)


def test_the_finding_names_the_step_with_its_number_and_interval():
    (head,) = the(Heading, drawn())
    assert head.text == "Joining loses most at “Prove”: 34\u00a0% (31\u00a0to\u00a037) go no further"


def test_no_step_is_named_where_its_difference_may_be_chance():
    even = NUMBERS | {("prove", "drop_off_vs_rest"): share(0.05, 0.06), ("", "fit"): share(0.97)}
    blocks = drawn(view(even))
    assert the(Heading, blocks)[0].text == "Joining: no step loses more than the others"
    assert the(Lanes, blocks)[0].columns[1].tone == "plain"
    assert "cannot be shown" in plain(the(Text, blocks)[0])


def test_the_lead_says_how_many_and_how_sure():
    said = plain(the(Text, drawn())[0])
    assert said.startswith(
        "1,000 cases that began by 1\u00a0June\u00a02026 had time to finish. 45\u00a0% (42\u00a0to\u00a048)"
    )
    assert "25\u00a0percentage points more" in said
    assert "64\u00a0% (61\u00a0to\u00a067)" in said


def test_every_number_has_its_interval_or_its_reason():
    blocks = drawn()
    assert cell(blocks, "Reach", 1) == "71\u00a0% (68\u00a0to\u00a074)"
    assert cell(blocks, "Go no further", 1) == "34\u00a0% (31\u00a0to\u00a037) / more than elsewhere"
    assert cell(blocks, "Go no further", 2) == "n\u00a012: too few to show"
    assert cell(blocks, "Go no further", 3) == "may end here"
    assert cell(blocks, "Time to next", 0) == "4.2\u00a0h (3.9\u00a0to\u00a04.6) / 9 in 10: 2.1\u00a0d (2.0 or more)"
    assert cell(blocks, "KPI", 0).startswith("Net Promoter Score®, South\n")


def test_a_kpi_at_a_step_says_what_stands_beside_it_elsewhere():
    asked = as_is(kpis=[{"kpi": "ces"}])
    seen = view(drawn=asked)
    note = seen.kpi("ces").note
    assert note
    assert cell(drawn(seen, JourneyState(asked)), "KPI", 1).endswith(note)


def test_the_curve_has_heights_on_its_scale_and_words_where_there_are_none():
    curve = lane(drawn(), "Feeling").curve
    assert [p.at for p in curve.points] == [
        pytest.approx(2.3 / 3, abs=1e-3),
        pytest.approx(0.2),
        None,
        pytest.approx(2 / 3, abs=1e-3),
    ]
    assert (curve.top, curve.bottom) == ("5 delighted", "2")
    assert curve.middle == pytest.approx(1 / 3, abs=1e-3)
    assert [p.tone for p in curve.points] == ["plain", "worse", "plain", "plain"]
    assert curve.points[1].short == "▼ 2.6"
    assert "hidden" in curve.points[2].text


def test_a_target_is_dashed_on_the_curve():
    state = JourneyState(as_is(), to_be(score=4.5))
    curve = lane(drawn(state=state), "Feeling").curve
    assert [p.target for p in curve.points] == [None, pytest.approx(2.5 / 3, abs=1e-3), None, None]


def test_without_answers_the_feeling_is_not_zero_but_not_measured():
    none = {k: e for k, e in NUMBERS.items() if not k[1].startswith("score")}
    found = lane(drawn(view(none)), "Feeling")
    assert found.curve is None
    assert found.note.startswith("Not measured")


def test_channels_are_those_used_and_those_only_drawn_are_told():
    assert cell(drawn(), "Channels", 0) == "phone 98\u00a0% / drawn, hardly used: web"
    some = NUMBERS | {("ask", "channel=phone"): share(0.6)}
    assert "hardly" not in cell(drawn(view(some)), "Channels", 0)


def test_a_step_without_owner_calls_for_one():
    blocks = drawn()
    assert (cell(blocks, "Owner", 0), cell(blocks, "Owner", 1)) == ("Anna", "nobody")
    assert lane(blocks, "Owner").cells[1].tone == "worse"


def test_plays_stand_at_their_step():
    state = JourneyState(as_is(), plays={"prove": (("Call back", "better"),)})
    assert cell(drawn(state=state), "Play", 1) == "Call back"


def test_an_edited_map_says_that_its_numbers_are_older():
    state = JourneyState(as_is(events=["Prove", "Show"]))
    assert any("edited since it was measured" in plain(t) for t in the(Text, drawn(state=state)))
    assert not any("edited" in plain(t) for t in the(Text, drawn()))


def test_a_map_that_was_not_measured_says_so():
    blocks = drawn(fake.view())
    assert the(Heading, blocks)[0].text == "Joining, as it is drawn: not yet measured"
    assert [x.label for x in the(Lanes, blocks)[0].lanes] == ["Channels", "KPI", "Pain", "Owner"]


def test_a_to_be_alone_is_drawn():
    blocks = drawn(state=JourneyState(to_be=to_be()))
    assert the(Heading, blocks)[0].text == "Joining, as it is to be"
    assert "Reach" not in [x.label for x in the(Lanes, blocks)[0].lanes]


def test_an_executive_sees_finding_and_map():
    blocks = drawn(view(audience="executive"), JourneyState(as_is(), to_be(score=4)))
    assert [type(b) for b in blocks] == [Heading, Lanes]


@pytest.mark.parametrize("status", ["no_data", "too_few", "suppressed", "undefined"])
def test_findings_without_numbers_can_be_drawn(status):
    none = Estimate.without(status, n=None if status == "suppressed" else 3)
    blocks = drawn(view(dict.fromkeys(NUMBERS, none)), JourneyState(as_is(), to_be(score=4, hours_to_next=4)))
    assert "None" not in plain(draw_journeys(view(), [JourneyState(as_is())]))
    assert all("<script" not in render(b, Canvas()) for b in blocks)


def test_hostile_names_are_dead_text():
    bad = as_is(label=A, pains=[A], owner=A, channels=[A], events=[A])
    numbers = NUMBERS | {("prove", f"channel={A}"): share(0.5)}
    page = "".join(
        render(b, Canvas())
        for b in drawn(view(numbers, drawn=bad, notes=(A,)), JourneyState(bad, plays={"prove": ((A, "open"),)}))
    )
    assert A not in page
    assert page.count("&lt;script&gt;") >= 7


@pytest.mark.parametrize(
    ("hours", "like", "said"),
    [
        (0.0, None, "0\u00a0s"),
        (0.01, None, "36\u00a0s"),
        (0.5, None, "30\u00a0min"),
        (47.9, None, "48\u00a0h"),
        (72, None, "3.0\u00a0d"),
        (30, 72, "1.2\u00a0d"),
    ],
)
def test_a_time_has_the_unit_that_suits_it(hours, like, said):
    assert time_text(hours, words(), like=like) == said
