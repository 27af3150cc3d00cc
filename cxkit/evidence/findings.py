"""Findings of studies: numbers that need rows to be made, made once, and cut no further.

A study is a journey's measurement, say; its findings are Estimates with a name, as cells are, so that commentary,
plays and gates refer to them in the same way.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

from cxkit.evidence.cells import (
    Slice,
    cell_id,
    estimate_cells,
    estimate_of_row,
    fingerprint_of,
    slice_of_text,
    slice_text,
)
from cxkit.evidence.estimate import Estimate

__all__ = ["Finding", "findings_from_csv", "findings_to_csv"]

_HEAD = ["id", "study", "item", "measure", "unit", "better", "slice"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One number of a study.

    Attributes:
        study: The study, such as "journey/moving".
        item: What of the study it is about, such as a step; "" for the whole.
        measure: What was measured, such as "drop_off".
        unit: Unit of the value, as KPIs have.
        better: "higher", "lower" or "neither".
        definition: Hash of what was counted.
        slice: The customers that it is about; () for all.

    Example:
        >>> share = Estimate(0.34, 0.29, 0.39, 412, method="Wilson score")
        >>> Finding("journey/moving", "identity_check", "drop_off", "percent", "lower", share, "1f0c22aa").id
        'journey/moving/identity_check/drop_off'
    """

    study: str
    item: str
    measure: str
    unit: str
    better: str
    estimate: Estimate
    definition: str
    slice: Slice = ()

    @property
    def id(self) -> str:
        """The stable name of the finding."""
        named = [self.study, self.item] if self.item else [self.study]
        return cell_id("/".join(named), self.measure, self.slice)

    @property
    def fingerprint(self) -> str:
        """Six characters that change when the number or its definition changes."""
        return fingerprint_of(self.definition, self.estimate)


def findings_to_csv(findings: Iterable[Finding]) -> str:
    """The findings as CSV text, one a line."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*_HEAD, *estimate_cells(None), "definition", "fingerprint"])
    for f in findings:
        told = [f.id, f.study, f.item, f.measure, f.unit, f.better, slice_text(f.slice)]
        writer.writerow([*told, *estimate_cells(f.estimate), f.definition, f.fingerprint])
    return out.getvalue()


def findings_from_csv(text: str) -> list[Finding]:
    """The findings that `findings_to_csv` wrote."""
    return [_finding(row) for row in csv.DictReader(io.StringIO(text))]


def _finding(row: dict[str, str]) -> Finding:
    named = (row["study"], row["item"], row["measure"], row["unit"], row["better"])
    return Finding(*named, estimate_of_row(row), row["definition"], slice_of_text(row["slice"]))
