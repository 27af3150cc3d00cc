"""Exports that would give wrong numbers, or none, without a word: each is read right or refused aloud."""

from __future__ import annotations

import io

import pytest
from build import ENGAGEMENT, SOURCES, crm_rows, small_engagement, survey_rows
from conftest import TODAY
from sqlglot import exp

from cxkit._table import open_database
from cxkit.data.read import read_tables
from cxkit.errors import CxkitError, DocumentError, ExportError

HEADER = "Response,Date,Id,Score,Channel\n"


def scores(engagement) -> list:
    with open_database() as db:
        tables = read_tables(db, engagement.sources, root=engagement.root)
        assert tables.faults == []
        return [r[0] for r in db.rows(exp.select("score").from_("responses").order_by("response_id"))]


def test_a_quote_that_never_closes_loses_no_rows_in_silence(tmp_path):
    rows = survey_rows(3000)
    rows[1000] = rows[1000].replace(",Web", ',"Web')
    with pytest.raises(ExportError, match=r"line 1001 · the quotes do not close"):
        small_engagement(tmp_path, survey__csv="\n".join(rows)).measure(today=TODAY)


def test_two_stray_quotes_do_not_swallow_the_rows_between_them(tmp_path):
    rows = survey_rows(3000)
    rows[1000], rows[2000] = rows[1000].replace(",Web", ',"Web'), rows[2000].replace(",Web", ',Web"')
    with pytest.raises(ExportError, match="the quotes do not close"):
        small_engagement(tmp_path, survey__csv="\n".join(rows)).measure(today=TODAY)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("inner", ["\n", "\r\n"])
def test_a_line_break_in_the_header_loses_no_rows(tmp_path, end, inner):
    rows = [f'Response,Date,Id,"Score{inner}of ten",Channel', *survey_rows()[1:]]
    sources = SOURCES.replace(
        "column: Score,", f'column: "Score{inner}of ten",'.replace("\r", "\\r").replace("\n", "\\n")
    )
    found = small_engagement(tmp_path, sources=sources, survey__csv=end.join(rows)).check()
    assert found.sound
    assert found.sources[1].rows_used == 360


@pytest.mark.parametrize("ends", [("\n", "\r\n"), ("\r\n", "\n"), ("\n", "\r"), ("\r\n", "\r")])
def test_mixed_line_ends_are_line_ends(tmp_path, ends):
    rows = survey_rows()
    text = "".join(row + ends[i % 2] for i, row in enumerate(rows))
    assert small_engagement(tmp_path, survey__csv=text).check().sources[1].rows_used == 360


def test_columns_of_the_same_header_are_told_apart_by_position(tmp_path):
    text = "Response,Date,Id,Score,Score\n" + "".join(f"R{i},2026-02-03,C{i},10,1\n" for i in range(5))
    by_place = SOURCES.replace('{column: Score, missing: ["99"]}', '"#4"').replace(
        "channel: Channel", 'satisfaction: "#5"'
    )
    assert scores(small_engagement(tmp_path, sources=by_place, survey__csv=text)) == [10] * 5


@pytest.mark.parametrize("header", ["_row", "_file", "filename", "Score; drop", 'a "b"', "score\u00a0?", "SELECT"])
def test_odd_headers_are_headers(tmp_path, header):
    quoted = '"' + header.replace('"', '""') + '"'
    text = f"Response,Date,Id,{quoted},Channel\nR1,2026-02-03,C1,7,Web\n"
    sources = SOURCES.replace("column: Score,", "column: '" + header + "',")
    assert scores(small_engagement(tmp_path, sources=sources, survey__csv=text)) == [7]


def test_headers_that_differ_in_case_only_are_two_columns(tmp_path):
    text = "Response,Date,Id,SCORE,Score\nR1,2026-02-03,C1,7,3\n"
    sources = SOURCES.replace("column: Score,", 'column: "#4",').replace("channel: Channel", 'satisfaction: "#5"')
    assert scores(small_engagement(tmp_path, sources=sources, survey__csv=text)) == [7]


def test_a_value_without_end_is_told(tmp_path):
    text = HEADER + "R1,2026-02-03,C1,7," + "x" * 2_000_000 + "\n"
    with pytest.raises(ExportError, match="line 2"):
        small_engagement(tmp_path, survey__csv=text).measure(today=TODAY)


def workbook(rows: list[list], **options) -> bytes:
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, options)
    sheet = book.add_worksheet("Sheet")
    for r, row in enumerate(rows):
        sheet.write_row(r, 0, row)
    book.close()
    return out.getvalue()


