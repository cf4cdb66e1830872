// swift-tools-version: 6.2
import PackageDescription

// Data flows one way: bpf → Probes → Aggregation → Views; Console holds the loops.
// ARCHITECTURE.md draws it; Tests/ConsoleTests/TidyTests.swift holds it.
let package = Package(
    name: "podglass",
    products: [.executable(name: "podglass", targets: ["Console"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.3"),
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.2"),
        .package(url: "https://github.com/grpc/grpc-swift-protobuf", from: "2.4.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
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
        .target(
            name: "Cluster",
            dependencies: [
                "Aggregation", "CLinux", "CYAML",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "GRPCCore", package: "grpc-swift-2"),
                .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
                .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ], exclude: ["Runtime/Generated/runtime.proto"],
            swiftSettings: [
                // What a library imports is not ours to see, Foundation least of all.
                .enableUpcomingFeature("MemberImportVisibility"),
                // First on the linker's line, so that nothing is taken from Foundation, whose ICU has 36 MB
                // (docs/decisions/static-executable.md).
                .unsafeFlags(
                    ["-Xfrontend", "-autolink-library", "-Xfrontend", ":libFoundationEssentials.a"], .when(configuration: .release)),
            ]),
        .systemLibrary(name: "CYAML"),
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
        .testTarget(
            name: "ClusterTests",
            dependencies: [
                "Cluster", "Aggregation", "LabSupport",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "GRPCCore", package: "grpc-swift-2"),
                .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
                .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),
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
