"""What may be said about a journey: the finding, the numbers it rests on, and what the map does not show.

A step is called the one where most end only when the interval of its difference from the other steps, which holds
for all steps at once, leaves no difference out.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from cxkit._blocks import Inline, Line, Strong, Tag, Tone
from cxkit._format import Words, count_text, date_text, difference_text, estimate_text, tick_text
from cxkit.journey.model import Journey, Step, journey_hash
from cxkit.kpi.sentences import NO_ESTIMATE, says, why_not

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cxkit.evidence.estimate import Estimate
    from cxkit.evidence.findings import Finding
    from cxkit.evidence.manifest import StudyRecord
    from cxkit.evidence.view import View

__all__ = ["JourneyState", "Told", "edited", "headline", "lead", "notes", "time_text"]
__all__ += ["times_text"]

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
        return max(found, key=lambda s: _value(self.estimate(s.id, "drop_off")), default=None)


def headline(told: Told) -> str:
    """The finding in one sentence."""
    w, label, worst = told.words, told.journey.label, told.worst
    if told.state.as_is is None:
        return w.say("journey.head.to_be", label=label)
    if told.study is None:
        return w.say("journey.head.drawn", label=label)
    if worst is not None:
        value = estimate_text(_shown(told.estimate(worst.id, "drop_off")), "percent", words=w)
        return w.say("journey.head.worst", label=label, step=worst.label, value=value)
    drops = [told.estimate(s.id, "drop_off") for s in told.journey.steps]
    if sum(1 for e in drops if e and e.shown) > 1:
        return w.say("journey.head.even", label=label)
    journeys = told.estimate("", "journeys")
    why = why_not(told.view, journeys) if journeys and not journeys.shown else w.say("status.too_few")
    return w.say("journey.head.none", label=label, why=why)


def lead(told: Told) -> Line:
    """The paragraph under the finding: the base, how many get through, and what the curve is."""
    w = told.words
    if told.study is None:
        return (w.say("journey.lead.drawn"),)
    sentences = [_base(told), _through(told), _difference(told), _fit(told), _score(told)]
    line: list[Inline] = []
    for sentence in (s for s in sentences if s):
        line += [" ", *sentence] if line else sentence
    return tuple(line)


def notes(told: Told) -> tuple[Line, ...]:
    """How it was measured, and what was left out."""
    if told.study is None:
        return ()
    w, s = told.words, told.study
    days = {"first": date_text(s.first, words=w), "last": date_text(s.last, words=w)}
    covered = " ".join([w.say("journey.covered", **days), *_against(told)])
    reading = w.say("journey.reading", confidence=f"{told.view.manifest.confidence:.0%}".rstrip("%"))
    return ((" ".join([covered, *s.notes]),), (f"{s.method} {reading}",))


def edited(told: Told) -> Line:
    """That the map was changed since it was measured."""
    w = told.words
    return (Tag(w.say("journey.edited_tag"), "open"), " ", w.say("journey.edited"))


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


def _against(told: Told) -> list[str]:
    """The most frequent moves against the order of the map."""
    w, labels = told.words, {s.id: s.label for s in told.journey.steps}
    mine = (f for f in told.view.evidence.findings if told.study and f.study == told.study.id and f.estimate.shown)
    back = [(f, f.measure.removeprefix("back_to=")) for f in mine if f.measure.startswith("back_to=")]
    said = [
        w.say("journey.back", step=labels[f.item], to=labels[to], value=estimate_text(f.estimate, "percent", words=w))
        for f, to in back
        if f.item in labels and to in labels
    ]
    return [w.say("journey.against", list=w.all_of(said))] if said else []


def _base(told: Told) -> Line:
    w, found = told.words, _shown(told.estimate("", "journeys"))
    if not found.shown or told.study is None:
        return ()
    number = Strong(count_text(int(found.value or 0), w))
    last = dt.date.fromisoformat(told.study.last) - dt.timedelta(days=(told.journey.window_days or 1) - 1)
    last = date_text(last.isoformat(), words=w)
    return w.line(f"journey.lead.base_{told.study.counts}", n=number, last=last)


def _through(told: Told) -> Line:
    """How many reach the last step that is measured."""
    w = told.words
    ends = [s for s in told.journey.steps if s.last and _shown(told.estimate(s.id, "reach")).shown]
    if not ends:
        return ()
    reach = estimate_text(_shown(told.estimate(ends[0].id, "reach")), "percent", words=w)
    return w.line("journey.lead.through", value=Strong(reach), step=ends[0].label)


def _difference(told: Told) -> Line:
    w = told.words
    if told.worst is None:
        return (w.say("journey.lead.even"),) if told.has("drop_off_vs_rest") else ()
    e = _shown(told.estimate(told.worst.id, "drop_off_vs_rest"))
    size = difference_text(e.value or 0.0, "percent", words=w)
    return (w.say("journey.lead.worst", step=told.worst.label, size=size),)


def _fit(told: Told) -> Line:
    e = _shown(told.estimate("", "fit"))
    if not e.shown:
        return ()
    return (told.words.say("journey.lead.fit", value=estimate_text(e, "percent", words=told.words)),)


def _score(told: Told) -> Line:
    if not any(_shown(told.estimate(s.id, "score")).shown for s in told.journey.steps):
        return ()
    aims = any("score" in s.targets for s in (told.state.to_be.steps if told.state.to_be else ()))
    return (told.words.say("journey.lead.curve_aims" if aims else "journey.lead.curve"),)


def _shown(estimate: Estimate | None) -> Estimate:
    return estimate or NO_ESTIMATE


def _value(estimate: Estimate | None) -> float:
    return estimate.value if estimate and estimate.value is not None else -1.0
