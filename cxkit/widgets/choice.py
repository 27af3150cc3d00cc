"""A choice of several, some of which may be closed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxkit.kpi.choose import Option

__all__ = ["Choice"]


class Choice(anywidget.AnyWidget):
    """A labelled list to choose one from; unlike ipywidgets' own it can close options that lead nowhere.

    Attributes:
        name: What the choice is about, in one word; the page's element carries it.
        label: What stands over it.
        options: What there is: value, label, disabled.
        value: The value chosen.
        hint: What stands under it, or "".

    Example:
        >>> region = [{"value": "N", "label": "North"}, {"value": "S", "label": "South", "disabled": True}]
        >>> Choice(label="Region", options=region, value="N").value
        'N'
    """

    _esm = Path(__file__).with_name("choice.js")

    name = traitlets.Unicode().tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)
    options = traitlets.List(traitlets.Dict()).tag(sync=True)
    value = traitlets.Unicode().tag(sync=True)
    hint = traitlets.Unicode().tag(sync=True)

    def offer(self, options: Sequence[Option], *, value: str) -> None:
        """Other options and the one chosen among them, at once."""
        listed = [{"value": o.value, "label": o.label, "disabled": o.disabled} for o in options]
        with self.hold_trait_notifications():
            self.options, self.value = listed, value

    @traitlets.validate("value")
    def _open(self, proposal: Any) -> str:  # noqa: ANN401
        value = proposal["value"]
        found = next((o for o in self.options if o["value"] == value), None)
        if found is None or (found.get("disabled") and any(not o.get("disabled") for o in self.options)):
            free = ", ".join(repr(o["value"]) for o in self.options if not o.get("disabled"))
            raise traitlets.TraitError(f"{self.label or 'The choice'} cannot be {value!r}; there are: {free or 'none'}")
        return value
