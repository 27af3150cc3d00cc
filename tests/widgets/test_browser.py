"""The widgets in a real JupyterLab: they answer to a person, write what she says, and ask nobody anything."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import nbformat
import pytest
from browser import browser, needs_browser, outside
from ruamel.yaml import YAML

pytestmark = needs_browser()

CELLS = [
    'import cxkit\nopened = cxkit.open_engagement("..")\nview = opened.view("2026-Q3")',
    # First what is written into: charts that are drawn late move what stands below them.
    'cxkit.GateForm(opened, "moving_launch")',
    "cxkit.KpiBoard(view)",
    "cxkit.SegmentComparison(view)",
    "cxkit.JourneyMap(view, opened.work(view).journeys)",
]
KERNEL = "[...jupyterapp.shell.widgets('main')][0]?.context?.sessionContext?.session?.kernel?.status=='idle'"
ALT = "[...document.querySelectorAll('.cx-figure-box .cx-unseen')].map(e => e.textContent)"
CHARTS = "document.querySelectorAll('.cx-chart svg.main-svg').length >= 2"
SALES = '.cx-gate-form [data-key="sales"]'


@pytest.fixture(scope="module")
def folder(aldermoor, tmp_path_factory):
    """The measured sample with a notebook of widgets."""
    found = tmp_path_factory.mktemp("lab") / "aldermoor"
    shutil.copytree(aldermoor.root, found, ignore=shutil.ignore_patterns("data", "worklists", "reports"))
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in CELLS])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    (found / "notebooks").mkdir(exist_ok=True)
    nbformat.write(notebook, found / "notebooks/widgets.ipynb")
    return found


@contextlib.contextmanager
def lab(folder, private):
    """JupyterLab on a free port of the loopback interface, with nobody's settings; gives its address."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    own = {f"JUPYTER_{n}_DIR": str(private / n.lower()) for n in ("CONFIG", "RUNTIME")}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}"]
    command += ["--LabApp.expose_app_in_browser=True", "--IdentityProvider.token=", f"--ServerApp.root_dir={folder}"]
    command += [f"--LabApp.user_settings_dir={private}/settings", f"--LabApp.workspaces_dir={private}/workspaces"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, env={**os.environ, **own}, **quiet)
    address = f"http://127.0.0.1:{port}"
    try:
        answered(f"{address}/api", process)
        yield address
    finally:
        process.terminate()
        process.wait(30)


def answered(address, process) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert process.poll() is None, "JupyterLab did not start"
        with contextlib.suppress(urllib.error.URLError), urllib.request.urlopen(address):  # noqa: S310
            return
    pytest.fail("JupyterLab does not answer")


@pytest.fixture(scope="module")
def tab(folder, tmp_path_factory):
    """The notebook, open in JupyterLab and run."""
    private = tmp_path_factory.mktemp("private")
    with lab(folder, private) as address, browser(private / "profile") as found:
        found.open(f"{address}/lab/tree/notebooks/widgets.ipynb", width=1440, height=1000)
        found.wait_for(KERNEL)
        found.click(".jp-Notebook .jp-Cell .cm-content")
        found.wait_for("jupyterapp.shell.currentWidget")
        found.evaluate("jupyterapp.commands.execute('application:toggle-left-area').then(() => 1)")
        found.evaluate("jupyterapp.commands.execute('notebook:run-all-cells').then(() => 1)")
        found.wait_for(CHARTS)
        found.wait_for("document.querySelector('.cx-gate-form button')")
        yield found


def test_choosing_another_split_changes_chart_and_table(tab):
    before = tab.evaluate(ALT)[-1]
    tab.select('.cx-choice[data-name="split"] select', "Segment")
    tab.wait_for(f"{ALT}.at(-1).includes('Small business')")
    tab.wait_for("document.querySelector('.cx-side caption')?.textContent.includes('by segment')")
    assert tab.evaluate(ALT)[-1] != before
    tab.wait_for(CHARTS)
    tab.screenshot("lab-segments-1440.png", full=False)


def test_a_split_without_numbers_cannot_be_chosen(tab):
    tab.select('.cx-choice[data-name="kpi"] select', "Customer churn")
    channel = '.cx-choice[data-name="split"] option[value="channel"]'
    tab.wait_for(f"document.querySelector('{channel}').disabled")
    tab.select('.cx-choice[data-name="kpi"] select', "Net Promoter Score®")
    tab.wait_for(f"!document.querySelector('{channel}').disabled")


