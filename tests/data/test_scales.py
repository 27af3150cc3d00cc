"""Scales are checked, not assumed: what the answers show, against what is declared and what a KPI needs."""

from __future__ import annotations

import json
import re
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from build import ENGAGEMENT, SOURCES, crm_rows, small_engagement
from conftest import ROOT, SHARED, TODAY

from cxkit._blocks import Cards, Figure, Table
from cxkit._format import words
from cxkit._plain import plain
from cxkit._table import open_database
from cxkit.data.draw import draw_faults, draw_readiness
from cxkit.data.read import read_tables
from cxkit.data.scales import Found, caveats, doubts, other_scale
from cxkit.engagement import Engagement
from cxkit.errors import DocumentError, ExportError
from cxkit.kpi.baseline import draw_baseline
from cxkit.kpi.board import board_blocks
from cxkit.kpi.choose import Wish, settle
from cxkit.kpi.draw import draw_answer, draw_definitions, draw_scorecard, draw_segments, draw_trends
from cxkit.kpi.sentences import scorecard_lines
from cxkit.plan.draw import draw_gates
from cxkit.playbook.draw import draw_plays

VECTORS = ROOT.parent / "shared/research/kpi_vectors.json"
MAPPED = 'score: {column: Score, missing: ["99"]}'
AGREE = ("Strongly agree", "Agree", "Neither agree nor disagree", "Disagree", "Strongly disagree")


def vector(name: str) -> dict:
    if not VECTORS.is_file():
        pytest.skip("the vectors are not beside the project")
    return next(v for v in json.loads(VECTORS.read_text(encoding="utf-8"))["vectors"] if v["id"] == name)


def rows(answers) -> str:
    """A survey with these answers, one a customer, over three quarters."""
    lines = [
        f'R{i},2026-{(2, 5, 8)[i % 3]:02d}-03 {i // 60 % 24:02d}:{i % 60:02d}:00,C{i % 120},"{a}",Web'
        for i, a in enumerate(answers)
    ]
    return "\n".join(["Response,Date,Id,Score,Channel", *lines]) + "\n"


def asked(folder, answers, *, mapped: str = MAPPED, kpis: str = "[nps]", **files) -> Engagement:
    return small_engagement(
        folder,
        sources=SOURCES.replace(MAPPED, mapped),
        engagement=ENGAGEMENT.replace("[nps]", kpis),
        survey__csv=rows(answers),
        **files,
    )


def cycle(*points, n: int = 300) -> list:
    return [points[i % len(points)] for i in range(n)]


def found(counts: dict[int, int], scale=(0, 10), **changes) -> Found:
    given = {"points": {"a.csv": counts}} | changes
    return Found("survey", "responses", "score", "Score", "Score", scale, **given)


# What the answers show.


def test_a_five_point_scale_is_no_likelihood():
    scores = vector("nps.edge.wrong_scale")["inputs"]["scores"]
    other = other_scale(found(dict(Counter(scores))))
    assert other is not None
    assert (other.low, other.high, other.n, other.sure) == (1, 5, 100, True)


@pytest.mark.parametrize(
    ("counts", "scale", "written", "shown"),
    [
        ({1: 10, 5: 19}, (0, 10), False, None),  # 29 answers tell nothing
        ({1: 10, 5: 20}, (0, 10), False, (1, 5)),
        ({1: 10, 5: 20}, (1, 10), True, (1, 5)),  # an explicit scale does not make 1 to 5 a likelihood
        ({0: 1, 5: 29}, (0, 10), False, None),  # a 0 is on no scale from 1
        ({1: 10, 7: 20}, (0, 10), False, (1, 7)),
        ({1: 10, 8: 20}, (0, 10), False, None),
        ({1: 10, 5: 20}, (1, 7), False, None),  # everybody may be unhappy
        ({1: 10, 5: 20}, (1, 5), False, None),
    ],
)
def test_the_range_tells_the_scale_from_thirty_answers_on(counts, scale, written, shown):
    other = other_scale(found(counts, scale, written=written))
    assert (other and (other.low, other.high)) == shown


def test_one_to_seven_is_believed_where_it_is_declared_and_noted_beside_the_number():
    seven = found({1: 10, 7: 20}, written=True)
    assert [other_scale(seven).sure, other_scale(found({1: 10, 7: 20})).sure] == [False, True]
    assert caveats(seven, said=words()) == ["No answer is above 7: the scale may be 1 to 7"]


