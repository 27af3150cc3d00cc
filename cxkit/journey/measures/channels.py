"""By which channels journeys come to a step and leave it, and how often they change between two steps."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cxkit.journey.estimates import Part
from cxkit.journey.measures.named import came_by, few_of, frequent, kinds_of, tellable

if TYPE_CHECKING:
    from cxkit.evidence.findings import Finding
    from cxkit.journey.study import Study

__all__ = ["find"]

OTHER = ".other"
Codes = NDArray[Any]


def find(study: Study) -> Iterator[Finding]:
    """`channel_switch`, `channel=<name>` and `hop=<channel>|<step>|<channel>` of each step.

    A move goes on from a step when the journey comes to one that it had not been at before. It changes channel when
    the last contact at the step, before it, and the first one at the next are by different channels.
    """
    if not study.source.channel:
        return
    for i, step in study.steps.items():
        yield _switch(study, i)
        if not study.slice and step.id not in study.maker.hidden:
            yield from _shares(study, i)
            yield from _hops(study, i)


def _switch(study: Study, pos: int) -> Finding:
    trails, channel = study.trails, study.log.channel
    rows = trails.visits_of[pos]
    rows = rows[trails.visits.next[rows] >= 0]
    after = trails.visits.event[trails.visits.next[rows]]
    stays = trails.moves_of[pos]
    # The stay at the step that was the last to begin before the journey came to the next one.
    last = stays[np.searchsorted(trails.moves.event[stays], after) - 1]
    left, came = channel[trails.moves.last[last]], channel[after]
    known = (left >= 0) & (came >= 0)
    unit = trails.visits.unit[rows]
    part = study.part(unit[known], (left != came)[known])
    small = study.splits_few(part) or few_of(study, unit[~known])
    return study.maker.share(study.steps[pos].id, "channel_switch", part, small=small)


def _shares(study: Study, pos: int) -> Iterator[Finding]:
    """Of the journeys that came to the step, the share that came by each channel; some may have come by none."""
    _, unit, channel = came_by(study, pos)
    whole = study.rows(unit)
    parts = {study.log.channels[c]: study.rows(unit[channel == c]) for c in frequent(study, channel)}
    for name in tellable(study, parts, whole=whole, split=False):
        share = Part(whole.x, parts[name].x, parts[name].yy)
        yield study.maker.share(study.steps[pos].id, f"channel={name}", share)


def _hops(study: Study, pos: int) -> Iterator[Finding]:
    """Of the journeys at the step, those that left it by one channel for the next step by another, or by the same."""
    moves, channel, step = study.trails.moves, study.log.channel, study.steps[pos].id
    stays = study.trails.moves_of[pos]
    unit = moves.unit[stays]
    first = np.ones(len(unit), dtype=bool)
    first[1:] = unit[1:] != unit[:-1]
    stays, unit = stays[first], unit[first]
    to = moves.next[stays].astype(np.int64)
    left = channel[moves.last[stays]].astype(np.int64)
    came = np.full(len(stays), -1, dtype=np.int64)
    came[to >= 0] = channel[moves.event[stays[to >= 0] + 1]]
    known = (to >= 0) & (left >= 0) & (came >= 0)
    if step in study.leads_to_hidden or not known.any():
        return
    size = len(study.log.channels)
    code = np.where(known, (left * study.log.steps + to) * size + came, -1)
    yield from _told(study, pos, unit, code, [to, left, came])


def _told(study: Study, pos: int, unit: Codes, code: Codes, groups: list[Codes]) -> Iterator[Finding]:
    """The hops that may be told of; what is left of any step or channel that they share is never a few."""
    kinds, number = kinds_of(code, len(study.log.channels) ** 2 * study.log.steps)
    parts = {_name(study, int(kinds[c])): (c, study.rows(unit[number == c])) for c in frequent(study, number)}
    whole = study.rows(unit)
    told = tellable(study, {n: p for n, (_, p) in parts.items()}, whole=whole, split=False)
    while told:
        shown = np.zeros(len(kinds) + 1, dtype=bool)  # the last place, which -1 finds: no hop
        shown[[parts[n][0] for n in told]] = True
        left = ~shown[number]
        if not any(_leaves_few(study, unit, left, g) for g in groups):
            break
        told.pop()
    for name in told:
        yield _hop(study, pos, whole, parts[name][1], name)
    moved = code >= 0
    if told and len(told) < len(kinds):
        moves = study.rows(unit[moved])
        others = moves - reduce(add, (parts[n][1] for n in told))
        if not study.maker.few(others.customers) and not study.maker.few((whole - moves).customers):
            yield _hop(study, pos, whole, others, OTHER)


def _hop(study: Study, pos: int, whole: Part, part: Part, name: str) -> Finding:
    return study.maker.share(study.steps[pos].id, f"hop={name}", Part(whole.x, part.x, part.yy))


def _leaves_few(study: Study, unit: Codes, left: NDArray[np.bool_], group: Codes) -> bool:
    """Whether any of the groups has some told of and others left over, but too few to be told of."""
    size = int(group.max(initial=0)) + 2
    over, told = (np.bincount(group[rows] + 1, minlength=size) for rows in (left, ~left))
    return any(few_of(study, unit[left & (group == code - 1)]) for code in np.flatnonzero((over > 0) & (told > 0)))


def _name(study: Study, code: int) -> str:
    size = len(study.log.channels)
    rest, came = divmod(code, size)
    left, to = divmod(rest, study.log.steps)
    one, other = (study.log.channels[c].replace("|", "/") for c in (left, came))
    return f"{one}|{study.steps[to].id}|{other}"
