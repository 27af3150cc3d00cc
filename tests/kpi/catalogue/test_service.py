"""KPIs of service, from rows, against vectors and against counts done by hand."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from kpi.catalogue.rows import FIRST, LAST, measure_rows, times, vector

FORMULAS = {
    "service_level_left_early": "f1_abn_in_counts_positive",
    "service_level_answered": "f2_answered_only",
    "service_level_offered": "f3_all_abn_negative",
    "service_level": "f4_abn_in_excluded",
    "service_level_short": "f5_short_counts_positive",
}
FEBRUARY = dt.datetime(2026, 2, 1)  # noqa: DTZ001
AS_OF = pd.Timestamp(LAST) + pd.Timedelta(days=1)


def total(kpi: str, rows: list[dict], **request):
    return measure_rows({"interactions": rows}, kpis=[kpi], **request)[kpi]


def call(wait: float | None, *, abandoned: bool | None = False) -> dict:
    return {"wait_seconds": wait, "abandoned": abandoned}


# --- Time until an answer


@pytest.fixture(scope="module")
def icmi():
    inputs, expected = vector("sla.icmi_five_formulas")
    late, short = inputs["abandoned_after_threshold"], inputs["abandoned_short"]
    rows = [
        *times(inputs["answered_in_threshold"], **call(8)),
        *times(inputs["answered"] - inputs["answered_in_threshold"], **call(35)),
        *times(late, **call(70, abandoned=True)),
        *times(short, **call(2, abandoned=True)),
        *times(inputs["abandoned_in_threshold"] - short, **call(12, abandoned=True)),
    ]
    return rows, expected


def test_five_formulas_of_the_service_level_are_told_apart(icmi):
    rows, expected = icmi
    found = measure_rows({"interactions": rows}, kpis=list(FORMULAS))
    assert {k: e.value for k, e in found.items()} == pytest.approx({k: expected[f] for k, f in FORMULAS.items()})
    assert (found["service_level"].n, found["service_level_offered"].n) == (1040, 1060)


def test_an_answer_at_the_last_second_is_in_time():
    rows = [call(20), call(20.5), call(0), call(5), call(21, abandoned=True), call(20, abandoned=True)]
    found = measure_rows({"interactions": rows}, kpis=list(FORMULAS))
    assert {k: (round(e.value * e.n), e.n) for k, e in found.items()} == {
        "service_level_left_early": (4, 6), "service_level_answered": (3, 4), "service_level_offered": (3, 6),
        "service_level": (3, 5), "service_level_short": (3, 6),
    }  # fmt: skip


def test_a_wait_that_is_unknown_or_impossible_is_not_judged():
    rows = [*times(3, **call(5)), call(None), call(-4), call(5, abandoned=None), call(30, abandoned=None)]
    assert {k: e.n for k, e in measure_rows({"interactions": rows}, kpis=list(FORMULAS)).items()} == {
        **dict.fromkeys(FORMULAS, 3)
    }


def test_the_service_level_of_another_target():
    inputs, expected = vector("sla.cisco_icr")
    rows = [*times(inputs["answered_in"], **call(29)), *times(inputs["answered_after"], **call(31))]
    found = total("service_level", rows, parameters={"target_seconds": 30})
    assert found.value == pytest.approx(expected["sl"])


def test_abandonment_with_and_without_those_who_leave_at_once():
    inputs, expected = vector("abandonment.variants")
    short = inputs["short_abandoned"]
    rows = [
        *times(inputs["offered"] - inputs["abandoned"], **call(None)),
        *times(inputs["abandoned"] - short, **call(6, abandoned=True)),
        *times(short, **call(5, abandoned=True)),
    ]
    found = measure_rows({"interactions": rows}, kpis=["abandonment", "abandonment_gross"])
    assert found["abandonment"].value == pytest.approx(expected["net_of_short"])
    assert found["abandonment_gross"].value == pytest.approx(expected["gross"])


def test_who_gave_up_at_an_unknown_moment_counts_in_the_gross_rate_only():
    rows = [*times(3, **call(4)), call(None, abandoned=True), call(9, abandoned=None)]
    found = measure_rows({"interactions": rows}, kpis=["abandonment", "abandonment_gross"])
    assert (found["abandonment"].n, found["abandonment_gross"].n) == (3, 4)


# --- Transfers


def test_transfers_by_share_and_by_count():
    inputs, expected = vector("transfer.basic")
    twice = inputs["transfers_total"] - inputs["contacts_with_transfer"]
    rows = [
        *times(inputs["contacts_with_transfer"] - twice, transferred=True, transfers=1),
        *times(twice, transferred=True, transfers=2),
        *times(inputs["handled"] - inputs["contacts_with_transfer"], transferred=False, transfers=0),
    ]
    found = measure_rows({"interactions": rows}, kpis=["transfer_rate", "transfers_per_contact"])
    rate, count = found["transfer_rate"], found["transfers_per_contact"]
    assert [rate.value, rate.low, rate.high] == pytest.approx([expected["transfer_rate"], *expected["wilson"]])
    assert count.value == pytest.approx(100 * expected["transfers_per_contact"])
    # Contacts differ by more than Poisson's chance, so that the exact interval is the narrowest that there can be.
    assert count.low < 100 * expected["poisson_ci"][0]
    assert count.high > 100 * expected["poisson_ci"][1]


def test_an_unknown_or_impossible_number_of_transfers_is_not_counted():
    found = total("transfers_per_contact", [{"transfers": n} for n in (0, 1, 3, 0, None, -1)])
    assert (found.n, found.value) == (4, 100)


# --- Coming back


def contacts(inputs: dict, **more) -> list[dict]:
    keys = {"customer": "customer_id", "reason": "reason"}
    return [
        {
            **{keys[k]: v for k, v in c.items() if k in keys},
            "started_at": FEBRUARY + dt.timedelta(days=c["day"]),
            **more,
        }
        for c in inputs["contacts"]
    ]


def window(inputs: dict) -> dict:
    days = inputs["observation_end_day"] - 1
    return {"period": "all", "first": FIRST, "last": (FEBRUARY + dt.timedelta(days=days)).date()}


def test_contacts_that_are_followed_by_another():
    inputs, expected = vector("recontact.window")
    found = measure_rows(
        {"interactions": contacts(inputs, resolvable=True)},
        kpis=["recontact", "recontact_any", "fcr", "fcr_net"],
        **window(inputs),
    )
    assert found["recontact"].value == pytest.approx(expected["rate_same"])
    assert found["recontact_any"].value == pytest.approx(expected["rate_any"])
    assert found["recontact"].n == found["recontact_any"].n == expected["mature_contacts"]
    assert found["fcr"].value == found["fcr_net"].value == pytest.approx(expected["fcr"])
    assert found["fcr"].n == found["fcr_net"].n == expected["fcr_initial_mature"]


def test_first_contact_resolution_of_what_the_first_level_may_settle():
    inputs, expected = vector("fcr.gross_net")
    resolved, out = inputs["resolved_first"], inputs["not_resolvable_l1"]
    again = inputs["all_contacts"] - resolved
    first = [{"customer_id": f"c{i}", "started_at": FEBRUARY} for i in range(inputs["all_contacts"])]
    rows = [{**row, "resolvable": i >= out} for i, row in enumerate(first)]
    # They come back after a week and a half-day less; what is not for the first level is never settled by it.
    rows += [{**row, "started_at": FEBRUARY + dt.timedelta(days=6.5)} for row in first[:again]]
    found = measure_rows({"interactions": rows}, kpis=["fcr", "fcr_net"])
    assert [found["fcr"].n, found["fcr_net"].n] == [1000, 850]
    assert [found["fcr"].value, found["fcr_net"].value] == pytest.approx([expected["gross"], expected["net"]])
    assert [found["fcr"].low, found["fcr"].high] == pytest.approx(expected["gross_wilson"])


def test_a_contact_of_the_last_days_is_not_judged_and_one_on_the_edge_is():
    days = (AS_OF - pd.Timedelta(days=d) for d in (0.5, 3, 6.99, 7, 7, 8, 40))
    rows = [{"started_at": day, "reason": "bill", "resolvable": True} for day in days]
    found = measure_rows({"interactions": rows}, kpis=["recontact", "recontact_any", "fcr", "fcr_net"])
    assert {e.n for e in found.values()} == {4}


def test_coming_back_on_the_last_day_of_the_window_counts():
    pairs = [(f"c{i}", dt.timedelta(days=d)) for i, d in enumerate((0, 6, 7, 7.01, 30))]
    rows = [{"customer_id": c, "started_at": FEBRUARY + d} for c, gap in pairs for d in (dt.timedelta(), gap)]
    found = total("recontact", rows)
    # Of ten contacts five are second ones; three of the first ones are followed within seven days.
    assert (found.n, found.value) == (10, pytest.approx(3 / 10))


def test_a_contact_of_nobody_is_nobodys_second_one():
    rows = [*times(4, customer_id=None, started_at=FEBRUARY), *({"started_at": FEBRUARY} for _ in range(4))]
    found = total("recontact_any", rows)
    assert (found.n, found.value) == (4, 0)


def test_a_first_contact_of_the_first_days_may_be_a_second_one():
    rows = [{"started_at": FIRST + dt.timedelta(days=d), "resolvable": True} for d in (0, 3, 6, 7, 8, 9)]
    found = measure_rows({"interactions": rows}, kpis=["fcr", "fcr_net", "recontact"])
    assert {k: e.n for k, e in found.items()} == {"fcr": 3, "fcr_net": 3, "recontact": 6}


@pytest.mark.parametrize("kpi", ["fcr_net", "recontact", "recontact_any", "time_to_resolve_median", "sla_met"])
def test_steps_of_a_journey_are_no_contacts(kpi):
    day = dt.timedelta(days=1)
    row = {"started_at": FEBRUARY, "ended_at": FEBRUARY + day, "due_at": FEBRUARY + day, "resolvable": True}
    found = total(kpi, [{**row, "customer_id": f"c{i}", "step": s} for i in range(4) for s in (None, "sign up")])
    assert found.n == 4


# --- Time

RESOLVE = ["time_to_resolve_median", "time_to_resolve_p90"]
ONE_BUCKET = 0.011  # a bucket spans 2 %, so a quantile is 1 % off at most


def opened(hours: float, *, closed: bool = True, began: pd.Timestamp | None = None) -> dict:
    """A contact of so many hours; one that is open began so many hours before the end of the data."""
    start = began or (AS_OF - pd.Timedelta(hours=hours) if not closed else pd.Timestamp(FEBRUARY))
    return {"started_at": start, "ended_at": start + pd.Timedelta(hours=hours) if closed else None}


def test_quantiles_of_the_time_to_resolve():
    inputs, expected = vector("ttr.percentiles")
    found = measure_rows({"interactions": [opened(h) for h in inputs["hours"]]}, kpis=RESOLVE)
    median, slow = (found[k] for k in RESOLVE)
    # Of 20 the median is the tenth: no mean of the two in the middle is taken.
    assert median.value == pytest.approx(sorted(inputs["hours"])[9], rel=ONE_BUCKET)
    assert [median.low, median.high] == pytest.approx(expected["median_ci"], rel=ONE_BUCKET)
    assert slow.value == pytest.approx(expected["p90_inverted_cdf"], rel=ONE_BUCKET)
    assert slow.high is None


def test_open_contacts_are_older_than_they_look():
    inputs, expected = vector("ttr.km_open_tickets")
    pairs = list(zip(inputs["age_hours"], inputs["closed"], strict=True))
    found = total(RESOLVE[0], [opened(h, closed=bool(c)) for h, c in pairs])
    assert (found.value, found.high) == (pytest.approx(expected["km_median"], rel=ONE_BUCKET), None)
    assert found.low == pytest.approx(expected["km_median_ci"][0], rel=ONE_BUCKET)
    closed = total(RESOLVE[0], [opened(h) for h, c in pairs if c])
    assert closed.value < expected["wrong_median_closed_only"] < found.value


def test_closed_after_the_last_day_is_open_until_then():
    begun = AS_OF - pd.Timedelta(hours=10)
    after = [opened(50, began=begun) for _ in range(6)]
    still = [opened(10, closed=False) for _ in range(6)]
    quick = [opened(2) for _ in range(9)]
    assert total(RESOLVE[0], [*quick, *after]) == total(RESOLVE[0], [*quick, *still])
    assert total(RESOLVE[0], [*quick[:3], *still]).value is None


def test_no_time_is_a_time_and_less_than_none_is_a_slip():
    rows = [*(opened(0) for _ in range(5)), *(opened(-1) for _ in range(4)), *(opened(8) for _ in range(3))]
    found = total(RESOLVE[0], rows)
    assert (found.value, found.n) == (0, 8)


def test_all_alike_and_the_contact_of_the_last_day():
    alike = total(RESOLVE[0], [opened(6) for _ in range(40)])
    assert [alike.value, alike.low, alike.high] == pytest.approx([6, 6, 6], rel=ONE_BUCKET)
    assert total(RESOLVE[0], [opened(h, closed=False) for h in (0, 1, 2, 3)]).value is None


def test_handling_time_is_told_with_the_limits_of_a_long_tail():
    inputs, expected = vector("aht.cox_lognormal")
    found = total("handle_time", [{"handle_seconds": s} for s in (*inputs["seconds"], 0, -5, None)])
    assert (found.value, found.n) == (pytest.approx(vector("aht.welch")[1]["mean_a"]), 10)
    assert [found.low, found.high] == pytest.approx(expected["ci"])


def test_handling_time_of_teams_is_that_of_all_their_contacts():
    inputs, expected = vector("aht.ratio_of_sums")
    seconds = [((t["talk"] + t["hold"] + t["acw"]) / t["handled"], t["handled"]) for t in inputs["teams"]]
    found = total("handle_time", [row for s, n in seconds for row in times(n, handle_seconds=s)])
    assert found.value == pytest.approx(expected["aht_total"])


# --- Agreements on time


def ticket(due: float, ended: float | None, *, began: float = 30) -> dict:
    """A ticket by days before the end of the data."""
    return {
        "started_at": AS_OF - pd.Timedelta(days=began),
        "due_at": AS_OF - pd.Timedelta(days=due),
        "ended_at": None if ended is None else AS_OF - pd.Timedelta(days=ended),
    }


def test_open_and_overdue_is_missed_and_not_due_is_not_judged():
    met = [ticket(20, 20), ticket(20, 25), ticket(0, 0.5)]
    missed = [ticket(20, 19), ticket(20, None), ticket(0, None)]
    not_due = [ticket(-2, None), ticket(-2, 4)]
    slips = [ticket(31, 29), ticket(20, 31)]
    found = total("sla_met", [*met, *missed, *not_due, *slips])
    assert (found.n, found.value) == (6, pytest.approx(0.5))


def test_a_contact_without_an_agreed_time_is_not_in_the_base():
    rows = [{**ticket(5, 5), "due_at": None}, *(ticket(5, 6) for _ in range(3))]
    assert total("sla_met", rows).n == 3


# --- Channels


def test_channels_of_cases():
    inputs, expected = vector("journey.eventlog")
    rows = [
        {
            "case_id": e["journey"],
            "customer_id": f"c{e['journey']}",
            "step": e["stage"],
            "channel": e["channel"],
            "started_at": FEBRUARY + dt.timedelta(hours=e["t_hours"]),
        }
        for e in inputs["events"]
    ]
    found = measure_rows({"interactions": rows}, kpis=["channel_switch", "channel_switches_per_case"])
    assert found["channel_switch"].value == pytest.approx(expected["channel_switch_rate"])
    switches = expected["channel_switches"]
    assert found["channel_switches_per_case"].value == pytest.approx(100 * sum(switches.values()) / len(switches))


def test_a_young_case_is_not_judged_and_an_old_one_has_no_longer():
    def case(name: str, began: float, *later: float) -> list[dict]:
        days = [began, *(began - d for d in later)]
        channels = ["web", *("phone" for _ in later)]
        return [
            {"case_id": name, "customer_id": name, "channel": c, "started_at": AS_OF - pd.Timedelta(days=d)}
            for c, d in zip(channels, days, strict=True)
        ]

    rows = [
        *case("young", 27, 1),
        *case("edge", 28, 28),
        *case("late", 60, 29),
        *case("plain", 50),
        *case("two", 50, 1),
    ]
    rows += [{**row, "channel": None} for row in case("unknown", 50, 1)]
    found = total("channel_switch", rows)
    assert (found.n, found.value) == (4, pytest.approx(2 / 4))


def test_what_has_no_case_or_no_channel_is_no_change():
    def contact(case: str | None, hour: int, channel: str | None) -> dict:
        at = FEBRUARY + dt.timedelta(hours=hour)
        return {"case_id": case, "customer_id": f"c{case}", "channel": channel, "started_at": at}

    channels = ("web", None, "phone", "phone", "web")
    rows = [contact(c, h, name) for c in "abc" for h, name in enumerate(channels)]
    rows += [contact(None, h, name) for h, name in enumerate(("web", "phone", "store"))]
    found = measure_rows({"interactions": rows}, kpis=["channel_switch", "channel_switches_per_case"])
    assert {k: (e.n, e.value) for k, e in found.items()} == {
        "channel_switch": (3, 1), "channel_switches_per_case": (3, 200),
    }  # fmt: skip


# --- Money and channels of contacts


def test_digital_share_and_cost_of_a_contact():
    rows = [
        *times(3, digital=True, cost=1.0),
        *times(2, digital=False, cost=6.0),
        {"digital": None, "cost": 0.0},
        {"digital": None, "cost": -2.0},
    ]
    found = measure_rows({"interactions": rows}, kpis=["digital_share", "cost_per_contact"])
    assert (found["digital_share"].n, found["digital_share"].value) == (5, pytest.approx(3 / 5))
    costs = pd.Series([1.0, 1, 1, 6, 6, 0])
    assert (found["cost_per_contact"].n, found["cost_per_contact"].value) == (6, pytest.approx(costs.mean()))
    assert found["cost_per_contact"].se == pytest.approx(costs.sem())
