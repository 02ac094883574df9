# `make run` and `make test` do everything on a fresh machine with Python 3.11 and make.
PYTHON ?= python3.11
BIN := .venv/bin

.PHONY: run test lint format install install-dev lock clean

run: install
	@$(BIN)/python -m standalone.try_out

# Tests write thousands of small files and wait until each is on disk: in memory that costs nothing.
ROOMY_MEMORY := $(shell df --output=avail /dev/shm 2>/dev/null | awk 'NR == 2 && $$1 > 4000000 { print "/dev/shm" }')

test: install-dev
	$(if $(ROOMY_MEMORY),TMPDIR=$(ROOMY_MEMORY)) $(BIN)/pytest

lint: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: install-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

install: .venv/installed
install-dev: .venv/installed-dev

PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.venv/installed: requirements.lock pyproject.toml
	@echo "Installing into .venv (about half a minute, only once) ..."
	@$(PYTHON) -m venv .venv
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-build-isolation --no-deps -e .
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.lock
	@echo "Installing what tests need ..."
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

# requirements.txt: the Lambda's workers · requirements.lock: one machine · requirements-dev.lock: tests too
COMPILE := .venv/lock/bin/uv pip compile --quiet --no-header --generate-hashes --python-version 3.11

lock:
	$(PYTHON) -m venv .venv/lock && .venv/lock/bin/pip install --quiet uv
	$(COMPILE) --extra standalone --extra dev pyproject.toml -o requirements-dev.lock
	$(COMPILE) --extra standalone pyproject.toml -c requirements-dev.lock -o requirements.lock
	$(COMPILE) pyproject.toml -c requirements-dev.lock -o requirements.txt

clean:
	rm -rf .venv data

# On AWS, in this order: make infra STAGE=dev && make configure STAGE=dev && make deploy STAGE=dev. See docs/aws.md.
.PHONY: infra configure package deploy env delete deploy-test lock-emulator bench bench-cold-start bench-stock bench-console chaos
STAGE ?=

infra: install-dev
	@$(BIN)/python -m infra.deploy stack $(STAGE) $(if $(ALARM_EMAIL),--alarm-email $(ALARM_EMAIL)) $(if $(CHECKS),--checks $(CHECKS)) $(if $(ADOPT),--adopt)

configure: install-dev
	@$(BIN)/python -m infra.deploy configure $(STAGE)

package: install-dev
	@$(BIN)/python -m infra.package $(STAGE)

deploy: package
	@$(BIN)/python -m infra.deploy app $(STAGE) $(if $(BUCKET),--bucket $(BUCKET))

# For `leadkeeper journal`, `replay`, `checks` and `incidents` on this machine: eval "$(make -s env STAGE=dev)"
env: install-dev
	@$(BIN)/python -m infra.deploy env $(STAGE)

# API and functions; with ALL=yes queues and alarms too. The table stays.
delete: install-dev
	@$(BIN)/python -m infra.deploy delete $(STAGE) $(if $(ALL),--infra)

# Really deploys, to an emulator of AWS on this machine.
deploy-test: install-dev .venv/emulator/installed
	$(BIN)/pytest tests/infra

test: .venv/emulator/installed browser

# For the tests of the console: the system's Chromium, else one of Playwright's own.
.PHONY: browser
browser: install-dev
	@command -v chromium >/dev/null || if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing a browser for the tests ..." && apt-get update -qq && apt-get install -y -qq chromium; \
	else $(BIN)/playwright install chromium; fi

# Everything that is measured; about nine minutes. Writes docs/benchmarks.md and benchmarks.json.
bench: install-dev
	$(BIN)/python -m benchmarks

# kill -9 at random moments, 20 rounds of 500 leads; about a minute. SEED=… repeats a run.
chaos: install-dev
	$(BIN)/python -m benchmarks.chaos $(if $(SEED),--seed $(SEED)) $(if $(ROUNDS),--rounds $(ROUNDS))

# The HTTP function's cold start, three ways to send, in fresh processes.
bench-cold-start: install-dev
	$(BIN)/python -m benchmarks.cold_start --json build/cold-start.json

# The console's pages with 100,000 journal entries, and their calls on AWS; about a minute.
bench-console: install-dev
	$(BIN)/python -m benchmarks.pages

# 20,000 offers in 5 stores compared with MoySklad and the CRM, and MoySklad's webhooks meanwhile; about three minutes.
bench-stock: install-dev
	$(BIN)/python -m benchmarks.stock

.venv/emulator/installed: requirements-emulator.txt | .venv/installed
	@echo "Installing the emulator of AWS ..."
	@$(PYTHON) -m venv .venv/emulator
	@.venv/emulator/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-emulator.txt
	@touch $@

lock-emulator:
	$(COMPILE) requirements-emulator.in -o requirements-emulator.txt

# 1,000 orders, each with six statuses that are told shuffled and doubled: each client gets exactly their texts.
.PHONY: message-storm
message-storm: install-dev
	@$(BIN)/python -m tests.message_storm $(if $(SEED),--seed $(SEED)) $(if $(ORDERS),--orders $(ORDERS))

# Bad input at scale: at least 100,000 cases. FUZZ="--cases 5000 --seed 7" tries fewer, or the same again.
.PHONY: fuzz
fuzz: install-dev
	@$(BIN)/python -W ignore -m tests.fuzz $(FUZZ)

# A month of a shop, 3,000 orders: each rule fires exactly where a second reckoning says. See docs/month.md.
.PHONY: month
month: install-dev
	@$(BIN)/python -m tests.month $(if $(SEED),--seed $(SEED)) $(if $(ORDERS),--orders $(ORDERS)) $(if $(DAYS),--days $(DAYS))
