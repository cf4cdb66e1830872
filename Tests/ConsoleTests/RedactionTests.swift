// What is secret in a request's target does not get into a recording, unless it is asked for.

import Aggregation
import Glibc
import Testing

@testable import Console

@Suite("Secrets and recordings") struct RedactionTests {
    private func recorded(_ target: String, _ application: RequestProtocol = .http1) -> String {
        let exchange = ObservedEvents.exchange(ObservedEvents.client, application, target: target)
        guard case .request(let kept) = Redaction.recorded(.request(exchange)) else { return "no request" }
        var expected = exchange
        expected.target = kept.target
        #expect(kept == expected, "nothing else changes")
        return kept.target
    }

    @Test(
        "of a query string is kept that there was one; of credentials nothing",
        arguments: [
            ("/a?token=secret", "/a?"), ("/a?", "/a?"), ("/a", "/a"), ("", ""), ("*", "*"), ("?secret", "?"), ("/x?\u{301}secret", "/x?"),
            ("http://user:secret@host/a?b=secret", "http://…@host/a?"), ("user:secret@host:443", "…@host:443"), ("host:443", "host:443"),
            ("/to/https://user:secret@host/", "/to/https://…@host/"), ("/mail/a@b", "/mail/a@b"),
        ])
    func targets(target: String, kept: String) {
        #expect(recorded(target) == kept)
        #expect(recorded(kept) == kept, "twice is as once")
        #expect(recorded(target, .dns) == target, "a name that was asked for is no secret")
        // The same route, whether it was recorded or not.
        #expect(RouteTemplate.template(of: target) == RouteTemplate.template(of: kept))
    }

    @Test("a recording of redacted events shows no secret, whatever is asked of it")
    func file() throws {
        let directory = TemporaryDirectory()
        let path = directory.file("a.podglass")
        var writer = try RecordingWriter(path: path, header: RecordingHeader(version: "0", node: "node-1", started: 1))
        for event in ObservedEvents.names + ObservedEvents.all + [.tick(ObservedEvents.moment)] {
            try writer.append(Redaction.recorded(event))
        }
        try writer.finish()
        let selection = ObservationSelection(filter: try ObservationFilter([]))
        for format in [CompactFormat(keepsQuery: true), EventFormat(keepsQuery: true), HubbleFormat(keepsQuery: true)]
            as [any ObservationFormat]
        {
            var bytes: [UInt8] = []
            try ObserveRecordingLoop(replay: ReplayCollector(recording: .file(path)), selection: selection, format: format).lines {
                line throws(SystemError) in bytes += line
            }
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(text.contains("/api/v1/products?") && !text.contains("secret") && !text.contains("user:word"))
        }
    }

    @Test("events of other kinds are kept as they are")
    func others() {
        for event in Fixture.events {
            if case .request = event { continue }
            #expect(Redaction.recorded(event) == event)
        }
    }
}
