"""The commands for a person's own data: options, progress on a terminal, and what is printed."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from sightline.errors import BadInput
from sightline.progress import listener


@contextmanager
def progress_on_stderr() -> Iterator[None]:
    """Bars on stderr while the body runs, where that is a terminal; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console  # noqa: PLC0415

    from pipelines.telling import bars  # noqa: PLC0415

    with bars(Console(stderr=True)) as tell:
        token = listener.set(tell)
        try:
            yield
        finally:
            listener.reset(token)


def spc(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .csv, .parquet, .duckdb or .xlsx file with headings, one row a date and series.")],
    value: Annotated[str, typer.Option("--value", metavar="COL", help="The column of figures; with --denominator the numerators.")],
    out: Annotated[str, typer.Option("--out", metavar="DIR", help="A new folder, or a former output; - prints the points as CSV.")],
    date: Annotated[str | None, typer.Option("--date", metavar="COL", help="The column of dates; without it the rows are counted.")] = None,
    denominator: Annotated[str | None, typer.Option("--denominator", metavar="COL", help="What the figures are divided by.")] = None,
    by: Annotated[list[str] | None, typer.Option("--by", metavar="COL", help="A column that tells series apart; may be repeated.")] = None,
    chart: Annotated[str, typer.Option("--chart", help="xmr, run, mr, p, pp, u, up, c, cp, g, t, ip, xbar or s.")] = "xmr",
    direction: Annotated[str, typer.Option("--direction", help="Which way is better: up, down or neither.")] = "neither",
    target: Annotated[float | None, typer.Option("--target", help="The target, in the unit of the value plotted.")] = None,
    target_column: Annotated[str | None, typer.Option("--target-column", metavar="COL", help="A column with the target of each date.")] = None,
    second_target: Annotated[float | None, typer.Option("--second-target", help="One more line, drawn and named, judged by nothing.")] = None,
    rebase: Annotated[list[str] | None, typer.Option("--rebase", metavar="DATE", help="First date of a new phase; may be repeated.")] = None,
    baseline: Annotated[int | None, typer.Option("--baseline", metavar="N", help="The first N points of each phase set the limits.")] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option("--exclude", metavar="DATE[: REASON]", help="A date, or a place from 1, that is drawn and not used; may be repeated."),
    ] = None,
    screen: Annotated[bool | None, typer.Option("--screen/--no-screen", help="Leave large moving ranges out once.")] = None,
    constant: Annotated[float | None, typer.Option("--constant", help="What the mean moving range is multiplied by: 2.66.")] = None,
    centre_line: Annotated[float | None, typer.Option("--centre-line", help="A centre line in place of the mean.")] = None,
    multiply: Annotated[float, typer.Option("--multiply", help="Show values multiplied, such as 1000 for rates per 1,000.")] = 1,
    negative: Annotated[bool, typer.Option("--negative/--no-negative", help="Let limits lie below 0.")] = True,
    shift: Annotated[int, typer.Option("--shift", metavar="N", help="Points of a shift.")] = 7,
    trend: Annotated[int, typer.Option("--trend", metavar="N", help="Points of a trend.")] = 7,
    two_of_three: Annotated[str | None, typer.Option("--two-of-three", help="beyond_two_sigma or between_two_and_three_sigma.")] = None,
    run_method: Annotated[str, typer.Option("--run-method", help="anhoej, bestbox or cutbox.")] = "anhoej",
    like: Annotated[str, typer.Option("--like", help="The choices of nhsrplotthedots, qicharts2, powerbi-spc or excel.")] = "sightline",
    settings: Annotated[Path | None, typer.Option("--settings", metavar="FILE", help="A file with a row a series that differs.")] = None,
    table: Annotated[str | None, typer.Option("--table", metavar="NAME", help="The table of a DuckDB file.")] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", metavar="NAME", help="The sheet of a workbook.")] = None,
    date_format: Annotated[str | None, typer.Option("--date-format", metavar="FORMAT", help="How dates are written, such as dd/mm/yyyy.")] = None,
    title: Annotated[str | None, typer.Option("--title", help="The page's title. Default: the name of the file.")] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Print how each limit came about.")] = False,
) -> None:
    """Draw run charts and control charts of your own data: pictures, tables and one page.

    Ends with 0: written. 2: the file or an option cannot be used; nothing was written.
    """
    try:
        from sightline.own_data import explain as explaining  # noqa: PLC0415
        from sightline.own_data.chart import Asked, charted, excluded  # noqa: PLC0415
        from sightline.own_data.output import write  # noqa: PLC0415
        from sightline.own_data.read import numbered  # noqa: PLC0415
        from sightline.own_data.series import every_series  # noqa: PLC0415
        from sightline.own_data.write import refuse_other_files  # noqa: PLC0415

        to_stdout = out == "-"
        if not to_stdout:
            refuse_other_files(Path(out).absolute())
        asked = Asked(
            file=file.name, settings_file=settings.name if settings else "settings", date_format=date_format, second_target=second_target,
            value=value, date=date, denominator=denominator, by=tuple(by or ()), chart=chart, direction=direction, target=target,
            target_column=target_column, rebase=tuple(rebase or ()), baseline=baseline, exclude=excluded(exclude or []), screen=screen,
            constant=constant, centre_line=centre_line, multiply=multiply, negative=negative, shift=shift, trend=trend,
            two_of_three=two_of_three, run_method=run_method, like=like,
        )  # fmt: skip
        found = charted(numbered(file, table=table, sheet=sheet), asked, numbered(settings) if settings else None)
        series = [replace(one, name=title) if title and not by else one for one in every_series(found, asked)]
        if explain:
            for one in series:
                print("\n".join(explaining.lines(one)), file=sys.stderr if to_stdout else sys.stdout)
        if to_stdout:
            sys.stdout.write(found.points.write_csv())
            return
        with progress_on_stderr():
            write(found, series, Path(out), title=title or file.stem, source=f"From {file.name}")
        print(f"written: {Path(out) / 'index.html'}, {len(series):,} series")
    except BadInput as error:
        print(error, file=sys.stderr)
        raise typer.Exit(2) from None
