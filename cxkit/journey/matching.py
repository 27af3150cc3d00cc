"""Which steps and phases of two versions are the same, and which of them stand elsewhere now.

Everything here is the same in both directions: what is told of A and B is told, turned round, of B and A.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from cxkit.journey.model import Journey, Phase, Step

__all__ = ["Moves", "Same", "find_moves", "kept_in_order", "match_parts"]

T = TypeVar("T")


@dataclass(frozen=True)
class Same:
    """Ids of the earlier version to those of the later one, for what is in both."""

    phases: dict[str, str]
    steps: dict[str, str]


@dataclass(frozen=True)
class Moves:
    """What stands elsewhere, by the ids of the later version: the fewest that account for the new order.

    Attributes:
        swapped: Pairs of steps that changed places.
    """

    phases: frozenset[str]
    steps: frozenset[str]
    swapped: tuple[tuple[str, str], ...] = ()


def match_parts(a: Journey, b: Journey) -> Same:
    """The steps and phases that are in both: those with the same id, and those that are plainly the same.

    A step is plainly the same where it has the same events, or the same label in the same place; a phase where it has
    the same label, or more than half of its steps.
    """
    steps = {s.id: s.id for s in a.steps if b.step(s.id)}
    rules: list[Callable[[Step, Step], bool]] = [_same_events, _same_label_and_place(a, b, steps)]
    while rules:
        left = [s for s in a.steps if s.id not in steps]
        right = [s for s in b.steps if s.id not in steps.values()]
        found = {x.id: y.id for x, y in _sole_pairs(left, right, rules[0])}
        steps.update(found)
        # A step that was found may be the neighbour by which the next one is.
        rules = rules if found else rules[1:]
    known = {p.id for p in b.phases}
    phases = {p.id: p.id for p in a.phases if p.id in known}
    tests: list[Callable[[Phase, Phase], bool]] = [_same_label, partial(_mostly_shared, steps)]
    for alike in tests:
        left = [p for p in a.phases if p.id not in phases]
        right = [p for p in b.phases if p.id not in phases.values()]
        phases |= {p.id: q.id for p, q in _sole_pairs(left, right, alike)}
    return Same(phases, steps)


def find_moves(a: Journey, b: Journey, same: Same) -> Moves:
    """What stands elsewhere: phases among phases, steps within their phase or from one phase to another."""
    phase_of = {y: min(x, y) for x, y in same.phases.items()}
    name_of = {y: min(x, y) for x, y in same.steps.items()}
    id_of = {name: y for y, name in name_of.items()}
    phases_a = [min(p.id, same.phases[p.id]) for p in a.phases if p.id in same.phases]
    phases_b = [phase_of[p.id] for p in b.phases if p.id in phase_of]
    # A name never begins with a sign, so a phase of one version is taken for none of the other.
    gone = {p.id: min(p.id, same.phases[p.id]) if p.id in same.phases else f"-{p.id}" for p in a.phases}
    there_a = {min(s.id, same.steps[s.id]): gone[p.id] for p in a.phases for s in p.steps if s.id in same.steps}
    there_b = {name_of[s.id]: phase_of.get(p.id, f"+{p.id}") for p in b.phases for s in p.steps if s.id in name_of}
    moved = {s for s in there_b if there_a[s] != there_b[s]}
    for phase in set(there_b.values()):
        in_a, in_b = ([s for s, p in there.items() if p == phase and s not in moved] for there in (there_a, there_b))
        moved |= set(in_b) - kept_in_order(in_a, in_b)
    phases = set(phases_b) - kept_in_order(phases_a, phases_b)
    swapped = _swapped(there_a, there_b)
    if not phases and swapped and len(swapped) < len(moved):
        return Moves(frozenset(), frozenset(), tuple((id_of[x], id_of[y]) for x, y in swapped))
    back = {name: y for y, name in phase_of.items()}
    return Moves(frozenset(back[p] for p in phases), frozenset(id_of[s] for s in moved))


def kept_in_order(before: Sequence[str], after: Sequence[str]) -> set[str]:
    """The most names that follow each other in both orders; of equally many, the first by name.

    Example:
        >>> sorted(kept_in_order("abcd", "acdb"))
        ['a', 'c', 'd']
    """
    at = {name: i for i, name in enumerate(after)}
    longest: dict[str, int] = {}
    for i in range(len(before) - 1, -1, -1):
        name = before[i]
        longest[name] = 1 + max((longest[x] for x in before[i + 1 :] if at[x] > at[name]), default=0)
    kept: set[str] = set()
    left, place = list(before), -1
    while left := [x for x in left if at[x] > place]:
        most = max(longest[x] for x in left)
        name = min(x for x in left if longest[x] == most)
        kept.add(name)
        left, place = left[left.index(name) + 1 :], at[name]
    return kept


def _swapped(there_a: dict[str, str], there_b: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """The pairs that changed places, where that is all that happened; else ()."""
    a, b = list(there_a), list(there_b)
    if [there_a[s] for s in a] != [there_b[s] for s in b]:
        return ()
    in_place = {s: i for i, s in enumerate(a)}
    if any(b[in_place[new]] != old for old, new in zip(a, b, strict=True)):
        return ()
    return tuple((x, y) for x, y in zip(a, b, strict=True) if x < y)


def _sole_pairs(left: Sequence[T], right: Sequence[T], alike: Callable[[T, T], bool]) -> list[tuple[T, T]]:
    """Pairs that are alike, each with no other."""
    pairs = [(i, j) for i, x in enumerate(left) for j, y in enumerate(right) if alike(x, y)]
    lefts, rights = Counter(i for i, _ in pairs), Counter(j for _, j in pairs)
    return [(left[i], right[j]) for i, j in pairs if lefts[i] == rights[j] == 1]


def _same_events(x: Step, y: Step) -> bool:
    return x.shown and set(x.events) == set(y.events) and x.when == y.when


def _same_label_and_place(a: Journey, b: Journey, same: dict[str, str]) -> Callable[[Step, Step], bool]:
    beside_a, beside_b = _beside(a.steps), _beside(b.steps)

    def alike(x: Step, y: Step) -> bool:
        pairs = zip(beside_a[x.id], beside_b[y.id], strict=True)
        return _same_label(x, y) and any(
            q is None if p is None else q is not None and same.get(p) == q for p, q in pairs
        )

    return alike


def _beside(steps: Sequence[Step]) -> dict[str, tuple[str | None, str | None]]:
    ids = [None, *(s.id for s in steps), None]
    return {s.id: (ids[i], ids[i + 2]) for i, s in enumerate(steps)}


def _same_label(x: Step | Phase, y: Step | Phase) -> bool:
    return " ".join(x.label.casefold().split()) == " ".join(y.label.casefold().split())


def _mostly_shared(steps: dict[str, str], p: Phase, q: Phase) -> bool:
    both = {steps.get(s.id) for s in p.steps} & {s.id for s in q.steps}
    return len(both) * 2 > max(len(p.steps), len(q.steps))
