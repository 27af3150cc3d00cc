"""The dashboard in a real browser: its widgets live, it asks nobody anything, and it says so when something ends."""

from __future__ import annotations

import shutil

import pytest
from browser import browser, needs_browser, outside
from serving import CELLS, serving, write_notebook

pytestmark = needs_browser()
READY = "document.documentElement.dataset.state === 'ready'"
DRAWN = "document.querySelectorAll('.js-plotly-plot svg.main-svg').length > 0 && document.querySelector('#own')"
NOTICE = "document.querySelector('#cx-notice:not([hidden])')?.innerText"
CHART = "document.querySelector('.gtitle')?.textContent"


@pytest.fixture
def tab(tmp_path):
    with browser(tmp_path / "profile") as found:
        yield found


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


def test_a_kernel_that_dies_is_noticed(server, tab):
    before = {k.pid for k in server.kernels()}
    tab.open(server.url)
    tab.wait_for(READY)
    (kernel,) = [k for k in server.kernels() if k.pid not in before]
    kernel.kill()
    assert "has ended" in tab.wait_for(NOTICE)
    assert tab.evaluate("document.querySelector('#cx-notice a').getAttribute('href')") == "/"
    tab.screenshot("serve-asleep.png", full=False)
    tab.click("#cx-notice a")
    tab.wait_for(READY)
    tab.wait_for(DRAWN)


def test_closing_the_page_ends_the_kernel(server, tab):
    before = {k.pid for k in server.kernels()}
    tab.open(server.url)
    tab.wait_for(READY)
    (kernel,) = [k for k in server.kernels() if k.pid not in before]
    tab.open("about:blank")
    kernel.wait(30)


def test_a_lost_line_is_said(engagement, tab):
    with serving(engagement) as server:
        tab.open(server.url)
        tab.wait_for(READY)
    assert "connection to the dashboard is lost" in tab.wait_for(NOTICE)


def test_what_a_cell_refuses_is_told_and_what_breaks_is_not(engagement, tmp_path, tab):
    folder = tmp_path / "aldermoor"
    shutil.copytree(engagement, folder)
    cells = [*CELLS[:1], "cxkit.open_engagement(view.manifest and '/nowhere/<b>')", "1 / 0  # never reached"]
    write_notebook(folder / "notebooks/client_dashboard.ipynb", cells)
    with serving(folder) as server:
        tab.open(server.url)
        told = tab.wait_for("document.querySelector('.cx-broken')?.innerText")
    assert "There is no folder '/nowhere/<b>'." in told
    assert "Hint: Create an engagement" in told
    write_notebook(folder / "notebooks/client_dashboard.ipynb", [*CELLS[:1], "secret = 'unsaid'; 1 / 0"])
    with serving(folder) as server:
        tab.open(server.url)
        told = tab.wait_for("document.querySelector('.cx-broken')?.innerText")
        assert "could not be made" in told
        page = tab.evaluate("document.documentElement.outerHTML")
        assert "ZeroDivision" not in page
        assert "unsaid" not in page


def test_a_kernel_that_dies_in_a_cell_does_not_leave_the_page_waiting(engagement, tmp_path, tab):
    folder = tmp_path / "aldermoor"
    shutil.copytree(engagement, folder)
    write_notebook(folder / "notebooks/client_dashboard.ipynb", ["import os; os._exit(3)", "1"])
    with serving(folder) as server:
        tab.open(server.url)
        assert "could not be made" in tab.wait_for("document.querySelector('.cx-broken')?.innerText")
        tab.wait_for(NOTICE)


def test_evidence_that_goes_or_changes_while_we_serve_is_told(engagement, tmp_path, tab):
    folder = tmp_path / "aldermoor"
    shutil.copytree(engagement, folder)
    with serving(folder) as server:
        tab.open(server.url)
        tab.wait_for(READY)
        cells = folder / "evidence/cells.csv"
        whole = cells.read_text()
        cells.write_text(whole.replace("nps", "npx", 1))
        tab.open(server.url)
        told = tab.wait_for("document.querySelector('.cx-broken')?.innerText")
        assert "aldermoor/evidence" in told
        assert "What helps:" in told
        tab.screenshot("serve-altered.png", full=False)
        cells.write_text(whole)
        tab.click("a")
        tab.wait_for(READY)
        shutil.rmtree(folder / "evidence")
        tab.open(server.url)
        assert "There is no evidence yet." in tab.wait_for("document.querySelector('.cx-broken')?.innerText")


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
