"""What is drawn of a KPI says no more than the evidence does, and says why where it says nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import fake
import pytest

from cxkit._blocks import (
    Block,
    Card,
    Cards,
    Code,
    Comment,
    Figure,
    Group,
    Header,
    Heading,
    Strong,
    Table,
    Text,
    flatten,
    line_text,
)
from cxkit._html import Canvas, render
from cxkit._plain import plain
from cxkit._share import share_path
from cxkit._theme import BETTER, WORSE
from cxkit.evidence.cells import Comparison
from cxkit.evidence.estimate import Difference, Estimate
from cxkit.evidence.view import Evidence, View
from cxkit.kpi import draw
from cxkit.kpi.charts import Dot, Point, dots_spec, nice_ticks, trend_spec
from cxkit.kpi.sentences import apart, change_of, comparisons_made, headline, lead, target_state

ALL = [getattr(draw, name) for name in draw.__all__]
STATUSES = [("no_data", 0), ("too_few", 3), ("suppressed", None), ("undefined", 40)]


@pytest.fixture(scope="module")
def view() -> View:
    return fake.view()


def found(block: Block, kind: type) -> list:
    return [b for b in flatten([block]) if isinstance(b, kind)]


def only(view: View, *, kpi: str = "nps", difference: float, verdict: str, against: str = "baseline") -> View:
    """The view in which one KPI has one comparison."""
    comparison = Comparison(
        kpi, "quarter", view.period, (), against, "2026-Q1", Difference(difference, -1.0, 1.0, 0.01, "score", 4.0),
        0.01, "baseline:8", verdict,
    )  # fmt: skip
    e = view.evidence
    manifest = e.manifest.model_copy(update={"kpis": (view.kpi(kpi),)})
    return replace(view, evidence=Evidence(manifest, e.cells, (comparison,), e.sql))


@pytest.mark.parametrize("function", ALL, ids=lambda f: f.__name__)
@pytest.mark.parametrize(("status", "n"), STATUSES)
def test_everything_survives_evidence_without_a_number(function, status: str, n: int | None) -> None:
    block = function(fake.empty_view(status=status, n=n))
    assert isinstance(render(block, Canvas()), str)


@pytest.mark.parametrize("function", ALL, ids=lambda f: f.__name__)
@pytest.mark.parametrize("audience", ["executive", "client", "team"])
def test_everything_survives_a_client_without_kpis_cells_or_sources(function, audience: str) -> None:
    manifest = fake.manifest(
        kpis=(), dimensions=(), sources=(), changes=(), previous=None, suppressed={}, baseline=None
    )
    assert isinstance(plain(function(Evidence(manifest, (), (), {}).at("2026-Q3", audience=audience))), str)


@pytest.mark.parametrize("function", ALL, ids=lambda f: f.__name__)
def test_everything_survives_cells_that_were_never_measured(function) -> None:
    assert isinstance(plain(function(Evidence(fake.manifest(), (), (), {}).at("2026-Q3"))), str)


@pytest.mark.parametrize("period", ["2025-11", "2026-10", "2025-Q4", "2026-Q1", "2026-Q3"])
def test_every_period_can_be_drawn(period: str) -> None:
    view = fake.view(period)
    assert all(plain(function(view)) for function in ALL)


@pytest.mark.parametrize("difference", [6.0, -6.0])
def test_the_headline_has_the_direction_of_the_difference(view: View, difference: float) -> None:
    verdict = "better" if difference > 0 else "worse"
    small = only(view, difference=difference, verdict=verdict)
    assert ("more" if difference > 0 else "less") in headline(small)
    assert (", up 6" if difference > 0 else ", down 6") in line_text(lead(small)[0])


def test_for_a_rate_that_should_fall_down_is_better(view: View) -> None:
    small = only(view, kpi="contact_rate", difference=-1.2, verdict="better")
    assert "less" in headline(small)
    assert "down 1.2" in line_text(lead(small)[0])


def test_no_change_is_never_called_one(view: View) -> None:
    small = only(view, difference=6.0, verdict="no change shown")
    text = headline(small) + line_text(lead(small)[0])
    assert "No change is shown" in text
    assert "under 4\u00a0points could easily go unseen" in text
    assert "is real" not in text


def test_a_kpi_without_words_of_its_own_is_spoken_of_by_name(view: View) -> None:
    assert headline(only(view, kpi="grr", difference=0.03, verdict="better")).startswith(
        "Gross revenue retention has risen"
    )


def test_a_real_change_comes_before_the_baseline_that_shows_none(view: View) -> None:
    none = only(view, difference=1.0, verdict="no change shown")
    real = only(view, difference=5.0, verdict="better", against="previous")
    both = replace(
        none, evidence=replace(none.evidence, comparisons=(*none.evidence.comparisons, *real.evidence.comparisons))
    )
    change = change_of(both, "nps")
    assert change is not None
    assert change.against == "previous"


def test_what_cannot_be_compared_says_why(view: View) -> None:
    small = only(view, difference=1.0, verdict="not comparable")
    (one,) = small.evidence.comparisons
    none = replace(one, difference=None, why="the definition has changed")
    cards = found(draw.draw_scorecard(replace(small, evidence=replace(small.evidence, comparisons=(none,)))), Cards)[
        0
    ].cards
    assert cards[0].changes[0] == ("quiet", "No comparison with Q1\u00a02026: the definition has changed")


@pytest.mark.parametrize(
    # The first KPI stands at +32 (27 to 37), the second at 82 % (81 to 84).
    ("targets", "said"),
    [
        ((20, 0.5), "All two KPIs with a target meet theirs."),
        ((50, 0.5), "One of two KPIs misses its target."),
        ((30, 0.5), "No KPI clearly misses its target; for one the data cannot yet tell."),
        ((50, 0.82), "One of two KPIs misses its target; for one the data cannot yet tell."),
        ((50, None), "The one KPI with a target misses it."),
        ((20, None), "The one KPI with a target meets it."),
        ((None, None), ""),
    ],
)
def test_targets_are_counted(targets: tuple[float | None, float | None], said: str) -> None:
    kpis = tuple(fake.kpi_record(k, target=t) for k, t in zip(("nps", "csat"), targets, strict=True))
    paragraph = lead(fake.view(kpis=kpis))[0]
    strong = [p.text for p in paragraph if isinstance(p, Strong)]
    assert (said in strong) if said else not any("target" in s for s in strong)


def test_a_note_that_is_tied_to_a_number_no_longer_there_says_so() -> None:
    note = replace(fake.NOTES[0], cell="nps/1999-Q1", state="unbound")
    comment = found(draw.draw_commentary(replace(fake.view(), notes=(note,))), Comment)[0]
    assert (comment.flag, comment.about) == ("not tied to a number", "nps/1999-Q1")


def test_only_real_differences_are_apart_and_the_worse_come_first(view: View) -> None:
    verdicts = [c.verdict for c in apart(view, "nps")]
    assert verdicts
    assert set(verdicts) <= {"better", "worse"}
    assert verdicts == sorted(verdicts, reverse=True)


@pytest.mark.parametrize(
    ("low", "high", "better", "state"),
    [
        (31.0, 40.0, "higher", "met"),
        (20.0, 29.0, "higher", "missed"),
        (27.0, 37.0, "higher", "open"),
        (31.0, 40.0, "lower", "missed"),
        (20.0, 29.0, "lower", "met"),
        (None, 29.0, "lower", "met"),
        (20.0, 29.0, "neither", ""),
        (None, None, "higher", "open"),
    ],
)
def test_a_target_is_judged_by_the_whole_interval(
    low: float | None, high: float | None, better: str, state: str
) -> None:
    assert target_state(fake.kpi_record("nps", better=better), Estimate(30.0, low, high, 99)) == state


def test_families_are_counted_once() -> None:
    one = [c for c in fake.view().evidence.comparisons if c.family == "previous/2026-Q3:8"]
    assert len(one) == 8
    assert comparisons_made(one) == comparisons_made(one[:1]) == 8


def test_every_number_on_a_card_has_its_interval_and_n(view: View) -> None:
    cards: tuple[Card, ...] = found(draw.draw_scorecard(view), Cards)[0].cards
    assert len(cards) == len(fake.KPIS)
    assert all(" " not in c.interval and c.interval and re.search(r"\d", c.n) for c in cards if c.shown)


def test_the_parts_of_a_bar_lie_on_its_track(view: View) -> None:
    for card in found(draw.draw_scorecard(view), Cards)[0].cards:
        assert 0 <= card.bar.low <= card.bar.at <= card.bar.high <= 1
        assert card.bar.target is None or 0 <= card.bar.target <= 1


def test_a_card_without_a_number_says_why() -> None:
    cards = found(draw.draw_scorecard(fake.empty_view()), Cards)[0].cards
    assert all(not c.shown and "too few" in c.value and "30" in c.interval and c.bar is None for c in cards)


def test_the_note_of_a_kpi_stands_wherever_its_number_does(view: View) -> None:
    note = view.kpi("ces").note
    assert note in plain(draw.draw_scorecard(view))
    assert note in plain(draw.draw_definitions(view))
    figures = [
        f for d in (draw.draw_trends, draw.draw_segments) for f in found(d(view), Figure) if "easy" in f.subtitle
    ]
    assert figures
    assert all(note in f.note for f in figures)


def test_the_trademark_line_is_there(view: View) -> None:
    assert fake.TRADEMARK in plain(draw.draw_scorecard(view))


def test_every_chart_is_valid_plotly(view: View) -> None:
    go = pytest.importorskip("plotly.graph_objects")
    for block in (draw.draw_trends(view), draw.draw_segments(view)):
        for figure in found(block, Figure):
            go.Figure(figure.spec)


def test_every_chart_has_words_and_numbers(view: View) -> None:
    for block in (draw.draw_trends(view), draw.draw_segments(view)):
        for figure in found(block, Figure):
            assert figure.title
            assert figure.subtitle
            assert figure.alt
            assert all(len(row) == len(figure.columns) for row in figure.rows)


def test_text_in_a_chart_is_no_markup(view: View) -> None:
    specs = [str(f.spec) for f in found(draw.draw_segments(view), Figure)]
    assert not any("<script>" in s for s in specs)
    assert any("&lt;script&gt;" in s for s in specs)


def test_a_gap_is_left_open_and_named(view: View) -> None:
    figure = next(f for f in found(draw.draw_trends(view), Figure) if "First-contact" in f.subtitle)
    line = next(t for t in figure.spec["data"] if t.get("mode") == "lines+markers")
    assert line["y"].count(None) == 2
    assert line["connectgaps"] is False
    (field,) = (t for t in figure.spec["data"] if t["type"] == "bar")
    assert [i for i, y in enumerate(line["y"]) if y is None] == [field["x"][0] - 0.5, field["x"][0] + 0.5]
    assert sum(a["text"] == "too few to show" for a in figure.spec["layout"]["annotations"]) == 1
    assert "February\u00a02026 and March\u00a02026 have no value: too few to show." in figure.note


def test_colour_is_never_without_its_word(view: View) -> None:
    for figure in found(draw.draw_segments(view), Figure):
        coloured = sum(t.get("marker", {}).get("color") in (BETTER, WORSE) for t in figure.spec["data"])
        said = sum(a["text"] in ("better", "worse") for a in figure.spec["layout"]["annotations"])
        assert coloured == said


def test_a_row_that_may_not_be_shown_says_so_where_its_mark_would_stand(view: View) -> None:
    said = [a["text"] for f in found(draw.draw_segments(view), Figure) for a in f.spec["layout"]["annotations"]]
    assert "hidden: it would show a group of fewer than 10 customers" in said
    assert "n\u00a018: too few to show" in said


def test_dimensions_without_cells_are_skipped(view: View) -> None:
    assert not any("retention" in f.subtitle for f in found(draw.draw_segments(view), Figure))


def test_an_executive_sees_only_commentary_that_holds() -> None:
    states = {
        a: [c.state for c in found(draw.draw_commentary(fake.view(audience=a)), Comment)]
        for a in ("executive", "client")
    }
    assert states == {"executive": ["current"], "client": ["current", "stale"]}


def test_a_stale_note_is_flagged_with_its_reason(view: View) -> None:
    stale = found(draw.draw_commentary(view), Comment)[1]
    assert stale.flag == "out of date"
    assert "it is now 2.1 %" in stale.why


def test_an_executive_gets_no_sql_and_two_lines_of_provenance() -> None:
    view = fake.view(audience="executive")
    assert not found(draw.draw_definitions(view), Code)
    (text,) = found(draw.draw_provenance(view), Text)
    assert len(text.paragraphs) == 2


def test_every_kpi_has_its_select_and_its_hash(view: View) -> None:
    blocks = draw.draw_definitions(view)
    assert len(found(blocks, Code)) == len(fake.KPIS)
    (table,) = found(blocks, Table)
    assert all(k.definition[:8] in line_text(row[0]) for k, row in zip(view.manifest.kpis, table.rows, strict=True))


def test_provenance_tells_what_was_left_out_and_why(view: View) -> None:
    text = plain(draw.draw_provenance(view))
    for said in ("1,040", "score outside 0 to 10: 911", "51bb07aa9e10", "41 more cells", "no longer there", "19 cells"):
        assert said in text


@pytest.mark.parametrize(
    ("today", "subtitle"),
    [("2026-09-07", "week 1 of 12"), ("2026-11-04", "week 9 of 12"), ("2026-12-31", "Customer experience")],
)
def test_the_header_knows_the_week(today: str, subtitle: str) -> None:
    header = draw.draw_header(fake.view(measured_on=today))
    assert isinstance(header, Header)
    assert header.subtitle.endswith(subtitle)
    assert header.facts[0] == "Data to 31\u00a0October\u00a02026"


@pytest.mark.parametrize(("low", "high"), [(8.2, 43.0), (-3.0, 4.0), (0.0151, 0.0263), (12_000.0, 98_000.0)])
@pytest.mark.parametrize("wanted", [2, 4, 6])
def test_ticks_are_round_and_inside(low: float, high: float, wanted: int) -> None:
    ticks, step = nice_ticks(low, high, wanted=wanted)
    assert all(low <= t <= high for t in ticks)
    assert all(abs(t / step - round(t / step)) < 1e-6 for t in ticks)
    assert wanted / 2 - 1 <= len(ticks) <= wanted * 2


def test_an_open_interval_reaches_the_edge_of_the_chart() -> None:
    open_ = Estimate(0.5, None, 0.7, 40)
    spec = dots_spec([Dot("a", open_, "n 40", "")], ticks=lambda v, _: str(v))
    assert spec["data"][0]["x"][0] == spec["layout"]["xaxis"]["range"][0]


def test_one_period_alone_is_a_dot_in_its_interval() -> None:
    spec = trend_spec([Point("Q3|2026", Estimate(0.5, 0.4, 0.7, 40), "")], ticks=lambda v, _: str(v), end="50 %")
    assert spec["data"][0]["x"] == [0, 0]
    assert spec["data"][-1]["mode"] == "markers"


SOURCES = [*Path(draw.__file__).parent.glob("*.py"), share_path("templates/text/en.toml")]


def test_no_colour_is_named_outside_the_theme() -> None:
    drawn = [p for p in SOURCES if p.name in ("draw.py", "sentences.py", "provenance.py")]
    assert len(drawn) == 3
    assert not [p.name for p in drawn if re.search(r"#[0-9a-f]{6}", p.read_text(encoding="utf-8"))]


def test_a_group_of_nothing_draws_nothing() -> None:
    assert plain(Group(())) == ""
    assert Heading("a") not in flatten([Group(())])


def test_what_is_counted_in_full_is_drawn_without_a_band():
    counted = [Estimate(4.0 + i, None, None, 3, "census") for i in range(3)]
    spec = trend_spec([Point(f"2026-0{i + 1}", e, "") for i, e in enumerate(counted)], ticks=lambda v, _: f"{v:g}")
    (band,) = [t for t in spec["data"] if t.get("fill") == "toself"]
    assert band["y"] == [4.0, 5.0, 6.0, 6.0, 5.0, 4.0]
    assert Estimate(4.4, None, None, 3, "Student t").limits(0.0, 9.0) == (0.0, 9.0)
