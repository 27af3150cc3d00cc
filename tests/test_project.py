"""What the project says of itself is true: environment, lock, schemas, README."""

from __future__ import annotations

import re
import tomllib

import pytest
from conftest import ROOT
from ruamel.yaml import YAML

from cxkit.schemas import MODELS, schema_text

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CONDA = {"duckdb": "python-duckdb", "jupyter-client": "jupyter_client", "jupyter-server": "jupyter_server"}
README = (ROOT / "README.md").read_text(encoding="utf-8")


def split(requirement: str) -> tuple[str, str]:
    name = re.match(r"[A-Za-z0-9._-]+", requirement)[0]
    return name, requirement[len(name) :]


def test_conda_has_the_same_names_and_bounds():
    extras = PROJECT["optional-dependencies"]
    wanted = {split(r) for r in [*PROJECT["dependencies"], *extras["lab"], *extras["serve"], *extras["samples"]]}
    wanted = {(CONDA.get(n, n), bounds) for n, bounds in wanted} | {("python", PROJECT["requires-python"]), ("pip", "")}
    listed = YAML(typ="safe").load((ROOT / "environment.yml").read_text())["dependencies"]
    assert {split(r) for r in listed if isinstance(r, str)} == wanted


def test_the_lock_has_every_dependency_with_hashes_and_no_address():
    lock = (ROOT / "requirements.lock").read_text()
    names = {re.sub(r"[-_.]+", "-", n).lower() for n in re.findall(r"^([A-Za-z0-9._-]+)==", lock, flags=re.M)}
    wanted = {split(r)[0].lower() for r in [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]}
    assert {re.sub(r"[-_.]+", "-", n) for n in wanted} - {"cxkit"} <= names
    assert lock.count("--hash=sha256:") > len(names)
    assert not re.search(r"https?://|--index|--extra-index|--find-links", lock)


@pytest.mark.parametrize("name", MODELS)
def test_schemas_are_those_of_the_models(name):
    assert (ROOT / f"templates/schemas/{name}.json").read_text(encoding="utf-8") == schema_text(name)


def test_the_readme_shows_pictures_that_are_there():
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    assert pictures
    assert all((ROOT / p).is_file() for p in pictures)


def test_the_readme_starts_with_the_two_commands():
    assert re.findall(r"^make \w+", README, flags=re.M)[:2] == ["make demo", "make test"]


def test_every_yaml_of_the_readme_reads():
    blocks = re.findall(r"```yaml\n(.*?)```", README, flags=re.S)
    assert len(blocks) == 3
    source, phases, kpi = (YAML(typ="safe").load(b) for b in blocks)
    assert MODELS["sources"].model_validate({"cxkit": 1, "sources": source})
    journey = {"cxkit": 1, "id": "moving", "version": "as-is", "label": "Moving", "window_days": 56, "phases": phases}
    assert MODELS["journey"].model_validate(journey)
    assert MODELS["kpi"].model_validate(kpi)


def test_no_default_of_the_catalogue_is_without_source():
    from cxkit.kpi.model import read_catalogue

    catalogue = read_catalogue()
    assert all(x.source for x in [*catalogue.kpis.values(), *catalogue.tables.values()])
    assert {"nps", "csat", "ces", "fcr", "contact_rate", "churn", "grr", "nrr"} <= set(catalogue.kpis)


def test_large_files_stay_out_of_the_repository():
    written = {"evidence", "worklists", "reports"}
    files = [p for p in (ROOT / "data/samples").rglob("*") if p.is_file() and not written & set(p.parts)]
    assert sum(p.stat().st_size for p in files) <= 12_000_000
