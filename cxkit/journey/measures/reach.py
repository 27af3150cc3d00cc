"""How many journeys there are, and how many of them come to each step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cxkit.evidence.findings import Finding
    from cxkit.journey.study import Study

__all__ = ["find"]


def find(study: Study) -> Iterator[Finding]:
    """`journeys`, and `reach` of each step: the share of the journeys that have an event of it."""
    maker, size = study.maker, study.size
    yield maker.journeys(size.n, size.customers)
    for i, step in study.steps.items():
        part = study.reach_of(i)
        yield maker.share(step.id, "reach", part, small=study.tells_of_hidden(part))
