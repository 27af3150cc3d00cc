"""Widgets without a browser: a choice changes what is shown, and the same object is a static block."""

from __future__ import annotations

import subprocess
import sys

import fake
import pytest
import traitlets

from cxkit._blocks import MIME, Figure, Group, block_from_json, flatten
from cxkit._plain import plain
from cxkit.errors import ParameterError
from cxkit.kpi.choose import Option
from cxkit.report.page import blocks_of, build_page
from cxkit.widgets.cards import CardChoice
from cxkit.widgets.choice import Choice
from cxkit.widgets.journey_map import JourneyMap
from cxkit.widgets.kpi_board import KpiBoard
from cxkit.widgets.live_map import LiveMap
from cxkit.widgets.plan_board import PlanBoard
from cxkit.widgets.play_board import PlayBoard
from cxkit.widgets.segment_comparison import SegmentComparison
from cxkit.widgets.tabs import Tabs

VIEW_MIME = "application/vnd.jupyter.widget-view+json"


@pytest.fixture
def board():
    return KpiBoard(fake.view())


@pytest.fixture
def segments():
    return SegmentComparison(fake.view(), kpi="nps", split="region")


@pytest.fixture(scope="module")
def view(aldermoor):
    return aldermoor.view("2026-Q3")


@pytest.fixture(scope="module")
def work(aldermoor, view):
    return aldermoor.work(view)


def chart(board) -> dict:
    (output,) = board.board.figure._chart.outputs
    return output["data"]["application/vnd.plotly.v1+json"]


def test_a_choice_refuses_what_is_closed_or_not_there():
    choice = Choice(label="Region", options=[{"value": "N"}, {"value": "S", "disabled": True}], value="N")
    for wrong in ("S", "W"):
        with pytest.raises(traitlets.TraitError, match="there are: 'N'"):
            choice.value = wrong
    assert choice.value == "N"


def test_other_options_and_their_value_come_at_once():
    choice, seen = Choice(options=[{"value": "a"}], value="a"), []
    choice.observe(lambda change: seen.append((change["new"], choice.options[0]["value"])), "value")
    choice.offer([Option("b", "B")], value="b")
    assert seen == [("b", "b")]


def test_a_choice_without_any_open_option_still_shows_why():
    choice = Choice()
    choice.offer([Option("-", "not declared", disabled=True)], value="-")
    assert choice.value == "-"


def test_pressing_a_card_shows_its_course(board):
    before = chart(board)
    board.board.cards.chosen = "churn"
    assert board.chosen == "churn"
    assert chart(board) != before
    assert next(b for b in board.block.blocks if isinstance(b, Figure)).title.startswith("Monthly churn")


def test_choosing_the_same_card_again_leaves_the_chart_alone(board):
    before = board.board.figure._chart.outputs
    board.chosen = board.chosen
    assert board.board.figure._chart.outputs is before


def test_the_cards_are_the_reports_own(board):
    assert '<p class="label">Net Promoter Score®</p>' in board.board.cards.html
    assert fake.ATTACK not in board.board.cards.html
    assert board.board.cards.kpis == list(fake.KPIS)


def test_an_unknown_kpi_is_refused_with_those_there_are(board):
    with pytest.raises(ParameterError) as error:
        board.chosen = "no such"
    assert "nps" in error.value.hint


def test_a_split_without_cells_is_closed_and_opens_again(segments):
    choices = segments.board.choices
    choices["kpi"].value = "grr"
    assert all(o["disabled"] for o in choices["split"].options[1:])
    assert segments.chosen == {"kpi": "grr"}
    choices["kpi"].value = "nps"
    assert segments.chosen == {"kpi": "nps", "split": "region"}


def test_another_dimension_changes_chart_table_and_block(segments):
    before, said = chart(segments), segments.board._table.value
    segments.choose(split="channel")
    assert chart(segments) != before
    assert segments.board._table.value != said
    assert "Phone" in plain(segments.block)


