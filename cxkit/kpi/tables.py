"""What is read of a table, for one length of period: its rows, their period, the dimensions, the terms of its KPIs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from cxkit._sql import DIALECT, parse_select
from cxkit.data.contract import CONTRACTS
from cxkit.errors import QueryError
from cxkit.kpi.model import Catalogue, DerivedTable, Kpi
from cxkit.kpi.periods import Period
from cxkit.kpi.terms import Terms, make_terms

__all__ = ["REPEATERS", "UNKNOWN", "Plan", "plan_table", "select_repeaters", "select_rows", "tables_of"]

UNKNOWN = "(unknown)"
REPEATERS = "repeaters"  # the table of customers with several rows in a period
_PARTS = {"quarter": "quarter", "month": "month", "year": "year"}


@dataclass(frozen=True, slots=True)
class Plan:
    """A table to be measured, with all its KPIs, for one length of period.

    Attributes:
        table: Its name; a derived table is measured once for each set of parameters.
        relation: The contract table, or the derived table's SELECT.
        time: Column that puts a row in a period.
        dimensions: Dimension to the expression that gives its value.
        cluster: Column whose value stands in many rows, or None.
        among: Where it is not all rows, whether those of customers with several rows in a period ("semi") or those of
            all others ("anti"), and the column that they are known by.
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
    among: tuple[str, str] | None = None


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
    terms = tuple(make_terms(k, mine, where=catalogue.places.get(k.id, k.id)) for k in kpis)
    refers = name != "customers" and "customer_id" in mine and "customers" in columns
    cut = {d: _dimension(c, mine, columns.get("customers", {}), refers) for d, c in dimensions.items()}
    found = {d: e for d, e in cut.items() if e is not None}
    uses = any(e.find(exp.Column).table == "c" for e in found.values())  # type: ignore[union-attr]
    cluster = cluster if cluster in mine else None
    return Plan(
        name, derived, relation, time or "", length, tuple(periods), terms, found, cluster, refers=refers and uses
    )


def tables_of(plan: Plan) -> set[str]:
    """The contract tables that the rows of a plan come from."""
    return {t.name for t in plan.relation.find_all(exp.Table)} & set(CONTRACTS)


def select_rows(plan: Plan, columns: Mapping[str, exp.Expr]) -> exp.Select:
    """One row for each row of the table that lies in a period: period, dimensions, customer, and what is asked for.

    Args:
        plan: The table.
        columns: Expressions over its columns, by the name that they get.
    """
    taken = [exp.alias_(_period(plan), "period", copy=False)]
    taken += [exp.alias_(e.copy(), f"d_{d}", quoted=True, copy=False) for d, e in plan.dimensions.items()]
    if plan.cluster is not None:
        taken.append(exp.alias_(_unit(plan.cluster), "unit", copy=False))
    taken += [exp.alias_(e.copy(), name, copy=False) for name, e in columns.items()]
    relation = plan.relation
    source = relation.copy().as_("t") if isinstance(relation, exp.Table) else relation.copy().subquery("t")  # type: ignore[union-attr]
    select = exp.select(*taken, copy=False).from_(source, copy=False)
    if plan.refers:
        on = exp.column("customer_id", table="c", quoted=True).eq(exp.column("customer_id", table="t", quoted=True))
        customers = exp.to_table("customers", alias="c")
        select = select.join(customers, on=on, join_type="left", copy=False)
    if plan.among is not None:
        kind, column = plan.among
        same = exp.and_(
            _text_of(column).eq(exp.column("unit", table="p")), _period(plan).eq(exp.column("period", table="p"))
        )
        select = select.join(exp.to_table(REPEATERS, alias="p"), on=same, join_type=kind, copy=False)
    if not plan.time:
        return select
    time = exp.column(plan.time, table="t", quoted=True)
    if not plan.periods:
        return select.where(exp.false(), copy=False)
    first, after = _day(plan.periods[0].start), _day(plan.periods[-1].end)
    return select.where(time.copy() >= first, time < after, copy=False)


def select_repeaters(plan: Plan) -> exp.Select:
    """Customers with several rows in a period."""
    one = replace(plan, dimensions={}, cluster=None, refers=False)
    rows = select_rows(one, {"unit": _text_of(plan.cluster or "")}).subquery("r", copy=False)
    many = exp.GT(this=exp.Count(this=exp.Star()), expression=exp.Literal.number(1))
    known = exp.column("unit").is_(exp.null()).not_()
    select = exp.select("period", "unit", copy=False).from_(rows, copy=False).where(known, copy=False)
    return select.group_by("period", "unit", copy=False).having(many, copy=False)


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


def _text_of(column: str) -> exp.Expr:
    return exp.cast(exp.column(column, table="t", quoted=True), "VARCHAR")


def _unit(cluster: str) -> exp.Expr:
    # A row without a customer is a unit of its own.
    text = _text_of(cluster)
    alone = exp.Window(this=exp.RowNumber())
    return exp.func("COALESCE", text, exp.DPipe(this=exp.Literal.string("#"), expression=exp.cast(alone, "VARCHAR")))
