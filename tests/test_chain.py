"""Step, number, play, owner, gate: one chain over the measured sample, and every loose end told."""

from __future__ import annotations

import csv
import shutil

import pytest
from build import small_engagement
from conftest import SAMPLE, TODAY

import cxkit
from cxkit._plain import plain
from cxkit.engagement import open_engagement
from cxkit.errors import CxkitError, DocumentError, EvidenceError


@pytest.fixture(scope="module")
def view(aldermoor):
    return aldermoor.view("2026-Q3")


@pytest.fixture(scope="module")
def work(aldermoor, view):
    return aldermoor.work(view)


@pytest.fixture
def copy(aldermoor, tmp_path):
    """The measured sample without its exports, to be spoilt."""
    folder = tmp_path / "aldermoor"
    shutil.copytree(aldermoor.root, folder, ignore=shutil.ignore_patterns("data", "worklists", "reports"))
    return folder


def spoil(folder, name: str, before: str, after: str) -> str:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    opened = open_engagement(folder)
    with pytest.raises(DocumentError) as error:
        opened.work(opened.view())
    return str(error.value)


def test_the_planted_step_calls_for_its_play_whose_gate_does_not_open(view, work):
    told = plain(cxkit.draw_chain(view, work))
    row = next(line for line in told.splitlines() if "Mend the step" in line)
    for part in ("Identity check", "64", "Head of onboarding"):
        assert part in row
    gate = next(g for g in work.gates if g.gate.id == "moving_launch")
    assert gate.verdict != "go"
    assert gate.gate.label in row


def test_plays_fire_on_what_was_planted_and_not_on_noise(work):
    fired = {p.play.id: [s.part for s in p.spots] for p in work.plays if p.state == "fires"}
    assert fired["call_back"] == ["South"]
    assert fired["carry_the_note"] == ["chat → phone"]
    assert fired["mend_weakest_step"] == ["Identity check"]
    assert fired["keep_who_may_leave"] == ["Variable"]
    assert "ask_less_effort" not in fired


def test_the_map_carries_the_plays_at_their_step(work):
    (moving,) = [j for j in work.journeys if j.as_is and j.as_is.id == "moving"]
    assert "Mend the step where customers fall out" in [label for label, _ in moving.plays["identity_check"]]


def test_work_of_the_same_evidence_is_the_same(aldermoor, view, work):
    assert aldermoor.work(view) == work


def test_worklists_hold_only_those_who_agreed_and_only_where_the_play_fires(aldermoor, view):
    _, listed = aldermoor.recommend(view, today=TODAY)
    (calls,) = [x for x in listed if x.play == "call_back"]
    rows = list(csv.DictReader(calls.path.read_text(encoding="utf-8").splitlines()))
    assert len(rows) == calls.rows > 0
    assert calls.without_consent > 0

    import pandas as pd

    people = pd.read_excel(aldermoor.root / "data/crm/accounts.xlsx", engine="calamine").set_index("Account ID")
    listed_people = people.loc[[r["customer_id"] for r in rows]]
    assert set(listed_people["May contact"]) == {"yes"}
    assert set(listed_people["Region"]) == {"South"}
    surveys = (aldermoor.root / "data/survey").glob("*.csv")
    answers = pd.concat([pd.read_csv(p, encoding="utf-8-sig", parse_dates=["Recorded Date"]) for p in surveys])
    late = answers[answers["Recorded Date"] > answers["Recorded Date"].max() - pd.Timedelta(days=31)]
    low = late[late["Q1 Likelihood to recommend"] <= 6]
    expected = {c for c in low["Account Ref"] if c in people.index and people.loc[c, "May contact"] == "yes"
                and people.loc[c, "Region"] == "South"}  # fmt: skip
    assert {r["customer_id"] for r in rows} == expected


def test_a_list_that_no_play_asks_for_any_more_is_removed(aldermoor, view):
    stale = aldermoor.root / "worklists/ask_less_effort.csv"
    stale.parent.mkdir(exist_ok=True)
    stale.write_text("play,owner,customer_id,responded_at\n")
    aldermoor.recommend(view, today=TODAY)
    assert not stale.exists()


