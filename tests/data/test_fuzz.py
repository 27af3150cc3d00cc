"""Whatever is in an export, its tables come out or a message with its name does: no traceback, no hang, no flood."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
import zlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from build import SOURCES, small_engagement, survey_rows
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cxkit.data.faults import list_faults
from cxkit.data.readers.base import Unreadable
from cxkit.data.readers.opening import open_file
from cxkit.data.settings import Format
from cxkit.engagement import open_engagement
from cxkit.errors import DocumentError

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
        st.one_of(
            st.binary(min_size=1, max_size=6), st.sampled_from([b'"', b"\0", b"\r", b"\xff\xfe", b"{", b"<v>", b"-1"])
        ),
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
            faults = error.faults
        else:
            return ""
    assert faults
    assert all(fault.file.startswith(name) and fault.what for fault in faults)
    return "\n".join(map(str, faults))


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


SURVEYS = {n: c for n, c in VALID.items() if n not in ("b.csv", "c.csv")}


@pytest.mark.slow
@pytest.mark.parametrize("name", SURVEYS)
@given(slips=_slips)
@settings(max_examples=8, deadline=None)
def test_tables_come_out_or_a_fault_that_names_the_file(name, slips):
    with tempfile.TemporaryDirectory() as folder:
        placed(Path(folder), name, slipped(SURVEYS[name], slips))
        found = open_engagement(Path(folder)).check()
    assert {f.file.partition("/")[2][: len(name)] for f in found.faults} <= {name}
    assert found.faults or sum(s.rows_used for s in found.sources if s.id == "survey")


PARTS = [
    "xl/worksheets/sheet1.xml",
    "xl/workbook.xml",
    "xl/styles.xml",
    "xl/sharedStrings.xml",
    "xl/_rels/workbook.xml.rels",
]


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


# Files that would take all memory or time, each in a process of its own

CHECK = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
from cxkit.engagement import open_engagement
from cxkit.errors import CxkitError
try:
    found = open_engagement(sys.argv[1]).check()
    print("\\n".join(f"{f.file}: {f}" for f in found.faults))
except CxkitError as error:
    print(error)
# What getrusage tells is no less than what the process had that started this one.
with open("/proc/self/status") as status:
    print(next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM")))
"""
HEAD = (",".join(ROWS[0]) + "\n").encode()
ROW = b"R0,2026-02-03,C1,9,"
MEGABYTE = 1 << 20


def check_apart(folder: Path, name: str, *, seconds: int = 90) -> tuple[str, int]:
    """What `check` says of an export in a process of its own, and how many megabytes it took."""
    run = [sys.executable, "-W", "error", "-c", CHECK, str(folder)]
    done = subprocess.run(run, capture_output=True, text=True, timeout=seconds)
    assert (done.returncode, done.stderr) == (0, "")
    *said, megabytes = done.stdout.strip().splitlines()
    assert f"data/{name}" in "\n".join(said)
    return "\n".join(said), int(megabytes)


def placed(folder: Path, name: str, content: bytes = b"") -> Path:
    """An engagement with an export in the place of its survey; where the export is."""
    small_engagement(folder, sources=SOURCES.replace("data/survey*.csv", f"data/{name}"))
    (folder / "data/survey.csv").unlink()
    (folder / "data" / name).write_bytes(content)
    return folder / "data" / name


