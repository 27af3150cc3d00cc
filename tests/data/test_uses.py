"""What the exports are good for: each use by itself, each table and each file by itself."""

from __future__ import annotations

import datetime as dt

import pytest
from build import SOURCES, small_engagement, survey_rows

from cxkit._format import words
from cxkit.data.contract import CONTRACTS
from cxkit.data.readiness.profile import ColumnProfile, FileProfile, Profile
from cxkit.data.readiness.uses import USES, find_uses, state_of

SAID = words()
MONTHS = [dt.date(2026, m, 15) for m in range(1, 7)]


def without_customer(rows: list[str], share: float) -> list[str]:
    """The rows of a survey, the first of them without a customer."""
    head, *rest = rows
    many = round(share * len(rest))
    blank = [",".join([*r.split(",")[:2], "", *r.split(",")[3:]]) for r in rest[:many]]
    return [head, *blank, *rest[many:]]


def survey(
    *, rows: int = 100, linked: int | None = 100, columns: tuple[ColumnProfile, ...] = (), **more: object
) -> Profile:
    """A survey of so many rows, half a year long."""
    who = ColumnProfile("customer_id", "Id", False, rows if linked is None else linked, rows, rows)
    days = dict.fromkeys(MONTHS, 20)
    given = {"customers": 50, "linked": linked, "days": days, "used": rows, "columns": (who, *columns)} | more
    return Profile("survey", "responses", rows, **given)  # type: ignore[arg-type]


def crm(**more: object) -> Profile:
    columns = [ColumnProfile(n, n.title(), n == "customer_id", 50, 50, 50) for n in CONTRACTS["customers"].columns]
    given = {"used": 50, "columns": tuple(columns), "facts": {"left": 9, "left_before_joined": 0}} | more
    return Profile("crm", "customers", 50, **given)  # type: ignore[arg-type]


def judge(*profiles: Profile, **more: object):
    return find_uses(profiles, said=SAID, **more)  # type: ignore[arg-type]


def test_a_file_without_the_key_in_40_percent_of_its_rows_is_blocked_for_360_and_allowed_for_a_trend(tmp_path):
    whole = "\n".join(survey_rows(360, months=(1, 2, 3))) + "\n"
    holed = "\n".join(without_customer([r.replace("R", "S", 1) for r in survey_rows(50, months=(4, 5, 6))], 0.4)) + "\n"
    given = small_engagement(tmp_path, survey__csv=whole, survey_2__csv=holed.replace("Sesponse", "Response"))
    uses = given.check().uses
    assert state_of(uses, "customer_view", file="data/survey_2.csv") == "blocked"
    assert state_of(uses, "customer_view", file="data/survey.csv") == "ready"
    assert state_of(uses, "trend", file="data/survey_2.csv") == "ready"
    assert state_of(uses, "trend") == "ready"
    view = next(u for u in uses if u.use == "customer_view")
    (lack,) = view.reasons[0].files
    assert (lack.path, lack.lacking, lack.rows, lack.share) == ("data/survey_2.csv", 20, 50, 0.4)
    # Of all 410 rows 20 lack it, which alone would go unnoticed; for the file it is said.
    assert view.state == "caveats"


def test_a_table_without_the_key_in_40_percent_of_its_rows_says_so_with_its_numbers(tmp_path):
    rows = "\n".join(without_customer(survey_rows(), 0.4)) + "\n"
    uses = small_engagement(tmp_path, survey__csv=rows).check().uses
    view = next(u for u in uses if u.use == "customer_view")
    assert view.state == "blocked"
    assert view.reasons[0].why.replace("\u00a0", " ") == "40 % of the survey responses have no customer (144 of 360)"
    assert state_of(uses, "trend", table="responses") == "ready"
    assert state_of(uses, "closing_the_loop") == "blocked"


def test_rows_that_were_left_out_for_their_blank_key_lack_it_as_well(tmp_path):
    tickets = ["Ticket,Id,Opened", *(f"T{i},{'' if i % 5 < 2 else f'C{i}'},2026-0{i % 9 + 1}-03" for i in range(100))]
    sources = SOURCES + (
        "  - id: tickets\n    table: interactions\n    files: data/tickets.csv\n    max_rejected: 1\n"
        "    columns: {interaction_id: Ticket, customer_id: Id, started_at: Opened}\n"
    )
    checked = small_engagement(tmp_path, sources=sources, tickets__csv="\n".join(tickets) + "\n").check()
    (profile,) = (p for p in checked.profile if p.source == "tickets")
    assert (profile.rows, profile.used, profile.linked) == (100, 60, 60)
    assert state_of(checked.uses, "customer_view", table="interactions") == "blocked"
    # Such rows are in no number at all, so that a trend of the others would mislead.
    assert state_of(checked.uses, "trend", table="interactions") == "blocked"


