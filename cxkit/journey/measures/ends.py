"""Where journeys end: at the step after which they come to none that they had not been at before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cxkit.evidence.findings import Finding
    from cxkit.journey.estimates import Part
    from cxkit.journey.study import Study

__all__ = ["find"]


def find(study: Study) -> Iterator[Finding]:
    """`drop_off` of each step that journeys do not rightly end on, and how far it stands from the others."""
    shown: list[str] = []
    for i, step in study.steps.items():
        if not step.last:
            found = study.maker.share(step.id, "drop_off", _ended(study, i))
            shown += [step.id] if found.estimate.shown else []
            yield found
    # Only steps whose number is shown are the rest: a hidden one could be told from what the others leave.
    yield from study.maker.against_rest(shown, lambda s: _ended(study, study.place[s]), measure="drop_off_vs_rest")


def _ended(study: Study, pos: int) -> Part:
    visits = study.trails.visits
    rows = study.trails.visits_of[pos]
    return study.part(visits.unit[rows], visits.next[rows] < 0)
