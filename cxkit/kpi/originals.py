"""The client's own files as a relation of texts, in SQL that DuckDB runs where they lie."""

from __future__ import annotations

import glob
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from cxkit._sql import sql_text
from cxkit.data.ingest import Raw
from cxkit.data.readers.base import Written

__all__ = ["notes_on_files", "select_files"]

_SHEETS = ("workbook", "web page")
_UTF8 = ("utf-8", "utf-8-sig", "utf8", "ascii")
_SHEET = exp.select("*").from_(
    exp.Anonymous(
        this="read_csv",
        expressions=[
            exp.Literal.string("sheet.csv"),
            exp.PropertyEQ(this=exp.var("all_varchar"), expression=exp.true()),
        ],
    )
)
_LATIN = ("cp1252", "windows-1252", "latin-1", "latin1", "iso-8859-1", "iso-8859-15", "cp1250", "mac-roman")


@dataclass(frozen=True, slots=True)
class _File:
    """One file: its place among all, how it is written, and where its columns are."""

    place: int
    path: str
    written: Written
    names: tuple[str, ...]
    taken: Mapping[str, str]
    texts: Mapping[str, exp.Expr]

    @property
    def kind(self) -> str:
        return self.written.kind.partition(" in ")[0]

    @property
    def packed(self) -> str:
        return self.written.kind.partition(" in ")[2]

    @property
    def to_load(self) -> bool:
        """Whether DuckDB has no reader for it, so that it is a table by then."""
        return self.kind in _SHEETS

    @property
    def table(self) -> str:
        sheet = f":{self.written.sheet}" if self.written.sheet else ""
        return self.path if self.path.endswith(sheet) else self.path + sheet

    @property
    def unpacked(self) -> str:
        """Where it is once its archive lies unpacked in a folder beside it."""
        if self.packed == "zip":
            return re.sub(r"\.zip/", "/", self.path, count=1, flags=re.IGNORECASE)
        return self.path.removesuffix(".gz") if self.packed == "gz" and self.kind == "parquet" else self.path


def select_files(raw: Raw) -> exp.Select:
    """The rows of a source's files: the columns of its table of texts, `_file` and `_row`.

    Files that are written alike are read in one go.
    """
    files = list(_files(raw))
    groups = [list(g) for _, g in itertools.groupby(sorted(files, key=_shape), key=_shape)]
    # Of files that hold the same key the later one counts, and names alone may not tell which that is.
    by_name = len(groups) == 1 and [f.path for f in files] == sorted(f.path for f in files)
    parts = [_select(group, None if by_name else files) for group in groups]
    if len(parts) == 1:
        return parts[0]
    return exp.select("*").from_(exp.union(*parts, distinct=False).subquery("u"))


def notes_on_files(raw: Raw) -> list[str]:
    """What has to be done before the files can be read where they lie."""
    lines: list[str] = []
    files = list(_files(raw))
    for archive in dict.fromkeys(f.path.lower().partition(".zip/")[0] for f in files if f.packed == "zip"):
        path = next(f.path for f in files if f.path.lower().startswith(archive))[: len(archive)]
        lines.append(f"Unpack {path}.zip into the folder {path} first.")
    lines += [f"Unpack {f.path} first." for f in files if f.packed == "gz" and f.unpacked != f.path]
    for f in files:
        if f.to_load:
            what = "The sheet of" if f.kind == "workbook" else "The table of"
            lines.append(
                f"{what} {f.path} is needed as a table. Save it as CSV with dates as 2026-03-05, and first run:"
            )
            table = exp.to_identifier(f.table, quoted=True)
            lines.append(f"{sql_text(exp.Create(this=exp.Table(this=table), kind='TABLE', expression=_SHEET))};")
    return lines


def _files(raw: Raw) -> Iterator[_File]:
    each = zip(raw.files, raw.written, raw.headings, raw.taken, raw.texts, strict=True)
    for place, (record, written, names, taken, texts) in enumerate(each, start=1):
        yield _File(place, record.path, written, names, taken, texts)


