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
from cxkit.kpi.buckets import GAMMA, ZERO
from cxkit.kpi.curves import waiting
from cxkit.kpi.sums import Sums
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
            whole = Part.of(who, gone, customers=study.customers)
            tallies = _tallies(bucket, gone)
            for measure, share in SHARES.items():
                over = whole.with_hits(who[gone & (bucket <= _reached(tallies, share))])
                times = replace(tallies, sums=over.sums)
                yield study.maker.time(step.id, measure, times, share=share, small=study.maker.few(whole.hits))


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
    least = bucket[bucket > ZERO].min(initial=0) - 1
    place = np.maximum(bucket, least) - least  # times of no length come first
    size = int(place.max(initial=0)) + 1
    ended, there = np.bincount(place[gone], minlength=size), np.bincount(place, minlength=size)
    some = np.flatnonzero(there)
    buckets = np.where(some > 0, some + least, ZERO).astype(np.float64)
    counts = [np.atleast_2d(c[some].astype(np.float64)) for c in (ended, there - ended)]
    nobody = np.zeros((1, len(some)))
    return Tallies(Sums.of(n=len(bucket), y=np.sum(gone)), buckets, counts[0], nobody, counts[1], nobody)


def _reached(times: Tallies, share: float) -> float:
    """The bucket of the quantile, or the last one.

    How alike the times of a customer are is told by whether they are over by then, which is what the limits of a
    quantile rest on: Woodruff (1952), JASA 47:635-646.
    """
    if not len(times.buckets):
        return 0.0
    return float(times.buckets[min(int(waiting(times, share).place[0]), len(times.buckets) - 1)])
