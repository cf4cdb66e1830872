// swift-tools-version: 6.2
import PackageDescription

// Data flows one way: bpf → Probes → Aggregation → Views; Console holds the loops.
// ARCHITECTURE.md draws it; Tests/ConsoleTests/TidyTests.swift holds it.
let package = Package(
    name: "podglass",
    products: [.executable(name: "podglass", targets: ["Console"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
    ],
    targets: [
        // The console's loops, commands, JSON and recordings' files: the only place that knows all the others.
        .executableTarget(
            name: "Console",
            dependencies: [
                "Aggregation", "Probes", "Cluster", "Views", "CLinux", "CZlib", "CDemo",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        // Pure values: no C, no files, no clock.
        .target(name: "Aggregation"),
        // Senses the node: eBPF, cgroups, /proc.
        .target(name: "Probes", dependencies: ["Aggregation", "CProbes", "CLibbpf", "CLinux"]),
        // Asks who is who: the container runtime, the kubelet, the API server.
        .target(name: "Cluster", dependencies: ["Aggregation"]),
        // Draws the node: a pure function onto a grid of cells; one file knows ncurses.
        .target(name: "Views", dependencies: ["Aggregation", "CNcurses"]),
        // Figures of speed for `make bench`; not shipped.
        .executableTarget(name: "Bench", dependencies: ["Aggregation", "Probes", "Views"]),

        // The eBPF programs as Swift sees them: the records' header and the embedded objects.
        .target(
            name: "CProbes", dependencies: ["CLibbpf"], path: "bpf", sources: ["objects.c"], publicHeadersPath: "include",
            cSettings: [.headerSearchPath(".")]),
        .systemLibrary(name: "CLibbpf"),
        .systemLibrary(name: "CZlib"),
        // What Glibc's module does not import: epoll, signalfd, timerfd, setns, file handles.
        .target(name: "CLinux"),
        .target(name: "CNcurses", linkerSettings: [.linkedLibrary("ncursesw"), .linkedLibrary("tinfo")]),
        // The demonstration recording, embedded.
        .target(name: "CDemo"),

        .testTarget(name: "AggregationTests", dependencies: ["Aggregation"]),
        .testTarget(name: "ClusterTests", dependencies: ["Cluster", "Aggregation"]),
        .testTarget(name: "ViewsTests", dependencies: ["Views", "Aggregation"], exclude: ["Goldens"]),
        .testTarget(name: "ProbesTests", dependencies: ["Probes", "Aggregation", "CProbes"]),
        .testTarget(
            name: "ConsoleTests", dependencies: ["Console", "Aggregation", "Views", "Probes", "LabSupport"], exclude: ["Fixtures"]),
        // A network laboratory: pods without a cluster.
        .target(name: "LabSupport", path: "Tests/LabSupport", exclude: ["Hubble", "Runtime"]),
        .testTarget(name: "LiveTests", dependencies: ["Console", "Probes", "Aggregation", "LabSupport"]),
    ],
    swiftLanguageModes: [.v6]
)
