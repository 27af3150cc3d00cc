"""What is counted in buckets, in SQL: tallies by slice, and the KPI itself as a client's data team checks it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import sqlglot
from sqlglot import exp

from cxkit._sql import DIALECT
from cxkit.kpi.buckets import GAMMA, ZERO
from cxkit.kpi.model import Kpi
from cxkit.kpi.query import columns_of, grouping_sets, keys_of, sets_of, term_columns
from cxkit.kpi.tables import Plan, select_rows
from cxkit.kpi.terms import Tally, Terms

__all__ = ["select_tally", "select_value"]

# The Kaplan-Meier product and, where there are competing ends, the Aalen-Johansen sum. What has not ended or left yet
# is at risk; who was seen late is so from the bucket after.
_CURVE = """
with moves as (
  select period, bucket, sum(ended) as ended, sum(other) as other, sum(gone) as gone, sum(entered) as entered
  from r where bucket is not null group by period, bucket
),
running as (
  select *, sum(gone) over (partition by period) - sum(entered) over (partition by period)
    + coalesce(sum(entered - gone) over (
        partition by period order by bucket rows between unbounded preceding and 1 preceding), 0) as at_risk
  from moves
),
survival as (
  select *, case when min(at_risk - ended - other) over upto <= 0 then 0 else
    exp(sum(ln(greatest(1 - (ended + other) / at_risk, 1e-300))) over upto) end as staying
  from running where at_risk > 0
  window upto as (partition by period order by bucket)
),
curve as (
  select *, sum(coalesce(before, 1) * ended / at_risk) over (partition by period order by bucket) as incidence
  from (select *, lag(staying) over (partition by period order by bucket) as before from survival) as steps
),
bases as (select period, sum(gone) as n from r where bucket is not null group by period)
select b.period, b.n from bases as b
"""
_ROUNDING = 1e-9  # a curve that comes down to its quantile, but for the last digit, has come down


def select_tally(plan: Plan, terms: Terms, pairs: Sequence[tuple[str, str]]) -> exp.Query:
    """How many units of a KPI ended, or were still open, in each bucket, by period and slice."""
    sets = [[*s, "bucket"] for s in sets_of(plan, pairs)]
    open_ = exp.column("gone") - exp.column("ended") - exp.column("other")
    counts = {
        "ended": exp.column("ended"),
        "other": exp.column("other"),
        "open": open_,
        "entered": exp.column("entered"),
    }
    sums = [exp.Sum(this=e).as_(n) for n, e in counts.items()]
    select = exp.select(*columns_of([*keys_of(plan), "bucket"]), *sums, copy=False)
    select = select.from_(_moves(plan, terms).subquery("m", copy=False), copy=False)
    return select.where(exp.column("bucket").is_(exp.null()).not_(), copy=False).group_by(
        grouping_sets(sets), copy=False
    )


def select_value(plan: Plan, terms: Terms) -> exp.Select:
    """The KPI by period, with its base: what a client's data team checks."""
    alone = Plan(
        plan.table, plan.derived, plan.relation, plan.time, plan.length, plan.periods, (terms,), {}, None, refers=False
    )
    if terms.tally is not None:
        return _curve_value(alone, terms)
    n = exp.Count(this=exp.column(f"k0_{next(iter(terms.parts))}"))
    value = _value(terms)
    if terms.kpi.scale != 1:
        value = exp.Mul(this=exp.convert(terms.kpi.scale), expression=exp.paren(value))
    rows = select_rows(alone, term_columns(alone))
    select = exp.select("period", n.as_("n"), value.as_("value"), copy=False).from_(rows.subquery("r"), copy=False)
    return select.group_by("period", copy=False).order_by("period", copy=False)


def _value(terms: Terms) -> exp.Expr:
    """The KPI of the terms of its rows, in SQL."""
    y, plus, minus = (exp.Sum(this=exp.column(f"k0_{p}")) for p in ("y", "plus", "minus"))
    x: exp.Expr = exp.Sum(this=exp.column("k0_x")) if "x" in terms.parts else exp.Count(this=exp.column("k0_y"))
    if terms.kpi.kind == "lift":
        treated, held = _quotient(y, plus), _quotient(x, minus)
        return exp.Sub(this=exp.convert(1), expression=_quotient(held, treated))
    if "y" not in terms.parts:
        return _quotient(exp.paren(plus - minus), exp.Count(this=exp.column("k0_plus")))
    return _quotient(x, y) if terms.kpi.inverse else _quotient(y, x)


