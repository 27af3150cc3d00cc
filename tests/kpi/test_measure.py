"""Cells against computations outside cxkit: plain pandas on the exports, and hand-made tables."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from build import ENGAGEMENT, SOURCES, small_engagement
from conftest import ROOT, TODAY

from cxkit.errors import DocumentError, QueryError
from cxkit.kpi.periods import complete_periods

CONTACTS = """\
cxkit: 1
sources:
  - id: tickets
    table: interactions
    files: data/tickets.csv
    columns: {interaction_id: Ticket, customer_id: Id, started_at: At, reason: Reason}
"""
SMALL = ENGAGEMENT.replace("dimensions:\n  region: {label: Region}\n", "")
FIVES = "Response,Date,Id,Score,Channel\n" + "".join(f"R{i},2026-02-03,C{i % 120},{i % 5 + 1},Web\n" for i in range(60))


@pytest.fixture(scope="module")
def survey(aldermoor):
    files = sorted((aldermoor.root / "data/survey").glob("*.csv"))
    frame = pd.concat([pd.read_csv(f, encoding="utf-8-sig") for f in files])
    accounts = pd.read_excel(aldermoor.root / "data/crm/accounts.xlsx", engine="calamine")
    frame["score"] = frame["Q1 Likelihood to recommend"].where(lambda s: s != 99)
    frame["quarter"] = pd.to_datetime(frame["Recorded Date"]).dt.to_period("Q").astype(str).str.replace("Q", "-Q")
    return frame.merge(accounts, left_on="Account Ref", right_on="Account ID")


@pytest.fixture(scope="module")
def view(aldermoor):
    return aldermoor.view("2026-Q3")


def nps(scores: pd.Series) -> float:
    return 100 * ((scores >= 9).mean() - (scores <= 6).mean())


@pytest.mark.parametrize("quarter", ["2025-Q3", "2026-Q1", "2026-Q3"])
def test_nps_as_pandas_has_it(survey, view, quarter):
    scores = survey[survey.quarter == quarter].score.dropna()
    cell = view.cell("nps", period=quarter).estimate
    assert (cell.value, cell.n) == (pytest.approx(nps(scores)), len(scores))


@pytest.mark.parametrize("dimension", ["Region", "Segment", "Product"])
def test_slices_as_pandas_has_them(survey, view, dimension):
    scores = survey[survey.quarter == "2026-Q3"].dropna(subset="score")
    for value, group in scores.groupby(dimension):
        cell = view.cell("nps", ((dimension.lower(), value),)).estimate
        assert (cell.value, cell.n) == (pytest.approx(nps(group.score)), len(group))


def test_pairs_as_pandas_has_them(survey, view):
    scores = survey[survey.quarter == "2026-Q3"].dropna(subset="score")
    for (region, segment), group in scores.groupby(["Region", "Segment"]):
        cell = view.cell("nps", (("region", region), ("segment", segment))).estimate
        assert cell.n == len(group)
        assert not cell.shown or cell.value == pytest.approx(nps(group.score))


def test_retention_as_pandas_has_it(aldermoor, view):
    bills = pd.read_csv(aldermoor.root / "data/billing/invoices.csv", sep=";", decimal=",")
    bills["month"] = pd.to_datetime(bills["Invoice month"], format="%d.%m.%Y")
    start = bills[bills.month == "2026-06-01"].set_index("Account")["Net amount"]
    end = bills[bills.month == "2026-09-01"].set_index("Account")["Net amount"].reindex(start.index).fillna(0)
    assert view.cell("nrr").estimate.value == pytest.approx(end.sum() / start.sum())
    assert view.cell("grr").estimate.value == pytest.approx(end.clip(upper=start).sum() / start.sum())
    assert view.cell("grr").estimate.n == len(start)


def test_churn_as_pandas_has_it(aldermoor, view):
    accounts = pd.read_excel(aldermoor.root / "data/crm/accounts.xlsx", engine="calamine")
    start, end = (pd.to_datetime(accounts[f"Contract {c}"]) for c in ("start", "end"))
    there = (start < "2026-07-01") & (end.isna() | (end > "2026-07-01"))
    gone = there & (end <= "2026-10-01")
    cell = view.cell("churn").estimate
    assert (cell.n, cell.value) == (there.sum(), pytest.approx(gone.sum() / there.sum()))


def test_contact_rate_as_pandas_has_it(aldermoor, view):
    files = sorted((aldermoor.root / "data/ticketing").glob("*.csv"))
    tickets = pd.concat([pd.read_csv(f) for f in files]).drop_duplicates("Ticket", keep="last")
    opened = pd.to_datetime(tickets.Opened)
    accounts = pd.read_excel(aldermoor.root / "data/crm/accounts.xlsx", engine="calamine")
    start, end = (pd.to_datetime(accounts[f"Contract {c}"]) for c in ("start", "end"))
    events = months = 0
    for first in pd.date_range("2026-07-01", "2026-09-01", freq="MS"):
        after = first + pd.offsets.MonthBegin(1)
        active = set(accounts[(start < after) & (end.isna() | (end > first))]["Account ID"])
        months += len(active)
        events += tickets[(opened >= first) & (opened < after) & tickets.Step.isna()].Account.isin(active).sum()
    cell = view.cell("contact_rate").estimate
    assert (cell.n, cell.value) == (months, pytest.approx(100 * events / months))


def test_first_contact_resolution_as_pandas_has_it(aldermoor, view):
    files = sorted((aldermoor.root / "data/ticketing").glob("*.csv"))
    tickets = pd.concat([pd.read_csv(f) for f in files]).drop_duplicates("Ticket", keep="last")
    tickets = (
        tickets[tickets.Step.isna()]
        .assign(at=lambda t: pd.to_datetime(t.Opened))
        .sort_values(["at", "Ticket"], ignore_index=True)
    )
    groups = tickets.groupby(["Account", "Reason"]).at
    week = pd.Timedelta(days=7)
    initial = ~(tickets["at"] - groups.shift(1) <= week)
    repeated = groups.shift(-1) - tickets["at"] <= week
    base = initial & (tickets["at"] >= "2026-07-01") & (tickets["at"] < "2026-10-01")
    cell = view.cell("fcr").estimate
    assert (cell.n, cell.value) == (base.sum(), pytest.approx(1 - repeated[base].mean()))


def test_an_unfinished_contact_is_not_in_the_base(tmp_path):
    # The published re-contact example: seven contacts in a month that ends on day 30.
    contacts = [("c1", 0, "bill"), ("c1", 3, "bill"), ("c1", 12, "bill"), ("c2", 1, "tech"), ("c2", 5, "bill"),
                ("c3", 2, "tech"), ("c4", 28, "bill")]  # fmt: skip
    day = dt.datetime(2026, 1, 1)  # noqa: DTZ001
    rows = [f"t{i},{c},{day + dt.timedelta(days=d)},{r}" for i, (c, d, r) in enumerate(contacts)]
    engagement = small_engagement(
        tmp_path,
        engagement=SMALL.replace("data_until: 2026-09-30", "data_until: 2026-01-31")
        .replace("[quarter]", "[month]")
        .replace("[nps]", "[fcr]")
        + "privacy: {threshold: 3}\n",
        sources=CONTACTS,
        tickets__csv="\n".join(["Ticket,Id,At,Reason", *rows]) + "\n",
    )
    (tmp_path / "kpis").mkdir()
    text = (
        (ROOT / "templates/kpis/fcr.yaml").read_text().replace("unit:", "minimum_n: 1\noverrides: a small base\nunit:")
    )
    (tmp_path / "kpis/fcr.yaml").write_text(text)
    engagement.measure(today=TODAY)
    cell = engagement.view("2026-01").cell("fcr").estimate
    assert (cell.n, cell.value) == (5, pytest.approx(0.8))


def test_a_cell_under_the_threshold_shows_nothing(aldermoor):
    hidden = [c.estimate for c in aldermoor.evidence().cells if c.estimate.status == "suppressed"]
    assert hidden
    assert all(e.value is e.low is e.high is e.n is e.base is e.se is None for e in hidden)


def test_a_cell_with_few_rows_says_how_many(aldermoor):
    few = [c for c in aldermoor.evidence().cells if c.estimate.status == "too_few"]
    assert few
    assert all(c.estimate.value is None and 5 <= c.estimate.n < 30 for c in few)


def test_parts_add_up_to_the_whole(aldermoor):
    cells = {(c.kpi, c.period, c.slice): c.estimate for c in aldermoor.evidence().cells}
    regions = [cells["nps", "2026-Q3", (("region", r),)] for r in ("Coast", "North", "South")]
    months = [cells["nps", m, ()] for m in ("2026-07", "2026-08", "2026-09")]
    total = cells["nps", "2026-Q3", ()]
    assert sum(r.n for r in regions) == sum(m.n for m in months) == total.n
    assert sum(r.value * r.n for r in regions) == pytest.approx(total.value * total.n)


def test_measuring_again_changes_nothing(aldermoor):
    before = aldermoor.evidence()
    after = aldermoor.measure(today=TODAY)
    assert (after.evidence, after.previous, after.changes) == (before.manifest.evidence, before.manifest.evidence, ())


def test_no_row_of_a_customer_is_in_the_evidence(aldermoor):
    accounts = pd.read_excel(aldermoor.root / "data/crm/accounts.xlsx", engine="calamine")["Account ID"].head(300)
    text = "".join(p.read_text() for p in (aldermoor.root / "evidence").rglob("*") if p.is_file())
    assert not [a for a in accounts if a in text]


@pytest.mark.parametrize(
    ("length", "first", "last", "names"),
    [
        ("month", "2026-01-15", "2026-03-31", ["2026-01", "2026-02", "2026-03"]),
        ("month", "2026-01-15", "2026-03-30", ["2026-01", "2026-02"]),
        ("quarter", "2025-11-01", "2026-06-30", ["2026-Q1", "2026-Q2"]),
        ("half", "2026-01-01", "2026-12-30", ["2026-H1"]),
        ("year", "2024-02-29", "2026-12-31", ["2025", "2026"]),
        ("all", "2026-01-15", "2026-01-16", ["all"]),
        ("quarter", "2026-02-01", "2026-06-29", []),
    ],
)
def test_only_whole_periods_count(length, first, last, names):
    found = complete_periods(length, first=dt.date.fromisoformat(first), last=dt.date.fromisoformat(last))
    assert [p.name for p in found] == names


OWN = {
    "id": "mine", "label": "Mine", "question": "Mine?", "kind": "proportion", "table": "responses",
    "hit": "score > 5", "base": "score is not null", "unit": "percent", "better": "higher", "source": "test",
}  # fmt: skip


def own_kpi(**changes: str) -> str:
    lines = OWN | changes
    return "".join(f"{k}: {v}\n" for k, v in lines.items())


@pytest.mark.parametrize(
    ("field", "sql"),
    [
        ("hit", "\"exists(select 1 from read_csv('/etc/passwd'))\""),
        ("hit", "read_csv('x') is null"),
        ("hit", "\"getenv('HOME') = 'x'\""),
        ("hit", "(select max(amount) from revenue) > 3"),
        ("hit", '"true; drop table responses"'),
        ("base", "nonsense > 3"),
        ("base", "score >"),
        ("hit", "score > :unknown"),
    ],
)
def test_sql_that_is_not_allowed_is_refused_with_its_place(tmp_path, field, sql):
    engagement = small_engagement(tmp_path, engagement=SMALL.replace("[nps]", "[mine]"))
    (tmp_path / "kpis").mkdir()
    (tmp_path / "kpis/mine.yaml").write_text(own_kpi(**{field: sql}))
    with pytest.raises(QueryError) as error:
        engagement.check()
    assert error.value.where == f"kpis/mine.yaml, {field}"


TABLE = """\
id: own
meaning: Own
grain: an answer
time: responded_at
columns: {{responded_at: timestamp, score: integer}}
sql: {sql}
needs: {{responses: [responded_at, score]}}
adds_over: time
source: test
"""


@pytest.mark.parametrize(
    ("sql", "what"),
    [
        ("\"select * from read_csv('/etc/passwd')\"", "read_csv is not allowed"),
        ('"select * from customers_secret"', "not there"),
        ("\"select responded_at, score from 'data/crm.csv'\"", "not there"),
        ('"select 1; select 2"', "One statement"),
        ("\"copy responses to 'x'\"", "one SELECT"),
        ('"with recursive r as (select 1 as score union all select score from r) select score from r"', "recursive"),
    ],
)
def test_a_derived_table_sees_only_its_tables(tmp_path, sql, what):
    engagement = small_engagement(tmp_path, engagement=SMALL.replace("[nps]", "[mine]"))
    for folder, name, text in [("tables", "own", TABLE.format(sql=sql)), ("kpis", "mine", own_kpi(table="own"))]:
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{name}.yaml").write_text(text)
    with pytest.raises(QueryError, match=what) as error:
        engagement.check()
    assert error.value.where == "tables/own.yaml"


def test_a_derived_table_of_the_engagement_is_measured(tmp_path):
    engagement = small_engagement(tmp_path, engagement=SMALL.replace("[nps]", "[mine]"))
    sql = "select responded_at, score from responses where score is not null"
    for folder, name, text in [("tables", "own", TABLE.format(sql=sql)), ("kpis", "mine", own_kpi(table="own"))]:
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{name}.yaml").write_text(text)
    engagement.measure(today=TODAY)
    assert engagement.view("2026-Q1").cell("mine").estimate.n == 120


def test_a_kpi_whose_column_is_not_mapped_is_told(tmp_path):
    engagement = small_engagement(tmp_path, engagement=SMALL.replace("[nps]", "[ces]"))
    with pytest.raises(DocumentError, match=r"needs responses\.effort"):
        engagement.measure(today=TODAY)


def test_a_kpi_is_not_replaced_in_silence(tmp_path):
    engagement = small_engagement(tmp_path)
    (tmp_path / "kpis").mkdir()
    (tmp_path / "kpis/nps.yaml").write_text((ROOT / "templates/kpis/nps.yaml").read_text())
    with pytest.raises(DocumentError, match="without saying what changes"):
        engagement.check()


def test_a_scale_that_changes_the_meaning_is_refused(tmp_path):
    sources = SOURCES.replace('missing: ["99"]', 'missing: ["99"], scale: [1, 5]')
    with pytest.raises(DocumentError, match="on a scale of 0 to 10"):
        small_engagement(tmp_path, sources=sources, survey__csv=FIVES).check()


def test_columns_of_the_same_name_in_customers_do_not_confuse(tmp_path):
    sources = SOURCES.replace(
        "{customer_id: Id, region: Region}", "{customer_id: Id, region: Region}\n    attributes: {channel: Region}"
    )
    engagement = small_engagement(tmp_path, sources=sources, engagement=SMALL.replace("[nps]", "[mine]"))
    (tmp_path / "kpis").mkdir()
    (tmp_path / "kpis/mine.yaml").write_text(own_kpi(hit="channel = 'Web'"))
    engagement.measure(today=TODAY)
    assert engagement.view("2026-Q1").cell("mine").estimate.value == 1
