"""The accounts: where they are, who serves them, how long their contract runs and what it is worth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from ..chance import Chance
from ..dates import any_day, month_end
from ..files import Csv, csv_bytes, decimal_comma, xlsx_bytes, yes_no
from .truths import ENDS, FIRST_DAY, GROWS, GROWS_TO, LARGE_ACCOUNT, LARGE_AMOUNT, MONTHS, SHRINKS, SHRINKS_TO

ALREADY_THERE = 640
JOIN_A_MONTH = 6
EARLIEST = date(2014, 1, 1)
NEVER = date(9999, 1, 1)

REGIONS = {"Nordics": 34, "Central": 30, "Overseas": 20, "Iberia": 16}
BRANCHES = {"Timber": 36, "Metal": 28, "Food": 20, "Packaging": 16}
LINES = {"Saw S4": 44, "Saw S8": 26, "Press P2": 30}
ROUTES = {"Direct": 56, "Distributor": 44}
DEALERS = ("Ångström Verktyg", "Müller & Söhne", "Pinto Máquinas", "Harbour Tools")
AMOUNTS = {(400, 900): 40, (900, 2_500): 38, (2_500, 8_000): 18, (8_000, 20_000): 4}  # euros a month
MAY_CONTACT = 0.88

HEADER = (
    "Account",
    "Region",
    "Branch",
    "Machine line",
    "Machines",
    "Served by",
    "Dealer",
    "Contract from",
    "Contract to",
    "May contact",
)


@dataclass(frozen=True)
class Account:
    """A customer with a service contract; `end` is None while it runs."""

    id: str
    region: str
    branch: str
    line: str
    machines: int
    route: str
    dealer: str
    start: date
    end: date | None
    cents: int
    may_contact: bool

    @property
    def last_day(self) -> date:
        """The last day under contract, or a day no export reaches."""
        return self.end or NEVER

    def active(self, first: date, last: date) -> bool:
        """Whether any day from `first` to `last` is under contract."""
        return self.start <= last and self.last_day >= first


def draw_accounts(chance: Chance) -> list[Account]:
    """Return the accounts in the order in which they signed; one of the first is by far the largest."""
    eve = FIRST_DAY - timedelta(days=1)
    starts = [any_day(EARLIEST, eve, chance) for _ in range(ALREADY_THERE)]
    for month in MONTHS:
        starts += [any_day(month, month_end(month), chance) for _ in range(JOIN_A_MONTH)]
    drawn = [draw_account(str(100_001 + number), start, chance) for number, start in enumerate(sorted(starts))]
    return [as_large(account) if account.id == LARGE_ACCOUNT else account for account in drawn]


def draw_account(name: str, start: date, chance: Chance) -> Account:
    """Return one account with its traits and, perhaps, its end."""
    route = chance.weighed(ROUTES)
    low, high = chance.weighed(AMOUNTS)
    return Account(
        id=name,
        region=chance.weighed(REGIONS),
        branch=chance.weighed(BRANCHES),
        line=chance.weighed(LINES),
        machines=1 + high // 2_500 + chance.between(0, 2),
        route=route,
        dealer=chance.one_of(DEALERS) if route == "Distributor" else "",
        start=start,
        end=draw_end(start, route, chance),
        cents=chance.between(100 * low, 100 * high),
        may_contact=chance.happens(MAY_CONTACT),
    )


def as_large(account: Account) -> Account:
    """Return the account that is worth as much as a hundred others."""
    return replace(
        account, region="Nordics", branch="Timber", route="Direct", dealer="", end=None, machines=48,
        cents=100 * LARGE_AMOUNT,
    )  # fmt: skip


def draw_end(start: date, route: str, chance: Chance) -> date | None:
    """Return the day the contract ends; the months after the one of signing are all alike."""
    for month in MONTHS:
        if month > start and chance.happens(ENDS[route]):
            return any_day(month, month_end(month), chance)
    return None


def account_file(accounts: Sequence[Account]) -> bytes:
    """Return the export of the CRM."""
    rows = [
        (a.id, a.region, a.branch, a.line, a.machines, a.route, a.dealer, a.start, a.end, yes_no(a.may_contact))
        for a in accounts
    ]
    return xlsx_bytes("Accounts", HEADER, rows, made=datetime(2026, 11, 3, 8, 0))


def contract_files(accounts: Sequence[Account], chance: Chance) -> Mapping[str, bytes]:
    """Return what the contracts brought in each month, one export a quarter of a year."""
    rows: dict[str, list[Sequence[object]]] = {}
    for month, name, line, cents in sorted(row for account in accounts for row in amounts_of(account, chance)):
        rows.setdefault(f"{month.year}-Q{(month.month + 2) // 3}", []).append(
            (name, f"{month:%m/%Y}", line, decimal_comma(cents))
        )
    header, style = ("Account", "Month", "Contract for", "Amount"), Csv(delimiter=";", encoding="cp1252")
    return {f"data/contracts/contracts_{name}.csv": csv_bytes(header, rows[name], style) for name in rows}


def amounts_of(account: Account, chance: Chance) -> Iterator[tuple[date, str, str, int]]:
    """Yield the amount of each month with a day under contract."""
    cents = account.cents
    for month in MONTHS:
        if account.active(month, month_end(month)):
            yield month, account.id, account.line, cents
        cents = cents if account.id == LARGE_ACCOUNT else next_amount(account.route, cents, chance)


def next_amount(route: str, cents: int, chance: Chance) -> int:
    """Return the amount of the following month, most often the same."""
    luck = chance.unit()
    if luck < SHRINKS[route]:
        return cents * chance.between(*SHRINKS_TO) // 100
    return cents * chance.between(*GROWS_TO) // 100 if luck < SHRINKS[route] + GROWS[route] else cents
