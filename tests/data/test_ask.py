"""The message to the client: everything that was found, once each, in their words, and nobody's own value."""

from __future__ import annotations

import re

import pytest
from build import SOURCES, crm_rows, small_engagement, survey_rows
from conftest import TODAY

from cxkit._format import words
from cxkit.cli import app
from cxkit.data.faults import Fault
from cxkit.data.quality import Checked, Possible
from cxkit.data.readiness.alike import KINDS
from cxkit.data.readiness.ask import ask_client
from cxkit.data.readiness.bias import Bias, Group
from cxkit.data.readiness.judging import FileLack, Part, Readiness
from cxkit.data.readiness.message import message_text
from cxkit.data.readiness.profile import ColumnProfile, FileProfile, Profile
from cxkit.evidence.estimate import Difference
from data import test_twenty_faults as twenty

SAID = words()
PLANTED, harbour = twenty.PLANTED, twenty.harbour
OURS = re.compile(r"yaml|cxkit|`|on_overlap|max_rejected|\{|\}", re.IGNORECASE)
TICKETS = """\
  - id: tickets
    table: interactions
    files: data/tickets*.csv
    columns: {interaction_id: Ticket, customer_id: Who, started_at: Opened, case_id: Case, step: Step}
"""


def asked(checked: Checked) -> str:
    """The message on one line, its no-break spaces as spaces."""
    return " ".join(message_text(ask_client(checked, said=SAID), said=SAID).replace("\u00a0", " ").split())


def checked_with(*faults: Fault, **more: object) -> Checked:
    column = ColumnProfile("score", "Score", False, 90, 80, 100, "integer")
    text = ColumnProfile("channel", "Channel", False, 90, 80, 100, "text")
    amount = ColumnProfile("amount", "Amount", False, 90, 80, 100, "number")
    files = (FileProfile("data/survey.csv", 100),)
    profile = Profile("survey", "responses", 100, 90, columns=(column, text, amount), files=files)
    return Checked(faults, (), profile=(profile,), **more)  # type: ignore[arg-type]


def planted() -> dict[str, str]:
    """A survey and tickets with one fault of each kind, each in a place of its own."""
    head, *rest = survey_rows(360)
    rows = [r.split(",") for r in rest]
    for i in range(20, 29):
        rows[i][3] = "n/a"
    rows[60][3] = "Anna Berg 0171"
    rows[90][1] = "31.12.2026"
    rows[120][2] = "C77777"
    rows[150][0] = ""
    survey = [head, *(",".join(r) for r in rows), rest[200] + ",torn"]
    tickets = ["Ticket,Who,Opened,Case,Step"]
    tickets += [
        f"T{m}{d}{i},C{i},2026-{m:02d}-{d:02d} 09:00:00,K{i},Order"
        for m in (1, 2, 4, 5)
        for d in range(1, 21)
        for i in range(3)
    ]
    tickets.append("T1110,C5,2026-01-03 10:00:00,K5,Order")
    return {"survey__csv": "\n".join(survey) + "\n", "tickets__csv": "\n".join(tickets) + "\n"}


def test_each_planted_fault_stands_in_the_message_once_and_nobodys_value_does(tmp_path):
    told = asked(small_engagement(tmp_path, sources=SOURCES + TICKETS, **planted()).check())
    for found in (
        "“Date” holds one value that cannot be read as a day",
        "One row is of a customer who is not in the list of customers",
        "“Response” is blank in one row",
        "One row has more or fewer values than the header has columns",
        "One row has the same id as another row and says something else",
        "There are no contacts in March 2026",
    ):
        assert told.count(found) == 1, found
    assert told.count("such as “n/a”") == 1
    assert told.count("row 92") == 1
    for value in ("Anna", "Berg", "0171", "C77777", "T1110", "torn", "R200"):
        assert value not in told, value


