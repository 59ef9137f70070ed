# What a developer and CI run. `make` lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
# One target at a time: they share .build, and a Swift build uses every processor by itself.
.NOTPARALLEL:

LAB := Tests/Lab/kernel
SOURCES := $(wildcard Sources Tests Benchmarks Package.swift)
# Generated code is committed as protoc-gen-swift wrote it.
SWIFT_FILES = find $(SOURCES) -name '*.swift' ! -name '*.pb.swift' -print0

# No target is a file: what a target made is looked for by the tools that it calls.
.PHONY: help deps deps-test deps-lab deps-package build lab test test-host test-sanitized fuzz test-lab test-package \
	test-kernels format format-check demo deb deb-agent deb-reproducible bench-agent bench-provision bench-fleet \
	bench-fleet-plan bench-attack bench-billing mutation-billing simulate proto configuration

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1|\2/p' Makefile | column -t -s '|'

deps: ## install the system packages that building needs
	@packaging/dependencies/install build

deps-lab: deps
	@packaging/dependencies/install lab kernel

build: deps ## build the debug binaries
	swift build

lab: deps-lab ## make the lab's kernel where it is needed, and prove that the lab works
	@$(LAB)/selftest

# BESIDE_LAB: a target that is made beside the lab, whose kernels wait much, with what they leave of the processors.
test: deps-lab format-check test-host test-sanitized lab ## every test but that of the package (CI runs both)
	@beside=; \
	if [ -n "$(BESIDE_LAB)" ]; then \
		chrt --idle 0 $(MAKE) --no-print-directory $(BESIDE_LAB) >.build/beside.log 2>&1 & beside=$$!; \
		trap 'kill $$beside 2>/dev/null || true' EXIT; \
	fi; \
	$(MAKE) --no-print-directory test-lab; \
	[ -z "$$beside" ] || wait "$$beside" || { tail -n 40 .build/beside.log; exit 1; }

deps-test: deps
	@packaging/dependencies/install test

test-host: deps-test
	swift build --build-tests
	swift test --skip-build --skip LabTests

# Each parser that a stranger reaches is a target: damaged inputs, a fixed number with a fixed seed, and a limit of memory
# for each. What both daemons share, and the agent's, under AddressSanitizer, in a build of its own; the coordinator's,
# whose modules would take a quarter of an hour to build so, in the build that the tests have.
export HOLDFAST_FUZZ_DIR := $(CURDIR)/.build/fuzz
SANITIZED := swift build --scratch-path .build/sanitized --sanitize=address
export ASAN_OPTIONS := quarantine_size_mb=8:detect_leaks=0

test-sanitized: deps ## damaged inputs into every parser that a stranger reaches, a fixed number
	@mkdir -p $(HOLDFAST_FUZZ_DIR)
	$(SANITIZED) --product holdfast-fuzz
	@.build/sanitized/debug/holdfast-fuzz
	swift build --product holdfast-fuzz-coordinator
	@.build/debug/holdfast-fuzz-coordinator

# FROM and INPUTS replay: a failure says which. INPUT is one input's file. Until stopped without INPUTS.
fuzz: deps ## damaged inputs into TARGET's parser, under AddressSanitizer, until stopped; SEED, FROM, INPUTS or INPUT replay
	@[ -n "$(TARGET)" ] || { echo "name the TARGET: $$(sed -n 's/^ *FuzzTarget("\([a-z0-9-]*\)".*/\1/p' \
		Tests/Fuzz/*Targets/*Targets.swift | tr '\n' ' ')and http" >&2; exit 64; }
	@mkdir -p $(HOLDFAST_FUZZ_DIR)
	@program=holdfast-fuzz; \
	if ! grep -qF '"$(TARGET)"' Tests/Fuzz/SharedTargets/SharedTargets.swift; then program=holdfast-fuzz-coordinator; fi; \
	$(SANITIZED) --product $$program; \
	.build/sanitized/debug/$$program $(TARGET) $(if $(SEED),--seed $(SEED)) $(if $(FROM),--from $(FROM)) \
		$(if $(INPUT),--file $(INPUT),$(if $(INPUTS),--inputs $(INPUTS),--forever))

mutation-billing: deps-lab ## take each check of the stores' verification away in turn, and see a test fail
	@Tests/Mutation/run

test-lab: deps-lab
	@Tests/Lab/run-tests

format: ## format the Swift code in place
	$(SWIFT_FILES) | xargs -0 -r swift format --in-place --parallel

