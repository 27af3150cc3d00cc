"""Bad input gives one clear error with its place, or an Estimate that says why it has no value; never a number."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest
from build import ENGAGEMENT, small_engagement, survey_rows
from conftest import TODAY

from cxkit import cli
from cxkit.engagement import open_engagement
from cxkit.errors import CxkitError, DocumentError, MergeError, QueryError
from cxkit.kpi.cube import make_cube, merge, roll_up
from cxkit.kpi.kinds import KINDS
from cxkit.kpi.model import read_catalogue
from cxkit.kpi.sums import Sums
from cxkit.kpi.tallies import Tallies

MEAN = """\
id: own
label: Own
question: What?
kind: mean
table: responses
value: score
unit: score
better: higher
minimum_n: 1
source: us
"""
TABLE = """\
id: mine
meaning: Answers
grain: an answer
time: responded_at
columns: {customer_id: text, responded_at: timestamp, value: number}
sql: SELECT_HERE
needs: {responses: [score]}
adds_over: time
source: us
"""
SQL = "select customer_id, responded_at, score as value from responses"
ON_MINE = MEAN.replace("table: responses\nvalue: score", "table: mine\nvalue: value")
NONE = "Response,Date,Id,Score,Channel\n"


def engagement(folder, kpi: str = MEAN, *, table: str = "", **files):
    (folder / "kpis").mkdir(parents=True)
    (folder / "kpis/own.yaml").write_text(kpi, encoding="utf-8")
    if table:
        (folder / "tables").mkdir()
        (folder / "tables/mine.yaml").write_text(table, encoding="utf-8")
    text = ENGAGEMENT.replace("[nps]", "[own]").replace("2026-09-30", "2026-08-28")
    return small_engagement(folder, engagement=text, **files)


def derived(sql: str = SQL) -> str:
    return TABLE.replace("SELECT_HERE", sql)


def measured(folder, kpi: str = MEAN, *, table: str = "", period: str = "2026-Q2", **files):
    """The estimate of the whole in a quarter, as measuring writes it."""
    made = engagement(folder, kpi, table=table, **files)
    made.measure(today=TODAY)
    return made.evidence().at(period).cell("own").estimate


# --- what is wrong in a file: one error, with its place and what helps -----------------------------------------------

KPI_FAULTS = {
    "unknown column": (MEAN.replace("value: score", "value: scroe"), "no column 'scroe'", "value", "'score'"),
    "two statements": (MEAN.replace("value: score", "value: score; drop table x"), "One statement", "value", "`;`"),
    "a query": (MEAN.replace("value: score", "value: (select 1)"), "Subquery) is not allowed", "value", "Columns"),
    "a query in IN": (MEAN + "base: score in (select score from responses)\n", "inside IN", "base", ""),
    "an aggregate": (MEAN.replace("value: score", "value: max(score)"), "function max", "value", "plain functions"),
    "a window": (MEAN.replace("value: score", "value: row_number() over ()"), "Window", "value", "plain functions"),
    "a file": (MEAN.replace("value: score", "value: read_text('x')"), "read_text", "value", "files are not"),
    "no SQL": (MEAN.replace("value: score", 'value: "-- nothing"'), "There is no SQL", "value", "a condition"),
    "half a condition": (MEAN + "base: score >=\n", "does not read", "base", "score >="),
    "no parameter": (MEAN.replace("value: score", "value: score + :days"), "no parameter :days", "value", "none"),
    "text for a number": (MEAN.replace("value: score", "value: channel"), "`value` is text", "value", "numbers"),
    "text added to a number": (MEAN.replace("value: score", "value: score + channel"), "refuses", "value", "types"),
    "text for a condition": (MEAN + "base: channel\n", "`base` is text", "base", "condition"),
    "a number for a condition": (MEAN + "base: score\n", "`base` is a number", "base", "condition"),
    "a span of time for a number": (
        MEAN.replace("value: score", "value: responded_at - responded_at"), "`value` is interval", "value", "date_diff"
    ),
    "unknown table": (MEAN.replace("responses", "respones"), "no table 'respones'", "table", "'responses'"),
}  # fmt: skip
MODEL_FAULTS = {
    "unknown kind": (MEAN.replace("kind: mean", "kind: median"), "no kind 'median'; kinds are", ":4"),
    "missing field": (MEAN.replace("value: score\n", ""), "A mean needs `value`", ":1"),
    "foreign field": (MEAN + "hit: score > 1\n", "`hit` has no meaning for a mean; it has value", ":1"),
    "quantile without share": (MEAN.replace("kind: mean", "kind: quantile"), "A quantile needs `share`", ":1"),
    "a share in percent": (MEAN.replace("kind: mean", "kind: quantile") + "share: 50\n", "than 1, found 50", ":11"),
    "a horizon on a mean": (MEAN + "horizon: 12\n", "`horizon` has no meaning for a mean", ":1"),
    "a weight on a survival": (
        MEAN.replace("kind: mean", "kind: survival").replace("value: score", "duration: score\nended: score > 1")
        + "horizon: 3\nshows: kept\nweight: score\n",
        "A survival cannot be weighted", ":1",
    ),
    "ends the wrong way round": (MEAN + "bounds: [5, 1]\n", "The ends of `bounds` are 5 and 1", ":1"),
    "an endless parameter": (MEAN + "parameters: {x: .inf}\n", "The parameter `x` is no finite number", ":1"),
    "another id": (MEAN.replace("id: own", "id: other"), "The id is 'other', but the file is own.yaml", ":1"),
    "unknown key": (MEAN + "minimum: 3\n", "`minimum` is unknown", ":11"),
    "a key twice": (MEAN + "label: Again\n", 'duplicate key "label"', ":11"),
}  # fmt: skip
SQL_FAULTS = {
    "two statements": ("select 1; select 2", "One statement is allowed, found 2"),
    "an insert": ("insert into responses values (1)", "one SELECT"),
    "an update": ("update responses set score = 1", "one SELECT"),
    "a pragma": ("pragma database_list", "one SELECT"),
    "a copy": ("copy responses to 'x.csv'", "one SELECT"),
    "an attachment": ("attach 'x.db'", "one SELECT"),
    "a setting": ("set threads = 1", "one SELECT"),
    "a file function": ("select * from read_csv('x.csv')", "function read_csv is not allowed"),
    "a file by name": ("select * from 'x.csv'", 'The table "x.csv" is not there'),
    "the environment": ("select getenv('HOME') as value from responses", "function getenv is not allowed"),
    "a recursion": ("with recursive a as (select 1 as b union all select b from a) select * from a", "recursive"),
    "another table": (SQL.replace("responses", "respones"), "The table respones is not there"),
    "another column": (SQL.replace("score", "scroe"), "no column 'scroe'"),
    "no such column in the end": (SQL.replace("as value", "as worth"), "gives no column 'value'"),
    "text where a number is named": (SQL.replace("score as", "channel as"), "'value' is number; its SQL gives text"),
    "no SELECT at all": ("select from where", "Expected table name but got 'where'"),
}
TABLE_FAULTS = {
    "no adds_over": (derived().replace("adds_over: time\n", ""), "`adds_over` is missing", "Whether months add up"),
    "another adds_over": (derived().replace("adds_over: time", "adds_over: months"), "'time' or 'none'", ""),
    "no such time": (derived().replace("time: responded_at", "time: response_at"), "none of its columns", ""),
    "a time that is text": (derived().replace("time: responded_at", "time: customer_id"), "text and no date", ""),
}


def refused(made, what: str) -> CxkitError:
    """The error that both checking and measuring leave with."""
    found = []
    for call in (made.check, made.measure):
        with pytest.raises(CxkitError) as caught:
            call(today=TODAY)
        found.append(caught.value)
    assert str(found[0]) == str(found[1])
    assert what in found[0].what
    assert "\n" not in found[0].what
    assert not (made.root / "evidence").exists()
    return found[0]


@pytest.mark.parametrize("name", KPI_FAULTS)
def test_sql_of_a_kpi(tmp_path, name):
    kpi, what, field, hint = KPI_FAULTS[name]
    error = refused(engagement(tmp_path, kpi), what)
    assert error.where == f"kpis/own.yaml, {field}"
    assert hint in error.hint


@pytest.mark.parametrize("name", MODEL_FAULTS)
def test_a_kpi_that_does_not_fit_its_kind(tmp_path, name):
    kpi, what, line = MODEL_FAULTS[name]
    error = refused(engagement(tmp_path, kpi), what)
    assert isinstance(error, DocumentError)
    assert error.where.startswith(f"kpis/own.yaml{line}")


@pytest.mark.parametrize("name", SQL_FAULTS)
def test_sql_of_a_derived_table(tmp_path, name):
    sql, what = SQL_FAULTS[name]
    error = refused(engagement(tmp_path, ON_MINE, table=derived(sql)), what)
    assert isinstance(error, QueryError)
    assert error.where == "tables/mine.yaml"


@pytest.mark.parametrize("name", TABLE_FAULTS)
def test_a_derived_table_that_does_not_hold_together(tmp_path, name):
    table, what, hint = TABLE_FAULTS[name]
    error = refused(engagement(tmp_path, ON_MINE, table=table), what)
    assert error.where.startswith("tables/mine.yaml")
    assert hint in error.hint


def test_whole_numbers_that_are_none_are_not_rounded_in_silence(tmp_path):
    table = derived(SQL.replace("score as", "score / 3 as")).replace("value: number", "value: integer")
    assert "'value' is integer; its SQL gives a number" in refused(engagement(tmp_path, ON_MINE, table=table), "").what


@pytest.mark.parametrize("command", ["check", "measure"])
def test_the_commands_leave_with_2_and_no_traceback(tmp_path, capsys, monkeypatch, command):
    engagement(tmp_path, KPI_FAULTS["unknown column"][0])
    monkeypatch.setattr(sys, "argv", ["cxkit", command, str(tmp_path)])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    out, err = capsys.readouterr()
    assert stop.value.code == 2
    assert err.splitlines() == [
        "There is no column 'scroe'.", "  at kpis/own.yaml, value", "", "Hint: Did you mean 'score'?",
    ]  # fmt: skip
    assert "Traceback" not in out + err


# --- what is wrong in the data: an Estimate that says why ------------------------------------------------------------


def test_an_empty_base(tmp_path):
    found = measured(tmp_path, MEAN + "base: score > 10\n")
    assert (found.status, found.value, found.n, found.left_out) == ("no_data", None, 0, 120)


def test_no_rows_at_all(tmp_path):
    made = engagement(tmp_path, survey__csv=NONE)
    made.measure(today=TODAY)
    assert [c for c in made.evidence().cells if c.estimate.shown] == []


def test_one_answer_is_nobodys_business(tmp_path):
    found = measured(tmp_path, survey__csv=NONE + "R1,2026-05-01,C1,9,Web\n")
    assert (found.status, found.value, found.n, found.n_eff, found.left_out) == ("suppressed", None, None, None, None)


def test_too_few_answers(tmp_path):
    rows = "".join(f"R{i},2026-05-01,C{i},{i % 11},Web\n" for i in range(12))
    found = measured(tmp_path, MEAN.replace("minimum_n: 1", "minimum_n: 30"), survey__csv=NONE + rows)
    assert (found.status, found.value, found.n) == ("too_few", None, 12)


def test_answers_that_are_all_alike_have_no_interval(tmp_path):
    found = measured(tmp_path, MEAN.replace("value: score", "value: score * 0 + 7"))
    assert (found.value, found.low, found.high) == (7.0, None, None)


WRONG = {
    "divided by zero": "score / (score - score)",
    "not a number": "cast('nan' as double)",
    "without end": "cast('-inf' as double)",
    "too large to be squared": "score * 1e200",
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_number_is_left_out(tmp_path, name):
    found = measured(tmp_path, ON_MINE, table=derived(SQL.replace("score as", f"{WRONG[name]} as")))
    assert (found.status, found.n, found.left_out) == ("no_data", 0, 120)


def test_a_few_that_are_no_numbers_leave_the_others(tmp_path):
    some = "case when score > 8 then cast('inf' as double) else score end as value"
    found = measured(tmp_path, ON_MINE, table=derived(SQL.replace("score as value", some)))
    scores = pd.Series([int(r.split(",")[3]) for r in survey_rows()[1:] if ",2026-05-" in r])
    kept = scores[scores <= 8]
    assert (found.value, found.n, found.left_out) == (pytest.approx(kept.mean()), len(kept), (scores > 8).sum())


def test_words_among_numbers_are_told_and_left_out(tmp_path):
    rows = survey_rows()
    rows[2] = rows[2].rsplit(",", 2)[0] + ",nine,Web"
    made = engagement(tmp_path, survey__csv="\n".join(rows) + "\n")
    (fault,) = made.check(today=TODAY).faults
    assert (fault.row, fault.column, fault.value) == (3, "Score", "nine")
    made.measure(today=TODAY)
    whole = made.evidence().at("2026-Q2").cell("own").estimate
    assert (whole.n, whole.left_out) == (119, 1)


def test_customers_who_answer_often_count_for_less(tmp_path):
    rows = "".join(f"R{i},2026-05-0{i // 30 + 1},C{i % 30},{(i % 30) // 3},Web\n" for i in range(120))
    found = measured(tmp_path, survey__csv=NONE + rows)
    assert found.n == 120
    assert found.n_eff == pytest.approx(30, rel=0.05)


# --- the functions themselves ----------------------------------------------------------------------------------------

ODD = [np.nan, np.inf, -np.inf, 1e300, 0.0]


@pytest.mark.parametrize("kind", [k for k in KINDS if not KINDS[k].TALLIED])
@pytest.mark.parametrize("odd", ODD)
def test_a_kind_gives_no_number_for_sums_that_are_none(kind, odd):
    names = KINDS[kind].SUMS
    found = KINDS[kind].estimate(Sums.of(n=[0, 50], **{f: [0, odd] for f in names}))
    assert np.isnan(found.value[0])
    assert not np.isinf(found.value).any()
    assert not np.isinf(found.low).any()


def test_a_kind_of_curves_gives_no_number_without_rows():
    empty = Tallies(Sums.of(n=[0], y=[0], x=[0], yy=[0]), np.zeros(1), *(np.zeros((1, 1)) for _ in range(4)))
    assert np.isnan(KINDS["quantile"].estimate(empty, share=0.5).value).all()
    assert np.isnan(KINDS["survival"].estimate(empty, horizon=12.0, shows="kept").value).all()


def cube(kpi: str = "nps", *, definition: str = "d1", additive: bool = True, **sums):
    record = read_catalogue().kpis[kpi]
    part = [("month", "2026-07", ())], Sums.of(**({"n": [36], "plus": [19], "minus": [8]} | sums)), np.array([36]), {}
    return make_cube(record, part, definition=definition, dimensions=(), additive=additive)


@pytest.mark.parametrize(
    ("call", "what"),
    [
        (lambda: merge(cube(), cube(definition="d2")), "are not defined alike"),
        (lambda: merge(cube(), cube("nps", m=[20])), "may stand in several of the parts"),
        (lambda: roll_up(cube(additive=False), "quarter", into={}), "`adds_over: none`"),
        (lambda: roll_up(cube(m=[20]), "quarter", into={}), "may stand in several of the parts"),
    ],
)
def test_what_does_not_add_up_is_not_added_up(call, what):
    with pytest.raises(MergeError, match=what) as caught:
        call()
    assert caught.value.hint


def test_what_is_measured_twice_is_still_there(tmp_path):
    """A fault found later leaves the evidence as it was."""
    made = engagement(tmp_path)
    before = made.measure(today=TODAY).evidence
    (tmp_path / "kpis/own.yaml").write_text(KPI_FAULTS["unknown column"][0], encoding="utf-8")
    with pytest.raises(QueryError):
        open_engagement(tmp_path).measure(today=TODAY)
    assert open_engagement(tmp_path).evidence().manifest.evidence == before
