"""The hash of a definition changes when what is counted does, and only then; two definitions are never compared."""

from __future__ import annotations

import contextlib
import csv
import re
import shutil
import sys
from dataclasses import replace

import pytest
from build import ENGAGEMENT, small_engagement, survey_rows
from conftest import ROOT, TODAY

from cxkit import cli
from cxkit._documents import read_document
from cxkit._plain import plain
from cxkit.errors import DocumentError, EvidenceError, MergeError, ParameterError
from cxkit.evidence.cells import Cell
from cxkit.evidence.estimate import Estimate
from cxkit.evidence.store import changes_between
from cxkit.kpi.against import compare_evidence, difference_of
from cxkit.kpi.explain import explain
from cxkit.kpi.model import DerivedTable, Kpi, definition_hash, read_catalogue
from cxkit.kpi.provenance import draw_definitions, draw_provenance
from cxkit.report.release import read_release

CATALOGUE = read_catalogue()
NPS = (ROOT / "templates/kpis/nps.yaml").read_text(encoding="utf-8")


def hash_of(kpi: Kpi, table: DerivedTable | None = None) -> str:
    return definition_hash(kpi, table, parameters={**(table.parameters if table else {}), **kpi.parameters})


def of_kpi(kpi: str, **changes) -> str:
    record = CATALOGUE.kpis[kpi]
    return hash_of(
        Kpi.model_validate(record.model_dump(exclude_unset=True) | changes), CATALOGUE.tables.get(record.table)
    )


def of_table(kpi: str, **changes) -> str:
    record = CATALOGUE.kpis[kpi]
    table = CATALOGUE.tables[record.table]
    return hash_of(record, DerivedTable.model_validate(table.model_dump(exclude_unset=True) | changes))


# --- the hash --------------------------------------------------------------------------------------------------------

SAME = {
    "label": "Recommended", "question": "Would they?", "source": "us", "variants": ["another"], "owner_role": "x",
    "rank": 3, "minimum_n": 77, "base_text": "All of them", "counts": "people", "trademark": "TM", "better": "neither",
    "overrides": "nothing", "bounds": (-100.0, 100.0), "scales": {},
}  # fmt: skip


@pytest.mark.parametrize("field", SAME)
def test_what_is_said_about_a_kpi_is_not_its_definition(field):
    assert of_kpi("nps", **{field: SAME[field]}) == of_kpi("nps")


@pytest.mark.parametrize(
    "sql",
    [
        "score>=9",
        "score >= 9 -- promoters",
        "/* promoters */ SCORE\n  >= 9",
        "(score >= 9)",
        '"score" >= 9',
    ],
)
def test_how_sql_is_written_is_not_its_definition(sql):
    assert of_kpi("nps", plus=sql) == of_kpi("nps")


@pytest.mark.parametrize(
    ("one", "two", "alike"),
    [
        ("score > 0 and channel = 'web'", "channel = 'web' and score > 0", True),
        ("a > 1 and b > 2 and c > 3", "c > 3 and (b > 2 and a > 1)", True),
        ("a > 1 and (b > 2 or c > 3)", "(b > 2 or c > 3) and a > 1", True),
        ("a > 1 and (b > 2 or c > 3)", "a > 1 and b > 2 or c > 3", False),
        ("channel = 'web'", "channel = 'Web'", False),
        ("a - b > 0", "b - a > 0", False),
    ],
)
def test_the_order_of_conditions_does_not_count(one, two, alike):
    assert (of_kpi("nps", base=one) == of_kpi("nps", base=two)) is alike


def test_the_order_of_keys_and_comments_of_the_file_do_not_count(tmp_path):
    # A key with the lines that belong to it.
    keys = [k for k in re.split(r"(?m)^(?=\w)", NPS) if k]
    assert len(keys) > 10
    other = "# How many would\n" + "".join(k.rstrip() + "   # said\n" for k in reversed(keys))
    (tmp_path / "nps.yaml").write_text(other, encoding="utf-8")
    assert hash_of(read_document(tmp_path / "nps.yaml", Kpi)) == of_kpi("nps")


