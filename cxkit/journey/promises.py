"""What the channels of a journey promise, step by step, and whether it is kept.

A promise is broken or kept only where the whole interval says so. That channels are alike can be refuted and not be
shown, so two that may not differ are open until they surely do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from statistics import NormalDist
from typing import TYPE_CHECKING, Literal

from cxkit.evidence.estimate import Estimate
from cxkit.journey.parts import plain_name

if TYPE_CHECKING:
    from cxkit.evidence.findings import Finding
    from cxkit.journey.model import Step
    from cxkit.journey.parts import Offer
    from cxkit.journey.told import Told

__all__ = ["CONTEXT_KEPT", "HARDLY", "Handoff", "Promise", "Verdict", "judge_promises", "losing_handoffs"]

Verdict = Literal["broken", "open", "kept", "not measured"]
Kind = Literal["deadline", "not offered", "alike", "data"]

CONTEXT_KEPT = 0.9  # cxkit default: share of handoffs in which what a channel is to know has come with the customer
HARDLY = 0.01  # of the contacts at a step: below it a channel that is not offered counts as not used
_ORDER: tuple[Verdict, ...] = ("broken", "open", "kept", "not measured")


@dataclass(frozen=True)
class Promise:
    """A promise of a channel at a step, and what measurement says of it.

    Attributes:
        other: The channel it is compared with, or from which the customer comes; "" where there is none.
        bar: The share or the points of the score that it is held against.
        estimate: The number that it is judged by: a share, or how far two scores are apart; None if not measured.
        scores: Of two channels that are to be alike, what each is given.
    """

    step: str
    channel: str
    kind: Kind
    verdict: Verdict
    bar: float
    estimate: Estimate | None = None
    other: str = ""
    scores: tuple[Estimate, ...] = ()


@dataclass(frozen=True)
class Handoff:
    """A change of channel on which what was said before is lost."""

    step: str
    channels: str
    lost: Estimate


def judge_promises(told: Told) -> tuple[Promise, ...]:
    """Every promise of a journey that can be measured, the broken ones first, then in the order of the map.

    Example:
        >>> from types import SimpleNamespace
        >>> judge_promises(SimpleNamespace(journey=SimpleNamespace(steps=())))
        ()
    """
    steps = told.journey.steps
    found = [p for s in steps for c, o in s.offer.items() for p in _of_offer(told, s, c, o)]
    pairs = [pair for s in steps for pair in _pairs(told, s)]
    compared = sum(1 for *_, a, b in pairs if a and b)
    found += [_alike(told, *pair, comparisons=compared) for pair in pairs]
    return tuple(sorted(found, key=lambda p: _ORDER.index(p.verdict)))


def losing_handoffs(told: Told) -> tuple[Handoff, ...]:
    """The changes of channel that surely lose what was said before more often than a promise allows, the most first."""
    found = (
        Handoff(s.id, channels, _complement(f.estimate))
        for s in told.journey.steps
        for channels, f in told.parts(s.id, "handoff")
        if f.estimate.shown
    )
    losing = (h for h in found if h.lost.low is not None and h.lost.low > 1 - CONTEXT_KEPT)
    return tuple(sorted(losing, key=lambda h: -(h.lost.value or 0.0) * (h.lost.n or 0)))


def _of_offer(told: Told, step: Step, channel: str, offer: Offer) -> Iterator[Promise]:
    if offer.rule == "not offered":
        yield _closed(told, step, channel)
        return
    if offer.hours:
        e = _of_channel(told, step, "in_time", channel)
        yield Promise(step.id, channel, "deadline", _at_least(e, offer.share), offer.share, e)
    if offer.data:
        yield from _data(told, step, channel)


def _closed(told: Told, step: Step, channel: str) -> Promise:
    """Nobody should come by a channel that is not offered; one that the data do not name is not used."""
    used = told.parts(step.id, "channel")
    e = _of_channel(told, step, "channel", channel) or _of_channel(told, step, "channel", ".other")
    if e is None and any(f.estimate.shown for _, f in used):
        return Promise(step.id, channel, "not offered", "kept" if _hardly_left(told, used) else "open", HARDLY)
    verdict: Verdict = _unjudged(e)
    if e is not None and e.shown:
        kept = e.high is not None and e.high <= HARDLY
        named = _of_channel(told, step, "channel", channel) is not None
        verdict = "broken" if named and e.low is not None and e.low > HARDLY else "kept" if kept else "open"
    return Promise(step.id, channel, "not offered", verdict, HARDLY, e)


def _hardly_left(told: Told, used: list[tuple[str, Finding]]) -> bool:
    """Whether what comes by no channel that is named, few people's among it, is surely hardly anything (Wilson)."""
    shown = [f.estimate for _, f in used if f.estimate.shown]
    n, named = max(e.n or 0 for e in shown), sum(_value(e) for e in shown)
    left, zz = min(max(1 - named, 0.0), 1.0), NormalDist().inv_cdf(0.5 + told.view.manifest.confidence / 2) ** 2
    half = (zz * (n * left * (1 - left) + zz / 4)) ** 0.5
    return (left * n + zz / 2 + half) / (n + zz) <= HARDLY


