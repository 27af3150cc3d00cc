"""A mapping proposed for an export: which table it is, which column is which, why, and what is not sure.

A proposal is for an advisor to edit. Nothing is guessed without a word: each choice has its reasons, and where two
columns would do equally well both are named.
"""

from __future__ import annotations

import glob
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from cxkit.data.contract import CONTRACTS
from cxkit.data.mapping.fitting import Fit, fits_of
from cxkit.data.mapping.leftover import Leftover, sort_leftover
from cxkit.data.mapping.roles import FILE_WORDS, NEEDS, TELLING
from cxkit.data.mapping.sample import Sample, sample_export
from cxkit.data.mapping.shapes import Shape
from cxkit.data.presets.base import plain
from cxkit.data.settings import Source
from cxkit.errors import ParameterError

__all__ = ["Choice", "Proposal", "propose_mapping", "propose_table"]

ROW = "#row"
_TIE, _CLOSE = 0.95, 0.85
_ASKED_TWICE = 0.6  # of two questions of one kind the advisor has to say which is meant
_ALONE, _APART, _SOME = 0.35, 0.98, 30
_HOLDS = ("responses", "interactions", "orders", "invitations", "staff_answers", "deals")
"""Tables whose rows may be told apart by what they hold, where they have no id."""


@dataclass(frozen=True)
class Choice:
    """One column of the mapping.

    Attributes:
        name: Column of the table, or the attribute.
        column: What it is made of: a header, a position such as "#24", or "#row".
        place: Where that stands in the export, from 1; 0 for the row as a whole.
        question: What was asked, where the header does not say so itself.
        reasons: Why, in phrases.
        doubts: What is not sure, in phrases.
        settings: What else the mapping has to say of it.
    """

    name: str
    column: str
    place: int = 0
    question: str = ""
    reasons: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict[str, object])


@dataclass(frozen=True)
class Proposal:
    """A proposed entry of `sources.yaml`.

    Attributes:
        sample: What was looked at.
        id: Its id.
        table: The table, or "" where none fits.
        files: Where the file is, in an engagement.
        format: What has to be said of how it is written.
        columns: Columns of the table.
        attributes: Columns beyond it.
        missing: Columns that every row needs and none was found for.
        leftover: What became of the other columns.
        doubts: What is not sure about the whole.
        nearest: Other tables that it may be, the nearest first, with what is missing for each.
    """

    sample: Sample
    id: str
    table: str
    files: str
    format: Mapping[str, object] = field(default_factory=dict[str, object])
    columns: tuple[Choice, ...] = ()
    attributes: tuple[Choice, ...] = ()
    missing: tuple[str, ...] = ()
    leftover: Leftover = field(default_factory=Leftover)
    doubts: tuple[str, ...] = ()
    nearest: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def complete(self) -> bool:
        """Whether the entry can be read as it stands."""
        return bool(self.table) and not self.missing

    @property
    def entry(self) -> dict[str, object]:
        """The entry as plain data."""
        found: dict[str, object] = {"id": self.id, "table": self.table, "files": self.files}
        found |= {"preset": self.sample.preset} if self.sample.preset else {}
        found |= {"format": dict(self.format)} if self.format else {}
        found["columns"] = {c.name: _mapped(c) for c in self.columns}
        return found | ({"attributes": {c.name: _mapped(c) for c in self.attributes}} if self.attributes else {})

    def source(self) -> Source:
        """The entry as it will be read; only for a complete one."""
        return Source.model_validate(self.entry)


@dataclass(frozen=True)
class _Table:
    """How well an export fits one table."""

    name: str
    score: float
    chosen: Mapping[str, Fit]
    missing: tuple[str, ...]
    by_row: bool = False
    rivals: Mapping[str, tuple[Fit, ...]] = field(default_factory=dict[str, tuple[Fit, ...]])

    @property
    def lacks(self) -> tuple[str, ...]:
        """What it would need to be the table."""
        needs = NEEDS.get(self.name, ())
        one_of = [" or ".join(needs)] if needs and not any(n in self.chosen for n in needs) else []
        return (*self.missing, *one_of)


