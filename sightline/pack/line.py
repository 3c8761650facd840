"""The page of the lines: what it shows and says, from the rows of ``analysis.threshold_*``. Nothing is computed that they do not hold.

The order is that of evidence: what was seen, how sure, how much, what else it could be, what would change our mind, a question.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from sightline.charts.figures import month_name, short_month
from sightline.charts.render import drawing_source, keep
from sightline.pack.database import Tables
from sightline.threshold.words import Reading, about, base_rate_words, capital, deadline_reading, in_words, per_cent, signed

Row = Mapping[str, Any]

#: the page, seen from the pack's top folder
ADDRESS = "line.html"
BREAK = "break at the line"
DASH = "–"
#: half-width of the window in which organisations just below and above a target are counted, in points
WINDOW = 2.0
#: the bands drawn reach so far beyond the last line
BEYOND = 16
SIZES = ("wide", "phone")
KIND_WORDS = {"target": "", "milestone": " (lists are checked then)", "nobodys": " (nobody’s target)"}
PATHWAYS = {"admitted": "completed with admission", "not_admitted": "completed without admission"}


class Figure(NamedTuple):
    """One picture: the sheet of ``sightline.charts.at_the_line`` that draws it, what it is given, and its words."""

    name: str
    sheet: str
    given: tuple[Any, ...]
    title: str
    subtitle: str
    caption: str
    form: str
    simulated: bool


class Table(NamedTuple):
    """Figures as text; the first column heads its row."""

    name: str
    said: str
    caption: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]


class Shown(NamedTuple):
    """The period that the page is about, and the rows of England in it."""

    estimates: list[Row]
    first: date
    last: date
    pairs: int

    @property
    def lines(self) -> list[int]:
        """The lines that are targets."""
        return [row["line"] for row in self.estimates if row["line_kind"] == "target"]

    @property
    def keys(self) -> dict[str, Any]:
        """What names the period in every table."""
        return {name: self.estimates[0][name] for name in ("period", "period_from")}


def shown(tables: Tables) -> Shown | None:
    """The newest year, or half-year, that was long enough to be tested; else the newest; None without waiting lists."""
    rows = tables.crossing.filter(pl.col("period") != "month")
    if not rows.height:
        return None
    told = rows.group_by("period", "period_from", "period_to").agg(tested=pl.col("why").is_null().any())
    newest = told.sort("tested", "period_to", "period").row(-1, named=True)
    estimates = rows.filter(pl.col("period") == newest["period"], pl.col("period_from") == newest["period_from"]).sort("line").to_dicts()
    months = tables.crossing.filter(pl.col("period") == "month", pl.col("period_from").is_between(newest["period_from"], newest["period_to"]))
    ends = months["period_from"]
    return Shown(estimates, ends.min() or newest["period_from"], ends.max() or newest["period_to"], ends.n_unique())  # type: ignore[arg-type]


def anchor_of(tables: Tables, measure: str, dataset: str) -> str:
    """Where the page tells of the line of a target measure; empty where it does not."""
    if tables.deadline.filter(pl.col("measure") == measure).height:
        return f"{ADDRESS}#four-hours"
    return ADDRESS if dataset == "rtt" and tables.crossing.height else ""


# ------------------------------------------------------------------------------------------------------------- figures


def figures(tables: Tables) -> dict[str, Figure]:
    """Every picture of the page, by name; those without anything to draw are left out."""
    simulated, found = tables.run["simulated"], shown(tables)
    made = [*(_of_list(tables, found, simulated=simulated) if found else []), *_of_deadlines(tables, simulated=simulated)]
    return {figure.name: figure for figure in made}


def _of_list(tables: Tables, found: Shown, *, simulated: bool) -> list[Figure]:
    lines, span = found.lines, f"England, {month_name(found.first)} to {month_name(found.last)}"
    pooled = f"{in_words(found.pairs)} pair{'' if found.pairs == 1 else 's'} of month ends pooled"
    bands = tables.band.filter(**found.keys).filter(pl.col("band") <= max(lines) + BEYOND, pl.col("still_waiting").is_not_null())
    survival = bands.select("band", share=100 * pl.col("still_waiting"))
    made: list[Figure] = []
    if survival.height:
        made.append(
            Figure(
                "still", "still_waiting", (survival, lines), "Share still waiting a month later",
                f"Per cent of the people carried forward, by week waited, {span}, {pooled}.",
                "Diamonds in shaded bands: people who crossed the line between two month ends. Points: everyone else.", "whole", simulated,
            )
        )  # fmt: skip
    tested = pl.DataFrame([row for row in found.estimates if row["theta_adj"] is not None], infer_schema_length=None)
    placebos = tables.placebo.filter(**found.keys)
    if tested.height and placebos.height:
        middle = placebos["theta"].median()
        given = (placebos.select("line", size=_in_per_cent(pl.col("theta") - middle)), _sizes(tested, "line"))
        made.append(
            Figure(
                "placebos", "among_placebos", given, "The lines among weeks that are nobody's target",
                f"Still waiting, against what the neighbours suggest, per cent, {span}.",
                "Grey circles: other weeks tried as if they were lines. Diamonds: lines and milestones, with 95\u00a0% intervals.", "half", simulated,
            )
        )  # fmt: skip
    return [*made, *_of_shape(tables, found, simulated=simulated), *_of_months(tables, found, simulated=simulated)]


def _of_shape(tables: Tables, found: Shown, *, simulated: bool) -> list[Figure]:
    months = tables.band.filter(pl.col("period") == "month", pl.col("period_from").is_between(found.first, found.last))
    if not months.height:
        return []
    ends = {"first": found.first, "last": found.last}
    rows = months.group_by("band").agg(**{name: pl.col("actual").filter(pl.col("period_from") == end).sum() for name, end in ends.items()})
    return [
        Figure(
            "shape", "whole_list", (rows.sort("band"), found.lines), "The list by week waited, and its lines",
            f"People waiting five weeks and more, England: {month_name(found.last)} shaded, {month_name(found.first)} a line.",
            "A step here may be a line or a holiday in which few were referred: that is why people are followed instead.", "half", simulated,
        )
    ]  # fmt: skip


def _of_months(tables: Tables, found: Shown, *, simulated: bool) -> list[Figure]:
    rows = tables.crossing.filter(
        pl.col("period") == "month", pl.col("theta_adj").is_not_null(), pl.col("period_from").is_between(found.first, found.last)
    )
    if not rows.height:
        return []
    lowest = (pl.col("p_low") * (1 + pl.col("placebos"))).round() <= 1
    sizes = _sizes(rows.with_columns(month=pl.col("period_from"), lowest=lowest), "line", "month", "lowest")
    reach = min(0.0, sizes["low"].min()), max(0.0, sizes["high"].max())  # type: ignore[type-var]
    return [
        Figure(
            f"months{line}", "by_month", (sizes.filter(pl.col("line") == line).drop("line"), reach), f"{line} weeks, month by month",
            "Still waiting, against what the neighbours suggest, per cent; upright: 95\u00a0% interval.",
            "Diamond: lower than at every other week of that month. One month alone says little.", "half", simulated,
        )
        for line in found.lines if sizes.filter(pl.col("line") == line).height
    ]  # fmt: skip


def _of_deadlines(tables: Tables, *, simulated: bool) -> list[Figure]:
    made: list[Figure] = []
    for (due,), rows in tables.deadline.filter(pl.col("after") == 0).partition_by("due", as_dict=True, maintain_order=True).items():
        steps = rows.filter(pl.col("mean_change").is_not_null()).select("is_due", month="month_to", change="mean_change")
        if steps["is_due"].any():
            made.append(
                Figure(
                    f"due{due:%Y%m}", "among_months", (steps,), f"The change into {month_name(due)} among other months",
                    "Mean change of the four-hour percentage from the month before, the same organisations, points.",
                    "Diamond: the month in which the target fell due. Hollow circles: other months within two years.", "half", simulated,
                )
            )  # fmt: skip
    return made


def _sizes(rows: pl.DataFrame, *names: str) -> pl.DataFrame:
    """How many more or fewer still wait than suggested, in per cent, with its interval."""
    log = {"size": "theta_adj", "low": "theta_lower", "high": "theta_upper"}
    return rows.select(*names, **{name: _in_per_cent(pl.col(column)) for name, column in log.items()})


def _in_per_cent(log: pl.Expr) -> pl.Expr:
    return 100 * (log.exp() - 1)


def pictures(wanted: Mapping[str, Figure], *, cache: Path) -> dict[str, str]:
    """Every figure as SVG text in both sizes, by ``line <name> wide`` and ``line <name> phone``; known pictures come from ``cache``."""
    cache.mkdir(parents=True, exist_ok=True)
    return {f"line {name} {size}": svg for name, figure in wanted.items() for size, svg in zip(SIZES, _drawn(figure, cache), strict=True)}


def _drawn(figure: Figure, cache: Path) -> tuple[str, str]:
    given = [one.write_json() if isinstance(one, pl.DataFrame) else repr(one) for one in figure.given]
    digest = hashlib.sha256("\n".join([drawing_source(), repr(figure._replace(given=())), *given]).encode()).hexdigest()[:40]
    files = [cache / f"{digest}-{size}.svg" for size in SIZES]
    if not all(file.exists() for file in files):
        from sightline.charts import at_the_line as charts  # noqa: PLC0415 - Altair takes a second to import; a warm cache needs none of it

        sheet = getattr(charts, figure.sheet)(*figure.given)
        words = {"title": figure.title, "subtitle": figure.subtitle, "caption": figure.caption}
        made = charts.drawn(sheet, name=f"l{figure.name}", **words, form=figure.form, simulated=figure.simulated)
        for file, svg in zip(files, (made.wide, made.phone), strict=True):
            keep(file, svg)
    wide, phone = (file.read_text("utf-8") for file in files)
    return wide, phone


# --------------------------------------------------------------------------------------------------------------- words


def headline(found: Shown | None) -> str:
    """What the page says first."""
    if found is None:
        return "What happens at the line"
    broken = [row["line"] for row in found.estimates if row["verdict"] == BREAK and row["line_kind"] == "target"]
    if broken:
        return f"Fewer people than their neighbours were still waiting just past {_listed(broken)} weeks"
    return f"No break is called at {_listed(found.lines)} weeks"


def lead(found: Shown | None) -> str:
    """The method in a sentence, then what was seen at the lines with a break."""
    if found is None:
        return "This source holds no waiting list by week, so nobody can be followed across a line. The four-hour line of A&E is below."
    seen = [
        f"At {row['line']} weeks {per_cent(row['s_cross'])} were still waiting, where the weeks on either side suggest {per_cent(row['s_expected'])}."
        for row in found.estimates
        if row["verdict"] == BREAK and row["line_kind"] == "target"
    ]
    return " ".join(["Follow everyone who is on the list at one month end to the next.", *seen])


def rates_words(tables: Tables, found: Shown, level: str) -> str:
    """How often the same test speaks of nothing, for the units of a level."""
    rows = tables.base_rate.filter(**found.keys).filter(pl.col("level") == level)
    renamed = rows.rename({"break_at_line": "break_", "possible_break": "possible"}).with_columns(asked=pl.col("line_kind") != "nobodys")
    return base_rate_words(renamed)


def reading(row: Row) -> Reading:
    """The six parts of a row that has them."""
    return Reading(*(row[part] for part in Reading._fields))


def sections(found: Shown) -> list[dict[str, Any]]:
    """A part a line: its name, its verdict in a line, its six parts."""
    return [
        {
            "line": f"{row['line']} weeks", "note": f"{capital(row['verdict'])}. {row['how_much']}",
            "milestone": row["line_kind"] == "milestone", "reading": reading(row),
        }
        for row in found.estimates
    ]  # fmt: skip


def deadlines(tables: Tables) -> list[dict[str, Any]]:
    """A part a deadline of the four-hour target: its six parts and its figure."""
    made: list[dict[str, Any]] = []
    for (due,), rows in tables.deadline.filter("is_due").partition_by("due", as_dict=True, maintain_order=True).items():
        row, later = rows.row(0, named=True), rows.row(-1, named=True)
        near = tables.density.filter(
            pl.col("due") == due, pl.col("month") == due, pl.col("test") == "binomial_window", pl.col("parameter") == WINDOW
        ).to_dicts()
        target = 100 * row["target"]
        made.append({"name": f"{target:g}\u00a0% in {month_name(due)}", "figure": f"due{due:%Y%m}",
                     "reading": deadline_reading(row, later, near[0] if near else None, target)})  # fmt: skip
    return made


def bunched(tables: Tables) -> list[dict[str, Any]]:
    """A part a kind of completed pathway in the newest year that has them."""
    rows = tables.bunching.filter(pl.col("period") == "year").filter(pl.col("period_from") == pl.col("period_from").max())
    return [
        {"name": f"Pathways {PATHWAYS[row['pathways']]}, {in_words(row['months'])} month{'' if row['months'] == 1 else 's'} of the year to "
                 f"{month_name(row['period_to'])}", "reading": reading(row)}
        for row in rows.iter_rows(named=True)
    ]  # fmt: skip


# -------------------------------------------------------------------------------------------------------------- tables


def rate_table(tables: Tables, found: Shown) -> Table:
    """Verdicts of providers at the lines and, beside them, at weeks that are nobody's target."""
    rows = tables.base_rate.filter(**found.keys).filter(pl.col("level") == "provider").sort("line")
    names = ("units", "tested", "break_at_line", "possible_break", "no_break", "cannot_tell")
    return Table(
        "The same test at weeks that are nobody's target",
        rates_words(tables, found, "provider"),
        "How many providers have which verdict, by week; no provider is named",
        ("Week", "Providers", "Tested", "Break at the line", "Possible break", "No break of practical size", "Cannot tell"),
        [[f"{row['line']} weeks{KIND_WORDS[row['line_kind']]}", *(f"{row[name]:,}" for name in names)] for row in rows.iter_rows(named=True)],
    )


