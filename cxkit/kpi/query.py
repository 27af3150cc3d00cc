"""The SQL of KPIs, as trees: one query for all KPIs of a table, and one stand-alone SELECT for each.

A row's part in a KPI is two terms, y and x (hits and rows, money and money, events and exposure); everything a
kind needs is a sum of these and of their products.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from cxkit._sql import DIALECT, parse_predicate, parse_select
from cxkit.data.contract import CONTRACTS
from cxkit.errors import QueryError
from cxkit.kpi.model import Catalogue, DerivedTable, Kpi
from cxkit.kpi.periods import Period

__all__ = ["UNKNOWN", "Plan", "Terms", "plan_table", "select_combinations", "select_sums", "select_value"]

UNKNOWN = "(unknown)"
_ROW_SUMS = ("n", "w", "ww", "y", "x", "yy", "xy", "xx", "plus", "minus")
_PARTS = {"quarter": "quarter", "month": "month", "year": "year"}


@dataclass(frozen=True, slots=True)
class Terms:
    """A KPI's row-level terms over the columns of its table."""

    kpi: Kpi
    keep: exp.Expr
    weight: exp.Expr
    y: exp.Expr
    x: exp.Expr
    plus: exp.Expr | None = None
    minus: exp.Expr | None = None

    @property
    def whole(self) -> bool:
        """Whether all terms are whole numbers, whose sums do not depend on their order."""
        return self.kpi.kind in ("proportion", "net") and self.kpi.weight is None


@dataclass(frozen=True, slots=True)
class Plan:
    """A table to be measured, with all its KPIs, for one length of period.

    Attributes:
        table: Its name; a derived table is measured once for each set of parameters.
        relation: The contract table, or the derived table's SELECT.
        time: Column that puts a row in a period.
        dimensions: Dimension to the expression that gives its value.
        cluster: Column whose value stands in many rows, or None.
        refers: Whether dimensions come from the table of customers.
    """

    table: str
    derived: DerivedTable | None
    relation: exp.Expr
    time: str
    length: str
    periods: tuple[Period, ...]
    terms: tuple[Terms, ...]
    dimensions: dict[str, exp.Expr]
    cluster: str | None
    refers: bool


def plan_table(
    kpis: Sequence[Kpi],
    *,
    catalogue: Catalogue,
    columns: Mapping[str, Mapping[str, str]],
    dimensions: Mapping[str, str],
    length: str,
    periods: Sequence[Period],
    months: Sequence[Period],
    days: tuple[dt.date, dt.date],
) -> Plan:
    """Everything that the queries over one table need.

    Args:
        kpis: KPIs of one table, with the same parameters.
        catalogue: Where derived tables are.
        columns: Columns of the contract tables.
        dimensions: Dimension to the column that it is.
        length: Length of the periods.
        periods: The periods that the data cover.
        months: The months that the data cover.
        days: First and last day that the table's data cover.

    Raises:
        QueryError: SQL of a KPI or of a derived table is not allowed, or names what is not there.
    """
    name = kpis[0].table
    derived = catalogue.tables.get(name)
    if derived is None:
        relation: exp.Expr = exp.to_table(name)
        mine, time, cluster = dict(columns[name]), CONTRACTS[name].time, CONTRACTS[name].repeated_by
    else:
        relation = _derive(derived, kpis[0], catalogue, columns, length, periods, months, days)
        mine, time, cluster = dict(derived.columns), derived.time, derived.repeated_by
    terms = tuple(_terms(k, mine, where=catalogue.places.get(k.id, k.id)) for k in kpis)
    refers = name != "customers" and "customer_id" in mine and "customers" in columns
    cut = {d: _dimension(c, mine, columns.get("customers", {}), refers) for d, c in dimensions.items()}
    found = {d: e for d, e in cut.items() if e is not None}
    uses = any(e.find(exp.Column).table == "c" for e in found.values())  # type: ignore[union-attr]
    cluster = cluster if cluster in mine else None
    return Plan(
        name, derived, relation, time or "", length, tuple(periods), terms, found, cluster, refers=refers and uses
    )


