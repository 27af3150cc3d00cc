"""Response bias: whether those who answered are like the customers they answer for, and what it does to the scores."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Literal

from sqlglot import exp

from cxkit._table import Database
from cxkit.data.privacy import hidden_cells
from cxkit.data.read import Tables
from cxkit.data.readiness.shares import Stratum, holm, over_represented, response_rate, weighting_shift
from cxkit.evidence.estimate import Difference, Estimate

__all__ = ["Bias", "Group", "Shift", "find_bias"]

Tendency = Literal["more", "fewer", ""]

ALPHA = 0.05
MOST_GROUPS = 20  # the largest of a dimension; the others are taken together
FEWEST_IN_STRATUM = 10  # customers; smaller groups are weighted as one (cxkit default)
OTHERS = ""
UNKNOWN = "(unknown)"
_LEAST = 1e-9  # of a score: less is the rounding of the machine
_BASE = "bias_base"


@dataclass(frozen=True, slots=True)
class Group:
    """One group of customers among those who could answer and those who did.

    Attributes:
        name: Its value; "" for all that are too small to stand alone.
        base: Customers who could answer; None where hidden.
        answered: Customers who did; None where hidden.
        share_base: Share of all who could answer.
        share_answered: Share of all who did.
        difference: The second less the first; its interval holds together with those of all other groups.
        rate: Share of the group that answered.
        tendency: Whether "more" or "fewer" answered than chance explains, after correction for the number of groups.
    """

    name: str
    base: int | None
    answered: int | None
    share_base: float | None = None
    share_answered: float | None = None
    difference: Difference | None = None
    rate: Estimate | None = None
    tendency: Tendency = ""

    @property
    def shown(self) -> bool:
        """Whether the group is large enough to be shown."""
        return self.difference is not None


@dataclass(frozen=True, slots=True)
class Shift:
    """What a score would be if each group weighed as much among the answers as among the customers.

    Attributes:
        measure: "nps" or "csat".
        raw: The score as it was answered.
        weighted: The score weighted.
        difference: The second less the first; its interval holds together with those of all other shifts.
    """

    measure: str
    raw: Estimate
    weighted: Estimate
    difference: Difference

    @property
    def moves(self) -> bool:
        """Whether weighting moves the score by more than chance explains."""
        low, high = self.difference.low, self.difference.high
        return low is not None and high is not None and (low > _LEAST or high < -_LEAST)


@dataclass(frozen=True, slots=True)
class Bias:
    """Those who answered against those who could, by one dimension.

    Attributes:
        dimension: Its id.
        label: What the reader sees.
        among: Whether all customers could answer, or those who were invited.
        base: How many could.
        answered: How many did.
    """

    dimension: str
    label: str
    among: Literal["customers", "invitations"]
    base: int
    answered: int
    groups: tuple[Group, ...]
    shifts: tuple[Shift, ...] = ()

    @property
    def biased(self) -> bool:
        """Whether any group answered more or less often than chance explains."""
        return any(g.tendency for g in self.groups)


@dataclass(frozen=True, slots=True)
class _Cell:
    """What was counted of one group."""

    name: str
    base: int
    answered: int
    strata: Mapping[str, Stratum]


def find_bias(
    tables: Tables, *, dimensions: Mapping[str, tuple[str, str]], threshold: int
) -> tuple[Bias, ...]:  # fmt: skip
    """Response bias by each dimension that customers have.

    One customer counts once, however often they answered; the scores are of all answers. All groups of all dimensions
    are corrected together.

    Args:
        tables: What `read_tables` gave.
        dimensions: Column and label of each declared dimension.
        threshold: Fewest customers in a group that is shown.

    Returns:
        Nothing where customers or answers are not there, or the answers do not say whose they are.
    """
    columns = tables.columns
    if "customer_id" not in columns.get("responses", {}) or "customers" not in columns:
        return ()
    cuts = {d: (c, label) for d, (c, label) in dimensions.items() if c in columns["customers"] and c != "customer_id"}
    invited = "customer_id" in columns.get("invitations", {}) and tables.database.count("invitations") > 0
    measures = _measures(tables)
    _lay(tables, [c for c, _ in cuts.values()], measures=measures, invited=invited)
    found: list[Bias] = []
    for dimension, (column, label) in cuts.items():
        cells = _cells(tables.database, column, list(measures))
        base, answered = sum(c.base for c in cells), sum(c.answered for c in cells)
        if len(cells) > 1 and answered >= threshold:
            among: Literal["customers", "invitations"] = "invitations" if invited else "customers"
            shown = _shown(cells, threshold)
            groups = tuple(_group(c, base, answered, shown=c.name in shown) for c in cells)
            bias = Bias(dimension, label, among, base, answered, groups)
            found.append(replace(bias, shifts=tuple(_shifts(cells, list(measures), shown, threshold))))
    return tuple(_together(found))


def _measures(tables: Tables) -> dict[str, exp.Expr]:
    """What an answer counts as in each score that is asked on its usual scale."""
    fields = [f for r in tables.sources if r.table == "responses" for f in tables.fields.get(r.id, [])]
    scales = {n: {f.scale for f in fields if f.name == n} for n in ("score", "satisfaction")}
    score, satisfaction = exp.column("score", quoted=True), exp.column("satisfaction", quoted=True)
    found: dict[str, exp.Expr] = {}
    if scales["score"] and scales["score"] <= {(0, 10), (1, 10)}:
        net = exp.Case().when(score >= 9, exp.convert(1)).when(score.copy() <= 6, exp.convert(-1))
        found["nps"] = exp.Case().when(score.copy().is_(exp.null()).not_(), net.else_(exp.convert(0)))
    if scales["satisfaction"] == {(1, 5)}:
        top = exp.Case().when(satisfaction >= 4, exp.convert(1)).else_(exp.convert(0))
        found["csat"] = exp.Case().when(satisfaction.copy().is_(exp.null()).not_(), top)
    return found


def _lay(tables: Tables, columns: Sequence[str], *, measures: Mapping[str, exp.Expr], invited: bool) -> None:
    """One row for each customer who could answer: their groups, how often they answered, the sums of their answers."""
    answers = exp.select(_c("customer_id"), exp.Count(this=exp.Star()).as_("answers")).from_("responses")
    for name, value in measures.items():
        answers = answers.select(exp.Count(this=value).as_(f"n_{name}"), exp.Sum(this=value.copy()).as_(f"y_{name}"))
    answers = answers.where(_c("customer_id").is_(exp.null()).not_()).group_by(_c("customer_id"))
    taken = [_c(x, "a") for x in ("answers", *(f"{k}_{m}" for m in measures for k in ("n", "y")))]
    query = exp.select(*[_c(c, "c") for c in dict.fromkeys(columns)], *taken).from_(
        exp.to_table("customers", alias="c")
    )
    query = query.join(answers.subquery("a"), on=_c("customer_id", "c").eq(_c("customer_id", "a")), join_type="left")
    if invited:
        asked = exp.select(_c("customer_id")).from_("invitations")
        query = query.where(exp.In(this=_c("customer_id", "c"), query=asked.subquery()))
    elif span := tables.spans.get("responses"):
        first, last = (exp.cast(exp.Literal.string(d.isoformat()), "DATE") for d in span)
        # Those who had left before the first answer, or came after the last, could not answer.
        query = query.where(exp.or_(_c("left_on", "c").is_(exp.null()), _c("left_on", "c") > first))
        query = query.where(exp.or_(_c("joined_on", "c").is_(exp.null()), _c("joined_on", "c") <= last))
    tables.database.create(_BASE, query)


def _cells(db: Database, column: str, measures: Sequence[str]) -> list[_Cell]:
    """What is counted of each group, the largest first; those beyond the most that are shown are one.

    Customers of no known group are a group too: left out, they could be counted by subtraction from another dimension.
    """
    sums: list[exp.Expr] = [exp.Count(this=exp.Star()), exp.Count(this=_c("answers"))]
    for m in measures:
        n, y = exp.cast(_c(f"n_{m}"), "DOUBLE"), exp.cast(_c(f"y_{m}"), "DOUBLE")
        sums.append(exp.CountIf(this=_c(f"n_{m}") > 0))
        sums += [exp.Sum(this=e) for e in (n, y, y.copy() * y.copy(), n.copy() * y.copy(), n.copy() * n.copy())]
    query = exp.select(_c(column), *sums).from_(_BASE).group_by(_c(column))
    named: dict[str, list[_Cell]] = {}
    for value, base, answered, *more in db.rows(query):
        strata = {m: _stratum(base, more[i * 6 : i * 6 + 6]) for i, m in enumerate(measures)}
        name = _text(value)
        named.setdefault(name, []).append(_Cell(name, int(base), int(answered), strata))
    found = [_joined(cells, name=name) for name, cells in named.items()]
    found.sort(key=lambda c: (-c.base, c.name))
    kept, rest = found[:MOST_GROUPS], found[MOST_GROUPS:]
    return [*kept, *([_joined(rest)] if rest else [])]


def _stratum(base: int, sums: Sequence[float | None]) -> Stratum:
    customers, *rest = (float(v or 0) for v in sums)
    return Stratum(base, int(customers), *rest)


def _joined(cells: Sequence[_Cell], *, name: str = OTHERS) -> _Cell:
    strata = dict(cells[0].strata)
    for c in cells[1:]:
        strata = {m: s + c.strata[m] for m, s in strata.items()}
    return _Cell(name, sum(c.base for c in cells), sum(c.answered for c in cells), strata)


def _shown(cells: Sequence[_Cell], threshold: int) -> set[str]:
    """The groups that may be shown: none is small, and none can be had from the others by subtraction."""
    hidden: set[object] = set()
    names: list[tuple[str, str]] = [("group", c.name) for c in cells]
    for count in ("base", "answered"):
        units: dict[tuple[str, str], float] = {("group", c.name): getattr(c, count) for c in cells}
        units["all", ""] = sum(units.values())
        small, others = hidden_cells(units, [(("all", ""), names)], threshold=threshold)
        hidden |= small | others
    # What one count hides may leave a lonely one of the other; together they are hidden in both.
    return {c.name for c in cells if ("group", c.name) not in hidden}


def _group(cell: _Cell, base: int, answered: int, *, shown: bool) -> Group:
    if not shown:
        return Group(cell.name, None, None)
    difference = over_represented(cell.answered, cell.base, all_answered=answered, all_base=base)
    rate = response_rate(cell.answered, cell.base)
    return Group(cell.name, cell.base, cell.answered, cell.base / base, cell.answered / answered, difference, rate)


def _shifts(cells: Sequence[_Cell], measures: Sequence[str], shown: set[str], threshold: int) -> Iterator[Shift]:
    for measure in measures:
        strata = _strata(cells, measure, shown, threshold)
        if found := weighting_shift(strata):
            yield Shift(measure, *found)


def _strata(cells: Sequence[_Cell], measure: str, shown: set[str], threshold: int) -> list[Stratum]:
    """The groups to weight, which hold all who answered; small and hidden ones are one, and large enough to be so."""
    alone = [c for c in cells if c.name in shown and c.strata[measure].customers >= FEWEST_IN_STRATUM]
    rest = [c for c in cells if c not in alone]
    if not any(c.strata[measure].customers for c in rest):
        return [c.strata[measure] for c in alone]
    # A raw score without the few would give their answers away beside one with them.
    while alone and _joined(rest).strata[measure].customers < max(FEWEST_IN_STRATUM, threshold):
        rest.append(alone.pop(min(range(len(alone)), key=lambda i: alone[i].strata[measure].customers)))
    return [c.strata[measure] for c in [*alone, _joined(rest)]]


def _together(found: Sequence[Bias]) -> Iterator[Bias]:
    """Intervals and verdicts that hold for all groups at once, so that one false alarm among all is rare."""
    tests = [(i, j) for i, b in enumerate(found) for j in _tested(b.groups)]
    conf = 1 - ALPHA / max(len(tests), 1)
    moved = sum(len(b.shifts) for b in found)
    values = [found[i].groups[j].difference for i, j in tests]
    corrected = dict(zip(tests, holm([1.0 if d is None or d.p is None else d.p for d in values]), strict=True))
    for i, bias in enumerate(found):
        groups = list(bias.groups)
        two = len(groups) == 2
        for j, g in enumerate(groups):
            if g.base is not None and g.answered is not None:
                p = corrected.get((i, 0 if two else j), 1.0)
                d = over_represented(
                    g.answered, g.base, all_answered=bias.answered, all_base=bias.base, conf=conf
                )  # fmt: skip
                # Both, so that no mark stands on a band that holds 0.
                sure = p < ALPHA and not (d.low or 0.0) <= 0 <= (d.high or 0.0)
                tendency: Tendency = "" if not sure else "more" if d.value > 0 else "fewer"
                groups[j] = replace(g, difference=d, tendency=tendency)
        yield replace(bias, groups=tuple(groups), shifts=tuple(_wider(bias.shifts, moved)))


def _tested(groups: Sequence[Group]) -> Iterable[int]:
    # Of two groups one is the other turned over: that is one test.
    places = [j for j, g in enumerate(groups) if g.shown]
    return places[:1] if len(groups) == 2 else places


def _wider(shifts: Iterable[Shift], number: int) -> Iterator[Shift]:
    usual, wide = (NormalDist().inv_cdf(1 - a / 2) for a in (ALPHA, ALPHA / max(number, 1)))
    for s in shifts:
        d = s.difference
        half = ((d.high or 0) - (d.low or 0)) / 2 * wide / usual
        yield replace(s, difference=replace(d, low=d.value - half, high=d.value + half))


def _text(value: object) -> str:
    if value is None or value == "":
        return UNKNOWN
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _c(name: str, table: str | None = None) -> exp.Column:
    return exp.column(name, table=table, quoted=True)
