// The node itself, as its pods see it: an address of each family on their bridge, and processes that are in no pod. They join
// the root of the cgroup2 tree, where kernel threads and a node's own first processes are.

import Foundation

package final class Host {
    package let ipv4: String
    package let ipv6: String
    private let networkNamespace: String
    private let directory: String
    private var programs: [Program] = []

    init(in laboratory: Laboratory) throws {
        networkNamespace = laboratory.bridge
        ipv4 = laboratory.prefixes.ipv4 + "254"
        ipv6 = laboratory.prefixes.ipv6 + "fe"
        directory = laboratory.directory + "/host"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        for words in [
            ["addr", "add", ipv4 + "/24", "dev", "br0"], ["addr", "add", ipv6 + "/64", "dev", "br0", "nodad"], ["link", "set", "lo", "up"],
        ] {
            try Program.must(["ip", "-n", networkNamespace] + words, directory: directory)
        }
    }

    /// Starts a program on the node, outside of every pod.
    package func start(_ arguments: [String]) throws -> Program {
        let join = #"procs=$1 net=$2; shift 2; echo $$ >"$procs" && exec nsenter --net="$net" -- "$@""#
        let program = try Program(
            ["sh", "-c", join, "sh", (Cgroup.mount ?? "") + "/cgroup.procs", "/run/netns/" + networkNamespace] + arguments,
            directory: directory, label: (arguments[0] as NSString).lastPathComponent)
        programs.append(program)
        return program
    }

    /// Runs a program on the node to its end; anything but success is an error.
    package func run(_ arguments: [String], within limit: Duration = .seconds(30)) async throws -> String {
        let program = try start(arguments)
        guard try await program.ended(within: limit) == .exited(0) else {
            throw LabError("\(arguments.joined(separator: " ")): \(program.errors)\(program.output)")
        }
        return program.output
    }

    /// A small Python program on the node that goes on until it is stopped; returns when it has printed "ready".
    package func python(_ source: String) async throws -> Program {
        let program = try start(["python3", "-u", "-c", source])
        try await program.says("ready")
        return program
    }

    func close() {
        for program in programs { program.stop() }
    }
}