format-check: ## fail where `make format` would change something
	$(SWIFT_FILES) | xargs -0 -r swift format lint --strict --parallel

demo: deps-lab ## a paid subscription becomes a tunnel that outlives the coordinator
	for product in holdfast-coordinator holdfast-agent holdfast-demo; do swift build --product $$product; done
	$(LAB)/run -m 4G -t 600 -- .build/debug/holdfast-demo

bench-provision: deps-lab ## provisioning against ssh and pgbench; one JSON object a line on standard output
	@swift build --configuration release >&2
	@.build/release/holdfast-bench-provision

bench-billing: deps-lab ## signed webhooks against pgbench, a backlog's settlement, and payments up to their peers; one JSON object a line
	@for product in holdfast-coordinator holdfast-agent holdfast-bench-billing; do \
		swift build --configuration release --product $$product >&2; \
	done
	@.build/release/holdfast-bench-billing

bench-fleet: bench-fleet-plan deps-lab ## a drain and a loss of a node with 10,000 peers, and the planner; one JSON object a line
	@swift build --configuration release >&2
	@.build/release/holdfast-bench-drain

bench-attack: deps-lab ## what strangers and a stolen key cost a coordinator and its nodes; one JSON object a line
	@for product in holdfast-coordinator holdfast-agent; do \
		swift build --configuration release --product $$product >&2; \
	done
	@Benchmarks/Attack/bench --bin .build/release

SEEDS ?= 10
simulate: deps ## tell SEEDS (10) stories of a fleet with its faults, under a virtual clock
	@swift build --configuration release --product holdfast-simulate >&2
	@.build/release/holdfast-simulate --seeds $(SEEDS)

bench-fleet-plan: deps ## the planner over 10,000 nodes and 1,000,000 peers; one JSON object a line on standard output
	@swift build --configuration release --product holdfast-bench-fleet-plan >&2
	@.build/release/holdfast-bench-fleet-plan

deps-package: deps
	@packaging/dependencies/install package

deb: deps-package ## the Debian packages of agent, coordinator and the operators' command, in .build/deb
	@packaging/build-packages

deb-agent: deps-package ## the agent's package alone
	@packaging/build-packages holdfast-agent

deb-reproducible: deps-package ## build the packages in two folders, and compare them byte for byte
	@packaging/check-reproducible

test-package: deps-lab deb-agent ## the agent's package on a Debian 12 of its own: install, reboot, upgrade, purge
	@packaging/dependencies/install system
	for product in holdfast-coordinator holdfast-lab-shop; do swift build --product $$product; done
	@Tests/Lab/Package/run

test-kernels: deps-lab deb-agent ## the agent's package on the oldest and the newest kernel of Debian 12, in virtual machines
	@packaging/dependencies/install system
	for product in holdfast-coordinator holdfast-lab-shop; do swift build --product $$product; done
	@Tests/Lab/VirtualMachine/run

# The agent as it is packaged: what a node runs is what is measured.
bench-agent: deps-lab deps-package ## the agent with 1,000 to 100,000 peers beside wg; one JSON object a line on standard output
	@packaging/build-packages holdfast-agent >&2
	@swift build --configuration release --product holdfast-bench-agent >&2
	@HOLDFAST_BIN=$(CURDIR)/.build/package/release .build/release/holdfast-bench-agent

# A test compares the page with the settings that are declared.
configuration: deps ## write docs/CONFIGURATION.md anew from the settings that are declared
	for product in holdfast-coordinator holdfast-agent; do swift build --product $$product; done
	@{ printf '# Configuration\n\nEvery setting with its default, what it is for and its environment variable. `make configuration` writes this page from the declared settings. A value stands, from the weakest to the strongest: default, file, environment, option of the command line.\n'; \
		for program in coordinator agent; do \
			printf '\n## holdfast-%s, `/etc/holdfast/%s.toml`\n```toml\n' "$$program" "$$program"; \
			.build/debug/holdfast-$$program config example; \
			printf '```\n'; \
		done; } >docs/CONFIGURATION.md

# protoc-gen-swift is built from the swift-protobuf that the package resolves, so that the two always agree.
proto: ## regenerate the Swift code of the link's messages
	@packaging/dependencies/install build develop
	swift build --product protoc-gen-swift
	protoc --plugin=.build/debug/protoc-gen-swift --proto_path=Sources/Shared/LinkMessages \
		--swift_out=Sources/Shared/LinkMessages Sources/Shared/LinkMessages/link.proto
