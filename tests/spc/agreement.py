"""How far the numbers of other tools agree with ours, from the cases that were run with those tools; written to docs/agreement.md.

``python -m tests.spc.agreement`` writes it, where the cases are (SIGHTLINE_SHARED or ../shared); a test compares.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import floor, log10
from pathlib import Path
from typing import Any

import polars as pl

from sightline import spc
from sightline.spc.cadence import ABSENT

ROOT = Path(__file__).parents[2]
GOLDEN = Path(os.environ.get("SIGHTLINE_SHARED") or ROOT.parent / "shared") / "golden" / "spc"
PAGE = ROOT / "docs" / "agreement.md"
CHART = {"i": "xmr"}
DIRECTION = {"increase": "up", "decrease": "down", "neutral": "neither"}
HEAD = """# Agreement with other tools

How far sightline's numbers are those of the tools that analysts use, on series that were run through each of them.
A test writes this page. Cases in which a tool is wrong by our reckoning (D1 to D22 in [METHODS.md](METHODS.md)) are
counted apart. *Decimals*: significant figures to which centre line and limits agree at worst; the files hold fifteen.
*In one only*: lines that one of the two does not draw (under 13 points we give no limits, and a range needs two points).
*Flags alike*: points at which a rule says the same.

| tool | chart | setting | cases | apart | points | decimals | in one only | flags alike |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
"""


@dataclass
class Tally:
    """What was compared in one row of the table."""

    cases: int = 0
    apart: set[str] = field(default_factory=set)
    points: int = 0
    worst: float = 0.0
    one_sided: int = 0
    flags: int = 0
    alike: int = 0

    def add(self, theirs: list[dict[str, str]], ours: pl.DataFrame, numbers: dict[str, str], flags: dict[str, str]) -> None:
        """Compare one case, row by row."""
        self.cases += 1
        self.points += len(theirs)
        for name, own in numbers.items():
            for row, got in zip(theirs, ours[own], strict=True):
                want = float(row[name]) if row[name] not in ("", "NA") else None
                if want is None or got is None:
                    self.one_sided += (want is None) is not (got is None)
                else:
                    self.worst = max(self.worst, abs(want - got) / max(abs(want), abs(got), 1e-12))
        for name, own in flags.items():
            said = [row[name] not in ("", "FALSE", "NA", "0") for row in theirs]
            self.flags += len(said)
            self.alike += sum(one == bool(other) for one, other in zip(said, ours[own], strict=True))

    @property
    def decimals(self) -> int:
        """Significant figures that agree at worst, at most fifteen."""
        return 15 if self.worst == 0 else max(0, min(15, floor(-log10(self.worst))))


def cases(kind: str, folder: str) -> Iterator[tuple[dict[str, str], list[dict[str, str]]]]:
    """The cases of a kind that the tool did not refuse, with its rows."""
    for case in rows(GOLDEN / "cases.csv"):
        path = GOLDEN / folder / f"{case['case']}.csv"
        if case["kind"] == kind and case["status"] == "ok" and path.exists():
            yield case, rows(path)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def given(case: dict[str, str]) -> pl.DataFrame:
    """The series as it was handed to the tool."""
    frame = pl.read_csv(GOLDEN / "input" / f"{case['case']}.csv", infer_schema_length=None)
    text = [name for name in ("date",) if frame[name].dtype == pl.String]
    return frame.with_columns(pl.col(text).str.to_date())


def plotted(case: dict[str, str], like: str) -> spc.Chart:
    """Our chart of a case of NHSRplotthedots."""
    args = json.loads(case["args"])
    return spc.chart(
        given(case), value="value", date="date", by="facet" if args.get("facet") else None, like=like, rebase=args.get("rebase", []),
        direction=DIRECTION[args.get("improvement_direction", "increase")], target=args.get("target"),
        baseline=args.get("fix_after_n_points"), screen=args.get("screen_outliers", True),
    )  # fmt: skip


def drawn(case: dict[str, str], like: str) -> spc.Chart:
    """Our chart of a case of qicharts2."""
    args, frame = json.loads(case["args"]), given(case)
    days = frame["date"].unique().sort().to_list()
    return spc.chart(
        frame, value="y", date="date", denominator="n" if "n" in frame.columns else None, by="facet" if args.get("facets") else None,
        chart=CHART.get(args["chart"], args["chart"]), like=like, baseline=args.get("freeze"), exclude=args.get("exclude", []),
        centre_line=args.get("cl"), rebase=[days[end] for end in args.get("part", []) if end < len(days)],
        screen=args.get("screenedmr", True), run_method=args.get("method", "anhoej"), target=args.get("target"),
        multiply=args.get("multiply", 1), negative=args.get("y.neg", True),
    )  # fmt: skip


def aligned(ours: pl.DataFrame, theirs: list[dict[str, str]], date: str, facet: str | None) -> pl.DataFrame:
    """Our points in the tool's order; only those that it has."""
    keys = {"date": [row[date] for row in theirs]} | ({"series": [row[facet] for row in theirs]} if facet else {})
    named = ours.with_columns(pl.col("date", "series").cast(pl.String))
    return pl.DataFrame(keys).join(named, on=list(keys), how="left", maintain_order="left")


