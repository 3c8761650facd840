"""One small finished database, made by hand: England, two regions, seven providers, three years, each with a trait of its own.

Figures are made up from a few numbers a provider and a fixed noise; limits, verdicts and contrasts are those of the real engine.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from importlib.resources import files
from math import sin
from pathlib import Path
from random import Random

import polars as pl

from assets import description
from assets.memory import CORRECTION
from sightline import publish, revision, spc, tables
from sightline.pack import texts, tried
from sightline.signals import Publication, remembered
from sightline.spc.change_effect import CHANGE
from sightline.spc.declarations import ENTRY
from sightline.threshold import nightly
from sightline.threshold.simulate import Planted, waiting_lists
from sightline.trend import trend_points

TABLES = tables.read_tables(files("sql"))
KEYS = ["measure", "level", "organisation"]
MONTHS = [date(2022 + (6 + step) // 12, (6 + step) % 12 + 1, 1) for step in range(36)]
FIRST, LAST = MONTHS[0], MONTHS[-1]
#: the month that has no file at all
WITHOUT_FILE = date(2023, 2, 1)
MERGED = date(2024, 1, 1)
#: the month of a signal that an earlier publication showed and this one does not
TAKEN_BACK = date(2025, 5, 1)
RELEASED = date(2025, 8, 14)
#: a measure and month of STEADY that is left out, and the month in which a new phase of the Midlands begins
LEFT_OUT = ("ae_within_4h", date(2024, 6, 1))
DECLARED = date(2023, 11, 1)
REGIONS = {"Y63": "North East and Yorkshire", "Y60": "Midlands"}
LABEL = "made-up figures for tests"
HOSTILE = "<script>alert(1)</script>"
FILE_ADDRESS = "https://figures.example/ae/June-2025.csv"

Reported = dict[str, int | None]


@dataclass(frozen=True)
class Provider:
    """One provider: where it stands, how it does, and the months it reports in."""

    code: str
    name: str
    region: str | None
    within: float
    first: date = FIRST
    last: date = LAST
    type_1: bool = True
    zeros: bool = False
    silent: tuple[date, ...] = ()
    size: int = 9000


GAP = Provider(
    "RGP", "Gapford Hospitals NHS Trust", "Y60", 0.60, silent=tuple(month for month in MONTHS if date(2023, 5, 1) <= month <= date(2023, 12, 1))
)
MERGER = Provider("RME", "Mergerby Hospitals NHS Foundation Trust", "Y63", 0.74)
ENDED = Provider("REN", "Endingham Hospital NHS Trust", "Y63", 0.76, last=date(2023, 12, 1), size=5000)
FEW = Provider("NEW05", "Newcome Urgent Treatment Centre", "Y60", 0.97, first=date(2025, 2, 1), type_1=False, size=1500)
ZEROS = Provider("RZE", "Zerowell Minor Injuries Unit", "Y60", 0.0, type_1=False, zeros=True)
ODD = Provider("R'X/&<1", f'{HOSTILE} & "quotes"', None, 0.80)
STEADY = Provider("RNO", "Steadyton NHS Foundation Trust", "Y63", 0.90)
PROVIDERS = (GAP, MERGER, ENDED, FEW, ZEROS, ODD, STEADY)


def reported(provider: Provider, month: date) -> Reported:
    """What a provider reported in a month: in the last one fewer wait four hours, more wait twelve, and minor cases grow.

    Bookings of STEADY swing slowly, so that each month resembles the one before.
    """
    noise = Random(f"{provider.code} {month}").gauss  # noqa: S311 - made-up figures
    last, merged = month == LAST, provider is MERGER and month >= MERGED
    if provider.zeros:
        return {"a": 0, "a1": 0, "a3": 0, "booked": 0, "over": 0, "over1": 0, "wait4": 0, "wait12": 0, "in": 0, "in1": 0}
    a1 = round(provider.size * (1.5 if merged else 1) * (1 + noise(0, 0.02))) if provider.type_1 else 0
    a3 = round((a1 or provider.size) * (0.85 if last else 0.5) * (1 + noise(0, 0.02)))
    over1 = round(a1 * (1 - provider.within) * (0.5 if last else 1.3) * (1 + noise(0, 0.03)))
    admitted = round(a1 * 0.28 * (1 + noise(0, 0.02)))
    booked = 0.03 * (1 + 0.5 * sin(MONTHS.index(month) / 3) if provider is STEADY else 1)
    quiet = month in provider.silent
    return {
        "a": a1 + a3, "a1": a1, "a3": a3, "booked": round((a1 + a3) * booked * (1 + noise(0, 0.05))),
        "over": None if quiet else over1 + round(a3 * 0.02), "over1": None if quiet else over1,
        "wait4": round(admitted * 0.2 * (1 + noise(0, 0.05))), "wait12": round(admitted * (0.16 if last else 0.08) * (1 + noise(0, 0.05))),
        "in": admitted, "in1": admitted,
    }  # fmt: skip


def parts(row: Reported) -> dict[str, tuple[float | None, float | None]]:
    """Numerator and denominator of every measure; a measure without a denominator is a count."""
    over, over1 = row["over"], row["over1"]
    a, a1 = row["a"] or 0, row["a1"] or 0
    return {
        "ae_within_4h": (None, None) if over is None else (a - over, a),
        "ae_within_4h_type1": (None, None) if over1 is None else (a1 - over1, a1),
        "ae_dta_12h_per_1000_admissions": (row["wait12"], row["in"]),
        "ae_dta_4_to_12h_per_1000_admissions": (row["wait4"], row["in"]),
        "ae_type3_share": (row["a3"], a),
        "ae_booked_share": (row["booked"], a),
        "ae_admissions_per_type1_attendance": (row["in1"], a1),
        "ae_attendances": (a, None),
        "ae_over_4h": (over, None),
        "ae_dta_4_to_12h": (row["wait4"], None),
        "ae_dta_12h": (row["wait12"], None),
        "ae_admissions": (row["in"], None),
    }


def values(definitions: pl.DataFrame) -> pl.DataFrame:
    """measure.value: providers, and the sums of regions and England."""
    rows = [
        {"measure": measure, "organisation": one.code, "region": one.region, "month": month, "numerator": above, "denominator": below}
        for one in PROVIDERS
        for month in MONTHS
        if one.first <= month <= one.last and month != WITHOUT_FILE
        for measure, (above, below) in parts(reported(one, month)).items()
    ]
    schema = {"numerator": pl.Float64, "denominator": pl.Float64, "region": pl.String}
    single = pl.DataFrame(rows, schema_overrides=schema, infer_schema_length=None)
    levels = [
        single.select("measure", pl.lit("provider").alias("level"), "organisation", "month", "numerator", "denominator"),
        _sums(single.drop_nulls("region"), "region", pl.col("region")),
        _sums(single, "england", pl.lit("ENG")),
    ]
    scaled = pl.concat(levels).join(definitions.select("measure", "scale", count=pl.col("denominator").is_null()), on="measure")
    ratio = pl.when(pl.col("denominator") > 0).then(pl.col("scale") * pl.col("numerator") / pl.col("denominator"))
    zero = pl.col("organisation") == ZEROS.code
    valued = scaled.with_columns(value=pl.when("count").then(pl.col("numerator")).when(zero).then(pl.lit(0.0)).otherwise(ratio))
    told = valued.with_columns(numerator=pl.when("count").then(None).otherwise("numerator"), release=pl.lit("first"))
    return told.filter(pl.col("value").is_not_null().any().over(KEYS)).drop("scale", "count")


def _sums(single: pl.DataFrame, level: str, organisation: pl.Expr) -> pl.DataFrame:
    """Sums over those that report; a month in which nobody does has no figure."""
    grouped = single.drop_nulls("numerator").group_by("measure", organisation.alias("organisation"), "month")
    denominator = pl.when(pl.col("denominator").count() > 0).then(pl.col("denominator").sum())
    return grouped.agg(pl.col("numerator").sum(), denominator.alias("denominator")).select(
        "measure", pl.lit(level).alias("level"), "organisation", "month", "numerator", "denominator"
    )


def organisations() -> pl.DataFrame:
    """reference.organisation."""
    places = [("ENG", "england", "England", None, FIRST, LAST), *((code, "region", name, code, FIRST, LAST) for code, name in REGIONS.items())]
    places += [(one.code, "provider", one.name, one.region, one.first, one.last) for one in PROVIDERS]
    rows = [
        {
            "organisation": code, "level": level, "name": name, "region": region, "region_name": REGIONS.get(region or ""), "first_seen": first,
            "last_seen": last, "successor": "RME" if code == "REN" else None, "has_type_1": code not in {FEW.code, ZEROS.code},
        }
        for code, level, name, region, first, last in places
    ]  # fmt: skip
    return pl.DataFrame(rows, infer_schema_length=None)


def changes() -> pl.DataFrame:
    """reference.organisation_change: a merger, the end of its partner, a new name, and a merger after the newest month."""
    rows = [
        (MERGER.code, MERGED, "merger", "REN", "merger: patients of Endingham Hospital NHS Trust come in", "a notice"),
        (ENDED.code, MERGED, "ended", "RME", "went over to Mergerby Hospitals NHS Foundation Trust", "a notice"),
        (ODD.code, date(2023, 6, 1), "renamed", None, f"renamed; until then {HOSTILE}", "the published files"),
        (STEADY.code, date(2026, 4, 1), "merger", "RGP", "merger: patients of Gapford Hospitals NHS Trust come in", "a notice"),
    ]
    return pl.DataFrame(rows, schema=["organisation", "month", "kind", "partner", "description", "source"], orient="row")


def phases() -> pl.DataFrame:
    """reference.phase: the mergers, and two declarations of the home: a month left out, for a reason that is hostile, and a new phase."""
    merged = changes().filter(pl.col("kind") == "merger")
    rows = [
        *({"kind": "phase", "organisation": row["organisation"], "month_from": row["month"], "label": "merger", "reason": row["description"],
           "source": row["source"], "origin": "shipped"} for row in merged.iter_rows(named=True)),
        {"kind": "exclude", "measure": LEFT_OUT[0], "organisation": STEADY.code, "month_from": LEFT_OUT[1], "month_to": LEFT_OUT[1],
         "reason": f"{HOSTILE} & a count that failed", "origin": "home"},
        {"kind": "phase", "level": "region", "organisation": "Y60", "month_from": DECLARED, "label": "new unit", "reason": "a new unit opened",
         "source": "board paper 7", "declared_by": "analyst", "declared_on": RELEASED, "origin": "home"},
    ]  # fmt: skip
    return pl.DataFrame([{"measure": "all", "level": "all", **row} for row in rows], schema=ENTRY)


def tried_changes() -> pl.DataFrame:
    """reference.change: one that is old enough, with hostile words, and one that begins with the newest month."""
    shared = {"organisation": STEADY.code, "level": "provider", "measure": "ae_within_4h", "learning": "urgent care board", "origin": "home"}
    rows = [
        {**shared, "change": f"{HOSTILE} hub", "what": f"{HOSTILE} & a hub", "hoped": "up", "month_from": date(2024, 7, 1),
         "look_again": date(2025, 1, 1), "label": "hub", "source": HOSTILE},
        {**shared, "change": "Later", "what": "later", "hoped": "down", "month_from": LAST, "look_again": date(2025, 12, 1)},
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=CHANGE)


def contrasts(points: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """analysis.pair_contrast from the rows of the charts."""
    state = spc.state(pl.col("judgement"))
    speaking = points.filter("in_window", pl.col("value").is_not_null()).select(*KEYS, "month", state=state)
    both = (
        pairs.select("pair", "target_measure", "observation_measure")
        .join(speaking.rename({"measure": "target_measure", "state": "target_state"}), on="target_measure")
        .join(speaking.rename({"measure": "observation_measure", "state": "observation_state"}), on=["observation_measure", *KEYS[1:], "month"])
    )
    seen = pl.col("target_state"), pl.col("observation_state")
    return both.with_columns(spc.contrast_word(*seen).alias("word"), spc.contrast_reason(*seen).alias("reason"))


def lines(targets: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """analysis.threshold_*: seven month ends of four simulated lists, one in five removed at 18 weeks; the four-hour line."""
    people = waiting_lists(11, units=4, months=7, planted=Planted("removed", 18, 0.2, 4))
    waiting = people.select(
        organisation="unit", month=pl.col("month").dt.month_start(), treatment_function=pl.lit("C_100"), band="week", pathways="people",
        release=pl.when(pl.col("month") < date(2023, 1, 1)).then(pl.lit("revised")).otherwise(pl.lit("first")),
    )  # fmt: skip
    known = pl.DataFrame({"month": [waiting["month"].max()], "share_missing": [0.05]})
    curve = pl.DataFrame({"band": range(60), "pathways": [3000.0 - 45 * week + (900 if 15 <= week <= 17 else 0) for week in range(60)]})
    completed = curve.with_columns(organisation=pl.lit(GAP.code), month=pl.lit(LAST), part=pl.lit("Part_1A"))
    seen = pl.DataFrame(
        [
            {"organisation": one.code, "month": month, "department_type": "type_1", "attendances": row["a1"], "booked_attendances": 0,
             "over_4h": row["over1"], "booked_over_4h": 0}
            for one in PROVIDERS for month in MONTHS if one.first <= month <= one.last and (row := reported(one, month))["a1"]
        ],
        infer_schema_length=None,
    )  # fmt: skip
    made = {
        **nightly.crossing_tables(waiting, known), "bunching": nightly.bunching_table(completed),
        **nightly.four_hour_tables(seen, targets, "ae_within_4h"),
    }  # fmt: skip
    return {f"analysis.threshold_{name}": frame for name, frame in made.items()}


def listed_files() -> pl.DataFrame:
    """meta.file: one a month, an older release, one with a hostile link, one listed only."""
    page = "https://figures.example/ae/"
    rows = [_file(month, f"{page}{month:%B-%Y}.csv", f"Monthly A&E {month:%B %Y}", "current") for month in MONTHS if month != WITHOUT_FILE]
    rows += [_file(LAST, f"{page}June-2025-first.csv", "Monthly A&E June 2025", "superseded") | {"published": date(2025, 7, 10), "sha256": "f1" * 32}]
    rows += [_file(WITHOUT_FILE, "javascript:alert(1)", f"Monthly {HOSTILE}", "quarantined") | {"rows": None, "published": None}]
    rows += [_file(date(2018, 4, 1), f"{page}April-2018.xls", "Monthly A&E April 2018", "listed") | {"rows": None, "sha256": None}]
    return pl.DataFrame(rows, infer_schema_length=None)


def _file(month: date, url: str, anchor: str, state: str) -> dict[str, object]:
    return {
        "dataset": "ae", "month": month, "kind": "csv", "release": "revised" if state == "current" and month == LAST else "first",
        "published": RELEASED if month == LAST else date(month.year, month.month, 28), "url": url, "page": "https://figures.example/ae/",
        "anchor_text": anchor, "sha256": f"{month:%Y%m}" * 8, "bytes": 20_000, "rows": 7, "state": state,
        "first_seen": datetime(2025, 8, 14, tzinfo=UTC),
    }  # fmt: skip


def findings() -> pl.DataFrame:
    """meta.finding: two that hold, one that does not."""
    common = {"run": "20250814T031500Z-00000000", "dataset": "ae", "likely_cause": "a late file", "what_stays": "the months that are there"}
    rows = [
        {**common, "table_name": "measure.value", "expectation": "no value is below 0", "gate": "table", "severity": "critical", "passed": True,
         "failing": 0, "detail": ""},
        {**common, "table_name": "ae.tidy", "expectation": "a file holds rows", "gate": "file", "severity": "critical", "passed": True,
         "failing": 0, "detail": ""},
        {**common, "table_name": "core.ae_provider_month", "expectation": "no month is missing", "gate": "table", "severity": "warning",
         "passed": False, "failing": 1, "detail": f"month 2023-02, name {HOSTILE}"},
    ]  # fmt: skip
    return pl.DataFrame(rows)


def quarantine() -> pl.DataFrame:
    """meta.quarantine: one file held back."""
    row = {
        "dataset": "ae", "month": WITHOUT_FILE, "url": f"https://figures.example/{HOSTILE}.csv", "sha256": "202302" * 8,
        "reason": f"expected rows; saw {HOSTILE}", "what_stays": "nothing: the month is missing", "since": datetime(2025, 8, 14, tzinfo=UTC),
    }  # fmt: skip
    return pl.DataFrame([row])


def published_figures() -> pl.DataFrame:
    """core.ae_provider_month: rows enough for its columns to be in the dictionary."""
    row = {
        "organisation": GAP.code, "month": LAST, "department_type": "type_1", "attendances": 9000, "booked_attendances": None, "over_4h": 1250,
        "booked_over_4h": None, "region": "Y60", "release": "revised", "published": RELEASED, "file": f"{LAST:%Y%m}" * 8,
    }  # fmt: skip
    counts = ("attendances", "booked_attendances", "over_4h", "booked_over_4h")
    return pl.DataFrame([row], schema_overrides=dict.fromkeys(counts, pl.Int64))


def revisions() -> pl.DataFrame:
    """meta.revision: fewer and more, a row that comes and one that goes, England's own row, a hostile name, an organisation nobody knows."""
    first, later = date(2025, 7, 10), RELEASED
    rows = [
        (GAP.code, LAST, "over_4h", "type_1", 1500.0, 1250.0, first, later),
        (GAP.code, LAST, "attendances", "other", 2000.0, 12345.0, first, later),
        (STEADY.code, LAST, "attendances", "type_2", None, 40.0, first, later),
        (ODD.code, MERGED, "attendances", "type_1", 90.0, None, None, date(2024, 6, 1)),
        ("=1+1", MERGED, "a_new_column", "type_1", 0.0, 1.5, None, date(2024, 6, 1)),
        ("ENG", LAST, "attendances", "type_1", 1_000_000.0, 1_000_040.0, first, later),
    ]
    return pl.DataFrame(
        [
            {
                "dataset": "ae", "table_name": "core.ae_provider_month", "key": json.dumps({"department_type": department}, separators=(",", ":")),
                "organisation": organisation, "month": month, "column_name": column, "old_value": old, "new_value": new,
                "old_published": before, "new_published": after,
            }
            for organisation, month, column, department, old, new, before, after in rows
        ],
        schema=revision.SCHEMA,
    )  # fmt: skip


