"""Texts that the database reads where they stand, as the rows that a table of them would have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from cxkit.data.readers.base import Plain

__all__ = ["InPlace", "select_in_place", "select_numbered"]


@dataclass(frozen=True, slots=True)
class InPlace:
    """A text that was proved to have one reading.

    Attributes:
        plain: What was proved.
        placed: Position of each column that is read, by its name in the table.
    """

    plain: Plain
    placed: Mapping[str, int]


def select_in_place(text: InPlace) -> exp.Select:
    """The columns that are read, in the order of the rows."""
    plain = text.plain
    taken = sorted(set(text.placed.values()))
    kinds = [exp.PropertyEQ(this=_text(f"c{i}"), expression=_text("VARCHAR")) for i in range(plain.width)]
    # Nothing is left for the database to find out; what is not as it was proved to be is an error.
    options: dict[str, exp.Expr] = {
        "auto_detect": exp.false(), "header": exp.false(), "skip": exp.convert(plain.skip),
        "columns": exp.Struct(expressions=kinds), "delim": _text(plain.delimiter), "quote": _text('"'),
        "escape": _text('"'), "force_not_null": exp.array(*[_text(f"c{i}") for i in taken], dialect="duckdb"),
        "null_padding": exp.false(), "ignore_errors": exp.false(), "strict_mode": exp.true(),
        "compression": _text("none"), "hive_partitioning": exp.false(), "parallel": exp.convert(not plain.broken),
    }  # fmt: skip
    arguments: list[exp.Expr] = [_text(str(plain.path))]
    arguments += [exp.PropertyEQ(this=exp.var(k), expression=v) for k, v in options.items()]
    read = exp.Anonymous(this="read_csv", expressions=arguments)
    columns = [exp.column(f"c{i}").as_(name, quoted=True) for name, i in text.placed.items()]
    return exp.select(*columns).from_(read)


def select_numbered(text: InPlace, *, file: int) -> exp.Select:
    """The same with the number of the file, and of each row as a spreadsheet counts it."""
    number = exp.Window(this=exp.RowNumber()) + exp.convert(text.plain.skip)
    columns = [exp.column(name, quoted=True) for name in text.placed]
    which = exp.cast(exp.convert(file), "INTEGER").as_("_file")
    return exp.select(which, number.as_("_row"), *columns).from_(select_in_place(text).subquery("t"))


def _text(value: str) -> exp.Expr:
    return exp.Literal.string(value)
