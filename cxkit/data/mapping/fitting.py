"""How well each column of an export fits each column of a table: by its header, and by its values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cxkit.data.contract import CONTRACTS
from cxkit.data.dates import Dates
from cxkit.data.mapping.answers import Answers, find_answers
from cxkit.data.mapping.roles import ROLES, Role
from cxkit.data.mapping.shapes import YES_NO, Shape
from cxkit.data.presets import PRESETS
from cxkit.data.presets.base import plain

__all__ = ["READABLE", "Fit", "date_settings", "fits_of", "is_own", "yes_no_values"]

_SHORT = 7  # words up to which a header names a thing; beyond, it asks a question
_SURELY, _MAYBE, _EXACTLY, _OF_TOOL = 1.0, 0.55, 0.25, 2.0
_APART = 0.98
READABLE = ("true", "yes", "y", "t", "1", "false", "no", "n", "f", "0")
"""What is read as yes or no without being told."""


@dataclass(frozen=True)
class Fit:
    """One column of an export in the place of one column of a table.

    Attributes:
        column: Column of the table.
        shape: Column of the export.
        score: How well it fits; 1 where header and values both say so.
        reasons: Why, in phrases.
        doubts: What is not sure, in phrases.
        settings: What the mapping has to say of its values.
        answers: The scale found, for a question.
    """

    column: str
    shape: Shape
    score: float
    reasons: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict[str, object])
    answers: Answers | None = None


def fits_of(table: str, shapes: Sequence[Shape], *, preset: str) -> list[Fit]:
    """All columns that may stand for a column of a table, the best first.

    Args:
        table: The table.
        shapes: Columns of the export that may be mapped.
        preset: The tool that wrote it, or "".
    """
    found: list[Fit] = []
    grouped = {s.header.removesuffix("_NPS_GROUP") for s in shapes if s.header.endswith("_NPS_GROUP")}
    for column, role in ROLES[table].items():
        own = PRESETS[preset].ROLES.get(column, ()) if preset and table == "responses" else ()
        for shape in shapes:
            head, why = _by_header(role, shape, own=own, owned=is_own(preset, shape))
            if column == "score" and shape.header in grouped:
                head, why = head + _SURELY, f"{shape.header}_NPS_GROUP stands beside it"
            if head and shape.n and (fit := _by_values(column, role, shape, head, why)):
                found.append(fit)
    return sorted(found, key=lambda f: (-f.score, f.shape.place))


def is_own(preset: str, shape: Shape, *, people: bool = True) -> bool:
    """Whether a column is one of the tool's own, rather than a question."""
    if not preset:
        return False
    given = PRESETS[preset]
    names = [*given.OWN, *given.DIMENSIONS.values(), *(n for names in given.ROLES.values() for n in names)]
    known = {plain(n) for n in (*names, *(given.PEOPLE if people else ()))}
    return any(plain(n) in known for n in (shape.header, shape.question, *shape.also) if n.strip())


def date_settings(dates: Dates) -> tuple[dict[str, object], list[str], list[str]]:
    """What the mapping has to say of dates, with reasons and doubts."""
    shown = " or ".join(dates.formats) if dates.formats else "as in ISO 8601"
    reasons, doubts = [f"dates {shown}"], list[str]()
    if dates.order in ("day", "month") and dates.formats:
        reasons.append(f"the {dates.order} comes first")
    if dates.order == "either":
        doubts.append("every date could be read with the month first or with the day first; ask which it is")
    if dates.order == "mixed":
        doubts.append("some dates have the day first and others the month: no single format reads them all")
    if dates.share < 1:
        doubts.append(f"{1 - dates.share:.0%} of the values are no dates")
    if dates.zoned and dates.formats:
        doubts.append(
            "the time zone beside the dates is read over: say `timezone`, and `days_in` if days are another's"
        )
    forms: object = dates.formats[0] if len(dates.formats) == 1 else list(dates.formats)
    return ({"format": forms} if dates.formats else {}), reasons, doubts


def yes_no_values(shape: Shape) -> dict[str, object]:
    """What the mapping has to say of yes and no in other words than it knows."""
    if all(v.casefold() in READABLE for v in shape.counts):
        return {}
    return {"values": {v: YES_NO[v.casefold()] for v in shape.counts}}


def _by_header(role: Role, shape: Shape, *, own: tuple[str, ...], owned: bool) -> tuple[float, str]:
    """How far the header says that a column is meant, and in which words."""
    known = [plain(n) for n in own]
    mine = [plain(n) for n in (shape.header, shape.question, *shape.also) if n.strip()]
    ranks = [known.index(n) for n in mine if n in known]
    if ranks:
        return _OF_TOOL - 0.1 * min(ranks), f"it is the tool's own {shape.header or shape.question}"
    if owned:
        return 0.0, ""
    for words in dict.fromkeys(mine):
        long = len(words.split()) > _SHORT and role.shape not in ("scale", "yesno")
        if long or (role.never.search(words) and not (role.shape == "scale" and len(words.split()) > _SHORT)):
            continue
        for pattern, score in ((role.surely, _SURELY), (role.maybe, _MAYBE)):
            if m := pattern.search(words):
                return score + _EXACTLY * (m[0] == words), f'header says "{m[0]}"'
    return 0.0, ""