def test_the_list_of_a_play_that_is_gone_is_removed_and_nothing_else(aldermoor, view):
    folder = aldermoor.root / "worklists"
    folder.mkdir(exist_ok=True)
    gone, own, rejected = (folder / f"{n}.csv" for n in ("renamed_play", "my_notes", "rejected_rows"))
    gone.write_text("play,owner,customer_id\nrenamed_play,Ann,AC-1\n")
    own.write_text("note\nkeep\n")
    rejected.write_text("file,row\n")
    aldermoor.recommend(view, today=TODAY)
    there = [p.exists() for p in (gone, own, rejected)]
    own.unlink()
    rejected.unlink()
    assert there == [False, True, True]


def test_without_consent_in_the_exports_no_list_is_written(aldermoor, tmp_path):
    folder = tmp_path / "aldermoor"
    shutil.copytree(aldermoor.root, folder, ignore=shutil.ignore_patterns("worklists", "reports"))
    sources = folder / "sources.yaml"
    sources.write_text(
        "".join(x for x in sources.read_text().splitlines(keepends=True) if "may_contact" not in x), encoding="utf-8"
    )
    (folder / "worklists").mkdir()
    (folder / "worklists/call_back.csv").write_text("play,owner,customer_id\n")  # of the days with consent
    opened = open_engagement(folder)
    _, listed = opened.recommend(opened.view(), today=TODAY)
    assert all(x.path is None and "may_contact" in x.why for x in listed)
    assert not list((folder / "worklists").glob("call_back*"))


@pytest.mark.parametrize(
    ("name", "before", "after", "said"),
    [
        ("playbooks/service.yaml", "journey: moving", "journey: movin", "no journey 'movin'"),
        ("playbooks/service.yaml", "step: identity_check", "step: identity", "no step 'identity'"),
        ("playbooks/service.yaml", "gate: moving_launch", "gate: launch", "no gate 'launch'"),
        ("playbooks/service.yaml", "measure: drop_off", "measure: dropoff", "'dropoff' was not taken"),
        ("gates/moving_launch.yaml", "kpi: step_completion", "kpi: aht", "'aht' was not measured"),
        ("engagement.yaml", "weeks: 12", "weeks: 13", "less than or equal to 12"),
        ("engagement.yaml", "weeks: 12", "weeks: 5", "greater than or equal to 6"),
    ],
)
def test_a_name_that_leads_nowhere_is_told_with_its_place(copy, name, before, after, said):
    told = spoil(copy, name, before, after)
    assert said in told
    assert f"{name}:" in told


def test_a_cycle_of_tasks_is_named(copy):
    plan = copy / "plan.yaml"
    plan.write_text(
        "cxkit: 1\nid: p\nlabel: P\ntasks:\n"
        + "".join(
            f"  - {{id: {a}, label: {a}, workstream: people, weeks: 1, owner: Ann, after: [{b}]}}\n"
            for a, b in (("one", "two"), ("two", "three"), ("three", "one"))
        )
    )
    opened = open_engagement(copy)
    with pytest.raises(DocumentError, match="one after two after three after one"):
        opened.work(opened.view())


def test_check_tells_of_a_gate_on_a_kpi_that_is_not_measured(tmp_path):
    folder = tmp_path / "aldermoor"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns("evidence", ".evidence*", "worklists", "reports"))
    path = folder / "gates/moving_launch.yaml"
    path.write_text(path.read_text().replace("kpi: step_completion", "kpi: transfer_rate", 1))
    with pytest.raises(DocumentError, match="no measured KPI 'transfer_rate'") as error:
        open_engagement(folder).check(today=TODAY)
    assert "gates/moving_launch.yaml:" in str(error.value)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("journey: moving, step: identity_check, measure", "journey: movin, step: identity_check, measure", "'movin'"),
        ("step: identity_check, measure", "step: identity, measure", "no step 'identity'"),
    ],
)
def test_check_tells_of_a_journey_that_is_not_there_before_anything_is_measured(tmp_path, before, after, said):
    folder = tmp_path / "aldermoor"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns("evidence", ".evidence*", "worklists", "reports"))
    path = folder / "playbooks/service.yaml"
    assert before in path.read_text()
    path.write_text(path.read_text().replace(before, after, 1))
    with pytest.raises(DocumentError, match=said) as error:
        open_engagement(folder).check(today=TODAY)
    assert "playbooks/service.yaml:" in str(error.value)


