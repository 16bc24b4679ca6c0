# Two commands on a fresh machine: `make demo`, then `make test`.
# Everything is set up in .venv; on Debian as root, whatever is missing is installed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Files are handed to two processes as groups; those with a JVM are one, and come first.
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadgroup --no-loadscope-reorder
VERSION := $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' src/similij/ground/version.py)
JAR := plugin/target/Image_Similarity-$(VERSION).jar

.DEFAULT_GOAL := help
.PHONY: help setup jar demo check test test-python test-java lint format bench soak docs site dist reproducible clean

help:
	@echo "make demo   set everything up, compare a test set inside ImageJ, draw it: the first"
	@echo "            time some minutes, since packages are fetched"
	@echo "make check  lint, and the tests without Java, browser, long runs: about 3 minutes"
	@echo "make test   set everything up, run all tests: about 25 minutes on two idle cores"
	@echo "make lint   ruff, mypy, layers  make format   let ruff format"
	@echo "make bench  measure speed: half an hour"
	@echo "make soak   hours under fire: damaged files, signals, kills, full disks; goes on"
	@echo "make docs   draw the pictures of the docs, and measure their numbers"
	@echo "make site   the docs as pages with a search, without a network: some seconds"
	@echo "make dist   wheel, sdist, zip, and the bills of materials"
	@echo "make reproducible  build them twice, and compare the bytes: some minutes"
	@echo "make clean  remove what was built"

setup: $(VENV)/.ready jar

$(VENV)/.ready: pyproject.toml constraints.txt tools/setup.sh
	@PYTHON=$(PYTHON) sh tools/setup.sh $(VENV)
	@touch $@

jar: $(JAR)

# The jar carries the Python package, docs and macros, as a wheel.
$(JAR): plugin/pom.xml pyproject.toml CITATION.cff $(shell find plugin/src/main plugin/src/generate src docs macros -type f -not -name "*.pyc" -not -name "*.nb?" 2>/dev/null)
	@sh tools/need.sh java mvn
	@echo "Building the ImageJ plugin (the first time Maven fetches what it needs) ..."
	@cd plugin && mvn -q -B -DskipTests clean package
	@touch $@

demo: setup
	@$(BIN)/similij demo --out demo

check: lint
	@echo "Running the tests that need no Java, no browser and no long run ..."
	$(PYTEST) -m "not jvm and not browser and not slow"

test: setup
	@echo "Running all tests, Java's and Python's: about 25 minutes on two idle cores ..."
	@$(MAKE) --no-print-directory test-java
	@$(MAKE) --no-print-directory test-python

test-java: $(VENV)/.ready
	@sh tools/need.sh java mvn
	cd plugin && mvn -q -B clean verify

test-python: setup
	@sh tools/need.sh java awt Xvfb chromium
	$(PYTEST)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/circles.py

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup
	@$(BIN)/python -m pip install --quiet --group bench
	$(BIN)/python bench/all.py --write

# Hours. Stopped and started again it goes on; SOAK takes options: --hours 2 --write.
soak: setup
	@sh tools/need.sh java
	$(BIN)/python bench/soak $(SOAK)

docs: setup
	@sh tools/need.sh java awt Xvfb chromium openbox
	$(BIN)/python tools/make_docs.py

# MkDocs needs no network for it, nor does who reads it. The variable only keeps a notice
# of the theme out of the output, which must be free of warnings.
site: $(VENV)/.ready
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --clean
	@echo "Open build/site/index.html"

# With the tested versions of what builds: another hatchling may write other bytes.
dist: setup
	@$(BIN)/python -m pip install --quiet -c constraints.txt --group dist
	umask 022; PIP_CONSTRAINT=$(CURDIR)/constraints.txt $(BIN)/python -m build
	$(BIN)/python tools/fiji_zip.py dist
	$(BIN)/python tools/bill.py dist

reproducible: setup
	@echo "Building the last commit twice, in two folders: some minutes ..."
	$(BIN)/python tools/twice.py

clean:
	rm -rf $(VENV) demo dist build plugin/target .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find src tests bench -name __pycache__ -type d -exec rm -rf {} +
