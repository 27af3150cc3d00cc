"""A journey map as HTML: one table, with phases and steps as its heads and lanes as its rows.

The table is whole without any script. `_map.js` folds lanes away, shows a step's details, and walks from step to step.
"""

from __future__ import annotations

from functools import lru_cache
from html import escape
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from cxkit._html import inline_html, json_html
from cxkit._html_curve import curve_cells

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cxkit._boards import Column, Lane, LaneCell, Lanes
    from cxkit._html import Canvas

__all__ = ["lanes_html", "map_script"]

WIDE = 8  # steps that a sheet of paper holds upright


def lanes_html(block: Lanes, canvas: Canvas) -> str:
    """The map as one table, which scrolls sideways in its own frame where the page is narrow."""
    del canvas
    facts = "".join(f"<span>{escape(f)}</span>" for f in block.facts)
    sub = f'<p class="sub">{_words(block.subtitle)}</p>' if block.subtitle else ""
    note = f'<p class="note">{_words(block.note)}</p>' if block.note else ""
    wide = " many" if len(block.columns) > WIDE else ""
    return (
        f'<div class="cx-lanes{wide}"{_said(block)}><div class="head">'
        f'<p class="title" dir="auto">{_words(block.title)}</p><p class="facts">{facts}</p></div>{sub}'
        f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(block.title)}">'
        f'<table style="--n:{len(block.columns)}">{_caption(block)}{_columns(block)}{_head(block)}'
        f"{_bodies(block)}</table></div>{note}</div>"
    )


@lru_cache
def map_script() -> str:
    """The script that brings maps to life: the same for a page and for a widget."""
    return Path(__file__).with_name("_map.js").read_text(encoding="utf-8")


def _said(block: Lanes) -> str:
    return f' data-say="{escape(json_html(dict(block.says)))}"' if block.says else ""


def _caption(block: Lanes) -> str:
    return f'<caption class="unseen">{_words(block.alt or block.title)}</caption>'


def _columns(block: Lanes) -> str:
    spans = "".join(f'<colgroup span="{int(n)}"></colgroup>' for _, n in block.groups)
    return f'<colgroup class="names" span="1"></colgroup>{spans}'


def _head(block: Lanes) -> str:
    phases = "".join(
        f'<th scope="colgroup" colspan="{int(n)}"><div><span dir="auto">{_words(name)}</span></div></th>'
        for name, n in block.groups
    )
    steps = "".join(_step(c) for c in block.columns)
    return (
        f'<thead><tr class="phases"><td></td>{phases}</tr>'
        f'<tr class="steps"><th scope="row" class="name">{_words(block.corner)}</th>{steps}</tr></thead>'
    )


def _step(column: Column) -> str:
    mark = f'<span class="mark">{_words(column.mark)}</span>' if column.mark else ""
    tone = f"{escape(column.tone)}{' marked' if column.mark else ''}"
    label = f'<span class="label" dir="auto">{_words(column.label)}</span>'
    return f'<th scope="col"><div class="step {tone}">{label}{mark}</div></th>'


def _bodies(block: Lanes) -> str:
    """The lanes in bodies of the table, one for each group that can be folded away."""
    runs = groupby(block.lanes, key=lambda lane: lane.group)
    return "".join(_body(block, group, list(lanes)) for group, lanes in runs)


def _body(block: Lanes, group: str, lanes: list[Lane]) -> str:
    steps = len(block.columns)
    rows = "".join(_lane(lane, steps) for lane in lanes)
    if not group:
        return f"<tbody>{rows}</tbody>"
    # A box to tick does without a script, which puts a button in its place.
    fold, box = (" data-fold", '<input type="checkbox" class="unfold">') if group in block.folded else ("", "")
    holds = " · ".join(lane.label for lane in lanes)
    quiet = f'<span class="holds">{_words(holds)}</span>' if holds != group else ""
    return (
        f'<tbody class="group"{fold}><tr class="group"><th scope="rowgroup" colspan="{steps + 1}"><label>'
        f'{box}<span class="of">{_words(group)}</span>{quiet}</label></th></tr>{rows}</tbody>'
    )


def _lane(lane: Lane, steps: int) -> str:
    line = ""
    if lane.line:
        line = f'<tr class="line"><td colspan="{steps + 1}"><div><span>{_words(lane.line)}</span></div></td></tr>'
    return f"{line}{_row(lane, steps)}"


def _row(lane: Lane, steps: int) -> str:
    curve, ends = lane.curve, ""
    if curve is not None:
        ends = f'<span class="end top">{_words(curve.top)}</span><span class="end bottom">{_words(curve.bottom)}</span>'
    note = f'<span class="why">{_words(lane.note)}</span>' if lane.note and (lane.cells or curve) else ""
    name = f'<th scope="row" class="name"><span class="label">{_words(lane.label)}</span>{note}{ends}</th>'
    if curve is not None:
        return f'<tr class="curve">{name}{"".join(curve_cells(curve))}</tr>'
    if not lane.cells:
        return f'<tr>{name}<td colspan="{steps}" class="quiet">{_words(lane.note)}</td></tr>'
    return f"<tr>{name}{_cells(lane.cells)}</tr>"


def _cells(cells: Iterable[LaneCell]) -> str:
    return "".join(_cell(c) for c in cells)


def _cell(cell: LaneCell) -> str:
    tone = f' class="{escape(cell.tone)}"' if cell.tone != "plain" else ""
    lines = "".join(f'<p dir="auto">{inline_html(line)}</p>' for line in cell.lines)
    return f"<td{tone}>{_bar(cell)}{lines}</td>"


def _bar(cell: LaneCell) -> str:
    if cell.bar is None:
        return ""
    low, high = (cell.bar if v is None else v for v in (cell.low, cell.high))
    return (
        f'<div class="bar" aria-hidden="true"><i class="full" style="width:{_share(cell.bar)}"></i>'
        f'<i class="band" style="left:{_share(low)};width:{_share(high - low)}"></i></div>'
    )


def _share(value: float) -> str:
    return f"{min(max(value, 0.0), 1.0):.2%}"


def _words(text: str) -> str:
    return escape(text).replace("\n", "<br>")
