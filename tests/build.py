"""Small engagements for tests, written file by file."""

from __future__ import annotations

import itertools
from pathlib import Path

from cxkit.engagement import Engagement, open_engagement

ENGAGEMENT = """\
cxkit: 1
id: small
client: Small Co
industry: contract
start: 2026-09-07
weeks: 6
periods: [quarter]
data_from: 2026-01-01
data_until: 2026-09-30
dimensions:
  region: {label: Region}
kpis: [nps]
"""

SOURCES = """\
cxkit: 1
sources:
  - id: crm
    table: customers
    files: data/crm.csv
    columns: {customer_id: Id, region: Region}
  - id: survey
    table: responses
    files: data/survey*.csv
    columns:
      response_id: Response
      responded_at: Date
      customer_id: Id
      score: {column: Score, missing: ["99"]}
      channel: Channel
"""

_SCORES = [10, 9, 9, 8, 7, 10, 6, 3, 9, 10]


def crm_rows(customers: int = 120) -> list[str]:
    return ["Id,Region", *(f"C{i},{('North', 'South')[i % 2]}" for i in range(customers))]


def survey_rows(answers: int = 360, *, customers: int = 120, months: tuple[int, ...] = (2, 5, 8)) -> list[str]:
    rows = ["Response,Date,Id,Score,Channel"]
    for i, month in zip(range(answers), itertools.cycle(months), strict=False):
        rows.append(f"R{i},2026-{month:02d}-{i % 28 + 1:02d} 10:00:00,C{i * 7 % customers},{_SCORES[i * 3 % 10]},Web")
    return rows


def small_engagement(
    folder: Path, *, engagement: str = ENGAGEMENT, sources: str = SOURCES, **files: str | bytes
) -> Engagement:
    """An engagement with a customer list and a survey; `files` adds or replaces files under data/ by name.

    A name's first `__` stands for the dot: `survey__csv`.
    """
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "engagement.yaml").write_text(engagement, encoding="utf-8")
    (folder / "sources.yaml").write_text(sources, encoding="utf-8")
    content: dict[str, str | bytes] = {
        "crm__csv": "\n".join(crm_rows()) + "\n",
        "survey__csv": "\n".join(survey_rows()) + "\n",
    }
    for name, text in (content | files).items():
        data = text.encode() if isinstance(text, str) else text
        (folder / "data" / name.replace("__", ".")).write_bytes(data)
    return open_engagement(folder)
