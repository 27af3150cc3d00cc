"""A plan over the weeks of an engagement: when each task runs, how much slack it has, and where it stands today."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from cxkit.errors import DocumentError
from cxkit.plan.model import LONGEST, SHORTEST, WORKSTREAMS, Gate, Plan, Task, plan_faults, weeks_at

__all__ = ["Caution", "Schedule", "Scheduled", "State", "schedule_plan"]

State = Literal["done", "late", "under way", "to come"]


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A task in its weeks, both ends included and counted from 1.

    Attributes:
        slack: Weeks by which it may run later without moving the end or a gate.
        state: Where it stands today.
        decision: What was decided on its gate, or None.
    """

    task: Task
    first: int
    last: int
    slack: int
    state: State
    decision: Literal["go", "no-go"] | None = None


@dataclass(frozen=True, slots=True)
class Caution:
    """Something in the plan that a person should look at.

    Attributes:
        kind: "waits": the task should have begun, and what it needs is not there.
            "rests on nothing": the task is done, and what it needs is not.
            "gate too early": the gate is set for a week in which what it needs is not there.
            "people late": the first people task begins after the peak of the change work.
            "nobody prepares people": there is change work and no people task.
        task: Id of the task, or "".
        other: Id of the task that it needs, or "".
        week: The week that is spoken of, or None.
    """

    kind: Literal["waits", "rests on nothing", "gate too early", "people late", "nobody prepares people"]
    task: str = ""
    other: str = ""
    week: int | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """A plan in its weeks, as of a day.

    Attributes:
        now: The week that the day is in; below 1 before the start, above `weeks` after the end.
        tasks: By workstream, then by week.
        warnings: What a person should look at.
    """

    plan: Plan
    weeks: int
    start: dt.date
    now: int
    tasks: tuple[Scheduled, ...]
    warnings: tuple[Caution, ...]
    today: dt.date

    def task(self, id_: str) -> Scheduled:
        """A task by its id."""
        return next(t for t in self.tasks if t.task.id == id_)


def schedule_plan(
    plan: Plan,
    *,
    weeks: int,
    start: dt.date,
    today: dt.date,
    there: Callable[[str], bool],
    gates: Mapping[str, Gate],
) -> Schedule:
    """Each task as early as what it comes after allows, and its state.

    Args:
        plan: The plan.
        weeks: Weeks of the engagement, 6 to 12.
        start: Its first day.
        today: The day as of which states are told.
        there: Whether an artefact of the engagement is there.
        gates: The gates by id; a task that is the day of one lies in its week.

    Raises:
        DocumentError: The plan does not hold together, or does not fit into the weeks; names the longest chain.
    """
    if not SHORTEST <= weeks <= LONGEST:
        hint = "Give `weeks` in engagement.yaml a number from 6 to 12."
        raise DocumentError(f"A plan is for {SHORTEST} to {LONGEST} weeks, not for {weeks}.", hint=hint)
    if faults := plan_faults(plan, gates=gates):
        what, hint = faults[0][1:]
        raise DocumentError(f"{what[0].upper()}{what[1:]}.", where="plan.yaml", hint=hint)
    spans = _spans(plan, weeks, gates)
    _refuse_too_long(plan, spans, weeks)
    latest = _latest(plan, spans, weeks)
    now = (today - start).days // 7 + 1
    tasks = [
        Scheduled(
            t, *spans[t.id], slack=latest[t.id] - spans[t.id][1], state=_state(t, spans[t.id], now, there, gates),
            decision=gates[t.gate].decision.made if t.gate else None,
        )
        for t in plan.tasks
    ]  # fmt: skip
    tasks.sort(key=lambda s: (WORKSTREAMS.index(s.task.workstream), s.first, s.last, s.task.id))
    warnings = (*_order(tasks, now), *_gates(tasks, weeks, gates), *_people(tasks))
    return Schedule(plan, weeks, start, now, tuple(tasks), warnings, today)


def _spans(plan: Plan, weeks: int, gates: Mapping[str, Gate]) -> dict[str, tuple[int, int]]:
    """First and last week of each task, by a pass forward."""
    spans: dict[str, tuple[int, int]] = {}
    for task in _in_order(plan):
        first = 1 + max((spans[a][1] for a in task.after), default=0)
        first = max(first, weeks_at(task.earliest, weeks) if task.earliest else 1)
        if task.gate:
            first = max(first, weeks_at(gates[task.gate].week, weeks))
        spans[task.id] = (first, first + weeks_at(task.weeks, weeks) - 1)
    return spans


