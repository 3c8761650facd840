"""The trend for learning in rows and sentences: what the rows of ``analysis.trend_point`` support, with its uncertainty, and no target.

A change is told in people a day (or a month) at the volume of the last twelve months, that of a stock in people at a month's end, and
that of weeks waited in weeks; where its interval holds 0 the page says that it cannot be told. What is said of the season is counted in
whole years of figures, or is the model's with its interval beyond 0.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from sightline.charts.figures import COUNT_UNITS, MONTHS, PER_CENT, PROPORTION, figure, month_name, number
from sightline.pack import words
from sightline.pack.tables import KEYS, _escaped, _month_text, _number, literal
from sightline.pack.words import Row

DAYS = 365.25 / 12
WEEKS = "weeks"
FULL_YEAR = 12
#: how much wider an interval is that holds for twelve months together (Šidák 1967): 2.86 over 1.96 for many months, 1.63 with twelve to spare
TOGETHER = 1.63
HEADS = ("Level", "from", "to", "Season", "Remainder", "Lowest of earlier years", "Highest of earlier years", "Note")
CERTAINTY = f"95{PER_CENT}"
MARKS = (
    f"Hollow circles: the figures. Line: the level with the season taken out; band: where it lies with {CERTAINTY} certainty. "
    "Thicker grey line: England’s level; thinner: the region’s. Nothing is drawn where there is no figure; an upright line is a declared step."
)
MONTH_MARKS = "Each calendar month over the years, from left to right; the newest figure is filled. Grey line: England."


def trend_query(measure: str, level: str, organisation: str) -> str:
    """The statement that gives a series' trend back, as its table shows it."""
    return (
        "select month, value, trend_level, level_lower, level_upper, season, season_lower, season_upper, remainder,\n"
        "    year_change, year_change_lower, year_change_upper, year_before, earlier_years, earlier_lowest, earlier_highest, note\n"
        "from analysis.trend_point\n"
        f"where measure = {literal(measure)} and level = {literal(level)} and organisation = {literal(organisation)}\n"
        "order by month"
    )


def summaries(trend: pl.DataFrame, points: pl.DataFrame) -> dict[tuple[str, str, str], Row]:
    """What the sentences need of each series of `trend` (analysis.trend_point); `points` is analysis.spc_point, for denominators."""
    ordered = trend.sort(*KEYS, "month")
    reason = ordered.group_by(KEYS).agg(reason=pl.col("note").str.extract(r"not decomposed: (.*)$").drop_nulls().last())
    newest = ordered.filter(pl.col("trend_level").is_not_null()).group_by(KEYS).last().drop("note")
    volume = points.sort("month").filter(pl.col("denominator") > 0).group_by(KEYS).agg(volume=pl.col("denominator").tail(FULL_YEAR).mean())
    season = (
        ordered.filter(pl.col("season").is_not_null()).group_by(*KEYS, calendar=pl.col("month").dt.month()).last().sort("calendar")
        .group_by(KEYS).agg(
            above=pl.col("calendar").filter(pl.col("season") > TOGETHER * (pl.col("season") - pl.col("season_lower"))).cast(pl.Int64),
            below=pl.col("calendar").filter(-pl.col("season") > TOGETHER * (pl.col("season_upper") - pl.col("season"))).cast(pl.Int64),
        )
    )  # fmt: skip
    years = (
        ordered.filter(pl.col("trend_level").is_not_null()).group_by(*KEYS, year=pl.col("month").dt.year())
        .agg(figures=pl.col("value").count(), high=pl.col("month").dt.month().get(pl.col("value").arg_max()).cast(pl.Int64))
        .filter(pl.col("figures") == FULL_YEAR).group_by(KEYS).agg(full_years=pl.len(), highest=pl.col("high").unique())
    )  # fmt: skip
    joined = reason
    for part in (newest, volume, season, years):
        joined = joined.join(part, on=KEYS, how="left")
    return {(row["measure"], row["level"], row["organisation"]): row for row in joined.iter_rows(named=True)}


def trend_rows(trend: pl.DataFrame, definitions: pl.DataFrame) -> dict[tuple[str, str, str], str]:
    """The body of each series' table as HTML rows: month, value, level with its interval, season, remainder, earlier years, note."""
    cells = [_number(name) for name in ("value", "trend_level", "level_lower", "level_upper")]
    cells += [_signed(name) for name in ("season", "remainder")] + [_number("earlier_lowest"), _number("earlier_highest"), _escaped("note")]
    row = pl.concat_str(pl.lit("<tr><th scope=row>"), _month_text(), *[part for cell in cells for part in (pl.lit("<td>"), cell)])
    table = (
        trend.join(definitions.select("measure", "unit"), on="measure").sort(*KEYS, "month")
        .select(*KEYS, row.alias("row")).group_by(KEYS, maintain_order=True).agg(pl.col("row").str.join("\n"))
    )  # fmt: skip
    return {found[:3]: found[3] for found in table.iter_rows()}


def _signed(column: str) -> pl.Expr:
    """A part that may lie on either side of 0: percentage points and rates with one decimal, counts whole."""
    value = pl.col(column) * pl.when(pl.col("unit") == PROPORTION).then(100.0).otherwise(1.0)
    text = (
        pl.when(pl.col("unit").is_in(sorted(COUNT_UNITS)))
        .then(value.round(0).cast(pl.Int64).cast(pl.String))
        .otherwise(value.round(1).cast(pl.String))
    )
    return text.str.replace("-", "−", literal=True).fill_null("")


