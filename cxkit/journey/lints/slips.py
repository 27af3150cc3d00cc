"""What a rule is given, and what it finds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from cxkit.data.quality import Severity
from cxkit.journey.graph import places

if TYPE_CHECKING:
    from cxkit.evidence.view import View
    from cxkit.journey.model import Journey, JourneyPair, Step

__all__ = ["Held", "Loc", "Slip"]

Loc = tuple[str | int, ...]


@dataclass(frozen=True)
class Slip:
    """Something that a rule found: how much it matters, which text says it, where it stands, and with which words."""

    severity: Severity
    kind: str
    loc: Loc
    values: Mapping[str, object] = field(default_factory=dict[str, object])


@dataclass(frozen=True)
class Held:
    """One version of a journey, and what it is held against.

    Attributes:
        known: Ids of all journeys.
        played: Journey and step of each play that acts on one.
        view: The evidence, or None before anything is measured.
        staged: Whether there is a lifecycle.
    """

    journey: Journey
    pair: JourneyPair
    known: frozenset[str]
    today: dt.date
    played: frozenset[tuple[str, str]] = frozenset()
    view: View | None = None
    staged: bool = False

    @property
    def planned(self) -> bool:
        """Whether it is a to-be."""
        return self.journey.version == "to-be"

    @cached_property
    def places(self) -> tuple[tuple[Loc, Step], ...]:
        """Each step with where it stands."""
        return tuple(places(self.journey))
