"""Every class of flaw is planted in a clean map and found there, with its severity and line; the clean map has none."""

from __future__ import annotations

import datetime as dt
import tomllib
from types import SimpleNamespace

import pytest
from build import SOURCES, small_engagement
from conftest import ROOT

from cxkit._format import words
from cxkit._plain import plain
from cxkit.cli import app
from cxkit.data.quality import SEVERITIES
from cxkit.evidence.estimate import Estimate
from cxkit.evidence.findings import Finding
from cxkit.journey.lifecycle import read_lifecycle
from cxkit.journey.lint import Against, lint_journeys
from cxkit.journey.lint_draw import draw_flaws, flaw_lines
from cxkit.journey.lints.wording import is_department, names_solution
from cxkit.journey.read import read_journeys

DAY = dt.date(2026, 11, 22)
LIFECYCLE = "cxkit: 1\nstages: [{id: join, label: Join}]\n"
AS_IS = """\
cxkit: 1
id: joining
version: as-is
label: Joining
stages: [join]
owner: Head of onboarding
review_by: 2027-06-30
score: {column: satisfaction}
proofs: [{id: talks, kind: interviews, label: Talks with movers, on: 2026-09-01, n: 12}]
phases:
  - id: ask
    label: Ask for it
    steps:
      - id: request
        label: Ask
        events: [Request]
        channels: [web, phone]
        offer:
          web: {rule: identical, price: 12 EUR, hours: 24, tone: polite, data: [name]}
          phone: {rule: identical, price: 12 EUR, hours: 24, tone: polite, data: [name]}
        emotion: -1
        pains: [{id: slow, text: It takes long}]
        opportunities: [{text: Say how long it takes, answers: [slow]}]
        questions: [How might we take away the wait?]
        owner: Head of service
        kpis: [{kpi: nps}]
        proofs: [talks]
      - id: prove
        label: Prove who you are
        events: [Check]
        channels: [app]
        moment_of_truth: true
        pains: [Documents asked for twice]
        owner: Head of onboarding
        kpis: [{kpi: nps}]
        proofs: [talks]
        last: true
"""
TO_BE = """\
cxkit: 1
id: joining
version: to-be
label: Joining
stages: [join]
owner: Head of onboarding
review_by: 2027-06-30
phases:
  - id: ask
    label: Ask for it
    steps:
      - {id: request, label: Ask in the app, channels: [app], owner: Head of service, targets: {drop_off: 5 %}}
      - {id: prove, label: Prove with one tap, channels: [app], owner: Head of onboarding, targets: {score: 4.2}}
"""


def lint(folder, as_is: str | None = AS_IS, to_be: str | None = TO_BE, *, lifecycle: str = LIFECYCLE, **how):
    (folder / "journeys").mkdir()
    (folder / "lifecycle.yaml").write_text(lifecycle)
    for version, text in (("as-is", as_is), ("to-be", to_be)):
        if text is not None:
            (folder / f"journeys/joining.{version}.yaml").write_text(text)
    against = Against(**({"today": DAY, "lifecycle": read_lifecycle(folder)} | how))
    return lint_journeys(read_journeys(folder), against, root=folder)


def evidence(*findings: tuple[str, str, float, float, float]):
    """As much of a view as the rules look at."""
    made = [
        Finding("journey/joining", step, measure, "score", "higher", Estimate(value, low, high, 200), "x")
        for step, measure, value, low, high in findings
    ]
    known = {(f.study, f.item, f.measure): f for f in made}
    return SimpleNamespace(
        evidence=SimpleNamespace(findings=made),
        manifest=SimpleNamespace(data_until="2026-10-31"),
        finding=lambda study, item, measure: known.get((study, item, measure)),
    )


def test_a_clean_map_has_no_flaw(tmp_path):
    assert lint(tmp_path) == ()


