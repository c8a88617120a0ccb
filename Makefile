# `make demo` and `make test` set up all they need; `make help` lists the rest.

PORT ?= 8000
PIM_PORT ?= 8100
# Which Python makes .venv; empty: the first of 3.11 or newer that is found.
PYTHON ?=
# What pytest is given besides, for example: make test TESTS="tests/crypto -x"
TESTS ?=

BIN := .venv/bin
SETUP := @PYTHON='$(PYTHON)' sh tools/setup.sh
PYTEST := @exec $(BIN)/python -m pytest

.PHONY: help demo test slow lint format docs lock clean

help:
	@echo "make demo      a sandbox PIM and the app on this machine (PORT=8000 PIM_PORT=8100)"
	@echo "make test      the test suite"
	@echo "make slow      the tests that take longer"
	@echo "make lint      style, types and floors"
	@echo "make format    write the code's layout as the linter wants it"
	@echo "make docs      write the generated parts of the documentation anew"
	@echo "make lock      write requirements/ anew from pyproject.toml (UPGRADE=1: newest versions)"
	@echo "make clean     remove what these commands made, the demo's data too"

demo:
	$(SETUP) runtime
	@exec $(BIN)/quart-passport demo --port $(PORT) --pim-port $(PIM_PORT)

test:
	$(SETUP) dev
	$(PYTEST) -n 2 -m "not slow" $(TESTS)

slow:
	$(SETUP) dev
	$(PYTEST) -m slow $(TESTS)

lint:
	$(SETUP) dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format:
	$(SETUP) dev
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

docs:
	$(SETUP) dev
	@$(BIN)/python tools/write_settings.py

lock:
	@PYTHON='$(PYTHON)' UPGRADE='$(UPGRADE)' sh tools/lock.sh

clean:
	rm -rf .venv .cache var dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
