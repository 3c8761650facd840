"""``sightline bunching`` and ``sightline crossing``: options, a person's own file, and what is printed."""

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sightline.errors import BadInput

if TYPE_CHECKING:
    import polars as pl

#: "--out -": the estimates as CSV on standard output, and nothing else
STDOUT = "-"
#: what the functions say is to be done about a setting
CHANGE = "change the setting"
_RANGE = re.compile(r"(\d{1,3})(?:\s*-\s*(\d{1,3}))?")


def crossing(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV, Parquet, DuckDB or Excel file: people waiting by unit, month end and week.")],
    unit: Annotated[str, typer.Option("--unit", metavar="COL", help="The column with the name of the unit.")],
    month: Annotated[str, typer.Option("--month", metavar="COL", help="The column with the month: YYYY-MM, or a date in it.")],
    line: Annotated[str, typer.Option("--line", metavar="WEEKS", help="The lines, such as 18,52.")],
    out: Annotated[str, typer.Option("--out", metavar="DIR|-", help="A folder for the page and the CSV files; - prints the estimates as CSV.")],
    placebos: Annotated[str, typer.Option("--placebos", metavar="WEEKS", help="Weeks tried as if they were lines.")] = "10-69",
    week: Annotated[str | None, typer.Option("--week", metavar="COL", help="One row a week: the column with the lower week of the band.")] = None,
    count: Annotated[str | None, typer.Option("--count", metavar="COL", help="One row a week: the column with the people.")] = None,
    minimum_pairs: Annotated[int, typer.Option("--minimum-pairs", help="Fewer pairs of neighbouring month ends cannot tell.")] = 6,
    draw: Annotated[list[str] | None, typer.Option("--draw", metavar="UNIT", help="A unit to be drawn; may be repeated.")] = None,
    table: Annotated[str | None, typer.Option("--table", help="The table of a DuckDB file with several.")] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", help="The sheet of a workbook with several.")] = None,
) -> None:
    """Test whether people leave a waiting list as they are about to cross a line, more than at weeks that are nobody's target.

    Ends with 2: the file or an option cannot be used.
    """
    with refusals():
        answer = _crossing(
            file, unit=unit, month=month, line=line, placebos=placebos, out=out, week=week, count=count, minimum_pairs=minimum_pairs,
            draw=draw or [], table=table, sheet=sheet,
        )  # fmt: skip
    print(answer)


def bunching(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV, Parquet, DuckDB or Excel file: counts by bin.")],
    bins: Annotated[str, typer.Option("--bin", metavar="COL", help="The column with the label of the bin.")],
    count: Annotated[str, typer.Option("--count", metavar="COL", help="The column with the count.")],
    line: Annotated[float, typer.Option("--line", help="The label of the last bin that meets the target.")],
    out: Annotated[str, typer.Option("--out", metavar="DIR|-", help="A folder for the page and the CSV files; - prints the estimates as CSV.")],
    by: Annotated[str | None, typer.Option("--by", metavar="COL", help="The column that names the series, where there are several.")] = None,
    width: Annotated[float | None, typer.Option("--width", help="The width of a bin. Default: the distance of the bins.")] = None,
    degree: Annotated[int | None, typer.Option("--degree", help="Degree of the polynomial. Default: 7 for 70 bins and more, else 5.")] = None,
    left: Annotated[int, typer.Option("--left", help="Bins of the window below the line.")] = 3,
    right: Annotated[int, typer.Option("--right", help="Bins of the window above the line.")] = 0,
    round_numbers: Annotated[list[str] | None, typer.Option("--round", help="Round numbers that people write down, such as 30,60.")] = None,
    notch: Annotated[bool, typer.Option("--notch", help="Only the excess at and below the line; the window above it holds the gap.")] = False,
    correct: Annotated[bool, typer.Option("--correct", help="Also with those below the line taken from above it.")] = False,
    lowest: Annotated[float | None, typer.Option("--lowest", help="The first bin that is used.")] = None,
    highest: Annotated[float | None, typer.Option("--highest", help="The last bin that is used.")] = None,
    draws: Annotated[int, typer.Option("--draws", help="Draws of the bootstrap.")] = 1000,
    seed: Annotated[int, typer.Option("--seed", help="Where the draws begin.")] = 1,
    table: Annotated[str | None, typer.Option("--table", help="The table of a DuckDB file with several.")] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", help="The sheet of a workbook with several.")] = None,
) -> None:
    """Estimate what gathers on the good side of a line, more than a smooth curve through the counts has there.

    Ends with 2: the file or an option cannot be used.
    """
    with refusals():
        answer = _bunching(
            file, bins=bins, count=count, line=line, out=out, by=by, width=width, degree=degree, left=left, right=right,
            round_numbers=_numbers("--round", round_numbers or []), notch=notch, correct=correct, lowest=lowest, highest=highest, draws=draws,
            seed=seed, table=table, sheet=sheet,
        )  # fmt: skip
    print(answer)


