"""Delimited text: CSV, TSV and their kin."""

from __future__ import annotations

import codecs
import contextlib
import csv
import hashlib
import itertools
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TextIO

from cxkit.data.faults import Fault
from cxkit.data.readers.base import Opened, Unreadable, Written
from cxkit.data.readers.dialect import split_records
from cxkit.data.readers.encodings import writes_texts
from cxkit.data.readers.proof import prove
from cxkit.data.readers.sniff import find_written
from cxkit.data.settings import Format

__all__ = ["open_text"]

_CHUNK = 1 << 20


def open_text(path: Path, form: Format, name: str, folder: Path) -> Iterator[tuple[str, Opened]]:
    """Open a delimited text."""
    if form.encoding:
        _decoder(form.encoding, name=name)
    written = find_written(path, form, name=name)
    try:
        text = _as_utf8(path, written.encoding, name=name, folder=folder)
    except _NotEncoded as error:
        if form.encoding:
            raise
        # What was found at the ends of the file does not hold for all of it.
        written = find_written(path, form, name=name, not_utf8_at=error.at)
        text = _as_utf8(path, written.encoding, name=name, folder=folder)
    records = _records(text, written, name=name)
    heads = [row for _, row in itertools.islice(records, written.header_rows)]
    header = heads[0] if heads else list[str]()
    if not heads:
        first = list(itertools.islice(records, 1))
        records = itertools.chain(first, records)
        header = [""] * max((len(row) for _, row in first), default=0)
    heading = {"skip_rows": written.skip_rows, "header_rows": written.header_rows}
    plain = partial(prove, text, delimiter=written.delimiter, width=len(header), **heading)
    yield name, Opened(header, records, written, heads=heads, plain=plain)


_LONGEST_VALUE = 1_000_000
_LONGEST_LINE = 10_000_000
_MOST_BREAKS = 100


def _records(path: Path, form: Written, *, name: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of a delimited file, numbered as a spreadsheet numbers them.

    A quote that opens and does not close swallows all that follows; so a value of many lines is refused, rather than
    the rows in it lost.
    """
    csv.field_size_limit(_LONGEST_VALUE)
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = _short_lines(file, name=name)
        for _ in itertools.islice(lines, form.skip_rows):
            pass
        reader = split_records(lines, form.delimiter, strict=True)
        before, row = 0, form.skip_rows
        while True:
            try:
                values = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise Unreadable(_torn(name, form.skip_rows + before + 1, str(error))) from None
            row += 1
            if reader.line_num - before > _MOST_BREAKS:
                raise Unreadable(_torn(name, form.skip_rows + before + 1, "a value goes over many lines"))
            before = reader.line_num
            yield row, values


def _short_lines(file: TextIO, *, name: str) -> Iterator[str]:
    """The lines of a text; one that would fill the memory is refused before it does."""
    for number in itertools.count(1):
        line = file.readline(_LONGEST_LINE)
        if len(line) == _LONGEST_LINE:
            what = f"a line of more than {_LONGEST_LINE:,} characters"
            hint = "Is it a table? Ask for the export again, with one row in a line."
            raise Unreadable(Fault(name, f"line {number:,}", "", line[:100], what, hint=hint, stops=True))
        if not line:
            return
        yield line


def _torn(name: str, line: int, why: str) -> Fault:
    if why.startswith("field larger"):
        why = f"a value has more than {_LONGEST_VALUE:,} characters"
    hint = "Look for a quote mark that is opened and not closed, or is not doubled inside a text."
    return Fault(name, f"line {line}", "", "", f"the quotes do not close ({why})", hint=hint, stops=True)


def _as_utf8(path: Path, encoding: str, *, name: str, folder: Path) -> Path:
    """The path itself when it is UTF-8 as declared, else a copy in UTF-8."""
    decoder = _decoder(encoding, name=name)
    plain = codecs.lookup(encoding).name in ("utf-8", "utf-8-sig", "ascii")
    target = folder / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.utf8"
    with path.open("rb") as file, contextlib.ExitStack() as stack:
        out = None if plain else stack.enter_context(target.open("wb"))
        for number in itertools.count():
            chunk = file.read(_CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                line = _lines(path, encoding, number) + error.object[: error.start].count(b"\n")
                at = file.tell() - len(error.object) + error.start
                raise _NotEncoded(_not_encoded(name, encoding, line, error), at=at) from None
            except UnicodeError as error:
                raise Unreadable(
                    Fault.of_file(name, f"the file is not {encoding} ({error})", hint=_guess(path))
                ) from None
            if "\0" in text:
                line = _lines(path, encoding, number) + text[: text.index("\0")].count("\n")
                what = "the file holds binary data, not text"
                raise Unreadable(Fault(name, f"line {line}", "", "", what, hint=_guess(path), stops=True))
            if out:
                out.write(text.encode())
            if not chunk:
                break
    return path if plain else target


def _lines(path: Path, encoding: str, chunks: int) -> int:
    """The line that a chunk begins in."""
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        return 1 + sum(decoder.decode(file.read(_CHUNK)).count("\n") for _ in range(chunks))


class _NotEncoded(Unreadable):
    """A byte that is not in the encoding, and where it stands."""

    def __init__(self, fault: Fault, *, at: int) -> None:
        super().__init__(fault)
        self.at = at


def _decoder(encoding: str, *, name: str) -> codecs.IncrementalDecoder:
    if not writes_texts(encoding):
        raise Unreadable(
            Fault.of_file(name, f"the encoding {encoding!r} is unknown", hint="Try utf-8, utf-16 or cp1252.")
        )
    return codecs.getincrementaldecoder(encoding)()


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
