"""Workbooks: XLSX and the older and freer kinds of them."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from cxkit.data.faults import Fault
from cxkit.data.readers.base import Opened, Unreadable, Written
from cxkit.data.settings import Format

__all__ = ["WORKBOOKS", "open_workbook"]

WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")


def open_workbook(path: Path, form: Format, name: str, _folder: Path) -> Iterator[tuple[str, Opened]]:
    """Open a sheet of a workbook."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(path)
        names = book.sheet_names
        if form.sheet is None and len(names) != 1:
            listed = ", ".join(names)
            raise Unreadable(
                Fault.of_file(name, "which sheet is not said", hint=f"Declare `format: {{sheet: …}}`: {listed}.")
            )
        if form.sheet is not None and form.sheet not in names:
            raise Unreadable(
                Fault.of_file(name, f"there is no sheet {form.sheet!r}", hint=f"Sheets: {', '.join(names)}.")
            )
        _refuse_far(path, name=name)
        rows = book.get_sheet_by_name(form.sheet or names[0]).to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError) as error:
        hint = "Open it in a spreadsheet program and save it again as XLSX."
        raise Unreadable(Fault.of_file(name, f"the workbook does not open ({error})", hint=hint)) from None
    written = Written(
        "workbook",
        decimal=form.decimal or ".",
        sheet=form.sheet or names[0],
        skip_rows=form.skip_rows or 0,
        header_rows=1 if form.header_rows is None else form.header_rows,
    )
    start = written.skip_rows + written.header_rows
    if len(rows) < start:
        raise Unreadable(Fault.of_file(name, "the sheet is empty", hint="Ask for the export again."))
    heads = [[_cell(v, ".") or "" for v in row] for row in rows[written.skip_rows : start]]
    body = [[_cell(v, written.decimal) for v in row] for row in rows[start:]]
    while body and not any(body[-1]):
        body.pop()
    header = heads[0] if heads else [""] * max(map(len, body), default=0)
    rows = ((start + 1 + i, row) for i, row in enumerate(body))
    yield name, Opened(header, rows, written, exact=False, heads=heads)


def _refuse_far(path: Path, *, name: str) -> None:
    """Refuse a workbook with a cell far away: reading it would take memory for all the empty ones before it."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as book:
        for part in (n for n in book.namelist() if n.startswith("xl/worksheets/") and n.endswith(".xml")):
            with book.open(part) as sheet:
                found = re.search(rb'<dimension ref="[^":]+:([A-Z]+)([0-9]+)"', sheet.read(4096))
            if found and _column_number(found[1]) * int(found[2]) > _MOST_CELLS:
                what = f"a sheet goes as far as {(found[1] + found[2]).decode()}"
                hint = "Delete the empty rows and columns beyond the data, and save it again."
                raise Unreadable(Fault.of_file(name, what, hint=hint))


_MOST_CELLS = 50_000_000


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - ord("A") + 1
    return number


def _cell(value: object, decimal: str) -> str | None:
    """A typed cell as the text that a CSV export with this decimal mark would hold."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, float):
        return str(value).replace(".", decimal)
    return value.isoformat(sep=" ") if hasattr(value, "hour") and hasattr(value, "year") else str(value)  # type: ignore[attr-defined]
