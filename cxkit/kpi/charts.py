"""Charts as plain plotly JSON: an estimate over time, an estimate by segment, and segments over time.

Nothing here knows a KPI or a client: the words come in ready, and are made safe for plotly on the way in.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cxkit._theme import ACCENT, BAND, BETTER, INK, PALE, QUIET, WORSE, axis, chart_layout, chart_text, mix
from cxkit.kpi.marks import hatched, quiet_trace, spread_out, words_at

if TYPE_CHECKING:
    from cxkit.evidence.estimate import Estimate

__all__ = ["Dot", "Point", "Series", "dots_spec", "lines_spec", "nice_ticks", "trend_spec"]

Ticks = Callable[[float, float], str]
"""Text of a tick, from its value and the step between two."""

TREND_HEIGHT, LINES_HEIGHT, ROW, WRAP = 264, 340, 32, 20
_COLOURS = {"better": BETTER, "worse": WORSE}
# Told apart from each other by eyes that see no red or no green too; each can be read as text on white.
_LINES = {
    "better": (BETTER, "#3f7d1f"),
    "worse": (WORSE, "#8f2f5b"),
    "": (ACCENT, "#6a4fa8", "#8a6414", "#2a7590", "#5d6b7a"),
}


@dataclass(frozen=True, slots=True)
class Point:
    """A period on a line: its label under the axis; its estimate, or None; what it says when pointed at.

    Attributes:
        instead: What stands where the line is broken because a number may not be shown.
    """

    label: str
    estimate: Estimate | None
    hover: str
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Dot:
    """A row of a dot plot.

    Attributes:
        name: What stands on the left.
        n: What stands on the right.
        verdict: "better" or "worse" than the rest, "changed", or "".
        word: The verdict in words, beside the mark.
        instead: What stands where the mark would, when there is none.
    """

    name: str
    estimate: Estimate
    n: str
    hover: str
    total: bool = False
    verdict: str = ""
    word: str = ""
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """A line of several.

    Attributes:
        name: What it is.
        points: The periods, oldest first, the same in every line.
        end: What stands at its end.
        verdict: "better" or "worse" than the rest, or "".
        total: Whether it is the whole that the others are parts of.
    """

    name: str
    points: tuple[Point, ...]
    end: str
    verdict: str = ""
    total: bool = False


def trend_spec(
    points: Sequence[Point], *, ticks: Ticks, end: str = "", line: float | None = None, line_text: str = ""
) -> dict[str, Any]:  # fmt: skip
    """A line with its pale band; gaps stay gaps, and what may not be shown is hatched.

    Args:
        points: The periods, oldest first.
        ticks: Makes the text of a tick on the value axis.
        end: What stands beside the last value.
        line: Where a thin black line is drawn, for the target or the baseline.
        line_text: What the thin line is.
    """
    shown = [(i, p.estimate) for i, p in enumerate(points) if p.estimate and p.estimate.shown]
    low, high = _domain([e for _, e in shown], extra=line)
    at, step = nice_ticks(low, high)
    names = [ticks(v, step) for v in at]
    gaps, whole = _gaps(points), bool(shown) and shown[-1][0] == len(points) - 1
    words = _trend_words(shown, end=end, line=line, line_text=line_text, beside=whole)
    fields = [hatched(x=(a + z) / 2, width=z - a + 0.7, low=low, high=high) for a, z, _ in gaps]
    layout = chart_layout(
        height=TREND_HEIGHT,
        margin={"l": 14 + 7 * max(map(len, names)), "r": 16 + 8 * len(end), "t": 12, "b": 40, "pad": 0},
        xaxis=axis(range=[-0.35, max(len(points) - 0.85, 0.65)], **_period_ticks(points)),
        yaxis=axis(range=[low, high], tickvals=at, ticktext=names, showgrid=True),
        annotations=[*_gap_words(gaps, middle=(low + high) / 2), *words],
        shapes=[_level(line, until=max(len(points) - 1, 0.65))] if line is not None else [],
        bargap=0,
    )  # fmt: skip
    return {"data": [*fields, *_bands(shown, low=low, high=high), _line(points), _ends(shown)], "layout": layout}


def dots_spec(dots: Sequence[Dot], *, ticks: Ticks) -> dict[str, Any]:
    """One row for each segment: a dot in its interval, its name on the left, its n on the right."""
    shown = [(i, d) for i, d in enumerate(dots) if d.estimate.shown]
    low, high = _domain([d.estimate for _, d in shown])
    at, step = nice_ticks(low, high, wanted=2)
    at, step = (at, step) if len(at) > 1 else nice_ticks(low, high, wanted=4)
    # Room for the verdict's word beside the longest bar.
    right = high + (high - low) * (0.26 if any(d.word for _, d in shown) else 0.04)
    names = [_wrapped(d.name) for d in dots]
    side = 16 + 7 * max(len(d.n) for d in dots)
    left = 16 + round(6.6 * max(len(part) for name in names for part in name.split("\n")))
    layout = chart_layout(
        height=ROW * len(dots) + 32,
        margin={"l": left, "r": side, "t": 4, "b": 28, "pad": 0},
        xaxis=axis(range=[low, right], tickvals=at, ticktext=[ticks(v, step) for v in at], tickangle=0, showgrid=True),
        yaxis=axis(range=[len(dots) - 0.4, -0.6], tickvals=[]),
        annotations=[
            a for i, d in enumerate(dots) for a in _dot_words(i, d, name=names[i], sides=(left, side), edge=low)
        ],
    )
    return {"data": [t for i, d in shown for t in _dot(i, d, low=low, high=right)], "layout": layout}


def lines_spec(series: Sequence[Series], *, ticks: Ticks) -> dict[str, Any]:
    """Several lines, each with its pale band and its name at its end; the whole is thin and dark.

    Args:
        series: The lines, all over the same periods.
        ticks: Makes the text of a tick on the value axis.
    """
    drawn = list(zip(series, _hues(series), strict=True))
    low, high = _domain([e for s in series for _, e in _shown(s.points)])
    at, step = nice_ticks(low, high)
    names = [ticks(v, step) for v in at]
    points = series[0].points if series else ()
    last = max(len(points) - 1, 0)
    labels = [_end_lines(s) for s in series]
    side = 22 + round(6.8 * max((len(part) for lines in labels for part in lines), default=0))
    layout = chart_layout(
        height=LINES_HEIGHT,
        margin={"l": 14 + 7 * max(map(len, names), default=0), "r": side, "t": 12, "b": 40, "pad": 0},
        xaxis=axis(range=[-0.06 * max(last, 1), max(last, 0.65)], **_period_ticks(points)),
        yaxis=axis(range=[low, high], tickvals=at, ticktext=names, showgrid=True),
        annotations=_end_words(drawn, labels, low=low, high=high),
        shapes=[],
    )
    # Bands lie under every line, or one segment's doubt would hide another's course.
    pale = 0.13 if len(series) <= 4 else 0.08
    bands = [b for s, hue in drawn if not s.total for b in _series_bands(s, hue, pale=pale, domain=(low, high))]
    return {"data": [*bands, *(t for s, hue in drawn for t in _series_line(s, hue))], "layout": layout}


def nice_ticks(low: float, high: float, *, wanted: int = 4) -> tuple[list[float], float]:
    """Round values inside a range, about as many as wanted, and the step between two.

    Example:
        >>> nice_ticks(8.2, 43.0)
        ([10.0, 20.0, 30.0, 40.0], 10.0)
    """
    rough = (high - low) / wanted
    size = 10.0 ** math.floor(math.log10(rough))
    step = min((m * size for m in (1, 2, 2.5, 5, 10)), key=lambda s: abs(math.log(s / rough)))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(i * step, 12) for i in range(first, last + 1)], step


def _gaps(points: Sequence[Point]) -> list[tuple[int, int, str]]:
    """Runs of periods whose number may not be shown: first, last, and the words that stand there."""
    found: list[tuple[int, int, str]] = []
    for i, point in enumerate(points):
        if point.instead and found and found[-1][1] == i - 1:
            found[-1] = (found[-1][0], i, point.instead)
        elif point.instead:
            found.append((i, i, point.instead))
    return found


def _gap_words(gaps: Sequence[tuple[int, int, str]], *, middle: float) -> list[dict[str, Any]]:
    return [
        words_at(text, x=(a + z) / 2, y=middle, textangle=-90, bgcolor="#ffffff", borderpad=2) for a, z, text in gaps
    ]


def _domain(estimates: list[Estimate], *, extra: float | None = None) -> tuple[float, float]:
    values = [v for e in estimates for v in (e.low, e.value, e.high) if v is not None and math.isfinite(v)]
    values += [extra] if extra is not None else []
    if not values:
        return 0.0, 1.0
    pad = (max(values) - min(values)) * 0.08 or abs(values[0]) * 0.1 or 1.0
    return min(values) - pad, max(values) + pad


def _runs(shown: list[tuple[int, Estimate]]) -> list[list[tuple[int, Estimate]]]:
    runs: list[list[tuple[int, Estimate]]] = []
    for i, estimate in shown:
        if runs and runs[-1][-1][0] == i - 1:
            runs[-1].append((i, estimate))
        else:
            runs.append([(i, estimate)])
    return runs


def _bands(shown: list[tuple[int, Estimate]], *, low: float, high: float) -> list[dict[str, Any]]:
    return [
        _band(run, low=low, high=high) if len(run) > 1 else _lone(run[0], low=low, high=high) for run in _runs(shown)
    ]


def _band(run: list[tuple[int, Estimate]], *, low: float, high: float) -> dict[str, Any]:
    xs = [i for i, _ in run]
    bottoms, tops = ([e.limits(low, high)[end] for _, e in run] for end in (0, 1))
    shape = {"x": xs + xs[::-1], "y": tops + bottoms[::-1], "fill": "toself", "fillcolor": BAND}
    return quiet_trace(mode="lines", line={"width": 0, "color": BAND}, **shape)


def _lone(point: tuple[int, Estimate], *, low: float, high: float) -> dict[str, Any]:
    i, e = point
    ends = list(e.limits(low, high))
    return quiet_trace(mode="lines", x=[i, i], y=ends, line={"width": 8, "color": BAND})


def _line(points: Sequence[Point]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": list(range(len(points))),
        "y": [p.estimate.value if p.estimate and p.estimate.shown else None for p in points],
        "customdata": [chart_text(p.hover) for p in points],
        "hovertemplate": "%{customdata}<extra></extra>",
        "connectgaps": False,
        "cliponaxis": False,
        "line": {"color": ACCENT, "width": 2.25},
        # Markers that only the pointer finds: a line with a dot on every month would be a row of dots.
        "marker": {"size": 12, "opacity": 0, "color": ACCENT},
    }


def _ends(shown: list[tuple[int, Estimate]]) -> dict[str, Any]:
    alone = {run[0] for run in _runs(shown) if len(run) == 1}
    marked = sorted(alone | set(shown[-1:]), key=lambda p: p[0])
    dots = {"x": [i for i, _ in marked], "y": [e.value for _, e in marked]}
    return quiet_trace(mode="markers", cliponaxis=False, marker={"size": 9, "color": ACCENT}, **dots)


def _trend_words(
    shown: list[tuple[int, Estimate]], *, end: str, line: float | None, line_text: str, beside: bool
) -> list[dict[str, Any]]:
    if not shown:
        return []
    i, last = shown[-1]
    # Over the dot where the line ends early, since what follows stands beside it.
    place = {"xanchor": "left", "xshift": 10} if beside else {"yanchor": "bottom", "yshift": 8}
    found = [words_at(end, x=i, y=last.value or 0.0, colour=INK, strong=True, size=13, **place)]
    if line is not None:
        above = (shown[0][1].value or 0.0) < line
        found.append(
            words_at(
                line_text, x=-0.35, y=line, xanchor="left", xshift=6, yanchor="bottom" if above else "top", colour=INK
            )
        )
    return found


def _period_ticks(points: Sequence[Point]) -> dict[str, Any]:
    every = math.ceil(len(points) / 9) or 1
    kept = [i for i in range(len(points)) if (len(points) - 1 - i) % every == 0]
    # A label is "Jan|2026": the year stands under the first one, and where it changes.
    years = [points[i].label.partition("|")[2] for i in kept]
    texts = []
    for j, i in enumerate(kept):
        year = years[j] if j == 0 or years[j] != years[j - 1] else ""
        name = chart_text(points[i].label.partition("|")[0])
        texts.append(f"{name}<br>{chart_text(year)}" if year else name)
    return {"tickvals": kept, "ticktext": texts, "tickangle": 0}


def _level(at: float, *, until: float) -> dict[str, Any]:
    return {
        "type": "line", "x0": -0.35, "x1": until, "y0": at, "y1": at, "layer": "above",
        "line": {"color": INK, "width": 1},
    }  # fmt: skip


def _dot(i: int, dot: Dot, *, low: float, high: float) -> list[dict[str, Any]]:
    e, colour = dot.estimate, _COLOURS.get(dot.verdict, ACCENT)
    pale = PALE if colour == ACCENT else mix(colour, 0.4)
    ends = list(e.limits(low, high))
    bar = quiet_trace(mode="lines", x=ends, y=[i, i], line={"width": 5, "color": pale})
    mark = {
        "type": "scatter",
        "mode": "markers",
        "x": [e.value],
        "y": [i],
        "customdata": [chart_text(dot.hover)],
        "hovertemplate": "%{customdata}<extra></extra>",
        "marker": {"size": 10, "color": colour, "opacity": 1, "line": {"width": 1.5, "color": "#ffffff"}},
    }
    return [bar, mark]


def _dot_words(i: int, dot: Dot, *, name: str, sides: tuple[int, int], edge: float) -> list[dict[str, Any]]:
    text = {"xref": "paper", "y": i}
    found = [
        words_at(
            name, x=0, xanchor="left", xshift=-sides[0], colour=INK, strong=dot.total, size=12.5, align="left", **text
        )
    ]
    if not dot.estimate.shown:
        return [*found, words_at(dot.instead, x=edge, y=i, xanchor="left", size=12, bgcolor="#ffffff")]
    found.append(words_at(dot.n, x=1, xanchor="right", xshift=sides[1], size=12, **text))
    if dot.word:
        end = next(v for v in (dot.estimate.high, dot.estimate.value) if v is not None)
        found.append(words_at(dot.word, x=end, y=i, xanchor="left", xshift=7, colour=_COLOURS.get(dot.verdict, INK)))
    return found


def _wrapped(name: str) -> str:
    lines = textwrap.wrap(name, WRAP, max_lines=2, placeholder="…", break_long_words=True)
    return "\n".join(lines) or name


def _shown(points: Sequence[Point]) -> list[tuple[int, Estimate]]:
    return [(i, p.estimate) for i, p in enumerate(points) if p.estimate and p.estimate.shown]


def _hues(series: Sequence[Series]) -> list[str]:
    left = {verdict: list(colours) for verdict, colours in _LINES.items()}
    hues = []
    for s in series:
        own = left.get(s.verdict) or left[""] or [QUIET]
        hues.append(INK if s.total else own.pop(0))
    return hues


def _series_bands(series: Series, hue: str, *, pale: float, domain: tuple[float, float]) -> list[dict[str, Any]]:
    bands = _bands(_shown(series.points), low=domain[0], high=domain[1])
    return [b | {"opacity": pale, "fillcolor": hue, "line": b["line"] | {"color": hue}} for b in bands]


def _series_line(series: Series, hue: str) -> list[dict[str, Any]]:
    few = len(series.points) <= 9
    line = _line(series.points) | {"line": {"color": hue, "width": 1.25 if series.total else 2.25}}
    if series.total:
        return [line | {"marker": {"size": 12, "opacity": 0, "color": hue}}]
    if few:
        return [line | {"marker": {"size": 7.5, "color": hue, "line": {"width": 1.25, "color": "#ffffff"}}}]
    ends = _ends(_shown(series.points)) if _shown(series.points) else quiet_trace(x=[], y=[], mode="markers")
    marks = ends | {"marker": {"size": 8, "color": hue}}
    return [line | {"marker": {"size": 12, "opacity": 0, "color": hue}}, marks]


def _end_lines(series: Series) -> list[str]:
    lines = textwrap.wrap(series.name, WRAP - 4, max_lines=2, placeholder="…", break_long_words=True) or [series.name]
    together = f"{lines[-1]} {series.end}"
    return [*lines[:-1], together] if len(together) <= WRAP - 2 else [*lines, series.end]


def _end_words(
    drawn: Sequence[tuple[Series, str]], labels: Sequence[list[str]], *, low: float, high: float
) -> list[dict[str, Any]]:  # fmt: skip
    """The names at the ends of the lines, moved apart where they would lie on each other."""
    ends = [
        (s, hue, lines, _shown(s.points)[-1]) for (s, hue), lines in zip(drawn, labels, strict=True) if _shown(s.points)
    ]
    ends.sort(key=lambda e: e[3][1].value or 0.0)
    gap = (16 * max((len(lines) for _, _, lines, _ in ends), default=1) + 3) * (high - low) / (LINES_HEIGHT - 52)
    places = spread_out([e.value or 0.0 for *_, (_, e) in ends], gap, low=low, high=high)
    return [
        words_at(
            "\n".join(lines), x=len(s.points) - 1, y=y, xanchor="left", xshift=11, colour=hue, size=12.5,
            strong=not s.total, align="left",
        )
        for (s, hue, lines, _), y in zip(ends, places, strict=True)
    ]  # fmt: skip
