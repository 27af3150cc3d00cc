"""What is told without a pattern is what the pattern tells, and what stands again is found without counting all."""

from __future__ import annotations

import itertools

import pytest
from sqlglot import exp

from cxkit._table import open_database
from cxkit.data.again import runs_one_way, select_again
from cxkit.data.conform import fields_of
from cxkit.data.ingest import Raw
from cxkit.data.probes import probes_of, zoned
from cxkit.data.quick import quickened
from cxkit.data.readers import proof
from cxkit.data.settings import Source

DAYS = ("2026-03-05", "2026-3-5", "2026-02-30", "0044-03-15 (BC)", "1899-12-31", "2200-01-01", "infinity", "-infinity")
TIMES = ("", " 10:30:00", "T10:30:00", "  1:30:00", " 10:30", " 24:00:00", " 10:30:00.5", " 10:30:00.500", " 10:30:5Z")
ZONES = ("", "Z", " Z", "+02", "+02:00", "-0330", "+2")
MOMENTS = [a + b + c for a, b, c in itertools.product(DAYS, TIMES, ZONES)] + ["epoch", "now", "today", "a", "20260305"]
NUMBERS = [
    "0",
    "9",
    "10",
    "05",
    "+5",
    "-5",
    "-0",
    "5.0",
    "5.5",
    "5,0",
    "1,000",
    "5e0",
    "/",
    ":",
    "\u0665",
    "\u00b2",
    "1_0",
]


@pytest.mark.parametrize(("name", "table", "texts"), [
    ("score", "responses", NUMBERS), ("responded_at", "responses", MOMENTS), ("asked_on", "responses", MOMENTS),
])  # fmt: skip
def test_a_column_reads_as_its_pattern_has_it(name, table, texts):
    attributes = {"asked_on": {"column": "v", "type": "date"}} if name == "asked_on" else {}
    columns = {"response_id": "id", "responded_at": "day"} | ({} if attributes else {name: "v"})
    told = {"id": "s", "table": table, "files": "s.csv", "columns": columns, "attributes": attributes}
    mapped = Source.model_validate(told)
    raw = Raw("raw_s", {"id": "id", "day": "day", "v": "v"}, ())
    field = next(f for f in fields_of(mapped, raw) if f.name == name)
    quick = quickened(field)
    assert quick.typed != field.typed
    named = next((p for n, p in probes_of(mapped, raw, [field]).items() if n.endswith("zoned")), exp.false())
    plain = zoned(field) if field.type != "integer" else exp.false()
    with open_database() as db:
        db.create_texts("t", ["v"])
        db.add_rows("t", {"v": texts}, file=0, rows=range(len(texts)))
        both = [quick.typed, field.typed, *(exp.func("COALESCE", c, exp.false()) for c in (named, plain))]
        rows = db.rows(exp.select("v", *both).from_("t"))
    assert [(text, a, c) for text, a, _, c, _ in rows] == [(text, b, d) for text, _, b, _, d in rows]
    assert 0 < sum(a is not None for _, a, *_ in rows) < len(texts)


@pytest.mark.parametrize(("values", "again", "one_way"), [
    ([1, 2, 3], [], True), ([3, 2, 1], [], True), ([1, 3, 2], [], False), ([1, 2, 2], [2], False),
    ([2, 1, 2], [2], False), ([5, 5, 5], [5, 5], False), ([1, None, 1], [1], False),
])  # fmt: skip
def test_what_stands_again_is_found(values, again, one_way):
    with open_database() as db:
        db.create_texts("t", ["v"])
        db.add_rows("t", {"v": [None if v is None else str(v) for v in values]}, file=0, rows=range(len(values)))
        rows = exp.select("*").from_("t")
        assert db.rows(select_again(exp.column("v"), rows)) == [(str(v),) for v in again]
        assert runs_one_way(db, exp.column("v"), rows) is one_way


def test_ids_that_grow_over_many_blocks_and_one_that_comes_again_are_told_apart():
    grown = [f"R{i:07d}" for i in range(300_000)]
    with open_database() as db:
        for name, values in (("grows", grown), ("again", [*grown, grown[7]])):
            db.create_texts(name, ["v"])
            db.add_rows(name, {"v": values}, file=0, rows=range(len(values)))
        found = [runs_one_way(db, exp.column("v"), exp.select("*").from_(t)) for t in ("grows", "again")]
        assert found == [True, False]
        assert db.rows(select_again(exp.column("v"), exp.select("*").from_("again"))) == [("R0000007",)]


@pytest.mark.parametrize(("text", "signs", "foreign"), [
    ("fine", "", False), ("a.b", ".", False), ("a+b", "+", False), ("a\tb", "\t", False), ("{", "{", False),
    ("\u00e9", "", True),
])  # fmt: skip
def test_a_proof_says_which_signs_stand_in_a_text(tmp_path, monkeypatch, text, signs, foreign):
    monkeypatch.setattr(proof, "_SMALLEST", 0)
    monkeypatch.setattr(proof, "_PIECE", 16)
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "1,2\n" * 50 + f"1,{text}\n" + "1,2\n" * 50, encoding="utf-8")
    plain = proof.prove(path, delimiter=",", skip_rows=0, header_rows=1, width=2)
    assert plain is not None
    assert (plain.signs, plain.foreign) == (signs, foreign)
