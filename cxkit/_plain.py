"""Blocks as plain text: what a terminal, a log or a diff shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cxkit._blocks import (
    Block,
    Cards,
    Code,
    Comment,
    Figure,
    Group,
    Header,
    Heading,
    Line,
    Table,
    Text,
    line_text,
)
from cxkit._boards import Curve, Lanes, Row, Timeline

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["plain"]


def plain(block: Block) -> str:
    r"""A block as text without markup.

    Example:
        >>> from cxkit._blocks import Table
        >>> print(plain(Table("KPIs", ("KPI", "n"), (("NPS", "2,746"),))))
        KPIs
        KPI  n
        NPS  2,746
    """
    return _PLAIN[type(block)](block)


def _header(block: Header) -> str:
    return " · ".join(filter(None, (block.client, block.subtitle, *block.facts)))


def _heading(block: Heading) -> str:
    return _lines(block.text, block.subtitle)


def _text(block: Text) -> str:
    return "\n\n".join(line_text(p) for p in block.paragraphs)


def _cards(block: Cards) -> str:
    said = (
        " · ".join(filter(None, (f"{c.label}: {c.value}", c.interval, c.n, *(t for _, t in c.changes), c.note)))
        for c in block.cards
    )
    return _lines(*said, block.note)


def _figure(block: Figure) -> str:
    return _lines(block.title, block.subtitle, _grid(block.columns, block.rows), block.note)


def _table(block: Table) -> str:
    return _lines(block.title, block.subtitle, _grid(block.columns, block.rows), block.note)


def _comment(block: Comment) -> str:
    return _lines(block.title, block.flag, block.why, *block.paragraphs, f"{block.author}, {block.date}")


def _code(block: Code) -> str:
    return _lines(block.summary, block.text)


def _timeline(block: Timeline) -> str:
    weeks, rows = len(block.weeks), list[tuple[Line | str, ...]]()
    for band in block.bands:
        rows.append((line_text((band.label, " · " if band.note else "", band.note)), "", "", ""))
        rows += [(f"  {r.label}", r.who, _track(r, weeks), _said(r)) for r in band.rows]
    names = (block.corner, "", f"1-{weeks}", "")
    now = f"{block.now_text}: {block.weeks[block.now - 1]}" if block.now else ""
    return _lines(block.title, block.subtitle, block.alt, now, _grid(names, tuple(rows)), block.note)


def _track(row: Row, weeks: int) -> str:
    marks, bars = {m.week for m in row.marks}, {w for s in row.stretches for w in range(s.first, s.last + 1)}
    return "".join("◆" if w in marks else "█" if w in bars else "·" for w in range(1, weeks + 1))


def _said(row: Row) -> str:
    return " ".join(s.alt or s.text for s in (*row.stretches, *row.marks))


def _lanes(block: Lanes) -> str:
    phases = [name for name, n in block.groups for _ in range(n)]
    steps = [" · ".join(filter(None, (c.label, c.mark))) for c in block.columns]
    rows: list[tuple[Line | str, ...]] = [(block.corner, *steps)]
    for lane in block.lanes:
        points = _heard(lane.curve) if lane.curve else []
        cells = points or [" · ".join(line_text(x) for x in c.lines) for c in lane.cells]
        rows.append((lane.label, *(cells or [lane.note] + [""] * (len(steps) - 1))))
    facts = " · ".join(block.facts)
    return _lines(block.title, facts, block.subtitle, block.alt, _grid(("", *phases), tuple(rows)), block.note)


def _heard(curve: Curve) -> list[str]:
    """What is measured and what is stated, step by step."""
    stated = ([t.texts[i] for t in curve.traces if i < len(t.texts)] for i in range(len(curve.points)))
    return ["; ".join(filter(None, (p.text, *said))) for p, said in zip(curve.points, stated, strict=True)]


def _group(block: Group) -> str:
    return "\n\n".join(plain(b) for b in block.blocks)


_PLAIN: dict[type[Block], Callable[[Any], str]] = {
    Header: _header,
    Heading: _heading,
    Text: _text,
    Cards: _cards,
    Figure: _figure,
    Table: _table,
    Comment: _comment,
    Code: _code,
    Lanes: _lanes,
    Timeline: _timeline,
    Group: _group,
}


def _lines(*parts: str) -> str:
    return "\n".join(p for p in parts if p)


def _grid(columns: tuple[str, ...], rows: tuple[tuple[Line | str, ...], ...]) -> str:
    table = [columns, *([line_text(c).replace("\n", " ") for c in row] for row in rows)]
    widths = [max(len(row[i]) for row in table) for i in range(len(columns))]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)).rstrip() for r in table)