def _shape(file: _File) -> tuple[object, ...]:
    """What files have to have in common to be read in one go."""
    w = file.written
    texts = tuple(sql_text(e) for e in file.texts.values())
    one = file.table if file.to_load else ""
    laid_out = (w.kind, w.encoding, w.delimiter, w.skip_rows, w.header_rows)
    return (*laid_out, file.names, tuple(file.taken.items()), texts, one)


def _select(files: Sequence[_File], others: Sequence[_File] | None) -> exp.Select:
    """The rows of files written alike; `others` are all files, where their names do not tell their order."""
    first = files[0]
    row = exp.Window(this=exp.RowNumber()).as_("_row")
    if first.to_load:
        place = exp.Literal.number(first.place).as_("_file")
        columns = [exp.column(n, quoted=True).as_(c, quoted=True) for c, n in first.taken.items()]
        return exp.select(*columns, place, row).from_(exp.Table(this=exp.to_identifier(first.table, quoted=True)))
    values = [first.texts.get(n, exp.column(n, quoted=True)).copy().as_(c, quoted=True) for c, n in first.taken.items()]
    file = exp.column("filename") if others is None else _place(others)
    select = exp.select(*values, file.as_("_file"), row).from_(_read(files))
    if first.kind in ("json", "json lines"):
        return select.where(exp.column("json").is_(exp.null()).not_())
    if first.kind == "csv" and _broken_header(first) and first.written.header_rows > 1:
        within = exp.Window(this=exp.RowNumber(), partition_by=[exp.column("filename")])
        return select.qualify(exp.GT(this=within, expression=exp.Literal.number(first.written.header_rows - 1)))
    return select


def _place(files: Sequence[_File]) -> exp.Expr:
    paths = exp.array(*[exp.Literal.string(f.unpacked) for f in files], dialect="duckdb")
    return exp.Anonymous(this="LIST_POSITION", expressions=[paths, exp.column("filename")])


def _read(files: Sequence[_File]) -> exp.Expr:
    first = files[0]
    options: dict[str, exp.Expr] = {"filename": exp.true()}
    if first.packed == "gz" and first.kind != "parquet" and not all(f.path.endswith(".gz") for f in files):
        options["compression"] = exp.convert("gzip")
    function = {"parquet": "read_parquet", "json": "read_json_objects", "json lines": "read_json_objects"}
    if first.kind == "json":
        options["format"] = exp.convert("array")
    elif first.kind == "json lines":
        options |= {"format": exp.convert("newline_delimited"), "ignore_errors": exp.true()}
    elif first.kind != "parquet":
        options |= _text_options(first)
    # DuckDB takes brackets and stars in a path for a pattern.
    paths = exp.array(*[exp.Literal.string(glob.escape(f.unpacked)) for f in files], dialect="duckdb")
    given = [exp.PropertyEQ(this=exp.var(k), expression=v) for k, v in options.items()]
    return exp.Anonymous(this=function.get(first.kind, "read_csv"), expressions=[paths, *given])


def _text_options(file: _File) -> dict[str, exp.Expr]:
    w = file.written
    options: dict[str, exp.Expr] = {
        "all_varchar": exp.true(), "delim": exp.convert(w.delimiter or ","), "quote": exp.convert('"'),
        "escape": exp.convert('"'), "ignore_errors": exp.true(), "null_padding": exp.false(),
    }  # fmt: skip
    if (name := w.encoding.lower().replace("_", "-")) not in ("", *_UTF8):
        # DuckDB has three encodings of its own. That of Windows is Latin 1 but for a few marks such as the euro sign.
        options["encoding"] = exp.convert("latin-1" if name in _LATIN else name)
    if _broken_header(file):
        return options | {"header": exp.true(), "skip": exp.convert(w.skip_rows), "union_by_name": exp.true()}
    kinds = [exp.PropertyEQ(this=exp.Literal.string(n), expression=exp.Literal.string("VARCHAR")) for n in file.names]
    skip = exp.convert(w.skip_rows + w.header_rows)
    columns = exp.Struct(expressions=kinds)
    return options | {"header": exp.false(), "skip": skip, "auto_detect": exp.false(), "columns": columns}


def _broken_header(file: _File) -> bool:
    """Whether the header goes over several lines, of which DuckDB would skip only the first."""
    return any("\n" in n or "\r" in n for n in file.names)
