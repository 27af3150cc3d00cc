"""What was found of how the exports are written: kept in the evidence, and asked about where it is not sure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cxkit._format import words
from cxkit.data.contract import CONTRACTS
from cxkit.data.faults import Fault
from cxkit.data.forms import form_of_file
from cxkit.data.readers.base import Suspicion, Written
from cxkit.data.settings import ColumnMap, Format, Source
from cxkit.evidence.manifest import FileRecord

if TYPE_CHECKING:
    from cxkit.data.ingest import Raw

__all__ = ["record_of", "settle", "with_form", "written_notes"]

_WITHOUT_HEADER = ("parquet", "json")
_TYPED = ("workbook", "parquet", "json")


def record_of(written: Written, form: Format) -> dict[str, Any]:
    """How a file is written, as the fields of its record in the evidence.

    Args:
        written: What the reader says of it.
        form: What was declared for its source.
    """
    told = form.decimal or written.decimal == "," or "decimal" in written.found
    return {
        "kind": written.kind,
        "encoding": written.encoding,
        "delimiter": written.delimiter,
        "decimal": written.decimal if told else "",
        "sheet": written.sheet,
        "header": _header(written),
        "found": tuple(written.found),
    }


def _header(written: Written) -> str:
    """The rows of the header, such as "3" or "1-2", or "0" where there is none; "" where a file has no such thing."""
    if written.kind.startswith(_WITHOUT_HEADER):
        return ""
    first, number = written.skip_rows + 1, written.header_rows
    return "0" if not number else str(first) if number == 1 else f"{first}-{first + number - 1}"


def written_notes(raws: Iterable[Raw]) -> tuple[str, ...]:
    """What is not sure about how the files are written, each doubt once with the files that it is about."""
    about: dict[str, list[str]] = {}
    for raw in raws:
        for file, written in zip(raw.files, raw.written, strict=False):
            for doubt in written.doubts:
                about.setdefault(doubt, []).append(file.path)
    return tuple(f"{_files(paths)}: {doubt}" for doubt, paths in about.items())


def _files(paths: Sequence[str]) -> str:
    return paths[0] if len(paths) == 1 else f"{paths[0]} and {len(paths) - 1:,} more"


def settle(source: Source, raw: Raw) -> tuple[Format, list[Fault]]:
    """How the numbers of a source read by all its files together, and what only the mapping can tell to be a fault.

    Args:
        source: How the files are mapped.
        raw: The files.
    """
    numbers = _named(source, raw, numbers=True)
    marks = {n: w.decimal for n, w in enumerate(raw.written) if numbers and _shows(w, source.format)}
    shown = Counter(marks.values()).most_common()
    form = raw.form.model_copy(update={"decimal": shown[0][0]}) if shown else raw.form
    answered = any("decimal" in w.found for w in raw.written)
    found: list[Fault] = []
    for n, written in enumerate(raw.written):
        if n in marks and marks[n] != form.decimal:
            found.append(_other_mark(raw.files[n].path, marks[n]))
        found += _suspected(source, raw, n, written.suspicions, answered=answered)
    return form, found


def _shows(written: Written, form: Format) -> bool:
    """Whether it is sure which decimal mark the numbers of a file have; typed ones are laid down with a point."""
    return form.decimal is None and ("decimal" in written.found or written.kind.startswith(_TYPED))


def _other_mark(path: str, mark: str) -> Fault:
    here, there = ("comma", "point") if mark == "," else ("point", "comma")
    what = f"the numbers have a decimal {here}, those of other files of the source a decimal {there}"
    return Fault.of_file(path, what, hint="Give it a source of its own in sources.yaml; two may fill the same table.")


def _suspected(
    source: Source, raw: Raw, number: int, suspicions: Sequence[Suspicion], *, answered: bool
) -> list[Fault]:
    taken = raw.taken[number]
    numbers = {taken[c] for c in _named(source, raw, numbers=True) if c in taken}
    required = {taken[c] for c in _named(source, raw, numbers=False) if c in taken}
    found: list[Fault] = []
    for suspicion in suspicions:
        asked = suspicion.of == "number" or (suspicion.of == "open number" and not answered)
        row = suspicion.of == "row" and not _is_settled(source, suspicion, required)
        found += [suspicion.fault] if row or (asked and suspicion.fault.column in numbers) else []
    return found


def _named(source: Source, raw: Raw, *, numbers: bool) -> set[str]:
    """Columns of the table of texts that are mapped as numbers, or else that every row needs."""
    wanted = _is_number if numbers else _is_required
    maps = [*source.columns.items(), *source.attributes.items()]
    placed = raw.headers
    return {placed[m.column] for n, m in maps if m.column is not None and m.column in placed and wanted(source, n, m)}


def _is_number(source: Source, name: str, mapped: ColumnMap) -> bool:
    column = CONTRACTS[source.table].columns.get(name)
    return (column.type if column else mapped.type) in ("number", "integer")


def _is_required(source: Source, name: str, _mapped: ColumnMap) -> bool:
    column = CONTRACTS[source.table].columns.get(name)
    return column is not None and column.required


def _is_settled(source: Source, suspicion: Suspicion, required: set[str]) -> bool:
    """Whether a row is left out already: because `leave_out` names it, or for want of what every row needs."""
    listed = {h.strip(): {v.strip().casefold() for v in values} for h, values in source.leave_out.items()}
    named = suspicion.fault.value.casefold() in listed.get(suspicion.fault.column.strip(), set())
    return named or not required.isdisjoint(suspicion.blank)


def with_form(faults: Sequence[Fault], written: Written, form: Format) -> list[Fault]:
    """Faults of a header, with how it was read and what was doubtful about that: it may be why."""
    first = next((i for i, f in enumerate(faults) if f.row == "header"), None)
    if first is None:
        return list(faults)
    record = FileRecord(path="", sha256="", bytes=0, rows=0, **record_of(written, form))
    told = f"{faults[first].hint} It was read as {form_of_file(record, words())}."
    hint = " ".join([told.strip(), *written.doubts])
    return [replace(f, hint=hint) if i == first else f for i, f in enumerate(faults)]
