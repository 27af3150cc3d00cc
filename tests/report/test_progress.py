from __future__ import annotations

import io

import pytest

from cxkit.report.batch import Event
from cxkit.report.progress import BatchProgress

EVENTS = [
    Event("measuring", total=2),
    Event("measuring", "alba", "done", done=1, total=2),
    Event("measuring", "brio", "failed", "No column.\n\nHint: [bold]", 0.4, done=2, total=2),
    Event("reporting", total=1),
    Event("reporting", "alba.html", "done", seconds=1.25, done=1, total=1),
]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def shown(out):
    with BatchProgress(out) as progress:
        for event in EVENTS:
            progress(event)
    return out.getvalue()


def test_a_log_has_a_line_for_each_thing_that_was_done():
    lines = shown(io.StringIO()).splitlines()
    assert lines == ["2/2 failed   brio  0.4 s  No column.", "1/1 done     alba.html  1.2 s"]


@pytest.mark.parametrize("word", ["Reports", "1/1", "brio", "No column."])
def test_a_terminal_shows_a_bar_and_what_failed(monkeypatch, word):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    assert word in shown(Terminal())
