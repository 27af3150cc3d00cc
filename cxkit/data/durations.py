"""Lengths of time as spreadsheets and telephone systems write them, read as seconds; and money and percentages."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

__all__ = ["CLOCK", "FIRST_DAY", "FIRST_DAYS", "SHORT_CLOCK", "is_seconds", "read_odd_numbers"]

CLOCK = r"((\d{1,3}) ?d(?:ays?)?,? ?)?(\d{1,4}):([0-5]?\d):([0-5]\d(?:[.,]\d+)?)"
"""Hours, minutes and seconds, with days before them or not."""
SHORT_CLOCK = r"\d{1,4}:[0-5]\d(?:[.,]\d+)?"
"""Two numbers, of which nobody can tell whether they are minutes and seconds."""
# A spreadsheet shows more than a day as a time on one of the first days that it knows, and programs that know no
# lengths write a time of 1 January 1900: only who wrote the file can tell which it was.
FIRST_DAY = {"1900-01-00": "1899-12-31", "1900-01-01": "1900-01-01"}
FIRST_DAYS = r"(1899-12-3[01]|1900-01-\d\d) \d\d:\d\d:\d\d([.]\d+)?"
_UNITS = {"minutes": 60, "hours": 3600, "days": 86_400}
_WEIGHTS = {"m:ss": (60, 1), "h:mm": (3600, 60)}
_MONEY = r"[€$£¥\s\p{Z}]|\b(?:EUR|USD|GBP|CHF)\b"

Read = Callable[[exp.Expr], exp.Expr]


def is_seconds(name: str, formats: tuple[str, ...]) -> bool:
    """Whether a column of numbers holds lengths of time.

    Example:
        >>> is_seconds("wait_seconds", ()), is_seconds("hold", ("m:ss",)), is_seconds("amount", ("money",))
        (True, True, False)
    """
    return name.endswith("_seconds") or any(f not in ("money", "percent") for f in formats)


def read_odd_numbers(text: exp.Expr, number: Read, *, name: str, formats: tuple[str, ...]) -> exp.Expr:
    """The number that a text is, as its column writes numbers.

    Args:
        text: The text.
        number: How a plain number reads.
        name: The column.
        formats: How `sources.yaml` says that its numbers are written.
    """
    plain = number(text)
    if "money" in formats:
        plain = exp.func("COALESCE", plain, number(_of_money(text)))
    if "percent" in formats:
        share = exp.Div(this=number(_replaced(text, r"[\s\p{Z}]*%$", "")), expression=exp.Literal.number(100))
        plain = exp.Case().when(_fits(text, ".*%"), share).else_(plain)
    if not is_seconds(name, formats):
        return plain
    unit = next((_UNITS[f] for f in formats if f in _UNITS), 1)
    plain = exp.Mul(this=plain, expression=exp.Literal.number(unit)) if unit > 1 else plain
    read = exp.func("COALESCE", plain, *_clocks(text, formats))
    # No time is shorter than none; what is, is a code or a clock that was wrong.
    return exp.Case().when(exp.GTE(this=read.copy(), expression=exp.Literal.number(0)), read)


def _clocks(text: exp.Expr, formats: tuple[str, ...]) -> list[exp.Expr]:
    """What a text is as a clock shows it, or NULL: each reading in turn."""
    # Minutes and seconds that a spreadsheet took for hours and minutes are sixty times as much.
    whole = 60 if "m:ss:00" in formats else 1
    weights = ((2, 86_400), (3, 3600), (4, 60), (5, 1))
    long = exp.Case().when(_fits(text, CLOCK), _sum(text, CLOCK, weights))
    found: list[exp.Expr] = [long, *(_of_first_days(text, start) for f, start in FIRST_DAY.items() if f in formats)]
    found = [exp.Div(this=f, expression=exp.Literal.number(whole)) for f in found] if whole > 1 else found
    for form, (first, second) in _WEIGHTS.items():
        if form in formats:
            short = r"(\d{1,4}):([0-5]\d(?:[.,]\d+)?)"
            found.append(exp.Case().when(_fits(text, short), _sum(text, short, ((1, first), (2, second)))))
    return found


def _of_first_days(text: exp.Expr, first: str) -> exp.Expr:
    moment = exp.TryCast(this=text.copy(), to=exp.DataType.build("TIMESTAMP"))
    start = exp.cast(exp.Literal.string(first), "TIMESTAMP")
    since = exp.Anonymous(this="EPOCH", expressions=[exp.Sub(this=moment, expression=start)])
    return exp.Case().when(_fits(text, FIRST_DAYS), since)


def _of_money(text: exp.Expr) -> exp.Expr:
    bare = _replaced(text, _MONEY, "")
    # Bookkeepers write what is owed in brackets, or with the minus behind it.
    return _replaced(_replaced(bare, r"^-?\((.+)\)$", r"-\1"), r"^([^-]+)-$", r"-\1")


def _sum(text: exp.Expr, pattern: str, parts: tuple[tuple[int, int], ...]) -> exp.Expr:
    total: exp.Expr | None = None
    for group, weight in parts:
        found = exp.Anonymous(
            this="REGEXP_EXTRACT",
            expressions=[text.copy(), exp.Literal.string(f"^{pattern}$"), exp.Literal.number(group)],
        )
        plain = exp.func("REPLACE", found, exp.Literal.string(","), exp.Literal.string("."))
        value = exp.func("COALESCE", exp.TryCast(this=plain, to=exp.DataType.build("DOUBLE")), exp.Literal.number(0))
        term = exp.Mul(this=value, expression=exp.Literal.number(weight))
        total = term if total is None else exp.Add(this=total, expression=term)
    return total or exp.null()


def _fits(text: exp.Expr, pattern: str) -> exp.Expr:
    return exp.Anonymous(this="REGEXP_FULL_MATCH", expressions=[text.copy(), exp.Literal.string(pattern)])


def _replaced(text: exp.Expr, pattern: str, by: str) -> exp.Expr:
    arguments = [text.copy(), *(exp.Literal.string(a) for a in (pattern, by, "g"))]
    return exp.Anonymous(this="REGEXP_REPLACE", expressions=arguments)
