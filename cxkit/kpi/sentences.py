"""What may be said about a KPI: the finding, the change, the target, the reason for a gap.

Every sentence is made from estimates and tested comparisons. A change is called one only where the test, after
correction, says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxkit._blocks import Line, Quiet, Strong, Tone, line_text
from cxkit._format import Words, difference_text, estimate_text, period_text, spelled, words
from cxkit.evidence.estimate import Estimate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cxkit.evidence.cells import Cell, Comparison, Slice
    from cxkit.evidence.manifest import KpiRecord
    from cxkit.evidence.view import View

__all__ = ["apart", "change_of", "change_words", "comparisons_made", "headline", "lead", "notes_of", "number_words"]
__all__ += ["says", "scorecard_lines", "slice_words", "target_state", "trend_title", "why_not"]

NO_ESTIMATE = Estimate.without("no_data", n=None)


def says(view: View) -> Words:
    """The text catalogue in the client's language."""
    return words(view.manifest.client.language, view.manifest.client.currency)


def estimate_of(view: View, kpi: str, slice_: Slice = ()) -> Estimate:
    """The estimate of the period in view; one without a value where nothing was measured."""
    cell = view.cell(kpi, slice_)
    return cell.estimate if cell else NO_ESTIMATE


def change_of(view: View, kpi: str) -> Comparison | None:
    """What happened to a KPI: the comparison with the baseline or with the period before.

    The baseline comes first, because an engagement is judged against it; a real change comes before one that is not.
    """
    found = [c for c in (view.comparison(kpi, "baseline"), view.comparison(kpi, "previous")) if c]
    compared = [c for c in found if c.difference]
    return next((c for c in compared if c.real), next(iter(compared or found), None))


def apart(view: View, kpi: str) -> list[Comparison]:
    """The slices of one dimension that really differ from the rest: worse before better, then by size."""
    slices = [((d.id, v),) for d in view.manifest.dimensions for v in d.values]
    found = (view.comparison(kpi, "rest", s) for s in slices)
    real = [c for c in found if c and c.real and c.difference]
    return sorted(real, key=lambda c: (c.verdict != "worse", -_size(c)))


def headline(view: View) -> str:
    """The finding in full sentences: what happened to the first KPI, and what else stands out."""
    kpi, w = _first(view), says(view)
    if kpi is None:
        said = "nothing" if view.manifest.kpis else "no_kpis"
        return w.say(f"answer.{said}", period=period_text(view.period, words=w))
    segment, second = next(iter(apart(view, kpi.id)), None), _second(view, kpi)
    rest = _segment_finding(view, segment) if segment else finding(view, *second) if second else ""
    return " ".join(filter(None, (finding(view, kpi, change_of(view, kpi.id)), rest)))


def lead(view: View) -> tuple[Line, ...]:
    """The paragraph under the headline: numbers, intervals, what is real, and the targets."""
    kpi = _first(view)
    if kpi is None:
        return tuple((_missing(view, k),) for k in view.manifest.kpis[:1])
    sentences: list[Line] = []
    if kpi != view.manifest.kpis[0]:
        sentences.append((_missing(view, view.manifest.kpis[0]),))
    sentences += [_value_sentence(view, kpi), _other_comparison(view, kpi)]
    sentences += [_segment_sentence(view, kpi), _second_sentence(view, kpi), (Strong(_targets(view)),)]
    return (_joined(s for s in sentences if line_text(s)),)


def scorecard_lines(view: View) -> list[str]:
    """The scorecard as plain lines: KPI, estimate with interval and base, and what changed."""
    lines = [period_text(view.period, words=says(view))]
    wide = max((len(k.label) for k in view.manifest.kpis), default=0)
    for kpi in view.manifest.kpis:
        estimate, change = estimate_of(view, kpi.id), change_of(view, kpi.id)
        number = estimate_text(estimate, kpi.unit, words=says(view)) if estimate.shown else why_not(view, estimate)
        said = change_words(view, kpi, change)[1] if change and estimate.shown else ""
        lines.append(f"  {kpi.label:<{wide}}  {number:<24}  {said}".rstrip())
        note = notes_of(kpi, estimate)
        lines += [f"  {'':<{wide}}  {note}"] if note else []
    return lines


def finding(view: View, kpi: KpiRecord, change: Comparison | None) -> str:
    """What happened to a KPI, in one sentence without numbers."""
    w = says(view)
    if change is None or change.difference is None:
        value = estimate_text(estimate_of(view, kpi.id), kpi.unit, words=w)
        # A number that cannot be compared must not stand alone in a headline.
        value = w.say("finding.noted", value=value, note=_begun_small(kpi.note)) if kpi.note else value
        return w.say("finding.any.first", label=kpi.label, value=value)
    word = change.verdict if change.real else "same"
    fallback = _direction(change) if change.real else "same"
    own = f"finding.{kpi.id}.{word}"
    key = own if w.has(own) else f"finding.any.{fallback}"
    return w.say(key, label=kpi.label, since=period_text(change.other, words=w))