def propose_mapping(path: Path, *, table: str = "", root: Path | None = None) -> list[Proposal]:
    """A mapping for each table of an export: one, or one for each sheet or kind of member.

    Args:
        path: The file.
        table: The table that it is; found if empty.
        root: Folder of the engagement; the one that holds the file if empty, or none.

    Raises:
        ExportError: The file cannot be read.
        ParameterError: There is no such table.
    """
    if table and table not in CONTRACTS:
        raise ParameterError(f"There is no table {table!r}.", hint=f"Tables are {', '.join(CONTRACTS)}.")
    samples = sample_export(path)
    files, also = _files(path, root)
    found: list[Proposal] = []
    for sample in samples:
        proposal = propose_table(sample, table=table)
        stem = path.name.split(".")[0] or path.name
        place = _slug(f"{stem} {sample.member}" if len(samples) > 1 else stem)
        doubts = (*proposal.doubts, *also)
        found.append(replace(proposal, id=place, files=files, doubts=doubts, format=_format(sample, len(samples))))
    return found


def propose_table(sample: Sample, *, table: str = "") -> Proposal:
    """The mapping of one table; `id` and `files` are for who knows the file."""
    left = sort_leftover(sample.shapes, sample.preset)
    usable = [s for s in sample.shapes if s.place not in left.never]
    fitted = sorted((_fit(t, usable, sample) for t in ([table] if table else CONTRACTS)), key=lambda t: -t.score)
    best = fitted[0]
    nearest = tuple(
        (t.name, t.lacks) for t in fitted[:3] if t.lacks and any(f.score > _ALONE for f in t.chosen.values())
    )
    if not best.chosen or (not table and best.score <= 0):
        return Proposal(sample, "export", "", "", leftover=left.without({}), doubts=sample.written.doubts,
                        nearest=nearest)  # fmt: skip
    taken = {f.shape.place for f in best.chosen.values()}
    columns = tuple(_choice(n, best) for n in CONTRACTS[best.name].columns if n in best.chosen or _by_row(n, best))
    attributes = tuple(_attribute(n, s) for n, s in left.attributes(taken, avoid=CONTRACTS[best.name].columns).items())
    # The tool that wrote it is surer of the header than its looks.
    doubts = [d for d in sample.written.doubts if not (sample.preset and "header_rows" in d)]
    doubts += [*sample.doubts, *_of_table(best, fitted[1:], forced=bool(table)), *_of_mail(best, left)]
    return Proposal(
        sample, "export", best.name, "", columns=columns, attributes=attributes, missing=best.missing,
        leftover=left.without(taken | {a.place for a in attributes} | _named(best)), doubts=tuple(doubts),
        nearest=nearest[1:],
    )  # fmt: skip


def _fit(table: str, shapes: Sequence[Shape], sample: Sample) -> _Table:
    contract = CONTRACTS[table]
    fits = fits_of(table, shapes, preset=sample.preset)
    chosen: dict[str, Fit] = {}
    taken: set[int] = set()
    for fit in fits:
        if fit.column not in chosen and fit.shape.place not in taken:
            chosen[fit.column] = fit
            taken.add(fit.shape.place)
    chosen |= _only_one(table, shapes, chosen, taken)
    missing = [n for n, c in contract.columns.items() if c.required and n not in chosen]
    by_row = table in _HOLDS and contract.key[0] in missing
    missing = [n for n in missing if not (by_row and n == contract.key[0])]
    rivals = {
        n: tuple(f for f in fits if f.column == n and f.shape.place not in taken and f.score >= _near(c) * c.score)
        for n, c in chosen.items()
    }
    return _Table(table, _score(table, chosen, missing, by_row, sample), chosen, tuple(missing), by_row, rivals)


def _named(best: _Table) -> set[int]:
    """Places of the columns that a doubt names."""
    return {f.shape.place for rivals in best.rivals.values() for f in rivals}


def _near(chosen: Fit) -> float:
    return _ASKED_TWICE if chosen.answers is not None else _TIE


def _only_one(table: str, shapes: Sequence[Shape], chosen: Mapping[str, Fit], taken: set[int]) -> dict[str, Fit]:
    """The date of each row, where its header does not say so and there is but one date in the file."""
    from cxkit.data.mapping.fitting import date_settings

    time = CONTRACTS[table].time
    dated = [s for s in shapes if s.dates and not s.dates.odd and s.place not in taken and s.filled > 0.5]
    if time is None or time in chosen or len(dated) != 1 or dated[0].dates is None:
        return {}
    settings, reasons, doubts = date_settings(dated[0].dates)
    doubts = ["its header does not say so; it is the only date of the file", *doubts]
    taken.add(dated[0].place)
    return {time: Fit(time, dated[0], _ALONE, tuple(reasons), tuple(doubts), settings)}


