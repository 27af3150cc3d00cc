"""Parquet: the database reads it, and each value becomes the text that a CSV export would hold."""

from __future__ import annotations

import glob
from collections.abc import Iterator
from pathlib import Path

from sqlglot import exp

from cxkit._table import Database, open_database
from cxkit.data.faults import Fault
from cxkit.data.readers.base import Opened, Unreadable, Written, column_names
from cxkit.data.settings import Format
from cxkit.errors import QueryError

__all__ = ["open_parquet"]

_ROWS_AT_ONCE = 10_000
_LISTS = (exp.DType.LIST, exp.DType.ARRAY)
_PARTS = (exp.DType.STRUCT, exp.DType.MAP, exp.DType.UNION, *_LISTS)
_FRACTIONS = (exp.DType.DOUBLE, exp.DType.FLOAT, exp.DType.DECIMAL)


def open_parquet(path: Path, form: Format, name: str, _folder: Path) -> Iterator[tuple[str, Opened]]:
    """Open a Parquet file; the parts of a column become columns of their own, such as `device.system`."""
    with open_database() as db:
        file = exp.Anonymous(this="read_parquet", expressions=[exp.Literal.string(glob.escape(str(path)))])
        try:
            kinds = db.columns(exp.select("*").from_(file))
        except QueryError:
            raise Unreadable(_broken(name)) from None
        decimal = form.decimal or "."
        texts = dict(t for column, kind in kinds.items() for t in _texts(column, kind, decimal=decimal))
        written = Written("parquet", decimal=decimal, doubts=_doubts(kinds))
        read = exp.select(*texts.values()).from_(file)
        by_name = dict(zip(column_names(list(texts)), texts.values(), strict=True))
        yield name, Opened(list(texts), _rows(db, read, name=name), written, heads=[list(texts)], texts=by_name)


def _rows(db: Database, read: exp.Select, *, name: str) -> Iterator[tuple[int, tuple[str | None, ...]]]:
    """The rows from 1 on: such a file has no row for the header."""
    row = 0
    try:
        for batch in db.batches(read, most=_ROWS_AT_ONCE):
            for values in batch:
                row += 1
                yield row, values
    except QueryError:
        raise Unreadable(_broken(name, after=row)) from None


def _broken(name: str, *, after: int = 0) -> Fault:
    hint = "It may have been cut off on its way: ask for it again, or for the export as CSV."
    place = f"after row {after:,}" if after else ""
    return Fault(name, place, "", "", "the Parquet file is broken", hint=hint, stops=True)


def _texts(column: str, kind: str, *, decimal: str) -> Iterator[tuple[str, exp.Expr]]:
    """The texts of a column, or of each part of it."""
    value, built = exp.column(column, quoted=True), exp.DataType.build(kind, dialect="duckdb")
    if built.this != exp.DType.STRUCT:
        yield column, _text(value, built, decimal=decimal)
        return
    for part in built.expressions:
        inner = exp.Anonymous(this="STRUCT_EXTRACT", expressions=[value.copy(), exp.Literal.string(part.name)])
        yield f"{column}.{part.name}", _text(inner, part.kind, decimal=decimal)


def _text(value: exp.Expr, kind: exp.DataType, *, decimal: str) -> exp.Expr:
    if kind.this in _LISTS and not any(e.this in _PARTS for e in kind.expressions):
        listed = exp.cast(value, exp.DataType.build("VARCHAR[]", dialect="duckdb"))
        return exp.Anonymous(this="ARRAY_TO_STRING", expressions=[listed, exp.Literal.string(", ")])
    if kind.this in _PARTS:
        return exp.cast(exp.Anonymous(this="TO_JSON", expressions=[value]), "VARCHAR")
    if kind.this == exp.DType.TIMESTAMPTZ:
        # The same text wherever it is read: a cast alone would write the time of the reader's own zone.
        moment = exp.Anonymous(this="EPOCH_US", expressions=[value])
        moment = exp.cast(exp.Anonymous(this="MAKE_TIMESTAMP", expressions=[moment]), "VARCHAR")
        return exp.DPipe(this=moment, expression=exp.Literal.string("+00:00"))
    text = exp.cast(value, "VARCHAR")
    if kind.this in _FRACTIONS and decimal != ".":
        return exp.func("REPLACE", text, exp.Literal.string("."), exp.Literal.string(decimal))
    return text


def _doubts(kinds: dict[str, str]) -> tuple[str, ...]:
    told: list[str] = []
    for column, kind in kinds.items():
        built = exp.DataType.build(kind, dialect="duckdb")
        parts = {column: built}
        if built.this == exp.DType.STRUCT:
            parts = {f"{column}.{p.name}": p.kind for p in built.expressions}
        many = [n for n, k in parts.items() if k.this in _PARTS]
        told += [f"Column {n!r} holds several values in one cell." for n in many]
        told += [f"Column {n!r} is binary, not text." for n, k in parts.items() if k.this == exp.DType.VARBINARY]
    return tuple(told)
