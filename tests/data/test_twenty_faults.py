"""Twenty faults planted in the exports of a client: `check` lists these twenty, and nothing else."""

from __future__ import annotations

import io
import json
import re
import zipfile

import pytest
from build import small_engagement
from conftest import TODAY
from typer.testing import CliRunner

from cxkit.cli import app

ENGAGEMENT = """\
cxkit: 1
id: harbour
client: Harbour Telecom
industry: contract
start: 2026-09-07
weeks: 8
periods: [month]
data_from: 2026-01-01
data_until: 2026-03-31
dimensions:
  size: {label: Company size}
kpis: [nps]
"""

SOURCES = """\
cxkit: 1
sources:
  - id: crm
    table: customers
    files: data/customers.csv
    columns:
      customer_id: Customer No
      segment: Segment
      joined_on: {column: Since, format: "%d.%m.%Y"}
    attributes:
      size: Company size
    max_rejected: 0.5
  - id: survey
    table: responses
    files: data/survey_*.csv
    columns:
      response_id: Answer
      responded_at: Answered
      customer_id: Customer No
      score: How likely to recommend
      satisfaction: How satisfied
      channel: Channel
    max_rejected: 0.5
  - id: tickets
    table: interactions
    files: data/tickets_*.csv
    columns:
      interaction_id: Ticket
      customer_id: Customer No
      started_at: Opened
      handle_seconds: Handling time
      channel: Channel
    max_rejected: 0.5
  - id: orders
    table: orders
    files: data/orders_*
    columns:
      order_id: Order
      customer_id: Customer No
      ordered_at: {column: Placed, format: ["%d/%m/%Y", "%m/%d/%Y"]}
      amount: Value
    max_rejected: 0.5
  - id: team
    table: employees
    files: data/team.zip
    columns: {employee_id: Person, team: Team}
  - id: costs
    table: finance
    files: data/costs.csv
    columns: {month: Month, line: Line, amount: Amount}
"""
PEOPLE = 60


def customers() -> list[str]:
    """Rows 6, 9, 14, 21 and 30 are wrong."""
    sizes = ("11-50", "51-250", "over 250")
    rows = [f"K{i:04d},{('Home', 'Business')[i % 2]},{i % 28 + 1:02d}.05.2024,{sizes[i % 3]}" for i in range(PEOPLE)]
    rows[4] = ",Home,05.05.2024,11-50"  # row 6: no number
    rows[7] = "NULL,Business,08.05.2024,over 250"  # row 9: a blank as text
    rows[12] = "K0012,Home,31.02.2024,11-50"  # row 14: no such day
    rows[19] = "K0018,Home,19.05.2024,11-50"  # row 21: the number of row 20, with other values
    rows[18] = "K0018,Business,19.05.2024,51-250"
    rows[28] = "K0028,Home,01.05.2024,10-Jan"  # row 30: 1-10, eaten by a spreadsheet
    return ["Customer No,Segment,Since,Company size", *rows]


def answer(i: int, month: int) -> str:
    day = f"2026-{month:02d}-{i % 28 + 1:02d} 09:{i % 60:02d}:00"
    score, satisfaction = (10, 9, 7, 3, 8, 9)[i % 6], (5, 4, 3, 2, 5)[i % 5]
    return f"A{month}{i:03d},{day},K{(i * 7) % 4 + 31:04d},{score},{satisfaction},{('Web', 'Store')[i % 2]}"


ASKED = "Answer,Answered,Customer No,How likely to recommend,How satisfied,Channel"


def survey_january() -> list[str]:
    rows = [answer(i, 1) for i in range(80)]
    rows[3] = "A1003,2026-01-04 09:03:00,K0031,12,4,Web"  # row 5: no such score
    rows[6] = "A1006,2026-01-07 09:06:00,K0031,99,5,Web"  # row 8: a code
    rows[10] = "A1010,2026-01-11 09:10:00,K0031,9"  # row 12: cut off
    rows[13] = "A1013,2026-01-14 09:13:00,X7777,9,4,Web"  # row 15: nobody knows this customer
    rows[16] = "A1016,2062-01-17 09:16:00,K0031,9,4,Web"  # row 18: a slip of the finger
    rows[40] = "A9940," + rows[39].partition(",")[2]  # row 42: the answers of row 41 again
    return [ASKED, *rows]


def survey_february() -> list[str]:
    return [ASKED.replace("How likely to recommend", "NPS question"), *(answer(i, 2) for i in range(80))]


def survey_march() -> list[str]:
    rows = [answer(i, 3) for i in range(80)]
    rows[20] = rows[20].replace(",Web", ',"Web')  # row 22: a quote that never closes
    return [ASKED, *rows]


