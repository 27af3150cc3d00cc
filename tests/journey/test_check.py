"""What a `when` finds in the data is told before anything is measured."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from journeys import SOURCES, answers, journey, log, measured

from cxkit._table import open_database
from cxkit.data.read import read_tables
from cxkit.errors import DocumentError
from cxkit.journey.measure import check_journeys
from cxkit.journey.read import read_journeys


def changed(step: int, **fields):
    phases = [p.model_dump(mode="json") for p in journey().phases]
    phases[step // 2]["steps"][step % 2] |= fields
    return journey(phases=phases)


def checked(folder, given) -> tuple[str, ...]:
    (folder / "journeys").mkdir()
    text = json.dumps(given.model_dump(mode="json"), indent=1)
    (folder / "journeys/join.as-is.yaml").write_text(text)
    log(60).assign(row=range(len(log(60)))).to_csv(folder / "log.csv")
    answers(log(5)).assign(row=range(len(answers(log(5))))).to_csv(folder / "answers.csv")
    with open_database() as db:
        columns = read_tables(db, SOURCES, root=folder).columns
        return check_journeys(db, read_journeys(folder), kpis=[], columns=columns)


def refused(folder, given, *, line_of: str):
    with pytest.raises(DocumentError) as told:
        checked(folder, given)
    text = (folder / "journeys/join.as-is.yaml").read_text()
    line = 1 + text[: text.index(line_of)].count("\n")
    assert told.value.where.split(",")[0] == f"journeys/join.as-is.yaml:{line}"
    return told.value


def test_a_map_whose_predicates_hold_has_no_note(tmp_path):
    given = changed(1, events=[], when="step = 'Prove' and channel in ('web', 'phone', 'chat')")
    assert checked(tmp_path, given) == ()


def test_a_predicate_that_nothing_fits_is_noted_and_the_step_unobserved(tmp_path):
    given = changed(1, events=[], when="step = 'Proof'")
    (note,) = checked(tmp_path, given)
    assert note == (
        "journeys/join.as-is.yaml: No interaction shows the step 'prove'; it is told as unobserved. Look at its `when`."
    )
    _, numbers = measured(tmp_path, log(60), given)
    assert {f.estimate.status for (i, _), f in numbers.items() if i == "prove"} == {"unobserved"}


def test_a_predicate_that_everything_fits_is_refused(tmp_path):
    steps = [{"id": "ask", "label": "Ask", "when": "channel is not null"}, {"id": "wait", "label": "Wait"}]
    given = journey(phases=[{"id": "all", "label": "All", "steps": steps}])
    told = refused(tmp_path, given, line_of='"when": "channel')
    assert "Every interaction shows the step 'ask'" in str(told)


def test_two_steps_that_one_interaction_shows_are_refused_with_their_number(tmp_path):
    events = log(60)
    n = ((events["step"] == "Sign") & (events["channel"] == "web")).sum()
    when = "step = 'Prove' or (step = 'Sign' and channel = 'web')"
    told = refused(tmp_path, changed(1, events=[], when=when), line_of='"when": "step')
    assert f"{n} interactions show both 'prove' and 'sign'" in str(told)


def test_a_predicate_over_a_column_that_is_not_mapped_is_refused(tmp_path):
    told = refused(tmp_path, changed(1, when="resolved"), line_of='"when": "resolved"')
    assert "The column 'resolved' of interactions, which `when` names, is not mapped" in str(told)
    assert "Map it in sources.yaml." in told.hint


def test_a_predicate_that_cannot_be_worked_out_is_refused(tmp_path):
    told = refused(tmp_path, changed(1, events=[], when="started_at > 'soon'"), line_of='"when": "started_at')
    assert "The `when` of 'prove' cannot be worked out" in str(told)


def test_a_step_is_measured_by_its_predicate_as_by_its_events(tmp_path):
    events = log(200)
    (_, plain), (_, told) = (
        measured(tmp_path, events, g) for g in (journey(), changed(1, events=[], when="step = 'Prove'"))
    )
    assert {k: f.estimate for k, f in told.items()} == {k: f.estimate for k, f in plain.items()}


def test_a_map_may_be_told_by_predicates_alone(tmp_path):
    events = pd.concat([log(200)])
    phases = [p.model_dump(mode="json") for p in journey().phases]
    for phase in phases:
        for step in phase["steps"]:
            step["when"], step["events"] = f"step = '{step['events'][0]}'", []
    (_, plain), (_, told) = (measured(tmp_path, events, g) for g in (journey(), journey(phases=phases)))
    assert {k: f.estimate for k, f in told.items()} == {k: f.estimate for k, f in plain.items()}
