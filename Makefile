# The two commands that matter are `make test` and `make conformance`; each sets up what it needs.
# make test JOBS=4 PYTHON=python3.12

JOBS ?= 2
SHARE ?= 1
BIN = .venv/bin
export LC_ALL ?= C.UTF-8
export NO_MKDOCS_2_WARNING = 1

.PHONY: help
help:  ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

.PHONY: setup
setup:  ## make .venv, build the polyfill, install everything that is missing: a software Vulkan driver, Node.js, Chromium
	@tools/provision.sh python vulkan node chromium

.PHONY: clients
clients: setup  ## test the polyfill with onnxruntime-web, transformers.js and LiteRT.js, which are installed first (350 MB)
	@tools/provision.sh clients
	npm --prefix polyfill test -- test/clients

.PHONY: test
test: setup  ## lint, type-check and test everything
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m webnpu.generate --check
	$(BIN)/pytest -n $(JOBS)
	@echo "Node.js $$(node --version), npm $$(npm --version), $$(chromium --version 2>/dev/null || echo no Chromium)"
	npm --prefix polyfill run check
	npm --prefix polyfill test

.PHONY: fuzz
fuzz: setup  ## hostile input at every door, for 10 minutes: SECONDS=60, or COUNT=100000 inputs at each
	$(BIN)/python tests/fuzz $(if $(COUNT),--count $(COUNT),--seconds $(or $(SECONDS),600)) --jobs $(JOBS) --keep report/fuzz

.PHONY: conformance
conformance: setup  ## run every backend over the corpus; table on screen, page in report/
	$(BIN)/webnpu conformance --expected tests/conformance/expected_failures --jobs $(JOBS) --report report/conformance.html --json report/conformance.json

.PHONY: soak
soak: setup  ## use every backend for long: memory, threads, interrupts; SHARE=0.1 takes a tenth of the time
	$(BIN)/python tests/soak.py --share $(SHARE)

.PHONY: generate
generate: setup  ## write all that is derived from the operators
	$(BIN)/python -m webnpu.generate
	$(BIN)/python -m webnpu.conformance.corpus

.PHONY: format
format: setup  ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: wheel-alone
wheel-alone:  ## build the wheel, and try it in environments that hold nothing else, of PYTHON where that is given
	@tools/wheel_alone.sh

.PHONY: sbom
sbom: setup  ## what the package and its tools stand on: a CycloneDX bill of materials and a list of licences, in report/
	@mkdir -p report
	@$(BIN)/python -m venv report/sbom && report/sbom/bin/python -m pip install --quiet --disable-pip-version-check cyclonedx-bom==7.5.0 pip-licenses==5.5.5
	report/sbom/bin/cyclonedx-py environment $(BIN)/python --pyproject pyproject.toml --output-reproducible -o report/sbom.json
	report/sbom/bin/pip-licenses --python $(BIN)/python --format plain-vertical --with-urls --output-file report/licences.txt
	@rm -rf report/sbom

.PHONY: docs
docs: setup  ## build the documentation in site/
	$(BIN)/mkdocs build --strict

.PHONY: clean
clean:  ## remove what was built
	rm -rf .venv build dist site report polyfill/dist polyfill/node_modules *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
