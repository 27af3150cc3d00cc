"""Whether a number calls for a play: surely, perhaps, no, or nobody can tell."""

from __future__ import annotations

from typing import Literal

from cxkit.evidence.estimate import Estimate
from cxkit.evidence.refs import Found
from cxkit.playbook.model import Condition

__all__ = ["Answer", "all_hold", "bar_of", "holds", "strongest"]

Answer = Literal["yes", "maybe", "no", "unknown"]
_WEAKEST: tuple[Answer, ...] = ("no", "unknown", "maybe", "yes")


def holds(condition: Condition, found: Found) -> Answer:
    """Whether what a condition says is so, given how sure the number is.

    "yes" needs the whole interval, or a comparison that the test calls worse; "maybe" is a value beyond the bar whose
    interval reaches back over it.

    Example:
        >>> share = Found("fcr/2026-Q3", "Resolved", "", "percent", "higher", Estimate(0.80, 0.77, 0.83, 700))
        >>> [holds(Condition(kpi="fcr", below=b), share) for b in ("85 %", "82 %", "70 %")]
        ['yes', 'maybe', 'no']
    """
    if condition.worse_than:
        return _compared(condition, found)
    if not found.estimate.shown:
        return "unknown"
    bar, above = bar_of(condition, found)
    return "unknown" if bar is None else _beyond(found.estimate, bar, above=above)


def bar_of(condition: Condition, found: Found) -> tuple[float | None, bool]:
    """The value that the number is held against, and whether the condition holds above it."""
    if condition.misses_target:
        return found.target, found.better == "lower"
    return (condition.above, True) if condition.above is not None else (condition.below, False)


def all_hold(answers: list[Answer]) -> Answer:
    """What several answers come to together: the weakest of them.

    Example:
        >>> all_hold(["yes", "maybe"]), all_hold(["yes", "unknown"]), all_hold(["unknown", "no"])
        ('maybe', 'unknown', 'no')
    """
    return min(answers, key=_WEAKEST.index)


def strongest(answers: list[Answer]) -> Answer:
    """What is said most surely of several places: a play that is called for in one of them is called for.

    Example:
        >>> strongest(["no", "maybe", "unknown"])
        'maybe'
    """
    return max(answers, key=_WEAKEST.index)


def _compared(condition: Condition, found: Found) -> Answer:
    comparison = found.comparisons.get(condition.worse_than or "")
    if not found.estimate.shown or comparison is None or comparison.difference is None:
        return "unknown"
    return "yes" if comparison.verdict == "worse" else "no"


def _beyond(estimate: Estimate, bar: float, *, above: bool) -> Answer:
    sign = 1 if above else -1
    value, near = estimate.value or 0.0, estimate.low if above else estimate.high
    if near is not None and sign * (near - bar) > 0:
        return "yes"
    return "maybe" if sign * (value - bar) > 0 else "no"
