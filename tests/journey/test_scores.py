"""How a step felt: which answers are about it, counted in pandas."""

from __future__ import annotations

import pandas as pd
import pytest
from journeys import IDS, STEPS, answers, journey, log
from wide_journeys import events, measured, whole

SCORE = {"column": "satisfaction", "within_days": 14}


@pytest.fixture(scope="module")
def logged() -> pd.DataFrame:
    return log(700, customers=500, seed=8, day=40)


def linked(logged: pd.DataFrame, said: pd.DataFrame) -> pd.DataFrame:
    """Each answer with the last contact of its customer before it, if that was within fourteen days."""
    rows = logged.assign(pos=logged["step"].map(STEPS.index)).sort_values(["at", "pos", "channel"])
    said = said.assign(asked=said["at"]).drop(columns="step").sort_values("at")
    near = pd.merge_asof(said, rows, on="at", by="customer", tolerance=pd.Timedelta(days=14))
    return near.dropna(subset=["step"])


def test_answers_are_about_the_last_contact_before_them(logged, tmp_path):
    said = answers(logged)
    _, found = measured(tmp_path, {"interactions": logged, "responses": said}, journey(score=SCORE, window_days=None))
    counted = linked(logged, said)
    for item, step in zip(IDS, STEPS, strict=True):
        mine = counted[counted["step"] == step]["stars"]
        e = whole(found, item, "score").estimate
        assert (e.value, e.n) == (pytest.approx(mine.mean()), len(mine))


def test_answers_that_name_a_step_are_about_it(logged, tmp_path):
    said = answers(logged, named=True)
    _, found = measured(tmp_path, {"interactions": logged, "responses": said}, journey(score=SCORE))
    said = said[said["at"] < "2026-07-01"]
    for item, step in zip(IDS, STEPS, strict=True):
        mine = said[said["step"] == step]["stars"]
        assert whole(found, item, "score").estimate.value == pytest.approx(mine.mean())
        assert whole(found, item, "score").estimate.n == len(mine)


def test_answers_of_people_without_a_journey_count_where_they_name_a_step(tmp_path):
    rows = [(f"K{i}", f"C{i}", 0, "web", "Ask") for i in range(40)]
    about = [("X", "Ask"), ("", "Ask"), ("Y", ""), ("C1", "Other")] * 40
    said = pd.DataFrame(about, columns=["customer", "step"]).assign(at="2026-02-03", stars=4)
    _, found = measured(tmp_path, {"interactions": events(*rows), "responses": said}, journey(score=SCORE))
    assert whole(found, "ask", "score").estimate.n == 80


def test_scores_of_a_channel_are_of_those_who_came_by_it_last(logged, tmp_path):
    said = answers(logged)
    _, found = measured(tmp_path, {"interactions": logged, "responses": said}, journey(score=SCORE, window_days=None))
    counted = linked(logged, said)
    told = {(i, m): f.estimate for (i, m, _), f in found.items() if m.startswith("score=")}
    assert {i for i, _ in told} == set(IDS)
    for (item, measure), e in told.items():
        here = (counted["step"] == STEPS[IDS.index(item)]) & (counted["channel"] == measure.removeprefix("score="))
        assert e.n == here.sum()
        assert e.value == (pytest.approx(counted[here]["stars"].mean()) if e.n >= 30 else None)


def test_values_of_a_dimension_have_scores_of_their_own(logged, tmp_path):
    said = answers(logged)
    who = pd.DataFrame({"customer": sorted(set(logged["customer"]))})
    who["region"] = ["South" if int(c[1:]) % 3 else "North" for c in who["customer"]]
    tables = {"interactions": logged, "responses": said, "customers": who}
    given = journey(score=SCORE, window_days=None)
    _, found = measured(tmp_path, tables, given, dimensions={"region": "region"})
    counted = linked(logged, said).merge(who, on="customer")
    for item, step in zip(IDS, STEPS, strict=True):
        for region, mine in counted[counted["step"] == step].groupby("region")["stars"]:
            e = found[item, "score", (("region", region),)].estimate
            assert (e.value, e.n) == (pytest.approx(mine.mean()), len(mine))


def test_customers_who_answer_twice_widen_the_interval(logged, tmp_path):
    said = answers(logged)
    one, two = (
        measured(tmp_path, {"interactions": logged, "responses": s}, journey(score=SCORE, window_days=None))[1]
        for s in (said, pd.concat([said, said]))
    )
    a, b = (whole(f, "ask", "score").estimate for f in (one, two))
    assert (b.value, b.n) == (pytest.approx(a.value), 2 * a.n)
    assert (b.low, b.high) == pytest.approx((a.low, a.high), abs=0.02)


def test_without_answers_nothing_is_said_of_feelings(logged, tmp_path):
    study, found = measured(tmp_path, {"interactions": logged}, journey(score=SCORE))
    assert not [m for _, m, _ in found if m.startswith("score")]
    assert any("how it feels is not measured" in n for n in study.notes)
