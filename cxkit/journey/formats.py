"""A map in other programs' words: every card as a row of CSV, the steps as a Mermaid chart.

Both hold what the map's file says, not what was measured.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cxkit.data.rejected import harmless
from cxkit.journey.graph import onward

if TYPE_CHECKING:
    from cxkit.journey.model import Journey, Step

__all__ = ["CARD", "map_csv", "map_mermaid", "mermaid_journey"]

CARD = (
    *("journey", "version", "phase", "step", "lane", "text", "role", "system", "channel"),
    *("initiator", "receiver", "persona", "value", "id", "detail", "refers_to"),
)
"""Columns of the CSV. `id` is by what others refer to a card, `refers_to` what it refers to, `detail` which part of it
a row says."""

STAGES = ("front_stage", "back_stage", "support")
Cell = str | int | float
Row = Mapping[str, Cell]


def map_csv(journey: Journey) -> str:
    """A row for each card of a map, in the order in which it is drawn; what is true of the whole journey comes first.

    A text that a spreadsheet would run as a formula stands behind an apostrophe. Numbers stand as they are: a share is
    0 to 1, a time is in hours.

    Args:
        journey: As `read_journey` gives it.

    Example:
        >>> from cxkit.journey.model import Journey
        >>> step = {"id": "check", "label": "Prove it", "pains": ["=A1"], "emotion": -1, "events": ["Check"]}
        >>> phases = [{"id": "ask", "label": "Ask", "steps": [step]}]
        >>> made = Journey(cxkit=1, id="moving", version="as-is", label="Moving home", phases=phases)
        >>> pain = map_csv(made).splitlines()[-1]
        >>> pain[:42]
        "moving,as-is,ask,check,pains,'=A1,,,,,,,,,"
    """
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, CARD, restval="", lineterminator="\n")
    writer.writeheader()
    head: Row = {"journey": journey.id, "version": journey.version}
    for row in _rows(journey):
        writer.writerow({k: _cell(v) for k, v in {**head, **row}.items()})
    return out.getvalue()


def _cell(value: Cell) -> str:
    if not isinstance(value, str):
        return f"{value:g}"  # a number is never a formula, not even one below nought
    # The writer does not quote a carriage return that stands alone, and a reader would end the row at it.
    return harmless(value).replace("\r\n", "\n").replace("\r", "\n")


def _rows(journey: Journey) -> Iterator[Row]:
    yield from _whole(journey)
    for phase in journey.phases:
        yield {"phase": phase.id, "lane": "phase", "id": phase.id, "text": phase.label}
        for step in phase.steps:
            place: Row = {"phase": phase.id, "step": step.id}
            yield from ({**place, **row} for row in _step(step))


def _whole(journey: Journey) -> Iterator[Row]:
    """What is said of the journey, and of none of its steps."""
    yield {"lane": "journey", "id": journey.id, "text": journey.label}
    told = ("stages", "unit", "window_days", "since", "owner", "review_by", "event_column", "recontact_days")
    yield from _facts("journey", {k: getattr(journey, k) for k in told})
    for part in ("score", "money"):
        if (said := getattr(journey, part)) is not None:
            yield from _facts(part, said.model_dump(exclude_none=True))
    for p in journey.personas:
        yield {"lane": "personas", "persona": p.id, "id": p.id, "text": p.label}
        yield from ({**r, "persona": p.id} for r in _facts("personas", {"about": p.about}))
        cut = [f"{d} = {v}" for d, v in p.where.items()]
        yield from ({**r, "persona": p.id} for r in _facts("personas", {"where": cut}))
    for proof in journey.proofs:
        yield {"lane": "proofs", "id": proof.id, "text": proof.label}
        told = {"kind": proof.kind, "on": proof.on, "n": proof.n}
        yield from ({**r, "id": proof.id} for r in _facts("proofs", told))


def _step(step: Step) -> Iterator[Row]:
    """The cards of a step, lane by lane."""
    yield {"lane": "step", "id": step.id, "text": step.label}
    told = ("events", "when", "last", "moment_of_truth")
    yield from _facts("step", {k: getattr(step, k) for k in told})
    led = {"next": step.next, "back_to": step.back_to, "proofs": step.proofs, "journey": step.journey}
    for detail, ids in led.items():
        for i in (ids,) if isinstance(ids, str) else ids or ():
            yield {"lane": "step", "detail": detail, "refers_to": i}
    yield from _facts("touchpoint", {"": step.touchpoint})
    for c in step.channels:
        ends = {"initiator": c.initiator, "receiver": c.receiver}
        yield {"lane": "channels", "text": c.channel, "channel": c.channel, **ends}
    for channel, offer in step.offer.items():
        said = {k: v for k, v in offer.model_dump().items() if k != "share" or offer.hours}
        yield from ({**r, "channel": channel} for r in _facts("offer", said))
    for lane in ("actions", "thoughts", "questions"):
        yield from ({"lane": lane, "text": t} for t in getattr(step, lane))
    yield from _emotions(step)
    for lane in STAGES:
        yield from ({"lane": lane, "text": a.does, "role": a.role, "system": a.system} for a in getattr(step, lane))
    yield from ({"lane": "pains", "id": p.id or "", "text": p.text} for p in step.pains)
    for o in step.opportunities:
        yield {"lane": "opportunities", "text": o.text, "refers_to": ", ".join(o.answers)}
    for ref in step.kpis:
        cut = [f"{d} = {v}" for d, v in ref.where.items()]
        yield {"lane": "kpis", "text": ", ".join([str(ref.kpi), *cut]), "refers_to": str(ref.kpi)}
    yield from ({"lane": "targets", "detail": m, "value": v} for m, v in step.targets.items())
    yield from _facts("owner", {"": step.owner})


def _emotions(step: Step) -> Iterator[Row]:
    if isinstance(step.emotion, Mapping):
        yield from ({"lane": "emotion", "persona": p, "value": v} for p, v in step.emotion.items())
    elif step.emotion is not None:
        yield {"lane": "emotion", "value": step.emotion}


def _facts(lane: str, said: Mapping[str, Any]) -> Iterator[Row]:
    """A row for each thing that is said, and one for each of several; nothing for what is left out."""
    for detail, value in said.items():
        for v in value if isinstance(value, tuple | list) else (value,):
            if v is None or v == "" or v is False:
                continue
            number = isinstance(v, int | float) and v is not True
            told: Row = {"value": v} if number else {"text": "yes" if v is True else str(v)}
            yield {"lane": lane, "detail": detail, **told}


def map_mermaid(journey: Journey) -> str:
    """The steps of a journey as a Mermaid flowchart.

    Phases are frames, loops are dotted, a moment of truth is a hexagon with a star, a step that has a journey of its
    own has double sides, and one that journeys may end on is round.

    Args:
        journey: As `read_journey` gives it.

    Example:
        >>> from cxkit.journey.model import Journey
        >>> steps = [{"id": "a", "label": 'Say "yes"'}, {"id": "b", "label": "Sign", "back_to": ["a"]}]
        >>> phases = [{"id": "ask", "label": "Ask", "steps": steps}]
        >>> made = Journey(cxkit=1, id="moving", version="to-be", label="Moving home", phases=phases)
        >>> print(map_mermaid(made), end="")
        flowchart LR
            accTitle: Moving home
            subgraph p1["Ask"]
                s1["Say #quot;yes#quot;"]
                s2(["Sign"])
            end
            s1 --> s2
            s2 -.-> s1
    """
    # Numbers, since a step may be called `end` or `style`, which are words of Mermaid's own.
    nodes = {s.id: f"s{i}" for i, s in enumerate(journey.steps, 1)}
    lines = ["flowchart LR", f"    accTitle: {_escaped(journey.label)}"]
    for i, phase in enumerate(journey.phases, 1):
        lines.append(f'    subgraph p{i}["{_escaped(phase.label)}"]')
        lines += [f"        {nodes[s.id]}{_shape(s, ends=s.id in journey.ends)}" for s in phase.steps]
        lines.append("    end")
    for a, ahead in onward(journey).items():
        lines += [f"    {nodes[a]} --> {nodes[b]}" for b in ahead]
    for s in journey.steps:
        lines += [f"    {nodes[s.id]} -.-> {nodes[b]}" for b in s.back_to]
    return "\n".join(lines) + "\n"


def _shape(step: Step, *, ends: bool) -> str:
    label = _escaped(step.label)
    if step.moment_of_truth:
        return f'{{{{"★ {label}"}}}}'
    if step.journey:
        return f'[["{label}"]]'
    return f'(["{label}"])' if ends else f'["{label}"]'


def mermaid_journey(journey: Journey) -> str:
    """A journey as Mermaid's own journey diagram: phases as sections, and how each step feels to whom.

    Mermaid counts from 1 to 5, so the lowest of -2 is written as 1 and the highest of +2 as 5. Where personas feel
    differently the step stands once for each feeling. A step of which nobody said how it feels is a comment, since
    Mermaid would draw it as the worst.

    Args:
        journey: As `read_journey` gives it.

    Example:
        >>> from cxkit.journey.model import Journey
        >>> steps = [{"id": "a", "label": "Ask", "emotion": 1, "events": ["Ask"]}, {"id": "b", "label": "Sign"}]
        >>> phases = [{"id": "ask", "label": "Ask", "steps": steps}]
        >>> print(mermaid_journey(Journey(cxkit=1, id="m", version="as-is", label="Moving", phases=phases)), end="")
        journey
            title Moving
            section Ask
                Ask: 4
                %% Sign
    """
    # Commas stand between those who share a feeling.
    names = {p.id: _escaped(p.label).replace(",", "#44;") for p in journey.personas}
    lines = ["journey", f"    title {_escaped(journey.label)}"]
    for phase in journey.phases:
        lines.append(f"    section {_escaped(phase.label)}")
        lines += [f"        {line}" for step in phase.steps for line in _tasks(step, names)]
    return "\n".join(lines) + "\n"


def _tasks(step: Step, names: Mapping[str, str]) -> Iterable[str]:
    label = _task_name(step.label)
    if step.emotion is None:
        return [f"%% {label}"]
    felt = step.emotion if isinstance(step.emotion, Mapping) else dict.fromkeys(names, step.emotion)
    if not felt:
        return [f"{label}: {step.emotion + 3:g}"] if isinstance(step.emotion, int | float) else [f"%% {label}"]
    by_score: dict[float, list[str]] = {}
    for persona, value in felt.items():
        by_score.setdefault(value, []).append(names.get(persona, persona))
    return [f"{label}: {value + 3:g}: {', '.join(who)}" for value, who in by_score.items()]


# ASCII signs that Mermaid or HTML may read as theirs, and those that begin a list.
_SIGN = re.compile(r"[^\w\s?!',./+\-\u0080-\U0010ffff]|^[-+]|(?<=\d)\.(?=\s|$)")
_NAMES = {'"': "quot", "<": "lt", ">": "gt", "&": "amp"}
_TURNS = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_WORDS = re.compile(r"(?i)journey|title\s|section\s|acctitle|accdescr")


def _escaped(text: str) -> str:
    """A text on one line, of which Mermaid and HTML read nothing as theirs."""
    # Mermaid writes entity codes with this ligature inside, so it would take one of ours for its own.
    plain = _TURNS.sub("", text).replace("ﬂ", "fl")
    line = " ".join("".join(" " if unicodedata.category(c) == "Cc" else c for c in plain).split())
    return _SIGN.sub(lambda m: f"#{_NAMES.get(m[0], ord(m[0]))};", line) or "?"


def _task_name(label: str) -> str:
    """A step's label, which at the head of a line might be taken for a word of Mermaid's own."""
    text = _escaped(label)
    return f"#{ord(text[0])};{text[1:]}" if _WORDS.match(text) else text
