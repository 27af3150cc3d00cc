"""Which character parts the columns of a text: the one under which its rows are alike, and its cells are whole.

Rows are split as a reader would split them, quotes and line breaks in quotes honoured; so a comma in a text says no
more than it should.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from cxkit.data.readers.kinds import kind_of

__all__ = ["DELIMITERS", "Dialect", "Record", "Records", "find_dialect", "name_of", "records_of", "split_records"]

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe", " ": "blanks"}
_MOST_RECORDS = 1000
_MOST_BREAKS = 100
_LONGEST = 1 << 20
_SURE = 0.9
_LED = 0.6  # rows above that are split by another character speak for that one
_STATED = re.compile(r'"?sep=(.)"?[ \t]*(\r\n|\r|\n|$)', re.IGNORECASE)
_RUNS = re.compile(r"\S {2,}\S|^ +\S")

Record = tuple[int, list[str]]
"""How many lines stand above a record, and its cells."""


class Records(Iterator[list[str]], Protocol):
    """The records of a text, with the number of lines that they took."""

    @property
    def line_num(self) -> int:
        """Lines read so far."""
        ...


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the columns of a text are parted.

    Attributes:
        delimiter: The character between them.
        stated: Lines at the top that only say so, as Excel writes them.
        records: The first records, split by it.
        doubts: What is not sure about it.
    """

    delimiter: str
    stated: int
    records: list[Record]
    doubts: tuple[str, ...] = ()


def find_dialect(text: str, *, whole: bool, delimiter: str | None = None, skip_lines: int | None = None) -> Dialect:
    r"""How the columns of a text are parted.

    Args:
        text: Its start.
        whole: Whether that is all of it; otherwise the last record may be cut, and is not looked at.
        delimiter: What was declared.
        skip_lines: Lines above the header, where declared.

    Example:
        >>> find_dialect("Id;Amount\nC1;1,5\nC2;2,5\n", whole=True).delimiter
        ';'
    """
    said = _STATED.match(text)
    stated = 1 if said and not skip_lines else 0
    if said and not delimiter:
        delimiter = said[1]
    lines = io.StringIO(text, newline="").readlines()[skip_lines or stated :]
    if delimiter:
        return Dialect(delimiter, stated, _parse(lines, delimiter, whole=whole))
    fits = {d: _fit(_parse(lines, d, whole=whole), d) for d in DELIMITERS}
    if not _is_padded(lines, fits[" "]):
        fits[" "] = 0.0
    best = max(DELIMITERS, key=lambda d: fits[d])
    records = _parse(lines, best if fits[best] else ",", whole=whole)
    if not fits[best]:
        return Dialect(",", stated, records, _padding(lines))
    return Dialect(best, stated, records, _rival(best, fits))


def split_records(lines: Iterable[str], delimiter: str, *, strict: bool = False) -> Records:
    r"""The records of a text; where blanks part its columns, several count as one, and those at the ends as none.

    Example:
        >>> list(split_records([" 0001  12 \n"], " "))
        [['0001', '12']]
    """
    if delimiter == " ":
        trimmed = (line.rstrip() + "\n" for line in lines)
        return csv.reader(trimmed, delimiter=" ", skipinitialspace=True, strict=strict)
    return csv.reader(lines, delimiter=delimiter, strict=strict)


def records_of(lines: Sequence[str], delimiter: str, *, most: int = _MOST_RECORDS) -> list[Record]:
    """The first records of some lines, each with how many lines stand above; none after quotes that do not close."""
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST))
    reader = split_records(lines, delimiter)
    found: list[Record] = []
    above = 0
    try:
        for values in itertools.islice(reader, most):
            if reader.line_num - above > _MOST_BREAKS:
                break
            found.append((above, values))
            above = reader.line_num
    except csv.Error:
        pass
    return found


def name_of(delimiter: str) -> str:
    """What a delimiter is called.

    Example:
        >>> name_of(";"), name_of("^")
        ('semicolon', "'^'")
    """
    return DELIMITERS.get(delimiter, repr(delimiter))


def _parse(lines: Sequence[str], delimiter: str, *, whole: bool) -> list[Record]:
    found = records_of(lines, delimiter)
    return found if whole or len(found) < 2 or len(found) == _MOST_RECORDS else found[:-1]


def _fit(records: Sequence[Record], delimiter: str) -> float:
    """How well a delimiter fits: share of rows that are equally wide, times share of their cells that are whole."""
    rows = [row for _, row in records if any(cell.strip() for cell in row)]
    wide = Counter(len(row) for row in rows if len(row) > 1)
    if not wide:
        return 0.0
    usual = max(wide, key=lambda w: (wide[w], w))
    lead = next(i for i, row in enumerate(rows) if len(row) == usual)
    if 2 * wide.total() < len(rows) - lead:
        return 0.0
    cells = [cell for row in rows if len(row) == usual for cell in row if cell.strip()][:5000]
    whole = sum(_is_whole(cell, delimiter) for cell in cells) / max(len(cells), 1)
    led = _LED * min(1.0, wide.total() / lead) if lead else 1.0
    return wide[usual] / (len(rows) - lead) * whole * led


def _is_whole(cell: str, delimiter: str) -> bool:
    """Whether nothing in a cell looks as if it should have been split further."""
    if kind_of(cell) in ("number", "date"):
        return True
    return not any(d in cell for d in DELIMITERS if d not in (" ", delimiter)) and "   " not in cell.strip()


def _is_padded(lines: Sequence[str], fit: float) -> bool:
    """Whether blanks part the columns: in every line as many, and so that they cannot be the blanks of a text."""
    there = [line.rstrip() for line in lines[:_MOST_RECORDS] if line.strip()]
    if fit < _SURE or len(there) < 2:
        return False
    cells = [cell for line in there for cell in line.split()]
    typed = sum(kind_of(cell) in ("number", "date", "code") for cell in cells) >= 0.7 * len(cells)
    runs = sum(bool(_RUNS.search(line)) for line in there) >= 0.5 * len(there)
    apart = all(len(re.split(r" {2,}", line.strip())) == len(line.split()) for line in there)
    return (typed and (runs or all(kind_of(c) == "number" for c in cells))) or apart


def _padding(lines: Sequence[str]) -> tuple[str, ...]:
    there = [line for line in lines[:_MOST_RECORDS] if line.strip()]
    if len(there) < 3 or sum(bool(re.search(r"\S {2,}\S", line)) for line in there) < 0.8 * len(there):
        return ()
    told = "The columns seem to be padded with blanks to a fixed width, and texts in them hold blanks too"
    return (f"{told}; so they cannot be told apart. Ask for the export as CSV.",)


def _rival(best: str, fits: dict[str, float]) -> tuple[str, ...]:
    other = max((d for d in DELIMITERS if d != best), key=lambda d: fits[d])
    if fits[other] < 0.95 * fits[best]:
        return ()
    told = f"The delimiter is taken to be {name_of(best)}; {name_of(other)} would fit as well"
    return (f"{told}. If that is right, declare `format: {{delimiter: {_yaml(other)}}}`.",)


def _yaml(delimiter: str) -> str:
    return '"\\t"' if delimiter == "\t" else f'"{delimiter}"'
