"""One report, from the engagement's folder to a page: measure if needed, run the notebook, write the file."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cxkit._blocks import Heading, flatten
from cxkit._documents import write_atomic
from cxkit.engagement import Engagement, open_engagement
from cxkit.errors import ReportError
from cxkit.report.execute import execute_notebook
from cxkit.report.notebook import find_notebook, read_notebook
from cxkit.report.page import blocks_of, build_page

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from cxkit._blocks import Block
    from cxkit.report.parameters import ReportParameters

__all__ = ["DEADLINE", "Made", "Measuring", "bring_up_to_date", "make_report", "page_hash"]

DEADLINE = 300.0
Measuring = Literal["if-stale", "always", "never"]


@dataclass(frozen=True)
class Made:
    """A report that came out.

    Attributes:
        path: The page.
        sha256: Hash of the page.
        evidence: Id of the evidence it shows.
        client: The client's name.
        period: The period it shows, never "latest".
        audience: Who it is for.
        headline: Its first sentence.
        seconds: What it took.
    """

    path: Path
    sha256: str
    evidence: str
    client: str
    period: str
    audience: str
    headline: str
    seconds: float


def make_report(
    parameters: ReportParameters, *, today: dt.date, deadline: float = DEADLINE, measure: Measuring = "if-stale"
) -> Made:
    """Make one report; the same evidence, commentary and notebook always give the same bytes.

    Args:
        parameters: Which report.
        today: The date that a new measurement is given.
        deadline: Seconds for the notebook, from the start of its kernel to its last cell.
        measure: Whether to measure first.

    Raises:
        CxkitError: Whatever is wrong; before the kernel starts, if it can be known before.
    """
    begun = time.monotonic()
    engagement = open_engagement(parameters.engagement)
    notebook = read_notebook(find_notebook(engagement.root))
    bring_up_to_date(engagement, today=today, measure=measure)
    view = engagement.view(parameters.period, audience=parameters.audience)
    output = _output(parameters, engagement, period=view.period)
    values = parameters.model_dump() | {"engagement": str(engagement.root.resolve()), "output": str(output)}
    executed = execute_notebook(notebook, values, deadline=deadline, folder=engagement.root.resolve())
    blocks = blocks_of(executed)
    page = build_page(blocks).encode()
    _write(output, page)
    return Made(
        path=output,
        sha256=hashlib.sha256(page).hexdigest(),
        evidence=view.manifest.evidence,
        client=view.manifest.client.name,
        period=view.period,
        audience=view.audience,
        headline=_headline(blocks),
        seconds=time.monotonic() - begun,
    )


def bring_up_to_date(engagement: Engagement, *, today: dt.date, measure: Measuring = "if-stale") -> bool:
    """Measure the engagement if asked to and needed; tells whether it was measured.

    Raises:
        ExportError: The exports cannot be measured.
        CxkitError: An edited file is wrong.
    """
    if measure == "never" or (measure == "if-stale" and engagement.is_fresh()):
        return False
    engagement.measure(today=today)
    return True


def page_hash(path: Path) -> str:
    """Hash of a page, or "" where there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _write(output: Path, page: bytes) -> None:
    try:
        write_atomic(output, page)
    except OSError as error:
        raise ReportError(f"The page cannot be written: {error.strerror}.", where=str(output)) from None


def _output(parameters: ReportParameters, engagement: Engagement, *, period: str) -> Path:
    if parameters.output:
        return Path(parameters.output).absolute()
    name = f"{engagement.settings.id}-{period}-{parameters.audience}.html"
    return engagement.root.absolute() / "reports" / name


def _headline(blocks: Sequence[Block]) -> str:
    return next((b.text for b in flatten(list(blocks)) if isinstance(b, Heading) and b.level == 1), "")
