"""The commands about journey maps: hold two against each other, and draw one."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import cxkit
from cxkit.errors import CxkitError, EvidenceError, ParameterError

if TYPE_CHECKING:
    from cxkit._blocks import Block, Line
    from cxkit.evidence.view import View
    from cxkit.journey.model import Journey, JourneyPair
    from cxkit.journey.sentences import JourneyState, Told

__all__ = ["FORMATS", "add_map_commands", "diff", "draw"]

FORMATS = {
    "html": ".html", "svg": ".svg", "csv": ".csv", "mermaid": ".mmd", "mermaid-journey": ".mmd", "backlog": ".csv"
}  # fmt: skip
"""How a map may be drawn, and how its file ends."""
VERSIONS = ("as-is", "to-be")
_PRINTED = ("csv", "mermaid", "mermaid-journey", "backlog")


def add_map_commands(app: typer.Typer) -> None:
    """Add the commands about journey maps to those of cxkit."""
    app.command()(diff)
    app.command()(draw)


def diff(
    paths: Annotated[list[str], typer.Argument(metavar="A [B]", help="Two files, two engagements, or one engagement.")],
    journey: Annotated[str, typer.Option(help="Of engagements only this journey, by id.")] = "",
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 1 if there is a difference.")] = False,
    git: Annotated[bool, typer.Option("--git", help="Called by git, as its external diff.")] = False,
) -> None:
    """Say what differs between two versions of a journey map, step by step.

    One engagement alone: its as-is against its to-be.
    """
    from cxkit.journey.diff import diff_text, terminal_width

    if git:
        from cxkit.journey.gitdiff import git_call, git_text

        _say(git_text(git_call(paths)))
        return
    lines = _difference(paths, journey)
    tty = sys.stdout.isatty()
    italic = tty and os.environ.get("TERM", "dumb") != "dumb" and not os.environ.get("NO_COLOR")
    _say(diff_text(lines, italic=italic, width=terminal_width() if tty else None) or "No difference.\n")
    if lines and exit_code:
        raise typer.Exit(1)


def draw(
    engagement: Annotated[str, typer.Argument(metavar="ENGAGEMENT", help="Folder of the engagement.")],
    journey: Annotated[str, typer.Argument(metavar="[JOURNEY]", help="Its id; may be left out if it is one.")] = "",
    version: Annotated[str, typer.Option(help="as-is or to-be; the as-is where there is one, if empty.")] = "",
    form: Annotated[str, typer.Option("--as", help=f"{', '.join(FORMATS)}; as --output ends, if empty.")] = "",
    output: Annotated[str, typer.Option(help="File to write; in reports/ or on the terminal if empty.")] = "",
) -> None:
    """Draw a journey map: as a page, a picture, a table, a Mermaid chart, or as the backlog of what is to change."""
    from cxkit._documents import write_atomic

    opened = cxkit.open_engagement(engagement)
    form = _form(form, output)
    pair = _pair(opened.root, journey)
    drawn = _version(pair, version)
    text = _drawn(opened, pair, drawn, form)
    if form in _PRINTED and not output:
        _say(text)
        return
    name = f"{drawn.id}.{drawn.version}{FORMATS[form]}"
    path = Path(output) if output else opened.root / "reports" / name
    if output and (path.is_dir() or not path.parent.is_dir()):
        what = f"{output!r} is a folder." if path.is_dir() else f"There is no folder {str(path.parent)!r}."
        raise ParameterError(what, hint=f"Name a file, such as {name}.")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, text)
    print(f"Drawn {path}")


def _say(text: str) -> None:
    """Print a text; what the terminal has no letters for becomes a question mark, rather than an end."""
    letters = getattr(sys.stdout, "encoding", None) or "utf-8"
    print(text.encode(letters, "replace").decode(letters), end="", flush=True)


def _difference(paths: list[str], journey: str) -> list[Line]:
    from cxkit.journey.diff import diff_engagement, diff_paths, read_folder

    if len(paths) == 2:
        return diff_paths(Path(paths[0]), Path(paths[1]), journey=journey)
    if len(paths) > 2 or not Path(paths[0]).is_dir():
        what = f"Two are held against each other; found {len(paths)}."
        hint = "Name two files of a journey, two engagements, or one engagement for its as-is against its to-be."
        raise ParameterError(what, hint=hint)
    return diff_engagement(read_folder(Path(paths[0]), journey))


def _form(form: str, output: str) -> str:
    from cxkit.journey.diff import unknown

    if not form:
        ends = Path(output).suffix.lower()
        return next((f for f, e in FORMATS.items() if e == ends), "html")
    if form not in FORMATS:
        raise unknown("format", form, FORMATS)
    return form


def _pair(root: Path, journey: str) -> JourneyPair:
    from cxkit.journey.diff import read_folder

    pairs = read_folder(root, journey)
    if len(pairs) > 1:
        hint = f"Name one of them: {', '.join(pairs)}."
        raise ParameterError(f"The engagement has {len(pairs)} journeys.", hint=hint)
    return next(iter(pairs.values()))


def _version(pair: JourneyPair, version: str) -> Journey:
    from cxkit.journey.diff import unknown

    there = {j.version: j for j in (pair.as_is, pair.to_be) if j}
    if version and version not in VERSIONS:
        raise unknown("version", version, VERSIONS)
    if version and version not in there:
        raise unknown("version", version, there)
    return there[version or next(iter(there))]  # pyright: ignore[reportArgumentType]


def _drawn(opened: cxkit.Engagement, pair: JourneyPair, drawn: Journey, form: str) -> str:
    from cxkit.journey import formats

    texts = {"csv": formats.map_csv, "mermaid": formats.map_mermaid, "mermaid-journey": formats.mermaid_journey}
    if form in texts:
        return texts[form](drawn)
    from cxkit.journey.sentences import JourneyState, Told

    view = _view(opened)
    state = _state(opened, view, pair)
    if form == "backlog":
        return _backlog(Told(view, state, drawn), pair)
    told = Told(view, state if drawn.version == "as-is" else JourneyState(to_be=drawn), drawn)
    return _svg(told) if form == "svg" else _page(told)


def _view(opened: cxkit.Engagement) -> View:
    """The evidence; where there is none, one that says so of each number."""
    from cxkit.journey.unmeasured import unmeasured_view

    try:
        view = opened.view()
    except EvidenceError as error:
        print(f"Note: drawn as not measured. {error.what} {error.hint}".rstrip(), file=sys.stderr)
        return unmeasured_view(opened.settings)
    if stale := opened.stale():
        print(f"Note: {stale}", file=sys.stderr)
    return view


def _state(opened: cxkit.Engagement, view: View, pair: JourneyPair) -> JourneyState:
    """The journey with the plays that act on its steps, where there is evidence and they read."""
    from cxkit.journey.told import JourneyState

    alone = JourneyState(pair.as_is, pair.to_be)
    if not view.manifest.evidence:
        return alone
    try:
        return next((j for j in opened.work(view).journeys if (j.as_is, j.to_be) == (pair.as_is, pair.to_be)), alone)
    except CxkitError as error:
        print(f"Note: drawn without plays. {error.what}", file=sys.stderr)
        return alone


def _backlog(told: Told, pair: JourneyPair) -> str:
    from cxkit.journey.backlog import backlog_csv

    missing = next((v for v, j in (("as-is", pair.as_is), ("to-be", pair.to_be)) if j is None), "")
    if missing:
        hint = "The backlog is what differs between the two; write both under journeys/."
        raise ParameterError(f"{told.journey.label!r} has no {missing}.", hint=hint)
    return backlog_csv(told)


def _svg(told: Told) -> str:
    from cxkit._svg_lanes import lanes_svg
    from cxkit._theme import theme_of
    from cxkit.journey.lanes import draw_map

    brand = told.view.manifest.client.brand
    return lanes_svg(draw_map(told), theme_of(accent=brand.accent, ink=brand.second, font=brand.font))


def _page(told: Told) -> str:
    """The finding, the map, how it was measured, and the paths that are not drawn, on a page of its own."""
    from cxkit._blocks import Header, Heading, Text
    from cxkit.journey.flows import stray_blocks
    from cxkit.journey.lanes import draw_map
    from cxkit.journey.sentences import edited, headline, lead, notes
    from cxkit.kpi.draw import draw_header
    from cxkit.report.page import build_page

    client = told.view.manifest.client
    plain = Header(
        client.name, language=client.language, logo=client.logo or "",
        accent=client.brand.accent, ink=client.brand.second, font=client.brand.font,
    )  # fmt: skip
    blocks: list[Block] = [
        draw_header(told.view) if told.view.manifest.evidence else plain,
        Heading(headline(told), level=1),
    ]
    blocks += [Text((lead(told),))] if told.study else []
    blocks += [Text((edited(told),))] if told.stale else []
    blocks += [draw_map(told)]
    said = notes(told)
    blocks += [Text(said, role="note")] if said else []
    blocks += stray_blocks(told)
    return build_page(blocks)
