"""Which step may follow which on a map: the drawn order, its branches, and the loops that are drawn as such."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cxkit.journey.model import Journey, Step

__all__ = ["drawn_moves", "find_cycle", "find_nested_circle", "onward", "places", "starts"]


def places(journey: Journey) -> Iterator[tuple[tuple[str | int, ...], Step]]:
    """Each step with where it stands in the journey's file."""
    for i, phase in enumerate(journey.phases):
        for k, step in enumerate(phase.steps):
            yield ("phases", i, "steps", k), step


def onward(journey: Journey) -> dict[str, tuple[str, ...]]:
    """Each step and those that may follow it: what `next` says, else the one drawn next, unless journeys end there."""
    steps = journey.steps
    follows = {a.id: (b.id,) for a, b in pairwise(steps)}
    return {s.id: s.next or (() if s.last else follows.get(s.id, ())) for s in steps}


def drawn_moves(journey: Journey) -> set[tuple[str, str]]:
    """Every move that the map draws: onward, and back where a loop is drawn."""
    ahead = {(a, b) for a, bs in onward(journey).items() for b in bs}
    return ahead | {(s.id, b) for s in journey.steps for b in s.back_to}


def starts(journey: Journey) -> tuple[str, ...]:
    """The steps on which a journey may begin: those that no other leads on to; the first drawn among them."""
    led_to = {b for bs in onward(journey).values() for b in bs}
    first = journey.steps[0].id
    return tuple(s.id for s in journey.steps if s.id == first or s.id not in led_to)


def find_cycle(journey: Journey) -> tuple[str, ...]:
    """Steps that lead on to themselves, the first of them again at the end; () where there is none."""
    return _circle(onward(journey))


def find_nested_circle(journeys: Iterable[Journey]) -> tuple[str, ...]:
    """Journeys that stand inside themselves by way of their steps, the first again at the end; () where none does."""
    inside = {j.id: tuple(dict.fromkeys(s.journey for s in j.steps if s.journey)) for j in journeys}
    return _circle(inside)


def _circle(ahead: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    done = set[str]()
    for start in ahead:
        trail, ways = [start], [iter(ahead.get(start, ()))]
        while trail and start not in done:
            step = next(ways[-1], None)
            if step is None:
                done.add(trail.pop())
                ways.pop()
            elif step in trail:
                return (*trail[trail.index(step) :], step)
            elif step not in done:
                trail.append(step)
                ways.append(iter(ahead.get(step, ())))
    return ()
