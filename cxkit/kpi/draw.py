"""KPIs as blocks: the answer first, then where each KPI stands, how it moved and where it differs."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from cxkit._blocks import Bar, Card, Cards, Comment, Figure, Group, Header, Heading, Line, Text, Tone
from cxkit._format import Words, date_text, interval_text, period_text, tick_text, value_text
from cxkit.evidence.view import Note, View, period_length
from cxkit.kpi.charts import Dot, Point, dots_spec, trend_spec
from cxkit.kpi.labels import (
    end_text,
    hover_text,
    instead_text,
    n_text,
    number_cells,
    number_columns,
    spread_of,
    target_text,
    tick_label,
)
from cxkit.kpi.provenance import draw_definitions, draw_provenance
from cxkit.kpi.sentences import (
    NO_ESTIMATE,
    apart,
    change_of,
    change_words,
    comparisons_made,
    estimate_of,
    headline,
    lead,
    notes_of,
    number_words,
    says,
    target_state,
    trend_title,
    why_not,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxkit.evidence.cells import Cell
    from cxkit.evidence.estimate import Estimate
    from cxkit.evidence.manifest import Client, DimensionRecord, KpiRecord

__all__ = ["draw_answer", "draw_commentary", "draw_definitions", "draw_header", "draw_provenance"]
__all__ += ["draw_scorecard", "draw_segments", "draw_trends"]

TRENDS, PERIODS, OTHER_SEGMENTS, MOST_UNSHOWN = 4, 24, 6, 4
_Cut = tuple["KpiRecord", "DimensionRecord"]
_TARGET_TONES: dict[str, Tone] = {"met": "better", "missed": "worse", "open": "quiet"}


def draw_header(view: View) -> Header:
    """Whose report it is, the week of the engagement, and the data it rests on."""
    w, m = says(view), view.manifest
    facts = (
        w.say("header.data_until", date=date_text(m.data_until, words=w)),
        w.say("header.evidence", evidence=m.evidence[:6]),
    )
    brand = m.client.brand
    return Header(
        m.client.name, _week(m.client, m.measured_on, w), facts, m.client.language,
        accent=brand.accent, ink=brand.second, font=brand.font, logo=m.client.logo or "",
    )  # fmt: skip


def draw_answer(view: View) -> Group:
    """The finding as the headline, and under it the numbers it rests on."""
    return Group((Heading(headline(view), level=1), Text(lead(view), role="lead")))


def draw_scorecard(view: View) -> Group:
    """A card for each KPI, and a note on how to read them."""
    w = says(view)
    if not view.manifest.kpis:
        return Group(())
    trademarks = list(dict.fromkeys(k.trademark for k in view.manifest.kpis if k.trademark))
    cards = Cards(tuple(_card(view, k) for k in view.manifest.kpis))
    notes = " ".join([*_reading_notes(view, w), *trademarks])
    return Group((cards, Text(((notes,),), role="note")))


def draw_trends(view: View) -> Group:
    """The first KPIs over time, each with its interval."""
    w, kpis = says(view), view.manifest.kpis
    if not kpis or (len(view.periods) == 1 and view.length in ("all", "year")):
        # One wave has no trend.
        return Group(())
    lines = [k for k in kpis if any(c.estimate.shown for c in _trend_cells(view, k))][:TRENDS]
    none = [k for k in kpis[:TRENDS] if k not in lines]
    why = tuple((w.say("trends.none", label=k.label, why=_why(view, k)),) for k in none)
    figures = tuple(trend_figure(view, k) for k in lines)
    return Group((Heading(w.say("trends.title")), *figures, *((Text(why, role="note"),) if why else ())))


def draw_segments(view: View) -> Group:
    """Where the first KPI stands by segment, and where any other KPI really differs."""
    w, kpis = says(view), view.manifest.kpis
    first = next((k for k in kpis if estimate_of(view, k.id).shown), None)
    pairs = [(k, d) for k in kpis for d in view.manifest.dimensions if _cut(view, k, d, first=first)]
    room = OTHER_SEGMENTS + sum(k == first for k, _ in pairs)
    drawn, left = pairs[:room], pairs[room:]
    figures = tuple(segment_figure(view, k, d, first=first) for k, d in drawn)
    if not figures:
        return Group(())
    return Group((Heading(w.say("segments.title")), *figures, Text(_segment_notes(view, drawn, left), role="note")))


def draw_commentary(view: View) -> Group:
    """The advisor's own words, and which of them no longer fit the number; an executive sees only those that do."""
    notes = [n for n in view.notes if view.audience != "executive" or n.state == "current"]
    comments = tuple(_comment(view, n) for n in notes)
    return Group((Heading(says(view).say("commentary.title")), *comments)) if comments else Group(())


