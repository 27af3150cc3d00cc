"""Whether a delimited text has one reading only, so that the database may read it in the place of Python's csv.

Programs differ over stray quotes, blank lines, mixed line ends and rows of another width. Where there is nothing of
the kind, they cannot differ, and the faster one may read. The bytes are looked at some megabytes at a time and many
rows at once; where anything is in doubt, the answer is no. That rows are of one width is proved on average only: the
database has to refuse a row that is too short.
"""

from __future__ import annotations

import codecs
import re
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from cxkit.data.readers.base import SIGNS, Plain

if TYPE_CHECKING:
    import numpy as np

    Numbers = np.ndarray[tuple[int], np.dtype[np.int64]]
    Bytes = np.ndarray[tuple[int], np.dtype[np.uint8]]

__all__ = ["prove"]

_SMALLEST = 1 << 18  # bytes below which a proof takes longer than reading row by row
_PIECE = 2 << 20
_LONGEST_ROW = 1 << 18  # far below what any reader takes for one value
_MOST_BREAKS = 40
_MOST_SHORT = 1000
_WORKERS = 2
_DELIMITERS = (",", ";", "\t", "|")
# The space separators of Unicode in UTF-8, one pattern for each first byte: searched for by it, they are found quickly.
_BLANKS = tuple(
    re.compile(b) for b in (rb"\xc2\xa0", rb"\xe1\x9a\x80", rb"\xe2(\x80[\x80-\x8a\xaf]|\x81\x9f)", rb"\xe3\x80\x80")
)
_QUOTE, _LF, _CR = b'"'[0], b"\n"[0], b"\r"[0]


def prove(path: Path, *, delimiter: str, skip_rows: int, header_rows: int, width: int) -> Plain | None:
    """The text as every reader must read it, or None where readers may differ or it is too small to matter.

    Args:
        path: A text that is UTF-8 and holds no NUL.
        delimiter: Between its values.
        skip_rows: Lines above the header.
        header_rows: Rows of the header.
        width: How many columns it has.
    """
    if delimiter not in _DELIMITERS or width < 1 or path.stat().st_size < _SMALLEST:
        return None
    with path.open("rb") as file:
        try:
            _skip(file, skip_rows)
            found = _count(file, delimiter.encode(), width)
        except _InDoubt:
            return None
    rows = found.rows - header_rows
    seen = found.broken, found.spaced, found.foreign, found.signs
    return Plain(path, delimiter, skip_rows + header_rows, width, rows, *seen) if rows > 0 else None


class _InDoubt(Exception):  # noqa: N818
    """There may be another reading."""


def _skip(file: IO[bytes], rows: int) -> None:
    """Go to the header; a title must be a plain line."""
    if file.read(3) != codecs.BOM_UTF8:
        file.seek(0)
    for _ in range(rows):
        line = file.readline(_LONGEST_ROW)
        body = line.removesuffix(b"\n").removesuffix(b"\r")
        if not line.endswith(b"\n") or b'"' in body or b"\r" in body:
            raise _InDoubt


def _count(file: IO[bytes], delimiter: bytes, width: int) -> _Found:
    """What there is in all of the text."""
    found: list[_Found] = []
    waiting: deque[Future[_Found]] = deque()
    with ThreadPoolExecutor(_WORKERS) as pool:
        for piece, end in _pieces(file):
            waiting.append(pool.submit(_look, piece, _Form(delimiter, width, end)))
            # Never more than a few pieces in memory.
            if len(waiting) > 2 * _WORKERS:
                found.append(waiting.popleft().result())
        found += [w.result() for w in waiting]
    flags = (any(getattr(f, name) for f in found) for name in ("broken", "spaced", "foreign"))
    return _Found(
        sum(f.rows for f in found), *flags, signs="".join(s for s in SIGNS if any(s in f.signs for f in found))
    )


@dataclass(frozen=True, slots=True)
class _Found:
    rows: int
    broken: bool
    spaced: bool
    foreign: bool
    signs: str


@dataclass(frozen=True, slots=True)
class _Form:
    delimiter: bytes
    width: int
    end: bytes


