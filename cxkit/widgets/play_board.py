"""The plays, by what the numbers say of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import ipywidgets

from cxkit._blocks import Block, Group, Heading
from cxkit.kpi.sentences import says
from cxkit.playbook.draw import draw_plays
from cxkit.widgets._pieces import Piece, Pieces
from cxkit.widgets._shell import Shown, framed, theme_for

if TYPE_CHECKING:
    from cxkit.evidence.view import View
    from cxkit.playbook.recommend import Recommendation

__all__ = ["PlayBoard", "play_pieces"]

STATES = ("fires", "watch", "unknown", "rests")


class PlayBoard(Shown, ipywidgets.VBox):
    """The plays that the numbers call for and those that they do not, to read; a choice of the state above.

    Args:
        view: The evidence in one period.
        plays: The plays, as `Work.plays` has them.

    Attributes:
        chosen: The state that is shown: "all", "fires", "watch", "unknown" or "rests"; may be set.
    """

    def __init__(self, view: View, plays: Sequence[Recommendation]) -> None:
        theme = theme_for(view)
        self.pieces = Pieces(name="plays", label=says(view).say("widget.plays_shown"), theme=theme)
        super().__init__()
        framed(self, self.pieces, theme=theme)
        self.pieces.show(play_pieces(view, plays))

    @property
    def chosen(self) -> str:
        """The state whose plays are shown."""
        return self.pieces.chosen

    @chosen.setter
    def chosen(self, state: str) -> None:
        self.pieces.chosen = state

    @property
    def block(self) -> Block:
        """The plays that are shown."""
        return self.pieces.block


def play_pieces(view: View, plays: Sequence[Recommendation]) -> list[Piece]:
    """A piece for all plays, and one for each state where there are several."""
    w = says(view)
    if not plays:
        return []
    by = {s: [p for p in plays if p.state == s] for s in STATES}
    found = [(s, ps) for s, ps in by.items() if ps]
    parts = [Piece(s, w.say(f"play.state.{s}").capitalize(), _part(view, ps)) for s, ps in found]
    return [Piece("all", w.say("widget.everything"), draw_plays(view, plays)), *(parts if len(parts) > 1 else [])]


def _part(view: View, plays: Sequence[Recommendation]) -> Group:
    """Some of the plays, without the headline, which counts all of them."""
    return Group(tuple(b for b in draw_plays(view, plays).blocks if not isinstance(b, Heading)))
