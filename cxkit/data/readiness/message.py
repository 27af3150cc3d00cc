"""A message to the client's data people, and how it is written down."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from cxkit._format import Words

__all__ = ["Message", "Point", "Section", "message_text", "told_lines"]

_WIDTH = 78


@dataclass(frozen=True, slots=True)
class Point:
    """One thing to settle.

    Attributes:
        found: What was found.
        where: Where it stands, or "".
        why: Why it matters, or "".
        please: What is asked for.
    """

    found: str
    where: str
    why: str
    please: str


@dataclass(frozen=True, slots=True)
class Section:
    """What there is to settle about one file, or one kind of data."""

    about: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """A message to the client's data people.

    Attributes:
        sections: What is to be settled, by file.
        wishes: What would make more possible; nothing waits for it.
    """

    subject: str
    opening: str
    sections: tuple[Section, ...]
    closing: tuple[str, ...]
    wishes: Section | None = None

    @property
    def all_sections(self) -> tuple[Section, ...]:
        """The sections, the wishes last."""
        return (*self.sections, *([self.wishes] if self.wishes else []))

    @property
    def points(self) -> tuple[Point, ...]:
        """Everything that is asked for, in order."""
        return tuple(p for s in self.all_sections for p in s.points)


def message_text(message: Message, *, said: Words) -> str:
    """The message as plain text, its points numbered through."""
    lines = [said.say("readiness.message.about", subject=message.subject), "", said.say("readiness.message.greeting")]
    lines += ["", _filled(message.opening)]
    number = 0
    for section in message.all_sections:
        lines += ["", section.about, "-" * min(len(section.about), _WIDTH)]
        for point in section.points:
            number += 1
            lines += [*([""] if point is not section.points[0] else []), _filled(point.found, first=f"{number}. ")]
            lines += [_filled(told, first="   ", indent=3) for told in told_lines(point, said)]
    for closing in message.closing:
        lines += ["", _filled(closing)]
    return "\n".join([*lines, "", said.say("readiness.message.regards")])


def told_lines(point: Point, said: Words) -> list[str]:
    """What is said under a point: where, why, and what is asked for."""
    parts = (("where", point.where), ("why", point.why), ("please", point.please))
    return [said.say(f"readiness.message.{name}", text=text) for name, text in parts if text]


def _filled(text: str, *, first: str = "", indent: int = 3) -> str:
    rest = " " * indent if first else ""
    return textwrap.fill(
        text, _WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )
