# Everything a developer does. `make demo` and `make test` install what they miss, the rest only builds.

SWIFT      ?= swift
PREFIX     ?= /usr/local
PACKAGES    = libmnl-dev nettle-dev libtomlplusplus-dev pkg-config
TOOLS       = strace iproute2 nftables prometheus
DEBTOOLS    = debhelper dpkg-dev fakeroot lintian
HOSTTOOLS   = systemd-container
SOURCES     = Sources Tests Package.swift
# One binary for hosts without Swift.
RELEASE     = -c release --static-swift-stdlib

.PHONY: all build demo test test-systemd chaos lint format install deb clean packages test-packages deb-packages

all: build

build: packages
	$(SWIFT) build $(RELEASE) --product vipagent

# A takeover between two hosts made of network namespaces, with the figures.
demo: build
	.build/release/vipagent demo

# Everything: style, the release binary and what it needs, the unit tests and the lab.
test: packages test-packages lint build
	Tests/check-binary .build/release/vipagent
	VIPAGENT_BINARY=$(CURDIR)/.build/release/vipagent $(SWIFT) test --no-parallel --skip SystemdTests

# Random faults for hours: so many in a run, so many runs, each with another seed, which is printed and can be given.
VIPAGENT_CHAOS_STEPS ?= 100
VIPAGENT_CHAOS_RUNS  ?= 10

chaos: packages test-packages build
	VIPAGENT_CHAOS_STEPS=$(VIPAGENT_CHAOS_STEPS) VIPAGENT_CHAOS_RUNS=$(VIPAGENT_CHAOS_RUNS) \
	VIPAGENT_BINARY=$(CURDIR)/.build/release/vipagent $(SWIFT) test --no-parallel --filter FaultChaosTests

lint:
	$(SWIFT) format lint --strict --recursive $(SOURCES)

format:
	$(SWIFT) format --in-place --recursive $(SOURCES)

# A Debian package in .build/deb, and what lintian says about it.
deb: packages deb-packages
	rm -rf .build/deb
	mkdir -p .build/deb
	OUTPUT=$(CURDIR)/.build/deb dpkg-buildpackage -us -uc -b \
	  --buildinfo-file=.build/deb/vipagent.buildinfo --changes-file=.build/deb/vipagent.changes \
	  --buildinfo-option=-u$(CURDIR)/.build/deb --changes-option=-u$(CURDIR)/.build/deb
	lintian --fail-on error,warning --tag-display-limit 0 .build/deb/vipagent_*.deb

# Two hosts with systemd as their first process, the Debian package in both; about a minute, and what it takes to build.
test-systemd: packages test-packages deb
	@Tests/require-packages $(HOSTTOOLS)
	Tests/systemd/run .build/deb/vipagent_*.deb

install: build
	install -D -s -m 0755 .build/release/vipagent $(DESTDIR)$(PREFIX)/sbin/vipagent
	install -D -m 0644 config.example.toml $(DESTDIR)$(PREFIX)/share/doc/vipagent/config.example.toml
	install -D -m 0644 docs/metrics.md $(DESTDIR)$(PREFIX)/share/doc/vipagent/metrics.md
	install -D -m 0644 packaging/prometheus/vipagent.rules.yml \
	  $(DESTDIR)$(PREFIX)/share/doc/vipagent/prometheus/vipagent.rules.yml
	install -D -m 0644 packaging/grafana/vipagent.json $(DESTDIR)$(PREFIX)/share/doc/vipagent/grafana/vipagent.json
	install -D -m 0644 packaging/vipagent.catalog $(DESTDIR)$(PREFIX)/lib/systemd/catalog/vipagent.catalog

clean:
	$(SWIFT) package clean

# Installs only what is missing, so that a machine that has everything needs neither root nor a network.
packages:
	@Tests/require-packages $(PACKAGES)

test-packages:
	@Tests/require-packages $(TOOLS)

deb-packages:
	@Tests/require-packages $(DEBTOOLS)
