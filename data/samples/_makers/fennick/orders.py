"""The orders: shopping trips that begin by season, and the orders that follow each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ..chance import Chance
from ..dates import any_moment, days_of
from ..files import Csv, csv_bytes, decimal_comma
from .customers import Customer
from .truths import COMES_BACK, FIRST_DAY, LAST_DAY, MONTHS, SEASON, VALUES

TRIPS_A_DAY = 8.7
BEGINS = FIRST_DAY - timedelta(days=200)  # so that the first month already has customers who come back
BACK_AFTER = (8, 80)
APART = timedelta(days=95)  # from a last order to the next trip, so that nobody comes back by accident

CATEGORIES = {"Kitchen": 36, "Living": 28, "Textiles": 21, "Garden": 15}
FOUND_IN = {"web": 48, "app": 26, "shop": 26}
ORDERED_IN = {
    "web": {"web": 78, "app": 6, "shop": 16},
    "app": {"app": 80, "web": 8, "shop": 12},
    "shop": {"shop": 82, "web": 10, "app": 8},
}
WAYS = {"Delivery": 58, "Collect": 42}
KEPT_PART = 0.4  # of the returns, those of a part of the order
TWICE = 0.004

HEADER = ("Order", "Customer No", "Placed", "Sold in", "Department", "Net value", "Status")
STYLE = Csv(delimiter=";")


@dataclass(frozen=True)
class Order:
    """One order, as it was placed."""

    number: int
    customer: Customer
    placed: datetime
    found: str
    channel: str
    category: str
    way: str
    cents: int

    @property
    def id(self) -> str:
        """The order's number as the shop writes it."""
        return f"FR-{self.number}"


def draw_orders(customers: Sequence[Customer], chance: Chance) -> list[Order]:
    """Return all orders in the order in which they were placed."""
    placed = sorted(draw_trips(customers, chance), key=lambda row: (row[1], row[0].id))
    kept = [row for row in placed if FIRST_DAY <= row[1].date() <= LAST_DAY]
    return [draw_order(500_001 + number, *row, chance=chance) for number, row in enumerate(kept)]


def draw_trips(customers: Sequence[Customer], chance: Chance) -> Iterator[tuple[Customer, datetime]]:
    """Yield customer and moment of each order; how often one follows another depends on where they came from."""
    free_from: dict[str, date] = {}
    for day in days_of(BEGINS, LAST_DAY):
        for _ in range(chance.rounded(TRIPS_A_DAY * SEASON.get(day.month, 1.0))):
            customer = any_free(customers, free_from, day, chance)
            at = day
            yield customer, any_moment(at, chance)
            while chance.happens(COMES_BACK[customer.route]):
                at += timedelta(days=chance.between(*BACK_AFTER))
                yield customer, any_moment(at, chance)
            free_from[customer.id] = at + APART


def any_free(customers: Sequence[Customer], free_from: Mapping[str, date], day: date, chance: Chance) -> Customer:
    """Return a customer who is there and has not bought lately."""
    while True:
        customer = chance.one_of(customers)
        if customer.since <= max(day, FIRST_DAY) and free_from.get(customer.id, day) <= day:
            return customer


def draw_order(number: int, customer: Customer, placed: datetime, *, chance: Chance) -> Order:
    """Return an order with what was bought, where, and how it gets home."""
    found = chance.weighed(FOUND_IN)
    low, high = chance.weighed(VALUES)
    return Order(
        number=number,
        customer=customer,
        placed=placed,
        found=found,
        channel=chance.weighed(ORDERED_IN[found]),
        category=chance.weighed(CATEGORIES),
        way=chance.weighed(WAYS),
        cents=chance.between(100 * low, 100 * high),
    )


def order_files(orders: Sequence[Order], returned: Mapping[int, date], chance: Chance) -> Mapping[str, bytes]:
    """Return one export a month; what is returned in a later month comes again in that month's file."""
    rows: dict[date, list[Sequence[object]]] = {month: [] for month in MONTHS}
    for order in orders:
        month, back = order.placed.date().replace(day=1), returned.get(order.number)
        kept = order.cents * chance.between(30, 70) // 100 if chance.happens(KEPT_PART) else 0
        row = order_row(order, None if back is None or back > month else kept)
        rows[month] += [row, row] if chance.happens(TWICE) else [row]
        if back is not None and month < back <= MONTHS[-1]:
            rows[back].append(order_row(order, kept))
    return {f"data/orders/orders_{month:%Y-%m}.csv": csv_bytes(HEADER, rows[month], STYLE) for month in MONTHS}


def order_row(order: Order, kept: int | None) -> Sequence[object]:
    """Return a line of the export; `kept` is the value after a return, None without one."""
    status = "" if kept is None else "part returned" if kept else "returned"
    cents = order.cents if kept is None else kept
    placed = f"{order.placed:%d.%m.%Y %H:%M}"
    return order.id, order.customer.id, placed, order.channel, order.category, decimal_comma(cents), status
