"""What each table must hold before anything is measured on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["CONTRACTS", "Column", "ColumnType", "Contract"]

ColumnType = Literal["text", "integer", "number", "boolean", "date", "timestamp"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a contract: its type, whether a row is worth nothing without it, and what it means.

    Attributes:
        type: Its type.
        meaning: What it says.
        required: Whether a row without it is left out.
        scale: Lowest and highest valid answer.
        links: Whether a table may do without it altogether: then all its rows count, and nothing is measured that has
            to know whose they are.
    """

    type: ColumnType
    meaning: str
    required: bool = False
    scale: tuple[float, float] | None = None
    links: bool = False


@dataclass(frozen=True, slots=True)
class Contract:
    """A table as cxkit measures it.

    Attributes:
        columns: Columns by name; an engagement may add attributes of its own.
        key: Columns that tell one row from another.
        time: The column that puts a row in a period, or None for a list of things.
        whole_month: Whether `time` names a month, so that data reach to the month's end.
        adds_up: Whether rows with the same key in one file are parts of a whole, as invoices and credits are.
        repeated_by: The column whose value may stand in many rows, so that rows are not independent.
        persons: Whether rows are about people, so that few of them are hidden.
        past: Whether rows are of what has happened, so that a day to come is a slip; others may be plans.
    """

    columns: dict[str, Column]
    key: tuple[str, ...]
    time: str | None = None
    whole_month: bool = False
    adds_up: bool = False
    repeated_by: str | None = None
    persons: bool = True
    past: bool = False
    meaning: str = ""


_CUSTOMER = Column("text", "Who it was; refers to customers")
_LINK = Column("text", "Who it was; refers to customers", required=True, links=True)

