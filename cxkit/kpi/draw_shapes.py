"""What stands behind a score as blocks: how its answers are spread over their scale, and a share along time."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from cxkit._blocks import Block, Figure, Group, Heading, Text
from cxkit._format import Words, count_text, date_text, estimate_text, interval_text, period_text, tick_text, value_text
from cxkit.evidence.estimate import Estimate
from cxkit.kpi.labels import n_text, number_columns, spread_of
from cxkit.kpi.sentences import estimate_of, says, why_not
from cxkit.kpi.shape_charts import Bracket, Course, Pillar, bars_spec, course_spec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxkit.evidence.manifest import KpiRecord, StudyRecord
    from cxkit.evidence.view import View

__all__ = ["draw_distribution", "draw_retention", "draw_shapes", "shape_figure"]

DISTRIBUTIONS, CURVES = 3, 2  # of a report: those of the first KPIs
EARLIER, LEGS = 4, 7
ALL = "all"
_GROUPS = ("minus", "between", "plus")
_TONES = {"plus": "better", "minus": "worse", "between": "quiet", "counted": "accent", "not_counted": "quiet"}


def draw_shapes(view: View) -> Group:
    """What stands behind the first scores: their scales point by point, and the course of what lasts."""
    w, figures = says(view), _scales(view) + _curves(view)
    return Group((Heading(w.say("shapes.title")), *figures)) if figures else Group(())


def draw_distribution(view: View, kpi: str) -> Block:
    """How the answers behind a KPI are spread over the points of its scale, in the period in view.

    Each point has its interval; points of few customers are hatched. What counts for the score, and what against it,
    stands over the bars.

    Args:
        view: The evidence in one period.
        kpi: Id of a measured KPI.
    """
    record, w = view.kpi(kpi), says(view)
    study, found = view.study(f"distribution/{kpi}"), _points(view, kpi)
    if study is None:
        return _sentence(w.say("distribution.none", label=record.label))
    if not found:
        why = study.notes[0] if study.notes else _why_none(view, record)
        return _sentence(why)
    return _scale_figure(view, record, found)


def draw_retention(view: View, kpi: str) -> Block:
    """How many are still there, or have gone, at each time: the period in view, and those before it thin and pale.

    Args:
        view: The evidence in one period.
        kpi: Id of a measured KPI of the kind survival.
    """
    record, w, study = view.kpi(kpi), says(view), view.study(f"curve/{kpi}")
    if study is None:
        return _sentence(w.say("curve.none", label=record.label))
    if ALL in study.items and view.period != view.manifest.periods[view.length][-1]:
        return _sentence(w.say("curve.together_only", label=record.label))
    if not any(p in study.items for p in (*view.periods, ALL)):
        return _sentence(_why_none(view, record))
    return _course_figure(view, record, study)


def shape_figure(view: View, kpi: str) -> Figure | None:
    """What stands behind one KPI; None where there is nothing to draw."""
    drawn = (draw(view, kpi) for draw in (draw_distribution, draw_retention))
    return next((b for b in drawn if isinstance(b, Figure)), None)


def _scales(view: View) -> list[Figure]:
    found: dict[object, Figure] = {}
    for kpi in view.manifest.kpis:
        drawn = draw_distribution(view, kpi.id)
        # Two scores of the same answers have one distribution.
        if isinstance(drawn, Figure):
            found.setdefault((kpi.table, tuple(e.value for _, e in _points(view, kpi.id))), drawn)
    return list(found.values())[:DISTRIBUTIONS]


def _curves(view: View) -> list[Figure]:
    drawn = (draw_retention(view, k.id) for k in view.manifest.kpis)
    return [b for b in drawn if isinstance(b, Figure)][:CURVES]


def _sentence(text: str) -> Text:
    return Text(((text,),), role="note")


def _why_none(view: View, kpi: KpiRecord) -> str:
    w = says(view)
    if view.length != view.manifest.lengths[0]:
        return w.say("shapes.other_length", label=kpi.label, length=w.say(f"length.{view.manifest.lengths[0]}"))
    cell = view.cell(kpi.id)
    return w.say("trends.none", label=kpi.label, why=why_not(view, cell.estimate if cell else None))


def _points(view: View, kpi: str) -> list[tuple[int, Estimate]]:
    """The points of the scale with their shares in the period in view; none where they were not measured."""
    mine = (f for f in view.evidence.findings if (f.study, f.item) == (f"distribution/{kpi}", view.period))
    told = ((re.fullmatch(r"at_(-?\d+)", f.measure), f) for f in mine)
    return sorted(((int(m[1]), f.estimate) for m, f in told if m), key=lambda pe: pe[0])


def _scale_figure(view: View, kpi: KpiRecord, found: list[tuple[int, Estimate]]) -> Figure:
    w, own = says(view), estimate_of(view, kpi.id)
    groups = [_group_of(view, kpi, p) for p, _ in found]
    names = [_group_name(g, kpi, found, w) for g in groups]
    pillars = [_pillar(view, p, e, g, n) for (p, e), g, n in zip(found, groups, names, strict=True)]
    title = w.say("distribution.title", label=kpi.label, value=estimate_text(own, kpi.unit, words=w))
    rows = "; ".join(w.say("segments.alt_row", name=p.name, value=p.text or p.instead) for p in pillars)
    hidden = sum(not e.shown for _, e in found)
    n = next((n_text(e, w) for _, e in found if e.shown), n_text(own, w))
    period = period_text(view.period, words=w)
    return Figure(
        title=title,
        subtitle=w.say("distribution.plotted", low=found[0][0], high=found[-1][0], period=period, n=n),
        spec=bars_spec(pillars, _brackets(view, kpi, groups, names)),
        alt=w.say("distribution.alt", title=title, rows=rows),
        columns=(w.say("distribution.point"), w.say("distribution.counts"), *number_columns(w)),
        rows=tuple(
            (str(p), n, *_cells(view, e)) for (p, e), n in zip(found, names, strict=True)
        ) + _group_rows(view, kpi, groups, names),
        note=" ".join(filter(None, (_hidden(view, hidden), kpi.note))),
        table_label=w.say("page.numbers"),
    )  # fmt: skip


def _group_of(view: View, kpi: KpiRecord, point: int) -> str:
    """What a point counts as: for the score, against it, neither; or "" where the score takes all alike."""
    finding = view.finding(f"distribution/{kpi.id}", view.period, f"at_{point}")
    if finding is None or kpi.kind == "mean" or kpi.better == "neither":
        return ""
    counts = finding.better == kpi.better
    if kpi.kind == "proportion":
        return "counted" if counts else "not_counted"
    return "plus" if counts else "between" if finding.better == "neither" else "minus"


def _group_name(group: str, kpi: KpiRecord, found: Sequence[tuple[int, Estimate]], w: Words) -> str:
    if not group:
        return ""
    likely = kpi.kind == "net" and (found[0][0], found[-1][0]) == (0, 10)
    return w.say(f"distribution.{'likely' if likely else 'group'}.{group}")


def _pillar(view: View, point: int, e: Estimate, group: str, name: str) -> Pillar:
    w = says(view)
    instead = w.say(f"distribution.instead_{'few' if e.status == 'suppressed' else 'none'}")
    text = value_text(e.value, "percent", words=w, spread=spread_of(e)) if e.value is not None else ""
    number = estimate_text(e, "percent", words=w)
    hover = w.say("distribution.hover", point=point, group=f" ({name})" if name else "", value=number)
    return Pillar(str(point), e, text, hover, _TONES.get(group, "accent"), "" if e.shown else instead)


def _brackets(view: View, kpi: KpiRecord, groups: Sequence[str], names: Sequence[str]) -> list[Bracket]:
    """A bracket over each run of points that count alike; with its share where one run has them all."""
    w, runs = says(view), [(g, [i for i, _ in run]) for g, run in groupby(enumerate(groups), key=lambda ig: ig[1])]
    found = []
    for group, places in runs:
        e = _group_estimate(view, kpi, group) if sum(g == group for g, _ in runs) == 1 else None
        value, interval = _two_lines(e, w)
        tone = _TONES.get(group, "accent")
        found += [Bracket(places[0], places[-1], names[places[0]], value, interval, tone)] if group else []
    return found


def _group_estimate(view: View, kpi: KpiRecord, group: str) -> Estimate | None:
    if group == "counted":
        return estimate_of(view, kpi.id)
    finding = view.finding(f"distribution/{kpi.id}", view.period, group)
    return finding.estimate if finding else None


def _two_lines(e: Estimate | None, w: Words) -> tuple[str, str]:
    if e is None:
        return "", ""
    if e.value is None:
        return w.say("status.too_few"), ""
    return value_text(e.value, "percent", words=w, spread=spread_of(e)), interval_text(e, "percent", words=w)


def _group_rows(
    view: View, kpi: KpiRecord, groups: Sequence[str], names: Sequence[str]
) -> tuple[tuple[str, ...], ...]:  # fmt: skip
    """The rows of the groups of a net score, under those of the points."""
    told = dict(zip(groups, names, strict=True))
    found = ((g, _group_estimate(view, kpi, g)) for g in _GROUPS if g in told)
    return tuple(("", told[g], *_cells(view, e)) for g, e in found)


def _cells(view: View, e: Estimate | None) -> tuple[str, str, str]:
    w = says(view)
    if e is None or e.value is None:
        return w.say("status.too_few"), "", ""
    value, interval = _two_lines(e, w)
    return value, interval, "" if e.n is None else count_text(e.n, w)


def _course_figure(view: View, kpi: KpiRecord, study: StudyRecord) -> Figure:
    w, horizon, unit = says(view), _horizon(kpi), _unit(kpi, says(view))
    now = ALL if ALL in study.items else view.period
    before = [p for p in view.periods[:-1] if p in study.items][-EARLIER:]
    found = {p: _course_points(view, kpi, p) for p in (*before, now)}
    lead = found[now]
    title = _course_title(view, kpi, lead, unit=unit, now=now)
    last = lead or next((p for p in reversed(list(found.values())) if p), [])
    return Figure(
        title=title,
        subtitle=_course_subtitle(view, kpi, study, unit=unit, now=now, earlier=bool(before)),
        spec=course_spec(
            [_course(view, kpi, p, points, leads=p == now) for p, points in found.items()],
            start=0.0 if kpi.settings.get("shows") == "lost" else 1.0,
            horizon=horizon,
            ticks=lambda v, step: tick_text(v, "percent", step=step, words=w),
            legs=_legs(lead, horizon, w),
            words=(_time(horizon, unit, w), unit or w.say("curve.times"), w.say("curve.at_risk")),
            instead=w.say("curve.few"),
        ),
        alt=w.say("curve.alt", title=title, rows="; ".join(_said(t, e, unit, w) for t, e in last)),
        columns=_course_columns(w),
        rows=tuple(
            (study.items[p], _time(t, unit, w), *_cells(view, e)) for p, points in found.items() for t, e in points
        ),
        note=_course_note(view, kpi, lead, w),
        table_label=w.say("page.numbers"),
    )


def _course_subtitle(view: View, kpi: KpiRecord, study: StudyRecord, *, unit: str, now: str, earlier: bool) -> str:
    w = says(view)
    days = {"first": date_text(study.first, words=w), "last": date_text(study.last, words=w)}
    told = w.say("curve.together", **days) if now == ALL else period_text(now, words=w)
    plotted = w.say(
        f"curve.plotted_{kpi.settings.get('shows', 'kept')}", unit=unit or w.say("curve.times"), period=told
    )
    return plotted + (w.say("curve.earlier") if earlier else "")


def _course_columns(w: Words) -> tuple[str, ...]:
    return w.say("page.column_period"), w.say("curve.time"), *number_columns(w)[:2], w.say("curve.at_risk_column")


def _course_points(view: View, kpi: KpiRecord, period: str) -> list[tuple[float, Estimate]]:
    mine = (f for f in view.evidence.findings if (f.study, f.item) == (f"curve/{kpi.id}", period))
    told = ((float(f.measure.removeprefix("at_")), f.estimate) for f in mine if f.estimate.shown)
    return sorted(told, key=lambda timed: timed[0])


def _course(
    view: View, kpi: KpiRecord, period: str, points: Sequence[tuple[float, Estimate]], *, leads: bool
) -> Course:  # fmt: skip
    w, unit = says(view), _unit(kpi, says(view))
    name = period_text(period, words=w)
    hovers = [f"{name}, {_said(t, e, unit, w)}" for t, e in points]
    end = "" if period == ALL else name
    if points and leads:
        last = points[-1][1]
        end = f"{end} {value_text(last.value or 0.0, 'percent', words=w, spread=spread_of(last))}".strip()
    return Course(name, tuple((t, e, h) for (t, e), h in zip(points, hovers, strict=True)), end)


def _horizon(kpi: KpiRecord) -> float:
    return float(kpi.settings["horizon"])


def _unit(kpi: KpiRecord, w: Words) -> str:
    """What times are counted in, told from the column that they stand in; "" where that does not say."""
    found = re.search(r"\b(hours|days|weeks|months|month_of_life|years)\b", kpi.fields.get("duration", ""))
    name = {"month_of_life": "months"}.get(found[1], found[1]) if found else ""
    return w.say(f"curve.unit.{name}") if name else ""


def _time(time: float, unit: str, w: Words) -> str:
    return w.say("curve.at", n=count_text(round(time), w), unit=unit).strip()


def _said(time: float, e: Estimate, unit: str, w: Words) -> str:
    n = "" if e.n is None else count_text(e.n, w)
    return w.say("curve.said", time=_time(time, unit, w), value=estimate_text(e, "percent", words=w), n=n)


def _legs(lead: Sequence[tuple[float, Estimate]], horizon: float, w: Words) -> list[tuple[float, str]]:
    """The times under the axis with those still at risk: those that are told, thinned so that they can be read."""
    told = [(t, "" if e.n is None else count_text(e.n, w)) for t, e in lead if t > 0]
    if not told:
        return [(0.0, ""), (horizon, "")]
    room = max(horizon, told[-1][0]) / LEGS
    kept: list[tuple[float, str]] = []
    # From the time that counts on, or from the last one: what would lie on another goes.
    for t, n in sorted(told, key=lambda tn: (tn[0] != horizon, -tn[0])):
        if all(abs(t - other) >= room for other, _ in kept) and t >= room / 2:
            kept.append((t, n))
    return [(0.0, ""), *sorted(kept)]


def _course_title(
    view: View, kpi: KpiRecord, lead: Sequence[tuple[float, Estimate]], *, unit: str, now: str
) -> str:  # fmt: skip
    w, at = says(view), dict(lead)
    if _horizon(kpi) in at:
        own = estimate_text(at[_horizon(kpi)], "percent", words=w)
        key = "curve.title_together" if now == ALL else "distribution.title"
        return w.say(key, label=kpi.label, value=own)
    if lead:
        time, last = lead[-1]
        value = estimate_text(last, "percent", words=w)
        return w.say("curve.title_so_far", label=kpi.label, value=value, time=_time(time, unit, w))
    return w.say("curve.title_none", label=kpi.label, period=period_text(view.period, words=w))


def _hidden(view: View, hidden: int) -> str:
    return says(view).say("distribution.hidden", threshold=view.manifest.threshold) if hidden else ""


def _course_note(view: View, kpi: KpiRecord, lead: Sequence[tuple[float, Estimate]], w: Words) -> str:
    times = [t for t, _ in lead]
    jumps = any(b - a > 1 for a, b in zip([0.0, *times], times, strict=False))
    fewest = max(kpi.minimum_n, view.manifest.threshold)
    said = [w.say("curve.coarse", threshold=view.manifest.threshold)] if jumps else []
    said += [w.say("curve.short", fewest=fewest)] if not times or times[-1] < _horizon(kpi) else []
    return " ".join(filter(None, [*said, kpi.note]))
