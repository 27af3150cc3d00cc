"""Response bias: its arithmetic against published libraries; a planted bias is found, and none where there is none."""

from __future__ import annotations

import math

import numpy as np
import pytest
from build import ENGAGEMENT, SOURCES, small_engagement
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import DescrStatsW

from cxkit._table import open_database
from cxkit.data.read import read_tables
from cxkit.data.readiness.bias import ALPHA, MOST_GROUPS, find_bias
from cxkit.data.readiness.shares import Stratum, exact_p, holm, over_represented, response_rate, weighting_shift
from cxkit.evidence.estimate import Difference, Estimate

TWO = {"region": ("region", "Region"), "segment": ("segment", "Segment")}


def bias_of(root, *, customers, answers, invited=(), threshold=5, dimensions=None):
    """Response bias of customers (region, segment) and answers (customer number, score)."""
    crm = ["Id,Region,Segment", *(f"C{i},{region},{segment}" for i, (region, segment) in enumerate(customers))]
    rows = ["Response,Date,Id,Score,Channel"]
    rows += [
        f"R{i},2026-0{i % 9 + 1}-15 10:00:00,{f'C{c}' if c is not None else ''},{s},Web"
        for i, (c, s) in enumerate(answers)
    ]
    sources = SOURCES.replace("region: Region}", "region: Region, segment: Segment}")
    files = {"crm__csv": "\n".join(crm) + "\n", "survey__csv": "\n".join(rows) + "\n"}
    if invited:
        sources += (
            "  - id: sent\n    table: invitations\n    files: data/sent.csv\n"
            "    columns: {invitation_id: Invitation, sent_at: Sent, customer_id: Id}\n"
        )
        files["sent__csv"] = "\n".join(["Invitation,Sent,Id", *(f"I{c},2026-01-02,C{c}" for c in invited)]) + "\n"
    engagement = small_engagement(root, engagement=ENGAGEMENT, sources=sources, **files)
    with open_database() as db:
        tables = read_tables(db, engagement.sources, root=engagement.root)
        found = find_bias(tables, dimensions=dimensions or TWO, threshold=threshold)
    return {b.dimension: b for b in found}


def drawn(seed: int, *, ready: dict[str, float], number: int = 2000):
    """Customers of three segments, each answering with its own readiness, those of the first less glad."""
    rng = np.random.default_rng(seed)
    names = list(ready)
    segments = [names[i] for i in rng.choice(len(names), number, p=[0.6, 0.3, 0.1][: len(names)])]
    regions = [("North", "South", "Coast", "Hills")[i] for i in rng.integers(0, 4, number)]
    answers = [
        (i, int(rng.choice([3, 6, 9] if s == names[0] else [6, 9, 10])))
        for i, s in enumerate(segments)
        if rng.random() < ready[s]
    ]
    return list(zip(regions, segments, strict=True)), answers


def test_p_values_are_those_of_the_hypergeometric_distribution():
    rng = np.random.default_rng(3)
    for _ in range(400):
        number = int(rng.integers(2, 4000))
        base, answered = (int(rng.integers(1, number + 1)) for _ in range(2))
        law = stats.hypergeom(number, base, answered)
        x = int(law.rvs(random_state=rng))
        expected = min(1.0, 2 * min(law.cdf(x), law.sf(x - 1)))
        assert exact_p(x, base, all_answered=answered, all_base=number) == pytest.approx(expected, rel=1e-7, abs=1e-12)


def test_p_values_stay_within_bounds_where_counts_are_large():
    assert exact_p(0, 400_000, all_answered=100_000, all_base=1_000_000) == 0.0
    assert exact_p(40_000, 400_000, all_answered=100_000, all_base=1_000_000) == 1.0
    assert 0 < exact_p(40_400, 400_000, all_answered=100_000, all_base=1_000_000) < 0.05


def test_corrected_p_values_are_those_of_statsmodels():
    p = np.random.default_rng(5).uniform(size=17) ** 3
    assert holm(list(p)) == pytest.approx(multipletests(p, method="holm")[1])
    assert holm([]) == []


def test_a_response_rate_has_the_interval_of_statsmodels():
    found = response_rate(37, 412)
    assert (found.low, found.high) == pytest.approx(proportion_confint(37, 412, method="wilson"))
    assert response_rate(0, 0).status == "no_data"


