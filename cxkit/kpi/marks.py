"""What every chart is made of: words beside marks, places for them, and the mark of what may not be shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cxkit._theme import QUIET, chart_text

__all__ = ["HATCH", "hatched", "quiet_trace", "spread_out", "words_at"]

HATCH = "#cdd5de"


def words_at(
    text: str, *, colour: str = QUIET, strong: bool = False, size: float = 11, **place: Any  # noqa: ANN401
) -> dict[str, Any]:  # fmt: skip
    """An annotation; a newline in its text is a line break."""
    safe = "<br>".join(chart_text(part, strong=strong) for part in text.split("\n"))
    return {"text": safe, "showarrow": False, "font": {"size": size, "color": colour}, "borderpad": 0} | place


def quiet_trace(**changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """A trace that says nothing when it is pointed at."""
    return {"type": "scatter", "hoverinfo": "skip"} | changes


def hatched(*, x: float, width: float, low: float, high: float) -> dict[str, Any]:
    """A hatched field where something is not shown.

    Args:
        x: Its middle.
        width: Its width, in units of the axis.
        low: Its lower edge.
        high: Its upper edge.
    """
    lines = {"shape": "/", "size": 6, "solidity": 0.16, "fgcolor": HATCH, "bgcolor": "rgba(0,0,0,0)"}
    return {
        "type": "bar", "hoverinfo": "skip", "x": [x], "width": [width], "base": [low], "y": [high - low],
        "marker": {"color": "rgba(0,0,0,0)", "line": {"width": 0}, "pattern": lines},
    }  # fmt: skip


def spread_out(at: Sequence[float], gap: float, *, low: float, high: float) -> list[float]:
    """Rising places at least a gap apart, as near to the wanted ones as can be: least squares, by pooling.

    Example:
        >>> spread_out([1.0, 1.0, 9.0], 2.0, low=0.0, high=10.0)
        [1.0, 3.0, 9.0]
    """
    pools: list[tuple[float, int]] = []
    for i, wanted in enumerate(at):
        mean, n = wanted - i * gap, 1
        while pools and pools[-1][0] > mean:
            before, m = pools.pop()
            mean, n = (before * m + mean * n) / (m + n), m + n
        pools.append((mean, n))
    first, last = low + gap / 2, high + gap / 2 - len(at) * gap
    free = [max(min(mean, last), first) for mean, n in pools for _ in range(n)]
    return [place + i * gap for i, place in enumerate(free)]
