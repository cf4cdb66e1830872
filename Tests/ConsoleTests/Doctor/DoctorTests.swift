// The doctor's screen in each place, from given samples: what works, what not, why, and what helps, on 80×24.

import Aggregation
import Probes
import Testing

@testable import Console

@Suite("What doctor says") struct DoctorTests {
    private static func source(_ name: String, _ place: String, _ gave: String) -> SourceSample {
        SourceSample(name: name, place: place, state: .works, gave: gave)
    }

    private static func off(_ name: String, _ place: String, _ reason: String) -> SourceSample {
        SourceSample(name: name, place: place, state: .off, reason: reason)
    }

    /// Every program of the catalogue, attached but for those in `refused`.
    private static func probes(refused: [String: String] = [:]) -> [ProbeSample] {
        let programs = [
            "sockets", "sweep", "list", "old_listeners", "old_sockets", "owners", "retransmits", "synack_retransmits", "drops",
            "resets_received", "resets", "requests_egress", "requests_ingress", "requests_closed", "settle_quiet",
        ]
        return programs.map { name in
            ProbeSample(
                name: name, hook: "tp_btf/" + name, state: refused[name] == nil ? .attached : .refused, reason: refused[name],
                signal: "what \(name) sees")
        } + [ProbeSample(name: "flows", hook: "map/hash", state: .loaded, signal: "counters a flow")]
    }

    private static let node = Node(name: "node-1", kernel: "6.12.9", processors: 4)
    private static let tracking = source("connection tracking", "the host's network namespace", "34 translations of 12 addresses")
    private static let refusal = Failure(
        "cannot observe this node without CAP_BPF and CAP_PERFMON: Operation not permitted; \(Rights.remedy); podglass demo needs no rights",
        status: Failure.notPermitted)

    private static let all = Rights(capabilities: Capability.allCases, isRoot: true)
    private static let onNode = Place(.node)

    static let reports: [(name: String, report: DoctorReport)] = [
        (
            "node",
            DoctorReport(
                node: node, place: onNode, rights: all, probes: probes(),
                sources: [
                    source("cgroup path", "/sys/fs/cgroup", "12 pods, 0 containers, 20 units"),
                    source("pod logs", "/var/log/pods", "12 pods, 19 containers"),
                    source("container runtime", "/run/containerd/containerd.sock", "12 pods, 19 containers"), tracking,
                ])
        ),
        (
            "debug-pod",
            DoctorReport(
                node: node, place: Place(.debugPod, root: "/host"), rights: all, probes: probes(),
                sources: [
                    source("cgroup path", "/host/sys/fs/cgroup", "12 pods, 0 containers, 20 units"),
                    source("pod logs", "/host/var/log/pods", "12 pods, 19 containers"),
                    source("container runtime", "/host/run/containerd/containerd.sock", "12 pods, 19 containers"),
                    source("kubelet", "https://127.0.0.1:10250", "12 pods"), source("API server", "in-cluster", "400 pods, 90 Services"),
                    tracking,
                ])
        ),
        (
            "ephemeral-container",
            DoctorReport(
                node: node, place: Place(.container, podUID: "12345678-1234-1234-1234-123456789abc"), rights: all, probes: probes(),
                sources: [
                    SourceSample(
                        name: "cgroup path", place: "/sys/fs/cgroup", state: .degraded, gave: "0 pods, 0 containers, 0 units",
                        reason:
                            "only this container's part of the tree: others have no names and no requests; mount the node's root at /host"
                    ),
                    off("pod logs", "/var/log/pods", "none: no pod runs here, or --host-root is needed"),
                    off("connection tracking", "the host's network namespace", "out of reach from this container"),
                ])
        ),
        (
            "no-runtime",
            DoctorReport(
                node: node, place: onNode, rights: all, probes: probes(),
                sources: [
                    source("cgroup path", "/sys/fs/cgroup", "12 pods, 0 containers, 20 units"),
                    source("pod logs", "/var/log/pods", "12 pods, 19 containers"),
                    off("container runtime", "", "no socket here; a debug pod needs root at /host"), tracking,
                ])
        ),
        (
            "no-rights",
            DoctorReport(
                node: node, place: onNode, rights: Rights(capabilities: [], isRoot: false),
                sources: [
                    SourceSample(
                        name: "cgroup path", place: "/sys/fs/cgroup", state: .degraded, gave: "12 pods, 0 containers, 20 units",
                        reason: "no CAP_DAC_READ_SEARCH: each new cgroup is searched for in the tree"),
                    off(
                        "pod logs", "/var/log/pods",
                        "closed to all without CAP_DAC_READ_SEARCH"),
                ], failure: refusal)
        ),
        (
            "some-capabilities",
            DoctorReport(
                node: node, place: onNode, rights: Rights(capabilities: [.bpf, .perfmon], isRoot: false),
                probes: probes(refused: [
                    "requests_egress": "cannot attach requests_egress: Operation not permitted; it takes CAP_NET_ADMIN (docs/rights.md)",
                    "requests_ingress": "cannot attach requests_ingress: Operation not permitted; it takes CAP_NET_ADMIN (docs/rights.md)",
                ]),
                sources: [
                    source("cgroup path", "/sys/fs/cgroup", "12 pods, 0 containers, 20 units"),
                    source("pod logs", "/var/log/pods", "12 pods, 19 containers"),
                    off(
                        "connection tracking", "the host's network namespace",
                        "reading it takes CAP_NET_ADMIN (docs/rights.md)"),
                ])
        ),
        (
            "plain-host",
            DoctorReport(
                node: node, place: onNode, rights: all, probes: probes(),
                sources: [
                    source("cgroup path", "/sys/fs/cgroup", "0 pods, 3 containers, 31 units"),
                    off("pod logs", "/var/log/pods", "none: no pod runs here, or --host-root is needed"),
                    source("container runtime", "/run/docker.sock", "3 containers"),
                    off(
                        "connection tracking", "the host's network namespace",
                        "connection tracking is not in use here, or its module nf_conntrack_netlink is not loaded; podglass loads none"),
                ])
        ),
        (
            "old-cgroups",
            DoctorReport(
                node: node, place: onNode, rights: all,
                sources: [
                    off(
                        "cgroup path", "/sys/fs/cgroup",
                        "cannot find the cgroup2 tree; mount it (mount -t cgroup2 none /sys/fs/cgroup/unified), or give the host's root with --host-root"
                    )
                ],
                failure: Failure(
                    "cannot find the cgroup2 tree; mount it (mount -t cgroup2 none /sys/fs/cgroup/unified), or give the host's root with --host-root"
                ))
        ),
    ]

