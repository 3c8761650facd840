"""Settings of each series: one call with them equals the separate calls, and what cannot be read is named."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from sightline import spc
from sightline.errors import BadInput
from sightline.spc.settings import calls
from tests.spc.series import months

LENGTH = 30
NAMES = ("waits", "falls", "beds", "left")


def rows(name: str) -> pl.DataFrame:
    place = NAMES.index(name)
    values = [20 + (7 * at * at + 3 * place) % 11 + (9 if at > 20 else 0) * (place % 2) for at in range(LENGTH)]
    return pl.DataFrame({"measure": name, "day": months(LENGTH), "n": values, "of": [50 + at % 3 for at in range(LENGTH)]})


@pytest.fixture(scope="module")
def several() -> pl.DataFrame:
    return pl.concat([rows(name) for name in NAMES]).sample(fraction=1, shuffle=True, seed=1)


#: what each series asks for, as cells of a file and as arguments
ASKED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "waits": ({"direction": "down", "target": "24.5", "rebase": "2022-07-01; 2023-05-01"},
              {"direction": "down", "target": 24.5, "rebase": ["2022-07-01", "2023-05-01"]}),
    "falls": ({"chart": "c", "direction": "down", "exclude": "2022-03-01: first wave; 7", "shift": "8"},
              {"chart": "c", "direction": "down", "exclude": {"2022-03-01": "first wave", 7: None}, "shift": 8}),
    "beds": ({"chart": "run", "direction": "up", "target": "30", "run_method": "bestbox"},
             {"chart": "run", "direction": "up", "target": 30, "run_method": "bestbox"}),
    "left": ({"chart": "pp", "baseline": "20", "screen": "no", "multiply": "100", "two_of_three": "between_two_and_three_sigma"},
             {"chart": "pp", "baseline": 20, "screen": False, "multiply": 100, "two_of_three": "between_two_and_three_sigma", "denominator": "of"}),
}  # fmt: skip


def settings(**cells: dict[str, Any]) -> pl.DataFrame:
    names = dict.fromkeys(name for row in cells.values() for name in row)
    return pl.DataFrame([{"measure": key, **{name: row.get(name) for name in names}} for key, row in cells.items()])


def charted(frame: pl.DataFrame, **arguments: Any) -> spc.Chart:
    return spc.chart(frame, value="n", date="day", by="measure", **arguments)


def test_different_measures_in_one_call_equal_the_separate_calls(several: pl.DataFrame) -> None:
    cells = {name: {"chart": "xmr"} | asked for name, (asked, _) in ASKED.items() if name != "left"}
    together = charted(several, settings=settings(**cells, left={"screen": "false", "baseline": "20"}))
    apart = {name: {"chart": "xmr"} | asked for name, (_, asked) in ASKED.items() if name != "left"} | {"left": {"screen": False, "baseline": 20}}
    for name in NAMES:
        alone = charted(rows(name), **apart[name])
        for whole, one in ((together.points, alone.points), (together.summary, alone.summary)):
            assert_frame_equal(whole.filter(pl.col("series") == name), one, check_exact=True)


def test_counts_leave_a_denominator_aside_that_proportions_need(several: pl.DataFrame) -> None:
    cells = {name: ASKED[name][0] for name in ("falls", "left")}
    together = charted(several, settings=settings(**cells), denominator="of").points
    for name, arguments in (("falls", ASKED["falls"][1]), ("left", ASKED["left"][1]), ("beds", {"denominator": "of"})):
        assert_frame_equal(together.filter(pl.col("series") == name), charted(rows(name), **arguments).points, check_exact=True)


def test_a_row_that_says_what_the_call_says_changes_nothing(several: pl.DataFrame) -> None:
    call = {"chart": "pp", "denominator": "of", "direction": {"waits": "down", "beds": "up"}, "target": 0.4, "rebase": ["2022-09-01"], "shift": 8,
            "exclude": {"2022-02-01": "why"}, "screen": False, "constant": 3.0, "multiply": 100}  # fmt: skip
    said = {"chart": "pp", "direction": "down", "target": "0.4", "rebase": "2022-09-01", "shift": "8", "exclude": "2022-02-01: why",
            "screen": "false", "constant": "3", "multiply": "100.0"}  # fmt: skip
    plain = charted(several, **call)
    for frame in (settings(waits=said), settings(waits={"shift": ""}), settings(waits={"chart": None}), settings(waits={})):
        same = charted(several, settings=frame, **call)
        assert_frame_equal(same.points, plain.points, check_exact=True)
        assert_frame_equal(same.summary, plain.summary, check_exact=True)


def test_equal_settings_share_a_call_whatever_their_targets_dates_and_reasons(several: pl.DataFrame) -> None:
    cells = {name: {"target": str(place), "rebase": f"2022-0{place + 1}-01", "exclude": str(place + 1)} for place, name in enumerate(NAMES)}
    arguments = {"value": "n", "by": "measure", "row_column": None, "denominator": None, "direction": "neither", "target": None, "rebase": (),
                 "exclude": (), "target_column": None, "direction_column": None, "phase_column": None, "chart": "xmr"}  # fmt: skip
    assert len(calls(several, settings(**cells), arguments)) == 1
    cells["falls"]["shift"] = "9"
    assert len(calls(several, settings(**cells), arguments | {"shift": 7})) == 2


def test_lists_and_typed_columns_are_read_as_text_is(several: pl.DataFrame) -> None:
    text = charted(several, settings=settings(waits={"rebase": "2022-07-01; 2023-05-01", "screen": "yes", "baseline": "15"}))
    typed = pl.DataFrame({"series": ["waits"], "rebase": [[date(2022, 7, 1), date(2023, 5, 1)]], "screen": [True], "baseline": [15]})
    assert_frame_equal(charted(several, settings=typed).points, text.points)


def test_a_target_of_its_own_stands_in_place_of_the_column(several: pl.DataFrame) -> None:
    stepped = several.with_columns(due=pl.col("n") * 0 + 25 + pl.col("day").dt.year() - 2022)
    chart = charted(stepped, target_column="due", settings=settings(waits={"target": "9", "direction": "up"}))
    targets = {name: chart.points.filter(pl.col("series") == name)["target"].unique().sort().to_list() for name in ("waits", "falls")}
    assert targets["waits"] == [9] and targets["falls"][0] == 25 and len(targets["falls"]) > 1


def test_two_keys_of_any_kind_and_no_key_at_all() -> None:
    frame = pl.concat([rows("waits").with_columns(site=pl.lit(site)) for site in (1, 2)])
    given = pl.DataFrame({"site": ["2"], "measure": ["waits"], "target": [5.0]})
    found = spc.chart(frame, value="n", date="day", by=["measure", "site"], settings=given).summary
    assert found.columns[:2] == ["measure", "site"] and found["site"].to_list() == [1, 2]
    plain = spc.chart(rows("waits"), value="n", date="day", settings=pl.DataFrame({"series": ["n"], "chart": ["run"]}))
    assert plain.summary["chart"].to_list() == ["run"]


def test_the_reason_of_a_point_left_out_stands_in_its_note() -> None:
    note = charted(rows("waits"), exclude={date(2022, 3, 1): "first wave", 5: None}).points["note"].to_list()
    assert note[2] == "left out of centre line, limits and runs: first wave" and note[4] == "left out of centre line, limits and runs"


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"waits": {"target": "many"}}, "row 1, series waits, column 'target': expected a finite number; saw 'many'"),
        ({"waits": {}, "falls": {"chart": "pie"}}, "row 2, series falls, column 'chart': expected one of xmr"),
        ({"waits": {"direction": "left"}}, "column 'direction': expected one of up, down, neither"),
        ({"waits": {"shift": "7.5"}}, "column 'shift': expected a whole number, at least 2"),
        ({"waits": {"baseline": "3"}}, "column 'baseline': expected a whole number, at least 12"),
        ({"waits": {"constant": "inf"}}, "column 'constant': expected a finite number above 0"),
        ({"waits": {"screen": "perhaps"}}, "column 'screen': expected true or false"),
        ({"waits": {"rebase": "1 April 2024"}}, "column 'rebase': expected dates"),
        ({"waits": {"exclude": "20240401"}}, "column 'exclude': expected dates"),
        ({"nobody": {"target": "1"}}, "row 1, series nobody, column 'measure': expected a series of the data"),
        ({"waits": {"colour": "red"}}, "a column 'colour'"),
    ],
)
def test_what_cannot_be_read_is_named(several: pl.DataFrame, cells: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        charted(several, settings=settings(**cells))


def test_a_series_twice_is_refused_and_messages_name_the_rows_of_the_whole_frame(several: pl.DataFrame) -> None:
    with pytest.raises(BadInput, match=r"row 2, series waits.*one row a series"):
        charted(several, settings=pl.concat([settings(waits={"shift": "8"})] * 2))
    wrong = pl.concat([rows("waits"), rows("falls").with_columns(n=pl.lit(-1, pl.Int64))])
    with pytest.raises(BadInput, match=f"series falls, row {LENGTH + 1}, column 'n'"):
        charted(wrong, settings=settings(falls={"chart": "c"}))
