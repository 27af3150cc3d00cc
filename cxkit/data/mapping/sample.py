"""A look into an export: its header, its first rows, and some of the others; never all of it in memory."""

from __future__ import annotations

import itertools
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cxkit.data.faults import list_faults
from cxkit.data.mapping.shapes import Shape, shape_of
from cxkit.data.presets import PRESETS, recognise
from cxkit.data.readers.base import MOST_COLUMNS, Opened, Unreadable, Written, column_names
from cxkit.data.readers.opening import open_file
from cxkit.data.readers.workbook import WORKBOOKS
from cxkit.data.settings import Format
from cxkit.errors import ExportError

__all__ = ["Sample", "sample_export"]

_FIRST, _SPREAD = 2000, 2000
_MOST_ROWS, _MOST_CELLS = 1_000_000, 1_000_000
_MOST_TABLES = 50
_TOP, _LONGEST = 5, 500

Row = Sequence[str | None]


@dataclass(frozen=True)
class Sample:
    """One table of an export: a file, a sheet, or a member of an archive.

    Attributes:
        name: The file, for messages; a member of an archive with its own name.
        written: How it is written.
        preset: The tool that seems to have written it, or "".
        why: What tells the tool.
        rows: Rows that were gone through.
        all_rows: Whether these are all that it has.
        shapes: Its columns.
        member: Its place in a workbook or archive, or "".
        alike: Other members of the archive with the same header.
        notes: What the tool says of its rows, in sentences.
        doubts: What is not sure about them.
    """

    name: str
    written: Written
    preset: str
    why: str
    rows: int
    all_rows: bool
    shapes: tuple[Shape, ...]
    member: str = ""
    alike: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


def sample_export(path: Path) -> list[Sample]:
    """The tables of one export, each by its first 2,000 rows and up to 2,000 spread over the rest.

    Raises:
        ExportError: The file cannot be read.
    """
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "is not there"
        raise ExportError(f"The file {path} {what}.", hint="Name one export, such as data/survey.csv.")
    with tempfile.TemporaryDirectory(prefix="cxkit-") as folder:
        try:
            found = [s for form in _forms(path) for s in _samples(path, form, Path(folder))]
        except Unreadable as error:
            raise ExportError(f"The file cannot be read.\n\n{list_faults(error.faults)}", where=str(path)) from None
    if not found:
        raise ExportError("The file holds no rows.", where=str(path), hint="Ask for the export again.")
    return found


def _forms(path: Path) -> list[Format]:
    """How to open it: once for each sheet of a workbook that has several."""
    if path.suffix.lower() not in WORKBOOKS:
        return [Format()]
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        names = CalamineWorkbook.from_path(path).sheet_names
    except (CalamineError, OSError, ValueError):
        return [Format()]
    return [Format(sheet=name) for name in names[:_MOST_TABLES]] if len(names) > 1 else [Format()]


def _samples(path: Path, form: Format, folder: Path) -> Iterator[Sample]:
    by_header: dict[tuple[str, ...], Sample] = {}
    try:
        for name, opened in itertools.islice(open_file(path, form, path.name, folder), _MOST_TABLES):
            header = tuple(opened.header)
            if header in by_header:
                first = by_header[header]
                by_header[header] = Sample(**{**vars(first), "alike": (*first.alike, name)})
                continue
            member = form.sheet or name.removeprefix(path.name).strip("/")
            by_header[header] = _sample(name, opened, member=member)
    except Unreadable:
        # A sheet of a workbook may be empty, or hold a picture; others tell what there is.
        if form.sheet is None:
            raise
    yield from (s for s in by_header.values() if s.rows)