    @Test("each place has its screen, and it is one of 80×24", arguments: reports.map(\.name))
    func screens(name: String) throws {
        let report = try #require(Self.reports.first { $0.name == name }?.report)
        let lines = DoctorScreen(report: report, width: 80).lines
        #expect(lines.allSatisfy { $0.count <= 80 })
        #expect(lines.count <= 23, "a prompt stands below it")
        Fixture.check(lines.map { $0 + "\n" }.joined(), "doctor-\(name).txt")
    }

    @Test("it ends with 77 where nothing may be observed, with 1 where a signal is off; a source may be off")
    func status() {
        let statuses = Dictionary(uniqueKeysWithValues: Self.reports.map { ($0.name, $0.report.status) })
        let expected: [String: Int32] = [
            "node": 0, "debug-pod": 0, "ephemeral-container": 0, "no-runtime": 0, "no-rights": 77, "some-capabilities": 1, "plain-host": 0,
            "old-cgroups": 1,
        ]
        #expect(statuses == expected)
    }

    @Test("every rung is named, asked or not, and each program is a signal of its own")
    func findings() throws {
        let report = try #require(Self.reports.first?.report)
        let findings = report.findings
        #expect(
            findings.filter { $0.group == .name }.map(\.signal) == [
                "cgroup path", "pod logs", "container runtime", "kubelet", "API server", "connection tracking",
            ])
        #expect(findings.first { $0.signal == "kubelet" }?.reason == "not asked for; --kubelet")
        #expect(findings.count { $0.group == .probe } == 15)
        #expect(findings.filter { $0.group == .right }.map(\.state) == Array(repeating: .works, count: 6))
    }

    @Test("hostile text reaches no terminal, and a narrow one is wrapped") func hostile() {
        var report = Self.reports[0].report
        report.sources.append(Self.off("evil\u{1b}[2J", "\u{202e}", String(repeating: "x", count: 300) + "\u{7}"))
        for width in [1, 20, 40, 80, 300] {
            let lines = DoctorScreen(report: report, width: width).lines
            #expect(lines.allSatisfy { line in line.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0 != "\u{202e}" } })
        }
    }

    @Test("a source that was asked and is silent is said to be so") func silence() {
        let asked = AskedSources(names: ["kubelet", "API server"]) { [Self.source("kubelet", "here", "12 pods")] }
        #expect(!asked.haveAnswered)
        #expect(asked.answers.map(\.state) == [.works, .off])
        #expect(asked.answers.last?.reason == "it did not answer within two seconds")
        #expect(AskedSources.none.haveAnswered && AskedSources.none.answers.isEmpty)
    }
}
