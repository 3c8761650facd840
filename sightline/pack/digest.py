"""What is new since the publication before: a sentence a chart, with its question and its page; for the command and the feed.

A chart is news where its newest month shows a signal that no earlier publication showed, or where a signal was taken back. What the
first publication that is remembered shows is where the memory begins, and no news.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

import polars as pl

from sightline.charts.figures import day_name, month_name
from sightline.errors import BadInput
from sightline.pack import before, words
from sightline.pack.database import Tables
from sightline.pack.tables import safe_code

KEYS = ["measure", "level", "organisation"]
ATOM = "http://www.w3.org/2005/Atom"
#: a name that can never belong to anybody (RFC 2606): identifiers of entries are names, no addresses (RFC 4151)
TAG = "tag:sightline.invalid,2026:"
FEED_DAYS = 92
FEED_ENTRIES = 500
QUESTION = "What would the people who do the work want to see here, and how would they know that a change helped?"
#: what XML 1.0 cannot hold, even escaped
_CONTROLS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]"


@dataclass(frozen=True)
class Entry:
    """One piece of news: whose, of what, since when, in one sentence; `address` is seen from the pack's top folder."""

    series: tuple[str, str, str]
    run: str
    title: str
    sentence: str
    question: str
    address: str
    at: datetime
    taken_back: bool

    @property
    def id(self) -> str:
        """The same in every publication, and that of no other entry."""
        return TAG + "/".join(quote(part, safe="") for part in ("taken-back" if self.taken_back else "signal", *self.series, self.run))


def news(tables: Tables) -> list[Entry]:
    """Everything that was ever news and still stands, or was taken back: the newest first, then by region, name and measure."""
    rows = before.arranged(tables, days=False)
    begun = rows.sort("first_seen")["first_seen_run"].first() if rows.height else None
    newest = tables.summary.select(*KEYS, current="latest_month")
    known = rows.filter(pl.col("gone").is_not_null() | pl.col("first_seen_run").ne_missing(begun)).join(newest, on=KEYS, how="left")
    shown = known.filter(pl.col("gone").is_null() & (pl.col("icon_last") == pl.col("current")))
    appeared = shown.with_columns(at=pl.col("first_seen"), run=pl.col("first_seen_run"), why_words=pl.lit(None, pl.String))
    back = before.taken_back(known).filter(pl.col("icon_last").is_not_null())
    gone = back.with_columns(
        at=pl.col("gone"), run=pl.col("gone_run"), why_words=pl.Series([before.why_words(row) for row in back.iter_rows(named=True)], dtype=pl.String)
    )
    order = [pl.col("at").dt.epoch("us").neg(), pl.col("region_name"), pl.col("name").str.to_lowercase(), pl.col("place"), pl.col("first_month")]
    found = pl.concat([appeared, gone]).join(tables.text.select(*KEYS, "sentence"), on=KEYS, how="left").sort(order, nulls_last=True)
    named = found.unique([*KEYS, "run", "gone"], keep="first", maintain_order=True)
    questions = _questions(tables)
    return [_entry(row, questions) for row in named.iter_rows(named=True)]


def _questions(tables: Tables) -> dict[str, str]:
    """The question of the first pair that a measure belongs to."""
    of = [tables.pair.select(pl.col(column).alias("measure"), "question") for column in ("target_measure", "observation_measure")]
    return dict(pl.concat(of).unique("measure", keep="first", maintain_order=True).iter_rows())


def _entry(row: dict[str, Any], questions: dict[str, str]) -> Entry:
    said = f"Taken back: {row['what']}. Why: {row['why_words']}." if row["why_words"] else row["sentence"] or words.capitalised(row["what"])
    folder = {"provider": "organisation", "region": "region"}.get(row["level"])
    return Entry(
        series=(row["measure"], row["level"], row["organisation"]),
        run=row["run"],
        title=f"{row['measure_name']}, {row['name']}",
        sentence=said,
        question=questions.get(row["measure"], QUESTION),
        address=f"{folder}/{safe_code(row['organisation'])}.html" if folder else "index.html",
        at=row["at"],
        taken_back=bool(row["why_words"]),
    )


