"""Which cells may not be shown: those of too few customers, and those that would give them away.

A hidden cell can be found again by subtraction when a total and all its other parts are shown. So cells are
hidden until no hidden cell is determined by what is shown, in any combination of totals and parts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

__all__ = ["hidden_cells"]

K = TypeVar("K", bound=Hashable)


def hidden_cells(
    units: Mapping[K, float],
    relations: Iterable[tuple[K, Sequence[K]]],
    *,
    threshold: int,
    shared: bool = False,
    also: Collection[K] = (),
) -> tuple[set[K], set[K]]:
    """The cells to hide: those under the threshold, and those hidden to protect them.

    Args:
        units: Customers in each cell.
        relations: A total and its parts, which add up to it.
        threshold: Fewest customers in a cell that is shown.
        shared: Whether a customer may be in several parts of a total, so that hidden parts may be the same few.
        also: Cells that are hidden for another reason.

    Returns:
        Cells under the threshold, and the others.

    Example:
        >>> units = {"all": 100, "a": 60, "b": 37, "c": 3}
        >>> small, others = hidden_cells(units, [("all", ["a", "b", "c"])], threshold=5)
        >>> sorted(small), sorted(others)
        (['c'], ['b'])
    """
    small = {k for k, n in units.items() if 0 < n < threshold}
    hidden = small | set(also)
    if not hidden:
        return small, set()
    known = [(total, [p for p in parts if p in units]) for total, parts in relations if total in units]
    while True:
        before = len(hidden)
        for total, parts in known:
            _protect(total, parts, units, hidden, threshold=threshold, together=max if shared else sum)
        if len(hidden) == before and not _hide_determined(known, units, hidden):
            return small, hidden - small


def _protect(
    total: K,
    parts: Sequence[K],
    units: Mapping[K, float],
    hidden: set[K],
    *,
    threshold: int,
    together: Callable[[list[float]], float],
) -> None:
    """Hide more parts until what subtraction gives is no group under the threshold."""
    while True:
        covered = [k for k in (total, *parts) if k in hidden]
        if not covered:
            return
        parts_hidden = [p for p in parts if p in hidden]
        lonely = len(covered) == 1
        few = total not in hidden and 0 < together([units[p] for p in parts_hidden] or [0.0]) < threshold
        if not (lonely or few) or not _hide_next(total, parts, units, hidden):
            return


def _hide_next(total: K, parts: Sequence[K], units: Mapping[K, float], hidden: set[K]) -> bool:
    shown = [p for p in parts if p not in hidden and units[p] > 0]
    chosen = min(shown, key=lambda p: (units[p], repr(p))) if shown else total
    if chosen in hidden:
        return False
    hidden.add(chosen)
    return True


def _hide_determined(known: Sequence[tuple[K, Sequence[K]]], units: Mapping[K, float], hidden: set[K]) -> bool:
    """Hide one more cell where several relations together determine a hidden one; False when there is none."""
    import numpy as np

    names = sorted(hidden, key=repr)
    column = {k: i for i, k in enumerate(names)}
    rows, used = [], []
    for total, parts in known:
        row = np.zeros(len(names))
        for k, sign in [(total, -1.0), *((p, 1.0) for p in parts)]:
            if k in column:
                row[column[k]] += sign
        if row.any():
            rows.append(row)
            used.append((total, parts))
    if not rows:
        return False
    matrix = np.array(rows)
    inverse = np.linalg.pinv(matrix)
    # A cell is determined when its unit vector lies in the row space: then the projection onto it leaves it as it is.
    determined = np.isclose(np.diag(inverse @ matrix), 1.0, atol=1e-8)
    for i in np.flatnonzero(determined):
        # Any relation of the combination that gives the cell away will do; one more unknown in it breaks the chain.
        for j in np.argsort(-np.abs(inverse[i])):
            total, parts = used[j]
            if abs(inverse[i, j]) > 1e-9 and _hide_next(total, parts, units, hidden):
                return True
    return False
