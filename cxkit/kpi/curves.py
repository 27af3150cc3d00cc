"""Survival curves: how many are still there after a time, when some have not been watched to their end.

Everything is made of `Tallies`, so that curves of months or regions are those of their sums, and all cells are
estimated at once. A bucket is a time: what ends in it ends then.

Sources: Kaplan & Meier (1958), JASA 53:457-481; Greenwood (1926); Aalen & Johansen (1978), Scandinavian Journal of
Statistics 5:141-150; log-log limits as in Kalbfleisch & Prentice (2002), The Statistical Analysis of Failure Time
Data, section 1.4; all of it with late entry in Klein & Moeschberger (2003), Survival Analysis, chapter 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special

from cxkit.kpi.statistics import degrees_adjusted, divide, normal_quantile
from cxkit.kpi.sums import Array, Limits

if TYPE_CHECKING:
    from cxkit.kpi.tallies import Tallies

__all__ = [
    "Curve",
    "LogRank",
    "RestrictedMean",
    "Standing",
    "Wait",
    "curve",
    "log_rank",
    "restricted_mean",
    "standing",
    "waiting",
]

Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]
PRECISION = 1e-9
STEEPEST = 500.0  # an exponent beyond which a limit is 0 or 1 anyway


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A curve for each cell: at time 0 all are there, then it steps at the buckets; NaN where nobody was watched.

    Attributes:
        times: Buckets at which it may step, ascending; shape (b,).
        value: Share still there, or share that has ended; shape (cells, b), as the others.
        low: Lower end of the pointwise interval.
        high: Upper end of it.
        se: Standard error.
        at_risk: Units watched at that time that may still end.
    """

    times: Array
    value: Array
    low: Array
    high: Array
    se: Array
    at_risk: Array


class Standing(NamedTuple):
    """Where curves stand at one time, and all that their limits are made of; one element per cell.

    Attributes:
        share: Share that has not ended; NaN where nobody was watched up to then.
        error: Its standard error, customers allowed for; 0 where nobody has ended yet.
        watched: Units at risk, customers allowed for: what the lower limit is made of where nobody has ended.
        before: The last share above 0, which limits a share of 0 from above.
        before_error: The standard error of that.
        design: Rows that are worth one independent one.
    """

    share: Array
    error: Array
    watched: Array
    before: Array
    before_error: Array
    design: Array

    def limits(self, z: Array | float) -> Limits:
        """Log-log limits of the share at z standard errors."""
        low, high = _log_log(self.share, self.error, self.watched, z)
        _, above = _log_log(self.before, self.before_error, self.watched, z)
        # Of a share of 0 that was 1 just before, all ended at once: Wilson's limit for none of so many.
        none = divide(np.square(z) * np.ones_like(self.share), self.watched + np.square(z))
        return Limits(low, np.where(self.share <= 0, np.where(self.before < 1, above, none), high))


class LogRank(NamedTuple):
    """The log-rank test of each pair: chi-square with one degree of freedom, and its p value."""

    chi2: Array
    p: Array


class RestrictedMean(NamedTuple):
    """Time still there, on average, up to a horizon, and its standard error."""

    value: Array
    se: Array


class Wait(NamedTuple):
    """When a share of the units has ended, and how sure each bucket is to lie before or after that.

    Attributes:
        place: Place of the bucket in `buckets`; their number where the curve does not get there.
        apart: Standard errors, on the log-log scale, by which the share still there lies above the one asked for; shape
            (cells, b).
        start: The same before the first bucket; one element per cell.
    """

    place: Places
    apart: Array
    start: Array


class _Steps(NamedTuple):
    """The share that has not ended after each bucket, and its plain variance; shape (cells, b)."""

    share: Array
    variance: Array
    at_risk: Array
    seen: Mask


