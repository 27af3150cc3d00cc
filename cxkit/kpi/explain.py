"""One number from end to end: what it means, what it rests on, what can be told of it, and how to check it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxkit._blocks import Block, Code, Group, Heading, Line, Quiet, Strong, Table, Text
from cxkit._format import Words, count_text, date_text, difference_text, estimate_text, period_text, value_text
from cxkit.evidence.cells import cell_id
from cxkit.kpi.baseline import change_text
from cxkit.kpi.lookup import find_kpi, find_slice
from cxkit.kpi.provenance import base_words, draw_sources, owner_words, parameter_words
from cxkit.kpi.sentences import NO_ESTIMATE, estimate_of, notes_of, says, slice_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cxkit.evidence.cells import Comparison, Slice
    from cxkit.evidence.estimate import Estimate
    from cxkit.evidence.manifest import KpiRecord
    from cxkit.evidence.view import View

__all__ = ["explain", "sql_of_slice"]

CHANGES = {"points": 5.0, "percent": 0.05}  # a change that is asked about, by unit (cxkit default)
RARE = 0.1  # a share below which, or above whose opposite, a change of 5 percentage points is not the question
PART = 0.05  # of a number in any other unit
SMALLEST_P = 0.001


def explain(
    view: View, kpi: str, *, segment: str = "", where: Mapping[str, str] | None = None, against: View | None = None
) -> Group:
    """Everything that stands behind one number of the period in view.

    Args:
        view: The evidence in one period.
        kpi: Id or label of the KPI.
        segment: A value of any dimension, such as "South"; all customers if empty.
        where: Dimension to value, such as {"region": "South"}; two of a declared pair.
        against: Other evidence to compare with, such as a release.

    Raises:
        ParameterError: There is no such KPI, dimension or value; names the nearest.
        MergeError: The KPI was defined otherwise in the other evidence.
    """
    record = find_kpi(view, kpi)
    slice_ = find_slice(view, record, segment=segment, where=where)
    e = estimate_of(view, record.id, slice_)
    compared = [c for a in ("previous", "baseline", "rest") if (c := view.comparison(record.id, a, slice_))]
    if against is not None:
        from cxkit.kpi.against import compare_evidence

        compared.append(compare_evidence(view, against, record.id, slice_))
    blocks: list[Block] = [_answer(view, record, slice_, e), _definition(view, record), _base(view, record, slice_, e)]
    blocks += [*_comparisons(view, record, e, compared), *_mix(view, record, slice_, compared)]
    blocks += [*_sources(view, record), _evidence(view, record, slice_)]
    if sql := sql_of_slice(view, record, slice_):
        blocks.append(Code(_sql_title(view, record, slice_), "sql", sql))
    return Group(tuple(blocks))


def sql_of_slice(view: View, kpi: KpiRecord, slice_: Slice) -> str:
    """The stand-alone SELECT that gives the number; "" where none was written."""
    sql = view.evidence.sql.get(kpi.sql.get(view.length, ""), "")
    queries = view.manifest.queries.items()
    query = next((q for n, q in queries if kpi.id in (p := n.split("."))[0].split("+") and p[1] == view.length), "")
    if not sql or not slice_:
        return sql
    from cxkit.kpi.standalone import narrowed_sql

    return narrowed_sql(sql, query=query, slice_=slice_) if query else ""


def _answer(view: View, kpi: KpiRecord, slice_: Slice, e: Estimate) -> Group:
    w, m = says(view), view.manifest
    part, told = slice_words(view, slice_), "value" if e.shown else "none"
    heading = w.say(
        f"explain.{told}_part" if part else f"explain.{told}", label=kpi.label, part=part, why=_in_short(view, e),
        period=period_text(view.period, words=w), value=estimate_text(e, kpi.unit, words=w),
    )  # fmt: skip
    if not e.shown:
        return Group((Heading(heading), Text(((_why(view, kpi, e),),))))
    without = "census" if kpi.population == "census" else "no_interval"
    key = f"explain.{without}" if e.low is None and e.high is None else "explain.interval"
    said = w.say(key, confidence=f"{m.confidence:.0%}".rstrip("%"), method=e.method)
    steps = w.say("explain.steps") if kpi.kind == "quantile" else ""
    return Group((Heading(heading), Text(tuple((s,) for s in (said, steps, notes_of(kpi, e)) if s))))


def _in_short(view: View, e: Estimate) -> str:
    return says(view).say("status.missing") if e is NO_ESTIMATE else estimate_text(e, "", words=says(view))


def _why(view: View, kpi: KpiRecord, e: Estimate) -> str:
    status = "missing" if e is NO_ESTIMATE else "undefined" if e.status == "ok" else e.status
    n = "" if e.n is None else count_text(e.n, says(view))
    m = view.manifest
    return says(view).say(f"explain.why.{status}", n=n, minimum=kpi.minimum_n, threshold=m.threshold)


def _definition(view: View, kpi: KpiRecord) -> Table:
    w = says(view)
    rows = [("question", kpi.question), ("counts", base_words(kpi, w))]
    rows.append(("kind", w.say("explain.kind_of", kind=kpi.kind, table=kpi.table)))
    found = [(w.say(f"explain.{k}"), v) for k, v in rows]
    found += [(w.say("explain.field", name=n), sql) for n, sql in kpi.fields.items()]
    scales = [
        w.say("explain.scale_of", column=c, low=f"{low:g}", high=f"{high:g}") for c, (low, high) in kpi.scales.items()
    ]
    more = [
        ("base", "" if kpi.base == "true" else kpi.base), ("weight", kpi.weight),
        ("parameter", parameter_words(kpi)),
        ("scale", ", ".join(scales)), ("caveat", kpi.note), ("variants", w.all_of(list(kpi.variants))),
        ("overrides", kpi.overrides),
        ("target", "" if kpi.target is None else value_text(kpi.target, kpi.unit, words=w)),
        ("owner", owner_words(kpi, w)), ("source", kpi.source),
    ]  # fmt: skip
    found += [(w.say(f"explain.{k}"), v) for k, v in more if v]
    return _facts(w.say("explain.definition"), kpi.definition, found)


def _base(view: View, kpi: KpiRecord, slice_: Slice, e: Estimate) -> Table:
    w, rows = says(view), list[tuple[str, str]]()
    if e.n is not None:
        rows.append((w.say("explain.in_base"), w.say("definitions.base", n=count_text(e.n, w), counts=kpi.counts)))
    if e.n_eff is not None:
        worth = "explain.effective_accounts" if kpi.kind == "ratio" else "explain.effective_rows"
        rows.append((w.say("explain.effective"), w.say(worth, n=count_text(round(e.n_eff), w))))
    if e.left_out is not None and e.n is not None:
        of = count_text(e.n + e.left_out, w)
        rows.append((w.say("explain.left_out"), w.say("explain.left_out_rows", n=count_text(e.left_out, w), of=of)))
    rows.append((w.say("explain.minimum"), count_text(kpi.minimum_n, w)))
    part = slice_words(view, slice_) or w.say("explain.whole")
    return _facts(w.say("explain.rests"), f"{period_text(view.period, words=w)}, {part}", rows)


def _facts(name: str, of: str, rows: Iterable[tuple[str, str]]) -> Table:
    return Table("", (name, of), tuple(((Strong(n),), v) for n, v in rows))


def _comparisons(view: View, kpi: KpiRecord, e: Estimate, compared: list[Comparison]) -> tuple[Block, ...]:
    w = says(view)
    if not e.shown:
        return ()
    said = [] if compared else [w.say("explain.nothing_compared")]
    said += [needed] if (needed := _needed(view, kpi, e)) else []
    text = (Text(tuple((s,) for s in said)),) if said else ()
    if not compared:
        return text
    columns = ("compared", "difference", "p", "p_holm", "of", "verdict", "unseen")
    rows = tuple(_comparison(kpi, c, w) for c in compared)
    align = ("left", "right", "right", "right", "right", "left", "right")
    names = tuple(w.say(f"explain.{c}") for c in columns)
    return (Table("", names, rows, note=w.say("explain.compared_note"), align=align), *text)


def _mix(view: View, kpi: KpiRecord, slice_: Slice, compared: list[Comparison]) -> tuple[Block, ...]:
    """What the change of the whole since the period before is made of."""
    before = next((c.other for c in compared if c.against == "previous" and c.difference), "")
    if slice_ or not before:
        return ()
    from cxkit.kpi.mix import draw_mix

    found = draw_mix(view, kpi, since=before)
    return (found,) if found else ()


def _comparison(kpi: KpiRecord, c: Comparison, w: Words) -> tuple[Line | str, ...]:
    none, d = w.say("provenance.nothing"), c.difference
    known = c.against if c.against in ("previous", "baseline", "rest") else "released"
    period = "" if c.other == "rest" else period_text(c.other, words=w)
    name = w.say(f"explain.{known}", period=period, evidence=c.against)
    state = c.verdict if c.real else "same" if c.verdict == "no change shown" else "not_comparable"
    verdict: Line = (w.say(f"baseline.is_{state}") if state != "not_comparable" else w.say("baseline.not_comparable"),)
    verdict = (*verdict, Quiet(f": {c.why}")) if c.why else verdict
    if d is None:
        return name, none, none, none, none, verdict, none
    seen = none if d.detectable is None else difference_text(d.detectable, kpi.unit, words=w, short=True)
    size = c.family.rpartition(":")[2] or none
    return name, change_text(d, kpi, w), _p(d.p, w), _p(c.p_adjusted, w), size, verdict, seen


def _p(p: float | None, w: Words) -> str:
    if p is None:
        return w.say("provenance.nothing")
    mark = w.table["number"]["decimal"]
    if p < SMALLEST_P:
        return w.say("explain.p_small", least=f"{SMALLEST_P:g}".replace(".", mark))
    return f"{p:.3f}".replace(".", mark)


def _needed(view: View, kpi: KpiRecord, e: Estimate) -> str:
    """How many a period would show a change that matters, at the spread and the clustering that were found."""
    if not e.se or not e.n or e.value is None:
        return ""
    from cxkit.kpi.power import needed

    change = CHANGES.get(kpi.unit, PART * abs(e.value))
    if kpi.unit == "percent" and not RARE <= e.value <= 1 - RARE:
        change /= 5
    if not change:
        return ""
    w, spread = says(view), e.se**2 * e.n
    n = needed(change, spreads=(spread, spread), conf=view.manifest.confidence)
    return w.say(
        "explain.needed", size=difference_text(change, kpi.unit, words=w), n=count_text(n, w), counts=kpi.counts,
        here=count_text(e.n, w),
    )  # fmt: skip


def _sources(view: View, kpi: KpiRecord) -> tuple[Table, ...]:
    """The sources that the stand-alone SELECT reads; all of them where there is none."""
    sql = view.evidence.sql.get(kpi.sql.get(view.length, ""), "")
    used = tuple(s for s in view.manifest.sources if not sql or f'"usable_{s.id}"' in sql)
    return (draw_sources(view, used, title=says(view).say("explain.sources"), files=False),) if used else ()


def _evidence(view: View, kpi: KpiRecord, slice_: Slice) -> Text:
    w, m, cell = says(view), view.manifest, view.cell(kpi.id, slice_)
    named = cell_id(kpi.id, view.period, slice_) + (f"@{cell.fingerprint}" if cell else "")
    date = date_text(m.measured_on, words=w)
    said = w.say("explain.evidence", evidence=m.evidence, date=date, cxkit=m.cxkit, cell=named)
    return Text(((said,),), role="note")


def _sql_title(view: View, kpi: KpiRecord, slice_: Slice) -> str:
    w, part = says(view), slice_words(view, slice_)
    length = w.say(f"length.{view.length}")
    return w.say("explain.sql_part" if part else "explain.sql", label=kpi.label, length=length, part=part)
