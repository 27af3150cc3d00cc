"""Numbers, intervals, dates and periods as text, by declared unit and language.

Every sentence a reader sees comes from a text catalogue, `templates/text/<language>.toml`. A template holds
fields in braces; what is filled in is never read as a template or as markup.
"""

from __future__ import annotations

import string
import tomllib
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cxkit._share import share_path

if TYPE_CHECKING:
    from cxkit._blocks import Inline, Line
    from cxkit.evidence.estimate import Difference, Estimate

__all__ = ["Words", "count_text", "date_text", "difference_text", "estimate_text", "interval_text"]
__all__ += ["period_text", "spelled", "tick_text", "value_text", "words"]

MINUS = "\u2212"
NBSP = "\u00a0"


@dataclass(frozen=True)
class Words:
    """The text catalogue of one language, and the client's currency.

    Example:
        >>> words().say("status.no_data")
        'no data'
    """

    language: str
    currency: str
    table: dict[str, Any] = field(repr=False, hash=False, compare=False)

    def say(self, key: str, **values: object) -> str:
        """The text under a dotted key with its fields filled in."""
        return self._template(key).format_map(values)

    def line(self, key: str, **values: Inline | int) -> Line:
        r"""The same as a line, in which a filled-in `Strong` keeps its emphasis.

        Example:
            >>> from cxkit._blocks import Strong
            >>> words().line("share.n", n=Strong("812"))
            ('n\xa0', Strong(text='812'))
        """
        parts: list[Inline] = []
        for literal, name, _, _ in string.Formatter().parse(self._template(key)):
            filled = values[name] if name else ""
            parts += [literal, str(filled) if isinstance(filled, int) else filled]
        return tuple(p for p in parts if p != "")

    def count(self, key: str, n: int, **values: object) -> str:
        """The singular or the plural text under a key ("one", "many"), with `n` filled in."""
        return self.say(f"{key}.{'one' if n == 1 else 'many'}", n=count_text(n, self), **values)

    def has(self, key: str) -> bool:
        """Whether the catalogue has a text under this key."""
        return isinstance(self._find(key), str)

    def all_of(self, items: list[str]) -> str:
        """Items as a list in a sentence.

        Example:
            >>> words().all_of(["North", "East", "South"])
            'North, East and South'
        """
        if len(items) < 2:
            return "".join(items)
        return self.say("list.last", first=self.say("list.join").join(items[:-1]), last=items[-1])

    def _template(self, key: str) -> str:
        found = self._find(key)
        if not isinstance(found, str):
            raise KeyError(f"no text {key!r} in templates/text/{self.language}.toml")
        return found

    def _find(self, key: str) -> object:
        found: Any = self.table
        for part in key.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        return found


@lru_cache
def words(language: str = "en", currency: str = "EUR") -> Words:
    """The text catalogue of a language; English where there is none yet."""
    path = share_path(f"templates/text/{language}.toml")
    if not path.is_file():
        return words("en", currency)
    return Words(language, currency, tomllib.loads(path.read_text(encoding="utf-8")))


def value_text(value: float, unit: str, *, words: Words, spread: float | None = None, bare: bool = False) -> str:
    r"""A value in its unit.

    Args:
        value: The value in the KPI's own unit (a fraction for "percent").
        unit: The KPI's unit.
        words: The text catalogue.
        spread: Width of the interval in the same unit: a narrow one earns another digit.
        bare: Without unit and plus sign, as inside an interval.

    Example:
        >>> [value_text(v, u, words=words()) for v, u in [(32, "points"), (0.824, "percent"), (12.41, "per_100")]]
        ['+32', '82\xa0%', '12.4\xa0per\xa0100']
    """
    scaled = value * 100 if unit == "percent" else value
    wide = None if spread is None else spread * 100 if unit == "percent" else spread
    text = _number(scaled, _digits(scaled, unit, wide), words)
    if bare:
        return text
    if unit == "points":
        return f"+{text}" if scaled > 0 and text.strip("0.,") else text
    if unit == "currency":
        return _money(text, words)
    key = f"unit.{unit}.{'one' if text == '1' else 'many'}"
    return words.say(key, n=text) if words.has(key) else words.say("unit.other", n=text, unit=unit.replace("_", " "))


def tick_text(value: float, unit: str, *, step: float, words: Words) -> str:
    r"""A value under an axis, with as many digits as the step between two of them needs.

    Example:
        >>> tick_text(0.015, "percent", step=0.005, words=words()), tick_text(20, "points", step=20, words=words())
        ('1.5\xa0%', '+20')
    """
    scale = 100 if unit == "percent" else 1
    digits = next((d for d in range(7) if abs(round(step * scale, d) - step * scale) < step * scale / 1000), 7)
    text = _number(value * scale, digits, words)
    if unit == "currency":
        return _money(text, words)
    plus = "+" if unit == "points" and value > 0 else ""
    return words.say("unit.percent.many", n=text) if unit == "percent" else f"{plus}{text}"


