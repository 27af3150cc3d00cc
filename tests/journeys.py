"""Generated event logs with their journey, measured and, beside it, counted in pandas."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import pandas as pd

from cxkit._table import open_database
from cxkit.data.read import read_tables
from cxkit.data.settings import Sources
from cxkit.evidence.findings import Finding
from cxkit.evidence.manifest import StudyRecord
from cxkit.journey.measure import measure_journey
from cxkit.journey.model import Journey

SINCE, UNTIL = dt.date(2026, 1, 1), dt.date(2026, 6, 30)
START = dt.datetime(2026, 1, 1, 8)  # noqa: DTZ001 - exports hold local times
STEPS = ("Ask", "Prove", "Sign", "Settle")
IDS = ("ask", "prove", "sign", "settle")

SOURCES = Sources.model_validate(
    {
        "cxkit": 1,
        "sources": [
            {
                "id": "log",
                "table": "interactions",
                "files": "log.csv",
                "columns": {
                    "interaction_id": "row",
                    "case_id": "case",
                    "customer_id": "customer",
                    "started_at": "at",
                    "channel": "channel",
                    "step": "step",
                },
            },
            {
                "id": "survey",
                "table": "responses",
                "files": "answers.csv",
                "columns": {
                    "response_id": "row",
                    "customer_id": "customer",
                    "responded_at": "at",
                    "satisfaction": "stars",
                    "survey": "survey",
                    "step": "step",
                },
            },
        ],
    }
)


def journey(**changes) -> Journey:
    steps = [{"id": i, "label": s, "events": [s]} for i, s in zip(IDS, STEPS, strict=True)]
    steps[-1]["last"] = True
    phases = [
        {"id": "first", "label": "First", "steps": steps[:2]},
        {"id": "then", "label": "Then", "steps": steps[2:]},
    ]
    given = {"cxkit": 1, "id": "join", "version": "as-is", "label": "Joining", "window_days": 30, "phases": phases}
    return Journey.model_validate(given | changes)


def log(
    cases: int = 600, *, customers: int = 400, seed: int = 1, stray: float = 0.1, day: int = 0, weights=(2, 3, 1, 6)
) -> pd.DataFrame:
    """Cases that go through the steps, some skipping, repeating or turning back, at times of whole seconds.

    Args:
        stray: How likely a case leaves the order of the map.
        weights: How likely a case reaches one, two, three or all steps.
        day: All begin on this day of the data; 0 spreads them.
    """
    rng, rows = random.Random(seed), []
    for case in range(cases):
        at = START + dt.timedelta(seconds=rng.randrange(175 * 86400) if not day else day * 86400)
        steps = list(STEPS[: rng.choices([1, 2, 3, 4], weights)[0]])
        if rng.random() < stray:
            rng.shuffle(steps)
        if rng.random() < stray:
            steps.append(steps[0])
        for step in steps:
            rows.append((f"K{case}", f"C{case % customers}", at, rng.choice(["web", "phone", "chat"]), step))
            at += dt.timedelta(seconds=rng.choice([0, rng.randrange(60, 6 * 86400)]))
    return pd.DataFrame(rows, columns=["case", "customer", "at", "channel", "step"])


def answers(events: pd.DataFrame, *, seed: int = 2, named: bool = False) -> pd.DataFrame:
    """An answer a few days after one contact in two."""
    rng, rows = random.Random(seed), []
    for e in events.itertuples():
        if rng.random() < 0.5:
            late = dt.timedelta(seconds=rng.randrange(1, 20 * 86400))
            rows.append((e.customer, e.at + late, rng.randint(1, 5), "Contact", e.step if named else ""))
    return pd.DataFrame(rows, columns=["customer", "at", "stars", "survey", "step"])


def measured(
    folder: Path, events: pd.DataFrame, given: Journey | None = None, *, said: pd.DataFrame | None = None, **how
) -> tuple[StudyRecord, dict[tuple[str, str], Finding]]:
    """What the journey's measurement says of a log."""
    said = answers(events.iloc[:0]) if said is None else said
    for name, frame in (("log", events), ("answers", said)):
        numbered = frame.assign(row=[f"{name}{i}" for i in range(len(frame))])
        numbered.to_csv(folder / f"{name}.csv", index=False)
    with open_database() as db:
        columns = read_tables(db, SOURCES, root=folder).columns
        days = {"since": SINCE, "until": UNTIL, "threshold": 5} | how
        study, found = measure_journey(db, given or journey(), columns=columns, **days)
    return study, {(f.item, f.measure): f for f in found}


def kept(events: pd.DataFrame, unit: str = "case", *, window: int = 30, recent: bool = False) -> pd.DataFrame:
    """The events of the journeys that count, within their window, in order; with `recent`, of those under way too."""
    begun = events.groupby(unit)["at"].transform("min")
    end = pd.Timestamp(UNTIL) + pd.Timedelta(days=1)
    found = events if recent else events[begun + pd.Timedelta(days=window) <= end]
    early = begun[found.index] < pd.Timestamp(SINCE) + pd.Timedelta(days=window)
    found = found.assign(pos=found["step"].map(STEPS.index), begun=begun[found.index])
    if unit == "case":
        first = found.sort_values(["at", "pos"]).groupby("case")["pos"].first()
        found = found[~(early & (early & (found["case"].map(first) > 0)).any())]
    found = found[found["at"] <= found["begun"] + pd.Timedelta(days=window)]
    return found.sort_values([unit, "at", "pos"]).reset_index(drop=True)


def moves(events: pd.DataFrame, unit: str = "case") -> pd.DataFrame:
    """The collapsed sequence of each journey, counted in pandas: one row a stay at a step, and where it went."""
    found = kept(events, unit)
    found = found[found["pos"] != found.groupby(unit)["pos"].shift()]
    return found.assign(to=found.groupby(unit)["pos"].shift(-1), begins=~found.duplicated(unit))


def visits(events: pd.DataFrame, unit: str = "case", **how) -> pd.DataFrame:
    """One row a journey and step, counted in pandas: when it was reached, and what came next."""
    found = kept(events, unit, **how)
    found = found.groupby([unit, "step"], as_index=False).agg(
        at=("at", "min"), customer=("customer", "min"), begun=("begun", "min")
    )
    found["pos"] = found["step"].map(STEPS.index)
    found = found.sort_values([unit, "at", "pos"]).reset_index(drop=True)
    for name, column in (("next_at", "at"), ("next_step", "step"), ("next_pos", "pos")):
        found[name] = found.groupby(unit)[column].shift(-1)
    return found
