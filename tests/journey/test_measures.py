"""Real logs, planted ways and the published vectors: what a journey's measures have to find in them."""

from __future__ import annotations

import datetime as dt
import json
import random

import numpy as np
import pandas as pd
import pytest
from conftest import SHARED
from journeys import IDS, START, STEPS, journey, log, measured

from cxkit._table import open_database
from cxkit.data.read import read_tables
from cxkit.journey.log import EventLog, EventSource
from cxkit.journey.measure import measure_journey
from cxkit.journey.measures import paths, reach, through
from cxkit.journey.model import Journey
from cxkit.journey.study import Study

DAY = dt.timedelta(days=1)
SHOP, ECOM = "journeys/simple-onlineshop.csv", "journeys/ecom.csv.gz"
BUYING = {
    "arrive": ["main", "lost", "product1", "product2", "payment_card", "payment_cash", "delivery_courier"],
    "catalog": ["catalog"], "cart": ["cart"], "delivery": ["delivery_choice"], "payment": ["payment_choice"],
    "done": ["payment_done"],
}  # fmt: skip
FRAME = ["case", "customer", "at", "channel", "step"]


def mapped(steps: dict[str, list[str]], **given) -> Journey:
    told = [{"id": s, "label": s, "events": e} for s, e in steps.items()]
    phases = [{"id": "all", "label": "All", "steps": told}]
    return Journey.model_validate({"cxkit": 1, "id": "j", "version": "as-is", "label": "J", "phases": phases} | given)


def found_in(engagement, given: Journey, **how):
    with open_database() as db:
        tables = read_tables(db, engagement.sources, root=engagement.root)
        days = {"since": tables.spans["interactions"][0], "until": tables.spans["interactions"][1], "threshold": 5}
        _, found = measure_journey(db, given, columns=tables.columns, **days | how)
    return {(f.item, f.measure): f.estimate for f in found}


def test_the_shop_has_the_users_and_the_buyers_of_its_readme(real):
    found = found_in(real("onlineshop", SHOP), mapped(BUYING, unit="customer"))
    users = found["", "journeys"].value
    reached = {i: round(found[i, "reach"].value * users) for i in BUYING}
    assert (users, reached["catalog"], reached["cart"], reached["delivery"], reached["payment"]) == (
        3751, 3611, 1924, 1356, 958
    )  # fmt: skip
    assert (reached["done"], round(100 * found["done", "reach"].value, 3)) == (653, 17.409)


def test_a_shop_with_friction_in_it_runs(real):
    steps = {e: [e] for e in ("catalog", "cart", "payment_error", "support_chat")}
    engagement = real("ecom", ECOM)
    known = set(pd.read_csv(SHARED / ECOM)["event"])
    found = found_in(engagement, mapped({i: e for i, e in steps.items() if set(e) <= known}))
    assert found["", "journeys"].value > 1000
    assert 0 < found["payment_error", "reach"].value < 1


def planted(seed: int, cases: int = 500) -> pd.DataFrame:
    """Three in ten pass by the third step; one in ten of all goes from the fourth back to it."""
    rng, rows = random.Random(seed), []
    for case in range(cases):
        steps = [STEPS[0], STEPS[1], *([] if rng.random() < 0.3 else [STEPS[2]]), STEPS[3]]
        steps += [STEPS[2], STEPS[3]] if rng.random() < 0.1 else []
        at = START + rng.randrange(80) * DAY
        for k, step in enumerate(steps):
            rows.append((f"K{case}", f"C{case}", at + k * DAY, "web", step))
    return pd.DataFrame(rows, columns=FRAME)


def test_planted_skips_and_loops_come_back_within_their_intervals(tmp_path):
    held = {"skip": 0, "back_to=sign": 0}
    for seed in range(12):
        _, numbers = measured(tmp_path, planted(seed))
        for item, measure, share in (("sign", "skip", 0.3), ("settle", "back_to=sign", 0.1)):
            e = numbers[item, measure].estimate
            assert abs(e.value - share) < 0.07
            held[measure] += e.low <= share <= e.high
    # Of intervals that hold 19 times in 20, fewer than 9 of 12 do so once in 1,300 trials.
    assert min(held.values()) >= 9


def study_of(journeys, given: Journey, *, until: float, threshold: int = 1, **how) -> Study:
    full = EventLog.of(journeys, steps=len(given.steps), until=until, **how)
    first = dt.date(1970, 1, 1)
    source = EventSource(given, "case_id", True, False, first, first, first)
    return Study.of(None, source, full, columns={}, threshold=threshold, confidence=0.95)


def numbers_of(study: Study, *measures):
    return {(f.item, f.measure): f.estimate for m in measures for f in m.find(study)}


