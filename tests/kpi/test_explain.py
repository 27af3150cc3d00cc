"""One number from end to end: found by what a person types, told with what it rests on, checked by its own SELECT."""

from __future__ import annotations

import contextlib
import math
import sys
from dataclasses import replace

import duckdb
import pytest
from build import small_engagement, survey_rows
from conftest import TODAY
from kpi.test_standalone import load_workbooks, name_of

import cxkit
from cxkit import cli
from cxkit._blocks import Code, block_from_json
from cxkit._plain import plain
from cxkit.errors import ParameterError
from cxkit.evidence.estimate import Estimate
from cxkit.kpi.explain import explain, sql_of_slice
from cxkit.kpi.lookup import find_kpi, find_slice, read_where

SOUTH = (("region", "South"),)


@pytest.fixture(scope="module")
def view(aldermoor):
    return aldermoor.view("2026-Q3")


def told(view, kpi: str, **given) -> str:
    return "\n".join(plain(b) for b in explain(view, kpi, **given).blocks if not isinstance(b, Code))


def with_cell(view, kpi: str, estimate: Estimate, slice_=()):
    """The view with another estimate in one cell."""
    cells = [
        replace(c, estimate=estimate) if (c.kpi, c.period, c.slice) == (kpi, view.period, slice_) else c
        for c in view.evidence.cells
    ]
    return replace(view, evidence=replace(view.evidence, cells=tuple(cells)))


# --- what a person types ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["nps", "NPS", " Nps ", "Net Promoter Score", "net promoter score®"])
def test_a_kpi_is_found_by_id_or_name(view, name):
    assert find_kpi(view, name).id == "nps"


@pytest.mark.parametrize(("name", "hint"), [("nsp", "'nps'"), ("contact rat", "'contact_rate'"), ("xyz", "Measured: ")])
def test_an_unknown_kpi_is_told_with_the_nearest(view, name, hint):
    with pytest.raises(ParameterError, match="was not measured") as caught:
        find_kpi(view, name)
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    "given", [{"segment": "south"}, {"where": {"Region": "SOUTH"}}, {"where": {"region": "South"}}]
)
def test_a_value_is_found_in_any_dimension(view, given):
    assert find_slice(view, view.kpi("nps"), **given) == SOUTH


def test_a_pair_stands_in_the_order_of_the_engagement(view):
    pair = find_slice(view, view.kpi("nps"), where={"segment": "household", "region": "south"})
    assert pair == (("region", "South"), ("segment", "Household"))


@pytest.mark.parametrize(
    ("given", "what", "hint"),
    [
        ({"segment": "Sout"}, "not measured for 'Sout'", "Did you mean 'South'?"),
        ({"where": {"area": "South"}}, "no dimension 'area'", "Dimensions: region"),
        ({"where": {"region": "Sud"}}, "no value 'Sud'", "Did you mean 'South'?"),
        ({"where": {"region": "South", "product": "Variable"}}, "region and product together", "Declared pairs"),
        ({"where": {"region": "North"}, "segment": "south"}, "one value of a dimension", "--where region=North"),
    ],
)
def test_a_slice_that_is_not_there_is_told(view, given, what, hint):
    with pytest.raises(ParameterError, match=what) as caught:
        find_slice(view, view.kpi("nps"), **given)
    assert hint in caught.value.hint


def test_a_value_of_two_dimensions_is_asked_back(view):
    twice = tuple(
        d.model_copy(update={"values": (*d.values, "Deep South", "South")}) if d.id == "segment" else d
        for d in view.manifest.dimensions
    )
    manifest = view.evidence.manifest.model_copy(update={"dimensions": twice})
    both = replace(view, evidence=replace(view.evidence, manifest=manifest))
    with pytest.raises(ParameterError, match="'south' is a value of region and segment") as caught:
        find_slice(both, both.kpi("nps"), segment="south")
    assert caught.value.hint == "Say which: --where region=South, or --where segment=South."


@pytest.mark.parametrize("given", [["region"], ["=South"], ["region="], ["region=South", "region=North"]])
def test_what_is_no_pair_is_refused(given):
    with pytest.raises(ParameterError):
        read_where(given)


