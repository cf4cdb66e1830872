// Whose a row is, the same first fields in every table of traffic: the workload, and what sources of names know of it.

/// Whose a row is: its workload (-1 where neither end is on this node) and, where it is a container's, which.
struct Booking {
    var workload: WorkloadIndex
    var container: NameIndex
}

extension Field {
    static func ownership(_ booking: @escaping @Sendable (Tables, Int) -> Booking) -> [Field] {
        let workload: @Sendable (Tables, Int) -> Int? = { Int(booking($0, $1).workload) + 1 }
        return [
            shared(
                "workload", column: .init("WORKLOAD", minimum: 14, maximum: 40, importance: 1),
                "The pod's name, else the systemd unit's, else the process's.", code: workload
            ) { tables, row in
                .optional(tables.owner(booking(tables, row).workload)?.workload, "neither end is on this node")
            },
            shared(
                "namespace", column: .init("NAMESPACE", minimum: 9, maximum: 16, importance: 6),
                "The pod's Kubernetes namespace.", code: workload
            ) { tables, row in
                let owner = tables.owner(booking(tables, row).workload)
                return .optional(owner?.namespace, Reason.unnamed(owner))
            },
            shared("pod", "The pod's name.", code: workload) { tables, row in
                let owner = tables.owner(booking(tables, row).workload)
                return .optional(owner?.pod, Reason.unnamed(owner))
            },
            shared(
                "container", column: .init("CONTAINER", minimum: 9, maximum: 16, importance: 9),
                "The container's name, else the start of its id.", code: { Int(booking($0, $1).container) + 1 }
            ) { tables, row in
                .optional(tables.name(booking(tables, row).container), Reason.noContainer)
            },
            controller(importance: 9) { booking($0, $1).workload },
        ]
    }

    static func controller(importance: Int, _ workload: @escaping @Sendable (Tables, Int) -> WorkloadIndex) -> Field {
        shared(
            "owner", column: .init("OWNER", minimum: 8, maximum: 24, importance: importance), marks: .inferredOwner,
            "What keeps the pod alive: the name of its Deployment, StatefulSet, DaemonSet, CronJob or Job.",
            code: { Int(workload($0, $1)) + 1 }
        ) { tables, row in
            .optional(tables.object(of: workload(tables, row))?.controller?.name, tables.reasonForNoOwner(workload(tables, row)))
        }
    }

    /// What else sources of names know of a workload: the kind of its controller, and its labels.
    static func affiliation(_ workload: @escaping @Sendable (Tables, Int) -> WorkloadIndex) -> [Field] {
        let code: @Sendable (Tables, Int) -> Int? = { Int(workload($0, $1)) + 1 }
        return [
            shared("ownerkind", key: "owner_kind", marks: .inferredOwner, "Which of these it is: Deployment.", code: code) { tables, row in
                .optional(tables.object(of: workload(tables, row))?.controller?.kind, tables.reasonForNoOwner(workload(tables, row)))
            },
            shared(
                "label", key: "labels", kind: .list, "The pod's labels, key=value each; in a query label:app=web, or label:app for any.",
                code: code
            ) { tables, row in
                let index = workload(tables, row)
                return tables.object(of: index).map { .list($0.labels.pairs) } ?? .missing(Reason.unknown(tables.owner(index)))
            },
        ]
    }

    static func shared(
        _ word: String, key: String? = nil, kind: Kind = .text, column: Column? = nil, marks: Marks = [], _ explanation: String,
        code: @escaping @Sendable (Tables, Int) -> Int?, value: @escaping @Sendable (Tables, Int) -> Value
    ) -> Field {
        Field(
            word: word, key: key ?? word, kind: kind, explanation: explanation, column: column, marks: marks, value: value, code: code)
    }
}

extension Tables {
    func owner(_ workload: WorkloadIndex) -> Owner? { workload < 0 ? nil : workloads[Int(workload)].owner }

    fileprivate func reasonForNoOwner(_ workload: WorkloadIndex) -> String {
        object(of: workload)?.kind == .pod ? Reason.noController : Reason.unknown(owner(workload))
    }

    /// The marks of a row whose owners nobody told but their names: `workload`'s own, and its peer's.
    func inferred(_ workload: WorkloadIndex, _ key: FlowKey? = nil) -> Marks {
        guard hasInferredOwners else { return [] }
        var marks: Marks = []
        if object(of: workload)?.controller?.isEstimated ?? false { marks.insert(.inferredOwner) }
        if let key, object(of: peer(key, for: workload))?.controller?.isEstimated ?? false { marks.insert(.inferredPeerOwner) }
        return marks
    }
}

extension Reason {
    static let noController = "it has no controller"

    /// Why nobody told of an owner.
    static func unknown(_ owner: Owner?) -> String {
        switch owner?.kind {
        case .pod, .container: "no source of names knows it; see podglass doctor"
        case .unit, .process, .cgroup, .other, nil: "not a pod"
        }
    }
}
