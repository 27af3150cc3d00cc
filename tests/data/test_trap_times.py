"""Days, times and lengths of time that a spreadsheet, a country or a zone has written otherwise than they are read."""

from __future__ import annotations

import contextlib
import datetime as dt
import zoneinfo

import duckdb
import pytest
from build import ENGAGEMENT, SOURCES, small_engagement, survey_rows
from conftest import TODAY
from trapping import line_of, measured, numbers, refused, whole, workbook

QUARTERS = ENGAGEMENT.replace("data_until: 2026-09-30", "data_until: 2026-12-31")
DATE = "responded_at: Date"


def dated(form: str, days: list[dt.date], *, start: int = 0) -> list[str]:
    return [f"R{start + i},{d.strftime(form)},C{i % 120},{(10, 9, 7, 3)[i % 4]},Web" for i, d in enumerate(days)]


def text(*rows: list[str]) -> str:
    return "\n".join(["Response,Date,Id,Score,Channel", *(r for some in rows for r in some)]) + "\n"


def days(month: int, numbers: range, times: int = 4) -> list[dt.date]:
    return [dt.date(2026, month, n) for n in numbers for _ in range(times)]


def answers_by_quarter(engagement) -> dict[str, int]:
    engagement.measure(today=TODAY)
    return {c.period: c.estimate.n for c in engagement.evidence().cells if not c.slice and c.estimate.n}


# Day first, month first.

MIXED = [*days(2, range(3, 13)), *days(2, range(13, 28))]


def test_dates_that_prove_the_other_order_stop_the_file(tmp_path):
    """Read as month first, answers of 3 to 12 February would be of March to December."""
    sources = SOURCES.replace(DATE, 'responded_at: {column: Date, format: "%m/%d/%Y"}\n    max_rejected: 0.9')
    sources = sources.replace("\n    max_rejected: 0.9\n", "\n", 1) + "    max_rejected: 0.9\n"
    engagement = small_engagement(tmp_path, sources=sources, engagement=QUARTERS,
                                  survey__csv=text(dated("%d/%m/%Y", MIXED)))  # fmt: skip
    said = refused(engagement, "data/survey.csv", "proves the day to come first", "found '13/02/2026'")
    mended = sources.replace('responded_at: {column: Date, format: "%m/%d/%Y"}', line_of(said, "responded_at"))
    engagement = small_engagement(tmp_path, sources=mended, engagement=QUARTERS,
                                  survey__csv=text(dated("%d/%m/%Y", MIXED)))  # fmt: skip
    assert answers_by_quarter(engagement) == {"2026-Q1": 100}


def test_one_file_with_both_orders_is_refused(tmp_path):
    sources = SOURCES.replace(DATE, 'responded_at: {column: Date, format: "%d/%m/%Y"}')
    few = [dt.date(2026, 2, 20)] * 4
    rows = text(dated("%d/%m/%Y", MIXED), dated("%m/%d/%Y", few, start=500))
    refused(small_engagement(tmp_path, sources=sources, engagement=QUARTERS, survey__csv=rows),
            "with the day first and with the month first", "'13/02/2026' and '02/20/2026'", "row 102")  # fmt: skip


BOTH = SOURCES.replace(DATE, 'responded_at: {column: Date, format: ["%d/%m/%Y", "%m/%d/%Y"]}')


def test_both_orders_listed_do_not_let_the_first_win(tmp_path):
    """3 February with the month first, 02/03/2026, would be 2 March; 3 to 12 February would be of three quarters."""
    european, american = text(dated("%d/%m/%Y", MIXED)), text(dated("%m/%d/%Y", MIXED, start=1000))
    engagement = small_engagement(tmp_path, sources=BOTH, engagement=QUARTERS, survey_1__csv=european,
                                  survey_2__csv=american, survey__csv=european)  # fmt: skip
    said = refused(engagement, "data/survey_2.csv", "40 dates fit both %d/%m/%Y and %m/%d/%Y")
    assert "data/survey_1.csv\n" not in said
    own = SOURCES.replace(DATE, 'responded_at: {column: Date, format: "%d/%m/%Y"}').replace("survey*", "survey_1")
    us = own[own.index("  - id: survey") :].replace("id: survey", "id: us").replace("survey_1", "survey_2")
    us = us.replace('{column: Date, format: "%d/%m/%Y"}', line_of(said, "responded_at").partition(": ")[2])
    engagement = small_engagement(tmp_path, sources=own + us, engagement=QUARTERS, survey_1__csv=european,
                                  survey_2__csv=american)  # fmt: skip
    assert answers_by_quarter(engagement) == {"2026-Q1": 200}


