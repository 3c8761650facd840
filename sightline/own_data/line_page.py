"""One page on what happens at a line, from a person's own data: complete in itself, nothing loaded from outside, every text escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from sightline import __version__
from sightline.charts import at_the_line as charts
from sightline.charts.at_the_line import Drawing
from sightline.charts.figures import month_name
from sightline.pack import pictograms
from sightline.pack.pages import HERE as PACK_TEMPLATES
from sightline.threshold.bunching import Bunching
from sightline.threshold.crossing import BREAK, COUNTED, Crossing
from sightline.threshold.words import (
    NOT_SHOWN,
    TITLES,
    Reading,
    about,
    base_rate_words,
    bunching_words,
    capital,
    crossing_words,
    in_words,
    per_cent,
    signed,
)  # fmt: skip

#: so many units, or series, are drawn; the tables and the CSV files hold all
MOST_DRAWN = 6
ALL_UNITS = "All units together"
DASH = "–"


class Section(NamedTuple):
    """One unit or series: its figures, a note a line, its readings in six parts."""

    name: str
    figures: Sequence[Drawing]
    notes: Sequence[tuple[str, str]]
    readings: Sequence[tuple[str, Reading]]


class Table(NamedTuple):
    """Rows of figures as text, and what is said above them."""

    name: str
    said: str
    caption: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    folded: bool


class Page(NamedTuple):
    """All that a page shows."""

    title: str
    kick: str
    lead: str
    sections: Sequence[Section]
    tables: Sequence[Table]
    method: str
    caveat: str
    source: str


def crossing_page(result: Crossing, together: Crossing | None, *, source: str, draw: Sequence[str] = ()) -> str:
    """The page of crossing cohorts. `together` is the result of all units summed, where there is more than one; `draw` names units to be drawn."""
    whole, units = together or result, result.estimates["unit"].unique().sort().to_list()
    lines = result.estimates["line"].unique().sort().to_list()
    chosen = [unit for unit in units if unit in draw] or (units if len(units) <= MOST_DRAWN else [])
    first = whole.estimates["unit"][0]
    sections = [_crossing_section("" if unit == first else unit, place, unit, found, lines)
                for place, (unit, found) in enumerate([(first, whole), *((unit, result) for unit in chosen if together is not None)])]  # fmt: skip
    said = crossing_words(whole)
    telling = said.filter(pl.col("verdict") == BREAK)["seen"]
    page = Page(
        title=_crossing_title(whole, lines),
        kick=f"Leaving at the line · {'one unit' if len(units) == 1 else f'{len(units)} units'}, {_span(whole)}",
        lead=f"{telling[0] if telling.len() else said['seen'][0]} {base_rate_words(result.base_rates)}",
        sections=sections,
        tables=[_base_rates(result), _all_units(result)],
        method="Each week band of one month end is carried forward by the days between the two month ends, start dates weighed by working days "
        "and bank holidays. What is still there is divided by what was carried forward. The four bands that cross a line are held "
        "against four below and four above on a logarithmic scale; the median of the same at weeks that are nobody's target is taken "
        "off, and their scatter is the uncertainty. docs/METHODS.md has the formulas.",
        caveat=f"{NOT_SHOWN} A break at a line is not bad in itself: treating people before a limit is what a limit asks for.",
        source=source,
    )
    return _filled(page)


def bunching_page(result: Bunching, *, line: float, width: float, label: str, source: str) -> str:
    """The page of bunching: a section a series, at most six of them, and the table of all."""
    estimates, words = result.estimates, bunching_words(result, line=line)
    by = "series" in estimates.columns
    names = estimates["series"].to_list() if by else [""]
    sections = [
        _bunching_section(name, place, result, words.row(place, named=True), line, width, label) for place, name in enumerate(names[:MOST_DRAWN])
    ]
    said = words["verdict"].drop_nulls().unique().sort().to_list()
    title = f"At {line:g}: {said[0]}" if len(said) == 1 else f"Counts about {line:g}"
    page = Page(
        title=title,
        kick=f"Bunching · {label}{f', {len(names)} series' if by else ''}, line at {line:g}",
        lead=words["seen"][0],
        sections=sections,
        tables=[_bunching_table(result, names), *([_grid_table(result)] if result.grid.height and not by else [])],
        method="A polynomial, with terms for round numbers where they are asked for, is fitted by least squares to the counts outside the "
        "shaded window. The excess is what the counts in the window have beyond the curve; b is the excess over the curve's mean there. "
        "Every other value is tried as if it were the line, and thirty other ways of fitting are tried; the interval is of a residual "
        "bootstrap and knows nothing of a badly chosen curve. docs/METHODS.md has the formulas.",
        caveat=f"{NOT_SHOWN} A pile before a limit is not bad in itself: it fits care that came sooner as well as a record that came sooner.",
        source=source,
    )
    return _filled(page)


# ---------------------------------------------------------------------------------------------------------- sections


def _crossing_title(whole: Crossing, lines: Sequence[int]) -> str:
    broken = whole.estimates.filter(pl.col("verdict") == BREAK)["line"].to_list()
    if broken:
        return f"Fewer people than their neighbours were still waiting just past {_listed(broken)} weeks"
    return f"No break is called at {_listed(lines)} weeks"


def _span(result: Crossing) -> str:
    """The first and the last month end that is used."""
    ends = result.bands.select(pl.col("month_from").min(), pl.col("month_from").max().dt.offset_by("1mo").alias("month_to"))
    return f"{month_name(ends['month_from'][0])} to {month_name(ends['month_to'][0])}" if result.bands.height else "no two neighbouring months"


def _crossing_section(name: str, place: int, unit: str, result: Crossing, lines: Sequence[int]) -> Section:
    mine = pl.col("unit") == unit
    rows = crossing_words(result).filter(mine)
    readings = [(f"{row['line']} weeks", Reading(*(row[part] for part in Reading._fields))) for row in rows.iter_rows(named=True)]
    notes = [(f"{row['line']} weeks", f"{capital(row['verdict'])}. {row['how_much']}") for row in rows.iter_rows(named=True)]
    return Section(name, _crossing_figures(result, unit, lines, f"u{place}"), notes, readings)


def _crossing_figures(result: Crossing, unit: str, lines: Sequence[int], name: str) -> list[Drawing]:
    mine = pl.col("unit") == unit
    bands = result.bands.filter(mine).group_by("band").agg(pl.col("predicted", "actual").sum()).filter(pl.col("predicted") > 0).sort("band")
    shown = bands.filter(pl.col("band") <= max(lines) + 16).with_columns(share=100 * pl.col("actual") / pl.col("predicted"))
    if not shown.height:
        return []
    pairs = result.bands.filter(mine)["month_from"].n_unique()
    pooled = f"{in_words(pairs)} pair{'' if pairs == 1 else 's'} of month ends pooled"
    figures = [
        charts.drawn(charts.still_waiting(shown, lines), name=f"{name}s", title="Share still waiting a month later",
                     subtitle=f"Per cent of the people carried forward, by week band, {pooled}.",
                     caption="Diamonds in shaded bands: people who crossed the line between two month ends. Points: everyone else."),
        charts.drawn(charts.carried_forward(shown, lines), name=f"{name}c", title="People carried forward, and people still there", form="half",
                     subtitle=f"People by week band, {pooled}.",
                     caption="Dashed: carried forward from the month before. Solid: still waiting. Shaded: the crossing bands."),
    ]  # fmt: skip
    placebos, tested = result.placebos.filter(mine), result.estimates.filter(mine & pl.col("theta_adj").is_not_null())
    if placebos.height and tested.height:
        middle = float(np.median(placebos["theta"].to_numpy()))
        others = placebos.select("line", size=_in_per_cent(pl.col("theta") - middle))
        ours = tested.select(
            "line", size=_in_per_cent(pl.col("theta_adj")), low=_in_per_cent(pl.col("theta_lower")), high=_in_per_cent(pl.col("theta_upper"))
        )
        figures.insert(1, charts.drawn(
            charts.among_placebos(others, ours), name=f"{name}p", title="The line among weeks that are nobody's target", form="half",
            subtitle="Still waiting, against what the neighbours suggest, per cent.",
            caption="Grey circles: other weeks tried as if they were lines. Diamonds: the lines, with 95 % intervals.",
        ))  # fmt: skip
    return figures


def _in_per_cent(log: pl.Expr) -> pl.Expr:
    return 100 * (log.exp() - 1)


def _bunching_section(name: str, place: int, result: Bunching, words: dict[str, Any], line: float, width: float, label: str) -> Section:
    curve = result.counterfactual.filter(pl.col("series") == name) if "series" in result.counterfactual.columns else result.counterfactual
    figure = charts.drawn(
        charts.counts_and_curve(curve, line, width), name=f"b{place}", title="Counts, and the curve through the bins outside the window",
        subtitle=f"Count by {label}; the dashed line stands at the upper end of bin {line:g}.",
        caption="Diamonds: bins of the window, left out of the fit. Points: the other bins. Dashed curve: the counts expected were there no line.",
    )  # fmt: skip
    reading = Reading(*(words[part] for part in Reading._fields))
    return Section(name, [figure], [("How sure", reading.how_sure), ("How much", reading.how_much)], [(f"Line at {line:g}", reading)])


# ------------------------------------------------------------------------------------------------------------ tables


def _base_rates(result: Crossing) -> Table:
    rows = [
        [f"{row['line']} weeks{'' if row['asked'] else ' (nobody’s target)'}", *(str(row[name]) for name in ("units", "tested", *COUNTED))]
        for row in result.base_rates.iter_rows(named=True)
    ]  # fmt: skip
    headings = ("Week", "Units", "Tested", "Break at the line", "Possible break", "No break of practical size", "Cannot tell")
    return Table(
        "The same test at weeks that are nobody's target",
        base_rate_words(result.base_rates),
        "How many of the tested units have which verdict, by week",
        headings,
        rows,
        folded=False,
    )


def _all_units(result: Crossing) -> Table:
    headings = (
        "Unit",
        "Weeks",
        "Months",
        "Still waiting",
        "Suggested",
        "Times the expected departures",
        "More departures, 95 % interval",
        "p",
        "q",
        "Verdict",
    )
    rows = [
        [row["unit"], str(row["line"]), str(row["months"]), _share(row["s_cross"]), _share(row["s_expected"]), _number(row["extra_ratio"]),
         _interval(row), _number(row["p_low"]), _number(row["q_bh"]), f"{row['verdict']}{': ' + row['why'] if row['why'] else ''}"]
        for row in result.estimates.iter_rows(named=True)
    ]  # fmt: skip
    said = (
        "p is a rank among the weeks tried as if they were lines and cannot be lower than their number allows; q allows for the number of units. "
        "Without the table above neither means anything."
    )
    return Table("Every unit and line", said, "By name and week", headings, rows, folded=True)


def _bunching_table(result: Bunching, names: Sequence[str]) -> Table:
    headings = ("Series", "Excess", "b", "95 % interval", "Other values tried", "p among them", "b over the grid", "Verdict")
    rows = [
        [name or "all", about(row["excess"]), _number(row["b"]), f"{_number(row['b_lower'])} to {_number(row['b_upper'])}",
         _text(row["placebo_lines"]),
         _number(row["p_placebo"]), f"{_number(row['grid_lowest'])} to {_number(row['grid_highest'])}", row["verdict"] or "no verdict in notch form"]
        for name, row in zip(names, result.estimates.iter_rows(named=True), strict=True)
    ]  # fmt: skip
    return Table(
        "Figures", "p is the rank of the line among other values tried as if they were it, one-sided.", "A row a series", headings, rows, folded=False
    )


def _grid_table(result: Bunching) -> Table:
    rows = [
        [str(degree), str(left), str(right), about(excess), _number(b), _number(se)] for degree, left, right, excess, b, se in result.grid.iter_rows()
    ]
    headings = ("Degree", "Bins below", "Bins above", "Excess", "b", "Standard error")
    return Table("Thirty ways of fitting", "A finding that needs one of them is not a finding.", "By degree and window", headings, rows, folded=True)


def _share(value: float | None) -> str:
    return DASH if value is None else per_cent(value)


def _number(value: float | None) -> str:
    return DASH if value is None else signed(value)


def _text(value: object) -> str:
    return DASH if value is None else str(value)


def _interval(row: dict[str, Any]) -> str:
    return DASH if row["extra_lower"] is None else f"{about(row['extra_lower'])} to {about(row['extra_upper'])}"


def _listed(lines: Iterable[int]) -> str:
    *most, last = (str(line) for line in lines)
    return f"{', '.join(most)} and {last}" if most else last


# ----------------------------------------------------------------------------------------------------------- filling


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.update(
        drawing=Markup,  # charts escape their texts themselves
        picture=lambda name: Markup(pictograms.PICTURES[name]),  # noqa: S704 - our own drawing
        parts=lambda reading: list(zip(TITLES, reading, strict=True)),
        style=Markup((PACK_TEMPLATES / "style.css").read_text("utf-8")),  # noqa: S704 - our own style sheet
    )
    return environment


def _filled(page: Page) -> str:
    return _environment().get_template("line.html").render(page=page, version=__version__)
