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

let package = Package(
  name: "vipagent",
  products: [
    .executable(name: "vipagent", targets: ["VIPAgent"]),
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
    .target(
      name: "Lab", dependencies: ["Netlink", "Linux", "CLinux", "CLaunch"], exclude: ["Launch"],
      swiftSettings: strict),
    .executableTarget(
      name: "VIPAgent",
      dependencies: [
        "TakeoverCore", "Netlink", "Linux", "Lab", "CLinux", "CNettle", "CToml",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict, linkerSettings: packed),

    // The protocol core through random faults over virtual time: a library for the tests, and a command.
    .target(
      name: "Simulator", dependencies: ["TakeoverCore"], path: "Tests/Simulator", exclude: ["Regressions"],
      swiftSettings: strict + [.unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))]),
    .executableTarget(
      name: "SimulatorCommand",
      dependencies: ["Simulator", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      path: "Tests/SimulatorCommand", swiftSettings: strict),

    .testTarget(
      name: "SimulatorTests", dependencies: ["Simulator", "TakeoverCore", "VIPAgent"], swiftSettings: strict),

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
      dependencies: [
        "VIPAgent", "TakeoverCore", "Netlink", "Linux", "CLinux", "FilterInterpreter",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "LabTests", dependencies: ["Lab", "Netlink", "Linux", "CLinux", "CKernelBatch", "VIPAgent"],
      swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)

// `make fuzz` and `make microbench`: they bring a main() of their own, so that the agent is a library there, without the
// file that has one.
let isFuzzed = Context.environment["VIPAGENT_FUZZ"] != nil
let isMeasured = Context.environment["VIPAGENT_MICROBENCH"] != nil
if isFuzzed || isMeasured {
  package.products = []
  package.targets.removeAll(where: \.isTest)
  for (place, target) in package.targets.enumerated() where target.name == "VIPAgent" {
    package.targets[place] = .target(
      name: target.name, dependencies: target.dependencies, exclude: ["CommandLine/Program.swift"],
      swiftSettings: strict)
  }
}
if isFuzzed {
  package.targets.append(
    .executableTarget(
      name: "Fuzz", dependencies: ["VIPAgent", "TakeoverCore", "Netlink", "CLinux", "CMnl", "FilterInterpreter"],
      path: "Tests/Fuzz",
      exclude: ["Corpus", "Dictionaries", "run"], swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])]))
}
if isMeasured {
  // What is measured is internal.
  for target in package.targets where ["VIPAgent", "Netlink"].contains(target.name) {
    target.swiftSettings = strict + [.unsafeFlags(["-enable-testing"])]
  }
  package.products = [.library(name: "Parts", targets: ["VIPAgent", "TakeoverCore", "Netlink"])]
}
