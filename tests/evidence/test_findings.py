"""Findings of studies travel unchanged, keep their names, and change the identity of the evidence."""

from __future__ import annotations

from dataclasses import replace

import fake
import pytest

from cxkit.errors import EvidenceError
from cxkit.evidence.estimate import Estimate
from cxkit.evidence.findings import Finding, findings_from_csv, findings_to_csv
from cxkit.evidence.store import changes_between, evidence_id, read_evidence, write_evidence

SHARE = Estimate(0.34, 0.29, 0.39, 412, method="Wilson score", note='with "quotes", commas\nand lines')
FINDINGS = [
    Finding("journey/moving", "identity_check", "drop_off", "percent", "lower", SHARE, "1f0c22aa"),
    Finding("journey/moving", "", "fit", "percent", "higher", Estimate.without("too_few", n=12), "1f0c22aa"),
    Finding("journey/moving", "a", "channel=<b>&x", "percent", "neither", SHARE, "1f0c22aa"),
]


def test_findings_survive_the_way_to_disk_and_back():
    assert findings_from_csv(findings_to_csv(FINDINGS)) == FINDINGS


def test_the_id_names_study_step_and_measure_and_nothing_empty():
    assert [f.id for f in FINDINGS[:2]] == ["journey/moving/identity_check/drop_off", "journey/moving/fit"]


@pytest.mark.parametrize("change", [{"definition": "00000000"}, {"estimate": replace(SHARE, value=0.35)}])
def test_the_fingerprint_changes_with_number_and_definition(change):
    assert replace(FINDINGS[0], **change).fingerprint != FINDINGS[0].fingerprint
    assert replace(FINDINGS[0], unit="score").fingerprint == FINDINGS[0].fingerprint


def test_evidence_with_findings_is_written_whole_and_read_back(tmp_path):
    evidence = replace(fake.evidence(), findings=tuple(FINDINGS))
    write_evidence(tmp_path / "evidence", evidence.manifest, evidence=evidence)
    assert read_evidence(tmp_path / "evidence").findings == tuple(FINDINGS)
    studies = tmp_path / "evidence/studies.csv"
    studies.write_text(studies.read_text().replace("0.34", "0.30"))
    with pytest.raises(EvidenceError, match=r"studies\.csv"):
        read_evidence(tmp_path / "evidence")


def test_evidence_without_studies_has_no_such_file(tmp_path):
    evidence = fake.evidence()
    write_evidence(tmp_path / "evidence", evidence.manifest, evidence=evidence)
    assert not (tmp_path / "evidence/studies.csv").exists()
    assert read_evidence(tmp_path / "evidence").findings == ()


def test_findings_are_part_of_what_the_evidence_is_and_of_what_changed():
    evidence = replace(fake.evidence(), findings=tuple(FINDINGS))
    cells, comparisons = evidence.cells, evidence.comparisons
    assert evidence_id(cells, comparisons) != evidence_id(cells, comparisons, FINDINGS)
    other = replace(FINDINGS[0], estimate=replace(SHARE, value=0.40))
    (change,) = changes_between(evidence, [*cells, other, *FINDINGS[1:]])
    assert (change.cell, change.before, change.after, change.cause) == (FINDINGS[0].id, 0.34, 0.40, "data")
