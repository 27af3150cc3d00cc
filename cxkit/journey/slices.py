"""A journey by each declared dimension: the same measures for the journeys of each value.

A dimension is a column of the customers, or else of the interactions: then a journey has the value of its first event.
What tells of a contact rather than of a journey is no dimension of it, such as a step or a
channel, of which a journey has many.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sqlglot import exp

from cxkit.data.contract import CONTRACTS
from cxkit.evidence.estimate import Estimate
from cxkit.journey.log import UNITS, shows
from cxkit.journey.measures import MEASURES
from cxkit.journey.others import against_others
from cxkit.journey.people import PEOPLE, name_people
from cxkit.journey.suppression import Family, Hidden, Told, hide

if TYPE_CHECKING:
    from cxkit._format import Words
    from cxkit.evidence.findings import Finding
    from cxkit.journey.study import Study

__all__ = ["MOST_VALUES", "find_slices", "slice_notes"]

MOST_VALUES = 30  # of a dimension that a journey is cut by
UNKNOWN, VALUES = "(unknown)", "journey_values"
_OF_JOURNEYS = ("reason",)  # contract columns of a contact that say something of the journey that it begins
Codes = NDArray[Any]
Key = tuple[str, str]


def find_slices(study: Study, whole: Sequence[Finding], *, dimensions: Mapping[str, str]) -> list[Finding]:
    """The findings for each value of each dimension that journeys have, and how far each value stands from the others.

    A value of which nothing can be told is not named.

    Args:
        study: The journey for all customers, measured.
        whole: Its findings.
        dimensions: Dimension to the column that it is.
    """
    cuts = {d: _values(study, c) for d, c in dimensions.items()}
    cuts = {d: (codes, values) for d, (codes, values) in cuts.items() if 0 < len(values) <= MOST_VALUES}
    slices = [((d, v), codes == i) for d, (codes, values) in cuts.items() for i, v in enumerate(values)]
    if not slices:
        return []
    told = [_as_told(study, whole), *(_measured(study, chosen, (pair,)) for pair, chosen in slices)]
    shared = {d for d in cuts if not _of_customers(study, dimensions[d])}
    families = list(_families(study, cuts, shared=shared))
    hidden = hide(told, families, needed=study.ways.needed, threshold=study.threshold)
    found: list[Finding] = []
    apart: list[tuple[Finding, NDArray[np.bool_]]] = []
    kept = np.searchsorted(study.full.code, study.log.code)
    for place, (_, chosen) in enumerate(slices, start=1):
        mine = list(_shown(told[place], place, hidden))
        found += mine
        apart += [(f, chosen[kept]) for f in mine if f.measure == "drop_off" and f.estimate.shown]
    return [*found, *against_others(study, whole, apart)]


def slice_notes(study: Study, w: Words, *, dimensions: Mapping[str, str]) -> Iterator[str]:
    """Dimensions of too many values."""
    for dimension, column in dimensions.items():
        values = _values(study, column)[1]
        if len(values) > MOST_VALUES:
            yield w.say("journey.too_many_values", dimension=dimension, n=len(values), most=MOST_VALUES)


def _shown(value: Told, place: int, hidden: Hidden) -> Iterator[Finding]:
    """What may be told of a value; nothing, not even its name, where it is too little to be worth a name."""
    findings = [_suppressed(f) if (place, k) in hidden else f for k, f in value.findings.items()]
    told = any(f.estimate.status not in ("suppressed", "unobserved") for f in findings)
    if told and value.counts["", "journeys"].n:
        yield from findings


def _families(study: Study, cuts: Mapping[str, tuple[Codes, tuple[str, ...]]], *, shared: set[str]) -> Iterator[Family]:
    """The values of each dimension as parts of all, and those that are parts of a value of another dimension."""
    kept = np.searchsorted(study.full.code, study.log.code)
    start = dict(zip(cuts, np.cumsum([1, *(len(v) for _, v in cuts.values())]).tolist(), strict=False))
    for dimension, (_, values) in cuts.items():
        yield Family(0, tuple(range(start[dimension], start[dimension] + len(values))), dimension in shared)
    for one, other in itertools.permutations(cuts, 2):
        pairs = np.unique(np.stack([cuts[one][0][kept], cuts[other][0][kept]]), axis=1)
        times = np.bincount(pairs[1], minlength=len(cuts[other][1]))
        for value in np.unique(pairs[0]).tolist():
            parts = pairs[1][pairs[0] == value]
            if (times[parts] == 1).all():
                yield Family(start[one] + value, tuple((start[other] + parts).tolist()), other in shared)


def _measured(study: Study, chosen: NDArray[np.bool_], slice_: tuple[tuple[str, str], ...]) -> Told:
    cut = study.cut(chosen, slice_)
    return _as_told(cut, [f for m in MEASURES for f in m.find(cut)])


def _as_told(study: Study, findings: Sequence[Finding]) -> Told:
    """What might be said of a study, apart from what is not said of slices."""
    visits = study.trails.visits
    last = np.array([s.last for s in study.steps.values()])
    ended = len(np.unique(study.log.customer[visits.unit[(visits.next < 0) & last[visits.pos]]]))
    only = [s.id for s in study.steps.values() if s.last]

    def within(one: str, other: str) -> bool:
        there = np.zeros(study.log.units, dtype=bool)
        there[visits.unit[study.trails.visits_of[study.place[one]]]] = True
        return bool(there[visits.unit[study.trails.visits_of[study.place[other]]]].all())

    mine = {(f.item, f.measure): f for f in findings if "=" not in f.measure}
    one = only[0] if len(only) == 1 else ""
    return Told(mine, study.maker.counts, ended, one, within)


def _suppressed(finding: Finding) -> Finding:
    return replace(finding, estimate=Estimate.without("suppressed", n=None))


def _values(study: Study, column: str) -> tuple[Codes, tuple[str, ...]]:
    """The number of each journey's value of a column, in the order of `full`, and the values; none if it has none."""
    memo = study.memo.setdefault("values", {})
    if column not in memo:
        memo[column] = _read(study, column)
    return memo[column]