def data_tables(tables: Tables, found: Shown | None) -> list[Table]:
    """The figures behind the pictures."""
    made = [_line_table(found), _month_table(tables, found), _band_table(tables, found)] if found else []
    return [table for table in (*made, _density_table(tables)) if table.rows]


def _line_table(found: Shown) -> Table:
    rows = [
        [f"{row['line']} weeks", str(row["months"]), _share(row["s_before"]), _share(row["s_cross"]), _share(row["s_after"]),
         _share(row["s_expected"]), _number(row["extra_ratio"]), _interval(row), _number(row["p_low"]), f"{row['placebos']}", row["verdict"]]
        for row in found.estimates
    ]  # fmt: skip
    headings = ("Line", "Months", "Before", "Crossing", "After", "Suggested", "Departures over expected", "More departures, 95\u00a0% interval", "p",
                "Other weeks", "Verdict")  # fmt: skip
    said = "Share still waiting a month later. p is a place among the other weeks and cannot be lower than their number allows."
    return Table("England at every line", said, "A row a line", headings, rows)


def _month_table(tables: Tables, found: Shown) -> Table:
    rows = tables.crossing.filter(pl.col("period") == "month", pl.col("period_from").is_between(found.first, found.last)).sort("period_from", "line")
    shown_rows = [
        [short_month(row["period_from"]), f"{row['line']} weeks", _share(row["s_cross"]), _share(row["s_expected"]), _number(row["theta_adj"]),
         _number(row["p_low"])]
        for row in rows.iter_rows(named=True)
    ]  # fmt: skip
    headings = ("Month end", "Line", "Still waiting", "Suggested", "Difference, logarithm", "p")
    return Table("England month by month", "A single month has no verdict.", "A row a month and line", headings, shown_rows)


