"""Torvald Maskin: a fictional maker of machines, with accounts, service contracts and repairs over eighteen months."""

from __future__ import annotations

from collections.abc import Mapping

from ..books import cost_rows, team_rows
from ..chance import Chance
from ..files import Csv, csv_bytes
from .accounts import account_file, contract_files, draw_accounts
from .answers import draw_answers, survey_files
from .contacts import contact_files, service_contacts
from .repairs import draw_repairs, repair_files
from .truths import FIRST_DAY, LAST_DAY, MONTHS, truth_file

# The seeds were chosen so that chance alone plants nothing further, and so that one region closes visibly more or fewer
# contacts in time in one of two quarters in which it is in truth the same.
ACCOUNTS, CONTRACTS, REPAIRS, CONTACTS, ANSWERS, TEAM, COSTS = 52, 53, 54, 55, 56, 57, 58

JOBS = {
    ("Field service", "Fitter"): 22,
    ("Service desk", "Coordinator"): 6,
    ("Parts", "Planner"): 3,
    ("Account management", "Account manager"): 7,
    ("Field service", "Team lead"): 2,
    ("Customer experience", "CX manager"): 1,
}
COSTS_A_MONTH = {"field service": 182_000, "parts logistics": 96_000, "service desk": 41_000}


def make_files() -> Mapping[str, bytes]:
    """Return each file of the sample by its path in the engagement folder."""
    accounts = draw_accounts(Chance(ACCOUNTS))
    repairs = draw_repairs(accounts, Chance(REPAIRS))
    return {
        "planted_truths.yaml": truth_file(),
        "data/crm/accounts.xlsx": account_file(accounts),
        **contract_files(accounts, Chance(CONTRACTS)),
        **repair_files(repairs),
        **contact_files(service_contacts(accounts, Chance(CONTACTS))),
        **survey_files(draw_answers(accounts, repairs, chance=Chance(ANSWERS))),
        "data/hr/team.csv": team_file(Chance(TEAM)),
        "data/finance/costs.csv": cost_file(Chance(COSTS)),
    }


def team_file(chance: Chance) -> bytes:
    """Return the export of personnel."""
    rows = team_rows(JOBS, days=(FIRST_DAY, LAST_DAY), chance=chance)
    return csv_bytes(("No", "Team", "Role", "FTE", "From", "To"), rows, Csv())


def cost_file(chance: Chance) -> bytes:
    """Return the export of finance."""
    rows = [(m, line, f"{cents / 100:.2f}") for m, line, cents in cost_rows(COSTS_A_MONTH, MONTHS, chance)]
    return csv_bytes(("Month", "Line", "EUR"), rows, Csv())
