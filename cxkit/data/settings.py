"""`engagement.yaml` and `sources.yaml`: what the advisor says about the client and about the exports."""

from __future__ import annotations

import datetime as dt
import difflib
import re
import zoneinfo
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from cxkit.data.contract import CONTRACTS, ColumnType
from cxkit.evidence.manifest import Brand
from cxkit.evidence.refs import read_amount

__all__ = [
    "ColumnMap",
    "Dimension",
    "Document",
    "Format",
    "Model",
    "NoteHead",
    "Privacy",
    "Settings",
    "Source",
    "Sources",
    "Target",
]

SCHEMA = 1
Length = Literal["month", "quarter", "half", "year", "all"]
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
NUMBER_FORMATS = ("h:mm:ss", "m:ss", "h:mm", "m:ss:00", "minutes", "hours", "days", "seconds", "money", "percent")
NUMBER_FORMATS += ("1900-01-00", "1900-01-01")


def _zone(value: str) -> str:
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{value!r} is no time zone; write a name such as Europe/Berlin or UTC") from None
    return value


Zone = Annotated[str, AfterValidator(_zone)]
Text = Annotated[str, BeforeValidator(lambda v: str(v) if isinstance(v, int | float | dt.date) else v)]


class Model(BaseModel):
    """What all edited files have in common: nothing unknown, nothing changed after reading."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Document(Model):
    """An edited file, which names the schema that it was written for."""

    cxkit: int = Field(description="Write `cxkit: 1`: the schema of this file.")

    @field_validator("cxkit")
    @classmethod
    def _schema(cls, value: int) -> int:
        if value != SCHEMA:
            mend = "upgrade cxkit" if value > SCHEMA else f"write `cxkit: {SCHEMA}`"
            raise ValueError(f"the file is of schema {value}, this cxkit reads {SCHEMA}; {mend}")
        return value


class Privacy(Model):
    """How small a group may be before its numbers are hidden."""

    threshold: int = Field(default=5, ge=3, le=1000, description="Fewest customers in a published cell.")


class Dimension(Model):
    """A way to cut the customers."""

    label: str = Field(default="", description="What the reader sees; the id if empty.")
    column: Name | None = Field(default=None, description="Column of the table or of customers; the id if empty.")


class Target(Model):
    """Where a KPI should be."""

    value: float
    by: dt.date | None = None


class Settings(Document):
    """`engagement.yaml`."""

    id: Id
    client: str = Field(min_length=1, max_length=120)
    industry: Literal["contract", "transaction", "b2b"]
    start: dt.date
    weeks: int = Field(ge=6, le=12)
    language: Literal["en"] = "en"
    currency: str = Field(default="EUR", pattern=r"^[A-Z]{3}$")
    brand: Brand = Brand()
    periods: tuple[Length, ...] = Field(default=("quarter", "month"), min_length=1)
    data_from: dt.date | None = Field(default=None, description="First day the exports cover; found if empty.")
    data_until: dt.date | None = Field(default=None, description="Last day the exports cover; found if empty.")
    baseline: str | None = Field(default=None, description="Period that the work is measured against; frozen by name.")
    dimensions: dict[Name, Dimension] = Field(default_factory=dict)
    pairs: tuple[tuple[Name, Name], ...] = ()
    kpis: tuple[Name, ...] = Field(default=(), description="In the order of the scorecard; the first leads.")
    targets: dict[Name, Target] = Field(default_factory=dict)
    owners: dict[Name, str] = Field(default_factory=dict)
    privacy: Privacy = Privacy()

    @field_validator("targets", mode="before")
    @classmethod
    def _short_targets(cls, value: Any) -> Any:  # noqa: ANN401
        """A target may be a number or a percentage, such as `85 %`, instead of a value with a date."""
        if not isinstance(value, dict):
            return value
        return {k: v if isinstance(v, dict) else {"value": read_amount(v)} for k, v in value.items()}

    @field_validator("baseline", mode="before")
    @classmethod
    def _text_baseline(cls, value: Any) -> Any:  # noqa: ANN401
        return str(value) if isinstance(value, int) else value

    @field_validator("baseline")
    @classmethod
    def _period(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"\d{4}(-(Q[1-4]|H[12]|(0[1-9]|1[0-2])))?|all", value):
            raise ValueError(f"{value!r} is no period; write 2026, 2026-H1, 2026-Q3 or 2026-10")
        return value

    @field_validator("dimensions", mode="before")
    @classmethod
    def _bare_dimensions(cls, value: Any) -> Any:  # noqa: ANN401
        return {k: v or {} for k, v in value.items()} if isinstance(value, dict) else value

    @model_validator(mode="after")
    def _pairs_are_declared(self) -> Settings:
        for dimension in (d for pair in self.pairs for d in pair):
            if dimension not in self.dimensions:
                raise ValueError(f"pairs name the dimension {dimension!r}, which is not declared")
        return self


class ColumnMap(Model):
    """Where a column comes from in the export, and how its values read."""

    column: Text | None = Field(default=None, description="Header in the export, or #23 for the 23rd column.")
    was: tuple[Text, ...] = Field(default=(), description="Other headers that the column has in other files.")
    constant: Text | None = Field(default=None, description="The same value for every row, instead of a column.")
    format: tuple[str, ...] = Field(
        default=(),
        description="Of dates such as %d.%m.%Y, ISO if empty; of seconds h:mm:ss, m:ss, h:mm, m:ss:00, minutes, hours, "
        "days, seconds, 1900-01-00 or 1900-01-01; of numbers money or percent.",
    )
    missing: tuple[Text, ...] = Field(default=(), description="Values that mean: no answer.")
    values: dict[str, Text] = Field(
        default_factory=dict,
        description='Value in the export to value here; \'*\' for others, and "*": "*" leaves them as they are.',
    )
    real: tuple[Text, ...] = Field(
        default=(), description="Values that look like blanks, codes or slips of a spreadsheet and are none."
    )
    fold: bool | None = Field(
        default=None,
        description="Whether ids that differ only in case, blanks, leading zeros or a trailing .0 are one; asked for "
        "where it matters if empty.",
    )
    scale: tuple[float, float] | None = Field(default=None, description="Lowest and highest valid answer.")
    type: ColumnType = Field(default="text", description="Type of an attribute; contract columns have their own.")

    @field_validator("format", "missing", "was", "real", mode="before")
    @classmethod
    def _one_is_many(cls, value: Any) -> Any:  # noqa: ANN401
        return value if isinstance(value, list | tuple) else (value,)

    @model_validator(mode="after")
    def _one_origin(self) -> ColumnMap:
        if (self.column is None) == (self.constant is None):
            raise ValueError("say either `column` or `constant`")
        return self


def _column(value: Any) -> Any:  # noqa: ANN401
    return {"column": value} if isinstance(value, str | int) and not isinstance(value, bool) else value


Mapped = Annotated[ColumnMap, BeforeValidator(_column)]


class Format(Model):
    """How an export is written; what is left empty is found in the file, and said."""

    encoding: str | None = Field(default=None, description="utf-8 (with or without mark), utf-16, cp1252, …")
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    decimal: Literal[".", ","] | None = None
    sheet: str | None = Field(
        default=None,
        description="Sheet of a workbook, or a pattern such as 2026-* for several; the only one with data if empty.",
    )
    member: str | None = Field(default=None, description="Files to read of a ZIP, such as CSV/*.csv; all if empty.")
    skip_rows: int | None = Field(default=None, ge=0, le=100, description="Title rows above the header.")
    header_rows: int | None = Field(
        default=None, ge=0, le=5, description="Rows of the header, the first of which gives the names; 0 for none."
    )


class Source(Model):
    """One kind of export: which files, how they read, and what their columns mean."""

    id: Name
    table: str
    files: str = Field(
        description="Glob inside the engagement, such as data/survey/*.csv, or a folder for all files below it."
    )
    format: Format = Format()
    preset: Literal["qualtrics", "surveymonkey", "google_forms", "typeform"] | None = Field(
        default=None, description="The tool that wrote it, which says how its files are laid out."
    )
    columns: dict[Name, Mapped]
    attributes: dict[Name, Mapped] = Field(default_factory=dict, description="Columns beyond the contract.")
    key: tuple[Name, ...] = Field(default=(), description="Columns that tell rows apart; the contract's if empty.")
    leave_out: dict[Text, tuple[Text, ...]] = Field(
        default_factory=dict, description="Rows to leave out: header to values, such as Status: [Survey Preview]."
    )
    duplicates: Literal["keep", "drop"] | None = Field(
        default=None,
        description="Rows alike in all that is mapped but their id: keep them as events of their own, or drop all but "
        "one; asked for where it matters if empty.",
    )
    timezone: Zone | None = Field(
        default=None, description="Zone of times without one, such as Europe/Berlin; that of all sources if empty."
    )
    days_in: Zone | None = Field(
        default=None, description="Zone in which days are counted; that of all sources if empty, else `timezone`."
    )
    on_overlap: Literal["last", "error"] = Field(default="last", description="When a key comes again.")
    unknown_customers: Literal["reject", "keep"] = "reject"
    max_rejected: float = Field(
        default=0.05,
        ge=0,
        le=1,
        description="Share of rows that may be unusable before measuring stops (cxkit default).",
    )

    @field_validator("leave_out", mode="before")
    @classmethod
    def _one_value(cls, value: Any) -> Any:  # noqa: ANN401
        return {k: v if isinstance(v, list) else [v] for k, v in value.items()} if isinstance(value, dict) else value

    @model_validator(mode="after")
    def _contract(self) -> Source:
        if self.table not in CONTRACTS:
            raise ValueError(f"there is no table {self.table!r}; tables are {', '.join(CONTRACTS)}")
        wrong = [*_unknown(self), *_lacking(self), *_unwritten(self)]
        own = [*self.columns.items(), *self.attributes.items()]
        wrong += [
            f"only the id of a row can be `#row`, {n!r} is none"
            for n, m in own
            if m.column == "#row" and (n not in (self.key or CONTRACTS[self.table].key) or not n.endswith("_id"))
        ]
        wrong += [
            f"the key names {k!r}, which is not mapped" for k in self.key if k not in {*self.columns, *self.attributes}
        ]
        if wrong:
            raise ValueError("; ".join(wrong))
        return self


def _unknown(source: Source) -> list[str]:
    known = CONTRACTS[source.table].columns
    found = [f"{n!r} is a column of {source.table}; map it under `columns`" for n in source.attributes if n in known]
    for name in source.columns:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
            hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(known)}; put others under `attributes`"
            found.append(f"{source.table} has no column {name!r}; {hint}")
    return found


def _lacking(source: Source) -> list[str]:
    return [
        f"{source.table} needs the column {name!r} ({column.meaning.lower()})"
        for name, column in CONTRACTS[source.table].columns.items()
        if column.required and not column.links and name not in source.columns
    ]


def _unwritten(source: Source) -> list[str]:
    """Formats of numbers that are none."""
    known = CONTRACTS[source.table].columns
    found: list[str] = []
    for name, mapped in {**source.columns, **source.attributes}.items():
        kind = known[name].type if name in known else mapped.type
        wrong = [f for f in mapped.format if f not in NUMBER_FORMATS] if kind in ("number", "integer") else []
        if wrong:
            found.append(f"{wrong[0]!r} is no format of the numbers in {name!r}; write {', '.join(NUMBER_FORMATS)}")
    return found


class Sources(Document):
    """`sources.yaml`."""

    timezone: Zone | None = Field(
        default=None,
        description="Zone in which days are counted and in which times without one are, such as Europe/Berlin; times "
        "as they are written if empty.",
    )
    sources: tuple[Source, ...] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _zones(cls, value: Any) -> Any:  # noqa: ANN401
        zone = value.get("timezone") if isinstance(value, dict) else None
        given = value.get("sources") if isinstance(value, dict) else None
        if zone is None or not isinstance(given, list):
            return value
        zones = {"timezone": zone, "days_in": zone}
        return {**value, "sources": [{**zones, **s} if isinstance(s, dict) else s for s in given]}

    @model_validator(mode="after")
    def _unique(self) -> Sources:
        ids = [s.id for s in self.sources]
        for i in ids:
            if ids.count(i) > 1:
                raise ValueError(f"the source id {i!r} stands twice")
        for source in self.sources:
            other = next(s for s in self.sources if s.table == source.table)
            if source.key != other.key:
                raise ValueError(f"{other.id} and {source.id} both give {source.table}; they need the same `key`")
        return self


class NoteHead(Model):
    """The head of a note in `commentary/`."""

    title: str
    about: str = Field(default="", description="Cell id with its fingerprint, such as nps/2026-Q3@7f3ac2.")
    author: str = ""
    date: dt.date | None = None
