"""The exports of Torvald Maskin: the same bytes wherever they are made, and what they say is what was planted.

Every figure here is computed from the committed files with pandas, never with the generator's code.
"""

from __future__ import annotations

import itertools

import pandas as pd
import pytest
from exports import SAMPLES, by_quarter, different, make_twice, names_of, p_value, read_all, size_of
from exports import truths_of as read_truths

EXPORTS = SAMPLES / "torvald" / "data"
STEPS = ["Report fault", "Triage", "Visit planned", "Part delivered", "Repaired"]
OLD = {"encoding": "cp1252", "sep": ";"}
LARGE = 100007


@pytest.fixture(scope="module")
def accounts():
    return pd.read_excel(EXPORTS / "crm/accounts.xlsx", engine="calamine").astype({"Account": int})


@pytest.fixture(scope="module")
def contracts(accounts):
    table = read_all(EXPORTS / "contracts", decimal=",", **OLD)
    table["month"] = pd.to_datetime(table["Month"], format="%m/%Y").dt.to_period("M")
    return table.merge(accounts, on="Account", validate="many_to_one")


@pytest.fixture(scope="module")
def repairs(accounts):
    table = read_all(EXPORTS / "repairs", **OLD)
    table["At"] = pd.to_datetime(table["At"], format="%d.%m.%Y %H:%M")
    return table.merge(accounts, on="Account", validate="many_to_one")


@pytest.fixture(scope="module")
def contacts(accounts):
    table = read_all(EXPORTS / "service", parse_dates=["Opened", "Closed"]).drop_duplicates("Contact", keep="last")
    return table.merge(accounts, on="Account", validate="many_to_one")


@pytest.fixture(scope="module")
def answers():
    return read_all(EXPORTS / "survey", sep="\t", parse_dates=["Date"])


@pytest.fixture(scope="module")
def truths():
    return read_truths("torvald")


# The files


@pytest.fixture(scope="module")
def made_twice(tmp_path_factory):
    return make_twice("torvald", [tmp_path_factory.mktemp("samples") for _ in range(2)])


@pytest.mark.parametrize("run", [0, 1])
def test_the_generator_writes_the_committed_bytes(made_twice, run):
    assert different(made_twice[run], "torvald") == []


def test_no_export_is_there_that_the_generator_did_not_write(made_twice):
    assert names_of(SAMPLES / "torvald") == names_of(made_twice[0])


def test_the_exports_are_at_most_two_megabytes():
    assert size_of("torvald") <= 2_000_000


# The rows


def test_contracts_are_dates_in_order(accounts):
    lasted = (accounts["Contract to"] - accounts["Contract from"]).dropna()
    assert accounts["Account"].is_unique
    assert 400 <= accounts["Contract to"].isna().sum() <= 900
    assert lasted.min() > pd.Timedelta(0)


def test_seven_in_eight_may_be_contacted(accounts):
    assert set(accounts["May contact"]) == {"yes", "no"}
    assert (accounts["May contact"] == "yes").mean() == pytest.approx(0.88, abs=0.03)


def test_only_distributors_have_dealers_and_some_are_not_in_ascii(accounts):
    assert (accounts["Dealer"].notna() == (accounts["Served by"] == "Distributor")).all()
    assert not "".join(accounts["Dealer"].dropna()).isascii()


def test_each_account_pays_each_month_of_its_contract(accounts, contracts):
    start, end = (accounts[f"Contract {edge}"].dt.to_period("M") for edge in ("from", "to"))
    months = pd.period_range("2025-05", "2026-10", freq="M")
    expected = sum(int(((start <= month) & (end.isna() | (end >= month))).sum()) for month in months)
    assert not contracts.duplicated(["Account", "month"]).any()
    assert len(contracts) == expected


def test_repairs_go_through_the_steps_in_order(repairs):
    assert all(list(steps) == STEPS[: len(steps)] for _, steps in repairs.sort_values("At").groupby("Fault")["Step"])


