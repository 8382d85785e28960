PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3,$(shell command -v $(name))) python3.11)
BIN := .venv/bin
DATA ?= data/public
UV := $(shell command -v uv || echo $(BIN)/uv)
# uv does not read pip's configuration, so pass it the registry that pip uses
REGISTRY = UV_DEFAULT_INDEX="$${UV_DEFAULT_INDEX:-$${PIP_INDEX_URL:-$$($(BIN)/pip config get global.index-url 2>/dev/null || echo https://pypi.org/simple)}}"
# uv leaves lock files in the temporary folder
INSTALL = $(REGISTRY) TMPDIR="$(CURDIR)/.venv" VIRTUAL_ENV=.venv $(UV) pip install -q
export DO_NOT_TRACK := 1
# Python keeps what it has compiled: without that, importing TensorFlow takes twice as long
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test test-all lint nightly mutants viz jupyter browser aws faults rollout-faults results bench lock audit sample package clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/.run ## run everything on the sample playlists (40 seconds on two cores)
	$(BIN)/kedro run --runner=next_song.runner.LongestFirstRunner

test: lint ## run the linters and the quick tests (5 minutes on two cores)
	$(PYTEST) -m "not slow"

test-all: lint ## run the linters and all tests, as CI does, with branch coverage (17 minutes)
	$(PYTEST) --cov --cov-report=term-missing:skip-covered --durations=20

PYTEST := $(BIN)/pytest -q -n 2 --dist loadscope --no-loadscope-reorder

lint: .venv/.dev ## run the linters
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --disable-progress-bar src
	$(BIN)/lint-imports
	$(BIN)/cfn-lint infrastructure/next_song.yml

nightly: .venv/.dev ## read 2,000 random tables of each kind back (10 minutes)
	EXAMPLES=2000 $(BIN)/pytest -q tests/pipelines/data_engineering/test_dialects.py

mutants: .venv/.dev ## put 400 faults into copies of the code and count those that tests find (hours)
	PYTHONPATH=tests $(BIN)/python -m mutants $(MUTANTS)

CODE := src packages tests benchmarks flows infrastructure

