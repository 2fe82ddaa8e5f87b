# The commands of the project. Everything they need is installed into .venv on first use;
# PYTHON=python3.13 make test   chooses the interpreter (3.11 or later).

PYTHON  ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
             $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV    := .venv
BIN     := $(VENV)/bin
PEERS   := .venv-peers
READY   := $(VENV)/.installed
JOBS    ?= auto
PYTEST_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo test check format bench wheel clean

help:  ## say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(READY)  ## turn a day of a small fleet into MSCONS, Profile Generic and CSV, in out/
	@$(BIN)/python examples/demo.py

test: $(READY)  ## run all tests
	$(BIN)/python -m pytest -n $(JOBS) $(PYTEST_ARGS)

check: $(READY)  ## lint, formatting, types, import directions
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)  ## format the code, mend what the linter can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY) $(PEERS)/.installed  ## measure speed against other libraries, in a venv of their own
	@for script in startup mbus sml iec62056_21 dlms lorawan formatters mscons; do \
	  echo "== benchmarks/bench_$$script.py"; \
	  EMTKIT_PEERS=$(PEERS)/bin/python $(BIN)/python benchmarks/bench_$$script.py || exit 1; \
	done

wheel: $(READY)  ## build the wheel into dist/
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

clean:  ## remove the venvs, caches and outputs
	rm -rf $(VENV) $(PEERS) out dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A half-made venv leaves no stamp, so the next make starts it anew.
$(READY): pyproject.toml
	@test -n "$(PYTHON)" || { echo "emtkit needs Python 3.11 or later; none was found (PYTHON=/path/to/python3 make ... names one)" >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "emtkit needs Python 3.11 or later; $(PYTHON) is $$($(PYTHON) --version 2>&1 | head -n 1)" >&2; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
	  || { echo "$(PYTHON) cannot make virtual environments (on Debian and Ubuntu: apt install python3-venv)" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

$(PEERS)/.installed: benchmarks/requirements-peers.txt $(READY)
	$(BIN)/python -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@
