"""What is wrong with an export: the place, the value found, and what to do."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Fault", "guess_format", "list_faults", "shown"]

_LONGEST = 60
_LONGEST_PATH = 500
FEW = 3


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault in one file.

    Attributes:
        file: The export, as a path in the engagement.
        row: Row as a spreadsheet counts it, "header", "line 12", or "" for the file as a whole.
        column: Header of the column, or "".
        value: The value found, or "".
        what: What is wrong with it.
        hint: What to do, or "".
        rejects: Whether the row is left out; otherwise the value is.
        stops: Whether nothing can be measured before it is mended.
        count: How many rows have it; more than 1 when they are not listed one by one.
        stands_for: Values of the column whose rows need no fault of their own beside this one.
    """

    file: str
    row: int | str
    column: str
    value: str
    what: str
    hint: str = ""
    rejects: bool = False
    stops: bool = False
    count: int = 1
    stands_for: tuple[str, ...] = ()

    @classmethod
    def of_file(cls, file: str, what: str, *, hint: str = "") -> Fault:
        """A fault of a file as a whole, which stops measuring."""
        return cls(file, "", "", "", what, hint=hint, stops=True)

    def __str__(self) -> str:
        place = [
            f"row {self.row}" if isinstance(self.row, int) else self.row,
            self.column and f"column {self.column!r}",
        ]
        found = f"found {shown(self.value)}" if self.value else ""
        more = f"{self.count:,} rows" if self.count > 1 else ""
        return " · ".join(p for p in [*place, self.what, found, more] if p)


def list_faults(faults: Iterable[Fault], *, most: int | None = 20) -> str:
    """The faults as text, by file; of more than `most` faults alike the first few are written out and the rest counted.

    Example:
        >>> print(list_faults([Fault("a.csv", 3, "Score", "x", "not a whole number", hint="Mend it.")]))
        a.csv
          row 3 · column 'Score' · not a whole number · found 'x'
            Hint: Mend it.
    """
    given = list(faults)
    lines, folded = (list[str](), set[int]()) if most is None else _of_many_files(given)
    by_file: dict[str, dict[tuple[str, str, str], list[Fault]]] = {}
    for fault in (f for f in given if id(f) not in folded):
        by_file.setdefault(fault.file, {}).setdefault((fault.column, fault.what, fault.hint), []).append(fault)
    for file, groups in by_file.items():
        lines.append(shown(file, longest=_LONGEST_PATH)[1:-1])
        for (_, _, hint), alike in groups.items():
            # Of very many alike a few tell as much, and leave the others to be seen.
            first = len(alike) if most is None or len(alike) <= most else FEW
            lines += [f"  {f}" for f in alike[:first]]
            rest = sum(f.count for f in alike[first:])
            lines += [f"  … and {rest:,} more like this"] if rest else []
            lines += [f"    Hint: {hint}"] if hint else []
    return "\n".join(lines)


def _of_many_files(faults: list[Fault]) -> tuple[list[str], set[int]]:
    """Faults of a header that stand in many files alike, told once: exports by month are all wrong in the same way."""
    alike: dict[tuple[str, str, str, str, str], list[Fault]] = {}
    for fault in (f for f in faults if not isinstance(f.row, int)):
        folder = fault.file.rpartition("/")[0]
        alike.setdefault((folder, str(fault.row), fault.column, fault.what, fault.hint), []).append(fault)
    lines: list[str] = []
    many = [group for group in alike.values() if len({f.file for f in group}) >= FEW]
    for group in many:
        first, last = group[0].file, group[-1].file.rpartition("/")[2]
        lines += [f"{first} to {last}, {len(group)} files alike", f"  {group[0]}"]
        lines += [f"    Hint: {group[0].hint}"] if group[0].hint else []
    return lines, {id(f) for group in many for f in group}


_FORMATS = ("%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%Y/%m/%d", "%Y%m%d", "%d %b %Y", "%d %B %Y")
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")


def guess_format(value: str | None) -> str:
    """The first usual date format that a value is written in, or "".

    Example:
        >>> guess_format("31.07.2026 19:29")
        '%d.%m.%Y %H:%M'
    """
    for form in (day + time for time in _TIMES for day in _FORMATS):
        with contextlib.suppress(ValueError, TypeError):
            dt.datetime.strptime(value or "", form)  # noqa: DTZ007
            return form
    return ""


def shown(value: str, *, longest: int = _LONGEST) -> str:
    r"""A value as a message shows it: in quotes, short, and never with marks that a terminal or a reader would not see.

    Example:
        >>> print(shown("M\ufffdller\u202e"))
        'M\ufffdller\u202e'
    """
    text = "".join(c if c.isprintable() and c != "\ufffd" else ascii(c)[1:-1] for c in value)
    return f"'{text[:longest]}…'" if len(text) > longest else f"'{text}'"
