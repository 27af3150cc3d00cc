"""What a gate may be passed on: the whole interval, enough answers, fresh evidence, and four voices."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import replace

import fake
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxkit.errors import DocumentError
from cxkit.evidence.cells import Cell
from cxkit.evidence.estimate import Estimate
from cxkit.evidence.view import Evidence, View
from cxkit.plan.gates import judge_gate
from cxkit.plan.model import VOICES, Gate

TODAY = dt.date(2026, 11, 4)
YES = [{"voice": v, "answer": "yes", "by": "Ann"} for v in VOICES]


FULL = fake.view()


def view_of(estimate: Estimate) -> View:
    """A view of one cell, which has an estimate of one's own."""
    cell = Cell("csat", "quarter", FULL.period, (), estimate, "")
    return Evidence(FULL.manifest, (cell,), (), {}).at(FULL.period)


def gate(*criteria, voices=YES, **more) -> Gate:
    named = [{"id": f"c{i}", **c} for i, c in enumerate(criteria)]
    given = {"cxkit": 1, "id": "g", "label": "Launch", "question": "May it?", "owner": "Ann", "week": 10}
    return Gate.model_validate(given | {"criteria": named, "voices": voices} | more)


def judge(gate, view=None, *, today=TODAY):
    return judge_gate(gate, view or FULL, today=today, where=lambda *loc: f"g.yaml {loc}")


def estimate(low, high, n=500):
    return Estimate(None if None in (low, high) else (low + high) / 2, low, high, n, method="score")


@pytest.mark.parametrize(
    ("low", "high", "least", "most"),
    [
        (0.81, 0.90, "met", "failed"),
        (0.80, 0.90, "met", "open"),
        (0.79, 0.90, "open", "open"),
        (0.70, 0.80, "open", "met"),
        (0.70, 0.79, "failed", "met"),
        (0.80, 0.80, "met", "met"),
    ],
)
def test_a_criterion_is_judged_by_the_whole_interval(low, high, least, most):
    view = view_of(estimate(low, high))
    found = judge(gate({"kpi": "csat", "at_least": "80 %"}, {"kpi": "csat", "at_most": 0.8}), view)
    assert [j.verdict for j in found.criteria] == [least, most]


@pytest.mark.parametrize(
    ("low", "high", "least", "most"),
    [
        (None, 0.7, "failed", "met"),
        (0.9, None, "met", "failed"),
        (None, 0.9, "open", "open"),
        (None, None, "open", "open"),
    ],
)
def test_an_interval_without_an_end_cannot_clear_a_bar_on_that_side(low, high, least, most):
    view = view_of(Estimate(0.8, low, high, 500))
    found = judge(gate({"kpi": "csat", "at_least": 0.8}, {"kpi": "csat", "at_most": 0.8}), view)
    assert [j.verdict for j in found.criteria] == [least, most]


@pytest.mark.parametrize(
    ("given", "n", "minimum", "verdict", "why"),
    [
        (estimate(0.9, 0.95), 500, 100, "met", "at 80\u00a0% or above"),
        (estimate(0.5, 0.6), 500, 100, "failed", "lies below 80\u00a0%"),
        (estimate(0.7, 0.9), 500, 100, "open", "both sides of 80\u00a0%"),
        (estimate(0.9, 0.95), 99, 100, "open", "The base is 99; at least 100 are needed"),
        (estimate(0.5, 0.6), 99, 100, "open", "at least 100"),
        (estimate(0.9, 0.95), 29, None, "open", "at least 30"),
        (Estimate.without("too_few", n=18), 18, None, "open", "The base is 18; at least 30"),
        (Estimate.without("suppressed", n=None), None, None, "open", "hidden"),
        (Estimate.without("no_data", n=0), 0, None, "open", "Nothing has been measured"),
        (Estimate.without("undefined", n=40), 40, None, "open", "cannot be computed"),
    ],
)
def test_a_criterion_says_why(given, n, minimum, verdict, why):
    (found,) = judge(
        gate({"kpi": "csat", "at_least": 0.8, "minimum_n": minimum}), view_of(replace(given, n=n))
    ).criteria
    assert found.verdict == verdict
    assert why in found.why


@pytest.mark.parametrize(("day", "verdict"), [("2026-11-30", "met"), ("2026-12-01", "open"), ("2027-06-01", "open")])
def test_old_evidence_passes_nothing(day, verdict):
    # The data end on 31 October; 30 days later they are as old as they may be.
    found = judge(gate({"kpi": "csat", "at_least": 0.1}, max_age_days=30), today=dt.date.fromisoformat(day))
    assert found.criteria[0].verdict == verdict
    assert (found.verdict == "go") == (verdict == "met")
    if verdict == "open":
        assert "The data end on 31\u00a0October\u00a02026" in found.criteria[0].why


