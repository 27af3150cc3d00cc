"""Fennick & Rowe: a fictional retailer with shops, a web shop and an app, and eighteen months of monthly exports."""

from __future__ import annotations

from collections.abc import Mapping

from ..books import cost_rows, team_rows
from ..chance import Chance
from ..dates import german_date
from ..files import Csv, csv_bytes, decimal_comma
from .answers import draw_answers, survey_files
from .contacts import contact_files, service_contacts
from .customers import customer_file, draw_customers
from .orders import draw_orders, order_files
from .steps import draw_events, returns_of, step_files
from .truths import FIRST_DAY, LAST_DAY, MONTHS, truth_file

# The seeds were chosen so that chance alone plants nothing further, and so that the value of an order in one region
# moves visibly between two quarters in which it is in truth the same.
CUSTOMERS, ORDERS, EVENTS, CONTACTS, ANSWERS, RETURNS, TEAM, COSTS = 65, 66, 77, 68, 69, 70, 27, 28

JOBS = {
    ("Service centre", "Advisor"): 12,
    ("Collection desks", "Desk lead"): 6,
    ("Web shop", "Journey owner"): 3,
    ("Service centre", "Team lead"): 2,
    ("Customer experience", "CX manager"): 2,
    ("Customer experience", "Head of CX"): 1,
}
COSTS_A_MONTH = {"service centre": 5_800, "collection desks": 3_100, "delivery": 9_400, "returns": 1_250}


def make_files() -> Mapping[str, bytes]:
    """Return each file of the sample by its path in the engagement folder."""
    customers = draw_customers(Chance(CUSTOMERS))
    orders = draw_orders(customers, Chance(ORDERS))
    events = draw_events(orders, customers, Chance(EVENTS))
    contacts = service_contacts(customers, Chance(CONTACTS))
    answers = draw_answers(customers, events, contacts, chance=Chance(ANSWERS))
    return {
        "planted_truths.yaml": truth_file(),
        "data/crm/customers.csv": customer_file(customers),
        **order_files(orders, returns_of(events), Chance(RETURNS)),
        **step_files(events),
        **contact_files(contacts),
        **survey_files(answers),
        "data/hr/team.csv": team_file(Chance(TEAM)),
        "data/finance/costs.csv": cost_file(Chance(COSTS)),
    }


def team_file(chance: Chance) -> bytes:
    """Return the export of personnel."""
    rows = team_rows(JOBS, days=(FIRST_DAY, LAST_DAY), chance=chance)
    return csv_bytes(("Person", "Team", "Role", "FTE", "From", "To"), rows, Csv())


def cost_file(chance: Chance) -> bytes:
    """Return the export of finance."""
    rows = [(german_date(m), line, decimal_comma(cents)) for m, line, cents in cost_rows(COSTS_A_MONTH, MONTHS, chance)]
    return csv_bytes(("Month", "Cost line", "Amount"), rows, Csv(delimiter=";"))
