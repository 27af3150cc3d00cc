"""The rows of a source in their types, in one pass over its files, with the texts of the rows that have a fault."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp

from cxkit._table import Database
from cxkit.data.conform import Field, key_of
from cxkit.data.contract import CONTRACTS
from cxkit.data.identity import identified, reshapes
from cxkit.data.ingest import Raw, left_out_rows
from cxkit.data.inplace import select_in_place, trimmed
from cxkit.data.probes import counts_of, marks_of, probes_of
from cxkit.data.quick import quickened
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
        probed: How many rows meet each condition that traps ask for.
        dropped: How many rows are left out for being like another one.
        fields: The columns; one that too many rows lack is no longer required, where the table can do without it.
        unlinked: Of each such column how many rows lack it.
    """

    typed: str
    odd: str
    faulty: int
    probed: dict[str, int] = field(default_factory=dict[str, int])
    dropped: int = 0
    fields: tuple[Field, ...] = ()
    unlinked: dict[str, int] = field(default_factory=dict[str, int])


def stage(db: Database, source: Source, raw: Raw, fields: Sequence[Field]) -> Staged:
    """Type the rows of a source, and give those that have all they must have as `usable_<id>`.

    Raises:
        MisreadError: A text that is read where it stands is not read as it was proved to be.
    """
    texts, typed, odd = (f"incoming_{kind}_{source.id}" for kind in ("rows", "typed", "odd"))
    starts = _fill(db, source, raw, fields, table=texts)
    row = _row(raw, starts)
    kept = exp.column("_out").not_() if left_out_rows(source, raw) else exp.true()
    place = [exp.column("_file"), row.as_("_row")]
    columns = [exp.column(f.name, quoted=True) for f in fields]
    db.look(typed, exp.select(*place, *columns).from_(texts).where(kept))
    unlinked = _unlinked(db, source, fields, typed)
    fields = [replace(f, required=False) if f.name in unlinked else f for f in fields]
    required = [exp.column(f.name, quoted=True).is_(exp.null()).not_() for f in fields if f.required]
    usable = exp.select(*place, *columns).from_(texts).where(kept, *required)
    dropped = 0
    if reshapes(source):
        db.create(f"usable_{source.id}", identified(source, fields, usable))
        complete = exp.select(exp.Count(this=exp.Star())).from_(usable.subquery("u"))
        dropped = int(db.rows(complete)[0][0]) - db.count(f"usable_{source.id}")
    else:
        db.look(f"usable_{source.id}", usable)
    headers = _headers(raw)
    said = [_item(exp.column("_odd"), exp.convert(i + 1)) for i in range(len(headers))]
    shown = [s.as_(h, quoted=True) for s, h in zip(said, headers, strict=True)]
    odd_rows = exp.select(*place, *shown).from_(texts).where(exp.column("_odd").is_(exp.null()).not_(), kept.copy())
    db.create(odd, odd_rows)
    names = list(probes_of(source, raw, fields))
    marks = exp.select("_marks", exp.Count(this=exp.Star())).from_(texts).where(kept.copy()).group_by("_marks")
    probed = counts_of(names, [(m, n) for m, n in db.rows(marks)]) if names else {}
    return Staged(typed, odd, db.count(odd), probed, dropped, tuple(fields), unlinked)


def _unlinked(db: Database, source: Source, fields: Sequence[Field], typed: str) -> dict[str, int]:
    """Columns that a table can do without and that more rows lack than may be left out; how many lack each."""
    links = [f.name for f in fields if f.required and f.name in CONTRACTS[source.table].columns
             and CONTRACTS[source.table].columns[f.name].links and f.name not in key_of(source)]  # fmt: skip
    if not links:
        return {}
    lacking = [exp.CountIf(this=exp.column(n, quoted=True).is_(exp.null())) for n in links]
    rows, *found = db.rows(exp.select(exp.Count(this=exp.Star()), *lacking).from_(typed))[0]
    return {n: number for n, number in zip(links, found, strict=True) if (number or 0) > source.max_rejected * rows}


def _headers(raw: Raw) -> list[str]:
    return list(dict.fromkeys(raw.headers.values()))


