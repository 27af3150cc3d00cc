"""Nothing under the threshold is shown, and nothing that is hidden can be found again."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest

from cxkit.data.privacy import hidden_cells


def table(rows: list[list[int]]) -> tuple[dict, list]:
    """A two-way table with its margins as cells and relations."""
    units = {(r, c): n for r, row in enumerate(rows) for c, n in enumerate(row)}
    height, width = len(rows), len(rows[0])
    for r in range(height):
        units[r, "all"] = sum(rows[r])
    for c in range(width):
        units["all", c] = sum(row[c] for row in rows)
    units["all", "all"] = sum(map(sum, rows))
    relations = [((r, "all"), [(r, c) for c in range(width)]) for r in range(height)]
    relations += [(("all", c), [(r, c) for r in range(height)]) for c in range(width)]
    relations += [
        (("all", "all"), [(r, "all") for r in range(height)]),
        (("all", "all"), [("all", c) for c in range(width)]),
    ]
    return units, relations


def spread(units: dict, relations: list, hidden: set, wanted) -> float:
    """How far apart the largest and the smallest value lie that a reader cannot rule out, by linear programming."""
    from scipy.optimize import linprog

    names = sorted(hidden, key=repr)
    rows, totals = [], []
    for total, parts in relations:
        row = [(1.0 if n in parts else 0.0) - (1.0 if n == total else 0.0) for n in names]
        known = (0 if total in hidden else units[total]) - sum(units[p] for p in parts if p not in hidden)
        rows.append(row)
        totals.append(known)
    goal = np.array([1.0 if n == wanted else 0.0 for n in names])
    ends = [linprog(sign * goal, A_eq=rows, b_eq=totals, bounds=(0, None)) for sign in (1, -1)]
    high = -ends[1].fun if ends[1].status == 0 else float("inf")
    return high - ends[0].fun


def test_published_example_of_complementary_suppression():
    # Two cells of four and three customers: hiding these alone gives both away exactly.
    units, relations = table([[20, 4, 30], [3, 25, 18], [22, 17, 40]])
    small, others = hidden_cells(units, relations, threshold=5)
    assert small == {(0, 1), (1, 0)}
    assert all(spread(units, relations, small, s) == pytest.approx(0) for s in small)
    assert all(spread(units, relations, small | others, s) > 0 for s in small)


@pytest.mark.parametrize("seed", range(40))
def test_no_hidden_cell_can_be_found_again(seed):
    chance = random.Random(seed)
    rows = [[chance.choice([0, 1, 2, 3, 4, 6, 9, 30, 80]) for _ in range(chance.randint(2, 4))] for _ in range(3)]
    rows = [row[: len(rows[0])] + [7] * (len(rows[0]) - len(row)) for row in rows]
    units, relations = table(rows)
    small, others = hidden_cells(units, relations, threshold=5)
    for cell in small:
        assert spread(units, relations, small | others, cell) > 1e-6


def test_nothing_is_hidden_without_need():
    units, relations = table([[20, 40], [30, 25]])
    assert hidden_cells(units, relations, threshold=5) == (set(), set())


def test_an_empty_cell_is_not_a_small_one():
    units, relations = table([[0, 40], [30, 25]])
    assert hidden_cells(units, relations, threshold=5) == (set(), set())


def test_months_do_not_give_a_quarter_away():
    units = {"Q1": 60, "Jan": 30, "Feb": 27, "Mar": 3}
    small, others = hidden_cells(units, [("Q1", ["Jan", "Feb", "Mar"])], threshold=5)
    assert (small, others) == ({"Mar"}, {"Feb"})


def test_hidden_parts_together_are_no_small_group():
    units = {"all": 100, "a": 60, "b": 36, "c": 2, "d": 2}
    small, others = hidden_cells(units, [("all", ["a", "b", "c", "d"])], threshold=5)
    assert (small, others) == ({"c", "d"}, {"b"})


def test_the_order_of_relations_does_not_bring_anything_to_light():
    units, relations = table([[3, 40, 9], [30, 4, 8], [6, 6, 2]])
    for order in itertools.islice(itertools.permutations(relations), 0, 5000, 500):
        small, others = hidden_cells(units, order, threshold=5)
        assert all(spread(units, relations, small | others, c) > 1e-6 for c in small)


def test_hidden_months_may_hold_the_same_few_customers():
    # February and March: the same four customers twice. Their sum is told by the quarter and January.
    units = {"Q1": 104, "Jan": 100, "Feb": 4, "Mar": 4}
    small, others = hidden_cells(units, [("Q1", ["Jan", "Feb", "Mar"])], threshold=5, shared=True)
    assert (small, others) == ({"Feb", "Mar"}, {"Jan"})