def select_sums(plan: Plan, pairs: Sequence[tuple[str, str]]) -> exp.Select:
    """All sums of all KPIs of a table, by period and slice: one row each; a dimension that is not cut by is NULL.

    Where a customer stands in many rows the sums are taken for each customer first.
    """
    sets = [(), *((d,) for d in plan.dimensions), *(p for p in pairs if set(p) <= set(plan.dimensions))]
    rows = _rows(plan)
    keys = ["period", *(f"d_{d}" for d in plan.dimensions)]
    sums = [s for i, t in enumerate(plan.terms) for s in _sums(i, t)]
    by = [["period", *(f"d_{d}" for d in s)] for s in sets]
    if plan.cluster is None:
        return exp.select(*_columns(keys), *sums).from_(rows.subquery("r")).group_by(_grouping_sets(by))
    inner = exp.select(*_columns([*keys, "unit"]), *sums).from_(rows.subquery("r"))
    inner = inner.group_by(_grouping_sets([[*b, "unit"] for b in by]))
    outer = [s for i, _ in enumerate(plan.terms) for s in _sums_of_units(i)]
    return exp.select(*_columns(keys), *outer).from_(_with_totals(plan, inner).subquery("u")).group_by(*_columns(keys))


def select_combinations(plan: Plan) -> exp.Select:
    """Which values of the dimensions meet in which period."""
    keys = _columns(["period", *(f"d_{d}" for d in plan.dimensions)])
    return exp.select(*keys).distinct().from_(_rows(plan).subquery("r"))


def select_value(plan: Plan, terms: Terms) -> exp.Select:
    """The KPI by period, with its base: what a client's data team checks."""
    alone = Plan(
        plan.table, plan.derived, plan.relation, plan.time, plan.length, plan.periods, (terms,), {}, None, refers=False
    )
    ratio = exp.Div(this=exp.Sum(this=exp.column("k0_y")), expression=_nullif(exp.Sum(this=exp.column("k0_x"))))
    value = ratio if terms.kpi.scale == 1 else exp.Mul(this=exp.convert(terms.kpi.scale), expression=exp.paren(ratio))
    select = exp.select("period", exp.Count(this=exp.column("k0_x")).as_("n"), value.as_("value"))
    return select.from_(_rows(alone).subquery("r")).group_by("period").order_by("period")


def _derive(
    derived: DerivedTable,
    kpi: Kpi,
    catalogue: Catalogue,
    columns: Mapping[str, Mapping[str, str]],
    length: str,
    periods: Sequence[Period],
    months: Sequence[Period],
    days: tuple[dt.date, dt.date],
) -> exp.Expr:
    where = catalogue.places[derived.id]
    _needs(derived, columns, where=where)
    tables = {t: [*c, *CONTRACTS[t].columns] for t, c in columns.items()}
    tables |= {"calendar": ["period_start", "period_end"], "months": ["month_start", "month_end"]}
    after = days[1] + dt.timedelta(days=1)
    parameters = {**derived.parameters, **kpi.parameters, "since": days[0], "as_of": after, "period": length}
    tree = parse_select(derived.sql, tables, parameters=parameters, where=where)
    used = {t.name for t in tree.find_all(exp.Table)}
    ctes = []
    if "calendar" in used:
        ctes.append(_calendar("calendar", "period", periods))
    if "months" in used:
        ctes.append(_calendar("months", "month", months))
    if ctes:
        tree.set("with_", exp.With(expressions=[*ctes, *tree.ctes]))
    return tree


def _needs(derived: DerivedTable, columns: Mapping[str, Mapping[str, str]], *, where: str) -> None:
    for table, needed in derived.needs.items():
        missing = [c for c in needed if c not in columns.get(table, {})]
        if missing:
            raise QueryError(
                f"The table {derived.id} needs {table}.{', '.join(missing)}, which is not mapped.",
                where=where,
                hint="Map it in sources.yaml, or leave the KPIs that rest on it out of `kpis` in engagement.yaml.",
            )


def _calendar(name: str, prefix: str, periods: Sequence[Period]) -> exp.CTE:
    rows = [exp.Tuple(expressions=[_day(p.start), _day(p.end)]) for p in periods]
    # A calendar without a period is still a table: one row that no date can meet.
    rows = rows or [exp.Tuple(expressions=[_day(dt.date.max), _day(dt.date.max)])]
    alias = exp.TableAlias(
        this=exp.to_identifier(name), columns=[exp.to_identifier(f"{prefix}_start"), exp.to_identifier(f"{prefix}_end")]
    )
    return exp.CTE(this=exp.Values(expressions=rows), alias=alias)


def _day(day: dt.date) -> exp.Expr:
    return exp.cast(exp.Literal.string(day.isoformat()), "DATE")


