// Turning the windows of the recent past, at the end of an interval: nothing is done to rows but every 10 s.

extension EngineState {
    mutating func turnRecent() {
        let now = tables.moment.monotonic
        for index in 0..<tables.workloads.count {
            let delta = tables.workloads[index].delta
            if delta.carriesData { tables.workloads[index].traffic.noteTraffic(at: now) }
        }
        switch tables.recent.advance(to: now) {
        case .none: break
        case .one:
            for index in 0..<tables.workloads.count {
                tables.workloads[index].traffic.turn()
                tables.workloads[index].served.recent.turn()
                tables.workloads[index].called.recent.turn()
            }
            for index in 0..<tables.requests.count where !tables.requests[index].recent.isEmpty { tables.requests[index].recent.turn() }
            for key in requests.flowKeys { tables.requestsOfFlow[key]?.recent.turn() }
        case .all:
            for index in 0..<tables.workloads.count {
                tables.workloads[index].traffic.forget()
                tables.workloads[index].served.recent.forget()
                tables.workloads[index].called.recent.forget()
            }
            for index in 0..<tables.requests.count where !tables.requests[index].recent.isEmpty { tables.requests[index].recent.forget() }
            for key in requests.flowKeys { tables.requestsOfFlow[key]?.recent.forget() }
        }
    }
}
