"""What may be said about a journey: the finding, the numbers it rests on, and what the map does not show.

The finding is the first of these that surely holds: a third of the journeys or more are not on the map, for then what
stands at its steps is not their way; more end at one step than at the others, by an interval that holds for all steps
at once; a tenth or more are not on the map; more money is at stake at one step than at any other.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from cxkit._blocks import Inline, Line, Strong, Tag, Tone
from cxkit._format import Words, count_text, date_text, difference_text, estimate_text, tick_text
from cxkit.journey.graph import drawn_moves, starts
from cxkit.journey.model import Journey, Step, journey_hash
from cxkit.kpi.sentences import NO_ESTIMATE, says, why_not

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cxkit.evidence.estimate import Estimate
    from cxkit.evidence.findings import Finding
    from cxkit.evidence.manifest import StudyRecord
    from cxkit.evidence.view import View

__all__ = ["JourneyState", "Stray", "Told", "edited", "headline", "lead", "notes", "share_words", "time_text"]
__all__ += ["times_text", "unit_of"]

MANY, SOME = 1 / 3, 1 / 10  # of the journeys not on the map: told before all else; told where no step stands out
BACK = 3  # moves back that the notes tell
_PARTS = (0.1, 0.2, 0.25, 1 / 3, 0.4, 0.5, 0.6, 2 / 3, 0.75, 0.8, 0.9)

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
        found = self.journey.step(step)
        return found.label if found else step

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
        moves, begins = drawn_moves(self.journey), starts(self.journey)
        found: list[Stray] = []
        for name, f in self.parts("", "stray"):
            path = tuple(name.split(">"))
            steps = [s for s in path if s != "…"]
            pairs = [p for p in pairwise(steps) if p not in moves]
            move = ("", steps[0]) if steps and steps[0] not in begins else next(iter(pairs), ("", ""))
            found.append(Stray(path, move, f.estimate))
        return tuple(sorted(found, key=lambda s: -_value(s.estimate)))

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
        return max(found, key=lambda s: _value(self.estimate(s.id, "drop_off")), default=None)


def headline(told: Told) -> str:
    """The finding in one sentence."""
    w, label = told.words, told.journey.label
    if told.state.as_is is None:
        return w.say("journey.head.to_be", label=label)
    if told.study is None:
        return w.say("journey.head.drawn", label=label)
    rules = (lambda: _off_map(told, MANY), lambda: _worst(told), lambda: _off_map(told, SOME), lambda: _dearest(told))
    return next(filter(None, (rule() for rule in rules)), "") or _nothing_stands_out(told)


def _off_map(told: Told, least: float) -> str:
    """How many journeys are not on the map, where that is surely at least so many; and where most of them leave it."""
    w, e = told.words, _shown(told.estimate("", "fit"))
    if not e.shown or e.low is None or e.high is None or 1 - e.high < least:
        return ""
    move = _where_most_leave(told, 1 - e.low)
    key = "off_map" if move is None else "off_map_start" if not move[0] else "off_map_step"
    step = told.label(move[0] or move[1]) if move else ""
    return w.say(
        f"journey.head.{key}", label=told.journey.label, share=share_words(1 - e.high, 1 - e.low, w), step=step
    )


def _where_most_leave(told: Told, most: float) -> tuple[str, str] | None:
    """The step at which surely more than half of the journeys that are not on the map leave it; None if none is it.

    Only the most frequent paths are known; their lower limits have to be more than half of the upper limit of all.
    """
    sure: dict[tuple[str, str], float] = {}
    for s in told.strays:
        at = (s.move[0], "") if s.move[0] else s.move
        sure[at] = sure.get(at, 0.0) + (s.estimate.low or 0.0)
    return next((at for at, low in sure.items() if any(at) and low > most / 2), None)


def _worst(told: Told) -> str:
    worst = told.worst
    if worst is None:
        return ""
    value = estimate_text(_shown(told.estimate(worst.id, "drop_off")), "percent", words=told.words)
    return told.words.say("journey.head.worst", label=told.journey.label, step=worst.label, value=value)


def _dearest(told: Told) -> str:
    """The step where surely more money is at stake than at any other."""
    found = [(s, f) for s in told.journey.steps if (f := told.finding(s.id, "money")) and f.estimate.shown]
    if len(found) < 2:
        return ""
    first, *rest = sorted(found, key=lambda sf: -(sf[1].estimate.value or 0.0))
    low, others = first[1].estimate.low, [f.estimate.high for _, f in rest]
    if low is None or any(high is None or high >= low for high in others):
        return ""
    said = {"label": told.journey.label, "step": first[0].label, "value": told.said(first[1])}
    return told.words.say("journey.head.dearest", **said)


def _nothing_stands_out(told: Told) -> str:
    w, label = told.words, told.journey.label
    drops = [told.estimate(s.id, "drop_off") for s in told.journey.steps]
    if sum(1 for e in drops if e and e.shown) > 1:
        return w.say("journey.head.even", label=label)
    journeys = told.estimate("", "journeys")
    why = why_not(told.view, journeys) if journeys and not journeys.shown else w.say("status.too_few")
    return w.say("journey.head.none", label=label, why=why)


def share_words(low: float, high: float, w: Words) -> str:
    """A share in everyday words that hold for its whole interval.

    Example:
        >>> from cxkit._format import words
        >>> share_words(0.35, 0.37, words()), share_words(0.31, 0.36, words())
        ('more than one in three real journeys is', 'about one in three real journeys is')
    """
    inside = [i for i, part in enumerate(_PARTS) if low <= part <= high]
    nearest = min(inside, key=lambda i: abs(_PARTS[i] - (low + high) / 2), default=None)
    if nearest is not None:
        return w.say("journey.share.about", part=w.table["journey"]["share"]["parts"][nearest])
    below = [i for i, part in enumerate(_PARTS) if part < low]
    key, at = ("more", below[-1]) if below else ("fewer", 0)
    return w.say(f"journey.share.{key}", part=w.table["journey"]["share"]["parts"][at])


def lead(told: Told) -> Line:
    """The paragraph under the finding: the base, how many get through, and what the curve is."""
    w = told.words
    if told.study is None:
        return (w.say("journey.lead.drawn"),)
    sentences = [_base(told), _through(told), _difference(told), _money(told), _fit(told), _score(told)]
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


def unit_of(found: Finding) -> str:
    """The unit of a number, as numbers are written in."""
    return "currency" if found.unit == "money" else found.unit


def _against(told: Told) -> list[str]:
    """The most frequent moves back to a step that is drawn earlier."""
    w, labels = told.words, {s.id: s.label for s in told.journey.steps}
    back = [(s.id, to, f) for s in told.journey.steps for to, f in told.parts(s.id, "back_to")]
    back = sorted((b for b in back if b[2].estimate.shown and b[1] in labels), key=lambda b: -_value(b[2].estimate))
    said = [w.say("journey.back", step=labels[step], to=labels[to], value=told.said(f)) for step, to, f in back[:BACK]]
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


def _money(told: Told) -> Line:
    found = told.finding("", "money")
    if found is None or not found.estimate.shown:
        return ()
    return told.words.line("journey.lead.money", value=Strong(told.said(found)))


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