def _terms(kpi: Kpi, columns: Mapping[str, str], *, where: str) -> Terms:
    def parse(field: str, text: str) -> exp.Expr:
        tree = parse_predicate(text, columns, parameters=kpi.parameters, where=f"{where}, {field}")
        # Customers are joined for their dimensions and may have columns of the same name.
        return tree.transform(lambda n: exp.column(n.name, table="t", quoted=True) if isinstance(n, exp.Column) else n)

    sql = {f: parse(f, t) for f, t in kpi.sql_fields.items()}
    keep = exp.func("COALESCE", exp.paren(parse("base", kpi.base)), exp.false())
    weight = parse("weight", kpi.weight) if kpi.weight else exp.Literal.number(1)
    if kpi.weight:
        keep = exp.and_(keep, exp.paren(weight.copy()) > 0)
    one = exp.Literal.number(1)
    if kpi.kind == "proportion":
        return Terms(kpi, keep, weight, _flag(sql["hit"]), one)
    if kpi.kind == "net":
        plus, minus = _flag(sql["plus"]), _flag(sql["minus"])
        return Terms(kpi, keep, weight, exp.paren(plus.copy() - minus.copy()), one, plus, minus)
    top, bottom = {"mean": ("value", None), "ratio": ("numerator", "denominator"), "rate": ("events", "exposure")}[
        kpi.kind
    ]
    present = [exp.paren(sql[f].copy()).is_(exp.null()).not_() for f in (top, bottom) if f]
    return Terms(kpi, exp.and_(keep, *present), weight, sql[top], sql[bottom] if bottom else one)


def _flag(condition: exp.Expr) -> exp.Expr:
    return exp.Case().when(condition, exp.Literal.number(1)).else_(exp.Literal.number(0))


def _dimension(
    column: str,
    mine: Mapping[str, str],
    customers: Mapping[str, str],
    refers: bool,
) -> exp.Expr | None:
    table = "t" if column in mine else "c" if refers and column in customers else None
    if table is None:
        return None
    text = exp.cast(exp.column(column, table=table, quoted=True), "VARCHAR")
    return exp.func("COALESCE", text, exp.Literal.string(UNKNOWN))


def _rows(plan: Plan) -> exp.Select:
    """One row for each row of the table that lies in a period, with its terms."""
    columns = [_period(plan).as_("period")]
    columns += [e.copy().as_(f"d_{d}", quoted=True) for d, e in plan.dimensions.items()]
    if plan.cluster is not None:
        columns.append(_unit(plan.cluster).as_("unit"))
    columns += [c for i, t in enumerate(plan.terms) for c in _term_columns(i, t)]
    relation = plan.relation
    source = relation.copy().as_("t") if isinstance(relation, exp.Table) else relation.copy().subquery("t")  # type: ignore[union-attr]
    select = exp.select(*columns).from_(source)
    if plan.refers:
        on = exp.column("customer_id", table="c", quoted=True).eq(exp.column("customer_id", table="t", quoted=True))
        select = select.join(exp.to_table("customers", alias="c"), on=on, join_type="left")
    if not plan.time:
        return select
    time = exp.column(plan.time, table="t", quoted=True)
    if not plan.periods:
        return select.where(exp.false())
    return select.where(time.copy() >= _day(plan.periods[0].start), time < _day(plan.periods[-1].end))


def _period(plan: Plan) -> exp.Expr:
    if plan.length == "all" or not plan.time:
        return _day(plan.periods[-1].start) if plan.periods else exp.cast(exp.null(), "DATE")
    time = exp.column(plan.time, table="t", quoted=True)
    if plan.length == "half":
        year = exp.cast(exp.func("DATE_TRUNC", exp.Literal.string("year"), time.copy(), dialect=DIALECT), "DATE")
        second = exp.Case().when(exp.func("MONTH", time.copy()) > 6, exp.Literal.number(6)).else_(exp.Literal.number(0))
        months = exp.Mul(
            this=exp.paren(second), expression=exp.Interval(this=exp.Literal.string("1"), unit=exp.var("MONTH"))
        )
        return exp.cast(exp.Add(this=year, expression=months), "DATE")
    return exp.cast(exp.func("DATE_TRUNC", exp.Literal.string(_PARTS[plan.length]), time, dialect=DIALECT), "DATE")


