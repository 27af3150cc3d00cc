"""Texts that the database reads where they stand are read as Python's csv reads them, or not read there at all."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from cxkit import _table
from cxkit._table import open_database
from cxkit.data import ingest
from cxkit.data import read as reading
from cxkit.data.inplace import take_in_place
from cxkit.data.read import read_tables
from cxkit.data.readers import proof
from cxkit.data.readers.proof import prove
from cxkit.data.settings import Sources
from cxkit.data.shared import select_shared

HEADER = "Response,Date,Id,Score,Weight,Comment"
ROW = "R{0},2026-02-03 10:00:00,C{0},9,1.5,fine"
FORMAT = {"delimiter": ",", "encoding": "utf-8"}


@pytest.fixture(autouse=True, scope="module")
def _small_texts_too():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(proof, "_SMALLEST", 0)
        yield


def sources(**settings: object) -> Sources:
    columns = {"response_id": "Response", "responded_at": "Date", "customer_id": "Id", "score": "Score"}
    source = {"id": "survey", "table": "responses", "files": "survey*", "columns": columns, "format": FORMAT}
    more = {"attributes": {"comment": "Comment"}}
    return Sources.model_validate({"cxkit": 1, "sources": [{**source, **more, **settings}]})


def read(folder, *, told: Sources, in_place: bool, taken: list | None = None):
    """All rows as texts and typed, the table, the faults and the counts."""

    def take(opened, placed, *, folder):
        text = take_in_place(opened, placed, folder=folder) if in_place else None
        if taken is not None:
            taken.append(text)
        return text

    with pytest.MonkeyPatch.context() as patch, open_database() as db:
        patch.setattr(ingest, "take_in_place", take)
        # What traps say is no matter of how the rows were read, and they look at them for long.
        patch.setattr(reading, "find_traps", lambda _: [])
        tables = read_tables(db, told, root=folder, today=dt.date(2026, 9, 1))
        counts = [(s.rows_read, s.rows_used, s.rows_rejected, s.reasons) for s in tables.sources]
        if not tables.raws:
            return [], [], [], tables.faults, counts
        places = [exp.column("_file"), exp.column("_row")]
        texts, typed = (db.rows(exp.select("*").from_(t).order_by(*places)) for t in ("raw_survey", "usable_survey"))
        return texts, typed, db.rows(exp.select("*").from_("responses")), tables.faults, counts


def both(folder, told: Sources | None = None) -> bool:
    """Whether the database read the files where they stand; it must have read what the other reader reads."""
    told, taken = told or sources(), []
    assert read(folder, told=told, in_place=True, taken=taken) == read(folder, told=told, in_place=False)
    return bool(taken) and all(taken)


def lines(*rows: str, n: int = 3, header: str = HEADER) -> str:
    return "\n".join([header, *(ROW.format(i) for i in range(n)), *rows]) + "\n"


SOUND = {
    "plain": lines(),
    "marked": "\ufeff" + lines(),
    "windows": lines('R7,2026-02-03,C7,9,1,"one\nline, and another"').replace("\n", "\r\n"),
    "loose ends in quotes": lines().replace("\n", "\r\n") + 'R7,2026-02-03,C7,9,1,"one\nmore"\r\n',
    "doubled": lines('R7,2026-02-03,C7,9,1,"He said ""ok"""', 'R8,2026-02-03,"C""8",9,,"""well"""'),
    "delimiters in quotes": lines('R7,2026-02-03,C7,9,1,"Slow, but, friendly"'),
    "open end": lines().rstrip("\n"),
    "open quoted end": lines('R7,2026-02-03,C7,9,1,"fine"').rstrip("\n"),
    "quoted breaks in the header": lines(header='Response,Date,Id,Score,Weight,Comment\n').replace(
        "Weight", '"Weight\nof it"'
    ).replace("\n\n", "\n"),
    "blanks": lines("R7 , 2026-02-03,\u00a0C7\u00a0, 9 ,1,  fine  ", "R8,2026-02-03,\tC8,9,1,\u2009x"),
    "faults": lines(
        "R7,someday,C7,9,1,x", ",2026-02-03,C8,9,1,x", "R9,2026-02-03,C9,eleven,1,x", "R9,2026-02-04,C9,12,1,"
    ),
    "same key": lines("R1,2026-03-03,C1,5,1,again", "R1,2026-03-03,C1,5,1,again"),
    "quoted and empty": lines('"R7","2026-02-03","","","1",""', "R8,2026-02-03,,,,"),
    "long": lines("R7,2026-02-03,C7,9,1," + "x" * 100_000),
}  # fmt: skip
IN_DOUBT = {
    "a quote in a value": lines('R7,2026-02-03,C7,9,1,5" screen', 'R8,2026-02-03,C8,9,1,6" screen'),
    "a quote before the end": lines('R7,2026-02-03,C7,9,1,"fine" indeed'),
    "a quote behind a blank": lines('R7,2026-02-03,C7,9,1, "fine"'),
    "a quote that stays open": lines('R7,2026-02-03,C7,9,1,"fine', "R8,2026-02-03,C8,9,1,fine"),
    "a blank line": lines("", "R7,2026-02-03,C7,9,1,fine"),
    "a blank end": lines("", ""),
    "an empty row": lines(",,,,,", "R7,2026-02-03,C7,9,1,fine"),
    "a row of empty quotes": lines('"","","","","",""', "R7,2026-02-03,C7,9,1,fine"),
    "a short row": lines("R7,2026-02-03", "R8,2026-02-03,C8,9,1,fine"),
    "a long row": lines("R7,2026-02-03,C7,9,1,fine,more"),
    "trailing delimiters": "\n".join(f"{x}," for x in lines().splitlines()[1:]).join([HEADER + "\n", "\n"]),
    "short and long": lines("R7,2026-02-03,C7,9,,", "R8,2026-02-03,C8,9,1,fine,", "R9,2026-02-03,C9,9,1"),
    "short and longer": lines("R7,2026-02-03,C7,9,1", "R8,2026-02-03,C8,9,1,fine,more"),
    "mixed line ends": lines() + "R7,2026-02-03,C7,9,1,fine\r\n",
    "a lone return": lines("R7,2026-02-03,C7,9,1,fi\rne"),
    "old line ends": lines().replace("\n", "\r"),
    "far too long": lines("R7,2026-02-03,C7,9,1," + "x" * 300_000),
    "many lines in a value": lines('R7,2026-02-03,C7,9,1,"' + "\n" * 60 + '"'),
}  # fmt: skip