@pytest.mark.parametrize(
    ("counts", "scale", "note"),
    [
        ({1: 1, 10: 198}, (0, 10), ""),
        ({1: 1, 10: 199}, (0, 10), "the scale may be 1 to 10"),
        ({0: 1, 10: 199}, (0, 10), ""),
        ({1: 1, 10: 199}, (1, 10), ""),
        ({1: 10, 5: 20}, (1, 7), "the scale may be 1 to 5"),
        ({1: 10, 5: 19}, (1, 7), ""),
        ({1: 10, 6: 20}, (1, 7), ""),
    ],
)
def test_an_end_of_the_scale_that_nobody_uses_is_noted(counts, scale, note):
    told = caveats(found(counts, scale), said=words())
    assert len(told) == bool(note) == len(doubts([found(counts, scale)], said=words()))
    assert note in " ".join(told)


@pytest.mark.parametrize(
    ("counts", "suspected"),
    [
        ({0: 20, 3: 100, 9: 180}, True),
        ({0: 20, 1: 2, 3: 100, 9: 180}, True),
        ({0: 20, 1: 3, 3: 100, 9: 180}, False),  # 1 and 2 are used as well: some are just very unhappy
        ({0: 14, 3: 100, 9: 180}, False),  # fewer than one in twenty
        ({0: 9, 9: 90}, False),  # too few answers
        ({0: 17, 1: 6, 2: 8, 9: 2715}, False),  # as at a real airport
    ],
)
def test_many_zeros_without_ones_and_twos_may_mean_not_applicable(counts, suspected):
    assert any("not applicable" in d for d in doubts([found(counts)], said=words())) == suspected


def test_what_cannot_be_read_may_be_the_end_that_nobody_uses():
    assert caveats(found({1: 50, 9: 200}, outside=40), said=words()) == []


# In an engagement: refused, noted, or accepted.


@pytest.mark.parametrize(
    ("points", "mapped", "why"),
    [
        (range(1, 6), MAPPED, "all 300 answers lie from 1 to 5"),
        (range(1, 8), MAPPED, "all 300 answers lie from 1 to 7"),
        (range(1, 6), "score: {column: Score, scale: [1, 5]}", "1 to 5 is declared"),
        (range(1, 6), "score: {column: Score, scale: [0, 10]}", "all 300 answers lie from 1 to 5"),
        (AGREE, 'score: {column: Score, values: {Strongly agree: "10", Agree: "8", "*": "3", Disagree: "2"}}', "words"),
    ],
)
def test_agreement_offered_as_nps_is_refused_with_its_place(tmp_path, points, mapped, why):
    engagement = asked(tmp_path, cycle(*points), mapped=mapped)
    for run in (engagement.check, lambda: engagement.measure(today=TODAY)):
        with pytest.raises(DocumentError, match=f"'nps' needs score on a scale of 0 to 10; .*{why}") as error:
            run()
        assert error.value.where == "sources.yaml, source survey, score: column 'Score' of data/survey.csv"
        assert "no likelihood to recommend" in error.value.hint
    assert not (tmp_path / "evidence").exists()


def test_words_are_one_fault_of_the_column_and_not_one_of_each_row(tmp_path):
    engagement = asked(tmp_path, cycle(*AGREE))
    (fault,) = engagement.check().faults
    assert (fault.file, fault.column, fault.count, fault.stops) == ("data/survey.csv", "Score", 300, True)
    assert "the answers are words ('Agree'" in fault.what
    assert "no NPS" in fault.hint
    with pytest.raises(ExportError, match="words"):
        engagement.measure(today=TODAY)


def test_words_of_satisfaction_bring_the_mapping_to_write(tmp_path):
    said = ("Very satisfied", "Rather satisfied", "Neither", "Rather dissatisfied", "Very dissatisfied")
    (fault,) = asked(tmp_path, cycle(*said), mapped="satisfaction: Score", kpis="[csat]").check().faults
    line = re.search(r"satisfaction: \{.*\}", fault.hint)[0]
    for point, word in enumerate(reversed(said), start=1):
        line = line.replace(f'"{word}": "…"', f'"{word}": "{point}"')
    assert asked(tmp_path, cycle(*said), mapped=line, kpis="[csat]").check().sound


