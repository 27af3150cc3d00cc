"""Text in a drawing that cannot wrap it: how wide words are, where lines break, and the elements that say them.

Widths are estimates of a sans-serif face, a little on the wide side: what is drawn keeps inside its cell in any font.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from cxkit._blocks import Quiet, Strong, Tag

if TYPE_CHECKING:
    from cxkit._blocks import Inline, Line

__all__ = ["Word", "clean", "leans_right", "rows_of", "say_row", "width_of"]

_NARROW, _SLIM, _BROAD = (
    frozenset("ijl.,:;'|!· "),
    frozenset('frtI()[]-/"\u201c\u201d\u2018\u2019'),
    frozenset("mwMW%@—…"),
)
PAD = 8.0  # of a pill, on either side
HEAVY = frozenset(("strong", "head", "better", "worse"))
GAP = 0.28  # between words, in widths of the letter


@dataclass(frozen=True, slots=True)
class Word:
    """What is not broken: its text and how it is shown ("plain", "strong", "quiet", or the tone of a pill)."""

    text: str
    style: str
    width: float
    pill: bool = False


def width_of(text: str, size: float, *, strong: bool = False) -> float:
    """How wide a text is about, in the units of its size.

    Example:
        >>> width_of("ill", 10) < width_of("mom", 10) < width_of("本人確認", 10)
        True
    """
    return sum(_letter(c) for c in text) * size * (1.07 if strong else 1.0)


def rows_of(line: Line | str, width: float, size: float) -> list[list[Word]]:
    """A line as the rows that it takes in a width; no word is lost, and one that is too long is broken."""
    rows: list[list[Word]] = [[]]
    used = 0.0
    for word in _words((line,) if isinstance(line, str) else line, width, size):
        if word is None:
            rows.append([])
            used = 0.0
            continue
        gap = GAP * size if rows[-1] else 0.0
        if rows[-1] and used + gap + word.width > width:
            rows.append([])
            used = gap = 0.0
        rows[-1].append(word)
        used += gap + word.width
    return [r for r in rows if r]


def say_row(
    row: Sequence[Word], x: float, y: float, *, size: float, colours: dict[str, str], right: float | None = None
) -> str:
    """A row as elements.

    Args:
        row: Its words.
        x: Where it begins.
        y: Its base line.
        size: Of the letters.
        colours: Of each style, and of the pills' grounds as `pill-…`.
        right: Where the row begins if its line runs from right to left, else None.
    """
    if any(w.pill for w in row):
        return "".join(_placed(row, x, y, size, colours))
    runs = [(style, " ".join(w.text for w in run)) for style, run in groupby(row, key=lambda w: w.style)]
    spans = " ".join(_span(style, text, colours) for style, text in runs)
    way = f' x="{_n(right)}" direction="rtl"' if right is not None else f' x="{_n(x)}"'
    return f'<text{way} y="{_n(y)}" font-size="{_n(size)}">{spans}</text>'


def leans_right(text: str) -> bool:
    """Whether a text begins in a script that runs from right to left.

    Example:
        >>> leans_right("12 \u05d0\u05d1"), leans_right("12 ab")
        (True, False)
    """
    strong = (unicodedata.bidirectional(c) for c in text)
    return next((kind in ("R", "AL") for kind in strong if kind in ("L", "R", "AL")), False)


def clean(text: str) -> str:
    """A text as XML may hold it: without the control characters that it may not, and escaped."""
    return escape("".join(c for c in text if c in "\t\n" or (c >= " " and c not in "\ufffe\uffff\x7f")))


def _letter(c: str) -> float:
    if unicodedata.combining(c) or unicodedata.category(c) in ("Mn", "Cf"):
        return 0.0
    if unicodedata.east_asian_width(c) in ("W", "F"):
        return 1.05
    if c in _NARROW:
        return 0.3
    if c in _SLIM:
        return 0.4
    return 0.92 if c in _BROAD else 0.72 if c.isupper() else 0.59


def _words(line: Iterable[Inline], width: float, size: float) -> Iterator[Word | None]:
    """The words of a line; None where it breaks."""
    for part in line:
        text, style = (part, "plain") if isinstance(part, str) else (part.text, _style(part))
        if isinstance(part, Tag):
            room = width - 2 * PAD
            yield from (Word(t, style, width_of(t, size) + 2 * PAD, pill=True) for t in _packed(text, room, size))
            continue
        for i, one in enumerate(text.split("\n")):
            if i:
                yield None
            strong = style == "strong"
            pieces = (p for w in one.split(" ") if w for p in _broken(w, width, size))
            yield from (Word(p, style, width_of(p, size, strong=strong)) for p in pieces)


def _style(part: Strong | Quiet | Tag) -> str:
    return part.tone if isinstance(part, Tag) else "strong" if isinstance(part, Strong) else "quiet"


def _packed(text: str, width: float, size: float) -> Iterator[str]:
    """A text in rows of whole words that fit; a word that does not is broken."""
    row = ""
    for piece in (p for w in text.split() for p in _broken(w, width, size)):
        longer = f"{row} {piece}" if row else piece
        if row and width_of(longer, size) > width:
            yield row
            longer = piece
        row = longer
    if row:
        yield row


def _broken(word: str, width: float, size: float) -> Iterator[str]:
    """A word in pieces that fit."""
    piece, used = "", 0.0
    for c in word:
        wide = _letter(c) * size * 1.07
        if piece and wide and used + wide > width:
            yield piece
            piece, used = "", 0.0
        piece, used = piece + c, used + wide
    if piece.strip():
        yield piece.strip()


def _placed(row: Sequence[Word], x: float, y: float, size: float, colours: dict[str, str]) -> Iterator[str]:
    for word in row:
        if word.pill:
            ground, ink = colours[f"pill-{word.style}"], colours[f"on-{word.style}"]
            yield (
                f'<rect x="{_n(x)}" y="{_n(y - size - 1.5)}" width="{_n(word.width)}" height="{_n(size + 6)}" '
                f'rx="{_n(size / 2 + 3)}" fill="{ground}"/>'
                f'<text x="{_n(x + word.width / 2)}" y="{_n(y)}" font-size="{_n(size)}" text-anchor="middle" '
                f'fill="{ink}">{clean(word.text)}</text>'
            )
        else:
            span = _span(word.style, word.text, colours)
            yield f'<text x="{_n(x)}" y="{_n(y)}" font-size="{_n(size)}">{span}</text>'
        x += word.width + GAP * size


def _span(style: str, text: str, colours: dict[str, str]) -> str:
    weight = ' font-weight="600"' if style in HEAVY else ""
    return f'<tspan fill="{colours[style]}"{weight}>{clean(text)}</tspan>'


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
