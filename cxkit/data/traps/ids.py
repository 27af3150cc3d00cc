"""Ids that a spreadsheet or a typist has changed: 1.23457E+11, 1001.0, lost zeros, other case, blanks unseen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sqlglot import exp

from cxkit._table import Database
from cxkit.data.codes import mapping_line
from cxkit.data.conform import Field, known_customer
from cxkit.data.faults import Fault
from cxkit.data.ingest import Raw
from cxkit.data.settings import Source
from cxkit.data.spellings import same_id
from cxkit.data.traps.base import Look
from cxkit.data.traps.texts import is_id

__all__ = ["find_changed_ids", "find_strangers"]

_EXPONENT = re.compile(r"-?\d([.,]\d+)?[eE]\+\d{1,3}")
_FLOAT = re.compile(r"\d+[.,]0+")
_UNSEEN = re.compile("[\t\u00a0\u200b\ufeff]")
_PERSONS = ("customer_id", "employee_id")


def find_changed_ids(look: Look) -> Iterator[Fault]:
    """Ids that are not what the client's system holds any more."""
    for f in look.fields:
        texts, mapped = look.values.get(f.name), look.mapped(f.name)
        if texts is None or not is_id(look.source, f):
            continue
        odd = [v for v in texts.counts if v not in mapped.real]
        if exponents := [v for v in odd if _EXPONENT.fullmatch(v)]:
            yield _exponents(look, f, exponents)
        if mapped.fold is not None:
            continue
        if floats := [v for v in odd if _FLOAT.fullmatch(v)]:
            yield _fold(look, f, floats, "ids that a program took for numbers, with a .0 behind them")
        elif unseen := [v for v in odd if _UNSEEN.search(v)]:
            yield _fold(look, f, unseen, "ids with a blank in or around them that nobody sees")
        elif f.name in _PERSONS and (0 < texts.led < texts.filled or 0 < texts.loose < texts.filled):
            yield from _alike(look, f)


def find_strangers(db: Database, source: Source, raw: Raw, fields: Sequence[Field]) -> Iterator[Fault]:
    """Ids that are no known customer's as they stand, and are one's but for zeros, case or blanks.

    Args:
        db: Where `customers` and `usable_<id>` are.
        source: A source that refers to customers.
        raw: Its files.
        fields: Its columns.
    """
    f = next((f for f in fields if f.name == "customer_id"), None)
    if f is None or source.columns["customer_id"].fold is False:
        return
    mine, theirs = (exp.column("customer_id", table=t, quoted=True) for t in ("u", "c"))
    usable = exp.to_table(f"usable_{source.id}", alias="u")
    unknown = exp.select("_file", "_row", mine).from_(usable).where(known_customer(alias="u").not_())
    if not db.rows(unknown.limit(1)):
        return
    query = exp.select("u._file", "u._row", mine, theirs.as_("other")).from_(unknown.subquery("u"))
    query = query.join(exp.to_table("customers", alias="c"), on=same_id(mine).eq(same_id(theirs)), join_type="inner")
    found = db.rows(query.order_by("_file", "_row"))
    if not found:
        return
    file, row, value, other = found[0]
    what = f"no customer has this id, but one has '{other}': the exports write ids in different ways"
    hint = (
        f"Write in sources.yaml, source {source.id}: "
        f"{mapping_line('customer_id', source.columns['customer_id'], fold=True)}, and `fold: true` for the "
        "customer_id of the customers too; if they are not the same, write `fold: false` here."
    )
    yield Fault(raw.files[file].path, row, f.header, value, what, hint=hint, stops=True, count=len(found))


def _exponents(look: Look, f: Field, found: Sequence[str]) -> Fault:
    file, row = look.first(f.typed.copy().isin(*found))
    count = sum(look.values[f.name].counts[v] for v in found)
    what = "ids in scientific notation: a spreadsheet has cut off their digits, and different ids may have become one"
    mapped = look.mapped(f.name)
    hint = (
        "Ask for the export again with the column as text; what is lost cannot be brought back. If they are ids as "
        f"they are, write {mapping_line(f.name, mapped, real=[*mapped.real, *found[:5]])} in sources.yaml."
    )
    return Fault(file, row, f.header, found[0], what, hint=hint, stops=True, count=count)


def _fold(look: Look, f: Field, found: Sequence[str], what: str) -> Fault:
    file, row = look.first(f.typed.copy().isin(*found))
    count = sum(look.values[f.name].counts[v] for v in found)
    return Fault(file, row, f.header, found[0], what, hint=_hint(look, f), stops=True, count=count)


def _alike(look: Look, f: Field) -> Iterator[Fault]:
    """Ids of one source that differ only in case, blanks or leading zeros."""
    value = exp.column(f.name, quoted=True)
    number = exp.Count(this=exp.Distinct(expressions=[value]))
    rows = exp.select(
        same_id(value).as_("id"), exp.Min(this=value.copy()).as_("a"), exp.Max(this=value.copy()).as_("z")
    )
    rows = rows.select(exp.Count(this=exp.Star()).as_("n")).from_(look.usable).group_by(exp.Literal.number(1))
    found = look.db.rows(
        exp.select("a", "z", "n").from_(rows.having(number > 1).subquery("r")).order_by("a").limit(1000)
    )
    if not found:
        return
    a, z, _ = found[0]
    file, row = look.first(f.typed.copy().eq(exp.Literal.string(a)))
    what = f"{len(found):,} ids stand in two spellings, such as '{a}' and '{z}', and would count as two"
    yield Fault(file, row, f.header, a, what, hint=_hint(look, f), stops=True, count=sum(n for *_, n in found))


def _hint(look: Look, f: Field) -> str:
    mapped = look.mapped(f.name)
    return (
        f"If they are the same, write in sources.yaml, source {look.source.id}: "
        f"{mapping_line(f.name, mapped, fold=True)}, and `fold: true` for this id in every other source; if not, "
        f"write {mapping_line(f.name, mapped, fold=False)}."
    )
