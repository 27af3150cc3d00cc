"""Runs the advisor notebooks over the sample and stores the outputs of the cells that are checked: `make notebooks`."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("0*.ipynb"))
CHECKED = "nbval-check-output"
WIDGET = "application/vnd.jupyter.widget-view+json"


def run(path: Path, *, parameters: dict[str, str] | None = None, folder: Path) -> Any:
    """The notebook after papermill has run it, its working directory being `folder`."""
    import papermill

    from cxkit.report.execute import warm_up

    warm_up()
    return papermill.execute_notebook(
        str(path), None, parameters=parameters or {}, kernel_name="python3", cwd=str(folder), progress_bar=False,
        store_widget_state=False,
    )  # fmt: skip


def fill(path: Path, executed: Any) -> None:
    """Store the outputs of the checked cells, as they show where no kernel runs; all others are left empty."""
    import nbformat

    stored = nbformat.read(path, as_version=4)
    by_id = {c["id"]: c for c in executed.cells}
    number = 0
    for cell in (c for c in stored.cells if c["cell_type"] == "code"):
        checked = CHECKED in cell["metadata"].get("tags", [])
        number += checked
        cell["execution_count"] = number if checked else None
        found = by_id[cell["id"]]["outputs"] if checked else []
        cell["outputs"] = [nbformat.from_dict(_kept(o, number)) for o in found]
    nbformat.write(stored, path)


def _kept(output: Any, number: int) -> dict[str, Any]:
    kept = json.loads(json.dumps(output))
    kept["data"] = {k: v for k, v in kept["data"].items() if k != WIDGET}
    kept["metadata"] = {}
    if "execution_count" in kept:
        kept["execution_count"] = number
    return kept


def measured(folder: Path) -> Path:
    """A tree like the project's, in which the sample is measured as of the day of the tests."""
    import datetime as dt

    from cxkit.engagement import open_engagement

    sample = folder / "data/samples/aldermoor"
    ignored = shutil.ignore_patterns("evidence", ".evidence*", "worklists", "reports")
    shutil.copytree(ROOT / "data/samples/aldermoor", sample, ignore=ignored)
    open_engagement(sample).measure(today=dt.date(2026, 11, 22))
    (folder / "notebooks").mkdir()
    return folder


def main() -> None:
    """Run and store all of them."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = measured(Path(temporary))
        for path in NOTEBOOKS:
            fill(path, run(path, folder=folder / "notebooks"))
            sys.stdout.write(f"{path.name}\n")


if __name__ == "__main__":
    main()
