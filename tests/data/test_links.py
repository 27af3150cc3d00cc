"""Tables that do without their customers: allowed for a trend, blocked for what has to know whose rows they are."""

from __future__ import annotations

import pytest
from build import ENGAGEMENT, small_engagement
from conftest import TODAY

from cxkit.errors import DocumentError

CALLS = """\
  - id: calls
    table: interactions
    files: data/calls.csv
    columns: {interaction_id: Call, customer_id: Id, started_at: At, channel: Channel, transferred: Passed on}
"""
SOURCES = """\
cxkit: 1
sources:
  - id: crm
    table: customers
    files: data/crm.csv
    columns: {customer_id: Id, region: Region}
"""
KPIS = ENGAGEMENT.replace("kpis: [nps]", "kpis: [transfer_rate]")


def calls(rows: int = 300, *, lacking: int = 0) -> str:
    """Every third call is passed on, but of those without a customer every one."""
    found = ["Call,Id,At,Channel,Passed on"]
    for i in range(rows):
        known = i % 10 >= lacking
        who, passed = (f"C{i % 120}", i % 3 == 0) if known else ("", True)
        found.append(
            f"K{i},{who},2026-0{i % 9 + 1}-{i % 27 + 1:02d} 10:{i % 60:02d}:00,Phone,{'yes' if passed else 'no'}"
        )
    return "\n".join(found) + "\n"


def opened(folder, text: str, *, settings: str = KPIS, sources: str = SOURCES + CALLS):
    return small_engagement(folder, engagement=settings, sources=sources, calls__csv=text)


def verdicts(found) -> dict[str, str]:
    return {u.use: u.state for u in found.uses}


def test_a_file_that_lacks_the_key_in_forty_percent_is_good_for_a_trend_and_not_for_360(tmp_path):
    engagement = opened(tmp_path, calls(lacking=4))
    found = engagement.check(today=TODAY)
    assert found.kpis == ("transfer_rate",)
    (fault,) = found.faults
    assert (fault.column, fault.count, fault.stops, fault.rejects) == ("Id", 120, False, False)
    assert fault.what.startswith("120 of 300 rows do not say whose they are")
    assert verdicts(found)["trend"] == "ready"
    assert verdicts(found)["customer_view"] == "blocked"


def test_its_trend_counts_every_row(tmp_path):
    text = calls(lacking=4)
    engagement = opened(tmp_path, text, settings=KPIS.replace("[quarter]", "[all]"))
    engagement.measure(today=TODAY)
    estimate = engagement.view("all").cell("transfer_rate").estimate
    rows = [r.split(",") for r in text.splitlines()[1:]]
    with_customer = [r for r in rows if r[1]]
    assert estimate.n == 300
    assert estimate.value == pytest.approx(sum(r[-1] == "yes" for r in rows) / 300)
    # What the rows with a customer alone would have said.
    assert estimate.value != pytest.approx(sum(r[-1] == "yes" for r in with_customer) / 180, abs=0.1)


def test_what_has_to_know_the_customer_is_refused(tmp_path):
    engagement = opened(tmp_path, calls(lacking=4), settings=KPIS.replace("transfer_rate", "recontact"))
    with pytest.raises(DocumentError, match=r"'recontact' needs interactions.customer_id"):
        engagement.measure(today=TODAY)
    assert {p.id: p.lacks for p in opened(tmp_path, calls(lacking=4)).check().possible}["recontact"]


def test_the_hint_leaves_the_rows_out_instead(tmp_path):
    engagement = opened(tmp_path, calls(lacking=4))
    (fault,) = engagement.check().faults
    assert "`max_rejected: 0.4`" in fault.hint
    sources = SOURCES + CALLS + "    max_rejected: 0.4\n"
    found = opened(tmp_path, calls(lacking=4), sources=sources).check()
    assert found.sources[1].rows_used == 180


def test_a_few_rows_without_a_customer_are_left_out_and_listed(tmp_path):
    text = calls().replace("K7,C7,", "K7,,")
    found = opened(tmp_path, text).check()
    assert [(f.row, f.rejects) for f in found.faults] == [(9, True)]
    assert found.sources[1].rows_used == 299


def test_a_table_without_the_column_is_measured_too(tmp_path):
    sources = (SOURCES + CALLS).replace(" customer_id: Id, started_at", " started_at")
    found = opened(tmp_path, calls(), sources=sources)
    assert found.check().sound
    found.measure(today=TODAY)
    assert found.view().cell("transfer_rate").estimate.n == 99


def test_an_export_with_a_header_and_no_rows_lacks_nothing(tmp_path):
    assert opened(tmp_path, calls(0)).check(today=TODAY).sources[1].rows_read == 0
