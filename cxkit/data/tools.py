"""What is known of an export because of the tool that wrote it: its header, other names of columns, who is left out."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from sqlglot import exp

from cxkit._table import Database
from cxkit.data.presets import PRESETS
from cxkit.data.readers.base import Opened, Written
from cxkit.data.readers.opening import open_file
from cxkit.data.settings import Format, Source

__all__ = ["form_of", "listed", "names_of", "own_columns", "rows_of_tool", "with_doubts"]

_TOP = 5


def form_of(source: Source, path: Path, *, name: str, folder: Path) -> Format:
    """How a file of a source is written, as declared; its header rows as its tool writes them.

    Args:
        source: The source.
        path: The file.
        name: Its name for messages.
        folder: Where to put what has to be unpacked.

    Raises:
        Unreadable: The file cannot be opened.
    """
    if source.preset is None or source.format.header_rows is not None:
        return source.format
    for _, opened in open_file(path, source.format, name, folder):
        top = [[c or "" for c in row] for row in (*opened.heads, *(r for _, r in itertools.islice(opened.rows, _TOP)))]
        return source.format.model_copy(update={"header_rows": PRESETS[source.preset].header_rows(top)})
    return source.format


def names_of(source: Source, opened: Opened) -> list[tuple[str, ...]]:
    """Other names of each column than its header, as the tool has them."""
    return PRESETS[source.preset].names(opened.heads) if source.preset and opened.heads else []


def own_columns(source: Source, opened: Opened, *, before: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The tool's own columns that say which rows are no answers, or no whole ones: those that are in the first file.

    Args:
        source: The source.
        opened: A file of it.
        before: Columns that were read of the files before.
    """
    if source.preset is None:
        return {}
    preset = PRESETS[source.preset]
    names = dict.fromkeys((*preset.LEAVE_OUT, *preset.WHOLE))
    there = {h.strip() for h in opened.header} | {n for also in names_of(source, opened) for n in also}
    return {n: () for n in names if (n in before if before else n in there)}


def rows_of_tool(source: Source, headers: Mapping[str, str]) -> list[tuple[str, exp.Expr]]:
    """The rows that the tool itself calls previews, tests or spam, unless the source says what to leave out by these.

    Args:
        source: The source.
        headers: Columns of the mapping to those of its table of texts.
    """
    if source.preset is None:
        return []
    declared = {headers[h] for h in source.leave_out}
    rules = [(n, why, values) for n, kinds in PRESETS[source.preset].LEAVE_OUT.items() for why, values in kinds.items()]
    return [
        (f"{name} says that it is {why}", listed(headers[name], values))
        for name, why, values in rules
        if name in headers and headers[name] not in declared
    ]


def listed(column: str, values: Sequence[str]) -> exp.Expr:
    """Condition of a row whose text is one of some values, in large letters or small."""
    return exp.In(this=_text(column), expressions=[exp.Literal.string(v.strip().lower()) for v in values])


def with_doubts(
    db: Database, source: Source, *, table: str, headers: Mapping[str, str], written: Sequence[Written]
) -> tuple[Written, ...]:
    """How each file is written, with how many of its answers are not finished, and what a status may mean.

    Args:
        db: Where the table of texts is, without the rows that were left out.
        source: The source.
        table: Its table of texts.
        headers: Columns of the mapping to those of the table.
        written: How each file is written.
    """
    if source.preset is None:
        return tuple(written)
    lacking = [f"there is no column {n}, so that {_kinds(k)} could not be told from answers" for n, k in
               PRESETS[source.preset].LEAVE_OUT.items() if n not in headers]  # fmt: skip
    found: dict[int, list[str]] = {n: list(lacking) for n in range(len(written))}
    for condition, said in _questions(source, headers):
        rows, all_rows = exp.CountIf(this=condition), exp.Count(this=exp.Star())
        query = exp.select("_file", rows.as_("n"), all_rows.as_("m")).from_(exp.to_table(table)).group_by("_file")
        for file, n, of in db.rows(query.order_by("_file")):
            found.setdefault(int(file), []).extend([f"{n:,} of {of:,} answers {said}"] if n else [])
    return tuple(replace(w, doubts=(*w.doubts, *found.get(i, ()))) for i, w in enumerate(written))


def _kinds(kinds: Mapping[str, Sequence[str]]) -> str:
    return " or ".join(kinds)


def _questions(source: Source, headers: Mapping[str, str]) -> list[tuple[exp.Expr, str]]:
    preset = PRESETS[source.preset or ""]
    declared = {headers[h] for h in source.leave_out}
    found: list[tuple[exp.Expr, str]] = []
    whole = next((n for n in preset.WHOLE if n in headers), "")
    if whole and headers[whole] not in declared:
        hint = f"to leave them out, list under `leave_out` what {whole} says of them; `{whole}: []` keeps them unasked"
        found.append((_other(headers[whole], preset.WHOLE[whole]), f"are not finished by {whole}, and count; {hint}"))
    for name, usual in preset.USUAL.items():
        if name in headers and headers[name] not in declared:
            known = (*usual, *(v for values in preset.LEAVE_OUT.get(name, {}).values() for v in values))
            said = f"have a {name} that is not known; if it means a preview or a test, list it under `leave_out`"
            found.append((_other(headers[name], known), said))
    return found


def _other(column: str, values: Sequence[str]) -> exp.Expr:
    there = exp.NEQ(this=exp.func("COALESCE", _text(column), exp.Literal.string("")), expression=exp.Literal.string(""))
    return exp.and_(there, listed(column, values).not_())


def _text(column: str) -> exp.Expr:
    return exp.Lower(this=exp.Trim(this=exp.column(column, quoted=True)))
