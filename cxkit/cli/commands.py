"""The commands: each parses, calls one function, and prints."""

from __future__ import annotations

import datetime as dt
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Annotated

import typer

import cxkit
from cxkit.cli.maps import add_map_commands
from cxkit.cli.printed import (
    print_flaws,
    print_left_out,
    print_message,
    print_plays,
    print_scorecard,
    print_uses,
    read_lines,
)
from cxkit.errors import CxkitError

__all__ = ["app", "main"]

app = typer.Typer(
    name="cxkit",
    help="From a client's exports to numbers with their uncertainty, and to reports worth reading out.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
add_map_commands(app)

Folder = Annotated[str, typer.Argument(metavar="ENGAGEMENT", help="Folder of the engagement.")]
Period = Annotated[str, typer.Option(help="latest, 2026, 2026-H1, 2026-Q3 or 2026-10.")]
Audience = Annotated[str, typer.Option(help="executive, client or team.")]
Deadline = Annotated[float, typer.Option(min=1, help="Seconds that one report may take.")]

_MENDABLE, _FAILED, _UNEXPECTED = 2, 1, 70


def main() -> None:
    """Run a command; every expected failure leaves here, with an exit code and without a traceback."""
    try:
        app()
    except CxkitError as error:
        _complain(str(error))
        sys.exit(_MENDABLE)
    except KeyboardInterrupt:
        _complain("Stopped.")
        sys.exit(130)
    except BrokenPipeError:
        # The reader of a pipe went away, as `head` does.
        sys.stderr.close()
        sys.exit(_FAILED)
    except OSError as error:
        _complain(
            f"{error.strerror or error}.\n  at {error.filename or 'this machine'}\n\nHint: check rights and space."
        )
        sys.exit(_MENDABLE)
    except Exception as error:
        _complain(_unexpected(error))
        sys.exit(_UNEXPECTED)


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(help="Folder to create.")],
    client: Annotated[str, typer.Option(help="The client's name; the folder's name if empty.")] = "",
    template: Annotated[str, typer.Option(help="Template to start from.")] = "contract",
) -> None:
    """Start an engagement: a folder ready for the exports."""
    from cxkit.new import create_engagement

    made = create_engagement(folder, client=client or folder.name, template=template, today=_today())
    print(f"Created {made}.\n\nNext: put the exports under {made / 'data'}, say in {made / 'sources.yaml'}")
    print(f"what their columns mean, and run `cxkit check {made}`.")


@app.command()
def check(
    engagement: Folder,
    every: Annotated[bool, typer.Option("--all", help="Write out every fault, however many are alike.")] = False,
    message: Annotated[bool, typer.Option("--message", help="Print the message that asks the client instead.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Fail for errors and warnings of the maps, too.")] = False,
) -> None:
    """List every fault of every export, what the exports are good for, and what to mend in the maps.

    Exit code 2 if an export has a fault; with --strict, also if a map has an error or a warning.
    """
    from cxkit.data.faults import list_faults

    found = cxkit.open_engagement(engagement).check(today=_today())
    if message:
        print_message(found)
        return
    for line in read_lines(found.sources):
        print(line)
    for line in found.arrivals:
        print(f"Since the last measurement: {line}.")
    for note in found.notes:
        print(f"Note: {note}")
    print_uses(found)
    print_flaws(found)
    if found.sound:
        mended = "Nothing to mend in the exports" if found.flaws else "Nothing to mend"
        print(f"\n{mended}. KPIs that are measured: {', '.join(found.kpis) or 'none'}.")
        if more := [p.id for p in found.possible if not p.lacks and not p.chosen]:
            print(f"Others that can be, if `kpis` in engagement.yaml names them: {', '.join(sorted(more))}.")
        if strict and any(f.severity != "note" for f in found.flaws):
            raise typer.Exit(_MENDABLE)
        return
    print(f"\n{list_faults(found.faults, most=None if every else 5)}")
    total, rows = len(found.faults), sum(f.count for f in found.faults)
    more = f", {rows:,} rows" if rows > total else ""
    print(
        f"\n{total:,} fault{'' if total == 1 else 's'} in {len({f.file for f in found.faults})} file(s){more}.",
        file=sys.stderr,
    )
    raise typer.Exit(_MENDABLE)


