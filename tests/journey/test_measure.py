"""A journey's numbers against a plain count in pandas, and the laws that they keep."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pandas as pd
import pytest
from conftest import SHARED
from journeys import IDS, SOURCES, START, STEPS, UNTIL, answers, journey, kept, log, measured, moves, visits
from scipy.stats import binom
from statsmodels.duration.survfunc import SurvfuncRight
from statsmodels.stats.proportion import proportion_confint

from cxkit._table import open_database
from cxkit.data.read import read_tables
from cxkit.errors import DocumentError
from cxkit.journey.measure import check_journeys, measure_journey
from cxkit.journey.read import read_journeys
from cxkit.kpi.buckets import order_ranks
from cxkit.kpi.kinds import proportion
from cxkit.kpi.sums import Sums

FIELDS = ("n", "y", "m", "cyy", "cxy", "cxx")
PLAIN = {"window_days": 30, "unit": "customer"}


@pytest.fixture(scope="module")
def events() -> pd.DataFrame:
    return log()


@pytest.fixture(scope="module")
def found(events, tmp_path_factory):
    return measured(tmp_path_factory.mktemp("log"), events)


@pytest.mark.parametrize("unit", ["case", "customer"])
def test_shares_are_those_of_a_plain_count(events, tmp_path, unit):
    _, numbers = measured(tmp_path, events, journey(unit=unit))
    counted = visits(events, unit)
    n = counted[unit].nunique()
    assert numbers["", "journeys"].estimate.value == n
    gone = moves(events, unit)
    drawn = (gone["to"].isna() | (gone["to"] == gone["pos"] + 1)) & (~gone["begins"] | (gone["pos"] == 0))
    assert numbers["", "fit"].estimate.value == pytest.approx(drawn.groupby(gone[unit]).all().mean())
    for item, step in zip(IDS, STEPS, strict=True):
        mine = counted[counted["step"] == step]
        assert numbers[item, "reach"].estimate.value == pytest.approx(len(mine) / n)
        if step != STEPS[-1]:
            drop = numbers[item, "drop_off"].estimate
            assert (drop.value, drop.n) == (pytest.approx(mine["next_at"].isna().mean()), len(mine))


def test_moves_against_the_map_are_told(events, found):
    gone = moves(events)
    back = gone[gone["to"] < gone["pos"]].groupby(["pos", "to"])["case"].nunique().sort_values(ascending=False)
    told = {(i, m.partition("=")[2]): f.estimate for (i, m), f in found[1].items() if m.startswith("back_to=")}
    people = gone[gone["to"] < gone["pos"]].groupby(["pos", "to"])["customer"].nunique()
    assert len(told) == min(5, int((people >= 5).sum())) >= 4
    counted = {(IDS[a], IDS[int(b)]): n for (a, b), n in back.items()}
    assert {k: round(e.value * e.n) for k, e in told.items()} == {k: counted[k] for k in told}
    assert min(counted[k] for k in told) >= back.iloc[len(told)]


def test_steps_that_are_come_back_to_or_passed_by_are_those_of_a_plain_count(events, found):
    gone, counted = moves(events), visits(events)
    for i, item in enumerate(IDS):
        stays = gone[gone["pos"] == i].groupby(["case", "customer"]).size()
        again = stays[stays > 1].reset_index()["customer"].nunique()
        e = found[1][item, "repeat"].estimate
        assert (e.value, e.status) == (
            (None, "suppressed") if 0 < again < 5 else (pytest.approx((stays > 1).mean()), "ok")
        )
    for i, item in enumerate(IDS[:-1]):
        beyond = counted[counted["pos"] > i].groupby("case")["at"].min()
        mine = counted[counted["pos"] == i].set_index("case")["at"].reindex(beyond.index)
        e = found[1][item, "skip"].estimate
        assert (e.value, e.n) == (pytest.approx((mine.isna() | (mine > beyond)).mean()), len(beyond))


def test_flows_are_those_of_a_plain_count_and_add_up(events, found):
    first = moves(events).drop_duplicates(["case", "pos"])
    for i, item in enumerate(IDS):
        mine = first[first["pos"] == i]
        told = {m.partition("=")[2]: f.estimate for (s, m), f in found[1].items() if s == item and m[:5] == "flow="}
        assert sum(e.value for e in told.values()) == pytest.approx(1)
        for to, e in told.items():
            where = mine["to"].isna() if to == ".end" else mine["to"].isin([IDS.index(t) for t in IDS if t == to])
            if to == ".other":
                where = ~mine["to"].isin([IDS.index(t) for t in told if t in IDS])
                where &= mine["to"].notna() | (".end" not in told)
                assert mine["customer"][where].nunique() >= 5
            assert (e.value, e.n) == (pytest.approx(where.mean()), len(mine))


def test_the_funnel_goes_by_every_step_in_order(events, found):
    at = {case: (rows["at"].tolist(), rows["pos"].tolist()) for case, rows in kept(events).groupby("case")}

    def depth(pos: list[int]) -> int:
        reached = 0
        for p in pos:
            reached += p == reached
        return reached

    depths = [depth(pos) for _, pos in at.values()]
    for i, item in enumerate(IDS):
        assert found[1][item, "through"].estimate.value == pytest.approx(sum(d > i for d in depths) / len(depths))


def test_ways_that_are_not_drawn_are_those_of_a_plain_count(events, found):
    ways = moves(events).groupby("case")["pos"].apply(lambda p: ">".join(IDS[i] for i in p)).value_counts()
    stray = ways[[w for w in ways.index if not ">".join(IDS).startswith(w)]]
    told = {m.partition("=")[2]: f.estimate for (_, m), f in found[1].items() if m.startswith("stray=")}
    assert {w: round(e.value * e.n) for w, e in told.items()} == {w: n for w, n in stray.head(5).items() if n >= 5}
    assert len(told) >= 3


def test_every_journey_ends_at_one_step(events, found):
    """What is lost at each step, and what ends at the last one, adds up to all journeys."""
    _, numbers = found
    lost = sum(numbers[i, "drop_off"].estimate.value * numbers[i, "drop_off"].estimate.n for i in IDS[:-1])
    counted = visits(events)
    ended = (counted["next_at"].isna() & (counted["step"] == STEPS[-1])).sum()
    assert lost + ended == pytest.approx(numbers["", "journeys"].estimate.value)


def test_intervals_of_independent_customers_are_wilsons(events, tmp_path):
    _, numbers = measured(tmp_path, events, journey(**PLAIN))
    for item in IDS[:-1]:
        e = numbers[item, "drop_off"].estimate
        assert (e.low, e.high) == pytest.approx(proportion_confint(round(e.value * e.n), e.n, method="wilson"))


def test_customers_who_come_again_widen_the_interval(tmp_path):
    events = log(400, customers=400, stray=0)
    twice = pd.concat([events, events.assign(case=events["case"] + "b")])
    (_, one), (_, two) = (measured(tmp_path, e) for e in (events, twice))
    a, b = one["prove", "drop_off"].estimate, two["prove", "drop_off"].estimate
    assert (b.value, b.n) == (a.value, 2 * a.n)
    assert (b.low, b.high) == pytest.approx((a.low, a.high), abs=0.002)


def test_times_are_the_quantiles_of_the_curve_of_all_who_came(events, tmp_path):
    """Those under way, also in journeys too young to count, are watched to the end of the data."""
    _, numbers = measured(tmp_path, events.assign(customer=events["case"]))
    counted = visits(events.assign(customer=events["case"]), recent=True)
    end = (counted["begun"] + pd.Timedelta(days=30)).clip(upper=pd.Timestamp(UNTIL) + pd.Timedelta(days=1))
    hours = (counted["next_at"].fillna(end) - counted["at"]).dt.total_seconds() / 3600
    places = np.where(hours > 0, np.floor(np.log(hours.clip(lower=1e-9)) / np.log(1.02)), -10_000)
    for item, step in zip(IDS[:-1], STEPS[:-1], strict=True):
        mine = counted["step"] == step
        curve = SurvfuncRight(places[mine] + 20_000, counted["next_at"].notna()[mine].astype(int))
        for measure, share in (("hours_to_next", 0.5), ("hours_to_next_p90", 0.9)):
            e = numbers[item, measure].estimate
            assert e.n == mine.sum()
            there = curve.surv_times[curve.surv_prob <= 1 - share + 1e-9] - 20_000
            assert e.shown == bool(len(there))
            if e.shown:
                assert e.value == pytest.approx(1.02 ** (there[0] + 0.5))
                limits = [v - 20_000 for v in curve.quantile_ci(share, method="cloglog")]
                # Times of no length have a place of their own, below all others.
                ours = [np.log(v) / np.log(1.02) - 0.5 if v else -10_000 for v in (e.low, e.high) if v is not None]
                assert ours == pytest.approx([v for v in limits if np.isfinite(v)], abs=1.01)
            else:
                assert e.status == "not_reached"


@pytest.mark.parametrize("n", [1, 7, 40, 412])
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_ranks_are_the_quantiles_of_the_binomial(n, share):
    low, high = int(binom.ppf(0.025, n, share)), int(binom.ppf(0.975, n, share)) + 1
    assert order_ranks(n, share) == (low or None, high if high <= n else None)


def test_switches_are_from_the_last_contact_to_the_first(tmp_path):
    rows = []
    for i in range(40):
        # Asked by web, then by phone; proved by phone in every other case, by chat otherwise.
        contacts = (
            ("Ask", 8, "web"),
            ("Ask", 9, "phone"),
            ("Prove", 10, ("phone", "chat")[i % 2]),
            ("Prove", 11, "web"),
        )
        rows += [(f"K{i}", f"C{i}", f"2026-02-01 {h:02d}:00:00", c, s) for s, h, c in contacts]
    _, numbers = measured(tmp_path, pd.DataFrame(rows, columns=["case", "customer", "at", "channel", "step"]))
    assert (numbers["ask", "channel_switch"].estimate.value, numbers["ask", "channel_switch"].estimate.n) == (0.5, 40)
    assert numbers["ask", "channel=web"].estimate.value == 1
    assert numbers["prove", "channel=chat"].estimate.value == 0.5


def test_answers_belong_to_the_last_contact_before_them(events, tmp_path):
    said = answers(events)
    _, numbers = measured(tmp_path, events, journey(score={"column": "satisfaction", "within_days": 14}), said=said)
    counted = kept(events).sort_values(["at", "pos"])
    said = said[said["at"] < "2026-07-01"].sort_values("at")
    near = pd.merge_asof(said, counted, on="at", by="customer", tolerance=pd.Timedelta(days=14)).dropna(subset=["pos"])
    for item, step in zip(IDS, STEPS, strict=True):
        mine = near[near["step_y"] == step]["stars"]
        e = numbers[item, "score"].estimate
        assert (e.value, e.n) == (pytest.approx(mine.mean()), len(mine))


def test_answers_that_name_a_step_are_about_it(events, tmp_path):
    said = answers(events, named=True)
    scored = journey(score={"column": "satisfaction", "survey": ["Contact"]})
    _, numbers = measured(tmp_path, events, scored, said=said)
    said = said[said["at"] < "2026-07-01"]
    for item, step in zip(IDS, STEPS, strict=True):
        assert numbers[item, "score"].estimate.value == pytest.approx(said[said["step"] == step]["stars"].mean())
    _, none = measured(tmp_path, events, journey(score={"column": "satisfaction", "survey": ["Other"]}), said=said)
    assert none["ask", "score"].estimate.status == "no_data"


def test_the_order_of_rows_does_not_matter(events, found, tmp_path):
    assert measured(tmp_path, events.sample(frac=1, random_state=5)) == found


def test_an_interval_shrinks_with_n(tmp_path):
    few, many = (measured(tmp_path, log(n, customers=n))[1]["ask", "drop_off"].estimate for n in (150, 1500))
    assert many.high - many.low < few.high - few.low


def test_a_journey_begun_within_the_window_is_left_out(tmp_path):
    old, young = log(100, customers=100, day=90, stray=0), log(50, customers=50, day=160, stray=0)
    young["case"] = "Y" + young["case"]
    study, numbers = measured(tmp_path, pd.concat([old, young]))
    assert numbers["", "journeys"].estimate.value == 100
    assert any(n.startswith("50 journeys that began less than 30 days") for n in study.notes)


def test_a_journey_that_may_have_begun_before_the_data_is_left_out(tmp_path):
    later = log(100, customers=100, day=90, stray=0)
    cut = pd.DataFrame([(f"cut{i}", f"C{i}", "2026-01-05", "web", "Sign") for i in range(6)], columns=later.columns)
    study, numbers = measured(tmp_path, pd.concat([cut, later]))
    assert numbers["", "journeys"].estimate.value == 100
    assert any("6 journeys that began in the first 30 days of the data are left out" in n for n in study.notes)


def test_journeys_that_leave_the_map_at_the_start_of_the_data_do_not_make_it_fit_better(tmp_path):
    """One in five begins on the second step, in the first days of the data as later."""
    rows = [
        (f"K{i}", f"C{i}", START + dt.timedelta(days=i % 100, hours=h), "web", s)
        for i in range(1000)
        for h, s in ((0, "Ask"), (1, "Prove"))
        if i % 5 or s != "Ask"
    ]
    events = pd.DataFrame(rows, columns=["case", "customer", "at", "channel", "step"])
    _, numbers = measured(tmp_path, events)
    assert numbers["", "journeys"].estimate.value == 700
    for step, measure, share in (("", "fit", 0.8), ("ask", "reach", 0.8), ("ask", "skip", 0.2)):
        assert numbers[step, measure].estimate.value == pytest.approx(share)


def test_nothing_after_the_end_of_the_data_is_counted(tmp_path):
    rows = [(f"K{i}", f"C{i}", START + dt.timedelta(days=60), "web", "Ask") for i in range(50)]
    late = [(f"K{i}", f"C{i}", START + dt.timedelta(days=300), "web", "Prove") for i in range(50)]
    late += [(f"L{i}", f"C{i}", START + dt.timedelta(days=300), "web", "Ask") for i in range(50)]
    events = pd.DataFrame([*rows, *late], columns=["case", "customer", "at", "channel", "step"])
    _, numbers = measured(tmp_path, events, journey(window_days=None))
    assert numbers["", "journeys"].estimate.value == 50
    assert numbers["ask", "drop_off"].estimate.value == 1


def test_an_event_that_names_nobody_is_of_the_customer_of_its_case(tmp_path):
    """The first visit is anonymous: the case is its customer's all the same, and not of several."""
    later = log(300, customers=50, day=60, stray=0, weights=(0, 3, 1, 6))
    nameless = later.assign(customer=later["customer"].mask(~later.duplicated("case")))
    study, numbers = measured(tmp_path, nameless)
    assert not any("more than one customer" in n for n in study.notes)
    named = measured(tmp_path, later)[1]
    for key in (("prove", "drop_off"), ("sign", "reach")):
        assert numbers[key].estimate == named[key].estimate


