"""Real public exports through the same commands, to the last digit of figures computed elsewhere."""

from __future__ import annotations

import pytest
from conftest import TODAY
from sqlglot import exp

from cxkit._table import open_database
from cxkit.data.read import read_tables
from cxkit.engagement import Engagement

SFO = "surveys/2017_SFO_Customer_Survey_20250817.csv"
CNCF = "surveys/CNCF_Maintainers_Survey_2021_H2.csv"
CDNOW = "clv/CDNOW_sample.txt"
ECOM = "journeys/ecom.csv.gz"
TELCO = "churn/Telco-Customer-Churn.csv"


def measured(engagement: Engagement):
    engagement.measure(today=TODAY)
    return engagement.view()


def test_airport_figures(real):
    view = measured(real("sfo", SFO))
    nps, weighted = view.cell("nps").estimate, view.cell("nps_weighted").estimate
    assert (round(nps.value, 3), nps.n) == (39.840, 2746)
    assert round(weighted.value, 3) == 40.398
    assert round(100 * view.cell("csat").estimate.value, 3) == 82.068
    assert round(view.cell("security_ease_mean").estimate.value, 3) == 4.307
    assert round(100 * view.cell("security_ease").estimate.value, 2) == 82.01


def test_airport_blanks_are_not_promoters(real):
    engagement = real("sfo", SFO)
    sources = engagement.root / "sources.yaml"
    assert round(measured(engagement).cell("nps").estimate.value, 2) != 41.63
    sources.write_text(sources.read_text().replace('missing: ["11", Blank]', "missing: [Blank]"))
    found = type(engagement)(engagement.root).check()
    assert {(f.column, f.value) for f in found.faults} == {("NETPRO", "11")}


def test_airport_weights_widen_the_interval(real):
    view = measured(real("sfo", SFO))
    plain, weighted = view.cell("nps").estimate, view.cell("nps_weighted").estimate
    assert weighted.high - weighted.low > plain.high - plain.low


def test_maintainers_figures_and_their_caveat(real):
    view = measured(real("cncf", CNCF))
    nps = view.cell("nps").estimate
    assert (round(nps.value, 3), nps.n) == (62.745, 102)
    assert "1 to 10" in nps.note


def test_telco_figures(real):
    view = measured(real("telco", TELCO))
    churn, lost, kept = (view.cell(k).estimate for k in ("churned", "revenue_churned", "revenue_kept"))
    assert (round(100 * churn.value, 3), churn.n) == (26.537, 7043)
    assert round(100 * lost.value, 3) == 30.503
    assert round(100 * kept.value, 3) == 69.497
    assert round(kept.base, 2) == 456116.60


@pytest.mark.parametrize(("contract", "share"), [("Month-to-month", 42.71), ("One year", 11.27), ("Two year", 2.83)])
def test_telco_churn_by_contract(real, contract, share):
    cell = measured(real("telco", TELCO)).cell("churned", (("contract", contract),))
    assert round(100 * cell.estimate.value, 2) == share


def test_telco_blank_totals_are_no_faults(real):
    assert real("telco", TELCO).check().sound


def counted(engagement: Engagement, table: str, *columns: str) -> tuple[int, ...]:
    """Rows of a table, and how many different values some of its columns have."""
    with open_database() as db:
        tables = read_tables(db, engagement.sources, root=engagement.root)
        assert tables.faults == []
        different = (exp.Count(this=exp.Distinct(expressions=[exp.column(c)])) for c in columns)
        return db.rows(exp.select(exp.Count(this=exp.Star()), *different).from_(table))[0]


def test_purchases_without_a_header_go_through(real):
    engagement = real("cdnow", CDNOW)
    assert counted(engagement, "orders", "customer_id", "order_id") == (6919, 2357, 6919)
    value = measured(engagement).cell("order_value").estimate
    spent = [float(line.split()[4]) for line in (engagement.root / "data/CDNOW_sample.txt").read_text().splitlines()]
    paid = [s for s in spent if s > 0]
    assert value.n == len(paid)
    assert value.value == pytest.approx(sum(paid) / len(paid))


def test_purchases_that_are_alike_are_asked_about(real):
    engagement = real("cdnow", CDNOW)
    path = engagement.root / "sources.yaml"
    path.write_text(path.read_text().replace("    duplicates: keep\n", ""))
    (fault,) = type(engagement)(engagement.root).check().faults
    assert (fault.count, fault.stops) == (21, True)
    path.write_text(path.read_text().replace("    columns:", "    duplicates: drop\n    columns:"))
    assert counted(type(engagement)(engagement.root), "orders") == (6919 - 21,)


def test_packed_clicks_go_through(real):
    assert counted(real("ecom", ECOM), "interactions", "customer_id", "case_id") == (31106, 600, 3605)
