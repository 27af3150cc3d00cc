"""Texts that the database reads where they stand, as the rows that a table of them would have."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlglot import exp

from cxkit._table import Database
from cxkit.data.readers.base import Opened, Plain

__all__ = ["InPlace", "count_left_out", "select_in_place", "select_numbered", "take_in_place", "trimmed"]


_BUFFER = 8 << 20  # what one thread reads at a time; DuckDB's own four times as much keeps others idle


@dataclass(frozen=True, slots=True)
class InPlace:
    """A text that was proved to have one reading.

    Attributes:
        plain: What was proved.
        placed: Position of each column that is read, by its name in the table.
    """

    plain: Plain
    placed: Mapping[str, int]


def take_in_place(opened: Opened, placed: Mapping[str, int], *, folder: Path) -> InPlace | None:
    """An opened file for the database to read, where it is proved that it reads it alike.

    Args:
        opened: The file.
        placed: Position of each column that is read, by its name in the table.
        folder: Where to keep what was unpacked for as long as the database is there.
    """
    plain = opened.plain() if opened.plain is not None and placed else None
    if plain is not None and opened.file is not None:
        plain = _kept(plain, folder)
    # In a path these would stand for other files.
    if plain is None or any(mark in str(plain.path) for mark in "*?["):
        return None
    return InPlace(replace(plain, path=plain.path.absolute()), dict(placed))


def _kept(plain: Plain, folder: Path) -> Plain | None:
    """What was unpacked under a second name: it is removed under its first."""
    name = folder / f"{len(list(folder.glob('*.kept')))}.kept"
    with contextlib.suppress(OSError):
        name.hardlink_to(plain.path)
        return replace(plain, path=name)
    return None


def select_in_place(text: InPlace) -> exp.Select:
    """The columns that are read, in the order of the rows; NULL where a value is empty."""
    plain = text.plain
    kinds = [exp.PropertyEQ(this=_text(f"c{i}"), expression=_text("VARCHAR")) for i in range(plain.width)]
    # Nothing is left for the database to find out; what is not as it was proved to be is an error.
    options: dict[str, exp.Expr] = {
        "auto_detect": exp.false(), "header": exp.false(), "skip": exp.convert(plain.skip),
        "columns": exp.Struct(expressions=kinds), "delim": _text(plain.delimiter), "quote": _text('"'),
        "escape": _text('"'),
        "null_padding": exp.false(), "ignore_errors": exp.false(), "strict_mode": exp.true(),
        "compression": _text("none"), "hive_partitioning": exp.false(), "parallel": exp.convert(not plain.broken),
        "buffer_size": exp.convert(_BUFFER),
    }  # fmt: skip
    arguments: list[exp.Expr] = [_text(str(plain.path))]
    arguments += [exp.PropertyEQ(this=exp.var(k), expression=v) for k, v in options.items()]
    read = exp.Anonymous(this="read_csv", expressions=arguments)
    columns = [exp.column(f"c{i}").as_(name, quoted=True) for name, i in text.placed.items()]
    return exp.select(*columns).from_(read)


def trimmed(tree: exp.Expr) -> exp.Expr:
    """An expression over texts without blanks beyond ASCII, in which only what begins or ends with one is trimmed.

    TRIM looks at every sign as Unicode, and takes longer than reading the file.
    """

    def guarded(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Trim) or not isinstance(node.this, exp.Column) or node.expression is not None:
            return node
        begins = exp.LT(this=node.this.copy(), expression=_text("!"))
        ends = exp.Anonymous(this="SUFFIX", expressions=[node.this.copy(), _text(" ")])
        return exp.Case().when(exp.or_(begins, ends), node.copy()).else_(node.this.copy())

    return tree.transform(guarded)


def select_numbered(text: InPlace, *, file: int) -> exp.Select:
    """The same with the number of the file, and of each row as a spreadsheet counts it."""
    number = exp.Window(this=exp.RowNumber()) + exp.convert(text.plain.skip)
    columns = [exp.func("COALESCE", exp.column(n, quoted=True), _text("")).as_(n, quoted=True) for n in text.placed]
    which = exp.cast(exp.convert(file), "INTEGER").as_("_file")
    return exp.select(which, number.as_("_row"), *columns).from_(select_in_place(text).subquery("t"))


def count_left_out(db: Database, rows: exp.Select, conditions: Sequence[tuple[str, exp.Expr]]) -> dict[str, int]:
    """How many rows meet each condition and none before it."""
    counts: list[exp.Expr] = []
    for i, (_, condition) in enumerate(conditions):
        others = [exp.func("COALESCE", c, exp.false()).not_() for _, c in conditions[:i]]
        counts.append(exp.CountIf(this=exp.and_(condition.copy(), *others)))
    found = db.rows(exp.select(*counts).from_(rows.subquery("t")))[0]
    return {why: int(n) for (why, _), n in zip(conditions, found, strict=True)}


def _text(value: str) -> exp.Expr:
    return exp.Literal.string(value)