@app.command("map")
def propose(
    file: Annotated[Path, typer.Argument(help="An export, as it came.")],
    table: Annotated[str, typer.Option(help="The table that it is, such as responses; found if empty.")] = "",
    into: Annotated[str, typer.Option(help="Engagement whose sources.yaml the mapping is added to.")] = "",
) -> None:
    """Propose a mapping for an export, with reasons and doubts, as YAML to edit."""
    from cxkit.data.mapping.as_yaml import add_mappings, mapping_text
    from cxkit.data.mapping.propose import propose_mapping

    root = cxkit.open_engagement(into).root if into else None
    proposals = propose_mapping(file, table=table, root=root)
    print("\n".join(map(mapping_text, proposals)))
    if root:
        print(f"Added to {root / 'sources.yaml'}: {', '.join(add_mappings(proposals, root=root))}.")


@app.command()
def measure(engagement: Folder) -> None:
    """Measure the KPIs and write the evidence."""
    from cxkit.kpi.changed import changed_lines

    opened = cxkit.open_engagement(engagement)
    manifest = opened.measure(today=_today())
    for line in read_lines(manifest.sources):
        print(line)
    for note in [*manifest.notes, *(f"{s.label}: {n}" for s in manifest.studies for n in s.notes)]:
        print(f"Note: {note}")
    print_scorecard(opened)
    for line in changed_lines(opened.view()):
        print(line)
    print_left_out(opened, manifest)
    print(f"\nEvidence {manifest.evidence} in {opened.root / 'evidence'}")


@app.command()
def recommend(engagement: Folder, period: Period = "latest") -> None:
    """Say which plays the numbers call for, and write the worklists of those who act."""
    opened = cxkit.open_engagement(engagement)
    view = opened.view(period)
    if stale := opened.stale():
        _complain(f"Note: {stale}")
    plays, worklists = opened.recommend(view, today=_today())
    print_plays(view, plays)
    for listed in worklists:
        if listed.path is None:
            print(f"No worklist for {listed.play}: {listed.why}.")
            continue
        print(f"Worklist {listed.path}: {listed.rows:,} customers, {listed.without_consent:,} left out without consent")


@app.command()
def explain(
    kpi: Annotated[str, typer.Argument(metavar="KPI", help="Id or name of the KPI, such as NPS.")],
    engagement: Annotated[
        str, typer.Argument(metavar="[ENGAGEMENT]", help="Folder of the engagement; this one if empty.")
    ] = ".",
    segment: Annotated[str, typer.Option(help="A value of any dimension, such as South.")] = "",
    where: Annotated[list[str] | None, typer.Option(help="region=South; two of a declared pair.")] = None,
    period: Period = "latest",
    against: Annotated[str, typer.Option(help="A folder of releases/, to compare with what was handed over.")] = "",
    sql: Annotated[bool, typer.Option("--sql", help="Print only the SELECT that gives the number.")] = False,
) -> None:
    """Say what one number means, what it rests on, and what it can be told apart from."""
    from cxkit._blocks import Code
    from cxkit._plain import plain
    from cxkit.kpi.lookup import read_where
    from cxkit.report.release import read_release

    opened = cxkit.open_engagement(engagement)
    view, chosen = opened.view(period), read_where(where or [])
    if stale := opened.stale():
        _complain(f"Note: {stale}")
    handed = next((p for p in (opened.root / against, Path(against)) if p.is_dir()), Path(against))
    then = read_release(handed) if against else None
    blocks = cxkit.explain(view, kpi, segment=segment, where=chosen, against=then).blocks
    told = [b.text for b in blocks if isinstance(b, Code)] if sql else [plain(b) for b in blocks]
    print("\n\n".join(told) or "No SELECT was written for it.")


@app.command()
def report(
    engagement: Folder,
    period: Period = "latest",
    audience: Audience = "client",
    output: Annotated[str, typer.Option(help="HTML file to write; in the engagement's reports/ if empty.")] = "",
    release: Annotated[bool, typer.Option("--release", help="Copy report and evidence to releases/.")] = False,
    deadline: Deadline = 300,
) -> None:
    """Write one report, a single HTML file."""
    from cxkit.report.execute import warm_up
    from cxkit.report.make import make_report
    from cxkit.report.parameters import read_parameters

    given = {"engagement": engagement, "period": period, "audience": audience}
    parameters = read_parameters(given | ({"output": output} if output else {}))
    warm_up()
    made = make_report(parameters, today=_today(), deadline=deadline)
    print(f"Report {made.path}  (evidence {made.evidence}, {made.seconds:.1f} s)")
    opened = cxkit.open_engagement(engagement)
    print_left_out(opened, opened.evidence().manifest)
    if release:
        from cxkit.report.release import release_report

        print(f"Released to {release_report(made, engagement=opened)}")


