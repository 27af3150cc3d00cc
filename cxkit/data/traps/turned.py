"""A question whose header says that its low end is the good one, as school marks are: it would be read turned."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cxkit.data.codes import mapping_line
from cxkit.data.contract import CONTRACTS
from cxkit.data.faults import Fault
from cxkit.data.traps.base import Look

__all__ = ["find_turned_scales", "is_turned"]

_MOST_POINTS = 11
_GOOD = (
    r"(?:very |extremely |completely |totally |sehr |äußerst |voll |très |zeer |helemaal )?"
    r"(?:satisfied|happy|good|easy|likely|excellent|best|agree|strongly agree|zufrieden|gut|leicht|einfach|"
    r"wahrscheinlich|stimme zu|stimme voll|satisfait|facile|bon|tevreden|goed|makkelijk|waarschijnlijk|eens)"
)
_POINT = r"(?<![\d.,]){n}\s*(?:=|:|\u2013|\u2014|-|is|means|bedeutet)\s*"


def find_turned_scales(look: Look) -> Iterator[Fault]:
    """Scaled columns whose header names the good end first, where nobody turned them round."""
    titles = dict(zip(look.raw.names, look.raw.titles, strict=False))
    for f in (f for f in look.fields if f.scale is not None and f.name in CONTRACTS[look.source.table].columns):
        mapped = look.mapped(f.name)
        low, high = (int(x) for x in f.scale or (0, 0))
        if mapped.values or f.header not in look.raw.headers or not 2 <= high - low < _MOST_POINTS:
            continue
        title = titles.get(look.raw.headers[f.header], f.header)
        if is_turned(title, low, high):
            turned = {str(p): str(low + high - p) for p in range(low, high + 1)}
            what = f"the header says that {low} is the good end; read as it stands, the scale is turned round"
            line, same = (mapping_line(f.name, mapped, values=v) for v in (turned, {p: p for p in turned}))
            hint = f"Write in sources.yaml, source {look.source.id}: {line}. If the header is wrong, write {same}."
            yield Fault(look.file(0), "header", f.header, "", what, hint=hint, stops=True)


def is_turned(title: str, low: int, high: int) -> bool:
    """Whether a header says that the low end of a scale is the good one.

    Example:
        >>> is_turned("How satisfied? (1 = very satisfied, 5 = very dissatisfied)", 1, 5)
        True
        >>> is_turned("10 - strongly agree, 1 - strongly disagree", 1, 10)
        False
    """
    good_low, good_high = (re.search(_POINT.format(n=n) + _GOOD + r"\b", title, re.IGNORECASE) for n in (low, high))
    return good_low is not None and good_high is None
