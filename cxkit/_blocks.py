"""What drawing functions return: pieces of a report that know what they say and not how they look.

A block shows itself in a notebook and carries itself, as JSON, to every deliverable: a page, slides
or sheets read `MIME` from the executed notebook. How a block looks is in `_html`, `_plain` and `_theme`.

    Header      who the report is about, and its data
    Heading     a headline (level 1) or the title of a section
    Text        paragraphs
    Cards       the KPIs side by side, each with its interval
    Figure      a chart, with its numbers as a table
    Table       rows
    Comment     the advisor's own words
    Code        something to copy, folded away
    Group       blocks in order

Journey maps and plans are in `_boards`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from cxkit.errors import ReportError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MIME", "Bar", "Block", "Card", "Cards", "Code", "Comment", "Figure", "Group", "Header", "Heading"]
__all__ += ["Inline", "Json", "Line", "Quiet", "Strong", "Table", "Tag", "Text", "Tone", "block_from_json", "flatten"]
__all__ += ["line_text"]

MIME = "application/vnd.cxkit.block+json"
PLOTLY_MIME = "application/vnd.plotly.v1+json"

Tone = Literal["plain", "better", "worse", "open", "quiet"]


@dataclass(frozen=True, slots=True)
class Json:
    """Anything that travels as JSON: its `kind` and its fields."""

    kind: ClassVar[str]
    raw: ClassVar[frozenset[str]] = frozenset()

    def to_json(self) -> dict[str, Any]:
        """The block as plain JSON data, which `block_from_json` reads back."""
        pairs = ((f.name, getattr(self, f.name)) for f in fields(self))
        return {"kind": self.kind} | {name: v if name in self.raw else _plain_data(v) for name, v in pairs}


@dataclass(frozen=True, slots=True)
class Strong(Json):
    """Words that carry the sentence."""

    kind = "strong"
    text: str


@dataclass(frozen=True, slots=True)
class Quiet(Json):
    """Words that stand back."""

    kind = "quiet"
    text: str


@dataclass(frozen=True, slots=True)
class Tag(Json):
    """A state, as a coloured pill; its words say what its colour says."""

    kind = "tag"
    text: str
    tone: Tone = "quiet"


Inline = str | Strong | Quiet | Tag
Line = tuple[Inline, ...]
"""A paragraph or a table cell: words, some of them with emphasis. A newline is a line break."""


def line_text(line: Line | str) -> str:
    r"""The words of a line without their emphasis.

    Example:
        >>> line_text(("NPS is ", Strong("+32"), "."))
        'NPS is +32.'
    """
    return line if isinstance(line, str) else "".join(p if isinstance(p, str) else p.text for p in line)


class Block(Json):
    """A piece of a report."""

    __slots__ = ()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        from cxkit._html import notebook_html
        from cxkit._plain import plain

        del include, exclude
        return {"text/plain": plain(self), "text/html": notebook_html(self), MIME: self.to_json()}


@dataclass(frozen=True, slots=True)
class Header(Block):
    """The line above a report: whose it is, what it is, which data it rests on; and the client's brand.

    Attributes:
        facts: Short facts on the right ("Data to 31 October 2026").
        logo: A data URI of an image, or "".
    """

    kind = "header"
    client: str
    subtitle: str = ""
    facts: tuple[str, ...] = ()
    language: str = "en"
    accent: str = ""
    ink: str = ""
    font: str = ""
    logo: str = ""


@dataclass(frozen=True, slots=True)
class Heading(Block):
    """A headline (level 1), a section (2) or a part of one (3)."""

    kind = "heading"
    text: str
    level: int = 2
    subtitle: str = ""


@dataclass(frozen=True, slots=True)
class Text(Block):
    """Paragraphs, in the role of text, of the lead under the headline, or of a note."""

    kind = "text"
    paragraphs: tuple[Line, ...]
    role: Literal["text", "lead", "note"] = "text"


@dataclass(frozen=True, slots=True)
class Bar(Json):
    """Where an estimate, its interval and its target stand on a track from 0 to 1."""

    kind = "bar"
    at: float
    low: float
    high: float
    target: float | None = None
    target_text: str = ""


@dataclass(frozen=True, slots=True)
class Card(Json):
    """One KPI: value, interval, n, what happened, and how it stands against its target.

    Attributes:
        value: The number as text; or, when `shown` is false, why there is none.
        changes: Lines under the bar, each with its tone and its words.
    """

    kind = "card"
    label: str
    value: str
    shown: bool = True
    interval: str = ""
    n: str = ""
    bar: Bar | None = None
    changes: tuple[tuple[Tone, str], ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Cards(Block):
    """KPIs side by side."""

    kind = "cards"
    cards: tuple[Card, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table(Block):
    """Rows under a title.

    Attributes:
        align: "left" or "right" for each column; () is left throughout.
    """

    kind = "table"
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Line | str, ...], ...]
    subtitle: str = ""
    note: str = ""
    align: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure(Block):
    """A chart.

    Attributes:
        title: What the chart shows, as a finding.
        subtitle: What is plotted.
        spec: Plotly JSON, `{"data": [...], "layout": {...}}`: plain dicts, lists and numbers.
        alt: What a reader who cannot see the chart needs to hear.
        columns: Names of the columns of the numbers behind it.
        rows: The numbers behind it, as text.
        note: A caveat under the chart, or "".
    """

    kind = "figure"
    raw = frozenset({"spec"})
    title: str
    subtitle: str
    spec: dict[str, Any]
    alt: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Line | str, ...], ...]
    width: Literal["half", "full"] = "half"
    note: str = ""
    table_label: str = ""

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        from cxkit._theme import titled_spec

        bundle = Block._repr_mimebundle_(self, include, exclude)
        return bundle | {PLOTLY_MIME: titled_spec(self.spec, self.title, subtitle=self.subtitle)}


@dataclass(frozen=True, slots=True)
class Comment(Block):
    """A piece of the advisor's commentary.

    Attributes:
        about: The number it speaks of, in words, or "".
        flag: What is wrong with it, in a word or two ("out of date"), or "".
        why: Why it is flagged, or "".
    """

    kind = "comment"
    title: str
    paragraphs: tuple[str, ...]
    author: str
    date: str
    state: Literal["current", "stale", "unbound"]
    about: str = ""
    flag: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Code(Block):
    """Something to copy, folded away under its summary."""

    kind = "code"
    summary: str
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Group(Block):
    """Blocks in order. A notebook shows them one by one, so that it draws their charts."""

    kind = "group"
    blocks: tuple[Block, ...]

    def _ipython_display_(self) -> None:
        from IPython.display import display

        for block in self.blocks:
            display(block)


_BASIC = (Strong, Quiet, Tag, Bar, Card, Header, Heading, Text, Cards, Figure, Table, Comment, Code, Group)


@cache
def _kinds() -> dict[str, type[Json]]:
    # The boards are blocks themselves, so they cannot be imported before this module is.
    from cxkit._boards import BOARDS

    return {c.kind: c for c in (*_BASIC, *BOARDS)}


def block_from_json(data: dict[str, Any]) -> Block:
    """The block that `to_json` wrote.

    Raises:
        ReportError: The data is not a block of this version of cxkit.

    Example:
        >>> block_from_json({"kind": "heading", "text": "The answer", "level": 1})
        Heading(text='The answer', level=1, subtitle='')
    """
    try:
        block = _read(data)
    except (TypeError, KeyError) as error:
        raise ReportError(f"An output of the notebook is no block: {error}.", hint="Run the notebook again.") from error
    if not isinstance(block, Block):
        raise ReportError("An output of the notebook is no block.", hint="Run the notebook again.")
    return block


def flatten(blocks: tuple[Block, ...] | list[Block]) -> Iterator[Block]:
    """The blocks without their groups, in order.

    Example:
        >>> [b.text for b in flatten([Heading("a"), Group((Heading("b"),))])]
        ['a', 'b']
    """
    for block in blocks:
        if isinstance(block, Group):
            yield from flatten(block.blocks)
        else:
            yield block


def _plain_data(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, Json):
        return value.to_json()
    return [_plain_data(v) for v in value] if isinstance(value, tuple) else value


def _read(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, list):
        return tuple(_read(v) for v in value)
    if not isinstance(value, dict):
        return value
    cls = _kinds()[value["kind"]]
    return cls(**{k: v if k in cls.raw else _read(v) for k, v in value.items() if k != "kind"})