BILLS = """\
cxkit: 1
sources:
  - id: bills
    table: revenue
    files: data/bills.xlsx
    format: {decimal: ","}
    columns: {customer_id: Id, month: Month, amount: Amount}
"""


def test_numbers_of_a_workbook_are_numbers_whatever_the_decimal_mark(tmp_path):
    rows = [
        ["Id", "Month", "Amount"],
        ["C1", "2026-01-01", 1.234],
        ["C2", "2026-01-01", "1.234,5"],
        ["C3", "2026-01-01", 7],
    ]
    engagement = small_engagement(tmp_path, sources=BILLS, bills__xlsx=workbook(rows))
    with open_database() as db:
        tables = read_tables(db, engagement.sources, root=engagement.root)
        found = db.rows(exp.select("amount").from_("revenue").order_by("customer_id"))
    assert tables.faults == []
    assert [r[0] for r in found] == [1.234, 1234.5, 7]


def test_a_workbook_with_a_cell_far_away_is_refused_not_loaded(tmp_path):
    rows = [["Id", "Month", "Amount"], ["C1", "2026-01-01", 1]]
    data = io.BytesIO(workbook(rows))
    import zipfile

    far = io.BytesIO()
    with zipfile.ZipFile(data) as book, zipfile.ZipFile(far, "w") as out:
        for part in book.namelist():
            row = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
            out.writestr(part, book.read(part).replace(b"</sheetData>", row))
    engagement = small_engagement(tmp_path, sources=BILLS, bills__xlsx=far.getvalue())
    with pytest.raises(ExportError, match="as far as XFD1048576"):
        engagement.measure(today=TODAY)


@pytest.mark.parametrize("content", [b"", b"not a workbook", b"PK\x03\x04broken"])
def test_a_broken_workbook_is_told(tmp_path, content):
    with pytest.raises(ExportError, match=r"bills\.xlsx"):
        small_engagement(tmp_path, sources=BILLS, bills__xlsx=content).measure(today=TODAY)


@pytest.mark.parametrize("day", ["0202-08-01", "0001-01-01", "9999-12-31", "0000-01-01", "2026-03-05 (BC)", "epoch"])
def test_a_day_that_cannot_be_is_a_fault(tmp_path, day):
    rows = [*survey_rows(), f"X,{day},C1,9,Web"]
    found = small_engagement(tmp_path, survey__csv="\n".join(rows)).check(today=TODAY).faults
    assert [(f.row, f.value) for f in found] == [(362, day)]


def test_one_day_of_a_far_year_does_not_take_over_the_engagement(tmp_path):
    rows = [*survey_rows(), "X,2062-08-01,C1,9,Web"]
    engagement = small_engagement(tmp_path, survey__csv="\n".join(rows))
    with pytest.raises(ExportError, match="row 362 · column 'Date' · a day that has not come yet"):
        engagement.measure(today=TODAY)


TWO = SOURCES + SOURCES[SOURCES.index("  - id: survey") :].replace("id: survey", "id: other").replace(
    "survey*", "other"
)


def test_two_tools_that_number_from_one_are_told_apart_or_refused(tmp_path):
    engagement = small_engagement(tmp_path, sources=TWO, other__csv="\n".join(survey_rows()))
    with pytest.raises(ExportError, match="360 rows have the key of a row of another source"):
        engagement.measure(today=TODAY)


def test_sources_of_one_table_need_one_key(tmp_path):
    with pytest.raises(DocumentError, match="need the same `key`"):
        small_engagement(tmp_path, sources=TWO + "    key: [response_id, channel]\n").check()


@pytest.mark.parametrize("encoding", ["rot13", "base64", "hex", "undefined", "nonsense", "utf-16"])
def test_a_wrong_encoding_is_told(tmp_path, encoding):
    sources = SOURCES.replace(
        "    files: data/survey*.csv", f"    files: data/survey*.csv\n    format: {{encoding: {encoding}}}"
    )
    with pytest.raises(ExportError, match=r"survey\.csv"):
        small_engagement(tmp_path, sources=sources).measure(today=TODAY)


@pytest.mark.parametrize("pattern", ["''", ".", "data/a**b.csv"])
def test_a_pattern_that_is_none_is_told(tmp_path, pattern):
    with pytest.raises(CxkitError):
        small_engagement(tmp_path, sources=SOURCES.replace("data/survey*.csv", pattern)).measure(today=TODAY)


