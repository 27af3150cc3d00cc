"""Every fault of every file, in one go, with its place; and what is sound is read as it stands."""

from __future__ import annotations

import csv
import io

import pytest
from build import SOURCES, crm_rows, small_engagement, survey_rows
from conftest import TODAY

from cxkit.data.faults import Fault
from cxkit.data.rejected import write_rejected
from cxkit.errors import CxkitError, DocumentError, ExportError

HEADER = "Response,Date,Id,Score,Channel"


def survey(*changes: tuple[int, str], extra: tuple[str, ...] = ()) -> str:
    """The survey with the rows at these spreadsheet rows replaced, and more at the end."""
    rows = survey_rows()
    for row, text in changes:
        rows[row - 1] = text
    return "\n".join([*rows, *extra]) + "\n"


def faults_of(engagement) -> list[tuple]:
    return [(f.file, f.row, f.column, f.value) for f in engagement.check().faults]


def test_sound_exports_have_no_faults(tmp_path):
    found = small_engagement(tmp_path).check()
    assert found.sound
    assert [(s.id, s.rows_used) for s in found.sources] == [("crm", 120), ("survey", 360)]


def test_all_faults_of_all_files_are_listed_at_once(tmp_path):
    text = survey(
        (3, "R1,not a date,C1,9,Web"), (5, "R3,2026-02-30,C1,9,Web"), (7, "R5,2026-02-03,C1,eleven,Web"),
        (9, "R7,2026-02-03,C1,12,Web"), (11, ",2026-02-03,C1,9,Web"), (13, "R11,2026-02-03,NOBODY,9,Web"),
    )  # fmt: skip
    crm = "\n".join([*crm_rows(), ",North"]) + "\n"
    assert sorted(faults_of(small_engagement(tmp_path, survey__csv=text, crm__csv=crm)), key=str) == sorted(
        [
            ("data/crm.csv", 122, "Id", ""),
            ("data/survey.csv", 3, "Date", "not a date"),
            ("data/survey.csv", 5, "Date", "2026-02-30"),
            ("data/survey.csv", 7, "Score", "eleven"),
            ("data/survey.csv", 9, "Score", "12"),
            ("data/survey.csv", 11, "Response", ""),
            ("data/survey.csv", 13, "Id", "NOBODY"),
        ],
        key=str,
    )


def test_rejected_rows_are_counted_and_listed_not_dropped_in_silence(tmp_path):
    text = survey((3, "R1,not a date,C1,9,Web"), (7, "R5,2026-02-03,C1,eleven,Web"))
    engagement = small_engagement(tmp_path, survey__csv=text)
    source = engagement.measure(today=TODAY).sources[1]
    assert (source.rows_read, source.rows_used, source.rows_rejected, source.values_blanked) == (360, 359, 1, 1)
    listed = list(csv.DictReader(io.StringIO((tmp_path / "worklists/rejected_rows.csv").read_text())))
    assert [(r["row"], r["value"], r["left_out"]) for r in listed] == [
        ("3", "not a date", "row"),
        ("7", "eleven", "value"),
    ]


def test_no_cell_of_the_list_of_rejected_rows_runs_as_a_formula(tmp_path):
    write_rejected(tmp_path / "r.csv", [Fault("=a.csv", 3, "+Score", "@x", "-1 is none of its values")])
    (row,) = csv.DictReader(io.StringIO((tmp_path / "r.csv").read_text()))
    assert list(row.values()) == ["'=a.csv", "3", "'+Score", "'@x", "'-1 is none of its values", "value", "1"]


def test_rows_add_up(tmp_path):
    text = survey((3, "R1,not a date,C1,9,Web"), (13, "R11,2026-02-03,NOBODY,9,Web"), extra=("R5,2026-02-03,C1,1,Web",))
    source = small_engagement(tmp_path, survey__csv=text).measure(today=TODAY).sources[1]
    assert source.rows_read == source.rows_used + source.rows_rejected + source.rows_replaced
    assert (source.rows_rejected, source.rows_replaced) == (3, 0)


def test_more_bad_rows_than_allowed_stop_measuring(tmp_path):
    bad = tuple((row, f"R{row},never,C1,9,Web") for row in range(2, 42))
    engagement = small_engagement(tmp_path, survey__csv=survey(*bad))
    with pytest.raises(ExportError, match="40 of 360 rows cannot be used") as error:
        engagement.measure(today=TODAY)
    assert "row 2" in str(error.value)
    assert not (tmp_path / "evidence").exists()