def test_one_wave_on_another_scale_does_not_hide_among_the_others(tmp_path):
    other = rows(cycle(1, 2, 3, 4, 5, n=60)).replace("R", "S", 1).replace("\nR", "\nS").replace("Sesponse", "Response")
    other = other.replace("-03 ", "-04 ")
    engagement = asked(tmp_path, cycle(*range(11)), survey_2__csv=other)
    with pytest.raises(DocumentError, match=r"all 60 answers in data/survey_2\.csv lie from 1 to 5"):
        engagement.check()


def test_two_sources_of_one_table_may_not_hide_behind_each_other(tmp_path):
    second = SOURCES[SOURCES.index("  - id: survey") :].replace("id: survey", "id: old").replace("survey*", "old")
    sources = SOURCES.replace(MAPPED, "score: {column: Score, scale: [1, 5]}") + second
    old = rows(cycle(*range(11))).replace("\nR", "\nS")
    engagement = small_engagement(tmp_path, sources=sources, survey__csv=rows(cycle(1, 2, 3, 4, 5)), old__csv=old)
    with pytest.raises(DocumentError, match="1 to 5 is declared"):
        engagement.check()


OWN = """\
id: agreement
label: Would recommend, 4 and 5 of 5
question: Do customers agree that they would recommend us?
kind: proportion
table: responses
hit: score >= 4
scales: {score: [1, 5]}
unit: percent
better: higher
source: The client's own
"""


@pytest.mark.parametrize("mapped", [MAPPED, "score: {column: Score, scale: [1, 5]}"])
def test_a_kpi_that_is_defined_for_the_scale_is_measured(tmp_path, mapped):
    engagement = asked(tmp_path, cycle(1, 2, 3, 4, 5), mapped=mapped, kpis="[agreement]")
    (tmp_path / "kpis").mkdir()
    (tmp_path / "kpis/agreement.yaml").write_text(OWN)
    engagement.measure(today=TODAY)
    estimate = engagement.view("2026-Q3").cell("agreement").estimate
    assert (estimate.value, estimate.note) == (pytest.approx(0.4), "")


def test_what_a_scale_rules_out_is_not_called_possible(tmp_path):
    mapped = f"{MAPPED}\n      satisfaction: {{column: Score, scale: [0, 10]}}"
    lacks = {p.id: p.lacks for p in asked(tmp_path, cycle(*range(11)), mapped=mapped).check().possible}
    assert lacks["csat"] == ("responses.satisfaction on a scale of 1 to 5",)
    assert lacks["nps"] == ()


def test_a_longer_scale_than_declared_is_named(tmp_path):
    engagement = asked(tmp_path, cycle(*range(1, 8)), mapped="satisfaction: Score", kpis="[csat]")
    checked = engagement.check()
    hints = {f.value: f.hint for f in checked.faults}
    assert hints.keys() == {"6", "7"}
    assert "satisfaction: {column: Score, scale: [1, 7]}" in hints["7"]
    assert "The KPI 'csat' needs satisfaction on a scale of 1 to 5; the answers go on to 7." in checked.notes
    with pytest.raises(ExportError, match="at most 5%"):
        engagement.measure(today=TODAY)


def test_even_few_answers_of_a_longer_scale_are_no_five_points(tmp_path):
    """Four in a hundred may be left out as faults; that they are on another scale makes all of them wrong."""
    engagement = asked(tmp_path, cycle(*[1, 2, 3, 4, 5] * 10, 6, 7), mapped="satisfaction: Score", kpis="[csat]")
    with pytest.raises(DocumentError, match="the answers go on to 7"):
        engagement.measure(today=TODAY)


def test_too_many_answers_outside_stop_also_where_most_rows_have_none(tmp_path):
    """Eight of a hundred answers, but four of a thousand rows."""
    few = [12 if i % 13 == 0 else i % 11 for i in range(100)] + [""] * 1900
    with pytest.raises(ExportError, match="8 of 100 answers in column 'Score' are not on its scale"):
        asked(tmp_path, few).measure(today=TODAY)
    sources = SOURCES + "    max_rejected: 0.1\n"
    assert small_engagement(tmp_path, sources=sources, survey__csv=rows(few)).measure(today=TODAY)