def test_a_file_that_proves_no_order_is_refused_where_both_are_listed(tmp_path):
    rows = text(dated("%d/%m/%Y", days(2, range(3, 13))))
    engagement = small_engagement(tmp_path, sources=BOTH, engagement=QUARTERS, survey__csv=rows)
    refused(engagement, "data/survey.csv", "nothing in the file proves")


def test_a_file_that_proves_the_order_listed_first_is_read(tmp_path):
    engagement = small_engagement(tmp_path, sources=BOTH, engagement=QUARTERS,
                                  survey__csv=text(dated("%d/%m/%Y", MIXED)))  # fmt: skip
    assert engagement.check(today=TODAY).sound
    assert answers_by_quarter(engagement) == {"2026-Q1": 100}


def test_days_that_a_spreadsheet_has_half_converted_are_refused(tmp_path):
    """Text of 13 to 27 February is left as it was; 3 February has become 2 March, a real date."""
    swapped = [dt.date(2026, d.day, d.month) for d in MIXED if d.day <= 12]
    late = [d for d in MIXED if d.day > 12]
    rows = text(dated("%Y-%m-%d 00:00:00", swapped), dated("%d/%m/%Y", late, start=500))
    forms = '["%Y-%m-%d %H:%M:%S", "%d/%m/%Y"]'
    sources = SOURCES.replace(DATE, f"responded_at: {{column: Date, format: {forms}}}")
    refused(small_engagement(tmp_path, sources=sources, engagement=QUARTERS, survey__csv=rows),
            "data/survey.csv", "day and month changed over", "40 real dates")  # fmt: skip


@pytest.mark.parametrize("form", ["%d.%m.%Y", "%d/%m/%Y"])
def test_years_of_two_digits_are_never_of_the_first_century(tmp_path, form):
    sources = SOURCES.replace(DATE, f'responded_at: {{column: Date, format: "{form}"}}')
    rows = text(dated(form.replace("Y", "y"), MIXED))
    engagement = small_engagement(tmp_path, sources=sources, engagement=QUARTERS, survey__csv=rows)
    faults = engagement.check(today=TODAY).faults
    assert len(faults) == 100
    assert all(f.row and f.column == "Date" for f in faults)
    two = sources.replace("%Y", "%y")
    engagement = small_engagement(tmp_path, sources=two, engagement=QUARTERS, survey__csv=rows)
    assert answers_by_quarter(engagement) == {"2026-Q1": 100}


@pytest.mark.parametrize(("day", "form"), [("2026-02-30", ""), ("30.02.2026", "%d.%m.%Y"), ("31/04/2026", "%d/%m/%Y")])
def test_a_day_that_no_calendar_has_is_told_with_its_row(tmp_path, day, form):
    source = SOURCES if not form else SOURCES.replace(DATE, f'responded_at: {{column: Date, format: "{form}"}}')
    rows = text(dated(form or "%Y-%m-%d", MIXED), [f"X,{day},C1,0,Web"])
    engagement = small_engagement(tmp_path, sources=source, engagement=QUARTERS, survey__csv=rows)
    assert [(f.file, f.row, f.column, f.value) for f in engagement.check(today=TODAY).faults] == [
        ("data/survey.csv", 102, "Date", day)
    ]
    assert answers_by_quarter(engagement) == {"2026-Q1": 100}


@pytest.mark.parametrize(("form", "said"), [
    ("%m/%d/%Y", 'format: "%m/%d/%Y"}'), ("%d/%m/%Y", 'format: "%d/%m/%Y"}'), ("%d.%m.%y", 'format: "%d.%m.%y"}'),
])  # fmt: skip
def test_the_format_that_is_proposed_reads_all_dates_not_only_the_first(tmp_path, form, said):
    engagement = small_engagement(tmp_path, engagement=QUARTERS, survey__csv=text(dated(form, MIXED)))
    assert {said in f.hint for f in engagement.check(today=TODAY).faults} == {True}


