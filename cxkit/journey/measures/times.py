"""How long it takes from a step to the next: the curve of all who came to it, whether they went on or not.

Kaplan & Meier (1958), JASA 53:457-481. Journeys that are still under way are watched to the end of the data, those
that never go on to the end of their window.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cxkit.journey.estimates import Part
from cxkit.journey.study import RECENT
from cxkit.kpi.buckets import GAMMA, ZERO
from cxkit.kpi.curves import waiting
from cxkit.kpi.tallies import Tallies

if TYPE_CHECKING:
    from cxkit.evidence.findings import Finding
    from cxkit.journey.study import Study

__all__ = ["find"]

HOUR = 3_600_000_000  # microseconds
SHARES = {"hours_to_next": 0.5, "hours_to_next_p90": 0.9}
Buckets = NDArray[np.int64]
Mask = NDArray[np.bool_]


def find(study: Study) -> Iterator[Finding]:
    """`hours_to_next` (the median) and `hours_to_next_p90` of each step that leads on."""
    for i, step in study.steps.items():
        if not step.last or step.next:
            who, bucket, gone = _waits(study, i)
            few = study.maker.few(len(np.unique(who[gone])))
            tallies = _tallies(bucket, gone)
            for measure, share in SHARES.items():
                times = replace(tallies, sums=_sums(study, tallies, who, bucket, gone, share=share))
                yield study.maker.time(step.id, measure, times, share=share, small=few)


def _waits(study: Study, pos: int) -> tuple[Buckets, Buckets, Mask]:
    """Of each journey that came to a step its customer, the bucket of the time until it went on, and whether it did."""
    trails = study.watched
    visits, log = trails.visits, trails.log
    rows = trails.visits_of[pos]
    unfinished = study.unfinished[visits.unit[rows]]
    if unfinished.any() and study.maker.few(len(np.unique(log.customer[visits.unit[rows[unfinished]]]))):
        # With these few the base would tell, beside that of the reach, how few they are.
        rows = rows[~unfinished]
    unit, gone = visits.unit[rows], visits.next[rows] >= 0
    came = log.at[visits.event[rows]]
    left = trails.end[unit]
    left[gone] = log.at[visits.event[visits.next[rows[gone]]]]
    return log.customer[unit], _bucket(left - came), gone


def _bucket(spans: Buckets) -> Buckets:
    """The bucket of each span of time, in hours."""
    found = np.full(len(spans), ZERO, dtype=np.int64)
    some = spans > 0
    found[some] = np.floor(np.log(spans[some] / HOUR) / np.log(GAMMA)).astype(np.int64)
    return found


def _tallies(bucket: Buckets, gone: Mask) -> Tallies:
    """How many went on, or were last seen, in each bucket."""
    return Tallies.of([bucket], ended=[gone])


def _sums(study: Study, times: Tallies, who: Buckets, bucket: Buckets, gone: Mask, *, share: float):  # noqa: ANN202
    """How alike the times of a customer are: in whether they are over by the quantile, which is what its limits rest on.

    Woodruff (1952), JASA 47:635-646.
    """
    place = int(waiting(times, share).place[0]) if len(bucket) else 0
    by = times.buckets[min(place, len(times.buckets) - 1)] if len(bucket) else 0
    return Part.of(who, gone & (bucket <= by), customers=study.customers).sums
