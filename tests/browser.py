"""A real browser for tests: headless Chromium over its own debugging protocol.

    with browser(folder) as tab:
        tab.open("http://127.0.0.1:8866/", width=1440)
        tab.wait_for("document.querySelectorAll('svg.main-svg').length > 2")
        tab.select("select", "South")
        tab.screenshot("dashboard-1440.png")
        assert outside(tab.requests) == []
        assert tab.errors == []

The browser itself reaches nothing but this machine; what a page asks of any other host fails,
and stands in `tab.requests`.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import subprocess
import time
import urllib.parse
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["CHROMIUM", "SCREENSHOTS", "Tab", "browser", "needs_browser", "outside"]

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chrome")
SCREENSHOTS = Path(os.environ.get("CXKIT_SCREENSHOTS") or Path(__file__).parents[1] / "reports" / "screenshots")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--remote-allow-origins=*"]
FLAGS += ["--disable-dev-shm-usage", "--hide-scrollbars", "--force-color-profile=srgb", "--ignore-certificate-errors"]
FLAGS += ["--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost"]
HERE = {"127.0.0.1", "localhost", "::1"}


def needs_browser() -> list[pytest.MarkDecorator]:
    """The marks of tests that open a browser: `pytestmark = needs_browser()`."""
    missing = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")
    return [pytest.mark.slow, missing]


def outside(requests: Iterable[str]) -> list[str]:
    """Those of the addresses that leave this machine.

    Example:
        >>> outside(["http://127.0.0.1:8866/x", "data:,", "https://cdn.example/a.js", "wss://localhost/ws"])
        ['https://cdn.example/a.js']
    """
    return [r for r in requests if not _inside(r)]


def _inside(address: str) -> bool:
    parts = urllib.parse.urlsplit(address)
    return parts.scheme in ("data", "blob", "file", "about") or parts.hostname in HERE


class RefusedError(AssertionError):
    """The browser did not do what it was told."""


class Tab:
    """One tab.

    Attributes:
        requests: Address of everything that the pages of this tab asked for, websockets among it.
        errors: Uncaught exceptions, and what the browser itself complains of, such as a policy that was broken.
    """

    def __init__(self, address: str) -> None:
        import websocket

        self.socket = websocket.create_connection(address, timeout=120)
        self.last, self.requests, self.errors = 0, [], []
        for domain in ("Network", "Runtime", "Log", "Page"):
            self.call(f"{domain}.enable")
        # Without it a headless window has no focus, and JupyterLab no current notebook.
        self.call("Emulation.setFocusEmulationEnabled", enabled=True)

    def call(self, method: str, **parameters) -> dict:
        """Send one command of the protocol and hear its answer, noting what else is said meanwhile."""
        self.last += 1
        self.socket.send(json.dumps({"id": self.last, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.socket.recv())
            self._note(message)
            if message.get("id") == self.last:
                if "error" in message:
                    raise RefusedError(f"{method}: {message['error']}")
                return message.get("result", {})

    def open(self, address: str | Path, *, width: int = 1440, height: int = 900) -> None:
        """Go to an address or a file; returns when the answer begins, so wait for what you want to see."""
        self.resize(width, height=height)
        self.call("Page.navigate", url=address.as_uri() if isinstance(address, Path) else address)

    def resize(self, width: int, *, height: int = 900) -> None:
        """Make the window so wide; under 600 pixels it is a phone."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.call("Emulation.setDeviceMetricsOverride", **size)

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, awaited where it is a promise; anything that JSON can say."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer.get("result", {}).get("value")

    def wait_for(self, expression: str, *, seconds: float = 60) -> Any:
        """Wait until an expression is true on the page, and give its value; an error in it counts as not yet."""
        wait = f"""new Promise(done => {{
          const until = Date.now() + 500
          const look = () => {{
            let found; try {{ found = ({expression}) }} catch (error) {{ found = null }}
            let text; try {{ text = JSON.stringify(found) }} catch (error) {{ text = "true" }}
            if (found) done(text ?? "true")
            else if (Date.now() > until) done(null)
            else setTimeout(look, 25)
          }}
          look()
        }})"""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            # A page that goes away while it is looked at answers with an error.
            with contextlib.suppress(RefusedError):
                answer = self.call("Runtime.evaluate", expression=wait, returnByValue=True, awaitPromise=True)
                if value := answer.get("result", {}).get("value"):
                    return json.loads(value)
        shown = self.evaluate("(document.body?.innerText ?? '').slice(0, 1500)")
        pytest.fail(f"not after {seconds} s: {expression}\nerrors: {self.errors}\non the page:\n{shown}")

    def click(self, css: str) -> None:
        """Click the middle of the first element that a selector finds, with a real mouse event."""
        x, y = self._middle(css)
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def select(self, css: str, value: str) -> None:
        """Choose an option of a `<select>` by its value or its text, as a person would."""
        self.evaluate(f"""(() => {{
          const box = document.querySelector({json.dumps(css)}), wanted = {json.dumps(value)}
          const option = [...box.options].find(o => o.value === wanted || o.text === wanted)
          if (!option) throw Error(`no ${{wanted}} among ${{[...box.options].map(o => o.text)}}`)
          box.focus(); box.selectedIndex = option.index
          box.dispatchEvent(new Event("input", {{bubbles: true}}))
          box.dispatchEvent(new Event("change", {{bubbles: true}}))
        }})()""")

    def type(self, css: str, text: str) -> None:
        """Put the cursor into a field, replace what is in it, and leave it."""
        self.click(css)
        self.evaluate(f"document.querySelector({json.dumps(css)}).select?.()")
        self.call("Input.insertText", text=text)
        self.press("Tab")

    def press(self, key: str) -> None:
        """Press and release a key such as Tab, Enter, Escape, ArrowDown."""
        codes = {"Tab": 9, "Enter": 13, "Escape": 27, "ArrowUp": 38, "ArrowDown": 40}
        more = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            part = more if kind == "keyDown" else {}
            self.call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=codes.get(key, 0), **part)

    def screenshot(self, path: str | Path, *, full: bool = True) -> Path:
        """Keep a picture: of the whole page or of the window; a bare name goes to `reports/screenshots/`."""
        target = SCREENSHOTS / path
        target.parent.mkdir(parents=True, exist_ok=True)
        picture = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=full)
        target.write_bytes(base64.b64decode(picture["data"]))
        return target

    def scrolls_sideways(self) -> bool:
        """Whether the page is wider than its window."""
        return self.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")

    def _middle(self, css: str) -> tuple[float, float]:
        found = self.evaluate(f"""(() => {{
          const one = document.querySelector({json.dumps(css)})
          if (!one) return null
          one.scrollIntoView({{block: "center", behavior: "instant"}})
          const box = one.getBoundingClientRect()
          return [box.x + box.width / 2, box.y + box.height / 2]
        }})()""")
        assert found, f"there is no {css}"
        return found[0], found[1]

    def _note(self, message: dict) -> None:
        said, what = message.get("method"), message.get("params", {})
        if said == "Network.requestWillBeSent":
            self.requests.append(what["request"]["url"])
        elif said == "Network.webSocketCreated":
            self.requests.append(what["url"])
        elif said == "Runtime.exceptionThrown":
            details = what["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description") or details["text"])
        elif said == "Log.entryAdded" and what["entry"]["level"] == "error":
            self.errors.append(f"{what['entry']['text']} {what['entry'].get('url', '')}".strip())


@contextmanager
def browser(folder: Path) -> Iterator[Tab]:
    """A browser of its own, with its profile in `folder`; gone when the block ends."""
    assert CHROMIUM is not None
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={folder}", "--remote-debugging-port=0", "about:blank"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        tab = Tab(_address(folder / "DevToolsActivePort", process))
        try:
            yield tab
        finally:
            tab.socket.close()
    finally:
        process.kill()
        process.wait()


def _address(port: Path, process: subprocess.Popen) -> str:
    until = time.monotonic() + 60
    while not (port.is_file() and port.read_text()) and time.monotonic() < until:
        assert process.poll() is None, "Chromium did not start"
    number = port.read_text().split()[0]
    while time.monotonic() < until:
        with urllib.request.urlopen(f"http://127.0.0.1:{number}/json/list") as answer:
            if pages := [p for p in json.load(answer) if p["type"] == "page"]:
                return pages[0]["webSocketDebuggerUrl"]
    raise AssertionError("Chromium shows no page")
