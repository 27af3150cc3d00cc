"""What the survey tools write is read as they mean it: header rows, names of columns, previews, unfinished answers."""

from __future__ import annotations

import csv
import io
from typing import get_args

import pytest
import surveys
from build import ENGAGEMENT, small_engagement
from conftest import SHARED, TODAY
from surveys import NPS

from cxkit.data.presets import PRESETS, recognise
from cxkit.data.settings import Source
from cxkit.errors import ExportError

PLAIN = ENGAGEMENT.replace("dimensions:\n  region: {label: Region}\n", "")
BROKEN = {
    "as it should be": surveys.as_json,
    "curly quotes": lambda i: f"{{\u201cImportId\u201d:\u201c{i}\u201d}}",
    "low quotes": lambda i: f"{{\u201eImportId\u201c:\u201e{i}\u201c}}",
    "single quotes": lambda i: f"{{'ImportId': '{i}'}}",
    "cut off": lambda i: f'{{"ImportId":"{i}',
    "doubled escapes": lambda i: f'{{\\"ImportId\\":\\"{i}\\"}}',
    "doubled quotes": lambda i: f'{{""ImportId"":""{i}""}}',
    "with more in it": lambda i: f'{{"ImportId":"{i}","timeZone":"Europe/Berlin"}}',
}
SOURCES = """\
cxkit: 1
sources:
  - id: survey
    table: responses
    files: data/survey*.csv
    preset: {preset}
    columns: {{response_id: {id}, responded_at: {date}, score: {score}}}
"""


def top(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))[:8]


def engagement(
    folder, text, *, preset="qualtrics", ident="ResponseId", date="RecordedDate", score="Q1", more="", **files
):
    sources = SOURCES.format(preset=preset, id=ident, date=date, score=score) + more
    return small_engagement(folder, engagement=PLAIN, sources=sources, survey__csv=text, **files)


def nps(opened):
    opened.measure(today=TODAY)
    return opened.view().cell("nps").estimate


def notes(opened):
    return " ".join(opened.check(today=TODAY).notes)


def test_the_presets_that_sources_may_name_are_those_there_are():
    (named,) = (a for a in get_args(Source.model_fields["preset"].annotation) if get_args(a))
    assert set(get_args(named)) == set(PRESETS)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_gives_what_the_docstring_asks_for(name):
    preset = PRESETS[name]
    assert preset.LABEL
    assert {"response_id", "responded_at"} <= set(preset.ROLES)
    for given in (preset.ROLES, preset.DIMENSIONS, preset.LEAVE_OUT, preset.USUAL, preset.WHOLE):
        assert isinstance(given, dict)
    assert set(preset.USUAL) <= set(preset.LEAVE_OUT)


@pytest.mark.parametrize(
    ("text", "name", "heads"),
    [
        (surveys.qualtrics(), "qualtrics", 3),
        (surveys.qualtrics(ids=None), "qualtrics", 2),
        (surveys.qualtrics(texts=surveys.GERMAN), "qualtrics", 3),
        (surveys.qualtrics_legacy(), "qualtrics", 2),
        (surveys.qualtrics_legacy(codes=False), "qualtrics", 2),
        (surveys.surveymonkey(), "surveymonkey", 2),
        (surveys.surveymonkey(heads=1), "surveymonkey", 1),
        (surveys.google_forms(), "google_forms", 1),
        (surveys.google_forms(stamp="Zeitstempel", form="{dd}.{mm}.2026 {hh}:05:09"), "google_forms", 1),
        (surveys.typeform(), "typeform", 1),
    ],
)
def test_a_tool_is_known_by_its_header(text, name, heads):
    found, why = recognise(top(text))
    assert found == name
    assert why
    assert PRESETS[found].header_rows(top(text)) == heads


@pytest.mark.parametrize(
    "header",
    ["Response,Date,Id,Score,Channel", "timestamp,user_id,event", "id,status,created_at", "Timestamp,Level,Message"],
)
def test_other_exports_are_not_taken_for_those_of_a_tool(header):
    assert recognise(top(f"{header}\n2026-08-01 10:00:00,1,2\n")) == ("", "")


@pytest.mark.parametrize("how", BROKEN)
def test_mangled_import_ids_are_no_rows_and_still_name_columns(tmp_path, how):
    text = surveys.qualtrics(ids=BROKEN[how])
    assert PRESETS["qualtrics"].header_rows(top(text)) == 3
    found = nps(engagement(tmp_path, text, score="QID1"))
    assert (found.value, found.n) == (NPS, 40)


def test_import_ids_of_which_hardly_anything_is_left_are_no_rows(tmp_path):
    assert nps(engagement(tmp_path, surveys.qualtrics(ids=lambda _: '{"Impo'))).n == 40


@pytest.mark.parametrize("name", ["Q1", "QID1", f'"{surveys.ASK}"'])
def test_a_question_is_named_by_its_tag_its_id_or_its_text(tmp_path, name):
    assert nps(engagement(tmp_path, surveys.qualtrics(), score=name)).value == NPS


@pytest.mark.parametrize("labels", [False, True])
def test_previews_and_spam_are_left_out_and_counted(tmp_path, labels):
    opened = engagement(tmp_path, surveys.qualtrics(labels=labels))
    found = nps(opened)
    assert (found.value, found.n) == (NPS, 40)
    record = opened.evidence().manifest.sources[0]
    assert (record.rows_read, record.rows_used, record.rows_rejected) == (55, 40, 15)
    assert record.reasons == {
        "left out: Status says that it is a preview or a test": 10,
        "left out: Status says that it is spam": 5,
    }


