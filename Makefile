# Two commands do everything: `make serve` and `make test`. They need Python 3.11 or newer, and nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.runtime
DEV_STAMP := $(VENV)/.development
PEERS := $(VENV)/bench
PEERS_STAMP := $(VENV)/.bench

# What is tested is started hundreds of times, and is not to be compiled each time, whatever the environment says.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help serve test coverage check read lint types contract smoke bench lock clean

help: ## say what there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

serve: $(RUN_STAMP) ## serve on http://127.0.0.1:8000, with demo articles in an empty database
	@$(BIN)/feedsvc db upgrade
	@exec $(BIN)/feedsvc serve --demo

test: $(DEV_STAMP) ## run the whole test suite
	@$(BIN)/pytest -n auto --dist worksteal

coverage: $(DEV_STAMP) ## the same, and fail for a line or branch that no test runs; takes half as long again
	@$(BIN)/pytest -n auto --dist worksteal --cov --cov-report=term-missing:skip-covered

check: read test ## everything that must hold before a commit lands

read: lint types contract ## the part of it that runs nothing of ours

lint: $(DEV_STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(DEV_STAMP)
	@$(BIN)/mypy

contract: $(DEV_STAMP)
	@$(BIN)/lint-imports

smoke: $(DEV_STAMP) ## build the wheel, install it elsewhere, and see it serve
	@.ci/smoke $(BIN)/python

bench: $(DEV_STAMP) $(PEERS_STAMP) ## measure, and write docs/benchmarks.md; PART=… prints a part, PART=--quick tries all
	@$(BIN)/python bench $(PART)

lock: $(DEV_STAMP) ## choose newer versions of what we depend on, and write them down
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-strip-extras \
		--upgrade pyproject.toml --group build -o requirements.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-strip-extras \
		-c requirements.lock pyproject.toml --group build --group dev -o requirements-dev.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-strip-extras \
		--upgrade -c requirements-dev.lock --group bench -o bench/requirements.txt

clean: ## forget the virtual environment, everything built and the archives of the benchmark
	rm -rf $(VENV) var/bench dist .coverage* .pytest_cache .mypy_cache .ruff_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "feedsvc needs Python 3.11 or newer; name one with PYTHON=…")'
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "On Debian, Python's venv is in the package python3-venv."; exit 1; }

$(RUN_STAMP): requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing feedsvc into $(VENV) …"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(DEV_STAMP): requirements-dev.lock $(RUN_STAMP)
	@echo "Installing what the tests need …"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

$(PEERS_STAMP): bench/requirements.txt | $(VENV)/bin/python
	@echo "Installing what the benchmark compares with …"
	@$(PYTHON) -m venv $(PEERS)
	@$(PEERS)/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r $<
	@touch $@