@pytest.mark.parametrize("text", SOUND.values(), ids=SOUND)
def test_what_has_one_reading_is_read_where_it_stands_and_alike(tmp_path, text):
    (tmp_path / "survey.csv").write_bytes(text.encode())
    assert both(tmp_path)


@pytest.mark.parametrize("text", IN_DOUBT.values(), ids=IN_DOUBT)
def test_what_readers_may_differ_over_is_laid_down_row_by_row(tmp_path, text):
    (tmp_path / "survey.csv").write_bytes(text.encode())
    assert not both(tmp_path)


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252"])
def test_a_copy_in_utf_8_is_read_in_its_place(tmp_path, encoding):
    (tmp_path / "survey.csv").write_bytes(lines("R7,2026-02-03,C7,9,1,schön").encode(encoding))
    assert both(tmp_path, sources(format={"delimiter": ",", "encoding": encoding}))


def test_rows_above_the_header_and_of_it_are_not_counted_as_rows(tmp_path):
    text = "Our survey\n\nas of June\n" + lines("R7,2026-02-03,C7,9,1,fine")
    (tmp_path / "survey.csv").write_text(text.replace(ROW.format(0), "a,b,c,d,e,f"))
    assert both(tmp_path, sources(format={**FORMAT, "skip_rows": 3, "header_rows": 2}))


def test_rows_that_are_left_out_are_counted_by_their_first_reason(tmp_path):
    (tmp_path / "survey.csv").write_text(lines("R7,2026-02-03,C7,9,1,Test", "R8,2026-02-03,C8,1,1,TEST"))
    assert both(tmp_path, sources(leave_out={"Comment": ["test"], "Score": ["1"]}))


def test_files_of_both_kinds_stand_in_one_table_in_their_order(tmp_path):
    (tmp_path / "survey1.csv").write_text(lines(n=5))
    (tmp_path / "survey2.csv").write_text(lines("", 'R9,2026-02-03,C9,9,1,"x"', n=2))
    (tmp_path / "survey3.csv").write_text(lines("R11,2026-02-03,C3,nine,1,x", n=4, header=HEADER))
    taken: list = []
    assert read(tmp_path, told=sources(), in_place=True, taken=taken) == read(tmp_path, told=sources(), in_place=False)
    assert [t is not None for t in taken] == [True, False, True]


def test_a_text_that_is_not_read_as_it_was_proved_is_read_row_by_row(tmp_path, monkeypatch):
    (tmp_path / "survey.csv").write_text(lines(n=5))
    sound = read(tmp_path, told=sources(), in_place=True)
    found = proof._Found(7, broken=False, spaced=False, foreign=False, signs="")
    monkeypatch.setattr(proof, "_count", lambda *_: found)
    taken: list = []
    assert read(tmp_path, told=sources(), in_place=True, taken=taken) == sound
    assert taken[0].plain.rows == 6


