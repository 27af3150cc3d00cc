"""A journey measured on events: which steps are reached, where journeys end, how long they take and how they feel.

A journey is what happens within `window_days` of its first event. It goes on from a step when, after it, it
reaches one that it had not reached before; so each journey ends at exactly one step.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from cxkit._format import Words, count_text, date_text, words
from cxkit._table import Database
from cxkit.data.privacy import hidden_cells
from cxkit.evidence.findings import Finding
from cxkit.evidence.manifest import StudyRecord
from cxkit.journey.check import check_journeys
from cxkit.journey.estimates_old import Maker, sums_at
from cxkit.journey.events import (
    Columns,
    EventSource,
    Tally,
    build_answers,
    build_journeys,
    other_events,
    select_rows,
    tally_parts,
)
from cxkit.journey.model import Journey, Step, journey_hash
from cxkit.kpi.buckets import GAMMA, ZERO
from cxkit.kpi.sums import Sums

__all__ = ["check_journeys", "measure_journey"]

MOST_CHANNELS, MOST_BACK = 8, 3
MANY_TIES = 0.02  # of the moves; more than that and the order of steps is a guess

_SIZE_SQL = """
  with size as (
    select customer, count(*) as j from journey_starts where fate = 'kept' group by customer
  )
  select sum(j) as n, count(*) as m, sum(j * j) as cxx from size
"""
_FATES_SQL = "select fate, count(*) as n, count(distinct customer) as m from journey_starts group by fate"
_REACH_SQL = """
  with size as (
    select customer, count(*) as j from journey_starts where fate = 'kept' group by customer
  ),
  part as (select pos, customer, count(*) as y from journey_visits group by pos, customer)
  select p.pos, sum(p.y) as y, count(*) as hits, sum(p.y * p.y) as cyy, sum(p.y * s.j) as cxy
  from part as p
  join size as s on s.customer = p.customer
  group by p.pos
"""
_FIT_SQL = """
  with each as (
    select unit, customer, min(case when in_order then 1 else 0 end) as fits from journey_visits group by unit, customer
  ),
  part as (select customer, count(*) as x, sum(fits) as y from each group by customer)
  select sum(x) as n, sum(y) as y, sum(y) as yy, count(*) as m,
    sum(y * y) as cyy, sum(x * y) as cxy, sum(x * x) as cxx
  from part
"""
_BACK_SQL = """
  with base as (select pos, customer, count(*) as x from journey_visits group by pos, customer),
  size as (select pos, sum(x) as n, count(*) as m, sum(x * x) as cxx from base group by pos),
  part as (
    select pos, next_pos, customer, count(*) as y from journey_visits where next_pos < pos
    group by pos, next_pos, customer
  )
  select p.pos, p.next_pos, s.n, sum(p.y) as y, sum(p.y) as yy, s.m, count(*) as hits,
    sum(p.y * p.y) as cyy, sum(p.y * b.x) as cxy, s.cxx
  from part as p
  join base as b on b.pos = p.pos and b.customer = p.customer
  join size as s on s.pos = p.pos
  group by p.pos, p.next_pos, s.n, s.m, s.cxx
  order by y desc, p.pos, p.next_pos
"""
_SHARED_SQL = """
  select count(*) as n from (
    select unit from journey_events group by unit having count(distinct customer) > 1
  ) as shared
"""
_TIES_SQL = """
  select sum(case when next_at = reached_at then 1 else 0 end) as tied, count(*) as n
  from journey_visits where next_at is not null
"""
# What is a hit is counted as y; yy is the same, since a hit is 1.
_DROPS_SQL = """
  select pos, customer, count(*) as x,
    sum(case when next_at is null then 1 else 0 end) as y, sum(case when next_at is null then 1 else 0 end) as yy
  from journey_visits group by pos, customer
"""
_SWITCH_SQL = """
  select v.pos, v.customer, count(*) as x,
    sum(case when c.left_by <> n.came_by then 1 else 0 end) as y,
    sum(case when c.left_by <> n.came_by then 1 else 0 end) as yy
  from journey_visits as v
  join journey_contacts as c on c.unit = v.unit and c.pos = v.pos
  join journey_contacts as n on n.unit = v.unit and n.pos = v.next_pos
  where c.left_by is not null and n.came_by is not null
  group by v.pos, v.customer
