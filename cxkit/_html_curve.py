"""The curve of a journey map as HTML: each step has a piece of its own, which can be read and printed alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from cxkit._boards import Curve, Trace

__all__ = ["HEIGHT", "MARGIN", "Ends", "curve_cells", "curve_ends", "curve_path", "curve_runs", "dash_of", "height_at"]
__all__ += ["line_class", "value_side"]

Point = tuple[float, float]
Run = list[tuple[int, float, float]]

# The drawing's own units: a step is 100 wide, whatever its column is; the curve keeps off the edges by the margin.
STEP = 100.0
HEIGHT = 100.0
MARGIN = 14.0
LINE, LETTERS = 0.11, 9  # what a line of words takes of the height, and what stands on it beside the last dot
DASHES = 4


class Ends(NamedTuple):
    """The name at the end of a line: at which step, how high, and whose it is."""

    step: int
    height: float
    label: str
    css_class: str
    who: str


def curve_cells(curve: Curve) -> Iterator[str]:
    """What a curve shows at each step: its lines on to the next step, its dots and numbers, and the same in words."""
    lines, ends = _pieces(curve), curve_ends(curve)
    for i in range(len(curve.points)):
        names = "".join(_name(e) for e in ends if e.step == i)
        yield (
            f'<td><div class="plot"><svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">'
            f"{_middle(curve)}{lines[i]}</svg>{_pins(curve, i)}{_mark(curve, i)}{names}</div>"
            f'<span class="unseen">{_words("; ".join(_told(curve, i)))}</span></td>'
        )


def curve_path(points: Sequence[Point], *, move: bool = True) -> str:
    """A smooth line through points that never swings beyond them, as an SVG path.

    Monotone cubic pieces: Fritsch & Butland (1984), SIAM Journal on Scientific and Statistical Computing 5:300-304.

    Args:
        points: At least one, from left to right or from right to left.
        move: Whether the path starts here, or goes on from where the one before it ended.

    Example:
        >>> curve_path([(0, 10), (100, 10)])
        'M0 10C33.3 10 66.7 10 100 10'
    """
    (x, y), *_ = points
    return f"{'M' if move else 'L'}{_n(x)} {_n(y)}" + "".join(_cubic(p) for p in _cubics(points))


def curve_runs(heights: Sequence[float | None], *, other: Sequence[float | None] | None = None) -> Iterator[Run]:
    """Stretches of steps side by side that all have heights: a line is not drawn over a gap."""
    run: Run = []
    for i, (a, b) in enumerate(zip(heights, other or heights, strict=True)):
        if a is None or b is None:
            if run:
                yield run
            run = []
        else:
            run.append((i, a, b))
    if run:
        yield run


def curve_ends(curve: Curve) -> list[Ends]:
    """The names at the ends of the lines that are not the measured one, kept apart from each other."""
    lines = [(t.label, t.heights, line_class(curve, t), t.who) for t in curve.traces]
    lines.append((curve.target_label, tuple(p.target for p in curve.points), "aim", ""))
    found: list[Ends] = []
    for label, heights, css_class, who in lines:
        at = max((i for i, h in enumerate(heights) if h is not None), default=None)
        if label and at is not None:
            found.append(Ends(at, heights[at] or 0.0, label, css_class, who))
    shown = [e for e in found if "own" not in e.css_class]
    return _apart(shown) + [e for e in found if e not in shown]


def dash_of(curve: Curve, trace: Trace) -> int:
    """Which dash a stated line has, from 1; a person keeps hers."""
    whose = list(dict.fromkeys(t.who for t in curve.traces))
    return whose.index(trace.who) % DASHES + 1


def line_class(curve: Curve, trace: Trace) -> str:
    """How a line looks; where several persons aim apart, the aim of one is shown only together with her own line."""
    aims = {t.who for t in curve.traces if t.aim}
    return f"{'aim' if trace.aim else 'trace'} t{dash_of(curve, trace)}{' own' if trace.aim and len(aims) > 1 else ''}"


def value_side(curve: Curve, i: int) -> tuple[bool, float]:
    """Whether a step's number stands below its dot, and the end of the band that it keeps clear of."""
    p = curve.points[i]
    at = p.at or 0.0
    above, beneath = ([abs(h - at) for h in _others(curve, i) if (h >= at) is up] for up in (True, False))
    free = min(beneath, default=1.0) - min(above, default=1.0)
    below = free > 0 or (free == 0 and at > 0.5)
    end = p.low if below else p.high
    return below, at if end is None else end


def height_at(height: float) -> float:
    """How far from the top a height stands, of `HEIGHT`."""
    return HEIGHT - MARGIN - min(max(height, 0.0), 1.0) * (HEIGHT - 2 * MARGIN)


def _apart(ends: list[Ends]) -> list[Ends]:
    """From the top downwards, each as far below the one above as its words need."""
    found: list[Ends] = []
    for end in sorted(ends, key=lambda e: -e.height):
        above = found[-1].height - (_size(found[-1]) + _size(end)) / 2 if found else end.height
        height = min(end.height, above)
        found.append(end._replace(height=height))
    # What was pushed out at the bottom is pushed back up as a whole.
    short = max(0.0, -0.12 - min((e.height for e in found), default=0.0))
    return [e._replace(height=e.height + short) for e in found]


