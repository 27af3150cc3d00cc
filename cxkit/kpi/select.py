"""Which KPIs of the catalogue an engagement measures, and why others are not."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping

from cxkit._format import Words
from cxkit._sql import columns_of, parse_predicate
from cxkit.data.contract import CONTRACTS
from cxkit.data.scales import Found, Other, caveats, other_scale
from cxkit.data.settings import Settings
from cxkit.errors import DocumentError
from cxkit.kpi.model import Catalogue, Kpi

__all__ = ["check_names", "lacking", "scale_notes", "select_kpis"]

Columns = Mapping[str, Mapping[str, str]]


def select_kpis(
    settings: Settings, catalogue: Catalogue, columns: Columns, *, scales: Collection[Found], maps: bool = False
) -> list[Kpi]:
    """The KPIs to measure, in the order of the scorecard; there may be none where journeys are measured.

    Those that `kpis` names must be possible; where it names none, all that the mapped columns allow are taken.

    Raises:
        DocumentError: A KPI that is named needs a column that is not mapped, or no KPI is possible.
    """
    ranked = sorted(catalogue.kpis.values(), key=lambda k: (k.rank, k.id))
    named = [catalogue.kpis[k] for k in settings.kpis] or [
        k for k in ranked if k.rank < _UNRANKED and not _declared_otherwise(k, catalogue, scales)
    ]
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
    if not found and not maps:
        raise DocumentError(
            "No KPI can be measured on the columns that are mapped.",
            where="sources.yaml",
            hint="Map at least one of responses.score, responses.satisfaction, revenue.amount, or write a KPI of your "
            "own over what is mapped, in kpis/, or a journey that the interactions show, in journeys/.",
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
    gone = [n for n, d in settings.dimensions.items() if (d.column or n) not in have]
    if gone:
        first = settings.dimensions[gone[0]].column or gone[0]
        mapped = sorted({c for cols in columns.values() for c in cols} - keys)
        near = _near(first, have) if difflib.get_close_matches(first, list(have), n=1, cutoff=0.6) else ""
        what = (
            f"The dimension {gone[0]!r} is no column"
            if len(gone) == 1
            else f"{', '.join(map(repr, gone))} are no columns"
        )
        raise DocumentError(
            f"{what} of any table.",
            where=f"engagement.yaml, dimensions.{gone[0]}",
            hint=near or f"Map them, or take them out of `dimensions`. Mapped are: {', '.join(mapped)}.",
        )


def lacking(
    catalogue: Catalogue, columns: Columns, scales: Collection[Found], *, said: Words
) -> dict[str, tuple[str, ...]]:
    """What each KPI of the catalogue needs and nobody mapped, as `table.column`; nothing where it can be measured.

    A column that is declared on a scale that the KPI cannot be measured on is not mapped either.

    Raises:
        DocumentError: A KPI names a table that there is not.
    """
    return {
        k.id: (*_missing(k, catalogue, columns), *_off_scale(k, _declared_otherwise(k, catalogue, scales), said))
        for k in catalogue.kpis.values()
    }


def scale_notes(
    kpis: Collection[Kpi], catalogue: Catalogue, scales: Collection[Found], *, said: Words
) -> dict[str, str]:
    """What has to stand beside a KPI that was asked on another scale than it should be, or perhaps was.

    Raises:
        DocumentError: The scale, as it is declared or as the answers show it, would make the KPI mean something else.
    """
    notes: dict[str, str] = {}
    for kpi in kpis:
        told = [
            note for column in kpi.scales for f in _of(kpi, column, catalogue, scales) for note in _told(kpi, f, said)
        ]
        if told:
            notes[kpi.id] = ". ".join(dict.fromkeys(told))
    return notes


def _told(kpi: Kpi, found: Found, said: Words) -> list[str]:
    """The notes that one column of one source brings to a KPI."""
    expected = kpi.scales[found.column]
    other = other_scale(found)
    if _shows(found, expected):
        return []
    if not _near_enough(found.scale, expected):
        raise _refusal(kpi, found, f"{found.scale[0]:g} to {found.scale[1]:g} is declared")
    if other is not None and other.sure:
        raise _refusal(kpi, found, _seen(found, other))
    likelihood = kpi.kind == "net" and expected[1] - expected[0] >= _LIKELIHOOD
    if likelihood and found.worded:
        words = ", ".join(repr(w) for w in found.worded[:3])
        raise _refusal(kpi, found, f"words such as {words} are translated to it, and these are no likelihood")
    notes = [said.say("caveat.agreement")] if likelihood and found.asks_agreement else []
    if found.scale != expected:
        low, high, lowest, highest = (f"{x:g}" for x in (*found.scale, *expected))
        notes.insert(0, said.say("caveat.scale", low=low, high=high, lowest=lowest, highest=highest))
    return [*notes, *caveats(found, said=said)]


def _seen(found: Found, other: Other) -> str:
    if found.beyond:
        return f"the answers go on to {other.high}"
    where = f" in {other.file}" if other.file else ""
    return f"all {other.n:,} answers{where} lie from {other.low} to {other.high}"


def _refusal(kpi: Kpi, found: Found, why: str) -> DocumentError:
    low, high = kpi.scales[found.column]
    own = f"write a KPI of your own in kpis/ that says which answers count, and leave {kpi.id!r} out"
    hint = f"W{own[1:]}."
    if high - low >= _LIKELIHOOD:
        hint = f"Agreement or satisfaction is no likelihood to recommend: map the column as what it is, {own}."
    if not found.written and other_scale(found) is not None and not found.beyond and max(found.counts) > _FIVE:
        hint += f" If it was asked from {low:g} to {high:g} all the same, declare it: `scale: [{low:g}, {high:g}]`."
    what = f"The KPI {kpi.id!r} needs {found.column} on a scale of {low:g} to {high:g}; {why}."
    return DocumentError(what, where=found.place, hint=hint)


def _check_target(kpi: Kpi, value: float) -> None:
    low, high = kpi.limits or (float("-inf"), _HIGHEST_SHARE if kpi.unit == "percent" else float("inf"))
    if not low <= value <= high:
        percent = f"Write {value:g} % for a percentage." if kpi.unit == "percent" else ""
        hint = percent or f"It goes from {low:g} to {high:g}."
        what = f"The target {value:g} of {kpi.id!r} cannot be met."
        raise DocumentError(what, where=f"engagement.yaml, targets.{kpi.id}", hint=hint)


_UNRANKED = 99
_LIKELIHOOD, _FIVE = 9, 5  # points between the ends of a likelihood, from 0 or 1 to 10; the highest of an agreement
_HIGHEST_SHARE = 3.0  # 300 %: beyond that a percentage without its sign is meant


def _declared_otherwise(kpi: Kpi, catalogue: Catalogue, scales: Collection[Found]) -> dict[str, tuple[float, float]]:
    """The columns whose scale is not the KPI's, nor nearly, with the scale that it needs."""
    return {
        column: expected
        for column, expected in kpi.scales.items()
        for f in _of(kpi, column, catalogue, scales)
        if not _near_enough(f.scale, expected) and not _shows(f, expected)
    }


def _off_scale(kpi: Kpi, wrong: Mapping[str, tuple[float, float]], said: Words) -> list[str]:
    needed = ((f"{kpi.table}.{c}", f"{low:g}", f"{high:g}") for c, (low, high) in wrong.items())
    return [said.say("scale.needs", column=c, low=low, high=high) for c, low, high in needed]


def _shows(found: Found, expected: tuple[float, float]) -> bool:
    """Whether nothing is declared, and all answers are on the scale that the KPI needs."""
    other = other_scale(found)
    return not found.written and other is not None and not other.file and (other.low, other.high) == expected


def _near_enough(found: tuple[float, float], expected: tuple[float, float]) -> bool:
    """Whether a scale leaves the KPI its meaning: the one usual slip is 1 to 10 for 0 to 10."""
    return found[1] == expected[1] and abs(found[0] - expected[0]) <= 1


def _of(kpi: Kpi, column: str, catalogue: Catalogue, scales: Collection[Found]) -> list[Found]:
    """What was found on a column that a KPI asks for, in each source of its table, or of those it derives from."""
    derived = catalogue.tables.get(kpi.table)
    tables = set(derived.needs) if derived else {kpi.table}
    return [f for f in scales if f.table in tables and f.column == column]


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
