"""The command line: parses, calls, prints. Heavy libraries are imported by the command that needs them."""

import atexit
import gc
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from pipelines import own_data
from pipelines.telling import progress
from pipelines.threshold import bunching, crossing
from sightline import __version__
from sightline.errors import BadInput, HomeInUse
from sightline.home import Home

if TYPE_CHECKING:
    from pipelines.run import Outcome

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Looks along the line of an NHS target and shows what the line does to what you see.",
)

HomeOption = Annotated[Path | None, typer.Option("--home", help="Where everything lies. Default: SIGHTLINE_HOME, else ./sightline-home.")]


def show_version(wanted: bool) -> None:
    """Print the version and leave."""
    if wanted:
        print(f"sightline {__version__}")
        raise typer.Exit


@app.callback()
def main(_version: Annotated[bool, typer.Option("--version", callback=show_version, is_eager=True, help="Show the version.")] = False) -> None:
    """Options of every command."""


@app.command()
def run(
    months: Annotated[list[str] | None, typer.Argument(help="With --reparse: only these months, such as 2024-05.", metavar="[MONTH]...")] = None,
    source: Annotated[
        str,
        typer.Option(
            "--source",
            envvar="SIGHTLINE_SOURCE",
            help="snapshot (real figures, offline), nhs (NHS England's website), sample (simulated figures), the http address of a mirror, "
            "or a folder or ZIP laid out as <host>/<path>.",
        ),
    ] = "snapshot",
    home: HomeOption = None,
    reparse: Annotated[
        list[str] | None, typer.Option("--reparse", metavar="DATASET", help="Read the files of a dataset anew and publish again; may be repeated.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing but what went wrong.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object in place of sentences.")] = False,
) -> None:
    """Fetch what is new, check it, publish it.

    Ends with 0: published, or nothing new. 1: published, but a file was held back. 3: nothing published.
    """
    from pipelines.run import run_nightly  # noqa: PLC0415

    place = Home.find(home)
    silent = quiet or as_json
    if not silent:
        print(f"home: {place.root}\nsource: {shown(source)}")
    if reparse or months:
        from pipelines.reparse import forget  # noqa: PLC0415

        with refusals():
            forgotten = forget(place, reparse or [], months or [])
        if not silent:
            print(f"to be read anew: {forgotten} {'file' if forgotten == 1 else 'files'}")
    try:
        with progress(silent=silent):
            outcome = run_nightly(place, source, anew=bool(reparse))
    except BadInput as error:
        print_refusal(str(error), as_json=as_json, home=place)
        raise typer.Exit(3) from None
    tell(outcome, place, silent=quiet, as_json=as_json)
    raise typer.Exit(outcome.exit_status)


def shown(source: str) -> str:
    """A source as it may be shown: an address, which may hold a user and a password, by its label."""
    from sightline.fetch import open_source  # noqa: PLC0415

    if not source.lower().startswith(("http:", "https:")) and ("@" not in source or Path(source).expanduser().exists()):
        return source
    try:
        return open_source(source).label
    except BadInput:
        return "an address that cannot be used"


@contextmanager
def refusals() -> Iterator[None]:
    """Input that cannot be used is one plain line and ends with 2; a home that another run holds ends with 3."""
    try:
        yield
    except BadInput as error:
        print(error, file=sys.stderr)
        raise typer.Exit(3 if isinstance(error, HomeInUse) else 2) from None


def published_home(home: Path | None) -> Home:
    """The home, where something is published; ends with 3 where nothing is."""
    place = Home.find(home)
    if not (place.published / "run.json").is_file():
        print(f"{place.root}: nothing is published. What to do: run: sightline run", file=sys.stderr)
        raise typer.Exit(3)
    return place


def tell(outcome: "Outcome", home: Home, *, silent: bool, as_json: bool) -> None:
    """What came of a run, and where to look at it."""
    from sightline import publish  # noqa: PLC0415

    facts = publish.published_run(home) or {}
    if as_json:
        known = {
            name: facts.get(name) for name in ("run", "source", "source_label", "newest_month", "months", "missing_months", "not_carried", "files")
        }
        print(
            json.dumps(
                {"status": outcome.status, "exit_status": outcome.exit_status, "lines": outcome.lines, **(doors(home) if facts else {}), **known},
                ensure_ascii=False,
            )
        )
        return
    for line in outcome.lines:
        print(line, file=sys.stderr)
    if silent:
        return
    print(f"{outcome.status}: {facts['months']} months to {facts['newest_month'][:7]}, {facts['source_label']}" if facts else outcome.status)
    if facts:
        for dataset in facts.get("not_carried", []):
            print(f"{dataset}: this source does not carry it")
        for dataset, months in facts.get("missing_months", {}).items():
            print(f"{dataset}: no file for {', '.join(months)}: gaps in the charts")
        for name, where in doors(home).items():
            print(f"  {name.replace('_', ' ') + ':':<12} {where}")


