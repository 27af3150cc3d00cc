"""How a batch shows that it goes on: a bar in a terminal, a line a report everywhere else."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Self, TextIO

if TYPE_CHECKING:
    from types import TracebackType

    from rich.progress import Progress, TaskID

    from cxkit.report.batch import Event

__all__ = ["BatchProgress"]

_STAGES = {"measuring": "Measuring", "reporting": "Reports"}


class BatchProgress:
    """Shows the events of a batch; give it to `run_batch` as `on_event`.

    Args:
        out: Where to write; standard output if None.
    """

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        if self._out.isatty():
            self._bar = _bar(self._out)
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()

    def __call__(self, event: Event) -> None:
        """Show an event."""
        if self._bar:
            self._draw(self._bar, event)
        elif event.name and (event.stage == "reporting" or event.reason or event.seconds):
            self._out.write(f"{_line(event)}\n")
            self._out.flush()

    def _draw(self, bar: Progress, event: Event) -> None:
        from rich.text import Text

        if not event.name:
            if self._task is not None:
                bar.remove_task(self._task)
            self._task = bar.add_task(_STAGES[event.stage], total=event.total or None, visible=bool(event.total))
            return
        if event.reason:
            bar.console.print(Text(_line(event)))
        if self._task is not None:
            bar.update(self._task, completed=event.done)


def _line(event: Event) -> str:
    first = event.reason.partition("\n")[0]
    word = "measured" if event.stage == "measuring" and event.status == "done" else event.status
    said = f"{event.done}/{event.total} {word:<8} {event.name}  {event.seconds:.1f} s"
    return f"{said}  {first}" if first else said


def _bar(out: TextIO) -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class _Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed
            return Text(f"{speed * 60:.0f} a minute" if speed else "", style="dim")

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn()
    return Progress(*columns, console=Console(file=out))
