"""A map as CSV and as Mermaid: nothing of it is lost, and no text of it is run or read as a sign."""

from __future__ import annotations

import csv
import io
import re

import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from cxkit._share import share_path
from cxkit.journey.formats import CARD, map_csv, map_mermaid, mermaid_journey
from cxkit.journey.model import Journey
from cxkit.journey.read import read_journeys

SAMPLES = share_path("data/samples")
MAPS = [
    pytest.param(j, id=f"{s}-{j.id}-{j.version}")
    for s in ("aldermoor", "fennick", "torvald")
    for p in read_journeys(SAMPLES / s).values()
    for j in (p.as_is, p.to_be)
    if j is not None
]
HOSTILE = [
    'Say "yes" [now]; end', "<script>alert(1)</script>", '%%{init: {"securityLevel": "loose"}}%%', "a: 3: b, c",
    "#quot; &lt;", "one\nend\r\n%% two", "`**bold**` $$x$$", "s1 --> s2", "click s1 call alert()", "a|b{c}(d)<e>",
]  # fmt: skip


def drawn(*labels: str, **changes) -> Journey:
    """A journey with a step for each label."""
    steps = [{"id": f"s_{i}", "label": label} | changes for i, label in enumerate(labels)]
    phases = [{"id": "ask", "label": labels[0], "steps": steps}]
    personas = [{"id": "kim", "label": labels[0]}]
    return Journey.model_validate(
        {"cxkit": 1, "id": "m", "version": "to-be", "label": labels[0], "personas": personas, "phases": phases}
    )


def cards(journey: Journey) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(map_csv(journey))))


def leaves(value: object) -> list[object]:
    """Every text, number and day that somebody wrote into a model."""
    if isinstance(value, BaseModel):
        return [x for name in value.model_fields_set for x in leaves(getattr(value, name))]
    if isinstance(value, dict):
        return [x for k, v in value.items() for x in (k, *leaves(v))]
    if isinstance(value, list | tuple):
        return [x for v in value for x in leaves(v)]
    return [] if value is None or isinstance(value, bool) else [value]


# CSV


@pytest.mark.parametrize("journey", MAPS)
def test_no_card_of_a_sample_is_lost(journey):
    told = {cell for row in cards(journey) for cell in row.values()}
    written = {f"{v:g}" if isinstance(v, int | float) else str(v) for v in leaves(journey)} - {"1"}
    lost = {v for v in written - told if not any(f"{v} = " in c or f" = {v}" in c for c in told)}
    assert lost == set()
    assert len(told & written) > 40


def test_a_row_says_whose_card_it_is():
    step = {"front_stage": [{"does": "Asks again", "role": "Desk", "system": "CRM"}], "emotion": {"kim": -2}}
    row = next(r for r in cards(drawn("Ask", **step)) if r["lane"] == "front_stage")
    assert list(row) == list(CARD)
    assert [row[c] for c in ("journey", "phase", "step", "text", "role", "system")] == [
        "m", "ask", "s_0", "Asks again", "Desk", "CRM",
    ]  # fmt: skip
    felt = next(r for r in cards(drawn("Ask", **step)) if r["lane"] == "emotion")
    assert (felt["persona"], felt["value"]) == ("kim", "-2")


def test_an_opportunity_says_which_pain_it_answers():
    step = {"pains": [{"id": "slow", "text": "Slow"}], "opportunities": [{"text": "Faster", "answers": ["slow"]}]}
    found = {r["lane"]: r for r in cards(drawn("Ask", **step))}
    assert found["opportunities"]["refers_to"] == found["pains"]["id"] == "slow"


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_no_text_becomes_a_formula(sign):
    text = f"{sign}HYPERLINK(1)"
    journey = drawn("Ask", pains=[text], owner=text, channels=[text], offer={text: {"rule": "identical", "tone": text}})
    held = [cell for row in cards(journey) for cell in row.values() if "HYPERLINK" in cell]
    assert len(held) == 7
    assert all(cell.startswith("'") for cell in held)


def test_a_text_of_several_lines_stays_one_card():
    rows = cards(drawn("Ask", thoughts=['One, "two"\nthree; four']))
    assert [r["text"] for r in rows if r["lane"] == "thoughts"] == ['One, "two"\nthree; four']


# Mermaid

TEXT = r'"[^"\n]+"'
NODE = rf"s\d+(\[{TEXT}\]|\{{\{{{TEXT}\}}\}}|\[\[{TEXT}\]\]|\(\[{TEXT}\]\))"
LINE = re.compile(
    rf"flowchart LR|    accTitle: [^\n]+|    subgraph p\d+\[{TEXT}\]|        {NODE}|    end|    s\d+ (-->|-\.->) s\d+"
)


def lines_apart(chart: str) -> list[str]:
    """Lines of a chart that are not of the few forms that it may have."""
    return [line for line in chart.split("\n")[:-1] if not LINE.fullmatch(line)]


