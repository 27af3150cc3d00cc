"""What stands behind the numbers: how answers are spread over their scale, and the course of a share over time."""

from __future__ import annotations

from cxkit._format import words
from cxkit._table import Database
from cxkit.evidence.findings import Finding
from cxkit.evidence.manifest import StudyRecord
from cxkit.kpi.cube import Request
from cxkit.kpi.distribution import measure_distribution
from cxkit.kpi.measure import Measured, telling
from cxkit.kpi.retention import measure_curve

__all__ = ["measure_shapes"]


def measure_shapes(
    db: Database, request: Request, measured: Measured, *, language: str = "en"
) -> tuple[list[StudyRecord], list[Finding]]:
    """The distribution behind each score and the curve behind each survival, in the first length of period.

    Args:
        db: The tables.
        request: What was measured.
        measured: What came of it: where a number is not shown, neither is what stands behind it.
        language: Language of the notes.

    Raises:
        QueryError: The database refuses a query.
    """
    said = words(language)
    studies: list[StudyRecord] = []
    findings: list[Finding] = []
    for kpi in request.kpis:
        plan = measured.plans[kpi.id, request.lengths[0]]
        with telling(request.catalogue, plan):
            spread = measure_distribution(db, request, measured, kpi, said=said)
            course = measure_curve(db, request, measured, kpi, said=said)
        for study, found in filter(None, (spread, course)):
            studies.append(study)
            findings += found
    return studies, findings
