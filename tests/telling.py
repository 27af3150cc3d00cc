"""A journey with numbers made by hand, so that what is said of it can be tested without measuring anything."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import fake
from journeys import journey

from cxkit.evidence.estimate import Estimate
from cxkit.evidence.findings import Finding
from cxkit.evidence.manifest import DimensionRecord, StudyRecord
from cxkit.evidence.view import View
from cxkit.journey.model import Journey, journey_hash
from cxkit.journey.told import JourneyState, Told

UNITS = {"hours_to_next": "hours", "hours_to_next_p90": "hours", "score": "score", "money": "money"}


def share(value: float, half: float = 0.02, n: int = 1000) -> Estimate:
    return Estimate(value, max(value - half, 0.0), min(value + half, 1.0), n, "Wilson score")


def drawn(**steps: dict[str, Any]) -> Journey:
    """A journey of the steps that are given, each with what is said of it."""
    told = [{"id": i, "label": i.capitalize(), "events": [i], **given} for i, given in steps.items()]
    return journey(phases=[{"id": "all", "label": "All", "steps": told}])


def telling(given: Journey, numbers: dict[Any, Estimate], *, audience: str = "client", state: Any = None) -> Told:
    """What the numbers say; a key is (step, measure), with (dimension, value) behind it where it is cut."""
    meaning = journey_hash(given)
    findings = tuple(
        Finding(
            f"journey/{given.id}", key[0], key[1], UNITS.get(key[1].partition("=")[0], "percent"), "lower", e,
            meaning, tuple(key[2:]),
        )
        for key, e in numbers.items()
    )  # fmt: skip
    cuts = {d: [] for key in numbers for d, _ in key[2:]}
    for key in numbers:
        for d, v in key[2:]:
            cuts[d] = [*cuts[d], *([v] if v not in cuts[d] else [])]
    study = StudyRecord(
        id=f"journey/{given.id}", kind="journey", label=given.label, definition=meaning, counts="cases",
        first="2026-01-01", last="2026-06-30", items={s.id: s.label for s in given.steps}, method="Sums.",
    )  # fmt: skip
    seen = fake.view(audience=audience)
    records = tuple(DimensionRecord(id=d, label=d.capitalize(), values=tuple(vs)) for d, vs in cuts.items())
    manifest = seen.manifest.model_copy(update={"studies": (study,), "dimensions": records})
    view = View(replace(seen.evidence, manifest=manifest, findings=findings), seen.period, audience)
    return Told(view, state or JourneyState(given), given)
