"""A journey by dimensions: what is counted, what is hidden, and that nothing hidden can be found again."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd
import pytest
from journeys import IDS, STEPS, log
from wide_journeys import Found, events, measured

from cxkit.kpi.kinds import proportion
from cxkit.kpi.sums import Sums

FEW = 5
REGION, SEGMENT = {"region": "region"}, {"region": "region", "segment": "segment"}


def customers(logged: pd.DataFrame, *, rare: int = 0, seed: int = 1) -> pd.DataFrame:
    """A region and a segment for each customer; a few of them live in a region of their own."""
    rng, names = random.Random(seed), sorted(set(logged["customer"]))
    regions = [rng.choice(["South", "North", "East"]) for _ in names]
    regions[: rare or 0] = ["Island"] * rare
    return pd.DataFrame({"customer": names, "region": regions, "segment": [r[0] for r in regions]})


@pytest.fixture(scope="module")
def logged() -> pd.DataFrame:
    return log(900, customers=700, seed=21)


@pytest.fixture(scope="module")
def told(logged, tmp_path_factory) -> Found:
    tables = {"interactions": logged, "customers": customers(logged)}
    return measured(tmp_path_factory.mktemp("log"), tables, dimensions=REGION)[1]


def test_numbers_of_a_value_are_those_of_its_customers_alone(logged, told, tmp_path):
    who = customers(logged)
    south = logged[logged["customer"].isin(who[who["region"] == "South"]["customer"])]
    _, alone = measured(tmp_path, {"interactions": south})
    cut = {k[:2]: f.estimate for k, f in told.items() if k[2] == (("region", "South"),)}
    for (item, measure, _), f in alone.items():
        if (item, measure) in cut and cut[item, measure].shown:
            assert cut[item, measure] == f.estimate
    assert {"reach", "drop_off", "hours_to_next", "recontact_any", "through"} <= {
        m for (_, m), e in cut.items() if e.shown
    }


def test_values_add_up_to_all(told):
    for item in IDS:
        e = told[item, "reach", ()].estimate
        parts = [f.estimate for (i, m, s), f in told.items() if (i, m) == (item, "reach") and s]
        assert sum(p.n for p in parts) == e.n
        assert sum(p.value * p.n for p in parts) == pytest.approx(e.value * e.n)


def test_what_tells_of_a_contact_is_no_dimension_of_a_journey(logged, tmp_path):
    dimensions = {"channel": "channel", "step": "step", "handoff": "handoff", "area": "area"}
    first = logged.sort_values("at").groupby("case")["channel"].transform("first")
    tables = {"interactions": logged.assign(area=first.map({"web": "W", "phone": "P", "chat": "C"}))}
    _, found = measured(tmp_path, tables, dimensions=dimensions)
    assert {d for _, _, s in found for d, _ in s} == {"area"}


def test_a_column_of_contacts_cuts_by_the_first(tmp_path):
    rows = [(f"K{i}", f"C{i}", h, "web", s) for i in range(120) for h, s in ((0, "Ask"), (1, "Prove"))]
    areas = [a if r[-1] == "Ask" else "later" for r in rows for a in [("a", "b")[int(r[0][1:]) % 2]]]
    _, found = measured(tmp_path, {"interactions": events(*rows).assign(area=areas)}, dimensions={"area": "area"})
    assert {s[0][1]: f.estimate.value for (_, m, s), f in found.items() if s and m == "journeys"} == {"a": 60, "b": 60}


def test_customers_of_no_region_are_a_value(logged, tmp_path):
    who = customers(logged)
    tables = {"interactions": logged, "customers": who.assign(region=who["region"].replace("East", ""))}
    _, found = measured(tmp_path, tables, dimensions=REGION)
    assert {v for _, _, s in found for _, v in s} == {"South", "North", "(unknown)"}


def test_a_dimension_of_very_many_values_is_left_out_and_told(logged, tmp_path):
    who = customers(logged).assign(segment=[f"s{i % 40}" for i in range(len(customers(logged)))])
    study, found = measured(tmp_path, {"interactions": logged, "customers": who}, dimensions=SEGMENT)
    assert {d for _, _, s in found for d, _ in s} == {"region"}
    assert any("not cut by segment: that has 40 values" in n for n in study.notes)


def test_a_value_of_few_customers_is_not_named(logged, tmp_path):
    who = customers(logged, rare=3)
    _, found = measured(tmp_path, {"interactions": logged, "customers": who}, dimensions=REGION)
    assert "Island" not in json.dumps([str(f) for f in found.values()])
    shown = {v for _, m, s in found for _, v in s}
    assert len(shown) == 2, "of the others one more is hidden, or the three would be what is left"


def test_a_value_that_stands_apart_is_found_and_no_other(tmp_path):
    logged = log(1200, customers=1200, seed=5, stray=0, weights=(1, 3, 1, 6))
    who = customers(logged)
    south = set(who[who["region"] == "South"]["customer"])
    rng = random.Random(3)
    lost = {c for c in south if rng.random() < 0.5}
    logged = logged[~(logged["customer"].isin(lost) & logged["step"].isin(["Sign", "Settle"]))]
    _, found = measured(tmp_path, {"interactions": logged, "customers": who}, dimensions=REGION)
    apart = {(i, s[0][1]): f.estimate for (i, m, s), f in found.items() if m == "drop_off_vs_others"}
    assert len(apart) == 9
    assert {k for k, e in apart.items() if e.low > 0} == {("prove", "South")}
    assert apart["prove", "South"].method.endswith("Holm of 9")
    mine, all_ = (found["prove", "drop_off", s].estimate for s in ((("region", "South"),), ()))
    rest = (all_.value * all_.n - mine.value * mine.n) / (all_.n - mine.n)
    assert apart["prove", "South"].value == pytest.approx(mine.value - rest)


def test_the_surest_difference_has_the_widest_interval_of_holm(told):
    """Of k comparisons none of which is sure, each gets the interval of Bonferroni."""
    apart = {k: f.estimate for k, f in told.items() if k[1] == "drop_off_vs_others"}
    assert apart
    assert not any(e.low > 0 or e.high < 0 for e in apart.values())
    for (item, _, s), e in apart.items():
        one, all_ = (told[item, "drop_off", x].estimate for x in (s, ()))
        other = Sums.of(n=all_.n - one.n, y=all_.n * all_.value - one.n * one.value)
        plain = proportion.difference(Sums.of(n=one.n, y=one.n * one.value), other, conf=1 - 0.05 / len(apart))
        assert e.value == pytest.approx(plain.value[0])
        assert (e.low, e.high) == pytest.approx((plain.low[0], plain.high[0]), abs=0.02)


def test_a_step_hidden_for_all_is_hidden_for_each(tmp_path):
    logged = log(400, customers=400, stray=0, day=60)
    logged = logged[logged["step"].isin(["Ask", "Prove"])]
    few = pd.DataFrame([(f"K{i}", f"C{i}", "2026-03-20", "web", "Sign") for i in range(3)], columns=logged.columns)
    logged = pd.concat([logged, few])
    _, found = measured(tmp_path, {"interactions": logged, "customers": customers(logged)}, dimensions=REGION)
    hidden = {k[:2] for k, f in found.items() if not k[2] and f.estimate.status == "suppressed"}
    assert ("sign", "reach") in hidden
    assert not [k for k, f in found.items() if k[2] and k[:2] in hidden and f.estimate.status != "suppressed"]


def test_the_order_of_rows_does_not_matter(logged, told, tmp_path):
    tables = {"interactions": logged.sample(frac=1, random_state=5), "customers": customers(logged)}
    assert measured(tmp_path, tables, dimensions=REGION)[1] == told


# The attack: every count that is published of a value, or that is left when published ones are taken from a whole, is
# the size of a set of journeys; so is the difference of two such counts, where one set lies within the other.


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("stray", [0.0, 0.15])
def test_nothing_hidden_can_be_found_by_subtraction(tmp_path, seed, stray):
    rng = random.Random(seed)
    n = rng.choice([120, 200, 320])
    weights = (rng.uniform(0.02, 1), rng.uniform(0.02, 1), rng.uniform(0.02, 1), rng.uniform(3, 9))
    logged = log(n, customers=n, seed=seed, stray=stray, weights=weights, day=30)
    who = customers(logged, rare=rng.choice([0, 2, 9]), seed=seed)
    town = {"Island": ["I"], "South": ["S1", "S2"], "North": ["N1", "N2", "N3"], "East": ["E1"]}
    who["segment"] = [rng.choices(town[r], [5, 1, 1][: len(town[r])])[0] for r in who["region"]]
    _, found = measured(tmp_path, {"interactions": logged, "customers": who}, dimensions=SEGMENT)
    _, plain = measured(tmp_path, {"interactions": logged})
    sets = _sets(logged)
    of_all = {a.journeys - b.journeys for a, b in _differences({("", ""): _published(plain, sets, who)["", ""]})}
    for a, b in _differences(_published(found, sets, who), strictly=stray == 0):
        few = a.journeys - b.journeys
        assert not 0 < len(few) < FEW or few in of_all, (a.name, b.name, sorted(few))


def test_the_attack_finds_what_is_not_hidden(tmp_path):
    """It would be worth nothing if there were nothing to find."""
    logged = log(200, customers=200, seed=1, stray=0, weights=(0.1, 0.1, 0.1, 9), day=30)
    who = customers(logged)
    _, found = measured(tmp_path, {"interactions": logged, "customers": who}, dimensions=REGION, threshold=1)
    pairs = list(_differences(_published(found, _sets(logged), who)))
    assert any(0 < len(a.journeys - b.journeys) < FEW for a, b in pairs)
    assert any(b.journeys and 0 < len(a.journeys - b.journeys) < FEW for a, b in pairs)


class Set(NamedTuple):
    """Journeys, and the number whose base, hits or misses they are."""

    name: tuple[str, ...]
    journeys: frozenset[str]
    among: frozenset[str]


def _sets(logged: pd.DataFrame) -> dict[tuple[str, str, str], frozenset[str]]:
    """The journeys behind the base, the hits and the misses of each number; each customer has one."""
    rows = logged.assign(pos=logged["step"].map(STEPS.index)).sort_values(["case", "at", "pos"])
    paths = {c: list(r) for c, r in rows.groupby("customer")["pos"]}
    all_ = frozenset(paths)
    found = {("", "journeys", "base"): all_}
    collapsed = {c: [p for i, p in enumerate(ps) if i == 0 or ps[i - 1] != p] for c, ps in paths.items()}
    fits = frozenset(c for c, ps in collapsed.items() if ps == list(range(len(ps))))
    found |= {("", "fit", "base"): all_, ("", "fit", "hits"): fits}
    for i, item in enumerate(IDS):
        came = frozenset(c for c, ps in paths.items() if i in ps)
        ended = frozenset(c for c in came if list(dict.fromkeys(paths[c]))[-1] == i)
        inorder = frozenset(c for c in came if _in_order(paths[c], i))
        again = frozenset(c for c in came if collapsed[c].count(i) > 1)
        beyond = {c: next((k for k, p in enumerate(ps) if p > i), None) for c, ps in paths.items()}
        base = frozenset(c for c, k in beyond.items() if k is not None)
        skipped = frozenset(c for c in base if i not in paths[c][: beyond[c]])
        for measure, whole, hits in (
            ("reach", all_, came), ("through", all_, inorder), ("drop_off", came, ended), ("repeat", came, again),
            ("skip", base, skipped), ("channel_switch", came - ended, None), ("recontact_any", came, None),
        ):  # fmt: skip
            found[item, measure, "base"] = whole
            if hits is not None:
                found[item, measure, "hits"] = hits
        found[item, "ended", "base"] = ended
    return found


def _in_order(path: list[int], last: int) -> bool:
    left = iter(path)
    return all(any(p == k for p in left) for k in range(last + 1))


def _published(found: Found, sets, who: pd.DataFrame) -> dict[tuple[str, str], list[Set]]:
    """Sets of journeys of a value whose sizes are published, and those of the values that are not, taken together."""
    told: dict[tuple[str, str], list[Set]] = {}
    shown: dict[tuple[str, tuple[str, str, str]], set[str]] = {}
    for (item, measure, s), f in found.items():
        dimension, value = s[0] if s else ("", "")
        everybody = frozenset(who[who[dimension] == value]["customer"]) if s else frozenset(who["customer"])
        for key in [
            (item, measure, k) for k in ("base", "hits") if (item, measure, k) in sets and _size(f, k) is not None
        ]:
            assert measure in ("channel_switch", "recontact_any") or _size(f, key[2]) == len(sets[key] & everybody)
            told.setdefault((dimension, value), []).extend(_with_misses(sets, key, everybody))
            shown.setdefault((dimension, key), set()).add(value)
    for (dimension, key), values in shown.items():
        if dimension and _size(found[*key[:2], ()], key[2]) is not None:
            rest = frozenset(who[~who[dimension].isin(values)]["customer"])
            told.setdefault((dimension, "all but " + ",".join(sorted(values))), []).extend(
                _with_misses(sets, key, rest)
            )
    for (dimension, value), mine in told.items():
        named = {s.name for s in mine}
        if all((i, "drop_off", "hits") in named for i in IDS[:-1]) and ("settle", "reach", "hits") in named:
            among = frozenset(who[who[dimension] == value]["customer"]) if dimension else frozenset(who["customer"])
            mine.append(Set(("settle", "ended", "base"), sets["settle", "ended", "base"] & among, among))
    return told


def _size(finding, kind: str) -> int | None:
    """How many journeys a finding tells of: in its base, or hits."""
    e = finding.estimate
    if kind == "base" or e.n is None:
        return e.n
    return round(e.value * e.n) if e.shown else None


def _with_misses(sets, key: tuple[str, str, str], among: frozenset[str]) -> list[Set]:
    mine = Set(key, sets[key] & among, among)
    misses = Set((*key[:2], "misses"), (sets[*key[:2], "base"] & among) - mine.journeys, among)
    return [mine, misses] if key[2] == "hits" else [mine]


def _differences(published: dict[tuple[str, str], list[Set]], *, strictly: bool = True) -> Iterator[tuple[Set, Set]]:
    """Pairs of sets of which the second lies within the first, the empty one too; of parts and wholes as well.

    Args:
        published: The sets of each value.
        strictly: Whether all that are so by chance count, and not only those that are by what they mean.
    """
    nobody, of = Set(("", "nobody"), frozenset(), frozenset()), dict[str, list[Set]]()
    for (dimension, _), sets in published.items():
        for a, b in itertools.product(sets, [nobody, *sets]):
            if b.journeys <= a.journeys and (strictly or _means(a, b)):
                yield a, b
        of.setdefault(dimension, []).extend(sets)
    for one, other in itertools.permutations(of, 2):
        for a, b in itertools.product(of[one], of[other]):
            if b.among <= a.among and a.name == b.name:
                yield a, b


def _means(a: Set, b: Set) -> bool:
    """Whether one set lies in another by what they are: at the same step, in the funnel, or among all journeys."""
    return "" in (a.name[0], b.name[0]) or a.name[0] == b.name[0] or a.name[1] == b.name[1] == "through"
