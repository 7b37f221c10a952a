# Two commands are all that is needed: `make demo` and `make test`. Both set up first whatever is missing.

SHELL := /bin/bash
PYTHON := .venv/bin/python
PORT ?= 8000
WORKERS ?= 3
SUITE ?=
ALONE := $(PYTHON) -m greenmfg.launcher run --
# Half of a browser test is waiting: one worker more than cores, and whoever is done takes over from the others.
PYTEST := $(PYTHON) -m pytest -n $(WORKERS) --dist worksteal
# `check --deploy` judges the settings of a real server.
LIKE_PRODUCTION := env DEMO=0 DEBUG=0 EMBEDDED=0 SECRET_KEY=$$($(PYTHON) -c "import secrets; print(secrets.token_urlsafe(50))") \
	ALLOWED_HOSTS=portal.example.org CSRF_TRUSTED_ORIGINS=https://portal.example.org

.PHONY: help demo test full torture bench reset lock format setup setup-test static-checks deploy-check

help:
	@echo "make demo [PORT=8000]   the portal with example data, at http://127.0.0.1:8000"
	@echo "make test               everything that must hold before a change goes in (minutes)"
	@echo "make full               the slow tests too (up to an hour)"
	@echo "make torture SUITE=…    a suite of tests/reliability at full length"
	@echo "make bench              times beside their floors"
	@echo "make reset              forgets the demo's data"
	@echo "make lock | format      renews the locks | formats the code"

setup:
	@deploy/setup.sh demo

setup-test:
	@deploy/setup.sh test

demo: setup
	@exec $(PYTHON) -m greenmfg.launcher up --port $(PORT)

test: setup-test static-checks deploy-check
	$(ALONE) $(PYTEST) -m "not slow" --ignore=tests/bench

full: setup-test static-checks deploy-check
	PROPERTIES=search $(ALONE) $(PYTEST)

static-checks: setup-test
	.venv/bin/ruff format --check --quiet .
	.venv/bin/ruff check --quiet .
	PYTHONPATH=. .venv/bin/lint-imports --no-logo
	.venv/bin/mypy

deploy-check: setup-test
	$(ALONE) sh -ec '$(PYTHON) manage.py makemigrations --check --dry-run; $(PYTHON) manage.py migrate --verbosity 0; \
		$(LIKE_PRODUCTION) $(PYTHON) manage.py check --deploy --database default'

# The suites of tests/reliability run small in `make test`; TORTURE=1 asks them for their full length.
torture: setup-test
	@test -n "$(SUITE)" -a -e "tests/reliability/test_$(SUITE).py" || { echo "make torture SUITE=…, one of:" \
		$(patsubst tests/reliability/test_%.py,%,$(wildcard tests/reliability/test_*.py)) >&2; exit 2; }
	TORTURE=1 $(ALONE) $(PYTHON) -m pytest -p no:xdist -s tests/reliability/test_$(SUITE).py

bench: setup-test
	$(ALONE) $(PYTHON) -m pytest -p no:xdist -s tests/bench

reset: setup
	@$(PYTHON) -m greenmfg.launcher reset

format: setup
	.venv/bin/ruff check --fix-only --quiet .
	.venv/bin/ruff format --quiet .

# The locks name packages and hashes, never where they came from. The server's is the part that it needs.
COMPILE := .venv/bin/uv pip compile pyproject.toml --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-header --quiet
lock: setup
	$(COMPILE) --extra embedded --extra dev --upgrade -o requirements.lock
	$(COMPILE) --constraint requirements.lock --upgrade -o deploy/production.lock
	npm install --package-lock-only --ignore-scripts
	$(PYTHON) -m pytest -q -p no:randomly tests/consistency/test_setup.py -k lock
