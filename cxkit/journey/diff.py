"""The difference between two versions of a journey as text, in the language of the trade.

A paragraph a step, in the order of the journey; what concerns the whole comes first.
"""

from __future__ import annotations

import difflib
import shutil
import textwrap
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cxkit._blocks import Line, Strong
from cxkit._format import Words, words
from cxkit.errors import DocumentError, ParameterError
from cxkit.journey.changes import Change
from cxkit.journey.clauses import change_clauses
from cxkit.journey.compare import changes_between, contents_of
from cxkit.journey.read import read_journey, read_journeys

if TYPE_CHECKING:
    from cxkit.journey.model import Journey, JourneyPair

__all__ = [
    "clean_text",
    "diff_engagement",
    "diff_journeys",
    "diff_paths",
    "diff_text",
    "read_folder",
    "terminal_width",
    "unknown",
]

LINE_UP = "  "
MOST_ABREAST = 4  # changes of a step that one paragraph holds
ITALIC, UPRIGHT = "\x1b[3m", "\x1b[23m"
_COUNTED = ("moved", "renamed", "added", "removed", "id")


def diff_journeys(a: Journey, b: Journey, *, names: tuple[str, str], w: Words | None = None) -> list[Line]:
    """What differs between two versions of a journey, in lines; [] where nothing does.

    Args:
        a: The earlier version, or the as-is.
        b: The later version, or the to-be.
        names: What the two are called.
        w: The text catalogue; the English one if empty.

    Returns:
        A heading, a line that counts the changes, then those of the whole, of each phase and of each step; a line that
        begins with two spaces is about the phase above it. Names of steps stand in `Strong`.
    """
    w, changes = w or words(), changes_between(a, b)
    if not changes:
        return []
    before, after = names
    head: Line = (w.say("diff.versions", label=b.label, before=before, after=after),)
    return [head, (_counts(changes, w),), *_whole(changes, w), *_by_phase(a, b, changes, w)]


def diff_engagement(pairs: Mapping[str, JourneyPair], w: Words | None = None) -> list[Line]:
    """What the to-be of each journey changes of its as-is; [] where nothing does."""
    w, found = w or words(), list[Line]()
    for pair in pairs.values():
        if pair.as_is and pair.to_be:
            _append(found, diff_journeys(pair.as_is, pair.to_be, names=("as-is", "to-be"), w=w))
            continue
        there = pair.as_is or pair.to_be
        if there is not None:
            missing = "to-be" if pair.as_is else "as-is"
            said = w.say("diff.one_version", label=there.label, version=missing, other=there.version)
            _append(found, [(said,)])
    return found


def diff_paths(a: Path, b: Path, *, journey: str = "", w: Words | None = None) -> list[Line]:
    """What differs between two files, or between the journeys of two engagements; [] where nothing does.

    Args:
        a: A file of a journey, or an engagement.
        b: The same of the later version.
        journey: Of two engagements only this journey, by id.
        w: The text catalogue; the English one if empty.

    Raises:
        DocumentError: A file is missing or does not hold together.
        ParameterError: One is a file and the other a folder.
    """
    w = w or words()
    for path in (a, b):
        if not path.exists():
            raise DocumentError(f"There is no file or folder {str(path)!r}.")
    if a.is_dir() != b.is_dir():
        hint = "Name two files of a journey, or two engagements."
        raise ParameterError(f"{a} and {b} are not of one kind: a folder and a file.", hint=hint)
    if not a.is_dir():
        return diff_journeys(*(read_journey(p, name=str(p)) for p in (a, b)), names=(str(a), str(b)), w=w)
    pairs = [_read_side(p) for p in (a, b)]
    known = dict.fromkeys(i for side in pairs for i in side)
    if not known:
        raise _no_journeys(f"{a}, {b}")
    if journey and journey not in known:
        raise unknown("journey", journey, known)
    found: list[Line] = []
    olds, news = (
        {(i, j.version): j for i, p in side.items() for j in (p.as_is, p.to_be) if j and journey in ("", i)}
        for side in pairs
    )
    for key in sorted(olds.keys() | news.keys()):
        old, new = olds.get(key), news.get(key)
        if old and new:
            names = (f"{a} ({key[1]})", f"{b} ({key[1]})")
            _append(found, diff_journeys(old, new, names=names, w=w))
        elif one := old or new:
            _append(found, [(w.say("diff.only_here", label=f"{one.label} ({key[1]})", where=str(a if old else b)),)])
    return found


def read_folder(root: Path, journey: str = "") -> Mapping[str, JourneyPair]:
    """The journeys of an engagement, or one of them by its id.

    Raises:
        DocumentError: There are none.
        ParameterError: There is none of that id.
    """
    pairs = read_journeys(root)
    if not pairs:
        raise _no_journeys(str(root))
    if journey and journey not in pairs:
        raise unknown("journey", journey, pairs)
    return {journey: pairs[journey]} if journey else pairs


def unknown(kind: str, name: str, known: Iterable[str]) -> ParameterError:
    """A name that is none of those there are, with the nearest of them."""
    known = list(known)
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    return ParameterError(f"There is no {kind} {name!r}.", hint=f"{hint}There are: {', '.join(known)}.")


