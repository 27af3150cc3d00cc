"""What differs between two versions of a step, of a persona, of a proof, or of the journey itself, field by field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cxkit.journey.changes import Change, Part, Value
from cxkit.journey.graph import onward

if TYPE_CHECKING:
    from cxkit.journey.matching import Same
    from cxkit.journey.model import Journey, Step
    from cxkit.journey.parts import Act, Offer, Opportunity, Pain

__all__ = ["Versions", "journey_changes", "persona_changes", "proof_changes", "step_changes"]

# What a step says with every word that it leaves out; and of what a to-be may say a part.
ALWAYS = ("acts", "last", "leads")
IN_PART = ("emotion", "offer", "targets")
STAGES = ("front_stage", "back_stage", "support")
OFFERED = ("rule", "within", "within_points", "hours", "share", "price", "tone", "data")
ALIKE = 0.5  # of the words of two texts together; those that share as many are one text in two wordings


@dataclass(frozen=True)
class Versions:
    """Two journeys held against each other.

    Attributes:
        same: Which steps and phases are in both.
        onward_a: What may follow each step, in the earlier one.
        onward_b: The same in the later one.
    """

    a: Journey
    b: Journey
    same: Same
    onward_a: Mapping[str, tuple[str, ...]]
    onward_b: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, a: Journey, b: Journey, same: Same) -> Versions:
        """Two journeys with what may follow what in each."""
        return cls(a, b, same, onward(a), onward(b))

    @property
    def quiet(self) -> bool:
        """Whether one is the to-be of the other, so that what it leaves unsaid stays as it is."""
        return self.a.version != self.b.version

    def unsaid(self, x: Any, y: Any, name: str) -> bool:  # noqa: ANN401
        """Whether the to-be says nothing of a field; each version rests on proofs of its own."""
        to_be = y if self.b.version == "to-be" else x
        return self.quiet and (name == "proofs" or name not in to_be.model_fields_set)

    def left_out(self, change: Change) -> bool:
        """Whether the to-be has nothing where the as-is has something."""
        return self.quiet and (change.after if self.b.version == "to-be" else change.before) is None


def step_changes(v: Versions, x: Step, y: Step) -> Iterator[Change]:
    """What differs between a step and its later version."""
    base = Change("", "step", y.id, y.label)
    if x.label != y.label:
        yield replace(base, kind="renamed", before=x.label, after=y.label)
    if x.id != y.id:
        yield replace(base, kind="id", before=x.id, after=y.id)
    for kind, differences in _STEP.items():
        if kind in ALWAYS or not v.unsaid(x, y, kind):
            found = (c for c in differences(v, x, y) if not (kind in IN_PART and v.left_out(c)))
            yield from (replace(c, kind=c.kind or kind, id=y.id, label=y.label) for c in found)


def journey_changes(v: Versions) -> Iterator[Change]:
    """What differs of a journey beside its phases, steps, personas and proofs."""
    a, b = v.a, v.b
    base = Change("", "journey", "", b.label)
    if a.id != b.id:
        yield replace(base, kind="id", before=a.id, after=b.id)
    if a.label != b.label:
        yield replace(base, kind="renamed", before=a.label, after=b.label)
    if not v.unsaid(a, b, "stages"):
        yield from (replace(base, kind="stages", before=c.before, after=c.after) for c in _names(a.stages, b.stages))
    plain = (
        "unit",
        "window_days",
        "since",
        "owner",
        "review_by",
        "event_column",
        "score",
        "money",
        "recontact_days",
        "source",
    )
    yield from _plain(v, a, b, base, plain)


def persona_changes(v: Versions) -> Iterator[Change]:
    """What differs between the personas."""
    yield from _listed(v, "persona", v.a.personas, v.b.personas, ("about", "where"))


def proof_changes(v: Versions) -> Iterator[Change]:
    """What differs between the proofs."""
    yield from _listed(v, "proof", v.a.proofs, v.b.proofs, ("kind", "on", "n"))


def _listed(v: Versions, part: Part, a: Sequence[Any], b: Sequence[Any], fields: tuple[str, ...]) -> Iterator[Change]:
    """Parts that have an id and a label."""
    if v.unsaid(v.a, v.b, f"{part}s"):
        return
    before, after = {p.id: p for p in a}, {p.id: p for p in b}
    for i, y in after.items():
        x = before.get(i)
        if x is None:
            yield Change("added", part, i, y.label)
            continue
        if x.label != y.label:
            yield Change("renamed", part, i, y.label, before=x.label, after=y.label)
        yield from _plain(v, x, y, Change("", part, i, y.label), fields)
    yield from (Change("removed", part, i, x.label) for i, x in before.items() if i not in after)


def _plain(v: Versions, x: Any, y: Any, base: Change, fields: tuple[str, ...]) -> Iterator[Change]:  # noqa: ANN401
    for name in fields:
        before, after = _value(getattr(x, name)), _value(getattr(y, name))
        if before != after and not v.unsaid(x, y, name):
            yield replace(base, kind=name, before=before, after=after)


def _value(value: Any) -> Value:  # noqa: ANN401
    """A value as a change holds it: nothing is None, and a mapping is its entries."""
    if isinstance(value, dict):
        return tuple(f"{k}: {v}" for k, v in sorted(value.items())) or None
    return None if value in ("", ()) else value


def _names(before: Sequence[Any], after: Sequence[Any]) -> Iterator[Change]:
    """Names whose order says nothing: those that are gone, and those that are new."""
    gone, new = _minus(before, after), _minus(after, before)
    if gone or new:
        yield _found(before=tuple(gone), after=tuple(new))


def _minus(these: Sequence[Any], those: Sequence[Any]) -> list[Any]:
    left, found = Counter(those), list[Any]()
    for value in these:
        if left[value]:
            left[value] -= 1
        else:
            found.append(value)
    return found


def _found(before: Value = None, after: Value = None, *, kind: str = "", name: str = "", detail: str = "") -> Change:
    """A change of a step, before it is known which."""
    return Change(kind, "step", "", "", name, detail, before, after)


def _one(name: str) -> Callable[[Versions, Step, Step], Iterator[Change]]:
    """A field that is one value."""

    def differs(_: Versions, x: Step, y: Step) -> Iterator[Change]:
        before, after = _value(getattr(x, name)), _value(getattr(y, name))
        if before != after:
            yield _found(before=before, after=after)

    return differs


def _texts(name: str) -> Callable[[Versions, Step, Step], Iterator[Change]]:
    """A field that is texts in any order: those gone, those new, and those that only read otherwise."""

    def differs(_: Versions, x: Step, y: Step) -> Iterator[Change]:
        before, after = (tuple(getattr(t, "text", t) for t in getattr(s, name)) for s in (x, y))
        gone, new = _minus(before, after), _minus(after, before)
        ids_x, ids_y = ({t.text: t.id for t in getattr(s, name) if getattr(t, "id", None)} for s in (x, y))
        for old, now in _reworded(gone, new, ids_x, ids_y):
            gone.remove(old)
            new.remove(now)
            yield _found(before=old, after=now)
        yield from (_found(before=text) for text in gone)
        yield from (_found(after=text) for text in new)

    return differs


def _reworded(
    gone: Sequence[str], new: Sequence[str], ids_x: Mapping[str, str], ids_y: Mapping[str, str]
) -> list[tuple[str, str]]:
    """Texts that are the same in other words: those with the same id, then those that share most of their words."""
    pairs: list[tuple[float, str, str, str, str]] = []
    for x in gone:
        for y in new:
            named = ids_x.get(x), ids_y.get(y)
            alike = 2.0 if named[0] and named[0] == named[1] else 0.0 if all(named) else _alike(x, y)
            if alike >= ALIKE:
                pairs.append((-alike, min(x, y), max(x, y), x, y))
    found: list[tuple[str, str]] = []
    for *_, x, y in sorted(pairs):
        if all(x != p and y != q for p, q in found):
            found.append((x, y))
    return found


def _alike(x: str, y: str) -> float:
    mine, theirs = set(x.casefold().split()), set(y.casefold().split())
    return len(mine & theirs) / max(len(mine | theirs), 1)


def _channels(_: Versions, x: Step, y: Step) -> Iterator[Change]:
    """Channels by name, all of them; and who begins the contact in those that stay."""
    before, after = dict.fromkeys(x.channel_names), dict.fromkeys(y.channel_names)
    if set(before) != set(after):
        yield _found(before=tuple(before), after=tuple(after))
    for channel in (c for c in after if c in before):
        old, new = (
            tuple(sorted({f"{c.initiator} → {c.receiver}" for c in s.channels if c.channel == channel}))
            for s in (x, y)
        )  # fmt: skip
        if old != new:
            yield _found(kind="contact", name=channel, before=old, after=new)


def _offers(_: Versions, x: Step, y: Step) -> Iterator[Change]:
    for channel in dict.fromkeys((*x.offer, *y.offer)):
        old, new = x.offer.get(channel), y.offer.get(channel)
        for detail in OFFERED:
            before, after = _offered(old, detail), _offered(new, detail)
            # A share says how much of the contacts a deadline holds for, so without one it says nothing.
            told = detail != "share" or (old and new and old.hours and new.hours)
            if before != after and told:
                yield _found(kind="offer", name=channel, detail=detail, before=before, after=after)


def _offered(offer: Offer | None, detail: str) -> Value:
    if offer is None:
        return None
    return tuple(sorted(offer.data)) or None if detail == "data" else _value(getattr(offer, detail))


def _emotion(v: Versions, x: Step, y: Step) -> Iterator[Change]:
    """One for each persona, as soon as one side tells them apart."""
    labels = {p.id: p.label for j in (v.a, v.b) for p in j.personas}
    apart = [s.emotion for s in (x, y) if isinstance(s.emotion, dict)]
    names = dict.fromkeys([*(i for e in apart for i in e), *labels]) if apart else [""]
    for name in names:
        before, after = (s.emotion.get(name) if isinstance(s.emotion, dict) else s.emotion for s in (x, y))
        if before != after:
            detail = labels.get(name, name)
            yield _found(kind="emotion", name=name, detail=detail, before=before, after=after)


def _targets(_: Versions, x: Step, y: Step) -> Iterator[Change]:
    for measure in dict.fromkeys((*x.targets, *y.targets)):
        before, after = x.targets.get(measure), y.targets.get(measure)
        if before != after:
            yield _found(kind="target", name=measure, before=before, after=after)


def _opportunities(v: Versions, x: Step, y: Step) -> Iterator[Change]:
    yield from _texts("opportunities")(v, x, y)
    yield from _answers(v, x, y)


def _answers(_: Versions, x: Step, y: Step) -> Iterator[Change]:
    """Which pains an opportunity answers, where it stands in both."""
    before, after = ({o.text: o for o in s.opportunities} for s in (x, y))
    for text in (t for t in after if t in before):
        old, new = _answered(before[text], x.pains), _answered(after[text], y.pains)
        if old.keys() != new.keys():
            yield _found(kind="answers", name=text, before=tuple(old.values()), after=tuple(new.values()))


def _answered(opportunity: Opportunity, pains: Sequence[Pain]) -> dict[str, str]:
    texts = {p.id: p.text for p in pains}
    return {a: texts.get(a, a) for a in opportunity.answers}


def _acts(v: Versions, x: Step, y: Step) -> Iterator[Change]:
    """What the company does: new or no longer done, on another stage, by another role, with another system."""
    stages = [s for s in STAGES if not v.unsaid(x, y, s)]
    before, after = ({(a.does, s): a for s in stages for a in getattr(step, s)} for step in (x, y))
    gone, new = [k for k in before if k not in after], [k for k in after if k not in before]
    for does in dict.fromkeys(d for d, _ in (*gone, *new)):
        old, now = ([s for d, s in keys if d == does] for keys in (gone, new))
        for i in range(max(len(old), len(now))):
            was, is_ = old[i] if i < len(old) else None, now[i] if i < len(now) else None
            yield _found(kind="act", name=does, detail="stage", before=was, after=is_)
            if was and is_:
                yield from _act(before[does, was], after[does, is_])
    for key in (k for k in after if k in before):
        yield from _act(before[key], after[key])


def _act(x: Act, y: Act) -> Iterator[Change]:
    for detail in ("role", "system"):
        before, after = _value(getattr(x, detail)), _value(getattr(y, detail))
        if before != after:
            yield _found(kind="act", name=x.does, detail=detail, before=before, after=after)


def _leads(v: Versions, x: Step, y: Step) -> Iterator[Change]:
    """Which steps may follow: what follows only from the order is no change of its own."""
    steps = v.same.steps
    if {steps.get(i, i) for i in x.next} != set(y.next):
        yield from _steps(v, "next", v.onward_a.get(x.id, ()), v.onward_b.get(y.id, ()))
    yield from _steps(v, "back_to", x.back_to, y.back_to)


def _steps(v: Versions, kind: str, before: Sequence[str], after: Sequence[str]) -> Iterator[Change]:
    labels_a, labels_b = ({s.id: s.label for s in j.steps} for j in (v.a, v.b))
    gone = tuple(labels_a.get(i, i) for i in before if v.same.steps.get(i, i) not in after)
    held = {v.same.steps.get(i, i) for i in before}
    new = tuple(labels_b.get(i, i) for i in after if i not in held)
    if gone or new:
        yield Change(kind, "step", "", "", before=gone, after=new)


def _kpis(_: Versions, x: Step, y: Step) -> Iterator[Change]:
    before, after = ([(str(r.kpi), tuple(sorted(r.where.items()))) for r in s.kpis] for s in (x, y))
    yield from _names(before, after)


def _events(_: Versions, x: Step, y: Step) -> Iterator[Change]:
    yield from _names(x.events, y.events)


def _proofs(v: Versions, x: Step, y: Step) -> Iterator[Change]:
    labels_a, labels_b = ({str(p.id): str(p.label) for p in j.proofs} for j in (v.a, v.b))
    gone, new = _minus(x.proofs, y.proofs), _minus(y.proofs, x.proofs)
    if gone or new:
        yield _found(tuple(labels_a.get(i, str(i)) for i in gone), tuple(labels_b.get(i, str(i)) for i in new))


_STEP: dict[str, Callable[[Versions, Step, Step], Iterator[Change]]] = {
    "touchpoint": _one("touchpoint"),
    "channels": _channels,
    "journey": _one("journey"),
    "owner": _one("owner"),
    "moment_of_truth": _one("moment_of_truth"),
    "emotion": _emotion,
    "targets": _targets,
    "kpis": _kpis,
    "pains": _texts("pains"),
    "opportunities": _opportunities,
    "questions": _texts("questions"),
    "actions": _texts("actions"),
    "thoughts": _texts("thoughts"),
    "acts": _acts,
    "offer": _offers,
    "events": _events,
    "when": _one("when"),
    "last": _one("last"),
    "leads": _leads,
    "proofs": _proofs,
}
