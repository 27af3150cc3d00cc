"""The sample exports: the same bytes wherever they are made, and what they say is what was planted.

Every figure here is computed from the committed files with pandas, never with the generator's code.
"""

from __future__ import annotations

import itertools
import re
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from exports import SAMPLES, different, make_twice, names_of, p_value, size_of, truths_of
from exports import read_all as read_folder

ALDERMOOR = SAMPLES / "aldermoor"
EXPORTS = ALDERMOOR / "data"
LAST_FOLLOWED = pd.Timestamp("2026-10-25")
LAST_MOVE_FINISHED = pd.Timestamp("2026-09-05")
STEPS = ["Request", "Identity check", "New contract", "Meter reading", "First bill"]


def read_all(folder: str, **how: object) -> pd.DataFrame:
    return read_folder(EXPORTS / folder, **how)


def within(table: pd.DataFrame, region: str, quarter: str) -> pd.Series:
    return table.loc[(table["Region"] == region) & (table["quarter"] == quarter), "points"]


@pytest.fixture(scope="module")
def accounts() -> pd.DataFrame:
    return pd.read_excel(EXPORTS / "crm" / "accounts.xlsx", engine="calamine")


@pytest.fixture(scope="module")
def answers(accounts: pd.DataFrame) -> pd.DataFrame:
    table = read_all("survey", encoding="utf-8-sig", parse_dates=["Recorded Date"])
    table["quarter"] = table["Recorded Date"].dt.to_period("Q").astype(str)
    return table.merge(accounts, left_on="Account Ref", right_on="Account ID", how="left", validate="many_to_one")


@pytest.fixture(scope="module")
def ticket_rows() -> pd.DataFrame:
    return read_all("ticketing", keep_default_na=False, parse_dates=["Opened"])


@pytest.fixture(scope="module")
def contacts(ticket_rows: pd.DataFrame) -> pd.DataFrame:
    table = ticket_rows.drop_duplicates("Ticket", keep="last").sort_values("Opened")
    table["quarter"] = table["Opened"].dt.to_period("Q").astype(str)
    table["before"] = table.groupby("Case")["Channel"].shift()
    return table


@pytest.fixture(scope="module")
def invoices() -> pd.DataFrame:
    table = pd.read_csv(EXPORTS / "billing" / "invoices.csv", sep=";", decimal=",")
    table["month"] = pd.to_datetime(table["Invoice month"], format="%d.%m.%Y").dt.to_period("M")
    return table


@pytest.fixture(scope="module")
def truths() -> dict[str, dict]:
    return truths_of("aldermoor")


@pytest.fixture(scope="module")
def recommendation(answers: pd.DataFrame) -> pd.DataFrame:
    score = answers["Q1 Likelihood to recommend"]
    points = 100 * (score >= 9).astype(int) - 100 * (score <= 6).astype(int)
    return answers.assign(points=points)[score.between(0, 10)]


@pytest.fixture(scope="module")
def satisfaction(answers: pd.DataFrame) -> pd.DataFrame:
    score = answers["Q2 Satisfaction"]
    return answers.assign(points=100 * (score >= 4).astype(int))[score.notna()]


# The files


