"""Opens the client's exports and lays them down as text, exactly as they came.

Nothing is interpreted here but the way a file is written: encoding, delimiter, sheet, header.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlglot import exp

from cxkit._table import Database
from cxkit.data.faults import Fault
from cxkit.data.files import find_files, find_unread
from cxkit.data.found import record_of, settle, with_form
from cxkit.data.headers import find_columns
from cxkit.data.inplace import InPlace, count_left_out, select_numbered, take_in_place
from cxkit.data.readers.base import MOST_COLUMNS, Opened, Unreadable, Written, column_names
from cxkit.data.readers.opening import open_file
from cxkit.data.settings import ColumnMap, Format, Source
from cxkit.data.tools import form_of, listed, names_of, own_columns, rows_of_tool, with_doubts
from cxkit.evidence.manifest import FileRecord

__all__ = ["Raw", "left_out_rows", "read_raw"]


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
        titles: The header of the first file as it stands, where `names` has positions for what stands twice.
        taken: Column of the table to the name that it has in each file.
        texts: Each column of each file as the database itself reads it; empty where it needs no telling.
        left_out: Rows of each file that `leave_out` names, by reason.
        in_place: The files, by number, that the database reads where they stand; the others are laid down in `laid`.
    """

    table: str
    headers: dict[str, str]
    files: tuple[FileRecord, ...]
    names: tuple[str, ...] = ()
    uniform: bool = True
    form: Format = field(default_factory=Format)
    written: tuple[Written, ...] = ()
    headings: tuple[tuple[str, ...], ...] = ()
    titles: tuple[str, ...] = ()
    taken: tuple[Mapping[str, str], ...] = ()
    texts: tuple[Mapping[str, exp.Expr], ...] = ()
    left_out: dict[str, int] = field(default_factory=dict[str, int])
    in_place: Mapping[int, InPlace] = field(default_factory=dict[int, InPlace])

    @property
    def laid(self) -> str:
        """The table that rows are laid down in, where the database does not read a file where it stands."""
        return self.table.replace("raw_", "incoming_texts_", 1)


def read_raw(
    db: Database, source: Source, *, root: Path, before: Sequence[str] = (), in_place: bool = True
) -> tuple[Raw | None, list[Fault]]:  # fmt: skip
    """The files of a source as text, and what was wrong with the files themselves.

    Args:
        db: Where the texts go.
        source: What is read.
        root: Folder of the engagement.
        before: Headers that the files had when they were last read.
        in_place: Whether the database may read texts where they stand, if it is proved that it reads them alike.
    """
    paths = find_files(root, source.files, where=f"sources.yaml, source {source.id}")
    if not paths:
        hint = "Put the export there, or correct `files` in sources.yaml."
        return None, [Fault.of_file(source.files, f"no file matches (source {source.id})", hint=hint)]
    raw = Raw(f"raw_{source.id}", {}, ())
    faults: list[Fault] = []
    for path in paths:
        try:
            place = path.relative_to(root).as_posix()
            form = form_of(source, path, name=place, folder=db.folder)
            for name, opened in open_file(path, form, place, db.folder):
                given = opened if in_place else replace(opened, plain=None)
                raw, broken = _take(db, raw, source, given, path=path, name=name, before=before)
                faults += broken
        except Unreadable as error:
            faults += error.faults
    if not raw.files:
        return None, faults
    if others := find_unread(root, source.files):
        doubt = f"Not read, as files of another kind: {', '.join(others[:5])}{', …' if len(others) > 5 else ''}."
        first = replace(raw.written[0], doubts=(doubt, *raw.written[0].doubts))
        raw = replace(raw, written=(first, *raw.written[1:]))
    left_out = _leave_out(db, raw, left_out_rows(source, raw))
    written = with_doubts(db, source, table=raw.table, headers=raw.headers, written=raw.written)
    raw = replace(raw, left_out={why: n for why, n in left_out.items() if n}, written=written)
    form, doubted = settle(source, raw)
    return replace(raw, form=form), [*faults, *doubted]


