"""A new engagement: the folder of a template with the client's name in it."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import unicodedata
from collections.abc import Mapping
from pathlib import Path

from cxkit._documents import read_document
from cxkit._share import share_path
from cxkit.errors import DocumentError, ParameterError

SAMPLE = "../data/samples/aldermoor"
COMMON = "common"
LONGEST_NAME = 120

__all__ = ["create_engagement", "list_templates"]


def create_engagement(folder: Path, *, client: str, template: str, today: dt.date) -> Path:
    """Create the folder of an engagement from a template.

    Args:
        folder: Where; it must not exist or be empty.
        client: The client's name.
        template: Name of the template.
        today: The day; the engagement starts on the next Monday.

    Raises:
        ParameterError: There is no such template, or the name is none.
        DocumentError: The folder exists and holds files.
    """
    if template not in list_templates():
        raise ParameterError(f"There is no template {template!r}.", hint=f"Templates: {', '.join(list_templates())}.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DocumentError(
            "The folder is not empty.", where=str(folder), hint="Choose a folder that does not exist yet."
        )
    name = " ".join(client.split())
    if not 1 <= len(name) <= LONGEST_NAME or any(unicodedata.category(c) == "Cc" for c in name):
        hint = f"Give --client 1 to {LONGEST_NAME} printable characters."
        raise ParameterError(f"{name[:40]!r} cannot be the client's name.", hint=hint)
    words = {
        "id": _id(folder.name),
        "client": _quoted(client),
        "name": name,
        "folder": folder.as_posix(),
        "start": (today + dt.timedelta(days=-today.weekday() % 7)).isoformat(),
    }
    new = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    for part in (COMMON, template):
        _fill(share_path("templates/engagements") / part, new, words)
    _copy(share_path("notebooks"), "*.ipynb", new / "notebooks")
    _copy(share_path("templates/schemas"), "*.json", new / ".schemas")
    _copy(share_path("templates/gates"), "*.yaml", new / "gates")
    _copy(share_path("templates/journeys") / _business(new), "*.*.yaml", new / "journeys/examples")
    (new / "plan.yaml").write_bytes(share_path("templates/plans/first_wave.yaml").read_bytes())
    if folder.exists():
        folder.rmdir()
    new.rename(folder)
    return folder


def list_templates() -> list[str]:
    """Names of the templates that ship with cxkit.

    Example:
        >>> list_templates()
        ['b2b', 'contract', 'retail']
    """
    return sorted(p.name for p in share_path("templates/engagements").iterdir() if p.is_dir() and p.name != COMMON)


def _fill(source: Path, folder: Path, words: Mapping[str, str]) -> None:
    """Copy a template, with the client's name in its texts."""
    for path in sorted(p for p in source.rglob("*") if p.is_file()):
        target = folder / path.relative_to(source)
        target = target.with_name(f".{path.name}") if path.name in ("gitignore", "gitattributes") else target
        target.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text(encoding="utf-8")
        filled = text.format(**words) if path.suffix in (".yaml", ".md") else text
        target.write_text(filled, encoding="utf-8", newline="\n")


def _copy(source: Path, pattern: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(source.glob(pattern)):
        # The workbook's notebooks look at a sample and show it; a copy looks at the engagement that it lies in.
        text = path.read_text(encoding="utf-8").replace(SAMPLE, "..")
        text = _emptied(text) if path.suffix == ".ipynb" else text
        (folder / path.name).write_text(text, encoding="utf-8", newline="\n")


def _emptied(text: str) -> str:
    """A notebook without its outputs, which are another client's."""
    found = json.loads(text)
    for cell in found["cells"]:
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def _business(folder: Path) -> str:
    """The kind of business whose lifecycle and maps the template builds on."""
    from cxkit.journey.lifecycle import FILE, Lifecycle

    return read_document(folder / FILE, Lifecycle).extends or ""


def _id(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    found = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60]
    return found if found[:1].isalpha() else f"client-{found}".rstrip("-")


def _quoted(text: str) -> str:
    """The text as a YAML scalar that is sure to read as text."""
    clean = " ".join(text.split())
    plain = re.fullmatch(r"[^\W\d_][\w .&'/()-]*", clean) and clean.lower() not in (
        "true",
        "false",
        "yes",
        "no",
        "null",
        "on",
        "off",
    )
    return clean if plain else '"' + clean.replace("\\", "\\\\").replace('"', '\\"') + '"'