def test_there_is_no_word_of_ours_in_it(tmp_path):
    given = small_engagement(tmp_path, sources=SOURCES + TICKETS, **planted())
    assert not OURS.search(asked(given.check()))
    for texts in (
        SAID.table["readiness"]["ask"].values(),
        [SAID.table["readiness"]["helps"], SAID.table["readiness"]["why"]],
    ):
        for text in (t for part in texts for t in part.values()):
            assert not re.search(r"yaml|cxkit|`", str(text))


def test_twenty_planted_faults_are_twenty_points_under_the_files_that_they_stand_in(harbour):
    message = ask_client(harbour.check(today=TODAY), said=SAID)
    points = [(s.about, p) for s in message.sections for p in s.points]
    assert len(points) == len(PLANTED)
    assert sorted(about for about, _ in points) == sorted(file for file, _, _ in PLANTED)
    for file, row, _ in PLANTED:
        if isinstance(row, int):
            assert [a for a, p in points if a == file and re.search(rf"\brow {row}\b", p.where)] == [file], (file, row)
    told = message_text(message, said=SAID)
    assert not OURS.search(told)
    for value in ("X7777", "K0018", "A1010", "1.23457E+11", "customer_id", "response_id"):
        assert value not in told


def test_each_kind_of_fault_has_its_words():
    ask = SAID.table["readiness"]["ask"]
    assert {key for _, key, _ in KINDS} <= set(ask)
    for key, texts in ask.items():
        assert "please" in texts or key in ("other", "unclear")
        assert texts.keys() <= {"found", "why", "please", "group"}


def test_a_key_that_is_blank_in_40_percent_of_a_file_is_asked_for_and_the_trend_is_not_held_up(tmp_path):
    head, *rest = survey_rows()
    rows = [",".join([*r.split(",")[:2], "", *r.split(",")[3:]]) if i % 5 < 2 else r for i, r in enumerate(rest)]
    checked = small_engagement(tmp_path, survey__csv="\n".join([head, *rows]) + "\n").check()
    told = asked(checked)
    assert told.count("40 % of the survey responses have no customer (144 of 360)") == 1
    message = ask_client(checked, said=SAID)
    (section,) = message.sections
    (point,) = section.points
    assert section.about == "data/survey.csv"
    assert point.where == "column “Id”"
    for use in ("360° view of a customer", "Closing the loop", "Comparing segments"):
        assert use in point.why
    assert point.why.endswith("Numbers over time do not need it and can be measured.")
    assert "customer's id in every row" in point.please


def test_one_bad_file_among_good_ones_is_named_and_the_others_are_not_held_up():
    lack = FileLack("data/bad.csv", 40, 100)
    part = Part("survey responses", "responses", "caveats", "no_customer", "4 % …", "Send it", (lack,), 40, 1000)
    view = Readiness("customer_view", "360° view of a customer", "caveats", (part,))
    (section,) = ask_client(checked_with(uses=(view,)), said=SAID).sections
    assert section.about == "data/bad.csv"
    assert section.points[0].where.replace("\u00a0", " ") == "data/bad.csv: 40 % of its rows (40 of 100)"
    assert "cannot be part of it; the others can" in section.points[0].why


def test_where_nothing_is_wrong_nothing_has_to_be_sent():
    told = asked(checked_with())
    assert "there is nothing that you need to send" in told
    assert "Please:" not in told
    assert "____" not in told


def test_sound_exports_are_thanked_for_and_what_would_help_is_no_demand(tmp_path):
    checked = small_engagement(tmp_path).check()
    message = ask_client(checked, said=SAID)
    assert message.sections == ()
    assert "can be measured as they are" in message.opening
    assert message.wishes is not None
    assert "There are no contacts." in [p.found for p in message.wishes.points]


def test_a_file_that_did_not_come_is_asked_for_and_so_is_the_rest(tmp_path):
    given = small_engagement(tmp_path, sources=SOURCES + TICKETS, **planted())
    (tmp_path / "data/crm.csv").unlink()
    checked = given.check()
    assert checked.kpis == ()
    message = ask_client(checked, said=SAID)
    files = {s.about: s for s in message.sections}
    assert files["data/crm.csv"].points[0].found == "We did not receive this file."
    assert files["data/crm.csv"].points[0].why == "Nothing can be measured before this is settled."
    assert "There are no contacts in March 2026." in {p.found.replace("\u00a0", " ") for p in files["Contacts"].points}
    assert "data/survey.csv" in files