def _size(end: Ends) -> float:
    return LINE * (2 if len(end.label) > LETTERS else 1)


def _pieces(curve: Curve) -> list[str]:
    """The lines of each step, from its middle to the middle of the next, over which they may reach."""
    parts = [list[str]() for _ in curve.points]
    points = curve.points
    for run in curve_runs([p.low for p in points], other=[p.high for p in points]):
        for i, d in _bands(run):
            parts[i].append(f'<path class="band" d="{d}"/>')
    lines = [("aim", [p.target for p in points], "")]
    lines += [(line_class(curve, t), t.heights, t.who) for t in curve.traces]
    lines.append(("line", [p.at for p in points], ""))
    for css_class, heights, who in lines:
        for run in curve_runs(heights):
            for i, d in _lines(run):
                parts[i].append(f'<path class="{css_class}"{_who(who)} d="{d}"/>')
    return ["".join(p) for p in parts]


def _lines(run: Run) -> Iterator[tuple[int, str]]:
    points = [(i * STEP, height_at(h)) for i, h, _ in run]
    if len(run) == 1:
        # A step alone has a short line of its own.
        yield run[0][0], f"M38 {_n(points[0][1])}H62"
    for (i, *_), piece in zip(run, _cubics(points), strict=False):
        yield i, f"M50 {_n(piece[0][1])}{_cubic(_shifted(piece, 50 - i * STEP))}"


def _bands(run: Run) -> Iterator[tuple[int, str]]:
    lower, upper = ([(i * STEP, height_at(v[at])) for i, *v in run] for at in (0, 1))
    if len(run) == 1:
        yield run[0][0], f"M38 {_n(upper[0][1])}H62V{_n(lower[0][1])}H38Z"
    for (i, *_), *pieces in zip(run, _cubics(upper), _cubics(lower), strict=False):
        above, below = (_shifted(p, 50 - i * STEP) for p in pieces)
        back = _cubic(below[::-1])
        yield i, f"M50 {_n(above[0][1])}{_cubic(above)}L150 {_n(below[3][1])}{back}Z"


def _cubics(points: Sequence[Point]) -> list[tuple[Point, Point, Point, Point]]:
    slopes, found = _slopes(points), []
    for i, ((x0, y0), (x1, y1)) in enumerate(pairwise(points)):
        third = (x1 - x0) / 3
        found.append(
            ((x0, y0), (x0 + third, y0 + slopes[i] * third), (x1 - third, y1 - slopes[i + 1] * third), (x1, y1))
        )
    return found


def _shifted(piece: Sequence[Point], by: float) -> list[Point]:
    return [(x + by, y) for x, y in piece]


def _cubic(piece: Sequence[Point]) -> str:
    return "C" + " ".join(f"{_n(x)} {_n(y)}" for x, y in piece[1:])


def _slopes(points: Sequence[Point]) -> list[float]:
    secants = [(y1 - y0) / (x1 - x0) for (x0, y0), (x1, y1) in pairwise(points)]
    if not secants:
        return [0.0]
    inner = [0.0 if a * b <= 0 else 2 * a * b / (a + b) for a, b in pairwise(secants)]
    return [0.0, *inner, 0.0]


def _middle(curve: Curve) -> str:
    return "" if curve.middle is None else f'<path class="middle" d="M0 {_n(height_at(curve.middle))}H100"/>'


def _pins(curve: Curve, i: int) -> str:
    """The points of the stated lines: hollow, for nobody measured them."""
    found = ((t, t.heights[i]) for t in curve.traces)
    return "".join(
        f'<i class="pin {line_class(curve, t)}"{_who(t.who)} style="top:{_top(h)}"></i>'
        for t, h in found
        if h is not None
    )


def _mark(curve: Curve, i: int) -> str:
    """The dot of a step with its number beside it; words where there is no number."""
    p = curve.points[i]
    if p.at is None:
        return f'<span class="none" aria-hidden="true">{_words(p.short)}</span>' if p.short else ""
    below, end = value_side(curve, i)
    side = "below" if below else "above"
    value = f'<span class="value {side}" aria-hidden="true" style="top:{_top(end)}">{_words(p.short)}</span>'
    return f'<i class="dot {escape(p.tone)}" style="top:{_top(p.at)}"></i>{value}'


def _others(curve: Curve, i: int) -> list[float]:
    """How high the other lines are at a step."""
    heights = [curve.points[i].target, *(t.heights[i] for t in curve.traces)]
    return [h for h in heights if h is not None]


def _name(end: Ends) -> str:
    attributes = f'class="whose {end.css_class}"{_who(end.who)} style="top:{_top(end.height, free=True)}"'
    return f'<span {attributes} dir="auto" aria-hidden="true">{_words(end.label)}</span>'


def _told(curve: Curve, i: int) -> list[str]:
    stated = [t.texts[i] for t in curve.traces if i < len(t.texts) and t.texts[i]]
    return [text for text in (curve.points[i].text, *stated) if text]


def _who(who: str) -> str:
    return f' data-who="{escape(who)}"' if who else ""


def _top(height: float, *, free: bool = False) -> str:
    at = HEIGHT - MARGIN - height * (HEIGHT - 2 * MARGIN) if free else height_at(height)
    return f"{min(max(at / HEIGHT, 0.0), 1.0):.2%}"


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _words(text: str) -> str:
    return escape(text).replace("\n", "<br>")
