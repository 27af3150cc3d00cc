"""Exports of survey tools as these write them, with forty answers whose NPS is 40 and rows that are no answers."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence

REAL = [10] * 16 + [9] * 8 + [8] * 6 + [7] * 2 + [5] * 4 + [2] * 4
"""Of forty answers 24 promote and 8 detract: NPS 40."""
NPS = 40.0
PREVIEWS = [0] * 10
SPAM = [10] * 5

ASK = "How likely are you to recommend Small Co to a friend?"
TAGS = (
    "StartDate", "EndDate", "Status", "IPAddress", "Progress", "Duration (in seconds)", "Finished", "RecordedDate",
    "ResponseId", "RecipientLastName", "RecipientEmail", "ExternalReference", "DistributionChannel", "UserLanguage",
    "Q1_NPS_GROUP", "Q1", "Q2", "Q2_4_TEXT",
)  # fmt: skip
IDS = (
    "startDate", "endDate", "status", "ipAddress", "progress", "duration", "finished", "recordedDate", "_recordId",
    "recipientLastName", "recipientEmail", "externalDataReference", "distributionChannel", "userLanguage",
    "QID1_NPS_GROUP", "QID1", "QID2", "QID2_4_TEXT",
)  # fmt: skip
ENGLISH = (
    "Start Date", "End Date", "Response Type", "IP Address", "Progress", "Duration (in seconds)", "Finished",
    "Recorded Date", "Response ID", "Recipient Last Name", "Recipient Email", "External Data Reference",
    "Distribution Channel", "User Language", ASK + " - Group", ASK, "Which region do you live in?",
    "Which region do you live in? - Other - Text",
)  # fmt: skip
GERMAN = (
    "Anfangsdatum", "Enddatum", "Antworttyp", "IP-Adresse", "Aktueller Stand", "Dauer (in Sekunden)", "Beendet",
    "Erfassungsdatum", "Antwort-ID", "Nachname des Empfängers", "E-Mail des Empfängers", "Externe Datenreferenz",
    "Verteilungskanal", "Benutzersprache", "Gruppe", "Wie wahrscheinlich ist es, dass Sie uns weiterempfehlen?",
    "In welcher Region leben Sie?", "Andere - Text",
)  # fmt: skip
ENDS = {0: "0 - Not at all likely", 10: "10 - Extremely likely"}


def table(*rows: Sequence[str], delimiter: str = ",") -> str:
    """Rows as CSV."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue()


def as_json(name: str) -> str:
    """An import id as Qualtrics writes it."""
    return json.dumps({"ImportId": name}, separators=(",", ":"))


def qualtrics(
    *, ids: Callable[[str], str] | None = as_json, texts: Sequence[str] = ENGLISH, labels: bool = False,
    unfinished: int = 0, tags: Sequence[str] = TAGS, answer: Callable[[int], str] = str,
) -> str:  # fmt: skip
    """An export of Qualtrics.

    Args:
        ids: How an import id is written; None to leave that row out.
        texts: The second row.
        labels: Whether answers are given in words rather than in numbers.
        unfinished: How many of the answers are not finished.
        tags: The first row.
        answer: How an answer to the recommend question is written.
    """
    status = {"real": ("0", "IP Address"), "preview": ("1", "Survey Preview"), "spam": ("8", "Spam")}
    kinds = [("preview", s) for s in PREVIEWS] + [("real", s) for s in REAL] + [("spam", s) for s in SPAM]
    rows: list[Sequence[str]] = [tags, texts] + ([[ids(i) for i in IDS]] if ids else [])
    for n, (kind, score) in enumerate(kinds):
        part = 10 <= n < 10 + unfinished
        finished = ("False" if part else "True") if labels else ("0" if part else "1")
        day = f"2026-08-{n % 28 + 1:02d} 10:{n % 60:02d}:00"
        group = "Promoter" if score > 8 else "Detractor" if score < 7 else "Passive"
        rows.append(
            [day, day, status[kind][labels], f"192.0.2.{n}", "40" if part else "100", "61", finished, day,
             f"R_{n:03d}xYz", f"Person{n}", f"p{n}@example.org", f"C{n}", "email", "EN", group, answer(score),
             ("North", "South")[n % 2], ""]
        )  # fmt: skip
    return table(*rows)


