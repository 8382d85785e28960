PYTHON ?= python3.11
BIN := .venv/bin
export DO_NOT_TRACK := 1

.PHONY: run test browser lock sample clean

run: .venv/.run ## the whole project on the sample
	$(BIN)/kedro run --runner=ParallelRunner

test: .venv/.dev ## what CI runs
	$(BIN)/ruff format --check src tests flows
	$(BIN)/ruff check src tests flows
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --disable-progress-bar src
	$(BIN)/lint-imports
	$(BIN)/pytest -q

browser: .venv/.dev ## the playground in a real Chromium, which Debian's packages bring if missing
	command -v chromium || { apt-get update && apt-get install -y --no-install-recommends chromium; }
	$(BIN)/pytest -q tests/browser

lock: .venv/.dev ## resolve the dependencies anew
	$(BIN)/python -m pip install -q uv
	$(BIN)/uv pip compile -q $(LOCK) --all-extras pyproject.toml -o requirements-dev.lock
	$(BIN)/uv pip compile -q $(LOCK) --extra viz --extra playground -c requirements-dev.lock pyproject.toml \
		-o requirements.lock

LOCK := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

sample: .venv/.run ## write data/01_raw/playlists.csv.gz anew
	$(BIN)/kedro run --pipelines sample

clean: ## remove what runs made, and the environment
	rm -rf .venv .*_cache data/0[2-8]*/*

.venv/.run: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q --require-hashes -r requirements.lock
	$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	touch $@

.venv/.dev: .venv/.run requirements-dev.lock
	$(BIN)/pip install -q --require-hashes -r requirements-dev.lock
	touch $@