@pytest.mark.parametrize(
    ("kpi", "changes"),
    [
        ("nps", {"plus": "score >= 8"}),
        ("nps", {"base": "score between 1 and 10"}),
        ("nps", {"weight": "weight"}),
        ("nps", {"per": 1.0}),
        ("nps", {"table": "interactions"}),
        ("handle_time", {"population": "census"}),
        ("fcr", {"parameters": {"window_days": 30}}),
        ("time_to_resolve_p90", {"share": 0.5}),
        ("lifetime", {"horizon": 24.0}),
        ("lifetime", {"shows": "lost"}),
        ("acquisition_cost", {"inverse": None}),
        ("contact_rate", {"per": 1000.0}),
    ],
)
def test_what_is_counted_is_the_definition(kpi, changes):
    assert of_kpi(kpi, **changes) != of_kpi(kpi)


def test_how_the_interval_is_made_is_not_the_definition():
    assert of_kpi("handle_time", skewed=None) == of_kpi("handle_time")
    assert of_table("fcr", repeated_by=None) == of_table("fcr")


def test_the_derived_table_belongs_to_the_definition():
    table = CATALOGUE.tables[CATALOGUE.kpis["fcr"].table]
    assert of_table("fcr", sql=table.sql + "\n-- a comment") == of_table("fcr")
    assert of_table("fcr", meaning="said otherwise", source="us") == of_table("fcr")
    other = {"time": "later", "columns": {**table.columns, "later": "timestamp"}}
    for changes in ({"sql": table.sql.replace("window_days", "as_of")}, other):
        assert of_table("fcr", **changes) != of_table("fcr")


def test_parameters_belong_to_the_definition():
    kpi = CATALOGUE.kpis["fcr"]
    table = CATALOGUE.tables[kpi.table]
    days = [definition_hash(kpi, table, parameters={"window_days": d}) for d in (7, 7.0, 30, "7")]
    assert days[0] == days[1]
    assert len(set(days)) == 3


# --- who carries it --------------------------------------------------------------------------------------------------


def test_cells_and_reports_carry_the_definition(aldermoor):
    view = aldermoor.view()
    with (aldermoor.root / "evidence/cells.csv").open(encoding="utf-8", newline="") as file:
        found = {(r["kpi"], r["definition"]) for r in csv.DictReader(file)}
    assert found == {(k.id, k.definition) for k in view.manifest.kpis}
    report = plain(draw_definitions(view))
    assert [k.id for k in view.manifest.kpis if k.definition not in report] == []
    assert [k.id for k in view.manifest.kpis if k.definition not in plain(explain(view, k.id))] == []
    assert all(f.definition for f in view.evidence.findings)


def test_parameters_stand_with_the_definition(aldermoor):
    view = aldermoor.view()
    assert "window_days = 7" in plain(draw_definitions(view))
    assert "window_days = 7" in plain(explain(view, "fcr"))


# --- an engagement's own definition ----------------------------------------------------------------------------------


def own(folder, *, kpi: str = NPS.replace("score >= 9", "score >= 8") + "overrides: promoters from 8 on\n", **given):
    (folder / "kpis").mkdir(parents=True, exist_ok=True)
    (folder / "kpis/nps.yaml").write_text(kpi, encoding="utf-8")
    return small_engagement(folder, **given)


def test_an_override_says_what_it_changes_wherever_it_is_defined(tmp_path):
    engagement = own(tmp_path)
    engagement.measure(today=TODAY)
    view = engagement.view()
    assert view.kpi("nps").definition != of_kpi("nps")
    assert "Changed from the catalogue: promoters from 8 on (" in plain(draw_definitions(view))
    assert "promoters from 8 on" in plain(explain(view, "nps"))


@pytest.mark.parametrize(
    ("file", "text", "what"),
    [
        ("kpis/nps.yaml", NPS, "without saying what changes"),
        ("kpis/npss.yaml", NPS.replace("id: nps", "id: npss") + "overrides: x\n", "has no KPI of this id"),
        (
            "tables/first_contact.yaml",
            (ROOT / "templates/tables/first_contact.yaml").read_text(encoding="utf-8"),
            "without saying what changes",
        ),
        (
            "tables/responses.yaml",
            (ROOT / "templates/tables/first_contact.yaml").read_text().replace("id: first_contact", "id: responses"),
            "has the name of a table of the exports",
        ),
    ],
)
def test_a_definition_is_not_replaced_in_silence(tmp_path, file, text, what):
    (tmp_path / file).parent.mkdir()
    (tmp_path / file).write_text(text, encoding="utf-8")
    with pytest.raises(DocumentError, match=what) as caught:
        read_catalogue(tmp_path)
    assert caught.value.where == file