@contextmanager
def refusals() -> Iterator[None]:
    """Input that cannot be used is one plain line and ends with 2."""
    try:
        yield
    except BadInput as error:
        print(error, file=sys.stderr)
        raise typer.Exit(2) from None


@contextmanager
def of_the_file(file: Path, rows: "pl.Series") -> Iterator[None]:
    """Messages name the file, and its own number of a row, in place of the function and the row of the frame; a setting is named as the option."""
    from sightline.sources.spreadsheet import printable  # noqa: PLC0415

    try:
        yield
    except BadInput as error:
        place = re.sub(r"^threshold\.\w+", "", error.where)
        place = re.sub(r"^, row (\d+)", lambda found: f", row {rows[int(found[1]) - 1]}", place)
        where = f"--{place[2:].replace('_numbers', '')}" if error.action == CHANGE else f"{printable(file.name)}{place}"
        raise BadInput(where, expected=error.expected, seen=printable(error.seen), action=error.action) from None


def _crossing(
    file: Path, *, unit: str, month: str, line: str, placebos: str, out: str, week: str | None = None, count: str | None = None,
    minimum_pairs: int = 6, table: str | None = None, sheet: str | None = None, draw: Sequence[str] = (),
) -> str:  # fmt: skip
    """Read, test, write; give what to print. A file with a column a week band is wide, one with columns of week and count is long.

    Raises :class:`sightline.errors.BadInput` as the reader and :func:`sightline.threshold.crossing` do.
    """
    from sightline.own_data.read import ROW, numbered  # noqa: PLC0415
    from sightline.sources.spreadsheet import printable  # noqa: PLC0415
    from sightline.threshold import words  # noqa: PLC0415
    from sightline.threshold.crossing import stock_of, tested  # noqa: PLC0415

    lines, tried = weeks("--line", line), weeks("--placebos", placebos)
    if (week is None) != (count is None):
        raise BadInput(
            "--week and --count", expected="both, for a file with one row a week, or neither", seen="one of them", action="name the other column too"
        )
    if minimum_pairs < 1:
        raise BadInput("--minimum-pairs", expected="1 or more", seen=str(minimum_pairs), action="leave it out")
    frame = numbered(file, table=table, sheet=sheet)
    with of_the_file(file, frame[ROW]):
        stock = stock_of(frame.drop(ROW), unit=unit, month=month, week=week, count=count)
    unknown = sorted(set(draw) - set(stock.units))
    if unknown:
        raise BadInput("--draw", expected="units of the file", seen=printable(unknown[0]), action="check the name")
    with of_the_file(file, frame[ROW]):
        result = tested(stock, lines, tried, minimum_pairs=minimum_pairs)
    if out == STDOUT:
        return result.estimates.write_csv().removesuffix("\n")
    from sightline.own_data import line_page  # noqa: PLC0415

    together = tested(stock.together(line_page.ALL_UNITS), lines, tried, minimum_pairs=minimum_pairs) if stock.units.len() > 1 else None
    tables = {"estimates": result.estimates, "placebos": result.placebos, "bands": result.bands, "base_rates": result.base_rates,
              "words": words.crossing_words(result)} | ({"together": together.estimates} if together else {})  # fmt: skip
    page = line_page.crossing_page(result, together, source=f"From {printable(file.name)}", draw=draw)
    return written(Path(out), tables, page, told(result.estimates, ["line", "verdict"]))


