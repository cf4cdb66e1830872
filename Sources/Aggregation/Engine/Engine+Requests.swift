// Folding requests. A sample of the kernel's counts goes at once to the flow and the workload, which are exact; rows are by
// route besides, which only exchanges tell, so what a key counted waits in its account until the interval ends.

extension EngineState {
    mutating func fold(_ sample: RequestSample) {
        let account = self.account(for: sample.key, since: sample.lastActive)
        requests.accounts[account].count(sample)
        touch(account)
        let workload = Int(requests.accounts[account].workload)
        // The key's own workload, where its account is one that gathers many.
        let owner = requests.accounts[account].key == sample.key ? workload : Int(place(of: sample.key.flow).workload)
        switch sample.key.flow.direction {
        case .inbound: tables.workloads[owner].served.add(sample)
        case .outbound: tables.workloads[owner].called.add(sample)
        }
        tables.workloads[owner].lastActive = max(tables.workloads[owner].lastActive, sample.lastActive)
        if sample.sampled < sample.requests { cardinality.holdings[owner].isSampled = true }
        foldIntoFlow(sample)
        watch(sample, workload: WorkloadIndex(owner))
        noteStatus(of: sample, workload: WorkloadIndex(owner))
    }

    mutating func fold(_ exchange: Exchange) {
        let account = self.account(for: exchange.key, since: exchange.began)
        let workload = place(of: exchange.key.flow).workload
        learnNames(exchange, workload: workload)
        note(exchange, of: workload)
        let route: NameIndex =
            switch requests.accounts[account].routing {
            case .single(let only): only
            case .byRoute: self.route(of: exchange, workload: workload)
            }
        var pending = RequestAccount.Pending(
            route: route, latency: exchange.latency, duration: exchange.duration, amended: exchange.amendedDuration,
            isExtra: exchange.isExtra, isPartial: exchange.isPartial)
        if let row = requests.rowIndex[RequestBooks.RowKey(account: Int32(account), route: route)] {
            keep(exchange, row: Int(row))
        } else if requests.candidates.count < capacities.exchanges {
            pending.candidate = Int32(requests.candidates.count)
            requests.candidates.append(exchange)
        } else {
            tables.exchanges.refused += 1
        }
        // Where all is one row, there is nothing to wait for but the row.
        let isOneRow = requests.accounts[account].routing != .byRoute
        guard pending.candidate >= 0 || !isOneRow else { return }
        guard requests.pendingCount < Limits.pendingExchanges else { return }
        requests.pendingCount += 1
        requests.accounts[account].wait(pending)
        touch(account)
    }

    private mutating func touch(_ account: Int) {
        guard !requests.accounts[account].isTouched else { return }
        requests.accounts[account].isTouched = true
        requests.touched.append(Int32(account))
    }

    /// The account of a key, opened where there is none; where there is no place, the one that gathers the rest.
    private mutating func account(for key: RequestKey, since: UInt64) -> Int {
        if let index = requests.accountIndex[key] { return Int(index) }
        if EngineState.isOther(key.flow) { return catchAllAccount(for: key, since: since) }
        let place = self.place(of: key.flow)
        guard mayHold(place.workload) else { return gatheringAccount(for: key, of: place.workload, since: since) }
        if !hasRoomForRequests {
            makeRoomForRequests()
            guard hasRoomForRequests else {
                if requests.refusedKeys.count < capacities.requests, requests.refusedKeys.insert(key).inserted {
                    tables.requests.refused += 1
                }
                return catchAllAccount(for: key, since: since)
            }
        }
        note(key, of: place.workload)
        let routing: RequestAccount.Routing = key.application.hasRoutes ? .byRoute : .single(-1)
        return open(RequestAccount(key: key, workload: place.workload, container: place.container, routing: routing, since: since))
    }

    /// The account of what found no place, by protocol and direction, and by status as long as those are few.
    mutating func catchAllAccount(for key: RequestKey, since: UInt64) -> Int {
        var gathered = key
        gathered.flow = EngineState.otherKey(key.flow.direction, key.flow.transport)
        gathered.operation = 0
        gathered.isEncrypted = false
        if let index = requests.accountIndex[gathered] { return Int(index) }
        if requests.catchAlls >= catchAllLimit { gathered.status = 0 }
        if let index = requests.accountIndex[gathered] { return Int(index) }
        requests.catchAlls += 1
        let account = RequestAccount(
            key: gathered, workload: workload(of: .other), container: -1, routing: .single(name("~other")), since: since)
        return open(account)
    }

    mutating func open(_ account: RequestAccount) -> Int {
        let index: Int
        if let free = requests.freeAccounts.popLast() {
            index = Int(free)
            requests.accounts[index] = account
        } else {
            index = requests.accounts.count
            requests.accounts.append(account)
        }
        requests.accountIndex[account.key] = Int32(index)
        promise(1, to: account)
        return index
    }

    /// Places that are kept for what gathers the rest: one a protocol, direction and transport, and some for their statuses.
    private var catchAllLimit: Int { min(Limits.requestCatchAlls, capacities.requests / 4) }

    /// Each account has a place kept for the row that takes what has no route.
    var hasRoomForRequests: Bool {
        let gathering = max(0, catchAllLimit + EngineState.catchAllReserve - requests.catchAlls)
        return tables.requests.count + requests.promised + gathering < capacities.requests
    }

    private static let catchAllReserve = RequestProtocol.allCases.count * Direction.allCases.count * Transport.allCases.count
}

extension RequestSummary {
    mutating func beginInterval() {
        requestsDelta = 0
        errorsDelta = 0
    }

    mutating func add(_ sample: RequestSample) {
        requests &+= sample.requests
        requestsDelta &+= sample.requests
        if sample.key.isError {
            errors &+= sample.requests
            errorsDelta &+= sample.requests
        }
        recent.add(requests: sample.requests, errors: sample.key.isError ? sample.requests : 0)
        if !sample.key.isAnswered { unanswered &+= sample.requests }
        for bucket in sample.latencies where bucket.count > 0 {
            let index = min(Int(bucket.bucket), Histogram.bucketCount - 1)
            let isLargest = Histogram.bucket(of: sample.latencyMax) == index && sample.latencyMax > 0
            let value = isLargest ? sample.latencyMax : Histogram.middle(of: index)
            latency.add(UInt32(bucket.count), bucket: index, like: value)
            recent.add(UInt32(bucket.count), bucket: index, like: value)
        }
    }

    mutating func add(_ other: RequestSummary) {
        requests &+= other.requests
        errors &+= other.errors
        unanswered &+= other.unanswered
        requestsDelta &+= other.requestsDelta
        errorsDelta &+= other.errorsDelta
        latency.merge(other.latency)
        recent.merge(other.recent)
    }
}
