// The rows of requests: making them, refusing them at a limit, and folding idle ones into the row that gathers the rest.

extension EngineState {
    /// The row of an account's route. A route without a place shares the account's row without a name.
    mutating func requestRow(account: Int, route: NameIndex) -> Int {
        let key = RequestBooks.RowKey(account: Int32(account), route: route)
        if let index = requests.rowIndex[key] { return Int(index) }
        guard route != restRoute(of: account) else { return restRow(of: account) }
        guard mayHold(requests.accounts[account].workload) else {
            noteRefused(key, of: requests.accounts[account].workload)
            return restRow(of: account)
        }
        guard hasRoomForRequests else {
            requests.wantsRoom = true
            if requests.refusedRows.count < capacities.requests, requests.refusedRows.insert(key).inserted { tables.requests.refused += 1 }
            return restRow(of: account)
        }
        return appendRequestRow(key)
    }

    /// The account's row for what has no route of its own. Its place is kept from the start.
    mutating func restRow(of account: Int) -> Int {
        let key = RequestBooks.RowKey(account: Int32(account), route: restRoute(of: account))
        if let index = requests.rowIndex[key] { return Int(index) }
        promise(-1, to: requests.accounts[account])
        return appendRequestRow(key)
    }

    private mutating func restRoute(of account: Int) -> NameIndex {
        switch requests.accounts[account].routing {
        case .single(let route): route
        case .byRoute: name("~other")
        }
    }

    private mutating func appendRequestRow(_ key: RequestBooks.RowKey) -> Int {
        let account = requests.accounts[Int(key.account)]
        let row = RequestRow(
            serial: serial(), key: account.key, route: key.route, workload: account.workload, container: account.container,
            since: account.lastActive)
        let index = tables.requests.append(row)
        requests.accountOfRow.append(key.account)
        requests.kept.append(RequestBooks.Kept())
        requests.rowIndex[key] = Int32(index)
        requests.accounts[Int(key.account)].routes.append(key.route)
        countRequestRow(1, of: account)
        return index
    }

    /// Removes a row and the exchanges it keeps; the last one moves into its place.
    private mutating func removeRequestRow(at index: Int) -> RequestRow {
        dropExchanges(ofRow: index)
        let row = tables.requests[index]
        let account = requests.accountOfRow[index]
        countRequestRow(-1, of: requests.accounts[Int(account)])
        requests.rowIndex[RequestBooks.RowKey(account: account, route: row.route)] = nil
        requests.accounts[Int(account)].routes.removeAll { $0 == row.route }
        let last = tables.requests.count - 1
        if index != last {
            let moved = RequestBooks.RowKey(account: requests.accountOfRow[last], route: tables.requests[last].route)
            requests.rowIndex[moved] = Int32(index)
            moveExchanges(fromRow: last, to: index)
        }
        tables.requests.remove(at: index)
        requests.accountOfRow.swapAt(index, last)
        requests.accountOfRow.removeLast()
        requests.kept.swapAt(index, last)
        requests.kept.removeLast()
        return row
    }

    private mutating func gather(_ row: RequestRow, in index: Int) {
        tables.requests[index].total &+= row.total
        tables.requests[index].delta &+= row.delta
        tables.requests[index].latency.merge(row.latency)
        tables.requests[index].duration.merge(row.duration)
        tables.requests[index].recent.merge(row.recent)
        tables.requests[index].marks.formUnion(row.marks)
        tables.requests[index].lastActive = max(tables.requests[index].lastActive, row.lastActive)
    }

    /// Where every place is taken, the longest idle rows give theirs up: a sixteenth at once, and none of the last minute.
    mutating func makeRoomForRequests() {
        guard requests.mayMakeRoom else { return }
        requests.mayMakeRoom = false
        let horizon = tables.moment.monotonic > Limits.closedMemory ? tables.moment.monotonic - Limits.closedMemory : 0
        dropIdleRequests(olderThan: horizon, atMost: max(1, capacities.requests / 16))
    }

    /// Looks for rows that were idle for long, now and then.
    mutating func sweepRequests() {
        if requests.wantsRoom { makeRoomForRequests() }
        requests.wantsRoom = false
        let now = tables.moment.monotonic
        guard now > Limits.flowMemory, now &- requests.swept >= 10_000_000_000 else { return }
        requests.swept = now
        dropSilentNames()
        dropIdleRequests(olderThan: now - Limits.flowMemory, atMost: .max)
    }

