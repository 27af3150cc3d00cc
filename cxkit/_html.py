"""Blocks as HTML: one function for each kind, and every word escaped on its way in."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from html import escape
from itertools import chain, groupby
from typing import TYPE_CHECKING, Any

from cxkit._blocks import (
    Bar,
    Block,
    Card,
    Cards,
    Code,
    Comment,
    Figure,
    Group,
    Header,
    Heading,
    Inline,
    Line,
    Strong,
    Table,
    Tag,
    Text,
    flatten,
)
from cxkit._boards import Lanes, Timeline
from cxkit._theme import DEFAULT, Theme, css, theme_of, themed_spec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["RENDERERS", "Canvas", "flow_html", "inline_html", "json_html", "notebook_html", "render"]


@dataclass
class Canvas:
    """What the blocks are drawn on: a page with charts, or a cell of a notebook without."""

    theme: Theme = DEFAULT
    charts: bool = True
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def id(self) -> str:
        """An id that no other element of this page has."""
        return f"cx-{next(self.ids)}"


def render(block: Block, canvas: Canvas) -> str:
    """A block as HTML.

    Example:
        >>> render(Text((("Answers from ", Strong("<b>")),)), Canvas())
        '<div class="cx-text"><p>Answers from <strong>&lt;b&gt;</strong></p></div>'
    """
    return _renderer(type(block))(block, canvas)


def notebook_html(block: Block) -> str:
    """A block with its style sheet, as a notebook shows it; charts are the notebook's own to draw."""
    theme = theme_of(accent=block.accent, ink=block.ink, font=block.font) if isinstance(block, Header) else DEFAULT
    inside = flow_html([block], Canvas(theme, charts=False))
    return f'<style>{css(theme)}</style><div class="cx cx-alone"><div class="cx-flow">{inside}</div></div>'


def flow_html(blocks: Iterable[Block], canvas: Canvas) -> str:
    """Blocks in order, with half-width figures side by side."""
    runs = groupby(flatten(list(blocks)), key=lambda b: isinstance(b, Figure) and b.width == "half")
    return "".join(chain.from_iterable(_run(list(run), canvas, half=half) for half, run in runs))


def inline_html(line: Line | str) -> str:
    r"""A line as HTML: emphasis as elements, everything else escaped.

    Example:
        >>> inline_html(("n & N\n", Strong("x<y")))
        'n &amp; N<br><strong>x&lt;y</strong>'
    """
    return _words(line) if isinstance(line, str) else "".join(_inline(part) for part in line)


