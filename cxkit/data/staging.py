"""The rows of a source in their types, in one pass over its files, with the texts of the rows that have a fault."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from cxkit._table import Database
from cxkit.data.conform import Field
from cxkit.data.ingest import Raw, left_out_rows
from cxkit.data.inplace import select_in_place
from cxkit.data.settings import Source
from cxkit.data.shared import select_shared
from cxkit.errors import QueryError

__all__ = ["MisreadError", "Staged", "stage"]


class MisreadError(Exception):
    """The database reads other rows from a text than were proved to be in it."""


@dataclass(frozen=True, slots=True)
class Staged:
    """Where the rows of a source are.

    Attributes:
        typed: All rows in their types; NULL where a value is not there or cannot be read.
        odd: The rows that have a fault, as texts, like the table of all texts.
        faulty: How many these are.
    """

    typed: str
    odd: str
    faulty: int


def stage(db: Database, source: Source, raw: Raw, fields: Sequence[Field]) -> Staged:
    """Type the rows of a source, and give those that have all they must have as `usable_<id>`.

    Raises:
        MisreadError: A text that is read where it stands is not read as it was proved to be.
    """
    texts, typed, odd = (f"incoming_{kind}_{source.id}" for kind in ("rows", "typed", "odd"))
    starts = _fill(db, source, raw, fields, table=texts)
    row = _row(raw, starts)
    kept = exp.column("_out").not_() if source.leave_out else exp.true()
    place = [exp.column("_file"), row.as_("_row")]
    columns = [exp.column(f.name, quoted=True) for f in fields]
    db.look(typed, exp.select(*place, *columns).from_(texts).where(kept))
    required = [exp.column(f.name, quoted=True).is_(exp.null()).not_() for f in fields if f.required]
    db.look(f"usable_{source.id}", exp.select(*place, *columns).from_(texts).where(kept, *required))
    headers = _headers(raw)
    said = [exp.Bracket(this=exp.column("_odd"), expressions=[exp.convert(i)]) for i in range(len(headers))]
    shown = [s.as_(h, quoted=True) for s, h in zip(said, headers, strict=True)]
    odd_rows = exp.select(*place, *shown).from_(texts).where(exp.column("_odd").is_(exp.null()).not_(), kept.copy())
    db.create(odd, odd_rows)
    return Staged(typed, odd, db.count(odd))


def _headers(raw: Raw) -> list[str]:
    return list(dict.fromkeys(raw.headers.values()))


def _fill(db: Database, source: Source, raw: Raw, fields: Sequence[Field], *, table: str) -> list[int]:
    """Lay the typed rows of each file down, in order; how many stand before each of them."""
    starts: list[int] = []
    count = 0
    for is_text, numbers in itertools.groupby(range(len(raw.files)), key=lambda n: n in raw.texts):
        for files in ([n] for n in numbers) if is_text else [list(numbers)]:
            starts += [count] * len(files)
            _add(db, table, _select(source, raw, fields, files), first=not count and files[0] == 0)
            more = db.count(table) - count
            if is_text and more != raw.texts[files[0]].plain.rows:
                raise MisreadError
            count += more
    if raw.texts and count:
        last = db.rows(exp.select(exp.Max(this=exp.column("rowid"))).from_(table))[0][0]
        if last != count - 1:
            raise MisreadError
    return starts


def _add(db: Database, table: str, rows: exp.Select, *, first: bool) -> None:
    try:
        if first:
            db.create(table, rows)
        else:
            db.append(table, rows)
    except QueryError as error:
        raise MisreadError from error


def _select(source: Source, raw: Raw, fields: Sequence[Field], files: Sequence[int]) -> exp.Select:
    """The rows of one text that is read where it stands, or of several files that were laid down."""
    headers = [exp.column(h, quoted=True) for h in _headers(raw)]
    kept = ["_file"]
    if files[0] in raw.texts:
        line: exp.Expr = exp.cast(exp.null(), "BIGINT")
        number = exp.cast(exp.convert(files[0]), "INTEGER").as_("_file")
        rows = exp.select("*", number).from_(select_in_place(raw.texts[files[0]]).subquery("t"))
        relation: exp.Expr = rows.subquery("f")
    else:
        line = exp.column("_row")
        inside = exp.Between(
            this=exp.column("_file"), low=exp.convert(files[0]), high=exp.convert(files[-1])
        )
        relation = exp.select("*").from_(raw.laid).where(inside).subquery("f")
    outputs: dict[str, exp.Expr] = {f.name: f.typed for f in fields}
    if len(raw.texts) < len(raw.files):
        outputs["_line"] = line
    texts = exp.array(*headers, dialect="duckdb")
    outputs["_odd"] = exp.Case().when(exp.or_(*_wrong(fields)), texts)
    if source.leave_out:
        out = exp.or_(*(rows for _, rows in left_out_rows(source, raw)))
        outputs["_out"] = exp.func("COALESCE", out, exp.false())
    return select_shared(relation, outputs, kept=kept)


def _wrong(fields: Sequence[Field]) -> list[exp.Expr]:
    """What may be wrong with a row. A text that is taken as it is can be read."""
    found = [f.unreadable for f in fields if f.typed != f.present]
    return [*found, *(f.blank for f in fields if f.required)] or [exp.false()]


def _row(raw: Raw, starts: Sequence[int]) -> exp.Expr:
    """The number of a row in its file, as a spreadsheet counts it.

    The rows of a text stand in the order of their file, so that their place says it.
    """
    line = exp.column("_line")
    if not raw.texts:
        return line
    rowid = exp.column("rowid")
    before = [raw.texts[n].plain.skip + 1 - start if n in raw.texts else 0 for n, start in enumerate(starts)]
    if len(before) == 1:
        return exp.Add(this=rowid, expression=exp.convert(before[0]))
    offsets = exp.Bracket(
        this=exp.array(*[exp.convert(b) for b in before], dialect="duckdb"), expressions=[exp.column("_file")]
    )
    row = exp.Add(this=rowid, expression=offsets)
    return exp.func("COALESCE", line, row) if len(raw.texts) < len(raw.files) else row
