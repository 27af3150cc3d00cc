"""A plan or gate that does not hold together is told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import ROOT

from cxkit._documents import hash_of
from cxkit.errors import DocumentError
from cxkit.plan.gates import write_gate
from cxkit.plan.model import Scaled, artefacts_in, read_gates, read_plan, weeks_at

PLAN = """cxkit: 1
id: wave
label: Wave
tasks:
  - {id: a, label: A, workstream: missions, weeks: 1, owner: Ann}
  - {id: b, label: B, workstream: people, weeks: {6: 1, 12: 2}, owner: Ben, after: [a]}
  - id: c
    label: C
    workstream: change
    weeks: 1
    after: [b]
    owner: Cem
    gate: launch
"""
GATE = """cxkit: 1
id: launch
label: Launch
question: May it go live?
owner: Ann
week: {6: 5, 12: 10}
criteria:
  - {id: loyal, kpi: nps, at_least: 20}
  - id: easy   # asked after each contact
    kpi: ces
    at_least: 70 %
    minimum_n: 100
voices:
  - {voice: customer, answer: open, said: "", by: "", on: null}
  - {voice: sales}
"""


def engagement(root: Path, plan: str = PLAN, gate: str = GATE) -> Path:
    (root / "gates").mkdir()
    (root / "plan.yaml").write_text(plan)
    (root / "gates/launch.yaml").write_text(gate)
    return root


def test_an_engagement_without_plan_has_none(tmp_path):
    assert read_plan(tmp_path) is None
    assert read_gates(tmp_path) == {}


def test_a_plan_is_read_with_its_gate(tmp_path):
    root = engagement(tmp_path)
    assert [t.id for t in read_plan(root).tasks] == ["a", "b", "c"]
    gate = read_gates(root, weeks=6)["launch"]
    assert [c.at_least for c in gate.criteria] == [20, 0.7]
    assert gate.decision.made is None


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        ("weeks: 1, owner: Ann", "weeks: 1", "plan.yaml:5", "`tasks.0.owner` is missing"),
        ("owner: Ann", 'owner: " "', "plan.yaml:5", "pattern"),
        ("owner: Ben, after: [a]", "owner: Ben, after: [aa]", "plan.yaml:6", "'b' comes after 'aa', which is no task"),
        ("after: [b]", "after: [bb]", "plan.yaml:11", "which is no task"),
        ("id: b", "id: a", "plan.yaml:6", "'a' stands twice"),
        ("owner: Ann}", "owner: Ann, after: [c]}", "plan.yaml:5", "wait for each other: a after c after b after a"),
        ("after: [a]", "after: [b]", "plan.yaml:6", "wait for each other: b after b"),
        ("workstream: people", "workstream: persons", "plan.yaml:6", "'missions', 'cadence'"),
        ("gate: launch", "gate: lunch", "plan.yaml:13", "the gate 'lunch', which is not there"),
        ("owner: Ann}", "owner: Ann, gate: launch}", "plan.yaml:13", "gate 'launch' has two tasks"),
        ("weeks: {6: 1, 12: 2}", "weeks: 13", "plan.yaml:6", "weeks go from 1 to 12, found 13"),
        ("weeks: {6: 1, 12: 2}", "weeks: {6: 1}", "plan.yaml:6", "`tasks.1.weeks.12` is missing"),
        ("weeks: {6: 1, 12: 2}", "weeks: true", "plan.yaml:6", "found True"),
        ("owner: Ann}", "owner: Ann, artefact: ../secret}", "plan.yaml:5", "no path inside the engagement"),
        ("owner: Ann}", "owner: Ann, artefact: /etc/passwd}", "plan.yaml:5", "no path inside the engagement"),
        ("owner: Ann}", "owner: Ann, artefact: ''}", "plan.yaml:5", "no path inside the engagement"),
    ],
)
def test_slips_in_a_plan(tmp_path, old, new, where, what):
    root = engagement(tmp_path, plan=PLAN.replace(old, new, 1))
    with pytest.raises(DocumentError) as error:
        read_plan(root)
    assert what in str(error.value)
    assert where in error.value.where or f"line {where.partition(':')[2]}" in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        ("id: launch", "id: lunch", "gates/launch.yaml:2", "the file is launch.yaml"),
        ("at_least: 20", "at_least: 20, at_most: 30", "gates/launch.yaml:8", "either `at_least` or `at_most`"),
        ("at_least: 20", "minimum_n: 5", "gates/launch.yaml:8", "either `at_least` or `at_most`"),
        ("kpi: nps", "kpi: nps, where: {region: any}", "gates/launch.yaml:8", "one number"),
        ("id: easy", "id: loyal", "gates/launch.yaml:9", "'loyal' stands twice"),
        ("voice: sales", "voice: customer", "gates/launch.yaml:15", "'customer' stands twice"),
        ("voice: sales", "voice: boss", "gates/launch.yaml:15", "'technical_partner'"),
        ("voice: sales", "voice: sales, answer: yes", "gates/launch.yaml:15", "`by` does not say who asked"),
        ("voices:", "decision: {made: go}\nvoices:", "gates/launch.yaml:13", "`by` and `on` do not say"),
        ("week: {6: 5, 12: 10}", "week: 10", "gates/launch.yaml:6", "set for week 10, but the engagement has 6 weeks"),
    ],
)
def test_slips_in_a_gate(tmp_path, old, new, where, what):
    root = engagement(tmp_path, gate=GATE.replace(old, new, 1))
    with pytest.raises(DocumentError) as error:
        read_gates(root, weeks=6)
    assert what in str(error.value)
    assert where in error.value.where


def test_all_slips_of_a_plan_come_at_once(tmp_path):
    plan = PLAN.replace("after: [a]", "after: [x]").replace("gate: launch", "gate: lunch")
    with pytest.raises(DocumentError, match="2 faults"):
        read_plan(engagement(tmp_path, plan=plan))


def test_a_cycle_is_named_once_and_without_what_only_leads_to_it(tmp_path):
    plan = PLAN.replace("after: [a]", "after: [a, c]")
    with pytest.raises(DocumentError) as error:
        read_plan(engagement(tmp_path, plan=plan))
    assert "wait for each other: b after c after b." in str(error.value)


@pytest.mark.parametrize(
    ("at_6", "at_12", "expected"),
    [(1, 1, [1] * 7), (1, 2, [1] * 6 + [2]), (1, 7, [1, 2, 3, 4, 5, 6, 7]), (5, 10, [5, 5, 6, 7, 8, 9, 10])],
)
def test_lengths_lie_between_those_given(at_6, at_12, expected):
    scaled = Scaled.model_validate({"6": at_6, "12": at_12})
    assert [weeks_at(scaled, w) for w in range(6, 13)] == expected


def test_an_artefact_is_a_file_with_something_in_it(tmp_path):
    there = artefacts_in(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data/.gitkeep").touch()
    assert not there("data/**/*")
    (tmp_path / "data/deep").mkdir()
    (tmp_path / "data/deep/a.csv").write_text("a")
    assert there("data/**/*")


ANSWERS = {
    "customer": {"answer": "yes", "by": "Ann"},
    "technical_partner": {"answer": "no", "by": "Ben", "said": "a: b"},
}


def test_answers_are_written_and_nothing_else_changes(tmp_path):
    path = engagement(tmp_path) / "gates/launch.yaml"
    decision = {"made": "no-go", "by": "Cem", "on": "2026-11-12"}
    gate = write_gate(
        path, voices=ANSWERS, decision=decision, criteria={"easy": {"minimum_n": 50}}, expected=hash_of(path)
    )
    assert read_gates(tmp_path)["launch"] == gate
    assert [(v.voice, v.answer) for v in gate.voices] == [
        ("customer", "yes"), ("sales", "open"), ("technical_partner", "no")
    ]  # fmt: skip
    before, after = GATE.splitlines(), path.read_text().splitlines()
    assert [x for x in before if x not in after] == [before[11], before[13]]
    assert "id: easy   # asked after each contact" in path.read_text()


def test_answers_that_do_not_fit_are_not_written(tmp_path):
    path = engagement(tmp_path) / "gates/launch.yaml"
    with pytest.raises(DocumentError, match="who asked"):
        write_gate(path, voices={"sales": {"answer": "yes"}})
    with pytest.raises(DocumentError, match=r"voices\.2\.voice"):
        write_gate(path, voices={"boss": {"answer": "yes", "by": "Ann"}})
    assert path.read_text() == GATE


def test_nobody_elses_answers_are_lost(tmp_path):
    path = engagement(tmp_path) / "gates/launch.yaml"
    seen = hash_of(path)
    write_gate(path, voices=ANSWERS, expected=seen)
    with pytest.raises(DocumentError, match="changed since it was read"):
        write_gate(path, voices={"sales": {"answer": "no", "by": "Dee"}}, expected=seen)
    assert read_gates(tmp_path)["launch"].voices[1].answer == "open"


@pytest.mark.parametrize(
    "folder", sorted(p.parent for p in (ROOT / "data/samples").glob("*/plan.yaml")), ids=lambda p: p.name
)
def test_plans_and_gates_of_the_samples_read(folder):
    assert read_plan(folder).tasks
    assert read_gates(folder, weeks=12)


def test_the_shipped_defaults_say_where_they_come_from():
    plan = read_shipped(ROOT)
    assert all(t.source for t in plan.tasks)
    assert {t.workstream for t in plan.tasks} == {"missions", "cadence", "performance", "people", "change"}


def read_shipped(root: Path):
    from cxkit._documents import read_document
    from cxkit.plan.model import Gate, Plan

    assert read_document(root / "templates/gates/customer_stamp.yaml", Gate).source
    return read_document(root / "templates/plans/first_wave.yaml", Plan)


@pytest.mark.parametrize("pattern", ["a**b/x", "**x"])
def test_a_pattern_that_no_file_system_reads_is_a_slip_and_no_crash(tmp_path, pattern):
    (tmp_path / "plan.yaml").write_text(PLAN.replace("owner: Ann}", f"owner: Ann, artefact: '{pattern}'}}"))
    with pytest.raises(DocumentError, match="no path inside the engagement") as error:
        read_plan(tmp_path)
    assert "plan.yaml:5" in str(error.value)


@pytest.mark.parametrize("weeks", ["2.0", "soon", ".nan"])
def test_weeks_that_are_no_number_are_told_in_words(tmp_path, weeks):
    (tmp_path / "plan.yaml").write_text(PLAN.replace("weeks: 1, owner", f"weeks: {weeks}, owner"))
    with pytest.raises(DocumentError, match=r"write a number of weeks, or \{6: 1, 12: 2\}"):
        read_plan(tmp_path)


def test_a_plan_that_cannot_be_read_is_not_the_same_as_none(tmp_path):
    (tmp_path / "plan.yaml").symlink_to("nowhere")
    with pytest.raises(DocumentError):
        read_plan(tmp_path)
