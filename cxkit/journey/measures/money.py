"""What is at stake where journeys end: what those are worth that went no further, for a year.

A journey is worth the amount that the map gives for each, or what its customer brought in the months before it began:
of revenue the whole calendar months before that day's, of orders those of so many months up to that day. What is less
than nothing counts as nothing. The sum is taken to a year by the days on which journeys that count could begin. The
interval is that of a sum of amounts whose number is by chance, the customers being independent: Fay & Feuer (1997),
Statistics in Medicine 16:791-801; for equal amounts it is the exact one of a Poisson count.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sqlglot import exp

from cxkit.evidence.estimate import Estimate
from cxkit.journey.estimates import MINIMUM, Counts
from cxkit.journey.people import PEOPLE, name_people
from cxkit.journey.study import CUT
from cxkit.journey.trails import DAY

if TYPE_CHECKING:
    from cxkit._format import Words
    from cxkit.evidence.findings import Finding
    from cxkit.journey.study import Study

__all__ = ["at_stake", "find", "notes", "stands_out"]

YEAR = 365.25
LARGEST, LARGEST_TWO = 0.5, 0.85  # of a sum; beyond that it tells what one customer, or two, bring
CENT = 6  # digits: differences of running totals are exact to less than that
Amounts = NDArray[np.float64]


def find(study: Study) -> Iterator[Finding]:
    """`money` of each step that journeys do not rightly end on, and of all of them whose own can be told."""
    if study.journey.money is None or not _readable(study):
        return
    worth, told, steps = _worth(study), list[Amounts](), [s for s in study.steps.values() if not s.last]
    for step in steps:
        lost = _lost(study, step.id, worth)
        found = study.maker.finding(step.id, "money", _estimate(study, step.id, lost))
        told += [lost] if found.estimate.shown else []
        yield found
    yield study.maker.finding("", "money", _total(study, told))


def notes(study: Study, w: Words) -> Iterator[str]:
    """What the amounts leave out."""
    money = study.journey.money
    if money is None:
        return
    if not _readable(study):
        yield w.say("journey.no_amounts", table=money.table)
    elif money.table and (first := _first_amount(study)) is not None and study.log.units:
        begun = (study.log.begun - first < money.months * 30 * DAY).mean()
        if begun > 0:
            share = "<1" if begun < 0.01 else f"{begun:.0%}".rstrip("%")
            yield w.say("journey.short_amounts", share=share, months=money.months)


def at_stake(parts: Amounts, *, factor: float, more: float, confidence: float) -> tuple[float, float, float]:
    """A sum of independent amounts whose number is by chance, with its interval, times a factor.

    Fay and Feuer let the upper end hold one more of the largest amount, which anybody could then work out from it. So
    it is one more of the mean amount of the money, each unit of money counting once: that is the same where all
    amounts are, and tells of nobody.

    Args:
        parts: What each customer adds.
        factor: What the sum is multiplied with.
        more: What one customer more might add, where there is no amount.
        confidence: Confidence of the interval.

    Example:
        >>> [round(v, 3) for v in at_stake(np.full(10, 3.0), factor=1.0, more=3.0, confidence=0.95)]
        [30.0, 14.386, 55.171]
    """
    from scipy.special import gammaincinv

    tail = (1 - confidence) / 2
    total, squares = float(parts.sum()), float(np.dot(parts, parts))
    low = 0.0 if not total else squares / total * float(gammaincinv(total**2 / squares, tail))
    one = squares / total if total else more
    top, wider = total + one, squares + one**2
    high = 0.0 if not top else wider / top * float(gammaincinv(top**2 / wider, 1 - tail))
    return total * factor, low * factor, high * factor


def stands_out(parts: Amounts) -> bool:
    """Whether one customer is more than half of a sum, or two more than 85 % of it.

    Example:
        >>> stands_out(np.array([60.0, 20.0, 10.0, 10.0])), stands_out(np.array([20.0] * 5))
        (True, False)
    """
    ranked, total = np.sort(parts)[::-1], float(parts.sum())
    return total > 0 and bool(ranked[0] > LARGEST * total or ranked[:2].sum() > LARGEST_TWO * total)


def _estimate(study: Study, step: str, lost: Amounts) -> Estimate:
    """What is at stake at one step; `lost` is what each customer adds who went no further there."""
    maker, pos = study.maker, study.place[step]
    rows = study.trails.visits_of[pos]
    ended = study.trails.visits.unit[rows[study.trails.visits.next[rows] < 0]]
    part = study.rows(ended)
    paid = int(np.count_nonzero(lost))
    maker.counts[step, "money"] = Counts(part.n, part.n, part.customers, paid, 0)
    if step in maker.unobserved:
        return Estimate.without("unobserved", n=0)
    few = maker.few(part.customers) or maker.few(paid)
    if step in maker.hidden or step in maker.leading or few or _names_one(study, lost):
        return Estimate.without("suppressed", n=None)
    if len(rows) < MINIMUM:
        return Estimate.without("too_few" if len(rows) else "no_data", n=len(rows))
    return _told(study, lost, n=part.n)


def _total(study: Study, told: list[Amounts]) -> Estimate:
    """What is at stake at all steps whose own is told: no other can be found by taking those from it."""
    if not told:
        return Estimate.without("suppressed" if study.maker.hidden else "no_data", n=None)
    return _told(study, np.sum(told, axis=0), n=None)


def _told(study: Study, lost: Amounts, *, n: int | None) -> Estimate:
    days = _days(study)
    if days <= 0:
        return Estimate.without("too_early", n=n)
    each = study.journey.money.each if study.journey.money else None
    value, low, high = at_stake(lost[lost > 0], factor=YEAR / days, more=each or 0.0, confidence=study.confidence)
    # Where nothing was lost and no amount is given for each, nobody knows what one more would have been worth.
    above = high if value or each else None
    return Estimate(value, low, above, n=n, method="gamma interval of a sum (Fay and Feuer)")


def _names_one(study: Study, lost: Amounts) -> bool:
    money = study.journey.money
    return money is not None and money.table is not None and stands_out(lost)


def _days(study: Study) -> float:
    """Days on which a journey that counts could begin."""
    window = (study.journey.window_days or 0) * DAY
    first = study.full.first_day + (window if (study.fates == CUT).any() else 0)
    return (study.full.until - window - max(study.full.since, first)) / DAY


def _lost(study: Study, step: str, worth: Amounts) -> Amounts:
    """What each customer's journeys are worth that went no further than a step."""
    visits, rows = study.trails.visits, study.trails.visits_of[study.place[step]]
    unit = visits.unit[rows[visits.next[rows] < 0]]
    who = study.log.customer[unit]
    return np.bincount(who, weights=worth[study.log.code[unit]], minlength=study.customers).astype(np.float64)


