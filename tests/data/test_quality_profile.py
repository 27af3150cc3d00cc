"""What an export holds, counted; each figure against pandas on the same file."""

from __future__ import annotations

import datetime as dt
import io

import pandas as pd
import pytest
from build import SOURCES, crm_rows, small_engagement, survey_rows

from cxkit._table import open_database
from cxkit.data.read import read_tables
from cxkit.data.readiness.gaps import missing_days, missing_months, scarce_months, usual_step
from cxkit.data.readiness.profile import profile_tables

MONDAY = dt.date(2026, 1, 5)


def profiles(engagement, dimensions=None, today=None):
    with open_database() as db:
        tables = read_tables(db, engagement.sources, root=engagement.root)
        return {p.source: p for p in profile_tables(tables, dimensions=dimensions, today=today)}


def untidy(number: int = 240) -> str:
    """A survey with blanks, codes, texts for numbers, odd dates and unknown customers, each in its own rhythm."""
    head, *rest = survey_rows(number)
    rows = [head]
    for i, row in enumerate(rest):
        cells = row.split(",")
        cells[2] = "" if i % 5 == 1 else f"X{i}" if i % 12 == 0 else cells[2]
        cells[3] = "" if i % 7 == 0 else "99" if i % 11 == 0 else "many" if i % 17 == 0 else cells[3]
        cells[1] = "soon" if i % 41 == 0 else cells[1]
        cells[4] = "" if i % 3 == 0 else cells[4]
        rows.append(",".join(cells))
    return "\n".join(rows) + "\n"


def test_each_figure_is_that_of_pandas(tmp_path):
    text = untidy()
    found = profiles(small_engagement(tmp_path, survey__csv=text), {"region": "region", "channel": "channel"})["survey"]
    frame = pd.read_csv(io.StringIO(text), dtype=str)
    customers = pd.read_csv(io.StringIO("\n".join(crm_rows())), dtype=str).set_index("Id")
    score = frame.Score.where(frame.Score != "99")
    dates = pd.to_datetime(frame.Date, errors="coerce", format="%Y-%m-%d %H:%M:%S")
    held = {c.name: c for c in found.columns}
    assert found.rows == len(frame)
    assert held["score"].filled == score.notna().sum()
    assert held["score"].readable == pd.to_numeric(score, errors="coerce").notna().sum()
    assert held["responded_at"].filled == frame.Date.notna().sum()
    assert held["responded_at"].readable == dates.notna().sum()
    assert held["channel"].filled == held["channel"].readable == frame.Channel.notna().sum()
    known = frame.Id.isin(customers.index)
    assert found.linked == known.sum()
    assert found.share_linked == pytest.approx(known.mean())
    assert found.cut == {"region": known.sum(), "channel": frame.Channel.notna().sum()}
    used = frame[dates.notna() & (known | frame.Id.isna())]
    assert found.used == len(used)
    assert found.lost == len(frame) - len(used)
    assert found.seen == used.Id.nunique()
    assert found.customers == len(customers)
    days = dates.dropna().dt.date.value_counts()
    assert found.days == days.to_dict()
    assert found.months == dates.dropna().dt.strftime("%Y-%m").value_counts().sort_index().to_dict()
    (file,) = found.files
    assert (file.first, file.last) == (days.index.min(), days.index.max())
    assert (file.rows, file.linked, file.usable) == (len(frame), known.sum(), dates.notna().sum())


def test_rows_are_as_old_as_the_last_of_them_and_far_days_are_none(tmp_path):
    text = untidy() + "R999,2062-08-01 10:00:00,C1,9,Web\n"
    engagement = small_engagement(tmp_path, survey__csv=text)
    last = max(d for d in profiles(engagement)["survey"].days if d.year < 2062)
    found = profiles(engagement, today=dt.date(2026, 10, 1))["survey"]
    assert max(found.days) == last
    assert found.age == (dt.date(2026, 10, 1) - last).days
    assert profiles(engagement)["survey"].age is None


def test_files_add_up_to_their_source(tmp_path):
    other = untidy(90).replace("\nR", "\nS")
    found = profiles(small_engagement(tmp_path, survey__csv=untidy(), survey_2__csv=other))["survey"]
    assert [f.rows for f in found.files] == [240, 90]
    assert sum(f.linked or 0 for f in found.files) == found.linked
    for column in found.columns:
        assert sum(f.filled[column.name] for f in found.files) == column.filled


