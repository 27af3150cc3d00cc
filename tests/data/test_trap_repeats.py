"""Rows that stand twice: pasted, or real; and rows that have no id at all."""

from __future__ import annotations

import contextlib

import duckdb
import pytest
from build import ENGAGEMENT, SOURCES, small_engagement
from conftest import TODAY
from trapping import measured, nps, refused, survey, whole

from cxkit.errors import DocumentError

CALM = ENGAGEMENT.replace("dimensions:\n  region: {label: Region}\n", "")
BILLS = """\
cxkit: 1
sources:
  - id: bills
    table: revenue
    files: data/bills*.csv
    columns: {customer_id: Id, month: Month, amount: Amount}
  - id: crm
    table: customers
    files: data/crm.csv
    columns: {customer_id: Id, joined_on: Since, left_on: Until}
"""
LONG_AGO = "\n".join(["Id,Since,Until", *(f"C{i},2020-01-15," for i in range(60))])
MONTHLY = [f"C{i},2026-0{m}-01,{10 + i}" for i in range(60) for m in range(1, 10)]


def billed(folder, rows, *, said: str = ""):
    sources = BILLS.replace("amount: Amount}\n", f"amount: Amount}}\n{said}")
    return whole(folder, "revenue_per_customer", engagement=CALM, sources=sources, crm__csv=LONG_AGO,
                 bills__csv="\n".join(["Id,Month,Amount", *rows]) + "\n")  # fmt: skip


def per_month(rows) -> float:
    return sum(float(r.split(",")[2]) for r in rows) / (60 * 9)


PASTED = [*MONTHLY, *MONTHLY[:270]]


@pytest.mark.parametrize(("answer", "right", "wrong"), [("drop", MONTHLY, PASTED), ("keep", PASTED, MONTHLY)])
def test_an_export_pasted_twice_does_not_double_revenue(tmp_path, answer, right, wrong):
    said = refused(billed(tmp_path, PASTED), "data/bills.csv", "row 542", "270 rows", "row 542 like row 2")
    assert "`duplicates: keep`" in said
    assert "`duplicates: drop`" in said
    mended = billed(tmp_path, PASTED, said=f"    duplicates: {answer}\n")
    assert measured(mended, "revenue_per_customer", not_=per_month(wrong)) == pytest.approx(per_month(right))


def test_rows_that_are_dropped_are_counted(tmp_path):
    record = billed(tmp_path, PASTED, said="    duplicates: drop\n").check(today=TODAY).sources[0]
    assert (record.rows_read, record.rows_used, record.rows_rejected) == (810, 540, 270)
    assert record.reasons == {"left out: alike with another row, see duplicates": 270}


EVENTS = """\
cxkit: 1
sources:
  - id: log
    table: orders
    files: data/log*.csv
    columns: {order_id: ID, customer_id: Id, ordered_at: At, amount: Amount}
"""
# Two alike at the same second, as a till writes them.
SALES = [f"C{i % 50},2026-0{i % 9 + 1}-05 10:00:0{i % 7},{10 + i % 5}" for i in range(90)]
TWICE = [*SALES, *SALES[:9]]


def logged(folder, rows, *, identity: str, said: str = "", **more):
    sources = EVENTS.replace("order_id: ID", f"order_id: {identity}") + said
    return whole(folder, "order_value", engagement=CALM, sources=sources,
                 log__csv="\n".join(["Id,At,Amount", *rows]) + "\n", **more)  # fmt: skip


def mean(rows) -> float:
    return sum(float(r.split(",")[2]) for r in rows) / len(rows)


