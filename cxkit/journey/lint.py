"""What is wrong with a map that reads: nobody owns a step, nothing is known of it, a promise contradicts itself.

Errors have to be mended, warnings should be, notes are worth knowing. No customer's row is looked at: a map is held
against itself, its other version, the plays, the lifecycle and, where there is evidence, against that.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cxkit._documents import line_at
from cxkit._format import Words, date_text, words
from cxkit.data.quality import SEVERITIES, Flaw
from cxkit.journey.lifecycle import FILE, Lifecycle, coverage
from cxkit.journey.lints import offers, upkeep, wording
from cxkit.journey.lints.slips import Held, Slip
from cxkit.journey.model import JourneyPair, journey_file

if TYPE_CHECKING:
    from cxkit.evidence.view import View

__all__ = ["Against", "lint_journeys"]

RULES = (*upkeep.RULES, *wording.RULES, *offers.RULES)


@dataclass(frozen=True)
class Against:
    """What maps are held against.

    Attributes:
        today: The day against which age and review are held.
        lifecycle: The stages, or None where nobody has said them.
        played: Journey and step of each play that acts on one.
        view: The evidence, or None before anything is measured.
        language: Of the sentences.
    """

    today: dt.date
    lifecycle: Lifecycle | None = None
    played: Collection[tuple[str, str]] = ()
    view: View | None = None
    language: str = "en"


def lint_journeys(pairs: Mapping[str, JourneyPair], against: Against, *, root: Path) -> tuple[Flaw, ...]:
    """Everything that should be mended in the maps, the gravest first, then by file and line.

    Args:
        pairs: The journeys, as `read_journeys` gives them.
        against: What they are held against.
        root: Folder of the engagement, to find lines in.

    Example:
        >>> lint_journeys({}, Against(dt.date(2026, 11, 22)), root=Path("nowhere"))
        ()
    """
    said = words(against.language)
    flaws = [
        _flaw(slip, root, journey_file(held.journey), said)
        for held in _held(pairs, against)
        for rule in RULES
        for slip in rule(held)
    ]
    flaws += [_flaw(s, root, FILE, said) for s in _stages(pairs, against)]
    return tuple(sorted(flaws, key=lambda f: (SEVERITIES.index(f.severity), f.file, f.line, f.kind)))


def _held(pairs: Mapping[str, JourneyPair], against: Against) -> Iterator[Held]:
    staged = against.lifecycle is not None
    for pair in pairs.values():
        for journey in filter(None, (pair.as_is, pair.to_be)):
            yield Held(journey, pair, frozenset(pairs), against.today, frozenset(against.played), against.view, staged)


def _stages(pairs: Mapping[str, JourneyPair], against: Against) -> Iterator[Slip]:
    """The stages that no map covers, in one note."""
    found = coverage(against.lifecycle, pairs, today=against.today, measured=())
    labels = [s.label for s in found.stages if s.id in {g.stage for g in found.of("no_map")}]
    if labels:
        many = "one" if len(labels) == 1 else "many"
        yield Slip("note", f"no_map.{many}", ("extends",), {"stages": words(against.language).all_of(labels)})


def _flaw(slip: Slip, root: Path, file: str, said: Words) -> Flaw:
    told = {k: date_text(v.isoformat(), words=said) if isinstance(v, dt.date) else v for k, v in slip.values.items()}
    what, hint = (said.say(f"lint.{slip.kind}.{part}", **told) for part in ("what", "hint"))
    return Flaw(slip.severity, slip.kind.partition(".")[0], file, line_at(root / file, slip.loc, name=file), what, hint)