    /// Folds idle accounts into the rows that gather the rest, and idle routes of others into their account's `~other`.
    mutating func dropIdleRequests(olderThan horizon: UInt64, atMost limit: Int, of workloads: Set<WorkloadIndex>? = nil) {
        var idle: [(lastActive: UInt64, serial: UInt64, key: RequestBooks.RowKey)] = []
        for (index, row) in tables.requests.rows.enumerated() where row.lastActive < horizon {
            let account = requests.accountOfRow[index]
            guard !EngineState.isOther(row.key.flow), workloads?.contains(row.workload) ?? true else { continue }
            idle.append((row.lastActive, row.serial, RequestBooks.RowKey(account: account, route: row.route)))
        }
        guard !idle.isEmpty else { return dropEmptyAccounts(olderThan: horizon) }
        idle.sort { ($0.lastActive, $0.serial) < ($1.lastActive, $1.serial) }
        for (_, _, key) in idle.prefix(limit) {
            let account = Int(key.account)
            if requests.accounts[account].lastActive < horizon, requests.accounts[account].isSettled {
                close(account)
            } else if requests.accounts[account].isOpen, key.route != restRoute(of: account), let index = requests.rowIndex[key] {
                let row = removeRequestRow(at: Int(index))
                let rest = restRow(of: account)
                gather(row, in: rest)
            }
        }
        dropEmptyAccounts(olderThan: horizon)
        if workloads == nil {
            requests.refusedKeys.removeAll()
            requests.refusedRows.removeAll()
        }
        routesLeft()
    }

    /// Accounts that never got a row, because nothing was counted for them.
    private mutating func dropEmptyAccounts(olderThan horizon: UInt64) {
        for index in requests.accounts.indices
        where requests.accounts[index].isOpen && requests.accounts[index].routes.isEmpty && requests.accounts[index].lastActive < horizon {
            if requests.accounts[index].isSettled, !EngineState.isOther(requests.accounts[index].key.flow) { close(index) }
        }
    }

    /// Closes an account: what its rows counted goes to the row that gathers the rest of its protocol and direction.
    private mutating func close(_ account: Int) {
        let key = requests.accounts[account].key
        // A place that was given up a moment ago may have been taken by the account that gathers the rest.
        guard requests.accounts[account].isOpen, !requests.accounts[account].isTouched, !EngineState.isOther(key.flow) else { return }
        let rest = restRoute(of: account)
        let routes = requests.accounts[account].routes
        // Its own place is free before the gathering row takes one.
        var rows: [RequestRow] = []
        for route in routes {
            guard let index = requests.rowIndex[RequestBooks.RowKey(account: Int32(account), route: route)] else { continue }
            rows.append(removeRequestRow(at: Int(index)))
        }
        if !routes.contains(rest) { promise(-1, to: requests.accounts[account]) }
        requests.accountIndex[key] = nil
        requests.accounts[account].isOpen = false
        if key.flow.isGathering { cardinality.holdings[Int(requests.accounts[account].workload)].gathering -= 1 }
        requests.freeAccounts.append(Int32(account))
        guard !rows.isEmpty else { return }
        let gathering = restRow(of: catchAllAccount(for: key, since: rows[0].lastActive))
        for row in rows { gather(row, in: gathering) }
    }
}

extension EngineState {
    /// The rows of a flow whose peer's address changed hands: what they counted goes to the row that gathers the rest. Their accounts
    /// stay open: what is not booked yet is of this interval.
    mutating func handOverRequests(of flow: FlowKey) {
        for account in requests.accounts.indices where requests.accounts[account].isOpen && requests.accounts[account].key.flow == flow {
            let rest = restRoute(of: account)
            let routes = requests.accounts[account].routes
            guard !routes.isEmpty else { continue }
            var rows: [RequestRow] = []
            for route in routes {
                guard let index = requests.rowIndex[RequestBooks.RowKey(account: Int32(account), route: route)] else { continue }
                rows.append(removeRequestRow(at: Int(index)))
            }
            if routes.contains(rest) { promise(1, to: requests.accounts[account]) }
            let gathering = restRow(of: catchAllAccount(for: requests.accounts[account].key, since: requests.accounts[account].lastActive))
            for row in rows { gather(row, in: gathering) }
        }
    }
}

extension EngineState {
    /// Rows that were made before their container's name was known get it.
    mutating func renameRequestContainers() {
        for index in requests.accounts.indices where renamedCgroups.contains(requests.accounts[index].key.flow.cgroup) {
            guard let place = placeOfCgroup[requests.accounts[index].key.flow.cgroup] else { continue }
            requests.accounts[index].container = place.container
        }
        for index in 0..<tables.requests.count where renamedCgroups.contains(tables.requests[index].key.flow.cgroup) {
            if let place = placeOfCgroup[tables.requests[index].key.flow.cgroup] { tables.requests[index].container = place.container }
        }
        for index in 0..<tables.exchanges.count where renamedCgroups.contains(tables.exchanges[index].exchange.key.flow.cgroup) {
            let row = Int(requests.rowOfExchange[index])
            tables.exchanges[index].container = tables.requests[row].container
        }
    }
}
