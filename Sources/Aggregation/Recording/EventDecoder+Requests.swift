// How requests and incidents are read: the mirror of `EventEncoder+Requests.swift`, field for field.

extension EventDecoder {
    private mutating func key() throws(RecordingError) -> RequestKey {
        let flow = try reference()
        guard let application = RequestProtocol(rawValue: try payload.byte()) else { throw payload.error(.outOfRange("protocol")) }
        let operation = try payload.varint("operation", as: UInt16.self)
        let status = try payload.varint("status", as: UInt16.self)
        return RequestKey(
            flow: flow, application: application, operation: operation, status: status,
            isEncrypted: try payload.byte() & EventCodec.Present.encrypted != 0)
    }

    private mutating func buckets() throws(RecordingError) -> [RequestSample.Bucket] {
        let count = try payload.varint()
        guard count <= RecordingLimits.buckets else { throw payload.error(.outOfRange("number of buckets")) }
        var buckets: [RequestSample.Bucket] = []
        for _ in 0..<count {
            let bucket = try payload.varint("bucket", as: UInt16.self)
            let difference = Int64(bitPattern: try payload.difference(from: 0))
            guard let count = Int32(exactly: difference) else { throw payload.error(.outOfRange("bucket's count")) }
            buckets.append(RequestSample.Bucket(bucket: bucket, count: count))
        }
        return buckets
    }

    mutating func requests() throws(RecordingError) -> RequestSample {
        let key = try key()
        let requests = try payload.varint()
        let sampled = try payload.varint()
        let latencies = try buckets()
        let durations = try buckets()
        let latencyMax = try payload.varint()
        let durationMax = try payload.varint()
        return RequestSample(
            key: key, requests: requests, sampled: sampled, latencies: latencies, durations: durations, latencyMax: latencyMax,
            durationMax: durationMax, lastActive: try payload.difference(from: lastTick.monotonic))
    }

    mutating func exchange() throws(RecordingError) -> Exchange {
        let key = try key()
        let local = try payload.address()
        let localPort = try payload.varint("port", as: UInt16.self)
        let peerPort = try payload.varint("port", as: UInt16.self)
        let cookie = try payload.varint()
        let began = try payload.difference(from: lastTick.monotonic)
        let present = try payload.byte()
        let latency = present & EventCodec.Present.latency == 0 ? nil : try payload.varint()
        let duration = present & EventCodec.Present.duration == 0 ? nil : try payload.varint()
        let amended = present & EventCodec.Present.amended == 0 ? nil : try payload.varint()
        let target = try payload.text()
        let count = try payload.varint()
        guard count <= RecordingLimits.answers else { throw payload.error(.outOfRange("number of answers")) }
        var answers: [Address] = []
        for _ in 0..<count { answers.append(try payload.address()) }
        return Exchange(
            key: key, local: local, localPort: localPort, peerPort: peerPort, cookie: cookie, began: began, latency: latency,
            duration: duration, target: target, answers: answers,
            timeToLive: try payload.varint("time to live", as: UInt32.self),
            isExtra: present & EventCodec.Present.extra != 0, isPartial: present & EventCodec.Present.partialExchange != 0,
            isCut: present & EventCodec.Present.cut != 0, amendedDuration: amended)
    }

    mutating func incident() throws(RecordingError) -> Incident {
        guard let kind = Incident.Kind(rawValue: try payload.byte()) else { throw payload.error(.outOfRange("kind of incident")) }
        let key = try reference()
        let local = try payload.address()
        let localPort = try payload.varint("port", as: UInt16.self)
        let peerPort = try payload.varint("port", as: UInt16.self)
        let cookie = try payload.varint()
        let time = try payload.difference(from: lastTick.monotonic)
        let cause = try payload.text()
        let count = try payload.varint("count", as: UInt32.self)
        return Incident(
            kind: kind, key: key, local: local, localPort: localPort, peerPort: peerPort, cookie: cookie, time: time, cause: cause,
            count: count, tcpFlags: try payload.byte())
    }
}