def test_a_value_may_hold_an_equals_sign():
    assert read_where(["plan=a=b"]) == {"plan": "a=b"}


# --- what it tells ---------------------------------------------------------------------------------------------------


def test_it_tells_the_number_its_definition_and_its_base(view):
    text, cell, kpi = told(view, "NPS", segment="south"), view.cell("nps", SOUTH), view.kpi("nps")
    assert f"{cell.id}@{cell.fingerprint}" in text
    for part in ("Region: South", kpi.question, kpi.definition, "score >= 9", "score between 0 and 10", kpi.source):
        assert part in text
    assert f"{cell.estimate.n} answers" in text
    assert f"{cell.estimate.left_out} of {cell.estimate.n + cell.estimate.left_out}" in text
    assert f"evidence {view.manifest.evidence}".lower() in text.lower()


def test_it_tells_each_comparison_with_its_family(view):
    text = told(view, "nps", segment="South")
    found = [view.comparison("nps", a, SOUTH) for a in ("previous", "baseline", "rest")]
    sizes = [c.family.rpartition(":")[2] for c in found]
    for against, size in zip(("the period before", "the baseline", "the rest of the customers"), sizes, strict=True):
        (line,) = [x for x in text.splitlines() if against in x and "points (" in x]
        assert f" {size} " in line
        assert " worse " in line


def test_how_many_it_takes_is_cohens_formula(view):
    """The difference of two shares by the normal approximation, as statsmodels has it but for its arcsine."""
    e = view.cell("csat").estimate
    z = 1.959964 + 0.841621
    design = e.n / e.n_eff
    needed = math.ceil(2 * e.value * (1 - e.value) * (z / 0.05) ** 2 * design)
    (line,) = [x for x in told(view, "csat").splitlines() if "four of five cases, looked at alone" in x]
    assert "5\u00a0percentage points" in line
    count = int(line.split("two periods of ")[1].split()[0].replace(",", ""))
    assert count == pytest.approx(needed, rel=0.002)


def test_a_note_of_the_scale_and_an_override_are_told(view):
    kpis = tuple(
        k.model_copy(update={"note": "Asked on 1 to 10", "overrides": "promoters from 8 on", "weight": "weight"})
        if k.id == "nps" else k for k in view.manifest.kpis
    )  # fmt: skip
    manifest = view.evidence.manifest.model_copy(update={"kpis": kpis})
    text = told(replace(view, evidence=replace(view.evidence, manifest=manifest)), "nps")
    for part in ("Asked on 1 to 10", "promoters from 8 on"):
        assert part in text


@pytest.mark.parametrize(
    ("estimate", "said"),
    [
        (Estimate.without("too_few", n=18), ("n 18: too few to show", "a number is shown from 30 on")),
        (Estimate.without("suppressed", n=None), ("suppressed", "Fewer than 5 customers")),
        (Estimate.without("no_data", n=0), ("no data", "Nothing that counts lies in this period")),
        (Estimate.without("undefined", n=40), ("cannot be computed", "no number follows from it")),
    ],
)
def test_why_there_is_no_number_is_told(view, estimate, said):
    text = " ".join(told(with_cell(view, "nps", estimate, SOUTH), "nps", segment="South").split())
    for part in said:
        assert part in text
    assert "What the test says" not in text


def test_nothing_of_a_hidden_neighbour_is_told(view):
    assert "hidden" not in told(view, "nps", segment="South")


# --- its own SELECT --------------------------------------------------------------------------------------------------


def check_slices(engagement, kpis, dimensions) -> int:
    """Run the SELECT of each shown slice and compare; returns how many numbers were compared."""
    view, compared = engagement.view(), 0
    with contextlib.chdir(engagement.root), duckdb.connect() as connection:
        load_workbooks(connection, engagement)
        for kpi in kpis:
            slices = {c.slice for c in view.evidence.cells if c.kpi == kpi and {d for d, _ in c.slice} == dimensions}
            for slice_ in sorted(slices)[:3]:
                sql = sql_of_slice(view, view.kpi(kpi), slice_)
                for start, n, value in connection.execute(sql).fetchall():
                    cell = view.cell(kpi, slice_, period=name_of(start, view.length, view.periods))
                    if cell is not None and cell.estimate.shown:
                        assert (n, value) == (cell.estimate.n, pytest.approx(cell.estimate.value, rel=1e-12))
                        compared += 1
    return compared