def _unit(cluster: str) -> exp.Expr:
    # A row without a customer is a unit of its own.
    text = exp.cast(exp.column(cluster, table="t", quoted=True), "VARCHAR")
    alone = exp.Window(this=exp.RowNumber())
    return exp.func("COALESCE", text, exp.DPipe(this=exp.Literal.string("#"), expression=exp.cast(alone, "VARCHAR")))


def _term_columns(i: int, terms: Terms) -> list[exp.Expr]:
    parts = {"x": terms.x, "y": terms.y, "w": exp.Literal.number(1), "plus": terms.plus, "minus": terms.minus}
    columns = []
    for name, part in parts.items():
        if part is None or (name == "w" and terms.kpi.weight is None):
            continue
        weighted = (
            _times(terms.weight.copy(), part.copy()) if terms.kpi.weight else exp.cast(exp.paren(part.copy()), "DOUBLE")
        )
        columns.append(exp.Case().when(terms.keep.copy(), weighted).as_(f"k{i}_{name}"))
    return columns


def _sums(i: int, terms: Terms) -> list[exp.Expr]:
    y, x = exp.column(f"k{i}_y"), exp.column(f"k{i}_x")
    wanted: dict[str, exp.Expr] = {
        "n": exp.Count(this=x.copy()),
        "y": exp.Sum(this=y.copy()),
        "x": exp.Sum(this=x.copy()),
    }
    wanted |= {"yy": exp.Sum(this=y * y), "xy": exp.Sum(this=x * y), "xx": exp.Sum(this=x * x)}
    if terms.kpi.weight:
        w = exp.column(f"k{i}_w")
        wanted |= {"w": exp.Sum(this=w.copy()), "ww": exp.Sum(this=w * w)}
    if terms.plus is not None:
        wanted |= {f: exp.Sum(this=exp.column(f"k{i}_{f}")) for f in ("plus", "minus")}
    return [(wanted[f] if f in wanted else exp.cast(exp.null(), "DOUBLE")).as_(f"k{i}_{f}") for f in _ROW_SUMS]


def _with_totals(plan: Plan, inner: exp.Select) -> exp.Select:
    """Beside each customer's sums in a slice, the same customer's sums over the whole period."""
    whole = exp.and_(*[exp.column(f"d_{d}", quoted=True).is_(exp.null()) for d in plan.dimensions] or [exp.true()])
    totals = []
    for i, _ in enumerate(plan.terms):
        for f in ("n", "y", "x"):
            mine = exp.Sum(this=exp.Case().when(whole.copy(), exp.column(f"k{i}_{f}")))
            over = exp.Window(this=mine, partition_by=_columns(["period", "unit"]))
            totals.append(over.as_(f"k{i}_t{f}"))
    return exp.select("*", *totals).from_(inner.subquery("s"))


def _sums_of_units(i: int) -> list[exp.Expr]:
    y, x, n = (exp.column(f"k{i}_{f}") for f in ("y", "x", "n"))
    plain = [exp.Sum(this=exp.column(f"k{i}_{f}")).as_(f"k{i}_{f}") for f in _ROW_SUMS]
    squares = {"cyy": y * y, "cxy": x * y, "cxx": x * x}
    units = exp.CountIf(this=n > 0).as_(f"k{i}_m")
    # What a customer has in a slice times what they have in all: with it, a slice and its rest can be told apart
    # also where customers are in both.
    ty, tx, tn = (exp.column(f"k{i}_t{f}") for f in ("y", "x", "n"))
    squares |= {"sty": y * ty, "stx": y * tx, "xty": x * ty, "xtx": x * tx}
    both = exp.CountIf(this=exp.and_(n > 0, tn > n)).as_(f"k{i}_both")
    return [*plain, units, both, *(exp.Sum(this=e.copy()).as_(f"k{i}_{f}") for f, e in squares.items())]


def _times(a: exp.Expr, b: exp.Expr) -> exp.Expr:
    return exp.Mul(this=exp.cast(exp.paren(a), "DOUBLE"), expression=exp.paren(b))


def _nullif(tree: exp.Expr) -> exp.Expr:
    return exp.func("NULLIF", tree, exp.Literal.number(0))


def _columns(names: Sequence[str]) -> list[exp.Expr]:
    return [exp.column(n, quoted=True) for n in names]


def _grouping_sets(sets: Sequence[Sequence[str]]) -> exp.GroupingSets:
    return exp.GroupingSets(expressions=[exp.Tuple(expressions=_columns(s)) for s in sets])