def _bunching(
    file: Path, *, bins: str, count: str, line: float, out: str, by: str | None = None, width: float | None = None,
    degree: int | None = None, left: int = 3, right: int = 0, round_numbers: Sequence[float] = (), notch: bool = False, correct: bool = False,
    lowest: float | None = None, highest: float | None = None, draws: int = 1000, seed: int = 1, table: str | None = None, sheet: str | None = None,
) -> str:  # fmt: skip
    """Read, estimate, write; what to print. Without a width it is the distance of the bins; without a degree, 7 for 70 bins and more, else 5.

    Raises :class:`sightline.errors.BadInput` as the reader and :func:`sightline.threshold.bunching` do.
    """
    from sightline import threshold  # noqa: PLC0415
    from sightline.own_data.read import ROW, numbered  # noqa: PLC0415
    from sightline.sources.spreadsheet import printable  # noqa: PLC0415
    from sightline.threshold import words  # noqa: PLC0415
    from sightline.threshold.bunching import default_degree, distance  # noqa: PLC0415

    rows = numbered(file, table=table, sheet=sheet)
    frame = rows.drop(ROW)
    with of_the_file(file, rows[ROW]):
        width = distance(frame, bins) if width is None else width
        degree = default_degree(frame, bins, lowest, highest) if degree is None else degree
        result = threshold.bunching(
            frame, bin=bins, count=count, line=line, width=width, degree=degree, left=left, right=right,
            round_numbers=round_numbers, notch=notch, correct=correct, lowest=lowest, highest=highest, draws=draws, seed=seed, by=by,
        )  # fmt: skip
    if out == STDOUT:
        return result.estimates.write_csv().removesuffix("\n")
    from sightline.own_data import line_page  # noqa: PLC0415

    tables = {
        "estimates": result.estimates,
        "counterfactual": result.counterfactual,
        "grid": result.grid,
        "words": words.bunching_words(result, line=line),
    }
    page = line_page.bunching_page(result, line=line, width=width, label=bins, source=f"From {printable(file.name)}")
    return written(Path(out), tables, page, told(result.estimates, ["verdict"]))


def weeks(option: str, text: str) -> list[int]:
    """``18,52`` or ``10-69`` or both, as whole weeks in order."""
    found: set[int] = set()
    for part in text.split(","):
        match = _RANGE.fullmatch(part.strip())
        if not match or (match[2] and int(match[2]) < int(match[1])):
            raise BadInput(option, expected="weeks such as 18,52 or 10-69", seen=repr(text[:60]), action="correct the option")
        found.update(range(int(match[1]), int(match[2] or match[1]) + 1))
    return sorted(found)


def _numbers(option: str, texts: Sequence[str]) -> list[float]:
    """``30,60``, or one number each time the option is given."""
    try:
        return [float(part) for text in texts for part in text.split(",")]
    except ValueError:
        raise BadInput(option, expected="numbers such as 30,60", seen=repr(",".join(texts)[:60]), action="correct the option") from None


def told(estimates: "pl.DataFrame", keys: list[str]) -> list[str]:
    """How many rows have which verdict."""
    import polars as pl  # noqa: PLC0415

    counted = estimates.with_columns(pl.col("verdict").fill_null("no verdict in notch form")).group_by(keys).len().sort(keys)
    return [f"{'' if len(row) == 2 else f'{row[0]} weeks: '}{row[-2]}: {row[-1]}" for row in counted.iter_rows()]


def written(folder: Path, tables: "Mapping[str, pl.DataFrame]", page: str, lines: Sequence[str]) -> str:
    """Write the CSV files and the page into a folder, all or nothing; give what to print."""
    from sightline.own_data.write import whole  # noqa: PLC0415

    with whole(folder) as making:
        for name, rows in tables.items():
            rows.write_csv(making / f"{name}.csv")
        (making / "index.html").write_text(page, "utf-8", newline="\n")
    return "\n".join([*lines, f"written: {folder / 'index.html'}"])
