"""Whatever is in an export, its tables come out or a message with its name does: no traceback, no hang, no flood."""

from __future__ import annotations

import gzip
import io
import json
import os
import resource
import stat
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from build import SOURCES, crm_rows, small_engagement, survey_rows
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cxkit.data.readers.base import Unreadable
from cxkit.data.readers.opening import open_file
from cxkit.data.settings import Format
from cxkit.errors import CxkitError

ROWS = [row.split(",") for row in survey_rows(24)]
CSV = "".join(",".join(row) + "\n" for row in ROWS)
LINES = "".join(json.dumps(dict(zip(ROWS[0], row, strict=True))) + "\n" for row in ROWS[1:])


def _book() -> bytes:
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as made:
        sheet = made.add_worksheet("Data")
        for i, row in enumerate(ROWS):
            sheet.write_row(i, 0, [int(c) if c.isdigit() else c for c in row])
        sheet.write_formula("F2", "=D2*2", None, 4)
    return data.getvalue()


def _parquet() -> bytes:
    data = io.BytesIO()
    pq.write_table(pa.table({n: [r[i] for r in ROWS[1:]] for i, n in enumerate(ROWS[0])}), data)
    return data.getvalue()


def _zip(**files: bytes | str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "."), content)
    return data.getvalue()


VALID = {
    "a.csv": CSV.encode(),
    "b.csv": CSV.replace(",", ";").encode("utf-16"),
    "c.csv": CSV.replace("Web", '"Wéb, or\nelse"').encode("cp1252"),
    "a.jsonl": LINES.encode(),
    "a.json": ("[" + LINES.strip().replace("\n", ",\n") + "]").encode(),
    "a.xlsx": _book(),
    "a.parquet": _parquet(),
    "a.zip": _zip(a__csv=CSV, b__xlsx=_book()),
    "a.csv.gz": gzip.compress(CSV.encode()),
    "a.xls": b"<html><table>" + CSV.replace("\n", "<tr>").replace(",", "<td>").encode() + b"</table>",
}

_slips = st.lists(
    st.tuples(
        st.sampled_from(["flip", "cut", "drop", "put", "twice"]),
        st.floats(0, 1),
        st.one_of(st.binary(min_size=1, max_size=6), st.sampled_from([b'"', b"\0", b"\r", b"\xff\xfe", b"{", b"<v>", b"-1"])),
    ),
    min_size=1,
    max_size=4,
)


def slipped(data: bytes, slips: list[tuple[str, float, bytes]]) -> bytes:
    """A file with some slips in it."""
    for kind, where, piece in slips:
        at = int(where * max(0, len(data) - 1))
        if kind == "flip":
            data = data[:at] + piece + data[at + len(piece) :]
        elif kind == "cut":
            data = data[:at]
        elif kind == "drop":
            data = data[:at] + data[at + 8 * len(piece) :]
        elif kind == "put":
            data = data[:at] + piece + data[at:]
        else:
            data = data[:at] + data[at // 2 :]
    return data


def read_or_refuse(name: str, content: bytes) -> str:
    """Read a file to its end; what was said, or "" where all of it could be read."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(content)
        try:
            for _, opened in open_file(path, Format(), name, Path(folder)):
                for row, values in opened.rows:
                    assert isinstance(row, int)
                    assert all(v is None or v.encode() is not None for v in values)
        except Unreadable as error:
            assert error.faults
            for fault in error.faults:
                assert fault.file.startswith(name)
                assert fault.what
            return "\n".join(map(str, error.faults))
    return ""


@pytest.mark.parametrize("name", VALID)
def test_what_is_slipped_from_can_be_read(name):
    assert read_or_refuse(name, VALID[name]) == ""


@pytest.mark.parametrize("name", VALID)
@given(slips=_slips)
@settings(max_examples=60, deadline=5000, suppress_health_check=[HealthCheck.too_slow])
def test_a_file_with_slips_is_read_or_refused(name, slips):
    read_or_refuse(name, slipped(VALID[name], slips))


@pytest.mark.parametrize("name", VALID)
@given(content=st.binary(max_size=400))
@settings(max_examples=30, deadline=5000)
def test_garbage_under_any_name_is_read_or_refused(name, content):
    read_or_refuse(name, content)
    read_or_refuse(name, VALID[name][:8] + content)


PARTS = ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml", "xl/_rels/workbook.xml.rels"]


def with_part(data: bytes, name: str, change) -> bytes:
    """An archive with the content of one of its files changed, and packed again as it should be."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            content = old.read(part)
            new.writestr(part, change(content) if part == name else content)
    return out.getvalue()


@pytest.mark.parametrize("part", PARTS)
@given(slips=_slips)
@settings(max_examples=60, deadline=5000, suppress_health_check=[HealthCheck.too_slow])
def test_a_workbook_with_slips_in_a_part_is_read_or_refused(part, slips):
    read_or_refuse("a.xlsx", with_part(VALID["a.xlsx"], part, lambda content: slipped(content, slips)))
