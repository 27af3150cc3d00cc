"""What is wrong with a map's file is one clear message with its line, several at once, and never a traceback."""

from __future__ import annotations

import time

import pytest
from build import small_engagement

from cxkit.errors import DocumentError
from cxkit.journey.graph import find_cycle
from cxkit.journey.read import MOST_STEPS, read_journey

MAP = """\
cxkit: 1
id: moving
version: as-is
label: Moving home
personas: [{id: mover, label: Mover}]
proofs: [{id: talks, kind: interviews, label: Talks}]
phases:
  - id: ask
    label: Ask
    steps:
      - {id: request, label: Ask, events: [Request], channels: [web]}
      - {id: check, label: Prove, events: [Check], emotion: -1, pains: [Slow]}
"""


def refused(folder, text: str) -> str:
    (folder / "journeys").mkdir(exist_ok=True)
    path = folder / "journeys/moving.as-is.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DocumentError) as told:
        read_journey(path, name="journeys/moving.as-is.yaml")
    return str(told.value)


def many(steps: int, more: str = "") -> str:
    return MAP + "".join(f"      - {{id: s{i}, label: Step {i}{more}}}\n" for i in range(steps))


@pytest.mark.parametrize(
    ("old", "new", "what", "line"),
    [
        ("emotion: -1", "emotion: 3", "a number from -2 to +2, or one for each persona, found 3", 12),
        ("emotion: -1", "emotion: bad", "a number from -2 to +2, or one for each persona, found 'bad'", 12),
        ("emotion: -1", "emotion: .nan", "a number from -2 to +2", 12),
        ("emotion: -1", "emotion: true", "a number from -2 to +2", 12),
        ("emotion: -1", "emotion: {mover: 9}", "found 9 for 'mover'", 12),
        ("emotion: -1", "emotion: {mover: }", "found None for 'mover'", 12),
        ("emotion: -1", "emotion: {nobody: 1}", "There is no persona 'nobody'", 12),
        ("emotion: -1", "next: [nowhere]", "There is no step 'nowhere'", 12),
        ("emotion: -1", "back_to: [nowhere]", "There is no step 'nowhere'", 12),
        ("emotion: -1", "proofs: [tales]", "There is no proof 'tales'", 12),
        ("emotion: -1", "opportunities: [{text: X, answers: [slow]}]", "There is no pain of this step 'slow'", 12),
        ("emotion: -1", "next: [request]", "in a circle: 'request' → 'check' → 'request'", 12),
        ("emotion: -1", "next: [check]", "leads to itself", 12),
        ("emotion: -1", "when: 'channel ='", "", 12),
        ("emotion: -1", "kpis: [nps]", "input should be `key: value` pairs, found 'nps'", 12),
        ("emotion: -1", "targets: [1]", "input should be `key: value` pairs", 12),
        ("emotion: -1", "offer: {web: sometimes}", "'identical', 'may vary' or 'not offered'", 12),
        ("id: check", "id: '<b>Ché ck</b>'", "an id begins with a small letter", 12),
        ("id: check", "id: ../../etc", "an id begins with a small letter", 12),
        ("id: check", "id: 検査", "an id begins with a small letter", 12),
        ("id: check", "id: " + "x" * 64, "63 at most", 12),
        ("label: Prove", "label: " + "x" * 90_000, "at most 200 characters, found 90,000", 12),
        ("label: Prove", "label: ''", "it is empty", 12),
        ("label: Prove", "label: [a]", "input should be a valid string", 12),
        ("label: Prove", "label: Prove, label: Show", "found duplicate key", 12),
        ("label: Prove", "lable: Prove", "Did you mean `label`?", 12),
        ("label: Prove", "label: *prove", "undefined alias", 12),
        ("channels: [web]", "channels: {web: 1}", "input should be a list", 11),
        ("{id: request, label: Ask, events: [Request], channels: [web]}", "request", "`key: value` pairs", 11),
        ("kind: interviews", "kind: hearsay", "'interviews'", 6),
        ("label: Talks", "label: Talks, n: -3", "greater than or equal to 1", 6),
        ("label: Talks", "label: Talks, on: yesterday", "valid date", 6),
        ("    steps:\n", "    steps: none\n    stepz:\n", "input should be a list", 10),
    ],
)
def test_what_is_wrong_is_said_once_with_its_line(tmp_path, old, new, what, line):
    assert old in MAP
    told = refused(tmp_path, MAP.replace(old, new, 1))
    assert what in told
    assert f"moving.as-is.yaml:{line}" in told or f"line {line}, column" in told
    assert told.count("`phases.0.steps.1.emotion") <= 1
    assert len(told) < 1000


