"""A small invented client, so that drawings can be tested without measuring anything."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, Any

from cxkit.evidence.cells import Cell, Comparison, Slice
from cxkit.evidence.estimate import Difference, Estimate
from cxkit.evidence.manifest import Change, Client, DimensionRecord, FileRecord, KpiRecord, Manifest, SourceRecord
from cxkit.evidence.view import Evidence, Note, View

if TYPE_CHECKING:
    from collections.abc import Iterator

ATTACK = "<script>alert(1)</script>"
MONTHS = tuple(
    f"{y}-{m:02d}" for y in (2025, 2026) for m in range(1, 13) if (y, m) >= (2025, 11) and (y, m) <= (2026, 10)
)
QUARTERS = ("2025-Q4", "2026-Q1", "2026-Q2", "2026-Q3")
BASELINE = "2026-Q1"

DIMENSIONS = {
    "region": ("North", "East", "South", "West", "Islands"),
    "segment": ("Business", "Online only", "Single-site retail", "Under 6 months", ATTACK),
    "channel": ("Phone", "Chat", "E-mail", "Shop"),
}

# id: label, kind, unit, better, target, start, step over the year, half an interval, n of the total
KPIS: dict[str, tuple[str, str, str, str, float | None, float, float, float, int]] = {
    "nps": ("Net Promoter Score®", "net", "points", "higher", 30, 17, 15, 4.6, 2746),
    "csat": ("Satisfied, top 2 of 5", "proportion", "percent", "higher", 0.80, 0.815, 0.01, 0.016, 3318),
    "ces": ("Found it easy", "proportion", "percent", "higher", 0.75, 0.71, -0.055, 0.021, 1812),
    "fcr": ("First-contact resolution", "proportion", "percent", "higher", 0.72, 0.664, 0.012, 0.014, 4410),
    "contact_rate": ("Contact rate", "rate", "per_100", "lower", 11.0, 14.1, -1.7, 0.6, 41200),
    "churn": ("Monthly churn", "proportion", "percent", "lower", 0.018, 0.0208, 0.0006, 0.0042, 4120),
    "grr": ("Gross revenue retention", "ratio", "percent", "higher", None, 0.962, 0.004, 0.009, 4120),
    "nrr": ("Net revenue retention", "ratio", "percent", "higher", 1.02, 1.012, 0.011, 0.0145, 4120),
}

SHIFTS = {"South": -2.6, "Single-site retail": -0.7, "Business": 1.5, "Online only": 0.9, "Phone": 1.9, "Chat": -1.6}


def client(**changes: Any) -> Client:
    given = {"id": "volta", "name": "Volta Energy", "industry": "energy", "start": "2026-09-07", "weeks": 12}
    return Client(**(given | changes))


def kpi_record(kpi: str, **changes: Any) -> KpiRecord:
    label, kind, unit, better, target, *_ = KPIS[kpi]
    given: dict[str, Any] = {
        "id": kpi, "label": label, "question": QUESTIONS[kpi], "kind": kind, "table": "responses", "unit": unit,
        "better": better, "per": 100.0 if unit == "per_100" else 1.0, "minimum_n": 30, "fields": FIELDS.get(kind, {}),
        "base": "score between 0 and 10", "base_text": "Everyone who answered in the period", "method": "score",
        "source": "cxkit default", "owner": "Head of service" if kpi != "grr" else "", "target": target,
        "definition": f"{hash_of(kpi):08x}", "sql": {n: f"{kpi}.{n}.sql" for n in ("quarter", "month")},
        "dimensions": tuple(DIMENSIONS) if kpi not in ("grr", "nrr") else (),
        "variants": ("transactional NPS",) if kpi == "nps" else (),
        "trademark": TRADEMARK if kpi == "nps" else "",
        "note": "Measured on a scale from 1 to 7." if kpi == "ces" else "",
    }  # fmt: skip
    return KpiRecord(**(given | changes))


QUESTIONS = {
    "nps": "Would customers recommend us?",
    "csat": "Are customers satisfied with the last contact?",
    "ces": "Is it easy to get things done?",
    "fcr": "Is the matter settled at the first contact?",
    "contact_rate": "How often do customers have to contact us?",
    "churn": "How many customers leave in a month?",
    "grr": "How much revenue stays without upselling?",
    "nrr": "How much revenue stays with upselling?",
}
FIELDS = {"net": {"plus": "score >= 9", "minus": "score <= 6"}, "proportion": {"hit": "score >= 4"}}
TRADEMARK = "Net Promoter, NPS and Net Promoter Score are registered trademarks of their owners."


def hash_of(text: str) -> int:
    return sum(ord(c) * 31**i for i, c in enumerate(text)) % 2**32


def estimate(kpi: str, *, at: float, share: float = 1.0, shift: float = 0.0, wobble: float = 0.0) -> Estimate:
    """An estimate of a KPI at a point of the year (0 to 1), for a share of the customers."""
    *_, start, step, half, n = KPIS[kpi]
    sign = -1 if KPIS[kpi][3] == "lower" else 1
    wide = half / math.sqrt(share)
    value = start + step * at + sign * shift * half * 2.4 + wobble * wide
    return Estimate(value=value, low=value - wide, high=value + wide * 1.08, n=round(n * share), method="score")


def slice_estimate(kpi: str, value: str, *, at: float, rng: random.Random, share: float) -> Estimate:
    if value == "Under 6 months":
        return Estimate.without("too_few", n=18)
    if value == "Islands":
        return Estimate.without("suppressed", n=None)
    return estimate(kpi, at=at, share=share, shift=SHIFTS.get(value, 0.0), wobble=rng.uniform(-0.5, 0.5))


def cells() -> Iterator[Cell]:
    rng = random.Random(7)
    for kpi in KPIS:
        for length, periods in (("quarter", QUARTERS), ("month", MONTHS)):
            for i, period in enumerate(periods):
                at, share = i / (len(periods) - 1), 1.0 if length == "quarter" else 0.36
                total = estimate(kpi, at=at, share=share, wobble=0 if length == "quarter" else rng.uniform(-0.45, 0.45))
                if kpi == "fcr" and period in ("2026-02", "2026-03"):
                    total = Estimate.without("too_few", n=18)
                yield cell(kpi, period, (), total)
                if kpi not in ("grr", "nrr"):
                    yield from (
                        cell(
                            kpi, period, ((d, v),), slice_estimate(kpi, v, at=at, rng=rng, share=share / len(vs) / 1.4)
                        )
                        for d, vs in DIMENSIONS.items()
                        for v in vs
                    )


def cell(kpi: str, period: str, slice_: Slice, estimate: Estimate) -> Cell:
    length = "quarter" if "Q" in period else "month"
    return Cell(
        kpi=kpi, length=length, period=period, slice=slice_, estimate=estimate, definition=f"{hash_of(kpi):08x}"
    )


def comparison(first: Cell, second: Estimate, *, against: str, other: str, family: str) -> Comparison:
    given = {"kpi": first.kpi, "length": first.length, "period": first.period, "slice": first.slice}
    e = first.estimate
    if not (e.shown and second.shown):
        none: dict[str, Any] = {"difference": None, "p_adjusted": None, "verdict": "not comparable"}
        return Comparison(**given, against=against, other=other, family=family, why="a side has no value", **none)
    value, half = e.value - second.value, math.hypot(e.high - e.low, second.high - second.low) / 2
    real = abs(value) > half
    higher = (value > 0) == (KPIS[first.kpi][3] == "higher")
    return Comparison(
        **given, against=against, other=other, family=family, p_adjusted=0.001 if real else 0.4,
        difference=Difference(value, value - half, value + half, 0.001 if real else 0.2, "score", half * 1.4),
        verdict=("better" if higher else "worse") if real else "no change shown",
    )  # fmt: skip


def comparisons(found: list[Cell]) -> Iterator[Comparison]:
    by_key = {(c.kpi, c.period, c.slice): c for c in found}
    for c in found:
        periods = QUARTERS if c.length == "quarter" else MONTHS
        i = periods.index(c.period)
        if i and not c.slice:
            before = by_key[c.kpi, periods[i - 1], ()].estimate
            yield comparison(c, before, against="previous", other=periods[i - 1], family=f"previous/{c.period}:8")
        if c.length == "quarter" and c.period > BASELINE and not c.slice:
            base = by_key[c.kpi, BASELINE, ()].estimate
            yield comparison(c, base, against="baseline", other=BASELINE, family=f"baseline/{c.period}:8")
        if c.slice:
            rest = by_key[c.kpi, c.period, ()].estimate
            yield comparison(c, rest, against="rest", other="rest", family=f"rest/{c.kpi}/{c.period}/{c.slice[0][0]}:4")


def manifest(**changes: Any) -> Manifest:
    given: dict[str, Any] = {
        "cxkit": "0.1.0", "versions": {"duckdb": "1.4.1", "python": "3.11.7"}, "evidence": "7f3a91c2d4e5",
        "previous": "51bb07aa9e10", "measured_on": "2026-11-04", "client": client(), "lengths": ("quarter", "month"),
        "periods": {"quarter": QUARTERS, "month": MONTHS}, "data_from": "2025-11-01", "data_until": "2026-10-31",
        "baseline": BASELINE, "threshold": 10, "pairs": (), "kpis": tuple(kpi_record(k) for k in KPIS),
        "dimensions": tuple(DimensionRecord(id=d, label=d.capitalize(), values=v) for d, v in DIMENSIONS.items()),
        "sources": SOURCES, "tables": {"responses": 32118}, "queries": {"responses": "SELECT 1"},
        "suppressed": {"primary": 12, "complementary": 7}, "inputs": "0" * 64,
        "changes": (
            Change(cell="nps/2026-Q3", before=30.9, after=32.0, cause="data"),
            Change(cell="churn/2026-Q3/region=South", before=None, after=0.0271, cause="new"),
            Change(cell="ces/2025-Q3", before=0.72, after=None, cause="gone"),
        ),
        "changes_more": 41,
    }  # fmt: skip
    return Manifest(**(given | changes))


SOURCES = (
    SourceRecord(
        id="survey", table="responses", rows_read=33410, rows_used=32118, rows_rejected=1040, rows_replaced=252,
        values_blanked=77, reasons={"score outside 0 to 10": 911, "date in the future": 129},
        files=(
            FileRecord(path="data/survey_2025.xlsx", sha256="a1" * 32, bytes=1, rows=8000),
            FileRecord(path="data/survey_2026.csv", sha256="b2" * 32, bytes=1, rows=25410),
        ),
    ),
    SourceRecord(
        id="crm", table="customers", rows_read=41200, rows_used=41200, rows_rejected=0, rows_replaced=0,
        values_blanked=0, reasons={}, files=(FileRecord(path="data/crm.csv", sha256="c3" * 32, bytes=1, rows=41200),),
    ),
)  # fmt: skip

NOTES = (
    Note(
        "nps/2026-Q3", "The callback play carries the rise",
        "Since August, customers whose identity check failed are called back within one working day. "
        f"The rise dates from that month and is largest among those called.\n\nIt has not reached the shops: {ATTACK}",
        "Marit de Vries", "2026-11-02", "current",
    ),
    Note(
        "churn/2026-Q3", "Churn has stopped rising", "The February price letter was the last shock we know of.",
        "Marit de Vries", "2026-10-05", "stale", "The number was 1.9 % when this was written; it is now 2.1 %.",
    ),
)  # fmt: skip


def evidence(**changes: Any) -> Evidence:
    found = list(cells())
    sql = {
        f"{k}.{n}.sql": f'SELECT count(*) AS n\nFROM "survey" -- {k}\nWHERE "Score" <= 10'
        for k in KPIS
        for n in ("quarter", "month")
    }
    return Evidence(manifest(**changes), tuple(found), tuple(comparisons(found)), sql)


def view(period: str = "2026-Q3", *, audience: str = "client", **changes: Any) -> View:
    return evidence(**changes).at(period, audience=audience, notes=NOTES)


def empty_view(*, status: str = "too_few", n: int | None = 3) -> View:
    """The same client where no number may be shown."""
    full = evidence()
    none = Estimate.without(status, n=n)
    blank = tuple(Cell(c.kpi, c.length, c.period, c.slice, none, c.definition) for c in full.cells)
    return Evidence(full.manifest, blank, (), {}).at("2026-Q3")
