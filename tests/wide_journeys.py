"""Journeys measured on more than their events: customers, amounts, answers, context, dimensions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from journeys import SINCE, UNTIL, journey

from cxkit._table import open_database
from cxkit.data.read import read_tables
from cxkit.data.settings import Sources
from cxkit.evidence.findings import Finding
from cxkit.evidence.manifest import StudyRecord
from cxkit.journey.measure import measure_journey
from cxkit.journey.model import Journey

COLUMNS = {
    "interactions": {
        "interaction_id": "row", "case_id": "case", "customer_id": "customer", "started_at": "at",
        "channel": "channel", "step": "step", "context_kept": "kept", "reason": "reason",
    },
    "customers": {"customer_id": "customer", "region": "region", "segment": "segment"},
    "responses": {
        "response_id": "row", "customer_id": "customer", "responded_at": "at", "satisfaction": "stars",
        "survey": "survey", "step": "step",
    },
    "revenue": {"customer_id": "customer", "month": "month", "amount": "amount"},
    "orders": {"order_id": "row", "customer_id": "customer", "ordered_at": "at", "amount": "amount"},
}  # fmt: skip
Found = dict[tuple[str, str, tuple[tuple[str, str], ...]], Finding]


def measured(
    folder: Path, tables: Mapping[str, pd.DataFrame], given: Journey | None = None, **how
) -> tuple[StudyRecord, Found]:
    """What the journey's measurement says of these tables; a column that a frame lacks is not mapped."""
    sources = []
    for table, frame in tables.items():
        numbered = frame.assign(row=[f"{table}{i}" for i in range(len(frame))])
        numbered.to_csv(folder / f"{table}.csv", index=False)
        columns = {k: v for k, v in COLUMNS[table].items() if v in numbered.columns}
        own = {"area": "area"} if "area" in numbered.columns else {}
        files = {"id": table, "table": table, "files": f"{table}.csv"}
        sources.append({**files, "columns": columns, "attributes": own})
    with open_database() as db:
        columns = read_tables(db, Sources.model_validate({"cxkit": 1, "sources": sources}), root=folder).columns
        days = {"since": SINCE, "until": UNTIL, "threshold": 5} | how
        study, found = measure_journey(db, given or journey(), columns=columns, **days)
    named = {(f.item, f.measure, f.slice): f for f in found}
    assert len(named) == len(found)
    return study, named


def events(*rows: tuple[str, str, float, str, str], start: str = "2026-02-01 08:00") -> pd.DataFrame:
    """A log from case, customer, hours after the start, channel and step; "" for none."""
    begun = dt.datetime.fromisoformat(start)
    frame = pd.DataFrame(rows, columns=["case", "customer", "hours", "channel", "step"])
    return frame.assign(at=[begun + dt.timedelta(hours=h) for h in frame.pop("hours")])


def whole(found: Found, item: str, measure: str) -> Finding:
    """The finding for all customers."""
    return found[item, measure, ()]
