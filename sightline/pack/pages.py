"""Fills the pages: from the arranged rows to HTML, one function a kind of page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from sightline import __version__
from sightline.charts import FORMS, FunnelLayout, Kind, funnel_layout, starts_above_zero
from sightline.charts.figures import day_name, figure, month_name, short_month, target_figure
from sightline.charts.icons import DRAWINGS, assurance_icon, icon, variation_icon
from sightline.pack import before, line, peers, pictograms, revisions, tables, trends, tried, words
from sightline.pack.board import Board, Funnel, Pair, Place, Release, Row
from sightline.pack.pictures import chart_key, funnel_requests
from sightline.threshold.words import TITLES

#: in place of regions: where files lack organisations, a sum of the others would be a fall that nobody lived through
NO_REGIONS = "No region is shown: a region is the sum of all its providers, and none has such a figure of these measures."
HERE = Path(__file__).parent / "templates"


def drawing(svg: str) -> Markup:
    """The one place where SVG of our own making becomes markup; every text inside was escaped where it was put in."""
    return Markup(svg)  # noqa: S704 - charts and icons escape their texts themselves


def table_rows(rows: str) -> Markup:
    """The one place where rows put together in Polars become markup: numbers, months and words of the table module only."""
    return Markup(rows)  # noqa: S704 - no text from a file goes through figure_rows


@cache
def _environment() -> Environment:
    environment = Environment(loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters.update(month=month_name, short_month=short_month, day=day_name, plural=words.plural, capital=words.capitalised)
    environment.globals.update(
        icon=lambda name: drawing(icon(name)),
        picture=lambda name: drawing(pictograms.PICTURES[name]),
        readable=lambda reading: list(zip(TITLES, reading, strict=True)),
        style=Markup((HERE / "style.css").read_text("utf-8")),  # noqa: S704 - our own style sheet
    )
    return environment


def pages(board: Board, drawn: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Every page of the pack as (address within the pack, HTML)."""
    yield "index.html", _index(board, drawn)
    for pair in board.pairs:
        yield pair.address, _pair(board, drawn, pair)
        yield pair.trend_address, _trend_page(board, drawn, pair)
    for place in (*board.regions, *board.providers):
        yield place.address, _place(board, drawn, place)
    yield line.ADDRESS, _line(board, drawn)
    yield "funnel.html", _funnels(board, drawn)
    yield "tried.html", _tried(board)
    yield "validation.html", _validation(board)
    yield "revised.html", _revised(board)
    yield "before.html", _before(board)
    yield "data.html", _data(board)
    yield (
        "how-to-read.html",
        _filled(
            board, "how-to-read.html", here="how", top="", title="How to read these pages", queries=[], icons=list(DRAWINGS), icon_words=DRAWINGS
        ),
    )


def _filled(board: Board, template: str, *, here: str, top: str, title: str, releases: Sequence[Release] = (), **context: Any) -> str:
    """A template with what every page carries: source, how far its publications go (those given, else all), version, licence."""
    releases = releases or board.releases
    return (
        _environment()
        .get_template(template)
        .render(
            here=here,
            top=top,
            title=title,
            board=board,
            version=__version__,
            simulated=board.simulated,
            releases=releases,
            released=_released(releases),
            source_label=board.tables.run["source_label"],
            **context,
        )
    )


def _released(releases: Sequence[Release]) -> str:
    several = len({release.dataset["dataset"] for release in releases}) > 1
    names = [", ".join(filter(None, (release.dataset["short_name"] if several else None, release.whose))) for release in releases]
    return words.released_words([(name, release.month, release.published) for name, release in zip(names, releases, strict=True)])