def json_html(data: object) -> str:
    r"""JSON that may stand inside a script element, whatever its strings hold.

    Example:
        >>> json_html({"a": "</script><!--"})
        '{"a":"\\u003c/script\\u003e\\u003c!--"}'
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False, sort_keys=True)
    for mark in "<>&\u2028\u2029":
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return text


def _run(blocks: list[Block], canvas: Canvas, *, half: bool) -> Iterator[str]:
    if half:
        yield f'<div class="cx-figures">{"".join(render(b, canvas) for b in blocks)}</div>'
    else:
        yield from (render(b, canvas) for b in blocks)


def _header(block: Header, canvas: Canvas) -> str:
    del canvas
    logo = f'<img src="{escape(block.logo)}" alt="">' if block.logo.startswith("data:image/") else ""
    name = f"<strong>{escape(block.client)}</strong>"
    left = _dotted([name, escape(block.subtitle)])
    return f'<header class="cx-header"><p>{logo}{left}</p><p>{_dotted([escape(f) for f in block.facts])}</p></header>'


def _heading(block: Heading, canvas: Canvas) -> str:
    level = min(max(block.level, 1), 4)
    sub = f'<p class="sub">{_words(block.subtitle)}</p>' if block.subtitle else ""
    title = f'<h{level} id="{canvas.id()}">{_words(block.text)}</h{level}>'
    return f'<div class="{"cx-head" if level < 3 else "cx-sub"}">{title}{sub}</div>' if sub else title


def _text(block: Text, canvas: Canvas) -> str:
    del canvas
    role = {"lead": "cx-text cx-lead", "note": "cx-note"}.get(block.role, "cx-text")
    return f'<div class="{role}">{"".join(f"<p>{inline_html(p)}</p>" for p in block.paragraphs)}</div>'


def _cards(block: Cards, canvas: Canvas) -> str:
    del canvas
    return (
        f'<div class="cx-cards"><ul role="list">{"".join(_card(c) for c in block.cards)}</ul></div>'
        + (f'<div class="cx-note"><p>{_words(block.note)}</p></div>' if block.note else "")
    )  # fmt: skip


def _card(card: Card) -> str:
    base = " · ".join(filter(None, (card.interval, card.n)))
    parts = [
        _p("label", card.label),
        f'<p class="value">{_value(card.value)}</p>' if card.shown else _p("value small", card.value),
        _p("base", base),
        _bar(card.bar) if card.bar else "",
        *(_p(f"change {tone}", words) for tone, words in card.changes),
        _p("note", card.note),
    ]
    return f"<li>{''.join(parts)}</li>"


def _value(text: str) -> str:
    # The unit steps back behind the figure it belongs to, unless it is one short sign.
    number, _, unit = text.partition("\u00a0")
    return f'{escape(number)}\u00a0<span class="unit">{escape(unit)}</span>' if len(unit) > 1 else escape(text)


def _bar(bar: Bar) -> str:
    tick = f'<i class="tick" style="left:{bar.target:.1%}"></i>' if bar.target is not None else ""
    return (
        f'<div class="bar" aria-hidden="true"><i class="track"></i>'
        f'<i class="band" style="left:{bar.low:.1%};width:{bar.high - bar.low:.1%}"></i>{tick}'
        f'<i class="dot" style="left:{bar.at:.1%}"></i>{_target_mark(bar)}</div>'
    )


def _target_mark(bar: Bar) -> str:
    if bar.target is None:
        return ""
    # Near an edge the words turn inwards, so that they stay inside the card.
    at, shift = (0.0, 0) if bar.target < 0.2 else (1.0, -100) if bar.target > 0.8 else (bar.target, -50)
    return f'<span class="mark" style="left:{at:.1%};transform:translateX({shift}%)">{escape(bar.target_text)}</span>'


def _figure(block: Figure, canvas: Canvas) -> str:
    head, foot = canvas.id(), canvas.id()
    spec = json_html(themed_spec(block.spec, canvas.theme))
    chart = (
        f'<div><div class="chart" role="img" aria-label="{escape(block.alt)}" aria-describedby="{foot}" '
        f'style="min-height:{int(block.spec["layout"].get("height", 280))}px" data-chart="{foot}-data"></div>'
        f'<script type="application/json" id="{foot}-data">{spec}</script></div>'
        if canvas.charts
        else ""
    )
    note = _p("note", block.note)
    table = _grid(block.columns, block.rows, caption="", align=())
    # Where no chart is drawn the numbers are the figure.
    shut = "" if canvas.charts else " open"
    numbers = f"<details{shut}><summary>{_words(block.table_label or block.subtitle)}</summary>{table}</details>"
    return (
        f'<figure class="cx-figure" aria-labelledby="{head}"><figcaption id="{head}"><span class="title">'
        f'{_words(block.title)}</span><span class="sub">{_words(block.subtitle)}</span></figcaption>'
        f'{chart}<div class="foot" id="{foot}">{note}{numbers}</div></figure>'
    )


def _table(block: Table, canvas: Canvas) -> str:
    del canvas
    sub = f'<span class="sub">{_words(block.subtitle)}</span>' if block.subtitle else ""
    caption = f'<caption><span class="title">{_words(block.title)}</span>{sub}</caption>' if block.title else ""
    grid = _grid(block.columns, block.rows, caption=caption, align=block.align)
    dense = " dense" if len(block.columns) > 5 else ""
    return f'<div class="cx-table{dense}">{grid}{_p("note", block.note)}</div>'


def _comment(block: Comment, canvas: Canvas) -> str:
    head = canvas.id()
    flag = f'<span class="tag open">{_words(block.flag)}</span>' if block.flag else ""
    body = "".join(f"<p>{_words(p)}</p>" for p in block.paragraphs)
    by = _words(", ".join(filter(None, (block.author, block.date))))
    return (
        f'<article class="cx-comment {escape(block.state)}" aria-labelledby="{head}"><header>'
        f'<h3 id="{head}">{_words(block.title)}</h3>{flag}</header>{_p("about", block.about)}'
        f'{_p("why", block.why)}{body}<p class="by">{by}</p></article>'
    )


def _code(block: Code, canvas: Canvas) -> str:
    del canvas
    code = f'<pre tabindex="0"><code data-language="{escape(block.language)}">{escape(block.text)}</code></pre>'
    return f'<details class="cx-code"><summary>{_words(block.summary)}</summary>{code}</details>'


def _group(block: Group, canvas: Canvas) -> str:
    return flow_html(block.blocks, canvas)


RENDERERS: dict[type[Block], Callable[[Any, Canvas], str]] = {
    Header: _header,
    Heading: _heading,
    Text: _text,
    Cards: _cards,
    Figure: _figure,
    Table: _table,
    Comment: _comment,
    Code: _code,
    Group: _group,
}


def _renderer(kind: type[Block]) -> Callable[[Any, Canvas], str]:
    if kind not in RENDERERS:
        # The boards draw with the functions of this module, so they come when one is shown.
        from cxkit import _html_lanes, _html_timeline

        RENDERERS.update({Lanes: _html_lanes.lanes_html, Timeline: _html_timeline.timeline_html})
    return RENDERERS[kind]


def _grid(
    columns: tuple[str, ...], rows: tuple[tuple[Line | str, ...], ...], *, caption: str, align: tuple[str, ...]
) -> str:
    sides = [' class="right"' if side == "right" else "" for side in align] or [""] * len(columns)
    head = "".join(
        f'<th scope="col" role="columnheader"{s}>{_words(c)}</th>' for c, s in zip(columns, sides, strict=True)
    )
    body = "".join(_row(row, columns, sides) for row in rows)
    # The roles keep it a table to a screen reader where a phone's style sheet shows it as a list.
    return (
        f'<table role="table">{caption}<thead role="rowgroup"><tr role="row">{head}</tr></thead>'
        f'<tbody role="rowgroup">{body}</tbody></table>'
    )


def _row(row: tuple[Line | str, ...], columns: tuple[str, ...], sides: list[str]) -> str:
    cells = zip(row, columns, sides, strict=True)
    (first, name, side), *rest = cells
    head = f'<th scope="row" role="rowheader" data-label="{escape(name)}"{side}><span>{inline_html(first)}</span></th>'
    return f'<tr role="row">{head}{"".join(_cell(c, n, s) for c, n, s in rest)}</tr>'


def _cell(cell: Line | str, name: str, side: str) -> str:
    return f'<td role="cell" data-label="{escape(name)}"{side}><span>{inline_html(cell)}</span></td>'


def _inline(part: Inline) -> str:
    if isinstance(part, str):
        return _words(part)
    if isinstance(part, Strong):
        return f"<strong>{_words(part.text)}</strong>"
    css_class = f"tag {escape(part.tone)}" if isinstance(part, Tag) else "quiet"
    return f'<span class="{css_class}">{_words(part.text)}</span>'


def _p(css_class: str, text: str) -> str:
    return f'<p class="{css_class}">{_words(text)}</p>' if text else ""


def _words(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def _dotted(parts: list[str]) -> str:
    return '<span aria-hidden="true">·</span>'.join(f"<span>{p}</span>" for p in parts if p)
