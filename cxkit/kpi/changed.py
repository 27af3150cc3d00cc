"""Which numbers changed since the last measurement, and which exports they changed for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxkit._blocks import Group, Heading, Line, Quiet, Table, Text
from cxkit._format import Words, value_text
from cxkit.kpi.sentences import number_words, says

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cxkit.evidence.manifest import ArrivalRecord, Change
    from cxkit.evidence.view import View

__all__ = ["changed_lines", "draw_changes"]

_MOST = 20


def changed_lines(view: View, *, most: int = 10) -> list[str]:
    """What the last measurement changed, line by line: what came, then the numbers under what they changed for.

    Args:
        view: The evidence.
        most: How many numbers are told for each cause.
    """
    m, w = view.manifest, says(view)
    if m.previous is None:
        return []
    lines = [w.say("changed.since", evidence=m.previous)]
    lines += [f"  {_arrived(a, w)}" for a in m.arrivals]
    if not m.changes:
        return [*lines, f"  {w.say('changed.nothing')}"]
    for because, changes in _by_cause(m.changes).items():
        lines.append(f"  {_because(because, changes, w)}")
        lines += [f"    {number_words(view, c.cell)}: {_said(view, c)}" for c in changes[:most]]
        more = len(changes) - most
        lines += [f"    {w.count('changed.more', more)}"] if more > 0 else []
    return [*lines, f"  {w.count('changed.more', m.changes_more)}"] if m.changes_more else lines


def draw_changes(view: View) -> Group:
    """The numbers that differ from the evidence before, and the exports that they may differ for."""
    m, w = view.manifest, says(view)
    heading = Heading(w.say("changed.title"), subtitle=w.say("changed.subtitle"))
    if m.previous is None or not m.changes:
        said = w.say("changed.first" if m.previous is None else "changed.nothing")
        return Group((heading, Text(((said,),))))
    columns = tuple(w.say(f"changed.{c}") for c in ("number", "now", "cause"))
    rows = tuple(_row(view, c) for c in m.changes[:_MOST])
    more = len(m.changes) - len(rows) + m.changes_more
    came = [Text(tuple((_arrived(a, w),) for a in m.arrivals))] if m.arrivals else []
    return Group((heading, *came, Table("", columns, rows, note=w.count("changed.more", more) if more else "")))


def _row(view: View, change: Change) -> tuple[Line | str, ...]:
    w = says(view)
    because: Line = (Quiet("\n".join(change.because)),) if change.because else (w.say(f"changed.by_{change.cause}"),)
    return number_words(view, change.cell), _said(view, change), because


def _by_cause(changes: Iterable[Change]) -> dict[tuple[str, ...], list[Change]]:
    """Changes that have a file behind them first."""
    found: dict[tuple[str, ...], list[Change]] = {}
    for change in changes:
        found.setdefault(change.because or (change.cause,), []).append(change)
    return dict(sorted(found.items(), key=lambda item: not item[1][0].because))


def _because(because: tuple[str, ...], changes: list[Change], w: Words) -> str:
    n = len(changes)
    if not changes[0].because:
        return w.count("changed.without", n, cause=w.say(f"changed.by_{because[0]}"))
    return w.count("changed.because", n, paths=w.all_of(list(because[:4])))


def _arrived(arrival: ArrivalRecord, w: Words) -> str:
    if arrival.state == "mapping":
        return w.say("arrival.mapping", source=arrival.source)
    head = w.say(f"arrival.{arrival.state}", path=arrival.path, was=arrival.was)
    if not arrival.first:
        return head
    months = w.say("arrival.months", first=arrival.first, last=arrival.last)
    return f"{head} ({arrival.first if arrival.first == arrival.last else months})"


def _said(view: View, change: Change) -> str:
    w, kpi = says(view), change.cell.partition("/")[0]
    known = {k.id: k for k in view.manifest.kpis}
    if change.before is None or change.after is None or kpi not in known:
        return w.say(f"changed.by_{change.cause}")
    # As many digits as tell the two apart.
    apart = abs(change.after - change.before) or None
    values = (value_text(v, known[kpi].unit, words=w, spread=apart) for v in (change.before, change.after))
    return w.say("changed.from_to", before=next(values), after=next(values))