# --- today's evidence and that of before -----------------------------------------------------------------------------


def evidence_of(engagement):
    engagement.measure(today=TODAY)
    return engagement.evidence()


def test_a_number_of_another_definition_is_no_change(tmp_path):
    before = evidence_of(small_engagement(tmp_path))
    after = evidence_of(own(tmp_path))
    assert {c.cause for c in after.manifest.changes} == {"definition"}
    assert {(c.before, c.after) for c in after.manifest.changes} == {(None, None)}
    assert "the definition changed: not comparable" in plain(draw_provenance(after.at("latest")))
    assert {c.id for c in before.cells} <= {c.cell for c in after.manifest.changes}


def printed(*words: str, capsys, monkeypatch) -> str:
    monkeypatch.setattr(sys, "argv", ["cxkit", *words])
    with contextlib.suppress(SystemExit):
        cli.main()
    return capsys.readouterr().out


def test_another_definition_with_the_same_number_is_told_too():
    one = Cell("nps", "quarter", "2026-Q3", (), Estimate(0.2, 0.1, 0.3, 90), "1111aaaa")
    evidence = type("Before", (), {"cells": (one,), "findings": ()})()
    assert changes_between(evidence, [one]) == []
    (change,) = changes_between(evidence, [replace(one, definition="2222bbbb")])
    assert (change.cause, change.before, change.after) == ("definition", None, None)


def test_measure_says_that_definitions_changed(tmp_path, capsys, monkeypatch):
    small_engagement(tmp_path).measure(today=TODAY)
    own(tmp_path)
    out = printed("measure", str(tmp_path), capsys=capsys, monkeypatch=monkeypatch)
    assert "defined otherwise and not comparable" in out
    assert "->" not in out


@pytest.fixture(scope="module")
def handed(tmp_path_factory):
    """An engagement measured in autumn, and what was handed over in summer: a folder as a release has it."""
    folder = tmp_path_factory.mktemp("handed")
    text = ENGAGEMENT.replace("2026-09-30", "2026-06-30")
    then = small_engagement(folder, engagement=text)
    name = f"2026-Q2-client-{then.measure(today=TODAY).evidence}"
    shutil.copytree(folder / "evidence", folder / "releases" / name / "evidence")
    rows = [*survey_rows(), *(f"X{i},2026-08-0{i % 9 + 1} 10:00:00,C{i},{i % 3},Web" for i in range(60))]
    rows += [f"Y{i},2026-05-0{i % 9 + 1} 10:00:00,C{i},10,Web" for i in range(20)]
    now = small_engagement(folder, survey__csv="\n".join(rows) + "\n")
    now.measure(today=TODAY)
    return now, folder / "releases" / name


def test_a_release_is_read_in_its_own_period(handed):
    assert read_release(handed[1]).period == "2026-Q2"


def test_another_period_is_compared_with_its_interval(handed):
    now, then = handed[0].view("2026-Q3"), read_release(handed[1])
    found = compare_evidence(now, then, "nps")
    one, two = now.cell("nps").estimate, then.cell("nps").estimate
    low = one.value - two.value - ((one.value - one.low) ** 2 + (two.high - two.value) ** 2) ** 0.5
    assert (found.difference.value, found.difference.low) == pytest.approx((one.value - two.value, low))
    assert (found.verdict, found.against, found.other) == ("worse", then.manifest.evidence, "2026-Q2")


def test_the_interval_is_the_one_of_the_kind(aldermoor):
    """From the limits alone comes what the kind makes of its sums: MOVER, for net scores and shares."""
    view = aldermoor.view("2026-Q3")
    for kpi in ("nps", "csat", "ces"):
        known = view.comparison(kpi, "previous")
        before = view.cell(kpi, period=known.other).estimate
        found = difference_of(view.cell(kpi).estimate, before, view.kpi(kpi))
        assert (found.low, found.high) == pytest.approx((known.difference.low, known.difference.high), rel=1e-6)