def doors(home: Home) -> dict[str, str]:
    """The three doors to what is published."""
    return {
        "board_pack": (home.published / "pack" / "index.html").as_uri(),
        "database": str(home.published / "sightline.duckdb"),
        "dagster": "make ui, then http://127.0.0.1:3000",
    }


def print_refusal(message: str, *, as_json: bool, home: Home) -> None:
    """An error in plain words; JSON for who asked for it."""
    if as_json:
        print(json.dumps({"status": "nothing published", "exit_status": 3, "lines": [message], "home": str(home.root)}, ensure_ascii=False))
    else:
        print(message, file=sys.stderr)


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="One SELECT, for example: select * from measure.definition")],
    home: HomeOption = None,
    form: Annotated[str, typer.Option("--format", help="table, csv or json.")] = "table",
) -> None:
    """Ask the published database; nothing can be changed. Ends with 2 for a query that cannot be run."""
    from pipelines import asking  # noqa: PLC0415

    try:
        print(asking.answer(Home.find(home), query, form))
    except BadInput as error:
        print(error, file=sys.stderr)
        raise typer.Exit(2) from None


app.command("crossing")(crossing)
app.command("bunching")(bunching)


@app.command()
def status(home: HomeOption = None, as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Say what is published, how the last run went, and what the publisher's calendar expects.

    Ends with 0: fresh. 1: stale (live source only), or something held back. 3: the last run failed, or nothing is published.
    """
    from pipelines import status as state  # noqa: PLC0415

    place = Home.find(home)
    try:
        found = state.status(place, datetime.now(UTC))
    except BadInput as error:
        print_refusal(str(error), as_json=as_json, home=place)
        raise typer.Exit(3) from None
    print(json.dumps(state.as_json(found), default=str, ensure_ascii=False) if as_json else "\n".join(state.lines(found)))
    raise typer.Exit(found.exit_status)


@app.command()
def export(
    destination: Annotated[Path, typer.Argument(metavar="DEST", help="A folder that is absent or empty, outside the home.")],
    home: HomeOption = None,
) -> None:
    """Copy what is published as plain files, with the board pack as one ZIP.

    Ends with 2: DEST cannot be used, nothing was written. 3: nothing is published.
    """
    from pipelines import export as exporting  # noqa: PLC0415

    place = published_home(home)
    with refusals():
        print(f"exported: {exporting.export(place, destination)}")


@app.command()
def verify(home: HomeOption = None) -> None:
    """Check every archived file, rebuild every table without a visit to any source, and compare with what is published.

    Ends with 0: all the same. 3: a file is damaged, a table differs, or nothing is published.
    """
    from pipelines import verify as verifying  # noqa: PLC0415

    place = published_home(home)
    with refusals(), progress(silent=False):
        found = verifying.verify(place)
    for line in verifying.lines(found):
        print(line)
    raise typer.Exit(0 if found.good else 3)


@app.command()
def prune(
    home: HomeOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be removed, and remove nothing.")] = False,
) -> None:
    """Remove what can be made again and is used no more. Never an original, nor anything that was declared."""
    from pipelines import prune as pruning  # noqa: PLC0415

    place = Home.find(home)
    with refusals():
        found = pruning.prune(place, dry_run=dry_run)
    for line in pruning.lines(found, place, dry_run=dry_run):
        print(line)


@app.command()
def digest(
    organisation: Annotated[list[str] | None, typer.Option("--organisation", help="Only this code, or ENG; may be repeated.")] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="YYYY-MM-DD", help="Since this day. Default: the publication before.")] = None,
    home: HomeOption = None,
) -> None:
    """Say what is new since the publication before: signals and what was taken back, a sentence each, and what chance alone would give.

    Ends with 0, whatever is new. 2: a day or code that cannot be used. 3: nothing is published.
    """
    from pipelines import digest as digesting  # noqa: PLC0415

    place = published_home(home)
    with refusals():
        for line in digesting.lines(place, organisation or [], since):
            print(line)


app.command("spc")(own_data.spc)

quarantine = typer.Typer(no_args_is_help=True, help="The files that are held back, and letting one in with a reason.")
app.add_typer(quarantine, name="quarantine")


@quarantine.command("list")
def list_held(home: HomeOption = None) -> None:
    """Say which files are held back, why, and what stays in their place."""
    from pipelines import quarantine as holding  # noqa: PLC0415

    place = published_home(home)
    with refusals():
        for line in holding.lines(holding.held(place)):
            print(line)


@quarantine.command("accept")
def accept_held(
    prefix: Annotated[str, typer.Argument(metavar="SHA256-PREFIX", help="The first digits of the file's SHA-256, as the list shows them.")],
    reason: Annotated[str, typer.Option("--reason", help="Why the file is right all the same.")],
    home: HomeOption = None,
) -> None:
    """Let in a file that was read and breaks an expectation. The entry stands in declared/accepted.toml."""
    from pipelines import quarantine as holding  # noqa: PLC0415

    place = published_home(home)
    with refusals():
        print(holding.accept(place, prefix, reason, datetime.now(ZoneInfo("Europe/London")).date()))


def tell_faults(faults: Sequence[object], sentence: str) -> None:
    """Every fault a line, then the sentence; ends with 2 where there is a fault."""
    for fault in faults:
        print(fault, file=sys.stderr)
    print(sentence)
    raise typer.Exit(2 if faults else 0)


declared = typer.Typer(no_args_is_help=True, help="What people declare of the charts: new phases, points left out, baselines (declared/phases.toml).")
app.add_typer(declared, name="declared")


@declared.command("check")
def check_declared(home: HomeOption = None) -> None:
    """Hold declared/phases.toml against what is published, and say what is declared. Every fault is a line.

    Ends with 0: all can be used. 2: something cannot.
    """
    from pipelines import declared as declaring  # noqa: PLC0415

    with refusals():
        found, sentence = declaring.check(Home.find(home))
    tell_faults(found.faults, sentence)


@declared.command("list")
def list_declared(home: HomeOption = None) -> None:
    """Say what is declared, why, by whom and since when: in this home, and what travels with sightline."""
    from pipelines import declared as declaring  # noqa: PLC0415

    with refusals():
        for line in declaring.lines(Home.find(home)):
            print(line)


@declared.command("suggest")
def suggest_declared(
    measure: Annotated[list[str] | None, typer.Option("--measure", help="Only this measure; may be repeated.")] = None,
    organisation: Annotated[list[str] | None, typer.Option("--organisation", help="Only this code, or ENG; may be repeated.")] = None,
    home: HomeOption = None,
) -> None:
    """Print where new phases may begin, with the evidence, as entries that a person can finish. Nothing is applied."""
    from pipelines import declared as declaring  # noqa: PLC0415

    place = published_home(home)
    with refusals():
        today = datetime.now(ZoneInfo("Europe/London")).date()
        for line in declaring.suggestions(place, measure or [], organisation or [], today):
            print(line)


change = typer.Typer(no_args_is_help=True, help="What was tried, and what the rows show since (declared/changes.toml).")
app.add_typer(change, name="change")


@change.command("check")
def check_changes(home: HomeOption = None) -> None:
    """Hold declared/changes.toml against what is published. Every fault is a line with file, line, and what was expected.

    Ends with 0: all can be used. 2: something cannot.
    """
    from pipelines import change as changing  # noqa: PLC0415

    with refusals():
        found, sentence = changing.check(Home.find(home))
    tell_faults(found.faults, sentence)


@change.command("list")
def list_changes(home: HomeOption = None) -> None:
    """Say what was tried, where, since when, what it hopes to move, and what the rows show since."""
    from pipelines import change as changing  # noqa: PLC0415

    with refusals():
        for line in changing.lines(Home.find(home)):
            print(line)


@change.command("add")
def add_change(
    name: Annotated[str, typer.Option("--name", help="A short name of its own.")],
    what: Annotated[str, typer.Option("--what", help="What was tried, in words.")],
    organisation: Annotated[list[str], typer.Option("--organisation", help="Where: a code, a region's code or ENG; may be repeated.")],
    start: Annotated[datetime, typer.Option("--from", formats=["%Y-%m", "%Y-%m-%d"], help="The first month with the change, such as 2026-04.")],
    hope: Annotated[list[str], typer.Option("--hope", metavar="MEASURE=up|down", help="A measure it hopes to move, and which way; may be repeated.")],
    look_again: Annotated[
        datetime, typer.Option("--look-again", formats=["%Y-%m", "%Y-%m-%d"], help="The month whose figures to wait for, such as 2026-10.")
    ],
    learning: Annotated[str, typer.Option("--learning", help="Who is learning: a role, not a name.")],
    label: Annotated[str | None, typer.Option("--label", help="A word or two for the chart.")] = None,
    source: Annotated[str | None, typer.Option("--source", help="Where this is written.")] = None,
    home: HomeOption = None,
) -> None:
    """Add a change that was tried, or is about to be, to declared/changes.toml. Ends with 2 where it cannot be used; nothing is written then."""
    from pipelines import change as changing  # noqa: PLC0415

    with refusals():
        words = {
            "name": name,
            "what": what,
            "organisation": organisation,
            "from": start.date(),
            "hopes": changing.hopes(hope),
            "look_again": look_again.date(),
            "learning": learning,
            "label": label,
            "source": source,
            "declared_on": datetime.now(ZoneInfo("Europe/London")).date(),
        }
        print(changing.add(Home.find(home), words))


def entry() -> Any:
    """The installed command; a closed pipe (``| head``) is no error."""
    gc.set_threshold(50_000, 20, 20)  # the millions of objects of heavy libraries stay: to look through them time and again costs seconds
    atexit.register(gc.freeze)  # else what Dagster and Great Expectations leave behind is looked through at the end, for two seconds
    try:
        return app()
    except BrokenPipeError:
        sys.stderr.close()
        return 0
