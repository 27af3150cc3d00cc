"""What happened to each report of a batch: one line of JSON an event, appended and never changed.

The ledger, not the notebooks' metadata, is what a batch believes when it starts again.
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from typing import IO, TYPE_CHECKING, Literal

from cxkit.errors import DocumentError, ReportError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["Entry", "Ledger", "Status", "newest", "open_ledger", "read_ledger"]

Status = Literal["started", "done", "failed", "timeout", "died", "skipped", "stopped"]


@dataclass(frozen=True)
class Entry:
    """One event of one report.

    Attributes:
        run: Number of the batch run, from 1.
        item: The page's path in the batch's folder; tells one report from another.
        status: What happened; `skipped` means already up to date, `stopped` that somebody interrupted the batch.
        at: When, in UTC.
        key: Hash over everything the page depends on.
        sha256: Hash of the page.
    """

    run: int
    item: str
    status: Status
    at: str = ""
    key: str = ""
    reason: str = ""
    sha256: str = ""
    evidence: str = ""
    client: str = ""
    period: str = ""
    audience: str = ""
    headline: str = ""
    seconds: float = 0.0

    @property
    def stands(self) -> bool:
        """Whether the page came out, now or in an earlier run."""
        return self.status in ("done", "skipped")


class Ledger:
    """A ledger that this process alone may write."""

    def __init__(self, file: IO[bytes], entries: list[Entry]) -> None:
        self._file, self.entries = file, entries

    @property
    def run(self) -> int:
        """The number that the next run has."""
        return max((e.run for e in self.entries), default=0) + 1

    def append(self, entry: Entry) -> None:
        """Write an event; when this returns, it is on the disk.

        Raises:
            ReportError: The disk does not take it.
        """
        line = json.dumps(asdict(entry), ensure_ascii=False, allow_nan=False) + "\n"
        # First, so that Ctrl-C during the write cannot hide from us what the disk knows.
        self.entries.append(entry)
        try:
            self._file.write(line.encode())
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise ReportError(f"The ledger cannot be written: {error.strerror}.", where=self._file.name) from None


@contextmanager
def open_ledger(path: Path) -> Iterator[Ledger]:
    """The ledger in a file, for one batch at a time; it is free again when this process ends, however it ends.

    Raises:
        ReportError: Another batch is writing it.
        DocumentError: It was changed by hand.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f"{path.name}.lock").open("ab") as lock:
        _lock(lock, path)
        entries = read_ledger(path)
        with path.open("ab") as file:
            # A line that a killed batch left half-written was never an event; the next must not be glued to it.
            file.truncate(_whole(path.read_bytes()))
            yield Ledger(file, entries)


def read_ledger(path: Path) -> list[Entry]:
    """The events of a ledger, oldest first; a last line that was not written to its end does not count.

    Raises:
        DocumentError: A line is no event.
    """
    content = path.read_bytes() if path.is_file() else b""
    lines = content[: _whole(content)].splitlines()
    return [_entry(line, f"{path.name}:{number}") for number, line in enumerate(lines, start=1)]


def newest(entries: Iterable[Entry]) -> dict[str, Entry]:
    """The newest event of each report.

    Example:
        >>> newest([Entry(1, "a.html", "started"), Entry(1, "a.html", "done")])["a.html"].status
        'done'
    """
    return {e.item: e for e in entries}


def _whole(content: bytes) -> int:
    return content.rfind(b"\n") + 1


def _entry(line: bytes, where: str) -> Entry:
    try:
        found = json.loads(line)
        # A newer cxkit may say more; what this one does not know, it does not need.
        return Entry(**{f.name: found[f.name] for f in fields(Entry) if f.name in found})
    except (ValueError, TypeError, KeyError):
        raise DocumentError(
            "The line is no event of a batch.",
            where=where,
            hint="Move the ledger away; every report is then made again.",
        ) from None


def _lock(file: IO[bytes], path: Path) -> None:
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # pyright: ignore[reportAttributeAccessIssue]
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise ReportError(
            "Another batch is writing to this folder.",
            where=str(path.parent),
            hint="Wait for it, or choose another folder.",
        ) from None
