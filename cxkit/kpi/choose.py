"""What a reader may choose to see: every choice that the evidence has cells for, and no other.

A wish is what was asked; what is chosen is what of it there is. Each choice is settled after those to its left, so that
changing one opens and closes the others, and a wish that cannot be met now is met again when it can be.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cxkit._format import period_text
from cxkit.kpi.sentences import apart, estimate_of, says

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cxkit.evidence.cells import Cell
    from cxkit.evidence.view import Evidence, Note, View

__all__ = ["WHOLE", "Chosen", "Option", "Wish", "cells_by", "settle", "view_wish"]

WHOLE = "-"
"""The choice not to split."""
AGAINST = ("previous", "baseline")


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of several: what it is called, and whether there is nothing to choose there."""

    value: str
    label: str
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for; an empty one leaves it to the numbers.

    Attributes:
        kpi: Id of a KPI.
        length: Length of the periods, such as "quarter".
        period: The period in view.
        against: What changes are told against: "previous" or "baseline".
        split: The dimension to split by, or `WHOLE`.
        and_by: The second dimension of a declared pair, or `WHOLE`.
    """

    kpi: str = ""
    length: str = ""
    period: str = ""
    against: str = ""
    split: str = ""
    and_by: str = ""


@dataclass(frozen=True)
class Chosen:
    """What is shown: a wish as far as there are cells for it.

    Attributes:
        view: The evidence in the chosen period, with the chosen comparison only.
        options: By the name of the choice, what there is to choose from.
    """

    view: View
    kpi: str
    length: str
    period: str
    against: str
    split: str
    and_by: str
    options: dict[str, tuple[Option, ...]]

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The dimensions that the customers are split by."""
        return tuple(d for d in (self.split, self.and_by) if d != WHOLE)

    @property
    def wish(self) -> Wish:
        """The wish that is wholly met by this."""
        return Wish(self.kpi, self.length, self.period, self.against, self.split, self.and_by)


def settle(evidence: Evidence, wish: Wish, *, audience: str = "client", notes: Iterable[Note] = ()) -> Chosen:
    """What of a wish there are cells for, and what else could be chosen.

    Raises:
        ParameterError: The evidence has no complete period.
    """
    latest = evidence.at("latest", audience=audience)
    known = [k.id for k in latest.manifest.kpis]
    kpi = wish.kpi if wish.kpi in known else next((k for k in known if estimate_of(latest, k).shown), "")
    there = {(c.kpi, c.period, frozenset(d for d, _ in c.slice)) for c in evidence.cells}
    lengths = _lengths(latest, kpi, there)
    length = _one(wish.length or latest.length, lengths)
    periods = _periods(latest, kpi, length, there)
    period = _one(wish.period, periods, otherwise=latest.period if length == latest.length else "")
    full = evidence.at(period or "latest", audience=audience, notes=notes)
    againsts = _againsts(full)
    against = _one(wish.against or _most_changed(full), againsts)
    view = _narrowed(full, against)
    splits = _splits(view, kpi, there)
    split = _one(wish.split or _telling(view, kpi), splits, otherwise=WHOLE)
    seconds = _seconds(view, kpi, split, there)
    and_by = _one(wish.and_by or WHOLE, seconds, otherwise=WHOLE)
    kpis = tuple(Option(k.id, k.label, (k.id, view.period, frozenset()) not in there) for k in view.manifest.kpis)
    options = {
        "kpi": kpis,
        "length": lengths,
        "period": periods,
        "against": againsts,
        "split": splits,
        "and_by": seconds,
    }
    return Chosen(view, kpi, length, view.period, against, split, and_by, options)


def view_wish(view: View, *, kpi: str = "", split: str = "") -> Wish:
    """The wish to see a view as it is."""
    return Wish(kpi=kpi, length=view.length, period=view.period, split=split)


def cells_by(view: View, kpi: str, dimensions: tuple[str, ...]) -> list[Cell]:
    """The cells of a KPI in the period in view, for each value of a dimension or of a declared pair."""
    wanted, values = set(dimensions), {d.id: d.values for d in view.manifest.dimensions}
    cells = view.evidence.cells
    found = [c for c in cells if c.kpi == kpi and c.period == view.period and {d for d, _ in c.slice} == wanted]
    return sorted(found, key=lambda c: [values[d].index(v) for d, v in c.slice])


_There = set[tuple[str, str, frozenset[str]]]


def _lengths(view: View, kpi: str, there: _There) -> tuple[Option, ...]:
    w = says(view)
    return tuple(
        Option(n, w.say(f"widget.length.{n}"), not any((kpi, p, frozenset()) in there for p in ps))
        for n in view.manifest.lengths
        if (ps := view.manifest.periods.get(n, ()))
    )


def _periods(view: View, kpi: str, length: str, there: _There) -> tuple[Option, ...]:
    w, periods = says(view), view.manifest.periods.get(length, ())
    return tuple(Option(p, period_text(p, words=w), (kpi, p, frozenset()) not in there) for p in reversed(periods))


def _againsts(view: View) -> tuple[Option, ...]:
    w, kpis = says(view), view.manifest.kpis
    found = {a: next((c for k in kpis if (c := view.comparison(k.id, a))), None) for a in AGAINST}
    return tuple(
        Option(
            a,
            w.say(f"widget.against.{a}", length=w.say(f"length.{view.length}"))
            if c is None
            else w.say(f"widget.against.{a}_is", period=period_text(c.other, words=w)),
            c is None,
        )
        for a, c in found.items()
    )


def _splits(view: View, kpi: str, there: _There) -> tuple[Option, ...]:
    cuts = [
        Option(d.id, d.label, (kpi, view.period, frozenset([d.id])) not in there) for d in view.manifest.dimensions
    ]  # fmt: skip
    return (Option(WHOLE, says(view).say("widget.whole")), *cuts)


def _seconds(view: View, kpi: str, split: str, there: _There) -> tuple[Option, ...]:
    w, m = says(view), view.manifest
    partners = [b if a == split else a for a, b in m.pairs if split in (a, b)]
    if not partners:
        return (Option(WHOLE, w.say("widget.not_declared"), disabled=True),)
    found = [
        Option(d, view.dimension(d).label, (kpi, view.period, frozenset([split, d])) not in there) for d in partners
    ]
    return (Option(WHOLE, w.say("widget.no_second")), *found)


def _telling(view: View, kpi: str) -> str:
    """The dimension in which a segment stands furthest apart."""
    return next((c.slice[0][0] for c in apart(view, kpi)), WHOLE)


def _most_changed(view: View) -> str:
    """What more KPIs have really changed against; the baseline, where it is the same."""
    found = {a: sum(1 for k in view.manifest.kpis if (c := view.comparison(k.id, a)) and c.real) for a in AGAINST}
    return max(reversed(AGAINST), key=lambda a: found[a])


def _one(wanted: str, options: Iterable[Option], *, otherwise: str = "") -> str:
    free = [o.value for o in options if not o.disabled]
    return next((v for v in (wanted, otherwise) if v in free), free[0] if free else otherwise)


def _narrowed(view: View, against: str) -> View:
    """The view in which changes are told against one thing only."""
    kept = tuple(c for c in view.evidence.comparisons if c.against in (against, "rest"))
    return replace(view, evidence=replace(view.evidence, comparisons=kept))