def _by_values(column: str, role: Role, shape: Shape, head: float, why: str) -> Fit | None:
    if role.shape == "scale":
        return _of_scale(column, shape, head, why)
    if role.shape in ("moment", "month"):
        return _of_dates(column, role, shape, head, why)
    if column in _VERDICTS and (settings := _verdict(column, shape)):
        doubts = ("each word is read as yes, no, or neither by what it says; check them",)
        return Fit(column, shape, 0.9 * head, (why, _filled(shape)), doubts, settings)
    share = {"key": _key, "id": _id, "number": _number, "group": _group, "yesno": _yes_no, "text": _any}[role.shape](
        shape
    )
    if not share:
        return None
    reasons, doubts, settings = [why, _filled(shape)], list[str](), dict[str, object]()
    if role.shape in ("key", "id"):
        reasons.append("no two alike" if shape.apart == 1 else f"{len(shape.counts):,} different")
    if role.shape == "key":
        doubts += ["it stands more than once in some rows; the last of them counts"] if shape.apart < 1 else []
    if role.shape == "yesno":
        settings = yes_no_values(shape)
    if role.shape == "number" and shape.numbers < 1:
        doubts.append(f"{1 - shape.numbers:.1%} of the values are no numbers: {_strange(shape)}")
    return Fit(column, shape, head * share, tuple(reasons), tuple(doubts), settings)


def _verdict(column: str, shape: Shape) -> dict[str, object]:
    """Words that say yes, to these; none where no word does, or they are all yes or no already."""
    if shape.is_yes_no or not shape.is_group:
        return {}
    yes, no = (
        {v: word for v in shape.counts if pattern.search(plain(v))}
        for pattern, word in zip(_VERDICTS[column], ("true", "false"), strict=True)
    )
    others = [v for v in shape.counts if v not in {*yes, *no}]
    # What is neither, such as a stage on the way, is no answer yet.
    return {"values": {**yes, **no}, **({"missing": others} if others else {})} if yes else {}


_VERDICTS = {
    "won": (re.compile(r"\b(won|gewonnen|gagnee?)\b"), re.compile(r"\b(lost|verloren|perdue?)\b")),
    "renewal": (re.compile(r"\b(renewal|verlangerung|renouvellement|verlenging)\b"), re.compile(r"^(?!.*\brenewal)")),
}


def _of_scale(column: str, shape: Shape, head: float, why: str) -> Fit | None:
    found = find_answers(shape, role=column)
    if found is None:
        return None
    low, high = found.scale
    default = next((c.scale for t in ("responses", "staff_answers") for n, c in CONTRACTS[t].columns.items()
                    if n == column), None)  # fmt: skip
    likely = column in ("score", "recommend")
    settings: dict[str, object] = {} if default == (low, high) else {"scale": [low, high]}
    settings |= {"missing": list(found.codes)} if found.codes else {}
    settings |= {"values": dict(found.values)} if found.values else {}
    doubts = list(found.doubts)
    if default and settings.get("scale") and not likely:
        doubts.append(f"KPIs on it expect {default[0]:g} to {default[1]:g}")
    if found.codes:
        shown = ", ".join(f"{v} {n:,} times" for v, n in found.codes.items())
        doubts.insert(0, f"not on the scale, and taken as codes for no answer: {shown}")
    share = (1.0 if high == 10 else 0.4) if likely else (1.0 if high <= 7 else 0.6)
    return Fit(column, shape, head * share * (0.5 + found.inside / 2), (why, f"{low} to {high}", _filled(shape)),
               tuple(doubts), settings, found)  # fmt: skip


def _of_dates(column: str, role: Role, shape: Shape, head: float, why: str) -> Fit | None:
    if shape.dates is None or shape.dates.odd:
        return None
    settings, reasons, doubts = date_settings(shape.dates)
    if re.search(r"\butc\b", shape.words) and not shape.dates.zoned:
        doubts.append("the times are UTC: say `timezone: UTC`, and `days_in` if days are counted elsewhere")
    share = 1.0 if shape.dates.monthly == (role.shape == "month") else 0.8
    return Fit(column, shape, head * share * (0.5 + shape.filled / 2), (why, *reasons, _filled(shape)), tuple(doubts),
               settings)  # fmt: skip


def _filled(shape: Shape) -> str:
    return f"{shape.filled:.0%} filled" if shape.filled in (0, 1) or 0.01 <= shape.filled <= 0.99 else "not all filled"


def _key(shape: Shape) -> float:
    if (
        shape.dates is not None
        or shape.is_free_text
        or shape.filled < 0.9
        or (shape.is_number and not shape.is_integer)
    ):
        return 0.0
    return 1.0 if shape.apart >= _APART else 0.6 if shape.apart >= 0.8 else 0.0


def _id(shape: Shape) -> float:
    if shape.is_free_text or (shape.dates is not None and not shape.is_integer) or shape.is_yes_no:
        return 0.0
    if shape.is_number and not shape.is_integer:
        return 0.0
    # A handful of values for many rows is a group of customers, and no customer.
    return 0.2 if len(shape.counts) <= 5 < shape.n / 10 else 1.0


def _number(shape: Shape) -> float:
    if shape.dates is not None and not shape.is_number:
        return 0.0
    return 1.0 if shape.is_number else 0.6 if shape.numbers >= 0.8 else 0.0


def _group(shape: Shape) -> float:
    if shape.dates is not None or shape.is_free_text or (shape.is_number and not shape.is_integer):
        return 0.0
    if shape.is_group:
        return 1.0
    if shape.is_text:
        return 0.7 if len(shape.counts) <= 200 and shape.apart < 0.8 else 0.4 if shape.n < 20 else 0.0
    return 0.3 if len(shape.counts) <= 30 else 0.0


def _yes_no(shape: Shape) -> float:
    return 1.0 if shape.is_yes_no else 0.0


def _any(shape: Shape) -> float:
    return 0.0 if shape.is_free_text else 1.0


def _strange(shape: Shape) -> str:
    return ", ".join(repr(v[:20]) for v in shape.counts if not re.fullmatch(r"[-+\d.,' ]+", v))[:60] or "oddly written"
