"""Whether the promises of the channels hold together: rules that contradict each other, or leave one way only."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cxkit.data.quality import Severity
from cxkit.journey.lints.slips import Held, Loc, Slip
from cxkit.journey.model import Step
from cxkit.journey.parts import Offer, plain_name

__all__ = ["RULES", "forced"]


def _drawn(held: Held) -> Iterator[Slip]:
    """A channel with a promise that is not drawn, and one that is drawn and not offered."""
    for loc, step in held.places:
        drawn = {plain_name(c) for c in step.channel_names}
        for channel, offer in step.offer.items():
            there, refused = plain_name(channel) in drawn, offer.rule == "not offered"
            kind = "offer.drawn" if there and refused else "" if there or refused else "offer.not_drawn"
            if kind:
                values: dict[str, object] = {"step": step.label, "channel": channel}
                yield Slip("warning", kind, (*loc, "offer", channel), values)


def forced(held: Held) -> Iterator[Slip]:
    """Customers use several channels on this journey, and at this step all but one are closed to them."""
    everywhere = {plain_name(c): c for s in held.journey.steps for c in s.channel_names}
    for loc, step in held.places:
        refused = {plain_name(c): c for c, o in step.offer.items() if o.rule == "not offered"}
        used = {**everywhere, **{plain_name(c): c for c in _measured(held, step)}}
        left = {plain_name(c): c for c in (*step.channel_names, *step.offer, *_measured(held, step))}
        left = {p: c for p, c in left.items() if p not in refused}
        closed = [c for p, c in refused.items() if p in used]
        if len(left) == 1 and closed:
            values = {"step": step.label, "channel": next(iter(left.values())), "others": ", ".join(sorted(closed))}
            yield Slip("warning", "forced", (*loc, "offer"), values)


def _measured(held: Held, step: Step) -> list[str]:
    """Channels by which the evidence shows the step reached."""
    if held.view is None or held.planned:
        return []
    study = f"journey/{held.journey.id}"
    mine = (f for f in held.view.evidence.findings if (f.study, f.item, f.slice) == (study, step.id, ()))
    shown = [f.measure.removeprefix("channel=") for f in mine if f.measure.startswith("channel=") and f.estimate.shown]
    return [c for c in shown if not c.startswith(".")]


def _identical(held: Held) -> Iterator[Slip]:
    """Channels that are said to be identical, and promise different things."""
    for loc, step in held.places:
        alike = [(c, o) for c, o in step.offer.items() if o.rule == "identical"]
        yield from _apart(alike, step, loc, "price", "error", _price)
        yield from _apart(alike, step, loc, "hours", "error", lambda o: f"{o.hours:g} h" if o.hours else "")
        yield from _apart(alike, step, loc, "tone", "warning", lambda o: " ".join(o.tone.split()))
        yield from _apart(alike, step, loc, "data", "warning", lambda o: ", ".join(sorted(o.data)))


def _apart(
    alike: list[tuple[str, Offer]], step: Step, loc: Loc, field: str, severity: Severity, said: Callable[[Offer], str]
) -> Iterator[Slip]:
    told = {c: said(o) for c, o in alike if said(o)}
    if len({v.casefold() for v in told.values()}) > 1:
        first = next(iter(told))
        other = next(c for c in told if told[c].casefold() != told[first].casefold())
        values: dict[str, object] = {"step": step.label, "a": f"{first}: {told[first]}", "b": f"{other}: {told[other]}"}
        kind = f"identical.{field}"
        yield Slip(severity, kind, (*loc, "offer", other), values)


def _price(offer: Offer) -> str:
    return " ".join(offer.price.split())


RULES: tuple[Callable[[Held], Iterator[Slip]], ...] = (_drawn, forced, _identical)
"""Each takes a map and yields what it finds."""