def _sample(name: str, opened: Opened, *, member: str) -> Sample:
    if len(opened.header) > MOST_COLUMNS:
        raise ExportError(f"{len(opened.header):,} columns; at most {MOST_COLUMNS:,} are read.", where=name)
    body: Iterator[Row] = (values for _, values in opened.rows)
    first = list(itertools.islice(body, _TOP))
    top = [[c or "" for c in row] for row in (*opened.heads, *first)]
    preset, why = recognise(top)
    number = PRESETS[preset].header_rows(top) if preset else len(opened.heads)
    heads = top[:number]
    left = [*opened.heads, *first][number:]
    rows, count, ended = _some(itertools.chain(left, body), wide=len(opened.header))
    written = opened.written
    header = [h.strip() for h in heads[0]] if heads else [""] * len(opened.header)
    asked = PRESETS[preset].questions(heads) if preset else _asked(heads, wide=len(header))
    also = PRESETS[preset].names(heads) if preset else [()] * len(header)
    kept, notes, doubts = _answers(preset, header, also, rows)
    shapes = _shapes(header, asked, also, kept, decimal=written.decimal)
    return Sample(name, written, preset, why, count, ended, shapes, member, notes=notes, doubts=doubts)


def _answers(
    preset: str, header: list[str], also: Sequence[tuple[str, ...]], rows: list[Row]
) -> tuple[list[Row], tuple[str, ...], tuple[str, ...]]:
    """The rows that are answers of customers, what the others are, and how many answers are not finished."""
    if not preset:
        return rows, (), ()
    given, kept, notes, doubts = PRESETS[preset], rows, list[str](), list[str]()
    for name, kinds in given.LEAVE_OUT.items():
        at = _at(name, header, also)
        for why, values in kinds.items() if at is not None else ():
            left = [r for r in kept if _value(r, at) not in {v.casefold() for v in values}]
            notes += [f"{len(kept) - len(left):,} rows say by {name} that they are {why}: left out"] * (left != kept)
            kept = left
    whole = next((n for n in given.WHOLE if _at(n, header, also) is not None), "")
    usual = {v.casefold() for v in given.WHOLE.get(whole, ())}
    number = sum(_value(r, _at(whole, header, also)) not in {"", *usual} for r in kept) if whole else 0
    doubts += [f"{number:,} of {len(kept):,} answers are not finished by {whole}, and count"] if number else []
    return kept, tuple(notes), tuple(doubts)


def _at(name: str, header: list[str], also: Sequence[tuple[str, ...]]) -> int | None:
    if name in header:
        return header.index(name)
    return next((i for i, names in enumerate(also) if name in names), None)


def _value(row: Row, at: int | None) -> str:
    return (row[at] or "").strip().casefold() if at is not None and at < len(row) else ""


def _asked(heads: Sequence[Sequence[str]], *, wide: int) -> list[str]:
    """All rows of the header as one text."""
    columns = [[row[i].strip() for row in heads if i < len(row)] for i in range(wide)]
    return [" ".join(dict.fromkeys(filter(None, column))) for column in columns]


def _shapes(
    header: list[str], asked: list[str], also: Sequence[tuple[str, ...]], rows: list[Row], *, decimal: str
) -> tuple[Shape, ...]:
    names = column_names(header)
    counts = Counter(header)
    return tuple(
        shape_of(
            [r[i] if i < len(r) else None for r in rows], place=i + 1, header=title, question=asked[i] or title,
            decimal=decimal, unique=counts[title] == 1 and names[i] == title, also=also[i],
        )
        for i, title in enumerate(header)
    )  # fmt: skip


def _cut(row: Row) -> Row:
    """A row whose texts are no longer than what tells that they are long."""
    return [cell[:_LONGEST] if cell else cell for cell in row]


def _some(rows: Iterable[Row], *, wide: int) -> tuple[list[Row], int, bool]:
    """Some rows of many: the first, and of the rest every so many, ever fewer as more come; how many were seen."""
    budget = max(200, _MOST_CELLS // max(wide, 1))
    first_at_most, spread_at_most = min(_FIRST, budget // 2), min(_SPREAD, budget // 2)
    first: list[Row] = []
    spread: list[Row] = []
    step, count = 1, 0
    for row in rows:
        if not any(row):
            continue
        count += 1
        if len(first) < first_at_most:
            first.append(_cut(row))
        elif count % step == 0:
            spread.append(_cut(row))
            if len(spread) > spread_at_most:
                spread, step = spread[::2], 2 * step
        if count >= _MOST_ROWS:
            return [*first, *spread], count, False
    return [*first, *spread], count, True
