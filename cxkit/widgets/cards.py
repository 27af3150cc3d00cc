"""The KPIs as cards, one of which is chosen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import anywidget
import traitlets

from cxkit._html import Canvas, render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxkit._blocks import Cards
    from cxkit._theme import Theme

__all__ = ["CardChoice"]


class CardChoice(anywidget.AnyWidget):
    """Cards as a report shows them, each a button; `chosen` is the id of the one that was pressed.

    Attributes:
        html: The cards, as `cxkit._html` writes them.
        kpis: Ids of the cards, in their order.
        chosen: Id of the chosen card.
        label: What the cards are, for those who do not see them.
    """

    _esm = Path(__file__).with_name("cards.js")

    html = traitlets.Unicode().tag(sync=True)
    kpis = traitlets.List(traitlets.Unicode()).tag(sync=True)
    chosen = traitlets.Unicode().tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)
    columns = traitlets.Int(4).tag(sync=True)

    def show(self, cards: Cards, kpis: Sequence[str], *, chosen: str, theme: Theme) -> None:
        """Show cards in place of those that were there."""
        with self.hold_sync():
            self.html, self.kpis = render(cards, Canvas(theme)), list(kpis)
            self.columns, self.chosen = _columns(len(kpis)), chosen


def _columns(n: int) -> int:
    """Cards abreast on a wide page: rows as even as can be, at most five a row.

    Example:
        >>> [_columns(n) for n in (1, 4, 6, 7, 10)]
        [4, 4, 3, 4, 5]
    """
    rows = -(-n // 5)
    return max(-(-n // rows), 3 if rows > 1 else 4) if n else 4
