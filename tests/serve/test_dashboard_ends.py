"""The dashboard in a real browser when something ends or breaks: a kernel, a line, a cell, the evidence; it says so."""

from __future__ import annotations

import shutil

from browser import needs_browser
from serving import CELLS, DRAWN, NOTICE, READY, serving, write_notebook

pytestmark = needs_browser()


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
