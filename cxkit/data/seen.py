"""What the last measurement read, kept on the advisor's machine: so that it can be said what has come since.

Of each row only two numbers are kept that nothing can be read back from, and its month. They lie with the worklists,
which neither git nor a report takes along.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from cxkit._documents import replacing
from cxkit._table import Database
from cxkit.data.conform import Field, key_of
from cxkit.data.contract import CONTRACTS
from cxkit.data.settings import Source

if TYPE_CHECKING:
    import numpy as np

    from cxkit.data.read import Tables

__all__ = ["Rows", "Seen", "SeenFile", "mapping_digest", "read_seen", "rows_of", "write_seen"]

FILE = Path("worklists") / "read_before.npz"
_SCHEMA = 1
# Whole numbers that a double holds exactly; and so few bits a row that many rows of one key still add up to one.
_KEYS, _CONTENTS = 2**53, 2**36


@dataclass(frozen=True, slots=True)
class SeenFile:
    """One export as it was read: the hash of its bytes and how many rows it had."""

    source: str
    sha256: str
    rows: int


@dataclass(frozen=True, slots=True)
class Rows:
    """The usable rows of some files of a source, one entry for each file and key.

    Attributes:
        file: Number of the file.
        key: A number for the key of the row.
        content: A number for all that is mapped of the rows with the key.
        month: Months since year 0; 0 where the table has no time.
    """

    file: np.ndarray[Any, Any]
    key: np.ndarray[Any, Any]
    content: np.ndarray[Any, Any]
    month: np.ndarray[Any, Any]

    def of(self, files: Sequence[int]) -> Rows:
        """The rows of some of the files."""
        import numpy as np

        here = np.isin(self.file, list(files))
        return Rows(self.file[here], self.key[here], self.content[here], self.month[here])


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read when the evidence was last written.

    Attributes:
        evidence: Id of that evidence.
        day: The day of that measurement.
        files: The exports by path.
        names: Headers of each source.
        mappings: What `sources.yaml` said of each source, as a hash.
        path: Where the rows are; read only when they are asked for.
        alike: Whether rows can be held against those of today: another version may number them otherwise.
    """

    evidence: str
    day: str
    files: Mapping[str, SeenFile]
    names: Mapping[str, tuple[str, ...]]
    mappings: Mapping[str, str]
    path: Path
    alike: bool = True
    orders: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    def rows(self, source: str) -> Rows:
        """The rows of a source; the number of a file is its place in `orders`."""
        import numpy as np

        with np.load(self.path, allow_pickle=False) as kept:
            return Rows(*(kept[f"{source}/{part}"] for part in ("file", "key", "content", "month")))


def read_seen(root: Path, *, evidence: str) -> Seen | None:
    """What was read for an evidence; None where that was not kept here, or does not read."""
    import numpy as np

    path = root / FILE
    try:
        # numpy leaves a file open that it cannot read, unless it is handed one.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            said = json.loads(bytes(kept["about"]))
        if said["schema"] != _SCHEMA or said["evidence"] != evidence:
            return None
        return Seen(
            evidence=said["evidence"],
            day=said["day"],
            files={p: SeenFile(**f) for p, f in said["files"].items()},
            names={s: tuple(n) for s, n in said["names"].items()},
            mappings=said["mappings"],
            path=path,
            alike=said["duckdb"] == _duckdb(),
            orders={s: tuple(o) for s, o in said["orders"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None


def write_seen(root: Path, tables: Tables, sources: Sequence[Source], *, evidence: str, day: str) -> None:
    """Keep what was read, in the place of what was kept before.

    Args:
        root: Folder of the engagement.
        tables: What was read.
        sources: How it is mapped.
        evidence: Id of the evidence that was measured on it.
        day: The day of the measurement.
    """
    import numpy as np

    read = [s for s in sources if s.id in tables.raws]
    files = {
        f.path: {"source": s.id, "sha256": f.sha256, "rows": f.rows} for s in read for f in tables.raws[s.id].files
    }
    about = {
        "schema": _SCHEMA,
        "duckdb": _duckdb(),
        "evidence": evidence,
        "day": day,
        "files": files,
        "orders": {s.id: [f.path for f in tables.raws[s.id].files] for s in read},
        "names": {s.id: tables.raws[s.id].names for s in read},
        "mappings": {s.id: mapping_digest(s) for s in read},
    }
    arrays: dict[str, np.ndarray[Any, Any]] = {"about": np.frombuffer(json.dumps(about).encode(), dtype="uint8")}
    for source in read:
        rows = rows_of(tables.database, source, tables.fields[source.id])
        parts = {"file": rows.file, "key": rows.key, "content": rows.content, "month": rows.month}
        arrays |= {f"{source.id}/{part}": values for part, values in parts.items()}
    with replacing(root / FILE) as temporary, temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def rows_of(db: Database, source: Source, fields: Sequence[Field], *, files: Sequence[int] | None = None) -> Rows:
    """The usable rows of a source, or of some of its files, as numbers.

    Args:
        db: Where `usable_<id>` is.
        source: The source.
        fields: Its columns.
        files: Numbers of the files; all if None.
    """
    time = CONTRACTS[source.table].time
    known = {f.name for f in fields}
    content = exp.Mod(this=_hash([f.name for f in fields]), expression=exp.Literal.number(_CONTENTS))
    month = _month(time) if time in known and time is not None else exp.Literal.number(0)
    query = exp.select(
        exp.column("_file").as_("file"),
        exp.Mod(this=_hash(key_of(source)), expression=exp.Literal.number(_KEYS)).as_("key"),
        exp.cast(exp.Sum(this=exp.cast(content, "BIGINT")), "BIGINT").as_("content"),
        exp.Min(this=month).as_("month"),
    )
    query = query.from_(exp.to_table(f"usable_{source.id}")).group_by(exp.Literal.number(1), exp.Literal.number(2))
    if files is not None:
        query = query.where(exp.column("_file").isin(*files) if files else exp.false())
    found = db.arrays(query)
    return Rows(*(found[part].astype("int64") for part in ("file", "key", "content", "month")))


def mapping_digest(source: Source) -> str:
    """A hash over what `sources.yaml` says of a source, but for where its files lie."""
    said = source.model_dump(mode="json", exclude={"files", "max_rejected"}, exclude_defaults=True)
    for part in ("columns", "attributes"):
        # A column that was renamed is still the same column: its oldest header stands for it.
        said[part] = {n: _first_named(m) for n, m in said.get(part, {}).items()}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:12]


def _first_named(mapped: dict[str, Any]) -> dict[str, Any]:
    *_, oldest = (mapped.get("column"), *mapped.get("was", ()))
    return {k: v for k, v in mapped.items() if k != "was"} | {"column": oldest}


def _hash(columns: Sequence[str]) -> exp.Expr:
    return exp.Anonymous(this="HASH", expressions=[exp.column(c, quoted=True) for c in columns])


def _month(column: str) -> exp.Expr:
    year, month = (exp.Extract(this=exp.var(p), expression=exp.column(column, quoted=True)) for p in ("YEAR", "MONTH"))
    return exp.Add(this=exp.Mul(this=year, expression=exp.Literal.number(12)), expression=month)


def _duckdb() -> str:
    import importlib.metadata

    return importlib.metadata.version("duckdb")
