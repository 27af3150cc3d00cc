"""A 0 that may mean "not applicable" on a scale from 0 to 10: counted as an answer, it makes detractors of nobody."""

from __future__ import annotations

from collections.abc import Iterator

from cxkit.data.codes import mapping_line, places_of
from cxkit.data.faults import Fault
from cxkit.data.scales import suspect_zeros
from cxkit.data.traps.base import Look

__all__ = ["find_doubtful_zeros"]


def find_doubtful_zeros(look: Look) -> Iterator[Fault]:
    """Columns where 0 is frequent beside hardly any 1 and 2, until the mapping says what it means."""
    for found in look.scales:
        suspected = None if found.written or "0" in look.mapped(found.column).real else suspect_zeros(found)
        if suspected is None:
            continue
        (zeros, few), mapped = suspected, look.mapped(found.column)
        files = [file for file, counts in found.points.items() if counts.get(0)]
        where = f", in {places_of(files)}" if len(files) > 1 else ""
        what = (
            f"{zeros:,} of {found.n:,} answers are 0 and only {few:,} are 1 or 2{where}: 0 may mean "
            '"not applicable" here, and it would be counted as the worst answer'
        )
        hint = (
            f"Ask what 0 means. If no answer, write in sources.yaml, source {look.source.id}: "
            f"{mapping_line(found.column, mapped, missing=['0'])}; if it is an answer, write "
            f"{mapping_line(found.column, mapped, scale=found.scale)}."
        )
        yield Fault(files[0], "", found.header, "0", what, hint=hint, stops=True, count=zeros)
