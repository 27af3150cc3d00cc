"""What tests of traps share: the wrong number must be refused, or be nowhere in what was measured."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import pytest
from build import ENGAGEMENT, SOURCES, small_engagement
from conftest import TODAY

from cxkit.engagement import Engagement
from cxkit.errors import ExportError

SCORE = 'score: {column: Score, missing: ["99"]}'
HEADER = "Response,Date,Id,Score,Channel"


def survey(scores: Iterable[object]) -> str:
    """A survey of these answers, one a customer, at different minutes."""
    lines = [
        f"R{i},2026-{(2, 5, 8)[i % 3]:02d}-{i % 28 + 1:02d} {i % 12 + 8:02d}:{i % 60:02d}:0{i % 10},C{i % 120},{s},Web"
        for i, s in enumerate(scores)
    ]
    return "\n".join([HEADER, *lines]) + "\n"


def asked(folder: Path, scores: Iterable[object], *, score: str = SCORE, **more: str) -> Engagement:
    return small_engagement(folder, sources=SOURCES.replace(SCORE, score), survey__csv=survey(scores), **more)


def whole(folder: Path, kpi: str = "nps", **content: str | bytes) -> Engagement:
    """An engagement that measures one KPI over all its months."""
    text = content.pop("engagement", ENGAGEMENT)
    text = text.replace("periods: [quarter]", "periods: [all]").replace("kpis: [nps]", f"kpis: [{kpi}]")
    return small_engagement(folder, engagement=text, **content)


def nps(scores: Iterable[float]) -> float:
    """The Net Promoter Score as anybody would count it."""
    given = pd.Series(list(scores), dtype=float)
    return float(100 * ((given >= 9).mean() - (given <= 6).mean()))


def numbers(engagement: Engagement) -> list[float]:
    """Every number that the evidence holds."""
    evidence = engagement.evidence()
    return [c.estimate.value for c in evidence.cells if c.estimate.value is not None]


def measured(engagement: Engagement, kpi: str = "nps", *, not_: float) -> float:
    """The number of a KPI over all months, after it was made sure that the wrong one is nowhere in the evidence."""
    engagement.measure(today=TODAY)
    assert not [v for v in numbers(engagement) if v == pytest.approx(not_, abs=1e-9)]
    value = engagement.view("all").cell(kpi).estimate.value
    assert value is not None
    return value


def refused(engagement: Engagement, *parts: str) -> str:
    """The refusal, which names the place and what to do; nothing was measured, and `check` says it too."""
    with pytest.raises(ExportError) as error:
        engagement.measure(today=TODAY)
    text = str(error.value)
    assert [p for p in parts if p not in text] == [], text
    assert not (engagement.root / "evidence").exists()
    stops = [f for f in engagement.check(today=TODAY).faults if f.stops]
    assert stops
    assert all(f.hint and f.file for f in stops)
    return text


def line_of(text: str, name: str, *, nth: int = 0) -> str:
    """A line of the mapping that a hint says to write."""
    return re.findall(rf"{name}: \{{(?:[^{{}}]|\{{[^{{}}]*\}})*\}}", text)[nth]


def workbook(rows: list[list[object]], formats: dict[int, str] | None = None) -> bytes:
    """A sheet as bytes; `formats` gives columns the number format of a spreadsheet."""
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet("Sheet")
    styles = {c: book.add_format({"num_format": f}) for c, f in (formats or {}).items()}
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            style = styles.get(c) if r else None
            sheet.write(r, c, value, *([style] if style else []))
    book.close()
    return out.getvalue()
