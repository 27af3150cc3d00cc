"""What stands more than once, found without a table of all that was seen.

A table of hashes, one for each row, is what takes longest of all that is asked of rows that have been read.
"""

from __future__ import annotations

from sqlglot import exp

from cxkit._table import Database

__all__ = ["runs_one_way", "select_again"]


def select_again(value: exp.Expr, rows: exp.Select) -> exp.Select:
    """The values that stand more than once, as `again`, each once less than it stands.

    Args:
        value: An expression over the rows; never NULL.
        rows: The rows.

    Example:
        >>> from cxkit._table import open_database
        >>> with open_database() as db:
        ...     db.create("t", exp.select(exp.func("UNNEST", exp.array(3, 1, 3, 2, 3)).as_("a")))
        ...     db.rows(select_again(exp.column("a"), exp.select("*").from_("t")))
        [(3,), (3,)]
    """
    valued = exp.select(value.as_("again")).from_(rows.subquery("rows"))
    order = exp.Order(expressions=[exp.Ordered(this=exp.column("again"), nulls_first=False)])
    before = exp.Window(this=exp.Lag(this=exp.column("again")), order=order)
    beside = exp.select("again", before.as_("before")).from_(valued.subquery("valued"))
    return exp.select("again").from_(beside.subquery("beside")).where(exp.column("again").eq(exp.column("before")))


def runs_one_way(db: Database, value: exp.Expr, rows: exp.Select | exp.SetOperation) -> bool:
    """Whether each value is above the one before it, or each below it, as numbers that are given in turn are.

    Where they are, no value comes again. Where they are not, hardly more than the first rows are looked at.

    Example:
        >>> from cxkit._table import open_database
        >>> with open_database() as db:
        ...     db.create("t", exp.select(exp.func("UNNEST", exp.array(9, 7, 4)).as_("a")))
        ...     db.create("u", exp.select(exp.func("UNNEST", exp.array(1, 2, 2)).as_("a")))
        ...     [runs_one_way(db, exp.column("a"), exp.select("*").from_(t)) for t in ("t", "u")]
        [True, False]
    """
    here, before = exp.column("here"), exp.column("before")
    valued = exp.select(value.copy().as_("here")).from_(rows.copy().subquery("rows"))
    last = exp.Window(this=exp.Lag(this=here.copy())).as_("before")
    beside = exp.select("here", last).from_(valued.subquery("valued"))
    for wrong in (exp.LTE, exp.GTE):
        stops = exp.or_(here.copy().is_(exp.null()), wrong(this=here.copy(), expression=before.copy()))
        if not db.rows(exp.select(exp.Literal.number(1)).from_(beside.copy().subquery("beside")).where(stops).limit(1)):
            return True
    return False
