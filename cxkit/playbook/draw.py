"""Plays as blocks: what the numbers call for, why, who does it and by when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxkit._blocks import Block, Group, Heading, Inline, Line, Quiet, Strong, Table, Tag, Text
from cxkit._format import Words, date_text, estimate_text, spelled, value_text
from cxkit.kpi.sentences import says, why_not

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxkit.evidence.view import View
    from cxkit.playbook.recommend import Reason, Recommendation, Spot

__all__ = ["draw_plays", "play_lines", "reason_text"]

MOST_SPOTS = 4


def draw_plays(view: View, plays: Sequence[Recommendation]) -> Group:
    """The plays that the evidence calls for, those to watch, and what cannot be told."""
    if not plays:
        return Group(())
    w = says(view)
    fired = [p for p in plays if p.state == "fires"]
    others = [p for p in plays if p.state in ("watch", "unknown")] if view.audience != "executive" else []
    resting = [p for p in plays if p.state == "rests"]
    blocks: list[Block] = [Heading(_headline(len(fired), w))]
    blocks += [_fired(view, fired)] if fired else []
    blocks += [_others(view, others)] if others else []
    rest = w.count("play.resting", len(resting), plays=w.all_of([p.play.label for p in resting]))
    blocks += [Text(((rest,),), role="note")] if resting and view.audience != "executive" else []
    return Group(tuple(blocks))


def play_lines(view: View, plays: Sequence[Recommendation]) -> list[str]:
    """The plays as plain lines, for a terminal."""
    w, lines = says(view), []
    for p in plays:
        lines.append(f"{w.say(f'play.state.{p.state}'):<12} {p.play.label}")
        lines += [f"{'':<13}{reason_text(r, w, view)}" for s in p.spots[:MOST_SPOTS] for r in s.reasons]
        silent = p.missing or ("" if p.spots else w.say("play.no_number"))
        lines += [f"{'':<13}{silent}"] if silent else []
        if p.state == "fires":
            due = date_text(p.due.isoformat(), words=w)
            lines.append(f"{'':<13}{w.say('play.who', owner=p.play.owner, due=due)}")
    return lines


def reason_text(reason: Reason, w: Words, view: View) -> str:
    """A number and what about it calls for the play, in a clause."""
    found, c = reason.found, reason.condition
    label = w.say("play.of_part", label=found.label, part=found.part) if found.part else found.label
    if not found.estimate.shown:
        return w.say("play.not_shown", label=label, why=why_not(view, found.estimate))
    number = estimate_text(found.estimate, found.unit, words=w)
    number = w.say("finding.noted", value=number, note=found.note) if found.note else number
    if c.worse_than:
        said = w.say(f"play.{c.worse_than}.{reason.answer}")
    else:
        bar = c.above if c.above is not None else c.below if c.below is not None else found.target
        side = "target" if c.misses_target else "above" if c.above is not None else "below"
        text = value_text(bar if bar is not None else 0.0, found.unit, words=w)
        said = w.say(f"play.{side}.{reason.answer}", bar=text)
    return w.say("play.reason", label=label, number=number, said=said)


def _headline(fired: int, w: Words) -> str:
    text = w.say(f"play.title.{'none' if not fired else 'one' if fired == 1 else 'many'}", n=spelled(fired, w))
    return text[:1].upper() + text[1:]


def _fired(view: View, plays: Sequence[Recommendation]) -> Table:
    w = says(view)
    columns = tuple(w.say(f"play.column.{c}") for c in ("play", "why", "steps", "who"))
    return Table("", columns, tuple(_row(view, p, w) for p in plays), note=w.say("play.note"))


def _row(view: View, p: Recommendation, w: Words) -> tuple[Line | str, ...]:
    steps = "\n".join(f"{i}. {s}" for i, s in enumerate(p.play.steps, start=1))
    due = w.say("play.by", due=date_text(p.due.isoformat(), words=w))
    who: list[Inline] = [Strong(p.play.owner), "\n", Quiet(due)]
    who += ["\n", Quiet(p.gate)] if p.gate else []
    return (Strong(p.play.label), "\n", Quiet(p.play.why)), _reasons(view, p.spots, w), steps, tuple(who)


def _reasons(view: View, spots: Sequence[Spot], w: Words) -> str:
    lines = list(dict.fromkeys(reason_text(r, w, view) for s in spots[:MOST_SPOTS] for r in s.reasons))
    more = len(spots) - MOST_SPOTS
    return "\n".join([*lines, *([w.count("play.more", more)] if more > 0 else [])])


def _others(view: View, plays: Sequence[Recommendation]) -> Table:
    w = says(view)
    rows = tuple(
        (
            p.play.label,
            (Tag(w.say(f"play.state.{p.state}"), "open" if p.state == "watch" else "quiet"),),
            _reasons(view, p.spots, w) or w.say("play.unmeasured" if p.missing else "play.no_number"),
        )
        for p in plays
    )
    columns = (w.say("play.column.play"), w.say("play.column.state"), w.say("play.column.why"))
    return Table(w.say("play.others"), columns, rows, subtitle=w.say("play.others_sub"))
