# make demo and make test each do all of their own set-up; all they need is Python 3.11 or newer, git and make.
VENV := .venv
BIN := $(VENV)/bin
PYTHON := $(shell for one in python3.14 python3.13 python3.12 python3.11 python3; do \
	command -v $$one >/dev/null 2>&1 && $$one -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo $$one; break; }; done)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

# One more than there are cores: some tests only wait.
WORKERS = $(shell $(BIN)/python -c 'import os; print((os.cpu_count() or 1) + 1)')

.PHONY: demo test unit check lint format bench clean

demo: $(VENV)/.runs
	$(BIN)/hongyan demo

test: $(VENV)/.develops
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

unit: $(VENV)/.develops
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not e2e and not integration"

lint: $(VENV)/.develops
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports --no-cache

format: $(VENV)/.develops
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.develops $(VENV)/peers/.installed
	@for one in tests/bench/bench_*.py; do echo "== $$one"; $(BIN)/python $$one $(QUICK) || exit 1; done

check: lint test

$(VENV)/.runs: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Hongyan needs Python 3.11 or newer."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) --editable .
	@touch $@

$(VENV)/.develops: $(VENV)/.runs
	$(PIP) --editable '.[dev]'
	@touch $@

# What the benches measure beside ours: some of it wants older versions of what we use.
$(VENV)/peers/.installed: tests/bench/peers.txt
	$(PYTHON) -m venv $(VENV)/peers
	$(VENV)/peers/bin/python -m pip install --quiet --disable-pip-version-check --requirement tests/bench/peers.txt
	@touch $@

clean:
	rm -rf $(VENV) data dist .pytest_cache .ruff_cache .hypothesis htmlcov .coverage
