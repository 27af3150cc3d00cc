"""Amounts that are codes, that carry signs, or of which nobody can tell where the decimals begin."""

from __future__ import annotations

import pandas as pd
import pytest
from build import ENGAGEMENT
from conftest import TODAY
from trapping import line_of, measured, refused, whole

CALM = ENGAGEMENT.replace("dimensions:\n  region: {label: Region}\n", "")
SHOP = """\
cxkit: 1
sources:
  - id: shop
    table: orders
    files: data/shop.csv
    columns: {order_id: Order, customer_id: Id, ordered_at: Date, amount: Amount}
"""
AMOUNTS = [20 + 3.25 * i for i in range(60)]
MEAN = sum(AMOUNTS) / 60


def shop(amounts) -> str:
    rows = [f'O{i},C{i % 50},2026-0{i % 9 + 1}-05 10:{i % 60:02d}:07,"{a}"' for i, a in enumerate(amounts)]
    return "\n".join(["Order,Id,Date,Amount", *rows]) + "\n"


def sold(folder, amounts, mapped: str = "amount: Amount", *, form: str = ""):
    sources = SHOP.replace("amount: Amount", mapped).replace("    columns:", f"{form}    columns:")
    return whole(folder, "order_value", engagement=CALM, sources=sources, shop__csv=shop(amounts))


@pytest.mark.parametrize("code", ["999999", "99999.00", "9999.99", "99999999"])
def test_nines_that_stand_for_none_are_refused(tmp_path, code):
    shown = [code, code, code, *AMOUNTS]
    wrong = (MEAN * 60 + 3 * float(code)) / 63
    said = refused(sold(tmp_path, shown), "data/shop.csv", "row 2", "column 'Amount'", "3 rows", code)
    mended = sold(tmp_path, shown, line_of(said, "amount"))
    assert measured(mended, "order_value", not_=wrong) == pytest.approx(MEAN)
    real = sold(tmp_path, shown, line_of(said, "amount", nth=1))
    assert measured(real, "order_value", not_=MEAN) == pytest.approx(wrong)


def test_a_minus_one_that_stands_for_none_is_refused(tmp_path):
    shown = ["-1", "-1", "-1", *AMOUNTS]
    said = refused(sold(tmp_path, shown), "amounts that usually stand for none", 'missing: "-1"')
    assert sold(tmp_path, shown, line_of(said, "amount")).check(today=TODAY).sound


@pytest.mark.parametrize(("code", "largest"), [("99", 80.0), ("999", 640.0), ("9999", 8800.0)])
def test_frequent_nines_near_the_other_amounts_are_refused(tmp_path, code, largest):
    """Not far beyond the others, and five of 66."""
    amounts = [largest - i for i in range(61)]
    shown = [code] * 5 + amounts
    right, wrong = sum(amounts) / 61, (sum(amounts) + 5 * float(code)) / 66
    said = refused(sold(tmp_path, shown), "amounts that usually stand for none", "5 rows", code)
    assert measured(sold(tmp_path, shown, line_of(said, "amount")), "order_value", not_=wrong) == pytest.approx(right)
    real = sold(tmp_path, shown, line_of(said, "amount", nth=1))
    assert measured(real, "order_value", not_=right) == pytest.approx(wrong)


@pytest.mark.parametrize("amounts", [
    ["999"] * 4 + ["640"], ["999"] * 5 + ["640"] * 120, ["99"] * 9, ["999"] * 9 + ["1250"],
])  # fmt: skip
def test_nines_that_are_few_or_among_the_others_are_prices(tmp_path, amounts):
    assert sold(tmp_path, [*amounts, *AMOUNTS]).check(today=TODAY).sound


def test_one_price_for_all_is_a_price(tmp_path):
    assert sold(tmp_path, ["99"] * 60).check(today=TODAY).sound


@pytest.mark.parametrize("amounts", [["-1", "-1", "-1", "-12.50"], ["999", "999", "999", "640"], ["99999", "88000"]])
def test_credits_and_prices_are_no_codes(tmp_path, amounts):
    assert sold(tmp_path, [*amounts, *AMOUNTS]).check(today=TODAY).sound


@pytest.mark.parametrize(("sign", "value"), [
    ("€ 1500.50", 1500.5), ("1500.50 EUR", 1500.5), ("$1,500.50", 1500.5), ("\u20ac\u00a01500.50", 1500.5),
])  # fmt: skip
def test_amounts_with_a_currency_are_not_left_out(tmp_path, sign, value):
    """Two of 62, the largest ones: fewer than may be unusable."""
    shown = [sign, sign, *AMOUNTS]
    said = refused(sold(tmp_path, shown), "data/shop.csv", "row 2", "2 rows", "sign of a currency")
    mended = sold(tmp_path, shown, line_of(said, "amount"))
    assert measured(mended, "order_value", not_=MEAN) == pytest.approx((MEAN * 60 + 2 * value) / 62)


