"""Answers of a scale that stand as words or labels among numbers: left out, they would shift the number."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence

from cxkit.data.codes import Strays, is_code, is_worded, labelled, lone_point, mapping_line, places_of, worded
from cxkit.data.conform import Field
from cxkit.data.faults import Fault, shown
from cxkit.data.settings import ColumnMap
from cxkit.data.spellings import same_word_text
from cxkit.data.traps.base import Look

__all__ = ["find_lost_answers"]

_NEAR = 0.8
_OFTEN = 3
_MOST_SHOWN = 4
_LOW = re.compile(r"\b(not|never|poor|worst|hardly|difficult|nicht|kaum|schlecht)\b|\b(un|dis)\w{3}", re.IGNORECASE)
_END = re.compile(
    r"\b(extremely|very|strongly|completely|totally|fully|definitely|absolutely|highly|excellent|best|worst|poor|"
    r"not at all|never|always|sehr|äußerst|überhaupt|voll|gar nicht|auf jeden fall)\b",
    re.IGNORECASE,
)


def find_lost_answers(look: Look) -> Iterator[Fault]:
    """Words and labels of a scaled column that are answers, and would be left out as if they were none.

    The ends of a scale are often written out, so what is lost is not like what is left: however few they are, the
    number would be wrong.
    """
    for f in look.fields:
        strays, mapped = look.strays.get(f.name), look.mapped(f.name)
        if f.scale is None or strays is None or (not mapped.values and worded(f, strays)):
            continue
        lost = _lost(f, mapped, strays, ends=_ends(look, f))
        if lost:
            yield _fault(look, f, strays, lost)


def _ends(look: Look, f: Field) -> set[int]:
    """Which ends of the scale nobody gives as a number."""
    counts = next((s.counts for s in look.scales if s.column == f.name), {})
    return {int(p) for p in f.scale or () if not counts.get(int(p))}


def _lost(f: Field, mapped: ColumnMap, strays: Strays, *, ends: set[int]) -> dict[str, str]:
    """Each lost answer, with the point that it seems to be."""
    scale = f.scale or (0.0, 0.0)
    known = {same_word_text(k): v for k, v in mapped.values.items() if k != "*"}
    lost: dict[str, str] = {}
    for stray in strays.values:
        point = labelled(stray.value, scale)
        if point is None and (lone := lone_point(stray.value, scale)) is not None:
            # Once may be a slip of the finger, unless nobody gives this end of the scale in another way.
            point = lone if stray.count >= _OFTEN or lone in ends else None
        near = difflib.get_close_matches(same_word_text(stray.value), known, n=1, cutoff=_NEAR)
        if stray.value in mapped.real:
            continue
        if point is not None:
            lost[stray.value] = str(point)
        elif near and is_worded(stray.value):
            lost[stray.value] = known[near[0]]
        elif is_worded(stray.value) and not is_code(stray, scale):
            # An end of the scale is no slip of the finger: it comes again, or says what it is.
            often = bool(ends) and stray.count >= _OFTEN
            lost |= {stray.value: _likely(stray.value, scale)} if often or _END.search(stray.value) else {}
    return lost


def _likely(word: str, scale: tuple[float, float]) -> str:
    if not _END.search(word):
        return "…"
    return f"{scale[0 if _LOW.search(word) else 1]:g}"


def _fault(look: Look, f: Field, strays: Strays, lost: Mapping[str, str]) -> Fault:
    files = sorted({p for s in strays.values if s.value in lost for p in s.files})
    count = sum(s.count for s in strays.values if s.value in lost)
    low, high = f.scale or (0.0, 0.0)
    where = f", in {places_of(files)}" if len(files) > 1 else ""
    what = (
        f"answers stand as words or labels ({_shown(list(lost))}) among numbers from {low:g} to {high:g}{where}; "
        "left out, the others alone would mislead"
    )
    line = mapping_line(f.name, look.mapped(f.name), values=dict(lost) | _others(look.mapped(f.name)))
    hint = (
        f"Say what they mean, in sources.yaml, source {look.source.id}: {line}. "
        "What is no answer belongs under `missing`."
    )
    return Fault(files[0], "", f.header, "", what, hint=hint, stops=True, count=count, stands_for=tuple(lost))


def _others(mapped: ColumnMap) -> dict[str, str]:
    """Numbers stay as they are, unless the mapping already says what becomes of what it does not name."""
    return {} if mapped.values else {"*": "*"}


def _shown(values: Sequence[str]) -> str:
    return ", ".join(shown(v) for v in values[:_MOST_SHOWN]) + (", …" if len(values) > _MOST_SHOWN else "")
