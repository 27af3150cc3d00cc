from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from cxkit.report.batch import LEDGER, run_batch
from cxkit.report.execute import warm_up
from cxkit.report.index import build_index
from cxkit.report.items import read_items
from cxkit.report.ledger import Entry, newest, read_ledger

SCRIPT = """
import datetime as dt, sys
from pathlib import Path
from cxkit.report.batch import run_batch
from cxkit.report.items import read_items

if __name__ == "__main__":
    clients, into = sys.argv[1], Path(sys.argv[2])
    say = lambda e: print(e.stage, e.status, e.name, flush=True)
    try:
        run_batch(read_items([clients], into=into), into=into, today=dt.date(2026, 7, 6), jobs=1, on_event=say)
    except KeyboardInterrupt:
        sys.exit(130)
"""


@pytest.fixture
def run(clients, tmp_path, today):
    """Runs a batch over all clients."""

    def run_all(into="out", **options):
        items = read_items([str(clients / "*")], into=tmp_path / into)
        return run_batch(items, into=tmp_path / into, today=today, **options)

    return run_all


@pytest.fixture
def start(clients, tmp_path):
    """Starts a batch as a process that leads a group of its own."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")

    def start_all(into):
        command = [sys.executable, str(script), str(clients / "*"), str(into)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)

    return start_all


def statuses(folder):
    return {e.item.split("-")[0]: e.status for e in newest(read_ledger(folder / LEDGER)).values()}


def pages(folder):
    return {p.name: p.read_bytes() for p in folder.glob("*.html")}


def break_export(client):
    (client / "data" / "survey.csv").write_text("id,date,region\n1,2026-01-01,North\n", encoding="utf-8")


@pytest.mark.slow
def test_one_broken_client_does_not_stop_the_others(clients, tmp_path, run):
    break_export(clients / "brio")
    seen = []
    summary = run(jobs=2, on_event=seen.append)
    assert [e.status for e in summary.entries] == ["done", "failed", "done"]
    assert (summary.done, summary.skipped, len(summary.failed)) == (2, 0, 1)
    assert "score" in summary.entries[1].reason
    assert "Traceback" not in summary.entries[1].reason
    assert sorted(pages(tmp_path / "out")) == ["alba-latest-client.html", "cora-latest-client.html", "index.html"]
    assert [(e.done, e.total) for e in seen if e.stage == "reporting"] == [(0, 2), (1, 2), (2, 2)]
    index = summary.index.read_text(encoding="utf-8")
    assert '<a href="alba-latest-client.html">alba &amp; Co</a>' in index
    assert "The exports cannot be measured" in index
    assert "Reports there: 2; missing: 1." in index


@pytest.mark.slow
def test_what_is_up_to_date_is_not_made_again(clients, tmp_path, run):
    run(jobs=2)
    before = pages(tmp_path / "out")
    assert [e.status for e in run(jobs=2).entries] == ["skipped"] * 3
    (clients / "alba" / "commentary").mkdir()
    note = "---\ntitle: So it is\nabout: nps/2026-Q2\n---\nIndeed.\n"
    (clients / "alba" / "commentary" / "nps.md").write_text(note, encoding="utf-8")
    (tmp_path / "out" / "brio-latest-client.html").write_text("changed by hand", encoding="utf-8")
    (tmp_path / "out" / "cora-latest-client.html").unlink()
    summary = run(jobs=2)
    assert [e.status for e in summary.entries] == ["done"] * 3
    after = pages(tmp_path / "out")
    assert [n for n in before if before[n] != after[n]] == ["alba-latest-client.html"]
    assert [e.status for e in run(jobs=2, measure="never").entries] == ["skipped"] * 3


@pytest.mark.slow
def test_new_exports_are_measured_and_reported(clients, run):
    run(jobs=2)
    with (clients / "alba" / "data" / "survey.csv").open("a", encoding="utf-8") as file:
        file.writelines(f"new{i},2026-05-{i % 28 + 1:02d},{10 - i % 3},North\n" for i in range(50))
    assert [e.status for e in run(jobs=2).entries] == ["done", "skipped", "skipped"]


@pytest.mark.slow
def test_an_engagement_with_two_reports_is_measured_once(clients, tmp_path, today):
    table = clients / "clients.csv"
    table.write_text("engagement,audience\nalba,client\nalba,team\n", encoding="utf-8")
    seen = []
    items = read_items([table], into=tmp_path / "out")
    summary = run_batch(items, into=tmp_path / "out", today=today, jobs=2, on_event=seen.append)
    assert summary.done == 2
    assert [e.name for e in seen if e.stage == "measuring" and e.name] == ["alba"]


@pytest.mark.slow
def test_each_way_to_fail_is_told_apart(clients, tmp_path, run, own_notebook):
    own_notebook(clients / "alba", "import os; os.kill(os.getppid(), 9); import time; time.sleep(600)")
    own_notebook(clients / "brio", "import time; time.sleep(600)")
    summary = run(jobs=2, deadline=10)
    assert [e.status for e in summary.entries] == ["died", "timeout", "done"]
    assert "worker process died" in summary.entries[0].reason
    assert "deadline of 10 s exceeded" in summary.entries[1].reason
    assert statuses(tmp_path / "out") == {"alba": "died", "brio": "timeout", "cora": "done"}


@pytest.mark.slow
def test_a_dead_kernel_is_no_dead_worker(clients, run, own_notebook):
    own_notebook(clients / "alba", "import os; os._exit(7)")
    own_notebook(clients / "brio", declared='engagement = ""')
    summary = run(jobs=1)
    assert [e.status for e in summary.entries] == ["died", "failed", "done"]
    assert "exit code 7" in summary.entries[0].reason
    assert "does not declare" in summary.entries[1].reason


@pytest.mark.slow
def test_threads_will_do(run):
    warm_up()
    with ThreadPoolExecutor(1) as threads:
        assert run(executor=threads, jobs=1).done == 3


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="process groups")
def test_a_killed_batch_goes_on_and_ends_like_one_that_was_not(tmp_path, run, start):
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    with start(killed) as process:
        seen = [next(process.stdout)]
        while not seen[-1].startswith("reporting done"):
            seen.append(next(process.stdout))
        os.killpg(process.pid, signal.SIGKILL)
    finished = killed / "alba-latest-client.html"
    before, made_at = statuses(killed), finished.stat().st_mtime_ns
    assert before["alba"] == "done"
    assert set(before.values()) <= {"done", "started"}
    assert "cora" not in before or before["cora"] == "started"

    second = [e.status for e in run("killed", jobs=1).entries]
    assert second == ["skipped", "done", "done"]
    assert finished.stat().st_mtime_ns == made_at
    assert [e.status for e in run("whole", jobs=1).entries] == ["done"] * 3
    assert pages(killed) == pages(whole)
    assert [p.name for p in killed.iterdir() if p.name.startswith(".")] == []


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_ctrl_c_stops_at_once_with_a_right_ledger(tmp_path, start, clients, own_notebook):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    say = f"import os, time; open({str(pipe)!r}, 'w').write(str(os.getpid()))"
    own_notebook(clients / "brio", say, "time.sleep(600)")
    with start(tmp_path / "out") as process:
        kernel = int(pipe.read_text())
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(30) == 130
    with pytest.raises(ProcessLookupError):
        os.kill(kernel, 0)
    assert statuses(tmp_path / "out") == {"alba": "done", "brio": "stopped"}
    assert "stopped" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")


def test_the_index_escapes_what_clients_wrote():
    entry = Entry(1, "a b/x#1.html", "done", client="<script>", headline="<b>&", evidence='"', period="p", audience="a")
    page = build_index([entry])
    assert "<script" not in page
    assert "<b>" not in page
    assert 'href="a%20b/x%231.html"' in page
    assert "http:" not in page
    assert "https:" not in page


def test_the_index_has_no_more_of_a_reason_than_its_first_line():
    page = build_index([Entry(1, "x.html", "failed", reason="Two faults:\n  row 7 · Jane Doe", client="C")])
    assert "Two faults: …" in page
    assert "Jane" not in page
    assert "<a " not in page


def test_an_empty_batch_is_a_batch(tmp_path, today):
    summary = run_batch([], into=tmp_path, today=today)
    assert (summary.done, summary.failed, summary.rate) == (0, (), 0)
    assert "Reports there: 0." in summary.index.read_text(encoding="utf-8")
