"""Workbooks: XLSX and the older and freer kinds of them."""

from __future__ import annotations

import datetime as dt
import fnmatch
import io
import itertools
import zipfile
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from cxkit.data.faults import Fault
from cxkit.data.readers.base import Opened, Unreadable, Written, column_names
from cxkit.data.readers.decimals import find_decimal
from cxkit.data.readers.head import SAMPLE_ROWS, Head, find_head
from cxkit.data.readers.kinds import columns_of
from cxkit.data.readers.parts import Cell, SheetParts, has_links, look_through, refuse_large
from cxkit.data.readers.sniff import decimal_suspicions
from cxkit.data.readers.totals import LAST_ROWS, find_totals
from cxkit.data.settings import Format

__all__ = ["WORKBOOKS", "open_workbook"]

WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
_MOST_COLUMNS = 1000
_OLD = b"\xd0\xcf\x11\xe0"


def open_workbook(path: Path, form: Format, name: str, _folder: Path) -> Iterator[tuple[str, Opened]]:
    """Open a sheet of a workbook, or several alike: those that `sheet` names, as in `2026-*`."""
    packed = zipfile.is_zipfile(path)
    if packed:
        refuse_large(path, name=name)
    book = _load(path, name=name)
    parted = packed and _has_parts(path)
    linked = parted and has_links(path, name=name)
    doubts = ("It takes values from other workbooks; those last saved in it are read.",) if linked else ()
    sheets = _choose(book, path if parted else None, form, name=name)
    for sheet in sheets:
        title = name if len(sheets) == 1 else f"{name}:{sheet}"
        parts = look_through(path, sheet, name=title) if parted else SheetParts()
        cells = _cells_of(book, sheet, name=title)
        more = (*doubts, *_hidden(book, sheet))
        yield title, _open_sheet(cells, form, sheet, parts=parts, doubts=more, name=title)


def _load(path: Path, *, name: str) -> Any:  # noqa: ANN401
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        with path.open("rb") as file:
            old = file.read(4) == _OLD
        if old == (path.suffix.lower() == ".xls"):
            return CalamineWorkbook.from_path(path)
        # The library goes by the ending, and many tools write XLSX as .xls.
        return CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))
    except PasswordError:
        hint = "Save it without a password, or as CSV."
        raise Unreadable(Fault.of_file(name, "the workbook is locked with a password", hint=hint)) from None
    except (CalamineError, OSError, ValueError) as error:
        raise Unreadable(_shut(name, error)) from None


def _shut(name: str, error: BaseException) -> Fault:
    hint = "Open it in a spreadsheet program and save it again as XLSX."
    return Fault.of_file(name, f"the workbook does not open ({error})", hint=hint)


def _has_parts(path: Path) -> bool:
    with zipfile.ZipFile(path) as book:
        return "xl/workbook.xml" in book.namelist()


def _choose(book: Any, path: Path | None, form: Format, *, name: str) -> list[str]:  # noqa: ANN401
    """The sheet that is declared, those that fit what is declared, or the only one that holds a table."""
    names: list[str] = [s.name for s in book.sheets_metadata if str(s.typ).endswith("WorkSheet")]
    if form.sheet in names or (form.sheet is None and len(names) == 1):
        return [form.sheet or names[0]]
    seen = [s.name for s in book.sheets_metadata if s.name in names and str(s.visible).endswith(".Visible")]
    listed = ", ".join(names[:20]) + (", …" if len(names) > 20 else "")
    meant = [n for n in seen if form.sheet is None or fnmatch.fnmatchcase(n, form.sheet)]
    if form.sheet is not None and not meant:
        raise Unreadable(Fault.of_file(name, f"there is no sheet {form.sheet!r}", hint=f"Sheets: {listed}."))
    tables = [n for n in meant if _holds_table(book, path, n, name=name)]
    if len(tables) == 1 or (form.sheet is not None and tables):
        return tables
    if not tables:
        hint = f"Declare `format: {{sheet: …}}`: {listed}."
        raise Unreadable(Fault.of_file(name, "no sheet holds a table", hint=hint))
    hint = f"Declare `format: {{sheet: …}}`: {', '.join(tables[:20])}; or `'*'` for all, where they are alike."
    raise Unreadable(Fault.of_file(name, "which sheet is not said", hint=hint))


def _holds_table(book: Any, path: Path | None, sheet: str, *, name: str) -> bool:  # noqa: ANN401
    """Whether a sheet may hold a table, rather than a cover or notes: two rows with two cells filled."""
    if path is not None:
        look_through(path, sheet, name=name)
    rows = _rows_of(_cells_of(book, sheet, name=name), decimal=".")
    filled = (sum(v is not None and v.strip() != "" for v in row) for row in rows)
    return len(list(itertools.islice((n for n in filled if n > 1), 2))) > 1


def _cells_of(book: Any, sheet: str, *, name: str) -> Any:  # noqa: ANN401
    """A sheet as the library has it."""
    from python_calamine import CalamineError

    try:
        return book.get_sheet_by_name(sheet)
    except (CalamineError, OSError, ValueError) as error:
        raise Unreadable(_shut(name, error)) from None


def _rows_of(cells: Any, *, decimal: str) -> Iterator[list[str | None]]:  # noqa: ANN401
    """The rows of a sheet as texts, from its first row and column on."""
    pad: list[str | None] = [None] * (cells.start[1] if cells.start else 0)
    return ([*pad, *(_cell(v, decimal) for v in row)] for row in cells.iter_rows())


