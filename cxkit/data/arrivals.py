"""What has come since the last measurement: new files, old ones with corrections, columns that are new, mappings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from cxkit._format import Words
from cxkit.data.ingest import Raw
from cxkit.data.seen import Rows, Seen, mapping_digest, rows_of
from cxkit.data.settings import Source

if TYPE_CHECKING:
    from cxkit.data.read import Tables

__all__ = ["Arrival", "arrival_lines", "find_arrivals"]

State = Literal["new", "again", "gone", "moved", "mapping", "columns"]


@dataclass(frozen=True, slots=True)
class Arrival:
    """One thing that is not as it was when the evidence was last written.

    Attributes:
        path: The export; `sources.yaml` where its mapping changed.
        source: Its source.
        table: The table that it gives.
        state: A new file; an old one with other bytes; one that is gone; the same under another name; a mapping that
            changed; columns that were not there before.
        rows: Its rows now.
        added: Rows whose key was not there before.
        corrected: Rows that were there with other values.
        gone: Rows that are not there any more.
        first: First month that differs, as 2026-08; "" where it is not known or the table has no time.
        last: Last month that differs.
        was: Its name before, where it was moved.
        columns: Headers that were not there before.
        compared: Whether rows could be held against those of before.
    """

    path: str
    source: str
    table: str
    state: State
    rows: int = 0
    added: int = 0
    corrected: int = 0
    gone: int = 0
    first: str = ""
    last: str = ""
    was: str = ""
    columns: tuple[str, ...] = ()
    compared: bool = False

    @property
    def matters(self) -> bool:
        """Whether a number may differ because of it."""
        if self.state in ("moved", "columns"):
            return False
        return not self.compared or bool(self.added or self.corrected or self.gone)


def find_arrivals(tables: Tables, sources: Sequence[Source], seen: Seen | None) -> tuple[Arrival, ...]:
    """What is not as it was when the evidence was last written, by source; nothing where nobody measured before.

    Args:
        tables: What was read now.
        sources: How it is mapped.
        seen: What was read then.
    """
    if seen is None:
        return ()
    read = {s.id: s for s in sources if s.id in tables.raws}
    found = [a for s in read.values() for a in _of_source(tables, s, tables.raws[s.id], seen)]
    missing = {p: f for p, f in seen.files.items() if f.source not in read and p not in _unread(tables)}
    found += [Arrival(p, f.source, "", "gone", gone=f.rows) for p, f in missing.items()]
    return tuple(found)


def arrival_lines(arrivals: Iterable[Arrival], *, said: Words) -> list[str]:
    """Each of them in a sentence."""
    return [_line(a, said) for a in arrivals]


def _of_source(tables: Tables, source: Source, raw: Raw, seen: Seen) -> list[Arrival]:
    before = {p: f for p, f in seen.files.items() if f.source == source.id}
    now = {f.path: f for f in raw.files}
    lost = {f.sha256: p for p, f in before.items() if p not in now and p not in _unread(tables)}
    plain = Arrival("", source.id, source.table, "new")
    found: list[Arrival] = []
    for path, file in now.items():
        if path not in before and file.sha256 in lost:
            found.append(replace(plain, path=path, state="moved", was=lost.pop(file.sha256), rows=file.rows))
        elif path not in before:
            found.append(replace(plain, path=path, rows=file.rows))
        elif before[path].sha256 != file.sha256:
            found.append(replace(plain, path=path, state="again", rows=file.rows))
    found += [replace(plain, path=p, state="gone", gone=before[p].rows) for p in lost.values()]
    remapped = seen.mappings.get(source.id, "") != mapping_digest(source)
    if before and not remapped and seen.alike:
        found = _held_against(tables, source, raw, seen, found)
    if before and remapped:
        found.append(replace(plain, path="sources.yaml", state="mapping"))
    fresh = tuple(n for n in raw.names if n not in seen.names.get(source.id, raw.names))
    if fresh:
        found.append(replace(plain, path=raw.files[0].path, state="columns", columns=fresh))
    return found


def _unread(tables: Tables) -> set[str]:
    """Files that are there and cannot be read; their faults say so."""
    return {f.file for f in tables.faults if f.stops}


def _held_against(
    tables: Tables, source: Source, raw: Raw, seen: Seen, arrivals: Sequence[Arrival]
) -> list[Arrival]:  # fmt: skip
    """The files with how many of their rows are new, corrected or gone."""
    if not any(a.state in ("new", "again", "gone") for a in arrivals):
        return list(arrivals)
    then, order = seen.rows(source.id), seen.orders[source.id]
    numbers = {f.path: n for n, f in enumerate(raw.files)}
    wanted = None if any(a.state == "gone" for a in arrivals) else [numbers[a.path] for a in arrivals]
    now = rows_of(tables.database, source, tables.fields[source.id], files=wanted)
    compared: list[Arrival] = []
    for a in arrivals:
        if a.state == "again":
            old = then.of([order.index(a.path)])
            compared.append(_compared(a, old, now.of([numbers[a.path]]), gone=True))
        elif a.state == "new":
            # Rows that other files had before are corrections, or the same again.
            compared.append(_compared(a, then, now.of([numbers[a.path]]), gone=False))
        elif a.state == "gone":
            compared.append(_compared(replace(a, gone=0), then.of([order.index(a.path)]), now, gone=True, added=False))
        else:
            compared.append(a)
    return compared


def _compared(arrival: Arrival, then: Rows, now: Rows, *, gone: bool, added: bool = True) -> Arrival:
    import numpy as np

    then, now = _last_of_each(then), _last_of_each(now)
    _, i, j = np.intersect1d(then.key, now.key, assume_unique=True, return_indices=True)
    differs = then.content[i] != now.content[j]
    fresh = ~np.isin(now.key, then.key) if added else np.zeros(len(now.key), dtype=bool)
    lost = ~np.isin(then.key, now.key) if gone else np.zeros(len(then.key), dtype=bool)
    # Of a file that is gone, rows that others correct or repeat are those files' business.
    corrected = int(differs.sum()) if added else 0
    months = [now.month[fresh], then.month[lost]] + ([now.month[j][differs], then.month[i][differs]] if added else [])
    touched = np.concatenate(months)
    touched = touched[touched > 0]
    first, last = (_month_name(int(m)) for m in (touched.min(), touched.max())) if len(touched) else ("", "")
    return replace(
        arrival, added=int(fresh.sum()), corrected=corrected, gone=int(lost.sum()), first=first, last=last,
        compared=True,
    )  # fmt: skip


def _last_of_each(rows: Rows) -> Rows:
    """Each key once: of several files that have it the last one counts."""
    import numpy as np

    order = np.lexsort((rows.file, rows.key))
    ends = np.ones(len(order), dtype=bool)
    ends[:-1] = rows.key[order][1:] != rows.key[order][:-1]
    at = order[ends]
    return Rows(rows.file[at], rows.key[at], rows.content[at], rows.month[at])


def _month_name(month: int) -> str:
    return f"{(month - 1) // 12:04d}-{(month - 1) % 12 + 1:02d}"


def _line(a: Arrival, w: Words) -> str:
    if a.state == "columns":
        return w.say("arrival.columns", path=a.path, columns=w.all_of([repr(c) for c in a.columns[:5]]))
    if a.state == "mapping":
        return w.say("arrival.mapping", source=a.source)
    head = w.say(f"arrival.{a.state}", path=a.path, was=a.was)
    counts = {"added": a.added, "corrected": a.corrected, "gone": a.gone}
    parts = [w.count(f"arrival.rows_{k}", n) for k, n in counts.items() if n]
    if not parts:
        none = "arrival.alike" if a.compared else "arrival.not_compared"
        parts = [w.say(none)] if a.state != "moved" else []
    months = (
        "" if not a.first else a.first if a.first == a.last else w.say("arrival.months", first=a.first, last=a.last)
    )
    rows = ", ".join([*parts, months] if months else parts)
    return f"{head}: {rows}" if rows else head