def _week(client: Client, today: str, w: Words) -> str:
    week = (date.fromisoformat(today[:10]) - date.fromisoformat(client.start[:10])).days // 7 + 1
    if 1 <= week <= client.weeks:
        return w.say("header.subtitle_week", week=week, weeks=client.weeks)
    return w.say("header.subtitle")


def _card(view: View, kpi: KpiRecord) -> Card:
    w, cell = says(view), view.cell(kpi.id)
    estimate = cell.estimate if cell else NO_ESTIMATE
    if estimate.value is None or not estimate.shown:
        needed = w.say("card.needed", minimum=kpi.minimum_n) if estimate.status == "too_few" else ""
        why = why_not(view, estimate)
        # The n of a base stays small: it is a symbol.
        said = why if estimate.status == "too_few" else why[:1].upper() + why[1:]
        return Card(kpi.label, said, shown=False, interval=needed, note=notes_of(kpi, estimate))
    return Card(
        kpi.label,
        value_text(estimate.value, kpi.unit, words=w, spread=spread_of(estimate)),
        interval=interval_text(estimate, kpi.unit, words=w),
        n=n_text(estimate, w),
        bar=_bar(view, kpi, estimate),
        changes=_card_changes(view, kpi, estimate),
        note=notes_of(kpi, estimate),
    )


def _card_changes(view: View, kpi: KpiRecord, estimate: Estimate) -> tuple[tuple[Tone, str], ...]:
    change, state = change_of(view, kpi.id), target_state(kpi, estimate)
    changes = [change_words(view, kpi, change)] if change else []
    if state:
        changes.append((_TARGET_TONES[state], says(view).say(f"card.target_{state}")))
    return tuple(changes)


def _bar(view: View, kpi: KpiRecord, estimate: Estimate) -> Bar:
    """The track spans everything measured so far, so that the dot shows where today is in it."""
    w, seen = says(view), [c.estimate for c in view.series(kpi.id) if c.estimate.shown]
    values = [v for e in [*seen, estimate] for v in (e.low, e.value, e.high) if v is not None]
    values += [kpi.target] if kpi.target is not None else []
    pad = (max(values) - min(values)) * 0.1 or 1.0
    start, width = min(values) - pad, max(values) - min(values) + 2 * pad

    def place(value: float) -> float:
        return round((value - start) / width, 4)

    target = None if kpi.target is None else place(kpi.target)
    low, high = estimate.limits(start, start + width)
    text = "" if kpi.target is None else w.say("card.target", value=value_text(kpi.target, kpi.unit, words=w))
    return Bar(place(estimate.value or 0.0), place(low), place(high), target, text)


def _reading_notes(view: View, w: Words) -> list[str]:
    compared = comparisons_made(change_of(view, k.id) for k in view.manifest.kpis)
    notes = [w.say("scorecard.note", confidence=_percent(view))]
    notes += [w.say("scorecard.note_compared", n=compared)] if compared else []
    return notes + ([] if view.audience == "executive" else [w.say("scorecard.note_definitions")])


def trend_figure(view: View, kpi: KpiRecord, *, periods: Sequence[str] = ()) -> Figure:
    """A KPI over time with its interval; over these periods, or over those that draw it best."""
    w, periods = says(view), list(periods) or _trend_periods(view, kpi)
    estimates = {p: c.estimate if c else None for p in periods for c in [view.cell(kpi.id, period=p)]}
    shown = [(p, e) for p, e in estimates.items() if e and e.shown]
    points = [
        Point(tick_label(p, w), e, hover_text("trends.hover", period_text(p, words=w), e, kpi, w), instead_text(e, w))
        for p, e in estimates.items()
    ]
    title, length = trend_title(view, kpi), w.say(f"length.{period_length(periods[-1])}")
    end = end_text(shown[-1][1], kpi, w) if shown else ""
    names = {"first": period_text(periods[0], words=w), "last": period_text(periods[-1], words=w)}
    return Figure(
        title=title,
        subtitle=w.say("trends.plotted", label=kpi.label, length=length, **names),
        spec=trend_spec(
            points, ticks=lambda v, step: tick_text(v, kpi.unit, step=step, words=w), end=end, line=kpi.target,
            line_text=target_text(kpi, w),
        ),
        alt=_trend_alt(title, shown, kpi, w),
        columns=(w.say("page.column_period"), *number_columns(w)),
        rows=tuple((period_text(p, words=w), *number_cells(view, kpi, e)) for p, e in estimates.items()),
        note=_trend_note(view, kpi, estimates, length=length),
        table_label=w.say("page.numbers"),
    )  # fmt: skip


