"""The page in a real browser: charts are drawn, nothing is asked of the network, nothing is cut off on a phone."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

import pytest
from conftest import TODAY

from cxkit.report.make import make_report
from cxkit.report.parameters import read_parameters

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chrome")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--allow-file-access-from-files"]
# Hosts that Chromium calls of its own accord, at times of its choosing.
OWN = {"accounts.google.com", "update.googleapis.com", "clients2.google.com", "www.google.com"}
PROBE = """\
<body style="margin:0"><iframe src="{page}" style="width:{width}px;height:2000px;border:0"></iframe>
<pre id="found"></pre>
<script>
const look = () => {{
  const page = document.querySelector("iframe").contentDocument;
  const charts = page && page.documentElement.dataset.charts;
  if (!charts) return setTimeout(look, 50);
  document.getElementById("found").textContent = JSON.stringify({{
    charts, drawn: page.querySelectorAll("figure svg.main-svg").length, figures: page.querySelectorAll("figure").length,
    wide: page.documentElement.scrollWidth, headlines: page.querySelectorAll("h1").length,
    outside: performance.getEntriesByType("resource").map(e => e.name).filter(n => !n.startsWith("file:")),
  }});
}};
look();
</script>
"""

pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")]


@pytest.fixture(scope="module")
def page(aldermoor, tmp_path_factory):
    output = tmp_path_factory.mktemp("page") / "report.html"
    parameters = read_parameters({"engagement": str(aldermoor.root), "output": str(output)})
    return make_report(parameters, today=TODAY).path


def look(page, folder, *, width: int) -> dict:
    probe = folder / "probe.html"
    probe.write_text(PROBE.format(page=page.as_uri(), width=width))
    words = [f"--user-data-dir={folder / 'profile'}", f"--log-net-log={folder / 'net.json'}"]
    words.append("--virtual-time-budget=20000")
    command = [CHROMIUM, *FLAGS, *words, f"--window-size={width + 100},2000", "--dump-dom", probe.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    found = done.stdout.partition('<pre id="found">')[2].partition("</pre>")[0]
    return json.loads(found)


@pytest.mark.parametrize("width", [1440, 390])
def test_charts_are_drawn_and_nothing_is_cut_off(page, tmp_path, width):
    found = look(page, tmp_path, width=width)
    assert found["charts"] == "drawn"
    assert found["figures"] > 5
    assert found["drawn"] >= found["figures"]
    assert found["wide"] <= width
    assert found["headlines"] == 1


def test_nothing_is_asked_of_the_network(page, tmp_path):
    found = look(page, tmp_path, width=1440)
    assert found["outside"] == []
    # The browser itself calls home at its start; what only this page brings about is the page's doing.
    assert hosts(tmp_path) - own_hosts(tmp_path / "own") == set()


def test_the_probe_would_see_a_request(tmp_path):
    bad = tmp_path / "bad.html"
    bad.write_text('<html data-charts="drawn"><h1>x</h1><img src="http://cxkit.invalid/pixel.png">')
    look(bad, tmp_path, width=1440)
    assert "cxkit.invalid" in hosts(tmp_path)


def hosts(folder) -> set[str]:
    log = (folder / "net.json").read_text(errors="replace").replace('": "', '":"')
    return set(re.findall(r'"url":"(?:https?|wss?)://([^/"?:]+)', log)) - OWN


def own_hosts(folder) -> set[str]:
    folder.mkdir()
    blank = folder / "blank.html"
    blank.write_text('<html data-charts="drawn"><h1>x</h1>')
    look(blank, folder, width=1440)
    return hosts(folder)
