"""From exports as text to tables that keep their contracts, as SELECTs.

The same trees make the tables that are measured and the stand-alone SQL that a client's data team runs on
its own files, so the two cannot drift apart.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

from sqlglot import exp

from cxkit.data.contract import CONTRACTS, Column, ColumnType
from cxkit.data.durations import is_seconds, read_odd_numbers
from cxkit.data.ingest import Raw
from cxkit.data.settings import ColumnMap, Source
from cxkit.data.spellings import same_id, same_word, same_word_text
from cxkit.data.zones import read_moment, speaks_of_zones

__all__ = [
    "PLAIN_NUMBER",
    "ROW",
    "Field",
    "columns_of",
    "fields_of",
    "key_columns",
    "key_of",
    "known_customer",
    "rank_rows",
    "select_beaten",
    "select_table",
    "select_usable",
    "unite_rows",
]

_SQL_TYPES = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}
ROW = "#row"
"""In a mapping: the row itself, known by what is mapped of it and by which of those alike in its file it is."""
_TRUE = ("true", "yes", "y", "t", "1")
_FALSE = ("false", "no", "n", "f", "0")
_A_DAY = dt.datetime(2026, 3, 25, 18, 5, tzinfo=dt.UTC)  # one on which day and month cannot be mistaken
_EARLIEST, _LATEST = "1900-01-01", "2199-12-31"  # a date outside is a slip of the finger
# As many digits as leave it a number: beyond 10 to the 308th it would be read as infinite.
PLAIN_NUMBER = r"[-+]?\d{1,40}"
"""How the pattern of a number without marks begins."""
_NUMBER = r"[-+]?(\d{1,40}|\d{1,3}(%s\d{3}){1,12})(%s\d+)?([eE][-+]?\d{1,2})?"


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a table as it comes from one source.

    Attributes:
        name: Its name in the table.
        header: Where it comes from, as the advisor wrote it.
        type: Its type.
        required: Whether a row without it is left out.
        present: The value as text, or NULL where there is no answer.
        typed: The value in its type, or NULL where it cannot be read.
        complaint: What is wrong with a value that is present but cannot be read.
        scale: Lowest and highest valid answer, or None where there is no scale.
    """

    name: str
    header: str
    type: ColumnType
    required: bool
    present: exp.Expr
    typed: exp.Expr
    complaint: str
    scale: tuple[float, float] | None = None

    @property
    def unreadable(self) -> exp.Expr:
        """Condition of a value that is there but cannot be read."""
        return exp.and_(self.present.copy().is_(exp.null()).not_(), self.typed.copy().is_(exp.null()))

    @property
    def blank(self) -> exp.Expr:
        """Condition of a value that is not there."""
        return self.present.copy().is_(exp.null())


def fields_of(source: Source, raw: Raw) -> list[Field]:
    """How each mapped column of a source reads."""
    contract = CONTRACTS[source.table]
    own = [(name, m, contract.columns[name]) for name, m in source.columns.items()]
    more = [(name, m, Column(m.type, "attribute")) for name, m in source.attributes.items()]
    return [_field(source, raw, name, m, column) for name, m, column in own + more]


def select_usable(fields: list[Field], *, relation: exp.Expr) -> exp.Select:
    """The rows of a source that have everything they must have, typed."""
    required = [exp.column(f.name, quoted=True).is_(exp.null()).not_() for f in fields if f.required]
    typed = exp.select("_file", "_row", *[f.typed.copy().as_(f.name, quoted=True) for f in fields]).from_(relation)
    return exp.select("*").from_(typed.subquery("typed")).where(*required)


def select_table(
    table: str, usable: dict[str, list[Field]], *, sources: dict[str, Source], customers: bool
) -> exp.Select:
    """A contract table from the usable rows of its sources.

    Rows of unknown customers are left out where customers are known, unless the source keeps them. Of rows
    with the same key the one of the last file counts, and in a file the last row; where rows add up, all of them.

    Args:
        table: Name of the table.
        usable: Fields of the usable rows, by source id; the relation is `usable_<id>`.
        sources: The sources by id.
        customers: Whether there is a table of customers to refer to.
    """
    columns = columns_of(usable, table=table)
    ranked = rank_rows(table, usable, sources=sources, customers=customers)
    return exp.select(*columns.values()).from_(ranked.subquery("r")).where(exp.column("_rank").eq(1))


