// How what sources of names tell, and what workloads consume, is laid out. `EventDecoder+Objects.swift` is its mirror, field
// for field.

extension EventEncoder {
    private mutating func optional(_ text: String?) {
        payload.byte(text == nil ? 0 : 1)
        if let text { payload.text(text) }
    }

    mutating func encode(_ object: ClusterObject) {
        begin(.object)
        payload.byte(object.kind.rawValue)
        payload.text(object.id)
        optional(object.namespace)
        payload.text(object.name)
        let labels = object.labels.pairs.prefix(RecordingLimits.labels)
        payload.varint(UInt64(labels.count))
        for label in labels { payload.text(label) }
        optional(object.controller?.kind)
        if let controller = object.controller {
            payload.text(controller.name)
            payload.byte(controller.isEstimated ? 1 : 0)
        }
        optional(object.node)
        let addresses = object.addresses.prefix(RecordingLimits.objectAddresses)
        payload.varint(UInt64(addresses.count))
        for address in addresses { payload.address(address) }
        let containers = object.containers.prefix(RecordingLimits.containers)
        payload.varint(UInt64(containers.count))
        for container in containers {
            payload.text(container.id)
            payload.text(container.name)
            payload.text(container.image)
            payload.byte(container.role.rawValue)
            payload.varint(container.restarts)
            optional(container.reason)
        }
        payload.byte(object.hasEnded ? 1 : 0)
    }

    mutating func encode(_ sample: TranslationSample) {
        begin(.translation)
        payload.address(sample.client)
        payload.byte(sample.transport.rawValue)
        payload.address(sample.service)
        payload.varint(sample.servicePort)
        payload.address(sample.backend)
        payload.varint(sample.backendPort)
    }

    mutating func encode(_ sample: UsageSample) {
        begin(.usage)
        payload.varint(sample.cgroup)
        payload.difference(sample.read, from: lastTick.monotonic)
        let values = [
            sample.cpu, sample.periods, sample.throttledPeriods, sample.memory, sample.memoryLimit, sample.memoryStall, sample.memoryKills,
        ]
        var present: UInt8 = 0
        for (bit, value) in values.enumerated() where value != nil { present |= 1 << bit }
        payload.byte(present)
        for case let value? in values { payload.varint(value) }
    }

    mutating func encode(_ sample: SourceSample) {
        begin(.source)
        payload.text(sample.name)
        payload.text(sample.place)
        payload.byte(sample.state.rawValue)
        payload.text(sample.gave)
        optional(sample.reason)
    }
}
