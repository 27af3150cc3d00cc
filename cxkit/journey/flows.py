"""How journeys really run: where each step leads next, and the ways that are not drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cxkit._blocks import Block, Figure, Line, Table, Text
from cxkit._format import Words, count_text, estimate_text
from cxkit.evidence.estimate import Estimate
from cxkit.journey.flow_charts import Flow, Place, Way, flow_spec
from cxkit.journey.funnel import MOST_ROWS, NOTED, left_out, most_reached
from cxkit.journey.graph import onward

if TYPE_CHECKING:
    from cxkit.evidence.findings import Finding
    from cxkit.journey.model import Journey, Step
    from cxkit.journey.told import Stray, Told

__all__ = ["flow_figure", "layers_of", "stray_blocks"]

THIN = 0.012  # of the widest bar: a flow below it would be a hair
END, OTHER = ".end", ".other"


def stray_blocks(told: Told) -> tuple[Block, ...]:
    """The most frequent paths that are not drawn, each with its first move that is not on the map."""
    w, fit = told.words, told.estimate("", "fit")
    if told.study is None or fit is None or not fit.shown:
        return ()
    shown = [s for s in told.strays if s.estimate.shown]
    if not shown:
        key = "all_fit" if fit.value == 1 else "none_frequent"
        return (Text(((w.say(f"journey.stray.{key}"),),), role="note"),)
    off = Estimate(1 - (fit.value or 0), _one_less(fit.high), _one_less(fit.low), fit.n)
    columns = tuple(w.say(f"journey.stray.{c}") for c in ("path", "share", "journeys", "move"))
    title = w.say("journey.stray.title", value=estimate_text(off, "percent", words=w))
    sub = w.say("journey.stray.plotted", n=count_text(fit.n or 0, w))
    return (Table(title, columns, tuple(_stray_row(told, s) for s in shown), subtitle=sub),)


def flow_figure(told: Told) -> Figure | None:
    """Where each step leads next: bands as wide as the journeys, what ends, what goes back, what nobody drew."""
    w, chosen = told.words, most_reached(told)
    moves = [_Move.of(told, s.id, to, f) for s in told.journey.steps for to, f in told.parts(s.id, "flow")]
    if not any(m.found.estimate.shown for m in moves):
        return None
    kept = {s.id for s in chosen}
    places, flows = _flow_parts(told, chosen, [m for m in moves if m.step in kept])
    title = _flow_title(told, moves)
    told_moves = [m for m in moves if m.found.estimate.shown]
    rows = "; ".join(m.words(told) for m in told_moves[:MOST_ROWS])
    columns = tuple(w.say(f"journey.flow.{c}") for c in ("from", "to", "share", "n", "map"))
    return Figure(
        title=title,
        subtitle=w.say("journey.flow.plotted"),
        spec=flow_spec(places, flows),
        alt=w.say("journey.flow.alt", title=title, rows=rows),
        columns=columns,
        rows=tuple(m.row(told) for m in moves[:MOST_ROWS]),
        note=left_out(told, len(chosen)),
        table_label=w.say("page.numbers"),
    )


def layers_of(journey: Journey) -> dict[str, int]:
    """How far down each step stands: one further than the last of those that lead on to it.

    Steps between which journeys choose stand beside each other.
    """
    ahead, order = onward(journey), {s.id: i for i, s in enumerate(journey.steps)}
    depth = dict.fromkeys(order, 0)
    for step in sorted(order, key=lambda s: order[s]):
        for to in ahead.get(step, ()):
            if to in order and order[to] > order[step]:
                depth[to] = max(depth[to], depth[step] + 1)
    return depth


@dataclass(frozen=True)
class _Move:
    """Where the first visit to a step led next."""

    step: str
    to: str
    way: Way
    found: Finding

    @classmethod
    def of(cls, told: Told, step: str, to: str, found: Finding) -> _Move:
        if to not in told.order:
            return cls(step, to, "end", found)
        back = told.order[to] < told.order[step]
        drawn = (step, to) in told.drawn
        return cls(step, to, "back" if back else "drawn" if drawn else "not drawn", found)

    @property
    def size(self) -> float:
        """Journeys that go this way."""
        e = self.found.estimate
        return (e.value or 0.0) * (e.n or 0) if e.shown else 0.0

    def words(self, told: Told) -> str:
        """The move as a sentence."""
        value, w = told.said(self.found), told.words
        if self.to in (END, OTHER):
            return w.say(f"journey.flow.said_{self.to[1:]}", step=told.label(self.step), value=value)
        return w.say("journey.flow.said", step=told.label(self.step), to=told.label(self.to), value=value)

    def beside(self, told: Told) -> str:
        """What stands beside a flow that is not followed further."""
        key = {END: "end", OTHER: "other"}.get(self.to, "back" if self.way == "back" else "over")
        return told.words.say(f"journey.flow.beside_{key}", value=told.said(self.found), to=told.label(self.to))

    def row(self, told: Told) -> tuple[Line | str, ...]:
        """The move as a row of the table."""
        w, e = told.words, self.found.estimate
        to = w.say(f"journey.flow.{self.to[1:]}") if self.to in (END, OTHER) else told.label(self.to)
        drawn = (self.step, self.to) in told.drawn
        # A loop may be drawn: it goes back and is on the map.
        key = "" if self.to in (END, OTHER) else "drawn" if drawn else "not_drawn"
        state = w.say(f"journey.flow.{key}") if key else w.say("provenance.nothing")
        return told.label(self.step), to, told.said(self.found), _n(e, w), state


def _flow_parts(told: Told, steps: list[Step], moves: list[_Move]) -> tuple[list[Place], list[Flow]]:
    depth = layers_of(told.journey)
    layers = _close_ranks({s.id: depth[s.id] for s in steps})
    places = [p for s in steps if (p := _place(told, s, layers[s.id], moves))]
    there, widest = {p.key: p for p in places}, max((p.size for p in places), default=1.0)
    flows: list[Flow] = []
    for place in places:
        mine = sorted((m for m in moves if m.step == place.key), key=lambda m: -m.size)
        drops, thin = list[_Move](), 0.0
        for m in mine:
            ahead = m.to in there and there[m.to].layer > place.layer
            if m.size < THIN * widest and m.to != OTHER:
                thin += m.size
            elif ahead:
                flows.append(Flow(m.step, m.to, m.size, m.way, m.words(told)))
            else:
                drops.append(m)
        flows += _drops(told, place, drops, thin)
    return places, flows


def _drops(told: Told, place: Place, drops: list[_Move], thin: float) -> list[Flow]:
    """What leaves the chart at a step: what goes elsewhere, what goes back, what ends; and what may not be told."""
    w = told.words
    order = {"drawn": 0, "not drawn": 0, "back": 1, "end": 3}
    sorted_ = sorted(drops, key=lambda m: (order[m.way] - (m.to == OTHER), -m.size))
    found: list[Flow] = []
    for m in sorted_:
        if m.size == 0:
            continue
        more = thin if m.to == OTHER else 0.0
        # What was folded here has no interval of its own, so no number is said of it.
        said = w.say("journey.flow.beside_thin") if more else m.beside(told)
        found.append(Flow(place.key, "", m.size + more, m.way, said))
    if thin and not any(m.to == OTHER for m in drops):
        found.insert(0, Flow(place.key, "", thin, "end", w.say("journey.flow.beside_thin")))
    return found


def _place(told: Told, step: Step, layer: int, moves: list[_Move]) -> Place | None:
    reach = told.estimate(step.id, "reach")
    base = next((m.found.estimate.n for m in moves if m.step == step.id and m.found.estimate.shown), None)
    size = base or ((reach.value or 0.0) * (reach.n or 0) if reach and reach.shown else 0.0)
    said = estimate_text(reach, "percent", words=told.words) if reach and reach.shown else ""
    return Place(step.id, step.label, layer, float(size), said) if size else None


def _flow_title(told: Told, moves: list[_Move]) -> str:
    """The most frequent move that nobody drew, where it is surely one in twenty; else what is drawn."""
    odd = [m for m in moves if m.to in told.order and (m.step, m.to) not in told.drawn]
    odd = [m for m in odd if (m.found.estimate.low or 0.0) >= NOTED]
    most = max(odd, key=lambda m: m.size, default=None)
    if most is None:
        return told.words.say("journey.flow.title")
    key = "title_back" if most.way == "back" else "title_odd"
    said = {"step": told.label(most.step), "to": told.label(most.to), "value": told.said(most.found)}
    return told.words.say(f"journey.flow.{key}", **said)


def _stray_row(told: Told, stray: Stray) -> tuple[Line | str, ...]:
    w, e = told.words, stray.estimate
    path = w.say("journey.stray.then").join(told.label(s) for s in stray.path)
    a, b = stray.move
    key = "begins" if not a else "moves"
    move = w.say(f"journey.stray.{key}", step=told.label(a), to=told.label(b)) if b else ""
    journeys = count_text(round((e.value or 0.0) * (e.n or 0)), w)
    return path, estimate_text(e, "percent", words=w), journeys, move


def _close_ranks(layers: dict[str, int]) -> dict[str, int]:
    """The same order of layers without empty ones."""
    ranks = {layer: i for i, layer in enumerate(sorted(set(layers.values())))}
    return {step: ranks[layer] for step, layer in layers.items()}


def _one_less(value: float | None) -> float | None:
    return None if value is None else 1 - value


def _n(e: Estimate, w: Words) -> str:
    return "" if e.n is None else count_text(e.n, w)
