"""Qualtrics: three header rows (short tag, full text, `ImportId` as JSON), or the two of its legacy export."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cxkit.data.presets.base import Many, Rows, cells, place_of, plain

__all__ = ["header_rows", "names", "questions", "recognise"]

LABEL: str = "Qualtrics"
ROLES: Many = {
    "response_id": ("ResponseId", "ResponseID", "Response ID"),
    "responded_at": ("RecordedDate", "Recorded Date", "EndDate", "End Date"),
    "customer_id": ("ExternalReference", "ExternalDataReference", "External Data Reference"),
    "channel": ("DistributionChannel", "Distribution Channel"),
}
DIMENSIONS: Mapping[str, str] = {"language": "UserLanguage"}
PEOPLE: tuple[str, ...] = (
    "IPAddress", "IP Address", "RecipientLastName", "RecipientFirstName", "RecipientEmail", "LocationLatitude",
    "LocationLongitude", "LocationAccuracy", "Name", "EmailAddress", "Recipient Last Name", "Recipient First Name",
    "Recipient Email", "Location Latitude", "Location Longitude",
)  # fmt: skip
OWN: tuple[str, ...] = (
    "StartDate", "EndDate", "RecordedDate", "Start Date", "End Date", "Recorded Date", "Status", "Response Type",
    "Progress", "Finished", "Duration (in seconds)", "ResponseSet", "ExternalDataReference", "User Language",
)  # fmt: skip

# The number of a status adds up: 1 preview, 2 test, 4 imported, 8 spam, 16 offline.
LEAVE_OUT: Mapping[str, Many] = {
    "Status": {
        "a preview or a test": (
            "1", "2", "3", "9", "10", "17", "18", "Survey Preview", "Survey Test", "Preview", "Test",
            "Survey Preview Spam", "Survey Preview - Spam", "Offline Survey Preview", "Offline Preview",
        ),
        "spam": ("8", "12", "24", "40", "Spam", "Imported Spam", "Imported - Spam", "EX Spam", "EX - Spam"),
    },
}  # fmt: skip
USUAL: Many = {
    "Status": ("0", "4", "16", "32", "48", "IP Address", "IP-Adresse", "Imported", "Offline", "EX", "EX Offline")
}
WHOLE: Many = {
    "Finished": ("True", "1", "Wahr", "Vrai", "Waar", "Yes"),
    "Progress": ("100", "100%"),
}

_MARK = re.compile(r"import\s*id|^\{\W{0,4}imp", re.IGNORECASE)
_QUOTES = "\"'\\\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u00ab\u00bb`\u2033 "
_QUOTED = f"[{re.escape(_QUOTES)}]*"
_ID = re.compile(rf"import\s*id{_QUOTED}:{_QUOTED}([^{re.escape(_QUOTES)},}}]+)", re.IGNORECASE)
_OWN_IDS = {
    "startDate": "StartDate", "endDate": "EndDate", "status": "Status", "ipAddress": "IPAddress",
    "progress": "Progress", "duration": "Duration (in seconds)", "finished": "Finished",
    "recordedDate": "RecordedDate", "_recordId": "ResponseId", "recipientLastName": "RecipientLastName",
    "recipientFirstName": "RecipientFirstName", "recipientEmail": "RecipientEmail",
    "externalDataReference": "ExternalReference", "locationLatitude": "LocationLatitude",
    "locationLongitude": "LocationLongitude", "distributionChannel": "DistributionChannel",
    "userLanguage": "UserLanguage",
}  # fmt: skip
"""What the tool calls its own columns in the language of the file, by their import ids."""


def recognise(top: Rows) -> str:
    """Why the file seems to come from Qualtrics."""
    row = _import_row(top)
    if row is not None:
        return f"row {row + 1} of the header holds ImportId"
    for i in range(min(2, len(top))):
        if place_of(top[i], "ResponseID", "ResponseId", "Response ID") is not None and _own(cells(top, i)) >= 4:
            return "its own columns are there, such as ResponseId, Status and Finished"
    return ""


def header_rows(top: Rows) -> int:
    """Three with an `ImportId` row, two where the full texts stand under the tags, else one."""
    row = _import_row(top)
    if row is not None:
        return row + 1
    if _own(cells(top, 1)) >= 3:
        return 2
    date = place_of(cells(top, 0), "StartDate", "Start Date", "EndDate", "End Date", "RecordedDate")
    below = cells(top, 1)
    # Under a date stands a date, unless the row below still belongs to the header.
    return 2 if date is not None and date < len(below) and below[date] and not re.search(r"\d", below[date]) else 1


def names(heads: Rows) -> list[tuple[str, ...]]:
    """The full text, the import id and the English name of each column."""
    ids, texts = _ids(heads), questions(heads)
    found: list[tuple[str, ...]] = []
    for i in range(len(heads[0]) if heads else 0):
        own = _OWN_IDS.get(ids[i], "") or (_english(texts[i]) if not ids[i] else "")
        found.append(tuple(n for n in dict.fromkeys((texts[i], ids[i], own)) if n))
    return found


def questions(heads: Rows) -> list[str]:
    """The full text of each column: the second row, or the first where there is no other."""
    tags, texts = cells(heads, 0), cells(heads, 1)
    if len(heads) < 2 or _import_row(heads) == 1:
        return tags
    return [t or tag for tag, t in zip(tags, [*texts, *[""] * len(tags)], strict=False)]


def _ids(heads: Rows) -> list[str]:
    row = _import_row(heads)
    found = [_ID.search(text) for text in cells(heads, row)] if row is not None else []
    ids = [m[1].strip() if m else "" for m in found]
    return [*ids, *[""] * len(heads[0] if heads else [])]


def _english(text: str) -> str:
    """The usual name of an own column of the legacy export, which heads it by V1, V2 and so on."""
    known = {plain(n): n for n in ("ResponseID", "Status", "Finished", "Progress", "StartDate", "EndDate")}
    return known.get(plain(text), "")


def _import_row(top: Rows) -> int | None:
    """Where the row of import ids stands, however its JSON was mangled on the way."""
    for i in range(min(5, len(top))):
        filled = [v for v in cells(top, i) if v]
        if filled and 2 * sum(bool(_MARK.search(v) or v.startswith("{")) for v in filled) > len(filled):
            return i if any(_MARK.search(v) for v in filled) else None
    return None


def _own(row: list[str]) -> int:
    known = {plain(n) for n in (*OWN, *PEOPLE, *(n for own in ROLES.values() for n in own))}
    return sum(plain(name) in known for name in row if name)
