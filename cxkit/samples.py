"""The sample engagements that ship with cxkit."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from cxkit._share import share_path

__all__ = ["sample_engagements"]

_WRITTEN = shutil.ignore_patterns("evidence", ".evidence*", "reports", "worklists", "releases")


def sample_engagements(into: Path) -> list[Path]:
    """The folders of the samples; copied beside the reports where cxkit's own files cannot be written.

    Args:
        into: Folder of the reports.
    """
    found = sorted(p.parent for p in share_path("data/samples").glob("*/engagement.yaml"))
    return [p if _own(p) else _copied(p, into / "samples") for p in found]


def _own(folder: Path) -> bool:
    # An installed package is not a place to work in, even where it could be written.
    return "_share_data" not in folder.parts and os.access(folder, os.W_OK)


def _copied(folder: Path, into: Path) -> Path:
    target = into / folder.name
    if not target.exists():
        shutil.copytree(folder, target, ignore=_WRITTEN)
    return target
