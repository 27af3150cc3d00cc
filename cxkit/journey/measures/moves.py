"""How journeys go from step to step: back, past a step, again to one, and where each leads next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cxkit.data.privacy import hidden_cells
from cxkit.journey.trails import Places, rows_by

if TYPE_CHECKING:
    from cxkit.evidence.findings import Finding
    from cxkit.journey.study import Study
    from cxkit.kpi.sums import Sums

__all__ = ["find"]

MOST_BACK = 5
END = -1
Units = NDArray[np.int32]


def find(study: Study) -> Iterator[Finding]:
    """`repeat`, `skip`, `back_to=<step>` and `flow=<step>` of each step."""
    for i, step in study.steps.items():
        yield _repeat(study, i)
        if study.ways.unavoidable(step.id):
            yield _skip(study, i)
        if not study.slice:
            yield from _flow(study, i)
    if not study.slice:
        yield from _back(study)


def _repeat(study: Study, pos: int) -> Finding:
    """The journeys that come back to a step after another."""
    _, unit, times = _stays(study, pos)
    part = study.part(unit, times > 1)
    return study.maker.share(study.steps[pos].id, "repeat", part, small=study.splits_few(part))


def _skip(study: Study, pos: int) -> Finding:
    """Of the journeys that got beyond a step, those that had not been at it before."""
    visits, step = study.trails.visits, study.steps[pos].id
    lies_beyond = np.zeros(study.log.steps, dtype=bool)
    lies_beyond[[study.place[s] for s in study.ways.beyond[step]]] = True
    rows = np.flatnonzero(lies_beyond[visits.pos])
    rows = rows[_firsts(visits.unit[rows])]
    unit = visits.unit[rows]
    had = np.full(study.log.units, len(visits.pos))
    mine = study.trails.visits_of[pos]
    had[visits.unit[mine]] = mine
    part = study.part(unit, had[unit] > rows)
    return study.maker.share(step, "skip", part, small=study.splits_few(part))


def _flow(study: Study, pos: int) -> Iterator[Finding]:
    """Where the first visit to a step led next; what too few did stands together under `.other`."""
    step, maker = study.steps[pos].id, study.maker
    if step in study.leads_to_hidden or step in maker.hidden:
        return
    rows, unit, _ = _stays(study, pos)
    to, who = study.trails.moves.next[rows], study.log.customer[unit]
    base, hits = study.part(unit, to < END), dict[int, int]()
    sums: dict[int, Sums] = {}
    for t in np.flatnonzero(np.bincount(to + 1)) - 1:
        part = base.with_hits(who[to == t])
        hits[int(t)], sums[int(t)] = part.hits, part.sums
    told = _told(hits, base.customers, threshold=maker.threshold)
    for t in told:
        yield maker.share(step, f"flow={'.end' if t == END else study.steps[t].id}", sums[t])
    if told and len(told) < len(hits):
        yield maker.share(step, "flow=.other", base.with_hits(who[~np.isin(to, told)]))


def _told(hits: dict[int, int], customers: int, *, threshold: int) -> list[int]:
    """The targets that may be named, the end behind the steps; none where one would tell of few."""
    units = {"all": float(customers)} | {str(t): float(n) for t, n in hits.items()}
    small, others = hidden_cells(units, [("all", [str(t) for t in hits])], threshold=threshold, shared=True)
    if "all" in small | others:
        return []
    return sorted((t for t in hits if str(t) not in small | others), key=lambda t: (t == END, t))


def _back(study: Study) -> Iterator[Finding]:
    """The loops that are drawn, and the most frequent moves to a step that is drawn earlier."""
    maker, drawn = study.maker, {(s.id, b) for s in study.steps.values() for b in s.back_to}
    found: list[tuple[int, int, int]] = []
    for i, step in study.steps.items():
        if step.id in maker.leading or step.id in maker.hidden:
            continue
        for t, unit in _led_back(study, i):
            told = study.rows(unit).hits
            if told >= maker.threshold:
                found.append((len(unit), i, t))
    ranked = sorted(found, key=lambda f: (-f[0], f[1], f[2]))
    loops = [f for f in ranked if (study.steps[f[1]].id, study.steps[f[2]].id) in drawn]
    chosen = {*ranked[:MOST_BACK], *loops}
    for _, i, t in (f for f in ranked if f in chosen):
        _, unit, _ = _stays(study, i)
        back = np.zeros(study.log.units, dtype=bool)
        back[dict(_led_back(study, i))[t]] = True
        yield maker.share(study.steps[i].id, f"back_to={study.steps[t].id}", study.part(unit, back[unit]))


def _led_back(study: Study, pos: int) -> Iterator[tuple[int, Units]]:
    """Steps drawn earlier that journeys went to directly from a step, and which journeys did."""
    moves, ahead = study.trails.moves, study.ways.ahead.get(study.steps[pos].id, ())
    rows = study.trails.moves_of[pos]
    to = moves.next[rows]
    rows = rows[(to >= 0) & (to < pos)]
    for t, mine in enumerate(rows_by(moves.next[rows], pos)):
        if len(mine) and study.steps[t].id not in ahead:
            unit = moves.unit[rows[mine]]
            yield t, unit[_firsts(unit)]


def _stays(study: Study, pos: int) -> tuple[Places, Units, Places]:
    """Of each journey that came to a step the first move from there, the journey, and how often it came."""
    moves = study.trails.moves
    rows = study.trails.moves_of[pos]
    unit = moves.unit[rows]
    first = np.flatnonzero(_firsts(unit))
    return rows[first], unit[first], np.diff(np.append(first, len(rows)))


def _firsts(unit: Units) -> NDArray[np.bool_]:
    """Whether a row is the first of its journey."""
    first = np.ones(len(unit), dtype=bool)
    first[1:] = unit[1:] != unit[:-1]
    return first