"""
_ANSWERS_SQL = """
  select pos, customer, count(*) as x, sum(value) as y, sum(value * value) as yy from journey_answers
  group by pos, customer
"""
_TIMES_SQL = """
  with gone as (
    select pos, date_diff('second', reached_at, next_at) / 3600.0 as hours from journey_visits where next_at is not null
  )
  select pos, case when hours <= 0 then :zero else cast(floor(ln(hours) / ln(:gamma)) as bigint) end as bucket,
    count(*) as n
  from gone
  group by pos, bucket
  order by pos, bucket
"""
_GONE_SQL = """
  with part as (
    select pos, customer, count(*) as x from journey_visits where next_at is not null group by pos, customer
  )
  select pos, count(*) as m, sum(x * x) as cxx from part group by pos
"""
_CHANNELS_SQL = """
  with part as (
    select v.pos, v.customer, c.came_by, count(*) as y
    from journey_visits as v
    join journey_contacts as c on c.unit = v.unit and c.pos = v.pos
    where c.came_by is not null
    group by v.pos, v.customer, c.came_by
  ),
  whole as (select pos, customer, sum(y) as x from part group by pos, customer),
  base as (select pos, sum(x) as n, count(*) as m, sum(x * x) as cxx from whole group by pos)
  select p.pos, p.came_by as channel, b.n, sum(p.y) as y, sum(p.y) as yy, b.m, count(*) as hits,
    sum(p.y * p.y) as cyy, sum(p.y * w.x) as cxy, b.cxx
  from part as p
  join whole as w on w.pos = p.pos and w.customer = p.customer
  join base as b on b.pos = p.pos
  group by p.pos, p.came_by, b.n, b.m, b.cxx
  order by p.pos, y desc, p.came_by
