"""JSON lines, and JSON that is a list of objects: each object is a row, what is nested in it are columns `a.b`."""

from __future__ import annotations

import functools
import itertools
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from sqlglot import exp

from cxkit.data.faults import Fault
from cxkit.data.readers.base import MOST_COLUMNS, Opened, Unreadable, Written, column_names
from cxkit.data.readers.encodings import writes_texts
from cxkit.data.settings import Format

__all__ = ["open_lines"]

_LONGEST = 4_000_000
_MOST_BROKEN = 1000
_DEEPEST = 8
_MOST_SPELLINGS = 5
_CHUNK = 1 << 20

_SIGN = re.compile(r"[^\s,\ufeff]")

Keys = tuple[str, ...]


class _Number(str):
    """A number as it was spelled: 1.10 stays 1.10, and a long id keeps its last digits."""

    __slots__ = ()


class _Twice(Exception):  # noqa: N818
    """An object with the same key twice."""


def open_lines(path: Path, form: Format, name: str, _folder: Path) -> Iterator[tuple[str, Opened]]:
    """Open JSON lines, or a list of objects; the columns are all keys, in the order in which they are met.

    The file is read twice, once for the keys and once for the rows, so that it need not be held in memory.
    """
    encoding = _encoding(path, form, name=name)
    listed = _is_list(path, encoding, name=name)
    keys: dict[str, list[Keys]] = {}
    beside: set[str] = set()
    faults: list[Fault] = []
    for _, found in _objects(path, encoding, listed=listed, name=name):
        if isinstance(found, Fault):
            faults.append(found)
        else:
            _collect(keys, found, name=name)
            beside |= _twins(found)
        if len(faults) > _MOST_BROKEN:
            what = f"more than {_MOST_BROKEN:,} lines are broken"
            hint = "Is it JSON lines, one object in each? Ask for the export again, or as CSV."
            raise Unreadable(*faults[:3], Fault.of_file(name, what, hint=hint))
    if not keys:
        raise Unreadable(*faults, Fault.of_file(name, "there is no row in it", hint="Ask for the export again."))
    faults += _spelled_twice(keys, beside, name=name)
    decimal = form.decimal or "."
    written = Written("json" if listed else "json lines", encoding=encoding, decimal=decimal)
    rows = _rows(_objects(path, encoding, listed=listed, name=name), list(keys), decimal=decimal)
    texts = dict(zip(column_names(list(keys)), (_text(p, decimal=decimal) for p in keys.values()), strict=True))
    yield name, Opened(list(keys), rows, written, heads=[list(keys)], faults=tuple(faults), texts=texts)


def _encoding(path: Path, form: Format, *, name: str) -> str:
    with path.open("rb") as file:
        encoding = form.encoding or json.detect_encoding(file.read(4))
    if not writes_texts(encoding):
        hint = "JSON is nearly always utf-8."
        raise Unreadable(Fault.of_file(name, f"the encoding {encoding!r} is unknown", hint=hint))
    return encoding


def _is_list(path: Path, encoding: str, *, name: str) -> bool:
    with path.open(encoding=encoding, errors="replace") as file:
        start = file.read(_CHUNK).lstrip("\ufeff \t\r\n")
    if not start.startswith(("[", "{")):
        hint = "It should hold one object in each line, or a list of objects."
        raise Unreadable(Fault.of_file(name, "the file is not JSON", hint=hint))
    return start.startswith("[")


def _objects(path: Path, encoding: str, *, listed: bool, name: str) -> Iterator[tuple[int, dict[Keys, Any] | Fault]]:
    """Each row with its number: line of the file, or place in the list; in place of a broken one what is wrong."""
    row = 0
    try:
        with path.open(encoding=encoding, newline="\n") as file:
            for row, found in (_of_list if listed else _of_lines)(file, name):
                yield row, found
    except UnicodeError:
        place, what = f"after row {row:,}", f"the file is not {encoding}"
        raise Unreadable(Fault(name, place, "", "", what, hint="Ask for it in UTF-8.", stops=True)) from None


