"""Worker processes: one that dies takes no other's work with it."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections import deque
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from types import FrameType

__all__ = ["WorkerDiedError", "each"]

T = TypeVar("T")
R = TypeVar("R")
_GRACE = 5.0


class WorkerDiedError(Exception):
    """The process that worked on a task ended before the task did."""


def each(
    work: Callable[[T], R], tasks: Sequence[T], *, jobs: int, executor: Executor | None = None,
    on_start: Callable[[T], None] = lambda _: None,
) -> Generator[tuple[T, R | Exception], None, None]:  # fmt: skip
    """Do the work for each task in parallel, and give each task with its result or its exception as it ends.

    When a worker process dies, Python breaks the whole pool. Then only the tasks that were being worked on are
    suspects: each is done again, alone in a process of its own, and the one that kills that too is the culprit. The
    others go on in a new pool.

    Args:
        work: A function of a module, which takes one task.
        tasks: The tasks; they and the results must survive pickling.
        jobs: How many at a time.
        executor: Where to run; processes of our own if None.
        on_start: Called with each task that is handed to a worker, at most once.
    """
    waiting = deque(tasks)
    while waiting:
        crew = _Crew(work, executor or _pool(min(jobs, len(waiting))), jobs=jobs)
        try:
            yield from crew.run(waiting, on_start)
        finally:
            if executor is None:
                _end(crew.pool, calmly=crew.calm)
        for task in crew.suspects:
            yield task, WorkerDiedError() if executor else _alone(work, task)


class _Crew(Generic[T, R]):
    """A pool that is given no more tasks than it can work on, so that it is known what was worked on when it broke."""

    def __init__(self, work: Callable[[T], R], pool: Executor, *, jobs: int) -> None:
        self.pool, self.suspects = pool, list[T]()
        self._work, self._jobs, self._running = work, jobs, dict[Future[R], T]()

    @property
    def calm(self) -> bool:
        """Whether the pool is whole and nothing is being worked on."""
        return not self._running and not self.suspects

    def run(self, waiting: deque[T], on_start: Callable[[T], None]) -> Generator[tuple[T, R | Exception], None, None]:
        while waiting or self._running:
            whole = self._fill(waiting, on_start)
            done, _ = wait(self._running, return_when=FIRST_COMPLETED)
            for future in done:
                task, error = self._running.pop(future), future.exception()
                if isinstance(error, BrokenExecutor):
                    self.suspects.append(task)
                elif error is None:
                    yield task, future.result()
                else:
                    yield task, error if isinstance(error, Exception) else RuntimeError(repr(error))
            if (self.suspects or not whole) and not self._running:
                return

    def _fill(self, waiting: deque[T], on_start: Callable[[T], None]) -> bool:
        """Hand out tasks; False when the pool takes none any more."""
        while waiting and len(self._running) < self._jobs and not self.suspects:
            try:
                future = self.pool.submit(_guarded, self._work, waiting[0])
            except BrokenExecutor:
                return False
            task = waiting.popleft()
            self._running[future] = task
            on_start(task)
        return True


def _alone(work: Callable[[T], R], task: T) -> R | Exception:
    pool = _pool(1)
    try:
        return pool.submit(_guarded, work, task).result()
    except BrokenExecutor:
        return WorkerDiedError()
    except Exception as error:
        return error
    finally:
        _end(pool, calmly=False)


def _pool(jobs: int) -> ProcessPoolExecutor:
    # Not fork: DuckDB and ZeroMQ have threads, which a fork would leave behind half-alive.
    return ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn"), initializer=_begin_worker)


def _end(pool: Executor, *, calmly: bool) -> None:
    """End the workers; the busy ones first politely, so that they take their kernels with them."""
    if calmly:
        pool.shutdown()
        return
    # Python 3.14 has terminate_workers; before, the processes are only here.
    processes = list((getattr(pool, "_processes", None) or {}).values())
    for process in processes:
        with contextlib.suppress(OSError):
            process.terminate()
    for process in processes:
        process.join(_GRACE)
        if process.is_alive():
            process.kill()
    pool.shutdown(wait=True, cancel_futures=True)


class _TerminatedError(SystemExit):
    """Raised in the work that a worker does when the worker is to end. Only SystemExit passes through asyncio."""


_working = False


def _guarded(work: Callable[[T], R], task: T) -> R:
    global _working  # noqa: PLW0603
    _working = True
    try:
        return work(task)
    except _TerminatedError:
        # The pool would send this home as a result and take the next task.
        os._exit(1)
    finally:
        _working = False


def _begin_worker() -> None:
    """Leave Ctrl-C to the parent, end when told to, and never outlive the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _terminate)
    if parent := multiprocessing.parent_process():
        threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()


def _terminate(number: int, frame: FrameType | None) -> None:
    del number, frame
    if _working:
        raise _TerminatedError
    os._exit(1)


def _leave_with(parent: Any) -> None:  # noqa: ANN401
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(_GRACE)
    os._exit(1)
