"""The parameters of a report: what they may be, and the proof that the notebook reads exactly these.

Papermill would run a notebook with a parameter that nothing reads and only warn. Here everything is refused before a
kernel starts.
"""

from __future__ import annotations

import ast
import difflib
import re
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from cxkit.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cxkit.report.notebook import Notebook

__all__ = ["ReportParameters", "parameter_names", "prove_parameters", "read_parameters"]

_PERIOD = re.compile(r"latest|all|\d{4}(-(Q[1-4]|H[12]|0[1-9]|1[0-2]))?")


class ReportParameters(BaseModel):
    """What tells one report from another."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    engagement: str = Field(min_length=1, description="Folder of the engagement.")
    period: str = Field(default="latest", description="latest, all, 2026, 2026-H1, 2026-Q3 or 2026-10.")
    audience: Literal["executive", "client", "team"] = Field(default="client", description="Who reads it.")
    output: str = Field(default="", description="HTML file to write; found from the others if empty.")

    @field_validator("period")
    @classmethod
    def _period(cls, value: str) -> str:
        if not _PERIOD.fullmatch(value):
            raise ValueError(f"{value!r} is no period; write latest, all, 2026, 2026-H1, 2026-Q3 or 2026-10")
        return value

    @field_validator("output")
    @classmethod
    def _html(cls, value: str) -> str:
        if value and not value.lower().endswith(".html"):
            raise ValueError(f"{value!r} does not end in .html")
        return value


def read_parameters(values: Mapping[str, object], *, where: str = "") -> ReportParameters:
    """Parameters from names and values, all of them checked.

    Raises:
        ParameterError: A parameter is unknown, missing or mistyped; the message lists every fault.

    Example:
        >>> read_parameters({"engagement": "clients/volta"}).period
        'latest'
    """
    try:
        return ReportParameters.model_validate(dict(values))
    except ValidationError as error:
        faults = [_fault(e) for e in error.errors()]
    said = "; ".join(what for what, _ in faults)
    raise ParameterError(f"{said[0].upper()}{said[1:]}.", where=where, hint=" ".join(h for _, h in faults if h))


def parameter_names() -> list[str]:
    """The names that a report is told apart by, in order."""
    return list(ReportParameters.model_fields)


def prove_parameters(notebook: Notebook) -> None:
    """Prove that the notebook's `parameters` cell declares the four parameters of a report and nothing else.

    Raises:
        ParameterError: There is not one such cell, it does more than assign texts, or its names differ.
    """
    cells = [(i, c) for i, c in enumerate(notebook.cells, start=1) if "parameters" in _tags(c)]
    if len(cells) != 1:
        raise ParameterError(
            f"{len(cells) or 'No'} cell{'s' if len(cells) > 1 else ''} of the notebook "
            f"{'are' if len(cells) > 1 else 'is'} tagged `parameters`; it must be exactly one.",
            where=notebook.name,
            hint=f"Tag the cell that sets {_listed(parameter_names())}.",
        )
    number, cell = cells[0]
    place = f"{notebook.name}, cell {number}"
    names = [name for name, _ in _declared(cell, place)]
    _same(names, place)


def _declared(cell: Mapping[str, Any], place: str) -> Iterator[tuple[str, object]]:
    try:
        statements = ast.parse(_source(cell)).body
    except SyntaxError as error:
        raise ParameterError("The parameters cell is no Python.", where=f"{place}, line {error.lineno}") from None
    for statement in statements:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(value))):
                yield name, value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.Constant(value=str(value))):
                yield name, value
            case _:
                raise ParameterError(
                    "The parameters cell does more than give a text to a name.",
                    where=f"{place}, line {statement.lineno}",
                    hint='Write `period = "latest"` and move everything else to the next cell.',
                )


def _same(names: list[str], place: str) -> None:
    expected = parameter_names()
    for name in names:
        if name not in expected:
            raise ParameterError(
                f"The notebook declares the parameter {name!r}, which reports do not have.",
                where=place,
                hint=_nearest(name) or f"The parameters of a report are {_listed(expected)}.",
            )
        if names.count(name) > 1:
            raise ParameterError(f"The notebook declares the parameter {name!r} twice.", where=place)
    if missing := [n for n in expected if n not in names]:
        raise ParameterError(
            f"The notebook does not declare the parameter{'s' if len(missing) > 1 else ''} {_listed(missing)}.",
            where=place,
            hint="A notebook that does not read a parameter would report on something else than it was asked for.",
        )


def _fault(error: Any) -> tuple[str, str]:  # noqa: ANN401
    name = ".".join(str(p) for p in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"there is no parameter {name!r}", _nearest(name) or f"Use {_listed(parameter_names())}."
    if error["type"] == "missing":
        return f"the parameter {name!r} is missing", "Name the folder of the engagement."
    if error["type"] == "value_error":
        return f"`{name}`: {error['ctx']['error']}", ""
    return f"`{name}`: {error['msg'][0].lower()}{error['msg'][1:]}, found {error['input']!r}", ""


def _nearest(name: str) -> str:
    near = difflib.get_close_matches(name, parameter_names(), n=1, cutoff=0.5)
    return f"Did you mean `{near[0]}`?" if near else ""


def _listed(names: list[str]) -> str:
    *most, last = (f"`{n}`" for n in names)
    return f"{', '.join(most)} and {last}" if most else last


def _tags(cell: Mapping[str, Any]) -> list[str]:
    return cell.get("metadata", {}).get("tags", []) if cell.get("cell_type") == "code" else []


def _source(cell: Mapping[str, Any]) -> str:
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)
