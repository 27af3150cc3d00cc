"""What a batch is to make: from a CSV of clients, from folders, or from patterns of folders."""

from __future__ import annotations

import glob
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cxkit._documents import read_records
from cxkit.engagement import open_engagement
from cxkit.errors import CxkitError, DocumentError
from cxkit.report.parameters import ReportParameters, read_parameters

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["INDEX", "Item", "read_items"]

INDEX = "index.html"
_Fault = tuple[str, str]


@dataclass(frozen=True)
class Item:
    """One report to make.

    Attributes:
        name: The page's path in the batch's folder, with forward slashes.
        parameters: Its parameters, with absolute paths.
        client: The client's name, or the folder's where it cannot be read.
    """

    name: str
    parameters: ReportParameters
    client: str

    @property
    def root(self) -> Path:
        """Folder of the engagement."""
        return Path(self.parameters.engagement)


def read_items(
    sources: Sequence[str | Path], *, into: Path, period: str = "latest", audience: str = "client"
) -> list[Item]:
    """The reports to make, all of them checked before the first is begun.

    Args:
        sources: One CSV file with the columns engagement, period, audience and output, or folders of engagements and
            patterns of such folders. In a CSV file `engagement` is relative to the file and `output` to `into`.
        into: Folder of the pages.
        period: Period of each report, where there is no CSV file.
        audience: Audience of each report, where there is no CSV file.

    Raises:
        DocumentError: The CSV file is wrong, a folder is missing, or an output stands twice or leaves `into`.
        ParameterError: There is no such period or audience.
    """
    first = Path(sources[0]) if sources else Path()
    if first.suffix.lower() == ".csv":
        if len(sources) > 1:
            raise DocumentError("A batch is either one CSV file or folders.", where=str(sources[1]))
        return _checked(_from_csv(first), into=into, name=first.name)
    asked = read_parameters({"engagement": ".", "period": period, "audience": audience})
    found = [(str(f), asked.model_copy(update={"engagement": str(f.resolve())})) for f in _folders(sources)]
    if not found:
        raise DocumentError("There is no engagement to report on.", where=", ".join(str(s) for s in sources))
    return _checked(found, into=into, name="")


def _from_csv(path: Path) -> list[tuple[str, ReportParameters]]:
    rows = read_records(path, ReportParameters)
    if not rows:
        raise DocumentError("The file names no engagement.", where=path.name)
    base = path.parent.absolute()
    return [(f"line {n}", p.model_copy(update={"engagement": str((base / p.engagement).resolve())})) for n, p in rows]


def _folders(sources: Sequence[str | Path]) -> list[Path]:
    """The folders named, and of those that a pattern finds the engagements."""
    found: dict[Path, None] = {}
    for source in map(str, sources):
        if glob.has_magic(source) and not Path(source).exists():
            matches = sorted(Path(p) for p in glob.glob(source, recursive=True))  # noqa: PTH207
            found |= dict.fromkeys(p for p in matches if (p / "engagement.yaml").is_file())
        else:
            found[Path(source)] = None
    return list(found)


def _checked(rows: list[tuple[str, ReportParameters]], *, into: Path, name: str) -> list[Item]:
    items = [(place, _item(p, into=into)) for place, p in rows]
    faults = [*_missing(items), *_leaving(items, into=into), *_twice(items)]
    if not faults:
        return [item for _, item in items]
    if len(faults) == 1:
        place, what = faults[0]
        where = f"{name}:{place.removeprefix('line ')}" if name else place
        raise DocumentError(f"{what[0].upper()}{what[1:]}.", where=where)
    listed = "\n".join(f"  {place} · {what}" for place, what in faults)
    raise DocumentError(f"{name or 'The batch'} has {len(faults)} faults:\n{listed}", where=name)


def _item(parameters: ReportParameters, *, into: Path) -> Item:
    root = Path(parameters.engagement)
    client, stem = root.name, root.name
    try:
        settings = open_engagement(root).settings
        client, stem = settings.client, settings.id
    except CxkitError:
        # What is wrong with one engagement is told as that report's failure; the others go on.
        pass
    name = parameters.output or f"{stem}-{parameters.period}-{parameters.audience}.html"
    output = into.absolute() / name
    return Item(Path(name).as_posix(), parameters.model_copy(update={"output": str(output)}), client)


def _missing(items: list[tuple[str, Item]]) -> Iterator[_Fault]:
    for place, item in items:
        if not item.root.is_dir():
            yield place, f"there is no folder {str(item.root)!r}"


def _leaving(items: list[tuple[str, Item]], *, into: Path) -> Iterator[_Fault]:
    for place, item in items:
        output = Path(item.parameters.output).resolve()
        if not output.is_relative_to(into.resolve()) or Path(item.name).is_absolute():
            yield place, f"the output {item.name!r} leaves the folder {str(into)!r}"
        elif _same(item.name) == INDEX:
            yield place, f"the output {item.name!r} is the batch's own list of reports"


def _twice(items: list[tuple[str, Item]]) -> Iterator[_Fault]:
    first: dict[str, str] = {}
    for place, item in items:
        before = first.setdefault(_same(str(Path(item.parameters.output).resolve())), place)
        if before != place:
            yield place, f"the output {item.name!r} is that of {before}"


def _same(name: str) -> str:
    # Two names that differ in case or in how an accent is written are one file on many disks.
    return unicodedata.normalize("NFC", name).casefold()
