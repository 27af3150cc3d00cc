"""What a play is, as YAML says it: when it is called for, what is done, by whom, until when."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from cxkit._documents import place_in, read_document
from cxkit._share import share_path
from cxkit.data.contract import CONTRACTS
from cxkit.data.settings import Document, Model, Name
from cxkit.errors import DocumentError
from cxkit.evidence.refs import ANY, Amount, Ref

__all__ = ["Change", "Condition", "Pack", "Placed", "Play", "Worklist", "list_packs", "read_playbook"]

Owner = Annotated[str, Field(min_length=1, max_length=120, pattern=r"\S")]
RESERVED = "rejected_rows"  # worklists/rejected_rows.csv is not a play's
_TESTS = ("below", "above", "misses_target", "worse_than")


class Condition(Ref):
    """A number, and what about it calls for the play. One of the four tests is named."""

    below: Amount | None = Field(default=None, description="Holds where the whole interval lies below.")
    above: Amount | None = Field(default=None, description="Holds where the whole interval lies above.")
    misses_target: Literal[True] | None = Field(default=None, description="Holds where the interval misses the target.")
    worse_than: Literal["previous", "baseline", "rest"] | None = Field(
        default=None, description="Holds where the test, after correction, says worse."
    )

    @model_validator(mode="after")
    def _one_test(self) -> Condition:
        given = [t for t in _TESTS if getattr(self, t) is not None]
        if len(given) != 1:
            raise ValueError(f"name one of {', '.join(f'`{t}`' for t in _TESTS)}, found {len(given)}")
        if self.journey and given[0] in ("misses_target", "worse_than"):
            raise ValueError(f"`{given[0]}` needs a `kpi`; a measure of a journey is `below` or `above`")
        if ANY in self.where.values() and self.worse_than is None:
            raise ValueError(
                "`any` looks at many values at once, so it goes with `worse_than`, which is corrected for that"
            )
        if list(self.where.values()).count(ANY) > 1:
            raise ValueError("`any` may stand for one dimension")
        if self.misses_target and self.where:
            raise ValueError("`misses_target` is about the whole; use `below` or `above` for a part")
        return self


class Worklist(Model):
    """Rows about customers for the people who act; written to worklists/ and nowhere else."""

    table: str = Field(description="The table that the rows come from.")
    where: str = Field(default="true", description="Rows to take; SQL.")
    days: int = Field(default=31, ge=1, le=366, description="How far back from the last day of the data.")

    @model_validator(mode="after")
    def _has_customers(self) -> Worklist:
        known = [t for t, c in CONTRACTS.items() if "customer_id" in c.columns]
        if self.table not in known:
            raise ValueError(f"there is no table {self.table!r} with customers; tables are {', '.join(known)}")
        return self


class Play(Model):
    """Something to do, and the numbers that call for it."""

    id: Name
    label: str = Field(min_length=1, max_length=120)
    why: str = Field(description="Why it should help, in a sentence.")
    journey: Name | None = None
    step: Name | None = Field(default=None, description="Step of the journey at which it acts.")
    when: tuple[Condition, ...] = Field(min_length=1, description="All of them must hold.")
    owner: Owner
    due_days: int = Field(ge=1, le=365, description="Days from the measurement.")
    steps: tuple[str, ...] = Field(min_length=1, description="What is done, in order.")
    gate: Name | None = Field(default=None, description="The launch gate that it has to pass.")
    worklist: Worklist | None = None
    source: str

    @field_validator("id")
    @classmethod
    def _file_of_its_own(cls, value: str) -> str:
        if value == RESERVED:
            raise ValueError(f"{value!r} is the name of the list of rows that were not used; take another")
        return value

    @model_validator(mode="after")
    def _places(self) -> Play:
        if self.step and not self.journey:
            raise ValueError("a `step` needs its `journey`")
        free = {d for c in self.when for d, v in c.where.items() if v == ANY}
        if len(free) > 1:
            raise ValueError(f"`any` stands for {' and '.join(sorted(free))}; it may stand for one dimension in a play")
        return self


class Change(Model):
    """What a client does differently from the pack."""

    label: str | None = None
    why: str | None = None
    owner: Owner | None = None
    due_days: int | None = Field(default=None, ge=1, le=365)
    when: tuple[Condition, ...] | None = None
    steps: tuple[str, ...] | None = None
    journey: Name | None = None
    step: Name | None = None
    gate: Name | None = None
    worklist: Worklist | None = None


class Pack(Document):
    """`playbooks/<id>.yaml`: plays of one's own, or a shipped pack with changes."""

    id: Name
    label: str
    extends: Name | None = Field(default=None, description="A pack that ships with cxkit.")
    source: str = ""
    plays: tuple[Play, ...] = ()
    changes: dict[Name, Change] = Field(default_factory=dict)
    leave_out: tuple[Name, ...] = ()

    @model_validator(mode="after")
    def _something(self) -> Pack:
        if not self.extends and (self.changes or self.leave_out):
            raise ValueError("`changes` and `leave_out` need a pack to `extends`")
        if not self.extends and not self.plays:
            raise ValueError("the pack has no plays")
        return self


