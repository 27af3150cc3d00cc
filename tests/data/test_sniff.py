"""How a text is written is found, and said; where it cannot be told, that is said instead of guessed."""

from __future__ import annotations

import csv
import io
import itertools
from pathlib import Path

import pytest
from build import SOURCES, small_engagement, survey_rows
from conftest import TODAY
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from cxkit._format import words
from cxkit._table import open_database
from cxkit.data.faults import Fault, list_faults
from cxkit.data.forms import form_of_source
from cxkit.data.read import read_tables
from cxkit.data.readers import encodings
from cxkit.data.readers.base import Unreadable, Written
from cxkit.data.readers.head import Head, find_head
from cxkit.data.readers.sniff import find_written
from cxkit.data.readers.text import open_text
from cxkit.data.settings import Format
from cxkit.errors import ExportError

HEADER = ["Kunde", "Datum", "Betrag", "Ort"]
PLACES = ("Köln", "Zürich, Enge", "Paris; 5e", "Rom | Nord", 'Café "Süd"', "zwei\nZeilen")
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252")
ENDS = ("\n", "\r\n", "\r")
TITLES = ((), ("Kundenliste 2026",), ("Kundenliste 2026", "", "Export vom 01.02.2026", ""))


def table(decimal: str) -> list[list[str]]:
    rows = zip(range(1, 25), itertools.cycle(PLACES), strict=False)
    return [[f"K{i:03}", f"{i:02}.01.2026", f"1.{i:03},{i % 10}5" if decimal == "," else f"1,{i:03}.{i % 10}5", place]
            for i, place in rows]  # fmt: skip


def text_of(rows: list[list[str]], delimiter: str, *, end: str = "\n", titles: tuple[str, ...] = ()) -> str:
    out = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if end == "\r" else csv.QUOTE_MINIMAL
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)
    return "".join(t + end for t in titles) + out.getvalue()


def put(folder: Path, data: str | bytes) -> Path:
    path = folder / "export.csv"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def read(path: Path, **form) -> tuple[Written, list[str], list[list[str]]]:
    """How a file is written, its header, and its rows."""
    _, opened = next(open_text(path, Format(**form), path.name, path.parent))
    return opened.written, list(opened.header), [list(r) for _, r in opened.rows if any(r)]


def found(folder: Path, data: str | bytes, **form) -> Written:
    return find_written(put(folder, data), Format(**form))


@pytest.mark.parametrize("decimal", [",", "."])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_encoding_delimiter_and_decimal_mark_are_found_together(tmp_path, encoding, delimiter, decimal):
    rows = table(decimal)
    path = put(tmp_path, text_of([HEADER, *rows], delimiter).encode(encoding))
    written, header, values = read(path)
    assert (written.encoding, written.delimiter, written.decimal) == (encoding, delimiter, decimal)
    assert set(written.found) == {"encoding", "delimiter", "decimal", "skip_rows", "header_rows"}
    assert (header, values) == (HEADER, rows)
    assert written.doubts == written.suspicions == ()


@pytest.mark.parametrize("titles", TITLES)
@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_titles_above_the_header_are_found_whatever_ends_the_lines(tmp_path, delimiter, end, titles):
    rows = table(",")
    written, header, values = read(put(tmp_path, text_of([HEADER, *rows], delimiter, end=end, titles=titles)))
    assert (written.delimiter, written.skip_rows, written.header_rows) == (delimiter, len(titles), 1)
    assert (header, values) == (HEADER, rows)


@pytest.mark.parametrize(("delimiter", "above"), list(itertools.product(",;|\t", (0, 1))))
def test_the_line_that_excel_writes_for_itself_says_the_delimiter(tmp_path, delimiter, above):
    text = f"sep={delimiter}\n" + text_of([HEADER, *table(",")], delimiter, titles=TITLES[above])
    written, header, values = read(put(tmp_path, text))
    assert (written.delimiter, written.skip_rows) == (delimiter, 1 + above)
    assert (header, values) == (HEADER, table(","))


@pytest.mark.parametrize(
    ("text", "delimiter", "rows"),
    [
        ("Id;Amount;Rate\nC1;1,5;2,5\nC2;2,5;3,5\n", ";", [["C1", "1,5", "2,5"], ["C2", "2,5", "3,5"]]),
        ("Id;Comment\nC1;good, but slow\nC2;ok, fine\n", ";", [["C1", "good, but slow"], ["C2", "ok, fine"]]),
        ("Id,Choices\n1,A|B\n2,C|D\n", ",", [["1", "A|B"], ["2", "C|D"]]),
        ('Id,Choices\n1,"A;B;C"\n2,"D;E"\n', ",", [["1", "A;B;C"], ["2", "D;E"]]),
        ("Name\nAnna Miller\nBob Smith\n", ",", [["Anna Miller"], ["Bob Smith"]]),
        ("At\n2026-01-05 10:00:00\n2026-01-06 10:00:00\n", ",", [["2026-01-05 10:00:00"], ["2026-01-06 10:00:00"]]),
        ("Response;Date;Id;Score;Channel\n", ";", []),
        ("Id\tText\n1\t\"a, b; c\nd\"\n2\te\n", "\t", [["1", "a, b; c\nd"], ["2", "e"]]),
        ("Name      Region    Score\nAnna      North     9\nBob       South     8\n", " ",
         [["Anna", "North", "9"], ["Bob", "South", "8"]]),
        ("Id,Score\r\nC1,9\nC2,8\r\nC3,7\r", ",", [["C1", "9"], ["C2", "8"], ["C3", "7"]]),
    ],
)  # fmt: skip
def test_the_delimiter_is_the_one_under_which_the_rows_are_whole(tmp_path, text, delimiter, rows):
    written, _, values = read(put(tmp_path, text))
    assert (written.delimiter, values) == (delimiter, rows)


def test_columns_padded_with_blanks_are_read_and_have_no_header(tmp_path):
    written, header, values = read(
        put(tmp_path, " 00004 0001 19970101  2   29.33\r\n 00021 0002 19970101 12    3.50\r\n")
    )
    assert (written.delimiter, written.header_rows, written.decimal) == (" ", 0, ".")
    assert len(header) == 5
    assert values == [["00004", "0001", "19970101", "2", "29.33"], ["00021", "0002", "19970101", "12", "3.50"]]


def test_padded_columns_with_blanks_in_their_texts_are_not_taken_apart(tmp_path):
    text = "Name      Region    Score\nAnna      New York  9\nBob       South     8\n"
    assert any("padded with blanks" in doubt for doubt in found(tmp_path, text).doubts)


def test_two_delimiters_that_fit_equally_well_are_a_doubt(tmp_path):
    text = "".join(f"a{c};b{c},c{c}\n" for c in "uvwxyz")
    (doubt, *_) = found(tmp_path, text).doubts
    assert "would fit as well" in doubt
    assert "`format: {delimiter:" in doubt


def test_what_is_declared_is_not_looked_for(tmp_path):
    declared = {"encoding": "cp1252", "delimiter": ",", "decimal": ".", "skip_rows": 0, "header_rows": 1}
    written = found(tmp_path, text_of([HEADER, *table(",")], ";").encode("cp1252"), **declared)
    assert written.found == ()
    assert {name: getattr(written, name) for name in declared} == declared


# Encodings


@pytest.mark.parametrize(
    ("text", "encoding", "says"),
    [
        ("Müller, Größe, Bär, Öl", "mac_roman", "in mac_roman they would be 'Müller'"),
        ("Łódź; Wąż śpi; źle żółć", "cp1250", "in cp1250 they would be 'Łódź'"),
        ("Łódź; Wąż śpi; źle żółć", "iso8859_2", "they would be 'Łódź'"),
        ("Dvořák; Němcová; Černý", "cp1250", "in cp1250 they would be 'Dvořák'"),
        ("Erdős; Fűtő; Győr; ötödik", "cp1250", "in cp1250 they would be 'Erdős'"),
        ("Güneş; ışık; Ağrı; çok", "cp1254", "in cp1254 they would be 'Güneş'"),
        ("Привет; Москва", "cp1251", "in cp1251 they would be 'Привет'"),
    ],
)  # fmt: skip
def test_letters_that_are_no_western_ones_are_a_doubt(tmp_path, text, encoding, says):
    written = found(tmp_path, f"Id;Name\n1;{text.replace('; ', chr(10) + '2;')}\n".encode(encoding))
    assert written.encoding == "cp1252"
    assert any(says in doubt and "declare `format: {encoding:" in doubt for doubt in written.doubts)


