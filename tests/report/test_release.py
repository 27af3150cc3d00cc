from __future__ import annotations

import dataclasses

import pytest

from cxkit.engagement import open_engagement
from cxkit.errors import EvidenceError, ReportError
from cxkit.report.make import Made, page_hash
from cxkit.report.release import release_report


@pytest.fixture
def opened(engagement, today):
    found = open_engagement(engagement)
    found.measure(today=today)
    return found


@pytest.fixture
def made(opened):
    page = opened.root / "reports" / "volta.html"
    page.parent.mkdir()
    page.write_text("<p>the page", encoding="utf-8")
    evidence = opened.evidence().manifest.evidence
    return Made(page, page_hash(page), evidence, "volta & Co", "2026-Q2", "client", "", 0.0)


def files(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_release_is_the_page_and_the_evidence_it_rests_on(made, opened):
    folder = release_report(made, engagement=opened)
    assert folder == opened.root / "releases" / f"2026-Q2-client-{made.evidence}"
    evidence = {f"evidence/{name}": content for name, content in files(opened.root / "evidence").items()}
    assert files(folder) == evidence | {"volta.html": b"<p>the page"}


def test_to_release_the_same_again_changes_nothing(made, opened):
    first = release_report(made, engagement=opened)
    before = files(first)
    assert release_report(made, engagement=opened) == first
    assert files(first) == before
    assert [p.name for p in first.parent.iterdir()] == [first.name]


def test_another_release_is_never_overwritten(made, opened):
    folder = release_report(made, engagement=opened)
    before = files(folder)
    made.path.write_text("<p>another page", encoding="utf-8")
    with pytest.raises(ReportError, match="another release"):
        release_report(dataclasses.replace(made, sha256=page_hash(made.path)), engagement=opened)
    assert files(folder) == before
    assert [p.name for p in folder.parent.iterdir()] == [folder.name]


def test_a_page_that_was_changed_is_not_released(made, opened):
    made.path.write_text("<p>prettier", encoding="utf-8")
    with pytest.raises(ReportError, match="changed since"):
        release_report(made, engagement=opened)
    assert not (opened.root / "releases").exists()


def test_a_page_over_other_evidence_is_not_released(made, opened):
    with pytest.raises(EvidenceError, match="shows the evidence 0000"):
        release_report(dataclasses.replace(made, evidence="0000"), engagement=opened)


def test_altered_evidence_is_not_released(made, opened):
    cells = opened.root / "evidence" / "cells.csv"
    cells.write_text(cells.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    with pytest.raises(EvidenceError, match="changed after"):
        release_report(made, engagement=opened)