def test_journeys_begun_before_a_day_can_be_left_out(tmp_path):
    old, young = log(100, customers=100, day=40, stray=0), log(50, customers=50, day=90, stray=0)
    young["case"] = "Y" + young["case"]
    study, numbers = measured(tmp_path, pd.concat([old, young]), journey(since="2026-04-01"))
    assert numbers["", "journeys"].estimate.value == 50
    assert "100 journeys that began before 1\u00a0April\u00a02026 are left out." in study.notes


def test_what_comes_after_the_window_is_no_longer_the_journey(tmp_path):
    rows = [
        (f"K{i}", f"C{i}", at, "web", s)
        for i in range(40)
        for s, at in (("Ask", "2026-02-01"), ("Prove", "2026-03-20"))
    ]
    _, numbers = measured(tmp_path, pd.DataFrame(rows, columns=["case", "customer", "at", "channel", "step"]))
    assert numbers["ask", "drop_off"].estimate.value == 1
    assert numbers["prove", "reach"].estimate.value == 0


def test_steps_at_the_same_time_follow_the_map(tmp_path):
    rows = [(f"K{i}", f"C{i}", "2026-02-01", "web", s) for i in range(40) for s in ("Sign", "Ask", "Prove")]
    study, numbers = measured(tmp_path, pd.DataFrame(rows, columns=["case", "customer", "at", "channel", "step"]))
    assert numbers["", "fit"].estimate.value == 1
    assert numbers["ask", "hours_to_next"].estimate.value == 0
    assert any("100 % of the moves" in n for n in study.notes)


