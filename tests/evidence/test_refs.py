"""A reference finds its number, or says with place and hint why it cannot."""

from __future__ import annotations

from dataclasses import replace

import fake
import pytest
from pydantic import ValidationError

from cxkit.errors import DocumentError
from cxkit.evidence.estimate import Estimate
from cxkit.evidence.findings import Finding
from cxkit.evidence.manifest import StudyRecord
from cxkit.evidence.refs import Ref, find, find_all, read_amount

STUDY = StudyRecord(
    id="journey/moving", kind="journey", label="Moving home", definition="1f0c22aa", counts="cases",
    first="2026-01-01", last="2026-10-31", items={"identity_check": "Prove who you are"},
)  # fmt: skip
DROP = Finding(
    "journey/moving", "identity_check", "drop_off", "percent", "lower", Estimate(0.34, 0.29, 0.39, 412), "1f"
)
FIT = Finding("journey/moving", "", "fit", "percent", "higher", Estimate(0.9, 0.8, 0.95, 412), "1f")
BY_REGION = [
    replace(DROP, slice=(("region", v),), estimate=Estimate(x, x - 0.1, x + 0.1, 90))
    for v, x in (("South", 0.5), ("North", 0.2))
]
SOUTHERN = replace(DROP, measure="drop_off_vs_others", slice=(("region", "South"),))


@pytest.fixture(scope="module")
def view():
    evidence = fake.evidence(studies=(STUDY,), pairs=(("region", "segment"),))
    return replace(evidence, findings=(DROP, FIT, *BY_REGION, SOUTHERN)).at("2026-Q3")


def found(view, **ref):
    return find(view, Ref.model_validate(ref), where=lambda: "gates/x.yaml:7, column 3")


def refused(view, **ref) -> str:
    with pytest.raises(DocumentError) as error:
        found(view, **ref)
    assert "gates/x.yaml:7" in str(error.value)
    return str(error.value)


def test_a_kpi_is_its_cell_of_the_period_in_view(view):
    assert found(view, kpi="nps").estimate == view.cell("nps").estimate
    south = found(view, kpi="nps", where={"region": "South"})
    assert south.estimate == view.cell("nps", (("region", "South"),)).estimate
    assert (south.part, south.comparisons.keys()) == ("South", {"rest"})


def test_only_the_whole_is_held_against_the_target(view):
    assert found(view, kpi="nps").target == 30
    assert found(view, kpi="nps", where={"region": "South"}).target is None


def test_a_measure_of_a_journey_is_its_finding_with_its_step_in_words(view):
    drop = found(view, journey="moving", step="identity_check", measure="drop_off")
    assert (drop.estimate, drop.part) == (DROP.estimate, "Prove who you are, Moving home")


CHECK = {"journey": "moving", "step": "identity_check"}


def test_a_measure_of_a_journey_is_cut_by_a_dimension(view):
    south = found(view, **CHECK, measure="drop_off", where={"region": "South"})
    assert south.estimate == BY_REGION[0].estimate
    assert (south.part, south.id) == (
        "Prove who you are, South, Moving home", "journey/moving/identity_check/drop_off/region=South",
    )  # fmt: skip


def test_any_stands_for_every_value_that_a_journey_tells_apart(view):
    ref = Ref(**CHECK, measure="drop_off", where={"region": "any"})
    assert [f.estimate.value for f in find_all(view, ref, where=str)] == [0.2, 0.5]


def test_a_measure_that_one_value_lacks_has_no_data(view):
    north = found(view, **CHECK, measure="drop_off_vs_others", where={"region": "North"})
    assert (north.estimate.status, north.estimate.n) == ("no_data", None)
    assert north.id.endswith("region=North")


@pytest.mark.parametrize(
    ("ref", "said", "hint"),
    [
        ({**CHECK, "measure": "drop_off", "where": {"regoin": "South"}}, "no dimension 'regoin'", "region"),
        ({**CHECK, "measure": "drop_off", "where": {"region": "Sout"}}, "no value 'Sout'", "Did you mean 'South'"),
        ({**CHECK, "measure": "drop_off", "where": {"segment": "any"}}, "not measured by segment", "by region"),
        ({"journey": "moving", "measure": "fit", "where": {"region": "South"}}, "'fit' was not taken", "by region"),
        ({"kpi": "npz"}, "'npz' was not measured", "Did you mean 'nps'"),
        ({"kpi": "nps", "where": {"regoin": "South"}}, "no dimension 'regoin'", "region"),
        ({"kpi": "nps", "where": {"region": "Sout"}}, "no value 'Sout'", "Did you mean 'South'"),
        ({"kpi": "grr", "where": {"region": "South"}}, "not measured by region", "no cuts"),
        ({"kpi": "nps", "where": {"region": "South", "channel": "Chat"}}, "together", "Declare the pair"),
        ({"journey": "movin", "measure": "fit"}, "'movin' was not measured", "moving"),
        ({"journey": "moving", "step": "identity", "measure": "drop_off"}, "no step 'identity'", "identity_check"),
        ({"journey": "moving", "step": "identity_check", "measure": "drop"}, "'drop' was not taken", "drop_off"),
    ],
)
def test_what_is_not_there_is_told_with_place_and_hint(view, ref, said, hint):
    told = refused(view, **ref)
    assert said in told
    assert hint in told.partition("Hint:")[2]


def test_a_cell_without_rows_has_no_data_rather_than_an_error(view):
    pair = found(view, kpi="nps", where={"segment": "Business", "region": "South"})
    assert (pair.estimate.status, pair.id) == ("no_data", "nps/2026-Q3/region=South/segment=Business")


def test_any_stands_for_every_value(view):
    each = find_all(view, Ref(kpi="nps", where={"region": "any"}), where=str)
    assert [f.part for f in each] == list(view.dimension("region").values)


@pytest.mark.parametrize(
    "ref", [{}, {"kpi": "nps", "journey": "x", "measure": "fit"}, {"kpi": "nps", "step": "a"}, {"journey": "x"},
            {"kpi": "nps", "where": {"a": "1", "b": "2", "c": "3"}},
            {"journey": "x", "measure": "fit", "where": {"a": "1", "b": "2"}}],
)  # fmt: skip
def test_a_reference_names_one_number(ref):
    with pytest.raises(ValidationError):
        Ref.model_validate(ref)


def test_percentages_read_as_fractions_and_words_stay_words():
    assert [read_amount(v) for v in ("85 %", "-2.5%", 3, "3", None)] == [0.85, -0.025, 3, "3", None]
