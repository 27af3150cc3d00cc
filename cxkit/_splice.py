"""Changes one value in the text of a YAML file and leaves every other character as it was.

Knows where things stand from the tree of nodes that a YAML parser composes; what a change means, and whether it may be,
is for `_documents` to say.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

__all__ = ["Block", "flow_text", "spliced"]

_WORDS = re.compile(r"[^\W\d_]([\w -]*\w)?")
_NO_WORDS = frozenset({"true", "false", "null"})


class Block(dict[str, object]):
    """Plain data that is added to a list as the text that it is given with: lines of YAML, and comments between them.

    Args:
        data: What the text reads as.
        text: Lines that begin with `- ` and are indented by two blanks below.
    """

    def __init__(self, data: Mapping[str, object], text: str) -> None:
        super().__init__(data)
        self.text = text


def spliced(text: str, node: Any, loc: tuple[str | int, ...], value: object) -> str:  # noqa: ANN401
    """The text with a value set, or added where there is none.

    Args:
        text: The file.
        node: Its root, with marks that count the characters of `text`.
        loc: Keys and positions that lead to the value.
        value: Plain data.
    """
    key = None
    for i, part in enumerate(loc):
        below = _below(node, part)
        if below is None:
            inside = _wrapped(loc[i + 1 :], value)
            if node.id == "scalar":
                return _replaced(text, key, node, _wrapped((part,), inside))
            return _added(text, node, part, inside)
        key, node = below
    return _replaced(text, key, node, value)


def _below(node: Any, part: str | int) -> tuple[Any, Any] | None:  # noqa: ANN401
    if node.id == "mapping":
        return next(((k, v) for k, v in node.value if k.value == str(part)), None)
    if node.id == "sequence" and isinstance(part, int) and part < len(node.value):
        return None, node.value[part]
    return None


def _wrapped(loc: tuple[str | int, ...], value: object) -> object:
    for part in reversed(loc):
        value = [value] if isinstance(part, int) else {part: value}
    return value


def _replaced(text: str, key: Any, node: Any, value: object) -> str:  # noqa: ANN401
    start, end = node.start_mark.index, _end(text, key, node)
    if key is not None and (start >= end or _is_block(node)):
        # An empty value has no place of its own, and a block begins on a line of its own.
        return f"{text[: _colon(text, key)]} {_flow(value)}{text[end:]}"
    return text[:start] + _flow(value) + text[end:]


def _added(text: str, node: Any, part: str | int, value: object) -> str:  # noqa: ANN401
    entry = _flow(value) if node.id == "sequence" else f"{_flow(str(part))}: {_flow(value)}"
    if node.flow_style:
        at = _last(text, node) if node.value else node.start_mark.index + 1
        return f"{text[:at]}{', ' if node.value else ''}{entry}{text[at:]}"
    found = re.compile(r"[^\r\n]*").match(text, _last(text, node))
    at = found.end() if found else len(text)
    line = "\r\n" if "\r\n" in text else "\n"
    if isinstance(value, Block) and node.id == "sequence":
        indent = " " * node.start_mark.column
        lines = ["", *(f"{indent}{part}" if part else "" for part in value.text.splitlines())]
        return f"{text[:at]}{line}{line.join(lines)}{text[at:]}"
    dash = "- " if node.id == "sequence" else ""
    return f"{text[:at]}{line}{' ' * node.start_mark.column}{dash}{entry}{text[at:]}"


def _last(text: str, node: Any) -> int:  # noqa: ANN401
    """Where the last entry of a collection ends, without the comments and empty lines that follow it."""
    key, last = node.value[-1] if node.id == "mapping" else (None, node.value[-1])
    return _end(text, key, last)


def _end(text: str, key: Any, node: Any) -> int:  # noqa: ANN401
    if _is_block(node):
        return _last(text, node)
    start, end = node.start_mark.index, node.end_mark.index
    if start == end and key is not None:
        return _colon(text, key)
    return start + len(text[start:end].rstrip())


def _is_block(node: Any) -> bool:  # noqa: ANN401
    return node.id != "scalar" and not node.flow_style


def _colon(text: str, key: Any) -> int:  # noqa: ANN401
    return text.index(":", key.end_mark.index) + 1


def flow_text(value: object) -> str:
    """Plain data as YAML on one line.

    Example:
        >>> flow_text({"column": "NETPRO", "missing": ["11"]})
        '{column: NETPRO, missing: ["11"]}'
    """
    return _flow(value)


def _flow(value: object) -> str:
    """Plain data as YAML on one line; text that could read as anything else, or as markup of YAML, in quotes."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_flow(str(k))}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(v) for v in value) + "]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, dt.date):
        return value.isoformat()
    if not isinstance(value, str):
        return repr(value)
    return value if _WORDS.fullmatch(value) and value.lower() not in _NO_WORDS else _quoted(value)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped) + '"'
