"""Ordinary service: questions about parts, invoices, papers and training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from ..chance import Chance
from ..files import Csv, csv_bytes
from ..service import Contact, Service, draw_contacts, rows_by_month
from .accounts import Account
from .truths import FIRST_DAY, IN_TIME, LAST_DAY, MONTHS, RECONTACT

CASES_A_DAY = 6.4
SERVICE = Service(
    reasons={"spare part": 48, "papers": 20, "invoice": 18, "training": 14},
    channels={"phone": 44, "e-mail": 38, "portal": 18},
    returns=RECONTACT,
    stays=0.45,
    in_time=IN_TIME,
    carried=0.9,
)
HEADER = ("Contact", "Case", "Account", "Opened", "Closed", "Channel", "Reason", "Solved")


def service_contacts(accounts: Sequence[Account], chance: Chance) -> list[Contact]:
    """Return all service contacts."""

    def anyone(day: date) -> str:
        while True:
            account = chance.one_of(accounts)
            if account.active(day, day):
                return account.id

    return draw_contacts(SERVICE, days=(FIRST_DAY, LAST_DAY), a_day=lambda _: CASES_A_DAY, anyone=anyone, chance=chance)


def contact_files(contacts: Sequence[Contact]) -> Mapping[str, bytes]:
    """Return one export a month."""
    rows = rows_by_month(contacts, MONTHS, contact_row)
    return {f"data/service/contacts_{month:%Y-%m}.csv": csv_bytes(HEADER, rows[month], Csv()) for month in MONTHS}


def contact_row(number: int, contact: Contact, open_still: bool) -> Sequence[object]:
    """Return a line of the export."""
    return (
        f"S{30_001 + number}",
        f"C{contact.case}",
        contact.customer,
        contact.opened.isoformat(sep=" "),
        None if open_still else contact.closed.isoformat(sep=" "),
        contact.channel,
        contact.reason,
        None if open_still else contact.solved,
    )