KPIS = ("nps", "churn", "contact_rate", "grr", "fcr", "step_completion", "time_to_resolve_p90", "lifetime_period")


@pytest.mark.parametrize("dimensions", [{"region"}, {"region", "segment"}])
def test_the_select_of_a_slice_gives_its_number(aldermoor, dimensions):
    kpis = [k for k in KPIS if k in {r.id for r in aldermoor.view().manifest.kpis}]
    assert check_slices(aldermoor, kpis, dimensions) > 60


def test_the_select_of_a_slice_stands_alone_where_unknown_customers_are_kept(tmp_path):
    from build import SOURCES

    sources = SOURCES.replace("files: data/survey*.csv", "files: data/survey*.csv\n    unknown_customers: keep")
    rows = [*survey_rows(), "R900,2026-02-03 10:00:00,NOBODY,9,Web"]
    engagement = small_engagement(tmp_path, sources=sources, survey__csv="\n".join(rows) + "\n")
    engagement.measure(today=TODAY)
    # North and South in three quarters; North is hidden in the first, where it would tell of the unknown one.
    assert check_slices(engagement, ["nps"], {"region"}) == 5


def test_only_the_rows_that_were_read_for_it_are_told(view):
    text = told(view, "nps")
    assert "survey" in text.split("Rows that it was made of")[1]
    assert "tickets" not in text.split("Rows that it was made of")[1]


# --- the command -----------------------------------------------------------------------------------------------------


@pytest.fixture
def run(capsys, monkeypatch):
    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["cxkit", *words])
        try:
            cli.main()
            code = 0
        except SystemExit as stop:
            code = int(stop.code or 0)
        return code, *capsys.readouterr()

    return call


def test_the_command_runs_in_the_folder_of_the_engagement(run, aldermoor):
    with contextlib.chdir(aldermoor.root):
        code, out, _ = run("explain", "NPS", "--segment", "south", "--period", "2026-Q3")
    assert code == 0
    assert out.startswith("Net Promoter Score® is ")
    assert "-- Only region: South\n" in out
    assert out == run("explain", "NPS", str(aldermoor.root), "--where", "region=South", "--period", "2026-Q3")[1]


def test_the_command_prints_the_select_alone(run, aldermoor):
    code, out, _ = run("explain", "nps", str(aldermoor.root), "--segment", "South", "--sql")
    assert code == 0
    assert out.startswith("-- Net Promoter Score®")
    assert "-- Only region: South\n" in out


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["nsp"], "Did you mean 'nps'?"),
        (["nps", "--segment", "Sout"], "Did you mean 'South'?"),
        (["nps", "--where", "region"], "no pair of dimension and value"),
        (["nps", "--period", "2031-Q1"], "no complete period"),
        (["nps", "--against", "releases/none"], "no release"),
    ],
)
def test_wrong_words_leave_with_2_and_a_hint(run, aldermoor, words, what):
    code, out, err = run("explain", words[0], str(aldermoor.root), *words[1:])
    assert (code, out) == (2, "")
    assert what in err
    assert "Hint:" in err


def test_a_hidden_number_is_no_failure(run, tmp_path):
    may = [r for r in survey_rows() if ",2026-05-" in r and int(r.split(",")[2][1:]) % 2]
    rows = [r for r in survey_rows() if r not in may[3:]]
    small_engagement(tmp_path, survey__csv="\n".join(rows) + "\n").measure(today=TODAY)
    code, out, _ = run("explain", "nps", str(tmp_path), "--segment", "south", "--period", "2026-Q2")
    assert code == 0
    assert "has no value" in out
    assert "Fewer than 5 customers stand behind it" in out


def test_a_notebook_shows_it_and_a_report_reads_it_back(view):
    found = explain(view, "nps", segment="South")
    assert block_from_json(found.to_json()) == found
    assert [b.language for b in found.blocks if isinstance(b, Code)] == ["sql"]
    assert cxkit.explain is explain
