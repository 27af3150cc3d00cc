"""A form for a launch gate: who says what, and what is decided."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import ipywidgets
import traitlets

from cxkit._blocks import Block, Group
from cxkit._documents import hash_of, place_in
from cxkit._format import Words, words
from cxkit._theme import DEFAULT
from cxkit.errors import CxkitError, DocumentError
from cxkit.plan.draw import draw_gates
from cxkit.plan.gates import Stamp, judge_gate, write_gate
from cxkit.plan.model import VOICES, Gate, read_gates
from cxkit.widgets._shell import Html, Shown, framed, message_block, message_html, theme_for

if TYPE_CHECKING:
    from cxkit.engagement import Engagement
    from cxkit.evidence.view import View

__all__ = ["Fields", "GateForm"]

Answers = dict[str, Any]
"""For each voice `answer`, `said` and `by`; under "decision" `made`, `by` and `reason`."""


class Fields(anywidget.AnyWidget):
    """The fields of the form and its two buttons.

    Attributes:
        texts: Every word that stands in the form.
        voices: Key and name of each voice.
        answers: What stands in the fields.
        told: What the form says under its fields: a kind ("" or "error" or "saved") and lines.
    """

    _esm = Path(__file__).with_name("gate_form.js")

    texts = traitlets.Dict().tag(sync=True)
    voices = traitlets.List(traitlets.Dict()).tag(sync=True)
    answers = traitlets.Dict().tag(sync=True)
    told = traitlets.Dict({"kind": "", "lines": []}).tag(sync=True)


class GateForm(Shown, ipywidgets.VBox):
    """Asks the four voices and the decision of a launch gate, and writes them into the gate's file.

    Comments and order of the file stay. What somebody else wrote meanwhile is never overwritten: then nothing is saved
    and the form says so.

    Args:
        engagement: The engagement.
        gate_id: Id of the gate, the name of its file in gates/.
        view: The evidence that it is judged by; the latest if empty.
        today: The day that is written beside an answer, and from which the age of the evidence is counted.

    Attributes:
        answers: For each voice `answer`, `said` and `by`; under "decision" `made`, `by` and `reason`; may be set.

    Raises:
        DocumentError: There is no such gate, or its file is wrong.
    """

    def __init__(
        self, engagement: Engagement, gate_id: str, view: View | None = None, *, today: dt.date | None = None
    ) -> None:
        self._engagement, self._id, self._today = engagement, gate_id, today
        self._view, self._missing = _seen(engagement, view)
        self._words = words(engagement.settings.language, engagement.settings.currency)
        self.fields, self._stands = Fields(texts=_texts(self._words)), Html()
        super().__init__()
        self.read()
        framed(self, self.fields, self._stands, theme=theme_for(self._view) if self._view else DEFAULT)
        self.fields.on_msg(self._asked)

    @property
    def answers(self) -> Answers:
        """What stands in the fields."""
        return self.fields.answers

    @answers.setter
    def answers(self, answers: Answers) -> None:
        self.fields.answers = {
            key: {**self.answers[key], **given} for key, given in {**self.answers, **answers}.items()
        }

    @property
    def message(self) -> str:
        """What the form says under its fields."""
        return "\n".join(self.fields.told["lines"])

    @property
    def block(self) -> Block:
        """The gate as it stands in its file."""
        if self._view is None:
            return message_block(self._missing, self._words) if self._missing else Group(())
        return draw_gates(self._view, [self._judged(self._view)])

    def read(self) -> None:
        """Read the file again; what was entered and not saved is gone.

        Raises:
            DocumentError: There is no such gate, or its file is wrong.
        """
        gates = read_gates(self._engagement.root, weeks=self._engagement.settings.weeks)
        if self._id not in gates:
            hint = f"There are: {', '.join(gates) or 'none'}."
            raise DocumentError(f"There is no gate {self._id!r}.", where="gates/", hint=hint)
        self._hash, self._gate = hash_of(self._path), gates[self._id]
        w = self._words
        self.fields.texts = {**self.fields.texts, "title": self._gate.label, "question": self._gate.question}
        self.fields.voices = [{"key": v, "label": w.say(f"gate.voice.{v}")} for v in VOICES]
        self.fields.answers = _answers(self._gate)
        self._tell("")
        self._show()

    def save(self) -> bool:
        """Write what has changed into the file; the form says how it went.

        Returns:
            Whether the file now holds what the form shows.
        """
        w, day = self._words, self._today or dt.datetime.now(dt.UTC).astimezone().date()
        changes = _changes(_answers(self._gate), self.answers, day)
        if not changes:
            self._tell("saved", w.say("form.unchanged"))
            return True
        try:
            decision = changes.pop("decision", None)
            self._gate = write_gate(self._path, voices=changes, decision=decision, expected=self._hash)
            self._hash = hash_of(self._path)
            self._show()
        except CxkitError as error:
            self._tell("error", w.say("form.not_saved"), *str(error).splitlines())
            return False
        self._tell("saved", *self._said([*changes, *(["decision"] if decision else [])]))
        return True

    @property
    def _path(self) -> Path:
        return self._engagement.root / "gates" / f"{self._id}.yaml"

    def _asked(self, _widget: object, content: dict[str, Any], _buffers: object) -> None:
        """A button was pressed; what is in the fields comes with it, so that nothing typed last is lost."""
        try:
            if "save" in content:
                self.answers = {k: v for k, v in content["save"].items() if k in self.answers}
                self.save()
            elif "read" in content:
                self.read()
        except CxkitError as error:
            self._tell("error", *str(error).splitlines())

    def _said(self, changed: list[str]) -> list[str]:
        w, lines = self._words, [self._words.say("form.saved", file=f"gates/{self._path.name}")]
        for key in changed:
            if key == "decision":
                made = self._gate.decision.made
                lines.append(w.say("form.saved_decision", made=w.say(f"form.made.{made or 'none'}")))
            else:
                answer = w.say(f"gate.answer.{self.answers[key]['answer']}")
                lines.append(w.say("form.saved_voice", voice=w.say(f"gate.voice.{key}"), answer=answer))
        if self._view is not None:
            verdict = w.say(f"gate.verdict.{self._judged(self._view).verdict}")
            lines.append(w.say("form.verdict", verdict=verdict))
        return lines

    def _tell(self, kind: str, *lines: str) -> None:
        self.fields.told = {"kind": kind, "lines": [line for line in lines if line.strip()]}

    def _show(self) -> None:
        if self._view is None:
            self._stands.write(message_html(self._missing, self._words) if self._missing else "")
        else:
            self._stands.show([self.block], theme=theme_for(self._view))

    def _judged(self, view: View) -> Stamp:
        name = f"gates/{self._path.name}"
        day = self._today or dt.date.fromisoformat(view.manifest.measured_on[:10])
        return judge_gate(self._gate, view, today=day, where=lambda *loc: place_in(self._path, tuple(loc), name=name))


def _seen(engagement: Engagement, view: View | None) -> tuple[View | None, CxkitError | None]:
    try:
        return view or engagement.view("latest", audience="team"), None
    except CxkitError as error:
        return None, error


def _answers(gate: Gate) -> Answers:
    given = {v.voice: v for v in gate.voices}
    found: Answers = {
        v: {"answer": x.answer, "said": x.said, "by": x.by} if (x := given.get(v)) else dict(_NOT_ASKED) for v in VOICES
    }
    decided = gate.decision
    return found | {"decision": {"made": decided.made or "", "by": decided.by, "reason": decided.reason}}


_NOT_ASKED = {"answer": "open", "said": "", "by": ""}


def _changes(before: Answers, now: Answers, day: dt.date) -> Answers:
    """What has to be written: the fields that differ, and the day on which they were answered."""
    changes: Answers = {}
    for key, fields in now.items():
        different = {f: v for f, v in fields.items() if v != before[key].get(f)}
        if not different:
            continue
        # A word put right is no new answer, so the day stays.
        if answer := {"answer", "made"} & different.keys():
            given = fields[answer.pop()]
            different["on"] = day if given not in ("", "open") else None
        changes[key] = {f: v or None if f == "made" else v for f, v in different.items()}
    return changes


def _texts(w: Words) -> dict[str, str]:
    names = ("save", "read", "answer", "said", "by", "said_hint", "by_hint", "decision", "decided_by", "reason")
    texts = {name: w.say(f"form.{name}") for name in names}
    texts |= {f"answer_{a}": w.say(f"gate.answer.{a}") for a in ("yes", "no", "open")}
    return texts | {f"made_{m or 'none'}": w.say(f"form.made.{m or 'none'}") for m in ("go", "no-go", "")}
