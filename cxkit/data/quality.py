"""What checking the exports found: what was read, what is wrong, and what can be measured on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from cxkit.data.faults import Fault
from cxkit.data.readiness.bias import Bias
from cxkit.data.readiness.judging import Readiness
from cxkit.data.readiness.profile import Profile
from cxkit.evidence.manifest import SourceRecord

__all__ = ["SEVERITIES", "Checked", "Flaw", "Possible", "Severity"]

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
"""How much a flaw matters, the gravest first."""


@dataclass(frozen=True)
class Flaw:
    """Something in an edited file that reads and can be drawn, and should not stay as it is.

    Attributes:
        kind: Which rule found it, such as "no_owner".
        file: The file, from the engagement's folder.
        line: Where in it, from 1.
        what: What was found, as a sentence.
        hint: What to do about it.

    Example:
        >>> Flaw("error", "no_owner", "journeys/moving.to-be.yaml", 12, "Nobody owns it.").where
        'journeys/moving.to-be.yaml:12'
    """

    severity: Severity
    kind: str
    file: str
    line: int
    what: str
    hint: str = ""

    @property
    def where(self) -> str:
        """File and line."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Possible:
    """Whether a KPI can be measured.

    Attributes:
        lacks: Columns that it needs and nobody mapped, as `table.column`.
        chosen: Whether it is on the scorecard.
    """

    id: str
    label: str
    lacks: tuple[str, ...] = ()
    chosen: bool = False


@dataclass(frozen=True)
class Checked:
    """What `check` found.

    Attributes:
        faults: Everything wrong with the exports.
        sources: What was read from each, and what was left out.
        kpis: Ids of the KPIs that will be measured.
        notes: What is no fault and should be known.
        possible: Every KPI of the catalogue, and what it lacks.
        coverage: First and last day of each table.
        arrivals: What has come since the last measurement, in sentences.
        profile: Every source, counted.
        uses: What the exports are good for, with what stands in the way.
        bias: Those who answered against the customers they answer for.
        flaws: What should be mended in the maps, the gravest first.
    """

    faults: tuple[Fault, ...]
    sources: tuple[SourceRecord, ...]
    kpis: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    possible: tuple[Possible, ...] = ()
    coverage: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    arrivals: tuple[str, ...] = ()
    profile: tuple[Profile, ...] = ()
    uses: tuple[Readiness, ...] = ()
    bias: tuple[Bias, ...] = ()
    flaws: tuple[Flaw, ...] = ()

    def with_notes(self, *notes: str) -> Checked:
        """The same, with more notes."""
        return replace(self, notes=(*self.notes, *notes))

    def judged(
        self, profile: tuple[Profile, ...], uses: tuple[Readiness, ...], bias: tuple[Bias, ...]
    ) -> Checked:  # fmt: skip
        """The same, with what the exports are good for."""
        return replace(self, profile=profile, uses=uses, bias=bias)

    def able(self, kpis: tuple[str, ...], possible: tuple[Possible, ...]) -> Checked:
        """The same, with the KPIs that will be measured and all that can be."""
        return replace(self, kpis=kpis, possible=possible)

    def with_flaws(self, *flaws: Flaw) -> Checked:
        """The same, with what should be mended in the maps."""
        return replace(self, flaws=(*self.flaws, *flaws))

    @property
    def sound(self) -> bool:
        """Whether there is nothing to mend in the exports."""
        return not self.faults