def curve(tallies: Tallies, *, conf: float = 0.95, incidence: bool = False) -> Curve:
    """The whole curve of each cell with pointwise log-log limits.

    Args:
        tallies: The cells.
        conf: Confidence level.
        incidence: Whether to tell the share that has ended, competing events allowed for, instead of the share to
            which neither has happened.

    Example:
        >>> from cxkit.kpi.tallies import Tallies
        >>> found = curve(Tallies.of([[6, 6, 7, 10, 13, 13]], ended=[[1, 1, 1, 0, 1, 0]]))
        >>> found.value.round(3).tolist(), found.at_risk.tolist()
        ([[0.667, 0.5, 0.5, 0.25]], [[6.0, 4.0, 3.0, 2.0]])
    """
    tallies = tallies.finite()
    steps, design = _steps(tallies, incidence=incidence), _design(tallies)[:, None]
    error = np.sqrt(steps.variance * design)
    last = _last_above_0(steps.share)
    there = Standing(
        share=steps.share,
        error=error,
        watched=steps.at_risk / design,
        before=_taken(steps.share, last, otherwise=1.0),
        before_error=_taken(error, last, otherwise=0.0),
        design=design,
    )
    low, high = there.limits(normal_quantile((1 + conf) / 2))
    value, (low, high) = (1 - steps.share, (1 - high, 1 - low)) if incidence else (steps.share, (low, high))
    parts = (np.where(steps.seen, part, np.nan) for part in (value, low, high, error))
    return Curve(tallies.buckets, *parts, at_risk=steps.at_risk)


def standing(tallies: Tallies, time: float, *, incidence: bool = False) -> Standing:
    """Where the curves stand at a time; nothing where nobody was watched all the way up to it.

    Args:
        tallies: The cells.
        time: In the unit of the buckets.
        incidence: Whether what counts as ended is the event alone, competing events allowed for.

    Example:
        >>> from cxkit.kpi.tallies import Tallies
        >>> units = Tallies.of([[6, 6, 7, 10, 13, 13]], ended=[[1, 1, 1, 0, 1, 0]])
        >>> standing(units, 12).share.tolist(), standing(units, 14).share.tolist()
        ([0.5], [nan])
    """
    steps, design = _steps(tallies, incidence=incidence), _design(tallies)
    after = int(np.searchsorted(tallies.buckets, time, side="left"))
    at = int(np.searchsorted(tallies.buckets, time, side="right")) - 1
    nobody, every = np.zeros_like(design), np.ones_like(design)
    watched = steps.at_risk[:, after] if after < len(tallies.buckets) else nobody
    share = steps.share[:, at] if at >= 0 else every
    seen = steps.seen[:, at] if at >= 0 else every > 0
    gone = _everybody_gone(tallies)[:, at] if at >= 0 else every < 0
    known = seen & ((watched > 0) | gone) & np.isfinite(tallies.n)
    last = _last_above_0(steps.share)[:, [at]] if at >= 0 else np.full((len(design), 1), -1)
    error = np.sqrt(steps.variance * design[:, None])
    # Where all ended at once, the limit is made of those who were at risk then.
    risk = np.where(watched > 0, watched, steps.at_risk[:, at] if at >= 0 else nobody)
    return Standing(
        share=np.where(known, share, np.nan),
        error=np.where(known, error[:, at] if at >= 0 else nobody, np.nan),
        watched=risk / design,
        before=_taken(steps.share, last, otherwise=1.0)[:, 0],
        before_error=_taken(error, last, otherwise=0.0)[:, 0],
        design=design,
    )