# Codes that nobody declared.


FROM_ONE = "score: {column: Score, scale: [1, 10]}"


@pytest.mark.parametrize(
    ("code", "mapped"),
    [*((c, MAPPED) for c in ("11", "998", "-1", "Blank", "N/A", "Don't know", "-", "99.0", "k. A.")),
     ("98", "score: Score"), ("0", FROM_ONE)],
)  # fmt: skip
def test_a_code_is_suspected_aloud_and_the_line_to_write_mends_it(tmp_path, code, mapped):
    answers = [code if i % 50 == 7 else i % 10 + 1 for i in range(300)]
    checked = asked(tmp_path, answers, mapped=mapped).check()
    assert {(f.column, f.value, f.row) for f in checked.faults} == {("Score", code, i + 2) for i in range(7, 300, 50)}
    (hint,) = {f.hint for f in checked.faults}
    assert hint.startswith(f"{code} stands 6 times, in data/survey.csv. If it means no answer")
    line = re.search(r"score: \{.*\}", hint)[0]
    assert asked(tmp_path, answers, mapped=line).check().sound
    assert "code for no answer" in plain(draw_faults(checked))


def test_zero_on_a_scale_from_one_is_suspected(tmp_path):
    answers = [0 if i % 50 == 7 else i % 5 + 1 for i in range(300)]
    (hint,) = {f.hint for f in asked(tmp_path, answers, mapped="satisfaction: Score", kpis="[csat]").check().faults}
    assert 'satisfaction: {column: Score, missing: "0"}' in hint


def test_codes_of_many_files_say_in_which(tmp_path):
    text = rows([77, 5, 9])
    texts = {f"survey_{m}__csv": text.replace("\nR", f"\nS{m}-").replace("-03 ", f"-0{m + 3} ") for m in (1, 2, 3)}
    hints = {f.hint for f in asked(tmp_path, cycle(*range(11)), **texts).check().faults}
    assert [h.partition(". ")[0] for h in hints] == [
        "77 stands 3 times, in data/survey_1.csv to data/survey_3.csv, 3 files"
    ]


@pytest.mark.parametrize("value", ["12", "9.5", "eleven", "nine", "1e400", "0x9"])
def test_a_slip_of_the_finger_is_no_code(tmp_path, value):
    (fault,) = asked(tmp_path, [value, *cycle(*range(11))]).check().faults
    assert fault.what == "not a whole number from 0 to 10"


def test_numbers_with_a_label_bring_their_mapping(tmp_path):
    answers = cycle("0 - Not at all likely", *range(1, 10), "10 - Extremely likely", n=330)
    hints = {f.hint for f in asked(tmp_path, answers).check().faults}
    line = re.search(r"score: \{.*\}\}", hints.pop())[0]
    engagement = asked(tmp_path, answers, mapped=line)
    engagement.measure(today=TODAY)
    assert engagement.view("2026-Q3").cell("nps").estimate.value == pytest.approx(100 * (2 - 7) / 11)


def test_dirty_answers_are_counted_as_missing_or_invalid_and_the_rest_is_right(tmp_path):
    v = vector("nps.edge.dirty")
    scores = ["" if s is None else s for s in v["inputs"]["scores"]]
    engagement = asked(tmp_path, scores, mapped='score: {column: Score, missing: "NA"}')
    with open_database() as db:
        tables = read_tables(db, engagement.sources, root=engagement.root)
    (column,) = tables.scales
    assert {f.value for f in tables.faults} == {"11", "-1", "6.5"}
    assert (column.n, column.outside) == (v["expected"]["n_valid"], v["expected"]["n_invalid"])
    assert len(scores) - column.n - column.outside == v["expected"]["n_missing"]
    counts = column.counts
    assert sum(n for p, n in counts.items() if p >= 9) == v["expected"]["promoters"]
    assert sum(n for p, n in counts.items() if p <= 6) == v["expected"]["detractors"]


