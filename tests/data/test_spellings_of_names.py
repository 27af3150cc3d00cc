"""Names of JSON objects that some rows spell one way and others another; and codecs in which nobody writes."""

from __future__ import annotations

import json

import pytest
from build import SOURCES
from conftest import TODAY
from trapping import refused, survey, whole

LINES = SOURCES.replace("survey*.csv", "survey.jsonl")
ANSWERS = [line.split(",") for line in survey([10] * 120).splitlines()]


def answered(folder, *, odd: str, beside: bool = False, sources: str = LINES):
    rows = [dict(zip(ANSWERS[0], row, strict=True)) for row in ANSWERS[1:]]
    for number, row in enumerate(rows):
        if beside:
            row[odd] = "5"
        elif number % 2:
            row[odd] = row.pop("Score")
    text = "\n".join(json.dumps(r) for r in rows)
    return whole(folder, sources=sources, survey__jsonl=text)


@pytest.mark.parametrize("odd", ["score", "Sco re", "SCORE"])
def test_a_name_that_is_spelled_in_two_ways_is_told(tmp_path, odd):
    refused(answered(tmp_path, odd=odd), "data/survey.jsonl", "header", "'Score'", "another way")


def test_names_alike_in_one_object_are_different_columns(tmp_path):
    checked = answered(tmp_path, odd="score", beside=True).check(today=TODAY)
    assert [f for f in checked.faults if f.stops] == []


def test_names_alike_that_are_both_mapped_are_taken_as_they_are(tmp_path):
    both = LINES.rstrip() + "\n    attributes: {other: {column: score, type: integer}}\n"
    checked = answered(tmp_path, odd="score", sources=both).check(today=TODAY)
    assert [f for f in checked.faults if "another way" in f.what] == []


@pytest.mark.parametrize("codec", ["idna", "punycode", "raw_unicode_escape", "unicode_escape", "rot13"])
@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_a_codec_in_which_nobody_writes_is_unknown(tmp_path, codec, ending):
    sources = SOURCES.replace("survey*.csv\n", f"survey.{ending}\n    format: {{encoding: {codec}}}\n")
    refused(whole(tmp_path, sources=sources, **{f"survey__{ending}": "{}"}), f"encoding '{codec}' is unknown")
