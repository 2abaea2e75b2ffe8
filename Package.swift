// swift-tools-version: 6.2
import PackageDescription

// Warnings are errors in our own code; dependencies are not ours to judge.
let strict: [SwiftSetting] = [
  .treatAllWarnings(as: .error)
]

// 43,000 relative relocations take 1 MB of the file, all of which is read at the start, and 8 kB packed (DT_RELR: glibc 2.36,
// Debian 12). GNU gold, which is the default, cannot pack them. Every function of a library is looked up at the start (-z now): a
// takeover is not to search the libraries' tables for the first function that it calls, which may have to be read from the disk.
let packed: [LinkerSetting] = [
  .unsafeFlags(
    ["-use-ld=lld"] + ["pack-relative-relocs", "now"].flatMap { ["-Xlinker", "-z", "-Xlinker", $0] },
    .when(platforms: [.linux], configuration: .release))
]

// What the program is made of, the core and the libraries below it aside.
let agent: [Target.Dependency] = [
  "Support", "Log", "Configuration", "TerminalUI", "Wire", "Engine", "Addresses", "Heartbeats", "Status", "Control",
  "Metrics", "Doctor", "Agent", "Commands",
]

let package = Package(
  name: "vipagent",
  products: [
    .executable(name: "vipagent", targets: ["VIPAgent"]),
    .executable(name: "vipagent-demo", targets: ["vipagent-demo"]),
    .executable(name: "vipagent-sim", targets: ["SimulatorCommand"]),
    .library(name: "Allocations", type: .dynamic, targets: ["CAllocations"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0")
  ],
  targets: [
    // C, each as thin as it can be.
    .systemLibrary(name: "CMnl", pkgConfig: "libmnl", providers: [.apt(["libmnl-dev"])]),
    .systemLibrary(name: "CNettle", pkgConfig: "nettle", providers: [.apt(["nettle-dev"])]),
    .target(
      name: "CToml",
      cxxSettings: [.define("TOML_EXCEPTIONS", to: "0"), .define("TOML_ENABLE_FORMATTERS", to: "0")]),
    .target(name: "CLinux", cSettings: [.define("_GNU_SOURCE")]),
    .target(name: "CLaunch", path: "Sources/Lab/Launch", cSettings: [.define("_GNU_SOURCE")]),

    // Swift, in the order of the import arrows: nothing imports what stands below it.
    .target(name: "TakeoverCore", swiftSettings: strict),
    .target(name: "Linux", dependencies: ["CLinux"], swiftSettings: strict),
    .target(name: "Netlink", dependencies: ["CMnl", "Linux"], swiftSettings: strict),
    // What everybody may know: files and whose they are, the clock, texts, mailboxes.
    .target(
      name: "Support", dependencies: ["TakeoverCore", "Netlink", "Linux", "CLinux"], swiftSettings: strict),
    // Lines to the journal, to standard error and to files; what each means.
    .target(name: "Log", dependencies: ["Support", "Linux", "CLinux"], swiftSettings: strict),
    // The configuration file and the key file.
    .target(
      name: "Configuration", dependencies: ["Support", "TakeoverCore", "Netlink", "Linux", "CLinux", "CToml"],
      swiftSettings: strict),
    // Tables, colours and wrapped text on a terminal.
    .target(name: "TerminalUI", dependencies: ["Support", "Linux", "CLinux"], swiftSettings: strict),
    // Sockets for heartbeats, probes and announcements; signatures; socket filters.
    .target(
      name: "Wire", dependencies: ["Configuration", "Support", "TakeoverCore", "Linux", "CLinux", "CNettle"],
      swiftSettings: strict),
    // What the two threads share: a configuration made ready to run, and what they tell each other.
    .target(
      name: "Engine", dependencies: ["Wire", "Configuration", "Support", "TakeoverCore", "Netlink", "Linux"],
      swiftSettings: strict),
    // The address thread: addresses, leases, announcements, what the kernel says.
    .target(
      name: "Addresses",
      dependencies: [
        "Engine", "Wire", "Configuration", "Log", "Support", "TakeoverCore", "Netlink", "Linux", "CLinux",
      ], swiftSettings: strict),
    // The heartbeat thread: the core, driven by sockets and a timer.
    .target(
      name: "Heartbeats",
      dependencies: ["Engine", "Wire", "Configuration", "Support", "TakeoverCore", "Linux"],
      swiftSettings: strict),
    // What an agent says of itself, as a document and in words.
    .target(name: "Status", dependencies: ["TerminalUI", "Support", "TakeoverCore"], swiftSettings: strict),
    // The control socket: requests and answers, who may ask, both ends.
    .target(
      name: "Control",
      dependencies: ["Status", "Engine", "Log", "Support", "TakeoverCore", "Linux", "CLinux"],
      swiftSettings: strict),
    // Prometheus' text, and who serves it.
    .target(
      name: "Metrics",
      dependencies: ["Status", "Configuration", "Support", "TakeoverCore", "Netlink", "Linux", "CLinux"],
      swiftSettings: strict),
    // `vipagent doctor`: looks at the host, the wire and the agent, and says what to do.
    .target(
      name: "Doctor",
      dependencies: [
        "Control", "Status", "Addresses", "Engine", "Wire", "TerminalUI", "Configuration", "Support", "TakeoverCore",
        "Netlink", "Linux", "CLinux",
      ], swiftSettings: strict),
    // The agent: its main thread, which starts the two others and serves everybody.
    .target(
      name: "Agent",
      dependencies: [
        "Metrics", "Control", "Status", "Heartbeats", "Addresses", "Engine", "Configuration", "Log", "Support",
        "TakeoverCore", "Netlink", "Linux", "CLinux",
      ], swiftSettings: strict),
    // The command line: every subcommand.
    .target(
      name: "Commands",
      dependencies: [
        "Agent", "Doctor", "Control", "Status", "Addresses", "Engine", "TerminalUI", "Configuration", "Support",
        "TakeoverCore", "Netlink", "Linux", "CLinux",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: strict),
    // The program.
    .executableTarget(
      name: "VIPAgent", dependencies: ["Commands", "Linux"], swiftSettings: strict, linkerSettings: packed),

    // Hosts made of network namespaces, on which anything may run. The agent forks and executes nothing: it does not link this.
    .target(
      name: "Lab", dependencies: ["Netlink", "Linux", "CLinux", "CLaunch"], exclude: ["Launch"],
      swiftSettings: strict),
    .executableTarget(
      name: "vipagent-demo",
      dependencies: [
        "Lab", "Support", "Netlink", "Linux", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources/Demonstration", swiftSettings: strict),

    // The protocol core through random faults over virtual time: a library for the tests, and a command.
    .target(
      name: "Simulator", dependencies: ["TakeoverCore"], path: "Tests/Simulator", exclude: ["Regressions"],
      swiftSettings: strict + [.unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))]),
    .executableTarget(
      name: "SimulatorCommand",
      dependencies: ["Simulator", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      path: "Tests/SimulatorCommand", swiftSettings: strict),

    .testTarget(
      name: "SimulatorTests",
      dependencies: ["Simulator", "Agent", "Engine", "Configuration", "Log", "Support", "TakeoverCore"],
      swiftSettings: strict),

    // The search of every situation that two nodes can get into: docs/verification.md.
    .target(name: "Exhaustive", dependencies: ["TakeoverCore"], path: "Tests/Exhaustive", swiftSettings: strict),
    .executableTarget(
      name: "vipagent-search",
      dependencies: ["Exhaustive", "TakeoverCore", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      path: "Tests/SearchCommand", swiftSettings: strict),

    // The comparison with the peers: docs/benchmarks.md.
    .executableTarget(
      name: "vipagent-bench",
      dependencies: [
        "Lab", "CLaunch", "Netlink", "Linux", "CLinux", "TakeoverCore",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Tests/Bench", swiftSettings: strict),

    .testTarget(
      name: "TakeoverCoreTests", dependencies: ["TakeoverCore", "Simulator"], swiftSettings: strict),
    .testTarget(name: "ExhaustiveTests", dependencies: ["Exhaustive", "TakeoverCore"], swiftSettings: strict),
    .testTarget(name: "LinuxTests", dependencies: ["Linux", "CLinux"], swiftSettings: strict),
    .testTarget(name: "NetlinkTests", dependencies: ["Netlink", "Linux", "CLinux"], swiftSettings: strict),
    // C for measurements; the first is put before an agent's C library.
    .target(name: "CAllocations", path: "Tests/Allocations", cSettings: [.define("_GNU_SOURCE")]),
    .target(name: "CKernelBatch", path: "Tests/KernelBatch"),
    .target(
      name: "FilterInterpreter", dependencies: ["CLinux"], path: "Tests/FilterInterpreter", swiftSettings: strict),
    .testTarget(
      name: "VIPAgentTests",
      dependencies: agent + [
        "Lab", "TakeoverCore", "Netlink", "Linux", "CLinux", "FilterInterpreter",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "LabTests",
      dependencies: agent + ["Lab", "TakeoverCore", "Netlink", "Linux", "CLinux", "CKernelBatch"],
      swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)

// `make fuzz`: libFuzzer has a main() of its own, without which this does not link.
if Context.environment["VIPAGENT_FUZZ"] != nil {
  package.targets.append(
    .executableTarget(
      name: "Fuzz",
      dependencies: agent + ["TakeoverCore", "Netlink", "Linux", "CLinux", "CMnl", "FilterInterpreter"],
      path: "Tests/Fuzz", exclude: ["Corpus", "Dictionaries", "run"],
      swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])]))
}

// `make microbench`: whoever builds the agent does not fetch what only measures it.
if Context.environment["VIPAGENT_MICROBENCH"] != nil {
  // Without its traits it replaces neither malloc(3) nor the Swift runtime's reference counting.
  package.dependencies.append(.package(url: "https://github.com/ordo-one/benchmark", exact: "1.38.1", traits: []))
  package.targets.append(
    .executableTarget(
      name: "Beat",
      dependencies: [
        "Heartbeats", "Addresses", "Engine", "Wire", "Configuration", "Log", "Support", "TakeoverCore", "Netlink",
        .product(name: "Benchmark", package: "benchmark"),
      ],
      path: "Benchmarks/Beat", swiftSettings: strict,
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]))
}
