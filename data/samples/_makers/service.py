"""Ordinary service: cases of one to three contacts, for the samples that come after the first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from .chance import Chance
from .dates import any_moment, days_of
from .files import yes_no

WEEKDAYS = (1.25, 1.15, 1.1, 1.1, 1.0, 0.8, 0.6)

# A contact counts as a return within seven days. Days apart keep the returns that are meant from those by accident.
RETURN_DAYS = (1, 6)
QUIET = timedelta(days=20)
SOLVED_BEFORE_RETURN, SOLVED_AT_LAST = 0.25, 0.94


@dataclass(frozen=True)
class Service:
    """How a company's service works.

    Attributes:
        reasons: Weights of the reasons.
        channels: Weights of the channels of a first contact.
        returns: Share of contacts after which the customer comes back.
        stays: Share of returns in the same channel.
        in_time: Share of contacts closed within three days.
        carried: Share of changes of channel at which the case note comes along.
    """

    reasons: Mapping[str, int]
    channels: Mapping[str, int]
    returns: float
    stays: float
    in_time: float
    carried: float


@dataclass(frozen=True)
class Contact:
    """One contact, as it stands once it is closed."""

    case: int
    customer: str
    opened: datetime
    closed: datetime
    channel: str
    reason: str
    solved: str
    carried: str


def draw_contacts(
    service: Service,
    *,
    days: tuple[date, date],
    a_day: Callable[[date], float],
    anyone: Callable[[date], str],
    chance: Chance,
) -> list[Contact]:
    """Return all contacts up to the last day, in the order in which they were opened.

    Args:
        service: How the service works.
        days: First and last day.
        a_day: How many cases begin on a day, on average.
        anyone: A customer who may have a case that begins on a day.
        chance: The stream that decides.
    """
    contacts: list[Contact] = []
    free_from: dict[str, date] = {}
    for day in days_of(*days):
        for _ in range(chance.rounded(a_day(day) * WEEKDAYS[day.weekday()])):
            customer = anyone(day)
            if free_from.get(customer, day) <= day:
                free_from[customer] = day + QUIET
                contacts += draw_case(10_001 + len(contacts), customer, day, service=service, chance=chance)
    return sorted((c for c in contacts if c.opened.date() <= days[1]), key=lambda c: (c.opened, c.case))


def draw_case(case: int, customer: str, day: date, *, service: Service, chance: Chance) -> Iterator[Contact]:
    """Yield the contacts of one case."""
    reason, before, returns, number = chance.weighed(service.reasons), "", True, 0
    while returns:
        number += 1
        returns = number < 3 and chance.happens(service.returns)
        channel = before if before and chance.happens(service.stays) else chance.weighed(service.channels)
        opened = any_moment(day, chance)
        yield Contact(
            case=case,
            customer=customer,
            opened=opened,
            closed=opened + draw_wait(service, chance),
            channel=channel,
            reason=reason,
            solved=yes_no(chance.happens(SOLVED_BEFORE_RETURN if returns else SOLVED_AT_LAST)),
            carried=yes_no(chance.happens(service.carried)) if before not in ("", channel) else "",
        )
        before, day = channel, day + timedelta(days=chance.between(*RETURN_DAYS))


def draw_wait(service: Service, chance: Chance) -> timedelta:
    """Return how long a contact stays open: some hours, or four to seven days."""
    in_time = chance.happens(service.in_time)
    return timedelta(minutes=chance.between(10, 60 * 60) if in_time else chance.between(4 * 1440, 7 * 1440))


def rows_by_month(
    contacts: Sequence[Contact], months: Sequence[date], row: Callable[[int, Contact, bool], Sequence[object]]
) -> Mapping[date, list[Sequence[object]]]:
    """Return the rows of each month's export; what was open at its end comes again, closed, in the next one.

    Args:
        contacts: In the order in which they were opened.
        months: First day of each month.
        row: Makes the line of a contact from its number and whether it is open still.
    """
    rows: dict[date, list[Sequence[object]]] = {month: [] for month in months}
    for number, contact in enumerate(contacts):
        opened, closed = (moment.date().replace(day=1) for moment in (contact.opened, contact.closed))
        rows[opened].append(row(number, contact, closed > opened))
        if opened < closed <= months[-1]:
            rows[closed].append(row(number, contact, False))
    return rows
