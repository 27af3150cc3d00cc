"""How a map is worded: phases that are departments, questions that already hold their answer."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Callable, Iterator
from typing import Any

from cxkit._documents import read_text
from cxkit._share import share_path
from cxkit.journey.lints.slips import Held, Slip

__all__ = ["RULES", "is_department", "names_solution"]

BEGINS = "how might we"
_SOON = 5  # words after the verb among which the thing may stand


def is_department(label: str) -> bool:
    """Whether the name of a phase is that of a department.

    Example:
        >>> [is_department(n) for n in ("Billing department", "Vertrieb", "Get the bill", "Support", "Sell the house")]
        [True, True, False, True, False]
    """
    words, listed = re.findall(r"[^\W_]+(?:-[^\W_]+)*", label.casefold()), _listed()
    if " ".join(words) in listed["departments"]:
        return True
    kept = [w for w in words if w not in listed["generic"]]
    return bool(kept) and (" ".join(kept) in listed["departments"] or set(kept) <= listed["departments"])


def names_solution(question: str) -> bool:
    """Whether a question says what to build instead of what to achieve.

    Example:
        >>> names_solution("How might we build an app for it?"), names_solution("How might we spare them the wait?")
        (True, False)
    """
    rest = " ".join(question.casefold().split()).removeprefix(BEGINS)
    return _pattern().search(rest) is not None


def _phases(held: Held) -> Iterator[Slip]:
    for i, phase in enumerate(held.journey.phases):
        if is_department(phase.label):
            yield Slip("warning", "department", ("phases", i, "label"), {"phase": phase.label})


def _questions(held: Held) -> Iterator[Slip]:
    for loc, step in held.places:
        for i, question in enumerate(step.questions):
            place, values = (*loc, "questions", i), {"step": step.label, "question": question}
            if not " ".join(question.casefold().split()).startswith(BEGINS):
                yield Slip("warning", "question.begins", place, values)
            elif names_solution(question):
                yield Slip("warning", "question.solution", place, values)


@functools.cache
def _file() -> dict[str, Any]:
    return tomllib.loads(read_text(share_path("templates/journeys/lint.toml")))


@functools.cache
def _listed() -> dict[str, frozenset[str]]:
    given = _file()["departments"]
    departments = frozenset(w for language, names in given.items() if language != "generic" for w in names)
    return {"departments": departments, "generic": frozenset(given["generic"])}


@functools.cache
def _pattern() -> re.Pattern[str]:
    verbs, things = ("|".join(map(re.escape, _file()["solutions"][k])) for k in ("verbs", "things"))
    return re.compile(rf"^\W*(?:{verbs})\s+(?:\S+\s+){{0,{_SOON}}}?(?:{things})\b")


RULES: tuple[Callable[[Held], Iterator[Slip]], ...] = (_phases, _questions)
"""Each takes a map and yields what it finds."""
