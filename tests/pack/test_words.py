"""Sentences, each as a promise: what is said, in which case, and what is not said."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.charts.request import Upright
from sightline.pack import words
from sightline.spc import contrast as engine

Row = dict[str, Any]
JUNE = date(2025, 6, 1)
SHARE: Row = {
    "measure": "ae_within_4h", "name": "Seen within four hours", "short_name": "Within 4 hours", "unit": "proportion", "share_of": "attendances",
    "better": "up", "kind": "target", "stock_or_flow": "flow",
}  # fmt: skip
WAITS: Row = SHARE | {
    "measure": "ae_dta", "name": "Waits over twelve hours", "short_name": "Over 12 h", "unit": "per 1,000 emergency admissions", "share_of": None,
    "better": "down", "kind": "observation",
}  # fmt: skip
MIX: Row = WAITS | {"measure": "ae_mix", "short_name": "Mix", "better": "neither"}


def _summary(**known: Any) -> Row:
    return {
        "chart": "xmr", "variation": "common_cause", "signal": "none", "latest_value": 0.756, "latest_month": JUNE, "year_before": None,
        "centre_line": 0.75, "lower_limit": 0.72, "upper_limit": 0.78, "target": None, "assurance": None, "fitness_reason": "a reason",
        "points": 24, "useful_points": 22, "window_months": 24, "phase_start": None, "chance_icon": 0.02, "chance_icon_autocorrelated": 0.05,
        "lag1_autocorrelation": 0.1, "runs_signal": None, "longest_run": 4, "longest_run_limit": 8, "crossings": 11, "crossings_limit": 8,
        "month_change": 0.002, "changes_before": 22, "change_lowest": -0.011, "change_highest": 0.008,
    } | known  # fmt: skip


def _contrast(target: str = "better", observation: str = "worse", *, word: str | None = None, reason: str | None = None, measure: str = "x") -> Row:
    return {"target_state": target, "observation_state": observation, "word": word, "reason": reason, "observation_measure": measure}


# ---------------------------------------------------------------------------------------------------------- small words


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, "0"), (7, "7"), (999, "999"), (1000, "about 1,000"), (12_345, "about 12,300"), (999_999, "about 1,000,000"),
        (1_000_000, "about 1 million"), (2_351_581, "about 2.35 million"), (12_345_678, "about 12.3 million"),
    ],
)  # fmt: skip
def test_counts_of_people_have_two_or_three_figures_and_say_about(count: float, expected: str) -> None:
    assert words.about(count) == expected


@given(st.floats(1000, 9e8))
def test_about_is_never_far_from_the_count(count: float) -> None:
    said = words.about(count)
    assert said.startswith("about ")
    figure = float(said.removeprefix("about ").removesuffix(" million").replace(",", "")) * (1_000_000 if said.endswith("million") else 1)
    assert figure == pytest.approx(count, rel=0.0051)


def test_one_is_singular_and_all_else_plural() -> None:
    assert [words.plural(count, "month") for count in (0, 1, 2, 1234)] == ["0 months", "1 month", "2 months", "1,234 months"]
    assert words.plural(2, "chart has", "charts have") == "2 charts have"


def test_lists_are_joined_so_that_their_parts_stay_apart() -> None:
    assert [words.listed(parts) for parts in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]
    assert (
        words.listed(["within 4 hours, all types", "within 4 hours, type 1", "mix"]) == "within 4 hours, all types; within 4 hours, type 1; and mix"
    )
    assert words.listed(["within 4 hours, all types"]) == "within 4 hours, all types"


@pytest.mark.parametrize(
    ("months", "expected"),
    [
        ([], ""),
        ([JUNE], "June 2025"),
        ([date(2024, 12, 1), date(2025, 1, 1)], "December 2024 to January 2025"),
        ([date(2025, 4, 1), date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1), date(2024, 9, 1)], "September 2024 and January 2025 to April 2025"),
    ],
)
def test_neighbouring_months_are_one_span(months: list[date], expected: str) -> None:
    assert words.spans(months) == expected


@given(st.sets(st.integers(24_000, 24_400), max_size=25))
def test_spans_name_every_month_and_no_other(numbers: set[int]) -> None:
    names = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
    said = re.findall(r"([A-Z][a-z]+) (\d{4})(?: to ([A-Z][a-z]+) (\d{4}))?", words.spans([date(n // 12, n % 12 + 1, 1) for n in numbers]))
    found = {
        n
        for start, first, end, last in said
        for n in range(int(first) * 12 + names.index(start), int(last or first) * 12 + names.index(end or start) + 1)
    }
    assert found == numbers


def test_missing_months_are_counted_and_named() -> None:
    assert words.gap_words([]) == "No month is missing."
    assert words.gap_words([JUNE]) == "One month is missing (June 2025): the line breaks there, and runs end at a gap."
    assert words.gap_words([date(2025, 1, 1), date(2025, 2, 1)]).startswith("Two months are missing (January 2025 to February 2025)")
    assert words.gap_words([date(2024, month, 1) for month in range(1, 13)] + [JUNE]).startswith(
        "13 months are missing (January 2024 to December 2024"
    )


def test_names_in_capitals_are_made_readable_and_others_are_left_as_they_are() -> None:
    assert words.readable_name("ST GEORGE'S UNIVERSITY HOSPITALS NHS FOUNDATION TRUST") == "St George's University Hospitals NHS Foundation Trust"
    assert words.readable_name("MINOR INJURIES UNIT OF THE NORTH (MIU)") == "Minor Injuries Unit of the North (MIU)"
    assert words.readable_name("iCare <b>UTC</b>") == "iCare <b>UTC</b>"


# -------------------------------------------------------------------------------------------------------------- readings


@pytest.mark.parametrize(
    ("known", "definition", "said"),
    [
        ({}, SHARE, "inside the limits, 72.0 to 78.0 %: no change that chance would not make."),
        (
            {"variation": "improvement", "signal": "outside_limits", "latest_value": 0.8}, SHARE,
            "above the upper limit of 78.0 %: a change for the better that chance alone would rarely make.",
        ),
        (
            {"variation": "concern", "signal": "outside_limits", "latest_value": 0.7}, SHARE,
            "below the lower limit of 72.0 %: a change for the worse that chance alone would rarely make.",
        ),
        (
            {"variation": "concern", "signal": "outside_limits", "latest_value": 120.0, "lower_limit": 80.0, "upper_limit": 110.0}, WAITS,
            "above the upper limit of 110: a change for the worse that chance alone would rarely make.",
        ),
        (
            {"variation": "improvement", "signal": "shift"}, SHARE,
            "one of a run of months above the mean of 75.0 %: a change for the better that chance alone would rarely make.",
        ),
        (
            {"variation": "improvement", "signal": "trend"}, WAITS,
            "one of a run of months, each lower than the one before: a change for the better that chance alone would rarely make.",
        ),
        (
            {"variation": "neither_high", "signal": "two_of_three", "latest_value": 1.0, "centre_line": 0.5}, MIX,
            "one of two in three months far above the mean of 0.5: a change that chance alone would rarely make; neither direction is better.",
        ),
    ],
)  # fmt: skip
def test_a_reading_says_the_figure_the_month_the_place_and_the_verdict(known: Row, definition: Row, said: str) -> None:
    reading = words.reading(_summary(**known), definition).replace("\u00a0", " ")
    assert reading.endswith(f"in June 2025, {said}")
    assert re.match(r"[\d.,]+ (%|per 1,000 emergency admissions) in June 2025", reading)


def test_a_reading_tells_the_year_before_and_claims_nothing_of_it() -> None:
    reading = words.reading(_summary(year_before=0.74), SHARE)
    assert reading.endswith("no change that chance would not make. A year before: 74.0\u00a0%.")


def test_a_reading_without_a_verdict_says_why_and_makes_no_claim() -> None:
    few = _summary(variation=None, chart="none", fitness_reason="months with a figure: 5; a chart needs 10, limits need 13")
    reading = words.reading(few, SHARE)
    assert reading.endswith("in June 2025. No verdict is given – months with a figure: 5; a chart needs 10, limits need 13.")
    assert not re.search("chance|better|worse|limits,", reading)


@pytest.mark.parametrize("runs_signal", [True, False, None])
def test_a_run_chart_says_what_its_runs_say_and_nothing_where_they_may_not_be_read(runs_signal: bool | None) -> None:
    reading = words.reading(_summary(variation=None, chart="run", runs_signal=runs_signal, longest_run=11, crossings=5), SHARE)
    expected = {
        True: "moves in longer runs than chance makes: longest run 11 (chance: up to 8), 5 crossings (chance: at least 8)",
        False: "the runs of the series are such as chance makes",
    }
    assert [state for state, text in expected.items() if text in reading] == ([runs_signal] if runs_signal is not None else [])


def test_a_series_without_any_figure_says_so() -> None:
    assert words.reading(_summary(latest_value=None, variation=None, fitness_reason="none was published"), SHARE) == (
        "No figure in any month: none was published."
    )


def test_limits_are_written_where_figures_can_be() -> None:
    over = words.reading(_summary(lower_limit=-0.05, upper_limit=1.04, latest_value=0.5), SHARE).replace("\u00a0", " ")
    assert "inside the limits, 0 to 100.0 %" in over
    assert "inside the limits, 0 to 130" in words.reading(_summary(lower_limit=-4.0, upper_limit=130.0, latest_value=60.0), WAITS)


def test_the_verdict_in_a_sentence_goes_with_the_better_direction() -> None:
    verdicts = {
        variation: words.verdict_words(variation) for variation in ("improvement", "concern", "neither_high", "neither_low", "common_cause", None)
    }
    assert "for the better" in verdicts["improvement"]
    assert "for the worse" in verdicts["concern"]
    assert all("neither direction is better" in verdicts[name] for name in ("neither_high", "neither_low"))
    assert verdicts["common_cause"] == "no change that chance would not make"
    assert verdicts[None] == "no verdict"


# --------------------------------------------------------------------------------------------------------------- targets


@pytest.mark.parametrize(
    ("assurance", "direction", "expected"),
    [
        ("failing", "at_least", "The target of 95 % lies above what this process delivers: as it stands, it will not reach it."),
        ("passing", "at_least", "The target of 95 % lies below what this process delivers: as it stands, it keeps to it."),
        ("failing", "at_most", "The target of 95 % lies below what this process delivers: as it stands, it will not reach it."),
        ("passing", "at_most", "The target of 95 % lies above what this process delivers: as it stands, it keeps to it."),
        (
            "hit_or_miss",
            "at_least",
            "The target of 95 % lies inside what this process delivers: some months reach it and others do not, by chance alone.",
        ),
        (None, "at_least", ""),
    ],
)
def test_a_target_is_said_to_lie_somewhere_and_nobody_to_fail(assurance: str | None, direction: str, expected: str) -> None:
    assert words.target_words(_summary(target=0.95, assurance=assurance), SHARE, direction).replace("\u00a0", " ") == expected


def test_without_a_target_nothing_is_said_of_one() -> None:
    assert words.target_words(_summary(), SHARE, "at_least") == ""
    assert words.target_figure(_summary(), SHARE) == "–"
    assert "target" not in words.title_words(_summary(), SHARE)


@pytest.mark.parametrize(("value", "expected"), [(0.9, "below the target line"), (0.96, "above the target line"), (0.95, None)])
def test_the_title_says_on_which_side_of_the_target_the_last_month_lies(value: float, expected: str | None) -> None:
    title = words.title_words(_summary(target=0.95, latest_value=value), SHARE)
    assert ("target" in title) == (expected is not None)
    assert title.endswith(expected or "inside the limits")


# ---------------------------------------------------------------------------------------------------------------- chance


def test_the_signals_to_expect_by_chance_are_the_sum_over_all_icons_with_a_verdict() -> None:
    said = words.chance_words([_summary(), _summary(variation="concern"), _summary(variation=None)])
    assert said == (
        "1 of 2 icons shows a signal; about 0.04 would if nothing had changed and months were independent; "
        "about 0.1 given how much their months resemble each other."
    )


def test_many_icons_expect_more_than_one_signal() -> None:
    assert "3 of 100 icons show a signal; about 2.0 would" in words.chance_words([_summary(variation="improvement")] * 3 + [_summary()] * 97)


def test_where_resemblance_is_beyond_what_was_simulated_a_signal_is_said_to_mean_little() -> None:
    said = words.chance_words([_summary(), _summary(chance_icon_autocorrelated=None)])
    assert "for 1 of them the resemblance is beyond what was simulated, so that a signal there says little by itself" in said
    assert "about 0.05 among the others" in said


def test_without_verdicts_there_is_nothing_to_expect() -> None:
    assert words.chance_words([_summary(variation=None)]) == "No icon on this page carries a verdict, so none can signal by chance."
    assert words.chance_words([]) == "No icon on this page carries a verdict, so none can signal by chance."


@pytest.mark.parametrize(
    ("lags", "expected"),
    [
        ([], "cannot be told from so few months"),
        ([0.1, -0.2], "resemble each other little (lag-1 correlation 0.10 and −0.20), as the limits assume"),
        ([0.5], "limits signal more often than they should"),
        ([0.97], "(lag-1 correlation over 0.95)"),
    ],
)
def test_resemblance_of_months_is_told_with_what_it_does_to_the_limits(lags: list[float], expected: str) -> None:
    assert expected in words.autocorrelation_words([_summary(lag1_autocorrelation=lag) for lag in lags] or [_summary(lag1_autocorrelation=None)])


def test_charts_without_limits_are_counted_where_resemblance_is_told() -> None:
    said = words.autocorrelation_words([_summary(lag1_autocorrelation=0.9, chart="run"), _summary(lag1_autocorrelation=0.2)])
    assert said.endswith("; 1 chart has a median in place of limits.")


# ------------------------------------------------------------------------------------------------------------- contrasts


STATES = ("better", "worse", "no_change", "changed", "cannot_tell")
FIVE = (engine.TOGETHER_BETTER, engine.TOGETHER_WORSE, engine.NUMBER_IMPROVED, engine.EXPERIENCE_IMPROVED, engine.NO_CHANGE)


def test_the_engine_has_the_five_words_that_pages_promise() -> None:
    assert set(FIVE) == {
        "together better", "together worse", "the number improved and the experience did not", "the experience improved and the number did not",
        "no change that chance would not make",
    }  # fmt: skip


@pytest.mark.parametrize("word", FIVE)
def test_a_word_of_the_five_is_the_headline_as_it_stands(word: str) -> None:
    assert words.headline_of(_contrast(word=word)) == word
    assert words.contrast_words(_contrast(word=word)) == word
    assert words.common_word([_contrast(word=word)]) == word
    assert words.pair_headline(word) == word[0].upper() + word[1:]


@pytest.mark.parametrize("target", STATES)
@pytest.mark.parametrize("observation", STATES)
def test_where_no_word_fits_a_reason_stands_in_its_place_or_it_cannot_be_told(target: str, observation: str) -> None:
    word = engine.WORDS.get((target, observation))
    reason = None if word else engine.REASONS.get((target, observation), f"the number {target}; the experience {observation}")
    known = _contrast(target, observation, word=word, reason=reason)
    headline = words.headline_of(known)
    if word:
        assert headline == word
    elif {target, observation} <= {"better", "worse", "no_change"}:
        assert headline == engine.REASONS[target, observation]
    else:
        assert headline is None
        assert words.contrast_words(known) == f"cannot tell – {reason}"


def test_nothing_known_is_cannot_tell() -> None:
    assert words.common_word([]) == "cannot tell"
    assert words.common_word([_contrast("cannot_tell", "better")]) == "cannot tell"
    assert words.contrast_words(_contrast("cannot_tell", "better")) == "cannot tell"
    assert words.pair_headline("cannot tell") == "Whether number and experience moved together cannot be told"


def test_the_headline_of_a_pair_is_the_word_of_most_of_its_measures_and_of_equals_the_first() -> None:
    one, two, three = (_contrast(word=word) for word in FIVE[:3])
    assert words.common_word([one, two, two]) == FIVE[1]
    assert words.common_word([three, one, two]) == FIVE[2]
    assert words.common_word([_contrast("cannot_tell", "worse"), one]) == FIVE[0]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("together better", "In England number and experience got better together"),
        ("together worse", "In England number and experience got worse together"),
        ("the number improved and the experience did not", "In England the number improved and the experience did not"),
        ("no change that chance would not make", "In England, no change that chance would not make"),
        ("cannot tell", "In England it cannot be told whether number and experience moved together"),
    ],
)
def test_the_headline_of_a_place_is_a_sentence(word: str, expected: str) -> None:
    assert words.place_headline("England", word) == expected


def test_what_went_the_other_way_is_named_whichever_way_it_went() -> None:
    names = {"waits": "over 12 h", "share": "within 4 hours"}
    worse, with_it = _contrast("better", "worse", measure="waits"), _contrast("better", "better", measure="share")
    assert words.other_way([with_it, worse], names) == "Over 12 h moved the other way than the target measure."
    assert words.other_way([_contrast("worse", "better", measure="waits")], names).startswith("Over 12 h moved the other way")
    assert words.other_way([_contrast("better", "no_change", measure="waits")], names) == (
        "Nothing beyond chance; over 12 h did not move with the target measure."
    )
    assert words.other_way([_contrast("no_change", "no_change", measure="waits")], names) == "Nothing that chance would not make."
    assert words.other_way([_contrast("cannot_tell", "worse", measure="waits")], names) == (
        "That cannot be told, because the target measure gives no verdict."
    )


# ----------------------------------------------------------------------------------------------------------------- aloud


def test_what_may_be_said_aloud_has_both_figures_no_sign_and_a_caution() -> None:
    waits = _summary(latest_value=161.0, variation="concern", signal="outside_limits")
    said = words.aloud(_summary(variation="improvement"), SHARE, waits, WAITS)
    assert said == (
        "“Within 4 hours” stood at 75.6 per cent in June 2025: better than chance alone would readily make it. In the same month “Over 12 h” "
        "stood at 161 per 1,000 emergency admissions: worse than chance alone would readily make it. These data cannot tell us why."
    )


def test_two_months_are_not_said_to_be_the_same() -> None:
    said = words.aloud(_summary(), SHARE, _summary(latest_value=161.0, latest_month=date(2025, 5, 1)), WAITS)
    assert "In the same month" not in said
    assert "161 per 1,000 emergency admissions in May 2025" in said


@pytest.mark.parametrize("variation", ["improvement", "concern", "neither_high", "neither_low", "common_cause", None])
def test_every_verdict_can_be_said_aloud(variation: str | None) -> None:
    said = words.aloud(_summary(variation=variation), SHARE, _summary(latest_value=None, latest_month=None, variation=None), WAITS)
    assert said.startswith("“Within 4 hours” stood at 75.6 per cent in June 2025: ")
    assert said.endswith("For “Over 12 h” there is no figure. These data cannot tell us why.")
    assert "_" not in said
    assert "%" not in said


# ---------------------------------------------------------------------------------------------------- places and release


def test_an_organisation_that_reports_is_not_said_to_have_ended() -> None:
    assert words.ended_words(JUNE, JUNE) == ""
    assert words.ended_words(date(2023, 12, 1), JUNE) == "No longer reports; the last month is December 2023."


def test_a_stock_without_a_verdict_tells_how_it_changed_from_month_to_month() -> None:
    carried = _summary(chart="run", variation=None, lag1_autocorrelation=0.9, fitness_reason="each month resembles the last")
    said = words.reading(carried, SHARE | {"stock_or_flow": "stock"})
    assert said.endswith(" Month on month +0.2 percentage points; the 22 changes before, −1.1 to +0.8.")
    assert "Month on month" not in words.reading(carried, SHARE)
    assert "Month on month" not in words.reading(carried | {"lag1_autocorrelation": 0.1}, SHARE | {"stock_or_flow": "stock"})
    assert "Month on month" not in words.reading(carried | {"month_change": None}, SHARE | {"stock_or_flow": "stock"})
    assert "Month on month" not in words.reading(carried | {"points": 12}, SHARE | {"stock_or_flow": "stock"})
    assert words.stock_words([SHARE]) == ""
    assert "mostly there a month before" in words.stock_words([SHARE, SHARE | {"stock_or_flow": "stock"}])


def test_zeros_are_a_sentence() -> None:
    assert words.zeros_words(1) == "Zero in the one month with a figure: no chart is drawn of zeros alone."
    assert words.zeros_words(24) == "Zero in each of the 24 months with a figure: no chart is drawn of zeros alone."


def test_a_release_names_its_day_where_that_is_known_and_each_month_where_publications_differ() -> None:
    day, may = date(2025, 11, 13), date(2025, 5, 1)
    assert words.released_words([("A&E", JUNE, day)]) == "Data to June 2025, released 13 November 2025"
    assert words.released_words([("A&E", JUNE, None), ("Waits", JUNE, None)]) == "Data to June 2025"
    assert words.released_words([("A&E", JUNE, day), ("Waits", JUNE, may)]) == "Data to June 2025"
    assert words.released_words([("A&E", JUNE, day), ("Waits", may, day)]) == "Data to June 2025 (A&E) and May 2025 (Waits)"


def test_the_lead_of_an_organisation_keeps_the_order_of_the_pathway_within_each_verdict() -> None:
    said = words.overview([(_summary(), SHARE), (_summary(variation="concern"), WAITS), (_summary(variation=None), MIX)])
    assert said == "Worse than chance would readily make: over 12 h. No change beyond chance: within 4 hours. No verdict: mix."


def test_upright_lines_are_said_once_each_in_the_order_of_time() -> None:
    uprights = [Upright(date(2024, 1, 1), "merger"), Upright(date(2023, 3, 1), "new unit"), Upright(date(2024, 1, 1), "merger")]
    assert words.uprights_words(uprights) == "Upright lines: new unit of March 2023 and merger of January 2024."
    assert words.uprights_words([]) == ""


def test_a_note_names_its_measures_unless_it_concerns_all() -> None:
    note = {"note": "no value", "measures": "ae_within_4h ae_dta", "series": 3, "month": [JUNE]}
    names = {"ae_within_4h": "Within 4 hours", "ae_dta": "Over 12 h", "ae_mix": "Mix"}
    assert words.note_words(note, names) == (
        "In the published files without a figure. Concerns: within 4 hours and over 12 h. Drawn as a gap; runs end there."
    )
    everything = note | {"note": "no row for this period", "series": 2, "month": [JUNE, JUNE]}
    assert words.note_words(everything, names) == "Not in the published files. Drawn as gaps; runs end there."


@pytest.mark.parametrize(
    ("checks", "broken", "quarantined", "expected"),
    [
        (52, 0, 0, "All 52 checks hold, and no file is held back"),
        (52, 1, 1, "51 checks of 52 hold, 1 does not, and 1 file is held back"),
        (52, 2, 3, "50 checks of 52 hold, 2 do not, and 3 files are held back"),
    ],
)
def test_the_headline_of_the_validation_counts_checks_and_files(checks: int, broken: int, quarantined: int, expected: str) -> None:
    assert words.validation_headline(checks, broken, quarantined) == expected


@pytest.mark.parametrize(
    ("missing", "known", "expected"),
    [
        ([], {}, "complete"),
        ([JUNE], {}, "1 month without a figure"),
        ([], {"latest_month": date(2025, 3, 1)}, "complete; last figure March 2025"),
        ([], {"lag1_autocorrelation": 0.44}, "complete; months resemble each other (0.4)"),
        ([], {"lag1_autocorrelation": 0.44, "variation": None}, "complete"),
    ],
)
def test_the_note_on_data_quality_tells_what_is_missing_late_or_alike(missing: list[date], known: Row, expected: str) -> None:
    assert words.quality_words(missing, _summary(**known), JUNE) == expected


@pytest.mark.parametrize(
    ("chart", "wanted", "unwanted"), [("xmr", "the mean", "median"), ("run", "the median", "limits"), ("none", "Hollow circles", "mean")]
)
def test_the_marks_that_a_caption_explains_are_those_of_the_chart(chart: str, wanted: str, unwanted: str) -> None:
    said = words.marks_words(_summary(chart=chart), has_target=False)
    assert wanted in said
    assert unwanted not in said
    assert "Dashed red" not in said
    assert "Dashed red" in words.marks_words(_summary(chart=chart), has_target=True)


def test_the_subtitle_says_kind_unit_direction_and_where_the_axis_begins_unless_at_zero() -> None:
    assert words.subtitle(SHARE, 60.0) == "Target. Per cent of attendances. Higher is better. Axis from 60."
    assert words.subtitle(WAITS) == "Observation. Per 1,000 emergency admissions. Lower is better."
    assert words.subtitle(MIX).endswith("Neither direction is better.")
