"""The sums of KPIs in SQL, as trees: one query for all KPIs of a table.

Rows are added up to the finest cells first, and these to the slices. Sums of fractions are taken on whole multiples
of a small step, so that they are exact: they do not depend on the order of the rows, and parts add up to their whole.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from sqlglot import exp

from cxkit.kpi.tables import Plan, select_rows
from cxkit.kpi.terms import Terms

__all__ = ["FINEST", "Steps", "columns_of", "grouping_sets", "keys_of", "select_combinations", "select_finest"]
__all__ += ["select_largest", "select_slices", "select_sums", "sets_of", "steps_of", "term_columns"]

FINEST = "finest"  # the table of the finest cells
Steps = Mapping[str, float]
_EXACT_BITS = 62  # of a whole number that the database adds up without rounding
_MOST_BITS = 400  # so that the square of the tiniest step is still a number


def select_largest(plan: Plan) -> exp.Select | None:
    """The largest sizes of the terms that are fractions; None where all are whole, or customers are told apart."""
    fractions = {f"k{i}_{p}": e for i, t in enumerate(plan.terms) if not t.whole for p, e in _columns_of(t).items()}
    if plan.cluster is not None or not fractions:
        return None
    largest = [exp.Max(this=exp.Abs(this=exp.column(n))).as_(n) for n in fractions]
    return exp.select(*largest, copy=False).from_(select_rows(plan, fractions).subquery("r", copy=False), copy=False)


def steps_of(largest: Mapping[str, float]) -> dict[str, float]:
    """How many steps there are to one unit of each term, so that its largest size still is a whole number of them.

    Args:
        largest: Largest size of each term, in its unit; NaN or 0 where there is none.

    Example:
        >>> steps_of({"k0_y": 3.5}) == {"k0_y": 2.0**60}
        True
    """
    return {n: 2.0 ** min(_EXACT_BITS - math.frexp(v)[1], _MOST_BITS) if v > 0 else 1.0 for n, v in largest.items()}


def select_finest(plan: Plan, steps: Steps) -> exp.Select:
    """All sums of all KPIs of a table whose rows are independent, by period and all dimensions at once."""
    keys = keys_of(plan)
    sums = [s for i, t in enumerate(plan.terms) for s in _sums(i, t, steps)]
    select = exp.select(*columns_of(keys), exp.Count(this=exp.Star()).as_("rows"), *sums, copy=False)
    select = select.from_(select_rows(plan, term_columns(plan)).subquery("r", copy=False), copy=False)
    return select.group_by(*columns_of(keys), copy=False)


def select_slices(plan: Plan, pairs: Sequence[tuple[str, str]], steps: Steps, finest: exp.Expr) -> exp.Select:
    """The finest cells added up: one row for each period and slice; a dimension that is not cut by is NULL."""
    totals: list[exp.Expr] = [exp.Sum(this=exp.column("rows")).as_("rows")]
    for i, t in enumerate(plan.terms):
        for name in ("n", *t.sums):
            total: exp.Expr = exp.Sum(this=exp.column(f"k{i}_{name}"))
            if (step := _step(f"k{i}", name, steps)) is not None:
                total = exp.Div(this=total, expression=_number(step))
            totals.append(exp.alias_(total, f"k{i}_{name}", copy=False))
    select = exp.select(*columns_of(keys_of(plan)), *totals, copy=False).from_(finest, copy=False)
    return select.group_by(grouping_sets(sets_of(plan, pairs)), copy=False)


def select_sums(plan: Plan, pairs: Sequence[tuple[str, str]], steps: Steps) -> exp.Select:
    """All sums of all KPIs of a table, by period and slice: one row each; a dimension that is not cut by is NULL.

    Where a customer stands in many rows the sums are taken for each customer first.
    """
    if plan.cluster is None:
        return select_slices(plan, pairs, steps, select_finest(plan, steps).subquery(FINEST, copy=False))
    keys = keys_of(plan)
    sums = [s for i, t in enumerate(plan.terms) for s in _sums(i, t, {})]
    inner = exp.select(*columns_of([*keys, "unit"]), exp.Count(this=exp.Star()).as_("rows"), *sums, copy=False)
    inner = inner.from_(select_rows(plan, term_columns(plan)).subquery("r", copy=False), copy=False)
    inner = inner.group_by(grouping_sets([[*s, "unit"] for s in sets_of(plan, pairs)]), copy=False)
    outer = [exp.Sum(this=exp.column("rows")).as_("rows")]
    outer += [s for i, t in enumerate(plan.terms) for s in _sums_of_units(i, t)]
    select = exp.select(*columns_of(keys), *outer, copy=False)
    select = select.from_(_with_totals(plan, inner).subquery("u", copy=False), copy=False)
    return select.group_by(*columns_of(keys), copy=False)


def select_combinations(plan: Plan) -> exp.Select:
    """Which values of the dimensions meet in which period."""
    select = exp.select(*columns_of(keys_of(plan)), copy=False).distinct(copy=False)
    return select.from_(select_rows(plan, {}).subquery("r", copy=False), copy=False)


def keys_of(plan: Plan) -> list[str]:
    """Names of the columns that tell cells apart."""
    return ["period", *(f"d_{d}" for d in plan.dimensions)]


def sets_of(plan: Plan, pairs: Sequence[tuple[str, str]]) -> list[list[str]]:
    """The slices, as the columns that each is cut by: all, each dimension, each pair."""
    cuts = [(), *((d,) for d in plan.dimensions), *(p for p in pairs if set(p) <= set(plan.dimensions))]
    return [["period", *(f"d_{d}" for d in cut)] for cut in cuts]


def columns_of(names: Sequence[str]) -> list[exp.Expr]:
    """Columns by their names."""
    return [exp.column(n, quoted=True) for n in names]


def grouping_sets(sets: Sequence[Sequence[str]]) -> exp.GroupingSets:
    """GROUPING SETS over columns by their names."""
    return exp.GroupingSets(expressions=[exp.Tuple(expressions=columns_of(s)) for s in sets])


def term_columns(plan: Plan) -> dict[str, exp.Expr]:
    """The terms of all KPIs, NULL for rows that are not in the base."""
    return {f"k{i}_{p}": e for i, t in enumerate(plan.terms) for p, e in _columns_of(t).items()}


def _columns_of(terms: Terms) -> dict[str, exp.Expr]:
    return {name: terms.kept(part) for name, part in terms.parts.items()}


def _sums(i: int, terms: Terms, steps: Steps) -> list[exp.Expr]:
    """The sums of a KPI over rows; fractions as whole numbers of steps."""
    first = exp.column(f"k{i}_{next(iter(terms.parts))}")
    found = [exp.Count(this=first).as_(f"k{i}_n")]
    for name in terms.sums:
        value = _product_of(i, name, terms)
        if (step := _step(f"k{i}", name, steps)) is not None:
            value = exp.cast(exp.Mul(this=exp.paren(value), expression=_number(step)), "BIGINT")
        elif not terms.whole:
            value = exp.cast(value, "DOUBLE")
        found.append(exp.alias_(exp.Sum(this=value), f"k{i}_{name}", copy=False))
    return found


def _product_of(i: int, name: str, terms: Terms) -> exp.Expr:
    factors = _factors(name)
    one, *more = [exp.column(f"k{i}_{f}") for f in factors]
    if not more:
        return one
    # Whole numbers multiplied may be larger than their type.
    wide = exp.cast(one, "DOUBLE") if not terms.whole else exp.cast(one, "BIGINT")
    return exp.Mul(this=wide, expression=more[0])


def _factors(name: str) -> tuple[str, ...]:
    return ("ly", "ly") if name == "lyy" else tuple(name) if name in ("yy", "xy", "xx", "ww") else (name,)


def _step(prefix: str, name: str, steps: Steps) -> float | None:
    """Steps to one unit of a sum; the largest product is that of the largest factors."""
    factors = [f"{prefix}_{f}" for f in _factors(name)]
    if any(f not in steps for f in factors):
        return None
    bits = sum(_EXACT_BITS - int(math.log2(steps[f])) for f in factors)
    return 2.0 ** (_EXACT_BITS - bits)


def _with_totals(plan: Plan, inner: exp.Select) -> exp.Select:
    """Beside each customer's sums in a slice, the same customer's sums over the whole period."""
    whole = exp.and_(*[exp.column(f"d_{d}", quoted=True).is_(exp.null()) for d in plan.dimensions] or [exp.true()])
    totals = []
    for i, t in enumerate(plan.terms):
        for f, value in _unit_values(i, t).items():
            mine = exp.Sum(this=exp.Case().when(whole.copy(), value))
            over = exp.Window(this=mine, partition_by=columns_of(["period", "unit"]))
            totals.append(over.as_(f"k{i}_t{f}"))
    return exp.select("*", *totals, copy=False).from_(inner.subquery("s", copy=False), copy=False)


def _unit_values(i: int, terms: Terms) -> dict[str, exp.Expr]:
    """A customer's base, numerator and denominator."""
    n, sums = exp.column(f"k{i}_n"), terms.sums
    y = exp.column(f"k{i}_y") if "y" in sums else exp.column(f"k{i}_plus") - exp.column(f"k{i}_minus")
    return {"n": n, "y": exp.paren(y), "x": exp.column(f"k{i}_x") if "x" in sums else n.copy()}


def _sums_of_units(i: int, terms: Terms) -> list[exp.Expr]:
    own = {f: exp.cast(e, "DOUBLE") for f, e in _unit_values(i, terms).items()}
    n, y, x = own["n"], own["y"], own["x"]
    plain = [exp.Sum(this=exp.column(f"k{i}_{f}")).as_(f"k{i}_{f}") for f in ("n", *terms.sums)]
    # What a customer has in a slice times what they have in all: with it, a slice and its rest can be told apart
    # also where customers are in both.
    ty, tx, tn = (exp.column(f"k{i}_t{f}") for f in ("y", "x", "n"))
    squares = {"cyy": y * y, "cxy": x * y, "cxx": x * x, "sty": y * ty, "stx": y * tx, "xty": x * ty, "xtx": x * tx}
    units = exp.CountIf(this=n > 0).as_(f"k{i}_m")
    both = exp.CountIf(this=exp.and_(n > 0, tn > n)).as_(f"k{i}_both")
    return [*plain, units, both, *(exp.Sum(this=e.copy()).as_(f"k{i}_{f}") for f, e in squares.items())]


def _number(value: float) -> exp.Expr:
    return exp.cast(exp.Literal.number(repr(value)), "DOUBLE")
