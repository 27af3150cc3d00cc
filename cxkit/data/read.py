"""All exports of an engagement as tables, and every fault of every file, in one go."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlglot import exp

from cxkit._table import Database
from cxkit.data.codes import Strays, explain, fault_of_words, find_strays, worded
from cxkit.data.conform import (
    Field,
    fields_of,
    key_of,
    known_customer,
    rank_rows,
    select_beaten,
    select_table,
    select_usable,
)
from cxkit.data.contract import CONTRACTS
from cxkit.data.faults import Fault, guess_format, list_faults
from cxkit.data.ingest import Raw, read_raw
from cxkit.data.scales import FEWEST_ANSWERS, Found, find_scales
from cxkit.data.settings import Source, Sources
from cxkit.data.traps import Look, find_traps
from cxkit.errors import ExportError
from cxkit.evidence.manifest import SourceRecord

__all__ = ["Tables", "read_tables", "refuse_unusable"]

_MOST_LISTED = 10_000


@dataclass(frozen=True)
class Tables:
    """The tables that the exports give.

    Attributes:
        database: Where they are.
        columns: Names and types of the mapped columns of each table.
        sources: What was read from each source, and what was left out.
        faults: Everything that is wrong with the exports.
        fields: How each column of each source reads, for the stand-alone SQL.
        raws: The files of each source as text, for the stand-alone SQL.
        spans: First and last day of each table that has time.
        scales: What was found on each scaled column of each source.
    """

    database: Database
    columns: dict[str, dict[str, str]]
    sources: list[SourceRecord]
    faults: list[Fault]
    fields: dict[str, list[Field]]
    raws: dict[str, Raw]
    spans: dict[str, tuple[dt.date, dt.date]] = field(default_factory=dict)
    scales: list[Found] = field(default_factory=list)


def read_tables(
    db: Database, sources: Sources, *, root: Path, today: dt.date | None = None,
    names: Mapping[str, tuple[str, ...]] | None = None,
) -> Tables:  # fmt: skip
    """Read every source, type it, and build the tables of the contracts.

    Faults of all files are collected; nothing is raised for them.

    Args:
        db: Where the tables go.
        sources: What is read.
        root: Folder of the engagement.
        today: The day; a row of a year from now is a fault.
        names: Headers that each source had when it was last read.
    """
    reader = _Reader(db, sources, root, today or dt.date.max, names or {})
    for source in sources.sources:
        reader.read(source)
    by_table: dict[str, dict[str, Source]] = {}
    for source in sources.sources:
        if source.id in reader.raws:
            by_table.setdefault(source.table, {})[source.id] = source
    for table in sorted(by_table, key=lambda t: t != "customers"):
        reader.build(table, by_table[table])
    db.lock()
    return Tables(
        db, reader.columns, reader.records(), reader.faults, reader.fields, reader.raws, reader.spans(), reader.scales
    )


def refuse_unusable(tables: Tables, sources: Sources) -> None:
    """Raise for faults that stop measuring: broken files, or more bad rows than a source allows.

    Raises:
        ExportError: With the whole list of faults.
    """
    reasons = sorted({f.file for f in tables.faults if f.stops})
    limits = {s.id: s.max_rejected for s in sources.sources}
    for record in tables.sources:
        bad = max([record.rows_rejected, *_worst(record)], default=0)
        if record.rows_read and bad > limits[record.id] * record.rows_read:
            share = f"{bad:,} of {record.rows_read:,} rows cannot be used"
            reasons.append(f"{record.id} ({share}; at most {limits[record.id]:.0%} may be, see max_rejected)")
            continue
        reasons += [_outside(f, limits[record.id]) for f in tables.scales if f.source == record.id and _off(f, limits)]
    if reasons:
        raise ExportError(
            f"The exports cannot be measured: {'; '.join(reasons)}.\n\n{list_faults(tables.faults)}",
            hint="Mend the files or their mapping in sources.yaml, then run `cxkit check`.",
        )


def _off(found: Found, limits: Mapping[str, float]) -> bool:
    """Whether too many answers of a column are not on its scale, however many rows have no answer there."""
    return found.n + found.outside >= FEWEST_ANSWERS and found.share_outside > limits[found.source]


def _outside(found: Found, most: float) -> str:
    share = f"{found.outside:,} of {found.n + found.outside:,} answers in column {found.header!r} are not on its scale"
    return f"{found.source} ({share}; at most {most:.0%} may be, see max_rejected)"


def _worst(record: SourceRecord) -> list[int]:
    return [n for reason, n in record.reasons.items() if reason.startswith("value: ")]


class _Reader:
    """Collects tables, faults and counts over all sources."""

    def __init__(
        self, db: Database, sources: Sources, root: Path, today: dt.date, names: Mapping[str, tuple[str, ...]]
    ) -> None:
        self.db, self.root, self.names = db, root, names
        self.latest = today + dt.timedelta(days=366) if today < dt.date.max else today
        self.sources = {s.id: s for s in sources.sources}
        self.raws: dict[str, Raw] = {}
        self.fields: dict[str, list[Field]] = {}
        self.columns: dict[str, dict[str, str]] = {}
        self.faults: list[Fault] = []
        self.reasons: dict[str, dict[str, int]] = {s: {} for s in self.sources}
        self.used: dict[str, int] = {}
        self.replaced: dict[str, int] = {}
        self.scales: list[Found] = []

    def read(self, source: Source) -> None:
        raw, faults = read_raw(self.db, source, root=self.root, before=self.names.get(source.id, ()))
        self.faults += faults
        if raw is None:
            return
        for fault in faults:
            if fault.rejects:
                self._count(source, "line does not split into columns", 1)
        for why, number in raw.left_out.items():
            self._count(source, f"left out: {why}", number)
        self.raws[source.id] = raw
        self.fields[source.id] = fields_of(source, raw)
        strays = self._find_unreadable(source)
        usable = select_usable(self.fields[source.id], relation=exp.to_table(raw.table))
        self.db.create(f"usable_{source.id}", usable)
        scales = find_scales(self.db, source, raw, self.fields[source.id], strays)
        self.faults += find_traps(Look(self.db, source, raw, self.fields[source.id], strays, scales))
        self.scales += scales

    def build(self, table: str, sources: dict[str, Source]) -> None:
        usable = {i: self.fields[i] for i in sources}
        customers = "customers" in self.columns
        for source in sources.values():
            self._find_future(source)
            if customers:
                self._find_unknown(source)
        self._find_repeated(
            table, rank_rows(table, usable, sources=sources, customers=customers), list(sources.values())
        )
        tree = select_table(table, usable, sources=sources, customers=customers)
        # In one order, whichever thread was first: sums of fractions depend on it.
        self.db.create(table, tree.order_by(*[exp.column(f.name, quoted=True) for f in next(iter(usable.values()))]))
        self.columns[table] = {f.name: f.type for fields in usable.values() for f in fields}

    def records(self) -> list[SourceRecord]:
        return [self._record(s) for s in self.sources.values() if s.id in self.raws]

    def spans(self) -> dict[str, tuple[dt.date, dt.date]]:
        """First and last day of each table that has time and rows."""
        found: dict[str, tuple[dt.date, dt.date]] = {}
        for table, contract in CONTRACTS.items():
            if contract.time is None or contract.time not in self.columns.get(table, {}):
                continue
            time = exp.column(contract.time, quoted=True)
            last: exp.Expr = exp.Max(this=time.copy())
            last = exp.func("LAST_DAY", last) if contract.whole_month else last
            days = [exp.cast(m, "DATE") for m in (exp.Min(this=time), last)]
            first_day, last_day = self.db.rows(exp.select(*days).from_(exp.to_table(table)))[0]
            if first_day is not None:
                found[table] = (first_day, last_day)
        return found

    def _record(self, source: Source) -> SourceRecord:
        reasons = self.reasons[source.id]
        raw = self.raws[source.id]
        read = sum(f.rows for f in raw.files)
        rejected = sum(n for r, n in reasons.items() if not r.startswith("value: "))
        replaced = self.replaced.get(source.id, 0)
        return SourceRecord(
            id=source.id,
            table=source.table,
            files=raw.files,
            rows_read=read,
            rows_used=read - rejected - replaced,
            rows_rejected=rejected,
            rows_replaced=replaced,
            values_blanked=sum(n for r, n in reasons.items() if r.startswith("value: ")),
            reasons=dict(sorted(reasons.items())),
        )

    def _count(self, source: Source, reason: str, number: int) -> None:
        if number:
            self.reasons[source.id][reason] = self.reasons[source.id].get(reason, 0) + number

    def _find_unreadable(self, source: Source) -> dict[str, Strays]:
        fields, raw = self.fields[source.id], exp.to_table(self.raws[source.id].table)
        strays: dict[str, Strays] = {}
        required = [f for f in fields if f.required]
        counts = [exp.CountIf(this=f.unreadable) for f in fields] + [exp.CountIf(this=f.blank) for f in required]
        found = self.db.rows(exp.select(*counts).from_(raw))[0]
        for f, number in zip(fields, found, strict=False):
            if number:
                strays[f.name] = find_strays(self.db, self.raws[source.id], f, counted=number)
            if number and not f.required:
                self._count(source, f"value: {f.header} {f.complaint}", number)
            known = Strays() if f.required else strays.get(f.name, Strays())
            self._list_unreadable(source, f, known, number=number)
        for f, number in zip(required, found[len(fields) :], strict=True):
            self._list(source, f, f.blank, "blank, but every row needs it", number=number)
        self._count_rejected(source, required)
        return strays

    def _count_rejected(self, source: Source, required: list[Field]) -> None:
        """Each row is counted once, under the first thing that is wrong with it."""
        raw = exp.to_table(self.raws[source.id].table)
        case = exp.Case()
        for f in required:
            case = case.when(f.blank, exp.Literal.string(f"{f.header} is blank"))
            case = case.when(f.unreadable, exp.Literal.string(f"{f.header} is {f.complaint}"))
        reason = exp.select(case.as_("reason")).from_(raw).subquery("r")
        query = exp.select("reason", exp.Count(this=exp.Star())).from_(reason).group_by("reason")
        for why, number in self.db.rows(query.where(exp.column("reason").is_(exp.null()).not_())):
            self._count(source, why, number)

    def _list_unreadable(self, source: Source, f: Field, strays: Strays, *, number: int) -> None:
        mapped = {**source.columns, **source.attributes}[f.name]
        words = () if mapped.values else worded(f, strays)
        if words:
            self.faults.append(fault_of_words(f, mapped, strays, words=words, most=source.max_rejected))
            return
        meant = explain(f, mapped, strays, source=source.id)
        self._list(source, f, f.unreadable, f.complaint, number=number, meant=meant)

    def _list(
        self, source: Source, f: Field, condition: exp.Expr, what: str, *, number: int,
        meant: Mapping[str, tuple[str, str]] | None = None,
    ) -> None:  # fmt: skip
        if not number:
            return
        known = meant or {}
        raw = self.raws[source.id]
        query = exp.select("_file", "_row", f.present.copy().as_("value")).from_(exp.to_table(raw.table))
        rows = self.db.rows(query.where(condition).order_by("_file", "_row").limit(_MOST_LISTED))
        usual = what, self._hint(f, [value for _, _, value in rows if value not in known])
        for file, row, value in rows:
            name = raw.files[file].path if file < len(raw.files) else ""
            said, hint = known.get(value, usual)
            self.faults.append(Fault(name, row, f.header, value or "", said, hint=hint, rejects=f.required))
        if number > len(rows):
            rest = number - len(rows)
            self.faults.append(Fault(raw.files[-1].path, "", f.header, "", what, rejects=f.required, count=rest))

    def _hint(self, f: Field, values: list[str | None]) -> str:
        form = next(filter(None, map(guess_format, values)), "") if f.type in ("date", "timestamp") else ""
        if form:
            return (
                f'If that is how dates are written: {f.name}: {{column: {f.header}, format: "{form}"}} in sources.yaml.'
            )
        if f.type in ("number", "integer") and any(re.fullmatch(r"[-+]?[\d.]*\d,\d+", v or "") for v in values[:50]):
            return 'If the comma is the decimal mark: `format: {decimal: ","}` for this source in sources.yaml.'
        if f.required:
            return ""
        return "The value is left out and counted. If it means no answer, list it under `missing`."

    def _find_future(self, source: Source) -> None:
        """A row of a far day stops measuring: it would make the data seem to reach there."""
        f = next((f for f in self.fields[source.id] if f.name == CONTRACTS[source.table].time), None)
        if f is None or self.latest == dt.date.max:
            return
        usable = exp.to_table(f"usable_{source.id}", alias="u")
        time = exp.column(f.name, table="u", quoted=True)
        far = time.copy() > exp.cast(exp.Literal.string(self.latest.isoformat()), "DATE")
        query = exp.select("_file", "_row", time).from_(usable).where(far).order_by("_file", "_row")
        for file, row, value in self.db.rows(query.limit(_MOST_LISTED)):
            name, what = self.raws[source.id].files[file].path, "a day more than a year from now"
            hint = "Correct the date in the export, or leave the row out of it."
            self.faults.append(Fault(name, row, f.header, str(value), what, hint=hint, stops=True))

    def _find_unknown(self, source: Source) -> None:
        f = next((f for f in self.fields[source.id] if f.name == "customer_id"), None)
        if f is None or source.unknown_customers == "keep":
            return
        usable = exp.to_table(f"usable_{source.id}", alias="u")
        query = exp.select("_file", "_row", exp.column("customer_id", table="u", quoted=True)).from_(usable)
        query = query.where(known_customer(alias="u").not_())
        number = self._length(query)
        self._count(source, f"{f.header} is no known customer", number)
        hint = "Ask for a newer export of customers, or set `unknown_customers: keep` for this source."
        for file, row, value in self.db.rows(query.order_by("_file", "_row").limit(_MOST_LISTED)):
            name = self.raws[source.id].files[file].path
            self.faults.append(Fault(name, row, f.header, value, "no such customer", hint=hint, rejects=True))

    def _find_repeated(self, table: str, ranked: exp.Select, sources: list[Source]) -> None:
        """Rows whose key comes again: replaced by a later file, or in each other's way in one file."""
        if CONTRACTS[table].adds_up:
            # In one file these are parts of a whole; only a later file replaces them.
            beaten = exp.select("*", exp.false().as_("_differs")).from_(ranked.subquery("r"))
            beaten = beaten.where(exp.column("_rank") > 1)
        else:
            columns = dict.fromkeys(f.name for s in sources for f in self.fields[s.id])
            beaten = select_beaten(ranked, list(columns))
        for number, source in enumerate(sources):
            mine = beaten.where(exp.column("_source").eq(number))
            clash = exp.select("*").from_(mine.subquery("m")).where(exp.column("_differs"))
            if not CONTRACTS[table].adds_up:
                here = exp.and_(exp.column("_by_source").eq(number), exp.column("_by_file").eq(exp.column("_file")))
                clash = clash.where(here)
                lost = mine.where(exp.column("_by_source").neq(number))
                self._find_collision(source, lost, [s.id for s in sources])
            clashing = self._length(clash)
            self.replaced[source.id] = self._length(mine) - clashing
            self._count(source, "the same key again in one file, with other values", clashing)
            what = "another row of the file has the same key and other values; the last one counts"
            hint = f"If both are real, the key does not tell rows apart: name more columns under `key` of {source.id}."
            self._list_repeated(source, clash, what, hint=hint, rejects=True)
            if source.on_overlap == "error":
                hint = "Remove the repetition, or set `on_overlap: last` to let the later file count."
                self._list_repeated(source, mine, "the same key comes again later", hint=hint, rejects=False)

    def _find_collision(self, source: Source, lost: exp.Select, ids: list[str]) -> None:
        """Rows that another source replaced; two tools that number from 1 would wipe each other out."""
        number = self._length(lost)
        if number > source.max_rejected * sum(f.rows for f in self.raws[source.id].files):
            others = ", ".join(i for i in ids if i != source.id)
            what = f"{number:,} rows have the key of a row of another source of the table ({others})"
            hint = f"If they are not the same rows, give {source.id} and {others} a `key` with more columns."
            self.faults.append(Fault(source.files, "", " + ".join(key_of(source)), "", what, hint=hint, stops=True))

    def _list_repeated(self, source: Source, rows: exp.Select, what: str, *, hint: str, rejects: bool) -> None:
        key = key_of(source)
        shown = exp.select("_file", "_row", *[exp.column(k, quoted=True) for k in key]).from_(rows.subquery("e"))
        for file, row, *values in self.db.rows(shown.order_by("_file", "_row").limit(_MOST_LISTED)):
            place, value = self.raws[source.id].files[file].path, ", ".join(str(v) for v in values)
            fault = Fault(place, row, " + ".join(key), value, what, hint=hint, rejects=rejects, stops=not rejects)
            self.faults.append(fault)

    def _length(self, query: exp.Select) -> int:
        return int(self.db.rows(exp.select(exp.Count(this=exp.Star())).from_(query.subquery("q")))[0][0])