@pytest.fixture(scope="module")
def made_twice(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return make_twice("aldermoor", [tmp_path_factory.mktemp("samples") for _ in range(2)])


@pytest.mark.parametrize("run", [0, 1])
def test_the_generator_writes_the_committed_bytes(made_twice: list[Path], run: int) -> None:
    assert different(made_twice[run], "aldermoor") == []


def test_no_export_is_there_that_the_generator_did_not_write(made_twice: list[Path]) -> None:
    assert names_of(ALDERMOOR) == names_of(made_twice[0])


def test_the_exports_are_at_most_four_megabytes() -> None:
    assert size_of("aldermoor") <= 4_000_000


def test_seven_in_eight_may_be_contacted(accounts: pd.DataFrame) -> None:
    assert set(accounts["May contact"]) == {"yes", "no"}
    assert (accounts["May contact"] == "yes").mean() == pytest.approx(0.88, abs=0.02)


def test_the_workbook_does_not_depend_on_a_compressor() -> None:
    with zipfile.ZipFile(EXPORTS / "crm" / "accounts.xlsx") as book:
        assert {entry.compress_type for entry in book.infolist()} == {zipfile.ZIP_STORED}


def test_survey_files_have_a_mark_and_carriage_returns() -> None:
    for path in (EXPORTS / "survey").iterdir():
        content = path.read_bytes()
        assert content.startswith(b"\xef\xbb\xbfResponse ID,Recorded Date,")
        assert content.endswith(b"\r\n")


@pytest.mark.parametrize("folder", ["ticketing", "billing", "hr", "finance"])
def test_other_files_have_neither(folder: str) -> None:
    for path in (EXPORTS / folder).iterdir():
        content = path.read_bytes()
        assert content[:3] != b"\xef\xbb\xbf"
        assert b"\r" not in content


def test_books_have_semicolons_and_decimal_commas() -> None:
    invoice = re.compile(r"AC-\d{6};01\.\d\d\.202[56];\d+,\d\d;(F12|F24|VAR)")
    lines = (EXPORTS / "billing" / "invoices.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "Account;Invoice month;Net amount;Tariff"
    assert all(invoice.fullmatch(line) for line in lines[1:])


def test_comments_hold_what_makes_a_reader_stumble(answers: pd.DataFrame) -> None:
    said = "".join(answers["Q4 Why?"].dropna().unique())
    assert all(sign in said for sign in (",", '"', "è", "<", "\n"))


# The rows


def test_contract_dates_are_dates_in_order(accounts: pd.DataFrame) -> None:
    lasted = (accounts["Contract end"] - accounts["Contract start"]).dropna()
    assert accounts["Account ID"].is_unique
    assert lasted.min() > pd.Timedelta(0)
    assert accounts["Contract end"].dropna().between("2025-05-01", "2026-10-31").all()


def test_every_account_is_in_the_crm(
    accounts: pd.DataFrame, answers: pd.DataFrame, contacts: pd.DataFrame, invoices: pd.DataFrame
) -> None:
    known = set(accounts["Account ID"])
    assert set(answers["Account Ref"]) | set(contacts["Account"]) | set(invoices["Account"]) <= known


def test_contacts_fall_into_the_contract_or_the_month_after(accounts: pd.DataFrame, contacts: pd.DataFrame) -> None:
    table = contacts.merge(accounts, left_on="Account", right_on="Account ID")
    latest = table["Contract end"].fillna(pd.Timestamp("2027-01-01")) + pd.Timedelta(days=31)
    assert (table["Opened"] >= table["Contract start"]).all()
    assert (table["Opened"] < latest).all()


def test_answers_are_given_under_contract(answers: pd.DataFrame) -> None:
    ends = answers["Contract end"].fillna(pd.Timestamp("2027-01-01")) + pd.Timedelta(days=1)
    assert answers["Response ID"].is_unique
    assert (answers["Recorded Date"].between(answers["Contract start"], ends)).all()


def test_answers_are_on_their_scales(answers: pd.DataFrame) -> None:
    assert set(answers["Q1 Likelihood to recommend"].dropna()) == {*range(11), 99}
    assert set(answers["Q2 Satisfaction"].dropna()) == set(range(1, 6))
    assert set(answers["Q3 Made it easy"].dropna()) == set(range(1, 8))
    assert set(answers.loc[answers["Q3 Made it easy"].notna(), "Touchpoint"]) == {"After contact"}


def test_a_ticket_comes_twice_only_when_it_was_open_at_the_end_of_its_month(ticket_rows: pd.DataFrame) -> None:
    twice = ticket_rows[ticket_rows.duplicated("Ticket", keep=False)].groupby("Ticket")
    first, last = twice.nth(0).set_index("Ticket"), twice.nth(1).set_index("Ticket")
    assert 50 <= twice.ngroups <= 75
    assert twice.size().eq(2).all()
    assert set(first["Closed"]) | set(first["Solved"]) == {""}
    assert "" not in set(last["Closed"]) | set(last["Solved"])
    assert first.drop(columns=["Closed", "Solved"]).equals(last.drop(columns=["Closed", "Solved"]))


def test_only_the_last_tickets_stay_open(contacts: pd.DataFrame) -> None:
    still_open = contacts[contacts["Closed"] == ""]
    assert len(still_open) > 0
    assert still_open["Opened"].min() >= pd.Timestamp("2026-10-31")


def test_the_note_is_recorded_exactly_where_the_channel_changes(contacts: pd.DataFrame) -> None:
    switched = contacts["before"].notna() & (contacts["before"] != contacts["Channel"])
    assert switched.equals(contacts["Case note carried over"] != "")


def test_moves_go_through_the_steps_in_order(contacts: pd.DataFrame) -> None:
    moves = contacts[contacts["Step"] != ""].groupby("Case")["Step"].agg(list)
    assert all(steps == STEPS[: len(steps)] for steps in moves)


def test_each_customer_gets_an_invoice_a_month(accounts: pd.DataFrame, invoices: pd.DataFrame) -> None:
    start, end = (accounts[f"Contract {edge}"].dt.to_period("M") for edge in ("start", "end"))
    months = pd.period_range("2025-05", "2026-10", freq="M")
    expected = sum(int(((start <= month) & (end.isna() | (end >= month))).sum()) for month in months)
    assert not invoices.duplicated(["Account", "month"]).any()
    assert len(invoices) == expected


def test_team_and_costs_are_complete() -> None:
    team = pd.read_csv(EXPORTS / "hr" / "team.csv", parse_dates=["From", "To"])
    costs = pd.read_csv(EXPORTS / "finance" / "costs.csv", sep=";", decimal=",")
    assert (len(team), len(costs)) == (40, 18 * 4)
    assert (team["To"].dropna() >= team["From"][team["To"].notna()]).all()
    assert (costs["Amount"] > 0).all()


# The truths


def test_south_falls_unmistakably(recommendation: pd.DataFrame, truths: dict[str, dict]) -> None:
    before, after = within(recommendation, "South", "2026Q2"), within(recommendation, "South", "2026Q3")
    planted = truths["south_nps_drop"]["before"] - truths["south_nps_drop"]["after"]
    assert min(len(before), len(after)) >= 300
    assert before.mean() - after.mean() == pytest.approx(planted, abs=4)
    assert p_value(before, after) * 100 < 0.001


def test_south_answers_enough_in_every_whole_quarter(recommendation: pd.DataFrame) -> None:
    counts = recommendation[recommendation["Region"] == "South"].groupby("quarter").size()
    assert counts.drop("2026Q4").min() >= 300


@pytest.mark.parametrize("region", ["North", "South", "Coast"])
def test_no_other_score_moves(recommendation: pd.DataFrame, region: str) -> None:
    quarters = sorted(recommendation["quarter"].unique())
    steady = quarters[:5] if region == "South" else quarters
    pairs = itertools.combinations([within(recommendation, region, quarter) for quarter in steady], 2)
    assert min(p_value(*pair) for pair in pairs) > 0.03


def test_before_the_fall_the_score_is_good(recommendation: pd.DataFrame) -> None:
    before = recommendation[recommendation["quarter"] < "2026Q3"]
    assert 25 <= before["points"].mean() <= 30


def test_coast_moves_visibly_and_means_nothing(satisfaction: pd.DataFrame, truths: dict[str, dict]) -> None:
    before, after = within(satisfaction, "Coast", "2026Q2"), within(satisfaction, "Coast", "2026Q3")
    truth = truths["coast_csat_noise"]
    assert truth["before"] == truth["after"]
    assert 2 <= abs(after.mean() - before.mean()) <= 4
    assert p_value(before, after) > 0.15


def test_a_third_stop_at_the_identity_check(contacts: pd.DataFrame, truths: dict[str, dict]) -> None:
    moves = contacts[contacts["Step"] != ""]
    finished = moves.groupby("Case")["Opened"].transform("min") < LAST_MOVE_FINISHED
    reached = moves[finished].groupby("Step")["Case"].nunique()
    for step, following in itertools.pairwise(STEPS):
        planted = truths["identity_check_fall_out"]["each_step"][step]
        assert 1 - reached[following] / reached[step] == pytest.approx(planted, abs=0.03)


def test_the_note_is_lost_between_chat_and_phone(contacts: pd.DataFrame, truths: dict[str, dict]) -> None:
    switches = contacts[contacts["Case note carried over"] != ""]
    carried = switches["Case note carried over"] == "yes"
    worst = (switches["before"] == "chat") & (switches["Channel"] == "phone")
    truth = truths["chat_to_phone_handoff"]
    assert worst.sum() >= 250
    assert (worst & (switches["quarter"] == "2026Q3")).sum() >= 60
    assert carried[worst].mean() == pytest.approx(truth["after"], abs=0.04)
    assert carried[~worst].mean() == pytest.approx(truth["before"], abs=0.02)


def test_no_other_switch_is_near_the_worst(contacts: pd.DataFrame) -> None:
    switches = contacts[contacts["Case note carried over"] != ""]
    carried = (switches["Case note carried over"] == "yes").groupby([switches["before"], switches["Channel"]])
    shares = carried.mean().sort_values()
    assert shares.index[0] == ("chat", "phone")
    assert shares.iloc[1] > 0.75


def test_variable_customers_leave_three_times_as_often(accounts: pd.DataFrame, truths: dict[str, dict]) -> None:
    months = pd.period_range("2025-05", "2026-10", freq="M").start_time
    start, end = accounts["Contract start"], accounts["Contract end"]
    exposed = sum(((start < month) & (end.isna() | (end >= month))).astype(int) for month in months)
    variable = accounts["Product"] == "Variable"
    fixed_rate, rate = (end[group].notna().sum() / exposed[group].sum() for group in (~variable, variable))
    truth = truths["variable_churn"]
    assert rate / fixed_rate == pytest.approx(truth["after"] / truth["before"], rel=0.15)


def test_recontact_is_steady(contacts: pd.DataFrame, truths: dict[str, dict]) -> None:
    service = contacts[contacts["Step"] == ""].sort_values(["Account", "Opened"])
    wait = service.groupby("Account")["Opened"].shift(-1) - service["Opened"]
    resolved = ~(wait <= pd.Timedelta(days=7))[service["Opened"] < LAST_FOLLOWED]
    quarters = [group.astype(int) for _, group in resolved.groupby(service["quarter"])]
    assert resolved.mean() == pytest.approx(truths["recontact_steady"]["after"], abs=0.015)
    assert min(p_value(*pair) for pair in itertools.combinations(quarters, 2)) > 0.03


def test_revenue_is_kept_and_grows_a_little(invoices: pd.DataFrame) -> None:
    paid = invoices.pivot(index="Account", columns="month", values="Net amount").fillna(0)
    ends = [pd.Period(end, "M") for end in ("2025-06", "2025-09", "2025-12", "2026-03", "2026-06", "2026-09")]
    for before, after in itertools.pairwise(paid[end] for end in ends):
        there = before > 0
        kept = before[there].clip(upper=after[there]).sum() / before.sum()
        assert 0.96 <= kept <= 0.98
        assert 0.98 <= after[there].sum() / before.sum() <= 1.01


def test_the_variable_price_rose_once(invoices: pd.DataFrame) -> None:
    paid = invoices[invoices["Tariff"] == "VAR"].pivot(index="Account", columns="month", values="Net amount")
    middle = paid.pct_change(axis="columns", fill_method=None).median()
    assert middle.pop(pd.Period("2026-01")) == pytest.approx(0.03, abs=0.001)
    assert middle.dropna().eq(0).all()


def test_every_truth_says_what_where_and_how_much(truths: dict[str, dict]) -> None:
    assert {truth["kind"] for truth in truths.values()} == {"drop", "fall_out", "handoff", "noise", "churn", "steady"}
    for truth in truths.values():
        assert set(truth["where"]) == {"kpi", "dimension", "value", "period", "against"}
        assert truth["says"].endswith(".")
        assert {"unit", "before", "after"} <= truth.keys()
