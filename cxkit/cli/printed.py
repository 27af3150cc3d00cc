"""What the commands print of what they were given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import cxkit
    from cxkit.data.quality import Checked

__all__ = ["print_flaws", "print_left_out", "print_message", "print_plays", "print_scorecard", "print_uses"]
__all__ += ["read_lines"]


def print_uses(found: Checked) -> None:
    """What the exports are good for."""
    from cxkit.data.readiness.draw_uses import use_lines

    if found.uses:
        print("\nWhat the exports are good for:")
    for line in use_lines(found):
        print(f"  {line}")


def print_flaws(found: Checked) -> None:
    """What should be mended in the maps, counted at the end."""
    from cxkit._format import words
    from cxkit.journey.lint_draw import count_flaws, flaw_lines

    if not found.flaws:
        return
    print("\nWhat to mend in the maps:")
    for line in flaw_lines(found.flaws, words=words()):
        print(f"  {line}")
    print(f"  {count_flaws(found.flaws, words=words())}.")


def print_message(found: Checked) -> None:
    """The message that asks the client."""
    from cxkit._format import words
    from cxkit.data.readiness.ask import ask_client
    from cxkit.data.readiness.message import message_text

    print(message_text(ask_client(found, said=words()), said=words()))


def print_left_out(opened: cxkit.Engagement, manifest: Any) -> None:  # noqa: ANN401
    """Where the rows and values are listed that were not used."""
    left_out = sum(s.rows_rejected + s.values_blanked for s in manifest.sources)
    if left_out:
        print(f"Not used: {left_out:,} rows or values, listed in {opened.root / 'worklists/rejected_rows.csv'}")
        print("`cxkit check` says why, and what they may mean.")


def read_lines(sources: Any) -> list[str]:  # noqa: ANN401
    """A line for each source: how many files and rows, and how they are written."""
    from cxkit._format import words
    from cxkit.data.forms import form_of_source

    lines = []
    for s in sources:
        parts = [f"{s.rows_used:,} of {s.rows_read:,} rows used"]
        parts += [f"{s.rows_replaced:,} replaced by a later file"] if s.rows_replaced else []
        meant = sum(n for why, n in s.reasons.items() if why.startswith("left out: "))
        parts += [f"{meant:,} left out"] if meant else []
        parts += [f"{s.rows_rejected - meant:,} rejected"] if s.rows_rejected > meant else []
        parts += [f"{s.values_blanked:,} values left out"] if s.values_blanked else []
        form = form_of_source(s.files, words())
        used = f"{', '.join(parts)} · {form}" if form else ", ".join(parts)
        lines.append(f"{s.id:<14} {len(s.files):>3} file{'s' if len(s.files) != 1 else ' '}  {used}")
    return lines


def print_scorecard(opened: cxkit.Engagement) -> None:
    """The KPIs, a line each."""
    from cxkit.kpi.sentences import scorecard_lines

    view = opened.view()
    print()
    for line in scorecard_lines(view):
        print(line)
    print()


def print_plays(view: Any, plays: Any) -> None:  # noqa: ANN401
    """The plays, or that there are none."""
    from cxkit.playbook.draw import play_lines

    if not plays:
        print("The engagement has no plays.\n\nHint: write playbooks/service.yaml with `extends: service`.")
    for line in play_lines(view, plays):
        print(line)
    print()
