"""Ordinary service: more of it when more is sold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from ..chance import Chance
from ..files import Csv, csv_bytes
from ..service import Contact, Service, draw_contacts, rows_by_month
from .customers import Customer
from .truths import CARRIED_ELSEWHERE, FIRST_DAY, IN_TIME, LAST_DAY, MONTHS, RECONTACT, SEASON

CASES_A_DAY = 8.0
SERVICE = Service(
    reasons={"order status": 40, "product": 27, "complaint": 19, "invoice": 14},
    channels={"chat": 52, "phone": 48},
    returns=RECONTACT,
    stays=0.1,
    in_time=IN_TIME,
    carried=CARRIED_ELSEWHERE,
)
HEADER = ("Contact", "Case", "Customer No", "Opened", "Closed", "Channel", "Reason", "Solved", "Note carried over")


def service_contacts(customers: Sequence[Customer], chance: Chance) -> list[Contact]:
    """Return all service contacts."""

    def anyone(day: date) -> str:
        while True:
            customer = chance.one_of(customers)
            if customer.since <= day:
                return customer.id

    days = FIRST_DAY, LAST_DAY
    return draw_contacts(
        SERVICE, days=days, a_day=lambda d: CASES_A_DAY * SEASON.get(d.month, 1.0), anyone=anyone, chance=chance
    )


def contact_files(contacts: Sequence[Contact]) -> Mapping[str, bytes]:
    """Return one export a month."""
    rows = rows_by_month(contacts, MONTHS, contact_row)
    return {f"data/service/contacts_{month:%Y-%m}.csv": csv_bytes(HEADER, rows[month], Csv()) for month in MONTHS}


def contact_row(number: int, contact: Contact, open_still: bool) -> Sequence[object]:
    """Return a line of the export."""
    return (
        f"S{300_001 + number}",
        f"C{contact.case}",
        contact.customer,
        contact.opened.isoformat(),
        None if open_still else contact.closed.isoformat(),
        contact.channel,
        contact.reason,
        None if open_still else contact.solved,
        contact.carried,
    )
