"""Drawings that are no charts: a journey map in lanes, and a plan along its weeks.

They are blocks like those of `_blocks` and know no subject: what a lane or a bar means was decided where it was drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

from cxkit._blocks import Block, Json, Line, Tone

__all__ = ["BOARDS", "Band", "Column", "Curve", "CurvePoint", "Lane", "LaneCell", "Lanes", "Mark", "Row", "Stretch"]
__all__ += ["Timeline", "Trace"]


@dataclass(frozen=True, slots=True)
class Column(Json):
    """A step of the map: its name, and a word under it that marks it ("moment of truth")."""

    kind = "column"
    label: str
    mark: str = ""
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class LaneCell(Json):
    """What a lane says of one step.

    Attributes:
        lines: Lines of words, tags among them.
        bar: A share from 0 to 1 drawn as a track, with its interval, or None.
        tone: "worse" where the cell calls for attention.
    """

    kind = "lane_cell"
    lines: tuple[Line, ...] = ()
    bar: float | None = None
    low: float | None = None
    high: float | None = None
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class CurvePoint(Json):
    """A step's height on the curve, from 0 at the bottom to 1 at the top, with its interval; None where not measured.

    Attributes:
        target: Height of the target, or None.
        text: Step, number and interval in words, or why there is none: what a reader hears.
        short: What stands beside the dot, or where it would be.
    """

    kind = "curve_point"
    at: float | None
    low: float | None = None
    high: float | None = None
    target: float | None = None
    tone: Tone = "plain"
    text: str = ""
    short: str = ""


@dataclass(frozen=True, slots=True)
class Trace(Json):
    """A line that was stated and not measured: how somebody feels from step to step, or is to feel.

    Attributes:
        label: Whose line it is; stands at its end.
        heights: From 0 to 1, one for each step; None where nothing is stated.
        texts: What a reader hears of each step; "" where nothing is stated.
        who: The same for all lines of one person, by which they are chosen.
        aim: Whether it is the line that is aimed at.
    """

    kind = "trace"
    label: str
    heights: tuple[float | None, ...]
    texts: tuple[str, ...] = ()
    who: str = ""
    aim: bool = False


@dataclass(frozen=True, slots=True)
class Curve(Json):
    """A line over all steps, with its band and its dashed target.

    Attributes:
        top: What the upper end means.
        bottom: What the lower end means.
        middle: Height of a hairline, or None.
        traces: Lines beside the measured one.
    """

    kind = "curve"
    points: tuple[CurvePoint, ...]
    top: str = ""
    bottom: str = ""
    target_label: str = ""
    middle: float | None = 0.5
    traces: tuple[Trace, ...] = ()


@dataclass(frozen=True, slots=True)
class Lane(Json):
    """A row of the map: one cell a step, or a curve over all of them; with neither, its note says why.

    Attributes:
        group: The lanes that it is shown and folded away with; "" for those that are always there.
        line: What the line above it means, such as the line of visibility.
    """

    kind = "lane"
    label: str
    cells: tuple[LaneCell, ...] = ()
    curve: Curve | None = None
    note: str = ""
    group: str = ""
    line: str = ""


@dataclass(frozen=True, slots=True)
class Lanes(Block):
    """A map: phases over steps over lanes.

    Attributes:
        groups: Phases, each with its name and how many steps it spans.
        columns: The steps.
        facts: Short facts beside the title ("bound to 1,208 journeys").
        alt: What a reader who cannot see the map needs to hear.
        folded: Groups of lanes that are folded away at first where a script can bring them back.
        says: Words for the controls that the script adds, by what they do; a control without words is not added.
    """

    kind = "lanes"
    title: str
    groups: tuple[tuple[str, int], ...]
    columns: tuple[Column, ...]
    lanes: tuple[Lane, ...]
    subtitle: str = ""
    facts: tuple[str, ...] = ()
    alt: str = ""
    note: str = ""
    corner: str = ""
    folded: tuple[str, ...] = ()
    says: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Stretch(Json):
    """A bar along the weeks, both ends included and counted from 1.

    Attributes:
        text: What stands beside it: its state in a word, which its tone shows too; "" where its place says enough.
        alt: The same in full for a reader who cannot see it ("Weeks 3 to 5: late.").
    """

    kind = "stretch"
    first: int
    last: int
    tone: Tone = "plain"
    text: str = ""
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Mark(Json):
    """A diamond in a week: a gate. Words as those of a `Stretch`."""

    kind = "mark"
    week: int
    text: str = ""
    tone: Tone = "plain"
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Row(Json):
    """A line of the plan: what, who, and when."""

    kind = "row"
    label: str
    who: str = ""
    stretches: tuple[Stretch, ...] = ()
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Band(Json):
    """Rows that belong together: a workstream, and a word on it ("2 of 4 done")."""

    kind = "band"
    label: str
    rows: tuple[Row, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Timeline(Block):
    """A plan: rows in bands, along weeks.

    Attributes:
        weeks: A name for each week ("7 Sep"), the first being week 1.
        now: The week that today is in, or None.
        now_at: How much of that week is over, from 0 to 1.
        now_text: What stands at the line of today.
        alt: What a reader who cannot see the plan needs to hear.
        corner: What the rows are.
    """

    kind = "timeline"
    title: str
    weeks: tuple[str, ...]
    bands: tuple[Band, ...]
    subtitle: str = ""
    now: int | None = None
    now_at: float = 0.5
    now_text: str = ""
    alt: str = ""
    note: str = ""
    corner: str = ""


BOARDS = (Column, LaneCell, CurvePoint, Curve, Lane, Lanes, Trace, Stretch, Mark, Row, Band, Timeline)