def _band_table(tables: Tables, found: Shown) -> Table:
    rows = tables.band.filter(**found.keys).filter(pl.col("band") <= max(found.lines) + BEYOND).sort("band")
    shown_rows = [
        [f"{row['band']}", f"{row['predicted']:,.0f}", f"{row['actual']:,.0f}", _share(row["still_waiting"], 1),
         f"{row['crosses']} weeks" if row["crosses"] else ""]
        for row in rows.iter_rows(named=True)
    ]  # fmt: skip
    headings = ("Week", "Carried forward", "Still there", "Share", "Crosses")
    return Table(
        "England week by week", "People carried forward from one month end to the next, and those still there.", "A row a week", headings, shown_rows
    )


def _density_table(tables: Tables) -> Table:
    rows = tables.density.filter(
        (pl.col("test") == "local_polynomial")
        | ((pl.col("test") == "binomial_window") & (pl.col("parameter") == WINDOW))
        | (pl.col("test") == "none")
    )
    tests = {"local_polynomial": "density either side", "binomial_window": f"within {WINDOW:g} points", "none": DASH}
    shown_rows = [
        [f"{100 * row['target']:g}\u00a0%, {short_month(row['due'])}", short_month(row["month"]), tests[row["test"]], f"{row['organisations']}",
         _count(row["at_or_above"]), _count(row["below_line"]), _count(row["above_line"]), _number(row["p"]), row["why"] or ""]
        for row in rows.iter_rows(named=True)
    ]  # fmt: skip
    headings = ("Target, due", "Month", "Test", "Organisations", "At or above", "Below", "Above", "p", "Why it cannot tell")
    said = (
        "Organisations with at least 1,000 type 1 attendances in the month and a four-hour figure. One month shows only gross gathering; the "
        "window is right only where results lie evenly across it."
    )
    return Table("Organisations about the four-hour target", said, "A row a month and test; no organisation is named", headings, shown_rows)