def interval_text(estimate: Estimate | Difference, unit: str, *, words: Words) -> str:
    r"""The interval of an estimate or of a difference, without its unit.

    Example:
        >>> from cxkit.evidence.estimate import Estimate
        >>> interval_text(Estimate(32.0, 27.0, 37.0, 2746), "points", words=words())
        '27\xa0to\xa037'
    """
    low, high = (
        None if v is None else value_text(v, unit, words=words, spread=_spread(estimate), bare=True)
        for v in (estimate.low, estimate.high)
    )
    if low is None and high is None:
        return words.say("interval.census" if estimate.method == "census" else "interval.none")
    key = "interval.below" if low is None else "interval.above" if high is None else "interval.both"
    return words.say(key, low=low, high=high)


def estimate_text(estimate: Estimate, unit: str, *, words: Words) -> str:
    r"""An estimate with its interval; or why there is none.

    Example:
        >>> from cxkit.evidence.estimate import Estimate
        >>> estimate_text(Estimate(0.021, 0.017, 0.026, 4120), "percent", words=words())
        '2.1\xa0% (1.7\xa0to\xa02.6)'
        >>> estimate_text(Estimate.without("too_few", n=18), "percent", words=words())
        'n\xa018: too few to show'
    """
    if estimate.value is None:
        n, status = estimate.n, "undefined" if estimate.status == "ok" else estimate.status
        return words.say(f"status.{status}") if n is None else words.count(f"status_n.{status}", n)
    value = value_text(estimate.value, unit, words=words, spread=_spread(estimate))
    return words.say("interval.with_value", value=value, interval=interval_text(estimate, unit, words=words))


def difference_text(value: float, unit: str, *, words: Words, short: bool = False) -> str:
    r"""How far apart two values are, in the words of their unit, without a sign.

    Example:
        >>> difference_text(-6.2, "points", words=words()), difference_text(0.021, "percent", words=words())
        ('6\xa0points', '2.1\xa0percentage points')
    """
    size = abs(value) * 100 if unit == "percent" else abs(value)
    text = _number(size, _difference_digits(size, unit), words)
    if unit == "currency":
        return _money(text, words)
    key = f"{'difference_short' if short else 'difference'}.{unit}.{'one' if text == '1' else 'many'}"
    return words.say(key, n=text) if words.has(key) else words.say("unit.other", n=text, unit=unit.replace("_", " "))


def count_text(n: int, words: Words) -> str:
    """A whole number.

    Example:
        >>> count_text(12746, words())
        '12,746'
    """
    return _number(n, 0, words)


def spelled(n: int, words: Words) -> str:
    """A small whole number as a word, a larger one in figures.

    Example:
        >>> spelled(3, words()), spelled(41, words())
        ('three', '41')
    """
    names = words.table["number"]["words"]
    return names[n] if n < len(names) else count_text(n, words)


def period_text(period: str, *, words: Words, short: bool = False) -> str:
    r"""A period by name; short is what fits under an axis.

    Example:
        >>> [period_text(p, words=words()) for p in ("2026-Q3", "2026-10", "2026")]
        ['Q3\xa02026', 'October\xa02026', '2026']
        >>> [period_text(p, words=words(), short=True) for p in ("2026-Q3", "2026-10")]
        ['Q3', 'Oct']
    """
    if period == "all":
        return words.say("period.all")
    year, _, part = period.partition("-")
    if not part:
        return year
    if part.isdigit():
        name = words.table["period"]["months_short" if short else "months"][int(part) - 1]
        return name if short else words.say("period.month", month=name, year=year)
    kind = {"Q": "quarter", "H": "half"}[part[0]]
    return words.say(f"period.{kind}_short" if short else f"period.{kind}", n=part[1:], year=year)


def date_text(iso: str, *, words: Words) -> str:
    r"""A date in words.

    Example:
        >>> date_text("2026-10-31", words=words())
        '31\xa0October\xa02026'
    """
    day = date.fromisoformat(iso[:10])
    return words.say("period.date", day=day.day, month=words.table["period"]["months"][day.month - 1], year=day.year)


def _spread(estimate: Estimate | Difference) -> float | None:
    return None if estimate.low is None or estimate.high is None else estimate.high - estimate.low


def _digits(value: float, unit: str, spread: float | None) -> int:
    size = abs(value)
    narrow = spread is not None and spread < 2
    if unit == "percent":
        return int(size < 10 or 99 <= size < 100 or narrow)
    if unit in ("points", "count"):
        return int(unit == "points" and narrow)
    if unit == "score":
        return 2 if spread is not None and spread < 0.2 else 1
    if unit == "currency":
        return 0 if size >= 100 else 2
    return 0 if size >= 100 else 1


def _difference_digits(size: float, unit: str) -> int:
    if unit == "count":
        return 0
    if unit in ("points", "percent"):
        return int(size < (2 if unit == "points" else 5))
    if unit in ("score", "currency"):
        return 0 if size >= 100 else 2 if unit == "currency" or size < 0.1 else 1
    return 0 if size >= 100 else 1


def _number(value: float, digits: int, words: Words) -> str:
    text = f"{abs(value):,.{digits}f}"
    if value < 0 and text.strip("0.,"):
        text = MINUS + text
    marks = words.table["number"]
    return text.translate({ord(","): marks["thousands"], ord("."): marks["decimal"]})


def _money(text: str, words: Words) -> str:
    sign, digits = (MINUS, text[1:]) if text.startswith(MINUS) else ("", text)
    symbol = words.table["currency"].get(words.currency)
    return f"{sign}{symbol}{digits}" if symbol else f"{sign}{words.currency}{NBSP}{digits}"
