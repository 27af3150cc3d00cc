"""What may be chosen is what was measured: every open choice has cells, every closed one has none."""

from __future__ import annotations

import itertools

import fake
import pytest

from cxkit.evidence.view import Evidence
from cxkit.kpi.choose import WHOLE, Wish, cells_by, settle

EVIDENCE = fake.evidence()
WISHES = [
    Wish(),
    Wish(length="month"),
    Wish(kpi="grr", split="region"),
    Wish(kpi="ces", period="2025-Q4", against="baseline", split="channel"),
    Wish(kpi="no such", length="year", period="1999", against="never", split="shoe", and_by="size"),
]


def measured(evidence, kpi, period, dimensions) -> bool:
    return any(
        c.kpi == kpi and c.period == period and {d for d, _ in c.slice} == set(dimensions) for c in evidence.cells
    )


@pytest.mark.parametrize("wish", WISHES)
def test_a_choice_is_open_when_it_leads_to_cells(wish):
    chosen = settle(EVIDENCE, wish)
    kpi, period = chosen.kpi, chosen.period
    for option in chosen.options["split"][1:]:
        assert option.disabled != measured(EVIDENCE, kpi, period, [option.value])
    for option in chosen.options["period"]:
        assert option.disabled != measured(EVIDENCE, kpi, option.value, [])
    for option in chosen.options["kpi"]:
        assert option.disabled != measured(EVIDENCE, option.value, period, [])
    compared = {c.against for c in EVIDENCE.comparisons if c.period == period and not c.slice}
    assert {o.value for o in chosen.options["against"] if not o.disabled} == compared & {"previous", "baseline"}


@pytest.mark.parametrize("wish", WISHES)
def test_what_is_chosen_is_open_and_chooses_itself(wish):
    chosen = settle(EVIDENCE, wish)
    for name, options in chosen.options.items():
        free = [o.value for o in options if not o.disabled]
        assert getattr(chosen, name) in (free or [getattr(chosen, name)])
    assert settle(EVIDENCE, chosen.wish).wish == chosen.wish


def test_a_wish_that_cannot_be_met_is_met_again_when_it_can():
    wish = Wish(kpi="grr", split="region")
    assert settle(EVIDENCE, wish).split == WHOLE
    assert settle(EVIDENCE, Wish(kpi="nps", split=wish.split)).split == "region"


def test_the_view_compares_with_what_was_chosen_only():
    view = settle(EVIDENCE, Wish(against="baseline")).view
    assert {c.against for c in view.evidence.comparisons} == {"baseline", "rest"}


def test_a_second_dimension_can_be_had_for_a_declared_pair_only(aldermoor):
    evidence = aldermoor.evidence()
    declared = {frozenset(p) for p in evidence.manifest.pairs}
    for one, two in itertools.permutations(evidence.manifest.dimensions, 2):
        chosen = settle(evidence, Wish(kpi="nps", split=one.id, and_by=two.id))
        met = chosen.split == one.id and chosen.and_by == two.id
        assert met == ({one.id, two.id} in declared and measured(evidence, "nps", chosen.period, [one.id, two.id]))
    assert any(len(p) == 2 for p in declared)


def test_without_a_pair_the_second_dimension_is_closed_and_says_why():
    (only,) = settle(EVIDENCE, Wish(split="region")).options["and_by"]
    assert (only.value, only.label, only.disabled) == (WHOLE, "not declared", True)


def test_a_client_without_kpis_has_nothing_to_choose():
    chosen = settle(Evidence(fake.manifest(kpis=(), dimensions=(), baseline=None), (), (), {}), Wish())
    assert (chosen.kpi, chosen.split, chosen.against) == ("", WHOLE, "")


def test_the_cells_of_a_split_stand_in_the_order_of_its_values():
    found = [c.slice[0][1] for c in cells_by(fake.view(), "nps", ("region",))]
    assert found == list(fake.DIMENSIONS["region"])
