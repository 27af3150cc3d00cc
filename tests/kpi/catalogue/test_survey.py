"""KPIs of surveys of customers, against vectors and against counts done by hand."""

from __future__ import annotations

import datetime as dt
from contextlib import nullcontext

import pytest
from build import SOURCES, small_engagement
from conftest import TODAY
from kpi.catalogue.rows import CATALOGUE, LAST, measure_cells, measure_rows, times, vector

from cxkit._format import words
from cxkit.data.scales import Found
from cxkit.errors import DocumentError
from cxkit.kpi.select import scale_notes

SATISFACTION = ("csat", "csat_top_box", "csat_net", "csat_mean", "csat_index")
EASE = ("ces", "ces_top2", "ces_net", "ces_mean")
INVITED = dt.date(2026, 3, 10)


def answers(counts: dict[str, int], column: str) -> list[dict]:
    return [row for value, n in counts.items() for row in times(n, **{column: value})]


def test_the_variants_of_satisfaction_are_told_apart():
    inputs, expected = vector("csat.variants")
    found = measure_rows({"responses": answers(inputs["counts"], "satisfaction")}, kpis=SATISFACTION)
    names = ("t2b", "top_box", "net", "mean", "index_0_100")
    scales = (1, 1, 100, 1, 1)
    for kpi, name, scale in zip(SATISFACTION, names, scales, strict=True):
        assert found[kpi].value == pytest.approx(expected[name] * scale), kpi
    assert [found["csat"].low, found["csat"].high] == pytest.approx(expected["t2b_wilson"])
    assert [found["csat_mean"].low, found["csat_mean"].high] == pytest.approx(expected["mean_t_ci"])


def test_the_variants_of_ease_are_told_apart():
    inputs, expected = vector("ces2.variants")
    found = measure_rows({"responses": answers(inputs["counts"], "effort")}, kpis=EASE)
    names = ("pct_5_7", "pct_6_7", "net_6_7_minus_1_3", "mean")
    for kpi, name, scale in zip(EASE, names, (1, 1, 100, 1), strict=True):
        assert found[kpi].value == pytest.approx(expected[name] * scale), kpi
    assert [found["ces"].low, found["ces"].high] == pytest.approx(expected["wilson_5_7"])
    assert [found["ces_mean"].low, found["ces_mean"].high] == pytest.approx(expected["mean_t_ci"])


def test_effort_of_2010_is_told_as_asked():
    inputs, expected = vector("ces1.direction")
    rows = answers({"1": 3, "2": 4, "3": 2, "4": 1}, "effort")
    found = measure_cells({"responses": rows}, kpis=["ces_1"]).cells[0].estimate
    assert found.value == pytest.approx(inputs["mean_effort"])
    assert sum(inputs["scale"]) - found.value == pytest.approx(expected["ease_reversed"])


@pytest.mark.parametrize(
    ("kpi", "scale", "fits"),
    [("ces_1", (1, 5), True), ("ces", (1, 5), False), ("ces_1", (1, 7), False), ("ces", (1, 7), True)],
)
def test_effort_and_ease_are_not_taken_for_each_other(kpi, scale, fits):
    found = Found("survey", "responses", "effort", "Q3", "Q3", scale, written=True)
    with nullcontext() if fits else pytest.raises(DocumentError, match="needs effort on a scale"):
        assert scale_notes([CATALOGUE.kpis[kpi]], CATALOGUE, [found], said=words("en")) == {}


def test_no_answers_give_no_score():
    found = measure_rows({"responses": times(4, score=None)}, kpis=["nps"])["nps"]
    assert (found.value, found.low, found.high, found.n, found.status) == (None, None, None, 0, "no_data")


def test_dirty_answers_are_left_out_and_counted(tmp_path):
    inputs, expected = vector("nps.edge.dirty")
    rows = [f"R{i},2026-02-03,C{i},{'' if s is None else s},Web" for i, s in enumerate(inputs["scores"])]
    sources = SOURCES.replace('"99"', '"NA"').replace(
        "files: data/survey*.csv", "files: data/survey*.csv\n    max_rejected: 1"
    )
    engagement = small_engagement(
        tmp_path, sources=sources, survey__csv="\n".join(["Response,Date,Id,Score,Channel", *rows]) + "\n"
    )
    engagement.measure(today=TODAY)
    survey = next(s for s in engagement.evidence().manifest.sources if s.id == "survey")
    assert (survey.values_blanked, survey.rows_used) == (expected["n_invalid"], len(inputs["scores"]))
    valid = [s for s in inputs["scores"] if isinstance(s, int) and 0 <= s <= 10]
    found = measure_rows({"responses": [{"score": s} for s in valid]}, kpis=["nps"])["nps"]
    assert (found.value, found.n) == (expected["nps"], expected["n_valid"])


def test_answers_off_the_scale_are_not_in_the_base():
    rows = [{"satisfaction": s, "effort": s, "score": s} for s in (0, 1, 2, 5, 6, 8, 11, None)]
    found = measure_rows({"responses": rows}, kpis=[*SATISFACTION, *EASE, "nps", "ces_1"])
    expected = {**dict.fromkeys((*SATISFACTION, "ces_1"), 3), **dict.fromkeys(EASE, 4), "nps": 6}
    assert {k: e.n for k, e in found.items()} == expected


def test_all_alike_is_sure_of_the_share_but_not_of_the_mean():
    found = measure_rows({"responses": times(12, satisfaction=5)}, kpis=["csat", "csat_mean"])
    assert (found["csat"].value, found["csat"].high) == (1, 1)
    assert found["csat"].low == pytest.approx(12 / (12 + 1.959964**2))
    assert (found["csat_mean"].value, found["csat_mean"].low) == (5, None)


def test_resolved_as_customers_say_rests_on_those_who_answered():
    rows = [*times(14, resolved=True), *times(6, resolved=False), *times(30, resolved=None)]
    found = measure_rows({"responses": rows}, kpis=["resolved_of_answered"])["resolved_of_answered"]
    assert (found.value, found.n) == (pytest.approx(14 / 20), 20)


def invitation(sent: dt.date, *, after: int | None, **row: object) -> dict:
    answered = None if after is None else sent + dt.timedelta(days=after)
    return {"sent_at": sent, "answered_at": answered, **row}


def test_the_response_rate_waits_for_the_window():
    young = LAST - dt.timedelta(days=12)
    rows = [
        *(invitation(INVITED, after=d) for d in (0, 3, 14)),
        *(invitation(INVITED, after=d) for d in (15, None, None)),
        invitation(INVITED, after=2, delivered=True),
        invitation(INVITED, after=None, delivered=False),
        invitation(INVITED, after=-1),
        invitation(young, after=1),
        invitation(young + dt.timedelta(days=5), after=None),
    ]
    found = measure_rows({"invitations": rows}, kpis=["response_rate"])["response_rate"]
    assert (found.n, found.value) == (7, pytest.approx(4 / 7))


def test_an_invitation_of_the_last_day_that_can_be_judged_is_judged():
    rows = [invitation(LAST - dt.timedelta(days=13 - d), after=None) for d in (-1, 0, 0, 0, 1)]
    assert measure_rows({"invitations": rows}, kpis=["response_rate"])["response_rate"].n == 4
