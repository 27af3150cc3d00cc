"""The plan along its weeks, whole or one workstream of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import ipywidgets

from cxkit._blocks import Block
from cxkit.kpi.sentences import says
from cxkit.plan.draw import draw_plan
from cxkit.widgets._pieces import Piece, Pieces
from cxkit.widgets._shell import Shown, framed, theme_for

if TYPE_CHECKING:
    from cxkit.evidence.view import View
    from cxkit.plan.schedule import Schedule

__all__ = ["PlanBoard", "plan_pieces"]


class PlanBoard(Shown, ipywidgets.VBox):
    """The plan of the engagement, to read; a choice of the workstream above.

    Args:
        view: The evidence in one period.
        schedule: The plan in its weeks, as `Work.plan` has it.

    Attributes:
        chosen: The workstream that is shown, or "all"; may be set.
    """

    def __init__(self, view: View, schedule: Schedule | None) -> None:
        theme = theme_for(view)
        self.pieces = Pieces(name="workstream", label=says(view).say("widget.workstream"), theme=theme)
        super().__init__()
        framed(self, self.pieces, theme=theme)
        self.pieces.show(plan_pieces(view, schedule))

    @property
    def chosen(self) -> str:
        """The workstream that is shown."""
        return self.pieces.chosen

    @chosen.setter
    def chosen(self, workstream: str) -> None:
        self.pieces.chosen = workstream

    @property
    def block(self) -> Block:
        """The plan, or the workstream of it, that is shown."""
        return self.pieces.block


def plan_pieces(view: View, schedule: Schedule | None) -> list[Piece]:
    """A piece for the whole plan, and one for each workstream where there are several."""
    w = says(view)
    if schedule is None:
        return []
    streams = list(dict.fromkeys(t.task.workstream for t in schedule.tasks))
    whole = Piece("all", w.say("widget.everything"), draw_plan(view, schedule))
    parts = [Piece(s, w.say(f"plan.workstream.{s}"), draw_plan(view, _only(schedule, s))) for s in streams]
    return [whole, *(parts if len(parts) > 1 else [])]


def _only(schedule: Schedule, workstream: str) -> Schedule:
    tasks = tuple(t for t in schedule.tasks if t.task.workstream == workstream)
    # A caution that also names a task of another workstream is told with the whole plan.
    names = {"", *(t.task.id for t in tasks)}
    kept = tuple(c for c in schedule.warnings if c.task in names and c.other in names)
    return replace(schedule, tasks=tasks, warnings=kept)
