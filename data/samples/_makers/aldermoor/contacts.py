"""The contacts: ordinary service, and moving home in five steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ..chance import Chance
from ..dates import any_moment, days_of
from ..files import Csv, csv_bytes, yes_no
from .customers import Account
from .truths import (
    CARRIED_ELSEWHERE,
    CARRIED_IN_WORST_SWITCH,
    FALL_OUT,
    FIRST_DAY,
    LAST_DAY,
    MONTHS,
    RECONTACT,
    STEPS,
    WORST_SWITCH,
)

SERVICE_CASES_A_DAY = 0.0102  # an active account
MOVING_CASES_A_DAY = 0.00086
WEEKDAYS = (1.25, 1.15, 1.1, 1.1, 1.0, 0.8, 0.6)

# A contact counts as a return within seven days. Days apart keep the returns that are meant from those by accident.
RETURN_DAYS = (1, 6)
STEP_DAYS = (8, 14)
QUIET = timedelta(days=8)
LONGEST_SERVICE = timedelta(days=12)
LONGEST_MOVE = timedelta(days=56)
AFTER_END = timedelta(days=30)

REASONS = {"billing": 38, "meter": 20, "payment plan": 17, "tariff": 25}
FIRST_CHANNEL = {"chat": 28, "phone": 32, "email": 16, "app": 12, "web": 12}
NEXT_CHANNEL = {
    "chat": {"chat": 35, "phone": 40, "email": 10, "app": 8, "web": 7},
    "phone": {"phone": 55, "chat": 15, "email": 12, "app": 9, "web": 9},
    "email": {"email": 45, "phone": 20, "chat": 13, "app": 11, "web": 11},
    "app": {"app": 40, "chat": 25, "phone": 15, "email": 10, "web": 10},
    "web": {"web": 40, "chat": 25, "phone": 15, "email": 10, "app": 10},
}
MINUTES = {"chat": (5, 30), "phone": (3, 20), "email": (60, 900), "app": (60, 900), "web": (60, 900)}
TRANSFERRED = 0.09
SOLVED_BEFORE_RETURN, SOLVED_AT_LAST = 0.25, 0.94

HEADER = (
    "Ticket",
    "Case",
    "Account",
    "Opened",
    "Closed",
    "Channel",
    "Reason",
    "Step",
    "Solved",
    "Transferred",
    "Case note carried over",
)


@dataclass(frozen=True)
class Visit:
    """A day on which a case is taken up, and how that ends."""

    day: date
    step: str
    solved: bool


@dataclass(frozen=True)
class Contact:
    """One interaction, as it stands once it is closed."""

    case: int
    account: Account
    opened: datetime
    closed: datetime
    channel: str
    reason: str
    step: str
    solved: str
    transferred: str
    carried: str


def draw_contacts(accounts: Sequence[Account], chance: Chance) -> list[Contact]:
    """Return all contacts up to the last day, in the order in which they were opened."""
    contacts: list[Contact] = []
    for number, (account, day, moving) in enumerate(draw_cases(accounts, chance)):
        contacts += draw_case(10_001 + number, account, day, moving=moving, chance=chance)
    return sorted((c for c in contacts if c.opened.date() <= LAST_DAY), key=lambda c: (c.opened, c.case))


def draw_cases(accounts: Sequence[Account], chance: Chance) -> Iterator[tuple[Account, date, bool]]:
    """Yield account and first day of each case, and whether it is a move; never two at once for one account."""
    free_from: dict[str, date] = {}
    for day in days_of(FIRST_DAY, LAST_DAY):
        there = [account for account in accounts if account.active(day, day)]
        for moving, rate in ((False, SERVICE_CASES_A_DAY), (True, MOVING_CASES_A_DAY)):
            longest = LONGEST_MOVE if moving else LONGEST_SERVICE
            for _ in range(chance.rounded(len(there) * rate * WEEKDAYS[day.weekday()])):
                account = chance.one_of(there)
                if free_from.get(account.id, day) <= day and day + longest <= account.last_day + AFTER_END:
                    free_from[account.id] = day + longest + QUIET
                    yield account, day, moving


def draw_case(number: int, account: Account, day: date, *, moving: bool, chance: Chance) -> Iterator[Contact]:
    """Yield the contacts of one case."""
    reason = "moving" if moving else chance.weighed(REASONS)
    before = None
    for visit in moving_visits(day, chance) if moving else service_visits(day, chance):
        channel = chance.weighed(NEXT_CHANNEL[before] if before else FIRST_CHANNEL)
        opened = any_moment(visit.day, chance)
        low, high = MINUTES[channel]
        yield Contact(
            case=number,
            account=account,
            opened=opened,
            closed=opened + timedelta(seconds=chance.between(60 * low, 60 * high)),
            channel=channel,
            reason=reason,
            step=visit.step,
            solved=yes_no(visit.solved),
            transferred=yes_no(chance.happens(TRANSFERRED)),
            carried=draw_carried(before, channel, chance),
        )
        before = channel


def service_visits(day: date, chance: Chance) -> list[Visit]:
    """Return the one to three contacts of an ordinary case."""
    visits: list[Visit] = []
    returns = True
    while returns:
        returns = len(visits) < 2 and chance.happens(RECONTACT)
        visits.append(Visit(day, "", solved=chance.happens(SOLVED_BEFORE_RETURN if returns else SOLVED_AT_LAST)))
        day += timedelta(days=chance.between(*RETURN_DAYS))
    return visits


def moving_visits(day: date, chance: Chance) -> list[Visit]:
    """Return the steps of a move, up to the one it ends at."""
    visits: list[Visit] = []
    for step in STEPS:
        stops = chance.happens(FALL_OUT.get(step, 0))
        visits.append(Visit(day, step, solved=not stops))
        if stops:
            break
        day += timedelta(days=chance.between(*STEP_DAYS))
    return visits


def draw_carried(before: str | None, channel: str, chance: Chance) -> str:
    """Return whether the case note came along; empty where the channel did not change."""
    if before in (None, channel):
        return ""
    return yes_no(chance.happens(CARRIED_IN_WORST_SWITCH if (before, channel) == WORST_SWITCH else CARRIED_ELSEWHERE))


def ticket_files(contacts: Sequence[Contact]) -> Mapping[str, bytes]:
    """Return one export a month; what was open at its end comes again, closed, in the next one."""
    rows: dict[date, list[Sequence[object]]] = {month: [] for month in MONTHS}
    for number, contact in enumerate(contacts):
        opened, closed = (moment.date().replace(day=1) for moment in (contact.opened, contact.closed))
        rows[opened].append(ticket_row(f"T{100_001 + number}", contact, open_still=closed > opened))
        if opened < closed <= MONTHS[-1]:
            rows[closed].append(ticket_row(f"T{100_001 + number}", contact, open_still=False))
    return {f"data/ticketing/tickets_{month:%Y-%m}.csv": csv_bytes(HEADER, rows[month], Csv()) for month in MONTHS}


def ticket_row(ticket: str, contact: Contact, *, open_still: bool) -> Sequence[object]:
    """Return a line of the export."""
    return (
        ticket,
        f"C{contact.case}",
        contact.account.id,
        contact.opened.isoformat(),
        None if open_still else contact.closed.isoformat(),
        contact.channel,
        contact.reason,
        contact.step,
        None if open_still else contact.solved,
        contact.transferred,
        contact.carried,
    )