def trend_title(view: View, kpi: KpiRecord) -> str:
    """What happened to a KPI, with the size of the change: the title of its chart."""
    w, change, estimate = says(view), change_of(view, kpi.id), estimate_of(view, kpi.id)
    if change is None or change.difference is None:
        return w.say("trends.first", label=kpi.label, value=estimate_text(estimate, kpi.unit, words=w))
    key = _direction(change) if change.real else "same"
    size = difference_text(change.difference.value, kpi.unit, words=w)
    return w.say(f"trends.{key}", label=kpi.label, size=size, since=period_text(change.other, words=w))


def change_words(view: View, kpi: KpiRecord, change: Comparison) -> tuple[Tone, str]:
    """A change as a card says it, with its tone."""
    w, since = says(view), period_text(change.other, words=says(view))
    if change.difference is None:
        return "quiet", w.say("card.change_not", since=since, why=change.why or w.say("status.no_data"))
    size = difference_text(change.difference.value, kpi.unit, words=w, short=True)
    if change.real:
        tone: Tone = "plain" if change.verdict == "changed" else "better" if change.verdict == "better" else "worse"
        return tone, w.say(f"card.change_{_direction(change)}_real", size=size, since=since)
    if change.difference.detectable is None:
        return "quiet", w.say("card.change_none", since=since)
    seen = difference_text(change.difference.detectable, kpi.unit, words=w, short=True)
    return "quiet", w.say("card.change_none_seen", since=since, size=seen)


def target_state(kpi: KpiRecord, estimate: Estimate) -> str:
    """Where the whole interval stands: "met", "missed", or "open" where the target lies inside it; "" without a target.

    Example:
        >>> from types import SimpleNamespace as Kpi
        >>> target_state(Kpi(target=30.0, better="higher"), Estimate(32.0, 27.0, 37.0, 2746))
        'open'
    """
    if kpi.target is None or kpi.better == "neither" or not estimate.shown:
        return ""
    low, high = estimate.low, estimate.high
    if kpi.better == "lower":
        low, high = (None if v is None else -v for v in (high, low))
    target = kpi.target if kpi.better == "higher" else -kpi.target
    if low is not None and low >= target:
        return "met"
    return "missed" if high is not None and high < target else "open"


def why_not(view: View, estimate: Estimate | None) -> str:
    """Why there is no value, as it stands where the number would."""
    w = says(view)
    if estimate is None or estimate is NO_ESTIMATE:
        return w.say("status.missing")
    if estimate.status == "suppressed":
        return w.say("status.suppressed_below", threshold=view.manifest.threshold)
    return estimate_text(estimate, "", words=w)


def notes_of(kpi: KpiRecord, estimate: Estimate) -> str:
    """What has to stand beside the number."""
    # What is said of all cells of a KPI is said of each, before what is said of this one alone.
    own = estimate.note.removeprefix(kpi.note).removeprefix(". ")
    return f"{kpi.note.rstrip('.')}. {own}" if kpi.note and own else kpi.note or own


def slice_words(view: View, slice_: Slice) -> str:
    """A slice as its dimensions and values."""
    known = {d.id: d.label for d in view.manifest.dimensions}
    return ", ".join(says(view).say("commentary.slice", dimension=known.get(d, d), value=v) for d, v in slice_)


def cell_words(view: View, cell: Cell) -> str:
    """A cell as KPI, period and slice."""
    w = says(view)
    label, period = view.kpi(cell.kpi).label, period_text(cell.period, words=w)
    if not cell.slice:
        return w.say("commentary.about", label=label, period=period)
    return w.say("commentary.about_slice", label=label, period=period, slice=slice_words(view, cell.slice))


def number_words(view: View, number: str) -> str:
    """A cell or a finding, by its id, in words; the id itself where it is neither."""
    cell = next((c for c in view.evidence.cells if c.id == number), None)
    if cell:
        return cell_words(view, cell)
    found = next((f for f in view.evidence.findings if f.id == number), None)
    if found is None:
        return number
    study = view.study(found.study)
    parts = (
        _measure_words(says(view), found.measure, kind=study.kind if study else ""),
        study.items.get(found.item, found.item) if study else found.item,
        study.label if study else "",
    )
    return ", ".join(filter(None, parts))


def _measure_words(w: Words, measure: str, *, kind: str) -> str:
    name, _, at = measure.partition("_")
    if w.has(f"measure_{kind}.{name}"):
        return w.say(f"measure_{kind}.{name}", at=at)
    return w.say(f"measure.{measure}") if w.has(f"measure.{measure}") else measure


def comparisons_made(comparisons: Iterable[Comparison | None]) -> int:
    """How many comparisons were corrected together with these: the sizes of their families.

    Example:
        >>> comparisons_made([])
        0
    """
    families = {c.family for c in comparisons if c and c.difference}
    return sum(int(size) for size in (f.rpartition(":")[2] for f in families) if size.isdigit())


def _first(view: View) -> KpiRecord | None:
    return next((k for k in view.manifest.kpis if estimate_of(view, k.id).shown), None)


