"""`lifecycle.yaml`: the stages of being a customer, and which of them the maps cover.

A lifecycle extends one that ships with cxkit, or says its stages itself. Journeys name the stages that they cover.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from cxkit._documents import read_document, refuse_faults
from cxkit._share import share_path
from cxkit.data.settings import Document, Model, Name, Text
from cxkit.journey.grade import Grade, grade_journey, grade_shares, seen_in
from cxkit.journey.graph import find_nested_circle, places
from cxkit.journey.model import Journey, JourneyPair, journey_file
from cxkit.journey.parts import Words

if TYPE_CHECKING:
    from cxkit.evidence.view import View

__all__ = ["FILE", "Coverage", "Gap", "Lifecycle", "Stage", "StageChange", "coverage", "prove_stages", "read_lifecycle"]

FILE = "lifecycle.yaml"
Business = Literal["contract", "transaction", "b2b"]
GapKind = Literal["no_map", "only_to_be", "past_review", "no_review", "no_stage", "not_measured", "no_nested"]
Fault = tuple[tuple[str | int, ...], str, str]


class Stage(Model):
    """A stage of being a customer."""

    id: Name
    label: Words
    wants: Text = Field(default="", description="What the customer wants there, in a sentence.")
    after: Name | None = Field(default=None, description="Stage that it follows; the last if empty.")
    source: Text = Field(default="", description="Where it comes from.")


class StageChange(Model):
    """What a client says differently of a shipped stage."""

    label: Words | None = None
    wants: Text | None = None


class Lifecycle(Document):
    """`lifecycle.yaml`: stages of one's own, or a shipped lifecycle with changes."""

    extends: Business | None = Field(default=None, description="A lifecycle that ships with cxkit.")
    label: Text = ""
    source: Text = ""
    stages: tuple[Stage, ...] = Field(default=(), description="Own stages, in order.")
    changes: dict[Name, StageChange] = Field(default_factory=dict, description="Shipped stage to its other words.")
    leave_out: tuple[Name, ...] = Field(default=(), description="Shipped stages that this business has not.")

    @model_validator(mode="after")
    def _something(self) -> Lifecycle:
        if not self.extends and (self.changes or self.leave_out):
            raise ValueError("`changes` and `leave_out` need a lifecycle to `extends`")
        if not self.extends and not self.stages:
            raise ValueError("the lifecycle has no stages; name them, or write `extends: contract`")
        return self


@dataclass(frozen=True)
class Gap:
    """Something that the maps do not cover.

    Attributes:
        kind: What is missing.
        stage: Stage that it is about, or "".
        journey: Journey that it is about, or "".
        version: Version of the journey, where only one is meant.
        step: Step that names a journey which does not exist.
        other: The journey that does not exist.
        day: Day by which the map was to be looked at again.
    """

    kind: GapKind
    stage: str = ""
    journey: str = ""
    version: str = ""
    step: str = ""
    other: str = ""
    day: dt.date | None = None


@dataclass(frozen=True)
class Coverage:
    """Which stage has which maps, and what is missing.

    Attributes:
        stages: The stages in order; () without `lifecycle.yaml`.
        maps: Stage to the journeys that name it.
        loose: Journeys on no stage.
        gaps: What is missing, stages first.
        labels: Journey to its label.
        grades: Journey as it is to the share of its steps that have each grade of evidence.
    """

    stages: tuple[Stage, ...]
    maps: Mapping[str, tuple[str, ...]]
    loose: tuple[str, ...]
    gaps: tuple[Gap, ...]
    labels: Mapping[str, str]
    grades: Mapping[str, Mapping[Grade, float]] = field(default_factory=dict[str, "Mapping[Grade, float]"])

    def of(self, *kinds: GapKind) -> tuple[Gap, ...]:
        """The gaps of some kinds."""
        return tuple(g for g in self.gaps if g.kind in kinds)


def read_lifecycle(root: Path) -> Lifecycle | None:
    """The lifecycle of an engagement with its changes made, or None where it has none.

    Args:
        root: Folder of the engagement.

    Raises:
        DocumentError: The file does not fit, has a stage twice, or changes or follows one that is not there.

    Example:
        >>> read_lifecycle(Path("nowhere")) is None
        True
    """
    path = root / FILE
    if not path.is_file():
        return None
    own = read_document(path, Lifecycle)
    base = _shipped(own.extends).stages if own.extends else ()
    refuse_faults(path, list(_faults(own, base)))
    kept = [_changed(s, own.changes.get(s.id)) for s in base if s.id not in own.leave_out]
    return own.model_copy(update={"stages": _in_order(kept, own.stages), "changes": {}, "leave_out": ()})


def prove_stages(root: Path, lifecycle: Lifecycle | None, pairs: Mapping[str, JourneyPair]) -> None:
    """A journey names only stages that are there, and no journey stands inside itself.

    Raises:
        DocumentError: A stage is not there, or journeys tell each other's steps in a circle.
    """
    for journey in _versions(pairs):
        name = journey_file(journey)
        known = {s.id for s in lifecycle.stages} if lifecycle else set(journey.stages)
        faults: list[Fault] = [
            (("stages", i), f"The lifecycle has no stage {s!r}", f"There are: {', '.join(sorted(known))}.")
            for i, s in enumerate(journey.stages)
            if s not in known
        ]
        refuse_faults(root / name, faults, name=name)
    _refuse_circle(root, pairs)


