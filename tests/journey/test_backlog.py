"""The difference between as-is and to-be is the backlog: what, why, who, and what it is to bring."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import Any

import fake
import pytest
from versions import journey, steps_of

from cxkit._blocks import Table, Tag, line_text
from cxkit._html import Canvas, render
from cxkit.evidence.estimate import Estimate
from cxkit.evidence.findings import Finding
from cxkit.evidence.manifest import StudyRecord
from cxkit.evidence.view import View
from cxkit.journey.backlog import backlog_blocks, backlog_csv, backlog_of, draw_backlog
from cxkit.journey.model import Journey, journey_hash
from cxkit.journey.sentences import JourneyState, Told

UNITS = {"hours_to_next": "hours", "score": "score", "money": "money"}
BETTER = {"score": "higher", "reach": "higher", "context_kept": "higher"}
NUMBERS = {
    ("prove", "drop_off"): Estimate(0.34, 0.31, 0.37, 400, "Wilson score"),
    ("prove", "hours_to_next"): Estimate(96.0, 80.0, 110.0, 300),
    ("prove", "score"): Estimate(4.0, 3.8, 4.4, 90),
    ("settle", "drop_off"): Estimate(0.5, 0.45, 0.55, 200),
    ("sign", "drop_off"): Estimate(0.05, 0.03, 0.07, 300),
    ("wait", "drop_off"): Estimate.without("too_few", n=3),
}


def view(numbers: dict[tuple[str, str], Estimate], a: Journey) -> View:
    found = tuple(
        Finding("journey/join", i, m, UNITS.get(m, "percent"), BETTER.get(m, "lower"), e, journey_hash(a))
        for (i, m), e in numbers.items()
    )
    study = StudyRecord(
        id="journey/join", kind="journey", label="Joining", definition=journey_hash(a), counts="cases",
        first="2026-01-01", last="2026-06-30",
    )  # fmt: skip
    seen = fake.view()
    manifest = seen.manifest.model_copy(update={"studies": (study,)})
    return replace(seen, evidence=replace(seen.evidence, manifest=manifest, findings=found))


def told(steps: dict[str, dict[str, Any]], numbers: Any = None, **head: Any) -> Told:
    a = journey()
    state = JourneyState(a, journey(steps=steps, version="to-be", **head))
    return Told(view(NUMBERS if numbers is None else numbers, a), state, a)


def aims(**targets: dict[str, Any]) -> dict[str, dict[str, Any]]:
    steps = steps_of()
    for step, aim in targets.items():
        steps[step]["targets"] = aim
    return steps


def rows(t: Told) -> dict[str, list[str]]:
    (table,) = backlog_blocks(t)
    assert isinstance(table, Table)
    return {line_text(r[0]).split("\n")[0]: [line_text(c).replace("\u00a0", " ") for c in r[1:]] for r in table.rows}


def test_a_to_be_that_changes_nothing_has_no_backlog():
    assert backlog_of(told(steps_of())) == []
    assert list(backlog_blocks(told(steps_of()))) == []


def test_each_step_that_changes_is_one_item_with_all_that_it_takes():
    steps = aims(prove={"drop_off": "10 %", "hours_to_next": 24, "score": 4.2, "context_kept": 0.9})
    steps["prove"] |= {"channels": ["app"], "owner": "Onboarding", "label": "Prove in the app"}
    found = rows(told(steps))
    assert list(found) == ["Prove in the app"]
    what, why, who, effect = found["Prove in the app"]
    assert "Renamed from “Prove”" in what
    assert "Moved from phone and mail to app" in what
    assert "Owner changed from Sales to Onboarding" in what
    assert "How might we write once?" in why
    assert "Opportunity: One letter" in why
    assert who == "Owner: Onboarding\nKPI: Net Promoter Score®, South"
    assert "Drop-off: 34 % (31 to 37) → 10 %\nmissed 24 points to go" in effect
    assert "Time to next step, median: 4.0 d (3.3 to 4.6) → 24 h\nmissed 3.0 d to go" in effect
    assert "Score: 4.0 (3.8 to 4.4) → 4.2\ncannot be told" in effect
    assert "not measured → 90 %" in effect


def test_pains_that_the_to_be_no_longer_has_are_why():
    steps = aims(prove={"score": 4.2})
    steps["prove"]["pains"] = ["Long waits"]
    assert "Pain: Letters twice" in rows(told(steps))["Prove"][1]
    assert "Long waits" not in rows(told(steps))["Prove"][1]
    del steps["prove"]["pains"]
    assert "Pain: Long waits" in rows(told(steps))["Prove"][1]


def test_what_is_lacking_is_said_in_the_tone_of_worse():
    steps = steps_of()
    steps["ask"]["touchpoint"] = "a page"
    steps["prove"] |= {"touchpoint": "a page", "owner": ""}
    (table,) = backlog_blocks(told(steps))
    assert isinstance(table, Table)
    tags = {
        line_text(r[0]).split("\n")[0]: [(p.text, p.tone) for c in r[1:] for p in c if isinstance(p, Tag)]
        for r in table.rows
    }
    assert tags["Ask"] == [("no owner", "worse"), ("no KPI", "worse"), ("no target", "worse")]
    assert tags["Prove"] == [("no owner in the to-be; today Sales", "worse"), ("no target", "worse")]


def test_kpis_of_today_hold_where_the_to_be_names_none():
    steps = aims(prove={"score": 4.2})
    steps["prove"]["kpis"] = [{"kpi": "csat"}]
    assert "KPI: Satisfied, top 2 of 5" in rows(told(steps))["Prove"][2]


def test_what_is_missed_comes_first_then_moments_of_truth_then_the_widest_gap():
    goal = {"drop_off": 0.2}
    steps = aims(ask=goal, prove=goal, wait=goal, sign=goal, settle=goal)
    order = [i.step for i in backlog_of(told(steps))]
    assert order == ["prove", "settle", "ask", "wait", "sign"]
    steps["prove"]["moment_of_truth"] = False
    a = told(steps)
    calm = replace(a, state=replace(a.state, as_is=journey(steps=steps_of(moment_of_truth=False))))
    assert [i.step for i in backlog_of(calm)][:2] == ["settle", "prove"]


def test_money_at_stake_comes_before_everything():
    numbers = NUMBERS | {("ask", "money"): Estimate(12_000.0, 9_000.0, 15_000.0, 90)}
    t = told(aims(ask={"drop_off": 0.2}, prove={"drop_off": 0.2}), numbers)
    assert [i.step for i in backlog_of(t)] == ["ask", "prove"]
    assert "At stake in a year: €12,000 (9,000 to 15,000)" in rows(t)["Ask"][3]
    (table,) = backlog_blocks(t)
    assert isinstance(table, Table)
    assert "money at stake" in table.note
    (table,) = backlog_blocks(told(aims(prove={"drop_off": 0.2})))
    assert isinstance(table, Table)
    assert "money" not in table.note


def test_new_steps_and_those_taken_away_are_items_too():
    steps = steps_of() | {"welcome": {"id": "welcome", "label": "Welcome", "targets": {"score": 4}}}
    a = journey()
    b = journey("ask prove wait welcome / sign settle", steps=steps, version="to-be")
    t = Told(view(NUMBERS, a), JourneyState(a, b), a)
    found = rows(t)
    assert found["Welcome"][0] == "Is new, after “Wait”"
    assert found["Welcome"][3] == "Score: not measured → 4"
    assert found["Stay"][0] == "Is taken away, was after “Settle”"


def test_a_step_taken_away_needs_neither_owner_nor_target():
    a = journey()
    t = Told(view({}, a), JourneyState(a, journey("ask prove wait / sign settle", version="to-be")), a)
    (item,) = backlog_of(t)
    assert (item.step, item.owner, item.lacks) == ("stay", "Anna", ())
    assert rows(t)["Stay"][2:] == ["Owner: Anna", ""]


def test_what_is_of_the_whole_journey_is_an_item_of_its_own():
    found = rows(told(steps_of(), window_days=60))
    assert found["The whole journey"][0] == "Window 30 days → 60 days"


def test_long_lists_are_cut_in_the_table_and_whole_in_the_csv():
    steps = steps_of(
        channels=["app"], touchpoint="a page", owner="Bo", label="Other", moment_of_truth=False, events=["X"], when="",
        front_stage=[], back_stage=[], support=[], last=True, journey="other",
    )  # fmt: skip
    t = told(steps)
    what = rows(t)["Other"][0].split("\n")
    assert len(what) == 7
    assert what[-1].startswith("And ")
    (row,) = csv.DictReader(io.StringIO(backlog_csv(t)))
    assert len(row["What changes"].split("; ")) > 8


def test_the_csv_has_a_line_for_each_item_and_no_formula():
    steps = aims(prove={"drop_off": 0.2})
    steps["prove"] |= {"owner": "=1+1", "label": "@Prove"}
    numbers = NUMBERS | {("prove", "money"): Estimate(12_000.0, 9_000.0, 15_000.0, 90)}
    (row,) = csv.DictReader(io.StringIO(backlog_csv(told(steps, numbers))))
    assert (row["Rank"], row["Step id"], row["Step"], row["Owner"]) == ("1", "prove", "'@Prove", "'=1+1")
    assert (row["At stake in a year"], row["At stake, low"], row["Moment of truth"]) == ("12000", "9000", "yes")
    assert "34\u00a0% (31\u00a0to\u00a037) →\u00a020\u00a0%" in row["Expected effect"]
    assert row["Lacks"] == ""


def test_a_journey_with_one_version_has_no_backlog():
    a = journey()
    states = [JourneyState(a), JourneyState(to_be=a), JourneyState(a, journey(version="to-be", owner="Bo"))]
    assert [type(b) for b in draw_backlog(view({}, a), states).blocks] == [Table]


def test_hostile_names_are_dead_text():
    steps = aims(prove={"score": 4})
    steps["prove"] |= {
        "label": fake.ATTACK,
        "owner": fake.ATTACK,
        "questions": [fake.ATTACK],
        "channels": [fake.ATTACK],
    }
    page = "".join(render(b, Canvas()) for b in backlog_blocks(told(steps)))
    assert fake.ATTACK not in page
    assert page.count("&lt;script&gt;") >= 4


@pytest.mark.parametrize("status", ["no_data", "too_few", "suppressed", "undefined"])
def test_numbers_that_are_not_there_are_said_to_be_missing(status):
    none = Estimate.without(status, n=None if status == "suppressed" else 3)
    t = told(aims(prove={"drop_off": 0.2}), {("prove", "drop_off"): none, ("prove", "money"): none})
    (effect,) = (r[3] for r in rows(t).values())
    assert "None" not in effect
    assert "missed" not in effect
    assert "At stake" not in effect
