"""What to ask the client's data people for: a message ready to send, in their words and without ours.

Everything in it comes from what `check` found. It shows no value of a person: no text that a customer wrote, no id,
no address, no amount; where a value would help, it is a usual code for no answer, or a short number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from cxkit._format import Words, count_text, date_text, value_text
from cxkit.data.codes import Stray, is_code
from cxkit.data.contract import CONTRACTS
from cxkit.data.faults import Fault
from cxkit.data.quality import Checked
from cxkit.data.readiness.alike import covers, group_alike, kind_of, one_each
from cxkit.data.readiness.gaps import missing_days
from cxkit.data.readiness.judging import RANK, UNLINKED, Part, worst_state
from cxkit.data.readiness.message import Message, Point, Section
from cxkit.data.readiness.profile import ColumnProfile, Profile

__all__ = ["ask_client"]

MOST_PLACES, MOST_VALUES, MOST_FILES, MOST_WISHES = 3, 3, 3, 5
FEWEST_ALIKE = 5  # rows with the same code before it is shown (cxkit default)
# There is nothing to mend here; more would be possible with more.
_WISHED = {"no_table", "no_column", "no_other_answer", "no_answer", "no_retention", "nothing_beside", "no_customers"}
_WISHED |= {"few_months"}
_TELLING = {"other", "unreadable", "damaged", "packed", "doubt"}  # their text is what the fault says
_SHORT = re.compile(r"[-+]?\d{1,4}([.,]\d{1,2})?|\d{1,4}[-./]\d{1,2}[-./]\d{1,4}( \d{1,2}:\d{2}(:\d{2})?)?")
_QUOTED = re.compile(r"'([^']+)'|\"([^\"]+)\"|“([^”]+)”")
_LONGEST = 30  # characters of a value that may be a code
_OURS = re.compile(r"sources\.yaml|engagement\.yaml|`|cxkit|@")
_ASK = re.compile(r"^Ask (?P<kind>for|what|whether|which) (?P<what>.+?)(?:[.;](?:\s|$)|, (?:or|and) )")


def ask_client(checked: Checked, *, said: Words) -> Message:
    """The message that asks for what is missing; where nothing is, it says so.

    Args:
        checked: What `Engagement.check` found.
        said: The text catalogue.
    """
    asked = _Asked(checked, said)
    found: dict[str, list[Point]] = {}
    for about, point in (*asked.of_faults(), *asked.of_uses(), *asked.of_days(), *asked.of_bias()):
        if point not in found.setdefault(about, []):
            found[about].append(point)
    sections = tuple(Section(about, tuple(points)) for about, points in found.items())
    wished = tuple(asked.wishes())
    wishes = Section(said.say("readiness.message.wishes"), wished) if wished else None
    n = sum(len(s.points) for s in sections)
    sound = said.say(f"readiness.message.{'sound' if wished else 'nothing'}")
    opening = said.count("readiness.message.opening", n) if n else sound
    closing = ("by", "person", "thanks") if n else ("person", "thanks") if wished else ("thanks",)
    told = tuple(said.say(f"readiness.message.{c}") for c in closing)
    return Message(said.say("readiness.message.subject"), opening, sections, told, wishes)


@dataclass(frozen=True)
class _Asked:
    """What was found, turned into points, each with the heading that it stands under."""

    checked: Checked
    said: Words

    def of_faults(self) -> Iterator[tuple[str, Point]]:
        for group in group_alike(self.checked.faults):
            yield self._heading(group), self._point(group)

    def of_uses(self) -> Iterator[tuple[str, Point]]:
        """What stands in the way of uses and was not told as a fault, once for all of them."""
        for same in self._parts(wished=False):
            worst = max(same, key=lambda p: RANK[p.state])
            about = worst.files[0].path if len(worst.files) == 1 else _title(self._table(worst.table))
            yield about, Point(_sentence(worst.why), self._files(worst), self._blocks(same), _sentence(worst.helps))

    def _parts(self, *, wished: bool) -> list[list[Part]]:
        """Parts of uses that are not ready, those together that are so for the same reason."""
        told = {(table, key) for table, keys in self._told() for key in keys}
        parts: dict[tuple[str, str, str], list[Part]] = {}
        for part in (p for r in self.checked.uses for p in r.reasons):
            if (part.table, part.key) not in told and (part.key in _WISHED) is wished:
                parts.setdefault((part.table, part.key, part.why), []).append(part)
        return list(parts.values())

    def of_days(self) -> Iterator[tuple[str, Point]]:
        for p in self.checked.profile:
            runs = missing_days(p.days, files=[(f.first, f.last) for f in p.files])
            if not runs or CONTRACTS[p.table].whole_month:
                continue
            days = [
                date_text(a.isoformat(), words=self.said)
                if a == z
                else self.said.say(
                    "readiness.days", first=date_text(a.isoformat(), words=self.said),
                    last=date_text(z.isoformat(), words=self.said),
                )
                for a, z in runs
            ]  # fmt: skip
            yield _title(self._table(p.table)), self._say("days", table=self._table(p.table), days=self._some(days, 6))

    def of_bias(self) -> Iterator[tuple[str, Point]]:
        odd = [(b, [g.name for g in b.groups if g.tendency == "fewer" and g.name]) for b in self.checked.bias]
        groups = [
            self.said.say("readiness.ask.bias.group", dimension=b.label, groups=self._some(names, MOST_VALUES))
            for b, names in odd
            if names
        ]
        if groups:
            yield _title(self._table("responses")), self._say("bias", groups="; ".join(groups))

    def wishes(self) -> Iterator[Point]:
        """What would make more possible: for uses that have nothing to start from, and for KPIs."""
        for same in self._parts(wished=True):
            yield Point(_sentence(same[0].why), "", self._blocks(same), _sentence(same[0].helps))
        there = {s.table for s in self.checked.sources}
        waiting: dict[str, list[str]] = {}
        for p in self.checked.possible:
            table, _, column = p.lacks[0].partition(".") if len(p.lacks) == 1 else ("", "", "")
            if table in there and column in CONTRACTS[table].columns:
                waiting.setdefault(p.lacks[0], []).append(f"“{p.label}”")
        ranked = sorted(waiting.items(), key=lambda w: (-len(w[1]), w[0]))
        for name, kpis in ranked[:MOST_WISHES]:
            table, _, column = name.partition(".")
            told = {"table": self._table(table), "column": CONTRACTS[table].columns[column].meaning.partition(";")[0]}
            yield self._say("wish", kpis=self._some(kpis, 3), **told)

    def _point(self, group: list[Fault]) -> Point:
        first, count = group[0], sum(f.count for f in group)
        told = {"column": self._header(first), "what": self._safe(first)}
        kind = kind_of(first) or "other"
        kind = "unclear" if kind in _TELLING and not told["what"] else kind
        text, own = f"readiness.ask.{kind}.found", f"readiness.ask.{kind}.please"
        found = self.said.say(text, **told) if self.said.has(text) else self.said.count(text, count, **told)
        please = self.said.say(own) if self.said.has(own) else self._wanted(first)
        return Point(_sentence(found), self._place(group), self._why(group), _sentence(please))

    def _header(self, fault: Fault) -> str:
        """The column as it is called in the file, also where a fault calls it as we do."""
        profile = self._profile(fault.file)
        headers = {c.name: c.header for c in profile.columns} if profile else {}
        return " + ".join(headers.get(name, name) for name in fault.column.split(" + "))

    def _wanted(self, fault: Fault) -> str:
        """What an advisor is told to ask for, asked."""
        asked = _ASK.match(fault.hint)
        if asked and not _OURS.search(asked["what"]):
            key = "send" if asked["kind"] == "for" else "tell"
            what = asked["what"] if key == "send" else f"{asked['kind']} {asked['what']}"
            return self.said.say(f"readiness.message.{key}", what=what)
        return self.said.say("readiness.message.correct")

    def _safe(self, fault: Fault) -> str:
        """What is wrong, if it can be said to anyone; "" where it is in our words or may show a person's value."""
        if _OURS.search(fault.what):
            return ""
        quoted = [next(filter(None, q)) for q in _QUOTED.findall(fault.what)] if fault.column else []
        shown = [v for v in (*quoted, *fault.stands_for, fault.value) if len(v) > 1 and v in fault.what]
        own = [v for v in shown if v != fault.column and not _SHORT.fullmatch(v) and not _is_usual(v)]
        return "" if own else fault.what

    def _place(self, group: list[Fault]) -> str:
        files = list(dict.fromkeys(f.file for f in group))
        header = self._header(group[0])
        parts = [self.said.say("readiness.message.column", column=header)] if header else []
        rows = [f for f in group if isinstance(f.row, int)]
        if rows and len(files) == 1:
            total = sum(f.count for f in group)
            shown = [str(f.row) for f in rows[:MOST_PLACES]]
            key = "row" if total == 1 else "rows"
            parts.append(self.said.say(f"readiness.message.{key}", rows=self._some(shown, MOST_PLACES, of=total)))
        elif rows:
            shown = [self.said.say("readiness.message.row_of", row=f.row, file=_name(f.file)) for f in one_each(rows)]
            total = sum(f.count for f in group)
            parts.append(self._some(shown[:MOST_PLACES], MOST_PLACES, of=total))
        elif group[0].row not in ("", "header"):
            parts.append(str(group[0].row))
        values = self._values(group)
        return ", ".join([*parts, *([self.said.say("readiness.message.such_as", values=values)] if values else [])])

    def _values(self, group: list[Fault]) -> str:
        counts: dict[str, int] = {}
        for f in group:
            counts[f.value] = counts.get(f.value, 0) + f.count
        safe = [v for v, n in counts.items() if v and self._may_show(replace(group[0], value=v, count=n))]
        return self.said.all_of([f"“{v}”" for v in sorted(safe, key=lambda v: -counts[v])[:MOST_VALUES]])

    def _may_show(self, fault: Fault) -> bool:
        """Whether a value is nobody's own: of a column of points or days, and short, or a usual code in many rows."""
        column = self._column(fault)
        if column is None or column.type == "text" or not isinstance(fault.row, int):
            return False
        often = fault.count >= FEWEST_ALIKE and _is_usual(fault.value)
        return often or (column.type != "number" and bool(_SHORT.fullmatch(fault.value)))

    def _why(self, group: list[Fault]) -> str:
        first, count = group[0], sum(f.count for f in group)
        if first.stops:
            why = self.said.say("readiness.message.stops")
        else:
            files = {f.file for f in group}
            rows = sum(f.rows for p in self.checked.profile for f in p.files if f.path in files)
            share = value_text(count / rows, "percent", words=self.said) if 0 < count <= rows else ""
            told = {"n": count_text(count, self.said), "rows": count_text(rows, self.said), "share": share}
            kind = "rejects" if first.rejects else "blanks"
            why = self.said.say(f"readiness.message.{kind}{'' if share else '_bare'}", **told)
        blocked = self._blocks(self._covered(group))
        return " ".join(filter(None, (why, blocked)))

    def _covered(self, group: list[Fault]) -> list[Part]:
        profile, keys = self._profile(group[0].file), covers(group[0])
        parts = (p for r in self.checked.uses for p in r.reasons)
        return [p for p in parts if profile and p.table == profile.table and p.key in keys]

    def _told(self) -> Iterator[tuple[str, frozenset[str]]]:
        """What the faults already say, by table."""
        for group in group_alike(self.checked.faults):
            if profile := self._profile(group[0].file):
                yield profile.table, covers(group[0])

    def _blocks(self, parts: Sequence[Part]) -> str:
        """Which uses wait for these parts."""
        said, found = self.said, dict[str, list[str]]()
        for r in self.checked.uses:
            state = worst_state([p for p in r.parts if p in parts] or [Part("", "", "ready")], whole=True)
            if state != "ready":
                found.setdefault("blocked" if state == "blocked" else "caveats", []).append(
                    said.say("readiness.message.use", label=r.label, what=said.say(f"readiness.is_for.{r.use}"))
                )
        told = [
            said.say(f"readiness.message.waits_{s}", uses=said.all_of(found[s]))
            for s in ("blocked", "caveats")
            if s in found
        ]
        free = self._free(parts)
        # A few bad files among many: they are out, the others are not.
        alone = any(p.files and p.state != "blocked" for p in parts)
        out = said.say("readiness.message.files_out") if alone else ""
        return " ".join(filter(None, (*told, out, free)))

    def _free(self, parts: Sequence[Part]) -> str:
        """That the trend of the same table does not need to know whose its rows are, where it is ready."""
        tables = {p.table for p in parts if p.key in UNLINKED}
        ready = {p.table for r in self.checked.uses if r.use == "trend" for p in r.parts if p.state == "ready"}
        return self.said.say("readiness.message.trend_free") if tables and tables <= ready else ""

    def _files(self, part: Part) -> str:
        """The files that are to blame, the worst first; the column, where it is the whole table."""
        say = self.said
        if len(part.files) == 1 and part.files[0].rows == part.rows:
            columns = [c for p in self.checked.profile if p.table == part.table for c in p.columns]
            header = next((c.header for c in columns if c.name == "customer_id" and part.key in UNLINKED), "")
            return say.say("readiness.message.column", column=header) if header else ""
        shown = [
            say.say("readiness.message.file_share", file=f.path, share=value_text(f.share, "percent", words=say),
                    n=count_text(f.lacking, say), rows=count_text(f.rows, say))
            for f in sorted(part.files, key=lambda f: -f.share)[:MOST_FILES]
        ]  # fmt: skip
        return self._some(shown, MOST_FILES, of=len(part.files)) if shown else ""

    def _heading(self, group: list[Fault]) -> str:
        files = list(dict.fromkeys(f.file for f in group))
        if len(files) == 1:
            return files[0]
        n = count_text(len(files), self.said)
        return self.said.say("readiness.message.files", first=files[0], last=_name(files[-1]), n=n)

    def _say(self, key: str, **told: str) -> Point:
        texts = (self.said.say(f"readiness.ask.{key}.{part}", **told) for part in ("found", "why", "please"))
        found, why, please = map(_sentence, texts)
        return Point(found, "", why, please)

    def _some(self, items: Sequence[str], most: int, *, of: int | None = None) -> str:
        total = len(items) if of is None else of
        shown = list(items[:most])
        if total <= len(shown):
            return self.said.all_of(shown)
        more = count_text(total - len(shown), self.said)
        return self.said.say("list.more", first=self.said.say("list.join").join(shown), n=more)

    def _table(self, table: str) -> str:
        return self.said.say(f"readiness.tables.{table}") if table else ""

    def _profile(self, file: str) -> Profile | None:
        return next((p for p in self.checked.profile if any(f.path == file for f in p.files)), None)

    def _column(self, fault: Fault) -> ColumnProfile | None:
        profile = self._profile(fault.file)
        return next((c for c in profile.columns if c.header == fault.column), None) if profile else None


def _is_usual(value: str) -> bool:
    """Whether a value is one of the words that stand for no answer; any other word may be what somebody wrote."""
    return len(value) <= _LONGEST and is_code(Stray(value, {}), None)


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _title(text: str) -> str:
    return text[:1].upper() + text[1:]


def _sentence(text: str) -> str:
    """With a capital and a full stop."""
    return f"{_title(text)}{'' if text[-1:] in '.?!' else '.'}"
