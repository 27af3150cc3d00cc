"""Losses told apart by definition, cohorts and survival, each against counting by hand or a published example."""

from __future__ import annotations

import datetime as dt
import itertools
import math

import pandas as pd
import pytest
from kpi.catalogue.rows import CATALOGUE, measure_cells, measure_rows, times, vector

from cxkit.errors import MergeError
from cxkit.kpi.cube import roll_up
from cxkit.kpi.model import DerivedTable, Kpi

CHURN = ["churn", "churn_average_base", "churn_all_losses", "churn_rate"]
QUARTER = {"2026-01": "2026-Q1", "2026-02": "2026-Q1", "2026-03": "2026-Q1"}


def customer(joined: str | None, left: str | None = None) -> dict[str, str | None]:
    return {"joined_on": joined, "left_on": left}


def values(rows, kpis=CHURN, **request):
    found = measure_rows(
        {"customers": [r | {"customer_id": f"C{i}"} for i, r in enumerate(rows)]}, kpis=kpis, **request
    )
    return {k: e.value for k, e in found.items()}


# --- churn -----------------------------------------------------------------------------------------------------------


def definitions():
    given, expected = vector("churn.definitions")
    old, new = "2025-05-05", "2026-01-20"
    rows = times(given["churned_from_start"], **customer(old, "2026-02-10"))
    rows += times(given["start"] - given["churned_from_start"], **customer(old))
    rows += times(given["new_churned"], **customer(new, "2026-03-10"))
    return rows + times(given["new"] - given["new_churned"], **customer(new)), expected


def test_the_definitions_of_churn_give_different_numbers():
    rows, expected = definitions()
    found = values(rows)
    assert found["churn"] == pytest.approx(expected["cohort"])
    assert found["churn_all_losses"] == pytest.approx(expected["naive_all_over_start"])
    assert found["churn_average_base"] == pytest.approx(expected["avg_base"])


def test_churn_of_a_closed_cohort_has_wilsons_limits():
    rows, expected = definitions()
    rows = [r | {"customer_id": f"C{i}"} for i, r in enumerate(rows)]
    found = measure_rows({"customers": rows}, kpis=["churn"])["churn"]
    assert (found.low, found.high) == pytest.approx(expected["wilson"])


