"""On which scale the answers to a question are, from a sample of them, and what else stands among them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from cxkit.data.codes import Stray, is_code
from cxkit.data.mapping.shapes import Shape
from cxkit.data.presets.base import plain

__all__ = ["SCALES", "Answers", "find_answers"]

Span = tuple[int, int]

SCALES: Mapping[str, tuple[Span, ...]] = {
    "score": ((0, 10), (1, 10), (1, 5), (1, 7)),
    "recommend": ((0, 10), (1, 10), (1, 5), (1, 7)),
    "satisfaction": ((1, 5), (1, 7), (1, 10), (0, 10), (0, 100)),
    "effort": ((1, 7), (1, 5), (1, 10), (0, 10)),
    "agreement": ((1, 5), (1, 7), (1, 10)),
}
"""Scales that each question is asked on, the usual one first."""

_FEWEST, _MANY = 30, 200  # answers from which an end that nobody chose says something (cxkit default)
_INSIDE = 0.8  # share of the answers that a scale has to hold, codes aside (cxkit default)
_ZEROS, _BESIDE = 0.05, 0.1
_LABELLED = re.compile(r"\s*(\d{1,3})\s*(?:[-\u2013\u2014=:.)(/]\s*|\s)\D")
_TOP = re.compile(r"(extremely|very|most) (likely|satisfied|easy)|strongly agree|completely agree|sehr wahrscheinlich|"
                  r"ausserst wahrscheinlich|tres probable|tout a fait|zeer waarschijnlijk")  # fmt: skip
_BOTTOM = re.compile(r"not at all( likely| satisfied| easy)?|(extremely|very|most) (unlikely|dissatisfied|difficult)|"
                     r"strongly disagree|completely disagree|uberhaupt nicht\w*( wahrscheinlich)?|"
                     r"sehr unwahrscheinlich|"
                     r"pas du tout( probable)?|helemaal niet( waarschijnlijk)?")  # fmt: skip
_SATISFIED = (
    "very dissatisfied|extremely dissatisfied|sehr unzufrieden|tres insatisfait|zeer ontevreden|very poor",
    "dissatisfied|somewhat dissatisfied|unzufrieden|eher unzufrieden|insatisfait|ontevreden|poor",
    "neutral|neither satisfied nor dissatisfied|weder noch|teils teils|ni satisfait ni insatisfait|neutraal|fair",
    "satisfied|somewhat satisfied|zufrieden|eher zufrieden|satisfait|plutot satisfait|tevreden|good",
    "very satisfied|extremely satisfied|sehr zufrieden|tres satisfait|zeer tevreden|excellent|very good",
)
_AGREED = (
    "strongly disagree|stimme uberhaupt nicht zu|pas du tout d accord|helemaal mee oneens",
    "disagree|stimme nicht zu|pas d accord|mee oneens|somewhat disagree",
    "neutral|neither agree nor disagree|weder noch|teils teils|neutraal|ni d accord ni pas d accord",
    "agree|stimme zu|d accord|mee eens|somewhat agree",
    "strongly agree|stimme voll zu|stimme voll und ganz zu|tout a fait d accord|helemaal mee eens",
)
_AGREED_OF_SEVEN = (
    "strongly disagree", "disagree", "somewhat disagree", "neither agree nor disagree|neutral", "somewhat agree",
    "agree", "strongly agree",
)  # fmt: skip
_WORDS: tuple[Mapping[str, int], ...] = tuple(
    {word: point for point, words in enumerate(scale, start=1) for word in words.split("|")}
    for scale in (_SATISFIED, _AGREED, _AGREED_OF_SEVEN)
)
"""Words of the points of a scale, from the lowest."""


@dataclass(frozen=True)
class Answers:
    """What a scaled question was answered with.

    Attributes:
        scale: Lowest and highest valid answer.
        inside: Share of the values that are on it.
        codes: Values that look like codes for no answer, with how often they stand.
        values: Texts that stand for points, to these.
        doubts: What is not sure, in sentences.
    """

    scale: Span
    inside: float
    codes: Mapping[str, int] = field(default_factory=dict[str, int])
    values: Mapping[str, str] = field(default_factory=dict[str, str])
    doubts: tuple[str, ...] = ()


def find_answers(shape: Shape, *, role: str) -> Answers | None:
    """The scale that the answers to a question are on, or None where they are on none that it is asked on.

    Args:
        shape: The column.
        role: Column of the contract that it would be.

    Example:
        >>> from cxkit.data.mapping.shapes import shape_of
        >>> given = [str(i % 12) for i in range(600)]
        >>> found = find_answers(shape_of(given, place=1, header="NPS"), role="score")
        >>> found.scale, found.codes
        ((0, 10), {'11': 50})
    """
    scales = SCALES[role]
    if not shape.whole and (words := _of_words(shape, role)):
        return words
    labels = {v: int(m[1]) for v in shape.counts if (m := _LABELLED.match(v))}
    points = dict(shape.whole)
    for text, point in labels.items():
        points[point] = points.get(point, 0) + shape.counts[text]
    scale = _scale(points, shape, scales)
    if scale is None:
        return None
    ends = _ends(shape, scale) if points else {}
    named = {t: str(p) for t, p in {**labels, **ends}.items() if scale[0] <= p <= scale[1]}
    left = _left(shape, scale, named)
    codes = {v: n for v, n in left.items() if is_code(Stray(v, {"": n}), scale)}
    others = {v: n for v, n in left.items() if v not in codes}
    inside = 1 - sum(left.values()) / shape.n
    if 1 - sum(others.values()) / shape.n < _INSIDE or not inside:
        return None
    doubts = [*_of_ends(ends, scale), *_of_range(points, scale, scales, shape), *_of_others(others)]
    return Answers(scale, inside, codes, {**named, **({"*": "*"} if named else {})}, tuple(doubts))


def _scale(points: Mapping[int, int], shape: Shape, scales: tuple[Span, ...]) -> Span | None:
    """The first scale that holds the answers, and does not end far above them."""
    low, high = _asked(shape.question)
    if (low, high) in scales:
        return low, high
    total = sum(points.values())
    if not total:
        return None
    for span in _longest_first(scales, points, total):
        held = {p: n for p, n in points.items() if span[0] <= p <= span[1]}
        beyond = sum(n for p, n in points.items() if p > span[1] and not is_code(Stray(str(p), {"": 1}), span))
        if sum(held.values()) >= _INSIDE * total and beyond <= 0.01 * total and not _goes_on(points, span):
            return span
    return None


def _longest_first(scales: tuple[Span, ...], points: Mapping[int, int], total: int) -> list[Span]:
    """The usual scale first, unless thirty answers leave its upper points out and are all on a shorter one."""
    low, high = scales[0]
    if total < _FEWEST or high <= 5:
        return list(scales)
    short = sorted((s for s in scales if s[1] < high), key=lambda s: s[1])
    fits = [s for s in short if not any(s[1] < p <= high for p in points) and (low or 0 not in points)]
    return [*fits, *(s for s in scales if s not in fits)]


def _goes_on(points: Mapping[int, int], span: Span) -> bool:
    """Whether the answers go on beyond the end, as those of a longer scale do; one beyond it is rather a code."""
    return points.get(span[1] + 1, 0) > 0 and points.get(span[1] + 2, 0) > 0


def _asked(question: str) -> tuple[int, int]:
    """The ends that the question itself names, such as "10 - strongly agree, 1 - strongly disagree"."""
    found = re.search(r"\b(\d{1,2})\s*(?:-|\u2013|to|bis|a|tot)\s*(10|5|7)\b", _small(question))
    if found:
        return int(found[1]), int(found[2])
    ends = [int(m) for m in re.findall(r"(?<!\d)(\d{1,2})\s*(?:[-=:(\u2013]|is|means)\s*[^\W\d]", question)]
    return (min(ends), max(ends)) if len(ends) == 2 else (-1, -1)


def _small(text: str) -> str:
    """A text without accents and in small letters, its hyphens kept.

    Example:
        >>> _small("De 0 \u00e0 10")
        'de 0 a 10'
    """
    return text.casefold().replace("\u00e0", "a")


def _ends(shape: Shape, scale: Span) -> dict[str, int]:
    """Words that stand for the ends of a scale whose other points are numbers."""
    found: dict[str, int] = {}
    for text in shape.counts:
        word = plain(text)
        if _TOP.fullmatch(word):
            found[text] = scale[1]
        elif _BOTTOM.fullmatch(word):
            found[text] = scale[0]
    return found


def _left(shape: Shape, scale: Span, named: Mapping[str, str]) -> dict[str, int]:
    """Values that are neither points nor words for them."""
    whole = {str(p) for p in range(scale[0], scale[1] + 1)}
    return {v: n for v, n in shape.counts.items() if v not in named and re.sub(r"[.,]0*$", "", v) not in whole}


def _of_words(shape: Shape, role: str) -> Answers | None:
    """A scale all of whose points are words."""
    if role not in ("satisfaction", "effort", "agreement"):
        return None
    said = [plain(v) for v in shape.counts]
    # Of two scales that know as many of the words, the one that keeps them apart.
    known: Mapping[str, int] = max(
        _WORDS, key=lambda w: (sum(v in w for v in said), len({w[v] for v in said if v in w}))
    )
    values = {v: str(known[plain(v)]) for v in shape.counts if plain(v) in known}
    others = {v: n for v, n in shape.counts.items() if v not in values}
    codes = {v: n for v, n in others.items() if is_code(Stray(v, {"": 1}), (1, 5))}
    rest = {v: n for v, n in others.items() if v not in codes}
    if len(values) < 3 or sum(rest.values()) > (1 - _INSIDE) * shape.n:
        return None
    doubts = ["the answers are words; check which of them stands for which number", *_of_others(rest)]
    lost = [str(p) for p in range(1, max(known.values()) + 1) if str(p) not in values.values()]
    doubts += [f"no word was seen for {' and '.join(lost)}; add it under `values` if there is one"] if lost else []
    scale = (1, max(known.values()))
    return Answers(scale, 1 - sum(others.values()) / shape.n, codes, dict(sorted(values.items(), key=lambda v: v[1])),
                   tuple(doubts))  # fmt: skip


def _of_ends(ends: Mapping[str, int], scale: Span) -> list[str]:
    shown = " and ".join(f"{text!r} is read as {point}" for text, point in sorted(ends.items(), key=lambda e: e[1]))
    return [f"{shown}, the end{'s' if len(ends) > 1 else ''} of {scale[0]} to {scale[1]}"] if ends else []


def _of_range(points: Mapping[int, int], scale: Span, scales: tuple[Span, ...], shape: Shape) -> list[str]:
    total, zeros, few = sum(points.values()), points.get(0, 0), points.get(1, 0) + points.get(2, 0)
    found: list[str] = []
    if scale[0] == 0 and zeros >= max(3, _ZEROS * total) and few <= _BESIDE * zeros:
        beside = f"1 and 2 {few:,} times" if few else "1 and 2 never"
        found.append(f'0 stands {zeros:,} times and {beside}: it may mean "not applicable"')
    if scale == (0, 10) and not zeros and total >= _MANY:
        found.append(f"none of {total:,} answers is 0: the question may have been asked from 1 to 10")
    if scale[1] < scales[0][1] <= 7:
        found.append(f"no answer is above {scale[1]}: it is taken to go to {scale[1]} and not to {scales[0][1]}")
    if scales[0] == (0, 10) and scale == (1, 10):
        found.append("it was asked from 1 to 10, which is not the 0 to 10 of NPS; the number will say so")
    if scales[0] == (0, 10) and scale[1] < 10:
        found.append(f"the answers lie from {scale[0]} to {scale[1]}: no NPS can be made of them")
    if scales[0] == (0, 10) and re.search(r"\bagree", shape.question, re.IGNORECASE):
        found.append("it asks how far people agree, which is not how likely they are to recommend")
    return found


def _of_others(others: Mapping[str, int]) -> list[str]:
    shown = ", ".join(f"{v[:30]!r} {n:,} times" for v, n in sorted(others.items(), key=lambda o: -o[1])[:3])
    more = f" and {len(others) - 3:,} others" if len(others) > 3 else ""
    return [f"not on the scale: {shown}{more}"] if others else []
