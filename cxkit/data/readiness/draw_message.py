"""The message to the client's data people, as blocks to read and as text to copy."""

from __future__ import annotations

from cxkit._blocks import Block, Code, Group, Heading, Line, Quiet, Strong, Text
from cxkit._format import Words, words
from cxkit.data.quality import Checked
from cxkit.data.readiness.ask import ask_client
from cxkit.data.readiness.message import Section, message_text, told_lines

__all__ = ["draw_message"]


def draw_message(checked: Checked, *, language: str = "en") -> Group:
    """The message that asks the client for what is missing, ready to send.

    Args:
        checked: What `Engagement.check` found.
        language: Language of the message.
    """
    w = words(language)
    message = ask_client(checked, said=w)
    blocks: list[Block] = [
        Heading(w.say("readiness.message.title"), subtitle=w.say("readiness.message.note")),
        Text(((w.say("readiness.message.greeting"),), (message.opening,))),
    ]
    number = 1
    for section in message.all_sections:
        blocks += _section(section, number, w)
        number += len(section.points)
    blocks.append(Text((*((c,) for c in message.closing), (w.say("readiness.message.regards"),))))
    blocks.append(Code(w.say("readiness.message.copy"), "text", message_text(message, said=w)))
    return Group(tuple(blocks))


def _section(section: Section, first: int, w: Words) -> list[Block]:
    paragraphs: list[Line] = []
    for number, point in enumerate(section.points, start=first):
        told = told_lines(point, w)
        *beside, please = told
        line: Line = (Strong(f"{number}. {point.found}"), *(Quiet(f"\n{t}") for t in beside), f"\n{please}")
        paragraphs.append(line)
    return [Heading(section.about, level=3), Text(tuple(paragraphs))]