@pytest.mark.parametrize(
    "text",
    ["Élève à côté où naïf, garçon, Œuvre", "Ærø, Øl, Ålesund", "Perché più così però è", "São, coração, não, õ",
     "Það er þýðing á íslensku æ ö", "€ 5,00, 100 °C, ½, ±3, §5, m²", "Müller, Größe, “so” – ja…", "Señor ¿qué? ¡sí!",
     "Šumava und Žižka"],
)  # fmt: skip
def test_western_texts_are_read_without_a_doubt(tmp_path, text):
    rows = [["1", text], ["2", "plain"]]
    written, _, values = read(put(tmp_path, text_of([["Id", "Name"], *rows], ";").encode("cp1252")))
    assert (written.encoding, written.doubts, values) == ("cp1252", (), rows)


def test_a_text_of_dos_is_asked_about(tmp_path):
    with pytest.raises(Unreadable) as error:
        found(tmp_path, "Id;Name\n1;Müller\n".encode("cp850"))
    (fault,) = error.value.faults
    assert (fault.row, fault.value) == ("line 2", "byte 0x81")
    assert "`format: {encoding: cp850}` (it would read 'Müller')" in fault.hint


def test_a_text_in_two_encodings_is_refused_with_its_line(tmp_path):
    data = "Id;Name\n1;Müller\n2;Größe\n3;Bär\n".encode() + "4;München\n".encode("cp1252")
    with pytest.raises(Unreadable) as error:
        found(tmp_path, data)
    assert (error.value.faults[0].row, "in some places" in error.value.faults[0].what) == ("line 5", True)


@pytest.mark.parametrize(
    ("word", "says"),
    [("MÃ¼ller", "'MÃ¼ller' should be 'Müller'"), ("CafÃ©", "'CafÃ©' should be 'Café'"),
     ("itâ€™s", "should be 'it’s'"), ("M\ufffdller", "were lost before the file was written, as in 'M\\ufffdller'")],
)  # fmt: skip
def test_letters_that_were_lost_before_are_a_doubt(tmp_path, word, says):
    (doubt,) = found(tmp_path, f"Id;Name\n1;Bär\n2;{word}\n").doubts
    assert says in doubt


def test_a_text_that_is_utf8_only_at_its_ends_is_read_right(tmp_path, monkeypatch):
    monkeypatch.setattr(encodings, "SAMPLE_BYTES", 4096)
    rows = [[f"K{i:05}", "Köln" if i == 1000 else "Bonn"] for i in range(2000)]
    path = put(tmp_path, text_of([["Id", "Ort"], *rows], ";").encode("cp1252"))
    assert find_written(path, Format()).encoding == "utf-8"
    written, _, values = read(path)
    assert (written.encoding, values) == ("cp1252", rows)


def test_a_letter_that_the_sample_cuts_is_no_reason_to_doubt(tmp_path, monkeypatch):
    for size in range(4096, 4104, 4):
        monkeypatch.setattr(encodings, "SAMPLE_BYTES", size)
        for lead in range(4):
            text = "Id;Ort\n" + "x" * lead + ";€\n" * 4000
            assert find_written(put(tmp_path, text), Format(delimiter=";")).encoding == "utf-8"


def test_marks_of_direction_are_seen_in_messages(tmp_path):
    rows = survey_rows()
    rows[3] = "R2,2026-02-03,C1,\u202e9\ufffd,Web"
    checked = small_engagement(tmp_path, survey__csv="\n".join(rows)).check()
    assert "found '\\u202e9\\ufffd'" in list_faults(checked.faults)


# Decimal marks


