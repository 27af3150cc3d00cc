"""Engagements that are measured in no time: one survey, one quarter that is complete, two regions."""

from __future__ import annotations

import datetime as dt
import json
import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

TODAY = dt.date(2026, 7, 6)
SETTINGS = """\
cxkit: 1
id: {name}
client: {name} & Co
industry: contract
start: 2026-07-01
weeks: 8
periods: [quarter]
data_until: 2026-06-30
dimensions:
  region: {{label: Region}}
kpis: [nps]
"""
SOURCES = """\
cxkit: 1
sources:
  - id: survey
    table: responses
    files: data/*.csv
    columns: {response_id: id, responded_at: date, score: score}
    attributes: {region: region}
"""
DECLARED = 'engagement = ""\nperiod = "latest"\naudience = "client"\noutput = ""'


def build_engagement(folder: Path) -> Path:
    rng = random.Random(folder.name)
    days = [dt.date(2026, 1, 1) + dt.timedelta(days=rng.randrange(181)) for _ in range(200)]
    rows = [f"r{i},{d},{rng.randint(0, 10)},{rng.choice(('North', 'South'))}" for i, d in enumerate(days)]
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "survey.csv").write_text("\n".join(["id,date,score,region", *rows]) + "\n", encoding="utf-8")
    (folder / "engagement.yaml").write_text(SETTINGS.format(name=folder.name), encoding="utf-8")
    (folder / "sources.yaml").write_text(SOURCES, encoding="utf-8")
    return folder


def notebook_text(*sources: str, declared: str = DECLARED, tag: str = "parameters") -> str:
    """A notebook with a parameters cell and these code cells."""
    cells = [_cell("p", declared, tag), *(_cell(f"c{i}", s) for i, s in enumerate(sources))]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def _cell(name: str, source: str, *tags: str) -> dict[str, object]:
    return {
        "cell_type": "code", "id": name, "metadata": {"tags": list(tags)}, "source": source, "outputs": [],
        "execution_count": None,
    }  # fmt: skip


@pytest.fixture
def engagement(tmp_path: Path) -> Path:
    return build_engagement(tmp_path / "volta")


@pytest.fixture
def clients(tmp_path: Path) -> Path:
    """Three engagements in one folder."""
    for name in ("alba", "brio", "cora"):
        build_engagement(tmp_path / "clients" / name)
    return tmp_path / "clients"


@pytest.fixture
def own_notebook() -> Callable[..., Path]:
    """Puts a notebook of the advisor's own into an engagement."""

    def put(folder: Path, *sources: str, **changes: str) -> Path:
        path = folder / "notebooks" / "client_report.ipynb"
        path.parent.mkdir(exist_ok=True)
        path.write_text(notebook_text(*sources, **changes), encoding="utf-8")
        return path

    return put


@pytest.fixture
def today() -> dt.date:
    return TODAY


@pytest.fixture
def no_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails the test if a kernel is started."""

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("a kernel was started")

    monkeypatch.setattr("cxkit.report.kernel.start_kernel", refuse)