def _figure(board: Board, drawn: dict[str, str], place: Place, measure: str, kind: Kind) -> dict[str, Any] | None:
    """One chart with its words; None where the place does not have the measure."""
    definition = board.definitions[measure]
    summary = board.summaries.get((measure, place.level, place.organisation))
    if summary is None:
        return None
    wide, phone = chart_key(measure, place, kind), chart_key(measure, place, "pair_phone" if kind == "pair" else "column_phone")
    return {
        "title": words.title_words(summary, definition),
        "subtitle": words.subtitle(definition, _axis_from(board, place, measure, kind) if wide in drawn else None),
        "wide": drawing(drawn[wide]) if wide in drawn else None,
        "phone": drawing(drawn[phone]) if phone in drawn else None,
        "instead": _instead(summary),
        "marks": words.marks_words(summary, has_target=measure in board.directions),
    }


def _instead(summary: Row) -> str:
    if not summary["points"]:
        return f"No figure in any month: {words.no_figure_reason(summary)}."
    return words.zeros_words(summary["points"]) if summary["latest_value"] == 0 else words.one_month_words(summary["latest_month"])


def _axis_from(board: Board, place: Place, measure: str, kind: Kind) -> float | None:
    key = (measure, place.level, place.organisation)
    return starts_above_zero(board.series[key], board.definitions[measure]["unit"], board.targets.get(measure, ()), kind)


def _reading(board: Board, summary: Row, definition: Row) -> dict[str, Any]:
    """One measure of one place in words and icons: a row of the matrix, a row of a column of measures."""
    direction = board.directions.get(definition["measure"], "at_least")
    key = (definition["measure"], summary["level"], summary["organisation"])
    return {
        "measure": definition["measure"],
        "name": definition["name"],
        "what": f"{words.unit_words(definition)} · {definition['kind']}",
        "direction": words.direction_words(definition["better"]),
        "latest": figure(summary["latest_value"], definition["unit"]) if summary["latest_value"] is not None else "–",
        "year_before": figure(summary["year_before"], definition["unit"]) if summary["year_before"] is not None else "–",
        "icon": variation_icon(summary["variation"], definition["better"]),
        "assurance": assurance_icon(summary["assurance"], direction),
        "target": words.target_figure(summary, definition),
        "target_words": words.target_words(summary, definition, direction),
        "rule": words.rule_words(summary, definition),
        "sentence": board.texts[key]["sentence"],
        "aloud": board.texts[key]["aloud"],
        "rules": board.texts[key]["rules"],
        "chance": f"{summary['chance_icon']:.3f}" if summary["chance_icon"] is not None and summary["variation"] is not None else "–",
        "quality": words.quality_words(board.missing.get(key, []), summary, board.newest_of.get(definition["dataset"], board.newest)),
        "figures": table_rows(board.figures.get(key, "")),
        "numerator": definition["numerator"],
        "denominator": definition["denominator"] or "–",
        "unit": words.unit_words(definition),
        "query": tables.series_query(*key),
        "how": words.phase_words(summary, _phase_reason(board, summary)),
        "why": definition["why_it_matters"],
        "counts": definition["what_it_counts"],
    }


def _phase_reason(board: Board, summary: Row) -> str | None:
    uprights = board.uprights.get((summary["measure"], summary["level"], summary["organisation"]), ())
    return next((one.words for one in uprights if one.month == summary["phase_start"]), None)


def _contrasts(board: Board, pair: Pair, place: Place) -> list[Row]:
    return board.contrasts.get((pair.pair, place.level, place.organisation), [])


def _headline(board: Board, pair: Pair, place: Place) -> str:
    return words.common_word(_contrasts(board, pair, place))


def _headline_or_why(board: Board, pair: Pair, place: Place) -> str:
    """The headline; where it cannot be told, why."""
    word, contrasts = _headline(board, pair, place), _contrasts(board, pair, place)
    return words.contrast_words(contrasts[0]) if word == words.CANNOT_TELL and contrasts else word