def test_a_step_where_more_end_stands_out(found):
    worst = found[1]["prove", "drop_off_vs_rest"].estimate
    assert worst.low > 0
    assert not any(found[1][i, "drop_off_vs_rest"].estimate.low > 0 for i in ("ask", "sign"))


def test_no_step_stands_out_where_all_are_alike(tmp_path):
    """Three in ten end at each step."""
    _, numbers = measured(tmp_path, log(customers=600, stray=0, weights=(0.3, 0.21, 0.147, 0.343)))
    for item in IDS[:-1]:
        e = numbers[item, "drop_off_vs_rest"].estimate
        assert e.low < 0 < e.high


def test_the_rest_of_a_step_is_the_other_steps(events, found):
    counted = visits(events)
    counted = counted[counted["step"] != STEPS[-1]]
    mine = counted["step"] == "Prove"
    ends = counted["next_at"].isna()
    assert found[1]["prove", "drop_off_vs_rest"].estimate.value == pytest.approx(ends[mine].mean() - ends[~mine].mean())


def test_the_difference_counts_each_customer_once(events, found):
    counted = visits(events)
    counted = counted[counted["step"] != STEPS[-1]].assign(end=lambda d: d["next_at"].isna().astype(int))

    def sums(rows):
        each = rows.groupby("customer")["end"].agg(["sum", "size"])
        y, x = each["sum"], each["size"]
        return Sums.of(n=x.sum(), y=y.sum(), m=len(x), cyy=(y * y).sum(), cxy=(x * y).sum(), cxx=(x * x).sum())

    mine = counted["step"] == "Prove"
    one, rest = (
        Sums.of(yy=s.y, **{f: getattr(s, f) for f in FIELDS}) for s in (sums(counted[mine]), sums(counted[~mine]))
    )
    expected = proportion.difference(one, rest, conf=1 - 0.05 / 3)
    e = found[1]["prove", "drop_off_vs_rest"].estimate
    assert (e.low, e.high) == pytest.approx((expected.low[0], expected.high[0]))


