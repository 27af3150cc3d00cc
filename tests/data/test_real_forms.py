"""Real public exports, opened with nothing declared: how they are written is found, and their rows come out whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from build import ENGAGEMENT
from conftest import SHARED

from cxkit._format import words
from cxkit._table import open_database
from cxkit.data.forms import form_of_source
from cxkit.data.read import read_tables
from cxkit.data.readers.opening import open_file
from cxkit.data.settings import Format
from cxkit.engagement import open_engagement

REAL = {
    "surveys/2017_SFO_Customer_Survey_20250817.csv": (",", 1, 2831, 97, "RESPNUM"),
    "surveys/CNCF_Maintainers_Survey_2021_H2.csv": (",", 2, 102, 35, "Respondent ID"),
    "surveys/qualtRics_sample.csv": (",", 3, 1, 20, "StartDate"),
    "churn/Telco-Customer-Churn.csv": (",", 1, 7043, 21, "customerID"),
    "clv/CDNOW_sample.txt": (" ", 0, 6919, 5, ""),
    "journeys/simple-onlineshop.csv": (",", 1, 35381, 3, "user_id"),
    "journeys/ecom.csv.gz": (",", 1, 31106, 8, "user_id"),
    "surveys/sfo_2018_Data_Dictionary_DataSF.xlsx": ("", 1, 670 - 1, 3, "Field"),
}


def there(name: str) -> Path:
    if not (SHARED / name).is_file():
        pytest.skip(f"the public data file {name} is not beside the project")
    return SHARED / name


@pytest.mark.parametrize("name", REAL)
def test_a_real_export_needs_no_word_about_how_it_is_written(tmp_path, name):
    delimiter, header_rows, rows, wide, first = REAL[name]
    for _, opened in open_file(there(name), Format(), name, tmp_path):
        written = opened.written
        assert (written.delimiter, written.skip_rows, written.header_rows) == (delimiter, 0, header_rows)
        assert (len(opened.header), opened.header[0].strip("\ufeff ")) == (wide, first)
        widths = [len(row) for _, row in opened.rows if any(row)]
        assert len(widths) == rows
        assert not opened.exact or set(widths) == {wide}
        assert written.suspicions == ()
        assert [d for d in written.doubts if "header" in d or "delimiter" in d or "decimal" in d.casefold()] == []


PURCHASES = """\
cxkit: 1
sources:
  - id: buyers
    table: customers
    files: data/CDNOW_sample.txt
    columns: {customer_id: "#1"}
    attributes:
      day: {column: "#3", type: date, format: "%Y%m%d"}
      spent: {column: "#5", type: number}
"""


def test_purchases_without_a_header_have_all_their_customers(tmp_path):
    from sqlglot import exp

    (tmp_path / "data").mkdir()
    (tmp_path / "data/CDNOW_sample.txt").write_bytes(there("clv/CDNOW_sample.txt").read_bytes())
    (tmp_path / "engagement.yaml").write_text(ENGAGEMENT)
    (tmp_path / "sources.yaml").write_text(PURCHASES)
    engagement = open_engagement(tmp_path)
    with open_database() as db:
        tables = read_tables(db, engagement.sources, root=engagement.root)
        (source,) = tables.sources
        lasts = db.rows(exp.select(exp.Sum(this=exp.column("spent"))).from_("customers"))[0][0]
    assert (source.rows_read, source.rows_used) == (6919, 2357)
    assert form_of_source(source.files, words()) == "utf-8, blanks, decimal point, no header (found)"
    rows = [line.split() for line in (tmp_path / "data/CDNOW_sample.txt").read_text().splitlines()]
    assert lasts == pytest.approx(sum(float(last[4]) for last in {row[0]: row for row in rows}.values()))