def test_several_faults_are_told_at_once(tmp_path):
    text = MAP.replace("emotion: -1", "emotion: 5, ownr: x, moment_of_truth: maybe").replace("Moving home", "''")
    told = refused(tmp_path, text)
    assert "journeys/moving.as-is.yaml has 4 faults:" in told
    for part in ("line 4,", "`label`: it is empty", "found 5", "found 'maybe'", "Did you mean `owner`?"):
        assert part in told


def test_several_loose_ends_are_told_at_once(tmp_path):
    told = refused(tmp_path, MAP.replace("emotion: -1", "next: [a], back_to: [b], proofs: [c], emotion: {d: 1}"))
    assert "has 4 faults" in told


@pytest.mark.parametrize("name", ["emotion.csv", "phases.yaml"])
def test_files_that_are_no_maps_are_left_alone(tmp_path, name):
    from cxkit.journey.read import read_journeys

    (tmp_path / "journeys").mkdir()
    (tmp_path / "journeys" / name).write_text("not: a map")
    assert read_journeys(tmp_path) == {}


def test_markup_in_a_card_is_text_and_stays_as_it_is(tmp_path):
    (tmp_path / "journeys").mkdir()
    path = tmp_path / "journeys/moving.as-is.yaml"
    path.write_text(MAP.replace("label: Prove", "label: '<script>alert(1)</script>'"))
    assert read_journey(path).steps[1].label == "<script>alert(1)</script>"


@pytest.mark.parametrize(
    "text",
    [many(10_000), many(10_000, ", channels: [a, b], pains: [c, d], owner: O, kpis: [{kpi: nps}]")],
    ids=["bare", "full"],
)
def test_a_map_of_ten_thousand_steps_is_refused_within_seconds(tmp_path, text):
    begun = time.perf_counter()
    told = refused(tmp_path, text)
    assert time.perf_counter() - begun < 3
    assert f"a map of at most {MOST_STEPS} steps" in told
    assert "name that with `journey` in one step" in told


def test_a_map_with_one_step_too_many_is_refused(tmp_path):
    assert f"has {MOST_STEPS + 1} steps" in refused(tmp_path, many(MOST_STEPS - 1))


def test_the_largest_map_is_read(tmp_path):
    (tmp_path / "journeys").mkdir()
    path = tmp_path / "journeys/moving.as-is.yaml"
    path.write_text(many(MOST_STEPS - 2, ", pains: [{id: p, text: Slow}], channels: [a, b]"))
    journey = read_journey(path)
    assert len(journey.steps) == MOST_STEPS
    assert find_cycle(journey) == ()


@pytest.mark.parametrize("command", ["check", "measure", "report"])
def test_a_spoilt_map_ends_a_command_with_exit_code_two_and_without_a_traceback(tmp_path, capsys, monkeypatch, command):
    import sys

    from cxkit.cli import main

    small_engagement(tmp_path)
    refused(tmp_path, MAP.replace("emotion: -1", "emotion: 9"))
    monkeypatch.setattr(sys, "argv", ["cxkit", command, str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr()
    assert ended.value.code == 2
    assert "Traceback" not in told.out + told.err
    if command != "report":
        assert "journeys/moving.as-is.yaml:12" in told.err
