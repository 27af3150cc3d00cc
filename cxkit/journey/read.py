"""Journeys from their files, refused with place and hint where they do not hold together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from cxkit._documents import place_in, read_document, read_text, refuse_faults
from cxkit._sql import parse_predicate
from cxkit.data.contract import CONTRACTS
from cxkit.errors import DocumentError, QueryError
from cxkit.journey.graph import find_cycle, places
from cxkit.journey.model import Journey, JourneyPair, journey_file

__all__ = ["MOST_STEPS", "read_journey", "read_journeys"]

MOST_STEPS = 500
MOST_IDS = 3 * MOST_STEPS
_ID = re.compile(r"(?<![\w-])[\"']?id[\"']?\s*:\s")
_SPLIT = "Give a stretch of it a journey of its own, and name that with `journey` in one step."
Loc = tuple[str | int, ...]
Fault = tuple[Loc, str, str]


def read_journeys(root: Path) -> dict[str, JourneyPair]:
    """The journeys of an engagement by id.

    Raises:
        DocumentError: A file does not fit the model, is not named after what it holds, has a step or an event
            twice, leads on in a circle, names what is not there, or gives a step of the as-is another id. A map
            of which nothing is bound to events reads, and is drawn without numbers.

    Example:
        >>> read_journeys(Path("nowhere"))
        {}
    """
    found: dict[str, dict[str, Journey]] = {}
    for path in sorted((root / "journeys").glob("*.*.yaml")):
        name = f"journeys/{path.name}"
        journey = read_journey(path, name=name)
        if path.name != f"{journey.id}.{journey.version}.yaml":
            raise DocumentError(
                f"The file holds {journey.id!r}, {journey.version}, but it is named {path.name}.",
                where=place_in(path, ("id",), name=name),
                hint=f"Name it {journey.id}.{journey.version}.yaml, or correct `id` and `version`.",
            )
        found.setdefault(journey.id, {})[journey.version] = journey
    pairs = {i: JourneyPair(v.get("as-is"), v.get("to-be"), root) for i, v in found.items()}
    for pair in pairs.values():
        _refuse_renamed(pair, root)
    return pairs


def read_journey(path: Path, *, name: str = "") -> Journey:
    """One journey from its file, wherever it lies.

    Args:
        path: The file.
        name: How to call the file in messages; its own name if empty.

    Raises:
        DocumentError: The file does not fit the model, or does not hold together.
    """
    _refuse_huge(path, name or path.name)
    journey = read_document(path, Journey, name=name or path.name)
    refuse_faults(path, list(_faults(journey)), name=name or path.name)
    return journey


def _refuse_huge(path: Path, name: str) -> None:
    """Refuse a file that is far too large to be a map before YAML is made of it, which takes long."""
    ids = len(_ID.findall(read_text(path, name=name)))
    if ids > MOST_IDS:
        what = f"The file has {ids:,} ids; a map of at most {MOST_STEPS} steps has far fewer."
        raise DocumentError(what, where=name, hint=_SPLIT)


def _faults(journey: Journey) -> Iterator[Fault]:
    """What a model of one step cannot see."""
    if len(journey.steps) > MOST_STEPS:
        what = f"The map has {len(journey.steps):,} steps; at most {MOST_STEPS} can be drawn and read"
        yield ("phases",), what, _SPLIT
        return
    yield from _twice(journey)
    yield from _dangling(journey)
    for loc, step in places(journey):
        if step.targets and journey.version == "as-is":
            yield (*loc, "targets"), "An as-is has no targets", "Set them in the to-be."
        if step.when and (why := _why_no_predicate(step.when)):
            yield (*loc, "when"), *why
    if cycle := find_cycle(journey):
        loc = next(loc for loc, s in places(journey) if s.id == cycle[-2])
        said = " → ".join(repr(s) for s in cycle)
        yield (*loc, "next"), f"The steps lead on in a circle: {said}", "Write the way back as `back_to`."


def _twice(journey: Journey) -> Iterator[Fault]:
    """Ids and events that stand twice."""
    phases, steps, owners = set[str](), set[str](), dict[str, str]()
    for i, phase in enumerate(journey.phases):
        if phase.id in phases:
            yield ("phases", i, "id"), f"The phase {phase.id!r} stands twice", "Give each phase an id of its own."
        phases.add(phase.id)
    for loc, step in places(journey):
        if step.id in steps:
            yield (*loc, "id"), f"The step {step.id!r} stands twice", "Give each step an id of its own."
        steps.add(step.id)
        for k, event in enumerate(step.events):
            if event in owners:
                what = f"The event {event!r} shows {owners[event]!r} and {step.id!r}"
                yield (*loc, "events", k), what, "An event belongs to one step, and stands there once."
            owners[event] = step.id
    for field in ("personas", "proofs"):
        known = set[str]()
        for i, part in enumerate(getattr(journey, field)):
            if part.id in known:
                yield (field, i, "id"), f"The id {part.id!r} stands twice", "Give each an id of its own."
            known.add(part.id)


def _dangling(journey: Journey) -> Iterator[Fault]:
    """Ids that lead nowhere."""
    steps = {s.id for s in journey.steps}
    proofs, personas = {p.id for p in journey.proofs}, {p.id for p in journey.personas}
    for loc, step in places(journey):
        pains = {p.id for p in step.pains if p.id}
        named = [("next", s, steps, "step") for s in step.next] + [("back_to", s, steps, "step") for s in step.back_to]
        named += [("proofs", p, proofs, "proof") for p in step.proofs]
        if isinstance(step.emotion, dict):
            named += [("emotion", p, personas, "persona") for p in step.emotion]
        named += [("opportunities", a, pains, "pain of this step") for o in step.opportunities for a in o.answers]
        for key, name, known, kind in named:
            if name not in known:
                there = ", ".join(sorted(known)[:12]) or "none"
                yield (*loc, key), f"There is no {kind} {name!r}", f"There are: {there}."
        if step.id in step.next or step.id in step.back_to:
            key = "next" if step.id in step.next else "back_to"
            hint = "A step that is reached again and again is counted as repeated without it."
            yield (*loc, key), f"The step {step.id!r} leads to itself", hint


def _why_no_predicate(text: str) -> tuple[str, str] | None:
    try:
        parse_predicate(text, CONTRACTS["interactions"].columns)
    except QueryError as error:
        return error.what.rstrip("."), error.hint or "Write SQL over columns of interactions, such as channel = 'app'."
    return None


def _refuse_renamed(pair: JourneyPair, root: Path) -> None:
    """A step keeps its id between the versions, since plays, gates and targets refer to it."""
    if pair.as_is is None or pair.to_be is None:
        return
    shown = {e: s.id for s in pair.as_is.steps for e in s.events}
    known = {s.id for s in pair.as_is.steps}
    for loc, step in places(pair.to_be):
        before = next((shown[e] for e in step.events if shown.get(e, step.id) != step.id), None)
        if before is None or step.id in known:
            continue
        name = journey_file(pair.to_be)
        raise DocumentError(
            f"The step {step.id!r} has an event of the as-is step {before!r}.",
            where=place_in(root / name, (*loc, "id"), name=name),
            hint=f"Keep the id {before!r}; the label may change.",
        )
