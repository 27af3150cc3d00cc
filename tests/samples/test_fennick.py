"""The exports of Fennick & Rowe: the same bytes wherever they are made, and what they say is what was planted.

Every figure here is computed from the committed files with pandas, never with the generator's code.
"""

from __future__ import annotations

import itertools
import re

import pandas as pd
import pytest
from exports import SAMPLES, by_quarter, different, make_twice, names_of, p_value, quarter_of, read_all, size_of
from exports import truths_of as read_truths

EXPORTS = SAMPLES / "fennick" / "data"
STEPS = {"Find": 0, "Order": 1, "Delivery": 2, "Collect": 2, "Unpack": 3, "Return": 4}
LAST_GONE_ON = pd.Timestamp("2026-10-04")  # four weeks before the end
JULY = pd.Timestamp("2026-07-01")


@pytest.fixture(scope="module")
def customers():
    return pd.read_csv(EXPORTS / "crm/customers.csv", parse_dates=["Customer since"])


@pytest.fixture(scope="module")
def order_rows():
    rows = read_all(EXPORTS / "orders", sep=";", decimal=",", keep_default_na=False)
    return rows.assign(Placed=pd.to_datetime(rows["Placed"], format="%d.%m.%Y %H:%M"))


@pytest.fixture(scope="module")
def orders(order_rows, customers):
    last = order_rows.drop_duplicates("Order", keep="last").sort_values("Placed")
    return last.merge(customers, on="Customer No", validate="many_to_one")


@pytest.fixture(scope="module")
def steps():
    table = read_all(EXPORTS / "journey", keep_default_na=False, parse_dates=["At"])
    table["before"] = table.groupby("Journey")["Where"].shift()
    table["last"] = table["Step"] == table.groupby("Journey")["Step"].transform("last")
    return table


@pytest.fixture(scope="module")
def contacts():
    table = read_all(EXPORTS / "service", parse_dates=["Opened", "Closed"])
    return table.drop_duplicates("Contact", keep="last")


@pytest.fixture(scope="module")
def answers():
    return read_all(EXPORTS / "survey", encoding="utf-8-sig", parse_dates=["Answered at"])


@pytest.fixture(scope="module")
def truths():
    return read_truths("fennick")


# The files


@pytest.fixture(scope="module")
def made_twice(tmp_path_factory):
    return make_twice("fennick", [tmp_path_factory.mktemp("samples") for _ in range(2)])


@pytest.mark.parametrize("run", [0, 1])
def test_the_generator_writes_the_committed_bytes(made_twice, run):
    assert different(made_twice[run], "fennick") == []


def test_no_export_is_there_that_the_generator_did_not_write(made_twice):
    assert names_of(SAMPLES / "fennick") == names_of(made_twice[0])


def test_the_exports_are_at_most_three_and_a_half_megabytes():
    assert size_of("fennick") <= 3_500_000


@pytest.mark.parametrize(
    ("folder", "name"), [("orders", "orders"), ("journey", "steps"), ("service", "contacts"), ("survey", "survey")]
)
def test_there_is_a_file_a_month(folder, name):
    months = pd.period_range("2025-05", "2026-10", freq="M")
    assert sorted(p.name for p in (EXPORTS / folder).iterdir()) == [f"{name}_{month}.csv" for month in months]


def test_orders_have_semicolons_and_decimal_commas():
    line = re.compile(r"FR-\d{6};K\d{5};\d\d\.\d\d\.202[56] \d\d:\d\d;(web|app|shop);\w+;\d+,\d\d;[a-z ]*")
    lines = (EXPORTS / "orders/orders_2026-09.csv").read_text(encoding="utf-8").splitlines()
    assert all(line.fullmatch(x) for x in lines[1:])


# The rows


def test_every_customer_is_in_the_list_and_came_before_what_they_did(customers, orders, steps, contacts, answers):
    since = customers.set_index("Customer No")["Customer since"]
    assert customers["Customer No"].is_unique
    for table, time in ((orders, "Placed"), (steps, "At"), (contacts, "Opened"), (answers, "Answered at")):
        assert (table["Customer No"].map(since) <= table[time]).all()


def test_seven_in_eight_may_be_contacted(customers):
    assert set(customers["May contact"]) == {"yes", "no"}
    assert (customers["May contact"] == "yes").mean() == pytest.approx(0.88, abs=0.02)


def test_orders_come_again_word_for_word_or_after_a_return(order_rows):
    told = order_rows.drop_duplicates()
    corrected = told[told.duplicated("Order", keep=False)].groupby("Order")
    assert len(order_rows) - len(told) >= 20
    assert corrected.ngroups >= 50
    assert (corrected["Net value"].last() < corrected["Net value"].first()).all()
    assert set(corrected["Status"].first()) == {""}
    assert set(corrected["Status"].last()) == {"returned", "part returned"}


def test_what_was_returned_is_what_the_journey_says(orders, steps):
    back = orders[orders["Status"] != ""]
    assert len(back) == pytest.approx((steps["Step"] == "Return").sum(), abs=3)


def test_journeys_go_through_the_steps_in_order(steps):
    places = steps.assign(place=steps["Step"].map(STEPS)).groupby("Journey")["place"].agg(list)
    assert all(list(range(x[0], x[0] + len(x))) == x for x in places)


