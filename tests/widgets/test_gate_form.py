"""The form of a gate writes what was answered, keeps the rest of the file, and refuses to lose anybody's work."""

from __future__ import annotations

import shutil

import pytest
from conftest import TODAY
from ruamel.yaml import YAML

from cxkit._blocks import MIME, block_from_json
from cxkit._plain import plain
from cxkit.engagement import open_engagement
from cxkit.errors import DocumentError
from cxkit.widgets.gate_form import GateForm

HOSTILE = '<img src=x onerror=alert(1)> "quoted": {yes}\n- # no comment'


@pytest.fixture
def engagement(aldermoor, tmp_path):
    folder = tmp_path / "aldermoor"
    shutil.copytree(aldermoor.root, folder, ignore=shutil.ignore_patterns("data", "worklists", "reports"))
    return open_engagement(folder)


@pytest.fixture
def path(engagement):
    return engagement.root / "gates/moving_launch.yaml"


@pytest.fixture
def form(engagement):
    return GateForm(engagement, "moving_launch", today=TODAY)


def voice(path, name: str) -> dict:
    return next(v for v in YAML(typ="safe").load(path)["voices"] if v["voice"] == name)


def test_it_shows_what_the_file_says(form, path):
    decision = YAML(typ="safe").load(path)["decision"]
    assert form.answers["decision"]["made"] == decision["made"]
    assert form.answers["sales"] == {"answer": "open", "said": "", "by": ""}


def test_answers_are_written_and_everything_else_stays(form, path):
    before = path.read_text(encoding="utf-8").splitlines()
    form.answers = {"sales": {"answer": "yes", "said": "We promise it already.", "by": "Head of sales"}}
    assert form.save()
    found = voice(path, "sales")
    assert (found["answer"], found["said"], str(found["on"])) == ("yes", "We promise it already.", TODAY.isoformat())
    after = path.read_text(encoding="utf-8").splitlines()
    assert [line for line in after if "sales" not in line] == [line for line in before if "sales" not in line]
    assert [line for line in after if line.strip().startswith("#")]


def test_it_says_what_was_saved_and_the_new_verdict(form):
    form.answers = {"sales": {"answer": "no", "said": "Not at Christmas.", "by": "Head of sales"}}
    form.save()
    for part in ("Saved in gates/moving_launch.yaml", "Sales: no.", "no-go"):
        assert part in form.message
    assert "Not at Christmas." in plain(form.block)
    assert "Not at Christmas." in form._stands.value


def test_a_word_put_right_keeps_the_day(form, path):
    before = voice(path, "customer")["on"]
    form.answers = {"customer": {"said": "Three of five stopped at the paper form."}}
    assert form.save()
    assert voice(path, "customer")["on"] == before


def test_a_decision_can_be_taken_back(form, path):
    form.answers = {"decision": {"made": "", "by": "", "reason": ""}}
    assert form.save()
    decision = YAML(typ="safe").load(path)["decision"]
    assert (decision["made"], decision["on"]) == (None, None)


def test_nothing_is_written_where_nothing_has_changed(form, path):
    before = path.stat().st_mtime_ns
    assert form.save()
    assert path.stat().st_mtime_ns == before


def test_what_somebody_else_wrote_is_not_overwritten(form, path):
    text = path.read_text(encoding="utf-8") + "# by somebody else\n"
    path.write_text(text, encoding="utf-8")
    form.answers = {"sales": {"answer": "yes", "by": "Head of sales"}}
    assert not form.save()
    assert path.read_text(encoding="utf-8") == text
    for part in ("Not saved", "has changed since it was read", "gates/moving_launch.yaml", "Hint:"):
        assert part in form.message
    assert form.answers["sales"]["answer"] == "yes"
    form.read()
    form.answers = {"sales": {"answer": "yes", "by": "Head of sales"}}
    assert form.save()


def test_an_answer_that_does_not_fit_is_told_with_its_place(form, path):
    before = path.read_bytes()
    form.answers = {"sales": {"answer": "yes", "by": ""}}
    assert not form.save()
    assert "does not say who asked" in form.message
    assert "gates/moving_launch.yaml:" in form.message
    assert "Traceback" not in form.message
    assert path.read_bytes() == before


def test_hostile_text_comes_back_as_the_same_text(form, path, engagement):
    form.answers = {"sales": {"answer": "no", "said": HOSTILE, "by": "Head of sales"}}
    assert form.save(), form.message
    assert voice(path, "sales")["said"] == HOSTILE
    assert GateForm(engagement, "moving_launch").answers["sales"]["said"] == HOSTILE
    assert "<img" not in form._stands.value


def test_a_button_brings_what_is_in_the_fields(form, path):
    entered = form.answers | {"sales": {"answer": "yes", "said": "", "by": "Ann"}, "nobody": {"answer": "yes"}}
    form._asked(form.fields, {"save": entered}, [])
    assert voice(path, "sales")["by"] == "Ann"
    form.answers = {"sales": {"by": "Bob"}}
    form._asked(form.fields, {"read": True}, [])
    assert form.answers["sales"]["by"] == "Ann"


def test_a_gate_that_is_not_there_is_refused_with_those_there_are(engagement):
    with pytest.raises(DocumentError) as error:
        GateForm(engagement, "no_such")
    assert "moving_launch" in error.value.hint


def test_without_evidence_the_form_still_asks_and_says_what_is_missing(engagement, path):
    shutil.rmtree(engagement.root / "evidence")
    form = GateForm(engagement, "moving_launch", today=TODAY)
    form.answers = {"sales": {"answer": "yes", "by": "Ann"}}
    assert form.save()
    assert voice(path, "sales")["answer"] == "yes"
    assert "cxkit measure" in form._stands.value


def test_its_block_is_the_gate_as_it_stands(form):
    assert block_from_json(form._repr_mimebundle_()[MIME]) == form.block
    assert "The new moving journey" in plain(form.block)
