"""Whose a journey is: the customers behind the numbers in a log, so that what else is known of them can be joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from sqlglot import exp

from cxkit.journey.log import UNITS

if TYPE_CHECKING:
    from cxkit.journey.log import EventLog
    from cxkit.journey.study import Study

__all__ = ["PEOPLE", "in_order", "known_units", "name_people", "places_of"]

PEOPLE = "journey_people"
_NAMELESS = "journey_nameless"
Places = NDArray[np.int64]
Mask = NDArray[np.bool_]


def name_people(study: Study) -> None:
    """Make the table `journey_people`: the id of each customer who is known, and the customer's number in the log."""
    if "people" not in study.memo:
        row = exp.Window(this=exp.RowNumber(), order=exp.Order(expressions=[exp.column("customer")]))
        number = exp.Sub(this=row, expression=exp.Literal.number(1))
        each = exp.select("customer").distinct().from_(UNITS).subquery("c")
        numbered = exp.select("customer", number.as_("number")).from_(each)
        nameless = _nameless(study)
        if nameless is not None:
            unknown = exp.select("unit").from_(nameless)
            outer = exp.select("customer", "number").from_(numbered.subquery("n"))
            numbered = outer.where(exp.column("customer").isin(query=unknown).not_())
        study.db.create(PEOPLE, numbered)
        study.memo["people"] = True


def known_units(study: Study) -> Mask:
    """Of each code of a journey, whether anybody knows whose it is."""
    if "known" not in study.memo:
        found = np.ones(int(study.full.code.max(initial=-1)) + 1, dtype=bool)
        nameless = _nameless(study)
        if nameless is not None:
            same = exp.column("unit", table="u").eq(exp.column("unit", table="n"))
            codes = exp.select(exp.column("code", table="u")).from_(exp.to_table(UNITS, alias="u"))
            codes = codes.join(exp.to_table(nameless, alias="n"), on=same)
            found[[int(c) for (c,) in study.db.rows(codes)]] = False
        study.memo["known"] = found
    return study.memo["known"]


def in_order(log: EventLog) -> Places:
    """Places of the events customer after customer, each in the order of time.

    Example:
        >>> from cxkit.journey.log import EventLog
        >>> journeys = [[(0, 0, ""), (5, 1, "")], [(1, 0, "")], [(2, 0, "")]]
        >>> log = EventLog.of(journeys, steps=2, until=9, customers=[1, 0, 1])
        >>> in_order(log).tolist()
        [2, 0, 3, 1]
    """
    order = np.argsort(log.customer, kind="stable")
    sizes = np.diff(log.first)[order]
    ends = np.cumsum(sizes)
    events = np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(log.first[:-1][order] - (ends - sizes), sizes)
    # Only where a customer has several journeys may their events be mixed.
    several = np.bincount(log.customer)[log.customer[order]] > 1 if len(order) else np.zeros(0, dtype=bool)
    mixed = np.flatnonzero(np.repeat(several, sizes))
    if len(mixed):
        who = np.repeat(log.customer[order], sizes)[mixed]
        events[mixed] = events[mixed][np.lexsort((log.at[events[mixed]], who))]
    return events


def places_of(study: Study, code: NDArray[np.integer]) -> Places:
    """Where the journeys with these codes stand in `study.log`; -1 for those that are not in it."""
    mine = study.log.code
    if not len(mine):
        return np.full(len(code), -1)
    place = np.minimum(np.searchsorted(mine, code), len(mine) - 1)
    return np.where(mine[place] == code, place, -1)


def _nameless(study: Study) -> str | None:
    """The table of the cases of which no row says whose they are; None where there are none."""
    unit, customer = exp.column(study.source.unit), exp.column("customer_id")
    if study.source.unit == "customer_id":
        return None
    if "nameless" not in study.memo:
        none = exp.select(exp.Count(this=exp.Star())).from_("interactions").where(customer.is_(exp.null()))
        study.memo["nameless"] = None
        if study.db.rows(none)[0][0]:
            known = exp.Count(this=customer.copy())
            cases = exp.select(unit.as_("unit")).from_("interactions").where(unit.copy().is_(exp.null()).not_())
            study.db.create(_NAMELESS, cases.group_by(unit.copy()).having(known.eq(exp.Literal.number(0))))
            study.memo["nameless"] = _NAMELESS
    return study.memo["nameless"]
