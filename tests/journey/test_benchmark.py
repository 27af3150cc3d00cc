"""The benchmark of journeys runs, and proves that both sides read the same moves."""

from __future__ import annotations

import importlib.util

import pytest
from conftest import ROOT

from cxkit._table import open_database


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    spec = importlib.util.spec_from_file_location("benchmark_journey", ROOT / "benchmarks/journey.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_both_read_the_same_moves_and_every_step_is_measured(benchmark, tmp_path, monkeypatch):
    benchmark.write_log(tmp_path / "log.parquet", 2_000)
    with open_database() as db:
        benchmark.load(db, tmp_path / "log.parquet")
        found = benchmark.prove(db)
        assert db.count("interactions") == pytest.approx(20_000, rel=0.01)
        assert {f.item for f in found} == {"", *(s.lower() for s in benchmark.STEPS)}
        counted = benchmark.by_duckdb(db)
        monkeypatch.setattr(benchmark, "by_duckdb", lambda _: counted | {("Ask", "Ask"): 1})
        with pytest.raises(SystemExit, match="other moves"):
            benchmark.prove(db)
