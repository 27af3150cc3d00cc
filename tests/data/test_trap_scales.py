"""Answers that are no numbers, and numbers that are no answers: scales that would give a wrong number."""

from __future__ import annotations

import pandas as pd
import pytest
from build import ENGAGEMENT, SOURCES, small_engagement
from conftest import TODAY
from trapping import SCORE, asked, line_of, measured, nps, refused, survey, whole

COUNTS = {0: 4, 1: 4, 2: 6, 3: 8, 4: 10, 5: 20, 6: 30, 7: 60, 8: 80, 9: 68, 10: 10}
SCORES = [p for p, n in COUNTS.items() for _ in range(n)]


def test_ends_written_out_are_refused_however_few_they_are(tmp_path):
    """Ten promoters of 300, 3 %: fewer than may be unusable, and every one of them a 10."""
    shown = ["Extremely likely" if s == 10 else s for s in SCORES]
    wrong = nps(pd.to_numeric(pd.Series(shown), errors="coerce").dropna())
    assert 0 < shown.count("Extremely likely") / len(shown) < 0.05
    text = refused(whole(tmp_path, survey__csv=survey(shown)), "data/survey.csv", "column 'Score'", "Extremely likely")
    mended = whole(tmp_path, sources=SOURCES.replace(SCORE, line_of(text, "score")), survey__csv=survey(shown))
    assert measured(mended, not_=wrong) == pytest.approx(nps(SCORES))


def test_both_ends_written_out_bring_both_to_write(tmp_path):
    words = {10: "Extremely likely", 0: "Not at all likely"}
    text = refused(asked(tmp_path, [words.get(s, s) for s in SCORES]), "14 rows")
    assert 'values: {"Extremely likely": "10", "Not at all likely": "0", "*": "*"}' in text


@pytest.mark.parametrize("word", ["10 - Extremely likely", "10/10", "10 (best)"])
def test_a_label_behind_the_number_loses_no_promoters(tmp_path, word):
    shown = [word if s == 10 else s for s in SCORES]
    text = refused(whole(tmp_path, survey__csv=survey(shown)), word)
    mended = whole(tmp_path, sources=SOURCES.replace(SCORE, line_of(text, "score")), survey__csv=survey(shown))
    wrong = nps(s for s in SCORES if s != 10)
    assert measured(mended, not_=wrong) == pytest.approx(nps(SCORES))


@pytest.mark.parametrize("word", ["Not at all likely - 0", "Not at all likely (0)", "(0) nie", "0*"])
def test_a_label_before_the_number_loses_no_detractors(tmp_path, word):
    """Four of 300, as few as may be unusable, and every one of them the worst answer."""
    shown = [word if s == 0 else s for s in SCORES]
    text = refused(whole(tmp_path, survey__csv=survey(shown)), "data/survey.csv", "column 'Score'", word, "4 rows")
    mended = whole(tmp_path, sources=SOURCES.replace(SCORE, line_of(text, "score")), survey__csv=survey(shown))
    assert measured(mended, not_=nps(s for s in SCORES if s)) == pytest.approx(nps(SCORES))


def test_a_labelled_point_counts_from_three_on_and_an_end_from_one(tmp_path):
    twice = asked(tmp_path / "twice", ["a seven (7)", "a seven (7)", *SCORES]).check()
    assert [f.stops for f in twice.faults] == [False, False]
    refused(asked(tmp_path / "thrice", ["a seven (7)"] * 3 + SCORES), "a seven (7)", "3 rows")
    refused(asked(tmp_path / "end", ["Never (0)", *(s for s in SCORES if s)]), "Never (0)")


@pytest.mark.parametrize("word", ["No answer (0)", "-9 (refused)", "8 / 5", "9.5", "in 2 words"])
def test_a_number_beside_words_that_names_no_point_is_not_taken_for_one(tmp_path, word):
    faults = asked(tmp_path, [word] * 4 + SCORES).check().faults
    assert [f.stops for f in faults] == [False] * 4


def test_a_word_that_comes_again_where_an_end_never_does_is_refused(tmp_path):
    """Nobody knows the word, but nobody gives a 10 either."""
    shown = ["Recommend" if s == 10 else s for s in SCORES]
    refused(asked(tmp_path, shown), "data/survey.csv", "'Recommend'", "10 rows")


def test_an_odd_word_beside_both_ends_stays_a_fault_of_its_row(tmp_path):
    (fault,) = asked(tmp_path, ["eleven", *SCORES]).check().faults
    assert (fault.row, fault.stops) == (2, False)


def test_what_is_no_answer_is_said_to_be_none(tmp_path):
    shown = ["Extremely bored" if s == 10 else s for s in SCORES]
    said = 'score: {column: Score, missing: ["99", "Extremely bored"]}'
    assert whole(tmp_path, sources=SOURCES.replace(SCORE, said), survey__csv=survey(shown)).check().sound


ZEROS = [0] * 30 + [5] * 20 + [7] * 50 + [8] * 60 + [9] * 80 + [10] * 60


def test_a_zero_that_may_mean_not_applicable_stops_until_it_is_answered(tmp_path):
    text = refused(whole(tmp_path, survey__csv=survey(ZEROS)), "30 of 300 answers are 0", "data/survey.csv")
    wrong, right = nps(ZEROS), nps(s for s in ZEROS if s)
    missing, scale = line_of(text, "score"), line_of(text, "score", nth=1)
    assert 'missing: ["99", "0"]' in missing
    assert "scale: [0, 10]" in scale
    mended = whole(tmp_path, sources=SOURCES.replace(SCORE, missing), survey__csv=survey(ZEROS))
    assert measured(mended, not_=wrong) == pytest.approx(right)