def test_losses_per_customer_month():
    # Who leaves on the day after the quarter was there for all of it.
    given, expected = vector("churn.exposure_rate")
    rows = times(given["churn_events"], **customer("2025-01-01", "2026-04-01"))
    rows += times(given["customer_months"] // 3 - given["churn_events"], **customer(None))
    rows = [r | {"customer_id": f"C{i}"} for i, r in enumerate(rows)]
    found = measure_rows({"customers": rows}, kpis=["churn_rate"])["churn_rate"]
    assert found.value == pytest.approx(100 * expected["rate"])
    assert (found.low, found.high) == pytest.approx([100 * e for e in expected["ci"]])
    assert found.base == pytest.approx(given["customer_months"])
    assert 1 - math.exp(-12 * found.value / 100) == pytest.approx(expected["prob_12m"])


def test_part_of_a_month_counts_for_the_part():
    # 16 of January's 31 days, all of February, 10 of March's 31; and one who stays.
    rows = [customer("2026-01-16", "2026-03-11"), *times(3, **customer(None))]
    assert values(rows)["churn_rate"] == pytest.approx(100 / (16 / 31 + 1 + 10 / 31 + 9))


@pytest.mark.parametrize(
    ("joined", "left", "cohort", "flows"),
    [
        pytest.param("2026-01-01", "2026-02-01", (0, 0), (0, 0, 1), id="joins on the first day"),
        pytest.param("2025-12-31", "2026-02-01", (1, 1), (1, 0, 1), id="joins the day before"),
        pytest.param("2025-05-05", "2026-01-01", (0, 0), (0, 0, 0), id="gone on the first day"),
        pytest.param("2025-05-05", "2026-04-01", (1, 1), (1, 0, 1), id="gone after the last day"),
        pytest.param("2025-05-05", "2026-04-02", (0, 1), (1, 1, 0), id="there after the last day"),
        pytest.param("2026-02-10", "2026-02-10", (0, 0), (0, 0, 0), id="joins and leaves the same day"),
        pytest.param(None, None, (0, 1), (1, 1, 0), id="no dates"),
    ],
)
def test_which_side_a_day_falls_on(joined, left, cohort, flows):
    # Ten customers of whom one leaves keep the cell shown; the one in question comes on top.
    gone, there = cohort
    start, end, lost = flows
    rows = [customer("2025-05-05", "2026-02-10"), *times(9, **customer("2025-05-05")), customer(joined, left)]
    found = values(rows)
    assert found["churn"] == pytest.approx((1 + gone) / (10 + there))
    assert found["churn_all_losses"] == pytest.approx((1 + lost) / (10 + start))
    assert found["churn_average_base"] == pytest.approx((1 + lost) / ((10 + start + 9 + end) / 2))


def test_without_customers_there_is_no_number():
    assert measure_cells({"customers": []}, kpis=CHURN).cells == []


def test_a_base_of_joiners_alone_is_none_of_customers_at_the_start():
    rows = times(8, **customer("2026-02-10"))
    found = values(rows, kpis=CHURN[1:])
    assert found == {"churn_average_base": 0, "churn_all_losses": None, "churn_rate": 0}


def test_monthly_churn_is_not_added_up_to_quarters():
    rows = [r | {"customer_id": f"C{i}"} for i, r in enumerate(definitions()[0])]
    cubes = measure_cells({"customers": rows}, kpis=CHURN[:3], period="month").cubes
    for cube in cubes.values():
        with pytest.raises(MergeError, match="adds_over: none"):
            roll_up(cube, "quarter", into=QUARTER)


# --- cohorts ---------------------------------------------------------------------------------------------------------


def triangle(day: int = 10):
    """Cohorts of the published triangle, each customer leaving in the middle of a month of their own."""
    given, expected = vector("retention.triangle")
    rows = []
    for cohort in given["cohorts"]:
        joined = pd.Timestamp(f"{cohort['cohort']}-{day:02d}")
        kept = cohort["retained"]
        for k, (before, after) in enumerate(itertools.pairwise(kept)):
            left = joined + pd.DateOffset(months=k) + pd.Timedelta(days=14)
            rows += times(before - after, **customer(f"{joined:%F}", f"{left:%F}"))
        rows += times(kept[-1], **customer(f"{joined:%F}"))
    return {"customers": [r | {"customer_id": f"C{i}"} for i, r in enumerate(rows)]}, expected


UNTIL = {"last": dt.date(2026, 4, 30)}


@pytest.mark.parametrize("k", [1, 2, 3])
def test_only_mature_cohorts_enter(k):
    rows, expected = triangle()
    found = measure_rows(rows, kpis=["cohort_retention"], parameters={"months_after": k}, **UNTIL)["cohort_retention"]
    assert found.value == pytest.approx(expected["pooled"][str(k)])
    assert found.n == {1: 300, 2: 220, 3: 100}[k]
    wrong = expected["wrong_all_in_denominator"].get(str(k))
    assert wrong is None or abs(found.value - wrong) > 0.1


def test_a_cohort_enters_on_the_day_on_which_all_of_it_is_mature():
    rows, _ = triangle()
    month = {"kpis": ["cohort_retention"], "parameters": {"months_after": 2}, "period": "month", "at": "2026-02"}
    assert measure_rows(rows, last=dt.date(2026, 4, 29), **month)["cohort_retention"].n == 0
    assert measure_rows(rows, last=dt.date(2026, 4, 30), **month)["cohort_retention"].n == 120


def survival(rows, horizon: int, monkeypatch, *, kpi: str = "lifetime", **request):
    monkeypatch.setitem(CATALOGUE.kpis, kpi, CATALOGUE.kpis[kpi].model_copy(update={"horizon": horizon}))
    return measure_rows(rows, kpis=[kpi], **request)[kpi]


@pytest.mark.parametrize("day", [2, 10, 28])
def test_survival_of_joiners_is_the_chain_ladder(day, monkeypatch):
    rows, expected = triangle(day)
    found = survival(rows, 3, monkeypatch, **UNTIL)
    assert (found.value, found.n) == (pytest.approx(expected["chain_ladder_S3"]), 300)


@pytest.mark.parametrize(
    ("joined", "left", "gone_after"),
    [
        ("2026-01-10", "2026-02-10", 1),  # a month of notice, to the day
        ("2026-01-10", "2026-02-11", 2),
        ("2026-01-31", "2026-02-28", 1),  # there is no 31 February
        ("2026-01-01", "2026-01-02", 1),
    ],
)
def test_a_contract_that_ends_on_its_anniversary_was_not_renewed(joined, left, gone_after, monkeypatch):
    people = [customer(joined, left), *times(7, **customer(joined))]
    rows = {"customers": [p | {"customer_id": f"C{i}"} for i, p in enumerate(people)]}
    found = [survival(rows, k, monkeypatch, period="month", at="2026-01", **UNTIL).value for k in (1, 2)]
    assert found == [pytest.approx(7 / 8 if gone_after <= k else 1) for k in (1, 2)]


def test_nobody_is_known_to_stay_longer_than_the_data_go(monkeypatch):
    rows, _ = triangle()
    assert survival(rows, 4, monkeypatch, **UNTIL).value is None


def test_a_month_that_is_not_over_counts_for_nobody(monkeypatch):
    # Of a month from 10 February nobody is watched to the end, so that who left in it is no more known than the rest.
    people = [customer("2026-01-10", "2026-02-20"), *times(7, **customer("2026-01-10"))]
    rows = {"customers": [p | {"customer_id": f"C{i}"} for i, p in enumerate(people)]}
    february = {"period": "month", "at": "2026-01", "last": dt.date(2026, 2, 28)}
    assert [survival(rows, k, monkeypatch, **february).value for k in (1, 2)] == [1, None]


def test_a_month_that_ends_with_the_data_is_over(monkeypatch):
    people = [customer("2026-02-01", "2026-02-20"), *times(7, **customer("2026-02-01"))]
    rows = {"customers": [p | {"customer_id": f"C{i}"} for i, p in enumerate(people)]}
    february = {"period": "month", "at": "2026-02", "last": dt.date(2026, 2, 28)}
    assert survival(rows, 1, monkeypatch, **february).value == pytest.approx(7 / 8)


def test_who_leaves_on_the_day_of_joining_never_was_a_customer(monkeypatch):
    people = [customer("2026-01-10", "2026-01-10"), *times(7, **customer("2026-01-10"))]
    rows = {"customers": [p | {"customer_id": f"C{i}"} for i, p in enumerate(people)]}
    found = survival(rows, 1, monkeypatch, period="month", at="2026-01", **UNTIL)
    assert (found.value, found.n) == (1, 7)


def test_who_leaves_after_the_data_end_is_still_there(monkeypatch):
    rows, _ = triangle()
    later = [r | {"left_on": r["left_on"] or "2026-06-01"} for r in rows["customers"]]
    assert survival({"customers": later}, 3, monkeypatch, **UNTIL) == survival(rows, 3, monkeypatch, **UNTIL)


def test_months_of_joining_added_up_are_the_quarter_measured_directly():
    rows, _ = triangle()
    for kpi, parameters in [("cohort_retention", {"months_after": 2}), ("lifetime", None)]:
        request = {"kpis": [kpi], "parameters": parameters, **UNTIL}
        by_month = measure_cells(rows, period="month", **request).cubes[kpi]
        added, direct = roll_up(by_month, "quarter", into=QUARTER), measure_cells(rows, **request).cubes[kpi]
        i, j = added.keys.index(("quarter", "2026-Q1", ())), direct.keys.index(("quarter", "2026-Q1", ()))
        assert added.sums.n[i] == direct.sums.n[j] > 0
        assert added.sums.y[i] == direct.sums.y[j] > 0
        assert added.estimates.low[i] == pytest.approx(direct.estimates.low[j], nan_ok=True)


def test_tallies_of_months_add_up_to_those_of_the_quarter(monkeypatch):
    rows, expected = triangle()
    monkeypatch.setitem(CATALOGUE.kpis, "lifetime", CATALOGUE.kpis["lifetime"].model_copy(update={"horizon": 3}))
    by_month = measure_cells(rows, kpis=["lifetime"], period="month", **UNTIL).cubes["lifetime"]
    added = roll_up(by_month, "quarter", into=QUARTER)
    i = added.keys.index(("quarter", "2026-Q1", ()))
    assert added.estimates.value[i] == pytest.approx(expected["chain_ladder_S3"])


# --- survival at this period's losses --------------------------------------------------------------------------------


def people():
    """Customers of all ages, some of whom leave in the first quarter of 2026."""
    joined = pd.date_range("2024-07-03", "2026-02-20", freq="11D")
    left = [d + pd.Timedelta(days=40 + 37 * i % 500) if i % 3 == 0 else pd.NaT for i, d in enumerate(joined)]
    # Some end on an anniversary, which closes the month before it.
    left[4::5] = [d + pd.DateOffset(months=(2026 - d.year) * 12 + 2 - d.month) for d in joined[4::5]]
    frame = pd.DataFrame({"joined": joined, "left": pd.Series(left, dtype="datetime64[ns]")})
    return frame[frame.left.isna() | (frame.left > "2026-01-01")]


def hazards(frame: pd.DataFrame, since: str, until: str) -> dict[int, tuple[int, int]]:
    """Losses and customers at risk in each month of being one that lies within the days."""
    found: dict[int, tuple[int, int]] = {}
    for row in frame.itertuples():
        for k in range(1, 40):
            began, reached = (row.joined + pd.DateOffset(months=m) for m in (k - 1, k))
            if began >= pd.Timestamp(since) and reached <= pd.Timestamp(until) and not row.left <= began:
                lost, risk = found.get(k, (0, 0))
                found[k] = lost + (row.left <= reached), risk + 1
    return found


def test_survival_at_this_periods_losses_counts_everyone_from_the_month_they_are_seen(monkeypatch):
    frame = people()
    rows = [
        customer(f"{r.joined:%F}", None if pd.isna(r.left) else f"{r.left:%F}") | {"customer_id": f"C{r.Index}"}
        for r in frame.itertuples()
    ]
    found = survival({"customers": rows}, 12, monkeypatch, kpi="lifetime_period")
    expected = hazards(frame, "2026-01-01", "2026-04-01")
    assert found.value == pytest.approx(math.prod(1 - lost / risk for k, (lost, risk) in expected.items() if k <= 12))
    assert 0 < found.value < 1
    assert found.n == sum(risk for _, risk in expected.values())


# --- a table of one's own --------------------------------------------------------------------------------------------

TRIAL = {
    "id": "trial", "meaning": "Patients", "grain": "a patient", "time": "joined_on", "adds_over": "time",
    "source": "test", "needs": {"customers": ["joined_on"]},
    "columns": {"joined_on": "date", "days": "integer", "ended": "boolean"},
    "sql": "select joined_on, ended = 'true' as ended, "
    "date_diff('day', joined_on, cast(seen_until as date)) as days from customers",
}  # fmt: skip
REMISSION = {
    "id": "remission", "label": "Remission", "question": "?", "kind": "survival", "table": "trial", "unit": "percent",
    "duration": "days", "ended": "ended", "horizon": 6, "shows": "kept", "better": "higher", "source": "test",
}  # fmt: skip
MEDIAN = {"id": "median", "kind": "quantile", "value": "days", "share": 0.5, "unit": "days"}


@pytest.fixture
def trial(monkeypatch):
    given, expected = vector("survival.km.freireich_6mp")
    start = dt.date(2026, 1, 1)
    rows = [
        {"joined_on": start, "seen_until": start + dt.timedelta(days=t), "ended": "true" if event else "false"}
        for t, event in zip(given["t"], given["event"], strict=True)
    ]
    monkeypatch.setitem(CATALOGUE.tables, "trial", DerivedTable.model_validate(TRIAL))
    monkeypatch.setitem(CATALOGUE.places, "trial", "tables/trial.yaml")
    return {"customers": rows}, expected


def test_survival_of_a_published_trial_from_rows(trial, monkeypatch):
    rows, expected = trial
    monkeypatch.setitem(CATALOGUE.kpis, "remission", Kpi.model_validate(REMISSION))
    for day, share in expected["surv"].items():
        found = survival(rows, int(day), monkeypatch, kpi="remission")
        assert (found.value, found.se) == pytest.approx((share, expected["se_greenwood"][day]), abs=1e-8)
        assert [found.low, found.high] == pytest.approx(expected["ci_loglog"][day], abs=1e-8)


def test_median_of_a_published_trial_from_rows(trial, monkeypatch):
    rows, expected = trial
    survived = {k: v for k, v in REMISSION.items() if k not in ("duration", "horizon", "shows")}
    monkeypatch.setitem(CATALOGUE.kpis, "median", Kpi.model_validate(survived | MEDIAN))
    found = measure_rows(rows, kpis=["median"])["median"]
    low, high = expected["median_ci"]
    assert (found.value, found.low) == pytest.approx((expected["median"], low), rel=0.01)  # buckets of 2 %
    assert found.high is high is None
