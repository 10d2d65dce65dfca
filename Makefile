# make lab, make grade, make test: each sets up its own .venv first.
PYTHON ?= python3
BIN := .venv/bin

# On Linux PyPI's torch brings gigabytes of CUDA: take the CPU build from PyTorch's own index. Elsewhere PyPI's is for the CPU.
ifeq ($(shell uname -s),Linux)
TORCH ?= --extra-index-url https://download.pytorch.org/whl/cpu --retries 1 torch==2.13.0+cpu
else
TORCH ?= torch==2.13.0
endif

.PHONY: setup lab build grade test test-versions bench lint clean

setup: .venv/ready

.venv/ready: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check $(TORCH)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

.venv/ready-to-test: .venv/ready
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@command -v chromium || command -v chromium-browser || command -v google-chrome || $(BIN)/playwright install chromium
	@touch $@

lab: setup
	$(BIN)/autograder lab student

build: setup
	$(BIN)/autograder build

# Problems in submissions are part of the sample: the table names them, and grading them is a success.
grade: build
	$(BIN)/autograder sample-class build/sample-class
	$(BIN)/autograder grade build/sample-class --force || test $$? -eq 1
	$(BIN)/autograder report build/sample-class
	@echo "Open build/sample-class/report.html in a browser."

lint: .venv/ready-to-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

test: lint
	$(BIN)/autograder build --check
	$(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder
	$(BIN)/python -m tests.versions --one

# Every Python from 3.11 to 3.14 on this machine.
test-versions: .venv/ready-to-test
	$(BIN)/python -m tests.versions

bench: .venv/ready-to-test
	$(BIN)/python -m tests.bench
	$(BIN)/python -m tests.bench_grading

clean:
	rm -rf .venv build dist
