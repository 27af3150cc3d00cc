"""What the exports are good for, as blocks: each use with its verdict, and each export with its quality."""

from __future__ import annotations

from collections.abc import Sequence

from cxkit._blocks import Block, Group, Inline, Line, Quiet, Strong, Table, Tag, Text, Tone
from cxkit._format import Words, count_text, date_text, value_text, words
from cxkit.data.contract import CONTRACTS
from cxkit.data.quality import Checked
from cxkit.data.readiness.gaps import missing_days, missing_months
from cxkit.data.readiness.judging import Part, Readiness, State
from cxkit.data.readiness.profile import ColumnProfile, Profile

__all__ = ["draw_profile", "draw_uses", "use_lines"]

GOOD, FAIR = 0.95, 0.80  # from which a share stands without a mark, and without an alarm; those of the uses
MOST_COLUMNS, MOST_FILES = 20, 3
_TONES: dict[State, Tone] = {"ready": "better", "caveats": "open", "blocked": "worse"}


def draw_uses(checked: Checked, *, language: str = "en") -> Group:
    """Each use of the exports with its verdict, what stands in its way, and what to ask for.

    Args:
        checked: What `Engagement.check` found.
        language: Language of the labels.
    """
    w = words(language)
    if not checked.uses:
        return Group((Text(((w.say("readiness.use.none"),),)),))
    columns = tuple(w.say(f"readiness.use.{c}") for c in ("use", "verdict", "why", "helps"))
    rows = tuple(_use(u, w) for u in checked.uses)
    title, note = w.say("readiness.use.title"), w.say("readiness.use.note")
    return Group((Table(title, columns, rows, subtitle=w.say("readiness.use.subtitle"), note=note),))


def use_lines(checked: Checked, *, language: str = "en") -> list[str]:
    """Each use in a line for a terminal: its verdict, and the reason where it is not ready.

    Example:
        >>> part = Part("survey responses", "responses", "blocked", why="40 % of them have no customer")
        >>> use = Readiness("customer_view", "360° view of a customer", "blocked", (part,))
        >>> use_lines(Checked((), (), uses=(use,)))
        ['360° view of a customer: blocked (40 % of them have no customer)']
    """
    w = words(language)
    found: list[str] = []
    for use in checked.uses:
        why = "; ".join(dict.fromkeys(p.why for p in use.reasons))
        verdict = w.say(f"readiness.verdict.{use.state}")
        found.append(f"{use.label}: {verdict}{f' ({why})' if why else ''}")
    return found


def draw_profile(checked: Checked, *, language: str = "en") -> Group:
    """The quality of each export: complete, readable, unique, tied to known customers, up to date.

    Args:
        checked: What `Engagement.check` found.
        language: Language of the labels.
    """
    w = words(language)
    names = ("export", "rows", "usable", "readable", "unique", "known", "seen", "covers")
    columns = tuple(w.say(f"readiness.profile.{n}") for n in names)
    align = ("left", *["right"] * 6, "left")
    rows = tuple(_export(p, w) for p in checked.profile)
    title, subtitle = w.say("readiness.profile.title"), w.say("readiness.profile.subtitle")
    blocks: list[Block] = [Table(title, columns, rows, subtitle=subtitle, align=align)]
    return Group((*blocks, *_columns(checked.profile, w)))


def _use(use: Readiness, w: Words) -> tuple[Line | str, ...]:
    verdict = Tag(w.say(f"readiness.verdict.{use.state}"), _TONES[use.state])
    name: Line = (Strong(use.label), "\n", Quiet(w.say(f"readiness.is_for.{use.use}")))
    reasons = _different(use.reasons)
    why = _joined([_reason(p, use, w) for p in reasons])
    helps = _joined([(h,) for h in dict.fromkeys(p.helps for p in reasons if p.helps)])
    nothing: Line = (w.say("provenance.nothing"),)
    return name, (verdict,), why or nothing, helps or nothing


def _different(parts: Sequence[Part]) -> list[Part]:
    """Parts with different reasons; the same one may stand in the way of several groups."""
    return list({p.why: p for p in reversed(parts)}.values())[::-1]


