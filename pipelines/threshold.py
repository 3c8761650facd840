"""``sightline bunching`` and ``sightline crossing``: a person's own file to CSV files and one page, or to standard output."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from sightline.errors import BadInput
from sightline.own_data.read import read
from sightline.sources.spreadsheet import printable

#: "--out -": the estimates as CSV on standard output, and nothing else
STDOUT = "-"
_RANGE = re.compile(r"(\d{1,3})(?:\s*-\s*(\d{1,3}))?")


def crossing(
    file: Path, *, unit: str, month: str, line: str, placebos: str, out: str, week: str | None = None, count: str | None = None,
    minimum_pairs: int = 6, table: str | None = None, sheet: str | None = None, draw: Sequence[str] = (),
) -> str:  # fmt: skip
    """Read, test, write; what to print. A file with a column a week band is wide, one with columns of week and count is long.

    Raises :class:`sightline.errors.BadInput` as the reader and :func:`sightline.threshold.crossing` do.
    """
    from sightline.threshold import words  # noqa: PLC0415
    from sightline.threshold.crossing import stock_of, tested  # noqa: PLC0415

    lines, tried = weeks("--line", line), weeks("--placebos", placebos)
    if (week is None) != (count is None):
        raise BadInput(
            "--week and --count", expected="both, for a file with one row a week, or neither", seen="one of them", action="name the other column too"
        )
    if minimum_pairs < 1:
        raise BadInput("--minimum-pairs", expected="1 or more", seen=str(minimum_pairs), action="leave it out")
    frame = read(file, table=table, sheet=sheet)
    stock = stock_of(frame, unit=unit, month=month, week=week, count=count)
    unknown = sorted(set(draw) - set(stock.units))
    if unknown:
        raise BadInput("--draw", expected="units of the file", seen=printable(unknown[0]), action="check the name")
    result = tested(stock, lines, tried, minimum_pairs=minimum_pairs)
    if out == STDOUT:
        return result.estimates.write_csv().removesuffix("\n")
    from sightline.own_data import line_page  # noqa: PLC0415

    together = tested(stock.together(line_page.ALL_UNITS), lines, tried, minimum_pairs=minimum_pairs) if stock.units.len() > 1 else None
    tables = {"estimates": result.estimates, "placebos": result.placebos, "bands": result.bands, "base_rates": result.base_rates,
              "words": words.crossing_words(result)} | ({"together": together.estimates} if together else {})  # fmt: skip
    page = line_page.crossing_page(result, together, source=f"From {printable(file.name)}", draw=draw)
    return written(Path(out), tables, "crossing.html", page, told(result.estimates, ["line", "verdict"]))


def bunching(
    file: Path, *, bins: str, count: str, line: float, out: str, by: str | None = None, width: float | None = None,
    degree: int | None = None, left: int = 3, right: int = 0, round_numbers: Sequence[float] = (), notch: bool = False, correct: bool = False,
    lowest: float | None = None, highest: float | None = None, draws: int = 1000, seed: int = 1, table: str | None = None, sheet: str | None = None,
) -> str:  # fmt: skip
    """Read, estimate, write; what to print. Without a width it is the distance of the bins; without a degree, 7 for 70 bins and more, else 5.

    Raises :class:`sightline.errors.BadInput` as the reader and :func:`sightline.threshold.bunching` do.
    """
    from sightline import threshold  # noqa: PLC0415
    from sightline.threshold import words  # noqa: PLC0415
    from sightline.threshold.bunching import default_degree, distance  # noqa: PLC0415

    frame = read(file, table=table, sheet=sheet)
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
    return written(Path(out), tables, "bunching.html", page, told(result.estimates, ["verdict"]))


def weeks(option: str, text: str) -> list[int]:
    """``18,52`` or ``10-69`` or both, as whole weeks in order."""
    found: set[int] = set()
    for part in text.split(","):
        match = _RANGE.fullmatch(part.strip())
        if not match or (match[2] and int(match[2]) < int(match[1])):
            raise BadInput(option, expected="weeks such as 18,52 or 10-69", seen=repr(text[:60]), action="correct the option")
        found.update(range(int(match[1]), int(match[2] or match[1]) + 1))
    return sorted(found)


def told(estimates: pl.DataFrame, keys: list[str]) -> list[str]:
    """How many rows have which verdict."""
    counted = estimates.with_columns(pl.col("verdict").fill_null("no verdict in notch form")).group_by(keys).len().sort(keys)
    return [f"{'' if len(row) == 2 else f'{row[0]} weeks: '}{row[-2]}: {row[-1]}" for row in counted.iter_rows()]


def written(folder: Path, tables: Mapping[str, pl.DataFrame], page_name: str, page: str, lines: Sequence[str]) -> str:
    """Write the CSV files and the page into a folder, made where it is absent; what to print."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, rows in tables.items():
            rows.write_csv(folder / f"{name}.csv")
        (folder / page_name).write_text(page, "utf-8")
    except OSError as error:
        raise BadInput(
            "--out", expected="a folder that can be written to", seen=printable(error.strerror or error), action="name another folder"
        ) from None
    return "\n".join([*lines, f"page: {folder / page_name}"])