def queries(found: Shown | None) -> list[str]:
    """The statements that give the figures of the page back."""
    deadline = (
        "select due, target, after, month_from, month_to, is_due, organisations, mean_change, improved, above_median, others, p, why\n"
        "from analysis.threshold_deadline\norder by due, is_due desc, after, month_to"
    )
    density = (
        "select due, target, month, test, parameter, organisations, at_or_above, below_line, above_line, t, p, why\n"
        "from analysis.threshold_density\norder by due, month, test, parameter"
    )
    if found is None:
        return [deadline, density]
    keys = f"period = '{found.keys['period']}' and period_from = date '{found.keys['period_from']}'"
    return [
        "select line, line_kind, months, s_before, s_cross, s_after, s_expected, extra_ratio,\n"
        "    extra, extra_lower, extra_upper, p_low, placebos, verdict\n"
        f"from analysis.threshold_crossing\nwhere level = 'england' and {keys}\norder by line",
        "select period_from, line, s_cross, s_expected, theta_adj, p_low\nfrom analysis.threshold_crossing\n"
        f"where level = 'england' and period = 'month' and period_from between date '{found.first}' and date '{found.last}'\n"
        "order by period_from, line",
        f"select band, predicted, actual, still_waiting, crosses\nfrom analysis.threshold_band\nwhere {keys}\norder by band",
        f"select line, s_before, s_cross, s_after, theta, se\nfrom analysis.threshold_placebo\nwhere level = 'england' and {keys}\norder by line",
        "select line, line_kind, units, tested, break_at_line, possible_break, no_break, cannot_tell\nfrom analysis.threshold_base_rate\n"
        f"where level = 'provider' and {keys}\norder by line",
        "select period_to, pathways, months, excess, b, b_lower, b_upper, grid_lowest, grid_highest, verdict\nfrom analysis.threshold_bunching\n"
        "where period = 'year'\norder by period_to, pathways",
        deadline,
        density,
    ]


def _share(value: float | None, decimals: int = 0) -> str:
    return DASH if value is None else per_cent(value, decimals)


def _number(value: float | None) -> str:
    return DASH if value is None else signed(value)


def _count(value: int | None) -> str:
    return DASH if value is None else f"{value:,}"


def _interval(row: Row) -> str:
    return DASH if row["extra_lower"] is None else f"{about(row['extra_lower'])} to {about(row['extra_upper'])}"


def _listed(lines: Iterable[int]) -> str:
    *most, last = (str(line) for line in lines)
    return f"{', '.join(most)} and {last}" if most else last