"""


def measure_journey(
    db: Database,
    journey: Journey,
    *,
    columns: Columns,
    since: dt.date,
    until: dt.date,
    threshold: int,
    confidence: float = 0.95,
    language: str = "en",
) -> tuple[StudyRecord, list[Finding]]:
    """What the interactions say of a journey, as it is: a number for each step, and what was left out.

    Args:
        db: The tables, as `read_tables` builds them; `interactions` among them.
        journey: The as-is.
        columns: Mapped columns of each table.
        since: First day that the interactions cover.
        until: Last day that they cover.
        threshold: Fewest customers behind a number that is shown.
        confidence: Confidence of the intervals.
        language: Language of the notes.

    Raises:
        QueryError: The tables lack a column that the journey names; `check_journeys` says so with its line.
    """
    source = EventSource.of(journey, columns, since=since, until=until)
    build_journeys(db, source)
    study = _Study(db, source, columns, threshold, confidence)
    findings = sorted(study.findings(), key=lambda f: study.order.get(f.item, -1))
    return study.record(words(language)), findings


@dataclass(frozen=True)
class _Counts:
    """How many journeys of how many customers there are, and which steps they reach."""

    n: int
    customers: int
    squares: float
    reach: Tally


class _Study:
    """One journey while it is measured."""

    def __init__(self, db: Database, source: EventSource, columns: Columns, threshold: int, confidence: float) -> None:
        self.db, self.source, self.columns, self.threshold = db, source, columns, threshold
        self.journey = source.journey
        self.steps: dict[int, Step] = {i: s for i, s in enumerate(self.journey.steps) if s.events}
        self.order = {s.id: i for i, s in self.steps.items()}
        self.counts = self._count()
        reached = dict(zip(self.counts.reach["pos"].astype(int), self.counts.reach["hits"], strict=True))
        hidden = {i for i, n in reached.items() if 0 < n < threshold}
        # The ends of all steps add up to the journeys: where one step is hidden, no other may tell how many ended.
        leading = set(self.steps) if hidden else set[int]()
        self.maker = Maker(
            f"journey/{self.journey.id}", journey_hash(self.journey), threshold, confidence,
            hidden=frozenset(self.steps[i].id for i in hidden), leading=frozenset(self.steps[i].id for i in leading),
        )  # fmt: skip

    def findings(self) -> Iterator[Finding]:
        yield self.maker.journeys(self.counts.n, self.counts.customers)
        yield self._fit()
        yield from self._reach()
        yield from self._drops()
        yield from self._times()
        yield from self._backward()
        if self.source.channel:
            yield from self._switches()
            yield from self._channels()
        if self.scored:
            yield from self._scores()

    @property
    def scored(self) -> bool:
        score = self.journey.score
        return score is not None and score.column in self.columns.get("responses", ())

    def record(self, w: Words) -> StudyRecord:
        unit = "cases" if self.source.unit == "case_id" else "customers"
        return StudyRecord(
            id=self.maker.study,
            kind="journey",
            label=self.journey.label,
            definition=self.maker.definition,
            counts=unit,
            first=self.source.since.isoformat(),
            last=self.source.until.isoformat(),
            method=w.say("journey.method", days=self.journey.window_days),
            items={s.id: s.label for s in self.journey.steps},
            notes=tuple(self._notes(w)),
        )

    def _count(self) -> _Counts:
        size = select_rows(self.db, _SIZE_SQL)
        n, m, cxx = (0.0 if v != v else float(v) for v in (size["n"][0], size["m"][0], size["cxx"][0]))
        return _Counts(int(n), int(m), cxx, select_rows(self.db, _REACH_SQL))

    def _fit(self) -> Finding:
        return self.maker.share("", "fit", sums_at(select_rows(self.db, _FIT_SQL), 0))

    def _reach(self) -> Iterator[Finding]:
        c, t = self.counts, self.counts.reach
        rows = {int(p): i for i, p in enumerate(t["pos"])}
        for pos, step in self.steps.items():
            y, cyy, cxy = ((float(t[f][rows[pos]]) if pos in rows else 0.0) for f in ("y", "cyy", "cxy"))
            sums = Sums.of(n=c.n, y=y, yy=y, m=c.customers, cyy=cyy, cxy=cxy, cxx=c.squares)
            left = self.maker.hidden and 0 < c.n - y < self.threshold
            yield self.maker.share(step.id, "reach", sums, small=bool(left))

    def _drops(self) -> Iterator[Finding]:
        counted = [i for i, s in self.steps.items() if not s.last]
        rows, tally, _ = self._tally(_DROPS_SQL, counted)
        shown: list[int] = []
        for i in counted:
            found = self.maker.share(self.steps[i].id, "drop_off", _row(tally, rows, i))
            shown += [i] if found.estimate.shown else []
            yield found
        yield from self._against(_DROPS_SQL, shown, "drop_off_vs_rest")

    def _scores(self) -> Iterator[Finding]:
        if self.journey.score is None:
            return
        build_answers(self.db, self.source, self.journey.score, self.columns)
        rows, tally, _ = self._tally(_ANSWERS_SQL, list(self.steps))
        shown: list[int] = []
        for i, step in self.steps.items():
            found = self.maker.average(step.id, "score", _row(tally, rows, i))
            shown += [i] if found.estimate.shown else []
            yield found
        yield from self._against(_ANSWERS_SQL, shown, "score_vs_rest")

    def _against(self, sql: str, shown: list[int], measure: str) -> Iterator[Finding]:
        # Only steps whose number is shown are the rest: a hidden one could be told from what the others leave.
        rows, tally, whole = self._tally(sql, shown)
        items = {self.steps[i].id: rows[i] for i in shown}
        yield from self.maker.against_rest(items, measure, tally, whole)

    def _switches(self) -> Iterator[Finding]:
        rows, tally, _ = self._tally(_SWITCH_SQL, list(self.steps))
        for i, step in self.steps.items():
            if i in rows:
                few = any(0 < tally[f][rows[i]] < self.threshold for f in ("hits", "misses"))
                yield self.maker.share(step.id, "channel_switch", _row(tally, rows, i), small=few)

    def _times(self) -> Iterator[Finding]:
        found = select_rows(self.db, _TIMES_SQL, zero=ZERO, gamma=GAMMA)
        gone = select_rows(self.db, _GONE_SQL)
        for row, pos in enumerate(gone["pos"].astype(int)):
            mine = {f: found[f][found["pos"] == pos] for f in ("bucket", "n")}
            squares, customers = float(gone["cxx"][row]), float(gone["m"][row])
            yield from self.maker.times(self.steps[pos].id, mine, customers=customers, squares=squares)

    def _backward(self) -> Iterator[Finding]:
        """The most frequent moves to a step that is drawn earlier."""
        t = select_rows(self.db, _BACK_SQL)
        found = 0
        for i, (pos, to) in enumerate(zip(t["pos"].astype(int), t["next_pos"].astype(int), strict=True)):
            step = self.steps[pos].id
            if found < MOST_BACK and t["hits"][i] >= self.threshold and step not in self.maker.leading:
                found += 1
                yield self.maker.share(step, f"back_to={self.steps[to].id}", sums_at(t, i))

    def _channels(self) -> Iterator[Finding]:
        t = select_rows(self.db, _CHANNELS_SQL)
        for i, step in self.steps.items():
            rows = [r for r, pos in enumerate(t["pos"].astype(int)) if pos == i]
            units = {str(t["channel"][r]): float(t["hits"][r]) for r in rows}
            total = ("all", {"all": float(t["m"][rows[0]])} if rows else {})
            parts = {**total[1], **{f"channel={c}": n for c, n in units.items()}}
            relation = ("all", [f"channel={c}" for c in units])
            small, others = hidden_cells(parts, [relation], threshold=self.threshold, shared=True)
            for r in rows[:MOST_CHANNELS]:
                measure = f"channel={t['channel'][r]}"
                # A channel that few used may be the name of a person; nothing is said of it, not even that.
                if measure not in small | others:
                    yield self.maker.share(step.id, measure, sums_at(t, r))

    def _tally(self, sql: str, steps: list[int]) -> tuple[dict[int, int], Tally, Tally]:
        tally, whole = tally_parts(self.db, sql, steps=steps)
        return {int(p): i for i, p in enumerate(tally["pos"])}, tally, whole

    def _notes(self, w: Words) -> Iterator[str]:
        fates = select_rows(self.db, _FATES_SQL)
        for fate, n, m in zip(fates["fate"], fates["n"], fates["m"], strict=True):
            if fate != "kept":
                number = w.say("journey.few", threshold=self.threshold) if m < self.threshold else count_text(int(n), w)
                day = date_text(self.source.since.isoformat(), words=w)
                yield w.say(f"journey.left_out_{fate}", n=number, days=self.journey.window_days, date=day)
        if self.source.unit == "customer_id":
            yield w.say("journey.by_customer")
        yield from self._more_notes(w)

    def _more_notes(self, w: Words) -> Iterator[str]:
        ties = select_rows(self.db, _TIES_SQL)
        if ties["tied"][0] > MANY_TIES * ties["n"][0]:
            share = f"{ties['tied'][0] / ties['n'][0]:.0%}".rstrip("%")
            yield w.say("journey.ties", share=share)
        if shared := int(select_rows(self.db, _SHARED_SQL)["n"][0]):
            yield w.say("journey.shared", n=count_text(shared, w))
        if self.maker.hidden:
            yield w.say("journey.ends_hidden", threshold=self.threshold)
        others = other_events(self.db, self.source, threshold=self.threshold)
        if others:
            listed = w.all_of([w.say("journey.other_event", event=e, n=count_text(n, w)) for e, n in others])
            yield w.say("journey.other_events", list=listed)
        if self.journey.score is not None and not self.scored:
            yield w.say("journey.no_answers")


def _row(tally: Tally, rows: dict[int, int], step: int) -> Sums:
    return sums_at(tally, rows[step]) if step in rows else Sums.of(n=0, y=0, yy=0, m=0, cyy=0, cxy=0, cxx=0)