def _quotient(a: exp.Expr, b: exp.Expr) -> exp.Expr:
    return exp.Div(this=exp.paren(a), expression=exp.func("NULLIF", b, exp.Literal.number(0)))


def _curve_value(alone: Plan, terms: Terms) -> exp.Select:
    found = cast("exp.Select", sqlglot.parse_one(_CURVE, dialect=DIALECT))
    found = found.select(_read(terms.kpi).as_("value"), copy=False).order_by("period", copy=False)
    moves = _moves(alone, terms)
    for table in list(found.find_all(exp.Table)):
        if table.name == "r":
            table.replace(moves.copy().subquery("r", copy=False))
    return found


def _read(kpi: Kpi) -> exp.Expr:
    """Where the curve of a period crosses the quantile, or how high it is at the horizon."""
    scale = exp.convert(float(kpi.scale))
    if kpi.kind == "quantile":
        crossed = exp.LTE(this=exp.column("staying"), expression=exp.convert(1 - float(kpi.share or 0) + _ROUNDING))
        first = _of("curve", exp.Min(this=exp.column("bucket")), crossed)
        power = exp.Pow(this=exp.convert(GAMMA), expression=exp.paren(first.copy() + exp.convert(0.5)))
        zero = exp.EQ(this=first, expression=exp.convert(ZERO))
        return exp.Case().when(zero, exp.convert(0)).else_(exp.Mul(this=scale, expression=power))
    horizon = exp.convert(float(kpi.horizon or 0))
    column = "incidence" if kpi.other and kpi.shows == "lost" else "staying"
    last = exp.ArgMax(this=exp.column(column), expression=exp.column("bucket"))
    level = _of("curve", last, exp.LTE(this=exp.column("bucket"), expression=horizon.copy()))
    level = exp.func("COALESCE", level, exp.convert(0 if column == "incidence" else 1))
    told = exp.paren(exp.convert(1) - level) if kpi.shows == "lost" and column == "staying" else level
    reached = exp.GTE(this=_of("moves", exp.Max(this=exp.column("bucket")), exp.true()), expression=horizon)
    # Where nobody is left there is nothing more to wait for.
    over = exp.LTE(this=_of("curve", exp.Min(this=exp.column("staying")), exp.true()), expression=exp.convert(0))
    return exp.Case().when(exp.or_(reached, over), exp.Mul(this=scale, expression=told))


def _of(table: str, value: exp.Expr, where: exp.Expr) -> exp.Expr:
    """A value of the rows of the same period."""
    same = exp.column("period", table="c").eq(exp.column("period", table="b"))
    return exp.select(value, copy=False).from_(exp.to_table(table, alias="c")).where(same, where).subquery()


def _moves(plan: Plan, terms: Terms) -> exp.Query:
    """A row for each unit where it leaves, and one for each that was seen late."""
    tally = terms.tally
    if tally is None:
        raise ValueError(f"the KPI {terms.kpi.id} counts nothing in buckets")
    parts = [_leaving(tally), *([_entering(tally)] if not isinstance(tally.entry, exp.Null) else [])]
    selects = [select_rows(plan, _kept(p, terms)) for p in parts]
    return selects[0] if len(selects) == 1 else exp.union(*selects, distinct=False, copy=False)


def _leaving(tally: Tally) -> dict[str, exp.Expr]:
    # Who met both at once met the event.
    met = exp.EQ(this=exp.paren(tally.ended.copy()), expression=exp.Literal.number(1))
    other = exp.Case().when(met, exp.Literal.number(0)).else_(tally.other.copy())
    gone, entered = exp.Literal.number(1), exp.Literal.number(0)
    return {"bucket": tally.bucket, "ended": tally.ended, "other": other, "gone": gone, "entered": entered}


def _entering(tally: Tally) -> dict[str, exp.Expr]:
    none, one = exp.Literal.number(0), exp.Literal.number(1)
    return {"bucket": tally.entry, "ended": none, "other": none, "gone": none, "entered": one}


def _kept(part: dict[str, exp.Expr], terms: Terms) -> dict[str, exp.Expr]:
    return {name: terms.kept(e) for name, e in part.items()}
