"""The survey: what customers answer about the relationship, and after a contact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ..chance import Chance, at_quantile
from ..dates import any_day, any_moment, month_end, quarter_name
from ..files import Csv, csv_bytes
from .contacts import Contact
from .customers import Account
from .truths import DROP_FROM, DROP_REGION, FALLEN_SCORES, LAST_DAY, MONTHS, SATISFACTION, USUAL_SCORES

ASKED_A_MONTH = 215
ASKED_AT_FIRST = 325  # the survey began in May 2025 and had only two months for its first quarter
FIRST_QUARTER_ENDS = date(2025, 6, 30)
ANSWER_AFTER_CONTACT = 0.24

CHANNELS = {"Web": 40, "App": 25, "Phone": 12, "E-mail": 23}
EASE = {1: 3, 2: 4, 3: 7, 4: 13, 5: 22, 6: 29, 7: 22}
NO_SCORE, RATHER_NOT, NO_SATISFACTION, NO_EASE = 0.035, 0.01, 0.02, 0.03
COMMENTED = 0.35
LIKE_THE_ACCOUNT, LIKE_THE_SCORE = 0.35, 0.6

GLAD = (
    "Quick answer, friendly people.",
    'Switching was "five minutes", and it was true.',
    "The app shows what I use, day by day.",
    "Très bien, merci.",
    "Clear bill",
)
FAIR = (
    "Fine so far, nothing special.",
    "Good price, slow login",
    "Waiting < 5 minutes on the phone would be great.",
    "It works.",
)
CROSS = (
    "I had to explain everything twice.",
    "Called three times,\nstill no answer.",
    'Was told "tomorrow", then nothing.',
    "The bill is <unreadable> & too high",
    "Naïve of me to expect a call back.",
)

HEADER = (
    "Response ID",
    "Recorded Date",
    "Account Ref",
    "Touchpoint",
    "Channel",
    "Q1 Likelihood to recommend",
    "Q2 Satisfaction",
    "Q3 Made it easy",
    "Q4 Why?",
)


@dataclass(frozen=True)
class Answer:
    """One completed survey."""

    recorded: datetime
    account: Account
    touchpoint: str
    channel: str
    score: int | None
    satisfaction: int | None
    ease: int | None
    why: str | None


def draw_answers(accounts: Sequence[Account], contacts: Sequence[Contact], *, chance: Chance) -> list[Answer]:
    """Return all answers in the order in which they were recorded."""
    moods = {account.id: chance.unit() for account in accounts}
    asked = [(*who, "Relationship") for who in ask_at_random(accounts, chance)]
    asked += [(*who, "After contact") for who in ask_after(contacts, chance)]
    asked.sort(key=lambda row: (row[1], row[0].id))
    return [draw_answer(*row, mood=moods[row[0].id], chance=chance) for row in asked]


def ask_at_random(accounts: Sequence[Account], chance: Chance) -> list[tuple[Account, datetime]]:
    """Return who answers the relationship survey, and when."""
    asked: list[tuple[Account, datetime]] = []
    for month in MONTHS:
        for _ in range(ASKED_AT_FIRST if month < FIRST_QUARTER_ENDS else ASKED_A_MONTH):
            day = any_day(month, month_end(month), chance)
            asked.append((any_active(accounts, day, chance), any_moment(day, chance)))
    return asked


def any_active(accounts: Sequence[Account], day: date, chance: Chance) -> Account:
    """Return a customer under contract on a day."""
    while True:
        account = chance.one_of(accounts)
        if account.active(day, day):
            return account


def ask_after(contacts: Sequence[Contact], chance: Chance) -> list[tuple[Account, datetime]]:
    """Return who answers after a contact, and when: an hour to two days after it was closed."""
    asked: list[tuple[Account, datetime]] = []
    for contact in contacts:
        answers = chance.happens(ANSWER_AFTER_CONTACT)
        recorded = contact.closed + timedelta(seconds=chance.between(3600, 48 * 3600))
        day = recorded.date()
        if answers and day <= LAST_DAY and contact.account.active(day, day):
            asked.append((contact.account, recorded))
    return asked


def draw_answer(account: Account, recorded: datetime, touchpoint: str, *, mood: float, chance: Chance) -> Answer:
    """Return what one customer says on one day."""
    # Shared quantiles tie the answers together and leave each question's own distribution as it is.
    feeling = mood if chance.happens(LIKE_THE_ACCOUNT) else chance.unit()
    score = at_quantile(score_weights(account.region, recorded.date()), feeling)
    return Answer(
        recorded=recorded,
        account=account,
        touchpoint=touchpoint,
        channel=chance.weighed(CHANNELS),
        score=hide_score(score, chance),
        satisfaction=draw_scale(SATISFACTION, feeling, missing=NO_SATISFACTION, chance=chance),
        ease=draw_ease(touchpoint, feeling, chance),
        why=draw_comment(score, chance),
    )


def score_weights(region: str, day: date) -> Mapping[int, int]:
    """Return the weights of the scores in a region on a day."""
    return FALLEN_SCORES if region == DROP_REGION and day >= DROP_FROM else USUAL_SCORES


def hide_score(score: int, chance: Chance) -> int | None:
    """Return the score as exported: sometimes blank, sometimes 99 for "prefer not to say"."""
    luck = chance.unit()
    if luck < NO_SCORE:
        return None
    return 99 if luck < NO_SCORE + RATHER_NOT else score


def draw_scale(weights: Mapping[int, int], feeling: float, *, missing: float, chance: Chance) -> int | None:
    """Return an answer that often follows the feeling behind the score."""
    answer = at_quantile(weights, feeling if chance.happens(LIKE_THE_SCORE) else chance.unit())
    return None if chance.happens(missing) else answer


def draw_ease(touchpoint: str, feeling: float, chance: Chance) -> int | None:
    """Return how easy it was; asked after a contact only."""
    if touchpoint != "After contact":
        return None
    return draw_scale(EASE, feeling, missing=NO_EASE, chance=chance)


def draw_comment(score: int, chance: Chance) -> str | None:
    """Return a sentence that fits the score, from those who leave one."""
    if not chance.happens(COMMENTED):
        return None
    return chance.one_of(GLAD if score >= 9 else FAIR if score >= 7 else CROSS)


def survey_files(answers: Sequence[Answer]) -> Mapping[str, bytes]:
    """Return one export a quarter, and one of the month in which the last quarter begins."""
    style = Csv(line_end="\r\n", encoding="utf-8-sig")
    rows: dict[str, list[Sequence[object]]] = {}
    for number, answer in enumerate(answers):
        rows.setdefault(export_name(answer.recorded.date()), []).append(survey_row(f"R{100_001 + number}", answer))
    return {f"data/survey/relationship_{name}.csv": csv_bytes(HEADER, rows[name], style) for name in rows}


def export_name(day: date) -> str:
    """Return the period an export is named after: the quarter, or the month if the quarter is not over."""
    quarter = quarter_name(day)
    return f"{day:%Y-%m}" if quarter == quarter_name(LAST_DAY) else quarter


def survey_row(name: str, answer: Answer) -> Sequence[object]:
    """Return a line of the export."""
    return (
        name,
        answer.recorded.isoformat(sep=" "),
        answer.account.id,
        answer.touchpoint,
        answer.channel,
        answer.score,
        answer.satisfaction,
        answer.ease,
        answer.why,
    )
