# Flowmeter. `make demo` shows what it does; `make test` proves it. `make help` lists the rest.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# One scratch path per configuration: debug in .build, release in .build-release.
SWIFT_FLAGS := --explicit-target-dependency-import-check error
RELEASE     := --configuration release --scratch-path .build-release $(SWIFT_FLAGS)
FLOWMETER   := .build/debug/flowmeter
SOURCES     := Sources Tests Package.swift Benchmarks/Sources FuzzTesting/Sources

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.PHONY: demo
demo: build-packages ## Meter a mixed set of simulated Claude calls, end to end, with no key and no network
	@swift build $(SWIFT_FLAGS) --product flowmeter
	@$(FLOWMETER) demo

.PHONY: test
test: build-packages test-packages lint ## Build and run every test
	swift build --build-tests $(SWIFT_FLAGS)
	dev/test.sh
	dev/acceptance.sh

.PHONY: lint
lint: ## Check the formatting of the Swift sources and the rules a compiler does not check
	swift format lint --strict --parallel --recursive $(wildcard $(SOURCES))
	dev/lint.sh

.PHONY: format
format: ## Format the Swift sources in place
	swift format --in-place --parallel --recursive $(wildcard $(SOURCES))

.PHONY: build
build: build-packages ## Build the release binary
	swift build $(RELEASE) --product flowmeter

.PHONY: serve
serve: build ## Run the gateway (reads .env)
	.build-release/release/flowmeter serve

.PHONY: bench
bench: build-packages bench-packages build ## Measure side by side with nginx, LiteLLM and other named peers
	dev/bench/run.sh

.PHONY: fuzz
fuzz: build-packages ## Fuzz every parser of outside bytes for a minute each
	dev/fuzz.sh

# System packages are installed when they are missing, and only then.
.PHONY: build-packages test-packages bench-packages
build-packages:
	@dev/packages.sh git pkg-config libsqlite3-dev zlib1g-dev libsecp256k1-dev
test-packages:
	@dev/packages.sh procps python3 python3-venv
bench-packages:
	@dev/packages.sh nginx wrk python3 python3-venv