@pytest.mark.parametrize("journey", MAPS)
def test_a_chart_holds_every_step_once_and_every_move(journey):
    chart = map_mermaid(journey)
    nodes = re.findall(r"^        (s\d+)[\[({]", chart, flags=re.MULTILINE)
    assert nodes == [f"s{i}" for i in range(1, len(journey.steps) + 1)]
    assert lines_apart(chart) == []
    assert chart.count("-.->") == sum(len(s.back_to) for s in journey.steps)


def test_branches_loops_ends_and_the_moment_of_truth_are_marked():
    steps = [
        {"id": "order", "label": "Order", "next": ["door", "desk"]},
        {"id": "door", "label": "At the door", "next": ["kept"]},
        {"id": "desk", "label": "At the desk", "moment_of_truth": True, "back_to": ["order"]},
        {"id": "kept", "label": "Kept", "last": True},
        {"id": "mend", "label": "Mended", "journey": "mending"},
    ]
    phases = [{"id": "a", "label": "Buy", "steps": steps[:1]}, {"id": "b", "label": "Have", "steps": steps[1:]}]
    journey = Journey.model_validate({"cxkit": 1, "id": "m", "version": "to-be", "label": "Order", "phases": phases})
    lines = [line.strip() for line in map_mermaid(journey).splitlines()]
    assert [line for line in lines if "->" in line] == [
        "s1 --> s2", "s1 --> s3", "s2 --> s4", "s3 --> s4", "s3 -.-> s1",
    ]  # fmt: skip
    assert {'s3{{"★ At the desk"}}', 's4(["Kept"])', 's5[["Mended"]]', 'subgraph p2["Have"]'} <= set(lines)


@pytest.mark.parametrize("label", HOSTILE)
def test_no_label_breaks_out_of_its_box(label):
    chart = map_mermaid(drawn(label, "Sign"))
    assert lines_apart(chart) == []
    texts = re.findall(TEXT, re.sub(r"#\w+;", "", chart))
    assert texts
    assert not set("<>&;`|$%#[]{}()\\") & set("".join(texts))


@pytest.mark.parametrize("label", HOSTILE)
def test_no_label_becomes_a_line_of_the_diagram(label):
    said = mermaid_journey(drawn(label, emotion={"kim": 1})).splitlines()
    assert [line.split()[0] for line in said[:3]] == ["journey", "title", "section"]
    task = re.fullmatch(r"        ([^:;]|#\w+;)+: 4: ([^:;,]|#\w+;)+", said[3])
    assert len(said) == 4
    assert task


@pytest.mark.parametrize("word", ["title of it", "Section two", "journey home", "accTitle"])
def test_a_step_named_like_a_word_of_mermaid_stays_a_step(word):
    said = mermaid_journey(drawn(word, emotion=0)).splitlines()[3]
    assert re.match(r"\s+#\d+;", said)


@pytest.mark.parametrize("label", ["مرحبا بالعالم", "漢字「引用」", "हिन्दी किताब", "Ångström & Söhne"])
def test_other_scripts_stand_as_they_are(label):
    assert label.replace("&", "#amp;") in map_mermaid(drawn(label))
    assert label.replace("&", "#amp;") in mermaid_journey(drawn(label))


def test_feelings_go_from_one_to_five_and_what_is_not_known_is_not_drawn():
    felt = [{"id": f"s{v}", "label": f"Step {v}", "emotion": v - 3} for v in range(1, 6)]
    felt.append({"id": "no", "label": "Unknown"})
    phases = [{"id": "a", "label": "A", "steps": felt}]
    journey = Journey.model_validate({"cxkit": 1, "id": "m", "version": "to-be", "label": "M", "phases": phases})
    said = [line.strip() for line in mermaid_journey(journey).splitlines()[3:]]
    assert said == [*(f"Step {v}: {v}" for v in range(1, 6)), "%% Unknown"]


def test_personas_who_feel_alike_share_a_line():
    people = [{"id": "kim", "label": "Kim, 7"}, {"id": "lou", "label": "Lou"}, {"id": "max", "label": "Max"}]
    steps = [{"id": "a", "label": "Ask", "emotion": {"kim": -1.5, "lou": 1, "max": -1.5}}]
    made = {"cxkit": 1, "id": "m", "version": "to-be", "label": "M", "personas": people}
    journey = Journey.model_validate(made | {"phases": [{"id": "a", "label": "A", "steps": steps}]})
    assert [line.strip() for line in mermaid_journey(journey).splitlines()[3:]] == [
        "Ask: 1.5: Kim#44; 7, Max", "Ask: 4: Lou",
    ]  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.text(min_size=1, max_size=60))
def test_any_text_makes_charts_of_known_lines_and_a_csv_that_reads(text):
    journey = drawn(text, "Sign", emotion={"kim": 0}, pains=[text])
    assert lines_apart(map_mermaid(journey)) == []
    assert len(mermaid_journey(journey).splitlines()) == 5
    kept = text.replace("\r\n", "\n").replace("\r", "\n")
    assert {r["text"] for r in cards(journey) if r["lane"] == "pains"} <= {kept, f"'{kept}"}


def test_the_chart_of_the_readme_is_that_of_the_sample():
    (shown,) = re.findall(r"```mermaid\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.S)
    assert shown == map_mermaid(read_journeys(SAMPLES / "fennick")["order"].as_is)
