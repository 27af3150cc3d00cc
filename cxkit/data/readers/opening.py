"""Opens any export: by the ending of its name, and where something else is in it, as what it is."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from cxkit.data.faults import Fault
from cxkit.data.readers.archive import ARCHIVES, find_members, unpack_gzip, unpack_member
from cxkit.data.readers.base import Opened, Reader, Unreadable
from cxkit.data.readers.lines import open_lines
from cxkit.data.readers.page import open_page
from cxkit.data.readers.parquet import open_parquet
from cxkit.data.readers.text import open_text
from cxkit.data.readers.workbook import WORKBOOKS, open_workbook
from cxkit.data.settings import Format

__all__ = ["ENDINGS", "open_file"]

READERS: dict[str, Reader] = {
    **dict.fromkeys((".csv", ".tsv", ".tab", ".psv", ".txt", ".dat"), open_text),
    **dict.fromkeys((".jsonl", ".ndjson", ".json"), open_lines),
    **dict.fromkeys(WORKBOOKS, open_workbook),
    **dict.fromkeys((".html", ".htm"), open_page),
    ".parquet": open_parquet,
}
"""By the ending of a file's name; all others are delimited texts."""

ENDINGS = (*READERS, ".zip", ".gz")
"""Endings of the files that are read where a folder is named."""

_START = 4096
_SPEAKING = {open_text: "a delimited text", open_lines: "JSON", open_workbook: "a workbook", open_page: "a web page",
             open_parquet: "Parquet"}  # fmt: skip
_STRANGERS = {
    b"%PDF": "a PDF", b"7z\xbc\xaf": "a 7-Zip archive", b"Rar!": "a RAR archive", b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture", b"$FL2": "a file of SPSS", b"$FL3": "a file of SPSS", b"SQLite f": "a database",
    b"{\\rtf": "a text document", b"BZh": "a file packed with bzip2", b"\xfd7zXZ": "a file packed with xz",
    b"\x28\xb5\x2f\xfd": "a file packed with Zstandard",
}  # fmt: skip


def open_file(path: Path, form: Format, name: str, folder: Path) -> Iterator[tuple[str, Opened]]:
    """Open an export; what is in it comes one after the other, each with its name.

    What an archive holds is there until the next one is asked for.

    Args:
        path: The file.
        form: How it is written, as far as that is declared.
        name: Its name for messages.
        folder: Where to put what has to be unpacked.

    Raises:
        Unreadable: With everything that is wrong. What could be opened has been given before.
    """
    try:
        kind = _archive(path, name=name)
        if kind == ".zip":
            yield from _open_zip(path, form, name, folder)
        elif kind == ".gz":
            yield from _open_gzip(path, form, name, folder)
        else:
            yield from _open_one(path, form, name, folder)
    except OSError as error:
        what = f"the file cannot be read ({error.strerror or type(error).__name__})"
        raise Unreadable(Fault.of_file(name, what, hint="May you open it, and is the disk not full?")) from None


def _archive(path: Path, *, name: str) -> str:
    """The ending of an archive, or "" for what is none."""
    if path.stat().st_size == 0:
        raise Unreadable(Fault.of_file(name, "the file is empty", hint="Ask for the export again."))
    start = _start(path)
    if start.startswith(b"\x1f\x8b"):
        return ".gz"
    if start.startswith(b"PK") and zipfile.is_zipfile(path):
        return "" if _is_book(path) else ".zip"
    ending = path.suffix.lower()
    return ending if ending in ARCHIVES and not _is_text(start) else ""


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_START)


def _is_book(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            kind = archive.read("mimetype") if "mimetype" in names[:20] else b""
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, RuntimeError):
        return path.suffix.lower() in WORKBOOKS
    return b"opendocument" in kind or any(n.startswith(("xl/", "/xl/")) for n in names)


def _is_text(start: bytes) -> bool:
    return b"\0" not in start or start[:2] in (b"\xff\xfe", b"\xfe\xff")


