"""A row of data that was taken for the header: an answer less, and nobody would see it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cxkit.data.dates import find_dates
from cxkit.data.faults import Fault
from cxkit.data.traps.base import Look

__all__ = ["find_data_as_header"]

_NUMBER = re.compile(r"[-+]?\d+([.,]\d+)?")
_PLACE = re.compile(r"#(\d{1,5})")


def find_data_as_header(look: Look) -> Iterator[Fault]:
    """Columns that are mapped by their place, and whose header reads as one of their values."""
    if look.raw.form.header_rows == 0:
        return
    found: list[tuple[str, str]] = []
    dated = False
    for f in look.fields:
        place = _PLACE.fullmatch(f.header)
        name = look.raw.names[int(place[1]) - 1] if place and int(place[1]) <= len(look.raw.names) else ""
        if f.type in ("date", "timestamp") and name and find_dates([name]):
            found, dated = [*found, (f.header, name)], True
        elif f.type in ("number", "integer") and _NUMBER.fullmatch(name):
            found.append((f.header, name))
    # A number alone may well be the name of a column, such as a year.
    if dated or len(found) > 1:
        header, name = found[0]
        what = "the first row seems to be data: it would be taken for the header, and not be counted"
        hint = f"Write `format: {{header_rows: 0}}` for source {look.source.id} in sources.yaml."
        yield Fault(look.file(0), "header", header, name, what, hint=hint, stops=True)
