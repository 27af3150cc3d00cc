"""Laws of the schedule, on the plan that ships and on plans made at random."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from conftest import ROOT
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cxkit._documents import read_document
from cxkit.errors import DocumentError
from cxkit.plan.model import Decision, Gate, Plan, Task
from cxkit.plan.schedule import schedule_plan

START = dt.date(2026, 9, 7)
SHIPPED = read_document(ROOT / "templates/plans/first_wave.yaml", Plan)
STAMP = read_document(ROOT / "templates/gates/customer_stamp.yaml", Gate)


def schedule(plan, *, weeks=12, week=1, there=lambda _: False, gates=None):
    today = START + dt.timedelta(days=7 * (week - 1))
    gates = {"customer_stamp": STAMP} if gates is None else gates
    return schedule_plan(plan, weeks=weeks, start=START, today=today, there=there, gates=gates)


def task(id_, weeks=1, *after, workstream="missions", **more):
    given = {"id": id_, "label": id_.upper(), "workstream": workstream, "weeks": weeks, "owner": "Ann", "after": after}
    return Task.model_validate(given | more)


def plan(*tasks):
    return Plan(cxkit=1, id="wave", label="Wave", tasks=tasks)


def spans(schedule):
    return {s.task.id: (s.first, s.last) for s in schedule.tasks}


LENGTHS = st.tuples(st.integers(1, 3), st.integers(1, 3)).map(lambda p: {"6": p[0], "12": p[1]})


@st.composite
def plans(draw):
    """A plan in which each task may wait for those before it, so that there is no cycle."""
    tasks = []
    for i in range(draw(st.integers(1, 7))):
        after = draw(st.lists(st.sampled_from([t.id for t in tasks]), unique=True)) if tasks else []
        stream = draw(st.sampled_from(["missions", "people", "change"]))
        earliest = draw(st.none() | st.integers(1, 4))
        tasks.append(task(f"t{i}", draw(LENGTHS), *after, workstream=stream, earliest=earliest))
    return plan(*tasks)


def fits(plan, weeks):
    try:
        return schedule(plan, weeks=weeks)
    except DocumentError:
        return None


@pytest.mark.parametrize("weeks", range(6, 13))
def test_the_shipped_plan_fits_every_length_with_people_early(weeks):
    found = schedule(SHIPPED, weeks=weeks)
    assert max(s.last for s in found.tasks) <= weeks
    assert min(s.first for s in found.tasks if s.task.workstream == "people") == 1
    assert not [c for c in found.warnings if c.kind != "waits"]
    (gate,) = (s for s in found.tasks if s.task.gate)
    assert gate.first == {6: 5, 12: 10}.get(weeks, gate.first) == gate.last


@pytest.mark.parametrize("weeks", [5, 13])
def test_other_lengths_are_refused(weeks):
    with pytest.raises(DocumentError, match=f"6 to 12 weeks, not for {weeks}"):
        schedule(SHIPPED, weeks=weeks)


def test_the_order_of_the_file_does_not_matter():
    turned = SHIPPED.model_copy(update={"tasks": SHIPPED.tasks[::-1]})
    one, other = schedule(SHIPPED, week=7), schedule(turned, week=7)
    assert (one.tasks, one.warnings) == (other.tasks, other.warnings)
    assert one == schedule(SHIPPED, week=7)


@given(plans(), st.integers(6, 12))
@settings(max_examples=40, deadline=None)
def test_nothing_begins_before_what_it_comes_after(plan, weeks):
    found = fits(plan, weeks)
    assume(found)
    when = spans(found)
    assert all(when[t.id][0] > when[a][1] for t in plan.tasks for a in t.after)
    assert all(s.slack >= 0 and s.last + s.slack <= weeks for s in found.tasks)


@given(plans(), st.data())
@settings(max_examples=40, deadline=None)
def test_one_more_dependency_starts_nothing_earlier(plan, data):
    i = data.draw(st.integers(0, len(plan.tasks) - 1))
    more = data.draw(st.lists(st.sampled_from([f"t{j}" for j in range(i)])) if i else st.just([]))
    held = plan.tasks[i].model_copy(update={"after": (*plan.tasks[i].after, *more)})
    after = plan.model_copy(update={"tasks": (*plan.tasks[:i], held, *plan.tasks[i + 1 :])})
    before, later = fits(plan, 12), fits(after, 12)
    assume(before and later)
    assert all(spans(later)[t][0] >= first for t, (first, _) in spans(before).items())


@given(plans())
@settings(max_examples=40, deadline=None)
def test_what_fits_at_6_and_12_weeks_fits_between(plan):
    assume(fits(plan, 6) and fits(plan, 12))
    assert all(fits(plan, w) for w in range(7, 12))


@given(plans(), st.integers(6, 12))
@settings(max_examples=40, deadline=None)
def test_a_task_that_uses_its_slack_moves_no_end(plan, weeks):
    found = fits(plan, weeks)
    assume(found)
    for s in found.tasks:
        late = s.task.model_copy(update={"earliest": task("x", 1, earliest=min(s.first + s.slack, 12)).earliest})
        moved = plan.model_copy(update={"tasks": tuple(late if t.id == late.id else t for t in plan.tasks)})
        assert fits(moved, weeks)


def test_a_plan_that_is_too_long_names_its_longest_chain():
    long = plan(task("a", 3), task("b", 1), task("c", 4, "a", "b"), task("d", 2, "c"))
    with pytest.raises(DocumentError) as error:
        schedule(long, weeks=8)
    said = str(error.value)
    assert "needs 9 weeks, but the engagement has 8" in said
    assert "a (weeks 1 to 3), c (weeks 4 to 7), d (weeks 8 to 9)" in said


def test_a_plan_made_by_hand_is_proved_too():
    with pytest.raises(DocumentError, match="a after b after a"):
        schedule(plan(task("a", 1, "b"), task("b", 1, "a")))


def test_slack_is_what_is_left_before_the_next_and_before_a_gate():
    gate = STAMP.model_copy(update={"id": "g", "week": task("x", 8).weeks})
    found = schedule(
        plan(task("a", 2), task("b", 1, "a"), task("c", 3, "a"), task("g", 1, "b", gate="g"), task("d", 1, "g")),
        gates={"g": gate},
    )
    # By hand: the gate stays in week 8, so a may end in 6 and b in 7; c and d may end in 12.
    assert {s.task.id: (s.first, s.last, s.slack) for s in found.tasks} == {
        "a": (1, 2, 4), "b": (3, 3, 4), "c": (3, 5, 7), "g": (8, 8, 0), "d": (9, 9, 3),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("more", "week", "state"),
    [
        ({}, 2, "to come"),
        ({}, 3, "under way"),
        ({}, 4, "under way"),
        ({}, 5, "late"),
        ({"artefact": "there"}, 5, "done"),
        ({"artefact": "gone"}, 5, "late"),
        ({"done": True}, 1, "done"),
        ({"artefact": "gone", "done": True}, 5, "done"),
        ({"artefact": "there", "done": False}, 5, "late"),
    ],
)
def test_where_a_task_stands(more, week, state):
    found = schedule(plan(task("a", 2, earliest=3, **more)), week=week, there=lambda a: a == "there")
    assert found.tasks[0].state == state


@pytest.mark.parametrize(("made", "state"), [("go", "done"), ("no-go", "done"), (None, "late")])
def test_the_day_of_a_gate_is_over_when_it_is_decided(made, state):
    decision = Decision(made=made, by="Ann", on=START)
    gates = {"g": STAMP.model_copy(update={"decision": decision})}
    (found,) = schedule(plan(task("g", 1, gate="g")), week=12, gates=gates).tasks
    assert (found.state, found.decision) == (state, made)


def cautions(*tasks, week=1, gates=None, there=lambda _: False):
    found = schedule(plan(*tasks), week=week, gates=gates or {}, there=there)
    return [(c.kind, c.task, c.other, c.week) for c in found.warnings]


def test_what_waits_for_something_that_is_not_there_is_told():
    tasks = task("a", 1), task("b", 1, "a")
    assert cautions(*tasks, week=1) == []
    assert cautions(*tasks, week=2) == [("waits", "b", "a", 2)]
    assert cautions(task("a", 1, done=True), tasks[1], week=2) == []


def test_what_is_done_before_its_input_is_told():
    assert cautions(task("a", 1), task("b", 1, "a", done=True)) == [("rests on nothing", "b", "a", 1)]


def test_a_gate_before_what_it_needs_is_told():
    gate = STAMP.model_copy(update={"week": task("x", 2).weeks})
    tasks = task("a", 3), task("g", 1, "a", gate="g")
    assert cautions(*tasks, gates={"g": gate}) == [("gate too early", "g", "a", 2)]


@pytest.mark.parametrize(
    ("people", "told"),
    [(1, []), (4, []), (5, [("people late", "p", "", 4)]), (None, [("nobody prepares people", "", "", 4)])],
)
def test_people_come_before_half_of_the_change_work_is_over(people, told):
    # Change work in weeks 2, 4, 5 and 6: half of it is over with week 4.
    change = [task(f"c{w}", 1, workstream="change", earliest=w) for w in (2, 4, 5, 6)]
    first = [task("p", 1, workstream="people", earliest=people)] if people else []
    assert cautions(*change, *first) == told


@pytest.mark.parametrize(("days", "week"), [(-1, 0), (0, 1), (6, 1), (7, 2), (83, 12), (84, 13)])
def test_weeks_are_counted_from_the_first_day(days, week):
    found = schedule_plan(
        plan(task("a")), weeks=12, start=START, today=START + dt.timedelta(days=days), there=lambda _: False, gates={}
    )
    assert found.now == week


def test_states_only_ever_move_on():
    """With nothing done, a task goes from to come over under way to late, never back."""
    order = ["to come", "under way", "late"]
    rows = [[order.index(s.state) for s in schedule(SHIPPED, week=w).tasks] for w in range(14)]
    assert all(a <= b for one, other in itertools.pairwise(rows) for a, b in zip(one, other, strict=True))
