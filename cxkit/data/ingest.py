"""Opens the client's exports and lays them down as text, exactly as they came.

Nothing is interpreted here but the way a file is written: encoding, delimiter, sheet, header.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import hashlib
import itertools
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cxkit._table import Database
from cxkit.data.faults import Fault
from cxkit.data.settings import Format, Source
from cxkit.errors import DocumentError
from cxkit.evidence.manifest import FileRecord

__all__ = ["Raw", "find_files", "read_raw"]

_CHUNK = 1 << 20
_WORKBOOKS = {".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"}


@dataclass(frozen=True, slots=True)
class Raw:
    """The files of one source as a table of texts.

    Attributes:
        table: Its name in the database; columns `_file`, `_row` and the mapped headers.
        headers: Column of the mapping ("Q1", "#23") to the name of its column in the table: the header as it stands in
            the first file, or its position where the header alone would not tell it from another.
        files: The files read, in the order of their names.
        names: Names of all columns of the first file, in order.
        uniform: Whether all files have the same header.
    """

    table: str
    headers: dict[str, str]
    files: tuple[FileRecord, ...]
    names: tuple[str, ...] = ()
    uniform: bool = True


def find_files(root: Path, pattern: str, *, where: str) -> list[Path]:
    """The files that a glob of the engagement matches, ordered by name.

    Raises:
        DocumentError: The pattern, or a link that it meets, leaves the engagement's folder.
    """
    if Path(pattern).is_absolute() or ".." in Path(pattern).parts or "\\" in pattern:
        raise DocumentError(
            f"The path {pattern!r} leaves the engagement.",
            where=where,
            hint="Put exports under data/ and name them from there.",
        )
    try:
        found = sorted(p for p in root.glob(pattern) if p.is_file() and not p.name.startswith((".", "~$")))
    except (ValueError, IndexError, NotImplementedError):
        raise DocumentError(f"The pattern {pattern!r} is none.", where=where, hint="Write data/survey/*.csv.") from None
    for path in found:
        if not path.resolve().is_relative_to(root.resolve()):
            raise DocumentError(
                f"{path.name} is a link that leaves the engagement.",
                where=where,
                hint="Copy the file itself into data/.",
            )
    return found


def read_raw(db: Database, source: Source, *, root: Path) -> tuple[Raw | None, list[Fault]]:
    """The files of a source laid down as text, and what was wrong with the files themselves."""
    paths = find_files(root, source.files, where=f"sources.yaml, source {source.id}")
    if not paths:
        hint = "Put the export there, or correct `files` in sources.yaml."
        return None, [Fault.of_file(source.files, f"no file matches (source {source.id})", hint=hint)]
    wanted = _wanted(source)
    raw = Raw(f"raw_{source.id}", {}, ())
    faults: list[Fault] = []
    for path in paths:
        name = path.relative_to(root).as_posix()
        try:
            sheet = _open(path, source.format, name=name, folder=db.folder)
            take = _positions(sheet.header, wanted, name=name)
            raw = _agreed(db, raw, sheet.header, take)
            placed = {raw.headers[w]: i for w, i in take.items()}
            rows, broken = _lay(db, raw.table, sheet, number=len(raw.files), placed=placed, name=name)
        except _Unreadable as error:
            faults += error.faults
            if raw.headers:
                db.remove_rows(raw.table, file=len(raw.files))
            continue
        faults += broken
        record = FileRecord(path=name, sha256=_digest(path), bytes=path.stat().st_size, rows=rows)
        raw = replace(raw, files=(*raw.files, record))
    return (raw if raw.files else None), faults


@dataclass(frozen=True, slots=True)
class _Sheet:
    """An opened file: its header, and the rows under it, each with its number in the file."""

    header: list[str]
    rows: Iterable[tuple[int, Sequence[str | None]]]
    exact: bool = True


class _Unreadable(Exception):  # noqa: N818
    """A file that cannot be read as declared."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__()
        self.faults = list(faults)


def _agreed(db: Database, raw: Raw, header: list[str], take: dict[str, int]) -> Raw:
    """The table for the files of a source, made when the first of them is read."""
    if raw.headers:
        return replace(raw, uniform=raw.uniform and _names(header) == raw.names)
    names = _names(header)
    headers = {w: names[i] for w, i in take.items()}
    db.create_texts(raw.table, list(dict.fromkeys(headers.values())))
    return replace(raw, headers=headers, names=names)


def _names(header: list[str]) -> tuple[str, ...]:
    """A name for each column: its header, or its position where the header is blank, taken or stands twice."""
    plain = [h.strip().casefold() for h in header]
    taken = {"", "_file", "_row", "filename"} | {h for h in plain if plain.count(h) > 1}
    return tuple(f"#{i + 1}" if p in taken else h for i, (h, p) in enumerate(zip(header, plain, strict=True)))


