"""What is true of Torvald Maskin, as parameters, and the file that says so in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from ..dates import months_of
from ..files import yaml_bytes
from ..planted import COMMENT, nps, top_two, where

FIRST_DAY = date(2025, 5, 1)
LAST_DAY = date(2026, 10, 31)
MONTHS = months_of(FIRST_DAY, LAST_DAY)

# Days from the planned visit to the part on site.
SLOW_REGION = "Overseas"
PART_DAYS, PART_DAYS_SLOW = (2, 8), (9, 20)

# Monthly shares of the contracts that end, shrink and grow.
ENDS = {"Direct": 0.003, "Distributor": 0.024}
SHRINKS = {"Direct": 0.01, "Distributor": 0.1}
GROWS = {"Direct": 0.03, "Distributor": 0.01}
SHRINKS_TO, GROWS_TO = (60, 85), (103, 110)  # per cent

FALL_OUT = 0.035  # at each step before the last
RECONTACT = 0.2
IN_TIME = 0.8
NOISY_REGION = "Central"

LARGE_ACCOUNT = "100007"
LARGE_AMOUNT = 330_000  # euros a month

SCORES = {0: 1, 1: 1, 2: 1, 3: 2, 4: 2, 5: 5, 6: 6, 7: 13, 8: 21, 9: 25, 10: 23}
SATISFACTION = {1: 3, 2: 6, 3: 15, 4: 44, 5: 32}

ABOUT = (
    "Torvald Maskin is invented: it makes saws and presses, sells them itself and through distributors, and lives on "
    "service contracts. The accounts are all of its own in four regions. Everything not named here is constant."
)


def truth_file() -> bytes:
    """Return planted_truths.yaml."""
    head = {"sample": "torvald", "about": ABOUT, "first_day": str(FIRST_DAY), "last_day": str(LAST_DAY)}
    return yaml_bytes(COMMENT, head | {"truths": truths(), "also_true": also_true()})


def truths() -> list[Mapping[str, object]]:
    """Return what a good analysis finds, and what it leaves alone."""
    return [slow_parts(), distributors_shrink(), distributors_leave(), closing_noise(), steady_recontact()]


def slow_parts() -> Mapping[str, object]:
    """Return the region in which machines wait for parts."""
    return {
        "id": "overseas_parts",
        "kind": "delay",
        "says": f"From the planned visit to the part on site it takes {PART_DAYS_SLOW[0]} to {PART_DAYS_SLOW[1]} days "
        f"in {SLOW_REGION} and {PART_DAYS[0]} to {PART_DAYS[1]} elsewhere, in every month. All other steps take as "
        "long everywhere.",
        "where": where("part_days", "region", SLOW_REGION, period="all", against="other regions"),
        "unit": "days, on average",
        "before": sum(PART_DAYS) / 2,
        "after": sum(PART_DAYS_SLOW) / 2,
    }


def distributors_shrink() -> Mapping[str, object]:
    """Return whose contracts shrink."""
    return {
        "id": "distributor_shrinkage",
        "kind": "shrinkage",
        "says": "Each month one in ten contracts of accounts served by distributors loses 15 to 40 % of its amount, "
        "and one in forty ends; of direct ones one in a hundred shrinks. Less of that revenue is kept each quarter.",
        "where": where("grr", "acquired_via", "Distributor", period="all", against="Direct"),
        "unit": "share of contracts that shrink in a month",
        "before": SHRINKS["Direct"],
        "after": SHRINKS["Distributor"],
    }


def distributors_leave() -> Mapping[str, object]:
    """Return who leaves more often."""
    return {
        "id": "distributor_churn",
        "kind": "churn",
        "says": "Accounts served by distributors end their contract eight times as often as direct ones.",
        "where": where("churn", "acquired_via", "Distributor", period="all", against="Direct"),
        "unit": "share a month",
        "before": ENDS["Direct"],
        "after": ENDS["Distributor"],
    }


def closing_noise() -> Mapping[str, object]:
    """Return the movement that means nothing."""
    return {
        "id": "central_closing_noise",
        "kind": "noise",
        "says": f"In {NOISY_REGION} the share of contacts closed within three days is the same in both quarters; what "
        "moves in the export is chance, and no test should call it a change.",
        "where": where("closed_in_time", "region", NOISY_REGION, period="2026-Q3", against="2026-Q2"),
        "unit": "share",
        "before": IN_TIME,
        "after": IN_TIME,
    }


def steady_recontact() -> Mapping[str, object]:
    """Return what never changes."""
    return {
        "id": "recontact_steady",
        "kind": "steady",
        "says": "After a service contact one account in five comes back within a week, at most twice, in every "
        "quarter: 80.6 of 100 contacts are the last. No change of it is real.",
        "where": where("fcr", "all", "all", period="all", against="every other quarter"),
        "unit": "share",
        "before": round(1 / (1 + RECONTACT + RECONTACT**2), 4),
        "after": round(1 / (1 + RECONTACT + RECONTACT**2), 4),
    }


def also_true() -> list[str]:
    """Return what else is built in, and is no finding."""
    return [
        (
            f"Account {LARGE_ACCOUNT}, a direct one, pays {LARGE_AMOUNT:,} a month: about a fifth of all revenue. Its "
            "contract never changes, and the intervals of money rest on few effective accounts because of it."
        ),
        (
            f"The NPS is {nps(SCORES)} and {100 * top_two(SATISFACTION):.0f} of 100 are satisfied, everywhere and "
            "always; so few answer that most groups are too small to show."
        ),
        "At each step of a repair 3.5 of 100 cases end without the next one.",
        "A contact still open at a month's end appears again in the next month's file, closed; the later row is right.",
        "A repair takes up to five weeks: those reported in the last five weeks may not be finished.",
    ]
