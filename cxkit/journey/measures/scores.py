"""How customers say that a step went: the answers about it.

An answer that names a step is about it; any other is about the step of its customer's last contact on the map before
it, at most `within_days` earlier. Named or not, it is given by the channel of the last contact at its step.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sqlglot import exp

from cxkit.journey.estimates import Part
from cxkit.journey.measures.named import frequent, tellable
from cxkit.journey.people import PEOPLE, in_order, name_people, places_of
from cxkit.journey.trails import DAY

if TYPE_CHECKING:
    from cxkit.evidence.findings import Finding
    from cxkit.journey.study import Study

__all__ = ["find"]

Mask = NDArray[np.bool_]
Whole = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class _Answers:
    """Answers about steps.

    Attributes:
        person: Number of who gave it; the same for all answers of a customer.
        value: What was answered.
        pos: The step that it is about.
        code: Code of the journey that it belongs to; -1 where there is none.
        channel: Channel of the contact that it follows; -1 where there is none.
    """

    person: Whole
    value: NDArray[np.float64]
    pos: Whole
    code: Whole
    channel: Whole

    def only(self, chosen: Mask) -> _Answers:
        """Some of the answers."""
        return _Answers(*(getattr(self, f)[chosen] for f in ("person", "value", "pos", "code", "channel")))


def find(study: Study) -> Iterator[Finding]:
    """`score` of each step, how far it stands from the others, and `score=<channel>`."""
    if not _asked(study):
        return
    found = _answers(study)
    if study.slice:
        found = found.only(places_of(study, found.code) >= 0)
    who, person = np.unique(found.person, return_inverse=True)

    def part(chosen: Mask) -> Part:
        return Part.of(person[chosen], found.value[chosen], customers=len(who))

    shown: list[str] = []
    for i, step in study.steps.items():
        number = study.maker.average(step.id, "score", part(found.pos == i))
        shown += [step.id] if number.estimate.shown else []
        yield number
        if not study.slice and number.estimate.shown:
            yield from _by_channel(study, i, found, part)
    yield from study.maker.against_rest(shown, lambda s: part(found.pos == study.place[s]), measure="score_vs_rest")


def _asked(study: Study) -> bool:
    score = study.journey.score
    return score is not None and score.column in study.columns.get("responses", ())


def _by_channel(study: Study, pos: int, found: _Answers, part) -> Iterator[Finding]:  # noqa: ANN001
    mine = found.pos == pos
    codes = frequent(study, found.channel[mine])
    parts = {study.log.channels[c]: part(mine & (found.channel == c)) for c in codes}
    for name in tellable(study, parts, whole=part(mine), split=False):
        yield study.maker.average(study.steps[pos].id, f"score={name}", parts[name])


def _answers(study: Study) -> _Answers:
    if "answers" not in study.memo:
        study.memo["answers"] = _link(study)
    return study.memo["answers"]


def _link(study: Study) -> _Answers:
    """Every answer that is about a step, with the contact that it follows."""
    told = _read(study)
    event = _last_contacts(study, told["number"], told["at"], told["pos"])
    there, log = event >= 0, study.log
    pos = np.where(told["pos"] >= 0, told["pos"], -1)
    code, channel = np.full(len(event), -1), np.full(len(event), -1)
    if there.any():
        pos[there], channel[there] = log.pos[event[there]], log.channel[event[there]]
        code[there] = log.code[study.trails.unit[event[there]]]
    return _Answers(told["person"], told["value"], pos, code, channel).only(pos >= 0)


def _last_contacts(study: Study, number: Whole, at: Whole, named: Whole) -> Whole:
    """Place in the log of the last contact before each answer, at the step that it names, if any; -1 if none."""
    log, score = study.log, study.journey.score
    found = np.full(len(number), -1)
    if score is None or not len(log.at):
        return found
    order = in_order(log)
    for pos in np.unique(named).tolist():
        mine = np.flatnonzero((named == pos) & (number >= 0))
        events = order if pos < 0 else order[log.pos[order] == pos]
        who = log.customer[study.trails.unit[events]]
        before = _last_before(log.at[events], np.searchsorted(who, number[mine]), number[mine], who, at[mine])
        there = before >= 0
        event = events[before[there]]
        near = at[mine[there]] - log.at[event] <= score.within_days * DAY
        found[mine[there][near]] = event[near]
    return found


def _last_before(times: Whole, first: Whole, number: Whole, who: Whole, at: Whole) -> Whole:
    """Of each customer, whose times begin at `first`, the place of the last that is not after a moment; -1 if none."""
    low, high = first.copy(), np.searchsorted(who, number, side="right")
    while (low < high).any():
        middle = (low + high) // 2
        early = (low < high) & (times[np.minimum(middle, len(times) - 1)] <= at)
        high = np.where((low < high) & ~early, middle, high)
        low = np.where(early, middle + 1, low)
    return np.where(low > first, low - 1, -1)


def _read(study: Study) -> dict[str, Any]:
    """The answers: `person`, `number` of the customer in the log, `at`, `pos` that is named, `value`; -1 is none."""
    name_people(study)
    rows = _select(study)
    person = exp.Window(this=exp.func("DENSE_RANK"), order=exp.Order(expressions=[exp.column("customer", table="a")]))
    number = exp.func("COALESCE", exp.column("number", table="p"), exp.Literal.number(-1))
    same = exp.column("customer", table="p").eq(exp.column("customer", table="a"))
    query = exp.select(
        person.as_("person"), exp.cast(number, "BIGINT").as_("number"), exp.column("at", table="a"),
        exp.column("pos", table="a"), exp.column("value", table="a"),
    )  # fmt: skip
    query = query.from_(rows.subquery("a")).join(exp.to_table(PEOPLE, alias="p"), on=same, join_type="left")
    # The order makes sums of fractions the same every time.
    return study.db.numbers(query.order_by("person", "at", "pos", "value"))


def _select(study: Study) -> exp.Select:
    journey, mine = study.journey, study.columns["responses"]
    assert journey.score is not None  # noqa: S101 - asked by the caller
    answer, value, time = exp.column("response_id"), exp.column(journey.score.column), exp.column("responded_at")
    customer = exp.column("customer_id") if "customer_id" in mine else exp.cast(exp.null(), "VARCHAR")
    alone = exp.DPipe(this=exp.Literal.string("#"), expression=answer)
    at = exp.func("EPOCH_US", exp.cast(time, "TIMESTAMP"))
    query = exp.select(
        exp.func("COALESCE", customer, alone).as_("customer"), at.as_("at"),
        exp.cast(_named(study), "BIGINT").as_("pos"), exp.cast(value, "DOUBLE").as_("value"),
    ).from_("responses")  # fmt: skip
    first = dt.datetime.combine(study.source.since, dt.time())
    end = dt.datetime.combine(study.source.until + dt.timedelta(days=1), dt.time())
    query = query.where(value.copy().is_(exp.null()).not_(), time.copy() >= exp.convert(first))
    query = query.where(time.copy() < exp.convert(end))
    if "step" in mine:
        # An answer about a step that is not on the map is about no other either.
        query = query.where(exp.or_(exp.column("step").is_(exp.null()), _named(study).neq(exp.Literal.number(-1))))
    return query.where(exp.column("survey").isin(*journey.score.survey)) if journey.score.survey else query


def _named(study: Study) -> exp.Expr:
    """The place on the map of the step that an answer names; -1 for none."""
    case = exp.Case(default=exp.Literal.number(-1))
    if "step" not in study.columns["responses"]:
        return exp.Literal.number(-1)
    for i, step in study.steps.items():
        for event in step.events:
            case = case.when(exp.column("step").eq(exp.Literal.string(event)), exp.Literal.number(i))
    return case if case.args.get("ifs") else exp.Literal.number(-1)
