"""The lifecycle as a block: each stage with what the customer wants there, its maps, and what they lack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from cxkit._blocks import Group, Heading, Line, Quiet, Strong, Table, Tag, Text, Tone
from cxkit._format import date_text, value_text
from cxkit.kpi.sentences import says

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cxkit._blocks import Block, Inline
    from cxkit._format import Words
    from cxkit.evidence.view import View
    from cxkit.journey.grade import Grade
    from cxkit.journey.lifecycle import Coverage, Gap

__all__ = ["Covered", "draw_coverage"]

# The gravest first.
_TONES: dict[str, Tone] = {
    "no_map": "worse",
    "no_nested": "worse",
    "past_review": "worse",
    "only_to_be": "open",
    "no_stage": "open",
    "not_measured": "open",
    "no_review": "quiet",
}


class Covered(Protocol):
    """Work that knows which stages its journeys cover."""

    @property
    def coverage(self) -> Coverage:
        """Which stage has which maps, and what is missing."""
        ...


def draw_coverage(view: View, work: Covered) -> Group:
    """Which stages of the lifecycle have a map, and which maps need somebody to look at them.

    Args:
        view: The evidence in one period.
        work: Journeys, plays, plan and gates, as `Engagement.work` gives them.
    """
    w, found = says(view), work.coverage
    if not found.stages:
        said = view.audience == "team" and found.labels
        return Group((Text(((w.say("lifecycle.none"),),), role="note"),)) if said else Group(())
    columns = tuple(w.say(f"lifecycle.column.{c}") for c in ("stage", "wants", "maps"))
    table = Table("", columns, tuple(_rows(found, w)), note=w.say("lifecycle.note"))
    blocks: list[Block] = [Heading(_headline(found, w)), table]
    if said := _attention(found, w):
        blocks.insert(1, Text(((said,),)))
    return Group(tuple(blocks))


def _headline(found: Coverage, w: Words) -> str:
    n, none, planned = len(found.stages), len(found.of("no_map")), len(found.of("only_to_be"))
    if not none and not planned:
        return w.count("lifecycle.head.all", n)
    if not planned:
        return w.count("lifecycle.head.some", none, stages=n)
    if not none:
        return w.count("lifecycle.head.planned", planned, stages=n)
    return w.say("lifecycle.head.both", none=none, planned=planned, stages=n)


def _attention(found: Coverage, w: Words) -> str:
    """How many maps are past their day, and how many were never measured."""
    past, unmeasured = ({g.journey for g in found.of(k)} for k in ("past_review", "not_measured"))
    said = [w.count(f"lifecycle.{k}", len(js)) for k, js in (("past", past), ("unmeasured", unmeasured)) if js]
    return " ".join(said)


def _rows(found: Coverage, w: Words) -> Iterator[tuple[Line | str, ...]]:
    for stage in found.stages:
        gaps = [g for g in found.of("no_map", "only_to_be") if g.stage == stage.id]
        maps = _maps(found, found.maps[stage.id], w)
        parts = [*_tags(gaps, w), *(["\n"] if gaps and maps else []), *maps]
        yield (Strong(stage.label),), stage.wants, tuple(parts)
    if found.loose:
        yield (Quiet(w.say("lifecycle.gap.no_stage")),), "", _maps(found, found.loose, w)


def _maps(found: Coverage, journeys: Iterable[str], w: Words) -> Line:
    """The label of each map, and what it lacks."""
    parts: list[Inline] = []
    for journey in journeys:
        gaps = [g for g in found.gaps if g.journey == journey and g.kind != "no_stage"]
        parts += ["\n"] if parts else []
        parts += [found.labels[journey], " ", *(_tags(gaps, w) or [Tag(w.say("lifecycle.covered"), "better")])]
        if journey in found.grades:
            parts += [" ", Quiet(_grades(found.grades[journey], w))]
    return tuple(parts)


def _grades(shares: Mapping[Grade, float], w: Words) -> str:
    """How many of the steps have which grade of evidence; grades that none has are left out."""
    said = [w.say("lifecycle.grade", grade=g, share=value_text(s, "percent", words=w)) for g, s in shares.items() if s]
    return w.say("lifecycle.grades", list=w.say("list.join").join(said))


def _tags(gaps: Iterable[Gap], w: Words) -> list[Inline]:
    order = list(_TONES)
    tags: dict[str, Tone] = {}
    for gap in sorted(gaps, key=lambda g: order.index(g.kind)):
        day = date_text(gap.day.isoformat(), words=w) if gap.day else ""
        tags.setdefault(w.say(f"lifecycle.gap.{gap.kind}", day=day, other=gap.other), _TONES[gap.kind])
    return [p for i, (text, tone) in enumerate(tags.items()) for p in ((" ",) if i else ()) + (Tag(text, tone),)]
