"""A clickstream and a map are enough: an engagement without any KPI is measured, reported and drawn."""

from __future__ import annotations

import datetime as dt

import pytest
from build import small_engagement

import cxkit
from cxkit.errors import CxkitError

SOURCES = """cxkit: 1
sources:
  - id: clicks
    table: interactions
    files: data/clicks.csv
    columns: {interaction_id: id, customer_id: user, started_at: at, step: page}
"""
MAP = """cxkit: 1
id: buy
version: as-is
label: Buying
unit: customer
phases:
  - id: all
    label: All
    steps:
      - {id: look, label: Look, events: [look]}
      - {id: pay, label: Pay, events: [pay]}
"""
ENGAGEMENT = """cxkit: 1
id: shop
client: Shop
industry: transaction
start: 2026-09-07
weeks: 8
periods: [quarter]
data_until: 2026-09-30
"""
TODAY = dt.date(2026, 11, 12)


@pytest.fixture
def shop(tmp_path):
    rows = [f"l{i},u{i},2026-07-{1 + i % 28:02d} 10:00:00,look" for i in range(80)]
    rows += [f"p{i},u{i},2026-09-{1 + i % 28:02d} 10:00:00,pay" for i in range(20)]
    return small_engagement(
        tmp_path, engagement=ENGAGEMENT, sources=SOURCES, clicks__csv="\n".join(["id,user,at,page", *rows]) + "\n"
    )


def test_a_map_alone_is_measured(shop):
    (shop.root / "journeys").mkdir()
    (shop.root / "journeys/buy.as-is.yaml").write_text(MAP)
    assert shop.check(today=TODAY).sound
    shop.measure(today=TODAY)
    view = shop.view()
    assert view.finding("journey/buy", "pay", "reach").estimate.value == 0.25
    assert [b.text for b in cxkit.draw_answer(view).blocks[:1]] == ["What customers go through, measured step by step."]
    assert [cxkit.draw_scorecard(view).blocks, cxkit.draw_trends(view).blocks] == [(), ()]
    assert "No KPI was measured" in str(cxkit.Dashboard(shop).block)


def test_all_dimensions_that_are_not_there_are_told_at_once(shop):
    given = "dimensions: {region: {label: Region}, acquired_via: {label: Via}}\n"
    (shop.root / "engagement.yaml").write_text(ENGAGEMENT + given)
    with pytest.raises(CxkitError, match="'region', 'acquired_via' are no columns of any table"):
        cxkit.open_engagement(shop.root).check(today=TODAY)


def test_without_a_map_there_is_nothing_to_measure(shop):
    with pytest.raises(CxkitError, match="No KPI can be measured"):
        shop.check(today=TODAY)
