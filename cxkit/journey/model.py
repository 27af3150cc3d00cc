"""What a journey is, as YAML says it: phases, steps with branches and loops, and what shows that a step was reached.

A journey has two versions, each a file: `journeys/<id>.as-is.yaml` and `journeys/<id>.to-be.yaml`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator

from cxkit.data.settings import Document, Model, Name, Text
from cxkit.evidence.refs import Amount
from cxkit.journey.parts import (
    Act,
    ChannelUse,
    Feeling,
    KpiRef,
    Money,
    Offer,
    Opportunity,
    Pain,
    Persona,
    Proof,
    Score,
    Words,
    short,
    short_offers,
)

__all__ = ["TARGETS", "Journey", "JourneyPair", "Phase", "Step", "Version", "journey_file", "journey_hash"]

Version = Literal["as-is", "to-be"]

_SHARES = ("reach", "drop_off", "channel_switch", "context_kept", "recontact_same", "recontact_any", "skip", "repeat")
TARGETS = (*_SHARES, "hours_to_next", "hours_to_next_p90", "score")
"""Measures of a step that a to-be may set a target for."""

Acts = Annotated[tuple[Act, ...], short("does")]


class Step(Model):
    """A step of the journey: what shows that it was reached, who meets whom, what is felt, who owns it."""

    id: Name
    label: Words
    events: tuple[Text, ...] = Field(default=(), description="Values of `event_column` that show the step.")
    when: Text = Field(default="", description="SQL over columns of interactions that shows the step, as well.")
    journey: Name | None = Field(default=None, description="Journey that tells this step in full.")
    next: tuple[Name, ...] = Field(default=(), description="Steps that may follow; the one drawn next if empty.")
    back_to: tuple[Name, ...] = Field(default=(), description="Earlier steps that it may lead back to: loops.")
    last: bool = Field(default=False, description="A step that journeys may end on: no drop-off there.")
    touchpoint: Text = Field(default="", description="What the customer meets: a letter, a form, a desk.")
    channels: Annotated[tuple[ChannelUse, ...], short("channel")] = Field(default=(), description="Channels, as drawn.")
    offer: Annotated[dict[Text, Offer], BeforeValidator(short_offers)] = Field(
        default_factory=dict, description="Channel to its rule and its promise."
    )
    actions: tuple[Words, ...] = Field(default=(), description="What the customer does.")
    thoughts: tuple[Words, ...] = Field(default=(), description="What the customer thinks, in their words.")
    emotion: Feeling = Field(
        default=None, description="How it feels, from -2 to +2; one for all, or one for each persona."
    )
    front_stage: Acts = Field(default=(), description="What the company does in sight of the customer.")
    back_stage: Acts = Field(default=(), description="What it does out of sight.")
    support: Acts = Field(default=(), description="What others and systems do for those.")
    pains: Annotated[tuple[Pain, ...], short("text")] = Field(default=(), description="What hurts, a few words each.")
    opportunities: Annotated[tuple[Opportunity, ...], short("text")] = Field(default=(), description="What could be.")
    questions: tuple[Words, ...] = Field(default=(), description='Questions that begin with "How might we".')
    moment_of_truth: bool = Field(default=False, description="Whether the journey is won or lost here.")
    owner: Text = Field(default="", description='Who owns the step; drawn as "nobody" if empty.')
    kpis: tuple[KpiRef, ...] = Field(default=(), description="KPIs that say how the step goes.")
    proofs: tuple[Name, ...] = Field(default=(), description="Proofs of the journey that the step rests on.")
    targets: dict[str, Amount] = Field(default_factory=dict, description="Measure to target; in a to-be only.")

    @property
    def shown(self) -> bool:
        """Whether events show that the step was reached."""
        return bool(self.events or self.when)

    @property
    def channel_names(self) -> tuple[str, ...]:
        """The channels, as drawn, by name."""
        return tuple(c.channel for c in self.channels)

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


class Journey(Document):
    """`journeys/<id>.<version>.yaml`."""

    id: Name
    version: Version
    label: Words
    stages: tuple[Name, ...] = Field(default=(), description="Stages of the lifecycle that it covers.")
    personas: tuple[Persona, ...] = Field(default=(), description="Whose journey it is.")
    unit: Literal["case", "customer"] = Field(default="case", description="What one journey is.")
    window_days: int | None = Field(
        default=None, ge=1, le=1100, description="Days that a journey has from its first event; no end if empty."
    )
    since: dt.date | None = Field(default=None, description="Leave out journeys that began before this day.")
    owner: Text = ""
    source: Text = Field(default="", description="Where the map comes from, where it was not drawn for this client.")
    review_by: dt.date | None = Field(default=None, description="Day by which somebody looks at the map again.")
    event_column: Literal["step", "reason", "channel"] = "step"
    score: Score | None = None
    money: Money | None = Field(default=None, description="What a journey is worth.")
    recontact_days: int = Field(default=7, ge=1, le=90, description="Days in which a contact is one again.")
    proofs: tuple[Proof, ...] = Field(default=(), description="What is known, and from where.")
    phases: tuple[Phase, ...] = Field(min_length=1)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps in the order in which they are drawn."""
        return tuple(s for p in self.phases for s in p.steps)

    @property
    def ends(self) -> frozenset[str]:
        """The steps that journeys may end on: those that are said to be, and the one after which nothing is drawn."""
        final = self.steps[-1]
        return frozenset(s.id for s in self.steps if s.last or (s is final and not s.next))

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


def journey_hash(journey: Journey) -> str:
    """Eight characters that change when what is counted changes, and only then.

    Labels, owners, pains, channels as drawn, KPIs and targets do not count.
    """
    score, money = journey.score, journey.money
    meaning = {
        "unit": journey.unit,
        "window_days": journey.window_days,
        "since": journey.since and journey.since.isoformat(),
        "event_column": journey.event_column,
        "steps": [[s.id, sorted(s.events), s.when, s.last, s.next, s.back_to] for s in journey.steps],
        "deadlines": {s.id: {c: o.hours for c, o in s.offer.items() if o.hours} for s in journey.steps if s.offer},
        "score": score and [score.column, sorted(score.survey), score.within_days],
        "money": money and [money.table, money.months, money.each],
        "recontact_days": journey.recontact_days,
    }
    return hashlib.sha256(json.dumps(meaning, sort_keys=True).encode()).hexdigest()[:8]
