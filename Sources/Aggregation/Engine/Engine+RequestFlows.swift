// What flows and workloads sum of requests, and their sparklines. Straight from the kernel's counts, so it is exact whatever
// becomes of routes.

extension EngineState {
    mutating func foldIntoFlow(_ sample: RequestSample) {
        guard sample.requests > 0 || !sample.latencies.isEmpty else { return }
        let key = requestFlow(sample.key.flow)
        tables.requestsOfFlow[key, default: RequestSummary()].add(sample)
        requests.changedFlows.append(key)
    }

    /// The key under which a flow's requests are summed: its own while there is a place.
    private mutating func requestFlow(_ key: FlowKey) -> FlowKey {
        if tables.requestsOfFlow[key] != nil { return key }
        let key = fitting(key)
        if tables.requestsOfFlow[key] != nil { return key }
        let isOther = EngineState.isOther(key)
        if !isOther, !hasRoomForRequestFlow {
            dropEndedRequestFlows()
            guard hasRoomForRequestFlow else {
                if requests.refusedFlows.count < capacities.requestFlows, requests.refusedFlows.insert(key).inserted {
                    tables.requestFlowsRefused += 1
                }
                return requestFlow(EngineState.otherKey(key.direction, key.transport))
            }
        }
        var summary = RequestSummary()
        summary.historyRow = Int32(requests.flowKeys.count)
        requests.flowKeys.append(key)
        tables.flowRequests.appendRow()
        tables.requestsOfFlow[key] = summary
        return key
    }

    /// Places are kept for `~other`, one a direction and transport.
    private var hasRoomForRequestFlow: Bool { tables.requestsOfFlow.count < capacities.requestFlows - EngineState.otherKeys.count }

    /// Where every place is taken: flows that the table of flows has no row of any more leave. Once an interval at most.
    private mutating func dropEndedRequestFlows() {
        guard requests.mayDropFlows else { return }
        requests.mayDropFlows = false
        let ended = requests.flowKeys.filter { flowIndex[$0] == nil && !EngineState.isOther($0) }
        for key in ended { removeRequestFlow(key) }
        if !ended.isEmpty { requests.refusedFlows.removeAll() }
    }

    /// A flow leaves: what it counted goes to `~other`, as its bytes do.
    mutating func removeRequestFlow(_ key: FlowKey) {
        guard let summary = tables.requestsOfFlow.removeValue(forKey: key) else { return }
        let row = Int(summary.historyRow)
        let last = requests.flowKeys.count - 1
        tables.flowRequests.replaceWithLast(row)
        if row != last { tables.requestsOfFlow[requests.flowKeys[last]]?.historyRow = Int32(row) }
        requests.flowKeys.swapAt(row, last)
        requests.flowKeys.removeLast()
        let other = requestFlow(EngineState.otherKey(key.direction, key.transport))
        tables.requestsOfFlow[other]?.add(summary)
        requests.changedFlows.append(other)
    }

    mutating func recordRequestHistory(fresh: Int) {
        let seconds = tables.seconds
        tables.requests.history.advance(fresh)
        for index in 0..<tables.requests.count where tables.requests[index].delta > 0 {
            tables.requests.history.record(Double(tables.requests[index].delta) / seconds, row: index, seconds: max(1, fresh))
        }
        tables.flowRequests.advance(fresh)
        for key in requests.changedFlows {
            guard let summary = tables.requestsOfFlow[key], summary.requestsDelta > 0 else { continue }
            tables.flowRequests.record(Double(summary.requestsDelta) / seconds, row: Int(summary.historyRow), seconds: max(1, fresh))
        }
        tables.workloadRequests.advance(fresh)
        for index in 0..<tables.workloads.count {
            let requests = tables.workloads[index].served.requestsDelta &+ tables.workloads[index].called.requestsDelta
            if requests > 0 { tables.workloadRequests.record(Double(requests) / seconds, row: index, seconds: max(1, fresh)) }
        }
    }
}