@pytest.mark.parametrize(
    ("column", "values", "shown"),
    [
        ("Score", ["99"] * 3, "“99”"),
        ("Score", ["n/a"] * 5, "“n/a”"),
        ("Score", ["n/a"] * 4, ""),
        ("Score", ["Maria"] * 9, ""),
        ("Amount", ["€ 5"] * 9, ""),
        ("Amount", ["12,5"] * 9, ""),
        ("Score", ["ring 0171 234 567"], ""),
        ("Score", ["01712345678"], ""),
        ("Score", ["jan@post.example"] * 9, ""),
        ("Channel", ["Maria"] * 9, ""),
        ("Elsewhere", ["99"] * 9, ""),
    ],
)
def test_a_value_is_shown_only_where_it_is_nobodys_own(column, values, shown):
    faults = [Fault("data/survey.csv", i + 2, column, v, "not a whole number") for i, v in enumerate(values)]
    (section,) = ask_client(checked_with(*faults), said=SAID).sections
    assert ("such as" in section.points[0].where) is bool(shown)
    assert shown in section.points[0].where
    assert all(v not in asked(checked_with(*faults)) for v in values if not shown and v != "99")


@pytest.mark.parametrize(
    ("what", "count", "told"),
    [
        ("a sheet says 'n/a' in place of numbers", 40, True),
        ("a sheet says 'Very good' in place of numbers", 40, False),
        ("a sheet says 'Maria Weiss' in place of numbers", 2, False),
        ("not a whole number: “Maria”", 40, False),
        ("write `missing` in sources.yaml", 40, False),
        ('12 of 40 answers are 0: 0 may mean "not applicable"', 12, True),
    ],
)
def test_what_is_wrong_is_told_as_it_is_unless_it_quotes_a_person_or_us(what, count, told):
    fault = Fault("data/survey.csv", "", "Score", "", what, count=count)
    found = asked(checked_with(fault))
    assert (what.split("(")[0].strip()[4:] in found) is told
    assert ("cannot read for certain" in found) is not told
    assert "Maria" not in found


@pytest.mark.parametrize(
    "scores",
    [["Bad doe", "OK secret", "Very good jane"], [str(i % 11) for i in range(7)] + ["Bad doe", "Very good jane"]],
)
def test_words_in_the_place_of_points_are_counted_and_never_quoted(tmp_path, scores):
    head, *rest = survey_rows()
    rows = [r.split(",") for r in rest]
    for i, r in enumerate(rows):
        r[3] = scores[i % len(scores)]
    files = {"survey__csv": "\n".join([head, *map(",".join, rows)]) + "\n"}
    told = asked(small_engagement(tmp_path, **files).check())
    number = sum(not r[3].isdigit() for r in rows)
    assert f"“Score” holds {number} answers in words" in told
    assert not re.search("doe|secret|jane", told, re.IGNORECASE)


def test_amounts_are_not_quoted(tmp_path):
    orders = ["Nr,Id,At,Amount", *(f"O{i},C{i},2026-01-0{i % 9 + 1},{'€ 5' if i % 3 else '7.5'}" for i in range(60))]
    sources = SOURCES + (
        "  - id: orders\n    table: orders\n    files: data/orders.csv\n"
        "    columns: {order_id: Nr, customer_id: Id, ordered_at: At, amount: Amount}\n"
    )
    told = asked(small_engagement(tmp_path, sources=sources, orders__csv="\n".join(orders) + "\n").check())
    assert "an amount with the sign of a currency" in told.lower()
    assert "€" not in told