def signals_seen(value: pl.DataFrame, points: pl.DataFrame, summary: pl.DataFrame, definitions: pl.DataFrame) -> pl.DataFrame:
    """meta.signal: what this publication shows, and one a month before it, whose newest month was a signal of ODD that is taken back."""
    known = value.filter(pl.col("month") < LAST)
    declared = spc.of_series(known, phases())
    starts = declared.filter(pl.col("kind") == "phase").rename({"month_from": "month"})
    older_points, older = spc.series_analysis(known, definitions, description.targets(), starts, declared)
    odd = (pl.col("measure") == "ae_within_4h") & (pl.col("organisation") == ODD.code)
    rule = pl.when(odd & (pl.col("month") == TAKEN_BACK)).then(pl.lit(value=True)).otherwise("rule_outside_limits").alias("rule_outside_limits")
    coloured = pl.when(odd).then(pl.lit("outside_limits")).otherwise("signal").alias("signal")
    now = Publication(
        "20250814T031500Z-00000000", datetime(2025, 8, 14, 3, 15, tzinfo=UTC), "a", points, summary, definitions, phases(), listed_files()
    )
    before = replace(
        now,
        run="20250710T031500Z-00000000",
        finished=datetime(2025, 7, 10, 3, 15, tzinfo=UTC),
        points=older_points.with_columns(rule),
        summary=older.with_columns(coloured),
    )
    return remembered(None, before, now)


