"""What a plan and a launch gate are, as YAML says it."""

from __future__ import annotations

import datetime as dt
import difflib
import os
from collections.abc import Callable, Collection, Iterator
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, field_validator, model_validator

from cxkit._documents import Fault, read_document, refuse_faults
from cxkit.data.settings import Document, Model, Name
from cxkit.evidence.refs import ANY, Amount, Ref

__all__ = ["VOICES", "WORKSTREAMS", "Criterion", "Decision", "Gate", "Plan", "Scaled", "Task", "Voice", "Workstream"]
__all__ += ["artefacts_in", "plan_faults", "read_gates", "read_plan", "weeks_at"]

SHORTEST, LONGEST = 6, 12

Workstream = Literal["missions", "cadence", "performance", "people", "change"]
WORKSTREAMS: tuple[Workstream, ...] = get_args(Workstream)
VoiceId = Literal["customer", "contact_centre", "technical_partner", "sales"]
VOICES: tuple[VoiceId, ...] = get_args(VoiceId)
Owner = Annotated[str, Field(min_length=1, max_length=120, pattern=r"\S")]
# An empty value in YAML is null; where words are expected it means none.
Words = Annotated[str, BeforeValidator(lambda v: "" if v is None else v, json_schema_input_type=str | None)]


class Scaled(Model):
    """A number of weeks, or a week, at an engagement of 6 and at one of 12 weeks; between them in proportion."""

    six: int = Field(alias="6", ge=1, le=LONGEST)
    twelve: int = Field(alias="12", ge=1, le=LONGEST)


def _scaled(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict | Scaled):
        return value
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"write a number of weeks, or {{6: 1, 12: 2}}, found {value!r}")  # noqa: TRY004 - pydantic's
    if not 1 <= value <= LONGEST:
        raise ValueError(f"weeks go from 1 to {LONGEST}, found {value}")
    return {"6": value, "12": value}


Weeks = Annotated[Scaled, BeforeValidator(_scaled, json_schema_input_type=int | Scaled)]


def _no_person(value: str) -> bool:
    return not value.strip()


class Task(Model):
    """Something to be done, by whom, and what there is when it is done."""

    id: Name
    label: str = Field(min_length=1, max_length=120)
    workstream: Workstream
    weeks: Weeks = Field(description="Length in weeks: one number, or {6: 1, 12: 2}.")
    earliest: Weeks | None = Field(default=None, description="Not before this week.")
    after: tuple[Name, ...] = Field(default=(), description="Tasks that must be over before it starts.")
    owner: Owner
    artefact: str | None = Field(default=None, description="Done when such a file is there, such as commentary/*.md.")
    done: bool | None = Field(default=None, description="Said by hand; comes before what the artefact says.")
    gate: Name | None = Field(default=None, description="This task is the day of that gate in gates/.")
    source: str = ""

    @field_validator("artefact")
    @classmethod
    def _inside(cls, value: str | None) -> str | None:
        if value is not None:
            path = PurePosixPath(value)
            wild = any("**" in part and part != "**" for part in path.parts)
            if path.is_absolute() or not path.parts or ".." in path.parts or "\\" in value or "\0" in value or wild:
                raise ValueError(f"{value!r} is no path inside the engagement, such as commentary/*.md")
        return value


class Plan(Document):
    """`plan.yaml`."""

    id: Name
    label: str = Field(min_length=1, max_length=120)
    source: str = ""
    tasks: tuple[Task, ...] = Field(min_length=1)


class Criterion(Ref):
    """A number, and the bar that its whole interval has to clear."""

    id: Name
    label: Words = Field(default="", description="What the reader sees; made from the number if empty.")
    at_least: Amount | None = Field(default=None, description="Met when the whole interval lies here or above.")
    at_most: Amount | None = Field(default=None, description="Met when the whole interval lies here or below.")
    minimum_n: int | None = Field(default=None, ge=1, description="Fewest in the base; the KPI's own if empty.")

    @model_validator(mode="after")
    def _one_bar(self) -> Criterion:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("name either `at_least` or `at_most`")
        if ANY in self.where.values():
            raise ValueError("a criterion is about one number, so `where` cannot hold `any`")
        return self


class Voice(Model):
    """What one of the four says who live with the launch."""

    voice: VoiceId
    answer: Literal["yes", "no", "open"] = "open"
    said: Words = Field(default="", description="In their own words.")
    by: Words = Field(default="", description="Who asked, or who speaks for them; never a customer's name.")
    on: dt.date | None = None

    @model_validator(mode="after")
    def _asked(self) -> Voice:
        if self.answer != "open" and _no_person(self.by):
            raise ValueError(f"the answer is {self.answer!r}, but `by` does not say who asked")
        return self


class Decision(Model):
    """What was decided, by whom, when and why."""

    made: Literal["go", "no-go"] | None = None
    by: Words = ""
    on: dt.date | None = None
    reason: Words = ""

    @model_validator(mode="after")
    def _signed(self) -> Decision:
        if self.made and (_no_person(self.by) or self.on is None):
            raise ValueError(f"the decision is {self.made!r}, but `by` and `on` do not say who took it and when")
        return self


class Gate(Document):
    """`gates/<id>.yaml`: a launch gate, where customers come before the launch."""

    id: Name
    label: str = Field(min_length=1, max_length=120)
    question: str = Field(min_length=1, max_length=300, description="What is decided, as a question.")
    owner: Owner
    week: Weeks = Field(description="Week of the engagement: one number, or {6: 5, 12: 10}.")
    max_age_days: int = Field(default=45, ge=1, le=730, description="Older evidence cannot pass (cxkit default).")
    criteria: tuple[Criterion, ...] = ()
    voices: tuple[Voice, ...] = ()
    decision: Decision = Decision()
    source: str = ""


