"""Rows whose key comes again: which of them count, what is wrong with the others, and the table of those that count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from cxkit._table import Database
from cxkit.data.again import runs_one_way, select_again
from cxkit.data.conform import Field, columns_of, key_columns, key_of, rank_rows, select_beaten, unite_rows
from cxkit.data.contract import CONTRACTS
from cxkit.data.faults import Fault
from cxkit.data.ingest import Raw
from cxkit.data.settings import Source

__all__ = ["Repeats", "build_table", "find_repeats"]

_MOST_LISTED = 10_000
_FEWEST_OTHER = 5
_MOST_OTHER = 0.2
_PLACE = ("_source", "_file", "_row")


@dataclass(frozen=True, slots=True)
class Repeats:
    """What was found on repeated keys of a table.

    Attributes:
        beaten: Table of the rows that do not count; "" where every row does.
        replaced: How many rows of each source a later one replaces.
        clashing: How many rows of each source have the key of another one of the same file, and other values.
        faults: What is wrong.
    """

    beaten: str = ""
    replaced: dict[str, int] = field(default_factory=dict[str, int])
    clashing: dict[str, int] = field(default_factory=dict[str, int])
    faults: list[Fault] = field(default_factory=list[Fault])


def find_repeats(
    db: Database, table: str, usable: dict[str, list[Field]], *, sources: dict[str, Source], raws: Mapping[str, Raw],
    customers: bool,
) -> Repeats:  # fmt: skip
    """Rows whose key comes again: replaced by a later file, or in each other's way in one file.

    Args:
        db: Where `usable_<id>` is.
        table: The table of the contract.
        usable: Fields of the usable rows, by source id.
        sources: The sources by id.
        raws: Their files.
        customers: Whether rows of unknown customers are left out.
    """
    told = {"sources": sources, "customers": customers}
    again = f"incoming_again_{table}"
    if not _find_keys(db, table, usable, again=again, files=sum(len(raws[i].files) for i in usable), **told):
        return Repeats()
    ranked = rank_rows(table, usable, among=exp.to_table(again), **told)
    columns = list(columns_of(usable))
    beaten = select_beaten(ranked, columns, another=[c for c in _marks_another(table) if c in columns])
    name = f"incoming_beaten_{table}"
    db.create(name, beaten)
    found = Repeats(name)
    for number, source in enumerate(sources.values()):
        _judge(db, found, number, source, sources=list(sources.values()), raw=raws[source.id])
    return found


def build_table(
    db: Database, table: str, usable: dict[str, list[Field]], *, sources: dict[str, Source], customers: bool,
    beaten: str,
) -> None:  # fmt: skip
    """The table of the rows that count, in the order of their files: sums of fractions depend on it.

    Args:
        db: Where `usable_<id>` is.
        table: The table of the contract.
        usable: Fields of the usable rows, by source id.
        sources: The sources by id.
        customers: Whether rows of unknown customers are left out.
        beaten: Table of the rows that do not count, or "".
    """
    rows = unite_rows(table, usable, sources=sources, customers=customers)
    columns = columns_of(usable, table=table).values()
    if len(usable) == 1 and not customers and not beaten:
        # These rows are in order as they are.
        db.look(table, exp.select(*columns).from_(rows.subquery("u")))
        return
    tree = exp.select(*columns).from_(rows.subquery("u"))
    if beaten:
        same = (exp.column(c, table="b").eq(exp.column(c, table="u")) for c in _PLACE)
        lost = exp.select(exp.Literal.number(1)).from_(exp.to_table(beaten, alias="b")).where(*same)
        tree = tree.where(exp.Exists(this=lost).not_())
    db.create(table, tree.order_by(*_PLACE))


def _find_keys(
    db: Database, table: str, usable: dict[str, list[Field]], *, sources: dict[str, Source], customers: bool,
    again: str, files: int,
) -> int:  # fmt: skip
    """Lay down what of each key that comes again it is known by; how many there are."""
    contract = CONTRACTS[table]
    if contract.adds_up and files == 1:
        return 0
    rows = unite_rows(table, usable, sources=sources, customers=customers)
    parts = key_columns(table, next(iter(sources.values())))
    key = exp.Anonymous(this="HASH", expressions=parts)
    if contract.adds_up:
        spans = (exp.NEQ(this=exp.Min(this=exp.column(c)), expression=exp.Max(this=exp.column(c))) for c in _PLACE[:2])
        query = exp.select(key.as_("again")).from_(rows.subquery("u")).group_by("again").having(exp.or_(*spans))
    elif len(parts) == 1 and runs_one_way(db, parts[0], rows):
        return 0
    else:
        query = select_again(key, exp.select("*").from_(rows.subquery("u"))).distinct()
    db.create(again, query)
    return db.count(again)


def _judge(db: Database, found: Repeats, number: int, source: Source, *, sources: Sequence[Source], raw: Raw) -> None:
    mine = exp.select("*").from_(found.beaten).where(exp.column("_source").eq(number))
    here = exp.and_(exp.column("_by_source").eq(number), exp.column("_by_file").eq(exp.column("_file")))
    # In one file of rows that add up these are parts of a whole, and all of them count.
    clash = mine.where(exp.column("_differs"), here)
    lost = _length(db, mine.where(exp.column("_by_source").neq(number)))
    found.faults.extend(_collision(source, lost, [s.id for s in sources], raw=raw))
    if CONTRACTS[source.table].time and not CONTRACTS[source.table].adds_up:
        later = mine.where(exp.column("_by_source").eq(number), exp.column("_by_file").neq(exp.column("_file")))
        found.faults.extend(_restart(db, source, later, raw=raw))
    found.clashing[source.id] = _length(db, clash)
    found.replaced[source.id] = _length(db, mine) - found.clashing[source.id]
    what = "another row of the file has the same key and other values; the last one counts"
    hint = f"If both are real, the key does not tell rows apart: name more columns under `key` of {source.id}."
    found.faults.extend(_list(db, source, clash, what, hint=hint, rejects=True, raw=raw))
    if source.on_overlap == "error":
        hint = "Remove the repetition, or set `on_overlap: last` to let the later file count."
        found.faults.extend(
            _list(db, source, mine, "the same key comes again later", hint=hint, rejects=False, raw=raw)
        )


def _collision(source: Source, number: int, ids: Sequence[str], *, raw: Raw) -> list[Fault]:
    """Rows that another source replaced; two tools that number from 1 would wipe each other out."""
    if number <= source.max_rejected * sum(f.rows for f in raw.files):
        return []
    others = ", ".join(i for i in ids if i != source.id)
    what = f"{number:,} rows have the key of a row of another source of the table ({others})"
    hint = f"If they are not the same rows, give {source.id} and {others} a `key` with more columns."
    if CONTRACTS[source.table].adds_up:
        hint += " Rows that are parts of one sum belong in one file."
    return [Fault(source.files, "", _headers(source), "", what, hint=hint, stops=True)]


def _marks_another(table: str) -> tuple[str, ...]:
    """The columns that no correction changes together: when it was, and whose it was."""
    contract = CONTRACTS[table]
    return (contract.time, "customer_id") if contract.time and not contract.adds_up else ()


def _restart(db: Database, source: Source, later: exp.Select, *, raw: Raw) -> list[Fault]:
    """Rows that a later file replaced by quite another: ids that begin again at 1 in each file."""
    if "on_overlap" in source.model_fields_set:
        return []
    other = later.where(exp.column("_another"))
    number, of = _length(db, other), _length(db, later)
    if number < _FEWEST_OTHER or number <= _MOST_OTHER * of:
        return []
    shown = exp.select("_file", "_row", "_by_file", exp.column(key_of(source)[0], quoted=True))
    file, row, by, key = db.rows(shown.from_(other.subquery("o")).order_by("_file", "_row").limit(1))[0]
    time = CONTRACTS[source.table].time
    whose = " and of another customer" if "customer_id" in source.columns else ""
    what = (
        f"{number:,} rows have the key of a row of a later file that is of another time{whose}, "
        f"such as in {raw.files[by].path}: do the ids begin again in each file?"
    )
    key_hint = ", ".join([*key_of(source), str(time)])
    hint = (
        f"If they are not the same rows, name more columns under `key` of {source.id}, such as `key: [{key_hint}]`; "
        "if the later file corrects them, write `on_overlap: last`."
    )
    return [Fault(raw.files[file].path, row, _headers(source), str(key), what, hint=hint, stops=True)]


def _list(
    db: Database, source: Source, rows: exp.Select, what: str, *, hint: str, rejects: bool, raw: Raw
) -> list[Fault]:  # fmt: skip
    key = key_of(source)
    shown = exp.select("_file", "_row", *[exp.column(k, quoted=True) for k in key]).from_(rows.subquery("e"))
    found = db.rows(shown.order_by("_file", "_row").limit(_MOST_LISTED))
    return [
        Fault(raw.files[file].path, row, _headers(source), ", ".join(map(str, values)), what, hint=hint,
              rejects=rejects, stops=not rejects)
        for file, row, *values in found
    ]  # fmt: skip


def _headers(source: Source) -> str:
    """The columns of the key as the export has them."""
    mapped = {**source.columns, **source.attributes}
    return " + ".join(mapped[k].column or k for k in key_of(source))


def _length(db: Database, query: exp.Select) -> int:
    return int(db.rows(exp.select(exp.Count(this=exp.Star())).from_(query.subquery("q")))[0][0])
