"""The maps that ship: they read, they are graded D until something is known, and `cxkit new` hands them over."""

from __future__ import annotations

import datetime as dt
import shutil

import pytest
from conftest import ROOT, TODAY

from cxkit._documents import read_document
from cxkit._share import share_path
from cxkit.journey.grade import grade_journey, grade_shares
from cxkit.journey.lifecycle import coverage, prove_stages, read_lifecycle
from cxkit.journey.lint import Against, lint_journeys
from cxkit.journey.model import Journey
from cxkit.journey.read import read_journey, read_journeys
from cxkit.kpi.model import read_catalogue
from cxkit.new import create_engagement, list_templates

DAY = dt.date(2026, 11, 22)
BUSINESSES = ("contract", "transaction", "b2b")
MAPS = sorted((ROOT / "templates/journeys").glob("*/*.as-is.yaml"))
# What a map that nobody has worked on yet is told; each of it is for the advisor to do.
EXPECTED = {"no_evidence", "not_bound", "no_review", "no_to_be", "no_map"}


def engagement(folder, business: str):
    (folder / "journeys").mkdir(parents=True)
    for path in share_path(f"templates/journeys/{business}").glob("*.*.yaml"):
        shutil.copy(path, folder / "journeys")
    (folder / "lifecycle.yaml").write_text(f"cxkit: 1\nextends: {business}\n")
    return folder, read_journeys(folder), read_lifecycle(folder)


@pytest.mark.parametrize("business", BUSINESSES)
def test_the_shipped_maps_read_and_cover_their_lifecycle(tmp_path, business):
    folder, pairs, lifecycle = engagement(tmp_path, business)
    assert 3 <= len(pairs) <= 5
    prove_stages(folder, lifecycle, pairs)
    found = coverage(lifecycle, pairs, today=DAY, measured=())
    assert not found.of("no_stage", "no_nested", "only_to_be")
    assert len(found.of("no_map")) <= 1


@pytest.mark.parametrize("business", BUSINESSES)
def test_a_shipped_map_lacks_only_what_an_advisor_has_to_find_out(tmp_path, business):
    folder, pairs, lifecycle = engagement(tmp_path, business)
    flaws = lint_journeys(pairs, Against(DAY, lifecycle), root=folder)
    assert {f.kind for f in flaws} <= EXPECTED
    assert "error" not in {f.severity for f in flaws}


@pytest.mark.parametrize("path", MAPS, ids=lambda p: p.stem)
def test_a_shipped_map_is_ready_to_edit(path):
    journey = read_journey(path)
    kpis = read_catalogue().kpis
    assert journey.source == "cxkit default"
    assert path.name == f"{journey.id}.as-is.yaml"
    assert any(s.moment_of_truth for s in journey.steps)
    assert journey.steps[-1].last
    assert any(c.initiator == "company" for s in journey.steps for c in s.channels)
    for step in journey.steps:
        assert all((step.touchpoint, step.channels, step.owner, step.kpis, step.emotion is not None, step.actions))
        assert step.front_stage or step.back_stage or step.support
        assert {k.kpi for k in step.kpis} <= set(kpis)
        assert all(q.startswith("How might we ") for q in step.questions)
    assert sum(bool(s.questions) for s in journey.steps) > len(journey.steps) / 2


@pytest.mark.parametrize("path", MAPS, ids=lambda p: p.stem)
def test_nothing_of_a_shipped_map_is_known_yet(path):
    journey = read_journey(path)
    assert grade_shares(grade_journey(journey, today=DAY))["D"] == 1
    assert not any(s.shown for s in journey.steps)


@pytest.mark.parametrize("template", list_templates())
def test_a_new_engagement_has_its_lifecycle_and_maps_to_start_from(tmp_path, template):
    folder = create_engagement(tmp_path / "acme", client="Acme", template=template, today=TODAY)
    lifecycle = read_lifecycle(folder)
    shipped = {p.name: p.read_text() for p in share_path(f"templates/journeys/{lifecycle.extends}").glob("*.*.yaml")}
    assert shipped
    assert {n: (folder / "journeys/examples" / n).read_text() for n in shipped} == shipped
    assert (folder / ".schemas/lifecycle.json").is_file()
    assert read_journeys(folder) == {}
    for path in (folder / "journeys/examples").glob("*.yaml"):
        assert read_document(path, Journey).label
        assert set(read_document(path, Journey).stages) <= {s.id for s in lifecycle.stages}


def test_a_shipped_map_is_drawn_before_any_data_and_measures_nothing(tmp_path):
    """The whole way: copied into a new engagement, checked, measured, drawn; its steps are not measured, never 0 %."""
    from build import ENGAGEMENT, small_engagement

    import cxkit
    from cxkit._plain import plain

    opened = small_engagement(tmp_path, engagement=ENGAGEMENT)
    (tmp_path / "journeys").mkdir()
    text = share_path("templates/journeys/contract/leaving.as-is.yaml").read_text()
    kept = [line for line in text.splitlines() if not line.strip().startswith("kpis:")]
    (tmp_path / "journeys/leaving.as-is.yaml").write_text("\n".join(kept) + "\n")
    checked = opened.check(today=TODAY)
    assert checked.sound
    assert "not_bound" in {f.kind for f in checked.flaws}
    manifest = opened.measure(today=TODAY)
    assert not [s for s in manifest.studies if s.kind == "journey"]
    view = opened.view()
    told = plain(cxkit.draw_journeys(view, opened.work(view).journeys))
    assert "not yet measured" in told
    assert "0 %" not in told
