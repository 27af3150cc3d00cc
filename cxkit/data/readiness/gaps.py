"""Days and months that ought to have rows and have none, and months that have far too few."""

from __future__ import annotations

import datetime as dt
import itertools
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

__all__ = ["missing_days", "missing_months", "scarce_months", "usual_step"]

# cxkit defaults.
LONGEST = 24  # months of a gap; beyond, a year was mistyped
FEWEST_MONTHS = 3  # with rows, before one between them is missed
FEWEST_ROWS = 10  # that a missing stretch would usually have had, so that chance does not make it
FEWEST_WEEKS, EXPECTED = 8, 0.9  # a weekday is expected to have rows when it has them in nine of ten weeks
FEWEST_FILES = 5  # of a day each, before the folder is one of days
SCARCE, SCARCE_AT_MOST = 0.5, 0.25  # share of the usual rows; share of the months, beyond which it is a rhythm
FEWEST_A_MONTH = 30
SATURDAY = 5


def missing_months(months: Mapping[str, int]) -> tuple[str, ...]:
    """Months without rows where the rhythm of the others would have one; a survey by quarter misses none between.

    Args:
        months: Rows by month, as "2026-03"; only months with rows.

    Example:
        >>> missing_months({"2026-01": 90, "2026-02": 80, "2026-04": 85, "2026-05": 90})
        ('2026-03',)
        >>> missing_months({"2026-02": 90, "2026-05": 80, "2026-08": 85})
        ()
    """
    if len(months) < FEWEST_MONTHS or statistics.median(months.values()) < FEWEST_ROWS:
        return ()
    step = usual_step(months)
    numbers = sorted(map(_number, months))
    gaps = [(a, z) for a, z in itertools.pairwise(numbers) if z - a <= LONGEST]
    found = [n for a, z in gaps for n in range(a + step, z, step)]
    return tuple(map(_name, found))


def usual_step(months: Iterable[str]) -> int:
    """How many months lie between two with rows as a rule; 1 where nothing tells.

    Example:
        >>> usual_step(["2026-02", "2026-05", "2026-08"]), usual_step(["2026-02"])
        (3, 1)
    """
    numbers = sorted(map(_number, months))
    steps = Counter(z - a for a, z in itertools.pairwise(numbers))
    return min(steps, key=lambda s: (-steps[s], s)) if steps else 1


def scarce_months(days: Mapping[dt.date, int]) -> tuple[tuple[str, int, int], ...]:
    """Whole months with less than half of the usual rows: the month, its rows, the usual ones.

    The first and the last month are left out unless the rows reach to their ends. Where many months are so, it is
    how the table is and no fault.

    Example:
        >>> full = {dt.date(2026, m, d): 10 for m in range(1, 7) for d in range(1, 29)}
        >>> scarce_months(full | {dt.date(2026, 3, d): 3 for d in range(1, 29)})
        (('2026-03', 84, 280),)
    """
    months: Counter[str] = Counter()
    for day, n in days.items():
        months[f"{day:%Y-%m}"] += n
    names = sorted(months)
    if days and min(days).day > 3:
        names = names[1:]
    if days and (max(days) + dt.timedelta(days=3)).month == max(days).month:
        names = names[:-1]
    if len(names) < FEWEST_MONTHS + 1:
        return ()
    usual = statistics.median(months[m] for m in names)
    low = [(m, months[m], round(usual)) for m in names if months[m] < SCARCE * usual]
    return tuple(low) if usual >= FEWEST_A_MONTH and len(low) <= SCARCE_AT_MOST * len(names) else ()


def missing_days(
    days: Mapping[dt.date, int], *, files: Sequence[tuple[dt.date | None, dt.date | None]] = ()
) -> tuple[tuple[dt.date, dt.date], ...]:
    """Runs of days without rows that ought to have some: first and last day of each.

    Days are expected where each file holds one of them, or where their weekday nearly always has rows. Whole months
    are `missing_months`' to say.

    Args:
        days: Rows by day; only days with rows.
        files: First and last day of each file.

    Example:
        >>> monday = dt.date(2026, 1, 5)
        >>> days = {monday + dt.timedelta(days=i): 40 for i in range(90) if i not in (30, 31)}
        >>> [(str(a), str(z)) for a, z in missing_days(days)]
        [('2026-02-04', '2026-02-05')]
    """
    if not days:
        return ()
    first, last = min(days), max(days)
    usual = _usual(days, by_day=_holds_days(files))
    months = {f"{d:%Y-%m}" for d in days}
    runs: list[list[dt.date]] = []
    day, ended = first, True
    while day <= last:
        if day in days:
            ended = True
        elif day.weekday() in usual and f"{day:%Y-%m}" in months:
            # A closed weekend within a missing week does not end it.
            runs += [[]] if ended else []
            runs[-1].append(day)
            ended = False
        day += dt.timedelta(days=1)
    fewest = 0 if _holds_days(files) else FEWEST_ROWS
    return tuple((r[0], r[-1]) for r in runs if sum(usual[d.weekday()] for d in r) >= fewest)


def _usual(days: Mapping[dt.date, int], *, by_day: bool) -> dict[int, float]:
    """Usual rows of each weekday that is expected to have any."""
    first, last = min(days), max(days)
    found: dict[int, float] = {}
    for weekday in range(7):
        counts = [n for d, n in days.items() if d.weekday() == weekday]
        start = first + dt.timedelta(days=(weekday - first.weekday()) % 7)
        weeks = max((last - start).days // 7 + 1, 0)
        regular = weeks >= FEWEST_WEEKS and len(counts) >= EXPECTED * weeks
        # In a folder of one or two weeks nothing but the calendar tells which day of work is missing.
        once = weeks == 1 and weekday < SATURDAY
        if by_day and (counts or once):
            found[weekday] = statistics.median(counts or days.values())
        elif counts and regular:
            found[weekday] = statistics.median(counts)
    return found


def _holds_days(files: Sequence[tuple[dt.date | None, dt.date | None]]) -> bool:
    spans = [(a, z) for a, z in files if a is not None and z is not None]
    return len(spans) >= FEWEST_FILES and all(a == z for a, z in spans)


def _number(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:]) - 1


def _name(number: int) -> str:
    return f"{number // 12:04d}-{number % 12 + 1:02d}"
