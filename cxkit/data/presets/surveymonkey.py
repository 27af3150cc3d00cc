"""SurveyMonkey: two header rows, the question and under it the answer that the column is of; or one, condensed."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cxkit.data.presets.base import Many, Rows, cells, place_of, plain

__all__ = ["header_rows", "names", "questions", "recognise"]

LABEL: str = "SurveyMonkey"
_RESPONDENT = ("Respondent ID", "respondent_id", "Befragten-ID", "ID Befragter", "Respondent-ID", "ID du répondant",
               "Identifiant du répondant", "ID de répondant", "Respondentnummer")  # fmt: skip
_COLLECTOR = ("Collector ID", "collector_id", "Collector-ID", "ID du collecteur", "Identifiant du collecteur",
              "ID de collecteur", "Collectornummer")  # fmt: skip
_STARTED = ("Start Date", "date_created", "Startdatum", "Date de début", "Begindatum")
_ENDED = ("End Date", "date_modified", "Enddatum", "Date de fin", "Einddatum")
ROLES: Many = {
    "response_id": _RESPONDENT,
    "responded_at": (*_ENDED, *_STARTED),
    "customer_id": ("Custom Data 1", "custom_1", "Custom Data"),
}
DIMENSIONS: Mapping[str, str] = {}
PEOPLE: tuple[str, ...] = (
    "IP Address", "ip_address", "Email Address", "email_address", "First Name", "first_name", "Last Name", "last_name",
    "IP-Adresse", "E-Mail-Adresse", "Vorname", "Nachname", "Adresse IP", "Adresse e-mail", "Prénom", "Nom", "IP-adres",
    "E-mailadres", "Voornaam", "Achternaam",
)  # fmt: skip
OWN: tuple[str, ...] = (*_COLLECTOR, *_STARTED, *_ENDED)
LEAVE_OUT: Mapping[str, Many] = {}
USUAL: Many = {}
WHOLE: Many = {}

_ANSWER = ("", "response", "open ended response", "antwort", "offene beantwortung", "reponse", "reponse ouverte")


def recognise(top: Rows) -> str:
    """Why the file seems to come from SurveyMonkey."""
    row = cells(top, 0)
    if place_of(row, *_RESPONDENT) is None or place_of(row, *_COLLECTOR) is None:
        return ""
    return f"the columns {row[place_of(row, *_RESPONDENT) or 0]} and {row[place_of(row, *_COLLECTOR) or 0]} are there"


def header_rows(top: Rows) -> int:
    """Two where the row under the first has no respondent, else one."""
    place, below = place_of(cells(top, 0), *_RESPONDENT), cells(top, 1)
    if place is None or not below:
        return 1
    return 1 if place < len(below) and re.search(r"\d", below[place]) else 2


def names(heads: Rows) -> list[tuple[str, ...]]:
    """The question of each column with its answer, in the ways that people write that."""
    asked = _asked(heads)
    found: list[tuple[str, ...]] = []
    for question, answer in asked:
        alone = [question] if _is_whole(answer) else []
        forms = [f"{question} [{answer}]", f"{question} - {answer}", f"{question}: {answer}"] if answer else []
        found.append(tuple(n for n in (*alone, *forms) if n))
    return found


def questions(heads: Rows) -> list[str]:
    """What was asked in each column, with the answer that it is of in brackets."""
    return [q if _is_whole(answer) else f"{q} [{answer}]" for q, answer in _asked(heads)]


def _asked(heads: Rows) -> list[tuple[str, str]]:
    """Question and answer of each column: a question stands over the first of its columns only."""
    first, second = cells(heads, 0), cells(heads, 1)
    found: list[tuple[str, str]] = []
    question = ""
    for i, title in enumerate(first):
        question = title or question
        found.append((question, second[i] if i < len(second) else ""))
    return found


def _is_whole(answer: str) -> bool:
    return plain(answer) in _ANSWER
