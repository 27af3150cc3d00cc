"""The plan as a table: each task with its weeks, its owner, its state and its slack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxkit._blocks import Group, Line, Quiet, Table, Tag, Tone
from cxkit._format import Words
from cxkit.kpi.sentences import says

if TYPE_CHECKING:
    from cxkit.evidence.view import View
    from cxkit.plan.schedule import Schedule, Scheduled

__all__ = ["draw_tasks"]

_TONES: dict[str, Tone] = {"done": "better", "late": "worse", "under way": "plain", "to come": "quiet"}


def draw_tasks(view: View, schedule: Schedule | None) -> Group:
    """Every task in the order of its weeks: who has it, where it stands, how far it may slip."""
    if schedule is None:
        return Group(())
    w = says(view)
    names = ("task", "weeks", "owner", "state", "slack")
    columns = tuple(w.say(f"tasks.{n}") for n in names)
    ordered = sorted(schedule.tasks, key=lambda s: (s.first, s.last))
    align = ("left", "left", "left", "left", "right")
    return Group((Table("", columns, tuple(_row(s, w) for s in ordered), align=align),))


def _row(s: Scheduled, w: Words) -> tuple[Line | str, ...]:
    task: Line = (s.task.label, "\n", Quiet(w.say(f"plan.workstream.{s.task.workstream}")))
    key = "tasks.span" if s.last > s.first else "tasks.week"
    weeks = w.say(key, first=s.first, last=s.last)
    state = (Tag(w.say(f"plan.state.{s.state.replace(' ', '_')}"), _TONES[s.state]),)
    slack = w.say("provenance.nothing") if s.state == "done" else w.count("tasks.slack_weeks", s.slack)
    return task, weeks, s.task.owner, state, slack