def lines(tables: Tables, organisations: Sequence[str] = (), since: date | None = None) -> list[str]:
    """The digest as lines of text: of some organisations (all, without a code), since a day (the publication before); where nothing changed, that.

    Raises:
        BadInput: a code that no chart has.
    """
    charts, remembered = (_of(frame, organisations) for frame in (tables.summary, tables.signal))
    strange = sorted(set(organisations) - set(tables.summary["organisation"]))
    if strange:
        expected, action = "the code of an organisation or region that is published, or ENG", "look it up on the pack's first page"
        raise BadInput("--organisation", expected=expected, seen=strange[0], action=action)
    run, begin = str(tables.run["run"]), datetime(since.year, since.month, since.day, tzinfo=UTC) if since else None
    about = f"Published on {day_name(tables.run['finished'].date())}, data to {month_name(tables.run['newest_month'])}: {tables.run['source_label']}."
    looked = f"Charts looked at: {charts.height:,}. {words.chance_words(charts.to_dicts())}"
    if begin is None and tables.signal.height and set(tables.signal["first_seen_run"]) == {run}:
        return [
            about,
            looked,
            "This is the first publication that is remembered: from the next one on, what is new since the one before stands here.",
        ]
    found = [one for one in news(tables) if (not organisations or one.series[2] in organisations) and (one.at >= begin if begin else one.run == run)]
    when = f"since {day_name(since)}" if since else "since the publication before"
    gone = pl.col("gone").dt.convert_time_zone("UTC") >= begin if begin else pl.col("gone_run") == run
    quiet = before.taken_back(remembered).filter(gone, pl.col("icon_last").is_null()).height
    new, back = [one for one in found if not one.taken_back], [one for one in found if one.taken_back]
    told = [about, looked]
    if new:
        told += [f"New {when}: {words.plural(len(new), 'chart')} whose newest month shows a signal.", *map(_line, new)]
    if back:
        told += [f"Taken back {when}: {words.plural(len(back), 'signal')} of a newest month.", *map(_line, back)]
    if quiet:
        told.append(f"Taken back {when}: {words.plural(quiet, 'signal')} of earlier months (before.html says which, and why).")
    return told if len(told) > 2 else [*told, f"Nothing is new {when}."]


def _of(frame: pl.DataFrame, organisations: Sequence[str]) -> pl.DataFrame:
    return frame.filter(pl.col("organisation").is_in(list(organisations))) if organisations else frame


def _line(one: Entry) -> str:
    return f"* {one.title}: {one.sentence} {one.question} ({one.address})"


def feed(tables: Tables) -> str:
    """The news of the last three months as an Atom feed (RFC 4287); links are relative to where the feed lies."""
    finished = tables.run["finished"].astimezone(UTC)
    recent = [one for one in news(tables) if one.at >= finished - timedelta(days=FEED_DAYS)][:FEED_ENTRIES]
    ET.register_namespace("", ATOM)
    root = ET.Element(f"{{{ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": "en-GB"})
    _text(root, "id", f"{TAG}{'simulated' if tables.run['simulated'] else 'news'}")
    _text(root, "title", "sightline: what is new" + (" (simulated figures)" if tables.run["simulated"] else ""))
    _text(root, "subtitle", f"{words.chance_words(tables.summary.to_dicts())} Source: {tables.run['source_label']}.")
    _text(root, "updated", _stamp(max((one.at for one in recent), default=finished)))
    _text(ET.SubElement(root, f"{{{ATOM}}}author"), "name", "sightline")
    ET.SubElement(root, f"{{{ATOM}}}link", {"rel": "self", "type": "application/atom+xml", "href": "feed.xml"})
    ET.SubElement(root, f"{{{ATOM}}}link", {"rel": "alternate", "type": "text/html", "href": "index.html"})
    for one in recent:
        entry = ET.SubElement(root, f"{{{ATOM}}}entry")
        _text(entry, "id", one.id)
        _text(entry, "title", one.title)
        _text(entry, "updated", _stamp(one.at))
        ET.SubElement(entry, f"{{{ATOM}}}link", {"rel": "alternate", "type": "text/html", "href": one.address})
        _text(entry, "summary", f"{one.sentence} {one.question}")
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, f"{{{ATOM}}}{name}").text = re.sub(_CONTROLS, "", text)


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def write_feed(tables: Tables, folder: Path) -> None:
    """``feed.xml``."""
    (folder / "feed.xml").write_text(feed(tables), "utf-8", newline="\n")