def tickets(number: int, head: str) -> list[str]:
    day = "2026-0{m}-{d:02d} 10:{d:02d}:00"
    rows = [
        f"T{number}{i:03d},K{i % 4 + 31:04d},{day.format(m=number, d=i % 28 + 1)},{120 + i},Phone" for i in range(40)
    ]
    return [head, *rows]


def long_tickets() -> list[str]:
    rows = tickets(1, "Ticket,Customer No,Opened,Handling time,Channel")
    rows[9] = rows[9].replace(",128,", ",3:25,")  # row 10: minutes or hours?
    return rows


def orders() -> list[str]:
    rows = [f"B{i:03d},K{i % 4 + 31:04d},{i % 12 + 1:02d}/02/2026,{20 + i}.50" for i in range(40)]
    rows[5] = "B005,K0031,25/02/2026,25.50"  # row 7: the day first
    rows[11] = "B011,K0031,02/26/2026,31.50"  # row 13: the month first
    rows[30] = "1.23457E+11,K0031,03/02/2026,50.50"  # row 32: a number that a spreadsheet has rounded
    return ["Order,Customer No,Placed,Value", *rows]


def order_lines() -> str:
    rows = [
        json.dumps({"Order": f"L{i}", "Customer No": "K0032", "Placed": "13/03/2026", "Value": 10 + i})
        for i in range(20)
    ]
    rows[6] = rows[6][:30]  # line 7: torn
    return "\n".join(rows) + "\n"


def packed() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("inner.zip", b"PK\x03\x04nothing")
    return out.getvalue()


def text(rows: list[str]) -> str:
    return "\n".join(rows) + "\n"


PLANTED = [
    ("data/customers.csv", 6, "blank"),
    ("data/customers.csv", 9, "NULL"),
    ("data/customers.csv", 14, "date"),
    ("data/customers.csv", 20, "same key"),
    ("data/customers.csv", 30, "10-Jan"),
    ("data/survey_1.csv", 5, "0 to 10"),
    ("data/survey_1.csv", 8, "code"),
    ("data/survey_1.csv", 12, "4 values in a row of 6 columns"),
    ("data/survey_1.csv", 15, "customer"),
    ("data/survey_1.csv", 18, "has not come yet"),
    ("data/survey_1.csv", 42, "row 42 like row 41"),
    ("data/survey_2.csv", "header", "the column is missing"),
    ("data/survey_3.csv", "line 22", "quotes do not close"),
    ("data/tickets_1.csv", 10, "3:25"),
    ("data/tickets_2.csv", "header", "the column stands 2 times"),
    ("data/orders_1.csv", 32, "scientific notation"),
    ("data/orders_1.csv", "", "day"),
    ("data/orders_2.jsonl", 7, "JSON"),
    ("data/team.zip/inner.zip", "", "archive in an archive"),
    ("data/costs.csv", "", "empty"),
]


@pytest.fixture
def harbour(tmp_path):
    files = {
        "customers__csv": text(customers()),
        "survey_1__csv": text(survey_january()),
        "survey_2__csv": text(survey_february()),
        "survey_3__csv": text(survey_march()),
        "tickets_1__csv": text(long_tickets()),
        "tickets_2__csv": text(tickets(2, "Ticket,Customer No,Opened,Handling time,Channel,Channel")),
        "orders_1__csv": text(orders()),
        "orders_2__jsonl": order_lines(),
        "team__zip": packed(),
        "costs__csv": "",
    }
    engagement = small_engagement(tmp_path, engagement=ENGAGEMENT, sources=SOURCES, **files)
    for name in ("crm.csv", "survey.csv"):
        (engagement.root / "data" / name).unlink()
    return engagement


def test_check_lists_the_twenty_faults_and_no_other(harbour):
    faults = harbour.check(today=TODAY).faults
    found = [(f.file, f.row) for f in faults]
    assert sorted(found, key=str) == sorted(((file, row) for file, row, _ in PLANTED), key=str)
    for file, row, told in PLANTED:
        fault = next(f for f in faults if (f.file, f.row) == (file, row))
        assert told.lower() in f"{fault.what} {fault.value}".lower()
        assert not fault.what[0].isupper()
        assert fault.hint


def test_the_list_reads_without_a_programmer(harbour):
    result = CliRunner().invoke(app, ["check", str(harbour.root)])
    assert result.exit_code == 2
    assert "20 faults in 10 file(s), 57 rows." in result.output
    for word in ("Traceback", "Error", "None", "dtype", "regex", "NaN", "utf8", "VARCHAR", "TIMESTAMP", "cxkit."):
        assert word not in re.sub(r"Hint:.*", "", result.output)
