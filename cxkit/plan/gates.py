"""The customer stamp: whether something may be launched, judged by what is known and by the four who live with it.

A number passes only when its whole interval does. What the data cannot tell is not passed and not failed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from cxkit._documents import Loc, read_document, update_document
from cxkit._format import Words, count_text, date_text, tick_text
from cxkit.errors import DocumentError
from cxkit.evidence.refs import HIGHEST_SHARE, Found, find
from cxkit.evidence.view import View
from cxkit.kpi.periods import complete_periods
from cxkit.kpi.sentences import says
from cxkit.plan.model import VOICES, Criterion, Gate, Voice

__all__ = ["GateVerdict", "Judged", "Stamp", "judge_gate", "write_gate"]

GateVerdict = Literal["go", "no-go", "insufficient"]
Verdict = Literal["met", "failed", "open"]


class Where(Protocol):
    """Gives the place of something in the gate's file."""

    def __call__(self, *loc: str | int) -> str: ...


@dataclass(frozen=True, slots=True)
class Judged:
    """A criterion with its number.

    Attributes:
        bar: The bar in words, such as "at least 80 %".
        verdict: "open" where the data cannot tell.
        why: The reason in a sentence.
    """

    criterion: Criterion
    found: Found
    bar: str
    verdict: Verdict
    why: str


@dataclass(frozen=True, slots=True)
class Stamp:
    """A gate as it stands on a day.

    Attributes:
        verdict: What follows from criteria and voices; "insufficient" where anything is open and nothing speaks
            against it.
        voices: The four, those not yet asked as open.
        until: Last day of the evidence.
    """

    gate: Gate
    verdict: GateVerdict
    criteria: tuple[Judged, ...]
    voices: tuple[Voice, ...]
    until: dt.date

    @property
    def against_evidence(self) -> bool:
        """Whether a decision was taken that criteria and voices do not carry."""
        made = self.gate.decision.made
        return made is not None and (made == "go") != (self.verdict == "go")


def judge_gate(gate: Gate, view: View, *, today: dt.date, where: Where) -> Stamp:
    """Whether a gate may be passed.

    Args:
        gate: The gate.
        view: The evidence in one period.
        today: The day from which the age of the evidence is counted.
        where: Gives the place of a criterion in the gate's file, such as `where("criteria", 0)`.

    Raises:
        DocumentError: A criterion names what was not measured, or a bar that no share can reach.
    """
    until = _until(view)
    judged = tuple(
        _judged(c, view, old=_old(gate, view, until, today), where=lambda i=i: where("criteria", i))
        for i, c in enumerate(gate.criteria)
    )
    given = {v.voice: v for v in gate.voices}
    voices = tuple(given.get(v, Voice(voice=v)) for v in VOICES)
    return Stamp(gate, _verdict(judged, voices), judged, voices, until)


def write_gate(
    path: Path,
    *,
    voices: Mapping[str, Mapping[str, Any]] | None = None,
    decision: Mapping[str, Any] | None = None,
    criteria: Mapping[str, Mapping[str, Any]] | None = None,
    expected: str | None = None,
) -> Gate:
    """Write answers into the file of a gate; comments, order and everything else in it stay.

    Args:
        path: The file.
        voices: For each voice what changes, such as `{"sales": {"answer": "yes", "by": "Ann"}}`.
        decision: What changes of the decision.
        criteria: For each criterion, by id, what changes; one that is not there yet is added.
        expected: `hash_of` the file when it was read, so that nobody else's answers are lost.

    Raises:
        DocumentError: The file has changed since, or the answers do not fit; nothing is written.
    """
    name = f"gates/{path.name}"
    gate = read_document(path, Gate, name=name)
    changes = _listed("voices", "voice", [v.voice for v in gate.voices], voices or {})
    changes |= _listed("criteria", "id", [c.id for c in gate.criteria], criteria or {})
    changes |= {("decision", k): v for k, v in (decision or {}).items()}
    return update_document(path, Gate, changes, expected=expected, name=name)


