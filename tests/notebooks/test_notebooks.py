"""The advisor notebooks read from top to bottom as documents, they run, and their key tables are what is stored."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from notebooks.fill import CHECKED, NOTEBOOKS, ROOT, WIDGET, run

from cxkit.report.page import blocks_of

HERE = Path(__file__).parent
NAMES = [p.stem for p in NOTEBOOKS]
ALL = [*NOTEBOOKS, ROOT / "notebooks/client_report.ipynb", ROOT / "notebooks/client_dashboard.ipynb"]


def cells(path: Path, kind: str) -> list[dict]:
    return [c for c in json.loads(path.read_text(encoding="utf-8"))["cells"] if c["cell_type"] == kind]


def text(cell: dict) -> str:
    return "".join(cell["source"])


def checked(path: Path) -> list[dict]:
    return [c for c in cells(path, "code") if CHECKED in c["metadata"].get("tags", [])]


def test_the_six_are_there():
    assert NAMES == [
        "01_engagement_plan", "02_data_readiness", "03_kpi_baseline",
        "04_journey_maps", "05_playbooks", "06_launch_gate",
    ]  # fmt: skip


@pytest.mark.parametrize("path", ALL, ids=lambda p: p.stem)
def test_a_notebook_is_thin(path):
    for cell in cells(path, "code"):
        assert len(cell["source"]) <= 10
        found = [
            n for n in ast.walk(ast.parse(text(cell))) if isinstance(n, ast.FunctionDef | ast.ClassDef | ast.Lambda)
        ]
        assert not found


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_has_a_title_a_purpose_and_a_conclusion(path):
    told = [text(c) for c in cells(path, "markdown")]
    assert told[0].startswith("# ")
    assert "**Purpose.**" in told[0]
    assert told[-1].startswith("## Conclusion")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_every_call_is_narrated(path):
    kinds = [c["cell_type"] for c in json.loads(path.read_text(encoding="utf-8"))["cells"]]
    assert "code code code" not in " ".join(kinds)
    assert kinds[0] == kinds[-1] == "markdown"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_key_tables_are_stored_as_run_and_nothing_else_is(path):
    """A cell that was never executed would not be compared, and so would never fail."""
    assert checked(path)
    for cell in cells(path, "code"):
        if cell in checked(path):
            assert cell["execution_count"] is not None
            assert cell["outputs"]
            assert "keep_output" in cell["metadata"]["tags"]
            assert not [o for o in cell["outputs"] if WIDGET in o["data"]]
        else:
            assert cell["outputs"] == []
            assert cell["execution_count"] is None


def test_stripping_would_change_nothing():
    """Outputs that are compared stay, all others are gone already: `nbstripout --keep-count --keep-id`."""
    command = [sys.executable, "-m", "nbstripout", "--verify", "--keep-count", "--keep-id", *map(str, ALL)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def tree(aldermoor, tmp_path_factory) -> Path:
    """The project's folders with the measured sample in them, as the notebooks expect them."""
    folder = tmp_path_factory.mktemp("tree")
    (folder / "data/samples").mkdir(parents=True)
    shutil.copytree(aldermoor.root, folder / "data/samples/aldermoor")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    return folder


@pytest.mark.slow
def test_stored_tables_are_what_the_notebooks_give(tree):
    """Nbval runs each notebook and compares the tables that are stored."""
    found = nbval(tree, *[f"notebooks/{n}.ipynb" for n in NAMES])
    assert found.returncode == 0, found.stdout[-4000:]
    assert "failed" not in found.stdout


@pytest.mark.slow
def test_a_table_that_changed_fails(tree, tmp_path):
    path = tmp_path / "notebooks/03_kpi_baseline.ipynb"
    shutil.copytree(tree, tmp_path, dirs_exist_ok=True)
    before = path.read_text(encoding="utf-8")
    after = before.replace("no change shown", "better")
    assert after != before
    path.write_text(after, encoding="utf-8")
    assert nbval(tmp_path, "notebooks/03_kpi_baseline.ipynb").returncode == 1


def nbval(folder: Path, *paths: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "--nbval-lax", "--nbval-current-env", "-p", "no:cacheprovider"]
    command += ["--nbval-sanitize-with", str(HERE / "sanitize.cfg"), "--nbval-cell-timeout", "120", *paths]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("sample", ["aldermoor", "fennick", "torvald"])
def test_papermill_runs_each_notebook_for_each_client(request, sample, name, tmp_path):
    engagement = request.getfixturevalue(sample)
    executed = run(ROOT / f"notebooks/{name}.ipynb", parameters={"engagement": str(engagement.root)}, folder=tmp_path)
    assert blocks_of(executed)
    assert not [o for c in executed.cells for o in c.get("outputs", []) if o.output_type in ("error", "stream")]
