# Onefold's run contract. `make` alone explains itself.
PY := .venv/bin/python

.PHONY: help setup up stop env demo tour test test-stop check format bench crash clean reset

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Install everything into this folder (make up does it by itself)
	@PYTHON="$(PYTHON)" bin/setup

up: setup ## Start Onefold in the foreground; Ctrl-C stops it
	@exec $(PY) -m core.launcher up

stop: ## Stop the Onefold that runs in another terminal, or what a crash left of it
	@exec $(PY) -m core.launcher stop

env: setup ## Print shell exports for API clients: eval "$(make -s env)"
	@exec $(PY) -m core.launcher env

demo: setup ## Load the sample world into the running Onefold through its public APIs
	@exports="$$($(PY) -m core.launcher env)" && eval "$$exports" && exec $(PY) -m console.demo

tour: setup ## Walk the newcomer's path in a throwaway Onefold; pictures go to docs/tour
	@exec $(PY) -m tests.browser.tour_pictures

test: setup ## Run the whole suite, browser included (ARGS="-k name" for a part)
	@bin/test $(ARGS)

test-stop: ## Stop the servers that tests leave running for the next run
	@exec $(PY) -m core.launcher test-stop

check: setup ## Run formatters, linters, types, import layers, templates and migrations
	@bin/check

format: setup ## Format the code in place
	@.venv/bin/ruff check --fix --quiet . ; .venv/bin/ruff format .

bench: setup ## Measure speed and memory; N=... for size, ONLY=name for one
	@exec $(PY) -m benchmarks $(if $(N),--size $(N)) $(if $(ONLY),--only $(ONLY)) $(ARGS)

crash: setup ## Kill processes under load and count records; DURATION=seconds
	@exec $(PY) -m benchmarks.crash $(if $(DURATION),--duration $(DURATION)) $(ARGS)

clean: ## Remove what set-up installed and built; keeps var/
	rm -rf .venv .boot node_modules console/static/build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

reset: ## Factory reset: stop and remove all data and secrets (var/)
	@bin/reset
