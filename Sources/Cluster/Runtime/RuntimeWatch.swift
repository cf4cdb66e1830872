// One runtime's socket: connect, list, follow its events or list again, and start over when it fails. Its owner is one task;
// it ends when that is cancelled or the socket has been missing for long.

import GRPCCore

struct RuntimeWatch: Sendable {
    let socket: String
    let joined: JoinedRuntimes
    let pace: RuntimePace
    let host: String?

    func run() async {
        var pods = RuntimePods(host: host)
        var wait = pace.firstRetry
        let clock = ContinuousClock()
        var lastSeen = clock.now
        while !Task.isCancelled {
            var hasListed = false
            if RuntimeSockets.socket(socket) == nil {
                guard clock.now - lastSeen < pace.missing else { return }
                joined.fail("\(socket) is gone: its runtime was stopped", at: socket)
            } else if RuntimeSockets.mayConnect(socket) {
                lastSeen = clock.now
                let failure = await connected(&pods, &hasListed)
                if Task.isCancelled { return }
                joined.fail(failure.sentence, at: socket)
            } else {
                lastSeen = clock.now
                joined.fail("no permission to connect to \(socket): run as root, or as a member of the socket's group", at: socket)
            }
            wait = hasListed ? pace.firstRetry : pace.retry(after: wait)
            try? await Task.sleep(for: wait)
        }
    }

    /// Returns why the connection was given up.
    private func connected(_ pods: inout RuntimePods, _ hasListed: inout Bool) async -> RuntimeFailure {
        do {
            let calls = try RuntimeCalls(socket: socket, deadline: pace.deadline)
            return await withTaskGroup(of: Void.self) { group in
                group.addTask { try? await calls.client.runConnections() }
                defer { group.cancelAll() }
                do {
                    try await follow(calls, &pods, &hasListed)
                    return RuntimeFailure(sentence: "\(socket): the connection ended")
                } catch {
                    return error as? RuntimeFailure ?? RuntimeFailure(sentence: "\(socket): \(error)")
                }
            }
        } catch {
            return RuntimeFailure(sentence: "\(socket) cannot be used: \(error)")
        }
    }

    private func follow(_ calls: RuntimeCalls, _ pods: inout RuntimePods, _ hasListed: inout Bool) async throws {
        let version = try await calls.version()
        try await refresh(calls, &pods)
        hasListed = true
        if version.tellsEverybody { try await listen(calls, &pods) }
        let clock = ContinuousClock()
        while true {
            let start = clock.now
            try await refresh(calls, &pods)
            try await Task.sleep(for: pace.pause(after: clock.now - start))
        }
    }

    /// Lists again whenever there was an event. Returns where the runtime has no events for us after all.
    private func listen(_ calls: RuntimeCalls, _ pods: inout RuntimePods) async throws {
        let (wakes, wake) = AsyncThrowingStream.makeStream(of: Void.self, throwing: (any Error).self, bufferingPolicy: .bufferingNewest(1))
        let relist = pace.relist
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask {
                do {
                    try await calls.events { wake.yield() }
                    wake.finish()
                } catch {
                    wake.finish(throwing: error)
                }
            }
            group.addTask {
                while !Task.isCancelled {
                    wake.yield()
                    try await Task.sleep(for: relist)
                }
            }
            do {
                for try await _ in wakes {
                    try await refresh(calls, &pods)
                    try await Task.sleep(for: pace.gather)
                }
            } catch let failure as RuntimeFailure where failure.kind == .notServed {}
        }
    }

    private func refresh(_ calls: RuntimeCalls, _ pods: inout RuntimePods) async throws {
        async let sandboxes = calls.sandboxes()
        async let containers = calls.containers()
        pods.list(try await sandboxes, try await containers)
        let (newSandboxes, newContainers) = (pods.sandboxesToAsk, pods.containersToAsk)
        // Names at once, where there are many to ask about.
        if newSandboxes.count + newContainers.count > RuntimeLimits.callsAtOnce { publish(pods) }
        for (id, status) in try await statuses(of: newSandboxes, { try await calls.status(sandbox: $0) }) {
            pods.learn(sandbox: id, status)
        }
        for (id, status) in try await statuses(of: newContainers, { try await calls.status(container: $0) }) {
            pods.learn(container: id, status)
        }
        publish(pods)
    }

    private func publish(_ pods: RuntimePods) { joined.put(pods.objects, leftOut: pods.leftOut, from: socket) }

    /// A few at a time: the runtime has others to serve.
    private func statuses<Status: Sendable>(
        of ids: [String], _ ask: @escaping @Sendable (String) async throws -> Status?
    ) async throws -> [(String, Status?)] {
        var statuses: [(String, Status?)] = []
        for start in stride(from: 0, to: ids.count, by: RuntimeLimits.callsAtOnce) {
            try await withThrowingTaskGroup(of: (String, Status?).self) { group in
                for id in ids[start..<min(start + RuntimeLimits.callsAtOnce, ids.count)] {
                    group.addTask { (id, try await ask(id)) }
                }
                for try await answer in group { statuses.append(answer) }
            }
        }
        return statuses
    }
}
