"""A journey map as a drawing of its own: an SVG for slides, posters and drawing programs.

It holds no script, no style sheet, no font and no address: what is in the file is all there is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from cxkit._blocks import Quiet
from cxkit._html_curve import curve_ends, curve_path, curve_runs, dash_of, height_at, line_class, value_side
from cxkit._svg_text import Word, clean, leans_right, rows_of, say_row, width_of
from cxkit._theme import DEFAULT, Theme, light_colours

if TYPE_CHECKING:
    from cxkit._boards import Curve, CurvePoint, Lane, LaneCell, Lanes

__all__ = ["lanes_svg"]

NAMES, STEP, EDGE, INSET = 132.0, 148.0, 32.0, 9.0
TEXT, SMALL, ROW = 12.0, 11.0, 16.0
CURVE = 190.0
DASHES = {"t1": "", "t2": "0.5 5", "t3": "10 4 2 4", "t4": "14 5", "aim": "4 4"}

Rows = list[list[Word]]


@dataclass
class _Sheet:
    """What is drawn so far, and how far down."""

    colours: dict[str, str]
    steps: int
    y: float = EDGE
    parts: list[str] = field(default_factory=list[str])

    @property
    def width(self) -> float:
        return 2 * EDGE + NAMES + self.steps * STEP

    def left(self, step: float) -> float:
        """Where the column of a step begins."""
        return EDGE + NAMES + step * STEP

    def add(self, part: str) -> None:
        self.parts.append(part)

    def rule(self, y: float) -> None:
        """A hairline over the whole map."""
        colour = self.colours["hair"]
        self.add(f'<path d="M{_n(EDGE)} {_n(y)}H{_n(self.width - EDGE)}" stroke="{colour}" fill="none"/>')

    def words(self, rows: Rows, x: float, y: float, *, size: float = TEXT, width: float = STEP - 2 * INSET) -> None:
        """Rows of words, the first on a base line."""
        turned = leans_right(" ".join(w.text for row in rows for w in row))
        for row in rows:
            right = x + width if turned else None
            self.add(say_row(row, x, y, size=size, colours=self.colours, right=right))
            y += (ROW + (4 if any(w.pill for w in row) else 0)) * size / TEXT


def lanes_svg(block: Lanes, theme: Theme = DEFAULT, *, whole: bool = True) -> str:
    """The map as one SVG, the same for the same block.

    Args:
        block: The map.
        theme: The client's look.
        whole: Whether the lanes that a page folds away at first are drawn too.
    """
    lanes = [lane for lane in block.lanes if whole or lane.group not in block.folded]
    sheet = _Sheet(_colours(theme), max(len(block.columns), 1))
    _title(sheet, block)
    _heads(sheet, block)
    for group, run in groupby(lanes, key=lambda lane: lane.group):
        if group:
            _group(sheet, group)
        for lane in run:
            _lane(sheet, lane)
    sheet.rule(sheet.y)
    if block.note:
        rows = rows_of((Quiet(block.note),), sheet.width - 2 * EDGE, SMALL)
        sheet.words(rows, EDGE, sheet.y + 20, size=SMALL, width=sheet.width - 2 * EDGE)
        sheet.y += 8 + len(rows) * ROW
    return _document(block, sheet, theme)


def _document(block: Lanes, sheet: _Sheet, theme: Theme) -> str:
    width, height = _n(sheet.width), _n(sheet.y + EDGE)
    font = clean(theme.font.replace('"', "'"))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'role="img" aria-labelledby="title desc" font-family="{font}" font-size="{_n(TEXT)}">'
        f'<title id="title">{clean(block.title)}</title><desc id="desc">{clean(block.alt or block.title)}</desc>'
        f'<rect width="{width}" height="{height}" fill="{sheet.colours["paper"]}"/>{"".join(sheet.parts)}</svg>\n'
    )


def _colours(theme: Theme) -> dict[str, str]:
    c = light_colours(theme)
    tones = {t: (c[f"{t}-pale"], c[f"{t}-deep"]) for t in ("better", "worse", "open")}
    tones |= dict.fromkeys(("quiet", "plain"), (c["pill"], c["pill-text"]))
    pills = {f"pill-{t}": ground for t, (ground, _) in tones.items()} | {
        f"on-{t}": ink for t, (_, ink) in tones.items()
    }
    return c | pills | {"plain": c["text"], "strong": c["text"]}


def _title(sheet: _Sheet, block: Lanes) -> None:
    facts = " · ".join(block.facts)
    room = sheet.width - 2 * EDGE
    for text, size, style in ((block.title, 18.0, "head"), (block.subtitle, 13.0, "quiet"), (facts, TEXT, "quiet")):
        rows = rows_of(text, room, size) if text else []
        toned = [[Word(w.text, style, w.width) for w in row] for row in rows]
        if toned:
            sheet.words(toned, EDGE, sheet.y + size, size=size, width=room)
            sheet.y += len(toned) * ROW * size / TEXT + 4
    sheet.y += 12


def _heads(sheet: _Sheet, block: Lanes) -> None:
    """Phases as bars, under them the steps as boxes."""
    ink, at = sheet.colours["ink"], 0
    for name, n in block.groups:
        x, wide = sheet.left(at), n * STEP - 6
        rows = rows_of(name, wide - 20, TEXT)
        label = " ".join(w.text for w in rows[0]) + (" …" if len(rows) > 1 else "") if rows else ""
        sheet.add(f'<rect x="{_n(x + 3)}" y="{_n(sheet.y)}" width="{_n(wide)}" height="28" rx="6" fill="{ink}"/>')
        sheet.add(_text(label, x + 13, sheet.y + 18.5, fill=sheet.colours["on-ink"], weight=True))
        at += n
    sheet.y += 34
    labels = [rows_of(c.label, STEP - 30, 13.0) for c in block.columns]
    marks = [rows_of(c.mark, STEP - 30, SMALL) for c in block.columns]
    tall = max([len(a) * 17 + len(b) * 15 + 26 for a, b in zip(labels, marks, strict=True)] + [62])
    sheet.words(rows_of((Quiet(block.corner),), NAMES - 12, TEXT), EDGE, sheet.y + 21, width=NAMES - 12)
    for i, (column, label, mark) in enumerate(zip(block.columns, labels, marks, strict=True)):
        _step(sheet, i, column.tone == "worse", label, mark, tall)
    sheet.y += tall + 10


def _step(sheet: _Sheet, i: int, worse: bool, label: Rows, mark: Rows, tall: float) -> None:
    c, x = sheet.colours, sheet.left(i)
    edge, ground = (c["worse"], c["worse-wash"]) if worse else (c["quiet"] if mark else c["hair"], c["paper"])
    box = f'x="{_n(x + 3.5)}" y="{_n(sheet.y + 0.5)}" width="{_n(STEP - 7)}" height="{_n(tall - 1)}" rx="8"'
    sheet.add(f'<rect {box} fill="{ground}" stroke="{edge}"/>')
    strong = [[Word(w.text, "strong", w.width) for w in row] for row in label]
    toned = [[Word(w.text, "worse-deep" if worse else "soft", w.width) for w in row] for row in mark]
    sheet.words(strong, x + 14, sheet.y + 22, size=13.0, width=STEP - 28)
    sheet.words(toned, x + 14, sheet.y + tall - 10 - (len(mark) - 1) * 14.7, size=SMALL, width=STEP - 28)


def _group(sheet: _Sheet, name: str) -> None:
    sheet.rule(sheet.y)
    sheet.words(rows_of(name, sheet.width - 2 * EDGE, TEXT), EDGE, sheet.y + 21, width=NAMES - 12)
    sheet.y += 32


def _lane(sheet: _Sheet, lane: Lane) -> None:
    if lane.line:
        _line(sheet, lane.line)
    else:
        sheet.rule(sheet.y)
    names = rows_of((Quiet(lane.label),), NAMES - 12, TEXT)
    note = rows_of((Quiet(lane.note),), NAMES - 12, SMALL) if lane.note and (lane.cells or lane.curve) else []
    sheet.words(names, EDGE, sheet.y + 21, width=NAMES - 12)
    under = sheet.y + (CURVE / 2 - 4 if lane.curve else 21 + len(names) * ROW)
    sheet.words(note, EDGE, under, size=SMALL, width=NAMES - 12)
    least = 18 + len(names) * ROW + len(note) * 14.7
    if lane.curve is not None:
        _curve(sheet, lane.curve)
        sheet.y += CURVE
        return
    if not lane.cells:
        rows = rows_of((Quiet(lane.note),), sheet.width - sheet.left(0) - EDGE, TEXT)
        sheet.words(rows, sheet.left(0) + INSET, sheet.y + 21)
        sheet.y += max(least, 18 + len(rows) * ROW)
        return
    sheet.y += max([least, *(_cell(sheet, i, c) for i, c in enumerate(lane.cells))])


def _line(sheet: _Sheet, text: str) -> None:
    c = sheet.colours
    end = EDGE + width_of(text, SMALL) + 10
    sheet.add(_text(text, EDGE, sheet.y + 14, fill=c["quiet"], size=SMALL))
    right, dash = _n(sheet.width - EDGE), 'stroke-dasharray="5 4" fill="none"'
    sheet.add(f'<path d="M{_n(end)} {_n(sheet.y + 10)}H{right}" stroke="{c["edge"]}" {dash}/>')
    sheet.y += 12


def _cell(sheet: _Sheet, i: int, cell: LaneCell) -> float:
    """Draws what a lane says of a step, and gives the height that it takes."""
    x, y, room = sheet.left(i) + INSET, sheet.y + 21, STEP - 2 * INSET
    tone = cell.tone if cell.tone in ("better", "worse") else "strong"
    if cell.bar is not None:
        sheet.add(_bar(sheet, cell, x, sheet.y + 14))
        y += 14
    for line in cell.lines:
        rows = rows_of(line, room, TEXT)
        toned = [[Word(w.text, tone if w.style == "strong" else w.style, w.width, w.pill) for w in r] for r in rows]
        sheet.words(toned, x, y, width=room)
        y += sum(ROW + (4 if any(w.pill for w in row) else 0) for row in toned) + 3
    return y - sheet.y - 3


def _bar(sheet: _Sheet, cell: LaneCell, x: float, y: float) -> str:
    c, room, worse = sheet.colours, STEP - 2 * INSET, cell.tone == "worse"
    at, low, high = (
        min(max(v if v is not None else cell.bar or 0.0, 0.0), 1.0) for v in (cell.bar, cell.low, cell.high)
    )
    shapes = (
        (0.0, 1.0, c["track"]),
        (0.0, at, c["worse" if worse else "accent"]),
        (low, high, c["worse-band" if worse else "pale"]),
    )
    return "".join(
        f'<rect x="{_n(x + a * room)}" y="{_n(y)}" width="{_n((b - a) * room)}" height="6" rx="1.5" fill="{colour}"/>'
        for a, b, colour in shapes
    )


def _curve(sheet: _Sheet, curve: Curve) -> None:
    c = sheet.colours
    for text, y, fill in ((curve.top, 30.0, c["better"]), (curve.bottom, CURVE - 22, c["worse"])):
        sheet.add(_text(text, EDGE + NAMES - 12, sheet.y + y, fill=fill, size=SMALL, anchor="end"))
    if curve.middle is not None:
        y, right = _n(_down(sheet, curve.middle)), _n(sheet.left(sheet.steps))
        sheet.add(
            f'<path d="M{_n(sheet.left(0))} {y}H{right}" stroke="{c["hair"]}" stroke-dasharray="3 4" fill="none"/>'
        )
    _lines(sheet, curve)
    for i, point in enumerate(curve.points):
        _point(sheet, i, point, curve)
    for end in (e for e in curve_ends(curve) if "own" not in e.css_class):
        y = sheet.y + CURVE * (0.86 - end.height * 0.72)
        rows = rows_of(end.label, STEP / 2, SMALL)
        said = [" ".join(w.text for w in row) for row in rows[:2]]
        if len(rows) > 2:
            said[1] += "…"
        for i, label in enumerate(said):
            at = y + 4 + (i - (len(said) - 1) / 2) * (SMALL + 2)
            sheet.add(_text(label, _middle(sheet, end.step) + 14, at, fill=c["soft"], size=SMALL))


def _lines(sheet: _Sheet, curve: Curve) -> None:
    c, points = sheet.colours, curve.points
    for run in curve_runs([p.low for p in points], other=[p.high for p in points]):
        upper, lower = ([(_middle(sheet, i), _down(sheet, v[at])) for i, *v in run] for at in (1, 0))
        upper, lower = (_widened(p) for p in (upper, lower))
        sheet.add(f'<path d="{curve_path(upper)}{curve_path(lower[::-1], move=False)}Z" fill="{c["band"]}"/>')
    drawn = [([p.target for p in points], "aim", c["quiet"], 1.3)]
    kept = [t for t in curve.traces if "own" not in line_class(curve, t)]
    drawn += [(t.heights, "aim" if t.aim else f"t{dash_of(curve, t)}", c["quiet"], 1.5) for t in kept]
    drawn.append(([p.at for p in points], "", c["accent"], 2.2))
    for heights, dash, colour, width in drawn:
        dashes = f' stroke-dasharray="{DASHES[dash]}" stroke-linecap="round"' if DASHES.get(dash) else ""
        for run in curve_runs(heights):
            d = curve_path(_widened([(_middle(sheet, i), _down(sheet, h)) for i, h, _ in run]))
            sheet.add(f'<path d="{d}" fill="none" stroke="{colour}" stroke-width="{_n(width)}"{dashes}/>')


def _point(sheet: _Sheet, i: int, p: CurvePoint, curve: Curve) -> None:
    c, x = sheet.colours, _middle(sheet, i)
    for trace in (t for t in curve.traces if not t.aim):
        height = trace.heights[i]
        if height is not None:
            sheet.add(_pin(sheet, x, _down(sheet, height), round_=dash_of(curve, trace) % 2 == 1))
    if p.at is None:
        if p.short:
            rows = rows_of((Quiet(p.short),), STEP - 2 * INSET, SMALL)
            sheet.words(rows, x - STEP / 2 + INSET, sheet.y + CURVE / 2, size=SMALL)
        return
    dot = c[p.tone] if p.tone in ("better", "worse") else c["accent"]
    y, paper = _down(sheet, p.at), c["paper"]
    sheet.add(f'<circle cx="{_n(x)}" cy="{_n(y)}" r="5.5" fill="{dot}" stroke="{paper}" stroke-width="2"/>')
    below, end = value_side(curve, i)
    at, wide = _down(sheet, end) + (18 if below else -9), width_of(p.short, SMALL, strong=True) + 4
    box = f'x="{_n(x - wide / 2)}" y="{_n(at - 10)}" width="{_n(wide)}" height="13"'
    sheet.add(f'<rect {box} rx="3" fill="{paper}"/>' if p.short else "")
    sheet.add(_text(p.short, x, at, fill=c["text"], size=SMALL, weight=True, anchor="middle"))


def _pin(sheet: _Sheet, x: float, y: float, *, round_: bool) -> str:
    ring = f'fill="{sheet.colours["paper"]}" stroke="{sheet.colours["quiet"]}" stroke-width="1.5"'
    if round_:
        return f'<circle cx="{_n(x)}" cy="{_n(y)}" r="3.6" {ring}/>'
    return f'<rect x="{_n(x - 3.4)}" y="{_n(y - 3.4)}" width="6.8" height="6.8" {ring}/>'


def _text(
    text: str, x: float, y: float, *, fill: str, size: float = TEXT, weight: bool = False, anchor: str = "start"
) -> str:  # fmt: skip
    heavy = ' font-weight="600"' if weight else ""
    side = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text x="{_n(x)}" y="{_n(y)}" font-size="{_n(size)}" fill="{fill}"{heavy}{side}>{clean(text)}</text>'


def _widened(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    # A step alone has a short line of its own.
    return list(points) if len(points) > 1 else [(x + dx, y) for x, y in points for dx in (-14.0, 14.0)]


def _middle(sheet: _Sheet, step: int) -> float:
    return sheet.left(step + 0.5)


def _down(sheet: _Sheet, height: float) -> float:
    return sheet.y + CURVE * height_at(height) / 100


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
