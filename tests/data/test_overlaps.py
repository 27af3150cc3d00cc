"""Rows that another source or a later file would replace although they are other rows."""

from __future__ import annotations

import pytest
from build import ENGAGEMENT, SOURCES, survey_rows
from conftest import TODAY
from trapping import refused, whole

CALM = ENGAGEMENT.replace("dimensions:\n  region: {label: Region}\n", "")
BILLED = "\n    columns: {customer_id: Id, month: Month, amount: Amount}\n"
BILLS = f"""\
cxkit: 1
sources:
  - id: fees
    table: revenue
    files: data/fees.csv{BILLED}
  - id: extras
    table: revenue
    files: data/extras.csv{BILLED}
  - id: crm
    table: customers
    files: data/crm.csv
    columns: {{customer_id: Id, joined_on: Since, left_on: Until}}
"""


def bills(amount: int, customers: range) -> str:
    rows = [f"C{i},2026-0{m}-01,{amount}" for i in customers for m in range(1, 10)]
    return "\n".join(["Id,Month,Amount", *rows]) + "\n"


LONG_AGO = "\n".join(["Id,Since,Until", *(f"C{i},2020-01-15," for i in range(90))])


def billed(folder, extras: range):
    return whole(folder, "revenue_per_customer", engagement=CALM, sources=BILLS, fees__csv=bills(100, range(60)),
                 extras__csv=bills(10, extras), crm__csv=LONG_AGO)  # fmt: skip


def test_two_sources_of_revenue_do_not_wipe_each_other_out(tmp_path):
    refused(billed(tmp_path, range(60)), "data/fees.csv", "540 rows", "another source", "extras", "`key`")


def test_two_sources_of_revenue_of_other_customers_are_both_counted(tmp_path):
    checked = billed(tmp_path, range(60, 90)).check(today=TODAY)
    assert [f for f in checked.faults if f.stops] == []
    assert [s.rows_used for s in checked.sources if s.id in ("fees", "extras")] == [540, 270]


MONTHS = {f"survey{m}__csv": "\n".join(survey_rows(100, months=(m,))) + "\n" for m in (2, 5)}
# The same ids, of other customers.
MONTHS["survey5__csv"] = MONTHS["survey5__csv"].replace(" 10:00:00,C", " 10:00:00,D")
BOTH = "\n".join(["Id,Region", *(f"{x}{i},North" for x in "CD" for i in range(120))]) + "\n"
NEVER = "\n".join(survey_rows(0)) + "\n"


def surveyed(folder, second: str, *, sources: str = SOURCES):
    files = {**MONTHS, "survey__csv": NEVER, "survey5__csv": second}
    return whole(folder, engagement=CALM, sources=sources.replace("survey*", "survey[25]"), crm__csv=BOTH, **files)


def test_ids_that_begin_again_in_each_file_are_no_corrections(tmp_path):
    said = refused(surveyed(tmp_path, MONTHS["survey5__csv"]), "data/survey2.csv", "data/survey5.csv", "100 rows")
    assert "`key: [response_id, responded_at]`" in said


def test_with_the_time_in_the_key_both_files_are_counted(tmp_path):
    sources = SOURCES.replace("data/survey*.csv\n", "data/survey*.csv\n    key: [response_id, responded_at]\n")
    checked = surveyed(tmp_path, MONTHS["survey5__csv"], sources=sources).check(today=TODAY)
    assert [f for f in checked.faults if f.stops] == []
    assert [s.rows_used for s in checked.sources if s.id == "survey"] == [200]


@pytest.mark.parametrize("change", [(",Web", ",App"), (":00:00", ":30:00"), ("0,C", "0,D")])
def test_a_later_file_may_correct_one_thing_of_a_row(tmp_path, change):
    checked = surveyed(tmp_path, MONTHS["survey2__csv"].replace(*change)).check(today=TODAY)
    assert [f for f in checked.faults if f.stops] == []
    assert [s.rows_used for s in checked.sources if s.id == "survey"] == [100]


def test_who_says_that_the_later_file_corrects_is_believed(tmp_path):
    sources = SOURCES.replace("data/survey*.csv\n", "data/survey*.csv\n    on_overlap: last\n")
    checked = surveyed(tmp_path, MONTHS["survey5__csv"], sources=sources).check(today=TODAY)
    assert [f for f in checked.faults if f.stops] == []