def _listed(part: str, key: str, there: list[str], given: Mapping[str, Mapping[str, Any]]) -> dict[Loc, Any]:
    changes: dict[Loc, Any] = {}
    for one, fields in given.items():
        if one in there:
            changes |= {(part, there.index(one), k): v for k, v in fields.items()}
        else:
            changes[part, len(there)] = {key: one, **fields}
            there = [*there, one]
    return changes


def _until(view: View) -> dt.date:
    """Last day of the evidence; in a view of an earlier period, the last day of that."""
    first, last = (dt.date.fromisoformat(d) for d in (view.manifest.data_from, view.manifest.data_until))
    if view.period == view.manifest.periods[view.length][-1]:
        return last
    periods = complete_periods(view.length, first=first.replace(month=1, day=1), last=last)
    return next((p.end - dt.timedelta(days=1) for p in periods if p.name == view.period), last)


def _old(gate: Gate, view: View, until: dt.date, today: dt.date) -> str:
    """Why the evidence is too old, or ""."""
    w, age = says(view), (today - until).days
    if age <= gate.max_age_days:
        return ""
    most, date = count_text(gate.max_age_days, w), date_text(until.isoformat(), words=w)
    return w.say("gate.why.old", date=date, days=count_text(age, w), most=most)


def _judged(criterion: Criterion, view: View, *, old: str, where: Any) -> Judged:  # noqa: ANN401
    w, found = says(view), find(view, criterion, where=where)
    bar = criterion.at_least if criterion.at_least is not None else criterion.at_most or 0.0
    if found.unit == "percent" and abs(bar) > HIGHEST_SHARE:
        raise DocumentError(f"The bar {bar:g} cannot be reached.", where=where(), hint=f"Write {bar:g} % for a share.")
    verdict, why = ("open", old) if old else _told(criterion, found, bar, view)
    at = "least" if criterion.at_least is not None else "most"
    return Judged(criterion, found, w.say(f"gate.bar.{at}", bar=_bar_text(bar, found.unit, w)), verdict, why)


def _told(criterion: Criterion, found: Found, bar: float, view: View) -> tuple[Verdict, str]:
    w, e = says(view), found.estimate
    needed = max(criterion.minimum_n or 1, found.minimum_n)
    if e.status == "too_few" or (e.shown and (e.n is None or e.n < needed)):
        return "open", w.say("gate.why.few", n=count_text(e.n or 0, w), needed=count_text(needed, w))
    if not e.shown:
        return "open", w.say(f"gate.why.{'undefined' if e.status == 'ok' else e.status}")
    at_least = criterion.at_least is not None
    verdict = _against(e.low, e.high, bar) if at_least else _against(_minus(e.high), _minus(e.low), -bar)
    said = {"met": "met", "failed": "failed", "open": "spans"}[verdict]
    return verdict, _why(said, "least" if at_least else "most", _bar_text(bar, found.unit, w), w)


def _against(low: float | None, high: float | None, bar: float) -> Verdict:
    """Where an interval stands against a bar that it has to clear upwards."""
    if low is not None and low >= bar:
        return "met"
    return "failed" if high is not None and high < bar else "open"


def _minus(value: float | None) -> float | None:
    return None if value is None else -value


def _bar_text(bar: float, unit: str, w: Words) -> str:
    """A bar with as many digits as it was set with, whereas a measured value has those that it deserves."""
    text = tick_text(bar, unit, step=abs(bar) or 1, words=w)
    key = f"unit.{unit}.{'one' if text == '1' else 'many'}"
    if unit in ("percent", "points", "currency"):
        return text
    return w.say(key, n=text) if w.has(key) else w.say("unit.other", n=text, unit=unit.replace("_", " "))


def _why(said: str, at: str, bar: str, w: Words) -> str:
    return w.say(f"gate.why.{said}" if said == "spans" else f"gate.why.{said}_{at}", bar=bar)


def _verdict(judged: tuple[Judged, ...], voices: tuple[Voice, ...]) -> GateVerdict:
    """A surely missed criterion or a no decides; then anything open; a gate without criteria has nothing to go by."""
    if any(j.verdict == "failed" for j in judged) or any(v.answer == "no" for v in voices):
        return "no-go"
    if not judged or any(j.verdict == "open" for j in judged) or any(v.answer == "open" for v in voices):
        return "insufficient"
    return "go"