def test_a_score_that_is_not_whole_is_no_score(tmp_path):
    assert faults_of(small_engagement(tmp_path, survey__csv=survey((3, "R1,2026-02-03,C1,9.5,Web")))) == [
        ("data/survey.csv", 3, "Score", "9.5")
    ]


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e400", "0x9", "9,5", "９"])
def test_odd_numbers_are_no_scores(tmp_path, value):
    quoted = f'R1,2026-02-03,C1,"{value}",Web'
    assert [f[3] for f in faults_of(small_engagement(tmp_path, survey__csv=survey((3, quoted))))] == [value]


@pytest.mark.parametrize(
    ("files", "what"),
    [
        ({"survey__csv": b""}, "the file is empty"),
        ({"survey__csv": b"\xff\xfe" + "Response,Date".encode("utf-16-le")}, "read as utf-16, comma, header in row 1"),
        ({"survey__csv": b"Response,Date,Id,Score,Channel\nR1,2026\x00,C1,9,x\n"}, "binary data"),
        ({"survey__csv": b"PK\x03\x04\x00\x00rubbish"}, "binary data"),
        ({"survey__csv": "Response,Date,Id,Scor,Channel\n"}, "Did you mean 'Scor'"),
        ({"survey__csv": "Response;Date;Id;Channel\n"}, "It was read as utf-8, semicolon, header in row 1"),
        ({"survey__csv": "Response,Date,Id,Score,Score,Channel\n"}, "the column stands 2 times"),
        ({"survey__csv": "\n"}, "the column is missing"),
    ],
)  # fmt: skip
def test_a_broken_file_is_told_and_stops(tmp_path, files, what):
    engagement = small_engagement(tmp_path, **files)
    with pytest.raises(ExportError) as error:
        engagement.measure(today=TODAY)
    assert what in str(error.value)
    assert "survey.csv" in str(error.value)


@pytest.mark.parametrize(
    ("form", "text", "what"),
    [
        ("encoding: utf-8", f"{HEADER}\nR1,2026-02-03,C1,9,Bü\n".encode("cp1252"), "line 2 · the file is not utf-8"),
        ("encoding: utf-8", f"{HEADER}\n".encode("utf-16"), "but utf-16 · Hint: Declare"),
        ("encoding: utf-16", f"{HEADER}\nR1,2026-02-03,C1,9,Web\n", "line 1 · the file is not utf-16"),
        ("encoding: cp1252", f"{HEADER}\nR1,2026-02-03,C1,9,Bü\n", "line 2 · the file is not cp1252"),
        ('delimiter: ","', HEADER.replace(",", ";"), "is `format: {delimiter: …}` right?"),
        ("skip_rows: 1", f"{HEADER}\nR1,2026-02-03,C1,9,Web\n", "No header was found; the columns are #1 to #5"),
    ],
)  # fmt: skip
def test_a_form_that_is_declared_and_wrong_is_told_with_its_line(tmp_path, form, text, what):
    sources = SOURCES.replace("files: data/survey*.csv", f"files: data/survey*.csv\n    format: {{{form}}}")
    with pytest.raises(ExportError) as error:
        small_engagement(tmp_path, sources=sources, survey__csv=text).measure(today=TODAY)
    assert what in str(error.value).replace("\n    Hint", " · Hint")


def test_a_missing_file_is_told(tmp_path):
    engagement = small_engagement(tmp_path)
    (tmp_path / "data/survey.csv").unlink()
    assert [f.what for f in engagement.check().faults] == ["no file matches (source survey)"]


def test_lines_with_another_number_of_columns_are_listed_and_rows_still_count_right(tmp_path):
    text = survey((4, "R2,2026-02-03,C1"), (6, "R4,2026-02-03,C1,9,Web,more"), (10, "R8,2026-02-03,C1,eleven,Web"))
    assert [f[1] for f in faults_of(small_engagement(tmp_path, survey__csv=text))] == [4, 6, 10]


def test_a_later_file_replaces_the_rows_it_repeats(tmp_path):
    later = "Response,Date,Id,Score,Channel\nR0,2026-02-01 10:00:00,C0,0,Web\nN1,2026-08-02 10:00:00,C0,0,Web\n"
    before = small_engagement(tmp_path).measure(today=TODAY)
    engagement = small_engagement(tmp_path, survey2__csv=later)
    after = engagement.measure(today=TODAY)
    assert (after.sources[1].rows_read, after.sources[1].rows_replaced, after.sources[1].rows_used) == (362, 1, 361)
    assert before.evidence == after.previous
    assert {c.cell for c in after.changes} >= {"nps/2026-Q1", "nps/2026-Q3"}


def test_an_overlap_may_be_an_error(tmp_path):
    sources = SOURCES + "    on_overlap: error\n"
    later = "Response,Date,Id,Score,Channel\nR0,2026-02-01 10:00:00,C0,0,Web\n"
    engagement = small_engagement(tmp_path, sources=sources, survey2__csv=later)
    assert [(f.file, f.row, f.value) for f in engagement.check().faults] == [("data/survey.csv", 2, "R0")]
    with pytest.raises(ExportError, match="same key"):
        engagement.measure(today=TODAY)