def _of_lines(file: TextIO, name: str) -> Iterator[tuple[int, dict[Keys, Any] | Fault]]:
    number = 0
    while line := file.readline(_LONGEST + 1):
        number += 1
        if len(line) > _LONGEST:
            raise Unreadable(_endless(name, f"line {number:,}"))
        if text := line.strip("\ufeff \t\r\n"):
            yield number, _object(partial(_DECODER.decode, text), text, name=name, row=number)


def _of_list(file: TextIO, name: str) -> Iterator[tuple[int, dict[Keys, Any] | Fault]]:
    listed = _List(file, name)
    listed.go_on()
    listed.at += 1
    number = 0
    while (mark := listed.go_on()) and mark != "]":
        number += 1
        shown = listed.text[listed.at : listed.at + 60]
        yield number, _object(partial(listed.take, number), shown, name=name, row=number)
    if not mark:
        raise Unreadable(_cut(name, number + 1))


class _List:
    """The values of a JSON list, with no more of it in memory than the one that is read."""

    def __init__(self, file: TextIO, name: str) -> None:
        self.file, self.name = file, name
        self.text, self.at = "", 0

    def go_on(self) -> str:
        """Go to the next sign that is no blank and no comma; "" at the end of the file."""
        while not (found := _SIGN.search(self.text, self.at)):
            self.at = len(self.text)
            if not self._more():
                return ""
        self.at = found.start()
        return found[0]

    def take(self, number: int) -> Any:  # noqa: ANN401
        """The value that begins here; where there is none, the list cannot be taken up again."""
        while True:
            try:
                value, self.at = _DECODER.raw_decode(self.text, self.at)
            except RecursionError:
                raise Unreadable(_too_deep(self.name, number)) from None
            except ValueError:
                if len(self.text) - self.at > _LONGEST:
                    raise Unreadable(_endless(self.name, f"item {number:,}")) from None
                if not self._more():
                    raise Unreadable(_cut(self.name, number)) from None
            else:
                return value

    def _more(self) -> bool:
        rest = self.text[self.at :]
        piece = self.file.read(max(_CHUNK, len(rest)))
        self.text, self.at = rest + piece, 0
        return bool(piece)


def _object(decode: Callable[[], Any], text: str, *, name: str, row: int) -> dict[Keys, Any] | Fault:
    try:
        found = decode()
        if "\\u" in text:
            json.dumps(found, ensure_ascii=False).encode()
        if isinstance(found, dict):
            return dict(_flat(found, ()))
        what = "not an object with names and values"
    except _Twice as twice:
        hint = "Which of the two holds? Ask for the export again."
        what = f"the key {twice.args[0]!r} stands twice in one object"
        raise Unreadable(Fault(name, row, "", "", what, hint=hint, stops=True)) from None
    except RecursionError:
        what = "objects in objects, too deep to be read"
    except ValueError:
        what = "not JSON"
    hint = "The row is left out. If many are, ask for the export again."
    return Fault(name, row, "", text, what, hint=hint, rejects=True)


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [k for k, _ in pairs]
        raise _Twice(next(k for k in names if names.count(k) > 1))
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_pairs, parse_float=_Number, parse_int=_Number, parse_constant=_Number)


def _flat(found: Mapping[str, Any], above: Keys) -> Iterator[tuple[Keys, Any]]:
    for key, value in found.items():
        if isinstance(value, dict) and len(above) < _DEEPEST:
            yield from _flat(value, (*above, key))
        else:
            yield (*above, key), value


def _collect(keys: dict[str, list[Keys]], found: Mapping[Keys, Any], *, name: str) -> None:
    for path in found:
        known = keys.setdefault(".".join(path), [])
        if path not in known:
            known.append(path)
    if len(keys) > MOST_COLUMNS:
        hint = "Keys that are values, such as an id or a day, make a column each: ask for them as values."
        raise Unreadable(Fault.of_file(name, f"more than {MOST_COLUMNS:,} different keys", hint=hint))


@functools.lru_cache(maxsize=1 << 14)
def _plain(header: str) -> str:
    return "".join(header.split()).casefold()


