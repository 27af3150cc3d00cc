"""The events of a journey as arrays: journey after journey, each in the order of time.

One sort in the database; everything that is measured afterwards is arithmetic on these arrays, and no name of a
customer or a case leaves the database.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlglot import exp

from cxkit._sql import parse_predicate
from cxkit._table import Database
from cxkit.journey.model import Journey, Step

__all__ = ["Columns", "EventLog", "EventSource", "has_others", "on_map", "other_events", "read_log", "shows"]

Columns = Mapping[str, Collection[str]]
Whole = NDArray[np.int64]

SECOND = 1_000_000
UNITS, CHANNELS, STEPS = "journey_units", "journey_channels", "journey_steps"
NOBODY = "\x1fcase "
MOST_CHANNELS = 30_000  # of 32,767 for which there is room
# No names that a `when` could mean.
_CHANNEL, _STEP = ("journey_channel", "journey_channel_code"), ("journey_event", "journey_position")


@dataclass(frozen=True)
class EventSource:
    """Which rows of the interactions make a journey.

    Attributes:
        unit: The column that holds what one journey is.
        channel: Whether contacts have a channel that is not itself the step.
        context: Whether it is known that a case's context was carried over.
        first_day: First day that the data cover.
        since: First day on which a journey that counts began.
        until: Last day that the data cover.
    """

    journey: Journey
    unit: str
    channel: bool
    context: bool
    first_day: dt.date
    since: dt.date
    until: dt.date

    @classmethod
    def of(cls, journey: Journey, columns: Columns, *, since: dt.date, until: dt.date) -> EventSource:
        """The source over these columns: customers where there are no cases."""
        mine = columns["interactions"]
        unit = "case_id" if journey.unit == "case" and "case_id" in mine else "customer_id"
        channel = "channel" in mine and journey.event_column != "channel"
        begin = max(since, journey.since or since)
        return cls(journey, unit, channel, "context_kept" in mine, since, begin, until)


@dataclass(frozen=True)
class EventLog:
    """Events of journeys: those of journey i are `first[i]` to `first[i + 1]`, in the order of time, then of the map.

    Attributes:
        first: Where the events of each journey begin; one longer than there are journeys.
        customer: Number of the customer of each journey.
        at: Microseconds since 1970 of each event.
        pos: Position on the map of the step that each event shows.
        channel: Number of the channel of each event in `channels`; -1 where it has none.
        kept: 1 where the context was carried over to the event, 0 where it was lost, -1 where nobody says.
        channels: Names of the channels.
        steps: How many steps the map has.
        code: Number of each journey in the table `journey_units`.
        shared: Journeys that belong to several customers; each counts for one of them.
        slices: Dimension to the number of each journey's value, -1 where it has none, and the values.
        first_day: When the data begin, in microseconds since 1970.
        since: When journeys that count began.
        until: When the data end: the first moment after them.

    Example:
        >>> log = EventLog.of([[(0, 0, "web"), (5, 1, "app")], [(2, 0, "web")]], steps=2, until=10)
        >>> log.first.tolist(), log.pos.tolist(), log.channels
        ([0, 2, 3], [0, 1, 0], ('app', 'web'))
    """

    first: Whole
    customer: Whole
    at: Whole
    pos: NDArray[np.int16]
    channel: NDArray[np.int16]
    kept: NDArray[np.int8]
    channels: tuple[str, ...]
    steps: int
    code: Whole
    first_day: int
    since: int
    until: int
    shared: int = 0
    slices: Mapping[str, tuple[NDArray[np.int32], tuple[str, ...]]] = field(default_factory=dict[str, Any])

    @property
    def units(self) -> int:
        """How many journeys there are."""
        return len(self.first) - 1

    @property
    def unit(self) -> Whole:
        """The journey of each event."""
        return np.repeat(np.arange(self.units), np.diff(self.first))

    @property
    def begun(self) -> Whole:
        """When each journey began, in microseconds since 1970."""
        return self.at[self.first[:-1]]

    def only(self, chosen: NDArray[np.bool_]) -> EventLog:
        """The log of some of the journeys.

        Args:
            chosen: One value a journey.
        """
        if chosen.all():
            return self
        rows, sizes = np.repeat(chosen, np.diff(self.first)), np.diff(self.first)[chosen]
        cut = {d: (codes[chosen], values) for d, (codes, values) in self.slices.items()}
        return replace(
            self,
            first=np.concatenate([[0], np.cumsum(sizes)]),
            customer=self.customer[chosen],
            code=self.code[chosen],
            at=self.at[rows],
            pos=self.pos[rows],
            channel=self.channel[rows],
            kept=self.kept[rows],
            slices=cut,
        )

    def within(self, days: int | None) -> EventLog:
        """The log without what comes later than so many days after a journey's first event."""
        if days is None or not len(self.at):
            return self
        sizes = np.diff(self.first)
        inside = self.at <= np.repeat(self.begun + days * 86_400 * SECOND, sizes)
        if inside.all():
            return self
        # The first event of a journey is always inside, so no journey is lost.
        first = np.concatenate([[0], np.cumsum(np.add.reduceat(inside, self.first[:-1], dtype=np.int64))])
        events = {f: getattr(self, f)[inside] for f in ("at", "pos", "channel", "kept")}
        return replace(self, first=first, **events)

    @classmethod
    def of(
        cls,
        journeys: list[list[tuple[float, int, str]]],
        *,
        steps: int,
        until: float,
        customers: list[int] | None = None,
    ) -> EventLog:
        """A log made by hand: for each journey its events as hour, position and channel ("" for none)."""
        names = tuple(sorted({c for j in journeys for *_, c in j if c}))
        rows = [(round(h * 3600 * SECOND), p, names.index(c) if c else -1) for j in journeys for h, p, c in sorted(j)]
        at, pos, channel = (np.array([r[i] for r in rows], dtype) for i, dtype in enumerate(("i8", "i2", "i2")))
        first = np.concatenate([[0], np.cumsum([len(j) for j in journeys])]).astype("i8")
        who = np.array(customers if customers is not None else range(len(journeys)), "i8")
        end = round(until * 3600 * SECOND)
        return cls(
            first, who, at, pos, channel, np.full(len(at), -1, "i1"), names, steps, np.arange(len(who)), 0, 0, end
        )


