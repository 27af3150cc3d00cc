"""What all tests share: no network, and the sample engagement measured once."""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
import signal
import socket
from pathlib import Path

import pytest

from cxkit.engagement import Engagement, open_engagement

ROOT = Path(__file__).parent.parent

# A shell that runs things in the background has them ignore Ctrl+C, and whatever they start would ignore it too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    with contextlib.suppress(ValueError):
        signal.signal(signal.SIGINT, signal.default_int_handler)
SAMPLE = ROOT / "data/samples/aldermoor"
SHARED = ROOT.parent / "shared/data"
TODAY = dt.date(2026, 11, 22)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    """Nothing may leave the machine: a connection to anywhere but loopback fails the test."""
    connect = socket.socket.connect

    def guarded(self, address):
        host = address[0] if isinstance(address, tuple) else "localhost"
        if host not in ("localhost", "127.0.0.1", "::1"):
            raise AssertionError(f"a test connected to {address}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def aldermoor(tmp_path_factory) -> Engagement:
    """The sample engagement, copied and measured."""
    return _measured(SAMPLE, tmp_path_factory)


@pytest.fixture(scope="session")
def fennick(tmp_path_factory) -> Engagement:
    """The sample of a retailer, copied and measured."""
    return _measured(ROOT / "data/samples/fennick", tmp_path_factory)


@pytest.fixture(scope="session")
def torvald(tmp_path_factory) -> Engagement:
    """The sample of a machinery maker, copied and measured."""
    return _measured(ROOT / "data/samples/torvald", tmp_path_factory)


def _measured(sample: Path, tmp_path_factory) -> Engagement:
    folder = tmp_path_factory.mktemp("samples") / sample.name
    shutil.copytree(sample, folder, ignore=shutil.ignore_patterns("evidence", ".evidence*", "worklists", "reports"))
    engagement = open_engagement(folder)
    engagement.measure(today=TODAY)
    return engagement


@pytest.fixture
def real(tmp_path):
    """An engagement over real public data; skips where the data is not there."""

    def open_real(name: str, *files: str) -> Engagement:
        sources = [SHARED / f for f in files]
        for source in sources:
            if not source.is_file():
                pytest.skip(f"the public data file {source.name} is not beside the project")
        folder = tmp_path / name
        shutil.copytree(ROOT / "tests/real" / name, folder)
        (folder / "data").mkdir()
        for source in sources:
            shutil.copy(source, folder / "data")
        return open_engagement(folder)

    return open_real