def _readable(study: Study) -> bool:
    money = study.journey.money
    if money is None or money.table is None:
        return True
    needed = ("customer_id", "amount")
    return (
        all(c in study.columns.get(money.table, ()) for c in needed) and "customer_id" in study.columns["interactions"]
    )


def _worth(study: Study) -> Amounts:
    """What each journey is worth, by its code."""
    money = study.journey.money
    assert money is not None  # noqa: S101 - asked by the caller
    if "worth" not in study.memo:
        size = int(study.full.code.max(initial=-1)) + 1
        study.memo["worth"] = np.full(size, money.each or 0.0) if money.table is None else _brought(study, size)
    return study.memo["worth"]


def _brought(study: Study, size: int) -> Amounts:
    """What the customer of each journey brought in the months before it began."""
    money, log = study.journey.money, study.log
    assert money is not None  # noqa: S101 - asked by the caller
    found = _amounts(study)
    begun = log.begun.astype("datetime64[us]")
    end = begun.astype("datetime64[M]").astype("datetime64[us]") if money.table == "revenue" else begun
    since = _months_before(end, money.months)
    running = np.append(0.0, np.cumsum(found["amount"]))
    low, high = (_place(found, log.customer, t.astype(np.int64)) for t in (since, end))
    worth = np.zeros(size)
    worth[log.code] = np.maximum(np.round(running[high] - running[low], CENT), 0.0)
    return worth


def _months_before(when: NDArray[Any], months: int) -> NDArray[Any]:
    """The same moment so many calendar months earlier; where that month is shorter, as far into the next."""
    month = when.astype("datetime64[M]")
    return (month - months).astype("datetime64[us]") + (when - month.astype("datetime64[us]"))


def _place(found: dict[str, Any], customer: NDArray[Any], at: NDArray[Any]) -> NDArray[Any]:
    """Of each journey how many amounts stand before its customer's first at or after a moment."""
    low = np.searchsorted(found["who"], customer)
    high = np.searchsorted(found["who"], customer, side="right")
    while (low < high).any():
        middle = (low + high) // 2
        early = (low < high) & (found["at"][np.minimum(middle, len(found["at"]) - 1)] < at)
        high = np.where((low < high) & ~early, middle, high)
        low = np.where(early, middle + 1, low)
    return low


def _amounts(study: Study) -> dict[str, Any]:
    """The amounts of customers who have a journey: `who`, `at` and `amount`, in their order."""
    name_people(study)
    money = study.journey.money
    assert money is not None  # noqa: S101 - asked by the caller
    table = money.table or "revenue"
    time, amount = exp.column(_TIMES[table], table="r"), exp.column("amount", table="r")
    moment: exp.Expr = exp.func("DATE_TRUNC", exp.Literal.string("month"), time) if table == "revenue" else time
    at = exp.func("EPOCH_US", exp.cast(moment, "TIMESTAMP"))
    same = exp.column("customer", table="p").eq(exp.column("customer_id", table="r"))
    query = exp.select(
        exp.cast(exp.column("number", table="p"), "BIGINT").as_("who"), at.as_("at"),
        exp.cast(amount, "DOUBLE").as_("amount"),
    ).from_(exp.to_table(table, alias="r"))  # fmt: skip
    query = query.join(exp.to_table(PEOPLE, alias="p"), on=same).where(amount.copy().is_(exp.null()).not_())
    return study.db.numbers(query.order_by("who", "at", "amount"))


def _first_amount(study: Study) -> int | None:
    """The moment of the first amount, in microseconds since 1970."""
    money = study.journey.money
    table = (money and money.table) or "revenue"
    first = exp.func("EPOCH_US", exp.cast(exp.func("MIN", exp.column(_TIMES[table])), "TIMESTAMP"))
    (found,) = study.db.rows(exp.select(first).from_(table))[0]
    return None if found is None else int(found)


_TIMES = {"revenue": "month", "orders": "ordered_at"}