def test_a_card_is_a_button_for_mouse_and_keyboard(tab):
    pressed = "document.querySelector('.cx-card-button[aria-pressed=true]').dataset.kpi"
    tab.click('.cx-card-button[data-kpi="csat"]')
    tab.wait_for(f"{pressed} === 'csat'")
    tab.wait_for(f"{ALT}[0].includes('Satisfaction')")
    tab.evaluate("""document.querySelector('.cx-card-button[data-kpi="churn"]').focus()""")
    tab.press("Enter")
    tab.wait_for(f"{pressed} === 'churn'")
    tab.wait_for(f"{ALT}[0].includes('churn')")
    tab.screenshot("lab-board-1440.png", full=False)


def test_the_form_writes_what_was_entered_into_the_gate(tab, folder):
    text = '<img src=x onerror="window.ran=1"> we promise it'
    tab.click(f'{SALES} input[value="yes"]')
    tab.type(f"{SALES} textarea", text)
    tab.type(f'{SALES} input[data-field="by"]', "Head of sales")
    tab.click('.cx-gate-form button[data-cx="save"]')
    said = tab.wait_for("document.querySelector('.cx-form-message.saved')?.innerText")
    assert "Sales: yes." in said
    voices = YAML(typ="safe").load(folder / "gates/moving_launch.yaml")["voices"]
    found = next(v for v in voices if v["voice"] == "sales")
    assert (found["answer"], found["said"], found["by"]) == ("yes", text, "Head of sales")
    tab.wait_for("[...document.querySelectorAll('td')].some(c => c.textContent.includes('we promise it'))")
    assert tab.evaluate("window.ran ?? 'not run'") == "not run"
    tab.screenshot("lab-gate-1440.png", full=False)


def test_what_somebody_else_wrote_is_told_in_the_form(tab, folder):
    path = folder / "gates/moving_launch.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "# by somebody else\n", encoding="utf-8")
    tab.type(f'{SALES} input[data-field="by"]', "Somebody")
    tab.click('.cx-gate-form button[data-cx="save"]')
    assert "changed since it was read" in tab.wait_for("document.querySelector('.cx-form-message.error')?.innerText")
    tab.click('.cx-gate-form button[data-cx="read"]')
    tab.wait_for(f"document.querySelector('{SALES} input[data-field=\"by\"]').value === 'Head of sales'")


def test_a_map_is_alive_and_says_all_of_a_step(tab):
    tab.wait_for("document.querySelector('.cx-lanes[data-live]')")
    tab.click(".cx-lanes .tools .all")
    tab.wait_for("document.querySelector('.cx-lanes .fold[aria-expanded=false]') === null")
    tab.click(".cx-lanes .step .open")
    said = tab.wait_for("document.querySelector('.cx-lanes dialog[open]')?.innerText")
    assert "Reach" in said
    tab.press("Escape")
    tab.wait_for("!document.querySelector('.cx-lanes dialog')")
    tab.screenshot("lab-map-1440.png", full=False)


def test_a_map_follows_the_notebook_into_the_dark(tab):
    ink = "getComputedStyle(document.querySelector('.cx-lanes .title')).color"
    before = tab.evaluate(ink)
    # What its themes set; changing one by command makes JupyterLab itself complain.
    for light, found in (("false", "!=="), ("true", "===")):
        tab.evaluate(f"document.body.dataset.jpThemeLight = '{light}'")
        tab.wait_for(f"{ink} {found} '{before}'")


def test_on_a_phone_nothing_is_wider_than_the_notebook(tab):
    tab.resize(390, height=844)
    for css in (".cx-card-choice", ".cx-choices", ".cx-chart svg.main-svg", ".cx-side table", ".cx-gate-form form"):
        inside = "(e => e.getBoundingClientRect().right <= e.closest('.cx-widget').getBoundingClientRect().right + 1)"
        # What is out of sight is not laid out anew.
        tab.evaluate(f"document.querySelector('{css}').scrollIntoView()")
        tab.wait_for(f"{inside}(document.querySelector('{css}'))")
        tab.screenshot(f"lab-390-{css.split()[0].strip('.')}.png", full=False)


def test_no_request_leaves_the_machine_and_nothing_breaks(tab):
    assert outside(tab.requests) == []
    assert tab.errors == []
