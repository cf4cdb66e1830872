// The kernel's vocabulary and Aggregation's are two lists of the same things: here they are held together.

import Aggregation
import CProbes
import Testing

@testable import Probes

@Suite struct RecordsTests {
    @Test("Every counter of the kernel has its case, in the same order")
    func counters() {
        #expect(Counter.allCases.count == Int(FLOW_COUNTERS.rawValue))
        let pairs: [(flow_counter, Counter)] = [
            (FLOW_SENT_BYTES, .sentBytes), (FLOW_RECEIVED_BYTES, .receivedBytes), (FLOW_OPENED, .opened), (FLOW_CLOSED, .closed),
            (FLOW_ADOPTED, .adopted),
            (FLOW_REFUSED, .refused), (FLOW_TIMED_OUT, .timedOut), (FLOW_FAILED, .failed), (FLOW_RETRANSMITS, .retransmits),
            (FLOW_RETRANSMITS_FAST, .retransmitsFast), (FLOW_RETRANSMITS_TIMEOUT, .retransmitsTimeout),
            (FLOW_RETRANSMITS_LOSS_PROBE, .retransmitsLossProbe), (FLOW_RETRANSMITS_SYN, .retransmitsSyn),
            (FLOW_RETRANSMITS_SYN_ACK, .retransmitsSynAck), (FLOW_RETRANSMITS_OTHER, .retransmitsOther),
            (FLOW_RESETS_SENT, .resetsSent), (FLOW_RESETS_RECEIVED, .resetsReceived),
            (FLOW_CONNECT_NANOSECONDS, .connectNanoseconds), (FLOW_CONNECTS, .connects),
            (FLOW_HANDSHAKE_NANOSECONDS, .handshakeNanoseconds), (FLOW_HANDSHAKES, .handshakes),
            (FLOW_CLOSED_RTT_MICROSECONDS, .closedRTTMicroseconds), (FLOW_CLOSED_RTTS, .closedRTTs),
            (FLOW_SENT_DATAGRAMS, .sentDatagrams), (FLOW_RECEIVED_DATAGRAMS, .receivedDatagrams),
        ]
        #expect(pairs.count == Counter.allCases.count)
        for (kernel, ours) in pairs { #expect(Int(kernel.rawValue) == ours.rawValue) }
    }

    @Test("Every loss of the kernel has its sentence")
    func losses() {
        #expect(ProbeDefinition.losses.count == Int(TALLY_LOSSES.rawValue))
        #expect(ProbeDefinition.losses.count + ProbeDefinition.samples.count == Int(TALLY_RUNS.rawValue))
    }

    @Test("The tables hold as many flows as the kernel tells apart")
    func limits() {
        #expect(Limits.flows >= Int(LIMIT_FLOWS.rawValue))
        #expect(Limits.drops == Int(LIMIT_SYMPTOMS.rawValue))
    }

    @Test("A flow's key survives the way to the kernel and back")
    func keys() {
        let key = FlowKey(
            cgroup: 0x1234_5678_9abc, command: CommandName("nginx"), netns: 4_026_531_840, direction: .inbound,
            peer: Address("fd00::1:2") ?? .unspecified, port: 443)
        #expect(FlowKey(flow_key(key)) == key)
        // The bytes that the kernel compares are the address's in network order.
        let bytes = withUnsafeBytes(of: flow_key(key).peer) { Array($0) }
        #expect(bytes.first == 0xfd && bytes.last == 2)
    }

    @Test("A row's gauges count only when the last pass wrote them")
    func staleGauges() {
        var row = flow_row()
        row.pass = 7
        row.rtt_sum = 300
        row.rtt_count = 3
        row.counters.0 = 42
        let key = FlowKey(cgroup: 1, netns: 1, direction: .outbound, peer: .unspecified, port: 1)
        #expect(FlowSample(key, &row, pass: 7).gauges.rttCount == 3)
        #expect(FlowSample(key, &row, pass: 8).gauges == Gauges())
        #expect(FlowSample(key, &row, pass: 8).counters[.sentBytes] == 42)
    }

    @Test("Every program of the catalogue names an object that is embedded")
    func catalogue() {
        var names: Set<String> = []
        var index = 0
        while let name = podglass_object(index).name {
            names.insert(String(cString: name))
            index += 1
        }
        for definition in ProbeDefinition.all { #expect(names.contains(definition.object)) }
        #expect(Set(ProbeDefinition.all.map(\.program)).count == ProbeDefinition.all.count)
    }

    @Test("Records that arrive in pieces are put together")
    func stream() {
        let bytes: [UInt8] = (0..<40).map { UInt8($0) }
        for cut in 0...bytes.count {
            var stream = RecordStream<UInt64>()
            var records: [UInt64] = []
            bytes[..<cut].withUnsafeBytes { stream.receive($0) { records.append($0) } }
            bytes[cut...].withUnsafeBytes { stream.receive($0) { records.append($0) } }
            #expect(records.count == 5)
            #expect(records.first == 0x0706_0504_0302_0100)
        }
    }
}
