"""Rows that stand twice: an export pasted twice, or two events that happen to be alike; only the client knows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from cxkit.data.again import select_again
from cxkit.data.conform import ROW, key_of
from cxkit.data.contract import CONTRACTS
from cxkit.data.faults import Fault
from cxkit.data.identity import Alike, alike_of
from cxkit.data.traps.base import Look

__all__ = ["find_rows_twice"]

# cxkit defaults: how many rows on end are a block that was pasted; which share of rows is no chance any more.
_BLOCK, _OFTEN, _SHARE = 5, 0.2, 0.5
_FEWEST_COLUMNS = 3
_SHOWN = 3


def find_rows_twice(look: Look) -> Iterator[Fault]:
    """Rows that are alike in all that is mapped, where nobody said whether they are events of their own."""
    source, contract = look.source, CONTRACTS[look.source.table]
    if source.duplicates is not None or contract.time is None:
        return
    alike = alike_of(source, look.fields)
    time = next((f for f in look.fields if f.name == contract.time), None)
    if time is None or time.header not in look.raw.headers or not (alike.in_file or _tells(look, alike)):
        return
    if not _any_twice(look, alike):
        return
    pairs = _pairs(look, alike)
    if pairs and (alike.in_file or _fine(look) or _is_block(look, pairs)):
        yield _fault(look, alike, pairs)


def _made(look: Look) -> bool:
    return any(m.column == ROW for m in look.source.columns.values())


def _tells(look: Look, alike: Alike) -> bool:
    """Whether rows alike in these columns are no everyday thing: somebody, or enough beside the time."""
    answers = look.source.table != "staff_answers" or "item" in alike.columns
    return answers and bool(alike.who or len(alike.columns) >= _FEWEST_COLUMNS)


def _any_twice(look: Look, alike: Alike) -> bool:
    rows = exp.select("*").from_(look.usable).where(_counts(look, alike))
    return bool(look.db.rows(select_again(_hash(alike), rows).limit(1)))


def _pairs(look: Look, alike: Alike) -> list[tuple[int, int, int, int]]:
    """File and row of each row that is like one before it, with file and row of that one."""
    columns = [exp.column(n, quoted=True) for n in alike.columns]
    within = [exp.column("_file"), *columns] if alike.in_file else columns
    order = exp.Order(expressions=[exp.Ordered(this=exp.column(c)) for c in ("_file", "_row")])
    hashes = exp.select(_hash(alike).as_("h")).from_(look.usable).group_by("h").having(exp.Count(this=exp.Star()) > 1)

    def first(value: exp.Expr) -> exp.Window:
        parts = [w.copy() for w in within]
        return exp.Window(this=exp.FirstValue(this=value), partition_by=parts, order=order.copy())

    number = exp.Window(this=exp.RowNumber(), partition_by=[w.copy() for w in within], order=order.copy())
    rows = exp.select("_file", "_row", first(exp.column("_file")).as_("f"), first(exp.column("_row")).as_("r"))
    key = exp.Anonymous(this="HASH", expressions=[exp.column(k, quoted=True) for k in key_of(look.source)])
    # The same id again is the same row again, of which one counts: as in an export that holds all of the one before.
    other = exp.true() if alike.in_file else exp.NEQ(this=key.copy(), expression=first(key))
    rows = rows.select(number.as_("nth"), other.as_("other")).from_(look.usable)
    rows = rows.where(exp.In(this=_hash(alike), query=hashes.subquery()), _counts(look, alike))
    query = (
        exp.select("_file", "_row", "f", "r")
        .from_(rows.subquery("p"))
        .where(exp.column("nth") > 1, exp.column("other"))
    )
    return look.db.rows(query.order_by("_file", "_row"))


def _fine(look: Look) -> bool:
    """Whether times say more than the day, so that two events alike are no everyday thing."""
    time = exp.column(CONTRACTS[look.source.table].time or "", quoted=True)
    midnight = exp.EQ(this=time.copy(), expression=exp.cast(exp.cast(time.copy(), "DATE"), "TIMESTAMP"))
    rows, whole = look.db.rows(exp.select(exp.Count(this=exp.Star()), exp.CountIf(this=midnight)).from_(look.usable))[0]
    return whole < _SHARE * rows


def _is_block(look: Look, pairs: Sequence[tuple[int, int, int, int]]) -> bool:
    """Whether some rows on end are like as many on end before them, or very many rows are like others."""
    there = set(pairs)
    on_end = sum((file, row - 1, other, before - 1) in there for file, row, other, before in pairs)
    return on_end >= _BLOCK - 1 or len(pairs) >= _OFTEN * sum(f.rows for f in look.raw.files)


def _fault(look: Look, alike: Alike, pairs: Sequence[tuple[int, int, int, int]]) -> Fault:
    source = look.source
    listed = [_pair(look, *p) for p in pairs[:_SHOWN]] + (["…"] if len(pairs) > _SHOWN else [])
    aside = "" if alike.in_file else f" but {' and '.join(key_of(source))}"
    what = f"alike in all that is mapped{aside} with a row before it ({'; '.join(listed)}); each would count"
    if alike.in_file and not CONTRACTS[source.table].adds_up and not _made(look):
        what = f"alike in all that is mapped with a row before it ({'; '.join(listed)}); only one of them would count"
    hint = (
        f"Ask whether these are events of their own or an export that was pasted twice. For source {source.id} in "
        "sources.yaml write `duplicates: keep` if each is real, or `duplicates: drop` if they stand twice."
    )
    file, row = pairs[0][:2]
    return Fault(look.file(file), row, "", "", what, hint=hint, stops=True, count=len(pairs))


def _pair(look: Look, file: int, row: int, other: int, before: int) -> str:
    place = "" if file == other else f" of {look.file(other)}"
    return f"row {row} like row {before}{place}"


def _counts(look: Look, alike: Alike) -> exp.Expr:
    """Rows that matter: of somebody, with an answer where answers are asked for, of an amount where amounts add up."""
    found: list[exp.Expr] = []
    if alike.who:
        found.append(exp.column(alike.who, quoted=True).is_(exp.null()).not_())
    answers = [exp.column(f.name, quoted=True) for f in look.fields if f.scale is not None]
    if answers:
        found.append(exp.func("COALESCE", *answers, exp.null()).is_(exp.null()).not_())
    if CONTRACTS[look.source.table].adds_up and "amount" in alike.columns:
        found.append(exp.NEQ(this=exp.column("amount", quoted=True), expression=exp.Literal.number(0)))
    return exp.and_(*found) if found else exp.true()


def _hash(alike: Alike) -> exp.Expr:
    columns = [*(["_file"] if alike.in_file else []), *alike.columns]
    return exp.Anonymous(this="HASH", expressions=[exp.column(c, quoted=c != "_file") for c in columns])
