"""Numbers, intervals and dates read the same wherever they stand."""

from __future__ import annotations

import pytest

from cxkit._blocks import Strong
from cxkit._format import (
    count_text,
    date_text,
    difference_text,
    estimate_text,
    interval_text,
    period_text,
    tick_text,
    value_text,
    words,
)
from cxkit.evidence.estimate import Estimate

W = words()
SPACE = {ord("\u00a0"): " "}


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (32.2, "points", "+32"),
        (-5.0, "points", "\u22125"),
        (0.2, "points", "0"),
        (-0.2, "points", "0"),
        (0.82, "percent", "82 %"),
        (0.0213, "percent", "2.1 %"),
        (-0.021, "percent", "\u22122.1 %"),
        (0.996, "percent", "99.6 %"),
        (1.0, "percent", "100 %"),
        (1.023, "percent", "102 %"),
        (4.31, "score", "4.3"),
        (12.42, "per_100", "12.4 per 100"),
        (1240.4, "currency", "€1,240"),
        (-12.4, "currency", "\u2212€12.40"),
        (42.0, "seconds", "42.0 seconds"),
        (340.4, "seconds", "340 seconds"),
        (3.4, "minutes", "3.4 minutes"),
        (6.04, "hours", "6.0 hours"),
        (2.5, "days", "2.5 days"),
        (12746, "count", "12,746"),
        (3.0, "light_years", "3.0 light years"),
    ],
)
def test_a_value_reads_as_its_unit_asks(value: float, unit: str, text: str) -> None:
    assert value_text(value, unit, words=W).translate(SPACE) == text


def test_a_number_never_parts_from_its_unit() -> None:
    for unit in ("percent", "per_100", "days", "minutes"):
        assert " " not in value_text(3.2, unit, words=W)


def test_a_narrow_interval_earns_a_digit() -> None:
    assert value_text(0.82, "percent", words=W, spread=0.015).translate(SPACE) == "82.0 %"
    assert value_text(0.82, "percent", words=W, spread=0.04).translate(SPACE) == "82 %"


def test_another_currency_is_named_by_its_code() -> None:
    assert value_text(150.0, "currency", words=words("en", "CHF")).translate(SPACE) == "CHF 150"


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [(27.0, 37.0, "27 to 37"), (-3.0, 4.0, "\u22123 to 4"), (None, 37.0, "up to 37"), (27.0, None, "27 or more")],
)
def test_an_interval_says_what_it_knows(low: float | None, high: float | None, text: str) -> None:
    assert interval_text(Estimate(32.0, low, high, 99), "points", words=W).translate(SPACE) == text


def test_an_estimate_stands_with_its_interval() -> None:
    assert estimate_text(Estimate(0.82, 0.80, 0.84, 3318), "percent", words=W).translate(SPACE) == "82 % (80 to 84)"


@pytest.mark.parametrize(
    ("status", "n", "text"),
    [
        ("too_few", 18, "n 18: too few to show"),
        ("too_few", 1, "n 1: too few to show"),
        ("suppressed", None, "suppressed"),
        ("no_data", 0, "no data"),
        ("undefined", 40, "cannot be computed, n 40"),
    ],
)
def test_an_estimate_without_a_value_says_why(status: str, n: int | None, text: str) -> None:
    assert estimate_text(Estimate.without(status, n=n), "percent", words=W).translate(SPACE) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (6.2, "points", "6 points"),
        (-1.04, "points", "1.0 points"),
        (0.021, "percent", "2.1 percentage points"),
        (-0.12, "percent", "12 percentage points"),
        (0.3, "score", "0.3"),
        (1.14, "per_100", "1.1 per 100"),
        (1.0, "count", "1"),
        (1340.0, "currency", "€1,340.00".removesuffix(".00")),
    ],
)
def test_a_difference_has_a_size_and_no_sign(value: float, unit: str, text: str) -> None:
    assert difference_text(value, unit, words=W).translate(SPACE) == text
    assert difference_text(-value, unit, words=W) == difference_text(value, unit, words=W)


@pytest.mark.parametrize(
    ("period", "long", "short"),
    [
        ("2026-Q3", "Q3 2026", "Q3"),
        ("2026-10", "October 2026", "Oct"),
        ("2026-H1", "H1 2026", "H1"),
        ("2026", "2026", "2026"),
        ("all", "all periods", "all periods"),
    ],
)
def test_a_period_has_a_name_and_a_short_one(period: str, long: str, short: str) -> None:
    assert period_text(period, words=W).translate(SPACE) == long
    assert period_text(period, words=W, short=True) == short


def test_dates_and_counts() -> None:
    assert date_text("2026-10-31T10:00:00", words=W).translate(SPACE) == "31 October 2026"
    assert count_text(1234567, W) == "1,234,567"


@pytest.mark.parametrize(
    ("value", "unit", "step", "text"),
    [
        (0.0, "points", 10, "0"),
        (20, "points", 10, "+20"),
        (0.825, "percent", 0.025, "82.5 %"),
        (0.8, "percent", 0.1, "80 %"),
    ],
)
def test_ticks_have_the_digits_of_their_step(value: float, unit: str, step: float, text: str) -> None:
    assert tick_text(value, unit, step=step, words=W).translate(SPACE) == text


def test_a_language_without_a_catalogue_speaks_english() -> None:
    assert words("xx").say("status.no_data") == W.say("status.no_data")


def test_what_is_filled_in_is_never_read_as_a_template() -> None:
    assert W.say("answer.segment_worse", dimension="{n}", value="{dimension}").startswith("{n} {dimension}")


def test_emphasis_survives_the_template() -> None:
    line = W.line("answer.value", label="NPS", value=Strong("+32"), period="Q3")
    assert line == ("NPS", " is ", Strong("+32"), " in ", "Q3")


def test_a_missing_text_is_named() -> None:
    with pytest.raises(KeyError, match=r"no\.such\.text"):
        W.say("no.such.text")


@pytest.mark.parametrize(
    ("items", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_lists_read_as_in_a_sentence(items: list[str], text: str) -> None:
    assert W.all_of(items) == text
