"""Versions of a map that say something in every field, and small ones as files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cxkit.journey.model import Journey

FULL: dict[str, Any] = {
    "touchpoint": "a letter",
    "channels": ["phone", {"channel": "mail", "initiator": "company", "receiver": "customer"}],
    "offer": {"phone": {"rule": "identical", "hours": 24, "price": "nothing"}, "shop": "not offered"},
    "actions": ["Calls"],
    "thoughts": ["Again?"],
    "emotion": {"ann": -1, "bo": 1},
    "front_stage": [{"does": "Answers", "role": "Agent", "system": "CRM"}],
    "back_stage": ["Checks the papers"],
    "support": ["Keeps the archive"],
    "pains": [{"text": "Letters twice", "id": "letters"}, "Long waits"],
    "opportunities": [{"text": "One letter", "answers": ["letters"]}],
    "questions": ["How might we write once?"],
    "moment_of_truth": True,
    "owner": "Sales",
    "kpis": [{"kpi": "nps", "where": {"region": "South"}}],
    "proofs": ["talks"],
    "events": ["Verify"],
    "when": "channel = 'app'",
    "journey": "papers",
}
HEAD: dict[str, Any] = {
    "cxkit": 1, "id": "join", "version": "as-is", "label": "Joining", "window_days": 30, "owner": "Anna",
    "stages": ["onboard"], "since": "2026-01-01", "review_by": "2026-12-01",
    "personas": [{"id": "ann", "label": "Ann", "about": "in a hurry"}, {"id": "bo", "label": "Bo"}],
    "proofs": [{"id": "talks", "label": "Ten talks", "kind": "interviews", "n": 10}],
    "score": {"column": "score"}, "money": {"each": 100},
}  # fmt: skip

CHANGED: dict[str, Any] = {
    "label": "Verify identity", "events": ["Verify", "Check"], "when": "channel = 'web'", "journey": None,
    "next": ["wait", "sign"], "back_to": ["ask"], "last": True, "touchpoint": "", "channels": ["app"],
    "offer": {"phone": {"rule": "identical", "hours": 4, "price": "nothing"}, "shop": "not offered"},
    "actions": [], "thoughts": ["At last"], "emotion": 1, "front_stage": [{"does": "Answers", "role": "Bot"}],
    "back_stage": [], "support": ["Keeps the archive", "Scans"], "pains": ["Long waits"], "opportunities": [],
    "questions": [], "moment_of_truth": False, "owner": "Onboarding", "kpis": [], "proofs": [],
    "targets": {"hours_to_next": 4},
}  # fmt: skip
"""For each field of the step `prove` another value."""

OTHER: dict[str, Any] = {
    "id": "leave", "label": "Coming", "stages": [], "unit": "customer", "window_days": None,
    "since": "2026-02-01", "owner": "", "review_by": None, "event_column": "reason", "score": {"column": "effort"},
    "money": {"table": "revenue"}, "recontact_days": 9, "personas": HEAD["personas"][:1], "proofs": [],
    "source": "a workshop",
}  # fmt: skip
"""For each field of the journey another value."""

MAP = """\
cxkit: 1
id: {id}
version: {version}
label: {label}
phases:
  - id: ask
    label: Ask
    steps:
      - {{id: verify, label: Verify identity, channels: [{channel}], owner: {owner}, emotion: {emotion}, events: [V]}}
      - {{id: sign, label: Sign}}
"""
BEFORE = {"id": "join", "version": "as-is", "label": "Joining", "channel": "phone", "owner": "Sales", "emotion": -1}
AFTER = BEFORE | {"channel": "app", "owner": "Onboarding", "emotion": 1}


def steps_of(**changes: Any) -> dict[str, dict[str, Any]]:
    steps = {i: {"id": i, "label": i.capitalize()} for i in ("ask", "prove", "wait", "sign", "settle", "stay")}
    steps["ask"]["events"] = ["Ask"]
    steps["prove"] |= FULL
    steps["prove"] |= changes
    steps["sign"]["back_to"] = ["ask"]
    return steps


def journey(order: str = "ask prove wait / sign settle stay", /, *, steps: Any = None, **head: Any) -> Journey:
    known, names = steps or steps_of(), ("first", "then", "later")
    phases = [
        {"id": n, "label": n.capitalize(), "steps": [known[i] for i in part.split()]}
        for n, part in zip(names, order.split("/"), strict=False)
    ]
    return Journey.model_validate({**HEAD, "phases": phases, **head})


def folder(root: Path, **files: dict[str, Any]) -> Path:
    (root / "journeys").mkdir(parents=True)
    for given in files.values():
        (root / "journeys" / f"{given['id']}.{given['version']}.yaml").write_text(MAP.format(**given))
    return root