@pytest.mark.parametrize(
    ("linked", "state"), [(100, "ready"), (95, "ready"), (94, "caveats"), (80, "caveats"), (79, "blocked")]
)
def test_the_thresholds_are_those_that_are_said(linked, state):
    assert state_of(judge(crm(), survey(linked=linked)), "customer_view", table="responses") == state
    note = SAID.say("readiness.use.note").replace("\u00a0", " ")
    use = next(u for u in USES if u.id == "customer_view")
    assert f"Up to {use.unnoticed * 100:.0f} %" in note
    assert f"up to {use.at_most * 100:.0f} % with a caveat" in note


def test_every_threshold_says_where_it_comes_from():
    assert {u.source for u in USES} == {"cxkit default"}


def test_every_use_and_every_table_has_its_words():
    for use in USES:
        assert SAID.has(f"readiness.uses.{use.id}")
        assert SAID.has(f"readiness.is_for.{use.id}")
    for table in CONTRACTS:
        assert SAID.has(f"readiness.tables.{table}")
    assert set(SAID.table["readiness"]["why"]) == set(SAID.table["readiness"]["helps"])


def test_a_360_view_takes_every_table_and_a_trend_does_not():
    who = ColumnProfile("customer_id", "Id", True, 100, 100, 100)
    days = dict.fromkeys(MONTHS[:2], 50)
    orders = Profile("shop", "orders", 100, 100, columns=(who,), linked=100, customers=50, days=days)
    uses = judge(crm(), survey(linked=60), orders)
    assert state_of(uses, "customer_view", table="orders") == "ready"
    assert state_of(uses, "customer_view") == "blocked"
    assert state_of(uses, "trend") == "caveats"


def test_without_a_list_of_customers_there_is_no_360_view():
    (view,) = (u for u in judge(survey(linked=None)) if u.use == "customer_view")
    assert (view.state, view.parts[0].key) == ("blocked", "no_customers")


@pytest.mark.parametrize(
    ("days", "key"),
    [
        (dict.fromkeys(MONTHS, 20), ""),
        (dict.fromkeys(MONTHS[:1], 20), "few_months"),
        (dict.fromkeys([*MONTHS[:3], *MONTHS[4:]], 20), "month_missing"),
        ({d: 200 if d.month != 3 else 20 for d in [*MONTHS, dt.date(2026, 1, 1), dt.date(2026, 6, 30)]}, "scarce"),
    ],
)
def test_a_trend_wants_its_months_without_a_hole(days, key):
    (trend,) = (u for u in judge(survey(days=days)) if u.use == "trend")
    assert trend.parts[0].key == key
    if key == "month_missing":
        assert "April 2026" in trend.parts[0].why.replace("\u00a0", " ")
    if key == "scarce":
        assert "March 2026 (20)" in trend.parts[0].why.replace("\u00a0", " ")


def test_an_export_that_ends_long_ago_is_a_caveat_against_today_and_against_the_others():
    told = {u.use: u for u in judge(survey(), today=dt.date(2026, 12, 1))}
    assert told["trend"].parts[0].key == "ends_early"
    assert judge(survey(), today=dt.date(2026, 7, 20))[0].state == "ready"
    costs = Profile("costs", "finance", 9, 9, days={dt.date(2026, m, 1): 1 for m in range(1, 13)})
    assert state_of(judge(survey(), costs), "trend", table="responses") == "caveats"


def test_an_export_without_a_row_is_told(tmp_path):
    uses = small_engagement(tmp_path, survey__csv="Response,Date,Id,Score,Channel\n").check().uses
    assert {u.use: u.reasons[0].key for u in uses if u.use == "trend"} == {"trend": "no_rows"}
    assert "segments" not in {u.use for u in uses}


def test_rows_that_cannot_be_used_block_a_trend():
    file = FileProfile("data/a.csv", 100, usable=70)
    uses = judge(survey(used=70, files=(file,)))
    assert state_of(uses, "trend", file="data/a.csv") == "blocked"
    assert state_of(uses, "trend") == "blocked"