@pytest.mark.parametrize(
    ("values", "mark"),
    [
        (["1,5", "2"], ","), (["1.234,50", "2"], ","), (["1.234.567", "12"], ","), (["-0,5"], ","),
        (["0,50", "1,50", "2,50", "."], ","),
        (["€ 1.234,50"], ","),
        (["12,5 %"], ","), (["1234,5"], ","), (["1 234,5"], ","), (["0,123"], ","),
        (["1.5", "2"], "."), (["1,234.50"], "."), (["1,234,567"], "."), (["0.234", "1.234"], "."), (["$1,234.00"], "."),
        (["3", "4"], "."), (["950", "1,234", "7", "8", "2,000", "3,000"], "."),
        (["950", "1.234", "7", "8", "2.000", "3.000"], ","),
    ],
)  # fmt: skip
def test_the_decimal_mark_is_found_over_all_numbers(tmp_path, values, mark):
    written = found(tmp_path, "Id;Amount\n" + "".join(f"C{i};{v}\n" for i, v in enumerate(values)))
    assert (written.decimal, written.suspicions) == (mark, ())


BILLS = """\
cxkit: 1
sources:
  - id: bills
    table: revenue
    files: data/bills*.csv
    columns: {customer_id: Id, month: Month, amount: Amount}
"""


def faults_of(engagement) -> list[Fault]:
    with open_database() as db:
        return read_tables(db, engagement.sources, root=engagement.root).faults


def bills(folder: Path, *rows: str, form: str = "") -> list[str]:
    """What is wrong with a file of these rows."""
    sources = BILLS.replace("    columns", f"    format: {{{form}}}\n    columns") if form else BILLS
    engagement = small_engagement(folder, sources=sources, bills__csv="\n".join(["Id;Month;Amount;Size", *rows]) + "\n")
    return [f"{f} · {f.hint}" for f in faults_of(engagement)]


@pytest.mark.parametrize("value", ["1,234", "1.234", "12.345", "123,456"])
def test_a_number_with_two_readings_is_asked_about_and_not_measured(tmp_path, value):
    (told,) = bills(tmp_path, f"C1;2026-01-05;{value};7")
    assert told.startswith(
        f"column 'Amount' · it cannot be told whether the mark parts thousands or decimals · found '{value}'"
    )
    assert 'Declare `format: {decimal: ","}` or `format: {decimal: "."}`' in told


@pytest.mark.parametrize("mark", [",", "."])
def test_a_declared_decimal_mark_answers_it(tmp_path, mark):
    assert bills(tmp_path, "C1;2026-01-05;1,234;7", form=f"decimal: '{mark}'") == []


def test_other_columns_answer_it_too(tmp_path):
    assert bills(tmp_path, "C1;2026-01-05;1.234;7,5") == []


def test_a_column_that_nobody_maps_is_not_asked_about(tmp_path):
    assert bills(tmp_path, "C1;2026-01-05;7;1.234") == []


def test_two_marks_in_one_file_are_asked_about(tmp_path):
    (told, *_) = bills(tmp_path, "C1;2026-01-05;1,5;7.25", "C2;2026-01-05;2,5;8.25")
    assert "the numbers have a decimal comma, others of the file a decimal point" in told


def amounts(folder: Path, **files: str) -> tuple[list[float], list[str]]:
    """The amounts that several files give together, and what is wrong with them."""
    named = {name: f"Id;Month;Amount\n{rows}\n" for name, rows in files.items()}
    engagement = small_engagement(folder, sources=BILLS, **named)
    with open_database() as db:
        tables = read_tables(db, engagement.sources, root=engagement.root)
        read = db.rows(exp.select("amount").from_("revenue").order_by("amount")) if "revenue" in tables.columns else []
        return [r[0] for r in read], [str(f) for f in tables.faults]


def test_files_without_fractions_are_read_as_those_that_have_some(tmp_path):
    files = {
        "bills_1__csv": "C1;2026-01-05;7",
        "bills_2__csv": "C2;2026-01-05;1,5",
        "bills_3__csv": "C3;2026-01-05;1.234",
    }
    assert amounts(tmp_path, **files) == ([1.5, 7.0, 1234.0], [])


