"""Which files of an engagement a source means: those that a glob matches, or all that can be read in a folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cxkit.data.order import in_order
from cxkit.data.readers.opening import ENDINGS
from cxkit.errors import DocumentError

__all__ = ["find_files", "find_unread"]


def find_files(root: Path, pattern: str, *, where: str) -> list[Path]:
    """The files that a glob of the engagement matches, as they came; of a folder those below it that can be read.

    Raises:
        DocumentError: The pattern, or a link that it meets, leaves the engagement's folder, or is no file.
    """
    found = [p for p in _meant(root, pattern, where=where) if not _is_other(root, p, pattern)]
    for path in found:
        _refuse_odd(path, root, where=where)
    return sorted(found, key=lambda p: in_order(p.relative_to(root).as_posix()))


def find_unread(root: Path, pattern: str) -> list[str]:
    """The names of the files below a folder that are of no kind that is read."""
    if not (root / pattern).is_dir():
        return []
    files = [p for p in (root / pattern).rglob("*") if p.is_file() and not _is_hidden(root, p, pattern)]
    return sorted(p.relative_to(root).as_posix() for p in files if _is_other(root, p, pattern))


def _meant(root: Path, pattern: str, *, where: str) -> Iterator[Path]:
    """Whatever a pattern meets, but folders; links to folders are met, and not followed."""
    if Path(pattern).is_absolute() or ".." in Path(pattern).parts or "\\" in pattern:
        raise DocumentError(
            f"The path {pattern!r} leaves the engagement.",
            where=where,
            hint="Put exports under data/ and name them from there.",
        )
    try:
        # Before Python 3.13 a pattern that ends in ** matches folders only.
        pattern = pattern + "/*" if pattern.endswith("**") else pattern
        found = (root / pattern).rglob("*") if (root / pattern).is_dir() else root.glob(pattern)
        if (root / pattern).is_symlink() and not (root / pattern).exists():
            found = iter([root / pattern])
        yield from (p for p in found if p.is_symlink() or not p.is_dir())
    except (ValueError, IndexError, NotImplementedError):
        raise DocumentError(f"The pattern {pattern!r} is none.", where=where, hint="Write data/survey/*.csv.") from None


def _is_hidden(root: Path, path: Path, pattern: str) -> bool:
    """Whether a file is one of the system or of a program, such as the copies that notebooks keep."""
    own = [p for p in path.relative_to(root).parts if p not in Path(pattern).parts]
    return any(p.startswith((".", "~$")) or p == "__MACOSX" for p in own)


def _is_other(root: Path, path: Path, pattern: str) -> bool:
    if _is_hidden(root, path, pattern):
        return True
    linked = path.is_symlink() and path.is_dir()
    return (root / pattern).is_dir() and not linked and not path.name.lower().endswith(ENDINGS)


def _refuse_odd(path: Path, root: Path, *, where: str) -> None:
    name = path.relative_to(root).as_posix()
    if not name.isprintable() and "\\udc" in ascii(name):
        hint = "Rename it; the system that it comes from wrote names in another encoding."
        raise DocumentError(f"The name of the file {name!a} is no text.", where=where, hint=hint)
    try:
        inside = path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError):
        inside = True
    if not inside:
        what = "is a link that leaves" if path.is_symlink() else "lies in a link that leaves"
        raise DocumentError(f"{name} {what} the engagement.", where=where, hint="Copy the file itself into data/.")
    if not path.is_file():
        raise DocumentError(
            f"{name} is no file, but a pipe, a device, or a link to a folder or to nowhere.",
            where=where,
            hint="Put the export itself there.",
        )
