"""The list of rows and values that were not used, for the advisor to take up with the client."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from cxkit._documents import write_atomic
from cxkit.data.faults import Fault

__all__ = ["harmless", "write_rejected"]


def write_rejected(path: Path, faults: Iterable[Fault]) -> None:
    """Write every fault as a row of a CSV file, or remove the file where there is none."""
    rows = [
        [*(harmless(str(v)) for v in (f.file, f.row, f.column, f.value, f.what)), left_out, f.count]
        for f in faults
        for left_out in ["row" if f.rejects else "value"]
    ]
    if not rows:
        path.unlink(missing_ok=True)
        return
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["file", "row", "column", "value", "what", "left_out", "count"])
    writer.writerows(rows)
    write_atomic(path, out.getvalue())


def harmless(value: str) -> str:
    """A value as a spreadsheet shows it, and never runs it as a formula."""
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
