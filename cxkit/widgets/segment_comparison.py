"""One KPI by the values of a dimension, or of a declared pair."""

from __future__ import annotations

import ipywidgets

from cxkit._blocks import Block, Group
from cxkit.evidence.view import Evidence, View
from cxkit.kpi.board import board_comments, board_figure, board_table
from cxkit.kpi.choose import WHOLE, view_wish
from cxkit.widgets._board import Board
from cxkit.widgets._shell import Shown, framed, theme_for

__all__ = ["SegmentComparison"]


class SegmentComparison(Shown, ipywidgets.VBox):
    """Segments beside each other: how they moved, where they stand, and which the test tells apart from the rest.

    Args:
        source: The evidence in one period; or the evidence, in its latest.
        kpi: Id of the KPI to begin with; the first that has a number if empty.
        split: Id of the dimension to begin with; the one that tells most if empty.

    Attributes:
        chosen: What is shown, by name: `kpi`, `split` and, for a pair, `and_by`.
    """

    def __init__(self, source: View | Evidence, *, kpi: str = "", split: str = "") -> None:
        view = source.at("latest") if isinstance(source, Evidence) else source
        self.board = Board(
            view.evidence, view_wish(view, kpi=kpi, split=split), audience=view.audience, notes=view.notes,
            choices=("kpi", "split", "and_by"), cards=False,
        )  # fmt: skip
        super().__init__()
        framed(self, self.board, theme=theme_for(view))

    @property
    def chosen(self) -> dict[str, str]:
        """What is shown, by name."""
        state = self.board.state
        names = {"kpi": state.kpi, "split": state.split, "and_by": state.and_by}
        return {name: value for name, value in names.items() if value != WHOLE}

    def choose(self, **changes: str) -> None:
        """Show another `kpi`, `split` or `and_by`.

        Raises:
            ParameterError: Nothing was measured there.
        """
        self.board.choose(**changes)

    @property
    def block(self) -> Block:
        """The course by segment, the table of segments, and the commentary on them."""
        state = self.board.state
        return Group((board_figure(state), board_table(state), *board_comments(state)))
