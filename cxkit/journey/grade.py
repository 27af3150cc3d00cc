"""How well a step is known: a grade from A to D, from the proofs that it rests on, their age, and what is measured.

The rule (source: cxkit default):

    A   measured in this engagement, by events or answers; or a study or survey of 30 people or more
    B   a smaller study, research of unknown size, interviews with customers
    C   a workshop with those who work there
    D   an assumption, or nothing

Each full year of age costs a grade; on the anniversary itself nothing is lost yet. A proof without a day counts as a
year old, one whose day is still to come does not count yet. The best proof counts. What is measured counts only where
the evidence shows it: events that nobody has seen at a step prove nothing about it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from cxkit._format import Words, count_text

if TYPE_CHECKING:
    from cxkit.evidence.view import View
    from cxkit.journey.model import Journey, Step
    from cxkit.journey.parts import Proof

__all__ = ["GRADES", "LARGE", "Grade", "Graded", "Seen", "grade_journey", "grade_shares", "grade_step", "grade_text"]
__all__ += ["seen_in"]

Grade = Literal["A", "B", "C", "D"]
GRADES: tuple[Grade, ...] = ("A", "B", "C", "D")
LARGE = 30
"""People from whom on a study is a large one."""

_FIRST: dict[str, Grade] = {"research": "B", "interviews": "B", "workshop": "C"}


@dataclass(frozen=True)
class Seen:
    """What the evidence shows of a journey.

    Attributes:
        events: Steps that events were seen at.
        answers: Steps that answers were given about.
        until: Last day of the data, which is how old they are; None where nothing is measured.
    """

    events: frozenset[str] = field(default_factory=frozenset[str])
    answers: frozenset[str] = field(default_factory=frozenset[str])
    until: dt.date | None = None


@dataclass(frozen=True)
class Graded:
    """A grade, and what it rests on.

    Attributes:
        why: What it rests on: "events", "answers", "large", "few", "research", "interviews", "workshop", "assumption",
            "unseen", "to_come" or "nothing".
        label: What the proof is called; "" where there is none.
        n: People behind it, or None.
        years: Full years of age, each of which costs a grade.
        dated: Whether the proof says its day.
    """

    grade: Grade
    why: str = "nothing"
    label: str = ""
    n: int | None = None
    years: int = 0
    dated: bool = True


def seen_in(view: View | None, journey: Journey) -> Seen:
    """What the evidence shows of a journey as it is; nothing of one that is to be, or was not measured."""
    if view is None or journey.version != "as-is":
        return Seen()
    study = f"journey/{journey.id}"
    found = {
        (f.item, f.measure) for f in view.evidence.findings if f.study == study and f.estimate.shown and not f.slice
    }
    events, answers = (frozenset(i for i, m in found if m == measure and i) for measure in ("reach", "score"))
    return Seen(events, answers, dt.date.fromisoformat(view.manifest.data_until[:10]))


def grade_step(journey: Journey, step: Step, *, today: dt.date, seen: Seen | None = None) -> Graded:
    """The grade of a step, by the rule above.

    Args:
        journey: The map, which lists the proofs.
        step: One of its steps.
        today: The day against which age is held.
        seen: What the evidence shows; nothing if None.
    """
    seen = seen or Seen()
    linked = [p for p in journey.proofs if p.id in step.proofs]
    found = [_graded(p, step, today, seen) for p in linked]
    if step.id in seen.events:
        label = next((p.label for p in linked if p.kind == "events"), "")
        found.append(_aged("A", "events", label, on=seen.until, today=today))
    return min(found, key=lambda g: (g.grade, g.years), default=Graded("D"))


def grade_journey(journey: Journey, *, today: dt.date, seen: Seen | None = None) -> dict[str, Graded]:
    """The grade of every step, by its id."""
    return {s.id: grade_step(journey, s, today=today, seen=seen) for s in journey.steps}


def grade_shares(graded: Mapping[str, Graded] | Iterable[Graded]) -> dict[Grade, float]:
    """The share of the steps that have each grade.

    Example:
        >>> grade_shares([Graded("A"), Graded("D"), Graded("A"), Graded("B")])
        {'A': 0.5, 'B': 0.25, 'C': 0.0, 'D': 0.25}
    """
    grades = [g.grade for g in (graded.values() if isinstance(graded, Mapping) else graded)]
    return {g: grades.count(g) / len(grades) if grades else 0.0 for g in GRADES}


def grade_text(graded: Graded, *, words: Words) -> str:
    """Why a step has its grade, in words.

    Example:
        >>> from cxkit._format import words
        >>> grade_text(Graded("C", "interviews", "Talks with movers", n=12, years=1), words=words())
        'Talks with movers: interviews with 12 people, a year old'
    """
    counted = "" if graded.n is None else "_n"
    n = count_text(graded.n or 0, words)
    told = words.say(f"grade.why.{graded.why}{counted if words.has(f'grade.why.{graded.why}_n') else ''}", n=n)
    if graded.label:
        told = words.say("grade.named", label=graded.label, why=told)
    if not graded.dated:
        return words.say("grade.undated", why=told)
    return words.count("grade.aged", graded.years, why=told) if graded.years else told


def _graded(proof: Proof, step: Step, today: dt.date, seen: Seen) -> Graded:
    """What one proof is worth for a step."""
    large = proof.n is not None and proof.n >= LARGE
    if proof.on is not None and proof.on > today:
        return Graded("D", "to_come", proof.label, proof.n)
    if proof.kind == "assumption":
        return Graded("D", "assumption", proof.label)
    measured = proof.kind in ("events", "answers") and step.id in getattr(seen, proof.kind)
    if measured:
        return _aged("A", proof.kind, proof.label, n=proof.n, on=proof.on or seen.until, today=today)
    if proof.kind == "events" or (proof.kind == "answers" and proof.n is None):
        return Graded("D", "unseen", proof.label)
    if large and proof.kind in ("answers", "research"):
        return _aged("A", "large", proof.label, n=proof.n, on=proof.on, today=today)
    if proof.kind == "answers":
        return _aged("B", "few", proof.label, n=proof.n, on=proof.on, today=today)
    return _aged(_FIRST[proof.kind], proof.kind, proof.label, n=proof.n, on=proof.on, today=today)


def _aged(
    grade: Grade, why: str, label: str, *, on: dt.date | None, today: dt.date, n: int | None = None
) -> Graded:  # fmt: skip
    """A grade after its years; a proof without a day counts as one year old."""
    years = 1 if on is None else _years(on, today)
    return Graded(GRADES[min(GRADES.index(grade) + years, 3)], why, label, n, years, dated=on is not None)


def _years(on: dt.date, today: dt.date) -> int:
    """Full years between two days; the anniversary itself still belongs to the year before."""
    whole = today.year - on.year
    return max(0, whole - ((today.month, today.day) <= (on.month, on.day)))
