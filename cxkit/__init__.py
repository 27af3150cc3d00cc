"""cxkit: from a client's exports to numbers with their uncertainty, and to reports worth reading out.

The map, from the ground up; a row imports only from rows below it:

    cli                                     the commands
    report                                  notebook → page, batch, ledger
    engagement                              the folder; the one object a notebook starts from
    kpi                                     definitions, kinds, measuring, comparing, drawing
    data                                    contracts, exports, mapping, privacy
    evidence                                Estimates, cells, manifest: the border that no customer's row crosses
    errors _documents _sql _table _blocks … files, SQL, text and looks

A notebook needs three lines:

    import cxkit
    view = cxkit.open_engagement("acme").view("2026-Q3")
    cxkit.draw_answer(view)

Names below are loaded when they are first used, so that `import cxkit` costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cxkit.engagement import Engagement, open_engagement
    from cxkit.errors import CxkitError
    from cxkit.evidence.cells import Cell, Comparison
    from cxkit.evidence.estimate import Difference, Estimate
    from cxkit.evidence.view import Evidence, View
    from cxkit.kpi.draw import (
        draw_answer,
        draw_commentary,
        draw_definitions,
        draw_header,
        draw_provenance,
        draw_scorecard,
        draw_segments,
        draw_trends,
    )

__version__ = "0.1.0"

__all__ = [
    "Cell",
    "Comparison",
    "CxkitError",
    "Difference",
    "Engagement",
    "Estimate",
    "Evidence",
    "View",
    "draw_answer",
    "draw_commentary",
    "draw_definitions",
    "draw_header",
    "draw_provenance",
    "draw_scorecard",
    "draw_segments",
    "draw_trends",
    "open_engagement",
]

_HOMES = {
    "cxkit.engagement": ("Engagement", "open_engagement"),
    "cxkit.errors": ("CxkitError",),
    "cxkit.evidence.cells": ("Cell", "Comparison"),
    "cxkit.evidence.estimate": ("Difference", "Estimate"),
    "cxkit.evidence.view": ("Evidence", "View"),
    "cxkit.kpi.draw": tuple(name for name in __all__ if name.startswith("draw_")),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:  # noqa: ANN401
    if name not in _HOME:
        raise AttributeError(f"module 'cxkit' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
