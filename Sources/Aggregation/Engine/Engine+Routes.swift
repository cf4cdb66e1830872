// Which route an exchange is of, within the limits: so many routes a workload, and so many names in all. The rest is
// `~other`. And the names that DNS gave to addresses.

extension EngineState {
    /// The index of the route's name.
    mutating func route(of exchange: Exchange, workload: WorkloadIndex) -> NameIndex {
        let application = exchange.key.application
        let isRefused = application.isRefused(status: exchange.key.status)
        let key = RouteCache.Key(
            workload: workload, application: application, isRefused: isRefused, isCut: exchange.isCut, target: exchange.target)
        if let known = requests.routeCache[key] { return known }
        let template: String? =
            application.learnsRoutes
            ? requests.learner.template(of: exchange, workload: workload)
            : application.route(of: exchange.target, isCut: exchange.isCut)
        let route = template.map { admit(route: $0, of: workload, isRefused: isRefused) } ?? name("~other")
        requests.routeCache[key] = route
        return route
    }

    /// What was refused takes at most half of a workload's routes: who tries many paths leaves room for those that are there.
    private mutating func admit(route: String, of workload: WorkloadIndex, isRefused: Bool) -> NameIndex {
        let routes = requests.routesOfWorkload[workload] ?? []
        if let known = nameIndex[route], routes.contains(known) { return known }
        let limit = isRefused ? capacities.routes / 2 : capacities.routes
        guard routes.count < limit, let index = networkName(route) else {
            tables.requests.refused += 1
            cardinality.holdings[Int(workload)].foldedRoutes += 1
            return name("~other")
        }
        requests.routesOfWorkload[workload, default: []].insert(index)
        return index
    }

    /// A name from the network: such may take three quarters of all places, so that containers and reasons find theirs.
    /// Where they are taken, names that nothing has any more are given up, once an interval at most.
    private mutating func networkName(_ text: String) -> NameIndex? {
        if let index = nameIndex[text] { return index }
        if nameIndex.count >= capacities.names / 4 * 3, requests.mayReclaimNames { reclaimNames() }
        return nameIndex.count < capacities.names / 4 * 3 ? name(text) : nil
    }

    private mutating func reclaimNames() {
        requests.mayReclaimNames = false
        var used: Set<NameIndex> = [name("~other")]
        for row in tables.flows.rows { used.insert(row.container) }
        for row in tables.symptoms.rows { used.formUnion([row.container, row.cause]) }
        for row in tables.connections.rows { used.insert(row.container) }
        for row in tables.requests.rows { used.formUnion([row.container, row.route]) }
        for row in tables.exchanges.rows { used.formUnion([row.container, row.route]) }
        for account in requests.accounts where account.isOpen {
            used.insert(account.container)
            for exchange in account.pending { used.insert(exchange.route) }
        }
        for place in placeOfCgroup.values { used.insert(place.container) }
        used.formUnion(tables.dnsNames.values)
        for (text, index) in nameIndex where !used.contains(index) {
            nameIndex[text] = nil
            tables.names[Int(index)] = ""
            freeNames.append(index)
        }
        freeNames.sort(by: >)
        routesLeft()
    }

    /// Rows left: their routes make room for others.
    mutating func routesLeft() {
        requests.routesOfWorkload.removeAll(keepingCapacity: true)
        for row in tables.requests.rows where row.route >= 0 { requests.routesOfWorkload[row.workload, default: []].insert(row.route) }
        for account in requests.accounts where account.isOpen {
            for exchange in account.pending { requests.routesOfWorkload[account.workload, default: []].insert(exchange.route) }
        }
        let other = name("~other")
        for workload in requests.routesOfWorkload.keys { requests.routesOfWorkload[workload]?.remove(other) }
        requests.routeCache.removeAll()
    }

    /// The workload's place is given to another: what it was called, and what it called others, is not known of that one.
    mutating func forgetRequests(of workload: WorkloadIndex) {
        requests.routesOfWorkload[workload] = nil
        requests.learner.forget(workload)
        requests.routeCache.removeAll()
        for key in requests.dnsTold.keys where key.workload == workload {
            requests.dnsTold[key] = nil
            tables.dnsNames[key] = nil
        }
    }

    /// An answer that a client got names the addresses in it, for that client. The newest wins; the oldest leave.
    mutating func learnNames(_ exchange: Exchange, workload: WorkloadIndex) {
        guard exchange.key.application == .dns, exchange.key.flow.direction == .outbound, !exchange.answers.isEmpty else { return }
        guard let index = networkName(NameTemplate.template(of: exchange.target)) else { return }
        for address in exchange.answers {
            let key = DNSName(workload: workload, address: address)
            if requests.dnsTold[key] == nil, requests.dnsTold.count >= capacities.dnsNames { dropOldNames() }
            requests.namesTold += 1
            requests.dnsTold[key] = RequestBooks.Told(number: requests.namesTold, at: tables.moment.monotonic)
            if tables.dnsNames[key] != index { tables.dnsNames[key] = index }
        }
    }

    /// A sixteenth at once, so that it is rarely done.
    private mutating func dropOldNames() {
        let oldest = requests.dnsTold.sorted { $0.value.number < $1.value.number }.prefix(max(1, capacities.dnsNames / 16))
        for (key, _) in oldest {
            requests.dnsTold[key] = nil
            tables.dnsNames[key] = nil
        }
    }

    /// Names of addresses that nobody asked for in a quarter of an hour, and that the workload has no flow to, leave.
    mutating func dropSilentNames() {
        let now = tables.moment.monotonic
        guard now > Limits.flowMemory, now &- requests.namesSwept >= Limits.nameSearch, !requests.dnsTold.isEmpty else { return }
        requests.namesSwept = now
        var silent = Set(requests.dnsTold.filter { $0.value.at < now - Limits.flowMemory }.keys)
        guard !silent.isEmpty else { return }
        for row in tables.flows.rows { silent.remove(DNSName(workload: row.workload, address: row.key.peer)) }
        for key in silent {
            requests.dnsTold[key] = nil
            tables.dnsNames[key] = nil
        }
    }
}
