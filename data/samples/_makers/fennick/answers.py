"""The survey: asked after a step of the journey, after a contact, and now and then about everything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from ..chance import Chance
from ..dates import any_day, any_moment, month_end
from ..files import Csv, csv_bytes
from ..service import Contact
from ..survey import Answer, Asked, Remarks, Scales, draw_answer
from .customers import Customer
from .steps import Event
from .truths import FIRST_DAY, LAST_DAY, LOW_SATISFACTION, LOW_SCORES, LOW_STEP, MONTHS, SATISFACTION, SCORES

ANSWERED = {"Find": 0.03, "Order": 0.1, "Delivery": 0.16, "Collect": 0.2, "Unpack": 0.2, "Return": 0.45}
ANSWERED_CONTACT = 0.16
OCCASIONS = {
    "Find": "On the site",
    "Order": "After ordering",
    "Delivery": "After delivery",
    "Collect": "After collection",
    "Unpack": "After unpacking",
    "Return": "After return",
}
RELATIONSHIP_A_MONTH = 85
CHANNELS = {"web": 40, "app": 30, "e-mail": 30}
USUAL, LOW = Scales(SCORES, SATISFACTION), Scales(LOW_SCORES, LOW_SATISFACTION)
REMARKS = Remarks(
    glad=(
        "Lovely pan, lovely people.",
        "Found it, ordered it, cooked in it: two days.",
        "The shop in the harbour is a joy",
    ),
    fair=("Fine.", "Good, but the parcel was half air", "Prices < last year, please"),
    cross=(
        'The desk said "which order?"',
        "Two screws missing, again.\nNo manual either.",
        "Waited 20 minutes; it was not on the shelf",
        "The box was <open> & the glass broken",
    ),
)
HEADER = (
    "Answer",
    "Answered at",
    "Customer No",
    "Occasion",
    "Asked about",
    "Answered in",
    "Would recommend (0-10)",
    "Satisfied (1-5)",
    "Easy (1-7)",
    "Remarks",
)


def draw_answers(
    customers: Sequence[Customer], events: Sequence[Event], contacts: Sequence[Contact], *, chance: Chance
) -> list[Answer]:
    """Return all answers in the order in which they were given."""
    moods = {customer.id: chance.unit() for customer in customers}
    asked = [*after_steps(events, chance), *after_contacts(contacts, chance), *at_random(customers, chance)]
    asked = sorted(
        (a for a in asked if FIRST_DAY <= a.recorded.date() <= LAST_DAY), key=lambda a: (a.recorded, a.customer)
    )
    return [
        draw_answer(
            one, LOW if one.about == LOW_STEP else USUAL, mood=moods[one.customer], channels=CHANNELS,
            remarks=REMARKS, chance=chance,
        )
        for one in asked
    ]  # fmt: skip


def after_steps(events: Sequence[Event], chance: Chance) -> Iterator[Asked]:
    """Yield who answers after a step: an hour to a day after it."""
    for event in events:
        if chance.happens(ANSWERED[event.step]):
            recorded = event.at + timedelta(minutes=chance.between(60, 24 * 60))
            yield Asked(recorded, event.customer.id, OCCASIONS[event.step], event.step)


def after_contacts(contacts: Sequence[Contact], chance: Chance) -> Iterator[Asked]:
    """Yield who answers after a service contact: an hour to two days after it was closed."""
    for contact in contacts:
        if chance.happens(ANSWERED_CONTACT):
            recorded = contact.closed + timedelta(minutes=chance.between(60, 48 * 60))
            yield Asked(recorded, contact.customer, "After contact", "Service")


def at_random(customers: Sequence[Customer], chance: Chance) -> Iterator[Asked]:
    """Yield who answers the relationship survey, and when."""
    for month in MONTHS:
        for _ in range(RELATIONSHIP_A_MONTH):
            day = any_day(month, month_end(month), chance)
            customer = chance.one_of(customers)
            if customer.since <= day:
                yield Asked(any_moment(day, chance), customer.id, "Relationship", "Overall")


def survey_files(answers: Sequence[Answer]) -> Mapping[str, bytes]:
    """Return one export a month."""
    rows: dict[date, list[Sequence[object]]] = {month: [] for month in MONTHS}
    for number, answer in enumerate(answers):
        rows[answer.asked.recorded.date().replace(day=1)].append(survey_row(f"A{100_001 + number}", answer))
    style = Csv(line_end="\r\n", encoding="utf-8-sig")
    return {f"data/survey/survey_{month:%Y-%m}.csv": csv_bytes(HEADER, rows[month], style) for month in MONTHS}


def survey_row(name: str, answer: Answer) -> Sequence[object]:
    """Return a line of the export; a question left out is written as n/a."""
    said = (answer.score, answer.satisfaction, answer.ease)
    return (
        name,
        f"{answer.asked.recorded:%Y-%m-%d %H:%M}",
        answer.asked.customer,
        answer.asked.occasion,
        answer.asked.about,
        answer.channel,
        *("n/a" if value is None else value for value in said),
        answer.remark,
    )
