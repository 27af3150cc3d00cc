"""What a board shows of one KPI: its course, its segments beside it, and the commentary on what is shown."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from cxkit._blocks import Block, Cards, Comment, Figure, Group, Line, Quiet, Strong, Table, Tag, Text, Tone
from cxkit._format import Words, count_text, estimate_text, interval_text, period_text, tick_text, value_text
from cxkit.kpi.charts import Point, Series, lines_spec
from cxkit.kpi.choose import cells_by
from cxkit.kpi.draw import PERIODS, draw_commentary, draw_scorecard, segment_figure, segment_title, trend_figure
from cxkit.kpi.draw_shapes import shape_figure
from cxkit.kpi.labels import end_text, hover_text, spread_of, tick_label
from cxkit.kpi.sentences import apart, estimate_of, says, slice_words, why_not

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxkit.evidence.cells import Cell, Comparison, Slice
    from cxkit.evidence.estimate import Estimate
    from cxkit.evidence.manifest import KpiRecord
    from cxkit.evidence.view import View
    from cxkit.kpi.choose import Chosen

__all__ = ["board_blocks", "board_cards", "board_comments", "board_figure", "board_shape", "board_table"]

LINES, APART, HIDDEN = 5, 8, 4


def board_blocks(chosen: Chosen) -> Group:
    """The board as a report shows it: cards, course, segments, commentary."""
    cards, note = board_cards(chosen.view)
    shape = board_shape(chosen)
    beside = (board_table(chosen), *board_comments(chosen))
    return Group((cards, note, board_figure(chosen), *((shape,) if shape else ()), *beside))


def board_cards(view: View) -> tuple[Cards, Block]:
    """A card for each KPI, and the note on how to read them."""
    # The note for executives does not send the reader to the end of a report, which a board has not.
    cards, note = draw_scorecard(replace(view, audience="executive")).blocks
    return (cards if isinstance(cards, Cards) else Cards(())), note


def board_figure(chosen: Chosen) -> Figure | Text:
    """The course of the chosen KPI; by segment where it is split, then with the whole as a thin line."""
    view, periods = chosen.view, chosen.view.periods[-PERIODS:]
    if not chosen.kpi:
        return _nothing(view)
    kpi = view.kpi(chosen.kpi)
    if not chosen.dimensions:
        some = any(c.estimate.shown for c in view.series(kpi.id))
        return replace(trend_figure(view, kpi, periods=periods), width="full") if some else _nothing(view, kpi)
    if len(periods) < 2 and len(chosen.dimensions) == 1:
        return replace(segment_figure(view, kpi, view.dimension(chosen.split), first=kpi), width="full")
    return _lines_figure(chosen, kpi, periods)


def board_shape(chosen: Chosen) -> Figure | None:
    """What stands behind the chosen KPI: its scale point by point, or its course; None where there is nothing."""
    drawn = shape_figure(chosen.view, chosen.kpi) if chosen.kpi else None
    return replace(drawn, width="full") if drawn else None


def board_table(chosen: Chosen) -> Table | Text:
    """The segments of the period in view; without a split, those that stand apart from the rest."""
    if not chosen.kpi:
        return Text(())
    kpi = chosen.view.kpi(chosen.kpi)
    return _segments(chosen, kpi) if chosen.dimensions else _standing_apart(chosen.view, kpi)


def board_comments(chosen: Chosen) -> tuple[Comment, ...]:
    """The commentary that is bound to a number on the board."""
    if not chosen.kpi:
        return ()
    total = chosen.view.cell(chosen.kpi)
    ids = {c.id for c in (*cells_by(chosen.view, chosen.kpi, chosen.dimensions), total) if c}
    drawn = draw_commentary(replace(chosen.view, notes=tuple(n for n in chosen.view.notes if n.cell in ids)))
    return tuple(b for b in drawn.blocks if isinstance(b, Comment))


def _nothing(view: View, kpi: KpiRecord | None = None) -> Text:
    w = says(view)
    if kpi is None:
        return Text(((w.say("answer.nothing", period=period_text(view.period, words=w)),),))
    return Text(((w.say("trends.none", label=kpi.label, why=why_not(view, estimate_of(view, kpi.id))),),))


def _lines_figure(chosen: Chosen, kpi: KpiRecord, periods: Sequence[str]) -> Figure:
    view, w = chosen.view, says(chosen.view)
    cells = cells_by(view, kpi.id, chosen.dimensions)
    drawn = _most_telling(view, kpi, cells)
    series = [_series(view, kpi, c.slice, periods) for c in drawn]
    series.append(_series(view, kpi, (), periods))
    title, names = _title(chosen, kpi, cells), [_name(c.slice) for c in drawn]
    rows = tuple(_period_row(view, kpi, p, [c.slice for c in drawn]) for p in periods)
    by = w.all_of([w.say(f"length.{view.length}"), *_labels(chosen, lower=True)])
    return Figure(
        title=title,
        subtitle=w.say(
            "board.plotted", label=kpi.label, by=by, confidence=f"{view.manifest.confidence:.0%}".rstrip("%")
        ),
        spec=lines_spec(series, ticks=lambda v, step: tick_text(v, kpi.unit, step=step, words=w)),
        alt=_alt(title, series, w),
        columns=(w.say("page.column_period"), *names, w.say("segments.all")),
        rows=rows,
        width="full",
        note=_figure_note(view, kpi, cells, drawn, periods),
        table_label=w.say("page.numbers"),
    )


def _most_telling(view: View, kpi: KpiRecord, cells: Sequence[Cell]) -> list[Cell]:
    """The segments to draw: those told apart first, then the largest; highest value first."""

    def rank(cell: Cell) -> tuple[bool, float]:
        return not _verdict(view, kpi, cell.slice), -(cell.estimate.n or 0)

    # A name stands at the end of a line, so a line has to reach the period in view.
    there = [c for c in cells if c.estimate.shown]
    return sorted(sorted(there, key=rank)[:LINES], key=lambda c: -(c.estimate.value or 0.0))


def _shown_at(view: View, kpi: KpiRecord, slice_: Slice, period: str) -> Estimate | None:
    cell = view.cell(kpi.id, slice_, period=period)
    return cell.estimate if cell and cell.estimate.shown else None


def _series(view: View, kpi: KpiRecord, slice_: Slice, periods: Sequence[str]) -> Series:
    w, name = says(view), _name(slice_) or says(view).say("segments.all")
    estimates = [(p, _shown_at(view, kpi, slice_, p)) for p in periods]
    last = next((e for _, e in reversed(estimates) if e), None)
    points = tuple(
        Point(tick_label(p, w), e, hover_text("trends.hover", f"{name}, {period_text(p, words=w)}", e, kpi, w))
        for p, e in estimates
    )
    verdict = _verdict(view, kpi, slice_) if slice_ else ""
    return Series(name, points, end_text(last, kpi, w) if last else "", verdict, total=not slice_)


def _verdict(view: View, kpi: KpiRecord, slice_: Slice) -> str:
    """What a test says of a segment: against the rest; of a pair, which has none, since the period compared with."""
    found = _compared(view, kpi, slice_)
    return found.verdict if found and found.real and estimate_of(view, kpi.id, slice_).shown else ""


def _compared(view: View, kpi: KpiRecord, slice_: Slice) -> Comparison | None:
    if len(slice_) == 1:
        return view.comparison(kpi.id, "rest", slice_)
    return view.comparison(kpi.id, "previous", slice_) or view.comparison(kpi.id, "baseline", slice_)


def _title(chosen: Chosen, kpi: KpiRecord, cells: Sequence[Cell]) -> str:
    view, w = chosen.view, says(chosen.view)
    if len(chosen.dimensions) == 1:
        return segment_title(view, kpi, view.dimension(chosen.split))
    found = [c for cell in cells if (c := _compared(view, kpi, cell.slice))]
    if not found:
        return w.say("board.by", label=kpi.label, dimension=_dimensions(chosen))
    since = period_text(found[0].other, words=w)
    parts = []
    for verdict in ("worse", "better"):
        names = [_name(c.slice) for c in found if c.real and c.verdict == verdict]
        key = f"board.title_{verdict}.{'one' if len(names) == 1 else 'many'}"
        parts += [w.say(key, values="; ".join(names[:3]), since=since, n=len(names))] if names else []
    return w.say("segments.join").join(parts) or w.say("board.title_same", since=since)


def _alt(title: str, series: Sequence[Series], w: Words) -> str:
    rows = "; ".join(w.say("segments.alt_row", name=s.name, value=s.end) for s in series if s.end)
    return w.say("board.alt", title=title, rows=rows)


def _period_row(view: View, kpi: KpiRecord, period: str, slices: Sequence[Slice]) -> tuple[str, ...]:
    w, cells = says(view), [view.cell(kpi.id, s, period=period) for s in (*slices, ())]
    texts = (
        estimate_text(c.estimate, kpi.unit, words=w) if c and c.estimate.shown else why_not(view, c and c.estimate)
        for c in cells
    )
    return (period_text(period, words=w), *texts)


def _figure_note(
    view: View, kpi: KpiRecord, cells: Sequence[Cell], drawn: Sequence[Cell], periods: Sequence[str]
) -> str:
    w = says(view)
    gaps = [_name(c.slice) for c in drawn if any(not _shown_at(view, kpi, c.slice, p) for p in periods)]
    said = [w.count("board.left", len(cells) - len(drawn))] if len(cells) > len(drawn) else []
    said += [w.say("board.gaps", values=w.all_of(gaps))] if gaps else []
    return " ".join(filter(None, [*said, kpi.note]))


def _segments(chosen: Chosen, kpi: KpiRecord) -> Table:
    view, w = chosen.view, says(chosen.view)
    sign = -1 if kpi.better == "lower" else 1
    cells = cells_by(view, kpi.id, chosen.dimensions)
    cells.sort(key=lambda c: (not c.estimate.shown, -sign * (c.estimate.value or 0.0)))
    hidden = [c for c in cells if not c.estimate.shown]
    # A long list of what cannot be shown would bury what can; the note names them all.
    rows = [_segment_row(view, kpi, c) for c in cells if c.estimate.shown or len(hidden) <= HIDDEN]
    rows.append(_row(view, kpi, Strong(w.say("segments.all")), estimate_of(view, kpi.id), ""))
    by = _dimensions(chosen, lower=True)
    return Table(
        w.say("board.by_dimension", period=period_text(view.period, words=w), dimension=by),
        (_dimensions(chosen), *_columns(w)),
        tuple(rows),
        subtitle=_against(chosen, kpi, cells),
        note=" ".join(filter(None, (_hidden_note(view, cells), kpi.note))),
        align=("left", "right", "left", "right", "left"),
    )  # fmt: skip


def _against(chosen: Chosen, kpi: KpiRecord, cells: Sequence[Cell]) -> str:
    w = says(chosen.view)
    if len(chosen.dimensions) == 1:
        return w.say("board.against_rest")
    found = next((c for cell in cells if (c := _compared(chosen.view, kpi, cell.slice))), None)
    return w.say("board.against", period=period_text(found.other, words=w)) if found else ""


def _standing_apart(view: View, kpi: KpiRecord) -> Table | Text:
    w, found = says(view), apart(view, kpi.id)
    if not found:
        said = "board.none_apart" if kpi.dimensions else "board.no_dimension"
        return Text(((Strong(w.say("board.apart")),), (w.say(said, label=kpi.label),)))
    more = len(found) - APART
    rows = [
        _row(view, kpi, slice_words(view, c.slice), estimate_of(view, kpi.id, c.slice), _tag(c, w))
        for c in found[:APART]
    ]
    return Table(
        w.say("board.apart"),
        (w.say("board.segment"), *_columns(w)),
        tuple(rows),
        subtitle=w.say("board.against_rest"),
        note=" ".join(filter(None, (w.count("board.more_apart", more) if more > 0 else "", kpi.note))),
        align=("left", "right", "left", "right", "left"),
    )


def _columns(w: Words) -> tuple[str, str, str, str]:
    return w.say("page.column_value"), w.say("page.column_interval"), w.say("page.column_n"), w.say("board.told")


def _segment_row(view: View, kpi: KpiRecord, cell: Cell) -> tuple[Line | str, ...]:
    w, found = says(view), _compared(view, kpi, cell.slice)
    tag: Tag | Quiet | str = _tag(found, w) if found and cell.estimate.shown else ""
    return _row(view, kpi, _name(cell.slice), cell.estimate, tag)


def _row(
    view: View, kpi: KpiRecord, name: Strong | str, e: Estimate, tag: Tag | Quiet | str
) -> tuple[Line | str, ...]:  # fmt: skip
    w = says(view)
    n = "" if e.n is None else count_text(e.n, w)
    if e.value is None or not e.shown:
        return (name,), "", (Quiet(_unshown(e, w)),), n, ""
    value = Strong(value_text(e.value, kpi.unit, words=w, spread=spread_of(e)))
    return (name,), (value,), interval_text(e, kpi.unit, words=w), n, (tag,)


def _unshown(e: Estimate, w: Words) -> str:
    return w.say("board.held_back") if e.status == "suppressed" else w.say(f"status.{e.status}")


def _tag(found: Comparison, w: Words) -> Tag | Quiet:
    if found.difference is None:
        return Quiet(w.say("board.not_compared"))
    if not found.real:
        return Quiet(w.say("board.same"))
    tones: dict[str, Tone] = {"better": "better", "worse": "worse"}
    pair = len(found.slice) != 1
    up = found.difference.value > 0
    key = ("up" if up else "down") if pair else ("above" if up else "below")
    return Tag(w.say(f"board.{key}"), tones.get(found.verdict, "plain"))


def _hidden_note(view: View, cells: Sequence[Cell]) -> str:
    """Which segments are not shown, and why, in sentences."""
    w, hidden = says(view), [c for c in cells if not c.estimate.shown]
    said = []
    for status, group in groupby(sorted(hidden, key=lambda c: c.estimate.status), key=lambda c: c.estimate.status):
        names = [_name(c.slice) for c in group]
        key = f"board.why.{status}.{'one' if len(names) == 1 else 'many'}"
        if w.has(key):
            said.append(w.say(key, values=w.all_of(names), threshold=view.manifest.threshold))
    return " ".join(said)


def _name(slice_: Slice) -> str:
    return " · ".join(v for _, v in slice_)


def _dimensions(chosen: Chosen, *, lower: bool = False) -> str:
    return says(chosen.view).all_of(_labels(chosen, lower=lower))


def _labels(chosen: Chosen, *, lower: bool) -> list[str]:
    labels = [chosen.view.dimension(d).label for d in chosen.dimensions]
    # Only the first letter: a label may hold a name or an abbreviation.
    return [x[:1].lower() + x[1:] if lower and not x[:2].isupper() else x for x in labels]
