"""The promises of the channels as blocks: what is broken in sentences, then every step and channel as a table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from cxkit._blocks import Block, Heading, Inline, Line, Quiet, Strong, Table, Tag, Text, Tone
from cxkit._format import count_text, estimate_text, spelled, value_text
from cxkit.journey.clauses import target_text
from cxkit.journey.lints.offers import forced
from cxkit.journey.lints.slips import Held
from cxkit.journey.model import JourneyPair
from cxkit.journey.promises import CONTEXT_KEPT, HARDLY, Promise, Verdict, judge_promises, losing_handoffs

if TYPE_CHECKING:
    from cxkit.journey.model import Step
    from cxkit.journey.parts import Offer
    from cxkit.journey.told import Told

__all__ = ["promise_blocks"]

MOST_CHANNELS = 6  # that stand side by side; more are told one a row
MOST_BROKEN, MOST_HANDOFFS = 8, 8
_TONES: dict[Verdict, Tone] = {"broken": "worse", "open": "open", "kept": "better", "not measured": "quiet"}


def promise_blocks(told: Told) -> tuple[Block, ...]:
    """What the channels of a journey promise, and whether it is kept; nothing where no promise was written down."""
    return tuple(_blocks(told))


def _blocks(told: Told) -> Iterator[Block]:
    w, promises = told.words, judge_promises(told)
    handoffs = _handoffs(told)
    steps = [s for s in told.journey.steps if s.offer]
    if not steps and handoffs is None:
        return
    broken = [p for p in promises if p.verdict == "broken"]
    yield Heading(_title(told, promises) if steps else w.say("promise.title.handoffs"), level=3)
    said = [(sentence(told, p),) for p in broken[:MOST_BROKEN]]
    if len(broken) > MOST_BROKEN:
        said.append((w.count("promise.more", len(broken) - MOST_BROKEN),))
    said += [(Tag(w.say("promise.warning"), "open"), " ", text) for text in _forced(told)]
    if said:
        yield Text(tuple(said))
    if steps:
        yield _table(told, steps, promises)
    if handoffs is not None:
        yield handoffs


def sentence(told: Told, p: Promise) -> str:
    """What breaks a promise, in a sentence with its number."""
    w, e = told.words, p.estimate
    said = {"step": told.label(p.step), "channel": p.channel, "other": p.other}
    if p.kind == "alike" and e is not None:
        one, other = (estimate_text(s, "score", words=w) for s in p.scores)
        key = "alike_within" if p.bar else "alike"
        apart = estimate_text(e, "score", words=w)
        return w.say(f"promise.broken.{key}", **said, one=one, two=other, apart=apart, bar=f"{p.bar:g}")
    value = estimate_text(e, "percent", words=w) if e else ""
    bar = value_text(p.bar, "percent", words=w)
    time = target_text("hours_to_next", _hours(told, p), w) if p.kind == "deadline" else ""
    return w.say(f"promise.broken.{p.kind.replace(' ', '_')}", **said, value=value, bar=bar, time=time)


def _title(told: Told, promises: tuple[Promise, ...]) -> str:
    w, n = told.words, sum(p.verdict == "broken" for p in promises)
    if n:
        said = spelled(n, w)
        return w.say(f"promise.title.{'one' if n == 1 else 'many'}", n=said[:1].upper() + said[1:])
    judged = any(p.verdict in ("kept", "open") for p in promises)
    return w.say("promise.title.none" if judged else "promise.title.unknown")


def _table(told: Told, steps: list[Step], promises: tuple[Promise, ...]) -> Table:
    """A row for each step and a column for each channel; where there are many channels, a row for each of both."""
    w, judged = told.words, dict[str, list[Promise]]()
    for p in promises:
        judged.setdefault(p.step, []).append(p)
    channels = list(dict.fromkeys(c for s in steps for c in s.offer))
    title, sub = w.say("promise.table", label=told.journey.label), w.say("promise.plotted")
    note = w.say("promise.note", share=value_text(CONTEXT_KEPT, "percent", words=w), hardly=f"{HARDLY * 100:g}")
    if len(channels) > MOST_CHANNELS:
        columns = (w.say("steps.step"), w.say("promise.channel"), w.say("promise.promise"))
        rows = tuple((_name(s), c, _cell(told, s, c, judged.get(s.id, []))) for s in steps for c in s.offer)
        return Table(title, columns, rows, subtitle=sub, note=note)
    grid = tuple((_name(s), *(_cell(told, s, c, judged.get(s.id, [])) for c in channels)) for s in steps)
    return Table(title, (w.say("steps.step"), *channels), grid, subtitle=sub, note=note)


def _name(step: Step) -> Line:
    return (Strong(step.label),)


def _cell(told: Told, step: Step, channel: str, judged: list[Promise]) -> Line:
    offer, w = step.offer.get(channel), told.words
    if offer is None:
        return (Quiet(w.say("provenance.nothing")),)
    parts: list[Inline] = [*_rule(told, offer)]
    for text in _promised(told, offer):
        parts += ["\n", Quiet(text)]
    mine = [p for p in judged if channel in (p.channel, p.other if p.kind == "alike" else "")]
    for verdict, text in _verdicts(told, mine, channel):
        parts += ["\n", Tag(w.say(f"promise.verdict.{verdict.replace(' ', '_')}"), _TONES[verdict]), " ", Quiet(text)]
    return tuple(parts)


def _rule(told: Told, offer: Offer) -> Line:
    w = told.words
    rule = Tag(w.say(f"promise.rule.{offer.rule.replace(' ', '_')}"))
    points = w.say("promise.points", n=f"{offer.within_points:g}") if offer.within_points else ""
    within = w.say("list.join").join(filter(None, (offer.within, points)))
    return (rule, " ", Quiet(w.say("promise.within", text=within))) if within else (rule,)


def _promised(told: Told, offer: Offer) -> Iterator[str]:
    """Deadline, price, tone, and what the channel shows or knows."""
    w = told.words
    if offer.hours:
        share = value_text(offer.share, "percent", words=w)
        yield w.say("promise.deadline", time=target_text("hours_to_next", offer.hours, w), share=share)
    for part in ("price", "tone"):
        if text := getattr(offer, part):
            yield w.say(f"promise.{part}", text=text)
    if offer.data:
        yield w.say("promise.data", list=w.all_of(list(offer.data)))


def _verdicts(told: Told, promises: list[Promise], channel: str) -> Iterator[tuple[Verdict, str]]:
    """What measurement says of one channel at a step; what was not measured is told once."""
    w, told_any = told.words, False
    for p in promises:
        if p.verdict == "not measured" or p.estimate is None or (p.kind == "alike" and p.verdict == "open"):
            continue
        told_any = True
        value = estimate_text(p.estimate, "score" if p.kind == "alike" else "percent", words=w)
        other = p.channel if p.other == channel else p.other
        key = p.kind.replace(" ", "_") if p.estimate.shown else "few_from" if p.kind == "data" else "few"
        yield p.verdict, w.say(f"promise.says.{key}", value=value, other=other)
    if not told_any and promises:
        kept = any(p.verdict == "kept" for p in promises)
        alike = any(p.kind == "alike" and p.verdict == "open" for p in promises)
        if kept or alike:
            yield ("kept" if kept else "open"), w.say("promise.says.unused" if kept else "promise.says.no_difference")
        else:
            yield "not measured", ""


def _handoffs(told: Told) -> Table | None:
    w, found = told.words, losing_handoffs(told)
    if not found:
        return None
    columns = tuple(w.say(f"promise.handoff.{c}") for c in ("step", "handoff", "lost", "n"))
    rows = tuple(
        (told.label(h.step), h.channels, estimate_text(h.lost, "percent", words=w), count_text(h.lost.n or 0, w))
        for h in found[:MOST_HANDOFFS]
    )
    return Table(w.say("promise.handoff.title"), columns, rows, subtitle=w.say("promise.handoff.plotted"))


def _forced(told: Told) -> list[str]:
    """The steps that leave customers one channel only."""
    if not any(o.rule == "not offered" for s in told.journey.steps for o in s.offer.values()):
        return []
    mine = tuple(f for s in told.journey.steps for _, f in told.parts(s.id, "channel"))
    view = replace(told.view, evidence=replace(told.view.evidence, findings=mine))
    held = Held(told.journey, JourneyPair(), frozenset(), dt.date.min, view=view)
    return [told.words.say("lint.forced.what", **slip.values) for slip in forced(held)]


def _hours(told: Told, p: Promise) -> float:
    step = told.journey.step(p.step)
    return (step.offer[p.channel].hours or 0.0) if step else 0.0
