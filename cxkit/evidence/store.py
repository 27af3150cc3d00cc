"""Evidence on disk: a folder of plain text, written whole or not at all."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from cxkit.errors import EvidenceError
from cxkit.evidence.cells import (
    Cell,
    Comparison,
    cells_from_csv,
    cells_to_csv,
    comparisons_from_csv,
    comparisons_to_csv,
)
from cxkit.evidence.findings import Finding, findings_from_csv, findings_to_csv
from cxkit.evidence.manifest import SCHEMA, Change, Manifest
from cxkit.evidence.view import Evidence

__all__ = ["changes_between", "evidence_id", "read_evidence", "read_manifest", "write_evidence"]

_MOST_CHANGES = 500
_CELLS, _COMPARISONS, _FINDINGS, _MANIFEST = "cells.csv", "comparisons.csv", "studies.csv", "manifest.json"
_BEHIND = ("distribution/", "curve/")


def read_evidence(folder: Path, *, name: str = "evidence") -> Evidence:
    """The evidence in a folder, after proving that no file of it was changed since it was written.

    Raises:
        EvidenceError: There is none, it is incomplete or altered, or another version wrote it.
    """
    manifest = read_manifest(folder, name=name)
    texts: dict[str, str] = {}
    for file, digest in manifest.files.items():
        path = folder / file
        content = path.read_bytes() if path.is_file() else b""
        if hashlib.sha256(content).hexdigest() != digest:
            raise EvidenceError(
                f"The file {file} of the evidence is missing or was changed after it was measured.",
                where=f"{name}/{file}",
                hint="Run `cxkit measure` again; evidence is never edited.",
            )
        texts[file] = content.decode()
    try:
        cells, comparisons = cells_from_csv(texts[_CELLS]), comparisons_from_csv(texts[_COMPARISONS])
        findings = findings_from_csv(texts.get(_FINDINGS, ""))
    except (KeyError, ValueError, csv.Error):
        raise EvidenceError("The evidence does not read.", where=name, hint="Run `cxkit measure` again.") from None
    sql = {f.removeprefix("sql/"): t for f, t in texts.items() if f.startswith("sql/")}
    return Evidence(manifest, tuple(cells), tuple(comparisons), sql, tuple(findings))


def read_manifest(folder: Path, *, name: str = "evidence") -> Manifest:
    """The manifest of the evidence in a folder.

    Raises:
        EvidenceError: There is none, or it is of another version.
    """
    _recover(folder)
    path = folder / _MANIFEST
    if not path.is_file():
        raise EvidenceError("There is no evidence yet.", where=name, hint="Run `cxkit measure` first.")
    try:
        found: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
        if found.get("schema") != SCHEMA:
            raise EvidenceError(
                f"The evidence is of schema {found.get('schema')}, this cxkit reads {SCHEMA}.",
                where=f"{name}/{_MANIFEST}",
                hint="Run `cxkit measure` again.",
            )
        return Manifest.model_validate(found)
    except (ValidationError, ValueError, AttributeError, RecursionError):
        raise EvidenceError(
            "The manifest of the evidence does not read.",
            where=f"{name}/{_MANIFEST}",
            hint="Run `cxkit measure` again.",
        ) from None


def evidence_id(cells: Sequence[Cell], comparisons: Sequence[Comparison], findings: Sequence[Finding] = ()) -> str:
    """Eight characters that tell one set of numbers from another."""
    text = cells_to_csv(cells) + comparisons_to_csv(comparisons) + (findings_to_csv(findings) if findings else "")
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def changes_between(before: Evidence | None, numbers: Sequence[Cell | Finding]) -> list[Change]:
    """The cells and findings whose number, definition or presence differs from the evidence before.

    Values are told only where both may be shown and are defined alike: two definitions have no difference. Changes of
    the whole come first, what stands behind them last.
    """
    if before is None:
        return []
    old = {c.id: c for c in (*before.cells, *before.findings)}
    new = {c.id: c for c in numbers}
    changes = [Change(cell=i, before=None, after=None, cause="gone") for i in old if i not in new]
    for i, cell in new.items():
        then = old.get(i)
        if then is None:
            changes.append(Change(cell=i, before=None, after=cell.estimate.value, cause="new"))
        elif then.definition != cell.definition:
            changes.append(Change(cell=i, before=None, after=None, cause="definition"))
        elif (then.estimate.value, then.estimate.n) != (cell.estimate.value, cell.estimate.n):
            one, two = then.estimate, cell.estimate
            values = (one.value, two.value) if one.shown and two.shown else (None, None)
            changes.append(Change(cell=i, before=values[0], after=values[1], cause="data"))
    return sorted(changes, key=lambda c: (c.cause in ("new", "gone"), c.cell.startswith(_BEHIND), c.cell.count("=")))


def write_evidence(folder: Path, manifest: Manifest, *, evidence: Evidence) -> Manifest:
    """Write cells, comparisons, SQL and manifest; the folder changes from the old evidence to the new at once.

    Returns:
        The manifest as written, with the hash of each file.
    """
    texts = {_CELLS: cells_to_csv(evidence.cells), _COMPARISONS: comparisons_to_csv(evidence.comparisons)}
    texts |= {_FINDINGS: findings_to_csv(evidence.findings)} if evidence.findings else {}
    texts |= {f"sql/{f}": t for f, t in evidence.sql.items()}
    digests = {f: hashlib.sha256(t.encode()).hexdigest() for f, t in texts.items()}
    listed, more = manifest.changes[:_MOST_CHANGES], max(0, len(manifest.changes) - _MOST_CHANGES)
    manifest = manifest.model_copy(update={"files": digests, "changes": listed, "changes_more": more})
    texts[_MANIFEST] = json.dumps(manifest.model_dump(mode="json", by_alias=True), indent=1, ensure_ascii=False) + "\n"
    new = folder.with_name(f".{folder.name}.{os.getpid()}.new")
    shutil.rmtree(new, ignore_errors=True)
    try:
        for file, text in texts.items():
            path = new / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        _swap(new, folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return manifest


def _swap(new: Path, folder: Path) -> None:
    old = _kept(folder)
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    new.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _recover(folder: Path) -> None:
    """Put the old evidence back if a writer was killed between taking it away and placing the new."""
    old = _kept(folder)
    if not folder.exists() and old.exists():
        old.rename(folder)


def _kept(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.old")
