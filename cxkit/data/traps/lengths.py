"""Lengths of time that may be minutes or hours: 3:25, 03:25:00 from a spreadsheet, 3.42 in a column of seconds."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp

from cxkit.data.codes import mapping_line
from cxkit.data.conform import Field
from cxkit.data.durations import CLOCK, FIRST_DAY, FIRST_DAYS, SHORT_CLOCK, is_seconds
from cxkit.data.faults import Fault
from cxkit.data.traps.base import Look

__all__ = ["find_doubtful_lengths"]

# cxkit defaults: from how many lengths they tell something, and how short they may all be before seconds are doubted.
_FEWEST, _SHORTEST, _BROKEN = 20, 120, 0.5
_CLOCKS = ("h:mm:ss", "m:ss:00")
_SHORT = "nobody can tell whether this is minutes and seconds or hours and minutes"
_DATED = "nobody can tell whether this is a time since 1 January 1900, or a day longer as a spreadsheet counts"


def find_doubtful_lengths(look: Look) -> Iterator[Fault]:
    """Columns of seconds that were read, or not, and may be minutes or hours."""
    for f in (f for f in look.fields if f.type == "number" and f.header in look.raw.headers):
        formats = look.mapped(f.name).format
        if not is_seconds(f.name, formats):
            continue
        short = _asked(look, f, SHORT_CLOCK, _SHORT, "m:ss", "h:mm")
        dated = _asked(look, f, FIRST_DAYS, _DATED, *FIRST_DAY)
        if short or dated:
            yield from filter(None, (short, dated))
        elif not formats:
            yield from _of_readings(look, f)


def _asked(look: Look, f: Field, pattern: str, what: str, *formats: str) -> Fault | None:
    """The lengths that were not read, because each of the formats would make something else of them."""
    strays = look.strays.get(f.name)
    found = [s for s in strays.values if re.fullmatch(pattern, s.value)] if strays else []
    if not found:
        return None
    file = min(found[0].files)
    return Fault(
        file, look.row(f, found[0].value, file), f.header, found[0].value, what, hint=_hint(look, f, *formats),
        stops=True, count=sum(s.count for s in found), stands_for=tuple(s.value for s in found),
    )  # fmt: skip


def _of_readings(look: Look, f: Field) -> Iterator[Fault]:
    value, text = exp.column(f.name, quoted=True), f.present
    if look.probed.get(f"{f.name} colons"):
        counts = [exp.CountIf(this=_fits(text, p)) for p in (CLOCK, r".*\d:[0-5]?\d:00")]
        clocks, whole = look.db.rows(exp.select(*counts).from_(look.texts))[0]
        if (clocks or 0) >= _FEWEST and clocks == whole:
            file, row = look.first(_fits(text, CLOCK))
            what = "no length has seconds: a spreadsheet may have read minutes and seconds as hours and minutes"
            yield Fault(file, row, f.header, "", what, hint=_hint(look, f, *_CLOCKS), stops=True, count=clocks)
        return
    broken = exp.CountIf(this=exp.NEQ(this=value.copy(), expression=exp.Floor(this=value.copy())))
    number, most, parts = look.db.rows(
        exp.select(exp.Count(this=value.copy()), exp.Max(this=value.copy()), broken).from_(look.usable)
    )[0]
    if number >= _FEWEST and most <= _SHORTEST and parts >= _BROKEN * number:
        file, row = look.first(f.typed.copy() > 0)
        what = f"lengths with decimals, none above {most:g}: they may be minutes, hours or days, not seconds"
        hint = _hint(look, f, "minutes", "hours", "days", "seconds")
        yield Fault(file, row, f.header, "", what, hint=hint, stops=True, count=number)


def _hint(look: Look, f: Field, *formats: str) -> str:
    lines = [mapping_line(f.name, look.mapped(f.name), format=form) for form in formats]
    return f"Ask, and write in sources.yaml, source {look.source.id}: {' or '.join(lines)}."


def _fits(text: exp.Expr, pattern: str) -> exp.Expr:
    return exp.Anonymous(this="REGEXP_FULL_MATCH", expressions=[text.copy(), exp.Literal.string(pattern)])
