// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that whoever builds the agent does not fetch what only measures it. `make microbench` runs it.
let package = Package(
  name: "Benchmarks",
  dependencies: [
    .package(name: "vipagent", path: ".."),
    // Without its traits it replaces neither malloc(3) nor the Swift runtime's reference counting.
    .package(url: "https://github.com/ordo-one/benchmark", exact: "1.38.1", traits: []),
  ],
  targets: [
    .executableTarget(
      name: "Beat",
      dependencies: [
        .product(name: "Parts", package: "vipagent"),
        .product(name: "Benchmark", package: "benchmark"),
      ],
      path: "Benchmarks/Beat", swiftSettings: [.treatAllWarnings(as: .error)],
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")])
  ],
  swiftLanguageModes: [.v6]
)
