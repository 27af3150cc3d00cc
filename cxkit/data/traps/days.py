"""Days that come before months in some dates and after them in others: 03/04/2026 is read wrongly in one of them."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections.abc import Iterator, Sequence

from sqlglot import exp

from cxkit.data.codes import Strays, mapping_line
from cxkit.data.conform import Field
from cxkit.data.faults import Fault, shown
from cxkit.data.traps.base import Look

__all__ = ["find_two_orders"]

_ISO = "%Y-%m-%d"
_FEWEST = 3


def find_two_orders(look: Look) -> Iterator[Fault]:
    """Files whose dates prove another order of day and month than the declared one, or both, or neither."""
    for f in (f for f in look.fields if f.type in ("date", "timestamp") and f.header in look.raw.headers):
        formats = look.mapped(f.name).format or (_ISO, f"{_ISO} %H:%M:%S", f"{_ISO}T%H:%M:%S")
        strays = look.strays.get(f.name)
        if strays is not None:
            yield from _of_strays(look, f, strays, formats)
        days = [form for form in formats if _order(form) == "day"]
        months = [form for form in formats if _order(form) == "month" and _swapped(form) in days]
        if months:
            yield from _of_both(look, f, [m for m in formats if m in months or _swapped(m) in months])
        elif any(form.startswith(_ISO) for form in formats) and (ordered := [m for m in formats if _order(m)]):
            yield from _half_converted(look, f, ordered, [form for form in formats if form.startswith(_ISO)])


def _order(form: str) -> str:
    """Whether the day or the month comes first in dates that end with the year; "" for others.

    Example:
        >>> [_order(f) for f in ("%d/%m/%Y", "%m/%d/%y %H:%M", "%Y-%m-%d", "%d %b %Y")]
        ['day', 'month', '', '']
    """
    if re.match(r"%d\W?%m\W?%[yY]", form):
        return "day"
    return "month" if re.match(r"%m\W?%d\W?%[yY]", form) else ""


def _swapped(form: str) -> str:
    return form.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m")


def _of_strays(look: Look, f: Field, strays: Strays, formats: Sequence[str]) -> Iterator[Fault]:
    """Dates that read only with day and month changed over: beside them others have been read, wrongly."""
    other = {form: _swapped(form) for form in formats if _order(form) or form.startswith(_ISO)}
    unread = [s for s in strays.values if not any(_reads(s.value, form) for form in formats)]
    proof = [s for s in unread if any(_reads(s.value, form) for form in other.values())]
    if not proof or strays.counted >= strays.answers:
        return
    form = next(form for form in other if _reads(proof[0].value, other[form]))
    files = sorted({file for s in proof for file in s.files})
    for file in files:
        proven = _proven(look, f, form, file)
        first = "the month" if _order(other[form]) == "month" else "the day"
        value = next(s.value for s in proof if file in s.files)
        if proven:
            what = f"the file has dates with the day first and with the month first: {shown(proven)} and {shown(value)}"
            hint = "Nobody can tell what 03/04 means here. Ask for the export again with dates as 2026-04-03."
        else:
            what = f"a date that proves {first} to come first, where {form} is read: 03/04 is read wrongly in this file"
            line = mapping_line(f.name, look.mapped(f.name), format=other[form])
            hint = f"Write {line} in sources.yaml; files of another order need a source of their own."
        count = sum(s.files.get(file, 0) for s in proof)
        yield Fault(file, look.row(f, value, file), f.header, value, what, hint=hint, stops=True, count=count)


def _proven(look: Look, f: Field, form: str, file: str) -> str:
    """A value of a file that only this format reads, or ""."""
    number = [r.path for r in look.raw.files].index(file)
    only = exp.and_(_read(f, form).is_(exp.null()).not_(), _read(f, _swapped(form)).is_(exp.null()))
    query = exp.select(f.present.copy().as_("value")).from_(look.texts).where(exp.column("_file").eq(number), only)
    found = look.db.rows(query.limit(1))
    return found[0][0] if found else ""


def _of_both(look: Look, f: Field, listed: Sequence[str]) -> Iterator[Fault]:
    """Both orders are listed: the first reads all that either could, so each file has to prove it."""
    first = listed[0]
    mine, other = ([form for form in listed if (_order(form) == _order(first)) == same] for same in (True, False))
    a, z = _any(f, mine), _any(f, other)
    counts = [exp.CountIf(this=c) for c in (exp.and_(a, z.copy().not_()), exp.and_(z, a.copy().not_()), exp.and_(a, z))]
    query = exp.select("_file", *counts).from_(look.texts).group_by("_file").order_by("_file")
    for file, proves, against, either in look.db.rows(query):
        if not either or (proves and not against):
            continue
        if proves:
            what = "the file has dates with the day first and with the month first, and nobody can tell the others"
            hint = "Ask for the export again with dates as 2026-04-03."
        else:
            what = f"{either:,} dates fit both {first} and {other[0]}, and nothing in the file proves the first"
            line = mapping_line(f.name, look.mapped(f.name), format=other[0] if against else first)
            hint = f"Give this file a source of its own with one order, such as {line} in sources.yaml."
        yield Fault(look.file(file), "", f.header, "", what, hint=hint, stops=True, count=either)


def _half_converted(look: Look, f: Field, ordered: Sequence[str], iso: Sequence[str]) -> Iterator[Fault]:
    """Real dates of no day beyond the 12th beside texts of no day before the 13th: a spreadsheet has read the first."""
    late = exp.and_(_any(f, ordered), _any(f, [_swapped(form) for form in ordered]).not_())
    real = _any(f, iso)
    day = exp.Extract(this=exp.var("DAY"), expression=f.typed.copy())
    early = exp.and_(real, day <= 12)
    counts = [exp.CountIf(this=c) for c in (_any(f, ordered), late, real, early)]
    query = exp.select("_file", *counts).from_(look.texts).group_by("_file").order_by("_file")
    for file, texts, texts_late, days, days_early in look.db.rows(query):
        if min(texts, days) >= _FEWEST and texts == texts_late and days == days_early:
            what = (
                f"{days:,} real dates all have a day up to 12, and {texts:,} dates as text none: a spreadsheet has "
                "read the first with day and month changed over"
            )
            hint = "Ask for the export again, as CSV that no spreadsheet has opened, or with dates as 2026-04-03."
            yield Fault(look.file(file), "", f.header, "", what, hint=hint, stops=True, count=days)


def _any(f: Field, formats: Sequence[str]) -> exp.Expr:
    return exp.or_(*(_read(f, form).is_(exp.null()).not_() for form in formats))


def _read(f: Field, form: str) -> exp.Expr:
    return exp.Anonymous(this="TRY_STRPTIME", expressions=[f.present.copy(), exp.Literal.string(form)])


def _reads(value: str, form: str) -> bool:
    with contextlib.suppress(ValueError, TypeError):
        return bool(dt.datetime.strptime(value, form))  # noqa: DTZ007
    return False
