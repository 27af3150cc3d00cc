"""What it takes to get from the as-is to the to-be: each step that changes, why, who owns it, and what it is to bring.

The difference between the two versions is the backlog; nothing of it is written down twice.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cxkit._blocks import Block, Group, Inline, Line, Quiet, Strong, Table, Tag, Tone, line_text
from cxkit._format import difference_text, estimate_text
from cxkit.data.rejected import harmless
from cxkit.journey.changes import Change
from cxkit.journey.clauses import change_clauses, target_text
from cxkit.journey.compare import Standing, changes_between, standing
from cxkit.journey.sentences import JourneyState, Told, time_text, times_text
from cxkit.kpi.sentences import why_not

if TYPE_CHECKING:
    from cxkit.evidence.findings import Finding
    from cxkit.evidence.view import View
    from cxkit.journey.model import Journey, Step

__all__ = ["Effect", "Item", "backlog_blocks", "backlog_csv", "backlog_of", "draw_backlog"]

Lack = Literal["owner", "kpi", "target"]
MOST_CLAUSES = 6
# What is known, felt or thought of a step says why; it is no work to be done.
_TOLD_ELSEWHERE = (
    "target",
    "emotion",
    "proofs",
    "pains",
    "questions",
    "opportunities",
    "answers",
    "actions",
    "thoughts",
)
_SMALL_PRINT = ("share", "tone", "data", "within", "within_points")
_TONES: dict[str, Tone] = {"met": "better", "missed": "worse", "open": "quiet"}
_RANK: dict[Standing, int] = {"missed": 0, "open": 1, "unknown": 2, "met": 3}
_HIGHER = ("reach", "context_kept", "score")


@dataclass(frozen=True)
class Effect:
    """What a change is expected to bring: from what is measured to a target.

    Attributes:
        found: What is measured today, or None.
    """

    measure: str
    target: float
    found: Finding | None
    standing: Standing

    @property
    def gap(self) -> float:
        """How far the value is from the target, as a share of the larger of both; 0 where it is met or not known."""
        value = self.found.estimate.value if self.found and self.found.estimate.shown else None
        if value is None or self.standing == "met":
            return 0.0
        return abs(value - self.target) / max(abs(value), abs(self.target), 1e-12)


@dataclass(frozen=True)
class Item:
    """A step that the to-be changes; "" is the whole journey.

    Attributes:
        why: Pains that it answers, opportunities it takes, questions that it came from; each with what it is.
        owner_now: Who owns the step today.
        kpis: KPIs, by id and slice, that say how it goes.
        money: What is at stake there in a year, where that is measured.
        stays: Whether it is a step of the to-be, which needs a KPI and a target to be called done.
    """

    step: str
    label: str
    phase: str
    moment_of_truth: bool
    changes: tuple[Change, ...]
    why: tuple[tuple[str, str], ...]
    owner: str
    owner_now: str
    kpis: tuple[str, ...]
    effects: tuple[Effect, ...]
    money: Finding | None
    stays: bool = True

    @property
    def lacks(self) -> tuple[Lack, ...]:
        """What has to be there before anybody can say that it is done."""
        there: dict[Lack, object] = {"owner": self.owner}
        there |= {"kpi": self.kpis, "target": self.effects} if self.stays else {}
        return tuple(k for k, v in there.items() if not v)


def draw_backlog(view: View, states: Iterable[JourneyState]) -> Group:
    """The backlog of each journey that has an as-is and a to-be: what is to change, by whom, and what it is to bring.

    Args:
        view: The evidence in one period; what a step brings is told from it.
        states: The journeys.
    """
    told = (Told(view, s, s.as_is) for s in states if s.as_is is not None)
    return Group(tuple(block for t in told for block in backlog_blocks(t)))


def backlog_blocks(told: Told) -> Iterator[Block]:
    """The backlog of one journey as a table; nothing where it has no to-be, or the to-be changes nothing."""
    items, to_be, w = backlog_of(told), told.state.to_be, told.words
    if not items or to_be is None:
        return
    columns = tuple(w.say(f"backlog.{c}") for c in ("step", "what", "why", "who", "effect"))
    by_money = any(_worth(i) for i in items)
    notes = [w.say("backlog.order_money" if by_money else "backlog.order")]
    notes += [w.say("backlog.note")] if any(i.effects for i in items) else []
    rows = tuple(_row(told, item) for item in items)
    title = w.say("backlog.title", label=to_be.label)
    yield Table(title, columns, rows, subtitle=w.say("backlog.subtitle"), note=" ".join(notes))


def backlog_csv(told: Told) -> str:
    """The backlog of one journey as CSV, an item a line, for a tracker or a spreadsheet; no cell becomes a formula."""
    w, out = told.words, io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    head = ("rank", "journey", "step_id", "step", "phase", "moment_of_truth", "what", "why", "owner", "kpis", "effect")
    writer.writerow([w.say(f"backlog.csv.{c}") for c in (*head, "money", "money_low", "money_high", "lacks")])
    for rank, item in enumerate(backlog_of(told), 1):
        e = item.money.estimate if item.money else None
        money = (e.value, e.low, e.high) if e and e.shown else (None,) * 3
        cells = [
            told.journey.label, item.step, item.label, item.phase,
            w.say("backlog.csv.yes") if item.moment_of_truth else "",
            w.say("diff.join").join(_what(told, item)), w.say("diff.join").join(_why(told, item)), item.owner,
            w.say("diff.join").join(item.kpis),
            w.say("diff.join").join(line_text(_effect(told, x)).replace("\n", ", ") for x in item.effects),
        ]  # fmt: skip
        lacks = ", ".join(w.say(f"backlog.no_{k}") for k in item.lacks)
        writer.writerow([rank, *map(harmless, cells), *("" if v is None else f"{v:g}" for v in money), lacks])
    return out.getvalue()


def backlog_of(told: Told) -> list[Item]:
    """The steps that the to-be changes, those first that are worth most.

    First come those with money at stake, the most of it first; then those that surely miss a target, those whose
    target may be met or missed, those not measured, those that meet theirs. Among equals moments of truth come first,
    then the widest gap between value and target, then the order of the map.
    """
    as_is, to_be = told.state.as_is, told.state.to_be
    if as_is is None or to_be is None:
        return []
    changes = changes_between(as_is, to_be)
    return sorted(_items(told, as_is, to_be, changes), key=_urgency)


def _items(told: Told, as_is: Journey, to_be: Journey, changes: list[Change]) -> Iterator[Item]:
    by_step: dict[str, list[Change]] = {}
    for c in changes:
        if c.part in ("step", "phase") or (c.part == "journey" and c.kind not in ("renamed", "id")):
            by_step.setdefault(c.step, []).append(c)
    phases = {s.id: p.label for j in (as_is, to_be) for p in j.phases for s in p.steps}
    for step, mine in by_step.items():
        was = next((c.before for c in mine if c.kind == "id" and c.step), step)
        old, new = as_is.step(str(was)), to_be.step(step)
        yield _item(told, tuple(mine), phases.get(step, ""), old, new)


def _item(told: Told, changes: tuple[Change, ...], phase: str, old: Step | None, new: Step | None) -> Item:
    said, step = new or old, changes[0].step
    whole = told.state.to_be.owner if told.state.to_be else ""
    owner = new.owner if new else (old.owner if old else "") or whole
    measured = old.id if old else step
    targets = new.targets if new else {}
    return Item(
        step,
        said.label if said else "",
        phase,
        bool((old and old.moment_of_truth) or (new and new.moment_of_truth)),
        changes,
        tuple(_reasons(old, new)),
        owner,
        old.owner if old else "",
        _kpis(told, new, old),
        tuple(_effect_of(told, measured, m, t) for m, t in targets.items()),
        told.finding(measured, "money") if step else None,
        stays=new is not None,
    )


def _reasons(old: Step | None, new: Step | None) -> Iterator[tuple[str, str]]:
    """Pains of today that the to-be no longer has, or says nothing of; opportunities and questions of either."""
    stay = {p.text for p in new.pains} if new and "pains" in new.model_fields_set else set[str]()
    yield from (("pain", p.text) for p in (old.pains if old else ()) if p.text not in stay)
    for kind, name in (("opportunity", "opportunities"), ("question", "questions")):
        texts = [getattr(t, "text", t) for step in (old, new) if step for t in getattr(step, name)]
        yield from ((kind, t) for t in dict.fromkeys(texts))


def _kpis(told: Told, new: Step | None, old: Step | None) -> tuple[str, ...]:
    """Those of the to-be; where it names none, those of today."""
    refs = (new.kpis if new else ()) or (old.kpis if old else ())
    names = {k.id: k.label for k in told.view.manifest.kpis}
    return tuple(told.words.say("list.join").join([names.get(str(r.kpi), str(r.kpi)), *r.where.values()]) for r in refs)


def _effect_of(told: Told, step: str, measure: str, target: float) -> Effect:
    found = told.finding(step, measure)
    better = found.better if found else "higher" if measure in _HIGHER else "lower"
    return Effect(measure, target, found, standing(found.estimate if found else None, target, better=better))


def _urgency(item: Item) -> tuple[float, int, bool, float]:
    rank = min((_RANK[e.standing] for e in item.effects), default=_RANK["unknown"])
    return (-_worth(item), rank, not item.moment_of_truth, -max((e.gap for e in item.effects), default=0.0))


def _worth(item: Item) -> float:
    e = item.money.estimate if item.money else None
    return e.value if e and e.shown and e.value is not None else 0.0


def _row(told: Told, item: Item) -> tuple[Line, ...]:
    w = told.words
    name: list[Inline] = [Strong(item.label or w.say("backlog.whole"))]
    name += ["\n", Quiet(item.phase)] if item.phase else []
    name += ["\n", Tag(w.say("backlog.moment_of_truth"), "open")] if item.moment_of_truth else []
    what: list[Line] = [(_upper(clause),) for clause in _what(told, item, brief=True)]
    why: list[Line] = [(text,) for text in _why(told, item)]
    effects: list[Line] = [_effect(told, e) for e in item.effects]
    effects += [(_lack(told, "target"),)] if "target" in item.lacks else []
    money: list[Line] = []
    if item.money and _worth(item):
        money.append(w.line("backlog.money", value=Strong(_number(told, item.money))))
    return (tuple(name), _lines(what), _lines(why), _who(told, item), _lines([*money, *effects]))


def _what(told: Told, item: Item, *, brief: bool = False) -> list[str]:
    """What is to be done; in brief without the small print of promises, and with as many clauses as are read."""
    w, names = told.words, {k.id: k.label for k in told.view.manifest.kpis}
    by_part: dict[tuple[str, str], list[Change]] = {}
    for c in item.changes:
        if c.kind not in _TOLD_ELSEWHERE and not (brief and c.kind == "offer" and c.detail in _SMALL_PRINT):
            by_part.setdefault((c.part, c.id), []).append(c)
    said: list[str] = []
    for (part, _), mine in by_part.items():
        of = f"{w.say('diff.phase', label=mine[0].label)} " if part == "phase" else ""
        said += [of + clause for clause in change_clauses(mine, w, kpis=names)]
    left = len(said) - MOST_CLAUSES if brief else 0
    return [*said[:MOST_CLAUSES], w.count("backlog.more", left)] if left > 1 else said


def _why(told: Told, item: Item) -> list[str]:
    return [told.words.say(f"backlog.why_{kind}", text=text) for kind, text in item.why]


def _who(told: Told, item: Item) -> Line:
    w = told.words
    owner: Inline = w.say("backlog.owner", owner=item.owner)
    if not item.owner:
        text = w.say("backlog.no_owner_was", owner=item.owner_now) if item.owner_now else w.say("backlog.no_owner")
        owner = Tag(text, "worse")
    if "kpi" in item.lacks:
        return (owner, "\n", _lack(told, "kpi"))
    return (owner, "\n", w.say("backlog.kpi", list=w.say("diff.join").join(item.kpis))) if item.kpis else (owner,)


def _lack(told: Told, what: Lack) -> Tag:
    return Tag(told.words.say(f"backlog.no_{what}"), "worse")


def _effect(told: Told, effect: Effect) -> Line:
    """A measure as it is, its target, what is missing, and whether it is met."""
    w = told.words
    label = w.say(f"measure.{effect.measure}") if w.has(f"measure.{effect.measure}") else effect.measure
    target = target_text(effect.measure, effect.target, w)
    parts: list[Inline] = [
        w.say("backlog.measure", measure=label, value=_number(told, effect.found)),
        Strong(w.say("backlog.target", value=target)),
    ]
    if effect.standing != "unknown":
        parts += ["\n", Tag(w.say(f"backlog.{effect.standing}"), _TONES[effect.standing])]
    if size := _to_go(told, effect):
        parts += [" ", Quiet(w.say("backlog.to_go", size=size))]
    return tuple(parts)


def _to_go(told: Told, effect: Effect) -> str:
    """How far the value is from the target, where it surely falls short."""
    value = effect.found.estimate.value if effect.found else None
    if effect.standing != "missed" or value is None or effect.found is None:
        return ""
    if effect.found.unit == "hours":
        return time_text(abs(value - effect.target), told.words)
    return difference_text(value - effect.target, effect.found.unit, words=told.words, short=True)


def _number(told: Told, found: Finding | None) -> str:
    w = told.words
    if found is None or not found.estimate.shown:
        return why_not(told.view, found.estimate if found else None)
    e = found.estimate
    if found.unit == "hours":
        return w.say("interval.with_value", value=time_text(e.value or 0.0, w), interval=times_text(e, w))
    return estimate_text(e, "currency" if found.unit == "money" else found.unit, words=w)


def _upper(clause: str) -> str:
    return clause[:1].upper() + clause[1:]


def _lines(parts: list[Line]) -> Line:
    joined: list[Inline] = []
    for part in parts:
        joined += ["\n", *part] if joined else part
    return tuple(joined)
