"""Whether a map is kept: owners, KPIs, evidence, targets, days of review, and what it leads to."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cxkit.data.contract import CONTRACTS
from cxkit.journey.grade import grade_step, seen_in
from cxkit.journey.lints.slips import Held, Slip
from cxkit.journey.model import Step

__all__ = ["RULES"]

# What a to-be does otherwise where it answers a pain; an owner, a KPI or a target alone changes nothing yet.
_DOES = ("label", "touchpoint", "channels", "offer", "actions", "front_stage", "back_stage", "support", "journey")


def _owners(held: Held) -> Iterator[Slip]:
    if not held.journey.owner:
        yield Slip("warning", "no_owner.map", ("id",), {"label": held.journey.label})
    for loc, step in held.places:
        if not step.owner:
            kind = "planned" if held.planned else "moment" if step.moment_of_truth else "step"
            yield Slip("warning" if kind == "step" else "error", f"no_owner.{kind}", (*loc, "id"), _step(step))


def _kpis(held: Held) -> Iterator[Slip]:
    for loc, step in held.places:
        before = held.pair.as_is.step(step.id) if held.pair.as_is and held.planned else None
        if not step.kpis and not (before and before.kpis):
            yield Slip("warning", "no_kpi", (*loc, "id"), _step(step))


def _evidence(held: Held) -> Iterator[Slip]:
    """Steps of which nothing is known. Before its first measurement, what events may show is not asked for."""
    if held.planned:
        return
    seen, study = seen_in(held.view, held.journey), f"journey/{held.journey.id}"
    measured = held.view is not None and any(f.study == study for f in held.view.evidence.findings)
    for loc, step in held.places:
        if not measured and step.shown:
            continue
        found = grade_step(held.journey, step, today=held.today, seen=seen)
        if found.grade == "D":
            kind = "no_evidence.aged" if found.years else "no_evidence.none"
            yield Slip("warning", kind, (*loc, "proofs" if step.proofs else "id"), _step(step))


def _proofs(held: Held) -> Iterator[Slip]:
    for i, proof in enumerate(held.journey.proofs):
        if proof.on and proof.on > held.today:
            values = {"label": proof.label, "day": proof.on}
            yield Slip("warning", "proof_to_come", ("proofs", i, "on"), values)


def _bound(held: Held) -> Iterator[Slip]:
    if not held.planned and not any(s.shown for s in held.journey.steps):
        yield Slip("note", "not_bound", ("phases",), {"label": held.journey.label})


def _unobserved(held: Held) -> Iterator[Slip]:
    """Steps that are bound to what no interaction has, as the evidence says."""
    if held.view is None or held.planned:
        return
    for loc, step in held.places:
        found = held.view.finding(f"journey/{held.journey.id}", step.id, "reach") if step.shown else None
        if found is not None and found.estimate.status == "unobserved":
            yield Slip("note", "unobserved", (*loc, "when" if step.when else "events"), _step(step))


def _pains(held: Held) -> Iterator[Slip]:
    """Pains of the as-is that nothing answers: no opportunity, question, play or change."""
    if held.planned:
        return
    for loc, step in held.places:
        if step.questions or (held.journey.id, step.id) in held.played or _changes(held, step):
            continue
        answered = {a for o in step.opportunities for a in o.answers}
        if any(not o.answers for o in step.opportunities):
            continue
        for i, pain in enumerate(step.pains):
            if pain.id is None or pain.id not in answered:
                yield Slip("warning", "orphan_pain", (*loc, "pains", i), {**_step(step), "pain": pain.text})


def _targets(held: Held) -> Iterator[Slip]:
    for loc, step in held.places if held.planned else ():
        if not step.targets:
            yield Slip("warning", "no_target", (*loc, "id"), _step(step))


def _review(held: Held) -> Iterator[Slip]:
    day = held.journey.review_by
    if day is None:
        yield Slip("note", "no_review", ("id",), {"label": held.journey.label})
    elif day < held.today:
        yield Slip("warning", "past_review", ("review_by",), {"label": held.journey.label, "day": day})


def _versions(held: Held) -> Iterator[Slip]:
    if held.planned:
        return
    if held.pair.to_be is None:
        yield Slip("note", "no_to_be", ("id",), {"label": held.journey.label})
        return
    for loc, step in held.places:
        if held.pair.to_be.step(step.id) is None:
            yield Slip("note", "vanished", (*loc, "id"), _step(step))


def _stage(held: Held) -> Iterator[Slip]:
    if held.staged and not held.journey.stages:
        other = held.pair.as_is if held.planned else held.pair.to_be
        if other is None or not other.stages:
            yield Slip("note", "no_stage", ("id",), {"label": held.journey.label})


def _nested(held: Held) -> Iterator[Slip]:
    for loc, step in held.places:
        if step.journey and step.journey not in held.known:
            yield Slip("error", "no_nested", (*loc, "journey"), {**_step(step), "journey": step.journey})


def _feelings(held: Held) -> Iterator[Slip]:
    """A feeling as stated, against the measured score: one above the middle of its scale, the other below."""
    score = held.journey.score
    scale = CONTRACTS["responses"].columns[score.column].scale if score else None
    if held.view is None or held.planned or scale is None:
        return
    middle = (scale[0] + scale[1]) / 2
    for loc, step in held.places:
        found = held.view.finding(f"journey/{held.journey.id}", step.id, "score")
        stated = _stated(step)
        if found is None or not stated:
            continue
        low, high = found.estimate.low, found.estimate.high
        if low is not None and low > middle and max(stated) < 0:
            yield Slip("note", "feeling.better", (*loc, "emotion"), _step(step))
        if high is not None and high < middle and min(stated) > 0:
            yield Slip("note", "feeling.worse", (*loc, "emotion"), _step(step))


def _stated(step: Step) -> tuple[float, ...]:
    if step.emotion is None:
        return ()
    return tuple(step.emotion.values()) if isinstance(step.emotion, dict) else (step.emotion,)


def _changes(held: Held, step: Step) -> bool:
    """Whether the to-be does something otherwise at a step, or does without it."""
    if held.pair.to_be is None:
        return False
    then = held.pair.to_be.step(step.id)
    # What the to-be leaves empty, it says nothing about.
    return then is None or any(getattr(then, f) not in ((), {}, "", None, getattr(step, f)) for f in _DOES)


def _step(step: Step) -> dict[str, object]:
    return {"step": step.label}


RULES: tuple[Callable[[Held], Iterator[Slip]], ...] = (
    _owners, _kpis, _evidence, _proofs, _bound, _unobserved, _pains,
    _targets, _review, _versions, _stage, _nested, _feelings,
)  # fmt: skip
"""Each takes a map and yields what it finds."""