def test_of_an_endless_base_the_interval_is_wilsons():
    found = over_represented(30, 2_000_000, all_answered=100, all_base=10_000_000)
    low, high = proportion_confint(30, 100, method="wilson")
    assert (found.low, found.high) == pytest.approx((low - 0.2, high - 0.2), abs=1e-4)


def test_where_all_answered_nobody_can_be_over_represented():
    found = over_represented(30, 30, all_answered=120, all_base=120)
    assert (found.value, found.low, found.high, found.p) == (0.0, 0.0, 0.0, 1.0)


def test_the_interval_of_a_difference_covers_what_it_should():
    """True response rates of 0.5 and 0.2, so that those who answered are no random part of the base."""
    rng = np.random.default_rng(11)
    a, b, hits, times = 300, 700, 0, 3000
    true = a * 0.5 / (a * 0.5 + b * 0.2) - a / (a + b)
    for _ in range(times):
        x, y = int(rng.binomial(a, 0.5)), int(rng.binomial(b, 0.2))
        d = over_represented(x, a, all_answered=x + y, all_base=a + b)
        hits += d.low <= true <= d.high
    assert abs(hits / times - 0.95) < 4 * math.sqrt(0.95 * 0.05 / times)


def test_weighting_is_post_stratification():
    rng = np.random.default_rng(2)
    values = [rng.choice([-1, 0, 1], 60, p=[0.5, 0.2, 0.3]), rng.choice([-1, 0, 1], 40, p=[0.1, 0.2, 0.7])]
    bases = [300.0, 700.0]
    strata = [
        Stratum(b, len(v), len(v), v.sum(), (v * v).sum(), v.sum(), len(v)) for b, v in zip(bases, values, strict=True)
    ]
    raw, weighted, shift = weighting_shift(strata)
    both = np.concatenate(values)
    weights = np.concatenate([np.full(len(v), b / len(v)) for b, v in zip(bases, values, strict=True)])
    assert raw.value == pytest.approx(both.mean())
    assert raw.high - raw.value == pytest.approx(1.959964 * DescrStatsW(both).std_mean, rel=1e-6)
    assert weighted.value == pytest.approx(DescrStatsW(both, weights=weights).mean)
    errors = [DescrStatsW(v).std_mean for v in values]
    assert weighted.high - weighted.value == pytest.approx(
        1.959964 * math.hypot(0.3 * errors[0], 0.7 * errors[1]), rel=1e-6
    )
    assert shift.value == pytest.approx(weighted.value - raw.value)
    assert shift.high - shift.value == pytest.approx(1.959964 * math.hypot(-0.3 * errors[0], 0.3 * errors[1]), rel=1e-6)


def test_answers_of_one_customer_count_together():
    once = Stratum(100, 20, 20, 10, 10, 10, 20)
    thrice = Stratum(100, 20, 60, 30, 90, 90, 180)
    assert thrice.mean == once.mean
    assert thrice.variance == pytest.approx(once.variance)


def test_nothing_is_weighted_where_there_is_but_one_group():
    assert weighting_shift([Stratum(9, 5, 5, 3, 3, 3, 5)]) is None
    assert weighting_shift([Stratum(9, 5, 5, 3, 3, 3, 5), Stratum(9, 0, 0, 0, 0, 0, 0)]) is None


def test_a_planted_bias_is_found_and_what_it_does_to_the_score(tmp_path):
    customers, answers = drawn(1, ready={"Household": 0.15, "Business": 0.45, "Landlord": 0.3})
    found = bias_of(tmp_path, customers=customers, answers=answers)
    tendency = {g.name: g.tendency for g in found["segment"].groups}
    assert tendency["Household"] == "fewer"
    assert tendency["Business"] == "more"
    assert not found["region"].biased
    (shift,) = found["segment"].shifts
    assert shift.moves
    score = {s: np.mean([(v >= 9) * 1 - (v <= 6) * 1 for i, v in answers if customers[i][1] == s]) for s in tendency}
    share = {s: sum(c[1] == s for c in customers) / len(customers) for s in tendency}
    assert shift.weighted.value == pytest.approx(sum(score[s] * share[s] for s in tendency))
    assert shift.raw.value == pytest.approx(np.mean([(v >= 9) * 1 - (v <= 6) * 1 for _, v in answers]))
    assert shift.measure == "nps"