def _twins(found: Mapping[Keys, Any]) -> set[str]:
    """What names of one object are alike in: they stand for different things, whatever their spelling."""
    plain = [_plain(".".join(path)) for path in found]
    return set() if len(set(plain)) == len(plain) else {p for p in plain if plain.count(p) > 1}


def _spelled_twice(keys: Collection[str], beside: Collection[str], *, name: str) -> list[Fault]:
    """Names that some objects spell one way and others another: who reads one column loses what is in the other."""
    alike: dict[str, list[str]] = {}
    for header in keys:
        alike.setdefault(_plain(header), []).append(header)
    what = "some rows spell the name in another way"
    hint = "Each spelling is a column of its own, so what the others hold is lost: ask for the export with one name."
    apart = (headers for plain, headers in alike.items() if plain not in beside)
    pairs = (pair for headers in apart for pair in itertools.permutations(headers[:_MOST_SPELLINGS], 2))
    return [Fault(name, "header", header, other, what, hint=hint, stops=True) for header, other in pairs]


def _rows(
    found: Iterator[tuple[int, dict[Keys, Any] | Fault]], header: Sequence[str], *, decimal: str
) -> Iterator[tuple[int, list[str | None]]]:
    for row, values in found:
        if not isinstance(values, Fault):
            texts = {".".join(p): _cell(v, decimal=decimal) for p, v in values.items() if v is not None}
            yield row, [texts.get(h) for h in header]


def _cell(value: Any, *, decimal: str) -> str | None:  # noqa: ANN401
    if isinstance(value, list):
        return ", ".join(v if isinstance(v, str) else _json(v) for v in value if v is not None) or None
    if isinstance(value, _Number):
        return str(value).replace(".", decimal)
    return value if isinstance(value, str) else _json(value)


def _json(value: Any) -> str:  # noqa: ANN401
    """A value as JSON without blanks, its numbers as they were spelled."""
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k, ensure_ascii=False)}:{_json(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_json, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _text(paths: Sequence[Keys], *, decimal: str) -> exp.Expr:
    """A column as the database reads it from the `json` of a row."""
    found = [_text_at(p, decimal=decimal) for p in paths]
    return found[0] if len(found) == 1 else exp.func("COALESCE", *found)


def _text_at(path: Keys, *, decimal: str) -> exp.Expr:
    pointer = "".join("/" + k.replace("~", "~0").replace("/", "~1") for k in path)

    def at(function: str) -> exp.Expr:
        return exp.Anonymous(this=function, expressions=[exp.column("json"), exp.Literal.string(pointer)])

    many = exp.cast(at("JSON_EXTRACT"), exp.DataType.build("VARCHAR[]", dialect="duckdb"))
    joined = exp.Anonymous(this="ARRAY_TO_STRING", expressions=[many, exp.Literal.string(", ")])
    case = exp.Case(this=at("JSON_TYPE")).when(exp.Literal.string("ARRAY"), joined)
    case = case.when(exp.Literal.string("OBJECT"), exp.null())
    text = at("JSON_EXTRACT_STRING")
    if decimal != ".":
        marks = (exp.Literal.string("."), exp.Literal.string(decimal))
        case = case.when(exp.Literal.string("DOUBLE"), exp.func("REPLACE", text.copy(), *marks))
    return case.else_(text)


def _too_deep(name: str, number: int) -> Fault:
    hint = "Ask for the export as CSV."
    return Fault(name, f"item {number:,}", "", "", "objects in objects, too deep to be read", hint=hint, stops=True)


def _endless(name: str, place: str) -> Fault:
    what = f"an object of more than {_LONGEST:,} characters"
    hint = "Is it one object in each line, or a list of them? Ask for the export again."
    return Fault(name, place, "", "", what, hint=hint, stops=True)


def _cut(name: str, number: int) -> Fault:
    what = "the list breaks off, or is not JSON from here on"
    hint = "It may have been cut off on its way: ask for the export again."
    return Fault(name, f"item {number:,}", "", "", what, hint=hint, stops=True)
