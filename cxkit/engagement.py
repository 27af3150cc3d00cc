"""The folder of one engagement: opens it, and joins the subjects over it.

Everything that needs more than one subject starts here; the arithmetic is theirs.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import importlib.metadata
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cxkit._documents import read_document, read_note
from cxkit._format import Words, words
from cxkit.errors import DocumentError, EvidenceError
from cxkit.evidence.view import Evidence, Note, View

if TYPE_CHECKING:
    from cxkit.data.faults import Fault
    from cxkit.data.settings import Settings, Sources
    from cxkit.evidence.cells import Cell
    from cxkit.evidence.manifest import KpiRecord, Manifest, SourceRecord
    from cxkit.kpi.cube import Request
    from cxkit.kpi.measure import Measured
    from cxkit.kpi.model import Catalogue, Kpi

__all__ = ["Checked", "Engagement", "open_engagement"]

_LOGOS = {".png": "image/png", ".svg": "image/svg+xml", ".jpg": "image/jpeg"}
_LARGEST_LOGO = 300_000


def open_engagement(path: str | Path) -> Engagement:
    """The engagement in a folder.

    Raises:
        DocumentError: There is no such folder, or it has no `engagement.yaml`.
    """
    root = Path(path)
    if not root.is_dir():
        raise DocumentError(f"There is no folder {str(path)!r}.", hint="Create an engagement with `cxkit new`.")
    if not (root / "engagement.yaml").is_file():
        raise DocumentError(
            "The folder is no engagement: it has no engagement.yaml.",
            where=str(path),
            hint="Create one with `cxkit new`.",
        )
    return Engagement(root)


@dataclass(frozen=True)
class Checked:
    """What `check` found: everything wrong with the exports, and what was read."""

    faults: tuple[Fault, ...]
    sources: tuple[SourceRecord, ...]
    kpis: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether there is nothing to mend."""
        return not self.faults


