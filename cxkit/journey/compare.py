"""Two versions of a journey beside each other: what the to-be changes, and where it aims."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from cxkit.evidence.estimate import Estimate
from cxkit.journey.model import Journey, Step
from cxkit.journey.parts import KpiRef

__all__ = ["Aim", "Change", "Kind", "Standing", "aims_of", "changes_between", "standing"]

Kind = Literal["added", "removed", "moved", "renamed", "owner", "channels", "kpis"]
Standing = Literal["met", "missed", "open", "unknown"]


@dataclass(frozen=True, slots=True)
class Change:
    """What the to-be does to a step.

    Attributes:
        label: The step as the to-be calls it, or as it was called.
        before: What was there: names, owners, channels; of a moved step the one that it came after.
        after: What is to be there.
    """

    kind: Kind
    step: str
    label: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Aim:
    """A target of the to-be for a measure of a step."""

    step: str
    label: str
    measure: str
    target: float


def changes_between(as_is: Journey, to_be: Journey) -> list[Change]:
    """What differs between the versions, in the order of the to-be; what is taken away comes last."""
    before, after = {s.id: s for s in as_is.steps}, {s.id: s for s in to_be.steps}
    moved = _moved([i for i in before if i in after], [i for i in after if i in before])
    found: list[Change] = []
    for i, step in after.items():
        if i not in before:
            found.append(Change("added", i, step.label, (), _place(to_be, i)))
            continue
        if i in moved:
            found.append(Change("moved", i, step.label, _place(as_is, i), _place(to_be, i)))
        found += _differences(before[i], step)
    return found + [Change("removed", i, s.label, _place(as_is, i)) for i, s in before.items() if i not in after]


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


def _differences(before: Step, after: Step) -> Iterator[Change]:
    parts: list[tuple[Kind, tuple[str, ...], tuple[str, ...]]] = [
        ("renamed", (before.label,), (after.label,)),
        ("owner", tuple(filter(None, [before.owner])), tuple(filter(None, [after.owner]))),
        ("channels", before.channel_names, after.channel_names),
        ("kpis", _kpis(before.kpis), _kpis(after.kpis)),
    ]
    for kind, old, new in parts:
        # A to-be that is silent on channels and KPIs leaves them as they are.
        silent = kind in ("channels", "kpis") and not new
        if sorted(old) != sorted(new) and not silent:
            yield Change(kind, after.id, after.label, old, new)


def _kpis(refs: tuple[KpiRef, ...]) -> tuple[str, ...]:
    return tuple(" ".join([str(r.kpi), *r.where.values()]) for r in refs)


def _place(journey: Journey, step: str) -> tuple[str, ...]:
    """The step that this one comes after; () for the first."""
    labels = {s.id: s.label for s in journey.steps}
    order = list(labels)
    at = order.index(step)
    return (labels[order[at - 1]],) if at else ()


def _moved(before: list[str], after: list[str]) -> set[str]:
    """The fewest steps that have to move to get from one order to the other."""
    at = {step: i for i, step in enumerate(before)}
    tails: list[int] = []
    links: dict[int, int | None] = {}
    for place in (at[s] for s in after):
        i = bisect_left(tails, place)
        links[place] = tails[i - 1] if i else None
        tails[i : i + 1] = [place]
    kept: set[int] = set()
    place = tails[-1] if tails else None
    while place is not None:
        kept.add(place)
        place = links[place]
    return {s for s in after if at[s] not in kept}
