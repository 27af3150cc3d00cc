"""What every widget is made of: the style sheet, HTML from blocks, a chart that is updated in place, a message."""

from __future__ import annotations

from functools import lru_cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets

from cxkit._blocks import MIME, PLOTLY_MIME, Block, Figure, Group, Table, Text
from cxkit._html import Canvas, flow_html, inline_html, render
from cxkit._plain import plain
from cxkit._theme import DEFAULT, Theme, css, theme_of, themed_spec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxkit._format import Words
    from cxkit.errors import CxkitError
    from cxkit.evidence.view import View

__all__ = ["FigureBox", "Html", "Shown", "box", "framed", "message_block", "message_html", "style", "theme_for"]


class Shown:
    """A widget that is a block as well: where no kernel runs, its bundle shows the block."""

    @property
    def block(self) -> Block:
        """What a page shows of the widget as it stands."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401
        from cxkit._html import notebook_html

        block = self.block
        live = super()._repr_mimebundle_(**kwargs) or {}  # pyright: ignore[reportAttributeAccessIssue]
        data = live[0] if isinstance(live, tuple) else live
        return {**data, "text/plain": plain(block), "text/html": notebook_html(block), MIME: block.to_json()}


class Html(ipywidgets.HTML):
    """Blocks as HTML, updated only when they differ."""

    def show(self, blocks: Sequence[Block], *, theme: Theme = DEFAULT) -> None:
        """Show blocks in place of what was there."""
        html = flow_html(blocks, Canvas(theme, charts=False))
        self.write(html and f'<div class="cx cx-flow">{html}</div>')

    def write(self, html: str) -> None:
        """Show HTML in place of what was there."""
        if html != self.value:
            self.value = html


class FigureBox(ipywidgets.VBox):
    """A figure: its title, its chart, and under it what has to be said and the numbers."""

    def __init__(self, theme: Theme = DEFAULT) -> None:
        self._theme = theme
        self._head, self._chart, self._foot = Html(), ipywidgets.Output(), Html()
        self._chart.add_class("cx-chart")
        super().__init__([self._head, self._chart, self._foot])
        self.add_class("cx-figure-box")

    def show(self, block: Figure | Text) -> None:
        """Show a figure, or the sentence that says why there is none, in place of what was there."""
        if not isinstance(block, Figure):
            self._head.show([block], theme=self._theme)
            self._chart.outputs, self._foot.value = (), ""
            return
        self._head.write(_head(block))
        self._foot.write(_foot(block))
        outputs = (_output(themed_spec(block.spec, self._theme)),)
        if outputs != self._chart.outputs:
            self._chart.layout.min_height = f"{block.spec['layout'].get('height', 280)}px"
            self._chart.outputs = outputs


def box(*children: ipywidgets.Widget, name: str) -> ipywidgets.Box:
    """Widgets in a box that the style sheet lays out by its name."""
    made = ipywidgets.Box(children)
    made.add_class(name)
    return made


def framed(widget: ipywidgets.Box, *children: ipywidgets.Widget, theme: Theme = DEFAULT) -> None:
    """Fill a widget that stands on its own: its style sheet, then its parts."""
    widget.children = (style(theme), *children)
    for name in ("cx", "cx-widget"):
        widget.add_class(name)


def style(theme: Theme = DEFAULT) -> ipywidgets.HTML:
    """The style sheet, as a widget without any height."""
    made = ipywidgets.HTML(f"<style>{_css(theme)}</style>")
    made.add_class("cx-style")
    return made


def theme_for(view: View) -> Theme:
    """The client's look."""
    brand = view.manifest.client.brand
    return theme_of(accent=brand.accent, ink=brand.second, font=brand.font)


def message_block(error: CxkitError, words: Words) -> Group:
    """A fault as text: what, where, and what to do."""
    lines = [error.what, *_place(error, words)]
    return Group((Text(tuple((line,) for line in lines)),))


def message_html(error: CxkitError, words: Words) -> str:
    """A fault as a calm box: what, where, and what to do; never a traceback."""
    what, *rest = [error.what, *_place(error, words)]
    more = "".join(f"<p>{inline_html(line)}</p>" for line in rest)
    first = f'<p class="what">{inline_html(what)}</p>'
    return f'<div class="cx"><div class="cx-message" role="status">{first}{more}</div></div>'


def _place(error: CxkitError, words: Words) -> list[str]:
    where = words.say("widget.error.where", where=error.where) if error.where else ""
    return [part for part in (where, error.hint) if part]


@lru_cache
def _css(theme: Theme) -> str:
    own = Path(__file__).with_name("widgets.css").read_text(encoding="utf-8")
    # As in the theme: three classes outweigh what a notebook's own style sheet says of tables and boxes.
    return css(theme) + own.replace(".cx.cx-", ".cx.cx.cx.cx-").replace(".cx ", ".cx.cx.cx ")


def _head(figure: Figure) -> str:
    return (
        f'<div class="cx cx-figure"><p class="title" role="heading" aria-level="2">{inline_html(figure.title)}</p>'
        f'<p class="sub">{inline_html(figure.subtitle)}</p><p class="cx-unseen">{escape(figure.alt)}</p></div>'
    )


def _foot(figure: Figure) -> str:
    table = render(Table("", figure.columns, figure.rows), Canvas(charts=False))
    note = f'<p class="note">{inline_html(figure.note)}</p>' if figure.note else ""
    numbers = f"<details><summary>{inline_html(figure.table_label or figure.subtitle)}</summary>{table}</details>"
    return f'<div class="cx cx-figure"><div class="foot">{note}{numbers}</div></div>'


def _output(spec: dict[str, Any]) -> dict[str, Any]:
    shown = {**spec, "config": {"displayModeBar": False, "responsive": True}}
    return {"output_type": "display_data", "data": {PLOTLY_MIME: shown}, "metadata": {}}
