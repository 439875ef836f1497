# Needs only Python >= 3.11 and its pip. PYTHON=/path/to/python3 names another one than the newest.
# `exec` makes the program make's own child, so that Ctrl-C reaches it and nothing else.
SHELL := /bin/sh
export PYTHON
bin := .venv/bin
code := src $(wildcard tests sim bench chaos docs)

.DEFAULT_GOAL := help
.PHONY: help install dev run test lint types contracts check lock sim soak bench chaos clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 12

install: ## make .venv from the lock
	@scripts/install run

dev: ## the same with the tools to work on it
	@scripts/install dev

run: install ## the whole exchange on this machine; options: make run ARGS="--http-port 9080"
	@exec $(bin)/outcry up $(ARGS)

test: dev ## all tests; some of them: make test ARGS="tests/domain -k cancel"
	@exec $(bin)/python -m pytest -n auto --dist loadgroup $(ARGS)

lint: dev ## what ruff has to say, and the format
	@$(bin)/ruff check .
	@$(bin)/ruff format --check .

types: dev ## mypy --strict
	@exec $(bin)/mypy $(code)

contracts: dev ## who may import whom
	@exec $(bin)/lint-imports --no-logo

check: lint types contracts test ## everything a change has to pass

lock: dev ## newest versions into the lock files
	@exec scripts/lock

sim: dev ## one seed of the simulator, step by step: make sim SEED=17
	@exec $(bin)/python -m sim tell $(SEED) $(ARGS)

soak: dev ## 10,000 sequences of commands and 2,000 seeds of the simulator; ARGS="2001 --seeds 500"
	@$(bin)/python -m sim sequences
	@exec $(bin)/python -m sim soak $(ARGS)

bench: dev ## figures of this machine; some of them: make bench ARGS=engine
	@exec $(bin)/python -m bench $(ARGS)

chaos: dev ## kill everything under load and audit what is left; make chaos ARGS="--kills 20"
	@exec $(bin)/python -m chaos $(ARGS)

clean: ## remove what make made; data/ stays
	rm -rf .venv .tools .tools.new dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
