"""Which faults are one and the same thing to settle, and which thing it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from cxkit.data.faults import Fault

__all__ = ["KINDS", "covers", "group_alike", "kind_of", "one_each"]

FOLDED = 3  # files with the same fault from which they are told together

# What a fault is, by what it says of itself: the text that asks about it, and the parts of uses that it explains.
# Others are told as they are.
_LOST = frozenset({"left_out", "no_readable"})
KINDS: tuple[tuple[str, str, frozenset[str]], ...] = (
    (r"^no file matches", "no_file", frozenset()),
    (r"^the file is empty|^the sheet is empty|^there is no row in it", "empty", frozenset()),
    (r"^the column is missing", "no_header", frozenset()),
    (r"^the column stands \d+ times", "twice", frozenset()),
    (r"^blank, but every row needs it", "blank", _LOST),
    (r"would count as an id", "word_for_none", frozenset()),
    (r"^no such customer", "unknown", frozenset({"unknown_customer", "left_out"})),
    (r"^a day (more than a year from now|that has not come yet)", "future", frozenset()),
    (r"^the same key comes again|^another row of the file has the same key", "again", frozenset({"left_out"})),
    (r"^alike in all that is mapped", "pasted", frozenset()),
    (r"^\d+ values in a row of", "ragged", frozenset({"left_out"})),
    (r"^not JSON|^not an object|^objects in objects|stands twice in one object", "torn", frozenset({"left_out"})),
    (r"(does not open|is broken|breaks off|binary data|do not close|has no end)", "damaged", frozenset()),
    (r"^an archive in an archive|locked with a password|when unpacked", "packed", frozenset()),
    (r"^nobody can tell whether", "doubt", frozenset()),
    (r"^(the )?answers (are|stand as) words", "words", _LOST),
    (r"it may be a code for no answer", "code", _LOST),
    (r"^the value has no entry", "unlisted", _LOST),
    (r"^not a date", "no_date", _LOST),
    (r"^(not a (whole )?number|neither yes nor no)", "unreadable", _LOST),
)


def group_alike(faults: Iterable[Fault]) -> list[list[Fault]]:
    """Faults that are one thing to settle: of one column and in one file, or in many files of a folder alike."""
    by_folder: dict[tuple[str, str, str, bool], list[Fault]] = {}
    for f in faults:
        what = kind_of(f) or f.what
        by_folder.setdefault((f.file.rpartition("/")[0], f.column, what, f.stops), []).append(f)
    found: list[list[Fault]] = []
    for group in by_folder.values():
        files = dict.fromkeys(f.file for f in group)
        found += [group] if len(files) >= FOLDED else [[f for f in group if f.file == file] for file in files]
    return found


def kind_of(fault: Fault) -> str:
    """What a fault is, as the name of the text that asks about it; "" for one that is told as it is.

    Example:
        >>> kind_of(Fault("a.csv", 3, "Id", "C9", "no such customer"))
        'unknown'
    """
    return next((key for pattern, key, _ in KINDS if re.search(pattern, fault.what)), "")


def covers(fault: Fault) -> frozenset[str]:
    """The parts of uses that a fault explains, so that they need not be told again."""
    return next((covers for pattern, _, covers in KINDS if re.search(pattern, fault.what)), frozenset())


def one_each(faults: Sequence[Fault]) -> list[Fault]:
    """The first fault of each file."""
    firsts: Mapping[str, Fault] = {f.file: f for f in reversed(faults)}
    return sorted(firsts.values(), key=lambda f: f.file)
