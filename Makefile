# scanner-app: `make run` serves, `make test` tests; `make help` lists every target.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run demo shell sql test test-fast torture bench screenshots labels check lint types arrows templates javascript fix docs mutants words migration lock release image-digests image clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

$(VENV)/.run: requirements/run.txt pyproject.toml scripts/setup.sh
	@PYTHON="$(PYTHON)" sh scripts/setup.sh run

$(VENV)/.dev: requirements/dev.txt pyproject.toml scripts/setup.sh
	@PYTHON="$(PYTHON)" sh scripts/setup.sh dev

$(VENV)/.mutants: $(VENV)/.dev requirements/mutants.txt
	@PYTHON="$(PYTHON)" sh scripts/setup.sh mutants

run: $(VENV)/.run ## install, migrate and serve (ARGS="--http" for plain HTTP on this machine)
	@$(BIN)/scanner-app serve $(ARGS)

demo: $(VENV)/.run ## load the sample office
	@$(BIN)/scanner-app demo

shell: $(VENV)/.run ## open Python with the app, a session and the models
	@$(BIN)/python -m scripts.shell

sql: $(VENV)/.run ## open the database's own shell, for reading only
	@$(BIN)/python -m scripts.sql

# One more than there are processors: browsers and servers are waited for, a third of the time.
test: $(VENV)/.dev ## run every test, on SQLite and PostgreSQL, in Chromium too
	@sh scripts/setup.sh test-tools
	$(BIN)/python -m scripts.run_tests -n 3 --dist worksteal $(ARGS)

test-fast: $(VENV)/.dev ## run the tests that need no database and no browser: about a minute
	$(BIN)/python -m pytest -n 2 --dist worksteal \
	  -m "not database and not browser and not torture and not slow" $(ARGS)
	@if command -v node >/dev/null; then node --test --test-reporter=dot tests/js/; fi

torture: $(VENV)/.dev ## the long kill test: several minutes on each database
	@sh scripts/setup.sh test-tools
	SCANNER_TORTURE_SECONDS=120 KILLS=60 $(BIN)/python -m pytest tests/torture -m torture $(ARGS)
	SCANNER_ROUNDS=100 $(BIN)/python -m pytest tests/stockroom/test_two_counters.py
	SCANNER_OFFLINE_SCANS=200 $(BIN)/python -m pytest tests/browser/test_offline.py
	NODE_SECONDS=600 $(BIN)/python -m pytest tests/torture/test_node_kills.py -s
	SCANNER_NOTICES=500 SCANNER_NOTICE_KILLS=20 $(BIN)/python -m pytest tests/torture/test_notice_kills.py -s
	SCANNER_STOCK_STEPS=800 $(BIN)/python -m pytest tests/stock/test_any_order.py

mutants: $(VENV)/.mutants ## change the rules, one fault at a time, and count what tests notice (ARGS="--sample 100 --seed 1")
	$(BIN)/python -m scripts.mutants $(ARGS)

bench: $(VENV)/.dev ## print the figures of docs/benchmarks.md
	@sh scripts/setup.sh test-tools
	$(BIN)/python -m benchmarks.scans
	$(BIN)/python -m benchmarks.search
	$(BIN)/python -m benchmarks.audits
	$(BIN)/python -m benchmarks.growth
	$(BIN)/python -m benchmarks.big_audit

screenshots: $(VENV)/.dev ## take pictures of the main states, seven sizes, light and dark (ARGS="scan assets" for some)
	@sh scripts/setup.sh test-tools
	$(BIN)/python -m scripts.screenshots $(ARGS)

labels: $(VENV)/.dev ## print every label and read it back: about 20 minutes
	@if command -v npm >/dev/null; then npm ci --prefix benchmarks/labels --ignore-scripts --no-audit --no-fund; fi
	$(BIN)/python -m benchmarks.labels.run $(ARGS)

check: lint types arrows templates javascript test ## the gate: everything a change must pass

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/.dev
	$(BIN)/mypy

arrows: $(VENV)/.dev
	$(BIN)/lint-imports

templates: $(VENV)/.dev
	$(BIN)/djlint --lint --quiet templates

javascript: $(VENV)/.dev
	@sh scripts/setup.sh test-tools
	@for file in $$(find static/js static/*.js -name '*.js' 2>/dev/null); do node --check "$$file" || exit 1; done
	@if ls tests/js/*.test.* >/dev/null 2>&1; then node --test tests/js/; fi

docs: $(VENV)/.dev ## write the generated pages of docs/, and check the others
	$(BIN)/python -m scripts.write_configuration
	$(BIN)/python -m scripts.write_tables
	$(BIN)/python -m scripts.dump_constants
	$(BIN)/python -m scripts.list_licences
	$(BIN)/python -m pytest -q tests/docs

words: $(VENV)/.dev ## write new texts into translations/, and say which have no translation
	$(BIN)/python -m scripts.words.gather

fix: $(VENV)/.dev ## format, and fix what the linter can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

migration: $(VENV)/.dev ## write a migration from the models: make migration NAME="Add audit scope"
	$(BIN)/python scripts/new_migration.py "$(NAME)"

lock: $(VENV)/.dev ## pin every dependency again, at its newest version
	sh scripts/lock.sh

release: $(VENV)/.dev ## commit and tag a version: make release VERSION=0.3.0
	@$(BIN)/python -m scripts.release "$(VERSION)"

image-digests: ## pin the base images to the digests of today (needs docker and a network)
	python3 scripts/pin_images.py

image: ## build the container image
	docker build -t scanner-app .

clean: ## remove what make installed and cached, but no data
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .mutants
