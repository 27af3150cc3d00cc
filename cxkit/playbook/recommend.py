"""Which plays the evidence calls for, where, and by which numbers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from cxkit.errors import DocumentError
from cxkit.evidence.refs import ANY, HIGHEST_SHARE, Found, find
from cxkit.evidence.view import View
from cxkit.playbook.model import Condition, Placed, Play
from cxkit.playbook.rules import Answer, all_hold, holds, strongest

__all__ = ["Reason", "Recommendation", "Spot", "recommend"]

State = Literal["fires", "watch", "unknown", "rests"]
_STATES: dict[Answer, State] = {"yes": "fires", "maybe": "watch", "unknown": "unknown", "no": "rests"}
_ORDER: tuple[State, ...] = ("fires", "watch", "unknown", "rests")


@dataclass(frozen=True)
class Reason:
    """A condition, the number it looks at, and whether it holds."""

    condition: Condition
    found: Found
    answer: Answer


@dataclass(frozen=True)
class Spot:
    """Where a play is called for: the value that `any` stood for, or "" for the whole.

    Attributes:
        slice: Dimension and value, or ().
    """

    slice: tuple[tuple[str, str], ...]
    answer: Answer
    reasons: tuple[Reason, ...]

    @property
    def within(self) -> tuple[tuple[str, str], ...]:
        """Dimensions and values of everything that calls here: whom the play is about."""
        fixed = [(d, v) for r in self.reasons for d, v in r.condition.where.items() if v != ANY]
        return tuple(dict.fromkeys([*self.slice, *fixed]))

    @property
    def part(self) -> str:
        """The value in words."""
        return ", ".join(v for _, v in self.slice)


@dataclass(frozen=True)
class Recommendation:
    """A play and what the evidence says of it.

    Attributes:
        state: "fires"; "watch" where only the interval stands against it; "unknown" where the numbers it needs cannot
            be shown; "rests".
        spots: Where it fires or is watched; where it rests or cannot be told, everywhere.
        due: The day by which it is to be done, counted from the measurement.
        missing: What a shipped play looks at and this client does not measure, or "".
        gate: The launch gate that it has to pass, and how that stands, in words.
    """

    play: Play
    state: State
    spots: tuple[Spot, ...]
    due: dt.date
    missing: str = ""
    gate: str = ""


def recommend(plays: Sequence[Placed], view: View) -> tuple[Recommendation, ...]:
    """Every play with its state, those that are called for first.

    Raises:
        DocumentError: A play of the client's own looks at a number that was not measured, or at a target that is
            not set. A shipped play that does so cannot be told.
    """
    found = (_recommendation(p, view) for p in plays)
    return tuple(sorted(found, key=lambda r: _ORDER.index(r.state)))


def _recommendation(placed: Placed, view: View) -> Recommendation:
    due = dt.date.fromisoformat(view.manifest.measured_on[:10]) + dt.timedelta(days=placed.play.due_days)
    try:
        spots = [_spot(placed, view, slice_) for slice_ in _slices(placed, view)]
    except DocumentError as error:
        if not placed.shipped:
            raise
        return Recommendation(placed.play, "unknown", (), due, missing=f"{error.what} {error.hint}".strip())
    answers: list[Answer] = [s.answer for s in spots] or ["unknown"]
    best = strongest(answers)
    said = [s for s in spots if s.answer == best]
    return Recommendation(placed.play, _STATES[best], tuple(said), due)


def _slices(placed: Placed, view: View) -> Iterable[tuple[tuple[str, str], ...]]:
    """Each value of the dimension that `any` stands for in the play; where it stands for none, the whole."""
    free = next((d for c in placed.play.when for d, v in c.where.items() if v == ANY), None)
    if free is None:
        return [()]
    known = {d.id: d.values for d in view.manifest.dimensions}
    if free not in known:
        hint = f"Add `{free}:` under `dimensions` in engagement.yaml and measure again; there are {', '.join(known)}."
        raise DocumentError(f"There is no dimension {free!r}.", where=placed.place("when"), hint=hint)
    # A dimension may have values that this KPI knows nothing of, as steps have that only a survey asks about.
    kpis = [c.kpi for c in placed.play.when if c.kpi and c.where.get(free) == ANY]
    return [((free, v),) for v in known[free] if any(view.cell(k, ((free, v),)) for k in kpis)]


def _spot(placed: Placed, view: View, slice_: tuple[tuple[str, str], ...]) -> Spot:
    reasons = tuple(_reason(placed, view, i, dict(slice_)) for i in range(len(placed.play.when)))
    return Spot(slice_, all_hold([r.answer for r in reasons]), reasons)


def _reason(placed: Placed, view: View, i: int, chosen: dict[str, str]) -> Reason:
    condition = placed.play.when[i]
    filled = {d: chosen.get(d, v) if v == ANY else v for d, v in condition.where.items()}
    found = find(view, condition.model_copy(update={"where": filled}), where=lambda: placed.place("when", i))
    if condition.misses_target and found.target is None:
        hint = "Set it under `targets` in engagement.yaml, or write `below` or `above`."
        raise DocumentError(f"{found.label} has no target.", where=placed.place("when", i), hint=hint)
    bar = condition.above if condition.above is not None else condition.below
    if bar is not None and found.unit == "percent" and abs(bar) > HIGHEST_SHARE:
        where, hint = placed.place("when", i), f"Write {bar:g} % for a share."
        raise DocumentError(f"The bar {bar:g} cannot be reached.", where=where, hint=hint)
    return Reason(condition, found, holds(condition, found))
