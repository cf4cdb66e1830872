// An HTTP/1.1 server on loopback whose answers a test writes by hand, part by part, so that they can be slow, halved or cut.

import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

final class FakeServer: Sendable {
    struct Request: Sendable {
        var path: String
        var query: [String: String]
        var authorization: String?
        var accept: String?
        var host: String?

        var isWatch: Bool { query["watch"] == "1" }
    }

    typealias Script = @Sendable (Request, Answer) async -> Void

    let port: Int
    private let channel: any Channel
    private let log: Log

    final class Log: Sendable {
        let requests = Mutex<[Request]>([])
    }

    static func start(_ identity: TestAuthority.Identity? = nil, _ script: @escaping Script) async throws -> FakeServer {
        let context = try identity.map { identity in
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMFile(identity.certificate).map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(file: identity.key, format: .pem)))
            if let authority = identity.clientAuthority {
                configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(authority))
                configuration.certificateVerification = .noHostnameVerification
            }
            return try NIOSSLContext(configuration: configuration)
        }
        let log = Log()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let context { try pipeline.addHandler(NIOSSLServerHandler(context: context)) }
                    try pipeline.configureHTTPServerPipeline(withErrorHandling: false)
                    try pipeline.addHandler(Reader(log: log, script: script))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return FakeServer(channel, log)
    }

    private init(_ channel: any Channel, _ log: Log) {
        self.channel = channel
        self.log = log
        port = channel.localAddress?.port ?? 0
    }

    var requests: [Request] { log.requests.withLock { $0 } }
    func stop() async { try? await channel.close() }

    /// What goes back, a part at a time; nothing where the client is gone.
    struct Answer: Sendable {
        let channel: any Channel

        var isOpen: Bool { channel.isActive }

        func head(_ status: Int, _ headers: [(String, String)] = [("Content-Type", "application/json")]) async {
            try? await channel.eventLoop.submit {
                let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: HTTPHeaders(headers))
                self.channel.writeAndFlush(HTTPServerResponsePart.head(head), promise: nil)
            }.get()
        }

        func write(_ text: String) async {
            guard isOpen else { return }
            let promise = channel.eventLoop.makePromise(of: Void.self)
            channel.eventLoop.execute {
                self.channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: text))), promise: promise)
            }
            try? await promise.futureResult.get()
        }

        func end() async {
            try? await channel.eventLoop.submit {
                self.channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
            }.get()
        }

        func cut() async { try? await channel.close() }

        func reply(_ status: Int, _ body: String, _ headers: [(String, String)] = [("Content-Type", "application/json")]) async {
            await head(status, headers + [("Content-Length", String(body.utf8.count))])
            await write(body)
            await end()
        }

        /// Until the client is gone, or so long.
        func hang(_ limit: Duration = .seconds(20)) async {
            let end = ContinuousClock.now + limit
            while isOpen, ContinuousClock.now < end { try? await Task.sleep(for: .milliseconds(10)) }
        }
    }

    private final class Reader: ChannelInboundHandler, Sendable {
        typealias InboundIn = HTTPServerRequestPart

        let log: Log
        let script: Script

        init(log: Log, script: @escaping Script) {
            self.log = log
            self.script = script
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard case .head(let head) = unwrapInboundIn(data) else { return }
            let request = Request(head)
            log.requests.withLock { $0.append(request) }
            let answer = Answer(channel: context.channel)
            let script = script
            Task { await script(request, answer) }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

extension FakeServer.Request {
    fileprivate init(_ head: HTTPRequestHead) {
        let parts = head.uri.split(separator: "?", maxSplits: 1)
        path = parts.first.map(String.init) ?? ""
        query = [:]
        for pair in parts.dropFirst().first?.split(separator: "&") ?? [] {
            let sides = pair.split(separator: "=", maxSplits: 1)
            query[String(sides[0])] = sides.count > 1 ? String(sides[1]).removingPercentEncoding ?? "" : ""
        }
        authorization = head.headers.first(name: "Authorization")
        accept = head.headers.first(name: "Accept")
        host = head.headers.first(name: "Host")
    }
}
