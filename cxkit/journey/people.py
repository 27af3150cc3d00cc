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

__all__ = ["PEOPLE", "in_order", "name_people", "places_of"]

PEOPLE = "journey_people"
Places = NDArray[np.int64]


def name_people(study: Study) -> None:
    """Make the table `journey_people`: the id of each customer, and the customer's number in the log."""
    if "people" not in study.memo:
        row = exp.Window(this=exp.RowNumber(), order=exp.Order(expressions=[exp.column("customer")]))
        number = exp.Sub(this=row, expression=exp.Literal.number(1))
        each = exp.select("customer").distinct().from_(UNITS).subquery("c")
        study.db.create(PEOPLE, exp.select("customer", number.as_("number")).from_(each))
        study.memo["people"] = True


def in_order(log: EventLog) -> Places:
    """Places of the events customer after customer, each in the order of time, then of the map.

    Example:
        >>> from cxkit.journey.log import EventLog
        >>> journeys = [[(0, 0, ""), (5, 1, "")], [(1, 0, "")], [(2, 0, "")]]
        >>> log = EventLog.of(journeys, steps=2, until=9, customers=[1, 0, 1])
        >>> in_order(log).tolist()
        [2, 0, 3, 1]
    """
    order = np.lexsort((log.begun, log.customer))
    sizes, who = np.diff(log.first)[order], log.customer[order]
    ends = np.cumsum(sizes)
    events = np.repeat(log.first[:-1][order] - (ends - sizes), sizes)
    events += np.arange(len(events))
    # Only of a customer one of whose journeys begins before the last is over may the events be mixed.
    mixed = np.zeros(int(who.max(initial=-1)) + 1, dtype=bool)
    over = (who[1:] != who[:-1]) | (log.begun[order[1:]] > log.at[log.first[1:] - 1][order[:-1]])
    mixed[who[1:][~over]] = True
    rows = np.flatnonzero(np.repeat(mixed[who], sizes))
    if len(rows):
        mine = events[rows]
        whose = np.repeat(who, sizes)[rows]
        events[rows] = mine[np.lexsort((mine, log.channel[mine], log.pos[mine], log.at[mine], whose))]
    return events


def places_of(study: Study, code: NDArray[np.integer]) -> Places:
    """Where the journeys with these codes stand in `study.log`; -1 for those that are not in it."""
    mine = study.log.code
    if not len(mine):
        return np.full(len(code), -1)
    place = np.minimum(np.searchsorted(mine, code), len(mine) - 1)
    return np.where(mine[place] == code, place, -1)
