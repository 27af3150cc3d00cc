"""What stands behind the numbers: their definitions, their SQL, the files they were measured on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxkit._blocks import Block, Code, Group, Heading, Line, Quiet, Strong, Table, Text
from cxkit._format import Words, count_text, date_text, period_text, value_text
from cxkit.data.forms import form_of_file
from cxkit.kpi.sentences import estimate_of, number_words, says, why_not

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxkit.evidence.manifest import Change, FileRecord, KpiRecord, SourceRecord
    from cxkit.evidence.view import View

__all__ = ["base_words", "draw_definitions", "draw_provenance", "draw_sources", "owner_words"]
__all__ += ["parameter_words"]

CHANGES = 20


def draw_definitions(view: View) -> Group:
    """What each KPI means, on how many it rests, whose it is; and the SELECT that gives the same number."""
    w = says(view)
    if not view.manifest.kpis:
        return Group(())
    period = period_text(view.period, words=w)
    heading = Heading(w.say("definitions.title"), subtitle=w.say("definitions.subtitle", period=period))
    columns = ("kpi", "question", "definition", "n", "target", "owner", "source")
    rows = tuple(_definition(view, k) for k in view.manifest.kpis)
    table = Table("", tuple(w.say(f"definitions.{c}") for c in columns), rows)
    return Group((heading, table, *(() if view.audience == "executive" else _sql(view))))


def draw_provenance(view: View) -> Group:
    """The files read, what was left out and why, what was suppressed, and what changed since the last evidence."""
    w, m = says(view), view.manifest
    if view.audience == "executive":
        return Group((Text(_brief(view), role="note"),))
    date = date_text(m.measured_on, words=w)
    sources = draw_sources(view, m.sources, title=w.say("provenance.sources"))
    heading = Heading(w.say("provenance.title"), subtitle=w.say("provenance.subtitle", evidence=m.evidence, date=date))
    return Group((heading, sources, *_changes(view), Text(_facts(view), role="note")))


def draw_sources(view: View, sources: Sequence[SourceRecord], *, title: str, files: bool = True) -> Table:
    """What was read of each source, what was left out, and why; without `files` only how many files there were."""
    w = says(view)
    columns = ("source", "files", "read", "used", "rejected", "replaced", "reasons")
    align = ("left", "left" if files else "right", "right", "right", "right", "right", "left")
    rows = tuple(_source(s, w, files=files) for s in sources)
    return Table(title, tuple(w.say(f"provenance.{c}") for c in columns), rows, align=align)


def base_words(kpi: KpiRecord, w: Words) -> str:
    """What counts, in words; in SQL where there are none."""
    return kpi.base_text or (w.say("definitions.all_rows", table=kpi.table) if kpi.base == "true" else kpi.base)


def parameter_words(kpi: KpiRecord) -> str:
    """The values that its SQL and its kind are given, by name."""
    given = {**kpi.settings, **kpi.parameters}
    return ", ".join(f"{n} = {v:g}" if isinstance(v, float) else f"{n} = {v}" for n, v in given.items())


def owner_words(kpi: KpiRecord, w: Words) -> str:
    """Whose the KPI is, or whose it usually is."""
    usual = w.say("definitions.usual_owner", role=kpi.owner_role) if kpi.owner_role else w.say("definitions.no_owner")
    return kpi.owner or usual


def _definition(view: View, kpi: KpiRecord) -> tuple[Line | str, ...]:
    w = says(view)
    target = w.say("definitions.no_target") if kpi.target is None else value_text(kpi.target, kpi.unit, words=w)
    name = (Strong(kpi.label), "\n", Quiet(w.say("definitions.hash", hash=kpi.definition[:8])))
    return (name, kpi.question, _meaning(kpi, w), _base(view, kpi), target, owner_words(kpi, w), kpi.source)


def _meaning(kpi: KpiRecord, w: Words) -> Line:
    fields = "\n".join(f"{name}: {value}" for name, value in kpi.fields.items())
    variants = w.say("definitions.variant", variants=w.all_of(list(kpi.variants))) if kpi.variants else ""
    overrides = w.say("definitions.overrides", overrides=kpi.overrides.rstrip(".")) if kpi.overrides else ""
    asides = "\n".join(filter(None, (fields, parameter_words(kpi), variants, overrides, kpi.note)))
    return (base_words(kpi, w), *((Quiet("\n" + asides),) if asides else ()))


def _base(view: View, kpi: KpiRecord) -> Line:
    w, cell = says(view), view.cell(kpi.id)
    estimate = estimate_of(view, kpi.id)
    n = w.say("definitions.base", n=count_text(estimate.n, w), counts=kpi.counts) if estimate.n is not None else ""
    n = n or why_not(view, cell.estimate if cell else None)
    method = estimate.method or kpi.method
    return (n, Quiet(f"\n{method}")) if method else (n,)


def _sql(view: View) -> tuple[Block, ...]:
    w, length = says(view), says(view).say(f"length.{view.length}")
    found = ((k, view.evidence.sql.get(k.sql.get(view.length, ""))) for k in view.manifest.kpis)
    codes = tuple(Code(w.say("definitions.sql", label=k.label, length=length), "sql", sql) for k, sql in found if sql)
    return (Text(((w.say("definitions.sql_note"),),), role="note"), *codes) if codes else ()


def _file(file: FileRecord, w: Words) -> str:
    told = {"path": file.path, "rows": count_text(file.rows, w), "sha": file.sha256[:8]}
    form = form_of_file(file, w)
    return w.say("provenance.file_form", form=form, **told) if form else w.say("provenance.file", **told)


def _source(source: SourceRecord, w: Words, *, files: bool) -> tuple[Line | str, ...]:
    said = (_file(f, w) for f in source.files)
    named = "\n".join(said) if files else count_text(len(source.files), w)
    counts = (source.rows_read, source.rows_used, source.rows_rejected, source.rows_replaced)
    reasons = [w.say("provenance.reason", reason=r, n=count_text(n, w)) for r, n in source.reasons.items()]
    if source.values_blanked:
        reasons.append(w.say("provenance.blanked", n=count_text(source.values_blanked, w)))
    return ((Strong(source.id),), named, *(count_text(n, w) for n in counts), "\n".join(reasons))


def _changes(view: View) -> tuple[Block, ...]:
    w, m = says(view), view.manifest
    if m.previous is None:
        return (Text(((w.say("provenance.changes_first"),),)),)
    if not m.changes:
        return (Text(((w.say("provenance.changes_none", previous=m.previous),),)),)
    columns = tuple(w.say(f"provenance.{c}") for c in ("cell", "before", "after", "cause"))
    rows = tuple(_change(view, c, w) for c in m.changes[:CHANGES])
    more = len(m.changes[CHANGES:]) + m.changes_more
    note = w.say("provenance.changes_more", n=count_text(more, w)) if more else ""
    title = w.say("provenance.changes", previous=m.previous)
    return (Table(title, columns, rows, note=note, align=("left", "right", "right", "left")),)


def _change(view: View, change: Change, w: Words) -> tuple[Line | str, ...]:
    named = [*view.manifest.kpis, *view.evidence.findings]
    unit = next((n.unit for n in named if f"{change.cell}/".startswith(f"{n.id}/")), "count")
    values = (
        w.say("provenance.nothing") if v is None else value_text(v, unit, words=w)
        for v in (change.before, change.after)
    )
    return (number_words(view, change.cell), *values, w.say(f"provenance.causes.{change.cause}"))


def _facts(view: View) -> tuple[Line, ...]:
    w, m = says(view), view.manifest
    versions = ", ".join(f"{name} {version}" for name, version in m.versions.items())
    hidden = sum(m.suppressed.values())
    facts = [
        w.say("provenance.window", from_=date_text(m.data_from, words=w), until=date_text(m.data_until, words=w)),
        w.say("provenance.baseline", baseline=period_text(m.baseline, words=w)) if m.baseline else "",
        w.say(f"provenance.suppressed{'' if hidden else '_none'}", n=count_text(hidden, w), threshold=m.threshold),
        w.say("provenance.versions", versions=versions, **_measured(view)),
    ]
    return ((" ".join(filter(None, facts)),),)


def _brief(view: View) -> tuple[Line, ...]:
    w, m = says(view), view.manifest
    data = w.say(
        "provenance.brief_data", from_=date_text(m.data_from, words=w), until=date_text(m.data_until, words=w),
        used=count_text(sum(s.rows_used for s in m.sources), w),
        read=count_text(sum(s.rows_read for s in m.sources), w),
        files=count_text(sum(len(s.files) for s in m.sources), w),
    )  # fmt: skip
    return ((data,), (w.say("provenance.brief_evidence", evidence=m.evidence, **_measured(view)),))


def _measured(view: View) -> dict[str, str]:
    m = view.manifest
    date = date_text(m.measured_on, words=says(view))
    return {"cxkit": m.cxkit, "date": date, "confidence": f"{m.confidence:.0%}".rstrip("%")}
