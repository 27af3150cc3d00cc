"""The funnel: how many journeys come to a step by way of every step that all drawn ways lead through, in that order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from cxkit.evidence.findings import Finding
    from cxkit.journey.estimates import Part
    from cxkit.journey.study import Study

__all__ = ["find"]

NEVER = np.iinfo(np.int32).max
Rows = NDArray[np.int32]


def find(study: Study) -> Iterator[Finding]:
    """`through` of each step; other steps may lie between."""
    came = dict(_came_through(study))
    for i, step in study.steps.items():
        part = came[i] if i in came else study.reach_of(i)
        few = study.maker.few(part.hits) or study.tells_of_hidden(part)
        yield study.maker.share(step.id, "through", part, small=few)


def _came_through(study: Study) -> Iterator[tuple[int, Part]]:
    """The journeys of which each step is the next in order, all of them as the base."""
    needed = study.ways.needed
    before = {s: needed[s][-2] if len(needed[s]) > 1 else "" for s in needed}
    waiting = Counter(before.values())
    matched: dict[str, Rows] = {}
    for step in needed:
        at, last = study.place[step], before[step]
        rows = _next_rows(study, at, matched.get(last))
        yield at, study.among(np.flatnonzero(rows < NEVER))
        waiting[last] -= 1
        if not waiting[last]:
            matched.pop(last, None)
        if waiting[step]:
            matched[step] = rows


def _next_rows(study: Study, pos: int, after: Rows | None) -> Rows:
    """In which move each journey comes to a step, after the move in which it came to another; NEVER if it does not."""
    moves = study.trails.moves
    rows = study.trails.moves_of[pos]
    if after is not None:
        rows = rows[rows > after[moves.unit[rows]]]
    unit = moves.unit[rows]
    found = np.full(study.log.units, NEVER, dtype=np.int32)
    first = np.ones(len(unit), dtype=bool)
    first[1:] = unit[1:] != unit[:-1]
    found[unit[first]] = rows[first]
    return found
