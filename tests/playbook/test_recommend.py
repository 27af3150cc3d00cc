"""A play fires when the numbers surely call for it, is watched when they may, and says when nobody can tell."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import fake
import pytest

from cxkit._blocks import Group, Table
from cxkit._plain import plain
from cxkit.errors import DocumentError
from cxkit.evidence.cells import Comparison
from cxkit.evidence.estimate import Difference, Estimate
from cxkit.evidence.refs import Found
from cxkit.playbook.draw import draw_plays, play_lines
from cxkit.playbook.model import Condition, Placed, Play
from cxkit.playbook.recommend import recommend
from cxkit.playbook.rules import all_hold, holds

GIVEN = {"id": "p", "label": "Call back", "why": "It helps.", "owner": "Head of service", "due_days": 14}
GIVEN |= {"steps": ("Call",), "source": "a test"}


def play(*when: dict, **changes) -> Play:
    return Play.model_validate(GIVEN | {"when": when} | changes)


def judged(*when: dict, view=None, **changes):
    # A place is only looked up when something is wrong.
    (found,) = recommend(
        [Placed(play(*when, **changes), None, "playbooks/own.yaml", ("plays", 0))], view or fake.view()
    )
    return found


def found(low: float, value: float, high: float, **changes) -> Found:
    return Found("x", "X", "", "percent", "higher", Estimate(value, low, high, 500), **changes)


@pytest.mark.parametrize(
    ("interval", "below", "above"),
    [
        ((0.60, 0.65, 0.70), "yes", "no"),
        ((0.70, 0.78, 0.85), "maybe", "no"),
        ((0.75, 0.80, 0.85), "no", "no"),
        ((0.75, 0.83, 0.90), "no", "maybe"),
        ((0.82, 0.88, 0.92), "no", "yes"),
    ],
)
def test_only_a_whole_interval_beyond_the_bar_is_sure(interval, below, above):
    number = found(*interval)
    assert holds(Condition(kpi="x", below=0.80), number) == below
    assert holds(Condition(kpi="x", above=0.80), number) == above


def test_below_and_above_never_both_call():
    for value in (v / 100 for v in range(101)):
        number = found(max(0, value - 0.05), value, min(1, value + 0.05))
        both = {holds(Condition(kpi="x", below=0.5), number), holds(Condition(kpi="x", above=0.5), number)}
        assert "no" in both


def test_a_narrower_interval_never_makes_it_less_sure():
    order = ["no", "maybe", "yes"]
    for half in (0.2, 0.1, 0.05, 0.01):
        wide, narrow = found(0.6 - half, 0.6, 0.6 + half), found(0.6 - half / 2, 0.6, 0.6 + half / 2)
        told = [order.index(holds(Condition(kpi="x", below=0.7), f)) for f in (wide, narrow)]
        assert told[1] >= told[0]


@pytest.mark.parametrize("better", ["higher", "lower"])
def test_a_missed_target_depends_on_what_is_better(better):
    number = Found("x", "X", "", "percent", better, Estimate(0.60, 0.55, 0.65, 500), target=0.50)
    assert holds(Condition(kpi="x", misses_target=True), number) == ("no" if better == "higher" else "yes")


@pytest.mark.parametrize("status", ["suppressed", "too_few", "no_data"])
def test_a_number_that_is_not_shown_calls_for_nothing(status):
    number = Found("x", "X", "", "percent", "higher", Estimate.without(status, n=None), target=0.5)
    for test in ({"below": 0.9}, {"misses_target": True}, {"worse_than": "rest"}):
        assert holds(Condition(kpi="x", **test), number) == "unknown"


@pytest.mark.parametrize(
    ("verdict", "answer"), [("worse", "yes"), ("better", "no"), ("changed", "no"), ("no change shown", "no")]
)
def test_worse_is_what_the_corrected_test_calls_worse(verdict, answer):
    difference = Difference(-0.1, -0.2, -0.01, 0.03, "score")
    comparison = Comparison("x", "quarter", "2026-Q3", (), "rest", "rest", difference, 0.06, "f:4", verdict)
    assert (
        holds(Condition(kpi="x", worse_than="rest"), found(0.5, 0.6, 0.7, comparisons={"rest": comparison})) == answer
    )


def test_all_conditions_must_hold():
    assert all_hold(["yes", "yes"]) == "yes"
    assert all_hold(["yes", "maybe", "no"]) == "no"


def test_any_finds_the_values_that_are_really_worse():
    fired = judged({"kpi": "nps", "where": {"region": "any"}, "worse_than": "rest"})
    view = fake.view()
    worse = [v for v in fake.DIMENSIONS["region"]
             if (c := view.comparison("nps", "rest", (("region", v),))) and c.verdict == "worse"]  # fmt: skip
    assert fired.state == "fires"
    assert [s.part for s in fired.spots] == worse
    assert "South" in worse


def test_the_order_of_conditions_does_not_matter():
    one, two = {"kpi": "nps", "where": {"region": "any"}, "worse_than": "rest"}, {"kpi": "fcr", "below": 0.9}
    assert judged(one, two).state == judged(two, one).state == "fires"


def test_the_deadline_counts_from_the_measurement():
    assert judged({"kpi": "fcr", "below": "90 %"}).due == dt.date(2026, 11, 4) + dt.timedelta(days=14)


def test_what_calls_comes_first():
    calls, rests = play({"kpi": "fcr", "below": "90 %"}, id="a"), play({"kpi": "fcr", "below": "10 %"}, id="b")
    placed = [Placed(p, None, "f", ()) for p in (rests, calls)]
    assert [r.state for r in recommend(placed, fake.view())] == ["fires", "rests"]


def test_a_target_that_is_not_set_is_told_with_its_place(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text("plays:\n  - when:\n      - {kpi: grr}\n")
    placed = Placed(play({"kpi": "grr", "misses_target": True}), path, "playbooks/own.yaml", ("plays", 0))
    with pytest.raises(DocumentError, match="has no target") as error:
        recommend([placed], fake.view())
    assert "playbooks/own.yaml:3" in str(error.value)


def test_the_blocks_say_why_who_and_when():
    drawn = draw_plays(fake.view(), [judged({"kpi": "nps", "where": {"region": "any"}, "worse_than": "rest"})])
    told = plain(drawn)
    assert told.startswith("One play is called for")
    for part in ("Call back", "South", "worse than the rest", "Head of service", "18\u00a0November\u00a02026"):
        assert part in told


def test_an_executive_reads_only_what_is_called_for():
    plays = [judged({"kpi": "fcr", "below": "90 %"}), judged({"kpi": "churn", "below": 0.02}, id="q", label="Wait")]
    assert "Wait" in plain(draw_plays(fake.view(), plays))
    assert "Wait" not in plain(draw_plays(fake.view(audience="executive"), plays))


def test_without_plays_there_is_nothing_to_draw():
    assert draw_plays(fake.view(), []) == Group(())
    drawn = draw_plays(fake.view(), [judged({"kpi": "fcr", "below": "10 %"})])
    assert not [b for b in drawn.blocks if isinstance(b, Table)]
    assert "At rest: Call back" in plain(drawn)


def test_a_client_without_numbers_is_told_so():
    told = judged({"kpi": "nps", "below": 90}, view=fake.empty_view())
    assert told.state == "unknown"
    assert "too few" in "\n".join(play_lines(fake.empty_view(), [told]))


def test_values_that_the_kpi_knows_nothing_of_are_not_looked_at():
    evidence = fake.evidence()
    cells = tuple(c for c in evidence.cells if c.slice != (("region", "South"),))
    view = replace(evidence, cells=cells).at("2026-Q3")
    told = judged({"kpi": "nps", "where": {"region": "any"}, "worse_than": "rest"}, view=view)
    assert "South" not in [s.part for s in told.spots]


def test_a_play_on_a_dimension_without_cells_cannot_be_told():
    evidence = fake.evidence()
    view = replace(evidence, cells=tuple(c for c in evidence.cells if not c.slice)).at("2026-Q3")
    told = judged({"kpi": "nps", "where": {"region": "any"}, "worse_than": "rest"}, view=view)
    assert (told.state, told.spots) == ("unknown", ())
    assert "There is no number to show." in plain(draw_plays(view, [told]))


def test_a_share_beyond_reach_is_told_instead_of_always_calling(tmp_path):
    pack = tmp_path / "own.yaml"
    pack.write_text("plays:\n  - when:\n      - {kpi: csat, below: 80}\n", encoding="utf-8")
    placed = Placed(play({"kpi": "csat", "below": 80}), pack, "playbooks/own.yaml", ("plays", 0))
    with pytest.raises(DocumentError, match="80 cannot be reached") as error:
        recommend([placed], fake.view())
    assert "playbooks/own.yaml:3" in str(error.value)
    assert "80 %" in error.value.hint
