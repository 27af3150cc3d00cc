"""How a delimited text is written, where nobody said: encoding, delimiter, decimal mark, header.

What is declared is never looked for. What is found is said, and what is doubtful about it. Only the ends of a file
are looked at; a reader that meets a byte which belies them asks again, with its place.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from cxkit.data.faults import Fault
from cxkit.data.readers.base import Suspicion, Written, column_names
from cxkit.data.readers.decimals import Decimals, find_decimal
from cxkit.data.readers.dialect import Dialect, find_dialect, records_of
from cxkit.data.readers.encodings import SAMPLE_BYTES, Ends, find_encoding, read_ends, refuse_wrong_encoding
from cxkit.data.readers.head import SAMPLE_ROWS, Head, find_head
from cxkit.data.readers.kinds import columns_of
from cxkit.data.readers.totals import LAST_ROWS, find_totals
from cxkit.data.settings import Format

__all__ = ["decimal_suspicions", "find_written"]

_MOST_COLUMNS = 1000


def find_written(path: Path, form: Format, *, name: str = "", not_utf8_at: int | None = None) -> Written:
    """How a delimited text is written: as declared, and where nothing is, as found.

    Args:
        path: The text.
        form: What is declared.
        name: What messages call it.
        not_utf8_at: Where a reader met a byte that is not UTF-8, in a text that had seemed to be.

    Raises:
        Unreadable: No encoding reads it, or plainly not the one declared.
    """
    called = name or path.name
    if form.encoding:
        encoding, told = form.encoding, refuse_wrong_encoding(path, form.encoding, name=called)
    else:
        found = find_encoding(path, at=not_utf8_at, name=called)
        encoding, told = found.name, found.doubts
    ends = read_ends(path)
    start = ends.first.decode(encoding, errors="replace").removeprefix("\ufeff")
    dialect = find_dialect(start, whole=ends.whole, delimiter=form.delimiter, skip_lines=form.skip_rows)
    head, above = _head(dialect, form)
    rows = [row for _, row in dialect.records]
    names = _names(rows, head)
    body = rows[head.skip_rows + head.header_rows :]
    last = body[-LAST_ROWS:] if ends.whole else _last_rows(ends, encoding, dialect.delimiter, wide=len(names))
    columns = columns_of(body if ends.whole else [*body, *last], wide=min(len(names), _MOST_COLUMNS))
    decimal = find_decimal(columns, delimiter=dialect.delimiter)
    odd = [] if form.decimal else decimal_suspicions(decimal, names, file=called)
    return Written(
        kind="csv",
        encoding=encoding,
        delimiter=dialect.delimiter,
        decimal=form.decimal or decimal.mark,
        skip_rows=above,
        header_rows=head.header_rows,
        found=_found(form, decimal),
        doubts=(*told, *dialect.doubts, *head.doubts),
        suspicions=(*odd, *find_totals(last, names, file=called)),
    )


def decimal_suspicions(decimal: Decimals, names: Sequence[str], *, file: str) -> list[Suspicion]:
    """What a file's numbers leave open, as faults that matter where those columns are mapped as numbers."""
    found: list[Suspicion] = []
    for odd in decimal.odd:
        first, *others = odd.values
        other = f" and {others[0]!r}" if others else ""
        hint = 'Declare `format: {decimal: ","}` or `format: {decimal: "."}` for this source in sources.yaml.'
        fault = Fault(file, "", names[odd.at], first, odd.why + other, hint=hint, stops=True)
        found.append(Suspicion("open number" if odd.open else "number", fault))
    return found


def _head(dialect: Dialect, form: Format) -> tuple[Head, int]:
    """The header among the records, and how many lines stand above it."""
    rows = [row for _, row in dialect.records[: SAMPLE_ROWS + 50]]
    head = find_head(rows)
    if form.skip_rows is not None:
        # Rows that were declared to be skipped are not among the records.
        head = Head(0, head.header_rows if head.skip_rows == 0 else 1, head.doubts if head.skip_rows == 0 else ())
    if form.header_rows is not None:
        head = Head(head.skip_rows, form.header_rows)
    lines = dialect.records[head.skip_rows][0] if head.skip_rows < len(dialect.records) else 0
    return head, (dialect.stated if form.skip_rows is None else form.skip_rows) + lines


def _names(rows: Sequence[Sequence[str]], head: Head) -> tuple[str, ...]:
    if head.header_rows and head.skip_rows < len(rows):
        return column_names(list(rows[head.skip_rows]))
    return column_names([""] * max(map(len, rows[head.skip_rows : head.skip_rows + 1]), default=0))


def _last_rows(ends: Ends, encoding: str, delimiter: str, *, wide: int) -> list[list[str]]:
    """The last rows of a long file; where it is cut, a row may be cut too, so only whole ones count."""
    text = ends.last[-SAMPLE_BYTES // 4 :].decode(_endian(ends, encoding), errors="replace")
    lines = io.StringIO(text, newline="").readlines()[1:]
    return [row for _, row in records_of(lines[-LAST_ROWS:], delimiter) if len(row) == wide]


def _endian(ends: Ends, encoding: str) -> str:
    if encoding == "utf-16":
        return "utf-16-be" if ends.first.startswith(b"\xfe\xff") else "utf-16-le"
    if encoding == "utf-32":
        return "utf-32-be" if ends.first.startswith(b"\x00\x00") else "utf-32-le"
    return encoding


def _found(form: Format, decimal: Decimals) -> tuple[str, ...]:
    open_ = {
        "encoding": form.encoding is None,
        "delimiter": form.delimiter is None,
        "decimal": form.decimal is None and decimal.shows,
        "skip_rows": form.skip_rows is None,
        "header_rows": form.header_rows is None,
    }
    return tuple(name for name, is_open in open_.items() if is_open)
