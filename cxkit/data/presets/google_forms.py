"""Google Forms: a timestamp in the first column, then the questions; nothing tells one answer from another."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cxkit.data.dates import find_dates
from cxkit.data.presets.base import Many, Rows, cells, plain

__all__ = ["header_rows", "names", "questions", "recognise"]

LABEL: str = "Google Forms"
_STAMPS = ("Timestamp", "Zeitstempel", "Horodateur", "Tijdstempel", "Marca temporal", "Informazioni cronologiche")
ROLES: Many = {"response_id": ("#row",), "responded_at": _STAMPS}
DIMENSIONS: Mapping[str, str] = {}
PEOPLE: tuple[str, ...] = (
    "Email Address",
    "Username",
    "E-Mail-Adresse",
    "Nutzername",
    "Adresse e-mail",
    "E-mailadres",
    "Gebruikersnaam",
)
OWN: tuple[str, ...] = ("Score", "Punktzahl")
LEAVE_OUT: Mapping[str, Many] = {}
USUAL: Many = {}
WHOLE: Many = {}


def recognise(top: Rows) -> str:
    """Why the file seems to come from Google Forms: a timestamp first, and questions after it."""
    row, below = cells(top, 0), cells(top, 1)
    if not row or plain(row[0]) not in {plain(s) for s in _STAMPS} or (below and not find_dates(below[:1])):
        return ""
    own = {plain(n) for n in PEOPLE}
    asked = [h for h in row[1:] if h.endswith(("?", ":", "]")) or len(h.split()) >= 4 or plain(h) in own]
    return f"its first column is {row[0]}, and questions follow" if asked else ""


def header_rows(top: Rows) -> int:
    """Always one."""
    return min(1, len(top))


def names(heads: Rows) -> list[tuple[str, ...]]:
    """The text of each column without blanks and line breaks beyond need."""
    return [(t,) if t else () for t in questions(heads)]


def questions(heads: Rows) -> list[str]:
    """What was asked; the rows of a grid stand in brackets already."""
    return [re.sub(r"\s*\[", " [", t) for t in cells(heads, 0)]
