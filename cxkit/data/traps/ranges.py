"""Ranges such as 1-5 that a spreadsheet has turned into dates: 01-May, May 05, 2026-05-01 00:00:00."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cxkit.data.codes import mapping_line
from cxkit.data.faults import Fault
from cxkit.data.traps.base import Look
from cxkit.data.traps.texts import is_id

__all__ = ["find_ranges_as_dates"]

_MONTHS = {
    "jan": 1, "feb": 2, "mar": 3, "mär": 3, "mrz": 3, "apr": 4, "may": 5, "mai": 5, "jun": 6, "jul": 7, "aug": 8,
    "sep": 9, "oct": 10, "okt": 10, "nov": 11, "dec": 12, "dez": 12,
}  # fmt: skip
_NAME = "|".join(_MONTHS)
_DAY_MONTH = re.compile(rf"(\d{{1,2}})[-. ]+({_NAME})\w*\.?", re.IGNORECASE)
_MONTH_DAY = re.compile(rf"({_NAME})\w*\.?[- ](\d{{1,2}})", re.IGNORECASE)
_WHOLE = re.compile(r"\d{4}-(\d{2})-(\d{2})( 00:00:00)?")
_NUMERIC = re.compile(r"(\d{1,2})/(\d{1,2})/\d{4}")


def find_ranges_as_dates(look: Look) -> Iterator[Fault]:
    """Days among the values of a column of texts, which nobody would cut by."""
    for f in look.fields:
        texts, mapped = look.values.get(f.name), look.mapped(f.name)
        if texts is None or not texts.whole or is_id(look.source, f):
            continue
        given = [v for v in texts.counts if v not in mapped.real and v not in mapped.values]
        found = {v: r for v in given if (r := _range(v))}
        short = any(_DAY_MONTH.fullmatch(v) for v in found)
        if not found or (len(found) == len(texts.counts) and not short):
            continue
        file, row = look.first(f.typed.copy().isin(*found))
        count = sum(texts.counts[v] for v in found)
        what = "a day among texts: a spreadsheet has probably made it of a range such as 1-5 or a code"
        values = found | ({} if mapped.values else {"*": "*"})
        hint = (
            f"Ask what stood there, and write it in sources.yaml, source {look.source.id}: "
            f"{mapping_line(f.name, mapped, values=values)}; if these are days, write "
            f"{mapping_line(f.name, mapped, real=[*mapped.real, *found])}."
        )
        yield Fault(
            file, row, f.header, next(iter(found)), what, hint=hint, stops=True, count=count, stands_for=tuple(found)
        )


def _range(value: str) -> str:
    """The range that a date was probably made of, the lower number first; "" where it is no date.

    Example:
        >>> [_range(v) for v in ("01-May", "5-Jan", "Oct-06", "2026-05-01 00:00:00", "Web", "1-5")]
        ['1-5', '1-5', '6-10', '1-5', '', '']
    """
    if m := _DAY_MONTH.fullmatch(value):
        pair = int(m[1]), _MONTHS[m[2].lower()]
    elif m := _MONTH_DAY.fullmatch(value):
        pair = _MONTHS[m[1].lower()], int(m[2])
    elif m := _WHOLE.fullmatch(value) or _NUMERIC.fullmatch(value):
        pair = int(m[1]), int(m[2])
    else:
        return ""
    return f"{min(pair)}-{max(pair)}"
