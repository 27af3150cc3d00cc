"""What is true of Fennick & Rowe, as parameters, and the file that says so in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from ..dates import months_of
from ..files import yaml_bytes
from ..planted import COMMENT, nps, top_two, where

FIRST_DAY = date(2025, 5, 1)
LAST_DAY = date(2026, 10, 31)
MONTHS = months_of(FIRST_DAY, LAST_DAY)

# How many times as many shopping trips begin as in an ordinary month.
SEASON = {11: 1.8, 12: 1.9}

# Share of the orders that another one of the same customer follows, 8 to 80 days later.
COMES_BACK = {"Shop": 0.44, "Web search": 0.44, "Friend": 0.44, "Marketplace": 0.17}
NEW_FROM = "Marketplace"

# Weights of the ranges that an order's value lies in, in euros: the same wherever and whatever is bought.
VALUES = {(12, 30): 18, (30, 60): 30, (60, 110): 29, (110, 200): 16, (200, 420): 7}

# Share of the journeys that end at a step before the last.
FALL_OUT = {"Find": 0.05, "Order": 0.05, "Delivery": 0.05, "Collect": 0.12}
COLLECT_FALL_OUT = 0.34
COLLECT_FROM = date(2026, 7, 1)
RETURNED = 0.034

CARRIED_FROM_WEB = 0.46
CARRIED_ELSEWHERE = 0.88

# Weights of the answers, in per cent: the same in every region and month, and lower after unpacking.
SCORES = {0: 1, 1: 1, 2: 1, 3: 2, 4: 3, 5: 5, 6: 7, 7: 15, 8: 20, 9: 22, 10: 23}
SATISFACTION = {1: 3, 2: 6, 3: 13, 4: 43, 5: 35}
LOW_STEP = "Unpack"
LOW_SCORES = {0: 2, 1: 2, 2: 2, 3: 4, 4: 5, 5: 8, 6: 11, 7: 19, 8: 20, 9: 14, 10: 13}
LOW_SATISFACTION = {1: 8, 2: 13, 3: 22, 4: 36, 5: 21}

IN_TIME = 0.84
RECONTACT = 0.2
NOISY_REGION = "Lakes"

ABOUT = (
    "Fennick & Rowe is invented: home and kitchen goods, sold in shops, on the web and in an app. The customers are "
    "one in forty of its own; orders, journeys, contacts and answers are those customers'. Everything not named here "
    "is constant."
)


def truth_file() -> bytes:
    """Return planted_truths.yaml."""
    head = {"sample": "fennick", "about": ABOUT, "first_day": str(FIRST_DAY), "last_day": str(LAST_DAY)}
    return yaml_bytes(COMMENT, head | {"truths": truths(), "also_true": also_true()})


def truths() -> list[Mapping[str, object]]:
    """Return what a good analysis finds, and what it leaves alone."""
    return [collect(), web_to_shop(), marketplace(), unpacking(), basket_noise(), steady_closing(), peak()]


def collect() -> Mapping[str, object]:
    """Return the step at which orders are lost since the third quarter of 2026."""
    return {
        "id": "collect_fall_out",
        "kind": "fall_out",
        "says": "Since July 2026 a third of those who come to collect an order leave the desk without it; before "
        "that it was 12 in 100; at every other step 5. Only because of it fewer steps are completed in all.",
        "where": where("step_completion", "step", "Collect", period="2026-Q3", against="2026-Q2"),
        "unit": "share",
        "before": FALL_OUT["Collect"],
        "after": COLLECT_FALL_OUT,
        "each_step": FALL_OUT,
    }


def web_to_shop() -> Mapping[str, object]:
    """Return the handoff at which the order is not known."""
    return {
        "id": "web_to_shop_handoff",
        "kind": "handoff",
        "says": "When a journey goes from the web into a shop, the shop knows of it in 46 of 100 cases; at every other "
        "handoff for which it is recorded in 88 of 100, in every month.",
        "where": where("context_kept", "handoff", "web → shop", period="all", against="other handoffs"),
        "unit": "share",
        "before": CARRIED_ELSEWHERE,
        "after": CARRIED_FROM_WEB,
    }


def marketplace() -> Mapping[str, object]:
    """Return who buys again less often."""
    return {
        "id": "marketplace_repeat",
        "kind": "repeat",
        "says": "Orders of customers who first came through a marketplace are followed by another one less than half "
        "as often; `before` is the share for all other customers.",
        "where": where("repeat_purchase", "acquired_via", NEW_FROM, period="all", against="other channels"),
        "unit": "share",
        "before": COMES_BACK["Shop"],
        "after": COMES_BACK[NEW_FROM],
    }


def unpacking() -> Mapping[str, object]:
    """Return the step after which customers are less satisfied."""
    return {
        "id": "unpack_satisfaction",
        "kind": "low_step",
        "says": "After unpacking 57 of 100 are satisfied, at every other occasion 78 of 100, in every month. "
        "The recommendation goes the same way.",
        "where": where("csat", "step", LOW_STEP, period="all", against="other steps"),
        "unit": "share",
        "before": top_two(SATISFACTION),
        "after": top_two(LOW_SATISFACTION),
    }


def basket_noise() -> Mapping[str, object]:
    """Return the movement that means nothing."""
    return {
        "id": "lakes_order_value_noise",
        "kind": "noise",
        "says": f"In {NOISY_REGION} orders are worth the same in both quarters; what moves in the export is chance, "
        "and no test should call it a change.",
        "where": where("order_value", "region", NOISY_REGION, period="2026-Q3", against="2026-Q2"),
        "unit": "EUR",
        "before": mean_value(),
        "after": mean_value(),
    }


def mean_value() -> float:
    """Return the mean value of an order before any of it is returned."""
    return round(sum(weight * (low + high) / 2 for (low, high), weight in VALUES.items()) / sum(VALUES.values()), 2)


def steady_closing() -> Mapping[str, object]:
    """Return what never changes."""
    return {
        "id": "closed_in_time_steady",
        "kind": "steady",
        "says": "In every quarter 84 of 100 service contacts are closed within three days. No change of it is real.",
        "where": where("closed_in_time", "all", "all", period="all", against="every other quarter"),
        "unit": "share",
        "before": IN_TIME,
        "after": IN_TIME,
    }


def peak() -> Mapping[str, object]:
    """Return the season that brings more of everything, and nothing else."""
    return {
        "id": "november_peak",
        "kind": "season",
        "says": "In November and December nearly twice as many shopping trips begin. Shares, scores and the value of "
        "an order stay as they are; only the number of orders, contacts and answers grows.",
        "where": where("order_value", "all", "all", period="2025-Q4", against="2025-Q3"),
        "unit": "orders, as a multiple of an ordinary month",
        "before": 1.0,
        "after": max(SEASON.values()),
    }


def also_true() -> list[str]:
    """Return what else is built in, and is no finding."""
    return [
        f"The NPS is {nps(SCORES)} at every occasion and {nps(LOW_SCORES)} after unpacking.",
        "Satisfaction and ease go with the score of the same answer, and answers of one customer are alike.",
        "An order that was returned comes again in the export of the month of its return, with what was kept.",
        "Some orders stand twice in an export, word for word.",
        "A contact still open at a month's end appears again in the next month's file, closed; the later row is right.",
        "Whether the story came along is recorded where a customer comes into a shop or changes the service channel.",
        f"Of what is unpacked {100 * RETURNED:.1f} % is returned, at most three weeks later.",
    ]
