"""A journey together with what the evidence says of it: its numbers by step, and how they are written."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from cxkit._blocks import Tone
from cxkit._format import Words, estimate_text, tick_text
from cxkit.journey.graph import drawn_moves, starts
from cxkit.journey.model import Journey, Step, journey_hash
from cxkit.kpi.sentences import NO_ESTIMATE, says, why_not

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cxkit.evidence.estimate import Estimate
    from cxkit.evidence.findings import Finding
    from cxkit.evidence.manifest import StudyRecord
    from cxkit.evidence.view import View

__all__ = ["JourneyState", "Stray", "Told", "shown_or_none", "time_text", "times_text", "unit_of", "value_of"]

# Hours below which a time is said in a unit, and that unit in an hour: up to two minutes, an hour, two days.
_UNITS = ((1 / 30, 3600.0, "seconds"), (1.0, 60.0, "minutes"), (48.01, 1.0, "hours"), (math.inf, 1 / 24, "days"))


@dataclass(frozen=True)
class JourneyState:
    """A journey as it is to be drawn: its versions, and the plays that act on its steps.

    Attributes:
        plays: By id of the step, what each play is called and its tone.
    """

    as_is: Journey | None = None
    to_be: Journey | None = None
    plays: Mapping[str, tuple[tuple[str, Tone], ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Stray:
    """A whole path that journeys take and the map does not draw.

    Attributes:
        path: Its steps, by id; "…" stands for what was cut off.
        move: Its first move that is not drawn, by ids of steps; ("", step) where it begins on a step that it may not.
    """

    path: tuple[str, ...]
    move: tuple[str, str]
    estimate: Estimate


@dataclass(frozen=True)
class Told:
    """A journey together with what the evidence says of it."""

    view: View
    state: JourneyState
    journey: Journey

    @cached_property
    def words(self) -> Words:
        """The text catalogue in the client's language."""
        return says(self.view)

    @cached_property
    def study(self) -> StudyRecord | None:
        """How the journey was measured, or None where it was not."""
        return self.view.study(f"journey/{self.journey.id}") if self.state.as_is else None

    @property
    def stale(self) -> bool:
        """Whether what is counted has changed since it was measured."""
        return self.study is not None and self.study.definition != journey_hash(self.journey)

    def finding(self, step: str, measure: str) -> Finding | None:
        """A number of the journey, or None where there is none."""
        return self.view.finding(self.study.id, step, measure) if self.study else None

    def estimate(self, step: str, measure: str) -> Estimate | None:
        """The same as an Estimate, or None."""
        found = self.finding(step, measure)
        return found.estimate if found else None

    def has(self, measure: str) -> bool:
        """Whether any step has a number of this measure, shown or not."""
        return any(self.finding(s.id, measure) for s in self.journey.steps)

    def parts(self, step: str, measure: str) -> list[tuple[str, Finding]]:
        """The numbers of a measure that has parts, such as `flow=<step>`, by name of the part."""
        mine, start = self._mine.get(step, ()), f"{measure}="
        return [(f.measure.removeprefix(start), f) for f in mine if f.measure.startswith(start)]

    def label(self, step: str) -> str:
        """What a step is called."""
        return self._labels.get(step, step)

    @cached_property
    def order(self) -> dict[str, int]:
        """How far down the map each step is drawn."""
        return {s.id: i for i, s in enumerate(self.journey.steps)}

    @cached_property
    def drawn(self) -> set[tuple[str, str]]:
        """Every move from step to step that the map draws."""
        return drawn_moves(self.journey)

    @cached_property
    def _labels(self) -> dict[str, str]:
        return {s.id: s.label for s in self.journey.steps}

    def said(self, found: Finding | None) -> str:
        """A number in its unit with its interval, or why there is none."""
        if found is None or not found.estimate.shown:
            return why_not(self.view, found.estimate if found else None)
        e, w = found.estimate, self.words
        if found.unit != "hours":
            return estimate_text(e, unit_of(found), words=w)
        return w.say("interval.with_value", value=time_text(e.value or 0.0, w), interval=times_text(e, w))

    @cached_property
    def strays(self) -> tuple[Stray, ...]:
        """The most frequent paths that are not drawn, the most frequent first."""
        moves, begins = self.drawn, starts(self.journey)
        found: list[Stray] = []
        for name, f in self.parts("", "stray"):
            path = tuple(name.split(">"))
            steps = [s for s in path if s != "…"]
            pairs = [p for p in pairwise(steps) if p not in moves]
            move = ("", steps[0]) if steps and steps[0] not in begins else next(iter(pairs), ("", ""))
            found.append(Stray(path, move, f.estimate))
        return tuple(sorted(found, key=lambda s: -value_of(s.estimate)))

    @cached_property
    def _mine(self) -> dict[str, tuple[Finding, ...]]:
        """The numbers of all customers, by step."""
        found: dict[str, list[Finding]] = {}
        for f in self.view.evidence.findings if self.study else ():
            if f.study == self.study.id and not f.slice:  # pyright: ignore[reportOptionalMemberAccess]
                found.setdefault(f.item, []).append(f)
        return {item: tuple(fs) for item, fs in found.items()}

    @cached_property
    def apart(self) -> dict[str, Tone]:
        """Steps where surely more journeys end than at the others taken together, or fewer."""
        return self.tones("drop_off_vs_rest", better="lower")

    def tones(self, measure: str, *, better: str) -> dict[str, Tone]:
        """Steps that surely differ from the others taken together, and to which side."""
        found: dict[str, Tone] = {}
        for step in self.journey.steps:
            e = self.estimate(step.id, measure)
            above = e is not None and e.shown and e.low is not None and e.low > 0
            below = e is not None and e.shown and e.high is not None and e.high < 0
            if above or below:
                found[step.id] = "better" if above == (better == "higher") else "worse"
        return found

    @cached_property
    def worst(self) -> Step | None:
        """The step where surely more journeys end than at the others, the largest of them; None if none stands out."""
        found = [s for s in self.journey.steps if self.apart.get(s.id) == "worse"]
        return max(found, key=lambda s: value_of(self.estimate(s.id, "drop_off")), default=None)


