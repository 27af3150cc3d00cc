"""What the parts of an XLSX say before it is loaded: how far its sheets go, and which cells hold no value.

A workbook is loaded a sheet at a time and whole, with all the empty cells between the first and the last one; and a
formula that was never computed looks empty then. So its parts are looked through first, a piece at a time.
"""

from __future__ import annotations

import html
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from cxkit.data.faults import Fault
from cxkit.data.readers.base import Unreadable

__all__ = ["Cell", "SheetParts", "column_number", "has_links", "look_through", "refuse_large"]

_CHUNK = 1 << 22
_LONGEST_ROW = 1 << 26
_MOST_CELLS = 10_000_000  # a gigabyte, or somewhat less
_MOST_BYTES = {"xl/worksheets/": 3 << 30, "xl/media/": 3 << 30, "xl/embeddings/": 3 << 30}
_MOST_OTHERS = 1 << 29
_MOST_LISTED = 1000
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, KeyError)

_ROW = re.compile(rb"""<(?:\w+:)?row\b[^>]*?\br\s*=\s*["'](\d+)""")
_CELL = re.compile(rb"""<(?:\w+:)?c\b[^>]*?\br\s*=\s*["']([A-Za-z]+)(\d+)[^>]*(?<!/)>""")
_LETTERS = re.compile(rb"""<(?:\w+:)?c\b[^>]*?\br\s*=\s*["']([A-Za-z]+)\d[^>]*(?<!/)>""")
_NOWHERE = re.compile(rb"""<(?:\w+:)?c\b(?![^>]*\br\s*=)""")
_TAG_OF_CELL = re.compile(rb"<(?:\w+:)?c\b")
_END_OF_ROW = re.compile(rb"</(?:\w+:)?row>")
_MASKED = re.compile(rb"<(?:\w+:)?(?:c|row)\b[^>]*&")
_COUNT = re.compile(rb"""ount\s*=\s*["']\s*(\d{7,})""")
_FORMULA = re.compile(
    rb"<(?:\w+:)?c\b([^>]*)(?<!/)>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v[^>]*>([^<]*)</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_ERROR = re.compile(rb'<(?:\w+:)?c\b([^>]*\bt="e"[^>]*)>.{0,20000}?<(?:\w+:)?v[^>]*>([^<]*)<', re.DOTALL)
_AT = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{1,3})(\d{1,7})["']""")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that holds no value: its row and column, from 1, and what it holds instead."""

    row: int
    column: int
    holds: str


@dataclass(slots=True)
class SheetParts:
    """What stands in a sheet.

    Attributes:
        empty: Formulas that have no result in the file.
        errors: Cells that hold an error, such as #N/A.
        zeros: Formulas whose result is 0.
        results: Formulas with another result.
        rows: The last row with a value.
        columns: The last column with a value.
    """

    empty: list[Cell] = field(default_factory=list[Cell])
    errors: list[Cell] = field(default_factory=list[Cell])
    zeros: list[Cell] = field(default_factory=list[Cell])
    results: int = 0
    rows: int = 0
    columns: int = 0


def refuse_large(path: Path, *, name: str) -> None:
    """Refuse a workbook whose parts are far larger than tables are, or not as large as they say.

    Raises:
        Unreadable: With what was found.
    """
    with _opened(path, name=name) as book:
        for part in book.infolist():
            most = next((m for start, m in _MOST_BYTES.items() if part.filename.startswith(start)), _MOST_OTHERS)
            if part.file_size > most:
                what = f"a part of the workbook ({part.filename}) becomes {part.file_size >> 20:,} MB when unpacked"
                raise Unreadable(Fault.of_file(name, what, hint="Ask for the export as CSV."))
        for part in (p for p in book.infolist() if p.filename.startswith("xl/") and p.filename.count("/") == 1):
            with _read(book, part.filename, name=name) as file:
                for chunk in _chunks(file, name=name):
                    _refuse_false_count(chunk, part.file_size, name=name)


def has_links(path: Path, *, name: str) -> bool:
    """Whether a workbook takes values from other files; they are not opened."""
    with _opened(path, name=name) as book:
        return any(p.startswith("xl/externalLinks/") for p in book.namelist())


def look_through(path: Path, sheet: str, *, name: str) -> SheetParts:
    """Look through a sheet before it is loaded.

    Raises:
        Unreadable: It goes further than can be loaded, or is broken.
    """
    found = SheetParts()
    with _opened(path, name=name) as book:
        for part in _parts_of(book, sheet, name=name):
            with _read(book, part, name=name) as file:
                for block in _blocks(file, name=name):
                    _refuse_false_count(block, book.getinfo(part).file_size, name=name)
                    _measure(block, found, sheet=sheet, name=name)
                    _collect(block, found)
        if not _never_computed(book, found, name=name):
            found.zeros.clear()
    return found


def column_number(letters: bytes) -> int:
    """The number of a column by its letters.

    Example:
        >>> column_number(b"A"), column_number(b"XFD")
        (1, 16384)
    """
    number = 0
    for letter in letters.upper()[:9]:
        number = 26 * number + letter - ord("A") + 1
    return number


def _opened(path: Path, *, name: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except _BROKEN:
        raise Unreadable(_broken(name)) from None


def _read(book: zipfile.ZipFile, part: str, *, name: str) -> IO[bytes]:
    try:
        return book.open(part)
    except (*_BROKEN, RuntimeError):
        raise Unreadable(_broken(name)) from None


def _chunks(file: IO[bytes], *, name: str) -> Iterator[bytes]:
    try:
        while chunk := file.read(_CHUNK):
            yield chunk
    except _BROKEN:
        raise Unreadable(_broken(name)) from None


def _broken(name: str) -> Fault:
    hint = "Open it in a spreadsheet program and save it again as XLSX."
    return Fault.of_file(name, "the workbook is broken", hint=hint)


def _text(book: zipfile.ZipFile, part: str, *, name: str) -> str:
    if part not in book.namelist():
        return ""
    with _read(book, part, name=name) as file:
        return b"".join(_chunks(file, name=name)).decode(errors="replace")


def _parts_of(book: zipfile.ZipFile, sheet: str, *, name: str) -> list[str]:
    """The part that holds a sheet; all sheets where that cannot be told."""
    listed = _tags(_text(book, "xl/workbook.xml", name=name), "sheet")
    ids = {html.unescape(a.get("name", "")): _ending(a, ":id") for a in listed}
    related = _tags(_text(book, "xl/_rels/workbook.xml.rels", name=name), "Relationship")
    targets = {a.get("Id"): a.get("Target", "") for a in related}
    target = targets.get(ids.get(sheet), "")
    part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    sheets = [p for p in book.namelist() if p.startswith("xl/worksheets/") and p.endswith(".xml")]
    return [part] if part in book.namelist() else sheets


def _tags(text: str, tag: str) -> list[dict[str, str]]:
    found = re.findall(rf"<(?:\w+:)?{tag}\b([^>]*)>", text)
    return [dict(re.findall(r"""([\w:]+)\s*=\s*["']([^"']*)["']""", attributes)) for attributes in found]


def _ending(attributes: dict[str, str], ending: str) -> str:
    return next((v for k, v in attributes.items() if k.endswith(ending)), "")


def _blocks(file: IO[bytes], *, name: str) -> Iterator[bytes]:
    """Whole rows, many at a time."""
    rest = b""
    for chunk in _chunks(file, name=name):
        rest += chunk
        end = max(rest.rfind(b"</row>"), rest.rfind(b":row>"))
        if end >= 0:
            yield rest[: end + 6]
            rest = rest[end + 6 :]
        elif len(rest) > _LONGEST_ROW:
            raise Unreadable(Fault.of_file(name, "a row of the workbook has no end", hint="Ask for it as CSV."))
    yield rest


def _measure(block: bytes, found: SheetParts, *, sheet: str, name: str) -> None:
    """How far the values go; cells that are only coloured do not count."""
    if b"</" not in block:
        return
    if b"&#" in block and _MASKED.search(block):
        raise Unreadable(_broken(name))
    columns = max(map(column_number, set(_LETTERS.findall(block))), default=0)
    rows = max((int(row[:15]) for row in _ROW.findall(block)), default=0)
    if _NOWHERE.search(block):
        # A cell that does not say where it is stands beside the one before.
        columns = max(columns, *(len(_TAG_OF_CELL.findall(row)) for row in _END_OF_ROW.split(block)))
    elif max(rows, found.rows) * max(columns, found.columns) > _MOST_CELLS:
        rows = max((int(row[:15]) for _, row in _CELL.findall(block)), default=0)
    found.rows, found.columns = max(rows, found.rows), max(columns, found.columns)
    if found.rows * found.columns > _MOST_CELLS:
        corner = f"{_letters(found.columns)}{found.rows}"
        what = f"the sheet {sheet!r} goes as far as {corner}, which is too far to be loaded"
        hint = "Delete what stands far from the data and save it again; or save the sheet as CSV."
        raise Unreadable(Fault.of_file(name, what, hint=hint))


def _refuse_false_count(chunk: bytes, size: int, *, name: str) -> None:
    """Refuse a part that says it holds more than it has bytes: memory would be taken for all of it."""
    if any(len(n) > 15 or int(n) > size for n in _COUNT.findall(chunk)):
        raise Unreadable(_broken(name))


def _collect(block: bytes, found: SheetParts) -> None:
    if b't="e"' in block:
        for match in _ERROR.finditer(block):
            _note(found.errors, match[1], match[2].decode(errors="replace"))
    if b"<f" not in block and b":f" not in block:
        return
    for match in _FORMULA.finditer(block):
        value = (match[2] or b"").strip()
        if not value and b't="str"' not in match[1]:
            _note(found.empty, match[1], "")
        elif value == b"0":
            _note(found.zeros, match[1], "0")
        else:
            found.results += 1


def _note(cells: list[Cell], attributes: bytes, holds: str) -> None:
    at = _AT.search(attributes)
    if at and len(cells) < _MOST_LISTED:
        cells.append(Cell(int(at[2]), column_number(at[1]), holds))


def _never_computed(book: zipfile.ZipFile, found: SheetParts, *, name: str) -> bool:
    """Whether a program wrote formulas with 0 for a result, for a spreadsheet to compute when it opens the file."""
    if found.results or not found.zeros:
        return False
    asked = _tags(_text(book, "xl/workbook.xml", name=name), "calcPr")
    return any(a.get("fullCalcOnLoad") in ("1", "true") for a in asked)


def _letters(number: int) -> str:
    text = ""
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(ord("A") + rest) + text
    return text
