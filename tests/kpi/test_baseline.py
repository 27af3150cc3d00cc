"""The baseline as a table says what changed, what did not, and what could not have been seen."""

from __future__ import annotations

import fake

from cxkit._blocks import Table, flatten
from cxkit._format import MINUS
from cxkit._plain import plain
from cxkit.kpi.baseline import draw_baseline


def table(view) -> Table:
    return next(b for b in flatten([draw_baseline(view)]) if isinstance(b, Table))


def verdicts(view) -> dict[str, str]:
    return {row[0][0].text: row[4][0].text for row in table(view).rows}


def test_a_change_is_called_one_only_where_the_comparison_does():
    view = fake.view()
    said = verdicts(view)
    for kpi in view.manifest.kpis:
        change = view.comparison(kpi.id, "baseline")
        expected = change.verdict if change.real else "no change shown"
        assert said[kpi.label] == expected


def test_it_is_held_against_the_baseline_or_where_there_is_none_the_period_before():
    assert "The baseline, Q1\u00a02026" in plain(draw_baseline(fake.view()))
    first = fake.view("2026-Q1")
    assert first.comparison("nps", "baseline") is None
    assert "the period before, Q4\u00a02025" in plain(draw_baseline(first))


def test_the_sign_goes_with_the_number_and_not_with_what_is_good():
    row = next(r for r in table(fake.view()).rows if r[0][0].text == "Contact rate")
    assert row[3].startswith("\u2212")
    assert row[4][0].text in ("better", "no change shown")


def test_a_change_stands_with_its_interval():
    view = fake.view()
    change = view.comparison("nps", "baseline").difference
    row = next(r for r in table(view).rows if r[0][0].text == view.kpi("nps").label)
    low, high = (f"{abs(v):.0f}" for v in (change.low, change.high))
    assert row[3].endswith(
        f"({MINUS if change.low < 0 else ''}{low}\u00a0to\u00a0{MINUS if change.high < 0 else ''}{high})"
    )


def test_what_could_go_unseen_stands_beside_each_change():
    assert all(row[5] != "–" for row in table(fake.view()).rows if row[3] != "–")


def test_where_nothing_may_be_shown_nothing_is():
    said = table(fake.empty_view())
    assert {row[4][0].text for row in said.rows} == {"not comparable"}
    assert not [row for row in said.rows if row[3] != "–"]
