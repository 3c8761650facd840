"""Which pictures a pack needs, and what is read aloud in their place."""

from __future__ import annotations

from collections.abc import Iterator

from sightline.charts import ChartRequest, ChartRows, FunnelRequest, Kind
from sightline.pack import peers, trends
from sightline.pack.board import Board, Funnel, Place, Row


def chart_rows(board: Board) -> ChartRows:
    """The rows that the charts are drawn from."""
    tables = board.tables
    return ChartRows(
        tables.point, tables.definition, tables.target, tables.phase, board.period, simulated=board.simulated, trends=tables.trend,
        region_of=board.region_of, changes=tables.tried, periods=board.periods,
    )  # fmt: skip


def chart_key(measure: str, place: Place, kind: Kind) -> str:
    """The name of a picture within a pack."""
    return f"{measure} {place.level} {place.organisation} {kind}"


def requests(board: Board) -> list[ChartRequest]:
    """Every picture of the pack: England and regions beside each other, regions and providers in columns, England in the matrix."""
    return [request for place in board.places for request in _of_place(board, place)]


def _of_place(board: Board, place: Place) -> Iterator[ChartRequest]:
    for _, definition in board.measures(place):
        for kind in _kinds(place):
            yield from _request(board, place, definition, kind)
    yield from _trends(board, place)
    if place.level == "england":
        for _, definition in board.measures(place, counts=True):
            yield from _request(board, place, definition, "spark")


def _trends(board: Board, place: Place) -> Iterator[ChartRequest]:
    """The trend of every observation measure of a pair; on a page of its own a place has both pictures in their narrow form alone."""
    wide: dict[str, tuple[Kind, ...]] = {"england": ("trend", "months"), "region": ("trend",), "provider": ()}
    kinds: tuple[Kind, ...] = (*wide[place.level], "trend_phone", "months_phone")
    for measure in board.observed:
        key = (measure, place.level, place.organisation)
        told = board.trends.get(key)
        if told is not None and told["trend_level"] is not None:
            definition, made_up = board.definitions[measure], "Simulated: " if board.simulated else ""
            for kind in kinds:
                title, description = trends.alternative(kind, definition["name"], place.name, told, definition)
                yield ChartRequest(chart_key(measure, place, kind), kind, *key, f"{made_up}{title}", description)


def _kinds(place: Place) -> tuple[Kind, ...]:
    if place.level == "provider":
        return "column", "column_phone"
    return ("pair", "pair_phone", "column", "column_phone") if place.level == "region" else ("pair", "pair_phone", "spark")


def _request(board: Board, place: Place, definition: Row, kind: Kind) -> Iterator[ChartRequest]:
    key = (definition["measure"], place.level, place.organisation)
    if key in board.drawable:
        made_up = "Simulated: " if board.simulated else ""
        text = board.texts[key]
        yield ChartRequest(chart_key(definition["measure"], place, kind), kind, *key, f"{made_up}{text['alt_title']}", text["alt_text"])


def funnel_requests(board: Board) -> dict[str, FunnelRequest]:
    """The funnels of the pack by their measures."""
    return {funnel.measure: _funnel(board, funnel) for funnel in board.funnels}


def _funnel(board: Board, funnel: Funnel) -> FunnelRequest:
    definition, made_up = board.definitions[funnel.measure], "Simulated: " if board.simulated else ""
    title = f"{made_up}funnel of {definition['name']}, {peers.period_words(funnel.summary)}"
    told = f"{peers.seen_words(funnel.summary, definition)} {peers.says_words(funnel.summary)}"
    return FunnelRequest(
        tuple(funnel.points.values()), funnel.summary, definition["unit"], definition["scale"], title, told, simulated=board.simulated
    )