def test_reach_and_funnel_are_those_of_the_published_vector():
    vectors = json.loads((SHARED.parent / "research/kpi_vectors.json").read_text())
    vectors = vectors if isinstance(vectors, list) else vectors["vectors"]
    vector = next(v for v in vectors if v["id"] == "journey.eventlog")
    stages, expected = vector["inputs"]["stages"], vector["expected"]
    events = pd.DataFrame(vector["inputs"]["events"])
    events = events[events["stage"].isin(stages)]
    each = [
        [(e.t_hours, stages.index(e.stage), e.channel) for e in rows.itertuples()]
        for _, rows in events.groupby("journey")
    ]
    study = study_of(each * 10, mapped({s: [s] for s in stages}), until=100)
    found = numbers_of(study, reach, through, paths)
    n = found["", "journeys"].n / 10
    assert {s: round(found[s, "reach"].value * n) for s in stages} == expected["reached"]
    assert {s: round(found[s, "through"].value * n) for s in stages} == expected["strict_ordered"]
    drawn = [">".join(stages).startswith(v.replace(">support", "")) for v in expected["variants"].values()]
    assert found["", "fit"].value == pytest.approx(sum(drawn) / n)


def test_a_step_that_nothing_shows_is_unobserved_and_passed_by(tmp_path):
    given = journey()
    phases = [p.model_dump(mode="json") for p in given.phases]
    phases[0]["steps"].insert(1, {"id": "wait", "label": "Wait"})
    _, numbers = measured(tmp_path, log(stray=0), journey(phases=phases))
    assert {f.estimate.status for (i, _), f in numbers.items() if i == "wait"} == {"unobserved"}
    assert not [f for (i, _), f in numbers.items() if i == "wait" and f.estimate.value is not None]
    assert numbers["", "fit"].estimate.value == 1
    assert numbers["prove", "through"].estimate.value == numbers["prove", "reach"].estimate.value


def test_branches_fit_and_only_steps_on_every_way_can_be_skipped(tmp_path):
    given = journey()
    phases = [p.model_dump(mode="json") for p in given.phases]
    phases[0]["steps"][0]["next"] = ["prove", "sign"]
    phases[0]["steps"][1]["next"] = ["settle"]
    rows = [
        (f"K{i}", f"C{i}", START + k * DAY, "web", s)
        for i in range(60)
        for k, s in enumerate(["Ask", ("Prove", "Sign")[i % 2], "Settle"])
    ]
    _, numbers = measured(tmp_path, pd.DataFrame(rows, columns=FRAME), journey(phases=phases))
    assert numbers["", "fit"].estimate.value == 1
    assert numbers["settle", "through"].estimate.value == 1
    assert {i for i, m in numbers if m == "skip"} == {"ask"}


def test_without_a_window_nothing_is_left_out_and_those_under_way_are_censored(tmp_path):
    early = [(f"K{i}", f"C{i}", START + k * DAY, "web", s) for i in range(60) for k, s in enumerate(STEPS[:2])]
    late = [(f"L{i}", f"D{i}", dt.datetime(2026, 6, 30, 12), "web", "Ask") for i in range(140)]  # noqa: DTZ001
    study, numbers = measured(tmp_path, pd.DataFrame(early + late, columns=FRAME), journey(window_days=None))
    assert numbers["", "journeys"].estimate.value == 200
    assert numbers["ask", "reach"].estimate.value == 1
    # All who were watched for as long as a day went on by then.
    assert numbers["ask", "hours_to_next"].estimate.value == pytest.approx(24, rel=0.011)
    assert not [n for n in study.notes if "left out" in n]
    assert "to the end of the data" in study.method


def test_a_time_that_half_of_them_never_take_is_not_reached(tmp_path):
    rows = [(f"K{i}", f"C{i}", START + k * DAY, "web", s) for i in range(60) for k, s in enumerate(["Ask", "Prove"])]
    rows = [r for r in rows if r[4] == "Ask" or int(r[0][1:]) < 20]
    _, numbers = measured(tmp_path, pd.DataFrame(rows, columns=FRAME))
    e = numbers["ask", "hours_to_next"].estimate
    assert (e.status, e.value, e.n) == ("not_reached", None, 60)


def test_rows_that_are_there_twice_count_as_one_visit_and_one_stay(tmp_path):
    events = log(200, customers=200, stray=0.2)
    (_, one), (_, two) = measured(tmp_path, events), measured(tmp_path, pd.concat([events, events]))
    assert {k: f.estimate for k, f in one.items() if "recontact" not in k[1]} == {
        k: f.estimate for k, f in two.items() if "recontact" not in k[1]
    }


def test_cases_of_one_event_end_where_they_begin(tmp_path):
    rows = [(f"K{i}", f"C{i}", START + 40 * DAY, "web", "Ask") for i in range(50)]
    rows += [(f"L{i}", f"D{i}", START + (40 + k) * DAY, "web", s) for i in range(50) for k, s in enumerate(STEPS)]
    _, numbers = measured(tmp_path, pd.DataFrame(rows, columns=FRAME))
    assert numbers["ask", "drop_off"].estimate.value == 0.5
    assert numbers["ask", "flow=.end"].estimate.value == 0.5
    assert numbers["", "fit"].estimate.value == 1


