"""Packs of plays: what is refused and where, and how a client's changes lie over a shipped pack."""

from __future__ import annotations

import fake
import pytest

from cxkit.errors import DocumentError
from cxkit.playbook.model import list_packs, read_playbook
from cxkit.playbook.recommend import recommend

PLAY = """\
  - id: call_back
    label: Call back
    why: It helps.
    when: [{kpi: nps, worse_than: baseline}]
    owner: Head of service
    due_days: 7
    steps: [Call]
    source: a test
"""
PACK = "cxkit: 1\nid: own\nlabel: Own\nplays:\n"


def write(folder, text, *, name="own"):
    (folder / "playbooks").mkdir(exist_ok=True)
    (folder / f"playbooks/{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def fault(folder, text) -> str:
    with pytest.raises(DocumentError) as error:
        read_playbook(write(folder, text))
    return str(error.value)


def test_a_play_without_owner_is_refused_with_its_line(tmp_path):
    told = fault(tmp_path, PACK + PLAY.replace("    owner: Head of service\n", ""))
    assert "`plays.0.owner` is missing" in told
    assert "playbooks/own.yaml:5" in told


@pytest.mark.parametrize("owner", ['""', '"  "'])
def test_an_empty_owner_is_none(tmp_path, owner):
    assert "playbooks/own.yaml:9" in fault(tmp_path, PACK + PLAY.replace("Head of service", owner))


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("{kpi: nps}", "name one of `below`"),
        ("{kpi: nps, below: 3, above: 4}", "found 2"),
        ("{below: 3}", "name either a `kpi` or a `journey`"),
        ("{journey: moving, step: a, below: 3}", "needs a `measure`"),
        ("{journey: moving, step: a, measure: reach, worse_than: rest}", "needs a `kpi`"),
        ("{kpi: nps, where: {region: any}, below: 3}", "corrected"),
        ("{kpi: nps, where: {region: any, channel: any}, worse_than: rest}", "one dimension"),
        ("{kpi: nps, where: {region: South}, misses_target: true}", "about the whole"),
    ],
)
def test_a_condition_that_cannot_be_judged_is_refused(tmp_path, condition, said):
    assert said in fault(tmp_path, PACK + PLAY.replace("{kpi: nps, worse_than: baseline}", condition))


def test_any_stands_for_one_dimension_in_a_play(tmp_path):
    two = "{kpi: nps, where: {region: any}, worse_than: rest}, {kpi: nps, where: {channel: any}, worse_than: rest}"
    assert "one dimension in a play" in fault(tmp_path, PACK + PLAY.replace("{kpi: nps, worse_than: baseline}", two))


def test_a_play_twice_is_refused(tmp_path):
    assert "'call_back' stands twice" in fault(tmp_path, PACK + PLAY + PLAY)


def test_two_files_with_one_play_are_refused(tmp_path):
    write(tmp_path, PACK.replace("own", "other") + PLAY, name="other")
    assert "stands in playbooks/other.yaml already" in fault(tmp_path, PACK + PLAY)


@pytest.mark.parametrize("pack", list_packs())
def test_shipped_packs_read_and_name_their_source(tmp_path, pack):
    plays = read_playbook(write(tmp_path, f"cxkit: 1\nid: own\nlabel: Own\nextends: {pack}\n"))
    assert plays
    assert all(p.shipped and p.play.source for p in plays)


def test_changes_lie_over_the_shipped_play_and_the_rest_stays(tmp_path):
    text = "cxkit: 1\nid: own\nlabel: Own\nextends: service\nleave_out: [carry_the_note]\n"
    text += "changes: {call_back: {owner: Anna}}\n"
    plays = {p.play.id: p for p in read_playbook(write(tmp_path, text))}
    assert plays["call_back"].play.owner == "Anna"
    assert plays["call_back"].play.due_days == 7
    assert "carry_the_note" not in plays


@pytest.mark.parametrize("line", ["changes: {nobody: {owner: Anna}}", "leave_out: [nobody]"])
def test_a_change_of_a_play_that_is_not_there_is_refused(tmp_path, line):
    told = fault(tmp_path, f"cxkit: 1\nid: own\nlabel: Own\nextends: service\n{line}\n")
    assert "has no play 'nobody'" in told
    assert "playbooks/own.yaml:5" in told


def test_an_unknown_pack_is_refused(tmp_path):
    assert "There is no pack 'servise'" in fault(tmp_path, "cxkit: 1\nid: own\nlabel: Own\nextends: servise\n")


def test_a_change_must_leave_a_whole_play(tmp_path):
    text = "cxkit: 1\nid: own\nlabel: Own\nextends: service\nchanges: {call_back: {step: request}}\n"
    assert "does not hold together" in fault(tmp_path, text)


def test_a_play_of_ones_own_on_what_was_not_measured_is_an_error_and_a_shipped_one_is_not_told(tmp_path):
    own = read_playbook(write(tmp_path, PACK + PLAY.replace("kpi: nps", "kpi: npz")))
    with pytest.raises(DocumentError, match="'npz' was not measured") as error:
        recommend(own, fake.view())
    assert "playbooks/own.yaml:8" in str(error.value)
    assert "Did you mean 'nps'" in str(error.value)
    shipped = read_playbook(write(tmp_path, "cxkit: 1\nid: own\nlabel: Own\nextends: service\n"))
    told = {r.play.id: r for r in recommend(shipped, fake.view())}
    assert told["carry_the_note"].state == "unknown"
    assert "handoff" in told["carry_the_note"].missing
    assert "context_kept" not in [k.id for k in fake.view().manifest.kpis]


def test_a_slip_in_the_only_condition_is_told_once(tmp_path):
    told = fault(tmp_path, PACK + PLAY.replace("worse_than: baseline", "below: 3, above: 2"))
    assert "name one of" in told
    assert "playbooks/own.yaml:8" in told
    assert "faults" not in told


def test_a_change_that_does_not_hold_says_which_value_and_why(tmp_path):
    text = "cxkit: 1\nid: own\nlabel: Own\nextends: service\nchanges:\n  call_back:\n    due_days: 7\n    owner:\n"
    told = fault(tmp_path, text)
    assert "`owner`: input should be a valid string" in told
    assert "playbooks/own.yaml:8" in told


def test_the_list_of_rows_that_were_not_used_is_no_plays(tmp_path):
    assert "take another" in fault(tmp_path, PACK + PLAY.replace("id: call_back", "id: rejected_rows"))
