"""What every reader gives: an opened file, how it is written, or why it cannot be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sqlglot import exp

from cxkit.data.faults import Fault
from cxkit.data.settings import Format

__all__ = [
    "MOST_COLUMNS",
    "SIGNS",
    "Opened",
    "Plain",
    "Reader",
    "Suspicion",
    "Unreadable",
    "Written",
    "column_names",
]

MOST_COLUMNS = 5000


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A fault of a file that only its mapping can tell whether it matters.

    Attributes:
        of: "number": its column reads otherwise where it is mapped as a number; "open number": the same, unless another
            file of the source shows how its numbers read; "row": its row is no row of the table.
        fault: The fault, with the header of its column.
        blank: Headers of the columns that are blank in its row.
    """

    of: Literal["number", "open number", "row"]
    fault: Fault
    blank: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """How a file is written, as declared or as found.

    Attributes:
        kind: csv, workbook, parquet, json lines; with what it was packed in, as in "csv in zip".
        encoding: Of a text; "" for others.
        delimiter: Of a delimited text; "" for others.
        decimal: The decimal mark of its numbers.
        sheet: Sheet of a workbook, or member of an archive.
        skip_rows: Rows above the header.
        header_rows: Rows of the header; 0 where there is none.
        found: Names of what was found rather than declared, such as "delimiter".
        doubts: What is not sure about it, in sentences.
        suspicions: Faults that matter where the columns they stand in are mapped.
    """

    kind: str
    encoding: str = ""
    delimiter: str = ""
    decimal: str = "."
    sheet: str = ""
    skip_rows: int = 0
    header_rows: int = 1
    found: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    suspicions: tuple[Suspicion, ...] = ()


SIGNS = ".+\t{"
"""Signs that are looked for in a text as a whole: where one does not stand, no value has to be asked for it."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A text that was proved to have one reading only, so that the database may read it where it stands.

    Attributes:
        path: The text, in UTF-8.
        delimiter: Between its values.
        skip: Rows above the first one that counts.
        width: How many columns it has.
        rows: How many rows count.
        broken: Whether values hold line breaks.
        spaced: Whether values may hold other blanks than the space of ASCII.
        foreign: Whether anything in it is not ASCII.
        signs: The signs of `SIGNS` that stand in it.
    """

    path: Path
    delimiter: str
    skip: int
    width: int
    rows: int
    broken: bool
    spaced: bool
    foreign: bool = True
    signs: str = SIGNS


@dataclass(frozen=True, slots=True)
class Opened:
    """An opened file: its header, and the rows under it, each with its number as a spreadsheet counts it.

    Attributes:
        header: The name of each column; blank where there is none.
        rows: Number and texts of each row; None for an empty cell.
        written: How it is written.
        exact: Whether a row of another width than the header is a fault.
        heads: All rows of the header as they stand; the first of them, or none, gives the names.
        faults: What is wrong in it beyond the width of its rows. A row that one of them rejects is not among the rows.
        texts: Each column as the database itself reads it from such a file; empty where it needs no telling.
        file: What the file was unpacked to, if it was.
        plain: Proves that the database reads the same rows from it; None where nobody can.
    """

    header: list[str]
    rows: Iterable[tuple[int, Sequence[str | None]]]
    written: Written
    exact: bool = True
    heads: list[list[str]] = field(default_factory=list[list[str]])
    faults: tuple[Fault, ...] = ()
    texts: Mapping[str, exp.Expr] = field(default_factory=dict[str, exp.Expr])
    file: Path | None = None
    plain: Callable[[], Plain | None] | None = None


Reader = Callable[[Path, Format, str, Path], Iterator[tuple[str, Opened]]]
"""Opens a file: its path, its declared format, its name for messages, and a folder for what has to be unpacked.

Gives what is in it, each with its name: one thing, or all members of an archive.
"""


class Unreadable(Exception):  # noqa: N818
    """A file that cannot be read as declared."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__()
        self.faults = list(faults)


def column_names(header: list[str]) -> tuple[str, ...]:
    """A name for each column: its header, or its position where the header is blank, taken or stands twice.

    Example:
        >>> column_names(["Id", "Score", "score", ""])
        ('Id', '#2', '#3', '#4')
    """
    plain = [h.strip().casefold() for h in header]
    taken = {"", "_file", "_row", "filename"} | {h for h, number in Counter(plain).items() if number > 1}
    return tuple(f"#{i + 1}" if p in taken else h for i, (h, p) in enumerate(zip(header, plain, strict=True)))