def test_shares_are_of_those_who_answered_once_each(tmp_path):
    customers = [("North", "A")] * 60 + [("South", "B")] * 40
    answers = [(i % 30, 9) for i in range(90)] + [(60 + i, 5) for i in range(20)] + [(None, 7)] * 12
    found = bias_of(tmp_path, customers=customers, answers=answers)["region"]
    assert [(g.name, g.base, g.answered) for g in found.groups] == [("North", 60, 30), ("South", 40, 20)]
    assert [g.difference.value for g in found.groups] == pytest.approx([0.0, 0.0])
    # Weighted to customers, the thrice asked north counts for no more than its 60 %.
    assert found.shifts[0].raw.value == pytest.approx((90 - 20) / 110)
    assert found.shifts[0].weighted.value == pytest.approx(0.6 - 0.4)


def test_of_two_groups_one_is_the_other_turned_over(tmp_path):
    customers = [("North", "A")] * 300 + [("South", "A")] * 300
    answers = [(i, 9) for i in range(60)] + [(300 + i, 9) for i in range(150)]
    north, south = bias_of(tmp_path, customers=customers, answers=answers)["region"].groups
    assert (north.tendency, south.tendency) == ("fewer", "more")
    assert north.difference.value == pytest.approx(-south.difference.value)
    assert (north.difference.low, north.difference.high) == pytest.approx(
        (-south.difference.high, -south.difference.low)
    )


def test_where_nobody_is_biased_alarms_are_as_rare_as_promised():
    """All groups answer alike; by one region in four and one segment in three, over and over."""
    from cxkit.data.readiness.bias import Bias, Group, _together

    rng = np.random.default_rng(29)
    bases = {"region": [500, 300, 150, 50], "segment": [600, 300, 100]}
    alarms, times = 0, 1500
    for _ in range(times):
        found = []
        for dimension, sizes in bases.items():
            counts = [int(rng.binomial(n, 0.25)) for n in sizes]
            whole, answered = sum(sizes), sum(counts)
            groups = tuple(
                Group(str(i), n, x, difference=over_represented(x, n, all_answered=answered, all_base=whole))
                for i, (n, x) in enumerate(zip(sizes, counts, strict=True))
            )
            found.append(Bias(dimension, dimension, "customers", whole, answered, groups))
        alarms += any(b.biased for b in _together(found))
    assert alarms / times <= ALPHA + 3 * math.sqrt(ALPHA * (1 - ALPHA) / times)
    assert alarms > 0


def test_weighting_moves_no_score_by_chance_more_often_than_promised():
    """One score for all: whatever the groups, weighting has nothing to find."""
    rng = np.random.default_rng(31)
    alarms, times = 0, 1500
    for _ in range(times):
        strata = []
        for base, n in ((500, 60), (300, 90), (200, 50)):
            v = rng.choice([-1, 0, 1], n, p=[0.2, 0.3, 0.5])
            strata.append(Stratum(base, n, n, v.sum(), (v * v).sum(), v.sum(), n))
        shift = weighting_shift(strata)[2]
        alarms += not shift.low <= 0 <= shift.high
    assert abs(alarms / times - ALPHA) < 4 * math.sqrt(ALPHA * (1 - ALPHA) / times)


def test_a_small_group_is_hidden_with_what_would_give_it_away(tmp_path):
    customers = [("North", "Household")] * 300 + [("North", "Business")] * 100 + [("North", "Key")] * 40
    answers = [(i, 9) for i in range(90)] + [(300 + i, 5) for i in range(30)] + [(400 + i, 0) for i in range(3)]
    found = bias_of(tmp_path, customers=customers, answers=answers)["segment"]
    hidden = {g.name for g in found.groups if not g.shown}
    assert hidden == {"Key", "Business"}
    assert all(
        g.base is g.answered is g.rate is g.share_base is g.share_answered is None for g in found.groups if not g.shown
    )
    # The two hidden groups are weighted as one.
    (shift,) = found.shifts
    glad, sad = 1.0, -1.0
    assert shift.weighted.value == pytest.approx(300 / 440 * glad + 140 / 440 * sad)


