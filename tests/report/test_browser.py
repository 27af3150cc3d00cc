"""The page in a real browser: charts are drawn, nothing is asked of the network, nothing is cut off on a phone."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
import urllib.request
from contextlib import contextmanager

import pytest
from conftest import TODAY

from cxkit.report.make import make_report
from cxkit.report.parameters import read_parameters

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chrome")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--remote-allow-origins=*"]
LOOK = """JSON.stringify({
  charts: document.documentElement.dataset.charts || "", figures: document.querySelectorAll("figure").length,
  drawn: document.querySelectorAll("figure svg.main-svg").length, wide: document.documentElement.scrollWidth,
  headlines: document.querySelectorAll("h1").length })"""

pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")]


class Tab:
    """A tab of a running browser, over its debugging protocol; `requests` are those of its page alone."""

    def __init__(self, address: str) -> None:
        import websocket

        self.socket = websocket.create_connection(address, timeout=60)
        self.last, self.requests = 0, []

    def call(self, method: str, **parameters) -> dict:
        self.last += 1
        self.socket.send(json.dumps({"id": self.last, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.socket.recv())
            if message.get("method") == "Network.requestWillBeSent":
                self.requests.append(message["params"]["request"]["url"])
            if message.get("id") == self.last:
                return message.get("result", {})

    def look(self, page, *, width: int) -> dict:
        self.call("Network.enable")
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600
        )
        self.call("Page.navigate", url=page.as_uri())
        found = {}
        until = time.monotonic() + 60
        while time.monotonic() < until and not found.get("charts"):
            # Between two pages there is nothing to look at.
            answer = self.call("Runtime.evaluate", expression=LOOK)
            found = json.loads(answer.get("result", {}).get("value", "{}"))
        return found


@contextmanager
def browser(folder):
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={folder}", "--remote-debugging-port=0", "about:blank"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        port = folder / "DevToolsActivePort"
        until = time.monotonic() + 60
        while not (port.is_file() and port.read_text()) and time.monotonic() < until:
            process.poll()
        with urllib.request.urlopen(f"http://127.0.0.1:{port.read_text().split()[0]}/json/list") as answer:
            pages = [p for p in json.load(answer) if p["type"] == "page"]
        tab = Tab(pages[0]["webSocketDebuggerUrl"])
        try:
            yield tab
        finally:
            tab.socket.close()
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def page(aldermoor, tmp_path_factory):
    output = tmp_path_factory.mktemp("page") / "report.html"
    parameters = read_parameters({"engagement": str(aldermoor.root), "output": str(output)})
    return make_report(parameters, today=TODAY).path


@pytest.mark.parametrize("width", [1440, 390])
def test_charts_are_drawn_nothing_is_cut_off_and_nothing_is_asked_of_the_network(page, tmp_path, width):
    with browser(tmp_path) as tab:
        found = tab.look(page, width=width)
        assert [r for r in tab.requests if not r.startswith(("file:", "data:", "blob:"))] == []
    assert found["charts"] == "drawn"
    assert found["figures"] > 5
    assert found["drawn"] >= found["figures"]
    assert found["wide"] <= width
    assert found["headlines"] == 1


def test_a_request_would_be_seen(tmp_path):
    bad = tmp_path / "bad.html"
    bad.write_text('<html data-charts="drawn"><h1>x</h1><img src="http://127.0.0.1:9/pixel.png">')
    with browser(tmp_path / "profile") as tab:
        tab.look(bad, width=1440)
        assert "http://127.0.0.1:9/pixel.png" in tab.requests