def _fill(db: Database, source: Source, raw: Raw, fields: Sequence[Field], *, table: str) -> list[int]:
    """Lay the typed rows of each file down, in order; how many stand before each of them."""
    starts: list[int] = []
    count, here = 0, f"incoming_here_{source.id}"
    # Of files of many days only the place differs: what is made of their rows is put together once.
    selects: dict[bool, exp.Select] = {}
    for is_text, numbers in itertools.groupby(range(len(raw.files)), key=lambda n: n in raw.in_place):
        for files in ([n] for n in numbers) if is_text else [list(numbers)]:
            starts += [count] * len(files)
            bare = is_text and not raw.in_place[files[0]].plain.spaced
            if bare not in selects:
                selects[bare] = _select(source, raw, fields, here=here, bare=bare)
            _lay(db, raw, files, here=here, table=table, select=selects[bare])
            more = db.count(table) - count
            if is_text and more != raw.in_place[files[0]].plain.rows:
                raise MisreadError
            count += more
    if raw.in_place and count:
        last = db.rows(exp.select(exp.Max(this=exp.column("rowid"))).from_(table))[0][0]
        if last != count - 1:
            raise MisreadError
    return starts


def _lay(db: Database, raw: Raw, files: Sequence[int], *, here: str, table: str, select: exp.Select) -> None:
    """Add the typed rows of one text that is read where it stands, or of several files that were laid down."""
    first = files[0]
    try:
        if first in raw.in_place:
            place = exp.cast(exp.convert(first), "INTEGER").as_("_file"), exp.cast(exp.null(), "BIGINT").as_("_row")
            rows = exp.select(*place, "*").from_(select_in_place(raw.in_place[first]).subquery("t"))
        else:
            inside = exp.Between(this=exp.column("_file"), low=exp.convert(first), high=exp.convert(files[-1]))
            rows = exp.select("*").from_(raw.laid).where(inside)
        db.look(here, rows)
        (db.append if first else db.create)(table, select)
    except QueryError as error:
        if first in raw.in_place:
            raise MisreadError from error
        raise


def _select(source: Source, raw: Raw, fields: Sequence[Field], *, here: str, bare: bool) -> exp.Select:
    """What is made of the rows; `bare` where they hold no other blanks than the space of ASCII."""
    fields = [quickened(f) for f in fields]
    if bare:
        fields = [replace(f, present=trimmed(f.present), typed=trimmed(f.typed)) for f in fields]
    outputs: dict[str, exp.Expr] = {f.name: f.typed for f in fields}
    if len(raw.in_place) < len(raw.files):
        outputs["_line"] = exp.column("_row")
    if probes := probes_of(source, raw, fields):
        outputs["_marks"] = marks_of(probes.values())
    texts = exp.array(*[exp.column(h, quoted=True) for h in _headers(raw)], dialect="duckdb")
    outputs["_odd"] = exp.Case().when(exp.or_(*_wrong(fields)), texts)
    if conditions := left_out_rows(source, raw):
        # An empty value is NULL where a text is read in place.
        out = exp.or_(*(rows.transform(_filled) for _, rows in conditions))
        outputs["_out"] = exp.func("COALESCE", trimmed(out) if bare else out, exp.false())
    return select_shared(exp.to_table(here), outputs, kept=["_file"])


def _wrong(fields: Sequence[Field]) -> list[exp.Expr]:
    """What may be wrong with a row. A text that is taken as it is can be read."""
    found = [f.unreadable for f in fields if f.typed != f.present]
    return [*found, *(f.blank for f in fields if f.required)] or [exp.false()]


def _row(raw: Raw, starts: Sequence[int]) -> exp.Expr:
    """The number of a row in its file, as a spreadsheet counts it.

    The rows of a text stand in the order of their file, so that their place says it.
    """
    line = exp.column("_line")
    if not raw.in_place:
        return line
    rowid = exp.column("rowid")
    before = [raw.in_place[n].plain.skip + 1 - start if n in raw.in_place else 0 for n, start in enumerate(starts)]
    if len(before) == 1:
        return exp.Add(this=rowid, expression=exp.convert(before[0]))
    file = exp.Add(this=exp.column("_file"), expression=exp.convert(1))
    row = exp.Add(this=rowid, expression=_item(exp.array(*map(exp.convert, before), dialect="duckdb"), file))
    return exp.func("COALESCE", line, row) if len(raw.in_place) < len(raw.files) else row


def _item(items: exp.Expr, number: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this="LIST_EXTRACT", expressions=[items, number])


def _filled(node: exp.Expr) -> exp.Expr:
    return exp.func("COALESCE", node.copy(), exp.Literal.string("")) if isinstance(node, exp.Column) else node
