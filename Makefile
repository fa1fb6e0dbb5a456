# Everything a person runs here. `make` alone lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help demo demo-pull test check serve pictures bench models

help: ## List what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.11"; exit 1; }
	@echo "Installing into $(VENV) (a few minutes the first time)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet -c constraints.txt -e ".[dev]"
	@touch $(READY)

demo: $(READY) ## Run the whole review on the example records, then say where the report is
	@$(BIN)/living-review demo

demo-pull: $(READY) ## Watch four weeks of a living review against stand-ins of the sources
	@$(BIN)/python -m tests.standins.weeks

# Two at a time, file by file: each has its own PostgreSQL, servers and folders.
test: $(READY) ## Run all tests
	@$(BIN)/python -m pytest -n 2 --dist loadfile

check: $(READY) ## Format, lint, types, who may import whom, layout
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -q tests/test_layout.py

serve: $(READY) ## Open the workbench on this review's store
	@$(BIN)/living-review serve

pictures: $(READY) ## Take the README's pictures of the workbench anew
	@$(BIN)/python -m pytest -q tests/workbench/test_proof_browser.py -k whole_job \
		--pictures docs/pictures

bench: $(READY) ## Print every benchmark beside its peers
	@for bench in benchmarks/*.py; do echo "== $$bench"; \
		$(BIN)/python -m "benchmarks.$$(basename "$$bench" .py)" || exit 1; done

models: $(READY) ## Fit the shipped models again from the labelled examples
	@$(BIN)/living-review learn screening
	@$(BIN)/living-review learn tagging
