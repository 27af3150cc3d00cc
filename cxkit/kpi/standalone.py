"""One SELECT per KPI in the client's own file and column names: what a data team checks the number with."""

from __future__ import annotations

from collections.abc import Sequence

import sqlglot
from sqlglot import exp

from cxkit._sql import DIALECT, sql_text
from cxkit.data.conform import select_table, select_usable
from cxkit.data.ingest import Raw, left_out_rows
from cxkit.data.read import Tables
from cxkit.data.settings import Format, Source
from cxkit.evidence.cells import Slice
from cxkit.kpi.query_tally import select_value
from cxkit.kpi.tables import Plan
from cxkit.kpi.terms import Terms

__all__ = ["narrowed_sql", "standalone_sql"]


def standalone_sql(plan: Plan, terms: Terms, *, tables: Tables, sources: Sequence[Source]) -> str:
    """The KPI by period from the exports themselves, as DuckDB runs it in the engagement's folder.

    Sheets of workbooks stand as tables named `file:sheet`, to be loaded first.
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
    return _head(plan, terms, sources, needed) + sql_text(final, pretty=True) + ";\n"


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


def _head(plan: Plan, terms: Terms, sources: Sequence[Source], needed: set[str]) -> str:
    kpi = terms.kpi
    lines = [f"{kpi.label}, by {plan.length}: {kpi.question}", f"Base: {kpi.base_text or kpi.base}"]
    lines.append("Run it with DuckDB in the engagement's folder, or on the same tables in your own warehouse.")
    books = [s for s in sources if s.table in needed and _is_book(s)]
    for s in books:
        lines.append(
            f"The sheet of {s.files} is needed as a table. Save it as CSV with dates as 2026-03-05, and first run:"
        )
        lines.append(f"CREATE TABLE \"{_book_name(s)}\" AS SELECT * FROM read_csv('sheet.csv', all_varchar = true);")  # noqa: S608
    # What the advisor typed may hold a line break, and a comment must not end at it.
    return "".join(f"-- {' '.join(line.split())}\n" for line in lines)


def _table_ctes(name: str, tables: Tables, sources: Sequence[Source]) -> list[exp.CTE]:
    usable = {s.id: tables.fields[s.id] for s in sources}
    ctes = []
    for s in sources:
        raw = tables.raws[s.id]
        kept = [exp.func("COALESCE", rows, exp.false()).not_() for _, rows in left_out_rows(s, raw)]
        relation = exp.select("*").from_(_files(s, raw).subquery("g")).where(*kept) if kept else _files(s, raw)
        relation = relation.subquery("f")
        ctes.append(_cte(f"usable_{s.id}", select_usable(usable[s.id], relation=relation)))
    tree = select_table(name, usable, sources={s.id: s for s in sources}, customers="customers" in tables.columns)
    return [*ctes, _cte(name, tree)]


def _files(source: Source, raw: Raw) -> exp.Select:
    row = exp.Window(this=exp.RowNumber()).as_("_row")
    if _is_book(source):
        first = exp.Literal.number(0).as_("_file")
        return exp.select("*", first, row).from_(exp.Table(this=exp.to_identifier(_book_name(source), quoted=True)))
    form = raw.form
    options: dict[str, exp.Expr] = {
        "all_varchar": exp.true(), "delim": exp.convert(form.delimiter or ","), "quote": exp.convert('"'),
        "escape": exp.convert('"'), "filename": exp.true(), "ignore_errors": exp.true(), "null_padding": exp.false(),
    }  # fmt: skip
    if (form.encoding or "utf-8").lower().replace("_", "-") not in ("utf-8", "utf-8-sig", "utf8", "ascii"):
        options["encoding"] = exp.convert(_encoding(form))
    options |= _header(form, raw)
    paths = exp.array(*[exp.Literal.string(f.path) for f in raw.files], dialect="duckdb")
    arguments: list[exp.Expr] = [paths]
    arguments += [exp.PropertyEQ(this=exp.var(k), expression=v) for k, v in options.items()]
    read = exp.Anonymous(this="read_csv", expressions=arguments)
    # Of files that hold the same key the later one counts, and names alone may not tell which that is.
    sorted_by_name = [f.path for f in raw.files] == sorted(f.path for f in raw.files)
    place = exp.Anonymous(this="LIST_POSITION", expressions=[paths.copy(), exp.column("filename")])
    file = exp.column("filename") if sorted_by_name else place
    select = exp.select("*", file.as_("_file"), row).from_(read)
    if raw.uniform or form.header_rows == 1:
        return select
    within = exp.Window(this=exp.RowNumber(), partition_by=[exp.column("filename")])
    return select.qualify(exp.GT(this=within, expression=exp.Literal.number((form.header_rows or 0) - 1)))


def _encoding(form: Format) -> str:
    # DuckDB has three encodings of its own. That of Windows is Latin 1 but for a few marks such as the euro sign.
    name = (form.encoding or "utf-8").lower().replace("_", "-")
    latin = ("cp1252", "windows-1252", "latin-1", "latin1", "iso-8859-1", "iso-8859-15", "cp1250", "mac-roman")
    return "latin-1" if name in latin else name


def _header(form: Format, raw: Raw) -> dict[str, exp.Expr]:
    """Columns by the client's names; `#5` where a header is blank or stands twice."""
    if not raw.uniform or any("\n" in n or "\r" in n for n in raw.names):
        return {"header": exp.true(), "skip": exp.convert(form.skip_rows), "union_by_name": exp.true()}
    kinds = [exp.PropertyEQ(this=exp.Literal.string(n), expression=exp.Literal.string("VARCHAR")) for n in raw.names]
    skip = exp.convert((form.skip_rows or 0) + (form.header_rows or 0))
    return {"header": exp.false(), "skip": skip, "auto_detect": exp.false(), "columns": exp.Struct(expressions=kinds)}


def _is_book(source: Source) -> bool:
    return source.files.rsplit(".", 1)[-1].lower().startswith("xls")


def _book_name(source: Source) -> str:
    return f"{source.files}:{source.format.sheet or 'first sheet'}"


def _cte(name: str, tree: exp.Expr) -> exp.CTE:
    return exp.CTE(this=tree, alias=exp.TableAlias(this=exp.to_identifier(name)))
