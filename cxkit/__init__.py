"""cxkit: from a client's exports to numbers with their uncertainty, and to reports worth reading out.

The map, from the ground up; a row imports only from rows below it:

    cli                                     the commands
    report widgets serve                    notebook → page, batch, ledger; controls; the dashboard
    engagement                              the folder; the one object a notebook starts from
    chain measuring                         step → number → play → owner → gate; what measuring is made of
    journey playbook plan                   maps, plays, weeks and launch gates over the numbers
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
    from cxkit.chain import Work, draw_chain, draw_lint
    from cxkit.data.draw import draw_faults, draw_readiness
    from cxkit.data.readiness.draw_bias import draw_bias
    from cxkit.data.readiness.draw_message import draw_message
    from cxkit.data.readiness.draw_uses import draw_profile, draw_uses
    from cxkit.engagement import Engagement, open_engagement
    from cxkit.errors import CxkitError
    from cxkit.evidence.cells import Cell, Comparison
    from cxkit.evidence.estimate import Difference, Estimate
    from cxkit.evidence.view import Evidence, View
    from cxkit.journey.backlog import draw_backlog
    from cxkit.journey.draw import draw_flows, draw_journeys, draw_maps, draw_promises
    from cxkit.journey.lifecycle_draw import draw_coverage
    from cxkit.journey.steps import draw_steps
    from cxkit.kpi.baseline import draw_baseline
    from cxkit.kpi.changed import draw_changes
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
    from cxkit.kpi.draw_shapes import draw_distribution, draw_retention, draw_shapes
    from cxkit.kpi.explain import explain
    from cxkit.plan.draw import draw_gates, draw_plan
    from cxkit.plan.tasks import draw_tasks
    from cxkit.playbook.draw import draw_plays
    from cxkit.widgets.choice import Choice
    from cxkit.widgets.dashboard import Dashboard
    from cxkit.widgets.gate_form import GateForm
    from cxkit.widgets.journey_map import JourneyMap
    from cxkit.widgets.kpi_board import KpiBoard
    from cxkit.widgets.plan_board import PlanBoard
    from cxkit.widgets.play_board import PlayBoard
    from cxkit.widgets.segment_comparison import SegmentComparison

__version__ = "0.1.0"

__all__ = [
    "Cell",
    "Choice",
    "Comparison",
    "CxkitError",
    "Dashboard",
    "Difference",
    "Engagement",
    "Estimate",
    "Evidence",
    "GateForm",
    "JourneyMap",
    "KpiBoard",
    "PlanBoard",
    "PlayBoard",
    "SegmentComparison",
    "View",
    "Work",
    "draw_answer",
    "draw_backlog",
    "draw_baseline",
    "draw_bias",
    "draw_chain",
    "draw_changes",
    "draw_commentary",
    "draw_coverage",
    "draw_definitions",
    "draw_distribution",
    "draw_faults",
    "draw_flows",
    "draw_gates",
    "draw_header",
    "draw_journeys",
    "draw_lint",
    "draw_maps",
    "draw_message",
    "draw_plan",
    "draw_plays",
    "draw_profile",
    "draw_promises",
    "draw_provenance",
    "draw_readiness",
    "draw_retention",
    "draw_scorecard",
    "draw_segments",
    "draw_shapes",
    "draw_steps",
    "draw_tasks",
    "draw_trends",
    "draw_uses",
    "explain",
    "open_engagement",
]

_HOMES = {
    "cxkit.chain": ("Work", "draw_chain", "draw_lint"),
    "cxkit.data.draw": ("draw_faults", "draw_readiness"),
    "cxkit.data.readiness.draw_bias": ("draw_bias",),
    "cxkit.data.readiness.draw_message": ("draw_message",),
    "cxkit.data.readiness.draw_uses": ("draw_profile", "draw_uses"),
    "cxkit.engagement": ("Engagement", "open_engagement"),
    "cxkit.errors": ("CxkitError",),
    "cxkit.evidence.cells": ("Cell", "Comparison"),
    "cxkit.evidence.estimate": ("Difference", "Estimate"),
    "cxkit.evidence.view": ("Evidence", "View"),
    "cxkit.journey.backlog": ("draw_backlog",),
    "cxkit.journey.draw": ("draw_flows", "draw_journeys", "draw_maps", "draw_promises"),
    "cxkit.journey.lifecycle_draw": ("draw_coverage",),
    "cxkit.kpi.baseline": ("draw_baseline",),
    "cxkit.kpi.changed": ("draw_changes",),
    "cxkit.kpi.draw": (
        *("draw_answer", "draw_commentary", "draw_definitions", "draw_header", "draw_provenance"),
        *("draw_scorecard", "draw_segments", "draw_trends"),
    ),
    "cxkit.kpi.explain": ("explain",),
    "cxkit.kpi.draw_shapes": ("draw_distribution", "draw_retention", "draw_shapes"),
    "cxkit.journey.steps": ("draw_steps",),
    "cxkit.plan.draw": ("draw_gates", "draw_plan"),
    "cxkit.plan.tasks": ("draw_tasks",),
    "cxkit.playbook.draw": ("draw_plays",),
    "cxkit.widgets.choice": ("Choice",),
    "cxkit.widgets.dashboard": ("Dashboard",),
    "cxkit.widgets.gate_form": ("GateForm",),
    "cxkit.widgets.journey_map": ("JourneyMap",),
    "cxkit.widgets.kpi_board": ("KpiBoard",),
    "cxkit.widgets.plan_board": ("PlanBoard",),
    "cxkit.widgets.play_board": ("PlayBoard",),
    "cxkit.widgets.segment_comparison": ("SegmentComparison",),
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
