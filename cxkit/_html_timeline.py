"""A plan along its weeks as HTML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cxkit._boards import Band, Mark, Row, Stretch, Timeline
    from cxkit._html import Canvas

__all__ = ["timeline_html"]


def timeline_html(block: Timeline, canvas: Canvas) -> str:
    """The plan as one table: workstreams are groups of its rows, weeks its columns, and a bar lies across them.

    It scrolls inside its own frame, with the names in place; the frame can be reached by keyboard.
    """
    head, today = canvas.id(), ""
    if block.now is not None:
        today = f";--now:{(block.now - 1 + block.now_at) / len(block.weeks):.2%}"
    sub = f'<span class="sub">{_words(block.subtitle)}</span>' if block.subtitle else ""
    note = f'<p class="note">{_words(block.note)}</p>' if block.note else ""
    return (
        f'<figure class="cx-plan" aria-labelledby="{head}"><figcaption id="{head}"><span class="title">'
        f'{_words(block.title)}</span>{sub}</figcaption><div class="frame" role="region" aria-labelledby="{head}" '
        f'tabindex="0"><table{" class=now" if today else ""} style="--weeks:{len(block.weeks)}{today}">'
        f'<caption class="unseen">{_words(block.alt)}</caption>{_head(block)}'
        f"{''.join(_band(b, len(block.weeks)) for b in block.bands)}</table></div>{note}</figure>"
    )


def _head(block: Timeline) -> str:
    weeks = "".join(_week(i, name, block) for i, name in enumerate(block.weeks, 1))
    return f'<thead><tr><th scope="col">{_words(block.corner)}</th>{weeks}</tr></thead>'


def _week(number: int, name: str, block: Timeline) -> str:
    now = number == block.now
    at = f"left:{block.now_at:.0%};transform:translateX(-{block.now_at:.0%})"
    today = f'<span class="today" style="{at}">{_words(block.now_text)}</span>' if now and block.now_text else ""
    return f'<th scope="col" class="week{" now" if now else ""}">{today}<b>{number}</b><i>{_words(name)}</i></th>'


def _band(band: Band, weeks: int) -> str:
    note = f" <span>{_words(band.note)}</span>" if band.note else ""
    rows = "".join(_row(r, weeks) for r in band.rows)
    return (
        f'<tbody><tr class="band"><th scope="rowgroup">{_words(band.label)}{note}</th>'
        f'<td class="lane" colspan="{weeks}"></td></tr>{rows}</tbody>'
    )


def _row(row: Row, weeks: int) -> str:
    who = f"<i>{_words(row.who)}</i>" if row.who else ""
    # On a phone a bar may lie outside the frame; there its state stands under the name too.
    who += "".join(_state(p.text, p.tone) for p in (*row.stretches, *row.marks) if p.text)
    parts = [*(_stretch(s, weeks) for s in row.stretches), *(_mark(m, weeks) for m in row.marks)]
    return (
        f'<tr><th scope="row"><b>{_words(row.label)}</b>{who}</th>'
        f'<td class="lane" colspan="{weeks}"><div>{"".join(parts)}</div></td></tr>'
    )


def _state(text: str, tone: str) -> str:
    return f'<span class="state says {escape(tone)}" aria-hidden="true">{_words(text)}</span>'


def _stretch(stretch: Stretch, weeks: int) -> str:
    tone = escape(stretch.tone)
    bar = f'<i class="bar {tone}" style="grid-column:{stretch.first}/{stretch.last + 1}"></i>'
    return bar + _beside(stretch.text, stretch.alt, tone, _room(stretch.first, stretch.last, weeks))


def _mark(mark: Mark, weeks: int) -> str:
    tone, left = escape(mark.tone), weeks - mark.week < 2
    columns, across = (f"1/{mark.week + 1}", mark.week) if left else (f"{mark.week}/-1", weeks - mark.week + 1)
    # Half a week, so that the diamond stands in the middle of its own.
    style = f"grid-column:{columns};--half:{50 / across:.2f}%"
    says = _beside(mark.text, mark.alt, tone, ("", "auto"))
    return f'<span class="mark{" left" if left else ""}" style="{style}"><i class="diamond {tone}"></i>{says}</span>'


def _room(first: int, last: int, weeks: int) -> tuple[str, str]:
    """Where the words of a bar stand: right of it, left where the weeks end, inside where it takes them all."""
    if weeks - last >= 2:
        return "", f"{last + 1}/-1"
    return (" left", f"1/{first}") if first > 2 else (" inside", f"{first}/{last + 1}")


def _beside(text: str, alt: str, tone: str, room: tuple[str, str]) -> str:
    side, columns = room
    spoken = f'<span class="unseen">{_words(alt)}</span>' if alt else ""
    hidden = ' aria-hidden="true"' if alt else ""
    seen = f'<span class="says {tone}{side}" style="grid-column:{columns}"{hidden}>{_words(text)}</span>'
    return (seen if text else "") + spoken


def _words(text: str) -> str:
    return escape(text).replace("\n", "<br>")
