"""The cube: one cell for each KPI, period and slice, and the comparisons declared between them."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import cast

from cxkit.evidence.estimate import Difference, Estimate, Status, Verdict

__all__ = ["Cell", "Comparison", "Slice", "cell_id", "cells_from_csv", "cells_to_csv"]
__all__ += ["comparisons_from_csv", "comparisons_to_csv", "estimate_cells", "estimate_of_row", "fingerprint_of"]
__all__ += ["slice_of_text", "slice_text"]

Slice = tuple[tuple[str, str], ...]
"""Pairs of dimension and value, in the order of the engagement; () is the total."""


def cell_id(kpi: str, period: str, slice_: Slice = ()) -> str:
    """The stable name of a cell, which commentary and plays refer to.

    Example:
        >>> cell_id("nps", "2026-Q3", (("region", "South"),))
        'nps/2026-Q3/region=South'
    """
    return "/".join([kpi, period, *(f"{_escape(d)}={_escape(v)}" for d, v in slice_)])


@dataclass(frozen=True, slots=True)
class Cell:
    """One KPI, in one period, for one slice of the customers."""

    kpi: str
    length: str
    period: str
    slice: Slice
    estimate: Estimate
    definition: str

    @property
    def id(self) -> str:
        """The stable name of the cell."""
        return cell_id(self.kpi, self.period, self.slice)

    @property
    def fingerprint(self) -> str:
        """Six characters that change when the number or its definition changes."""
        return fingerprint_of(self.definition, self.estimate)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A cell against another: the period before, the baseline, or the rest of the customers.

    Attributes:
        against: "previous", "baseline" or "rest".
        other: The period compared with, or "rest".
        difference: The first minus the second; None where the two cannot be compared.
        p_adjusted: The p value after correction within its family.
        family: The comparisons that were corrected together: its name, a colon and its size.
        verdict: What the test allows to be said.
        why: Why the two cannot be compared, or "".
    """

    kpi: str
    length: str
    period: str
    slice: Slice
    against: str
    other: str
    difference: Difference | None
    p_adjusted: float | None
    family: str
    verdict: Verdict
    why: str = ""

    @property
    def real(self) -> bool:
        """Whether the test, after correction, tells the two apart."""
        return self.verdict in ("better", "worse", "changed")


def fingerprint_of(definition: str, estimate: Estimate) -> str:
    """Six characters that tell a number from what it was, or was defined as, before."""
    # Nine digits: the last ones of a float are not the same on every machine.
    value = "" if estimate.value is None else f"{estimate.value:.9g}"
    return hashlib.sha256(f"{definition} {estimate.status} {estimate.n} {value}".encode()).hexdigest()[:6]


_ESTIMATE = [f.name for f in fields(Estimate)]
_DIFFERENCE = [f.name for f in fields(Difference)]
_CELL = ["id", "kpi", "length", "period", "slice", *_ESTIMATE, "definition", "fingerprint"]
_COMPARISON = ["kpi", "length", "period", "slice", "against", "other", *_DIFFERENCE, "p_adjusted", "family"]
_TOLD = ["verdict", "why"]


def cells_to_csv(cells: Iterable[Cell]) -> str:
    """The cells as CSV text, one a line, floats to the last digit."""
    rows = (
        [
            c.id,
            c.kpi,
            c.length,
            c.period,
            slice_text(c.slice),
            *estimate_cells(c.estimate),
            c.definition,
            c.fingerprint,
        ]
        for c in cells
    )
    return _csv(_CELL, rows)


def cells_from_csv(text: str) -> list[Cell]:
    """The cells that `cells_to_csv` wrote."""
    return [
        Cell(
            kpi=r["kpi"],
            length=r["length"],
            period=r["period"],
            slice=slice_of_text(r["slice"]),
            estimate=estimate_of_row(r),
            definition=r["definition"],
        )
        for r in csv.DictReader(io.StringIO(text))
    ]


def comparisons_to_csv(comparisons: Iterable[Comparison]) -> str:
    """The comparisons as CSV text, one a line."""
    rows = (
        [c.kpi, c.length, c.period, slice_text(c.slice), c.against, c.other]
        + [_text(getattr(c.difference, f, None)) for f in _DIFFERENCE]
        + [_text(c.p_adjusted), c.family, c.verdict, c.why]
        for c in comparisons
    )
    return _csv([*_COMPARISON, *_TOLD], rows)


def comparisons_from_csv(text: str) -> list[Comparison]:
    """The comparisons that `comparisons_to_csv` wrote."""
    return [
        Comparison(
            kpi=r["kpi"],
            length=r["length"],
            period=r["period"],
            slice=slice_of_text(r["slice"]),
            against=r["against"],
            other=r["other"],
            difference=_difference(r),
            p_adjusted=_float(r["p_adjusted"]),
            family=r["family"],
            verdict=cast("Verdict", r["verdict"]),
            why=r["why"],
        )
        for r in csv.DictReader(io.StringIO(text))
    ]


def _csv(header: list[str], rows: Iterable[list[str]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def _text(value: object) -> str:
    return "" if value is None else repr(value) if isinstance(value, float) else str(value)


def estimate_cells(estimate: Estimate | None) -> list[str]:
    """The fields of an estimate as texts of a CSV row; for None, the names of the columns."""
    return list(_ESTIMATE) if estimate is None else [_text(getattr(estimate, f)) for f in _ESTIMATE]


def estimate_of_row(row: dict[str, str]) -> Estimate:
    """The estimate that `estimate_cells` wrote."""
    return Estimate(
        value=_float(row["value"]),
        low=_float(row["low"]),
        high=_float(row["high"]),
        n=int(row["n"]) if row["n"] else None,
        method=row["method"],
        status=cast("Status", row["status"]),
        base=_float(row["base"]),
        se=_float(row["se"]),
        note=row["note"],
        n_eff=_float(row.get("n_eff", "")),
        left_out=int(row["left_out"]) if row.get("left_out") else None,
    )


def _difference(row: dict[str, str]) -> Difference | None:
    if not row["value"]:
        return None
    return Difference(
        value=float(row["value"]),
        low=_float(row["low"]),
        high=_float(row["high"]),
        p=_float(row["p"]),
        method=row["method"],
        detectable=_float(row["detectable"]),
    )


def _float(text: str) -> float | None:
    return float(text) if text else None


_ESCAPES = {"%": "%25", "&": "%26", "=": "%3D", "\r": "%0D", "\n": "%0A"}


def slice_text(slice_: Slice) -> str:
    """A slice as one text, which `slice_of_text` reads back."""
    # A value may hold any character, so the pair is escaped where it would be read as two.
    return "&".join(f"{_escape(d)}={_escape(v)}" for d, v in slice_)


def slice_of_text(text: str) -> Slice:
    """The slice that `slice_text` wrote."""
    pairs = (p.split("=") for p in text.split("&") if p)
    return tuple((_unescape(d), _unescape(v)) for d, v in pairs)


def _escape(text: str) -> str:
    for mark, code in _ESCAPES.items():
        text = text.replace(mark, code)
    return text


def _unescape(text: str) -> str:
    for mark, code in reversed(_ESCAPES.items()):
        text = text.replace(code, mark)
    return text
