"""A proposed mapping as YAML to edit: an entry of `sources.yaml`, each line of it with its reasons and doubts."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path

from cxkit._documents import read_document, update_document
from cxkit._splice import Block, flow_text
from cxkit.data.contract import CONTRACTS
from cxkit.data.mapping.leftover import Leftover
from cxkit.data.mapping.propose import Choice, Proposal
from cxkit.data.mapping.sample import Sample
from cxkit.data.mapping.shapes import Shape
from cxkit.data.presets import PRESETS
from cxkit.data.settings import Sources
from cxkit.errors import DocumentError

__all__ = ["add_mappings", "mapping_text"]

_WIDE = 116
_LONGEST = 160
_MOST_NAMED = 40
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", " ": "blanks", "|": "bars"}


def mapping_text(proposal: Proposal) -> str:
    """An entry of `sources.yaml` as text, indented to stand under `sources:`; without an entry where no table fits.

    Example:
        >>> from cxkit.data.mapping.propose import Proposal
        >>> from cxkit.data.readers.base import Written
        >>> from cxkit.data.mapping.sample import Sample
        >>> sample = Sample("a.csv", Written("csv"), "", "", rows=0, all_rows=True, shapes=())
        >>> print(mapping_text(Proposal(sample, "a", "", "data/a.csv")).splitlines()[-1].strip())
        # no table of cxkit fits these columns
    """
    return textwrap.indent("\n".join(_lines(proposal)), "  ", lambda line: bool(line.strip())) + "\n"


def add_mappings(proposals: Sequence[Proposal], *, root: Path) -> tuple[str, ...]:
    """Append entries to `sources.yaml` of an engagement, all or none; everything that stands there stays as it is.

    Sheets and members that are no table are passed over where others are one.

    Returns:
        Ids of the entries.

    Raises:
        DocumentError: No entry can be read as it is, an id is taken, or the file does not read.
    """
    path, name = root / "sources.yaml", "sources.yaml"
    known = read_document(path, Sources, name=name).sources
    complete = [p for p in proposals if p.complete]
    if not complete:
        lacking = next((p for p in proposals if p.table), None)
        what = f"The mapping lacks {_all_of(lacking.missing, 'and')}" if lacking else "No table fits the file"
        hint = "Run it without --into, complete the entry by hand, and put it into sources.yaml."
        raise DocumentError(f"{what}; nothing was written.", where=proposals[0].sample.name, hint=hint)
    for taken in sorted({p.id for p in complete} & {s.id for s in known}):
        hint = "Rename the file or the other source, or put the entry in by hand under another id."
        raise DocumentError(f"The source id {taken!r} is taken; nothing was written.", where=name, hint=hint)
    blocks = [Block(p.entry, "\n".join(_lines(p))) for p in complete]
    update_document(path, Sources, {("sources", len(known) + n): b for n, b in enumerate(blocks)}, name=name)
    return tuple(p.id for p in complete)


def _lines(p: Proposal) -> list[str]:
    if not p.table:
        return [*_head(p), *_unfit(p), *_left(p.leftover)]
    lines = [f"- id: {flow_text(p.id)}"]
    body = [*_head(p), f"table: {p.table}", *_later(p.files), f"files: {flow_text(p.files)}"]
    body += [f"preset: {p.sample.preset}"] if p.sample.preset else []
    body += [f"format: {flow_text(p.format)}"] if p.format else []
    body += ["columns:", *_inside(line for c in p.columns for line in _choice(c))]
    body += _inside(line for name in p.missing for line in _lacking(p.table, name))
    if not p.columns:
        body = [line if line != "columns:" else "columns: {}" for line in body]
    body += ["attributes:", *_inside(line for c in p.attributes for line in _choice(c))] if p.attributes else []
    return [*lines, *_inside([*body, *_left(p.leftover)])]


def _later(files: str) -> list[str]:
    """How to name the files of other days too, where the name of this one has a date."""
    folder, _, name = files.rpartition("/")
    found = list(re.finditer(r"\d{4,8}([-_.]\d{2}){0,2}", name))
    if not found:
        return []
    start, end = found[-1].span()
    pattern = f"{folder}/{name[:start]}*{name[end:]}".lstrip("/")
    return _comment("later", f"if files of other days come, write {flow_text(pattern)}")


def _head(p: Proposal) -> list[str]:
    s = p.sample
    tool = f"{PRESETS[s.preset].LABEL} ({s.why})" if s.preset else ""
    rows = f"{s.rows:,} row{'s' if s.rows != 1 else ''}" if s.all_rows else f"more than {s.rows:,} rows"
    lines = _comment("from", f"{s.name}: {_written(p)}; {rows}{_looked(s)}")
    lines += _comment("alike", f"{len(s.alike):,} more files in it have the same header") if s.alike else []
    lines += _comment("tool", "; ".join((tool, *s.notes))) if tool else []
    for doubt in p.doubts:
        lines += _comment("doubt", doubt)
    return lines


def _looked(sample: Sample) -> str:
    looked = max((shape.rows for shape in sample.shapes), default=0)
    return f", {looked:,} of them looked at" if looked < sample.rows else ""


def _written(p: Proposal) -> str:
    w = p.sample.written
    heads = f"{w.header_rows} header row{'s' if w.header_rows != 1 else ''}" if w.header_rows else "no header"
    delimiter = _DELIMITERS.get(w.delimiter, w.delimiter)
    sheet = f"sheet {p.sample.member!r}" if w.kind == "workbook" and p.sample.member else ""
    skipped = f"{w.skip_rows} rows above the header" if w.skip_rows else ""
    return ", ".join(part for part in (w.kind, w.encoding, delimiter, sheet, skipped, heads) if part)


def _unfit(p: Proposal) -> list[str]:
    lines = _comment("", "no table of cxkit fits these columns")
    if p.sample.shapes and not any(s.header for s in p.sample.shapes):
        what = "the file has no header, so nothing says what its columns mean: #1 is the first, #2 the second, …; ask"
        lines += _comment(
            "", f"{what} for the export with its header, or say the table with --table and map by position"
        )
    for table, missing in p.nearest:
        lines += _comment("nearest", f"{table}, but it lacks {_all_of(missing, 'and')}")
    return lines


def _choice(c: Choice) -> list[str]:
    place = [f"column {c.place} (#{c.place})"] if c.place else []
    asked = [f'"{_short(c.question)}"'] if c.question and c.question != c.column else []
    lines = _comment("why", "; ".join([*place, *asked, *c.reasons]))
    for doubt in c.doubts:
        lines += _comment("doubt", doubt)
    return [*lines, f"{c.name}: {flow_text({'column': c.column, **c.settings} if c.settings else c.column)}"]


def _lacking(table: str, name: str) -> list[str]:
    meaning = CONTRACTS[table].columns[name].meaning
    meaning = f"{meaning[0].lower()}{meaning[1:]}"
    lines = _comment("missing", f"{name} ({meaning}): no column looks like it, and every row needs it")
    if name == CONTRACTS[table].time:
        lines += _comment("", f'if all rows are of one day: {name}: {{constant: "2026-03-05"}}')
    return lines


def _left(left: Leftover) -> list[str]:
    lines = _named("left out", left.people, "people's data, or their own words, that no number needs")
    lines += _named("not mapped", left.tool, "the tool's own")
    lines += _named("not mapped", left.options, "each one answer of a question that allows several")
    lines += _named("not mapped", left.scales, "few whole numbers, and no header that says which question it is")
    lines += _named("not mapped", left.numbers, "numbers; to keep one, map it under `attributes` with `type: number`")
    lines += _named("not mapped", left.groups, "words that come again, beyond the attributes above")
    lines += _named("not mapped", left.others, "dates, ids or words of many kinds")
    return lines + _named("empty", left.empty, "nothing in them")


def _named(word: str, shapes: Sequence[Shape], why: str) -> list[str]:
    if not shapes:
        return []
    names = [_name(s) for s in shapes[:_MOST_NAMED]]
    more = f" and {len(shapes) - len(names):,} more" if len(shapes) > len(names) else ""
    return _comment(word, f"{', '.join(names)}{more} ({why})")


def _name(shape: Shape) -> str:
    asked = f" ({_short(shape.question, most=30)})" if len(shape.header) < 4 and shape.question != shape.header else ""
    return f"{_short(shape.header, most=40) or f'#{shape.place}'}{asked}"


def _all_of(names: Sequence[str], word: str) -> str:
    return f" {word} ".join([*([", ".join(names[:-1])] if len(names) > 1 else []), names[-1]])


def _inside(lines: Iterable[str]) -> list[str]:
    return [f"  {line}" for line in lines]


def _short(text: str, *, most: int = _LONGEST) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def _comment(word: str, text: str) -> list[str]:
    """A comment of one or more lines; what a client typed can neither end it nor act on a terminal."""
    said = "".join(c if c.isprintable() else " " for c in (f"{word}: {text}" if word else text))
    return textwrap.wrap(
        " ".join(said.split()), _WIDE, initial_indent="# ", subsequent_indent="#   ", break_on_hyphens=False
    )
