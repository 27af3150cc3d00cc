"""Runs a notebook in a kernel of its own and tells truly how it ended.

What papermill writes into a notebook's metadata is not believed: after a time-out or a dead kernel it calls every cell
completed. What counts here is the exception, the outputs and the kernel's own process.
"""

from __future__ import annotations

import logging
import math
import signal
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxkit import errors
from cxkit._surroundings import quick_imports
from cxkit.errors import DeadlineError, KernelDiedError, ReportError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cxkit.report.kernel import Kernel
    from cxkit.report.notebook import Notebook

__all__ = ["execute_notebook", "warm_up"]


def warm_up() -> None:
    """Import papermill before the time of a report is taken."""
    with quick_imports():
        import papermill
    del papermill


def execute_notebook(notebook: Notebook, values: Mapping[str, str], *, deadline: float, folder: Path) -> dict[str, Any]:
    """The notebook after running it with these parameters, as plain data; nothing is written to disk.

    Args:
        notebook: What to run.
        values: The parameters.
        deadline: Seconds for the kernel's start and all cells together.
        folder: The kernel's working directory.

    Raises:
        ReportError: A cell failed.
        DeadlineError: The deadline was exceeded; the kernel was killed.
        KernelDiedError: The kernel's process ended by itself.
    """
    import nbformat
    import papermill
    from papermill.exceptions import PapermillExecutionError

    # Without a handler, Python would print the libraries' complaints about a kernel that we killed ourselves.
    if not (log := logging.getLogger("papermill")).handlers:
        log.addHandler(logging.NullHandler())
    with _kernel(folder) as kernel, _deadline(kernel, deadline) as expired:
        try:
            executed = papermill.execute_notebook(
                nbformat.reads(notebook.text, as_version=4),
                None,
                parameters=dict(values),
                kernel_name="python3",
                language="python",
                request_save_on_cell_execute=False,
                progress_bar=False,
                log_output=False,
                start_timeout=math.ceil(deadline),
                km=kernel.manager,
                iopub_timeout=60,
                store_widget_state=False,
            )
        except PapermillExecutionError as error:
            raise _cell_error(error, notebook) from None
        except Exception as error:
            raise _ending(error, kernel, notebook, deadline=deadline if expired.is_set() else None) from None
    _refuse_half_run(executed, notebook)
    return executed


@contextmanager
def _kernel(folder: Path) -> Iterator[Kernel]:
    from cxkit.report.kernel import start_kernel

    with tempfile.TemporaryDirectory(prefix="cxkit-kernel-", ignore_cleanup_errors=True) as private:
        kernel = start_kernel(folder, private=Path(private))
        try:
            yield kernel
        finally:
            kernel.end()


@contextmanager
def _deadline(kernel: Kernel, seconds: float) -> Iterator[threading.Event]:
    """Kill the kernel when the time is over; nbclient then finds it dead within a second."""
    expired = threading.Event()

    def expire() -> None:
        expired.set()
        kernel.kill()

    timer = threading.Timer(seconds, expire)
    timer.daemon = True
    timer.start()
    try:
        yield expired
    finally:
        timer.cancel()


def _ending(error: Exception, kernel: Kernel, notebook: Notebook, *, deadline: float | None) -> ReportError:
    if deadline is not None:
        return DeadlineError(
            f"The report took too long: deadline of {deadline:g} s exceeded.",
            where=notebook.name,
            hint="Give it more time with --deadline.",
        )
    code = kernel.exit_code()
    if code is None:
        said = " ".join(str(error).split()) or type(error).__name__
        return ReportError(f"The notebook could not be run: {said}.", where=notebook.name)
    last = kernel.last_words()
    return KernelDiedError(
        f"The kernel died ({_death(code)}).",
        where=notebook.name,
        hint=f"Its last words: {last}" if last else "The usual cause is too little memory.",
    )


def _death(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"


def _cell_error(error: Any, notebook: Notebook) -> ReportError:  # noqa: ANN401
    return _told(error.ename, error.evalue, place=f"{notebook.name}, cell {_own_number(error.cell_index, notebook)}")


def _told(name: str, text: str, *, place: str) -> ReportError:
    """An exception of the kernel in our words: cxkit's own errors as they are, others in one line."""
    if name in errors.__all__:
        body, _, hint = text.partition("\n\nHint: ")
        what, _, where = body.partition("\n  at ")
        return ReportError(what, where=where or place, hint=hint)
    if name == "SystemExit":
        return ReportError("The notebook stopped itself before its end.", where=place, hint="Remove the call to exit.")
    said = " ".join(text.split())
    return ReportError(
        f"{name}: {said}" if said else name,
        where=place,
        hint="Open the notebook in JupyterLab with the same parameters to see where it comes from.",
    )


def _refuse_half_run(executed: Any, notebook: Notebook) -> None:  # noqa: ANN401
    """Papermill is content with a notebook that called `sys.exit(0)` half-way."""
    for index, cell in enumerate(executed.cells):
        outputs = cell.get("outputs", [])
        if stopped := next((o for o in outputs if o["output_type"] == "error"), None):
            place = f"{notebook.name}, cell {_own_number(index, notebook)}"
            raise _told(stopped["ename"], stopped["evalue"], place=place)
    if not all(c.execution_count for c in executed.cells if c.cell_type == "code" and c.source.strip()):
        raise ReportError("The notebook ended before all its cells had run.", where=notebook.name)


def _own_number(index: int, notebook: Notebook) -> int:
    """The cell's place as the author counts, without the cell that papermill put in after the parameters."""
    before = next(i for i, c in enumerate(notebook.cells) if "parameters" in c.get("metadata", {}).get("tags", []))
    there = any("injected-parameters" in c.get("metadata", {}).get("tags", []) for c in notebook.cells)
    return index + 1 if index <= before or there else index