def _featured(board: Board, pair: Pair, place: Place) -> str:
    """The observation measure that carries the headline, else the pair's first."""
    word = _headline(board, pair, place)
    named = [contrast["observation_measure"] for contrast in _contrasts(board, pair, place) if words.headline_of(contrast) == word]
    return str(named[0]) if named else pair.observations[0]


def _observations(board: Board, pair: Pair, place: Place) -> list[dict[str, str]]:
    return [
        {"name": board.definitions[contrast["observation_measure"]]["name"], "words": words.contrast_words(contrast)}
        for contrast in _contrasts(board, pair, place)
    ]


def _index(board: Board, drawn: dict[str, str]) -> str:
    england = board.england
    measures, counts = board.measures(england), board.measures(england, counts=True)
    first = board.pairs[0]
    judged = [summary for summary, _ in (*measures, *counts)]
    rows = [{**_reading(board, summary, definition), "spark": _spark(drawn, england, definition)} for summary, definition in (*measures, *counts)]
    months = {summary["latest_month"] for summary in judged if summary["latest_month"]}
    for row, summary in zip(rows, judged, strict=True):
        row["what"] += f" · {month_name(summary['latest_month'])}" if len(months) > 1 and summary["latest_month"] else ""
    known = {measure for (measure, level, _), summary in board.summaries.items() if level == "region" and summary["latest_value"] is not None}
    columns = [definition for _, definition in measures if definition["measure"] in known]
    headline = words.place_headline(england.name, _headline(board, first, england))
    asked = dict.fromkeys(pair.question for pair in board.pairs)
    return _filled(
        board,
        "index.html",
        here="index",
        top="",
        title="Board pack",
        headline=headline,
        rows=rows,
        changed=words.overview(measures),
        chance=words.chance_words(judged),
        gaps=_gaps(board, england),
        pairs=[
            {
                "title": pair.title,
                "address": pair.address,
                "word": words.capitalised(_headline_or_why(board, pair, england)),
            }
            for pair in board.pairs
        ],
        questions=[(question, [pair for pair in board.pairs if pair.question == question]) for question in asked],
        total=words.expected_total(judged),
        columns=columns,
        regions=[{"place": region, "cells": _cells(board, region, [definition["measure"] for definition in columns])} for region in board.regions],
        region_chance=words.chance_words([summary for region in board.regions for summary, _ in board.measures(region)]),
        groups=_groups(board),
        queries=[tables.summary_query("england", "ENG"), tables.summary_query("region")],
        newest=month_name(months.pop()) if len(months) == 1 else "the newest month of each",
    )


def _gaps(board: Board, place: Place, datasets: set[str] | None = None) -> str:
    """The months that every measure of a dataset lacks at a place, those without a file: in words, by dataset where there are several."""
    found: dict[str, list[set[date]]] = {}
    for _, definition in board.measures(place):
        if datasets is None or definition["dataset"] in datasets:
            months = board.missing.get((definition["measure"], place.level, place.organisation), [])
            found.setdefault(definition["dataset"], []).append(set(months))
    names = {row["dataset"]: row["short_name"] for row in board.datasets}
    said = {names[dataset]: words.gap_words(sorted(set.intersection(*months))) for dataset, months in found.items()}
    if len(said) <= 1:
        return next(iter(said.values()), words.gap_words([]))
    return " ".join(f"{words.capitalised(name)}: {words.uncapitalised(text)}" for name, text in said.items())


def _spark(drawn: dict[str, str], place: Place, definition: Row) -> Markup | None:
    svg = drawn.get(chart_key(definition["measure"], place, "spark"))
    return drawing(svg) if svg else None


def _cells(board: Board, place: Place, measures: Sequence[str]) -> list[dict[str, Any]]:
    """A region's row of the matrix: for each measure its latest figure and its icon."""
    cells: list[dict[str, Any]] = []
    for measure in measures:
        summary, definition = board.summaries.get((measure, place.level, place.organisation)), board.definitions[measure]
        known = summary is not None and summary["latest_value"] is not None
        cells.append(
            {
                "name": definition["short_name"],
                "latest": figure(summary["latest_value"], definition["unit"]) if summary and known else "–",
                "icon": variation_icon(summary["variation"], definition["better"]) if summary else "no_verdict",
            }
        )
    return cells


