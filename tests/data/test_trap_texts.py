"""Texts that are not what they seem: blanks, changed ids, ranges made into days, headers among the rows."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
import sqlglot
from build import ENGAGEMENT, SOURCES, crm_rows, small_engagement, survey_rows
from conftest import TODAY
from trapping import line_of, measured, nps, refused, whole, workbook

from cxkit._table import open_database
from cxkit.data.read import read_tables

ORDERS = """\
cxkit: 1
sources:
  - id: crm
    table: customers
    files: data/crm.csv
    columns: {customer_id: Id, region: Region}
  - id: shop
    table: orders
    files: data/shop.*
    unknown_customers: keep
    columns: {order_id: Order, customer_id: Id, ordered_at: Date, amount: Amount}
"""


def orders(ids: list[str]) -> str:
    """Two orders of each customer, of different amounts."""
    rows = [
        f"O{i},{c},2026-{i % 8 + 1:02d}-{i % 27 + 1:02d} 10:{i % 60:02d}:05,{10 + i % 7}" for i, c in enumerate(ids)
    ]
    return "\n".join(["Order,Id,Date,Amount", *rows]) + "\n"


BUYERS = [f"C{i % 90}" for i in range(180)]


@pytest.mark.parametrize("blank", ["NULL", "NaN", "n/a", "-", "(blank)", "None", "#N/A", "unknown", "undefined"])
def test_a_text_for_nobody_is_no_customer(tmp_path, blank):
    ids = [blank if i % 9 == 0 else c for i, c in enumerate(BUYERS)]
    engagement = small_engagement(tmp_path, sources=ORDERS, shop__csv=orders(ids))
    giant = pd.Series(ids).value_counts()
    assert giant.index[0] == blank
    text = refused(engagement, "data/shop.csv", "row 2", "column 'Id'", f"'{blank}' would count as an id", "20 rows")
    assert f'missing: "{blank}"' in line_of(text, "customer_id")


def test_a_blank_that_is_refused_can_be_declared_real(tmp_path):
    ids = ["None" if i % 9 == 0 else c for i, c in enumerate(BUYERS)]
    sources = ORDERS.replace("customer_id: Id, ordered", 'customer_id: {column: Id, real: "None"}, ordered')
    assert whole(tmp_path, "order_value", sources=sources, shop__csv=orders(ids)).check().sound


@pytest.mark.parametrize("blank", [
    "NULL", "n/a", "-", "(blank)", "None", "#N/A", "NA", "(empty)", "N / A", "null.", "#", "not specified",
])  # fmt: skip
def test_a_text_for_nothing_is_no_segment(tmp_path, blank):
    crm = [r.replace("North", blank) if i % 3 == 0 else r for i, r in enumerate(crm_rows())]
    text = refused(whole(tmp_path, crm__csv="\n".join(crm)), "data/crm.csv", "column 'Region'", "a value of its own")
    line = line_of(text, "region")
    sources = SOURCES.replace("region: Region", line)
    engagement = whole(tmp_path, sources=sources, crm__csv="\n".join(crm))
    engagement.measure(today=TODAY)
    assert set(engagement.evidence().manifest.dimensions[0].values) == {"North", "South", "(unknown)"}
    assert [c for c in engagement.evidence().cells if ("region", blank) in c.slice] == []


@pytest.mark.parametrize("word", ["Unknown", "unbekannt", "Keine", "ohne", "tbd"])
def test_a_segment_that_may_be_none_is_told_and_stops_nothing(tmp_path, word):
    crm = "\n".join(r.replace("North", word) if i % 3 == 0 else r for i, r in enumerate(crm_rows()))
    (fault,) = whole(tmp_path, crm__csv=crm).check().faults
    assert (fault.column, fault.value, fault.stops) == ("Region", word, False)
    assert "may mean that there is none" in fault.what
    for said in (f'missing: "{word}"', f'real: "{word}"'):
        sources = SOURCES.replace("region: Region", f"region: {{column: Region, {said}}}")
        assert whole(tmp_path, sources=sources, crm__csv=crm).check().sound


@pytest.mark.parametrize("blank", ["\u00a0", " \u00a0 ", "\u2003"])
def test_blanks_that_are_not_seen_are_blanks(tmp_path, blank):
    crm = [r.replace("North", blank) if i % 3 == 0 else r for i, r in enumerate(crm_rows())]
    engagement = whole(tmp_path, crm__csv="\n".join(crm))
    engagement.measure(today=TODAY)
    assert set(engagement.evidence().manifest.dimensions[0].values) == {"North", "South", "(unknown)"}


@pytest.mark.parametrize("column", ["Date", "Score"])
def test_a_blank_word_among_days_and_answers_is_told_and_counted_nowhere(tmp_path, column):
    rows = [r.split(",") for r in survey_rows()]
    at = rows[0].index(column)
    for row in rows[1:7]:
        row[at] = "NULL"
    engagement = whole(tmp_path, survey__csv="\n".join(map(",".join, rows)))
    faults = engagement.check().faults
    assert {(f.row, f.column, f.value) for f in faults} == {(r, column, "NULL") for r in range(2, 8)}
    right = nps(float(r[3]) for r in rows[1:] if "NULL" not in r)
    wrong = nps(0.0 if r[3] == "NULL" else float(r[3]) for r in rows[1:])
    if column == "Score":
        assert measured(engagement, not_=wrong) == pytest.approx(right)
    else:
        engagement.measure(today=TODAY)
        assert engagement.view("all").cell("nps").estimate.n == 354


# Ids.


def test_ids_in_scientific_notation_are_refused(tmp_path):
    """Ninety customers would be nine."""
    ids = [f"{1234560000 + 100000 * (i % 9):.5E}" for i in range(90)] * 2
    whole_ids = [f"{1234560000 + 100000 * (i % 9) + i}" for i in range(90)] * 2
    assert (len(set(ids)), len(set(whole_ids))) == (9, 90)
    text = refused(small_engagement(tmp_path, sources=ORDERS, shop__csv=orders(ids)), "scientific notation", "row 2")
    assert "export again with the column as text" in text


def known(ids: list[str]) -> str:
    return "\n".join(["Id,Region", *(f"{c},{('North', 'South')[i % 2]}" for i, c in enumerate(ids))])


NUMBERED = [f"{i:05d}" for i in range(1, 91)]


@pytest.mark.parametrize("form", ["{n}.0", "{n}", " {n:05d}\t", "{n:05d}\u200b"])
def test_ids_that_one_export_writes_otherwise_are_the_same_when_folded(tmp_path, form):
    ids = [form.format(n=i % 90 + 1) for i in range(180)]
    sources = ORDERS.replace("    unknown_customers: keep\n", "")
    engagement = whole(tmp_path, "order_value", sources=sources, crm__csv=known(NUMBERED), shop__csv=orders(ids))
    text = refused(engagement, "data/shop.csv", "fold: true")
    assert "column: Id, fold: true" in line_of(text, "customer_id")
    folded = sources.replace("customer_id: Id", "customer_id: {column: Id, fold: true}")
    engagement = whole(tmp_path, "order_value", sources=folded, crm__csv=known(NUMBERED), shop__csv=orders(ids))
    engagement.measure(today=TODAY)
    regions = {c.slice[0][1]: c.estimate.n for c in engagement.evidence().cells if c.slice}
    assert regions == {"North": 90, "South": 90}


def test_a_few_lost_zeros_are_not_left_out_in_silence(tmp_path):
    """Four orders of 180 would be of unknown customers, fewer than may be."""
    ids = [str(i + 1) if i < 4 else NUMBERED[i % 90] for i in range(180)]
    sources = ORDERS.replace("    unknown_customers: keep\n", "")
    engagement = whole(tmp_path, "order_value", sources=sources, crm__csv=known(NUMBERED), shop__csv=orders(ids))
    text = refused(engagement, "no customer has this id, but one has '00001'", "row 2", "4 rows")
    assert "fold: false" in text


@pytest.mark.parametrize("odd", ["c{n}", "C {n}", "C\u00a0{n}"])
def test_one_customer_in_two_spellings_is_not_two(tmp_path, odd):
    """Five customers with one order in each spelling would be ten who never came back."""
    ids = [odd.format(n=i) if i < 5 else c for i, c in enumerate(BUYERS)]
    assert len(set(ids)) == 95
    settings = ENGAGEMENT.replace("dimensions:\n  region: {label: Region}\n", "")
    alone = ORDERS[: ORDERS.index("  - id: crm")] + ORDERS[ORDERS.index("  - id: shop") :]
    engagement = whole(tmp_path, "order_value", engagement=settings, sources=alone, shop__csv=orders(ids))
    refused(engagement, "data/shop.csv", "column 'Id'", "fold: true")
    folded = alone.replace("customer_id: Id", "customer_id: {column: Id, fold: true}")
    engagement = whole(tmp_path, "order_value", engagement=settings, sources=folded, shop__csv=orders(ids))
    with open_database() as db:
        read_tables(db, engagement.sources, root=engagement.root)
        assert db.rows(sqlglot.parse_one("select count(distinct customer_id) from orders"))[0][0] == 90


def test_ids_that_are_known_to_differ_in_case_only_stay_apart(tmp_path):
    ids = [c.lower() if i < 5 else c for i, c in enumerate(BUYERS)]
    sources = ORDERS.replace("customer_id: Id, ordered", "customer_id: {column: Id, fold: false}, ordered")
    assert whole(tmp_path, "order_value", sources=sources, shop__csv=orders(ids)).check().sound


# Ranges that a spreadsheet has made days.

SIZES = ("01-May", "06-Oct", "11-50", "51+")


def crm_of_sizes(sizes=SIZES) -> str:
    return "\n".join(["Id,Size", *(f"C{i},{sizes[i % len(sizes)]}" for i in range(120))])


@pytest.mark.parametrize("day", ["01-May", "5-Jan", "May-01", "2026-05-01 00:00:00", "2026-05-01", "1. Mai"])
def test_a_range_made_into_a_day_is_no_segment(tmp_path, day):
    sources = SOURCES.replace("region: Region", "segment: Size")
    engagement = ENGAGEMENT.replace("region: {label: Region}", "segment: {}")
    sizes = (day, *SIZES[2:])
    text = refused(whole(tmp_path, engagement=engagement, sources=sources, crm__csv=crm_of_sizes(sizes)),
                   "data/crm.csv", "row 2", "column 'Size'", f"found '{day}'")  # fmt: skip
    mended = sources.replace("segment: Size", line_of(text, "segment"))
    opened = whole(tmp_path, engagement=engagement, sources=mended, crm__csv=crm_of_sizes(sizes))
    opened.measure(today=TODAY)
    assert set(opened.evidence().manifest.dimensions[0].values) == {"1-5", "11-50", "51+"}


def test_a_range_in_a_workbook_is_told_too(tmp_path):
    first_of_may = (dt.date(2026, 5, 1) - dt.date(1899, 12, 30)).days  # as a workbook counts days
    cells = [["Id", "Size"], *([f"C{i}", (first_of_may, "11-50")[i % 2]] for i in range(120))]
    sources = SOURCES.replace("crm.csv", "crm.xlsx").replace("region: Region", "segment: Size")
    engagement = ENGAGEMENT.replace("region: {label: Region}", "segment: {}")
    book = workbook(cells, {1: "d-mmm"})
    refused(whole(tmp_path, engagement=engagement, sources=sources, crm__xlsx=book), "crm.xlsx", "column 'Size'", "1-5")


def test_months_of_a_cohort_are_no_ranges(tmp_path):
    sources = SOURCES.replace("region: Region", "segment: Size")
    crm = crm_of_sizes(("Jan-26", "Feb-26", "Mar-26"))
    assert whole(tmp_path, engagement=ENGAGEMENT.replace("region: {label: Region}", "segment: {}"), sources=sources,
                 crm__csv=crm).check().sound  # fmt: skip


# Headers among the rows, rows among the headers.


def test_a_header_that_stands_in_the_middle_is_no_customer(tmp_path):
    crm = "\n".join([*crm_rows()[:61], "Id,Region", *crm_rows()[61:]])
    engagement = whole(tmp_path, crm__csv=crm)
    text = refused(engagement, "data/crm.csv", "row 62", "the header stands among the rows again")
    assert 'leave_out: {"Id": ["Id"]}' in text
    sources = SOURCES.replace("    columns: {customer_id", '    leave_out: {"Id": ["Id"]}\n    columns: {customer_id')
    mended = whole(tmp_path, sources=sources, crm__csv=crm)
    mended.measure(today=TODAY)
    assert mended.check().sources[0].rows_used == 120
    assert set(mended.evidence().manifest.dimensions[0].values) == {"North", "South"}


def test_rows_of_a_survey_tool_under_the_header_are_no_answers(tmp_path):
    rows = survey_rows()
    question = 'Response ID,Recorded Date,External Reference,"How likely are you, 0 to 10?",Channel'
    ids = ("responseId", "recordedDate", "id", "QID1", "QID2")
    imports = ",".join('"{""ImportId"":""' + n + '""}"' for n in ids)
    text = "\n".join([rows[0], question, imports, *rows[1:]])
    engagement = whole(tmp_path, survey__csv=text)
    engagement.measure(today=TODAY)
    assert engagement.view("all").cell("nps").estimate.n == 360
    used = engagement.check(today=TODAY).sources[1]
    assert (used.rows_used, "ImportId" in str(numbers_and_names(engagement))) == (360, False)


def numbers_and_names(engagement) -> list:
    return [(c.id, c.estimate.n) for c in engagement.evidence().cells]


def test_import_ids_among_customers_are_refused_where_one_header_row_is_declared(tmp_path):
    imports = '"{""ImportId"":""id""}","{""ImportId"":""region""}"'
    crm = "\n".join([crm_rows()[0], imports, *crm_rows()[1:]])
    sources = SOURCES.replace("    columns: {customer_id", "    format: {header_rows: 1}\n    columns: {customer_id")
    refused(whole(tmp_path, sources=sources, crm__csv=crm), "data/crm.csv", "row 2", "header_rows: 3")


def test_a_first_row_of_data_is_not_eaten_as_a_header(tmp_path):
    rows = survey_rows()[1:]
    sources = SOURCES
    for name, place in {"Response": 1, "Date": 2, "Score": 4, "Channel": 5}.items():
        sources = sources.replace(f": {name}", f': "#{place}"')
    head, _, tail = sources.partition("  - id: survey")
    sources = head + "  - id: survey" + tail.replace("customer_id: Id", 'customer_id: "#3"')
    engagement = whole(tmp_path, sources=sources, survey__csv="\n".join(rows))
    engagement.measure(today=TODAY)
    assert engagement.view("all").cell("nps").estimate.n == 360


def test_a_first_row_of_data_that_is_declared_the_header_is_refused(tmp_path):
    sources = SOURCES
    for name, place in {"Response": 1, "Date": 2, "Score": 4, "Channel": 5}.items():
        sources = sources.replace(f": {name}", f': "#{place}"')
    head, _, tail = sources.partition("  - id: survey")
    tail = tail.replace("customer_id: Id", 'customer_id: "#3"')
    sources = head + "  - id: survey" + tail + "    format: {header_rows: 1}\n"
    engagement = whole(tmp_path, sources=sources, survey__csv="\n".join(survey_rows()[1:]))
    refused(engagement, "data/survey.csv", "header", "2026-02-01 10:00:00", "header_rows: 0")


def test_two_columns_of_one_header_are_refused_and_told_apart_by_place(tmp_path):
    rows = [r.replace("Channel", "Score").replace("Web", str(i % 3)) for i, r in enumerate(survey_rows())]
    text = "\n".join(rows)
    assert text.splitlines()[0].split(",").count("Score") == 2
    refused(whole(tmp_path, sources=SOURCES.replace("      channel: Channel\n", ""), survey__csv=text),
            "data/survey.csv", "the column stands 2 times", "#4 or #5")  # fmt: skip
    sources = SOURCES.replace("      channel: Channel\n", "").replace("{column: Score,", '{column: "#4",')
    wrong = nps(float(r.split(",")[4]) for r in rows[1:])
    right = nps(float(r.split(",")[3]) for r in rows[1:])
    assert measured(whole(tmp_path, sources=sources, survey__csv=text), not_=wrong) == pytest.approx(right)
