"""The only door to DuckDB: trees go in, rows or arrays come out."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from cxkit._sql import sql_text
from cxkit.errors import QueryError

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Database", "open_database"]


@contextmanager
def open_database() -> Iterator[Database]:
    """An empty database of this process alone, gone when the block ends."""
    import duckdb

    with tempfile.TemporaryDirectory(prefix="cxkit-") as folder:
        # Nothing may be fetched or loaded on the side: what DuckDB lacks, it lacks.
        alone = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
        connection = duckdb.connect(":memory:", config={"temp_directory": folder, **alone})
        try:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute("SET enable_progress_bar = false")
            connection.execute(f"SET memory_limit = '{_megabytes(connection)}MB'")
            yield Database(connection, Path(folder))
        finally:
            connection.close()


def _megabytes(connection: Any) -> int:  # noqa: ANN401
    """How much memory a database takes before it goes on in its folder: files may be larger than that."""
    threads = connection.execute("SELECT current_setting('threads')").fetchone()[0]
    return max(_MEGABYTES, int(threads) * _MEGABYTES_PER_THREAD)


_MEGABYTES, _MEGABYTES_PER_THREAD = 512, 128


class Database:
    """A DuckDB connection that takes trees; `folder` holds what does not fit in memory."""

    def __init__(self, connection: Any, folder: Path) -> None:  # noqa: ANN401
        self._connection = connection
        self.folder = folder

    def rows(self, tree: exp.Expr) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        return self._execute(sql_text(tree)).fetchall()

    def batches(self, tree: exp.Expr, *, most: int) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of a query, at most so many at a time; no other query may run before they are all had."""
        import duckdb

        found = self._execute(sql_text(tree))
        try:
            while rows := found.fetchmany(most):
                yield rows
        except duckdb.Error as error:
            raise QueryError("The database stops in the middle of a query.") from error

    def arrays(self, tree: exp.Expr, *, in_order: bool = False) -> dict[str, np.ndarray[Any, Any]]:
        """The columns of a query as numpy arrays; numbers become float64 with NaN for NULL.

        Args:
            tree: The query.
            in_order: Add up in the order of the rows, so that sums of fractions are the same every time.
        """
        import numpy as np

        self._execute("SET threads = 1" if in_order else "RESET threads")
        found = self._execute(sql_text(tree)).fetchnumpy()
        return {k: _filled(np, v) for k, v in found.items()}

    def numbers(self, tree: exp.Expr) -> dict[str, np.ndarray[Any, Any]]:
        """The columns of a query of whole numbers without NULL, each in the width that the query gives it."""
        self._execute("RESET threads")
        return dict(self._execute(sql_text(tree)).fetchnumpy())

    def columns(self, tree: exp.Expr) -> dict[str, str]:
        """Names and DuckDB types of a query's columns, without running it."""
        described = self._execute(f"DESCRIBE {sql_text(tree)}").fetchall()
        return {r[0]: r[1] for r in described}

    def create(self, name: str, tree: exp.Expr, *, in_order: bool = False) -> None:
        """Store the result of a query as a table, in the place of one of that name; `in_order` as for `arrays`."""
        self._execute("SET threads = 1" if in_order else "RESET threads")
        self._execute(sql_text(exp.Create(this=exp.to_table(name), kind="TABLE", expression=tree, replace=True)))

    def append(self, name: str, tree: exp.Expr) -> None:
        """Add the result of a query to a table of the same columns, behind the rows that are there."""
        self._execute("RESET threads")
        self._execute(sql_text(exp.Insert(this=exp.to_table(name), expression=tree)))

    def look(self, name: str, tree: exp.Expr) -> None:
        """A query under a name, run anew each time that it is read from."""
        self._execute(sql_text(exp.Create(this=exp.to_table(name), kind="VIEW", expression=tree, replace=True)))

    def create_texts(self, name: str, columns: Sequence[str]) -> None:
        """An empty table for exports as they come, in the place of one of its name: file, row, then text columns."""
        kinds = {"_file": "INTEGER", "_row": "BIGINT", **dict.fromkeys(columns, "VARCHAR")}
        fields = [exp.ColumnDef(this=exp.to_identifier(c), kind=exp.DataType.build(t)) for c, t in kinds.items()]
        schema = exp.Schema(this=exp.to_table(name), expressions=fields)
        self._execute(sql_text(exp.Create(this=schema, kind="TABLE", replace=True)))

    def remove(self, name: str, condition: exp.Expr) -> int:
        """Take rows out of a table again; how many they were."""
        delete = exp.Delete(this=exp.to_table(name), where=exp.Where(this=condition))
        return int(self._execute(sql_text(delete)).fetchone()[0])

    def count(self, name: str, *, file: int | None = None) -> int:
        """Number of rows of a table, or of one file in it."""
        query = exp.select(exp.Count(this=exp.Star())).from_(exp.to_table(name))
        if file is not None:
            query = query.where(exp.column("_file").eq(file))
        return int(self.rows(query)[0][0])

    def add_rows(
        self, name: str, columns: Mapping[str, Sequence[str | None]], *, file: int, rows: Sequence[int]
    ) -> None:
        """Append text columns of equal length to a table of texts.

        Args:
            name: The table.
            columns: Values by column.
            file: Number of the file.
            rows: Row of each value in the file.
        """
        import pandas as pd

        frame = pd.DataFrame({f"c{i}": pd.Series(v, dtype="object") for i, v in enumerate(columns.values())})
        frame["_row"] = rows
        self._connection.register("incoming", frame)
        taken = [exp.cast(exp.column(f"c{i}"), "VARCHAR").as_(c, quoted=True) for i, c in enumerate(columns)]
        self._insert(name, exp.select(exp.Literal.number(file).as_("_file"), "_row", *taken).from_("incoming"))
        self._connection.unregister("incoming")

    def lock(self, *, texts: Iterable[Path] = ()) -> None:
        """From here on no query can read a file but these, or call out; DuckDB does not let this be taken back."""
        paths = exp.array(*[exp.Literal.string(str(p)) for p in texts], dialect="duckdb")
        self._execute(f"SET allowed_paths = {sql_text(paths)}")
        self._execute("SET enable_external_access = false")

    def _execute(self, sql: str) -> Any:  # noqa: ANN401
        import duckdb

        try:
            return self._connection.execute(sql)
        except duckdb.Error as error:
            # The first line says what; those below quote the whole query.
            what = str(error).strip().splitlines()[0]
            raise QueryError(f"The database refuses a query: {what}") from error

    def _insert(self, name: str, select: exp.Select) -> None:
        named = [s.alias_or_name for s in select.selects]
        into = exp.Schema(this=exp.to_table(name), expressions=[exp.to_identifier(c, quoted=True) for c in named])
        self._execute(sql_text(exp.Insert(this=into, expression=select)))


def _filled(np: Any, values: Any) -> Any:  # noqa: ANN401
    if np.ma.isMaskedArray(values):
        if values.dtype.kind in "iufb":
            return values.astype("float64").filled(np.nan)
        texts = values.data.astype(object)
        texts[np.ma.getmaskarray(values)] = None
        return texts
    return values.astype("float64") if values.dtype.kind in "iub" else values