def test_whether_the_order_is_known_is_recorded_where_a_customer_comes_into_a_shop(steps):
    comes = steps["before"].notna() & (steps["Where"] == "shop") & (steps["before"] != "shop")
    begun = steps["Journey"].map(steps.groupby("Journey")["Step"].first()) == "Find"
    assert comes[begun].equals(steps.loc[begun, "Order known"] != "")


def test_answers_are_on_their_scales(answers):
    assert answers["Answer"].is_unique
    assert set(answers["Would recommend (0-10)"].dropna()) == set(range(11))
    assert set(answers["Satisfied (1-5)"].dropna()) == set(range(1, 6))
    assert set(answers["Easy (1-7)"].dropna()) == set(range(1, 8))


def test_remarks_hold_what_makes_a_reader_stumble(answers):
    said = "".join(answers["Remarks"].dropna().unique())
    assert all(sign in said for sign in (",", '"', "<", "\n"))


def test_each_step_has_answers_to_score_it(answers):
    satisfied = answers.dropna(subset="Satisfied (1-5)").groupby("Asked about").size()
    assert satisfied[list(STEPS)].min() >= 30


# The truths


def test_at_the_desk_orders_are_lost_since_july(steps, truths):
    truth = truths["collect_fall_out"]
    lost = steps[(steps["Step"] == "Collect") & (steps["At"] < LAST_GONE_ON)]
    before, after = (group["last"] for _, group in lost.groupby(lost["At"] >= JULY))
    assert before.mean() == pytest.approx(truth["before"], abs=0.02)
    assert after.mean() == pytest.approx(truth["after"], abs=0.04)


@pytest.mark.parametrize("step", ["Find", "Order", "Delivery"])
def test_no_other_step_loses_more_than_before(steps, truths, step):
    lost = steps[(steps["Step"] == step) & (steps["At"] < LAST_GONE_ON)]
    quarters = by_quarter(lost["last"], lost["At"])
    assert lost["last"].mean() == pytest.approx(truths["collect_fall_out"]["each_step"][step], abs=0.015)
    assert p_value(quarters["2026Q3"], quarters["2026Q2"]) > 0.03


def test_shops_do_not_know_what_comes_from_the_web(steps, truths):
    truth, known = truths["web_to_shop_handoff"], steps[steps["Order known"] != ""]
    yes = (known["Order known"] == "yes").groupby(known["before"]).mean()
    assert yes["web"] == pytest.approx(truth["after"], abs=0.03)
    assert yes["app"] == pytest.approx(truth["before"], abs=0.03)


def test_customers_of_the_marketplace_buy_again_less_often(orders, truths):
    truth = truths["marketplace_repeat"]
    days = orders.groupby("Customer No")["Placed"].shift(-1).dt.normalize() - orders["Placed"].dt.normalize()
    old = orders["Placed"] < pd.Timestamp("2026-08-03")
    again = (days <= pd.Timedelta(days=90))[old].groupby(orders["First came through"]).mean()
    assert again.pop("Marketplace") == pytest.approx(truth["after"], abs=0.03)
    assert again.to_list() == pytest.approx([truth["before"]] * 3, abs=0.04)


def test_after_unpacking_customers_are_less_satisfied(answers, truths):
    truth, said = truths["unpack_satisfaction"], answers.dropna(subset="Satisfied (1-5)")
    satisfied = (said["Satisfied (1-5)"] >= 4).groupby(said["Asked about"] == "Unpack").mean()
    assert satisfied.to_list() == pytest.approx([truth["before"], truth["after"]], abs=0.02)


def test_the_lakes_move_visibly_and_mean_nothing(orders, truths):
    truth, worth = truths["lakes_order_value_noise"], orders[orders["Net value"] > 0]
    lakes = worth[worth["Home region"] == "Lakes"]
    values = {quarter: group["Net value"] for quarter, group in lakes.groupby(quarter_of(lakes["Placed"]))}
    assert truth["before"] == truth["after"] == pytest.approx(worth["Net value"].mean(), abs=2)
    assert abs(values["2026Q3"].mean() - values["2026Q2"].mean()) > 5
    assert p_value(values["2026Q3"], values["2026Q2"]) > 0.1


def test_closing_in_time_is_steady(contacts, truths):
    judged = contacts[contacts["Opened"] < pd.Timestamp("2026-10-29")]
    in_time = judged["Closed"] - judged["Opened"] <= pd.Timedelta(days=3)
    quarters = by_quarter(in_time, judged["Opened"]).values()
    assert in_time.mean() == pytest.approx(truths["closed_in_time_steady"]["after"], abs=0.015)
    assert min(p_value(*pair) for pair in itertools.combinations(quarters, 2)) > 0.01


def test_the_peak_is_one_of_volume_alone(orders, truths):
    worth = orders[orders["Net value"] > 0]
    counts, peak = orders.groupby(orders["Placed"].dt.to_period("M")).size(), ["2025-11", "2025-12"]
    in_peak = worth["Placed"].dt.to_period("M").astype(str).isin(peak)
    assert counts[peak].mean() / counts.drop(peak).median() == pytest.approx(truths["november_peak"]["after"], rel=0.25)
    assert p_value(worth.loc[in_peak, "Net value"], worth.loc[~in_peak, "Net value"]) > 0.1