def test_an_event_may_be_called_anything(events, tmp_path):
    odd = "A'sk\"; DROP TABLE interactions; --"
    steps = [{"id": "ask", "label": "Ask", "events": [odd]}, {"id": "prove", "label": "Prove", "events": ["Prove"]}]
    named = journey(phases=[{"id": "p", "label": "P", "steps": steps}])
    _, numbers = measured(tmp_path, events.assign(step=events["step"].replace("Ask", odd)), named)
    assert numbers["ask", "reach"].estimate.value == pytest.approx(
        visits(events[events["step"].isin(["Ask", "Prove"])]).pipe(
            lambda v: (v["step"] == "Ask").sum() / v["case"].nunique()
        )
    )


def test_a_typing_error_is_told_with_its_line(tmp_path):
    (tmp_path / "journeys").mkdir()
    text = json.dumps(journey().model_dump(mode="json"), indent=1).replace('"Prove"\n', '"Proove"\n')
    (tmp_path / "journeys/join.as-is.yaml").write_text(text)
    line = 1 + text[: text.index("Proove")].count("\n")
    log(20).assign(row=range(len(log(20)))).to_csv(tmp_path / "log.csv")
    answers(log(20)).assign(row=range(len(answers(log(20))))).to_csv(tmp_path / "answers.csv")
    with open_database() as db:
        columns = read_tables(db, SOURCES, root=tmp_path).columns
        with pytest.raises(DocumentError, match="'Proove'") as told:
            check_journeys(db, read_journeys(tmp_path), kpis=[], columns=columns)
    assert (told.value.where.split(",")[0], told.value.hint) == (
        f"journeys/join.as-is.yaml:{line}",
        "Did you mean 'Prove'?",
    )


