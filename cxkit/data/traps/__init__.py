"""What gives wrong numbers and no fault that a reader would see: each trap a module, joined in `find_traps`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from cxkit.data.faults import Fault
from cxkit.data.traps.base import Look, Trap
from cxkit.data.traps.blanks import find_headers_among_rows, find_text_blanks
from cxkit.data.traps.days import find_two_orders
from cxkit.data.traps.ends import find_lost_answers
from cxkit.data.traps.heads import find_data_as_header
from cxkit.data.traps.ids import find_changed_ids, find_strangers
from cxkit.data.traps.lengths import find_doubtful_lengths
from cxkit.data.traps.numbers import find_doubtful_booleans, find_signed_numbers
from cxkit.data.traps.offsets import find_mixed_zones
from cxkit.data.traps.ranges import find_ranges_as_dates
from cxkit.data.traps.repeats import find_rows_twice
from cxkit.data.traps.sentinels import find_sentinels
from cxkit.data.traps.texts import find_texts
from cxkit.data.traps.turned import find_turned_scales
from cxkit.data.traps.zeros import find_doubtful_zeros

__all__ = ["TRAPS", "Look", "Trap", "find_strangers", "find_traps", "without_doubles"]

TRAPS: tuple[Trap, ...] = (
    find_headers_among_rows,
    find_data_as_header,
    find_lost_answers,
    find_doubtful_zeros,
    find_text_blanks,
    find_sentinels,
    find_changed_ids,
    find_ranges_as_dates,
    find_two_orders,
    find_doubtful_lengths,
    find_mixed_zones,
    find_signed_numbers,
    find_doubtful_booleans,
    find_rows_twice,
    find_turned_scales,
)


def find_traps(look: Look) -> list[Fault]:
    """Everything in a source that would be read without complaint and be wrong."""
    look = replace(look, values=find_texts(look.db, look.source, look.raw, look.fields))
    return [fault for trap in TRAPS for fault in trap(look)]


def without_doubles(faults: Iterable[Fault], trapped: Iterable[Fault], *, files: Iterable[str]) -> list[Fault]:
    """Faults of single rows without those that a trap of the same files tells as one."""
    told = {(f.column, value) for f in trapped for value in f.stands_for}
    here = set(files)
    return [f for f in faults if f.file not in here or (f.column, f.value) not in told]
