"""Where the header of a table is: what stands above it, how many rows it has, and whether there is one at all.

The same for texts and for sheets: it sees rows of cells, and goes by the contrast between titles and what stands
under them. What could be an answer is never taken for a header.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from cxkit.data.faults import shown
from cxkit.data.readers.kinds import Column, columns_of, is_blank, kind_of, looks_missing

__all__ = ["SAMPLE_ROWS", "Head", "find_head"]

SAMPLE_ROWS = 200
"""How many rows are enough to find the header."""

Row = Sequence[str | None]

_MOST_COLUMNS = 300
_MOST_ABOVE = 40
_MOST_HEADS = 3
_MANY = 10
_TOOLS_WORDS = {
    "response", "open-ended response", "open ended response", "other (please specify)", "other, please specify",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Head:
    """Where the header is.

    Attributes:
        skip_rows: Rows above it, blank ones too.
        header_rows: Rows that it has; 0 where the first row is data already.
        doubts: What is not sure about it, in sentences.
    """

    skip_rows: int = 0
    header_rows: int = 1
    doubts: tuple[str, ...] = ()


def find_head(rows: Sequence[Row]) -> Head:
    """Where the header is in the first rows of a table.

    Args:
        rows: The first rows as they stand, blank ones among them; `SAMPLE_ROWS` are enough.

    Example:
        >>> find_head([["Answers"], [], ["Id", "Score"], ["C1", "9"], ["C2", "10"]])
        Head(skip_rows=2, header_rows=1, doubts=())
        >>> find_head([["C1", "9"], ["C2", "10"]]).header_rows
        0
    """
    sample = [row[:_MOST_COLUMNS] for row in rows[: SAMPLE_ROWS + _MOST_ABOVE]]
    if all(map(_blank, sample)):
        return Head()
    top = _top(sample)
    marked = next((i for i, row in enumerate(sample[top + 1 : top + _MOST_HEADS + 1]) if _has_import_ids(row)), None)
    if marked is not None:
        return Head(top, marked + 2)
    below = [row for row in sample[top + 1 :] if not _blank(row)]
    named, why = _is_header(sample[top], below)
    if not named and top and _is_short_header(sample[top - 1], sample[top:]):
        return Head(top - 1)
    if not named:
        above = [cell for row in sample[:top] for cell in row if not is_blank(cell)]
        return Head(top, 0, tuple(filter(None, (why, _skipped(above, top)))))
    number, more = _more_headers(sample[top], sample[top + 1 :], at=top + 2)
    return Head(top, number, tuple(filter(None, (why, more))))


def _blank(row: Row) -> bool:
    return all(map(is_blank, row))


def _extent(row: Row) -> int:
    return max((i + 1 for i, cell in enumerate(row) if not is_blank(cell)), default=0)


def _top(rows: Sequence[Row]) -> int:
    """The first row that is as wide as the table; what stands above are titles."""
    extents = Counter(e for row in rows if (e := _extent(row)))
    usual, least = _usual(extents)
    first = next(i for i, row in enumerate(rows) if not _blank(row))
    top = next((i for i, row in enumerate(rows[:_MOST_ABOVE]) if _fills(row, usual, least)), first)
    if top > first and _completes(rows[top - 1], rows[top]):
        return top - 1
    # A row like those of the table is no title, however few of its cells are filled.
    below = [row for row in rows[top + 1 :] if not _blank(row)] or [rows[top]]
    columns = columns_of(below, wide=_width(rows))
    for i in range(first, top):
        for_it, against = _votes(rows[i], columns)
        again = not _blank(rows[i]) and list(rows[i]) in (list(row) for row in rows[i + 1 : top])
        if again or (against and not for_it):
            return i
    gaps = (i for i in _after_gaps(rows, top) if _fills(rows[i], usual, least))
    return next((i for i in gaps if _is_title_of_table(rows, i)), top)


def _usual(extents: Counter[int]) -> tuple[int, float]:
    """How far the rows of the table go, and how far a row has to go to belong to it."""
    most = max(extents.values())
    common = [e for e, n in extents.items() if 4 * n >= most]
    often = [e for e, n in extents.items() if n >= max(_MANY, most / 10)]
    return max(common), min([0.8 * max(common), *often])


def _fills(row: Row, usual: int, least: float) -> bool:
    filled = sum(not is_blank(cell) for cell in row)
    return filled >= max(min(2, usual), usual // 3) and _extent(row) >= least


def _completes(above: Row, row: Row) -> bool:
    """Whether a row has titles where the one above has none, and none where that one has some."""
    return len(_spread(above, row)) > 1 and len(_spread(row, above)) > 1


def _after_gaps(rows: Sequence[Row], top: int) -> list[int]:
    """Rows under a blank row near the top: a header may stand there, and be preceded by titles as wide as it."""
    near = range(top + 2, min(len(rows) - 1, top + 8))
    found = [i for i in near if _blank(rows[i - 1]) and not _blank(rows[i])]
    return [i for i in found if sum(not _blank(row) for row in rows[top:i]) <= _MOST_HEADS]


def _is_title_of_table(rows: Sequence[Row], at: int) -> bool:
    below = [row for row in rows[at + 1 :] if not _blank(row)]
    columns = columns_of(below, wide=_width(below))
    for_it, against = _votes(rows[at], columns)
    return any(columns[i].firm for i in for_it) and not against


def _is_short_header(row: Row, below: Sequence[Row]) -> bool:
    """Whether a row above the data is its header, with no title for some columns."""
    rows = [r for r in below if not _blank(r)]
    columns = columns_of(rows, wide=_width(rows))
    for_it, against = _votes(row, columns)
    filled = sum(not is_blank(cell) for cell in row)
    return filled > 1 and 2 * filled >= len(columns) and any(columns[i].firm for i in for_it) and not against


def _width(rows: Sequence[Row]) -> int:
    return max(map(len, rows), default=0)


def _votes(row: Row, columns: Sequence[Column]) -> tuple[list[int], list[int]]:
    """Columns in which a row differs from what stands under it as a title does, and those where it is alike."""
    for_it: list[int] = []
    against: list[int] = []
    for i, (cell, column) in enumerate(zip(row, columns, strict=False)):
        text = (cell or "").strip()
        if not text or looks_missing(text) or not column.cells:
            continue
        if column.firm and kind_of(text) == column.kind:
            against += [i] if _alike(text, column) else []
        elif column.firm:
            for_it += [i] if not text[0].isdigit() else []
        elif _repeats(column):
            (against if text in column.cells else for_it).append(i)
        elif text in column.cells:
            against.append(i)
    return for_it, against


def _alike(text: str, column: Column) -> bool:
    """Whether a cell may be one of a column's values: a code with other letters than all of them is not."""
    if column.kind != "code":
        return True
    letters = {"".join(c for c in value if c.isalpha()).casefold() for value in column.cells}
    return len(letters) > 1 + len(column.cells) // 4 or "".join(c for c in text if c.isalpha()).casefold() in letters


