"""The only reader and writer of files that people edit: YAML, CSV of clients, notes with a head.

Faults are told with file, line and column, all of them at once.
"""

from __future__ import annotations

import contextlib
import csv
import functools
import hashlib
import io
import os
import tempfile
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from cxkit._misfits import misfit, unknown
from cxkit._splice import spliced
from cxkit.errors import DocumentError

__all__ = [
    "Fault",
    "Loc",
    "hash_of",
    "line_at",
    "line_of",
    "place_in",
    "read_document",
    "read_note",
    "read_records",
    "read_text",
    "refuse_faults",
    "replacing",
    "update_document",
    "write_atomic",
]

M = TypeVar("M", bound=BaseModel)
Loc = tuple[str | int, ...]
"""Keys and positions that lead to a value of a document, such as `("criteria", 0, "kpi")`."""
Fault = tuple[Loc, str, str]
"""Something that the model of a file could not see: where, what was found, and a hint or ""."""


def read_document(path: Path, model: type[M], *, name: str = "") -> M:
    """A YAML file as its model.

    Args:
        path: The file.
        model: The pydantic model that says what the file may hold.
        name: How to call the file in messages; its own name if empty.

    Raises:
        DocumentError: The file is missing, is no YAML, has a key twice, or does not fit the model;
            the message lists each fault with its line.
    """
    return _validated(_loaded(read_text(path, name=name), name or path.name), model, name=name or path.name)


def read_note(path: Path, model: type[M], *, name: str = "") -> tuple[M, str]:
    """A text file with a YAML head between two lines of `---`: the head as its model, and the text.

    Raises:
        DocumentError: There is no head, or it does not fit the model.
    """
    name = name or path.name
    lines = read_text(path, name=name).splitlines()
    ends = [i for i, line in enumerate(lines) if line.strip() == "---"]
    if len(ends) < 2 or ends[0] != 0:
        raise DocumentError(
            "A note starts with a head between two lines of ---.",
            where=f"{name}:1",
            hint="Begin the file with ---, then `about: nps/2026-Q3`, then --- and the text.",
        )
    # The empty first line stands for the opening ---, so that line numbers are those of the file.
    head = _load("\n" + "\n".join(lines[1 : ends[1]]), name)
    return _validated(head, model, name=name), "\n".join(lines[ends[1] + 1 :]).strip()


def read_records(path: Path, model: type[M], *, name: str = "") -> list[tuple[int, M]]:
    """A CSV file with a header as one model a row, each with its line number.

    Raises:
        DocumentError: A column is unknown or a row does not fit the model; lists every fault.
    """
    name = name or path.name
    reader = csv.reader(io.StringIO(read_text(path, name=name)))
    header = [h.strip() for h in next(reader, [])]
    if len(header) == 1 and ";" in header[0]:
        hint = "Separate the columns by commas; a spreadsheet may call that CSV UTF-8 or comma separated."
        raise DocumentError(f"The header is one column, {header[0]!r}.", where=f"{name}:1", hint=hint)
    faults = [unknown(f"{name}:1", h, list(model.model_fields)) for h in header if h not in model.model_fields]
    faults += [(f"{name}:1", f"column '{h}' stands twice", "") for h in set(header) if header.count(h) > 1]
    _raise(faults, name=name)
    records: list[tuple[int, M]] = []
    for row in reader:
        if not any(row):
            continue
        if len(row) != len(header):
            faults.append((f"{name}:{reader.line_num}", f"{len(row)} values, but {len(header)} columns", ""))
            continue
        cells = {h: v.strip() for h, v in zip(header, row, strict=True) if v.strip()}
        try:
            records.append((reader.line_num, model.model_validate(cells)))
        except ValidationError as error:
            faults += [misfit(e, f"{name}:{reader.line_num}", model) for e in error.errors()]
    _raise(faults, name=name)
    return records


def read_text(path: Path, *, name: str = "") -> str:
    """The text of a UTF-8 file, with or without a byte order mark.

    Raises:
        DocumentError: The file is missing, unreadable, or not UTF-8.
    """
    name = name or path.name
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise DocumentError(f"There is no file {name}.", where=str(path.parent)) from None
    except UnicodeDecodeError as error:
        raise DocumentError(
            f"Byte {error.start} is not UTF-8.", where=name, hint="Save the file as UTF-8 and try again."
        ) from None
    except OSError as error:
        raise DocumentError(f"The file cannot be read: {error.strerror}.", where=str(path)) from None


