// How requests and incidents are laid out. `EventDecoder+Requests.swift` is its mirror, field for field.

extension EventEncoder {
    private mutating func key(_ key: RequestKey) {
        reference(key.flow)
        payload.byte(key.application.rawValue)
        payload.varint(key.operation)
        payload.varint(key.status)
        payload.byte(key.isEncrypted ? EventCodec.Present.encrypted : 0)
    }

    private mutating func buckets(_ buckets: [RequestSample.Bucket]) {
        let buckets = buckets.prefix(RecordingLimits.buckets)
        payload.varint(UInt64(buckets.count))
        for bucket in buckets {
            payload.varint(bucket.bucket)
            payload.difference(UInt64(bitPattern: Int64(bucket.count)), from: 0)
        }
    }

    mutating func encode(_ sample: RequestSample) {
        begin(.requests)
        key(sample.key)
        payload.varint(sample.requests)
        payload.varint(sample.sampled)
        buckets(sample.latencies)
        buckets(sample.durations)
        payload.varint(sample.latencyMax)
        payload.varint(sample.durationMax)
        payload.difference(sample.lastActive, from: lastTick.monotonic)
    }

    mutating func encode(_ exchange: Exchange) {
        begin(.request)
        key(exchange.key)
        payload.address(exchange.local)
        payload.varint(exchange.localPort)
        payload.varint(exchange.peerPort)
        payload.varint(exchange.cookie)
        payload.difference(exchange.began, from: lastTick.monotonic)
        var present: UInt8 = exchange.latency == nil ? 0 : EventCodec.Present.latency
        if exchange.duration != nil { present |= EventCodec.Present.duration }
        if exchange.amendedDuration != nil { present |= EventCodec.Present.amended }
        if exchange.isExtra { present |= EventCodec.Present.extra }
        if exchange.isPartial { present |= EventCodec.Present.partialExchange }
        if exchange.isCut { present |= EventCodec.Present.cut }
        payload.byte(present)
        for case let nanoseconds? in [exchange.latency, exchange.duration, exchange.amendedDuration] { payload.varint(nanoseconds) }
        payload.text(exchange.target)
        let answers = exchange.answers.prefix(RecordingLimits.answers)
        payload.varint(UInt64(answers.count))
        for answer in answers { payload.address(answer) }
        payload.varint(exchange.timeToLive)
    }

    mutating func encode(_ incident: Incident) {
        begin(.incident)
        payload.byte(incident.kind.rawValue)
        reference(incident.key)
        payload.address(incident.local)
        payload.varint(incident.localPort)
        payload.varint(incident.peerPort)
        payload.varint(incident.cookie)
        payload.difference(incident.time, from: lastTick.monotonic)
        payload.text(incident.cause)
        payload.varint(incident.count)
        payload.byte(incident.tcpFlags)
    }
}
