"""A row's part in a KPI, as trees over the columns of its table: what is added up, and what is counted in buckets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from cxkit._sql import parse_predicate
from cxkit.kpi.buckets import GAMMA, ZERO
from cxkit.kpi.kinds import KINDS
from cxkit.kpi.model import Kpi

__all__ = ["Tally", "Terms", "make_terms"]

LEAST = -350  # the bucket of a thousandth, in whatever unit times are in
_WHOLE_TYPES = ("integer", "boolean")
_STRICT = (
    exp.Column, exp.Identifier, exp.Literal, exp.Paren, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.EQ, exp.NEQ, exp.Between,
    exp.Not, exp.Cast, exp.DataType,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tally:
    """The bucket that a row falls in, and what became of it there.

    Attributes:
        bucket: Number of the bucket, a whole number.
        ended: 1 where the event was met, else 0.
        other: 1 where a competing one was, else 0.
        entry: Bucket at whose end the unit was first seen; NULL where it was from the start.
    """

    bucket: exp.Expr
    ended: exp.Expr
    other: exp.Expr
    entry: exp.Expr


@dataclass(frozen=True, slots=True)
class Terms:
    """A KPI's row-level terms.

    Attributes:
        keep: Conditions of a row in the base, none of them NULL.
        parts: The terms that are added up, by name: y, x, plus, minus, w (the weight), ly (the logarithm of y). The
            others follow: x is 1 for every row where it is missing, y is plus - minus.
        sums: Sums over rows that are wanted beside their number.
        whole: Whether all terms are whole numbers, whose sums do not depend on their order.
        tally: What is counted in buckets, for kinds that need it.
        fields: The SQL of the kind's fields, of the base and of the weight, as it was written.
    """

    kpi: Kpi
    keep: list[exp.Expr]
    parts: dict[str, exp.Expr]
    sums: tuple[str, ...]
    whole: bool
    tally: Tally | None = None
    fields: dict[str, exp.Expr] = field(default_factory=dict)

    def kept(self, part: exp.Expr) -> exp.Expr:
        """A term of the rows in the base, NULL for others."""
        columns, bare = [_not_null(k) for k in self.keep], _bare(part)
        if all(columns) and {c.this.sql() for c in columns if c} == _strict_columns(bare):
            # Only rows without an answer are left out, and of these the term is NULL of itself.
            return bare.copy()
        return exp.Case().when(exp.and_(*self.keep), part.copy()) if self.keep else part.copy()


def make_terms(kpi: Kpi, columns: Mapping[str, str], *, where: str) -> Terms:
    """The terms of a KPI over the columns of its table.

    Raises:
        QueryError: SQL of the KPI is not allowed, or names a column that is not there.
    """

    def parse(name: str, text: str) -> exp.Expr:
        tree = parse_predicate(text, columns, parameters=kpi.parameters, where=f"{where}, {name}")
        # Customers are joined for their dimensions and may have columns of the same name.
        for column in tree.find_all(exp.Column):
            column.set("table", exp.to_identifier("t", quoted=True))
        return tree

    sql = {f: parse(f, t) for f, t in kpi.sql_fields.items()}
    kind, sums = KINDS[kpi.kind], KINDS[kpi.kind].SUMS
    parts, needed = _parts(kpi, sql)
    base = parse("base", kpi.base)
    fields = {**sql, "base": base.copy()}
    keep = _conditions(base)
    keep += [_given(tree, _type_of(tree, columns)) for tree in needed]
    if kind.TALLIED:
        # A time below 0 is a slip of the export, not a time.
        keep += [exp.GTE(this=exp.paren(tree.copy()), expression=_zero()) for tree in needed]
    if "entry" in sql:
        # Who left in the unit of time in which they were first seen were never seen at risk.
        seen = exp.GT(this=_floor(sql["duration"]), expression=_floor(sql["entry"]))
        keep.append(exp.Case().when(_above(sql["entry"]), seen).else_(exp.true()))
    if kpi.weight:
        weight = fields["weight"] = parse("weight", kpi.weight)
        keep.append(exp.GT(this=exp.paren(weight.copy()), expression=exp.Literal.number(0)))
        answers = {"y": parts["plus"].copy() - parts["minus"].copy()} if "plus" in parts and "y" not in parts else {}
        every = {"x": _one(), **answers, **parts}
        parts = {name: _product(weight.copy(), part) for name, part in every.items()}
        parts["w"] = weight
        sums = ("w", "ww", "y", "x", "yy", "xy", "xx", *(s for s in sums if s in ("plus", "minus")))
    if kpi.skewed:
        parts |= {"ly": _logarithm(parts["y"]), "plus": _flag(_above(parts["y"]))}
        sums = (*sums, "ly", "lyy", "plus")
    tally = _tally(kpi, sql) if kind.TALLIED else None
    whole = kpi.weight is None and not kpi.skewed and all(_is_whole(p, columns) for p in parts.values())
    return Terms(kpi, keep, parts, sums, whole, tally, fields)


def _parts(kpi: Kpi, sql: dict[str, exp.Expr]) -> tuple[dict[str, exp.Expr], list[exp.Expr]]:
    """The terms of a kind, and the expressions that must have a value."""
    match kpi.kind:
        case "proportion":
            return {"y": _flag(sql["hit"])}, []
        case "net":
            return {f: _flag(sql[f]) for f in ("plus", "minus")}, []
        case "mean":
            return {"y": sql["value"]}, [sql["value"]]
        case "ratio" | "rate":
            top, bottom = ("numerator", "denominator") if kpi.kind == "ratio" else ("events", "exposure")
            return {"y": sql[top], "x": sql[bottom]}, [sql[top], sql[bottom]]
        case "quantile":
            # How alike a customer's times are shall not hang on how far below the others zero is put.
            least = exp.func("GREATEST", _log_bucket(sql["value"]), exp.Literal.number(LEAST))
            return {"y": least}, [sql["value"]]
        case "survival":
            return {"y": _flag(sql["ended"]), "x": _floor(sql["duration"])}, [sql["duration"]]
        case "lift":
            treated, value = exp.paren(sql["treated"]), sql["value"]
            taken = {"y": _when(treated, value), "x": _when(exp.not_(treated), value)}
            return taken | {"plus": _flag(treated), "minus": _flag(exp.not_(treated))}, [value, sql["treated"]]
    raise ValueError(f"there are no terms for a {kpi.kind}")


def _tally(kpi: Kpi, sql: dict[str, exp.Expr]) -> Tally:
    ended = _flag(sql["ended"]) if "ended" in sql else _one()
    if kpi.kind == "quantile":
        return Tally(_log_bucket(sql["value"]), ended, _zero(), exp.null())
    other = _flag(sql["other"]) if "other" in sql else _zero()
    entry: exp.Expr = exp.null()
    if "entry" in sql:
        entry = exp.Case().when(_above(sql["entry"]), _floor(sql["entry"]))
    return Tally(_floor(sql["duration"]), ended, other, entry)


def _log_bucket(value: exp.Expr) -> exp.Expr:
    """`floor(ln(x) / ln(1.02))`; zero has a bucket of its own."""
    steps = exp.Div(this=exp.Ln(this=exp.paren(value.copy())), expression=exp.Ln(this=exp.Literal.number(GAMMA)))
    return exp.Case().when(_above(value), _floor(steps)).else_(exp.Literal.number(ZERO))


def _floor(value: exp.Expr) -> exp.Expr:
    return exp.cast(exp.Floor(this=exp.paren(value.copy())), "BIGINT")


def _conditions(base: exp.Expr) -> list[exp.Expr]:
    """The conditions of a base, each TRUE or FALSE: what is unknown does not count."""
    found = [c.unnest() for c in base.flatten()] if isinstance(base, exp.And) else [base.unnest()]
    kept = [c for c in found if not (isinstance(c, exp.Boolean) and c.this)]
    return [c if _not_null(c) is not None else exp.func("COALESCE", exp.paren(c), exp.false()) for c in kept]


def _not_null(condition: exp.Expr) -> exp.Column | None:
    """The column of which a condition says that it is not NULL."""
    is_null = condition.this.unnest() if isinstance(condition, exp.Not) else None
    if not isinstance(is_null, exp.Is) or not isinstance(is_null.expression, exp.Null):
        return None
    column = is_null.this.unnest()
    return column if isinstance(column, exp.Column) else None


def _strict_columns(tree: exp.Expr) -> set[str]:
    """The columns of an expression that is NULL where one of them is, and only there; none of any other expression."""
    if not all(isinstance(node, _STRICT) for node in tree.walk()):
        return set()
    return {c.this.sql() for c in tree.find_all(exp.Column)}


def _flag(condition: exp.Expr) -> exp.Expr:
    """1 where a condition holds, else 0."""
    return exp.cast(exp.func("COALESCE", exp.paren(condition.copy()), exp.false()), "INTEGER")


def _bare(flag: exp.Expr) -> exp.Expr:
    """A flag that is NULL where its condition is."""
    sure = flag.this if isinstance(flag, exp.Cast) else None
    return exp.cast(sure.this.copy(), "INTEGER") if isinstance(sure, exp.Coalesce) else flag


def _when(condition: exp.Expr, value: exp.Expr) -> exp.Expr:
    return exp.Case().when(condition.copy(), value.copy()).else_(_zero())


def _logarithm(value: exp.Expr) -> exp.Expr:
    return exp.Case().when(_above(value), exp.Ln(this=exp.paren(value.copy())))


def _above(value: exp.Expr) -> exp.Expr:
    return exp.GT(this=exp.paren(value.copy()), expression=_zero())


def _product(a: exp.Expr, b: exp.Expr) -> exp.Expr:
    return exp.Mul(this=exp.cast(exp.paren(a), "DOUBLE"), expression=exp.paren(b))


def _given(tree: exp.Expr, kind: str) -> exp.Expr:
    """Condition of a value that is there and is a number: what a derived table divides by zero is none."""
    there = exp.paren(tree.copy()).is_(exp.null()).not_()
    if kind in (*_WHOLE_TYPES, "date", "timestamp"):
        return there
    size = exp.Abs(this=exp.cast(exp.paren(tree.copy()), "DOUBLE"))
    return exp.func(
        "COALESCE", exp.LT(this=size, expression=exp.cast(exp.Literal.number("1e100"), "DOUBLE")), exp.false()
    )


def _type_of(tree: exp.Expr, columns: Mapping[str, str]) -> str:
    return columns.get(tree.name, "") if isinstance(tree, exp.Column) else ""


def _is_whole(tree: exp.Expr, columns: Mapping[str, str]) -> bool:
    if isinstance(tree, exp.Case):
        told = [*(branch.args["true"] for branch in tree.args["ifs"]), tree.args.get("default")]
        return all(t is None or _is_whole(t, columns) for t in told)
    if isinstance(tree, exp.Greatest):
        return all(_is_whole(t, columns) for t in (tree.this, *tree.expressions))
    if isinstance(tree, exp.Neg):
        return _is_whole(tree.this, columns)
    if isinstance(tree, exp.Cast):
        return tree.to.is_type("BIGINT", "INT")
    return _type_of(tree, columns) in _WHOLE_TYPES or (isinstance(tree, exp.Literal) and tree.is_int)


def _one() -> exp.Expr:
    return exp.Literal.number(1)


def _zero() -> exp.Expr:
    return exp.Literal.number(0)
