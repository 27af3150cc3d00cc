"""What the benchmarks share: the best time of several runs in turn, and the peak memory of a process of its own."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

__all__ = ["peak_kilobytes", "peak_megabytes", "seconds"]


def seconds(rounds: int, *runs: Callable[[], object]) -> list[float]:
    """The best time of each, run in turn."""
    best = [float("inf")] * len(runs)
    for _ in range(rounds):
        for i, run in enumerate(runs):
            start = time.perf_counter()
            run()
            best[i] = min(best[i], time.perf_counter() - start)
    return best


def peak_megabytes(script: str, path: Path) -> float:
    """Peak memory of a process that does nothing but what a script does with `--only`."""
    run = [sys.executable, script, "--only", str(path)]
    done = subprocess.run(run, check=True, capture_output=True, text=True)  # noqa: S603
    return float(done.stdout)


def peak_kilobytes() -> int:
    """Peak memory of this process."""
    status = Path("/proc/self/status")
    if status.is_file():
        # What the system says of a child that was forked from a larger process is the size of that one.
        return int(next(x for x in status.read_text().splitlines() if x.startswith("VmHWM")).split()[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