def _repeats(column: Column) -> bool:
    return len(column.cells) >= 6 and len(set(column.cells)) <= len(column.cells) // 3


def _is_header(row: Row, below: Sequence[Row]) -> tuple[bool, str]:
    """Whether a row is a header rather than data, and the doubt about it."""
    if not below:
        return _alone(row)
    # Rows of a longer header would blur what the columns hold.
    settled = below[2:] if len(below) > 4 else below[1:] if len(below) > 2 else below
    for_it, against = _votes(row, columns_of(settled, wide=_width(settled)))
    if _counts_up([row[i] or "" for i in against]):
        against = []
    if not against:
        return True, "" if for_it else _no_contrast(row)
    if not for_it:
        sure = len(against) > 1 and len(below) > 2
        return False, "" if sure else _looks_like_data(row)
    if min(len(for_it), len(against)) * 4 < max(len(for_it), len(against)):
        return len(for_it) > len(against), ""
    return True, (
        f"The header may be a row of data: {_cells(row, against)} {'looks' if len(against) == 1 else 'look'} like what "
        "stands below. It is read as the header; if it is not one, declare `format: {header_rows: 0}`."
    )


def _alone(row: Row) -> tuple[bool, str]:
    """A single row: data where it has a date, or more than years as numbers."""
    kinds = [kind_of(cell) for cell in row]
    numbers = [cell or "" for cell, kind in zip(row, kinds, strict=True) if kind == "number"]
    if "date" in kinds or (numbers and not _counts_up(numbers)):
        return False, _looks_like_data(row)
    return True, ""