def _groups(board: Board) -> list[dict[str, Any]]:
    """All providers by region and name, those without a region last."""
    regions = [*sorted({place.region_name for place in board.providers if place.region_name}), None]
    groups = [
        {"name": region or "Region not known", "places": [place for place in board.providers if place.region_name == region]} for region in regions
    ]
    return [group for group in groups if group["places"]]


def _pair(board: Board, drawn: dict[str, str], pair: Pair) -> str:
    england, featured = board.england, _featured(board, pair, board.england)
    shown_first = [featured, pair.target]
    others = [measure for measure in pair.observations if measure != featured]
    keys = [(measure, "england", england.organisation) for measure in (pair.target, featured, *others)]
    found = [(board.summaries[key], board.definitions[key[0]]) for key in keys if key in board.summaries]
    target, observation = _both(board, pair.target, england), _both(board, featured, england)
    readings = [_reading(board, summary, definition) for summary, definition in found]
    regional = [
        summary
        for place in board.regions
        for measure in (pair.target, *pair.observations)
        if (summary := board.summaries.get((measure, place.level, place.organisation)))
    ]
    names = {measure: board.definitions[measure]["short_name"] for measure in pair.observations}
    return _filled(
        board,
        "pair.html",
        here=pair.pair,
        top="",
        title=pair.title,
        releases=_releases(board, pair),
        pair=pair,
        headline=words.pair_headline(_headline(board, pair, england)),
        lead=words.pair_lead(target, observation) if target and observation else "",
        observations=_observations(board, pair, england),
        figures=[_figure(board, drawn, england, measure, "pair") for measure in shown_first],
        others=[_figure(board, drawn, england, measure, "pair") for measure in others],
        aloud=words.aloud(*target, *observation) if target and observation else "",
        sure=" ".join(filter(None, (words.autocorrelation_words([summary for summary, _ in found]), words.stock_words(row for _, row in found)))),
        gaps=_gaps(board, england, _datasets(board, pair)),
        chance=words.chance_words([summary for summary, _ in found] + regional),
        other_way=words.other_way(_contrasts(board, pair, england), names),
        assurance=[reading["target_words"] for reading in readings if reading["target_words"]],
        regions=[_region_of_pair(board, drawn, pair, region, featured) for region in _regions(board, pair)],
        no_regions=NO_REGIONS,
        readings=readings,
        queries=[tables.contrast_query(pair.pair)],
        code=england.organisation,
        at_line=line.anchor_of(board.tables, pair.target, board.definitions[pair.target]["dataset"]),
    )


def _datasets(board: Board, pair: Pair) -> set[str]:
    return {board.definitions[measure]["dataset"] for measure in (pair.target, *pair.observations)}


def _releases(board: Board, pair: Pair) -> list[Release]:
    return [release for release in board.releases if release.dataset["dataset"] in _datasets(board, pair)]


def _regions(board: Board, pair: Pair) -> list[Place]:
    """The regions that have a figure of some measure of the pair."""
    return [region for region in board.regions if any(_both(board, measure, region) for measure in (pair.target, *pair.observations))]


def _both(board: Board, measure: str, place: Place) -> tuple[Row, Row] | None:
    summary = board.summaries.get((measure, place.level, place.organisation))
    return (summary, board.definitions[measure]) if summary else None


