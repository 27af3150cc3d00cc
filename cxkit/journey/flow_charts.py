"""Charts of a journey as plain plotly JSON: the funnel, and the flow from step to step.

Both run downwards, so that they can be read on a phone; heights are pixels, widths are shares of the page. The flow
is a Sankey diagram drawn by hand: plotly's own, turned downwards, takes no places that hold for every width.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from cxkit._theme import ACCENT, HAIRLINE, INK, OPEN, PALE, QUIET, WORSE, axis, chart_layout, chart_text, mix
from cxkit.kpi.marks import HATCH, words_at

if TYPE_CHECKING:
    from cxkit.evidence.estimate import Estimate

__all__ = ["Flow", "FunnelBar", "Place", "flow_spec", "funnel_spec"]

Way = Literal["drawn", "not drawn", "back", "end"]

LINE, BAR = 15, 10  # heights of a line and of a bar
NAME, LOST, BESIDE, ONE_LINE = 28, 56, 24, 34  # characters that fit a line on a phone
# What a flow's colour says is said in words beside it too.
_WAYS: dict[Way, tuple[str, str]] = {
    "drawn": (PALE, ACCENT), "not drawn": (mix(OPEN, 0.35), OPEN), "back": (mix(WORSE, 0.4), WORSE),
    "end": (HATCH, QUIET),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FunnelBar:
    """A step of the funnel.

    Attributes:
        said: The share with its interval.
        lost: What is lost after it, in words; "" where nothing is to be said.
        instead: What stands where the bar would, when there is none.
    """

    name: str
    estimate: Estimate | None
    said: str
    lost: str = ""
    instead: str = ""
    tone: Literal["plain", "worse"] = "plain"


@dataclass(frozen=True, slots=True)
class Place:
    """A bar of the flow: a step, or a step in one channel.

    Attributes:
        layer: How far down, from 0.
        size: Its journeys.
        said: Its share with its interval.
    """

    key: str
    name: str
    layer: int
    size: float
    said: str = ""


@dataclass(frozen=True, slots=True)
class Flow:
    """Journeys that leave a place: to one further down, or, without `target`, to where the chart does not follow.

    Attributes:
        said: What stands beside a flow without a target; what is said when any flow is pointed at.
    """

    source: str
    target: str
    size: float
    way: Way
    said: str = ""


def funnel_spec(bars: Sequence[FunnelBar]) -> dict[str, Any]:
    """A bar for each step from 0 to 100 %, its interval pale at its end; between two bars what is lost there."""
    shapes: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    hover: list[tuple[float, float, str]] = []
    y = 0.0
    for bar in bars:
        lines = _wrapped(bar.name, NAME)
        notes.append(_left("\n".join(lines), x=0.0, y=y, colour=INK, strong=True, size=12.5))
        notes.append(words_at(bar.said, x=1.0, y=y, xanchor="right", yanchor="top", colour=INK, size=12))
        y += LINE * len(lines) + 4
        shapes += _funnel_marks(bar, y)
        if bar.instead:
            notes.append(_left(bar.instead, x=0.0, y=y - 4, size=12))
        if bar.estimate and bar.estimate.shown:
            hover.append(((bar.estimate.value or 0.0) / 2, y + BAR / 2, bar.name + ": " + bar.said))
        y += BAR + 5
        if bar.lost:
            lost = _wrapped(bar.lost, LOST)
            notes.append(_left("\n".join(lost), x=0.0, y=y - 1, colour=WORSE if bar.tone == "worse" else QUIET))
            y += LINE * len(lost)
        y += 14
    return {"data": [_hover(hover)], "layout": _layout(y, shapes, notes)}


def flow_spec(places: Sequence[Place], flows: Sequence[Flow], *, titles: Sequence[str] = ()) -> dict[str, Any]:
    """Bars as wide as their journeys, and between them bands as wide as the journeys that go that way.

    What jumps over a layer runs down the left edge. What ends, turns back or goes where nothing is drawn drops from
    its bar, and is said on the right.

    Args:
        places: The bars; those of one layer from left to right.
        flows: What leaves them; those of one place in any order.
        titles: What stands over each layer, where its bars are parts of one thing.
    """
    drawing = _Drawing.of(places, flows, titles)
    bands = [_shape(drawing.path(f), f.way) for f in drawing.bands]
    drops = [s for f in drawing.drops for s in drawing.dropped(f)]
    bars = [drawing.bar(p) for p in places]
    notes = [*drawing.over(), *(n for p in places for n in drawing.names(p)), *drawing.beside()]
    points = [(*drawing.middle(f), f.said) for f in drawing.bands if f.said]
    return {"data": [_hover(points)], "layout": _layout(drawing.height, [*bands, *drops, *bars], notes)}


@dataclass
class _Drawing:
    """Where everything of a flow stands."""

    places: Sequence[Place]
    bands: list[Flow]
    drops: list[Flow]
    titles: Sequence[str]
    gutter: dict[tuple[str, str], float]
    scale: float = 1.0
    rows: list[tuple[float, float]] = field(default_factory=list)
    tops: list[float] = field(default_factory=list)
    left: dict[str, float] = field(default_factory=dict)
    leaves: dict[tuple[str, str, str], float] = field(default_factory=dict)
    comes: dict[tuple[str, str], float] = field(default_factory=dict)
    height: float = 0.0

    # Shares of the width for the bars, and where words beside them begin; pixels of a drop and between two layers.
    MAIN, SIDE, GAP, DROP, ROOM = 0.58, 0.62, 0.02, 16, 46

    @classmethod
    def of(cls, places: Sequence[Place], flows: Sequence[Flow], titles: Sequence[str]) -> _Drawing:
        at = {p.key: p for p in places}
        bands = [f for f in flows if f.target]
        drops = [f for f in flows if not f.target]
        gutter, wide = _gutter(at, bands)
        layers = _layers(places)
        made = cls(places, bands, drops, titles, gutter)
        made._set_rows(layers)
        made._set_bars(layers, wide)
        made._set_ends(at)
        return made

    @property
    def main(self) -> float:
        """Share of the width for the bars: all of it where nothing is said beside them."""
        return self.MAIN if self.drops else 0.98

    def _set_rows(self, layers: list[list[Place]]) -> None:
        y = 0.0
        for i, layer in enumerate(layers):
            names = max(len(self._name(p, len(layer))) for p in layer) + bool(self.titles and self.titles[i])
            said = sum(len(lines) for lines, _ in self._said(layer))
            top = y + LINE * names + 4
            self.tops.append(y)
            self.rows.append((top, top + BAR))
            y = max(top + BAR + self.ROOM, y + LINE * said + 16)
        self.height = max(y - self.ROOM + 26, self._end(layers)) if self.rows else 40.0

    def _end(self, layers: list[list[Place]]) -> float:
        """Where the last bar, its drops and the words beside it end."""
        said = sum(len(lines) for lines, _ in self._said(layers[-1]))
        return max(self.rows[-1][1] + self.DROP + 8, self.tops[-1] + LINE * said + 6)

    def _set_bars(self, layers: list[list[Place]], wide: float) -> None:
        """Bars as wide as fits beside each other, each with room for its name."""

        def room(p: Place, beside: int) -> float:
            own = p.size * self.scale + self.GAP
            return own if beside == 1 else max(own, self._slot(beside))

        most = max((sum(p.size for p in layer) for layer in layers), default=1.0) or 1.0
        self.scale = self.main / (most + wide)
        fits = lambda: all(  # noqa: E731
            wide * self.scale + sum(room(p, len(layer)) for p in layer) <= self.main + self.GAP for layer in layers
        )
        for _ in range(60):
            if fits():
                break
            self.scale *= 0.95
        for layer in layers:
            x = wide * self.scale
            for p in layer:
                self.left[p.key] = x
                x += room(p, len(layer))

    def _slot(self, beside: int) -> float:
        return min(0.9 * self.main / beside, 0.28)

    def _set_ends(self, at: Mapping[str, Place]) -> None:
        """Where each flow leaves its bar and enters the next: what jumps on the left, what drops on the right."""
        used, entered = dict(self.left), dict(self.left)

        def order(f: Flow) -> tuple[bool, float]:
            return (f.source, f.target) not in self.gutter, self.left[f.target]

        for f in sorted(self.bands, key=order):
            self.leaves[f.source, f.target, f.way] = used[f.source]
            used[f.source] += f.size * self.scale
        for f in self.drops:
            self.leaves[f.source, f.said, f.way] = used[f.source]
            used[f.source] += f.size * self.scale
        for f in sorted(self.bands, key=lambda f: ((f.source, f.target) not in self.gutter, self.left[f.source])):
            self.comes[f.source, f.target] = entered[f.target]
            entered[f.target] += f.size * self.scale
        self._at = at

    def path(self, f: Flow) -> str:
        """A band as a path: straight down to the next layer, or by the left edge."""
        a, c, w = self.leaves[f.source, f.target, f.way], self.comes[f.source, f.target], f.size * self.scale
        first, last = self._at[f.source].layer, self._at[f.target].layer
        top, bottom = self.rows[first][1], self.rows[last][0]
        if (f.source, f.target) not in self.gutter:
            right = _down(c + w, a + w, bottom, top)
            return f"M{a:.4f},{top:.1f} {_down(a, c, top, bottom)} L{c + w:.4f},{bottom:.1f} {right} Z"
        g = self.gutter[f.source, f.target] * self.scale
        high, low = self.rows[first + 1][0], self.rows[last - 1][1]
        there = f"{_down(a, g, top, high)} L{g:.4f},{low:.1f} {_down(g, c, low, bottom)} L{c + w:.4f},{bottom:.1f}"
        back = f"{_down(c + w, g + w, bottom, low)} L{g + w:.4f},{high:.1f} {_down(g + w, a + w, high, top)}"
        return f"M{a:.4f},{top:.1f} {there} {back} Z"

    def middle(self, f: Flow) -> tuple[float, float]:
        """Where a band is pointed at."""
        w = f.size * self.scale / 2
        first, last = self._at[f.source].layer, self._at[f.target].layer
        if (f.source, f.target) in self.gutter:
            return self.gutter[f.source, f.target] * self.scale + w, (self.rows[first][1] + self.rows[last][0]) / 2
        x = (self.leaves[f.source, f.target, f.way] + self.comes[f.source, f.target]) / 2 + w
        return x, (self.rows[first][1] + self.rows[last][0]) / 2

    def dropped(self, f: Flow) -> Iterator[dict[str, Any]]:
        """What leaves the chart: a stub under the bar, with an edge."""
        x, y = self.leaves[f.source, f.said, f.way], self.rows[self._at[f.source].layer][1]
        right, (pale, strong) = x + f.size * self.scale, _WAYS[f.way]
        yield _box(x, right, y, y + self.DROP, pale)
        yield _box(x, right, y + self.DROP, y + self.DROP + 2, strong)

    def bar(self, p: Place) -> dict[str, Any]:
        """The bar of a place."""
        x, (top, bottom) = self.left[p.key], self.rows[p.layer]
        return _box(x, x + p.size * self.scale, top, bottom, ACCENT)

    def names(self, p: Place) -> Iterator[dict[str, Any]]:
        """What stands over a bar."""
        beside = sum(1 for q in self.places if q.layer == p.layer)
        text = "<br>".join(self._name(p, beside))
        place = {"x": self.left[p.key], "y": self.rows[p.layer][0] - 2, "xanchor": "left", "yanchor": "bottom"}
        yield {**words_at("", colour=INK, size=12, **place), "text": text, "align": "left"}

    def over(self) -> Iterator[dict[str, Any]]:
        """What stands over each layer."""
        for i, title in enumerate(self.titles):
            layer = [p for p in self.places if p.layer == i]
            y = self.rows[i][0] - 2 - LINE * max((len(self._name(p, len(layer))) for p in layer), default=0)
            place = {"x": 0.0, "y": y, "xanchor": "left", "yanchor": "bottom"}
            yield words_at(title, colour=INK, strong=True, size=12, **place)

    def beside(self) -> Iterator[dict[str, Any]]:
        """What is said on the right of the journeys that leave the chart."""
        for layer, top in enumerate(self.tops):
            y = top
            for lines, colour in self._said([p for p in self.places if p.layer == layer]):
                yield _left("\n".join(lines), x=self.SIDE, y=y, colour=colour)
                y += LINE * len(lines)

    def _said(self, layer: Sequence[Place]) -> list[tuple[list[str], str]]:
        """Lines beside a layer with their colours; where several bars stand in it, each begins with its name."""
        found: list[tuple[list[str], str]] = []
        for p in layer:
            mine = [f for f in self.drops if f.source == p.key and f.said]
            if mine and len(layer) > 1:
                found.append((_wrapped(p.name, BESIDE), INK))
            found += [(_wrapped(f.said, BESIDE), _WAYS[f.way][1]) for f in mine]
        return found

    def _name(self, p: Place, beside: int) -> list[str]:
        """Lines over a bar: name and number in one line where it stands alone."""
        strong = not self.titles
        if beside == 1:
            parts, said = _wrapped(p.name, 28) or [""], chart_text(p.said)
            lines = [chart_text(part, strong=strong) for part in parts]
            one = said and len(parts[-1]) + len(p.said) <= ONE_LINE
            return [*lines[:-1], f"{lines[-1]}  {said}"] if one else [*lines, *([said] if said else [])]
        wide = max(round(self._slot(beside) * 52), 8)
        lines = [chart_text(part, strong=strong) for part in _wrapped(p.name, wide)]
        return [*lines, *(chart_text(part) for part in _wrapped(p.said, wide))]


def _gutter(at: Mapping[str, Place], bands: Sequence[Flow]) -> tuple[dict[tuple[str, str], float], float]:
    """Where what jumps over a layer runs down, side by side where two pass the same layer; and how wide that is."""
    taken: list[tuple[int, int, float, float]] = []
    places: dict[tuple[str, str], float] = {}
    for f in sorted(bands, key=lambda f: at[f.source].layer - at[f.target].layer):
        first, last = at[f.source].layer, at[f.target].layer
        if last - first < 2:
            continue
        beside = sorted((a, z) for lo, hi, a, z in taken if lo < last and first < hi)
        x = 0.0
        for a, z in beside:
            if x + f.size <= a:
                break
            x = max(x, z)
        taken.append((first, last, x, x + f.size))
        places[f.source, f.target] = x
    return places, max((z for *_, z in taken), default=0.0) * 1.06


def _layers(places: Sequence[Place]) -> list[list[Place]]:
    return [[p for p in places if p.layer == i] for i in range(max((p.layer for p in places), default=-1) + 1)]


def _down(x: float, to: float, y: float, until: float) -> str:
    middle = (y + until) / 2
    return f"C{x:.4f},{middle:.1f} {to:.4f},{middle:.1f} {to:.4f},{until:.1f}"


def _funnel_marks(bar: FunnelBar, y: float) -> Iterator[dict[str, Any]]:
    e = bar.estimate
    if e is None or not e.shown or e.value is None:
        return
    low, high = (min(max(v, 0.0), 1.0) for v in e.limits(0.0, 1.0))
    strong = WORSE if bar.tone == "worse" else ACCENT
    yield _box(0.0, 1.0, y, y + BAR, HAIRLINE)
    yield _box(0.0, low, y, y + BAR, strong)
    yield _box(low, high, y, y + BAR, mix(WORSE, 0.4) if bar.tone == "worse" else PALE)
    yield {**_box(e.value, e.value, y - 2, y + BAR + 2, strong), "line": {"color": strong, "width": 2}}


def _box(x: float, right: float, y: float, bottom: float, colour: str) -> dict[str, Any]:
    at = {"x0": round(x, 4), "x1": round(right, 4), "y0": round(y, 1), "y1": round(bottom, 1)}
    return {"type": "rect", "line": {"width": 0}, "fillcolor": colour, **at}


def _shape(path: str, way: Way) -> dict[str, Any]:
    """A band; one that nobody drew has a dotted edge, for a client's colour may be near its own."""
    edge = {"width": 0} if way == "drawn" else {"width": 1, "dash": "dot", "color": _WAYS[way][1]}
    return {"type": "path", "path": path, "line": edge, "fillcolor": _WAYS[way][0], "opacity": 0.72}


def _hover(points: Sequence[tuple[float, float, str]]) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "markers", "x": [round(x, 4) for x, _, _ in points],
        "y": [round(y, 1) for _, y, _ in points], "customdata": [chart_text(said) for *_, said in points],
        "hovertemplate": "%{customdata}<extra></extra>", "marker": {"size": 22, "opacity": 0, "color": ACCENT},
    }  # fmt: skip


def _layout(height: float, shapes: list[dict[str, Any]], notes: list[dict[str, Any]]) -> dict[str, Any]:
    return chart_layout(
        height=round(height) + 4,
        margin={"l": 2, "r": 2, "t": 2, "b": 2, "pad": 0},
        xaxis=axis(range=[0, 1], tickvals=[]),
        yaxis=axis(range=[round(height), 0], tickvals=[]),
        shapes=shapes,
        annotations=notes,
    )


def _left(
    text: str, *, x: float, y: float, colour: str = QUIET, strong: bool = False, size: float = 11
) -> dict[str, Any]:
    place = {"x": x, "y": y, "xanchor": "left", "yanchor": "top", "align": "left"}
    return words_at(text, colour=colour, strong=strong, size=size, **place)


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, max_lines=3, placeholder="…", break_long_words=True) if text else []