def _reason(part: Part, use: Readiness, w: Words) -> Line:
    # Where some of the parts are ready the verdict is no one part's, so each says its own.
    own = "" if part.state == use.state else f" ({w.say(f'readiness.verdict.{part.state}')})"
    line: list[Inline] = [part.why[:1].upper() + part.why[1:] + own]
    shown = sorted(part.files, key=lambda f: -f.share)[:MOST_FILES]
    line += [
        Quiet("\n" + w.say("readiness.use.file", file=f.path, share=value_text(f.share, "percent", words=w)))
        for f in shown
    ]
    more = len(part.files) - len(shown)
    return (*line, *([Quiet("\n" + w.count("readiness.use.more_files", more))] if more else []))


def _joined(lines: Sequence[Line]) -> Line:
    found: list[Inline] = []
    for line in lines:
        found += [*(["\n"] if found else []), *line]
    return tuple(found)


def _export(p: Profile, w: Words) -> tuple[Line | str, ...]:
    filled, readable = sum(c.filled for c in p.columns), sum(c.readable for c in p.columns)
    usable = 1 - p.lost / p.rows if p.rows else None
    unique = None if CONTRACTS[p.table].adds_up or not p.rows else 1 - p.clashing / p.rows
    seen = p.seen / p.customers if p.seen is not None and p.customers else None
    name: Line = (Strong(p.source), "\n", Quiet(w.say(f"readiness.tables.{p.table}")))
    shares = (usable, readable / filled if filled else None, unique, p.share_linked)
    # Who has no contact or gave no answer is missing from nothing, so this share carries no mark.
    seen_text = w.say("provenance.nothing") if seen is None else _percent(seen, w)
    return name, count_text(p.rows, w), *(_share(s, w) for s in shares), seen_text, _covers(p, w)


def _share(share: float | None, w: Words) -> Line:
    if share is None:
        return (w.say("provenance.nothing"),)
    text = _percent(share, w)
    return (text,) if share >= GOOD else (Tag(text, "open" if share >= FAIR else "worse"),)


def _percent(share: float, w: Words) -> str:
    # What is nearly all is not all.
    return value_text(min(share, 0.999) if share < 1 else share, "percent", words=w)


def _covers(p: Profile, w: Words) -> Line:
    if p.last is None:
        return (w.say("provenance.nothing"),)
    first, last = (date_text(d.isoformat(), words=w) for d in (min(p.days), p.last))
    line: list[Inline] = [w.say("readiness.days", first=first, last=last)]
    line += [Quiet("\n" + w.count("readiness.profile.age", p.age))] if p.age is not None and p.age >= 0 else []
    days = missing_days(p.days, files=[(f.first, f.last) for f in p.files])
    gaps = {"months": len(missing_months(p.months)), "days": 0 if CONTRACTS[p.table].whole_month else len(days)}
    for kind, n in gaps.items():
        line += ["\n", Tag(w.count(f"readiness.profile.missing_{kind}", n), "open")] if n else []
    return tuple(line)


def _columns(profiles: Sequence[Profile], w: Words) -> list[Block]:
    """The columns that are not full or not readable, the emptiest first."""
    lacking = [(p, c) for p in profiles for c in p.columns if c.filled < p.rows or c.readable < c.filled]
    if not lacking:
        return [Text(((w.say("readiness.profile.full"),),), role="note")]
    lacking.sort(key=lambda x: (x[1].readable / max(x[1].rows, 1), x[0].source, x[1].name))
    names = ("export", "column", "filled", "blank", "unreadable")
    columns = tuple(w.say(f"readiness.profile.{n}") for n in names)
    rows = tuple(_column(p, c, w) for p, c in lacking[:MOST_COLUMNS])
    more = len(lacking) - len(rows)
    note = w.say("readiness.profile.blanks") + (" " + w.count("readiness.profile.more", more) if more else "")
    align = ("left", "left", "right", "right", "right")
    return [Table(w.say("readiness.profile.columns"), columns, rows, note=note, align=align)]


def _column(p: Profile, c: ColumnProfile, w: Words) -> tuple[Line | str, ...]:
    # Only where a row is worth nothing without it is a blank a fault; elsewhere it may mean "not yet" or "never".
    filled: Line | str = _share(c.share_filled, w) if c.required else _percent(c.share_filled, w)
    strange = count_text(c.filled - c.readable, w)
    odd: Line | str = strange if c.share_readable >= GOOD else (Tag(strange, "worse"),)
    return p.source, (c.header, "\n", Quiet(c.name)), filled, count_text(c.rows - c.filled, w), odd
