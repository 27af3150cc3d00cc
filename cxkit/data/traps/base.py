"""What a trap looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from cxkit._table import Database
from cxkit.data.codes import Strays
from cxkit.data.conform import Field
from cxkit.data.faults import Fault
from cxkit.data.ingest import Raw
from cxkit.data.scales import Found
from cxkit.data.settings import ColumnMap, Source
from cxkit.data.traps.texts import Texts

__all__ = ["Look", "Trap"]


@dataclass(frozen=True, slots=True)
class Look:
    """One source as it was read.

    Attributes:
        db: Where `raw.table`, all texts, and `usable_<id>`, typed, are.
        source: How it is mapped.
        raw: Its files.
        fields: Its columns.
        strays: The values of each column that are there and cannot be read.
        scales: What was found on each scaled column.
        probed: What was counted in the texts, by name.
        values: The values of each text column, as far as traps have to see them.
    """

    db: Database
    source: Source
    raw: Raw
    fields: Sequence[Field]
    strays: Mapping[str, Strays] = field(default_factory=dict[str, Strays])
    scales: Sequence[Found] = ()
    probed: Mapping[str, int] = field(default_factory=dict[str, int])
    values: Mapping[str, Texts] = field(default_factory=dict[str, Texts])

    def mapped(self, name: str) -> ColumnMap:
        """How a column is mapped."""
        return {**self.source.columns, **self.source.attributes}[name]

    @property
    def usable(self) -> exp.Table:
        """The typed rows."""
        return exp.to_table(f"usable_{self.source.id}")

    @property
    def texts(self) -> exp.Table:
        """All rows, as texts."""
        return exp.to_table(self.raw.table)

    def first(self, condition: exp.Expr) -> tuple[str, int]:
        """File and row of the first row that meets a condition."""
        query = exp.select("_file", "_row").from_(self.texts).where(condition).order_by("_file", "_row").limit(1)
        found = self.db.rows(query) or [(0, 0)]
        return self.file(found[0][0]), found[0][1]

    def count(self, condition: exp.Expr) -> int:
        """How many of the typed rows meet a condition."""
        return int(self.db.rows(exp.select(exp.CountIf(this=condition)).from_(self.usable))[0][0] or 0)

    def row(self, f: Field, value: str, file: str) -> int | str:
        """The first row of a file that has a value."""
        number = next((n for n, r in enumerate(self.raw.files) if r.path == file), 0)
        mine = exp.and_(exp.column("_file").eq(number), f.present.copy().eq(exp.Literal.string(value)))
        return self.first(mine)[1] or ""

    def file(self, number: int) -> str:
        """Path of a file by its number."""
        return self.raw.files[number].path if number < len(self.raw.files) else ""


Trap = Callable[[Look], Iterable[Fault]]
"""Finds one kind of trap in a source."""
