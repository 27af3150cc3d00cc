"""The values of text columns, as far as traps have to see them: all where few differ, else those that look odd."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from cxkit._table import Database
from cxkit.data.conform import Field, key_of
from cxkit.data.ingest import Raw
from cxkit.data.readers.base import SIGNS
from cxkit.data.settings import Source

__all__ = ["DOUBTFUL", "NOBODY", "NOTHING", "Texts", "find_texts", "is_id"]

NOTHING = (
    "null", "nan", "n/a", "na", "n.a.", "none", "nil", "undefined", "(blank)", "(leer)", "(vide)", "blank", "#n/a",
    "#n/v", "#nv", "#ref!", "#value!", "#wert!", "#null!", "#name?", "#div/0!", "<na>", "(null)", "(none)", "[null]",
    "<null>", "nat", "k.a.", "(empty)", "n / a", "null.", "#", "not specified", "keine angabe", "-", "--", "---",
    "\u2013", "\u2014", ".", "?",
)  # fmt: skip
"""Texts that say that there is none, in the words of spreadsheets, databases and programs."""
NOBODY = ("unknown", "anonymous", "anonym", "unbekannt", "guest", "gast", "not set", "(not set)", "missing")
"""Texts that stand for no customer in particular."""
DOUBTFUL = ("unknown", "unbekannt", "onbekend", "inconnu", "keine", "ohne", "tbd")
"""Texts of a column to cut by that may say that there is none, and may be a value of their own."""
_ODD = r"^\d+[.,]0+$|[eE]\+\d|[\t\x{00A0}\x{200B}\x{FEFF}]|ImportId|^[\x{2013}\x{2014}]$"
_FEW, _SAMPLE, _MOST = 300, 20_000, 1_000
_FOREIGN = " "  # among the signs of a column: there may be others than those of ASCII


@dataclass(frozen=True, slots=True)
class Texts:
    """What stands in a text column.

    Attributes:
        counts: How often each value stands: all of them, or only those that look odd.
        whole: Whether these are all values.
        filled: Rows that have a value.
        led: Ids of persons, with a zero in front.
        loose: Ids of persons, with a small letter or a blank.
    """

    counts: Mapping[str, int] = field(default_factory=dict[str, int])
    whole: bool = False
    filled: int = 0
    led: int = 0
    loose: int = 0


def find_texts(db: Database, source: Source, raw: Raw, fields: Sequence[Field]) -> dict[str, Texts]:
    """The values of each text column of a source that comes from its files, of the rows that can be used.

    One look at a sample tells where few values differ; one over all rows then counts these, and for the others only
    whether there is anything odd.
    """
    texts = [f for f in fields if f.type == "text" and f.header in raw.headers and f.header != "#row"]
    usable = exp.to_table(f"usable_{source.id}")
    total = sum(f.rows for f in raw.files)
    if not texts or not total:
        return {}
    step = exp.Mod(this=exp.column("_row"), expression=exp.Literal.number(max(1, total // _SAMPLE)))
    differ = [exp.Count(this=exp.Distinct(expressions=[_column(f)])) for f in texts]
    sample = db.rows(exp.select(*differ).from_(usable).where(step.eq(0)))[0]
    few = {f.name for f, number in zip(texts, sample, strict=True) if number <= _FEW and not is_id(source, f)}
    seen_in = {f.name: _signs(source, raw, f) for f in texts}
    parts = [_histogram(f) if f.name in few else _oddities(f, seen_in[f.name]) for f in texts]
    found = db.rows(exp.select(*[e for p in parts for e in p]).from_(usable))[0]
    seen: dict[str, Texts] = {}
    for f in texts:
        if f.name in few:
            counts, *found = found
            seen[f.name] = Texts(counts or {}, True, sum((counts or {}).values()))
        else:
            filled, odd, led, loose, *found = found
            seen[f.name] = Texts(_odd_values(db, usable, f, marked=bool(odd)), False, filled, led or 0, loose or 0)
    return seen


def is_id(source: Source, f: Field) -> bool:
    """Whether a column names things: customers, answers, cases."""
    return f.name.endswith("_id") or f.name in key_of(source)


def _histogram(f: Field) -> list[exp.Expr]:
    return [exp.Anonymous(this="HISTOGRAM", expressions=[_column(f)])]


def _signs(source: Source, raw: Raw, f: Field) -> str:
    """The signs that may stand in a column, "" where it is known that none does; a blank for all beyond ASCII."""
    proofs = [raw.in_place[n].plain for n in range(len(raw.files)) if n in raw.in_place]
    given = {**source.columns, **source.attributes}[f.name].values
    if len(proofs) < len(raw.files) or given:
        return SIGNS + _FOREIGN
    return "".join(s for s in SIGNS if any(s in p.signs for p in proofs)) + _FOREIGN * any(p.foreign for p in proofs)


def _oddities(f: Field, signs: str) -> list[exp.Expr]:
    value = _column(f)
    led = exp.and_(
        exp.Anonymous(this="PREFIX", expressions=[value.copy(), exp.Literal.string("0")]),
        exp.GT(this=exp.Length(this=value.copy()), expression=exp.Literal.number(1)),
    )
    other = exp.or_(exp.NEQ(this=value.copy(), expression=exp.Upper(this=value.copy())), _has(value, " "))
    person = f.name in ("customer_id", "employee_id")
    return [
        exp.Count(this=value.copy()),
        exp.CountIf(this=_marked(value, signs)),
        exp.CountIf(this=led) if person else exp.Literal.number(0),
        exp.CountIf(this=other) if person else exp.Literal.number(0),
    ]


def _marked(value: exp.Column, signs: str) -> exp.Expr:
    """What has to be looked at: a dot, an exponent, a blank that is not seen, anything that is not ASCII."""
    size = exp.Anonymous(this="STRLEN", expressions=[value.copy()])
    foreign = exp.NEQ(this=size, expression=exp.Length(this=value.copy()))
    looks = [foreign] if _FOREIGN in signs else []
    return exp.or_(exp.false(), *looks, *(_has(value, mark) for mark in SIGNS if mark in signs))


def _odd_values(db: Database, usable: exp.Table, f: Field, *, marked: bool) -> dict[str, int]:
    """Texts for "none", the header itself, and what carries a mark, of a column of many values.

    The texts are asked for by name: the database then skips what cannot hold them.
    """
    value, number = _column(f), exp.Count(this=exp.Star())
    words = {v for w in (*NOTHING, *NOBODY) for v in (w, w.upper(), w.capitalize())} | {"NaN", "NaT", "N.a.", f.header}
    wanted: exp.Expr = value.copy().isin(*sorted(words))
    if marked:
        odd = exp.Anonymous(this="REGEXP_MATCHES", expressions=[value.copy(), exp.Literal.string(_ODD)])
        wanted = exp.or_(wanted, odd)
    query = exp.select(value.as_("value"), number.as_("number")).from_(usable).where(wanted)
    return dict(db.rows(query.group_by(exp.Literal.number(1)).order_by("number DESC", "value").limit(_MOST)))


def _has(value: exp.Expr, mark: str) -> exp.Expr:
    return exp.Anonymous(this="CONTAINS", expressions=[value.copy(), exp.Literal.string(mark)])


def _column(f: Field) -> exp.Column:
    return exp.column(f.name, quoted=True)