def test_an_earlier_period_is_as_old_as_its_own_end():
    found = judge_gate(gate({"kpi": "csat", "at_least": 0.1}), fake.view("2026-Q1"), today=TODAY, where=lambda *_: "")
    assert found.until == dt.date(2026, 3, 31)
    assert found.verdict == "insufficient"


BARS = {"met": 0.1, "open": 0.825, "failed": 0.99}
ANSWERS = ("yes", "open", "no")


@pytest.mark.parametrize(
    ("criteria", "answers"),
    list(itertools.product(itertools.product(BARS, BARS), itertools.product(ANSWERS, ANSWERS))),
)
def test_the_verdict_follows_from_criteria_and_voices(criteria, answers):
    voices = [{"voice": v, "answer": a, "by": "Ann"} for v, a in zip(VOICES, (*answers, "yes", "yes"), strict=True)]
    stamp = judge(gate(*({"kpi": "csat", "at_least": BARS[c]} for c in criteria), voices=voices))
    assert [j.verdict for j in stamp.criteria] == list(criteria)
    expected = (
        "no-go" if "failed" in criteria or "no" in answers
        else "insufficient" if "open" in (*criteria, *answers)
        else "go"
    )  # fmt: skip
    assert stamp.verdict == expected


@pytest.mark.parametrize("missing", VOICES)
def test_a_voice_that_is_missing_has_not_been_heard(missing):
    stamp = judge(gate({"kpi": "csat", "at_least": 0.1}, voices=[v for v in YES if v["voice"] != missing]))
    assert stamp.verdict == "insufficient"
    assert [v.voice for v in stamp.voices] == list(VOICES)


def test_without_criteria_there_is_nothing_to_go_by():
    assert judge(gate()).verdict == "insufficient"


RANK = {"go": 2, "insufficient": 1, "no-go": 0}


@given(*[st.floats(0, 1)] * 4)
@settings(max_examples=50, deadline=None)
def test_a_tighter_bar_never_makes_a_verdict_kinder(one, other, low, high):
    view = view_of(estimate(min(low, high), max(low, high)))
    loose, tight = sorted((one, other))
    ranks = [RANK[judge(gate({"kpi": "csat", "at_least": b}), view).verdict] for b in (loose, tight)]
    assert ranks == sorted(ranks, reverse=True)
    ranks = [RANK[judge(gate({"kpi": "csat", "at_most": b}), view).verdict] for b in (tight, loose)]
    assert ranks == sorted(ranks, reverse=True)


@given(*[st.floats(0, 1)] * 4)
@settings(max_examples=50, deadline=None)
def test_a_wider_interval_never_tells_more(bar, low, high, more):
    low, high = sorted((low, high))
    wide, narrow = estimate(low - more, high + more), estimate(low, high)
    verdicts = [judge(gate({"kpi": "csat", "at_least": bar}), view_of(e)).criteria[0].verdict for e in (wide, narrow)]
    assert verdicts[0] in ("open", verdicts[1])


@pytest.mark.parametrize(
    ("made", "bar", "against"),
    [("go", 0.1, False), ("go", 0.825, True), ("go", 0.99, True), ("no-go", 0.1, True), ("no-go", 0.825, False),
     ("no-go", 0.99, False), (None, 0.99, False)],
)  # fmt: skip
def test_a_decision_against_the_evidence_is_known_as_one(made, bar, against):
    decision = {"made": made, "by": "Ann", "on": "2026-11-03"}
    assert judge(gate({"kpi": "csat", "at_least": bar}, decision=decision)).against_evidence is against


@pytest.mark.parametrize(
    ("criterion", "what"),
    [
        ({"kpi": "cast", "at_least": 0.8}, "Did you mean 'csat'"),
        ({"kpi": "csat", "where": {"region": "Sout"}, "at_least": 0.8}, "Did you mean 'South'"),
        ({"kpi": "csat", "at_least": 80}, "Write 80 % for a share"),
        ({"journey": "moving", "measure": "fit", "at_least": 0.8}, "'moving' was not measured"),
    ],
)
def test_a_criterion_that_names_what_is_not_there_is_told_with_its_place(criterion, what):
    with pytest.raises(DocumentError) as error:
        judge(gate({"kpi": "csat", "at_least": 0.1}, criterion))
    assert what in str(error.value)
    assert error.value.where == "g.yaml ('criteria', 1)"


def test_a_part_of_the_customers_can_be_judged():
    found = judge(gate({"kpi": "csat", "where": {"region": "Islands"}, "at_least": 0.1}))
    assert found.criteria[0].found.part == "Islands"
    assert found.criteria[0].verdict == "open"