def columns_of(usable: dict[str, list[Field]], *, table: str = "") -> dict[str, exp.Expr]:
    """The columns that the sources of a table give, by name, and with the name of a table all that it has."""
    types = _types(usable)
    columns: dict[str, exp.Expr] = {c: exp.column(c, quoted=True) for c in types}
    # A derived table may look at any column of the contract; what is not mapped is NULL.
    absent = {n: c.type for n, c in (CONTRACTS[table].columns if table else {}).items() if n not in types}
    return columns | {n: exp.cast(exp.null(), _SQL_TYPES[t]).as_(n, quoted=True) for n, t in absent.items()}


def unite_rows(
    table: str, usable: dict[str, list[Field]], *, sources: dict[str, Source], customers: bool
) -> exp.Select | exp.SetOperation:
    """The rows of all sources of a table, those of unknown customers left out; `_source` numbers the sources."""
    types = _types(usable)
    refers = customers and table != "customers" and "customer_id" in types
    parts = [_part(sources[i], fields, types, order=n, refers=refers) for n, (i, fields) in enumerate(usable.items())]
    return parts[0] if len(parts) == 1 else exp.union(*parts, distinct=False)


def rank_rows(
    table: str, usable: dict[str, list[Field]], *, sources: dict[str, Source], customers: bool,
    among: exp.Table | None = None,
) -> exp.Select:  # fmt: skip
    """The rows of all sources of a table, each key's rows ranked in `_rank`; those of rank 1 count.

    The last row counts; where rows add up, all rows of the last file that has the key. With `among`, a table of what
    HASH makes of keys, only the rows with these keys.
    """
    contract, key = CONTRACTS[table], key_columns(table, next(iter(sources.values())))
    order = [_desc("_source"), _desc("_file")]
    rank = exp.Window(
        this=exp.Rank() if contract.adds_up else exp.RowNumber(),
        partition_by=key,
        order=exp.Order(expressions=order if contract.adds_up else [*order, _desc("_row")]),
    )
    rows = unite_rows(table, usable, sources=sources, customers=customers)
    ranked = exp.select("*", rank.as_("_rank")).from_(rows.subquery("u"))
    if among is None:
        return ranked
    hashed = exp.Anonymous(this="HASH", expressions=[k.copy() for k in key])
    return ranked.where(exp.In(this=hashed, query=exp.select("*").from_(among).subquery()))


def key_columns(table: str, source: Source) -> list[exp.Expr]:
    """What tells the rows of a table apart; of the day that names a month, the month."""
    contract = CONTRACTS[table]
    whole = contract.time if contract.whole_month else None
    return [_month(k) if k == whole else _column(k) for k in key_of(source)]


def select_beaten(ranked: exp.Select, columns: Collection[str], *, another: Collection[str] = ()) -> exp.Select:
    """The rows that do not count, each with where the row that counts in its place stands, and whether it differs.

    In `_another` is whether that row has another value in all columns of `another`.
    """
    key = [e.copy() for e in ranked.find(exp.Window).args["partition_by"]]  # pyright: ignore[reportOptionalMemberAccess]
    order = exp.Order(expressions=[exp.Ordered(this=_column("_rank"))])
    content = exp.Anonymous(this="HASH", expressions=[_column(c) for c in columns])

    def first(value: exp.Expr) -> exp.Window:
        return exp.Window(this=exp.FirstValue(this=value), partition_by=[k.copy() for k in key], order=order.copy())

    beside = {"_by_source": first(_column("_source")), "_by_file": first(_column("_file"))}
    differs = exp.NEQ(this=content.copy(), expression=first(content)).as_("_differs")
    moved = exp.and_(*(exp.NEQ(this=_column(c), expression=first(_column(c))) for c in another)) if another else None
    rows = exp.select("*", differs, *(w.as_(n) for n, w in beside.items())).from_(ranked.subquery("r"))
    rows = rows.select((moved or exp.false()).as_("_another"))
    return exp.select("*").from_(rows.subquery("b")).where(_column("_rank") > 1)


def key_of(source: Source) -> tuple[str, ...]:
    """The columns that tell the rows of a source apart."""
    return source.key or CONTRACTS[source.table].key


def known_customer(*, alias: str) -> exp.Expr:
    """Condition of a row without a customer, or with one that is known."""
    ids = exp.select(exp.column("customer_id", quoted=True)).from_("customers")
    mine = exp.column("customer_id", table=alias, quoted=True)
    return exp.or_(mine.copy().is_(exp.null()), exp.In(this=mine, query=ids.subquery()))


