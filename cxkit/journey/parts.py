"""What a step and a journey are made of, smaller than a step: who meets whom where, who acts behind, what hurts.

Everything that is mostly one text may be written as that text: `pains: [Letters twice]` is `pains: [{text: Letters
twice}]`, and `channels: [app]` is a contact that the customer begins with the company.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from cxkit.data.settings import Model, Name, Text
from cxkit.evidence.refs import Amount, Ref

__all__ = [
    "Act",
    "ChannelUse",
    "Emotion",
    "Feeling",
    "KpiRef",
    "Money",
    "Offer",
    "Opportunity",
    "Pain",
    "Party",
    "Persona",
]
__all__ += ["Proof", "ProofKind", "Rule", "Score", "Words", "plain_name"]

Words = Annotated[Text, Field(min_length=1, max_length=200)]
Party = Literal["customer", "company", "partner"]
Rule = Literal["identical", "may vary", "not offered"]
ProofKind = Literal["events", "answers", "research", "interviews", "workshop", "assumption"]
Emotion = Annotated[float, Field(ge=-2, le=2)]


def _feeling(value: Any) -> Any:  # noqa: ANN401
    """Told once and in words; pydantic would tell it once for a number and once for pairs."""
    if value is None:
        return None
    for who, felt in value.items() if isinstance(value, dict) else [("", value)]:
        if isinstance(felt, bool) or not isinstance(felt, int | float) or not -2 <= felt <= 2:
            said = f" for {who!r}" if who else ""
            raise ValueError(f"a feeling is a number from -2 to +2, or one for each persona, found {felt!r}{said}")
    return value


Feeling = Annotated[Emotion | dict[Name, Emotion] | None, BeforeValidator(_feeling)]


class KpiRef(Ref):
    """A KPI that says how a step goes, for a slice or for all."""

    @model_validator(mode="after")
    def _kpi(self) -> KpiRef:
        if self.kpi is None:
            raise ValueError("a step names a `kpi`")
        if "any" in self.where.values():
            raise ValueError("a step names one value, not `any`")
        return self


class Persona(Model):
    """Whose journey it is."""

    id: Name
    label: Words
    about: Text = Field(default="", description="Who that is and what they want, in a sentence.")
    where: dict[Name, Text] = Field(default_factory=dict, description="Dimension to value: the customers that it is.")


class ChannelUse(Model):
    """A channel at a step: who begins the contact there, and with whom."""

    channel: Words
    initiator: Party = "customer"
    receiver: Party = "company"


class Act(Model):
    """What somebody of the company, or a system, does at a step."""

    does: Words
    role: Text = Field(default="", description="Who does it.")
    system: Text = Field(default="", description="With which system.")


class Pain(Model):
    """What hurts."""

    text: Words
    id: Name | None = Field(default=None, description="By which an opportunity answers it.")


class Opportunity(Model):
    """What could be better."""

    text: Words
    answers: tuple[Name, ...] = Field(default=(), description="Pains of the step that it answers; all if empty.")


class Proof(Model):
    """What is known about a journey, and from where: a study, a round of interviews, a workshop."""

    id: Name
    kind: ProofKind
    label: Words
    on: dt.date | None = Field(default=None, description="Day on which it was gathered; the evidence's for numbers.")
    n: int | None = Field(default=None, ge=1, description="People behind it.")


class Score(Model):
    """Which answers say how customers felt at a step."""

    column: Literal["satisfaction", "effort", "score"] = Field(description="Column of the answers.")
    survey: tuple[Text, ...] = Field(default=(), description="Surveys whose answers count; all if empty.")
    within_days: int = Field(default=14, ge=1, le=366, description="Days after a step in which an answer is about it.")


class Money(Model):
    """What a journey is worth: an amount for each, or what its customer brought in the months before it began."""

    table: Literal["revenue", "orders"] | None = Field(default=None, description="Table that the worth is read from.")
    months: int = Field(default=12, ge=1, le=36, description="Months before the journey whose amounts are added.")
    each: float | None = Field(default=None, gt=0, description="Amount for each journey, instead of a table.")

    @model_validator(mode="after")
    def _one_source(self) -> Money:
        if (self.table is None) == (self.each is None):
            raise ValueError("name either a `table` or an amount for `each` journey")
        return self


class Offer(Model):
    """What a channel promises at a step, and whether it may differ from the other channels."""

    rule: Rule
    within: Text = Field(default="", description="What it may vary within, in words; needed where it may vary.")
    within_points: float | None = Field(default=None, gt=0, description="Points of the score that it may be apart.")
    hours: float | None = Field(default=None, gt=0, description="Deadline: hours until the customer goes on.")
    share: Amount = Field(default=0.9, gt=0, le=1, description="Share of the contacts that the deadline holds for.")
    price: Text = Field(default="", description="The price that is told.")
    tone: Text = Field(default="", description="How the customer is spoken to.")
    data: tuple[Text, ...] = Field(default=(), description="What the channel shows or knows about the customer.")

    @model_validator(mode="after")
    def _holds_together(self) -> Offer:
        promised = self.hours or self.price or self.tone or self.data
        if self.rule == "not offered" and (promised or self.within or self.within_points):
            raise ValueError("a channel that is not offered promises nothing")
        if self.rule == "may vary" and not (self.within or self.within_points):
            raise ValueError("say with `within` or `within_points` what it may vary within")
        if self.rule == "identical" and (self.within or self.within_points):
            raise ValueError("what is identical does not vary; write `rule: may vary`, or leave `within` out")
        return self


def short(field: str) -> BeforeValidator:
    """A validator that takes a text for a model whose main field it is."""

    def read(value: Any) -> Any:  # noqa: ANN401
        if not isinstance(value, list | tuple):
            return value
        return [{field: v} if isinstance(v, str | int | float | dt.date) else v for v in value]

    return BeforeValidator(read, json_schema_input_type=list[str | dict[str, Any]])


def short_offers(value: Any) -> Any:  # noqa: ANN401
    """Offers, of which `not offered` and `identical` may stand as words."""
    if not isinstance(value, dict):
        return value
    return {k: {"rule": v} if isinstance(v, str) else v for k, v in value.items()}


def plain_name(name: str) -> str:
    """A name of a channel as it is compared: without case, blanks and marks.

    Example:
        >>> plain_name("E-mail") == plain_name("email")
        True
    """
    return "".join(c for c in name.casefold() if c.isalnum())
