"""Parts of a number that have names, such as channels: which of them may be told of beside the whole.

The name of a part that few customers are in may be that of a person, so nothing is said of it, not even that. What is
left when the told parts are taken from the whole must not be a few either.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cxkit.journey.estimates import Part

if TYPE_CHECKING:
    from cxkit.journey.study import Study

__all__ = ["MOST", "came_by", "few_of", "frequent", "kinds_of", "tellable"]

MOST = 8  # parts that are told of
SOME = 1000  # journeys of which a look at the customers is enough, as a rule
MOST_CODES = 1_000_000


def tellable(study: Study, parts: Mapping[str, Part], *, whole: Part | None = None, split: bool = True) -> list[str]:
    """Names of the parts that may be told of, the largest first.

    Args:
        study: Says what few are.
        parts: Their rows.
        whole: The rows of all of them together, and of what has no name, where that is told as well.
        split: Whether hits and misses of a part are told, and not only its rows.
    """
    few = study.splits_few if split else lambda _: False
    told = [n for n, p in parts.items() if p.n and not study.maker.few(p.customers) and not few(p)]
    told = sorted(told, key=lambda n: (-parts[n].n, n))[:MOST]
    while told and whole is not None:
        left = whole - reduce(add, (parts[n] for n in told))
        if not study.maker.few(left.customers) and not few(left):
            break
        told.pop()
    return told


def frequent(study: Study, codes: NDArray[Any]) -> list[int]:
    """The codes, from 0, that stand in the most rows, as many as could be told of; -1 is none."""
    count = np.bincount(codes[codes >= 0])
    ranked = np.lexsort((np.arange(len(count)), -count))[:MOST]
    return [c for c in ranked.tolist() if count[c] >= study.threshold]


def few_of(study: Study, unit: NDArray[Any]) -> bool:
    """Whether these journeys are there, but of a few customers."""
    some = study.log.customer[unit[:SOME]]
    if len(np.unique(some)) >= study.threshold:
        return False
    return study.maker.few(len(np.unique(study.log.customer[unit])))


def kinds_of(codes: NDArray[Any], size: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """The codes from 0 that there are, ascending, and the place of each row's among them; -1 for a row without.

    Args:
        codes: One a row; -1 is none.
        size: More than the largest.
    """
    if size > MOST_CODES:
        kinds, number = np.unique(codes, return_inverse=True)
        return (kinds[1:], number - 1) if len(kinds) and kinds[0] < 0 else (kinds, number)
    there = np.bincount(codes[codes >= 0], minlength=size) > 0
    place = np.append(np.where(there, np.cumsum(there) - 1, -1), -1)  # the last, which -1 finds
    return np.flatnonzero(there), place[codes]


def came_by(study: Study, pos: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Of each journey that came to a step the row of its first visit, its journey, and the channel that it came by."""
    visits = study.trails.visits
    rows = study.trails.visits_of[pos]
    return rows, visits.unit[rows], study.log.channel[visits.event[rows]]
