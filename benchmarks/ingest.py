"""One export checked and loaded, against DuckDB's own read of the same file.

Ours is what `check` and `measure` do first: the text is proved to have one reading, typed, its faults are counted and
listed, its keys proved to be unique, its traps looked for, and the table of the contract built. DuckDB's is `CREATE
TABLE … AS SELECT * FROM read_csv(…)`, with everything left for it to find, in a database with the same settings. Both
are timed in turn, and the best of the rounds counts. What ours read is proved against what the file was made of.

    python benchmarks/ingest.py --quick
"""

from __future__ import annotations

import argparse
import datetime as dt
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from sqlglot import exp
from timing import peak_kilobytes, peak_megabytes, seconds

from cxkit._table import open_database
from cxkit.data.read import Tables, read_tables
from cxkit.data.settings import Sources

FULL, QUICK, AT_ONCE = 5_000_000, 500_000, 500_000
ROUNDS = 3
ODD_EVERY = 50_000  # a rating that is not on the scale, as every export has some; a word DuckDB would not read
CHANNELS = ("web", "phone", "app", "store")
COMMENTS = ("", "fine", "Slow, but friendly", 'He said "ok"')
FIRST = np.datetime64("2024-01-01T00:00:00")
SOURCES = {
    "cxkit": 1,
    "sources": [
        {
            "id": "survey",
            "table": "responses",
            "files": "survey.csv",
            "columns": {
                "response_id": "Response ID", "responded_at": "Recorded", "customer_id": "Customer",
                "channel": "Channel", "score": "Likely", "satisfaction": "Satisfied", "weight": "Weight",
            },
            "attributes": {"comment": "Comment"},
        }
    ],
}  # fmt: skip


def write_export(path: Path, rows: int) -> dict[str, float]:
    """Write an export, some rows at a time; what must be read from it."""
    made = np.random.default_rng(1)
    told = {"rows": 0.0, "score": 0.0, "weight": 0.0, "odd": 0.0}
    for start in range(0, rows, AT_ONCE):
        frame = _rows(made, start, min(AT_ONCE, rows - start))
        odd = (np.arange(start, start + len(frame)) + 1) % ODD_EVERY == 0
        told["rows"] += len(frame)
        told["score"] += float(frame["Likely"].to_numpy()[~odd].sum())
        told["weight"] += float(frame["Weight"].to_numpy().sum())
        told["odd"] += float(odd.sum())
        frame["Likely"] = frame["Likely"].mask(odd, 99)
        frame.to_csv(path, mode="a" if start else "w", header=not start, index=False)
    return told


def _rows(made: np.random.Generator, start: int, rows: int) -> pd.DataFrame:
    seconds = np.sort(made.integers(0, 3600 * 24, rows)) + 3600 * 24 * (start // AT_ONCE)
    return pd.DataFrame(
        {
            "Response ID": [f"R_{i:08d}" for i in range(start, start + rows)],
            "Recorded": np.char.replace(np.datetime_as_string(FIRST + seconds), "T", " "),
            "Customer": [f"C{v:06d}" for v in made.integers(0, 200_000, rows)],
            "Channel": made.choice(CHANNELS, rows),
            "Likely": made.integers(0, 11, rows),
            "Satisfied": made.integers(1, 6, rows),
            "Weight": np.round(made.random(rows) * 2, 3),
            "Comment": made.choice(COMMENTS, rows),
        },
        index=range(start, start + rows),
    )


def by_us(root: Path, *, look: Callable[[Tables], object] | None = None) -> None:
    """Check and load the export."""
    with open_database() as db:
        tables = read_tables(db, Sources.model_validate(SOURCES), root=root, today=dt.date(2026, 1, 1))
        if look:
            look(tables)


def by_duckdb(root: Path) -> None:
    """Load the export with everything left for DuckDB to find."""
    path = exp.Literal.string(str(root / "survey.csv"))
    with open_database() as db:
        db.create("survey", exp.select("*").from_(exp.Anonymous(this="read_csv", expressions=[path])))


def prove(told: dict[str, float], tables: Tables) -> None:
    """Stop unless every row, every number and every fault was read."""
    sums = [exp.Count(this=exp.Star()), *(exp.Sum(this=exp.column(c)) for c in ("score", "weight"))]
    read = tables.database.rows(exp.select(*sums).from_("responses"))[0]
    found = [*map(float, read), float(tables.sources[0].values_blanked)]
    if not np.allclose(found, list(told.values()), rtol=1e-9):
        raise SystemExit(f"read {found}, written {list(told.values())}")


def main() -> None:
    """Prove, time, print."""
    parser = argparse.ArgumentParser(description="One export checked and loaded, against DuckDB's own read.")
    parser.add_argument("--quick", action="store_true", help="500,000 rows instead of five million")
    parser.add_argument("--only", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.only:
        by_us(given.only)
        print(peak_kilobytes() / 1024)
        return
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        told = write_export(root / "survey.csv", QUICK if given.quick else FULL)
        by_us(root, look=lambda tables: prove(told, tables))
        by_duckdb(root)
        mine, theirs = seconds(ROUNDS, lambda: by_us(root), lambda: by_duckdb(root))
        print(f"rows: {told['rows']:.0f}")
        print(f"file_mb: {(root / 'survey.csv').stat().st_size / 1e6:.0f}")
        print(f"seconds: {mine:.2f}")
        print(f"duckdb_seconds: {theirs:.2f}")
        print(f"ratio_vs_duckdb: {mine / theirs:.2f}")
        print(f"peak_memory_mb: {peak_megabytes(__file__, root):.0f}")


if __name__ == "__main__":
    main()