def weeks_at(scaled: Scaled, weeks: int) -> int:
    """The number at an engagement of so many weeks.

    Rounded down, so that a chain of tasks which fits at 6 and at 12 weeks fits at every length between.

    Example:
        >>> span = Scaled.model_validate({"6": 1, "12": 3})
        >>> [weeks_at(span, w) for w in range(6, 13)]
        [1, 1, 1, 2, 2, 2, 3]
    """
    return scaled.six + (scaled.twelve - scaled.six) * (weeks - SHORTEST) // (LONGEST - SHORTEST)


def read_plan(root: Path) -> Plan | None:
    """`plan.yaml` of an engagement, or None where there is none.

    Raises:
        DocumentError: A task waits for one that is not there, or for itself; or names a gate that is not there.
    """
    path = root / "plan.yaml"
    if not os.path.lexists(path):
        return None
    plan = read_document(path, Plan, name="plan.yaml")
    gates = [p.stem for p in sorted((root / "gates").glob("*.yaml"))]
    refuse_faults(path, plan_faults(plan, gates=gates), name="plan.yaml")
    return plan


def read_gates(root: Path, *, weeks: int | None = None) -> dict[str, Gate]:
    """The launch gates of an engagement, by id, which is the name of the file.

    Args:
        root: The engagement's folder.
        weeks: Weeks of the engagement; a gate beyond them is refused.

    Raises:
        DocumentError: A file does not fit, or a gate is set for a week that the engagement does not have.
    """
    gates: dict[str, Gate] = {}
    for path in sorted((root / "gates").glob("*.yaml")):
        name = f"gates/{path.name}"
        gate = read_document(path, Gate, name=name)
        refuse_faults(path, list(_gate_faults(gate, path.stem, weeks)), name=name)
        gates[gate.id] = gate
    return gates


def artefacts_in(root: Path) -> Callable[[str], bool]:
    """Says of an artefact, a file name or a pattern inside the engagement, whether it is there and not empty."""
    return lambda pattern: any(p.is_file() and p.stat().st_size > 0 for p in root.glob(pattern))


def plan_faults(plan: Plan, *, gates: Collection[str] = ()) -> list[Fault]:
    """Everything in a plan that does not hold together: where it stands, what it is, and a hint.

    Args:
        plan: The plan.
        gates: Ids of the gates there are.
    """
    return [*_twice(plan), *_unknown(plan), *_gates(plan, gates), *_cycle(plan)]


def _twice(plan: Plan) -> Iterator[Fault]:
    for what, ids in (("id", [t.id for t in plan.tasks]), ("gate", [t.gate for t in plan.tasks])):
        for i, name in enumerate(ids):
            if name and name in ids[:i]:
                said = f"the task {name!r} stands twice" if what == "id" else f"the gate {name!r} has two tasks"
                yield ("tasks", i, what), said, ""


def _unknown(plan: Plan) -> Iterator[Fault]:
    ids = [t.id for t in plan.tasks]
    for i, task in enumerate(plan.tasks):
        for j, before in enumerate(task.after):
            if before not in ids:
                hint = _near(before, ids) or "Write the `id` of a task of this plan."
                yield ("tasks", i, "after", j), f"{task.id!r} comes after {before!r}, which is no task", hint


def _gates(plan: Plan, gates: Collection[str]) -> Iterator[Fault]:
    for i, task in enumerate(plan.tasks):
        if task.gate and task.gate not in gates:
            hint = _near(task.gate, gates) or f"Write gates/{task.gate}.yaml, or leave `gate` out."
            yield ("tasks", i, "gate"), f"{task.id!r} is the day of the gate {task.gate!r}, which is not there", hint


def _cycle(plan: Plan) -> Iterator[Fault]:
    after = {t.id: [a for a in t.after if a in {x.id for x in plan.tasks}] for t in plan.tasks}
    found = next(filter(None, (_way_back(t, after) for t in after)), None)
    if found:
        i = list(after).index(found[0])
        hint = "Take one of them out of `after`."
        yield ("tasks", i, "after"), f"these tasks wait for each other: {' after '.join([*found, found[0]])}", hint


def _way_back(start: str, after: dict[str, list[str]]) -> list[str]:
    """The shortest way from a task over what it waits for back to itself; none where there is no such way."""
    ways, seen = [[start]], {start}
    for way in ways:
        if start in after[way[-1]]:
            return way
        fresh = [a for a in after[way[-1]] if a not in seen]
        seen.update(fresh)
        ways += [[*way, a] for a in fresh]
    return []


def _gate_faults(gate: Gate, name: str, weeks: int | None) -> Iterator[Fault]:
    if gate.id != name:
        yield ("id",), f"the id is {gate.id!r}, but the file is {name}.yaml", ""
    if weeks is not None and weeks_at(gate.week, weeks) > weeks:
        what = f"the gate is set for week {weeks_at(gate.week, weeks)}, but the engagement has {weeks} weeks"
        yield ("week",), what, f"Write a week from 1 to {weeks}, or one for each length: {{6: 5, 12: 10}}."
    named = chain(
        ((("criteria", i, "id"), c.id, [x.id for x in gate.criteria[:i]]) for i, c in enumerate(gate.criteria)),
        ((("voices", i, "voice"), v.voice, [x.voice for x in gate.voices[:i]]) for i, v in enumerate(gate.voices)),
    )
    for loc, one, before in named:
        if one in before:
            yield loc, f"{one!r} stands twice", ""


def _near(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"Did you mean {near[0]!r}?" if near else ""
