"""What a KPI and a derived table are, as YAML says it, and the hash of what they mean."""

from __future__ import annotations

import difflib
import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import AllowInfNan, BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from cxkit._documents import read_document
from cxkit._share import share_path
from cxkit._sql import normal_sql
from cxkit.data.contract import CONTRACTS
from cxkit.errors import DocumentError
from cxkit.kpi.kinds import KINDS

__all__ = ["Catalogue", "DerivedTable", "Kpi", "definition_hash", "read_catalogue"]

M = TypeVar("M", bound=BaseModel)
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Unit = Literal[
    "points", "percent", "score", "per_100", "per_1000", "currency", "seconds", "minutes", "hours", "days", "count"
]  # fmt: skip
Sql = Annotated[str, BeforeValidator(lambda v: v if isinstance(v, str) else str(v).lower())]
Parameter = int | Annotated[float, AllowInfNan(True)] | str  # told as one fault by _refuse_endless

_PER = {"net": 100.0}
_BOUNDS = {
    "net": (-100.0, 100.0),
    "proportion": (0.0, 1.0),
    "rate": (0.0, None),
    "quantile": (0.0, None),
    "survival": (0.0, 1.0),
}
_FIELDS = (
    "hit", "plus", "minus", "value", "numerator", "denominator", "events", "exposure", "treated",
    "duration", "ended", "other", "entry",
)  # fmt: skip
_SETTINGS = ("share", "horizon", "shows", "skewed", "inverse")
_OF_INTERVALS = ("skewed",)


class Kpi(BaseModel):
    """A KPI as data: its kind says how sums become a number, everything else stands here."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    id: Name
    label: str = Field(description="What the reader sees.")
    question: str = Field(description="The question that it answers.")
    kind: str
    table: Name
    hit: Sql | None = None
    plus: Sql | None = None
    minus: Sql | None = None
    value: Sql | None = None
    numerator: Sql | None = None
    denominator: Sql | None = None
    events: Sql | None = None
    exposure: Sql | None = None
    treated: Sql | None = Field(default=None, description="Whether a unit was in the programme, by lot; lift.")
    duration: Sql | None = Field(default=None, description="Whole units of time until the end, or until last seen.")
    ended: Sql | None = Field(default=None, description="Whether it came to an end; false while it is still open.")
    other: Sql | None = Field(default=None, description="Whether it ended otherwise, so that it can no longer end so.")
    entry: Sql | None = Field(default=None, description="Units of time that had gone by when it was first seen.")
    share: float | None = Field(default=None, gt=0, lt=1, description="Which quantile: 0.5 for the median.")
    horizon: float | None = Field(default=None, gt=0, description="Units of time after which survival is told.")
    shows: Literal["kept", "lost"] | None = Field(default=None, description="Whether survival or its opposite is told.")
    skewed: bool | None = Field(default=None, description="Whether a mean is of values with a long tail, all above 0.")
    inverse: bool | None = Field(default=None, description="Whether a rate is told upside down, as cost per event.")
    population: Literal["sample", "census"] = Field(
        default="sample", description="Whether every case there is has been counted, so that there is no interval."
    )
    base: Sql = Field(default="true", description="Rows that count; SQL.")
    base_text: str = Field(default="", description="Rows that count, in words.")
    weight: Sql | None = None
    parameters: dict[Name, Parameter] = Field(default_factory=dict)
    scales: dict[Name, tuple[float, float]] = Field(default_factory=dict, description="Scale that a column must have.")
    unit: Unit
    per: float | None = Field(default=None, gt=0, description="Units of the base that the number is per.")
    bounds: tuple[float, float] | None = Field(default=None, description="Lowest and highest value there can be.")
    better: Literal["higher", "lower", "neither"]
    counts: str = Field(default="rows", description="What its base counts, in the plural: answers, customers, cases.")
    rank: int = Field(default=50, description="Place on the scorecard where an engagement names no order; 99 for none.")
    minimum_n: int = Field(default=30, ge=1, description="Smallest base whose number is shown.")
    variants: tuple[str, ...] = Field(default=(), description="What it must not be confused with.")
    owner_role: str = ""
    source: str
    trademark: str = ""
    overrides: str = Field(default="", description="What it changes, when it replaces a KPI of the catalogue.")

    @field_validator("kind")
    @classmethod
    def _is_a_kind(cls, value: str) -> str:
        if value not in KINDS:
            raise ValueError(f"there is no kind {value!r}; kinds are {', '.join(KINDS)}")
        return value

    @model_validator(mode="after")
    def _fields_of_the_kind(self) -> Kpi:
        kind = KINDS[self.kind]
        for name in (*kind.FIELDS, *kind.SETTINGS):
            if getattr(self, name) is None:
                raise ValueError(f"a {self.kind} needs `{name}`")
        allowed = {*kind.FIELDS, *kind.OPTIONAL, *kind.SETTINGS}
        for name in (*_FIELDS, *_SETTINGS):
            if name not in allowed and getattr(self, name) is not None:
                known = ", ".join((*kind.FIELDS, *kind.SETTINGS, *kind.OPTIONAL))
                raise ValueError(f"`{name}` has no meaning for a {self.kind}; it has {known}")
        if kind.TALLIED and self.weight is not None:
            raise ValueError(f"a {self.kind} cannot be weighted")
        _refuse_endless(self.parameters)
        for name, ends in {"bounds": self.bounds, **self.scales}.items():
            if ends is not None and not ends[0] < ends[1]:
                raise ValueError(f"the ends of `{name}` are {ends[0]:g} and {ends[1]:g}; the lower one comes first")
        return self

    @property
    def scale(self) -> float:
        """What the ratio of sums is multiplied by to be in the KPI's unit."""
        return self.per if self.per is not None else _PER.get(self.kind, 1.0)

    @property
    def limits(self) -> tuple[float, float] | None:
        """Lowest and highest value there can be, in the KPI's unit."""
        if self.bounds is not None:
            return self.bounds
        low, high = _BOUNDS.get(self.kind, (None, None))
        return None if low is None else (low, float("inf") if high is None else high)

    @property
    def sql_fields(self) -> dict[str, str]:
        """The SQL of the kind's fields, by name."""
        kind = KINDS[self.kind]
        given = {f: getattr(self, f) for f in (*kind.FIELDS, *kind.OPTIONAL) if f not in _SETTINGS}
        return {f: sql for f, sql in given.items() if sql is not None}

    @property
    def settings(self) -> dict[str, float | str | bool]:
        """What the kind has to know beside its statistics, by name."""
        kind = KINDS[self.kind]
        given = {s: getattr(self, s) for s in (*kind.SETTINGS, *kind.OPTIONAL) if s in _SETTINGS}
        return {s: value for s, value in given.items() if value is not None}


