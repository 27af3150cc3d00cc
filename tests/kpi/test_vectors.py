"""The shared vectors: published or independently computed numbers, run through the functions that reports use.

Each function takes a vector's inputs and what is expected of them, and gives pairs of what was found and what was
expected. The last tests see to it that no vector is passed over in silence.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from conftest import ROOT
from scipy import special

from cxkit.kpi import power
from cxkit.kpi.buckets import rank_limits
from cxkit.kpi.curves import curve, log_rank, restricted_mean, standing, waiting
from cxkit.kpi.kinds import lift, mean, net, proportion, quantile, rate, ratio, survival
from cxkit.kpi.split import split_change
from cxkit.kpi.statistics import effective, holm, kish
from cxkit.kpi.sums import Differences, Estimates, Sums
from cxkit.kpi.tallies import Tallies

PATH = ROOT.parent / "shared/research/kpi_vectors.json"
VECTORS = {v["id"]: v for v in json.loads(PATH.read_text())["vectors"]} if PATH.is_file() else {}
pytestmark = pytest.mark.skipif(not VECTORS, reason="the test vectors are not beside the project")

Pairs = Iterator[tuple[Any, Any]]
Z = 1.959963984540054


def of_rows(y: Sequence[float], *, x: Sequence[float] | float = 1.0, w: Sequence[float] | float = 1.0) -> Sums:
    """The sums of one cell, from its rows."""
    rows = np.asarray(y, dtype=float)
    weights = np.broadcast_to(np.asarray(w, dtype=float), rows.shape)
    wy, wx = weights * rows, weights * np.asarray(x, dtype=float)
    return Sums.of(
        n=rows.size, w=weights.sum(), ww=weights @ weights, y=wy.sum(), x=wx.sum(), yy=wy @ wy, xy=wy @ wx, xx=wx @ wx,
        plus=weights @ (rows > 0), minus=weights @ (rows < 0),
    )  # fmt: skip


def of_answers(a: dict[str, int]) -> Sums:
    return Sums.of(n=a["promoters"] + a["passives"] + a["detractors"], plus=a["promoters"], minus=a["detractors"])


def of_counts(counts: dict[str, int]) -> np.ndarray:
    return np.repeat([float(k) for k in counts], list(counts.values()))


def recoded(scores: Sequence[float]) -> np.ndarray:
    return (np.asarray(scores) >= 9).astype(float) - (np.asarray(scores) <= 6)


def of_units(t: Sequence[float], event: Sequence[int]) -> Tallies:
    return Tallies.of([t], ended=[np.asarray(event) == 1], other=[np.asarray(event) == 2])


def ends(found: Estimates | Differences) -> list[float]:
    return [float(found.low[0]), float(found.high[0])]


def share(hits: float, n: float) -> Estimates:
    return proportion.estimate(Sums.of(n=n, y=hits))


def limit(wanted: Sequence[float | None]) -> list[float]:
    return [math.nan if end is None else end for end in wanted]


# --- scores ----------------------------------------------------------------------------------------------------------


def nps_raw(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    sums = of_rows(recoded(given["scores"]))
    found = net.estimate(sums, scale=100.0)
    yield found.value, wanted["nps"]
    yield found.se, 100 * wanted["se_unit"]
    yield [sums.plus[0], sums.minus[0], sums.n[0]], [wanted["promoters"], wanted["detractors"], wanted["n"]]


def nps_variance(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    sums = of_answers(given)
    found = net.estimate(sums, scale=100.0)
    yield found.value, wanted["nps"]
    yield (found.se / 100) ** 2 * sums.n, wanted["variance_unit"]


def nps_score(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    found = net.estimate(of_answers(given), scale=100.0, conf=given.get("conf", 0.95))
    yield ends(found), [wanted["ci_low"], wanted["ci_high"]]
    if "nps" in wanted:
        yield found.value, wanted["nps"]


def nps_two(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    found = net.difference(of_answers(given["a"]), of_answers(given["b"]), scale=100.0)
    yield found.value, wanted["diff"]
    yield ends(found), [wanted["mover_score"]["ci_low"], wanted["mover_score"]["ci_high"]]


def nps_empty(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    found = net.estimate(of_rows(given["scores"]), scale=100.0)
    yield [found.value[0], *ends(found)], limit([wanted["nps"], wanted["ci_low"], wanted["ci_high"]])


def nps_paired(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    moves = of_rows(recoded(given["wave2"]) - recoded(given["wave1"]))
    found = net.paired(moves, scale=100.0)
    yield found.value, wanted["diff"]
    yield found.p, wanted["p"]
    yield ends(found), [wanted["ci_low"], wanted["ci_high"]]


def kitagawa(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    def wave(i: int) -> Sums:
        sizes = np.array(given[f"share{i}"]) * 1000
        return Sums.of(n=sizes, y=sizes * np.array(given[f"nps{i}"]) / 100)

    found = split_change(wave(0), wave(1))
    yield 100 * found.change, wanted["delta"]
    yield [100 * found.mix.sum(), 100 * found.rate.sum()], [wanted["mix"], wanted["rate"]]


def nps_rest(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    segment, total = of_answers(given["segment"]), of_answers(given["total"])
    rest = total - segment
    yield net.estimate(rest, scale=100.0).value, wanted["rest"]
    apart = net.difference(segment, rest, scale=100.0).value
    yield apart, wanted["seg_minus_rest"]
    yield (1 - segment.n / total.n) * apart, wanted["seg_minus_total"]


def nps_weighted(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    sums = of_rows(recoded(given["scores"]), w=given["weights"])
    found = net.estimate(sums, scale=100.0)
    yield [found.value[0], found.n_eff[0], found.se[0]], [wanted["nps"], wanted["n_eff_kish"], wanted["se_kish"]]
    yield mean.estimate(sums, scale=100.0).se, wanted["se_taylor"]  # by linearisation


def enps(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    plain = net.estimate(of_answers(given), scale=100.0)
    among = net.estimate(of_answers(given), scale=100.0, fpc=np.array([given["population"]]))
    yield [plain.value[0], plain.se[0], among.se[0]], [wanted["enps"], wanted["se_no_fpc"], wanted["se_fpc"]]


# --- shares ----------------------------------------------------------------------------------------------------------


def wilson(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    found = share(given["k"], given["n"])
    yield ends(found), [wanted["ci_low"], wanted["ci_high"]]
    yield found.value, wanted.get("p", given["k"] / given["n"])


def newcombe(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    a, b = Sums.of(n=given["n1"], y=given["k1"]), Sums.of(n=given["n2"], y=given["k2"])
    found = proportion.difference(a, b)
    yield found.value, wanted["diff"]
    yield ends(found), wanted["newcombe"]
    # What is published is the test before its skewness is corrected.
    yield proportion._score(proportion.estimate(a), proportion.estimate(b)), wanted["score_test_z"]


def csat(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    answers = of_counts(given["counts"])
    boxes = {"t2b": answers >= 4, "top_box": answers == 5, "bottom2": answers <= 2}
    for name, hits in boxes.items():
        yield share(hits.sum(), 100).value, wanted[name]
    yield ends(share(boxes["t2b"].sum(), 100)), wanted["t2b_wilson"]
    yield net.estimate(Sums.of(n=100, plus=boxes["t2b"].sum(), minus=boxes["bottom2"].sum())).value, wanted["net"]
    found = mean.estimate(of_rows(answers))
    yield [found.value[0], found.se[0] * 10, *ends(found)], [wanted["mean"], wanted["sd"], *wanted["mean_t_ci"]]
    yield mean.estimate(of_rows((answers - 1) / 4), scale=100.0).value, wanted["index_0_100"]


def ces2(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    answers = of_counts(given["counts"])
    easy = share((answers >= 5).sum(), answers.size)
    yield [easy.value[0], *ends(easy)], [wanted["pct_5_7"], *wanted["wilson_5_7"]]
    yield share((answers >= 6).sum(), answers.size).value, wanted["pct_6_7"]
    found = mean.estimate(of_rows(answers))
    yield [found.value[0], *ends(found)], [wanted["mean"], *wanted["mean_t_ci"]]
    sides = Sums.of(n=answers.size, plus=(answers >= 6).sum(), minus=(answers <= 3).sum())
    yield net.estimate(sides).value, wanted["net_6_7_minus_1_3"]


def ces1(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    low, high = given["scale"]
    effort = np.array([given["mean_effort"] - 1, given["mean_effort"] + 1])
    yield mean.estimate(of_rows(low + high - effort)).value, wanted["ease_reversed"]


def service_levels(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    quick, gave_up, n = given["answered_in_threshold"], given["abandoned_in_threshold"], given["answered"]
    offered = n + given["abandoned"]
    of = {
        "f1_abn_in_counts_positive": (quick + gave_up, offered),
        "f2_answered_only": (quick, n),
        "f3_all_abn_negative": (quick, offered),
        "f4_abn_in_excluded": (quick, n + given["abandoned_after_threshold"]),
        "f5_short_counts_positive": (quick + given["abandoned_short"], offered),
    }
    for name, (hits, base) in of.items():
        yield share(hits, base).value, wanted[name]


def service_level(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    yield share(given["answered_in"], given["answered_in"] + given["answered_after"]).value, wanted["sl"]


def abandonment(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    short = given["short_abandoned"]
    yield share(given["abandoned"], given["offered"]).value, wanted["gross"]
    yield share(given["abandoned"] - short, given["offered"] - short).value, wanted["net_of_short"]


def resolution(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    gross = share(given["resolved_first"], given["all_contacts"])
    yield [gross.value[0], *ends(gross)], [wanted["gross"], *wanted["gross_wilson"]]
    yield share(given["resolved_first"], given["all_contacts"] - given["not_resolvable_l1"]).value, wanted["net"]


def churn(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    found = share(given["churned_from_start"], given["start"])
    yield [found.value[0], *ends(found)], [wanted["cohort"], *wanted["wilson"]]
    yield share(given["start"] - given["churned_from_start"], given["start"]).value, wanted["retention"]


def cross_sell(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    holding = share(given["multi_category"], given["customers"])
    bought = share(given["cross_sold_in_period"], given["eligible"])
    yield [holding.value[0], *ends(holding)], [wanted["holding_rate"], *wanted["holding_wilson"]]
    yield [bought.value[0], *ends(bought)], [wanted["conversion_rate"], *wanted["conversion_wilson"]]


def transfer(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    found = share(given["contacts_with_transfer"], given["handled"])
    yield [found.value[0], *ends(found)], [wanted["transfer_rate"], *wanted["wilson"]]
    each = rate.estimate(Sums.of(n=given["handled"], y=given["transfers_total"], x=given["handled"]))
    yield [each.value[0], *ends(each)], [wanted["transfers_per_contact"], *wanted["poisson_ci"]]


def repeat_purchase(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    found = share(given["with_repeat"], given["customers"])
    yield [found.value[0], *ends(found)], [wanted["rate"], *wanted["wilson"]]


def engagement(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    yield share(given["favourable_answers"], given["valid_answers"]).value, wanted["pct_favourable"]


# --- means, ratios and rates -----------------------------------------------------------------------------------------


def welch(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    a, b = of_rows(given["a_seconds"]), of_rows(given["b_seconds"])
    one, found = mean.estimate(a), mean.difference(b, a)
    yield [one.value[0], one.se[0], *ends(one)], [wanted["mean_a"], wanted["se_a"], *wanted["ci_a_t"]]
    yield [found.value[0], found.p[0], *ends(found)], [wanted["diff"], wanted["p"], *wanted["ci"]]


def cox(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    seconds = np.array(given["seconds"])
    logs = np.log(seconds)
    sums = Sums.of(n=10, y=seconds.sum(), yy=seconds @ seconds, ly=logs.sum(), lyy=logs @ logs)
    yield ends(mean.estimate(sums, skewed=True)), wanted["ci"]
    yield mean.estimate(sums, skewed=True).value, seconds.mean()


def handling_time(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    spent = [team["talk"] + team["hold"] + team["acw"] for team in given["teams"]]
    found = ratio.estimate(of_rows(spent, x=[team["handled"] for team in given["teams"]]))
    yield found.value, wanted["aht_total"]


def garwood(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    yield ends(rate.estimate(Sums.of(n=1, y=given["events"], x=given["exposure"]))), wanted["ci"]


def two_rates(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    a, b = (Sums.of(n=1, y=given[f"e{i}"], x=given[f"x{i}"]) for i in (1, 2))
    # What is published is the test before its skewness is corrected.
    yield rate._score(rate._counts(a), rate._counts(b)), wanted["z"]
    yield rate.estimate(a).value / rate.estimate(b).value, wanted["ratio"]


def exposure(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    found = rate.estimate(Sums.of(n=1200, y=given["churn_events"], x=given["customer_months"]))
    yield [found.value[0], *ends(found)], [wanted["rate"], *wanted["ci"]]


def retained_revenue(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    start, end = np.array(given["start_arr"]), np.array(given["end_arr"])
    found = ratio.estimate(of_rows(end, x=start))
    yield [found.value[0], found.se[0]], [wanted["nrr"], wanted["nrr_se_linearised"]]
    yield ratio.estimate(of_rows(np.minimum(start, end), x=start)).value, wanted["grr"]
    yield ratio.estimate(of_rows(start - np.minimum(start, end), x=start)).value, wanted["gross_revenue_churn"]
    yield share((end == 0).sum(), end.size).value, wanted["logo_churn"]


def accounts(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    start = np.array(given["start_arr"])
    varied = start * np.array([1.1, 0.8, 1.0, 1.2, 0.9])
    yield ratio.estimate(of_rows(varied, x=start)).n_eff, wanted["effective_accounts"]


def acquisition_cost(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    found = rate.estimate(Sums.of(n=12, y=given["new_customers"], x=given["sm_spend"]), inverse=True)
    yield [found.value[0], *ends(found)], [wanted["cac"], *wanted["ci_count_only"]]


def cost_to_serve(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    for base, name in (("active_customers", "per_customer"), ("contacts", "per_contact")):
        yield ratio.estimate(Sums.of(n=12, y=given["total_cost"], x=given[base])).value, wanted[name]


def capacity(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    staff = mean.estimate(of_rows(given["cs_fte_by_month"])).value[0]
    of = {
        "fte_avg": (staff, 1),
        "customers_per_fte": (given["customers_avg"], staff),
        "fte_per_1000": (staff, given["customers_avg"] / 1000),
        "arr_per_fte": (given["arr"], staff),
        "budget_share": (given["cs_cost"], given["opex"]),
        "cost_share_of_arr": (given["cs_cost"], given["arr"]),
        "sourced_share": (given["cs_sourced"], given["sales_total"]),
        "influenced_share": (given["cs_influenced"], given["sales_total"]),
    }
    for name, (top, bottom) in of.items():
        yield ratio.estimate(Sums.of(n=3, y=top, x=bottom)).value, wanted[name]


def owed(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    treated, held = np.array(given["treated_revenue"]), np.array(given["holdout_revenue"])
    sums = Sums.of(
        n=12, y=treated.sum(), x=held.sum(), yy=treated @ treated, xx=held @ held, plus=treated.size, minus=held.size
    )
    found = lift.estimate(sums)
    yield [found.value[0], *ends(found)], [wanted["incremental_share_of_treated_sales"], *wanted["share_ci"]]
    yield [end * treated.mean() for end in ends(found)], wanted["ci"]


# --- quantiles and curves --------------------------------------------------------------------------------------------


def order_statistics(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    n, p = given["n"], given["p"]
    low, high = (float(rank[0]) for rank in rank_limits(np.array([float(n)]), p, Z))
    yield [low, high], limit([wanted["rank_low"], wanted["rank_high"]])
    upper = 1.0 if math.isnan(high) else special.bdtr(high - 1, n, p)
    yield upper - special.bdtr(low - 1, n, p), wanted["exact_coverage"]
    # A bucket for each value, in their order: the limits are the values at those ranks.
    found = quantile.estimate(of_units(range(1, n + 1), [1] * n), share=p)
    yield [math.log(end) / math.log(1.02) - 0.5 for end in ends(found)], [low, high]


def percentiles(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    hours = given["hours"]
    places = of_units(range(len(hours)), [1] * len(hours))  # the n-th value in bucket n, so that nothing is rounded
    nine, half = (quantile.estimate(places, share=share) for share in (0.9, 0.5))

    def value(found: float) -> float:
        return hours[round(math.log(found) / math.log(1.02) - 0.5)]

    yield value(nine.value[0]), wanted["p90_inverted_cdf"]
    yield [value(end) for end in ends(half)], wanted["median_ci"]


def open_tickets(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    ages = sorted(set(given["age_hours"]))
    places = of_units([ages.index(age) for age in given["age_hours"]], given["closed"])
    found = quantile.estimate(places, share=0.5)
    steps = [math.log(v) / math.log(1.02) - 0.5 for v in (found.value[0], found.low[0])]
    yield [ages[round(step)] for step in steps], [wanted["km_median"], wanted["km_median_ci"][0]]
    yield found.high, limit(wanted["km_median_ci"])[1:]


def freireich(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    units = of_units(given["t"], given["event"])
    whole = curve(units)
    for time, stays in wanted["surv"].items():
        found = survival.estimate(units, horizon=float(time), shows="kept")
        yield [found.value[0], found.se[0]], [stays, wanted["se_greenwood"][time]]
        yield ends(found), wanted["ci_loglog"][time]
        at = list(whole.times).index(float(time))
        yield [whole.value[0, at], whole.low[0, at], whole.high[0, at]], [stays, *wanted["ci_loglog"][time]]
        lost = survival.estimate(units, horizon=float(time), shows="lost")
        yield [lost.value[0], *ends(lost)], [1 - stays, *(1 - end for end in reversed(wanted["ci_loglog"][time]))]
    wait = waiting(units, 0.5)
    yield units.buckets[wait.place], wanted["median"]
    yield units.buckets[np.argmax(wait.apart[0] <= Z)], wanted["median_ci"][0]
    yield (-wait.apart[0] >= Z).any(), wanted["median_ci"][1] is not None
    yield restricted_mean(units, 20).value, wanted["rmst_20"]


def two_curves(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    found = log_rank(of_units(given["a_t"], given["a_event"]), of_units(given["b_t"], given["b_event"]))
    yield [found.chi2[0], found.p[0]], [wanted["chi2"], wanted["p"]]


def competing(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    units = of_units(given["t"], given["event"])
    for time in (5, 8, 10):
        yield survival.estimate(units, horizon=time, shows="lost").value, wanted[f"cif_event1_at_{time}"]
    # Taking competing exits for open ends overstates, and is what nobody gets who says what they are.
    naive = survival.estimate(of_units(given["t"], np.array(given["event"]) == 1), horizon=8, shows="lost")
    yield naive.value, wanted["naive_1_minus_km_at_8"]


def event_log(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    times = wanted["aware_to_buy_times"].values()
    units = of_units([each["t"] for each in times], [int(each["event"]) for each in times])
    yield units.buckets[-1], given["observation_end"]
    for time in (10, 48):
        yield survival.estimate(units, horizon=time, shows="lost").value, wanted["km_converted_by"][f"h{time}"]


def triangle(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    parts = []
    for cohort in given["cohorts"]:
        kept = cohort["retained"]
        left = [a - b for a, b in pairwise(kept)]
        times = [k for k, gone in enumerate(left, 1) for _ in range(gone)]
        units = [*times, *[len(kept) - 1] * kept[-1]]
        parts.append(of_units(units, [1] * len(times) + [0] * kept[-1]))
    whole = parts[0] + parts[1] + parts[2]
    yield survival.estimate(whole, horizon=3, shows="kept").value, wanted["chain_ladder_S3"]
    for k in (1, 2, 3):
        mature = [c["retained"] for c in given["cohorts"] if len(c["retained"]) > k]
        yield share(sum(c[k] for c in mature), sum(c[0] for c in mature)).value, wanted["pooled"][str(k)]


# --- what adds up, and what it takes ---------------------------------------------------------------------------------


def many(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    adjusted = holm(given["p"])
    yield adjusted, wanted["holm"]["adjusted"]
    yield (adjusted <= given["alpha"]).sum(), wanted["holm"]["rejected"]


def weights(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    w = given["weights"]
    if isinstance(w, str):
        blocks = re.findall(r"([\d.]+) x(\d+)", w)
        w = np.repeat([float(size) for size, _ in blocks], [int(times) for _, times in blocks])
    w = np.asarray(w)
    n_eff = effective(Sums.of(n=w.size, w=w.sum(), ww=w @ w))
    yield n_eff, wanted["n_eff"]
    yield w.size / kish(w.sum(keepdims=True), np.array([w @ w])), wanted["deff"]


def merged_means(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    found = mean.estimate(of_rows(given["a"]) + of_rows(given["b"]))
    yield [found.n_eff[0], found.value[0], found.se[0] ** 2 * 5], [wanted["n"], wanted["mean"], wanted["var"]]


def merged_scores(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    one, two = map(of_answers, given["slices"])
    both = one + two
    yield [both.plus[0], both.minus[0]], [wanted["promoters"], wanted["detractors"]]
    yield net.estimate(both, scale=100.0).value, wanted["nps"]


def merged_curves(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    def units(cells: dict[str, list[int]]) -> Tallies:
        rows = [(int(t), met) for t, (events, open_) in cells.items() for met in [1] * events + [0] * open_]
        return of_units([t for t, _ in rows], [met for _, met in rows])

    both = units(given["slice_a"]) + units(given["slice_b"])
    for time in (8, 23):
        yield standing(both, time).share, wanted[f"S_{time}"]
    counts = np.column_stack([both.ended[0], both.open[0]]).tolist()
    yield counts, [wanted["merged"][str(int(bucket))] for bucket in both.buckets]


def sample_size(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    before, after = (power.net_spread(given[wave]["p"], given[wave]["d"]) for wave in ("baseline", "target"))
    yield power.needed(0.05, spreads=(before, after)), wanted["n_per_group"]
    yield power.needed(0.05, spreads=(before, after), power=0.9), wanted["n_per_group_90"]
    yield power.needed(0.10, spreads=(before, power.net_spread(0.55, 0.15))), wanted["n_plus10"]
    yield power.needed_alone(0.05, spread=before), wanted["single_sample_moe5"]


def sample_size_of_shares(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    spreads = power.share_spread(given["p1"]), power.share_spread(given["p2"])
    yield power.needed(given["p2"] - given["p1"], spreads=spreads), wanted["n_per_group"]


def sample_size_of_curves(given: dict[str, Any], wanted: dict[str, Any]) -> Pairs:
    yield power.events_needed(given["hr"], treated=given["allocation"]), wanted["events"]


Check = Callable[[dict[str, Any], dict[str, Any]], Pairs]
CHECKS: dict[str, Check] = {
    "nps.point.raw": nps_raw,
    "nps.var.": nps_variance,
    "nps.ci.score.": nps_score,
    "nps.two_sample.": nps_two,
    "nps.edge.empty": nps_empty,
    "nps.paired": nps_paired,
    "nps.decomposition.kitagawa": kitagawa,
    "nps.segment_vs_total": nps_rest,
    "nps.weighted": nps_weighted,
    "enps.fpc": enps,
    "prop.wilson.": wilson,
    "prop.diff.newcombe": newcombe,
    "csat.variants": csat,
    "ces2.variants": ces2,
    "ces1.direction": ces1,
    "sla.icmi_five_formulas": service_levels,
    "sla.cisco_icr": service_level,
    "abandonment.variants": abandonment,
    "fcr.gross_net": resolution,
    "churn.definitions": churn,
    "cross_sell.variants": cross_sell,
    "transfer.basic": transfer,
    "repeat_purchase.cdnow": repeat_purchase,
    "engagement.favourable": engagement,
    "aht.welch": welch,
    "aht.cox_lognormal": cox,
    "aht.ratio_of_sums": handling_time,
    "rate.poisson_exact.": garwood,
    "rate.two_sample": two_rates,
    "churn.exposure_rate": exposure,
    "revenue.grr_nrr": retained_revenue,
    "revenue.effective_accounts": accounts,
    "cac.basic": acquisition_cost,
    "cost_to_serve.basic": cost_to_serve,
    "cs.capacity": capacity,
    "cs.incremental_share": owed,
    "quantile.order_stat.": order_statistics,
    "ttr.percentiles": percentiles,
    "ttr.km_open_tickets": open_tickets,
    "survival.km.freireich_6mp": freireich,
    "survival.logrank.freireich": two_curves,
    "journey.competing_risk": competing,
    "journey.eventlog": event_log,
    "retention.triangle": triangle,
    "multiplicity.bh1995": many,
    "weights.kish.": weights,
    "merge.mean_var": merged_means,
    "merge.nps": merged_scores,
    "merge.km": merged_curves,
    "power.nps_plus5": sample_size,
    "power.csat_80_83": sample_size_of_shares,
    "power.logrank_schoenfeld": sample_size_of_curves,
}
ELSEWHERE = {
    "nps.edge.dirty": "tests/data/test_scales.py",
    "nps.edge.wrong_scale": "tests/data/test_scales.py",
    "recontact.window": "tests/kpi/catalogue/test_service.py",
}
NOT_OURS = {
    "nps.ci.wald.": "a wrong interval, kept for comparison",
    "nps.ci.aw3.": "added answers, for SQL alone; the score interval is worked out from the same sums",
    "nps.ci.aw_1_0_1.": "as the one before",
    "nps.ci.aw_.5_1_.5.": "as the one before",
    "nps.league.": "shrunken league tables come with the ranking of branches",
    "csat.acsi_ohio": "an index of a named vendor",
    "effort_index.": "a composite index has no agreed weights",
    "churn.annualise": "no KPI is told per year that was measured per month",
    "journey.variant_entropy": "variants of journeys are counted, not summed up in one number",
    "clv.": "customer value comes with its own models",
    "retention.sbg.": "no curve is drawn beyond what was watched",
    "driver.": "driver analysis is a study of its own",
    "merge.driver_moments": "driver analysis is a study of its own",
    "merge.sketch_error": "counts are exact: there are no sketches",
    "weights.rake.": "weights come with the data",
    "privacy.": "what is hidden is tested where it is hidden, on cubes",
    "trend.": "control charts come with alerts",
    "sequential.": "pilots with looks on the way come with the portfolio",
    "pilot.": "pilots come with the portfolio",
    "agreement.": "agreement of raters comes with the maturity assessment",
}


def first(table: dict[str, Any], name: str) -> Any:
    """What a table says of a vector: under its own name, or under that of its family."""
    return next(
        (said for key, said in table.items() if name == key or (key.endswith(".") and name.startswith(key))), None
    )


@pytest.mark.parametrize("name", [name for name in VECTORS if first(CHECKS, name)])
def test_vector(name: str) -> None:
    vector = VECTORS[name]
    pairs = list(first(CHECKS, name)(vector["inputs"], vector["expected"]))
    assert pairs
    for found, wanted in pairs:
        expected = np.atleast_1d(np.asarray(wanted, dtype=float))
        assert np.atleast_1d(np.asarray(found, dtype=float)) == pytest.approx(
            expected, abs=max(vector["tolerance"], 1e-9), nan_ok=True
        )


def test_no_vector_is_passed_over() -> None:
    known = {name for table in (CHECKS, ELSEWHERE, NOT_OURS) for name in VECTORS if first(table, name)}
    assert sorted(set(VECTORS) - known) == []


def test_no_vector_is_both_tested_and_declined() -> None:
    assert [name for name in VECTORS if first(CHECKS, name) and first(NOT_OURS, name)] == []


@pytest.mark.parametrize("table", [CHECKS, ELSEWHERE, NOT_OURS], ids=["here", "elsewhere", "not ours"])
def test_every_entry_stands_for_a_vector(table: dict[str, Any]) -> None:
    assert [key for key in table if not any(first({key: 1}, name) for name in VECTORS)] == []


@pytest.mark.parametrize(("name", "path"), ELSEWHERE.items())
def test_what_is_tested_elsewhere_is_tested_there(name: str, path: str) -> None:
    assert name in (ROOT / path).read_text()
