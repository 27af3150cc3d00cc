"""What is installed from the wheel is the whole workbook: templates, notebooks, samples, and commands over them."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import zipfile

import pytest
from conftest import ROOT

pytestmark = pytest.mark.slow

CRM = "Customer No,Region,First channel,First order,Marketing consent"
ORDERS = "Order No,Customer No,Ordered at,Order value,Channel"
SURVEY = "Answer,Answered at,Customer No,Touchpoint,Would recommend,Satisfaction"


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The wheel, unpacked where Python finds it before the project."""
    built, site = tmp_path_factory.mktemp("dist"), tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(built)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        wheel.extractall(site)
    return site


@pytest.fixture
def run(installed, tmp_path):
    """Runs cxkit from the wheel in an empty folder."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | {"PYTHONPATH": str(installed)}

    def run_in(*words: str) -> str:
        command = [sys.executable, "-m", "cxkit.cli", *words]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run_in


def test_the_wheel_is_what_runs(installed, tmp_path):
    environment = os.environ | {"PYTHONPATH": str(installed)}
    code = "import cxkit; print(cxkit.__file__)"
    told = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert told.stdout.startswith(str(installed))


def test_the_wheel_holds_no_evidence_and_no_rows_but_the_samples(installed):
    names = [p.relative_to(installed).as_posix() for p in installed.rglob("*") if p.is_file()]
    shared = [n.partition("_share_data/")[2] for n in names if "_share_data/" in n]
    written = ("/evidence/", "/worklists/", "/reports/", "__pycache__", ".ipynb_checkpoints")
    assert not [n for n in shared if any(part in n for part in written)]
    for part in ("notebooks/01_engagement_plan.ipynb", "templates/voila/cxkit", "templates/playbooks/retail.yaml"):
        assert [n for n in shared if n.startswith(part)]
    assert [n for n in names if n.endswith(".js")]


def write_exports(folder) -> None:
    for name in ("crm", "orders", "survey"):
        (folder / "data" / name).mkdir(parents=True, exist_ok=True)
    scores = (10, 9, 8, 6, 10)
    regions, channels = itertools.cycle(("North", "South")), itertools.cycle(("web", "shop", "app"))
    people = [f"C{i},{next(regions)},{next(channels)},2025-12-01,{'no' if i % 9 == 0 else 'yes'}" for i in range(200)]
    (folder / "data/crm/customers.csv").write_text("\n".join([CRM, *people]) + "\n")
    for month in range(1, 10):
        orders = [
            f"O{month}-{i},C{i * 7 % 200},2026-{month:02d}-{i % 27 + 1:02d} 10:00:00,{20 + i % 60}.50,{next(channels)}"
            for i in range(90)
        ]
        (folder / f"data/orders/orders_2026-{month:02d}.csv").write_text("\n".join([ORDERS, *orders]) + "\n")
        answers = [
            f"A{month}-{i},2026-{month:02d}-{i % 27 + 1:02d} 12:00:00,C{i * 3 % 200},order,{scores[i % 5]},{i % 5 + 1}"
            for i in range(60)
        ]
        (folder / f"data/survey/survey_2026-{month:02d}.csv").write_text("\n".join([SURVEY, *answers]) + "\n")


def test_a_retail_workbook_from_the_wheel_goes_from_new_to_report(run, tmp_path):
    run("new", "acme", "--template", "retail", "--client", "Acme Shops")
    folder = tmp_path / "acme"
    for part in ("notebooks/01_engagement_plan.ipynb", "notebooks/client_dashboard.ipynb", "playbooks/retail.yaml",
                 "plan.yaml", "gates/customer_stamp.yaml", "journeys/examples/order.as-is.yaml",
                 ".schemas/gate.json"):  # fmt: skip
        assert (folder / part).is_file(), part
    write_exports(folder)
    assert "Nothing to mend" in run("check", "acme")
    assert "Evidence" in run("measure", "acme")
    assert "Net Promoter" in run("recommend", "acme")
    run("report", "acme")
    (page,) = (folder / "reports").glob("*.html")
    told = page.read_text(encoding="utf-8")
    for part in ("Acme Shops", "Repeat", "Week"):
        assert part in told
