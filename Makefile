PYTHON ?= python3.11
BIN := .venv/bin
DATA ?= data/public
export DO_NOT_TRACK := 1

.PHONY: run test browser aws results bench lock sample clean

run: .venv/.run ## the whole project on the sample
	$(BIN)/kedro run --runner=ParallelRunner

test: .venv/.dev ## what CI runs
	$(BIN)/ruff format --check src tests flows infrastructure
	$(BIN)/ruff check src tests flows infrastructure
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --disable-progress-bar src
	$(BIN)/lint-imports
	$(BIN)/cfn-lint infrastructure/next_song.yml
	$(BIN)/pytest -q

browser: .venv/.dev ## the playground in a real Chromium, which Debian's packages bring if missing
	command -v chromium || { apt-get update && apt-get install -y --no-install-recommends chromium; }
	$(BIN)/pytest -q tests/browser

lock: .venv/.dev ## resolve the dependencies anew
	$(BIN)/python -m pip install -q uv
	$(BIN)/uv pip compile -q $(LOCK) --all-extras pyproject.toml -o requirements-dev.lock
	$(BIN)/uv pip compile -q $(LOCK) --extra viz --extra playground -c requirements-dev.lock pyproject.toml \
		-o requirements.lock
	$(BIN)/uv pip compile -q $(LOCK) --extra aws -c requirements-dev.lock pyproject.toml \
		-o requirements-aws.lock

LOCK := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

aws: .venv/.dev ## the way to production, rehearsed on this machine: see docs/aws.md
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m localaws run \
		--template infrastructure/next_song.yml -- bash infrastructure/rehearse.sh

results: .venv/.dev ## docs/RESULTS.md and the tables of docs/tuning.md, measured on the public data sets in DATA: an hour
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python tests/benchmarks/results.py $(DATA) data/results
	$(BIN)/python tests/benchmarks/page.py data/results
	$(BIN)/python tests/benchmarks/tuning.py data/results

bench: .venv/.dev ## docs/BENCHMARKS.md: ratios, memory and growth; SPEED="quick" or names of parts
	PATH="$(CURDIR)/$(BIN):$$PATH" PYTHONPATH=src:tests/benchmarks $(BIN)/python -m speed data/bench $(SPEED)

sample: .venv/.run ## write data/01_raw/playlists.csv.gz anew
	$(BIN)/kedro run --pipelines sample

clean: ## remove what runs made, and the environment
	rm -rf .venv .*_cache data/0[2-8]*/* data/runs data/results data/bench

.venv/.run: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q --require-hashes -r requirements.lock
	$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	touch $@

.venv/.dev: .venv/.run requirements-dev.lock
	$(BIN)/pip install -q --require-hashes -r requirements-dev.lock
	touch $@
