"""KPIs of surveys of employees."""

from __future__ import annotations

import numpy as np
import pytest
from kpi.catalogue.rows import measure_cells, measure_rows, vector


def test_enps_is_the_score_of_employees():
    inputs, expected = vector("enps.fpc")
    counts = {10: inputs["promoters"], 8: inputs["passives"], 3: inputs["detractors"]}
    rows = [{"recommend": s, "employee_id": f"e{s}-{i}"} for s, n in counts.items() for i in range(n)]
    found = measure_rows({"staff_answers": rows}, kpis=["enps"])["enps"]
    assert (found.value, found.n) == (pytest.approx(expected["enps"]), 90)
    assert found.se == pytest.approx(expected["se_no_fpc"])


def test_engagement_is_the_share_of_favourable_of_valid_answers():
    inputs, expected = vector("engagement.favourable")
    found = measure_rows({"staff_answers": _survey(inputs)}, kpis=["engagement"])["engagement"]
    assert (found.value, found.n) == (pytest.approx(expected["pct_favourable"]), inputs["valid_answers"])


def test_the_answers_of_an_employee_are_taken_together():
    together = [{"agreement": 5 if e < 24 else 2, "employee_id": f"e{e}"} for e in range(40) for _ in range(5)]
    apart = [{**row, "employee_id": f"e{i}"} for i, row in enumerate(together)]
    one, other = (
        measure_rows({"staff_answers": rows}, kpis=["engagement"])["engagement"] for rows in (together, apart)
    )
    assert one.value == other.value == pytest.approx(0.6)
    # All five answers of each are alike, so that 200 answers say no more than 40: the interval is sqrt(5) as wide.
    assert (one.high - one.low) / (other.high - other.low) == pytest.approx(np.sqrt(5), rel=0.03)


def test_a_team_of_two_is_hidden_however_many_items_it_answered():
    rows = [
        {"agreement": 4, "employee_id": f"{team}{e}", "team": team}
        for team, size in (("Back", 2), ("Desk", 30), ("Field", 20))
        for e in range(size)
        for _ in range(5)
    ]
    cells = measure_cells({"staff_answers": rows}, kpis=["engagement"], dimensions=["team"]).cells
    # The next smallest team is hidden too, or the total would give the two away; no name of theirs is told.
    assert {c.slice: c.estimate.shown for c in cells} == {(): True, (("team", "Desk"),): True}


def _survey(inputs: dict) -> list[dict]:
    """Favourable answers first, then the others, then those without an answer, dealt to employees in turn."""
    people, items = inputs["respondents"], inputs["items"]
    values = [4] * inputs["favourable_answers"]
    values += [2] * (inputs["valid_answers"] - inputs["favourable_answers"])
    values += [None] * (people * items - len(values))
    return [{"agreement": v, "employee_id": f"e{i % people}", "item": f"q{i // people}"} for i, v in enumerate(values)]
