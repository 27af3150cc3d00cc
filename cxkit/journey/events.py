"""From interactions to journeys: which steps each of them reached and when, and sums over them; nothing else leaves.

Everything is SQL over three tables that live only in the database of one measurement: `journey_events` (contacts
that show a step), `journey_starts` (one row a journey) and `journey_visits` (one row a journey and step).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from cxkit._sql import parse_select
from cxkit._table import Database
from cxkit.journey.model import Journey
from cxkit.journey.parts import Score

__all__ = ["Columns", "EventSource", "Tally", "build_answers", "build_journeys", "event_values", "other_events"]
__all__ += ["select_rows", "tally_parts"]

Columns = Mapping[str, Collection[str]]
Tally = dict[str, Any]

_EVENTS = ("unit", "customer", "happened", "channel", "pos")
_STARTS = ("unit", "customer", "begun_at", "fate")
_VISITS = ("unit", "customer", "pos", "reached_at", "next_at", "next_pos", "in_order")
_CONTACTS = ("unit", "pos", "came_by", "left_by")
_PARTS = ("pos", "customer", "x", "y", "yy")
_ANSWERS = ("answer", "customer", "answered_at", "value", "pos")
TABLES = {
    "journey_events": _EVENTS,
    "journey_starts": _STARTS,
    "journey_visits": _VISITS,
    "journey_contacts": _CONTACTS,
    "journey_parts": _PARTS,
    "journey_answers": _ANSWERS,
}

# A journey that began within the window of the end may not be over. One whose first event comes within the window
# of the first day and is not of the first step may have begun before the data.
_STARTS_SQL = """
  with begun as (
    select unit, min(customer) as customer, min(happened) as begun_at from journey_events group by unit
  ),
  first_steps as (
    select b.unit, b.customer, b.begun_at, min(e.pos) as first_pos
    from begun as b
    join journey_events as e on e.unit = b.unit and e.happened = b.begun_at
    group by b.unit, b.customer, b.begun_at
  )
  select unit, customer, begun_at,
    case
      when begun_at + :window * interval 1 day > :until then 'recent'
      when begun_at < :since then 'early'
      when :has_beginning and first_pos > 0 and begun_at < :first_day + :window * interval 1 day then 'cut'
      else 'kept'
    end as fate
  from first_steps
"""

_VISITS_SQL = """
  with reached as (
    select e.unit, s.customer, e.pos, min(e.happened) as reached_at
    from journey_events as e
    join journey_starts as s on s.unit = e.unit
    where s.fate = 'kept' and e.happened <= s.begun_at + :window * interval 1 day
    group by e.unit, s.customer, e.pos
  ),
  moves as (
    select unit, customer, pos, reached_at,
      lead(reached_at) over (partition by unit order by reached_at, pos) as next_at,
      lead(pos) over (partition by unit order by reached_at, pos) as next_pos,
      lag(pos) over (partition by unit order by reached_at, pos) as last_pos
    from reached
  )
  select unit, customer, pos, reached_at, next_at, next_pos, coalesce(last_pos < pos, true) as in_order from moves
"""

_CONTACTS_SQL = """
  with inside as (
    select v.unit, v.pos, v.reached_at, e.happened, e.channel,
      max(case when e.happened <= v.next_at then e.happened end) over (partition by v.unit, v.pos) as left_at
    from journey_visits as v
    join journey_events as e on e.unit = v.unit and e.pos = v.pos
  )
  select unit, pos,
    min(case when happened = reached_at then channel end) as came_by,
    min(case when happened = left_at then channel end) as left_by
  from inside
  group by unit, pos
"""

_LINKED_SQL = """
  with near as (
    select a.answer, a.customer, a.value, v.pos,
      row_number() over (partition by a.answer order by v.reached_at desc, v.pos desc) as place
    from journey_answers as a
    join journey_visits as v on v.customer = a.customer and v.reached_at <= a.answered_at
      and a.answered_at <= v.reached_at + :within * interval 1 day
    where a.pos is null
  )
  select answer, customer, pos, value from near where place = 1
  union all
  select answer, customer, pos, value from journey_answers where pos is not null
