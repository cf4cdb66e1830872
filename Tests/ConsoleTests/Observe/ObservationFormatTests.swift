import Foundation
import LabSupport
import Testing

@testable import Aggregation
@testable import Console

@Suite("Formats of observe") struct ObservationFormatTests {
    private func text(_ format: any ObservationFormat, of observations: [Aggregation.Observation] = ObservedEvents.observations) -> String {
        var format = format
        var bytes: [UInt8] = []
        for observation in observations { bytes += format.line(observation) }
        bytes += format.lines(ObservedEvents.loss)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("every kind of event is among those tested")
    func kinds() {
        let all = ObservedEvents.observations + ObservedAnomalyTests.observations
        #expect(Set(all.map(\.kind)) == Set(Aggregation.Observation.Kind.all))
        #expect(Set(all.compactMap(\.verdict)) == Set(Aggregation.Observation.Verdict.allCases))
    }

    @Test("events give these lines")
    func goldens() {
        Fixture.check(text(CompactFormat()), "observe-compact.txt")
        Fixture.check(text(EventFormat()), "observe-json.jsonl")
        Fixture.check(text(HubbleFormat()), "observe-hubble.jsonl")
    }

    @Test("compact reads as engineers know it")
    func known() {
        let lines = text(CompactFormat()).split(separator: "\n").map(String.init)
        #expect(
            lines.contains(
                "Dec 10 15:20:33.472: default/frontend-7b58:53122 -> default/api-6c4b:8080 http-request FORWARDED (HTTP/1.1 GET /api/v1/products?…)"
            ))
        #expect(
            lines.contains(
                "Dec 10 15:20:33.475: default/frontend-7b58:53122 <- default/api-6c4b:8080 http-response FORWARDED (HTTP/1.1 200 3ms (GET /api/v1/products?…))"
            ))
        #expect(
            lines.contains {
                $0.hasSuffix("dns-response FORWARDED (DNS Answer \"10.0.0.1,2001:db8::7\" TTL: 30 (Query api.example.com. A))")
            })
        #expect(lines.contains { $0.contains(" drop DROPPED (NETFILTER_DROP) (TCP Flags: SYN)") })
    }

    @Test("query strings and credentials are shown only when asked for")
    func secrets() {
        for format in [CompactFormat(), EventFormat(), HubbleFormat()] as [any ObservationFormat] {
            #expect(!text(format).contains("secret") && !text(format).contains("user:word"))
        }
        for format in [CompactFormat(keepsQuery: true), EventFormat(keepsQuery: true), HubbleFormat(keepsQuery: true)]
            as [any ObservationFormat]
        {
            #expect(text(format).contains("?token=secret") && text(format).contains("user:word@api"))
        }
    }

    @Test("Hubble's messages are read strictly: every kind of event, and losses")
    func strictly() async throws {
        let directory = TemporaryDirectory()
        #expect(try await HubbleReader.complaints(about: text(HubbleFormat()), scratch: directory.path) == [])
        #expect(try await HubbleReader.complaints(about: text(HubbleFormat(keepsQuery: true)), scratch: directory.path) == [])
    }

    @Test(
        "the strict reader complains about what Hubble would misread",
        arguments: [
            ("\"verdict\":\"FORWARDED\"", "\"verdict\":\"FORWARDED\",\"nonsense\":1"), ("\"cgroup_id\":\"20\"", "\"cgroup_id\":20"),
            ("\"is_reply\":false,", ""), ("google.protobuf.Struct", "google.protobuf.Value"), ("\"type\":4", "\"type\":\"4\""),
            ("\"verdict\":\"FORWARDED\"", "\"verdict\":1"), ("\"verdict\":\"FORWARDED\"", "\"verdict\":\"PASSED\""),
            ("\"node_name\":\"node-1\"", "\"node_name\":\"\""),
        ])
    func strictness(text wrong: String, by other: String) async throws {
        let directory = TemporaryDirectory()
        let line = String(decoding: HubbleFormat().line(ObservedEvents.observations[0]), as: UTF8.self)
        let changed = line.replacingOccurrences(of: wrong, with: other)
        #expect(changed != line)
        #expect(try await !HubbleReader.complaints(about: changed, scratch: directory.path).isEmpty)
    }

    @Test("no drop of any reason prints as Success, and each has a reason of Hubble's")
    func drops() async throws {
        let reasons = [
            "NETFILTER_DROP", "NO_SOCKET", "TCP_CSUM", "IP_RPFILTER", "QDISC_DROP", "reason 77", "TTL_EXPIRED", "UNHANDLED_PROTO",
            "NEIGH_FAILED", "IP_OUTNOROUTES", "VLAN_FILTER", "DUP_FRAG",
        ]
        let events = reasons.map { Event.incident(ObservedEvents.incident(.drop, cause: $0, flags: 2, at: 100)) }
        let lines = text(HubbleFormat(), of: ObservedEvents.observed(events))
        let directory = TemporaryDirectory()
        #expect(try await HubbleReader.complaints(about: lines, scratch: directory.path) == [])
        for reason in reasons { #expect(lines.contains("\"cause\":\"\(reason)\"")) }
    }

    @Test("text from the network reaches no terminal as it is, and no line has another in it")
    func hostile() {
        for format in [CompactFormat(keepsQuery: true, showsNode: true), EventFormat(keepsQuery: true), HubbleFormat(keepsQuery: true)]
            as [any ObservationFormat]
        {
            let text = text(format)
            #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || !$0.misleadsTerminal })
            // A loss is two lines of Hubble's, one by each source.
            #expect(text.split(separator: "\n").count == ObservedEvents.observations.count + (format is HubbleFormat ? 2 : 1))
        }
    }

    @Test("the longest texts that a recording can hold stay below the line that Hubble reads")
    func long() async throws {
        let directory = TemporaryDirectory()
        for letter in ["x", "\u{1}", "\u{e0001}", "\"", "é", "漢", "\u{1f600}"] {
            let text = String(repeating: letter, count: RecordingLimits.textBytes / letter.utf8.count)
            let names: [Event] = [
                .node(Node(name: text, kernel: "", processors: 1)),
                .owner(cgroup: 20, Owner(kind: .pod, key: "1", workload: text, namespace: text, pod: text, podUID: text, container: text)),
                .address(ObservedEvents.api, cgroup: 20),
            ]
            let answers = (0..<1_000).map { Address(high: .max << 1, low: .max - $0) }
            let events: [Event] = [
                .request(ObservedEvents.exchange(ObservedEvents.client, target: text)),
                .request(ObservedEvents.exchange(ObservedEvents.client, .dns, status: 0, target: text, answers: answers)),
                .incident(ObservedEvents.incident(.drop, cause: text, at: 5)),
            ]
            var lines = ""
            for observation in ObservedEvents.observed(events, names: names) {
                let line = HubbleFormat(keepsQuery: true).line(observation)
                #expect(line.count < HubbleFormat.lineLimit, "\(letter): \(line.count)")
                lines += String(decoding: line, as: UTF8.self)
            }
            #expect(try await HubbleReader.complaints(about: lines, scratch: directory.path) == [], "\(letter)")
        }
    }
}

