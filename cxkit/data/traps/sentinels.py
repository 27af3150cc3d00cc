"""Days and amounts that stand for "none" or "for ever": 1970-01-01, 9999-12-31, 999999, -1."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from cxkit.data.codes import mapping_line
from cxkit.data.conform import Field
from cxkit.data.contract import CONTRACTS
from cxkit.data.faults import Fault
from cxkit.data.traps.base import Look

__all__ = ["find_sentinels"]

_DAYS = ("1900-01-01", "1904-01-01", "1969-12-31", "1970-01-01", "2099-12-31", "2100-01-01", "2199-12-31")
_DAYS_BEFORE, _DAYS_AFTER = "1970-01-01", "2099-12-31"
_NINES = (99.0, 999.0, 9999.0, *(float("9" * n) for n in range(5, 13)), *(float("9" * n + ".99") for n in range(4, 10)))
_NEGATIVE = (-1.0, -9.0, -99.0, -999.0, -9999.0, -99999.0, -999999.0)
# cxkit defaults: how often a value stands before it is no chance; how far beyond all others.
_OFTEN, _FAR_BEYOND, _BEYOND = 3, 10, 5
_RARE = 0.005
_MANY, _FREQUENT = 5, 0.03  # from when the highest of all values is a code though it is not far beyond the others
_LARGE = 99_999
_MOST_TEXTS = 6


def find_sentinels(look: Look) -> Iterator[Fault]:
    """Days and amounts that were read and stand for something else."""
    days = [f for f in look.fields if f.type in ("date", "timestamp") and f.header in look.raw.headers]
    amounts = [f for f in look.fields if f.type in ("number", "integer") and f.scale is None]
    amounts = [f for f in amounts if f.header in look.raw.headers]
    if not days and not amounts:
        return
    ends = [e for f in (*days, *amounts) for e in (exp.Min(this=_column(f)), exp.Max(this=_column(f)))]
    rows, *found = look.db.rows(exp.select(exp.Count(this=exp.Star()), *ends).from_(look.usable))[0]
    spans = dict(zip((f.name for f in (*days, *amounts)), zip(found[::2], found[1::2], strict=True), strict=True))
    for f in days:
        # Such days are always the first or the last ones of a column.
        low, high = (str(day or "2000")[:10] for day in spans[f.name])
        number = look.count(_among_days(_column(f))) if low <= _DAYS_BEFORE or high >= _DAYS_AFTER else 0
        if number and (_is_ours(look, f) or number >= max(_OFTEN, _RARE * rows)):
            yield from _fault(look, f, _among_days(f.typed.copy()), "days that usually stand for none, or for no end")
    for f in amounts:
        low, high = (x or 0 for x in spans[f.name])
        codes = _of_nines(look, f) if high >= min(_NINES) else []
        codes += _of_negatives(look, f) if low < 0 and look.count(_column(f).isin(*_NEGATIVE)) >= _OFTEN else []
        if codes:
            condition = f.typed.copy().isin(*codes)
            yield from _fault(look, f, condition, "amounts that usually stand for none")


def _is_ours(look: Look, f: Field) -> bool:
    return f.name in CONTRACTS[look.source.table].columns


def _of_nines(look: Look, f: Field) -> list[float]:
    value = _column(f)
    counts = exp.select(value, exp.Count(this=exp.Star()).as_("number")).from_(look.usable)
    found = look.db.rows(counts.where(value.copy().isin(*_NINES)).group_by(value.copy()))
    others = exp.Case().when(value.copy().isin(*_NINES).not_(), value.copy())
    rest = exp.select(exp.Max(this=others), exp.Count(this=value.copy())).from_(look.usable)
    highest, filled = look.db.rows(rest)[0]
    most, often = max(highest or 0, 0), max(_MANY, _FREQUENT * filled)
    near = {v for v, n in found if highest is not None and v > most and n >= often}
    return [v for v, n in found if v in near or _is_far(v, n, most)]


def _is_far(value: float, count: int, most: float) -> bool:
    """Whether nines are far beyond all others."""
    if value >= _LARGE:
        return count >= _OFTEN or value > _FAR_BEYOND * most
    return count >= _OFTEN and value > max(_BEYOND * most, min(_NINES))


def _of_negatives(look: Look, f: Field) -> list[float]:
    """Codes below zero in a column where nothing else is."""
    value = _column(f)
    query = exp.select(exp.Distinct(expressions=[value])).from_(look.usable).where(value.copy() < 0)
    found = [row[0] for row in look.db.rows(query.limit(len(_NEGATIVE) + 1))]
    return found if set(found) <= set(_NEGATIVE) else []


def _fault(look: Look, f: Field, condition: exp.Expr, what: str) -> Iterator[Fault]:
    mapped = look.mapped(f.name)
    query = exp.select(
        f.present.copy().as_("value"), exp.Min(this=exp.column("_file")), exp.Min(this=exp.column("_row"))
    )
    query = query.select(exp.Count(this=exp.Star()).as_("number")).from_(look.texts).where(condition)
    found = look.db.rows(query.group_by(exp.Literal.number(1)).order_by("number DESC", "value"))
    found = [row for row in found if row[0] not in mapped.real]
    if not found:
        return
    texts, count = [row[0] for row in found], sum(row[3] for row in found)
    shown = texts[:_MOST_TEXTS]
    first = min(found, key=lambda row: (row[1], row[2]))
    hint = (
        f"If they mean that there is none, write in sources.yaml, source {look.source.id}: "
        f"{mapping_line(f.name, mapped, missing=shown)}; if they are real, write "
        f"{mapping_line(f.name, mapped, real=[*mapped.real, *shown])}."
    )
    yield Fault(look.file(first[1]), first[2], f.header, _listed(shown), what, hint=hint, stops=True, count=count)


def _listed(texts: Sequence[str]) -> str:
    return texts[0] if len(texts) == 1 else ", ".join(texts)


def _among_days(value: exp.Expr) -> exp.Expr:
    return exp.cast(value, "DATE").isin(*(exp.cast(exp.Literal.string(d), "DATE") for d in _DAYS))


def _column(f: Field) -> exp.Column:
    return exp.column(f.name, quoted=True)