def source_pages() -> pl.DataFrame:
    """meta.source_page: one read, one listed."""
    rows = [("ae", "https://figures.example/ae/", "A&E figures 2025-26", 36), ("ae", "https://figures.example/old/", f"Older {HOSTILE}", None)]
    return pl.DataFrame(rows, schema={"dataset": pl.String, "url": pl.String, "title": pl.String, "links": pl.Int64}, orient="row")


def run(source: str) -> pl.DataFrame:
    """meta.run; the source ``sample`` makes everything simulated."""
    started = datetime(2025, 8, 14, 3, 15, tzinfo=UTC)
    row = {
        "run": "20250814T031500Z-00000000", "source": source, "source_label": LABEL, "simulated": source == "sample",
        "started": started, "finished": started, "version": "0.0.0",
        "newest_month": LAST, "months": len(MONTHS) - 1, "files": len(MONTHS) - 1,
    }  # fmt: skip
    return pl.DataFrame([row])


@dataclass(frozen=True, repr=False)
class House:
    """A finished database, and the frames it was made of."""

    path: Path
    frames: dict[str, pl.DataFrame]

    def of(self, source: str, path: Path) -> House:
        """The same figures of fewer organisations, from another source."""
        few = pl.col("organisation").is_in(["ENG", "Y60", GAP.code])
        smaller = {name: frame.filter(few) if "organisation" in frame.columns else frame for name, frame in self.frames.items()}
        frames = {**smaller, "meta.run": run(source)}
        build(frames, path)
        return replace(self, path=path, frames=frames)