def test_a_segment_that_is_blank_where_the_customer_is_known_is_told_as_such():
    uses = judge(
        crm(), survey(cut={"region": 70, "segment": 98}), dimensions={"region": "Region", "segment": "Segment"}
    )
    (segments,) = (u for u in uses if u.use == "segments")
    assert {p.about: p.state for p in segments.parts} == {"Region": "blocked", "Segment": "ready"}
    assert segments.state == "caveats"
    assert segments.reasons[0].key == "no_value"
    # What is blank because the customer is, is the customer's blank.
    uses = judge(crm(), survey(linked=70, cut={"region": 70}), dimensions={"region": "Region"})
    assert next(u for u in uses if u.use == "segments").reasons[0].key == "no_customer"


@pytest.mark.parametrize(
    ("facts", "key"),
    [
        ({"left": 9, "left_before_joined": 0}, ""),
        ({"left": 0, "left_before_joined": 0}, "nobody_left"),
        ({"left": 9, "left_before_joined": 4}, "left_before_joined"),
    ],
)
def test_retention_wants_those_who_left_and_days_that_can_be(facts, key):
    (retention,) = (u for u in judge(crm(facts=facts)) if u.use == "retention")
    assert [p.key for p in retention.parts] == [key]


def test_revenue_by_month_is_enough_for_retention():
    revenue = Profile("invoices", "revenue", 600, 600, days={dt.date(2026, m, 1): 100 for m in range(1, 7)})
    uses = judge(crm(facts={"left": 0}), revenue)
    assert state_of(uses, "retention") == "caveats"
    assert state_of(uses, "retention", table="revenue") == "ready"


@pytest.mark.parametrize(
    ("columns", "facts", "key"),
    [
        (("step", "case_id"), {"steps": 50, "steps_without_case": 0}, ""),
        (("step", "case_id"), {"steps": 50, "steps_without_case": 20}, "no_case"),
        (("step", "case_id"), {"steps": 0, "steps_without_case": 0}, "no_steps"),
        (("step",), {"steps": 50, "steps_without_case": 50}, "no_column"),
    ],
)
def test_a_journey_wants_case_and_step(columns, facts, key):
    held = tuple(ColumnProfile(c, c, False, 90, 90, 90) for c in columns)
    tickets = Profile("tickets", "interactions", 90, 90, columns=held, days=dict.fromkeys(MONTHS, 15), facts=facts)
    (journey,) = (u for u in judge(tickets) if u.use == "journey")
    assert [p.key for p in journey.parts] == [key]


def test_drivers_want_other_answers_in_the_same_row(tmp_path):
    head, *rest = survey_rows()
    rows = [f"{head},Sat,Ease", *(f"{r},{i % 5 + 1},{i % 7 + 1 if i % 2 else ''}" for i, r in enumerate(rest))]
    mapped = "      channel: Channel\n      satisfaction: Sat\n      effort: Ease\n"
    sources = SOURCES.replace("      channel: Channel\n", mapped)
    uses = small_engagement(tmp_path, sources=sources, survey__csv="\n".join(rows) + "\n").check().uses
    (drivers,) = (u for u in uses if u.use == "drivers")
    assert {p.about: (p.state, p.lacking) for p in drivers.parts} == {"Sat": ("ready", 0), "Ease": ("blocked", 180)}
    assert drivers.state == "caveats"


def test_economics_wants_costs_for_the_months_of_revenue():
    revenue = Profile("invoices", "revenue", 600, 600, days={dt.date(2026, m, 1): 100 for m in range(1, 7)})
    costs = Profile("costs", "finance", 9, 9, days={dt.date(2026, m, 1): 3 for m in range(1, 4)})
    (economics,) = (u for u in judge(revenue, costs) if u.use == "economics")
    assert economics.state == "blocked"
    assert "April 2026, May 2026 and June 2026" in economics.reasons[0].why.replace("\u00a0", " ")
    alone = next(u for u in judge(revenue) if u.use == "economics")
    assert [p.key for p in alone.parts] == ["no_table"]


def test_nothing_is_said_of_what_could_not_be_read():
    uses = judge(survey(), unread={"customers", "interactions", "revenue", "finance"})
    assert {u.use for u in uses} == {"trend", "drivers"}


def test_a_missing_file_stops_measuring_and_the_uses_of_the_others_are_still_told(tmp_path):
    given = small_engagement(tmp_path)
    (tmp_path / "data/crm.csv").unlink()
    checked = given.check()
    assert checked.kpis == ()
    assert state_of(checked.uses, "trend", table="responses") == "ready"
    assert "customer_view" not in {u.use for u in checked.uses}


def test_sound_exports_are_ready(tmp_path):
    uses = small_engagement(tmp_path).check().uses
    assert {u: state_of(uses, u) for u in ("trend", "customer_view", "segments")} == dict.fromkeys(
        ("trend", "customer_view", "segments"), "ready"
    )