@pytest.mark.parametrize("value", ["1e400", "1E+309", "9" * 320, "inf", "nan", "-Infinity"])
def test_a_number_without_end_is_no_number(tmp_path, value):
    sources = """\
cxkit: 1
sources:
  - id: bills
    table: revenue
    files: data/bills.csv
    columns: {customer_id: Id, month: Month, amount: Amount}
"""
    bills = f"Id,Month,Amount\nC1,2026-01-01,5\nC2,2026-01-01,{value}\n"
    (fault,) = small_engagement(tmp_path, sources=sources, bills__csv=bills).check().faults
    assert (fault.file, fault.row, fault.value) == ("data/bills.csv", 3, value)


# Two questions that run against each other.


@pytest.mark.parametrize(("turned", "suspected"), [(False, False), (True, True)])
def test_a_question_that_runs_against_another_is_suspected(tmp_path, turned, suspected):
    rng = np.random.default_rng(7)
    satisfaction = rng.integers(1, 6, 300)
    effort = np.clip(satisfaction + rng.integers(0, 3, 300), 1, 7)
    effort = 8 - effort if turned else effort
    days = "2026-02-03"
    text = "Response,Date,Id,S,E,Channel\n" + "".join(
        f"R{i},{days},C{i % 120},{s},{e},Web\n" for i, (s, e) in enumerate(zip(satisfaction, effort, strict=True))
    )
    sources = SOURCES.replace(MAPPED, "satisfaction: S\n      effort: E")
    engagement = small_engagement(
        tmp_path, sources=sources, engagement=ENGAGEMENT.replace("[nps]", "[csat]"), survey__csv=text
    )
    with open_database() as db:
        scales = read_tables(db, engagement.sources, root=engagement.root).scales
    n, r = scales[0].against["effort"]
    assert (n, r) == (300, pytest.approx(np.corrcoef(satisfaction, effort)[0, 1]))
    assert any("run against each other" in note for note in engagement.check().notes) == suspected


# Said wherever the number appears.

GATE = """\
cxkit: 1
id: launch
label: Launch
question: May it go live?
owner: Head of service
week: 5
criteria:
  - {id: nps, kpi: nps, at_least: 20}
"""
PLAYS = """\
cxkit: 1
id: service
label: Service
plays:
  - id: call
    label: Call back
    why: They are unhappy.
    when: [{kpi: nps, below: 90}]
    steps: [Call]
    owner: Head of service
    due_days: 7
    source: The client's own
"""


@pytest.fixture(scope="module", params=["declared", "suspected"])
def noted(request, tmp_path_factory) -> tuple[Engagement, str]:
    """An engagement whose NPS was asked from 1 to 10, as the mapping says, or as only the answers say."""
    folder = tmp_path_factory.mktemp("noted")
    scale = ", scale: [1, 10]" if request.param == "declared" else ""
    sources = SOURCES.replace(MAPPED, f"score: {{column: Score{scale}}}\n      satisfaction: Stars")
    rng = np.random.default_rng(3)
    lines = [
        f"R{i},2026-{i % 9 + 1:02d}-{i % 28 + 1:02d} {i // 252 % 24:02d}:00:07,C{i % 120},"
        f"{rng.integers(1 if i % 2 else 7, 11)},{i % 5 + 1},Web"
        for i in range(1800)
    ]
    survey = "\n".join(["Response,Date,Id,Score,Stars,Channel", *lines])
    settings = ENGAGEMENT.replace("[nps]", "[nps, csat]") + "baseline: 2026-Q1\n"
    engagement = small_engagement(
        folder, sources=sources, engagement=settings, survey__csv=survey, crm__csv="\n".join(crm_rows())
    )
    for name, text in {"gates/launch.yaml": GATE, "playbooks/service.yaml": PLAYS}.items():
        (folder / name).parent.mkdir()
        (folder / name).write_text(text)
    engagement.measure(today=TODAY)
    note = "Asked on a scale of 1 to 10, not 0 to 10" if scale else "No answer is 0: the scale may be 1 to 10"
    return engagement, note


def by_region(view):
    return board_blocks(settle(view.evidence, Wish(kpi="nps", split="region", period=view.period)))


PLACES = {
    "answer": draw_answer,
    "card": draw_scorecard,
    "trend": draw_trends,
    "segment": draw_segments,
    "definitions": draw_definitions,
    "baseline": draw_baseline,
    "board": by_region,
}


@pytest.mark.parametrize("place", PLACES)
def test_a_drawing_of_the_number_says_so(noted, place):
    engagement, note = noted
    assert note in plain(PLACES[place](engagement.view("2026-Q3")))