def coverage(
    lifecycle: Lifecycle | None, pairs: Mapping[str, JourneyPair], *, today: dt.date, measured: Collection[str],
    view: View | None = None,
) -> Coverage:  # fmt: skip
    """Which stages have maps, and what is missing.

    Args:
        lifecycle: As `read_lifecycle` gives it; None where there is none.
        pairs: The journeys, as `read_journeys` gives them.
        today: The day against which the days of review are held.
        measured: Journeys that have been measured.
        view: The evidence that steps are graded on, or None before anything is measured.

    Example:
        >>> found = coverage(None, {}, today=dt.date(2026, 11, 22), measured=())
        >>> found.stages, found.gaps
        ((), ())
    """
    stages = lifecycle.stages if lifecycle else ()
    on = {i: {s for j in _both(p) for s in j.stages} for i, p in pairs.items()}
    maps = {s.id: tuple(i for i in pairs if s.id in on[i]) for s in stages}
    loose = tuple(i for i in pairs if not on[i]) if lifecycle else ()
    gaps = [*_stage_gaps(maps, pairs), *(Gap("no_stage", journey=i) for i in loose)]
    for i, pair in pairs.items():
        gaps += _map_gaps(i, pair, pairs, today=today, measured=i in measured)
    labels = {i: next(iter(_both(p))).label for i, p in pairs.items()}
    drawn = {i: p.as_is for i, p in pairs.items() if p.as_is}
    grades = {i: grade_shares(grade_journey(j, today=today, seen=seen_in(view, j))) for i, j in drawn.items()}
    return Coverage(stages, maps, loose, tuple(gaps), labels, grades)


def _stage_gaps(maps: Mapping[str, tuple[str, ...]], pairs: Mapping[str, JourneyPair]) -> Iterator[Gap]:
    for stage, journeys in maps.items():
        if not journeys:
            yield Gap("no_map", stage=stage)
        elif all(pairs[i].as_is is None for i in journeys):
            yield Gap("only_to_be", stage=stage)


def _map_gaps(
    journey: str, pair: JourneyPair, pairs: Mapping[str, JourneyPair], *, today: dt.date, measured: bool
) -> Iterator[Gap]:
    if pair.as_is is not None and not measured:
        yield Gap("not_measured", journey=journey)
    for version in _both(pair):
        if version.review_by is None:
            yield Gap("no_review", journey=journey, version=version.version)
        elif version.review_by < today:
            yield Gap("past_review", journey=journey, version=version.version, day=version.review_by)
    for step in dict.fromkeys((s.id, s.journey) for v in _both(pair) for s in v.steps):
        if step[1] is not None and step[1] not in pairs:
            yield Gap("no_nested", journey=journey, step=step[0], other=step[1])


def _shipped(business: str) -> Lifecycle:
    return read_document(share_path(f"templates/journeys/{business}") / FILE, Lifecycle)


def _faults(own: Lifecycle, base: tuple[Stage, ...]) -> Iterator[Fault]:
    """What a model of one stage cannot see."""
    shipped = {s.id for s in base}
    there = ", ".join(s.id for s in base) or "none"
    for loc, stage in [
        *((("changes", s), s) for s in own.changes),
        *((("leave_out", i), s) for i, s in enumerate(own.leave_out)),
    ]:
        if stage not in shipped:
            yield loc, f"The lifecycle {own.extends!r} has no stage {stage!r}", f"Its stages: {there}."
    known = shipped - set(own.leave_out)
    for i, stage in enumerate(own.stages):
        if stage.id in known:
            hint = "Give each stage an id of its own; change the words of a shipped one under `changes`."
            yield ("stages", i, "id"), f"The stage {stage.id!r} stands twice", hint
        if stage.after and stage.after not in known:
            hint = f"There are, up to here: {', '.join(sorted(known)) or 'none'}."
            yield ("stages", i, "after"), f"There is no stage {stage.after!r}", hint
        known.add(stage.id)
    if not known:
        yield ("leave_out",), "No stage is left", "A lifecycle has one stage at least."


def _changed(stage: Stage, change: StageChange | None) -> Stage:
    return stage.model_copy(update=change.model_dump(exclude_none=True)) if change else stage


def _in_order(kept: list[Stage], own: tuple[Stage, ...]) -> tuple[Stage, ...]:
    found = list(kept)
    for stage in own:
        ids = [s.id for s in found]
        found.insert(ids.index(stage.after) + 1 if stage.after else len(found), stage)
    return tuple(found)


def _refuse_circle(root: Path, pairs: Mapping[str, JourneyPair]) -> None:
    for journeys in (
        {i: p.as_is or p.to_be for i, p in pairs.items()},
        {i: p.to_be or p.as_is for i, p in pairs.items()},
    ):
        circle = find_nested_circle(j for j in journeys.values() if j)
        journey = journeys[circle[0]] if circle else None
        if journey is None:
            continue
        loc = next(loc for loc, step in places(journey) if step.journey == circle[1])
        said, name = " → ".join(repr(i) for i in circle), journey_file(journey)
        what = f"The journeys stand inside each other in a circle: {said}"
        refuse_faults(root / name, [((*loc, "journey"), what, "Take `journey` off one of them.")], name=name)


def _both(pair: JourneyPair) -> tuple[Journey, ...]:
    return tuple(j for j in (pair.as_is, pair.to_be) if j is not None)


def _versions(pairs: Mapping[str, JourneyPair]) -> Iterator[Journey]:
    return (j for p in pairs.values() for j in _both(p))
