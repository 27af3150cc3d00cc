"""Which points of a scale, and which times of a curve, may be shown beside the numbers that are shown already.

A score, its interval and its base tell sums over the points of the scale. A hidden point must not follow from these
and from the points that are shown; neither may a group of fewer customers than the threshold.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from cxkit.kpi.sums import Array

__all__ = ["hidden_points", "safe_times"]

_ROUNDING = 1e-8


def hidden_points(
    units: Sequence[float], *, told: Sequence[Sequence[float]], threshold: int, shared: bool = False
) -> set[int]:
    """Places of the points to hide: those of too few customers, and those that would give them away.

    Args:
        units: Customers at each point.
        told: What is known of the points in any case, as sums over them: a weight for each point. The sum over all
            points is always known.
        threshold: Fewest customers at a point that is shown.
        shared: Whether a customer may be at several points, so that hidden points may be the same few.

    Example:
        >>> sorted(hidden_points([2, 30, 12, 40], told=[], threshold=5))
        [0, 2]
        >>> sorted(hidden_points([2, 30, 12, 40], told=[(1, 1, 0, 0)], threshold=5))
        [0, 1]
    """
    counts = np.asarray(units, dtype=np.float64)
    known = np.array([*told, np.ones(len(counts))], dtype=np.float64)
    hidden = (counts > 0) & (counts < threshold)
    while hidden.any():
        group = _telling_group(counts, known, hidden, threshold=threshold, shared=shared)
        if group is None and _determined(known[:, hidden]):
            group = np.ones(len(counts), dtype=bool)
        if group is None or not (group & ~hidden).any():
            break
        shown = np.flatnonzero(group & ~hidden)
        # The smallest that has anybody; an empty one where there is no other.
        hidden[min(shown, key=lambda i: (counts[i] == 0, counts[i]))] = True
    return set(np.flatnonzero(hidden).tolist())


def safe_times(
    leaving: Array,
    *,
    at_risk: Array,
    times: Array,
    threshold: npt.ArrayLike,
    fewest: float,
    forced: Sequence[float] = (),
    wanted: Sequence[float] = (),
) -> list[int]:
    """Places of the times at which a curve may be shown, so that no step between two tells of a few.

    Between two times either nobody leaves in a way, or at least the threshold do.

    Args:
        leaving: How many leave at each time in each way; shape (ways, times). Late entries count as a way.
        at_risk: Units at risk at each time.
        times: The times, ascending.
        threshold: Fewest units of a step; one number, or one for each way.
        fewest: Fewest units at risk at a time that is shown.
        forced: Times whose value is shown in any case.
        wanted: Times that others give way to.

    Example:
        >>> safe_times(
        ...     np.array([[1.0, 3.0, 2.0, 7.0, 1.0]]), at_risk=np.array([90.0, 89.0, 86.0, 84.0, 77.0]),
        ...     times=np.arange(1.0, 6.0), threshold=5, fewest=30,
        ... )
        [2, 3]
    """
    reached, enough = np.cumsum(leaving, axis=1), np.asarray(threshold, dtype=np.float64)
    fixed, meant = ({int(np.searchsorted(times, t, side="right")) - 1 for t in ts} for ts in (forced, wanted))
    chosen: list[int] = []

    def safe(i: int, start: int | None) -> bool:
        step = reached[:, i] - (reached[:, start] if start is not None else 0.0)
        return bool(((step == 0) | (step >= enough)).all())

    for i in range(len(times)):
        kept = list(chosen)
        # What is shown in any case stays; the one before it gives way where the two are too close.
        while i in fixed | meant and chosen and chosen[-1] not in fixed and not safe(i, chosen[-1]):
            chosen.pop()
        if i in fixed or (at_risk[i] >= fewest and safe(i, chosen[-1] if chosen else None)):
            chosen.append(i)
        else:
            chosen = kept
    return [i for i in chosen if at_risk[i] >= fewest]


def _telling_group(
    counts: Array, known: Array, hidden: np.ndarray, *, threshold: int, shared: bool
) -> np.ndarray | None:  # fmt: skip
    """The smallest group of points whose hidden ones would be told by its sum, and that has another to hide."""
    groups = [weights == 1 for weights in known if np.isin(weights, (0, 1)).all()]
    # What is not in a group is a group as well: its sum is the rest.
    for group in sorted([*groups, *(~g for g in groups)], key=np.count_nonzero):
        if not (group & ~hidden).any():
            continue
        inside = counts[group & hidden]
        together = (inside.max() if shared else inside.sum()) if len(inside) else 0.0
        if len(inside) == 1 or 0 < together < threshold:
            return group
    return None


def _determined(known: Array) -> bool:
    """Whether any of the unknowns follows from the sums that are known."""
    # It does where its unit vector lies in the row space: then the projection onto it leaves it as it is.
    return bool(np.isclose(np.diag(np.linalg.pinv(known) @ known), 1.0, atol=_ROUNDING).any())
