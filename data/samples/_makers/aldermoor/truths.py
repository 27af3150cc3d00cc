"""What is true of Aldermoor, as parameters, and the file that says so in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from ..dates import months_of
from ..files import yaml_bytes
from ..planted import COMMENT, nps, top_two, where

FIRST_DAY = date(2025, 5, 1)
LAST_DAY = date(2026, 10, 31)
MONTHS = months_of(FIRST_DAY, LAST_DAY)

# Weights of the answers 0 to 10 to "likelihood to recommend", in per cent.
USUAL_SCORES = {0: 1, 1: 1, 2: 1, 3: 2, 4: 3, 5: 5, 6: 7, 7: 14, 8: 19, 9: 22, 10: 25}
FALLEN_SCORES = {0: 3, 1: 2, 2: 2, 3: 3, 4: 4, 5: 7, 6: 9, 7: 18, 8: 21, 9: 16, 10: 15}
DROP_REGION = "South"
DROP_FROM = date(2026, 7, 1)

# Weights of the answers 1 to 5 to "satisfaction", in per cent: the same in every region and month.
SATISFACTION = {1: 4, 2: 7, 3: 17, 4: 42, 5: 30}

STEPS = ("Request", "Identity check", "New contract", "Meter reading", "First bill")
FALL_OUT = {"Request": 0.06, "Identity check": 0.34, "New contract": 0.065, "Meter reading": 0.05}

WORST_SWITCH = ("chat", "phone")
CARRIED_IN_WORST_SWITCH = 0.42
CARRIED_ELSEWHERE = 0.88

LEAVE_FIXED = 0.005
LEAVE_VARIABLE = 0.015

RECONTACT = 0.20

PRICE_RISE = 103  # per cent of the amount before
PRICE_RISE_FROM = date(2026, 1, 1)
GROWS, SHRINKS = 0.055, 0.015

ABOUT = (
    "Aldermoor Energy is invented. The accounts are one in twenty of its customers; tickets, answers, invoices and "
    "costs are those accounts' share, and the team list is the whole team. Everything not named here is constant."
)


def truth_file() -> bytes:
    """Return planted_truths.yaml."""
    head = {"sample": "aldermoor", "about": ABOUT, "first_day": str(FIRST_DAY), "last_day": str(LAST_DAY)}
    return yaml_bytes(COMMENT, head | {"truths": truths(), "also_true": also_true()})


def truths() -> list[Mapping[str, object]]:
    """Return what a good analysis finds, and what it leaves alone."""
    return [nps_drop(), identity_check(), chat_to_phone(), coast_noise(), variable_churn(), steady_recontact()]


def nps_drop() -> Mapping[str, object]:
    """Return the one change of the recommendation score."""
    return {
        "id": "south_nps_drop",
        "kind": "drop",
        "says": "In South the NPS falls by 26 points with the third quarter of 2026 and stays there; North and Coast "
        "keep their level. The total falls only because South is in it.",
        "where": where("nps", "region", DROP_REGION, period="2026-Q3", against="2026-Q2"),
        "unit": "points",
        "before": nps(USUAL_SCORES),
        "after": nps(FALLEN_SCORES),
    }


def identity_check() -> Mapping[str, object]:
    """Return the weak step of moving home."""
    return {
        "id": "identity_check_fall_out",
        "kind": "fall_out",
        "says": "Of the moving cases that reach the identity check a third go no further; at each other step it is "
        "one in twenty to one in fifteen. `before` is the highest of the other steps.",
        "where": where("fall_out", "step", "Identity check", period="all", against="other steps"),
        "unit": "share",
        "before": max(share for step, share in FALL_OUT.items() if step != "Identity check"),
        "after": FALL_OUT["Identity check"],
        "each_step": FALL_OUT,
    }


def chat_to_phone() -> Mapping[str, object]:
    """Return the handoff at which the case note is lost."""
    return {
        "id": "chat_to_phone_handoff",
        "kind": "handoff",
        "says": "When a case goes on by phone after a chat, the case note comes along in 42 of 100 contacts; in every "
        "other change of channel in 88 of 100, in every month.",
        "where": where(
            "context_carried_over", "switch", " > ".join(WORST_SWITCH), period="all", against="other switches"
        ),
        "unit": "share",
        "before": CARRIED_ELSEWHERE,
        "after": CARRIED_IN_WORST_SWITCH,
    }


def coast_noise() -> Mapping[str, object]:
    """Return the movement that means nothing."""
    return {
        "id": "coast_csat_noise",
        "kind": "noise",
        "says": "In Coast the share of satisfied answers is the same in both quarters; what moves in the export is "
        "chance, and no test should call it a change.",
        "where": where("csat", "region", "Coast", period="2026-Q3", against="2026-Q2"),
        "unit": "share",
        "before": top_two(SATISFACTION),
        "after": top_two(SATISFACTION),
    }


def variable_churn() -> Mapping[str, object]:
    """Return who leaves more often."""
    return {
        "id": "variable_churn",
        "kind": "churn",
        "says": "Customers on the variable product leave three times as often a month as those on a fixed one; "
        "`before` is the monthly share on a fixed product.",
        "where": where("churn", "product", "Variable", period="all", against="Fixed 12, Fixed 24"),
        "unit": "share a month",
        "before": LEAVE_FIXED,
        "after": LEAVE_VARIABLE,
    }


def steady_recontact() -> Mapping[str, object]:
    """Return what never changes."""
    return {
        "id": "recontact_steady",
        "kind": "steady",
        "says": "After a contact in ordinary service one customer in five comes back within seven days, at most twice, "
        "in every quarter: 80.6 of 100 contacts are the last. No change of it is real.",
        "where": where("fcr", "all", "all", period="all", against="every other quarter"),
        "unit": "share",
        "before": resolved_share(),
        "after": resolved_share(),
    }


def also_true() -> list[str]:
    """Return what else is built in, and is no finding."""
    return [
        "Variable costs 3 % more from January 2026; it raises net revenue retention of that quarter by a point.",
        (
            f"Each month {100 * GROWS:.1f} % of the accounts pay 8 to 16 % more than before and "
            f"{100 * SHRINKS:.1f} % pay 5 to 15 % less."
        ),
        "Satisfaction and ease go with the score of the same answer, and answers of one account are alike.",
        "A ticket still open at a month's end appears again in the next month's file, closed; the later row is right.",
        "Moving cases take up to eight weeks: those requested in the last eight weeks may not be finished.",
    ]


def resolved_share() -> float:
    """Return the share of service contacts no other follows, for cases of at most three contacts."""
    return round(1 / (1 + RECONTACT + RECONTACT**2), 4)