@app.command()
def batch(
    engagements: Annotated[list[str], typer.Argument(help="Engagement folders, a glob, or a clients.csv.")],
    into: Annotated[Path, typer.Option(help="Folder for reports, ledger and index.")] = Path("reports"),
    period: Period = "latest",
    audience: Audience = "client",
    jobs: Annotated[int, typer.Option(min=0, max=256, help="Parallel processes; 0 for one per core.")] = 0,
    deadline: Deadline = 300,
) -> None:
    """Write a report for each of many clients.

    One failure does not stop the rest. Exit code 1 if any failed.
    """
    _batch(engagements, into=into, period=period, audiences=[audience], jobs=jobs, deadline=deadline)


@app.command()
def serve(
    engagement: Folder,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on this machine; 0 for a free one.")] = 8866,
    address: Annotated[
        str, typer.Option(help="Behind a proxy: what visitors call it, https://dash.example/acme/.")
    ] = "",
    socket: Annotated[str, typer.Option(help="Behind a proxy: Unix socket to listen on instead of a port.")] = "",
    token: Annotated[bool, typer.Option(help="Ask for a token; not, only behind a proxy that logs people in.")] = True,
    browse: Annotated[bool, typer.Option("--open/--no-open", help="Show it in a browser.")] = False,
    fresh: Annotated[bool, typer.Option("--measure", help="Measure first where the exports are newer.")] = False,
) -> None:
    """Serve the dashboard to this machine, or to a proxy on it."""
    from cxkit._surroundings import quick_imports
    from cxkit.report.make import bring_up_to_date

    with quick_imports():
        from cxkit.serve.app import serve_dashboard
    opened = cxkit.open_engagement(engagement)
    if fresh and bring_up_to_date(opened, today=_today()):
        print(f"Measured {engagement}.")
    elif stale := opened.stale():
        _complain(f"Note: {stale}")
    serve_dashboard(
        opened,
        port=port,
        token=None if token else "",
        address=address,
        socket=socket,
        open_browser=browse,
        on_ready=lambda url: print(f"The dashboard is open at\n\n    {url}\n\nEnd it with Ctrl+C.", flush=True),
    )


@app.command()
def demo(
    into: Annotated[Path, typer.Option(help="Folder for the reports.")] = Path("reports"),
) -> None:
    """Write the reports of the sample engagements."""
    from cxkit.samples import sample_engagements

    folders = [str(p) for p in sample_engagements(into)]
    _batch(folders, into=into, period="latest", audiences=["client", "executive"], jobs=0, deadline=300)


@app.callback(invoke_without_command=True)
def _options(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        print(cxkit.__version__)
        raise typer.Exit


def _batch(given: list[str], *, into: Path, period: str, audiences: list[str], jobs: int, deadline: float) -> None:
    from cxkit.report.batch import run_batch
    from cxkit.report.items import read_items
    from cxkit.report.progress import BatchProgress

    items = [i for a in audiences for i in read_items(given, into=into, period=period, audience=a)]
    with BatchProgress() as progress:
        made = run_batch(items, into=into, today=_today(), jobs=jobs or None, deadline=deadline, on_event=progress)
    for entry in made.failed:
        _complain(f"\n{entry.client} ({entry.item}): {entry.status}\n{entry.reason}")
    parts = [f"{made.done} made", f"{made.skipped} up to date", f"{len(made.failed)} failed"]
    print(f"\n{', '.join(parts)} in {made.seconds:.0f} s ({made.rate:.1f} a minute)\nAll reports: {made.index}")
    if made.failed:
        raise typer.Exit(_FAILED)


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).astimezone().date()


def _complain(text: str) -> None:
    print(text, file=sys.stderr)


def _unexpected(error: Exception) -> str:
    """What to say of a fault of cxkit itself; the traceback goes to a file, since it may show a client's values."""
    with tempfile.NamedTemporaryFile("w", prefix="cxkit-fault-", suffix=".log", delete=False, encoding="utf-8") as log:
        log.write(f"cxkit {cxkit.__version__}, Python {sys.version}\n\n")
        log.write("".join(traceback.format_exception(error)))
    return (
        f"cxkit met a fault of its own: {type(error).__name__}.\n\n"
        f"Hint: please report it with the file {log.name}\n"
        "after reading it through: it may show values of the client's data. Nothing was written half."
    )