def test_nothing_is_said_of_a_step_that_few_reached(tmp_path):
    """Nor how many went on to it, which would tell how few they are."""
    many = log(200, customers=200, stray=0, day=60)
    many = many[many["step"].isin(["Ask", "Prove"])]
    few = pd.DataFrame([(f"K{i}", f"C{i}", "2026-03-20", "web", "Sign") for i in range(3)], columns=many.columns)
    _, numbers = measured(tmp_path, pd.concat([many, few]))
    hidden = {k for k, f in numbers.items() if f.estimate.status == "suppressed"}
    assert {("sign", "reach"), ("sign", "drop_off")} <= hidden
    assert all(numbers[k].estimate.n is None for k in hidden)
    led = [i for i in ("ask", "prove") if ((many["step"] == i.title()) & many["case"].isin(["K0", "K1", "K2"])).any()]
    assert any((i, "drop_off") in hidden for i in led)
    assert not any(i == "sign" and f.estimate.shown for (i, _), f in numbers.items())


def test_what_adds_up_with_a_hidden_step_is_hidden_too(tmp_path):
    """Journeys that end at each step add up to all: one unknown would be known."""
    many = log(200, customers=200, stray=0, day=60)
    many = many[many["step"].isin(["Ask", "Prove"])]
    few = pd.DataFrame([(f"X{i}", f"Y{i}", "2026-03-20", "web", "Sign") for i in range(3)], columns=many.columns)
    study, numbers = measured(tmp_path, pd.concat([many, few]))
    assert not [k for k, f in numbers.items() if k[1] in ("drop_off", "drop_off_vs_rest") and f.estimate.shown]
    assert not [k for k, f in numbers.items() if k[1] in ("hours_to_next", "channel_switch") and f.estimate.shown]
    n = numbers["", "journeys"].estimate.n
    reaches = [f.estimate for (_, m), f in numbers.items() if m == "reach" and f.estimate.shown]
    assert all(round(n * (1 - e.value)) not in range(1, 5) for e in reaches)
    assert any("fewer than 5 customers reached is hidden" in note for note in study.notes)


