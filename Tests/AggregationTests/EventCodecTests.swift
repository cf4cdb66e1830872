import Testing

@testable import Aggregation

@Suite("Event codec") struct EventCodecTests {
    private func decode(_ payloads: [[UInt8]]) throws -> [Event] {
        var decoder = EventDecoder()
        var events: [Event] = []
        for payload in payloads {
            decoder.load(payload)
            while let event = try decoder.next() { events.append(event) }
        }
        return events
    }

    /// Decodes until the end or an error; returns how many events came. Crashing is the failure.
    private func drain(_ decoder: inout EventDecoder, _ payload: [UInt8]) -> Int {
        decoder.load(payload)
        var count = 0
        do { while try decoder.next() != nil { count += 1 } } catch { #expect(!error.explanation.isEmpty) }
        return count
    }

    @Test("an event of every kind comes back as it was, in any order", arguments: 1...6 as ClosedRange<UInt64>)
    func roundTrip(seed: UInt64) throws {
        var source = RandomEvents(seed: seed)
        var encoder = EventEncoder()
        var payloads: [[UInt8]] = []
        var written: [Event] = []
        for index in 0..<3_000 {
            let event = source.next()
            let before = encoder.count
            encoder.encode(event)
            if encoder.count > before { written.append(event) }
            if index % 97 == 0 { payloads.append(encoder.takePayload()) }
        }
        payloads.append(encoder.takePayload())
        let read = try decode(payloads)
        #expect(read.count == written.count)
        for (index, pair) in zip(read, written).enumerated() where pair.0 != pair.1 {
            Issue.record("event \(index): \(pair.0), not \(pair.1)")
            return
        }
    }

    @Test("a sample that says nothing new is not written; one that does is")
    func unchanged() throws {
        let key = FlowKey(cgroup: 7, netns: 1, direction: .inbound, peer: Address(ipv4: 1), port: 80)
        var flow = FlowSample(key: key, counters: .zero, gauges: Gauges(), lastActive: 5)
        let listener = ListenerSample(
            cgroup: 7, command: CommandName("x"), netns: 1, address: .unspecified, port: 80, queue: 0, queueLimit: 9, drops: 0)
        let quiet: [Event] = [
            .flow(flow), .drop(DropSample(key: key, local: Address(ipv4: 2), reason: "TCP_OLD_DATA", packets: 1, lastSeen: 3)),
            .listener(listener), .owner(cgroup: 7, .process(CommandName("x"))), .address(Address(ipv4: 2), cgroup: 7),
            .node(Node(name: "n", kernel: "k", processors: 2)),
            .probe(ProbeSample(name: "p", hook: "h", state: .attached, signal: "s")),
        ]
        var encoder = EventEncoder()
        for event in quiet { encoder.encode(event) }
        let first = encoder.takePayload()
        #expect(try decode([first]) == quiet)
        for event in quiet { encoder.encode(event) }
        #expect(encoder.takePayload() == [])

        flow.counters[.sentBytes] += 1
        encoder.encode(.flow(flow))
        let change = encoder.takePayload()
        #expect(change.count <= 4)
        #expect(try decode([first, change]).last == .flow(flow))
    }

    @Test("a flow that was forgotten begins anew, and its slot is used again")
    func forgotten() throws {
        var encoder = EventEncoder()
        let samples = (0..<3).map { index in
            FlowSample(
                key: FlowKey(cgroup: UInt64(index), netns: 1, direction: .outbound, peer: Address(ipv4: 1), port: 80),
                counters: .zero, gauges: Gauges(), lastActive: 0)
        }
        let events: [Event] = [
            .flow(samples[0]), .flow(samples[1]), .flowForgotten(samples[0].key), .flow(samples[2]),
            .timing(TimingSample(key: samples[0].key, nanoseconds: 9)), .timing(TimingSample(key: samples[2].key, nanoseconds: 9)),
            .flow(samples[0]), .flowForgotten(samples[0].key), .flowForgotten(samples[0].key),
        ]
        for event in events { encoder.encode(event) }
        var decoder = EventDecoder()
        decoder.load(encoder.takePayload())
        var read: [Event] = []
        while let event = try decoder.next() { read.append(event) }
        #expect(read == events)
        #expect(decoder.flows.count == 3)
    }

    @Test("flows beyond the slots are written whole, and come back")
    func slotLimit() throws {
        var encoder = EventEncoder()
        let count = RecordingLimits.flowSlots + 10
        var written: [Event] = []
        for pass in 0..<2 {
            for index in 0..<count where pass == 0 || index < 20 || index >= count - 20 {
                var sample = FlowSample(
                    key: FlowKey(cgroup: UInt64(index), netns: 1, direction: .outbound, peer: Address(ipv4: 1), port: 80),
                    counters: .zero, gauges: Gauges(), lastActive: 0)
                sample.counters[.opened] = UInt64(pass)
                encoder.encode(.flow(sample))
                written.append(.flow(sample))
            }
        }
        #expect(try decode([encoder.takePayload()]) == written)
    }

    @Test("text beyond its limit is cut at a whole scalar")
    func longText() throws {
        for character in ["x", "é", "漢", "😀", "e\u{301}"] {
            let name = "a" + String(repeating: character, count: RecordingLimits.textBytes)
            var encoder = EventEncoder()
            encoder.encode(.node(Node(name: name, kernel: "", processors: 1)))
            guard case .node(let node) = try decode([encoder.takePayload()]).first else {
                Issue.record("no node")
                continue
            }
            #expect(node.name.utf8.count <= RecordingLimits.textBytes && node.name.utf8.count > RecordingLimits.textBytes - 4)
            #expect(name.unicodeScalars.starts(with: node.name.unicodeScalars))
        }
    }

    @Test("causes of loss beyond their limit are summed, none lost")
    func manyLosses() throws {
        var status = Status()
        for index in 0..<1_000 { status.losses["cause \(index)"] = 2 }
        var encoder = EventEncoder()
        encoder.encode(.status(status))
        guard case .status(let read) = try decode([encoder.takePayload()]).first else {
            Issue.record("no status")
            return
        }
        #expect(read.losses.count == RecordingLimits.lossCauses)
        #expect(read.lostTotal == 2_000)
    }

    @Test("the largest event stays within a payload's limit")
    func largestEvent() {
        var status = Status()
        for index in 0..<RecordingLimits.lossCauses {
            let cause = "\(index)" + String(repeating: "x", count: RecordingLimits.textBytes)
            (status.losses[cause], status.sampledOut[cause], status.notUnderstood[cause]) = (.max, .max, .max)
        }
        var encoder = EventEncoder()
        encoder.encode(.status(status))
        #expect(encoder.count + RecordingLimits.blockBytes < RecordingLimits.payloadBytes)
    }

    @Test("every truncation gives the events before it, then says so")
    func truncation() throws {
        var source = RandomEvents(seed: 3, keys: 5)
        var encoder = EventEncoder()
        var ends = [0]
        for _ in 0..<40 {
            let before = encoder.count
            encoder.encode(source.next())
            if encoder.count > before { ends.append(encoder.count) }
        }
        let payload = encoder.takePayload()
        for length in 0...payload.count {
            var decoder = EventDecoder()
            decoder.load(Array(payload[..<length]))
            var count = 0
            do {
                while try decoder.next() != nil { count += 1 }
                #expect(ends.contains(length))
            } catch {
                #expect(error.reason == .cutShort)
                #expect(!ends.contains(length) && ends.contains(error.offset))
            }
            #expect(count == ends.lastIndex { $0 <= length })
        }
    }

    @Test("random bytes give events or an error, never more")
    func randomBytes() {
        var random = SplitMix(seed: 11)
        for _ in 0..<2_000 {
            var decoder = EventDecoder()
            let bytes = (0..<Int.random(in: 0...200, using: &random)).map { index in
                index == 0 ? UInt8.random(in: 0...18, using: &random) : UInt8(truncatingIfNeeded: random.next())
            }
            #expect(drain(&decoder, bytes) <= bytes.count)
        }
    }

    @Test("flipped bits give events or an error, and what comes of them can be written again")
    func bitFlips() {
        var source = RandomEvents(seed: 5, keys: 6)
        var encoder = EventEncoder()
        for _ in 0..<10 { encoder.encode(source.next()) }
        let payload = encoder.takePayload()
        for bit in 0..<payload.count * 8 {
            var damaged = payload
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            var decoder = EventDecoder()
            var again = EventEncoder()
            decoder.load(damaged)
            while let event = try? decoder.next() { again.encode(event) }
        }
    }

    @Test("the bits of a flow's changes begin after the counters")
    func changes() {
        #expect(EventCodec.Change.rttSum == Counter.allCases.count)
        #expect(EventCodec.Change.count == Counter.allCases.count + 5)
    }

    @Test("whatever a tampered recording says can be folded and shown", arguments: 1...3 as ClosedRange<UInt64>)
    func tampered(seed: UInt64) {
        var source = RandomEvents(seed: seed, keys: 6)
        var encoder = EventEncoder()
        for _ in 0..<250 { encoder.encode(source.next()) }
        let payload = encoder.takePayload()
        var random = SplitMix(seed: seed)
        for flips in [0, 3, 100] {
            var damaged = payload
            for _ in 0..<flips { damaged[Int.random(in: damaged.indices, using: &random)] ^= 1 << UInt8.random(in: 0...7, using: &random) }
            var decoder = EventDecoder()
            var engine = Engine()
            decoder.load(damaged)
            while let event = try? decoder.next() {
                engine.fold(event)
                guard case .tick = event else { continue }
                for schema in SchemaDocument.tables {
                    let rows = schema.rows(engine.tables)
                    var lines: [any RowLines] = [JSONLine(schema), CSVLines(schema), TableLines(schema, width: 80)]
                    for index in lines.indices { lines[index].write(rows, of: engine.tables) { #expect($0.last == 10) } }
                }
                #expect(StatusLine.bytes(engine.tables, linesDropped: 0).last == 10)
            }
        }
    }

    @Test("text that is no UTF-8 is repaired")
    func invalidText() throws {
        let payload: [UInt8] = [EventCodec.Kind.node.rawValue, 3, 0x61, 0xff, 0x62, 0, 0, 1]
        #expect(try decode([payload]) == [.node(Node(name: "a\u{fffd}b", kernel: "", processors: 1))])
    }

    @Test("numbers of every width come back", arguments: 0...63 as ClosedRange<UInt64>)
    func varints(shift: UInt64) throws {
        for value in [UInt64(1) << shift, (UInt64(1) << shift) - 1, .max >> shift, .max] {
            var writer = PayloadWriter()
            writer.varint(value)
            writer.difference(value, from: 5)
            writer.difference(5, from: value)
            var reader = PayloadReader(writer.bytes)
            #expect(try reader.varint() == value)
            #expect(try reader.difference(from: 5) == value)
            #expect(try reader.difference(from: value) == 5)
            #expect(reader.isAtEnd)
        }
    }

    @Test("a number longer than 64 bits is out of range")
    func longVarint() {
        for tail in [[UInt8(0x02)], [0x80, 0x01], [0xff]] {
            var reader = PayloadReader([UInt8](repeating: 0xff, count: 9) + tail)
            #expect(throws: RecordingError.self) { try reader.varint() }
        }
    }
}