@dataclass(frozen=True)
class Engagement:
    """One client's folder."""

    root: Path

    @cached_property
    def settings(self) -> Settings:
        """`engagement.yaml`."""
        from cxkit.data.settings import Settings

        return read_document(self.root / "engagement.yaml", Settings)

    @cached_property
    def sources(self) -> Sources:
        """`sources.yaml`."""
        from cxkit.data.settings import Sources

        return read_document(self.root / "sources.yaml", Sources)

    @cached_property
    def catalogue(self) -> Catalogue:
        """The KPIs and derived tables at hand, the client's own among them."""
        from cxkit.kpi.model import read_catalogue

        return read_catalogue(self.root)

    def check(self, *, today: dt.date | None = None) -> Checked:
        """Read every export and say everything that is wrong.

        Args:
            today: The day, against which far days are found.

        Raises:
            CxkitError: An edited file is wrong; exports are not, their faults are returned.
        """
        from cxkit._table import open_database
        from cxkit.data.read import read_tables
        from cxkit.kpi.measure import plans_of, telling
        from cxkit.kpi.query import select_sums

        with open_database() as db:
            tables = read_tables(db, self.sources, root=self.root, today=today)
            if any(f.stops for f in tables.faults):
                # What cannot be read cannot be missed: KPIs are judged when the files are there.
                return Checked(tuple(tables.faults), tuple(tables.sources), ())
            try:
                request = self._request(tables)
            except DocumentError:
                if tables.faults:
                    return Checked(tuple(tables.faults), tuple(tables.sources), ())
                raise
            for plan in plans_of(request):
                with telling(self.catalogue, plan):
                    db.columns(select_sums(plan, request.pairs))
        kpis = tuple(k.id for k in request.kpis)
        return Checked(tuple(tables.faults), tuple(tables.sources), kpis, (*request.gaps(), *self._stale_notes()))

    def measure(self, *, today: dt.date) -> Manifest:
        """Measure the KPIs and write the evidence.

        Raises:
            ExportError: The exports cannot be measured; the message lists every fault.
            CxkitError: An edited file is wrong.
        """
        from cxkit._table import open_database
        from cxkit.data.read import read_tables, refuse_unusable
        from cxkit.data.rejected import write_rejected
        from cxkit.evidence.store import write_evidence
        from cxkit.kpi.measure import measure_kpis

        inputs = self.inputs()
        before = self._evidence_before()
        with open_database() as db:
            tables = read_tables(db, self.sources, root=self.root, today=today)
            refuse_unusable(tables, self.sources)
            request = self._request(tables)
            measured = measure_kpis(db, request)
            sql = self._sql(measured, tables)
        manifest = self._manifest(request, measured, tables.sources, sql, before, today=today, inputs=inputs)
        write_rejected(self.root / "worklists" / "rejected_rows.csv", tables.faults)
        evidence = Evidence(manifest, tuple(measured.cells), tuple(measured.comparisons), sql)
        return write_evidence(self.root / "evidence", manifest, evidence=evidence)

    def evidence(self) -> Evidence:
        """The evidence as last measured.

        Raises:
            EvidenceError: There is none, it was altered, or another version wrote it.
        """
        from cxkit.evidence.store import read_evidence

        return read_evidence(self.root / "evidence", name=f"{self.root.name}/evidence")

    def view(self, period: str = "latest", *, audience: str = "client") -> View:
        """The evidence as a report of one period reads it, with the advisor's commentary.

        Raises:
            EvidenceError: There is no evidence.
            ParameterError: There is no such period or audience.
        """
        evidence = self.evidence()
        return evidence.at(period, audience=audience, notes=self.notes(evidence))

    def notes(self, evidence: Evidence) -> list[Note]:
        """The advisor's commentary, each note with whether what it speaks of still stands."""
        cells = {c.id: c for c in evidence.cells}
        said = words(evidence.manifest.client.language)
        return [_note(path, cells, said) for path in sorted((self.root / "commentary").glob("*.md"))]

    def inputs(self) -> str:
        """Hash over everything the numbers depend on: exports, mapping, definitions, version."""
        from cxkit._share import share_path
        from cxkit.data.ingest import find_files

        paths = [self.root / "engagement.yaml", self.root / "sources.yaml"]
        own = [*(self.root / "kpis").glob("*.yaml"), *(self.root / "tables").glob("*.yaml")]
        paths += sorted(p for p in own if p.is_file())
        for source in self.sources.sources:
            paths += find_files(self.root, source.files, where=f"sources.yaml, source {source.id}")
        shipped = sorted([*share_path("templates/kpis").glob("*.yaml"), *share_path("templates/tables").glob("*.yaml")])
        digest = hashlib.sha256(_version().encode())
        for path in [*paths, *shipped]:
            with path.open("rb") as file:
                digest.update(path.name.encode() + b"\0" + hashlib.file_digest(file, "sha256").digest())
        return digest.hexdigest()

    def is_fresh(self) -> bool:
        """Whether the evidence is that of the exports and definitions as they are now."""
        from cxkit.evidence.store import read_manifest

        try:
            return read_manifest(self.root / "evidence").inputs == self.inputs()
        except EvidenceError:
            return False

    def _request(self, tables) -> Request:  # noqa: ANN001
        from cxkit.kpi.cube import GRACE, Request
        from cxkit.kpi.select import check_names, scale_notes, select_kpis

        settings = self.settings
        check_names(settings, self.catalogue, tables.columns)
        kpis = select_kpis(settings, self.catalogue, tables.columns, scales=tables.scales)
        last = settings.data_until or max((s[1] for s in tables.spans.values()), default=None)
        if last is None:
            raise DocumentError(
                "The exports hold no date, so the last day that they cover is unknown.",
                where="engagement.yaml",
                hint="Add `data_until: 2026-10-31`.",
            )
        found = min((s[0] for s in tables.spans.values()), default=last.replace(day=1))
        first = settings.data_from or min(found, last.replace(day=1))
        request = Request(
            kpis=kpis,
            catalogue=self.catalogue,
            columns=tables.columns,
            dimensions={d: v.column or d for d, v in settings.dimensions.items()},
            pairs=settings.pairs,
            lengths=settings.periods,
            first=first,
            last=last,
            threshold=settings.privacy.threshold,
            grace=0 if settings.data_from else GRACE,
            spans=tables.spans,
            baseline=settings.baseline,
            notes=scale_notes(kpis, tables.scales, said=words(settings.language)),
            few_accounts=words(settings.language).say("caveat.few_accounts"),
        )
        if not any(request.periods(n) for n in request.lengths):
            raise DocumentError(
                f"The data, from {first} to {last}, hold no complete {' or '.join(request.lengths)}.",
                where="engagement.yaml, periods",
                hint="Add a shorter length, or say with `data_from` and `data_until` which days the exports cover.",
            )
        if settings.baseline and settings.baseline not in {p.name for n in request.lengths for p in request.periods(n)}:
            raise DocumentError(
                f"The baseline {settings.baseline!r} is no complete period of the data, from {first} to {last}.",
                where="engagement.yaml, baseline",
            )
        return request

    def _sql(self, measured: Measured, tables) -> dict[str, str]:  # noqa: ANN001
        from cxkit.kpi.standalone import standalone_sql

        found: dict[str, str] = {}
        for (kpi, length), plan in measured.plans.items():
            terms = next(t for t in plan.terms if t.kpi.id == kpi)
            found[f"{kpi}.{length}.sql"] = standalone_sql(plan, terms, tables=tables, sources=self.sources.sources)
        return found

    def _evidence_before(self) -> Evidence | None:
        try:
            return self.evidence()
        except EvidenceError:
            return None

    def _stale_notes(self) -> list[str]:
        before = self._evidence_before()
        if before is None:
            return []
        return [f"commentary on {n.cell}: {n.why}" for n in self.notes(before) if n.state != "current"]

    def _manifest(
        self,
        request: Request,
        measured: Measured,
        sources: list[SourceRecord],
        sql: dict[str, str],
        before: Evidence | None,
        *,
        today: dt.date,
        inputs: str,
    ) -> Manifest:
        from cxkit.evidence.manifest import Client, DimensionRecord, Manifest
        from cxkit.evidence.store import changes_between, evidence_id

        s = self.settings
        values: dict[str, set[str]] = {d: set() for d in s.dimensions}
        for cell in measured.cells:
            for d, v in cell.slice:
                values[d].add(v)
        return Manifest(
            cxkit=_version(),
            versions={p: importlib.metadata.version(p) for p in ("duckdb", "sqlglot", "scipy", "numpy", "pandas")},
            evidence=evidence_id(measured.cells, measured.comparisons),
            previous=before.manifest.evidence if before else None,
            measured_on=today.isoformat(),
            client=Client(
                id=s.id, name=s.client, industry=s.industry, language=s.language, currency=s.currency,
                start=s.start.isoformat(), weeks=s.weeks, brand=s.brand, logo=self._logo(),
            ),
            lengths=s.periods,
            periods={n: tuple(p.name for p in request.periods(n)) for n in s.periods},
            data_from=request.first.isoformat(),
            data_until=request.last.isoformat(),
            baseline=s.baseline,
            confidence=request.confidence,
            threshold=request.threshold,
            dimensions=tuple(
                DimensionRecord(id=d, label=v.label or d.capitalize(), values=tuple(sorted(values[d])))
                for d, v in s.dimensions.items()
            ),
            pairs=s.pairs,
            kpis=tuple(self._kpi_record(k, measured, sql, request.notes or {}) for k in request.kpis),
            sources=tuple(sources),
            tables={t: sum(r.rows_used for r in sources if r.table == t) for t in request.columns},
            coverage={t: (a.isoformat(), z.isoformat()) for t, (a, z) in request.spans.items()},
            queries=measured.queries,
            suppressed=measured.suppressed,
            notes=tuple(request.gaps()),
            changes=tuple(changes_between(before, measured.cells)),
            inputs=inputs,
        )  # fmt: skip

    def _kpi_record(self, kpi: Kpi, measured: Measured, sql: dict[str, str], notes) -> KpiRecord:  # noqa: ANN001
        from cxkit.evidence.manifest import KpiRecord

        s = self.settings
        target = s.targets.get(kpi.id)
        return KpiRecord(
            id=kpi.id, label=kpi.label, question=kpi.question, kind=kpi.kind, table=kpi.table, unit=kpi.unit,
            better=kpi.better, per=kpi.scale, minimum_n=kpi.minimum_n, fields=kpi.sql_fields, base=kpi.base,
            base_text=kpi.base_text, method=measured.methods[kpi.id], variants=kpi.variants, source=kpi.source,
            owner_role=kpi.owner_role, owner=s.owners.get(kpi.id, ""), trademark=kpi.trademark,
            counts=kpi.counts, by_length=not measured.additive[kpi.id],
            target=target.value if target else None, definition=measured.definitions[kpi.id],
            note=notes.get(kpi.id, ""), overrides=kpi.overrides, dimensions=measured.dimensions[kpi.id],
            sql={n: f"{kpi.id}.{n}.sql" for n in s.periods if f"{kpi.id}.{n}.sql" in sql},
        )  # fmt: skip

    def _logo(self) -> str | None:
        name = self.settings.brand.logo
        if name is None:
            return None
        path = (self.root / name).resolve()
        kind = _LOGOS.get(path.suffix.lower())
        if kind is None or not path.is_relative_to(self.root.resolve()) or not path.is_file():
            raise DocumentError(
                f"The logo {name!r} is no PNG, JPEG or SVG file in the engagement.", where="engagement.yaml, brand.logo"
            )
        if path.stat().st_size > _LARGEST_LOGO:
            raise DocumentError(
                f"The logo is larger than {_LARGEST_LOGO // 1000} kB.", where="engagement.yaml, brand.logo"
            )
        return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"


def _note(path: Path, cells: dict[str, Cell], words: Words) -> Note:
    from cxkit.data.settings import NoteHead

    name = f"commentary/{path.name}"
    head, text = read_note(path, NoteHead, name=name)
    about, _, seen = head.about.partition("@")
    if seen and not re.fullmatch(r"[0-9a-f]{6}", seen):
        raise DocumentError(
            f"{seen!r} is no fingerprint.", where=name, hint=f"Write only {about!r}; `cxkit check` says the rest."
        )
    state, why = _state(about, seen, cells.get(about))
    date = head.date.isoformat() if head.date else ""
    fingerprint = cells[about].fingerprint if about in cells else ""
    said = words.say(f"commentary.why_{why}", cell=about, fingerprint=fingerprint) if why else ""
    return Note(about, head.title, text, head.author, date, state, said)


def _state(about: str, seen: str, cell: Cell | None) -> tuple[str, str]:
    """Whether a note still speaks of the number that it was written on, and the text that says why not."""
    if not about:
        return "current", ""
    if cell is None:
        return "stale", "gone"
    if not seen:
        return "unbound", "unbound"
    return ("current", "") if seen == cell.fingerprint else ("stale", "changed")


def _version() -> str:
    return importlib.metadata.version("cxkit")
