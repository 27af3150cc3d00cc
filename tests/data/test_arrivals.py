"""Week 5: new files come, an old one comes again with corrections, a column is renamed."""

from __future__ import annotations

import datetime as dt

import duckdb
import pytest
from build import crm_rows, small_engagement, survey_rows
from conftest import TODAY

from cxkit._plain import plain
from cxkit.errors import ExportError
from cxkit.kpi.changed import changed_lines, draw_changes


def written(rows: list[str]) -> str:
    return "\n".join(rows) + "\n"


def in_months(*months: int, answers: int = 120, prefix: str = "R") -> list[str]:
    header, *rows = survey_rows(answers, months=months)
    return [header, *(prefix + r for r in rows)]


@pytest.fixture
def measured(tmp_path):
    """An engagement with a file for each half of the year, measured once."""
    parts = {"survey_1__csv": written(in_months(2, 3)), "survey_2__csv": written(in_months(5, 6, prefix="S"))}
    engagement = small_engagement(tmp_path, survey__csv=written(in_months(8, prefix="T")), **parts)
    engagement.measure(today=TODAY)
    return engagement


def put(engagement, name: str, rows: list[str]):
    (engagement.root / "data" / name).write_text(written(rows), encoding="utf-8")
    return type(engagement)(engagement.root)


def scored(rows: list[str], score: int, *, first: int) -> list[str]:
    """The rows with another score in the first few."""
    changed = [",".join([*(c := r.split(","))[:3], str(score), *c[4:]]) for r in rows[1 : first + 1]]
    return [rows[0], *changed, *rows[first + 1 :]]


def test_nothing_is_said_where_nothing_came(measured):
    assert measured.check(today=TODAY).arrivals == ()
    manifest = type(measured)(measured.root).measure(today=TODAY)
    assert (manifest.arrivals, manifest.changes) == ((), ())


def test_a_file_that_comes_again_is_told_with_its_corrections(measured):
    rows = scored(in_months(5, 6, prefix="S"), 0, first=12)
    again = put(measured, "survey_2.csv", [*rows[:-1], "S900,2026-06-30 10:00:00,C3,9,Web"])
    expected = "data/survey_2.csv came again with other content: 1 row added, 12 rows corrected, 1 row gone"
    (line,) = again.check(today=TODAY).arrivals
    # Ten of twelve scores were not 0 before; the count is of rows whose values differ.
    assert line.startswith(expected.replace("12 rows", f"{sum(',0,' not in r for r in in_months(5, 6)[1:13])} rows"))
    assert line.endswith("2026-05 to 2026-06")


def test_only_numbers_of_its_table_and_months_are_laid_to_a_file(measured):
    again = put(measured, "survey_2.csv", scored(in_months(5, 6, prefix="S"), 0, first=12))
    manifest = again.measure(today=TODAY)
    assert {c.cell.split("/")[1] for c in manifest.changes if c.cell.startswith("nps/")} == {"2026-Q2"}
    assert {c.because for c in manifest.changes if c.cell.startswith("nps/")} == {("data/survey_2.csv",)}
    before, after = next((c.before, c.after) for c in manifest.changes if c.cell == "nps/2026-Q2")
    assert after < before
    lines = "\n".join(changed_lines(again.view()))
    assert "data/survey_2.csv came again with other content (2026-05 to 2026-06)" in lines
    assert "because of data/survey_2.csv:\n    Net Promoter Score®, Q2\u00a02026: " in lines


def test_a_new_file_is_told_and_a_row_that_it_corrects(measured):
    rows = [in_months(5)[0], "SR0,2026-05-01 10:00:00,C0,0,Web", "U1,2026-09-02 10:00:00,C7,3,Web"]
    new = put(measured, "survey_3.csv", rows)
    assert new.check(today=TODAY).arrivals == (
        "data/survey_3.csv is new: 1 row added, 1 row corrected, 2026-05 to 2026-09",
    )
    causes = {c.cell: c.because for c in new.measure(today=TODAY).changes}
    assert causes["nps/2026-Q2"] == causes["nps/2026-Q3"] == ("data/survey_3.csv",)
    assert "nps/2026-Q1" not in causes


def test_files_that_are_gone_or_moved_are_told(measured):
    data = measured.root / "data"
    (data / "survey_1.csv").rename(data / "survey_0.csv")
    (data / "survey_2.csv").unlink()
    found = type(measured)(measured.root).check(today=TODAY).arrivals
    assert "data/survey_0.csv is what was data/survey_1.csv" in found
    assert "data/survey_2.csv is gone: 120 rows gone, 2026-05 to 2026-06" in found


def test_a_file_written_anew_with_the_same_rows_changes_no_number(measured):
    rows = in_months(5, 6, prefix="S")
    again = put(measured, "survey_2.csv", [rows[0], *reversed(rows[1:])])
    assert again.check(today=TODAY).arrivals == (
        "data/survey_2.csv came again with other content: every row is as before",
    )
    assert again.measure(today=TODAY).changes == ()


def test_customers_that_change_are_laid_to_numbers_of_every_period(measured):
    rows = crm_rows()
    again = put(measured, "crm.csv", [rows[0], *(r.replace("North", "South", 1) for r in rows[1:20]), *rows[20:]])
    changes = again.measure(today=TODAY).changes
    assert {c.cell.split("/")[1] for c in changes} >= {"2026-Q1", "2026-Q2", "2026-Q3"}
    assert {c.because for c in changes} == {("data/crm.csv",)}


