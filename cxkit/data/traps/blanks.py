"""Blanks as text: NULL, n/a, "-" as a customer or a segment of its own; and the header or its kin as a row."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cxkit.data.codes import mapping_line
from cxkit.data.conform import Field
from cxkit.data.faults import Fault, shown
from cxkit.data.traps.base import Look
from cxkit.data.traps.texts import DOUBTFUL, NOBODY, NOTHING, is_id

__all__ = ["find_headers_among_rows", "find_text_blanks"]

_IMPORT_ID = re.compile(r"\{?\W*ImportId")


def find_text_blanks(look: Look) -> Iterator[Fault]:
    """Texts for "none" that would be a customer, or a value to cut by."""
    for f in look.fields:
        texts, mapped = look.values.get(f.name), look.mapped(f.name)
        if texts is None or (mapped.values and mapped.values.get("*") != "*"):
            continue
        listed = {*NOTHING, *(NOBODY if is_id(look.source, f) else ())}
        answered = {*mapped.real, *mapped.values}
        found = [v for v in texts.counts if v.strip().lower() in listed and v not in answered]
        if found:
            one = "an id" if is_id(look.source, f) else "a value of its own"
            what = f"{_listed(found)} would count as {one}, and usually means that there is none"
            yield _fault(look, f, found, what, hint=_hint(look, f, found))
        doubtful = [v for v in texts.counts if v.strip().lower() in DOUBTFUL and v not in answered]
        if texts.whole and doubtful and not is_id(look.source, f):
            what = f"{_listed(doubtful)} counts as a value of its own, and may mean that there is none"
            yield _fault(look, f, doubtful, what, hint=_hint(look, f, doubtful), stops=False)


def find_headers_among_rows(look: Look) -> Iterator[Fault]:
    """A header, or what a survey tool writes under one, that stands among the rows."""
    for f in look.fields:
        texts = look.values.get(f.name)
        if texts is None or not f.header:
            continue
        again = [v for v in texts.counts if v == f.header and v not in look.mapped(f.name).real]
        tool = [v for v in texts.counts if _IMPORT_ID.match(v)]
        if tool:
            hint = (
                "The header has several rows: write `format: {header_rows: 3}`, or `preset: qualtrics`, for source "
                f"{look.source.id} in sources.yaml."
            )
            yield _fault(look, f, tool, "a row of the header stands among the rows", hint=hint)
            return
        if again:
            real = mapping_line(f.name, look.mapped(f.name), real=[*look.mapped(f.name).real, *again])
            hint = (
                "Files were pasted together. Leave these rows out: write "
                f'`leave_out: {{"{f.header}": ["{f.header}"]}}` for source {look.source.id} in sources.yaml; if it '
                f"is a value, write {real}."
            )
            yield _fault(look, f, again, "the header stands among the rows again", hint=hint)
            return


def _hint(look: Look, f: Field, found: Sequence[str]) -> str:
    mapped = look.mapped(f.name)
    return (
        f"If so, write in sources.yaml, source {look.source.id}: {mapping_line(f.name, mapped, missing=found)}; "
        f"if not, write {mapping_line(f.name, mapped, real=[*mapped.real, *found])}."
    )


def _fault(look: Look, f: Field, found: Sequence[str], what: str, *, hint: str, stops: bool = True) -> Fault:
    texts = look.values[f.name]
    file, row = look.first(f.typed.copy().isin(*found))
    count = sum(texts.counts[v] for v in found)
    return Fault(file, row, f.header, found[0], what, hint=hint, stops=stops, count=count, stands_for=tuple(found))


def _listed(found: Sequence[str]) -> str:
    return ", ".join(shown(v) for v in found[:4]) + (", …" if len(found) > 4 else "")
