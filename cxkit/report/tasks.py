"""What a worker process is sent, what it does, and what it sends back: never an exception, always a reason."""

from __future__ import annotations

import glob
import hashlib
import importlib.metadata
import time
import traceback
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cxkit.engagement import open_engagement
from cxkit.errors import CxkitError, DeadlineError, KernelDiedError
from cxkit.report.execute import warm_up
from cxkit.report.make import DEADLINE, Made, Measuring, bring_up_to_date, make_report, page_hash
from cxkit.report.notebook import find_notebook, read_notebook
from cxkit.report.workers import WorkerDiedError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from cxkit.report.items import Item
    from cxkit.report.ledger import Status

__all__ = ["Outcome", "Task", "outcome_of", "prepare", "report_one"]


@dataclass(frozen=True)
class Task:
    """What a worker is sent; `item` is None where the engagement is to be measured."""

    root: Path
    today: dt.date
    measure: Measuring
    item: Item | None = None
    deadline: float = DEADLINE


@dataclass(frozen=True)
class Outcome:
    """What a worker sends back.

    Attributes:
        digest: Hash of what the engagement's reports depend on, when it was prepared.
        made: The report, when one was made.
    """

    status: Status
    reason: str = ""
    seconds: float = 0.0
    digest: str = ""
    made: Made | None = None


def prepare(task: Task) -> Outcome:
    """In a worker: measure an engagement if needed, and hash what its reports depend on."""
    return _told(partial(_prepared, task))


def _prepared(task: Task) -> Outcome:
    begun = time.monotonic()
    engagement = open_engagement(task.root)
    notebook = read_notebook(find_notebook(task.root))
    measured = bring_up_to_date(engagement, today=task.today, measure=task.measure)
    digest = hashlib.sha256(f"{importlib.metadata.version('cxkit')}\n{notebook.sha256}\n".encode())
    # The manifest holds the hash of all inputs and of every file of the evidence.
    digest.update(f"{page_hash(task.root / 'evidence' / 'manifest.json')}\n{engagement.written()}\n".encode())
    seconds = time.monotonic() - begun if measured else 0.0
    return Outcome("done", seconds=seconds, digest=digest.hexdigest())


def report_one(task: Task) -> Outcome:
    """In a worker: make one report."""
    return _told(partial(_reported, task))


def _reported(task: Task) -> Outcome:
    assert task.item is not None  # noqa: S101
    warm_up()
    parameters = task.item.parameters
    output = Path(parameters.output)
    # A batch that was killed while it wrote this page left the part beside it.
    for part in output.parent.glob(f".{glob.escape(output.name)}.*"):
        part.unlink(missing_ok=True)
    made = make_report(parameters, today=task.today, deadline=task.deadline, measure=task.measure)
    return Outcome("done", seconds=made.seconds, made=made)


def _told(work: Callable[[], Outcome]) -> Outcome:
    begun = time.monotonic()
    try:
        return work()
    except Exception as error:
        return replace(outcome_of(error), seconds=time.monotonic() - begun)


def outcome_of(result: Outcome | Exception) -> Outcome:
    """A result or an exception as an outcome, with a reason that a person can read."""
    match result:
        case Outcome():
            return result
        case WorkerDiedError():
            return Outcome("died", "The worker process died, and died again when it was given this alone.")
        case DeadlineError():
            return Outcome("timeout", str(result))
        case KernelDiedError():
            return Outcome("died", str(result))
        case CxkitError():
            return Outcome("failed", str(result))
        case _:
            frames = traceback.extract_tb(result.__traceback__)
            at = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
            said = " ".join(f"{type(result).__name__}: {result}".split())
            return Outcome("failed", f"cxkit itself failed: {said}{at}")
