"""Journeys as blocks: the finding first, then the map that it stands on, and what the to-be changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from cxkit._blocks import Block, Group, Heading, Inline, Line, Quiet, Table, Tag, Text, Tone
from cxkit._format import estimate_text, value_text
from cxkit.journey.compare import Aim, Change, aims_of, changes_between, standing
from cxkit.journey.lanes import draw_map
from cxkit.journey.model import TARGETS
from cxkit.journey.sentences import JourneyState, Told, edited, headline, lead, notes, time_text, times_text
from cxkit.kpi.sentences import why_not

if TYPE_CHECKING:
    from cxkit.evidence.findings import Finding
    from cxkit.evidence.view import View
    from cxkit.journey.model import Journey

__all__ = ["JourneyState", "draw_journeys"]

_TONES: dict[str, Tone] = {"met": "better", "missed": "worse", "open": "quiet", "unknown": "quiet"}


def draw_journeys(view: View, states: Iterable[JourneyState]) -> Group:
    """Each journey: what it shows, its map, and what the to-be changes; an executive sees finding and map."""
    return Group(tuple(block for state in states for block in _journey(view, state)))


def _journey(view: View, state: JourneyState) -> Iterator[Block]:
    drawn = state.as_is or state.to_be
    if drawn is None:
        return
    told, brief = Told(view, state, drawn), view.audience == "executive"
    yield Heading(headline(told))
    if not brief:
        yield Text((lead(told),))
    if told.stale:
        yield Text((edited(told),))
    yield draw_map(told)
    if brief:
        return
    said = notes(told)
    if said:
        yield Text(said, role="note")
    if state.as_is is not None and state.to_be is not None:
        yield from _changes(told, state.as_is, state.to_be)


def _changes(told: Told, as_is: Journey, to_be: Journey) -> Iterator[Table]:
    """What the to-be does to each step, and where each of its targets stands against what was measured."""
    w, changes, aims = told.words, changes_between(as_is, to_be), aims_of(to_be)
    labels = {s.id: s.label for s in (*as_is.steps, *to_be.steps)}
    order = [s.id for s in to_be.steps] + [c.step for c in changes if c.kind == "removed"]
    measures = [m for m in TARGETS if any(a.measure == m for a in aims)]
    rows: list[tuple[Line | str, ...]] = []
    for step in order:
        mine = [c for c in changes if c.step == step]
        cells = [_aim_cell(told, [a for a in aims if (a.step, a.measure) == (step, m)]) for m in measures]
        if mine or any(cells):
            rows.append((labels[step], _change_cell(told, mine), *cells))
    if rows:
        columns = [
            w.say("journey.lane.step"),
            w.say("journey.change.column"),
            *(w.say(f"measure.{m}") for m in measures),
        ]
        title, note = w.say("journey.change.title", label=to_be.label), w.say("journey.change.note") if measures else ""
        yield Table(title, tuple(columns), tuple(rows), note=note)


def _change_cell(told: Told, changes: list[Change]) -> Line:
    parts = [p for c in changes for p in _change_words(told, c)]
    return (told.words.say("journey.change.join").join(parts),) if parts else ("",)


def _change_words(told: Told, change: Change) -> Iterator[str]:
    w, kind = told.words, change.kind
    if kind in ("channels", "kpis"):
        before, after = (
            [_kpi_label(told, v) if kind == "kpis" else v for v in vs] for vs in (change.before, change.after)
        )
        new, gone = [v for v in after if v not in before], [v for v in before if v not in after]
        if new:
            yield w.say(f"journey.change.with_{kind}", list=w.all_of(new))
        if gone:
            yield w.say(f"journey.change.without_{kind}", list=w.all_of(gone))
        return
    place = kind in ("added", "removed", "moved")
    before, after = (_place(told, v) if place else _name(told, v) for v in (change.before, change.after))
    yield w.say(f"journey.change.{kind}", before=before, after=after)


def _place(told: Told, values: tuple[str, ...]) -> str:
    w = told.words
    return w.say("journey.change.after", step=values[0]) if values else w.say("journey.change.first")


def _name(told: Told, values: tuple[str, ...]) -> str:
    return values[0] if values else told.words.say("journey.map.nobody")


def _kpi_label(told: Told, value: str) -> str:
    kpi, _, part = value.partition(" ")
    label = next((k.label for k in told.view.manifest.kpis if k.id == kpi), kpi)
    return told.words.say("list.join").join(filter(None, (label, part)))


def _aim_cell(told: Told, aims: list[Aim]) -> Line:
    """Measured value with its interval, the target, and whether it is met."""
    if not aims:
        return ()
    w, aim = told.words, aims[0]
    found = told.finding(aim.step, aim.measure)
    state = standing(found.estimate if found else None, aim.target, better=found.better if found else "higher")
    target = w.say("journey.change.target", value=_target(told, aim))
    return (_measured(told, found), "\n", Quiet(target), " ", Tag(w.say(f"journey.change.{state}"), _TONES[state]))


def _measured(told: Told, found: Finding | None) -> Inline:
    w = told.words
    if found is None or not found.estimate.shown:
        return Quiet(why_not(told.view, found.estimate if found else None))
    e = found.estimate
    if found.unit != "hours":
        return estimate_text(e, found.unit, words=w)
    return w.say("interval.with_value", value=time_text(e.value or 0.0, w), interval=times_text(e, w))


def _target(told: Told, aim: Aim) -> str:
    w = told.words
    if aim.measure.startswith("hours"):
        return time_text(aim.target, w)
    return value_text(aim.target, "score" if aim.measure == "score" else "percent", words=w)
