"""A mapping is proposed for what a client sends, with its reasons and doubts, and it gives the right number."""

from __future__ import annotations

import io
import json
import re
import sys
import zipfile
from pathlib import Path

import pytest
import surveys
from build import ENGAGEMENT, SOURCES, small_engagement
from conftest import SHARED, TODAY
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from surveys import NPS, REAL, table

from cxkit import cli
from cxkit.data.contract import CONTRACTS
from cxkit.data.mapping.as_yaml import add_mappings, mapping_text
from cxkit.data.mapping.propose import Proposal, propose_mapping
from cxkit.data.mapping.roles import FILE_WORDS, NEEDS, ROLES, TELLING
from cxkit.data.settings import Source
from cxkit.engagement import open_engagement
from cxkit.errors import CxkitError, DocumentError, ExportError, ParameterError

PLAIN = ENGAGEMENT.replace("dimensions:\n  region: {label: Region}\n", "")
CRM = SOURCES[: SOURCES.index("  - id: survey")]
DAYS = [f"2026-03-{i % 28 + 1:02d}" for i in range(120)]


@pytest.fixture
def run(capsys, monkeypatch):
    """Run `cxkit map`; gives exit code, standard output and standard error."""

    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["cxkit", "map", *map(str, words)])
        try:
            cli.main()
            code = 0
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return call