def test_rows_that_are_left_out_by_value_are_no_rows(tmp_path):
    sources = SOURCES.replace(
        "    columns:\n      response_id", "    leave_out: {Channel: [Web]}\n    columns:\n      response_id"
    )
    text = untidy()
    found = profiles(small_engagement(tmp_path, sources=sources, survey__csv=text))["survey"]
    frame = pd.read_csv(io.StringIO(text), dtype=str)
    assert found.rows == (frame.Channel != "Web").sum()
    assert {c.name: c.filled for c in found.columns}["channel"] == 0


def test_keys_that_come_again_are_counted_by_what_became_of_them(tmp_path):
    rows = survey_rows(120)
    later = [rows[0], *rows[1:31]]
    clash = [*rows, rows[5].replace(",Web", ",Shop")]
    text, again = ("\n".join(r) + "\n" for r in (clash, later))
    found = profiles(small_engagement(tmp_path, survey__csv=text, survey_2__csv=again))["survey"]
    assert found.rows == 151
    assert found.replaced + found.clashing == 31
    assert found.used == 120


def test_without_a_list_of_customers_nobody_is_known_or_unknown(tmp_path):
    sources = "cxkit: 1\nsources:\n" + SOURCES[SOURCES.index("  - id: survey") :]
    found = profiles(small_engagement(tmp_path, sources=sources))["survey"]
    assert (found.linked, found.seen, found.customers, found.share_linked) == (None, None, None, None)


def test_a_survey_by_quarter_lacks_no_month_and_one_by_month_does():
    assert missing_months({f"2026-{m:02d}": 50 for m in (2, 5, 8, 11)}) == ()
    assert missing_months({"2025-02": 50, "2025-05": 50, "2025-08": 50, "2026-02": 50}) == ("2025-11",)
    assert missing_months({f"2026-{m:02d}": 50 for m in (1, 2, 3, 6, 7)}) == ("2026-04", "2026-05")
    # Thirty years without rows are a year that was mistyped.
    assert missing_months({f"2026-{m:02d}": 50 for m in (1, 2, 3, 4)} | {"2056-04": 1}) == ()
    # A few rows a month miss a month by chance.
    assert missing_months({f"2026-{m:02d}": 3 for m in (1, 2, 3, 6, 7)}) == ()
    assert usual_step(["2025-11", "2026-02"]) == 3


def test_a_month_is_scarce_only_beside_others_and_whole():
    days = {dt.date(2026, m, d): 10 for m in range(1, 9) for d in (1, 10, 20, 28)}
    low = days | {dt.date(2026, 4, d): 2 for d in (1, 10, 20, 28)}
    assert scarce_months(days) == ()
    assert [m for m, _, _ in scarce_months(low)] == ["2026-04"]
    # The last month is not over.
    begun = {d: n for d, n in days.items() if d <= dt.date(2026, 8, 1)}
    assert scarce_months(begun) == ()
    waves = {d: n if d.month % 2 else 1 for d, n in days.items()}
    assert scarce_months(waves) == ()


def test_a_day_is_missed_where_its_weekday_always_has_rows():
    work = [MONDAY + dt.timedelta(days=i) for i in range(180) if i % 7 < 5]
    days = dict.fromkeys(work, 30)
    assert missing_days(days) == ()
    week = work[40:45]
    gone = {d: n for d, n in days.items() if d not in week}
    assert missing_days(gone) == ((week[0], week[-1]),)
    # From Thursday to Tuesday is one gap: a closed weekend does not end it.
    across = {d: n for d, n in days.items() if d not in work[43:47]}
    assert missing_days(across) == ((work[43], work[46]),)
    # Where rows are few, a day without one is chance.
    assert missing_days(dict.fromkeys(gone, 1)) == ()


def test_a_folder_of_days_misses_each_of_its_days():
    days = {MONDAY + dt.timedelta(days=i): 2 for i in range(9) if i != 4}
    files = [(d, d) for d in days]
    assert missing_days(days, files=files) == ((MONDAY + dt.timedelta(days=4),) * 2,)
    assert missing_days(days) == ()
    assert missing_days({}) == ()


def test_chance_alone_makes_no_gap():
    import numpy as np

    rng = np.random.default_rng(7)
    alarms = 0
    for _ in range(200):
        counts = rng.poisson(12, 365)
        days = {MONDAY + dt.timedelta(days=i): int(n) for i, n in enumerate(counts) if n}
        alarms += bool(missing_days(days)) or bool(scarce_months(days))
    assert alarms <= 10
