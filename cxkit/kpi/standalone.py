"""One SELECT per KPI in the client's own file and column names: what a data team checks the number with."""

from __future__ import annotations

from collections.abc import Sequence

import sqlglot
from sqlglot import exp

from cxkit._sql import DIALECT, sql_text
from cxkit.data.conform import select_table, select_usable
from cxkit.data.identity import identified
from cxkit.data.ingest import left_out_rows
from cxkit.data.read import Tables
from cxkit.data.settings import Source
from cxkit.evidence.cells import Slice
from cxkit.kpi.originals import notes_on_files, select_files
from cxkit.kpi.query_tally import select_value
from cxkit.kpi.tables import Plan
from cxkit.kpi.terms import Terms

__all__ = ["narrowed_sql", "standalone_sql"]


def standalone_sql(plan: Plan, terms: Terms, *, tables: Tables, sources: Sequence[Source]) -> str:
    """The KPI by period from the exports themselves, as DuckDB runs it in the engagement's folder.

    What DuckDB has no reader for, such as a sheet of a workbook, stands as a table to be loaded first; its head tells.
    """
    final = select_value(plan, terms)
    needed = {t.name for t in final.find_all(exp.Table)} & set(tables.columns)
    refers = {s.table for s in sources if s.table in needed and s.unknown_customers == "reject"}
    if "customers" in tables.columns and (plan.refers or refers - {"customers"}):
        needed.add("customers")
    ctes: list[exp.CTE] = []
    for name in sorted(needed, key=lambda t: t != "customers"):
        ctes += _table_ctes(name, tables, [s for s in sources if s.table == name and s.id in tables.raws])
    final.set("with_", exp.With(expressions=[*ctes, *final.ctes]))
    return _head(plan, terms, sources, needed, tables=tables) + sql_text(final, pretty=True) + ";\n"


def narrowed_sql(sql: str, *, query: str, slice_: Slice) -> str:
    """A stand-alone SELECT for one slice: the rows are joined and cut as they were when the slice was measured.

    Args:
        sql: What `standalone_sql` wrote.
        query: The query that measured the KPI and its slices, as the manifest has it.
        slice_: Pairs of dimension and value.
    """
    tree, merged = (sqlglot.parse_one(text, dialect=DIALECT) for text in (sql, query))
    cuts = {a.alias: a.this for a in merged.find_all(exp.Alias)}
    wanted = [cuts[f"d_{d}"].copy().eq(exp.Literal.string(v)) for d, v in slice_]
    join = next((j for j in merged.find_all(exp.Join) if j.alias_or_name == "c"), None)
    for select in [s for r in tree.find_all(exp.Subquery) if r.alias == "r" for s in _selects(r)]:
        select.where(*wanted, copy=False)
        if join is not None and any(c.table == "c" for w in wanted for c in w.find_all(exp.Column)):
            select.append("joins", join.copy())
    head = [line for line in sql.splitlines() if line.startswith("-- ")]
    head += [f"-- Only {d}: {' '.join(v.split())}" for d, v in slice_]
    return "\n".join([*head, sql_text(tree, pretty=True)]) + ";\n"


def _selects(rows: exp.Subquery) -> list[exp.Select]:
    """The SELECTs, one or more in a UNION, that give the rows of a table with their period."""
    found = [s for s in rows.find_all(exp.Select) if isinstance(s.parent, exp.Union) or s.parent is rows]
    return [s for s in found if "period" in s.named_selects and "t" in {f.alias for f in _sources(s)}]


def _sources(select: exp.Select) -> list[exp.Expr]:
    source = select.find(exp.From)
    return [source.this] if source is not None else []


def _head(plan: Plan, terms: Terms, sources: Sequence[Source], needed: set[str], *, tables: Tables) -> str:
    kpi = terms.kpi
    lines = [f"{kpi.label}, by {plan.length}: {kpi.question}", f"Base: {kpi.base_text or kpi.base}"]
    lines.append("Run it with DuckDB in the engagement's folder, or on the same tables in your own warehouse.")
    for s in sources:
        if s.table in needed and s.id in tables.raws:
            lines += notes_on_files(tables.raws[s.id])
    # What the advisor typed may hold a line break, and a comment must not end at it.
    return "".join(f"-- {' '.join(line.split())}\n" for line in lines)


def _table_ctes(name: str, tables: Tables, sources: Sequence[Source]) -> list[exp.CTE]:
    usable = {s.id: tables.fields[s.id] for s in sources}
    ctes = []
    for s in sources:
        raw = tables.raws[s.id]
        kept = [exp.func("COALESCE", rows, exp.false()).not_() for _, rows in left_out_rows(s, raw)]
        files = select_files(raw)
        relation = (exp.select("*").from_(files.subquery("g")).where(*kept) if kept else files).subquery("f")
        rows = select_usable(usable[s.id], relation=relation)
        ctes.append(_cte(f"usable_{s.id}", identified(s, usable[s.id], rows)))
    tree = select_table(name, usable, sources={s.id: s for s in sources}, customers="customers" in tables.columns)
    return [*ctes, _cte(name, tree)]


def _cte(name: str, tree: exp.Expr) -> exp.CTE:
    return exp.CTE(this=tree, alias=exp.TableAlias(this=exp.to_identifier(name)))
