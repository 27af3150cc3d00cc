"""What a trap looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from cxkit._table import Database
from cxkit.data.conform import Field
from cxkit.data.faults import Fault
from cxkit.data.ingest import Raw
from cxkit.data.settings import Source

__all__ = ["Look", "Trap"]


@dataclass(frozen=True, slots=True)
class Look:
    """One source as it was read.

    Attributes:
        db: Where `raw.table`, all texts, and `usable_<id>`, typed, are.
        source: How it is mapped.
        raw: Its files.
        fields: Its columns.
    """

    db: Database
    source: Source
    raw: Raw
    fields: Sequence[Field]


Trap = Callable[[Look], Iterable[Fault]]
"""Finds one kind of trap in a source."""