def test_files_with_other_marks_are_not_read_as_one(tmp_path):
    files = {
        "bills_1__csv": "C1;2026-01-05;7,5",
        "bills_2__csv": "C2;2026-01-05;1,5",
        "bills_3__csv": "C3;2026-01-05;1.25",
    }
    _, (told, *_) = amounts(tmp_path, **files)
    assert told == "the numbers have a decimal point, those of other files of the source a decimal comma"


# Headers


def rows_of(text: str) -> list[list[str]]:
    return [line.split(",") if line else [] for line in text.splitlines()]


@pytest.mark.parametrize(
    ("text", "skip", "number"),
    [
        ("Id,Month,Amount\nC1,2026-01-05,7", 0, 1),
        ("Response,Date,Id,Score,Channel", 0, 1),
        ("Name,Comment\nAnna,good\nBob,bad", 0, 1),
        ("Id,Score\n\nC1,9\nC2,8", 0, 1),
        ("Customer,2024,2025\nAnna,1,2\nBob,2,3\nCarl,1,1", 0, 1),
        ("1,2,3\n4,5,6\n5,5,5", 0, 1),
        ("C1,2026-01-05,7\nC2,2026-01-06,8\nC3,2026-01-07,9", 0, 0),
        ("R1,2026-01-01,C1,9,Web", 0, 0),
        ("5,2,3\n4,5,6\n5,5,5", 0, 0),
        ("North,9\nSouth,8\nNorth,7\nSouth,9\nNorth,8\nSouth,9\nNorth,7\nSouth,9", 0, 0),
        ("Title\n\nId,Month,Amount\nC1,2026-01-05,7", 2, 1),
        ("Title,,,,\nFrom 1 Feb,,,,\nId,Date,Value,Region,Note\nK1,01.02.2026,3,N,2\nK2,02.02.2026,4,S,3", 2, 1),
        ("From,2026-01-01,To,2026-02-01,,\nId,Day,Score,Area,A,B\nC1,2026-01-01,5,N,1,2\nC2,2026-01-02,6,S,1,2", 1, 1),
        ("Customer,,,Scores,,\nId,Name,Region,NPS,CSAT,CES\nC1,Anna,N,9,5,4\nC2,Bob,S,8,4,5", 1, 1),
        ("a b c,d e,f\n\nId,Score,Date\nC1,9,2026-01-01\nC2,9,2026-01-02", 2, 1),
        ("Id,Month,Amount\n,,EUR\nC1,2026-01-05,7", 0, 2),
        ("Id,Month,Amount\n(text),(date),(EUR)\nC1,2026-01-05,7\nC2,2026-01-05,8", 0, 2),
        ("Id,Date,Why\nResponse ID,Recorded Date,Why so?\nR_1a,2026-01-05,good\nR_2b,2026-01-06,bad", 0, 2),
        ('Id,Q1\nResponse ID,Why?\n{"ImportId":"_recordId"},{"ImportId":"QID1"}\nR_1,good', 0, 3),
        ("V1,Q1\nResponseID,Why?\n{'ImportId': 'responseID'},{'ImportId': 'QID1'}\nR_1,9", 0, 3),
    ],
)  # fmt: skip
def test_the_header_is_found(text, skip, number):
    assert find_head(rows_of(text)) == Head(skip, number, find_head(rows_of(text)).doubts)


SURVEYMONKEY = """\
Respondent ID,Collector ID,Start Date,How likely?,Why?,Which?,,
,,,Response,Open-Ended Response,Red,Blue,Other (please specify)
1001,7,2026-01-01,9,good,Red,,
1002,7,2026-01-02,8,,,Blue,grey"""


def test_a_second_header_row_with_options_is_found_though_answers_repeat_them():
    assert find_head(rows_of(SURVEYMONKEY)) == Head(0, 2)


@pytest.mark.parametrize(
    "answer",
    ["Anna,refused,unknown", "Anna,never,ever", "Anna,,", "Anna,n/a,33", "Anna,7 or 8,33", "Anna,nine,33"],
)
def test_an_answer_in_words_is_never_eaten_as_a_header(answer):
    text = f"Name,Score,Age\n{answer}\nBob,7,33\nCarl,8,20\nDora,9,41"
    assert find_head(rows_of(text)).header_rows == 1


