"""The journey of a fault: reported, judged, a visit planned, the part delivered, the machine repaired."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ..chance import Chance
from ..dates import any_moment, days_of
from ..files import Csv, csv_bytes
from .accounts import Account
from .truths import FALL_OUT, FIRST_DAY, LARGE_ACCOUNT, LAST_DAY, MONTHS, PART_DAYS, PART_DAYS_SLOW, SLOW_REGION

REPAIRS_A_DAY = 3.6
LARGE_SHARE = 0.03  # of all repairs are those of the large account
STEPS = ("Report fault", "Triage", "Visit planned", "Part delivered", "Repaired")
DAYS = {"Triage": (1, 1), "Visit planned": (1, 3), "Repaired": (1, 4)}
CHANNELS = {
    "Report fault": {"phone": 45, "portal": 35, "e-mail": 20},
    "Triage": {"phone": 70, "portal": 30},
    "Visit planned": {"portal": 60, "phone": 40},
    "Part delivered": {"courier": 1},
    "Repaired": {"on site": 1},
}
HEADER = ("Event", "Fault", "Account", "At", "Step", "Channel")


@dataclass(frozen=True)
class Event:
    """One step of one repair."""

    fault: int
    account: Account
    at: datetime
    step: str
    channel: str


def draw_repairs(accounts: Sequence[Account], chance: Chance) -> list[Event]:
    """Return the steps of all repairs up to the last day, as they happened."""
    events: list[Event] = []
    large = next(account for account in accounts if account.id == LARGE_ACCOUNT)
    fault = 4_000
    for day in days_of(FIRST_DAY, LAST_DAY):
        there = [account for account in accounts if account.active(day, day)]
        for _ in range(chance.rounded(REPAIRS_A_DAY)):
            fault += 1
            account = large if chance.happens(LARGE_SHARE) else chance.one_of(there)
            events += draw_repair(fault, account, day, chance)
    return sorted((e for e in events if e.at.date() <= LAST_DAY), key=lambda e: (e.at, e.fault))


def draw_repair(fault: int, account: Account, day: date, chance: Chance) -> Iterator[Event]:
    """Yield the steps of one repair, up to the one at which it ends."""
    for step in STEPS:
        if step != STEPS[0]:
            if chance.happens(FALL_OUT):
                return
            day += timedelta(days=chance.between(*days_to(step, account.region)))
        yield Event(fault, account, any_moment(day, chance), step, chance.weighed(CHANNELS[step]))


def days_to(step: str, region: str) -> tuple[int, int]:
    """Return the fewest and most days from the step before to this one."""
    if step == "Part delivered":
        return PART_DAYS_SLOW if region == SLOW_REGION else PART_DAYS
    return DAYS[step]


def repair_files(events: Sequence[Event]) -> Mapping[str, bytes]:
    """Return one export a month, in the encoding of the old service system."""
    rows: dict[date, list[Sequence[object]]] = {month: [] for month in MONTHS}
    for number, e in enumerate(events):
        row = (f"H{20_001 + number}", f"F{e.fault}", e.account.id, f"{e.at:%d.%m.%Y %H:%M}", e.step, e.channel)
        rows[e.at.date().replace(day=1)].append(row)
    style = Csv(delimiter=";", line_end="\r\n", encoding="cp1252")
    return {f"data/repairs/repairs_{month:%Y-%m}.csv": csv_bytes(HEADER, rows[month], style) for month in MONTHS}
