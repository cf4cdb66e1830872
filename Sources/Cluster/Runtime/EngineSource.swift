// Containers of a host without Kubernetes: docker, and podman by the same interface, asked for their list every two seconds.
// Nothing runs where neither has a socket.

import Aggregation
import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1

package struct EngineSource: NameSource {
    package let name = "container engine"
    private let looking: SocketLooking
    private let pace: RuntimePace

    package init(hostRoot: String?) {
        var pace = RuntimePace()
        pace.poll = .seconds(2)
        self.init(roots: RuntimeSockets.roots(hostRoot), pace: pace)
    }

    init(roots: [String], pace: RuntimePace) {
        looking = SocketLooking(
            table: RuntimeSockets.engines, roots: roots,
            absence: "no socket of docker or podman is there; podman has one where podman.socket is enabled")
        self.pace = pace
    }

    package func run(_ book: NameBook) async {
        let joined = JoinedRuntimes(name: name, kind: .container, book: book)
        await looking.run(joined, every: pace.look) { [pace] socket in
            await EngineWatch(socket: socket, joined: joined, pace: pace).run()
        }
    }
}

/// One engine's socket: its list, again and again.
struct EngineWatch: Sendable {
    let socket: String
    let joined: JoinedRuntimes
    let pace: RuntimePace

    func run() async {
        let client = HTTPClient(eventLoopGroupProvider: .shared(EventLoops.shared), configuration: configuration)
        var wait = pace.firstRetry
        let clock = ContinuousClock()
        var lastSeen = clock.now
        while !Task.isCancelled {
            let start = clock.now
            if RuntimeSockets.socket(socket) != nil { lastSeen = start } else if start - lastSeen >= pace.missing { break }
            do {
                let containers = try await list(client)
                joined.put(
                    Array(containers.prefix(RuntimeLimits.objects)), leftOut: max(0, containers.count - RuntimeLimits.objects), from: socket
                )
                wait = pace.firstRetry
                try? await Task.sleep(for: pace.pause(after: clock.now - start))
            } catch {
                if Task.isCancelled { break }
                joined.fail(sentence(error), at: socket)
                try? await Task.sleep(for: wait)
                wait = pace.retry(after: wait)
            }
        }
        try? await client.shutdown()
    }

    private var configuration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.httpVersion = .http1Only
        configuration.timeout.connect = .seconds(2)
        return configuration
    }

    /// The newest first, as the engine gives them.
    private func list(_ client: HTTPClient) async throws -> [ClusterObject] {
        let request = HTTPClientRequest(url: "http+unix://\(socket.percentEncoded)/containers/json")
        let answer = try await client.execute(request, timeout: TimeAmount(pace.deadline))
        guard answer.status == .ok else { throw RuntimeFailure(sentence: "\(socket) answered \(answer.status.code) to /containers/json") }
        let body = try await answer.body.collect(upTo: RuntimeLimits.messageBytes)
        do {
            return try JSONDecoder().decode([EngineContainer].self, from: Data(body.readableBytesView)).compactMap(\.object)
        } catch {
            throw RuntimeFailure(sentence: "\(socket) answered what is no list of containers")
        }
    }

    private func sentence(_ error: any Error) -> String {
        if RuntimeSockets.socket(socket) == nil { return "\(socket) is gone: its engine was stopped" }
        if !RuntimeSockets.mayConnect(socket) {
            return "no permission to connect to \(socket): run as root, or as a member of the socket's group"
        }
        switch error {
        case let failure as RuntimeFailure: return failure.sentence
        case let error as HTTPClientError where error == .deadlineExceeded || error == .connectTimeout || error == .readTimeout:
            return "\(socket) did not answer within \(pace.deadline)"
        case is NIOTooManyBytesError: return "\(socket) answered with more than \(RuntimeLimits.messageBytes >> 20) MiB"
        default: return "\(socket) did not answer as docker does (\("\(error)".cut(toBytes: RuntimeLimits.sentenceBytes)))"
        }
    }
}

extension String {
    /// As a URL's host: letters, digits and ".-_~" stay (RFC 3986).
    fileprivate var percentEncoded: String {
        var encoded = ""
        for byte in utf8 {
            let scalar = UnicodeScalar(byte)
            if scalar.isASCII, Character(scalar).isLetter || Character(scalar).isNumber || "-._~".unicodeScalars.contains(scalar) {
                encoded.unicodeScalars.append(scalar)
            } else {
                encoded += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return encoded
    }
}
