from __future__ import annotations

import os
import sys
import time

import pytest

from cxkit._share import share_path
from cxkit.engagement import open_engagement
from cxkit.errors import DeadlineError, KernelDiedError, ReportError
from cxkit.report.execute import execute_notebook, warm_up
from cxkit.report.make import make_report
from cxkit.report.notebook import read_notebook
from cxkit.report.parameters import read_parameters

pytestmark = pytest.mark.slow


@pytest.fixture
def run(tmp_path, own_notebook):
    """Runs code cells as a report's notebook."""
    warm_up()

    def run_cells(*sources, deadline=60.0, values=None):
        notebook = read_notebook(own_notebook(tmp_path, *sources))
        given = values or {"engagement": "e", "period": "latest", "audience": "team", "output": "o.html"}
        return execute_notebook(notebook, given, deadline=deadline, folder=tmp_path)

    return run_cells


def output_of(executed, cell=-1):
    return "".join(o.get("text", "") for o in executed["cells"][cell].get("outputs", []))


def test_parameters_reach_the_cells_as_they_are(run):
    nasty = "a'b\"c\\d\n{e} Zürich 測"
    values = {"engagement": nasty, "period": "all", "audience": "team", "output": "o.html"}
    executed = run("print(ascii([engagement, period, audience, output]))", values=values)
    assert output_of(executed).strip() == ascii(list(values.values()))


def test_nothing_is_written_beside_the_notebook(run, tmp_path):
    run("x = 1")
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["client_report.ipynb", "notebooks"]


def test_the_kernel_is_this_python_in_its_own_surroundings(run, tmp_path, monkeypatch):
    monkeypatch.setenv("CLIENT_API_TOKEN", "secret")
    here = os.getcwd()  # noqa: PTH109
    executed = run(
        "import os, sys\nprint(sys.executable, os.getcwd(), os.environ['PLOTLY_RENDERER'])\n"
        "print([k for k in os.environ if 'TOKEN' in k], os.environ['IPYTHONDIR'].count('cxkit-kernel-'))"
    )
    assert output_of(executed).split() == [sys.executable, str(tmp_path), "plotly_mimetype", "[]", "1"]
    assert os.getcwd() == here  # noqa: PTH109


def test_the_cells_error_is_one_line_and_no_traceback(run):
    with pytest.raises(ReportError) as caught:
        run("x = 1", "1 / 0")
    assert caught.value.what == "ZeroDivisionError: division by zero"
    assert caught.value.where == "notebooks/client_report.ipynb, cell 3"
    assert "Traceback" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_our_own_errors_come_out_as_they_were_said(run):
    said = 'from cxkit.errors import EvidenceError\nraise EvidenceError("No evidence.", where="a/b", hint="Do it.")'
    with pytest.raises(ReportError) as caught:
        run(said)
    assert (caught.value.what, caught.value.where, caught.value.hint) == ("No evidence.", "a/b", "Do it.")


@pytest.mark.parametrize("call", ["import sys; sys.exit(0)", "raise SystemExit", "import sys; sys.exit(2)"])
def test_a_notebook_that_leaves_early_has_failed(run, call):
    with pytest.raises(ReportError):
        run(call, "x = 1")


@pytest.mark.parametrize(
    ("cell", "how"),
    [
        ("import os; os._exit(3)", "exit code 3"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "killed by SIGKILL"),
    ],
)
def test_a_kernel_that_dies_is_told_as_such(run, cell, how):
    with pytest.raises(KernelDiedError, match=how):
        run(cell, "x = 1")


def test_a_kernel_that_dies_leaves_its_last_words(run):
    with pytest.raises(KernelDiedError) as caught:
        run("import os; os.write(2, b'out of ideas\\n'); os._exit(1)")
    assert caught.value.hint == "Its last words: out of ideas"


def test_a_crash_in_a_library_is_named(run):
    with pytest.raises(KernelDiedError, match="SIGSEGV") as caught:
        run("import ctypes; ctypes.string_at(0)")
    assert "Fatal Python error: Segmentation fault" in caught.value.hint


def test_the_deadline_is_for_all_cells_together_and_leaves_no_process(run, tmp_path):
    begun = time.monotonic()
    pids = f"open({str(tmp_path / 'pids')!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}')"
    with pytest.raises(DeadlineError, match=r"deadline of 4 s exceeded"):
        run(
            f"import os, subprocess, time\nchild = subprocess.Popen(['sleep', '600'])\n{pids}",
            *["time.sleep(3)"] * 100,
            deadline=4,
        )
    assert time.monotonic() - begun < 15
    for pid in (tmp_path / "pids").read_text().split():
        assert not running(int(pid))


def test_a_deadline_during_the_start_is_one_too(run):
    with pytest.raises(DeadlineError):
        run("x = 1", deadline=0.05)


def test_the_shipped_notebook_needs_none_of_the_heavy_libraries(engagement, today):
    warm_up()
    open_engagement(engagement).measure(today=today)
    notebook = read_notebook(share_path("notebooks/client_report.ipynb"))
    heavy = "pandas", "plotly", "duckdb", "papermill", "scipy", "numpy", "nbformat"
    found = f"import sys; print([m for m in {heavy} if m in sys.modules])"
    probe = notebook.text.replace("cxkit.draw_provenance(view)", found)
    assert probe != notebook.text
    values = {"engagement": str(engagement), "period": "latest", "audience": "client", "output": "o.html"}
    executed = execute_notebook(replace_text(notebook, probe), values, deadline=60, folder=engagement)
    assert "".join(output_of(executed, i) for i in range(len(executed["cells"]))).strip() == "[]"


def test_the_same_evidence_gives_the_same_bytes(engagement, today):
    warm_up()
    asked = read_parameters({"engagement": str(engagement)})
    first = make_report(asked, today=today)
    before = first.path.read_bytes()
    second = make_report(asked, today=today.replace(year=2027))
    assert second.path.read_bytes() == before
    assert first.sha256 == second.sha256
    assert first.client in before.decode().replace("&amp;", "&")
    assert first.headline
    assert str(engagement) not in before.decode()


def test_a_report_that_fails_leaves_the_page_before_it(engagement, own_notebook, today):
    warm_up()
    page = engagement / "reports" / "volta-2026-Q2-client.html"
    page.parent.mkdir()
    page.write_text("before", encoding="utf-8")
    own_notebook(engagement, "1 / 0")
    with pytest.raises(ReportError, match="ZeroDivisionError"):
        make_report(read_parameters({"engagement": str(engagement)}), today=today)
    assert [p.read_text(encoding="utf-8") for p in page.parent.iterdir()] == ["before"]


def replace_text(notebook, text):
    return type(notebook)(notebook.name, text, notebook.cells)


def running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A killed grandchild stays as a zombie until something adopts it.
    return "Z" not in stat(pid)


def stat(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:  # noqa: PTH123
            return file.read().rsplit(")", 1)[1].split()[0]
    except OSError:
        return "Z"
