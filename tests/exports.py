"""What the tests of the sample exports share: reading them with pandas, and writing them anew."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
from conftest import ROOT
from ruamel.yaml import YAML

SAMPLES = ROOT / "data" / "samples"


def read_all(folder: Path, **how: object) -> pd.DataFrame:
    """All CSV files of a folder, one after the other."""
    return pd.concat([pd.read_csv(path, **how) for path in sorted(folder.glob("*.csv"))], ignore_index=True)


def p_value(first: pd.Series, second: pd.Series) -> float:
    """Of the difference of two means, in large samples."""
    error = math.sqrt(first.var() / len(first) + second.var() / len(second))
    return math.erfc(abs(first.mean() - second.mean()) / error / math.sqrt(2))


def quarter_of(moments: pd.Series) -> pd.Series:
    return moments.dt.to_period("Q").astype(str)


def by_quarter(hits: pd.Series, moments: pd.Series) -> dict[str, pd.Series]:
    """Zeros and ones by quarter."""
    return {str(quarter): group.astype(int) for quarter, group in hits.groupby(quarter_of(moments))}


def truths_of(sample: str) -> dict[str, dict]:
    document = YAML(typ="safe").load(SAMPLES / sample / "planted_truths.yaml")
    return {truth["id"]: truth for truth in document["truths"]}


def make_twice(sample: str, folders: list[Path]) -> list[Path]:
    """The files of a sample, written anew in each folder under another hash seed and another time zone."""
    zones = zip(folders, (1, 4_000_000), ("UTC", "Asia/Tokyo"), strict=True)
    runs = [
        subprocess.Popen(
            [sys.executable, SAMPLES / "generate.py", "--only", sample, "--into", folder],
            env={**os.environ, "PYTHONHASHSEED": str(seed), "TZ": zone},
        )
        for folder, seed, zone in zones
    ]
    assert [run.wait() for run in runs] == [0, 0]
    return [folder / sample for folder in folders]


def different(made: Path, sample: str) -> list[str]:
    """Files that are not there, or not with the bytes of the committed ones."""
    files = {path.relative_to(made): path.read_bytes() for path in made.rglob("*") if path.is_file()}
    committed = {name: SAMPLES / sample / name for name in files}
    assert files
    return [str(n) for n, path in committed.items() if not path.is_file() or path.read_bytes() != files[n]]


def names_of(folder: Path) -> set[Path]:
    """The exports in a folder of an engagement."""
    return {path.relative_to(folder) for path in (folder / "data").rglob("*") if path.is_file()}


def size_of(sample: str) -> int:
    return sum(path.stat().st_size for path in (SAMPLES / sample / "data").rglob("*") if path.is_file())


def real_of_the_whole(view) -> set[tuple[str, str]]:
    """KPIs whose change is called one for all customers, in the period in view, and against what."""
    mine = (c for c in view.evidence.comparisons if c.period == view.period and not c.slice)
    return {(c.kpi, c.against) for c in mine if c.real}


def found_worse(view) -> set[tuple[str, tuple]]:
    """KPIs and groups that are said to be behind the rest in the period in view."""
    mine = (c for c in view.evidence.comparisons if c.period == view.period and c.against == "rest")
    return {(c.kpi, c.slice) for c in mine if c.verdict == "worse"}
