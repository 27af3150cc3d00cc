"""Which exports a number may have changed for: those that feed its table and differ in its months."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cxkit.data.arrivals import Arrival
from cxkit.data.settings import Source
from cxkit.evidence.manifest import ArrivalRecord, Change
from cxkit.kpi.cube import Request
from cxkit.kpi.measure import Measured
from cxkit.kpi.tables import tables_of

__all__ = ["Feeds", "feeds_of", "records_of", "with_causes"]

Months = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Feeds:
    """What the numbers are made of.

    Attributes:
        tables: The contract tables that each KPI reads.
        wide: KPIs whose number of a period rests on rows of other months too, as churn and repeat purchase do.
        months: First and last month of each period.
    """

    tables: Mapping[str, frozenset[str]]
    wide: frozenset[str]
    months: Mapping[str, Months]


def feeds_of(request: Request, measured: Measured, sources: Sequence[Source]) -> Feeds:
    """The tables and months that each KPI rests on.

    Args:
        request: What was measured.
        measured: How.
        sources: Where the tables come from.
    """
    # A row of a customer that nobody knows is left out, so a change of the customers may be one of any number.
    refer = {s.table for s in sources if s.unknown_customers == "reject" and "customer_id" in s.columns}
    tables: dict[str, frozenset[str]] = {}
    wide: set[str] = set()
    for (kpi, _), plan in measured.plans.items():
        found = tables_of(plan)
        if "customers" in request.columns and (plan.refers or found & refer):
            found.add("customers")
        tables[kpi] = tables.get(kpi, frozenset[str]()) | found
        if plan.derived is not None:
            wide.add(kpi)
    periods = (p for length in request.lengths for p in request.periods(length))
    months = {p.name: (f"{p.start:%Y-%m}", f"{p.end - dt.timedelta(days=1):%Y-%m}") for p in periods}
    return Feeds(tables, frozenset(wide), months)


def with_causes(changes: Iterable[Change], arrivals: Sequence[Arrival], feeds: Feeds) -> list[Change]:
    """The changes, each with the exports that it may come from; a definition that changed is its own cause."""
    mattering = [a for a in arrivals if a.matters]
    if not mattering:
        return list(changes)
    return [c if c.cause == "definition" else _caused(c, mattering, feeds) for c in changes]


def records_of(arrivals: Iterable[Arrival]) -> tuple[ArrivalRecord, ...]:
    """What may be handed on of them: which export, and which months."""
    return tuple(
        ArrivalRecord(path=a.path, source=a.source, state=a.state, first=a.first, last=a.last, was=a.was)
        for a in arrivals
        if a.state != "columns"  # which no number rests on
    )


def _caused(change: Change, arrivals: Sequence[Arrival], feeds: Feeds) -> Change:
    tables, months = _rests_on(change.cell, feeds)
    named = dict.fromkeys(_name(a) for a in arrivals if a.table in tables and _touches(a, months))
    return change.model_copy(update={"because": tuple(named)})


def _rests_on(cell: str, feeds: Feeds) -> tuple[frozenset[str], Months | None]:
    """The tables behind a cell or finding, and its months; None where rows of any month may be."""
    kind, *rest = cell.split("/")
    if kind in feeds.tables:
        return feeds.tables[kind], None if kind in feeds.wide else feeds.months.get(rest[0])
    if kind == "journey":
        return frozenset({"interactions", "customers"}), None
    return feeds.tables.get(rest[0], frozenset()) if rest else frozenset(), None


def _touches(arrival: Arrival, months: Months | None) -> bool:
    if months is None or not arrival.first:
        return True
    return arrival.first <= months[1] and months[0] <= arrival.last


def _name(arrival: Arrival) -> str:
    return f"{arrival.path}: {arrival.source}" if arrival.state == "mapping" else arrival.path