def _second(view: View, first: KpiRecord) -> tuple[KpiRecord, Comparison] | None:
    changes = [(k, change_of(view, k.id)) for k in view.manifest.kpis if k != first]
    real = [(k, c) for k, c in changes if c and c.real and c.difference and estimate_of(view, k.id).shown]
    return min(real, key=lambda kc: kc[1].verdict != "worse", default=None)


def _segment_finding(view: View, segment: Comparison) -> str:
    (dimension, value), *_ = segment.slice
    return says(view).say(f"answer.segment_{segment.verdict}", dimension=view.dimension(dimension).label, value=value)


def _value_sentence(view: View, kpi: KpiRecord) -> Line:
    w, estimate = says(view), estimate_of(view, kpi.id)
    value, period = estimate_text(estimate, kpi.unit, words=w), period_text(view.period, words=w)
    said = w.line("answer.value", label=kpi.label, value=Strong(value), period=period)
    return (*said, *_aside(kpi, estimate), _since(view, kpi))


def _aside(kpi: KpiRecord, estimate: Estimate) -> Line:
    note = notes_of(kpi, estimate).rstrip(".")
    return (Quiet(f" ({note})"),) if note else ()


def _since(view: View, kpi: KpiRecord) -> str:
    w, change = says(view), change_of(view, kpi.id)
    if change is None or change.difference is None:
        return w.say("answer.first")
    since, detectable = period_text(change.other, words=w), change.difference.detectable
    if change.real:
        size = difference_text(change.difference.value, kpi.unit, words=w)
        return w.say(f"answer.{_direction(change)}", size=size, since=since)
    if detectable is None:
        return w.say("answer.same", since=since)
    return w.say("answer.same_seen", since=since, size=difference_text(detectable, kpi.unit, words=w))


def _other_comparison(view: View, kpi: KpiRecord) -> Line:
    w, said = says(view), change_of(view, kpi.id)
    both = (view.comparison(kpi.id, "previous"), view.comparison(kpi.id, "baseline"))
    other = next((c for c in both if c and c.difference and said and c.other != said.other), None)
    if other is None or other.difference is None:
        return ()
    size = difference_text(other.difference.value, kpi.unit, words=w)
    key = "answer.other_real" if other.real else "answer.other_same"
    return (w.say(key, since=period_text(other.other, words=w), size=size),)


def _segment_sentence(view: View, kpi: KpiRecord) -> Line:
    segment, w = next(iter(apart(view, kpi.id)), None), says(view)
    if segment is None:
        return ()
    (dimension, value), *_ = segment.slice
    number = estimate_text(estimate_of(view, kpi.id, segment.slice), kpi.unit, words=w)
    label = view.dimension(dimension).label
    return w.line("answer.segment", dimension=label, value=value, number=Strong(number), label=kpi.label)


def _second_sentence(view: View, first: KpiRecord) -> Line:
    second, w = _second(view, first), says(view)
    if second is None or second[1].difference is None:
        return ()
    kpi, change = second
    estimate = estimate_of(view, kpi.id)
    said = w.line("answer.second", label=kpi.label, value=Strong(estimate_text(estimate, kpi.unit, words=w)))
    size = difference_text(second[1].difference.value, kpi.unit, words=w)
    since = period_text(change.other, words=w)
    return (*said, *_aside(kpi, estimate), w.say(f"answer.second_{_direction(change)}", size=size, since=since))


def _targets(view: View) -> str:
    w = says(view)
    states = [s for s in (target_state(k, estimate_of(view, k.id)) for k in view.manifest.kpis) if s]
    missed, unsure, of = states.count("missed"), states.count("open"), len(states)
    if of < 2:
        return w.say(f"answer.targets.only_{states[0]}") if states else ""
    if missed + unsure == 0:
        return w.say("answer.targets.all_met", of=spelled(of, w))
    start = w.say(
        f"answer.targets.missed.{'one' if missed == 1 else 'many'}" if missed else "answer.targets.none_missed",
        missed=spelled(missed, w),
        of=spelled(of, w),
    )
    return (
        start[:1].upper()
        + start[1:]
        + (w.say("answer.targets.open", open=spelled(unsure, w)) if unsure else w.say("answer.targets.end"))
    )


def _missing(view: View, kpi: KpiRecord) -> str:
    w, cell = says(view), view.cell(kpi.id)
    why = why_not(view, cell.estimate if cell else None)
    return w.say("answer.without", label=kpi.label, period=period_text(view.period, words=w), why=why)


def _begun_small(note: str) -> str:
    return note[:1].lower() + note[1:]


def _direction(change: Comparison) -> str:
    return "up" if change.difference and change.difference.value > 0 else "down"


def _size(comparison: Comparison) -> float:
    return abs(comparison.difference.value) if comparison.difference else 0.0


def _joined(sentences: Iterable[Line]) -> Line:
    line: Line = ()
    for sentence in sentences:
        line = (*line, " ", *sentence) if line else sentence
    return line
