# Verbs for people and scripts; `make` alone lists them. PYTHON=... names the Python to build .venv with.

BIN := .venv/bin
# With bytecode: where Python may not write its own, each trainer would compile torch anew, which takes longer than
# importing it.
PIP := $(BIN)/uv pip install --compile-bytecode --python $(BIN)/python
# Stamps: what is in .venv, redone only when its lock changes. `stack` runs Trainshed, `dev` tests it as well.
STACK := .venv/stack.stamp
DEV := .venv/dev.stamp
SPEC ?= examples/fashion-fast.json
SEED ?= 0
JOBS ?= 2

.DEFAULT_GOAL := help
.PHONY: help install format lint types test screenshots bench bench-train chaos demo up rebuild lock clean

help:  ## list the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(STACK)  ## make .venv with all that Trainshed needs to run

format: $(DEV)  ## rewrite the sources in the one format
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format .

lint: $(DEV)  ## look for mistakes and for sources not in the format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(DEV)  ## check the types, tests included
	$(BIN)/mypy

test: lint types  ## lint, types, then every test
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder

PICTURES := docs/images/dashboard
screenshots: $(DEV)  ## take the pictures of the dashboard anew that the documents show
	mkdir -p $(PICTURES)
	TRAINSHED_SCREENSHOTS=$(PICTURES) $(BIN)/python -m pytest -q tests/dashboard
	@for each in $(PICTURES)/*.png; do grep -qs "$${each#docs/}" README.md docs/*.md || rm "$$each"; done

bench: $(STACK)  ## measure again what benchmarks/ claims
	$(BIN)/python -m benchmarks

bench-train: $(STACK)  ## train VGG-11 beside plain PyTorch and Keras, in turns (PEERS=all: and tf_slim)
	$(BIN)/python -m benchmarks train

chaos: $(DEV)  ## kill, stop and restart everything under running jobs, check that none is lost (SEED=1)
	$(BIN)/python -m tests.chaos --jobs 200 --faults 500 --seed $(SEED) --report docs/chaos.md

demo: $(STACK)  ## train a small VGG, watch its curve, predict with it (SPEC=... names another)
	@$(BIN)/python examples/demo.py $(SPEC)

up: $(STACK)  ## run Trainshed on this machine until Ctrl-C (TRAINSHED_PORT, TRAINSHED_HOME)
	@exec $(BIN)/python -m stack

rebuild: $(STACK)  ## give a Redis that has lost its records those that the disk has kept
	@$(BIN)/python -m store

COMPILE := $(BIN)/uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-header -q \
	--python-version 3.11 $(UPGRADE)
lock: | $(BIN)/uv  ## pin what pyproject.toml asks for in locks/ (UPGRADE=--upgrade takes the newest)
	$(COMPILE) --extra train --extra fast --extra stack --extra dev -o locks/dev.txt
	$(COMPILE) -c locks/dev.txt -o locks/api.txt
	$(COMPILE) -c locks/dev.txt --extra train --extra fast -o locks/train.txt
	$(COMPILE) -c locks/dev.txt --extra train --extra fast --extra stack -o locks/stack.txt

clean:  ## remove .venv, .venv-peers and what the tools left; the data folder .trainshed stays
	rm -rf .venv .venv-peers .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/uv:
	@deploy/environment

.venv/%.stamp: locks/%.txt pyproject.toml | $(BIN)/uv
	$(PIP) --require-hashes -r $<
	$(PIP) --no-deps --build-constraints locks/dev.txt --editable .
	@deploy/system-packages $*
	@touch $@
