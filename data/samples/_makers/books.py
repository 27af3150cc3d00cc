"""The team and the costs, for the samples that come after the first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from .chance import Chance
from .dates import any_day

HOURS = {"1.0": 60, "0.8": 22, "0.5": 18}
LEFT = 0.15


def team_rows(
    jobs: Mapping[tuple[str, str], int], *, days: tuple[date, date], chance: Chance
) -> list[Sequence[object]]:
    """Return a row for each person: id, team, role, hours, first day, last day."""
    rows: list[Sequence[object]] = []
    for number, (team, role) in enumerate(job for job, count in jobs.items() for _ in range(count)):
        start = any_day(date(2018, 1, 1), date(2026, 6, 30), chance)
        left = chance.happens(LEFT)
        end = any_day(max(start, days[0]), days[1], chance)
        rows.append((f"E{1001 + number}", team, role, chance.weighed(HOURS), start, end if left else None))
    return rows


def cost_rows(costs: Mapping[str, int], months: Sequence[date], chance: Chance) -> list[tuple[date, str, int]]:
    """Return month, line and amount in cents of each cost line, within four per cent of its usual level in euros."""
    return [
        (month, line, level * chance.between(9_600, 10_400) // 100) for month in months for line, level in costs.items()
    ]