def waiting(tallies: Tallies, share: float) -> Wait:
    """When that share of the units has ended, with what its limits are read from.

    The quantile of the Kaplan-Meier curve. Its limits at z standard errors are the first buckets whose `apart` is no
    more than z, and no more than -z: Brookmeyer & Crowley (1982), Biometrics 38:29-41, on the log-log scale.

    Args:
        tallies: The cells.
        share: 0.5 for the median.

    Example:
        >>> from cxkit.kpi.tallies import Tallies
        >>> waiting(Tallies.of([[6, 6, 7, 10, 13, 13]], ended=[[1, 1, 1, 0, 1, 0]]), 0.5).place.tolist()
        [1]
    """
    steps, design = _steps(tallies, incidence=False), _design(tallies)[:, None]
    left, buckets = np.where(steps.seen, steps.share, np.nan), steps.share.shape[1]
    inner = (left > 0) & (left < 1)
    steady = np.where(inner, left, 0.5)
    error = np.sqrt(np.where(inner, steps.variance, np.nan) * design) / (-steady * np.log(steady))
    distance = np.log(-np.log(1 - share)) - np.log(-np.log(steady))
    # Before anybody has ended: Wilson's z for all of those at risk. Where all have, what was known before.
    whole, odds = np.sqrt(np.maximum(steps.at_risk, 0.0) / design * (share / (1 - share))), share / (1 - share)
    apart = np.where(left >= 1, whole, divide(distance, error))
    apart = np.where(left <= 0, _taken(apart, _last_above_0(left), otherwise=np.inf), apart)
    reached = left <= 1 - share + PRECISION
    place = np.where(reached.any(axis=1), reached.argmax(axis=1), np.intp(buckets))
    return Wait(place, apart, np.sqrt(np.maximum(steps.at_risk[:, 0], 0.0) / design[:, 0] * odds))


def restricted_mean(tallies: Tallies, until: float) -> RestrictedMean:
    """How long a unit is still there on average, within the first `until` units of time.

    The area under the Kaplan-Meier curve and its variance: Klein & Moeschberger (2003), section 4.5.

    Args:
        tallies: The cells.
        until: Horizon, in the unit of the buckets.

    Example:
        >>> from cxkit.kpi.tallies import Tallies
        >>> restricted_mean(Tallies.of([[2, 4]], ended=[[1, 0]]), 4).value.tolist()
        [3.0]
    """
    steps, (cells, _) = _steps(tallies, incidence=False), tallies.ended.shape
    within = np.minimum(tallies.buckets, until)
    lengths = np.diff(np.r_[0.0, within, until])
    areas = np.column_stack([np.ones(cells), steps.share]) * lengths
    left = areas[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]
    greenwood = _greenwood(tallies.ended + tallies.other, steps.at_risk)
    variance = (np.square(left) * greenwood).sum(axis=1) * _design(tallies)
    known = np.isfinite(standing(tallies, until).share)
    return RestrictedMean(*(np.where(known, part, np.nan) for part in (areas.sum(axis=1), np.sqrt(variance))))


def log_rank(a: Tallies, b: Tallies) -> LogRank:
    """Whether two curves differ anywhere, cell by cell; best where one lies above the other all along.

    Mantel (1966), Cancer Chemotherapy Reports 50:163-170; ties by the hypergeometric variance. Competing events count
    as leaving unended. Customers with several rows widen the variance by the design effect of both together.

    Args:
        a: First cells.
        b: Second cells, as many.

    Example:
        >>> from cxkit.kpi.tallies import Tallies
        >>> one = Tallies.of([[1, 2, 3, 4]], ended=[[1, 1, 1, 1]])
        >>> two = Tallies.of([[5, 6, 7, 8]], ended=[[1, 1, 1, 0]])
        >>> log_rank(one, two).p.round(4).tolist()
        [0.0067]
    """
    buckets = np.union1d(a.buckets, b.buckets)
    one, two = a.over(buckets), b.over(buckets)
    (here, there), ends = (one.at_risk, two.at_risk), one.ended + two.ended
    total = here + there
    excess = (one.ended - _quotient(here * ends, total)).sum(axis=1)
    spread = _quotient(here * there * ends * (total - ends), total * total * (total - 1)).sum(axis=1)
    design = divide(a.n + b.n, divide(a.n, _design(a)) + divide(b.n, _design(b)))
    chi2 = divide(excess * excess, spread * design)
    return LogRank(chi2, np.asarray(special.chdtrc(1, chi2), dtype=np.float64))


