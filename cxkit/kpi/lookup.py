"""What a person means by a KPI or a segment that she types: found without regard to case, or the nearest names."""

from __future__ import annotations

import difflib
import re
import shlex
from typing import TYPE_CHECKING

from cxkit.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cxkit.evidence.cells import Slice
    from cxkit.evidence.manifest import KpiRecord
    from cxkit.evidence.view import View

__all__ = ["find_kpi", "find_slice", "read_where"]

MOST = 12  # names that a hint lists


def find_kpi(view: View, name: str) -> KpiRecord:
    """The KPI of an id or a label; case, marks and spaces do not matter.

    Raises:
        ParameterError: None, or more than one, is called so.
    """
    known = view.manifest.kpis
    found = [k for k in known if _plain(k.id) == _plain(name)] or [k for k in known if _plain(k.label) == _plain(name)]
    if len(found) > 1:
        hint = f"Name it by its id: {', '.join(k.id for k in found)}."
        raise ParameterError(f"{len(found)} KPIs are called {name!r}.", hint=hint)
    if not found:
        called = {_plain(n): k.id for k in known for n in (k.label, k.id)}
        near = list(dict.fromkeys(called[n] for n in difflib.get_close_matches(_plain(name), called, cutoff=0.6)))
        hint = f"Did you mean {near[0]!r}?" if near else f"Measured: {', '.join(k.id for k in known)}."
        raise ParameterError(f"The KPI {name!r} was not measured.", hint=hint)
    return found[0]


def find_slice(view: View, kpi: KpiRecord, *, segment: str = "", where: Mapping[str, str] | None = None) -> Slice:
    """The slice that a value, or pairs of dimension and value, stand for; () for all customers.

    Args:
        view: The evidence.
        kpi: The KPI that is cut.
        segment: A value of any dimension.
        where: Dimension to value.

    Raises:
        ParameterError: There is no such value or dimension, it is one of several, or the pair is not declared.
    """
    found = [_pair(view, kpi, d, v) for d, v in (where or {}).items()]
    if segment:
        found.append(_anywhere(view, kpi, segment))
    order = [d.id for d in view.manifest.dimensions]
    chosen = tuple(sorted(dict.fromkeys(found), key=lambda pair: order.index(pair[0])))
    if len({d for d, _ in chosen}) < len(chosen):
        raise ParameterError("A slice has one value of a dimension.", hint=f"Found: {_spelled(chosen)}.")
    _declared(view, tuple(d for d, _ in chosen))
    return chosen


def read_where(pairs: Iterable[str]) -> dict[str, str]:
    """Dimension to value, from texts such as "region=South".

    Raises:
        ParameterError: A text is no such pair, or a dimension is named twice.
    """
    found: dict[str, str] = {}
    for text in pairs:
        dimension, mark, value = text.partition("=")
        if not (mark and dimension.strip() and value.strip()):
            raise ParameterError(f"{text!r} is no pair of dimension and value.", hint="Write --where region=South.")
        if dimension.strip() in found:
            raise ParameterError(
                f"The dimension {dimension.strip()!r} is named twice.", hint="A slice has one value of it."
            )
        found[dimension.strip()] = value.strip()
    return found


def _pair(view: View, kpi: KpiRecord, dimension: str, value: str) -> tuple[str, str]:
    known = {_plain(n): d for d in view.manifest.dimensions for n in (d.label, d.id)}
    if _plain(dimension) not in known:
        listed = ", ".join(d.id for d in view.manifest.dimensions) or "none"
        raise ParameterError(f"There is no dimension {dimension!r}.", hint=f"Dimensions: {listed}.")
    record = known[_plain(dimension)]
    if record.id not in kpi.dimensions:
        raise ParameterError(f"{kpi.label} is not measured by {record.id}.", hint=_cuts(kpi))
    found = _match(value, record.values)
    if found is None:
        raise ParameterError(f"The dimension {record.id!r} has no value {value!r}.", hint=_near(value, record.values))
    return record.id, found


def _anywhere(view: View, kpi: KpiRecord, value: str) -> tuple[str, str]:
    mine = [d for d in view.manifest.dimensions if d.id in kpi.dimensions]
    found = [(d.id, v) for d in mine if (v := _match(value, d.values)) is not None]
    if len(found) > 1:
        several = " and ".join(d for d, _ in found)
        hint = f"Say which: {', or '.join(_spelled((pair,)) for pair in found)}."
        raise ParameterError(f"{value!r} is a value of {several}.", hint=hint)
    if not found:
        values = [v for d in mine for v in d.values]
        hint = _near(value, values) if mine else _cuts(kpi)
        raise ParameterError(f"{kpi.label} is not measured for {value!r}.", hint=hint)
    return found[0]


def _declared(view: View, dimensions: tuple[str, ...]) -> None:
    pairs = [set(p) for p in view.manifest.pairs]
    if len(dimensions) > 1 and set(dimensions) not in pairs:
        listed = ", ".join(" and ".join(p) for p in view.manifest.pairs) or "none"
        hint = f"Declared pairs: {listed}. Others are declared in engagement.yaml and measured anew."
        raise ParameterError(f"No cells are measured by {' and '.join(dimensions)} together.", hint=hint)


def _match(value: str, values: Sequence[str]) -> str | None:
    """The value itself, or the only one that differs in case alone."""
    alike = [v for v in values if v.casefold() == value.casefold().strip()]
    return value if value in values else alike[0] if len(alike) == 1 else None


def _near(value: str, values: Sequence[str]) -> str:
    lower = {v.casefold(): v for v in values}
    near = difflib.get_close_matches(value.casefold(), lower, n=1, cutoff=0.5)
    listed = ", ".join(values[:MOST]) + (" …" if len(values) > MOST else "")
    return f"Did you mean {lower[near[0]]!r}?" if near else f"Values: {listed}."


def _cuts(kpi: KpiRecord) -> str:
    return f"It is measured by {', '.join(kpi.dimensions)}." if kpi.dimensions else "It is measured as a whole only."


def _spelled(pairs: Slice) -> str:
    return " ".join(f"--where {shlex.quote(f'{d}={v}')}" for d, v in pairs)


def _plain(name: str) -> str:
    """Letters and digits in small letters, other signs as one space."""
    return " ".join(re.findall(r"[^\W_]+", name.casefold()))
