"""Numbers written with signs of money or percent, and a 2 that means no."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sqlglot import exp

from cxkit.data.codes import Stray, is_code, mapping_line
from cxkit.data.conform import Field
from cxkit.data.faults import Fault
from cxkit.data.traps.base import Look

__all__ = ["find_doubtful_booleans", "find_signed_numbers"]

_MONEY = re.compile(
    r"-?\(?-?\s*(?:[€$£¥]|EUR|USD|GBP|CHF)?\s*-?\d[\d.,'\s\u00a0\u202f]*\s*(?:[€$£¥]|EUR|USD|GBP|CHF)?\)?-?"
)
_SIGN = re.compile(r"[€$£¥()]|EUR|USD|GBP|CHF|\d-$")
_PERCENT = re.compile(r"[-+]?\d[\d.,]*[\s\u00a0\u202f]*%")
_CURRENCIES = ("€", "$", "£", "¥", "EUR", "USD", "GBP", "CHF")


def find_signed_numbers(look: Look) -> Iterator[Fault]:
    """Amounts in brackets, with the sign of a currency or of percent: left out, the others would mislead."""
    for f in (f for f in look.fields if f.type in ("number", "integer") and f.scale is None):
        strays, mapped = look.strays.get(f.name), look.mapped(f.name)
        if "money" in mapped.format:
            yield from _of_currencies(look, f)
        if "percent" in mapped.format:
            yield from _of_shares(look, f)
        if strays is None or mapped.format:
            continue
        money = [s for s in strays.values if _MONEY.fullmatch(s.value) and _SIGN.search(s.value)]
        percent = [s for s in strays.values if _PERCENT.fullmatch(s.value)]
        if money:
            what = "an amount with the sign of a currency, in brackets, or with the minus behind it"
            yield _fault(look, f, money, what, form="money")
        if percent:
            what = "a share in percent"
            yield _fault(look, f, percent, what, form="percent", more=" 85 % is then read as 0.85.")


def find_doubtful_booleans(look: Look) -> Iterator[Fault]:
    """Values of a yes-or-no column that nobody translated, where they may be all that say no, or all that say yes."""
    for f in (f for f in look.fields if f.type == "boolean"):
        strays, mapped = look.strays.get(f.name), look.mapped(f.name)
        lost = [s for s in strays.values if s.value not in mapped.real and not is_code(s, None)] if strays else []
        if not lost:
            continue
        value = exp.column(f.name, quoted=True)
        counts = [exp.CountIf(this=value), exp.CountIf(this=value.copy().not_())]
        yes, no = look.db.rows(exp.select(*counts).from_(look.usable))[0]
        yes, no = yes or 0, no or 0
        two = any(s.number == 2 for s in lost)  # 1 is yes
        if not (two or (yes == 0) != (no == 0)):
            continue
        meant = {"1": "yes", "2": "no"} if two else {s.value: "no" if yes else "yes" for s in lost[:5]} | {"*": "*"}
        kind = "no" if yes else "yes"
        what = f"neither yes nor no, and nothing else says {kind}: left out, all would be {'yes' if yes else 'no'}"
        what = "a 2 in a column of yes and no: where 1 is yes, 2 usually is no" if two else what
        file = min(lost[0].files)
        hint = (
            f"Ask what it means, and write it in sources.yaml, source {look.source.id}: "
            f"{mapping_line(f.name, mapped, values=meant)}."
        )
        yield Fault(
            file, look.row(f, lost[0].value, file), f.header, lost[0].value, what, hint=hint, stops=True,
            count=sum(s.count for s in lost), stands_for=tuple(s.value for s in lost),
        )  # fmt: skip


def _of_currencies(look: Look, f: Field) -> Iterator[Fault]:
    marks = [exp.Anonymous(this="CONTAINS", expressions=[f.present.copy(), exp.Literal.string(c)]) for c in _CURRENCIES]
    counts = look.db.rows(exp.select(*[exp.CountIf(this=m) for m in marks]).from_(look.texts))[0]
    names = [c for c, n in zip(_CURRENCIES, counts, strict=True) if n]
    if len({_code(c) for c in names}) > 1:
        file, row = look.first(marks[_CURRENCIES.index(names[1])])
        what = f"amounts in several currencies ({', '.join(names)}), which cannot be added up"
        yield Fault(file, row, f.header, "", what, hint="Ask for the export in one currency.", stops=True)


def _of_shares(look: Look, f: Field) -> Iterator[Fault]:
    """Numbers without the sign of percent among those with it: 50 may be 50 % or 5,000 %. 0 is 0 either way."""
    sign = exp.Literal.string("%")
    signed = exp.Anonymous(this="CONTAINS", expressions=[f.present.copy(), sign])
    read = exp.and_(f.typed.copy().is_(exp.null()).not_(), f.typed.copy().neq(0))
    bare = exp.and_(read, signed.copy().not_())
    if real := [exp.Literal.string(v) for v in look.mapped(f.name).real]:
        bare = exp.and_(bare, f.present.copy().isin(*real).not_())
    counts = [exp.CountIf(this=exp.and_(read, signed)), exp.CountIf(this=bare)]
    with_sign, without = look.db.rows(exp.select(*counts).from_(look.texts))[0]
    if with_sign and without:
        file, row = look.first(bare)
        what = "numbers without the sign of percent stand beside others with it: 50 may be 50 % or 5,000 %"
        hint = "Ask for the export with one way of writing shares."
        yield Fault(file, row, f.header, "", what, hint=hint, stops=True, count=without)


def _code(mark: str) -> str:
    return {"€": "EUR", "$": "USD", "£": "GBP"}.get(mark, mark)


def _fault(look: Look, f: Field, found: Sequence[Stray], what: str, *, form: str, more: str = "") -> Fault:
    file = min(found[0].files)
    line = mapping_line(f.name, look.mapped(f.name), format=form)
    return Fault(
        file, look.row(f, found[0].value, file), f.header, found[0].value, what,
        hint=f"Write in sources.yaml, source {look.source.id}: {line}.{more}", stops=True,
        count=sum(s.count for s in found), stands_for=tuple(s.value for s in found),
    )  # fmt: skip
