"""How a delimited text is written, where nobody said: encoding, delimiter, decimal mark, header.

What is declared is never looked for. What is found is said, and what is doubtful about it.
"""

from __future__ import annotations

import codecs
import csv
import itertools
from collections.abc import Sequence
from pathlib import Path

from cxkit.data.readers.base import Written
from cxkit.data.settings import Format

__all__ = ["find_encoding", "find_written"]

_START = 1 << 18
_DELIMITERS = (",", ";", "\t", "|")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def find_encoding(path: Path) -> str:
    """The encoding of a text: by its mark, else UTF-8 where the whole file is, else that of Windows."""
    with path.open("rb") as file:
        start = file.read(4)
        for mark, name in _MARKS:
            if start.startswith(mark):
                return name
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while chunk := file.read(_START):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"


def find_written(path: Path, form: Format) -> Written:
    """How a delimited text is written: as declared, and where nothing is, as found."""
    encoding = form.encoding or find_encoding(path)
    with path.open("rb") as file:
        start = file.read(_START).decode(encoding, errors="ignore")
    lines = start.splitlines()
    delimiter = form.delimiter or _delimiter(lines)
    given = {"encoding": form.encoding, "delimiter": form.delimiter}
    return Written(
        kind="csv",
        encoding=encoding,
        delimiter=delimiter,
        decimal=form.decimal or ".",
        skip_rows=form.skip_rows or 0,
        header_rows=1 if form.header_rows is None else form.header_rows,
        found=tuple(n for n, v in given.items() if v is None),
    )


def _delimiter(lines: Sequence[str]) -> str:
    widths = {d: [len(r) for r in itertools.islice(csv.reader(lines, delimiter=d), 100)] for d in _DELIMITERS}
    return max(_DELIMITERS, key=lambda d: min(widths[d], default=0))
