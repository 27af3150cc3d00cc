"""Channels by which journeys come and go, what is carried over between them, and what they promise."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from conftest import ROOT
from journeys import IDS, STEPS, UNTIL, journey, log
from wide_journeys import events, measured, whole

VECTORS = ROOT.parent / "shared/research/kpi_vectors.json"


@pytest.fixture(scope="module")
def logged() -> pd.DataFrame:
    found = log(800, customers=800, seed=4)
    return found[found["at"] < pd.Timestamp(UNTIL) + pd.Timedelta(days=1)].reset_index(drop=True)


@pytest.fixture(scope="module")
def found(logged, tmp_path_factory):
    return measured(tmp_path_factory.mktemp("log"), {"interactions": logged}, journey(window_days=None))[1]


def first_visits(logged: pd.DataFrame) -> pd.DataFrame:
    """One row a case and step, with the channel that it came by and the row of the step that was new next."""
    rows = logged.assign(pos=logged["step"].map(STEPS.index)).sort_values(["case", "at", "pos", "channel"])
    rows = rows.reset_index(drop=True).assign(place=range(len(logged)))
    first = rows.groupby(["case", "step"], sort=False).first().reset_index().sort_values("place")
    first["next"] = first.groupby("case")["place"].shift(-1)
    return first.merge(rows[["place", "channel"]].add_prefix("to_"), left_on="next", right_on="to_place", how="left")


def test_channels_are_those_of_the_first_contact(logged, found):
    counted = first_visits(logged)
    for item, step in zip(IDS, STEPS, strict=True):
        mine = counted[counted["step"] == step]["channel"].value_counts()
        for channel, n in mine.items():
            e = whole(found, item, f"channel={channel}").estimate
            assert (e.value, e.n) == (pytest.approx(n / mine.sum()), mine.sum())


def test_switches_are_those_between_the_last_contact_and_the_first_at_the_next_step(logged, found):
    rows = logged.assign(pos=logged["step"].map(STEPS.index)).sort_values(["case", "at", "pos", "channel"])
    counted: dict[str, list[bool]] = {s: [] for s in STEPS}
    for _, case in rows.groupby("case"):
        came, last, here = set(), {}, None
        for e in case.itertuples():
            if e.step not in came:
                if here is not None:
                    counted[here].append(last[here] != e.channel)
                came.add(e.step)
                here = e.step
            last[e.step] = e.channel
    for item, step in zip(IDS, STEPS, strict=True):
        e = whole(found, item, "channel_switch").estimate
        if e.shown:
            assert (e.value, e.n) == (pytest.approx(sum(counted[step]) / len(counted[step])), len(counted[step]))
    assert whole(found, "ask", "channel_switch").estimate.shown


def test_hops_are_flows_by_the_channels_of_both_ends(tmp_path):
    rows = []
    for i in range(60):
        left, came = ("chat", "phone") if i < 25 else ("web|form", "web|form")
        rows += [(f"K{i}", f"C{i}", 0, "web|form", "Ask"), (f"K{i}", f"C{i}", 1, left, "Ask")]
        rows += [(f"K{i}", f"C{i}", 2, came, "Prove")] * (i < 50)
    _, found = measured(tmp_path, {"interactions": events(*rows)})
    hops = {m: f.estimate for (i, m, _), f in found.items() if i == "ask" and m.startswith("hop=")}
    assert {m: (round(e.value * e.n), e.n) for m, e in hops.items()} == {
        "hop=chat|prove|phone": (25, 60), "hop=web/form|prove|web/form": (25, 60),
    }  # fmt: skip


def test_hops_that_few_made_stand_together(tmp_path):
    rows = [(f"K{i}", f"C{i}", 0, "web", "Ask") for i in range(60)]
    rows += [(f"K{i}", f"C{i}", 2, "Anna" if i < 3 else "chat" if i < 7 else "phone", "Prove") for i in range(48)]
    _, found = measured(tmp_path, {"interactions": events(*rows)})
    told = {m: round(f.estimate.value * f.estimate.n) for (i, m, _), f in found.items() if m.startswith("hop=")}
    assert told == {"hop=web|prove|phone": 41, "hop=.other": 7}
    assert "Anna" not in json.dumps([m for _, m, _ in found])


def test_handoffs_are_contacts_that_follow_one_by_another_channel(logged, tmp_path):
    kept = [("true", "false", "")[i % 3] for i in range(len(logged))]
    logged = logged.assign(kept=kept)
    _, found = measured(tmp_path, {"interactions": logged}, journey(window_days=None))
    rows = logged.assign(pos=logged["step"].map(STEPS.index)).sort_values(["case", "at", "pos", "channel", "kept"])
    rows["before"] = rows.groupby("case")["channel"].shift()
    rows = rows[rows["before"].notna() & (rows["before"] != rows["channel"]) & (rows["kept"] != "")]
    for item, step in zip(IDS, STEPS, strict=True):
        mine = rows[rows["step"] == step]
        e = whole(found, item, "context_kept").estimate
        assert (e.n, e.value) == (len(mine), pytest.approx((mine["kept"] == "true").mean()))
        pairs = {m: f.estimate for (i, m, _), f in found.items() if i == item and m.startswith("handoff=")}
        for measure, e in pairs.items():
            one, other = measure.removeprefix("handoff=").split(" → ")
            pair = mine[(mine["before"] == one) & (mine["channel"] == other)]
            assert e.n == len(pair)
            assert e.value is None or e.value == pytest.approx((pair["kept"] == "true").mean())
        assert pairs


@pytest.mark.skipif(not VECTORS.exists(), reason="the vectors are not here")
def test_a_journey_changes_channel_as_often_as_the_vector_says(tmp_path):
    vector = next(v for v in json.loads(VECTORS.read_text())["vectors"] if v["id"] == "journey.eventlog")
    rows, steps = [], {"aware": "Ask", "trial": "Prove", "buy": "Sign", "support": "Settle"}
    for copy in range(30):
        for e in vector["inputs"]["events"]:
            case = f"{e['journey']}-{copy}"
            rows.append((case, case, e["t_hours"], e["channel"], steps[e["stage"]]))
    logged = events(*rows).assign(kept="true")
    _, found = measured(tmp_path, {"interactions": logged}, journey(window_days=None))
    n = sum(f.estimate.n for (_, m, s), f in found.items() if m == "context_kept" and f.estimate.n)
    assert n == 30 * sum(vector["expected"]["channel_switches"].values())


def test_the_lost_context_planted_in_the_sample_is_found(aldermoor):
    """Of handoffs from chat to phone the note comes along in 42 of 100, of all others in 88."""
    found = [f for f in aldermoor.evidence().findings if f.study == "journey/moving" and not f.slice]
    lost = [f.estimate for f in found if f.measure == "handoff=chat → phone" and f.estimate.shown]
    others = [f.estimate for f in found if f.measure.startswith("handoff=") and f.estimate.shown]
    assert lost
    assert all(e.low <= 0.42 <= e.high < 0.8 for e in lost)
    assert all(e.low <= 0.88 <= e.high for e in others if e not in lost)


OFFER = {"phone": {"rule": "identical", "hours": 24}, "chat": "identical", "app": "not offered"}


def promised(offer=None) -> dict:
    steps = [{"id": i, "label": s, "events": [s]} for i, s in zip(IDS, STEPS, strict=True)]
    steps[0]["offer"], steps[-1]["last"] = offer or OFFER, True
    return {"phases": [{"id": "p", "label": "P", "steps": steps}]}


def test_contacts_are_in_time_when_they_go_on_within_the_hours(tmp_path):
    rows = [(f"K{i}", f"C{i}", 0, "phone", "Ask") for i in range(80)]
    rows += [(f"K{i}", f"C{i}", 24 if i < 40 else 25, "web", "Prove") for i in range(65)]
    rows += [(f"W{i}", f"W{i}", 0, "chat", "Ask") for i in range(40)]
    rows += [(f"W{i}", f"W{i}", 1, "chat", "Prove") for i in range(10)]
    _, found = measured(tmp_path, {"interactions": events(*rows)}, journey(**promised()))
    in_time = whole(found, "ask", "in_time=phone").estimate
    assert (in_time.value, in_time.n) == (0.5, 80)
    assert ("ask", "in_time=chat", ()) not in found
    ends = {c: whole(found, "ask", f"drop_off={c}").estimate for c in ("phone", "chat")}
    assert {c: (e.value, e.n) for c, e in ends.items()} == {"phone": (15 / 80, 80), "chat": (0.75, 40)}


def test_a_promise_may_write_its_channel_in_another_way_than_the_export(tmp_path):
    rows = [(f"K{i}", f"C{i}", 0, "email", "Ask") for i in range(60)]
    rows += [(f"K{i}", f"C{i}", 24, "web", "Prove") for i in range(30)]
    offer = {"E-mail": {"rule": "identical", "hours": 24}}
    _, found = measured(tmp_path, {"interactions": events(*rows)}, journey(**promised(offer)))
    assert whole(found, "ask", "in_time=email").estimate.value == 0.5


def test_contacts_whose_hours_are_not_over_are_not_judged(tmp_path):
    old = [(f"K{i}", f"C{i}", 0, "phone", "Ask") for i in range(40)]
    young = [(f"Y{i}", f"Y{i}", 49, "phone", "Ask") for i in range(20)]
    logged = events(*old, *young, start="2026-06-28 08:00")
    logged = pd.concat([logged, events(*[(f"K{i}", f"C{i}", 1, "web", "Prove") for i in range(20)],
                                       start="2026-06-28 08:00")])  # fmt: skip
    _, found = measured(tmp_path, {"interactions": logged}, journey(window_days=None, **promised()))
    e = whole(found, "ask", "in_time=phone").estimate
    assert (e.value, e.n) == (0.5, 40)


def test_a_channel_is_not_told_of_where_the_others_would_tell_a_few(tmp_path):
    """Three by a channel of its own, one by none: all less those shown may not be a few."""
    rows = [(f"K{i}", f"C{i}", 0, "phone" if i < 50 else "chat" if i < 90 else "Anna", "Ask") for i in range(93)]
    _, found = measured(tmp_path, {"interactions": events(*rows, ("X", "X", 0, "", "Ask"))})
    told = [m for i, m, _ in found if i == "ask" and m.startswith("channel=")]
    assert told == ["channel=phone"]
    assert whole(found, "ask", "channel=phone").estimate.n == 94


def test_without_channels_nothing_is_said_of_them(tmp_path):
    logged = log(100, customers=100).drop(columns="channel")
    _, found = measured(tmp_path, {"interactions": logged})
    assert not [m for _, m, _ in found if m.split("=")[0] in ("channel", "channel_switch", "hop", "context_kept")]
