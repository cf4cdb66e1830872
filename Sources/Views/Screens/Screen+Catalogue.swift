// The screens of traffic, connections and probes; those of requests stand in Screen+Requests.swift.

import Aggregation

extension Screen {
    static let pods = Screen(
        name: "pods", title: "Pods", schema: .pods,
        empty: "No TCP traffic seen yet: open a connection on this node, or look at 7 Probes for what is attached.",
        workload: { _, row in WorkloadIndex(row) }, flowKey: nil, opens: "flows", drill: workloadDrill(), summary: nil,
        isFaint: { $0.workloads[$1].totals.connections == 0 && isSilent($0, since: $0.workloads[$1].lastActive) })

    static let flows = Screen(
        name: "flows", title: "Flows", schema: .flows,
        empty: "No flows seen yet: open a connection on this node, or look at 7 Probes for what is attached.",
        workload: { $0.flows[$1].workload }, flowKey: { $0.flows[$1].key }, opens: "connections",
        drill: flowDrill({ $0.flows[$1].workload }) { $0.flows[$1].key }, summary: nil,
        isFaint: { $0.flows[$1].totals.connections == 0 && isSilent($0, since: $0.flows[$1].lastActive) })

    static let tcp = Screen(
        name: "tcp", title: "TCP", schema: .symptoms,
        empty: "Nothing went wrong since podglass started: no retransmits, drops, resets or failures.",
        workload: { $0.symptoms[$1].workload }, flowKey: { $0.symptoms[$1].key }, opens: "flows",
        drill: flowDrill({ $0.symptoms[$1].workload }) { $0.symptoms[$1].key }, summary: SymptomSummary.pieces,
        isFaint: { tables, row in
            let symptom = tables.symptoms[row]
            return tables.name(symptom.cause).map { Causes.isHarmless(symptom.kind, $0) } ?? false
        },
        note: { tables, row in
            let symptom = tables.symptoms[row]
            guard let cause = tables.name(symptom.cause) else { return nil }
            return (cause, Causes.sentence(symptom.kind, cause))
        })

    static let listeners = Screen(
        name: "listeners", title: "Listeners", shortTitle: "Listen", entrance: .name, schema: .listeners,
        empty: "Nothing listens for TCP here that podglass can see; 7 Probes says whether it may look.",
        workload: { $0.listeners[$1].workload }, flowKey: nil, opens: "flows",
        drill: workloadDrill { $0.listeners[$1].workload }, summary: nil,
        note: { tables, row in
            let sample = tables.listeners[row].sample
            return (":" + String(sample.port), Causes.sentence(sample))
        })

    static let probes = Screen(
        name: "probes", title: "Probes", schema: .probes,
        empty: "No probe is loaded: run podglass doctor to learn why.",
        workload: nil, flowKey: nil, opens: nil, drill: nil, summary: nil,
        note: { tables, row in
            let sample = tables.probes[row].sample
            return (sample.name, sample.reason ?? "sees " + sample.signal)
        })

    static let connections = Screen(
        name: "connections", title: "Connections", shortTitle: "Conns", schema: .connections,
        empty: "No connections listed yet: they come with the next interval while this screen is open.",
        workload: { $0.connections[$1].workload }, flowKey: { $0.connections[$1].sample.key }, opens: nil,
        drill: flowDrill({ $0.connections[$1].workload }) { $0.connections[$1].sample.key }, summary: nil)

    /// Long enough that what retries every few seconds does not flicker.
    static let silence: UInt64 = 10_000_000_000

    /// Whether nothing happened of late: a pod that ended, a flow whose last connection closed.
    private static func isSilent(_ tables: Tables, since lastActive: UInt64) -> Bool {
        lastActive &+ silence < tables.moment.monotonic
    }

    private static func workloadDrill(
        _ workload: @escaping @Sendable (Tables, Int) -> WorkloadIndex = { _, row in WorkloadIndex(row) }
    ) -> @Sendable (Tables, Int) -> Drill? {
        { tables, row in
            let index = Int(workload(tables, row))
            guard tables.workloads.rows.indices.contains(index) else { return nil }
            let workload = tables.workloads[index]
            return .workload(serial: workload.serial, name: workload.owner.displayName)
        }
    }

    private static func flowDrill(
        _ workload: @escaping @Sendable (Tables, Int) -> WorkloadIndex, _ key: @escaping @Sendable (Tables, Int) -> FlowKey
    ) -> @Sendable (Tables, Int) -> Drill? {
        { tables, row in
            let key = key(tables, row)
            let peer = tables.peerName(key, for: workload(tables, row))
            switch key.direction {
            case .inbound: return .flow(key, name: "from \(peer) to :\(key.port)")
            case .outbound: return .flow(key, name: "to \(peer.contains(":") ? "[\(peer)]" : peer):\(key.port)")
            }
        }
    }
}
