"""What becomes of the columns of an export that no table needs: attributes, people's data, texts, numbers."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cxkit.data.mapping.fitting import is_own
from cxkit.data.mapping.roles import PEOPLE, PEOPLE_ONLY
from cxkit.data.mapping.shapes import Shape
from cxkit.data.presets import PRESETS
from cxkit.data.presets.base import plain, told

__all__ = ["Leftover", "sort_leftover"]

_MOST_ATTRIBUTES = 16
_LONGEST_NAME = 40
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
_IP = re.compile(r"\d{1,3}(\.\d{1,3}){3}|[0-9a-f]{1,4}(:[0-9a-f]{0,4}){3,7}", re.IGNORECASE)
_PHONE = re.compile(r"\+\d[\d ()/.-]{6,18}|0\d{1,4}[ /-]\d[\d /-]{4,14}|\(\d{2,5}\)[\d /-]{5,14}")
_SCALE = 12
_LONGEST_FORM = 100


@dataclass(frozen=True)
class Leftover:
    """Columns by what becomes of them; each is in one list.

    Attributes:
        people: About people, or in their own words.
        tool: The tool's own, which are no questions.
        groups: Few words that come again and again: to be attributes.
        options: Each one answer of a question that allows several.
        scales: Whole numbers of a few points, of which the header does not say what was asked.
        numbers: Other numbers.
        others: Dates, ids and long lists of words.
        empty: Nothing in them.
        dimensions: The tool's own columns that cut the answers, by name of the attribute.
    """

    people: tuple[Shape, ...] = ()
    tool: tuple[Shape, ...] = ()
    groups: tuple[Shape, ...] = ()
    options: tuple[Shape, ...] = ()
    scales: tuple[Shape, ...] = ()
    numbers: tuple[Shape, ...] = ()
    others: tuple[Shape, ...] = ()
    empty: tuple[Shape, ...] = ()
    dimensions: Mapping[str, Shape] = field(default_factory=dict[str, Shape])

    @property
    def never(self) -> set[int]:
        """Places of columns that are not mapped, whatever they may fit."""
        return {s.place for s in (*self.people, *self.options, *self.empty)}

    @property
    def mail(self) -> Shape | None:
        """The column of e-mail addresses, if there is one."""
        return next((s for s in self.people if re.search(r"mail|courriel", s.words) or _mostly(s, _MAIL)), None)

    def attributes(self, taken: Collection[int], *, avoid: Collection[str]) -> dict[str, Shape]:
        """Columns to map beyond the contract, by the name that they get.

        Args:
            taken: Places of columns that the table needs.
            avoid: Names that attributes may not have.
        """
        found = {n: s for n, s in self.dimensions.items() if s.place not in taken and s.n and n not in avoid}
        for shape in (s for s in self.groups if s.place not in taken):
            if len(found) < _MOST_ATTRIBUTES:
                found[_name(shape, {*found, *avoid})] = shape
        return found

    def without(self, taken: Collection[int]) -> Leftover:
        """The same without columns that were mapped after all."""
        lists = {n: tuple(s for s in v if s.place not in taken) for n, v in vars(self).items() if n != "dimensions"}
        return replace(self, **lists)


def sort_leftover(shapes: Sequence[Shape], preset: str) -> Leftover:
    """What each column would become if no table needed it.

    Example:
        >>> from cxkit.data.mapping.shapes import shape_of
        >>> mail = shape_of(["a@example.org", "b@example.org"], place=1, header="Contact")
        >>> [s.header for s in sort_leftover([mail], "").people]
        ['Contact']
    """
    lists: dict[str, list[Shape]] = {}
    dimensions = PRESETS[preset].DIMENSIONS if preset else {}
    own = {plain(header): name for name, header in dimensions.items()}
    found: dict[str, Shape] = {}
    for shape in shapes:
        name = next((own[plain(n)] for n in (shape.header, shape.question, *shape.also) if plain(n) in own), "")
        if name:
            found[name] = shape
        else:
            lists.setdefault(_kind(shape, preset), []).append(shape)
    return Leftover(**{k: tuple(v) for k, v in lists.items()}, dimensions=found)


def _kind(shape: Shape, preset: str) -> str:
    if not shape.n:
        return "empty"
    if preset and is_own(preset, shape):
        return "people" if _is_persons(preset, shape) else "tool"
    if shape.header.endswith("_NPS_GROUP"):
        return "tool"
    if _is_about_people(shape):
        return "people"
    if _is_option(shape):
        return "options"
    if shape.is_group or (shape.is_yes_no and not shape.is_number):
        return "groups"
    if 2 * sum(shape.whole.values()) > shape.n and 3 <= len(shape.whole) <= _SCALE + 1 and max(shape.whole) <= _SCALE:
        return "scales"
    return "numbers" if shape.is_number and shape.dates is None else "others"


def _is_persons(preset: str, shape: Shape) -> bool:
    known = {plain(n) for n in PRESETS[preset].PEOPLE}
    roles = {plain(n) for names in PRESETS[preset].ROLES.values() for n in names}
    mine = {plain(n) for n in (shape.header, shape.question, *shape.also)}
    return bool(mine & known) and not mine & roles


def _is_about_people(shape: Shape) -> bool:
    header, asked = plain(shape.header), plain(shape.question)
    option = re.search(r"\[([^\]]*)\]$", told(shape.question))
    texts = shape.is_text or shape.dates is not None or shape.numbers >= 0.5
    says = [w for w in (header, asked, plain(option[1]) if option else "") if w and len(w.split()) <= 6]
    if texts and any(PEOPLE.search(w) or PEOPLE_ONLY.fullmatch(w) for w in says) and not _is_few(shape, says):
        return True
    if shape.is_free_text:
        return True
    return shape.dates is None and any(_mostly(shape, pattern) for pattern in (_MAIL, _IP, _PHONE))


def _mostly(shape: Shape, pattern: re.Pattern[str]) -> bool:
    fits = sum(n for value, n in shape.counts.items() if len(value) < _LONGEST_FORM and pattern.fullmatch(value))
    return 2 * fits > shape.n


def _is_few(shape: Shape, says: Sequence[str]) -> bool:
    """A header such as "Contact" over a few words that come again is a group, unless it names a person surely."""
    sensitive = any(re.search(r"gender|geschlecht|sexe", w) for w in says)
    loose = any(re.search(r"contact|text|comment", w) for w in says)
    return shape.is_group and len(shape.counts) <= 8 and loose and not sensitive


def _is_option(shape: Shape) -> bool:
    """Whether all that stands in a column is its own name, or the number 1: one answer of several."""
    if len(shape.counts) != 1:
        return False
    option = re.search(r"\[([^\]]*)\]$", told(shape.question))
    names = {plain(n) for n in (shape.header, shape.question, option[1] if option else "") if n}
    return plain(next(iter(shape.counts))) in names


def _name(shape: Shape, taken: Collection[str]) -> str:
    """A name for an attribute: the header as ids are written, cut after a whole word."""
    words = plain(shape.header or shape.question).split()
    name = ""
    for word in words:
        if len(name) + len(word) + 1 > _LONGEST_NAME and name:
            break
        name = f"{name}_{word}".strip("_")
    name = re.sub(r"[^a-z0-9_]", "", name)[:_LONGEST_NAME]
    name = name if name[:1].isalpha() else f"column_{shape.place}"
    return name if name not in taken else f"{name}_{shape.place}"
