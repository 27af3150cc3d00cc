"""What `measure` is made of: from settings and tables to a request, from what was measured to a manifest."""

from __future__ import annotations

import base64
import datetime as dt
import importlib.metadata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cxkit._format import words
from cxkit._table import Database
from cxkit.causes import feeds_of, records_of, with_causes
from cxkit.data.arrivals import Arrival
from cxkit.data.files import find_files
from cxkit.data.read import Tables
from cxkit.data.scales import doubts
from cxkit.data.settings import Settings, Source
from cxkit.errors import DocumentError
from cxkit.evidence.findings import Finding
from cxkit.evidence.manifest import Client, DimensionRecord, KpiRecord, Manifest, StudyRecord
from cxkit.evidence.store import changes_between, evidence_id
from cxkit.evidence.view import Evidence
from cxkit.journey.model import JourneyPair
from cxkit.journey.read import read_journeys
from cxkit.kpi.cube import GRACE, Request
from cxkit.kpi.measure import Measured
from cxkit.kpi.model import Catalogue, Kpi
from cxkit.kpi.select import check_names, scale_notes, select_kpis
from cxkit.kpi.shapes import measure_shapes
from cxkit.kpi.standalone import standalone_sql

__all__ = ["Inputs", "check_maps", "files_of", "manifest_of", "measure_studies", "request_of", "sql_of"]

_LOGOS = {".png": "image/png", ".svg": "image/svg+xml", ".jpg": "image/jpeg"}
_LARGEST_LOGO = 300_000
_LIBRARIES = ("duckdb", "sqlglot", "scipy", "numpy", "pandas")


@dataclass(frozen=True)
class Inputs:
    """What a measurement started from, beside the tables."""

    root: Path
    settings: Settings
    digest: str
    today: dt.date
    before: Evidence | None


def request_of(settings: Settings, catalogue: Catalogue, tables: Tables, *, root: Path) -> Request:
    """What is to be measured on these tables; KPIs are not needed where the engagement has a journey to measure.

    Raises:
        DocumentError: The settings name what is not there, or the data hold no complete period.
    """
    check_names(settings, catalogue, tables.columns)
    maps = "interactions" in tables.columns and any(map(_is_bound, read_journeys(root).values()))
    kpis = select_kpis(settings, catalogue, tables.columns, scales=tables.scales, maps=maps)
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
        catalogue=catalogue,
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
        notes=scale_notes(kpis, catalogue, tables.scales, said=words(settings.language)),
        few=lambda kind, n: words(settings.language).say(
            "caveat.few_accounts" if kind == "ratio" else "caveat.few", n=f"{n:.1f}"
        ),
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


def sql_of(measured: Measured, tables: Tables, sources: Sequence[Source]) -> dict[str, str]:
    """The stand-alone SELECT of each KPI and length of period, by file name."""
    found: dict[str, str] = {}
    for (kpi, length), plan in measured.plans.items():
        terms = next(t for t in plan.terms if t.kpi.id == kpi)
        found[f"{kpi}.{length}.sql"] = standalone_sql(plan, terms, tables=tables, sources=sources)
    return found


def check_maps(db: Database, request: Request, root: Path) -> tuple[str, ...]:
    """Prove that the journeys of an engagement can be measured on its tables; what is worth knowing all the same.

    Raises:
        DocumentError: A journey does not read, or names a KPI, a column or an event that is not there.
    """
    pairs = read_journeys(root)
    if not pairs:
        return ()
    from cxkit.journey.measure import check_journeys

    return check_journeys(db, pairs, kpis=[k.id for k in request.kpis], columns=request.columns)


def measure_studies(
    db: Database, request: Request, measured: Measured, root: Path, *, language: str = "en"
) -> tuple[list[StudyRecord], list[Finding]]:
    """Journeys, what stands behind the scores, and the curves of what lasts.

    Raises:
        DocumentError: A journey does not read, or names what is not there.
    """
    journeys, steps = _measure_maps(db, request, root, language=language)
    shapes, points = measure_shapes(db, request, measured, language=language)
    return [*journeys, *shapes], [*steps, *points]


def _measure_maps(
    db: Database, request: Request, root: Path, *, language: str
) -> tuple[list[StudyRecord], list[Finding]]:
    """What the interactions say of each journey that is drawn as it is.

    Raises:
        DocumentError: A journey does not read, or names what is not there.
    """
    pairs = read_journeys(root)
    if not pairs:
        return [], []
    from cxkit.journey.measure import check_journeys, measure_journey

    check_journeys(db, pairs, kpis=[k.id for k in request.kpis], columns=request.columns)
    studies: list[StudyRecord] = []
    findings: list[Finding] = []
    # As for KPIs: interactions that stop early say nothing of the days after them.
    first, last = request.spans.get("interactions", (request.first, request.last))
    since = max(request.first, first)
    until = last if request.last - last > dt.timedelta(days=GRACE) else request.last
    for pair in pairs.values():
        # A journey is what one case or one customer goes through.
        mine = set(request.columns.get("interactions", ()))
        if pair.as_is is not None and _is_bound(pair) and {"case_id", "customer_id"} & mine:
            study, found = measure_journey(
                db, pair.as_is, columns=request.columns, since=since, until=until,
                threshold=request.threshold, confidence=request.confidence, language=language,
                dimensions=request.dimensions,
            )  # fmt: skip
            studies.append(study)
            findings += found
    return studies, findings


