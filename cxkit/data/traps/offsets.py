"""Times of several zones in one column, or of a zone that is not the one in which the client counts days."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from cxkit.data.conform import Field
from cxkit.data.faults import Fault
from cxkit.data.probes import zoned
from cxkit.data.traps.base import Look
from cxkit.data.zones import OFFSET

__all__ = ["find_mixed_zones"]

_HOUR = 60


def find_mixed_zones(look: Look) -> Iterator[Fault]:
    """Columns of times that name their zone, where nobody said in which one days are counted."""
    for f in look.fields:
        timed, named = (look.probed.get(f"{f.name} {what}", 0) for what in ("timed", "zoned"))
        fault = _judged(look, f, timed, named) if named else None
        if fault is not None:
            yield fault


def _judged(look: Look, f: Field, timed: int, named: int) -> Fault | None:
    file, row = look.first(zoned(f))
    hint = (
        "Say in which zone the client counts days, above the sources in sources.yaml: `timezone: Europe/Berlin`, or "
        "`timezone: UTC`; times without a zone are then of that one, unless the source has a `timezone` of its own."
    )
    if named < timed:
        what = f"{named:,} times name their zone and {timed - named:,} do not, and nobody said which zone is meant"
        return Fault(file, row, f.header, "", what, hint=hint, stops=True, count=timed)
    offsets = _offsets(look, f)
    if max(offsets) - min(offsets) > _HOUR or len(offsets) > 2:  # of summer and winter
        what = f"times of {len(offsets)} zones, and nobody said in which one days are counted"
        return Fault(file, row, f.header, "", what, hint=hint, stops=True, count=named)
    if offsets == {0}:
        what = "times are in UTC, and so are the days counted: late in the evening another day may have begun there"
        return Fault(file, row, f.header, "", what, hint=hint, count=named)
    return None


def _offsets(look: Look, f: Field) -> set[int]:
    """The offsets from UTC that stand in a column, in minutes."""
    mark = exp.Anonymous(
        this="REGEXP_EXTRACT", expressions=[f.present.copy(), exp.Literal.string(OFFSET), exp.Literal.number(1)]
    )
    query = exp.select(exp.Distinct(expressions=[mark])).from_(look.texts).where(zoned(f))
    return {_minutes(row[0]) for row in look.db.rows(query)}


def _minutes(mark: str) -> int:
    """Minutes from UTC.

    Example:
        >>> [_minutes(m) for m in ("Z", "+02:00", "-0330", "+01")]
        [0, 120, -210, 60]
    """
    if mark in ("Z", ""):
        return 0
    hours, minutes = int(mark[1:3]), int(mark[3:].lstrip(":") or 0)
    return (-1 if mark[0] == "-" else 1) * (60 * hours + minutes)
