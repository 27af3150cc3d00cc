"""A slip in a file that people edit is told with its line, all slips at once."""

from __future__ import annotations

import contextlib
import datetime as dt
import json

import pytest
from build import ENGAGEMENT, SOURCES, small_engagement
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from cxkit._documents import hash_of, read_document, read_records, read_text, replacing, update_document, write_atomic
from cxkit.data.settings import NoteHead
from cxkit.errors import CxkitError, DocumentError, EvidenceError, ExportError


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        ("weeks: 6", "weeks: 13", "engagement.yaml:6", "less than or equal to 12"),
        ("weeks: 6", "weeks: six", "engagement.yaml:6", "valid integer"),
        ("client: Small Co", "clinet: Small Co", "", "Did you mean `client`"),
        ("id: small", "id: small\nid: again", "engagement.yaml:3", "uplicate key"),
        ("weeks: 6", "weeks: 6\n  bad: : indent", "engagement.yaml:", "does not read"),
        ("cxkit: 1", "cxkit: 2", "engagement.yaml:1", "schema 2, this cxkit reads 1; upgrade cxkit"),
        ("cxkit: 1", "cxkit: 0", "engagement.yaml:1", "write `cxkit: 1`"),
        ("kpis: [nps]", "kpis: [npss]", "engagement.yaml, kpis", "Did you mean 'nps'"),
        ("kpis: [nps]", "kpis: [nps]\ntargets: {csta: 80 %}", "engagement.yaml, targets", "Did you mean 'csat'"),
        ("kpis: [nps]", "kpis: [nps]\npairs: [[region, nope]]", "", "not declared"),
        ("{label: Region}", "{label: Region, column: regoin}", "engagement.yaml, dimensions.region", "Did you mean"),
        ("start: 2026-09-07", "start: Monday", "engagement.yaml:5", "valid date"),
        ("kpis: [nps]", "kpis: [nps]\nbaseline: 2026Q1", "engagement.yaml:13", "is no period"),
        ("kpis: [nps]", "kpis: [nps]\nprivacy: {threshold: 1}", "engagement.yaml:13", "greater than or equal to 3"),
    ],
)
def test_slips_in_engagement_yaml(tmp_path, old, new, where, what):
    with pytest.raises(CxkitError) as error:
        small_engagement(tmp_path, engagement=ENGAGEMENT.replace(old, new)).check()
    assert error.value.where.startswith(where)
    assert what in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("table: customers", "table: custmers", "there is no table 'custmers'"),
        ("score: {", "scroe: {", "has no column 'scroe'; did you mean 'score'?"),
        ("    table: responses\n", "", "`sources.1.table` is missing"),
        ("      response_id: Response\n", "", "needs the column 'response_id'"),
        ("id: survey", "id: crm", "stands twice"),
        ('missing: ["99"]', 'missing: ["99"], constant: 3', "either `column` or `constant`"),
        ("files: data/crm.csv", "files: data/crm.csv\n    format: {delimeter: ';'}", "Did you mean `delimiter`"),
    ],
)
def test_slips_in_sources_yaml(tmp_path, old, new, what):
    with pytest.raises(DocumentError) as error:
        small_engagement(tmp_path, sources=SOURCES.replace(old, new)).check()
    assert "sources.yaml" in error.value.where
    assert what in str(error.value)


def test_all_slips_of_a_file_come_at_once(tmp_path):
    text = ENGAGEMENT.replace("weeks: 6", "weeks: 13").replace("industry: contract", "industry: bank\ncolour: red")
    with pytest.raises(DocumentError) as error:
        small_engagement(tmp_path, engagement=text).check()
    assert "3 faults" in str(error.value)
    assert [f"line {n}" in str(error.value) for n in (4, 5, 7)] == [True, True, True]


@pytest.mark.parametrize("text", ["", "# nothing\n", "- a\n- b\n", "just text\n"])
def test_a_file_without_keys_is_told(tmp_path, text):
    with pytest.raises(DocumentError):
        small_engagement(tmp_path, engagement=text).check()


def test_a_file_that_is_not_utf8_is_told(tmp_path):
    engagement = small_engagement(tmp_path)
    (tmp_path / "engagement.yaml").write_bytes(ENGAGEMENT.replace("Small", "Sm\xfcll").encode("latin-1"))
    with pytest.raises(DocumentError, match="not UTF-8"):
        engagement.check()


def test_a_target_may_be_a_percentage(tmp_path):
    engagement = small_engagement(tmp_path, engagement=ENGAGEMENT + "targets: {csat: 80 %, nps: 30}\n")
    assert {k: t.value for k, t in engagement.settings.targets.items()} == {"csat": 0.8, "nps": 30}


def test_a_document_is_told_by_its_path_when_missing(tmp_path):
    with pytest.raises(DocumentError, match=r"no file gone\.yaml"):
        read_text(tmp_path / "gone.yaml")