def _wanted(source: Source) -> list[str]:
    maps = [*source.columns.values(), *source.attributes.values()]
    return list(dict.fromkeys(m.column for m in maps if m.column is not None))


def _open(path: Path, form: Format, *, name: str, folder: Path) -> _Sheet:
    if path.stat().st_size == 0:
        raise _Unreadable(Fault.of_file(name, "the file is empty", hint="Ask for the export again."))
    if path.suffix.lower() in _WORKBOOKS:
        return _open_workbook(path, form, name=name)
    return _open_text(path, form, name=name, folder=folder)


def _open_text(path: Path, form: Format, *, name: str, folder: Path) -> _Sheet:
    records = _records(_as_utf8(path, form.encoding, name=name, folder=folder), form, name=name)
    header = next(records, (0, []))[1]
    if len(header) > _MOST_COLUMNS:
        raise _Unreadable(Fault.of_file(name, f"{len(header)} columns; at most {_MOST_COLUMNS} are read"))
    for _ in range(form.header_rows - 1):
        next(records, None)
    return _Sheet(header, rows=records)


_MOST_COLUMNS = 5000
_LONGEST_VALUE = 1_000_000
_MOST_BREAKS = 100


def _records(path: Path, form: Format, *, name: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of a delimited file, numbered as a spreadsheet numbers them.

    A quote that opens and does not close swallows all that follows; so a value of many lines is refused, rather than
    the rows in it lost.
    """
    csv.field_size_limit(_LONGEST_VALUE)
    with path.open(encoding="utf-8-sig", newline="") as file:
        for _ in range(form.skip_rows):
            file.readline()
        reader = csv.reader(file, delimiter=form.delimiter, strict=True)
        before, row = 0, form.skip_rows
        while True:
            try:
                values = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise _Unreadable(_torn(name, form.skip_rows + before + 1, str(error))) from None
            row += 1
            if reader.line_num - before > _MOST_BREAKS:
                raise _Unreadable(_torn(name, form.skip_rows + before + 1, "a value goes over many lines"))
            before = reader.line_num
            yield row, values


def _torn(name: str, line: int, why: str) -> Fault:
    hint = "Look for a quote mark that is opened and not closed, or is not doubled inside a text."
    return Fault(name, f"line {line}", "", "", f"the quotes do not close ({why})", hint=hint, stops=True)


def _as_utf8(path: Path, encoding: str, *, name: str, folder: Path) -> Path:
    """The path itself when it is UTF-8 as declared, else a copy in UTF-8."""
    try:
        # Python also has codecs that are no encodings of text, such as rot13.
        decoder = codecs.getincrementaldecoder(encoding)()
        decoder.decode(b"")
        "".encode(encoding)
    except (LookupError, ValueError, TypeError, AttributeError, AssertionError):
        raise _Unreadable(
            Fault.of_file(name, f"the encoding {encoding!r} is unknown", hint="Try utf-8, utf-16 or cp1252.")
        ) from None
    plain = codecs.lookup(encoding).name in ("utf-8", "utf-8-sig", "ascii")
    target = folder / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.utf8"
    lines = 1
    with path.open("rb") as file, contextlib.ExitStack() as stack:
        out = None if plain else stack.enter_context(target.open("wb"))
        while True:
            chunk = file.read(_CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                line = lines + error.object[: error.start].count(b"\n")
                raise _Unreadable(_not_encoded(name, encoding, line, error)) from None
            except UnicodeError as error:
                raise _Unreadable(
                    Fault.of_file(name, f"the file is not {encoding} ({error})", hint=_guess(path))
                ) from None
            if "\0" in text:
                line = lines + text[: text.index("\0")].count("\n")
                what = "the file holds binary data, not text"
                raise _Unreadable(Fault(name, f"line {line}", "", "", what, hint=_guess(path), stops=True))
            lines += text.count("\n")
            if out:
                out.write(text.encode())
            if not chunk:
                return path if plain else target


def _not_encoded(name: str, encoding: str, line: int, error: UnicodeDecodeError) -> Fault:
    found = error.object[error.start : error.start + 1]
    hint = "Declare `format: {encoding: utf-16}`." if error.object[:2] in (b"\xff\xfe", b"\xfe\xff") else ""
    hint = hint or "Exports from Windows are often `format: {encoding: cp1252}`; or ask for UTF-8."
    return Fault(
        name, f"line {line}", "", f"byte 0x{found.hex()}", f"the file is not {encoding}", hint=hint, stops=True
    )


def _guess(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(4)
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "It looks like UTF-16: declare `format: {encoding: utf-16}`."
    if start[:2] == b"PK":
        return "It looks like a workbook or a ZIP: give it its own ending, such as .xlsx."
    return "Ask for the export as CSV or XLSX."


def _open_workbook(path: Path, form: Format, *, name: str) -> _Sheet:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(path)
        names = book.sheet_names
        if form.sheet is None and len(names) != 1:
            listed = ", ".join(names)
            raise _Unreadable(
                Fault.of_file(name, "which sheet is not said", hint=f"Declare `format: {{sheet: …}}`: {listed}.")
            )
        if form.sheet is not None and form.sheet not in names:
            raise _Unreadable(
                Fault.of_file(name, f"there is no sheet {form.sheet!r}", hint=f"Sheets: {', '.join(names)}.")
            )
        _refuse_far(path, name=name)
        rows = book.get_sheet_by_name(form.sheet or names[0]).to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError) as error:
        hint = "Open it in a spreadsheet program and save it again as XLSX."
        raise _Unreadable(Fault.of_file(name, f"the workbook does not open ({error})", hint=hint)) from None
    start = form.skip_rows + form.header_rows
    if len(rows) < start:
        raise _Unreadable(Fault.of_file(name, "the sheet is empty", hint="Ask for the export again."))
    header = [_cell(v, ".") or "" for v in rows[form.skip_rows]]
    body = [[_cell(v, form.decimal) for v in row] for row in rows[start:]]
    while body and not any(body[-1]):
        body.pop()
    return _Sheet(header, rows=((start + 1 + i, row) for i, row in enumerate(body)), exact=False)


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
                raise _Unreadable(Fault.of_file(name, what, hint=hint))


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


def _positions(header: list[str], wanted: list[str], *, name: str) -> dict[str, int]:
    """Position of each wanted column, or every column that is missing or stands twice."""
    places: dict[str, list[int]] = {}
    for i, title in enumerate(header):
        places.setdefault(title.strip(), []).append(i)
    faults: list[Fault] = []
    found: dict[str, int] = {}
    for column in wanted:
        at = [int(column[1:]) - 1] if re.fullmatch(r"#[0-9]{1,5}", column) else places.get(column.strip(), [])
        if len(at) == 1 and 0 <= at[0] < len(header):
            found[column] = at[0]
        elif len(at) > 1:
            hint = f"Name it by its position: {' or '.join(f'#{i + 1}' for i in at)}."
            faults.append(
                Fault(name, "header", column, "", f"the column stands {len(at)} times", hint=hint, stops=True)
            )
        else:
            hint = _near(column, header)
            faults.append(Fault(name, "header", column, "", "the column is missing", hint=hint, stops=True))
    if faults:
        raise _Unreadable(*faults)
    return found


def _near(column: str, header: list[str]) -> str:
    import difflib

    if len(header) == 1:
        return f"The header is one column, {header[0][:60]!r}: is `format: {{delimiter: …}}` right?"
    near = difflib.get_close_matches(column, [h.strip() for h in header], n=1, cutoff=0.6)
    shown = ", ".join(h.strip() for h in header[:12]) + (", …" if len(header) > 12 else "")
    return f"Did you mean {near[0]!r}?" if near else f"Found: {shown}."


def _lay(
    db: Database, table: str, sheet: _Sheet, *, number: int, placed: dict[str, int], name: str
) -> tuple[int, list[Fault]]:
    """Append the rows of a file, some at a time; rows of another width than the header are listed instead."""
    faults: list[Fault] = []
    count = 0
    wide = len(sheet.header)
    rows = iter(sheet.rows)
    while chunk := list(itertools.islice(rows, _ROWS_AT_ONCE)):
        filled = [(n, r) for n, r in chunk if any(r)]
        whole = [(n, r) for n, r in filled if len(r) == wide or not sheet.exact]
        faults += [_ragged(name, n, r, wide) for n, r in filled if len(r) != wide and sheet.exact]
        columns = {c: [r[i] if i < len(r) else None for _, r in whole] for c, i in placed.items()}
        db.add_rows(table, columns, file=number, rows=[n for n, _ in whole])
        count += len(filled)
    return count, faults


_ROWS_AT_ONCE = 100_000


def _ragged(name: str, row: int, values: Sequence[str | None], wide: int) -> Fault:
    what = f"{len(values)} values in a row of {wide} columns"
    hint = "A text with the delimiter in it must stand in quotes; ask for the export again if rows are cut."
    return Fault(name, row, "", ",".join(v or "" for v in values), what, hint=hint, rejects=True)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
