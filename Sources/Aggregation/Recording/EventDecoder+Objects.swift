// How what sources of names tell, and what workloads consume, is read: the mirror of `EventEncoder+Objects.swift`, field for
// field.

extension EventDecoder {
    private mutating func optional() throws(RecordingError) -> String? { try payload.byte() == 0 ? nil : try payload.text() }

    private mutating func count(_ field: StaticString, limit: Int) throws(RecordingError) -> Int {
        let count = try payload.varint()
        guard count <= UInt64(limit) else { throw payload.error(.outOfRange("number of \(field)")) }
        return Int(count)
    }

    mutating func objectKind() throws(RecordingError) -> ClusterObject.Kind {
        guard let kind = ClusterObject.Kind(rawValue: try payload.byte()) else { throw payload.error(.outOfRange("kind of object")) }
        return kind
    }

    mutating func object() throws(RecordingError) -> ClusterObject {
        let kind = try objectKind()
        let id = try payload.text()
        let namespace = try optional()
        var object = ClusterObject(kind: kind, id: id, namespace: namespace, name: try payload.text())
        var labels: [String] = []
        for _ in 0..<(try count("labels", limit: RecordingLimits.labels)) { labels.append(try payload.text()) }
        object.labels = Labels(pairs: labels)
        if let kind = try optional() {
            let name = try payload.text()
            object.controller = Controller(kind: kind, name: name, isEstimated: try payload.byte() != 0)
        }
        object.node = try optional()
        for _ in 0..<(try count("addresses", limit: RecordingLimits.objectAddresses)) { object.addresses.append(try payload.address()) }
        for _ in 0..<(try count("containers", limit: RecordingLimits.containers)) { object.containers.append(try container()) }
        object.hasEnded = try payload.byte() != 0
        return object
    }

    private mutating func container() throws(RecordingError) -> ClusterObject.Container {
        let id = try payload.text()
        let name = try payload.text()
        let image = try payload.text()
        guard let role = ClusterObject.Container.Role(rawValue: try payload.byte()) else {
            throw payload.error(.outOfRange("container's role"))
        }
        let restarts = try payload.varint("restarts", as: UInt32.self)
        return ClusterObject.Container(id: id, name: name, image: image, role: role, restarts: restarts, reason: try optional())
    }

    mutating func translation() throws(RecordingError) -> TranslationSample {
        let client = try payload.address()
        guard let transport = Transport(rawValue: try payload.byte()) else { throw payload.error(.outOfRange("transport")) }
        let service = try payload.address()
        let servicePort = try payload.varint("port", as: UInt16.self)
        let backend = try payload.address()
        return TranslationSample(
            client: client, transport: transport, service: service, servicePort: servicePort, backend: backend,
            backendPort: try payload.varint("port", as: UInt16.self))
    }

    mutating func usage() throws(RecordingError) -> UsageSample {
        let cgroup = try payload.varint()
        var sample = UsageSample(cgroup: cgroup, read: try payload.difference(from: lastTick.monotonic))
        let present = try payload.byte()
        let fields: [WritableKeyPath<UsageSample, UInt64?>] = [
            \.cpu, \.periods, \.throttledPeriods, \.memory, \.memoryLimit, \.memoryStall, \.memoryKills,
        ]
        for (bit, field) in fields.enumerated() where present & 1 << bit != 0 { sample[keyPath: field] = try payload.varint() }
        return sample
    }

    mutating func source() throws(RecordingError) -> SourceSample {
        let name = try payload.text()
        let place = try payload.text()
        guard let state = SourceSample.State(rawValue: try payload.byte()) else { throw payload.error(.outOfRange("source's state")) }
        let gave = try payload.text()
        return SourceSample(name: name, place: place, state: state, gave: gave, reason: try optional())
    }
}
