"""Rows about customers for the people who act: written to worklists/, read by no report and no dashboard."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlglot import exp

from cxkit._documents import write_atomic
from cxkit._sql import DIALECT, columns_of, parse_predicate
from cxkit._table import Database
from cxkit.data.contract import CONTRACTS
from cxkit.data.rejected import harmless
from cxkit.errors import DocumentError, QueryError
from cxkit.kpi.tables import UNKNOWN
from cxkit.playbook.model import RESERVED, Placed
from cxkit.playbook.recommend import Recommendation

__all__ = ["Listed", "drop_others", "prove_worklist", "write_worklist"]

CONSENT = "may_contact"
_HEAD = ["play", "owner"]


@dataclass(frozen=True)
class Listed:
    """A worklist as written, or why it was not.

    Attributes:
        path: The file, or None.
        rows: Customers on it.
        without_consent: Customers who are left out because they did not agree to be contacted.
        why: Why there is no file, or "".
    """

    play: str
    path: Path | None
    rows: int = 0
    without_consent: int = 0
    why: str = ""


def write_worklist(
    db: Database, placed: Placed, fired: Recommendation, *, columns: Mapping[str, Mapping[str, str]],
    dimensions: Mapping[str, str], folder: Path,
) -> Listed:  # fmt: skip
    """Write the customers that a play is about, one row each, their latest matter first.

    Only customers who agreed to be contacted are on it; where the exports do not say who did, nothing is written.

    Args:
        db: The tables of the exports.
        placed: The play, which has a worklist.
        fired: Where it is called for.
        columns: Mapped columns of each table.
        dimensions: Dimension to column.
        folder: worklists/ of the engagement.

    Raises:
        DocumentError: The table of the worklist is not mapped.
        QueryError: Its predicate is not allowed.
    """
    prove_worklist(placed, columns)
    path = folder / f"{placed.play.id}.csv"
    if CONSENT not in columns.get("customers", {}):
        # Of a list written before, nobody can tell any more who agreed.
        path.unlink(missing_ok=True)
        why = f"the exports do not say who agreed to be contacted; map customers.{CONSENT} in sources.yaml"
        return Listed(placed.play.id, None, why=why)
    header = ["customer_id", *_shown(placed, columns)]
    try:
        rows = db.rows(_select(placed, fired, columns, dimensions=dimensions, shown=header[1:]))
    except QueryError as error:
        hint = "Compare texts with texts and numbers with numbers."
        raise QueryError(error.what, where=placed.place("worklist", "where"), hint=hint) from error
    agreed = [r[1:] for r in rows if r[0]]
    write_atomic(path, _csv(placed, header, agreed))
    return Listed(placed.play.id, path, len(agreed), len(rows) - len(agreed))


def prove_worklist(placed: Placed, columns: Mapping[str, Mapping[str, str]]) -> None:
    """Prove that the worklist of a play can be written on these columns.

    Raises:
        DocumentError: Its table is not mapped.
        QueryError: Its predicate is not allowed.
    """
    want = placed.play.worklist
    assert want is not None  # noqa: S101
    if want.table not in columns:
        hint = f"Mapped tables: {', '.join(columns)}."
        raise DocumentError(f"The table {want.table!r} is not mapped.", where=placed.place("worklist"), hint=hint)
    parse_predicate(want.where, columns[want.table], where=placed.place("worklist", "where"))


def drop_others(folder: Path, *, kept: Collection[str]) -> None:
    """Remove the lists of plays that are not called for, or not there any more; nothing else in the folder."""
    for path in folder.glob("*.csv"):
        if path.stem not in kept and path.stem != RESERVED and path.is_file():
            with path.open(encoding="utf-8", errors="replace") as file:
                mine = file.readline().startswith(",".join([*_HEAD, "customer_id"]))
            if mine:
                path.unlink()


def _shown(placed: Placed, columns: Mapping[str, Mapping[str, str]]) -> list[str]:
    """When it was, and the columns that the predicate looks at: what the person who acts has to know."""
    want = placed.play.worklist
    assert want is not None  # noqa: S101
    known = columns[want.table]
    time = CONTRACTS[want.table].time
    read = columns_of(parse_predicate(want.where, known, where=placed.place("worklist", "where")))
    return [*([time] if time else []), *(c for c in known if c in read and c not in (time, "customer_id"))]


def _select(
    placed: Placed, fired: Recommendation, columns: Mapping[str, Mapping[str, str]], *,
    dimensions: Mapping[str, str], shown: Sequence[str],
) -> exp.Select:  # fmt: skip
    want = placed.play.worklist
    assert want is not None  # noqa: S101
    known = columns[want.table]
    row, person = "t", "c"
    kept = [_tabled(parse_predicate(want.where, known, where=placed.place("worklist", "where")), row)]
    time = CONTRACTS[want.table].time
    if time:
        last = exp.select(exp.Max(this=exp.column(time, quoted=True))).from_(exp.to_table(want.table)).subquery()
        span = exp.Interval(this=exp.Literal.string(str(want.days)), unit=exp.var("DAY"))
        kept.append(exp.column(time, table=row, quoted=True) > exp.Sub(this=last, expression=span))
    parts = [_part(s.within, columns, want.table, dimensions) for s in fired.spots if s.within]
    if parts:
        kept.append(exp.or_(*parts))
    on = exp.column("customer_id", table=person, quoted=True).eq(exp.column("customer_id", table=row, quoted=True))
    order = exp.column(time or "customer_id", table=row, quoted=True)
    latest = exp.Window(
        this=exp.RowNumber(),
        partition_by=[exp.column("customer_id", table=row, quoted=True)],
        order=exp.Order(expressions=[exp.Ordered(this=order.copy(), desc=True)]),
    )
    return (
        exp.select(
            exp.func("COALESCE", exp.column(CONSENT, table=person, quoted=True), exp.false(), dialect=DIALECT).as_(
                "ok"
            ),
            exp.column("customer_id", table=row, quoted=True),
            *(exp.column(c, table=row, quoted=True) for c in shown),
        )
        .from_(exp.to_table(want.table, alias=row))
        .join(exp.to_table("customers", alias=person), on=on)
        .where(*kept)
        .qualify(latest.eq(1))
        .order_by(exp.Ordered(this=order, desc=True), exp.column("customer_id", table=row, quoted=True))
    )


def _part(
    slice_: tuple[tuple[str, str], ...], columns: Mapping[str, Mapping[str, str]], table: str, dims: Mapping[str, str]
) -> exp.Expr:
    tests: dict[str, list[exp.Expr]] = {}
    for dimension, value in slice_:
        column = dims.get(dimension, dimension)
        owner = "t" if column in columns[table] else "c" if column in columns["customers"] else ""
        # A dimension that neither table has cannot narrow the list.
        found = exp.column(column, table=owner, quoted=True)
        same = found.is_(exp.null()) if value == UNKNOWN else found.eq(value)
        tests.setdefault(dimension, []).append(same if owner else exp.true())
    # Two values of one dimension call for the play together, and a customer has one of them.
    return exp.and_(*(exp.or_(*same) for same in tests.values()))


def _tabled(tree: exp.Expr, table: str) -> exp.Expr:
    for column in tree.find_all(exp.Column):
        column.set("table", exp.to_identifier(table))
    return exp.paren(tree)


def _csv(placed: Placed, header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*_HEAD, *header])
    for row in rows:
        told = (harmless("" if v is None else str(v)) for v in row)
        writer.writerow([placed.play.id, harmless(placed.play.owner), *told])
    return out.getvalue()