def test_both_orders_are_proposed_where_both_fit(tmp_path):
    rows = text(dated("%d/%m/%Y", days(2, range(3, 13))))
    hints = {f.hint for f in small_engagement(tmp_path, engagement=QUARTERS, survey__csv=rows).check().faults}
    assert all('format: "%d/%m/%Y"}' in h and "or with the month first" in h and '"%m/%d/%Y"}' in h for h in hints)


# Days that stand for none.

CRM = SOURCES.replace("region: Region}", "region: Region, joined_on: Since}")


def joined(day: str, share: int = 4) -> str:
    """A list of customers, one in four of whom joined on a day that stands for none."""
    rows = [f"C{i},North,{day if i % share == 0 else f'2025-0{i % 9 + 1}-11'}" for i in range(120)]
    return "\n".join(["Id,Region,Since", *rows])


@pytest.mark.parametrize("day", ["1900-01-01", "1970-01-01", "2099-12-31"])
def test_a_day_that_stands_for_none_is_refused(tmp_path, day):
    said = refused(whole(tmp_path, sources=CRM, crm__csv=joined(day)), "data/crm.csv", "row 2", "30 rows", day)
    mended = CRM.replace("joined_on: Since", line_of(said, "joined_on"))
    assert whole(tmp_path, sources=mended, crm__csv=joined(day)).check(today=TODAY).sound
    real = CRM.replace("joined_on: Since", line_of(said, "joined_on", nth=1))
    assert whole(tmp_path, sources=real, crm__csv=joined(day)).check(today=TODAY).sound


def test_a_day_without_end_is_none_and_brings_its_line(tmp_path):
    """Who is there for ever has left on no day."""
    sources = SOURCES.replace("region: Region}", "region: Region, left_on: Until}")
    rows = joined("9999-12-31", share=30).replace("Since", "Until")
    engagement = whole(tmp_path, sources=sources, crm__csv=rows)
    faults = engagement.check(today=TODAY).faults
    assert {f.value for f in faults} == {"9999-12-31"}
    assert all('left_on: {column: Until, missing: "9999-12-31"}' in f.hint for f in faults)


# Lengths of time.

CALLS = """\
cxkit: 1
sources:
  - id: calls
    table: interactions
    files: data/calls.*
    columns: {interaction_id: Call, customer_id: Id, started_at: Start, handle_seconds: Length}
"""
CALM = ENGAGEMENT.replace("dimensions:\n  region: {label: Region}\n", "")


def calls(lengths) -> str:
    rows = [f'K{i},C{i % 50},2026-0{i % 9 + 1}-05 10:{i % 60:02d}:00,"{s}"' for i, s in enumerate(lengths)]
    return "\n".join(["Call,Id,Start,Length", *rows]) + "\n"


def handled(folder, lengths, mapped: str = "handle_seconds: Length", **more):
    content = more or {"calls__csv": calls(lengths)}
    sources = CALLS.replace("handle_seconds: Length", mapped)
    return whole(folder, "handle_time", engagement=CALM, sources=sources, **content)


SECONDS = [125 + 7 * i for i in range(60)]
MEAN = sum(SECONDS) / 60


