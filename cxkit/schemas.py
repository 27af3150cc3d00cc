"""JSON Schemas of the edited files, so that an editor completes and underlines: `python -m cxkit.schemas`."""

from __future__ import annotations

import json
from pathlib import Path

from cxkit._documents import write_atomic
from cxkit._share import share_path
from cxkit.data.settings import NoteHead, Settings, Sources
from cxkit.journey.lifecycle import Lifecycle
from cxkit.journey.model import Journey
from cxkit.kpi.model import DerivedTable, Kpi
from cxkit.plan.model import Gate, Plan
from cxkit.playbook.model import Pack

__all__ = ["MODELS", "schema_text", "write_schemas"]

MODELS = {
    "engagement": Settings,
    "sources": Sources,
    "kpi": Kpi,
    "table": DerivedTable,
    "note": NoteHead,
    "journey": Journey,
    "lifecycle": Lifecycle,
    "playbook": Pack,
    "plan": Plan,
    "gate": Gate,
}
"""Edited files by the name of their schema."""


def schema_text(name: str) -> str:
    """The JSON Schema of one kind of edited file.

    Example:
        >>> '"title": "Kpi"' in schema_text("kpi")
        True
    """
    return json.dumps(MODELS[name].model_json_schema(), indent=1, ensure_ascii=False) + "\n"


def write_schemas(folder: Path) -> None:
    """Write all schemas into a folder."""
    for name in MODELS:
        write_atomic(folder / f"{name}.json", schema_text(name))


if __name__ == "__main__":
    write_schemas(share_path("templates/schemas"))