def read_log(db: Database, source: EventSource) -> EventLog:
    """The events of a journey, from the interactions.

    The tables `journey_units` (unit, customer, code) and `journey_channels` stay in the database, so that answers and
    amounts can be joined to the journeys. Units and customers are numbered in the order of their names.
    """
    _create_codes(db, STEPS, _STEP, [(e, i) for i, s in enumerate(source.journey.steps) for e in s.events])
    db.create(UNITS, _select_units(source))
    repeated, shared = db.rows(_select_repeats())[0]
    if repeated:
        db.create(UNITS, _select_merged())
    each = db.numbers(_select_sizes())
    names = _create_channels(db, source)
    found = db.numbers(_select_events(source))
    first = np.concatenate([[0], np.cumsum(each["events"])])
    days = (source.first_day, source.since, source.until + dt.timedelta(days=1))
    return EventLog(
        first, each["customer"] - 1, found["started_at"].view(np.int64), *_unpacked(found["what"]), names,
        len(source.journey.steps), np.arange(len(each["customer"])), *map(_micros, days), shared=int(shared or 0),
    )  # fmt: skip


def shows(step: Step, event_column: str) -> exp.Expr:
    """Whether a row of the interactions shows a step."""
    listed = exp.column(event_column).isin(*[exp.Literal.string(e) for e in step.events])
    parts = [*([listed] if step.events else []), *([_predicate(step)] if step.when else [])]
    return exp.or_(*parts) if parts else exp.false()


def _predicate(step: Step) -> exp.Expr:
    from cxkit.data.contract import CONTRACTS

    return exp.paren(parse_predicate(step.when, CONTRACTS["interactions"].columns))


