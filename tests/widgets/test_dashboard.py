"""The dashboard without a browser: what it shows, what it refuses, and what it says when something is wrong."""

from __future__ import annotations

import json
import re
import shutil

import pytest
from conftest import ROOT, TODAY

import cxkit
from cxkit._blocks import MIME, Group, block_from_json
from cxkit._plain import plain
from cxkit.engagement import open_engagement
from cxkit.errors import ParameterError
from cxkit.widgets.dashboard import READ, Dashboard


@pytest.fixture
def copy(aldermoor, tmp_path):
    """The measured sample without its exports: a dashboard must not miss them."""
    folder = tmp_path / "aldermoor"
    shutil.copytree(aldermoor.root, folder, ignore=shutil.ignore_patterns("data", "worklists", "reports"))
    return folder


def words_of(widget) -> str:
    return re.sub(r"<[^>]+>", " ", widget.value)


def test_it_opens_on_what_tells_most(aldermoor):
    board = Dashboard(aldermoor, today=TODAY)
    chosen = board.chosen
    assert (chosen.kpi, chosen.period, chosen.split) == ("nps", "2026-Q3", "region")
    assert "South is behind the rest" in plain(board.block)


def test_every_tab_reads_without_the_exports(copy):
    board = Dashboard(copy, today=TODAY)
    for name, said in zip(READ, ("Moving home", "Call back", "Customers get through", "Net Promoter"), strict=True):
        board.tabs.chosen = name
        assert said in board._pages[name].value + read(board, name)


def read(board, name) -> str:
    """The HTML of the piece that a tab shows, maps among it; "" where a tab has no pieces."""
    parts = board._lists[name].page.children if name in board._lists else ()
    return "".join(getattr(p, "value", "") + getattr(p, "html", "") for p in parts)


def test_a_choice_changes_cards_chart_and_table(aldermoor):
    board = Dashboard(aldermoor, today=TODAY)._board
    before = (board.cards.html, board.figure._chart.outputs, board._table.value)
    board.choices["length"].value = "month"
    after = (board.cards.html, board.figure._chart.outputs, board._table.value)
    assert all(one != two for one, two in zip(before, after, strict=True))
    assert board.choices["period"].options[0]["value"] == "2026-10"


def test_what_was_not_measured_cannot_be_chosen(aldermoor):
    board = Dashboard(aldermoor, today=TODAY)
    board.choose(kpi="churn")
    closed = {o["value"] for o in board._board.choices["split"].options if o["disabled"]}
    assert "channel" in closed
    with pytest.raises(ParameterError, match="Nothing was measured for split 'channel'"):
        board.choose(split="channel")


@pytest.mark.parametrize("missing", ["evidence", "engagement.yaml", ""])
def test_without_evidence_it_says_what_to_do(copy, missing):
    if missing:
        target = copy / missing
        shutil.rmtree(target) if target.is_dir() else target.unlink()
    board = Dashboard(copy if missing else copy / "nowhere")
    assert board.chosen is None
    said = words_of(board.children[1])
    assert "cxkit measure" in said or "cxkit new" in said
    assert "Traceback" not in said
    assert block_from_json(board._repr_mimebundle_()[MIME]) == board.block


def test_altered_evidence_is_refused(copy):
    with (copy / "evidence/cells.csv").open("a") as file:
        file.write("\n")
    assert "was changed after it was measured" in words_of(Dashboard(copy).children[1])


def test_a_wrong_gate_is_told_where_it_matters_and_the_rest_is_shown(copy):
    path = copy / "gates/moving_launch.yaml"
    path.write_text(path.read_text().replace("week: 10", "weak: 10"))
    board = Dashboard(copy, today=TODAY)
    assert board.chosen.kpi == "nps"
    for name in ("journeys", "plays", "plan"):
        board.tabs.chosen = name
        assert "at gates/moving_launch.yaml" in board._pages[name].value
    assert "Moving home" in read(board, "journeys")
    assert "Call back" in read(board, "plays")
    path.write_text(path.read_text().replace("weak: 10", "week: 10"))
    board.tabs.chosen = "journeys"
    assert board._pages["journeys"].value == ""


def test_it_says_when_the_numbers_were_measured_again(copy):
    board = Dashboard(copy, today=TODAY)
    manifest = copy / "evidence/manifest.json"
    found = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(found))
    board.choose(split="segment")
    assert board._banner.value == ""
    manifest.write_text(json.dumps(found | {"evidence": "0" * 8}))
    board.choose(split="region")
    assert "measured again" in board._banner.value
    shutil.rmtree(copy / "evidence")
    board.tabs.chosen = "plays"
    assert "not there any more" in board._banner.value
    assert "South is behind the rest" in plain(board.block)


def test_the_client_reads_and_nothing_is_written(copy):
    before = {p: p.stat().st_mtime_ns for p in copy.rglob("*")}
    board = Dashboard(open_engagement(copy), today=TODAY)
    for name in READ:
        board.tabs.chosen = name
    assert {p: p.stat().st_mtime_ns for p in copy.rglob("*")} == before


def test_its_notebook_is_thin_and_names_the_sample_once():
    notebook = json.loads((ROOT / "notebooks/client_dashboard.ipynb").read_text(encoding="utf-8"))
    code = ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]
    assert sum(c.count('"../data/samples/aldermoor"') for c in code) == 1
    assert all(len(c.splitlines()) <= 10 for c in code)


def test_its_notebook_shows_the_dashboard(copy, monkeypatch):
    monkeypatch.setenv("CXKIT_ENGAGEMENT", str(copy))
    notebook = json.loads((ROOT / "notebooks/client_dashboard.ipynb").read_text(encoding="utf-8"))
    code = "".join("".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code")
    *before, last = code.splitlines()
    names: dict = {}
    exec("\n".join(before), names)  # noqa: S102
    assert isinstance(eval(last, names), cxkit.Dashboard)  # noqa: S307


def test_what_is_compared_on_the_board_changes_no_play_and_no_gate(aldermoor):
    board = Dashboard(aldermoor, today=TODAY)
    told = []
    for against in ("previous", "baseline"):
        board.choose(against=against)
        told.append(plain(Group(tuple(board._read("plays")))))
    assert told[0] == told[1]
    assert "At rest: Take one effort out of the journey" in told[0]


def test_commentary_on_a_journey_stands_with_the_journeys(aldermoor, copy):
    found = aldermoor.view().finding("journey/moving", "identity_check", "drop_off")
    note = f"---\ntitle: The paper form\nabout: {found.id}@{found.fingerprint}\n---\nIt is the form.\n"
    (copy / "commentary/4-form.md").write_text(note, encoding="utf-8")
    told = plain(Group(tuple(Dashboard(copy, today=TODAY)._read("journeys"))))
    assert "The paper form" in told
    assert "It is the form." in told