def diff_text(lines: Iterable[Line], *, italic: bool = False, width: int | None = None) -> str:
    r"""The lines for a terminal, names of steps between asterisks or in italics.

    Args:
        lines: What `diff_journeys` and the others gave.
        italic: Whether the terminal shows italics.
        width: Columns to break lines at; unbroken if empty.

    Example:
        >>> diff_text([(Strong("Verify identity"), " moved from phone to app.")])
        '*Verify identity* moved from phone to app.\n'
    """
    said: list[str] = []
    for line in lines:
        text = "".join(clean_text(p) if isinstance(p, str) else f"\0{clean_text(p.text)}\1" for p in line)
        indent = text[: len(text) - len(text.lstrip())]
        if width:
            text = textwrap.fill(text, width, subsequent_indent=indent and indent + LINE_UP, break_on_hyphens=False)
        marks = (ITALIC, UPRIGHT) if italic else ("*", "*")
        said.append(text.replace("\0", marks[0]).replace("\1", marks[1]))
    return "\n".join(said) + "\n" if said else ""


def terminal_width() -> int:
    """Columns of the terminal, a hundred at most."""
    return min(shutil.get_terminal_size().columns, 100)


def _read_side(root: Path) -> Mapping[str, JourneyPair]:
    """The journeys of one of two folders; none is what a new engagement has, but not any folder."""
    pairs = read_journeys(root)
    if not pairs and not (root / "engagement.yaml").is_file():
        raise _no_journeys(str(root))
    return pairs


def _no_journeys(where: str) -> DocumentError:
    hint = "A journey stands in journeys/<id>.as-is.yaml and journeys/<id>.to-be.yaml."
    return DocumentError("There are no journeys.", where=where, hint=hint)


def _append(found: list[Line], lines: list[Line]) -> None:
    found += [("",), *lines] if found and lines else lines


def _counts(changes: list[Change], w: Words) -> str:
    kinds = Counter(
        c.kind if c.kind in _COUNTED and (c.part == "step" or c.kind in ("moved", "renamed", "id")) else "other"
        for c in changes
    )
    return w.all_of([w.count(f"diff.count.{k}", kinds[k]) for k in (*_COUNTED, "other") if kinds[k]]) + "."


def _whole(changes: list[Change], w: Words) -> Iterator[Line]:
    """What was changed of the journey, of its personas and of its proofs."""
    for (part, _), mine in _grouped(c for c in changes if c.part in ("journey", "persona", "proof")):
        subject = w.say(f"diff.{part}", label=mine[0].label)
        yield (w.say("diff.said", subject=subject, clauses=w.say("diff.join").join(change_clauses(mine, w))),)


def _by_phase(a: Journey, b: Journey, changes: list[Change], w: Words) -> Iterator[Line]:
    """Phase by phase of the later version, each with its steps; then what is no longer on the map."""
    by_part = dict(_grouped(c for c in changes if c.part in ("phase", "step")))
    for phase in b.phases:
        steps = [by_part.pop(("step", s.id)) for s in phase.steps if ("step", s.id) in by_part]
        mine = [line for changed in steps for line in _step(b, changed, w)]
        own = by_part.pop(("phase", phase.id), [])
        if own or mine:
            said = w.say("diff.join").join(change_clauses(own, w))
            yield ("",)
            yield (f"{phase.label}: {said}" if said else phase.label,)
            yield from mine
    if by_part:
        yield ("",)
        yield (w.say("diff.off_map"),)
        phases = {s.id: p.label for p in a.phases for s in p.steps}
        for (part, i), mine in by_part.items():
            said = w.say("diff.join").join(change_clauses(mine, w))
            name = w.say("diff.phase", label=mine[0].label) if part == "phase" else ""
            where = f" ({phases[i]})" if part == "step" and i in phases else ""
            yield (LINE_UP, name or Strong(mine[0].label), f"{where} {said}.")


def _step(b: Journey, changes: list[Change], w: Words) -> Iterator[Line]:
    """The paragraph of a step, or a line for each change where there are many; of a new one with all that it says."""
    step = b.step(changes[0].id)
    if changes[0].kind == "added" and step is not None:
        changes = [*changes, *contents_of(b, step)]
    said, name = change_clauses(changes, w), Strong(changes[0].label)
    if len(said) <= MOST_ABREAST:
        yield (LINE_UP, name, f" {w.say('diff.join').join(said)}.")
        return
    yield (LINE_UP, name)
    yield from ((LINE_UP * 2, clause) for clause in said)


def _grouped(changes: Iterable[Change]) -> Iterator[tuple[tuple[str, str], list[Change]]]:
    by_part: dict[tuple[str, str], list[Change]] = {}
    for c in changes:
        by_part.setdefault((c.part, c.id), []).append(c)
    yield from by_part.items()


def clean_text(text: str) -> str:
    r"""Text that gives a terminal no orders and turns no line round.

    Example:
        >>> clean_text("ask\x1b[2J")
        'ask [2J'
    """
    return "".join(" " if unicodedata.category(c) == "Cc" or c in "\u202d\u202e" else c for c in text)
