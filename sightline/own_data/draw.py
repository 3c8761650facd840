"""Draws the series: SVG wide and for a phone, and PNG at 150 dots an inch; two processes where there are many."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from html import escape
from typing import Any, Final, NamedTuple

import vl_convert

from sightline.charts import theme
from sightline.charts.layout import FORMATS
from sightline.charts.request import Kind
from sightline.charts.sheet import cut, sheet
from sightline.charts.svg import picture, set_words
from sightline.own_data import words
from sightline.own_data.picture import layout
from sightline.own_data.series import Series
from sightline.progress import track

KINDS: Final[tuple[Kind, ...]] = ("one", "one_phone")
#: starting two processes costs about a second
FEW: Final = 40
BATCH: Final = 20
DPI: Final = 150
#: CSS pixels and points an inch
PIXELS: Final = 96
POINTS: Final = 72
#: letters of a name that the top of a picture has room for
LONGEST_TITLE: Final = 72


class Drawn(NamedTuple):
    """The pictures of one series: SVG for a page, wide and for a phone, and the wide one as PNG."""

    wide: str
    phone: str
    png: bytes


def drawn(series: Sequence[Series], *, simulated: bool = False, workers: int = 2) -> Iterator[Drawn]:
    """The pictures of all series, in order."""
    from sightline.charts.template import template  # noqa: PLC0415 - Altair takes a second to import, and drawing processes need none of it

    kinds = {kind: template(kind) for kind in KINDS}
    batches = [(kinds, series[start : start + BATCH], simulated) for start in range(0, len(series), BATCH)]
    if workers <= 1 or len(series) <= FEW:
        for batch in track(batches, "charts", len(batches)):
            yield from _batch(batch)
        return
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        for done in track(pool.map(_batch, batches), "charts", len(batches)):
            yield from done


def _batch(batch: tuple[dict[Kind, str], Sequence[Series], bool]) -> list[Drawn]:
    kinds, series, simulated = batch
    wide, phone = (_svgs(kind, kinds[kind], series, simulated) for kind in KINDS)
    return [Drawn(one, other, _png(one, each.name)) for each, one, other in zip(series, wide, phone, strict=True)]


def _svgs(kind: Kind, template: str, series: Sequence[Series], simulated: bool) -> list[str]:
    form, marks = FORMATS[kind], [layout(one, kind, simulated=simulated) for one in series]
    compiled: dict[str, Any] = json.loads(template)
    found = cut(vl_convert.vega_to_svg(sheet(compiled, marks, form)), len(series), form)
    return [
        picture([*elements, *set_words(mark, form)], size=form.size, name=f"{kind}{one.number}", description=words.reading(one),
                title=f"{'Simulated: ' if simulated else ''}{words.title(one)}")
        for one, mark, elements in zip(series, marks, found, strict=True)
    ]  # fmt: skip


def alone(svg: str, name: str) -> str:
    """A picture that stands alone: on white, for its reader's page may be dark, and with the name of its series."""
    width, height = FORMATS["one"].size
    ground = f'<path fill="#fff" d="M0 0h{width}v{height}h-{width}z"/>'
    shown = name if len(name) <= LONGEST_TITLE else name[: LONGEST_TITLE - 1] + "…"
    title = f'<text x="12" y="20" font-family="sans-serif" font-size="14" font-weight="600" fill="{theme.INK.value}">{escape(shown)}</text>'
    return svg.replace("</desc>", f"</desc>{ground}{title}", 1)


def _png(svg: str, name: str) -> bytes:
    made: bytes = vl_convert.svg_to_png(alone(svg, name), scale=POINTS / PIXELS, ppi=DPI)
    return made
