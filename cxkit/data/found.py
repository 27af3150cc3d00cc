"""What was found of how the exports are written: kept in the evidence, and asked about where it is not sure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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

__all__ = ["record_of", "suspected", "with_form", "written_notes"]

_WITHOUT_HEADER = ("parquet", "json")


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


def suspected(source: Source, written: Written, placed: Mapping[str, str]) -> list[Fault]:
    """What only the mapping can tell to be a fault: numbers that may read otherwise, and rows that are no rows.

    Args:
        source: How the file is mapped.
        written: What its reader suspects.
        placed: The columns of the mapping to the names of the file's columns.
    """
    numbers = _named(source, placed, numbers=True)
    required = _named(source, placed, numbers=False)
    found: list[Fault] = []
    for suspicion in written.suspicions:
        number = suspicion.of == "number" and suspicion.fault.column in numbers
        row = suspicion.of == "row" and not _is_settled(source, suspicion, required)
        found += [suspicion.fault] if number or row else []
    return found


def _named(source: Source, placed: Mapping[str, str], *, numbers: bool) -> set[str]:
    """Names of the file's columns that are mapped as numbers, or else that every row needs."""
    wanted = _is_number if numbers else _is_required
    maps = [*source.columns.items(), *source.attributes.items()]
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