def test_a_row_that_may_be_a_second_header_is_a_doubt_with_what_to_declare():
    (doubt,) = find_head(rows_of("Name,Score,Age\nAnna,never,ever\nBob,7,33\nCarl,8,20")).doubts
    assert doubt.startswith("Row 2 may be a second header row ('never', 'ever'), and is read as data.")
    assert "`format: {header_rows: 2}`" in doubt


def test_a_header_that_nothing_tells_from_the_rows_is_a_doubt():
    head = find_head(rows_of("Name,Comment\nAnna,good\nBob,bad"))
    assert head.header_rows == 1
    assert "nothing tells it from the rows below" in head.doubts[0]


def test_rows_of_data_with_few_cells_are_not_skipped_as_titles():
    assert find_head(rows_of("C0,0.0,\nC1,0.0,0\nC2,0.0,\nC3,0.0,")).skip_rows == 0
    assert find_head(rows_of("North,\nNorth,\nNorth,\nSouth,\nEast,x")).skip_rows == 0


def test_titles_over_data_without_a_header_are_a_doubt():
    head = find_head(rows_of("Answers\n\nC1,2026-01-05,7\nC2,2026-01-06,8\nC3,2026-01-07,9"))
    assert (head.skip_rows, head.header_rows) == (2, 0)
    assert "2 rows are skipped as titles ('Answers')" in head.doubts[-1]


def test_a_header_that_may_be_data_is_a_doubt():
    (doubt,) = find_head(rows_of("R1,2026-01-01,C1,9,Web")).doubts
    assert "looks like data ('R1', '2026-01-01', 'C1', …)" in doubt
    assert "`format: {header_rows: 1}`" in doubt


def test_a_file_without_a_header_among_others_is_told(tmp_path):
    more = "\n".join(f"N{i},2026-02-{i + 1:02},C{i},9,Web" for i in range(9))
    with pytest.raises(ExportError, match="No header was found; the columns are #1 to #5"):
        small_engagement(tmp_path, survey2__csv=more).measure(today=TODAY)


# Rows under the table


@pytest.mark.parametrize("last", ["Total;2026-01-31;99", "Grand Total;;99", "Gesamt;;99", "Exported on 2026-02-01;;"])
def test_a_total_is_named_where_it_would_count_and_else_left_out_for_what_it_lacks(tmp_path, last):
    sources = BILLS.replace("revenue", "finance").replace("customer_id: Id", "line: Id")
    rows = ["Id;Month;Amount;Size", *(f"L{i};2026-01-{i + 1:02};{i};{i}" for i in range(9)), f"{last};"]
    (fault,) = faults_of(small_engagement(tmp_path, sources=sources, bills__csv="\n".join(rows)))[:1]
    counts = "looks like a total" in fault.what and fault.stops
    assert counts or (fault.rejects and fault.what == "blank, but every row needs it")
    assert counts == ("2026-01-31" in last)


def crm_with(folder: Path, last: str, more: str = ""):
    rows = ["Id,Region,Since", *(f"C{i},North,2026-01-{i % 28 + 1:02}" for i in range(120)), last]
    sources = SOURCES.replace("region: Region}", f"region: Region}}{more}")
    return small_engagement(folder, sources=sources, crm__csv="\n".join(rows))


@pytest.mark.parametrize("last", ["Total,,", "Exported on 2026-03-01,,", "120 rows,,", "Grand total,120,"])
def test_a_note_under_the_customers_is_no_customer(tmp_path, last):
    engagement = crm_with(tmp_path, last)
    (fault,) = engagement.check().faults
    label = last.partition(",")[0]
    assert (fault.row, fault.column, fault.value, fault.stops) == ("last row", "Id", label, True)
    with pytest.raises(ExportError, match="the row looks like a"):
        engagement.measure(today=TODAY)


def test_a_total_that_is_left_out_is_counted_as_such(tmp_path):
    checked = crm_with(tmp_path, "Total,,", more="\n    leave_out: {Id: [Total]}").check()
    assert checked.faults == ()
    assert checked.sources[0].reasons == {"left out: Id is Total": 1}