def _pieces(file: IO[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """The text in pieces of whole rows, each with the line end of the first."""
    rest, end = b"", b""
    while block := file.read(_PIECE):
        block = rest + block
        at = _last_end(block)
        end = end or (b"\r\n" if block[at - 2 : at] == b"\r\n" else b"\n")
        yield block[:at], end
        rest = block[at:]
    if rest.endswith(b"\r") or len(rest) > _LONGEST_ROW:
        raise _InDoubt
    if rest:
        yield rest + end, end


def _last_end(block: bytes) -> int:
    """Where the last whole row ends: behind the last line end that is outside of quotes."""
    import numpy as np

    # Counting in bytes takes several times longer.
    quotes = int(np.count_nonzero(np.frombuffer(block, dtype=np.uint8) == _QUOTE)) if b'"' in block else 0
    before, stop = 0, len(block)
    for _ in range(_MOST_BREAKS):
        at = block.rfind(b"\n", 0, stop)
        if at < 0:
            break
        before += block.count(b'"', at, stop)
        if (quotes - before) % 2 == 0:
            return at + 1
        stop = at
    raise _InDoubt


def _look(piece: bytes, form: _Form) -> _Found:
    rows, broken = _look_quoted(piece, form) if b'"' in piece else (_look_bare(piece, form), False)
    foreign, signs = not piece.isascii(), "".join(s for s in SIGNS if s.encode() in piece)
    return _Found(rows, broken, foreign and any(b.search(piece) for b in _BLANKS), foreign, signs)


def _look_bare(piece: bytes, form: _Form) -> int:
    import numpy as np

    codes = np.frombuffer(piece, dtype=np.uint8)
    ends = np.flatnonzero(codes == _LF)
    between = int(np.count_nonzero(codes == form.delimiter[0]))
    _refuse_odd(piece, codes, ends, form, between=between)
    return len(ends)


def _look_quoted(piece: bytes, form: _Form) -> tuple[int, bool]:
    import numpy as np

    codes = np.frombuffer(piece, dtype=np.uint8)
    quotes = np.flatnonzero(codes == _QUOTE)
    if len(quotes) % 2 or not _closed(codes, quotes, form.delimiter[0]):
        raise _InDoubt
    breaks = np.flatnonzero(codes == _LF)
    outside = (np.searchsorted(quotes, breaks) & 1) == 0
    if _deep(outside):
        raise _InDoubt
    ends = breaks[outside]
    _refuse_odd(piece, codes, ends, form, between=_outside(codes == form.delimiter[0], quotes))
    return len(ends), len(ends) < len(breaks)


def _closed(codes: Bytes, quotes: Numbers, delimiter: int) -> bool:
    """Whether values are quoted as a whole, and every quote in them is doubled."""
    import numpy as np

    opened, closed = quotes[0::2], quotes[1::2]
    before = codes[opened - 1]
    before[opened == 0] = _LF
    after = codes[closed + 1]
    edges = np.zeros(256, dtype=bool)
    edges[[delimiter, _LF, _QUOTE]] = True
    return bool(edges[before].all()) and bool((edges[after] | (after == _CR)).all())


def _outside(marks: np.ndarray[tuple[int], np.dtype[np.bool_]], quotes: Numbers) -> int:
    """How many marks stand outside of quotes."""
    import numpy as np

    # Adding up in bytes is several times faster, and enough for values of less than 256 of them.
    short = int((quotes[1::2] - quotes[0::2]).max()) < 256
    within = np.add.reduceat(marks.view(np.uint8), quotes, dtype=np.uint8 if short else np.int64)[0::2]
    return int(np.count_nonzero(marks)) - int(within.sum(dtype=np.int64))


def _deep(outside: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> bool:
    """Whether one row goes over many lines."""
    import numpy as np

    if outside.all():
        return False
    steps = np.diff(np.flatnonzero(outside), prepend=-1)
    return bool((steps > _MOST_BREAKS).any())


def _refuse_odd(piece: bytes, codes: Bytes, ends: Numbers, form: _Form, *, between: int) -> None:
    """Refuse mixed line ends, rows of another width, and rows that are blank, very long, or empty in every column."""
    import numpy as np

    returns = piece.count(b"\r") if b"\r" in piece else 0
    returned = codes[ends - 1] == _CR if returns else np.zeros(1, dtype=bool)
    mixed = not returned.all() if form.end == b"\r\n" else bool(returned.any())
    ragged = between != len(ends) * (form.width - 1)
    lengths = np.diff(ends, prepend=-1) - len(form.end)
    blank, far = lengths.min() <= 0, lengths.max() > _LONGEST_ROW
    if mixed or ragged or blank or far or returns != (piece.count(b"\r\n") if returns else 0):
        raise _InDoubt
    if lengths.min() < 3 * form.width and _empty(piece, codes, ends - len(form.end) + 1, lengths, form):
        raise _InDoubt


def _empty(piece: bytes, codes: Bytes, ends: Numbers, lengths: Numbers, form: _Form) -> bool:
    """Whether a row has nothing in any column, or so many may have that it is not worth the while."""
    import numpy as np

    starts = ends - lengths
    edges = np.zeros(256, dtype=bool)
    edges[[form.delimiter[0], _QUOTE]] = True
    short = np.flatnonzero((lengths < 3 * form.width) & edges[codes[starts]] & edges[codes[ends - 1]])
    if len(short) > _MOST_SHORT:
        return True
    return any(not piece[starts[i] : ends[i]].strip(form.delimiter + b'"') for i in short)
