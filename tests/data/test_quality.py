"""What the exports can carry, as blocks: what was read, what is wrong, what can be measured."""

from __future__ import annotations

from build import SOURCES, small_engagement

from cxkit._blocks import Table, flatten
from cxkit._plain import plain
from cxkit.data.draw import MOST_FAULTS, draw_faults, draw_readiness
from cxkit.data.faults import Fault, list_faults
from cxkit.data.quality import Checked


def test_sound_exports_say_so_with_their_counts_and_days(tmp_path):
    told = plain(draw_readiness(small_engagement(tmp_path).check()))
    assert told.startswith("The exports can be measured as they are")
    survey = next(line for line in told.splitlines() if line.startswith("survey"))
    for part in ("responses", "360", "2 February 2026", "2 August 2026"):
        assert part.split()[0] in survey


def test_each_kpi_says_whether_it_is_measured_possible_or_what_it_lacks(tmp_path):
    (_, _, possible, *_) = flatten([draw_readiness(small_engagement(tmp_path).check())])
    assert isinstance(possible, Table)
    rows = {label: (row[1][0].text, row[2]) for row in possible.rows for label in row[0].split("\n")}
    assert rows["Net Promoter Score®"] == ("on the scorecard", "–")
    assert rows["Satisfaction, top 2 of 5"] == ("not yet", "responses.satisfaction")


def test_a_kpi_that_is_mapped_and_not_chosen_is_possible(tmp_path):
    mapped = SOURCES.replace("      channel: Channel\n", "      channel: Channel\n      satisfaction: Score\n")
    checked = small_engagement(tmp_path, sources=mapped).check()
    state = {p.id: (p.lacks, p.chosen) for p in checked.possible}
    assert state["csat"] == ((), False)
    assert state["nps"] == ((), True)


def test_faults_stand_once_each_with_their_first_place_and_number(tmp_path):
    rows = "Id,Region\nC1,North\nC2,South\nC1,East\n"
    checked = small_engagement(tmp_path, crm__csv=rows).check()
    told = plain(draw_faults(checked))
    assert "data/survey.csv" in told
    assert "no such customer" in told
    assert plain(draw_readiness(checked)).splitlines()[0].endswith("to be mended")


def test_without_faults_there_is_a_sentence_and_no_table(tmp_path):
    assert plain(draw_faults(small_engagement(tmp_path).check())) == "No fault was found in any file."


def test_very_many_kinds_of_fault_are_counted_and_not_all_drawn():
    faults = tuple(Fault("a.csv", i, f"column {i}", "x", "not a date") for i in range(MOST_FAULTS + 5))
    (table,) = draw_faults(Checked(faults, (), ())).blocks
    assert len(table.rows) == MOST_FAULTS
    assert table.note.startswith("5 more kinds")


def test_what_a_client_typed_stays_text():
    fault = Fault("a.csv", 2, "<b>", "<script>alert(1)</script>", "not a date")
    bundle = draw_faults(Checked((fault,), (), ())).blocks[0]._repr_mimebundle_()
    assert "<script>" not in bundle["text/html"]


def test_a_header_that_is_wrong_in_every_month_is_told_once():
    faults = [Fault(f"data/s/{m:02d}.csv", "header", "Score", "", "the column is missing") for m in range(1, 13)]
    faults.append(Fault("data/s/03.csv", 7, "Day", "x", "not a date"))
    told = list_faults(faults)
    assert told.count("the column is missing") == 1
    assert "data/s/01.csv to 12.csv, 12 files alike" in told
    assert "row 7 · column 'Day'" in told
    assert list_faults(faults, most=None).count("the column is missing") == 12