def _skipped(cells: Row, number: int) -> str:
    if not cells:
        return ""
    rows = "The first row is" if number == 1 else f"The first {number} rows are"
    told = f"{rows} skipped as titles ({_cells(cells, range(len(cells)))}), and what follows has no header."
    return f"{told} If they are data, declare `format: {{skip_rows: 0, header_rows: 0}}`."


def _looks_like_data(row: Row) -> str:
    return (
        f"The first row looks like data ({_cells(row, range(len(row)))}), so the columns are named #1, #2 and so on. "
        "If it is the header, declare `format: {header_rows: 1}`."
    )


def _no_contrast(row: Row) -> str:
    return (
        f"The first row ({_cells(row, range(len(row)))}) is read as the header, though nothing tells it from the rows "
        "below. If it is data, declare `format: {header_rows: 0}`."
    )


def _counts_up(cells: Sequence[str]) -> bool:
    """Whether numbers are titles: years, or counted from 0 or 1; one alone is only as a year."""
    if not cells or not all(c.strip().isdecimal() for c in cells):
        return False
    numbers = [int(c) for c in cells]
    steps = {b - a for a, b in itertools.pairwise(numbers)}
    years = all(1950 <= n <= 2100 for n in numbers) and len(set(numbers)) == len(numbers)
    return years or (len(numbers) > 2 and steps == {1} and numbers[0] in (0, 1))


def _more_headers(first: Row, rows: Sequence[Row], *, at: int) -> tuple[int, str]:
    """How many rows the header has, and the doubt about the next one; `at` is where the second would be."""
    for number, row in enumerate(rows[: _MOST_HEADS - 1], start=1):
        below = [r for r in rows[number:] if not _blank(r)]
        if _blank(row) or not below:
            return number, ""
        verdict, cells = _is_second(first, row, below)
        if verdict == "doubt":
            where = f"Row {at + number - 1} may be a second header row ({_cells(row, cells)}), and is read as data."
            return number, f"{where} If it is one, declare `format: {{header_rows: {number + 1}}}`."
        if verdict == "no":
            return number, ""
    return min(_MOST_HEADS, 1 + len(rows)), ""


def _has_import_ids(row: Row) -> bool:
    there = [cell for cell in row if cell and cell.strip()]
    return bool(there) and sum("importid" in cell.casefold() for cell in there) * 2 >= len(there)


def _is_second(first: Row, row: Row, below: Sequence[Row]) -> tuple[str, list[int]]:
    """Whether a row belongs to the header: "yes", "no" or "doubt"; and the cells that say so."""
    columns = columns_of(below, wide=_width(below))
    padded = [*row, *[""] * (len(columns) - len(row))]
    for_it, against = _votes(row, columns)
    for_it = [i for i in for_it if columns[i].firm]
    spread = [i for i in _spread(first, padded) if i not in for_it]
    # An option that was ticked stands in the rows as it stands in the header.
    against = [i for i in against if i not in spread and set(columns[i].cells) != {(padded[i] or "").strip()}]
    lost = [i for i, c in enumerate(columns) if is_blank(padded[i]) and c.firm and c.filled >= 0.9]
    if against or not (for_it or spread or lost):
        return "no", []
    tool = [i for i, cell in enumerate(padded) if (cell or "").strip().casefold() in _TOOLS_WORDS]
    tells = any(columns[i].kind in ("date", "code") or columns[i].numbers_rows for i in (*for_it, *lost))
    said = bool(for_it or tool or len(spread) > 1)
    if tells and said and len(for_it) + len(lost) + bool(tool) + bool(len(spread) > 1) > 1:
        return "yes", []
    return ("doubt", for_it or tool) if len(for_it) > 1 or (for_it and lost) or tool else ("no", [])


def _spread(first: Row, row: Row) -> list[int]:
    """Columns of a question with several: only the first has its title, and each an own one under it."""
    return [i for i, (a, b) in enumerate(zip(first, row, strict=False)) if is_blank(a) and not is_blank(b)]


def _cells(row: Row, at: Sequence[int]) -> str:
    there = [cell for i in at if (cell := (row[i] or "").strip())]
    return ", ".join(shown(c, longest=30) for c in there[:3]) + (", …" if len(there) > 3 else "")
