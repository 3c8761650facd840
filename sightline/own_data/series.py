"""One series as its picture and its page need it: rows, phases, and whether a verdict may be given."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from sightline.own_data.chart import Asked, Charted
from sightline.sources.spreadsheet import printable
from sightline.spc import season
from sightline.spc.fitness import STRONG_AUTOCORRELATION, STRONG_SEASON
from sightline.spc.presets import ENOUGH_FOR_LIMITS, ENOUGH_FOR_RUNS

Row = Mapping[str, Any]
#: charts of a share, whose value between 0 and 1 is shown in per cent
SHARES: Final = ("p", "pp", "xmr", "run", "ip")
COLUMNS: Final = (
    "date", "value", "denominator", "phase", "centre_line", "lower_limit", "upper_limit", "moving_range", "median",
    "rule_outside_limits", "rule_shift", "rule_trend", "rule_two_of_three", "judgement", "target", "note",
)  # fmt: skip


@dataclass(frozen=True)
class Series:
    """One series: a list a column of its points, in order of date, and a row a phase of its summary."""

    number: int
    name: str
    chart: str
    direction: str
    points: Mapping[str, list[Any]]
    phases: list[Row]
    seasonal_strength: float | None
    second_target: float | None
    applied: Row

    @property
    def latest(self) -> int | None:
        """The place of the last point with a value."""
        return next((at for at in range(len(self.points["value"]) - 1, -1, -1) if self.points["value"][at] is not None), None)

    @property
    def values(self) -> list[float]:
        """All values that are there."""
        return [value for value in self.points["value"] if value is not None]

    @property
    def share(self) -> bool:
        """Whether values are shares of a whole, shown in per cent."""
        divided = any(value is not None for value in self.points["denominator"])
        return divided and self.chart in SHARES and bool(self.values) and max(self.values) <= 1 and min(self.values) >= 0

    @property
    def monthly(self) -> bool:
        """Whether dates are months, each by its first day."""
        return all(isinstance(day, dt.date) and day.day == 1 for day in self.points["date"])

    @property
    def unfit(self) -> str | None:
        """Why no verdict may be given though there are points enough, in words."""
        lag = self.phases[-1]["lag1_autocorrelation"]
        values, rare = self.values, self.chart in ("g", "t")
        if sum(value == 0 for value in values) * 2 > len(values) and not rare:
            return f"zero in {sum(value == 0 for value in values)} of {len(values)} points: too rare for this chart (a g or t chart may fit)"
        if lag is not None and lag >= STRONG_AUTOCORRELATION:
            shown = "over 0.95" if lag > 0.95 else f"{lag:.2f}"
            return f"each point resembles the last (autocorrelation {shown}), so limits and runs rules would see change where there is none"
        if self.seasonal_strength is not None and self.seasonal_strength >= STRONG_SEASON:
            strength = f"seasonal strength {self.seasonal_strength:.2f}"
            return f"much of the movement is the time of year ({strength}), so limits and runs rules would see change where there is none"
        return None

    @property
    def short(self) -> str | None:
        """Why the newest phase is too short for a verdict, in words."""
        phase = self.phases[-1]
        count = sum(
            value is not None and at == phase["phase"] and not str(note or "").startswith("left out")
            for value, at, note in zip(self.points["value"], self.points["phase"], self.points["note"], strict=True)
        )
        if self.chart == "run":
            useful = phase["useful_points"]
            return f"{useful} points off the median; runs need {ENOUGH_FOR_RUNS}" if useful < ENOUGH_FOR_RUNS else None
        return f"{count} points in this phase; limits need {ENOUGH_FOR_LIMITS}" if count < ENOUGH_FOR_LIMITS else None

    @property
    def variation(self) -> str | None:
        """The verdict on the last point, withheld where the series does not allow one or its last point is missing."""
        if self.unfit or self.short or self.points["value"][-1] is None or self.chart == "run":
            return None
        return None if str(self.points["note"][-1] or "").startswith("left out") else self.phases[-1]["variation"]

    @property
    def assurance(self) -> str | None:
        """The target against the limits, withheld as the verdict is."""
        return None if self.unfit or self.short else self.phases[-1]["assurance"]

    @property
    def file(self) -> str:
        """The name of its pictures without the ending: a number and letters that are safe on every system."""
        slug = re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")[:40].strip("-")
        return f"{self.number:04d}-{slug}" if slug else f"{self.number:04d}"


def every_series(chart: Charted, asked: Asked) -> Iterator[Series]:
    """The series of a chart in its order."""
    keys = asked.keys
    applied = chart.applied.select(*keys, "direction", pl.struct(pl.exclude(keys)).alias("applied"))
    points = chart.points.group_by(keys, maintain_order=True).agg(*COLUMNS)
    phases = chart.summary.group_by(keys, maintain_order=True).agg(pl.struct(pl.exclude(keys)).alias("phases"))
    joined = (
        points.join(phases, on=keys, nulls_equal=True, maintain_order="left")
        .join(applied, on=keys, how="left", nulls_equal=True, maintain_order="left")
        .join(_seasons(chart.points, keys), on=keys, how="left", nulls_equal=True, maintain_order="left")
    )
    for number, row in enumerate(joined.iter_rows(named=True), start=1):
        name = printable(" · ".join("(none)" if row[key] is None else str(row[key]) for key in keys)) or "(no name)"
        yield Series(number, name, row["phases"][-1]["chart"], row["direction"], {column: row[column] for column in COLUMNS}, row["phases"],
                     row["seasonal_strength"], row["applied"]["second_target"], row["applied"])  # fmt: skip


def _seasons(points: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Strength of the season of the series that have every month."""
    none = points.select(keys).unique(maintain_order=True).with_columns(seasonal_strength=pl.lit(None, pl.Float64))
    if points["date"].dtype != pl.Date:
        return none
    number = pl.col("date").dt.year().cast(pl.Int64) * 12 + pl.col("date").dt.month().cast(pl.Int64)
    whole = (number.diff().over(keys) == 1).fill_null(value=True) & (pl.col("date").dt.day() == 1) & ~pl.col("chart").is_in(["g", "t"])
    monthly = points.filter(whole.all().over(keys)).select(*keys, pl.col("date").alias("month"), "value")
    if monthly.is_empty():
        return none
    found = season.strength(monthly, keys)
    return none.select(keys).join(found, on=keys, how="left", nulls_equal=True, maintain_order="left")
