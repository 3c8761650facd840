"""The headline of a pair: what happened to the number on the line, and what to the experience beside it.

There are five words and no more. Where none of them is true the word is null and a reason says what is known instead.
"""

from __future__ import annotations

import polars as pl

STATES = {"improvement": "better", "concern": "worse", "common_cause": "no_change", "neither_high": "changed", "neither_low": "changed"}

TOGETHER_BETTER = "together better"
TOGETHER_WORSE = "together worse"
NUMBER_IMPROVED = "the number improved and the experience did not"
EXPERIENCE_IMPROVED = "the experience improved and the number did not"
NO_CHANGE = "no change that chance would not make"

#: (state of the target metric, state of the observation metric); where one improved and the other worsened, the improvement is named
WORDS = {
    ("better", "better"): TOGETHER_BETTER,
    ("better", "no_change"): NUMBER_IMPROVED,
    ("better", "worse"): NUMBER_IMPROVED,
    ("no_change", "better"): EXPERIENCE_IMPROVED,
    ("no_change", "no_change"): NO_CHANGE,
    ("worse", "better"): EXPERIENCE_IMPROVED,
    ("worse", "worse"): TOGETHER_WORSE,
}

#: one worsened alone: no word of the five is true, and this stands in its place
REASONS = {
    ("worse", "no_change"): "the number worsened and the experience did not",
    ("no_change", "worse"): "the experience worsened and the number did not",
}

CLAUSES = {
    "better": "improved",
    "worse": "worsened",
    "no_change": "shows no change that chance would not make",
    "changed": "changed, and neither direction is better",
    "cannot_tell": "gives no verdict",
}


def state(judgement: pl.Expr) -> pl.Expr:
    """better, worse, no_change, changed (no better direction) or cannot_tell (no verdict)."""
    return judgement.replace_strict(STATES, default="cannot_tell", return_dtype=pl.String)


def contrast_word(target_state: pl.Expr, observation_state: pl.Expr) -> pl.Expr:
    """The one of the five words that is true of two states; null where none is."""
    return _looked_up(WORDS, target_state, observation_state)


def contrast_reason(target_state: pl.Expr, observation_state: pl.Expr) -> pl.Expr:
    """What is known where there is no word; null where there is one."""
    number, experience = (known.replace_strict(CLAUSES, return_dtype=pl.String) for known in (target_state, observation_state))
    said = pl.format("the number {}; the experience {}", number, experience)
    known = pl.coalesce(_looked_up(REASONS, target_state, observation_state), said)
    return pl.when(contrast_word(target_state, observation_state).is_null()).then(known)


def _looked_up(said: dict[tuple[str, str], str], target_state: pl.Expr, observation_state: pl.Expr) -> pl.Expr:
    pair = pl.concat_str(target_state, pl.lit("|"), observation_state)
    return pair.replace_strict({f"{target}|{seen}": words for (target, seen), words in said.items()}, default=None, return_dtype=pl.String)
