"""What `check` is made of: the exports as they are, what is wrong with them, and what can be measured on them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cxkit._format import Words, words
from cxkit._table import Database, open_database
from cxkit.chain import check_work, find_flaws
from cxkit.data.arrivals import arrival_lines, find_arrivals
from cxkit.data.found import written_notes
from cxkit.data.quality import Checked, Possible
from cxkit.data.read import Tables, read_tables
from cxkit.data.readiness.judge import judge_exports
from cxkit.data.scales import doubts
from cxkit.data.seen import Seen, read_seen
from cxkit.data.settings import Settings, Sources
from cxkit.errors import DocumentError
from cxkit.evidence.view import Evidence
from cxkit.kpi.cube import Request
from cxkit.kpi.measure import plans_of, telling
from cxkit.kpi.model import Catalogue
from cxkit.kpi.query import select_sums
from cxkit.kpi.query_tally import select_tally
from cxkit.kpi.select import lacking
from cxkit.kpi.typed import check_types
from cxkit.measuring import check_maps, request_of

__all__ = ["Given", "check_exports"]


@dataclass(frozen=True)
class Given:
    """What an engagement says of itself, and what was measured before.

    Attributes:
        root: Its folder.
        settings: `engagement.yaml`.
        sources: `sources.yaml`.
        catalogue: The KPIs at hand.
        before: The evidence as last measured, or None.
        today: The day, against which far days are found.
    """

    root: Path
    settings: Settings
    sources: Sources
    catalogue: Catalogue
    before: Evidence | None
    today: dt.date | None


def check_exports(given: Given) -> Checked:
    """Everything that is wrong with the exports of an engagement and with its maps, and what they are good for.

    Raises:
        CxkitError: An edited file is wrong; exports are not, their faults are returned.
    """
    found = _checked(given)
    view = given.before.at("latest") if given.before else None
    try:
        return found.with_flaws(*find_flaws(given.root, given.settings, view=view, today=given.today))
    except DocumentError as error:
        if found.sound:
            raise
        # Maps are read where the exports are, and what is wrong with those is not to be lost.
        return found.with_notes(f"{error.where}: {error.what}")


def _checked(given: Given) -> Checked:
    """What is wrong with the exports, and what can be measured on them."""
    said = words(given.settings.language)
    seen = read_seen(given.root, evidence=given.before.manifest.evidence) if given.before else None
    with open_database() as db:
        tables = read_tables(
            db, given.sources, root=given.root, today=given.today, names=seen.names if seen else None
        )  # fmt: skip
        found = Checked(
            faults=tuple(tables.faults),
            sources=tuple(tables.sources),
            coverage={t: (a.isoformat(), z.isoformat()) for t, (a, z) in tables.spans.items()},
            notes=written_notes(tables.raws.values()),
            arrivals=_arrivals(given, tables, seen, said),
        )
        found = found.judged(*judge_exports(tables, given.settings, given.sources, said=said, today=given.today))
        if any(f.stops for f in tables.faults):
            # What cannot be read cannot be missed: KPIs are judged when the files are there.
            return found
        doubtful = doubts(tables.scales, said=said)
        try:
            request = request_of(given.settings, given.catalogue, tables, root=given.root)
        except DocumentError as error:
            if tables.faults:
                return found.with_notes(error.what, *doubtful)
            raise
        maps = _prove(db, request, given)
    view = given.before.at("latest") if given.before else None
    kpis = tuple(k.id for k in request.kpis)
    # Numbers that work refers to are looked up in the evidence, so the first check cannot speak of slices.
    work = check_work(given.root, given.settings, kpis=kpis, view=view, today=given.today, columns=request.columns)
    beside = (f"beside {k}: {note}" for k, note in (request.notes or {}).items())
    found = found.with_notes(*request.gaps(), *doubtful, *beside, *work, *maps)
    return found.able(
        kpis, _possible(given.catalogue, kpis, lacking(given.catalogue, tables.columns, tables.scales, said=said))
    )


def _prove(db: Database, request: Request, given: Given) -> tuple[str, ...]:
    """Prove that every query can run on these tables, without running it; what is worth knowing of the maps."""
    for plan in plans_of(request):
        with telling(given.catalogue, plan):
            check_types(db, plan, given.catalogue.places)
            db.columns(select_sums(plan, request.pairs, {}))
            for terms in (t for t in plan.terms if t.tally is not None):
                db.columns(select_tally(plan, terms, request.pairs))
    return check_maps(db, request, given.root)


def _possible(
    catalogue: Catalogue, kpis: Sequence[str], lacks: Mapping[str, tuple[str, ...]]
) -> tuple[Possible, ...]:  # fmt: skip
    known = catalogue.kpis
    ranked = [*kpis, *sorted((k for k in known if k not in kpis), key=lambda k: (bool(lacks[k]), known[k].label))]
    return tuple(Possible(k, known[k].label, lacks[k], chosen=k in kpis) for k in ranked)


def _arrivals(given: Given, tables: Tables, seen: Seen | None, said: Words) -> tuple[str, ...]:
    """What has come since the evidence was measured, in sentences."""
    return tuple(arrival_lines(find_arrivals(tables, given.sources.sources, seen), said=said))
