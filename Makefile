# Everything a developer does. `make demo` and `make test` install what they miss, the rest only builds.

SWIFT      ?= swift
PREFIX     ?= /usr/local
PACKAGES    = libmnl-dev nettle-dev libtomlplusplus-dev pkg-config
TOOLS       = strace iproute2 nftables prometheus zsh fish
DEBTOOLS    = debhelper dpkg-dev fakeroot lintian
HOSTTOOLS   = systemd-container
PEERS       = keepalived heartbeat ucarp stress-ng iproute2 nftables net-tools util-linux
SOURCES     = Sources Tests Package.swift Benchmarks
# One binary for hosts without Swift.
RELEASE     = -c release --static-swift-stdlib

.PHONY: all build demo demo-build bench test unit test-systemd chaos sim sim-fresh explore search mutants fuzz fuzz-short fuzz-corpus sanitize allocations microbench lint \
  format install install-files deb clean packages test-packages bench-packages deb-packages

all: build

build: packages
	$(SWIFT) build $(RELEASE) --product vipagent

# A takeover between two hosts made of network namespaces, with the figures.
demo: build demo-build
	.build/release/vipagent-demo

demo-build: packages
	$(SWIFT) build $(RELEASE) --product vipagent-demo

# For so many seconds `make test` plays fresh schedules in the simulator.
VIPAGENT_SIM_SECONDS ?= 20

# Everything: style, the release binary and what it needs, the unit tests and the lab.
test: packages test-packages lint build demo-build
	Tests/check-binary .build/release/vipagent
	VIPAGENT_BINARY=$(CURDIR)/.build/release/vipagent $(SWIFT) test --no-parallel --skip SystemdTests
	$(MAKE) sim-fresh
	.build/release/vipagent-sim run --seed 1 --schedules 2000
	$(MAKE) mutants

# What needs neither root nor a release build: CONTRIBUTING.md says what that leaves out. The suites of the lab need root, but for two;
# elsewhere a suite that needs root is skipped where there is none.
unit: packages
	$(SWIFT) test --no-parallel --skip '^LabTests\.(?!PingLogTests|HolderLogTests)'

# Random faults for hours: so many in a run, so many runs, each with another seed, which is printed and can be given.
VIPAGENT_CHAOS_STEPS ?= 100
VIPAGENT_CHAOS_RUNS  ?= 10

chaos: packages test-packages build
	VIPAGENT_CHAOS_STEPS=$(VIPAGENT_CHAOS_STEPS) VIPAGENT_CHAOS_RUNS=$(VIPAGENT_CHAOS_RUNS) \
	VIPAGENT_BINARY=$(CURDIR)/.build/release/vipagent $(SWIFT) test --no-parallel --filter FaultChaosTests

# The protocol core through random schedules for so many minutes, on so many threads. A failing one is shrunk and printed.
VIPAGENT_SIM_MINUTES ?= 120
VIPAGENT_SIM_JOBS    ?= $(shell nproc)

# Schedules that nobody has played before, for so many seconds.
sim-fresh:
	$(SWIFT) build $(RELEASE) --product vipagent-sim
	.build/release/vipagent-sim run --seconds $(VIPAGENT_SIM_SECONDS)

# The fuzzers on one processor, fresh schedules on another.
explore:
	$(MAKE) -j2 fuzz-short sim-fresh

sim:
	$(SWIFT) build $(RELEASE) --product vipagent-sim
	.build/release/vipagent-sim run --minutes $(VIPAGENT_SIM_MINUTES) --jobs $(VIPAGENT_SIM_JOBS)

# Deliberately broken cores, each of which the simulator must catch; see docs/verification.md. MUTANTS="--explain NAME" shows how.
MUTANTS ?=

mutants:
	Tests/Mutations/generate .build/mutations
	$(SWIFT) build -c release --package-path .build/mutations --product vipagent-mutants
	.build/mutations/.build/release/vipagent-mutants $(MUTANTS)

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

# The tests under ThreadSanitizer and under AddressSanitizer, and an agent built so on the hosts of the lab.
sanitize: packages test-packages
	SWIFT=$(SWIFT) Tests/sanitize thread
	SWIFT=$(SWIFT) Tests/sanitize address

