"""In which order files of one export came: where a key comes again, the later file counts."""

from __future__ import annotations

import re

__all__ = ["in_order"]

_COPY = re.compile(r"(.+?)(?: ?\((\d+)\)| - copy| copy)", re.IGNORECASE | re.DOTALL)


def in_order(name: str) -> tuple[object, ...]:
    """What files are sorted by, so that the later of two comes last: numbers count as numbers, a copy comes after.

    A browser that fetches an export again writes "answers (1).csv".

    Example:
        >>> sorted(["a/m10.csv", "a/m9.csv", "a/m9 (1).csv"], key=in_order)
        ['a/m9.csv', 'a/m9 (1).csv', 'a/m10.csv']
    """
    folder, _, file = name.rpartition("/")
    stem, dot, ending = file.rpartition(".")
    stem, ending = (stem, ending) if dot else (file, "")
    copy = _COPY.fullmatch(stem)
    again = int(copy[2] or 1) if copy else 0
    return (_natural(folder), _natural(copy[1] if copy else stem), again, ending, name)


def _natural(text: str) -> tuple[tuple[int, str], ...]:
    parts = re.split(r"(\d{1,18})", text.casefold())
    return tuple((int(p), "") if p.isdecimal() else (-1, p) for p in parts if p)