def qualtrics_legacy(*, codes: bool = True) -> str:
    """The two header rows of the old export: V1 to V10 over names, or the names over the texts."""
    names = ["ResponseID", "ResponseSet", "Name", "ExternalDataReference", "EmailAddress", "IPAddress", "Status",
             "StartDate", "EndDate", "Finished"]  # fmt: skip
    first = [f"V{i}" for i in range(1, 11)] if codes else names
    rows = [[*first, "Q1_NPS_GROUP", "Q1", "Q1_1_TEXT"], [*names, "Group", ASK, "Text"]]
    for n, score in enumerate([*PREVIEWS, *REAL]):
        day = f"2026-08-{n % 28 + 1:02d} 10:{n % 60:02d}:00"
        rows.append([f"R_{n:03d}", "Default Response Set", "Anonymous", f"C{n}", f"p{n}@example.org", "192.0.2.1",
                     "1" if n < len(PREVIEWS) else "0", day, day, "1", "3", str(score), "because"])  # fmt: skip
    return table(*rows)


def surveymonkey(*, heads: int = 2, answer: Callable[[int], str] = str) -> str:
    """An export of SurveyMonkey: expanded with two header rows, or condensed with one."""
    own = ["Respondent ID", "Collector ID", "Start Date", "End Date", "IP Address", "Email Address", "Custom Data 1"]
    asked = [ASK, "Which of these do you use? Select all that apply.", "", "", "Your region?", ""]
    under = ["Response", "Web", "App", "Other (please specify)", "Response", "Other (please specify)"]
    rows: list[Sequence[str]] = [[*own, *asked], [""] * len(own) + under]
    if heads == 1:
        rows = [[*own, ASK, "Which of these do you use? Select all that apply.", "Your region?"]]
    for n, score in enumerate(REAL):
        day = f"08/{n % 28 + 1:02d}/2026 01:{n % 60:02d}:00 PM"
        mine = [str(13091425673 + n), "410425338", day, day, f"192.0.2.{n}", f"p{n}@example.org", f"C{n}"]
        region = ("North", "South")[n % 2]
        uses = ["Web" if n % 3 else "", "App" if n % 2 else "", "by fax" if n == 7 else ""]
        said = [answer(score), *uses, region, ""] if heads == 2 else [answer(score), "Web; App", region]
        rows.append([*mine, *said])
    return table(*rows)


def google_forms(*, stamp: str = "Timestamp", form: str = "{m}/{d}/2026 {h}:05:09", ask: str = ASK) -> str:
    """A sheet of Google Forms; there is nothing that tells one answer from another."""
    rows = [[stamp, "Email Address", ask, "Which region do you live in?", "What could we do better?"]]
    for n, score in enumerate(REAL):
        moment = form.format(m=8, d=n % 28 + 1, h=9 + n % 8, mm="08", dd=f"{n % 28 + 1:02d}", hh=f"{9 + n % 8:02d}")
        rows.append([moment, f"p{n}@example.org", str(score), ("North", "South")[n % 2], f"Answer faster, {n} days!"])
    return table(*rows)


def typeform(*, partial: int = 0) -> str:
    """An export of Typeform; several answers to one question are a column each."""
    rows = [["#", f"*{ASK}*", "Web", "App", "Other", "Your region?", "customer_id", "Response Type",
             "Start Date (UTC)", "Stage Date (UTC)", "Submit Date (UTC)", "Network ID", "Tags"]]  # fmt: skip
    for n, score in enumerate(REAL):
        day = f"2026-08-{n % 28 + 1:02d} 10:{n % 60:02d}:00"
        kind = "partial" if n < partial else "completed"
        rows.append([f"odwdp4nzj1xg6m9l36{n:04d}", str(score), "Web" if n % 3 else "", "App" if n % 2 else "", "",
                     ("North", "South")[n % 2], f"C{n}", kind, day, "", day, f"653e97ac{n:02d}", ""])  # fmt: skip
    return table(*rows)
