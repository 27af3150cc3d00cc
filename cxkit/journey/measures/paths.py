"""Whether journeys follow the map, and the ways that those take that do not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from cxkit.evidence.findings import Finding
    from cxkit.journey.study import Study

__all__ = ["find"]

MOST_PATHS, LONGEST, LOOKED_AT = 5, 12, 100
CUT = "…"
Mask = NDArray[np.bool_]
Codes = NDArray[np.int64]


def find(study: Study) -> Iterator[Finding]:
    """`fit`: the share of the journeys whose every move is drawn; `stray=<path>`: whole paths that are not."""
    fits = _fits(study)
    yield study.maker.share("", "fit", study.part(np.arange(len(fits)), fits))
    if not study.slice and not fits.all():
        yield from _strays(study, np.flatnonzero(~fits))


def _fits(study: Study) -> Mask:
    """Whether each journey begins on a start and makes no move but drawn ones; where it stops is no matter."""
    moves, steps = study.trails.moves, study.log.steps
    drawn = np.zeros((steps, steps + 1), dtype=bool)  # the last column, which -1 finds: the journey ends
    drawn[:, -1] = True
    for a, b in study.ways.moves:
        drawn[study.place[a], study.place[b]] = True
    begins = np.zeros(steps, dtype=bool)
    begins[[study.place[s] for s in study.ways.starts]] = True
    strays = ~drawn[moves.pos, moves.next]
    strays |= moves.begins & ~begins[moves.pos]
    fits = np.ones(study.log.units, dtype=bool)
    fits[moves.unit[strays]] = False
    return fits


def _strays(study: Study, unit: Codes) -> Iterator[Finding]:
    """The most frequent paths of these journeys, each of enough customers."""
    maker = study.maker
    path, count, example = _paths(study, unit)
    ranked = np.lexsort((np.arange(len(count)), -count))[:LOOKED_AT]
    told = 0
    for place in ranked.tolist():
        if told == MOST_PATHS or count[place] < maker.threshold:
            return
        part = study.among(unit[path == place])
        if part.hits >= maker.threshold:
            told += 1
            yield maker.share("", f"stray={_name(study, int(unit[example[place]]))}", part)


def _paths(study: Study, unit: Codes) -> tuple[Codes, Codes, Codes]:
    """The number of each journey's path, how many journeys take each, and the place of one that does."""
    first, length = _runs(study, unit)
    pos, steps = study.trails.moves.pos, study.log.steps
    path = np.zeros(len(unit), dtype=np.int64)
    base, room = steps + 2, 1
    for k in range(LONGEST + 1):
        there = length > k
        step = np.zeros(len(unit), dtype=np.int64)
        step[there] = pos[first[there] + k] + 1 if k < LONGEST else steps + 1
        if room > np.iinfo(np.int64).max // (base * base):
            known, path = np.unique(path, return_inverse=True)
            room = len(known)
        path, room = path * base + step, room * base
    _, example, numbers, count = np.unique(path, return_index=True, return_inverse=True, return_counts=True)
    return numbers, count, example


def _runs(study: Study, unit: Codes) -> tuple[Codes, Codes]:
    """Where the moves of these journeys begin, and how many they are."""
    first = np.flatnonzero(study.trails.moves.begins)
    ends = np.append(first[1:], len(study.trails.moves.pos))
    return first[unit], (ends - first)[unit]


def _name(study: Study, unit: int) -> str:
    """The steps of a journey's path."""
    first, length = (int(v[0]) for v in _runs(study, np.array([unit])))
    steps = study.trails.moves.pos[first : first + min(length, LONGEST)].tolist()
    told = [study.steps[i].id for i in steps]
    return ">".join([*told, CUT] if length > LONGEST else told)
