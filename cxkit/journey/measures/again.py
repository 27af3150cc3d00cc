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

from cxkit.journey.estimates import Part
from cxkit.journey.log import has_others, on_map
from cxkit.journey.people import PEOPLE, in_order, name_people, places_of
from cxkit.journey.study import KEPT
from cxkit.journey.trails import DAY, rows_by

if TYPE_CHECKING:
    from cxkit._format import Words
    from cxkit.evidence.findings import Finding
    from cxkit.journey.study import Study

__all__ = ["find", "notes"]

AT_ONCE = 2_000_000  # contacts that are looked at together
Mask = NDArray[np.bool_]
Whole = NDArray[np.int64]
Places = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class _Contacts:
    """Contacts at a step that can be judged: place of the journey, and whether the customer came again."""

    unit: Places
    same: Mask
    any: Mask


@dataclass(frozen=True, eq=False)
class _Line:
    """Everything that customers did, customer after customer in the order of time, each moment's doubles once.

    Attributes:
        who: Number of the customer.
        unit: Place of the journey in `full`; -1 off the map.
        pos: The step; -1 off the map.
        often: How many contacts each row is; None where each is one.
    """

    who: Places
    at: Whole
    unit: Places
    pos: NDArray[np.int16]
    often: Whole | None = None


def find(study: Study) -> Iterator[Finding]:
    """`recontact_same` and `recontact_any` of each step."""
    if "customer_id" not in study.columns["interactions"]:
        return
    code, contacts = _contacts(study)
    place = places_of(study, code)
    for i, step in study.steps.items():
        unit = place[contacts[i].unit]
        counts = unit >= 0
        who = study.log.customer[unit[counts]]
        same, other = contacts[i].same[counts], contacts[i].any[counts]
        part = Part.of(who, same, customers=study.customers)
        for measure, again in (("recontact_same", part), ("recontact_any", part.with_hits(who[other]))):
            yield study.maker.share(step.id, measure, again, small=study.splits_few(again))


def notes(study: Study, w: Words) -> Iterator[str]:
    """That nobody knows whose the contacts are, so that none can be told to be one again."""
    if "customer_id" not in study.columns["interactions"]:
        yield w.say("journey.no_customers")


def _contacts(study: Study) -> tuple[Whole, list[_Contacts]]:
    """The codes of all journeys, and the contacts at each step."""
    if "contacts" not in study.memo:
        study.memo["contacts"] = study.full.code, _judge(study)
    return study.memo["contacts"]


def _judge(study: Study) -> list[_Contacts]:
    """The contacts at each step."""
    line, span = _line(study), study.journey.recontact_days * DAY
    other = _followed_any(line, span, _onward(study))
    over = np.append(_last_moments(study, span), np.iinfo(np.int64).min)  # the last, which -1 finds: off the map
    found: list[_Contacts] = []
    for rows in rows_by(line.pos + np.int16(1), study.log.steps + 1)[1:]:
        same = _followed_same(line.who[rows], line.at[rows], span)
        mine = np.flatnonzero(line.at[rows] <= over[line.unit[rows]])
        mine = mine if line.often is None else np.repeat(mine, line.often[rows[mine]])
        found.append(_Contacts(line.unit[rows[mine]], same[mine], other[rows[mine]]))
    return found


def _last_moments(study: Study, span: int) -> Whole:
    """The last moment of each journey at which a contact of it is one that can be judged."""
    full, days = study.full, study.journey.window_days
    last = np.full(full.units, full.until - span)
    if days is not None:
        last = np.minimum(last, full.begun + days * DAY)
    return np.where(study.fates == KEPT, last, np.iinfo(np.int64).min)


def _line(study: Study) -> _Line:
    """The line of all contacts on the map and off it."""
    full = study.full
    sizes = np.diff(full.first)
    order = in_order(full)
    unit, who = (np.repeat(v.astype(np.int32), sizes)[order] for v in (np.arange(full.units), full.customer))
    line = _Line(who, full.at[order], unit, full.pos[order])
    del order  # of the size of the log
    others, when = _off_the_map(study)
    if len(others):
        nowhere = np.full(len(others), -1, dtype=np.int32)
        who, at = np.append(line.who, others.astype(np.int32)), np.append(line.at, when)
        sort = np.lexsort((at, who))
        unit, pos = np.append(line.unit, nowhere), np.append(line.pos, nowhere.astype(np.int16))
        line = _Line(who[sort], at[sort], unit[sort], pos[sort])
    return _without_doubles(line)


def _without_doubles(line: _Line) -> _Line:
    """The line with what a customer did at the same moment, in the same journey at the same step, once."""
    fresh = np.ones(len(line.who), dtype=bool)
    fresh[1:] = line.at[1:] != line.at[:-1]
    tied = np.flatnonzero(~fresh)
    for column in (line.who, line.unit, line.pos):
        fresh[tied] |= column[tied] != column[tied - 1]
    if fresh.all():
        return line
    often = np.diff(np.append(np.flatnonzero(fresh), len(fresh)))
    return _Line(line.who[fresh], line.at[fresh], line.unit[fresh], line.pos[fresh], often)


def _off_the_map(study: Study) -> tuple[Whole, Whole]:
    """Customer and moment of the interactions that no step shows, of customers who have a journey."""
    if not has_others(study.db):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
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


def _followed_same(who: Places, at: Whole, span: int) -> Mask:
    """Of contacts at a step, whether the customer was there again, at a later moment within the span."""
    # Moments of a customer; two journeys may share one.
    fresh = np.ones(len(who), dtype=bool)
    fresh[1:] = (at[1:] != at[:-1]) | (who[1:] != who[:-1])
    moment = np.flatnonzero(fresh)
    again = np.zeros(len(moment), dtype=bool)
    who, at = who[moment], at[moment]
    again[:-1] = (who[1:] == who[:-1]) & (at[1:] - at[:-1] <= span)
    return np.repeat(again, np.diff(np.append(moment, len(fresh))))


def _followed_any(line: _Line, span: int, onward: Mask) -> Mask:
    """Whether the customer did anything that is not the journey going on, at a later moment within the span."""
    size = len(line.who)
    found = np.zeros(size, dtype=bool)
    if size < 2:
        return found
    # What goes on from row to row goes on from the first to the last: only behind another row can there be anything.
    goes = (line.unit[1:] == line.unit[:-1]) & onward[line.pos[:-1], line.pos[1:]]
    parts = np.flatnonzero((line.who[1:] == line.who[:-1]) & ~goes) + 1
    after = np.repeat(np.append(parts, size).astype(np.int32), np.diff(parts, prepend=0, append=size))
    near = after < size
    near[near] = line.who[after[near]] == line.who[:size][near]
    rows = np.flatnonzero(near)
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        found[_finds(line, span, onward, some, after[some])] = True
    return found


def _finds(line: _Line, span: int, onward: Mask, rows: Whole, other: Places) -> Whole:
    """Those of the rows that are followed by something else, looking from `other` on."""
    hits: list[Whole] = []
    while len(rows):
        waited = line.at[other] - line.at[rows]
        there = (waited <= span) & (line.who[other] == line.who[rows])
        rows, other, waited = rows[there], other[there], waited[there]
        goes = (line.unit[rows] == line.unit[other]) & onward[line.pos[rows], line.pos[other]]
        hit = (waited > 0) & ~goes
        hits.append(rows[hit])
        rows, other = rows[~hit], other[~hit] + 1
        inside = other < len(line.who)
        rows, other = rows[inside], other[inside]
    return np.concatenate(hits) if hits else rows