def test_a_customer_who_is_called_total_stays_one(tmp_path):
    checked = crm_with(tmp_path, "Total,North,2026-01-05").check()
    assert (checked.faults, checked.sources[0].rows_used) == ((), 121)


# What is said


def test_check_says_how_the_files_are_written_once_where_they_are_alike(tmp_path):
    rows = survey_rows()
    half = "\n".join([rows[0], *rows[200:]]).replace(",", ";")
    engagement = small_engagement(tmp_path, survey__csv="\n".join(rows[:200]).replace(",", ";"), survey2__csv=half)
    crm, survey = engagement.check().sources
    assert form_of_source(crm.files, words()) == "utf-8, comma, header in row 1 (found)"
    assert form_of_source(survey.files, words()) == "utf-8, semicolon, header in row 1 (found)"


def test_check_says_how_many_files_are_written_otherwise(tmp_path):
    rows = survey_rows()
    half = "\n".join(["Survey", rows[0], *rows[200:]])
    survey = (
        small_engagement(tmp_path, survey__csv="\n".join(rows[:200]).replace(",", ";"), survey2__csv=half)
        .check()
        .sources[1]
    )
    assert form_of_source(survey.files, words()) == (
        "1 file: utf-8, semicolon, header in row 1 (found); 1 file: utf-8, comma, header in row 2 (found)"
    )


def test_what_was_declared_is_said_beside_what_was_found(tmp_path):
    sources = SOURCES.replace("files: data/crm.csv", "files: data/crm.csv\n    format: {encoding: utf-8, decimal: ','}")
    crm = small_engagement(tmp_path, sources=sources).check().sources[0]
    assert form_of_source(crm.files, words()) == (
        "utf-8 (declared), comma, decimal comma (declared), header in row 1 (found)"
    )


def test_doubts_are_told_once_with_their_files(tmp_path):
    rows = "\n".join([*survey_rows(60), "N1,2026-02-03,C1,9,MÃ¼nchen"])
    notes = small_engagement(tmp_path, survey__csv=rows, survey2__csv=rows.replace("\nR", "\nS")).check().notes
    told = [n for n in notes if "written twice" in n]
    assert len(told) == 1
    assert told[0].startswith("data/survey.csv and 1 more: Letters were written twice")


def test_the_evidence_says_how_its_files_were_written(tmp_path):
    from cxkit._plain import plain
    from cxkit.kpi.provenance import draw_provenance

    engagement = small_engagement(tmp_path, survey__csv="\n".join(survey_rows()).replace(",", ";").encode("utf-16"))
    file = engagement.measure(today=TODAY).sources[1].files[0]
    assert (file.kind, file.encoding, file.delimiter, file.header) == ("csv", "utf-16", ";", "1")
    assert "utf-16, semicolon, header in row 1 (found)" in plain(draw_provenance(engagement.view()))


# Any table, any form


CELLS = st.text(st.sampled_from("abcxyzÄöüß é,;|\t\"'\n. 0123456789-"), max_size=8)
NUMBERS = st.integers(-99_999, 99_999).map(lambda n: f"{n / 100:.2f}")


@st.composite
def exports(draw):
    """A table as a tool would write it: ids, a number, a text; and how it is written."""
    number, decimal = draw(st.integers(3, 30)), draw(st.sampled_from(".,"))
    body = [[f"C{i:04}", draw(NUMBERS).replace(".", decimal), draw(CELLS).replace("\r", "")] for i in range(number)]
    delimiter = draw(st.sampled_from(",;\t|"))
    titles = draw(st.sampled_from(TITLES))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    encoding = draw(st.sampled_from(ENCODINGS))
    header = draw(st.booleans())
    rows = [["Id", "Amount", "Comment"], *body] if header else body
    return body, header, decimal, text_of(rows, delimiter, end=end, titles=titles).encode(encoding)


@given(exports())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_table_reads_back_the_same_or_is_doubted(tmp_path, export):
    body, has_header, decimal, data = export
    try:
        written, header, values = read(put(tmp_path, data))
    except Unreadable:
        return
    if written.doubts:
        return
    assert values == body
    assert (header == ["Id", "Amount", "Comment"]) == has_header
    assert written.decimal == decimal
