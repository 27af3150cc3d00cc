"""The folder of one engagement: opens it, and joins the subjects over it.

Everything that needs more than one subject starts here; the arithmetic is theirs.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import importlib.metadata
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cxkit._documents import read_document, read_note
from cxkit._format import Words, words
from cxkit.errors import CxkitError, DocumentError, EvidenceError
from cxkit.evidence.view import Evidence, Note, View

if TYPE_CHECKING:
    from cxkit.chain import Work
    from cxkit.data.quality import Checked
    from cxkit.data.settings import Settings, Sources
    from cxkit.evidence.cells import Cell
    from cxkit.evidence.findings import Finding
    from cxkit.evidence.manifest import Manifest
    from cxkit.kpi.model import Catalogue
    from cxkit.playbook.recommend import Recommendation
    from cxkit.playbook.worklist import Listed

__all__ = ["Engagement", "open_engagement"]


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
        from cxkit.checking import Given, check_exports

        given = Given(self.root, self.settings, self.sources, self.catalogue, self._evidence_before(), today)
        return check_exports(given).with_notes(*self._stale_notes())

    def measure(self, *, today: dt.date) -> Manifest:
        """Measure the KPIs and the journeys, and write the evidence.

        Raises:
            ExportError: The exports cannot be measured; the message lists every fault.
            CxkitError: An edited file is wrong.
        """
        from cxkit._table import open_database
        from cxkit.data.arrivals import find_arrivals
        from cxkit.data.read import read_tables, refuse_unusable
        from cxkit.data.rejected import write_rejected
        from cxkit.data.seen import read_seen, write_seen
        from cxkit.evidence.store import write_evidence
        from cxkit.kpi.measure import measure_kpis
        from cxkit.measuring import Inputs, manifest_of, measure_studies, request_of, sql_of

        inputs = Inputs(self.root, self.settings, self.inputs(), today, self._evidence_before())
        seen = read_seen(self.root, evidence=inputs.before.manifest.evidence) if inputs.before else None
        with open_database() as db:
            tables = read_tables(
                db, self.sources, root=self.root, today=today, names=seen.names if seen else None
            )  # fmt: skip
            refuse_unusable(tables, self.sources)
            request = request_of(self.settings, self.catalogue, tables, root=self.root)
            measured = measure_kpis(db, request)
            studies, findings = measure_studies(db, request, measured, self.root, language=self.settings.language)
            sql = sql_of(measured, tables, self.sources.sources)
            manifest = manifest_of(
                inputs, request, measured, tables=tables, sql=sql, studies=studies, findings=findings,
                arrivals=find_arrivals(tables, self.sources.sources, seen), sources=self.sources.sources,
            )  # fmt: skip
            write_rejected(self.root / "worklists" / "rejected_rows.csv", tables.faults)
            evidence = Evidence(manifest, tuple(measured.cells), tuple(measured.comparisons), sql, tuple(findings))
            written = write_evidence(self.root / "evidence", manifest, evidence=evidence)
            write_seen(
                self.root, tables, self.sources.sources, evidence=written.evidence, day=written.measured_on
            )  # fmt: skip
        return written

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
        cells = {c.id: c for c in (*evidence.cells, *evidence.findings)}
        said = words(evidence.manifest.client.language)
        return [_note(path, cells, said) for path in sorted((self.root / "commentary").glob("*.md"))]

    def inputs(self) -> str:
        """Hash over everything the numbers depend on: exports, mapping, definitions, version."""
        from cxkit._share import share_path
        from cxkit.measuring import files_of

        paths = files_of(self.root, self.sources.sources)
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

    def work(self, view: View, *, today: dt.date | None = None) -> Work:
        """What is built on the numbers: journeys, plays, plan and gates, as they stand.

        Args:
            view: The evidence in one period.
            today: The day on which age and delay are judged; the day of the measurement if empty, so that a report of
                the same evidence always says the same.

        Raises:
            DocumentError: One of their files is wrong, or names what was not measured.
        """
        from cxkit.chain import read_work

        return read_work(self.root, self.settings, view, today=today)

    def recommend(self, view: View, *, today: dt.date) -> tuple[tuple[Recommendation, ...], tuple[Listed, ...]]:
        """The plays that the evidence calls for, and the worklists written for those who act on them.

        Raises:
            CxkitError: A file is wrong, or the exports cannot be read any more.
        """
        from cxkit.chain import write_worklists

        plays = self.work(view, today=today).plays
        return plays, write_worklists(self.root, self.settings, self.sources, plays, today=today)

    def written(self) -> str:
        """Hash over what a report shows beside the evidence: commentary, journeys, plays, plan, gates, what is done."""
        from cxkit.chain import artefacts_there, work_files

        digest = hashlib.sha256(" ".join(artefacts_there(self.root)).encode())
        for path in [*sorted((self.root / "commentary").glob("*.md")), *work_files(self.root)]:
            digest.update(f"{path.name}\n{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
        return digest.hexdigest()

    def stale(self) -> str:
        """Why the evidence may be older than what it rests on, in a sentence; "" where it is not, or nobody can tell.

        Nobody can where the exports are not there, as beside a dashboard.
        """
        try:
            fresh = self.is_fresh()
        except CxkitError:
            return ""
        return "" if fresh else "Exports, mapping or definitions have changed since the evidence; run `cxkit measure`."

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


def _note(path: Path, cells: Mapping[str, Cell | Finding], words: Words) -> Note:
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


def _state(about: str, seen: str, cell: Cell | Finding | None) -> tuple[str, str]:
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
