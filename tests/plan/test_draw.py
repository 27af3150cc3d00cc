"""The plan and the gates as a client reads them."""

from __future__ import annotations

import datetime as dt

import fake
import pytest
from test_blocks import Elements

from cxkit._blocks import Group, Heading, Table, Tag, Text, flatten, line_text
from cxkit._boards import Timeline
from cxkit._html import Canvas, flow_html, render
from cxkit._plain import plain
from cxkit.plan.draw import draw_gates, draw_plan, plan_notes
from cxkit.plan.gates import judge_gate
from cxkit.plan.model import VOICES, Gate, Plan, Task
from cxkit.plan.schedule import schedule_plan

START = dt.date(2026, 9, 7)
VIEW = fake.view()


def task(id_, weeks=1, *after, workstream="missions", **more):
    given = {"id": id_, "label": f"The {id_}", "workstream": workstream, "weeks": weeks, "owner": "Ann", "after": after}
    return Task.model_validate(given | more)


def gate(**more) -> Gate:
    given = {
        "cxkit": 1, "id": "g", "label": "New move", "question": "May it?", "owner": "Ben", "week": 9,
        "criteria": [
            {"id": "a", "kpi": "csat", "at_least": "99 %", "label": "They are happy"},
            {"id": "b", "kpi": "nps", "at_least": 10},
            {"id": "c", "kpi": "ces", "where": {"region": "Islands"}, "at_least": 0.5},
        ],
        "voices": [{"voice": "customer", "answer": "no", "said": "It is slow.", "by": "Ann", "on": "2026-11-01"}],
    }  # fmt: skip
    return Gate.model_validate(given | more)


TASKS = (
    task("charter", done=True),
    task("journey", 3, "charter"),
    task("coaching", 10, workstream="people"),
    task("launch", 1, "journey", workstream="cadence", gate="g"),
    task("handover", 1, "launch", workstream="change"),
)


def schedule(*tasks, week=6, **gates):
    today = START + dt.timedelta(days=7 * (week - 1) + 2)
    plan = Plan(cxkit=1, id="wave", label="First wave", tasks=tasks or TASKS)
    gates = gates or {"g": gate()}
    return schedule_plan(plan, weeks=12, start=START, today=today, there=lambda _: False, gates=gates)


def stamp(**more):
    return judge_gate(gate(**more), VIEW, today=dt.date(2026, 11, 4), where=lambda *_: "")


def found(group, kind):
    return [b for b in flatten([group]) if isinstance(b, kind)]


def test_nothing_draws_nothing():
    assert draw_plan(VIEW, None) == Group(())
    assert draw_gates(VIEW, ()) == Group(())


@pytest.mark.parametrize(
    ("week", "said"),
    [
        (0, "The 12 weeks begin on 7\u00a0September\u00a02026"),
        (1, "Week 1 of 12: one of 5 tasks is done, none is late"),
        (6, "Week 6 of 12: one of 5 tasks is done, one is late"),
        (13, "The 12 weeks are over: one of 5 tasks is done, four are late"),
    ],
)
def test_the_heading_says_where_the_engagement_stands(week, said):
    assert found(draw_plan(VIEW, schedule(week=week)), Heading)[0].text == said


@pytest.mark.parametrize(("done", "said"), [(True, "all 1 tasks are done"), (False, "none of 1 tasks is done")])
def test_all_and_none_are_words(done, said):
    assert said in found(draw_plan(VIEW, schedule(task("a", done=done), week=1)), Heading)[0].text


def test_what_is_late_is_named_with_its_owner_and_day():
    (text, *_) = found(draw_plan(VIEW, schedule()), Text)
    assert [line_text(p) for p in text.paragraphs] == ["late The journey was due by 4\u00a0October\u00a02026 (Ann)."]