def _trend_periods(view: View, kpi: KpiRecord) -> list[str]:
    """Months where there are enough of them to draw a line, else the periods of the view.

    A KPI that is another number for each length of period is drawn in the length of the view.
    """
    months = [p for p in view.manifest.periods.get("month", ()) if p <= _last_month(view.period)]
    cells = (view.cell(kpi.id, period=p) for p in months)
    enough = sum(1 for c in cells if c and c.estimate.shown) >= 4
    monthly = enough and view.length != "month" and not kpi.by_length
    return (months if monthly else list(view.periods))[-PERIODS:]


def _trend_cells(view: View, kpi: KpiRecord) -> list[Cell]:
    found = (view.cell(kpi.id, period=p) for p in _trend_periods(view, kpi))
    return [c for c in found if c]


def _why(view: View, kpi: KpiRecord) -> str:
    cell = view.cell(kpi.id)
    return why_not(view, cell.estimate if cell else None)


def _last_month(period: str) -> str:
    year, _, part = period.partition("-")
    months = {"Q": 3, "H": 6}
    return f"{year}-{months[part[0]] * int(part[1:]):02d}" if part[:1] in months else f"{year}-{part or '12'}"


def _trend_alt(title: str, shown: list[tuple[str, Estimate]], kpi: KpiRecord, w: Words) -> str:
    values = {p: value_text(e.value or 0.0, kpi.unit, words=w, spread=spread_of(e)) for p, e in shown}
    ranked = sorted(shown, key=lambda pe: pe[1].value or 0.0)
    (first, _), (last, _) = shown[0], shown[-1]
    return w.say(
        "trends.alt", title=title, first_period=period_text(first, words=w), last_period=period_text(last, words=w),
        first=values[first], last=values[last], low=values[ranked[0][0]], high=values[ranked[-1][0]],
    )  # fmt: skip


def _trend_note(view: View, kpi: KpiRecord, estimates: dict[str, Estimate | None], *, length: str) -> str:
    w = says(view)
    gaps: dict[str, list[str]] = {}
    for period, estimate in estimates.items():
        if estimate is None or not estimate.shown:
            why = w.say(f"status.{estimate.status}" if estimate else "status.missing")
            gaps.setdefault(why, []).append(period_text(period, words=w))
    said = [
        w.say(f"trends.gap_{'one' if len(ps) == 1 else 'many'}", periods=w.all_of(ps), why=why)
        for why, ps in gaps.items()
    ]
    few = [w.say("trends.few", length=length)] if len(estimates) < 3 else []
    return " ".join(filter(None, [*said, *few, kpi.note]))


def _cut(view: View, kpi: KpiRecord, dimension: DimensionRecord, *, first: KpiRecord | None) -> bool:
    has_cells = bool(view.slices(kpi.id, dimension.id))
    return has_cells and (kpi == first or any(c.slice[0][0] == dimension.id for c in apart(view, kpi.id)))


def segment_figure(view: View, kpi: KpiRecord, dimension: DimensionRecord, *, first: KpiRecord | None) -> Figure:
    """A KPI by the values of a dimension, as dots in their intervals."""
    w = says(view)
    dots = _dots(view, kpi, dimension)
    unshown = [d for d in dots if not d.estimate.shown]
    # A long list of what cannot be shown would bury what can; the table under the chart has it all.
    drawn = dots if len(unshown) <= MOST_UNSHOWN else [d for d in dots if d.estimate.shown]
    others = w.say("segments.unshown", n=len(unshown)) if drawn is not dots else ""
    title = segment_title(view, kpi, dimension)
    if kpi != first:
        title = w.say("segments.with_kpi", label=kpi.label, title=title)
    rows = "; ".join(
        w.say("segments.alt_row", name=d.name, value=d.instead or d.hover.partition(": ")[2]) for d in dots
    )
    return Figure(
        title=title,
        subtitle=w.say(
            "segments.plotted", label=kpi.label, dimension=dimension.label, period=period_text(view.period, words=w)
        ),
        spec=dots_spec(drawn, ticks=lambda v, step: tick_text(v, kpi.unit, step=step, words=w)),
        alt=w.say("segments.alt", title=title, rows=rows),
        columns=(dimension.label, *number_columns(w), w.say("page.column_verdict")),
        rows=tuple((d.name, *number_cells(view, kpi, d.estimate), d.word or _unmarked(d, w)) for d in dots),
        note=" ".join(filter(None, (others, kpi.note))),
        table_label=w.say("page.numbers"),
    )


