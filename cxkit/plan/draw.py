"""Plan and launch gates as blocks: where the engagement stands, and what may be launched."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from itertools import groupby

from cxkit._blocks import Group, Heading, Line, Quiet, Strong, Table, Tag, Text, Tone
from cxkit._boards import Band, Mark, Row, Stretch, Timeline
from cxkit._format import Words, count_text, date_text, interval_text, period_text, spelled, value_text, words
from cxkit.evidence.refs import Found
from cxkit.evidence.view import View
from cxkit.kpi.sentences import says, why_not
from cxkit.plan.gates import Judged, Stamp
from cxkit.plan.model import Voice, weeks_at
from cxkit.plan.schedule import Caution, Schedule, Scheduled

__all__ = ["draw_gates", "draw_plan", "plan_notes"]

MOST_LINES = 4
_STATES: dict[str, Tone] = {"done": "better", "late": "worse", "under way": "plain", "to come": "quiet"}
_DECISIONS: dict[str, Tone] = {"go": "better", "no-go": "worse"}
_VERDICTS: dict[str, Tone] = {"met": "better", "failed": "worse", "open": "open"}
_ANSWERS: dict[str, Tone] = {"yes": "better", "no": "worse", "open": "open"}


def draw_plan(view: View, schedule: Schedule | None) -> Group:
    """Where the engagement stands in a sentence, what is late or wants looking at, and the plan over its weeks."""
    if schedule is None:
        return Group(())
    w = says(view)
    first, last = (
        date_text(d.isoformat(), words=w) for d in (schedule.start, _day(schedule, schedule.weeks, end=True))
    )
    sub = w.say("plan.span", label=schedule.plan.label, first=first, last=last)
    lines = _lines(schedule, w)
    said = (Text(lines),) if lines else ()
    note = Text(((w.say("plan.note"),),), role="note")
    return Group((Heading(_headline(schedule, w), subtitle=sub), *said, _timeline(schedule, w), note))


def draw_gates(view: View, stamps: Iterable[Stamp]) -> Group:
    """Each launch gate, the earliest first: its verdict, what that rests on, who has been asked, what was decided."""
    weeks = view.manifest.client.weeks
    drawn = [b for s in sorted(stamps, key=lambda s: weeks_at(s.gate.week, weeks)) for b in _gate(view, s)]
    return Group((*drawn, Text(((says(view).say("gate.note"),),), role="note"))) if drawn else Group(())


def plan_notes(schedule: Schedule, *, language: str = "en") -> list[str]:
    """What a person should look at in a plan, in sentences."""
    return [_caution(c, schedule, words(language)) for c in schedule.warnings]


def _headline(schedule: Schedule, w: Words) -> str:
    if schedule.now < 1:
        start = date_text(schedule.start.isoformat(), words=w)
        return w.say("plan.head.before", weeks=schedule.weeks, date=start)
    done, late, of = (_in_state(schedule, "done"), _in_state(schedule, "late"), len(schedule.tasks))
    said = "all" if done == of else "none" if not done else "one" if done == 1 else "many"
    over = schedule.now > schedule.weeks
    return w.say(
        "plan.head.after" if over else "plan.head.during",
        week=schedule.now,
        weeks=schedule.weeks,
        done=w.say(f"plan.done.{said}", n=done, of=of),
        late=w.say(f"plan.late.{_plural(late)}", n=spelled(late, w)),
    )


def _lines(schedule: Schedule, w: Words) -> tuple[Line, ...]:
    """What is late, the oldest first, and what else wants looking at."""
    late = sorted((s for s in schedule.tasks if s.state == "late"), key=lambda s: (s.last, s.task.id))
    lines = [_late_line(s, schedule, w) for s in late]
    # That something waits for what is late goes without saying.
    names = {s.task.id for s in late}
    cautions = [c for c in schedule.warnings if not (c.kind == "waits" and c.other in names)]
    lines += [(Tag(w.say("plan.mind_tag"), "open"), " ", _caution(c, schedule, w)) for c in cautions]
    more = len(lines) - MOST_LINES
    return (*lines[:MOST_LINES], (w.say("plan.more", n=spelled(more, w)),)) if more > 0 else tuple(lines)


def _late_line(s: Scheduled, schedule: Schedule, w: Words) -> Line:
    date = date_text(_day(schedule, s.last, end=True).isoformat(), words=w)
    said = w.line("plan.late_line", label=Strong(s.task.label), date=date, owner=s.task.owner)
    return (Tag(w.say("plan.late_tag"), "worse"), " ", *said)


def _caution(c: Caution, schedule: Schedule, w: Words) -> str:
    task, other = (w.say("plan.task", label=schedule.task(i).task.label) if i else "" for i in (c.task, c.other))
    return w.say(f"plan.caution.{c.kind.replace(' ', '_')}", task=task, other=other, week=c.week)


def _timeline(schedule: Schedule, w: Words) -> Timeline:
    inside = 1 <= schedule.now <= schedule.weeks
    bands = tuple(_band(k, list(g), w) for k, g in groupby(schedule.tasks, key=lambda s: s.task.workstream))
    late = _in_state(schedule, "late")
    said = _capital(w.say(f"plan.late.{_plural(late)}", n=spelled(late, w))) + "."
    return Timeline(
        title=w.say("plan.title"),
        weeks=tuple(_week_name(_day(schedule, i), w) for i in range(1, schedule.weeks + 1)),
        bands=bands,
        subtitle=w.say("plan.plotted" if inside else "plan.plotted_outside"),
        now=schedule.now if inside else None,
        # The middle of the day: a line at the very edge of a week would belong to neither.
        now_at=((schedule.today - schedule.start).days % 7 + 0.5) / 7,
        now_text=w.say("plan.today"),
        alt=w.say("plan.alt", weeks=schedule.weeks, n=len(schedule.tasks), groups=len(bands), late=said),
        corner=w.say("plan.corner"),
    )  # fmt: skip


def _band(workstream: str, tasks: list[Scheduled], w: Words) -> Band:
    done = sum(s.state == "done" for s in tasks)
    note = w.say("plan.of_group", done=done, n=len(tasks))
    return Band(w.say(f"plan.workstream.{workstream}"), tuple(_row(s, w) for s in tasks), note)


def _row(s: Scheduled, w: Words) -> Row:
    if s.task.gate:
        return Row(s.task.label, s.task.owner, marks=(_mark(s, w),))
    state = w.say(f"plan.state.{s.state.replace(' ', '_')}")
    alt = w.say(f"plan.said.{'one' if s.first == s.last else 'many'}", first=s.first, last=s.last, state=state)
    # Where a bar lies says that it is still to come.
    bar = Stretch(s.first, s.last, _STATES[s.state], "" if s.state == "to come" else state, alt + _slack(s, w))
    return Row(s.task.label, s.task.owner, stretches=(bar,))


def _mark(s: Scheduled, w: Words) -> Mark:
    state, tone = w.say(f"plan.state.{s.state.replace(' ', '_')}"), _STATES[s.state]
    if s.decision:
        state, tone = w.say(f"gate.verdict.{s.decision}"), _DECISIONS[s.decision]
    alt = w.say("plan.said.gate", first=s.first, state=state)
    return Mark(s.first, "" if s.state == "to come" else state, tone, alt + _slack(s, w))


def _slack(s: Scheduled, w: Words) -> str:
    return " " + w.say(f"plan.slack.{_plural(s.slack)}", n=s.slack) if s.state in ("under way", "to come") else ""


def _gate(view: View, stamp: Stamp) -> tuple[Heading | Table | Text, ...]:
    w, gate = says(view), stamp.gate
    why = _reasons(stamp, w)
    heading = Heading(w.say(f"gate.head.{stamp.verdict}", label=gate.label, why=why), subtitle=_when(view, stamp))
    return heading, _criteria(view, stamp), _voices(stamp, w), _decision(stamp, w)


def _when(view: View, stamp: Stamp) -> str:
    w, client = says(view), view.manifest.client
    week = weeks_at(stamp.gate.week, client.weeks)
    day = dt.date.fromisoformat(client.start) + dt.timedelta(weeks=week - 1)
    when = w.say("gate.when", week=week, date=date_text(day.isoformat(), words=w))
    return " · ".join((stamp.gate.question, stamp.gate.owner, when))


def _reasons(stamp: Stamp, w: Words) -> str:
    """What stands in the way, in a sentence; what decides before what is open."""
    counts = {
        "failed": sum(j.verdict == "failed" for j in stamp.criteria),
        "no": sum(v.answer == "no" for v in stamp.voices),
        "open": sum(j.verdict == "open" for j in stamp.criteria),
        "unheard": sum(v.answer == "open" for v in stamp.voices),
    }
    asked = ("failed", "no") if stamp.verdict == "no-go" else ("open", "unheard")
    said = [w.say(f"gate.reason.{k}.{_plural(counts[k])}", n=spelled(counts[k], w)) for k in asked if counts[k]]
    sentence = [_capital(w.all_of(said)) + "."] if said else []
    return " ".join(([] if stamp.criteria else [w.say("gate.reason.none")]) + sentence)


def _criteria(view: View, stamp: Stamp) -> Table | Text:
    w = says(view)
    if not stamp.criteria:
        return Text(((w.say("gate.no_criteria"),),))
    period, until = period_text(view.period, words=w), date_text(view.manifest.data_until, words=w)
    columns = ("criterion", "needed", "measured", "stands", "why_column")
    return Table(
        title=w.say("gate.criteria"),
        subtitle=w.say("gate.criteria_sub", period=period, date=until),
        columns=tuple(w.say(f"gate.{c}") for c in columns),
        rows=tuple(_criterion(view, j) for j in stamp.criteria),
    )


def _criterion(view: View, j: Judged) -> tuple[Line | str, ...]:
    w, f = says(view), j.found
    measured = ", ".join(filter(None, (f.label, f.part)))
    label: Line = (j.criterion.label, "\n", Quiet(measured)) if j.criterion.label else (measured,)
    tag = Tag(w.say(f"gate.state.{j.verdict}"), _VERDICTS[j.verdict])
    return label, j.bar, _number(view, f), (tag,), j.why


def _number(view: View, found: Found) -> Line:
    w, e, unit = says(view), found.estimate, found.unit
    if e.value is None:
        return (Quiet(why_not(view, e)),)
    spread = None if e.low is None or e.high is None else e.high - e.low
    n = "" if e.n is None else w.say("share.n", n=count_text(e.n, w))
    base = " · ".join(filter(None, (interval_text(e, unit, words=w), n, found.note)))
    return (Strong(value_text(e.value, unit, words=w, spread=spread)), "\n", Quiet(base))


def _voices(stamp: Stamp, w: Words) -> Table:
    columns = tuple(w.say(f"gate.{c}") for c in ("voice_column", "answer_column", "said_column", "by_column"))
    return Table(w.say("gate.voices"), columns, tuple(_voice(v, w) for v in stamp.voices))


def _voice(voice: Voice, w: Words) -> tuple[Line | str, ...]:
    tag = Tag(w.say(f"gate.answer.{voice.answer}"), _ANSWERS[voice.answer])
    said: Line | str = voice.said or (Quiet(w.say("gate.not_asked")) if voice.answer == "open" else "",)
    on = date_text(voice.on.isoformat(), words=w) if voice.on else ""
    return w.say(f"gate.voice.{voice.voice}"), (tag,), said, ", ".join(filter(None, (voice.by, on)))


def _decision(stamp: Stamp, w: Words) -> Text:
    decision = stamp.gate.decision
    if decision.made is None or decision.on is None:
        return Text(((w.say("gate.undecided"),),))
    made = Strong(w.say(f"gate.verdict.{decision.made}"))
    date = date_text(decision.on.isoformat(), words=w)
    line: Line = w.line("gate.decided", date=date, by=decision.by, made=made)
    line = (*line, " ", decision.reason) if decision.reason else line
    against = ((Tag(w.say("plan.mind_tag"), "open"), " ", w.say(f"gate.against.{stamp.verdict}")),)
    return Text((line, *(against if stamp.against_evidence else ())))


def _day(schedule: Schedule, week: int, *, end: bool = False) -> dt.date:
    """First day of a week of the plan, or its last."""
    return schedule.start + dt.timedelta(days=7 * (week - 1) + (6 if end else 0))


def _week_name(day: dt.date, w: Words) -> str:
    return w.say("plan.week_day", day=day.day, month=w.table["period"]["months_short"][day.month - 1])


def _in_state(schedule: Schedule, state: str) -> int:
    return sum(s.state == state for s in schedule.tasks)


def _plural(n: int) -> str:
    return "none" if n == 0 else "one" if n == 1 else "many"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
