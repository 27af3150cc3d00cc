"""Tabs over panels."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import anywidget
import ipywidgets
import traitlets

__all__ = ["Tabs"]


class Tabs(anywidget.AnyWidget):
    """A list of tabs that shows one of several panels; arrow keys go from tab to tab.

    Args:
        panels: By key, the name of the tab and what it shows.
        label: What the tabs are, for those who do not see them.

    Attributes:
        chosen: Key of the tab that is shown.
    """

    _esm = Path(__file__).with_name("tabs.js")

    tabs = traitlets.List(traitlets.Dict()).tag(sync=True)
    chosen = traitlets.Unicode().tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)
    uid = traitlets.Unicode().tag(sync=True)

    def __init__(self, panels: dict[str, tuple[str, ipywidgets.DOMWidget]], *, label: str = "") -> None:
        uid = uuid4().hex[:8]
        self.panels = {key: panel for key, (_, panel) in panels.items()}
        for key, panel in self.panels.items():
            panel.add_class("cx-panel")
            panel.add_class(f"cx-panel-{uid}-{key}")
        tabs = [{"key": key, "label": name} for key, (name, _) in panels.items()]
        super().__init__(tabs=tabs, label=label, uid=uid, chosen=next(iter(panels), ""))
        self._turn()

    @traitlets.observe("chosen")
    def _turn(self, _change: object = None) -> None:
        for key, panel in getattr(self, "panels", {}).items():
            turn = panel.remove_class if key == self.chosen else panel.add_class
            turn("cx-away")

    @traitlets.validate("chosen")
    def _there(self, proposal: dict) -> str:
        keys = [t["key"] for t in self.tabs]
        if proposal["value"] not in keys:
            raise traitlets.TraitError(f"There is no tab {proposal['value']!r}; there are: {', '.join(keys)}")
        return proposal["value"]
