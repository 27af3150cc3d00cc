"""Tables that do without customers: where too many rows do not say whose they are, they count all the same."""

from __future__ import annotations

from collections.abc import Iterator

from cxkit.data.faults import Fault
from cxkit.data.ingest import Raw
from cxkit.data.settings import Source
from cxkit.data.staging import Staged

__all__ = ["faults_of_links"]


def faults_of_links(source: Source, raw: Raw, staged: Staged) -> Iterator[Fault]:
    """One fault for each column that would tie rows to customers and that too many rows lack."""
    headers = {f.name: f.header for f in staged.fields}
    rows = sum(f.rows for f in raw.files)
    for name, number in staged.unlinked.items():
        what = f"{number:,} of {rows:,} rows do not say whose they are; they count, but not where that has to be known"
        hint = (
            "Ask for the export again with the customer in every row. Until then numbers over time can be measured on "
            f"it; contacts per customer, first-contact resolution and the 360° view cannot. If they are few enough to "
            f"be left out, write `max_rejected: {_share(number, rows)}` for {source.id} in sources.yaml."
        )
        yield Fault(raw.files[0].path, "", headers[name], "", what, hint=hint, count=number)


def _share(number: int, rows: int) -> float:
    return -(-100 * number // max(rows, 1)) / 100