def test_retention_is_not_compared_as_if_independent(aldermoor):
    view = aldermoor.view("2026-Q3")
    known = view.comparison("nrr", "previous").difference
    found = difference_of(view.cell("nrr").estimate, view.cell("nrr", period="2026-Q2").estimate, view.kpi("nrr"))
    assert found.high - found.low == pytest.approx(known.high - known.low, rel=0.02)


def test_the_same_period_measured_again_is_told_and_not_tested(handed):
    found = compare_evidence(handed[0].view("2026-Q2"), read_release(handed[1]), "nps")
    assert found.difference.value > 0
    assert (found.difference.low, found.difference.p, found.verdict) == (None, None, "not comparable")
    assert "the same period measured again" in found.why


def test_a_thing_compared_with_itself_has_not_changed(handed):
    now = handed[0].view("2026-Q3")
    found = difference_of(now.cell("nps").estimate, now.cell("nps").estimate, now.kpi("nps"))
    assert found.value == 0
    assert found.low < 0 < found.high


def test_what_has_no_number_on_a_side_is_not_compared(handed):
    now, then = handed[0].view("2026-Q3"), read_release(handed[1])
    found = compare_evidence(now, then, "nps", (("region", "East"),))
    assert (found.difference, found.verdict) == (None, "not comparable")


def test_two_definitions_are_not_compared(handed):
    now, then = handed[0].view("2026-Q3"), read_release(handed[1])
    other = tuple(k.model_copy(update={"definition": "0badf00d"}) for k in then.manifest.kpis)
    manifest = then.evidence.manifest.model_copy(update={"kpis": other})
    otherwise = replace(then, evidence=replace(then.evidence, manifest=manifest))
    with pytest.raises(MergeError, match=r"was defined otherwise .* 0badf00d there") as caught:
        compare_evidence(now, otherwise, "nps")
    assert "difference would be that of the definitions" in caught.value.hint


def test_other_clients_and_lengths_are_not_compared(handed, aldermoor):
    now, then = handed[0].view("2026-Q3"), read_release(handed[1])
    with pytest.raises(MergeError, match="of another client"):
        compare_evidence(now, aldermoor.view("2026-Q2"), "nps")
    with pytest.raises(ParameterError, match="'nsp' was not measured"):
        compare_evidence(now, then, "nsp")
    with pytest.raises(ParameterError, match="A quarter is not compared with a month"):
        compare_evidence(aldermoor.view("2026-Q3"), aldermoor.view("2026-09"), "nps")


def test_the_command_compares_with_a_release(handed, capsys, monkeypatch):
    engagement, release = handed
    words = ["explain", "nps", str(engagement.root), "--against", f"releases/{release.name}"]
    out = printed(*words, capsys=capsys, monkeypatch=monkeypatch)
    (line,) = [x for x in out.splitlines() if f"evidence {read_release(release).manifest.evidence}" in x]
    assert "worse" in line


def test_a_release_that_was_altered_is_not_compared(handed, tmp_path):
    copy = tmp_path / handed[1].name
    shutil.copytree(handed[1], copy)
    cells = copy / "evidence/cells.csv"
    cells.write_text(cells.read_text(encoding="utf-8").replace("North", "Nord"), encoding="utf-8")
    with pytest.raises(EvidenceError, match="was changed after it was measured"):
        read_release(copy)


def test_an_override_names_the_fields_that_it_changes(tmp_path):
    (tmp_path / "kpis").mkdir()
    text = NPS.replace("score >= 9", "score >= 8") + "overrides: labels only\n"
    (tmp_path / "kpis/nps.yaml").write_text(text, encoding="utf-8")
    said = read_catalogue(tmp_path).kpis["nps"].overrides
    assert said.startswith("labels only (plus")
    assert "label" not in said.removeprefix("labels only")


def test_a_parameter_of_a_table_that_a_kpi_sets_itself_is_refused(tmp_path):
    (tmp_path / "tables").mkdir()
    text = (ROOT / "templates/tables/first_contact.yaml").read_text(encoding="utf-8")
    own_table = text.replace("window_days: 7}", "window_days: 3}") + "overrides: three days\n"
    (tmp_path / "tables/first_contact.yaml").write_text(own_table, encoding="utf-8")
    with pytest.raises(DocumentError, match="without effect"):
        read_catalogue(tmp_path)
