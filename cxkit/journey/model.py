"""What a journey is, as YAML says it: phases, steps, and the events that show that a step was reached.

A journey has two versions, each a file: `journeys/<id>.as-is.yaml` and `journeys/<id>.to-be.yaml`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from cxkit._documents import place_in, read_document
from cxkit.data.settings import Document, Model, Name, Text
from cxkit.errors import DocumentError
from cxkit.evidence.refs import Amount, Ref

__all__ = ["TARGETS", "Journey", "JourneyPair", "KpiRef", "Phase", "Score", "Step", "Version", "journey_file"]
__all__ += ["journey_hash", "read_journeys"]

Version = Literal["as-is", "to-be"]
Loc = tuple[str | int, ...]
Words = Annotated[Text, Field(min_length=1, max_length=200)]

_SHARES = ("reach", "drop_off", "channel_switch")
TARGETS = ("reach", "drop_off", "hours_to_next", "hours_to_next_p90", "channel_switch", "score")
"""Measures of a step that a to-be may set a target for."""


class KpiRef(Ref):
    """A KPI that says how a step goes, for a slice or for all."""

    @model_validator(mode="after")
    def _kpi(self) -> KpiRef:
        if self.kpi is None:
            raise ValueError("a step names a `kpi`")
        if "any" in self.where.values():
            raise ValueError("a step names one value, not `any`")
        return self


class Step(Model):
    """A step of the journey: what shows that it was reached, who owns it, what hurts."""

    id: Name
    label: Words
    events: tuple[Text, ...] = Field(default=(), description="Values of `event_column`; not measured if empty.")
    channels: tuple[Text, ...] = Field(default=(), description="Channels, as drawn.")
    owner: Text = Field(default="", description='Who owns the step; drawn as "nobody" if empty.')
    pains: tuple[Words, ...] = Field(default=(), description="What hurts, a few words each.")
    kpis: tuple[KpiRef, ...] = Field(default=(), description="KPIs that say how the step goes.")
    moment_of_truth: bool = Field(default=False, description="Whether the journey is won or lost here.")
    last: bool = Field(default=False, description="A step that journeys may end on: no drop-off there.")
    targets: dict[str, Amount] = Field(default_factory=dict, description="Measure to target; in a to-be only.")

    @field_validator("targets")
    @classmethod
    def _known_targets(cls, value: dict[str, float]) -> dict[str, float]:
        for measure, target in value.items():
            if measure not in TARGETS:
                raise ValueError(f"there is no target {measure!r}; targets are {', '.join(TARGETS)}")
            if measure in _SHARES and not 0 <= target <= 1:
                raise ValueError(f"{measure!r} is a share from 0 to 100 %, found {target:g}; mind the %")
        return value


class Phase(Model):
    """A stretch of the journey: steps under one name."""

    id: Name
    label: Words
    steps: tuple[Step, ...] = Field(min_length=1)


class Score(Model):
    """Which answers say how customers felt at a step."""

    column: Literal["satisfaction", "effort", "score"] = Field(description="Column of the answers.")
    survey: tuple[Text, ...] = Field(default=(), description="Surveys whose answers count; all if empty.")
    within_days: int = Field(default=14, ge=1, le=366, description="Days after a step in which an answer is about it.")


class Journey(Document):
    """`journeys/<id>.<version>.yaml`."""

    id: Name
    version: Version
    label: Words
    unit: Literal["case", "customer"] = Field(default="case", description="What one journey is.")
    window_days: int = Field(ge=1, le=1100, description="Days that a journey has, counted from its first event.")
    since: dt.date | None = Field(default=None, description="Leave out journeys that began before this day.")
    owner: Text = ""
    event_column: Literal["step", "reason", "channel"] = "step"
    score: Score | None = None
    phases: tuple[Phase, ...] = Field(min_length=1)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps in the order in which they are drawn."""
        return tuple(s for p in self.phases for s in p.steps)

    def step(self, step: str) -> Step | None:
        """The step with an id, or None."""
        return next((s for s in self.steps if s.id == step), None)


@dataclass(frozen=True)
class JourneyPair:
    """A journey as it is and as it is to be; one of the two may be missing.

    Attributes:
        root: Folder of the engagement whose `journeys/` holds their files, for messages; None if made by hand.
    """

    as_is: Journey | None = None
    to_be: Journey | None = None
    root: Path | None = None