def _trend_page(board: Board, drawn: dict[str, str], pair: Pair) -> str:
    """The trend of a pair's observation measures, England and the regions: for learning, without a target."""
    england = board.england
    told = [board.trends.get((measure, england.level, england.organisation)) for measure in pair.observations]
    decomposed = [row for row in told if row is not None and row["trend_level"] is not None]
    return _filled(
        board,
        "trend.html",
        here=pair.pair,
        top="",
        title=f"{pair.title}: the trend",
        releases=_releases(board, pair),
        pair=pair,
        headline=f"{pair.title}: where the level goes once the season is out" if decomposed else f"{pair.title}: no level can be told yet",
        england=_trends(board, drawn, england, pair.observations, wide=True),
        regions=[{"place": region, "trends": _trends(board, drawn, region, pair.observations, wide=True)} for region in _regions(board, pair)],
        no_regions=NO_REGIONS,
        marks=trends.MARKS,
        month_marks=trends.MONTH_MARKS,
        queries=[],
    )


def _trends(board: Board, drawn: dict[str, str], place: Place, measures: Sequence[str], *, wide: bool) -> list[dict[str, Any]]:
    """The trend of each of a place's observation measures: sentences, the table behind them, and the pictures of these kinds."""
    found: list[dict[str, Any]] = []
    for measure in measures:
        told, definition = board.trends.get((measure, place.level, place.organisation)), board.definitions[measure]
        if told is None:
            continue
        kinds: dict[Kind, bool] = {"trend": wide, "trend_phone": True, "months": wide, "months_phone": True}
        pictures = {kind: drawn.get(chart_key(measure, place, kind)) if shown else None for kind, shown in kinds.items()}
        found.append(
            {
                "name": definition["name"],
                "unit": words.unit_words(definition),
                "sentence": trends.sentence(told, definition),
                "beside": trends.beside_words(told, definition),
                "heads": trends.HEADS,
                "figures": table_rows(board.trend_rows.get((measure, place.level, place.organisation), "")),
                "query": trends.trend_query(measure, place.level, place.organisation),
                **{kind: drawing(svg) if svg else None for kind, svg in pictures.items()},
            }
        )
    return found


def _region_of_pair(board: Board, drawn: dict[str, str], pair: Pair, region: Place, featured: str) -> dict[str, Any]:
    shown_here = [(measure, both) for measure in (featured, pair.target) if (both := _both(board, measure, region))]
    return {
        "place": region,
        "code": tables.safe_code(region.organisation),
        "word": words.capitalised(_headline(board, pair, region)),
        "observations": _observations(board, pair, region),
        "figures": [_figure(board, drawn, region, measure, "pair") for measure, _ in shown_here],
        "readings": [_reading(board, *both) for _, both in shown_here],
    }


def _place(board: Board, drawn: dict[str, str], place: Place) -> str:
    measures = board.measures(place)
    readings = [
        _reading(board, summary, definition) | {"figure": _figure(board, drawn, place, definition["measure"], "column")}
        for summary, definition in measures
    ]
    counts = [_reading(board, summary, definition) for summary, definition in board.measures(place, counts=True)]
    shown = {definition["dataset"] for _, definition in measures}
    pairs = [
        {"pair": pair, "word": words.capitalised(_headline(board, pair, place)), "observations": _observations(board, pair, place)}
        for pair in board.pairs
        if _contrasts(board, pair, place)
    ]
    return _filled(
        board,
        "place.html",
        here="organisations",
        top="../",
        title=place.name,
        releases=[one for one in board.releases if one.dataset["dataset"] in shown and one.whose != "England"],
        place=place,
        kick=_kick(place),
        headline=_place_headline(pairs),
        lead=words.overview(measures),
        ended=words.ended_words(place.last_seen, board.newest_for(place)),
        pairs=pairs,
        readings=readings,
        counts=counts,
        chance=words.chance_words([summary for summary, _ in measures]),
        know=_know(board, place),
        question=_question(board, place, pairs),
        file=f"{tables.safe_code(place.organisation)}.csv",
        queries=[],
        peers=_among_peers(board, place),
        trends=_trends(board, drawn, place, board.observed, wide=False),
        trend_marks=f"{trends.MARKS} {trends.MONTH_MARKS}",
        tried=[tried.shown(one, board.definitions) for one in _tried_here(board, place)],
        peers_address=f"funnel.html#o-{tables.safe_code(place.organisation)}",
        uprights=words.uprights_words(one for name in board.definitions for one in board.uprights.get((name, place.level, place.organisation), ())),
    )


