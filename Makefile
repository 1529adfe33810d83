# heiso: the targets call the same `heiso` commands that a pip user has. `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# A question is handed on as it is typed: nothing in it is expanded by make or the shell.
export HEISO_QUESTION := $(value Q)

.DEFAULT_GOAL := help
.PHONY: help ask ui dev test test-slow soak check eval bench vectors clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

ask: $(VENV)/.installed ## answer Q="…" with the embedded Qwen (installs and fetches what is missing)
	@$(BIN)/heiso ask "$$HEISO_QUESTION"

ui: $(VENV)/.installed ## open the page
	@$(BIN)/heiso ui

dev: $(VENV)/.dev .typing/heiso ## install what developers need

test: dev ## run the tests
	@$(BIN)/python -m pytest

test-slow: dev ## run the tests that need the embedded language model
	@$(BIN)/python -m pytest -m slow

soak: dev ## kill an ingest 30 times, and look at what is left
	@SOAK_KILLS=30 $(BIN)/python -m pytest -m slow -s tests/retrieval/test_soak.py

check: dev ## ruff, mypy, and the briefings against their facts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/heiso corpus check

eval: $(VENV)/.installed ## ask the acceptance questions and score the answers
	@$(BIN)/heiso models pull embedded/qwen2.5-coder-1.5b
	@$(BIN)/heiso eval run --suite acceptance --at-least 8

bench: dev ## ingesting; then prefix cache, own time, and wall time beside a bare model call
	@$(BIN)/python -m heiso.evals.bench_ingest
	@$(BIN)/heiso models pull embedded/qwen2.5-coder-1.5b
	@$(BIN)/python -m heiso.evals.bench

vectors: $(VENV)/.installed ## compute the shipped vectors of the bundled briefings anew
	@$(BIN)/python -m heiso.retrieval.ship

clean: ## remove what the targets made here; models and index stay in the user's folders
	rm -rf $(VENV) .typing build *.egg-info .pytest_cache .mypy_cache .ruff_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "heiso needs Python 3.11 or newer; name one: make PYTHON=python3.12 …")'
	@echo "Making $(VENV) …" >&2
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing heiso (a minute or two) …" >&2
	@$(PIP) install -c constraints.txt -e .
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt $(VENV)/.installed
	@echo "Installing the developers' tools …" >&2
	@$(PIP) install -c constraints.txt -e '.[dev]'
	@touch $@

# mypy cannot resolve package names that are mapped to folders by itself: it follows these links.
.typing/heiso:
	@mkdir -p $@
	@for folder in corpus retrieval agents ui evals; do ln -sfn ../../$$folder $@/$$folder; done