def _steps(t: Tallies, *, incidence: bool) -> _Steps:
    risk, leaves = t.at_risk, t.ended + t.other
    kept = np.cumprod(1 - _quotient(leaves, risk), axis=1, dtype=np.float64)
    if incidence:
        share, variance = _aalen_johansen(t.ended, leaves, risk, kept)
    else:
        share, variance = kept, kept * kept * np.cumsum(_greenwood(leaves, risk), axis=1)
    seen = np.logical_and.accumulate(risk > 0, axis=1) | _everybody_gone(t)
    return _Steps(share, variance, risk, seen & (t.n > 0)[:, None])


def _everybody_gone(t: Tallies) -> Mask:
    """Where all that were watched have ended, so that the curve is known for good.

    Units that enter later belie it: they were there all the time.
    """
    risk, leaves = t.at_risk, t.ended + t.other
    ended = np.logical_or.accumulate((leaves > 0) & (leaves >= risk), axis=1)
    later = np.logical_or.accumulate((risk > 0)[:, ::-1], axis=1)[:, ::-1]
    follows = np.column_stack([later[:, 1:], np.zeros(len(later), dtype=bool)])
    belied = np.logical_or.accumulate(ended & follows, axis=1)
    whole = np.logical_and.accumulate((risk > 0) | ended, axis=1)
    return ended & whole & ~belied


def _aalen_johansen(ends: Array, leaves: Array, risk: Array, kept: Array) -> tuple[Array, Array]:
    """The share that has not ended so, and its variance by the delta method.

    Marubini & Valsecchi (1995), Analysing Survival Data, section 10.4; without censoring it is the binomial one.
    """
    before = np.column_stack([np.ones(len(kept)), kept[:, :-1]])
    ended = np.cumsum(before * _quotient(ends, risk), axis=1)
    greenwood, pull = _greenwood(leaves, risk), before * _quotient(ends, risk * risk)

    def total(terms: Array) -> Array:
        return np.cumsum(terms, axis=1)

    spread = ended * ended * total(greenwood) - 2 * ended * total(ended * greenwood) + total(ended * ended * greenwood)
    own = total(before * before * _quotient(ends * (risk - ends), risk**3))
    joint = ended * total(pull) - total(ended * pull)
    return 1 - ended, np.maximum(spread + own - 2 * joint, 0.0)


def _greenwood(leaves: Array, risk: Array) -> Array:
    return _quotient(leaves, risk * (risk - leaves))


def _quotient(a: Array, b: Array) -> Array:
    """Quotients a / b where b is above 0, 0 elsewhere: nothing happens where nobody is."""
    return np.divide(a, b, out=np.zeros(np.broadcast_shapes(a.shape, b.shape)), where=b > 0)


def _design(t: Tallies) -> Array:
    return divide(t.n, degrees_adjusted(t.sums))


def _log_log(share: Array, error: Array, watched: Array, z: Array | float) -> Limits:
    inner = (share > 0) & (share < 1)
    steady = np.where(inner, share, 0.5)
    spread = np.exp(np.minimum(np.abs(z) * error / (-steady * np.log(steady)), STEEPEST))
    # Before anybody has ended the formula gives no width; Wilson's limit for all of those at risk does.
    all_there = divide(watched, watched + np.square(z))
    low = np.where(inner, steady**spread, np.where(share >= 1, all_there, share))
    return Limits(low, np.where(inner, steady ** (1 / spread), share))


def _last_above_0(share: Array) -> Places:
    """Up to each bucket, the place of the last share above 0; -1 where there is none."""
    place = np.where(share > 0, np.arange(share.shape[1]), -1)
    return np.maximum.accumulate(place, axis=1)


def _taken(values: Array, place: Places, *, otherwise: float) -> Array:
    return np.where(place >= 0, np.take_along_axis(values, np.maximum(place, 0), axis=1), otherwise)
