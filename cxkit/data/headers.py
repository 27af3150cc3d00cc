"""Which column of a file is the one that the mapping names, and what may have become of one that is not there."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from cxkit.data.faults import Fault, shown
from cxkit.data.readers.base import Unreadable

__all__ = ["find_columns"]


def find_columns(
    header: Sequence[str], wanted: Mapping[str, tuple[str, ...]], *, name: str, before: Sequence[str] = (),
    also: Sequence[Sequence[str]] = (), titles: Sequence[str] = (),
) -> dict[str, int]:  # fmt: skip
    """Position of each wanted column.

    Args:
        header: The headers of a file.
        wanted: Headers to find, each with others that the column has in other files; "#23" is the 23rd column.
        name: The file, for messages.
        before: Headers of the same export in another file, or when it was last read.
        also: Other names of each column, for what no header says.
        titles: The header of the first file, which columns that are named by position must have too.

    Raises:
        Unreadable: Columns are missing, or stand several times; all of them are told.

    Example:
        >>> find_columns(["Id", "Score"], {"Rating": ("Score",), "#1": ()}, name="a.csv")
        {'Rating': 1, '#1': 0}
    """
    places: dict[str, list[int]] = {}
    for i, title in enumerate(header):
        places.setdefault(title.strip(), []).append(i)
    named: dict[str, list[int]] = {}
    for i, names in enumerate(also):
        for title in names:
            named.setdefault(title, []).append(i)
    faults: list[Fault] = []
    found: dict[str, int] = {}
    for column, others in wanted.items():
        at = next(filter(None, (_places(t, p) for p in (places, named) for t in (column, *others))), [])
        if len(at) == 1 and 0 <= at[0] < len(header):
            found[column] = at[0]
            faults += _moved(column, at[0], header, titles, name=name)
        elif len(at) > 1:
            hint = f"Name it by its position: {' or '.join(f'#{i + 1}' for i in at)}."
            faults.append(
                Fault(name, "header", column, "", f"the column stands {len(at)} times", hint=hint, stops=True)
            )
        else:
            hint = _near(column, header, before)
            faults.append(Fault(name, "header", column, "", "the column is missing", hint=hint, stops=True))
    if faults:
        raise Unreadable(*faults)
    return found


def _moved(column: str, at: int, header: Sequence[str], titles: Sequence[str], *, name: str) -> list[Fault]:
    """What is wrong where a column is named by its position and has another header there than in the first file."""
    if not column.startswith("#") or at >= len(titles) or titles[at].strip() == header[at].strip():
        return []
    what = f"column {at + 1} is {shown(titles[at].strip())} in the first file and {shown(header[at].strip())} here"
    hint = "The columns have moved: name it by its header, or give these files a source of their own."
    return [Fault(name, "header", column, "", what, hint=hint, stops=True)]


def _places(title: str, places: Mapping[str, list[int]]) -> list[int]:
    return [int(title[1:]) - 1] if re.fullmatch(r"#[0-9]{1,5}", title) else places.get(title.strip(), [])


def _near(column: str, header: Sequence[str], before: Sequence[str]) -> str:
    import difflib

    if fresh := _renamed(column, header, before):
        # The newer name leads, so that the older one says what the column has always been.
        new, old = (json.dumps(h, ensure_ascii=False) for h in (fresh, column))
        return (
            f"Where it stood, there is now {fresh!r}. If that is the same, map it as `column: {new}` with `was: {old}`."
        )
    if not any(h.strip() for h in header):
        found = f"No header was found; the columns are #1 to #{len(header)}."
        return f"{found} If there is one: `format: {{header_rows: 1}}`."
    if len(header) == 1:
        return f"The header is one column, {header[0][:60]!r}: is `format: {{delimiter: …}}` right?"
    near = difflib.get_close_matches(column, [h.strip() for h in header], n=1, cutoff=0.6)
    titles = ", ".join(shown(h.strip())[1:-1] for h in header[:12]) + (", …" if len(header) > 12 else "")
    return f"Did you mean {near[0]!r}?" if near else f"Found: {titles}."


def _renamed(column: str, header: Sequence[str], before: Sequence[str]) -> str:
    """The header that seems to have come in the place of another, or ""."""
    known = [b.strip() for b in before]
    if column.strip() not in known:
        return ""
    fresh = [h.strip() for h in header if h.strip() and h.strip() not in known]
    at = known.index(column.strip())
    if at < len(header) and header[at].strip() in fresh:
        return header[at].strip()
    return fresh[0] if len(fresh) == 1 else ""
