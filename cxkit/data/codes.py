"""What a value that cannot be read may mean: a code for no answer, a label of a point, or the word of a scale."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from cxkit._table import Database
from cxkit.data.conform import Field
from cxkit.data.faults import Fault
from cxkit.data.ingest import Raw
from cxkit.data.settings import ColumnMap
from cxkit.data.staging import Staged

__all__ = [
    "Stray",
    "Strays",
    "explain",
    "fault_of_words",
    "find_strays",
    "is_code",
    "is_worded",
    "labelled",
    "lone_point",
    "mapping_line",
    "places_of",
    "reach",
    "worded",
]

_MOST = 1_000
_OFTEN = 3  # a value outside the scale that comes again and again is no slip of the finger (cxkit default)
_SHARE_BEYOND = 0.01  # answers beyond the scale from which they are no slips any more (cxkit default)
_FEWEST_WORDS, _MOST_WORDS, _SHOWN = 3, 20, 5
_DIGITS = 3  # of the points of a scale
_LIKELIHOOD = 9  # points between the ends of the scale of a likelihood, from 0 or 1 to 10
_NUMBERS = {-1, -2, -7, -8, -9, -77, -88, -97, -98, -99, -999, -9999}
_NUMBERS |= {77, 88, 96, 97, 98, 99, 777, 888, 996, 997, 998, 999, 9998, 9999}
_WORDS = re.compile(
    "blank|empty|na|nan|nil|none|null|missing|unknown|dk|dont_know|do_not_know|not_sure|not_applicable|doesnt_apply|"
    "does_not_apply|no_answer|no_response|no_opinion|not_answered|not_asked|not_rated|not_used|never_used|"
    "prefer_not_to_say|prefer_not_to_answer|refused|skipped|skip|n_a|k_a|keine_angabe|weiß_nicht|weiss_nicht|entfällt"
)
_FAR_DAYS = {"00000000", "00010101", "01010001", "17530101", "18991230", "18991231", "29991231", "31122999"}
_FAR_DAYS |= {"99991231", "31129999", "12319999", "12312999", "99990101", "01019999"}
_LABELLED = re.compile(r"\s*(\d{1,2})\s*(?:[-\u2013\u2014=:.)(/]\s*|\s)\D")
_PLAIN = re.compile(r"[A-Za-z][\w ()./-]*")
_MEANINGS = ("true", "false", "yes", "no", "on", "off", "null", "none", "y", "n")


@dataclass(frozen=True, slots=True)
class Stray:
    """A value of a column that cannot be read, and how often it stands in each file."""

    value: str
    files: Mapping[str, int]

    @property
    def count(self) -> int:
        """How often it stands in all."""
        return sum(self.files.values())

    @property
    def number(self) -> int | None:
        """The whole number that it is, or None.

        Example:
            >>> Stray("99.0", {"a.csv": 3}).number, Stray("9.5", {"a.csv": 1}).number
            (99, None)
        """
        if not re.fullmatch(r"[-+]?\d{1,6}([.,]0*)?", self.value):
            return None
        return int(re.split(r"[.,]", self.value)[0])


@dataclass(frozen=True, slots=True)
class Strays:
    """The values of one column that cannot be read, the most frequent first.

    Attributes:
        values: Each different one.
        answers: How many rows have any value.
        counted: How many rows have a value that cannot be read, also beyond those that are listed.
    """

    values: tuple[Stray, ...] = ()
    answers: int = 0
    counted: int = 0


def find_strays(db: Database, raw: Raw, field: Field, *, staged: Staged, counted: int) -> Strays:
    """The values of a column that cannot be read, with their files."""
    relation = exp.to_table(staged.odd)
    read = exp.Count(this=exp.column(field.name, quoted=True))
    answers = counted + db.rows(exp.select(read).from_(staged.typed))[0][0]
    number = exp.Count(this=exp.Star())
    query = exp.select(field.present.copy().as_("value"), "_file", number.as_("number")).from_(relation)
    query = query.where(field.unreadable).group_by("value", "_file").order_by("number DESC", "value", "_file")
    files: dict[str, dict[str, int]] = {}
    for value, file, count in db.rows(query.limit(_MOST)):
        files.setdefault(value, {})[raw.files[file].path] = count
    strays = sorted((Stray(v, f) for v, f in files.items()), key=lambda s: (-s.count, s.value))
    return Strays(tuple(strays), int(answers), counted)


def worded(field: Field, strays: Strays) -> tuple[str, ...]:
    """The words that stand where numbers of a scale should, the most frequent first; none where they are exceptions.

    Three to twenty different ones that make up half of the answers are the points of a scale.
    """
    if field.scale is None:
        return ()
    words = [s for s in strays.values if is_worded(s.value) and not is_code(s, field.scale)]
    most = 2 * sum(s.count for s in words) >= strays.answers
    return tuple(s.value for s in words) if most and _FEWEST_WORDS <= len(words) <= _MOST_WORDS else ()


def fault_of_words(field: Field, mapped: ColumnMap, strays: Strays, *, words: Sequence[str], most: float) -> Fault:
    """One fault for a column of words, in the place of one for each row.

    Args:
        field: The column.
        mapped: How it is mapped.
        strays: What was found in it.
        words: Those that stand for points of a scale.
        most: Share of the answers that may be unusable.
    """
    files = sorted({file for s in strays.values for file in s.files})
    low, high = field.scale or (0.0, 0.0)
    where = f", in {places_of(files)}" if len(files) > 1 else ""
    shown = ", ".join(f"'{w}'" for w in words[:_SHOWN]) + (", …" if len(words) > _SHOWN else "")
    what = f"the answers are words ({shown}), not numbers from {low:g} to {high:g}{where}"
    hint = "Say which word is which number: " + mapping_line(field.name, mapped, values=dict.fromkeys(words, "…")) + "."
    if high - low >= _LIKELIHOOD:
        hint = (
            "Agreement or satisfaction in words is no likelihood to recommend: no NPS can be made of it. Map the "
            "column under `attributes`, and write a KPI of your own in kpis/ that says which answers count."
        )
    stops = strays.counted > most * strays.answers
    return Fault(files[0], "", field.header, "", what, hint=hint, stops=stops, count=strays.counted)


def is_worded(value: str) -> bool:
    """Whether a value is a word and holds no number.

    Example:
        >>> is_worded("Strongly agree"), is_worded("10 - extremely likely"), is_worded("*")
        (True, False, False)
    """
    return bool(re.search(r"[^\W\d_]{2}", value)) and not re.search(r"\d", value)


def reach(scale: tuple[float, float], strays: Strays) -> tuple[int, int] | None:
    """Lowest and highest answer where whole numbers beyond the scale go on from it, as those of a longer scale do.

    Two points at least, and one answer in a hundred; a single one beyond the end is more often a code.

    Example:
        >>> reach((1, 5), Strays((Stray("7", {"a": 9}), Stray("6", {"a": 8})), 100, 17))
        (1, 7)
    """
    counts = {s.number: s.count for s in strays.values if s.number is not None}
    top = int(scale[1])
    while top + 1 in counts:
        top += 1
    beyond = sum(n for v, n in counts.items() if scale[1] < v <= top)
    if top - scale[1] < 2 or beyond < max(_OFTEN, _SHARE_BEYOND * strays.answers):
        return None
    return (0 if scale[0] == 1 and counts.get(0, 0) >= _OFTEN else int(scale[0])), top


def explain(field: Field, mapped: ColumnMap, strays: Strays, *, source: str) -> dict[str, tuple[str, str]]:
    """What is wrong with each value that has a meaning of its own, and what to write in `sources.yaml` if it has."""
    place = f"in sources.yaml, source {source}:"
    beyond = reach(field.scale, strays) if field.scale else None
    if beyond is not None and field.scale is not None:
        low, high = beyond
        what = f"{field.complaint}; the answers go on to {high}"
        hint = (
            f"The scale seems to be {low} to {high}. If it is, write {place} "
            f"{mapping_line(field.name, mapped, scale=beyond)}. A KPI on {field.scale[0]:g} to {field.scale[1]:g} "
            "cannot be measured on it."
        )
        run = [s for s in strays.values if s.number is not None and low <= s.number <= high]
        return {s.value: (what, hint) for s in run}
    codes = [s for s in strays.values if is_code(s, field.scale)]
    line = mapping_line(field.name, mapped, missing=[s.value for s in codes])
    found = {s.value: (f"{field.complaint}; it may be a code for no answer", _hint(s, line, place)) for s in codes}
    return found | _labelled(field, mapped, strays, place)


def places_of(files: Sequence[str]) -> str:
    """Names of files as a sentence holds them.

    Example:
        >>> places_of(["data/a.csv", "data/b.csv", "data/c.csv"])
        'data/a.csv to data/c.csv, 3 files'
    """
    given = sorted(files)
    return " and ".join(given) if len(given) < 3 else f"{given[0]} to {given[-1]}, {len(given)} files"


def labelled(value: str, scale: tuple[float, float]) -> int | None:
    """The point of a scale that a value names beside other words, or None.

    Example:
        >>> [labelled(v, (0, 10)) for v in ("10 - Extremely likely", "8/10", "eleven", "12 (best)", "8 / 5")]
        [10, 8, None, None, None]
    """
    found = re.fullmatch(rf"\s*(\d{{1,2}})\s*(?:/|of|out of)\s*{scale[1]:g}\s*", value)
    if found is None and not re.match(r"\s*\d+\s*/\s*\d", value):
        found = _LABELLED.match(value)
    return int(found[1]) if found and scale[0] <= int(found[1]) <= scale[1] else None


def lone_point(value: str, scale: tuple[float, float]) -> int | None:
    """The point of a scale that is the only number in a text, in front, at the end or in brackets, or None.

    Example:
        >>> [lone_point(v, (0, 10)) for v in ("Not likely - 0", "Not likely (0)", "(0) nie", "0*", "Likely-10")]
        [0, 0, 0, 0, 10]
        >>> [lone_point(v, (0, 10)) for v in ("-5 (n)", "9.5", "8 / 5", "Q3", "11 *", "my 2 cents", "No answer (0)")]
        [None, None, None, None, None, None, None]
    """
    numbers = list(re.finditer(r"\d+", value))
    if len(numbers) != 1 or len(numbers[0][0]) > _DIGITS or re.match(r"\s*[-+\u2212]\s*\d|\d+[.,]?$", value):
        return None
    before, after = value[: numbers[0].start()], value[numbers[0].end() :]
    if re.search(r"\w", before + after) and is_code(Stray(f"{before} {after}", {}), None):
        return None
    bracketed = re.search(r"[(\[{]\s*$", before) and re.match(r"\s*[)\]}]", after)
    alone = not re.search(r"\w$", before) and not re.match(r"\w", after)
    outside = not re.search(r"\w", before) or not re.search(r"\w", after)
    point = int(numbers[0][0])
    return point if (bracketed or (alone and outside)) and scale[0] <= point <= scale[1] else None


def _labelled(field: Field, mapped: ColumnMap, strays: Strays, place: str) -> dict[str, tuple[str, str]]:
    """Numbers that have their meaning beside them, as the ends of a scale often do."""
    if field.scale is None:
        return {}
    named = {s.value: str(p) for s in strays.values if (p := labelled(s.value, field.scale)) is not None}
    hint = f"If it means the number that it begins with, write {place} "
    hint += f"{mapping_line(field.name, mapped, values=named | {'*': '*'})}."
    return dict.fromkeys(named, (f"{field.complaint}, but a number with a label", hint))


def _hint(stray: Stray, line: str, place: str) -> str:
    times = "once" if stray.count == 1 else f"{stray.count:,} times"
    return (
        f"{stray.value} stands {times}, in {places_of(list(stray.files))}. If it means no answer, write {place} {line}."
    )


def is_code(stray: Stray, scale: tuple[float, float] | None) -> bool:
    """Whether a value that cannot be read looks like a code for no answer.

    Example:
        >>> [is_code(Stray(v, {"a.csv": 1}), (0, 10)) for v in ("99", "N/A", "eleven", "12")]
        [True, True, False, False]
    """
    number = stray.number
    if re.sub(r"\D", "", stray.value)[:8] in _FAR_DAYS and re.search(r"\d[-./]\d", stray.value):
        return True
    if number is None:
        plain = re.sub(r"[^\w]+", "_", stray.value.lower().replace("'", "").replace("\u2019", "")).strip("_")
        return bool(_WORDS.fullmatch(plain)) or not re.search(r"\w", stray.value)
    if scale is None:
        return number < 0 and number in _NUMBERS
    if scale[0] <= number <= scale[1]:
        return False
    low, high = scale
    return number in _NUMBERS or number == high + 1 or number == 0 < low or stray.count >= _OFTEN


def mapping_line(
    name: str, mapped: ColumnMap, *, missing: Sequence[str] = (), values: Mapping[str, str] | None = None,
    scale: tuple[float, float] | None = None, **more: str | bool | Sequence[str],
) -> str:  # fmt: skip
    """The line of the mapping as it would have to be.

    Args:
        name: The column.
        mapped: As it is mapped now.
        missing: More values that mean: no answer.
        values: More entries of `values`.
        scale: Another scale.
        more: Other settings, as they would have to be.

    Example:
        >>> mapping_line("score", ColumnMap(column="Q1", missing=("99",)), missing=["-1"], real=["0"])
        'score: {column: Q1, missing: ["99", "-1"], real: "0"}'
    """
    scale, values = scale or mapped.scale, {**mapped.values, **(values or {})}
    given: dict[str, str | bool | Sequence[str] | None] = {"fold": mapped.fold, "format": mapped.format}
    given |= {"real": mapped.real} | more
    parts = [f"column: {_plain(mapped.column or '')}"]
    parts += [f"type: {mapped.type}"] if mapped.type != "text" else []
    parts += [_setting("format", given["format"])]
    parts += [f"scale: [{scale[0]:g}, {scale[1]:g}]"] if scale else []
    parts += [_setting("missing", [*mapped.missing, *missing]), _setting("real", given["real"])]
    if values:
        pairs = (f"{json.dumps(k, ensure_ascii=False)}: {json.dumps(v, ensure_ascii=False)}" for k, v in values.items())
        parts.append(f"values: {{{', '.join(pairs)}}}")
    parts += [_setting("fold", given["fold"])]
    return f"{name}: {{{', '.join(filter(None, parts))}}}"


def _setting(name: str, value: str | bool | Sequence[str] | None) -> str:
    if value is None or value == () or value == []:
        return ""
    if isinstance(value, bool):
        return f"{name}: {str(value).lower()}"
    texts = [json.dumps(v, ensure_ascii=False) for v in ([value] if isinstance(value, str) else value)]
    return f"{name}: {texts[0] if len(texts) == 1 else '[' + ', '.join(texts) + ']'}"


def _plain(text: str) -> str:
    fits = _PLAIN.fullmatch(text) and text == text.strip() and text.lower() not in _MEANINGS
    return text if fits else json.dumps(text, ensure_ascii=False)
