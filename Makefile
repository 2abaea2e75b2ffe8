# Everything a developer does. `make demo` and `make test` install what they miss, the rest only builds.

SWIFT      ?= swift
PREFIX     ?= /usr/local
PACKAGES    = libmnl-dev nettle-dev libtomlplusplus-dev pkg-config
TOOLS       = strace iproute2 nftables
SOURCES     = Sources Tests Package.swift
# One binary for hosts without Swift.
RELEASE     = -c release --static-swift-stdlib

.PHONY: all build demo test chaos search lint format install clean packages test-packages

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

# Every situation that two nodes can get into within small bounds: docs/verification.md. SEARCHES names some, and
# can say --losses 1 for hours instead of minutes.
search:
	$(SWIFT) build -c release --product vipagent-search
	.build/release/vipagent-search $(SEARCHES)

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
