"""A dashboard that is really served: the command in a process of its own, on a free port of the loopback interface."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil
import pytest

READY = "document.documentElement.dataset.state === 'ready'"
DRAWN = "document.querySelectorAll('.js-plotly-plot svg.main-svg').length > 0 && document.querySelector('#own')"
NOTICE = "document.querySelector('#cx-notice:not([hidden])')?.innerText"
CELLS = [
    """
import os
import cxkit
import ipywidgets as w
view = cxkit.open_engagement(os.environ["CXKIT_ENGAGEMENT"]).view()
cxkit.draw_header(view)
""",
    """
place = w.Output()
split = w.Dropdown(options=["Region", "Segment"], description="Split by")
pair = w.Dropdown(options=["not declared"], description="and by", disabled=True)
def show(change=None):
    layout = {"title": {"text": split.value}, "height": 300, "autosize": True}
    spec = {"data": [{"type": "bar", "x": ["a", "b"], "y": [3, 2]}], "layout": layout}
    table = f'<table><tr><td id="said">{split.value}</td></tr></table><script>window.ran = 1</script>'
    data = [{"application/vnd.plotly.v1+json": spec}, {"text/html": table}]
    place.outputs = tuple({"output_type": "display_data", "data": d, "metadata": {}} for d in data)
split.observe(show, "value")
show()
display(w.HBox([split, pair, w.Button(description="Report")]), place)
""",
    """
import anywidget, traitlets
class Own(anywidget.AnyWidget):
    _esm = '''export default { render({ model, el }) {
      const b = document.createElement('button'); b.id = 'own'
      const show = () => { b.textContent = `${model.get('n')} ${model.get('twice')}` }; show()
      b.onclick = () => { model.set('n', model.get('n') + 1); model.save_changes() }
      model.on('change', show); el.append(b) } }'''
    n = traitlets.Int(0).tag(sync=True)
    twice = traitlets.Int(0).tag(sync=True)
own = Own()
own.observe(lambda change: setattr(own, "twice", 2 * change["new"]), "n")
display(own)
""",
    "cxkit.draw_scorecard(view)",
]


def write_notebook(path, cells) -> None:
    words = {"cell_type": "markdown", "id": "words", "metadata": {}, "source": "## How we stand *today*"}
    hidden = {"cell_type": "markdown", "id": "hidden", "metadata": {"tags": ["remove-cell"]}, "source": "For us alone."}
    made = [words, hidden]
    made += [
        {"cell_type": "code", "id": f"c{i}", "metadata": {}, "outputs": [], "execution_count": None, "source": source}
        for i, source in enumerate(cells)
    ]
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": made}))


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: str


@dataclass
class Visitor:
    """Somebody with a browser of her own: keeps her cookies, follows nothing."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, path: str, *, method: str = "GET", body: str = "", **headers: str) -> Answer:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        jar = {"Cookie": self.cookie} if self.cookies else {}
        line.request(method, path, body or None, {k.replace("_", "-"): v for k, v in headers.items()} | jar)
        answer = line.getresponse()
        text = answer.read().decode("utf-8", errors="replace")
        for given in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = given.split(";")[0].partition("=")
            self.cookies[name] = value
        line.close()
        return Answer(answer.status, answer.headers, text)

    @property
    def cookie(self) -> str:
        return "; ".join(f"{k}={v}" for k, v in self.cookies.items())


@dataclass
class Server:
    """A served dashboard."""

    process: subprocess.Popen
    url: str
    said: list[str]

    @property
    def port(self) -> int:
        return int(re.search(r":(\d+)/", self.url)[1])

    @property
    def token(self) -> str:
        return self.url.partition("token=")[2]

    def visitor(self, *, invited: bool = True) -> Visitor:
        someone = Visitor(self.port)
        if invited:
            assert someone.ask(f"/?token={self.token}").status == 302
        return someone

    def kernels(self) -> list[psutil.Process]:
        children = psutil.Process(self.process.pid).children()
        return [c for c in children if "ipykernel_launcher" in " ".join(c.cmdline())]


@contextmanager
def serving(folder, *options, command=(), **environment):
    """The command on a folder; the server is told to end as a person would, and ends."""
    command = command or [sys.executable, "-m", "cxkit.cli", "serve", str(folder), "--port", "0", *options]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    process = subprocess.Popen(command, env=os.environ | environment, **pipes)
    said: list[str] = []
    listener = threading.Thread(target=lambda: said.extend(process.stdout), daemon=True)
    try:
        for line in process.stdout:
            said.append(line)
            if found := re.search(r"(https?://|/)\S+", line):
                break
        else:
            pytest.fail(f"the server did not start: {''.join(said)}")
        listener.start()
        yield Server(process, found[0], said)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        finally:
            process.kill()
            if listener.ident:
                listener.join(30)
            process.stdout.close()
