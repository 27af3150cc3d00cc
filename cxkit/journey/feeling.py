"""The lane of feeling: what was measured as a curve with its band, beside it what the map states, and where it aims."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cxkit._boards import Curve, CurvePoint, Lane, Trace
from cxkit._format import count_text, estimate_text, value_text
from cxkit.data.contract import CONTRACTS
from cxkit.kpi.sentences import why_not

if TYPE_CHECKING:
    from cxkit._blocks import Tone
    from cxkit.journey.model import Journey, Step
    from cxkit.journey.sentences import Told

__all__ = ["draw_feeling"]

STATED = (-2.0, 2.0)
"""The scale of a feeling that is stated; it is laid over that of the answers where there are any."""


def draw_feeling(told: Told) -> Lane | None:
    """One lane for all curves; None where nothing was measured because nothing could be, and nothing is stated."""
    label, measured = told.words.say("journey.lane.feeling"), _measured(told)
    traces = tuple(_traces(told))
    if not measured and not traces:
        return Lane(label, note=told.words.say("journey.map.no_feeling")) if told.study is not None else None
    scale = _scale(told)
    low, high = _axis(told, scale)
    tones = told.tones("score_vs_rest", better="higher") if measured else {}
    stated = {i for t in traces for i, h in enumerate(t.heights) if h is not None and not t.aim}
    points = tuple(
        _point(told, s, (low, high), tones.get(s.id, "plain"), quiet=i in stated or not measured)
        for i, s in enumerate(told.journey.steps)
    )
    kinds = (["measured"] if measured else []) + (["stated"] if stated else [])
    return Lane(
        label,
        curve=_curve(told, points, traces, scale, (low, high)),
        note=told.words.say(f"journey.map.curve_{'_'.join(kinds)}") if stated else "",
    )


def _curve(
    told: Told, points: tuple[CurvePoint, ...], traces: tuple[Trace, ...], scale: tuple[float, float],
    axis: tuple[float, float],
) -> Curve:  # fmt: skip
    w, (low, high) = told.words, axis
    neutral, aims = (scale[0] + scale[1]) / 2, any(t.aim for t in traces)
    return Curve(
        points,
        top=w.say("journey.map.top" if high == scale[1] else "journey.map.end", n=_end(told, high)),
        bottom=w.say("journey.map.bottom" if low == scale[0] else "journey.map.end", n=_end(told, low)),
        target_label=w.say("journey.map.target_line" if aims else "journey.map.to_be_line"),
        middle=round((neutral - low) / (high - low), 4) if low < neutral < high else None,
        traces=tuple(_placed(t, scale, axis) for t in traces),
    )


def _measured(told: Told) -> bool:
    return told.study is not None and told.journey.score is not None and told.has("score")


def _scale(told: Told) -> tuple[float, float]:
    score = told.journey.score
    if score is None or not _measured(told):
        return STATED
    return CONTRACTS["responses"].columns[score.column].scale or (1.0, 5.0)


def _on(scale: tuple[float, float], feeling: float) -> float:
    """A feeling from -2 to +2 as a point of the scale."""
    return scale[0] + (feeling - STATED[0]) / (STATED[1] - STATED[0]) * (scale[1] - scale[0])


def _axis(told: Told, scale: tuple[float, float]) -> tuple[float, float]:
    """Whole points of the scale that take in every interval, target and feeling."""
    found = [told.estimate(s.id, "score") for s in told.journey.steps] if _measured(told) else []
    values = [v for e in found if e and e.shown for v in (e.low, e.value, e.high) if v is not None]
    values += [t for t in (_aim(told, s) for s in told.journey.steps) if t is not None]
    values += [_on(scale, h) for t in _traces(told) for h in t.heights if h is not None]
    if not values or scale == STATED:
        return scale
    low, high = max(scale[0], math.floor(min(values))), min(scale[1], math.ceil(max(values)))
    return (low, high) if low < high else (max(scale[0], low - 1), min(scale[1], low + 1))


def _point(told: Told, step: Step, axis: tuple[float, float], tone: Tone, *, quiet: bool) -> CurvePoint:
    """The measured point of a step; `quiet` where something else is drawn in its place."""
    w, e, aim = told.words, told.estimate(step.id, "score") if _measured(told) else None, _aim(told, step)
    target = None if aim is None else _height(aim, axis)
    if e is None or not e.shown:
        unseen = not step.shown or (e is not None and e.status == "unobserved")
        why = w.say("journey.map.unobserved") if unseen else why_not(told.view, e)
        short = w.say("status.too_few") if not unseen and e and e.status == "too_few" else why
        said = w.say("journey.map.point", step=step.label, value=why) if _measured(told) else ""
        return CurvePoint(None, target=target, text=said, short="" if quiet else short)
    value, short = estimate_text(e, "score", words=w), value_text(e.value or 0.0, "score", words=w)
    if tone != "plain":
        # A sign says what the colour of the dot says.
        value, short = w.say(f"journey.map.said_{tone}", value=value), w.say(f"journey.map.sign_{tone}", value=short)
    low, at, high = (None if v is None else _height(v, axis) for v in (e.low, e.value, e.high))
    said = w.say("journey.map.point", step=step.label, value=value)
    return CurvePoint(at, low, high, target, tone, text=said, short=short)


def _traces(told: Told) -> Iterator[Trace]:
    """The lines that are stated, of each persona or of all; heights are still feelings from -2 to +2."""
    yield from _stated(told, told.journey)
    to_be = told.state.to_be
    if to_be is not None and told.state.as_is is not None:
        yield from _stated(told, to_be)


def _stated(told: Told, journey: Journey) -> Iterator[Trace]:
    w, aim = told.words, journey is not told.journey
    there = {s.id: s.emotion for s in journey.steps}
    drawn = [there.get(s.id) for s in told.journey.steps]
    apart = any(isinstance(e, dict) for e in drawn)
    known = {p.id: p.label for p in (*told.journey.personas, *journey.personas)}
    for who, name in known.items() if apart else [("", "")]:
        heights = tuple(e.get(who) if isinstance(e, dict) else e for e in drawn)
        if all(h is None for h in heights):
            continue
        key = f"journey.map.{'aimed' if aim else 'stated'}{'_of' if name else ''}"
        said = (w.say(f"{key}_at", who=name, value=_signed(h)) if h is not None else "" for h in heights)
        yield Trace(w.say(key, who=name), heights, tuple(said), who, aim)


def _placed(trace: Trace, scale: tuple[float, float], axis: tuple[float, float]) -> Trace:
    heights = tuple(None if h is None else _height(_on(scale, h), axis) for h in trace.heights)
    return Trace(trace.label, heights, trace.texts, trace.who, trace.aim)


def _height(value: float, axis: tuple[float, float]) -> float:
    low, high = axis
    return round(min(max((value - low) / (high - low), 0.0), 1.0), 4)


def _aim(told: Told, step: Step) -> float | None:
    """The target for a measured score; without a measured one there is no scale for it."""
    to_be = told.state.to_be
    there = to_be.step(step.id) if to_be and _measured(told) else None
    return there.targets.get("score") if there else None


def _end(told: Told, value: float) -> str:
    return _signed(value) if _scale(told) == STATED else count_text(int(value), told.words)


def _signed(value: float) -> str:
    return f"{value:+g}".replace("-", "\N{MINUS SIGN}") if value else "0"
