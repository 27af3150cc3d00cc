"""Everything that is measured of a journey, against one plain window pass of DuckDB over the same table.

Ten million interactions of one million cases and seven steps. Ours is what `measure` does with them: the events are
read in order, and every measure is taken with its interval, customers with several cases allowed for. DuckDB's is what
comes first in any query over journeys: what the next step of each event is and when, added up by step and next. Both
read the same table of the same database; they are timed in turn, and the best of the rounds counts. How often each
step follows each is proved to be the same in both first.

    python benchmarks/journey.py --quick
"""

from __future__ import annotations

import argparse
import datetime as dt
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp, parse_one
from timing import peak_kilobytes, peak_megabytes, seconds

from cxkit._table import Database, open_database
from cxkit.evidence.findings import Finding
from cxkit.journey.log import EventSource, read_log
from cxkit.journey.measure import measure_journey
from cxkit.journey.model import Journey

FULL, QUICK, AT_ONCE = 1_000_000, 100_000, 100_000  # cases
ROUNDS = 3
LENGTHS = np.arange(4, 17)  # events of a case: ten on average
STEPS = ("Ask", "Prove", "Sign", "Pay", "Install", "Use", "Renew")
CHANNELS = ("web", "phone", "app", "store")
FIRST = dt.date(2025, 1, 1)
DAYS, DAY = 335, 86_400
COLUMNS = {
    "interactions": ("interaction_id", "case_id", "customer_id", "started_at", "channel", "step", "context_kept")
}
WINDOW_QUERY = """
  select step, following, count(*) as n, avg(epoch(following_at - started_at)) as waited
  from (
    select step, started_at,
      lead(step) over (partition by case_id order by started_at) as following,
      lead(started_at) over (partition by case_id order by started_at) as following_at
    from interactions
  ) as moves
  group by step, following
"""


def journey() -> Journey:
    """The map: seven steps in a row, with promises and a worth."""
    steps = [{"id": s.lower(), "label": s, "events": [s]} for s in STEPS]
    for step in steps:
        step["offer"] = {c: {"rule": "identical", "hours": 48} for c in CHANNELS}
    steps[3]["back_to"] = ["prove"]
    steps[-1]["last"] = True
    phases = [{"id": "all", "label": "All", "steps": steps}]
    told = {"id": "benchmark", "version": "as-is", "label": "Benchmark", "window_days": 45, "money": {"each": 100}}
    return Journey.model_validate({"cxkit": 1, **told, "phases": phases})


def write_log(path: Path, cases: int) -> None:
    """Write the interactions of so many cases; three customers in four have one case, the others two."""
    made = np.random.default_rng(1)
    with pq.ParquetWriter(path, _rows(made, 0, 1).schema) as writer:
        for start in range(0, cases, AT_ONCE):
            writer.write_table(_rows(made, start, min(AT_ONCE, cases - start)))


def _rows(made: np.random.Generator, start: int, cases: int) -> pa.Table:
    lengths = made.permutation(np.resize(LENGTHS, cases))
    there = np.arange(LENGTHS[-1]) < lengths[:, None]
    turns = made.choice([-1, 0, 1, 2], size=there.shape, p=[0.1, 0.3, 0.52, 0.08])
    turns[:, 0] = 0
    pos = np.clip(np.cumsum(turns, axis=1), 0, len(STEPS) - 1)[there]
    gaps = 1 + np.minimum(made.exponential(1.2 * DAY, there.shape), 10 * DAY).astype(np.int64)
    gaps[:, 0] = made.integers(0, DAYS * DAY, cases)
    at = np.cumsum(gaps, axis=1)[there]
    case = np.repeat(np.arange(cases), lengths)
    order = np.argsort(at, kind="stable")
    n = len(order)
    kept = pa.array(made.random(n) < 0.8, mask=made.random(n) < 0.5)
    return pa.table(
        {
            "interaction_id": [f"I{start}-{i}" for i in range(n)],
            "case_id": _named([f"C{start + i:07d}" for i in range(cases)], case[order]),
            "customer_id": _named([f"K{(start + i) * 3 // 4:07d}" for i in range(cases)], case[order]),
            "started_at": pa.array(np.datetime64(FIRST, "us") + at[order] * np.timedelta64(1_000_000, "us")),
            "channel": _named(CHANNELS, made.integers(0, len(CHANNELS), n)),
            "step": _named(STEPS, pos[order]),
            "context_kept": kept,
        }
    )


def _named(names: object, numbers: np.ndarray) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(numbers, pa.int32()), pa.array(names)).cast(pa.string())


def load(db: Database, path: Path) -> None:
    """The log as the table that both read."""
    read = exp.Anonymous(this="read_parquet", expressions=[exp.Literal.string(str(path))])
    db.create("interactions", exp.select("*").from_(read))


def by_us(db: Database) -> list[Finding]:
    """Every measure of the journey."""
    days = {"since": FIRST, "until": FIRST + dt.timedelta(days=DAYS + 60)}
    return measure_journey(db, journey(), columns=COLUMNS, threshold=5, **days)[1]


def by_duckdb(db: Database) -> dict[tuple[str, str | None], int]:
    """How often each step follows each, by a plain window pass."""
    return {(a, b): n for a, b, n, _ in db.rows(parse_one(WINDOW_QUERY, dialect="duckdb"))}


def prove(db: Database) -> list[Finding]:
    """Stop unless the events are read in the order that DuckDB has them in, and every step is measured."""
    days = {"since": FIRST, "until": FIRST + dt.timedelta(days=DAYS + 60)}
    log = read_log(db, EventSource.of(journey(), COLUMNS, **days))
    following = np.append(log.pos[1:], -1)
    following[log.first[1:] - 1] = -1
    names = (*STEPS, None)
    counts = np.bincount(log.pos.astype(np.int64) * len(names) + following % len(names), minlength=56)
    ours = {(STEPS[i // 8], names[i % 8]): int(n) for i, n in enumerate(counts) if n}
    if ours != by_duckdb(db):
        raise SystemExit(f"other moves: {ours} of ours, {by_duckdb(db)} of DuckDB's")
    found = by_us(db)
    shown = {f.item for f in found if f.measure == "reach" and f.estimate.shown}
    if len(shown) < len(STEPS):
        raise SystemExit(f"not all steps are measured, but {sorted(shown)}")
    return found


def main() -> None:
    """Prove, time, print."""
    parser = argparse.ArgumentParser(description="All measures of a journey, against a plain window pass of DuckDB.")
    parser.add_argument("--quick", action="store_true", help="one million events instead of ten")
    parser.add_argument("--only", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.only:
        with open_database() as db:
            load(db, given.only)
            by_us(db)
        print(peak_kilobytes() / 1024)
        return
    cases = QUICK if given.quick else FULL
    with tempfile.TemporaryDirectory() as folder, open_database() as db:
        path = Path(folder) / "log.parquet"
        write_log(path, cases)
        load(db, path)
        found = prove(db)
        mine, theirs = seconds(ROUNDS, lambda: by_us(db), lambda: by_duckdb(db))
        print(f"events: {db.count('interactions')}")
        print(f"cases: {cases}")
        print(f"measures: {len(found)}")
        print(f"seconds: {mine:.2f}")
        print(f"duckdb_seconds: {theirs:.2f}")
        print(f"ratio_vs_duckdb: {mine / theirs:.2f}")
        print(f"peak_memory_mb: {peak_megabytes(__file__, path):.0f}")


if __name__ == "__main__":
    main()
