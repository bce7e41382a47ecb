# make        install into .venv and run everything at demo scale
# make test   install what tests need and pass them
# Both need Python 3.11 or newer and nothing from the internet but the package index.

PYTHON ?= python3
CORES ?= $(shell nproc)
SCALE ?= demo
VENV := .venv
REPORT := results/$(SCALE)/report.html

space := $(subst ,, )
comma := ,
export UV_FIND_LINKS ?= $(subst $(space),$(comma),$(strip $(PIP_FIND_LINKS)))
# Behind a proxy with certificates of its own, the system knows them.
export UV_SYSTEM_CERTS ?= true
# Compiled once, not by every job, where the environment tells Python to write no bytecode.
export UV_COMPILE_BYTECODE ?= true
export PATH := $(abspath $(VENV))/bin:$(PATH)
install = uv pip install --quiet --python $(VENV)/bin/python --constraint constraints.txt

.PHONY: demo small report install test test-slow test-slurm parity validate lint format bench bench-slurm generated clean

demo: report
	@echo "The report: $(abspath $(REPORT))"
	@echo "The claims: $(abspath results/$(SCALE)/report/claims.html)"

report: install
	snakemake --cores $(CORES) --config scale=$(SCALE)
	snakemake --config scale=$(SCALE) --report $(REPORT)

install: $(VENV)/installed

$(VENV)/bin/uv:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "causeway needs Python 3.11 or newer; name one by PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet uv

$(VENV)/installed: $(VENV)/bin/uv pyproject.toml constraints.txt
	$(install) --editable '.[all]'
	@touch $@

$(VENV)/installed-test: $(VENV)/installed
	$(install) --group test
	@touch $@

test: $(VENV)/installed-test
	ruff check
	ruff format --check
	snakefmt --check Snakefile workflows
	mypy
	pytest -m 'not slow and not slurm' -n $(CORES)

# Whole runs: the demo, what reruns after an edit, and real data when there are any.
test-slow: $(VENV)/installed-test
	pytest -m slow

# The demo on a SLURM of two nodes that the tests start here: as root, with slurm-wlm and munge.
test-slurm: $(VENV)/installed-test
	pytest -m slurm

# Our metrics of screens beside those of cell-eval, in an environment of its own.
parity: $(VENV)/bin/uv
	uv venv --quiet --allow-existing --python $(PYTHON) $(VENV)/parity
	uv pip install --quiet --python $(VENV)/parity/bin/python --editable '.[cells]' --group parity
	$(VENV)/parity/bin/python -m pytest tests/cells/test_summaries.py

# The RO-Crate of a run against the published profiles, in an environment of its own.
validate: $(VENV)/bin/uv
	uv venv --quiet --allow-existing --python $(PYTHON) $(VENV)/validate
	uv pip install --quiet --python $(VENV)/validate/bin/python --editable . --group validate
	$(VENV)/validate/bin/python -m pytest tests/test_crate_validator.py

format: $(VENV)/installed-test
	ruff check --fix
	ruff format
	snakefmt Snakefile workflows

bench: $(VENV)/installed-test
	for file in $(filter-out %/slurm_jobs.py,$(wildcard benchmarks/*.py)); do \
		python $$file --output docs/benchmarks || exit; \
	done

# What short jobs take on SLURM: as root, with slurm-wlm and munge.
bench-slurm: $(VENV)/installed-test
	PYTHONPATH=tests/slurm python benchmarks/slurm_jobs.py --output docs/benchmarks

# Write the generated files again: config/systems, config/schema.json, docs/rulegraphs, docs/scale.md,
# envs/Dockerfile.
generated: $(VENV)/installed-test
	pytest -q tests/test_config.py tests/test_docs.py tests/cost tests/conda/test_image.py --regenerate

clean:
	rm -rf results .snakemake
