"""Whether customers come again after a contact at a step, with the same or with anything else.

The base are the contacts of journeys that count whose days are over before the data end: a younger one may still be
followed. Nothing is said where contacts name no customers. Looked for is what comes after the contact, at a later
moment, within `recontact_days`: `recontact_same` a contact of the same customer at the same step of the map, in this
journey or in another; `recontact_any` any interaction of the customer, on the map or not, other than the journey going
on. It goes on with a contact of the same journey at a step that drawn ways lead on to from there, directly or past
others; what leads back, or stays at the step, is a contact again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from sqlglot import exp

from cxkit.journey.log import on_map
from cxkit.journey.people import PEOPLE, in_order, name_people, places_of
from cxkit.journey.study import KEPT
from cxkit.journey.trails import DAY

if TYPE_CHECKING:
    from cxkit._format import Words
    from cxkit.evidence.findings import Finding
    from cxkit.journey.study import Study

__all__ = ["find", "notes"]

NEVER = np.iinfo(np.int64).max
AT_ONCE = 2_000_000  # contacts that are looked at together
Mask = NDArray[np.bool_]
Whole = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class _Contacts:
    """Contacts that can be judged: code of the journey, step, and whether the customer came again."""

    code: Whole
    pos: NDArray[np.int16]
    same: Mask
    any: Mask


@dataclass(frozen=True, eq=False)
class _Line:
    """Everything that customers did, customer after customer in the order of time, each moment's doubles left out.

    Attributes:
        who: Number of the customer.
        unit: Place of the journey in `full`; -1 off the map.
        pos: The step; -1 off the map.
    """

    who: Whole
    at: Whole
    unit: Whole
    pos: NDArray[np.int16]


def find(study: Study) -> Iterator[Finding]:
    """`recontact_same` and `recontact_any` of each step."""
    if "customer_id" not in study.columns["interactions"]:
        return
    contacts = _contacts(study)
    place = places_of(study, contacts.code)
    for i, step in study.steps.items():
        mine = np.flatnonzero((contacts.pos == i) & (place >= 0))
        for measure, again in (("recontact_same", contacts.same), ("recontact_any", contacts.any)):
            part = study.part(place[mine], again[mine])
            yield study.maker.share(step.id, measure, part, small=study.splits_few(part))


def notes(study: Study, w: Words) -> Iterator[str]:
    """That nobody knows whose the contacts are, so that none can be told to be one again."""
    if "customer_id" not in study.columns["interactions"]:
        yield w.say("journey.no_customers")


def _contacts(study: Study) -> _Contacts:
    if "contacts" not in study.memo:
        study.memo["contacts"] = _judge(study)
    return study.memo["contacts"]


def _judge(study: Study) -> _Contacts:
    full, span = study.full, study.journey.recontact_days * DAY
    unit = np.repeat(np.arange(full.units), np.diff(full.first))
    base = _counts(study, unit) & (full.at + span <= full.until)
    order, line, row = _line(study, unit)
    same, other = _followed_same(line, span), _followed_any(line, span, _onward(study))
    at_row = np.empty(len(full.at), dtype=np.int64)
    at_row[order] = row
    chosen = np.flatnonzero(base)
    rows = at_row[chosen]
    return _Contacts(full.code[unit[chosen]], full.pos[chosen], same[rows], other[rows])


def _counts(study: Study, unit: Whole) -> Mask:
    """Whether each event is one of a journey that counts, within its window."""
    full, days = study.full, study.journey.window_days
    found = (study.fates == KEPT)[unit]
    return found if days is None else found & (full.at <= full.begun[unit] + days * DAY)


def _line(study: Study, unit: Whole) -> tuple[Whole, _Line, Whole]:
    """Places of the events in the order of the line, the line, and the row of each of them on it."""
    full = study.full
    others, when = _off_the_map(study)
    alone = len(np.unique(full.customer)) == full.units
    # Where each customer has one journey, journey after journey is customer after customer.
    order = np.arange(len(unit)) if alone else in_order(full)
    who, at, mine, pos = full.customer[unit], full.at, unit, full.pos
    if not alone:
        who, at, mine, pos = who[order], at[order], mine[order], pos[order]
    here = np.arange(len(order))
    if len(others):
        who, at = np.append(who, others), np.append(at, when)
        mine, pos = np.append(mine, np.full(len(others), -1)), np.append(pos, np.full(len(others), -1, dtype=np.int16))
        sort = np.lexsort((at, who))
        who, at, mine, pos = who[sort], at[sort], mine[sort], pos[sort]
        here = np.empty(len(sort), dtype=np.int64)
        here[sort] = np.arange(len(sort))
    fresh = np.ones(len(who), dtype=bool)
    fresh[1:] = (who[1:] != who[:-1]) | (at[1:] != at[:-1]) | (mine[1:] != mine[:-1]) | (pos[1:] != pos[:-1])
    row = np.cumsum(fresh) - 1
    return order, _Line(who[fresh], at[fresh], mine[fresh], pos[fresh]), row[here[: len(order)]]


def _off_the_map(study: Study) -> tuple[Whole, Whole]:
    """Customer and moment of the interactions that no step shows, of customers who have a journey."""
    name_people(study)
    shown = on_map(study.journey)
    off = exp.select(exp.column("customer_id").as_("customer"), exp.column("started_at").as_("at"))
    off = off.from_("interactions").where(exp.func("COALESCE", shown, exp.false()).not_())
    at = exp.func("EPOCH_US", exp.cast(exp.column("at", table="o"), "TIMESTAMP"))
    same = exp.column("customer", table="p").eq(exp.column("customer", table="o"))
    number = exp.cast(exp.column("number", table="p"), "BIGINT")
    query = exp.select(number.as_("who"), at.as_("at")).from_(off.subquery("o"))
    found = study.db.numbers(query.join(exp.to_table(PEOPLE, alias="p"), on=same))
    return found["who"], found["at"]


def _onward(study: Study) -> Mask:
    """Whether ways lead on from one step to another; the last row and column, which -1 finds, are off the map."""
    found = np.zeros((study.log.steps + 1, study.log.steps + 1), dtype=bool)
    for step, beyond in study.ways.beyond.items():
        found[study.place[step], [study.place[b] for b in beyond]] = True
    return found


def _followed_same(line: _Line, span: int) -> Mask:
    """Whether the customer was at the same step again, at a later moment within the span."""
    order = np.argsort(line.pos, kind="stable")
    who, at, pos = line.who[order], line.at[order], line.pos[order]
    # Moments of a customer at a step; two journeys may share one.
    fresh = np.ones(len(order), dtype=bool)
    fresh[1:] = (who[1:] != who[:-1]) | (pos[1:] != pos[:-1]) | (at[1:] != at[:-1])
    moment = np.flatnonzero(fresh)
    again = np.zeros(len(moment), dtype=bool)
    a, b = moment[:-1], moment[1:]
    again[:-1] = (who[a] == who[b]) & (pos[a] == pos[b]) & (at[b] - at[a] <= span)
    found = np.empty(len(order), dtype=bool)
    found[order] = again[np.cumsum(fresh) - 1]
    return found


def _followed_any(line: _Line, span: int, onward: Mask) -> Mask:
    """Whether the customer did anything that is not the journey going on, at a later moment within the span."""
    size = len(line.who)
    found = np.zeros(size, dtype=bool)
    if size < 2:
        return found
    # What goes on from row to row goes on from the first to the last: only behind another row can there be anything.
    parts = (line.who[1:] == line.who[:-1]) & ~_goes_on(line, onward, np.arange(size - 1), np.arange(1, size))
    after = np.full(size, size, dtype=np.int64)
    after[:-1] = np.where(parts, np.arange(1, size), size)
    after = np.minimum.accumulate(after[::-1])[::-1]
    rows = np.flatnonzero(after < size)
    rows = rows[(line.who[after[rows]] == line.who[rows]) & (line.at[after[rows]] - line.at[rows] <= span)]
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        found[_finds(line, span, onward, some, after[some])] = True
    return found


def _finds(line: _Line, span: int, onward: Mask, rows: Whole, other: Whole) -> Whole:
    """Those of the rows that are followed by something else, looking from `other` on."""
    hits: list[Whole] = []
    while len(rows):
        there = (line.who[other] == line.who[rows]) & (line.at[other] - line.at[rows] <= span)
        rows, other = rows[there], other[there]
        hit = (line.at[other] > line.at[rows]) & ~_goes_on(line, onward, rows, other)
        hits.append(rows[hit])
        rows, other = rows[~hit], other[~hit] + 1
        inside = other < len(line.who)
        rows, other = rows[inside], other[inside]
    return np.concatenate(hits) if hits else rows


def _goes_on(line: _Line, onward: Mask, one: Whole, other: Whole) -> Mask:
    """Whether the one row leads on to the other in the same journey."""
    return (line.unit[one] == line.unit[other]) & onward[line.pos[one], line.pos[other]]
