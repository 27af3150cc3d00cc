"""The dashboard in a real browser: its widgets live, and it asks nobody anything."""

from __future__ import annotations

import pytest
from browser import needs_browser, outside
from serving import DRAWN, READY, serving

pytestmark = needs_browser()
CHART = "document.querySelector('.gtitle')?.textContent"


@pytest.mark.parametrize("width", [1440, 390])
def test_the_dashboard_lives_and_asks_nobody_anything(server, tab, width):
    tab.open(server.url, width=width)
    tab.wait_for(READY)
    tab.wait_for(DRAWN)
    assert server.token not in tab.evaluate("location.href")
    tab.select(".widget-dropdown select", "Segment")
    tab.wait_for(f"{CHART} === 'Segment' && document.querySelector('#said').textContent === 'Segment'")
    tab.click("#own")
    tab.wait_for("document.querySelector('#own').textContent === '1 2'")
    assert outside(tab.requests) == []
    assert tab.evaluate("window.ran ?? 'not run'") == "not run"
    assert not tab.scrolls_sideways()
    assert [e for e in tab.errors if "inline script" not in e] == []
    assert tab.evaluate("[document.title, document.documentElement.lang]") == ["Aldermoor Energy · Dashboard", "en"]
    shown = tab.evaluate("document.querySelector('main').innerText")
    assert "How we stand today" in shown
    assert "For us alone" not in tab.evaluate("document.documentElement.outerHTML")
    tab.screenshot(f"serve-{width}.png")


def test_a_chart_keeps_its_height_when_the_window_changes(server, tab):
    tab.open(server.url)
    tab.wait_for(DRAWN)
    for width in (800, 500, 1000):
        tab.resize(width)
        tab.wait_for(f"Math.abs(document.querySelector('.js-plotly-plot').clientWidth - {width}) < 120")
        tab.wait_for("document.querySelector('svg.main-svg').clientHeight === 300")


def test_labels_stand_above_and_nothing_is_cut_off_on_a_phone(server, tab):
    tab.open(server.url, width=390)
    tab.wait_for(READY)
    boxes = tab.evaluate("""[...document.querySelectorAll('.widget-dropdown')].map(box => {
      const [label, field] = [...box.children].map(one => one.getBoundingClientRect())
      return [label.bottom <= field.top + 1, field.right <= innerWidth, field.height] })""")
    assert boxes == [[True, True, 40], [True, True, 40]]


@pytest.mark.parametrize("width", [1440, 390])
def test_the_shipped_dashboard_is_whole_and_asks_nobody_anything(aldermoor, tab, width):
    with serving(aldermoor.root) as server:
        tab.open(server.url, width=width)
        tab.wait_for(READY)
        tab.wait_for("document.querySelector('main .cx-dash svg.main-svg')")
        assert outside(tab.requests) == []
        assert tab.errors == []
        assert not tab.scrolls_sideways()
        assert tab.evaluate("document.querySelectorAll('.cx-broken').length") == 0
        tab.screenshot(f"dashboard-{width}.png")