WHOLE = "phone: {rule: identical, price: 12 EUR, hours: 24, tone: polite, data: [name]}"
OPEN = "channels: [app]\n        offer: {app: identical, web: not offered}"
BARE = "        proofs: [talks]\n        last"
PLANTED = [
    # kind, severity, version, what is replaced, by what, a word of the message, the line's text
    ("no_owner", "warning", "as-is", "owner: Head of onboarding\nreview", "review", "“Joining”", "id: joining"),
    ("no_owner", "warning", "as-is", "        owner: Head of service\n", "", "step “Ask”", "- id: request"),
    ("no_owner", "error", "as-is", "        owner: Head of onboarding\n", "", "moment of truth", "- id: prove"),
    ("no_owner", "error", "to-be", "owner: Head of service, ", "", "as it is to be", "- {id: request"),
    ("no_kpi", "warning", "as-is", "        kpis: [{kpi: nps}]\n" + BARE, BARE, "no KPI", "- id: prove"),
    ("no_evidence", "warning", "as-is", BARE, "        last", "Nothing is", "- id: prove"),
    ("no_evidence", "warning", "as-is", "on: 2026-09-01", "on: 2024-01-01", "too old", "proofs: [talks]"),
    ("proof_to_come", "warning", "as-is", "2026-09-01", "2026-12-24", "24\u00a0December\u00a02026", "proofs: [{id"),
    ("department", "warning", "as-is", "Ask for it", "Billing department", "“Billing department”", "label: Billing"),
    ("no_target", "warning", "to-be", ", targets: {score: 4.2}", "", "no target", "- {id: prove"),
    ("past_review", "warning", "as-is", "2027-06-30", "2026-11-21", "by 21\u00a0November\u00a02026", "review_by:"),
    ("past_review", "warning", "to-be", "2027-06-30", "2026-11-21", "by 21\u00a0November\u00a02026", "review_by:"),
    ("no_review", "note", "as-is", "review_by: 2027-06-30\n", "", "no day of review", "id: joining"),
    ("vanished", "note", "to-be", "id: prove", "id: another", "not in the to-be", "- id: prove"),
    ("question", "warning", "as-is", "How might we take away the wait?", "Why so long?", "not begin", "questions:"),
    ("question", "warning", "as-is", "take away the wait?", "build an app?", "names its own answer", "questions:"),
    ("no_nested", "error", "as-is", "moment_of_truth: true", "journey: proving", "“proving”", "journey: proving"),
    ("offer", "warning", "as-is", "channels: [web, phone]", "channels: [web]", "is not drawn", "phone: {rule"),
    ("offer", "warning", "as-is", WHOLE, "phone: not offered", "said not to be offered", "phone: not"),
    ("forced", "warning", "as-is", WHOLE, "phone: not offered", "leaves web only; phone", "offer:"),
    ("forced", "warning", "as-is", "channels: [app]", OPEN, "leaves app only; web", "offer: {app"),
    ("identical", "error", "as-is", WHOLE, WHOLE.replace("12", "15"), "phone: 15 EUR", "phone: {rule"),
    ("identical", "error", "as-is", WHOLE, WHOLE.replace("24", "48"), "phone: 48 h", "phone: {rule"),
    ("identical", "warning", "as-is", WHOLE, WHOLE.replace("polite", "jolly"), "speak differently", "phone: {rule"),
    ("identical", "warning", "as-is", WHOLE, WHOLE.replace("name", "bill"), "show different", "phone: {rule"),
    ("no_stage", "note", "both", "stages: [join]\n", "", "on no stage", "id: joining"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "severity", "version", "old", "new", "said", "line"), PLANTED)
def test_a_planted_flaw_is_found_in_its_line(tmp_path, kind, severity, version, old, new, said, line):
    texts = {"as-is": AS_IS, "to-be": TO_BE}
    for v in texts if version == "both" else [version]:
        assert old in texts[v]
        texts[v] = texts[v].replace(old, new, 1)
    view = evidence(("request", "reach", 1, 1, 1)) if kind == "no_evidence" else None
    found = lint(tmp_path, texts["as-is"], texts["to-be"], view=view)
    drawn = "to-be" if version == "to-be" and kind != "vanished" else "as-is"
    (flaw,) = [f for f in found if f.kind == kind and said in f.what and drawn in f.file]
    assert flaw.severity == severity
    assert flaw.hint
    assert line in (tmp_path / flaw.file).read_text().splitlines()[flaw.line - 1]


