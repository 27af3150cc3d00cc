"""A journey measured on events: which steps are reached, where journeys end, how long they take and how they feel.

A journey is what happens within `window_days` of its first event, or all of it where there is no such window. It goes
on from a step when, after it, it reaches one that it had not reached before; so each journey ends at exactly one step.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

import numpy as np

from cxkit._format import Words, count_text, date_text, words
from cxkit._table import Database
from cxkit.evidence.findings import Finding
from cxkit.evidence.manifest import StudyRecord
from cxkit.journey.check import check_journeys
from cxkit.journey.log import Columns, EventSource, other_events, read_log
from cxkit.journey.measures import MEASURES
from cxkit.journey.model import Journey
from cxkit.journey.slices import find_slices, slice_notes
from cxkit.journey.study import CUT, EARLY, RECENT, Study

__all__ = ["check_journeys", "measure_journey"]

MANY_TIES = 0.02  # of the moves; more than that and the order of steps is a guess
_LEFT_OUT = {RECENT: "recent", EARLY: "early", CUT: "cut"}


def measure_journey(
    db: Database,
    journey: Journey,
    *,
    columns: Columns,
    since: dt.date,
    until: dt.date,
    threshold: int,
    confidence: float = 0.95,
    language: str = "en",
    dimensions: Mapping[str, str] | None = None,
) -> tuple[StudyRecord, list[Finding]]:
    """What the interactions say of a journey, as it is: a number for each step, and what was left out.

    Args:
        db: The tables, as `read_tables` builds them; `interactions` among them.
        journey: The as-is.
        columns: Mapped columns of each table.
        since: First day that the interactions cover.
        until: Last day that they cover.
        threshold: Fewest customers behind a number that is shown.
        confidence: Confidence of the intervals.
        language: Language of the notes.
        dimensions: Dimension to the column that it is; a column that is no attribute of a journey is passed over.

    Raises:
        QueryError: The tables lack a column that the journey names; `check_journeys` says so with its line.
    """
    source = EventSource.of(journey, columns, since=since, until=until)
    how = {"columns": columns, "threshold": threshold, "confidence": confidence}
    study = Study.of(db, source, read_log(db, source), **how)
    found = (f for measure in MEASURES for f in measure.find(study))
    findings = sorted(found, key=lambda f: study.place.get(f.item, -1))
    findings += find_slices(study, findings, dimensions=dimensions or {})
    return _record(study, words(language), dimensions or {}), findings


def _record(study: Study, w: Words, dimensions: Mapping[str, str]) -> StudyRecord:
    source, days = study.source, study.journey.window_days
    window = w.say("journey.window", days=days) if days else w.say("journey.no_window")
    return StudyRecord(
        id=study.maker.study,
        kind="journey",
        label=study.journey.label,
        definition=study.maker.definition,
        counts="cases" if source.unit == "case_id" else "customers",
        first=source.since.isoformat(),
        last=source.until.isoformat(),
        method=w.say("journey.method", window=window),
        items={s.id: s.label for s in study.steps.values()},
        notes=(*_notes(study, w), *slice_notes(study, w, dimensions=dimensions)),
    )


def _notes(study: Study, w: Words) -> Iterator[str]:
    yield from _left_out(study, w)
    if study.source.unit == "customer_id":
        yield w.say("journey.by_customer")
    if (tied := _tied(study)) > MANY_TIES:
        yield w.say("journey.ties", share=f"{tied:.0%}".rstrip("%"))
    if study.full.shared:
        few = study.maker.few(study.full.shared)
        number = w.say("journey.few", threshold=study.threshold) if few else count_text(study.full.shared, w)
        yield w.say("journey.shared", n=number)
    if study.maker.hidden:
        yield w.say("journey.ends_hidden", threshold=study.threshold)
    if others := other_events(study.db, study.source, threshold=study.threshold):
        listed = w.all_of([w.say("journey.other_event", event=e, n=count_text(n, w)) for e, n in others])
        yield w.say("journey.other_events", list=listed)
    score = study.journey.score
    if score is not None and score.column not in study.columns.get("responses", ()):
        yield w.say("journey.no_answers")
    for measure in MEASURES:
        if hasattr(measure, "notes"):
            yield from measure.notes(study, w)


def _left_out(study: Study, w: Words) -> Iterator[str]:
    for fate, name in _LEFT_OUT.items():
        whose = study.full.customer[study.fates == fate]
        if len(whose):
            few = study.maker.few(len(np.unique(whose)))
            number = w.say("journey.few", threshold=study.threshold) if few else count_text(len(whose), w)
            day = date_text(study.source.since.isoformat(), words=w)
            yield w.say(f"journey.left_out_{name}", n=number, days=study.journey.window_days, date=day)


def _tied(study: Study) -> float:
    """Share of the moves on to a new step that have the time of the step before."""
    visits, at = study.trails.visits, study.log.at[study.trails.visits.event]
    goes = np.flatnonzero(visits.next >= 0)
    return float(np.mean(at[goes] == at[visits.next[goes]])) if len(goes) else 0.0