def _dots(view: View, kpi: KpiRecord, dimension: DimensionRecord) -> list[Dot]:
    sign = -1 if kpi.better == "lower" else 1
    dots = [_dot(view, kpi, c) for c in view.slices(kpi.id, dimension.id)]
    total = view.cell(kpi.id)
    dots += [_dot(view, kpi, total)] if total else []
    return sorted(dots, key=lambda d: (not d.estimate.shown, -sign * (d.estimate.value or 0.0)))


def _dot(view: View, kpi: KpiRecord, cell: Cell) -> Dot:
    w, e = says(view), cell.estimate
    comparison = view.comparison(kpi.id, "rest", cell.slice) if cell.slice else None
    verdict = comparison.verdict if comparison and comparison.real and e.shown else ""
    name = cell.slice[0][1] if cell.slice else w.say("segments.all")
    return Dot(
        name, e, n_text(e, w), hover_text("segments.hover", name, e, kpi, w), total=not cell.slice, verdict=verdict,
        word=w.say(f"segments.{verdict}") if verdict else "", instead="" if e.shown else why_not(view, e),
    )  # fmt: skip


def _unmarked(dot: Dot, w: Words) -> str:
    return "" if dot.total or not dot.estimate.shown else w.say("segments.verdict_none")


def segment_title(view: View, kpi: KpiRecord, dimension: DimensionRecord) -> str:
    """Which values of a dimension stand apart from the rest, in one sentence."""
    w, found = says(view), [c for c in apart(view, kpi.id) if c.slice[0][0] == dimension.id]
    parts = []
    for verdict in ("worse", "better", "changed"):
        names = [c.slice[0][1] for c in found if c.verdict == verdict]
        key = f"segments.title_{verdict}.{'one' if len(names) == 1 else 'many'}"
        parts += [w.say(key, values=_few(names, w))] if names else []
    if parts:
        return w.say("segments.join").join(parts)
    some = sum(c.estimate.shown for c in view.slices(kpi.id, dimension.id)) > 1
    return w.say("segments.same" if some else "segments.none", dimension=dimension.label)


def _few(names: list[str], w: Words) -> str:
    if len(names) <= 3:
        return w.all_of(names)
    return w.say("list.more", first=w.say("list.join").join(names[:2]), n=len(names) - 2)


def _segment_notes(view: View, drawn: list[_Cut], left: list[_Cut]) -> tuple[Line, ...]:
    w = says(view)
    cells = ((k.id, c.slice) for k, d in drawn for c in view.slices(k.id, d.id))
    compared = comparisons_made(view.comparison(kpi, "rest", slice_) for kpi, slice_ in cells)
    more = [w.say("segments.more_item", label=k.label, dimension=d.label) for k, d in left]
    notes = [w.say("segments.note", n=compared)] if compared else []
    notes += [w.say("segments.more", list=w.all_of(more))] if more else []
    return tuple((note,) for note in notes)


def _comment(view: View, note: Note) -> Comment:
    w = says(view)
    state = "stale" if note.state == "stale" else "unbound" if note.state == "unbound" else "current"
    return Comment(
        note.title, _paragraphs(note.text), note.author,
        date_text(note.date, words=w) if note.date else "", state,
        about=number_words(view, note.cell),
        flag=w.say(f"commentary.{state}") if state == "stale" or (state == "unbound" and note.cell) else "",
        why=note.why,
    )  # fmt: skip


def _paragraphs(text: str) -> tuple[str, ...]:
    """Paragraphs as people type them: an empty line ends one, other line breaks are spaces."""
    return tuple(" ".join(p.split()) for p in re.split(r"\n\s*\n", text) if p.strip())


def _percent(view: View) -> str:
    return f"{view.manifest.confidence:.0%}".rstrip("%")