def left_out_rows(source: Source, raw: Raw) -> list[tuple[str, exp.Expr]]:
    """The rows that `leave_out` of a source, or its tool, names: why, and their condition over its table of texts."""
    named = {h: v for h, v in source.leave_out.items() if v}
    declared = [(f"{h} is {' or '.join(v)}", listed(raw.headers[h], v)) for h, v in named.items()]
    return [*declared, *rows_of_tool(source, raw.headers)]


def _leave_out(db: Database, raw: Raw, conditions: Sequence[tuple[str, exp.Expr]]) -> dict[str, int]:
    """Give the rows that count as the table of texts; how many do not, by reason."""
    left_out = {why: db.remove(raw.laid, rows) for why, rows in conditions}
    texts = [select_numbered(text, file=n) for n, text in raw.in_place.items()]
    for text in texts if conditions else ():
        for why, number in count_left_out(db, text, conditions).items():
            left_out[why] += number
    kept = [exp.func("COALESCE", rows, exp.false()).not_() for _, rows in conditions]
    parts = [exp.select("*").from_(raw.laid), *(exp.select("*").from_(t.subquery("t")).where(*kept) for t in texts)]
    parts = parts if len(raw.in_place) < len(raw.files) else parts[1:]
    db.look(raw.table, parts[0] if len(parts) == 1 else exp.union(*parts, distinct=False))
    return left_out


def _take(
    db: Database, raw: Raw, source: Source, opened: Opened, *, path: Path, name: str, before: Sequence[str]
) -> tuple[Raw, list[Fault]]:
    """Take an opened file in, or leave it out as a whole and say why."""
    try:
        more, rows, faults = _add(db, raw, source, opened, name=name, before=before)
        file = opened.file or path
        form = record_of(opened.written, source.format)
        record = FileRecord(path=name, sha256=_digest(file), bytes=file.stat().st_size, rows=rows, **form)
    except Unreadable as error:
        if raw.headers:
            db.remove(raw.laid, exp.column("_file").eq(len(raw.files)))
        return raw, with_form(error.faults, opened.written, source.format)
    return replace(more, files=(*more.files, record)), faults


def _add(
    db: Database, raw: Raw, source: Source, opened: Opened, *, name: str, before: Sequence[str]
) -> tuple[Raw, int, list[Fault]]:
    """Append an opened file to the table of its source; how many rows it has, and what is wrong with them."""
    if len(opened.header) > MOST_COLUMNS:
        raise Unreadable(Fault.of_file(name, f"{len(opened.header):,} columns; at most {MOST_COLUMNS:,} are read"))
    wanted = own_columns(source, opened, before=raw.headers) | _wanted(source)
    also = names_of(source, opened)
    take = find_columns(opened.header, wanted, name=name, before=raw.names or before, also=also, titles=raw.titles)
    if not raw.headers:
        names = column_names(opened.header)
        raw = replace(raw, headers={w: names[i] for w, i in take.items()}, names=names, form=_form(opened.written))
        raw = replace(raw, titles=tuple(opened.header))
        db.create_texts(raw.laid, list(dict.fromkeys(raw.headers.values())))
    placed = {raw.headers[w]: i for w, i in take.items()}
    number, faults = len(raw.files), list[Fault]()
    if text := take_in_place(opened, placed, folder=db.folder):
        rows, raw = text.plain.rows, replace(raw, in_place={**raw.in_place, number: text})
    else:
        rows, faults = _lay(db, raw.laid, opened, number=number, placed=placed, name=name)
    names = column_names(opened.header)
    taken = {c: names[i] for c, i in placed.items()}
    read = {*taken.values(), *(opened.header[i] for i in placed.values())}
    told = [f for f in opened.faults if f.column in ("", *read) and not _both_read(f, read)]
    raw = replace(
        raw,
        uniform=raw.uniform and names == raw.names,
        written=(*raw.written, opened.written),
        headings=(*raw.headings, names),
        taken=(*raw.taken, taken),
        texts=(*raw.texts, opened.texts),
    )
    return raw, rows + sum(f.rejects for f in told), [*told, *faults]


def _both_read(fault: Fault, taken: Collection[str]) -> bool:
    """Whether a fault of two columns, one in place of the other, is of two that are both read."""
    return fault.row == "header" and fault.value in taken


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
    return dict.fromkeys(source.leave_out, ()) | {m.column: m.was for m in maps if m.column not in (None, "#row")}


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
