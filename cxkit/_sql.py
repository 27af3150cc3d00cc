"""The only door to sqlglot: what people write as SQL is parsed, judged and built on as trees.

A predicate sees columns, literals and harmless functions; a derived table is one SELECT over tables it
is given. Whatever is not on the list is refused, so that a template can never read a file or call out.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import cast

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from cxkit.errors import QueryError

__all__ = ["DIALECT", "columns_of", "normal_sql", "parse_predicate", "parse_select", "sql_text"]

DIALECT = "duckdb"
_LONGEST = 20_000

_PREDICATE: tuple[type[exp.Expr], ...] = (
    exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.And, exp.Or, exp.Not, exp.EQ,
    exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In, exp.Is, exp.Like, exp.ILike, exp.Case,
    exp.If, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Neg, exp.Cast, exp.TryCast,
    exp.DataType, exp.DataTypeParam, exp.Interval, exp.Var, exp.Tuple, exp.NullSafeEQ, exp.NullSafeNEQ,
    exp.Placeholder, exp.IntervalSpan, exp.DPipe,
)  # fmt: skip
_FUNCTIONS: tuple[type[exp.Expr], ...] = (
    exp.Abs, exp.Round, exp.Floor, exp.Ceil, exp.Coalesce, exp.Nullif, exp.Greatest, exp.Least, exp.Lower,
    exp.Upper, exp.Trim, exp.Length, exp.Concat, exp.DateTrunc, exp.TimestampTrunc, exp.DateDiff, exp.DateAdd,
    exp.DateSub, exp.TsOrDsToDate, exp.Extract, exp.Year, exp.Month, exp.Day, exp.Exp, exp.Ln, exp.Sqrt,
    exp.Sign, exp.StartsWith, exp.Date, exp.LastDay,
)  # fmt: skip
_SELECT: tuple[type[exp.Expr], ...] = (
    exp.Select, exp.From, exp.Join, exp.Where, exp.Group, exp.Having, exp.Order, exp.Ordered, exp.Window,
    exp.WindowSpec, exp.Qualify, exp.With, exp.CTE, exp.Subquery, exp.Table, exp.TableAlias, exp.Alias,
    exp.Distinct, exp.Star, exp.Union, exp.Exists, exp.Filter, exp.Count, exp.Sum, exp.Min, exp.Max, exp.Avg,
    exp.RowNumber, exp.Rank, exp.Lead, exp.Lag, exp.FirstValue, exp.LastValue, exp.LogicalOr, exp.LogicalAnd,
    exp.ArgMax, exp.ArgMin,
)  # fmt: skip


def parse_predicate(
    text: str,
    columns: Collection[str],
    *,
    parameters: Mapping[str, object] | None = None,
    where: str = "",
) -> exp.Expr:
    r"""A row-level expression over the given columns, as a tree.

    Args:
        text: SQL, such as `score >= 9`.
        columns: Columns that it may name.
        parameters: Values of `:name` in the text; they become literals.
        where: Place of the text, for messages.

    Raises:
        QueryError: It is no SQL, more than one expression, or uses something that is not allowed.

    Example:
        >>> sql_text(parse_predicate("score >= 9 and channel = 'web'", ["score", "channel"]))
        '"score" >= 9 AND "channel" = \'web\''
    """
    tree = _parse_one(text, where=where)
    _allow(tree, _PREDICATE + _FUNCTIONS, where=where)
    _known_columns(tree, columns, where=where)
    return tree.transform(_literal, parameters or {}, where)


def parse_select(
    text: str,
    tables: Mapping[str, Collection[str]],
    *,
    parameters: Mapping[str, object] | None = None,
    where: str = "",
) -> exp.Query:
    """A derived table: one SELECT over the given tables, with `:name` replaced by literals.

    Raises:
        QueryError: It is not one SELECT, names another table, or uses something that is not allowed.

    Example:
        >>> tree = parse_select("select a from t where b > :x", {"t": ["a", "b"]}, parameters={"x": 3})
        >>> sql_text(tree)
        'SELECT "a" FROM "t" WHERE "b" > 3'
    """
    tree = _parse_one(text, where=where)
    if not isinstance(tree, exp.Select | exp.Union):
        raise QueryError("A derived table is one SELECT.", where=where, hint=f"Found {_name(tree)}.")
    _allow(tree, _PREDICATE + _FUNCTIONS + _SELECT, where=where)
    _known_tables(tree, tables, where=where)
    known = {c for t in tables.values() for c in t} | {a.alias_or_name for a in tree.find_all(exp.Alias)}
    _known_columns(tree, known, where=where)
    return cast("exp.Query", tree.transform(_literal, parameters or {}, where))


def columns_of(tree: exp.Expr) -> set[str]:
    """The names of the columns that an expression reads."""
    return {c.name for c in tree.find_all(exp.Column)}


def sql_text(tree: exp.Expr, *, pretty: bool = False) -> str:
    """The SQL of a tree, every identifier quoted, without comments."""
    return tree.sql(dialect=DIALECT, identify=True, pretty=pretty, comments=False)


def normal_sql(text: str, *, where: str = "") -> str:
    """One text for all ways of writing the same: without comments, case of names, spare brackets, order of conditions.

    Raises:
        QueryError: It is no SQL, or more than one expression.

    Example:
        >>> normal_sql("won and (Amount > 0) -- closed") == normal_sql("amount > 0 AND WON")
        True
    """
    tree = _parse_one(text, where=where).copy().unnest()
    for name in tree.find_all(exp.Identifier):
        name.set("this", name.name.lower())
    return sql_text(tree.transform(_in_order))


def _in_order(node: exp.Expr) -> exp.Expr:
    if not isinstance(node, exp.And):
        return node
    return exp.and_(*sorted((c.transform(_in_order) for c in _conditions(node)), key=sql_text), copy=False)


def _conditions(node: exp.Expr) -> list[exp.Expr]:
    inside = node.unnest()
    return [*_conditions(inside.left), *_conditions(inside.right)] if isinstance(inside, exp.And) else [inside]


def _parse_one(text: str, *, where: str) -> exp.Expr:
    """The tree of a text; it is kept, so nobody may change it."""
    if len(text) > _LONGEST:
        raise QueryError(f"The SQL has {len(text)} characters; at most {_LONGEST} are read.", where=where)
    try:
        trees = _trees(text)
    except (SqlglotError, RecursionError) as error:
        problem = str(error).splitlines()[0] if str(error) else "nested too deeply"
        problem = re.sub(r" for <class '[^']*'>", "", re.sub(r"<Token .*?text: (.*?), line.*?>", r"'\1'", problem))
        raise QueryError(f"The SQL does not read: {problem}", where=where, hint=f"Found: {text.strip()[:80]}") from None
    if len(trees) > 1:
        raise QueryError(f"One statement is allowed, found {len(trees)}.", where=where, hint="Remove the `;`.")
    for tree in trees:
        return tree
    raise QueryError("There is no SQL.", where=where, hint="Write a column, a condition or a SELECT.")


@lru_cache(maxsize=1024)
def _trees(text: str) -> tuple[exp.Expr, ...]:
    return tuple(t for t in sqlglot.parse(text, dialect=DIALECT) if t is not None)


def _allow(tree: exp.Expr, allowed: tuple[type[exp.Expr], ...], *, where: str) -> None:
    for node in tree.walk():
        if type(node) not in allowed:
            raise QueryError(
                f"{_name(node)} is not allowed here.",
                where=where,
                hint="Columns, literals, comparisons, arithmetic, CASE and plain functions are; files are not.",
            )
        if isinstance(node, exp.DataType) and node.this.name not in _TYPES:
            raise QueryError(f"The type {node.sql(dialect=DIALECT)} is not allowed here.", where=where)
        if isinstance(node, exp.With) and node.args.get("recursive"):
            raise QueryError("A recursive query is not allowed here.", where=where)
        if isinstance(node, exp.In) and node.args.get("query") and exp.Select not in allowed:
            raise QueryError("A query inside IN is not allowed here.", where=where)


def _known_tables(tree: exp.Expr, tables: Mapping[str, Collection[str]], *, where: str) -> None:
    own = [c.alias for c in tree.find_all(exp.CTE)]
    for name in own:
        # A name that something else has would be that something wherever the query is not in scope.
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,40}", name) or name in tables or name.startswith(_INTERNAL):
            raise QueryError(f"A query cannot be named {name!r}.", where=where, hint="Choose a plain name of its own.")
    known = {*tables, *own}
    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier) or table.args.get("db") or table.name not in known:
            raise QueryError(
                f"The table {table.sql(dialect=DIALECT)} is not there.",
                where=where,
                hint=f"Tables to read from: {', '.join(sorted(tables))}.",
            )


_INTERNAL = ("usable_", "raw_", "incoming", "finest", "repeaters")
_TYPES = ("BOOLEAN", "DATE", "TIMESTAMP", "INT", "BIGINT", "SMALLINT", "DOUBLE", "FLOAT", "DECIMAL", "TEXT", "VARCHAR")


def _known_columns(tree: exp.Expr, columns: Collection[str], *, where: str) -> None:
    known = {c.lower() for c in columns}
    for column in tree.find_all(exp.Column):
        if column.name.lower() not in known and not isinstance(column.this, exp.Star):
            near = difflib.get_close_matches(column.name, list(columns), n=1, cutoff=0.6)
            hint = f"Did you mean {near[0]!r}?" if near else f"Columns: {', '.join(sorted(columns))}."
            raise QueryError(f"There is no column {column.name!r}.", where=where, hint=hint)


def _literal(node: exp.Expr, parameters: Mapping[str, object], where: str) -> exp.Expr:
    if not isinstance(node, exp.Placeholder):
        return node
    name = str(node.this)
    if name not in parameters:
        known = ", ".join(f":{p}" for p in sorted(parameters)) or "none"
        raise QueryError(f"There is no parameter :{name}.", where=where, hint=f"Parameters: {known}.")
    return exp.convert(parameters[name])


def _name(node: exp.Expr) -> str:
    if isinstance(node, exp.Anonymous):
        return f"The function {node.name}"
    if isinstance(node, exp.Func):
        return f"The function {node.sql_name().lower()}"
    return f"`{node.sql(dialect=DIALECT)[:60]}` ({type(node).__name__})"