def _kick(place: Place) -> str:
    if place.level == "region":
        return "One region: the sum of its providers"
    kind = "type 1 and other departments" if place.has_type_1 else "no type 1 department"
    return f"One organisation, for its own board · {kind} · {place.region_name or 'region not known'} · {place.organisation}"


def _place_headline(pairs: Sequence[dict[str, Any]]) -> str:
    return f"{pairs[0]['pair'].title}: {words.uncapitalised(pairs[0]['word'])}" if pairs else "Too few measures here for a pair"


def _question(board: Board, place: Place, pairs: Sequence[dict[str, Any]]) -> str:
    """The question of the first pair in which something changed, else of the first pair."""
    moved = [entry["pair"] for entry in pairs if any(map(_moved, _contrasts(board, entry["pair"], place)))]
    named = [*moved, *(entry["pair"] for entry in pairs)]
    return named[0].question if named else "What would the people who do the work want to see here, and how would they know that a change helped?"


def _moved(contrast: Row) -> bool:
    return contrast["target_state"] in {"better", "worse"} or contrast["observation_state"] in {"better", "worse", "changed"}


def _know(board: Board, place: Place) -> list[dict[str, str]]:
    """What to know of these data: mergers and new names, what was declared, then months without a figure and why."""
    changes = [
        {"when": month_name(change["month"]), "what": f"{words.capitalised(change['description'].rstrip('.'))}. Source: {change['source']}."}
        for change in board.changes.get(place.organisation, [])
    ]
    measures = {definition["measure"]: definition["short_name"] for _, definition in (*board.measures(place), *board.measures(place, counts=True))}
    missing = [{"when": words.spans(note["month"]), "what": words.note_words(note, measures)} for note in board.notes.get(place.organisation, [])]
    declared = [
        {"when": words.declared_when(entry), "what": words.declared_words(entry, measures)} for entry in board.declared.get(place.organisation, [])
    ]
    return changes + declared + missing


def _funnels(board: Board, drawn: dict[str, str]) -> str:
    asked = funnel_requests(board)
    funnels = [funnel for funnel in board.funnels if funnel.points]
    layouts = [funnel_layout(asked[funnel.measure]) for funnel in funnels]
    definitions = [board.definitions[funnel.measure] for funnel in funnels]

    def cells(place: Place) -> list[dict[str, str]]:
        found: list[dict[str, str]] = []
        for funnel, laid, definition in zip(funnels, layouts, definitions, strict=True):
            point = funnel.points.get(place.organisation)
            told, said = peers.cell(point, definition)
            at = laid.place(point, definition["unit"]) if point and said != "not compared" else None
            found.append({"figure": told, "said": said, "at": f"{at[0]:.4f} {at[1]:.4f}" if at else ""})
        return found

    known = {code for funnel in funnels for code in funnel.points}
    return _filled(
        board,
        "funnel.html",
        here="funnel",
        top="",
        title="Among peers",
        period=peers.period_words(funnels[0].summary) if funnels else "no figures",
        headline=peers.headline([funnel.summary for funnel in funnels]),
        funnels=[_funnel(drawn, *one) for one in zip(funnels, definitions, layouts, strict=True)],
        rows=[
            {"place": place, "region": group["name"], "code": tables.safe_code(place.organisation), "cells": cells(place)}
            for group in _groups(board)
            for place in group["places"]
            if place.organisation in known
        ],
        queries=[peers.QUERY],
    )


