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
    day = dt.datetime(2026, 3, 1)  # noqa: DTZ001
    rows = [f"t{i},{c},{day + dt.timedelta(days=d)},{r}" for i, (c, d, r) in enumerate(contacts)]
    engagement = small_engagement(
        tmp_path,
        engagement=SMALL.replace("data_until: 2026-09-30", "data_until: 2026-03-31")
        .replace("[quarter]", "[month]")
        .replace("[nps]", "[fcr]")
        + "privacy: {threshold: 3}\n",
        sources=CONTACTS,
        tickets__csv="\n".join(["Ticket,Id,At,Reason", "t,c5,2026-01-02,bill", *rows]) + "\n",
    )
    (tmp_path / "kpis").mkdir()
    text = (
        (ROOT / "templates/kpis/fcr.yaml").read_text().replace("minimum_n: 30", "minimum_n: 1\noverrides: a small base")
    )
    (tmp_path / "kpis/fcr.yaml").write_text(text)
    engagement.measure(today=TODAY)
    cell = engagement.view("2026-03").cell("fcr").estimate
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
        ("month", "2026-01-01", "2026-03-31", ["2026-01", "2026-02", "2026-03"]),
        ("month", "2026-01-15", "2026-03-30", ["2026-02"]),
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
    assert engagement.view("2026-Q2").cell("mine").estimate.n == 120


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


# --- what the data do not cover is not measured ----------------------------------------------------------------------

BOTH = """\
cxkit: 1
sources:
  - id: crm
    table: customers
    files: data/crm.csv
    columns: {customer_id: Id, joined_on: Since, left_on: Until}
  - id: tickets
    table: interactions
    files: data/tickets.csv
    columns: {interaction_id: Ticket, customer_id: Id, started_at: At, reason: Reason, case_id: Case, step: Step}
  - id: bills
    table: revenue
    files: data/bills.csv
    columns: {customer_id: Id, month: Month, amount: Amount}
"""
ALL = SMALL.replace("[quarter]", "[month]").replace("data_from: 2026-01-01\ndata_until: 2026-09-30\n", "")
CRM = "Id,Since,Until\n" + "".join(f"C{i},2020-01-01,\n" for i in range(100))


def ticket(n: int, customer: int, day: str, *, case: str = "", step: str = "") -> str:
    return f"T{n},C{customer},{day} 10:00:00,r{n},{case},{step}\n"


def small(tmp_path, kpi: str, *, tickets: str, bills: str = "C1,2026-01-01,1\n", until: str = ""):
    engagement = small_engagement(
        tmp_path,
        engagement=ALL.replace("[nps]", f"[{kpi}]") + until,
        sources=BOTH,
        crm__csv=CRM,
        tickets__csv="Ticket,Id,At,Reason,Case,Step\n" + tickets,
        bills__csv="Id,Month,Amount\n" + bills,
    )
    engagement.measure(today=TODAY)
    return engagement


def shown(engagement, kpi: str) -> dict[str, float]:
    return {c.period: c.estimate.value for c in engagement.evidence().cells if c.kpi == kpi and c.estimate.shown}


def months(first: int, last: int) -> list[str]:
    return [f"2026-{m:02d}" for m in range(first, last + 1)]


def test_months_after_an_export_stops_are_not_months_without_contacts(tmp_path):
    tickets = "".join(ticket(100 * m + i, i, f"2026-{m:02d}-{i % 28 + 1:02d}") for m in range(1, 9) for i in range(60))
    bills = "".join(f"C{i},2026-{m:02d}-01,10\n" for m in range(1, 13) for i in range(100))
    engagement = small(tmp_path, "contact_rate", tickets=tickets, bills=bills)
    found = shown(engagement, "contact_rate")
    note = "interactions end on 2026-08-28, the data on 2026-12-31: KPIs that derive from them stop there."
    assert engagement.check().notes == (note,)
    assert sorted(found) == months(1, 7)
    assert set(found.values()) == {60.0}


def test_the_first_days_that_nobody_exported_are_not_days_without_contacts(tmp_path):
    tickets = "".join(ticket(100 * m + i, i, f"2026-{m:02d}-{i % 10 + 15:02d}") for m in range(1, 9) for i in range(60))
    found = shown(
        small(tmp_path, "contact_rate", tickets=tickets, bills="C1,2026-01-01,1\nC1,2026-08-01,1\n"), "contact_rate"
    )
    assert "2026-01" not in found


def test_a_month_that_is_not_invoiced_yet_is_no_loss(tmp_path):
    bills = "".join(f"C{i},2026-{m:02d}-01,10\n" for m in (1, 2, 3, 4, 6, 7) for i in range(100))
    bills += "".join(f"C{i},2026-08-01,10\n" for i in range(40))
    found = shown(small(tmp_path, "grr", tickets=ticket(1, 1, "2026-01-01"), bills=bills), "grr")
    assert found == {"2026-02": 1.0, "2026-03": 1.0, "2026-04": 1.0, "2026-07": 1.0}


def test_an_invoice_and_a_credit_of_one_day_add_up(tmp_path):
    bills = "".join(f"C{i},2026-{m:02d}-01,50\nC{i},2026-{m:02d}-01,-10\n" for m in (1, 2, 3) for i in range(100))
    engagement = small(tmp_path, "nrr", tickets=ticket(1, 1, "2026-01-01"), bills=bills)
    assert shown(engagement, "nrr") == {"2026-02": 1.0, "2026-03": 1.0}
    source = next(s for s in engagement.evidence().manifest.sources if s.id == "bills")
    assert (source.rows_read, source.rows_used) == (600, 600)


