// How a pod stands, as sources of names tell: on which node, from which images, how often it was started anew, why it waits.

extension Field {
    static let standing: [Field] = {
        let code: @Sendable (Tables, Int) -> Int? = { _, _ in nil }
        return [
            shared("node", "The node that the pod is on.", code: code) { tables, row in
                .known(tables, row) { .optional($0.node, Reason.nodeUntold) }
            },
            shared("image", key: "images", kind: .list, "The images of its containers.", code: code) { tables, row in
                .known(tables, row) { .list($0.containers.map(\.image).filter { !$0.isEmpty }) }
            },
            Field(
                word: "restarts", key: "restarts_total", kind: .number(.count),
                explanation: "How often its containers were started anew, over its whole life.",
                column: .init("RESTARTS", minimum: 8, importance: 8), marks: [],
                value: { tables, row in
                    .known(tables, row) { object in
                        object.containers.isEmpty
                            ? .missing(Reason.containersUntold) : .count(object.containers.reduce(0) { $0 + UInt64($1.restarts) })
                    }
                }, code: code),
            shared(
                "reason", key: "waiting_reason", column: .init("REASON", minimum: 8, maximum: 20, importance: 8),
                "Why a container of it does not run: CrashLoopBackOff, OOMKilled, ImagePullBackOff.", code: code
            ) { tables, row in
                .known(tables, row) { .optional($0.reason, Reason.runs) }
            },
        ]
    }()
}

extension Value {
    /// What sources of names tell of a workload, or why they do not.
    fileprivate static func known(_ tables: Tables, _ row: Int, _ value: (ClusterObject) -> Value) -> Value {
        guard let object = tables.object(of: WorkloadIndex(row)) else {
            return .missing(Reason.unknown(tables.owner(WorkloadIndex(row))))
        }
        return value(object)
    }
}

extension ClusterObject {
    /// Why a container that should run does not; one that ran to its end before the others has nothing to say.
    fileprivate var reason: String? {
        containers.first { $0.role == .main && $0.reason != nil }?.reason
            ?? containers.first { $0.role != .ephemeral && $0.reason != nil && $0.reason != "Completed" }?.reason
    }
}

extension Reason {
    static let nodeUntold = "no source told its node"
    static let containersUntold = "no source told its containers"
    static let runs = "its containers run"
}