def _types(usable: dict[str, list[Field]]) -> dict[str, ColumnType]:
    return {f.name: f.type for fields in usable.values() for f in fields}


def _part(source: Source, fields: list[Field], types: dict[str, ColumnType], *, order: int, refers: bool) -> exp.Select:
    have = {f.name for f in fields}
    columns = [
        exp.column(c, quoted=True) if c in have else exp.cast(exp.null(), _SQL_TYPES[t]).as_(c, quoted=True)
        for c, t in types.items()
    ]
    number = exp.Literal.number(order).as_("_source")
    select = exp.select(number, "_file", "_row", *columns).from_(exp.to_table(f"usable_{source.id}", alias="s"))
    return select.where(known_customer(alias="s")) if refers and source.unknown_customers == "reject" else select


def _column(name: str) -> exp.Column:
    return exp.column(name, quoted=True)


def _month(name: str) -> exp.Expr:
    return exp.func("DATE_TRUNC", exp.Literal.string("month"), _column(name), dialect="duckdb")


def _desc(column: str) -> exp.Ordered:
    return exp.Ordered(this=exp.column(column), desc=True, nulls_first=False)


def _field(source: Source, raw: Raw, name: str, mapped: ColumnMap, column: Column) -> Field:
    value = _text(mapped, raw)
    present = _present(value, mapped)
    text = _translated(present, mapped)
    text = same_id(text) if mapped.fold and column.type == "text" else text
    scale = mapped.scale or column.scale
    typed = _typed(text, column.type, name=name, mapped=mapped, source=source, decimal=raw.form.decimal or ".")
    if scale is not None:
        low, high = (exp.convert(x) for x in scale)
        inside = exp.Between(this=typed.copy(), low=low, high=high)
        typed = exp.Case().when(inside, typed)
    complaint = _complaint(column.type, mapped, name=name, scale=scale)
    required = column.required or name in key_of(source)
    return Field(name, mapped.column or "(constant)", column.type, required, present, typed, complaint, scale)


def _text(mapped: ColumnMap, raw: Raw) -> exp.Expr:
    if mapped.column is None or mapped.column == ROW:
        # What tells a row from others is made when all rows are there.
        return exp.Literal.string(mapped.constant or ROW)
    trimmed = exp.Trim(this=exp.column(raw.headers[mapped.column], quoted=True))
    return exp.Nullif(this=trimmed, expression=exp.Literal.string(""))


def _present(value: exp.Expr, mapped: ColumnMap) -> exp.Expr:
    codes = [m.strip() for m in mapped.missing if m.strip()]
    if not codes:
        return value
    blank = value.copy().isin(*codes)
    if words := sorted({c.lower() for c in codes if c.lower() != c.upper()}):
        blank = exp.or_(blank, exp.Lower(this=value.copy()).isin(*words))
    return exp.Case().when(blank, exp.null()).else_(value)


def _translated(present: exp.Expr, mapped: ColumnMap) -> exp.Expr:
    if not mapped.values:
        return present
    entries = {found: meant for found, meant in mapped.values.items() if found != "*"}
    others = _others(present, mapped.values.get("*"))
    alike: dict[str, set[str]] = {}
    for found, meant in entries.items():
        alike.setdefault(same_word_text(found), set()).add(meant)
    # As it stands first; then whatever its case and blanks, where no two entries quarrel over it.
    loose = _looked_up(same_word(present), {k: min(m) for k, m in alike.items() if len(m) == 1}, others)
    return _looked_up(present, entries, loose)


def _looked_up(text: exp.Expr, entries: dict[str, str], others: exp.Expr | None) -> exp.Expr:
    if not entries:
        return others or exp.null()
    case = exp.Case(this=text.copy())
    for found, meant in entries.items():
        case = case.when(exp.Literal.string(found), exp.Literal.string(meant))
    return case.else_(others) if others is not None else case


def _others(present: exp.Expr, meant: str | None) -> exp.Expr | None:
    if meant is None or meant == "*":
        return None if meant is None else present.copy()
    # NULL stays NULL: "others" are values, not blanks.
    return exp.Case().when(present.copy().is_(exp.null()).not_(), exp.Literal.string(meant))


