// What a kernel may lack and what podglass does then: one line a feature. `doctor`, the Probes screen, the reasons in the
// JSON and the tables in README and docs/kernels.md say it from here. The running kernel is asked, never its version: a
// distribution's kernel may have what its number does not promise.

import Glibc

package enum KernelFeature: String, Sendable, CaseIterable {
    case receivingSocket = "receiving-socket"
    case socketlessResets = "socketless-resets"
    case dropReasons = "drop-reasons"
    case loops
    case socketMeters = "socket-meters"

    /// What it is, as "this kernel lacks …".
    package var name: String {
        switch self {
        case .receivingSocket: "the receiving socket in tp_btf/kfree_skb"
        case .socketlessResets: "resets without a socket in tp_btf/tcp_send_reset"
        case .dropReasons: "drop reasons"
        case .loops: "bpf_loop"
        case .socketMeters: "meters on sockets (socket storage, cookies, compare and exchange in tracepoints)"
        }
    }

    /// The release of Linux that brought it.
    package var since: String {
        switch self {
        case .receivingSocket: "6.11"
        case .socketlessResets: "6.10"
        case .dropReasons, .loops: "5.17"
        case .socketMeters: "5.12"
        }
    }

    /// What podglass does without.
    package var without: String {
        switch self {
        case .receivingSocket: "more drops are attributed by their addresses, and marked `~`"
        case .socketlessResets: "resets of ports where nobody listens are not seen where they are sent"
        case .dropReasons: "drops are not observable (`?`)"
        case .loops: "requests and UDP are not observable (`?`)"
        case .socketMeters: "meters stand in a table, for 131,072 sockets at most, and each pass enters every network namespace"
        }
    }

    /// Why a probe that needs it is missing.
    var absence: String { "this kernel lacks \(name), which came with Linux \(since)" }

    func isPresent(_ types: borrowing KernelTypes) -> Bool {
        switch self {
        case .receivingSocket: types.tracepointArguments("kfree_skb") ?? 0 >= 4
        // The reason came with it as an argument of its own.
        case .socketlessResets: types.tracepointArguments("tcp_send_reset") ?? 0 >= 3
        case .dropReasons: !types.dropReasons().isEmpty
        case .loops: types.hasHelper("loop")
        // Socket storage came a release before; the last of the three, with this helper.
        case .socketMeters: types.hasHelper("check_mtu")
        }
    }

    /// The rows of the tables in README and docs/kernels.md, the newest release first.
    package static var markdown: String {
        (["| Before Linux | the kernel lacks | and podglass |", "| --- | --- | --- |"]
            + allCases.map { "| \($0.since) | \($0.name) | \($0.without) |" }
            + ["| 5.8 | iterators, the ring buffer, often BTF | ends with a sentence and 1 |"]).joined(separator: "\n")
    }
}

/// What the kernel at hand has of them.
struct KernelFeatures {
    private let present: Set<KernelFeature>

    /// PODGLASS_WITHOUT=loops,socket-meters leaves features unused, to see on a new kernel what an older one would show.
    init(_ types: borrowing KernelTypes) throws(ProbeError) {
        var present: Set<KernelFeature> = []
        for feature in KernelFeature.allCases where feature.isPresent(types) { present.insert(feature) }
        let unused = getenv("PODGLASS_WITHOUT").map { String(cString: $0) } ?? ""
        for word in unused.split(separator: ",") {
            guard let feature = KernelFeature(rawValue: String(word)) else {
                let known = KernelFeature.allCases.map(\.rawValue).joined(separator: ", ")
                throw ProbeError(
                    operation: "read", subject: "PODGLASS_WITHOUT: there is no feature \(word)", errno: 0,
                    advice: "the features are \(known)")
            }
            present.remove(feature)
        }
        self.present = present
    }

    func has(_ feature: KernelFeature) -> Bool { present.contains(feature) }
}
