// A label of a workload as the table shows it: how many values it has, how fast new ones come, and what becomes of them.

/// What multiplies rows: one dimension of flows or of requests.
package enum Label: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    case peer, port, clientPort, operation, status, path, query, dnsName

    package var name: String {
        switch self {
        case .peer: "peer"
        case .port: "port"
        case .clientPort: "client_port"
        case .operation: "operation"
        case .status: "status"
        case .path: "path"
        case .query: "query"
        case .dnsName: "dns_name"
        }
    }

    /// Which rows it multiplies.
    enum Table: Sendable { case flows, requests, routes, none }

    var table: Table {
        switch self {
        case .peer, .port: .flows
        case .operation, .status: .requests
        case .path, .dnsName: .routes
        case .clientPort, .query: .none
        }
    }

    /// Whether its values are known of sampled requests alone.
    var isSampled: Bool {
        switch self {
        case .peer, .port, .operation, .status: false
        case .clientPort, .path, .query, .dnsName: true
        }
    }
}

/// What becomes of a label's values.
package enum LabelTreatment: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// Each is told apart.
    case kept
    /// A template stands for many: a route for paths.
    case templated
    /// Left out of every row.
    case stripped
    /// Those beyond a limit are summed in `~other`.
    case folded

    package var name: String {
        switch self {
        case .kept: "kept"
        case .templated: "templated"
        case .stripped: "stripped"
        case .folded: "folded"
        }
    }
}

package struct LabelKey: Hashable, Sendable, BitwiseCopyable {
    /// `WorkloadRow.serial`.
    package var workload: UInt64
    package var label: Label

    package init(workload: UInt64, label: Label) {
        self.workload = workload
        self.label = label
    }
}

package struct CardinalityRow: Sendable, BitwiseCopyable {
    package var serial: UInt64
    package var workload: WorkloadIndex
    package var label: Label
    /// The place of its class in `Tables.classes`.
    package var classIndex: Int
    /// Different values in an hour: the one that runs or the one before, whichever had more.
    package var distinct: UInt64
    /// Values of the last minute that were never seen before.
    package var growth: UInt64
    /// Rows that the label multiplies, of this workload: flows, rows of requests, routes.
    package var kept: UInt32
    /// How many more found no place because of a limit.
    package var folded: UInt64
    /// All rows that podglass keeps on behalf of the workload.
    package var series: UInt32
    package var treatment: LabelTreatment
    /// CLOCK_MONOTONIC of the first value and of the last.
    package var since: UInt64
    package var lastActive: UInt64
    /// `estimated` beyond a few dozen values; `partial` where some may not have been seen.
    package var marks: Marks

    package init(
        serial: UInt64, workload: WorkloadIndex, label: Label, classIndex: Int, distinct: UInt64, growth: UInt64, kept: UInt32,
        folded: UInt64, series: UInt32, treatment: LabelTreatment, since: UInt64, lastActive: UInt64, marks: Marks
    ) {
        self.serial = serial
        self.workload = workload
        self.label = label
        self.classIndex = classIndex
        self.distinct = distinct
        self.growth = growth
        self.kept = kept
        self.folded = folded
        self.series = series
        self.treatment = treatment
        self.since = since
        self.lastActive = lastActive
        self.marks = marks
    }
}
