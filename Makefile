# sightline: every task, one line each. `make help` lists them.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup run test test-pythons test-long browser-test bench ui lint types snapshot docs pictures kinds lock clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
export DAGSTER_DISABLE_TELEMETRY := 1
export GX_ANALYTICS_ENABLED := false
export SIGHTLINE_HOME ?= $(CURDIR)/sightline-home

help: ## list the tasks
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | awk -F '\t' '{printf "  make %-13s %s\n", $$1, $$2}'

setup: $(STAMP) ## make .venv with the pinned versions, and the command .venv/bin/sightline

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "sightline needs Python 3.11 or later; name one with: make setup PYTHON=python3.12"; exit 1; }
	@if command -v uv >/dev/null 2>&1; then \
		echo "setting up $(VENV) with uv"; \
		uv venv --quiet --allow-existing --python "$(PYTHON)" $(VENV) && uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements.lock \
		&& uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .; \
	else \
		echo "setting up $(VENV) with pip (uv is faster, and taken where it is there)"; \
		$(PYTHON) -m venv $(VENV) && $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock \
		&& $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .; \
	fi
	@touch $(STAMP)

run: $(STAMP) ## fetch, check and publish the snapshot of real figures, offline
	@$(BIN)/sightline run

test: $(STAMP) ## run the tests
	@$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

test-pythons: ## run the tests with every Python that is supported, each in a .venv of its own
	@for version in 3.11 3.12 3.13; do \
		command -v python$$version >/dev/null || { echo "python$$version is not on the PATH"; exit 1; }; \
		echo "Python $$version"; $(MAKE) --no-print-directory test VENV=.venv-$$version PYTHON=python$$version || exit 1; \
	done

test-long: $(STAMP) ## whole nights, kills at random moments, a full disk: SIGHTLINE_KILLS=200 for many
	@$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder -m long

browser-test: $(STAMP) ## look at the pack in a real browser (Debian's chromium)
	@$(BIN)/python -m pytest -n 0 -m browser tests/browser

bench: $(STAMP) ## measure runs, parsing, the trend and charts as ratios to named baselines
	@$(BIN)/python -m bench

ui: $(STAMP) ## open Dagster on http://127.0.0.1:3000, with the runs of SIGHTLINE_HOME
	@$(BIN)/python -m pipelines.ui

lint: $(STAMP) ## style, types, and who may import whom
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

snapshot: $(STAMP) ## rebuild the snapshot from a mirror of published files: make snapshot MIRROR=folder
	@$(BIN)/python -m sightline.snapshot.build "$(or $(MIRROR),$(or $(SIGHTLINE_SHARED),../shared)/nhs-mirror)" sightline/snapshot/snapshot.zip

docs: $(STAMP) ## rewrite docs/DATA.md
	@$(BIN)/python -m assets.dictionary docs/DATA.md

pictures: $(STAMP) ## redraw the README's pictures from what SIGHTLINE_HOME has published
	@$(BIN)/python -m sightline.pack.readme_picture "$(SIGHTLINE_HOME)/published/sightline.duckdb" docs

kinds: $(STAMP) ## redraw docs/every-kind.html, simulated series of every kind of chart
	@$(BIN)/python -m sightline.own_data.every_kind docs/every-kind.html

lock: $(STAMP) ## resolve the dependencies anew into requirements.lock (needs uv)
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --all-extras --group dev pyproject.toml -o requirements.lock

clean: ## remove .venv and caches; the home stays
	rm -rf $(VENV) .venv-3.1? .pytest_cache .mypy_cache .ruff_cache .hypothesis
