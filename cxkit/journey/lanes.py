"""The map of a journey as lanes: what was drawn and what was measured, step by step."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from cxkit._blocks import Inline, Line, Quiet, Strong, Tag, Tone
from cxkit._boards import Column, Curve, CurvePoint, Lane, LaneCell, Lanes
from cxkit._format import count_text, estimate_text, interval_text, period_text, value_text
from cxkit.data.contract import CONTRACTS
from cxkit.journey.sentences import Told, time_text, times_text
from cxkit.kpi.sentences import why_not

if TYPE_CHECKING:
    from cxkit.evidence.estimate import Estimate
    from cxkit.evidence.manifest import StudyRecord
    from cxkit.journey.model import Step
    from cxkit.journey.parts import KpiRef

__all__ = ["draw_map"]

MOST_CHANNELS = 3
HARDLY = 0.05  # of the contacts; a channel with less is hardly used


def draw_map(told: Told) -> Lanes:
    """The journey as one table of lanes; only lanes that hold something are drawn."""
    w, journey = told.words, told.journey
    lanes = tuple(_lanes(told))
    return Lanes(
        title=w.say(f"journey.map.{journey.version.replace('-', '_')}", label=journey.label),
        groups=tuple((p.label, len(p.steps)) for p in journey.phases),
        columns=tuple(_column(told, s) for s in journey.steps),
        lanes=lanes,
        facts=_facts(told),
        alt=w.say("journey.map.alt", label=journey.label, lanes=w.all_of([lane.label for lane in lanes])),
        corner=w.say("journey.lane.step"),
    )


def _lanes(told: Told) -> Iterator[Lane]:
    steps = told.journey.steps
    if any(s.channels for s in steps) or _has_channels(told):
        yield _lane(told, "channels", _channels)
    if told.study is not None:
        yield _feeling(told)
        # The KPIs below speak of one period, the journey of all its days: two numbers of one step may differ for that.
        yield replace(_lane(told, "reach", _reach), note=_span(told, told.study))
        yield _lane(told, "drop_off", _drop_off)
        if told.has("hours_to_next"):
            yield _lane(told, "time", _time)
        if told.has("channel_switch"):
            yield _lane(told, "switch", lambda t, s: _share_cell(t, s, "channel_switch"))
    if any(s.kpis for s in steps):
        yield Lane(
            told.words.say("journey.lane.kpi"),
            tuple(_kpis(told, s) for s in steps),
            note=period_text(told.view.period, words=told.words),
        )
    if any(s.pains for s in steps):
        yield _lane(told, "pain", lambda _, s: LaneCell(lines=tuple((p.text,) for p in s.pains)))
    yield _lane(told, "owner", _owner)
    if any(told.state.plays.get(s.id) for s in steps):
        yield _lane(told, "play", _plays)


def _lane(told: Told, key: str, cell: Callable[[Told, Step], LaneCell]) -> Lane:
    return Lane(told.words.say(f"journey.lane.{key}"), tuple(cell(told, s) for s in told.journey.steps))


def _span(told: Told, study: StudyRecord) -> str:
    """The months that the journey is measured over."""
    w = told.words
    months = {k: period_text(v[:7], words=w) for k, v in (("first", study.first), ("last", study.last))}
    return w.say("journey.map.months", **months)


def _column(told: Told, step: Step) -> Column:
    w, marks = told.words, []
    worst = told.worst is not None and told.worst.id == step.id
    if step.moment_of_truth:
        marks.append(w.say("journey.map.moment_of_truth"))
    if worst:
        marks.append(w.say("journey.map.worst"))
    return Column(step.label, w.say("list.join").join(marks), "worse" if worst else "plain")


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


def _has_channels(told: Told) -> bool:
    return any(_measured_channels(told, s) for s in told.journey.steps)


def _measured_channels(told: Told, step: Step) -> list[tuple[str, Estimate]]:
    if told.study is None:
        return []
    mine = (f for f in told.view.evidence.findings if (f.study, f.item) == (told.study.id, step.id))
    found = [(f.measure.removeprefix("channel="), f.estimate) for f in mine if f.measure.startswith("channel=")]
    shown = [(c, e) for c, e in found if e.shown]
    return sorted(shown, key=lambda ce: -(ce[1].value or 0.0))


def _channels(told: Told, step: Step) -> LaneCell:
    """The channels that are used, with their shares; and those drawn that hardly anybody uses."""
    w, measured = told.words, _measured_channels(told, step)
    if not measured:
        return LaneCell(lines=((*_pills(step.channel_names),),) if step.channel_names else ())
    lines: list[Line] = []
    for channel, e in measured[:MOST_CHANNELS]:
        share = value_text(e.value or 0.0, "percent", words=w, spread=None)
        lines.append((Tag(channel), " ", Quiet(share)))
    used = {_plain(c) for c, _ in measured}
    only_drawn = [c for c in step.channel_names if _plain(c) not in used]
    if only_drawn and sum(e.value or 0.0 for _, e in measured) > 1 - HARDLY:
        lines.append((Quiet(w.say("journey.map.only_drawn", channels=w.all_of(only_drawn))),))
    return LaneCell(lines=tuple(lines))


def _pills(channels: tuple[str, ...]) -> Iterator[Inline]:
    for i, channel in enumerate(channels):
        if i:
            yield " "
        yield Tag(channel)


def _plain(channel: str) -> str:
    return "".join(c for c in channel.casefold() if c.isalnum())


def _feeling(told: Told) -> Lane:
    w, score = told.words, told.journey.score
    label = w.say("journey.lane.feeling")
    if score is None or not told.has("score"):
        return Lane(label, note=w.say("journey.map.no_feeling"))
    scale = CONTRACTS["responses"].columns[score.column].scale or (1.0, 5.0)
    low, high = _axis(told, scale)
    tones = told.tones("score_vs_rest", better="higher")
    points = tuple(_point(told, s, low, high, tones.get(s.id, "plain")) for s in told.journey.steps)
    neutral = (scale[0] + scale[1]) / 2
    return Lane(
        label,
        curve=Curve(
            points,
            top=w.say("journey.map.top" if high == scale[1] else "journey.map.end", n=_n(told, high)),
            bottom=w.say("journey.map.bottom" if low == scale[0] else "journey.map.end", n=_n(told, low)),
            target_label=w.say("journey.map.to_be_line"),
            middle=round((neutral - low) / (high - low), 4) if low < neutral < high else None,
        ),
    )


def _axis(told: Told, scale: tuple[float, float]) -> tuple[float, float]:
    """Whole points of the scale that take in every interval and target."""
    found = [told.estimate(s.id, "score") for s in told.journey.steps]
    values = [v for e in found if e and e.shown for v in (e.low, e.value, e.high) if v is not None]
    values += [t for t in (_aim(told, s) for s in told.journey.steps) if t is not None]
    if not values:
        return scale
    low, high = max(scale[0], math.floor(min(values))), min(scale[1], math.ceil(max(values)))
    return (low, high) if low < high else (max(scale[0], low - 1), min(scale[1], low + 1))


def _point(told: Told, step: Step, low: float, high: float, tone: Tone) -> CurvePoint:
    def place(value: float | None) -> float | None:
        return None if value is None else round(min(max((value - low) / (high - low), 0.0), 1.0), 4)

    w, e, target = told.words, told.estimate(step.id, "score"), place(_aim(told, step))
    if e is None or not e.shown:
        why = w.say("journey.map.no_events") if not step.events else why_not(told.view, e)
        short = why if not step.events else w.say("status.too_few") if e and e.status == "too_few" else why
        said = w.say("journey.map.point", step=step.label, value=why)
        return CurvePoint(None, target=target, text=said, short=short)
    value, short = estimate_text(e, "score", words=w), value_text(e.value or 0.0, "score", words=w)
    if tone != "plain":
        # A sign says what the colour of the dot says.
        value, short = w.say(f"journey.map.said_{tone}", value=value), w.say(f"journey.map.sign_{tone}", value=short)
    said = w.say("journey.map.point", step=step.label, value=value)
    return CurvePoint(place(e.value), place(e.low), place(e.high), target, tone, text=said, short=short)


def _aim(told: Told, step: Step) -> float | None:
    to_be = told.state.to_be
    there = to_be.step(step.id) if to_be else None
    return there.targets.get("score") if there else None


def _n(told: Told, value: float) -> str:
    return count_text(int(value), told.words)


def _reach(told: Told, step: Step) -> LaneCell:
    e = told.estimate(step.id, "reach")
    cell = _share_cell(told, step, "reach")
    return LaneCell(cell.lines, e.value, e.low, e.high, cell.tone) if e and e.shown else cell


def _drop_off(told: Told, step: Step) -> LaneCell:
    if step.last:
        return LaneCell(lines=((Quiet(told.words.say("journey.map.may_end")),),))
    cell = _share_cell(told, step, "drop_off")
    if told.apart.get(step.id) != "worse":
        return cell
    return LaneCell((*cell.lines, (Quiet(told.words.say("journey.map.more")),)), tone="worse")


def _share_cell(told: Told, step: Step, measure: str) -> LaneCell:
    e = told.estimate(step.id, measure)
    if e is None:
        return _nothing(told)
    if not e.shown:
        return LaneCell(lines=((Quiet(why_not(told.view, e)),),))
    value = value_text(e.value or 0.0, "percent", words=told.words, spread=_spread(e))
    return LaneCell(lines=((Strong(value), " ", Quiet(_interval(told, e))),))


def _time(told: Told, step: Step) -> LaneCell:
    """The median with its interval, and what nine in ten need at most."""
    w, e, p90 = told.words, told.estimate(step.id, "hours_to_next"), told.estimate(step.id, "hours_to_next_p90")
    if e is None:
        return _nothing(told)
    if not e.shown:
        return LaneCell(lines=((Quiet(why_not(told.view, e)),),))
    lines: list[Line] = [(Strong(time_text(e.value or 0.0, w)), " ", Quiet(_bracketed(told, times_text(e, w))))]
    if p90 and p90.shown:
        value = w.say("journey.map.p90", value=time_text(p90.value or 0.0, w))
        lines.append((Quiet(value), " ", Quiet(_bracketed(told, times_text(p90, w)))))
    return LaneCell(lines=tuple(lines))


def _kpis(told: Told, step: Step) -> LaneCell:
    return LaneCell(lines=tuple(_kpi(told, ref) for ref in step.kpis))


def _kpi(told: Told, ref: KpiRef) -> Line:
    """A KPI in the view's period, for the slice that the step names."""
    view, w = told.view, told.words
    record = next((k for k in view.manifest.kpis if k.id == ref.kpi), None)
    if record is None:
        return (Quiet(w.say("journey.map.kpi", label=str(ref.kpi), value=w.say("status.missing"))),)
    order = [d.id for d in view.manifest.dimensions]
    slice_ = tuple((d, ref.where[d]) for d in sorted(ref.where, key=lambda d: order.index(d) if d in order else 0))
    cell = view.cell(record.id, slice_)
    # Where the slice is the step itself its name would be said twice.
    parts = [v for d, v in slice_ if v not in _events(told) or d != told.journey.event_column]
    label = w.say("list.join").join([record.label, *parts])
    if cell is None or not cell.estimate.shown:
        return (Quiet(label), "\n", Quiet(why_not(view, cell.estimate if cell else None)))
    value = value_text(cell.estimate.value or 0.0, record.unit, words=w, spread=_spread(cell.estimate))
    interval = _bracketed(told, interval_text(cell.estimate, record.unit, words=w))
    said = (Quiet(label), "\n", Strong(value), " ", Quiet(interval))
    return (*said, "\n", Quiet(record.note)) if record.note else said


def _events(told: Told) -> set[str]:
    return {e for s in told.journey.steps for e in s.events}


def _owner(told: Told, step: Step) -> LaneCell:
    if step.owner:
        return LaneCell(lines=((step.owner,),))
    return LaneCell(lines=((Strong(told.words.say("journey.map.nobody")),),), tone="worse")


def _plays(told: Told, step: Step) -> LaneCell:
    return LaneCell(lines=tuple((Tag(text, tone),) for text, tone in told.state.plays.get(step.id, ())))


def _nothing(told: Told) -> LaneCell:
    return LaneCell(lines=((Quiet(told.words.say("journey.map.nothing")),),))


def _interval(told: Told, e: Estimate) -> str:
    return _bracketed(told, interval_text(e, "percent", words=told.words))


def _bracketed(told: Told, interval: str) -> str:
    return told.words.say("journey.map.interval", interval=interval)


def _spread(e: Estimate) -> float | None:
    return None if e.low is None or e.high is None else e.high - e.low
