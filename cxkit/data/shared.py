"""Several expressions over the same rows, with what they have in common worked out once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlglot import exp

__all__ = ["select_shared"]

_PREFIX = "_part"


def select_shared(relation: exp.Expr, outputs: Mapping[str, exp.Expr], *, kept: Sequence[str] = ()) -> exp.Select:
    """The outputs over a relation, as nested SELECTs: the inner ones hold what stands in the outer ones repeatedly.

    Nothing is worked out for a row that would not have been without this: a part of which every use stands in a branch
    of a CASE stays there.

    Args:
        relation: What the expressions are over.
        outputs: The expressions by name.
        kept: Columns to give as they are.

    Example:
        >>> trimmed = exp.Trim(this=exp.column("a"))
        >>> twice = {"x": exp.func("LOWER", trimmed.copy()), "y": exp.func("UPPER", trimmed.copy())}
        >>> select_shared(exp.to_table("t"), twice).sql(dialect="duckdb", identify=False)
        'SELECT LOWER(_part0_0) AS "x", UPPER(_part0_0) AS "y" FROM (SELECT TRIM(a) AS _part0_0 FROM t) AS _parts0'
    """
    return _layer(relation, dict(outputs), tuple(kept), depth=0)


def _layer(relation: exp.Expr, outputs: dict[str, exp.Expr], kept: tuple[str, ...], *, depth: int) -> exp.Select:
    parts = _parts(list(outputs.values()))
    columns = [exp.column(c, quoted=True) for c in kept]
    if not parts:
        return exp.select(*columns, *[e.copy().as_(n, quoted=not _made(n)) for n, e in outputs.items()]).from_(relation)
    names = {part: f"{_PREFIX}{depth}_{i}" for i, part in enumerate(parts)}
    upper = {n: _replaced(e, names) for n, e in outputs.items()}
    # What the outer expressions take from the rows themselves goes through as it is.
    through = dict.fromkeys(c.name for e in upper.values() for c in e.find_all(exp.Column) if not _made(c.name))
    below = tuple(dict.fromkeys((*kept, *through)))
    inner = _layer(relation, {n: p for p, n in names.items()}, below, depth=depth + 1)
    shown = [e.as_(n, quoted=not _made(n)) for n, e in upper.items()]
    return exp.select(*columns, *shown).from_(inner.subquery(f"_parts{depth}"))


def _parts(trees: Sequence[exp.Expr]) -> list[exp.Expr]:
    """The largest parts that stand in the trees more than once, and are worked out for every row anyway."""
    if any(tree.find(exp.Lambda, exp.Query) for tree in trees):
        return []  # names of their own mean something only where they stand
    counts: dict[exp.Expr, int] = {}
    for tree in trees:
        for node in tree.walk():
            if not _plain(node):
                counts[node] = counts.get(node, 0) + 1
    always = {node for tree in trees for node in _always(tree)}
    wanted = {node for node, n in counts.items() if n > 1 and node in always}
    found: dict[exp.Expr, None] = {}
    for tree in trees:
        for node in tree.walk(prune=lambda n: n in wanted):
            if node in wanted:
                found[node] = None
    return list(found)


def _always(tree: exp.Expr) -> Iterator[exp.Expr]:
    """The parts of an expression that every row needs."""
    if _plain(tree):
        return
    yield tree
    if isinstance(tree, exp.Case):
        first = tree.args["ifs"][0].this
        needed = [tree.this, first] if tree.this is not None else [first]
    elif isinstance(tree, exp.Connector | exp.Coalesce):
        needed = [tree.this]
    else:
        needed = list(tree.iter_expressions())
    for child in needed:
        yield from _always(child)


def _plain(node: exp.Expr) -> bool:
    """Whether it is not worth a name."""
    whole = (exp.Column, exp.Literal, exp.Identifier, exp.DataType, exp.If, exp.Boolean, exp.Null, exp.Paren, exp.Array)
    return isinstance(node, (*whole, exp.Var, exp.PropertyEQ, exp.Alias, exp.DataTypeParam, exp.Neg))


def _replaced(tree: exp.Expr, names: Mapping[exp.Expr, str]) -> exp.Expr:
    return tree.transform(lambda n: exp.column(names[n]) if n in names else n)


def _made(name: str) -> bool:
    return name.startswith(_PREFIX)
