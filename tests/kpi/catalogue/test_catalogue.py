"""What holds for every KPI of the catalogue: it says what it means, and its SQL can be run."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from kpi.catalogue.rows import CATALOGUE, measure_cells, open_rows

from cxkit._sql import columns_of, parse_predicate, sql_text
from cxkit.data.contract import CONTRACTS
from cxkit.kpi.measure import plans_of
from cxkit.kpi.model import definition_hash

KPIS = sorted(CATALOGUE.kpis)
TABLES = sorted(CATALOGUE.tables)
EMPTY = {t: [] for t in CONTRACTS}
OFFERED = {
    "nps", "csat", "ces", "fcr", "contact_rate", "closed_in_time", "transfer_rate", "churn", "grr", "nrr",
    "context_kept", "step_completion", "repeat_purchase", "order_value",
}  # fmt: skip
TYPES = {
    "text": ("VARCHAR",),
    "integer": ("INTEGER", "BIGINT", "HUGEINT"),
    "number": ("DOUBLE", "DECIMAL"),
    "boolean": ("BOOLEAN",),
    "date": ("DATE", "TIMESTAMP"),
    "timestamp": ("TIMESTAMP",),
}
NUMBERS = {3: "three", 7: "seven", 365: "year"}


def columns(name: str) -> set[str]:
    return set(CATALOGUE.tables[name].columns if name in CATALOGUE.tables else CONTRACTS[name].columns)


def parameters(name: str) -> dict:
    kpi = CATALOGUE.kpis[name]
    own = CATALOGUE.tables[kpi.table].parameters if kpi.table in CATALOGUE.tables else {}
    return {**own, **kpi.parameters}


@pytest.mark.parametrize("name", KPIS)
def test_a_kpi_says_what_it_is_and_what_it_is_not(name):
    kpi = CATALOGUE.kpis[name]
    assert kpi.question.endswith("?")
    assert all((kpi.label, kpi.base_text, kpi.source, kpi.owner_role, kpi.variants))
    assert kpi.counts != "rows"
    assert not any(text.endswith(".") for text in (kpi.label, kpi.base_text, kpi.source, *kpi.variants))


@pytest.mark.parametrize("name", KPIS)
def test_the_sql_of_a_kpi_reads_columns_that_there_are(name):
    kpi = CATALOGUE.kpis[name]
    known = columns(kpi.table)
    for text in (*kpi.sql_fields.values(), kpi.base):
        assert columns_of(parse_predicate(text, known, parameters=kpi.parameters)) <= known
    assert set(kpi.scales) <= known
    if kpi.table not in CATALOGUE.tables:
        assert CONTRACTS[kpi.table].time is not None


@pytest.mark.parametrize("name", KPIS)
def test_a_kpi_that_needs_a_scale_leaves_out_what_is_off_it(name):
    kpi = CATALOGUE.kpis[name]
    ends = {
        c: tuple(float(x) for x in ends)
        for c, ends in re.findall(r"(\w+) between (\d+ and \d+)", kpi.base)
        for ends in [ends.split(" and ")]
    }
    assert ends == kpi.scales


@pytest.mark.parametrize("name", KPIS)
def test_a_share_lies_between_none_and_all(name):
    kpi = CATALOGUE.kpis[name]
    if kpi.unit == "percent" and kpi.kind in ("proportion", "survival", "lift"):
        assert kpi.limits is None or (kpi.limits[0] >= (-1 if kpi.kind == "lift" else 0) and kpi.limits[1] <= 1)
        assert kpi.scale == 1
    if kpi.unit in ("per_100", "per_1000"):
        assert kpi.scale == float(kpi.unit.removeprefix("per_"))
    if kpi.kind == "net":
        assert (kpi.unit, kpi.limits) == ("points", (-100, 100))


@pytest.mark.parametrize("name", [k for k in KPIS if CATALOGUE.kpis[k].parameters])
def test_the_words_name_the_window_that_is_measured(name):
    kpi = CATALOGUE.kpis[name]
    told = f"{kpi.label} {kpi.base_text} {kpi.source}"
    for parameter, value in kpi.parameters.items():
        assert parameter in f"{kpi.sql_fields} {kpi.base}" or parameter in CATALOGUE.tables[kpi.table].parameters
        if parameter.endswith(("_days", "_seconds")):
            assert re.search(rf"\b({value:g}|{NUMBERS.get(value, value)})\b", told)


@pytest.mark.parametrize("name", TABLES)
def test_a_derived_table_says_what_it_needs(name):
    table = CATALOGUE.tables[name]
    assert all((table.meaning, table.grain, table.source, table.needs))
    assert table.time in table.columns
    assert table.repeated_by is None or table.repeated_by in table.columns
    for contract, needed in table.needs.items():
        assert set(needed) <= set(CONTRACTS[contract].columns)
    assert set(re.findall(r":([a-z_]+)", table.sql)) - {"as_of", "since", "period"} == set(table.parameters)
    assert any(k.table == name for k in CATALOGUE.kpis.values())


@pytest.fixture(scope="module")
def relations():
    """Columns and types that each derived table really has."""
    with open_rows(EMPTY, kpis=KPIS) as (db, request):
        plans = {p.table: p for p in plans_of(request) if p.derived}
        return {t: db.columns(p.relation) for t, p in plans.items()}, {
            t: sql_text(p.relation) for t, p in plans.items()
        }


@pytest.mark.parametrize("name", TABLES)
def test_a_derived_table_has_the_columns_that_it_names(relations, name):
    found = relations[0][name]
    assert set(found) == set(CATALOGUE.tables[name].columns)
    wrong = {c: t for c, t in found.items() if not t.startswith(TYPES[CATALOGUE.tables[name].columns[c]])}
    assert wrong == {}


def test_every_kpi_runs_on_tables_without_a_row_and_finds_nothing():
    cells = measure_cells(EMPTY, kpis=KPIS).cells
    assert {c.kpi for c in cells if c.estimate.shown} == set()


def test_no_two_kpis_are_the_same():
    hashes = {
        k: definition_hash(v, CATALOGUE.tables.get(v.table), parameters=parameters(k))
        for k, v in CATALOGUE.kpis.items()
    }
    assert [k for k, h in hashes.items() if Counter(hashes.values())[h] > 1] == []
    for field in ("label", "question"):
        said = Counter(getattr(k, field) for k in CATALOGUE.kpis.values())
        assert [t for t, n in said.items() if n > 1] == []


def test_an_engagement_that_names_no_kpis_is_offered_the_usual_ones():
    assert {k for k, v in CATALOGUE.kpis.items() if v.rank < 99} == OFFERED


def test_the_contacts_of_a_customer_are_taken_together():
    derived = {t: CATALOGUE.tables[t] for t in SERVICE if t in CATALOGUE.tables}
    assert {t for t, v in derived.items() if v.repeated_by != "customer_id"} == set()


def test_less_effort_and_fewer_contacts_are_better():
    lower = {k for k, v in CATALOGUE.kpis.items() if v.better == "lower" and v.table in SERVICE}
    assert lower == {
        "ces_1", "abandonment", "abandonment_gross", "channel_switch", "channel_switches_per_case", "contact_rate",
        "cost_per_contact", "recontact", "recontact_any", "time_to_resolve_median", "time_to_resolve_p90",
        "transfer_rate", "transfers_per_contact",
    }  # fmt: skip
    neither = {k for k, v in CATALOGUE.kpis.items() if v.better == "neither" and v.table in SERVICE}
    assert neither == {"digital_share", "handle_time"}


SERVICE = {
    "responses", "interactions", "staff_answers", "invited", "first_contact", "resolvable_contacts",
    "followed_contacts", "closings", "resolution_times", "agreed_times", "case_channels", "customer_months",
    "handoffs", "step_moves",
}  # fmt: skip
