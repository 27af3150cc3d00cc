"""The uses, the quality and the bias of the exports as blocks."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from build import ENGAGEMENT, SOURCES, small_engagement, survey_rows

from cxkit._blocks import MIME, Code, Figure, Heading, Table, Tag, block_from_json, flatten
from cxkit._plain import plain
from cxkit.data.quality import Checked
from cxkit.data.readiness.bias import Bias, Group, Shift
from cxkit.data.readiness.draw_bias import draw_bias
from cxkit.data.readiness.draw_message import draw_message
from cxkit.data.readiness.draw_uses import MOST_COLUMNS, draw_profile, draw_uses, use_lines
from cxkit.data.readiness.judging import FileLack, Part, Readiness
from cxkit.data.readiness.profile import ColumnProfile, FileProfile, Profile
from cxkit.evidence.estimate import Difference, Estimate

EMPTY = Checked((), ())


def said(block) -> str:
    return plain(block).replace("\u00a0", " ")


def tags(row) -> list[tuple[str, str]]:
    return [
        (p.text.replace("\u00a0", " "), p.tone)
        for cell in row
        if not isinstance(cell, str)
        for p in cell
        if isinstance(p, Tag)
    ]


def blocked(*files: FileLack) -> Checked:
    part = Part(
        "survey responses", "responses", "blocked", "no_customer", "40 % of them have no customer", "Send it", files
    )
    return Checked((), (), uses=(Readiness("customer_view", "360° view", "blocked", (part,)),))


def biased(*, tendency: str = "fewer") -> Checked:
    low = Group(
        "Household", 100, 5, 0.5, 0.1, Difference(-0.4, -0.5, -0.3, 0.0, ""), Estimate(0.05, 0.02, 0.1, 100), tendency
    )  # type: ignore[arg-type]
    high = Group(
        "Business",
        100,
        45,
        0.5,
        0.9,
        Difference(0.4, 0.3, 0.5, 0.0, ""),
        Estimate(0.45, 0.4, 0.5, 100),
        "more" if tendency else "",
    )
    hidden = Group("<Key>", None, None)
    shift = Shift(
        "nps", Estimate(0.3, 0.2, 0.4, 50), Estimate(0.1, 0.0, 0.2, 50), Difference(-0.2, -0.25, -0.15, None, "")
    )
    return Checked((), (), bias=(Bias("segment", "Segment", "customers", 200, 50, (low, high, hidden), (shift,)),))


def test_each_use_has_a_verdict_in_words_and_colour_and_what_to_ask_for():
    (table,) = draw_uses(blocked(FileLack("data/a.csv", 40, 100))).blocks
    assert isinstance(table, Table)
    (row,) = table.rows
    assert tags(row) == [("blocked", "worse")]
    told = said(table)
    for part in (
        "360° view",
        "one customer across all tables",
        "40 % of them have no customer",
        "data/a.csv: 40 % of its rows",
        "Send it",
    ):
        assert part in told


def test_many_bad_files_are_counted():
    told = said(draw_uses(blocked(*(FileLack(f"data/{i}.csv", 40 + i, 100) for i in range(9)))))
    assert "data/8.csv: 48 %" in told
    assert "data/0.csv" not in told
    assert "and 6 more files" in told


def test_without_uses_there_is_a_sentence():
    assert said(draw_uses(EMPTY)).startswith("Nothing could be read")
    assert use_lines(EMPTY) == []


def test_what_a_client_called_a_file_or_a_group_stays_text():
    for block in (*draw_uses(blocked(FileLack("<script>", 40, 100))).blocks, *draw_bias(biased()).blocks):
        html = block._repr_mimebundle_()["text/html"]
        assert "<script>" not in html
        assert "<Key>" not in html


def test_the_quality_of_each_export_stands_in_a_row_with_what_is_low_marked(tmp_path):
    head, *rest = survey_rows()
    rows = [",".join([*r.split(",")[:2], "", *r.split(",")[3:]]) if i % 5 < 2 else r for i, r in enumerate(rest)]
    checked = small_engagement(tmp_path, survey__csv="\n".join([head, *rows]) + "\n").check()
    exports, columns = draw_profile(checked).blocks
    assert isinstance(exports, Table)
    assert isinstance(columns, Table)
    crm, survey = exports.rows
    assert tags(crm) == []
    assert tags(survey) == [("60 %", "worse")]
    assert "1 February 2026 to 28 August 2026" in said(exports)
    (only,) = columns.rows
    assert said(columns).count("customer_id") == 1
    assert [c if isinstance(c, str) else c[0] for c in only][2:] == ["60\u00a0%", "144", "0"]


def test_what_is_nearly_all_is_not_all():
    column = ColumnProfile("score", "Score", True, 99_999, 99_998, 100_000)
    profile = Profile("survey", "responses", 100_000, 99_998, columns=(column,))
    (row,) = draw_profile(Checked((), (), profile=(profile,))).blocks[0].rows
    assert "100" not in "".join(c if isinstance(c, str) else c[0] for c in row[2:4])


def test_very_many_columns_are_counted():
    columns = tuple(ColumnProfile(f"c{i}", f"C{i}", False, i, i, 100) for i in range(40))
    profile = Profile("survey", "responses", 100, 100, columns=columns)
    table = draw_profile(Checked((), (), profile=(profile,))).blocks[1]
    assert isinstance(table, Table)
    assert len(table.rows) == MOST_COLUMNS
    assert table.note.endswith("20 more columns are not full.")


def test_missing_months_and_days_stand_beside_the_days_covered():
    months = {dt.date(2026, m, 3): 20 for m in (1, 2, 3, 5)}
    days = {dt.date(2026, 1, d): 2 for d in range(5, 14) if d != 9}
    files = tuple(FileProfile(f"{d}.csv", 2, 2, first=d, last=d) for d in days)
    whole = Profile("a", "responses", 80, 80, days=months)
    daily = Profile("b", "responses", 16, 16, days=days, files=files)
    first, second = draw_profile(Checked((), (), profile=(whole, daily))).blocks[0].rows
    assert tags(first) == [("one month missing", "open")]
    assert tags(second) == [("a gap in the days", "open")]


def test_a_month_of_revenue_reaches_to_its_end():
    days = {dt.date(2026, m, 1): 5 for m in range(1, 7)}
    profile = Profile("billing", "revenue", 30, 30, days=days, age=12)
    told = said(draw_profile(Checked((), (), profile=(profile,))))
    assert "1 January 2026 to 30 June 2026" in told
    assert "the last row is 12 days old" in told


def test_bias_is_drawn_with_intervals_and_hidden_groups_are_said_and_not_shown():
    figure, method, shifts = draw_bias(biased()).blocks
    assert isinstance(figure, Figure)
    assert figure.title == "By Segment, fewer answered than their share: Household; more: Business"
    assert "Household: −40 (−50 to −30) points." in figure.alt.replace("\u00a0", " ")
    assert "<Key>: too few to show." in figure.alt
    bars = [t for t in figure.spec["data"] if t["mode"] == "lines" and t["x"] != [0, 0]]
    assert [t["x"] for t in bars] == [[-0.5, -0.3], [0.3, 0.5]]
    assert figure.rows[2][1:] != figure.rows[0][1:]
    assert "hold together" in said(method)
    assert "One group is too small to be shown" in figure.note
    assert json.dumps(figure.spec, allow_nan=False)
    assert isinstance(shifts, Table)
    assert shifts.title == "Weighting the answers to the customers moves a score"
    assert "−20 (−25 to −15)" in said(shifts)
    assert "+30 (20 to 40)" in said(shifts)


def test_where_nobody_is_biased_the_title_says_so():
    figure, *_ = draw_bias(biased(tendency="")).blocks
    assert isinstance(figure, Figure)
    assert figure.title == "By Segment, those who answered are like the others"


@pytest.mark.parametrize("size", [1e-6, 0.004, 0.03, 0.2, 0.9])
def test_the_axis_has_a_few_ticks_whatever_the_differences(size):
    group = Group("A", 10, 5, 0.5, 0.5, Difference(0.0, -size, size, 1.0, ""), Estimate(0.5, 0.4, 0.6, 10))
    other = Group("B", 10, 5, 0.5, 0.5, Difference(0.0, -size, size, 1.0, ""), Estimate(0.5, 0.4, 0.6, 10))
    figure, _ = draw_bias(Checked((), (), bias=(Bias("d", "D", "customers", 20, 10, (group, other)),))).blocks
    assert isinstance(figure, Figure)
    assert 3 <= len(figure.spec["layout"]["xaxis"]["tickvals"]) <= 7


def test_without_bias_to_judge_there_is_a_sentence():
    assert said(draw_bias(EMPTY)).startswith("Who answered cannot be held against the customers")


def test_the_message_is_a_block_to_read_and_a_text_to_copy(tmp_path):
    blocks = list(flatten([draw_message(small_engagement(tmp_path).check())]))
    assert isinstance(blocks[0], Heading)
    assert isinstance(blocks[-1], Code)
    assert blocks[-1].text.startswith("Subject: ")
    for block in blocks:
        assert block_from_json(block._repr_mimebundle_()[MIME]) == block


def test_blocks_travel_as_json(tmp_path):
    engagement = ENGAGEMENT.replace(
        "  region: {label: Region}", "  region: {label: Region}\n  channel: {label: Channel}"
    )
    checked = small_engagement(tmp_path, engagement=engagement, sources=SOURCES).check()
    for group in (draw_uses(checked), draw_profile(checked), draw_bias(checked)):
        for block in group.blocks:
            assert block_from_json(block._repr_mimebundle_()[MIME]) == block
