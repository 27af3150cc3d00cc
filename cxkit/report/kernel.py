"""A kernel that is ours alone: this Python, a clean environment, a private folder, and its process at hand."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from typing import TYPE_CHECKING, Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import ensure_event_loop, run_sync

from cxkit._surroundings import clean_environment, kernel_command

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Kernel", "start_kernel"]

_ARGUMENTS = [
    "--HistoryManager.enabled=False",
    "--IPKernelApp.ignore_cwd=True",
    # What a dying library writes goes to our log, instead of to a client that will not hear it.
    "--IPKernelApp.capture_fd_output=False",
]
_EXPECTED = ("without encryption", "transport_encryption", "frozen modules")


class Kernel:
    """A running kernel and the process behind it."""

    def __init__(self, manager: _Manager, process: subprocess.Popen[bytes], log: Path) -> None:
        self.manager, self._process, self._log = manager, process, log

    def kill(self) -> None:
        """End the kernel and whatever it started, now; may be called from any thread."""
        with contextlib.suppress(OSError):
            if hasattr(os, "killpg") and self._process.poll() is None:
                # The kernel leads a session of its own, so its group is its process id.
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()

    def end(self) -> None:
        """Kill the kernel if it still runs, and close everything that was opened for it."""
        self.kill()
        run_sync(self.manager.close)()
        _close_loop()

    def exit_code(self) -> int | None:
        """How the process ended, or None while it runs."""
        return self._process.poll()

    def last_words(self) -> str:
        """What Python said of its death, else the last line that the kernel wrote to its error stream, or ""."""
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        said = [s for line in lines if (s := line.strip()) and not any(e in s for e in _EXPECTED)]
        return next((s for s in said if s.startswith("Fatal Python error")), said[-1] if said else "")


class _ThisPython(KernelSpecManager):
    """Knows one kernel: the Python that runs now. What is installed under the name python3 may be another."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        return KernelSpec(argv=kernel_command(), display_name=kernel_name, language="python")


class _Manager(AsyncKernelManager):
    """Remembers the client that nbclient made and, not owning the kernel, would leave open."""

    made: Any = None

    def client(self, **kwargs: Any) -> Any:  # noqa: ANN401
        self.made = super().client(**kwargs)
        return self.made

    async def close(self) -> None:
        if self.made is not None:
            self.made.stop_channels()
        await self.shutdown_kernel(now=True)


def start_kernel(folder: Path, *, private: Path) -> Kernel:
    """A kernel that works in `folder` and keeps its own files in `private`."""
    manager = _Manager(kernel_spec_manager=_ThisPython(), kernel_name="python3")
    manager.connection_file = str(private / "kernel.json")
    log = private / "stderr.txt"
    with log.open("wb") as stderr:
        start = run_sync(manager.start_kernel)
        start(
            cwd=str(folder),
            # A person's start-up files belong to the person's notebooks, not to a client's report.
            env=clean_environment(IPYTHONDIR=str(private / "ipython")),
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            extra_arguments=_ARGUMENTS,
        )
    process = getattr(manager.provisioner, "process", None)
    assert process is not None  # noqa: S101
    return Kernel(manager, process, log)


def _close_loop() -> None:
    """Jupyter makes an event loop for each thread and never closes it; a thread that is not the main one may end."""
    if threading.current_thread() is not threading.main_thread():
        loop = ensure_event_loop()
        if not loop.is_running():
            loop.close()
