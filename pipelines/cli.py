"""The command line: parses, calls, prints. Heavy libraries are imported by the command that needs them."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.telling import progress
from sightline import __version__
from sightline.errors import BadInput
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
    source: Annotated[
        str, typer.Option("--source", help="snapshot (real figures, offline), or a folder or ZIP laid out as <host>/<path>.")
    ] = "snapshot",
    home: HomeOption = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing but what went wrong.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object in place of sentences.")] = False,
) -> None:
    """Fetch what is new, check it, publish it.

    Ends with 0: published, or nothing new. 1: published, but a file was held back. 3: nothing published.
    """
    place = Home.find(home)
    silent = quiet or as_json
    if not silent:
        print(f"home: {place.root}\nsource: {source}")
    try:
        from pipelines.run import run_nightly  # noqa: PLC0415  Dagster takes a second to import

        with progress(silent=silent):
            outcome = run_nightly(place, source)
    except BadInput as error:
        print_refusal(str(error), as_json=as_json, home=place)
        raise typer.Exit(3) from None
    tell(outcome, place, silent=quiet, as_json=as_json)
    raise typer.Exit(outcome.exit_status)


def tell(outcome: "Outcome", home: Home, *, silent: bool, as_json: bool) -> None:
    """What came of a run, and where to look at it."""
    from sightline import publish  # noqa: PLC0415

    facts = publish.published_run(home) or {}
    if as_json:
        known = {name: facts.get(name) for name in ("run", "source", "source_label", "newest_month", "months", "missing_months", "files")}
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


def entry() -> Any:
    """The installed command; a closed pipe (``| head``) is no error."""
    try:
        return app()
    except BrokenPipeError:
        sys.stderr.close()
        return 0
