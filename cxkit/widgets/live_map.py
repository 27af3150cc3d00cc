"""A journey map that answers: lanes fold, a step tells all of itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import anywidget
import traitlets

import cxkit
from cxkit._html import Canvas, render

if TYPE_CHECKING:
    from cxkit._boards import Lanes
    from cxkit._theme import Theme

__all__ = ["LiveMap"]


class LiveMap(anywidget.AnyWidget):
    """One map, with the HTML and the script that a page has it with.

    Attributes:
        html: The map, as `cxkit._html` writes it.
    """

    _esm = Path(cxkit.__file__).with_name("_map.js")

    html = traitlets.Unicode().tag(sync=True)

    def show(self, block: Lanes, *, theme: Theme) -> None:
        """Show a map in place of the one that was there."""
        self.html = render(block, Canvas(theme, charts=False))