def test_a_name_that_would_stand_for_other_files_is_not_given_to_the_database(tmp_path):
    (tmp_path / "survey[1].csv").write_text(lines())
    (tmp_path / "survey1.csv").write_text(lines(n=1))
    assert not both(tmp_path, sources(files="survey[[]1].csv"))


def test_rows_have_their_numbers_however_many_threads_read_them(tmp_path):
    rows = "".join(f"R{i},2026-02-03 10:00:00,C{i % 99},{i % 11},1.5,some words\n" for i in range(2, 400_002))
    (tmp_path / "survey.csv").write_text(f"{HEADER}\n{rows}")
    with open_database() as db:
        tables = read_tables(db, sources(), root=tmp_path)
        place = exp.func("CONCAT", exp.Literal.string("R"), exp.column("_row"))
        for table, column in (("usable_survey", "response_id"), (tables.raws["survey"].table, "Response")):
            found = exp.select(exp.CountIf(this=place.copy().eq(exp.column(column, quoted=True)))).from_(table)
            assert db.rows(found) == [(400_000,)]


PIECES = ("x", "é", " ", "\u00a0", ",", '"', "\n", "\r\n", "''", "7", "\t", "#", "\\")
cells = st.lists(st.sampled_from(PIECES), max_size=4).map("".join)
HARM = ("", "", "", '"', "\n", "\r", ",", "\n\n", ",,,,,\n", '""', "\r\n", ' "x" ')


@st.composite
def exports(draw) -> bytes:
    """A written export, perhaps harmed at one place."""
    out = io.StringIO(newline="")
    end = draw(st.sampled_from(["\n", "\r\n"]))
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    writer = csv.writer(out, lineterminator=end, quoting=quoting)
    writer.writerow(HEADER.split(","))
    for i in range(draw(st.integers(0, 6))):
        scores = draw(st.sampled_from(["9", "0", "", "11", "x", " 7 ", "7.0"]))
        writer.writerow([f"R{i}", "2026-02-03", draw(cells), scores, "", draw(cells)])
    text = out.getvalue()
    text = text[: -len(end)] if draw(st.booleans()) else text
    at = draw(st.integers(len(HEADER), len(text)))
    return (draw(st.sampled_from(["", "\ufeff"])) + text[:at] + draw(st.sampled_from(HARM)) + text[at:]).encode()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=exports(), piece=st.sampled_from([64, 200, 2 << 20]))
def test_both_ways_of_reading_give_the_same_tables(tmp_path_factory, data, piece):
    folder = tmp_path_factory.mktemp("export")
    (folder / "survey.csv").write_bytes(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(proof, "_PIECE", piece)
        both(folder)


@settings(max_examples=300, deadline=None)
@given(data=exports(), piece=st.sampled_from([16, 64, 200]))
def test_what_is_proved_is_what_csv_reads(tmp_path_factory, data, piece):
    path = tmp_path_factory.getbasetemp() / "proved.csv"
    path.write_bytes(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(proof, "_PIECE", piece)
        found = prove(path, delimiter=",", skip_rows=0, header_rows=1, width=6)
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))[1:]
    if found is not None:
        assert found.rows == len(rows)
        # One short row and one long row may make up for each other: the database refuses the short one.
        assert all(any(r) for r in rows)
        assert sum(map(len, rows)) == 6 * len(rows)
        assert found.broken or not any("\n" in v for r in rows for v in r)


def test_a_small_text_is_not_worth_a_proof(tmp_path, monkeypatch):
    monkeypatch.setattr(proof, "_SMALLEST", 1 << 18)
    (tmp_path / "survey.csv").write_text(lines())
    assert not both(tmp_path)


def test_a_database_goes_on_in_its_folder_where_memory_ends_also_when_it_is_locked():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_table, "_MEGABYTES", 60)
        patch.setattr(_table, "_MEGABYTES_PER_THREAD", 30)
        with open_database() as db:
            db.lock()
            numbers = exp.Anonymous(this="RANGE", expressions=[exp.convert(20_000_000)])
            hashed = exp.Anonymous(this="HASH", expressions=[exp.column("range")])
            db.create("large", exp.select(hashed.as_("h")).from_(numbers))
            assert db.count("large") == 20_000_000
            assert any(db.folder.iterdir())


def test_what_only_some_rows_need_is_not_worked_out_for_all():
    value, number = exp.column("a"), exp.func("SQRT", exp.column("a"))
    guarded = exp.Case().when(value.copy() >= 0, number.copy()).else_(exp.func("ABS", number.copy()))
    tree = select_shared(exp.to_table("t"), {"x": guarded, "y": exp.Case().when(value.copy() > 1, number.copy())})
    assert tree.sql(dialect="duckdb").count("SQRT") == 3
    needed = select_shared(exp.to_table("t"), {"x": guarded, "y": number})
    assert needed.sql(dialect="duckdb").count("SQRT") == 1
