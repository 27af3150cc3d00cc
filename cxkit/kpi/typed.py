"""Whether the SQL of KPIs and of derived tables gives what is asked of it: numbers, yes or no, the columns it names."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from sqlglot import exp

from cxkit._table import Database
from cxkit.errors import QueryError
from cxkit.kpi.tables import Plan, select_rows
from cxkit.kpi.terms import Terms

__all__ = ["check_types"]

_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_GIVEN = {
    "text": ("VARCHAR",),
    "integer": _WHOLE,
    "number": (*_WHOLE, "DOUBLE", "FLOAT", "DECIMAL"),
    "boolean": ("BOOLEAN",),
    "date": ("DATE", "TIMESTAMP"),
    "timestamp": ("DATE", "TIMESTAMP"),
}
_FLAGS = ("hit", "plus", "minus", "treated", "ended", "other", "base")
_WORDS = {"text": "text", "number": "a number", "boolean": "yes or no", "date": "a date"}
_HINTS = {
    "number": "Name a column of numbers; of two times, write date_diff('hour', from, until).",
    "boolean": "Write a condition, such as `score >= 9`.",
}


def check_types(db: Database, plan: Plan, places: Mapping[str, str]) -> None:
    """Prove that a derived table has the columns that it names, and that each field of a KPI is of its type.

    Args:
        db: The tables; no row of them is read.
        plan: The table with its KPIs.
        places: File of each table and KPI, for messages.

    Raises:
        QueryError: A column is missing or of another type, or the database cannot read an expression.
    """
    if plan.derived is not None:
        _check_table(db, plan, where=places.get(plan.table, plan.table))
    fields = {f"{t.kpi.id}.{f}": tree for t in plan.terms for f, tree in t.fields.items()}
    try:
        found = db.columns(select_rows(plan, fields))
    except QueryError:
        found = {}
    for terms in plan.terms:
        _check_fields(db, plan, terms, found, where=places.get(terms.kpi.id, terms.kpi.id))


def _check_table(db: Database, plan: Plan, *, where: str) -> None:
    found = db.columns(plan.relation)
    for name, declared in (plan.derived.columns if plan.derived else {}).items():
        if name not in found:
            raise QueryError(
                f"The SQL of the table {plan.table} gives no column {name!r}.", where=where, hint=_near(name, found)
            )
        if not _is(found[name], declared):
            raise QueryError(
                f"The table {plan.table} says that {name!r} is {declared}; its SQL gives {_word(found[name])}.",
                where=where,
                hint="Cast it in the SQL, or say under `columns` what it is.",
            )


def _check_fields(db: Database, plan: Plan, terms: Terms, found: Mapping[str, str], *, where: str) -> None:
    for field, tree in terms.fields.items():
        kind = found.get(f"{terms.kpi.id}.{field}") or _alone(db, plan, tree, where=f"{where}, {field}")
        needed = "boolean" if field in _FLAGS else "number"
        if not _is(kind, needed):
            what = f"`{field}` is {_word(kind)}, where {_WORDS[needed]} is needed."
            raise QueryError(what, where=f"{where}, {field}", hint=_HINTS[needed])


def _alone(db: Database, plan: Plan, tree: exp.Expr, *, where: str) -> str:
    """The type of one expression, so that what the database refuses is told with its place."""
    try:
        return db.columns(select_rows(plan, {"field": tree}))["field"]
    except QueryError as error:
        raise QueryError(error.what, where=where, hint=error.hint or "Check types and functions.") from error


def _is(found: str, declared: str) -> bool:
    return found.startswith(_GIVEN[declared]) or found == '"NULL"'


def _word(found: str) -> str:
    """A type of the database as a person calls it."""
    return next((word for name, word in _WORDS.items() if found.startswith(_GIVEN[name])), found.lower())


def _near(name: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(names), n=1, cutoff=0.6)
    return f"Did you mean {near[0]!r}?" if near else f"It gives: {', '.join(names)}."