def test_check_lists_faults_also_when_nothing_can_be_measured_for_them(tmp_path):
    sources = SOURCES.replace("responded_at: Date", 'responded_at: {column: Date, format: "%d.%m.%Y"}')
    engagement = ENGAGEMENT.replace("data_from: 2026-01-01\ndata_until: 2026-09-30\n", "")
    found = small_engagement(tmp_path, sources=sources, engagement=engagement).check()
    assert len(found.faults) == 360


BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{n + 1}: &a{n + 1} [" + ",".join([f"*a{n}"] * 9) + "]\n" for n in range(6)
)


@pytest.mark.parametrize(
    "text",
    [
        ENGAGEMENT.replace("2026-09-07", "2026-02-30"),
        ENGAGEMENT + "targets: {nps: .nan}\n",
        ENGAGEMENT + "targets: {nps: .inf}\n",
        ENGAGEMENT + "baseline: 1999-Q1\n",
        ENGAGEMENT + "owners: {nps: !!int abc}\n",
        ENGAGEMENT + "a: " + "{a: " * 600 + "1" + "}" * 600 + "\n",
        BOMB,
    ],
)
def test_values_that_yaml_chokes_on_are_told(tmp_path, text):
    with pytest.raises(DocumentError, match=r"engagement\.yaml"):
        small_engagement(tmp_path, engagement=text).check()


# --- what must not be found again ------------------------------------------------------------------------------------


def nested(tmp_path, dimensions: str):
    """Region North is area N1, with three customers, and N2; South is S1 and S2."""
    crm = ["Id,Region,Area", *(f"C{i},{'North' if i < 60 else 'South'},{area(i)}" for i in range(120))]
    sources = SOURCES.replace(
        "{customer_id: Id, region: Region}", "{customer_id: Id, region: Region}\n    attributes: {area: Area}"
    )
    engagement = ENGAGEMENT.replace("  region: {label: Region}\n", dimensions)
    return small_engagement(tmp_path, engagement=engagement, sources=sources, crm__csv="\n".join(crm))


def area(i: int) -> str:
    return "N1" if i < 3 else "N2" if i < 60 else "S1" if i < 90 else "S2"


def test_an_area_does_not_show_as_its_region_less_the_others(tmp_path):
    engagement = nested(tmp_path, "  region: {}\n  area: {}\n")
    engagement.measure(today=TODAY)
    shown = {c.id for c in engagement.evidence().cells if c.estimate.n is not None}
    # North less N2 would be N1.
    assert not {"nps/2026-Q1/region=North", "nps/2026-Q1/area=N2"} <= shown
    assert "nps/2026-Q1/region=South" in shown


def test_a_name_of_which_nothing_is_shown_is_not_told(tmp_path):
    engagement = nested(tmp_path, "  area: {}\n")
    engagement.measure(today=TODAY)
    evidence = engagement.evidence()
    assert "N1" not in evidence.manifest.dimensions[0].values
    assert not [c for c in evidence.cells if ("area", "N1") in c.slice]


@pytest.mark.parametrize("column", ["customer_id", "response_id"])
def test_what_tells_rows_apart_is_no_dimension(tmp_path, column):
    engagement = ENGAGEMENT.replace("  region: {label: Region}", f"  who: {{column: {column}}}")
    with pytest.raises(DocumentError, match="tells single rows apart"):
        small_engagement(tmp_path, engagement=engagement).check()


def test_a_dimension_of_hundreds_of_values_is_refused(tmp_path):
    rows = [r.replace(",Web", f",ch{i}") for i, r in enumerate(survey_rows(1000))]
    engagement = ENGAGEMENT.replace("  region: {label: Region}", "  channel: {}")
    with pytest.raises(DocumentError, match="at most 200"):
        small_engagement(tmp_path, engagement=engagement, survey__csv="\n".join(rows)).measure(today=TODAY)


def test_all_periods_hold_no_days_that_shorter_ones_do_not(tmp_path):
    engagement = ENGAGEMENT.replace("[quarter]", "[all, quarter]").replace("2026-09-30", "2026-10-02")
    rows = [*survey_rows(), "X1,2026-10-01,C1,0,Web", "X2,2026-10-02,C2,0,Web"]
    opened = small_engagement(tmp_path, engagement=engagement, survey__csv="\n".join(rows))
    opened.measure(today=TODAY)
    cells = {c.period: c.estimate.n for c in opened.evidence().cells if not c.slice}
    assert cells["all"] == cells["2026-Q1"] + cells["2026-Q2"] + cells["2026-Q3"]


def test_raising_the_threshold_does_not_leave_the_old_number_behind(tmp_path):
    small_engagement(tmp_path).measure(today=TODAY)
    raised = small_engagement(tmp_path, engagement=ENGAGEMENT + "privacy: {threshold: 900}\n")
    assert {(c.before, c.after) for c in raised.measure(today=TODAY).changes} == {(None, None)}


