"""Something to read in several pieces, one of which is shown; where there is one piece there is nothing to choose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import ipywidgets

from cxkit._blocks import Block, Figure, Group, flatten
from cxkit._boards import Lanes
from cxkit._theme import DEFAULT, Theme
from cxkit.kpi.choose import Option
from cxkit.widgets._shell import FigureBox, Html, box
from cxkit.widgets.choice import Choice
from cxkit.widgets.live_map import LiveMap

__all__ = ["Piece", "Pieces"]


@dataclass(frozen=True)
class Piece:
    """A piece to read: its key, its name in the list, and what it says."""

    key: str
    label: str
    block: Group


class Pieces(ipywidgets.VBox):
    """One of several pieces, with a choice above where there are several.

    Args:
        name: What the choice is about, in one word.
        label: What stands over the choice.
        theme: The client's look.
    """

    def __init__(self, *, name: str, label: str, theme: Theme = DEFAULT) -> None:
        self._theme, self._pieces = theme, dict[str, Piece]()
        self.choice, self.page = Choice(name=name, label=label), box(name="cx-page-of")
        # An anywidget takes no classes, its box does.
        self._over = box(self.choice, name="cx-lone")
        super().__init__([self._over, self.page])
        self.add_class("cx-panel-read")
        self.choice.observe(lambda _: self._show(), "value")

    @property
    def chosen(self) -> str:
        """Key of the piece that is shown."""
        return self.choice.value

    @chosen.setter
    def chosen(self, key: str) -> None:
        self.choice.value = key

    @property
    def block(self) -> Block:
        """The piece that is shown."""
        found = self._pieces.get(self.chosen)
        return found.block if found else Group(())

    def show(self, pieces: Sequence[Piece]) -> None:
        """Show other pieces, the same one of them as before if it is still there."""
        self._pieces = {p.key: p for p in pieces}
        key = self.chosen if self.chosen in self._pieces else next(iter(self._pieces), "")
        turn = self._over.remove_class if len(pieces) > 1 else self._over.add_class
        turn("cx-away")
        if pieces:
            self.choice.offer([Option(p.key, p.label) for p in pieces], value=key)
        self._show()

    def _show(self) -> None:
        before, kinds = self.page.children, groupby(flatten([self.block]), key=_kind)
        self.page.children = tuple(part for kind, run in kinds for part in self._parts(kind, list(run)))
        for part in before:
            part.close()

    def _parts(self, kind: type[Block], run: list[Block]) -> Iterator[ipywidgets.DOMWidget]:
        """Maps and charts live; what lies between them is HTML."""
        for blocks in [[b] for b in run] if kind in (Lanes, Figure) else [run]:
            first = blocks[0]
            if isinstance(first, Lanes):
                part = LiveMap()
                part.show(first, theme=self._theme)
            elif isinstance(first, Figure):
                part = FigureBox(self._theme)
                part.show(first)
            else:
                part = Html()
                part.show(blocks, theme=self._theme)
            yield part


def _kind(block: Block) -> type[Block]:
    return type(block) if isinstance(block, Lanes | Figure) else Block