def other_events(db: Database, source: EventSource, *, threshold: int, most: int = 5) -> list[tuple[str, int]]:
    """The most frequent events of the journeys that no step of the map shows, and how often they stand there.

    Args:
        db: Where `read_log` has left the units.
        source: Which rows make the journey.
        threshold: Fewest customers of an event that is told.
        most: How many are told.
    """
    if not has_others(db):
        return []
    event = exp.column(source.journey.event_column)
    since = exp.column("started_at") >= exp.convert(dt.datetime.combine(source.since, dt.time()))
    rows = exp.select(event.as_("value"), exp.column(source.unit).as_("unit")).from_("interactions")
    off = exp.func("COALESCE", on_map(source.journey), exp.false()).not_()
    rows = rows.where(event.copy().is_(exp.null()).not_(), off, since, _in_time(source))
    people = exp.func("COUNT", exp.Distinct(expressions=[exp.column("customer", table="u")]))
    query = (
        exp.select("value", exp.Count(this=exp.Star()).as_("n"))
        .from_(rows.subquery("r"))
        .join(exp.to_table(UNITS, alias="u"), on=exp.column("unit", table="u").eq(exp.column("unit", table="r")))
        .group_by("value")
        .having(people >= threshold)
        .order_by(exp.column("n").desc(), "value")
    )
    return [(str(v), int(n)) for v, n in db.rows(query.limit(most))]


def has_others(db: Database) -> bool:
    """Whether there are interactions that are in no journey: all but those that `read_log` has counted."""
    ((events,),) = db.rows(exp.select(exp.func("SUM", exp.column("events"))).from_(UNITS))
    return db.count("interactions") > (events or 0)


def on_map(journey: Journey) -> exp.Expr:
    """Whether a row of the interactions shows any step."""
    listed = [exp.Literal.string(e) for s in journey.steps for e in s.events]
    parts = [exp.column(journey.event_column).isin(*listed)] if listed else []
    return exp.or_(*parts, *(_predicate(s) for s in journey.steps if s.when))


def _rows(source: EventSource, *columns: exp.Expr) -> exp.Select:
    """The rows of interactions that show a step."""
    known = [exp.column(c).is_(exp.null()).not_() for c in (source.unit, "started_at")]
    return exp.select(*columns).from_("interactions").where(on_map(source.journey), *known, _in_time(source))


def _in_time(source: EventSource) -> exp.Expr:
    """Whether a row is not later than the last day that the data cover."""
    end = dt.datetime.combine(source.until + dt.timedelta(days=1), dt.time())
    return exp.column("started_at") < exp.convert(end)


def _select_units(source: EventSource) -> exp.Select:
    """Each unit with each of its customers, and how many events it has with them."""
    rows = _rows(source, exp.column(source.unit).as_("unit"), exp.column("customer_id").as_("known"))
    each = exp.select("unit", "known", exp.Count(this=exp.Star()).as_("events"))
    return _numbered(each.from_(rows.subquery("r")).group_by("unit", "known"))


def _select_repeats() -> exp.Select:
    """How many units stand in several rows, and how many of these have several customers."""
    known = exp.Count(this=exp.column("known")).as_("known")
    several = exp.select("unit", known).from_(UNITS).group_by("unit").having(exp.Count(this=exp.Star()) > 1)
    shared = exp.func("COUNT_IF", exp.column("known") > 1)
    return exp.select(exp.Count(this=exp.Star()), shared).from_(several.subquery("s"))


def _select_merged() -> exp.Select:
    """The units, each under the first of its customers."""
    first, all_ = exp.func("MIN", exp.column("known")), exp.func("SUM", exp.column("events"))
    events = exp.cast(all_, "BIGINT")
    merged = exp.select("unit", first.as_("known"), events.as_("events"))
    return _numbered(merged.from_(UNITS).group_by("unit"))


def _numbered(units: exp.Select) -> exp.Select:
    code = exp.Window(this=exp.RowNumber(), order=exp.Order(expressions=[exp.column("unit")]))
    number = exp.Sub(this=code, expression=exp.Literal.number(1)).as_("code")
    # Where nobody knows whose a case is, it stands for a customer of its own, under a name that no customer has.
    alone = exp.DPipe(this=exp.Literal.string(NOBODY), expression=exp.column("unit"))
    customer = exp.func("COALESCE", exp.column("known"), alone).as_("customer")
    return exp.select("unit", "known", customer, "events", number).from_(units.subquery("u"))