@pytest.mark.parametrize(("answer", "right", "wrong"), [("drop", SALES, TWICE), ("keep", TWICE, SALES)])
def test_events_without_an_id_are_neither_lost_nor_doubled(tmp_path, answer, right, wrong):
    """Where the time is taken for an id, one of two events alike would count, without a word."""
    key = "    key: [order_id, customer_id, amount]\n"
    assert mean(right) != pytest.approx(mean(wrong))
    said = refused(logged(tmp_path, TWICE, identity="At", said=key), "data/log.csv", "row 92", "9 rows",
                   "only one of them would count", "duplicates: keep", "duplicates: drop")  # fmt: skip
    assert "row 92 like row 2" in said
    mended = logged(tmp_path, TWICE, identity="At", said=f"{key}    duplicates: {answer}\n")
    assert measured(mended, "order_value", not_=mean(wrong)) == pytest.approx(mean(right))
    assert mended.view("all").cell("order_value").estimate.n == len(right)


# The same answers under other ids.

SCORES = [(10, 9, 9, 8, 7, 10, 6, 3, 9, 10)[i % 10] if i < 60 else 2 for i in range(120)]


def pasted(first: int = 60) -> str:
    """The first answers again, under ids of their own."""
    lines = survey(SCORES).splitlines()
    again = [f"X{row}" for row in lines[1 : first + 1]]
    return "\n".join([*lines, *again]) + "\n"


@pytest.mark.parametrize(("answer", "right", "wrong"), [
    ("drop", SCORES, [*SCORES, *SCORES[:60]]), ("keep", [*SCORES, *SCORES[:60]], SCORES)
])  # fmt: skip
def test_answers_pasted_again_under_other_ids_are_refused(tmp_path, answer, right, wrong):
    said = refused(whole(tmp_path, survey__csv=pasted()), "data/survey.csv", "row 122", "60 rows",
                   "row 122 like row 2", "but response_id")  # fmt: skip
    assert "duplicates: drop" in said
    mended = whole(tmp_path, sources=SOURCES + f"    duplicates: {answer}\n", survey__csv=pasted())
    assert measured(mended, not_=nps(wrong)) == pytest.approx(nps(right))


def test_the_same_wave_under_a_second_name_is_refused(tmp_path):
    again = survey(SCORES).replace("\nR", "\nX")
    said = refused(whole(tmp_path, survey__csv=survey(SCORES), survey_2__csv=again), "data/survey_2.csv", "120 rows")
    assert "row 2 like row 2 of data/survey.csv" in said


def test_a_block_of_days_without_a_time_is_refused_and_two_visits_are_not(tmp_path):
    rows = [f"R{i},2026-0{i % 9 + 1}-0{i % 7 + 1},C{i},{SCORES[i]},Web" for i in range(120)]
    head = "Response,Date,Id,Score,Channel"
    two = "\n".join([head, *rows, "X1,2026-01-01,C0,10,Web", "X2,2026-02-02,C1,9,Web"])
    assert whole(tmp_path, survey__csv=two).check(today=TODAY).sound
    refused(whole(tmp_path, survey__csv="\n".join([head, *rows, *(f"X{r}" for r in rows[10:18])])), "8 rows")


def test_answers_of_nobody_in_particular_may_be_alike(tmp_path):
    rows = [f"R{i},2026-0{i % 9 + 1}-05 10:00:00,,{SCORES[i]},Web" for i in range(120)]
    text = "\n".join(["Response,Date,Id,Score,Channel", *rows])
    assert whole(tmp_path, survey__csv=text).check(today=TODAY).sound


def test_an_export_that_holds_all_of_the_one_before_is_no_repetition(tmp_path):
    engagement = whole(tmp_path, survey__csv=survey(SCORES[:80]), survey_2__csv=survey(SCORES))
    assert engagement.check(today=TODAY).sound
    assert measured(engagement, not_=nps([*SCORES, *SCORES[:80]])) == pytest.approx(nps(SCORES))


# Rows without an id.

FORMS = """\
cxkit: 1
sources:
  - id: form
    table: responses
    files: data/form*.csv
    columns: {response_id: "#row", responded_at: Timestamp, score: Score, channel: Channel}
"""


def form(scores) -> str:
    rows = [f"2026-0{i % 9 + 1}-05 10:00:{i % 3:02d},{s},Web" for i, s in enumerate(scores)]
    return "\n".join(["Timestamp,Score,Channel", *rows]) + "\n"