def test_previews_counted_would_have_given_another_number(tmp_path):
    opened = engagement(tmp_path, surveys.qualtrics(), more="    leave_out: {Status: []}\n")
    found = nps(opened)
    assert (found.value, found.n) == (pytest.approx(100 * (29 - 18) / 55), 55)


def test_the_stand_alone_select_leaves_the_same_rows_out(tmp_path, monkeypatch):
    import duckdb

    opened = engagement(tmp_path, surveys.qualtrics())
    opened.measure(today=TODAY)
    (written,) = (opened.root / "evidence").rglob("nps.quarter.sql")
    monkeypatch.chdir(tmp_path)
    sql = written.read_text(encoding="utf-8")
    assert "survey preview" in sql
    assert NPS in {v for row in duckdb.connect().execute(sql).fetchall() for v in row}


def test_what_a_source_says_of_a_status_counts_instead(tmp_path):
    opened = engagement(tmp_path, surveys.qualtrics(), more='    leave_out: {Status: ["8"]}\n')
    assert nps(opened).n == 50


@pytest.mark.parametrize("codes", [True, False])
def test_the_legacy_export_has_two_header_rows_and_its_previews(tmp_path, codes):
    opened = engagement(tmp_path, surveys.qualtrics_legacy(codes=codes), ident="ResponseID", date="EndDate")
    found = nps(opened)
    assert (found.value, found.n) == (NPS, 40)


def test_header_rows_that_are_declared_count(tmp_path):
    opened = engagement(tmp_path, surveys.qualtrics(), more="    format: {header_rows: 1}\n")
    faults = opened.check(today=TODAY).faults
    assert any(f.row in (2, 3) for f in faults)


def test_unfinished_answers_are_told_with_their_number(tmp_path):
    opened = engagement(tmp_path, surveys.qualtrics(unfinished=3))
    assert "3 of 40 answers are not finished by Finished, and count" in notes(opened)
    assert nps(opened).n == 40


def test_unfinished_answers_are_left_out_when_that_is_declared(tmp_path):
    opened = engagement(tmp_path, surveys.qualtrics(unfinished=3), more='    leave_out: {Finished: ["0", "False"]}\n')
    assert nps(opened).n == 37
    assert "not finished" not in notes(opened)


def test_unfinished_answers_of_typeform_are_told(tmp_path):
    opened = engagement(
        tmp_path, surveys.typeform(partial=4), preset="typeform", ident='"#"', date='"Submit Date (UTC)"',
        score=f'"{surveys.ASK}"',
    )  # fmt: skip
    assert "4 of 40 answers are not finished by Response Type" in notes(opened)
    assert nps(opened).value == NPS


def test_a_status_that_nobody_knows_is_told(tmp_path):
    text = surveys.qualtrics(labels=True).replace("Survey Preview", "Umfragevorschau")
    assert "10 of 50 answers have a Status that is not known" in notes(engagement(tmp_path, text))


def test_a_file_that_says_nothing_of_previews_is_told_to_do_so(tmp_path):
    text = surveys.qualtrics().replace("Status", "Kind").replace("status", "kind").replace("Response Type", "Kind")
    assert "there is no column Status, so that a preview or a test or spam" in notes(engagement(tmp_path, text))


def test_all_is_whole_and_nothing_is_told(tmp_path):
    assert "answers" not in notes(engagement(tmp_path, surveys.qualtrics()))


def test_a_later_file_without_the_status_is_not_read_as_if_it_had_none(tmp_path):
    header, *rows = surveys.qualtrics().splitlines()
    bare = "\n".join([header.replace("Status", "Kind"), *(r.replace('""status""', '""kind""') for r in rows)])
    bare = bare.replace("Response Type", "Kind")
    with pytest.raises(ExportError, match="'Status' · the column is missing"):
        engagement(tmp_path, surveys.qualtrics(), survey2__csv=bare).measure(today=TODAY)


@pytest.mark.parametrize("heads", [1, 2])
def test_the_second_row_of_surveymonkey_is_no_answer(tmp_path, heads):
    date = '{column: End Date, format: "%m/%d/%Y %I:%M:%S %p"}'
    text = surveys.surveymonkey(heads=heads)
    opened = engagement(
        tmp_path, text, preset="surveymonkey", ident="Respondent ID", date=date, score=f'"{surveys.ASK}"'
    )
    assert opened.check(today=TODAY).sources[0].rows_read == 40
    assert nps(opened).value == NPS


def test_an_answer_that_is_spread_over_columns_is_named_with_its_question(tmp_path):
    date = '{column: End Date, format: "%m/%d/%Y %I:%M:%S %p"}'
    more = '    attributes: {app: "Which of these do you use? Select all that apply. [App]"}\n'
    opened = engagement(
        tmp_path, surveys.surveymonkey(), preset="surveymonkey", ident="Respondent ID", date=date,
        score=f'"{surveys.ASK}"', more=more,
    )  # fmt: skip
    assert opened.check(today=TODAY).faults == ()


def test_the_real_sample_of_qualtrics_is_known():
    path = SHARED / "surveys/qualtRics_sample.csv"
    if not path.is_file():
        pytest.skip("the public data file qualtRics_sample.csv is not beside the project")
    rows = top(path.read_text(encoding="utf-8-sig"))
    name, _ = recognise(rows)
    assert (name, PRESETS[name].header_rows(rows)) == ("qualtrics", 3)
    assert "Status" in PRESETS[name].names(rows[:3])[2]