"""

# One row of `journey_parts` is a customer's part in a step; the rest of a step is what they have in the others.
_TALLY_SQL = """
  with whole as (
    select customer, sum(x) as tx, sum(y) as ty, sum(yy) as tyy from journey_parts group by customer
  )
  select p.pos, sum(p.x) as n, sum(p.y) as y, sum(p.yy) as yy, count(*) as m,
    sum(p.y * p.y) as cyy, sum(p.x * p.y) as cxy, sum(p.x * p.x) as cxx,
    count(*) filter (where p.y > 0) as hits, count(*) filter (where p.x > p.y) as misses,
    sum((w.ty - p.y) * (w.ty - p.y) - w.ty * w.ty) as dyy,
    sum((w.ty - p.y) * (w.tx - p.x) - w.ty * w.tx) as dxy,
    sum((w.tx - p.x) * (w.tx - p.x) - w.tx * w.tx) as dxx,
    count(*) filter (where w.tx = p.x) as alone
  from journey_parts as p
  join whole as w on w.customer = p.customer
  group by p.pos
  order by p.pos
"""
_WHOLE_SQL = """
  with whole as (
    select customer, sum(x) as tx, sum(y) as ty, sum(yy) as tyy from journey_parts group by customer
  )
  select sum(tx) as n, sum(ty) as y, sum(tyy) as yy, count(*) as m,
    sum(ty * ty) as cyy, sum(tx * ty) as cxy, sum(tx * tx) as cxx
  from whole
"""


@dataclass(frozen=True)
class EventSource:
    """Which rows of the interactions make a journey.

    Attributes:
        unit: The column that holds what one journey is.
        channel: Whether contacts have a channel that is not itself the step.
        first_day: First day that the data cover.
        since: First day on which a journey that counts began.
        until: Last day that the data cover.
    """

    journey: Journey
    unit: str
    channel: bool
    first_day: dt.date
    since: dt.date
    until: dt.date

    @classmethod
    def of(cls, journey: Journey, columns: Columns, *, since: dt.date, until: dt.date) -> EventSource:
        """The source over these columns: customers where there are no cases."""
        mine = columns["interactions"]
        unit = "case_id" if journey.unit == "case" and "case_id" in mine else "customer_id"
        channel = "channel" in mine and journey.event_column != "channel"
        return cls(journey, unit, channel, since, max(since, journey.since or since), until)


def build_journeys(db: Database, source: EventSource) -> None:
    """Build the tables of a journey in the database, in the place of those of the journey before."""
    window = {"window": source.journey.window_days or 36_500}
    days = {"first_day": source.first_day, "since": source.since, "until": source.until + dt.timedelta(days=1)}
    times = {name: _start(day) for name, day in days.items()}
    db.create("journey_events", _select_events(source))
    known = {"has_beginning": source.unit == "case_id", **window, **times}
    db.create("journey_starts", parse_select(_STARTS_SQL, TABLES, parameters=known))
    db.create("journey_visits", parse_select(_VISITS_SQL, TABLES, parameters=window))
    if source.channel:
        db.create("journey_contacts", parse_select(_CONTACTS_SQL, TABLES))


def select_rows(db: Database, sql: str, **parameters: object) -> Tally:
    """The columns of a query over a journey's tables, as arrays."""
    return db.arrays(parse_select(sql, TABLES, parameters=parameters))


def tally_parts(db: Database, sql: str, *, steps: Collection[int]) -> tuple[Tally, Tally]:
    """Sums of each step over customers, with those of the other steps, and the sums of all.

    Args:
        db: Where the journey's tables are.
        sql: Gives one row a customer and step: `pos, customer, x` (their rows), `y` (their hits, or the sum of
            their values) and `yy` (the sum of the squares).
        steps: Positions of the steps that count.
    """
    parts = exp.select(*_PARTS).from_(parse_select(sql, TABLES).subquery("part"))
    chosen = exp.column("pos").isin(*[exp.Literal.number(i) for i in (-1, *steps)])
    db.create("journey_parts", parts.where(chosen))
    return select_rows(db, _TALLY_SQL), select_rows(db, _WHOLE_SQL)


