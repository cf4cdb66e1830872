// The catalogue of probes: one line a program. A new probe is its .bpf.c, its line in bpf/objects.c and its line here.

import CProbes

struct ProbeDefinition: Sendable {
    /// How the kernel counts a tracepoint's events by itself, and where the program counts its runs.
    struct EventCount: Sendable {
        /// The tracepoint's folder in tracefs.
        let group: String
        let runs: tally
        /// The loss that what no program was run for is told as: a key of `unseen`.
        let loss: String
    }

    enum Hook: Sendable, Equatable {
        /// A typed tracepoint, attached for as long as podglass runs.
        case tracepoint(String)
        /// On the path of every packet of the cgroup tree: "ingress" or "egress". Has no verdict.
        case packets(String)
        /// Walks the sockets that carry a meter, when read.
        case meterIterator
        /// Walks the sockets that carry a tap, when read.
        case tapIterator
        /// Walks once at the start.
        case startIterator(String)
    }

    /// For which kernels it is compiled: some programs are only for those with meters on sockets, or only for those without.
    enum Kernels: Sendable {
        case all, current, early
    }

    let program: String
    let object: String
    let hook: Hook
    /// What is seen through it.
    let signal: String
    /// The program before it at the same hook, whose runs it makes up for: an interrupt that finds one of the two running
    /// never finds the other.
    var repeats: String?
    /// Without one of these it is left out.
    var needs: [KernelFeature] = []
    /// Without this it sees less.
    var uses: KernelFeature?
    var kernels = Kernels.all
    /// The same events as the kernel counts them, for those that nothing else makes up for.
    var count: EventCount?

    /// Whether a run that the kernel left out is lost; another program of the same hook may have made up for it.
    var losesMissedRuns: Bool { repeats == nil && !ProbeDefinition.all.contains { $0.repeats == program } }

    func hookName(isEarly: Bool) -> String {
        switch hook {
        case .tracepoint(let name): "tp_btf/" + name
        case .packets(let way): "cgroup_skb/" + way
        case .meterIterator where isEarly: "iter/tcp"
        case .meterIterator, .tapIterator: "iter/bpf_sk_storage_map"
        case .startIterator(let name): "iter/" + name
        }
    }

    /// Whether it runs by itself, in others' time: what it costs is not in this process's CPU time.
    var runsElsewhere: Bool {
        switch hook {
        case .tracepoint, .packets: true
        case .meterIterator, .tapIterator, .startIterator: false
        }
    }

    /// Without it there is nothing to see at all.
    var isEssential: Bool { program == "sockets" || program == "sweep" }

    private static let tapNeeds: [KernelFeature] = [.loops, .socketMeters]

    /// Those that this kind of kernel is given.
    static func all(isEarly: Bool) -> [ProbeDefinition] { all.filter { $0.kernels != (isEarly ? .current : .early) } }

    static let all: [ProbeDefinition] = [
        .init(
            program: "sockets", object: "sockets", hook: .tracepoint("inet_sock_set_state"),
            signal: "connections opened, failed, closed; connect times"),
        .init(
            program: "sockets_again", object: "sockets", hook: .tracepoint("inet_sock_set_state"),
            signal: "connections that open or close while an interrupt keeps sockets from running", repeats: "sockets"),
        .init(
            program: "sockets_gone", object: "sockets", hook: .tracepoint("tcp_destroy_sock"),
            signal: "sockets whose meter leaves the table", kernels: .early),
        .init(program: "sweep", object: "sweep", hook: .meterIterator, signal: "bytes, RTT, retransmits, windows of every connection"),
        .init(program: "list", object: "sweep", hook: .meterIterator, signal: "single connections of a flow"),
        .init(
            program: "old_listeners", object: "discover", hook: .startIterator("task_file"), signal: "who listened before podglass started",
            kernels: .current),
        .init(program: "old_sockets", object: "discover", hook: .startIterator("tcp"), signal: "connections older than podglass"),
        .init(program: "owners", object: "discover", hook: .startIterator("task_file"), signal: "which process holds a connection"),
        .init(
            program: "retransmits", object: "retransmits", hook: .tracepoint("tcp_retransmit_skb"), signal: "retransmits by kind",
            count: .init(group: "tcp", runs: TALLY_RUNS_RETRANSMITS, loss: "retransmits_unseen")),
        .init(
            program: "synack_retransmits", object: "retransmits", hook: .tracepoint("tcp_retransmit_synack"),
            signal: "SYN-ACKs sent again",
            count: .init(group: "tcp", runs: TALLY_RUNS_SYNACK_RETRANSMITS, loss: "synack_retransmits_unseen")),
        .init(
            program: "drops", object: "drops", hook: .tracepoint("kfree_skb"), signal: "dropped packets, with the kernel's reason",
            needs: [.dropReasons], uses: .receivingSocket, count: .init(group: "skb", runs: TALLY_RUNS_DROPS, loss: "drops_unseen")),
        .init(
            program: "resets_received", object: "resets", hook: .tracepoint("tcp_receive_reset"), signal: "resets received",
            count: .init(group: "tcp", runs: TALLY_RUNS_RESETS_RECEIVED, loss: "resets_unseen")),
        .init(
            program: "resets", object: "resets", hook: .tracepoint("tcp_send_reset"), signal: "resets sent", uses: .socketlessResets,
            count: .init(group: "tcp", runs: TALLY_RUNS_RESETS, loss: "resets_unseen")),
        .init(
            program: "requests_egress", object: "requests", hook: .packets("egress"),
            signal: "requests and responses that leave (HTTP/1, DNS); UDP", needs: ProbeDefinition.tapNeeds),
        .init(
            program: "requests_ingress", object: "requests", hook: .packets("ingress"),
            signal: "requests and responses that arrive (HTTP/1, DNS); UDP", needs: ProbeDefinition.tapNeeds),
        .init(
            program: "requests_closed", object: "requests", hook: .tracepoint("inet_sock_set_state"),
            signal: "requests that nobody answered", needs: ProbeDefinition.tapNeeds),
        .init(
            program: "requests_closed_again", object: "requests", hook: .tracepoint("inet_sock_set_state"),
            signal: "unanswered requests, where an interrupt keeps requests_closed from running", repeats: "requests_closed",
            needs: ProbeDefinition.tapNeeds),
        .init(
            program: "cgroups", object: "cgroups", hook: .tracepoint("cgroup_mkdir"),
            signal: "paths of new cgroups: names of pods that end at once"),
        .init(
            program: "settle_quiet", object: "requests", hook: .tapIterator, signal: "responses that ended", needs: ProbeDefinition.tapNeeds
        ),
    ]

