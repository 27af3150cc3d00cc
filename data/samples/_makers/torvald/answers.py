"""The survey: few are asked, and fewer answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from ..chance import Chance
from ..dates import any_day, any_moment, month_end, quarter_name
from ..files import Csv, csv_bytes
from ..survey import Answer, Asked, Remarks, Scales, draw_answer
from .accounts import Account
from .repairs import Event
from .truths import FIRST_DAY, LAST_DAY, MONTHS, SATISFACTION, SCORES

ANSWERED = {"Report fault": 0.025, "Triage": 0.012, "Visit planned": 0.03, "Part delivered": 0.07, "Repaired": 0.13}
RELATIONSHIP_A_MONTH = 9
CHANNELS = {"e-mail": 75, "portal": 25}
REMARKS = Remarks(
    glad=("The fitter knew the machine better than we do.", "Line was back in a day"),
    fair=("OK", "Good work, long invoice"),
    cross=(
        '"Next week", said three times.',
        "Machine stood still; the dealer did not know",
        "Wrong seal, again\n(2nd visit)",
    ),
)
HEADER = ("No", "Date", "Account", "Survey", "Step", "Sent by", "NPS", "Satisfaction", "Ease", "Why")


def draw_answers(accounts: Sequence[Account], events: Sequence[Event], *, chance: Chance) -> list[Answer]:
    """Return all answers in the order in which they were given."""
    moods = {account.id: chance.unit() for account in accounts}
    asked = [*after_steps(events, chance), *at_random(accounts, chance)]
    asked = sorted(
        (a for a in asked if FIRST_DAY <= a.recorded.date() <= LAST_DAY), key=lambda a: (a.recorded, a.customer)
    )
    scales = Scales(SCORES, SATISFACTION)
    return [
        draw_answer(one, scales, mood=moods[one.customer], channels=CHANNELS, remarks=REMARKS, chance=chance)
        for one in asked
    ]


def after_steps(events: Sequence[Event], chance: Chance) -> Iterator[Asked]:
    """Yield who answers after a step of a repair: an hour to a day after it."""
    for event in events:
        if chance.happens(ANSWERED[event.step]):
            recorded = event.at + timedelta(minutes=chance.between(60, 24 * 60))
            yield Asked(recorded, event.account.id, "Repair", event.step)


def at_random(accounts: Sequence[Account], chance: Chance) -> Iterator[Asked]:
    """Yield who answers the yearly survey, and when."""
    for month in MONTHS:
        for _ in range(RELATIONSHIP_A_MONTH):
            day = any_day(month, month_end(month), chance)
            account = chance.one_of(accounts)
            if account.active(day, day):
                yield Asked(any_moment(day, chance), account.id, "Relationship", "Overall")


def survey_files(answers: Sequence[Answer]) -> Mapping[str, bytes]:
    """Return one export a quarter of a year."""
    rows: dict[str, list[Sequence[object]]] = {}
    for number, answer in enumerate(answers):
        quarter = quarter_name(answer.asked.recorded.date())
        rows.setdefault(quarter, []).append(survey_row(str(7_001 + number), answer))
    style = Csv(delimiter="\t")
    return {f"data/survey/answers_{name}.csv": csv_bytes(HEADER, rows[name], style) for name in rows}


def survey_row(name: str, answer: Answer) -> Sequence[object]:
    """Return a line of the export."""
    return (
        name,
        f"{answer.asked.recorded:%Y-%m-%d %H:%M}",
        answer.asked.customer,
        answer.asked.occasion,
        answer.asked.about,
        answer.channel,
        answer.score,
        answer.satisfaction,
        answer.ease,
        answer.remark,
    )