def _score(table: str, chosen: Mapping[str, Fit], missing: Sequence[str], by_row: bool, sample: Sample) -> float:
    required = {n for n, c in CONTRACTS[table].columns.items() if c.required}
    total = sum(f.score * (2 if n in required else 1.5 if n in TELLING[table] else 0.5) for n, f in chosen.items())
    total -= 2.5 * len(missing) + 1.2 * by_row
    total -= 3.0 * (table in NEEDS and not any(n in chosen for n in NEEDS[table]))
    total += 1.0 * bool(FILE_WORDS[table].search(plain(Path(sample.name).stem.replace("_", " "))))
    total += 4.0 * (bool(sample.preset) and table == "responses")
    total += 2.0 * any(f.answers is not None and f.score >= 1 for f in chosen.values())
    return total + _of_customers(table, chosen.get("customer_id"), by_row)


def _of_customers(table: str, who: Fit | None, by_row: bool) -> float:
    """A list of customers has one row for each; rows about what they did have an id of their own, or come again."""
    if who is None:
        return 0.0
    once = who.shape.apart >= _APART
    if table == "customers":
        return 1.0 if once else -3.0
    return -2.0 if table == "interactions" and once and by_row and who.shape.n >= _SOME else 0.0


def _by_row(name: str, best: _Table) -> bool:
    return best.by_row and name == CONTRACTS[best.name].key[0]


def _choice(name: str, best: _Table) -> Choice:
    if name not in best.chosen:
        reasons = ("no column tells the rows apart, so what they hold does",)
        return Choice(name, ROW, reasons=reasons, doubts=("rows that are alike in everything count once",))
    fit = best.chosen[name]
    rivals = [f"{_told(f.shape)} fits as well; which is meant?" for f in best.rivals[name]]
    asked = fit.shape.question if plain(fit.shape.question) != plain(fit.shape.header) else ""
    return Choice(name, fit.shape.name, fit.shape.place, asked, tuple(r for r in fit.reasons if r),
                  (*rivals, *fit.doubts), fit.settings)  # fmt: skip


def _attribute(name: str, shape: Shape) -> Choice:
    from cxkit.data.mapping.fitting import yes_no_values

    asked = shape.question if plain(shape.question) != plain(shape.header) else ""
    settings: dict[str, object] = {"type": "boolean", **yes_no_values(shape)} if shape.is_yes_no else {}
    shown = ", ".join(repr(v[:30]) for v in sorted(shape.counts, key=lambda v: -shape.counts[v])[:4])
    more = ", …" if len(shape.counts) > 4 else ""
    values = "one value" if len(shape.counts) == 1 else f"{len(shape.counts)} values"
    return Choice(name, shape.name, shape.place, asked, (f"{values}: {shown}{more}",), (), settings)


def _of_table(best: _Table, others: Sequence[_Table], *, forced: bool) -> list[str]:
    close = [t for t in others if not t.missing and t.score > 0 and t.score >= _CLOSE * best.score]
    if close and not forced:
        return [f"the table may also be {' or '.join(t.name for t in close)}; --table says which"]
    return []


def _of_mail(best: _Table, left: Leftover) -> list[str]:
    if "customer_id" in best.chosen or "customer_id" not in CONTRACTS[best.name].columns or left.mail is None:
        return []
    return [f"only {_told(left.mail)} tells who it was; ask for the customer's id, so that no address is needed"]


def _told(shape: Shape) -> str:
    return f"{shape.header!r} (#{shape.place})" if shape.header else f"#{shape.place}"


def _mapped(choice: Choice) -> object:
    return {"column": choice.column, **choice.settings} if choice.settings else choice.column


def _files(path: Path, root: Path | None) -> tuple[str, list[str]]:
    """Where the file is as the engagement names it, and what has to be done for that."""
    whole = path.resolve()
    home = root.resolve() if root else next((p for p in whole.parents if (p / "engagement.yaml").is_file()), None)
    if home is not None and whole.is_relative_to(home):
        return glob.escape(whole.relative_to(home).as_posix()), []
    return f"data/{glob.escape(path.name)}", [
        f"the file is not in the engagement yet: put it under data/ as {path.name}"
    ] if root else []


def _format(sample: Sample, tables: int) -> dict[str, object]:
    """What would not be found in the file again, or not surely."""
    found: dict[str, object] = {}
    if tables > 1 and sample.member:
        found["sheet" if sample.written.sheet == sample.member else "member"] = sample.member
    return found | ({"decimal": ","} if sample.written.decimal == "," else {})


def _slug(text: str) -> str:
    """A name as ids are: small letters, no dates.

    Example:
        >>> _slug("2017_SFO_Customer_Survey_20250817")
        'sfo_customer_survey'
    """
    words = [w for w in plain(text).split() if not w.isdigit()]
    return ("_".join(words) or "export")[:60].strip("_") if not (words and words[0][0].isdigit()) else "export"
