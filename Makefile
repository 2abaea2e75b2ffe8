# Everything a developer does. `make demo` and `make test` install what they miss, the rest only builds.

SWIFT      ?= swift
PREFIX     ?= /usr/local
PACKAGES    = libmnl-dev nettle-dev libtomlplusplus-dev pkg-config
TOOLS       = strace iproute2 nftables
SOURCES     = Sources Tests Package.swift
# One binary for hosts without Swift.
RELEASE     = -c release --static-swift-stdlib

.PHONY: all build demo test chaos fuzz fuzz-short fuzz-corpus lint format install clean packages test-packages

all: build

build: packages
	$(SWIFT) build $(RELEASE) --product vipagent

# A takeover between two hosts made of network namespaces, with the figures.
demo: build
	.build/release/vipagent demo

# Everything: style, the release binary and what it needs, the unit tests and the lab.
test: packages test-packages lint build
	Tests/check-binary .build/release/vipagent
	VIPAGENT_BINARY=$(CURDIR)/.build/release/vipagent $(SWIFT) test --no-parallel

# Random faults for hours: so many in a run, so many runs, each with another seed, which is printed and can be given.
VIPAGENT_CHAOS_STEPS ?= 100
VIPAGENT_CHAOS_RUNS  ?= 10

chaos: packages test-packages build
	VIPAGENT_CHAOS_STEPS=$(VIPAGENT_CHAOS_STEPS) VIPAGENT_CHAOS_RUNS=$(VIPAGENT_CHAOS_RUNS) \
	VIPAGENT_BINARY=$(CURDIR)/.build/release/vipagent $(SWIFT) test --no-parallel --filter FaultChaosTests

# Looks for inputs that break what reads them, so many seconds for each kind of input; see docs/verification.md.
FUZZ_SECONDS ?= 600
FUZZ_TARGETS ?=

fuzz: packages
	SWIFT=$(SWIFT) Tests/Fuzz/run fuzz $(FUZZ_SECONDS) $(FUZZ_TARGETS)

# Replays the inputs that are kept, and goes on for a quarter of a minute each.
fuzz-short:
	$(MAKE) fuzz FUZZ_SECONDS=15

# Takes over what the last runs found.
fuzz-corpus: packages
	SWIFT=$(SWIFT) Tests/Fuzz/run merge $(FUZZ_TARGETS)

lint:
	$(SWIFT) format lint --strict --recursive $(SOURCES)

format:
	$(SWIFT) format --in-place --recursive $(SOURCES)

install: build
	install -D -s -m 0755 .build/release/vipagent $(DESTDIR)$(PREFIX)/sbin/vipagent
	install -D -m 0644 config.example.toml $(DESTDIR)$(PREFIX)/share/doc/vipagent/config.example.toml

clean:
	$(SWIFT) package clean

# Installs only what is missing, so that a machine that has everything needs neither root nor a network.
packages:
	@Tests/require-packages $(PACKAGES)

test-packages:
	@Tests/require-packages $(TOOLS)
