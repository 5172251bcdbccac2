# Every target sets up what it needs; what is set up already is left alone.
#   make lab      JupyterLab on notebooks/, with the archlab card in its launcher
#   make test     the whole of CI: every check below, in order
#   make demo     the same path without a browser; writes report.html
#   make check    formatting, lint, types, import floors, generated types
#   make fix      what can be mended by itself
#   make bench    the benchmarks, new ratios beside those kept in benchmarks/figures.json
#   make figures  the trainings of more than 10 s; what they reach stands in benchmarks/figures.json; notebooks in full
# Single steps of `make test`: check-python check-widgets unit-widgets unit wheel notebooks e2e
# Arguments: make lab ARGS="--no-browser --port 9999"; make unit ARGS="tests/document -k grammar"
#            make bench BENCH=edit_to_numbers ARGS=--update keeps the new ratios
# Workers:   make test JOBS=8

PYTHON ?= python3
ARGS ?=
BENCH ?= edit_to_numbers attention live_probes optimized
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
SETUP := $(PYTHON) tools/setup.py
# One thread: torch threads that wait for each other make shared machines many times slower.
# ARCHLAB_CI: notebooks train for a few steps only; `make figures` runs them as a reader does.
PYTEST := OMP_NUM_THREADS=1 ARCHLAB_CI=1 $(BIN)/python -m pytest
# A worker takes one file after the other, in the order of tests/conftest.py: what takes longest first.
JOBS ?= 2
WORKERS := --numprocesses $(JOBS) --dist loadfile --no-loadscope-reorder
# Steps that run at the same time print one after the other, where this make can do that.
SYNC := $(if $(filter output-sync,$(.FEATURES)),--output-sync)
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

.PHONY: help setup lab test demo check fix bench figures check-python check-widgets unit-widgets unit wheel notebooks e2e clean

help:
	@sed -n 's/^#   //p' Makefile

setup:
	@$(SETUP) python widgets

lab: setup
	$(BIN)/jupyter lab --ServerApp.root_dir=notebooks --LabApp.extension_manager=readonly $(AS_ROOT) $(ARGS)

demo: setup
	$(BIN)/python tools/demo.py $(ARGS)

bench: setup
	@set -e; for name in $(BENCH); do echo "== $$name"; $(BIN)/python benchmarks/$$name.py $(ARGS); done

# ---------------------------------------------------------------- the steps of CI

# What fails soonest comes first. One pytest run at the end holds unit tests, wheel, notebooks and end-to-end tests side
# by side: one closing line, every skip counted.
test: setup
	@$(SETUP) chromium graphviz
	$(MAKE) --no-print-directory --jobs 2 $(SYNC) check unit-widgets
	$(PYTEST) $(WORKERS) --nbmake tests notebooks $(ARGS)

check: check-python check-widgets

check-python: setup
	$(BIN)/ruff format --check --output-format concise
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m archlab.bridge.codegen --check

check-widgets: setup
	cd widgets && jlpm check

unit-widgets: setup
	cd widgets && jlpm test

unit: setup
	$(PYTEST) $(WORKERS) -m "not wheel and not e2e" $(or $(ARGS),tests)

wheel: setup
	$(PYTEST) -m wheel $(or $(ARGS),tests/house)

notebooks: setup
	$(PYTEST) --nbmake $(or $(ARGS),notebooks)

e2e: setup
	@$(SETUP) chromium
	$(PYTEST) -m e2e $(or $(ARGS),tests/e2e)

# ---------------------------------------------------------------- too long for CI

figures: setup
	$(PYTEST) -m long --figures $(or $(ARGS),tests)
	ARCHLAB_CI= OMP_NUM_THREADS=1 $(BIN)/python -m pytest --nbmake notebooks

# ---------------------------------------------------------------- mending

fix: setup
	$(BIN)/ruff format
	$(BIN)/ruff check --fix
	$(BIN)/python -m archlab.bridge.codegen
	$(BIN)/python tools/reference.py
	$(BIN)/python -m tests.recorded
	cd widgets && jlpm fix

clean:
	rm -rf .make build dist archlab/labextension archlab/static widgets/lib