def test_a_long_list_of_what_is_late_is_cut():
    late = [task(f"t{i}") for i in range(7)]
    (text, *_) = found(draw_plan(VIEW, schedule(*late, week=5)), Text)
    assert len(text.paragraphs) == 5
    assert line_text(text.paragraphs[-1]) == "And three more, in the plan below."


def test_what_wants_looking_at_is_a_sentence():
    tasks = task("plan", 2), task("roles", 1, "plan", done=True)
    assert plan_notes(schedule(*tasks, week=1)) == ["“The roles” is done, but “The plan”, which it builds on, is not."]
    assert "look at “The roles” is done" in plain(draw_plan(VIEW, schedule(*tasks, week=1)))


@pytest.mark.parametrize(
    ("tasks", "said"),
    [
        ((task("a"), task("b", 1, "a")), "“The b” should have begun in week 2 and waits for “The a”."),
        ((task("x", 10), task("g", 1, "x", gate="g")), "is set for week 9, but “The x” is only there after that."),
        ((task("c", workstream="change"), task("p", workstream="people", earliest=3)), "it helps most before"),
        ((task("c", workstream="change"),), "no task that prepares them"),
    ],
)  # fmt: skip
def test_every_caution_has_its_words(tasks, said):
    assert said in " ".join(plan_notes(schedule(*tasks, week=2)))


def test_every_bar_says_its_state_in_words():
    (board,) = found(draw_plan(VIEW, schedule()), Timeline)
    rows = {r.label: r for b in board.bands for r in b.rows}
    assert rows["The charter"].stretches[0].text == "done"
    assert rows["The journey"].stretches[0].alt == "Weeks 2 to 4: late."
    assert rows["The coaching"].stretches[0].alt == "Weeks 1 to 10: under way. 2 weeks to spare."
    assert rows["The launch"].marks[0].alt == "Launch gate in week 9: to come. No time to spare."
    assert (board.now, len(board.weeks), board.weeks[0]) == (6, 12, "7\u00a0Sep")
    assert (board.bands[0].label, board.bands[0].note) == ("Missions and boundaries", "1 of 2 done")


def test_a_decided_gate_shows_what_was_decided():
    decided = gate(decision={"made": "no-go", "by": "Ann", "on": "2026-11-05"})
    (board,) = found(draw_plan(VIEW, schedule(week=10, g=decided)), Timeline)
    (mark,) = (m for b in board.bands for r in b.rows for m in r.marks)
    assert (mark.text, mark.tone, mark.alt) == ("no-go", "worse", "Launch gate in week 9: no-go.")


@pytest.mark.parametrize("week", [0, 13])
def test_there_is_no_line_of_today_outside_the_weeks(week):
    (board,) = found(draw_plan(VIEW, schedule(week=week)), Timeline)
    assert board.now is None
    assert "--now" not in render(board, Canvas())


def test_the_board_is_a_table_that_a_keyboard_reaches():
    (board,) = found(draw_plan(VIEW, schedule()), Timeline)
    html = render(board, Canvas())
    page = Elements(html)
    assert page.open == []
    assert html.count('scope="col"') == 13
    assert html.count('scope="row"') == len(TASKS)
    assert html.count('scope="rowgroup"') == len(board.bands) == 4
    assert ("tabindex", "0") in page.attributes
    assert "Weeks 2 to 4: late." in html


@pytest.mark.parametrize("first", range(1, 13))
def test_words_beside_a_bar_stay_inside_the_weeks(first):
    (board,) = found(draw_plan(VIEW, schedule(task("a", 13 - first, earliest=first), week=12)), Timeline)
    html = render(board, Canvas())
    assert f"grid-column:{first}/13" in html
    assert ("says plain left" if first > 2 else "says plain inside") in html


