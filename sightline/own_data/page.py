"""The page of a chart of own data: complete in itself, its texts escaped, nothing loaded from outside."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from sightline import __version__, spc
from sightline.charts import theme
from sightline.charts.icons import assurance_icon, icon, variation_icon
from sightline.charts.layout import FORMATS
from sightline.own_data import words
from sightline.own_data.draw import Drawn
from sightline.own_data.picture import y_domain
from sightline.own_data.series import Series
from sightline.pack.words import chance_words, plural, short_verdict

HERE = Path(__file__).parent / "templates"
PACK = Path(__file__).parents[1] / "pack" / "templates"
RULES = {"rule_outside_limits": "outside", "rule_shift": "shift", "rule_trend": "trend", "rule_two_of_three": "two of three"}
ASSURANCE = {
    "target_below": "target below the limits", "target_inside": "target inside the limits", "target_above": "target above the limits",
}  # fmt: skip


def drawing(svg: str) -> Markup:
    """The one place where SVG of our own making becomes markup; every text inside was escaped where it was put in."""
    return Markup(svg)  # noqa: S704 - charts and icons escape their texts themselves


@cache
def _environment() -> Environment:
    environment = Environment(loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.globals.update(
        icon=lambda name: drawing(icon(name)),
        style=Markup((PACK / "style.css").read_text("utf-8") + (HERE / "own.css").read_text("utf-8")),  # noqa: S704 - our own style sheets
        version=__version__,
    )
    return environment


def page(series: Sequence[Series], drawn: Sequence[Drawn], *, title: str, source: str, simulated: bool = False, files: bool = True) -> str:
    """One page of all charts, in their order, never sorted by result; behind each its figures as a table.

    `files` says whether the pictures lie beside the page as files.
    """
    entries = [_entry(one, pictures) for one, pictures in zip(series, drawn, strict=True)]
    lead = f"{plural(len(series), 'series', 'series')}. {_chance(series)}"
    return _environment().get_template("own.html").render(
        title=title, source=source, simulated=simulated, files=files, lead=lead, series=entries, ink=theme.INK.value, chance=words.chance()
    )  # fmt: skip


def _chance(series: Sequence[Series]) -> str:
    """How many icons signal, and how many would by chance alone (simulated with XmR charts)."""
    judged = [one for one in series if one.variation is not None]
    counts, lags = pl.Series([len(one.values) for one in judged]), [one.phases[-1]["lag1_autocorrelation"] for one in judged]
    independent = spc.icon_rate(counts.cast(pl.Int64))
    connected = spc.icon_rate(counts.cast(pl.Int64), pl.Series(lags, dtype=pl.Float64))
    found = [{"variation": one.variation, "chance_icon": rate, "chance_icon_autocorrelated": other}
             for one, rate, other in zip(judged, independent, connected, strict=True)]  # fmt: skip
    return chance_words(found).replace("months", "points")


def _entry(series: Series, pictures: Drawn) -> dict[str, Any]:
    assurance = assurance_icon(series.assurance, {"up": "at_least", "down": "at_most"}.get(series.direction, "neither"))
    bottom = y_domain(series, FORMATS["one"].intervals)[0]
    return {
        "number": series.number,
        "name": series.name,
        "title": words.title(series),
        "subtitle": words.subtitle(series, bottom or None),
        "icon": variation_icon(series.variation, series.direction),
        "icon_words": "a run chart judges runs, not points" if series.chart == "run" else short_verdict(series.variation),
        "assurance": assurance,
        "assurance_words": ASSURANCE.get(assurance or "", ""),
        "wide": drawing(pictures.wide),
        "phone": drawing(pictures.phone),
        "aloud": words.aloud(series),
        "reading": words.reading(series),
        "target": words.target(series),
        "fired": words.fired(series),
        "withheld": series.unfit is not None,
        "warnings": words.warnings(series),
        "notes": words.notes(series),
        "latest": words.figure(series.points["value"][series.latest], series.share) if series.latest is not None else "none",
        "rows": rows(series),
        "unit": "Value, per cent" if series.share else "Value",
        "file": series.file,
    }


def rows(series: Series) -> Markup:
    """The table of a series as HTML rows: date, value, centre line, limits, target, rules, note. Notes are escaped."""
    points = pl.DataFrame({name: pl.Series(name, found, strict=False) for name, found in series.points.items()})
    factor = 100.0 if series.share else 1.0
    numbers = [(pl.col(name).cast(pl.Float64) * factor).round_sig_figs(6).cast(pl.String).str.replace("-", "−", literal=True)
               .str.replace(r"\.0$", "").fill_null("") for name in ("value", "centre_line", "lower_limit", "upper_limit", "target")]  # fmt: skip
    fired = pl.concat_str([pl.when(pl.col(name)).then(pl.lit(text)) for name, text in RULES.items()], separator=", ", ignore_nulls=True)
    note = pl.Series([str(escape(text or "")) for text in series.points["note"]], dtype=pl.String)
    cells = [*numbers, fired, pl.lit(note)]
    row = pl.concat_str(pl.lit("<tr><th scope=row>"), pl.col("date").cast(pl.String), *[part for cell in cells for part in (pl.lit("<td>"), cell)])
    return Markup("\n".join(points.select(row).to_series()))  # noqa: S704 - numbers, dates, our own words, and notes that were escaped