BILLS = """\
cxkit: 1
sources:
  - id: bills
    table: revenue
    files: data/bills.csv
    columns: {customer_id: Id, month: Month, amount: Amount}
  - id: crm
    table: customers
    files: data/crm.csv
    columns: {customer_id: Id, joined_on: Since, left_on: Until}
"""
LONG_AGO = "\n".join(["Id,Since,Until", *(f"C{i},2020-01-15," for i in range(60))])


def bills(rows) -> str:
    return "\n".join(["Id,Month,Amount", *(f'{c},{m},"{a}"' for c, m, a in rows)]) + "\n"


MONTHLY = [(f"C{i}", f"2026-0{m}-01", 10 + i) for i in range(60) for m in range(1, 10)]


def billed(folder, rows, *, mapped: str = "amount: Amount", more: str = ""):
    sources = BILLS.replace("amount: Amount", mapped).replace("Amount}\n", f"Amount}}\n{more}", 1)
    if mapped != "amount: Amount":
        sources = BILLS.replace("amount: Amount}\n", f"{mapped}}}\n{more}")
    return whole(folder, "revenue_per_customer", engagement=CALM, sources=sources, bills__csv=bills(rows),
                 crm__csv=LONG_AGO)  # fmt: skip


def per_month(rows) -> float:
    return sum(float(a) for *_, a in rows) / (60 * 9)


@pytest.mark.parametrize("credit", ["(50.00)", "50.00-", "-50.00 €", "(€ 50.00)"])
def test_credits_in_brackets_are_taken_off(tmp_path, credit):
    """One in fifty rows, all of them negative: left out, revenue would be too high."""
    owed = [(f"C{i}", "2026-03-01", credit) for i in range(12)]
    said = refused(billed(tmp_path, [*MONTHLY, *owed]), "data/bills.csv", "row 542", "12 rows", "in brackets")
    right = per_month([*MONTHLY, *((c, m, -50) for c, m, _ in owed)])
    mended = billed(tmp_path, [*MONTHLY, *owed], mapped=line_of(said, "amount"), more="    duplicates: keep\n")
    assert measured(mended, "revenue_per_customer", not_=per_month(MONTHLY)) == pytest.approx(right)


def test_amounts_of_two_currencies_are_never_added_up(tmp_path):
    shown = ["€ 5", "$ 5", *AMOUNTS]
    refused(sold(tmp_path, shown, "amount: {column: Amount, format: money}"), "several currencies", "row 3")


@pytest.mark.parametrize("sign", ["85 %", "85%", "85\u00a0%", "85.0 %"])
def test_a_percentage_is_a_share_of_one(tmp_path, sign):
    shown = [sign, *(f"{a} %" for a in AMOUNTS)]
    said = refused(sold(tmp_path, shown), "a share in percent", "85 % is then read as 0.85")
    mended = sold(tmp_path, shown, line_of(said, "amount"))
    wrong = (MEAN * 60 + 85) / 61
    assert measured(mended, "order_value", not_=wrong) == pytest.approx((MEAN * 0.6 + 0.85) / 61)


def test_shares_with_and_without_the_sign_are_not_added_up(tmp_path):
    said = "amount: {column: Amount, format: percent}"
    refused(
        sold(tmp_path, ["50%", "50", "0.5", *["50 %"] * 57], said), "without the sign of percent", "row 3", "2 rows"
    )
    for shares in (["0.5"] * 60, ["0", *["50 %"] * 59]):
        assert sold(tmp_path, shares, said).check(today=TODAY).sound


@pytest.mark.parametrize(("decimal", "factor"), [(",", 1000), (".", 1)])
def test_dots_before_three_digits_are_refused_until_it_is_said_what_they_are(tmp_path, decimal, factor):
    shown = [f"{1 + i}.{(137 * i) % 1000:03d}" for i in range(60)]
    refused(sold(tmp_path, shown), "data/shop.csv", "column 'Amount'", 'format: {decimal: ","}')
    mean = float(pd.Series(shown).astype(float).mean())
    wrong = mean if factor == 1000 else 1000 * mean
    said = f'    format: {{decimal: "{decimal}"}}\n'
    assert measured(sold(tmp_path, shown, form=said), "order_value", not_=wrong) == pytest.approx(mean * factor)


@pytest.mark.parametrize("proof", ["0.125", "12.5", "1234.500"])
def test_one_number_that_proves_the_decimal_point_is_enough(tmp_path, proof):
    shown = [proof, *(f"{1 + i}.{(137 * i) % 1000:03d}" for i in range(60))]
    assert sold(tmp_path, shown).check(today=TODAY).sound
