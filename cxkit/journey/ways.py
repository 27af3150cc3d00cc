"""The drawn ways over the steps that something in the data shows: a step that nothing shows is passed by unseen."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from cxkit.journey.graph import onward, starts
from cxkit.journey.model import Journey

__all__ = ["Ways"]

Steps = frozenset[str]


@dataclass(frozen=True)
class Ways:
    """Which steps may follow which, as far as data can tell.

    Attributes:
        journey: The map.
        shown: Steps that something in the data shows.

    Example:
        >>> from cxkit.journey.model import Journey
        >>> steps = [{"id": s, "label": s} for s in ("ask", "wait", "sign", "use")]
        >>> told = {"phases": [{"id": "p", "label": "P", "steps": steps}], "version": "as-is", "label": "Join"}
        >>> ways = Ways(Journey.model_validate({"cxkit": 1, "id": "join", **told}), frozenset({"ask", "sign", "use"}))
        >>> ways.starts, ways.ahead["ask"], ways.needed["use"]
        (('ask',), ('sign',), ('ask', 'sign', 'use'))
        >>> [s for s in ways.ahead if ways.unavoidable(s)]
        ['ask', 'sign']
    """

    journey: Journey
    shown: Collection[str]

    @cached_property
    def ahead(self) -> dict[str, tuple[str, ...]]:
        """Each step that is shown, and those that may follow it."""
        drawn = onward(self.journey)
        return {s: self._seen(drawn[s], drawn) for s in drawn if s in self.shown}

    @cached_property
    def moves(self) -> set[tuple[str, str]]:
        """Every move that the map draws: onward, and back where a loop is drawn."""
        drawn = onward(self.journey)
        back = {(s.id, b) for s in self.journey.steps if s.id in self.shown for b in self._seen(s.back_to, drawn)}
        return {(a, b) for a, bs in self.ahead.items() for b in bs} | back

    @cached_property
    def starts(self) -> tuple[str, ...]:
        """The steps on which a journey may be seen to begin."""
        return self._seen(starts(self.journey), onward(self.journey))

    @cached_property
    def beyond(self) -> dict[str, Steps]:
        """Each step and all those that ways from it lead on to."""
        found: dict[str, Steps] = {}
        for step in reversed(self._order):
            found[step] = frozenset(self.ahead[step]).union(*(found[b] for b in self.ahead[step]))
        return found

    @cached_property
    def needed(self) -> dict[str, tuple[str, ...]]:
        """Each step, with those that every drawn way to it leads through before it, in that order."""
        before: dict[str, list[str]] = {s: [] for s in self._order}
        for a in self._order:
            for b in self.ahead[a]:
                before[b].append(a)
        found: dict[str, tuple[str, ...]] = {}
        for step in self._order:
            ways = [] if step in self.starts else [found[a] for a in before[step]]
            shared = set(ways[0]).intersection(*ways[1:]) if ways else set[str]()
            found[step] = (*(s for s in ways[0] if s in shared), step) if ways else (step,)
        return found

    def unavoidable(self, step: str) -> bool:
        """Whether something lies beyond a step, and every drawn way there leads through it."""
        beyond = self.beyond.get(step, frozenset())
        return bool(beyond) and all(step in self.needed[b] for b in beyond)

    @cached_property
    def _order(self) -> list[str]:
        """The steps that are shown, each behind all those that lead on to it."""
        waits = dict.fromkeys(self.ahead, 0)
        for bs in self.ahead.values():
            for b in bs:
                waits[b] += 1
        found = [s for s, n in waits.items() if not n]
        for step in found:
            for b in self.ahead[step]:
                waits[b] -= 1
                found += [] if waits[b] else [b]
        return found

    def _seen(self, steps: Collection[str], drawn: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
        """The first steps on these ways that are shown."""
        found, todo = dict[str, None](), list(steps)
        passed = set[str]()
        while todo:
            step = todo.pop(0)
            if step in self.shown:
                found[step] = None
            elif step not in passed:
                passed.add(step)
                todo += drawn[step]
        return tuple(found)
