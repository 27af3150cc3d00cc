"""A journey while it is measured: what every measure is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cxkit.evidence.cells import Slice
from cxkit.journey.estimates import Maker, Part
from cxkit.journey.model import Journey, Step, journey_hash
from cxkit.journey.trails import DAY, Trails
from cxkit.journey.ways import Ways

if TYPE_CHECKING:
    from cxkit._table import Database
    from cxkit.journey.log import Columns, EventLog, EventSource

__all__ = ["CUT", "EARLY", "KEPT", "RECENT", "Study"]

KEPT = 0
"""What becomes of a journey: it counts."""
RECENT = 1
"""It may not be over when the data end."""
EARLY = 2
"""It began before those that count."""
CUT = 3
"""It may have begun before the data."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Study:
    """A journey while it is measured.

    Attributes:
        source: Which rows of the interactions make the journey.
        full: Every journey with all its events, whatever becomes of it. Its customers are numbered from 0, and `code`
            is the number of a journey in the table `journey_units` of the database.
        db: Where the tables are.
        columns: Mapped columns of each table.
        threshold: Fewest customers behind a number that is shown.
        confidence: Confidence of the intervals.
        observed: Positions of the steps that something in the data shows.
        slice: The customers that it is about; () for all.
        memo: What measures have read from the database for all customers; a study of some of them shares it.
    """

    source: EventSource
    full: EventLog
    db: Database
    columns: Columns
    threshold: int
    confidence: float
    observed: frozenset[int]
    slice: Slice = ()
    memo: dict[str, Any] = field(default_factory=dict[str, Any])

    @classmethod
    def of(cls, db: Database, source: EventSource, full: EventLog, **how: Any) -> Study:  # noqa: ANN401
        """The study of all customers; `how` is columns, threshold and confidence."""
        there = np.flatnonzero(np.bincount(full.pos, minlength=full.steps))
        return cls(source, full, db, observed=frozenset(there.tolist()), **how)

    def cut(self, chosen: Mask, slice_: Slice) -> Study:
        """The study of some of the journeys.

        Args:
            chosen: One value for each journey of `full`.
            slice_: What they are called.
        """
        full = self.full.only(chosen)
        customer = np.unique(full.customer, return_inverse=True)[1]
        return replace(self, full=replace(full, customer=customer.astype(np.int64)), slice=slice_)

    @property
    def journey(self) -> Journey:
        """The map."""
        return self.source.journey

    @cached_property
    def steps(self) -> dict[int, Step]:
        """The steps by their position on the map; the one after which nothing is drawn is one to end on."""
        ends = self.journey.ends
        return {i: s.model_copy(update={"last": s.id in ends}) for i, s in enumerate(self.journey.steps)}

    @cached_property
    def place(self) -> dict[str, int]:
        """The position on the map of each step."""
        return {s.id: i for i, s in self.steps.items()}

    @cached_property
    def ways(self) -> Ways:
        """The drawn ways over the steps that something in the data shows."""
        return Ways(self.journey, frozenset(s.id for i, s in self.steps.items() if i in self.observed))

    @cached_property
    def fates(self) -> NDArray[np.int8]:
        """What becomes of each journey of `full`: KEPT, RECENT, EARLY or CUT."""
        full, days = self.full, self.journey.window_days
        begun = full.begun
        fates = np.full(full.units, KEPT, dtype=np.int8)
        if days is not None:
            fates[begun + days * DAY > full.until] = RECENT
        fates[begun < full.since] = EARLY
        if days is not None and self.source.unit == "case_id":
            early = begun < full.first_day + days * DAY
            if self._begins_are_cut(early):
                fates[early] = CUT
        return fates

    def _begins_are_cut(self, early: Mask) -> bool:
        """Whether some of these journeys do not begin on a start, for all customers.

        All of them are left out then: without those alone, the others would follow the map better than journeys do.
        """
        if "cut" not in self.memo:
            begins = np.zeros(self.full.steps, dtype=bool)
            begins[[self.place[s] for s in self.ways.starts]] = True
            self.memo["cut"] = bool((early & ~begins[self.full.pos[self.full.first[:-1]]]).any())
        return self.memo["cut"]

    @cached_property
    def log(self) -> EventLog:
        """The journeys that count, with the events within their window."""
        return self.full.only(self.fates == KEPT).within(self.journey.window_days)

    @cached_property
    def trails(self) -> Trails:
        """The trails of the journeys that count."""
        return Trails.of(self.log, window_days=self.journey.window_days)

    @cached_property
    def watched(self) -> Trails:
        """The trails of the journeys that count and of those that may not be over: the end of the data cuts them."""
        if not (self.fates == RECENT).any():
            return self.trails
        log = self.full.only(self.fates <= RECENT).within(self.journey.window_days)
        return Trails.of(log, window_days=self.journey.window_days)

    @cached_property
    def unfinished(self) -> Mask:
        """Whether each journey of `watched` may not be over."""
        if self.watched is self.trails:
            return np.zeros(self.log.units, dtype=bool)
        return (self.fates == RECENT)[self.fates <= RECENT]

    @cached_property
    def customers(self) -> int:
        """More than the largest number of a customer in `full`: how long sums over customers are."""
        return int(self.full.customer.max()) + 1 if self.full.units else 0

    @cached_property
    def size(self) -> Part:
        """The journeys that count, added up by customer; none is a hit."""
        who = self.log.customer
        return Part.of(who, np.zeros(len(who), dtype=bool), customers=self.customers)

    def part(self, unit: NDArray[Any], values: NDArray[Any]) -> Part:
        """Rows of journeys that count, added up by customer.

        Args:
            unit: The journey of each row, as it is numbered in `log`.
            values: Whether each row is a hit, or its value.
        """
        return Part.of(self.log.customer[unit], values, customers=self.customers)

    def rows(self, unit: NDArray[Any]) -> Part:
        """Rows of these journeys that count, added up by customer; each is a hit."""
        return Part.all_hits(self.log.customer[unit], customers=self.customers)

    def among(self, unit: NDArray[Any]) -> Part:
        """The journeys that count, added up by customer; these, each named once, are the hits."""
        return self.size.with_hits(self.log.customer[unit])

    def reach_of(self, pos: int) -> Part:
        """The journeys that count, by customer; those with an event of the step are the hits."""
        return self.among(self.trails.visits.unit[self.trails.visits_of[pos]])

    def splits_few(self, part: Part) -> bool:
        """Whether a share tells of a few who did something, or of a few who did not."""
        return self.maker.few(part.hits) or self.maker.few(part.misses)

    def tells_of_hidden(self, part: Part) -> bool:
        """Whether a share of all journeys leaves out so few that they may be those of a hidden step."""
        return bool(self.maker.hidden) and 0 < part.n - part.yy < self.threshold

    @cached_property
    def maker(self) -> Maker:
        """What makes findings of numbers."""
        hidden = {i for i in self.steps if 0 < self.reach_of(i).hits < self.threshold}
        names: Mapping[int, str] = {i: s.id for i, s in self.steps.items()}
        # The ends of all steps add up to the journeys: where one step is hidden, no other may tell how many ended.
        leading = names.values() if hidden else ()
        return Maker(
            f"journey/{self.journey.id}", journey_hash(self.journey), self.threshold, self.confidence,
            hidden=frozenset(names[i] for i in hidden), leading=frozenset(leading),
            unobserved=frozenset(s for i, s in names.items() if i not in self.observed), slice=self.slice,
        )  # fmt: skip

    @cached_property
    def leads_to_hidden(self) -> frozenset[str]:
        """Steps of which nothing is said about where they lead: it would tell how many went to a hidden step."""
        if not self.maker.hidden:
            return frozenset()
        moves = self.trails.moves
        hidden = np.zeros(self.log.steps + 1, dtype=bool)  # the last place, which -1 finds: the journey ends
        hidden[[self.place[s] for s in self.maker.hidden]] = True
        leads = np.flatnonzero(np.bincount(moves.pos[hidden[moves.next]], minlength=self.log.steps))
        told = [i for i in leads.tolist() if not hidden[i]]
        if not told:
            # The ends of all steps add up to the journeys, so of one step more they are not told.
            ends = np.bincount(moves.pos[moves.next < 0], minlength=self.log.steps) * ~hidden[:-1]
            told = [int(np.argmin(np.where(ends > 0, ends, np.inf)))]
        return frozenset(self.steps[i].id for i in told)
