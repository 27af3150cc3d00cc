"""Which rows of a source are alike: rows without an id get one, and rows that stand twice are kept or dropped.

The same trees serve the tables and the stand-alone SQL.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from cxkit.data.conform import ROW, Field, key_of
from cxkit.data.contract import CONTRACTS
from cxkit.data.settings import Source

__all__ = ["Alike", "alike_of", "identified", "reshapes"]


@dataclass(frozen=True, slots=True)
class Alike:
    """What makes two rows of a source alike.

    Attributes:
        columns: They have the same in these.
        in_file: Whether only rows of one file are alike; later files replace earlier ones by the key.
        who: The column without which a row is like no other, or "".
    """

    columns: tuple[str, ...]
    in_file: bool
    who: str = ""


def alike_of(source: Source, fields: Sequence[Field]) -> Alike:
    """What makes two rows of a source alike: all that is mapped, but an id that would differ anyway.

    Where rows add up, or the time of an event is part of what it is known by, no id is left aside.
    """
    contract, key = CONTRACTS[source.table], key_of(source)
    names = [f.name for f in fields if f.header != ROW]
    if len(names) < len(fields) or contract.adds_up or _timed_key(source, fields):
        return Alike(tuple(names), in_file=True)
    who = contract.repeated_by if contract.repeated_by in names and contract.repeated_by not in key else ""
    return Alike(tuple(n for n in names if n not in key), in_file=False, who=who or "")


def reshapes(source: Source) -> bool:
    """Whether rows of a source get an id, or are kept or dropped for being alike."""
    return source.duplicates is not None or any(m.column == ROW for m in source.columns.values())


def identified(source: Source, fields: Sequence[Field], rows: exp.Select) -> exp.Select:
    """The usable rows of a source, each with an id, those left out that are dropped for being alike.

    Args:
        source: The source.
        fields: Its columns.
        rows: Its usable rows, with `_file` and `_row`.
    """
    if not reshapes(source):
        return rows
    names = [f.name for f in fields]
    made = [n for n, m in source.columns.items() if m.column == ROW]
    content = [n for n in names if n not in made]
    kept = [f for f in fields if f.name in key_of(source) and f.type == "text"] if source.duplicates == "keep" else []
    if CONTRACTS[source.table].adds_up:
        kept = []
    columns = [exp.column(n, quoted=True) for n in names]
    numbered = exp.select("_file", "_row", *columns, _count(content, in_file=True).as_("_nth"))
    numbered = numbered.select(_count_alike(source, fields).as_("_alike")).from_(rows.subquery("u"))
    shown: list[exp.Expr] = []
    for name in names:
        value: exp.Expr = exp.column(name, quoted=True)
        if name in made:
            value = _joined(exp.Anonymous(this="MD5", expressions=[_written(content)]), "-").as_(name, quoted=True)
        elif kept and name == kept[0].name:
            again = _joined(value.copy(), "#")
            value = exp.Case().when(exp.column("_nth") > 1, again).else_(value).as_(name, quoted=True)
        shown.append(value)
    shaped = exp.select("_file", "_row", *shown).from_(numbered.subquery("n"))
    return shaped.where(exp.column("_alike").eq(1)) if source.duplicates == "drop" else shaped


def _timed_key(source: Source, fields: Sequence[Field]) -> bool:
    """Whether a time is part of what tells rows apart, under its own name or under that of an id."""
    key = key_of(source)
    times = {f.header for f in fields if f.type in ("date", "timestamp")}
    return any(f.name in key and f.header in times for f in fields)


def _count_alike(source: Source, fields: Sequence[Field]) -> exp.Expr:
    alike = alike_of(source, fields)
    number = _count(alike.columns, in_file=alike.in_file)
    if not alike.who:
        return number
    nobody = exp.column(alike.who, quoted=True).is_(exp.null())
    return exp.Case().when(nobody, exp.Literal.number(1)).else_(number)


def _count(columns: Sequence[str], *, in_file: bool) -> exp.Expr:
    """Which of the rows alike a row is, in the order of the files and in these of the rows."""
    parts = [exp.column(n, quoted=True) for n in columns]
    order = [exp.Ordered(this=exp.column(c)) for c in ("_file", "_row")]
    within = [exp.column("_file"), *parts] if in_file else parts
    return exp.Window(this=exp.RowNumber(), partition_by=within, order=exp.Order(expressions=order))


def _written(columns: Sequence[str]) -> exp.Expr:
    """All values of a row as one text."""
    mark, none = exp.Literal.string("\x1f"), exp.Literal.string("\x1e")
    texts = [exp.func("COALESCE", exp.cast(exp.column(n, quoted=True), "VARCHAR"), none.copy()) for n in columns]
    return exp.Anonymous(this="CONCAT_WS", expressions=[mark, *texts])


def _joined(text: exp.Expr, mark: str) -> exp.Expr:
    number = exp.cast(exp.column("_nth"), "VARCHAR")
    return exp.DPipe(this=exp.DPipe(this=text, expression=exp.Literal.string(mark)), expression=number)