class DerivedTable(BaseModel):
    """A table that says what a row predicate cannot: one SELECT over contract tables."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    id: Name
    meaning: str
    grain: str = Field(description="What one row is.")
    time: Name = Field(description="The column that puts a row in a period.")
    columns: dict[Name, Literal["text", "integer", "number", "boolean", "date", "timestamp"]]
    sql: str
    needs: dict[Name, tuple[Name, ...]] = Field(description="Columns of contract tables that it cannot do without.")
    adds_over: Literal["time", "none"] = Field(
        description="Whether months add up to quarters: `time` if they do, else `none`."
    )
    repeated_by: Name | None = Field(default=None, description="Column whose value stands in many rows.")
    persons: bool = Field(default=True, description="Whether rows are about people, so that few of them are hidden.")
    parameters: dict[Name, Parameter] = Field(default_factory=dict)
    source: str
    overrides: str = Field(default="", description="What it changes, when it replaces a table of the catalogue.")

    @model_validator(mode="after")
    def _names_its_columns(self) -> DerivedTable:
        _refuse_endless(self.parameters)
        for field, name in (("time", self.time), ("repeated_by", self.repeated_by)):
            if name is not None and name not in self.columns:
                raise ValueError(f"`{field}` is {name!r}, which is none of its columns: {', '.join(self.columns)}")
        if self.columns[self.time] not in ("date", "timestamp"):
            raise ValueError(f"`time` is {self.time!r}, which is {self.columns[self.time]} and no date")
        return self


class Catalogue(BaseModel):
    """All KPIs and derived tables that an engagement may use, with the file each came from."""

    model_config = ConfigDict(frozen=True)

    kpis: dict[str, Kpi]
    tables: dict[str, DerivedTable]
    places: dict[str, str]


def read_catalogue(engagement: Path | None = None) -> Catalogue:
    """The catalogue that ships with cxkit, with an engagement's own KPIs and tables over it.

    Raises:
        DocumentError: A file does not fit its model, an id is not the file's name, or a KPI or a table of the catalogue
            is replaced without saying what changes.

    Example:
        >>> read_catalogue().kpis["nps"].kind
        'net'
    """
    kpis: dict[str, Kpi] = {}
    tables: dict[str, DerivedTable] = {}
    places: dict[str, str] = {}
    for path in sorted(share_path("templates/tables").glob("*.yaml")):
        tables[path.stem] = _read(path, DerivedTable, f"templates/tables/{path.name}")
        places[path.stem] = f"templates/tables/{path.name}"
    for path in sorted(share_path("templates/kpis").glob("*.yaml")):
        kpis[path.stem] = _read(path, Kpi, f"templates/kpis/{path.name}")
        places[path.stem] = f"templates/kpis/{path.name}"
    if engagement is not None:
        for path in sorted((engagement / "tables").glob("*.yaml")):
            table = _read(path, DerivedTable, f"tables/{path.name}")
            tables[table.id] = _saying_what_changes(table, tables, where=f"tables/{path.name}")
            places[table.id] = f"tables/{path.name}"
        for path in sorted((engagement / "kpis").glob("*.yaml")):
            kpi = _read(path, Kpi, f"kpis/{path.name}")
            kpis[kpi.id] = _saying_what_changes(kpi, kpis, where=f"kpis/{path.name}")
            places[kpi.id] = f"kpis/{path.name}"
        _refuse_idle_parameters(kpis, tables, places)
    return Catalogue(kpis=kpis, tables=tables, places=places)


def definition_hash(kpi: Kpi, table: DerivedTable | None, *, parameters: Mapping[str, Parameter]) -> str:
    """Eight characters that change when what is counted changes, and only then.

    Kind, predicates, base, weight, scale, parameters and the derived table with its time count. Labels, comments,
    spaces, case of names, the order of keys and of conditions do not; neither does how the interval is made.
    """
    meaning = {
        "kind": kpi.kind,
        "table": kpi.table,
        "fields": {k: normal_sql(v) for k, v in kpi.sql_fields.items()},
        "base": normal_sql(kpi.base),
        "weight": kpi.weight and normal_sql(kpi.weight),
        "scale": kpi.scale,
        "parameters": {k: _whole(v) for k, v in parameters.items()},
        "sql": table and normal_sql(table.sql),
    }
    # Only where there are any, so that what the others mean keeps its hash.
    settings = {k: v for k, v in kpi.settings.items() if k not in _OF_INTERVALS}
    meaning |= {"settings": settings} if settings else {}
    meaning |= {"population": kpi.population} if kpi.population != "sample" else {}
    meaning |= {"time": table.time} if table else {}
    return hashlib.sha256(json.dumps(meaning, sort_keys=True).encode()).hexdigest()[:8]


def _read(path: Path, model: type[M], name: str) -> M:
    document = read_document(path, model, name=name)
    if getattr(document, "id", None) != path.stem:
        raise DocumentError(
            f"The id is {getattr(document, 'id', None)!r}, but the file is {path.name}.", where=f"{name}:1"
        )
    return document


def _refuse_endless(parameters: Mapping[str, Parameter]) -> None:
    for name, value in parameters.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"the parameter `{name}` is no finite number")


_WORDS = (
    "overrides", "label", "question", "base_text", "counts", "rank", "variants", "owner_role", "source", "trademark",
    "meaning", "grain",
)  # fmt: skip


def _saying_what_changes(document: M, known: Mapping[str, M], *, where: str) -> M:
    """A KPI or a table of the engagement, whose `overrides` names the fields that differ from the catalogue's."""
    what, name = "KPI" if isinstance(document, Kpi) else "table", str(getattr(document, "id", ""))
    said = str(getattr(document, "overrides", ""))
    if name in CONTRACTS:
        hint = "Give it an id of its own."
        raise DocumentError(f"The {what} {name!r} has the name of a table of the exports.", where=where, hint=hint)
    if name in known and not said:
        raise DocumentError(
            f"The {what} {name!r} replaces the one of the catalogue without saying what changes.",
            where=where,
            hint="Add `overrides: what is different and why`, or give it an id of its own.",
        )
    if said and name not in known:
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
        raise DocumentError(
            f"The {what} {name!r} says what it overrides, but the catalogue has no {what} of this id.",
            where=where,
            hint=f"Did you mean {near[0]!r}?" if near else "Leave `overrides` out.",
        )
    if not said:
        return document
    fields = [f for f in type(document).model_fields if getattr(document, f) != getattr(known[name], f)]
    changed = ", ".join(f for f in fields if f not in _WORDS) or "what is counted does not differ"
    return document.model_copy(update={"overrides": f"{said} ({changed})"})


def _refuse_idle_parameters(
    kpis: Mapping[str, Kpi], tables: Mapping[str, DerivedTable], places: Mapping[str, str]
) -> None:
    """A table of the engagement whose parameter a KPI sets itself would be changed without effect."""
    for table in (t for t in tables.values() if t.overrides):
        for kpi in (k for k in kpis.values() if k.table == table.id):
            for name, value in table.parameters.items():
                if kpi.parameters.get(name, value) != value:
                    raise DocumentError(
                        f"The parameter {name} of the table {table.id!r} is without effect: the KPI {kpi.id!r} sets it "
                        f"to {kpi.parameters[name]}.",
                        where=f"{places[table.id]}, parameters.{name}",
                        hint=f"Change it in kpis/{kpi.id}.yaml, with `overrides`.",
                    )


def _whole(value: Parameter) -> Parameter:
    """A number without its decimal point where it is whole: 7.0 days are 7 days."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