def blanks(size: int) -> bytes:
    """So many blanks, deflated, without ever being there."""
    piece, end = zlib.compressobj(9, zlib.DEFLATED, -15), zlib.compressobj(9, zlib.DEFLATED, -15)
    once = piece.compress(b" " * (16 * MEGABYTE)) + piece.flush(zlib.Z_FULL_FLUSH)
    return once * (size // (16 * MEGABYTE)) + end.flush()


def bomb(name: str, *, size: int, said: int, beside: bytes = b"") -> bytes:
    """An archive with a file that becomes so large, and says how large; the others in it are those of `beside`."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive, zipfile.ZipFile(io.BytesIO(beside or _zip())) as old:
        for other in old.namelist():
            if other != name:
                archive.writestr(other, old.read(other))
        archive.writestr(name, blanks(size))
    packed, listed = bytearray(data.getvalue()), data.getvalue().rindex(b"PK\x01\x02")
    local = int.from_bytes(packed[listed + 42 : listed + 46], "little")
    for method, length in ((local + 8, local + 22), (listed + 10, listed + 24)):
        packed[method : method + 2] = (8).to_bytes(2, "little")
        packed[length : length + 4] = said.to_bytes(4, "little")
    return bytes(packed)


HOSTILE = {
    "a line of 200 MB": ("a.csv", lambda: HEAD + ROW + b"x" * (200 * MEGABYTE), "more than 10,000,000 characters"),
    "a header of 200 MB": ("a.csv", lambda: b"x" * (200 * MEGABYTE), "more than 10,000,000 characters"),
    "200 million columns": ("a.csv", lambda: HEAD + b"," * (200 * MEGABYTE), "more than 10,000,000 characters"),
    "a value of 200 MB": ("a.csv", lambda: HEAD + ROW + b'"' + b"x\n" * (100 * MEGABYTE), "the quotes do not close"),
    "a line of 200 MB in UTF-16": (
        "a.csv", lambda: (HEAD + ROW + b"x" * (100 * MEGABYTE)).decode().encode("utf-16"), "line 2",
    ),
    "an object of 200 MB": ("a.jsonl", lambda: b'{"a": "' + b"x" * (200 * MEGABYTE), "more than 4,000,000 characters"),
    "a page of 200 MB": ("a.xls", lambda: b"<table>" + b"<tr><td>1" * (18 * MEGABYTE), "too large for a table"),
    "a page of wide cells": ("a.xls", lambda: b"<table><tr>" + b"<td colspan=999>" * MEGABYTE, "too large for a table"),
    "a bomb in a zip": (
        "a.zip", lambda: bomb("a.csv", size=4000 * MEGABYTE, said=4000 * MEGABYTE), "4,000 MB when unpacked",
    ),
    "a bomb that lies": ("a.zip", lambda: bomb("a.csv", size=4000 * MEGABYTE, said=1000), "broken"),
    "a bomb in a gz": ("a.csv.gz", lambda: gzip.compress(b" " * (8 * MEGABYTE)) * 250, "when unpacked"),
    "a bomb in a workbook": (
        "a.xlsx",
        lambda: bomb("xl/worksheets/sheet1.xml", size=4000 * MEGABYTE, said=4000 * MEGABYTE, beside=VALID["a.xlsx"]),
        "4,000 MB when unpacked",
    ),
    "a bomb that lies in a workbook": (
        "a.xlsx",
        lambda: bomb("xl/sharedStrings.xml", size=4000 * MEGABYTE, said=1000, beside=VALID["a.xlsx"]),
        "the workbook is broken",
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("case", HOSTILE)
def test_no_file_takes_all_memory_or_time(tmp_path, case):
    name, content, what = HOSTILE[case]
    placed(tmp_path, name, content())
    said, megabytes = check_apart(tmp_path, name)
    assert what in said
    assert megabytes < 600


FAR = {
    "far": b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
    "beyond all rows": b'<row r="99999999"><c r="A99999999"><v>1</v></c></row>',
    "beyond all columns": b'<row r="100"><c r="ZZZZZ100"><v>1</v></c></row>',
    "in other quotes": b"<row r = '1048576'><c s='0' r = 'xfd1048576'><v>1</v></c></row>",
    "without a place": b'<row r="1048576">' + b"<c><v>1</v></c>" * 16384 + b"</row>",
    "masked": b'<row r="&#49;048576"><c r="&#88;FD1048576"><v>1</v></c></row>',
}


@pytest.mark.parametrize("case", FAR)
def test_a_cell_far_away_is_refused_however_it_is_written(case):
    data = with_part(
        VALID["a.xlsx"], "xl/worksheets/sheet1.xml", lambda c: c.replace(b"</sheetData>", FAR[case] + b"</sheetData>")
    )
    told = "the workbook is broken" if case == "masked" else "too far to be loaded"
    assert told in read_or_refuse("a.xlsx", data)


@pytest.mark.parametrize("part", ["xl/sharedStrings.xml", "xl/styles.xml", "xl/worksheets/sheet1.xml"])
def test_a_workbook_that_says_it_holds_more_than_it_does_is_refused(part):
    def change(content: bytes) -> bytes:
        content = content.replace(b"</sheetData>", b'</sheetData><x count="1"/>')
        return re.sub(rb'ount="\d+"', b'ount="4000000000"', content)

    assert "the workbook is broken" in read_or_refuse("a.xlsx", with_part(VALID["a.xlsx"], part, change))


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.xlsx", "a.parquet"])
def test_ten_thousand_columns_are_too_many(tmp_path, name):
    names = [f"c{i}" for i in range(10_000)]
    data = io.BytesIO()
    if name == "a.xlsx":
        with xlsxwriter.Workbook(data) as made:
            made.add_worksheet().write_row(0, 0, names)
    elif name == "a.parquet":
        pq.write_table(pa.table({n: ["1"] for n in names}), data)
    content = {"a.csv": (",".join(names) + "\n").encode() * 3, "a.jsonl": json.dumps(dict.fromkeys(names, 1)).encode()}
    path = placed(tmp_path, name, content.get(name, data.getvalue()))
    faults = [f for f in open_engagement(tmp_path).check().faults if f.file == f"data/{path.name}"]
    assert any("5,000" in f.what and f.stops for f in faults)


@pytest.mark.parametrize("content", ['{"a":' * 10_000 + "1" + "}" * 10_000, "[" * 10_000, '[{"a":' + "[" * 10_000])
@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_json_nested_ten_thousand_deep_is_told(name, content):
    assert "too deep" in read_or_refuse(name, content.encode())


# Things in a folder that are no files, or have odd names


def test_a_pipe_is_refused_and_does_not_hang(tmp_path):
    path = placed(tmp_path, "a.csv")
    path.unlink()
    os.mkfifo(path)
    for files in ("data/a.csv", "data", "data/*.csv"):
        small_engagement(tmp_path, sources=SOURCES.replace("data/survey*.csv", files))
        with pytest.raises(DocumentError, match=r"data/a\.csv is no file, but a pipe"):
            open_engagement(tmp_path).check()


@pytest.mark.parametrize("target", ["/dev/zero", "nowhere.csv", "a.csv", "../../outside.csv"])
def test_a_link_to_what_is_no_export_is_refused(tmp_path, target):
    (tmp_path / "outside.csv").write_text(CSV)
    path = placed(tmp_path / "in", "a.csv")
    path.unlink()
    path.symlink_to(target)
    with pytest.raises(DocumentError, match=r"data/a\.csv is (a link that leaves|no file)"):
        open_engagement(tmp_path / "in").check()


MAY_NOT = """
import os, sys
from pathlib import Path
from cxkit.data.readers.opening import open_file, Unreadable
from cxkit.data.settings import Format
if os.geteuid() == 0:
    os.setuid(65534)  # whoever may read everything becomes one who may not
try:
    list(open_file(Path(sys.argv[1]), Format(), "data/a.csv", Path(sys.argv[1]).parent))
except Unreadable as error:
    print(*[f"{f.file}: {f}" for f in error.faults])
"""


def test_a_file_that_may_not_be_read_is_told(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(CSV)
    path.chmod(0)
    done = subprocess.run([sys.executable, "-c", MAY_NOT, str(path)], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("data/a.csv: the file cannot be read (Permission denied)\n", "")


@pytest.mark.parametrize(
    "name", ["a\nb.csv", "\u202egnp.csv", "\u00e9t\u00e9 \U0001f600.csv", "a'b\".csv", "*[a]?.csv", "-- x.csv"]
)
def test_odd_names_are_names(tmp_path, name):
    engagement = small_engagement(tmp_path, sources=SOURCES.replace("data/survey*.csv", "data/daily"))
    (tmp_path / "data/daily").mkdir()
    rows = survey_rows()
    (tmp_path / "data/daily" / name).write_text("\n".join([*rows[:-1], "R999,never,C1,9,Web"]) + "\n")
    found = engagement.check()
    assert [f.path for f in found.sources[1].files] == [f"data/daily/{name}"]
    listed = list_faults(found.faults)
    assert "never" in listed
    assert not any("\u202e" in line or line == "b.csv" for line in listed.splitlines())


def test_a_name_that_is_no_text_is_told(tmp_path):
    engagement = small_engagement(tmp_path, sources=SOURCES.replace("data/survey*.csv", "data/daily"))
    (tmp_path / "data/daily").mkdir()
    Path(os.fsdecode(os.fsencode(tmp_path / "data/daily") + b"/\xff.csv")).write_text(CSV)
    with pytest.raises(DocumentError, match=r"data/daily/\\udcff\.csv' is no text"):
        engagement.check()


def test_a_formula_in_a_text_is_a_text(tmp_path):
    rows = survey_rows()
    rows[2] = 'R1,2026-02-03,C1,9,"=HYPERLINK(""http://x"")"'
    assert small_engagement(tmp_path, survey__csv="\n".join(rows)).check().sound
