"""Web pages with a table: what many tools give under the name of a workbook."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from cxkit.data.faults import Fault
from cxkit.data.readers.base import Opened, Unreadable, Written
from cxkit.data.readers.encodings import find_encoding
from cxkit.data.readers.head import SAMPLE_ROWS, find_head
from cxkit.data.settings import Format

__all__ = ["open_page"]

_CHUNK = 1 << 16
_MOST_BYTES = 200 << 20
_MOST_CELLS = 2_000_000
_LONGEST = 1 << 20


class _Table(HTMLParser):
    """The cells of the tables of a page, row by row; of tables in a cell only the text is kept."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str | None]] = []
        self.tables = self.deep = 0
        self.cell: list[str] | None = None
        self.span = 1
        self.cells = 0

    def close(self) -> None:
        super().close()
        self._close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.deep += 1
            self.tables += self.deep == 1
        elif tag == "tr" and self.deep == 1:
            self._close()
            self.rows.append([])
            self.cells += 1
        elif tag in ("td", "th") and self.deep == 1:
            self._close()
            wide = dict(attrs).get("colspan") or "1"
            self.cell, self.span = [], int(wide[:3]) if wide.isascii() and wide.isdigit() else 1
        elif tag == "br" and self.cell is not None:
            self.cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr", "table") and self.deep == 1:
            self._close()
        if tag == "table":
            self.deep = max(0, self.deep - 1)

    def handle_data(self, data: str) -> None:
        if self.cell is not None:
            self.cell.append(data)

    def _close(self) -> None:
        if self.cell is not None:
            if not self.rows:
                self.rows.append([])
            text = "".join(self.cell).strip()
            self.rows[-1] += [text or None, *[None] * (self.span - 1)]
            self.cells += self.span
            self.cell = None


def open_page(path: Path, form: Format, name: str, _folder: Path) -> Iterator[tuple[str, Opened]]:
    """Open the only table of a web page."""
    encoding = form.encoding or find_encoding(path).name
    table = _read(path, encoding, name=name)
    if table.tables != 1:
        what = f"a web page with {table.tables} tables" if table.tables else "a web page without a table"
        raise Unreadable(Fault.of_file(name, what, hint="Ask for the export as CSV or XLSX."))
    head = find_head(table.rows[: SAMPLE_ROWS + 40])
    skip = head.skip_rows if form.skip_rows is None else form.skip_rows
    count = head.header_rows if form.header_rows is None else form.header_rows
    heads = [[v or "" for v in row] for row in table.rows[skip : skip + count]]
    wide = max((len(row) for row in table.rows), default=0)
    given = {"encoding": form.encoding, "skip_rows": form.skip_rows, "header_rows": form.header_rows}
    found = tuple(n for n, v in given.items() if v is None)
    written = Written("web page", encoding=encoding, decimal=form.decimal or ".", skip_rows=skip, header_rows=count,
                      found=found, doubts=head.doubts)  # fmt: skip
    body = itertools.islice(enumerate(table.rows, 1), skip + count, None)
    yield name, Opened(heads[0] if heads else [""] * wide, body, written, exact=False, heads=heads)


def _read(path: Path, encoding: str, *, name: str) -> _Table:
    table = _Table()
    too_large = Fault.of_file(name, "the web page is too large for a table", hint="Ask for the export as CSV.")
    if path.stat().st_size > _MOST_BYTES:
        raise Unreadable(too_large)
    try:
        with path.open(encoding=encoding) as file:
            while chunk := file.read(_CHUNK):
                table.feed(chunk)
                if table.cells > _MOST_CELLS or len(table.rawdata) > _LONGEST:
                    raise Unreadable(too_large)
            table.close()
    except (UnicodeError, LookupError):
        hint = "Declare `format: {encoding: …}`, or ask for the export as CSV."
        raise Unreadable(Fault.of_file(name, f"the page is not {encoding}", hint=hint)) from None
    return table
