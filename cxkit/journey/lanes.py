"""The map of a journey as lanes: what was drawn and what was measured, step by step.

What a board looks at is always there; the rest stands in groups that a reader unfolds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from cxkit._boards import Column, Lane, LaneCell, Lanes
from cxkit._format import count_text, estimate_text, period_text
from cxkit.journey import cells
from cxkit.journey.cells import Drawn
from cxkit.journey.feeling import draw_feeling

if TYPE_CHECKING:
    from cxkit.evidence.manifest import StudyRecord
    from cxkit.journey.model import Step
    from cxkit.journey.sentences import Told

__all__ = ["draw_map"]

CONTROLS = ("all", "fewer", "close", "before", "after", "everyone", "whose", "to_be")


def draw_map(told: Told) -> Lanes:
    """The journey as one table of lanes; only lanes that hold something are drawn."""
    w, journey, drawn = told.words, told.journey, Drawn(told)
    lanes = (*_first(drawn), *_folded(drawn))
    return Lanes(
        title=w.say(f"journey.map.{journey.version.replace('-', '_')}", label=journey.label),
        groups=tuple((p.label, len(p.steps)) for p in journey.phases),
        columns=tuple(_column(drawn, s) for s in journey.steps),
        lanes=lanes,
        facts=_facts(told),
        alt=w.say("journey.map.alt", label=journey.label, lanes=w.all_of([lane.label for lane in lanes])),
        corner=w.say("journey.lane.step"),
        folded=tuple(dict.fromkeys(lane.group for lane in lanes if lane.group)),
        says=tuple((c, w.say(f"journey.control.{c}")) for c in CONTROLS),
    )


def _first(d: Drawn) -> Iterator[Lane]:
    """The lanes that are always there."""
    told, steps = d.told, d.told.journey.steps
    yield from _filled(d, "ways", cells.ways)
    if any(s.channels for s in steps) or any(d.part(s.id, "channel") for s in steps):
        yield _lane(d, "channels", cells.channels)
    feeling = draw_feeling(told)
    if feeling is not None:
        yield feeling
    if told.study is not None:
        # The KPIs below speak of one period, the journey of all its days: two numbers of one step may differ for that.
        yield replace(_lane(d, "reach", cells.reach), note=_span(told, told.study))
        yield _lane(d, "drop_off", cells.drop_off)
        yield from _measured(d, "time", cells.time, "hours_to_next")
        yield from _measured(d, "money", cells.money, "money")
    if any(s.kpis for s in steps):
        yield replace(_lane(d, "kpi", cells.kpis), note=period_text(told.view.period, words=told.words))
    yield from _filled(d, "pain", lambda _, s: cells.texts(p.text for p in s.pains))
    yield _lane(d, "owner", cells.owner)
    yield from _filled(d, "play", cells.plays)


def _folded(d: Drawn) -> Iterator[Lane]:
    """The lanes that unfold when asked for: a service blueprint, more numbers, ideas, and the evidence."""
    yield from _group(d, "customer", _customer(d))
    yield from _group(
        d, "front_stage", _filled(d, "front_stage", lambda d, s: cells.acts(d, s.front_stage)), "interaction"
    )
    yield from _group(d, "back_stage", _backstage(d), "visibility")
    if d.told.study is not None:
        yield from _group(d, "measured", _numbers(d))
    yield from _group(d, "ideas", _ideas(d))
    if d.told.journey.proofs:
        yield from _group(d, "known", [_lane(d, "grade", cells.grade)])


def _customer(d: Drawn) -> Iterator[Lane]:
    yield from _filled(d, "touchpoint", lambda _, s: cells.texts([s.touchpoint]))
    yield from _filled(d, "actions", lambda _, s: cells.texts(s.actions))
    yield from _filled(d, "thoughts", cells.thoughts)


def _backstage(d: Drawn) -> Iterator[Lane]:
    yield from _filled(d, "back_stage", lambda d, s: cells.acts(d, s.back_stage))
    for lane in _filled(d, "support", lambda d, s: cells.acts(d, s.support)):
        yield replace(lane, line=d.told.words.say("journey.line.internal"))


def _numbers(d: Drawn) -> Iterator[Lane]:
    yield from _measured(d, "through", lambda d, s: cells.share(d, s, "through"), "through")
    yield from _measured(d, "again", cells.again, "skip", "repeat")
    yield from _measured(d, "switch", lambda d, s: cells.share(d, s, "channel_switch"), "channel_switch")
    yield from _measured(d, "context", cells.kept, "context_kept")
    yield from _measured(d, "recontact", cells.recontact, "recontact_same", "recontact_any")


def _ideas(d: Drawn) -> Iterator[Lane]:
    yield from _filled(d, "opportunity", cells.ideas)
    yield from _filled(d, "question", lambda _, s: cells.texts(s.questions))


def _group(d: Drawn, key: str, lanes: Iterator[Lane] | list[Lane], line: str = "") -> Iterator[Lane]:
    w = d.told.words
    for i, lane in enumerate(lanes):
        above = w.say(f"journey.line.{line}") if line and not i else lane.line
        yield replace(lane, group=w.say(f"journey.group.{key}"), line=above)


def _measured(d: Drawn, key: str, cell: Callable[[Drawn, Step], LaneCell], *measures: str) -> Iterator[Lane]:
    """A lane of numbers, where any step has one."""
    if any(d.told.has(m) for m in measures):
        yield _lane(d, key, cell)


def _filled(d: Drawn, key: str, cell: Callable[[Drawn, Step], LaneCell]) -> Iterator[Lane]:
    """A lane, where any step has something in it."""
    lane = _lane(d, key, cell)
    if any(c.lines for c in lane.cells):
        yield lane


def _lane(d: Drawn, key: str, cell: Callable[[Drawn, Step], LaneCell]) -> Lane:
    return Lane(d.told.words.say(f"journey.lane.{key}"), tuple(cell(d, s) for s in d.told.journey.steps))


def _span(told: Told, study: StudyRecord) -> str:
    """The months that the journey is measured over."""
    w = told.words
    months = {k: period_text(v[:7], words=w) for k, v in (("first", study.first), ("last", study.last))}
    return w.say("journey.map.months", **months)


def _column(d: Drawn, step: Step) -> Column:
    told, marks = d.told, list[str]()
    worst = told.worst is not None and told.worst.id == step.id
    if step.moment_of_truth:
        marks.append(d.says("moment_of_truth"))
    if worst:
        marks.append(d.says("worst"))
    mark = told.words.say("list.join").join(marks)
    return Column(step.label, mark, "worse" if worst else "plain")


def _facts(told: Told) -> tuple[str, ...]:
    w = told.words
    if told.study is None:
        return (w.say("journey.map.not_measured"),)
    journeys, fit = told.estimate("", "journeys"), told.estimate("", "fit")
    facts = [_span(told, told.study)]
    if journeys and journeys.shown:
        facts.insert(0, w.say(f"journey.map.bound_{told.study.counts}", n=count_text(int(journeys.value or 0), w)))
    if fit and fit.shown:
        facts.append(w.say("journey.map.fit", value=estimate_text(fit, "percent", words=w)))
    return tuple(facts)