def write_atomic(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all: a reader sees the old content or the new, never a part."""
    with replacing(path) as temporary:
        temporary.write_bytes(content.encode() if isinstance(content, str) else content)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path`, which takes its place when the block ends well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    try:
        yield Path(temporary)
        # mkstemp makes files private; what people read gets the rights that the folder's other files have.
        umask = os.umask(0)
        os.umask(umask)
        Path(temporary).chmod(0o666 & ~umask)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def line_of(document: Any, loc: tuple[str | int, ...]) -> tuple[int, int]:  # noqa: ANN401
    """Line and column (from 1) of a key in a loaded YAML document; of the nearest parent if it is not there."""
    line, column = 0, 0
    for part in loc:
        try:
            line, column = document.lc.key(part) if hasattr(document, "keys") else document.lc.item(part)
            document = document[part]
        except (AttributeError, KeyError, IndexError, TypeError):
            continue
    return line + 1, column + 1


def place_in(path: Path, loc: tuple[str | int, ...], *, name: str = "") -> str:
    """Where a key of a YAML file stands, for a message about a value that only others can judge.

    Args:
        path: The file, which has been read before.
        loc: Keys and positions that lead to the value, such as `("criteria", 0, "kpi")`.
        name: How to call the file; its own name if empty.
    """
    name = name or path.name
    line, column = line_of(_loaded(read_text(path, name=name), name), loc)
    return f"{name}:{line}, column {column}"


def line_at(path: Path, loc: tuple[str | int, ...], *, name: str = "") -> int:
    """The line, from 1, in which a key of a YAML file stands; that of the nearest parent if it is not there."""
    name = name or path.name
    return line_of(_loaded(read_text(path, name=name), name), loc)[0]


@functools.lru_cache(maxsize=16)
def _loaded(text: str, name: str) -> Any:  # noqa: ANN401
    """A document to read and to look places up in, which is done for many values of one file; never to be changed."""
    return _load(text, name)


def refuse_faults(path: Path, faults: list[Fault], *, name: str = "") -> None:
    """Tell everything that does not hold together in a file, each with its line; nothing where there is no fault.

    Raises:
        DocumentError: There are faults.
    """
    name = name or path.name
    if faults:
        document = _loaded(read_text(path, name=name), name)
        places = ((line_of(document, loc), what, hint) for loc, what, hint in faults)
        _raise([(f"{name}:{line}, column {column}", what, hint) for (line, column), what, hint in places], name=name)


def hash_of(path: Path) -> str:
    """What tells a file from what it was: `update_document` takes it as `expected`."""
    return _hash(read_text(path))


def update_document(
    path: Path, model: type[M], changes: Mapping[Loc, object], *, expected: str | None = None, name: str = ""
) -> M:
    """Write values into a YAML file and leave everything else in it as it is, to the byte.

    Args:
        path: The file.
        model: What the file has to fit after the changes too.
        changes: Values by where they stand. A position one past the end of a list adds to it; a key that is not
            there is added.
        expected: `hash_of` the file when it was read; None to write whatever it is now.
        name: How to call the file; its own name if empty.

    Returns:
        The changed file as its model.

    Raises:
        DocumentError: The file has changed since it was read, or would not fit the model; nothing is written.
    """
    name = name or path.name
    text = read_text(path, name=name)
    if expected is not None and _hash(text) != expected:
        hint = "Read it again; what you entered has not been written."
        raise DocumentError("The file has changed since it was read.", where=name, hint=hint)
    wanted, written = _plain(_load(text, name)), text
    for loc, value in changes.items():
        if _put(wanted, loc, _plain(value), name):
            written = spliced(written, _nodes(written), loc, value)
    document = _load(written, name)
    found = _validated(document, model, name=name)
    if _plain(document) != wanted:
        hint = "Anchors and aliases cannot be changed from here; edit the file."
        raise DocumentError("The values cannot be written where they belong.", where=name, hint=hint)
    if written != text:
        mark = b"\xef\xbb\xbf" if path.read_bytes().startswith(b"\xef\xbb\xbf") else b""
        write_atomic(path, mark + written.encode())
    return found


def _put(data: Any, loc: Loc, value: Any, name: str) -> bool:  # noqa: ANN401
    """Set a value in plain data; whether that changed anything."""
    try:
        for part, below in pairwise(loc):
            inside = _at(data, part)
            inside = ([] if isinstance(below, int) else {}) if inside in (None, _MISSING) else inside
            _set(data, part, inside)
            data = inside
        before = _at(data, loc[-1])
        _set(data, loc[-1], value)
    except (TypeError, IndexError):
        place = ".".join(str(p) for p in loc)
        raise DocumentError(f"There is no place `{place}` to write to.", where=name) from None
    return type(before) is not type(value) or before != value


_MISSING = object()


def _at(data: Any, part: str | int) -> Any:  # noqa: ANN401
    try:
        return data[part]
    except (KeyError, IndexError):
        return _MISSING


def _set(data: Any, part: Any, value: Any) -> None:  # noqa: ANN401
    if isinstance(data, list) and part == len(data):
        data.append(value)
    else:
        data[part] = value


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _nodes(text: str) -> Any:  # noqa: ANN401
    from ruamel.yaml import YAML

    return YAML(typ="rt").compose(text)


def _load(text: str, name: str) -> Any:  # noqa: ANN401
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        document = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{name}:{mark.line + 1}, column {mark.column + 1}" if mark else name
        what = (error.problem or "not YAML").split(" with value")[0].split("\n")[0]
        raise DocumentError(f"The YAML does not read: {what}.", where=place, hint=_yaml_hint(what)) from None
    except YAMLError as error:
        raise DocumentError(f"The YAML does not read: {str(error).splitlines()[0]}.", where=name) from None
    except (ValueError, RecursionError) as error:
        # A value that looks like a date or a number, and is none.
        what = str(error) if isinstance(error, ValueError) else "it is nested too deeply"
        raise DocumentError(f"The YAML does not read: {what}.", where=name, hint="Put the value in quotes.") from None
    _refuse_bombs(document, name)
    if not isinstance(document, Mapping):
        raise DocumentError(
            "The file is empty." if document is None else "The file holds no `key: value` pairs.", where=f"{name}:1"
        )
    return document


def _refuse_bombs(document: Any, name: str) -> None:  # noqa: ANN401
    """Refuse a document that aliases make larger than any that a person writes."""
    left, nodes = [document], 0
    while left:
        node = left.pop()
        nodes += 1
        if nodes > _MOST_NODES:
            raise DocumentError(f"The YAML has more than {_MOST_NODES:,} values.", where=name, hint="Remove aliases.")
        left += node.values() if isinstance(node, Mapping) else node if isinstance(node, list) else []


_MOST_NODES = 50_000


def _yaml_hint(what: str) -> str:
    if "duplicate key" in what:
        return "A key may stand once; remove or merge the second."
    return "Check indentation, colons and quotes near this place."


def _validated(document: Any, model: type[M], *, name: str) -> M:  # noqa: ANN401
    try:
        return model.model_validate(_plain(document))
    except ValidationError as error:
        found = error.errors()
        faults = []
        for e in found:
            # A list none of whose items fits is told item by item, and not once more as too short.
            if e["type"] == "too_short" and any(o["loc"][:-1][: len(e["loc"])] == e["loc"] for o in found):
                continue
            line, column = line_of(document, e["loc"])
            faults.append(misfit(e, f"{name}:{line}, column {column}", model))
        _raise(faults, name=name)
        raise


def _plain(node: Any) -> Any:  # noqa: ANN401
    """The document without the round-trip loader's own types."""
    if isinstance(node, Mapping):
        return {str(k) if not isinstance(k, bool) else str(k).lower(): _plain(v) for k, v in node.items()}
    if isinstance(node, list):
        return [_plain(v) for v in node]
    if isinstance(node, bool) or node is None:
        return node
    for kind in (int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return node


def _raise(faults: list[tuple[str, str, str]], *, name: str) -> None:
    if not faults:
        return
    # A field that may have several forms reports once for each form; a person needs the place once.
    where, what, hint = faults[0]
    if len(faults) == 1:
        end = "" if what.endswith("?") else "."
        raise DocumentError(f"{what[0].upper()}{what[1:]}{end}", where=where, hint=hint)
    lines = [f"{w.removeprefix(name).lstrip(':')} · {t}{f' · {h}' if h else ''}" for w, t, h in faults]
    listed = "\n".join(f"  line {line}" for line in dict.fromkeys(lines))
    raise DocumentError(f"{name} has {len(dict.fromkeys(lines))} faults:\n{listed}", where=name)
