"""What the samples' files of planted truths have in common."""

from __future__ import annotations

from collections.abc import Mapping

COMMENT = """\
Written by data/samples/generate.py; edit the parameters there, not this file.
`before` and `after` are the parameters the rows were drawn with, not what they happen to show."""


def where(kpi: str, dimension: str, value: str, *, period: str, against: str) -> Mapping[str, object]:
    """Return where a truth shows."""
    return {"kpi": kpi, "dimension": dimension, "value": value, "period": period, "against": against}


def nps(weights: Mapping[int, int]) -> int:
    """Return the NPS of answers with these weights in per cent."""
    return sum(weights[score] for score in (9, 10)) - sum(weights[score] for score in range(7))


def top_two(weights: Mapping[int, int]) -> float:
    """Return the share of the answers 4 and 5."""
    return (weights[4] + weights[5]) / sum(weights.values())
