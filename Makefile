# `make demo` and `make test` work on a fresh clone with Python >= 3.11 and make, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# Without byte code every start of cxkit, and of each kernel, pays for compiling again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo serve test quick format lint types wheel lock schemas samples notebooks clean

demo: $(VENV)/.installed
	$(BIN)/cxkit demo --into reports

# The sample's dashboard, measured first where its exports are newer.
serve: $(VENV)/.installed
	$(BIN)/cxkit serve data/samples/aldermoor --measure --open

test: $(VENV)/.installed lint types
	$(BIN)/python -m pytest -n auto --dist loadfile -q

# The usual checks: no kernels, no batches.
quick: $(VENV)/.installed lint
	$(BIN)/python -m pytest -n auto --dist loadfile -q -m "not slow"

lint: $(VENV)/.installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/codespell

types: $(VENV)/.installed
	$(BIN)/basedpyright --level error

format: $(VENV)/.installed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

$(VENV)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "cxkit needs Python 3.11 or newer; say which with make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q cxkit
	touch $@

# A wheel with notebooks, templates and samples in it, in dist/.
wheel: $(VENV)/.installed
	$(BIN)/python -m hatchling build -t wheel

# What the maintainers run.
lock:
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet -o requirements.lock

schemas: $(VENV)/.installed
	$(BIN)/python -m cxkit.schemas

notebooks: $(VENV)/.installed
	cd tests && ../$(BIN)/python -m notebooks.fill

samples: $(VENV)/.installed
	$(BIN)/python data/samples/generate.py

clean:
	rm -rf $(VENV) reports/*.html reports/ledger* data/samples/*/evidence data/samples/*/worklists
