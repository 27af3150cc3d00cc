"""KPIs of the catalogue measured on a few rows that a test writes down."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from conftest import ROOT
from sqlglot import exp

from cxkit._table import Database, open_database
from cxkit.data.contract import CONTRACTS, Column
from cxkit.evidence.estimate import Estimate
from cxkit.kpi.cube import Request
from cxkit.kpi.measure import Measured, measure_kpis
from cxkit.kpi.model import read_catalogue

__all__ = ["CATALOGUE", "FIRST", "LAST", "measure_cells", "measure_rows", "open_rows", "times", "vector"]

FIRST, LAST = dt.date(2026, 1, 1), dt.date(2026, 3, 31)
CATALOGUE = read_catalogue()
Rows = Sequence[Mapping[str, Any]]
_TYPES = {"text": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE"}


def measure_rows(
    tables: Mapping[str, Rows], *, kpis: Sequence[str], at: str | None = None, **request: Any
) -> dict[str, Estimate]:
    """The Estimate of the total of each KPI, in the last period or in the one named; no data where there is no cell.

    Args:
        tables: Rows by contract table. A column that a row does not name is NULL; ids and times that every row needs
            are made up where they are left out: every row another id, and the first day.
        kpis: Which KPIs of the catalogue.
        at: Name of the period.
        request: As for `open_rows`.
    """
    cells = [c for c in measure_cells(tables, kpis=kpis, **request).cells if not c.slice]
    last = at or max((c.period for c in cells), default="")
    nothing = {k: Estimate.without("no_data", n=0) for k in kpis}
    return nothing | {c.kpi: c.estimate for c in cells if c.period == last}


def measure_cells(tables: Mapping[str, Rows], **request: Any) -> Measured:
    """Everything that is measured on these rows; a small base shows, too few people do not."""
    with open_rows(tables, **request) as (db, asked):
        return measure_kpis(db, asked)


@contextmanager
def open_rows(
    tables: Mapping[str, Rows],
    *,
    kpis: Sequence[str],
    period: str = "quarter",
    first: dt.date = FIRST,
    last: dt.date = LAST,
    dimensions: Sequence[str] = (),
    parameters: Mapping[str, float] | None = None,
    threshold: int = 3,
) -> Iterator[tuple[Database, Request]]:
    """The rows in a database, and what is asked of them."""
    update = {"minimum_n": 1, **({"parameters": dict(parameters)} if parameters else {})}
    with open_database() as db:
        for name, rows in tables.items():
            _create(db, name, rows, first)
        yield (
            db,
            Request(
                kpis=[CATALOGUE.kpis[k].model_copy(update=update) for k in kpis],
                catalogue=CATALOGUE,
                columns={t: {c: v.type for c, v in _columns(t, rows).items()} for t, rows in tables.items()},
                dimensions={d: d for d in dimensions},
                pairs=(),
                lengths=[period],
                first=first,
                last=last,
                threshold=threshold,
                grace=0,
            ),
        )


def _columns(table: str, rows: Rows) -> dict[str, Column]:
    attributes = {c: Column("text", "") for row in rows for c in row}
    return attributes | CONTRACTS[table].columns


def _create(db: Database, table: str, rows: Rows, first: dt.date) -> None:
    columns = _columns(table, rows)
    db.create_texts(f"raw_{table}", list(columns))
    texts = {c: [_text(row, c, column, i, first) for i, row in enumerate(rows)] for c, column in columns.items()}
    if rows:
        db.add_rows(f"raw_{table}", texts, file=0, rows=range(len(rows)))
    typed = [exp.cast(exp.column(c, quoted=True), _TYPES.get(v.type, v.type)).as_(c) for c, v in columns.items()]
    db.create(table, exp.select(*typed).from_(exp.to_table(f"raw_{table}")))


def _text(row: Mapping[str, Any], name: str, column: Column, i: int, first: dt.date) -> str | None:
    if name not in row and column.required:
        return f"{i}" if column.type == "text" else str(first)
    value = row.get(name)
    return None if value is None else str(value)


def times(n: int, **row: Any) -> list[dict[str, Any]]:
    """The same row so many times."""
    return [row] * n


def vector(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Inputs and expected numbers of a published or independently computed example; skips where they are not there."""
    path = ROOT.parent / "shared/research/kpi_vectors.json"
    if not path.is_file():
        pytest.skip("the test vectors are not beside the project")
    found = next(v for v in json.loads(path.read_text())["vectors"] if v["id"] == name)
    return found["inputs"], found["expected"]