def test_a_pain_that_nothing_answers_is_found_in_its_line(tmp_path):
    same = TO_BE.replace("label: Ask in the app, channels: [app]", "label: Ask, channels: [web, phone]")
    (flaw,) = lint(tmp_path, AS_IS.replace("        questions: [How might we take away the wait?]\n", "").replace(
        "text: It takes long}]", "text: It takes long}, Too dear]"), same)  # fmt: skip
    assert (flaw.kind, flaw.severity) == ("orphan_pain", "warning")
    assert "“Too dear” at “Ask”" in flaw.what
    assert "Too dear" in (tmp_path / flaw.file).read_text().splitlines()[flaw.line - 1]


def test_a_to_be_that_is_missing_is_noted(tmp_path):
    (flaw,) = [f for f in lint(tmp_path, to_be=None) if f.kind == "no_to_be"]
    assert (flaw.severity, flaw.file) == ("note", "journeys/joining.as-is.yaml")


def test_a_map_that_is_bound_to_nothing_is_noted(tmp_path):
    bare = AS_IS.replace("        events: [Request]\n", "").replace("        events: [Check]\n", "")
    (flaw,) = [f for f in lint(tmp_path, bare) if f.kind == "not_bound"]
    assert flaw.severity == "note"


def test_a_map_that_is_not_measured_yet_is_not_called_unknown_for_the_evidence_of_others(tmp_path):
    text = AS_IS.replace(BARE, "        last", 1)
    others, own = evidence(), evidence(("request", "reach", 1, 1, 1))
    for name in ("others", "own"):
        (tmp_path / name).mkdir()
    assert "no_evidence" not in [f.kind for f in lint(tmp_path / "others", text, view=others)]
    assert "no_evidence" in [f.kind for f in lint(tmp_path / "own", text, view=own)]


def test_a_step_that_no_interaction_shows_is_noted(tmp_path):
    view = evidence(("request", "reach", 1, 1, 1))
    unseen = Finding("journey/joining", "prove", "reach", "percent", "higher", Estimate.without("unobserved", n=0), "x")
    view.finding = lambda _, item, measure: unseen if (item, measure) == ("prove", "reach") else None
    (flaw,) = lint(tmp_path, view=view)
    assert (flaw.kind, flaw.severity) == ("unobserved", "note")
    assert "events: [Check]" in (tmp_path / flaw.file).read_text().splitlines()[flaw.line - 1]


def test_stages_without_a_map_are_one_note(tmp_path):
    given = LIFECYCLE.replace("Join}", "Join}, {id: use, label: Use}, {id: go, label: Go}")
    (flaw,) = lint(tmp_path, lifecycle=given)
    assert (flaw.severity, flaw.kind, flaw.file) == ("note", "no_map", "lifecycle.yaml")
    assert "Use and Go" in flaw.what


def test_one_stage_without_a_map_is_said_as_one(tmp_path):
    (flaw,) = lint(tmp_path, lifecycle=LIFECYCLE.replace("Join}", "Join}, {id: use, label: Use}"))
    assert flaw.what == "A stage of the lifecycle has no map: Use."


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ("opportunities: [Ask once]", "an opportunity"),
        ("questions: [How might we ask once?]", "a question"),
    ],
)
def test_a_pain_is_answered_on_the_map(tmp_path, change, answer):
    """Without the to-be's change the pain of the second step stands alone."""
    same = TO_BE.replace("label: Prove with one tap", "label: Prove who you are")
    there = AS_IS.replace("        moment_of_truth: true\n", f"        moment_of_truth: true\n        {change}\n")
    assert [f.kind for f in lint(tmp_path, there, same)] == [], answer


def test_a_pain_is_answered_by_a_play_or_by_the_to_be(tmp_path):
    same = TO_BE.replace("label: Prove with one tap", "label: Prove who you are")
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
    assert [f.kind for f in lint(tmp_path / "a", AS_IS, same)] == ["orphan_pain"]
    assert lint(tmp_path / "b", AS_IS, same, played={("joining", "prove")}) == ()
    assert [f.kind for f in lint(tmp_path / "c", AS_IS, same, played={("joining", "request")})] == ["orphan_pain"]


