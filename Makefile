# make run   read seeds/, extract their claims with the embedded model, compare
# make test  run the tests, offline
# make faults inject every fault as often as tests/faults/RESULTS.md says (half an hour)
# make bench short benchmarks; bench/RESULTS.md has the long ones
# make check what CI runs: format, lint, types and tests

VENV ?= .venv
PYTHON ?= python3
BIN = $(VENV)/bin
DB ?= claims.duckdb

.PHONY: run install test faults check lint lock cassettes bench schema docs screenshot train clean

run: install
	@$(BIN)/claims extract seeds/ --model embedded --db $(DB)
	@echo; echo "The largest improvements:"
	@$(BIN)/claims sql --db $(DB) "SELECT method, improvement, metric, baseline, round(factor, 2) AS factor \
		FROM claim WHERE factor IS NOT NULL ORDER BY factor DESC LIMIT 10"
	@echo; echo "Compared with named baselines, the most shared first:"
	@$(BIN)/claims compare --db $(DB)

install: $(BIN)/.installed

$(BIN)/.installed: pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12"; exit 1; }
	@echo "Building the environment in $(VENV) (once, about a minute) …"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[embedded,dev]'
	@touch $@

# A file's tests share servers and browsers, so they stay together.
test: install $(BIN)/.installed-ray
	$(BIN)/pytest -q -n auto --dist loadfile

# What only the tests need, for make run is to start soon.
$(BIN)/.installed-ray: $(BIN)/.installed
	@$(BIN)/pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[ray]'
	@touch $@

faults: install
	-$(BIN)/pip install --quiet --disable-pip-version-check -e '.[fuzz]'
	$(BIN)/pytest -q tests/faults --long --figures tests/faults/RESULTS.md

lint: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

check: lint test

lock:
	rm -rf build/lock
	$(PYTHON) -m venv build/lock
	build/lock/bin/pip install --quiet --disable-pip-version-check -e '.[embedded,dev,ray]'
	{ echo "# What CI runs with; make lock writes it anew."; build/lock/bin/pip freeze --exclude-editable; } > requirements.lock

schema: install
	$(BIN)/python -m extractor.contract

docs: install
	$(BIN)/python docs/sql_reference.py

screenshot: install
	PYTHONPATH=tests $(BIN)/python docs/screenshot.py $(DB)

cassettes: install
	$(BIN)/python tests/record_cassettes.py

bench: install
	$(BIN)/python bench/overhead.py
	$(BIN)/python bench/memory.py
	$(BIN)/python bench/plain.py
	PYTHONPATH=tests $(BIN)/python bench/report.py
	PYTHONPATH=tests $(BIN)/python bench/store.py
	$(BIN)/python bench/embedded.py --papers 2

# Four runs, each going on from the one before with other written abstracts; the adapter is the mean of all four.
OUT ?= run
TRAIN = $(BIN)/python -m training train --data $(DATA) --cache $(OUT)/base

train: install
	@test -n "$(DATA)" || { echo "make train DATA=folder (with abstracts.jsonl and labels.jsonl) [OUT=run]"; exit 2; }
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[train]'
	$(TRAIN) --out $(OUT)/1 --written 1
	$(TRAIN) --out $(OUT)/2 --written 2 --start $(OUT)/1/claims-lora.gguf --seed 2 --epochs 2 --learning-rate 3e-4
	$(TRAIN) --out $(OUT)/3 --written 3 --start $(OUT)/2/claims-lora.gguf --seed 3 --epochs 2 --learning-rate 3e-4
	$(TRAIN) --out $(OUT)/4 --written 3 4 --start $(OUT)/3/claims-lora.gguf --seed 4 --epochs 1 --learning-rate 3e-4
	$(BIN)/python -m training convert $(foreach run,1 2 3 4,$(OUT)/$(run)/claims-lora.gguf) $(OUT)/claims-lora.gguf

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
