"""What a client opens: the numbers, and the journeys, plays, plan and gates that stand on them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import ipywidgets

from cxkit._blocks import Block, Group, Heading, Text, flatten
from cxkit._format import words
from cxkit.chain import Work, draw_chain
from cxkit.engagement import Engagement, open_engagement
from cxkit.errors import CxkitError
from cxkit.journey.draw import JourneyState
from cxkit.journey.read import read_journeys
from cxkit.kpi.board import board_blocks
from cxkit.kpi.choose import Chosen, Wish
from cxkit.kpi.draw import draw_commentary, draw_definitions, draw_header, draw_provenance
from cxkit.kpi.sentences import says
from cxkit.plan.draw import draw_gates
from cxkit.playbook.model import read_playbook
from cxkit.playbook.recommend import recommend
from cxkit.widgets._board import Board
from cxkit.widgets._pieces import Pieces
from cxkit.widgets._shell import Html, Shown, framed, message_block, message_html, theme_for
from cxkit.widgets.journey_map import journey_pieces
from cxkit.widgets.plan_board import plan_pieces
from cxkit.widgets.play_board import play_pieces
from cxkit.widgets.tabs import Tabs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxkit.evidence.view import View
    from cxkit.widgets._pieces import Piece

__all__ = ["Dashboard"]

CHOICES = ("length", "period", "against", "split", "and_by")
READ = ("journeys", "plays", "plan", "definitions")
_LISTS = {"journeys": ("journey", "journey"), "plays": ("plays", "plays_shown"), "plan": ("workstream", "workstream")}


@dataclass(frozen=True)
class Tab:
    """What a tab shows: pieces to choose from, what always stands there, and what is wrong."""

    pieces: Sequence[Piece] = ()
    rest: tuple[Block, ...] = ()
    fault: CxkitError | None = None

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not self.pieces and not any(flatten(self.rest))


class Dashboard(Shown, ipywidgets.VBox):
    """The client's dashboard over the evidence of one engagement; it opens no export and no customer's row.

    What cannot be shown says so in its place: what was found, where, and what to do about it.

    Args:
        engagement: The engagement, or its folder.
        today: The day on which age and delay are judged; the day of the measurement if empty.

    Attributes:
        chosen: What is shown: KPI, period, comparison, split; None where there are no numbers.
    """

    def __init__(self, engagement: str | Path | Engagement, *, today: dt.date | None = None) -> None:
        super().__init__()
        self.add_class("cx-dash")
        self._today, self._fault, self._board = today, None, None
        try:
            opened = engagement if isinstance(engagement, Engagement) else open_engagement(engagement)
            self._stamp, evidence = _stamp(opened.root), opened.evidence()
            notes = opened.notes(evidence)
            self._engagement, self._evidence = opened, evidence.manifest.evidence
            self._board = Board(
                evidence, Wish(), audience="client", notes=notes, choices=CHOICES, before=self._look
            )  # fmt: skip
        except CxkitError as error:
            self._fault = error
            framed(self, Html(message_html(error, words())))
            return
        self._lay_out(self._board)

    @property
    def chosen(self) -> Chosen | None:
        """What is shown of the numbers."""
        return self._board.state if self._board else None

    @property
    def block(self) -> Block:
        """The dashboard as a page shows it, its tabs one after the other."""
        if self._board is None:
            return message_block(self._fault, words()) if self._fault else Group(())
        w, parts = says(self._view), [draw_header(self._view), board_blocks(self._board.state)]
        for name in READ:
            parts += [Heading(w.say(f"dashboard.{name}")), *self._read(name)]
        return Group(tuple(parts))

    def choose(self, **changes: str) -> None:
        """Show another `kpi`, `length`, `period`, `against`, `split` or `and_by`.

        Raises:
            ParameterError: Nothing was measured there.
        """
        if self._board:
            self._board.choose(**changes)

    @property
    def _view(self) -> View:
        assert self._board is not None  # noqa: S101
        return self._board.state.view

    def _lay_out(self, board: Board) -> None:
        w, theme = says(self._view), theme_for(self._view)
        self._banner, header = Html(), Html()
        self._banner.add_class("cx-dash-note")
        header.add_class("cx-dash-head")
        header.show([draw_header(self._view)], theme=theme)
        self._lists = {n: Pieces(name=a, label=w.say(f"widget.{b}"), theme=theme) for n, (a, b) in _LISTS.items()}
        self._pages = {name: Html() for name in READ}
        panels: dict[str, tuple[str, ipywidgets.DOMWidget]] = {"numbers": (w.say("dashboard.numbers"), board)}
        for name in READ:
            parts = [self._pages[name], *([self._lists[name]] if name in self._lists else [])]
            # The plan comes before its gates, the chain before its plays.
            ordered = parts[::-1] if name == "plan" else parts
            panels[name] = (w.say(f"dashboard.{name}"), ipywidgets.VBox(ordered))
        self.tabs = Tabs(panels, label=w.say("dashboard.tabs"))
        self.tabs.observe(lambda _: self._turn(), "chosen")
        framed(self, header, self._banner, self.tabs, *self.tabs.panels.values(), theme=theme)

    def _turn(self) -> None:
        """Show the tab that was chosen as its files are now."""
        self._look()
        name, w, theme = self.tabs.chosen, says(self._view), theme_for(self._view)
        if name not in READ:
            return
        tab = self._tab(name)
        if name in self._lists:
            self._lists[name].show(tab.pieces)
        if tab.fault:
            self._pages[name].write(message_html(tab.fault, w))
        else:
            said = (Text(((w.say(f"dashboard.no_{name}"),),)),) if tab.empty else tab.rest
            self._pages[name].show(said, theme=theme)

    def _read(self, name: str) -> list[Block]:
        """A tab as a page shows it."""
        tab, w = self._tab(name), says(self._view)
        pieces = [p.block for p in tab.pieces[: None if name == "journeys" else 1]]
        said = [message_block(tab.fault, w)] if tab.fault else []
        return [*said, *pieces, *tab.rest] if name == "plan" else [*said, *tab.rest, *pieces]

    def _tab(self, name: str) -> Tab:
        assert self._board is not None  # noqa: S101
        view = self._board.view
        if name == "definitions":
            return Tab(rest=(draw_definitions(view), draw_provenance(view)))
        try:
            return _of_work(name, view, self._engagement.work(view, today=self._today))
        except CxkitError as error:
            return self._alone(name, view, error)

    def _alone(self, name: str, view: View, fault: CxkitError) -> Tab:
        """What can still be read where another part is at fault, under the fault."""
        root = self._engagement.root
        try:
            if name == "journeys":
                states = [JourneyState(p.as_is, p.to_be) for p in read_journeys(root).values()]
                return Tab(journey_pieces(view, states), fault=fault)
            if name == "plays":
                return Tab(play_pieces(view, recommend(read_playbook(root), view)), fault=fault)
        except CxkitError as own:
            return Tab(fault=own)
        return Tab(fault=fault)

    def _look(self) -> None:
        """Say so if the evidence on disk is no longer the one that is shown."""
        stamp = _stamp(self._engagement.root)
        if stamp == self._stamp:
            return
        self._stamp, w = stamp, says(self._view)
        try:
            now = self._engagement.evidence().manifest.evidence
        except CxkitError:
            now = ""
        said = "" if now == self._evidence else w.say("dashboard.again" if now else "dashboard.gone")
        self._banner.write(said and message_html(CxkitError(said), w))


def _of_work(name: str, view: View, work: Work) -> Tab:
    if name == "journeys":
        about = tuple(n for n in view.notes if n.cell.startswith("journey/"))
        return Tab(journey_pieces(view, work.journeys), (draw_commentary(replace(view, notes=about)),))
    if name == "plays":
        return Tab(play_pieces(view, work.plays), (draw_chain(view, work),))
    return Tab(plan_pieces(view, work.plan), (draw_gates(view, work.gates),))


def _stamp(root: Path) -> tuple[int, int]:
    """What changes when the evidence is written again; cheap enough to look at on every click."""
    try:
        found = (root / "evidence" / "manifest.json").stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size
