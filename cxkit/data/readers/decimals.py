"""Whether the numbers of a file have a decimal comma or a decimal point, by all of them together.

`1,5` can only be the one and `1,234.5` only the other; `1,234` alone can be a thousand or a little more than one, and
is asked about rather than guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from cxkit.data.readers.kinds import Column, kind_of

__all__ = ["Decimals", "OddColumn", "find_decimal"]

Mark = Literal[".", ","]
_OTHER: dict[str, Mark] = {",": ".", ".": ","}
_BESIDE = re.compile(r"[\s€$£¥%()+'\u00a0\u202f-]")
_FEW = 3


@dataclass(frozen=True, slots=True)
class OddColumn:
    """A column of numbers that cannot be read for sure.

    Attributes:
        at: Its place.
        values: Up to two of its values that show it.
        why: What is odd, as a sentence without its end.
        open: Whether a number elsewhere would answer it.
    """

    at: int
    values: tuple[str, ...]
    why: str
    open: bool = False


@dataclass(frozen=True, slots=True)
class Decimals:
    """The decimal mark of a file.

    Attributes:
        mark: The mark; a point where nothing shows it.
        shows: Whether any number shows it.
        odd: Columns that are not sure.
    """

    mark: Mark = "."
    shows: bool = False
    odd: tuple[OddColumn, ...] = ()


@dataclass(slots=True)
class _Tally:
    """Values of a column by what they show."""

    by_mark: dict[str, list[str]] = field(default_factory=lambda: {",": [], ".": []})
    open_: dict[str, list[str]] = field(default_factory=lambda: {",": [], ".": []})
    small: int = 0
    large: int = 0


def find_decimal(columns: Sequence[Column], *, delimiter: str = "") -> Decimals:
    """The decimal mark of the numbers in some columns.

    Args:
        columns: All columns of the file, or of a sample of it.
        delimiter: What parts them; where it is a comma, numbers hardly have one for another reason than thousands.

    Example:
        >>> from cxkit.data.readers.kinds import columns_of
        >>> find_decimal(columns_of([["C1", "1,5"], ["C2", "1.234,5"]], wide=2)).mark
        ','
    """
    tallies = {i: _tally(c.cells) for i, c in enumerate(columns) if c.kind == "number"}
    sure = {i: next(m for m in ",." if t.by_mark[m]) for i, t in tallies.items() if _sides(t) == 1}
    likely = {i: m for i, t in tallies.items() if _sides(t) == 0 and (m := _by_thousands(t, delimiter))}
    votes = [*sure.values()] or [*likely.values()]
    mark: Mark = "," if votes.count(",") > votes.count(".") else "."
    odd: list[OddColumn] = []
    for i, tally in tallies.items():
        verdict = sure.get(i) or likely.get(i)
        if _sides(tally) == 2:
            pair = tally.by_mark[","][0], tally.by_mark["."][0]
            odd.append(OddColumn(i, pair, "the numbers have a decimal comma in some rows and a point in others"))
        elif verdict and verdict != mark:
            values = (tally.by_mark[verdict] or tally.open_[_OTHER[verdict]])[:2]
            odd.append(
                OddColumn(i, tuple(values), f"the numbers have {_said(verdict)}, others of the file {_said(mark)}")
            )
        elif not verdict and not votes and (there := tally.open_[","] or tally.open_["."]):
            odd.append(
                OddColumn(i, (there[0],), "it cannot be told whether the mark parts thousands or decimals", True)
            )
    return Decimals(mark, bool(votes), tuple(odd))


def _said(mark: str) -> str:
    return "a decimal comma" if mark == "," else "a decimal point"


def _sides(tally: _Tally) -> int:
    return sum(bool(values) for values in tally.by_mark.values())


def _tally(cells: Sequence[str]) -> _Tally:
    found = _Tally()
    for cell in (c for c in cells if kind_of(c) == "number"):
        text = _BESIDE.sub("", cell)
        if text.isdigit():
            found.small += len(text) < 4
            found.large += len(text) >= 4
            continue
        mark, sure = _shows(text)
        if mark:
            (found.by_mark if sure else found.open_)[mark].append(cell)
    return found


def _shows(text: str) -> tuple[str, bool]:
    """The decimal mark that one number shows, and True; or a mark that may be either, and False."""
    marks = [c for c in text if c in ",."]
    if not marks:
        return "", False
    if len(set(marks)) == 2:
        last = marks[-1]
        return (last, True) if marks.count(last) == 1 else ("", False)
    mark = marks[0]
    whole, *groups = text.split(mark)
    thousands = all(len(g) == 3 and g.isdigit() for g in groups) and 0 < len(whole) < 4 and whole[0] != "0"
    if len(groups) > 1:
        return (_OTHER[mark], True) if thousands else ("", False)
    return mark, not thousands


def _by_thousands(tally: _Tally, delimiter: str) -> str:
    """The decimal mark of a column that has another mark at thousands only, and smaller numbers without it."""
    for mark in ",.":
        few = 1 if mark == delimiter == "," else _FEW
        if len(tally.open_[mark]) >= few and tally.small >= few and not tally.large and not tally.open_[_OTHER[mark]]:
            return _OTHER[mark]
    return ""
