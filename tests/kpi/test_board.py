"""A board says what the evidence says: hidden segments are named and never shown, tags are what the test allows."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import fake
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxkit._blocks import Figure, Table, Tag, Text, line_text
from cxkit._html import Canvas, render
from cxkit._plain import plain
from cxkit.evidence.cells import Cell
from cxkit.evidence.estimate import Estimate
from cxkit.kpi.board import LINES, board_blocks, board_cards, board_comments, board_figure, board_table
from cxkit.kpi.charts import Point, Series, lines_spec
from cxkit.kpi.choose import WHOLE, Wish, settle
from cxkit.kpi.marks import spread_out

SECRET = Estimate(-77.125, -88.5, -66.5, 13, "score")


def board(evidence=None, **wish):
    return settle(evidence or fake.evidence(), Wish(**wish), notes=fake.NOTES)


def hidden(status: str, value: str = "South"):
    """The fake evidence in which one segment is hidden in every period, as `hide` leaves it."""
    full = fake.evidence()
    none = Estimate.without(status, n=None if status == "suppressed" else 3)
    cells = tuple(replace(c, estimate=none) if any(v == value for _, v in c.slice) else c for c in full.cells)
    kept = tuple(c for c in full.comparisons if not any(v == value for _, v in c.slice))
    return replace(full, cells=cells, comparisons=kept)


@pytest.mark.parametrize(("status", "said"), [("suppressed", "held back"), ("too_few", "too few to show")])
def test_a_hidden_segment_is_said_and_never_shown(status, said):
    chosen = board(hidden(status), kpi="nps", split="region")
    figure, table = board_figure(chosen), board_table(chosen)
    row = next(r for r in table.rows if line_text(r[0]) == "South")
    assert (line_text(row[1]), line_text(row[2])) == ("", said)
    assert "South" in table.note
    assert "South" not in json.dumps(figure.spec)


def test_what_is_hidden_in_the_period_in_view_has_no_line_even_where_others_had_a_value():
    full = fake.evidence()
    last = Cell("nps", "quarter", "2026-Q3", (("region", "South"),), Estimate.without("suppressed", n=None), "x")
    cells = tuple(last if (c.kpi, c.period, c.slice) == (last.kpi, last.period, last.slice) else c for c in full.cells)
    chosen = board(replace(full, cells=cells), kpi="nps", split="region")
    assert "South" not in json.dumps(board_figure(chosen).spec)


def test_many_hidden_segments_are_named_under_the_table_instead_of_filling_it():
    full = fake.evidence()
    none = Estimate.without("too_few", n=3)
    cells = tuple(replace(c, estimate=none) if c.slice and c.slice[0][1] != "North" else c for c in full.cells)
    table = board_table(board(replace(full, cells=cells, comparisons=()), kpi="nps", split="segment"))
    assert [line_text(r[0]) for r in table.rows] == ["All customers"]
    assert all(v in table.note for v in fake.DIMENSIONS["segment"])


@pytest.mark.parametrize("kpi", ["nps", "churn", "contact_rate"])
def test_a_tag_says_the_side_and_its_tone_the_verdict(kpi):
    chosen = board(kpi=kpi, split="segment")
    for row in board_table(chosen).rows[:-1]:
        found = chosen.view.comparison(kpi, "rest", (("segment", line_text(row[0])),))
        tag = row[4][0] if row[4] else ""
        if isinstance(tag, Tag):
            assert tag.text == ("above" if found.difference.value > 0 else "below")
            assert tag.tone == found.verdict
        else:
            assert not (found and found.real)


def test_at_most_five_segments_are_drawn_and_the_whole_with_them():
    figure = board_figure(board(kpi="nps", split="segment"))
    lines = [t for t in figure.spec["data"] if t.get("mode") == "lines+markers"]
    assert len(lines) <= LINES + 1
    assert figure.columns[-1] == "All customers"
    assert len(figure.columns) == len(lines) + 1


def test_segments_told_apart_are_drawn_before_others(aldermoor):
    chosen = settle(aldermoor.evidence(), Wish(kpi="context_kept", split="handoff", period="2026-Q3"))
    real = {c.slice[0][1] for c in chosen.view.evidence.comparisons if c.kpi == "context_kept" and c.real
            and c.against == "rest" and c.period == "2026-Q3" and c.slice[0][0] == "handoff"}  # fmt: skip
    assert real <= set(board_figure(chosen).columns)
    assert real


def test_a_single_period_is_drawn_as_dots():
    figure = board_figure(board(kpi="nps", split="region", length="quarter", period="2025-Q4"))
    assert all(t["mode"] in ("markers", "lines") for t in figure.spec["data"])


def test_only_commentary_on_what_is_shown_is_shown():
    assert [c.title for c in board_comments(board(kpi="nps"))] == ["The callback play carries the rise"]
    assert board_comments(board(kpi="ces")) == ()


def test_without_a_split_the_segments_that_stand_apart_are_listed():
    table = board_table(board(kpi="nps", split=WHOLE))
    assert isinstance(table, Table)
    assert all(isinstance(r[4][0], Tag) for r in table.rows)
    assert isinstance(board_table(board(kpi="grr", split=WHOLE)), Text)


@pytest.mark.parametrize("split", [WHOLE, *fake.DIMENSIONS])
@pytest.mark.parametrize("kpi", fake.KPIS)
def test_every_board_can_be_drawn_and_client_text_stays_text(kpi, split):
    block = board_blocks(board(kpi=kpi, split=split))
    assert fake.ATTACK not in render(block, Canvas())
    assert plain(block)


@pytest.mark.parametrize(("status", "n"), [("no_data", 0), ("too_few", 3), ("suppressed", None), ("undefined", 40)])
def test_a_board_survives_evidence_without_a_number(status, n):
    assert plain(board_blocks(settle(fake.empty_view(status=status, n=n).evidence, Wish(kpi="nps", split="region"))))


def test_the_cards_of_a_board_are_those_of_the_report():
    cards, note = board_cards(fake.view())
    assert [c.label for c in cards.cards] == [k.label for k in fake.view().manifest.kpis]
    assert "at the end" not in plain(note)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=6).map(sorted), st.floats(1, 16))
def test_labels_keep_their_order_and_do_not_lie_on_each_other(wanted, gap):
    places = spread_out(wanted, gap, low=0.0, high=100.0)
    assert all(b - a >= gap - 1e-9 for a, b in pairwise(places))
    assert min(places) >= gap / 2 - 1e-9
    assert max(places) <= 100 - gap / 2 + 1e-9


@given(st.lists(st.floats(20, 80), min_size=1, max_size=4, unique=True).map(sorted))
def test_labels_with_room_stay_where_they_are(wanted):
    gap = min((b - a for a, b in pairwise(wanted)), default=10.0)
    assert spread_out(wanted, gap, low=-100.0, high=200.0) == pytest.approx(wanted)


def test_lines_without_any_value_are_still_a_chart():
    series = [Series("North", (Point("Q1|2026", None, ""), Point("Q2|2026", None, "")), "")]
    assert lines_spec(series, ticks=lambda v, _: str(v))["layout"]["annotations"] == []


def test_a_figure_of_lines_holds_the_numbers_it_draws():
    chosen = board(kpi="nps", split="region")
    figure = board_figure(chosen)
    assert isinstance(figure, Figure)
    assert [r[0] for r in figure.rows] == ["Q4\u00a02025", "Q1\u00a02026", "Q2\u00a02026", "Q3\u00a02026"]
    assert "South" in figure.columns
    assert figure.alt.startswith(f"Line chart. {figure.title}.")