@pytest.mark.parametrize(
    ("hint", "please"),
    [
        ("Ask for the export as CSV.", "Send us the export as CSV."),
        ("Ask for the export again.", "Send us the export again."),
        ("Ask what 0 means. If no answer, write in sources.yaml: missing.", "Tell us what 0 means."),
        ("Ask what stood there, and write it in sources.yaml: values.", "Tell us what stood there."),
        ("Declare `format: {sheet: …}`.", "Correct it in the export, or tell us what is right."),
    ],
)
def test_what_the_advisor_is_told_to_ask_for_is_asked(hint, please):
    fault = Fault("data/x.xlsx", "", "", "", "no sheet holds a table", hint=hint, stops=True)
    (section,) = ask_client(checked_with(fault), said=SAID).sections
    assert section.points[0].please == please


def test_the_same_fault_in_many_files_of_a_folder_is_one_point():
    faults = [
        Fault(f"data/s/{m:02d}.csv", "header", "Score", "", "the column is missing", stops=True) for m in range(1, 13)
    ]
    (section,) = ask_client(checked_with(*faults), said=SAID).sections
    assert section.about == "data/s/01.csv to 12.csv (12 files)"
    assert [p.found for p in section.points] == ["The column “Score” is not in the file."]


def test_groups_that_answered_too_little_are_asked_about():
    fewer = Group("Household", 100, 5, 0.5, 0.1, Difference(-0.4, -0.5, -0.3, 0.0, ""), None, "fewer")
    more = Group("Business", 100, 45, 0.5, 0.9, Difference(0.4, 0.3, 0.5, 0.0, ""), None, "more")
    told = asked(checked_with(bias=(Bias("segment", "Segment", "customers", 200, 50, (fewer, more)),)))
    assert "(Segment: Household)" in told
    assert "Business" not in told


def test_columns_that_kpis_wait_for_are_wished_for_and_those_of_most_first():
    possible = (
        Possible("a", "Alpha", ("responses.effort",)),
        Possible("b", "Beta", ("responses.resolved",)),
        Possible("c", "Gamma", ("responses.resolved",)),
        Possible("d", "Delta", ("responses.resolved", "responses.effort")),
        Possible("e", "Epsilon", ("deals.won",)),
    )
    from cxkit.evidence.manifest import SourceRecord

    source = SourceRecord(id="survey", table="responses", files=(), rows_read=1, rows_used=1, rows_rejected=0,
                          rows_replaced=0, values_blanked=0, reasons={})  # fmt: skip
    message = ask_client(Checked((), (source,), possible=possible), said=SAID)
    assert message.wishes is not None
    first, second = message.wishes.points
    assert "“Beta” and “Gamma”" in first.why
    assert "“Alpha”" in second.why


def test_points_are_numbered_through_and_lines_fit_a_mail(tmp_path):
    given = small_engagement(tmp_path, sources=SOURCES + TICKETS, **planted())
    message = ask_client(given.check(), said=SAID)
    text = message_text(message, said=SAID)
    numbers = [int(n) for n in re.findall(r"^(\d+)\. ", text, flags=re.MULTILINE)]
    assert numbers == list(range(1, len(message.points) + 1))
    assert max(map(len, text.splitlines())) <= 78
    assert text.startswith("Subject: ")
    assert text.endswith("Kind regards")


def test_the_command_prints_the_message_and_nothing_else(tmp_path):
    from typer.testing import CliRunner

    small_engagement(tmp_path, sources=SOURCES + TICKETS, **planted())
    result = CliRunner().invoke(app, ["check", str(tmp_path), "--message"])
    assert result.exit_code == 0
    assert result.stdout.startswith("Subject: ")
    assert result.stdout.rstrip().endswith("Kind regards")


def test_check_says_in_a_line_each_what_the_exports_are_good_for(tmp_path):
    from typer.testing import CliRunner

    small_engagement(tmp_path, crm__csv="\n".join(crm_rows()) + "\n")
    told = CliRunner().invoke(app, ["check", str(tmp_path)]).stdout
    assert "  360° view of a customer: ready\n" in told
    assert "  Journeys: blocked (there are no contacts)\n" in told