def journey_file(journey: Journey) -> str:
    """Where a journey's file stands in its engagement.

    Example:
        >>> import types
        >>> journey_file(types.SimpleNamespace(id="moving", version="as-is"))
        'journeys/moving.as-is.yaml'
    """
    return f"journeys/{journey.id}.{journey.version}.yaml"


def read_journeys(root: Path) -> dict[str, JourneyPair]:
    """The journeys of an engagement by id.

    Raises:
        DocumentError: A file does not fit the model, is not named after what it holds, has a step or an event
            twice, or gives a step of the as-is another id.

    Example:
        >>> read_journeys(Path("nowhere"))
        {}
    """
    found: dict[str, dict[str, Journey]] = {}
    for path in sorted((root / "journeys").glob("*.yaml")):
        journey = _read(path)
        found.setdefault(journey.id, {})[journey.version] = journey
    pairs = {i: JourneyPair(v.get("as-is"), v.get("to-be"), root) for i, v in found.items()}
    for pair in pairs.values():
        _refuse_renamed(pair, root)
    return pairs


def journey_hash(journey: Journey) -> str:
    """Eight characters that change when what is counted changes, and only then.

    Labels, owners, pains, channels as drawn, KPIs and targets do not count.
    """
    score = journey.score
    meaning = {
        "unit": journey.unit,
        "window_days": journey.window_days,
        "since": journey.since and journey.since.isoformat(),
        "event_column": journey.event_column,
        "steps": [[s.id, sorted(s.events), s.last] for s in journey.steps],
        "score": score and [score.column, sorted(score.survey), score.within_days],
    }
    return hashlib.sha256(json.dumps(meaning, sort_keys=True).encode()).hexdigest()[:8]


def _read(path: Path) -> Journey:
    name = f"journeys/{path.name}"
    journey = read_document(path, Journey, name=name)
    if path.name != f"{journey.id}.{journey.version}.yaml":
        raise DocumentError(
            f"The file holds {journey.id!r}, {journey.version}, but it is named {path.name}.",
            where=place_in(path, ("id",), name=name),
            hint=f"Name it {journey.id}.{journey.version}.yaml, or correct `id` and `version`.",
        )
    for loc, what, hint in _faults(journey):
        raise DocumentError(what, where=place_in(path, loc, name=name), hint=hint)
    return journey


def _faults(journey: Journey) -> Iterator[tuple[Loc, str, str]]:
    """What a model of one step cannot see: ids and events that stand twice, and targets where none belong."""
    seen: set[str] = set()
    owners: dict[str, str] = {}
    for i, phase in enumerate(journey.phases):
        if phase.id in (p.id for p in journey.phases[:i]):
            yield ("phases", i, "id"), f"The phase {phase.id!r} stands twice.", "Give each phase an id of its own."
        for j, step in enumerate(phase.steps):
            here: Loc = ("phases", i, "steps", j)
            if step.id in seen:
                yield (*here, "id"), f"The step {step.id!r} stands twice.", "Give each step an id of its own."
            seen.add(step.id)
            for k, event in enumerate(step.events):
                if event in owners:
                    what = f"The event {event!r} shows {owners[event]!r} and {step.id!r}."
                    yield (*here, "events", k), what, "An event belongs to one step, and stands there once."
                owners[event] = step.id
            if step.targets and journey.version == "as-is":
                yield (*here, "targets"), "An as-is has no targets.", "Set them in the to-be."
    if journey.version == "as-is" and not owners:
        yield ("phases",), "No step has events.", "Name under `events` which values show that a step was reached."


def _refuse_renamed(pair: JourneyPair, root: Path) -> None:
    """A step keeps its id between the versions, since plays, gates and targets refer to it."""
    if pair.as_is is None or pair.to_be is None:
        return
    shown = {e: s.id for s in pair.as_is.steps for e in s.events}
    known = {s.id for s in pair.as_is.steps}
    for i, phase in enumerate(pair.to_be.phases):
        for j, step in enumerate(phase.steps):
            before = next((shown[e] for e in step.events if shown.get(e, step.id) != step.id), None)
            if before is None or step.id in known:
                continue
            name = journey_file(pair.to_be)
            raise DocumentError(
                f"The step {step.id!r} has an event of the as-is step {before!r}.",
                where=place_in(root / name, ("phases", i, "steps", j, "id"), name=name),
                hint=f"Keep the id {before!r}; the label may change.",
            )
