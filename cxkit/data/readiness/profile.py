"""What each export holds, counted: how full its columns are, whom its rows belong to, which days they are of.

Counts only, never a row. Rows that were left out count as well: a row without a key lacks it, whatever became of it.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp

from cxkit._table import Database
from cxkit.data.conform import Field
from cxkit.data.contract import CONTRACTS, ColumnType
from cxkit.data.ingest import Raw
from cxkit.data.read import Tables
from cxkit.evidence.manifest import SourceRecord

__all__ = ["ColumnProfile", "FileProfile", "Profile", "profile_tables"]

CLASHING = "the same key again in one file, with other values"


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """How full one column of one source is.

    Attributes:
        name: Its name in the table.
        header: Where it comes from, as the advisor wrote it.
        required: Whether a row without it is left out.
        filled: Rows with any value.
        readable: Rows whose value could be read.
        rows: Rows of the source.
        type: Its type.
    """

    name: str
    header: str
    required: bool
    filled: int
    readable: int
    rows: int
    type: ColumnType = "text"

    @property
    def share_filled(self) -> float:
        """Share of the rows that have a value; 1 where there are no rows.

        Example:
            >>> ColumnProfile("score", "Q1", False, 180, 171, 200).share_filled
            0.9
        """
        return self.filled / self.rows if self.rows else 1.0

    @property
    def share_readable(self) -> float:
        """Share of the values that could be read; 1 where there are no values.

        Example:
            >>> ColumnProfile("score", "Q1", False, 180, 171, 200).share_readable
            0.95
        """
        return self.readable / self.filled if self.filled else 1.0


@dataclass(frozen=True, slots=True)
class FileProfile:
    """One file of a source.

    Attributes:
        path: The export, as a path in the engagement.
        rows: Its rows, also those that were left out.
        usable: Rows that have all that every row needs.
        filled: Rows with a value, by column.
        linked: Rows whose customer is known; None where there is no telling.
        first: First day, or None.
        last: Last day, or None.
    """

    path: str
    rows: int
    usable: int = 0
    filled: Mapping[str, int] = field(default_factory=dict[str, int])
    linked: int | None = None
    first: dt.date | None = None
    last: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """One source, counted.

    Attributes:
        source: Its id.
        table: The table that it gives.
        rows: Its rows, also those that were left out for what is wrong with them.
        used: The rows that are measured.
        columns: Its mapped columns.
        files: Its files.
        customers: Customers that are known; None without a list of them.
        linked: Rows whose customer is known; None without a list of customers or a column that names them.
        seen: Known customers with a row in the table; None as for `linked`.
        cut: Rows whose value of a dimension is known, by dimension; one that the source cannot have is not there.
        days: Rows by day.
        replaced: Rows that a later one with the same key replaced.
        clashing: Rows of one file that have the key of another and other values.
        facts: What certain uses need to know of the table: counts by name.
        age: Days between the last row and today; None where the day is not known.
    """

    source: str
    table: str
    rows: int
    used: int
    columns: tuple[ColumnProfile, ...] = ()
    files: tuple[FileProfile, ...] = ()
    customers: int | None = None
    linked: int | None = None
    seen: int | None = None
    cut: Mapping[str, int] = field(default_factory=dict[str, int])
    days: Mapping[dt.date, int] = field(default_factory=dict[dt.date, int])
    replaced: int = 0
    clashing: int = 0
    facts: Mapping[str, int] = field(default_factory=dict[str, int])
    age: int | None = None

    @property
    def share_linked(self) -> float | None:
        """Share of the rows whose customer is known.

        Example:
            >>> Profile("survey", "responses", 200, 120, linked=120).share_linked
            0.6
        """
        return None if self.linked is None else self.linked / self.rows if self.rows else 1.0

    @property
    def lost(self) -> int:
        """Rows that were left out for what is wrong with them.

        Example:
            >>> Profile("survey", "responses", 200, 120, replaced=10).lost
            70
        """
        return max(self.rows - self.used - self.replaced, 0)

    @property
    def months(self) -> dict[str, int]:
        """Rows by month, as "2026-03"; months without rows are not there.

        Example:
            >>> Profile("s", "orders", 3, 3, days={dt.date(2026, 3, 1): 2, dt.date(2026, 3, 9): 1}).months
            {'2026-03': 3}
        """
        found: Counter[str] = Counter()
        for day in sorted(self.days):
            found[f"{day:%Y-%m}"] += self.days[day]
        return dict(found)

    @property
    def last(self) -> dt.date | None:
        """The last day that the rows reach to; of a table by month the month's end.

        Example:
            >>> Profile("billing", "revenue", 3, 3, days={dt.date(2026, 2, 1): 3}).last
            datetime.date(2026, 2, 28)
        """
        if not self.days or not CONTRACTS[self.table].whole_month:
            return max(self.days, default=None)
        day = max(self.days)
        return day.replace(day=calendar.monthrange(day.year, day.month)[1])

    def column(self, name: str) -> ColumnProfile | None:
        """The column of that name, or None where nobody mapped it."""
        return next((c for c in self.columns if c.name == name), None)


def profile_tables(
    tables: Tables, *, dimensions: Mapping[str, str] | None = None, today: dt.date | None = None
) -> tuple[Profile, ...]:
    """Every source that could be read, counted.

    Args:
        tables: What `read_tables` gave.
        dimensions: Column of each declared dimension.
        today: The day, for the age of the rows; those of a year from now are slips of the finger and have no day.
    """
    db = tables.database
    customers = db.count("customers") if "customers" in tables.columns else None
    known = set(tables.columns.get("customers", {}))
    found: list[Profile] = []
    for record in (r for r in tables.sources if r.id in tables.raws and r.table in tables.columns):
        look = _Look(db, tables.raws[record.id], tables.fields[record.id], record, known, dict(dimensions or {}))
        found.append(_aged(look.profile(customers), today))
    return tuple(found)


def _aged(profile: Profile, today: dt.date | None) -> Profile:
    if today is None:
        return profile
    latest = today + dt.timedelta(days=366)
    found = replace(profile, days={d: n for d, n in profile.days.items() if d <= latest})
    return replace(found, age=(today - found.last).days if found.last else None)


@dataclass(frozen=True)
class _Look:
    """One source, and what is asked of it."""

    db: Database
    raw: Raw
    fields: list[Field]
    record: SourceRecord
    customer_columns: set[str]
    dimensions: dict[str, str]

    def profile(self, customers: int | None) -> Profile:
        table, record = self.record.table, self.record
        refers = bool(self.customer_columns) and table != "customers" and self._field("customer_id") is not None
        read, odd = self._read(refers=refers), self._odd()
        rows = sum(f["rows"] for f in read.values())
        columns: list[ColumnProfile] = []
        for f in self.fields:
            readable, unreadable = (sum(n.get(f.name, 0) for n in counts.values()) for counts in (read, odd))
            filled = readable + unreadable
            columns.append(ColumnProfile(f.name, f.header, f.required, filled, readable, rows, f.type))
        return Profile(
            record.id,
            table,
            rows,
            record.rows_used,
            tuple(columns),
            self._files(read, odd, refers=refers),
            customers=customers,
            linked=sum(w["_linked"] for w in read.values()) if refers else None,
            seen=self._seen() if refers else None,
            cut={d: sum(w[f"_cut {d}"] for w in read.values()) for d in self._cuts(refers=refers)},
            days=self._days(),
            replaced=record.rows_replaced,
            clashing=record.reasons.get(CLASHING, 0),
            facts=self._facts(),
        )

    def _read(self, *, refers: bool) -> dict[int, dict[str, int]]:
        """Counts over all rows as they were read, by file."""
        counts: dict[str, exp.Expr] = {"rows": exp.Count(this=exp.Star())}
        counts |= {f.name: exp.Count(this=_c(f.name, "r")) for f in self.fields}
        required = [_c(f.name, "r").is_(exp.null()).not_() for f in self.fields if f.required]
        counts["_usable"] = exp.CountIf(this=exp.and_(exp.true(), *required))
        for name, column in self._cuts(refers=refers).items():
            counts[f"_cut {name}"] = exp.Count(this=_c(column, "r" if self._field(column) else "c"))
        relation = exp.to_table(f"incoming_typed_{self.record.id}", alias="r")
        query = exp.select(_c("_file", "r")).from_(relation).group_by(_c("_file", "r"))
        if refers:
            counts["_linked"] = exp.Count(this=_c("customer_id", "c"))
            customers = exp.to_table("customers", alias="c")
            same = _c("customer_id", "r").eq(_c("customer_id", "c"))
            query = query.join(customers, on=same, join_type="left")
        found = self.db.rows(query.select(*counts.values()))
        return {int(f): {k: int(n or 0) for k, n in zip(counts, row, strict=True)} for f, *row in found}

    def _odd(self) -> dict[int, dict[str, int]]:
        """Values that are there and could not be read, by file."""
        counts = [exp.CountIf(this=f.unreadable) for f in self.fields]
        query = exp.select("_file", *counts).from_(f"incoming_odd_{self.record.id}").group_by("_file")
        names = [f.name for f in self.fields]
        return {
            int(f): {k: int(n or 0) for k, n in zip(names, row, strict=True)} for f, *row in self.db.rows(query)
        }  # fmt: skip

    def _files(
        self, read: Mapping[int, Mapping[str, int]], odd: Mapping[int, Mapping[str, int]], *, refers: bool
    ) -> tuple[FileProfile, ...]:
        days = self._days_of_files()
        found: list[FileProfile] = []
        for number, file in enumerate(self.raw.files):
            counts, strange = read.get(number, {}), odd.get(number, {})
            filled = {f.name: counts.get(f.name, 0) + strange.get(f.name, 0) for f in self.fields}
            linked = counts.get("_linked", 0) if refers else None
            first, last = days.get(number, (None, None))
            usable = counts.get("_usable", 0)
            found.append(FileProfile(file.path, counts.get("rows", 0), usable, filled, linked, first, last))
        return tuple(found)

    def _days_of_files(self) -> dict[int, tuple[dt.date, dt.date]]:
        if (time := self._time()) is None:
            return {}
        ends = [exp.cast(end, "DATE") for end in (exp.Min(this=_c(time)), exp.Max(this=_c(time)))]
        query = exp.select("_file", *ends).from_(f"usable_{self.record.id}").group_by("_file")
        return {int(f): (a, z) for f, a, z in self.db.rows(query) if a is not None}

    def _days(self) -> dict[dt.date, int]:
        if (time := self._time()) is None:
            return {}
        day = exp.cast(_c(time), "DATE").as_("day")
        rows = exp.select(day).from_(f"usable_{self.record.id}").subquery("d")
        query = exp.select("day", exp.Count(this=exp.Star())).from_(rows).group_by("day").order_by("day")
        return {day: int(n) for day, n in self.db.rows(query) if day is not None}

    def _seen(self) -> int:
        customers = exp.select(_c("customer_id")).from_("customers")
        mine = exp.select(_c("customer_id")).distinct().from_(self.record.table)
        mine = mine.where(exp.In(this=_c("customer_id"), query=customers.subquery()))
        return int(self.db.rows(exp.select(exp.Count(this=exp.Star())).from_(mine.subquery("s")))[0][0])

    def _facts(self) -> dict[str, int]:
        conditions = _facts_of(self.record.table, self.fields)
        if not conditions:
            return {}
        query = exp.select(*[exp.CountIf(this=c) for c in conditions.values()]).from_(self.record.table)
        # Where a condition is never anything but NULL, DuckDB counts NULL.
        return {name: int(n or 0) for name, n in zip(conditions, self.db.rows(query)[0], strict=True)}

    def _cuts(self, *, refers: bool) -> dict[str, str]:
        """The declared dimensions that the source has, in itself or by its customers, with their columns."""
        have = {f.name for f in self.fields}
        beside = self.customer_columns if refers else set[str]()
        return {d: c for d, c in self.dimensions.items() if c in have or c in beside}

    def _field(self, name: str) -> Field | None:
        return next((f for f in self.fields if f.name == name), None)

    def _time(self) -> str | None:
        time = CONTRACTS[self.record.table].time
        return time if time and self._field(time) else None


def _facts_of(table: str, fields: Sequence[Field]) -> dict[str, exp.Expr]:
    """What is counted of a table beyond its columns: conditions over the rows that are measured, by name."""

    def there(name: str) -> exp.Expr:
        return _c(name).is_(exp.null()).not_()

    if table == "customers":
        return {"left": there("left_on"), "left_before_joined": _c("left_on") < _c("joined_on")}
    if table == "interactions":
        return {"steps": there("step"), "steps_without_case": exp.and_(there("step"), there("case_id").not_())}
    if table == "responses" and (names := _answers_of(fields)):
        first, *others = names
        return {f"answered {first}": there(first)} | {
            f"answered {first} and {o}": exp.and_(there(first), there(o)) for o in others
        }
    return {}


def _answers_of(fields: Sequence[Field]) -> list[str]:
    """The answers of a questionnaire that are numbers: what is to be explained first, then what may explain it."""
    own = [n for n, c in CONTRACTS["responses"].columns.items() if c.scale and any(f.name == n for f in fields)]
    more = [f.name for f in fields if f.name not in CONTRACTS["responses"].columns and f.type in ("integer", "number")]
    return own + more if own else []


def _c(name: str, table: str | None = None) -> exp.Column:
    return exp.column(name, table=table, quoted=True)