def moving(tmp_path, *, stray: str = "", days: int = 5):
    tickets = ""
    for i in range(300):
        start = dt.date(2026, 1, 1) + dt.timedelta(days=i % 200)
        tickets += ticket(2 * i, i % 100, str(start), case=f"K{i}", step="Ask")
        if i % 4:
            tickets += ticket(2 * i + 1, i % 100, str(start + dt.timedelta(days=days)), case=f"K{i}", step="Done")
    return small(tmp_path, "step_completion", tickets=tickets + stray + ticket(9999, 1, "2026-10-31"))


def test_a_stray_row_after_the_last_step_does_not_make_it_a_step(tmp_path):
    clean = shown(moving(tmp_path / "a"), "step_completion")
    stray = shown(
        moving(tmp_path / "b", stray=ticket(5000, 1, "2026-09-20", case="K1", step="Ask again")), "step_completion"
    )
    assert clean == stray
    assert all(0.6 < v < 0.9 for v in clean.values())


def test_a_move_after_the_window_is_too_late_in_every_period(tmp_path):
    assert set(shown(moving(tmp_path, days=40), "step_completion").values()) == {0.0}


# --- customers on both sides -----------------------------------------------------------------------------------------


def test_the_rest_is_compared_customer_by_customer():
    """The variance of segment less rest, from sums alone, is the one from rows: clustered, with the covariance."""
    import numpy as np

    from cxkit.kpi.compare import _covariance_factor, _left, _linear
    from cxkit.kpi.sums import Sums

    chance = np.random.default_rng(5)
    who, inside = np.repeat(np.arange(60), 6), np.tile([1, 1, 1, 0, 0, 0], 60).astype(bool)
    taste = chance.normal(size=60)[who] * np.where(inside, 1.0, -1.0)
    y = (taste + chance.normal(size=360) > 0).astype(float)

    def per(mask):
        return np.bincount(who[mask], y[mask], 60), np.bincount(who[mask], minlength=60).astype(float)

    def sums(mask):
        cy, cx = per(mask)
        return Sums.of(n=[mask.sum()], y=[y[mask].sum()], yy=[y[mask].sum()], xy=[y[mask].sum()], m=[(cx > 0).sum()],
                       cyy=[cy @ cy], cxy=[cy @ cx], cxx=[cx @ cx])  # fmt: skip

    (sy, sx), (ty, tx) = per(inside), per(np.ones_like(inside))
    both = {"sty": sy @ ty, "stx": sy @ tx, "xty": sx @ ty, "xtx": sx @ tx, "both": float(((sx > 0) & (tx > sx)).sum())}
    both = {k: np.array([v]) for k, v in both.items()}
    one, rest = sums(inside), sums(~inside)
    left = _left(one, sums(np.ones_like(inside)), both)
    for field in ("n", "y", "m", "cyy", "cxy", "cxx"):
        assert getattr(left, field) == pytest.approx(getattr(rest, field))
    ry, rx = per(~inside)
    influence = (sy - y[inside].mean() * sx) / sx.sum() - (ry - y[~inside].mean() * rx) / rx.sum()
    variance = _covariance_factor(one, left, both) * (_linear(one) + _linear(left))
    assert variance == pytest.approx(influence @ influence)


def test_all_changes_of_a_period_are_corrected_together(aldermoor):
    whole = [c for c in aldermoor.evidence().comparisons if c.period == "2026-Q3" and not c.slice]
    assert {c.against for c in whole} == {"previous", "baseline"}
    assert {c.family for c in whole} == {f"quarter/2026-Q3/change/whole:{len(whole)}"}


def test_what_could_go_unseen_counts_the_correction(aldermoor):
    from scipy import stats

    for c in aldermoor.evidence().comparisons[:200]:
        size = int(c.family.rpartition(":")[2])
        se = c.difference.detectable / (stats.norm.ppf(1 - 0.025 / size) + stats.norm.ppf(0.8))
        assert se > 0
        assert c.difference.detectable >= 2.8 * se


def test_a_target_of_churn_holds_for_the_length_that_leads(aldermoor):
    assert next(k for k in aldermoor.view("2026-Q3").manifest.kpis if k.id == "churn").target == 0.04
    monthly = {k.id: k.target for k in aldermoor.view("2026-10").manifest.kpis}
    assert (monthly["churn"], monthly["nps"]) == (None, 30)


def test_a_period_that_lacks_a_few_days_is_told(tmp_path):
    text = SMALL.replace("2026-09-30", "2026-09-28")
    notes = small_engagement(tmp_path, engagement=text).measure(today=TODAY).notes
    assert [n for n in notes if n.startswith("2026-Q3 is not complete: the data end on 2026-09-28.")]


def test_retention_of_adjoining_periods_is_not_compared_as_if_independent(aldermoor):
    view = aldermoor.view("2026-Q3")
    now, before = view.cell("nrr").estimate, view.cell("nrr", period="2026-Q2").estimate
    difference = view.comparison("nrr", "previous").difference
    half = (difference.high - difference.low) / 2
    # The worst covariance there can be doubles the variance of the difference.
    assert half == pytest.approx(1.96 * (2 * (now.se**2 + before.se**2)) ** 0.5, rel=0.01)
