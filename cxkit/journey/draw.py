"""Journeys as blocks: the finding first, then the map that it stands on, how journeys really run, what is to change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from cxkit._blocks import Block, Group, Heading, Text
from cxkit.journey.backlog import backlog_blocks
from cxkit.journey.cuts import cut_blocks
from cxkit.journey.flows import flow_figure, stray_blocks
from cxkit.journey.funnel import funnel_figure
from cxkit.journey.hops import channel_flow
from cxkit.journey.lanes import draw_map
from cxkit.journey.promises_draw import promise_blocks
from cxkit.journey.sentences import JourneyState, Told, edited, headline, lead, notes

if TYPE_CHECKING:
    from cxkit.evidence.view import View

__all__ = ["JourneyState", "draw_flows", "draw_journeys", "draw_maps", "draw_promises", "flow_blocks"]


def draw_journeys(view: View, states: Iterable[JourneyState]) -> Group:
    """Each journey: what it shows, its map, what is not drawn, how journeys run, what is promised, what is to change.

    An executive sees finding and map.

    Args:
        view: The evidence in one period.
        states: The journeys, as `Work.journeys` has them.
    """
    return Group(tuple(block for told in _told(view, states) for block in (*_map(told), *_beyond(told))))


def draw_maps(view: View, states: Iterable[JourneyState]) -> Group:
    """Each journey: what it shows, its map, and how it was measured.

    Args:
        view: The evidence in one period.
        states: The journeys, as `Work.journeys` has them.
    """
    return Group(tuple(block for told in _told(view, states) for block in _map(told)))


def draw_flows(view: View, states: Iterable[JourneyState]) -> Group:
    """How each journey really runs: paths that are not drawn, the funnel, where each step leads, who differs.

    Args:
        view: The evidence in one period.
        states: The journeys, as `Work.journeys` has them.
    """
    return _each(view, states, flow_blocks, "journey.head.flows")


def draw_promises(view: View, states: Iterable[JourneyState]) -> Group:
    """What the channels of each journey promise at each step, and whether measurement says that it is kept.

    Args:
        view: The evidence in one period.
        states: The journeys, as `Work.journeys` has them.
    """
    return _each(view, states, promise_blocks, "journey.head.promises")


def flow_blocks(told: Told, *, only_apart: bool = False) -> tuple[Block, ...]:
    """How a journey really runs, as blocks; nothing where it was not measured.

    Args:
        told: The journey.
        only_apart: Only the dimensions by which something surely differs.
    """
    charts = (funnel_figure(told), flow_figure(told), channel_flow(told))
    drawn = tuple(c for c in charts if c is not None)
    return (*stray_blocks(told), *drawn, *cut_blocks(told, only_apart=only_apart))


def _map(told: Told) -> Iterator[Block]:
    brief = told.view.audience == "executive"
    yield Heading(headline(told))
    if not brief:
        yield Text((lead(told),))
    if told.stale:
        yield Text((edited(told),))
    yield draw_map(told)
    said = () if brief else notes(told)
    if said:
        yield Text(said, role="note")


def _beyond(told: Told) -> Iterator[Block]:
    """What is told below the map, though not to an executive; a client sees only the cuts that differ."""
    if told.view.audience == "executive":
        return
    yield from flow_blocks(told, only_apart=told.view.audience != "team")
    yield from promise_blocks(told)
    yield from backlog_blocks(told)


def _each(
    view: View, states: Iterable[JourneyState], draw: Callable[[Told], Iterable[Block]], heading: str
) -> Group:  # fmt: skip
    """What is drawn of each journey under its name; journeys of which nothing is drawn are left out."""
    drawn = ((told, tuple(draw(told))) for told in _told(view, states))
    said = [(Heading(told.words.say(heading, label=told.journey.label)), *blocks) for told, blocks in drawn if blocks]
    return Group(tuple(block for blocks in said for block in blocks))


def _told(view: View, states: Iterable[JourneyState]) -> Iterator[Told]:
    for state in states:
        drawn = state.as_is or state.to_be
        if drawn is not None:
            yield Told(view, state, drawn)
