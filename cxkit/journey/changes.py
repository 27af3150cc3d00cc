"""A change between two versions of a journey, as data: what kind it is, where, what was there and what is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from cxkit.journey.parts import Money, Score

__all__ = ["Change", "KpiKey", "Part", "Place", "Value"]

Part = Literal["journey", "phase", "step", "persona", "proof"]
KpiKey = tuple[str, tuple[tuple[str, str], ...]]
"""A KPI by its id, and the dimensions and values that it is cut by."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a step or a phase stands.

    Attributes:
        phase: Label of the phase that a step stands in; "" for a phase.
        after: Label of what comes before it there; "" for the first.
    """

    phase: str = ""
    after: str = ""


Value = str | float | bool | dt.date | Place | Score | Money | tuple[str, ...] | tuple[KpiKey, ...] | None


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs between two versions of a journey.

    Attributes:
        kind: "added", "removed", "moved", "renamed" or "id"; else the field that differs, such as "owner".
        part: What of the journey it is about.
        id: Which of them, as the later version calls it; "" for the journey.
        label: The same in words.
        name: Which entry of the field: a persona of the emotion, a channel, the measure of a target, an act; of a
            step that changed places with another the id of that.
        detail: What of that entry differs, such as the deadline of an offer; or its label.
        before: What was there; None where nothing was. Of a list of names only those that are gone, of channels all.
        after: What is there now, in the same way.
    """

    kind: str
    part: Part
    id: str
    label: str
    name: str = ""
    detail: str = ""
    before: Value = None
    after: Value = None

    @property
    def step(self) -> str:
        """The step that it is about, by id; "" where it is about another part."""
        return self.id if self.part == "step" else ""
