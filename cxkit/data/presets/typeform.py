"""Typeform: `#`, the questions in full, then dates in UTC; several answers to one question are a column each."""

from __future__ import annotations

from collections.abc import Mapping

from cxkit.data.presets.base import Many, Rows, cells, place_of

__all__ = ["header_rows", "names", "questions", "recognise"]

LABEL: str = "Typeform"
_SUBMITTED = ("Submit Date (UTC)", "Submitted At", "Submit Date", "Submitted at (UTC)")
ROLES: Many = {
    "response_id": ("#", "Token", "Response ID", "Network ID"),
    "responded_at": (*_SUBMITTED, "Stage Date (UTC)", "Start Date (UTC)"),
    "customer_id": ("customer_id", "client_id", "account_id", "user_id"),
}
DIMENSIONS: Mapping[str, str] = {}
PEOPLE: tuple[str, ...] = ("Network ID", "Email", "First name", "Last name", "Phone number")
OWN: tuple[str, ...] = (
    "Start Date (UTC)",
    "Stage Date (UTC)",
    "Submit Date (UTC)",
    "Tags",
    "Ending",
    "Response Type",
    "Start Date",
)
LEAVE_OUT: Mapping[str, Many] = {}
USUAL: Many = {}
WHOLE: Many = {"Response Type": ("completed",)}


def recognise(top: Rows) -> str:
    """Why the file seems to come from Typeform."""
    row = cells(top, 0)
    found = [n for n in ("#", "Network ID", "Start Date (UTC)", "Stage Date (UTC)", "Submit Date (UTC)") if n in row]
    surely = {"Network ID", "Submit Date (UTC)"} & set(found)
    return f"the columns {' and '.join(found[-2:])} are there" if surely and len(found) >= 2 else ""


def header_rows(top: Rows) -> int:
    """Always one."""
    return min(1, len(top))


def names(heads: Rows) -> list[tuple[str, ...]]:
    """The question of each column without markup, and the usual name of the date."""
    submitted = place_of(cells(heads, 0), *_SUBMITTED)
    return [
        tuple(n for n in (text, _SUBMITTED[0] if i == submitted else "") if n)
        for i, text in enumerate(questions(heads))
    ]


def questions(heads: Rows) -> list[str]:
    """What was asked, without the markup that the tool leaves in."""
    return [t.replace("*", "").strip() for t in cells(heads, 0)]