@dataclass(frozen=True)
class Placed:
    """A play, and where it is written.

    Attributes:
        path: The file, for finding a line in it.
        name: How the file is called in messages.
        loc: Where in the file the play stands.
        shipped: Whether its conditions come with cxkit, and so may look at what a client does not measure.
    """

    play: Play
    path: Path
    name: str
    loc: tuple[str | int, ...]
    shipped: bool = False

    def place(self, *inside: str | int) -> str:
        """File, line and column of something in the play."""
        return place_in(self.path, (*self.loc, *inside), name=self.name)


def list_packs() -> list[str]:
    """Names of the packs that ship with cxkit.

    Example:
        >>> "service" in list_packs()
        True
    """
    return sorted(p.stem for p in share_path("templates/playbooks").glob("*.yaml"))


def read_playbook(engagement: Path) -> list[Placed]:
    """The plays of an engagement, in the order of its files, with the client's changes over those of shipped packs.

    Raises:
        DocumentError: A file does not fit, extends a pack that is not there, changes a play that is not in it, or
            two plays have one id.
    """
    plays: dict[str, Placed] = {}
    for path in sorted((engagement / "playbooks").glob("*.yaml")):
        for placed in _plays(path, f"playbooks/{path.name}"):
            if placed.play.id in plays:
                other = plays[placed.play.id].name
                raise DocumentError(f"The play {placed.play.id!r} stands in {other} already.", where=placed.place())
            plays[placed.play.id] = placed
    return list(plays.values())


def _plays(path: Path, name: str) -> list[Placed]:
    pack = _pack(path, name)
    own = [Placed(p, path, name, ("plays", i)) for i, p in enumerate(pack.plays)]
    if pack.extends is None:
        return own
    shipped = share_path("templates/playbooks") / f"{pack.extends}.yaml"
    if not shipped.is_file():
        hint = f"Packs: {', '.join(list_packs())}."
        raise DocumentError(
            f"There is no pack {pack.extends!r}.", where=place_in(path, ("extends",), name=name), hint=hint
        )
    base = _pack(shipped, f"templates/playbooks/{shipped.name}")
    known = [p.id for p in base.plays]
    named = [(i, ("changes", i)) for i in pack.changes] + [(i, ("leave_out", n)) for n, i in enumerate(pack.leave_out)]
    for play, loc in named:
        if play not in known:
            where, hint = place_in(path, loc, name=name), f"Its plays: {', '.join(known)}."
            raise DocumentError(f"The pack {pack.extends!r} has no play {play!r}.", where=where, hint=hint)
    kept = [
        Placed(p, shipped, f"templates/playbooks/{shipped.name}", ("plays", i), shipped=True)
        for i, p in enumerate(base.plays)
        if p.id not in pack.leave_out
    ]
    return [*(_changed(p, pack, path, name) for p in kept), *own]


def _changed(placed: Placed, pack: Pack, path: Path, name: str) -> Placed:
    change = pack.changes.get(placed.play.id)
    if change is None:
        return placed
    # The whole model is made anew, so that what only fits together is proved together.
    given = {f: getattr(change, f) for f in change.model_fields_set}
    try:
        play = Play.model_validate({**{f: getattr(placed.play, f) for f in Play.model_fields}, **given})
    except ValidationError as error:
        first = error.errors()[0]
        said = first.get("ctx", {}).get("error") or f"{first['msg'][0].lower()}{first['msg'][1:]}"
        what = f"`{'.'.join(map(str, first['loc']))}`: {said}" if first["loc"] else said
        where = place_in(path, ("changes", placed.play.id, *first["loc"]), name=name)
        raise DocumentError(
            f"The changed play {placed.play.id!r} does not hold together: {what}.", where=where
        ) from error
    return Placed(play, path, name, ("changes", placed.play.id), shipped=change.when is None)


def _pack(path: Path, name: str) -> Pack:
    pack = read_document(path, Pack, name=name)
    if pack.id != path.stem:
        raise DocumentError(f"The id is {pack.id!r}, but the file is {path.name}.", where=f"{name}:1")
    ids = [p.id for p in pack.plays]
    if twice := next((i for i in ids if ids.count(i) > 1), None):
        where = place_in(path, ("plays", len(ids) - 1 - ids[::-1].index(twice)), name=name)
        raise DocumentError(f"The play {twice!r} stands twice.", where=where)
    return pack
