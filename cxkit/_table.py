"""The only door to DuckDB: trees go in, rows or arrays come out."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from cxkit._sql import DIALECT, sql_text

if TYPE_CHECKING:
    import numpy as np

__all__ = ["CsvText", "Database", "open_database"]


@contextmanager
def open_database() -> Iterator[Database]:
    """An empty database of this process alone, gone when the block ends."""
    import duckdb

    with tempfile.TemporaryDirectory(prefix="cxkit-") as folder:
        connection = duckdb.connect(":memory:", config={"temp_directory": folder})
        try:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute("SET enable_progress_bar = false")
            yield Database(connection, Path(folder))
        finally:
            connection.close()


class CsvText:
    """How DuckDB is to read a delimited file in which every value is text.

    Attributes:
        path: The file, in UTF-8.
        columns: Number of columns of the header.
        skip: Lines before the first row of data.
    """

    __slots__ = ("columns", "delimiter", "path", "skip")

    def __init__(self, path: Path, *, columns: int, delimiter: str, skip: int) -> None:
        self.path, self.columns, self.delimiter, self.skip = path, columns, delimiter, skip


class Database:
    """A DuckDB connection that takes trees; `folder` holds what does not fit in memory."""

    def __init__(self, connection: Any, folder: Path) -> None:  # noqa: ANN401
        self._connection = connection
        self.folder = folder

    def rows(self, tree: exp.Expr) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        return self._connection.execute(sql_text(tree)).fetchall()

    def arrays(self, tree: exp.Expr, *, in_order: bool = False) -> dict[str, np.ndarray[Any, Any]]:
        """The columns of a query as numpy arrays; numbers become float64 with NaN for NULL.

        Args:
            tree: The query.
            in_order: Add up in the order of the rows, so that sums of fractions are the same every time.
        """
        import numpy as np

        self._connection.execute("SET threads = 1" if in_order else "RESET threads")
        found = self._connection.execute(sql_text(tree)).fetchnumpy()
        return {k: _filled(np, v) for k, v in found.items()}

    def columns(self, tree: exp.Expr) -> dict[str, str]:
        """Names and DuckDB types of a query's columns, without running it."""
        described = self._connection.execute(f"DESCRIBE {sql_text(tree)}").fetchall()
        return {r[0]: r[1] for r in described}

    def create(self, name: str, tree: exp.Expr) -> None:
        """Store the result of a query as a table."""
        self._connection.execute(sql_text(exp.Create(this=exp.to_table(name), kind="TABLE", expression=tree)))

    def create_texts(self, name: str, columns: Sequence[str]) -> None:
        """An empty table for exports as they come: file and row, then text columns."""
        kinds = {"_file": "INTEGER", "_row": "BIGINT", **dict.fromkeys(columns, "VARCHAR")}
        fields = [exp.ColumnDef(this=exp.to_identifier(c), kind=exp.DataType.build(t)) for c, t in kinds.items()]
        schema = exp.Schema(this=exp.to_table(name), expressions=fields)
        self._connection.execute(sql_text(exp.Create(this=schema, kind="TABLE")))

    def add_csv(self, name: str, text: CsvText, *, file: int, take: Mapping[str, int]) -> list[tuple[int, str, str]]:
        """Append a delimited file to a table of texts.

        Args:
            name: The table.
            text: How the file reads.
            file: Number of the file.
            take: Column of the table to position (from 0) in the file.

        Returns:
            Rows that could not be split into columns: line, reason, text.
        """
        kinds = {f"c{i}": "VARCHAR" for i in range(text.columns)}
        rejected = f"rejected_{name}_{file}"
        options: dict[str, Any] = {
            "delim": text.delimiter, "quote": '"', "escape": '"', "header": False, "skip": text.skip, "columns": kinds,
            "auto_detect": False, "strict_mode": True, "null_padding": False, "store_rejects": True, "new_line": None,
            "rejects_table": rejected, "rejects_scan": f"{rejected}_scan",
        }  # fmt: skip
        arguments = [exp.Literal.string(str(text.path))]
        arguments += [
            exp.PropertyEQ(this=exp.var(k), expression=_option(v)) for k, v in options.items() if v is not None
        ]
        rows = exp.select("*", "ROW_NUMBER() OVER () AS rn", dialect=DIALECT).from_(
            exp.Anonymous(this="read_csv", expressions=arguments)
        )
        taken = [exp.column(f"c{i}").as_(c, quoted=True) for c, i in take.items()]
        number = exp.Add(this=exp.Literal.number(text.skip), expression=exp.column("rn")).as_("_row")
        self._insert(name, exp.select(exp.Literal.number(file).as_("_file"), number, *taken).from_(rows.subquery("r")))
        # A line that lacks several columns is told once for each of them.
        return self._connection.execute(
            f"SELECT line, MIN(error_message), ANY_VALUE(csv_line) FROM {rejected} GROUP BY line ORDER BY line"  # noqa: S608
        ).fetchall()

    def count(self, name: str, *, file: int | None = None) -> int:
        """Number of rows of a table, or of one file in it."""
        query = exp.select(exp.Count(this=exp.Star())).from_(exp.to_table(name))
        if file is not None:
            query = query.where(exp.column("_file").eq(file))
        return int(self.rows(query)[0][0])

    def shift_rows(self, name: str, *, file: int, lines: Sequence[int]) -> None:
        """Count the lines that were left out, so that `_row` stays the row in the file."""
        for line in lines:
            self._connection.execute(
                f'UPDATE "{name}" SET _row = _row + 1 WHERE _file = {int(file)} AND _row >= {int(line)}'  # noqa: S608
            )

    def add_rows(self, name: str, columns: Mapping[str, list[str | None]], *, file: int, first: int) -> None:
        """Append text columns of equal length to a table of texts, numbering rows from `first`."""
        import pandas as pd

        frame = pd.DataFrame({f"c{i}": pd.Series(v, dtype="object") for i, v in enumerate(columns.values())})
        frame["_row"] = range(first, first + len(frame))
        self._connection.register("incoming", frame)
        taken = [exp.cast(exp.column(f"c{i}"), "VARCHAR").as_(c, quoted=True) for i, c in enumerate(columns)]
        self._insert(name, exp.select(exp.Literal.number(file).as_("_file"), "_row", *taken).from_("incoming"))
        self._connection.unregister("incoming")

    def lock(self) -> None:
        """From here on no query can read a file or call out; DuckDB does not let this be taken back."""
        self._connection.execute("SET enable_external_access = false")

    def _insert(self, name: str, select: exp.Select) -> None:
        named = [s.alias_or_name for s in select.selects]
        into = exp.Schema(this=exp.to_table(name), expressions=[exp.to_identifier(c, quoted=True) for c in named])
        self._connection.execute(sql_text(exp.Insert(this=into, expression=select)))


def _option(value: Any) -> exp.Expr:  # noqa: ANN401
    if isinstance(value, dict):
        pairs = [exp.PropertyEQ(this=exp.Literal.string(k), expression=exp.Literal.string(v)) for k, v in value.items()]
        return exp.Struct(expressions=pairs)
    return exp.convert(value)


def _filled(np: Any, values: Any) -> Any:  # noqa: ANN401
    if np.ma.isMaskedArray(values):
        if values.dtype.kind in "iufb":
            return values.astype("float64").filled(np.nan)
        texts = values.data.astype(object)
        texts[np.ma.getmaskarray(values)] = None
        return texts
    return values.astype("float64") if values.dtype.kind in "iub" else values
