PYTHON ?= python3.11
BIN := .venv/bin
export DO_NOT_TRACK := 1

.PHONY: run test lock clean

run: .venv/.run
	$(BIN)/kedro run

test: .venv/.dev
	$(BIN)/ruff check src tests
	$(BIN)/mypy
	$(BIN)/pytest -q

.venv/.run: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q --require-hashes -r requirements.lock
	$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	touch $@

.venv/.dev: .venv/.run requirements-dev.lock
	$(BIN)/pip install -q --require-hashes -r requirements-dev.lock
	touch $@

clean:
	rm -rf .venv .*_cache
