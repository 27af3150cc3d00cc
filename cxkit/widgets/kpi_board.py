"""The KPIs side by side, and the course of the one that is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ipywidgets

from cxkit._blocks import Block, Group
from cxkit.kpi.board import board_cards, board_figure, board_shape
from cxkit.kpi.choose import WHOLE, view_wish
from cxkit.widgets._board import Board
from cxkit.widgets._shell import Shown, framed, theme_for

if TYPE_CHECKING:
    from cxkit.evidence.view import View

__all__ = ["KpiBoard"]


class KpiBoard(Shown, ipywidgets.VBox):
    """The KPIs of a period as cards; a click on one shows its course beneath.

    Args:
        view: The evidence in one period.

    Attributes:
        chosen: Id of the KPI whose course is shown; may be set.
    """

    def __init__(self, view: View) -> None:
        wish = view_wish(view, split=WHOLE)
        self.board = Board(view.evidence, wish, audience=view.audience, notes=view.notes, side=False)
        super().__init__()
        framed(self, self.board, theme=theme_for(view))

    @property
    def chosen(self) -> str:
        """Id of the KPI whose course is shown."""
        return self.board.state.kpi

    @chosen.setter
    def chosen(self, kpi: str) -> None:
        self.board.choose(kpi=kpi)

    @property
    def block(self) -> Block:
        """The cards, the course of the chosen KPI, and what stands behind it."""
        cards, note = board_cards(self.board.state.view)
        shape = board_shape(self.board.state)
        return Group((cards, note, board_figure(self.board.state), *((shape,) if shape else ())))
