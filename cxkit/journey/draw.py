"""Journeys as blocks: the finding first, then the map that it stands on, and what the to-be changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from cxkit._blocks import Block, Group, Heading, Text
from cxkit.journey.backlog import backlog_blocks
from cxkit.journey.lanes import draw_map
from cxkit.journey.sentences import JourneyState, Told, edited, headline, lead, notes

if TYPE_CHECKING:
    from cxkit.evidence.view import View

__all__ = ["JourneyState", "draw_journeys"]


def draw_journeys(view: View, states: Iterable[JourneyState]) -> Group:
    """Each journey: what it shows, its map, and what the to-be changes; an executive sees finding and map."""
    return Group(tuple(block for state in states for block in _journey(view, state)))


def _journey(view: View, state: JourneyState) -> Iterator[Block]:
    drawn = state.as_is or state.to_be
    if drawn is None:
        return
    told, brief = Told(view, state, drawn), view.audience == "executive"
    yield Heading(headline(told))
    if not brief:
        yield Text((lead(told),))
    if told.stale:
        yield Text((edited(told),))
    yield draw_map(told)
    if brief:
        return
    said = notes(told)
    if said:
        yield Text(said, role="note")
    yield from backlog_blocks(told)
