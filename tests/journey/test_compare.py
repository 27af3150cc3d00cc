"""Two versions of a map: what differs is told once, by id, and the same from either side."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from versions import CHANGED, FULL, HEAD, OTHER, journey, steps_of

from cxkit.evidence.estimate import Estimate
from cxkit.journey.changes import Change, Place
from cxkit.journey.compare import aims_of, changes_between, contents_of, standing
from cxkit.journey.matching import kept_in_order
from cxkit.journey.model import Journey, Phase, Step
from cxkit.journey.parts import Persona, Proof


def kinds(a: Journey, b: Journey) -> list[tuple[str, str]]:
    return [(c.kind, c.id) for c in changes_between(a, b)]


def prove(**changes: Any) -> list[Change]:
    return changes_between(journey(), journey(steps=steps_of(**changes)))


def sides(**changes: Any) -> list[tuple[str, Any, Any]]:
    return [(c.kind, c.before, c.after) for c in prove(**changes)]


def turned(c: Change, ids: dict[str, str]) -> tuple[Any, ...]:
    kind = {"added": "removed", "removed": "added"}.get(c.kind, c.kind)
    return (kind, c.part, ids.get(c.id, c.id), ids.get(c.name, c.name), c.after, c.before)


def seen(c: Change) -> tuple[Any, ...]:
    return (c.kind, c.part, c.id, c.name, c.before, c.after)


def mirrored(a: Journey, b: Journey) -> bool:
    there, back = changes_between(a, b), changes_between(b, a)
    ids = {c.id: str(c.before) for c in there if c.kind == "id"}
    return sorted(map(repr, map(seen, back))) == sorted(repr(turned(c, ids)) for c in there)


def test_a_map_does_not_differ_from_itself():
    assert changes_between(journey(), journey()) == []


def test_two_steps_reordered_and_one_renamed_are_one_move_and_one_rename():
    new = steps_of()
    new["wait"]["label"] = "Be patient"
    found = kinds(journey(), journey("ask wait prove / sign settle stay", steps=new))
    assert sorted(k for k, _ in found) == ["moved", "renamed"]
    assert ("renamed", "wait") in found


@pytest.mark.parametrize(
    ("order", "moved"),
    [
        ("prove wait ask / sign settle stay", {"ask"}),
        ("ask prove / wait sign settle stay", {"wait"}),
        ("ask prove wait settle / sign stay", {"settle"}),
        ("ask wait / sign settle prove stay", {"prove"}),
        ("wait prove ask / sign settle stay", {"ask"}),
        ("ask settle wait / sign prove stay", {"prove"}),
        ("wait prove ask / stay settle sign", {"ask", "sign"}),
    ],
)
def test_as_few_steps_as_can_be_are_called_moved(order, moved):
    assert {i for k, i in kinds(journey(), journey(order)) if k == "moved"} == moved
    assert {k for k, _ in kinds(journey(), journey(order))} == {"moved"}


def test_a_move_says_from_where_to_where():
    (c,) = changes_between(journey(), journey("ask prove / wait sign settle stay"))
    assert (c.before, c.after) == (Place("First", "Prove"), Place("Then", ""))


def test_steps_that_changed_places_are_one_move_that_names_both():
    (c,) = changes_between(journey(), journey("ask settle wait / sign prove stay"))
    assert {c.id, c.name} == {"prove", "settle"}


def test_a_phase_moves_with_its_steps():
    b = journey()
    b = b.model_copy(update={"phases": tuple(reversed(b.phases))})
    assert [(c.kind, c.part) for c in changes_between(journey(), b)] == [("moved", "phase")]


def test_a_phase_that_is_added_or_taken_away_is_told_with_what_moved():
    found = kinds(journey(), journey("ask prove / wait sign settle / stay"))
    assert found == [("added", "later"), ("moved", "wait"), ("moved", "stay")]


def test_what_comes_and_goes_has_its_place():
    steps = steps_of() | {"welcome": {"id": "welcome", "label": "Welcome"}}
    added, removed = changes_between(journey(), journey("ask prove wait welcome / sign settle", steps=steps))
    assert (added.kind, added.id, added.after) == ("added", "welcome", Place("First", "Wait"))
    assert (removed.kind, removed.id, removed.before) == ("removed", "stay", Place("Then", "Settle"))


@pytest.mark.parametrize("field", ["pains", "actions", "questions", "kpis", "channels", "opportunities", "thoughts"])
def test_an_order_that_says_nothing_is_no_change(field):
    more = {
        "kpis": {"kpi": "csat"}, "channels": "app", "pains": "Noise", "opportunities": "Silence"
    }.get(field, "Another one entirely")  # fmt: skip
    a, b = ([*FULL[field], more], [more, *FULL[field]])
    pair = [journey(steps=steps_of(**{field: x})) for x in (a, b)]
    assert changes_between(*pair) == []
    assert prove(**{field: a}) != []


def test_every_field_of_a_step_is_compared():
    assert set(CHANGED) | {"id"} == set(Step.model_fields)
    for field, value in CHANGED.items():
        found = prove(**{field: value})
        assert found, field
        assert {c.id for c in found} == {"prove"}, field


def test_every_field_of_a_journey_is_compared():
    assert set(OTHER) | {"cxkit", "version", "phases"} == set(Journey.model_fields)
    for field, value in OTHER.items():
        assert changes_between(journey(), journey(**{field: value})), field
    assert set(Phase.model_fields) == {"id", "label", "steps"}


@pytest.mark.parametrize(
    ("part", "model", "other"),
    [
        ("personas", Persona, {"label": "Anna", "about": "calm", "where": {"region": "South"}}),
        ("proofs", Proof, {"label": "Five talks", "kind": "research", "on": "2026-03-01", "n": 5}),
    ],
)
def test_every_field_of_personas_and_proofs_is_compared(part, model, other):
    assert set(other) | {"id"} == set(model.model_fields)
    first, *rest = HEAD[part]
    for field, value in other.items():
        found = changes_between(journey(), journey(**{part: [{**first, field: value}, *rest]}))
        assert [(c.part, c.id) for c in found] == [(part.removesuffix("s"), first["id"])], field


def test_who_begins_a_contact_is_compared():
    (c,) = prove(channels=["phone", "mail"])
    assert (c.kind, c.name, c.before, c.after) == (
        "contact", "mail", ("company → customer",), ("customer → company",)
    )  # fmt: skip


def test_how_many_a_deadline_holds_for_is_told_where_there_was_one():
    offer = {"phone": {"rule": "identical", "hours": 24, "price": "nothing", "share": 0.5}}
    new = {"mail": {"rule": "identical", "hours": 24, "share": 0.5}}
    found = prove(offer=FULL["offer"] | offer | new)
    assert [(c.name, c.detail) for c in found] == [("phone", "share"), ("mail", "rule"), ("mail", "hours")]


def test_feelings_are_compared_persona_by_persona():
    assert [(c.name, c.before, c.after) for c in prove(emotion={"ann": 1, "bo": 1})] == [("ann", -1, 1)]
    assert [(c.name, c.before, c.after) for c in prove(emotion=1)] == [("ann", -1, 1)]
    assert sides(emotion=None) == [("emotion", -1, None), ("emotion", 1, None)]


def test_a_pain_in_other_words_is_the_same_pain():
    kept = "Long waits"
    by_id = sides(pains=[{"text": "Two envelopes", "id": "letters"}, kept])
    assert by_id == [("pains", "Letters twice", "Two envelopes")]
    assert sides(pains=[FULL["pains"][0], "Long long waits"]) == [("pains", kept, "Long long waits")]
    assert sides(pains=[FULL["pains"][0], "Noise"]) == [("pains", kept, None), ("pains", None, "Noise")]


def test_an_act_that_crosses_the_line_of_visibility_has_moved():
    (c,) = prove(front_stage=[*FULL["front_stage"], "Checks the papers"], back_stage=[])
    assert (c.kind, c.detail, c.before, c.after) == ("act", "stage", "back_stage", "front_stage")


def test_what_follows_only_from_the_order_is_told_once():
    assert {c.kind for c in changes_between(journey(), journey("ask wait prove / sign settle stay"))} == {"moved"}
    assert prove(next=["wait"]) == []
    (c,) = prove(next=["wait", "sign"])
    assert (c.kind, c.before, c.after) == ("next", (), ("Sign",))


def test_a_step_that_only_changed_its_id_is_told_as_such():
    new = steps_of()
    new["wait"] = {"id": "pause", "label": "Wait"}
    new["prove"] |= {"id": "verify", "label": "Verify it"}
    found = changes_between(journey(), journey(steps=new))
    assert [(c.kind, c.id, c.before) for c in found] == [
        ("renamed", "verify", "Prove"), ("id", "verify", "prove"), ("id", "pause", "wait")
    ]  # fmt: skip


def test_steps_that_could_be_several_others_are_none_of_them():
    a = journey("ask prove / sign", steps=steps_of() | {"prove": {"id": "prove", "label": "Same"}})
    twins = {f"p{i}": {"id": f"p{i}", "label": "Same"} for i in (1, 2)}
    found = kinds(a, journey("ask p1 p2 / sign", steps=steps_of() | twins))
    assert found == [("added", "p1"), ("added", "p2"), ("removed", "prove")]


def test_a_phase_that_only_changed_its_id_keeps_its_steps_in_place():
    b = journey()
    other = b.phases[0].model_copy(update={"id": "start", "label": "Begin"})
    assert kinds(journey(), b.model_copy(update={"phases": (other, b.phases[1])})) == [
        ("renamed", "start"), ("id", "start")
    ]  # fmt: skip


def test_a_to_be_that_is_silent_changes_nothing():
    bare = steps_of() | {"prove": {"id": "prove", "label": "Prove", "targets": {"score": 4}}}
    to_be = journey(steps=bare, version="to-be")
    assert [(c.kind, c.name) for c in changes_between(journey(), to_be)] == [("target", "score")]
    assert [(c.kind, c.name) for c in changes_between(to_be, journey())] == [("target", "score")]
    older = journey(version="to-be")
    assert ("pains", "prove") in kinds(older, to_be)


def test_a_to_be_says_that_something_is_gone_by_saying_it_is_empty():
    to_be = journey(steps=steps_of(pains=[], channels=["app"]), version="to-be")
    found = [(c.kind, c.before, c.after) for c in changes_between(journey(), to_be)]
    assert found == [
        ("channels", ("phone", "mail"), ("app",)), ("pains", "Letters twice", None), ("pains", "Long waits", None)
    ]  # fmt: skip


def test_what_a_step_says_is_told_of_a_new_one():
    said = {c.kind for c in contents_of(journey(), journey().step("prove"))}  # pyright: ignore[reportArgumentType]
    assert {"owner", "channels", "emotion", "pains", "act", "offer", "kpis"} <= said
    assert not {"added", "renamed", "id", "next"} & said


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.randoms(use_true_random=False))
def test_any_edits_are_told_the_same_from_either_side(rng: random.Random):
    a, b = journey(), edited(rng)
    assert mirrored(a, b)
    assert changes_between(b, b) == []
    assert bool(changes_between(a, b)) == (a != b)


def edited(rng: random.Random) -> Journey:
    """A journey after a few random edits."""
    steps = steps_of()
    for field in rng.sample(sorted(set(CHANGED) - {"events", "next"}), rng.randrange(4)):
        steps["prove"][field] = CHANGED[field]
    order = list(steps)
    for i in rng.sample(order, rng.randrange(3)):
        order.remove(i)
        order.insert(rng.randrange(len(order) + 1), i)
    if rng.random() < 0.3:
        order.remove("wait")
    if rng.random() < 0.3:
        steps["new"] = {"id": "new", "label": "New one"}
        order.insert(rng.randrange(1, len(order)), "new")
    if rng.random() < 0.3:
        steps["settle"]["id"] = "arrive"
    cut = rng.randrange(1, len(order))
    return journey(f"{' '.join(order[:cut])} / {' '.join(order[cut:])}", steps=steps)


@given(st.permutations("abcdefg"))
def test_what_is_kept_in_order_is_as_much_as_can_be_and_the_same_both_ways(after):
    before = "abcdefg"
    kept = kept_in_order(before, after)
    assert kept == kept_in_order(after, before)
    assert [x for x in after if x in kept] == sorted(kept)
    assert len(kept) == longest(after)


def longest(names: list[str]) -> int:
    """The longest rising subsequence, by trying all."""
    best = [0] * len(names)
    for i, name in enumerate(names):
        best[i] = 1 + max((best[j] for j in range(i) if names[j] < name), default=0)
    return max(best)


def test_five_hundred_steps_are_compared_in_a_moment():
    steps = [{"id": f"s{i}", "label": f"Step {i}"} for i in range(500)]
    a, b = (
        journey(phases=[{"id": "one", "label": "One", "steps": s}]) for s in (steps, [*steps[250:], *steps[:250]])
    )  # fmt: skip
    assert len(changes_between(a, b)) == 250


def test_targets_are_told_step_by_step():
    to_be = journey(steps=steps_of(targets={"score": 4.2, "drop_off": "10 %"}), version="to-be")
    assert [(a.step, a.measure, a.target) for a in aims_of(to_be)] == [
        ("prove", "score", 4.2), ("prove", "drop_off", 0.1)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("low", "high", "better", "state"),
    [
        (0.30, 0.38, "lower", "missed"),
        (0.05, 0.09, "lower", "met"),
        (0.08, 0.12, "lower", "open"),
        (0.30, 0.38, "higher", "met"),
        (0.05, None, "higher", "open"),
        (None, 0.05, "higher", "missed"),
    ],
)
def test_a_target_is_met_or_missed_by_the_whole_interval(low, high, better, state):
    assert standing(Estimate(0.1, low, high, 100), 0.1, better=better) == state


@pytest.mark.parametrize("status", ["no_data", "too_few", "suppressed", "undefined"])
def test_a_target_without_a_number_is_neither(status):
    assert standing(Estimate.without(status, n=3), 0.1, better="lower") == standing(None, 0.1, better="lower")
    assert standing(None, 0.1, better="lower") == "unknown"