def test_unknown_customers_may_be_kept(tmp_path):
    text = survey((13, "R11,2026-02-03,NOBODY,9,Web"))
    engagement = small_engagement(tmp_path, sources=SOURCES + "    unknown_customers: keep\n", survey__csv=text)
    assert engagement.check().sound
    engagement.measure(today=TODAY)
    assert sum(c.estimate.n for c in engagement.view().series("nps")) > 0


def test_missing_codes_are_no_answers(tmp_path):
    engagement = small_engagement(tmp_path, survey__csv=survey((3, "R1,2026-02-03,C1,99,Web")))
    assert engagement.check().sound
    before = small_engagement(tmp_path / "b").measure(today=TODAY)
    after = engagement.measure(today=TODAY)
    assert before.evidence != after.evidence


@pytest.mark.parametrize("pattern", ["../other/*.csv", "/etc/*.csv", "data/../../x.csv", "..\\x.csv"])
def test_a_path_that_leaves_the_engagement_is_refused(tmp_path, pattern):
    sources = SOURCES.replace("data/survey*.csv", f"'{pattern}'")
    with pytest.raises(DocumentError, match="leaves the engagement"):
        small_engagement(tmp_path, sources=sources).check()


def test_a_link_that_leaves_the_engagement_is_refused(tmp_path):
    outside = tmp_path / "outside.csv"
    outside.write_text("\n".join(survey_rows()))
    engagement = small_engagement(tmp_path / "inside")
    (tmp_path / "inside/data/survey.csv").unlink()
    (tmp_path / "inside/data/survey.csv").symlink_to(outside)
    with pytest.raises(DocumentError, match="link that leaves"):
        engagement.check()


@pytest.mark.parametrize(
    ("dialect", "text", "value"),
    [
        ('delimiter: ";", decimal: ","', "Id;Month;Amount\nC1;2026-01-05;1.234,50\n", 1234.5),
        ('delimiter: ";", decimal: ","', "Id;Month;Amount\nC1;2026-01-05;-0,5\n", -0.5),
        ("decimal: '.'", 'Id,Month,Amount\nC1,2026-01-05,"1,234.5"\n', 1234.5),
        ("encoding: utf-16", "Id,Month,Amount\nC1,2026-01-05,7\n", 7.0),
        ("encoding: cp1252", "Id,Month,Amount\nC1,2026-01-05,7\n", 7.0),
        ("skip_rows: 2", "Title\n\nId,Month,Amount\nC1,2026-01-05,7\n", 7.0),
        ("header_rows: 2", "Id,Month,Amount\n,,EUR\nC1,2026-01-05,7\n", 7.0),
    ],
)  # fmt: skip
def test_dialects(tmp_path, dialect, text, value):
    encoding = dialect.split()[-1] if "encoding" in dialect else "utf-8"
    sources = f"""\
cxkit: 1
sources:
  - id: bills
    table: revenue
    files: data/bills.csv
    format: {{{dialect}}}
    columns: {{customer_id: Id, month: Month, amount: Amount}}
"""
    engagement = small_engagement(tmp_path, sources=sources, bills__csv=text.encode(encoding))
    assert read_amounts(engagement) == [value]


def read_amounts(engagement) -> list[float]:
    from sqlglot import exp

    from cxkit._table import open_database
    from cxkit.data.read import read_tables

    with open_database() as db:
        tables = read_tables(db, engagement.sources, root=engagement.root)
        assert tables.faults == []
        return [r[0] for r in db.rows(exp.select("amount").from_("revenue"))]


def test_quoted_line_breaks_are_part_of_a_value(tmp_path):
    text = survey((3, 'R1,2026-02-03,C1,9,"Web\nsite"'))
    source = small_engagement(tmp_path, survey__csv=text).check().sources[1]
    assert source.rows_used == 360


def test_nothing_is_left_when_a_measurement_fails(tmp_path):
    engagement = small_engagement(tmp_path)
    engagement.measure(today=TODAY)
    before, kept = ((tmp_path / f).read_bytes() for f in ("evidence/manifest.json", "worklists/read_before.npz"))
    (tmp_path / "data/survey.csv").write_bytes(b"")
    with pytest.raises(CxkitError):
        engagement.measure(today=TODAY)
    assert (tmp_path / "evidence/manifest.json").read_bytes() == before
    assert [p.read_bytes() for p in (tmp_path / "worklists").iterdir()] == [kept]
    there = {"data", "engagement.yaml", "sources.yaml", "evidence", "worklists"}
    assert {p.name for p in tmp_path.iterdir()} == there
