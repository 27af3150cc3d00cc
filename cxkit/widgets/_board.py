"""The board under the KPI widgets and the dashboard: choices, cards, one KPI's course, its segments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import ipywidgets

from cxkit._blocks import Text
from cxkit._format import Words
from cxkit.errors import ParameterError
from cxkit.kpi.board import board_cards, board_comments, board_figure, board_shape, board_table
from cxkit.kpi.choose import Chosen, Wish, settle
from cxkit.kpi.sentences import says
from cxkit.widgets._shell import FigureBox, Html, box, theme_for
from cxkit.widgets.cards import CardChoice
from cxkit.widgets.choice import Choice

if TYPE_CHECKING:
    from cxkit.evidence.view import Evidence, Note, View

__all__ = ["Board"]

LABELS = {"kpi": "kpi", "length": "period", "period": "ending", "against": "compare", "split": "split"}
LABELS |= {"and_by": "and_by"}


class Board(ipywidgets.VBox):
    """One KPI over time, and by segment beside it, under the choices that lead there.

    Args:
        evidence: What was measured.
        wish: What to show first.
        audience: For whom.
        notes: The advisor's commentary.
        choices: Names of the choices to offer.
        cards: Whether to show the cards.
        side: Whether to show the segments beside the chart.
        before: Called before anything new is shown.

    Attributes:
        state: What is shown.

    Raises:
        ParameterError: No KPI was measured.
    """

    def __init__(
        self,
        evidence: Evidence,
        wish: Wish,
        *,
        audience: str,
        notes: Iterable[Note],
        choices: Sequence[str] = (),
        cards: bool = True,
        side: bool = True,
        before: Callable[[], None] | None = None,
    ) -> None:
        if not evidence.manifest.kpis:
            hint = "`cxkit report` and `cxkit draw` show the journeys; with a KPI there is a dashboard."
            raise ParameterError("No KPI was measured, only journeys.", hint=hint)
        self._evidence, self._audience, self._notes = evidence, audience, tuple(notes)
        self._before = before or (lambda: None)
        self.state = self._settled(wish)
        self._wish = self.state.wish
        w, theme = says(self.state.view), theme_for(self.state.view)
        self._theme, self.choices = theme, {name: _choice(name, w) for name in choices}
        self.cards, self.figure = CardChoice(label=w.say("widget.cards")) if cards else None, FigureBox(theme)
        self._table, self._comments, self._note = Html(), Html(), Html()
        # Segments have their place beside the course; what stands behind a score is about all customers.
        self.shape = FigureBox(theme) if cards else None
        super().__init__(self._laid_out(side=side))
        self.add_class("cx-panel")
        self.show()
        for name, choice in self.choices.items():
            choice.observe(lambda change, name=name: self._chosen(name, change["new"]), "value")
        if self.cards:
            self.cards.observe(lambda change: self._chosen("kpi", change["new"]), "chosen")

    def choose(self, **changes: str) -> None:
        """Show something else.

        Raises:
            ParameterError: There is nothing measured to show there.
        """
        wish = replace(self._wish, **changes)
        state = self._settled(wish)
        for name, value in changes.items():
            if getattr(state, name) != value:
                free = ", ".join(o.value for o in state.options[name] if not o.disabled)
                raise ParameterError(
                    f"Nothing was measured for {name} {value!r}.", hint=f"There are: {free or 'none'}."
                )
        self._before()
        self._wish, self.state = wish, state
        self.show()

    @property
    def view(self) -> View:
        """The evidence in the chosen period, with every comparison: what plays and gates are judged by."""
        return self._evidence.at(self.state.period, audience=self._audience, notes=self._notes)

    def show(self) -> None:
        """Show what is chosen; what has not changed is left alone."""
        state, theme = self.state, self._theme
        for name, choice in self.choices.items():
            choice.offer(state.options[name], value=getattr(state, name))
        if self.cards:
            cards, note = board_cards(state.view)
            self.cards.show(cards, [k.id for k in state.view.manifest.kpis], chosen=state.kpi, theme=theme)
            self._note.show([note], theme=theme)
        self.figure.show(board_figure(state))
        if self.shape:
            shape = board_shape(state)
            self.shape.layout.display = None if shape else "none"
            self.shape.show(shape or Text(()))
        self._table.show([board_table(state)], theme=theme)
        self._comments.show(board_comments(state), theme=theme)

    def _chosen(self, name: str, value: str) -> None:
        # The answer to `show` itself is no choice.
        if value != getattr(self.state, name):
            self.choose(**{name: value})

    def _settled(self, wish: Wish) -> Chosen:
        return settle(self._evidence, wish, audience=self._audience, notes=self._notes)

    def _laid_out(self, *, side: bool) -> list[ipywidgets.Widget]:
        parts: list[Any] = [box(*self.choices.values(), name="cx-choices")] if self.choices else []
        parts += [self.cards] if self.cards else []
        drawn = box(self.figure, *([self.shape] if self.shape else []), name="cx-drawn")
        beside = box(self._table, self._comments, name="cx-side")
        parts.append(box(drawn, beside, name="cx-beside") if side else drawn)
        return parts + ([self._note] if self.cards else [])


def _choice(name: str, w: Words) -> Choice:
    return Choice(name=name, label=w.say(f"widget.{LABELS[name]}"))
