"""Answers on scales, for the samples that come after the first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from .chance import Chance, at_quantile

EASE = {1: 3, 2: 4, 3: 7, 4: 13, 5: 22, 6: 29, 7: 22}
NO_SCORE, NO_SATISFACTION, NO_EASE = 0.04, 0.02, 0.03
LIKE_THE_CUSTOMER, LIKE_THE_SCORE = 0.35, 0.6
COMMENTED = 0.3


@dataclass(frozen=True)
class Asked:
    """A customer who answers, when, and on what occasion."""

    recorded: datetime
    customer: str
    occasion: str
    about: str


@dataclass(frozen=True)
class Answer:
    """One completed survey; None where a question was left out."""

    asked: Asked
    channel: str
    score: int | None
    satisfaction: int | None
    ease: int | None
    remark: str | None


@dataclass(frozen=True)
class Scales:
    """Weights of the answers to each question, for one occasion."""

    score: Mapping[int, int]
    satisfaction: Mapping[int, int]


@dataclass(frozen=True)
class Remarks:
    """What customers write, by their score."""

    glad: Sequence[str]
    fair: Sequence[str]
    cross: Sequence[str]


def draw_answer(
    asked: Asked, scales: Scales, *, mood: float, channels: Mapping[str, int], remarks: Remarks, chance: Chance
) -> Answer:
    """Return what one customer says on one day.

    Args:
        asked: Who, when, and about what.
        scales: How answers on this occasion are spread.
        mood: The customer's own quantile, from 0 to below 1.
        channels: Weights of the channels by which answers come.
        remarks: What customers write.
        chance: The stream that decides.
    """
    # Shared quantiles tie the answers together and leave each question's own distribution as it is.
    feeling = mood if chance.happens(LIKE_THE_CUSTOMER) else chance.unit()
    score = at_quantile(scales.score, feeling)
    return Answer(
        asked=asked,
        channel=chance.weighed(channels),
        score=None if chance.happens(NO_SCORE) else score,
        satisfaction=draw_scale(scales.satisfaction, feeling, missing=NO_SATISFACTION, chance=chance),
        ease=draw_scale(EASE, feeling, missing=NO_EASE, chance=chance),
        remark=draw_remark(score, remarks, chance),
    )


def draw_scale(weights: Mapping[int, int], feeling: float, *, missing: float, chance: Chance) -> int | None:
    """Return an answer that often follows the feeling behind the score."""
    answer = at_quantile(weights, feeling if chance.happens(LIKE_THE_SCORE) else chance.unit())
    return None if chance.happens(missing) else answer


def draw_remark(score: int, remarks: Remarks, chance: Chance) -> str | None:
    """Return a sentence that fits the score, from those who leave one."""
    if not chance.happens(COMMENTED):
        return None
    return chance.one_of(remarks.glad if score >= 9 else remarks.fair if score >= 7 else remarks.cross)
