"""Rows at the end of a table that are no rows of it: totals, and what a report writes under itself."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cxkit.data.faults import Fault, shown
from cxkit.data.readers.base import Suspicion
from cxkit.data.readers.kinds import columns_of, is_blank, kind_of

__all__ = ["LAST_ROWS", "find_totals"]

LAST_ROWS = 200
"""How many of the last rows show what is usual."""

_MOST_BELOW = 5
_FILLED = 0.9
_TOTAL = re.compile(
    r"((grand|sub|overall|report)[- ]?)?totals?( \(.*\))?:?|sum:?|summe:?|gesamt(summe)?:?|insgesamt:?"
    r"|total g[ée]n[ée]ral:?|totale:?|suma:?|average:?|mean:?|mittelwert:?|durchschnitt:?|all( rows| customers)?:",
    re.IGNORECASE,
)
_BELOW = re.compile(
    r"(exported|generated|created|printed|downloaded|report (run|generated)|as of|exportiert|erstellt|stand"
    r"|export vom)\b.*\d.*|end of (report|file|export|data).*|\d[\d.,]* (rows?|records?|entries|zeilen)\b.*"
    r"|(rows?|records?|count): ?\d.*|(source|quelle|confidential|vertraulich|copyright|©)\b.*|\*+.*",
    re.IGNORECASE | re.DOTALL,
)


def find_totals(rows: Sequence[Sequence[str | None]], names: Sequence[str], *, file: str) -> list[Suspicion]:
    """Rows at the end that would be counted as rows of the table.

    Only what is as wide as the table is looked for here: a shorter row is no row anyway, and said.

    Args:
        rows: The last rows as they stand; `LAST_ROWS` are enough.
        names: Headers of the columns.
        file: What messages call the file.
    """
    there = [row for row in rows if not all(map(is_blank, row))]
    found: list[Suspicion] = []
    for back in range(1, min(_MOST_BELOW, len(there) - 1) + 1):
        row, above = there[-back], there[:-_MOST_BELOW] or there[:-back]
        if len(row) == len(names) and (suspicion := _suspect(row, above, names, back=back, file=file)):
            found.append(suspicion)
    return found[::-1]


def _suspect(
    row: Sequence[str | None], above: Sequence[Sequence[str | None]], names: Sequence[str], *, back: int, file: str
) -> Suspicion | None:
    at = next((i for i, cell in enumerate(row) if not is_blank(cell)), 0)
    label = (row[at] or "").strip()
    columns = columns_of(above, wide=len(names))
    lost = [i for i, c in enumerate(columns) if c.filled >= _FILLED and is_blank(row[i])]
    others = ((i, c) for i, c in enumerate(columns) if c.firm and i != at and not is_blank(row[i]))
    odd = [i for i, c in others if kind_of(row[i]) != c.kind]
    below = bool(_BELOW.fullmatch(label)) and all(map(is_blank, row[at + 1 :]))
    # A client may be called Total; a row of the table has what the others have.
    total = bool(_TOTAL.fullmatch(label)) and label not in columns[at].cells and bool(lost or odd)
    if not below and not total:
        return None
    what = "the row looks like a total of those above" if total else "the row looks like a note under the table"
    hint = f"It would be counted as one of them; write `leave_out: {{{_yaml(names[at])}: [{_yaml(label)}]}}`."
    place = "last row" if back == 1 else f"last row but {back - 1}"
    blank = tuple(names[i] for i, cell in enumerate(row) if is_blank(cell))
    return Suspicion("row", Fault(file, place, names[at], label, what, hint=hint, stops=True), blank)


def _yaml(text: str) -> str:
    return text if re.fullmatch(r"[A-Za-z][\w -]*", text) else shown(text.replace("'", "''"), longest=200)