def _latest(plan: Plan, spans: Mapping[str, tuple[int, int]], weeks: int) -> dict[str, int]:
    """The latest last week of each task that moves neither the end nor a gate, by a pass backward."""
    latest: dict[str, int] = {}
    for task in reversed(_in_order(plan)):
        heirs = [t for t in plan.tasks if task.id in t.after]
        starts = (latest[t.id] - (spans[t.id][1] - spans[t.id][0]) for t in heirs)
        latest[task.id] = spans[task.id][1] if task.gate else min((s - 1 for s in starts), default=weeks)
    return latest


def _in_order(plan: Plan) -> list[Task]:
    """The tasks, each after all that it waits for."""
    left, ordered = sorted(plan.tasks, key=lambda t: t.id), list[Task]()
    while left:
        waiting = {t.id for t in left}
        ordered += [t for t in left if not waiting & set(t.after)]
        left = [t for t in left if waiting & set(t.after)]
    return ordered


def _refuse_too_long(plan: Plan, spans: Mapping[str, tuple[int, int]], weeks: int) -> None:
    end = max(last for _, last in spans.values())
    if end <= weeks:
        return
    by_id = {t.id: t for t in plan.tasks}
    chain = [min(i for i, (_, last) in spans.items() if last == end)]
    while before := [a for a in sorted(by_id[chain[0]].after) if spans[a][1] == spans[chain[0]][0] - 1]:
        chain.insert(0, before[0])
    said = ", ".join(f"{i} ({_weeks_text(*spans[i])})" for i in chain)
    raise DocumentError(
        f"The plan needs {end} weeks, but the engagement has {weeks}. The longest chain: {said}.",
        where="plan.yaml",
        hint="Shorten one of them, begin it earlier, or take it out of an `after`.",
    )


def _weeks_text(first: int, last: int) -> str:
    return f"week {first}" if first == last else f"weeks {first} to {last}"


def _state(
    task: Task, span: tuple[int, int], now: int, there: Callable[[str], bool], gates: Mapping[str, Gate]
) -> State:
    if _done(task, there, gates):
        return "done"
    return "late" if now > span[1] else "under way" if now >= span[0] else "to come"


def _done(task: Task, there: Callable[[str], bool], gates: Mapping[str, Gate]) -> bool:
    if task.done is not None:
        return task.done
    if task.gate and gates[task.gate].decision.made:
        return True
    return task.artefact is not None and there(task.artefact)


def _order(tasks: list[Scheduled], now: int) -> Iterator[Caution]:
    by_id = {s.task.id: s for s in tasks}
    for s in tasks:
        for before in (by_id[a] for a in sorted(set(s.task.after))):
            if before.state == "done":
                continue
            if s.state == "done":
                yield Caution("rests on nothing", s.task.id, before.task.id, before.last)
            elif now >= s.first:
                yield Caution("waits", s.task.id, before.task.id, s.first)


def _gates(tasks: list[Scheduled], weeks: int, gates: Mapping[str, Gate]) -> Iterator[Caution]:
    for s in tasks:
        set_for = weeks_at(gates[s.task.gate].week, weeks) if s.task.gate else s.first
        if s.first > set_for:
            last = max((t for t in tasks if t.task.id in s.task.after), key=lambda t: (t.last, t.task.id), default=s)
            yield Caution("gate too early", s.task.id, last.task.id, set_for)


def _people(tasks: list[Scheduled]) -> Iterator[Caution]:
    """People are prepared before the pressure peaks: no later than half of the change work is behind."""
    change = [w for s in tasks if s.task.workstream == "change" for w in range(s.first, s.last + 1)]
    people = min((s for s in tasks if s.task.workstream == "people"), key=lambda s: (s.first, s.task.id), default=None)
    if not change:
        return
    peak = sorted(change)[(len(change) - 1) // 2]
    if people is None:
        yield Caution("nobody prepares people", week=peak)
    elif people.first > peak:
        yield Caution("people late", people.task.id, week=peak)
