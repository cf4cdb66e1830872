// Pods through CRI, told to the runtime as the kubelet tells them: labels, annotations, cgroup parent and log directories included.

import Foundation

extension ContainerRuntime {
    /// Starts a pod and waits until its containers run.
    package func run(_ template: PodTemplate) async throws -> RuntimePod {
        let uid = nextUID()
        let file = try write(template, uid: uid)
        startAddressesAnew()
        // Known before it is made: what a failed start leaves is removed, too.
        var pod = RuntimePod(template: template, uid: uid, sandbox: "", address: "", containers: [:])
        add(pod)
        let answer = try await drive(["run", file])
        guard let sandbox = answer["sandbox"].string, let address = answer["address"].string else {
            throw LabError("drive-pods.py answered \(answer)")
        }
        forget(pod)
        pod.sandbox = sandbox
        pod.address = address
        pod.containers = identifiers(answer)
        add(pod)
        return pod
    }

    /// Starts containers in a pod that runs, as `kubectl debug POD` does; the pod with them.
    package func add(_ containers: [ContainerTemplate], to pod: RuntimePod) async throws -> RuntimePod {
        var template = pod.template
        template.containers = containers
        let answer = try await drive(["add", try write(template, uid: pod.uid), pod.sandbox])
        var grown = pod
        grown.containers.merge(identifiers(answer)) { $1 }
        return grown
    }

    /// Ends a container; its pod goes on.
    package func stop(_ container: String) async throws { _ = try await drive(["stop", container]) }

    /// Ends a pod and removes it with its cgroup and logs, as the kubelet does; its address is free then.
    package func delete(_ pod: RuntimePod) async throws {
        _ = try await drive(["remove", pod.sandbox])
        tidy(pod)
    }

    /// The same, to the end, for closing.
    func remove(_ pod: RuntimePod) throws {
        if !pod.sandbox.isEmpty {
            try Program.must(driver(["remove", pod.sandbox]), directory: directory)
        }
        tidy(pod)
    }

    private func tidy(_ pod: RuntimePod) {
        forget(pod)
        Cgroup.removePod(uid: pod.uid)
        let files = FileManager.default
        try? files.removeItem(atPath: laboratory.hostRoot + pod.logs)
        let links = laboratory.hostRoot + "/var/log/containers"
        for name in (try? files.contentsOfDirectory(atPath: links)) ?? []
        where pod.containers.values.contains(where: { name.hasSuffix("-\($0).log") }) {
            try? files.removeItem(atPath: links + "/" + name)
        }
    }

    private func drive(_ arguments: [String]) async throws -> JSON {
        let finished = try await Program.run(driver(arguments), directory: directory, within: .seconds(60))
        guard finished.ending == .exited(0) else { throw LabError(finished.errors) }
        return try JSON(finished.output)
    }

    private func driver(_ arguments: [String]) -> [String] {
        [Self.python, Self.resources + "/drive-pods.py", socket, messages] + arguments
    }

    private func identifiers(_ answer: JSON) -> [String: String] {
        guard case .object(let members) = answer["containers"] else { return [:] }
        return members.compactMapValues(\.string)
    }

    private func write(_ template: PodTemplate, uid: String) throws -> String {
        let logs = RuntimePod.logs(of: template, uid: uid)
        for container in template.containers {
            try FileManager.default.createDirectory(
                atPath: "\(laboratory.hostRoot)\(logs)/\(container.name)", withIntermediateDirectories: true)
        }
        let pod: [String: Any] = [
            "sandbox": template.sandbox(uid: uid, logs: logs),
            "containers": template.containers.map { $0.config(in: template, uid: uid) },
            "log_links": laboratory.hostRoot + "/var/log/containers",
        ]
        let file = "\(directory)/\(UUID().uuidString).json"
        try JSONSerialization.data(withJSONObject: pod).write(to: URL(fileURLWithPath: file))
        return file
    }
}

extension ContainerRuntime {
    /// Waits until a container has said `line`, and returns when it did: RFC 3339, from the log that the runtime writes.
    package func said(_ line: String, by pod: RuntimePod, _ container: String) async throws -> String {
        try await said(line, by: pod, container) { $0 == line }
    }

    /// Waits until a container has said a line that satisfies `condition`.
    package func said(
        _ what: String, by pod: RuntimePod, _ container: String, within limit: Duration = .seconds(20), _ condition: (String) -> Bool
    ) async throws -> String {
        let deadline = ContinuousClock.now + limit.patient
        repeat {
            for entry in log(of: pod, container) where condition(entry.text) { return entry.time }
            try await Task.sleep(for: .milliseconds(20))
        } while ContinuousClock.now < deadline
        throw LabError("\(pod.name) never said \(what): \(log(of: pod, container).map(\.text))")
    }

    /// What a container has written: "<time> stdout F <text>" a line.
    package func log(of pod: RuntimePod, _ container: String, attempt: Int = 0) -> [(time: String, text: String)] {
        let path = "\(laboratory.hostRoot)\(pod.logs)/\(container)/\(attempt).log"
        let text = String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
        return text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
            return fields.count == 4 ? (String(fields[0]), String(fields[3])) : nil
        }
    }
}
