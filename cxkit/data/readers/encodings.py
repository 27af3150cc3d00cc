"""In which encoding a text is, where nobody said: from its first and its last megabyte.

UTF-8 proves itself, UTF-16 shows by its zero bytes, and of the others one can only say what reads best. What comes
after the first megabyte may still be no UTF-8; whoever reads all of it asks again, with the place.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cxkit.data.faults import Fault, shown
from cxkit.data.readers.base import Unreadable

__all__ = [
    "SAMPLE_BYTES", "Ends", "FoundEncoding", "find_encoding", "read_ends", "refuse_wrong_encoding", "writes_texts",
]  # fmt: skip

SAMPLE_BYTES = 1 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What else a text of single bytes may be; the first that reads better than Windows' Western one is named.
_OTHERS = ("mac_roman", "cp1250", "iso8859_2", "cp850", "cp1251", "cp1253", "cp1254")
_CODES = {"iso8859_2": "iso-8859-2 (latin 2)", "mac_roman": "mac_roman", "cp850": "cp850 (DOS)"}
# What no Western language has together: letters of the first kind, of the second, none of the third; so it is another.
_STRANGE = (
    ("ø", "ìùòï", "", "cp1250"),
    ("šž", "øìùòèæê", "", "cp1250"),
    ("õ", "û", "ãñ", "cp1250"),
    ("ðþý", "çöü", "áíóúæ", "cp1254"),
)
_TWICE = re.compile(
    "[\u00c3\u00c4\u00c5][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]"
    "|\u00c2[\u00a0-\u00bf]|\u00e2\u20ac[\u0080-\u00bf\u0152\u0153\u02dc\u2122\u201c\u201d\u00a6]"
)
_WORD = re.compile(r"\S*[^\x00-\x7f]\S*")


# Python writes names of hosts and its own sources in these, and nobody an export.
_NO_TEXTS = ("idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined")


@dataclass(frozen=True, slots=True)
class Ends:
    """The first and the last bytes of a file; the last are empty where the first are all."""

    first: bytes
    last: bytes = b""

    @property
    def whole(self) -> bool:
        """Whether the first bytes are the whole file."""
        return not self.last


@dataclass(frozen=True, slots=True)
class FoundEncoding:
    """The encoding of a text, and what is not sure about it."""

    name: str
    doubts: tuple[str, ...] = ()


def read_ends(path: Path, *, at: int | None = None) -> Ends:
    """The ends of a file.

    Args:
        path: The file.
        at: A place in it that has to be in the last bytes.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        first = file.read(SAMPLE_BYTES)
        if size <= SAMPLE_BYTES:
            return Ends(first)
        # Even, so that no character of two bytes is cut.
        start = max(SAMPLE_BYTES, size - SAMPLE_BYTES) if at is None else max(SAMPLE_BYTES, at - SAMPLE_BYTES // 2)
        file.seek(start - start % 4)
        return Ends(first, file.read(SAMPLE_BYTES))


def find_encoding(path: Path, *, at: int | None = None, name: str = "") -> FoundEncoding:
    """The encoding of a text: by its mark or its zero bytes, else UTF-8 where it is that, else the one of Windows.

    Args:
        path: The text.
        at: Where it is known not to be UTF-8, if a reader has met such a byte.
        name: What messages call it.

    Raises:
        Unreadable: No encoding reads it, or two are mixed in it.
    """
    ends = read_ends(path, at=at)
    for mark, encoding in _MARKS:
        if ends.first.startswith(mark):
            return FoundEncoding(encoding)
    if wide := _without_mark(ends.first):
        return FoundEncoding(wide)
    if at is None and _is_utf8(ends):
        return FoundEncoding("utf-8", _of_text((ends.first + ends.last).decode("utf-8", errors="ignore")))
    _refuse_mixed(ends, name or path.name)
    return _of_single_bytes(ends, name or path.name)


def refuse_wrong_encoding(path: Path, encoding: str, *, name: str) -> tuple[str, ...]:
    """What is doubtful about a text in the encoding that was declared for it.

    Raises:
        Unreadable: The text is plainly in another.
    """
    ends = read_ends(path)
    declared = codecs.lookup(encoding).name
    marked = next((n for mark, n in _MARKS if ends.first.startswith(mark)), "") or _without_mark(ends.first)
    plain = not marked and _is_utf8(ends)
    beyond = plain and not (ends.first + ends.last).isascii()
    real = marked or ("utf-8" if plain else "")
    wide = declared.startswith(("utf-16", "utf-32"))
    wrong = (
        (wide and not marked)
        or (declared.startswith("utf-8") and marked.startswith(("utf-16", "utf-32")))
        or (declared == "utf-16" and marked == "utf-16-be")
        or (not declared.startswith("utf") and bool(marked or beyond))
    )
    if wrong:
        line, found = _first_odd_line(ends.first, declared) if beyond else (1, "")
        mend = f"Declare `format: {{encoding: {real}}}`" if real else "Declare its real encoding, often cp1252"
        what = f"the file is not {encoding}, as declared" + (f", but {real.removesuffix('-sig')}" if real else "")
        raise Unreadable(Fault(name, f"line {line}", "", found, what, hint=f"{mend}, or leave it out.", stops=True))
    return _of_text((ends.first + ends.last).decode(encoding, errors="ignore"))


def writes_texts(encoding: str) -> bool:
    """Whether texts are written in an encoding; Python also has codecs that are for other things, such as rot13.

    Example:
        >>> [writes_texts(e) for e in ("cp1252", "idna", "rot13", "utf-88")]
        [True, False, False, False]
    """
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
        decoder.decode(b"")
        "".encode(encoding)
        return codecs.lookup(encoding).name not in _NO_TEXTS
    except (LookupError, ValueError, TypeError, AttributeError, AssertionError):
        return False


def _first_odd_line(data: bytes, encoding: str) -> tuple[int, str]:
    found = re.search(rb"[\xc2-\xf4][\x80-\xbf]+", data)
    at = found.start() if found else 0
    start, end = data.rfind(b"\n", 0, at) + 1, data.find(b"\n", at)
    text = data[start : end if end >= 0 else len(data)].decode(encoding, errors="replace")
    return data.count(b"\n", 0, at) + 1, next(iter(_WORD.findall(text)), "")[-40:]


def _is_utf8(ends: Ends) -> bool:
    """Whether both ends are UTF-8, a character that is cut where they begin or end aside."""
    for data in (ends.first, ends.last[_cut(ends.last) :]):
        try:
            codecs.getincrementaldecoder("utf-8")().decode(data)
        except UnicodeDecodeError:
            return False
    return True


def _cut(data: bytes) -> int:
    """How many bytes at the start belong to a character that began before."""
    return next((i for i in range(min(4, len(data))) if data[i] & 0xC0 != 0x80), 0)


def _without_mark(data: bytes) -> str:
    """UTF-16 or UTF-32 without its mark: every other byte of plain letters is zero, and no byte on the other side."""
    pairs = len(data) // 2
    if pairs < 2 or b"\0" not in data:
        return ""
    even, odd = data[0 : 2 * pairs : 2].count(0), data[1 : 2 * pairs : 2].count(0)
    if min(even, odd) * 20 > max(even, odd):
        third = data[2::4].count(0) + data[3::4].count(0)
        return "utf-32-le" if third * 20 > 19 * (len(data) // 2) and data[0] else ""
    name = "utf-16-le" if odd > even else "utf-16-be"
    text = data[: 2 * pairs].decode(name, errors="ignore")
    plain = sum(c in "\r\n\t" or c.isprintable() for c in text)
    split = re.search(r"[\r\n,;|\t]", text)
    return name if split and max(even, odd) * 20 > pairs and plain >= 0.98 * len(text) else ""


def _refuse_mixed(ends: Ends, name: str) -> None:
    """Refuse a text that is UTF-8 in most places and not in some: neither reading is right for all of it."""
    data = ends.first + ends.last
    whole = re.findall(rb"(?<![\x80-\xff])[\xc3-\xf4][\x80-\xbf]{1,3}(?![\x80-\xff])", data)
    text = data.decode("utf-8", errors="surrogateescape")
    odd = [m.start() for m in re.finditer("[\udc80-\udcff]", text)]
    if not whole or not odd or len(whole) < max(2, len(odd)):
        return
    sound = ends.first.decode("utf-8", errors="surrogateescape")
    at = next((i for i in odd if i < len(sound)), None)
    line = f"line {text[:at].count(chr(10)) + 1}" if at is not None else ""
    word = text[odd[0] - 20 : odd[0] + 20].splitlines()
    around = next((w for w in word if re.search("[\udc80-\udcff]", w)), "")
    value = around.encode("utf-8", errors="surrogateescape").decode("latin-1")
    hint = "Ask for the export again in UTF-8; or, if other letters may come out wrong, `format: {encoding: cp1252}`."
    raise Unreadable(
        Fault(name, line, "", value, "the file is UTF-8 in some places and not in others", hint, stops=True)
    )


def _of_single_bytes(ends: Ends, name: str) -> FoundEncoding:
    data = ends.first + b"\n" + ends.last
    here = _sense("cp1252", data)
    scores = {other: _sense(other, data) for other in _OTHERS}
    best = max(_OTHERS, key=lambda e: scores[e])
    try:
        data.decode("cp1252")
    except UnicodeDecodeError as error:
        if b"\0" in data:
            return FoundEncoding("utf-8")
        word = next(iter(_words_of(data[max(0, error.start - 20) : error.start + 20], best)), "")
        raise Unreadable(
            Fault(
                name,
                f"line {data.count(10, 0, error.start) + 1}" if error.start < len(ends.first) else "",
                "",
                f"byte 0x{data[error.start]:02x}",
                "the file is neither UTF-8 nor written by a Western Windows",
                hint=f"Declare its encoding, perhaps `format: {{encoding: {best}}}` (it would read {shown(word)}).",
                stops=True,
            )
        ) from None
    text = data.decode("cp1252")
    best = best if scores[best] > here + 0.25 else _strange(text)
    return FoundEncoding("cp1252", (_other(data, best),) if best else _of_text(text))


def _strange(text: str) -> str:
    """Another alphabet than the Western one, by letters that no Western language has together."""
    letters = {c for c in text.lower() if c > "\x7f"}
    kinds = ((letters & {*a}, letters & {*b}, letters & {*none}, e) for a, b, none, e in _STRANGE)
    return next((e for some, others, none, e in kinds if some and others and not none), "")


def _other(data: bytes, best: str) -> str:
    pairs = zip(_words_of(data, "cp1252"), _words_of(data, best), strict=False)
    as_is, other = next(((a, b) for a, b in pairs if a != b), ("", ""))
    return (
        f"The letters beyond ASCII are read as those of Windows (cp1252), {shown(as_is)}; in {_CODES.get(best, best)} "
        f"they would be {shown(other)}. If that is right, declare `format: {{encoding: {best}}}`."
    )


def _words_of(data: bytes, encoding: str) -> list[str]:
    text = data[: 1 << 16].decode(encoding, errors="replace")
    return [w.strip("\"',;|") for w in re.findall(r"[^\s,;|\"]*[^\x00-\x7f][^\s,;|\"]*", text)]


def _sense(encoding: str, data: bytes) -> float:
    """How much sense the letters beyond ASCII make, from -1 to 1: letters in words, of the right case."""
    high = re.findall(rb"[A-Za-z\x80-\xff]{0,3}[\x80-\xff][A-Za-z\x80-\xff]{0,3}", data[: 1 << 17])[:2000]
    foreign = encoding in ("cp1251", "cp1253")
    marks = [_mark(word.decode(encoding, errors="replace"), foreign=foreign) for word in high]
    return sum(marks) / len(marks) if marks else 0.0


def _mark(word: str, *, foreign: bool) -> float:
    """Sense of one piece of a word; several letters in a row beyond ASCII make none but in a foreign alphabet."""
    if foreign and re.search("[A-Za-z]", word):
        return -1
    if re.search("[^\x00-\x7f]{3}", word):
        return (1 if word.isalpha() else 0) if foreign else -1
    found = 0.0
    beyond = [i for i, c in enumerate(word) if c > "\x7f"]
    for i in beyond:
        before, after = word[i - 1 : i], word[i + 1 : i + 2]
        if word[i] == "\ufffd" or not word[i].isprintable():
            found -= 1
        elif word[i].isalpha() and (before or after):
            fits = word[i].islower() == (after or before).islower() or (not before and word[i].isupper())
            found += 1 if fits else -1
        elif before.isalpha() and after.isalpha() and word[i] not in "\u2019\u2018\u2013\u00ad":
            found -= 1
        else:
            found += 0.3
    return found / len(beyond)


def _of_text(text: str) -> tuple[str, ...]:
    """Letters that were already lost or doubled when the file was written."""
    told: list[str] = []
    if "\ufffd" in text:
        word = _around(text, text.index("\ufffd"))
        told.append(
            f"{text.count(chr(0xFFFD)):,} letters were lost before the file was written, as in {shown(word)}; "
            "only a new export brings them back."
        )
    if found := _TWICE.search(text):
        word = _around(text, found.start())
        mended = _once(word)
        told.append(
            f"Letters were written twice in UTF-8 before the export: {shown(word)}"
            + (f" should be {shown(mended)}" if mended else "")
            + ". Ask for the export again; until then such names stand apart from the right ones."
        )
    return tuple(told)


def _around(text: str, at: int) -> str:
    words: Iterable[re.Match[str]] = re.finditer(r"[^\s,;|\"]+", text[max(0, at - 30) : at + 30])
    return next((m[0] for m in words if m.end() > min(30, at)), "")


def _once(word: str) -> str:
    for encoding in ("cp1252", "latin-1"):
        try:
            return word.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    return ""