def test_a_segment_name_with_a_line_break_survives(tmp_path):
    names = ("So=u&th%", "No\rrth")
    crm = ["Id,Region", *(f'C{i},"{names[i % 2]}"' for i in range(120))]
    engagement = small_engagement(tmp_path, crm__csv="\n".join(crm).encode())
    engagement.measure(today=TODAY)
    assert engagement.measure(today=TODAY).changes == ()
    assert set(engagement.evidence().manifest.dimensions[0].values) == set(names)


def test_the_crm_of_the_builder_has_two_regions():
    assert {r.split(",")[1] for r in crm_rows()[1:]} == {"North", "South"}


def test_rows_with_one_key_and_other_values_in_a_file_are_told(tmp_path):
    rows = survey_rows()
    rows[2], rows[3] = rows[2].replace("R1,", "R0,"), rows[3].replace("R2,", "R0,")
    rows += [rows[10]]
    engagement = small_engagement(tmp_path, survey__csv="\n".join(rows))
    found = engagement.check()
    assert [(f.row, f.value) for f in found.faults] == [(2, "R0"), (3, "R0")]
    source = found.sources[1]
    assert (source.rows_read, source.rows_used, source.rows_rejected, source.rows_replaced) == (361, 358, 2, 1)


def test_a_date_in_another_form_brings_the_form_to_write(tmp_path):
    rows = [survey_rows()[0], *(f"R{i},{i % 28 + 1:02d}.02.2026 09:30,C1,9,Web" for i in range(30))]
    faults = small_engagement(tmp_path, survey__csv="\n".join(rows)).check().faults
    assert all('format: "%d.%m.%Y %H:%M"' in f.hint for f in faults)


def test_the_sql_of_a_windows_export_runs(tmp_path):
    import contextlib

    import duckdb

    sources = SOURCES.replace(
        "    files: data/survey*.csv", "    files: data/survey*.csv\n    format: {encoding: cp1252}"
    )
    text = "\n".join(survey_rows()).replace("Web", "B\xfcro")
    engagement = small_engagement(tmp_path, sources=sources, survey__csv=text.encode("cp1252"))
    engagement.measure(today=TODAY)
    evidence = engagement.evidence()
    with contextlib.chdir(tmp_path), duckdb.connect() as connection:
        rows = connection.execute(evidence.sql["nps.quarter.sql"]).fetchall()
    cells = {c.period: c.estimate for c in evidence.cells if not c.slice}
    assert [(n, v) for _, n, v in rows] == [(c.n, pytest.approx(c.value)) for c in cells.values()]


@pytest.mark.parametrize("targets", ["{nps: 300}", "{csat: 80}", "{churn: 4}", "{nrr: 98}"])
def test_a_target_that_cannot_be_is_told(tmp_path, targets):
    with pytest.raises(DocumentError, match="target"):
        small_engagement(tmp_path, engagement=ENGAGEMENT + f"targets: {targets}\n").check()


def test_answers_of_days_to_come_are_refused_and_plans_are_not(tmp_path):
    text = HEADER + "R1,2026-11-23,C1,7,Web\nR2,2026-12-05,C2,9,Web\n"
    (fault,) = small_engagement(tmp_path, survey__csv=text).check(today=TODAY).faults
    assert (fault.row, fault.what, fault.stops) == (3, "a day that has not come yet", True)
    bills = "Id;Month;Amount\nC1;2027-05-01;10,5\n"
    planned = small_engagement(tmp_path, sources=BILLS.replace("xlsx", "csv"), bills__csv=bills)
    with open_database() as db:
        assert read_tables(db, planned.sources, root=planned.root, today=TODAY).faults == []


def test_a_column_named_by_position_has_the_same_header_in_every_file(tmp_path):
    first = "Response,Date,Id,Score,Score\n" + "".join(f"R{i},2026-02-03,C{i},10,1\n" for i in range(5))
    moved = "Response,Date,Id,Why,Score\n" + "".join(f"S{i},2026-02-04,C{i},1,10\n" for i in range(5))
    by_place = SOURCES.replace('{column: Score, missing: ["99"]}', '"#4"').replace("      channel: Channel\n", "")
    (fault,) = small_engagement(tmp_path, sources=by_place, survey__csv=first, survey_2__csv=moved).check().faults
    assert (fault.file, fault.stops) == ("data/survey_2.csv", True)
    assert fault.what == "column 4 is 'Score' in the first file and 'Why' here"