KEEP = "    duplicates: keep\n"
# With so few different rows, many are alike and each is somebody's answer.
GIVEN = [(10, 10, 9, 2, 7)[i * 7 % 5] if i < 60 else 2 for i in range(100)]


def test_rows_without_an_id_that_are_alike_are_asked_about(tmp_path):
    engagement = whole(tmp_path, engagement=CALM, sources=FORMS, form__csv=form(GIVEN))
    refused(engagement, "data/form.csv", "each would count", "duplicates: keep", "duplicates: drop")


def test_rows_without_an_id_that_all_differ_come_again_once(tmp_path):
    rows = [f"2026-0{i % 9 + 1}-05 10:{i % 60:02d}:{i // 60:02d},{s},Web" for i, s in enumerate(GIVEN)]
    text = ["Timestamp,Score,Channel", *rows]
    files = {"form_1__csv": "\n".join(text[:61]), "form_2__csv": "\n".join(text)}
    engagement = whole(tmp_path, engagement=CALM, sources=FORMS, **files)
    assert engagement.check(today=TODAY).sound
    assert measured(engagement, not_=nps([*GIVEN, *GIVEN[:60]])) == pytest.approx(nps(GIVEN))


def test_rows_without_an_id_all_count_and_come_again_once(tmp_path):
    once = set(form(GIVEN).splitlines()[1:])
    assert len(once) < 60
    files = {"form_1__csv": form(GIVEN[:60]), "form_2__csv": form(GIVEN)}
    engagement = whole(tmp_path, engagement=CALM, sources=FORMS + KEEP, **files)
    assert engagement.check(today=TODAY).sound
    doubled = nps([*GIVEN, *GIVEN[:60]])
    assert measured(engagement, not_=doubled) == pytest.approx(nps(GIVEN))
    record = engagement.check(today=TODAY).sources[0]
    assert (record.rows_read, record.rows_used, record.rows_replaced) == (160, 100, 60)


def test_rows_without_an_id_are_dropped_where_that_is_said(tmp_path):
    rows = form(GIVEN).splitlines()
    different = [int(r.split(",")[1]) for r in sorted(set(rows[1:]))]
    engagement = whole(tmp_path, engagement=CALM, sources=FORMS + "    duplicates: drop\n", form__csv=form(GIVEN))
    assert measured(engagement, not_=nps(GIVEN)) == pytest.approx(nps(different))


@pytest.mark.parametrize(("sources", "files"), [
    (FORMS + KEEP, {"form_1__csv": form(GIVEN[:60]), "form_2__csv": form(GIVEN)}),
    (FORMS + "    duplicates: drop\n", {"form_1__csv": form(GIVEN)}),
    (SOURCES + "    duplicates: drop\n", {"survey__csv": pasted()}),
    (SOURCES + "    duplicates: keep\n", {"survey__csv": pasted()}),
])  # fmt: skip
def test_the_stand_alone_sql_knows_rows_as_measuring_does(tmp_path, sources, files):
    engagement = small_engagement(tmp_path, engagement=CALM, sources=sources, **files)
    engagement.measure(today=TODAY)
    evidence = engagement.evidence()
    cells = {c.period: c.estimate for c in evidence.cells if not c.slice}
    with contextlib.chdir(tmp_path), duckdb.connect() as connection:
        rows = connection.execute(evidence.sql["nps.quarter.sql"]).fetchall()
    assert [n for _, n, _ in rows] == [c.n for c in cells.values()]
    for (_, _, value), cell in zip(rows, cells.values(), strict=True):
        assert cell.value is None or value == pytest.approx(cell.value)


def test_only_an_id_can_be_the_row(tmp_path):
    sources = SOURCES.replace("channel: Channel", 'channel: "#row"')
    with pytest.raises(DocumentError, match="only the id of a row can be `#row`"):
        small_engagement(tmp_path, sources=sources).check()