def written(folder: Path, text: str | bytes, name: str = "export.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def proposed(folder: Path, text: str | bytes, name: str = "export.csv", **how) -> Proposal:
    (found,) = propose_mapping(written(folder, text, name), **how)
    return found


def column(found: Proposal, name: str):
    return next(c for c in (*found.columns, *found.attributes) if c.name == name)


def doubts(found: Proposal, name: str = "") -> str:
    return " / ".join(column(found, name).doubts if name else found.doubts)


def pasted(folder: Path, found: Proposal, text: str):
    """A small engagement with the proposed YAML at the end of its sources."""
    return small_engagement(folder, engagement=PLAIN, sources=CRM + mapping_text(found), export__csv=text)


SURVEYS = {
    "qualtrics": (surveys.qualtrics(), "qualtrics", "Q1"),
    "qualtrics, labels": (surveys.qualtrics(labels=True), "qualtrics", "Q1"),
    "qualtrics, words at the ends": (
        surveys.qualtrics(answer=lambda s: surveys.ENDS.get(s, str(s))), "qualtrics", "Q1",
    ),
    "qualtrics, only words at the ends": (
        surveys.qualtrics(answer=lambda s: {0: "Not at all likely", 10: "Extremely likely"}.get(s, str(s))),
        "qualtrics", "Q1",
    ),
    "qualtrics, translated": (surveys.qualtrics(texts=surveys.GERMAN), "qualtrics", "Q1"),
    "qualtrics, no tag says it": (
        surveys.qualtrics(tags=[t.replace("Q1_NPS_GROUP", "Group") for t in surveys.TAGS]), "qualtrics", "Q1",
    ),
    "qualtrics, two header rows": (surveys.qualtrics(ids=None), "qualtrics", "Q1"),
    "qualtrics, legacy": (surveys.qualtrics_legacy(), "qualtrics", "Q1"),
    "surveymonkey": (surveys.surveymonkey(), "surveymonkey", surveys.ASK),
    "surveymonkey, condensed": (surveys.surveymonkey(heads=1), "surveymonkey", surveys.ASK),
    "google forms": (surveys.google_forms(), "google_forms", surveys.ASK),
    "google forms, german": (
        surveys.google_forms(stamp="Zeitstempel", form="{dd}.{mm}.2026 {hh}:05:09"), "google_forms", surveys.ASK,
    ),
    "google forms, with a zone": (
        surveys.google_forms(form="2026/{mm}/{dd} {h}:05:09 AM GMT+1").replace("13:05:09 AM", "1:05:09 PM")
        .replace("14:05:09 AM", "2:05:09 PM").replace("15:05:09 AM", "3:05:09 PM").replace("16:05:09 AM", "4:05:09 PM"),
        "google_forms", surveys.ASK,
    ),
    "typeform": (surveys.typeform(), "typeform", f"*{surveys.ASK}*"),
}  # fmt: skip


@pytest.mark.parametrize("kind", SURVEYS)
def test_a_proposal_for_a_survey_is_read_and_gives_its_nps(tmp_path, kind):
    text, preset, score = SURVEYS[kind]
    found = proposed(tmp_path, text)
    assert (found.table, found.sample.preset, column(found, "score").column) == ("responses", preset, score)
    assert found.complete
    assert found.source().table == "responses"
    opened = pasted(tmp_path / "small", found, text)
    opened.measure(today=TODAY)
    nps = opened.view().cell("nps").estimate
    assert (round(nps.value, 9), nps.n) == (NPS, len(REAL))


@pytest.mark.parametrize("kind", SURVEYS)
def test_peoples_data_is_never_proposed_and_that_is_said(tmp_path, kind):
    text = SURVEYS[kind][0]
    found = proposed(tmp_path, text)
    named = {c.question or c.column for c in (*found.columns, *found.attributes)} | {c.column for c in found.columns}
    assert not [n for n in named if re.search(r"(?i)mail|ip.?addr|ip-|name|better", n)]
    if "example.org" in text:
        assert re.search(r"left out: .*(mail|V5)", mapping_text(found).replace("\n", " "))


def test_previews_and_unfinished_answers_are_told(tmp_path):
    text = mapping_text(proposed(tmp_path, surveys.qualtrics(unfinished=3)))
    said = " ".join(re.sub(r"\n\s*#  ", "", text).split())
    assert "10 rows say by Status that they are a preview or a test" in said
    assert "doubt: 3 of 40 answers are not finished by Finished" in said


TABLES = {
    "zendesk": ("interactions", table(
        ["ID", "Requester", "Requester id", "Requester e-mail", "Created at", "Solved at", "Status", "Channel",
         "Subject"],
        *[[str(1000 + i), f"Pat {i}", str(5000 + i % 50), f"p{i}@example.org", f"{d} 10:00:00 UTC",
           f"{d} 15:00:00 UTC" if i % 5 else "", ("Open", "Solved")[i % 2], ("Email", "Web")[i % 2], f"Help {i}"]
          for i, d in enumerate(DAYS)]),
        {"interaction_id": "ID", "customer_id": "Requester id", "started_at": "Created at", "ended_at": "Solved at",
         "channel": "Channel"}),
    "salesforce": ("interactions", table(
        ["Case Number", "Account ID", "Contact Name", "Date/Time Opened", "Date/Time Closed", "Case Origin",
         "Case Reason"],
        *[[f"{i:08d}", f"001xx{i % 40:04d}", f"Pat {i}", f"3/{i % 28 + 1}/2026, {i % 12 + 1}:15 AM",
           f"3/{i % 28 + 1}/2026, {i % 12 + 1}:45 PM", ("Phone", "Web")[i % 2], ("Bill", "Outage")[i % 2]]
          for i in range(120)]),
        {"interaction_id": "Case Number", "customer_id": "Account ID", "started_at": "Date/Time Opened",
         "ended_at": "Date/Time Closed", "channel": "Case Origin", "reason": "Case Reason"}),
    "tickets, german": ("interactions", table(
        ["Ticketnummer", "Kundennr.", "Erstellt am", "Geschlossen am", "Kanal", "Kategorie", "Bearbeiter"],
        *[[f"T{i}", str(9000 + i % 40), f"{i % 28 + 1:02d}.03.2026 10:00", f"{i % 28 + 1:02d}.03.2026 11:00",
           ("Telefon", "Mail")[i % 2], ("Rechnung", "Technik")[i % 2], f"Agent {i}"] for i in range(120)],
        delimiter=";"),
        {"interaction_id": "Ticketnummer", "customer_id": "Kundennr.", "started_at": "Erstellt am",
         "ended_at": "Geschlossen am", "channel": "Kanal", "reason": "Kategorie"}),
    "events": ("interactions", table(
        ["user_id", "event", "timestamp"],
        *[[str(i % 40), ("catalog", "cart")[i % 2], f"{d} 10:00:00.123"] for i, d in enumerate(DAYS)]),
        {"interaction_id": "#row", "customer_id": "user_id", "started_at": "timestamp", "step": "event"}),
    "customers, german": ("customers", table(
        ["Kundennummer", "Vorname", "E-Mail", "Segment", "Region", "Kunde seit", "Gekündigt zum", "Werbeerlaubnis"],
        *[[str(10000 + i), f"V{i}", f"p{i}@example.org", ("Privat", "Firma")[i % 2], ("Nord", "Süd")[i % 3 > 0],
           f"{i % 28 + 1:02d}.03.2020", "" if i % 4 else "15.01.2026", ("Ja", "Nein")[i % 2]] for i in range(120)],
        delimiter=";"),
        {"customer_id": "Kundennummer", "segment": "Segment", "region": "Region", "joined_on": "Kunde seit",
         "left_on": "Gekündigt zum", "may_contact": "Werbeerlaubnis"}),
    "invoices, german": ("revenue", table(
        ["Kundennr.", "Rechnungsnr.", "Rechnungsmonat", "Nettobetrag", "Tarif"],
        *[[str(10000 + i % 30), f"R{i}", f"01.{i // 30 + 1:02d}.2026", f"{49 + i % 7},50", ("Basis", "Plus")[i % 2]]
          for i in range(120)], delimiter=";"),
        {"customer_id": "Kundennr.", "month": "Rechnungsmonat", "amount": "Nettobetrag", "product": "Tarif"}),
    "orders, french": ("orders", table(
        ["Numéro de commande", "N° client", "Date de commande", "Montant TTC", "Adresse e-mail"],
        *[[f"C{i}", str(i % 50), f"{i % 28 + 1:02d}/03/2026", f"{20 + i},00", f"p{i}@example.org"] for i in range(120)],
        delimiter=";"),
        {"order_id": "Numéro de commande", "customer_id": "N° client", "ordered_at": "Date de commande",
         "amount": "Montant TTC"}),
    "employees, dutch": ("employees", table(
        ["Personeelsnummer", "Voornaam", "Achternaam", "Afdeling", "Functie", "FTE", "Indienst"],
        *[[str(100 + i), f"V{i}", f"A{i}", ("Service", "Sales")[i % 2], ("Agent", "Lead")[i % 3 > 0], "1,0",
           f"2020-{i % 12 + 1:02d}-01"] for i in range(60)], delimiter=";"),
        {"employee_id": "Personeelsnummer", "team": "Afdeling", "role": "Functie", "fte": "FTE",
         "started_on": "Indienst"}),
    "finance": ("finance", table(
        ["Month", "Cost line", "Area", "Amount"],
        *[[f"2026-{i % 12 + 1:02d}", f"Line {i // 12}", ("service", "sales")[i % 2], str(1000 + i)]
          for i in range(60)]),
        {"month": "Month", "line": "Cost line", "area": "Area", "amount": "Amount"}),
    "invitations": ("invitations", table(
        ["Invitation ID", "Sent at", "Customer ID", "Channel", "Delivered", "E-mail"],
        *[[f"I{i}", f"{d} 10:00:00", f"C{i}", ("email", "sms")[i % 2], ("yes", "no")[i % 2], f"p{i}@example.org"]
          for i, d in enumerate(DAYS)]),
        {"invitation_id": "Invitation ID", "sent_at": "Sent at", "customer_id": "Customer ID", "channel": "Channel",
         "delivered": "Delivered"}),
    "deals": ("deals", table(
        ["Opportunity ID", "Account ID", "Close Date", "Amount", "Stage"],
        *[[f"006{i:04d}", f"001{i % 40:04d}", d, str(1000 * i), ("Closed Won", "Closed Lost", "Proposal")[i % 3]]
          for i, d in enumerate(DAYS)]),
        {"deal_id": "Opportunity ID", "customer_id": "Account ID", "closed_on": "Close Date", "amount": "Amount",
         "won": "Stage"}),
    "staff": ("staff_answers", table(
        ["Response ID", "Submitted at", "Employee ID", "Team",
         "How likely are you to recommend us as a place to work?"],
        *[[f"A{i}", f"{d} 10:00:00", f"E{i}", ("Care", "Field")[i % 2], str(i % 11)] for i, d in enumerate(DAYS)]),
        {"answer_id": "Response ID", "answered_at": "Submitted at", "employee_id": "Employee ID", "team": "Team",
         "recommend": "How likely are you to recommend us as a place to work?"}),
    "calls": ("interactions", table(
        ["Call ID", "Customer No", "Start Time", "Answer Time", "End Time", "Wait (s)", "Talk (s)", "Agent",
         "Abandoned"],
        *[[f"K{i}", str(100 + i % 50), f"{d} 10:00:00", f"{d} 10:00:30", f"{d} 10:05:00", str(i % 60), str(i % 300),
           f"Agent {i % 7}", str(i % 2)] for i, d in enumerate(DAYS)]),
        {"interaction_id": "Call ID", "answered_at": "Answer Time", "wait_seconds": "Wait (s)",
         "handle_seconds": "Talk (s)", "abandoned": "Abandoned"}),
    "accounts": ("customers", table(
        ["Account ID", "Account Name", "Billing Country", "Type", "Created Date", "Account Owner"],
        *[[f"001{i:05d}", f"Firm {i}", ("DE", "FR")[i % 2], ("Customer", "Partner")[i % 3 > 0], d, f"Pat {i % 5}"]
          for i, d in enumerate(DAYS)]),
        {"customer_id": "Account ID", "region": "Billing Country", "joined_on": "Created Date"}),
    "survey without an id": ("responses", table(
        ["Customer ID", "Date", "NPS", "Comment"],
        *[[f"C{i}", d, str(i % 11), f"It was {i} times as good as I thought"] for i, d in enumerate(DAYS)]),
        {"response_id": "#row", "customer_id": "Customer ID", "responded_at": "Date", "score": "NPS"}),
    "enps": ("staff_answers", table(
        ["Response ID", "Date", "Department", "eNPS score"],
        *[[f"E{i}", d, ("HR", "IT")[i % 2], str(i % 11)] for i, d in enumerate(DAYS)]),
        {"answer_id": "Response ID", "team": "Department", "recommend": "eNPS score"}),
}  # fmt: skip


@pytest.mark.parametrize("kind", TABLES)
def test_every_kind_of_table_is_recognised_by_headers_and_values(tmp_path, kind):
    wanted, text, columns = TABLES[kind]
    found = proposed(tmp_path, text)
    assert found.table == wanted
    assert columns.items() <= {c.name: c.column for c in found.columns}.items()
    assert Source.model_validate(YAML(typ="safe").load(mapping_text(found))[0]) == found.source()


@pytest.mark.parametrize("kind", [k for k in TABLES if TABLES[k][0] != "customers"])
def test_a_proposed_table_is_read_without_a_fault(tmp_path, kind):
    _, text, _ = TABLES[kind]
    found = proposed(tmp_path, text)
    sources = "cxkit: 1\nsources:\n" + mapping_text(found) + "    unknown_customers: keep\n"
    opened = small_engagement(tmp_path / "small", engagement=PLAIN, sources=sources, export__csv=text)
    from cxkit._table import open_database
    from cxkit.data.read import read_tables

    with open_database() as db:
        tables = read_tables(db, opened.sources, root=opened.root)
    (record,) = tables.sources
    stopping = [f for f in tables.faults if f.stops or f.rejects]
    assert (record.rows_used, stopping) == (text.count("\n") - 1, [])


def test_the_words_of_the_table_of_roles_are_of_columns_that_there_are():
    assert set(ROLES) == set(TELLING) == set(FILE_WORDS) == set(CONTRACTS)
    for name, contract in CONTRACTS.items():
        assert set(ROLES[name]) <= set(contract.columns)
        assert {n for n, c in contract.columns.items() if c.required} <= set(ROLES[name])
        assert {*TELLING[name], *NEEDS.get(name, ())} <= set(ROLES[name])


def scored(values, header="NPS", more=None) -> str:
    more = more or {}
    names = ["Response ID", "Date", header, *more]
    rows = [[f"R{i}", DAYS[i % 120], str(v), *(str(m[i]) for m in more.values())] for i, v in enumerate(values)]
    return table(names, *rows)


@pytest.mark.parametrize(
    ("values", "scale", "missing"),
    [
        ([*range(11)] * 10, None, []),
        ([*range(1, 11)] * 10, None, []),
        ([*range(11)] * 10 + [11] * 4, None, ["11"]),
        ([*range(11)] * 10 + [99] * 4 + [-1] * 3, None, ["99", "-1"]),
        ([*range(11)] * 10 + ["N/A"] * 4, None, ["N/A"]),
        ([*range(1, 6)] * 10, [1, 5], []),
    ],
)
def test_the_scale_of_the_recommend_question_and_its_codes_are_found(tmp_path, values, scale, missing):
    settings = column(proposed(tmp_path, scored(values)), "score").settings
    assert settings.get("scale") == scale
    assert settings.get("missing", []) == missing


def test_a_question_says_itself_on_which_scale_it_was_asked(tmp_path):
    found = proposed(tmp_path, scored([7, 8, 9, 10] * 20, "Would you recommend us? 10 - surely, 1 - never"))
    assert column(found, "score").settings["scale"] == [1, 10]


def test_answers_to_5_are_not_passed_as_a_likelihood(tmp_path):
    assert "no NPS can be made of them" in doubts(proposed(tmp_path, scored([*range(1, 6)] * 10)), "score")


def test_zeros_without_ones_and_twos_are_a_doubt(tmp_path):
    found = proposed(tmp_path, scored([0] * 40 + [*range(3, 11)] * 10))
    assert '0 stands 40 times and 1 and 2 never: it may mean "not applicable"' in doubts(found, "score")
    assert "not applicable" not in doubts(proposed(tmp_path, scored([*range(11)] * 10)), "score")


@pytest.mark.parametrize(
    ("header", "column_", "values", "scale"),
    [
        ("CSAT", "satisfaction", [1, 2, 3, 4, 5], None),
        ("Zufriedenheit", "satisfaction", [1, 2, 3, 4, 5, 6, 7], [1, 7]),
        ("How satisfied were you?", "satisfaction", [1, 3, 5, 7, 9, 10], [1, 10]),
        ("It was easy to get help", "effort", [1, 2, 3, 4, 5, 6, 7], None),
        ("Effort score", "effort", [1, 2, 3, 4, 5], [1, 5]),
    ],
)
def test_satisfaction_and_effort_are_found_with_their_scales(tmp_path, header, column_, values, scale):
    found = proposed(tmp_path, scored(values * 20, header))
    assert column(found, column_).settings.get("scale") == scale


def test_satisfaction_in_words_is_put_into_numbers(tmp_path):
    words = ["Very satisfied", "Satisfied", "Neutral", "Dissatisfied", "Very dissatisfied"]
    settings = column(proposed(tmp_path, scored(words * 10, "How satisfied are you?")), "satisfaction").settings
    assert settings["values"] == {w: str(5 - i) for i, w in enumerate(words)}


def test_two_questions_that_fit_are_both_named(tmp_path):
    tens = [*range(11)] * 10
    text = scored(tens, "How likely are you to recommend us?", more={"Would you recommend our app?": tens})
    assert "'Would you recommend our app?' (#4) fits as well" in doubts(proposed(tmp_path, text), "score")


def test_words_for_the_ends_alone_would_have_misled(tmp_path):
    text = scored([{10: "Extremely likely"}.get(v, v) for v in REAL])
    assert column(proposed(tmp_path, text), "score").settings["values"] == {"Extremely likely": "10", "*": "*"}


@pytest.mark.parametrize(
    ("dates", "form", "doubt"),
    [
        (["31/07/2026", "01/08/2026"], "%d/%m/%Y", ""),
        (["07/31/2026", "08/01/2026"], "%m/%d/%Y", ""),
        (["07/08/2026", "08/01/2026"], "%d/%m/%Y", "month first or with the day first"),
        (["07.08.2026", "08.01.2026"], "%d.%m.%Y", ""),
        (["31/07/2026", "07/31/2026"], "%d/%m/%Y", "no single format reads them all"),
        (["2026-07-31", "2026-08-01"], None, ""),
        (["2026-07-31T10:00:00Z", "2026-08-01T10:00:00Z"], None, ""),
        (["20260731", "20260801"], "%Y%m%d", ""),
        (["31-Jul-2026", "01-Aug-2026"], "%d-%b-%Y", ""),
        (["7/31/2026 1:05 PM", "8/1/2026 11:05 AM"], "%m/%d/%Y %I:%M %p", ""),
    ],
)
def test_the_format_of_dates_is_found_and_doubted_where_two_fit(tmp_path, dates, form, doubt):
    text = table(["Response ID", "Date", "NPS"], *[[f"R{i}", dates[i % 2], str(i % 11)] for i in range(60)])
    found = proposed(tmp_path, text)
    assert column(found, "responded_at").settings.get("format") == form
    assert doubt in doubts(found, "responded_at")
    assert bool(doubt) == bool(doubts(found, "responded_at"))


def test_what_every_row_needs_and_nobody_sent_is_said(tmp_path, run):
    path = written(tmp_path, table(["Response ID", "NPS"], *[[f"R{i}", str(i % 11)] for i in range(60)]))
    code, out, _ = run(path)
    assert code == 0
    assert "# missing: responded_at (when it was answered)" in out
    assert YAML(typ="safe").load(out)[0]["columns"] == {"response_id": "Response ID", "score": "NPS"}


def test_groups_of_few_words_become_attributes(tmp_path):
    tens = [*range(11)] * 10
    more = {
        "Segment": [("gold", "silver")[i % 2] for i in range(110)],
        "Country of birth": [("DE", "FR")[i % 2] for i in range(110)],
        "Comment": [f"I would like to say {i} things about it" for i in range(110)],
        "Used it": [("Ja", "Nein")[i % 2] for i in range(110)],
    }
    found = proposed(tmp_path, scored(tens, more=more))
    assert {a.name: dict(a.settings) for a in found.attributes} == {
        "segment": {},
        "used_it": {"type": "boolean", "values": {"Ja": "true", "Nein": "false"}},
    }
    assert {s.header for s in found.leftover.people} == {"Comment", "Country of birth"}


@pytest.mark.parametrize(
    "header", ['He said "9"', "a: b # c", "{x}", "line\nbreak", "- dash", "yes", "50 %", "@at", "'"]
)
def test_any_header_comes_back_from_the_yaml_as_it_was(tmp_path, header):
    text = scored([*range(11)] * 10, more={header: [("gold", "silver")[i % 2] for i in range(110)]})
    found = proposed(tmp_path, text)
    (entry,) = YAML(typ="safe").load(mapping_text(found))
    assert list(entry["attributes"].values()) == [header]


def test_a_comment_cannot_be_ended_by_what_a_client_typed(tmp_path):
    text = scored([*range(11)] * 10, more={"Kind": [("a\n  - id: x", "b\x1b[31m")[i % 2] for i in range(110)]})
    text = mapping_text(proposed(tmp_path, text))
    assert len(YAML(typ="safe").load(text)) == 1
    assert "\x1b" not in text


def test_no_table_fits_and_that_is_said(tmp_path, run):
    path = written(tmp_path, table(["alpha", "beta"], *[["abc"[i % 3], str(i)] for i in range(60)]))
    code, out, _ = run(path)
    assert code == 0
    assert "# no table of cxkit fits these columns" in out


def test_a_table_can_be_forced(tmp_path):
    text = TABLES["zendesk"][1]
    assert proposed(tmp_path, text, table="orders").table == "orders"
    with pytest.raises(ParameterError, match="no table 'tickets'"):
        proposed(tmp_path, text, table="tickets")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("nothing.csv", b""),
        ("book.xlsx", b"PK\x03\x04\0\0 broken"),
        ("noise.csv", bytes(range(256)) * 40),
        ("a.zip", b"PK\x03\x04\0"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_clear_message(tmp_path, run, name, content):
    code, out, err = run(written(tmp_path, content, name))
    assert (code, out) == (2, "")
    assert name in err
    assert "Traceback" not in err


def test_a_file_that_is_not_there_is_one_clear_message(tmp_path, run):
    assert run(tmp_path / "none.csv")[0] == 2
    with pytest.raises(ExportError, match="is a folder"):
        propose_mapping(tmp_path)


def test_each_sheet_of_a_workbook_gets_a_mapping(tmp_path):
    import xlsxwriter

    path = tmp_path / "export.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        for sheet, kind in (("Accounts", "customers, german"), ("Tickets", "zendesk")):
            page = book.add_worksheet(sheet)
            delimiter = ";" if "german" in kind else ","
            for r, line in enumerate(TABLES[kind][1].splitlines()):
                page.write_row(r, 0, line.split(delimiter))
    found = propose_mapping(path)
    assert [(p.table, dict(p.format)) for p in found] == [
        ("customers", {"sheet": "Accounts"}),
        ("interactions", {"sheet": "Tickets"}),
    ]
    assert len({p.id for p in found}) == 2


def test_files_alike_in_an_archive_get_one_mapping(tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for day in ("01", "02", "03"):
            archive.writestr(f"tickets-{day}.csv", TABLES["zendesk"][1])
    found = proposed(tmp_path, packed.getvalue(), "tickets.zip")
    assert (found.table, len(found.sample.alike), found.format) == ("interactions", 2, {})


def test_json_lines_are_mapped(tmp_path):
    rows = [{"user_id": str(i % 40), "event": ("catalog", "cart")[i % 2], "timestamp": f"{d}T10:00:00"}
            for i, d in enumerate(DAYS)]  # fmt: skip
    found = proposed(tmp_path, "\n".join(map(json.dumps, rows)), "events.jsonl")
    assert {c.name: c.column for c in found.columns}["step"] == "event"


def test_a_long_file_is_looked_at_from_end_to_end(tmp_path):
    tens = [*range(11)] * 1000
    text = scored([*tens, *["99"] * 3000])
    found = proposed(tmp_path, text)
    assert column(found, "score").settings["missing"] == ["99"]
    assert max(s.rows for s in found.sample.shapes) <= 4001


def test_the_files_of_other_days_are_named_for_later(tmp_path):
    found = proposed(tmp_path, TABLES["zendesk"][1], "tickets_2026-03-31.csv")
    assert (found.id, found.files) == ("tickets", "data/tickets_2026-03-31.csv")
    assert 'if files of other days come, write "data/tickets_*.csv"' in mapping_text(found)


CELLS = st.sampled_from(
    ["", "1", "10", "99", "N/A", "2026-03-01", "03/04/2026", "31.12.2026 10:00", "yes", "Closed Won", "1,5", "\u00b2",
     "'", '"', "a@example.org", "\u2028", "10 - Extremely likely", "very satisfied", "x" * 600, "\x1b[0m", "00012"]
)  # fmt: skip
HEADERS = st.sampled_from(
    ["Response ID", "Customer ID", "NPS", "Date", "#", "Timestamp", "ResponseId", "Status", "Finished", "", "a\nb",
     "Stage", "Respondent ID", "Collector ID", "amount", "month", "V1", "#3", "true", "\x85", "why?", "Score [a]",
     "Submit Date (UTC)", "Network ID", '{"ImportId":"QID1"}']
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(header=st.lists(HEADERS, min_size=1, max_size=9), cells=st.lists(CELLS, min_size=1, max_size=60))
def test_whatever_comes_is_mapped_to_yaml_that_reads_or_refused_with_a_message(tmp_path, header, cells):
    rows = [[cells[(i + j * 7) % len(cells)] for j in range(len(header))] for i in range(len(cells))]
    try:
        found = proposed(tmp_path, table(header, *rows))
    except CxkitError:
        return
    entries = YAML(typ="safe").load(mapping_text(found))
    assert entries == ([found.entry] if found.table else None)
    assert not found.complete or found.source().table == found.table


def test_an_entry_is_added_and_all_else_stays_as_it_is(tmp_path, run):
    opened = small_engagement(tmp_path / "small")
    sources = opened.root / "sources.yaml"
    before = "# ours\n" + sources.read_text() + "\n# the end\n"
    sources.write_text(before)
    path = written(opened.root / "data", TABLES["zendesk"][1], "tickets.csv")
    code, _, err = run(path, "--into", opened.root)
    assert (code, err) == (0, "")
    after = sources.read_text()
    kept = before.removesuffix("\n# the end\n").rstrip("\n")
    assert after.startswith(kept)
    assert after.endswith("\n# the end\n")
    added = after.removeprefix(kept).removesuffix("\n# the end\n")
    assert added.lstrip("\n").startswith("  - id: tickets")
    assert "# why:" in added
    assert [s.id for s in open_engagement(opened.root).sources.sources] == ["crm", "survey", "tickets"]
    assert open_engagement(opened.root).sources.sources[-1].files == "data/tickets.csv"


def test_a_taken_id_is_refused_and_nothing_is_written(tmp_path, run):
    opened = small_engagement(tmp_path)
    path = written(opened.root / "data", TABLES["zendesk"][1], "survey.csv")
    before = (opened.root / "sources.yaml").read_bytes()
    code, _, err = run(path, "--into", opened.root)
    assert code == 2
    assert "The source id 'survey' is taken" in err
    assert (opened.root / "sources.yaml").read_bytes() == before


def test_an_entry_that_lacks_a_column_is_not_added(tmp_path):
    opened = small_engagement(tmp_path)
    found = proposed(tmp_path, table(["Response ID", "NPS"], *[[f"R{i}", str(i % 11)] for i in range(60)]))
    with pytest.raises(DocumentError, match="lacks responded_at"):
        add_mappings([found], root=opened.root)


def test_entries_of_a_workbook_are_added_all_or_none(tmp_path):
    opened = small_engagement(tmp_path)
    (first,) = propose_mapping(written(tmp_path, TABLES["zendesk"][1], "tickets.csv"))
    (second,) = propose_mapping(written(tmp_path, TABLES["deals"][1], "deals.csv"))
    (none,) = propose_mapping(written(tmp_path, "alpha,beta\na,1\nb,2\n", "notes.csv"))
    assert add_mappings([first, none, second], root=opened.root) == ("tickets", "deals")
    before = (opened.root / "sources.yaml").read_bytes()
    (third,) = propose_mapping(written(tmp_path, TABLES["finance"][1], "costs.csv"))
    with pytest.raises(DocumentError, match="'tickets' is taken"):
        add_mappings([third, first], root=opened.root)
    assert (opened.root / "sources.yaml").read_bytes() == before


def real(name: str) -> Proposal:
    path = SHARED / name
    if not path.is_file():
        pytest.skip(f"the public data file {path.name} is not beside the project")
    (found,) = propose_mapping(path)
    return found


def test_the_maintainers_survey_is_of_surveymonkey_and_its_24th_column_asks_to_recommend():
    found = real("surveys/CNCF_Maintainers_Survey_2021_H2.csv")
    score = column(found, "score")
    assert (found.sample.preset, score.place, score.settings["scale"]) == ("surveymonkey", 24, [1, 10])
    assert (column(found, "response_id").column, found.complete) == ("Respondent ID", True)
    assert "#24" in mapping_text(found)


def test_the_airport_survey_is_known_by_its_columns_and_its_blanks_by_their_code():
    found = real("surveys/2017_SFO_Customer_Survey_20250817.csv")
    assert {c.name: c.column for c in found.columns} == {
        "response_id": "RESPNUM",
        "score": "NETPRO",
        "weight": "WEIGHT",
    }
    assert column(found, "score").settings == {"missing": ["11"]}
    assert "codes for no answer: 11 84 times" in doubts(found, "score")
    assert found.missing == ("responded_at",)


def test_the_telcos_file_is_a_list_of_customers():
    found = real("churn/Telco-Customer-Churn.csv")
    assert (found.table, column(found, "customer_id").column) == ("customers", "customerID")
    assert {"internet_service", "payment_method"} <= {a.name for a in found.attributes}
    assert [s.header for s in found.leftover.people] == ["gender"]


@pytest.mark.parametrize("name", ["journeys/simple-onlineshop.csv", "journeys/ecom.csv.gz"])
def test_the_shops_files_are_events(name):
    found = real(name)
    columns = {c.name: c.column for c in found.columns}
    assert found.table == "interactions"
    assert (columns["customer_id"], columns["step"], columns["started_at"]) == ("user_id", "event", "timestamp")
    assert columns["interaction_id"] == "#row"


def test_a_file_without_a_header_is_told_to_be_one():
    text = mapping_text(real("clv/CDNOW_sample.txt"))
    assert "the file has no header, so nothing says what its columns mean" in text


def test_the_sample_of_qualtrics_is_mapped_whatever_language_its_header_has():
    found = real("surveys/qualtRics_sample.csv")
    assert found.sample.preset == "qualtrics"
    assert {c.name: c.column for c in found.columns} == {
        "response_id": "ResponseId", "responded_at": "RecordedDate", "channel": "DistributionChannel",
    }  # fmt: skip


def test_a_dictionary_is_no_export():
    assert real("surveys/sfo_2018_Data_Dictionary_DataSF.xlsx").table == ""


def test_an_agreement_of_seven_points_keeps_its_seven_points():
    from cxkit.data.mapping.answers import find_answers
    from cxkit.data.mapping.shapes import shape_of

    words = ["Strongly disagree", "Disagree", "Somewhat disagree", "Neither agree nor disagree", "Somewhat agree"]
    words += ["Agree", "Strongly agree"]
    found = find_answers(shape_of(words * 20, place=1, header="Easy"), role="effort")
    assert found.scale == (1, 7)
    assert found.values == {w: str(i) for i, w in enumerate(words, start=1)}
    five = find_answers(shape_of([w for w in words if "Some" not in w] * 20, place=1, header="Easy"), role="effort")
    assert five.scale == (1, 5)