def test_a_mapping_that_changes_is_a_cause(measured):
    path = measured.root / "sources.yaml"
    path.write_text(path.read_text().replace('missing: ["99"]', 'missing: ["99", "10"]'))
    again = type(measured)(measured.root)
    assert again.check(today=TODAY).arrivals == ("the mapping of survey in sources.yaml was changed",)
    changes = again.measure(today=TODAY).changes
    assert changes
    assert {c.because for c in changes} == {("sources.yaml: survey",)}


def test_a_column_renamed_in_a_later_file_is_guessed_and_may_be_declared(measured):
    rows = [r.replace("Score", "How likely?", 1) for r in in_months(9, prefix="V")]
    late = put(measured, "survey_3.csv", rows)
    (fault,) = late.check(today=TODAY).faults
    assert fault.file == "data/survey_3.csv"
    assert 'map it as `column: "How likely?"` with `was: "Score"`' in fault.hint
    with pytest.raises(ExportError, match="the column is missing"):
        late.measure(today=TODAY)
    path = measured.root / "sources.yaml"
    path.write_text(path.read_text().replace("column: Score,", 'column: "How likely?", was: Score,'))
    mended = type(measured)(measured.root)
    found = mended.check(today=TODAY)
    assert found.sound
    # A new name for the same column is no other mapping: its rows can still be held against those of before.
    assert found.arrivals[0] == "data/survey_3.csv is new: 120 rows added, 2026-09"
    assert mended.measure(today=TODAY).tables["responses"] == 480


def test_a_column_renamed_in_every_file_is_guessed_from_what_was_read_before(measured):
    for name in ("survey.csv", "survey_1.csv", "survey_2.csv"):
        path = measured.root / "data" / name
        path.write_text(path.read_text().replace("Score", "Likelihood", 1))
    found = type(measured)(measured.root).check(today=TODAY)
    assert len(found.faults) == 3
    assert all("there is now 'Likelihood'" in f.hint for f in found.faults)
    assert not any("is gone" in a for a in found.arrivals)


def test_new_columns_are_told(measured):
    for name in ("survey.csv", "survey_1.csv", "survey_2.csv"):
        path = measured.root / "data" / name
        path.write_text("\n".join(f"{r},{'Reason' if not i else 'x'}" for i, r in enumerate(path.read_text().split())))
    assert any(
        "columns that were not there before: 'Reason'" in a for a in type(measured)(measured.root).check().arrivals
    )


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not quite", b"\x00" * 5000])
def test_a_broken_record_of_what_was_read_is_as_none(measured, content):
    (measured.root / "worklists" / "read_before.npz").write_bytes(content)
    again = put(measured, "survey_2.csv", scored(in_months(5, 6, prefix="S"), 0, first=12))
    assert again.check(today=TODAY).arrivals == ()
    changes = again.measure(today=TODAY).changes
    assert {c.because for c in changes} == {()}


def test_what_was_read_for_other_evidence_says_nothing(measured):
    import shutil

    kept = measured.root / "kept"
    shutil.copytree(measured.root / "evidence", kept)
    again = put(measured, "survey_2.csv", scored(in_months(5, 6, prefix="S"), 0, first=12))
    again.measure(today=TODAY)
    shutil.rmtree(measured.root / "evidence")
    kept.rename(measured.root / "evidence")
    assert type(measured)(measured.root).check(today=TODAY).arrivals == ()


def test_nothing_of_a_row_is_kept(measured):
    kept = (measured.root / "worklists" / "read_before.npz").read_bytes()
    assert b"R17" not in kept
    assert b"2026-02" not in kept
    evidence = (measured.root / "evidence" / "manifest.json").read_text()
    assert '"corrected"' not in evidence


def test_the_changes_are_drawn_with_their_cause(measured):
    assert "Nothing was measured before" in str(draw_changes(measured.view()))
    again = put(measured, "survey_2.csv", scored(in_months(5, 6, prefix="S"), 0, first=12))
    again.measure(today=dt.date(2026, 11, 23))
    drawn = plain(draw_changes(again.view()))
    assert "Net Promoter Score®, Q2\u00a02026" in drawn
    assert "data/survey_2.csv" in drawn


def test_of_two_downloads_of_one_export_the_later_counts(tmp_path, monkeypatch):
    first, again = in_months(2, 5, 8), scored(in_months(2, 5, 8), 6, first=120)
    late = scored(first, 10, first=120)
    engagement = small_engagement(tmp_path, survey__csv=written(first), **{"survey (1)__csv": written(again)})
    monkeypatch.chdir(tmp_path)
    for expected, name, rows in [(-100, "survey_9.csv", first[:1]), (100, "survey_10.csv", late)]:
        (tmp_path / "data" / name).write_text(written(rows))
        opened = type(engagement)(tmp_path)
        opened.measure(today=TODAY)
        assert opened.view().cell("nps", period="2026-Q3").estimate.value == expected
        checked = duckdb.sql(opened.evidence().sql["nps.quarter.sql"]).df()
        assert set(checked["value"]) == {expected}