def frames() -> dict[str, pl.DataFrame]:
    """Every table that the pack reads."""
    definitions, targets, pairs = description.definitions(), description.targets(), description.pairs()
    value = values(definitions)
    declared = spc.of_series(value, phases())
    starts = declared.filter(pl.col("kind") == "phase").rename({"month_from": "month"})
    points, summary = spc.series_analysis(value, definitions, targets, starts, declared)
    effects = spc.change_effect(points, tried_changes(), phases(), definitions, organisations())
    funnel, funnel_summary = spc.funnel_analysis(value, definitions, organisations())
    return {
        "reference.dataset": description.dataset_table(),
        "reference.organisation": organisations(),
        "reference.organisation_change": changes(),
        "reference.phase": phases(),
        "reference.change": tried_changes(),
        "reference.target": targets,
        "measure.definition": definitions,
        "measure.pair": pairs,
        "measure.value": value,
        "analysis.spc_point": points,
        "analysis.spc_summary": summary,
        "analysis.pair_contrast": contrasts(points, pairs),
        "analysis.spc_text": texts.series_text(points, summary, definitions, organisations()),
        "analysis.trend_point": trends(points, definitions, pairs),
        "analysis.change_effect": tried.with_words(effects, points, definitions, organisations()),
        "analysis.funnel_point": funnel,
        "analysis.funnel_summary": funnel_summary,
        **lines(targets),
        "meta.file": listed_files(),
        "meta.source_page": source_pages(),
        "meta.finding": findings(),
        "meta.quarantine": quarantine(),
        "meta.revision": revisions(),
        "meta.signal": signals_seen(value, points, summary, definitions),
        "reference.correction": pl.DataFrame(schema=CORRECTION),
        "core.ae_provider_month": published_figures(),
        "meta.run": run("folder"),
    }


def trends(points: pl.DataFrame, definitions: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """The trends of the observation metrics of the pairs."""
    observed = pairs.select(measure="observation_measure").unique()
    return trend_points(points.join(observed, on="measure", how="semi"), definitions, phases())


def build(made: dict[str, pl.DataFrame], path: Path) -> None:
    """Write the tables, each held against its description, into one database file."""
    folder = path.parent / f"{path.stem}-parquet"
    for name, frame in made.items():
        tables.write(TABLES[name], frame, folder / f"{name}.parquet")
    export = TABLES["analysis.board_export"]
    tables.run_select(export, {name: folder / f"{name}.parquet" for name in export.reads}, folder / f"{export.full_name}.parquet")
    publish.build_database(path, {name: (TABLES[name], folder / f"{name}.parquet") for name in (*made, export.full_name)})