def test_a_case_of_several_customers_is_told(tmp_path):
    events = log(60, customers=60, stray=0, day=60)
    events.loc[events.index[:40], "case"] = "K0"
    study, _ = measured(tmp_path, events)
    assert any("more than one customer: Fewer than 5." in note for note in study.notes)


def test_a_channel_that_few_used_is_not_named(tmp_path):
    events = log(200, customers=200, stray=0, day=60)
    events.loc[events.index[:2], "channel"] = "Anna Berg"
    _, numbers = measured(tmp_path, events)
    assert "Anna Berg" not in json.dumps([m for _, m in numbers])
    for item in IDS[:2]:
        shown = [f for (i, m), f in numbers.items() if i == item and m.startswith("channel=")]
        left = shown[0].estimate.n * (1 - sum(f.estimate.value for f in shown))
        assert round(left) == 0 or left >= 5


def test_a_base_of_few_says_how_few(tmp_path):
    _, numbers = measured(tmp_path, log(20, customers=20, day=60))
    e = numbers["ask", "drop_off"].estimate
    assert (e.status, e.shown) == ("too_few", False)


def test_an_empty_log_says_so(events, tmp_path):
    _, numbers = measured(tmp_path, events[events["step"] == "none"])
    assert numbers["", "journeys"].estimate.value == 0
    assert {f.estimate.status for f in numbers.values()} <= {"ok", "no_data", "unobserved"}
    assert {numbers[i, "reach"].estimate.status for i in IDS} == {"unobserved"}


