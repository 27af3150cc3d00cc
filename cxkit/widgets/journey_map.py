"""The journeys, one map at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import ipywidgets

from cxkit._blocks import Block, Group
from cxkit.journey.draw import JourneyState, draw_journeys, draw_maps
from cxkit.kpi.sentences import says
from cxkit.widgets._pieces import Piece, Pieces
from cxkit.widgets._shell import Shown, framed, theme_for

if TYPE_CHECKING:
    from cxkit.evidence.view import View

__all__ = ["JourneyMap", "journey_pieces"]


class JourneyMap(Shown, ipywidgets.VBox):
    """Measured journey maps, to read; a choice above where there are several.

    Args:
        view: The evidence in one period.
        states: The journeys, as `Work.journeys` has them.

    Attributes:
        chosen: Id of the journey that is shown; may be set.
    """

    def __init__(self, view: View, states: Sequence[JourneyState]) -> None:
        theme = theme_for(view)
        self.pieces = Pieces(name="journey", label=says(view).say("widget.journey"), theme=theme)
        super().__init__()
        framed(self, self.pieces, theme=theme)
        self.pieces.show(journey_pieces(view, states, draw=draw_maps))

    @property
    def chosen(self) -> str:
        """Id of the journey that is shown."""
        return self.pieces.chosen

    @chosen.setter
    def chosen(self, journey: str) -> None:
        self.pieces.chosen = journey

    @property
    def block(self) -> Block:
        """The map that is shown."""
        return self.pieces.block


def journey_pieces(
    view: View, states: Sequence[JourneyState], *, draw: Callable[[View, list[JourneyState]], Group] = draw_journeys
) -> list[Piece]:
    """A piece for each journey: all that is told of it, or what `draw` tells."""
    found = [(j, s) for s in states if (j := s.as_is or s.to_be)]
    return [Piece(j.id, j.label, draw(view, [s])) for j, s in found]
