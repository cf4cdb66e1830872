// What is watched: a workload, a flow that it opened, a route of its requests. Plain bytes; names are reached through the tables.

package enum AnomalySubject: Hashable, Sendable, BitwiseCopyable {
    /// By `WorkloadRow.serial`: what comes to it, and what it consumes.
    case workload(UInt64)
    /// What a workload asks of one peer.
    case flow(FlowKey)
    case route(RouteKey)
    /// How many values a label of a workload has; rules alone look at it.
    case label(LabelKey)
}

/// All rows of requests of one route of a workload, whoever asks and whatever the status.
package struct RouteKey: Hashable, Sendable, BitwiseCopyable {
    /// `WorkloadRow.serial`.
    package var workload: UInt64
    package var direction: Direction
    package var application: RequestProtocol
    package var operation: UInt16
    package var route: NameIndex

    package init(workload: UInt64, direction: Direction, application: RequestProtocol, operation: UInt16, route: NameIndex) {
        self.workload = workload
        self.direction = direction
        self.application = application
        self.operation = operation
        self.route = route
    }
}