def test_events_off_the_map_are_told(events, tmp_path):
    short = journey(phases=[{"id": "p", "label": "P", "steps": [{"id": "ask", "label": "A", "events": ["Ask"]}]}])
    study, _ = measured(tmp_path, events, short)
    assert any(n.startswith("Not on the map: ") and "Settle (" in n for n in study.notes)


def test_nothing_of_a_customer_is_in_the_findings(events, found):
    told = json.dumps([str(found[0]), [str(f) for f in found[1].values()]])
    assert not any(c in told for c in [*events["customer"].head(50) + "'", *events["case"].head(50) + "'"])
    seconds = {round(v, 6) for v in (visits(events)["next_at"] - visits(events)["at"]).dt.total_seconds() / 3600}
    times = {round(f.estimate.value, 6) for (_, m), f in found[1].items() if m.startswith("hours") and f.estimate.shown}
    assert not times & (seconds - {0.0})


def test_the_fall_out_planted_in_the_sample_is_found(aldermoor):
    found = {(f.item, f.measure): f.estimate for f in aldermoor.evidence().findings if f.study == "journey/moving"}
    planted = {"request": 0.06, "identity_check": 0.34, "new_contract": 0.065, "meter_reading": 0.05}
    for step, share in planted.items():
        assert found[step, "drop_off"].low <= share <= found[step, "drop_off"].high
    assert [s for s in planted if found[s, "drop_off_vs_rest"].low > 0] == ["identity_check"]


SHOP = "journeys/simple-onlineshop.csv"
FUNNEL = {"catalog": 3611, "cart": 1924, "delivery": 1356, "payment": 958}


def test_shop_funnel_is_that_of_its_readme(real):
    """All users, none left out: the data are said to reach far enough for each of them to have finished."""
    engagement = real("onlineshop", SHOP)
    study, findings = measured_folder(engagement)
    users = next(f.estimate.value for f in findings if f.measure == "journeys")
    reach = {f.item: round(f.estimate.value * users) for f in findings if f.measure == "reach"}
    assert {k: reach[k] for k in FUNNEL} == FUNNEL
    assert study.counts == "customers"


def test_shop_users_go_no_further_as_counted_in_pandas(real):
    _, findings = measured_folder(real("onlineshop", SHOP))
    names = {
        "catalog": "catalog",
        "cart": "cart",
        "delivery_choice": "delivery",
        "payment_choice": "payment",
        "payment_done": "done",
    }
    raw = pd.read_csv(SHARED / SHOP, parse_dates=["timestamp"])
    raw = raw[raw["event"].isin(names)].assign(pos=lambda d: d["event"].map(list(names).index))
    firsts = (
        raw.groupby(["user_id", "pos"], as_index=False)["timestamp"].min().sort_values(["user_id", "timestamp", "pos"])
    )
    last = firsts.groupby("user_id").tail(1)["pos"].value_counts()
    reached = firsts["pos"].value_counts()
    for pos, step in enumerate(names.values()):
        drop = next((f.estimate for f in findings if (f.item, f.measure) == (step, "drop_off")), None)
        if step != "done":
            assert drop.value == pytest.approx(last[pos] / reached[pos])


def measured_folder(engagement):
    with open_database() as db:
        tables = read_tables(db, engagement.sources, root=engagement.root)
        pairs = read_journeys(engagement.root)
        check_journeys(db, pairs, kpis=[], columns=tables.columns)
        days = {"since": tables.spans["interactions"][0], "until": engagement.settings.data_until}
        return measure_journey(db, pairs["buying"].as_is, columns=tables.columns, threshold=5, **days)
