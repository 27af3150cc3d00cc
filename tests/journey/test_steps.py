"""The numbers of a journey as a table: what was measured stands there, what was not says so."""

from __future__ import annotations

from dataclasses import replace

import fake

from cxkit._blocks import Group
from cxkit._plain import plain
from cxkit.evidence.estimate import Estimate
from cxkit.evidence.findings import Finding
from cxkit.journey.draw import JourneyState
from cxkit.journey.model import Journey
from cxkit.journey.steps import draw_steps

JOURNEY = Journey.model_validate({
    "cxkit": 1, "id": "moving", "version": "as-is", "label": "Moving home", "window_days": 56,
    "phases": [{"id": "ask", "label": "Ask", "steps": [
        {"id": "one", "label": "Ask", "events": ["A"], "owner": "Ann"},
        {"id": "two", "label": "Wait", "events": ["B"], "last": True},
    ]}],
})  # fmt: skip


def view():
    def finding(step: str, measure: str, estimate: Estimate) -> Finding:
        return Finding("journey/moving", step, measure, "percent", "lower", estimate, "1f")

    found = (finding("one", "drop_off", Estimate(0.34, 0.30, 0.38, 633)),
             finding("two", "reach", Estimate.without("suppressed", n=None)))  # fmt: skip
    return replace(fake.evidence(), findings=found).at("2026-Q3")


def test_each_step_has_its_numbers_with_interval_and_base():
    told = plain(draw_steps(view(), [JourneyState(as_is=JOURNEY)]))
    one = next(line for line in told.splitlines() if line.startswith("Ask"))
    for part in ("34\u00a0% (30\u00a0to\u00a038)", "633", "Ann"):
        assert part in one


def test_what_may_not_be_shown_says_why_and_what_nobody_owns_says_nobody():
    told = plain(draw_steps(view(), [JourneyState(as_is=JOURNEY)]))
    two = next(line for line in told.splitlines() if line.startswith("Wait"))
    assert "fewer than 10 customers" in two
    assert two.endswith("nobody")


def test_a_measure_that_was_taken_nowhere_has_no_column():
    (table,) = draw_steps(view(), [JourneyState(as_is=JOURNEY)]).blocks
    assert table.columns == ("Step", "Reach", "Drop-off", "Owner")


def test_a_journey_that_is_only_to_be_has_no_numbers():
    assert draw_steps(view(), [JourneyState(to_be=JOURNEY)]) == Group(())