def _data(told: Told, step: Step, channel: str) -> Iterator[Promise]:
    """What a channel is to know has to come with those who change to it."""
    into = [(a, f.estimate) for a, z, f in _handoffs(told, step) if plain_name(z) == plain_name(channel)]
    for other, e in into or [("", None)]:
        yield Promise(step.id, channel, "data", _at_least(e, CONTEXT_KEPT), CONTEXT_KEPT, e, other)


def _handoffs(told: Told, step: Step):  # noqa: ANN202
    for name, f in told.parts(step.id, "handoff"):
        a, _, z = name.partition(" → ")
        yield a, z, f


def _pairs(told: Told, step: Step) -> Iterator[tuple[Step, str, str, float, Estimate | None, Estimate | None]]:
    """Channels of a step whose scores may be only so far apart."""
    for (a, one), (b, other) in combinations(step.offer.items(), 2):
        allowed = _allowed(one, other)
        if allowed is not None:
            yield step, a, b, allowed, _score(told, step, a), _score(told, step, b)


def _score(told: Told, step: Step, channel: str) -> Estimate | None:
    e = _of_channel(told, step, "score", channel)
    return e if e and e.shown else None


def _allowed(one: Offer, other: Offer) -> float | None:
    """Points that two channels may be apart; None where nothing is said of it."""
    if "not offered" in (one.rule, other.rule):
        return None
    points = [o.within_points for o in (one, other) if o.rule == "may vary"]
    if any(p is None for p in points):
        return None
    return max((p for p in points if p is not None), default=0.0)


def _alike(
    told: Told, step: Step, a: str, b: str, allowed: float, one: Estimate | None, other: Estimate | None, *,
    comparisons: int,
) -> Promise:  # fmt: skip
    """Whether the scores of two channels are further apart than they may be.

    The interval of the difference is Bonferroni's: of k comparisons on the journey, each has 1 - (1 - confidence) / k.
    """
    if one is None or other is None:
        return Promise(step.id, a, "alike", "not measured", allowed, other=b)
    conf = told.view.manifest.confidence
    z = NormalDist().inv_cdf(1 - (1 - conf) / 2 / max(comparisons, 1))
    value, se = abs(_value(one) - _value(other)), (_se(one, conf) ** 2 + _se(other, conf) ** 2) ** 0.5
    e = Estimate(value, max(value - z * se, 0.0), value + z * se, None, f"normal, Bonferroni of {comparisons}", se=se)
    broken, kept = value - z * se > allowed, value + z * se <= allowed
    verdict: Verdict = "broken" if broken else "kept" if kept else "open"
    return Promise(step.id, a, "alike", verdict, allowed, e, b, (one, other))


def _of_channel(told: Told, step: Step, measure: str, channel: str) -> Estimate | None:
    """A number of a channel, whose name may be written in another way in the data."""
    parts = told.parts(step.id, measure)
    same = [f for c, f in parts if c == channel] or [f for c, f in parts if plain_name(c) == plain_name(channel)]
    if channel.startswith("."):
        same = [f for c, f in parts if c == channel]
    return same[0].estimate if same else None


def _at_least(e: Estimate | None, bar: float) -> Verdict:
    if e is None or not e.shown:
        return _unjudged(e)
    if e.high is not None and e.high < bar:
        return "broken"
    return "kept" if e.low is not None and e.low >= bar else "open"


def _unjudged(e: Estimate | None) -> Verdict:
    """Where there are contacts and too few to tell, the promise is open."""
    return "open" if e is not None and e.status in ("too_few", "suppressed", "too_early") else "not measured"


def _se(e: Estimate, conf: float) -> float:
    """The standard error that an interval stands for, by its longer side."""
    sides = [abs(v - _value(e)) for v in (e.low, e.high) if v is not None]
    return max(sides, default=float("inf")) / NormalDist().inv_cdf(0.5 + conf / 2)


def _value(e: Estimate) -> float:
    return e.value or 0.0


def _complement(e: Estimate) -> Estimate:
    low, high = (None if v is None else 1 - v for v in (e.high, e.low))
    return Estimate(1 - _value(e), low, high, e.n, e.method)