def test_a_suppressed_segment_is_said_in_the_widget(segments):
    assert "held back" in segments.board._table.value
    assert "Islands" not in str(chart(segments))


def test_names_of_clients_are_dead_text(segments):
    segments.choose(split="segment")
    html = segments.board._table.value + segments.board.figure._head.value + segments.board.figure._foot.value
    assert fake.ATTACK not in html + str(chart(segments))
    assert "&lt;script&gt;" in html


def test_a_comparison_takes_evidence_too():
    assert SegmentComparison(fake.evidence()).chosen["kpi"] == "nps"


def test_a_pair_is_split_by_both(aldermoor):
    segments = SegmentComparison(aldermoor.evidence(), kpi="nps", split="region")
    segments.board.choices["and_by"].value = "segment"
    assert segments.chosen == {"kpi": "nps", "split": "region", "and_by": "segment"}
    assert "South · Household" in plain(segments.block)


@pytest.mark.parametrize("make", [KpiBoard, SegmentComparison])
def test_a_widget_is_a_widget_and_a_block(make):
    widget = make(fake.view())
    data = widget._repr_mimebundle_()
    assert VIEW_MIME in data
    assert data["text/plain"] == plain(widget.block)
    assert block_from_json(data[MIME]) == widget.block


@pytest.mark.parametrize("make", [KpiBoard, SegmentComparison])
def test_a_page_shows_the_widgets_as_static_blocks(make):
    widget = make(fake.view())
    cell = {"outputs": [{"output_type": "execute_result", "data": widget._repr_mimebundle_()}]}
    blocks = blocks_of({"cells": [cell]})
    assert blocks == [widget.block]
    page = build_page(blocks)
    assert list(flatten(blocks))
    assert "data-kpi" not in page
    assert fake.ATTACK not in page


def test_maps_plays_and_plan_are_read_in_pieces(view, work):
    maps, plays, plan = JourneyMap(view, work.journeys), PlayBoard(view, work.plays), PlanBoard(view, work.plan)
    assert maps.chosen == work.journeys[0].as_is.id
    whole = plan.block
    plan.chosen = "people"
    assert plan.block != whole
    assert "Coaching" in plain(plan.block)
    plays.chosen = "rests"
    assert "No play is called for" not in plain(plays.block)


@pytest.mark.parametrize(
    "make", [lambda v: JourneyMap(v, ()), lambda v: PlayBoard(v, ()), lambda v: PlanBoard(v, None)]
)
def test_where_there_is_nothing_there_is_an_empty_block(make):
    assert make(fake.view()).block == Group(())


def test_a_map_among_the_pieces_lives_and_a_piece_that_leaves_is_closed(view, work):
    maps = JourneyMap(view, work.journeys)
    live = [p for p in maps.pieces.page.children if isinstance(p, LiveMap)]
    assert [p.html.count("<table") for p in live] == [1]
    assert not any("<table style" in getattr(p, "value", "") for p in maps.pieces.page.children)
    maps.pieces.show([])
    assert maps.pieces.page.children == ()
    assert live[0].comm is None


def test_tabs_show_one_panel_and_refuse_others():
    one, two = CardChoice(), CardChoice()
    tabs = Tabs({"a": ("A", one), "b": ("B", two)})
    tabs.chosen = "b"
    assert ("cx-away" in one._dom_classes, "cx-away" in two._dom_classes) == (True, False)
    with pytest.raises(traitlets.TraitError):
        tabs.chosen = "c"


@pytest.mark.parametrize(
    "code",
    ["import cxkit", "import cxkit; cxkit.open_engagement, cxkit.draw_answer, cxkit.draw_gates", "import cxkit.cli"],
)
def test_reports_and_the_command_line_load_no_widgets(code):
    loaded = f"{code}; import sys; print(sorted({{'ipywidgets', 'anywidget', 'IPython'}} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True).stdout.strip() == "[]"
