"""Times in zones: which moment a text names, as the clock shows it in the zone in which days are counted."""

from __future__ import annotations

from sqlglot import exp

__all__ = ["LONGEST_DAY", "OFFSET", "read_moment", "speaks_of_zones"]

OFFSET = r"\d{1,2}:\d{2}(?::\d{2}(?:[.]\d+)?)? ?(Z|[+-]\d{2}(?::?\d{2})?)$"
"""The end of a text that says in which zone its time is."""
LONGEST_DAY = 10
"""Characters of a date that has no time."""


def speaks_of_zones(formats: tuple[str, ...], *, naive: str | None, days: str | None) -> bool:
    """Whether anything is said of zones, so that times are more than what a clock on the wall shows.

    Example:
        >>> speaks_of_zones(("%d.%m.%Y %H:%M %z",), naive=None, days=None), speaks_of_zones((), naive=None, days=None)
        (True, False)
    """
    return bool(naive or days) or any("%z" in f for f in formats)


def read_moment(text: exp.Expr, *, formats: tuple[str, ...], naive: str | None, days: str | None) -> exp.Expr:
    """The time that a text names, in the zone in which days are counted.

    A day without a time is the day that it names, wherever it was written.

    Args:
        text: The text; where no format is given it has the form of ISO.
        formats: Formats of dates.
        naive: Zone of times that name none; None for the one in which days are counted.
        days: Zone in which days are counted; None for the other, or UTC.
    """
    there = days or naive or "UTC"
    if formats:
        named = [f for f in formats if "%z" in f]
        plain = [f for f in formats if "%z" not in f]
        found = [_within(_parsed(text, named), there)] if named else []
        found += [_shifted(text, _parsed(text, plain), naive=naive, days=there)] if plain else []
        return found[0] if len(found) == 1 else exp.func("COALESCE", *found)
    zoned = _within(exp.TryCast(this=_tidy(text), to=exp.DataType.build("TIMESTAMPTZ")), there)
    plain_ = exp.TryCast(this=text.copy(), to=exp.DataType.build("TIMESTAMP"))
    return exp.Case().when(_has(text, OFFSET), zoned).else_(_shifted(text, plain_, naive=naive, days=there))


def _tidy(text: exp.Expr) -> exp.Expr:
    """A time with its zone as the database wants it: with seconds, +02:00 for +0200 and for +02, no blank before it."""
    tidy = text
    for found, put in (
        (r"([ T]\d{1,2}:\d{2}) ?(Z|[+-]\d{2}:?(?:\d{2})?)$", r"\1:00\2"),
        (r" ?([+-]\d{2})$", r"\1:00"),
        (r" ?([+-]\d{2}):?(\d{2})$", r"\1:\2"),
        (" Z$", "Z"),
    ):
        tidy = exp.Anonymous(
            this="REGEXP_REPLACE", expressions=[tidy.copy(), exp.Literal.string(found), exp.Literal.string(put)]
        )
    return tidy


def _shifted(text: exp.Expr, moment: exp.Expr, *, naive: str | None, days: str) -> exp.Expr:
    if naive is None or naive == days:
        return moment
    timed = _has(text, r"\d:\d{2}")
    return exp.Case().when(timed, _within(_within(moment.copy(), naive), days)).else_(moment)


def _within(moment: exp.Expr, zone: str) -> exp.Expr:
    return exp.Anonymous(this="TIMEZONE", expressions=[exp.Literal.string(zone), moment])


def _parsed(text: exp.Expr, formats: list[str]) -> exp.Expr:
    listed = exp.array(*[exp.Literal.string(f) for f in formats], dialect="duckdb")
    return exp.Anonymous(this="TRY_STRPTIME", expressions=[text.copy(), listed])


def _has(text: exp.Expr, pattern: str) -> exp.Expr:
    return exp.Anonymous(this="REGEXP_MATCHES", expressions=[text.copy(), exp.Literal.string(pattern)])
