"""The journey of an order: found, ordered, delivered or collected, unpacked, sometimes returned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ..chance import Chance
from ..dates import any_moment
from ..files import Csv, csv_bytes, yes_no
from .customers import Customer
from .orders import FOUND_IN, Order
from .truths import (
    CARRIED_ELSEWHERE,
    CARRIED_FROM_WEB,
    COLLECT_FALL_OUT,
    COLLECT_FROM,
    FALL_OUT,
    LAST_DAY,
    MONTHS,
    RETURNED,
)

# Days from the step before to the one named; a parcel that comes in the morning may be unpacked the same evening.
DAYS = {"Delivery": (2, 6), "Collect": (1, 4), "Unpack": (1, 3), "Return": (2, 20)}
SAME_DAY, MINUTES_TO_UNPACK = 0.45, (30, 180)
SEARCH = (2, 45)
CHANNELS = {
    "Delivery": {"courier": 1},
    "Collect": {"shop": 1},
    "Unpack": {"web": 45, "app": 55},
    "Return": {"shop": 55, "courier": 45},
}

HEADER = ("Event", "Journey", "Customer No", "At", "Step", "Where", "Order known")


@dataclass(frozen=True)
class Event:
    """One step of one journey."""

    journey: int
    customer: Customer
    at: datetime
    step: str
    channel: str
    carried: str
    order: int | None


def draw_events(orders: Sequence[Order], customers: Sequence[Customer], chance: Chance) -> list[Event]:
    """Return the steps of all journeys up to the last day, as they happened."""
    events: list[Event] = []
    journey = 70_000
    for order in orders:
        journey += 1
        events += order_journey(journey, order, chance)
        while chance.happens(FALL_OUT["Find"]):
            journey += 1
            events.append(only_found(journey, order.placed, customers, chance))
    return sorted((e for e in events if e.at.date() <= LAST_DAY), key=lambda e: (e.at, e.journey))


def only_found(journey: int, near: datetime, customers: Sequence[Customer], chance: Chance) -> Event:
    """Return the one event of a customer who found something and did not order."""
    while True:
        customer = chance.one_of(customers)
        if customer.since <= near.date():
            at = near - timedelta(minutes=chance.between(*SEARCH))
            return Event(journey, customer, at, "Find", chance.weighed(FOUND_IN), "", None)


def order_journey(journey: int, order: Order, chance: Chance) -> Iterator[Event]:
    """Yield the steps of an order, up to the one at which it ends."""
    at, before = order.placed - timedelta(minutes=chance.between(*SEARCH)), order.found
    yield Event(journey, order.customer, at, "Find", before, "", order.number)
    for step in ("Order", order.way, "Unpack", "Return"):
        if step == "Return" and not chance.happens(RETURNED):
            return
        at = order.placed if step == "Order" else next_moment(step, at, chance)
        channel = order.channel if step == "Order" else chance.weighed(CHANNELS[step])
        carried = draw_carried(before, channel, chance)
        yield Event(journey, order.customer, at, step, channel, carried, order.number)
        if chance.happens(fall_out(step, at.date())):
            return
        before = channel


def next_moment(step: str, at: datetime, chance: Chance) -> datetime:
    """Return when a step happens that follows one at `at`."""
    if step == "Unpack" and chance.happens(SAME_DAY):
        return at + timedelta(minutes=chance.between(*MINUTES_TO_UNPACK))
    return any_moment(at.date() + timedelta(days=chance.between(*DAYS[step])), chance)


def fall_out(step: str, day: date) -> float:
    """Return the share of journeys that end at a step on a day."""
    return COLLECT_FALL_OUT if step == "Collect" and day >= COLLECT_FROM else FALL_OUT.get(step, 0.0)


def draw_carried(before: str, channel: str, chance: Chance) -> str:
    """Return whether the shop knew; empty unless a customer comes into one from elsewhere."""
    if channel != "shop" or before == "shop":
        return ""
    return yes_no(chance.happens(CARRIED_FROM_WEB if before == "web" else CARRIED_ELSEWHERE))


def returns_of(events: Sequence[Event]) -> Mapping[int, date]:
    """Return the first day of the month of its return, by order."""
    return {e.order: e.at.date().replace(day=1) for e in events if e.step == "Return" and e.order is not None}


def step_files(events: Sequence[Event]) -> Mapping[str, bytes]:
    """Return one export a month."""
    rows: dict[date, list[Sequence[object]]] = {month: [] for month in MONTHS}
    for number, e in enumerate(e for e in events if e.at.date() >= MONTHS[0]):
        row = (
            f"E{200_001 + number}",
            f"J{e.journey}",
            e.customer.id,
            f"{e.at:%Y-%m-%d %H:%M}",
            e.step,
            e.channel,
            e.carried,
        )
        rows[e.at.date().replace(day=1)].append(row)
    return {f"data/journey/steps_{month:%Y-%m}.csv": csv_bytes(HEADER, rows[month], Csv()) for month in MONTHS}
