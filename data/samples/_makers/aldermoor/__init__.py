"""Aldermoor Energy: a fictional energy retailer with contracts, three regions and eighteen months of exports."""

from __future__ import annotations

from collections.abc import Mapping

from ..chance import Chance
from .answers import draw_answers, survey_files
from .books import cost_file, invoice_file, team_file
from .contacts import draw_contacts, ticket_files
from .customers import account_file, draw_accounts
from .truths import truth_file

# The seeds were chosen so that chance alone plants nothing further, and so that customer satisfaction in Coast
# moves visibly between two quarters in which it is in truth the same.
ACCOUNTS, CONTACTS, ANSWERS, INVOICES, TEAM, COSTS, CONSENT = 80, 165, 296, 14, 15, 16, 17


def make_files() -> Mapping[str, bytes]:
    """Return each file of the sample by its path in the engagement folder."""
    accounts = draw_accounts(Chance(ACCOUNTS))
    contacts = draw_contacts(accounts, Chance(CONTACTS))
    answers = draw_answers(accounts, contacts, chance=Chance(ANSWERS))
    return {
        "planted_truths.yaml": truth_file(),
        "data/crm/accounts.xlsx": account_file(accounts, Chance(CONSENT)),
        **survey_files(answers),
        **ticket_files(contacts),
        "data/billing/invoices.csv": invoice_file(accounts, Chance(INVOICES)),
        "data/hr/team.csv": team_file(Chance(TEAM)),
        "data/finance/costs.csv": cost_file(Chance(COSTS)),
    }