def test_a_flow_that_few_took_stands_with_others_of_enough_customers(tmp_path):
    ways = [(["Ask", "Prove"], 100), (["Ask", "Sign"], 3), (["Ask", "Settle"], 12), (["Sign"], 20)]
    rows, case = [], 0
    for steps, cases in ways:
        for _ in range(cases):
            rows += [(f"K{case}", f"C{case}", START + (40 + k) * DAY, "web", s) for k, s in enumerate(steps)]
            case += 1
    _, numbers = measured(tmp_path, pd.DataFrame(rows, columns=FRAME))
    told = {m: round(f.estimate.value * 115) for (i, m), f in numbers.items() if i == "ask" and m[:5] == "flow="}
    assert told == {"flow=prove": 100, "flow=.other": 15}


def test_where_a_step_is_hidden_no_flow_tells_how_many_went_there(tmp_path):
    rows = [(f"K{i}", f"C{i}", START + (40 + k) * DAY, "web", s) for i in range(90) for k, s in enumerate(STEPS[:2])]
    rows += [(f"K{i}", f"C{i}", START + 60 * DAY, "web", "Sign") for i in range(3)]
    _, numbers = measured(tmp_path, pd.DataFrame(rows, columns=FRAME))
    assert not [m for i, m in numbers if i in ("prove", "sign") and m.startswith("flow=")]
    assert not [m for _, m in numbers if m.startswith("stray=") and "sign" in m]
    assert numbers["ask", "flow=prove"].estimate.value == 1


def test_a_path_is_told_only_of_enough_customers(tmp_path):
    rows = [(f"K{i}", "C0", START + (40 + k) * DAY, "web", s) for i in range(30) for k, s in enumerate(["Ask", "Sign"])]
    rows += [(f"L{i}", f"D{i}", START + (40 + k) * DAY, "web", s) for i in range(30) for k, s in enumerate(STEPS[:2])]
    _, numbers = measured(tmp_path, pd.DataFrame(rows, columns=FRAME))
    assert not [m for _, m in numbers if m.startswith("stray=")]
    many = pd.DataFrame(rows, columns=FRAME).assign(customer=lambda d: d["case"])
    assert measured(tmp_path, many)[1]["", "stray=ask>sign"].estimate.value == 0.5


def test_a_long_path_is_cut(tmp_path):
    steps = ["Sign", "Ask"] * 8
    rows = [(f"K{i}", f"C{i}", START + (40 + k) * DAY, "web", s) for i in range(40) for k, s in enumerate(steps)]
    _, numbers = measured(tmp_path, pd.DataFrame(rows, columns=FRAME))
    (told,) = [m for _, m in numbers if m.startswith("stray=")]
    assert told == "stray=" + ">".join([*["sign", "ask"] * 6, "…"])


def test_a_young_few_do_not_show_in_the_base_of_a_time():
    """Else the base of the time, less that of the reach, would be their number."""
    full = [[(0, 0, ""), (5, 1, "")]] * 60
    young = [[(24 * 25, 0, "")]] * 3
    from cxkit.journey.measures import times

    given = mapped({"ask": ["a"], "prove": ["b"]}, window_days=10)
    study = study_of(full + young, given, until=24 * 30, threshold=5)
    assert numbers_of(study, times)["ask", "hours_to_next"].n == 60
    study = study_of(full + young * 3, given, until=24 * 30, threshold=5)
    assert numbers_of(study, times)["ask", "hours_to_next"].n == 69


def test_a_map_of_many_steps_is_measured_in_pieces(monkeypatch):
    from cxkit.journey import trails

    rng = np.random.default_rng(2)
    each = [[(int(h), int(rng.integers(0, 9)), "") for h in np.sort(rng.integers(0, 50, 6))] for _ in range(80)]
    given = mapped({f"s{i}": [f"e{i}"] for i in range(9)})
    whole = numbers_of(study_of(each, given, until=99), reach, through, paths)
    monkeypatch.setattr(trails, "AT_ONCE", 40)
    assert numbers_of(study_of(each, given, until=99), reach, through, paths) == whole
    firsts = {i: sum(any(p == i for _, p, _ in j) for j in each) for i in range(9)}
    assert {i: round(whole[f"s{i}", "reach"].value * 80) for i in range(9)} == firsts


def test_measures_are_in_the_map_order(tmp_path):
    _, numbers = measured(tmp_path, log(200))
    items = list(dict.fromkeys(i for i, _ in numbers))
    assert items == ["", *IDS]


def test_nobody_drops_off_at_the_step_drawn_last_though_the_map_does_not_say_that_journeys_end_there():
    from cxkit.journey.measures import ends

    given = mapped({"ask": ["a"], "prove": ["b"], "sign": ["c"]})
    found = numbers_of(study_of([[(0, 0, ""), (5, 1, ""), (9, 2, "")], [(0, 0, "")]] * 30, given, until=99), ends)
    assert {i for i, m in found if m == "drop_off"} == {"ask", "prove"}
    assert found["ask", "drop_off"].value == 0.5
    assert given.ends == {"sign"}
