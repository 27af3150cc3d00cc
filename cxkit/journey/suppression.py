"""What may be said of the journeys of a value of a dimension, beside what is said of other values and of all.

Nothing is said that rests on a few customers: not a base, not those who did something, not those who did not. What a
few are could be found again by subtraction: all less the values that are shown, the journeys less those that end at
each step, those at one step less those at a later one that all of these came from. So more is hidden until no such
difference is a few. Where a step is hidden for all, it is for each value.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cxkit.data.privacy import hidden_cells

if TYPE_CHECKING:
    from cxkit.evidence.findings import Finding
    from cxkit.journey.estimates import Counts

__all__ = ["Family", "Hidden", "Told", "hide"]

Key = tuple[str, str]  # step and measure
Count = tuple[Key, str]  # "n" is the base of a number, "y" its hits, "off" its misses
Hidden = set[tuple[int, Key]]
JOURNEYS: Key = ("", "journeys")
FIT: Key = ("", "fit")
MOST_STEPS, NEAR = 40, 8  # steps of a map of which all pairs are looked at; of a larger one, those before each
MOST_CELLS = 3000  # ends of journeys, by step and value, whose differences are looked at one by one

# What is hidden with a measure of a step, since its base or its hits would tell.
_WITH = {
    "reach": (
        "through", "drop_off", "hours_to_next", "hours_to_next_p90", "repeat", "skip", "channel_switch", "money",
        "recontact_same", "recontact_any",
    ),
    "drop_off": ("hours_to_next", "hours_to_next_p90", "channel_switch", "money"),
}  # fmt: skip
_AGAINST = {"drop_off": "drop_off_vs_rest", "score": "score_vs_rest"}


@dataclass(frozen=True)
class Told:
    """Everything that might be said of the journeys of one value, or of all.

    Attributes:
        findings: The numbers.
        counts: What each of them rests on.
        ended: Customers whose journey ended at a step that it may rightly end on.
        last: The only such step, or "" where there are several.
        within: Whether all journeys that came to the second of two steps had come to the first.
    """

    findings: Mapping[Key, Finding]
    counts: Mapping[Key, Counts]
    ended: int = 0
    last: str = ""
    within: Callable[[str, str], bool] = field(default=lambda _, __: False, compare=False)

    def status(self, key: Key) -> str:
        """Whether a number is shown, or why not."""
        found = self.findings.get(key)
        return found.estimate.status if found else "suppressed"


@dataclass(frozen=True)
class Family:
    """Values that are all parts of another, or of all.

    Attributes:
        whole: Place of what they are parts of.
        parts: Their places.
        shared: Whether a customer may have journeys of several of them.
    """

    whole: int
    parts: tuple[int, ...]
    shared: bool


def hide(
    told: Sequence[Told], families: Sequence[Family], *, needed: Mapping[str, Sequence[str]], threshold: int
) -> Hidden:
    """What is not said of which value: its place and the measure.

    Args:
        told: All journeys, and those of each value of each dimension.
        families: What is part of what; place 0 are all journeys.
        needed: Each step, with those that every way to it leads through before it, and itself at the end.
        threshold: Fewest customers that are told of.
    """
    return _Hiding(told, families, needed, threshold).run()


class _Hiding:
    """The hiding of what would give a few away."""

    def __init__(
        self, told: Sequence[Told], families: Sequence[Family], needed: Mapping[str, Sequence[str]], threshold: int
    ) -> None:
        self.told, self.families, self.needed, self.threshold = told, families, needed, threshold
        self.values = range(1, len(told))
        self.keys = list(dict.fromkeys(k for t in told for k in t.findings))
        near = None if len(needed) <= MOST_STEPS else NEAR
        self.chains = [(a, b) for b, before in needed.items() for a in list(reversed(before[:-1]))[:near]]
        self.nested = list(self._nested())
        self.hidden: Hidden = set()
        self.seen: dict[Key, frozenset[int]] = {}

    def run(self) -> Hidden:
        self.hidden = {(i, k) for i in self.values for k in self.keys if self._small(self.told[i], k)}
        if len(self.needed) > MOST_STEPS:
            self.hidden |= {(i, k) for i in self.values for k in self.keys if k[1] == "skip"}
        while True:
            before = len(self.hidden)
            self._hide_with()
            self._hide_chains()
            self._hide_ends()
            for key in self.keys:
                self._hide_across(key)
            if len(self.hidden) == before:
                return self.hidden

    def few(self, customers: float) -> bool:
        return 0 < customers < self.threshold

    def _small(self, value: Told, key: Key) -> bool:
        """Whether a number must not be shown, whatever else is."""
        if "suppressed" in (value.status(key), self.told[0].status(key)):
            return True
        counts = value.counts.get(key)
        if counts is None:
            return False
        split = value.status(key) == "ok" and (self.few(counts.hits) or self.few(counts.misses))
        return self.few(counts.customers) or split

    def _hide_with(self) -> None:
        """What hangs together with something hidden."""
        for i, (step, measure) in list(self.hidden):
            self.hidden |= {(i, (step, m)) for m in _WITH.get(measure, ())}
            found = self.told[i].status((step, measure)) == "ok"
            if measure == "reach":
                self.hidden |= {(i, (a, "skip")) for a in self.needed.get(step, ())[:-1]}
            if found and measure in _AGAINST:
                self.hidden |= {(i, k) for k in self.keys if k[1] == _AGAINST[measure]}
            if found and measure == "money":
                self.hidden.add((i, ("", "money")))
            if (step, measure) == JOURNEYS:
                self.hidden |= {(i, k) for k in self.keys}

    def _nested(self) -> Iterator[tuple[Count, Count]]:
        """Pairs of counts of which one has everything that the other has; the second of them may be hidden for it."""
        for a, b in self.chains:
            yield ((a, "through"), "y"), ((b, "through"), "y")
            if self.told[0].within(a, b):
                yield ((a, "reach"), "y"), ((b, "reach"), "y")
        for step in self.needed:
            yield ((step, "reach"), "y"), ((step, "through"), "y")
            for kind in ("n", "off"):
                yield ((step, "drop_off"), "off"), ((step, "skip"), kind)
                for other in self.needed if len(self.needed) <= MOST_STEPS else ():
                    yield ((other, "reach"), "y"), ((step, "skip"), kind)
                    yield ((other, "drop_off"), "n"), ((step, "skip"), kind)
            # Whoever repeats or passes by a step does not follow the map, nor does who comes to it out of order.
            yield from ((((step, m), "y"), (FIT, "y")) for m in ("reach", "through"))
            yield from ((((step, m), "y"), (FIT, "off")) for m in ("repeat", "skip"))

    def _hide_chains(self) -> None:
        """Steps, and counts of the funnel, that differ by a few from one that all of theirs came from."""
        for i in self.values:
            steps = [(a, b) for a, b in self.chains if self._differ(i, ((a, "reach"), "y"), ((b, "reach"), "y"))]
            self.hidden |= {(i, (b, "reach")) for a, b in steps if self.told[i].within(a, b)}
            self.hidden |= {(i, other[0]) for one, other in self.nested if self._differ(i, one, other)}
            self._hide_last(i)
        for one, other in self.nested:
            silent = {i for i in self.values if not self._tells(i, one, other)}
            for family in self._families_without(silent):
                self._hide_pooled(family, one, other)

    def _hide_last(self, i: int) -> None:
        """What is told of the last step, where those who rightly end there can be told from the ends of all others."""
        value = self.told[i]
        for measure in ("reach", "through") if value.last else ():
            key = (value.last, measure)
            if self._tells(i, (key, "y")) and self.few(abs(value.counts[key].y - value.ended)):
                self.hidden.add((i, key))

    def _families_without(self, hidden: Collection[int]) -> list[Family]:
        """What is part of what; a hidden value of a dimension may be told by parts of its own from another."""
        parts_of = {f.whole: f for f in self.families if f.whole and not f.shared}
        found = list(self.families)
        for family in self.families:
            told = [parts_of[i].parts if i in hidden and i in parts_of else (i,) for i in family.parts]
            parts = tuple(dict.fromkeys(itertools.chain(*told)))
            if parts != family.parts and not family.shared:
                found.append(replace(family, parts=parts))
        return found

    def _differ(self, i: int, one: Count, other: Count) -> bool:
        """Whether two counts that are told differ by a few."""
        return self._tells(i, one, other) and self.few(abs(self._gap(i, one, other)))

    def _hide_pooled(self, family: Family, one: Count, other: Count) -> None:
        """Hide until what two counts differ by, for the whole less the values that tell of both, is no few."""
        while self._tells(family.whole, one, other):
            both = [i for i in family.parts if self._tells(i, one, other)]
            left = self._gap(family.whole, one, other) - sum(self._gap(i, one, other) for i in both)
            chosen = [i for i in both if self.told[i].counts[one[0]].n]
            if len(both) == len(family.parts) or not self.few(abs(left)) or not chosen:
                return
            self.hidden.add((min(chosen, key=lambda i: (self.told[i].counts[one[0]].n, i)), other[0]))

    def _tells(self, i: int, *counts: Count) -> bool:
        """Whether counts can be read from what is shown."""
        for key, kind in counts:
            status = self.told[i].status(key)
            if (i, key) in self.hidden or not (status == "ok" or (kind == "n" and status == "too_few")):
                return False
        return True

    def _gap(self, i: int, one: Count, other: Count) -> float:
        return self._count(i, *one) - self._count(i, *other)

    def _count(self, i: int, key: Key, kind: str) -> float:
        counts = self.told[i].counts[key]
        return {"y": counts.y, "n": counts.n, "off": counts.n - counts.y}[kind]

    def _hide_across(self, key: Key) -> None:
        """Hide a number of more values until no hidden one follows from those that are shown."""
        places = frozenset(i for i in range(len(self.told)) if (i, key) in self.hidden)
        if not places or self.seen.get(key) == places or 0 in places or self.told[0].status(key) == "suppressed":
            return
        names = ("customers", "hits", "misses") if self.told[0].status(key) == "ok" else ("customers",)
        for name in names:
            places |= self._hidden_places(key, name, places)
        self.hidden |= {(i, key) for i in places}
        self.seen[key] = places

    def _hidden_places(self, key: Key, name: str, hidden: frozenset[int]) -> set[int]:
        counted = [i for i, t in enumerate(self.told) if key in t.counts]
        units = {i: float(getattr(self.told[i].counts[key], name)) for i in counted}
        relations: list[tuple[int, list[int]]] = []
        for place, family in enumerate(self._families_without(hidden)):
            parts = [i for i in family.parts if i in units]
            if family.whole in units:
                # What belongs to the whole and to no value, such as answers of people without a journey.
                rest = 0.0 if family.shared else units[family.whole] - sum(units[i] for i in parts)
                units |= {-1 - place: rest} if rest > 0 else {}
                relations.append((family.whole, [*parts, -1 - place] if rest > 0 else parts))
        shared = any(f.shared for f in self.families)
        small, others = hidden_cells(units, relations, threshold=self.threshold, shared=shared, also=hidden)
        return {i for i in small | others if i > 0}

    def _hide_ends(self) -> None:
        """Journeys of a value end at one of its steps, and those that end at a step are of one of the values."""
        steps = [s for s, m in self.keys if m == "drop_off" and self.told[0].status((s, m)) == "ok"]
        if len(steps) * len(self.told) > MOST_CELLS:
            some = {i for i, k in self.hidden if k[1] == "drop_off"}
            self.hidden |= {(i, (s, "drop_off")) for i in some for s in steps}
            return
        units: dict[tuple[int, str], float] = {}
        for i, told in enumerate(self.told):
            counts = told.counts
            units |= {(i, s): float(counts[s, "drop_off"].hits) for s in steps if (s, "drop_off") in counts}
            units |= {(i, ""): float(counts[JOURNEYS].customers), (i, ".ended"): float(told.ended)}
        live = [i for i in range(len(self.told)) if (i, JOURNEYS) not in self.hidden]
        relations = [((i, ""), [(i, s) for s in (*steps, ".ended") if (i, s) in units]) for i in live]
        for s in steps:
            silent = {i for i in self.values if (i, (s, "drop_off")) in self.hidden}
            among = self._families_without(silent)
            relations += [((f.whole, s), [(i, s) for i in f.parts if (i, s) in units]) for f in among]
        also = {(i, s) for i, (s, m) in self.hidden if m == "drop_off" and (i, s) in units}
        shared = any(f.shared for f in self.families)
        small, others = hidden_cells(units, relations, threshold=self.threshold, shared=shared, also=also)
        for i, s in small | others:
            if i and s != ".ended":
                self.hidden.add((i, (s, "drop_off") if s else JOURNEYS))
