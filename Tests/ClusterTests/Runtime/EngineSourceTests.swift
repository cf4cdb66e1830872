// docker and podman: their list read, and the source against an engine that answers, is silent, or talks nonsense.

import Aggregation
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Testing

@testable import Cluster

@Suite(.serialized) struct EngineSourceTests {
    private static let docker = "/run/docker.sock"
    private static let web = String(repeating: "0123456789abcdef", count: 4)
    private static let list = """
        [{"Id":"\(web)","Names":["/other/web","/web"],"Image":"nginx:1.27","ImageID":"sha256:00","State":"running","Created":1,
          "Labels":{"com.docker.compose.project":"shop"},"HostConfig":{"NetworkMode":"bridge"},
          "NetworkSettings":{"Networks":{"bridge":{"IPAddress":"172.17.0.2","GlobalIPv6Address":"","MacAddress":"02:42:ac:11:00:02"},
            "shop":{"IPAddress":"172.18.0.5","GlobalIPv6Address":"fd00::5"}}}},
         {"Id":"\(web.replacing("0", with: "f"))","Names":["/k8s_web"],"Image":"sha256:1","Labels":{"io.kubernetes.pod.uid":"u1"}},
         {"Id":"\(web.replacing("0", with: "a"))","Names":null,"Image":"busybox","Labels":null,
          "NetworkSettings":{"Networks":{"host":{"IPAddress":""}}}},
         {"Id":"../../etc","Names":["/odd"]}]
        """

    @Test("containers by name, image, labels and addresses; those of pods are left to the runtime's interface")
    func reading() throws {
        let containers = try JSONDecoder().decode([EngineContainer].self, from: Data(Self.list.utf8)).compactMap(\.object)
        #expect(containers.map(\.name) == ["web", "a123456789ab"])
        #expect(containers[0].kind == .container)
        #expect(containers[0].id == Self.web)
        #expect(containers[0].addresses.map(\.description) == ["172.17.0.2", "172.18.0.5", "fd00::5"])
        #expect(containers[0].labels.pairs == ["com.docker.compose.project=shop"])
        #expect(containers[0].containers == [.init(id: Self.web, name: "web", image: "nginx:1.27")])
        #expect(containers[1].addresses.isEmpty)
    }

    private func withSource(_ root: String, _ body: (Seen) async throws -> Void) async throws {
        let book = NameBook()
        var pace = RuntimePace.test
        pace.deadline = .milliseconds(500)
        let source = EngineSource(roots: [root], pace: pace)
        let task = Task { await source.run(book) }
        try await body(Seen(book))
        task.cancel()
        await task.value
    }

    @Test("an engine that answers, changes, and goes")
    func changes() async throws {
        try await withTemporaryRoot { root in
            let engine = FakeEngine(Self.list)
            try await withSource(root) { seen in
                try await eventually("nothing is there") { seen.source?.state == .off }
                try await engine.serving(at: root + Self.docker) {
                    try await eventually("it is found") { seen.objects.count == 2 }
                    #expect(
                        seen.source
                            == SourceSample(name: "container engine", place: root + Self.docker, state: .works, gave: "2 containers"))
                    engine.answer("[]")
                    try await eventually("they are gone") { seen.objects.isEmpty && seen.source?.gave == "0 containers" }
                    engine.answer("{\"message\":\"nonsense\"}")
                    try await eventually("nonsense is told") { seen.source?.reason?.contains("no list of containers") == true }
                    engine.answer(Self.list, status: .forbidden)
                    try await eventually("a refusal is told") { seen.source?.reason?.contains("answered 403") == true }
                }
                try await eventually("gone for good") { seen.source?.reason?.contains("no socket of docker") == true }
            }
        }
    }

    @Test("an engine that says nothing, and one that is none", arguments: [[], Array("\0\u{1b}[2J\r\n\r\n".utf8)])
    func rude(_ bytes: [UInt8]) async throws {
        try await withTemporaryRoot { root in
            try await withRudeSocket(at: root + Self.docker, saying: bytes) {
                try await withSource(root) { seen in
                    try await eventually("it is told") { seen.source?.reason?.contains("did not answer") == true }
                    #expect(seen.source?.state == .off)
                }
            }
        }
    }
}

/// Answers every request alike.
private final class FakeEngine: Sendable {
    private let content: Mutex<(body: String, status: HTTPResponseStatus)>

    init(_ body: String) { content = Mutex((body, .ok)) }

    func answer(_ body: String, status: HTTPResponseStatus = .ok) { content.withLock { $0 = (body, status) } }

    func serving(at path: String, _ body: () async throws -> Void) async throws {
        try? FileManager.default.createDirectory(atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton).childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                try channel.pipeline.syncOperations.addHandler(Answering(engine: self))
            }
        }.bind(unixDomainSocketPath: path).get()
        try await body()
        try await channel.close()
        unlink(path)
    }

    private final class Answering: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart
        let engine: FakeEngine

        init(engine: FakeEngine) { self.engine = engine }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): #expect(head.uri == "/containers/json")
            case .body: break
            case .end:
                let (body, status) = engine.content.withLock { $0 }
                let headers = HTTPHeaders([("content-length", "\(body.utf8.count)"), ("content-type", "application/json")])
                context.write(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))), promise: nil)
                context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }
    }
}