@pytest.mark.parametrize("clock", ["{h}:{m:02d}:{s:02d}", "{h:02d}:{m:02d}:{s:02d}", "0 days {h:02d}:{m:02d}:{s:02d}"])
def test_hours_minutes_and_seconds_are_seconds(tmp_path, clock):
    shown = [clock.format(h=s // 3600, m=s // 60 % 60, s=s % 60) for s in SECONDS]
    engagement = handled(tmp_path, shown)
    assert engagement.check(today=TODAY).sound
    assert measured(engagement, "handle_time", not_=MEAN / 60) == pytest.approx(MEAN)


@pytest.mark.parametrize(("length", "seconds"), [
    ("1 day 02:00:00", 93_600), ("1 day, 6:00:00", 108_000), ("30:00:00", 108_000),
])  # fmt: skip
def test_lengths_beyond_a_day_are_seconds(tmp_path, length, seconds):
    engagement = handled(tmp_path, [length, *SECONDS])
    assert engagement.check(today=TODAY).sound
    right = (sum(SECONDS) + seconds) / 61
    assert measured(engagement, "handle_time", not_=MEAN) == pytest.approx(right)


@pytest.mark.parametrize(("form", "seconds"), [("1900-01-00", 108_000), ("1900-01-01", 21_600)])
def test_lengths_on_the_first_day_of_1900_are_refused_until_it_is_said_what_they_are(tmp_path, form, seconds):
    lengths = ["1900-01-01 06:00:00", *SECONDS]
    said = refused(handled(tmp_path, lengths), "data/calls.csv", "row 2", "column 'Length'", "a day longer")
    line = next(x for x in (line_of(said, "handle_seconds", nth=n) for n in (0, 1)) if f'"{form}"' in x)
    right, wrong = ((sum(SECONDS) + s) / 61 for s in (seconds, 129_600 - seconds))
    assert measured(handled(tmp_path, lengths, line), "handle_time", not_=wrong) == pytest.approx(right)


@pytest.mark.parametrize("form", ["h:mm:ss", "[h]:mm:ss", "mm:ss"])
def test_times_of_a_workbook_are_seconds(tmp_path, form):
    rows = [["Call", "Id", "Start", "Length"]]
    rows += [[f"K{i}", f"C{i % 50}", f"2026-0{i % 9 + 1}-05", s / 86_400] for i, s in enumerate([*SECONDS, 108_000])]
    engagement = handled(tmp_path, (), calls__xlsx=workbook(rows, {3: form}))
    right = (sum(SECONDS) + 108_000) / 61
    assert measured(engagement, "handle_time", not_=MEAN) == pytest.approx(right, rel=1e-4)


@pytest.mark.parametrize(("form", "factor"), [("m:ss", 1), ("h:mm", 60)])
def test_two_numbers_are_refused_until_it_is_said_what_they_are(tmp_path, form, factor):
    shown = [f"{s // 60}:{s % 60:02d}" for s in SECONDS]
    place = ("data/calls.csv", "row 2", "column 'Length'")
    said = refused(handled(tmp_path, shown), *place, "minutes and seconds or hours")
    line = next(x for x in (line_of(said, "handle_seconds", nth=n) for n in (0, 1)) if f'"{form}"' in x)
    wrong = MEAN * (60 if factor == 1 else 1)
    assert measured(handled(tmp_path, shown, line), "handle_time", not_=wrong) == pytest.approx(MEAN * factor)


def test_a_few_of_two_numbers_are_not_left_out(tmp_path):
    """One in thirty, the longest ones: without them the mean would be too short."""
    refused(handled(tmp_path, ["59:10", "58:20", *SECONDS]), "2 rows")


@pytest.mark.parametrize(("form", "factor"), [("m:ss:00", 1), ("h:mm:ss", 60)])
def test_minutes_that_a_spreadsheet_took_for_hours_are_refused(tmp_path, form, factor):
    shown = [f"{s // 60:02d}:{s % 60:02d}:00" for s in SECONDS]
    said = refused(handled(tmp_path, shown), "no length has seconds", "60 rows")
    line = next(x for x in (line_of(said, "handle_seconds", nth=n) for n in (0, 1)) if f'"{form}"' in x)
    wrong = MEAN * (60 if factor == 1 else 1)
    assert measured(handled(tmp_path, shown, line), "handle_time", not_=wrong) == pytest.approx(MEAN * factor)


@pytest.mark.parametrize(("form", "unit"), [("minutes", 60), ("hours", 3600), ("days", 86_400), ("seconds", 1)])
def test_lengths_with_decimals_and_none_long_are_asked_for(tmp_path, form, unit):
    shown = [round(s / 60 / 10, 3) for s in SECONDS]
    said = refused(handled(tmp_path, shown), "they may be minutes, hours or days, not seconds")
    line = next(x for x in (line_of(said, "handle_seconds", nth=n) for n in range(4)) if f'"{form}"' in x)
    mean = sum(shown) / 60
    wrong = mean * (1 if unit > 1 else 60)
    assert measured(handled(tmp_path, shown, line), "handle_time", not_=wrong) == pytest.approx(mean * unit)


def test_less_than_no_time_is_told_and_in_no_number(tmp_path):
    engagement = handled(tmp_path, ["-1", "-1", *SECONDS])
    hints = {f.value: f.hint for f in engagement.check(today=TODAY).faults}
    assert 'handle_seconds: {column: Length, missing: "-1"}' in hints["-1"]
    assert measured(engagement, "handle_time", not_=(sum(SECONDS) - 2) / 62) == pytest.approx(MEAN)


# Zones.

MONTHS = ENGAGEMENT.replace("periods: [quarter]", "periods: [month]")
BERLIN = "cxkit: 1\ntimezone: Europe/Berlin\n"


def stamped(stamps) -> str:
    rows = [f"R{i},{s},C{i % 120},{(10, 9, 7, 3)[i % 4]},Web" for i, s in enumerate(stamps)]
    return "\n".join(["Response,Date,Id,Score,Channel", *rows])


EVENING = [f"2026-03-31T{h}:{m:02d}:10Z" for h in (21, 22, 23) for m in range(60)]


def counted(engagement) -> dict[str, int]:
    return {p: n for p, n in answers_by_quarter(engagement).items() if n}


def local(stamps, zone: str) -> dict[str, int]:
    """How many of the moments are of each month there, by the time zones of Python."""
    months = [dt.datetime.fromisoformat(s).astimezone(zoneinfo.ZoneInfo(zone)).strftime("%Y-%m") for s in stamps]
    return {m: months.count(m) for m in sorted(set(months))}


def test_a_late_evening_in_utc_is_of_the_next_month_in_berlin(tmp_path):
    sources = SOURCES.replace("cxkit: 1\n", BERLIN)
    engagement = small_engagement(tmp_path, sources=sources, engagement=MONTHS, survey__csv=stamped(EVENING))
    assert engagement.check(today=TODAY).sound
    assert counted(engagement) == local(EVENING, "Europe/Berlin") == {"2026-03": 60, "2026-04": 120}


def test_days_in_utc_are_told_where_no_zone_is_said(tmp_path):
    engagement = small_engagement(tmp_path, engagement=MONTHS, survey__csv=stamped(EVENING))
    (fault,) = engagement.check(today=TODAY).faults
    assert (fault.column, fault.count, fault.stops) == ("Date", 180, False)
    assert "timezone: Europe/Berlin" in fault.hint
    assert counted(engagement) == {"2026-03": 180}
    said = SOURCES.replace("cxkit: 1\n", "cxkit: 1\ntimezone: UTC\n")
    assert small_engagement(tmp_path, sources=said, engagement=MONTHS, survey__csv=stamped(EVENING)).check().sound


OFFSETS = [s.replace("Z", z) for s, z in zip(EVENING, ["+00:00", "-0500", "+09:00"] * 60, strict=True)]


def test_times_of_many_zones_are_refused_until_one_is_named(tmp_path):
    refused(small_engagement(tmp_path, engagement=MONTHS, survey__csv=stamped(OFFSETS)), "times of 3 zones", "row 2")
    sources = SOURCES.replace("cxkit: 1\n", BERLIN)
    engagement = small_engagement(tmp_path, sources=sources, engagement=MONTHS, survey__csv=stamped(OFFSETS))
    right = local(OFFSETS, "Europe/Berlin")
    assert right != {"2026-03": 180}
    assert counted(engagement) == right


def test_times_with_and_without_a_zone_are_refused_until_one_is_named(tmp_path):
    stamps = [s if i % 2 else s.replace("Z", "") for i, s in enumerate(EVENING)]
    refused(small_engagement(tmp_path, engagement=MONTHS, survey__csv=stamped(stamps)),
            "data/survey.csv", "90 times name their zone and 90 do not")  # fmt: skip
    sources = SOURCES.replace("cxkit: 1\n", BERLIN)
    engagement = small_engagement(tmp_path, sources=sources, engagement=MONTHS, survey__csv=stamped(stamps))
    assert counted(engagement) == {"2026-03": 30 + 90, "2026-04": 60}


def test_times_of_another_place_are_counted_in_the_clients_days(tmp_path):
    """Ten in the evening in New York is the next morning in Berlin."""
    stamps = [f"2026-03-31 {h}:{m:02d}:10" for h in (17, 18, 22) for m in range(60)]
    sources = SOURCES.replace("cxkit: 1\n", BERLIN)
    sources += "    timezone: America/New_York\n"
    engagement = small_engagement(tmp_path, sources=sources, engagement=MONTHS, survey__csv=stamped(stamps))
    assert counted(engagement) == {"2026-03": 60, "2026-04": 120}


def test_a_day_without_a_time_is_the_same_day_everywhere(tmp_path):
    sources = SOURCES.replace("cxkit: 1\n", "cxkit: 1\ntimezone: America/New_York\n") + "    timezone: Europe/Berlin\n"
    engagement = small_engagement(tmp_path, sources=sources, engagement=MONTHS,
                                  survey__csv=stamped(["2026-04-01"] * 60))  # fmt: skip
    assert counted(engagement) == {"2026-04": 60}


def test_hours_at_the_change_of_summer_time_are_of_their_day(tmp_path):
    """The night in which Berlin has 2:30 twice, and that in which it has none."""
    stamps = [f"2026-{d}:30Z" for d in ("03-28T22", "03-28T23", "03-29T00", "03-29T01", "03-29T21", "03-29T22")]
    sources = SOURCES.replace("cxkit: 1\n", BERLIN)
    from sqlglot import exp

    from cxkit._table import open_database
    from cxkit.data.read import read_tables

    engagement = small_engagement(tmp_path, sources=sources, survey__csv=stamped(stamps))
    with open_database() as db:
        read_tables(db, engagement.sources, root=engagement.root)
        found = db.rows(exp.select("responded_at").from_("responses").order_by("response_id"))
    berlin = zoneinfo.ZoneInfo("Europe/Berlin")
    assert [r[0] for r in found] == [
        dt.datetime.fromisoformat(s).astimezone(berlin).replace(tzinfo=None) for s in stamps
    ]


@pytest.mark.parametrize("form", ["%d.%m.%Y %H:%M:%S %z", "%Y-%m-%dT%H:%M:%S%z"])
def test_a_format_with_a_zone_is_converted(tmp_path, form):
    stamps = [dt.datetime.fromisoformat(s).strftime(form) for s in EVENING]
    sources = SOURCES.replace("cxkit: 1\n", BERLIN).replace(DATE, f'responded_at: {{column: Date, format: "{form}"}}')
    engagement = small_engagement(tmp_path, sources=sources, engagement=MONTHS, survey__csv=stamped(stamps))
    assert counted(engagement) == {"2026-03": 60, "2026-04": 120}


def test_the_stand_alone_sql_counts_the_same_days(tmp_path):
    sources = SOURCES.replace("cxkit: 1\n", BERLIN)
    engagement = small_engagement(tmp_path, sources=sources, engagement=MONTHS, survey__csv=stamped(OFFSETS))
    right = counted(engagement)
    with contextlib.chdir(tmp_path), duckdb.connect() as connection:
        rows = connection.execute(engagement.evidence().sql["nps.month.sql"]).fetchall()
    assert {str(p)[:7]: n for p, n, _ in rows if n} == right


def test_a_zone_that_is_none_is_told(tmp_path):
    from cxkit.errors import DocumentError

    with pytest.raises(DocumentError, match="'Berlin' is no time zone; write a name such as Europe/Berlin"):
        small_engagement(tmp_path, sources=SOURCES.replace("cxkit: 1\n", "cxkit: 1\ntimezone: Berlin\n")).check()


def test_nothing_of_this_is_asked_of_plain_exports(tmp_path):
    engagement = small_engagement(tmp_path, survey__csv="\n".join(survey_rows()))
    assert engagement.check(today=TODAY).sound
    engagement.measure(today=TODAY)
    assert numbers(engagement)