def test_answers_are_few_and_on_their_scales(answers):
    assert answers.groupby(answers["Date"].dt.to_period("Q")).size().max() < 150
    assert set(answers["NPS"].dropna()) <= set(range(11))
    assert set(answers["Satisfaction"].dropna()) == set(range(1, 6))
    assert set(answers["Ease"].dropna()) == set(range(1, 8))


# The truths


def test_parts_take_far_longer_overseas(repairs, truths):
    truth = truths["overseas_parts"]
    at = repairs.pivot(index=["Fault", "Region"], columns="Step", values="At").reset_index()
    days = (at["Part delivered"] - at["Visit planned"]).dt.total_seconds() / 86_400
    waits = days.groupby(at["Region"]).mean()
    assert waits.pop("Overseas") == pytest.approx(truth["after"], abs=0.5)
    assert waits.to_list() == pytest.approx([truth["before"]] * 3, abs=0.5)


def test_no_other_step_takes_longer_overseas(repairs):
    at = repairs.pivot(index=["Fault", "Region"], columns="Step", values="At").reset_index()
    for first, then in (STEPS[:2], STEPS[1:3], STEPS[3:]):
        days = (at[then] - at[first]).dt.total_seconds() / 86_400
        waits = days.groupby(at["Region"]).mean()
        assert waits.max() - waits.min() < 0.4


def test_contracts_with_distributors_shrink(contracts, truths):
    truth = truths["distributor_shrinkage"]
    paid = contracts.pivot(index=["Account", "Served by"], columns="month", values="Amount")
    less = (paid.diff(axis="columns") < 0).sum(axis="columns") / paid.notna().sum(axis="columns")
    shares = less.groupby("Served by").mean()
    assert shares["Distributor"] == pytest.approx(truth["after"], abs=0.015)
    assert shares["Direct"] == pytest.approx(truth["before"], abs=0.005)


def test_distributors_lose_accounts_more_often(accounts, truths):
    truth, months = truths["distributor_churn"], pd.period_range("2025-05", "2026-10", freq="M").start_time
    start, end = accounts["Contract from"], accounts["Contract to"]
    exposed = sum(((start < month) & (end.isna() | (end >= month))).astype(int) for month in months)
    left = end.notna().groupby(accounts["Served by"]).sum() / exposed.groupby(accounts["Served by"]).sum()
    assert left["Distributor"] == pytest.approx(truth["after"], abs=0.005)
    assert left["Direct"] == pytest.approx(truth["before"], abs=0.002)


def test_central_moves_visibly_and_means_nothing(contacts, truths):
    truth, central = truths["central_closing_noise"], contacts[contacts["Region"] == "Central"]
    in_time = by_quarter(central["Closed"] - central["Opened"] <= pd.Timedelta(days=3), central["Opened"])
    assert truth["before"] == truth["after"]
    assert abs(in_time["2026Q3"].mean() - in_time["2026Q2"].mean()) > 0.04
    assert p_value(in_time["2026Q3"], in_time["2026Q2"]) > 0.1


def test_recontact_is_steady(contacts, truths):
    table = contacts.sort_values(["Account", "Opened"])
    wait = table.groupby("Account")["Opened"].shift(-1) - table["Opened"]
    followed = table["Opened"] < pd.Timestamp("2026-10-25")
    alone = by_quarter(~(wait <= pd.Timedelta(days=7))[followed], table.loc[followed, "Opened"])
    assert pd.concat(alone.values()).mean() == pytest.approx(truths["recontact_steady"]["after"], abs=0.015)
    assert min(p_value(*pair) for pair in itertools.combinations(alone.values(), 2)) > 0.01


def test_one_account_is_a_fifth_of_the_revenue_and_never_changes(contracts):
    large = contracts[contracts["Account"] == LARGE]
    assert set(large["Amount"]) == {330_000}
    assert set(large["Served by"]) == {"Direct"}
    assert large["Amount"].sum() / contracts["Amount"].sum() == pytest.approx(0.2, abs=0.03)
