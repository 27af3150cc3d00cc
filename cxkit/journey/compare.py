"""Two versions of a journey beside each other: what differs, and where a to-be aims."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from cxkit.evidence.estimate import Estimate
from cxkit.journey.changes import Change, Place
from cxkit.journey.fields import Versions, journey_changes, persona_changes, proof_changes, step_changes
from cxkit.journey.matching import Moves, find_moves, match_parts
from cxkit.journey.model import Journey, Phase, Step

__all__ = ["Aim", "Change", "Place", "Standing", "aims_of", "changes_between", "contents_of", "standing"]

Standing = Literal["met", "missed", "open", "unknown"]


@dataclass(frozen=True, slots=True)
class Aim:
    """A target of the to-be for a measure of a step."""

    step: str
    label: str
    measure: str
    target: float


def changes_between(a: Journey, b: Journey) -> list[Change]:
    """What differs between two versions of a journey, by the ids of its parts.

    What a to-be leaves unsaid of a step or of the journey is taken to stay as it is, where it is held against an as-is;
    order counts for steps and phases alone. Where steps stand in another order, as few as can be are called moved.

    Returns:
        The changes of the journey, its personas and its proofs; of its phases; then step by step in the order of the
        later version; what is taken away comes last.

    Example:
        >>> def drawn(**step):
        ...     step = {"id": "check", "label": "Verify identity"} | step
        ...     phases = [{"id": "ask", "label": "Ask", "steps": [step]}]
        ...     return Journey(cxkit=1, id="join", version="as-is", label="Joining", phases=phases)
        >>> (change,) = changes_between(drawn(owner="Sales"), drawn(owner="Onboarding"))
        >>> change.kind, change.step, change.before, change.after
        ('owner', 'check', 'Sales', 'Onboarding')
    """
    same = match_parts(a, b)
    v, moves = Versions.of(a, b, same), find_moves(a, b, same)
    return [
        *journey_changes(v), *persona_changes(v), *proof_changes(v), *_phases(v, moves), *_steps(v, moves)
    ]  # fmt: skip


def contents_of(journey: Journey, step: Step) -> list[Change]:
    """What a step says, as changes from one that says nothing but its name."""
    blank = Step(id=step.id, label=step.label)
    v = Versions.of(journey, journey, match_parts(journey, journey))
    return [c for c in step_changes(v, blank, step) if c.kind != "next"]


def aims_of(to_be: Journey) -> list[Aim]:
    """The targets of a to-be, step by step."""
    return [Aim(s.id, s.label, measure, value) for s in to_be.steps for measure, value in s.targets.items()]


def standing(estimate: Estimate | None, target: float, *, better: str) -> Standing:
    """Whether the whole interval has reached a target, falls short of it, or leaves it open.

    Example:
        >>> share = Estimate(0.34, 0.30, 0.38, 633)
        >>> standing(share, 0.10, better="lower"), standing(share, 0.36, better="lower")
        ('missed', 'open')
    """
    if estimate is None or not estimate.shown:
        return "unknown"
    low, high = estimate.low, estimate.high
    if better == "lower":
        low, high, target = (None if high is None else -high), (None if low is None else -low), -target
    if low is not None and low >= target:
        return "met"
    return "missed" if high is not None and high < target else "open"


def _phases(v: Versions, moves: Moves) -> Iterator[Change]:
    before, after = {p.id: p for p in v.a.phases}, _turned(v.same.phases)
    for i, phase in enumerate(v.b.phases):
        old = before.get(after.get(phase.id, ""))
        if old is None:
            yield Change("added", "phase", phase.id, phase.label, after=_phase_place(v.b, i))
            continue
        if phase.id in moves.phases:
            places = _phase_place(v.a, v.a.phases.index(old)), _phase_place(v.b, i)
            yield Change("moved", "phase", phase.id, phase.label, before=places[0], after=places[1])
        if old.label != phase.label:
            yield Change("renamed", "phase", phase.id, phase.label, before=old.label, after=phase.label)
        if old.id != phase.id:
            yield Change("id", "phase", phase.id, phase.label, before=old.id, after=phase.id)
    for i, phase in enumerate(v.a.phases):
        if phase.id not in v.same.phases:
            yield Change("removed", "phase", phase.id, phase.label, before=_phase_place(v.a, i))


def _steps(v: Versions, moves: Moves) -> Iterator[Change]:
    before, after = {s.id: s for s in v.a.steps}, _turned(v.same.steps)
    places_a, places_b, swapped = _places(v.a), _places(v.b), dict(moves.swapped)
    for step in v.b.steps:
        old, place = before.get(after.get(step.id, "")), places_b[step.id]
        if old is None:
            yield Change("added", "step", step.id, step.label, after=place)
            continue
        other = v.b.step(swapped.get(step.id, ""))
        if other is not None or step.id in moves.steps:
            name, detail = (other.id, other.label) if other else ("", "")
            yield Change("moved", "step", step.id, step.label, name, detail, places_a[old.id], place)
        yield from step_changes(v, old, step)
    for step in v.a.steps:
        if step.id not in v.same.steps:
            yield Change("removed", "step", step.id, step.label, before=places_a[step.id])


def _places(journey: Journey) -> dict[str, Place]:
    return {
        s.id: Place(p.label, p.steps[i - 1].label if i else "") for p in journey.phases for i, s in enumerate(p.steps)
    }


def _phase_place(journey: Journey, i: int) -> Place:
    phases: tuple[Phase, ...] = journey.phases
    return Place(after=phases[i - 1].label if i else "")


def _turned(same: dict[str, str]) -> dict[str, str]:
    return {y: x for x, y in same.items()}
