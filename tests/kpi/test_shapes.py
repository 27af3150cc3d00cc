"""What stands behind a score says what pandas and statsmodels say, and tells of no few."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from build import ENGAGEMENT, SOURCES, small_engagement
from conftest import TODAY
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from cxkit.evidence.refs import Ref, find
from cxkit.kpi.conceal import hidden_points, safe_times
from cxkit.kpi.distribution import points_of
from cxkit.kpi.model import read_catalogue

SMALL = ENGAGEMENT.replace("dimensions:\n  region: {label: Region}\n", "").replace("[nps]", "[nps, mean]")
MEAN = """\
id: mean
label: Mean
question: What is it?
kind: mean
table: responses
value: score
base: score between 0 and 10
scales: {score: [0, 10]}
unit: score
better: higher
minimum_n: 5
source: a test
"""
HALVES = """\
id: halves
meaning: Half of each score.
grain: an answer
time: responded_at
columns: {customer_id: text, responded_at: timestamp, half: number}
sql: select customer_id, responded_at, score / 2.0 as half from responses
needs: {responses: [customer_id, responded_at, score]}
adds_over: time
repeated_by: customer_id
source: a test
"""
FEW = {0: 6, 1: 2, 5: 9, 6: 8, 7: 30, 8: 20, 9: 25, 10: 40}


@pytest.fixture(scope="module")
def view(aldermoor):
    return aldermoor.view("2026-Q3")


@pytest.fixture(scope="module")
def scores(aldermoor):
    files = sorted((aldermoor.root / "data/survey").glob("*.csv"))
    frame = pd.concat([pd.read_csv(f, encoding="utf-8-sig") for f in files])
    score = frame["Q1 Likelihood to recommend"].where(lambda s: s.between(0, 10))
    quarter = pd.to_datetime(frame["Recorded Date"]).dt.to_period("Q").astype(str)
    return score[quarter == "2026Q3"].dropna()


def measured(folder, counts=FEW, kpis="", repeat=1, **more):
    """A small engagement with so many customers at each point; each of them answers `repeat` times."""
    people = [(f"C{i}", s) for i, s in enumerate(s for s, n in counts.items() for _ in range(n))]
    days = ("2026-01-01", "2026-02-03", "2026-03-31")
    rows = [f"{c}-{k},{days[i % 3]},{c},{s},Web" for i, (c, s) in enumerate(people) for k in range(repeat)]
    answers = "\n".join(["Response,Date,Id,Score,Channel", *rows]) + "\n"
    crm = "\n".join(["Id,Region", *(f"{c},North" for c, _ in people)]) + "\n"
    text = SMALL if kpis else SMALL.replace("[nps, mean]", "[nps]")
    # Made up as they are, many answers are alike.
    kept = SOURCES.replace("files: data/survey*.csv", "files: data/survey*.csv\n    duplicates: keep")
    engagement = small_engagement(
        folder, engagement=text, survey__csv=answers, crm__csv=crm, **({"sources": kept} | more)
    )
    (folder / "kpis").mkdir()
    if kpis:
        (folder / "kpis/mean.yaml").write_text(kpis)
    engagement.measure(today=TODAY)
    return engagement.view("2026-Q1")


def points(view, kpi="nps"):
    found = (f for f in view.evidence.findings if (f.study, f.item) == (f"distribution/{kpi}", view.period))
    return {int(f.measure[3:]): f.estimate for f in found if f.measure.startswith("at_")}


def test_points_as_pandas_has_them(view, scores):
    shares = scores.value_counts(normalize=True)
    found = points(view)
    assert {p: e.value for p, e in found.items()} == pytest.approx({p: shares.get(p, 0.0) for p in range(11)})
    assert {e.n for e in found.values()} == {len(scores)}


def test_the_sides_of_a_net_score_add_up_to_it(view):
    plus, between, minus = (view.finding("distribution/nps", view.period, g) for g in ("plus", "between", "minus"))
    assert 100 * (plus.estimate.value - minus.estimate.value) == pytest.approx(view.cell("nps").estimate.value)
    assert plus.estimate.value + between.estimate.value + minus.estimate.value == pytest.approx(1.0)
    assert (plus.better, between.better, minus.better) == ("higher", "neither", "lower")


@pytest.mark.parametrize("kpi", ["csat", "ces"])
def test_what_counts_adds_up_to_the_share(view, kpi):
    counted = [
        f.estimate.value for f in view.evidence.findings
        if (f.study, f.item, f.better) == (f"distribution/{kpi}", view.period, "higher")
    ]  # fmt: skip
    assert sum(counted) == pytest.approx(view.cell(kpi).estimate.value)


@pytest.mark.parametrize("weight", ["", "weight: score + 1\n"])
def test_a_point_has_the_interval_of_a_share_of_its_own(tmp_path, weight):
    nine = MEAN.replace("kind: mean", "kind: proportion").replace("value: score\n", f"hit: score = 9\n{weight}")
    view = measured(tmp_path, kpis=nine.replace("unit: score", "unit: percent"), repeat=2)
    one, cell = points(view, "mean")[9], view.cell("mean").estimate
    assert (one.value, one.low, one.high) == pytest.approx((cell.value, cell.low, cell.high))
    assert one.n_eff < one.n


def test_a_point_of_few_customers_is_hidden_and_one_more(tmp_path):
    hidden = {p for p, e in points(measured(tmp_path)).items() if not e.shown}
    # One would follow from the share of the detractors: the next smallest of them goes with it.
    assert hidden == {1, 0}


def test_customers_are_counted_not_answers(tmp_path):
    assert points(measured(tmp_path, {8: 30, 9: 3, 10: 30}, repeat=4))[9].status == "suppressed"


def test_a_mean_of_the_same_answers_tells_more_so_more_is_hidden(tmp_path):
    hidden = {p for p, e in points(measured(tmp_path, kpis=MEAN)).items() if not e.shown}
    assert {0, 1} < hidden


def test_where_the_number_is_not_shown_nothing_stands_behind_it(tmp_path):
    view = measured(tmp_path, {0: 2, 10: 1})
    assert not view.cell("nps").estimate.shown
    assert points(view) == {}


def test_answers_between_the_points_are_not_forced_onto_them(tmp_path):
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables/halves.yaml").write_text(HALVES)
    view = measured(
        tmp_path,
        kpis=MEAN.replace("responses", "halves")
        .replace(": score\n", ": half\n")
        .replace("base: score", "base: half")
        .replace("{score: [0, 10]}", "{half: [0, 5]}")
        .replace("unit: half", "unit: score"),
    )
    assert view.cell("mean").estimate.shown
    assert points(view, "mean") == {}
    assert "lie between the points" in view.study("distribution/mean").notes[0]


@pytest.mark.parametrize(("kpi", "scale"), [("nps", range(11)), ("csat", range(1, 6)), ("fcr", None), ("churn", None)])
def test_the_points_of_a_scale(kpi, scale):
    found = points_of(read_catalogue().kpis[kpi])
    assert (found and found[1]) == scale


def test_a_reference_to_a_shape_is_refused_with_the_journeys(view):
    with pytest.raises(Exception, match="The journey 'nps' was not measured") as raised:
        find(view, Ref(journey="nps", measure="at_9"), where=lambda: "here")
    assert "distribution" not in str(raised.value)


@given(
    st.lists(st.integers(0, 30), min_size=3, max_size=9), st.data(), st.integers(2, 8), st.booleans(), st.booleans()
)  # fmt: skip
def test_no_hidden_point_follows_from_what_is_told(units, data, threshold, mean, net):
    side = [float(x) for x in data.draw(st.lists(st.booleans(), min_size=len(units), max_size=len(units)))]
    told = ([side] if net else []) + ([[float(i) for i in range(len(units))]] if mean else [])
    hidden = sorted(hidden_points(units, told=told, threshold=threshold))
    assert {i for i, n in enumerate(units) if 0 < n < threshold} <= set(hidden)
    shown = [i for i in range(len(units)) if i not in hidden]
    if not hidden or not shown:
        return
    known = np.array([*told, [1.0] * len(units)])
    sums = known @ np.array(units, dtype=float) - known[:, shown] @ np.array([units[i] for i in shown], dtype=float)
    # Whoever knows all sums and all that is shown, and lets counts be any number, cannot pin a hidden one down.
    for j in range(len(hidden)):
        c = np.eye(len(hidden))[j]
        ends = [
            linprog(s * c, A_eq=known[:, hidden], b_eq=sums, bounds=(None, None), method="highs") for s in (1, -1)
        ]  # fmt: skip
        assert not all(e.status == 0 for e in ends)


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=12),
    st.integers(1, 7),
    st.lists(st.integers(1, 12), max_size=1),
)
def test_no_step_of_a_curve_tells_of_a_few(moves, threshold, wanted):
    leaving = np.array(moves, dtype=float).T
    at_risk = leaving.sum() - np.r_[0.0, leaving.sum(axis=0).cumsum()[:-1]]
    times = np.arange(1.0, len(moves) + 1)
    found = safe_times(leaving, at_risk=at_risk, times=times, threshold=threshold, fewest=1, wanted=wanted)
    ends = np.c_[np.zeros(2), leaving.cumsum(axis=1)[:, found]]
    steps = np.diff(ends, axis=1)
    assert ((steps == 0) | (steps >= threshold)).all()


def test_what_is_shown_in_any_case_stays_and_others_give_way():
    leaving = np.array([[5.0, 1.0, 5.0]])
    told = {"at_risk": np.array([40.0, 35.0, 34.0]), "times": np.arange(1.0, 4.0), "threshold": 5, "fewest": 30}
    assert safe_times(leaving, **told) == [0, 2]
    assert safe_times(leaving, forced=[2.0], **told) == [1, 2]


@pytest.fixture(scope="module")
def curve(view):
    found = [f for f in view.evidence.findings if f.study == "curve/lifetime_period"]
    return {int(re.sub("^at_", "", f.measure)): f.estimate for f in found}


def test_the_periods_of_the_sample_have_too_few_for_curves_of_their_own(view):
    assert list(view.study("curve/lifetime_period").items) == ["all"]


def test_the_curve_as_statsmodels_has_it(aldermoor, curve):
    duration = pytest.importorskip("statsmodels.duration.api")
    months = months_of_life(pd.read_excel(aldermoor.root / "data/crm/accounts.xlsx", engine="calamine"))
    expected = duration.SurvfuncRight(months.month, months.gone, entry=months.month - 1)
    for t, e in curve.items():
        at = expected.surv_prob[np.searchsorted(expected.surv_times, t, side="right") - 1]
        assert e.value == pytest.approx(at, abs=0.0006)
        assert e.n == (months.month == t).sum()


def test_no_step_of_the_curve_tells_of_fewer_customers_than_the_threshold(view, curve):
    told = [(0, 1.0), *((t, e.value) for t, e in curve.items())]
    for (_, before), (after, value) in pairwise(told):
        gone = curve[after].n * (before - value)
        assert gone < 0.5 or gone > view.manifest.threshold - 1.5  # values have three digits


def months_of_life(accounts: pd.DataFrame) -> pd.DataFrame:
    """A row for each month that a customer began as one, within the data, and that ended in a whole quarter."""
    rows = []
    for joined, left in zip(accounts["Contract start"], accounts["Contract end"], strict=True):
        for k in range(1, 90):
            since, until = (joined + pd.DateOffset(months=m) for m in (k - 1, k))
            if since < pd.Timestamp("2025-05-01") or (pd.notna(left) and left <= since):
                continue
            if until - pd.Timedelta(days=1) >= pd.Timestamp("2026-10-01"):
                break
            if until - pd.Timedelta(days=1) >= pd.Timestamp("2025-07-01"):
                rows.append((k, pd.notna(left) and left <= until))
    return pd.DataFrame(rows, columns=["month", "gone"]).astype({"gone": int})
