# One word per task. The tools are those of the extra `dev`:
#   pip install -c constraints.txt -e '.[dev,torch]'

PYTHON ?= python3

.PHONY: all test golden lint format types imports bank bench ci

all: lint types imports test

test: ## the tests
	$(PYTHON) -m pytest -q -n 2

golden: ## rewrite the golden files; read the difference before committing it
	$(PYTHON) -m pytest -q --overwrite
	git diff --stat tests/golden

lint: ## the rules of style
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

format: ## repair what can be repaired without a person
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

types: ## the type annotations
	$(PYTHON) -m mypy

imports: ## the direction of imports
	lint-imports

bank: ## every question of the bank
	gradmark bank check

bench: ## measurements, beside peers
	$(PYTHON) -m pytest -q benchmarks

ci: ## everything, from a fresh environment
	.ci/run
