"""Periods: their names, their ends, and which of them the data cover whole."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass

__all__ = ["Period", "complete_periods", "name_of", "starts"]

_MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time: its name, its first day, and the first day after it."""

    name: str
    start: dt.date
    end: dt.date


def complete_periods(length: str, *, first: dt.date, last: dt.date, grace: int = 0) -> list[Period]:
    """The periods of a length that lie wholly within the data, oldest first.

    Args:
        length: month, quarter, half, year or all.
        first: First day of the data.
        last: Last day of the data.
        grace: Days by which the first row may come after the first day that was asked for.

    Example:
        >>> [p.name for p in complete_periods("quarter", first=dt.date(2026, 1, 1), last=dt.date(2026, 10, 31))]
        ['2026-Q1', '2026-Q2', '2026-Q3']
    """
    after = last + dt.timedelta(days=1)
    if length == "all":
        return [Period("all", first, after)]
    step = _MONTHS[length]
    begun = first.replace(day=1) if first.day <= grace + 1 else first
    start = begun.replace(day=1, month=(begun.month - 1) // step * step + 1)
    begins = itertools.takewhile(lambda s: _plus(s, step) <= after, starts(start, step))
    return [Period(name_of(s, length), s, _plus(s, step)) for s in begins if s >= begun]


def starts(first: dt.date, months: int) -> itertools.accumulate[dt.date]:
    """First days of periods of so many months, without end."""
    return itertools.accumulate(itertools.repeat(months), _plus, initial=first)


def name_of(start: dt.date, length: str) -> str:
    """The name of the period of a length that begins on a day.

    Example:
        >>> name_of(dt.date(2026, 7, 1), "quarter"), name_of(dt.date(2026, 7, 1), "half")
        ('2026-Q3', '2026-H2')
    """
    if length == "quarter":
        return f"{start.year}-Q{(start.month - 1) // 3 + 1}"
    if length == "half":
        return f"{start.year}-H{(start.month - 1) // 6 + 1}"
    return {"month": f"{start:%Y-%m}", "year": f"{start.year}", "all": "all"}[length]


def _plus(day: dt.date, months: int) -> dt.date:
    total = day.year * 12 + day.month - 1 + months
    return dt.date(total // 12, total % 12 + 1, 1)
