"""The journeys of the samples: they hold together, show all that a map can hold, and promise what the exports judge.

What the exports show is computed with pandas, never with the code that measures journeys.
"""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from exports import SAMPLES, read_all

from cxkit.journey.graph import drawn_moves
from cxkit.journey.lifecycle import coverage, prove_stages, read_lifecycle
from cxkit.journey.model import JourneyPair
from cxkit.journey.read import read_journeys

LED_BY = {"aldermoor": "moving", "fennick": "order", "torvald": "repair"}
END = pd.Timestamp("2026-11-01")
EVERYWHERE = ("touchpoint", "channels", "actions", "thoughts", "front_stage", "back_stage", "proofs")


@pytest.fixture(scope="module", params=LED_BY)
def sample(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def pairs(sample) -> dict[str, JourneyPair]:
    return read_journeys(SAMPLES / sample)


@pytest.fixture(scope="module")
def pair(sample, pairs) -> JourneyPair:
    return pairs[LED_BY[sample]]


def events_of(sample: str) -> pd.DataFrame:
    """Every event of a journey with the next one of its case: case, step, channel, at, then, leads."""
    if sample == "aldermoor":
        table = read_all(SAMPLES / "aldermoor/data/ticketing", parse_dates=["Opened"])
        table = table.drop_duplicates("Ticket", keep="last")[["Case", "Step", "Channel", "Opened"]]
    elif sample == "fennick":
        table = read_all(SAMPLES / "fennick/data/journey", parse_dates=["At"])[["Journey", "Step", "Where", "At"]]
    else:
        table = read_all(SAMPLES / "torvald/data/repairs", sep=";", encoding="cp1252")
        table = table[["Fault", "Step", "Channel", "At"]]
        table["At"] = pd.to_datetime(table["At"], format="%d.%m.%Y %H:%M")
    table.columns = pd.Index(["case", "step", "channel", "at"])
    table = table[table["step"].notna()].sort_values(["case", "at"], kind="stable")
    by_case = table.groupby("case")
    return table.assign(
        then=by_case["step"].shift(-1), leads=by_case["at"].shift(-1), begun=by_case["at"].transform("min")
    )


@pytest.fixture(scope="module")
def events(sample, pair) -> pd.DataFrame:
    found = events_of(sample)
    since = pair.as_is.since
    return found[found["begun"] >= pd.Timestamp(since)] if since else found


def test_a_journey_reads_with_its_stages(sample, pairs):
    lifecycle = read_lifecycle(SAMPLES / sample)
    prove_stages(SAMPLES / sample, lifecycle, pairs)
    found = coverage(lifecycle, pairs, today=dt.date(2026, 11, 12), measured=[LED_BY[sample]])
    assert found.of("no_map")
    assert found.of("not_measured", "no_stage", "no_review", "no_nested") == ()


def test_every_step_shows_what_a_map_can_hold(pair):
    for journey in (pair.as_is, pair.to_be):
        assert len(journey.personas) == 2
        for step in journey.steps:
            assert [f for f in EVERYWHERE if not getattr(step, f)] == [], step.id
            assert set(step.emotion) == {p.id for p in journey.personas}


def test_a_pain_has_an_opportunity_that_answers_it(pair):
    for step in pair.as_is.steps:
        answered = {a for o in step.opportunities for a in o.answers}
        assert {p.id for p in step.pains} == answered


def test_the_to_be_feels_no_worse_and_each_step_has_owner_kpi_and_target(pair):
    for step in pair.to_be.steps:
        assert step.owner
        assert step.kpis
        assert step.targets
        before = pair.as_is.step(step.id)
        assert all(value >= before.emotion[who] for who, value in step.emotion.items())


def test_texts_are_short_enough_for_a_card(pairs):
    for journey in (j for p in pairs.values() for j in (p.as_is, p.to_be) if j):
        for step in journey.steps:
            acts = [a.does for a in (*step.front_stage, *step.back_stage, *step.support)]
            cards = [*step.actions, *step.thoughts, *acts, *(x.text for x in (*step.pains, *step.opportunities))]
            assert len(step.label.split()) <= 5
            assert max((len(c.split()) for c in cards), default=0) <= 12


UNDRAWN = {"fennick": ({("unpack", "return")}, {("collect", "return")})}
"""Moves that the exports show and the map does not, and the other way round: the wall map forgot what is sent back."""


def test_the_drawn_moves_are_those_that_the_exports_show(sample, pair, events):
    shown = {e: s.id for s in pair.as_is.steps for e in s.events}
    moves = events.dropna(subset="then")
    taken = set(zip(moves["step"].map(shown), moves["then"].map(shown), strict=True))
    missing, never = UNDRAWN.get(sample, (set(), set()))
    assert (taken - drawn_moves(pair.as_is), drawn_moves(pair.as_is) - taken) == (missing, never)


def kept_shares(pair: JourneyPair, events: pd.DataFrame) -> dict[tuple[str, str], tuple[float, float]]:
    """Share that went on within each promised deadline, and the share that was promised."""
    found = {}
    plain = events["channel"].str.replace("-", "")
    for step in pair.as_is.steps:
        for channel, offer in step.offer.items():
            if offer.hours:
                deadline = pd.Timedelta(hours=offer.hours)
                mine = events["step"].isin(step.events) & (plain == channel.replace("-", ""))
                due = events[mine & (events["at"] + deadline < END)]
                found[step.id, channel] = ((due["leads"] - due["at"] <= deadline).mean(), offer.share)
    return found


def test_the_exports_break_a_promise_and_keep_another(pair, events):
    kept = kept_shares(pair, events)
    assert min(share - promised for share, promised in kept.values()) < -0.1
    assert max(share - promised for share, promised in kept.values()) > 0.03


def test_the_promise_that_breaks_stands_where_the_truth_is_planted():
    worst = {}
    for sample, journey in LED_BY.items():
        pair, found = read_journeys(SAMPLES / sample)[journey], events_of(sample)
        since = pair.as_is.since
        kept = kept_shares(pair, found[found["begun"] >= pd.Timestamp(since)] if since else found)
        worst[sample] = min(kept, key=lambda k: kept[k][0] - kept[k][1])[0]
    assert worst == {"aldermoor": "identity_check", "fennick": "collect", "torvald": "visit"}


def test_a_channel_that_is_not_offered_is_used_all_the_same():
    """Aldermoor closes app and web at the identity check; a quarter of its contacts come that way."""
    step = read_journeys(SAMPLES / "aldermoor")["moving"].as_is.step("identity_check")
    closed = {c for c, o in step.offer.items() if o.rule == "not offered"}
    found = events_of("aldermoor")
    checks = found[found["step"] == "Identity check"]
    assert closed == {"app", "web"}
    assert 0.2 < checks["channel"].isin(closed).mean() < 0.3