@pytest.mark.parametrize(
    ("emotion", "score", "found"),
    [
        ("-1", (4.2, 4.0, 4.4), ["feeling"]),
        ("1", (2.2, 2.0, 2.4), ["feeling"]),
        ("-1", (2.2, 2.0, 2.4), []),
        ("-1", (3.1, 2.9, 3.3), []),
        ("0", (4.2, 4.0, 4.4), []),
    ],
)
def test_a_feeling_that_the_score_contradicts_is_noted(tmp_path, emotion, score, found):
    view = evidence(("request", "score", *score), ("request", "reach", 1, 1, 1), ("prove", "reach", 1, 1, 1))
    flaws = lint(tmp_path, AS_IS.replace("emotion: -1", f"emotion: {emotion}"), view=view)
    assert [f.kind for f in flaws] == found
    assert all(f.severity == "note" for f in flaws)


def test_a_channel_that_customers_use_is_not_closed_to_them_unheard(tmp_path):
    seen = evidence(("prove", "channel=shop", 0.4, 0.3, 0.5))
    text = AS_IS.replace("channels: [app]", "channels: [app]\n        offer: {app: identical, shop: not offered}")
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    assert "forced" not in [f.kind for f in lint(tmp_path / "a", text)]
    assert "forced" in [f.kind for f in lint(tmp_path / "b", text, view=seen)]


def test_one_of_three_channels_may_be_closed(tmp_path):
    text = AS_IS.replace("[web, phone]", "[web, phone, shop]").replace(
        "          phone: {rule", "          app: not offered\n          phone: {rule"
    )
    assert [f.kind for f in lint(tmp_path, text)] == []


def test_the_gravest_come_first_and_then_file_and_line(tmp_path):
    spoilt = AS_IS.replace("        owner: Head of onboarding\n", "").replace("review_by: 2027-06-30\n", "")
    spoilt = spoilt.replace("        kpis: [{kpi: nps}]\n", "")
    flaws = lint(tmp_path, spoilt, TO_BE.replace("owner: Head of service, ", ""))
    places = [(SEVERITIES.index(f.severity), f.file, f.line) for f in flaws]
    assert places == sorted(places)
    assert {f.severity for f in flaws} == set(SEVERITIES)


@pytest.mark.parametrize(
    "label",
    ["Marketing", "Billing department", "IT", "Vertrieb", "Klantenservice", "Sales & Marketing", "The sales team",
     "Customer service", "Service client", "BACK OFFICE", "Abteilung Einkauf"],
)  # fmt: skip
def test_departments_are_known_by_name(label):
    assert is_department(label)


@pytest.mark.parametrize(
    "label",
    ["Get the bill", "Ask", "Buy", "Sell the house", "Pay", "Get help", "Move in", "Use it", "Support a friend",
     "Bezahlen", "Choose", "Decide", "Call the service desk", "", "–"],
)  # fmt: skip
def test_what_a_customer_does_is_no_department(label):
    assert not is_department(label)


@pytest.mark.parametrize("end", ["build an app", "use AI to answer", "launch a new self-service portal", "send an SMS"])
def test_a_question_that_names_its_answer_is_known(end):
    assert names_solution(f"How might we {end}?")


@pytest.mark.parametrize("end", ["spare people the wait", "be fair", "offer comfort", "make paying the shortest part"])
def test_an_open_question_is_left_alone(end):
    assert not names_solution(f"How might we {end}?")


def test_the_words_stand_in_one_file_with_their_source():
    text = (ROOT / "templates/journeys/lint.toml").read_text(encoding="utf-8")
    listed = tomllib.loads(text)
    assert "source: cxkit default" in text
    assert len(listed["departments"]) > 4
    every = [w for k, names in listed["departments"].items() if k != "generic" for w in names]
    assert all(w == w.casefold() for w in [*every, *listed["solutions"]["verbs"], *listed["solutions"]["things"]])