CONTRACTS: dict[str, Contract] = {
    "customers": Contract(
        meaning="One row a customer: who they are and since when.",
        columns={
            "customer_id": Column("text", "Stable id, the same in all exports", required=True),
            "segment": Column("text", "Segment by the client's own rule"),
            "region": Column("text", "Region or market"),
            "product": Column("text", "Main product or contract"),
            "acquired_via": Column("text", "Channel that won the customer"),
            "joined_on": Column("date", "First day as a customer"),
            "left_on": Column("date", "First day no longer a customer; blank while active"),
            "may_contact": Column("boolean", "Whether they agreed to be contacted"),
            "holdout": Column("boolean", "Whether drawn by lot to stay without the programme; blank for neither"),
        },
        key=("customer_id",),
    ),
    "responses": Contract(
        meaning="One row an answered questionnaire.",
        columns={
            "response_id": Column("text", "Stable id of the answer", required=True),
            "responded_at": Column("timestamp", "When it was answered", required=True),
            "customer_id": _CUSTOMER,
            "survey": Column("text", "Which survey or occasion"),
            "step": Column("text", "Journey step it asks about"),
            "channel": Column("text", "Channel it came by or asks about"),
            "score": Column("integer", "Likelihood to recommend", scale=(0, 10)),
            "satisfaction": Column("integer", "Satisfaction", scale=(1, 5)),
            "effort": Column("integer", "Agreement that it was easy (CES 2.0)", scale=(1, 7)),
            "resolved": Column("boolean", "Whether the customer says the matter is settled"),
            "weight": Column("number", "Survey weight"),
        },
        key=("response_id",),
        past=True,
        time="responded_at",
        repeated_by="customer_id",
    ),
    "interactions": Contract(
        meaning="One row a contact or a journey event.",
        columns={
            "interaction_id": Column("text", "Stable id of the contact", required=True),
            "customer_id": _LINK,
            "started_at": Column("timestamp", "When it began", required=True),
            "ended_at": Column("timestamp", "When it ended; blank while open"),
            "case_id": Column("text", "Case or journey that it belongs to"),
            "channel": Column("text", "Channel"),
            "reason": Column("text", "Reason for the contact"),
            "step": Column("text", "Journey step; blank for ordinary service"),
            "resolved": Column("boolean", "Whether the matter was settled"),
            "transferred": Column("boolean", "Whether it was passed on"),
            "context_kept": Column("boolean", "After a handoff: whether the case's context was carried over"),
            "cost": Column("number", "Cost of the contact"),
            "answered_at": Column("timestamp", "When somebody answered; blank if nobody did"),
            "abandoned": Column("boolean", "Whether the customer gave up before an answer"),
            "wait_seconds": Column("number", "Seconds until it was answered or given up"),
            "handle_seconds": Column("number", "Seconds of talk, hold and the work after it"),
            "due_at": Column("timestamp", "When it has to be settled by agreement"),
            "transfers": Column("integer", "How often it was passed on"),
            "resolvable": Column("boolean", "Whether the first level is allowed to settle it"),
            "digital": Column("boolean", "Whether the channel is a digital one"),
        },
        key=("interaction_id",),
        past=True,
        time="started_at",
        repeated_by="customer_id",
    ),
    "revenue": Contract(
        meaning="One row a customer and month: recurring revenue.",
        columns={
            "customer_id": Column("text", "Who it was; refers to customers", required=True),
            "month": Column("date", "Any day of the month", required=True),
            "amount": Column("number", "Recurring revenue of the month; a credit is negative", required=True),
            "product": Column("text", "What it was for"),
        },
        key=("customer_id", "month"),
        time="month",
        whole_month=True,
        adds_up=True,
        repeated_by="customer_id",
    ),
    "orders": Contract(
        meaning="One row an order.",
        columns={
            "order_id": Column("text", "Stable id of the order", required=True),
            "customer_id": _LINK,
            "ordered_at": Column("timestamp", "When it was placed", required=True),
            "amount": Column("number", "Value of the order"),
            "category": Column("text", "What was bought"),
            "channel": Column("text", "Where it was bought"),
        },
        key=("order_id",),
        past=True,
        time="ordered_at",
        repeated_by="customer_id",
    ),
    "employees": Contract(
        meaning="One row a person in a team that serves customers.",
        columns={
            "employee_id": Column("text", "Stable id", required=True),
            "team": Column("text", "Team"),
            "role": Column("text", "Role"),
            "area": Column("text", "What the work is for: customer_success, service, sales, other"),
            "fte": Column("number", "Full-time equivalents"),
            "started_on": Column("date", "First day in the role"),
            "ended_on": Column("date", "First day no longer in the role"),
        },
        key=("employee_id",),
    ),
    "finance": Contract(
        meaning="One row a month and cost line.",
        columns={
            "month": Column("date", "Any day of the month", required=True),
            "line": Column("text", "Cost or revenue line", required=True),
            "area": Column(
                "text",
                "What it is for: revenue, acquisition, service, customer_success, other; total for a sum of lines",
            ),
            "amount": Column("number", "Amount of the month", required=True),
        },
        key=("month", "line"),
        time="month",
        whole_month=True,
        adds_up=True,
        persons=False,
    ),
    "invitations": Contract(
        meaning="One row a questionnaire that was sent.",
        columns={
            "invitation_id": Column("text", "Stable id of the invitation", required=True),
            "sent_at": Column("timestamp", "When it was sent", required=True),
            "customer_id": _CUSTOMER,
            "survey": Column("text", "Which survey or occasion"),
            "channel": Column("text", "Channel it was sent by"),
            "delivered": Column("boolean", "Whether it arrived"),
            "answered_at": Column("timestamp", "When it was answered; blank if not"),
        },
        key=("invitation_id",),
        past=True,
        time="sent_at",
        repeated_by="customer_id",
    ),
    "staff_answers": Contract(
        meaning="One row an employee's answer to one question.",
        columns={
            "answer_id": Column("text", "Stable id of the answer", required=True),
            "answered_at": Column("timestamp", "When it was answered", required=True),
            "employee_id": Column("text", "Stable id or pseudonym of the employee"),
            "team": Column("text", "Team"),
            "role": Column("text", "Role"),
            "item": Column("text", "Which question"),
            "recommend": Column("integer", "Likelihood to recommend as a place to work", scale=(0, 10)),
            "agreement": Column("integer", "Agreement with the item, reversed items turned", scale=(1, 5)),
        },
        key=("answer_id",),
        past=True,
        time="answered_at",
        repeated_by="employee_id",
    ),
    "deals": Contract(
        meaning="One row a sale that was won or lost.",
        columns={
            "deal_id": Column("text", "Stable id of the sale", required=True),
            "customer_id": _CUSTOMER,
            "closed_on": Column("date", "Day on which it was won or lost", required=True),
            "amount": Column("number", "Value of the sale"),
            "won": Column("boolean", "Whether it was won"),
            "renewal": Column("boolean", "Whether it only renews what there was"),
            "sourced": Column("boolean", "Whether customer success found it"),
            "touched_on": Column("date", "Last day on which customer success had a hand in it"),
        },
        key=("deal_id",),
        time="closed_on",
        repeated_by="customer_id",
    ),
}
"""All tables by name. `customers` is the one that others refer to."""
