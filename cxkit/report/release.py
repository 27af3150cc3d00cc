"""Releases: what was handed to the client, with the evidence it rests on."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from cxkit.errors import EvidenceError, ReportError
from cxkit.report.make import Made, page_hash

if TYPE_CHECKING:
    from pathlib import Path

    from cxkit.engagement import Engagement
    from cxkit.evidence.view import View

__all__ = ["read_release", "release_report"]


def release_report(made: Made, *, engagement: Engagement) -> Path:
    """Copy a report and its evidence to `releases/<period>-<audience>-<evidence id>/`, whole or not at all.

    To release the same again changes nothing.

    Args:
        made: The report, as `make_report` gave it.
        engagement: Whose it is.

    Returns:
        The folder of the release.

    Raises:
        EvidenceError: The evidence has been measured again since, or was altered.
        ReportError: The page was changed, or another release has this name.
    """
    _prove(made, engagement)
    folder = engagement.root / "releases" / f"{made.period}-{made.audience}-{made.evidence}"
    new = folder.with_name(f".{folder.name}.{os.getpid()}.new")
    shutil.rmtree(new, ignore_errors=True)
    try:
        shutil.copytree(engagement.root / "evidence", new / "evidence", copy_function=shutil.copyfile)
        shutil.copyfile(made.path, new / made.path.name)
        _place(new, folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return folder


def read_release(folder: Path) -> View:
    """The evidence that was handed over, in the period that the report was of.

    Raises:
        EvidenceError: The folder is no release, or its evidence was altered.
    """
    from cxkit.evidence.store import read_evidence

    if not (folder / "evidence").is_dir():
        raise EvidenceError(
            "The folder is no release: it has no evidence.",
            where=str(folder),
            hint="Name one that `cxkit report --release` made, such as releases/2026-Q2-client-1a2b3c4d.",
        )
    evidence = read_evidence(folder / "evidence", name=f"{folder.name}/evidence")
    period = folder.resolve().name.removesuffix(f"-{evidence.manifest.evidence}").rpartition("-")[0]
    known = [p for ps in evidence.manifest.periods.values() for p in ps]
    return evidence.at(period if period in known else "latest")


def _prove(made: Made, engagement: Engagement) -> None:
    if page_hash(made.path) != made.sha256:
        raise ReportError(
            "The page is missing or was changed since it was made.", where=str(made.path), hint="Make the report again."
        )
    now = engagement.evidence().manifest.evidence
    if now != made.evidence:
        raise EvidenceError(
            f"The report shows the evidence {made.evidence}, but the engagement has {now} now.",
            where=str(made.path),
            hint="Make the report again.",
        )


def _place(new: Path, folder: Path) -> None:
    if not folder.exists():
        new.rename(folder)
    elif _contents(new) != _contents(folder):
        raise ReportError(
            "There is another release of this period, audience and evidence.",
            where=str(folder),
            hint="A release is never overwritten. Delete it if it was not handed out.",
        )


def _contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
