"""Contacts after which customers come again, counted one by one."""

from __future__ import annotations

import pandas as pd
import pytest
from journeys import IDS, STEPS, UNTIL, journey, log
from wide_journeys import events, measured, whole

from cxkit.journey.people import in_order

AHEAD = {s: set(STEPS[i + 1 :]) for i, s in enumerate(STEPS)}


def recounted(logged: pd.DataFrame, days: int) -> dict[tuple[str, str], tuple[int, int]]:
    """Contacts of each step that can be judged, and those that are followed, by looking at every pair."""
    found = {(i, m): [0, 0] for i in IDS for m in ("recontact_same", "recontact_any")}
    span, end = pd.Timedelta(days=days), pd.Timestamp(UNTIL) + pd.Timedelta(days=1)
    by = {c: list(r.itertuples()) for c, r in logged[logged["customer"] != ""].groupby("customer")}
    for rows in by.values():
        for e in (e for e in rows if e.step in STEPS and e.at + span <= end):
            later = [f for f in rows if e.at < f.at <= e.at + span]
            same = any(f.step == e.step for f in later)
            other = any(f.case != e.case or f.step not in AHEAD[e.step] for f in later)
            for measure, hit in (("recontact_same", same), ("recontact_any", other)):
                found[IDS[STEPS.index(e.step)], measure][0] += 1
                found[IDS[STEPS.index(e.step)], measure][1] += hit
    return {k: (n, y) for k, (n, y) in found.items()}


@pytest.mark.parametrize("customers", [600, 150])
@pytest.mark.parametrize("off", [0, 400])
def test_contacts_that_are_followed_are_those_of_a_plain_count(tmp_path, customers, off):
    logged = log(600, customers=customers, seed=9, stray=0.3)
    if off:
        calls = logged.sample(off, random_state=3).assign(step="", case="")
        calls["at"] += pd.to_timedelta([i % 9 for i in range(off)], unit="D")
        logged = pd.concat([logged, calls])
    _, found = measured(tmp_path, {"interactions": logged}, journey(window_days=None, recontact_days=5))
    for (item, measure), (n, y) in recounted(logged, 5).items():
        e = whole(found, item, measure).estimate
        assert (e.n, e.value) == (n, pytest.approx(y / n)) if e.shown else e.status == "suppressed"
    assert whole(found, "ask", "recontact_any").estimate.shown


def test_a_move_onward_is_no_contact_again_but_one_back_is(tmp_path):
    on = [(f"K{i}", f"C{i}", h, "web", s) for i in range(40) for h, s in ((0, "Ask"), (2, "Sign"))]
    back = [(f"B{i}", f"B{i}", h, "web", s) for i in range(10) for h, s in ((0, "Prove"), (2, "Ask"))]
    _, found = measured(tmp_path, {"interactions": events(*on, *back)})
    assert whole(found, "ask", "recontact_any").estimate.value == 0
    assert whole(found, "prove", "recontact_any").estimate.status == "too_few"
    more = [(f"B{i}", f"B{i}", h, "web", s) for i in range(40) for h, s in ((0, "Prove"), (2, "Ask"))]
    _, found = measured(tmp_path, {"interactions": events(*on, *more)})
    assert whole(found, "prove", "recontact_any").estimate.value == 1
    assert whole(found, "prove", "recontact_same").estimate.value == 0


def test_contacts_of_the_same_moment_are_one(tmp_path):
    """Rows that stand twice in an export are no second contact."""
    rows = [(f"K{i}", f"C{i}", 0, "web", "Ask") for i in range(40)]
    _, found = measured(tmp_path, {"interactions": events(*rows, *rows)})
    assert whole(found, "ask", "recontact_same").estimate.value == 0
    assert whole(found, "ask", "recontact_any").estimate.value == 0


def test_contacts_whose_days_are_not_over_are_left_out(tmp_path):
    old = events(*[(f"K{i}", f"C{i}", 0, "web", "Ask") for i in range(40)])
    young = events(*[(f"Y{i}", f"Y{i}", 0, "web", "Ask") for i in range(40)], start="2026-06-25 08:00")
    _, found = measured(tmp_path, {"interactions": pd.concat([old, young])}, journey(window_days=None))
    assert whole(found, "ask", "recontact_any").estimate.n == 40
    assert whole(found, "", "journeys").estimate.n == 80


def test_without_customers_nothing_is_said_of_contacts_again(tmp_path):
    logged = log(100, customers=100).drop(columns="customer")
    study, found = measured(tmp_path, {"interactions": logged})
    assert not [m for _, m, _ in found if m.startswith("recontact")]
    assert any("nobody can tell who comes again" in n for n in study.notes)


def test_many_contacts_of_one_customer_at_once_take_no_time(tmp_path):
    """A number that stands for nobody: all of its contacts at two moments."""
    odd = [("bot", "bot", h, "web", s) for h, s in ((0, "Ask"), (1, "Prove")) for _ in range(20_000)]
    rows = [(f"K{i}", f"C{i}", 0, "web", "Ask") for i in range(40)]
    _, found = measured(tmp_path, {"interactions": events(*rows, *odd)})
    assert whole(found, "ask", "recontact_any").estimate.n == 20_040


def test_events_stand_in_the_order_of_their_customers():
    from cxkit.journey.log import EventLog

    given = [[(9, 0, ""), (20, 1, "")], [(1, 0, "")], [(10, 0, ""), (12, 2, "")]]
    found = EventLog.of(given, steps=3, until=30, customers=[1, 0, 1])
    times = found.at
    assert times[in_order(found)].tolist() == [h * 3_600_000_000 for h in (1, 9, 10, 12, 20)]
