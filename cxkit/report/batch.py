"""Many reports: one failure never stops the rest, and a batch that was killed goes on where it was.

First each engagement is measured where its evidence is stale, once, however many reports it has. Then the reports are
made that are not up to date. Only this process writes the ledger.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cxkit._documents import write_atomic
from cxkit.report.items import INDEX, Item
from cxkit.report.ledger import Entry, Ledger, Status, newest, open_ledger
from cxkit.report.make import DEADLINE, Measuring, page_hash
from cxkit.report.tasks import Outcome, Task, outcome_of, prepare, report_one
from cxkit.report.workers import each

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Executor

__all__ = ["LEDGER", "Event", "Summary", "run_batch"]

LEDGER = "ledger.jsonl"


@dataclass(frozen=True)
class Event:
    """What a batch tells while it runs.

    Attributes:
        stage: `measuring` goes over engagements, `reporting` over reports.
        name: The engagement's folder or the page's name; "" when the stage begins.
        status: How it ended; "" when the stage begins.
        reason: Why it did not come out, or "".
        done: How many of the stage have ended.
        total: How many there are.
    """

    stage: Literal["measuring", "reporting"]
    name: str = ""
    status: Status | Literal[""] = ""
    reason: str = ""
    seconds: float = 0.0
    done: int = 0
    total: int = 0


@dataclass(frozen=True)
class Summary:
    """How a batch ended: the newest entry of each of its reports, and the seconds it took."""

    entries: tuple[Entry, ...]
    seconds: float
    index: Path

    @property
    def done(self) -> int:
        """Reports made in this run."""
        return sum(e.status == "done" for e in self.entries)

    @property
    def skipped(self) -> int:
        """Reports that were up to date."""
        return sum(e.status == "skipped" for e in self.entries)

    @property
    def failed(self) -> tuple[Entry, ...]:
        """Reports that did not come out, for whatever reason."""
        return tuple(e for e in self.entries if not e.stands)

    @property
    def rate(self) -> float:
        """Reports made in a minute."""
        return 60 * self.done / self.seconds if self.seconds else 0.0


def run_batch(
    items: Sequence[Item],
    *,
    into: Path,
    today: dt.date,
    jobs: int | None = None,
    deadline: float = DEADLINE,
    measure: Measuring = "if-stale",
    executor: Executor | None = None,
    on_event: Callable[[Event], None] = lambda _: None,
) -> Summary:
    """Make the reports and write `index.html` over them.

    Args:
        items: What to make, from `read_items`.
        into: Folder of the pages, the index and the ledger.
        today: The date that new measurements are given.
        jobs: Reports at a time; one for each processor if None.
        deadline: Seconds for each notebook.
        measure: Whether to measure first.
        executor: Where to run instead of in processes of our own, such as dask's `client.get_executor()`.
        on_event: Called in this process when a stage begins and when an engagement or a report ends.

    Raises:
        ReportError: Another batch is writing to the folder.
        DocumentError: The ledger was changed by hand.
        KeyboardInterrupt: Somebody pressed Ctrl-C; workers are ended, ledger and index are right.
    """
    begun = time.monotonic()
    with open_ledger(into / LEDGER) as ledger:
        batch = _Batch(ledger, into, ledger.run, newest(ledger.entries), on_event)
        spread = partial(each, jobs=jobs or os.cpu_count() or 1, executor=executor)
        with batch.closing(items):
            found = batch.prepare(items, spread, today=today, measure=measure)
            batch.report(batch.due(items, found), spread, today=today, deadline=deadline)
        mine = {e.item: e for e in ledger.entries if e.run == batch.run}
        return Summary(tuple(mine[i.name] for i in items), time.monotonic() - begun, into / INDEX)


@dataclass
class _Batch:
    """A run of the batch: the only writer of the ledger."""

    ledger: Ledger
    into: Path
    run: int
    before: dict[str, Entry]
    on_event: Callable[[Event], None]
    keys: dict[str, str] = field(default_factory=dict)

    def prepare(
        self, items: Sequence[Item], spread: Callable, *, today: dt.date, measure: Measuring
    ) -> dict[Path, str]:
        """Measure what is stale, and give the hash of what each engagement's reports depend on."""
        roots = dict.fromkeys(i.root for i in items)
        found: dict[Path, str] = {}
        self.on_event(Event("measuring", total=len(roots)))
        with closing(spread(prepare, [Task(r, today, measure) for r in roots])) as ended:
            for number, (task, result) in enumerate(ended, start=1):
                outcome = outcome_of(result)
                told = Event("measuring", task.root.name, outcome.status, outcome.reason, outcome.seconds)
                self.on_event(replace(told, done=number, total=len(roots)))
                if outcome.status == "done":
                    found[task.root] = outcome.digest
                else:
                    self._fail(items, task.root, outcome)
        return found

    def due(self, items: Sequence[Item], found: dict[Path, str]) -> list[Item]:
        """The reports to make, after noting those that are up to date."""
        left: list[Item] = []
        for item in items:
            if item.root not in found:
                continue
            key = self.keys[item.name] = _key(item, found[item.root])
            before = self.before.get(item.name)
            there = page_hash(Path(item.parameters.output))
            if before and before.stands and (before.key, before.sha256) == (key, there):
                self._note(replace(before, run=self.run, status="skipped", reason="up to date", seconds=0.0))
            else:
                left.append(item)
        return left

    def report(self, items: list[Item], spread: Callable, *, today: dt.date, deadline: float) -> None:
        """Make the reports."""
        self.on_event(Event("reporting", total=len(items)))
        tasks = [Task(i.root, today, "never", i, deadline) for i in items]
        started = lambda task: self._note(self._entry(task.item, "started"))  # noqa: E731
        with closing(spread(report_one, tasks, on_start=started)) as ended:
            for number, (task, result) in enumerate(ended, start=1):
                outcome = outcome_of(result)
                self._note(self._ended(task.item, outcome))
                told = Event("reporting", task.item.name, outcome.status, outcome.reason, outcome.seconds)
                self.on_event(replace(told, done=number, total=len(items)))

    @contextmanager
    def closing(self, items: Sequence[Item]) -> Iterator[None]:
        """Whatever happens inside, note what was cut short, and write the index."""
        try:
            yield
        except BaseException:
            now = newest(self.ledger.entries)
            for item in items:
                if (entry := now.get(item.name)) and entry.run == self.run and entry.status == "started":
                    self._note(replace(entry, status="stopped", reason="the batch was stopped"))
            raise
        finally:
            self._write_index(items)

    def _fail(self, items: Sequence[Item], root: Path, outcome: Outcome) -> None:
        for item in items:
            if item.root == root:
                self._note(self._ended(item, outcome))

    def _ended(self, item: Item, outcome: Outcome) -> Entry:
        entry = replace(self._entry(item, outcome.status), reason=outcome.reason, seconds=round(outcome.seconds, 3))
        made = outcome.made
        if made is None:
            return entry
        found = {"client": made.client, "period": made.period, "headline": made.headline}
        return replace(entry, sha256=made.sha256, evidence=made.evidence, **found)

    def _entry(self, item: Item, status: Status) -> Entry:
        p, key = item.parameters, self.keys.get(item.name, "")
        return Entry(self.run, item.name, status, key=key, client=item.client, period=p.period, audience=p.audience)

    def _note(self, entry: Entry) -> None:
        self.ledger.append(replace(entry, at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds")))

    def _write_index(self, items: Sequence[Item]) -> None:
        from cxkit.report.index import build_index

        names = {i.name for i in items}
        # Reports of earlier batches stay listed while their pages are there.
        listed = (e for e in newest(self.ledger.entries).values() if e.item in names or e.stands)
        shown = [e for e in listed if not e.stands or (self.into / e.item).is_file()]
        write_atomic(self.into / INDEX, build_index(shown))


def _key(item: Item, digest: str) -> str:
    p = item.parameters
    return hashlib.sha256("\n".join((digest, p.period, p.audience, item.name)).encode()).hexdigest()
