"""The customers: where they live, where they came from, and since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ..chance import Chance
from ..dates import any_day, month_end
from ..files import Csv, csv_bytes, yes_no
from .truths import FIRST_DAY, MONTHS

ALREADY_THERE = 2900
JOIN_A_MONTH = 60
EARLIEST = date(2021, 3, 1)

REGIONS = {"Coast": 30, "Hills": 22, "Lakes": 20, "Metro": 28}
SEGMENTS = {"Club": 38, "Club Gold": 12, "No card": 50}
ROUTES = {"Shop": 34, "Web search": 30, "Marketplace": 24, "Friend": 12}
MAY_CONTACT = 0.88

HEADER = ("Customer No", "Home region", "Loyalty", "First came through", "Customer since", "May contact")


@dataclass(frozen=True)
class Customer:
    """A customer as the customer list has them."""

    id: str
    region: str
    segment: str
    route: str
    since: date
    may_contact: bool


def draw_customers(chance: Chance) -> list[Customer]:
    """Return the customers in the order in which they came."""
    eve = FIRST_DAY - timedelta(days=1)
    days = [any_day(EARLIEST, eve, chance) for _ in range(ALREADY_THERE)]
    for month in MONTHS:
        days += [any_day(month, month_end(month), chance) for _ in range(JOIN_A_MONTH)]
    number, customers = 20_000, []
    for day in sorted(days):
        number += chance.between(1, 7)
        traits = chance.weighed(REGIONS), chance.weighed(SEGMENTS), chance.weighed(ROUTES)
        customers.append(Customer(f"K{number}", *traits, since=day, may_contact=chance.happens(MAY_CONTACT)))
    return customers


def customer_file(customers: Sequence[Customer]) -> bytes:
    """Return the customer list."""
    rows = [(c.id, c.region, c.segment, c.route, c.since, yes_no(c.may_contact)) for c in customers]
    return csv_bytes(HEADER, rows, Csv(line_end="\r\n"))
