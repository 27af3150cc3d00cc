"""Every judgement on the exports at once: what they hold, what they are good for, and who answered."""

from __future__ import annotations

import datetime as dt

from cxkit._format import Words
from cxkit.data.read import Tables
from cxkit.data.readiness.bias import Bias, find_bias
from cxkit.data.readiness.judging import Readiness
from cxkit.data.readiness.profile import Profile, profile_tables
from cxkit.data.readiness.uses import find_uses
from cxkit.data.settings import Settings, Sources

__all__ = ["judge_exports"]


def judge_exports(
    tables: Tables, settings: Settings, sources: Sources, *, said: Words, today: dt.date | None = None
) -> tuple[tuple[Profile, ...], tuple[Readiness, ...], tuple[Bias, ...]]:
    """The exports counted, their uses judged, and the answers held against the customers.

    Args:
        tables: What `read_tables` gave; what could not be read is not judged.
        settings: `engagement.yaml`.
        sources: `sources.yaml`.
        said: The text catalogue.
        today: The day, against which it is judged how old the exports are.
    """
    columns = {d: v.column or d for d, v in settings.dimensions.items()}
    labels = {d: v.label or d for d, v in settings.dimensions.items()}
    profiles = profile_tables(tables, dimensions=columns, today=today)
    unread = {s.table for s in sources.sources} - {p.table for p in profiles}
    uses = find_uses(profiles, said=said, dimensions=labels, unread=unread, today=today)
    both = {d: (columns[d], labels[d]) for d in columns}
    return profiles, uses, find_bias(tables, dimensions=both, threshold=settings.privacy.threshold)
