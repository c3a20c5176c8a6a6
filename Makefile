# Two commands do everything: `make serve` and `make test`.
# `make test-long` runs the long stories and the timing tests, which `make test` leaves out.
# `make coverage` measures how much of the code the tests of `make test` run.
# OPTIONS is passed on to pytest: `make test OPTIONS=-x`.
PYTHON ?= python3.11
VENV   ?= .venv
BIN    := $(VENV)/bin

PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

.PHONY: serve test test-long coverage lint format bench clean

serve: $(VENV)/.runtime
	$(BIN)/urbansdg serve --init

test: $(VENV)/.dev lint
	$(PYTEST) -m "not long" $(OPTIONS)

test-long: $(VENV)/.dev
	URBANSDG_TEST_LONG=1 $(PYTEST) -m "long or hypothesis" $(OPTIONS)

coverage: $(VENV)/.dev
	$(PYTEST) -m "not long" --cov --cov-report=term:skip-covered $(OPTIONS)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.runtime
	$(BIN)/python -m pip install --quiet --group bench
	$(BIN)/python -m benchmarks.sparql_rate

clean:
	rm -rf $(VENV) build dist *.egg-info

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is needed: install it, or name another with make PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/.runtime: $(VENV)/bin/python pyproject.toml urbansdg/__init__.py
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime pyproject.toml
	$(BIN)/python -m pip install --quiet --group dev
	@touch $@