def test_flaws_are_drawn_and_listed_with_place_and_hint(tmp_path):
    flaws = lint(tmp_path, AS_IS.replace("        owner: Head of onboarding\n", ""), to_be=None)
    told = plain(draw_flaws(flaws, words=words()))
    for part in ("1 error, 1 warning and 1 note in one file", flaws[0].where, flaws[0].hint, "error"):
        assert part in told
    lines = list(flaw_lines(flaws, words=words()))
    assert lines[0].startswith(f"error    {flaws[0].where}  ")
    assert plain(draw_flaws((), words=words())).endswith("Nothing to mend in the maps.")


INTERACTIONS = """\
  - id: log
    table: interactions
    files: data/log.csv
    columns: {interaction_id: Row, customer_id: Id, case_id: Case, started_at: At, channel: Channel, step: Step}
"""


@pytest.fixture
def checked(tmp_path):
    from typer.testing import CliRunner

    rows = [f"L{i},C{i % 50},K{i},2026-0{i % 9 + 1}-03 10:00:00,web,{('Request', 'Check')[i % 2]}" for i in range(200)]
    log = "\n".join(["Row,Id,Case,At,Channel,Step", *rows]) + "\n"

    def check(as_is: str, to_be: str | None = TO_BE, options=(), **files: str):
        as_is = as_is.replace("score: {column: satisfaction}\n", "")
        small_engagement(tmp_path, sources=SOURCES + INTERACTIONS, log__csv=log, **files)
        (tmp_path / "journeys").mkdir()
        (tmp_path / "lifecycle.yaml").write_text(LIFECYCLE)
        (tmp_path / "journeys/joining.as-is.yaml").write_text(as_is)
        if to_be:
            (tmp_path / "journeys/joining.to-be.yaml").write_text(to_be)
        return CliRunner().invoke(app, ["check", str(tmp_path), *options])

    return check


def test_check_lists_the_maps_after_the_exports_and_counts_at_the_end(checked):
    told = checked(AS_IS.replace("        kpis: [{kpi: nps}]\n", ""), None)
    assert told.exit_code == 0
    assert told.stdout.index("What the exports are good for") < told.stdout.index("What to mend in the maps")
    assert "3 warnings and 1 note in one file." in told.stdout
    assert "Nothing to mend in the exports." in told.stdout


@pytest.mark.parametrize(("options", "code"), [((), 0), (("--strict",), 2)])
def test_an_error_in_a_map_fails_a_strict_check_only(checked, options, code):
    spoilt = AS_IS.replace("        owner: Head of onboarding\n", "")
    told = checked(spoilt, options=options)
    assert told.exit_code == code
    assert "error    journeys/joining.as-is.yaml:" in told.stdout
    assert "Nothing to mend in the exports." in told.stdout


def test_check_says_nothing_of_a_clean_map(checked):
    told = checked(AS_IS, options=["--strict"])
    assert told.exit_code == 0
    assert "in the maps" not in told.stdout
    assert "Nothing to mend. KPIs" in told.stdout


def test_maps_are_held_even_where_the_exports_cannot_be_read(checked):
    told = checked(AS_IS.replace("        kpis: [{kpi: nps}]\n", ""), None, survey__csv="")
    assert told.exit_code == 2
    assert "3 warnings and 1 note in one file." in told.stdout


def test_a_map_that_does_not_read_hides_no_fault_of_the_exports(checked):
    told = checked(AS_IS.replace("label: Joining", "lable: Joining"), None, survey__csv="")
    assert told.exit_code == 2
    assert "Note: journeys/joining.as-is.yaml" in told.stdout
    assert "fault" in told.stderr


def test_the_maps_of_an_engagement_are_held_against_its_evidence(aldermoor):
    import cxkit

    view = aldermoor.view()
    told = plain(cxkit.draw_lint(view, aldermoor.work(view)))
    assert "What to mend in the maps" in told
    assert "journeys/moving.as-is.yaml:" in told
    assert "Send the meter reading" in told
    found = aldermoor.check(today=DAY).flaws
    assert [f.where for f in found if f.kind == "no_owner" and f.where not in told] == []