def _typed(
    text: exp.Expr, kind: ColumnType, *, name: str, mapped: ColumnMap, source: Source, decimal: str
) -> exp.Expr:  # fmt: skip
    if kind == "text":
        return text
    if kind == "boolean":
        lower = exp.Lower(this=text)
        return exp.Case().when(lower.isin(*_TRUE), exp.true()).when(lower.copy().isin(*_FALSE), exp.false())
    if kind in ("date", "timestamp"):
        return _moment(text, kind, formats=mapped.format, source=source)
    number = read_odd_numbers(text, partial(_number, decimal=decimal), name=name, formats=mapped.format)
    if kind == "number":
        return number
    whole = exp.EQ(this=number.copy(), expression=exp.Floor(this=number.copy()))
    return exp.Case().when(whole, exp.TryCast(this=number, to=exp.DataType.build("BIGINT")))


def _number(text: exp.Expr, *, decimal: str) -> exp.Expr:
    thousands = "." if decimal == "," else ","
    marked = text.copy()
    for mark in (thousands, "\u00a0", "\u202f", " ", "'"):
        marked = exp.func("REPLACE", marked, exp.Literal.string(mark), exp.Literal.string(""))
    # Nearly all numbers have no marks to take out, and are told by a look that is several times cheaper.
    case = exp.Case()
    for pattern, digits in (
        (rf"{PLAIN_NUMBER}([{decimal}]\d+)?", text.copy()),
        (_NUMBER % _marks(thousands, decimal), marked),
    ):
        pointed = digits if decimal == "." else exp.func("REPLACE", digits, *map(exp.Literal.string, (",", ".")))
        fits = exp.Anonymous(this="REGEXP_FULL_MATCH", expressions=[text.copy(), exp.Literal.string(pattern)])
        case = case.when(fits, exp.TryCast(this=pointed, to=exp.DataType.build("DOUBLE")))
    return case


def _marks(thousands: str, decimal: str) -> tuple[str, str]:
    return f"[{thousands}\u00a0\u202f ']", f"[{decimal}]"


def _moment(text: exp.Expr, kind: ColumnType, *, formats: tuple[str, ...], source: Source) -> exp.Expr:
    zoned = speaks_of_zones(formats, naive=source.timezone, days=source.days_in)
    if formats and zoned:
        moment = read_moment(text, formats=formats, naive=source.timezone, days=source.days_in)
    elif formats:
        listed = exp.array(*[exp.Literal.string(f) for f in formats], dialect="duckdb")
        moment = exp.Anonymous(this="TRY_STRPTIME", expressions=[text.copy(), listed])
    else:
        # A cast reads ISO and a few things more; the pattern keeps these out, such as "epoch" or years before Christ.
        pattern = r"\d{4}-\d{1,2}-\d{1,2}([ T]\d{1,2}:\d{2}(:\d{2}([.]\d+)?)?)? ?(Z|[+-]\d{2}:?\d{2})?"
        iso = exp.Anonymous(this="REGEXP_FULL_MATCH", expressions=[text.copy(), exp.Literal.string(pattern)])
        plain: exp.Expr = exp.TryCast(this=text.copy(), to=exp.DataType.build("TIMESTAMP"))
        read = read_moment(text, formats=(), naive=source.timezone, days=source.days_in) if zoned else plain
        moment = exp.Case().when(iso, read)
    typed = moment if kind == "timestamp" else exp.Cast(this=moment, to=exp.DataType.build(_SQL_TYPES[kind]))
    first, last = (exp.cast(exp.Literal.string(d), "DATE") for d in (_EARLIEST, _LATEST))
    sensible = exp.Between(this=typed.copy(), low=first, high=last)
    return exp.Case().when(sensible, typed)


def _complaint(
    kind: ColumnType, mapped: ColumnMap, *, name: str, scale: tuple[float, float] | None
) -> str:  # fmt: skip
    if mapped.values and "*" not in mapped.values:
        return "the value has no entry under `values` in sources.yaml"
    if is_seconds(name, mapped.format) and kind == "number":
        return "not a number of seconds, nor a length such as 0:03:25"
    if kind in ("date", "timestamp"):
        shown = " or ".join(f"{_A_DAY:{form}}" for form in mapped.format) if mapped.format else "2026-03-05"
        return f"not a date of the form {shown}"
    what = {"integer": "not a whole number", "number": "not a number", "boolean": "neither yes nor no"}.get(kind, "")
    return f"{what} from {scale[0]:g} to {scale[1]:g}" if scale else what
