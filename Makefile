# `make run` and `make test` do everything on a fresh machine with Python 3.11 and make.
PYTHON ?= python3.11
BIN := .venv/bin

.PHONY: run test lint format install lock clean

run: install
	@$(BIN)/python -m standalone.try_out

test: install
	$(BIN)/pytest

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: install
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

install: .venv/installed

.venv/installed: requirements.lock pyproject.toml
	@echo "Installing into .venv (about half a minute, only once) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch .venv/installed

lock:
	$(PYTHON) -m venv .venv/lock && .venv/lock/bin/pip install --quiet uv
	.venv/lock/bin/uv pip compile --quiet --no-header --generate-hashes --python-version 3.11 \
		pyproject.toml -o requirements.txt
	.venv/lock/bin/uv pip compile --quiet --no-header --generate-hashes --python-version 3.11 \
		--extra standalone --extra dev pyproject.toml -o requirements.lock

clean:
	rm -rf .venv data