# Counts what the installed program's heartbeat threads allocate over 100,000 heartbeats: nothing.
allocations: packages test-packages build
	VIPAGENT_BINARY=$(CURDIR)/.build/release/vipagent $(SWIFT) test --filter AgentAllocationTests

# Codec, HMAC, a step of the core and batches, in nanoseconds: docs/performance.md. Only this fetches what measures.
microbench: packages
	VIPAGENT_MICROBENCH=1 $(SWIFT) package --scratch-path .build-microbench --disable-sandbox benchmark --no-progress $(MICROBENCH)

# Every situation that two nodes can get into within small bounds: docs/verification.md. SEARCHES names some, and
# can say --losses 1 for hours instead of minutes.
search:
	$(SWIFT) build -c release --product vipagent-search
	.build/release/vipagent-search $(SEARCHES)

# vipagent and its peers through the same faults, as often as BENCH_REPEATS says: docs/benchmarks.md. BENCH="--faults loss"
# does a part of it anew, BENCH=--plan says how long it will take.
BENCH_REPEATS ?= 5
BENCH         ?=

bench: packages bench-packages build
	$(SWIFT) build $(RELEASE) --product vipagent-bench
	mkdir -p docs/benchmarks
	.build/release/vipagent-bench run --repeats $(BENCH_REPEATS) --results docs/benchmarks/results.jsonl $(BENCH)
	.build/release/vipagent-bench report

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

# Three hosts with systemd as their first process, the Debian package in all of them; three minutes at the most, and what there is to build:
# nothing, after `make build` and `make test`, for the package is made of the same release binary.
test-systemd: packages test-packages deb
	@Tests/require-packages $(HOSTTOOLS)
	Tests/systemd/run .build/deb/vipagent_*.deb

install: build install-files
	install -D -s -m 0755 .build/release/vipagent $(DESTDIR)$(PREFIX)/sbin/vipagent

# The documents lie as they do here, so that they find each other; debian/rules puts them into the package with this, too.
DOCUMENTS     = README.md ARCHITECTURE.md CONTRIBUTING.md SECURITY.md CHANGELOG.md $(shell find docs Tests/Stories -type f)
DOCFOLDER     = $(DESTDIR)$(PREFIX)/share/doc/vipagent
ZSH_FUNCTIONS = share/zsh/site-functions

install-files:
	set -e; for file in $(DOCUMENTS); do install -D -m 0644 $$file $(DOCFOLDER)/$$file; done
	install -D -m 0644 -t $(DOCFOLDER)/examples config.example.toml packaging/prometheus/vipagent.rules.yml packaging/grafana/vipagent.json
	ln -sf examples/config.example.toml $(DOCFOLDER)/config.example.toml
	install -D -m 0644 packaging/vipagent.catalog $(DESTDIR)$(PREFIX)/lib/systemd/catalog/vipagent.catalog
	install -D -m 0644 packaging/man/vipagent.8 $(DESTDIR)$(PREFIX)/share/man/man8/vipagent.8
	install -D -m 0644 packaging/man/vipagent.toml.5 $(DESTDIR)$(PREFIX)/share/man/man5/vipagent.toml.5
	install -D -m 0644 packaging/man/vipagent-protocol.7 $(DESTDIR)$(PREFIX)/share/man/man7/vipagent-protocol.7
	install -D -m 0644 packaging/completions/vipagent.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/vipagent
	install -D -m 0644 packaging/completions/_vipagent $(DESTDIR)$(PREFIX)/$(ZSH_FUNCTIONS)/_vipagent
	install -D -m 0644 packaging/completions/vipagent.fish \
	  $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/vipagent.fish

clean:
	$(SWIFT) package clean

# Installs only what is missing, so that a machine that has everything needs neither root nor a network.
packages:
	@Tests/require-packages $(PACKAGES)

test-packages:
	@Tests/require-packages $(TOOLS)

bench-packages:
	@Tests/require-packages $(PEERS)

deb-packages:
	@Tests/require-packages $(DEBTOOLS)
