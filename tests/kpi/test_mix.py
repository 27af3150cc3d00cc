"""What a change is made of: as computed from the cells by hand, and silent where a part may not be shown."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from cxkit._plain import plain
from cxkit.evidence.estimate import Estimate
from cxkit.evidence.view import Evidence
from cxkit.kpi.mix import draw_mix


def by_hand(view, kpi: str, dimension: str, since: str) -> tuple[float, float]:
    parts = [
        [view.cell(kpi, ((dimension, v),), period=p).estimate for v in view.dimension(dimension).values]
        for p in (since, view.period)
    ]
    sizes = [[e.base / sum(x.base for x in ps) for e in ps] for ps in parts]
    values = [[e.value for e in ps] for ps in parts]
    mix = sum((n - t) * (a + b) / 2 for t, n, a, b in zip(*sizes, *values, strict=True))
    rate = sum((b - a) * (t + n) / 2 for t, n, a, b in zip(*sizes, *values, strict=True))
    return mix, rate


@pytest.mark.parametrize("kpi", ["nps", "churn"])
def test_mix_and_rate_are_those_of_the_parts(aldermoor, kpi):
    view = aldermoor.view("2026-Q3")
    mix, rate = by_hand(view, kpi, "region", "2026-Q2")
    change = view.comparison(kpi, "previous").difference.value
    assert mix + rate == pytest.approx(change, rel=1e-9)
    (row,) = [r for r in draw_mix(view, view.kpi(kpi), since="2026-Q2").rows if r[0] == "Region"]
    told = [float(re.sub(r"[^\d.]", "", t)) * (-1 if t[0] == "\u2212" else 1) for t in row[1:]]
    unit = 100 if view.kpi(kpi).unit == "percent" else 1
    assert told == [pytest.approx(v * unit, abs=0.51) for v in (mix, rate)]


def test_where_a_part_is_hidden_nothing_is_told_of_its_dimension(aldermoor):
    view = aldermoor.view("2026-Q3")
    hidden = [
        replace(c, estimate=Estimate.without("suppressed", n=None)) if c.slice == (("region", "South"),) else c
        for c in view.evidence.cells
    ]
    e = view.evidence
    secret = Evidence(e.manifest, tuple(hidden), e.comparisons, e.sql, e.findings).at("2026-Q3")
    assert "Region" not in plain(draw_mix(secret, secret.kpi("nps"), since="2026-Q2"))


def test_what_does_not_add_up_is_not_split(aldermoor):
    view = aldermoor.view("2026-Q3")
    assert draw_mix(view, view.kpi("grr"), since="2026-Q2") is None
