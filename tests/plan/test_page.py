"""A plan in a real browser: on a phone it scrolls inside its own frame, and the page does not."""

from __future__ import annotations

import datetime as dt

import fake
import pytest
from browser import browser, needs_browser
from conftest import ROOT

from cxkit._documents import read_document
from cxkit.plan.draw import draw_plan
from cxkit.plan.model import Gate, Plan
from cxkit.plan.schedule import Schedule, schedule_plan
from cxkit.report.page import build_page

pytestmark = needs_browser()
FRAME = "document.querySelector('.cx-plan .frame')"


def schedule() -> Schedule:
    """The plan that ships, in its eleventh week."""
    plan = read_document(ROOT / "templates/plans/first_wave.yaml", Plan)
    gates = {"customer_stamp": read_document(ROOT / "templates/gates/customer_stamp.yaml", Gate)}
    days = {"start": dt.date(2026, 9, 7), "today": dt.date(2026, 11, 22)}
    return schedule_plan(plan, weeks=12, **days, there=lambda _: False, gates=gates)


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    (folder / "plan.html").write_text(build_page([draw_plan(fake.view(), schedule())]), encoding="utf-8")
    with browser(folder) as tab:
        tab.open(folder / "plan.html")
        tab.wait_for(f"document.readyState == 'complete' && !!{FRAME}")
        yield tab


@pytest.mark.parametrize("width", [390, 768, 1440])
def test_the_page_never_scrolls_sideways(tab, width):
    tab.resize(width)
    assert not tab.scrolls_sideways()


def test_on_a_phone_the_frame_scrolls_and_the_names_stay(tab):
    tab.resize(390)
    left = "document.querySelector('.cx-plan th[scope=row]').getBoundingClientRect().left"
    before = tab.evaluate(left)
    tab.evaluate(f"{FRAME}.scrollLeft = 250")
    assert tab.evaluate(f"{FRAME}.scrollLeft") == 250
    assert tab.evaluate(left) == before


def test_the_frame_can_be_reached_by_keyboard(tab):
    tab.resize(390)
    assert tab.evaluate(f"({FRAME}.focus(), document.activeElement === {FRAME})")
