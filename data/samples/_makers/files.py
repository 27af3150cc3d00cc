"""Rows to the bytes of the files that business tools export.

Line ends, encodings, time stamps and compression are all set here, because each of them differs between platforms.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import xlsxwriter
from xlsxwriter.worksheet import Worksheet


@dataclass(frozen=True)
class Csv:
    """How a tool writes its CSV files."""

    delimiter: str = ","
    line_end: str = "\n"
    encoding: str = "utf-8"


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[object]], style: Csv) -> bytes:
    """Return a CSV file; None is an empty field, and a field is quoted only where it must be."""
    lines = (style.delimiter.join(csv_field(value, style.delimiter) for value in row) for row in (header, *rows))
    return "".join(line + style.line_end for line in lines).encode(style.encoding)


def csv_field(value: object, delimiter: str) -> str:
    """Return one field, quoted where it must be."""
    text = "" if value is None else str(value)
    if not any(sign in text for sign in (delimiter, '"', "\n", "\r")):
        return text
    return '"' + text.replace('"', '""') + '"'


def decimal_comma(cents: int) -> str:
    """Write whole cents as an amount.

    Example:
        >>> decimal_comma(8420)
        '84,20'
    """
    return f"{cents // 100},{cents % 100:02d}"


def yes_no(answer: bool) -> str:
    """Write a decision as the tools do."""
    return "yes" if answer else "no"


def xlsx_bytes(sheet: str, header: Sequence[str], rows: Iterable[Sequence[object]], made: datetime) -> bytes:
    """Return a workbook of one sheet; dates become real date cells and None stays empty."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    book.set_properties({"created": made})
    page = book.add_worksheet(sheet)
    page.freeze_panes(1, 0)
    page.set_column(0, len(header) - 1, 15)
    for number, row in enumerate((header, *rows)):
        write_cells(page, number, row)
    book.close()
    return stored(content.getvalue())


def write_cells(page: Worksheet, number: int, row: Sequence[object]) -> None:
    """Write the cells of one row that hold something."""
    for column, value in enumerate(row):
        if isinstance(value, date):
            page.write_datetime(number, column, datetime(value.year, value.month, value.day))
        elif value is not None:
            page.write_string(number, column, str(value))


def stored(archive: bytes) -> bytes:
    """Return a ZIP without compression: what zlib makes of the same bytes differs between its builds."""
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as new:
        for name in old.namelist():
            new.writestr(fixed_entry(name), old.read(name))
    return content.getvalue()


def fixed_entry(name: str) -> zipfile.ZipInfo:
    """Return a ZIP entry that tells neither the time nor the operating system."""
    entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    entry.create_system = 0
    entry.external_attr = 0o600 << 16
    return entry


def yaml_bytes(comment: str, document: Mapping[str, object]) -> bytes:
    """Return a YAML file with a comment on top."""
    lines = [f"# {line}".rstrip() for line in comment.splitlines()]
    return ("\n".join([*lines, "", *yaml_lines(document)]) + "\n").encode()


def yaml_lines(node: Mapping[str, object]) -> Iterable[str]:
    """Yield the lines of a mapping of scalars, mappings and lists of mappings or texts."""
    for key, value in node.items():
        if isinstance(value, Mapping):
            yield f"{key}:"
            yield from (f"  {line}" for line in yaml_lines(value))
        elif isinstance(value, list):
            yield f"{key}:"
            for item in value:
                yield from yaml_item(item)
        else:
            yield f"{key}: {yaml_scalar(value)}"


def yaml_item(item: object) -> Iterable[str]:
    """Yield the lines of one item of a list."""
    lines = yaml_lines(item) if isinstance(item, Mapping) else [yaml_scalar(item)]
    for number, line in enumerate(lines):
        yield f"  - {line}" if number == 0 else f"    {line}"


def yaml_scalar(value: object) -> str:
    """Return a scalar; a text is quoted unless it is one plain word."""
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z][A-Za-z_]*", value) and value.lower() not in {"yes", "no"}:
        return value
    return json.dumps(value, ensure_ascii=False)