viz: .venv/.run ## write the pipeline with its tables and plots as a static site to build/
	$(BIN)/kedro viz build --include-previews
	sed -i.bak -E '/fonts\.(googleapis|gstatic)\.com/d' build/*.html
	sed -i.bak 's#@import url(https://fonts[^)]*);##' build/assets/*.js
	rm -f build/*.bak build/assets/*.bak
	@echo "To look at it: $(BIN)/python -m http.server --bind 127.0.0.1 --directory build"

jupyter: .venv/.dev ## open the notebooks in JupyterLab
	$(BIN)/kedro jupyter lab

browser: .venv/.dev ## test the playground in Chromium, and install it if it is missing
	command -v chromium || { apt-get update && apt-get install -y --no-install-recommends chromium; }
	$(BIN)/pytest -q tests/browser

aws: .venv/.dev .venv-aws/.jobs ## rehearse the AWS deployment on this machine, without an account (4 minutes)
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m localaws run \
		--template infrastructure/next_song.yml --job-python "$(CURDIR)/.venv-aws/bin/python" \
		-- bash infrastructure/rehearse.sh

faults: .venv/.dev ## list what is told after each of 200 faults, then kill 40 runs at random (half an hour)
	$(BIN)/pytest -q -m fault
	PYTHONPATH=tests $(BIN)/python -m faults 40

rollout-faults: .venv/.dev ## let 290 accidents happen to deployments, then 20,000 requests (20 minutes)
	PYTHONPATH=tests $(BIN)/python -W ignore -m rollout_faults
	REQUESTS=20000 $(BIN)/pytest -q tests/serving/endpoint/test_load.py

results: .venv/.dev ## measure docs/RESULTS.md on the public data sets in the folder DATA (hours)
	PYTHONPATH=benchmarks $(BIN)/python -m published $(DATA) data/results/input
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python benchmarks/results.py data/results/input data/results
	$(BIN)/python benchmarks/page.py data/results
	$(BIN)/python benchmarks/tuning.py data/results

bench: .venv/.dev ## measure docs/BENCHMARKS.md (over an hour); SPEED=quick for small sizes
	PATH="$(CURDIR)/$(BIN):$$PATH" PYTHONPATH=src:benchmarks $(BIN)/python -m speed data/bench $(SPEED)

lock: .venv/.dev ## resolve the dependencies again and write the lock files
	echo uv | $(UV) pip compile -q $(LOCK) --no-annotate - -o requirements-uv.lock
	printf '%s\n' cyclonedx-bom pip-audit pip-licenses | \
		$(UV) pip compile -q $(LOCK) --no-annotate - -o requirements-audit.lock
	$(UV) pip compile -q $(LOCK) --all-extras pyproject.toml packages/localaws/pyproject.toml \
		-o requirements-dev.lock
	$(UV) pip compile -q $(LOCK) --extra viz --extra playground --extra serve \
		-c requirements-dev.lock pyproject.toml \
		-o requirements.lock
	$(UV) pip compile -q $(LOCK) --extra aws -c requirements-dev.lock pyproject.toml \
		-o requirements-aws.lock

LOCK := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

audit: .venv/.dev ## list licences, write an SBOM to build/, and look for advisories on what is locked
	test -x .venv/audit/bin/python || $(BIN)/python -m venv .venv/audit
	.venv/audit/bin/pip install -q --require-hashes -r requirements-audit.lock
	mkdir -p build
	.venv/audit/bin/pip-licenses --python $(BIN)/python --order=license --format=markdown \
		--output-file build/licenses.md
	.venv/audit/bin/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible \
		-o build/sbom.json requirements.lock
	for lock in requirements*.lock; do echo "$$lock:"; \
		.venv/audit/bin/pip-audit --strict --disable-pip -r "$$lock" || failed=1; done; test -z "$$failed"

sample: .venv/.run ## generate data/01_raw/playlists.csv.gz again
	$(BIN)/kedro run --pipelines sample

package: .venv/.dev ## build the wheels of next-song and localaws in dist/
	$(BIN)/kedro package
	$(BIN)/python -m build --wheel --outdir dist packages/localaws

clean: ## delete the environment and everything that runs wrote
	rm -rf .venv .venv-aws .*_cache build dist packages/*/build data/0[2-8]*/* \
		data/0[2-8]*/.part-* data/.runs data/runs data/results data/bench .metaflow .viz

.venv/.run: requirements.lock requirements-uv.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' 2>/dev/null || \
		{ echo "next-song needs Python 3.11 or 3.12, but '$(PYTHON) --version' says:" \
		"$$($(PYTHON) --version 2>&1). Install one, or name it: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }
	@echo "Setting up .venv with $$($(PYTHON) --version): Kedro, DuckDB, gensim, TensorFlow and their" \
		"dependencies (1.5 GB; seconds from a warm cache, otherwise a minute or two)"
	@$(PYTHON) -m venv .venv
	@command -v uv > /dev/null || $(BIN)/pip install -q --require-hashes -r requirements-uv.lock
	@$(INSTALL) --require-hashes -r requirements.lock
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: .venv/.run requirements-dev.lock
	@echo "Adding the development tools to .venv: pytest, ruff, mypy, Metaflow, boto3, moto (1 GB)"
	@$(INSTALL) --compile-bytecode --require-hashes -r requirements-dev.lock
	@$(INSTALL) --no-deps --no-build-isolation -e packages/localaws
	@touch $@

.venv-aws/.jobs: requirements-aws.lock | .venv/.run
	@echo "Making .venv-aws, the Python of Batch jobs, from requirements-aws.lock, as their image does"
	@$(PYTHON) -m venv .venv-aws
	@$(subst VIRTUAL_ENV=.venv,VIRTUAL_ENV=.venv-aws,$(INSTALL)) --require-hashes -r requirements-aws.lock
	@touch $@
