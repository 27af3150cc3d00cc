"""ZIP archives and .gz files: each member is unpacked under a name of our own, read, and removed again."""

from __future__ import annotations

import gzip
import hashlib
import lzma
import stat
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Protocol

from cxkit.data.faults import Fault
from cxkit.data.readers.base import Unreadable
from cxkit.data.settings import Format

__all__ = ["ARCHIVES", "Member", "find_members", "unpack_gzip", "unpack_member"]

ARCHIVES = (".zip", ".gz")

_OTHER_ARCHIVES = (".7z", ".rar", ".tar", ".tgz", ".bz2", ".xz")
_CHUNK = 1 << 20
_MOST_MEMBERS = 10_000
_MOST_BYTES = 20 << 30
_MOST_TIMES = 100
_SMALL = 100 << 20
_LONGEST_LIST = 16 << 20
_SYSTEM = ("__MACOSX", "Thumbs.db", "desktop.ini")
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, gzip.BadGzipFile, ValueError, NotImplementedError, lzma.LZMAError)
_HINT = "Unpack it, and put the files themselves into the folder."

Member = zipfile.ZipInfo


class _Packed(Protocol):
    def read(self, size: int, /) -> bytes: ...


def find_members(path: Path, form: Format, *, name: str, endings: Sequence[str]) -> tuple[list[Member], list[str]]:
    """The files of a ZIP that are read, and the names of those that are not.

    Args:
        path: The archive.
        form: `member` tells which of its files are meant.
        name: Its name for messages.
        endings: Endings of the files that can be read.

    Raises:
        Unreadable: It is broken, locked, far too large, or holds archives or links.
    """
    _refuse_long(path, name=name)
    try:
        with zipfile.ZipFile(path) as archive:
            listed = [m for m in archive.infolist() if not m.is_dir() and not _of_system(m.filename)]
    except _BROKEN:
        hint = "It may have been cut off on its way: ask for it again."
        raise Unreadable(Fault.of_file(name, "the archive does not open", hint=hint)) from None
    meant = [m for m in listed if form.member is None or _fits(m.filename, form.member)]
    if form.member is not None and not meant:
        shown = ", ".join(m.filename for m in listed[:12]) + (", …" if len(listed) > 12 else "")
        raise Unreadable(Fault.of_file(name, f"no file in it is {form.member!r}", hint=f"Found: {shown}."))
    read = (*endings, *_OTHER_ARCHIVES)
    taken = [m for m in meant if form.member is not None or m.filename.lower().endswith(read)]
    _refuse(taken, packed=path.stat().st_size, name=name)
    if not taken:
        shown = ", ".join(m.filename for m in listed[:12])
        raise Unreadable(Fault.of_file(name, "there is no file in it that can be read", hint=f"Found: {shown}."))
    return sorted(taken, key=lambda m: m.filename), [m.filename for m in meant if m not in taken]


def unpack_member(path: Path, member: Member, *, name: str, folder: Path) -> Path:
    """Unpack one file of a ZIP; where it would go by its own name has no say in it."""
    place = f"{name}/{member.filename}"
    target = _target(place, folder=folder, ending=PurePosixPath(member.filename).suffix)
    try:
        with zipfile.ZipFile(path) as archive, archive.open(member) as packed:
            _copy(packed, target, name=place, most=member.file_size)
    except _BROKEN as error:
        what = "the file in the archive is broken"
        if isinstance(error, NotImplementedError):
            what = "the file is packed in a way that is not read"
        raise Unreadable(Fault.of_file(place, what, hint=_HINT)) from None
    return target


def unpack_gzip(path: Path, *, name: str, folder: Path) -> Path:
    """Unpack a .gz file, under the ending that it has without it."""
    target = _target(name, folder=folder, ending=Path(path.stem).suffix)
    try:
        with gzip.open(path) as packed:
            _copy(packed, target, name=name, most=_most(path.stat().st_size))
    except _BROKEN:
        hint = "It may have been cut off on its way: ask for it again."
        raise Unreadable(Fault.of_file(name, "the packed file is broken", hint=hint)) from None
    return target


def _copy(packed: _Packed, target: Path, *, name: str, most: int) -> None:
    size = 0
    with target.open("wb") as out:
        while chunk := packed.read(_CHUNK):
            size += len(chunk)
            if size > most:
                target.unlink()
                raise Unreadable(_bomb(name, size))
            out.write(chunk)


def _target(name: str, *, folder: Path, ending: str) -> Path:
    return folder / f"{hashlib.sha256(name.encode(errors='replace')).hexdigest()[:16]}{ending.lower()}"


def _most(packed: int) -> int:
    """How large a file may become that is so large when packed; a text of rows shrinks to a tenth or so."""
    return min(_MOST_BYTES, max(_SMALL, _MOST_TIMES * packed))


def _bomb(name: str, size: int) -> Fault:
    what = f"it becomes larger than {size >> 20:,} MB when unpacked, far more than a table would"
    return Fault.of_file(name, what, hint="Ask for the export unpacked; this may be no export at all.")


def _refuse_long(path: Path, *, name: str) -> None:
    """Refuse a ZIP with a table of contents that alone would fill the memory."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 66_000))
        end = file.read()
    at = end.rfind(b"PK\x05\x06")
    if at >= 0 and int.from_bytes(end[at + 12 : at + 16], "little") > _LONGEST_LIST:
        raise Unreadable(Fault.of_file(name, f"more than {_MOST_MEMBERS:,} files in one archive", hint=_HINT))


def _refuse(members: Sequence[Member], *, packed: int, name: str) -> None:
    if len(members) > _MOST_MEMBERS:
        raise Unreadable(Fault.of_file(name, f"more than {_MOST_MEMBERS:,} files in one archive", hint=_HINT))
    faults: list[Fault] = []
    for m in members:
        place = f"{name}/{m.filename}"
        if m.flag_bits & 1:
            hint = "Unpack it with the password, and put the files themselves into the folder."
            faults.append(Fault.of_file(place, "the file is locked with a password", hint=hint))
        elif stat.S_ISLNK(m.external_attr >> 16):
            faults.append(Fault.of_file(place, "a link, not a file", hint="Ask for the file that it leads to."))
        elif m.filename.startswith(("/", "\\")) or ".." in m.filename.replace("\\", "/").split("/"):
            faults.append(Fault.of_file(place, "its name leads out of the archive", hint=_HINT))
        elif m.filename.lower().endswith((*ARCHIVES, *_OTHER_ARCHIVES)):
            faults.append(Fault.of_file(place, "an archive in an archive", hint=_HINT))
    if faults:
        raise Unreadable(*faults)
    size = sum(m.file_size for m in members)
    if size > _most(packed):
        raise Unreadable(_bomb(name, size))


def _of_system(name: str) -> bool:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return not parts or parts[0] in _SYSTEM or parts[-1] in _SYSTEM or parts[-1].startswith((".", "~$"))


def _fits(name: str, pattern: str) -> bool:
    return bool(pattern) and PurePosixPath(name.replace("\\", "/")).match(pattern)