def _funnel(drawn: dict[str, str], funnel: Funnel, definition: Row, laid: FunnelLayout) -> dict[str, Any]:
    """One funnel with its words; a plot is left, top, width and height in the picture's pixels."""
    plots = {name: f"{form.left} {form.top} {form.width} {form.height}" for name, form in FORMS.items()}
    return {
        "name": definition["name"],
        "short_name": definition["short_name"],
        "subtitle": peers.subtitle(funnel.summary, definition, laid.y_domain[0]),
        "wide": drawing(drawn[f"{funnel.measure} funnel"]),
        "phone": drawing(drawn[f"{funnel.measure} funnel_phone"]),
        "wide_plot": plots["funnel"],
        "phone_plot": plots["funnel_phone"],
        "seen": peers.seen_words(funnel.summary, definition),
        "says": peers.says_words(funnel.summary),
        "marks": peers.marks_words(funnel.summary, limits=bool(laid.curves)),
    }


def _among_peers(board: Board, place: Place) -> str:
    """Where an organisation lies in the funnels that say something."""
    found = [(funnel, point) for funnel in board.funnels if place.level == "provider" and (point := funnel.points.get(place.organisation))]
    periods = {peers.period_words(funnel.summary) for funnel, _ in found}
    if len(periods) != 1:
        return ""
    return peers.place_words([(point, board.definitions[funnel.measure]) for funnel, point in found], periods.pop())


def _tried_here(board: Board, place: Place) -> list[tried.Tried]:
    return [one for one in board.tried if (one.level, one.organisation) == (place.level, place.organisation)]


def _tried(board: Board) -> str:
    places = {(place.level, place.organisation): place for place in board.places}
    told = [(one, places.get((one.level, one.organisation))) for one in board.tried]
    return _filled(
        board,
        "tried.html",
        here="tried",
        top="",
        title="What was tried",
        headline=tried.headline(board.tried),
        tried=[
            {**tried.shown(one, board.definitions), "place": place.name if place else one.organisation, "address": place.address if place else None}
            for one, place in told
        ],
        queries=[tried.QUERY],
    )


def _line(board: Board, drawn: dict[str, str]) -> str:
    """What happens at the lines of targets."""
    known = board.tables
    found, parts = line.shown(known), {name: _line_figure(figure, drawn) for name, figure in line.figures(known).items()}
    sections = line.sections(found) if found else []
    first = [one for one in sections if one["reading"].how_sure.startswith("Break") and not one["milestone"]][:1] or sections[:1]
    return _filled(
        board,
        line.ADDRESS,
        here="line",
        top="",
        title="At the line",
        found=found,
        span=f"{month_name(found.first)} to {month_name(found.last)}" if found else "",
        headline=line.headline(found),
        lead=line.lead(found),
        note=found.estimates[0]["note"] if found else None,
        figures={name: parts.get(name) for name in ("still", "placebos", "shape")},
        months=[part for name, part in parts.items() if name.startswith("months")],
        england_rates=line.rates_words(known, found, "england") if found else "",
        rates=line.rate_table(known, found) if found else None,
        sections=sections,
        open=first,
        closed=[one for one in sections if one not in first],
        bunched=line.bunched(known),
        deadlines=[one | {"figure": parts.get(one["figure"])} for one in line.deadlines(known)],
        tables=line.data_tables(known, found),
        queries=line.queries(found),
    )


def _line_figure(figure: line.Figure, drawn: dict[str, str]) -> dict[str, Any]:
    """A picture of a line with its words, as the macro of charts has them."""
    wide, phone = (drawing(drawn[f"line {figure.name} {size}"]) for size in line.SIZES)
    return {"title": figure.title, "subtitle": figure.subtitle, "marks": figure.caption, "wide": wide, "phone": phone}


