"""The sums that explain a limit: made anew from the points, they end in the limits of the engine."""

import io
import re
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from sightline.own_data import every_kind, explain
from sightline.own_data.chart import Asked, charted
from sightline.own_data.read import ROW
from sightline.own_data.series import Series, every_series
from sightline.spc.presets import KINDS

#: kinds that are divided, with the size of a denominator
DIVIDED = ("p", "pp", "u", "up", "ip")


def one(kind: str, seed: int, **asked: object) -> Series:
    """A series of thirty dates: a missing value, a jump that screening takes out, two dates left out."""
    made = np.random.default_rng(seed)
    size = made.integers(80, 400, 30).astype(float)
    figure = made.binomial(size.astype(int), 0.3).astype(float) if kind in DIVIDED else made.gamma(9, 4, 30).round(1) + 1
    figure[20] = size[20] if kind in DIVIDED else 400
    days = [date(2024, 1, 1) + timedelta(weeks=at) for at in range(30)]
    frame = pl.DataFrame({"day": days, "figure": figure.tolist(), "of": size.tolist()}).with_columns(
        figure=pl.when(pl.int_range(30) != 7).then("figure")
    )
    if kind in ("xbar", "s"):
        frame = frame.drop("figure").join(pl.DataFrame({"figure": made.normal(50, 6, 5).round(1)}), how="cross")
        frame = frame.with_columns(pl.col("figure") + made.normal(0, 5, frame.height))
    table = frame.with_row_index(ROW, offset=2)
    given = Asked(
        file="own.csv", value="figure", date="day", denominator="of" if kind in DIVIDED else None, chart=kind,
        exclude={days[3].isoformat(): None, days[15].isoformat(): None}, **asked,
    )  # fmt: skip
    return next(every_series(charted(table, given), given))


def figure(text: str) -> float:
    return float(text.replace("−", "-"))


def ends(series: Series) -> dict[str, float]:
    """The last sum of each limit."""
    return {name: figure(found) for name, found in re.findall(r"(upper|lower) limit.* = ([−\d.e+-]+)", "\n".join(explain.lines(series)))}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "run"])
@pytest.mark.parametrize("asked", [{}, {"baseline": 14}, {"screen": False}, {"multiply": 100.0}], ids=str)
@pytest.mark.parametrize("seed", [1, 2])
def test_every_sum_ends_in_the_limit_of_the_chart(kind: str, asked: dict[str, object], seed: int) -> None:
    series = one(kind, seed, **asked)
    limits = {name: series.points[f"{name}_limit"][-1] / asked.get("multiply", 1) for name in ("lower", "upper")}
    found = ends(series)
    assert found["upper"] == pytest.approx(limits["upper"], rel=1e-5)
    if kind == "mr":
        assert limits["lower"] == 0
    else:
        assert max(found["lower"], 0.0 if kind in ("g", "s", "t") else -np.inf) == pytest.approx(limits["lower"], rel=1e-4, abs=1e-9)


def test_a_screened_range_is_named_with_its_date_and_what_it_was_held_against() -> None:
    text = "\n".join(explain.lines(one("xmr", 1)))
    assert "left out: 22 January 2024 and 15 April 2024" in text
    assert re.search(r"screened out, 3\.267 × \S+ = \S+ or more: .*20 May 2024", text)


def test_a_limit_held_at_a_bound_is_said_to_be() -> None:
    below = one("xmr", 1, negative=False, screen=False)
    assert below.points["lower_limit"][-1] == 0
    assert re.search(r"lower limit .* = −\S+, held at 0", "\n".join(explain.lines(below)))


def test_a_given_centre_line_is_said_to_be_given() -> None:
    assert "mean 40 as it was given" in "\n".join(explain.lines(one("xmr", 1, centre_line=40.0)))


def test_a_chart_without_limits_says_why() -> None:
    asked = Asked(file="simulated", value="figure", date="date", denominator="of", by=("series",), target_column="due")
    chart = charted(every_kind.table(), asked, pl.read_csv(io.StringIO(every_kind.SETTINGS), infer_schema=False))
    told = {series.name: "\n".join(explain.lines(series)) for series in every_series(chart, asked)}
    assert "no limits: 9 points in this phase: no limits under 13" in told["07 A new clinic"]
    assert told["08 Comments read aloud to the team"].endswith("    median 15 of 42 points\n    no limits")
