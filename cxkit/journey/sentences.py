"""What may be said about a journey: the finding, the numbers it rests on, and what the map does not show.

The finding is the first of these that surely holds: a third of the journeys or more are not on the map, for then what
stands at its steps is not their way; more end at one step than at the others, by an interval that holds for all steps
at once; a tenth or more are not on the map; more money is at stake at one step than at any other; a channel breaks
what it promises.
"""

from __future__ import annotations

import datetime as dt

from cxkit._blocks import Inline, Line, Strong, Tag
from cxkit._format import Words, count_text, date_text, difference_text, estimate_text, spelled, value_text
from cxkit.journey.promises import judge_promises
from cxkit.journey.told import (
    JourneyState,
    Stray,
    Told,
    shown_or_none,
    time_text,
    times_text,
    unit_of,
    value_of,
)
from cxkit.kpi.sentences import why_not

__all__ = ["JourneyState", "Stray", "Told", "edited", "headline", "lead", "notes", "share_words", "time_text"]
__all__ += ["times_text", "unit_of"]

MANY, SOME = 1 / 3, 1 / 10  # of the journeys not on the map: told before all else; told where no step stands out
BACK = 3  # moves back that the notes tell
_PARTS = (0.1, 0.2, 0.25, 1 / 3, 0.4, 0.5, 0.6, 2 / 3, 0.75, 0.8, 0.9)


def headline(told: Told) -> str:
    """The finding in one sentence."""
    w, label = told.words, told.journey.label
    if told.state.as_is is None:
        return w.say("journey.head.to_be", label=label)
    if told.study is None:
        return w.say("journey.head.drawn", label=label)
    found = _off_map(told, MANY) or _worst(told) or _off_map(told, SOME) or _dearest(told) or _broken(told)
    return found or _nothing_stands_out(told)


def _off_map(told: Told, least: float) -> str:
    """How many journeys are not on the map, where that is surely at least so many; and where most of them leave it."""
    w, e = told.words, shown_or_none(told.estimate("", "fit"))
    if not e.shown or e.low is None or e.high is None or 1 - e.high < least:
        return ""
    move = _where_most_leave(told, 1 - e.low)
    key = "off_map" if move is None else "off_map_start" if not move[0] else "off_map_step"
    step = told.label(move[0] or move[1]) if move else ""
    return w.say(
        f"journey.head.{key}", label=told.journey.label, share=share_words(1 - e.high, 1 - e.low, w), step=step
    )


def _where_most_leave(told: Told, most: float) -> tuple[str, str] | None:
    """The step at which surely more than half of the journeys that are not on the map leave it; None if none is it.

    Only the most frequent paths are known; their lower limits have to be more than half of the upper limit of all.
    """
    sure: dict[tuple[str, str], float] = {}
    for s in told.strays:
        at = (s.move[0], "") if s.move[0] else s.move
        sure[at] = sure.get(at, 0.0) + (s.estimate.low or 0.0)
    return next((at for at, low in sure.items() if any(at) and low > most / 2), None)


def _worst(told: Told) -> str:
    worst = told.worst
    if worst is None:
        return ""
    value = estimate_text(shown_or_none(told.estimate(worst.id, "drop_off")), "percent", words=told.words)
    return told.words.say("journey.head.worst", label=told.journey.label, step=worst.label, value=value)


def _dearest(told: Told) -> str:
    """The step where surely more money is at stake than at any other."""
    found = [(s, f) for s in told.journey.steps if (f := told.finding(s.id, "money")) and f.estimate.shown]
    if len(found) < 2:
        return ""
    first, *rest = sorted(found, key=lambda sf: -(sf[1].estimate.value or 0.0))
    low, others = first[1].estimate.low, [f.estimate.high for _, f in rest]
    if low is None or any(high is None or high >= low for high in others):
        return ""
    said = {"label": told.journey.label, "step": first[0].label, "value": told.said(first[1])}
    return told.words.say("journey.head.dearest", **said)


def _broken(told: Told) -> str:
    """The deadline that is missed by most, or how many promises are broken."""
    w, broken = told.words, [p for p in judge_promises(told) if p.verdict == "broken"]
    late = [p for p in broken if p.kind == "deadline" and p.estimate]
    if late:
        worst = max(late, key=lambda p: p.bar - value_of(p.estimate))
        said = {"step": told.label(worst.step), "channel": worst.channel}
        said["value"] = estimate_text(shown_or_none(worst.estimate), "percent", words=w)
        said["bar"] = value_text(worst.bar, "percent", words=w)
        return w.say("journey.head.late", label=told.journey.label, **said)
    n = spelled(len(broken), w)
    key = "one" if len(broken) == 1 else "many"
    return w.say(f"journey.head.broken_{key}", label=told.journey.label, n=n) if broken else ""


def _nothing_stands_out(told: Told) -> str:
    w, label = told.words, told.journey.label
    drops = [told.estimate(s.id, "drop_off") for s in told.journey.steps]
    if sum(1 for e in drops if e and e.shown) > 1:
        return w.say("journey.head.even", label=label)
    journeys = told.estimate("", "journeys")
    why = why_not(told.view, journeys) if journeys and not journeys.shown else w.say("status.too_few")
    return w.say("journey.head.none", label=label, why=why)