def _validation(board: Board) -> str:
    known = board.tables
    severities = {"critical": 0, "warning": 1, "info": 2}
    findings = sorted(
        known.finding.iter_rows(named=True),
        key=lambda row: (row["passed"], severities.get(row["severity"], 3), row["table_name"], row["expectation"]),
    )
    broken = [row for row in findings if not row["passed"]]
    files = known.file.filter(pl.col("state").is_in(["current", "superseded", "quarantined"])).sort("month", "published", descending=True)
    return _filled(
        board,
        "validation.html",
        here="validation",
        top="",
        title="Validation",
        headline=words.validation_headline(len(findings), len(broken), known.quarantine.height),
        broken=broken,
        held=[row for row in findings if row["passed"]],
        quarantine=known.quarantine.to_dicts(),
        files=files.to_dicts(),
        missing=_gaps(board, board.england),
        revised=words.spans(files.filter((pl.col("release") == "revised") & (pl.col("state") == "current"))["month"].unique().to_list()) or "none",
        pages=known.source_page.to_dicts(),
        queries=["select table_name, expectation, severity, passed, failing, detail\nfrom meta.finding\norder by passed, table_name, expectation"],
    )


def _before(board: Board) -> str:
    rows = before.arranged(board.tables)
    back = before.taken_back(rows)
    return _filled(
        board,
        "before.html",
        here="before",
        top="",
        title="What we said before",
        headline=before.headline(rows),
        since=before.since_words(rows),
        rows=[{**row, "why_words": before.why_words(row)} for row in back.head(before.SHOWN).iter_rows(named=True)],
        more=words.left_out_words(back.height, before.SHOWN),
        held=board.tables.quarantine.to_dicts(),
        revised=words.revision_headline(*_revisions(board), revisions.months_released_again(board.tables)),
        corrections=board.tables.correction.to_dicts(),
        queries=[before.QUERY],
    )


def _revisions(board: Board) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The revised figures of organisations, and those of England's own row."""
    found = revisions.arranged(board.tables)
    england = pl.col("organisation") == board.england.organisation
    return found.filter(~england), found.filter(england)


def _revised(board: Board) -> str:
    ours, total = _revisions(board)
    return _filled(
        board,
        "revised.html",
        here="revised",
        top="",
        title="What was revised",
        headline=words.revision_headline(ours, total, revisions.months_released_again(board.tables)),
        ours=_shown_revisions(ours),
        total=_shown_revisions(total),
        more=words.left_out_words(max(ours.height, total.height), revisions.SHOWN),
        queries=[revisions.QUERY],
    )


def _shown_revisions(found: pl.DataFrame) -> list[Row]:
    """The first rows of a table of revisions, figures as they are read."""
    return [
        {
            **row,
            "old": words.plain_figure(row["old_value"]),
            "new": words.plain_figure(row["new_value"]),
            "change": words.signed_figure(row["difference"]),
        }
        for row in found.head(revisions.SHOWN).iter_rows(named=True)
    ]


def _data(board: Board) -> str:
    named = board.tables.dictionary.group_by("schema_name", "table_name", maintain_order=True).agg(
        pl.col("table_comment", "row_count").first(), pl.struct("column_name", "data_type", "comment").alias("columns")
    )
    return _filled(
        board,
        "data.html",
        here="data",
        top="",
        title="The data",
        schema=named.to_dicts(),
        definitions=[{**row, "unit_words": words.unit_words(row), "review": _review(row)} for row in board.definitions.values()],
        targets=[
            {
                **row,
                "name": board.definitions[row["measure"]]["name"],
                "value": target_figure(row["target_value"], board.definitions[row["measure"]]["unit"]),
            }
            for row in board.tables.target.iter_rows(named=True)
            if row["measure"] in board.definitions
        ],
        queries=["select month, value\nfrom measure.value\nwhere measure = 'ae_within_4h' and level = 'england'\norder by month"],
    )


def _review(definition: Row) -> str:
    return day_name(definition["review_by"]) if definition["review_by"] else "no date set"
