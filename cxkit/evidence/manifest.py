"""What evidence says about itself: where each number came from, and by which definition.

The manifest holds everything that a report needs beside the cells, so that a report never opens
the engagement's data.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Brand", "Change", "Client", "DimensionRecord", "FileRecord", "KpiRecord", "Manifest", "SourceRecord"]
__all__ += ["ArrivalRecord", "StudyRecord"]

SCHEMA = 1


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Brand(_Record):
    """How the client's own deliverables look: two colours, a font, a logo."""

    accent: str = Field(default="#1f5fbf", pattern=r"^#[0-9a-fA-F]{6}$", description="Accent colour on white.")
    second: str = Field(default="#17202b", pattern=r"^#[0-9a-fA-F]{6}$", description="Colour of headlines.")
    font: str = Field(default="Inter", pattern=r"^[\w .-]{1,60}$", description="Font family, used where installed.")
    logo: str | None = Field(default=None, description="PNG or SVG file in the engagement, shown in the header.")


class Client(_Record):
    """Whose evidence this is, and in which words it speaks."""

    id: str
    name: str
    industry: str
    language: str = "en"
    currency: str = "EUR"
    start: str
    weeks: int
    brand: Brand = Brand()
    logo: str | None = Field(default=None, description="The logo as a data URI.")


class DimensionRecord(_Record):
    """A way to cut the customers, with the values found."""

    id: str
    label: str
    values: tuple[str, ...]


class KpiRecord(_Record):
    """A KPI as it was measured: definition, base, target, owner, SQL."""

    id: str
    label: str
    question: str
    kind: str
    table: str
    unit: str
    better: Literal["higher", "lower", "neither"]
    per: float
    minimum_n: int
    counts: str = "rows"
    by_length: bool = Field(default=False, description="Whether a longer period is another number, as churn is.")
    fields: dict[str, str]
    base: str
    base_text: str
    method: str
    variants: tuple[str, ...] = ()
    source: str
    owner_role: str = ""
    owner: str = ""
    trademark: str = ""
    target: float | None = None
    definition: str
    note: str = ""
    overrides: str = ""
    dimensions: tuple[str, ...] = ()
    sql: dict[str, str] = Field(default_factory=dict, description="Period length to file of the stand-alone SELECT.")
    settings: dict[str, bool | float | str] = Field(default_factory=dict, description="What its kind has to know.")
    parameters: dict[str, int | float | str] = Field(default_factory=dict, description="Values of `:name` in its SQL.")
    weight: str = ""
    population: Literal["sample", "census"] = "sample"
    scales: dict[str, tuple[float, float]] = Field(default_factory=dict, description="Scale that a column has.")


class FileRecord(_Record):
    """One export as it was read.

    Attributes:
        kind: What it is, such as "csv" or "workbook"; "" where an older evidence does not say.
        encoding: Of a text.
        delimiter: Of a delimited text.
        decimal: The decimal mark of its numbers, where it was declared or shows.
        sheet: Sheet of a workbook.
        header: Rows of its header, such as "3" or "1-2"; "0" where it has none.
        found: What of these was found rather than declared.
    """

    path: str
    sha256: str
    bytes: int
    rows: int
    kind: str = ""
    encoding: str = ""
    delimiter: str = ""
    decimal: str = ""
    sheet: str = ""
    header: str = ""
    found: tuple[str, ...] = ()


class SourceRecord(_Record):
    """One source: what was read, and what was left out and why (counts only, never a row)."""

    id: str
    table: str
    files: tuple[FileRecord, ...]
    rows_read: int
    rows_used: int
    rows_rejected: int
    rows_replaced: int
    values_blanked: int
    reasons: dict[str, int]


class StudyRecord(_Record):
    """A study as it was made: what it counted, over which days, and what it could not tell.

    Attributes:
        id: Kind and name, such as "journey/moving".
        definition: Hash of what was counted.
        counts: What its base counts, in the plural.
        first: First day that is in it.
        last: Last day that is in it.
        items: What its findings are about, by id, in words; for a journey its steps.
        notes: What the data did not say.
    """

    id: str
    kind: str
    label: str
    definition: str
    counts: str
    first: str
    last: str
    method: str = ""
    items: dict[str, str] = Field(default_factory=dict)
    notes: tuple[str, ...] = ()


class ArrivalRecord(_Record):
    """An export, or a mapping, that is not what it was at the evidence before; no counts, since they may be small."""

    path: str
    source: str
    state: str
    first: str = Field(default="", description="First month that differs, as 2026-08; empty where not known.")
    last: str = ""
    was: str = ""


class Change(_Record):
    """A cell that differs from the evidence before."""

    cell: str
    before: float | None
    after: float | None
    cause: Literal["new", "gone", "data", "definition"]
    because: tuple[str, ...] = Field(default=(), description="Exports, or the mapping, that it may come from.")


class Manifest(_Record):
    """Provenance of one measurement."""

    schema_: int = Field(default=SCHEMA, alias="schema")
    cxkit: str
    versions: dict[str, str]
    evidence: str
    previous: str | None = None
    measured_on: str
    client: Client
    lengths: tuple[str, ...]
    periods: dict[str, tuple[str, ...]] = Field(description="Complete periods of each length, oldest first.")
    data_from: str
    data_until: str
    baseline: str | None = None
    confidence: float = 0.95
    threshold: int
    dimensions: tuple[DimensionRecord, ...]
    pairs: tuple[tuple[str, str], ...]
    kpis: tuple[KpiRecord, ...]
    sources: tuple[SourceRecord, ...]
    tables: dict[str, int] = Field(description="Rows of each table that was measured.")
    coverage: dict[str, tuple[str, str]] = Field(default_factory=dict, description="First and last day of each table.")
    studies: tuple[StudyRecord, ...] = ()
    queries: dict[str, str] = Field(description="The merged query of each table.")
    suppressed: dict[str, int] = Field(default_factory=dict, description="Cells hidden: primary, complementary.")
    notes: tuple[str, ...] = Field(default=(), description="What the data do not cover.")
    arrivals: tuple[ArrivalRecord, ...] = Field(default=(), description="Exports that are not what they were before.")
    changes: tuple[Change, ...] = ()
    changes_more: int = 0
    inputs: str = Field(description="Hash over everything the numbers depend on.")
    files: dict[str, str] = Field(default_factory=dict, description="Hash of each file of the evidence.")

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
