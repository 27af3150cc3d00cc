"""Changes between two versions of a journey in the language of the trade, a clause each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cxkit._format import MINUS, Words, date_text, tick_text
from cxkit.journey.changes import Change, Place
from cxkit.journey.parts import Money, Score

if TYPE_CHECKING:
    from cxkit.journey.changes import KpiKey, Value

__all__ = ["change_clauses", "exact_text", "target_text"]

KpiNames = Mapping[str, str]
"""Id of a KPI to what it is called."""

# Fields that are names or texts of their own: what is new, and what is no longer there.
_LISTS = ("events", "kpis", "proofs", "next", "back_to", "stages")
_WAYS = ("actions", "thoughts")
_TEXTS = ("pains", "opportunities", "questions", "actions", "thoughts")
_ORDER = (
    "added", "removed", "moved", "renamed", "id", "touchpoint", "channels", "contact", "owner", "moment_of_truth",
    "emotion", "target", "kpis", *_TEXTS, "answers", "act", "offer", "journey", "events", "when", "next", "back_to",
    "last", "proofs",
)  # fmt: skip


def change_clauses(changes: Iterable[Change], w: Words, *, kpis: KpiNames | None = None) -> list[str]:
    """What was changed about one part of a journey, in clauses that stand in a row.

    Args:
        changes: The changes, all of one part.
        w: The text catalogue.
        kpis: What the KPIs are called; their ids if empty.

    Example:
        >>> from cxkit._format import words
        >>> step = {"part": "step", "id": "verify", "label": "Verify identity"}
        >>> found = [Change("target", name="hours_to_next", before=24.0, after=4.0, **step),
        ...          Change("channels", before=("phone",), after=("app",), **step)]
        >>> [c.replace(chr(160), " ") for c in change_clauses(found, words())]
        ['moved from phone to app', 'target for the time to the next step 24 h → 4 h']
    """
    by_kind: dict[str, list[Change]] = {}
    for change in changes:
        by_kind.setdefault(change.kind, []).append(change)
    order = [*(k for k in _ORDER if k in by_kind), *(k for k in by_kind if k not in _ORDER)]
    said = [clause for kind in order for clause in _clauses(kind, by_kind[kind], w, kpis or {})]
    return list(dict.fromkeys(said))


def exact_text(value: float, unit: str, *, words: Words) -> str:
    r"""A number that somebody wrote, with the digits that they wrote.

    Example:
        >>> from cxkit._format import words
        >>> exact_text(0.05, "percent", words=words()), exact_text(4.25, "count", words=words())
        ('5\xa0%', '4.25')
    """
    scale = 100 if unit == "percent" else 1
    digits = next((d for d in range(4) if abs(round(value * scale, d) - value * scale) < 1e-9), 4)
    return tick_text(value, unit, step=10.0**-digits / scale, words=words)


def target_text(measure: str, value: float, w: Words) -> str:
    r"""A target in the unit of its measure.

    Example:
        >>> from cxkit._format import words
        >>> [target_text(m, v, words()) for m, v in (("drop_off", 0.1), ("hours_to_next", 96), ("score", 4.2))]
        ['10\xa0%', '4\xa0d', '4.2']
    """
    if measure.startswith("hours"):
        return _hours(value, w)
    return exact_text(value, "count" if measure == "score" else "percent", words=w)


def _clauses(kind: str, changes: Sequence[Change], w: Words, kpis: KpiNames) -> Iterator[str]:
    if kind in _TEXTS:
        yield from _texts(kind, changes, w)
    elif kind == "act":
        yield from _acts(changes, w)
    elif kind == "offer":
        yield from _offers(changes, w)
    elif kind == "emotion":
        yield from _emotions(changes, w)
    elif kind == "target":
        yield from _targets(changes, w)
    else:
        said = _SAID.get(kind, _plain)
        for change in changes:
            yield from _lists(change, w, kpis) if kind in _LISTS else said(change, w)


def _plain(change: Change, w: Words) -> Iterator[str]:
    """One value in place of another."""
    what = w.say(f"diff.field.{change.kind}")
    yield _turn(what, (_value(change.kind, v, w) for v in (change.before, change.after)), w)


def _turn(what: str, sides: Iterable[str], w: Words) -> str:
    before, after = sides
    key = "turn" if before and after else "set" if after else "unset"
    return w.say(f"diff.clause.{key}", what=what, before=before, after=after).strip()


def _moved(change: Change, w: Words) -> Iterator[str]:
    old, new = change.before, change.after
    if change.name:
        yield w.say("diff.clause.swapped", other=change.detail)
    elif isinstance(old, Place) and isinstance(new, Place):
        values = {"before": _place(old, w), "after": _place(new, w), "from_": old.phase, "to": new.phase}
        yield w.say("diff.clause.moved" if old.phase == new.phase else "diff.clause.moved_phase", **values)


def _placed(change: Change, w: Words) -> Iterator[str]:
    place = change.after if change.kind == "added" else change.before
    key = f"diff.clause.{change.kind}"
    yield w.say(f"{key}_at", place=_place(place, w)) if isinstance(place, Place) else w.say(key)


def _place(place: Place, w: Words) -> str:
    return w.say("diff.clause.after", step=place.after) if place.after else w.say("diff.clause.first")


def _channels(change: Change, w: Words) -> Iterator[str]:
    before, after = _strings(change.before), _strings(change.after)
    gone, new = [c for c in before if c not in after], [c for c in after if c not in before]
    if gone and new and len(gone) == len(before) and len(new) == len(after):
        yield w.say("diff.clause.channels_moved", before=w.all_of(gone), after=w.all_of(new))
        return
    if new:
        yield w.say("diff.clause.channels_new" if before else "diff.clause.channels_set", list=w.all_of(new))
    if gone:
        yield w.say("diff.clause.channels_gone", list=w.all_of(gone))


def _contact(change: Change, w: Words) -> Iterator[str]:
    before, after = (w.all_of([_parties(v, w) for v in _strings(s)]) for s in (change.before, change.after))
    yield w.say("diff.clause.contact", channel=change.name, before=before, after=after)


def _parties(value: str, w: Words) -> str:
    return w.say("diff.clause.arrow").join(w.say(f"diff.value.{p}") for p in value.split(" → "))


def _named(change: Change, w: Words) -> Iterator[str]:
    """Owner, renaming and id: names, as they are."""
    key = f"{change.kind}_{'turn' if change.before and change.after else 'set' if change.after else 'unset'}"
    yield w.say(f"diff.clause.{key}", before=change.before, after=change.after)


def _yes_or_no(change: Change, w: Words) -> Iterator[str]:
    yield w.say(f"diff.clause.{change.kind}_{'yes' if change.after else 'no'}")


def _emotions(changes: Sequence[Change], w: Words) -> Iterator[str]:
    """Those of the personas whose feeling changes in the same way, together."""
    alike: dict[tuple[Value, Value], list[Change]] = {}
    for c in changes:
        alike.setdefault((c.before, c.after), []).append(c)
    for (old, new), found in alike.items():
        who = w.all_of([c.detail for c in found if c.detail])
        what = w.say("diff.clause.emotion_of", who=who) if who else w.say("diff.field.emotion")
        yield _turn(what, (_signed(old, w), _signed(new, w)), w)


def _signed(value: Value, w: Words) -> str:
    if not isinstance(value, float | int):
        return ""
    text = exact_text(value, "count", words=w)
    return text if value <= 0 or text.startswith(MINUS) else f"+{text}"


def _targets(changes: Sequence[Change], w: Words) -> Iterator[str]:
    """Those that are new together; each of the others by itself."""
    new = [c for c in changes if c.before is None]
    said = [
        w.say("diff.clause.target_set", measure=w.say(f"diff.measure.{c.name}"), value=_aim(c, c.after, w)) for c in new
    ]
    if said:
        yield w.say("diff.clause.targets" if len(said) > 1 else "diff.clause.target", measure=w.all_of(said))
    for c in (c for c in changes if c.before is not None):
        what = w.say("diff.clause.target", measure=w.say(f"diff.measure.{c.name}"))
        yield _turn(what, (_aim(c, v, w) for v in (c.before, c.after)), w)


def _aim(change: Change, value: Value, w: Words) -> str:
    return target_text(change.name, value, w) if isinstance(value, float) else ""


def _hours(hours: float, w: Words) -> str:
    """A time that somebody wrote: in hours, in whole days where it is such, in minutes under an hour."""
    scale, unit = (
        (60, "minutes") if 0 < hours < 1 else (1 / 24, "days") if hours > 48 and not hours % 24 else (1, "hours")
    )
    return w.say(f"journey.time.{unit}", n=exact_text(hours * scale, "count", words=w))


def _lists(change: Change, w: Words, kpis: KpiNames) -> Iterator[str]:
    for key, values in (("new", change.after), ("gone", change.before)):
        said = [_entry(change.kind, v, kpis) for v in values] if isinstance(values, tuple) else []
        if said:
            yield w.say(f"diff.{key}.{change.kind}", list=w.all_of(said))


def _entry(kind: str, value: Any, kpis: KpiNames) -> str:  # noqa: ANN401
    if kind == "kpis":
        key: KpiKey = value
        return " ".join([kpis.get(key[0], key[0]), *(f"({v})" for _, v in key[1])])
    return str(value) if kind == "stages" else f"“{value}”"


def _texts(kind: str, changes: Sequence[Change], w: Words) -> Iterator[str]:
    for c in changes:
        if c.before and c.after:
            yield w.say(f"diff.now.{kind}", before=c.before, after=c.after)
    new, gone = [c.after for c in changes if not c.before], [c.before for c in changes if not c.after]
    if new and gone and kind in _WAYS:
        yield _turn(w.say(f"diff.field.{kind}"), (_quoted(texts, w) for texts in (gone, new)), w)
        return
    for key, texts in (("new", new), ("gone", gone)):
        if texts:
            yield w.say(f"diff.{key}.{kind}", list=_quoted(texts, w))


def _quoted(texts: Iterable[object], w: Words) -> str:
    return w.all_of([f"“{t}”" for t in texts])


def _answers(change: Change, w: Words) -> Iterator[str]:
    after = _quoted(_strings(change.after), w) or w.say("diff.clause.all_pains")
    yield w.say("diff.clause.answers", opportunity=change.name, after=after)


def _acts(changes: Sequence[Change], w: Words) -> Iterator[str]:
    staged = [c for c in changes if c.detail == "stage"]
    for c in staged:
        if c.before and c.after:
            sides = {k: w.say(f"diff.stage.{v}") for k, v in (("before", c.before), ("after", c.after))}
            yield w.say("diff.clause.act_moved", act=c.name, **sides)
    for stage in ("front_stage", "back_stage", "support"):
        gone = [c.name for c in staged if not c.after and c.before == stage]
        new = [c.name for c in staged if not c.before and c.after == stage]
        if gone or new:
            yield _turn(w.say(f"diff.stage.{stage}"), (_quoted(acts, w) for acts in (gone, new)), w)
    for c in changes:
        if c.detail != "stage":
            what = w.say("diff.clause.act", act=c.name, what=w.say(f"diff.field.{c.detail}"))
            yield _turn(what, (str(v or "") for v in (c.before, c.after)), w)


def _offers(changes: Sequence[Change], w: Words) -> Iterator[str]:
    """What the channels promise; channels that promise the same together."""
    by_channel: dict[str, list[str]] = {}
    for c in changes:
        values = (_offered(c.detail, v, w) for v in (c.before, c.after))
        by_channel.setdefault(c.name, []).append(_turn(w.say(f"diff.field.{c.detail}"), values, w))
    alike: dict[tuple[str, ...], list[str]] = {}
    for channel, said in by_channel.items():
        alike.setdefault(tuple(said), []).append(channel)
    for said, channels in alike.items():
        yield w.say("diff.clause.offer", channels=w.all_of(channels), list=w.say("list.join").join(said))


def _offered(detail: str, value: Value, w: Words) -> str:
    if value is None:
        return ""
    if detail == "rule":
        return w.say(f"diff.rule.{str(value).replace(' ', '_')}")
    if isinstance(value, float | int):
        return _hours(value, w) if detail == "hours" else exact_text(value, _UNITS.get(detail, "count"), words=w)
    return _quoted(_strings(value) or (value,), w)


_UNITS = {"share": "percent"}


def _value(kind: str, value: Value, w: Words) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.date):
        return date_text(value.isoformat(), words=w)
    if isinstance(value, Score):
        days = w.count("diff.days", value.within_days)
        return w.say("list.join").join([value.column, *value.survey, days])
    if isinstance(value, Money):
        return exact_text(value.each, "count", words=w) if value.each else f"{value.table} ({value.months})"
    if isinstance(value, tuple):
        return w.all_of([str(v) for v in value])
    if isinstance(value, float | int):
        return w.count("diff.days", int(value)) if kind.endswith("_days") else exact_text(value, "count", words=w)
    text = str(value)
    known = f"diff.value.{text}"
    return w.say(known) if kind in ("unit", "kind") and w.has(known) else f"“{text}”"


def _strings(value: Value) -> tuple[str, ...]:
    return tuple(str(v) for v in value) if isinstance(value, tuple) else ()


_SAID: dict[str, Callable[[Change, Words], Iterator[str]]] = {
    "added": _placed,
    "removed": _placed,
    "moved": _moved,
    "renamed": _named,
    "id": _named,
    "owner": _named,
    "channels": _channels,
    "contact": _contact,
    "moment_of_truth": _yes_or_no,
    "last": _yes_or_no,
    "answers": _answers,
}
