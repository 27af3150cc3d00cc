"""What a journey names and the engagement does not have, told with its line before anything is measured."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from sqlglot import exp

from cxkit._documents import refuse_faults
from cxkit._table import Database
from cxkit.errors import DocumentError
from cxkit.journey.graph import places
from cxkit.journey.log import Columns
from cxkit.journey.model import Journey, JourneyPair, journey_file
from cxkit.journey.predicates import columns_named, judge_predicates

__all__ = ["check_journeys", "event_values", "faults_of"]

Loc = tuple[str | int, ...]
Fault = tuple[Loc, str, str]
Events = Mapping[str, Collection[str]]


def check_journeys(
    db: Database, pairs: Mapping[str, JourneyPair], *, kpis: Collection[str], columns: Columns
) -> tuple[str, ...]:
    """Prove that every journey can be measured on these tables.

    Args:
        db: The tables.
        pairs: The journeys, as `read_journeys` gives them.
        kpis: The KPIs that the engagement measures.
        columns: Mapped columns of each table.

    Returns:
        What is worth knowing all the same: steps whose `when` no interaction fits.

    Raises:
        DocumentError: A journey names a KPI, a column or an event that is not there, or a `when` fits every
            interaction, or one that shows another step.
    """
    events = event_values(db, columns) if pairs else {}
    notes: list[str] = []
    for pair in pairs.values():
        for journey in filter(None, (pair.as_is, pair.to_be)):
            _refuse(list(faults_of(journey, kpis=kpis, columns=columns, events=events)), journey, pair.root)
            if journey.version == "as-is" and "interactions" in columns and any(s.when for s in journey.steps):
                faults, found = judge_predicates(db, journey)
                _refuse(faults, journey, pair.root)
                notes += [f"{journey_file(journey)}: {note}" for note in found]
    return tuple(notes)


def faults_of(journey: Journey, *, kpis: Collection[str], columns: Columns, events: Events) -> Iterator[Fault]:
    """Everything that a journey names and is not there: the place in its file, what it is, and a hint.

    A to-be may name events that nothing shows yet.

    Args:
        journey: The journey.
        kpis: The KPIs that the engagement measures.
        columns: Mapped columns of each table.
        events: Values in the data of each event column.
    """
    yield from _unknown_kpis(journey, kpis)
    if journey.version == "as-is" and "interactions" in columns and any(s.shown for s in journey.steps):
        yield from _unmapped(journey, columns)
        if journey.event_column in events:
            yield from _unknown_events(journey, events[journey.event_column])


def _unknown_kpis(journey: Journey, kpis: Collection[str]) -> Iterator[Fault]:
    for i, phase in enumerate(journey.phases):
        for j, step in enumerate(phase.steps):
            for k, ref in enumerate(step.kpis):
                if ref.kpi not in kpis:
                    loc = ("phases", i, "steps", j, "kpis", k, "kpi")
                    yield loc, f"The KPI {ref.kpi!r} is not measured.", _nearest(str(ref.kpi), kpis, "Measured")


def event_values(db: Database, columns: Columns) -> dict[str, set[str]]:
    """The values that each possible event column has in the interactions."""
    found: dict[str, set[str]] = {}
    for column in ("step", "reason", "channel"):
        if column in columns.get("interactions", ()):
            query = exp.select(exp.column(column, quoted=True)).distinct().from_("interactions")
            found[column] = {str(v) for (v,) in db.rows(query) if v is not None}
    return found


def _unmapped(journey: Journey, columns: Columns) -> Iterator[Fault]:
    mapped = columns["interactions"]
    for loc, step in places(journey):
        for column in sorted(columns_named(step) - set(mapped)):
            what = f"The column {column!r} of interactions, which `when` names, is not mapped."
            near = difflib.get_close_matches(column, sorted(mapped), n=1, cutoff=0.6)
            listed = f"Did you mean {near[0]!r}?" if near else f"Mapped: {', '.join(sorted(mapped))}."
            yield (*loc, "when"), what, f"Map it in sources.yaml. {listed}"
    if any(s.events for s in journey.steps) and journey.event_column not in mapped:
        what = f"The column {journey.event_column!r} of interactions, which shows the steps, is not mapped."
        yield ("event_column",), what, "Map it in sources.yaml, or name another with `event_column`."
    score, answers = journey.score, columns.get("responses")
    if score is None or answers is None:
        return
    needed = [("column", score.column), *([("survey", "survey")] if score.survey else [])]
    for key, column in needed:
        if column not in answers:
            yield ("score", key), f"The column {column!r} of responses is not mapped.", "Map it in sources.yaml."


def _unknown_events(journey: Journey, known: Collection[str]) -> Iterator[Fault]:
    for i, phase in enumerate(journey.phases):
        for j, step in enumerate(phase.steps):
            for k, event in enumerate(step.events):
                if event not in known:
                    what = f"No interaction has the {journey.event_column} {event!r}."
                    hint = _nearest(event, known, "There are")
                    yield ("phases", i, "steps", j, "events", k), what, hint


def _nearest(name: str, known: Collection[str], listed: str) -> str:
    near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    shown = ", ".join(sorted(known)[:12])
    return f"Did you mean {near[0]!r}?" if near else f"{listed}: {shown or 'none'}."


def _refuse(faults: list[Fault], journey: Journey, root: Path | None) -> None:
    name = journey_file(journey)
    if root:
        refuse_faults(root / name, [(loc, what.rstrip("."), hint) for loc, what, hint in faults], name=name)
    for _, what, hint in faults:
        raise DocumentError(what, where=name, hint=hint)