@Suite("The log of an interval") struct ObservationLogTests {
    @Test("events come in the order of time, at the interval's end, and an amended exchange is not shown twice")
    func order() {
        let times = ObservedEvents.observations.map(\.time)
        #expect(times == times.sorted())
        var amended = ObservedEvents.exchange(ObservedEvents.client, target: "/")
        amended.amendedDuration = 5
        #expect(ObservedEvents.observed([.request(amended)]).isEmpty)
    }

    @Test("what finds no room is counted, and losses are told by how much they grew")
    func losses() {
        var engine = Engine()
        var log = ObservationLog(limit: 2)
        func interval(_ events: [Event], losses: [String: UInt64], sampledOut: [String: UInt64] = [:]) -> ObservationLog.Interval? {
            var status = Status()
            status.losses = losses
            status.sampledOut = sampledOut
            var result: ObservationLog.Interval?
            for event in events + [.status(status), .tick(ObservedEvents.moment)] {
                engine.fold(event)
                result = log.receive(event, in: engine) ?? result
            }
            return result
        }
        let opened = Event.incident(ObservedEvents.incident(.opened, at: 1))
        let first = interval([opened, opened, opened], losses: ["ring_full": 4], sampledOut: ["timings": 9, "incidents": 2])
        #expect(first?.observations.count == 2)
        #expect(
            first?.loss?.causes == [
                .init(name: "ring_full", count: 4), .init(name: "sampled_out.incidents", count: 2), .init(name: "stream", count: 1),
            ])
        #expect(interval([opened], losses: ["ring_full": 4], sampledOut: ["incidents": 2])?.loss == nil)
        #expect(interval([], losses: ["ring_full": 5], sampledOut: ["incidents": 2])?.loss?.causes == [.init(name: "ring_full", count: 1)])
    }

    @Test("a queue that nobody empties keeps what it has and counts the rest")
    func queue() {
        let queue = ObservationQueue(limit: 3)
        let interval = ObservationLog.Interval(
            moment: ObservedEvents.moment, observations: Array(ObservedEvents.observations.prefix(2)), loss: ObservedEvents.loss)
        for _ in 0..<3 { queue.put(interval, node: "node-1") }
        let content = queue.take()
        #expect(content?.observations.count == 3)
        #expect(content?.causes == ["ring_full": 36, "sampled_out.incidents": 9, "stream": 15 + 3])
        #expect(queue.take() == nil)
    }
}
