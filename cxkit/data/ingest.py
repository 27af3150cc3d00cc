"""Opens the client's exports and lays them down as text, exactly as they came.

Nothing is interpreted here but the way a file is written: encoding, delimiter, sheet, header.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlglot import exp

from cxkit._table import Database
from cxkit.data.faults import Fault
from cxkit.data.files import find_files
from cxkit.data.headers import find_columns
from cxkit.data.readers.base import MOST_COLUMNS, Opened, Unreadable, Written, column_names
from cxkit.data.readers.opening import open_file
from cxkit.data.settings import ColumnMap, Format, Source
from cxkit.evidence.manifest import FileRecord

__all__ = ["Raw", "left_out_rows", "open_export", "read_raw"]


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
        form: How the files are written, nothing of it open: the first file's, where they differ.
        written: How each file is written.
        headings: Names of all columns of each file.
        taken: Column of the table to the name that it has in each file.
        texts: Each column of each file as the database itself reads it; empty where it needs no telling.
        left_out: Rows of each file that `leave_out` names, by reason.
    """

    table: str
    headers: dict[str, str]
    files: tuple[FileRecord, ...]
    names: tuple[str, ...] = ()
    uniform: bool = True
    form: Format = field(default_factory=Format)
    written: tuple[Written, ...] = ()
    headings: tuple[tuple[str, ...], ...] = ()
    taken: tuple[Mapping[str, str], ...] = ()
    texts: tuple[Mapping[str, exp.Expr], ...] = ()
    left_out: dict[str, int] = field(default_factory=dict[str, int])


def read_raw(
    db: Database, source: Source, *, root: Path, before: Sequence[str] = ()
) -> tuple[Raw | None, list[Fault]]:  # fmt: skip
    """The files of a source laid down as text, and what was wrong with the files themselves.

    Args:
        db: Where the texts go.
        source: What is read.
        root: Folder of the engagement.
        before: Headers that the files had when they were last read.
    """
    paths = find_files(root, source.files, where=f"sources.yaml, source {source.id}")
    if not paths:
        hint = "Put the export there, or correct `files` in sources.yaml."
        return None, [Fault.of_file(source.files, f"no file matches (source {source.id})", hint=hint)]
    raw = Raw(f"raw_{source.id}", {}, ())
    faults: list[Fault] = []
    for path in paths:
        try:
            for name, opened in open_file(path, source.format, path.relative_to(root).as_posix(), db.folder):
                raw, broken = _take(db, raw, source, opened, path=path, name=name, before=before)
                faults += broken
        except Unreadable as error:
            faults += error.faults
    if not raw.files:
        return None, faults
    left_out = {why: db.remove(raw.table, rows) for why, rows in left_out_rows(source, raw)}
    return replace(raw, left_out={why: n for why, n in left_out.items() if n}), faults


def open_export(path: Path, *, form: Format, folder: Path) -> Iterator[tuple[str, Opened]]:
    """What is in one file, each with its name; `folder` is for what has to be unpacked.

    Raises:
        Unreadable: It cannot be opened.
    """
    yield from open_file(path, form, path.name, folder)


def left_out_rows(source: Source, raw: Raw) -> list[tuple[str, exp.Expr]]:
    """The rows that `leave_out` of a source names: why, and their condition over its table of texts."""
    found: list[tuple[str, exp.Expr]] = []
    for header, values in source.leave_out.items():
        text = exp.Lower(this=exp.Trim(this=exp.column(raw.headers[header], quoted=True)))
        listed = [exp.Literal.string(v.strip().lower()) for v in values]
        found.append((f"{header} is {' or '.join(values)}", exp.In(this=text, expressions=listed)))
    return found


def _take(
    db: Database, raw: Raw, source: Source, opened: Opened, *, path: Path, name: str, before: Sequence[str]
) -> tuple[Raw, list[Fault]]:
    """Take an opened file in, or leave it out as a whole and say why."""
    try:
        more, rows, faults = _add(db, raw, source, opened, name=name, before=before)
        file = opened.file or path
        record = FileRecord(path=name, sha256=_digest(file), bytes=file.stat().st_size, rows=rows)
    except Unreadable as error:
        if raw.headers:
            db.remove(raw.table, exp.column("_file").eq(len(raw.files)))
        return raw, error.faults
    return replace(more, files=(*more.files, record)), faults


def _add(
    db: Database, raw: Raw, source: Source, opened: Opened, *, name: str, before: Sequence[str]
) -> tuple[Raw, int, list[Fault]]:
    """Append an opened file to the table of its source; how many rows it has, and what is wrong with them."""
    if len(opened.header) > MOST_COLUMNS:
        raise Unreadable(Fault.of_file(name, f"{len(opened.header):,} columns; at most {MOST_COLUMNS:,} are read"))
    take = find_columns(opened.header, _wanted(source), name=name, before=raw.names or before)
    if not raw.headers:
        names = column_names(opened.header)
        raw = replace(raw, headers={w: names[i] for w, i in take.items()}, names=names, form=_form(opened.written))
        db.create_texts(raw.table, list(dict.fromkeys(raw.headers.values())))
    placed = {raw.headers[w]: i for w, i in take.items()}
    rows, faults = _lay(db, raw.table, opened, number=len(raw.files), placed=placed, name=name)
    names = column_names(opened.header)
    taken = {c: names[i] for c, i in placed.items()}
    told = [f for f in opened.faults if f.column in ("", *taken.values())]
    raw = replace(
        raw,
        uniform=raw.uniform and names == raw.names,
        written=(*raw.written, opened.written),
        headings=(*raw.headings, names),
        taken=(*raw.taken, taken),
        texts=(*raw.texts, opened.texts),
    )
    return raw, rows + sum(f.rejects for f in told), [*told, *faults]


def _form(written: Written) -> Format:
    return Format(
        encoding=written.encoding or None,
        delimiter=written.delimiter or None,
        decimal="," if written.decimal == "," else ".",
        sheet=written.sheet or None,
        skip_rows=written.skip_rows,
        header_rows=written.header_rows,
    )


def _wanted(source: Source) -> dict[str, tuple[str, ...]]:
    """The headers that are read, each with others that it has in other files."""
    maps: list[ColumnMap] = [*source.columns.values(), *source.attributes.values()]
    return dict.fromkeys(source.leave_out, ()) | {m.column: m.was for m in maps if m.column is not None}


def _lay(
    db: Database, table: str, opened: Opened, *, number: int, placed: dict[str, int], name: str
) -> tuple[int, list[Fault]]:
    """Append the rows of a file, some at a time; rows of another width than the header are listed instead."""
    faults: list[Fault] = []
    count = 0
    wide = len(opened.header)
    rows = iter(opened.rows)
    while chunk := list(itertools.islice(rows, _ROWS_AT_ONCE)):
        filled = [(n, r) for n, r in chunk if any(r)]
        whole = [(n, r) for n, r in filled if len(r) == wide or not opened.exact]
        faults += [_ragged(name, n, r, wide) for n, r in filled if len(r) != wide and opened.exact]
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
