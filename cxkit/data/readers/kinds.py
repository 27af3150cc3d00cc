"""What a cell looks like: a number, a date, a code, a text; by its form alone, before anything is mapped."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

__all__ = ["Column", "Kind", "columns_of", "is_blank", "kind_of", "looks_missing"]

Kind = Literal["", "number", "date", "code", "text"]

_SIGNS = "€$£¥%"
_NUMBER = re.compile(rf"[-+(]?[{_SIGNS}]?\s?\d[\d.,' \u00a0\u202f]*([eE][-+]?\d{{1,3}})?\s?[{_SIGNS}]?\)?")
_DAY = (
    r"(\d{4}[-/]\d{2}|\d{1,4}(?P<mark>[-./])\d{1,2}(?P=mark)\d{1,4}"
    r"|\d{1,2}[- .]{1,2}[^\W\d]{3,9}\.?[- ,]{1,2}\d{2,4}|[^\W\d]{3,9}\.? \d{1,2},? \d{4})"
)
_TIME = r"\d{1,2}:\d{2}(:\d{2}([.,]\d{1,9})?)?( ?[AaPp]\.?[Mm]\.?)?"
_DATE = re.compile(rf"({_DAY}([ T,]{{1,2}}{_TIME})?|{_TIME})( ?(Z|UTC|GMT|[-+]\d{{2}}:?\d{{2}}))?")
_CODE = re.compile(r"(?=\S*\d)(?=\S*[^\W\d])\S{1,80}")
_MISSING = {
    "-", "--", "\N{EN DASH}", ".", "?", "#n/a", "#null!", "blank", "k.a.", "keine angabe", "missing", "n.a.", "n/a",
    "na", "nan", "nil", "none", "not answered", "null", "refused", "unknown",
}  # fmt: skip
_KINDS: tuple[Kind, ...] = ("number", "date", "code", "text")
_FIRM = 0.75
_ID_DIGITS = 4


def is_blank(cell: str | None) -> bool:
    """Whether there is nothing to see in a cell."""
    return cell is None or not cell.strip()


def looks_missing(cell: str) -> bool:
    """Whether a cell says, in one of the usual ways, that there is no value."""
    return cell.strip().casefold() in _MISSING


@functools.lru_cache(maxsize=1 << 14)
def kind_of(cell: str | None) -> Kind:
    """What a cell looks like; "" for a blank one.

    Example:
        >>> [kind_of(c) for c in ("1.234,50 €", "31.07.2026 19:29", "C-0017", "very good", " ")]
        ['number', 'date', 'code', 'text', '']
    """
    text = (cell or "").strip()
    if not text:
        return ""
    if len(text) > 200:
        return "text"
    if _DATE.fullmatch(text):
        return "date"
    if _NUMBER.fullmatch(text):
        return "number"
    return "code" if _CODE.fullmatch(text) else "text"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sample of rows.

    Attributes:
        cells: Its cells without blanks, stripped.
        kind: What three quarters of them look like; "" where they do not agree, or there are none.
        filled: Share of the rows that have a value.
    """

    cells: tuple[str, ...]
    kind: Kind
    filled: float

    @property
    def firm(self) -> bool:
        """Whether its values have a form that no title of a column has."""
        return self.kind in ("number", "date", "code")

    @property
    def numbers_rows(self) -> bool:
        """Whether every row has a long whole number, and no two the same: an id."""
        ids = [c for c in self.cells if c.isdigit() and len(c) >= _ID_DIGITS]
        return self.filled >= _FIRM and len(ids) == len(set(self.cells)) == len(self.cells)


def columns_of(rows: Sequence[Sequence[str | None]], *, wide: int) -> list[Column]:
    """The columns of some rows.

    Example:
        >>> [c.kind for c in columns_of([["C1", "9"], ["C2", "10"]], wide=2)]
        ['code', 'number']
    """
    return [_column([r[i] if i < len(r) else None for r in rows]) for i in range(wide)]


def _column(cells: Sequence[str | None]) -> Column:
    there = tuple(c.strip() for c in cells if c is not None and c.strip())
    counts: Counter[Kind] = Counter()
    for cell, number in Counter(there).items():
        counts[kind_of(cell)] += 0 if looks_missing(cell) else number
    kind: Kind = ""
    for known in _KINDS:
        kind = known if counts[known] >= max(1, _FIRM * counts.total()) else kind
    return Column(there, kind, len(there) / len(cells) if cells else 0.0)
