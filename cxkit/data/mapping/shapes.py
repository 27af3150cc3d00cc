"""What the values of a column look like, from a sample of its rows: numbers, dates, ids, words, free text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cxkit.data.dates import Dates, find_dates
from cxkit.data.presets.base import plain

__all__ = ["YES_NO", "Shape", "shape_of"]

_NEARLY_ALL = 0.95
_FREE_TEXT = 40  # letters of an answer, on average, from which it was written rather than chosen
_LONGEST_NUMBER = 60
_SENTENCE = 3.5  # words of it on average
_FEW, _SHARE_OF_FEW = 30, 0.5
YES_NO = {
    "true": "true", "yes": "true", "y": "true", "t": "true", "1": "true", "ja": "true", "j": "true", "oui": "true",
    "wahr": "true", "vrai": "true", "waar": "true", "x": "true", "si": "true", "false": "false", "no": "false",
    "n": "false", "f": "false", "0": "false", "nein": "false", "non": "false", "falsch": "false", "faux": "false",
    "nee": "false", "onwaar": "false",
}  # fmt: skip
"""How yes and no are written, in small letters."""


@dataclass(frozen=True)
class Shape:
    """One column of an export, as far as its sample goes.

    Attributes:
        place: Where it stands, from 1.
        header: Its header as it stands.
        question: What was asked, in full, where the tool says that elsewhere; else the header.
        rows: Rows of the sample.
        counts: How often each value stands there.
        whole: How often each whole number stands there.
        numbers: Share of the values that are numbers.
        dates: How they are written, if they are dates.
        unique: Whether the header stands once in the file.
        also: Other names that the tool has for it.
    """

    place: int
    header: str
    question: str
    rows: int
    counts: Mapping[str, int]
    whole: Mapping[int, int] = field(default_factory=dict[int, int])
    numbers: float = 0.0
    dates: Dates | None = None
    unique: bool = True
    also: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """Rows with a value."""
        return sum(self.counts.values())

    @property
    def filled(self) -> float:
        """Share of the rows that have a value."""
        return self.n / self.rows if self.rows else 0.0

    @property
    def apart(self) -> float:
        """How far the values tell rows apart: 1 where no two are the same."""
        return len(self.counts) / self.n if self.n else 0.0

    @property
    def name(self) -> str:
        """How the mapping names the column: its header where that is enough, else its position."""
        return self.header.strip() if self.unique and self.header.strip() else f"#{self.place}"

    @property
    def words(self) -> str:
        """Header and question for comparison."""
        head, asked = plain(self.header), plain(self.question)
        return head if asked == head else f"{head} {asked}".strip()

    @property
    def length(self) -> float:
        """Letters of a value on average."""
        return sum(len(v) * n for v, n in self.counts.items()) / self.n if self.n else 0.0

    @property
    def is_integer(self) -> bool:
        """Whether nearly all values are whole numbers."""
        return self.n > 0 and sum(self.whole.values()) >= _NEARLY_ALL * self.n

    @property
    def is_number(self) -> bool:
        """Whether nearly all values are numbers."""
        return self.n > 0 and self.numbers >= _NEARLY_ALL

    @property
    def is_yes_no(self) -> bool:
        """Whether all values say yes or no."""
        return self.n > 0 and all(v.casefold() in YES_NO for v in self.counts)

    @property
    def is_text(self) -> bool:
        """Whether most values are words."""
        return self.n > 0 and self.dates is None and self.numbers < 0.5

    @property
    def is_free_text(self) -> bool:
        """Whether people wrote it themselves, rather than chose it."""
        if not self.is_text:
            return False
        long = self.length > _FREE_TEXT or any(len(v) > 3 * _FREE_TEXT for v in self.counts)
        return long or (self.n >= _FEW and self.apart > 0.5 and self._words_of_each > _SENTENCE)

    @property
    def _words_of_each(self) -> float:
        return sum(len(v.split()) for v in self.counts) / len(self.counts)

    @property
    def is_group(self) -> bool:
        """Whether few words come again and again, as names of segments do."""
        few = 2 <= len(self.counts) <= min(_FEW, max(2, _SHARE_OF_FEW * self.n))
        return self.is_text and few and not self.is_free_text


def shape_of(
    values: Sequence[str | None], *, place: int, header: str, question: str = "", decimal: str = ".",
    unique: bool = True, also: Sequence[str] = (),
) -> Shape:  # fmt: skip
    """The shape of a column from some of its values.

    Example:
        >>> found = shape_of(["North", "South", None, "North", "South"], place=3, header="Region")
        >>> found.is_group, found.filled, found.name
        (True, 0.8, 'Region')
    """
    texts = [v.strip() for v in values if v and v.strip()]
    counts = Counter(texts)
    whole: Counter[int] = Counter()
    for text, n in counts.items():
        if (number := _whole(text)) is not None:
            whole[number] += n
    numbers = sum(n for text, n in counts.items() if _is_number(text, decimal)) / len(texts) if texts else 0.0
    dates = find_dates(texts) if texts else None
    return Shape(place, header, question or header, len(values), counts, whole, numbers, dates, unique, tuple(also))


def _whole(text: str) -> int | None:
    return int(re.split(r"[.,]", text)[0]) if re.fullmatch(r"[-+]?\d{1,18}([.,]0*)?", text) else None


def _is_number(text: str, decimal: str) -> bool:
    thousands = "." if decimal == "," else ","
    pattern = rf"[-+]?[\d{thousands}\u00a0\u202f ']*\d([{decimal}]\d+)?([eE][-+]?\d+)?"
    return len(text) <= _LONGEST_NUMBER and bool(re.fullmatch(pattern, text))