def test_the_plan_has_a_plain_form():
    lines = [line.split() for line in plain(draw_plan(VIEW, schedule())).splitlines()]
    assert ["The", "journey", "Ann", "·███········", "Weeks", "2", "to", "4:", "late."] in lines
    assert ["The", "launch", "Ann", "········◆···"] in [line[:4] for line in lines]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "No: “New move” does not pass. One criterion is not met and one voice says no."),
        ({"voices": []}, "No: “New move” does not pass. One criterion is not met."),
        ({"criteria": [], "voices": []}, "cannot be judged. No criterion is written. Four voices have not been heard."),
        (
            {"criteria": [{"id": "a", "kpi": "csat", "at_least": 0.825}], "voices": []},
            "Not yet: “New move” cannot be judged. One criterion cannot be told and four voices have not been heard.",
        ),
        (
            {
                "criteria": [{"id": "a", "kpi": "csat", "at_least": 0.1}],
                "voices": [{"voice": v, "answer": "yes", "by": "Ann"} for v in VOICES],
            },
            "Yes: “New move” may go ahead",
        ),
    ],
)
def test_the_heading_of_a_gate_is_its_verdict(more, said):
    assert said in found(draw_gates(VIEW, [stamp(**more)]), Heading)[0].text


def test_each_criterion_has_its_number_interval_n_and_reason():
    table = found(draw_gates(VIEW, [stamp()]), Table)[0]
    happy, loyal, easy = ([line_text(c) for c in row] for row in table.rows)
    assert happy[0] == "They are happy\nSatisfied, top 2 of 5"
    assert happy[1:3] == ["at least 99\u00a0%", "82\u00a0%\n81\u00a0to\u00a084 · n\u00a03,318"]
    assert loyal[1:] == [
        "at least +10",
        "+32\n27\u00a0to\u00a037 · n\u00a02,746",
        "met",
        "The whole interval lies at +10 or above.",
    ]
    assert easy[2].startswith("hidden")
    tags = [c.text for row in table.rows for c in row[3] if isinstance(c, Tag)]
    assert tags == ["not met", "met", "cannot be told"]


def test_the_four_voices_are_there_whoever_was_asked():
    voices = found(draw_gates(VIEW, [stamp()]), Table)[1]
    rows = [[line_text(c) for c in row] for row in voices.rows]
    assert rows[0] == ["Customer", "no", "It is slow.", "Ann, 1\u00a0November\u00a02026"]
    assert [r[0] for r in rows[1:]] == ["Contact centre", "Technical partner", "Sales"]
    assert all(r[1:] == ["open", "not asked yet", ""] for r in rows[1:])


@pytest.mark.parametrize(
    ("decision", "said"),
    [
        ({}, "No decision is recorded yet."),
        ({"made": "no-go", "by": "Ann", "on": "2026-11-05", "reason": "Later."}, "by Ann: no-go. Later."),
        ({"made": "go", "by": "Ann", "on": "2026-11-05"}, "against what criteria and voices say"),
    ],
)
def test_the_decision_stands_under_the_verdict(decision, said):
    assert said in plain(draw_gates(VIEW, [stamp(decision=decision)]))


def test_a_go_on_open_questions_is_told_as_one():
    made = {"made": "go", "by": "Ann", "on": "2026-11-05"}
    open_ = stamp(criteria=[{"id": "a", "kpi": "csat", "at_least": 0.825}], voices=[], decision=made)
    assert "The decision is go, while questions are open." in plain(draw_gates(VIEW, [open_]))


def test_what_an_advisor_writes_never_becomes_markup():
    a = fake.ATTACK
    hostile = stamp(
        label=a, question=a, owner=a, decision={"made": "go", "by": a, "on": "2026-11-05", "reason": a},
        voices=[{"voice": "sales", "answer": "no", "said": a, "by": a}],
        criteria=[{"id": "a", "kpi": "csat", "at_least": 0.1, "label": a}],
    )  # fmt: skip
    plan = schedule(task("a", label=a, owner=a), task("b", 1, "a", label=a, workstream="change"), week=5)
    html = flow_html([draw_gates(VIEW, [hostile]), draw_plan(VIEW, plan)], Canvas())
    assert "<script>" not in html
    assert html.count("alert(1)") > 8
