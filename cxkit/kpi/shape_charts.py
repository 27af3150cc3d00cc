"""Charts of what stands behind a number, as plain plotly JSON: a scale point by point, and shares along time."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from cxkit._theme import ACCENT, BAND, BETTER, HAIRLINE, INK, PALE, QUIET, WORSE, axis, chart_layout, chart_text, mix
from cxkit.kpi.charts import nice_ticks
from cxkit.kpi.marks import hatched, quiet_trace, spread_out, words_at

if TYPE_CHECKING:
    from cxkit.evidence.estimate import Estimate

__all__ = ["Bracket", "Course", "Pillar", "bars_spec", "course_spec"]

BARS, WORDS, COURSE, LEGS = 168, 58, 300, 50
_TONES = {
    "accent": (BAND, PALE, ACCENT),
    "better": (mix(BETTER, 0.16), mix(BETTER, 0.42), BETTER),
    "worse": (mix(WORSE, 0.15), mix(WORSE, 0.4), WORSE),
    "quiet": ("#eaeef2", "#bcc6d0", QUIET),
}


@dataclass(frozen=True, slots=True)
class Pillar:
    """A point of a scale: its share as a bar, or a hatched field where that may not be shown.

    Attributes:
        name: What stands under it.
        text: Its share, above it.
        tone: "better", "worse", "accent" or "quiet".
        instead: What stands in the field when there is no share.
    """

    name: str
    estimate: Estimate
    text: str
    hover: str
    tone: str = "accent"
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Bracket:
    """Neighbouring points that count alike: the first and the last of them, what they are, their share and interval."""

    first: int
    last: int
    name: str
    value: str
    interval: str
    tone: str


@dataclass(frozen=True, slots=True)
class Course:
    """A curve: times with their estimates, the first of them after 0.

    Attributes:
        name: What it is.
        end: What stands at its end.
        points: Time, estimate, and what it says when pointed at.
    """

    name: str
    points: tuple[tuple[float, Estimate, str], ...]
    end: str = ""


def bars_spec(pillars: Sequence[Pillar], brackets: Sequence[Bracket] = ()) -> dict[str, Any]:
    """A bar for each point of a scale with its interval, and over the bars what they count as.

    Args:
        pillars: The points, ascending.
        brackets: Groups of neighbours.
    """
    shown = [(i, p) for i, p in enumerate(pillars) if p.estimate.shown]
    top = max((e.high or e.value or 0.0 for _, p in shown for e in [p.estimate]), default=0.0)
    # Room for the share over the highest bar, under what it counts as.
    top = top * 1.1 or 1.0
    words = [a for i, p in enumerate(pillars) for a in _pillar_words(i, p, top=top)]
    head = WORDS + 16 if brackets else 22
    layout = chart_layout(
        height=BARS + head + 26,
        margin={"l": 2, "r": 2, "t": head, "b": 26, "pad": 0},
        xaxis=axis(
            range=[-0.5, len(pillars) - 0.5], tickvals=list(range(len(pillars))),
            ticktext=[chart_text(p.name) for p in pillars], tickangle=0,
        ),
        yaxis=axis(range=[-0.04 * top, top], tickvals=[]),
        annotations=[*words, *(a for b in brackets for a in _bracket_words(b))],
        shapes=[_rule(-0.5, len(pillars) - 0.5, y=0.0, colour=HAIRLINE), *(_bracket_rule(b) for b in brackets)],
        bargap=0,
    )  # fmt: skip
    hidden = [hatched(x=i, width=0.78, low=0, high=top) for i, p in enumerate(pillars) if not p.estimate.shown]
    return {"data": [_bars(shown), *hidden, *_intervals(shown), _dots(shown)], "layout": layout}


def course_spec(
    courses: Sequence[Course],
    *,
    start: float,
    horizon: float,
    ticks: Callable[[float, float], str],
    legs: Sequence[tuple[float, str]],
    words: tuple[str, str, str],
    instead: str = "",
) -> dict[str, Any]:
    """A curve with its band and, thin and pale, those before it; the time that counts is marked.

    A curve steps where it is told at every time, and runs straight where it is not told in between.

    Args:
        courses: Oldest first; the last one leads and may be without points.
        start: Where all begin: 1 for shares that are still there, 0 for shares that have gone.
        horizon: The time that counts.
        ticks: Makes the text of a tick on the value axis.
        legs: Times under the axis, and under each how many are still at risk.
        words: What the time that counts is, what times are counted in, and what stands before the numbers at risk.
        instead: What stands where the leading curve may not be told any more.
    """
    *earlier, lead = courses
    until = max([horizon, *(t for c in courses for t, _, _ in c.points)])
    low, high = _reach(courses, start=start)
    at, step = nice_ticks(low, high)
    names = [ticks(v, step) for v in at]
    side = 18 + round(6.6 * max((len(c.end) for c in courses), default=0))
    left = max(14 + 7 * max(map(len, names), default=0), 12 + round(5.6 * max(len(w) for w in words[1:])))
    layout = chart_layout(
        height=COURSE,
        margin={"l": left, "r": side, "t": 26, "b": LEGS, "pad": 0},
        xaxis=axis(
            range=[0, until], tickvals=[t for t, _ in legs], tickangle=0,
            ticktext=[f"{t:.0f}<br>{chart_text(n)}" for t, n in legs],
        ),
        yaxis=axis(range=[low, high], tickvals=at, ticktext=names, showgrid=True),
        annotations=[
            *_course_words(courses, low=low, high=high, until=until, falls=start > 0),
            *_frame_words(words, horizon=horizon),
            *_hidden_words(lead, instead=instead, horizon=horizon, falls=start > 0),
        ],
        shapes=[_upright(horizon)],
        bargap=0,
    )  # fmt: skip
    field = _hidden_field(lead, instead=instead, horizon=horizon, low=low, high=high)
    pale = [_path(c, start=start, colour="#b4bec9", width=1.4) for c in earlier if c.points]
    drawn = [*field, *pale]
    if lead.points:
        drawn += [
            _course_band(lead, start=start, low=low, high=high),
            _path(lead, start=start, colour=ACCENT, width=2.25),
        ]
        drawn.append(_course_dots(lead))
    return {"data": drawn, "layout": layout}


def _bars(shown: Sequence[tuple[int, Pillar]]) -> dict[str, Any]:
    return {
        "type": "bar",
        "x": [i for i, _ in shown],
        "y": [p.estimate.value for _, p in shown],
        "width": 0.78,
        "marker": {"color": [_TONES[p.tone][0] for _, p in shown], "line": {"width": 0}},
        "customdata": [chart_text(p.hover) for _, p in shown],
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _intervals(shown: Sequence[tuple[int, Pillar]]) -> list[dict[str, Any]]:
    drawn = ((i, p, p.estimate.low, p.estimate.high) for i, p in shown)
    return [
        quiet_trace(mode="lines", x=[i, i], y=[low, high], line={"width": 5, "color": _TONES[p.tone][1]})
        for i, p, low, high in drawn
        if low is not None and high is not None
    ]


def _dots(shown: Sequence[tuple[int, Pillar]]) -> dict[str, Any]:
    marker = {"size": 9, "opacity": 1, "color": [_TONES[p.tone][2] for _, p in shown]}
    return quiet_trace(
        mode="markers", x=[i for i, _ in shown], y=[p.estimate.value for _, p in shown], cliponaxis=False,
        marker=marker | {"line": {"width": 1.5, "color": "#ffffff"}},
    )  # fmt: skip


def _pillar_words(i: int, pillar: Pillar, *, top: float) -> list[dict[str, Any]]:
    e = pillar.estimate
    if not e.shown:
        return [words_at(pillar.instead, x=i, y=top / 2, textangle=-90, size=11, bgcolor="#ffffff", borderpad=2)]
    above = e.high if e.high is not None else e.value
    return [words_at(pillar.text, x=i, y=above, yanchor="bottom", yshift=6, size=11, colour=INK)]


def _bracket_words(bracket: Bracket) -> list[dict[str, Any]]:
    place = {"x": (bracket.first + bracket.last) / 2, "yref": "paper", "y": 1, "yanchor": "bottom"}
    name = words_at(bracket.name, colour=_TONES[bracket.tone][2], strong=True, size=12, yshift=WORDS - 2, **place)
    value = words_at(bracket.value, colour=INK, size=12, yshift=WORDS - 17, **place)
    return [name, value, words_at(bracket.interval, size=11, yshift=WORDS - 31, **place)]


def _bracket_rule(bracket: Bracket) -> dict[str, Any]:
    colour = _TONES[bracket.tone][1]
    over = {"yref": "paper", "ysizemode": "pixel", "yanchor": 1}
    rule = _rule(bracket.first - 0.39, bracket.last + 0.39, y=22, colour=colour, width=2)
    return rule | over


def _rule(x0: float, x1: float, *, y: float, colour: str, width: float = 1) -> dict[str, Any]:
    line = {"color": colour, "width": width}
    return {"type": "line", "x0": x0, "x1": x1, "y0": y, "y1": y, "layer": "above", "line": line}


def _reach(courses: Sequence[Course], *, start: float) -> tuple[float, float]:
    ends = [v for c in courses for _, e, _ in c.points for v in (e.value, e.value if c is not courses[-1] else None)]
    lead = [v for _, e, _ in courses[-1].points for v in (e.low, e.high)]
    values = [v for v in [*ends, *lead] if v is not None] or [1 - start]
    low, high = min([*values, start]), max([*values, start])
    pad = (high - low) * 0.06 or 0.1
    # A share does not go beyond all or none.
    return max(low - pad, 0.0), min(high + pad, 1.0)


def _steps(points: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    """Places along a curve: level until the next time, straight where times in between are not told.

    Example:
        >>> _steps([(0, 1.0), (1, 0.9), (4, 0.6)])
        ([0, 1, 1, 4], [1.0, 1.0, 0.9, 0.6])
    """
    xs, ys = [points[0][0]], [points[0][1]]
    for (t, level), (after, value) in pairwise(points):
        if after - t <= 1:
            xs.append(after)
            ys.append(level)
        xs.append(after)
        ys.append(value)
    return xs, ys


def _path(course: Course, *, start: float, colour: str, width: float) -> dict[str, Any]:
    xs, ys = _steps([(0, start), *((t, e.value or 0.0) for t, e, _ in course.points)])
    return quiet_trace(mode="lines", x=xs, y=ys, cliponaxis=False, line={"color": colour, "width": width})


def _course_band(course: Course, *, start: float, low: float, high: float) -> dict[str, Any]:
    lows = [(t, low if e.low is None else e.low) for t, e, _ in course.points]
    highs = [(t, high if e.high is None else e.high) for t, e, _ in course.points]
    (xs, tops), (back, bottoms) = _steps([(0, start), *highs]), _steps([(0, start), *lows])
    shape = {"x": xs + back[::-1], "y": tops + bottoms[::-1], "fill": "toself", "fillcolor": BAND}
    return quiet_trace(mode="lines", line={"width": 0, "color": BAND}, **shape)


def _course_dots(course: Course) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [t for t, _, _ in course.points],
        "y": [e.value for _, e, _ in course.points],
        "customdata": [chart_text(hover) for _, _, hover in course.points],
        "hovertemplate": "%{customdata}<extra></extra>",
        "cliponaxis": False,
        "marker": {"size": 8, "color": ACCENT, "opacity": 1, "line": {"width": 1.5, "color": "#ffffff"}},
    }


def _course_words(
    courses: Sequence[Course], *, low: float, high: float, until: float, falls: bool
) -> list[dict[str, Any]]:  # fmt: skip
    """The names at the ends of the curves, those that end at the same time moved apart."""
    ends: dict[float, list[tuple[float, Course]]] = {}
    for course in courses:
        if course.points:
            t, e, _ = course.points[-1]
            ends.setdefault(t, []).append((e.value or 0.0, course))
    gap = 15 * (high - low) / (COURSE - 26 - LEGS)
    found = []
    for t, here in ends.items():
        here.sort(key=lambda vc: vc[0])
        places = spread_out([v for v, _ in here], gap, low=low, high=high)
        for (_, course), y in zip(here, places, strict=True):
            leads = course is courses[-1]
            found.append(_end_word(course, t, y, leads=leads, beside=t >= until, falls=falls))
    return found


def _end_word(course: Course, x: float, y: float, *, leads: bool, beside: bool, falls: bool) -> dict[str, Any]:
    """A name beside the end of its curve; where others go on there, on the side that they leave free."""
    off = {"yanchor": "top" if falls else "bottom", "yshift": -3 if falls else 3}
    if beside:
        place: dict[str, Any] = {"xanchor": "left", "xshift": 9}
    else:
        place = {"xanchor": "left", "xshift": 5, **off} if leads else {"xanchor": "right", "xshift": 3, **off}
    size, colour = (12.5, ACCENT) if leads else (11, QUIET)
    return words_at(
        course.end, x=x, y=y, strong=leads, size=size, colour=colour, bgcolor="rgba(255,255,255,.8)", **place
    )


def _frame_words(words: tuple[str, str, str], *, horizon: float) -> list[dict[str, Any]]:
    counts, unit, risk = words
    place = {"xref": "paper", "x": 0, "xanchor": "right", "xshift": -8, "yref": "paper", "y": 0, "yanchor": "top"}
    return [
        words_at(counts, x=horizon, yref="paper", y=1, yanchor="bottom", yshift=4, colour=INK),
        words_at(unit, yshift=1, **place),
        words_at(risk, yshift=-14, **place),
    ]


def _upright(x: float) -> dict[str, Any]:
    line = {"color": INK, "width": 1, "dash": "2px,3px"}
    return {"type": "line", "x0": x, "x1": x, "yref": "paper", "y0": 0, "y1": 1, "layer": "below", "line": line}


def _last_time(course: Course) -> float:
    return course.points[-1][0] if course.points else 0.0


def _hidden_field(lead: Course, *, instead: str, horizon: float, low: float, high: float) -> list[dict[str, Any]]:
    last = _last_time(lead)
    if not instead or last >= horizon:
        return []
    return [hatched(x=(last + horizon) / 2, width=horizon - last, low=low, high=high)]


def _hidden_words(lead: Course, *, instead: str, horizon: float, falls: bool) -> list[dict[str, Any]]:
    last = _last_time(lead)
    if not instead or last >= horizon:
        return []
    # Curves that fall leave the upper corner free, those that rise the lower one.
    place = {"y": 1, "yanchor": "top", "yshift": -8} if falls else {"y": 0, "yanchor": "bottom", "yshift": 8}
    narrow = "\n".join(textwrap.wrap(instead, 8))
    return [words_at(narrow, x=(last + horizon) / 2, yref="paper", bgcolor="#ffffff", borderpad=3, **place)]
