"""School marks: a 1 that is the best would be counted as the worst."""

from __future__ import annotations

import pytest
from build import ENGAGEMENT, SOURCES, small_engagement
from conftest import TODAY

from cxkit.data.traps.turned import is_turned
from cxkit.errors import ExportError

TITLE = "Zufriedenheit (1 = sehr zufrieden, 5 = sehr unzufrieden)"
ANSWERS = [1, 1, 2, 1, 3, 2, 5, 1, 2, 4]
SATISFIED = f"{SOURCES.split('score:')[0]}satisfaction: "
HAPPY = sum(a <= 2 for a in ANSWERS) / len(ANSWERS)
UNHAPPY = sum(a >= 4 for a in ANSWERS) / len(ANSWERS)


def asked(folder, line: str, *, title: str = TITLE):
    rows = [f'Response,Date,Id,"{title}"']
    rows += [
        f"R{i},2026-08-{i % 28 + 1:02d} 10:{i % 60:02d}:{i // 60:02d},C{i % 120},{ANSWERS[i % 10]}" for i in range(300)
    ]
    settings = ENGAGEMENT.replace("[nps]", "[csat]")
    return small_engagement(folder, engagement=settings, sources=SATISFIED + line + "\n", survey__csv="\n".join(rows))


def test_a_scale_whose_low_end_is_good_is_refused_until_it_is_turned(tmp_path):
    engagement = asked(tmp_path, f'"{TITLE}"')
    with pytest.raises(ExportError, match="1 is the good end") as error:
        engagement.measure(today=TODAY)
    line = str(error.value).split("satisfaction: ")[1].split("}}")[0] + "}}"
    turned = asked(tmp_path, line)
    turned.measure(today=TODAY)
    value = turned.view().cell("csat").estimate.value
    assert value == pytest.approx(HAPPY)
    assert value != pytest.approx(UNHAPPY)


def test_a_header_that_is_wrong_may_be_overruled(tmp_path):
    same = ", ".join(f'"{p}": "{p}"' for p in range(1, 6))
    engagement = asked(tmp_path, f'{{column: "{TITLE}", values: {{{same}}}}}')
    assert engagement.check(today=TODAY).sound


@pytest.mark.parametrize(("title", "turned"), [
    ("Rate us: 1 very good to 5 very bad", False), ("How easy? 1: very easy - 7: very difficult", True),
    ("10 - strongly agree, 1 - strongly disagree", False), ("Q1 Likelihood to recommend", False),
    ("1 = very dissatisfied, 5 = very satisfied", False), ("Tevredenheid (1 = zeer tevreden)", True),
    ("Question 11 - good service (1 = bad, 5 = good)", False),
])  # fmt: skip
def test_which_headers_say_so(title, turned):
    assert is_turned(title, 1, 7 if "7" in title else 5) is turned
