"""The trail of each journey over the map: which steps it came to first when, and how it went from one to another."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from cxkit.journey.log import EventLog

__all__ = ["DAY", "Moves", "Trails", "Visits", "first_of"]

DAY = 86_400_000_000  # microseconds
AT_ONCE = 8_000_000  # journeys times steps that are looked at together, so that maps of many steps fit in memory

Places = NDArray[np.int64]


@dataclass(frozen=True)
class Visits:
    """First visits: one row a journey and step, journey after journey in the order of time.

    Attributes:
        event: Place of the event in the log by which the step was reached.
        unit: The journey.
        pos: The step.
        next: Row of the step that the journey came to next for the first time; -1 where it is the last.
    """

    event: Places
    unit: NDArray[np.int32]
    pos: NDArray[np.int16]
    next: Places


@dataclass(frozen=True)
class Moves:
    """The collapsed sequence: one row each time that a journey came to a step from another, or began on it.

    Attributes:
        event: Place in the log of the event that it came with.
        last: Place in the log of the last event before it left the step again, or the journey ended.
        unit: The journey.
        pos: The step.
        next: The step that it went to from there, directly; -1 where the journey ends.
        begins: Whether the journey begins with it.
    """

    event: Places
    last: Places
    unit: NDArray[np.int32]
    pos: NDArray[np.int16]
    next: NDArray[np.int16]
    begins: NDArray[np.bool_]


@dataclass(frozen=True)
class Trails:
    """Trails over a log; each part is made when it is first asked for.

    Attributes:
        log: The events.
        end: The moment to which each journey was watched: the end of its window, or of the data.

    Example:
        >>> from cxkit.journey.log import EventLog
        >>> log = EventLog.of([[(0, 0, ""), (1, 1, ""), (2, 1, ""), (3, 0, ""), (4, 2, "")]], steps=3, until=9)
        >>> trails = Trails.of(log, window_days=None)
        >>> trails.moves.pos.tolist(), trails.moves.next.tolist()
        ([0, 1, 0, 2], [1, 0, 2, -1])
        >>> trails.visits.pos.tolist(), trails.visits.next.tolist()
        ([0, 1, 2], [1, 2, -1])
    """

    log: EventLog
    end: Places

    @classmethod
    def of(cls, log: EventLog, *, window_days: int | None) -> Trails:
        """The trails of a log whose journeys have a window from their first event."""
        begun = log.begun
        last = np.full(len(begun), log.until) if window_days is None else begun + window_days * DAY
        return cls(log, np.minimum(last, log.until))

    @cached_property
    def unit(self) -> NDArray[np.int32]:
        """The journey of each event."""
        return np.repeat(np.arange(self.log.units, dtype=np.int32), np.diff(self.log.first))

    @cached_property
    def visits(self) -> Visits:
        """First visits of each journey to each step."""
        event = np.flatnonzero(self._fresh())
        unit, pos = self.unit[event], self.log.pos[event]
        following = np.arange(1, len(event) + 1)
        following[~_goes_on(unit)] = -1
        return Visits(event, unit, pos, following)

    @cached_property
    def moves(self) -> Moves:
        """The collapsed sequence of each journey."""
        pos, first = self.log.pos, self.log.first[:-1]
        begins = np.zeros(len(pos), dtype=bool)
        begins[first[np.diff(self.log.first) > 0]] = True
        comes = begins.copy()
        comes[1:] |= pos[1:] != pos[:-1]
        event = np.flatnonzero(comes)
        step, unit = pos[event], self.unit[event]
        to = np.full(len(event), -1, dtype=np.int16)
        to[:-1] = np.where(_goes_on(unit)[:-1], step[1:], -1)
        return Moves(event, np.append(event[1:], len(pos)) - 1, unit, step, to, begins[event])

    @cached_property
    def visits_of(self) -> list[Places]:
        """Rows of the first visits to each step, in the order of the journeys."""
        return rows_by(self.visits.pos, self.log.steps)

    @cached_property
    def moves_of(self) -> list[Places]:
        """Rows of the moves that begin at each step, journey after journey in the order of time."""
        return rows_by(self.moves.pos, self.log.steps)

    def _fresh(self) -> NDArray[np.bool_]:
        """Whether an event is the first of its journey that shows its step."""
        log = self.log
        found, most = np.empty(len(log.pos), dtype=bool), max(1, AT_ONCE // max(log.steps, 1))
        for start in range(0, log.units, most):
            a, z = int(log.first[start]), int(log.first[min(start + most, log.units)])
            key = (self.unit[a:z] - start).astype(np.int64) * log.steps + log.pos[a:z]
            found[a:z] = first_of(key, most * log.steps)
        return found


def first_of(key: NDArray[np.integer], size: int) -> NDArray[np.bool_]:
    """Whether a row is the first with its key.

    Args:
        key: From 0 to `size`, one a row.
        size: More than the largest key.

    Example:
        >>> first_of(np.array([2, 0, 2, 1, 0]), 3).tolist()
        [True, True, False, True, False]
    """
    rows = np.arange(len(key), dtype=np.int32)
    where = np.empty(size, dtype=np.int32)
    where[key[::-1]] = rows[::-1]
    return where[key] == rows


def rows_by(pos: NDArray[np.int16], steps: int) -> list[Places]:
    """Places of each step in a column of steps, ascending."""
    order = np.argsort(pos, kind="stable")
    return np.split(order, np.cumsum(np.bincount(pos, minlength=steps))[: max(steps - 1, 0)])


def _goes_on(unit: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Whether the next row is of the same journey."""
    return np.append(unit[1:] == unit[:-1], False) if len(unit) else np.zeros(0, dtype=bool)
