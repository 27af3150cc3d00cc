"""The SQL that a client's data team runs gives the numbers of the evidence, on the exports themselves."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import zipfile

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from build import SOURCES, small_engagement, survey_rows
from conftest import TODAY
from test_real_data import CNCF, SFO, TELCO

ROWS = survey_rows()
NAMES = ROWS[0].split(",")
CELLS = [row.split(",") for row in ROWS[1:]]
CSV = "\n".join(ROWS) + "\n"
LINES = "\n".join(json.dumps(dict(zip(NAMES, row, strict=True))) for row in CELLS)


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
                table = f"{path.relative_to(engagement.root).as_posix()}:{source.format.sheet}"
                connection.execute(f'CREATE TABLE "{table}" AS SELECT * FROM incoming')


def test_sample(aldermoor):
    assert check_standalone(aldermoor) > 150


@pytest.mark.parametrize(("name", "file"), [("sfo", SFO), ("cncf", CNCF), ("telco", TELCO)])
def test_real_exports(real, name, file):
    engagement = real(name, file)
    engagement.measure(today=TODAY)
    assert check_standalone(engagement) >= 1


def test_rejected_and_repeated_rows_are_left_out_in_the_same_way(tmp_path):
    rows = survey_rows()
    rows[2], rows[4], rows[6] = "R1,never,C1,9,Web", "R3,2026-02-03,NOBODY,9,Web", "R5,2026-02-03,C1"
    later = "Response,Date,Id,Score,Channel\nR0,2026-02-01 10:00:00,C0,0,Web\n"
    engagement = small_engagement(tmp_path, survey__csv="\n".join(rows) + "\n", survey2__csv=later)
    engagement.measure(today=TODAY)
    assert check_standalone(engagement) == 3


def parquet(cells: list[list[str]], **columns: list) -> bytes:
    data = io.BytesIO()
    pq.write_table(pa.table({n: [r[i] for r in cells] for i, n in enumerate(NAMES)} | columns), data)
    return data.getvalue()


def measured(folder, *, sources: str = SOURCES, **files):
    engagement = small_engagement(folder, sources=sources, **files)
    if "survey__csv" not in files:
        (folder / "data/survey.csv").unlink()
    engagement.measure(today=TODAY)
    return engagement


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("survey__parquet", parquet(CELLS, Score=[float(r[3]) for r in CELLS])),
        ("survey__jsonl", LINES),
        ("survey__json", "[" + LINES.replace("\n", ",\n") + "]"),
        ("survey__csv.gz", gzip.compress(CSV.encode())),
        ("survey__jsonl.gz", gzip.compress(LINES.encode())),
        ("survey__csv", gzip.compress(CSV.encode())),
        ("survey[1]__csv", CSV),
        ("survey__csv", CSV.replace(",", ";").encode("utf-16")),
    ],
)
def test_each_kind_of_file(tmp_path, name, content):
    sources = SOURCES.replace("survey*.csv", "survey*")
    assert check_standalone(measured(tmp_path, sources=sources, **{name: content})) == 3


def test_parts_of_columns_of_json_and_parquet(tmp_path):
    answers = [{"score": int(r[3]), "by": "Web"} for r in CELLS]
    first = zip(CELLS[:180], answers, strict=False)
    lines = "\n".join(json.dumps({"Response": r[0], "Date": r[1], "Id": r[2], "answer": a}) for r, a in first)
    sources = SOURCES.replace("survey*.csv", "survey*").replace("column: Score", "column: answer.score")
    sources = sources.replace("channel: Channel", "channel: answer.by")
    rest = parquet(CELLS[180:], answer=answers[180:])
    engagement = measured(tmp_path, sources=sources, survey__jsonl=lines, survey__parquet=rest)
    assert sum(c.estimate.n for c in engagement.view().series("nps")) == 360
    assert check_standalone(engagement) == 3


def test_broken_lines_of_json_are_left_out(tmp_path):
    lines = LINES.splitlines()
    lines[3], lines[7] = lines[3][:30], "[1, 2]"
    engagement = measured(tmp_path, sources=SOURCES.replace("survey*.csv", "survey*"), survey__jsonl="\n".join(lines))
    assert check_standalone(engagement) == 3


def test_files_of_several_kinds_and_delimiters(tmp_path):
    later = f"{ROWS[0]}\nR0,2026-02-01 10:00:00,C0,0,Web\n"
    engagement = measured(
        tmp_path, sources=SOURCES.replace("survey*.csv", "survey*"), survey1__csv="\n".join(ROWS[:101]),
        survey2__csv="\n".join([ROWS[0], *ROWS[101:201]]).replace(",", ";"), survey3__parquet=parquet(CELLS[200:]),
        survey4__csv=later,
    )  # fmt: skip
    assert [s.rows_replaced for s in engagement.evidence().manifest.sources] == [0, 1]
    assert check_standalone(engagement) == 3


def test_a_column_of_another_name_in_a_later_file(tmp_path):
    sources = SOURCES.replace("column: Score", "column: Score, was: Rating")
    later = "\n".join([ROWS[0].replace("Score", "Rating"), *ROWS[181:]])
    engagement = measured(tmp_path, sources=sources, survey__csv="\n".join(ROWS[:181]), survey2__csv=later)
    assert sum(c.estimate.n for c in engagement.view().series("nps")) == 360
    assert check_standalone(engagement) == 3


def test_a_zip_has_to_be_unpacked_first_and_the_sql_says_so(tmp_path):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("CSV/a.csv", "\n".join(ROWS[:181]))
        archive.writestr("CSV/b.csv", "\n".join([ROWS[0], *ROWS[181:]]))
    engagement = measured(tmp_path, sources=SOURCES.replace("survey*.csv", "survey.zip"), survey__zip=data.getvalue())
    text = next(iter(engagement.evidence().sql.values()))
    assert "-- Unpack data/survey.zip into the folder data/survey first.\n" in text
    zipfile.ZipFile(data).extractall(tmp_path / "data/survey")
    assert check_standalone(engagement) == 3
