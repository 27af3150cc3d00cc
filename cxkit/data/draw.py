"""The state of the exports as blocks, for whoever has to mend them."""

from __future__ import annotations

from collections import Counter

from cxkit._blocks import Block, Group, Heading, Line, Quiet, Strong, Table, Tag, Text, Tone
from cxkit._format import Words, count_text, date_text, words
from cxkit.data.faults import Fault
from cxkit.data.forms import form_of_source
from cxkit.data.quality import Checked, Possible
from cxkit.evidence.manifest import SourceRecord

__all__ = ["draw_faults", "draw_readiness"]

MOST_FAULTS = 30


def draw_readiness(checked: Checked, *, language: str = "en") -> Group:
    """What was read from each export, and which KPIs can be measured on it.

    Args:
        checked: What `Engagement.check` found.
        language: Language of the labels.
    """
    w = words(language)
    wrong = sum(f.count for f in checked.faults)
    title = w.count("readiness.title_faults", wrong) if wrong else w.say("readiness.title_sound")
    blocks: list[Block] = [Heading(title), _sources(checked, w)]
    blocks += [_possible(checked.possible, w)] if checked.possible else []
    blocks += [Text(tuple((n,) for n in checked.notes), role="note")] if checked.notes else []
    return Group(tuple(blocks))


def draw_faults(checked: Checked, *, language: str = "en") -> Group:
    """Every kind of fault once, with its first place and how often it stands."""
    w = words(language)
    if checked.sound:
        return Group((Text(((w.say("readiness.no_faults"),),)),))
    alike: dict[tuple[str, str, str], list[Fault]] = {}
    for fault in checked.faults:
        alike.setdefault((fault.file, fault.column, fault.what), []).append(fault)
    rows = tuple(_fault(faults, w) for faults in list(alike.values())[:MOST_FAULTS])
    columns = tuple(w.say(f"readiness.{c}") for c in ("file", "place", "what", "found", "count"))
    more = len(alike) - len(rows)
    note = w.count("readiness.more", more) if more > 0 else ""
    align = ("left", "left", "left", "left", "right")
    return Group((Table(w.say("readiness.faults"), columns, rows, note=note, align=align),))


def _fault(faults: list[Fault], w: Words) -> tuple[Line | str, ...]:
    first = faults[0]
    row = w.say("readiness.row", row=first.row) if isinstance(first.row, int) else str(first.row)
    what: Line = (first.what, "\n", Quiet(first.hint)) if first.hint else (first.what,)
    count = count_text(sum(f.count for f in faults), w)
    return first.file, " · ".join(filter(None, (row, first.column))), what, first.value[:60], count


def _sources(checked: Checked, w: Words) -> Table:
    names = ("source", "table", "covers", "files", "read", "used", "left_out")
    align = ("left", "left", "left", "right", "right", "right", "left")
    rows = tuple(_source(s, checked, w) for s in checked.sources)
    columns = tuple(w.say(f"readiness.{n}") for n in names)
    return Table(w.say("readiness.sources"), columns, rows, align=align)


def _source(source: SourceRecord, checked: Checked, w: Words) -> tuple[Line | str, ...]:
    first, last = checked.coverage.get(source.table, ("", ""))
    days = (
        w.say("readiness.days", first=date_text(first, words=w), last=date_text(last, words=w))
        if first
        else w.say("provenance.nothing")
    )
    counts = Counter(source.reasons)
    reasons = [w.say("provenance.reason", reason=r, n=count_text(n, w)) for r, n in counts.items()]
    reasons += [w.say("provenance.blanked", n=count_text(source.values_blanked, w))] if source.values_blanked else []
    reasons += [w.say("readiness.replaced", n=count_text(source.rows_replaced, w))] if source.rows_replaced else []
    numbers = (len(source.files), source.rows_read, source.rows_used)
    left_out = "\n".join(reasons) or w.say("provenance.nothing")
    form = form_of_source(source.files, w)
    name: Line = (Strong(source.id), "\n", Quiet(form)) if form else (Strong(source.id),)
    return name, source.table, days, *(count_text(n, w) for n in numbers), left_out


def _possible(possible: tuple[Possible, ...], w: Words) -> Table:
    # Those that lack the same columns stand together: mapping these is one piece of work. So do those that lack none.
    alike: dict[tuple[str, ...], list[str]] = {}
    for p in (p for p in possible if not p.chosen):
        alike.setdefault(p.lacks, []).append(p.label)
    rest = (Possible("", "\n".join(labels), lacks) for lacks, labels in alike.items())
    rows = tuple(_kpi(p, w) for p in (*(p for p in possible if p.chosen), *rest))
    columns = (w.say("readiness.kpi"), w.say("readiness.state"), w.say("readiness.needs"))
    return Table(w.say("readiness.possible"), columns, rows)


def _kpi(p: Possible, w: Words) -> tuple[Line | str, ...]:
    state = "lacks" if p.lacks else "measured" if p.chosen else "possible"
    tone: Tone = "open" if p.lacks else "better" if p.chosen else "quiet"
    return p.label, (Tag(w.say(f"readiness.is_{state}"), tone),), ", ".join(p.lacks) or w.say("provenance.nothing")