def test_a_failed_write_leaves_the_old_content(tmp_path):
    path = tmp_path / "file.txt"
    write_atomic(path, "old")
    with contextlib.suppress(RuntimeError), replacing(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["file.txt"]


def test_records_tell_every_bad_line(tmp_path):
    path = tmp_path / "notes.csv"
    path.write_text("title,date\nfine,2026-01-01\nbad,never\nworse,2026-01-01,more\n")
    with pytest.raises(DocumentError) as error:
        read_records(path, NoteHead)
    assert "line 3" in str(error.value)
    assert "line 4" in str(error.value)


def test_an_error_comes_back_whole_from_another_process():
    import pickle

    error = pickle.loads(pickle.dumps(ExportError("what", where="here", hint="so")))  # noqa: S301
    assert (str(error), type(error)) == ("what\n  at here\n\nHint: so", ExportError)


@pytest.fixture
def measured(tmp_path):
    from conftest import TODAY

    engagement = small_engagement(tmp_path)
    engagement.measure(today=TODAY)
    return engagement


def test_evidence_that_was_edited_is_refused(measured):
    cells = measured.root / "evidence/cells.csv"
    cells.write_text(cells.read_text().replace("nps", "NPS", 1))
    with pytest.raises(EvidenceError, match="changed after it was measured"):
        measured.evidence()


def test_evidence_of_another_version_is_refused(measured):
    path = measured.root / "evidence/manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"schema": 99}))
    with pytest.raises(EvidenceError, match="schema 99"):
        measured.evidence()


def test_missing_evidence_is_told(measured):
    import shutil

    shutil.rmtree(measured.root / "evidence")
    with pytest.raises(EvidenceError, match="cxkit measure"):
        measured.view()


def test_evidence_comes_back_when_a_writer_was_killed_between_old_and_new(measured):
    (measured.root / "evidence").rename(measured.root / ".evidence.old")
    assert measured.evidence().cells


def test_evidence_is_fresh_until_an_input_changes(measured):
    assert measured.is_fresh()
    with (measured.root / "data/survey.csv").open("a") as file:
        file.write("NEW,2026-08-01,C1,3,Web\n")
    assert not measured.is_fresh()


NOTE = "---\ntitle: A thought\nabout: {about}\n---\nText.\n"


def note(engagement, about: str):
    (engagement.root / "commentary").mkdir(exist_ok=True)
    (engagement.root / "commentary/a.md").write_text(NOTE.format(about=about))
    return engagement.view("2026-Q3").notes[0]


def test_commentary_is_current_until_its_number_changes(measured):
    from conftest import TODAY

    cell = measured.view("2026-Q3").cell("nps")
    about = f"{cell.id}@{cell.fingerprint}"
    assert note(measured, about).state == "current"
    with (measured.root / "data/survey.csv").open("a") as file:
        file.write("NEW,2026-08-01,C1,3,Web\n")
    measured.measure(today=TODAY)
    assert note(measured, about).state == "stale"


def test_commentary_without_a_fingerprint_is_told_what_to_write(measured):
    found = note(measured, "nps/2026-Q3")
    assert found.state == "unbound"
    assert f"nps/2026-Q3@{measured.view('2026-Q3').cell('nps').fingerprint}" in found.why


def test_commentary_on_a_number_that_is_not_there_is_stale(measured):
    assert note(measured, "nps/1999-Q3@aaaaaa").state == "stale"


def test_commentary_without_a_head_is_told(measured):
    note(measured, "nps/2026-Q3")
    (measured.root / "commentary/a.md").write_text("Just text.\n")
    with pytest.raises(DocumentError, match="starts with a head"):
        measured.view("2026-Q3")


class Loose(BaseModel):
    """A document in which only the name has to be a text."""

    model_config = ConfigDict(extra="allow")
    name: str


EDITED = """# The head of the file.
name:   "Ann"   # as she signs

voices:
  - {who: customer, answer: open, on: null}  # asked in May
  # The next one is longer.
  - who: sales
    said: |
      Two lines
      of text.

    answer:      # not yet
done: {}
# The end.
"""


def edited(tmp_path, changes, *, text=EDITED, model=Loose):
    """The lines that were taken out and put in, and the new text."""
    path = tmp_path / "a.yaml"
    path.write_bytes(text.encode())
    update_document(path, model, changes)
    new = path.read_bytes().decode()
    before, after = text.splitlines(), new.splitlines()
    return [x for x in before if x not in after], [x for x in after if x not in before], new


@pytest.mark.parametrize(
    ("changes", "out", "in_"),
    [
        ({("name",): "Ben"}, ['name:   "Ann"   # as she signs'], ["name:   Ben   # as she signs"]),
        (
            {("voices", 0, "answer"): "yes", ("voices", 0, "on"): dt.date(2026, 11, 12)},
            ["  - {who: customer, answer: open, on: null}  # asked in May"],
            ["  - {who: customer, answer: yes, on: 2026-11-12}  # asked in May"],
        ),
        ({("voices", 1, "answer"): "no"}, ["    answer:      # not yet"], ["    answer: no      # not yet"]),
        (
            {("voices", 1, "said"): "One."},
            ["    said: |", "      Two lines", "      of text."],
            ['    said: "One."'],
        ),
        ({("voices", 1, "by"): "Cem"}, [], ["    by: Cem"]),
        ({("voices", 0, "by"): "Cem"}, None, ["  - {who: customer, answer: open, on: null, by: Cem}  # asked in May"]),
        ({("voices", 2): {"who": "it", "on": None}}, [], ["  - {who: it, on: null}"]),
        ({("done", "made"): "no-go"}, ["done: {}"], ["done: {made: no-go}"]),
        ({("more", "deep", 0): 1.5}, [], ["more: {deep: [1.5]}"]),
        ({("done",): None}, ["done: {}"], ["done: null"]),
    ],
)
def test_a_change_touches_its_own_place_alone(tmp_path, changes, out, in_):
    gone, new, text = edited(tmp_path, changes)
    assert new == in_
    assert out is None or gone == out
    assert text.startswith("# The head of the file.\n")
    assert "# The next one is longer." in text


@pytest.mark.parametrize(
    "changes", [{}, {("name",): "Ann"}, {("voices", 0, "on"): None, ("voices", 1, "said"): "Two lines\nof text.\n"}]
)
def test_what_changes_nothing_writes_nothing(tmp_path, changes):
    path = tmp_path / "a.yaml"
    path.write_text(EDITED)
    before = path.stat().st_mtime_ns
    assert update_document(path, Loose, changes).name == "Ann"
    assert path.read_text() == EDITED
    assert path.stat().st_mtime_ns == before


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("line", ["\n", "\r\n"])
def test_line_ends_and_byte_order_marks_stay(tmp_path, line, mark):
    path = tmp_path / "a.yaml"
    path.write_bytes(mark + EDITED.replace("\n", line).encode())
    update_document(path, Loose, {("voices", 2): {"who": "it"}, ("last",): True})
    new = path.read_bytes()
    assert new.startswith(mark + b"# The head")
    assert new.count(b"\n") == new.count(line.encode()) == EDITED.count("\n") + 2


def test_a_change_that_does_not_fit_writes_nothing(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text(EDITED)
    with pytest.raises(DocumentError, match="valid string") as error:
        update_document(path, Loose, {("voices", 0, "answer"): "yes", ("name",): 3})
    assert error.value.where == "a.yaml:2, column 1"
    assert path.read_text() == EDITED


def test_a_file_that_has_changed_is_not_written_over(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text(EDITED)
    seen = hash_of(path)
    path.write_text(EDITED + "later: 1\n")
    with pytest.raises(DocumentError, match="changed since it was read"):
        update_document(path, Loose, {("name",): "Ben"}, expected=seen)
    update_document(path, Loose, {("name",): "Ben"}, expected=hash_of(path))
    assert read_document(path, Loose).name == "Ben"


@pytest.mark.parametrize("loc", [("name", "first"), ("voices", 7), ("voices", "x"), ("voices", 0, "who", 0)])
def test_a_place_that_cannot_be_is_told(tmp_path, loc):
    with pytest.raises(DocumentError, match="no place"):
        edited(tmp_path, {loc: 1})
    assert (tmp_path / "a.yaml").read_text() == EDITED


def test_what_an_alias_repeats_is_not_changed_behind_its_back(tmp_path):
    text = "name: Ann\none: &a {x: 1}\nother: *a\n"
    with pytest.raises(DocumentError, match="cannot be written where they belong"):
        edited(tmp_path, {("other", "x"): 2}, text=text)
    assert (tmp_path / "a.yaml").read_text() == text


SIGNS = [
    "no: yes",
    "# none",
    '"',
    "'",
    "- x",
    "{a",
    "*a",
    "&a",
    "!t",
    "%d",
    "@x",
    "`",
    "[",
    "]",
    ", x",
    "a: b #c",
    "\\n",
]
VALUES = ["null", "True", "1e3", "2026-11-12", "", " a ", "café ☕"]
MARKS = ["a\nb", "\t", "\u2028", "\x85", "\x00", "\ufeff"]


@pytest.mark.parametrize("loc", [("name",), ("voices", 0, "who"), ("voices", 1, "said"), ("done", "new")])
@pytest.mark.parametrize("text", SIGNS + VALUES + MARKS)
def test_any_text_reads_back_as_it_was(tmp_path, loc, text):
    edited(tmp_path, {loc: text})
    found = read_document(tmp_path / "a.yaml", Loose).model_dump()
    for part in loc:
        found = found[part]
    assert found == text


@given(st.text(), st.dictionaries(st.text(min_size=1), st.text() | st.integers() | st.booleans() | st.none()))
@settings(max_examples=50, deadline=None)
def test_any_data_read_back_as_they_were(tmp_path_factory, name, more):
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(EDITED)
    changes = {("name",): name, ("done",): more}
    assert update_document(path, Loose, changes).model_dump()["done"] == more
    assert read_document(path, Loose).model_dump()["name"] == name
