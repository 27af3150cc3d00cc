"""All exports of an engagement as tables, and every fault of every file, in one go."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlglot import exp

from cxkit._table import Database
from cxkit.data.codes import Strays, explain, fault_of_words, find_strays, worded
from cxkit.data.conform import Field, fields_of, known_customer
from cxkit.data.contract import CONTRACTS
from cxkit.data.dates import find_dates
from cxkit.data.faults import Fault, guess_format, list_faults
from cxkit.data.ingest import Raw, read_raw
from cxkit.data.links import faults_of_links
from cxkit.data.repeats import build_table, find_repeats
from cxkit.data.scales import FEWEST_ANSWERS, Found, find_scales
from cxkit.data.settings import Source, Sources
from cxkit.data.staging import MisreadError, Staged, stage
from cxkit.data.traps import Look, find_strangers, find_traps, without_doubles
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
    # Texts that stand where they stood are read again when somebody asks for what was written in them.
    db.lock(texts=[t.plain.path for raw in reader.raws.values() for t in raw.in_place.values()])
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
        # What was meant to be left out is nothing that is wrong with the file.
        meant = sum(n for reason, n in record.reasons.items() if reason.startswith("left out: "))
        bad = max([record.rows_rejected - meant, *_worst(record)], default=0)
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
        self.today = today
        self.sources = {s.id: s for s in sources.sources}
        self.raws: dict[str, Raw] = {}
        self.staged: dict[str, Staged] = {}
        self.fields: dict[str, list[Field]] = {}
        self.columns: dict[str, dict[str, str]] = {}
        self.faults: list[Fault] = []
        self.reasons: dict[str, dict[str, int]] = {s: {} for s in self.sources}
        self.used: dict[str, int] = {}
        self.replaced: dict[str, int] = {}
        self.scales: list[Found] = []

    def read(self, source: Source) -> None:
        raw, faults = self._stage(source)
        self.faults += faults
        if raw is None:
            return
        for fault in faults:
            if fault.rejects:
                self._count(source, "line does not split into columns", 1)
            elif fault.column and not fault.stops:
                self._count(source, f"value: {fault.column} {fault.what}", fault.count)
        for why, number in raw.left_out.items():
            self._count(source, f"left out: {why}", number)
        self.faults += faults_of_links(source, raw, self.staged[source.id])
        strays = self._find_unreadable(source)
        scales = find_scales(self.db, source, raw, self.fields[source.id], strays)
        probed = self.staged[source.id].probed
        self._count(source, "left out: alike with another row, see duplicates", self.staged[source.id].dropped)
        trapped = find_traps(Look(self.db, source, raw, self.fields[source.id], strays, scales, probed))
        self.faults = without_doubles(self.faults, trapped, files=[f.path for f in raw.files]) + trapped
        self.scales += scales

    def _stage(self, source: Source) -> tuple[Raw | None, list[Fault]]:
        before = self.names.get(source.id, ())
        for in_place in (True, False):
            raw, faults = read_raw(self.db, source, root=self.root, before=before, in_place=in_place)
            if raw is None:
                return None, faults
            fields = fields_of(source, raw)
            try:
                staged = stage(self.db, source, raw, fields)
            except MisreadError:
                continue
            self.raws[source.id], self.fields[source.id], self.staged[source.id] = raw, list(staged.fields), staged
            return raw, faults
        raise AssertionError("rows that were laid down cannot be misread")

    def build(self, table: str, sources: dict[str, Source]) -> None:
        usable = {i: self.fields[i] for i in sources}
        customers, unknown = "customers" in self.columns, 0
        for source in sources.values():
            self._find_future(source)
            if customers:
                unknown += self._find_unknown(source)
                mine = self.raws[source.id], self.fields[source.id]
                self.faults += find_strangers(self.db, source, *mine)
        told = {"sources": sources, "customers": unknown > 0}
        repeats = find_repeats(self.db, table, usable, raws=self.raws, **told)
        self.faults += repeats.faults
        self.replaced |= repeats.replaced
        for source in sources.values():
            what = "the same key again in one file, with other values"
            self._count(source, what, repeats.clashing.get(source.id, 0))
        build_table(self.db, table, usable, beaten=repeats.beaten, **told)
        # What too many rows lack is there, and nothing may rest on it.
        unlinked = {n for i in sources for n in self.staged[i].unlinked}
        self.columns[table] = {f.name: f.type for fields in usable.values() for f in fields if f.name not in unlinked}

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
        fields, staged = self.fields[source.id], self.staged[source.id]
        if not staged.faulty:
            return {}
        strays: dict[str, Strays] = {}
        required = [f for f in fields if f.required]
        counts = [exp.CountIf(this=f.unreadable) for f in fields] + [exp.CountIf(this=f.blank) for f in required]
        found = self.db.rows(exp.select(*counts).from_(staged.odd))[0]
        for f, number in zip(fields, found, strict=False):
            if number:
                strays[f.name] = find_strays(self.db, self.raws[source.id], f, staged=staged, counted=number)
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
        case = exp.Case()
        for f in required:
            case = case.when(f.blank, exp.Literal.string(f"{f.header} is blank"))
            case = case.when(f.unreadable, exp.Literal.string(f"{f.header} is {f.complaint}"))
        reason = exp.select(case.as_("reason")).from_(self.staged[source.id].odd).subquery("r")
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
        query = exp.select("_file", "_row", f.present.copy().as_("value")).from_(self.staged[source.id].odd)
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
        forms = _forms_of_dates(values) if f.type in ("date", "timestamp") else []
        if forms:
            lines = [f'{f.name}: {{column: {f.header}, format: "{form}"}}' for form in forms]
            return f"If that is how dates are written: {', or with the month first '.join(lines)} in sources.yaml."
        if f.type in ("number", "integer") and any(re.fullmatch(r"[-+]?[\d.]*\d,\d+", v or "") for v in values[:50]):
            return 'If the comma is the decimal mark: `format: {decimal: ","}` for this source in sources.yaml.'
        if f.required:
            return "The row is left out and counted. Ask for the export again with what belongs there."
        return "The value is left out and counted. If it means no answer, list it under `missing`."

    def _find_future(self, source: Source) -> None:
        """A row of a day to come stops measuring: it would make the data seem to reach there."""
        contract = CONTRACTS[source.table]
        f = next((f for f in self.fields[source.id] if f.name == contract.time), None)
        if f is None or self.today == dt.date.max:
            return
        # A clock may be ahead by a day; a plan, such as a budget, by a year.
        latest = self.today + dt.timedelta(days=2 if contract.past else 366)
        usable = exp.to_table(f"usable_{source.id}", alias="u")
        time = exp.column(f.name, table="u", quoted=True)
        far = time.copy() >= exp.cast(exp.Literal.string(latest.isoformat()), "DATE")
        query = exp.select("_file", "_row", time).from_(usable).where(far).order_by("_file", "_row")
        for file, row, value in self.db.rows(query.limit(_MOST_LISTED)):
            name = self.raws[source.id].files[file].path
            what = "a day that has not come yet" if contract.past else "a day more than a year from now"
            hint = "Correct the date in the export, or leave the row out of it."
            if contract.past:
                hint = f"If day and month stand the other way round, say so with `format` for {f.name}; or c{hint[1:]}"
            self.faults.append(Fault(name, row, f.header, str(value), what, hint=hint, stops=True))

    def _find_unknown(self, source: Source) -> int:
        f = next((f for f in self.fields[source.id] if f.name == "customer_id"), None)
        if f is None or source.unknown_customers == "keep":
            return 0
        usable = exp.to_table(f"usable_{source.id}", alias="u")
        query = exp.select("_file", "_row", exp.column("customer_id", table="u", quoted=True)).from_(usable)
        query = query.where(known_customer(alias="u").not_())
        number = self._length(query)
        self._count(source, f"{f.header} is no known customer", number)
        hint = "Ask for a newer export of customers, or set `unknown_customers: keep` for this source."
        for file, row, value in self.db.rows(query.order_by("_file", "_row").limit(_MOST_LISTED)):
            name = self.raws[source.id].files[file].path
            self.faults.append(Fault(name, row, f.header, value, "no such customer", hint=hint, rejects=True))
        return number

    def _length(self, query: exp.Select) -> int:
        return int(self.db.rows(exp.select(exp.Count(this=exp.Star())).from_(query.subquery("q")))[0][0])


def _forms_of_dates(values: Sequence[str | None]) -> list[str]:
    """The format of most of the values, and the one with the month first where that fits them all as well."""
    dates = find_dates(v for v in values if v)
    if dates is None or not dates.formats:
        return list(filter(None, [next(filter(None, map(guess_format, values)), "")]))
    form = dates.formats[0]
    turned = form.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m")
    return [form, turned] if dates.order == "either" else [form]