def _select_sizes() -> exp.Select:
    """The number of each unit's customer and of its events, in the order of the units."""
    rank = exp.Window(this=exp.func("DENSE_RANK"), order=exp.Order(expressions=[exp.column("customer")]))
    ranked = exp.select("code", rank.as_("customer"), "events").from_(UNITS)
    return exp.select("customer", "events").from_(ranked.subquery("r")).order_by("code")


def _create_channels(db: Database, source: EventSource) -> tuple[str, ...]:
    """Number the channels in the order of their names; of very many, those that are used least have none."""
    names: list[str] = []
    if source.channel:
        channel, count = exp.column("channel"), exp.Count(this=exp.Star())
        used = exp.select(channel).from_("interactions").where(channel.is_(exp.null()).not_()).group_by(channel)
        used = used.order_by(count.desc(), channel).limit(MOST_CHANNELS)
        names = sorted(str(c) for (c,) in db.rows(used))
    _create_codes(db, CHANNELS, _CHANNEL, [(n, i) for i, n in enumerate(names)])
    return tuple(names)


def _create_codes(db: Database, table: str, columns: tuple[str, str], codes: list[tuple[str, int]]) -> None:
    """A table of names and their numbers."""
    known = exp.values(codes or [("", -1)], alias="c", columns=[*columns])
    db.create(table, exp.select(*columns).from_(known))


def _select_events(source: EventSource) -> exp.Select:
    """The events unit by unit: when, and step, channel and context in one number, so that the sort has a short key."""
    kept = exp.func("COALESCE", exp.cast(exp.column("context_kept"), "INTEGER"), exp.Literal.number(-1))
    channel = exp.func("COALESCE", exp.column(_CHANNEL[1]), exp.Literal.number(-1))
    what = _packed(
        _position(source.journey),
        channel if source.channel else exp.Literal.number(-1),
        kept if source.context else exp.Literal.number(-1),
    )
    at = exp.cast(exp.column("started_at"), "TIMESTAMP").as_("started_at")
    rows = _rows(source, exp.column(source.unit).as_("unit"), at, exp.cast(what, "INTEGER").as_("what"))
    if any(s.events for s in source.journey.steps):
        named = exp.column(_STEP[0]).eq(exp.column(source.journey.event_column))
        rows = rows.join(exp.to_table(STEPS), on=named, join_type="left")
    if source.channel:
        same = exp.column(_CHANNEL[0]).eq(exp.column("channel"))
        rows = rows.join(exp.to_table(CHANNELS), on=same, join_type="left")
    order = [exp.column(c) for c in ("unit", "started_at", "what")]
    return exp.select("started_at", "what").from_(rows.subquery("e")).order_by(*order)


def _packed(pos: exp.Expr, channel: exp.Expr, kept: exp.Expr) -> exp.Expr:
    """Step, channel and context as one number that has their order; `_unpacked` takes it apart again."""
    one = exp.Literal.number(1)
    parts = [exp.paren(p) for p in (pos, exp.Add(this=channel, expression=one), exp.Add(this=kept, expression=one))]
    scaled = [exp.Mul(this=p, expression=exp.Literal.number(n)) for p, n in zip(parts, (1 << 17, 4, 1), strict=True)]
    return exp.Add(this=exp.Add(this=scaled[0], expression=scaled[1]), expression=scaled[2])


def _unpacked(what: NDArray[np.int32]) -> tuple[NDArray[np.int16], NDArray[np.int16], NDArray[np.int8]]:
    """Step, channel and context of each event."""
    pos, channel = (what >> 17).astype(np.int16), (what >> 2 & 0x7FFF).astype(np.int16)
    return pos, channel - np.int16(1), (what & 3).astype(np.int8) - np.int8(1)


def _position(journey: Journey) -> exp.Expr:
    """The step that a row shows: the one that names its event, or else the first whose predicate holds."""
    parts: list[exp.Expr] = [exp.column(_STEP[1])] if any(s.events for s in journey.steps) else []
    case = exp.Case()
    for i, step in enumerate(journey.steps):
        case = case.when(_predicate(step), exp.Literal.number(i)) if step.when else case
    parts += [case] if case.args.get("ifs") else []
    return exp.func("COALESCE", *parts, exp.Literal.number(0))


def _micros(day: dt.date) -> int:
    return (day - dt.date(1970, 1, 1)).days * 86_400 * SECOND
