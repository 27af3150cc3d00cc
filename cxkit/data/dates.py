"""In which format the dates of a column are written, and which of two readings they have."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Dates", "find_dates"]

_MONTHS = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
_LONG = r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
# Each with the format of its named part; `s` and `t` are the marks between.
_DAYS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"(\d{4})(?P<s>[-/.])(\d{1,2})(?P=s)(\d{1,2})", ("%Y{s}%m{s}%d",)),
    (r"(?P<a>\d{1,2})(?P<s>[-/.])(?P<b>\d{1,2})(?P=s)\d{4}", ("%d{s}%m{s}%Y", "%m{s}%d{s}%Y")),
    (r"(?P<a>\d{1,2})(?P<s>[-/.])(?P<b>\d{1,2})(?P=s)\d{2}", ("%d{s}%m{s}%y", "%m{s}%d{s}%y")),
    (r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])", ("%Y%m%d",)),
    (rf"\d{{1,2}}(?P<s>[ -]){_MONTHS}(?P=s)\d{{4}}", ("%d{s}%b{s}%Y",)),
    (rf"\d{{1,2}}(?P<s>[ -]){_MONTHS}(?P=s)\d{{2}}", ("%d{s}%b{s}%y",)),
    (rf"\d{{1,2}} {_LONG} \d{{4}}", ("%d %B %Y",)),
    (rf"{_MONTHS} \d{{1,2}}, \d{{4}}", ("%b %d, %Y",)),
    (rf"{_LONG} \d{{1,2}}, \d{{4}}", ("%B %d, %Y",)),
    (r"(?:19|20)\d{2}(?P<s>[-/.])(?:0?[1-9]|1[0-2])", ("%Y{s}%m",)),
    (r"(?:0?[1-9]|1[0-2])(?P<s>[-/.])(?:19|20)\d{2}", ("%m{s}%Y",)),
    (rf"{_MONTHS}(?P<s>[ -])\d{{4}}", ("%b{s}%Y",)),
    (rf"{_MONTHS}(?P<s>[ -])\d{{2}}", ("%b{s}%y",)),
    (rf"{_LONG} \d{{4}}", ("%B %Y",)),
)
_TIME = r"(?P<t>, |T| )(?P<h>\d{1,2}):\d{2}(?P<sec>:\d{2})?(?P<part>[.]\d{1,9})?(?P<half> ?[AP]M)?"
_ZONE = r"(?P<zone> ?(?:Z|UTC|GMT|(?:UTC|GMT)?[+-]\d{1,2}(?::?\d{2})?|[A-Z]{3,4}))?"
_PATTERNS = [(re.compile(f"{day}(?:{_TIME}{_ZONE})?", re.IGNORECASE), forms) for day, forms in _DAYS]
_ISO = re.compile(r"\d{4}-\d{1,2}-\d{1,2}([ T]\d{1,2}:\d{2}(:\d{2}([.]\d+)?)?)? ?(Z|[+-]\d{2}:?\d{2})?")
_MOST, _NEARLY_ALL, _LONGEST = 2000, 0.9, 60


@dataclass(frozen=True, slots=True)
class Dates:
    """How the dates of a column are written.

    Attributes:
        formats: Formats that read them, the usual one first; none where all are ISO, which needs no saying.
        share: Share of the values that are dates.
        order: "day" or "month" where one of them surely comes first, "either" where both readings fit all values,
            "mixed" where neither does, and "" where no question arises.
        monthly: Whether they name months only, or always the same day of one.
        zoned: Whether they carry a time zone.
        odd: Whether they are of years that no export is of, as times of a spreadsheet are (1899, 1900).
    """

    formats: tuple[str, ...]
    share: float
    order: str = ""
    monthly: bool = False
    zoned: bool = False
    odd: bool = False


def find_dates(values: Iterable[str]) -> Dates | None:
    """How the dates of a column are written, or None where they are none.

    Example:
        >>> find_dates(["31.07.2026 19:29", "01.08.2026 08:00"]).formats
        ('%d.%m.%Y %H:%M',)
        >>> find_dates(["2026-07-31", "2026-08-01"]).formats
        ()
        >>> find_dates(["07/31/2026", "08/01/2026"]).order, find_dates(["07/08/2026", "08/01/2026"]).order
        ('month', 'either')
    """
    given = [v.strip() for v in values if v.strip()][:_MOST]
    found = [(v, *m) for v in given if (m := _match(v))]
    if not found or len(found) < _NEARLY_ALL * len(given):
        return None
    firsts = {int(m["a"]) for _, m, _ in found if "a" in m.groupdict()}
    seconds = {int(m["b"]) for _, m, _ in found if "b" in m.groupdict()}
    order = _order(firsts, seconds) if firsts else ""
    forms = Counter(_format(m, f[-1 if order == "month" else 0]) for _, m, f in found)
    iso = all(_ISO.fullmatch(v) for v, _, _ in found)
    monthly = all("%d" not in f for f in forms) or (len({v for v, _, _ in found}) > 1 and _first_days(forms, given))
    dotted = order == "either" and all("." in f for f in forms)
    zoned = any(m["zone"] for _, m, _ in found)
    formats = () if iso else tuple(f for f, _ in forms.most_common(6))
    odd = 2 * sum(bool(re.search(r"\b1[0-8]\d\d\b|\b1899\b|\b1900\b", v)) for v in given) > len(given)
    return Dates(formats, len(found) / len(given), "day" if dotted else order, monthly, zoned, odd)


def _match(value: str) -> tuple[re.Match[str], tuple[str, ...]] | None:
    if len(value) > _LONGEST:
        return None
    return next(((m, forms) for pattern, forms in _PATTERNS if (m := pattern.fullmatch(value))), None)


def _order(firsts: set[int], seconds: set[int]) -> str:
    day, month = max(seconds) <= 12, max(firsts) <= 12
    return {(True, True): "either", (True, False): "day", (False, True): "month"}.get((day, month), "mixed")


def _format(match: re.Match[str], day: str) -> str:
    parts = match.groupdict()
    text = day.replace("{s}", parts.get("s") or "")
    if parts["t"]:
        half = parts["half"] or ""
        text += parts["t"] + ("%I" if half else "%H") + ":%M" + (":%S" if parts["sec"] else "")
        text += ("%f" if not parts["part"] else ".%f") if parts["part"] else ""
        text += (" " if half.startswith(" ") else "") + ("%p" if half else "")
    return text + (parts["zone"] or "")


def _first_days(forms: Counter[str], values: list[str]) -> bool:
    """Whether all dates are the first of a month: a month written as a day."""
    import datetime as dt

    days: set[int] = set()
    for value in values:
        for form in forms:
            try:
                days.add(dt.datetime.strptime(value, form).day)  # noqa: DTZ007
            except ValueError:
                continue
    return days == {1}