def share_words(low: float, high: float, w: Words) -> str:
    """A share in everyday words that hold for its whole interval.

    Example:
        >>> from cxkit._format import words
        >>> share_words(0.35, 0.37, words()), share_words(0.31, 0.36, words())
        ('more than one in three real journeys is', 'about one in three real journeys is')
    """
    inside = [i for i, part in enumerate(_PARTS) if low <= part <= high]
    nearest = min(inside, key=lambda i: abs(_PARTS[i] - (low + high) / 2), default=None)
    if nearest is not None:
        return w.say("journey.share.about", part=w.table["journey"]["share"]["parts"][nearest])
    below = [i for i, part in enumerate(_PARTS) if part < low]
    key, at = ("more", below[-1]) if below else ("fewer", 0)
    return w.say(f"journey.share.{key}", part=w.table["journey"]["share"]["parts"][at])


def lead(told: Told) -> Line:
    """The paragraph under the finding: the base, how many get through, and what the curve is."""
    w = told.words
    if told.study is None:
        return (w.say("journey.lead.drawn"),)
    sentences = [_base(told), _through(told), _difference(told), _money(told), _fit(told), _score(told)]
    line: list[Inline] = []
    for sentence in (s for s in sentences if s):
        line += [" ", *sentence] if line else sentence
    return tuple(line)


def notes(told: Told) -> tuple[Line, ...]:
    """How it was measured, and what was left out."""
    if told.study is None:
        return ()
    w, s = told.words, told.study
    days = {"first": date_text(s.first, words=w), "last": date_text(s.last, words=w)}
    covered = " ".join([w.say("journey.covered", **days), *_against(told)])
    reading = w.say("journey.reading", confidence=f"{told.view.manifest.confidence:.0%}".rstrip("%"))
    return ((" ".join([covered, *s.notes]),), (f"{s.method} {reading}",))


def edited(told: Told) -> Line:
    """That the map was changed since it was measured."""
    w = told.words
    return (Tag(w.say("journey.edited_tag"), "open"), " ", w.say("journey.edited"))


def _against(told: Told) -> list[str]:
    """The most frequent moves back to a step that is drawn earlier."""
    w, labels = told.words, {s.id: s.label for s in told.journey.steps}
    back = [(s.id, to, f) for s in told.journey.steps for to, f in told.parts(s.id, "back_to")]
    back = sorted((b for b in back if b[2].estimate.shown and b[1] in labels), key=lambda b: -value_of(b[2].estimate))
    said = [w.say("journey.back", step=labels[step], to=labels[to], value=told.said(f)) for step, to, f in back[:BACK]]
    return [w.say("journey.against", list=w.all_of(said))] if said else []


def _base(told: Told) -> Line:
    w, found = told.words, shown_or_none(told.estimate("", "journeys"))
    if not found.shown or told.study is None:
        return ()
    number = Strong(count_text(int(found.value or 0), w))
    last = dt.date.fromisoformat(told.study.last) - dt.timedelta(days=(told.journey.window_days or 1) - 1)
    last = date_text(last.isoformat(), words=w)
    return w.line(f"journey.lead.base_{told.study.counts}", n=number, last=last)


def _through(told: Told) -> Line:
    """How many reach the last step that is measured."""
    w = told.words
    ends = [s for s in told.journey.steps if s.last and shown_or_none(told.estimate(s.id, "reach")).shown]
    if not ends:
        return ()
    reach = estimate_text(shown_or_none(told.estimate(ends[0].id, "reach")), "percent", words=w)
    return w.line("journey.lead.through", value=Strong(reach), step=ends[0].label)


def _difference(told: Told) -> Line:
    w = told.words
    if told.worst is None:
        return (w.say("journey.lead.even"),) if told.has("drop_off_vs_rest") else ()
    e = shown_or_none(told.estimate(told.worst.id, "drop_off_vs_rest"))
    size = difference_text(e.value or 0.0, "percent", words=w)
    return (w.say("journey.lead.worst", step=told.worst.label, size=size),)


def _money(told: Told) -> Line:
    found = told.finding("", "money")
    if found is None or not found.estimate.shown:
        return ()
    return told.words.line("journey.lead.money", value=Strong(told.said(found)))


def _fit(told: Told) -> Line:
    e = shown_or_none(told.estimate("", "fit"))
    if not e.shown:
        return ()
    return (told.words.say("journey.lead.fit", value=estimate_text(e, "percent", words=told.words)),)


def _score(told: Told) -> Line:
    if not any(shown_or_none(told.estimate(s.id, "score")).shown for s in told.journey.steps):
        return ()
    aims = any("score" in s.targets for s in (told.state.to_be.steps if told.state.to_be else ()))
    return (told.words.say("journey.lead.curve_aims" if aims else "journey.lead.curve"),)
