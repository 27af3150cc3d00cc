"""A journey's file is read, or refused with its line."""

from __future__ import annotations

import pytest

from cxkit.errors import DocumentError
from cxkit.journey.check import faults_of
from cxkit.journey.model import Journey, journey_hash
from cxkit.journey.read import read_journeys

AS_IS = """\
cxkit: 1
id: moving
version: as-is
label: Moving home
window_days: 56
phases:
  - id: ask
    label: Ask
    steps:
      - {id: request, label: Ask, events: [Request], channels: [web]}
      - {id: check, label: Prove, events: [Check], kpis: [{kpi: nps, where: {region: South}}]}
  - id: settle
    label: Settle
    steps:
      - {id: bill, label: Bill, events: [Bill], last: true}
"""
TO_BE = AS_IS.replace("as-is", "to-be").replace(
    "events: [Check]", "events: [Check], targets: {drop_off: 10 %, score: 4.2}"
)


def written(tmp_path, **texts: str):
    (tmp_path / "journeys").mkdir(exist_ok=True)
    for name, text in texts.items():
        (tmp_path / "journeys" / f"moving.{name.replace('_', '-')}.yaml").write_text(text)
    return tmp_path


def journey(text: str = AS_IS, **changes) -> Journey:
    from ruamel.yaml import YAML

    return Journey.model_validate(YAML(typ="safe").load(text) | changes)


def test_both_versions_are_read(tmp_path):
    pair = read_journeys(written(tmp_path, as_is=AS_IS, to_be=TO_BE))["moving"]
    assert [s.id for s in pair.as_is.steps] == ["request", "check", "bill"]
    assert pair.to_be.step("check").targets == {"drop_off": 0.1, "score": 4.2}


def test_a_to_be_may_stand_alone(tmp_path):
    assert read_journeys(written(tmp_path, to_be=TO_BE))["moving"].as_is is None


def test_an_engagement_without_journeys_has_none(tmp_path):
    assert read_journeys(tmp_path) == {}


@pytest.mark.parametrize(
    ("old", "new", "what", "line"),
    [
        ("id: moving", "id: move", "named moving.as-is.yaml", 2),
        ("id: check,", "id: request,", "'request' stands twice", 11),
        ("[Check]", "[Request]", "'Request' shows 'request' and 'check'", 11),
        ("[Check]", "[Check, Check]", "'Check' shows 'check' and 'check'", 11),
        ("id: settle", "id: ask", "phase 'ask' stands twice", 12),
        ("events: [Check]", "events: [Check], targets: {score: 4}", "An as-is has no targets", 11),
        ("window_days: 56", "window_days: 0", "greater than or equal to 1", 5),
        ("channels: [web]", "chanels: [web]", "Did you mean `channels`", 10),
        ("{kpi: nps, where: {region: South}}", "{journey: moving, measure: fit}", "names a `kpi`", 11),
        ("region: South", "region: any", "not `any`", 11),
        ("version: as-is", "version: now", "as-is", 3),
        ("phases:", "score: {column: nps}\nphases:", "satisfaction", 6),
    ],
)
def test_a_fault_is_told_with_its_line(tmp_path, old, new, what, line):
    with pytest.raises(DocumentError) as told:
        read_journeys(written(tmp_path, as_is=AS_IS.replace(old, new)))
    assert what in str(told.value)
    assert f"journeys/moving.as-is.yaml:{line}" in str(told.value)


def test_a_step_keeps_its_id_in_the_to_be(tmp_path):
    renamed = TO_BE.replace("id: check", "id: identity")
    with pytest.raises(DocumentError, match="as-is step 'check'") as told:
        read_journeys(written(tmp_path, as_is=AS_IS, to_be=renamed))
    assert "moving.to-be.yaml:11" in told.value.where


def test_an_unknown_target_is_refused(tmp_path):
    with pytest.raises(DocumentError, match="no target 'dropoff'"):
        read_journeys(written(tmp_path, to_be=TO_BE.replace("drop_off", "dropoff")))


def test_the_hash_is_of_what_is_counted():
    base = journey_hash(journey())
    same = AS_IS.replace("label: Prove", "label: Show, owner: Anna, pains: [Slow]").replace(
        "channels: [web]", "channels: []"
    )
    assert journey_hash(journey(same)) == base
    for old, new in [("[Check]", "[Other]"), ("56", "28"), (", last: true", ""), ("id: check", "id: proof")]:
        assert journey_hash(journey(AS_IS.replace(old, new))) != base
    assert journey_hash(journey(unit="customer")) != base
    assert journey_hash(journey(event_column="reason")) != base
    assert journey_hash(journey(score={"column": "effort"})) != base


def faults(text: str = AS_IS, **known):
    given = {
        "kpis": ["nps"],
        "columns": {"interactions": ["step"], "responses": ["survey"]},
        "events": {"step": ["Request", "Check", "Bill"]},
    }
    return list(faults_of(journey(text), **(given | known)))


def test_a_journey_that_names_only_what_is_there_has_no_fault():
    assert faults() == []


def test_an_unknown_kpi_gets_the_nearest():
    ((loc, what, hint),) = faults(kpis=["nps_2"])
    assert (loc[-1], what, hint) == ("kpi", "The KPI 'nps' is not measured.", "Did you mean 'nps_2'?")


def test_an_unknown_event_gets_the_nearest():
    ((loc, what, hint),) = faults(AS_IS.replace("[Check]", "[Chek]"))
    assert loc == ("phases", 0, "steps", 1, "events", 0)
    assert (what, hint) == ("No interaction has the step 'Chek'.", "Did you mean 'Check'?")


def test_a_to_be_may_name_what_does_not_happen_yet():
    assert faults(TO_BE.replace("[Check]", "[Photo]")) == []


def test_a_column_that_is_not_mapped_is_told():
    found = faults(columns={"interactions": ["reason"]}, events={})
    assert ["'step' of interactions" in what for _, what, _ in found] == [True]
    scored = AS_IS.replace("phases:", "score: {column: effort, survey: [S]}\nphases:", 1)
    ((loc, *_),) = faults(scored)
    assert loc == ("score", "column")


@pytest.mark.parametrize("target", ["5", "-5 %", "500 %"])
def test_a_target_that_no_share_can_reach_is_refused(tmp_path, target):
    folder = written(tmp_path, as_is=AS_IS, to_be=TO_BE.replace("10 %", target))
    with pytest.raises(DocumentError, match="a share from 0 to 100 %"):
        read_journeys(folder)


def test_an_owner_is_words_and_no_list(tmp_path):
    folder = written(tmp_path, as_is=AS_IS.replace("channels: [web]", "owner: [Ann, Ben]"))
    with pytest.raises(DocumentError, match="valid string"):
        read_journeys(folder)
