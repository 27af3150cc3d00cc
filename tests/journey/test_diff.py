"""The difference between two maps as text: in the language of the trade, and safe in a terminal."""

from __future__ import annotations

from typing import Any

import pytest
from versions import AFTER, BEFORE, CHANGED, MAP, OTHER, folder, journey, steps_of

from cxkit._blocks import Strong
from cxkit._format import words
from cxkit.errors import DocumentError, ParameterError
from cxkit.journey.changes import Change
from cxkit.journey.clauses import change_clauses, exact_text, target_text
from cxkit.journey.compare import changes_between
from cxkit.journey.diff import diff_engagement, diff_journeys, diff_paths, diff_text, read_folder
from cxkit.journey.model import TARGETS, Journey, JourneyPair


def text(a: Journey, b: Journey) -> str:
    return diff_text(diff_journeys(a, b, names=("old", "new"))).replace("\u00a0", " ")


def said(**changes: Any) -> str:
    (line,) = [x for x in text(journey(), journey(steps=steps_of(**changes))).splitlines() if x.startswith("  *")]
    return line.strip()


def test_a_step_is_told_in_the_language_of_the_trade():
    a = journey(steps=steps_of(channels=["phone"], emotion=-1, targets={"hours_to_next": 24}, label="Verify identity"))
    new = {"channels": ["app"], "emotion": 1, "targets": {"hours_to_next": 4}, "owner": "Onboarding"}
    b = journey(steps=steps_of(label="Verify identity", **new))
    assert (
        "*Verify identity* moved from phone to app; owner changed from Sales to Onboarding; emotion \u22121 → +1; "
        "target for the time to the next step 24 h → 4 h." in text(a, b)
    )


def test_moves_and_renames_are_counted_first():
    new = steps_of()
    new["wait"]["label"] = "Be patient"
    told = text(journey(), journey("ask wait prove / sign settle stay", steps=new)).splitlines()
    assert told[:2] == ["Joining: old → new", "1 move and 1 rename."]
    assert "  *Be patient* moved: now after “Ask”, was after “Prove”; renamed from “Wait”." in told


def test_what_is_of_the_whole_comes_first_and_steps_stand_in_their_order():
    b = journey(steps=steps_of(owner="Bo"), window_days=60, owner="Berta", personas=[])
    told = text(journey(), b)
    parts = ["The journey", "window 30 days → 60 days", "Persona “Ann” is taken away", "First", "*Prove*"]
    assert [told.index(p) for p in parts] == sorted(told.index(p) for p in parts)


def test_a_new_step_is_told_with_all_that_it_says():
    steps = steps_of() | {"welcome": {"id": "welcome", "label": "Welcome", "owner": "Bo", "channels": ["app"]}}
    told = text(journey(), journey("ask prove wait welcome / sign settle stay", steps=steps))
    assert "*Welcome* is new, after “Wait”; by app; owner now Bo, was nobody." in told
    gone = text(journey("ask prove wait welcome / sign settle stay", steps=steps), journey())
    assert "No longer on the map\n  *Welcome* (First) is taken away, was after “Wait”." in gone


def test_an_id_that_was_changed_is_told_to_be_kept():
    new = steps_of()
    new["wait"]["id"] = "pause"
    assert "the id changed from wait to pause; keep wait" in text(journey(), journey(steps=new))


def test_everything_that_can_change_has_its_words():
    for field, value in CHANGED.items():
        pair = (journey(), journey(steps=steps_of(**{field: value})))
        for a, b in (pair, pair[::-1]):
            assert "None" not in text(a, b), field
            assert text(a, b).count("\n") >= 4, field
    for field, value in OTHER.items():
        told = text(journey(), journey(**{field: value})) + text(journey(**{field: value}), journey())
        assert "None" not in told, field
        assert len(told.splitlines()) >= 6, field


@pytest.mark.parametrize(
    ("changes", "clause"),
    [
        ({"channels": ["phone", "mail", "app"]}, "contact by mail now customer to company, was company to customer"),
        ({"channels": ["phone"]}, "no longer by mail"),
        ({"moment_of_truth": False}, "no longer a moment of truth"),
        ({"owner": ""}, "no owner any more, was Sales"),
        ({"emotion": {"ann": 0, "bo": 1}}, "emotion of Ann \u22121 → 0"),
        ({"pains": ["Letters twice"]}, "pain gone “Long waits”"),
        ({"pains": [{"text": "Letters thrice", "id": "letters"}, "Long waits"]}, "now reads “Letters thrice”"),
        ({"kpis": []}, "no longer measured by nps (South)"),
        ({"offer": CHANGED["offer"]}, "promise by phone: deadline 24 h → 4 h"),
        ({"front_stage": [], "back_stage": ["Answers", "Checks the papers"]}, "goes from front stage to back stage"),
        ({"back_to": ["ask"]}, "may now lead back to “Ask”"),
        ({"last": True}, "journeys may now end here"),
        ({"touchpoint": "a form"}, "touchpoint “a letter” → “a form”"),
    ],
)  # fmt: skip
def test_what_changed_is_said_in_a_clause(changes, clause):
    assert clause in said(**changes)


def test_personas_who_feel_the_same_change_stand_together():
    step = {"kind": "emotion", "part": "step", "id": "a", "label": "A", "before": -1.0, "after": 0.5}
    found = [Change(name=i, detail=i.title(), **step) for i in ("ann", "bo")]
    assert change_clauses(found, words()) == ["emotion of Ann and Bo \u22121 → +0.5"]


