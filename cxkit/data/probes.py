"""What has to be known of texts that are read without complaint, seen in the one pass that types them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlglot import exp

from cxkit.data.conform import Field
from cxkit.data.durations import is_seconds
from cxkit.data.ingest import Raw
from cxkit.data.quick import differs_from_iso
from cxkit.data.settings import Source
from cxkit.data.zones import LONGEST_DAY

__all__ = ["counts_of", "marks_of", "probes_of", "zoned"]


def probes_of(source: Source, raw: Raw, fields: Sequence[Field]) -> dict[str, exp.Expr]:
    """Conditions of a row by name, each of them cheap: functions that look for a character, no patterns.

    Args:
        source: The source.
        raw: Its files.
        fields: Its columns.
    """
    maps = {**source.columns, **source.attributes}
    probes: dict[str, exp.Expr] = {}
    for f in (f for f in fields if maps[f.name].column in raw.headers):
        formats = maps[f.name].format
        nameless = not (source.timezone or source.days_in)
        if f.type in ("date", "timestamp") and nameless and (not formats or any("%z" in form for form in formats)):
            # What is written as 2026-03-05 10:30:00 names no zone, which is known from reading it.
            named = zoned(f) if formats else exp.and_(differs_from_iso(f.present, f.type), zoned(f))
            probes |= {f"{f.name} timed": _timed(f), f"{f.name} zoned": named}
        elif f.type == "number" and is_seconds(f.name, formats):
            probes |= {} if formats else {f"{f.name} colons": _has(f.present, ":")}
    return dict(list(probes.items())[:_MOST])


_MOST = 60  # bits of a whole number


def marks_of(probes: Iterable[exp.Expr]) -> exp.Expr:
    """One whole number that says which of the conditions a row meets."""
    total: exp.Expr | None = None
    for bit, condition in enumerate(probes):
        mark = exp.Case().when(condition, exp.Literal.number(2**bit)).else_(exp.Literal.number(0))
        total = mark if total is None else exp.Add(this=total, expression=mark)
    return exp.cast(exp.Literal.number(0) if total is None else total, "BIGINT")


def counts_of(names: Sequence[str], marks: Iterable[tuple[int, int]]) -> dict[str, int]:
    """How many rows meet each condition, of the numbers that stand and how often they do.

    Example:
        >>> counts_of(["a", "b"], [(0, 9), (1, 5), (3, 2)])
        {'a': 7, 'b': 2}
    """
    counted = list(marks)
    return {name: sum(n for mark, n in counted if mark >> bit & 1) for bit, name in enumerate(names)}


def zoned(f: Field) -> exp.Expr:
    """Whether a time names its zone: a Z at its end, or a sign where none of a date can be."""
    end = _from(f, -6, 6)
    is_utc = exp.Anonymous(this="SUFFIX", expressions=[f.present.copy(), exp.Literal.string("Z")])
    return exp.and_(_timed(f), exp.or_(is_utc, _has(end, "+"), _has(end, "-")))


def _timed(f: Field) -> exp.Expr:
    return exp.GT(this=exp.Length(this=f.present.copy()), expression=exp.Literal.number(LONGEST_DAY))


def _has(text: exp.Expr, mark: str) -> exp.Expr:
    return exp.Anonymous(this="CONTAINS", expressions=[text.copy(), exp.Literal.string(mark)])


def _from(f: Field, start: int, length: int) -> exp.Expr:
    at, wide = (exp.Literal.number(n) if n > 0 else exp.Neg(this=exp.Literal.number(-n)) for n in (start, length))
    return exp.Substring(this=f.present.copy(), start=at, length=wide)