def build_answers(db: Database, source: EventSource, score: Score, columns: Columns) -> None:
    """Build the table of the answers about each step.

    An answer that names a step is about it; any other is about the last step that its customer had reached.
    """
    db.create("journey_answers", _select_answers(source, score, columns))
    linked = parse_select(_LINKED_SQL, TABLES, parameters={"within": score.within_days})
    db.create("journey_answers", linked)


def other_events(db: Database, source: EventSource, *, threshold: int, most: int = 5) -> list[tuple[str, int]]:
    """The most frequent events of the journeys that are on no step of the map, and how often they stand there."""
    event, unit = (exp.column(c, table="i") for c in (source.journey.event_column, source.unit))
    count, people = (
        exp.Count(this=exp.Star()),
        exp.func("COUNT", exp.Distinct(expressions=[exp.column("customer_id", table="i")])),
    )
    query = (
        exp.select(event.as_("value"), count.as_("n"))
        .from_(exp.to_table("interactions", alias="i"))
        .join(exp.to_table("journey_starts", alias="s"), on=exp.column("unit", table="s").eq(unit))
        .where(exp.column("fate", table="s").eq("kept"), event.copy().is_(exp.null()).not_())
        .where(event.copy().isin(*_events(source.journey)).not_())
        .group_by("value")
        .having(people >= threshold)
        .order_by(exp.column("n").desc(), "value")
    )
    return [(str(v), int(n)) for v, n in db.rows(query.limit(most))]


def event_values(db: Database, columns: Columns) -> dict[str, set[str]]:
    """The values that each possible event column has in the interactions."""
    found: dict[str, set[str]] = {}
    for column in ("step", "reason", "channel"):
        if column in columns.get("interactions", ()):
            query = exp.select(exp.column(column, quoted=True)).distinct().from_("interactions")
            found[column] = {str(v) for (v,) in db.rows(query) if v is not None}
    return found


def _select_events(source: EventSource) -> exp.Select:
    unit, event = exp.column(source.unit), exp.column(source.journey.event_column)
    channel: exp.Expr = exp.column("channel") if source.channel else exp.cast(exp.null(), "VARCHAR")
    return (
        exp.select(
            unit.copy().as_("unit"),
            # Where nobody knows whose a case is, it stands for a customer of its own.
            exp.func("COALESCE", exp.column("customer_id"), unit.copy()).as_("customer"),
            exp.column("started_at").as_("happened"),
            channel.as_("channel"),
            _position(source.journey, event).as_("pos"),
        )
        .from_("interactions")
        .where(event.copy().isin(*_events(source.journey)), unit.is_(exp.null()).not_())
    )


def _select_answers(source: EventSource, score: Score, columns: Columns) -> exp.Select:
    mine = columns["responses"]
    answer, value = exp.column("response_id"), exp.column(score.column)
    customer: exp.Expr = exp.func("COALESCE", exp.column("customer_id"), answer.copy())
    step = exp.column("step") if "step" in mine else exp.cast(exp.null(), "VARCHAR")
    time = exp.column("responded_at")
    first, end = _start(source.since), _start(source.until + dt.timedelta(days=1))
    query = (
        exp.select(
            answer.as_("answer"),
            (customer if "customer_id" in mine else answer.copy()).as_("customer"),
            time.as_("answered_at"),
            exp.cast(value, "DOUBLE").as_("value"),
            _position(source.journey, step).as_("pos"),
        )
        .from_("responses")
        .where(value.copy().is_(exp.null()).not_(), time.copy() >= exp.convert(first), time.copy() < exp.convert(end))
    )
    # An answer about a step that is not on the map is about no other either.
    named = _position(source.journey, step.copy()).is_(exp.null()).not_()
    query = query.where(exp.or_(step.copy().is_(exp.null()), named))
    return query.where(exp.column("survey").isin(*score.survey)) if score.survey else query


def _events(journey: Journey) -> list[exp.Expr]:
    return [exp.Literal.string(e) for s in journey.steps for e in s.events]


def _position(journey: Journey, event: exp.Expr) -> exp.Expr:
    case = exp.Case(this=event.copy())
    for i, step in enumerate(journey.steps):
        for e in step.events:
            case = case.when(exp.Literal.string(e), exp.Literal.number(i))
    return case if case.args.get("ifs") else exp.cast(exp.null(), "INT")


def _start(day: dt.date) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day)  # noqa: DTZ001 - tables hold local times
