"""The commands as a person meets them: what they print, where, and with which exit code."""

from __future__ import annotations

import json
import sys

import pytest
from build import SOURCES, small_engagement, survey_rows
from conftest import TODAY

import cxkit
from cxkit import cli
from cxkit.engagement import open_engagement
from cxkit.new import create_engagement, list_templates


@pytest.fixture
def run(capsys, monkeypatch):
    """Run a command; gives exit code, standard output and standard error."""

    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["cxkit", *words])
        try:
            cli.main()
            code = 0
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return call


def test_check_says_that_all_is_well(run, tmp_path):
    small_engagement(tmp_path)
    code, out, err = run("check", str(tmp_path))
    assert (code, err) == (0, "")
    assert "Nothing to mend" in out


def test_check_lists_faults_and_exits_with_2(run, tmp_path):
    rows = survey_rows()
    rows[2] = "R1,never,C1,9,Web"
    small_engagement(tmp_path, survey__csv="\n".join(rows) + "\n")
    code, out, err = run("check", str(tmp_path))
    assert code == 2
    assert "row 3 · column 'Date' · not a date of the form 2026-03-05 · found 'never'" in out
    assert "1 fault in 1 file(s)." in err


def test_check_counts_what_is_alike_and_writes_it_out_when_asked(run, tmp_path):
    rows = survey_rows()
    for i in range(2, 40):
        rows[i] = f"R{i},never,C1,9,Web"
    small_engagement(tmp_path, survey__csv="\n".join(rows) + "\n")
    assert "… and 35 more like this" in run("check", str(tmp_path))[1]
    assert run("check", str(tmp_path), "--all")[1].count("found 'never'") == 38


def test_a_new_engagement_shows_nothing_of_the_sample(tmp_path):
    folder = create_engagement(tmp_path / "fresh", client="Fresh", template="retail", today=TODAY)
    for path in (folder / "notebooks").glob("*.ipynb"):
        text = path.read_text(encoding="utf-8")
        assert "Aldermoor" not in text
        assert "Marit" not in text
        assert all(not c.get("outputs") for c in json.loads(text)["cells"])


def test_recommend_says_when_the_evidence_is_older_than_what_it_rests_on(run, tmp_path):
    engagement = small_engagement(tmp_path)
    engagement.measure(today=TODAY)
    assert "have changed" not in run("recommend", str(tmp_path))[2]
    (tmp_path / "data/survey.csv").write_text("\n".join(survey_rows(300)) + "\n")
    assert "run `cxkit measure`" in run("recommend", str(tmp_path))[2]


def test_a_decimal_comma_is_told_as_what_it_is(run, tmp_path):
    sources = SOURCES.replace("channel: Channel", "weight: Weight")
    rows = ["Response,Date,Id,Score,Weight", *(f'R{i},2026-02-01,C{i},9,"1,5"' for i in range(20))]
    small_engagement(tmp_path, sources=sources, survey__csv="\n".join(rows) + "\n")
    assert "utf-8, comma, decimal comma, header in row 1 (found)" in run("check", str(tmp_path))[1]
    declared = sources.replace("    files: data/survey", "    format: {decimal: '.'}\n    files: data/survey")
    (tmp_path / "sources.yaml").write_text(declared)
    assert 'format: {decimal: ","}' in run("check", str(tmp_path))[1]


def test_measure_prints_the_scorecard_and_where_the_evidence_is(run, tmp_path):
    small_engagement(tmp_path)
    code, out, _ = run("measure", str(tmp_path))
    assert code == 0
    assert "Net Promoter Score" in out
    assert str(tmp_path / "evidence") in out


def test_measure_tells_what_changed(run, tmp_path):
    small_engagement(tmp_path)
    run("measure", str(tmp_path))
    (tmp_path / "data/survey2.csv").write_text("Response,Date,Id,Score,Channel\nN1,2026-08-02,C0,0,Web\n")
    told = run("measure", str(tmp_path))[1]
    assert "because of data/survey2.csv:\n    Net Promoter Score®, Q3\u00a02026: " in told


@pytest.mark.parametrize(
    ("words", "code", "what"),
    [
        (["check", "nowhere"], 2, "There is no folder"),
        (["measure"], 2, "Missing argument"),
        (["chek", "x"], 2, "No such command"),
        (["check", "x", "--nope"], 2, "No such option"),
        (["new", "x", "--template", "bank"], 2, "There is no template 'bank'"),
    ],
)
def test_wrong_words_are_told_without_a_traceback(run, tmp_path, monkeypatch, words, code, what):
    monkeypatch.chdir(tmp_path)
    found, out, err = run(*words)
    assert found == code
    assert what in err
    assert "Traceback" not in out + err
    assert list(tmp_path.iterdir()) == []


def test_a_fault_of_cxkit_says_how_to_report_it(run, tmp_path, monkeypatch):
    def broken(_: object) -> None:
        raise ZeroDivisionError("no")

    monkeypatch.setattr("cxkit.engagement.open_engagement", broken)
    monkeypatch.setitem(cxkit.__dict__, "open_engagement", broken)
    code, _, err = run("check", str(tmp_path))
    assert code == 70
    assert "please report it with the file" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("name", ["acme", "Acme Energy", "9 lives", "Größe"])
@pytest.mark.parametrize("client", ["Acme: & Söhne", 'The "Best" Co', "yes", "{braces}", "Plain"])
def test_a_new_engagement_reads(tmp_path, name, client):
    folder = create_engagement(tmp_path / name, client=client, template="contract", today=TODAY)
    engagement = open_engagement(folder)
    assert engagement.settings.client == client
    assert engagement.settings.start.weekday() == 0
    assert {f.what.split(" (")[0] for f in engagement.check().faults} == {"no file matches"}
    assert (folder / "notebooks/client_report.ipynb").is_file()
    assert "evidence/" in (folder / ".gitignore").read_text()


def test_new_does_not_touch_a_folder_with_files(run, tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "there/mine.txt").write_text("mine")
    code, _, err = run("new", str(tmp_path / "there"))
    assert code == 2
    assert "not empty" in err
    assert [p.name for p in tmp_path.rglob("*")] == ["there", "mine.txt"]


def test_templates_are_listed():
    assert "contract" in list_templates()


def test_terminal_escapes_in_an_export_are_shown_not_obeyed(run, tmp_path):
    rows = survey_rows()
    rows[2] = "R1,\x1b[2Jnever,C1,9,Web"
    small_engagement(tmp_path, sources=SOURCES, survey__csv="\n".join(rows) + "\n")
    assert "\x1b" not in run("check", str(tmp_path))[1]


@pytest.mark.parametrize("client", [" ", "x" * 121, "\x1b[31mAcme"])
def test_a_name_that_no_engagement_can_have_is_refused_before_anything_is_written(run, tmp_path, client):
    code, _, err = run("new", str(tmp_path / "acme"), "--client", client)
    assert code == 2
    assert "cannot be the client's name" in err
    assert list(tmp_path.iterdir()) == []