def level_words(trend: Row, definition: Row) -> str:
    """The newest level with its interval, or why there is none."""
    if trend["trend_level"] is None:
        return f"The level cannot be told from the season: {trend['reason'] or 'no figure in any month'}."
    unit = definition["unit"]
    low, high = figure(trend["level_lower"], unit), figure(trend["level_upper"], unit)
    level = words.figure_in_words(trend["trend_level"], definition)
    return f"With the season taken out the level was {level} in {month_name(trend['month'])} ({CERTAINTY} interval {low} to {high})."


def change_words(trend: Row, definition: Row) -> str:
    """How the newest level differs from that of a year before, in people a day or a month; or that this cannot be told."""
    if trend["trend_level"] is None:
        return ""
    change, low, high = trend["year_change"], trend["year_change_lower"], trend["year_change_upper"]
    between = f"{_points(low, definition)} and {_points(high, definition)}" if change is not None else ""
    if change is None:
        return "It is not compared with the level a year before: a declared step lies between, or one of the two months has no figure."
    if low <= 0 <= high:
        return f"Whether that is another level than a year before cannot be told: the change lies between {between}."
    times = _people(trend, definition)
    if not times:
        return f"A year before it was another: the change is {_points(change, definition)}, with {CERTAINTY} certainty between {between}."
    stock = definition["stock_or_flow"] == "stock"
    often, each = ("", 1.0) if stock else (" a day", DAYS) if abs(change) * times / DAYS >= 1 else (" a month", 1.0)
    near, far = sorted((abs(low), abs(high)))
    told = [words.about(abs(one) * times / each) if abs(one) * times / each >= 1 else "under 1" for one in (change, near, far)]
    amount = told[0] if told[0].startswith(("about", "under")) else f"about {told[0]}"
    counted = definition["unit"] in COUNT_UNITS
    whose = f" {definition['unit'] if counted else 'of the ' + definition['share_of']} at the end of a month" if stock else often
    at = "" if counted else f", at the {'size' if stock else 'volume'} of the last twelve months"
    return f"That is {amount} {'more' if change > 0 else 'fewer'}{whose} than a year before ({CERTAINTY} interval {told[1]} to {told[2]}{at})."


def _people(trend: Row, definition: Row) -> float | None:
    """What a difference is multiplied by to be one of people (pathways, attendances); None where the figure is no count and no share of one."""
    unit = definition["unit"]
    if unit in COUNT_UNITS:
        return 1.0
    shares = unit == PROPORTION and (definition["share_of"] or definition["stock_or_flow"] == "flow")
    return (trend["volume"] or 0.0) / (definition["scale"] or 1.0) if shares or unit.startswith("per ") else None


def _points(value: float, definition: Row) -> str:
    sign, unit = "+" if value > 0 else "", definition["unit"]
    after = " percentage points" if unit == PROPORTION else f" {unit}" if unit == WEEKS else ""
    return f"{sign}{number(value, unit)}{after}"


def earlier_words(trend: Row, definition: Row) -> str:
    """The newest figure against the same calendar month of earlier years."""
    if trend["trend_level"] is None or not trend["earlier_years"] or trend["value"] is None:
        return ""
    name, unit, years = MONTHS[trend["month"].month - 1], definition["unit"], trend["earlier_years"]
    value, low, high = trend["value"], trend["earlier_lowest"], trend["earlier_highest"]
    where = "above" if value > high else "below" if value < low else "within"
    if years == 1:
        return f"The figure itself, {figure(value, unit)}, stands beside {figure(low, unit)} in the one earlier {name}."
    earlier = f"the {years} earlier {name}s, {figure(low, unit)} to {figure(high, unit)}"
    return f"The figure itself, {figure(value, unit)}, lies {where} those of {earlier}."


def season_words(trend: Row) -> str:
    """What may be said of the season: the month that was highest in every whole year, and the months that stand off the level for certain."""
    if trend["trend_level"] is None:
        return ""
    years, highest = trend["full_years"] or 0, trend["highest"] or []
    said = []
    if years >= 2:
        same = f"{MONTHS[highest[0] - 1]} was the highest month in each of the {years} years with all twelve figures."
        said.append(same if len(highest) == 1 else f"No month was the highest in each of the {years} years with all twelve figures.")
    above, below = (_named(trend[side] or []) for side in ("above", "below"))
    parts = [f"{side} the level stand {named}" for side, named in (("above", above), ("below", below)) if named]
    if parts:
        said.append(
            f"By the model, with {CERTAINTY} certainty for all twelve together, {' and '.join(parts)}; of the other months it cannot be told."
        )
    else:
        said.append("Whether any month stands off the level year after year cannot be told.")
    return " ".join(said)


def _named(months: Sequence[int]) -> str:
    return words.listed([MONTHS[month - 1] for month in months])


def sentence(trend: Row, definition: Row) -> str:
    """The newest level and how it changed in a year."""
    return f"{level_words(trend, definition)} {change_words(trend, definition)}".strip()


def beside_words(trend: Row, definition: Row) -> str:
    """The newest figure beside its earlier years, and the season."""
    return f"{earlier_words(trend, definition)} {season_words(trend)}".strip()


def alternative(kind: str, name: str, place: str, trend: Row, definition: Row) -> tuple[str, str]:
    """Title and description that are read aloud in place of a picture."""
    if kind.startswith("months"):
        return f"Months of {name}, {place}: each calendar month over the years", beside_words(trend, definition)
    return f"Trend of {name}, {place}: level with the season taken out", sentence(trend, definition)
