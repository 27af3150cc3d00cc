"""Pictures of what stands behind a score: intervals on every point, words beside every colour, nothing for too few."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from cxkit._blocks import Figure, Group, Text, flatten
from cxkit._html import Canvas, render
from cxkit._plain import plain
from cxkit.evidence.estimate import Estimate
from cxkit.evidence.findings import Finding
from cxkit.kpi.draw_shapes import draw_distribution, draw_retention, draw_shapes, shape_figure
from cxkit.kpi.shape_charts import Course, Pillar, bars_spec, course_spec

HIDDEN = Estimate.without("suppressed", n=None)
QUARTERS = ("2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2", "2026-Q3")


@pytest.fixture(scope="module")
def view(aldermoor):
    return aldermoor.view("2026-Q3")


def with_findings(view, change):
    """The view with each finding as `change` makes it; without those for which it gives None."""
    found = (change(f) for f in view.evidence.findings)
    return replace(view, evidence=replace(view.evidence, findings=tuple(f for f in found if f)))


def cohorts(view, *, last=12):
    """The view with a curve for each quarter, the last one told up to so many months."""
    kept = [f for f in view.evidence.findings if not f.study.startswith("curve/")]
    for i, period in enumerate(QUARTERS):
        for t in range(1, (last if period == QUARTERS[-1] else 18 - i) + 1):
            e = Estimate(0.99**t, 0.99**t - 0.02, 0.99**t + 0.005, 900 - 20 * t, method="Kaplan-Meier")
            kept.append(Finding("curve/lifetime_period", period, f"at_{t}", "percent", "higher", e, "x"))
    told = {p: p for p in QUARTERS if p != QUARTERS[-1] or last}
    studies = [
        s.model_copy(update={"items": told}) if s.kind == "curve" else s for s in view.manifest.studies
    ]  # fmt: skip
    manifest = view.manifest.model_copy(update={"studies": tuple(studies)})
    return replace(view, evidence=replace(view.evidence, manifest=manifest, findings=tuple(kept)))


def words(figure):
    return [a["text"] for a in figure.spec["layout"]["annotations"]]


def test_the_title_is_the_score_with_its_interval(view):
    assert draw_distribution(view, "nps").title.endswith("is +20 (16\u00a0to\u00a025)")


@pytest.mark.parametrize("kpi", ["nps", "csat", "ces"])
def test_every_point_has_a_bar_an_interval_and_its_share(view, kpi):
    figure = draw_distribution(view, kpi)
    bars, *intervals, dots = figure.spec["data"]
    assert bars["y"] == dots["y"]
    assert all(low < y < high for y, t in zip(bars["y"], intervals, strict=True) for low, high in [t["y"]])
    assert sum(bool(re.fullmatch(r"[\d.]+\u00a0%", w)) for w in words(figure)) >= len(bars["y"])


def test_what_points_count_as_is_said_on_the_picture(view):
    assert {"<b>Detractors</b>", "<b>Passives</b>", "<b>Promoters</b>"} <= set(words(draw_distribution(view, "nps")))
    assert {"<b>Counted</b>", "<b>Not counted</b>"} <= set(words(draw_distribution(view, "csat")))


def test_every_colour_has_its_word(view):
    figure = draw_distribution(view, "nps")
    colours = figure.spec["data"][-1]["marker"]["color"]
    said = {a["font"]["color"] for a in figure.spec["layout"]["annotations"] if a["text"].startswith("<b>")}
    assert set(colours) == said


def test_a_hidden_point_is_hatched_and_says_so(view):
    few = with_findings(view, lambda f: replace(f, estimate=HIDDEN) if f.measure in ("at_0", "at_1") else f)
    figure = draw_distribution(few, "nps")
    hatched = [t["x"][0] for t in figure.spec["data"] if "pattern" in t.get("marker", {})]
    assert hatched == [0, 1]
    assert words(figure).count("too few to show") == 2
    assert figure.rows[0][2] == "too few to show"
    assert "fewer than 5 customers" in figure.note


def test_a_scale_without_anybody_to_show_is_hatched_throughout(view):
    figure = draw_distribution(with_findings(view, lambda f: replace(f, estimate=HIDDEN)), "ces")
    assert words(figure).count("too few to show") == 7


def test_where_the_number_is_missing_its_reason_stands_in_place_of_the_picture(view):
    none = with_findings(view, lambda f: None if f.study.startswith("distribution/") else f)
    assert isinstance(draw_distribution(none, "nps"), Text)
    assert "is no score on a scale" in plain(draw_distribution(view, "churn"))
    assert "is no share along time" in plain(draw_retention(view, "nps"))


def test_in_another_length_of_period_the_picture_says_where_to_look(aldermoor):
    assert "is measured by quarter" in plain(draw_distribution(aldermoor.view("2026-09"), "nps"))


def test_the_curve_of_all_periods_says_that_it_is(view):
    figure = draw_retention(view, "lifetime_period")
    assert figure.title.endswith("all periods together")
    assert "12\u00a0months" in words(figure)
    assert "at risk" in words(figure)


def test_the_curve_of_all_periods_is_not_drawn_for_an_earlier_one(aldermoor):
    assert isinstance(draw_retention(aldermoor.view("2026-Q1"), "lifetime_period"), Text)


def test_earlier_cohorts_are_pale_and_named(view):
    figure = draw_retention(cohorts(view), "lifetime_period")
    lines = [t for t in figure.spec["data"] if t.get("mode") == "lines" and t["line"]["width"]]
    assert [t["line"]["width"] for t in lines] == [1.4] * 4 + [2.25]
    assert {"Q3\u00a02025", "Q4\u00a02025", "Q1\u00a02026", "Q2\u00a02026"} <= set(words(figure))
    assert "Q1\u00a02026" not in figure.title


@pytest.mark.parametrize(("last", "field"), [(12, None), (6, [9.0]), (0, [6.0])])
def test_where_too_few_are_left_the_field_is_hatched(view, last, field):
    figure = draw_retention(cohorts(view, last=last), "lifetime_period")
    assert next((t["x"] for t in figure.spec["data"] if t["type"] == "bar"), None) == field
    assert ("too few<br>to show" in words(figure)) == (field is not None)


def test_the_numbers_at_risk_stand_under_their_times(view):
    axis = draw_retention(cohorts(view), "lifetime_period").spec["layout"]["xaxis"]
    told = dict(zip(axis["tickvals"], axis["ticktext"], strict=True))
    assert told[12] == "12<br>660"


@pytest.mark.parametrize("last", [12, 4, 0])
def test_every_picture_is_valid_plotly(view, last):
    go = pytest.importorskip("plotly.graph_objects")
    hidden = with_findings(view, lambda f: replace(f, estimate=HIDDEN) if f.measure == "at_1" else f)
    drawn = [*draw_shapes(cohorts(view, last=last)).blocks, *draw_shapes(hidden).blocks]
    for figure in (b for b in flatten(drawn) if isinstance(b, Figure)):
        go.Figure(figure.spec)
        assert figure.alt
        assert figure.rows
        assert all(len(row) == len(figure.columns) for row in figure.rows)


def test_two_scores_of_the_same_answers_have_one_picture(view):
    twin = view.kpi("csat").model_copy(update={"id": "again"})
    manifest = view.manifest.model_copy(update={"kpis": (*view.manifest.kpis, twin)})
    found = [replace(f, study="distribution/again") for f in view.evidence.findings if f.study == "distribution/csat"]
    evidence = replace(view.evidence, manifest=manifest, findings=(*view.evidence.findings, *found))
    both = replace(view, evidence=evidence)
    assert len(draw_shapes(both).blocks) == len(draw_shapes(view).blocks)


def test_nothing_is_drawn_where_nothing_was_measured(view):
    bare = replace(view, evidence=replace(view.evidence, findings=()))
    bare = replace(bare, evidence=replace(bare.evidence, manifest=view.manifest.model_copy(update={"studies": ()})))
    assert draw_shapes(bare) == Group(())
    assert shape_figure(bare, "nps") is None


def test_text_of_a_client_stays_text():
    attack = "<script>alert(1)</script>"
    e = Estimate(0.5, 0.4, 0.6, 40)
    bars = str(bars_spec([Pillar(attack, e, attack, attack)]))
    frame = {"ticks": lambda _v, _s: "", "legs": [(0.0, attack)], "words": (attack, attack, attack)}
    course = str(course_spec([Course(attack, ((2.0, e, attack),), attack)], start=1.0, horizon=3.0, **frame))
    assert "<script>" not in bars + course


def test_a_page_can_show_them(view):
    assert "Promoters" in render(draw_distribution(view, "nps"), Canvas())
