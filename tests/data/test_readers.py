"""Each kind of file gives the rows that its CSV would give, or says in one message why not."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import stat
import zipfile
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from build import SOURCES, small_engagement, survey_rows
from conftest import SHARED, TODAY

from cxkit.data.readers.base import Unreadable
from cxkit.data.readers.opening import open_file
from cxkit.data.settings import Format
from cxkit.errors import DocumentError, ExportError

ROWS = [["Id", "Score", "Day"], ["C1", "9", "2026-01-05"], ["C2", "10", "2026-02-05"], ["C3", "7", "2026-03-05"]]
CSV = "\n".join(",".join(row) for row in ROWS) + "\n"


def read(folder, name: str, content: bytes | str, **form) -> dict[str, tuple]:
    """What a file gives, by the name of each thing in it: header, rows, how it is written, faults."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    found = {}
    for title, opened in open_file(path, Format(**form), name, folder):
        found[title] = opened.header, [list(r) for _, r in opened.rows if any(r)], opened.written, opened.faults
    return found


def rows_of(folder, name: str, content: bytes | str, **form) -> list[list]:
    """Header and rows of a file with one thing in it."""
    ((header, rows, _, _),) = read(folder, name, content, **form).values()
    return [header, *rows]


def refused(folder, name: str, content: bytes | str, **form) -> str:
    """What is said of a file that cannot be read, with its place."""
    with pytest.raises(Unreadable) as error:
        read(folder, name, content, **form)
    assert all(f.file.startswith(name) and f.stops for f in error.value.faults if not f.rejects)
    return "\n".join(f"{f.file}: {f} ({f.hint})" for f in error.value.faults)


def book(*sheets: tuple[str, list[list]], hidden: tuple[str, ...] = ()) -> bytes:
    """A workbook of sheets; a cell may be a value, or a value with its number format."""
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"in_memory": True, "strings_to_formulas": False}) as made:
        for name, rows in sheets:
            sheet = made.add_worksheet(name)
            if name in hidden:
                sheet.hide()
            for i, row in enumerate(rows):
                for j, cell in enumerate(row):
                    value, form = cell if isinstance(cell, tuple) else (cell, None)
                    sheet.write(i, j, value, made.add_format({"num_format": form}) if form else None)
    return data.getvalue()


