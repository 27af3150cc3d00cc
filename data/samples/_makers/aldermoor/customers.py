"""The accounts: who joined when, on which product, and who left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ..chance import Chance
from ..dates import any_day, month_end
from ..files import xlsx_bytes, yes_no
from .truths import FIRST_DAY, LEAVE_FIXED, LEAVE_VARIABLE, MONTHS

ALREADY_THERE = 1800
JOIN_A_MONTH = 44
EARLIEST_START = date(2020, 1, 1)
NEVER = date(9999, 1, 1)

SEGMENTS = {"Household": 74, "Small business": 16, "Landlord": 10}
REGIONS = {"North": 32, "South": 40, "Coast": 28}
PRODUCTS = {"Fixed 12": 40, "Fixed 24": 25, "Variable": 35}
ROUTES = {"Web": 45, "Partner": 25, "Door": 12, "Phone": 18}
PAPERLESS = 0.63
MAY_CONTACT = 0.88

HEADER = (
    "Account ID",
    "Segment",
    "Region",
    "Product",
    "Acquired via",
    "Contract start",
    "Contract end",
    "Paperless",
    "May contact",
)


@dataclass(frozen=True)
class Account:
    """A customer's contract; `end` is None while it runs."""

    id: str
    segment: str
    region: str
    product: str
    route: str
    start: date
    end: date | None
    paperless: str

    @property
    def last_day(self) -> date:
        """The last day under contract, or a day no export reaches."""
        return self.end or NEVER

    def active(self, first: date, last: date) -> bool:
        """Whether any day from `first` to `last` is under contract."""
        return self.start <= last and self.last_day >= first


def draw_accounts(chance: Chance) -> list[Account]:
    """Return the accounts in the order in which they joined."""
    eve = FIRST_DAY - timedelta(days=1)
    starts = [any_day(EARLIEST_START, eve, chance) for _ in range(ALREADY_THERE)]
    for month in MONTHS:
        starts += [any_day(month, month_end(month), chance) for _ in range(JOIN_A_MONTH)]
    number, accounts = 100_000, []
    for start in sorted(starts):
        number += chance.between(1, 5)
        accounts.append(draw_account(f"AC-{number}", start, chance))
    return accounts


def draw_account(name: str, start: date, chance: Chance) -> Account:
    """Return one account with its traits and, perhaps, its end."""
    product = chance.weighed(PRODUCTS)
    return Account(
        id=name,
        segment=chance.weighed(SEGMENTS),
        region=chance.weighed(REGIONS),
        product=product,
        route=chance.weighed(ROUTES),
        start=start,
        end=draw_end(start, product, chance),
        paperless="Yes" if chance.happens(PAPERLESS) else "No",
    )


def draw_end(start: date, product: str, chance: Chance) -> date | None:
    """Return the day the customer leaves; the months after the one of joining are all alike."""
    share = LEAVE_VARIABLE if product == "Variable" else LEAVE_FIXED
    for month in MONTHS:
        if month > start and chance.happens(share):
            return any_day(month, month_end(month), chance)
    return None


def account_file(accounts: Sequence[Account], consent: Chance) -> bytes:
    """Return the export of the CRM; who may be contacted is drawn last, so that all else stays as it was."""
    rows = [
        (
            a.id,
            a.segment,
            a.region,
            a.product,
            a.route,
            a.start,
            a.end,
            a.paperless,
            yes_no(consent.happens(MAY_CONTACT)),
        )
        for a in accounts
    ]
    return xlsx_bytes("Accounts", HEADER, rows, made=datetime(2026, 11, 2, 9, 0))
