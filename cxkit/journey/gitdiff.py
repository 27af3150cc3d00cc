"""What `git diff` shows of a journey map: what was changed in the language of the trade, not which lines."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cxkit._format import Words, count_text, words
from cxkit.errors import CxkitError, ParameterError
from cxkit.journey.diff import clean_text, diff_journeys, diff_text
from cxkit.journey.read import read_journey

__all__ = ["GitCall", "git_call", "git_text"]

NULL = "/dev/null"
MOST_LINES = 20_000  # of a file; a map of five hundred steps has fewer


@dataclass(frozen=True)
class GitCall:
    """What git hands to an external diff.

    Attributes:
        path: The file, as the repository calls it.
        old: File with the older content; `/dev/null` where there was none.
        new: File with the newer content; `/dev/null` where there is none.
        renamed: Path of the newer file where it was renamed, else "".
    """

    path: str
    old: str = ""
    new: str = ""
    old_mode: str = ""
    new_mode: str = ""
    renamed: str = ""


def git_call(words_: Sequence[str]) -> GitCall:
    """What git's arguments say: path, old file, hex and mode, new file, hex and mode; after a renaming two more.

    Raises:
        ParameterError: It was not git that called.

    Example:
        >>> git_call(["a.yaml", "old.yaml", "1f", "100644", "a.yaml", "2e", "100644"]).new
        'a.yaml'
    """
    if len(words_) == 1:
        return GitCall(words_[0])
    if len(words_) not in (7, 9):
        hint = 'Let git call it: git config diff.cxkit.command "cxkit diff --git"'
        raise ParameterError(f"`--git` is for git, which gives 7 words; found {len(words_)}.", hint=hint)
    path, old, _, old_mode, new, _, new_mode = words_[:7]
    return GitCall(path, old, new, old_mode, new_mode, words_[7] if len(words_) == 9 else "")


def git_text(call: GitCall, *, w: Words | None = None) -> str:
    """What differs, as git is to show it.

    No fault of a file is an error here, since that would end the whole `git diff`, of other files as well. Where a
    side cannot be read as a map, as in an older commit, that is said in a line above the lines that differ.
    """
    w = w or words()
    if not call.old:
        return clean_text(w.say("diff.git.unmerged", path=call.path)) + "\n"
    shown = w.say("diff.git.renamed", before=call.path, after=call.renamed) if call.renamed else call.path
    head = [f"diff --cxkit {shown}"]
    if call.old_mode != call.new_mode and NULL not in (call.old, call.new):
        head.append(w.say("diff.git.mode", before=call.old_mode, after=call.new_mode))
    return "".join(f"{clean_text(line)}\n" for line in head) + _body(call, w)


def _body(call: GitCall, w: Words) -> str:
    path = call.renamed or call.path
    if any(len(_content(p)) > MOST_LINES for p in (call.old, call.new)):
        return _lines(call, w)
    try:
        if call.old != NULL and call.new != NULL:
            # Names as in the repository: git's own are those of files that it is about to throw away.
            a, b = (read_journey(Path(p), name=n) for p, n in ((call.old, call.path), (call.new, path)))
            lines = diff_journeys(a, b, names=("a", "b"), w=w)[1:]
            return diff_text(lines) if lines else _same(call, path, w)
        there = call.new if call.old == NULL else call.old
        journey = read_journey(Path(there), name=path)
    except Exception as error:
        what = error.what if isinstance(error, CxkitError) else str(error)
        why = clean_text(what.strip().splitlines()[0].rstrip(".") if what.strip() else type(error).__name__)
        return w.say("diff.git.unread", path=clean_text(path), why=why) + "\n" + _lines(call, w)
    key = "diff.git.new" if call.old == NULL else "diff.git.deleted"
    steps = w.count("diff.git.steps", len(journey.steps))
    said = w.say(key, label=journey.label, version=journey.version, steps=steps)
    return diff_text([(said,), *((f"  {p.label}: ", w.all_of([s.label for s in p.steps])) for p in journey.phases)])


def _same(call: GitCall, path: str, w: Words) -> str:
    """Where the map says the same: that only the file differs, with the lines that do."""
    lines = _lines(call, w)
    return clean_text(w.say("diff.git.layout", path=path)) + "\n" + lines if lines else ""


def _lines(call: GitCall, w: Words) -> str:
    """The lines that differ, as `diff -u` shows them."""
    old, new = (_content(p) for p in (call.old, call.new))
    before = NULL if call.old == NULL else f"a/{call.path}"
    after = NULL if call.new == NULL else f"b/{call.renamed or call.path}"
    if max(len(old), len(new)) > MOST_LINES:
        sizes = (count_text(len(lines), w) for lines in (old, new))
        return w.say("diff.git.long", **dict(zip(("before", "after"), sizes, strict=True))) + "\n"
    found = difflib.unified_diff(old, new, before, after, lineterm="")
    return "".join(f"{clean_text(line)}\n" for line in found)


def _content(path: str) -> list[str]:
    try:
        return [] if path == NULL else Path(path).read_bytes().decode("utf-8", errors="replace").splitlines()
    except OSError:
        return []