@pytest.mark.parametrize(
    ("worklist", "said"),
    [("{table: orders}", "'orders' is not mapped"), ("{table: responses, where: scor <= 6}", "no column 'scor'")],
)
def test_check_tells_of_a_list_that_could_not_be_written(tmp_path, worklist, said):
    folder = tmp_path / "aldermoor"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns("evidence", ".evidence*", "worklists", "reports"))
    path = folder / "playbooks/service.yaml"
    path.write_text(path.read_text().replace("    due_days: 21", f"    worklist: {worklist}\n    due_days: 21", 1))
    with pytest.raises(CxkitError, match=said) as error:
        open_engagement(folder).check(today=TODAY)
    assert "playbooks/service.yaml:" in str(error.value)


def test_evidence_of_another_version_is_told_and_not_read(copy):
    manifest = copy / "evidence/manifest.json"
    manifest.write_text(manifest.read_text().replace('"schema": 1', '"schema": 0', 1))
    with pytest.raises(EvidenceError, match="schema 0"):
        open_engagement(copy).view()


def test_a_report_depends_on_plays_gates_and_plan(copy):
    opened = open_engagement(copy)
    before = opened.written()
    for name in ("playbooks/service.yaml", "gates/moving_launch.yaml", "plan.yaml", "journeys/moving.as-is.yaml"):
        path = copy / name
        path.write_text(path.read_text() + "\n# a remark\n")
        assert opened.written() != before
        before = opened.written()


def test_a_worklist_is_about_those_the_numbers_are_about(aldermoor, tmp_path):
    folder = tmp_path / "aldermoor"
    shutil.copytree(aldermoor.root, folder, ignore=shutil.ignore_patterns("worklists", "reports"))
    (folder / "playbooks/own.yaml").write_text(
        "cxkit: 1\nid: own\nlabel: Own\nplays:\n"
        "  - {id: south, label: S, why: W, owner: Ann, due_days: 7, steps: [Call],\n"
        "     when: [{kpi: nps, where: {region: South}, below: 20}], source: a test,\n"
        "     worklist: {table: responses, where: score <= 6, days: 31}}\n"
    )
    opened = open_engagement(folder)
    _, listed = opened.recommend(opened.view(), today=TODAY)
    (south,) = [x for x in listed if x.play == "south"]
    (called,) = [x for x in listed if x.play == "call_back"]
    people = [set(x.path.read_text(encoding="utf-8").splitlines()[1:]) for x in (south, called)]
    assert {p.split(",")[2] for p in people[0]} == {p.split(",")[2] for p in people[1]}


def test_check_tells_of_files_that_are_not_read_and_of_numbers_that_are_not_there(aldermoor, tmp_path):
    folder = tmp_path / "aldermoor"
    shutil.copytree(aldermoor.root, folder, ignore=shutil.ignore_patterns("worklists", "reports"))
    (folder / "playbooks/mine.YAML").write_text("cxkit: 1\n")
    (folder / "plan.yml").write_text("cxkit: 1\n")
    path = folder / "journeys/moving.as-is.yaml"
    path.write_text(path.read_text().replace("where: {step: Request}", "where: {step: Request now}", 1))
    notes = open_engagement(folder).check(today=TODAY).notes
    assert any(n.startswith("playbooks/mine.YAML is not read") for n in notes)
    assert any(n.startswith("plan.yml is not read") for n in notes)
    assert any("journeys/moving.as-is.yaml:" in n and "no value 'Request now'" in n for n in notes)


def test_a_shipped_play_that_lacks_a_column_rests_and_does_not_stop_the_check(tmp_path):
    engagement = small_engagement(tmp_path)
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "playbooks/service.yaml").write_text("cxkit: 1\nid: service\nlabel: Service\nextends: service\n")
    assert engagement.check(today=TODAY).kpis == ("nps",)
