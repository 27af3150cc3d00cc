"""Which KPIs of the catalogue an engagement measures, and why others are not."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping

from cxkit._format import Words
from cxkit._sql import columns_of, parse_predicate
from cxkit.data.contract import CONTRACTS
from cxkit.data.settings import Settings
from cxkit.errors import DocumentError
from cxkit.kpi.model import Catalogue, Kpi

__all__ = ["check_names", "lacking", "scale_notes", "select_kpis"]

Columns = Mapping[str, Mapping[str, str]]
Scales = Mapping[str, Mapping[str, tuple[float, float]]]


def select_kpis(settings: Settings, catalogue: Catalogue, columns: Columns, *, scales: Scales) -> list[Kpi]:
    """The KPIs to measure, in the order of the scorecard.

    Those that `kpis` names must be possible; where it names none, all that the mapped columns allow are taken.

    Raises:
        DocumentError: A KPI that is named needs a column that is not mapped, or no KPI is possible.
    """
    ranked = sorted(catalogue.kpis.values(), key=lambda k: (k.rank, k.id))
    named = [catalogue.kpis[k] for k in settings.kpis] or [k for k in ranked if k.rank < _UNRANKED and _fits(k, scales)]
    missing = {k.id: _missing(k, catalogue, columns) for k in named}
    if settings.kpis:
        for kpi, lacks in missing.items():
            if lacks:
                raise DocumentError(
                    f"The KPI {kpi!r} needs {', '.join(lacks)}, which is not mapped.",
                    where="engagement.yaml, kpis",
                    hint="Map the column in sources.yaml, or leave the KPI out of `kpis`.",
                )
    found = [k for k in named if not missing[k.id]]
    if not found:
        raise DocumentError(
            "No KPI can be measured on the columns that are mapped.",
            where="sources.yaml",
            hint="Map at least one of responses.score, responses.satisfaction, revenue.amount, or write a KPI of your "
            "own over what is mapped, in kpis/; journeys are measured beside a KPI.",
        )
    return found


def check_names(settings: Settings, catalogue: Catalogue, columns: Columns) -> None:
    """Raise where `engagement.yaml` names a KPI or a dimension that is not there.

    Raises:
        DocumentError: With the place and the nearest name.
    """
    for field in ("kpis", "targets", "owners"):
        for name in getattr(settings, field):
            if name not in catalogue.kpis:
                raise DocumentError(
                    f"There is no KPI {name!r}.", where=f"engagement.yaml, {field}", hint=_near(name, catalogue.kpis)
                )
    for name, target in settings.targets.items():
        _check_target(catalogue.kpis[name], target.value)
    keys = {"customer_id", *(k for c in CONTRACTS.values() for k in c.key)} - {"month", "line"}
    for name, dimension in settings.dimensions.items():
        if (dimension.column or name) in keys:
            raise DocumentError(
                f"The dimension {name!r} tells single rows apart; a dimension is for groups.",
                where=f"engagement.yaml, dimensions.{name}",
            )
    have = {c for cols in columns.values() for c in cols} | {c for t in catalogue.tables.values() for c in t.columns}
    for name, dimension in settings.dimensions.items():
        if (dimension.column or name) not in have:
            raise DocumentError(
                f"The dimension {name!r} is no column of any table.",
                where=f"engagement.yaml, dimensions.{name}",
                hint=_near(dimension.column or name, have),
            )


def lacking(catalogue: Catalogue, columns: Columns) -> dict[str, tuple[str, ...]]:
    """What each KPI of the catalogue needs and nobody mapped, as `table.column`; nothing where it can be measured.

    Raises:
        DocumentError: A KPI names a table that there is not.
    """
    return {k.id: tuple(_missing(k, catalogue, columns)) for k in catalogue.kpis.values()}


def scale_notes(kpis: Collection[Kpi], scales: Scales, *, said: Words) -> dict[str, str]:
    """What has to stand beside a KPI that was asked on another scale than it should be.

    Raises:
        DocumentError: The scale is so different that the KPI would mean something else.
    """
    notes: dict[str, str] = {}
    for kpi in kpis:
        for column, expected in kpi.scales.items():
            found = _scale(kpi, column, scales)
            if found == expected:
                continue
            # The one usual slip: 1 to 10 for 0 to 10. Anything else would mean other answers.
            if not _fits(kpi, scales):
                raise DocumentError(
                    f"The KPI {kpi.id!r} needs {column} on a scale of {expected[0]:g} to {expected[1]:g}; "
                    f"{found[0]:g} to {found[1]:g} is declared.",
                    where="sources.yaml",
                    hint=f"Write a KPI of your own in kpis/ that says which answers count, and leave {kpi.id!r} out.",
                )
            low, high, lowest, highest = (f"{x:g}" for x in (*found, *expected))
            notes[kpi.id] = said.say("caveat.scale", low=low, high=high, lowest=lowest, highest=highest)
    return notes


def _check_target(kpi: Kpi, value: float) -> None:
    low, high = kpi.limits or (float("-inf"), _HIGHEST_SHARE if kpi.unit == "percent" else float("inf"))
    if not low <= value <= high:
        percent = f"Write {value:g} % for a percentage." if kpi.unit == "percent" else ""
        hint = percent or f"It goes from {low:g} to {high:g}."
        what = f"The target {value:g} of {kpi.id!r} cannot be met."
        raise DocumentError(what, where=f"engagement.yaml, targets.{kpi.id}", hint=hint)


_UNRANKED = 99
_HIGHEST_SHARE = 3.0  # 300 %: beyond that a percentage without its sign is meant


def _fits(kpi: Kpi, scales: Scales) -> bool:
    """Whether the scales that are declared leave the KPI its meaning, if perhaps with a caveat."""
    pairs = [(_scale(kpi, c, scales), expected) for c, expected in kpi.scales.items()]
    return all(found[1] == expected[1] and abs(found[0] - expected[0]) <= 1 for found, expected in pairs)


def _scale(kpi: Kpi, column: str, scales: Scales) -> tuple[float, float]:
    """The scale that is declared, or the contract's; an attribute of the engagement's own has what is needed."""
    declared = scales.get(kpi.table, {}).get(column)
    contract = CONTRACTS[kpi.table].columns.get(column) if kpi.table in CONTRACTS else None
    return declared or (contract and contract.scale) or kpi.scales[column]


def _missing(kpi: Kpi, catalogue: Catalogue, columns: Columns) -> list[str]:
    derived = catalogue.tables.get(kpi.table)
    if derived is not None:
        return [f"{t}.{c}" for t, needed in derived.needs.items() for c in needed if c not in columns.get(t, {})]
    if kpi.table not in CONTRACTS:
        raise DocumentError(
            f"There is no table {kpi.table!r}.",
            where=f"{catalogue.places[kpi.id]}, table",
            hint=_near(kpi.table, [*CONTRACTS, *catalogue.tables]),
        )
    if kpi.table not in columns:
        return [kpi.table]
    allowed = {*CONTRACTS[kpi.table].columns, *columns[kpi.table]}
    used: set[str] = set()
    for field, text in {**kpi.sql_fields, "base": kpi.base, "weight": kpi.weight or "true"}.items():
        where = f"{catalogue.places[kpi.id]}, {field}"
        used |= columns_of(parse_predicate(text, allowed, parameters=kpi.parameters, where=where))
    return sorted(f"{kpi.table}.{c}" for c in used if c not in columns[kpi.table])


def _near(name: str, names: Collection[str]) -> str:
    near = difflib.get_close_matches(name, list(names), n=1, cutoff=0.6)
    return f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(sorted(names))}."