def time_text(hours: float, w: Words, *, like: float | None = None, bare: bool = False) -> str:
    r"""A time in the unit that suits it.

    Args:
        hours: The time.
        w: The text catalogue.
        like: A time whose unit and digits this one takes, as the ends of an interval take those of its value.
        bare: Without the unit.

    Example:
        >>> from cxkit._format import words
        >>> [time_text(h, words()) for h in (0.12, 4.2, 48, 263.6)]
        ['7\xa0min', '4.2\xa0h', '48\xa0h', '11.0\xa0d']
    """
    suits = hours if like is None else like
    scale, unit = next((size, unit) for most, size, unit in _UNITS if suits < most)
    fine = unit in ("hours", "days") and suits * scale < (100 if unit == "days" else 10)
    number = tick_text(hours * scale, "count", step=0.1 if fine else 1, words=w)
    return number if bare else w.say(f"journey.time.{unit}", n=number)


def times_text(e: Estimate, w: Words) -> str:
    """The interval of a time, in the unit of its value, which stands beside it."""
    low, high = (None if v is None else time_text(v, w, like=e.value, bare=True) for v in (e.low, e.high))
    if low is None and high is None:
        return w.say("interval.none")
    key = "interval.below" if low is None else "interval.above" if high is None else "interval.both"
    return w.say(key, low=low, high=high)


def unit_of(found: Finding) -> str:
    """The unit of a number, as numbers are written in."""
    return "currency" if found.unit == "money" else found.unit


def shown_or_none(estimate: Estimate | None) -> Estimate:
    """The estimate, or one without a value."""
    return estimate or NO_ESTIMATE


def value_of(estimate: Estimate | None) -> float:
    """The value, or less than any share where there is none."""
    return estimate.value if estimate and estimate.value is not None else -1.0
