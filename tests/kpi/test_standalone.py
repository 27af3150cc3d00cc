"""The SQL that a client's data team runs gives the numbers of the evidence, on the exports themselves."""

from __future__ import annotations

import contextlib

import duckdb
import pandas as pd
import pytest
from conftest import TODAY
from test_real_data import CNCF, SFO, TELCO


def check_standalone(engagement) -> int:
    """Run every stand-alone SELECT in the engagement's folder and compare; returns how many numbers were compared."""
    evidence = engagement.evidence()
    cells = {(c.kpi, c.length, c.period): c.estimate for c in evidence.cells if not c.slice}
    compared = 0
    with contextlib.chdir(engagement.root), duckdb.connect() as connection:
        load_workbooks(connection, engagement)
        for kpi in evidence.manifest.kpis:
            for length, file in kpi.sql.items():
                names = evidence.manifest.periods[length]
                for start, n, value in connection.execute(evidence.sql[file]).fetchall():
                    cell = cells.get((kpi.id, length, name_of(start, length, names)))
                    if cell is not None and cell.shown:
                        assert (n, value) == (cell.n, pytest.approx(cell.value, rel=1e-12))
                        compared += 1
    return compared


def name_of(start, length: str, names: tuple[str, ...]) -> str:
    part = {"quarter": f"{start.year}-Q{(start.month + 2) // 3}", "half": f"{start.year}-H{(start.month + 5) // 6}"}
    return names[0] if length == "all" else part.get(length, f"{start:%Y}" if length == "year" else f"{start:%Y-%m}")


def load_workbooks(connection, engagement) -> None:
    for source in engagement.sources.sources:
        for path in engagement.root.glob(source.files):
            if path.suffix == ".xlsx":
                # As a data team would load it: every column as text, dates in ISO form.
                frame = pd.read_excel(path, sheet_name=source.format.sheet, engine="calamine").astype("string")
                connection.register("incoming", frame)
                connection.execute(f'CREATE TABLE "{source.files}:{source.format.sheet}" AS SELECT * FROM incoming')


def test_sample(aldermoor):
    assert check_standalone(aldermoor) > 150


@pytest.mark.parametrize(("name", "file"), [("sfo", SFO), ("cncf", CNCF), ("telco", TELCO)])
def test_real_exports(real, name, file):
    engagement = real(name, file)
    engagement.measure(today=TODAY)
    assert check_standalone(engagement) >= 1


def test_rejected_and_repeated_rows_are_left_out_in_the_same_way(tmp_path):
    from build import small_engagement, survey_rows

    rows = survey_rows()
    rows[2], rows[4], rows[6] = "R1,never,C1,9,Web", "R3,2026-02-03,NOBODY,9,Web", "R5,2026-02-03,C1"
    later = "Response,Date,Id,Score,Channel\nR0,2026-02-01 10:00:00,C0,0,Web\n"
    engagement = small_engagement(tmp_path, survey__csv="\n".join(rows) + "\n", survey2__csv=later)
    engagement.measure(today=TODAY)
    assert check_standalone(engagement) == 3