def test_the_few_of_no_known_group_are_a_group_that_hides_itself(tmp_path):
    customers = [("" if i in (3, 50) else ("North", "South")[i % 2], "AB"[i % 3 == 0]) for i in range(120)]
    answers = [(i, 0 if i in (3, 50) else (9, 10, 7, 3, 8)[i % 5]) for i in range(90)]
    found = bias_of(tmp_path, customers=customers, answers=answers)
    region, segment = found["region"], found["segment"]
    assert (region.answered, region.base) == (segment.answered, segment.base) == (90, 120)
    unknown = next(g for g in region.groups if g.name == "(unknown)")
    assert (unknown.base, unknown.answered) == (None, None)
    assert sum(not g.shown for g in region.groups) == 2
    assert region.shifts[0].raw == segment.shifts[0].raw
    assert region.shifts[0].raw.n == 90


def test_a_raw_score_is_of_all_who_answered_also_where_few_of_a_group_did(tmp_path):
    customers = [("North", "A")] * 100 + [("South", "B")] * 60 + [("Coast", "B")] * 40
    answers = [(i, 9) for i in range(50)] + [(100 + i, 8) for i in range(30)] + [(160 + i, 0) for i in range(6)]
    found = bias_of(tmp_path, customers=customers, answers=answers)
    assert all(g.shown for g in found["region"].groups)
    assert found["region"].shifts[0].raw == found["segment"].shifts[0].raw
    # The coast is weighted with the south.
    assert found["region"].shifts[0].weighted.value == pytest.approx(0.5 + 0.5 * -6 / 36)


def test_the_rounding_of_the_machine_moves_no_score():
    from cxkit.data.readiness.bias import Shift

    raw, tiny = Estimate(0.3, 0.3, 0.3, 9), -2.8e-17
    assert not Shift("nps", raw, raw, Difference(tiny, tiny, tiny, None, "")).moves
    assert Shift("nps", raw, raw, Difference(-0.01, -0.02, -0.001, None, "")).moves
    assert Shift("nps", raw, raw, Difference(0.01, 0.001, 0.02, None, "")).moves


def test_very_many_groups_are_shown_as_far_as_they_are_large(tmp_path):
    customers = [(f"Region {i % 60:02d}", "A") for i in range(2400)]
    answers = [(i, 9) for i in range(0, 2400, 2)] + [(i, 8) for i in range(1, 2400, 4)]
    found = bias_of(tmp_path, customers=customers, answers=answers)["region"]
    assert len(found.groups) == MOST_GROUPS + 1
    assert found.groups[-1].name == ""
    assert found.groups[-1].base == 40 * 40
    assert sum(g.base for g in found.groups) == 2400


def test_where_invitations_are_there_those_invited_are_the_base(tmp_path):
    customers = [("North", "A")] * 200 + [("South", "A")] * 200
    answers = [(i, 9) for i in range(30)] + [(200 + i, 9) for i in range(60)]
    invited = [*range(60), *range(200, 320)]
    found = bias_of(tmp_path, customers=customers, answers=answers, invited=invited)["region"]
    assert found.among == "invitations"
    assert [(g.base, g.answered, g.rate.value) for g in found.groups] == [(120, 60, 0.5), (60, 30, 0.5)]
    assert not found.biased
    (tmp_path / "all").mkdir()
    assert bias_of(tmp_path / "all", customers=customers, answers=answers)["region"].biased


def test_customers_who_had_left_could_not_answer(tmp_path):
    crm = [
        "Id,Region,Joined,Left",
        *(f"C{i},{'North' if i % 2 else 'South'},2020-01-01,{'2021-01-01' if i < 40 else ''}" for i in range(120)),
    ]
    sources = SOURCES.replace("region: Region}", "region: Region, joined_on: Joined, left_on: Left}")
    engagement = small_engagement(tmp_path, sources=sources, crm__csv="\n".join(crm) + "\n")
    (bias,) = engagement.check().bias
    assert bias.base == 80


def test_without_customers_in_the_answers_there_is_nothing_to_say(tmp_path):
    sources = SOURCES.replace("      customer_id: Id\n", "")
    assert small_engagement(tmp_path, sources=sources).check().bias == ()
