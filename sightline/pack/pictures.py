"""Which pictures a pack needs, and what is read aloud in their place."""

from __future__ import annotations

from collections.abc import Iterator

from sightline.charts import ChartRequest, ChartRows, Kind
from sightline.charts.figures import month_name
from sightline.pack import words
from sightline.pack.board import Board, Place, Row


def chart_rows(board: Board) -> ChartRows:
    """The rows that the charts are drawn from."""
    tables = board.tables
    return ChartRows(tables.point, tables.definition, tables.target, tables.phase, board.period, simulated=board.simulated)


def chart_key(measure: str, place: Place, kind: Kind) -> str:
    """The name of a picture within a pack."""
    return f"{measure} {place.level} {place.organisation} {kind}"


def requests(board: Board) -> list[ChartRequest]:
    """Every picture of the pack: England and regions beside each other, providers in columns, England in the matrix."""
    return [request for place in board.places for request in _of_place(board, place)]


def _of_place(board: Board, place: Place) -> Iterator[ChartRequest]:
    for summary, definition in board.measures(place):
        for kind in _kinds(place):
            yield from _request(board, place, summary, definition, kind)
    if place.level == "england":
        for summary, definition in board.measures(place, counts=True):
            yield from _request(board, place, summary, definition, "spark")


def _kinds(place: Place) -> tuple[Kind, ...]:
    if place.level == "provider":
        return "column", "column_phone"
    return ("pair", "pair_phone") if place.level == "region" else ("pair", "pair_phone", "spark")


def _request(board: Board, place: Place, summary: Row, definition: Row, kind: Kind) -> Iterator[ChartRequest]:
    key = (definition["measure"], place.level, place.organisation)
    if key in board.drawable:
        made_up = "Simulated: " if board.simulated else ""
        title = f"{made_up}{definition['name']}, {place.name}, {month_name(summary['first_month'])} to {month_name(summary['last_month'])}"
        yield ChartRequest(chart_key(definition["measure"], place, kind), kind, *key, title, words.reading(summary, definition))
