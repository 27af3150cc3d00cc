"""What does not fit a model, in plain words: place, what was found, and a hint."""

from __future__ import annotations

import difflib
import re
from functools import cache
from typing import Any

from pydantic import BaseModel

__all__ = ["misfit", "unknown"]

LONGEST = 60  # characters of a value that a message shows
_KINDS = {
    "tuple_type": "input should be a list",
    "list_type": "input should be a list",
    "dict_type": "input should be `key: value` pairs",
    "model_type": "input should be `key: value` pairs",
}
_ID = re.compile(r"\^\[a-z\]\[a-z0-9_(-?)\]")


def misfit(error: Any, where: str, model: type[BaseModel]) -> tuple[str, str, str]:  # noqa: ANN401
    """What a pydantic error means to somebody who wrote YAML.

    Args:
        error: One of `ValidationError.errors()`.
        where: File and line.
        model: The model of the file, whose names are proposed for one that is unknown.
    """
    path = ".".join(str(p) for p in error["loc"])
    if error["type"] == "extra_forbidden":
        return unknown(where, path, _known(model))
    if error["type"] == "missing":
        field = model.model_fields.get(path)
        return where, f"`{path}` is missing", (field.description or "") if field else ""
    if error["type"] == "value_error":
        return where, f"`{path}`: {error['ctx']['error']}" if path else str(error["ctx"]["error"]), ""
    return where, f"`{path}`: {_what(error)}", ""


def unknown(where: str, path: str, known: list[str]) -> tuple[str, str, str]:
    """A name that there is not, with the nearest one that there is."""
    name = path.rsplit(".", 1)[-1]
    near = difflib.get_close_matches(name, known, n=5, cutoff=0.6)
    # Two letters changed round are the likeliest slip of all.
    near.sort(key=lambda n: sorted(n) != sorted(name))
    return where, f"`{path}` is unknown", f"Did you mean `{near[0]}`?" if near and near[0] != path else ""


def _what(error: Any) -> str:  # noqa: ANN401
    kind, given, ctx = error["type"], error["input"], error.get("ctx", {})
    found = repr(given)
    found = found if len(found) <= LONGEST else f"{found[:LONGEST]}…"
    if kind in ("string_too_long", "too_long") and isinstance(given, str):
        return f"at most {ctx['max_length']} characters, found {len(given):,}: {found}"
    if kind in ("string_too_short", "too_short") and not given:
        return "it is empty"
    id_ = _ID.match(ctx["pattern"]) if kind == "string_pattern_mismatch" else None
    if id_ is not None:
        marks = "digits, _ and -" if id_[1] else "digits and _"
        return f"an id begins with a small letter and has small letters, {marks} only (63 at most), found {found}"
    said = str(_KINDS.get(kind) or error["msg"])
    return f"{said[0].lower()}{said[1:]}, found {found}"


@cache
def _known(model: type[BaseModel]) -> list[str]:
    schema = model.model_json_schema()
    parts = [schema, *schema.get("$defs", {}).values()]
    return sorted({k for p in parts for k in p.get("properties", {})})