def test_channels_that_promise_the_same_stand_together():
    step = {"kind": "offer", "part": "step", "id": "a", "label": "A", "detail": "hours", "before": 48.0, "after": 4.0}
    found = [Change(name=i, **step) for i in ("app", "web")]
    assert change_clauses(found, words()) == ["promise by app and web: deadline 48\u00a0h → 4\u00a0h"]


def test_kpis_are_called_by_their_names_where_these_are_known():
    (c,) = [c for c in changes_between(journey(), journey(steps=steps_of(kpis=[]))) if c.kind == "kpis"]
    assert change_clauses([c], words(), kpis={"nps": "Net Promoter"}) == ["no longer measured by Net Promoter (South)"]


@pytest.mark.parametrize("measure", TARGETS)
def test_every_target_has_its_words(measure):
    value = 4 if measure.startswith("hours") or measure == "score" else 0.05
    assert words().say(f"diff.measure.{measure}") in said(targets={measure: value})


@pytest.mark.parametrize(
    ("measure", "value", "shown"),
    [
        ("hours_to_next", 0.5, "30 min"), ("hours_to_next", 4, "4 h"), ("hours_to_next", 48, "48 h"),
        ("hours_to_next", 168, "7 d"), ("hours_to_next", 200, "200 h"), ("drop_off", 0.025, "2.5 %"), ("score", 4, "4"),
    ],
)  # fmt: skip
def test_a_target_has_the_digits_that_were_written(measure, value, shown):
    assert target_text(measure, value, words()).replace("\u00a0", " ") == shown


def test_a_number_is_not_rounded_away():
    assert exact_text(1.25, "count", words=words()) == "1.25"


def test_two_files_are_held_against_each_other(tmp_path):
    root = folder(tmp_path, a=BEFORE)
    new = tmp_path / "new.yaml"
    new.write_text(MAP.format(**AFTER))
    told = diff_text(diff_paths(root / "journeys/join.as-is.yaml", new))
    assert "moved from phone to app" in told
    assert str(new) in told.splitlines()[0]
    assert diff_paths(new, new) == []


def test_two_engagements_are_held_against_each_other(tmp_path):
    a = folder(tmp_path / "a", x=BEFORE, y=BEFORE | {"id": "move", "label": "Moving"})
    b = folder(tmp_path / "b", x=AFTER, y=AFTER | {"version": "to-be"}, z=BEFORE | {"id": "leave", "label": "Leaving"})
    told = diff_text(diff_paths(a, b))
    assert "moved from phone to app" in told
    assert f"Leaving (as-is): only in {b}" in told
    assert f"Moving (as-is): only in {a}" in told
    assert f"Joining (to-be): only in {b}" in told
    assert "Leaving" not in diff_text(diff_paths(a, b, journey="join"))


def test_a_journey_that_only_one_engagement_has_may_be_asked_for(tmp_path):
    a = folder(tmp_path / "a", x=BEFORE)
    b = folder(tmp_path / "b", z=BEFORE | {"id": "leave", "label": "Leaving"})
    assert diff_text(diff_paths(a, b, journey="leave")) == f"Leaving (as-is): only in {b}\n"
    with pytest.raises(ParameterError, match="no journey 'lave'") as found:
        diff_paths(a, b, journey="lave")
    assert "Did you mean 'leave'?" in found.value.hint


def test_an_engagement_alone_is_its_as_is_against_its_to_be(tmp_path):
    root = folder(tmp_path, a=BEFORE, b=AFTER | {"version": "to-be"}, c=BEFORE | {"id": "move", "label": "Moving"})
    told = diff_text(diff_engagement(read_folder(root)))
    assert told.startswith("Joining: as-is → to-be\n3 other changes.\n")
    assert "Moving: there is no to-be to hold against the as-is" in told


def test_what_is_missing_or_unlike_is_said(tmp_path):
    root = folder(tmp_path / "a", x=BEFORE)
    with pytest.raises(ParameterError, match="not of one kind"):
        diff_paths(root, root / "journeys/join.as-is.yaml")
    with pytest.raises(DocumentError, match="no file or folder"):
        diff_paths(root, tmp_path / "none")
    for wrong in (lambda: read_folder(tmp_path), lambda: diff_paths(root, tmp_path)):
        with pytest.raises(DocumentError, match="no journeys"):
            wrong()


def test_nothing_to_say_of_a_pair_that_does_not_differ():
    pair = JourneyPair(journey(), journey(version="to-be"))
    assert diff_engagement({"join": pair}) == []
    assert diff_text([]) == ""


def test_names_give_a_terminal_no_orders():
    told = text(journey(), journey(steps=steps_of(owner="A\x1b[31m\u202eB", label="P\x07\n rove")))
    assert not {"\x1b", "\x07", "\u202e"} & set(told)
    assert "*P   rove*" in told


def test_a_terminal_shows_names_in_italics_and_lines_that_fit():
    lines = [("  ", Strong("Verify identity"), " " + "word " * 40)]
    told = diff_text(lines, italic=True, width=60)
    assert "\x1b[3mVerify identity\x1b[23m" in told
    assert max(map(len, told.replace("\x1b[3m", "").replace("\x1b[23m", "").splitlines())) <= 60
    assert "\x1b" not in diff_text(lines)
