"""What is wrong with the maps, as a table and as lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cxkit._blocks import Group, Heading, Line, Quiet, Table, Tag, Text, Tone
from cxkit.data.quality import SEVERITIES

if TYPE_CHECKING:
    from cxkit._format import Words
    from cxkit.data.quality import Flaw

__all__ = ["count_flaws", "draw_flaws", "flaw_lines"]

_TONES: dict[str, Tone] = {"error": "worse", "warning": "open", "note": "quiet"}


def draw_flaws(flaws: Sequence[Flaw], *, words: Words) -> Group:
    """The flaws of the maps, the gravest first; or that there are none."""
    title = Heading(words.say("lint.title"), subtitle=words.say("lint.subtitle"))
    if not flaws:
        return Group((title, Text(((words.say("lint.none"),),))))
    columns = tuple(words.say(f"lint.column.{c}") for c in ("severity", "where", "what"))
    rows = tuple(_row(f, words) for f in flaws)
    return Group((title, Table(count_flaws(flaws, words=words), columns, rows)))


def flaw_lines(flaws: Sequence[Flaw], *, words: Words) -> Iterator[str]:
    """The flaws as lines, each with its hint under it, the gravest first."""
    for severity in SEVERITIES:
        for flaw in (f for f in flaws if f.severity == severity):
            yield f"{words.say(f'lint.severity.{severity}'):<8} {flaw.where}  {flaw.what}"
            yield f"{'':<8} {flaw.hint}"


def count_flaws(flaws: Sequence[Flaw], *, words: Words) -> str:
    """How many flaws of each severity there are, and in how many maps."""
    numbers = [(s, sum(1 for f in flaws if f.severity == s)) for s in SEVERITIES]
    counts = words.all_of([words.count(f"lint.severities.{s}", n) for s, n in numbers if n])
    return words.count("lint.head", len({f.file for f in flaws}), counts=counts)


def _row(flaw: Flaw, words: Words) -> tuple[Line | str, ...]:
    tag = Tag(words.say(f"lint.severity.{flaw.severity}"), _TONES[flaw.severity])
    return (tag,), (Quiet(flaw.where),), (flaw.what, "\n", Quiet(flaw.hint))
