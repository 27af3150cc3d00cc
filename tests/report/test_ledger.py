from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxkit.errors import DocumentError, ReportError
from cxkit.report.ledger import Entry, newest, open_ledger, read_ledger

TEXT = st.text(max_size=20)
ENTRIES = st.builds(
    Entry,
    run=st.integers(1, 9),
    item=TEXT,
    status=st.sampled_from(["started", "done", "failed"]),
    reason=TEXT,
    client=TEXT,
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ledger.jsonl"


def write(path, *entries):
    with open_ledger(path) as ledger:
        for entry in entries:
            ledger.append(entry)


@settings(deadline=None)
@given(entries=st.lists(ENTRIES, max_size=5))
def test_what_is_written_is_read_again(tmp_path_factory, entries):
    path = tmp_path_factory.mktemp("l") / "ledger.jsonl"
    write(path, *entries)
    assert read_ledger(path) == entries


def test_events_are_only_ever_added(path):
    write(path, Entry(1, "a.html", "started"))
    before = path.read_bytes()
    write(path, Entry(1, "a.html", "done"))
    assert path.read_bytes().startswith(before)


def test_an_event_is_on_the_disk_when_append_returns(path):
    with open_ledger(path) as ledger:
        ledger.append(Entry(1, "a.html", "started"))
        assert read_ledger(path) == [Entry(1, "a.html", "started")]


def test_the_newest_event_of_each_report_counts(path):
    write(path, Entry(1, "a", "started"), Entry(1, "b", "started"), Entry(1, "a", "failed"), Entry(2, "a", "done"))
    assert {k: (e.run, e.status) for k, e in newest(read_ledger(path)).items()} == {
        "a": (2, "done"),
        "b": (1, "started"),
    }


def test_runs_are_counted(path):
    with open_ledger(path) as ledger:
        assert ledger.run == 1
        ledger.append(Entry(ledger.run, "a", "done"))
    with open_ledger(path) as ledger:
        assert ledger.run == 2


@pytest.mark.parametrize("cut", range(1, 200, 7))
def test_a_line_torn_by_a_kill_never_was_an_event(path, cut):
    whole = [Entry(1, "a", "done"), Entry(1, "b", "done", reason="ä" * 50)]
    write(path, *whole)
    path.write_bytes(path.read_bytes()[:-cut])
    assert read_ledger(path) == whole[:1]
    write(path, Entry(2, "b", "done"))
    assert read_ledger(path) == [*whole[:1], Entry(2, "b", "done")]


@pytest.mark.parametrize("line", ["{}", "[]", "3", "{", '{"run": 1}'])
def test_a_line_that_somebody_wrote_is_refused_with_its_number(path, line):
    write(path, Entry(1, "a", "done"))
    path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    with pytest.raises(DocumentError) as caught:
        read_ledger(path)
    assert caught.value.where == "ledger.jsonl:2"


def test_what_a_newer_version_says_besides_does_no_harm(path):
    path.write_text('{"run": 1, "item": "a", "status": "done", "mood": "good"}\n', encoding="utf-8")
    assert read_ledger(path) == [Entry(1, "a", "done")]


def test_two_batches_do_not_share_a_ledger(path):
    with open_ledger(path), pytest.raises(ReportError, match="Another batch"), open_ledger(path):
        pass
    write(path, Entry(1, "a", "done"))


def test_the_ledger_is_free_when_its_process_was_killed(path):
    code = (
        "import sys; from pathlib import Path; from cxkit.report.ledger import open_ledger\n"
        f"with open_ledger(Path({str(path)!r})): print('locked', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"locked\n"
        with pytest.raises(ReportError), open_ledger(path):
            pass
        holder.kill()
    write(path, Entry(1, "a", "done"))
    assert len(read_ledger(path)) == 1
