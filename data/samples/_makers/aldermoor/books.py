"""What billing, personnel and finance keep: invoices, the team, the costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from ..chance import Chance
from ..dates import any_day, german_date, month_end
from ..files import Csv, csv_bytes, decimal_comma
from .customers import Account
from .truths import FIRST_DAY, GROWS, LAST_DAY, MONTHS, PRICE_RISE, PRICE_RISE_FROM, SHRINKS

BOOKS = Csv(delimiter=";")

TARIFFS = {"Fixed 12": "F12", "Fixed 24": "F24", "Variable": "VAR"}
FIRST_AMOUNT = {"Household": (5_500, 13_000), "Small business": (13_000, 33_000), "Landlord": (9_000, 24_000)}  # cents
GROWS_TO, SHRINKS_TO = (108, 116), (85, 95)  # per cent

JOBS = {
    ("Service phone", "Advisor"): 11,
    ("Service chat", "Advisor"): 8,
    ("Service mail", "Advisor"): 5,
    ("Moving desk", "Case worker"): 4,
    ("Service phone", "Team lead"): 2,
    ("Service chat", "Team lead"): 1,
    ("Service mail", "Team lead"): 1,
    ("Customer experience", "CX manager"): 2,
    ("Customer experience", "Journey owner"): 3,
    ("Customer experience", "Insight analyst"): 2,
    ("Customer experience", "Head of CX"): 1,
}
HOURS = {"1.0": 60, "0.8": 22, "0.5": 18}
LEFT = 0.15

COSTS = {"service": 7_100, "cx programme": 1_150, "marketing": 5_600, "total operating cost": 181_000}


def invoice_file(accounts: Sequence[Account], chance: Chance) -> bytes:
    """Return the export of billing, by month and account."""
    rows = sorted((row for account in accounts for row in invoices_of(account, chance)), key=lambda row: row[:2])
    lines = ((name, german_date(month), decimal_comma(cents), tariff) for month, name, cents, tariff in rows)
    return csv_bytes(("Account", "Invoice month", "Net amount", "Tariff"), lines, BOOKS)


def invoices_of(account: Account, chance: Chance) -> Iterator[tuple[date, str, int, str]]:
    """Yield an invoice for each month with a day under contract."""
    cents = chance.between(*FIRST_AMOUNT[account.segment])
    for month in MONTHS:
        if account.product == "Variable" and month == PRICE_RISE_FROM:
            cents = cents * PRICE_RISE // 100
        if account.active(month, month_end(month)):
            yield month, account.id, cents, TARIFFS[account.product]
        cents = next_amount(cents, chance)


def next_amount(cents: int, chance: Chance) -> int:
    """Return the amount of the following month, most often the same."""
    luck = chance.unit()
    if luck < GROWS:
        return cents * chance.between(*GROWS_TO) // 100
    return cents * chance.between(*SHRINKS_TO) // 100 if luck < GROWS + SHRINKS else cents


def team_file(chance: Chance) -> bytes:
    """Return the export of personnel: one row for each person in service and customer experience."""
    rows = []
    for number, (team, role) in enumerate(job for job, count in JOBS.items() for _ in range(count)):
        start = any_day(date(2018, 1, 1), date(2026, 6, 30), chance)
        left = chance.happens(LEFT)
        end = any_day(max(start, FIRST_DAY), LAST_DAY, chance)
        rows.append((f"E{1001 + number}", team, role, chance.weighed(HOURS), start, end if left else None))
    return csv_bytes(("Employee", "Team", "Role", "FTE", "From", "To"), rows, Csv())


def cost_file(chance: Chance) -> bytes:
    """Return the export of finance: four cost lines a month, within four per cent of their usual level."""
    rows = [
        (german_date(month), line, decimal_comma(level * chance.between(9_600, 10_400) // 100))
        for month in MONTHS
        for line, level in COSTS.items()
    ]
    return csv_bytes(("Month", "Cost line", "Amount"), rows, BOOKS)
