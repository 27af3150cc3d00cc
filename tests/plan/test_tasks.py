"""The plan as a table has every task once, in the order of its weeks, with owner, state and slack."""

from __future__ import annotations

import datetime as dt

import fake

from cxkit._blocks import Group
from cxkit.plan.model import Plan
from cxkit.plan.schedule import schedule_plan
from cxkit.plan.tasks import draw_tasks

GIVEN = {"cxkit": 1, "id": "p", "label": "P", "tasks": [
    {"id": "b", "label": "Second", "workstream": "people", "weeks": 2, "owner": "Ann", "after": ["a"]},
    {"id": "a", "label": "First", "workstream": "missions", "weeks": 1, "owner": "Ben", "done": True},
]}  # fmt: skip


def schedule():
    return schedule_plan(
        Plan.model_validate(GIVEN), weeks=6, start=dt.date(2026, 9, 7), today=dt.date(2026, 9, 15),
        there=lambda _: False, gates={},
    )  # fmt: skip


def test_tasks_stand_in_the_order_of_their_weeks_with_who_has_them():
    (table,) = draw_tasks(fake.view(), schedule()).blocks
    assert [(row[0][0], row[1], row[2], row[3][0].text) for row in table.rows] == [
        ("First", "1", "Ben", "done"),
        ("Second", "2 to 3", "Ann", "under way"),
    ]


def test_slack_is_in_weeks_and_what_is_done_has_none():
    (table,) = draw_tasks(fake.view(), schedule()).blocks
    assert [row[4] for row in table.rows] == ["–", "3 weeks"]


def test_without_a_plan_there_is_nothing():
    assert draw_tasks(fake.view(), None) == Group(())
