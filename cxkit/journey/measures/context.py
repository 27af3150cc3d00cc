"""Whether a case's context comes along when its next contact is by another channel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cxkit.journey.measures.named import frequent, kinds_of, tellable
from cxkit.journey.trails import rows_by

if TYPE_CHECKING:
    from cxkit.evidence.findings import Finding
    from cxkit.journey.study import Study

__all__ = ["find"]

Rows = NDArray[np.int64]


def find(study: Study) -> Iterator[Finding]:
    """`context_kept` of each step, and `handoff=<a> → <b>` of each pair of channels there.

    A handoff into a step is a contact there whose journey had its last contact on the map, at whatever step, by
    another channel. Those count of which it is known whether the context was carried over, as in the KPI of that name.
    """
    if not (study.source.channel and study.source.context):
        return
    rows = _handoffs(study)
    rows_of = rows_by(study.log.pos[rows], study.log.steps)
    for i, step in study.steps.items():
        mine = rows[rows_of[i]]
        whole = study.part(study.trails.unit[mine], study.log.kept[mine] == 1)
        yield study.maker.share(step.id, "context_kept", whole, small=study.splits_few(whole))
        if not study.slice and step.id not in study.maker.hidden:
            yield from _pairs(study, i, mine)


def _handoffs(study: Study) -> Rows:
    """Places in the log of the contacts that follow one by another channel."""
    log = study.log
    changes = (log.kept[1:] >= 0) & (log.channel[1:] != log.channel[:-1])
    changes &= (log.channel[1:] >= 0) & (log.channel[:-1] >= 0) & (study.trails.unit[1:] == study.trails.unit[:-1])
    return np.flatnonzero(changes) + 1


def _pairs(study: Study, pos: int, rows: Rows) -> Iterator[Finding]:
    log, size = study.log, len(study.log.channels)
    unit, kept = study.trails.unit[rows], log.kept[rows] == 1
    kinds, number = kinds_of(log.channel[rows - 1].astype(np.int64) * size + log.channel[rows], size * size)
    parts = {_name(study, int(kinds[c])): _part(study, unit, kept, number == c) for c in frequent(study, number)}
    whole = study.part(unit, kept)
    for name in tellable(study, parts, whole=whole):
        yield study.maker.share(study.steps[pos].id, f"handoff={name}", parts[name])


def _part(study: Study, unit: NDArray[Any], kept: NDArray[np.bool_], chosen: NDArray[np.bool_]):  # noqa: ANN202
    return study.part(unit[chosen], kept[chosen])


def _name(study: Study, code: int) -> str:
    one, other = divmod(code, len(study.log.channels))
    return f"{study.log.channels[one]} → {study.log.channels[other]}"
