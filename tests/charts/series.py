"""Series, pictures and rows of tables made by hand, for the tests of the charts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from sightline.charts import ChartRequest, ChartRows, Kind
from sightline.charts.layout import Layout, layout
from sightline.charts.request import Picture, Series, Target, Upright
from sightline.spc.declarations import ENTRY

KINDS: tuple[Kind, ...] = ("pair", "pair_phone", "column", "column_phone", "spark")
LARGE: tuple[Kind, ...] = ("pair", "pair_phone", "column", "column_phone")
#: shares 0 to 1 without a pattern, around three quarters
SHARES = (0.74, 0.76, 0.75, 0.73, 0.77, 0.75, 0.74, 0.76, 0.75, 0.78, 0.74, 0.75)
#: the targets of the four-hour standard, as they were set
TARGETS = (
    Target(0.95, date(2010, 6, 21), None, "standard"),
    Target(0.76, date(2023, 4, 1), date(2024, 3, 31), "milestone"),
    Target(0.78, date(2024, 4, 1), date(2025, 3, 31), "milestone"),
    Target(0.78, date(2025, 4, 1), date(2026, 3, 31), "milestone"),
)


def months(count: int, first: date = date(2022, 7, 1)) -> list[date]:
    """So many months one after the other."""
    start = first.year * 12 + first.month - 1
    return [date(number // 12, number % 12 + 1, 1) for number in range(start, start + count)]


def shares(count: int) -> list[float | None]:
    """So many shares between 73 and 78 %."""
    return [SHARES[place % len(SHARES)] for place in range(count)]


def series(
    values: Sequence[float | None], *, chart: str = "xmr", window: int = 24, lines: tuple[float, float, float] | None = (0.70, 0.75, 0.80),
    last: str | None = "common_cause", note: str = "no value", first: date = date(2022, 7, 1), before_last: str = "common_cause",
) -> Series:  # fmt: skip
    """A series: ``lines`` are lower limit, mean and upper limit in the window (its last months); ``last`` judges the last month."""
    count = len(values)
    inside = [place >= count - window for place in range(count)]
    low, mean, high = lines if lines and chart == "xmr" else (None, None, None)
    judged = [*[before_last] * (count - 1), last] if chart == "xmr" else [None] * count
    return Series(
        month=months(count, first),
        value=list(values),
        centre=[mean if speaks else None for speaks in inside],
        lower=[low if speaks else None for speaks in inside],
        upper=[high if speaks else None for speaks in inside],
        median=[0.75 if speaks and chart == "run" else None for speaks in inside],
        judgement=[one if speaks and value is not None else None for one, speaks, value in zip(judged, inside, values, strict=True)],
        in_window=inside,
        note=[note if value is None else None for value in values],
        chart=chart,
    )


def picture(
    shown: Series, kind: Kind = "pair", *, unit: str = "proportion", targets: tuple[Target, ...] = (), uprights: tuple[Upright, ...] = (),
    simulated: bool = False, title: str = "A measure, a place", description: str = "What it says.",
) -> Picture:  # fmt: skip
    """One picture of a series; its time axis is that of the series."""
    request = ChartRequest("key", kind, "ae_within_4h", "provider", "RXX", title, description)
    return Picture(request, unit, shown, targets, uprights, (shown.month[0], shown.month[-1]), simulated)


def laid_out(shown: Series, kind: Kind = "pair", **more: object) -> Layout:
    """The marks of one picture."""
    return layout(picture(shown, kind, **more))  # type: ignore[arg-type]


def with_gap(count: int = 36, start: int = 14, length: int = 6) -> list[float | None]:
    """Shares with some months missing in the middle."""
    return [None if start <= place < start + length else value for place, value in enumerate(shares(count))]


#: pictures that differ in what they have to show
PICTURES = {
    "limits and targets": picture(series(shares(36), last="improvement"), targets=TARGETS),
    "a gap": picture(series(with_gap(), last="concern"), targets=TARGETS),
    "a merger": picture(series(shares(36), window=18, last="neither_high"), uprights=(Upright(date(2024, 1, 1), "merger"),)),
    "a median": picture(series(shares(30), chart="run")),
    "a few months": picture(series(shares(5), chart="none")),
    "one month": picture(series([0.5], chart="none")),
    "limits over 100 %": picture(series([0.97, 0.99] * 15, lines=(0.93, 0.98, 1.03), last="neither_low")),
    "counts, simulated": picture(series([200_000.0, 230_000.0] * 15, lines=(1.5e5, 2.15e5, 2.8e5)), unit="attendances", simulated=True),
}


def of_kind(one: Picture, kind: Kind) -> Picture:
    """The same picture in another size."""
    return one._replace(request=one.request._replace(kind=kind))


def rows(organisations: Sequence[str] = ("RAA", "RBB"), *, simulated: bool = False, count: int = 30) -> ChartRows:
    """Rows as the tables have them: a share of each organisation; RZZ has zeros alone, RNN no value at all."""
    points = pl.concat([_points(code, count) for code in (*organisations, "RZZ", "RNN")])
    definitions = pl.DataFrame({"measure": ["ae_within_4h"], "unit": ["proportion"]})
    targets = pl.DataFrame(
        [("ae_within_4h", *target) for target in TARGETS], schema=["measure", "target_value", "valid_from", "valid_to", "status"], orient="row"
    )
    phases = pl.DataFrame(
        [{"kind": "phase", "measure": "all", "level": "all", "organisation": "RAA", "month_from": date(2023, 4, 1), "label": "merger"}], schema=ENTRY
    )
    period = (points["month"].min(), points["month"].max())
    return ChartRows(points, definitions, targets, phases, period, simulated)  # type: ignore[arg-type]


def _points(code: str, count: int) -> pl.DataFrame:
    shift = (sum(map(ord, code)) % 7) / 100
    values = {"RZZ": [0.0] * count, "RNN": [None] * count}.get(code, [value - shift for value in shares(count) if value is not None])
    known = series(values)
    return pl.DataFrame(
        {
            "measure": "ae_within_4h", "level": "provider", "organisation": code, "month": known.month, "value": known.value,
            "centre_line": known.centre, "lower_limit": known.lower, "upper_limit": known.upper, "median": known.median,
            "judgement": known.judgement, "in_window": known.in_window, "excluded": False, "note": known.note, "chart": known.chart,
        },
        schema_overrides={"value": pl.Float64, "median": pl.Float64, "judgement": pl.String, "note": pl.String},
    )  # fmt: skip


def request(code: str, kind: Kind = "pair", *, title: str = "A measure, a place", description: str = "What it says.") -> ChartRequest:
    """A picture of one organisation of :func:`rows`."""
    return ChartRequest(f"{code} {kind}", kind, "ae_within_4h", "provider", code, title, description)
