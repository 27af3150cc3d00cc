"""What channels promise at a step, held against what happened: who went on in time, and who no further."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from cxkit.journey.measures.named import came_by, few_of, tellable
from cxkit.journey.parts import plain_name

if TYPE_CHECKING:
    from cxkit.evidence.findings import Finding
    from cxkit.journey.study import Study

__all__ = ["find"]

HOUR = 3_600_000_000  # microseconds


def find(study: Study) -> Iterator[Finding]:
    """`drop_off=<channel>` of the channels with an offer at a step, and `in_time=<channel>` of those with a deadline.

    A journey is counted under the channel by which it first came to the step. It went on in time when it came to a
    step that it had not been at before within the hours promised; where these are not over yet, nobody can tell.
    """
    if not study.source.channel or study.slice:
        return
    codes = {name: i for i, name in enumerate(study.log.channels)}
    # An offer may write a channel in another way than the export does.
    known = {plain_name(name): name for name in reversed(study.log.channels)} | {c: c for c in codes}
    for i, step in study.steps.items():
        named = {known.get(c) or known.get(plain_name(c)): o for c, o in step.offer.items()}
        offered = {c: o for c, o in named.items() if c}
        if offered and (not step.last or step.next) and step.id not in study.maker.hidden:
            yield from _ends(study, i, {c: codes[c] for c in offered})
            yield from _in_time(study, i, {c: (codes[c], o.hours) for c, o in offered.items() if o.hours})


def _ends(study: Study, pos: int, codes: dict[str, int]) -> Iterator[Finding]:
    rows, unit, channel = came_by(study, pos)
    ended = study.trails.visits.next[rows] < 0
    parts = {name: study.part(unit[channel == c], ended[channel == c]) for name, c in codes.items()}
    for name in tellable(study, parts, whole=study.part(unit, ended)):
        yield study.maker.share(study.steps[pos].id, f"drop_off={name}", parts[name])


def _in_time(study: Study, pos: int, promised: dict[str, tuple[int, float]]) -> Iterator[Finding]:
    rows, unit, channel = came_by(study, pos)
    visits, at = study.trails.visits, study.log.at
    came = at[visits.event[rows]]
    gone = visits.next[rows] >= 0
    left = np.full(len(rows), np.iinfo(np.int64).max)
    left[gone] = at[visits.event[visits.next[rows[gone]]]]
    for name, (code, hours) in promised.items():
        mine = np.flatnonzero(channel == code)
        who, due = unit[mine], came[mine] + round(hours * HOUR)
        over = due <= study.log.until
        in_time = left[mine] <= due
        part = study.part(who[over], in_time[over])
        # Beside those who ended at the step, these would tell how many were late, or are still waiting.
        small = any(few_of(study, who[g]) for g in (~over, over & gone[mine] & ~in_time))
        if part.n and not study.maker.few(part.customers):
            small = small or study.splits_few(part)
            yield study.maker.share(study.steps[pos].id, f"in_time={name}", part, small=small)
