"""What the exports are good for: each use with its verdict, and what stands in its way.

Readiness is judged for a use and never overall: a survey that does not say who answered is no part of a 360° view,
and its trend is as good as any.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from cxkit._format import Words, count_text, date_text, period_text
from cxkit.data.contract import CONTRACTS
from cxkit.data.readiness.gaps import missing_months, scarce_months, usual_step
from cxkit.data.readiness.judging import RANK, Case, FileLack, Part, Readiness, State, Use, worst_state
from cxkit.data.readiness.profile import FileProfile, Profile

__all__ = ["USES", "find_uses", "state_of"]


def find_uses(
    profiles: Sequence[Profile],
    *,
    said: Words,
    dimensions: Mapping[str, str] | None = None,
    unread: Collection[str] = (),
    today: dt.date | None = None,
) -> tuple[Readiness, ...]:
    """Every use with its verdict.

    Args:
        profiles: The sources, counted.
        said: The text catalogue.
        dimensions: Label of each declared dimension.
        unread: Tables whose files could not be read; nothing is said of them.
        today: The day, against which it is judged how old data are; the last day of all tables if empty.
    """
    found: list[Readiness] = []
    for use in USES:
        case = Case(use, tuple(profiles), said, dict(dimensions or {}), frozenset(unread), today)
        parts = tuple(use.judge(case))
        if parts:
            found.append(
                Readiness(use.id, said.say(f"readiness.uses.{use.id}"), worst_state(parts, whole=use.whole), parts)
            )
    return tuple(found)


def state_of(uses: Iterable[Readiness], use: str, *, table: str = "", file: str = "") -> State:
    """The verdict on a use; on one table or one file of it.

    Example:
        >>> lack = FileLack("data/a.csv", 40, 100)
        >>> part = Part("survey responses", "responses", "blocked", files=(lack,))
        >>> uses = [Readiness("customer_view", "360° view", "blocked", (part,))]
        >>> state_of(uses, "customer_view", file="data/a.csv"), state_of(uses, "customer_view", file="data/b.csv")
        ('blocked', 'ready')
    """
    (readiness,) = (u for u in uses if u.use == use)
    if file:
        return "blocked" if any(f.path == file for p in readiness.parts for f in p.files) else "ready"
    parts = [p for p in readiness.parts if not table or p.table == table]
    return max(parts, key=lambda p: RANK[p.state]).state if table else readiness.state


def _trend(case: Case) -> Iterator[Part]:
    """A number over time: each table by itself needs its days, without holes."""
    last = max((p.last for p in case.profiles if p.last), default=None)
    for table in case.tables():
        rows = case.rows(table)
        if CONTRACTS[table].time is None:
            continue
        if not rows:
            yield case.part(case.named(table), table, "blocked", "no_rows")
            continue
        lost = sum(p.lost for p in case.of(table))
        files = (FileLack(f.path, f.rows - f.usable, f.rows, p.source) for p in case.of(table) for f in p.files)
        part = case.lacks(case.named(table), table, "left_out", lacking=lost, rows=rows, files=files)
        yield part if part.state != "ready" else _steady(case, table, case.today or last)


def _steady(case: Case, table: str, day: dt.date | None) -> Part:
    """Whether the rows of a table go on from month to month."""
    about, said = case.named(table), case.said
    days: dict[dt.date, int] = {}
    for p in case.of(table):
        for d, n in p.days.items():
            days[d] = days.get(d, 0) + n
    months: dict[str, int] = {}
    for d in sorted(days):
        months[f"{d:%Y-%m}"] = months.get(f"{d:%Y-%m}", 0) + days[d]
    if len(months) < case.use.months:
        state: State = "blocked" if len(months) < 2 else "caveats"
        told = {"months": said.count("readiness.months", len(months)), "need": count_text(case.use.months, said)}
        return case.part(about, table, state, "few_months", told)
    if missing := missing_months(months):
        return case.part(about, table, "caveats", "month_missing", {"months": _listed(missing, said)})
    if not CONTRACTS[table].whole_month and (scarce := scarce_months(days)):
        found = [
            said.say("readiness.month_rows", month=period_text(m, words=said), n=count_text(n, said))
            for m, n, _ in scarce
        ]
        told = {"months": said.all_of(found), "usual": count_text(scarce[0][2], said)}
        return case.part(about, table, "caveats", "scarce", told)
    end = max(p.last for p in case.of(table) if p.last)
    if day is not None and (day - end).days > 31 * (usual_step(months) + 1):
        told = {"last": date_text(end.isoformat(), words=said), "day": date_text(day.isoformat(), words=said)}
        return case.part(about, table, "caveats", "ends_early", told)
    return case.ready(about, table)


def _segments(case: Case) -> Iterator[Part]:
    """Cuts by the declared dimensions: a row needs the value, in itself or by its customer."""
    for dimension, label in case.dimensions.items():
        tables = [t for t in case.tables() if CONTRACTS[t].time and case.rows(t)]
        tables = [t for t in tables if any(dimension in p.cut for p in case.of(t))]
        parts = [_cut(case, table, dimension, label) for table in tables]
        if parts:
            yield max(parts, key=lambda p: p.lacking / max(p.rows, 1))


def _cut(case: Case, table: str, dimension: str, label: str) -> Part:
    cut = sum(p.cut.get(dimension, 0) for p in case.of(table))
    # The step of a contact is blank for ordinary service.
    rows = cut if dimension == "step" and table == "interactions" else case.rows(table)
    if CONTRACTS[table].columns.get("customer_id") and case.mapped(table, "customer_id") and case.of("customers"):
        key, told, lacking, files = _unlinked(case, table)
        if lacking == rows - cut:
            # It is the customer that is not known, not the group.
            return case.lacks(label, table, key, told, lacking=lacking, rows=rows, files=files)
    return case.lacks(label, table, "no_value", lacking=rows - cut, rows=rows)


def _customer_view(case: Case) -> Iterator[Part]:
    """A customer across tables: each row needs a customer that is known."""
    if not case.of("customers"):
        yield from case.absent("customers", "no_customers")
        return
    tables = [t for t in case.tables() if t != "customers" and "customer_id" in CONTRACTS[t].columns]
    if not tables and not case.unread:
        yield case.part(case.named("customers"), "customers", "blocked", "nothing_beside")
    for table in tables:
        yield from _linked(case, table)


def _linked(case: Case, table: str) -> Iterator[Part]:
    """Whether the rows of a table say whose they are."""
    if not case.mapped(table, "customer_id"):
        yield case.part(case.named(table), table, "blocked", "no_customer_column")
    elif rows := case.rows(table):
        key, told, lacking, files = _unlinked(case, table)
        yield case.lacks(case.named(table), table, key, told, lacking=lacking, rows=rows, files=files)


def _unlinked(case: Case, table: str) -> tuple[str, dict[str, str], int, list[FileLack]]:
    """The rows of a table whose customer is not known: why, in words, how many, and in which files."""
    sources = case.of(table)
    lacking = sum(p.rows - (p.linked or 0) for p in sources)
    files = [FileLack(f.path, f.rows - (f.linked or 0), f.rows, p.source) for p in sources for f in p.files]
    blank = case.rows(table) - sum(c.filled for p in sources if (c := p.column("customer_id")))
    told = {"blank": count_text(blank, case.said), "unknown": count_text(lacking - blank, case.said)}
    key = "no_customer" if lacking == blank else "no_known_customer" if blank else "unknown_customer"
    return key, told, lacking, files


def _retention(case: Case) -> Iterator[Part]:
    """Who stayed: days of joining and leaving, or revenue of every month; either is enough."""
    if case.of("customers"):
        yield _joined_and_left(case)
    if case.of("revenue"):
        yield _steady(case, "revenue", None)
    if not case.of("customers") and not case.of("revenue"):
        yield from case.absent("customers", "no_retention")


def _joined_and_left(case: Case) -> Part:
    about, rows = case.named("customers"), case.rows("customers")
    lacking = [c for c in ("joined_on", "left_on") if not case.mapped("customers", c)]
    if lacking:
        columns = case.said.all_of([CONTRACTS["customers"].columns[c].meaning.partition(";")[0] for c in lacking])
        return case.part(about, "customers", "blocked", "no_column", {"column": columns})
    if rows and not case.fact("customers", "left"):
        return case.part(about, "customers", "blocked", "nobody_left", rows=rows)
    odd = case.fact("customers", "left_before_joined")
    if odd > case.use.unnoticed * rows:
        return case.part(about, "customers", "caveats", "left_before_joined", lacking=odd, rows=rows)
    return _column(case, "customers", "joined_on")


def _journey(case: Case) -> Iterator[Part]:
    """A journey: contacts need their case, their step and their time."""
    if not case.of("interactions"):
        yield from case.absent("interactions", "no_table")
        return
    about = case.named("interactions")
    for column in ("step", "case_id"):
        if not case.mapped("interactions", column):
            meaning = CONTRACTS["interactions"].columns[column].meaning.partition(";")[0]
            yield case.part(about, "interactions", "blocked", "no_column", {"column": meaning})
            return
    steps = case.fact("interactions", "steps")
    if not steps:
        yield case.part(about, "interactions", "blocked", "no_steps")
        return
    lacking = case.fact("interactions", "steps_without_case")
    yield case.lacks(about, "interactions", "no_case", lacking=lacking, rows=steps)


def _drivers(case: Case) -> Iterator[Part]:
    """What moves a score: other answers in the same row."""
    if not case.of("responses"):
        yield from case.absent("responses", "no_table")
        return
    about = case.named("responses")
    facts: dict[str, int] = {}
    for p in case.of("responses"):
        facts |= p.facts
    answered = {k.removeprefix("answered "): n for k, n in facts.items() if k.startswith("answered ")}
    pairs = {k.partition(" and ")[2]: n for k, n in answered.items() if " and " in k}
    if not pairs:
        yield case.part(about, "responses", "blocked", "no_other_answer")
        return
    first = next(k for k in answered if " and " not in k)
    headers = {c.name: c.header for p in case.of("responses") for c in p.columns}
    for other, both in pairs.items():
        told = {"first": headers[first], "other": headers[other]}
        rows = answered[first]
        yield case.lacks(headers[other], "responses", "no_answer", told, lacking=rows - both, rows=rows)


def _closing_the_loop(case: Case) -> Iterator[Part]:
    """Calling back those who answered: who it was, and whether they agreed to it."""
    if not case.of("responses"):
        yield from case.absent("responses", "no_table")
        return
    if not case.of("customers"):
        yield from case.absent("customers", "no_customers")
        return
    yield from _linked(case, "responses")
    if case.mapped("customers", "may_contact"):
        yield _column(case, "customers", "may_contact")
    else:
        meaning = CONTRACTS["customers"].columns["may_contact"].meaning
        yield case.part(case.named("customers"), "customers", "blocked", "no_column", {"column": meaning})


def _economics(case: Case) -> Iterator[Part]:
    """What customers bring and cost: revenue, and costs of the same months."""
    for table in ("revenue", "finance"):
        if not case.of(table):
            yield from case.absent(table, "no_table")
    earned, spent = (case.of(t) for t in ("revenue", "finance"))
    if not earned or not spent:
        return
    months = {m for p in earned for m in p.months}
    costs = {m for p in spent for m in p.months}
    without = months - costs
    told = {"months": _listed(sorted(without), case.said)}
    yield case.ready(case.named("revenue"), "revenue")
    yield case.lacks(case.named("finance"), "finance", "no_costs", told, lacking=len(without), rows=len(months))


def _column(case: Case, table: str, column: str) -> Part:
    """The verdict on how many rows of a table have a value that can be read."""
    of = [(p, c) for p in case.of(table) if (c := p.column(column))]
    rows = case.rows(table)
    lacking = rows - sum(c.readable for _, c in of)
    files = (_file(p, f, column) for p, _ in of for f in p.files)
    meaning = CONTRACTS[table].columns[column].meaning.partition(";")[0]
    told = {"column": meaning}
    return case.lacks(case.named(table), table, "no_readable", told, lacking=lacking, rows=rows, files=files)


def _file(profile: Profile, file: FileProfile, column: str) -> FileLack:
    return FileLack(file.path, file.rows - file.filled.get(column, 0), file.rows, profile.source)


def _listed(months: Sequence[str], said: Words, *, most: int = 4) -> str:
    shown = [period_text(m, words=said) for m in months[:most]]
    if len(months) <= most:
        return said.all_of(shown)
    more = count_text(len(months) - most, said)
    return said.say("list.more", first=said.say("list.join").join(shown), n=more)


USES = (
    Use("trend", _trend, whole=False, months=3),
    Use("segments", _segments, whole=False),
    Use("customer_view", _customer_view, whole=True),
    Use("retention", _retention, whole=False, months=3),
    Use("journey", _journey, whole=True),
    Use("drivers", _drivers, whole=False),
    Use("closing_the_loop", _closing_the_loop, whole=True),
    Use("economics", _economics, whole=True),
)
"""In the order in which they are shown."""