def _is_bound(pair: JourneyPair) -> bool:
    """Whether events show any step of the journey as it is."""
    return pair.as_is is not None and any(s.shown for s in pair.as_is.steps)


def files_of(root: Path, sources: Sequence[Source]) -> list[Path]:
    """Everything in the engagement's folder that the numbers depend on."""
    own = ("kpis/*.yaml", "tables/*.yaml", "journeys/*.yaml")
    paths = [root / "engagement.yaml", root / "sources.yaml"]
    paths += sorted(p for pattern in own for p in root.glob(pattern) if p.is_file())
    for source in sources:
        paths += find_files(root, source.files, where=f"sources.yaml, source {source.id}")
    return paths


def manifest_of(
    inputs: Inputs, request: Request, measured: Measured, *, tables: Tables, sql: Mapping[str, str],
    studies: Sequence[StudyRecord] = (), findings: Sequence[Finding] = (), arrivals: Sequence[Arrival] = (),
    sources: Sequence[Source] = (),
) -> Manifest:  # fmt: skip
    """The provenance of a measurement."""
    s, before = inputs.settings, inputs.before
    changes = changes_between(before, [*measured.cells, *findings])
    return Manifest(
        cxkit=importlib.metadata.version("cxkit"),
        versions={p: importlib.metadata.version(p) for p in _LIBRARIES},
        evidence=evidence_id(measured.cells, measured.comparisons, findings),
        previous=before.manifest.evidence if before else None,
        measured_on=inputs.today.isoformat(),
        client=_client(s, inputs.root),
        lengths=s.periods,
        periods={n: tuple(p.name for p in request.periods(n)) for n in s.periods},
        data_from=request.first.isoformat(),
        data_until=request.last.isoformat(),
        baseline=s.baseline,
        confidence=request.confidence,
        threshold=request.threshold,
        dimensions=_dimensions(s, measured),
        pairs=s.pairs,
        kpis=tuple(_kpi_record(s, k, measured, sql, note=(request.notes or {}).get(k.id, "")) for k in request.kpis),
        sources=tuple(tables.sources),
        tables={t: sum(r.rows_used for r in tables.sources if r.table == t) for t in request.columns},
        coverage={t: (a.isoformat(), z.isoformat()) for t, (a, z) in request.spans.items()},
        studies=tuple(studies),
        queries=measured.queries,
        suppressed=measured.suppressed,
        notes=(*request.gaps(), *doubts(tables.scales, said=words(s.language))),
        arrivals=records_of(arrivals),
        changes=tuple(with_causes(changes, arrivals, feeds_of(request, measured, sources))),
        inputs=inputs.digest,
    )


def _client(s: Settings, root: Path) -> Client:
    return Client(
        id=s.id, name=s.client, industry=s.industry, language=s.language, currency=s.currency,
        start=s.start.isoformat(), weeks=s.weeks, brand=s.brand, logo=_logo(s, root),
    )  # fmt: skip


def _dimensions(s: Settings, measured: Measured) -> tuple[DimensionRecord, ...]:
    values: dict[str, set[str]] = {d: set() for d in s.dimensions}
    for cell in measured.cells:
        for d, v in cell.slice:
            values[d].add(v)
    return tuple(
        DimensionRecord(id=d, label=v.label or d.capitalize(), values=tuple(sorted(values[d])))
        for d, v in s.dimensions.items()
    )


def _kpi_record(s: Settings, kpi: Kpi, measured: Measured, sql: Mapping[str, str], *, note: str) -> KpiRecord:
    target, derived = s.targets.get(kpi.id), measured.plans[kpi.id, s.periods[0]].derived
    overrides = ". ".join(filter(None, (kpi.overrides, derived.overrides if derived else "")))
    return KpiRecord(
        id=kpi.id, label=kpi.label, question=kpi.question, kind=kpi.kind, table=kpi.table, unit=kpi.unit,
        better=kpi.better, per=kpi.scale, minimum_n=kpi.minimum_n, fields=kpi.sql_fields, base=kpi.base,
        base_text=kpi.base_text, method=measured.cubes[kpi.id].estimates.method, variants=kpi.variants,
        source=kpi.source, owner_role=kpi.owner_role, owner=s.owners.get(kpi.id, ""),
        trademark=kpi.trademark, counts=kpi.counts, by_length=not measured.cubes[kpi.id].additive,
        target=target.value if target else None, definition=measured.cubes[kpi.id].definition,
        note=note, overrides=overrides, dimensions=measured.cubes[kpi.id].dimensions,
        sql={n: f"{kpi.id}.{n}.sql" for n in s.periods if f"{kpi.id}.{n}.sql" in sql}, settings=kpi.settings,
        parameters={**(derived.parameters if derived else {}), **kpi.parameters}, weight=kpi.weight or "",
        population=kpi.population, scales=kpi.scales,
    )  # fmt: skip


def _logo(s: Settings, root: Path) -> str | None:
    name = s.brand.logo
    if name is None:
        return None
    path = (root / name).resolve()
    kind = _LOGOS.get(path.suffix.lower())
    if kind is None or not path.is_relative_to(root.resolve()) or not path.is_file():
        raise DocumentError(
            f"The logo {name!r} is no PNG, JPEG or SVG file in the engagement.", where="engagement.yaml, brand.logo"
        )
    if path.stat().st_size > _LARGEST_LOGO:
        raise DocumentError(f"The logo is larger than {_LARGEST_LOGO // 1000} kB.", where="engagement.yaml, brand.logo")
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"
