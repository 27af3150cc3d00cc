"""What a lane of the map says of one step: as it was drawn, and as it was measured."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from cxkit._blocks import Inline, Line, Quiet, Strong, Tag
from cxkit._boards import LaneCell
from cxkit._format import interval_text, value_text
from cxkit.journey.grade import Graded, grade_journey, grade_text, seen_in
from cxkit.journey.graph import onward
from cxkit.journey.parts import plain_name
from cxkit.journey.sentences import Told, time_text, times_text
from cxkit.kpi.sentences import why_not

if TYPE_CHECKING:
    from cxkit.evidence.estimate import Estimate
    from cxkit.journey.model import Step
    from cxkit.journey.parts import Act, ChannelUse, KpiRef, Opportunity

__all__ = [
    "Drawn",
    "acts",
    "again",
    "channels",
    "drop_off",
    "grade",
    "ideas",
    "kept",
    "kpis",
    "money",
    "owner",
    "plays",
]
__all__ += ["reach", "recontact", "share", "texts", "thoughts", "time", "ways"]

MOST_CHANNELS = 3
MOST_HANDOFFS = 2
HARDLY = 0.05  # of the contacts; a channel with less is hardly used


@dataclass(frozen=True)
class Drawn:
    """A journey that is told, with what is looked up for one step after the other."""

    told: Told

    @cached_property
    def parts(self) -> dict[tuple[str, str], list[tuple[str, Estimate]]]:
        """Numbers of a step that are shown and have parts, such as its channels; the largest first."""
        study, found = self.told.study, dict[tuple[str, str], list[tuple[str, "Estimate"]]]()
        for f in self.told.view.evidence.findings if study else ():
            measure, named, part = f.measure.partition("=")
            if study and named and f.study == study.id and not f.slice and f.estimate.shown:
                found.setdefault((f.item, measure), []).append((part, f.estimate))
        return {k: sorted(v, key=lambda pe: -(pe[1].value or 0.0)) for k, v in found.items()}

    @cached_property
    def labels(self) -> dict[str, str]:
        """The steps by id."""
        return {s.id: s.label for s in self.told.journey.steps}

    @cached_property
    def beside(self) -> dict[str, str]:
        """Each step and the one drawn next to it."""
        return {a.id: b.id for a, b in pairwise(self.told.journey.steps)}

    @cached_property
    def ahead(self) -> dict[str, tuple[str, ...]]:
        """Where each step may lead on to."""
        return onward(self.told.journey)

    @cached_property
    def events(self) -> set[str]:
        """The values by which steps are told."""
        return {e for s in self.told.journey.steps for e in s.events}

    @cached_property
    def grades(self) -> dict[str, Graded]:
        """How well each step is known on the day of the measurement."""
        view, journey = self.told.view, self.told.journey
        today = dt.date.fromisoformat(view.manifest.measured_on[:10])
        return grade_journey(journey, today=today, seen=seen_in(view, journey))

    def part(self, step: str, measure: str) -> list[tuple[str, Estimate]]:
        """The parts of a number at a step."""
        return self.parts.get((step, measure), [])

    def says(self, key: str, **values: object) -> str:
        """Words of the map."""
        return self.told.words.say(f"journey.map.{key}", **values)


def ways(d: Drawn, step: Step) -> LaneCell:
    """How a step leads on where that is not simply the next, and where it may lead back to."""
    found = list[str]()
    ahead, shares = d.ahead[step.id], dict(d.part(step.id, "flow"))
    if ahead and ahead != (d.beside.get(step.id),):
        named = [_with_share(d, d.labels.get(b, b), shares.get(b)) for b in ahead]
        found.append(d.says("leads_on", list=d.says("or").join(named)))
    back = dict(d.part(step.id, "back_to"))
    for b in step.back_to:
        e, label = back.get(b), d.labels.get(b, b)
        found.append(d.says("goes_back", step=label, share=_percent(d, e)) if e else d.says("may_go_back", step=label))
    return LaneCell(lines=tuple((Quiet(way),) for way in found))


def channels(d: Drawn, step: Step) -> LaneCell:
    """The channels that are used, with their shares; and those drawn that hardly anybody uses."""
    measured, drawn = d.part(step.id, "channel"), {plain_name(c.channel): c for c in step.channels}
    if not measured:
        return LaneCell(lines=tuple(_drawn_channels(d, step.channels)))
    lines: list[Line] = []
    for channel, e in measured[:MOST_CHANNELS]:
        use = drawn.get(plain_name(channel))
        lines.append((Tag(channel), " ", Quiet(_percent(d, e)), *_begun(d, use)))
    used = {plain_name(c) for c, _ in measured}
    only_drawn = [c.channel for key, c in drawn.items() if key not in used]
    if only_drawn and sum(e.value or 0.0 for _, e in measured) > 1 - HARDLY:
        lines.append((Quiet(d.says("only_drawn", channels=d.told.words.all_of(only_drawn))),))
    return LaneCell(lines=tuple(lines))


def texts(values: Iterable[str]) -> LaneCell:
    """Texts, one a line."""
    return LaneCell(lines=tuple((v,) for v in values if v))


def thoughts(d: Drawn, step: Step) -> LaneCell:
    """What the customer thinks, in their words."""
    return texts(d.says("thought", text=t) for t in step.thoughts)


def acts(d: Drawn, values: Iterable[Act]) -> LaneCell:
    """What somebody does, with which role and system."""
    by = ((a.does, d.says("dot").join(filter(None, (a.role, a.system)))) for a in values)
    return LaneCell(lines=tuple((does, *(("\n", Quiet(who)) if who else ())) for does, who in by))


def ideas(d: Drawn, step: Step) -> LaneCell:
    """What could be better, and which pain it answers."""
    return LaneCell(lines=tuple(_idea(d, step, o) for o in step.opportunities))


def kpis(d: Drawn, step: Step) -> LaneCell:
    """The KPIs of a step, each with its interval."""
    return LaneCell(lines=tuple(_kpi(d, ref) for ref in step.kpis))


def owner(d: Drawn, step: Step) -> LaneCell:
    """Who owns the step, or that nobody does."""
    if step.owner:
        return LaneCell(lines=((step.owner,),))
    return LaneCell(lines=((Strong(d.says("nobody")),),), tone="worse")


def plays(d: Drawn, step: Step) -> LaneCell:
    """The plays that act on the step."""
    return LaneCell(lines=tuple((Tag(text, tone),) for text, tone in d.told.state.plays.get(step.id, ())))


def grade(d: Drawn, step: Step) -> LaneCell:
    """How well the step is known: a letter, and what it rests on."""
    found = d.grades[step.id]
    return LaneCell(lines=((Strong(found.grade), " ", Quiet(grade_text(found, words=d.told.words))),))


def reach(d: Drawn, step: Step) -> LaneCell:
    """How many reach the step, as a track too; unobserved where nothing in the data shows it."""
    cell, e = share(d, step, "reach"), d.told.estimate(step.id, "reach")
    if not step.shown or (e is not None and _unobserved(e)):
        return LaneCell(lines=((Quiet(d.says("unobserved")),),))
    return LaneCell(cell.lines, e.value, e.low, e.high, cell.tone) if e and e.shown else cell


def drop_off(d: Drawn, step: Step) -> LaneCell:
    """How many go no further, and whether that is more than elsewhere."""
    if step.id in d.told.journey.ends:
        return LaneCell(lines=((Quiet(d.says("may_end")),),))
    cell = share(d, step, "drop_off")
    if d.told.apart.get(step.id) != "worse":
        return cell
    return LaneCell((*cell.lines, (Quiet(d.says("more")),)), tone="worse")


def share(d: Drawn, step: Step, measure: str) -> LaneCell:
    """A share with its interval, or why there is none."""
    e = d.told.estimate(step.id, measure)
    return LaneCell(lines=(_share(d, e),)) if e is not None and not _unobserved(e) else _nothing(d)


def time(d: Drawn, step: Step) -> LaneCell:
    """The median with its interval, and what nine in ten need at most."""
    w, (e, p90) = d.told.words, (d.told.estimate(step.id, m) for m in ("hours_to_next", "hours_to_next_p90"))
    if e is None or _unobserved(e):
        return _nothing(d)
    if not e.shown:
        return LaneCell(lines=((Quiet(why_not(d.told.view, e)),),))
    lines: list[Line] = [
        (Strong(time_text(e.value or 0.0, w)), " ", Quiet(d.says("interval", interval=times_text(e, w))))
    ]
    if p90 and p90.shown:
        value = d.says("p90", value=time_text(p90.value or 0.0, w))
        lines.append((Quiet(value), " ", Quiet(d.says("interval", interval=times_text(p90, w)))))
    elif p90 and p90.status == "not_reached":
        lines.append((Quiet(d.says("p90", value=w.say("status.not_reached"))),))
    return LaneCell(lines=tuple(lines))


def money(d: Drawn, step: Step) -> LaneCell:
    """What the journeys that go no further here are worth, in a year."""
    e = d.told.estimate(step.id, "money")
    if e is None or _unobserved(e):
        return _nothing(d)
    # Two long amounts need not stand on one line.
    value, *interval = _number(d, e, "currency")
    told = (Quiet(p.text.replace("\xa0", " ")) if isinstance(p, Quiet) else p for p in interval)
    return LaneCell(lines=((value, *told),))


def kept(d: Drawn, step: Step) -> LaneCell:
    """How often the case comes along into the step where the channel changes, and the handoffs that lose it most."""
    handoffs = sorted(d.part(step.id, "handoff"), key=lambda pe: pe[1].value or 0.0)[:MOST_HANDOFFS]
    lines = [(Quiet(name), "\n", *_share(d, e)) for name, e in handoffs]
    return LaneCell((*share(d, step, "context_kept").lines, *lines))


def recontact(d: Drawn, step: Step) -> LaneCell:
    """How many come again within the days that the map names: about the same, about anything."""
    return _listed(d, step, ("recontact_same", "recontact_any"))


def again(d: Drawn, step: Step) -> LaneCell:
    """How many pass a step over, and how many come back to it."""
    return _listed(d, step, ("skip", "repeat"))


def _listed(d: Drawn, step: Step, measures: tuple[str, ...]) -> LaneCell:
    found = ((m, d.told.estimate(step.id, m)) for m in measures)
    lines = tuple((Quiet(d.says(m)), " ", *_share(d, e)) for m, e in found if e is not None and not _unobserved(e))
    return LaneCell(lines=lines) if lines else _nothing(d)


def _share(d: Drawn, e: Estimate) -> Line:
    return _number(d, e, "percent")


def _number(d: Drawn, e: Estimate, unit: str) -> Line:
    if not e.shown:
        return (Quiet(why_not(d.told.view, e)),)
    w = d.told.words
    interval = Quiet(d.says("interval", interval=interval_text(e, unit, words=w)))
    return (Strong(value_text(e.value or 0.0, unit, words=w, spread=_spread(e))), " ", interval)


def _drawn_channels(d: Drawn, found: tuple[ChannelUse, ...]) -> Iterator[Line]:
    """Pills in a row for those that the customer begins, a line of its own for any other."""
    own = [c for c in found if not _begun(d, c)]
    pills = [part for c in own for part in (" ", Tag(c.channel))][1:]
    if pills:
        yield tuple(pills)
    for c in found:
        if c not in own:
            yield (Tag(c.channel), *_begun(d, c))


def _begun(d: Drawn, use: ChannelUse | None) -> tuple[Inline, ...]:
    """Who begins a contact, and with whom, where it is not the customer with the company."""
    if use is None or (use.initiator, use.receiver) == ("customer", "company"):
        return ()
    names = {k: d.says(f"party.{getattr(use, k)}") for k in ("initiator", "receiver")}
    return ("\n", Quiet(d.says("begun", **names)))


def _idea(d: Drawn, step: Step, idea: Opportunity) -> Line:
    answered = [p.text for p in step.pains if p.id is not None and p.id in idea.answers]
    about = d.says("answers", pains=d.told.words.all_of(answered)) if answered else ""
    return (idea.text, "\n", Quiet(about)) if about else (idea.text,)


def _kpi(d: Drawn, ref: KpiRef) -> Line:
    """A KPI in the view's period, for the slice that the step names."""
    view, w = d.told.view, d.told.words
    record = next((k for k in view.manifest.kpis if k.id == ref.kpi), None)
    if record is None:
        return (Quiet(d.says("kpi", label=str(ref.kpi), value=w.say("status.missing"))),)
    order = [x.id for x in view.manifest.dimensions]
    slice_ = tuple((x, ref.where[x]) for x in sorted(ref.where, key=lambda x: order.index(x) if x in order else 0))
    cell = view.cell(record.id, slice_)
    # Where the slice is the step itself its name would be said twice.
    parts = [v for x, v in slice_ if v not in d.events or x != d.told.journey.event_column]
    label = Quiet(w.say("list.join").join([record.label, *parts]))
    if cell is None or not cell.estimate.shown:
        return (label, "\n", Quiet(why_not(view, cell.estimate if cell else None)))
    said = (label, "\n", *_number(d, cell.estimate, record.unit))
    return (*said, "\n", Quiet(record.note)) if record.note else said


def _with_share(d: Drawn, label: str, e: Estimate | None) -> str:
    return label if e is None else d.says("with_share", step=label, share=_percent(d, e))


def _percent(d: Drawn, e: Estimate) -> str:
    return value_text(e.value or 0.0, "percent", words=d.told.words)


def _unobserved(e: Estimate) -> bool:
    return e.status == "unobserved"


def _nothing(d: Drawn) -> LaneCell:
    return LaneCell(lines=((Quiet(d.says("nothing")),),))


def _spread(e: Estimate) -> float | None:
    return None if e.low is None or e.high is None else e.high - e.low
