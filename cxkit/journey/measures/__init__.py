"""What is measured of a journey: a module each with `find(study) -> Iterator[Finding]`, in the order of findings.

Every measure is arithmetic on the arrays of a `Study`, and names its numbers through `study.maker`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxkit.journey.measures import (
    again,
    channels,
    context,
    ends,
    money,
    moves,
    offers,
    paths,
    reach,
    scores,
    through,
    times,
)

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["MEASURES"]

MEASURES: list[ModuleType] = [
    reach, paths, through, ends, times, moves, channels, context, again, scores, offers, money,
]  # fmt: skip
