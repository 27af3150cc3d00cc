"""What the `when` of the steps finds in the interactions: nothing, everything, or what shows another step."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from cxkit._sql import columns_of, parse_predicate
from cxkit._table import Database
from cxkit.data.contract import CONTRACTS
from cxkit.errors import QueryError
from cxkit.journey.graph import places
from cxkit.journey.log import shows
from cxkit.journey.model import Journey, Step

__all__ = ["columns_named", "judge_predicates"]

Loc = tuple[str | int, ...]
Fault = tuple[Loc, str, str]
MOST = 20  # faults of one map that are told at once


def columns_named(step: Step) -> set[str]:
    """The columns of interactions that the `when` of a step names."""
    if not step.when:
        return set()
    return {c.lower() for c in columns_of(parse_predicate(step.when, CONTRACTS["interactions"].columns))}


def judge_predicates(db: Database, journey: Journey) -> tuple[list[Fault], list[str]]:
    """What is wrong with how the steps of a map are found, and what is worth knowing.

    One query counts the interactions by the steps that they show.

    Args:
        db: The tables.
        journey: A map of which at least one step has a `when`, over columns that are mapped.

    Returns:
        Faults, each as its place in the file, what it is and a hint; notes.
    """
    try:
        counts = {tuple(map(int, t.split(",")[1:])): int(n) for t, n in db.rows(_select_shown(journey))}
    except QueryError:
        return list(_broken(db, journey)), []
    return list(_faults(journey, counts))[:MOST], list(_notes(journey, counts))


def _select_shown(journey: Journey) -> exp.Select:
    """How many interactions show each set of steps, by the positions of the steps."""
    nothing = exp.Literal.string("")
    texts = [
        exp.Case().when(shows(s, journey.event_column), exp.Literal.string(f",{i}")).else_(nothing.copy())
        for i, s in enumerate(journey.steps)
        if s.shown
    ]
    rows = exp.select(exp.func("CONCAT", *texts).as_("steps")).from_("interactions")
    return exp.select("steps", exp.Count(this=exp.Star())).from_(rows.subquery("r")).group_by("steps").order_by("steps")


def _faults(journey: Journey, counts: dict[tuple[int, ...], int]) -> Iterator[Fault]:
    total = sum(counts.values())
    steps = list(places(journey))
    for i, (loc, step) in enumerate(steps):
        shown = sum(n for found, n in counts.items() if i in found)
        if step.when and total and shown == total:
            what = f"Every interaction shows the step {step.id!r}"
            yield (*loc, "when"), what, "Narrow `when` down to the contacts that the step is about."
    both: dict[tuple[int, int], int] = {}
    for found, n in counts.items():
        for a, b in ((a, b) for a in found for b in found if a < b):
            both[a, b] = both.get((a, b), 0) + n
    for (a, b), n in sorted(both.items()):
        named = b if steps[b][1].when else a
        many = "One interaction shows" if n == 1 else f"{n:,} interactions show"
        what = f"{many} both {steps[a][1].id!r} and {steps[b][1].id!r}"
        yield (*steps[named][0], "when"), what, "An interaction shows one step: narrow one of the two down."


def _notes(journey: Journey, counts: dict[tuple[int, ...], int]) -> Iterator[str]:
    seen = {i for found in counts for i in found}
    for i, step in enumerate(journey.steps):
        if step.when and i not in seen:
            yield f"No interaction shows the step {step.id!r}; it is told as unobserved. Look at its `when`."


def _broken(db: Database, journey: Journey) -> Iterator[Fault]:
    """The steps whose `when` the database cannot work out."""
    for loc, step in places(journey):
        if step.when:
            count = exp.select(exp.Count(this=exp.Star())).from_("interactions")
            try:
                db.rows(count.where(shows(step, journey.event_column)))
            except QueryError as error:
                what = f"The `when` of {step.id!r} cannot be worked out: {error.what.rstrip('.')}"
                yield (*loc, "when"), what, "Compare each column with values of its own kind, such as channel = 'app'."