def _read(study: Study, column: str) -> tuple[Codes, tuple[str, ...]]:
    if _of_customers(study, column):
        known = _customers_column(study, column)
    elif _of_contacts(study, column):
        known = _contacts_column(study, column)
    else:
        return np.zeros(study.full.units, dtype=np.int64), ()
    same = exp.column("unit", table="k").eq(exp.column("unit", table="u"))
    value = exp.func("COALESCE", exp.column("value", table="k"), exp.Literal.string(UNKNOWN))
    query = exp.select(exp.column("code", table="u"), value.as_("value")).from_(exp.to_table(UNITS, alias="u"))
    study.db.create(VALUES, query.join(known.subquery("k"), on=same, join_type="left"))
    names = [str(v) for (v,) in study.db.rows(exp.select("value").distinct().from_(VALUES).order_by("value"))]
    rank = exp.Window(this=exp.func("DENSE_RANK"), order=exp.Order(expressions=[exp.column("value")]))
    numbers = study.db.numbers(exp.select(rank.as_("number")).from_(VALUES).order_by("code"))["number"]
    return numbers - 1, tuple(names)


def _of_customers(study: Study, column: str) -> bool:
    known = "customer_id" in study.columns["interactions"]
    return known and column in study.columns.get("customers", ()) and column != "customer_id"


def _of_contacts(study: Study, column: str) -> bool:
    own = column not in CONTRACTS["interactions"].columns or column in _OF_JOURNEYS
    return own and column in study.columns["interactions"] and column != study.journey.event_column


def _customers_column(study: Study, column: str) -> exp.Select:
    """Each journey and its customer's value."""
    name_people(study)
    value = exp.cast(exp.column(column, table="c", quoted=True), "VARCHAR")
    query = exp.select(exp.column("unit", table="u"), value.as_("value")).from_(exp.to_table(UNITS, alias="u"))
    same = exp.column("customer", table="p").eq(exp.column("customer", table="u"))
    query = query.join(exp.to_table(PEOPLE, alias="p"), on=same)
    same = exp.column("customer_id", table="c").eq(exp.column("customer", table="u"))
    return query.join(exp.to_table("customers", alias="c"), on=same)


def _contacts_column(study: Study, column: str) -> exp.Select:
    """Each journey and the value of its first event; of several at that moment the first in the alphabet."""
    unit = exp.column(study.source.unit)
    shown = exp.or_(*[shows(s, study.journey.event_column) for s in study.steps.values() if s.shown])
    value = exp.cast(exp.column(column, quoted=True), "VARCHAR")
    order = exp.Order(expressions=[exp.column("started_at")])
    rank = exp.Window(this=exp.func("RANK"), partition_by=[unit.copy()], order=order)
    rows = exp.select(unit.as_("unit"), value.as_("value"), rank.as_("place")).from_("interactions")
    rows = rows.where(shown, unit.copy().is_(exp.null()).not_())
    first = exp.select("unit", exp.func("MIN", exp.column("value")).as_("value")).from_(rows.subquery("r"))
    return first.where(exp.column("place").eq(exp.Literal.number(1))).group_by("unit")
