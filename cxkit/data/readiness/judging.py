"""How a use of the exports is judged: what it needs, how much of it may be lacking, and the words for both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from cxkit._format import Words, count_text, value_text
from cxkit.data.contract import CONTRACTS
from cxkit.data.readiness.profile import Profile

__all__ = ["RANK", "UNLINKED", "Case", "FileLack", "Part", "Readiness", "State", "Use", "worst_state"]

State = Literal["ready", "caveats", "blocked"]
RANK: dict[State, int] = {"ready": 0, "caveats": 1, "blocked": 2}
"""States from good to bad."""
UNLINKED = frozenset({"no_customer_column", "no_customer", "unknown_customer", "no_known_customer"})
"""Reasons of parts whose rows do not say whose they are."""


@dataclass(frozen=True, slots=True)
class FileLack:
    """One file that lacks too much for a use."""

    path: str
    lacking: int
    rows: int
    source: str = ""

    @property
    def share(self) -> float:
        """Share of its rows that lack it."""
        return self.lacking / self.rows if self.rows else 0.0


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a use needs, judged.

    Attributes:
        about: What it is, in words: a table, a dimension, a question.
        table: The table that it stands in, or "".
        state: The verdict.
        key: What is wrong, as a name; "" where nothing is.
        why: The same in a sentence, with its numbers.
        helps: What would mend it, in words for whoever makes the export.
        files: Files that are blocked for this use on their own.
        lacking: Rows that lack it.
        rows: Rows of the table.
    """

    about: str
    table: str
    state: State
    key: str = ""
    why: str = ""
    helps: str = ""
    files: tuple[FileLack, ...] = ()
    lacking: int = 0
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether the exports are ready for one use."""

    use: str
    label: str
    state: State
    parts: tuple[Part, ...] = ()

    @property
    def reasons(self) -> tuple[Part, ...]:
        """The parts that are not ready, the worst first."""
        return tuple(sorted((p for p in self.parts if p.state != "ready"), key=lambda p: -RANK[p.state]))


@dataclass(frozen=True, slots=True)
class Use:
    """A use, and how much may be lacking for it.

    Attributes:
        id: Its id.
        judge: Gives the parts that it needs.
        whole: Whether it needs every part; otherwise each part stands for itself, and one that is ready is enough.
        unnoticed: Share of the rows that may lack what is needed without a word.
        at_most: Share of the rows that may lack it with a caveat; beyond, the use is blocked.
        months: Fewest months that it needs.
        source: Where the thresholds come from.
    """

    id: str
    judge: Callable[[Case], Iterable[Part]]
    whole: bool
    unnoticed: float = 0.05
    at_most: float = 0.20
    months: int = 1
    source: str = "cxkit default"


@dataclass(frozen=True)
class Case:
    """One use to be judged on these sources."""

    use: Use
    profiles: tuple[Profile, ...]
    said: Words
    dimensions: dict[str, str]
    unread: frozenset[str]
    today: dt.date | None = None

    def of(self, table: str) -> list[Profile]:
        """The sources of a table."""
        return [p for p in self.profiles if p.table == table]

    def tables(self) -> list[str]:
        """The tables that are there, in the order of the contracts."""
        return [t for t in CONTRACTS if self.of(t)]

    def named(self, table: str) -> str:
        """What a table holds, in words."""
        return self.said.say(f"readiness.tables.{table}")

    def mapped(self, table: str, column: str) -> bool:
        """Whether any source of a table has the column."""
        return any(p.column(column) for p in self.of(table))

    def rows(self, table: str) -> int:
        """Rows of a table, also those that were left out."""
        return sum(p.rows for p in self.of(table))

    def fact(self, table: str, name: str) -> int:
        """A count that the profile took of a table."""
        return max((p.facts.get(name, 0) for p in self.of(table)), default=0)

    def ready(self, about: str, table: str) -> Part:
        """A part in whose way nothing stands."""
        return Part(about, table, "ready", rows=self.rows(table))

    def absent(self, table: str, key: str) -> list[Part]:
        """What is said where a table is not there at all."""
        return [] if table in self.unread else [self.part(self.named(table), table, "blocked", key)]

    def part(
        self,
        about: str,
        table: str,
        state: State,
        key: str,
        told: Mapping[str, str] | None = None,
        *,
        files: tuple[FileLack, ...] = (),
        lacking: int = 0,
        rows: int = 0,
    ) -> Part:
        """A part in whose way something stands, with the sentences for it."""
        values = {"table": self.named(table), "about": about, "share": self.share(lacking, rows)} | dict(told or {})
        values |= {"n": count_text(lacking, self.said), "rows": count_text(rows, self.said)}
        why, helps = (self.said.say(f"readiness.{kind}.{key}", **values) for kind in ("why", "helps"))
        return Part(about, table, state, key, why, helps, files, lacking, rows)

    def lacks(
        self,
        about: str,
        table: str,
        key: str,
        told: Mapping[str, str] | None = None,
        *,
        lacking: int,
        rows: int,
        files: Iterable[FileLack] = (),
    ) -> Part:
        """The verdict on a share of rows that lack something."""
        blamed = tuple(f for f in files if f.share > self.use.at_most)
        share = lacking / rows if rows else 0.0
        if share <= self.use.unnoticed and not blamed:
            return Part(about, table, "ready", lacking=lacking, rows=rows)
        state: State = "caveats" if share <= self.use.at_most else "blocked"
        return self.part(about, table, state, key, told, files=blamed, lacking=lacking, rows=rows)

    def share(self, lacking: int, rows: int) -> str:
        """A share in words, which does not round up to all or down to none."""
        share = lacking / rows if rows else 0.0
        return value_text(min(share, 0.999) if lacking < rows else share, "percent", words=self.said)


def worst_state(parts: Sequence[Part], *, whole: bool) -> State:
    """The verdict on a use: that of its worst part where it needs them all, else blocked only where all are."""
    worst = max(parts, key=lambda p: RANK[p.state]).state
    if whole or worst != "blocked":
        return worst
    return "blocked" if all(p.state == "blocked" for p in parts) else "caveats"