def rezipped(data: bytes, change) -> bytes:
    """An archive with the content of each of its files changed by `change(name, content)`; None drops it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = change(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
    return out.getvalue()


def zipped(**files: str | bytes) -> bytes:
    return packed({name.replace("__", "."): content for name, content in files.items()})


def packed(files: dict[str, str | bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def parquet(columns: dict) -> bytes:
    data = io.BytesIO()
    pq.write_table(pa.table(columns), data)
    return data.getvalue()


# Workbooks


def test_a_workbook_gives_the_rows_of_its_csv(tmp_path):
    rows = [ROWS[0], *[[i, int(s), d] for i, s, d in ROWS[1:]]]
    assert rows_of(tmp_path, "a.xlsx", book(("Data", rows))) == ROWS


def test_titles_above_the_header_are_skipped_and_rows_keep_their_numbers(tmp_path):
    rows = [["Answers of 2026"], ["as of May"], [], *ROWS]
    path = tmp_path / "a.xlsx"
    path.write_bytes(book(("Data", rows)))
    ((_, opened),) = open_file(path, Format(), "a.xlsx", tmp_path)
    assert (opened.header, opened.written.skip_rows) == (ROWS[0], 3)
    assert [(n, r[0]) for n, r in opened.rows] == [(5, "C1"), (6, "C2"), (7, "C3")]
    assert {"sheet", "skip_rows", "header_rows"} <= set(opened.written.found)


def test_a_merged_title_is_a_title(tmp_path):
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as made:
        sheet = made.add_worksheet("Data")
        sheet.merge_range(0, 0, 1, 2, "Answers of 2026")
        for i, row in enumerate(ROWS):
            sheet.write_row(i + 2, 0, row)
    assert rows_of(tmp_path, "a.xlsx", data.getvalue()) == ROWS


def test_rows_above_the_header_may_be_declared(tmp_path):
    rows = [["a", "b", "c"], ["d", "e", "f"], *ROWS]
    assert rows_of(tmp_path, "a.xlsx", book(("Data", rows)), skip_rows=2, header_rows=1) == ROWS


def test_columns_to_the_left_of_the_table_keep_their_places(tmp_path):
    rows = [[None, None, *row] for row in ROWS]
    assert rows_of(tmp_path, "a.xlsx", book(("Data", rows)))[1] == [None, None, "C1", "9", "2026-01-05"]


def test_cells_read_as_their_csv_would(tmp_path):
    cells = [
        (dt.datetime.fromisoformat("2026-01-05 10:30"), "yyyy-mm-dd hh:mm"), (dt.date(2026, 1, 5), "yyyy-mm-dd"),
        (dt.time(10, 30), "hh:mm:ss"), (dt.timedelta(hours=30, minutes=5), "[h]:mm:ss"), True, (0.85, "0%"), "00123",
        0.1, 7.0, 123456789012345, "  x ", "=1+1",
    ]  # fmt: skip
    header = [f"column {i}" for i in range(len(cells))]
    assert rows_of(tmp_path, "a.xlsx", book(("Data", [header, cells])), header_rows=1, skip_rows=0)[1] == [
        "2026-01-05 10:30:00", "2026-01-05", "10:30:00", "30:05:00", "true", "0.85", "00123",
        "0.1", "7", "123456789012345", "  x ", "=1+1",
    ]  # fmt: skip


def test_numbers_are_written_with_the_mark_that_the_texts_of_the_sheet_have(tmp_path):
    rows = [["Id", "Amount"], ["C1", 1.5], ["C2", "1.234,5"], ["C3", "7,25"], ["C4", 1000]]
    ((_, read_, written, _),) = read(tmp_path, "a.xlsx", book(("Data", rows))).values()
    assert (written.decimal, [r[1] for r in read_]) == (",", ["1,5", "1.234,5", "7,25", "1000"])


def test_a_total_under_a_sheet_is_suspected(tmp_path):
    rows = [["Id", "Day", "Amount"], *[[f"C{i}", "2026-01-05", 10] for i in range(9)], ["Total", None, 90]]
    ((_, _, written, _),) = read(tmp_path, "a.xlsx", book(("Data", rows))).values()
    assert [(s.of, s.fault.value, s.fault.row) for s in written.suspicions] == [("row", "Total", "last row")]


def test_the_only_sheet_with_a_table_is_taken(tmp_path):
    notes = [["About this export"], ["Ask Ms Gray before using it"]]
    data = book(("Cover", notes), ("Empty", []), ("Answers", ROWS))
    ((header, rows, written, _),) = read(tmp_path, "a.xlsx", data).values()
    assert [header, *rows] == ROWS
    assert (written.sheet, "sheet" in written.found) == ("Answers", True)


def test_of_several_tables_none_is_guessed(tmp_path):
    told = refused(tmp_path, "a.xlsx", book(("Answers", ROWS), ("Customers", ROWS), ("Notes", [["x"]])))
    assert "which sheet is not said" in told
    assert "Answers, Customers" in told
    assert "Notes" not in told


def test_sheets_alike_are_read_one_after_the_other(tmp_path):
    data = book(("2026-01", ROWS), ("2026-02", ROWS[:3]), ("Legend", [["Score", "0 to 10"], ["Day", "of the answer"]]))
    found = read(tmp_path, "a.xlsx", data, sheet="2026-*")
    assert {name: len(rows) for name, (_, rows, _, _) in found.items()} == {"a.xlsx:2026-01": 3, "a.xlsx:2026-02": 2}


def test_a_sheet_that_is_not_there_is_told_with_those_that_are(tmp_path):
    assert "Sheets: Answers." in refused(tmp_path, "a.xlsx", book(("Answers", ROWS)), sheet="Answer")


def test_a_hidden_sheet_is_not_taken_and_is_told(tmp_path):
    data = book(("Answers", ROWS), ("Old", ROWS), hidden=("Old",))
    ((_, _, written, _),) = read(tmp_path, "a.xlsx", data).values()
    assert written.sheet == "Answers"
    assert any("hidden sheets, which are not read: Old" in d for d in written.doubts)


def test_a_hidden_sheet_may_be_declared(tmp_path):
    data = book(("Answers", ROWS[:2]), ("Old", ROWS), hidden=("Old",))
    ((_, rows, written, _),) = read(tmp_path, "a.xlsx", data, sheet="Old").values()
    assert len(rows) == 3
    assert "The sheet 'Old' is hidden in the workbook." in written.doubts


def formula_book(*cells: tuple[str, object]) -> bytes:
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as made:
        sheet = made.add_worksheet("Data")
        for i, row in enumerate(ROWS):
            sheet.write_row(i, 0, row)
        for place, value in cells:
            sheet.write_formula(place, "=LEN(A2)", None, value)
    return data.getvalue()


def test_the_last_result_of_a_formula_is_read(tmp_path):
    assert rows_of(tmp_path, "a.xlsx", formula_book(("B2", 8), ("B3", 6.5)))[1:3] == [
        ["C1", "8", "2026-01-05"],
        ["C2", "6.5", "2026-02-05"],
    ]


def without_result(name: str, content: bytes) -> bytes:
    return content.replace(b"<v>77</v>", b"<v></v>") if "sheet1" in name else content


def test_a_formula_without_a_result_is_a_fault_with_its_place(tmp_path):
    data = rezipped(formula_book(("B2", 8), ("B3", 77)), without_result)
    ((_, rows, _, faults),) = read(tmp_path, "a.xlsx", data).values()
    assert [r[1] for r in rows] == ["8", None, "7"]
    assert [(f.row, f.column, f.what) for f in faults] == [(3, "Score", "the formula has no result")]


def test_a_formula_without_a_result_matters_where_its_column_is_mapped(tmp_path):
    rows = [r.split(",") for r in survey_rows(90)]
    rows[0].append("Remark")
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"strings_to_numbers": True}) as made:
        sheet = made.add_worksheet("Data")
        for i, row in enumerate(rows):
            sheet.write_row(i, 0, row)
        sheet.write_formula("D3", "=9", None, 77)
        sheet.write_formula("F4", "=9", None, 77)
    sources = SOURCES.replace("survey*.csv", "survey.xlsx")
    found = small_engagement(tmp_path, sources=sources, survey__xlsx=rezipped(data.getvalue(), without_result)).check()
    assert [(f.row, f.column) for f in found.faults if "formula" in f.what] == [(3, "Score")]


def test_formulas_that_were_never_computed_stop(tmp_path):
    ((_, _, _, faults),) = read(tmp_path, "a.xlsx", formula_book(("B2", 0), ("B3", 0))).values()
    assert {(f.row, f.what, f.stops) for f in faults} == {
        (2, "the formula was never computed", True), (3, "the formula was never computed", True),
    }  # fmt: skip


def test_formulas_of_which_some_are_0_are_believed(tmp_path):
    ((_, rows, _, faults),) = read(tmp_path, "a.xlsx", formula_book(("B2", 0), ("B3", 4))).values()
    assert ([r[1] for r in rows[:2]], faults) == (["0", "4"], ())


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#DIV/0!"])
def test_a_cell_with_an_error_is_a_fault_with_its_place(tmp_path, error):
    ((_, rows, _, faults),) = read(tmp_path, "a.xlsx", formula_book(("B3", error), ("B4", 7))).values()
    assert [r[1] for r in rows] == ["9", None, "7"]
    assert [(f.row, f.column, f.value) for f in faults] == [(3, "Score", error)]


def test_links_to_other_workbooks_are_not_followed_and_told(tmp_path):
    link = b'<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'
    data = io.BytesIO(formula_book(("B2", 8)))
    with zipfile.ZipFile(data, "a") as archive:
        archive.writestr("xl/externalLinks/externalLink1.xml", link)
    ((_, rows, written, _),) = read(tmp_path, "a.xlsx", data.getvalue()).values()
    assert rows[0][1] == "8"
    assert any("values from other workbooks" in d for d in written.doubts)


def test_a_sheet_larger_than_can_be_loaded_is_refused_before(tmp_path, monkeypatch):
    monkeypatch.setattr("cxkit.data.readers.parts._MOST_CELLS", 8)
    assert "goes as far as C4" in refused(tmp_path, "a.xlsx", book(("Data", ROWS)))


def test_cells_that_are_only_coloured_are_not_far_cells(tmp_path):
    def change(name: str, content: bytes) -> bytes:
        row = b'<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>'
        return content.replace(b"</sheetData>", row) if "sheet1" in name else content

    assert rows_of(tmp_path, "a.xlsx", rezipped(book(("Data", ROWS)), change)) == ROWS


def test_a_workbook_with_prefixed_tags_is_looked_through_as_well(tmp_path):
    def change(name: str, content: bytes) -> bytes:
        if "sheet1" not in name:
            return content
        text = content.replace(b"<v>77</v>", b"<v></v>").replace(b"</", b"</x:").replace(b"<", b"<x:")
        text = text.replace(b"<x:/x:", b"</x:").replace(b"<x:?xml", b"<?xml")
        return text.replace(b"xmlns=", b"xmlns:x=")

    ((_, rows, _, faults),) = read(tmp_path, "a.xlsx", rezipped(formula_book(("B3", 77)), change)).values()
    assert rows[0] == ROWS[1]
    assert [(f.row, f.column) for f in faults] == [(3, "Score")]


def test_a_part_that_unpacks_to_far_more_than_a_table_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("cxkit.data.readers.parts._MOST_OTHERS", 1000)
    assert "MB when unpacked" in refused(tmp_path, "a.xlsx", book(("Data", ROWS)))


def test_an_empty_workbook_is_told(tmp_path):
    assert "the sheet is empty" in refused(tmp_path, "a.xlsx", book(("Data", [])))


def test_an_old_name_does_not_hide_a_new_workbook(tmp_path):
    assert rows_of(tmp_path, "a.xls", book(("Data", ROWS))) == ROWS


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.xlsx", CSV, "csv"),
        ("a.csv", book(("Data", ROWS)), "workbook"),
        ("a.parquet", CSV, "csv"),
        ("a.txt", parquet({"Id": ["C1", "C2", "C3"], "Score": [9, 10, 7], "Day": [r[2] for r in ROWS[1:]]}), "parquet"),
        ("a.zip", book(("Data", ROWS)), "workbook"),
        ("a.csv", "\n".join(json.dumps(dict(zip(ROWS[0], r, strict=True))) for r in ROWS[1:]), "json lines"),
        ("a.csv", gzip.compress(CSV.encode()), "csv in gz"),
    ],
)
def test_a_wrong_ending_is_told_and_the_file_read_as_what_it_is(tmp_path, name, content, kind):
    ((header, rows, written, _),) = read(tmp_path, name, content).values()
    assert ([header, *rows], written.kind) == (ROWS, kind)
    assert "in gz" in kind or any(d.startswith("By its name it is") for d in written.doubts)


def test_a_web_page_under_the_name_of_a_workbook_is_read(tmp_path):
    cells = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>\n" for row in ROWS)
    page = f"<html><head><style>td {{x: 1}}</style></head><body><table border=1>{cells}</table></body></html>"
    ((header, rows, written, _),) = read(tmp_path, "a.xls", page).values()
    assert ([header, *rows], written.kind) == (ROWS, "web page")
    assert any("it is a web page" in d for d in written.doubts)


def test_a_web_page_of_several_tables_is_refused(tmp_path):
    assert "2 tables" in refused(tmp_path, "a.xls", "<html><table><tr><td>1</table><table></table></html>")


@pytest.mark.parametrize(
    ("start", "what"), [(b"%PDF-1.7", "a PDF"), (b"7z\xbc\xaf'\x1c", "7-Zip"), (b"$FL2@(#)", "SPSS")]
)
def test_what_is_no_table_is_named(tmp_path, start, what):
    assert what in refused(tmp_path, "a.csv", start + b"\x00\x01" * 50)


# Parquet


def test_parquet_gives_the_rows_of_its_csv(tmp_path):
    zone = dt.timezone(dt.timedelta(hours=2))
    columns = {
        "id": ["C1"], "day": [dt.date(2026, 1, 5)], "at": [dt.datetime.fromisoformat("2026-01-05 10:30")],
        "zoned": [dt.datetime(2026, 1, 5, 10, 30, tzinfo=zone)], "yes": [True], "amount": [Decimal("1.50")],
        "part": [0.1], "many": pa.array([1001.0]), "small": pa.array([0.1], pa.float32()),
        "none": pa.array([None], pa.int64()),
    }  # fmt: skip
    assert rows_of(tmp_path, "a.parquet", parquet(columns)) == [
        list(columns),
        ["C1", "2026-01-05", "2026-01-05 10:30:00", "2026-01-05 08:30:00+00:00", "true", "1.50",
         "0.1", "1001.0", "0.1", None],
    ]  # fmt: skip


def test_parts_of_a_parquet_column_are_columns(tmp_path):
    columns = {"device": [{"system": "iOS", "tags": ["a", "b"]}], "options": [["x", "y"]], "deep": [[{"a": 1}]]}
    ((header, rows, written, _),) = read(tmp_path, "a.parquet", parquet(columns)).values()
    assert dict(zip(header, rows[0], strict=True)) == {
        "device.system": "iOS", "device.tags": "a, b", "options": "x, y", "deep": '[{"a":1}]',
    }  # fmt: skip
    assert "Column 'deep' holds several values in one cell." in written.doubts


def test_numbers_of_parquet_are_numbers_whatever_the_decimal_mark(tmp_path):
    columns = {"text": ["1,5"], "number": [2.5]}
    assert rows_of(tmp_path, "a.parquet", parquet(columns), decimal=",")[1] == ["1,5", "2,5"]


def test_a_path_with_the_marks_of_a_pattern_is_one_file(tmp_path):
    (tmp_path / "a1.parquet").write_bytes(parquet({"a": ["other"]}))
    assert rows_of(tmp_path, "a[1].parquet", parquet({"a": ["this"]})) == [["a"], ["this"]]


@pytest.mark.parametrize("length", [4, 50, 200, -1])
def test_parquet_that_is_cut_off_is_told(tmp_path, length):
    assert "the Parquet file is broken" in refused(tmp_path, "a.parquet", parquet({"a": list("abcdef")})[:length])


# JSON


def test_json_lines_give_all_keys_and_keep_spellings(tmp_path):
    lines = [
        '{"id": 12345678901234567890123, "amount": 1.10}',
        "",
        '{"id": "C2", "who": {"age": 7, "of": {"x": null}}}',
    ]
    assert rows_of(tmp_path, "a.jsonl", "\r\n".join(lines)) == [
        ["id", "amount", "who.age", "who.of.x"],
        ["12345678901234567890123", "1.10", None, None],
        ["C2", None, "7", None],
    ]


def test_lists_in_json_are_joined(tmp_path):
    assert rows_of(tmp_path, "a.jsonl", '{"a": ["x", 1.50, null, true, {"b": 2}], "c": []}')[1] == [
        'x, 1.50, true, {"b":2}',
        None,
    ]


@pytest.mark.parametrize("indent", [None, 2])
def test_a_list_of_objects_is_read_as_its_lines_are(tmp_path, indent, monkeypatch):
    monkeypatch.setattr("cxkit.data.readers.lines._CHUNK", 16)
    objects = [dict(zip(ROWS[0], row, strict=True)) for row in ROWS[1:]]
    assert rows_of(tmp_path, "a.json", json.dumps(objects, indent=indent)) == ROWS
    assert rows_of(tmp_path, "b.json", "\n".join(map(json.dumps, objects))) == ROWS


def test_broken_lines_are_faults_with_their_numbers(tmp_path):
    text = '{"a": 1}\n{"a": \n[1]\n{"a": 2}\n{"a": 3'
    ((_, rows, _, faults),) = read(tmp_path, "a.jsonl", text).values()
    assert rows == [["1"], ["2"]]
    assert [(f.row, f.rejects) for f in faults] == [(2, True), (3, True), (5, True)]


def test_broken_lines_are_counted_as_rejected_rows(tmp_path):
    names = survey_rows()[0].split(",")
    lines = [json.dumps(dict(zip(names, row.split(","), strict=True))) for row in survey_rows()[1:]]
    lines[4] = lines[4][:20]
    sources = SOURCES.replace("survey*.csv", "survey.jsonl")
    source = small_engagement(tmp_path, sources=sources, survey__jsonl="\n".join(lines)).measure(today=TODAY).sources[1]
    assert (source.rows_read, source.rows_used, source.rows_rejected) == (360, 359, 1)


def test_a_key_twice_in_one_object_stops(tmp_path):
    assert "row 2 · the key 'a' stands twice" in refused(tmp_path, "a.jsonl", '{"a": 1}\n{"a": 1, "a": 2}')


def test_json_that_is_no_table_is_told(tmp_path):
    assert "no row in it" in refused(tmp_path, "a.json", '{\n "a": 1\n}')
    assert "not JSON" in refused(tmp_path, "b.json", "Id,Score\n")


def test_a_list_that_breaks_off_is_told_with_its_place(tmp_path):
    assert "item 3 · the list breaks off" in refused(tmp_path, "a.json", '[{"a": 1}, {"a": 2}, {"a"')


def test_keys_that_are_values_are_refused(tmp_path):
    lines = "\n".join(f'{{"k{i}": 1}}' for i in range(5001))
    assert "more than 5,000 different keys" in refused(tmp_path, "a.jsonl", lines)


def test_json_in_utf16_is_read(tmp_path):
    assert rows_of(tmp_path, "a.jsonl", '{"a": "é"}\n'.encode("utf-16")) == [["a"], ["é"]]


# Archives


def test_all_files_of_a_zip_that_can_be_read_are(tmp_path):
    files = {
        "CSV/a.csv": CSV, "b.jsonl": '{"Id": 1}', "Guide.pdf": b"%PDF", "__MACOSX/._a.csv": b"\0", ".DS_Store": b"\0",
        "c.xlsx": book(("Data", ROWS)),
    }  # fmt: skip
    found = read(tmp_path, "x.zip", packed(files))
    assert {n: w.kind for n, (_, _, w, _) in found.items()} == {
        "x.zip/CSV/a.csv": "csv in zip", "x.zip/b.jsonl": "json lines in zip", "x.zip/c.xlsx": "workbook in zip",
    }  # fmt: skip
    assert found["x.zip/CSV/a.csv"][2].doubts == ("Not read in it: Guide.pdf.",)


def test_files_of_a_zip_may_be_chosen(tmp_path):
    data = packed({"CSV/a.csv": CSV, "Labels/a.csv": CSV, "readme.txt": "Read me"})
    assert list(read(tmp_path, "x.zip", data, member="CSV/*.csv")) == ["x.zip/CSV/a.csv"]
    assert "Found: CSV/a.csv, Labels/a.csv, readme.txt." in refused(tmp_path, "x.zip", data, member="*.parquet")


def test_a_gz_is_read_by_the_ending_within(tmp_path):
    ((header, rows, written, _),) = read(tmp_path, "a.csv.gz", gzip.compress(CSV.encode())).values()
    assert ([header, *rows], written.kind) == (ROWS, "csv in gz")
    assert rows_of(tmp_path, "b.jsonl.gz", gzip.compress(b'{"a": 1}')) == [["a"], ["1"]]


def test_nothing_unpacked_is_left(tmp_path):
    (tmp_path / "there").mkdir()
    read(tmp_path / "there", "x.zip", packed({"../../out.csv"[6:]: CSV, "b/c.csv": CSV}))
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["x.zip"]


@pytest.mark.parametrize("name", ["../out.csv", "/out.csv", "a/../../out.csv", "..\\out.csv"])
def test_a_name_that_leads_out_of_a_zip_is_refused(tmp_path, name):
    (tmp_path / "in").mkdir()
    assert "leads out of the archive" in refused(tmp_path / "in", "x.zip", packed({name: CSV}))
    assert [p.name for p in tmp_path.rglob("*.csv")] == []


def test_a_link_in_a_zip_is_refused(tmp_path):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        link = zipfile.ZipInfo("a.csv")
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    told = refused(tmp_path, "x.zip", data.getvalue())
    assert "x.zip/a.csv: a link, not a file" in told


def test_an_archive_in_an_archive_is_refused(tmp_path):
    inner = packed({"a.csv": CSV})
    assert "an archive in an archive" in refused(tmp_path, "x.zip", packed({"inner.zip": inner}))
    assert "an archive in an archive" in refused(tmp_path, "x.zip", packed({"inner.csv": inner}))
    assert "an archive in an archive" in refused(tmp_path, "a.csv.gz", gzip.compress(inner))


def test_a_locked_file_in_a_zip_is_refused(tmp_path):
    data = bytearray(packed({"a.csv": CSV}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert "locked with a password" in refused(tmp_path, "x.zip", bytes(data))


def test_a_zip_that_unpacks_to_far_more_than_a_table_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("cxkit.data.readers.archive._SMALL", 1 << 20)
    bomb = packed({"a.csv": b"a" * (4 << 20)})
    assert "far more than a table would" in refused(tmp_path, "x.zip", bomb)
    assert "far more than a table would" in refused(tmp_path, "a.csv.gz", gzip.compress(b"a" * (4 << 20)))


def test_a_zip_of_too_many_files_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("cxkit.data.readers.archive._MOST_MEMBERS", 3)
    assert "more than 3 files" in refused(tmp_path, "x.zip", packed({f"{i}.csv": CSV for i in range(4)}))


def test_a_broken_file_in_a_zip_does_not_hide_the_others(tmp_path):
    data = bytearray(packed({"a.csv": CSV, "b.csv": CSV.replace("C1", "C4"), "c.csv": CSV}))
    at = data.index(b"b.csv") + len("b.csv")
    data[at + 5] ^= 0xFF
    path, found = tmp_path / "x.zip", []
    path.write_bytes(bytes(data))
    with pytest.raises(Unreadable) as error:
        found += [name for name, _ in open_file(path, Format(), "x.zip", tmp_path)]
    assert [f.file for f in error.value.faults] == ["x.zip/b.csv"]


def test_each_file_of_a_zip_has_its_own_record(tmp_path):
    sources = SOURCES.replace("data/survey*.csv", "data/survey.zip")
    rows = survey_rows()
    data = packed({"b.csv": "\n".join(rows[:1] + rows[181:]), "a.csv": "\n".join(rows[:181])})
    found = small_engagement(tmp_path, sources=sources, survey__zip=data).measure(today=TODAY).sources[1]
    assert [(f.path, f.rows) for f in found.files] == [("data/survey.zip/a.csv", 180), ("data/survey.zip/b.csv", 180)]
    assert len({f.sha256 for f in found.files}) == 2


# Folders and odd files


def daily(folder, *, files: str):
    rows = survey_rows()
    engagement = small_engagement(folder, sources=SOURCES.replace("data/survey*.csv", files))
    (folder / "data/daily/2026/02").mkdir(parents=True)
    (folder / "data/daily/.ipynb_checkpoints").mkdir()
    (folder / "data/daily/2026-01.csv").write_text("\n".join(rows[:181]))
    (folder / "data/daily/2026/02/day.csv").write_text("\n".join(rows[:1] + rows[181:]))
    (folder / "data/daily/.ipynb_checkpoints/2026-01.csv").write_text("\n".join(rows[:100]))
    return engagement


@pytest.mark.parametrize("files", ["data/daily", "data/daily/", "data/daily/**", "data/daily/**/*.csv"])
def test_a_folder_means_all_files_below_it(tmp_path, files):
    source = daily(tmp_path, files=files).check().sources[1]
    assert [f.path for f in source.files] == ["data/daily/2026-01.csv", "data/daily/2026/02/day.csv"]
    assert source.rows_used == 360


def test_what_is_not_read_in_a_folder_is_told(tmp_path):
    from cxkit._table import open_database
    from cxkit.data.read import read_tables

    engagement = daily(tmp_path, files="data/daily")
    (tmp_path / "data/daily/Guide.pdf").write_bytes(b"%PDF")
    with open_database() as db:
        raw = read_tables(db, engagement.sources, root=engagement.root).raws["survey"]
    assert any("data/daily/Guide.pdf" in d for d in raw.written[0].doubts)


def test_a_linked_folder_that_leaves_the_engagement_is_refused(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "survey.csv").write_text("\n".join(survey_rows()))
    for files in ("data/daily", "data/*/survey.csv", "data/daily/*.csv"):
        engagement = small_engagement(tmp_path / "in", sources=SOURCES.replace("data/survey*.csv", files))
        link = tmp_path / "in/data/daily"
        link.unlink(missing_ok=True)
        link.symlink_to(outside)
        with pytest.raises(DocumentError, match="link that leaves"):
            engagement.check()


def test_a_linked_folder_in_a_folder_is_not_passed_over(tmp_path):
    engagement = daily(tmp_path, files="data/daily")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "data/daily/more").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DocumentError, match="data/daily/more is no file, but"):
        engagement.check()


def test_files_of_several_kinds_make_one_table(tmp_path):
    rows = survey_rows()
    names, cells = rows[0].split(","), [r.split(",") for r in rows[1:]]
    lines = "\n".join(json.dumps(dict(zip(names, r, strict=True))) for r in cells[100:200])
    columns = parquet({n: [r[i] for r in cells[200:]] for i, n in enumerate(names)})
    engagement = small_engagement(
        tmp_path, sources=SOURCES.replace("survey*.csv", "survey*"), survey__csv="\n".join(rows[:101]),
        survey2__jsonl=lines, survey3__parquet=columns,
    )  # fmt: skip
    source = engagement.check().sources[1]
    assert (source.rows_used, [f.rows for f in source.files]) == (360, [100, 100, 160])


def test_a_file_that_breaks_off_does_not_keep_the_next_from_being_read(tmp_path):
    rows = survey_rows()
    torn = rows[0] + '\nR0,2026-02-03,C1,9,"Web\n' * 3
    engagement = small_engagement(tmp_path, survey__csv=torn, survey2__csv="\n".join(rows))
    found = engagement.check()
    assert {f.file for f in found.faults if f.stops} == {"data/survey.csv"}
    assert [f.path for f in found.sources[1].files] == ["data/survey2.csv"]


def test_the_real_shop_is_read_as_it_comes(tmp_path):
    source = SHARED / "journeys/ecom.csv.gz"
    if not source.is_file():
        pytest.skip(f"the public data file {source.name} is not beside the project")
    ((_, opened),) = open_file(source, Format(), source.name, tmp_path)
    rows = [r for _, r in opened.rows]
    at = [h.lower() for h in opened.header].index("user_id")
    assert (len(rows), len({r[at] for r in rows})) == (31_106, 600)


def test_a_stopping_fault_of_a_reader_stops_measuring(tmp_path):
    sources = SOURCES.replace("data/survey*.csv", "data/survey.zip")
    engagement = small_engagement(tmp_path, sources=sources, survey__zip=packed({"in.zip": packed({"a.csv": CSV})}))
    with pytest.raises(ExportError, match=r"data/survey\.zip/in\.zip\n.*an archive in an archive"):
        engagement.measure(today=TODAY)
