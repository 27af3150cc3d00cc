"""Months, quarters and the ways exports write a date."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from .chance import Chance


def days_of(first: date, last: date) -> Iterator[date]:
    """Yield each day from `first` to `last`."""
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        yield date.fromordinal(ordinal)


def months_of(first: date, last: date) -> list[date]:
    """Return the first day of each month from `first` to `last`."""
    return [day for day in days_of(first.replace(day=1), last) if day.day == 1]


def month_end(day: date) -> date:
    """Return the last day of the month of `day`."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def quarter_name(day: date) -> str:
    """Return the quarter of a day, as in `2026-Q3`."""
    return f"{day.year}-Q{(day.month + 2) // 3}"


def any_day(first: date, last: date, chance: Chance) -> date:
    """Return a day from `first` to `last`."""
    return date.fromordinal(chance.between(first.toordinal(), last.toordinal()))


def any_moment(day: date, chance: Chance) -> datetime:
    """Return a second between eight in the morning and eight in the evening of a day."""
    return datetime.combine(day, time(8)) + timedelta(seconds=chance.between(0, 12 * 3600 - 1))


def german_date(day: date) -> str:
    """Write a date as `01.10.2026`."""
    return f"{day.day:02d}.{day.month:02d}.{day.year}"