    /// What may be lost, by the order of `enum tally`; the sentence says what is then missing.
    static let losses: [(key: String, meaning: String)] = [
        ("ring_full", "samples that found the ring full"),
        ("flows_refused", "events of flows beyond the kernel's limit, summed in ~other"),
        ("symptoms_refused", "drops and resets beyond the limit of places, not told apart"),
        ("listeners_refused", "listeners beyond the limit, their children without a process name"),
        ("meters_refused", "sockets that got no meter, for want of memory"),
        ("contended", "counts given up after too many tries at once"),
        ("unreadable", "packets whose headers could not be read"),
        ("requests_refused", "requests beyond the kernel's limit of keys, summed in ~other"),
        ("questions_refused", "DNS queries beyond the limit of those that wait for an answer: not counted"),
        ("taps_refused", "sockets whose requests cannot be read, for want of memory"),
        ("connections_unseen", "connections that opened while no program could run: not counted, nor what they carried"),
    ]

    /// What the kernel counted and no program was run for, found beside the programs (NodeProbes+Unseen.swift).
    static let unseen: [(key: String, meaning: String)] = [
        ("drops_unseen", "drops that the kernel counted and no program was run for: not counted, of whatever cause"),
        ("retransmits_unseen", "retransmits that no program was run for: counted with their connection, their kind is not known"),
        ("synack_retransmits_unseen", "SYN-ACKs sent again that no program was run for: not counted"),
        ("resets_unseen", "resets sent or received that no program was run for: not counted"),
    ]

    /// What is known of requests beyond the samples is found in user space: there is no tally.
    static let sampledInUserSpace = (
        key: "requests", meaning: "requests beyond the budget: exact by method and status, their routes are estimates"
    )

    /// Found in user space, too.
    static let postponedUsage = (key: "usage", meaning: "readings of what workloads consume that had to wait for another interval")

    /// Details left out under a budget, after the losses in `enum tally`. Nothing that is counted is missing for it.
    static let samples: [(key: String, meaning: String)] = [
        ("timings", "connect and handshake times beyond the budget: their quantiles are estimates"),
        ("closed_connections", "closed connections beyond the budget: not listed"),
        ("connections", "live connections beyond the limit of the list"),
        ("incidents", "single events beyond the budget: not in the stream of observe"),
        ("cgroups", "paths of new cgroups beyond the budget: those that end at once have no name"),
    ]
}

/// What a few programs together let one see: a line of `doctor`.
package enum ProbeTopic: String, Sendable, CaseIterable {
    case connections = "connections, bytes, RTT"
    case older = "what was open before podglass"
    case retransmits
    case drops = "drops, with the kernel's reason"
    case resets
    case requests = "requests (HTTP/1, DNS) and UDP"
    case unseen = "events that no program was run for"

    /// Of a program in the catalogue.
    package init?(program: String) {
        guard program != EventCheck.name else {
            self = .unseen
            return
        }
        switch ProbeDefinition.all.first(where: { $0.program == program })?.object {
        case "sockets", "sweep": self = .connections
        case "discover": self = .older
        case "retransmits": self = .retransmits
        case "drops": self = .drops
        case "resets": self = .resets
        case "requests": self = .requests
        default: return nil
        }
    }
}
