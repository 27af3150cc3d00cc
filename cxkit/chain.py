"""The chain: journey step, number, play, owner, launch gate. What stands on the numbers, read and joined.

The subjects do not know each other; here their names meet, and a name that leads nowhere is told with its place.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cxkit._blocks import Group, Heading, Line, Quiet, Strong, Table, Tag, Text, Tone
from cxkit._documents import place_in
from cxkit._format import date_text
from cxkit.errors import CxkitError, DocumentError, QueryError
from cxkit.evidence.refs import find
from cxkit.evidence.view import View
from cxkit.journey.draw import JourneyState
from cxkit.journey.lifecycle import FILE as LIFECYCLE
from cxkit.journey.lifecycle import Coverage, coverage, prove_stages, read_lifecycle
from cxkit.journey.lint import Against, lint_journeys
from cxkit.journey.lint_draw import draw_flaws
from cxkit.journey.model import JourneyPair
from cxkit.journey.read import read_journeys
from cxkit.kpi.sentences import says
from cxkit.plan.draw import plan_notes
from cxkit.plan.gates import Stamp, judge_gate
from cxkit.plan.model import artefacts_in, read_gates, read_plan
from cxkit.plan.schedule import Schedule, schedule_plan
from cxkit.playbook.draw import reason_text
from cxkit.playbook.model import Placed, read_playbook
from cxkit.playbook.recommend import Recommendation, recommend

if TYPE_CHECKING:
    from cxkit.data.quality import Flaw
    from cxkit.data.settings import Settings, Sources
    from cxkit.journey.lifecycle import Lifecycle
    from cxkit.plan.model import Gate
    from cxkit.playbook.worklist import Listed

__all__ = ["Work", "artefacts_there", "check_work", "draw_chain", "draw_lint", "find_flaws", "read_work"]
__all__ += ["work_files", "write_worklists"]

_TONES: dict[str, Tone] = {"fires": "better", "watch": "open", "unknown": "quiet"}
_ALIKE = ("plan.yml", "plan.yaml", "lifecycle.yml", LIFECYCLE)
NO_COVERAGE = Coverage((), {}, (), (), {})
VERDICTS: dict[str, Tone] = {"go": "better", "no-go": "worse", "insufficient": "open"}


@dataclass(frozen=True)
class Work:
    """What is built on the numbers, as it stands on a day.

    Attributes:
        journeys: The journeys, each as it is and as it shall be.
        plays: Every play with its state, those called for first.
        plan: The engagement's weeks, or None where there is no plan.
        gates: The launch gates with their verdicts.
        coverage: Which stages of the lifecycle have maps, and what these lack.
        day: The day on which age and delay are judged.
        lifecycle: The stages, or None where nobody has said them.
        root: Folder of the engagement, to find lines of its files in.
    """

    journeys: tuple[JourneyState, ...]
    plays: tuple[Recommendation, ...]
    plan: Schedule | None
    gates: tuple[Stamp, ...]
    coverage: Coverage = NO_COVERAGE
    day: dt.date | None = None
    lifecycle: Lifecycle | None = None
    root: Path = Path()


def read_work(root: Path, settings: Settings, view: View, *, today: dt.date | None = None) -> Work:
    """Journeys, plays, plan and gates of an engagement over its evidence.

    Args:
        root: Folder of the engagement.
        settings: `engagement.yaml`.
        view: The evidence in one period.
        today: The day on which age and delay are judged; the day of the measurement if empty.

    Raises:
        DocumentError: A file is wrong, or names what is not there or was not measured.
    """
    day = today or dt.date.fromisoformat(view.manifest.measured_on[:10])
    pairs, gates, placed = read_journeys(root), read_gates(root, weeks=settings.weeks), read_playbook(root)
    _prove_names(placed, pairs, gates)
    lifecycle = _lifecycle(root, pairs)
    stamps = {i: judge_gate(g, view, today=day, where=_place(root, f"gates/{i}.yaml")) for i, g in gates.items()}
    plays = tuple(_with_gate(p, stamps, view) for p in recommend(placed, view))
    journeys = (JourneyState(p.as_is, p.to_be, plays=_tags(plays, i)) for i, p in pairs.items())
    measured = {s.id.removeprefix("journey/") for s in view.manifest.studies if s.kind == "journey"}
    covered = coverage(lifecycle, pairs, today=day, measured=measured, view=view)
    schedule = _schedule(root, settings, gates, day)
    return Work(tuple(journeys), plays, schedule, tuple(stamps.values()), covered, day, lifecycle, root)


def check_work(
    root: Path, settings: Settings, *, kpis: Collection[str], view: View | None, today: dt.date | None = None,
    columns: Mapping[str, Mapping[str, str]] | None = None,
) -> list[str]:  # fmt: skip
    """Notes on journeys, plays, plan and gates; what refers to numbers is proved once there is evidence.

    Raises:
        DocumentError: A file is wrong, or names what is not there.
    """
    pairs, gates, placed = read_journeys(root), read_gates(root, weeks=settings.weeks), read_playbook(root)
    _prove_names(placed, pairs, gates)
    _lifecycle(root, pairs)
    _prove_kpis(root, placed, gates, kpis)
    _prove_journeys(root, placed, pairs, gates)
    _prove_worklists(placed, columns or {})
    schedule = _schedule(root, settings, gates, today or settings.start)
    notes = plan_notes(schedule, language=settings.language) if schedule else []
    measured = {k.id for k in view.manifest.kpis} if view else set()
    if view is not None and measured >= set(kpis):
        read_work(root, settings, view, today=today)
        notes += _loose_kpis(root, pairs, view)
    return [*notes, *_unread(root)]


def find_flaws(
    root: Path, settings: Settings, *, view: View | None = None, today: dt.date | None = None
) -> tuple[Flaw, ...]:
    """What should be mended in the maps, the gravest first; no export is read for it.

    Args:
        root: Folder of the engagement.
        settings: `engagement.yaml`.
        view: The evidence in one period, or None before anything is measured.
        today: The day against which age and review are held; the engagement's first day if empty.

    Raises:
        DocumentError: A file is wrong.
    """
    pairs = read_journeys(root)
    if not pairs:
        return ()
    played = {(p.play.journey or "", p.play.step or "") for p in read_playbook(root)}
    against = Against(today or settings.start, _lifecycle(root, pairs), played, view, settings.language)
    return lint_journeys(pairs, against, root=root)


def draw_lint(view: View, work: Work) -> Group:
    """What should be mended in the maps, with file, line and hint, the gravest first; an empty block without maps."""
    pairs = {j.id: JourneyPair(s.as_is, s.to_be, work.root) for s in work.journeys for j in (s.as_is, s.to_be) if j}
    if not pairs:
        return Group(())
    w, played = says(view), {(p.play.journey or "", p.play.step or "") for p in work.plays}
    day = work.day or dt.date.fromisoformat(view.manifest.measured_on[:10])
    against = Against(day, work.lifecycle, played, view, w.language)
    return draw_flaws(lint_journeys(pairs, against, root=work.root), words=w)


def draw_chain(view: View, work: Work) -> Group:
    """From the step of a journey to the gate: a row for each play that is called for or watched and acts on either."""
    plays = (p for p in work.plays if p.state in ("fires", "watch") and (p.play.step or p.play.gate))
    rows = [_chain_row(view, p, work) for p in plays]
    w = says(view)
    if not rows:
        said = any(p.state == "fires" for p in work.plays) and view.audience == "team"
        return Group((Heading(w.say("chain.title")), Text(((w.say("chain.none"),),)))) if said else Group(())
    names = ("step", "number", "play", "owner", "gate")
    columns = tuple(w.say(f"chain.{n}") for n in names)
    return Group((Heading(w.say("chain.title"), subtitle=w.say("chain.subtitle")), Table("", columns, tuple(rows))))


def write_worklists(
    root: Path, settings: Settings, sources: Sources, plays: Sequence[Recommendation], *, today: dt.date
) -> tuple[Listed, ...]:
    """The worklists of the plays that are called for; those of plays that no longer are, are removed.

    Raises:
        ExportError: The exports cannot be used.
    """
    from cxkit._table import open_database
    from cxkit.data.read import read_tables, refuse_unusable
    from cxkit.playbook.worklist import drop_others, prove_worklist, write_worklist

    placed = {p.play.id: p for p in read_playbook(root)}
    folder = root / "worklists"
    fired = [p for p in plays if p.state == "fires" and p.play.worklist]
    drop_others(folder, kept={p.play.id for p in fired})
    if not fired:
        return ()
    dimensions = {d: v.column or d for d, v in settings.dimensions.items()}
    with open_database() as db:
        tables = read_tables(db, sources, root=root, today=today)
        refuse_unusable(tables, sources)
        # All are proved before the first is written.
        for p in fired:
            prove_worklist(placed[p.play.id], tables.columns)
        return tuple(
            write_worklist(db, placed[p.play.id], p, columns=tables.columns, dimensions=dimensions, folder=folder)
            for p in fired
        )


def work_files(root: Path) -> list[Path]:
    """The edited files that journeys, plays, plan and gates are read from."""
    patterns = ("journeys/*.yaml", "playbooks/*.yaml", "gates/*.yaml", "plan.yaml", LIFECYCLE)
    return sorted(p for pattern in patterns for p in root.glob(pattern) if p.is_file())


def artefacts_there(root: Path) -> list[str]:
    """The artefacts of the plan that are there, as the plan names them."""
    plan, there = read_plan(root), artefacts_in(root)
    return sorted({t.artefact for t in plan.tasks if t.artefact and there(t.artefact)}) if plan else []


def _loose_kpis(root: Path, pairs: Mapping[str, JourneyPair], view: View) -> list[str]:
    """What a step shows and nobody measured; the map says so, and here is where it is written."""
    notes: list[str] = []
    for journey in (j for p in pairs.values() for j in (p.as_is, p.to_be) if j):
        name = f"journeys/{journey.id}.{journey.version}.yaml"
        for i, phase in enumerate(journey.phases):
            for j, step in enumerate(phase.steps):
                for k, ref in enumerate(step.kpis):
                    loc = ("phases", i, "steps", j, "kpis", k)
                    try:
                        find(view, ref, where=lambda loc=loc, name=name: place_in(root / name, loc, name=name))
                    except DocumentError as error:
                        notes.append(f"{error.where}: {error.what} The step shows no number there.")
    return notes


def _unread(root: Path) -> list[str]:
    """Files that look as if they were to be read, and are not, because of how their names end."""
    folders = ("journeys", "playbooks", "gates", "kpis", "tables")
    meant = [(p, ".yaml") for f in folders for p in (root / f).glob("*") if p.suffix.lower() in (".yaml", ".yml")]
    meant += [(p, ".md") for p in (root / "commentary").glob("*") if p.suffix.lower() in (".md", ".markdown", ".txt")]
    wrong = [p.relative_to(root).as_posix() for p, ending in meant if p.is_file() and p.suffix != ending]
    wrong += [p.name for p in root.glob("*") if p.name.lower() in _ALIKE and p.name not in ("plan.yaml", LIFECYCLE)]
    return [f"{name} is not read; its name has to end in .yaml (.md in commentary/)." for name in sorted(wrong)]


def _lifecycle(root: Path, pairs: Mapping[str, JourneyPair]) -> Lifecycle | None:
    """The lifecycle, of which the journeys name only stages that are there."""
    lifecycle = read_lifecycle(root)
    prove_stages(root, lifecycle, pairs)
    return lifecycle


def _place(root: Path, name: str):  # noqa: ANN202
    return lambda *loc: place_in(root / name, tuple(loc), name=name)


def _schedule(root: Path, settings: Settings, gates: Mapping[str, Gate], today: dt.date) -> Schedule | None:
    plan = read_plan(root)
    if plan is None:
        return None
    return schedule_plan(
        plan, weeks=settings.weeks, start=settings.start, today=today, gates=gates,
        there=artefacts_in(root),
    )  # fmt: skip


def _prove_names(placed: Sequence[Placed], pairs: Mapping[str, JourneyPair], gates: Mapping[str, Gate]) -> None:
    """A play may name a journey, a step of it and a gate, and each must be there."""
    for p in placed:
        play = p.play
        if play.journey and play.journey not in pairs:
            raise _unknown("journey", play.journey, pairs, p.place("journey"))
        if play.journey and play.step:
            both = (pairs[play.journey].as_is, pairs[play.journey].to_be)
            steps = [s.id for j in both if j for s in j.steps]
            if play.step not in steps:
                raise _unknown("step", play.step, steps, p.place("step"))
        if play.gate and play.gate not in gates:
            raise _unknown("gate", play.gate, gates, p.place("gate"))


def _prove_worklists(placed: Sequence[Placed], columns: Mapping[str, Mapping[str, str]]) -> None:
    from cxkit.playbook.worklist import prove_worklist

    for p in placed if columns else ():
        if p.play.worklist is None:
            continue
        try:
            prove_worklist(p, columns)
        except (DocumentError, QueryError):
            # A shipped play may be about what this client does not have; it will not be called for.
            if not p.shipped:
                raise


def _prove_journeys(
    root: Path, placed: Sequence[Placed], pairs: Mapping[str, JourneyPair], gates: Mapping[str, Gate]
) -> None:
    """A number of a journey needs the journey as it is, and a step that stands in it."""
    refs = [(c, p.place, ("when", i)) for p in placed if not p.shipped for i, c in enumerate(p.play.when)]
    for gate_id, gate in gates.items():
        place = _place(root, f"gates/{gate_id}.yaml")
        refs += [(c, place, ("criteria", i)) for i, c in enumerate(gate.criteria)]
    measured = {i: p.as_is for i, p in pairs.items() if p.as_is}
    for ref, place, loc in refs:
        if ref.journey and ref.journey not in measured:
            raise _unknown("journey as it is", ref.journey, measured, place(*loc, "journey"))
        steps = [s.id for s in measured[ref.journey].steps] if ref.journey else []
        if ref.step and ref.step not in steps:
            raise _unknown("step", ref.step, steps, place(*loc, "step"))


def _prove_kpis(root: Path, placed: Sequence[Placed], gates: Mapping[str, Gate], kpis: Collection[str]) -> None:
    for p in (p for p in placed if not p.shipped):
        for i, condition in enumerate(p.play.when):
            if condition.kpi and condition.kpi not in kpis:
                raise _unknown("measured KPI", condition.kpi, kpis, p.place("when", i))
    for gate_id, gate in gates.items():
        for i, criterion in enumerate(gate.criteria):
            if criterion.kpi and criterion.kpi not in kpis:
                raise _unknown(
                    "measured KPI", criterion.kpi, kpis, _place(root, f"gates/{gate_id}.yaml")("criteria", i)
                )


def _unknown(kind: str, name: str, known: Collection[str], where: str) -> CxkitError:
    import difflib

    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(known) or 'none'}."
    return DocumentError(f"There is no {kind} {name!r}.", where=where, hint=hint)


def _with_gate(play: Recommendation, stamps: Mapping[str, Stamp], view: View) -> Recommendation:
    stamp = stamps.get(play.play.gate or "")
    if stamp is None:
        return play
    w = says(view)
    verdict = w.say(f"gate.verdict.{stamp.verdict}")
    return replace(play, gate=w.say("chain.gate_stands", gate=stamp.gate.label, verdict=verdict))


def _tags(plays: Sequence[Recommendation], journey: str) -> dict[str, tuple[tuple[str, Tone], ...]]:
    """The plays that act on each step, as tags."""
    tags: dict[str, tuple[tuple[str, Tone], ...]] = {}
    for p in plays:
        if p.play.journey == journey and p.play.step and p.state in _TONES:
            tags[p.play.step] = (*tags.get(p.play.step, ()), (p.play.label, _TONES[p.state]))
    return tags


def _chain_row(view: View, p: Recommendation, work: Work) -> tuple[Line | str, ...]:
    w = says(view)
    reasons = list(dict.fromkeys(reason_text(r, w, view) for s in p.spots[:2] for r in s.reasons))
    play: Line = (p.play.label, "\n", Tag(w.say(f"play.state.{p.state}"), _TONES[p.state]))
    owner: Line = (Strong(p.play.owner), "\n", Quiet(w.say("play.by", due=date_text(p.due.isoformat(), words=w))))
    stamp = next((g for g in work.gates if g.gate.id == p.play.gate), None)
    gate: Line = (w.say("provenance.nothing"),)
    if stamp:
        gate = (stamp.gate.label, "\n", Tag(w.say(f"gate.verdict.{stamp.verdict}"), VERDICTS[stamp.verdict]))
    return _step(p, work, w.say("chain.everywhere")), "\n".join(reasons), play, owner, gate


def _step(p: Recommendation, work: Work, everywhere: str) -> Line | str:
    journeys = [j for s in work.journeys for j in (s.as_is, s.to_be) if j and j.id == p.play.journey]
    if not journeys:
        return (Quiet(everywhere),)
    step = next((s.label for j in journeys for s in j.steps if s.id == p.play.step), "")
    return (Strong(step), "\n", Quiet(journeys[0].label)) if step else journeys[0].label
