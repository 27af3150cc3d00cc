"""The README cannot lie: its commands exist with their options, its Python runs, its messages are the real ones."""

from __future__ import annotations

import contextlib
import csv
import re
import shlex
import shutil
import subprocess
import sys

import pytest
from conftest import ROOT, TODAY

from cxkit.engagement import open_engagement

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, flags=re.S)
LINES = [line.split("#")[0].strip() for kind, text in BLOCKS if kind in ("sh", "bat") for line in text.splitlines()]
COMMANDS = [line for line in LINES if line.startswith("cxkit ")]


def test_there_are_commands_to_check():
    assert {shlex.split(c)[1] for c in COMMANDS} == {
        "new",
        "map",
        "check",
        "measure",
        "explain",
        "recommend",
        "report",
        "serve",
        "batch",
        "demo",
        "diff",
        "draw",
    }


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_and_option_exists(command):
    words = shlex.split(command)
    shown = subprocess.run([sys.executable, "-m", "cxkit.cli", words[1], "--help"], capture_output=True, text=True)
    assert shown.returncode == 0
    assert [w for w in words if w.startswith("--") and w not in shown.stdout] == []


@pytest.mark.parametrize("target", [line.split()[1] for line in LINES if line.startswith("make ")])
def test_every_make_target_exists(target):
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), flags=re.M)


def test_the_python_runs(aldermoor):
    (code,) = [text for kind, text in BLOCKS if kind == "python"]
    names: dict = {}
    with contextlib.chdir(ROOT):
        exec(code.replace("data/samples/aldermoor", aldermoor.root.as_posix()), names)  # noqa: S102
    assert names["view"].cell("nps").estimate.shown


def test_what_measure_prints_is_what_the_readme_shows(aldermoor):
    from cxkit.kpi.sentences import scorecard_lines

    printed = [" ".join(line.split()) for line in scorecard_lines(aldermoor.view())]
    (shown,) = [text for kind, text in BLOCKS if kind == "text" and text.startswith("Q3 2026")]
    for line in shown.strip().splitlines():
        assert " ".join(line.split()) in printed


@pytest.mark.slow
def test_what_is_said_of_a_corrected_file_is_what_the_readme_shows(aldermoor, tmp_path):
    from cxkit.kpi.changed import changed_lines

    copied = shutil.copytree(aldermoor.root, tmp_path / "aldermoor")
    path = copied / "data/survey/relationship_2026-Q2.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    likelihood = rows[0].index("Q1 Likelihood to recommend")
    for row in rows[10:22]:
        row[likelihood] = "0"
    del rows[30]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    opened = open_engagement(copied)
    opened.measure(today=TODAY)
    (shown,) = [text for kind, text in BLOCKS if kind == "text" and text.startswith("Since evidence")]
    assert shown.strip().splitlines() == [x.replace("\u00a0", " ") for x in changed_lines(opened.view())][:4]


def test_what_explain_prints_is_what_the_readme_shows(aldermoor):
    from cxkit._plain import plain
    from cxkit.kpi.explain import explain

    blocks = explain(aldermoor.view("2026-Q3"), "NPS", segment="south").blocks
    printed = [" ".join(line.split()) for b in blocks for line in plain(b).splitlines()]
    (shown,) = [text for kind, text in BLOCKS if kind == "text" and text.startswith("Net Promoter")]
    assert [x for x in shown.splitlines() if " ".join(x.split()) not in printed] == []


def test_the_note_of_the_readme_is_bound_to_the_number(aldermoor):
    cell = aldermoor.view().cell("nps", (("region", "South"),))
    assert f"about: {cell.id}@{cell.fingerprint}" in README