def _hidden(book: Any, sheet: str) -> tuple[str, ...]:  # noqa: ANN401
    hidden = [s.name for s in book.sheets_metadata if not str(s.visible).endswith(".Visible")]
    if sheet in hidden:
        return (f"The sheet {sheet!r} is hidden in the workbook.",)
    return (f"The workbook has hidden sheets, which are not read: {', '.join(hidden[:5])}.",) if hidden else ()


def _open_sheet(
    cells: Any,  # noqa: ANN401
    form: Format, sheet: str, *, parts: SheetParts, doubts: tuple[str, ...], name: str,
) -> Opened:  # fmt: skip
    first = list(itertools.islice(_rows_of(cells, decimal="."), (form.skip_rows or 0) + SAMPLE_ROWS))
    head = _head(first, form)
    start = head.skip_rows + head.header_rows
    if len(first) < start or not first:
        raise Unreadable(Fault.of_file(name, "the sheet is empty", hint="Ask for the export again."))
    heads = [[v or "" for v in row] for row in first[head.skip_rows : start]]
    header = heads[0] if heads else [""] * max(map(len, first))
    names = column_names(header)
    # Numbers have no mark of their own in a workbook: they are written with the one that its texts have.
    columns = columns_of(_texts_of(cells, start), wide=min(len(names), _MOST_COLUMNS))
    decimal = find_decimal(columns)
    declared = {"sheet": form.sheet, "skip_rows": form.skip_rows, "header_rows": form.header_rows}
    written = Written(
        "workbook",
        decimal=form.decimal or decimal.mark,
        sheet=sheet,
        skip_rows=head.skip_rows,
        header_rows=head.header_rows,
        found=tuple(n for n, v in declared.items() if v is None),
        doubts=(*doubts, *head.doubts),
        suspicions=(
            *([] if form.decimal else decimal_suspicions(decimal, names, file=name)),
            *find_totals(_last_rows(cells), names, file=name),
        ),
    )
    body = itertools.islice(enumerate(_rows_of(cells, decimal=written.decimal), 1), start, None)
    return Opened(header, body, written, exact=False, heads=heads, faults=_faults(parts, header, start, name=name))


def _texts_of(cells: Any, start: int) -> list[list[str | None]]:  # noqa: ANN401
    """The first rows under the header, with nothing but what is a text in the workbook itself."""
    left = cells.start[1] if cells.start else 0
    rows = itertools.islice(cells.iter_rows(), start, start + SAMPLE_ROWS)
    return [[*[None] * left, *(v if isinstance(v, str) else None for v in row)] for row in rows]


def _last_rows(cells: Any) -> list[list[str | None]]:  # noqa: ANN401
    left = cells.start[1] if cells.start else 0
    last = deque((row for row in cells.iter_rows() if any(v != "" for v in row)), maxlen=LAST_ROWS)
    return [[*[None] * left, *(_cell(v, ".") for v in row)] for row in last]


def _head(rows: Sequence[Sequence[str | None]], form: Format) -> Head:
    """Where the header is: as declared, and where nothing is, as found."""
    skip = form.skip_rows or 0
    found = find_head(rows[skip:]) if form.header_rows is None or form.skip_rows is None else Head()
    if form.skip_rows is None:
        skip = found.skip_rows
    elif found.skip_rows:
        found = Head()
    return Head(skip, found.header_rows if form.header_rows is None else form.header_rows, found.doubts)


def _faults(parts: SheetParts, header: Sequence[str], start: int, *, name: str) -> tuple[Fault, ...]:
    """Cells of the body that hold no value though they do not look empty."""
    names = column_names(list(header))

    def list_(cells: list[Cell], what: str, hint: str, *, stops: bool = False) -> list[Fault]:
        inside = [c for c in cells if c.row > start and c.column <= len(names)]
        return [Fault(name, c.row, names[c.column - 1], c.holds, what, hint=hint, stops=stops) for c in inside]

    compute = "Open the workbook in a spreadsheet program, save it there, and put that file in its place."
    mend = "The value is left out. If it matters, ask for the export with the error mended."
    found = list_(parts.empty, "the formula has no result", compute)
    found += list_(parts.errors, "the cell holds an error", mend)
    found += list_(parts.zeros, "the formula was never computed", compute, stops=True)
    return tuple(found)


_FIRST_DATES = dt.date(1900, 2, 1)


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
    if isinstance(value, dt.datetime) and value.date() < _FIRST_DATES and value.time() > dt.time():
        # More than a day, in a cell that shows hours: a workbook counts days from the last of 1899.
        value = value - dt.datetime(1899, 12, 31)  # noqa: DTZ001
    if isinstance(value, dt.timedelta):
        return _duration(value)
    return value.isoformat(sep=" ") if isinstance(value, dt.datetime) else str(value)


def _duration(value: dt.timedelta) -> str:
    """Hours, minutes and seconds, of more than a day as well.

    Example:
        >>> _duration(dt.timedelta(days=1, hours=6, seconds=5))
        '30:00:05'
    """
    sign = "-" if value < dt.timedelta() else ""
    seconds, rest = divmod(abs(value), dt.timedelta(seconds=1))
    minutes, hours = seconds // 60, seconds // 3600
    fraction = f".{rest.microseconds:06d}".rstrip("0") if rest else ""
    return f"{sign}{hours}:{minutes % 60:02d}:{seconds % 60:02d}{fraction}"
