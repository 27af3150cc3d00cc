from __future__ import annotations

import json
from pathlib import Path

import pytest

from cxkit._share import share_path
from cxkit.errors import CxkitError, DocumentError, ParameterError
from cxkit.report.make import make_report
from cxkit.report.notebook import find_notebook, read_notebook
from cxkit.report.parameters import parameter_names, read_parameters

SHIPPED = share_path("notebooks/client_report.ipynb")
NAMES = ["engagement", "period", "audience", "output"]


def test_what_is_not_said_has_a_default():
    found = read_parameters({"engagement": "clients/volta"})
    assert found.model_dump() == {
        "engagement": "clients/volta", "period": "latest", "audience": "client", "output": "",
    }  # fmt: skip


@pytest.mark.parametrize("period", ["latest", "all", "2026", "2026-H1", "2026-Q3", "2026-10"])
def test_every_kind_of_period_is_taken(period):
    assert read_parameters({"engagement": "a", "period": period}).period == period


@pytest.mark.parametrize(
    ("values", "said", "hint"),
    [
        ({"engagement": "a", "perid": "2026"}, "There is no parameter 'perid'.", "Did you mean `period`?"),
        ({"engagement": "a", "colour": "red"}, "There is no parameter 'colour'.", "Use `engagement`, `period`"),
        ({}, "The parameter 'engagement' is missing.", "Name the folder"),
        ({"engagement": ""}, "`engagement`", ""),
        ({"engagement": "a", "period": "2026-Q5"}, "`period`: '2026-Q5' is no period; write latest", ""),
        ({"engagement": "a", "period": "2026-13"}, "is no period", ""),
        ({"engagement": "a", "period": "2026-Q3\n"}, "is no period", ""),
        ({"engagement": "a", "period": 2026}, "`period`: input should be a valid string, found 2026", ""),
        ({"engagement": "a", "audience": "board"}, "found 'board'", ""),
        ({"engagement": "a", "output": "x.pdf"}, "`output`: 'x.pdf' does not end in .html", ""),
    ],
)
def test_anything_else_is_refused_and_says_what_to_write(values, said, hint):
    with pytest.raises(ParameterError) as caught:
        read_parameters(values)
    assert said in caught.value.what
    assert hint in caught.value.hint


def test_all_faults_are_told_at_once():
    with pytest.raises(ParameterError, match=r"(?s)period.*audience.*ouput"):
        read_parameters({"engagement": "a", "period": "Q3", "audience": "x", "ouput": "y.html"})


def test_the_shipped_notebook_reads_the_parameters_of_a_report():
    assert read_notebook(SHIPPED).sha256
    assert parameter_names() == NAMES


def test_the_shipped_notebook_is_thin():
    notebook = json.loads(SHIPPED.read_text(encoding="utf-8"))
    sources = ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]
    assert all(s.count("\n") < 10 and "def " not in s and "class " not in s for s in sources)
    assert not any(c.get("outputs") or c.get("execution_count") for c in notebook["cells"])
    assert len({c["id"] for c in notebook["cells"]}) == len(notebook["cells"])


def test_the_advisors_own_notebook_is_preferred(engagement, own_notebook):
    assert find_notebook(engagement) == SHIPPED
    assert find_notebook(engagement) != own_notebook(engagement) == find_notebook(engagement)


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ('engagement = ""\nperiod = ""\naudience = ""', "does not declare the parameter `output`"),
        ('engagement = ""', "does not declare the parameters `period`, `audience` and `output`"),
        ('engagement = ""\nperiod = ""\naudience = ""\noutput = ""\ndays = "7"', "'days', which reports do not have"),
        ('engagement = ""\nperiod = ""\naudience = ""\noutput = ""\nperiod = "2026"', "'period' twice"),
        ('import os\nengagement = ""', "more than give a text to a name"),
        ("engagement = period = audience = output = None", "more than give a text to a name"),
        ("period = 2026", "more than give a text to a name"),
        ("%matplotlib inline", "no Python"),
    ],
)
def test_a_notebook_that_reads_other_parameters_is_refused(engagement, own_notebook, declared, said):
    with pytest.raises(ParameterError, match=said) as caught:
        read_notebook(own_notebook(engagement, declared=declared))
    assert caught.value.where.startswith("notebooks/client_report.ipynb, cell 1")


def test_a_notebook_without_a_parameters_cell_is_refused(engagement, own_notebook):
    with pytest.raises(ParameterError, match="No cell of the notebook is tagged"):
        read_notebook(own_notebook(engagement, tag="params"))


@pytest.mark.parametrize("text", ["no json", "[]", '{"cells": 3}', '{"cells": [], "nbformat": 3}'])
def test_a_file_that_is_no_notebook_is_refused(tmp_path, text):
    (tmp_path / "x.ipynb").write_text(text, encoding="utf-8")
    with pytest.raises(DocumentError, match="notebook"):
        read_notebook(tmp_path / "x.ipynb")


@pytest.mark.usefixtures("no_kernel")
@pytest.mark.parametrize("period", ["2027-Q1", "2026-Q4", "2026-01", "2026"])
def test_a_period_that_was_not_measured_is_refused_before_a_kernel_starts(engagement, today, period):
    with pytest.raises(ParameterError, match="no complete period"):
        make_report(read_parameters({"engagement": str(engagement), "period": period}), today=today)


@pytest.mark.usefixtures("no_kernel")
def test_a_notebook_is_proved_before_a_kernel_starts(engagement, own_notebook, today):
    own_notebook(engagement, declared='engagement = ""')
    with pytest.raises(ParameterError, match="does not declare"):
        make_report(read_parameters({"engagement": str(engagement)}), today=today)
    assert not (engagement / "evidence").exists()


@pytest.mark.usefixtures("no_kernel")
def test_exports_that_cannot_be_measured_are_told_before_a_kernel_starts(engagement, today):
    (engagement / "data" / "survey.csv").write_text("id,date\n1,2026-01-01\n", encoding="utf-8")
    with pytest.raises(CxkitError, match="score"):
        make_report(read_parameters({"engagement": str(engagement)}), today=today)


def test_a_page_is_named_after_client_period_and_audience(engagement, today, monkeypatch):
    def executed(_notebook, values, **_):
        return values

    monkeypatch.setattr("cxkit.report.make.execute_notebook", executed)
    monkeypatch.setattr("cxkit.report.make.blocks_of", lambda values: [values])
    monkeypatch.setattr("cxkit.report.make.flatten", lambda _: [])
    monkeypatch.setattr("cxkit.report.make.build_page", lambda blocks: blocks[0]["output"])
    made = make_report(read_parameters({"engagement": str(engagement)}), today=today)
    assert made.path == engagement / "reports" / "volta-2026-Q2-client.html"
    assert Path(made.path.read_text(encoding="utf-8")) == made.path
