"""What was found on each scaled column of each source, held against the scale that it is said to have.

A scale is declared, by the contract or in `sources.yaml`; what is found may be another one. Numbers from 1 to 5 in the
place of 0 to 10 would be read without a fault, and be wrong.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from cxkit._format import Words, count_text
from cxkit._table import Database
from cxkit.data.codes import Strays, is_worded, places_of, reach
from cxkit.data.conform import Field
from cxkit.data.contract import CONTRACTS
from cxkit.data.ingest import Raw
from cxkit.data.settings import Source

__all__ = ["FEWEST_ANSWERS", "Found", "Other", "caveats", "doubts", "find_scales", "other_scale", "suspect_zeros"]

Span = tuple[float, float]

# From how many answers something is said of a scale; cxkit defaults, pinned with the KPI methods.
FEWEST_ANSWERS = 30
_MANY, _MOST = 100, 200
_MOST_POINTS = 100
_MOST_OUTSIDE = 0.05  # beyond, what is missing may be what could not be read
_LIKELIHOOD: tuple[Span, ...] = ((0, 10), (1, 10))
_ZEROS, _BESIDE = 0.05, 0.1  # share of zeros, and of 1 and 2 for each zero, from which 0 may mean "not applicable"
_OPPOSED = -0.3
_AGREE = re.compile(r"\b(dis)?agree", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """What one scaled column of one source holds: counts, never a row.

    Attributes:
        header: Where it comes from, as the advisor wrote it.
        question: Its header in full.
        scale: Lowest and highest valid answer, as declared.
        written: Whether `sources.yaml` declares it, rather than the contract.
        points: How often each valid answer stands in each file.
        outside: How many answers are not on the scale.
        beyond: Lowest and highest answer where answers go on beyond the scale.
        worded: Words that were translated to numbers.
        against: With each later column of the source, answers to both and their correlation.
    """

    source: str
    table: str
    column: str
    header: str
    question: str
    scale: Span
    written: bool = False
    points: Mapping[str, Mapping[int, int]] = field(default_factory=dict[str, Mapping[int, int]])
    outside: int = 0
    beyond: tuple[int, int] | None = None
    worded: tuple[str, ...] = ()
    against: Mapping[str, tuple[int, float]] = field(default_factory=dict[str, tuple[int, float]])

    @property
    def counts(self) -> dict[int, int]:
        """How often each valid answer stands in all files."""
        return _added(self.points.values())

    @property
    def n(self) -> int:
        """How many valid answers there are."""
        return sum(self.counts.values())

    @property
    def share_outside(self) -> float:
        """Share of the answers that are not on the scale."""
        return self.outside / max(self.n + self.outside, 1)

    @property
    def place(self) -> str:
        """Where it stands, for a message."""
        files = f" of {places_of(list(self.points))}" if self.points else ""
        return f"sources.yaml, source {self.source}, {self.column}: column {self.header!r}{files}"

    @property
    def asks_agreement(self) -> bool:
        """Whether the header speaks of agreement."""
        return bool(_AGREE.search(self.question))


@dataclass(frozen=True, slots=True)
class Other:
    """Another scale than the declared one, which the answers show.

    Attributes:
        n: How many answers show it.
        file: The one file that they stand in, or "" where it is the whole column.
        sure: Whether they cannot be on the declared scale; otherwise it is only hard to believe.
    """

    low: int
    high: int
    n: int
    file: str = ""
    sure: bool = True


def find_scales(
    db: Database, source: Source, raw: Raw, fields: Sequence[Field], strays: Mapping[str, Strays]
) -> list[Found]:
    """What the usable rows of a source hold on each scaled column, in one query.

    Args:
        db: Where `usable_<id>` is.
        source: The source.
        raw: Its files.
        fields: Its columns.
        strays: What could not be read, by column.
    """
    scaled = [f for f in fields if f.scale is not None]
    if not scaled:
        return []
    whole = [f for f in scaled if f.type == "integer" and f.scale and f.scale[1] - f.scale[0] <= _MOST_POINTS]
    known = CONTRACTS[source.table].columns
    pairs = list(itertools.combinations([f for f in whole if f.name in known], 2))
    counts = [exp.Anonymous(this="HISTOGRAM", expressions=[_column(f)]) for f in whole]
    sums = [s for a, b in pairs for s in _sums(a, b)]
    query = exp.select("_file", *counts, *sums).from_(exp.to_table(f"usable_{source.id}")).group_by("_file")
    rows = db.rows(query.order_by("_file"))
    points = {f.name: {raw.files[r[0]].path: r[i] or {} for r in rows} for i, f in enumerate(whole, start=1)}
    against = _correlations(pairs, [[float(x or 0) for x in r[1 + len(whole) :]] for r in rows])
    return [_found(source, raw, f, strays.get(f.name), points.get(f.name, {}), against.get(f.name, {})) for f in scaled]


def other_scale(found: Found) -> Other | None:
    """The scale that the answers are on instead of the declared one; None where they may well be on it.

    Thirty answers to a question from 0 to 10 that all lie from 1 to 5 are none; that nobody says 8, 9 or 10 and nobody
    says 0 is next to impossible, so it is believed only where `sources.yaml` declares the scale.

    Example:
        >>> counts = {"a.csv": dict.fromkeys(range(1, 6), 20)}
        >>> other_scale(Found("survey", "responses", "score", "Q1", "Q1", (0, 10), points=counts))
        Other(low=1, high=5, n=100, file='', sure=True)
    """
    if found.beyond is not None:
        return Other(*found.beyond, n=found.n + found.outside)
    if found.scale not in _LIKELIHOOD:
        return None
    whole = _shorter(found.counts, most=7)
    if whole is not None:
        return Other(*whole, n=found.n, sure=whole[1] == 5 or not found.written)
    # One wave of many that was asked otherwise is hidden by the others.
    parts = ((file, _shorter(counts, most=5)) for file, counts in found.points.items())
    return next((Other(*span, n=sum(found.points[f].values()), file=f) for f, span in parts if span), None)


def suspect_zeros(found: Found) -> tuple[int, int] | None:
    """How many zeros there are and how many 1 and 2, where 0 may mean "not applicable"; None where it need not.

    Example:
        >>> suspect_zeros(Found("survey", "responses", "score", "Q1", "Q1", (0, 10), points={"a": {0: 20, 9: 180}}))
        (20, 0)
    """
    zeros, few = (sum(found.counts.get(p, 0) for p in points) for points in ((0,), (1, 2)))
    often = found.n >= _MANY and zeros >= _ZEROS * found.n and few <= _BESIDE * zeros
    return (zeros, few) if found.scale == (0, 10) and often else None


def caveats(found: Found, *, said: Words) -> list[str]:
    """What has to stand beside a number made of these answers, because of what was found."""
    other = other_scale(found)
    if other is not None:
        return [] if other.sure else [said.say("caveat.short", high=other.high)]
    if _no_zero(found):
        return [said.say("caveat.no_zero")]
    return [said.say("caveat.short", high=5)] if _short(found) else []


def doubts(found: Iterable[Found], *, said: Words) -> list[str]:
    """What the advisor should know of the scales: no faults, and yet they may not be what they are said to be."""
    return [note for f in found for note in (*_of_range(f, said), *_of_zero(f, said), *_of_direction(f, said))]


def _of_range(f: Found, w: Words) -> Iterable[str]:
    place, n = w.say("scale.place", source=f.source, header=f.header), count_text(f.n, w)
    other = other_scale(f)
    if other is not None and other.sure:
        low, high, lowest, highest = (f"{x:g}" for x in (other.low, other.high, *f.scale))
        where = w.say("scale.in_file", file=other.file) if other.file else ""
        scale = {"low": low, "high": high, "lowest": lowest, "highest": highest}
        key = "scale.beyond" if f.beyond else "scale.other"
        yield w.say(key, place=place, n=count_text(other.n, w), where=where, **scale)
    elif other is not None or _short(f):
        yield w.say("scale.short", place=place, n=n, high=other.high if other else 5)
    elif _no_zero(f):
        yield w.say("scale.no_zero", place=place, n=n, column=f.column)
    if f.worded and f.scale in _LIKELIHOOD:
        yield w.say("scale.worded", place=place, words=w.all_of([repr(x) for x in f.worded[:3]]))


def _of_zero(f: Found, w: Words) -> Iterable[str]:
    suspected = None if f.written else suspect_zeros(f)
    if suspected is not None:
        place = w.say("scale.place", source=f.source, header=f.header)
        zeros, few = (count_text(n, w) for n in suspected)
        yield w.say("scale.zeros", place=place, column=f.column, zeros=zeros, n=count_text(f.n, w), few=few)


def _of_direction(f: Found, w: Words) -> Iterable[str]:
    for other, (n, r) in f.against.items():
        if n >= _MANY and r < _OPPOSED:
            yield w.say("scale.opposed", source=f.source, a=f.column, b=other, n=count_text(n, w), r=f"\u2212{-r:.2f}")


def _found(
    source: Source, raw: Raw, f: Field, strays: Strays | None, points: Mapping[str, Mapping[int, int]],
    against: Mapping[str, tuple[int, float]],
) -> Found:  # fmt: skip
    mapped = {**source.columns, **source.attributes}[f.name]
    words = tuple(v for v in mapped.values if v != "*" and is_worded(v))
    span = f.scale or (0.0, 0.0)
    return Found(
        source=source.id, table=source.table, column=f.name, header=f.header, question=_question(f.header, raw),
        scale=(float(span[0]), float(span[1])), written=mapped.scale is not None, points=points,
        outside=strays.counted if strays else 0, beyond=reach(span, strays) if strays else None,
        # Two may be the words at the ends of a scale of numbers.
        worded=words if len(words) > 2 else (), against=against,
    )  # fmt: skip


def _question(header: str, raw: Raw) -> str:
    place = re.fullmatch(r"#(\d+)", header)
    return raw.names[int(place[1]) - 1] if place and 0 < int(place[1]) <= len(raw.names) else header


def _shorter(counts: Mapping[int, int], *, most: int) -> tuple[int, int] | None:
    """1 to 5, or 1 to 7, where all of some thirty answers lie there."""
    given = [p for p, n in counts.items() if n]
    if sum(counts.values()) < FEWEST_ANSWERS or min(given) < 1 or max(given) > most:
        return None
    return (1, 5) if max(given) <= 5 else (1, 7)


def _short(f: Found) -> bool:
    """Whether a question from 1 to 7 may have been asked from 1 to 5."""
    ends = any(f.counts.get(p) for p in (6, 7))
    return f.scale == (1, 7) and f.n >= FEWEST_ANSWERS and not ends and f.share_outside <= _MOST_OUTSIDE


def _no_zero(f: Found) -> bool:
    """Whether a question from 0 to 10 may have been asked from 1 to 10."""
    zeros = f.counts.get(0)
    return f.scale == (0, 10) and f.n >= _MOST and not zeros and f.share_outside <= _MOST_OUTSIDE


def _added(parts: Iterable[Mapping[int, int]]) -> dict[int, int]:
    total: dict[int, int] = {}
    for counts in parts:
        for point, n in counts.items():
            total[point] = total.get(point, 0) + n
    return dict(sorted(total.items()))


def _sums(a: Field, b: Field) -> list[exp.Expr]:
    """What a correlation needs, of the rows that have both; these add up over files."""
    x, y = _column(a), _column(b)
    both = exp.and_(x.copy().is_(exp.null()).not_(), y.copy().is_(exp.null()).not_())
    products = (exp.Mul(this=left.copy(), expression=right.copy()) for left, right in ((x, x), (y, y), (x, y)))
    terms = (exp.Literal.number(1), x, y, *products)
    return [exp.Sum(this=exp.Case().when(both.copy(), t.copy())) for t in terms]


def _correlations(
    pairs: Sequence[tuple[Field, Field]], rows: Sequence[Sequence[float]]
) -> dict[str, dict[str, tuple[int, float]]]:
    found: dict[str, dict[str, tuple[int, float]]] = {}
    for i, (a, b) in enumerate(pairs):
        n, x, y, xx, yy, xy = (sum(r[6 * i + k] for r in rows) for k in range(6))
        spread = (n * xx - x * x) * (n * yy - y * y)
        if spread > 0:
            found.setdefault(a.name, {})[b.name] = (int(n), (n * xy - x * y) / spread**0.5)
    return found


def _column(f: Field) -> exp.Column:
    return exp.column(f.name, quoted=True)
