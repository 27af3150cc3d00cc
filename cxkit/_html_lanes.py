"""A journey map as HTML: one table, with phases and steps as its heads and lanes as its rows."""

from __future__ import annotations

from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

from cxkit._html import inline_html

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cxkit._boards import Column, Curve, CurvePoint, Lane, LaneCell, Lanes
    from cxkit._html import Canvas

__all__ = ["curve_path", "lanes_html"]

Point = tuple[float, float]

# The drawing's own units: a step is 100 wide, whatever its column is; the curve keeps off the edges by the margin.
STEP, HEIGHT, MARGIN = 100.0, 100.0, 14.0


def lanes_html(block: Lanes, canvas: Canvas) -> str:
    """The map as one table, which scrolls sideways in its own frame where the page is narrow."""
    head = canvas.id()
    facts = "".join(f"<span>{escape(f)}</span>" for f in block.facts)
    sub = f'<p class="sub">{_words(block.subtitle)}</p>' if block.subtitle else ""
    note = f'<p class="note">{_words(block.note)}</p>' if block.note else ""
    wide = " many" if len(block.columns) > 8 else ""
    return (
        f'<div class="cx-lanes{wide}"><div class="head"><p class="title" id="{head}">{_words(block.title)}</p>'
        f'<p class="facts">{facts}</p></div>{sub}'
        f'<div class="scroll" role="region" tabindex="0" aria-labelledby="{head}">'
        f"<table>{_caption(block)}{_columns(block)}{_head(block)}"
        f"<tbody>{''.join(_lane(lane, len(block.columns)) for lane in block.lanes)}</tbody></table></div>{note}</div>"
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
    slopes = _slopes(points)
    (x, y), *_ = points
    parts = [f"{'M' if move else 'L'}{_n(x)} {_n(y)}"]
    for i, ((x0, y0), (x1, y1)) in enumerate(pairwise(points)):
        third = (x1 - x0) / 3
        one, two = y0 + slopes[i] * third, y1 - slopes[i + 1] * third
        parts.append(f"C{_n(x0 + third)} {_n(one)} {_n(x1 - third)} {_n(two)} {_n(x1)} {_n(y1)}")
    return "".join(parts)


def _caption(block: Lanes) -> str:
    return f'<caption class="unseen">{_words(block.alt or block.title)}</caption>'


def _columns(block: Lanes) -> str:
    spans = "".join(f'<colgroup span="{int(n)}"></colgroup>' for _, n in block.groups)
    return f'<colgroup class="names" span="1"></colgroup>{spans}'


def _head(block: Lanes) -> str:
    phases = "".join(
        f'<th scope="colgroup" colspan="{int(n)}"><span>{_words(name)}</span></th>' for name, n in block.groups
    )
    steps = "".join(_step(c) for c in block.columns)
    return (
        f'<thead><tr class="phases"><td></td>{phases}</tr>'
        f'<tr class="steps"><th scope="row" class="name">{_words(block.corner)}</th>{steps}</tr></thead>'
    )


def _step(column: Column) -> str:
    mark = f'<span class="mark">{_words(column.mark)}</span>' if column.mark else ""
    tone = f"{escape(column.tone)}{' marked' if column.mark else ''}"
    return f'<th scope="col"><span class="step {tone}"><span>{_words(column.label)}</span>{mark}</span></th>'


def _lane(lane: Lane, steps: int) -> str:
    curve = lane.curve
    ends = ""
    if curve is not None:
        ends = f'<span class="end top">{_words(curve.top)}</span><span class="end bottom">{_words(curve.bottom)}</span>'
    note = f'<span class="why">{_words(lane.note)}</span>' if lane.note and lane.cells else ""
    name = f'<th scope="row" class="name"><span>{_words(lane.label)}</span>{note}{ends}</th>'
    if curve is not None:
        return f'<tr class="curve">{name}<td colspan="{steps}">{_curve(curve, lane.label)}</td></tr>'
    if not lane.cells:
        return f'<tr>{name}<td colspan="{steps}" class="quiet">{_words(lane.note)}</td></tr>'
    return f"<tr>{name}{''.join(_cell(c) for c in lane.cells)}</tr>"


def _cell(cell: LaneCell) -> str:
    tone = f' class="{escape(cell.tone)}"' if cell.tone != "plain" else ""
    lines = "".join(f"<p>{inline_html(line)}</p>" for line in cell.lines)
    return f"<td{tone}>{_bar(cell)}{lines}</td>"


def _bar(cell: LaneCell) -> str:
    if cell.bar is None:
        return ""
    low, high = (cell.bar if v is None else v for v in (cell.low, cell.high))
    return (
        f'<div class="bar" aria-hidden="true"><i class="full" style="width:{_share(cell.bar)}"></i>'
        f'<i class="band" style="left:{_share(low)};width:{_share(high - low)}"></i></div>'
    )


def _curve(curve: Curve, label: str) -> str:
    width = STEP * len(curve.points)
    said = "; ".join(p.text for p in curve.points if p.text)
    middle = "" if curve.middle is None else f'<path class="middle" d="M0 {_n(_y(curve.middle))}H{_n(width)}"/>'
    bands = "".join(f'<path class="band" d="{_band(run)}"/>' for run in _runs(curve, "low", "high"))
    lines = "".join(f'<path class="line" d="{curve_path(_line(run, "at"))}"/>' for run in _runs(curve, "at"))
    aims = "".join(f'<path class="aim" d="{curve_path(_line(run, "target"))}"/>' for run in _runs(curve, "target"))
    marks = "".join(_mark(i, p, curve) for i, p in enumerate(curve.points))
    return (
        f'<div class="plot" role="img" aria-label="{escape(label)}: {escape(said)}">'
        f'<svg viewBox="0 0 {_n(width)} {_n(HEIGHT)}" preserveAspectRatio="none" aria-hidden="true">'
        f"{bands}{middle}{aims}{lines}</svg>{marks}</div>"
    )


def _mark(i: int, p: CurvePoint, curve: Curve) -> str:
    """The dot of a step with its number beside it; words where there is no number."""
    left = (i + 0.5) / len(curve.points)
    aims = [j for j, q in enumerate(curve.points) if q.target is not None]
    aim = ""
    if p.target is not None and aims and i == aims[-1] and curve.target_label:
        aim = f'<span class="aim" style="{_at(left, p.target)}">{_words(curve.target_label)}</span>'
    if p.at is None:
        return f'{aim}<span class="none" style="left:{_share(left)}">{_words(p.short or p.text)}</span>'
    below = p.at > 0.5 if p.target is None else p.target >= p.at
    side = "below" if below else "above"
    # The number keeps clear of the band, which may reach far.
    end = p.low if below else p.high
    value = f'<span class="value {side}" style="{_at(left, p.at if end is None else end)}">{_words(p.short)}</span>'
    return f'{aim}<i class="dot {escape(p.tone)}" style="{_at(left, p.at)}"></i>{value}'


def _runs(curve: Curve, *fields: str) -> Iterator[list[tuple[int, CurvePoint]]]:
    """Stretches of steps side by side that all have these heights: a line is not drawn over a gap."""
    run: list[tuple[int, CurvePoint]] = []
    for i, p in enumerate(curve.points):
        if any(getattr(p, f) is None for f in fields):
            if run:
                yield run
            run = []
        else:
            run.append((i, p))
    if run:
        yield run


def _line(run: Sequence[tuple[int, CurvePoint]], field: str) -> list[Point]:
    found = [((i + 0.5) * STEP, _y(getattr(p, field))) for i, p in run]
    # A step alone has a short line of its own.
    return found if len(found) > 1 else [(x + dx, y) for x, y in found for dx in (-12.0, 12.0)]


def _band(run: Sequence[tuple[int, CurvePoint]]) -> str:
    upper, lower = _line(run, "high"), _line(run, "low")
    return f"{curve_path(upper)}{curve_path(lower[::-1], move=False)}Z"


def _slopes(points: Sequence[Point]) -> list[float]:
    secants = [(y1 - y0) / (x1 - x0) for (x0, y0), (x1, y1) in pairwise(points)]
    if not secants:
        return [0.0]
    inner = [0.0 if a * b <= 0 else 2 * a * b / (a + b) for a, b in pairwise(secants)]
    return [0.0, *inner, 0.0]


def _at(left: float, height: float) -> str:
    return f"left:{_share(left)};top:{_share(_y(height) / HEIGHT)}"


def _y(height: float) -> float:
    return HEIGHT - MARGIN - min(max(height, 0.0), 1.0) * (HEIGHT - 2 * MARGIN)


def _share(value: float) -> str:
    return f"{min(max(value, 0.0), 1.0):.2%}"


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _words(text: str) -> str:
    return escape(text).replace("\n", "<br>")
