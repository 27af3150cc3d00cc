"""Response bias as blocks: the share of each group among those who answered against its share among all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from cxkit._blocks import Block, Figure, Group, Line, Quiet, Strong, Table, Tag, Text
from cxkit._format import Words, count_text, estimate_text, interval_text, tick_text, value_text, words
from cxkit._theme import ACCENT, INK, OPEN, PALE, QUIET, axis, chart_layout, chart_text, mix
from cxkit.data.quality import Checked
from cxkit.data.readiness.bias import Bias, Shift
from cxkit.data.readiness.bias import Group as Customers
from cxkit.evidence.estimate import Estimate

__all__ = ["draw_bias"]

_ROW = 34
_UNITS = {"nps": ("points", 100.0), "csat": ("percent", 1.0)}


def draw_bias(checked: Checked, *, language: str = "en") -> Group:
    """Whether those who answered are like the customers they answer for, and what weighting would change.

    Args:
        checked: What `Engagement.check` found.
        language: Language of the labels.
    """
    w = words(language)
    if not checked.bias:
        return Group((Text(((w.say("readiness.bias.none"),),)),))
    blocks: list[Block] = [_figure(b, w) for b in checked.bias]
    blocks.append(Text(((w.say("readiness.bias.method"),),), role="note"))
    shifts = [(b, s) for b in checked.bias for s in b.shifts]
    return Group((*blocks, *([_shifts(shifts, w)] if shifts else [])))


def _figure(bias: Bias, w: Words) -> Figure:
    among = w.say(f"readiness.bias.among_{bias.among}")
    names = ("group", "base", "answered", "rate", "share_base", "share_answered", "difference")
    columns = tuple(w.say(f"readiness.bias.{n}", among=among, label=bias.label) for n in names)
    hidden = sum(not g.shown for g in bias.groups)
    note = w.say("readiness.bias.note", n=count_text(bias.answered, w), base=count_text(bias.base, w), among=among)
    if hidden:
        note += " " + w.count("readiness.bias.hidden", hidden)
    return Figure(
        _title(bias, w),
        w.say("readiness.bias.subtitle", among=among),
        _spec(bias, w),
        alt=" ".join([_title(bias, w) + ".", *(_told(g, w) for g in bias.groups)]),
        columns=columns,
        rows=tuple(_row(g, w) for g in bias.groups),
        note=note,
        table_label=w.say("readiness.bias.numbers"),
    )


def _title(bias: Bias, w: Words) -> str:
    said: dict[str, str] = {}
    for tendency in ("fewer", "more"):
        names = [_name(g, w) for g in bias.groups if g.tendency == tendency]
        shown = (
            names if len(names) <= 3 else [*names[:2], w.say("readiness.bias.other", n=count_text(len(names) - 2, w))]
        )
        said |= {tendency: w.all_of(shown)} if names else {}
    if len(said) == 2:
        return w.say("readiness.bias.title_both", label=bias.label, **said)
    for tendency, groups in said.items():
        return w.say(f"readiness.bias.title_{tendency}", label=bias.label, groups=groups)
    return w.say("readiness.bias.title_same", label=bias.label)


def _told(g: Customers, w: Words) -> str:
    if g.difference is None:
        return w.say("readiness.bias.alt_hidden", group=_name(g, w))
    return w.say("readiness.bias.alt", group=_name(g, w), difference=_difference(g, w))


def _row(g: Customers, w: Words) -> tuple[Line | str, ...]:
    if g.base is None or g.answered is None or g.share_base is None or g.share_answered is None or g.rate is None:
        return (_name(g, w), (Quiet(w.say("readiness.bias.few")),), *[w.say("provenance.nothing")] * 5)
    tag = [" ", Tag(w.say(f"readiness.bias.{g.tendency}"), "open")] if g.tendency else []
    shares = (value_text(s, "percent", words=w) for s in (g.share_base, g.share_answered))
    counts = (count_text(n, w) for n in (g.base, g.answered))
    return (_name(g, w), *counts, estimate_text(g.rate, "percent", words=w), *shares, (_difference(g, w), *tag))


def _difference(g: Customers, w: Words) -> str:
    if g.difference is None:
        return ""
    d = g.difference
    points = [None if v is None else v * 100 for v in (d.value, d.low, d.high)]
    low, high = (None if v is None else v for v in points[1:])
    return estimate_text(Estimate(points[0], low, high, g.answered), "points", words=w)


def _name(g: Customers, w: Words) -> str:
    return g.name or w.say("readiness.bias.others")


def _spec(bias: Bias, w: Words) -> dict[str, Any]:
    """One row for each group: a dot in its interval beside the line of no difference."""
    groups = bias.groups
    ends = [v for g in groups if g.difference for v in (g.difference.low, g.difference.high) if v is not None]
    reach = max([abs(v) for v in ends] or [0.05]) * 1.12 or 0.05
    step = _step(reach)
    at = [i * step for i in range(-math.floor(reach / step), math.floor(reach / step) + 1)]
    # A difference of shares is in percentage points, and so are its ticks.
    ticks = [tick_text(v * 100, "points", step=step * 100, words=w) for v in at]
    names = [_short(_name(g, w)) for g in groups]
    counts = [w.say("readiness.bias.of", n=count_text(g.answered, w), base=count_text(g.base, w))
              if g.answered is not None and g.base is not None else "" for g in groups]  # fmt: skip
    left, right = (18 + round(6.8 * max(map(len, texts))) for texts in (names, counts))
    layout = chart_layout(
        height=_ROW * len(groups) + 34,
        margin={"l": left, "r": right, "t": 4, "b": 30, "pad": 0},
        xaxis=axis(range=[-reach, reach], tickvals=at, ticktext=ticks, tickangle=0, showgrid=True),
        yaxis=axis(range=[len(groups) - 0.4, -0.6], tickvals=[]),
        annotations=[a for i, g in enumerate(groups) for a in _words_of(i, g, names[i], counts[i], (left, right), w)],
    )  # fmt: skip
    same = {"type": "scatter", "mode": "lines", "hoverinfo": "skip", "x": [0, 0], "y": [-0.6, len(groups) - 0.4],
            "line": {"width": 1, "color": INK}}  # fmt: skip
    return {"data": [same, *(t for i, g in enumerate(groups) for t in _marks(i, g, w))], "layout": layout}


def _marks(i: int, g: Customers, w: Words) -> list[dict[str, Any]]:
    d = g.difference
    if d is None:
        return []
    colour = OPEN if g.tendency else ACCENT
    pale = mix(OPEN, 0.4) if g.tendency else PALE
    bar = {"type": "scatter", "mode": "lines", "hoverinfo": "skip", "x": [d.low, d.high], "y": [i, i],
           "line": {"width": 5, "color": pale}}  # fmt: skip
    dot = {
        "type": "scatter", "mode": "markers", "x": [d.value], "y": [i],
        "customdata": [chart_text(_told(g, w))], "hovertemplate": "%{customdata}<extra></extra>",
        "marker": {"size": 10, "color": colour, "opacity": 1, "line": {"width": 1.5, "color": "#ffffff"}},
    }  # fmt: skip
    return [bar, dot]


def _words_of(i: int, g: Customers, name: str, count: str, sides: tuple[int, int], w: Words) -> list[dict[str, Any]]:
    def beside(text: str, *, size: float = 12.5, colour: str = QUIET, **place: Any) -> dict[str, Any]:  # noqa: ANN401
        font = {"size": size, "color": colour}
        return {"text": chart_text(text), "showarrow": False, "font": font, "y": i, "borderpad": 0} | place

    found = [beside(name, colour=INK, xref="paper", x=0, xanchor="left", xshift=-sides[0], align="left")]
    if g.difference is None:
        return [*found, beside(w.say("readiness.bias.few"), x=0, bgcolor="#ffffff")]
    found.append(beside(count, size=12, xref="paper", x=1, xanchor="right", xshift=sides[1]))
    if g.tendency:
        above = {"yshift": 12, "xanchor": "center", "x": g.difference.value, "size": 11.0, "colour": OPEN}
        found.append(beside(w.say(f"readiness.bias.{g.tendency}"), **above))
    return found


def _step(reach: float) -> float:
    size = 10.0 ** math.floor(math.log10(reach))
    return max((m * size for m in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0) if reach / (m * size) >= 1.5), default=size / 10)


def _short(name: str, *, most: int = 22) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"


def _shifts(shifts: Sequence[tuple[Bias, Shift]], w: Words) -> Table:
    columns = tuple(w.say(f"readiness.bias.{n}") for n in ("by", "score", "raw", "weighted", "moves"))
    rows = tuple(_shift(b, s, w) for b, s in shifts)
    title = "shift_moves" if any(s.moves for _, s in shifts) else "shift_same"
    note, subtitle = w.say("readiness.bias.shift_note"), w.say("readiness.bias.shift_subtitle")
    align = ("left", "left", "right", "right", "right")
    return Table(w.say(f"readiness.bias.{title}"), columns, rows, subtitle=subtitle, note=note, align=align)


def _shift(bias: Bias, s: Shift, w: Words) -> tuple[Line | str, ...]:
    unit, scale = _UNITS[s.measure]
    raw, weighted = (estimate_text(_scaled(e, scale), unit, words=w) for e in (s.raw, s.weighted))
    d = s.difference
    low, high = (0.0 if v is None else v * 100 for v in (d.low, d.high))
    moved = Estimate(d.value * 100, low, high, s.raw.n)
    value = value_text(d.value * 100, "points", words=w, spread=high - low)
    text = w.say("interval.with_value", value=value, interval=interval_text(moved, "points", words=w))
    tag = [" ", Tag(w.say("readiness.bias.real"), "open")] if s.moves else []
    return (Strong(bias.label),), w.say(f"readiness.bias.{s.measure}"), raw, weighted, (text, *tag)


def _scaled(e: Estimate, scale: float) -> Estimate:
    value, low, high = (None if v is None else v * scale for v in (e.value, e.low, e.high))
    return Estimate(value, low, high, e.n, e.method)