def tally(kind: str, folder: str, chart: Callable[[dict[str, str]], spc.Chart], date: str, facet: str | None, columns: Any) -> dict[str, Tally]:
    """A tally for every kind of chart of one tool."""
    found: dict[str, Tally] = {}
    for case, theirs in cases(kind, folder):
        name = case["chart"] or "xmr"
        one = found.setdefault(CHART.get(name, name), Tally())
        if case["differs_from_tool"]:
            one.apart |= {case["case"]}
            continue
        numbers, flags = columns(theirs[0], name)
        has_facet = facet if json.loads(case["args"]).keys() & {"facet", "facets"} else None
        ours = chart(case).points
        if ours["note"].str.contains(ABSENT).any():  # the tools close absent months up (D8)
            one.apart |= {case["case"]}
            continue
        one.add(theirs, aligned(ours, theirs, date, has_facet), numbers, flags)
    return found


def of_ptd(_row: dict[str, str], _chart: str) -> tuple[dict[str, str], dict[str, str]]:
    return {"mean_col": "centre_line", "lpl": "lower_limit", "upl": "upper_limit"}, {"outside_limits": "rule_outside_limits"}


def of_mdc(_row: dict[str, str], _chart: str) -> tuple[dict[str, str], dict[str, str]]:
    flags = {"outside": "rule_outside_limits", "shift7": "rule_shift", "trend7": "rule_trend", "two3_new": "rule_two_of_three"}
    return {"mean": "centre_line", "lpl": "lower_limit", "upl": "upper_limit"}, flags


def of_qic(row: dict[str, str], chart: str) -> tuple[dict[str, str], dict[str, str]]:
    limits = {"lcl": "lower_limit", "ucl": "upper_limit"} if "lcl" in row and chart != "run" else {}
    return {"y": "value", "cl": "centre_line"} | limits, {"sigma.signal": "rule_outside_limits"}


def of_pbi(row: dict[str, str], chart: str) -> tuple[dict[str, str], dict[str, str]]:
    numbers = {"cl": "centre_line"} | ({"ll99": "lower_limit", "ul99": "upper_limit"} if chart != "run" else {})
    flags = {"ast": "rule_outside_limits", "shift7": "rule_shift", "trend7": "rule_trend", "two95": "rule_two_of_three"}
    return numbers, {name: own for name, own in flags.items() if name in row and chart not in ("run", "mr", "g", "t", "s")}


def page() -> str:
    """The page as Markdown."""
    tables = [
        ("NHSRplotthedots 0.2.2", '`like="nhsrplotthedots"`', tally("ptd", "ptd", lambda case: plotted(case, "nhsrplotthedots"), "x", "f", of_ptd)),
        ("Making Data Count rules", "the default", tally("ptd", "mdc", lambda case: plotted(case, "sightline"), "date", "facet", of_mdc)),
        ("qicharts2 0.8.1", '`like="qicharts2"`', tally("qic", "qic", lambda case: drawn(case, "qicharts2"), "x", "facet1", of_qic)),
        ("PowerBI-SPC 1.7.4", '`like="powerbi-spc"`', tally("ptd", "pbi", lambda case: plotted(case, "powerbi-spc"), "date", None, of_pbi)),
        ("PowerBI-SPC 1.7.4", '`like="powerbi-spc"`', tally("qic", "pbi", lambda case: drawn(case, "powerbi-spc"), "date", None, of_pbi)),
    ]
    lines = [
        f"| {tool} | {chart} | {setting} | {one.cases} | {len(one.apart)} | {one.points:,} | {one.decimals} | {one.one_sided:,} | "
        f"{one.alike:,} of {one.flags:,} |"
        for tool, setting, found in tables
        for chart, one in sorted(found.items())
    ]
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
