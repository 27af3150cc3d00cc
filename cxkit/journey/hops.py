"""Where journeys go from step to step and from channel to channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cxkit._blocks import Figure, Line
from cxkit._format import count_text
from cxkit.journey.flow_charts import Flow, Place, flow_spec
from cxkit.journey.funnel import MOST_ROWS, NOTED, most_reached
from cxkit.journey.graph import onward

if TYPE_CHECKING:
    from cxkit.evidence.findings import Finding
    from cxkit.journey.model import Step
    from cxkit.journey.told import Told

__all__ = ["channel_flow"]

CHANNELS = 4  # of a step that have their own bar: the most used
THIN = 0.006  # of the widest bar: a flow below it would be a hair
REST = ".other"


def channel_flow(told: Told) -> Figure | None:
    """Where journeys go from step to step and from channel to channel; a change of channel stands out."""
    w = told.words
    hops = [h for s in most_reached(told) for h in _hops(told, s)]
    if not any(h.found.estimate.shown for h in hops):
        return None
    steps = [s for s in most_reached(told) if any(s.id in (h.step, h.target) for h in hops)]
    kept = {s.id: _kept_channels(told, s, hops) for s in steps}
    places = [p for i, s in enumerate(steps) for p in _channel_places(told, s, i, kept[s.id], hops)]
    title = _channel_title(told)
    shown = [h for h in hops if h.found.estimate.shown]
    columns = tuple(w.say(f"journey.flow.{c}") for c in ("from", "by", "to", "by", "share", "n"))
    return Figure(
        title=title,
        subtitle=w.say("journey.flow.by_channel"),
        spec=flow_spec(places, _channel_flows(told, places, kept, shown), titles=[s.label for s in steps]),
        alt=w.say("journey.flow.alt", title=title, rows="; ".join(h.words(told) for h in shown[:MOST_ROWS])),
        columns=columns,
        rows=tuple(h.row(told) for h in hops[:MOST_ROWS]),
        table_label=w.say("page.numbers"),
    )


@dataclass(frozen=True)
class _Hop:
    """From a step by a channel to the next step by a channel."""

    step: str
    by: str
    target: str
    to: str
    found: Finding

    def words(self, told: Told) -> str:
        """The hop as a sentence."""
        said = {"by": self.by, "to_by": self.to, "step": told.label(self.step), "to": told.label(self.target)}
        return told.words.say("journey.flow.said_hop", value=told.said(self.found), **said)

    def row(self, told: Told) -> tuple[Line | str, ...]:
        """The hop as a row of the table."""
        here, there, base = told.label(self.step), told.label(self.target), self.found.estimate.n
        n = "" if base is None else count_text(base, told.words)
        return here, self.by, there, self.to, told.said(self.found), n


def _hops(told: Told, step: Step) -> list[_Hop]:
    found = [(name.split("|"), f) for name, f in told.parts(step.id, "hop")]
    return [_Hop(step.id, parts[0], parts[1], parts[2], f) for parts, f in found if len(parts) == 3]


def _kept_channels(told: Told, step: Step, hops: list[_Hop]) -> list[str]:
    """The channels of a step that are drawn by name: the most used."""
    used: dict[str, float] = {c: f.estimate.value or 0.0 for c, f in told.parts(step.id, "channel")}
    for h in hops:
        for s, c in ((h.step, h.by), (h.target, h.to)):
            if s == step.id:
                used.setdefault(c, h.found.estimate.value or 0.0)
    return sorted(used, key=lambda c: (-used[c], c))[:CHANNELS]


def _channel_places(told: Told, step: Step, layer: int, kept: list[str], hops: list[_Hop]) -> list[Place]:
    """A bar for each channel of a step, as wide as what goes in or out, and one for the channels that are left."""
    sizes: dict[str, list[float]] = {}
    for h in hops:
        e = h.found.estimate
        size = (e.value or 0.0) * (e.n or 0) if e.shown else 0.0
        for i, (s, c) in enumerate(((h.step, h.by), (h.target, h.to))):
            if s == step.id:
                sizes.setdefault(c if c in kept else REST, [0.0, 0.0])[i] += size
    rest = told.words.say("journey.flow.other_channels")
    order = [c for c in (*kept, REST) if max(sizes.get(c, (0.0,)))]
    return [Place(f"{step.id}|{c}", rest if c == REST else c, layer, max(sizes[c])) for c in order]


def _channel_flows(told: Told, places: list[Place], kept: dict[str, list[str]], hops: list[_Hop]) -> list[Flow]:
    there, widest = {p.key: p for p in places}, max((p.size for p in places), default=1.0)
    sums: dict[tuple[str, str], tuple[float, bool, str]] = {}
    for h in hops:
        if h.target not in kept:
            continue
        a = f"{h.step}|{h.by if h.by in kept[h.step] else REST}"
        z = f"{h.target}|{h.to if h.to in kept[h.target] else REST}"
        if a in there and z in there and there[z].layer > there[a].layer:
            size, _, said = sums.get((a, z), (0.0, False, ""))
            size += (h.found.estimate.value or 0.0) * (h.found.estimate.n or 0)
            sums[a, z] = (size, h.by != h.to, "" if said else h.words(told))
    return [
        Flow(a, z, size, "not drawn" if switched else "drawn", said)
        for (a, z), (size, switched, said) in sums.items()
        if size >= THIN * widest
    ]


def _channel_title(told: Told) -> str:
    """The step after which most change the channel though they need not, where that is surely many."""
    w, steps = told.words, [s for s in told.journey.steps if _may_stay(told, s)]
    found = [(s, f) for s in steps if (f := told.finding(s.id, "channel_switch")) and f.estimate.shown]
    # Where hardly anybody stays, the journey itself leads into another channel.
    found = [(s, f) for s, f in found if (f.estimate.value or 0.0) < 1 - NOTED]
    most = max(found, key=lambda sf: sf[1].estimate.value or 0.0, default=None)
    if most is None or (most[1].estimate.low or 0.0) < NOTED:
        return w.say("journey.flow.title_channels")
    return w.say("journey.flow.title_switch", step=most[0].label, value=told.said(most[1]))


def _may_stay(told: Told, step: Step) -> bool:
    """Whether a channel of the step is also one of a step that follows."""
    here = {c for c, _ in told.parts(step.id, "channel")}
    return any(here & {c for c, _ in told.parts(to, "channel")} for to in onward(told.journey).get(step.id, ()))
