"""How well a step is known: what it rests on, how old that is, and what the evidence shows."""

from __future__ import annotations

import datetime as dt

import pytest

from cxkit._format import words
from cxkit.journey.grade import Seen, grade_journey, grade_shares, grade_step, grade_text, seen_in
from cxkit.journey.model import Journey

DAY = dt.date(2026, 11, 22)


def one_step(*proofs: dict, linked: bool = True) -> Journey:
    listed = [{"id": f"p{i}", "label": "Proof", **p} for i, p in enumerate(proofs)]
    step = {"id": "ask", "label": "Ask", "proofs": [p["id"] for p in listed] if linked else []}
    phases = [{"id": "a", "label": "A", "steps": [step]}]
    given = {"cxkit": 1, "id": "moving", "version": "as-is", "label": "Moving", "proofs": listed, "phases": phases}
    return Journey.model_validate(given)


def grade(*proofs: dict, seen: Seen | None = None, linked: bool = True, today: dt.date = DAY):
    journey = one_step(*proofs, linked=linked)
    return grade_step(journey, journey.steps[0], today=today, seen=seen)


@pytest.mark.parametrize(
    ("kind", "n", "expected"),
    [
        ("research", 30, "A"),
        ("research", 29, "B"),
        ("research", None, "B"),
        ("answers", 30, "A"),
        ("answers", 12, "B"),
        ("answers", None, "D"),
        ("interviews", 12, "B"),
        ("interviews", 60, "B"),
        ("workshop", 8, "C"),
        ("assumption", 500, "D"),
        ("events", 900, "D"),
    ],
)
def test_what_a_proof_is_worth_while_it_is_young(kind, n, expected):
    assert grade({"kind": kind, "n": n, "on": "2026-11-01"}).grade == expected


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2025-11-22", "A"),
        ("2025-11-21", "B"),
        ("2024-11-22", "B"),
        ("2024-11-21", "C"),
        ("2023-11-21", "D"),
        ("2001-01-01", "D"),
    ],
)
def test_each_full_year_costs_a_grade_and_the_anniversary_none(on, expected):
    assert grade({"kind": "research", "n": 100, "on": on}).grade == expected


def test_the_last_day_of_february_has_its_anniversary_at_its_end():
    proof = {"kind": "interviews", "on": "2024-02-29"}
    assert grade(proof, today=dt.date(2025, 2, 28)).years == 0
    assert grade(proof, today=dt.date(2025, 3, 1)).years == 1


def test_a_grade_never_gets_better_with_age():
    days = [dt.date(2020, 1, 1) + dt.timedelta(days=100 * i) for i in range(30)]
    for kind in ("research", "interviews", "workshop"):
        grades = [grade({"kind": kind, "n": 40, "on": "2020-01-01"}, today=d).grade for d in days]
        assert grades == sorted(grades)


def test_the_best_proof_counts():
    found = grade({"kind": "assumption"}, {"kind": "interviews", "on": "2026-06-01"}, {"kind": "workshop"})
    assert (found.grade, found.why) == ("B", "interviews")


def test_without_a_day_a_proof_counts_as_a_year_old():
    found = grade({"kind": "interviews", "n": 12})
    assert (found.grade, found.dated) == ("C", False)


def test_a_day_to_come_proves_nothing_yet():
    assert grade({"kind": "research", "n": 100, "on": "2026-11-23"}).why == "to_come"
    assert grade({"kind": "research", "n": 100, "on": "2026-11-22"}).grade == "A"


def test_nothing_is_known_of_a_step_without_a_proof():
    found = grade({"kind": "research", "n": 100, "on": "2026-11-01"}, linked=False)
    assert (found.grade, found.why) == ("D", "nothing")


def test_events_count_only_where_they_were_seen():
    proof = {"kind": "events"}
    assert grade(proof, seen=Seen(frozenset({"other"}), until=DAY)).why == "unseen"
    assert grade(proof, seen=Seen(frozenset({"ask"}), until=DAY)).grade == "A"
    assert grade(seen=Seen(frozenset({"ask"}), until=DAY)).grade == "A"
    assert grade({"kind": "answers"}, seen=Seen(answers=frozenset({"ask"}), until=DAY)).grade == "A"


def test_what_is_measured_ages_as_well():
    assert grade(seen=Seen(frozenset({"ask"}), until=dt.date(2025, 10, 31))).grade == "B"


def test_why_is_said_in_words():
    said = words()
    aged = grade({"kind": "interviews", "n": 12, "on": "2024-01-05", "label": "Talks"})
    assert grade_text(aged, words=said) == "Talks: interviews with 12 people, 2 years old"
    assert grade_text(grade(), words=said) == "nothing is known"
    assert grade_text(grade({"kind": "workshop"}), words=said) == "Proof: a workshop with staff, of an unknown day"
    for kind in ("events", "answers", "research", "interviews", "workshop", "assumption"):
        for n in (None, 5, 50):
            assert grade_text(grade({"kind": kind, "n": n}), words=said)


def test_the_grades_of_a_measured_journey_rest_on_its_evidence(aldermoor):
    view, today = aldermoor.view(), dt.date(2026, 11, 22)
    (pair,) = [s for s in aldermoor.work(view).journeys if s.as_is and s.as_is.id == "moving"]
    seen = seen_in(view, pair.as_is)
    graded = grade_journey(pair.as_is, today=today, seen=seen)
    bound = {s.id for s in pair.as_is.steps if s.shown}
    assert seen.events == bound
    assert {i for i, g in graded.items() if g.why == "events" and g.grade == "A"} == bound
    assert seen_in(view, pair.to_be) == seen_in(None, pair.as_is) == Seen()


def test_shares_add_up_to_all_steps():
    journey = one_step({"kind": "interviews", "on": "2026-10-01"})
    assert grade_shares(grade_journey(journey, today=DAY)) == {"A": 0, "B": 1, "C": 0, "D": 0}