def _open_zip(path: Path, form: Format, name: str, folder: Path) -> Iterator[tuple[str, Opened]]:
    """What each file of an archive holds; a broken one does not keep the others from being read."""
    members, others = find_members(path, form, name=name, endings=ENDINGS)
    doubts = (f"Not read in it: {_listed(others)}.",) if others else ()
    faults: list[Fault] = []
    for member in members:
        try:
            file = unpack_member(path, member, name=name, folder=folder)
            yield from _open_inside(file, form, f"{name}/{member.filename}", folder, packed="zip", doubts=doubts)
            doubts = ()
        except Unreadable as error:
            faults += error.faults
    if faults:
        raise Unreadable(*faults)


def _open_gzip(path: Path, form: Format, name: str, folder: Path) -> Iterator[tuple[str, Opened]]:
    file = unpack_gzip(path, name=name, folder=folder)
    yield from _open_inside(file, form, name, folder, packed="gz")


def _open_inside(
    file: Path, form: Format, name: str, folder: Path, *, packed: str, doubts: tuple[str, ...] = ()
) -> Iterator[tuple[str, Opened]]:
    try:
        if _archive(file, name=name) or _start(file)[257:262] == b"ustar":
            hint = "Unpack it, and put the files themselves into the folder."
            raise Unreadable(Fault.of_file(name, "an archive in an archive", hint=hint))
        for title, opened in _open_one(file, form, name, folder):
            written = opened.written
            written = replace(written, kind=f"{written.kind} in {packed}", doubts=(*doubts, *written.doubts))
            yield title, replace(opened, written=written, file=file)
    finally:
        file.unlink(missing_ok=True)


def _open_one(path: Path, form: Format, name: str, folder: Path) -> Iterator[tuple[str, Opened]]:
    """A file that is no archive, as what it is; where its name says otherwise, that is told."""
    named = READERS.get(path.suffix.lower(), open_text)
    reader = _reader(path, named, name=name)
    doubt = f"By its name it is {_SPEAKING[named]}, but it is {_SPEAKING[reader]}, and read as that."
    for title, opened in reader(path, form, name, folder):
        told = replace(opened.written, doubts=(doubt, *opened.written.doubts))
        yield title, opened if reader is named else replace(opened, written=told)


def _reader(path: Path, named: Reader, *, name: str) -> Reader:
    """What reads a file, by how it begins."""
    start = _start(path)
    for mark, kind in _STRANGERS.items():
        if start.startswith(mark):
            raise Unreadable(Fault.of_file(name, f"the file is {kind}", hint="Ask for the export as CSV or XLSX."))
    if start.startswith(b"PAR1"):
        return open_parquet
    if start.startswith(b"\xd0\xcf\x11\xe0") or (start.startswith(b"PK") and zipfile.is_zipfile(path)):
        return open_workbook
    if not _is_text(start):
        return named
    return _text_reader(start, named, name=name)


def _text_reader(start: bytes, named: Reader, *, name: str) -> Reader:
    text = start.decode("utf-16" if start[:2] in (b"\xff\xfe", b"\xfe\xff") else "latin-1", errors="ignore")
    text = text.removeprefix("\xef\xbb\xbf").lstrip("\ufeff \t\r\n")
    lower = text[:1000].lower()
    if lower.startswith("<?xml") and "office:spreadsheet" in lower:
        hint = "Open it in a spreadsheet program and save it as XLSX."
        raise Unreadable(Fault.of_file(name, "the file is a spreadsheet in the XML of 2003", hint=hint))
    if lower.startswith(("<!doctype html", "<html", "<head", "<meta", "<table", "<style")) or (
        lower.startswith(("<?xml", "<!--")) and "<html" in lower
    ):
        return open_page
    if named is open_lines or _is_object(text):
        return open_lines
    return named if named is open_text else open_text


def _is_object(text: str) -> bool:
    """Whether a text begins with an object of JSON, or a list of them."""
    line = text.partition("\n")[0].strip().removeprefix("[").strip().rstrip(",]")
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5:,} more" if len(names) > 5 else "")
