# Everything on a fresh machine: `make run`, `make test`, `make check`.
# Uses uv if it is there, else puts it into .uv/ with plain python3.

UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
PYTHON ?= python3
BOOTSTRAP := $(if $(findstring .uv/,$(UV)),.uv/bin/uv)

.PHONY: run test slow check format clean

run: $(BOOTSTRAP)
	$(UV) run --no-dev --extra samples clipsearch tour

# A process on each core, with one thread each: together they would wait for each other.
test: $(BOOTSTRAP)
	OMP_NUM_THREADS=1 $(UV) run pytest -n auto

slow: $(BOOTSTRAP)
	$(UV) run pytest -m slow

check: $(BOOTSTRAP)
	$(UV) run ruff check
	$(UV) run ruff format --check
	$(UV) run mypy
	$(UV) run lint-imports

format: $(BOOTSTRAP)
	$(UV) run ruff check --fix
	$(UV) run ruff format

clean:
	rm -rf .venv .uv build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

.uv/bin/uv:
	$(PYTHON) -m venv .uv
	.uv/bin/python -m pip install --quiet uv