def test_each_table_and_chart_of_a_board_says_so(noted):
    engagement, note = noted
    drawn = [b for b in by_region(engagement.view("2026-Q3")).blocks if isinstance(b, Cards | Figure | Table)]
    assert len(drawn) >= 3
    for block in drawn:
        assert note in plain(block)


def test_a_headline_with_the_number_says_so(noted):
    engagement, note = noted
    # Without a period before it there is no change to tell, so the number itself is the headline.
    heading = draw_answer(engagement.view("2026-Q1")).blocks[0]
    assert "Net Promoter Score® stands at" in plain(heading)
    assert note[1:] in plain(heading)


def test_the_command_line_gates_and_plays_say_so(noted):
    engagement, note = noted
    view = engagement.view("2026-Q3")
    assert note in "\n".join(scorecard_lines(view))
    work = engagement.work(view, today=TODAY)
    assert note in plain(draw_gates(view, work.gates))
    assert note in plain(draw_plays(view, work.plays))


def test_every_estimate_of_the_kpi_carries_it_and_no_other(noted):
    engagement, note = noted
    for cell in engagement.evidence().cells:
        if cell.estimate.shown:
            assert (note in cell.estimate.note) == (cell.kpi == "nps")


def test_check_and_measure_say_what_the_answers_show(noted):
    engagement, note = noted
    checked, told = engagement.check(today=TODAY), engagement.evidence().manifest.notes
    suspected = [n for n in told if "none of 1,800 answers is 0" in n]
    assert bool(suspected) == note.startswith("No answer")
    assert set(suspected) <= set(checked.notes)
    assert all(n in plain(draw_readiness(checked)) for n in suspected)


# Real exports, and the samples.


def scales_of(engagement: Engagement) -> dict[str, Found]:
    with open_database() as db:
        return {f.column: f for f in read_tables(db, engagement.sources, root=engagement.root).scales}


def test_airport_answers_are_counted_as_pandas_counts_them(real):
    engagement = real("sfo", "surveys/2017_SFO_Customer_Survey_20250817.csv")
    frame = pd.read_csv(SHARED / "surveys/2017_SFO_Customer_Survey_20250817.csv", dtype=str)
    scales = scales_of(engagement)
    for column, header, top in (
        ("score", "NETPRO", 10),
        ("satisfaction", "Q7ALL", 5),
        ("security_ease", "Q14PASSTHRU", 5),
    ):
        numbers = pd.to_numeric(frame[header], errors="coerce")
        valid = numbers[(numbers >= scales[column].scale[0]) & (numbers <= top)]
        assert scales[column].counts == valid.astype(int).value_counts().to_dict()
    assert doubts(scales.values(), said=words()) == []


def test_airport_codes_bring_their_line(real):
    engagement = real("sfo", "surveys/2017_SFO_Customer_Survey_20250817.csv")
    sources = engagement.root / "sources.yaml"
    sources.write_text(re.sub(r", missing: \[[^]]*Blank\]", "", sources.read_text()))
    hints = {(f.column, f.value): f.hint for f in Engagement(engagement.root).check().faults}
    assert "11 stands 84 times" in hints["NETPRO", "11"]
    assert 'satisfaction: {column: Q7ALL, missing: "Blank"}' in hints["Q7ALL", "Blank"]
    assert 'missing: ["6", "0"]' in hints["Q14PASSTHRU", "0"]


def test_maintainers_were_asked_for_agreement_and_the_number_says_so(real):
    engagement = real("cncf", "surveys/CNCF_Maintainers_Survey_2021_H2.csv")
    engagement.measure(today=TODAY)
    note = engagement.view().cell("nps").estimate.note
    assert note == (
        "Asked on a scale of 1 to 10, not 0 to 10: not comparable with others. Asked as agreement, not as a likelihood"
    )
    assert not [n for n in engagement.evidence().manifest.notes if "scale" in n]


@pytest.mark.parametrize("sample", ["aldermoor", "fennick", "torvald"])
def test_nothing_is_suspected_of_the_samples(sample):
    scales = scales_of(Engagement(ROOT / "data/samples" / sample))
    assert set(scales) == {"score", "satisfaction", "effort"}
    assert doubts(scales.values(), said=words()) == []