def test_a_zero_that_is_an_answer_is_counted_when_the_scale_says_so(tmp_path):
    sources = SOURCES.replace(SCORE, 'score: {column: Score, missing: ["99"], scale: [0, 10]}')
    engagement = whole(tmp_path, sources=sources, survey__csv=survey(ZEROS))
    assert measured(engagement, not_=nps(s for s in ZEROS if s)) == pytest.approx(nps(ZEROS))
    assert engagement.check(today=TODAY).sound


@pytest.mark.parametrize("code", ["99", "-1", "999"])
def test_codes_for_no_answer_are_in_no_number(tmp_path, code):
    shown = [*SCORES, *[code] * 10]
    engagement = whole(tmp_path, survey__csv=survey(shown))
    wrong = nps(float(s) for s in shown)
    assert measured(engagement, not_=wrong) == pytest.approx(nps(SCORES))
    assert engagement.check(today=TODAY).sound == (code == "99")


WORDS = {
    "Very satisfied": "5", "Rather satisfied": "4", "Neither": "3", "Rather dissatisfied": "2", "Very dissatisfied": "1"
}  # fmt: skip
CSAT = "satisfaction: {column: Score, values: {" + ", ".join(f'"{w}": "{p}"' for w, p in WORDS.items()) + "}}"
ANSWERS = [w for w, n in zip(WORDS, (120, 60, 40, 50, 30), strict=True) for _ in range(n)]


def share_satisfied(words) -> float:
    return sum(w in ("Very satisfied", "Rather satisfied") for w in words) / len(words)


@pytest.mark.parametrize(
    "odd", ["very  satisfied ", "VERY SATISFIED", "Very\u00a0satisfied", "Very satisfied\u00a0", "Very \u200bsatisfied"]
)
def test_words_are_known_whatever_their_case_and_blanks(tmp_path, odd):
    shown = [odd if i < 10 else w for i, w in enumerate(ANSWERS)]
    engagement = whole(tmp_path, "csat", sources=SOURCES.replace(SCORE, CSAT), survey__csv=survey(shown))
    wrong = share_satisfied(shown[10:])
    assert measured(engagement, "csat", not_=wrong) == pytest.approx(share_satisfied(ANSWERS))
    assert engagement.check(today=TODAY).sound


@pytest.mark.parametrize("odd", ["Very satisfed", "Verry satisfied", "Very satisfied!"])
def test_a_misspelt_word_is_refused_with_its_entry_and_never_taken(tmp_path, odd):
    shown = [odd if i < 10 else w for i, w in enumerate(ANSWERS)]
    sources = SOURCES.replace(SCORE, CSAT)
    engagement = whole(tmp_path, "csat", sources=sources, survey__csv=survey(shown))
    text = refused(engagement, f'"{odd}": "5"', "column 'Score'")
    mended = SOURCES.replace(SCORE, line_of(text, "satisfaction"))
    right = measured(whole(tmp_path, "csat", sources=mended, survey__csv=survey(shown)), "csat",
                     not_=share_satisfied(shown[10:]))  # fmt: skip
    assert right == pytest.approx(share_satisfied(ANSWERS))


def test_entries_that_quarrel_over_a_spelling_are_taken_as_they_stand(tmp_path):
    mapped = 'resolved: {column: Channel, values: {"y": "yes", "Y": "no"}}'
    text = "Response,Date,Id,Score,Channel\nR1,2026-02-03,C1,7,y\nR2,2026-02-04,C2,7,Y\nR3,2026-02-05,C3,7,Y \n"
    sources = SOURCES.replace("channel: Channel", mapped)
    from sqlglot import exp

    from cxkit._table import open_database
    from cxkit.data.read import read_tables

    engagement = small_engagement(tmp_path, sources=sources, survey__csv=text)
    with open_database() as db:
        read_tables(db, engagement.sources, root=engagement.root)
        found = db.rows(exp.select("resolved").from_("responses").order_by("response_id"))
    assert [r[0] for r in found] == [True, False, False]


def test_a_two_that_means_no_is_refused_however_few_they_are(tmp_path):
    """One in fifty is unresolved: fewer than may be unusable, and without them all would be resolved."""
    shown = ["1"] * 294 + ["2"] * 6
    sources = SOURCES.replace("channel: Channel", "resolved: Channel")
    text = survey([9] * 300).replace(",Web", ",{}").format(*shown)
    engagement = small_engagement(tmp_path, sources=sources, survey__csv=text, engagement=ENGAGEMENT)
    said = refused(engagement, "column 'Channel'", 'values: {"1": "yes", "2": "no"}')
    mended = SOURCES.replace("channel: Channel", line_of(said, "resolved"))
    assert small_engagement(tmp_path, sources=mended, survey__csv=text).check().sound


def test_words_for_no_in_another_language_are_not_dropped(tmp_path):
    shown = ["yes"] * 294 + ["nee"] * 6
    sources = SOURCES.replace("channel: Channel", "resolved: Channel")
    text = survey([9] * 300).replace(",Web", ",{}").format(*shown)
    refused(small_engagement(tmp_path, sources=sources, survey__csv=text), '"nee": "no"')
